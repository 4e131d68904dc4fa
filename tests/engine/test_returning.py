"""Coming back with results: all of them, the first, or when the doctor asks; and when the doctor has left."""

from typing import Any

import pytest

from queue_server.engine.facility import SessionPlan
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AssignedBy,
    GateName,
    Refusal,
    Result,
    ResultsWhen,
    ResultsWithout,
    Role,
    StepState,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.values import replaced
from tests.support.hospital import HOUR, MINUTE, SERVICES, Hospital, facility

NOON = 11 * 60 + 30
MORNINGS = (SessionPlan("room_1", "an", 7 * 60, NOON), SessionPlan("room_2", "binh", 7 * 60, NOON))


def house(sessions: tuple[SessionPlan, ...] = MORNINGS, **rules: Any) -> Hospital:
    services = {s.id: replaced(s, **(rules if s.id == "internal" else {})) for s in SERVICES}
    h = Hospital(facility(services=services, sessions=sessions))
    h.advance()
    return h


def in_the_room(h: Hospital) -> str:
    """An exam begun in room_1, with doctor an."""
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    return h.called("room_1")


def sampled(h: Hospital, exam: str, *services: str) -> tuple[str, ...]:
    """Ordered and done, without results yet; the return comes last."""
    steps = h.order(exam, *services)
    h.finish(exam)
    for step in steps[:-1]:
        name = {"blood": "lab", "ultrasound": "scan"}[h.day.steps[step].service]
        assert h.called(name) == step
        h.finish(step)
    return steps


def shut(h: Hospital, step: str) -> list[GateName]:
    return [gate.name for gate in h.standing(step).gates if not gate.open]


def test_the_first_result_brings_back_and_the_rest_once_more() -> None:
    h = house(results_when=ResultsWhen.ANY)
    exam = in_the_room(h)
    visit = h.day.steps[exam].visit
    blood, scan, back = h.order(exam, "blood", "ultrasound")
    h.finish(exam)
    h.finish(h.called("lab"))
    assert shut(h, back) == [GateName.RESULT]
    h.pass_time(MINUTE)
    h.ok(c.ResultReady(step=blood))
    assert (h.standing(back).state, h.standing(back).since) == (StepState.QUEUED, h.now)
    assert h.called("room_1") == back
    h.finish(back)
    again = h.step_at(visit, "internal")
    assert h.day.steps[again].awaits == (scan,)
    assert (h.standing(again).state, h.standing(again).practitioner) == (StepState.PLANNED, "an")
    pharmacy = h.step_at(visit, "pharmacy")
    assert h.standing(pharmacy).state is StepState.PLANNED
    h.finish(h.called("scan"))
    h.ok(c.ResultReady(step=scan))
    h.finish(h.called("room_1"))
    h.finish(h.called("counter"))
    assert h.part(visit).end is VisitEnd.COMPLETED


def test_the_doctor_may_end_it_before_the_rest_has_come() -> None:
    h = house(results_when=ResultsWhen.ANY)
    exam = in_the_room(h)
    blood, _, back = sampled(h, exam, "blood", "ultrasound")
    h.ok(c.ResultReady(step=blood))
    assert h.called("room_1") == back
    h.ok(c.Finish(step=back, end="finish"))
    assert h.step_at(h.day.steps[exam].visit, "internal") == back


def test_who_was_everywhere_may_say_at_a_kiosk_that_the_results_are_in_hand() -> None:
    h = house()
    exam = in_the_room(h)
    blood, scan, back = h.order(exam, "blood", "ultrasound")
    h.finish(exam)
    back_with_results = c.OpenGate(step=back, gate=GateName.RESULT)
    h.finish(h.called("lab"))
    h.refused(back_with_results, Refusal.GATE_SHUT, role=Role.KIOSK)
    h.finish(h.called("scan"))
    assert [h.standing(step).result for step in (blood, scan)] == [Result.PENDING, Result.PENDING]
    h.refused(back_with_results, Refusal.UNKNOWN_STEP, role=Role.PATIENT)
    phone = h.day.visits[h.day.steps[exam].visit].token
    h.refused(back_with_results, Refusal.GATE_SHUT, role=Role.PATIENT, device=phone)
    h.pass_time(MINUTE)
    h.ok(back_with_results, role=Role.KIOSK)
    assert (h.standing(back).state, h.standing(back).since) == (StepState.QUEUED, h.now)
    assert h.called("room_1") == back


def test_where_the_doctor_asks_nobody_says_that_of_themselves() -> None:
    h = house(results_when=ResultsWhen.DOCTOR)
    *_, back = sampled(h, in_the_room(h), "blood")
    h.refused(c.OpenGate(step=back, gate=GateName.RESULT), Refusal.GATE_SHUT, role=Role.KIOSK)


