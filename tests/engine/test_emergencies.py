"""An emergency: who is told, who is told next, and how it ends."""

from queue_server.engine.facility import EmergencyPlan
from queue_server.engine.model import AlertState
from queue_server.protocol import commands as c
from queue_server.protocol.codes import HIS_GONE, AlertKind, Refusal, Role
from queue_server.protocol.results import AlertKnown
from tests.support.hospital import MINUTE, Hospital, facility

PLAN = EmergencyPlan(first=("desk",), then=("head",), after=20_000)


def hospital() -> Hospital:
    return Hospital(facility(emergency=PLAN))


def press(h: Hospital, pressed_at: int | None = None) -> AlertState:
    told = h.ok(
        c.RaiseAlert(kind=AlertKind.EMERGENCY, subject="kiosk_1", pressed_at=pressed_at),
        device="kiosk_1",
        role=Role.KIOSK,
    )
    assert isinstance(told, AlertKnown)
    return h.day.alerts[told.alert]


def test_it_goes_to_those_on_duty_then_on_and_in_the_end_to_everybody() -> None:
    h = hospital()
    alert = press(h)
    asked = [alert.part.to]
    for _ in range(3):
        h.advance(20_000)
        asked.append(alert.part.to)
    assert asked == [("desk",), ("desk", "head"), (), ()]
    assert alert.part.escalated == 2


def unheard(h: Hospital, alert: AlertState, escalated: int) -> None:
    h.ok(c.EscalateAlert(alert=alert.id, escalated=escalated), device="server", role=Role.CLOCK)


def test_where_nobody_can_hear_it_goes_on_at_once_and_only_once_for_each_word_of_it() -> None:
    h = hospital()
    alert = press(h)
    unheard(h, alert, 0)
    unheard(h, alert, 0)
    assert (alert.part.to, alert.part.escalated) == (("desk", "head"), 1)
    # Those who were told now have their time.
    h.advance(19_000)
    assert alert.part.escalated == 1
    h.advance(1_000)
    assert alert.part.to == ()
    seq = h.day.seq
    unheard(h, alert, 2)
    assert h.day.seq == seq
    gone = c.EscalateAlert(alert="alert-0", escalated=0)
    h.refused(gone, Refusal.UNKNOWN_ALERT, device="server", role=Role.CLOCK)


def test_what_was_answered_or_taken_back_goes_nowhere() -> None:
    h = hospital()
    for answer, who in (
        (c.AcknowledgeAlert, {"device": "desk", "role": Role.RECEPTION}),
        (c.WithdrawAlert, {"device": "kiosk_1", "role": Role.KIOSK}),
    ):
        alert = press(h)
        h.ok(answer(alert=alert.id), **who)
        unheard(h, alert, 0)
        assert alert.part.escalated == 0


def test_an_answer_stops_it() -> None:
    h = hospital()
    alert = press(h)
    h.ok(c.AcknowledgeAlert(alert=alert.id), device="desk", role=Role.RECEPTION)
    seen = alert.part
    h.advance(MINUTE)
    assert alert.part == seen
    assert (seen.acknowledged_by, seen.is_open) == ("desk", False)


def test_pressing_again_is_one_alarm_until_it_was_answered() -> None:
    h = hospital()
    first = press(h)
    assert press(h).id == first.id
    h.ok(c.AcknowledgeAlert(alert=first.id))
    assert press(h).id != first.id


def test_other_kiosks_and_places_are_other_emergencies() -> None:
    h = hospital()
    first = press(h)
    other = h.ok(c.RaiseAlert(kind=AlertKind.EMERGENCY, subject="room_1"))
    assert isinstance(other, AlertKnown)
    assert other.alert != first.id


def test_what_was_pressed_without_a_link_says_when_and_goes_on_from_when_it_was_told() -> None:
    h = hospital()
    alert = press(h, h.now - 3 * MINUTE)
    assert (alert.part.at, alert.part.heard_at) == (h.now - 3 * MINUTE, h.now)
    asked = []
    for later_by in (1_000, 19_000):
        h.advance(later_by)
        asked.append(alert.part.to)
    assert asked == [("desk",), ("desk", "head")]
    ahead = h.now + MINUTE
    h.ok(c.AcknowledgeAlert(alert=alert.id))
    later = press(h, ahead)
    assert (later.part.at, later.part.heard_at) == (h.now, 0)


