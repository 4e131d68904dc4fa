"""What counts as a turn, and how much is believed of it."""

import pytest

from queue_server.engine import estimates
from queue_server.engine.draft import Draft
from queue_server.engine.learning import MEMORY, TURN, learned
from queue_server.engine.model import Pace
from queue_server.protocol import commands as c
from tests.support.hospital import MINUTE, Hospital

ROOM, SERVICE = "vitals_1", "vitals"
KEY = (ROOM, "", SERVICE, "")


def crowd(count: int, **more: object) -> Hospital:
    """So many in one line, a quarter of an hour ago."""
    h = Hospital(check=False, **more)  # type: ignore[arg-type]  # a facility
    for _ in range(count):
        h.register("fee", "check")
    h.pass_time(15 * MINUTE)
    return h


def weight(h: Hospital) -> int:
    known = h.day.paces.get(KEY)
    return known.weight if known else 0


def pace(h: Hospital) -> int:
    return estimates.pace_ms(Draft(h.day), ROOM, SERVICE)


def turns(h: Hospital, count: int, minutes: int) -> str:
    step = h.called(ROOM)
    for _ in range(count):
        h.pass_time(minutes * MINUTE)
        step = h.called(ROOM, step)
    return step


def test_without_any_turn_the_site_file_holds() -> None:
    assert pace(crowd(1)) == 2 * MINUTE


def test_a_turn_is_the_time_from_call_to_call() -> None:
    h = crowd(3)
    turns(h, 1, 6)
    assert weight(h) == TURN
    assert h.day.paces[KEY].mean == 6 * MINUTE
    h.check_fold()


def test_little_evidence_counts_little_and_more_counts_more() -> None:
    few, many = crowd(40), crowd(40)
    turns(few, 2, 6)
    turns(many, 30, 6)
    assert 2 * MINUTE < pace(few) < 4 * MINUTE
    assert 5 * MINUTE < pace(many) < 6 * MINUTE


def test_papers_between_finish_and_call_count_while_somebody_waits() -> None:
    h = crowd(3)
    step = h.called(ROOM)
    h.pass_time(2 * MINUTE)
    h.finish(step)
    assert weight(h) == 0
    h.pass_time(MINUTE)
    h.called(ROOM)
    assert h.day.paces[KEY].mean == 3 * MINUTE


def test_idle_time_does_not_count() -> None:
    h = crowd(1)
    step = h.called(ROOM)
    h.pass_time(3 * MINUTE)
    h.finish(step)
    assert h.day.paces[KEY].mean == 3 * MINUTE
    h.pass_time(40 * MINUTE)
    h.register("fee", "check")
    h.called(ROOM)
    assert weight(h) == TURN


def test_a_turn_with_a_pause_in_it_does_not_count() -> None:
    h = crowd(4)
    step = h.called(ROOM)
    h.ok(c.PauseClinic(clinic=ROOM, reason="pause"))
    h.pass_time(20 * MINUTE)
    h.ok(c.OpenClinic(clinic=ROOM))
    step = h.called(ROOM, step)
    assert weight(h) == 0
    h.pass_time(MINUTE)
    h.finish(step)
    h.ok(c.PauseClinic(clinic=ROOM, reason="pause"))
    h.pass_time(20 * MINUTE)
    h.ok(c.OpenClinic(clinic=ROOM))
    h.called(ROOM)
    assert weight(h) == 0
    h.check_fold()


def test_an_absence_is_no_turn() -> None:
    h = crowd(3)
    step = h.called(ROOM)
    h.pass_time(MINUTE)
    h.ok(c.Recall(step=step, times_called=1))
    h.ok(c.Absent(step=step, times_called=2))
    h.called(ROOM)
    assert weight(h) == 0


def test_forgotten_keys_do_not_count_when_the_next_had_just_come() -> None:
    h = crowd(1)
    step = h.called(ROOM)
    h.pass_time(50 * MINUTE)
    h.register("fee", "check")
    h.called(ROOM, step)
    assert weight(h) == 0


def test_an_endless_turn_counts_as_a_long_one() -> None:
    h = crowd(3)
    turns(h, 1, 90)
    assert h.day.paces[KEY].mean == 8 * MINUTE


def test_who_slows_down_is_followed_within_ten_turns() -> None:
    h = crowd(60)
    step = turns(h, 30, 2)
    assert pace(h) < 2 * MINUTE + MINUTE // 2
    for _ in range(10):
        h.pass_time(6 * MINUTE)
        step = h.called(ROOM, step)
    assert pace(h) > 3 * MINUTE + MINUTE // 2
    assert weight(h) <= MEMORY * TURN


def test_several_places_are_measured_each_for_itself() -> None:
    h = Hospital(check=False)
    steps = []
    for _ in range(8):
        ticket = h.register("insured", "exam", service="internal")
        steps.append(ticket.visit)
        for clinic in ("desk_1", "vitals_1"):
            h.finish(h.called(clinic))
    for visit_id in steps:
        exam = h.step_at(visit_id, "internal")
        room = h.standing(exam).clinic or "room_1"
        h.ok(c.CallStep(clinic=room, step=exam, reason="call"))
        h.order(exam, "blood")
        h.finish(exam)
    h.pass_time(10 * MINUTE)
    first = [h.called("lab") for _ in range(4)]
    h.pass_time(8 * MINUTE)
    for step in first:
        h.called("lab", step)
    known = h.day.paces["lab", "", "blood", ""]
    assert known.mean == 8 * MINUTE
    assert estimates.expected(Draft(h.day), "lab") < 8


def test_a_night_halves_what_is_believed() -> None:
    h = crowd(40)
    turns(h, 12, 6)
    mean, before = h.day.paces[KEY].mean, weight(h)
    kept = learned(h.day).paces["/".join(KEY)]
    assert (kept.mean, kept.weight) == (mean, before // 2)
    h.advance(24 * 60 * MINUTE)
    assert h.day.paces[KEY] == kept
    assert pace(h) > 3 * MINUTE


@pytest.mark.parametrize("weight_of", [0, TURN - 1])
def test_too_little_is_forgotten_over_night(weight_of: int) -> None:
    h = crowd(1)
    h.day.paces[KEY] = Pace(weight_of, MINUTE, MINUTE)
    assert not learned(h.day).paces


def test_a_lane_whose_turns_are_shorter_is_told_from_the_others() -> None:
    h = crowd(40)
    draft = Draft(h.day)
    assert estimates.lane_share(draft, ROOM, SERVICE, "returning") == 1000
    turns(h, 20, 6)
    h.day.paces["", "", SERVICE, "returning"] = Pace(20 * TURN, 2 * MINUTE, MINUTE)
    share = estimates.lane_share(Draft(h.day), ROOM, SERVICE, "returning")
    assert 300 < share < 600
    assert estimates.lane_share(Draft(h.day), ROOM, SERVICE, "walk_in") == pytest.approx(1000, abs=20)
    h.day.paces[ROOM, "", SERVICE, "returning"] = Pace(20 * TURN, 5 * MINUTE, MINUTE)
    assert estimates.lane_share(Draft(h.day), ROOM, SERVICE, "returning") > share
