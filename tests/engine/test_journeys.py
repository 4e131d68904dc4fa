"""Whole journeys: which step is next, who comes back, when a visit is over."""

from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    CalledAs,
    GateName,
    Refusal,
    Result,
    StepState,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.results import Attached
from tests.support.hospital import MINUTE, Hospital


def test_an_insured_patient_from_the_card_to_the_last_word_of_the_doctor() -> None:
    h = Hospital()
    ticket = h.register(service=None)
    assert (ticket.number, ticket.ahead, ticket.place.label.vi) == ("A001", 0, "reception")

    reception = h.called("desk_1")
    attached = h.ok(c.Attach(visit=ticket.visit, service="internal", clinic="room_1", external={"his": "77"}))
    assert isinstance(attached, Attached)
    exam = attached.step
    h.finish(reception)
    assert h.standing(exam).state is StepState.PLANNED

    h.finish(h.called("vitals_1"))
    assert h.standing(exam).state is StepState.QUEUED
    assert h.called("room_1") == exam

    h.pass_time(MINUTE)
    blood, ultrasound, back = h.order(exam, "blood", "ultrasound")
    assert [h.standing(s).state for s in (blood, ultrasound, back)] == ["queued", "queued", "planned"]
    assert h.refused(c.CallNext(clinic="lab"), Refusal.NOBODY_WAITING).facts["why_empty"] == {
        "busy_elsewhere": 1
    }

    h.finish(exam)
    assert h.called("scan") == ultrasound
    h.refused(c.CallNext(clinic="lab"), Refusal.NOBODY_WAITING)
    h.finish(ultrasound)
    assert h.called("lab") == blood
    h.finish(blood)
    assert h.standing(blood).result is Result.PENDING
    h.ok(c.ResultReady(step=blood))
    assert h.refused(c.CallNext(clinic="room_1"), Refusal.NOBODY_WAITING).facts["why_empty"] == {
        "awaiting_result": 1
    }
    h.pass_time(MINUTE)
    h.ok(c.ResultReady(step=ultrasound))
    assert (h.standing(back).state, h.standing(back).since) == (StepState.QUEUED, h.now)
    assert h.called("room_1") == back
    assert h.day.clinics["room_1"].recent[-1].called_as is CalledAs.RETURNING
    h.finish(back)
    assert h.part(ticket.visit).end is VisitEnd.COMPLETED
    assert (h.day.open_visits, h.day.ended_visits, h.day.people) == (0, 1, {})


def test_a_fee_patient_pays_is_given_a_clinic_and_takes_the_medicine_after_the_return() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.step_at(ticket.visit, "internal")
    assert h.standing(exam).clinic == "room_1"
    h.called("room_1")
    x_ray, back = h.order(exam, "x_ray")
    h.finish(exam)
    pharmacy = h.step_at(ticket.visit, "pharmacy")
    assert (h.standing(pharmacy).state, h.standing(x_ray).state) == (StepState.PLANNED, StepState.PLANNED)
    assert h.refused(c.CallNext(clinic="scan"), Refusal.NOBODY_WAITING).facts["why_empty"] == {"unpaid": 1}
    h.ok(c.OpenGate(step=x_ray, gate=GateName.PAID))
    h.finish(h.called("scan"))
    h.ok(c.ResultReady(step=x_ray))
    h.finish(h.called("room_1"))
    assert h.standing(back).state is StepState.DONE
    h.finish(h.called("counter"))
    assert h.part(ticket.visit).end is VisitEnd.COMPLETED


def test_a_visit_nobody_directed_waits_by_name() -> None:
    h = Hospital()
    ticket = h.register()
    h.finish(h.called("desk_1"))
    h.finish(h.called("vitals_1"))
    assert h.part(ticket.visit).wait is VisitWait.DIRECTION
    assert h.day.directions == {ticket.visit}
    h.ok(c.Attach(visit=ticket.visit, clinic="room_3"))
    assert (h.part(ticket.visit).wait, h.day.directions) == (None, set())
    assert h.number(h.called("room_3")) == ticket.number


def test_results_go_back_to_the_practitioner_even_after_a_change_of_rooms() -> None:
    h = Hospital()
    for room, doctor in (("room_1", "an"), ("room_2", "binh")):
        h.ok(c.SignOn(clinic=room, practitioner=doctor))
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    room = h.standing(h.step_at(f"{h.day.day}-1", "internal")).clinic
    (doctor,) = h.day.clinics[room].part.practitioners
    other = {"room_1": "room_2", "room_2": "room_1"}[room]
    exam = h.called(room)
    blood, back = h.order(exam, "blood")
    assert h.standing(back).practitioner == doctor
    h.finish(exam)
    h.finish(h.called("lab"))

    for clinic in (room, other):
        (here,) = h.day.clinics[clinic].part.practitioners
        h.ok(c.SignOff(clinic=clinic, practitioner=here))
    h.ok(c.SignOn(clinic=other, practitioner=doctor))
    h.ok(c.ResultReady(step=blood))
    assert (h.standing(back).clinic, h.standing(back).practitioner) == (other, doctor)
    assert h.called(other) == back
