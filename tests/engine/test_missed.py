"""The missed rule: two calls 30 s apart; back soon is next but one, later after three calls; one in three."""

from queue_server.protocol import commands as c
from queue_server.protocol.codes import Refusal, StepState
from tests.support.hospital import HOUR, MINUTE, Hospital


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