def test_a_doctor_who_wants_to_ask_asks() -> None:
    h = house(results_when=ResultsWhen.DOCTOR)
    exam = in_the_room(h)
    blood, scan, back = sampled(h, exam, "blood", "ultrasound")
    h.ok(c.ResultReady(step=blood))
    h.ok(c.ResultReady(step=scan))
    assert shut(h, back) == [GateName.RESULT]
    facts = h.refused(c.CallNext(clinic="room_1"), Refusal.NOBODY_WAITING).facts
    assert facts["why_empty"] == {"results_here": 1}
    h.pass_time(MINUTE)
    h.ok(c.OpenGate(step=back, gate=GateName.RESULT), role=Role.CLINIC)
    assert h.standing(back).since == h.now
    assert h.called("room_1") == back


def test_a_doctor_may_ask_before_the_results_are_there() -> None:
    h = house(results_when=ResultsWhen.DOCTOR)
    exam = in_the_room(h)
    *_, back = h.order(exam, "blood")
    h.finish(exam)
    h.ok(c.OpenGate(step=back, gate=GateName.RESULT))
    assert h.standing(back).state is StepState.QUEUED


def test_when_the_doctor_who_has_to_ask_leaves_the_results_come_back_by_themselves() -> None:
    h = house(results_when=ResultsWhen.DOCTOR)
    exam = in_the_room(h)
    blood, back = sampled(h, exam, "blood")
    h.ok(c.ResultReady(step=blood))
    h.ok(c.SignOff(clinic="room_1", practitioner="an"))
    assert (h.standing(back).state, h.standing(back).practitioner) == (StepState.QUEUED, "")


def left(h: Hospital) -> tuple[str, str]:
    """Blood of a patient of doctor an, who has gone home; its result comes now. The visit and its return."""
    exam = in_the_room(h)
    blood, back = sampled(h, exam, "blood")
    h.ok(c.SignOff(clinic="room_1", practitioner="an"))
    h.pass_time(MINUTE)
    h.ok(c.ResultReady(step=blood))
    return h.day.steps[exam].visit, back


def test_without_the_doctor_the_same_clinic_takes_the_results() -> None:
    h = house(results_without=ResultsWithout.SAME_CLINIC)
    _, back = left(h)
    standing = h.standing(back)
    assert (standing.state, standing.clinic, standing.practitioner) == (StepState.QUEUED, "room_1", "")


def test_or_any_clinic_of_the_service() -> None:
    h = house(results_without=ResultsWithout.ANY)
    visit, back = left(h)
    h.ok(c.PauseClinic(clinic="room_1", reason="pause"))
    h.ok(c.DrainClinic(clinic="room_1"))
    standing = h.standing(back)
    assert (standing.state, standing.practitioner) == (StepState.QUEUED, "")
    assert h.part(visit).wait is None
    assert standing.clinic in ("", "room_1", "room_2")


def test_or_nobody_but_that_doctor() -> None:
    h = house(results_without=ResultsWithout.WAIT)
    visit, back = left(h)
    assert (h.standing(back).state, h.part(visit).wait) == (StepState.PLANNED, None)
    facts = h.refused(c.CallNext(clinic="room_1"), Refusal.NOBODY_WAITING).facts
    assert facts["why_empty"] == {"results_here": 1}
    h.ok(c.SignOn(clinic="room_1", practitioner="an"))
    assert h.called("room_1") == back


def test_or_a_desk_says_who() -> None:
    h = house(results_without=ResultsWithout.ASK)
    visit, back = left(h)
    assert (h.standing(back).state, h.part(visit).wait) == (StepState.PLANNED, VisitWait.RESULTS)
    assert (h.part(visit).wait_since, h.day.directions) == (h.now, {visit})
    h.ok(c.Attach(visit=visit, clinic="room_2"), role=Role.RECEPTION)
    assert (h.part(visit).wait, h.day.directions) == (None, set())
    assert h.standing(back).assigned_by is AssignedBy.DESK
    assert h.called("room_2") == back


@pytest.mark.parametrize("deed", ["same room", "transfer", "open gate", "named", "back again"])
def test_every_answer_of_a_desk_brings_the_patient_back(deed: str) -> None:
    h = house(results_without=ResultsWithout.ASK)
    visit, back = left(h)
    where = "room_1"
    match deed:
        case "same room":
            h.ok(c.Attach(visit=visit, clinic="room_1"))
        case "transfer":
            h.ok(c.Transfer(step=back, clinic="room_2"))
            where = "room_2"
        case "open gate":
            h.ok(c.OpenGate(step=back, gate=GateName.RESULT))
        case "named":
            h.ok(c.Attach(visit=visit, step=back, practitioner="binh"))
            where = "room_2"
        case _:
            h.ok(c.SignOn(clinic="room_1", practitioner="an"))
    assert h.part(visit).wait is None
    assert h.called(where) == back