def test_a_press_taken_back_goes_no_further_and_stays_until_somebody_saw_it() -> None:
    h = hospital()
    alert = press(h)
    h.ok(c.WithdrawAlert(alert=alert.id), device="kiosk_1", role=Role.KIOSK)
    taken = alert.part
    h.ok(c.WithdrawAlert(alert=alert.id), device="kiosk_1", role=Role.KIOSK)
    h.advance(MINUTE)
    assert alert.part == taken
    assert taken.is_open
    h.ok(c.AcknowledgeAlert(alert=alert.id))
    assert not alert.part.is_open


def test_who_already_runs_is_told_that_it_was_taken_back() -> None:
    h = hospital()
    alert = press(h)
    h.ok(c.AcknowledgeAlert(alert=alert.id))
    h.advance(1_000)
    h.ok(c.WithdrawAlert(alert=alert.id), device="kiosk_1", role=Role.KIOSK)
    assert alert.part.is_open
    h.advance(1_000)
    h.ok(c.AcknowledgeAlert(alert=alert.id))
    assert not alert.part.is_open


def test_only_where_it_was_pressed_can_it_be_taken_back() -> None:
    h = hospital()
    alert = press(h)
    h.refused(c.WithdrawAlert(alert=alert.id), Refusal.UNKNOWN_ALERT, device="kiosk_7", role=Role.KIOSK)
    h.refused(c.WithdrawAlert(alert="alert-0"), Refusal.UNKNOWN_ALERT, device="kiosk_1", role=Role.KIOSK)
    h.ok(c.RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk_1"))
    printer = next(a for a in h.day.alerts.values() if a.kind is AlertKind.PRINTER)
    h.refused(c.WithdrawAlert(alert=printer.id), Refusal.UNKNOWN_ALERT, device="kiosk_1", role=Role.KIOSK)


def test_without_anybody_on_duty_everybody_is_told_at_once() -> None:
    h = Hospital()
    alert = press(h)
    h.advance(MINUTE)
    assert (alert.part.to, alert.part.escalated) == ((), 0)


def test_with_nobody_next_it_goes_to_everybody() -> None:
    h = Hospital(facility(emergency=EmergencyPlan(first=("desk",), after=20_000)))
    alert = press(h)
    h.advance(20_000)
    assert (alert.part.to, alert.part.escalated) == ((), 1)


def test_an_unanswered_emergency_goes_into_the_next_day() -> None:
    h = hospital()
    pressed = press(h).part
    h.advance(24 * 60 * MINUTE)
    (again,) = (a for a in h.day.alerts.values() if a.kind is AlertKind.EMERGENCY)
    assert (again.part.at, again.part.acknowledged_at) == (pressed.at, 0)


def test_what_is_broken_at_midnight_is_told_of_after_it_and_what_was_seen_to_is_not() -> None:
    h = hospital()
    lasting = c.RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk_1", detail="paper-80")
    lost = c.RaiseAlert(kind=AlertKind.DEVICE_LOST, subject="kiosk_7")
    of_the_day = c.RaiseAlert(kind=AlertKind.OFFLINE_TICKETS, subject="kiosk_7")
    seen = c.RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk_1", detail="cover")
    away = c.RaiseAlert(kind=AlertKind.HIS, subject="his", detail=HIS_GONE)
    differs = c.RaiseAlert(kind=AlertKind.HIS, subject="his", detail="room")
    for alert in (lasting, lost, away, of_the_day, differs, seen):
        h.ok(alert, device="kiosk_1", role=Role.KIOSK)
    (cover,) = (alert for alert in h.day.alerts.values() if alert.detail == "cover")
    h.ok(c.AcknowledgeAlert(alert=cover.id))
    began = {alert.detail: alert.part.at for alert in h.day.alerts.values()}
    h.advance(24 * 60 * MINUTE)
    told = [(alert.kind, alert.subject, alert.detail) for alert in h.day.alerts.values()]
    assert told == [
        (AlertKind.PRINTER, "kiosk_1", "paper-80"),
        (AlertKind.DEVICE_LOST, "kiosk_7", ""),
        (AlertKind.HIS, "his", HIS_GONE),
    ]
    assert next(iter(h.day.alerts.values())).part.at == began["paper-80"]
    # It is the same one: said again it stays one, and it ends as it would have.
    h.ok(lasting, device="kiosk_1", role=Role.KIOSK)
    assert len(h.day.alerts) == 3
    h.ok(c.PrinterWorks(), device="kiosk_1", role=Role.KIOSK)
    still = [alert.kind for alert in h.day.alerts.values() if alert.part.is_open]
    assert still == [AlertKind.DEVICE_LOST, AlertKind.HIS]
