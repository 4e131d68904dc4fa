"""Taking back a clinic's last act."""

from queue_server.protocol import commands as c
from queue_server.protocol.codes import Lane, Refusal, Result, Role, StepState, VisitEnd
from tests.support.hospital import MINUTE, Hospital


def two_at_vitals(h: Hospital) -> tuple[str, str]:
    first, second = (h.register("fee", "check").visit for _ in range(2))
    return f"{first}.1", f"{second}.1"


def test_undo_of_a_call_puts_both_back() -> None:
    h = Hospital()
    first, second = two_at_vitals(h)
    h.called("vitals_1")
    h.ok(c.Start(step=first))
    before = (h.standing(first), h.standing(second), h.day.clinics["vitals_1"].calls)
    h.pass_time(MINUTE)
    h.called("vitals_1", first)
    clinic = h.day.clinics["vitals_1"]
    assert clinic.act is not None
    assert (clinic.act.change, clinic.act.sign) == ("called", "L002")
    assert h.part(h.day.steps[first].visit).end is VisitEnd.COMPLETED
    h.undo("vitals_1")
    assert (h.standing(first), h.standing(second), clinic.calls) == before
    assert (clinic.in_hand, clinic.served, [call.step for call in clinic.recent]) == ([first], 0, [first])
    assert h.part(h.day.steps[first].visit).end is None
    h.refused(c.Undo(clinic="vitals_1", act=1), Refusal.NOTHING_TO_UNDO)


def test_undo_is_refused_once_something_later_touched_the_visit() -> None:
    h = Hospital()
    first, _ = two_at_vitals(h)
    h.called("vitals_1")
    h.ok(c.ChangeLane(visit=h.day.steps[first].visit, lane=Lane.PRIORITY, reason="lane"))
    act = h.day.clinics["vitals_1"].act
    assert act is not None
    assert h.refused(c.Undo(clinic="vitals_1", act=act.number), Refusal.CHANGED).facts["visit"]
    assert h.refused(c.Undo(clinic="vitals_1", act=0), Refusal.CHANGED).facts["act"] == act.number


def test_undo_of_a_finish_takes_the_next_step_back_even_when_it_was_bound() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    step = h.called("till")
    h.finish(step)
    exam = h.step_at(ticket.visit, "internal")
    assert h.standing(exam).clinic == "room_1"
    h.undo("till")
    assert h.standing(exam).state is StepState.PLANNED
    assert h.standing(step).state is StepState.CALLED
    assert h.day.clinics["room_1"].bound == set()


def test_undo_of_a_finish_is_too_late_when_the_next_clinic_called() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    h.called("room_1")
    act = h.day.clinics["till"].act
    assert act is not None
    h.refused(c.Undo(clinic="till", act=act.number), Refusal.CHANGED)


def test_undo_of_orders_cancels_what_was_added() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    made = h.order(exam, "blood", "ultrasound")
    h.undo("room_1")
    assert {h.standing(step).state for step in made} == {StepState.CANCELLED}
    h.finish(exam)
    h.finish(h.called("counter"))


def test_undo_of_absent_hold_and_prepare() -> None:
    h = Hospital()
    first, second = two_at_vitals(h)
    h.ok(c.Prepare(clinic="vitals_1"))
    h.undo("vitals_1")
    assert h.standing(first).state is StepState.QUEUED
    h.called("vitals_1")
    h.pass_time(MINUTE)
    h.ok(c.Recall(step=first, times_called=1))
    h.ok(c.Absent(step=first, times_called=2))
    h.undo("vitals_1")
    assert (h.standing(first).state, h.standing(first).times_called) == (StepState.CALLED, 2)
    h.ok(c.Hold(step=first))
    h.undo("vitals_1")
    assert h.day.clinics["vitals_1"].in_hand == [first]
    assert h.standing(second).state is StepState.QUEUED


def test_undo_needs_the_place_that_another_call_may_have_taken() -> None:
    h = Hospital()
    first, second = two_at_vitals(h)
    h.called("vitals_1")
    h.ok(c.Hold(step=first))
    act = h.day.clinics["vitals_1"].act
    h.called("vitals_1")
    assert h.standing(second).state is StepState.CALLED
    assert act is not None
    h.refused(c.Undo(clinic="vitals_1", act=act.number), Refusal.CHANGED)


def test_an_act_is_told_for_what_it_was_and_whose() -> None:
    h = Hospital()
    number = h.register("fee", service="internal").number
    h.finish(h.called("till"))
    exam = h.called("room_1")

    def told(clinic: str) -> tuple[str, str]:
        act = h.day.clinics[clinic].act
        assert act is not None
        return act.change, act.sign

    (blood, _) = h.order(exam, "blood")
    assert told("room_1") == ("step_added", number)
    h.finish(exam)
    assert told("room_1") == ("finished", number)
    assert h.called("lab") == blood
    h.finish(blood)
    h.ok(c.ResultReady(step=blood))
    assert told("lab") == ("result_ready", number)
    h.ok(c.Refer(step=h.called("room_1"), service="eyes", reason="transfer"))
    assert told("room_1") == ("referred", number)


def test_orders_that_replace_an_earlier_return_are_still_orders() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    h.order(exam, "blood")
    h.order(exam, "ultrasound")
    act = h.day.clinics["room_1"].act
    assert act is not None
    assert act.change == "step_added"


def test_a_result_is_taken_back_by_the_place_that_told_it_but_not_by_undoing_its_own_last_act() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    blood, back = h.order(exam, "blood")
    h.finish(exam)
    h.called("lab")
    h.finish(blood)
    h.ok(c.ResultReady(step=blood))
    assert h.standing(back).state is StepState.QUEUED
    h.undo("lab")
    assert (h.standing(blood).result, h.standing(back).state) == (Result.PENDING, StepState.PLANNED)
    h.ok(c.ResultReady(step=blood), role=Role.INTEGRATION)
    assert h.day.clinics["lab"].act is None
