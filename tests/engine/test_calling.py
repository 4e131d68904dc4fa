"""The order in which a clinic calls: lanes, the cap on priority, rejoining, and why nobody can be called."""

import pytest

from queue_server.engine import calling
from queue_server.engine.draft import Draft
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AgeGroup, Lane, PresenceKind, Refusal, StepState
from tests.support.hospital import MINUTE, Hospital

ORDINARY, ELDER = AgeGroup.ORDINARY, AgeGroup.FROM_75


def at_vitals(h: Hospital, *ages: AgeGroup) -> list[str]:
    """Patients who arrive at vitals one minute after another; returns their numbers."""
    numbers = []
    for age in ages:
        numbers.append(h.register("fee", "check", age=age).number)
        h.pass_time(MINUTE)
    return numbers


def calls(h: Hospital, clinic: str, count: int, after: str | None = None) -> list[str]:
    """The numbers of the next calls, one press each."""
    numbers = []
    for _ in range(count):
        after = h.called(clinic, after)
        numbers.append(h.number(after))
    return numbers


def test_sixty_patients_take_sixty_presses() -> None:
    h = Hospital()
    numbers = [h.register("fee", "check").number for _ in range(60)]
    assert calls(h, "vitals_1", 60) == numbers
    last = h.day.clinics["vitals_1"].in_hand[0]
    answer = h.call("vitals_1", last)
    assert (answer.step, answer.finished, answer.why_empty) == (None, last, {})
    assert h.day.clinics["vitals_1"].served == 60
    assert h.day.open_visits == 0


@pytest.mark.parametrize(
    ("ages", "expected"),
    [
        ("oooo", "0123"),
        ("oeoe", "1302"),
        ("oeeeeee", "1230456"),
        ("oeeeeeeo", "12304567"),
        ("ooeeeeee", "23405671"),
        ("eeeee", "01234"),
    ],
)
def test_priority_goes_first_but_at_most_three_in_a_row(ages: str, expected: str) -> None:
    h = Hospital()
    numbers = at_vitals(h, *[ELDER if age == "e" else ORDINARY for age in ages])
    wanted = [numbers[int(index)] for index in expected]
    assert h.order_at("vitals_1") == wanted
    assert calls(h, "vitals_1", len(ages)) == wanted


def test_urgent_is_behind_no_cap() -> None:
    h = Hospital()
    numbers = at_vitals(h, ORDINARY, ELDER, ELDER, ELDER, ELDER, ORDINARY)
    first = calls(h, "vitals_1", 3)
    assert first == numbers[1:4]
    late = h.register("fee", "check")
    h.ok(c.ChangeLane(visit=late.visit, lane=Lane.URGENT, reason="lane"))
    assert h.order_at("vitals_1") == [late.number, numbers[0], numbers[4], numbers[5]]


def test_results_wait_among_the_others_from_the_moment_they_came() -> None:
    h = Hospital()
    first = h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    blood, _ = h.order(exam, "blood")
    h.finish(exam)
    h.finish(h.called("lab"))
    h.ok(c.DrainClinic(clinic="room_2"))
    before = h.register("fee", service="internal")
    h.finish(h.called("till"))
    h.pass_time(MINUTE)
    h.ok(c.ResultReady(step=blood))
    h.pass_time(MINUTE)
    later = h.register("fee", service="internal")
    h.finish(h.called("till"))
    assert h.order_at("room_1") == [before.number, first.number, later.number]


def test_those_who_stand_ready_go_before_others_of_their_lane() -> None:
    h = Hospital()
    numbers = at_vitals(h, ORDINARY, ORDINARY, ELDER)
    first, second = (next(step for step in h.day.steps if h.number(step) == numbers[n]) for n in (0, 1))
    h.ok(c.Hold(step=first))
    h.ok(c.Prepare(clinic="vitals_1", step=second))
    h.ok(c.Resume(step=first))
    assert h.order_at("vitals_1") == [numbers[2], numbers[1], numbers[0]]
    h.ok(c.Prepare(clinic="vitals_1"))
    assert h.order_at("vitals_1")[0] == numbers[2]
    assert h.standing(f"{h.day.numbers[numbers[2]]}.1").state is StepState.PREPARED


