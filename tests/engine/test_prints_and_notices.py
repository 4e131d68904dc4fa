"""Papers, alerts, announcements, intake and the clock's word."""

import pytest

from queue_server.engine.decide import decide
from queue_server.engine.decision import FACTS, Rejection
from queue_server.engine.model import Actor, Context
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AlertKind, Language, Notice, PrintState, Refusal, Role
from queue_server.protocol.results import Ticket
from tests.support.hospital import HOUR, MINUTE, Hospital


def test_a_reprint_is_marked_and_shows_where_to_go_now() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    again = h.ok(c.Reprint(token=ticket.token))
    assert isinstance(again, Ticket)
    assert (again.number, again.reprint, again.print) == (ticket.number, True, f"{ticket.visit}/p2")
    assert again.ahead == 0
    h.refused(c.Reprint(), Refusal.MALFORMED)
    h.refused(c.Reprint(token="nobody"), Refusal.UNKNOWN_VISIT)
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    h.refused(c.Reprint(visit=ticket.visit), Refusal.VISIT_ENDED)


@pytest.mark.parametrize("state", [PrintState.STALLED, PrintState.UNKNOWN])
def test_staff_hear_once_of_a_printer_in_trouble(state: PrintState) -> None:
    h = Hospital()
    ticket, other = h.register(), h.register()
    h.ok(c.Confirm(print=other.print, state=state, number=other.number))
    h.ok(c.Confirm(print=ticket.print, state=state, number=ticket.number))
    (alert,) = h.day.alerts.values()
    assert (alert.kind, alert.subject) == (AlertKind.PRINTER, "kiosk_1")
    assert h.part(ticket.visit).number == ticket.number
    h.ok(c.AcknowledgeAlert(alert=alert.id))
    h.ok(c.AcknowledgeAlert(alert=alert.id))
    assert alert.part.acknowledged_by == "console_1"
    h.refused(c.Confirm(print="p", state=state, number="A1"), Refusal.UNKNOWN_PRINT)


def test_a_kiosk_that_says_nothing_of_its_paper_leaves_it_unknown() -> None:
    h = Hospital()
    silent = h.register()
    told = h.register()
    h.ok(c.Confirm(print=told.print, state=PrintState.ACKNOWLEDGED, number=told.number))
    at_desk = h.register(device="console_1")
    h.advance(2 * MINUTE)
    states = [h.day.prints[t.print].part.state for t in (silent, told, at_desk)]
    assert states == [PrintState.UNKNOWN, PrintState.ACKNOWLEDGED, PrintState.ISSUED]
    assert [alert.subject for alert in h.day.alerts.values()] == ["kiosk_1"]


def test_voiding_keeps_the_number() -> None:
    h = Hospital()
    ticket = h.register()
    h.refused(c.VoidPrint(print=ticket.print, reason="call"), Refusal.UNKNOWN_REASON)
    h.ok(c.VoidPrint(print=ticket.print, reason="void"))
    assert h.day.prints[ticket.print].part.state is PrintState.VOIDED
    assert h.day.numbers == {ticket.number: ticket.visit}


def test_announcements_replace_each_other_and_end() -> None:
    h = Hospital()
    h.ok(c.Announce(notice=Notice.LATE, hall="hall_a"))
    h.ok(c.Announce(notice=Notice.LUNCH, hall="hall_a"))
    assert [a.notice for a in h.day.announcements.values()] == [Notice.LUNCH]
    h.ok(c.Announce(notice=Notice.LUNCH, hall="hall_a", until=h.now))
    assert h.day.announcements == {}
    h.refused(c.Announce(notice=Notice.LATE, hall="nowhere"), Refusal.UNKNOWN_HALL)


def test_an_alert_is_raised_once_until_somebody_saw_to_it() -> None:
    h = Hospital()
    jump = c.RaiseAlert(kind=AlertKind.CLOCK_JUMPED, subject="server")
    h.ok(jump)
    h.ok(jump)
    (name,) = h.day.alerts
    h.ok(c.AcceptClock(alert=name))
    h.ok(jump)
    assert len(h.day.alerts) == 2
    h.refused(c.AcceptClock(alert="alert-0"), Refusal.UNKNOWN_ALERT)


