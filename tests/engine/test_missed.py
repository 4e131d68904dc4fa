"""The missed rule: two calls 30 s apart; back soon is next but one, later after three calls; one in three."""

from queue_server.engine.facility import Missed
from queue_server.protocol import commands as c
from queue_server.protocol.codes import PresenceKind, Refusal, Role, StepState
from tests.support.hospital import HOUR, MINUTE, Hospital, facility


def waiting_at_vitals(h: Hospital, count: int) -> list[str]:
    numbers = []
    for _ in range(count):
        numbers.append(h.register("fee", "check").number)
        h.pass_time(MINUTE)
    return numbers


def miss(h: Hospital, step: str) -> None:
    h.pass_time(30_000)
    h.ok(c.Recall(step=step, times_called=1))
    h.ok(c.Absent(step=step, times_called=2))


def test_absent_needs_two_calls_thirty_seconds_apart() -> None:
    h = Hospital()
    waiting_at_vitals(h, 1)
    step = h.called("vitals_1")
    h.refused(c.Absent(step=step, times_called=1), Refusal.TOO_SOON)
    h.pass_time(29_999)
    h.ok(c.Recall(step=step, times_called=1))
    facts = h.refused(c.Absent(step=step, times_called=2), Refusal.TOO_SOON).facts
    assert facts["recall_from"] == h.now + 1
    h.refused(c.Recall(step=step, times_called=1), Refusal.CHANGED)
    h.pass_time(1)
    h.ok(c.Recall(step=step, times_called=2))
    h.ok(c.Absent(step=step, times_called=3))
    assert h.standing(step).state is StepState.MISSED
    assert h.refused(c.CallNext(clinic="vitals_1"), Refusal.NOBODY_WAITING).facts["why_empty"] == {
        "absent": 1
    }


def test_back_within_ten_minutes_is_next_but_one() -> None:
    h = Hospital()
    numbers = waiting_at_vitals(h, 4)
    step = h.called("vitals_1")
    miss(h, step)
    h.pass_time(10 * MINUTE)
    h.ok(c.Rejoin(token=h.visit(h.day.steps[step].visit).token), device="kiosk_1")
    assert h.order_at("vitals_1") == [numbers[1], numbers[0], numbers[2], numbers[3]]


def test_back_later_goes_after_three_calls() -> None:
    h = Hospital()
    numbers = waiting_at_vitals(h, 5)
    step = h.called("vitals_1")
    miss(h, step)
    h.pass_time(10 * MINUTE + 1)
    h.ok(c.Rejoin(step=step))
    assert h.order_at("vitals_1") == [*numbers[1:4], numbers[0], numbers[4]]


def test_at_most_one_call_in_three_is_of_someone_who_missed() -> None:
    h = Hospital()
    numbers = waiting_at_vitals(h, 7)
    for _ in range(2):
        miss(h, h.called("vitals_1"))
    for number in numbers[:2]:
        h.ok(c.Rejoin(step=f"{h.day.numbers[number]}.1"))
    assert h.order_at("vitals_1") == [numbers[i] for i in (2, 0, 3, 4, 1, 5, 6)]


def test_who_missed_is_not_kept_waiting_when_nobody_else_is_there() -> None:
    h = Hospital()
    waiting_at_vitals(h, 1)
    step = h.called("vitals_1")
    miss(h, step)
    h.ok(c.Rejoin(step=step))
    assert h.called("vitals_1") == step
    h.refused(c.Rejoin(step=step), Refusal.NOT_MISSED)
    h.refused(c.Rejoin(), Refusal.MALFORMED)
    h.refused(c.Rejoin(token="nobody"), Refusal.UNKNOWN_VISIT)


def test_a_miss_expires_at_session_end_into_the_old_place_in_line() -> None:
    h = Hospital(open_all=False)
    h.advance()
    h.ok(c.OpenClinic(clinic="till"))
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    step = h.called("room_1")
    since = h.standing(step).since
    miss(h, step)
    h.ok(c.OpenClinic(clinic="vitals_1"))
    h.advance(5 * HOUR)
    standing = h.standing(step)
    assert (standing.state, standing.since, standing.behind) == (StepState.QUEUED, since, 0)
    assert h.part(ticket.visit).end is None


# counters that call from one line ----------------------------------------------------------------------


def two_desks(h: Hospital, count: int) -> list[str]:
    """The numbers of so many who wait for two reception desks together."""
    numbers = []
    for _ in range(count):
        numbers.append(h.register("insured").number)
        h.pass_time(MINUTE)
    return numbers