def test_getting_ready_is_no_way_around_the_order() -> None:
    h = Hospital()
    numbers = at_vitals(h, ORDINARY, ORDINARY, ELDER, ORDINARY)
    first, second, elder, last = (f"{h.day.numbers[number]}.1" for number in numbers)
    refused = h.refused(c.Prepare(clinic="vitals_1", step=last), Refusal.NOT_NEXT)
    assert (refused.facts["step"], refused.facts["number"]) == (first, numbers[0])
    h.ok(c.Prepare(clinic="vitals_1", step=first))
    h.refused(c.Prepare(clinic="vitals_1", step=last), Refusal.NOT_NEXT)
    h.ok(c.SetPresence(visit=h.day.steps[second].visit, presence=PresenceKind.AWAY))
    h.ok(c.Prepare(clinic="vitals_1", step=last))
    h.ok(c.Prepare(clinic="vitals_1", step=elder))


def test_a_clinic_with_four_places_calls_four() -> None:
    h = Hospital()
    steps = [h.ok(c.AddSteps(visit=h.register("fee", "check").visit, orders=(c.Order(service="blood"),)))
             for _ in range(5)]  # fmt: skip
    assert len(steps) == 5
    for _ in range(4):
        h.called("lab")
    refused = h.refused(c.CallNext(clinic="lab"), Refusal.NO_FREE_PLACE)
    assert (refused.facts["places"], len(h.day.clinics["lab"].in_hand)) == (4, 4)
    oldest = h.day.clinics["lab"].in_hand[0]
    h.called("lab", oldest)
    assert h.standing(oldest).state is StepState.DONE


def test_a_screen_that_was_behind_is_told_who_is_in_hand() -> None:
    h = Hospital()
    at_vitals(h, ORDINARY, ORDINARY, ORDINARY)
    first = h.called("vitals_1")
    facts = h.refused(c.CallNext(clinic="vitals_1"), Refusal.CHANGED).facts
    assert facts["in_hand"] == (first,)
    second = h.called("vitals_1", first)
    facts = h.refused(c.CallNext(clinic="vitals_1", after=first), Refusal.CHANGED).facts
    assert (facts["in_hand"], facts["state"]) == ((second,), "done")
    h.refused(c.CallNext(clinic="vitals_1", after="nobody"), Refusal.UNKNOWN_STEP)


def test_two_desks_call_from_one_pool_and_the_slower_one_is_told() -> None:
    h = Hospital()
    h.register()
    step = h.called("desk_1")
    refused = h.refused(c.CallStep(clinic="desk_2", step=step, reason="call"), Refusal.CHANGED)
    assert (refused.facts["clinic"], refused.facts["state"]) == ("desk_1", "called")
    h.refused(c.CallNext(clinic="desk_2"), Refusal.NOBODY_WAITING)


def test_calling_out_of_order_needs_a_reason_of_its_kind() -> None:
    h = Hospital()
    numbers = at_vitals(h, ORDINARY, ORDINARY)
    second = f"{h.day.numbers[numbers[1]]}.1"
    h.refused(c.CallStep(clinic="vitals_1", step=second, reason="pause"), Refusal.UNKNOWN_REASON)
    h.ok(c.CallStep(clinic="vitals_1", step=second, reason="call"))
    assert h.day.clinics["vitals_1"].in_hand == [second]
    h.refused(
        c.CallStep(clinic="till", step=f"{h.day.numbers[numbers[0]]}.1", reason="call"), Refusal.NOT_OFFERED
    )


def test_who_is_busy_or_away_is_passed_over_and_keeps_the_place() -> None:
    h = Hospital()
    numbers = at_vitals(h, ORDINARY, ORDINARY)
    visit = h.day.numbers[numbers[0]]
    h.ok(c.SetPresence(visit=visit, presence=PresenceKind.AWAY, until=h.now + 10 * MINUTE))
    assert h.order_at("vitals_1") == numbers[1:]
    assert calling.count_ahead(Draft(h.day), f"{visit}.1") == 0
    h.advance(10 * MINUTE)
    assert h.order_at("vitals_1") == numbers


def test_a_closed_or_paused_clinic_calls_nobody() -> None:
    h = Hospital()
    at_vitals(h, ORDINARY)
    h.ok(c.PauseClinic(clinic="vitals_1", reason="pause"))
    assert h.refused(c.CallNext(clinic="vitals_1"), Refusal.NOT_OPEN).facts["state"] == "paused"
    h.refused(c.CallNext(clinic="nowhere"), Refusal.UNKNOWN_CLINIC)


def test_ahead_counts_who_goes_before() -> None:
    h = Hospital()
    numbers = at_vitals(h, ORDINARY, ORDINARY, ELDER)
    counts = [calling.count_ahead(Draft(h.day), f"{h.day.numbers[number]}.1") for number in numbers]
    assert counts == [1, 2, 0]
    first = h.called("vitals_1")
    assert calling.count_ahead(Draft(h.day), first) is None
    assert calling.before(Draft(h.day), f"{h.day.numbers[numbers[1]]}.1") == {"ordinary": 1}