def test_seeing_to_a_jump_of_the_clock_is_not_saying_that_it_is_right() -> None:
    h = Hospital()
    h.ok(c.RaiseAlert(kind=AlertKind.CLOCK_JUMPED, subject="clock"))
    (name,) = h.day.alerts
    h.ok(c.AcknowledgeAlert(alert=name))
    assert h.day.clock_doubt == name
    h.advance(24 * HOUR)
    (again,) = h.day.alerts.values()
    assert (h.day.clock_doubt, again.part.acknowledged_at) == (again.id, 0)
    h.ok(c.AcceptClock(alert=again.id))
    assert (h.day.clock_doubt, again.part.acknowledged_by) == ("", "console_1")
    accepted = h.day.seq
    h.ok(c.AcceptClock(alert=again.id))
    assert h.day.seq == accepted


def test_the_number_on_the_paper_becomes_the_visit_s_whatever_is_told_again_later() -> None:
    h = Hospital()
    ticket = h.register()
    sent, held = PrintState.SENT, PrintState.ACKNOWLEDGED
    h.ok(c.Confirm(print=ticket.print, state=sent, number="K01-001"))
    assert (h.part(ticket.visit).number, h.day.numbers[ticket.number]) == ("K01-001", ticket.visit)
    again = h.ok(c.Reprint(visit=ticket.visit), device="kiosk_7")
    assert isinstance(again, Ticket)
    h.ok(c.Confirm(print=again.print, state=sent, number="K07-001"))
    h.ok(c.Confirm(print=ticket.print, state=held, number="K01-001"))
    assert h.part(ticket.visit).number == "K07-001"
    other = h.register()
    h.refused(c.Confirm(print=other.print, state=sent, number=ticket.number), Refusal.NUMBER_TAKEN)
    h.ok(c.Confirm(print=other.print, state=PrintState.VOIDED, number="K01-002", reason="void"))
    assert h.part(other.visit).number == other.number


def test_a_paper_s_number_is_of_a_series_and_never_words() -> None:
    h = Hospital()
    ticket = h.register()
    for number in ("A999", "Nguyễn Lan", "K1-001"):
        h.refused(c.Confirm(print=ticket.print, state=PrintState.SENT, number=number), Refusal.UNKNOWN_NUMBER)
    assert h.part(ticket.visit).number == ticket.number


def test_a_visit_that_ended_before_its_paper_was_told_of_still_holds_that_number() -> None:
    h = Hospital()
    ticket = h.register()
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    h.ok(c.Confirm(print=ticket.print, state=PrintState.ACKNOWLEDGED, number="K01-001"))
    assert h.day.numbers["K01-001"] == ticket.visit
    late = h.register(number="K01-002", at=h.now - 30 * HOUR)
    h.ok(c.Confirm(print=late.print, state=PrintState.ACKNOWLEDGED, number="K01-002"))
    assert "K01-002" not in h.day.numbers


def test_intake_of_an_unknown_service_cannot_stop() -> None:
    h = Hospital()
    h.refused(c.StopIntake(reason="intake", service="moon"), Refusal.UNKNOWN_SERVICE)
    h.refused(c.StopIntake(reason="call"), Refusal.UNKNOWN_REASON)


def test_a_register_command_never_reaches_the_rules() -> None:
    h = Hospital()
    command = c.Register(payer="fee", kind="exam", language=Language.VI)
    with pytest.raises(TypeError):
        decide(h.day, command, Context(Actor("kiosk_1", Role.KIOSK), h.now, "x" * 16))


def test_decide_leaves_the_day_alone_and_facts_are_named() -> None:
    h = Hospital()
    h.register()
    h.check = False
    before = h.day.seq
    answer = decide(h.day, c.CallNext(clinic="desk_1"), Context(Actor("d", Role.CLINIC), h.now, "x" * 16))
    assert not isinstance(answer, Rejection)
    assert h.day.seq == before
    h.check_fold()
    assert set(FACTS) <= set(Refusal)


def test_a_paper_printed_without_the_server_for_somebody_who_is_already_here_finds_its_visit() -> None:
    h = Hospital()
    first = h.register(person="p")
    own = h.admission(person="p", number="K07-001")
    again = h.ok(own, device="kiosk_7", role=Role.KIOSK)
    assert isinstance(again, Ticket)
    assert (again.visit, again.number) == (first.visit, "K07-001")
    h.ok(c.Confirm(print=again.print, state=PrintState.ACKNOWLEDGED, number="K07-001"))
    assert h.part(first.visit).number == "K07-001"
    assert h.day.numbers == {first.number: first.visit, "K07-001": first.visit}