def test_any_counter_calls_who_rejoined_once_enough_calls_of_all_of_them_passed() -> None:
    h = Hospital()
    numbers = two_desks(h, 6)
    step = h.called("desk_1")
    miss(h, step)
    h.ok(c.Rejoin(step=step))
    standing = h.standing(step)
    assert (standing.clinic, standing.call_sign) == ("", None)
    assert h.order_at("desk_1")[:2] == h.order_at("desk_2")[:2] == [numbers[1], numbers[0]]
    other = h.called("desk_2")
    assert h.number(other) == numbers[1]
    assert h.number(h.called("desk_2", other)) == numbers[0]


def test_a_late_one_waits_for_calls_of_all_counters() -> None:
    h = Hospital()
    numbers = two_desks(h, 8)
    step = h.called("desk_1")
    miss(h, step)
    h.pass_time(11 * MINUTE)
    h.ok(c.Rejoin(step=step))
    first, second = h.called("desk_1"), h.called("desk_2")
    assert [h.number(s) for s in (first, second)] == numbers[1:3]
    assert h.number(h.called("desk_1", first)) == numbers[3]
    assert h.called("desk_2", second) == step


def test_a_hold_at_a_counter_ends_in_the_line_of_all() -> None:
    h = Hospital()
    numbers = two_desks(h, 3)
    step = h.called("desk_1")
    h.ok(c.Hold(step=step, reason="hold"))
    h.called("desk_1")
    h.ok(c.Resume(step=step))
    assert h.standing(step).clinic == ""
    assert h.order_at("desk_2") == [numbers[0], numbers[2]]
    assert h.called("desk_2") == step


def test_a_desk_that_was_named_keeps_who_rejoins() -> None:
    h = Hospital()
    two_desks(h, 2)
    step = f"{h.day.day}-1.1"
    h.ok(c.Transfer(step=step, clinic="desk_2"))
    assert h.called("desk_2") == step
    miss(h, step)
    h.ok(c.Rejoin(step=step))
    assert h.standing(step).clinic == "desk_2"


def test_who_missed_may_be_moved_and_comes_back_there() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.register("fee", service="internal")
    for _ in range(2):
        h.finish(h.called("till"))
    step = h.called("room_1")
    miss(h, step)
    h.ok(c.Transfer(step=step, clinic="room_2"))
    standing = h.standing(step)
    assert (standing.state, standing.clinic) == (StepState.MISSED, "room_2")
    assert h.day.clinics["room_2"].missed == {step}
    h.called("room_2")
    h.ok(c.Rejoin(step=step))
    assert h.day.clinics["room_2"].missed == set()
    assert h.standing(step).behind == h.day.clinics["room_2"].calls + 1


def test_the_site_says_how_long_one_is_waited_for() -> None:
    plan = facility(missed=Missed(calls=1, apart=0, soft=5 * MINUTE, soft_after=2, hard_after=4, one_in=2))
    h = Hospital(plan)
    numbers = waiting_at_vitals(h, 7)
    step = h.called("vitals_1")
    h.ok(c.Absent(step=step, times_called=1))
    h.pass_time(5 * MINUTE)
    h.ok(c.Rejoin(step=step))
    assert h.order_at("vitals_1")[:3] == [numbers[1], numbers[2], numbers[0]]
    late = h.called("vitals_1")
    h.ok(c.Absent(step=late, times_called=1))
    h.pass_time(5 * MINUTE + 1)
    h.ok(c.Rejoin(step=late))
    assert h.order_at("vitals_1") == [numbers[i] for i in (2, 0, 3, 4, 1, 5, 6)]


def test_a_scan_at_a_kiosk_says_who_is_here() -> None:
    h = Hospital()
    visit = h.register("insured").visit
    h.ok(c.SetPresence(visit=visit, presence=PresenceKind.AWAY, until=h.now + HOUR))
    scanned = c.SetPresence(visit=visit, presence=PresenceKind.HERE)
    h.ok(scanned, device="kiosk_7", role=Role.KIOSK)
    presence = h.part(visit).presence
    assert (presence.kind, presence.place, presence.at) == (PresenceKind.HERE, "hall_a", h.now)
    written = len(h.journal)
    h.ok(scanned, device="kiosk_7", role=Role.KIOSK)
    assert len(h.journal) == written, "scanned twice at once is told once"
    h.pass_time(MINUTE)
    h.ok(scanned, device="kiosk_7", role=Role.KIOSK)
    assert h.part(visit).presence.at == h.now