def test_a_doctor_who_works_again_later_today_takes_them_then() -> None:
    later = SessionPlan("room_1", "an", 13 * 60, 16 * 60)
    h = house((*MORNINGS, later), results_without=ResultsWithout.ASK)
    exam = in_the_room(h)
    blood, back = sampled(h, exam, "blood")
    h.advance(5 * HOUR)
    h.ok(c.ResultReady(step=blood))
    standing = h.standing(back)
    assert (standing.state, standing.clinic, standing.practitioner) == (StepState.QUEUED, "room_1", "an")
    h.advance(HOUR)
    assert h.called("room_1") == back


def test_nobody_comes_back_to_a_clinic_that_was_closed_by_hand() -> None:
    h = house()
    exam = in_the_room(h)
    visit = h.day.steps[exam].visit
    blood, back = sampled(h, exam, "blood")
    h.ok(c.SignOff(clinic="room_1", practitioner="an"))
    h.ok(c.CloseClinic(clinic="room_1"))
    h.ok(c.ResultReady(step=blood))
    assert h.standing(back).clinic == "room_2"
    assert h.called("room_2") == back

    h = house()
    exam = in_the_room(h)
    visit = h.day.steps[exam].visit
    blood, back = sampled(h, exam, "blood")
    for room in ("room_1", "room_2"):
        h.ok(c.CloseClinic(clinic=room))
    h.ok(c.ResultReady(step=blood))
    assert (h.standing(back).state, h.part(visit).wait) == (StepState.PLANNED, VisitWait.RESULTS)
    h.ok(c.OpenClinic(clinic="room_1"))
    assert h.called("room_1") == back


def test_a_room_that_the_his_gave_and_that_closed_is_for_a_desk_to_mend() -> None:
    h = house()
    exam = in_the_room(h)
    visit = h.day.steps[exam].visit
    h.ok(c.Attach(visit=visit, step=exam, clinic="room_1", call_sign="27"), role=Role.INTEGRATION)
    blood, back = sampled(h, exam, "blood")
    h.ok(c.SignOff(clinic="room_1", practitioner="an"))
    h.ok(c.CloseClinic(clinic="room_1"))
    h.ok(c.ResultReady(step=blood))
    assert (h.standing(back).state, h.part(visit).wait) == (StepState.PLANNED, VisitWait.RESULTS)


def state(h: Hospital) -> str:
    return h.day.clinics["room_1"].part.state.value


def test_a_draining_clinic_waits_for_results_only_while_its_doctor_is_there() -> None:
    h = house(results_without=ResultsWithout.WAIT)
    exam = in_the_room(h)
    blood, back = sampled(h, exam, "blood")
    h.ok(c.DrainClinic(clinic="room_1"))
    h.advance(MINUTE)
    assert state(h) == "draining"
    h.ok(c.SignOff(clinic="room_1", practitioner="an"))
    h.ok(c.ResultReady(step=blood))
    h.advance(MINUTE)
    assert state(h) == "closed"
    assert h.standing(back).state is StepState.PLANNED


def test_a_further_exam_holds_the_pharmacy_back_and_nothing_else() -> None:
    h = house()
    exam = in_the_room(h)
    visit = h.day.steps[exam].visit
    h.ok(c.Attach(visit=visit, service="eyes"))
    eyes = h.step_at(visit, "eyes")
    pharmacy = h.step_at(visit, "pharmacy")
    assert h.standing(eyes).state is StepState.QUEUED
    blood, back = sampled(h, exam, "blood")
    h.ok(c.ResultReady(step=blood))
    h.finish(h.called("room_1"))
    assert h.standing(back).state is StepState.DONE
    assert h.standing(pharmacy).state is StepState.PLANNED
    h.finish(h.called("room_3"))
    assert h.called("counter") == pharmacy
    h.finish(pharmacy)
    assert h.part(visit).end is VisitEnd.COMPLETED


def test_a_result_of_another_service_in_the_place_of_the_ordered_one_is_awaited() -> None:
    h = house()
    exam = in_the_room(h)
    blood, back = h.order(exam, "blood")
    h.finish(exam)
    assert h.called("lab") == blood
    h.ok(c.Refer(step=blood, service="ultrasound", reason="transfer"))
    scan = h.step_at(h.day.steps[exam].visit, "ultrasound")
    assert h.standing(blood).result is Result.NONE
    assert h.standing(back).state is StepState.PLANNED
    h.finish(h.called("scan"))
    h.ok(c.ResultReady(step=scan))
    assert h.called("room_1") == back
