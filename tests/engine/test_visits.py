"""A visit's way: rooms by a desk or the HIS, transfers, referrals, gates, orders, cancelling."""

import pytest

from queue_server.engine.model import Sign
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AssignedBy,
    GateName,
    Help,
    Lane,
    Refusal,
    Result,
    Role,
    SignOrigin,
    StepState,
    VisitEnd,
)
from queue_server.protocol.results import Attached, StepsAdded
from tests.support.hospital import MINUTE, Hospital
from tests.support.laws import check_laws

HIS = {"device": "his", "role": Role.INTEGRATION}


def at_exam(h: Hospital, room: str = "room_1") -> tuple[str, str]:
    """An insured patient in front of a room: visit and exam step."""
    ticket = h.register()
    h.ok(c.Attach(visit=ticket.visit, service="internal", clinic=room))
    h.finish(h.called("desk_1"))
    h.finish(h.called("vitals_1"))
    return ticket.visit, h.step_at(ticket.visit, "internal")


def test_the_his_gives_room_doctor_and_number_and_its_word_wins() -> None:
    h = Hospital()
    visit, exam = at_exam(h)
    h.called("room_1")
    answer = h.ok(
        c.Attach(visit=visit, step=exam, clinic="room_2", practitioner="binh", call_sign="27"), **HIS
    )
    assert isinstance(answer, Attached)
    standing = h.standing(exam)
    assert (standing.state, standing.clinic, standing.practitioner) == (StepState.QUEUED, "room_2", "binh")
    assert (standing.call_sign, standing.assigned_by) == (Sign("27", SignOrigin.HIS), AssignedBy.HIS)
    assert h.day.clinics["room_1"].in_hand == []
    other, _ = at_exam(h)
    taken = c.Attach(visit=other, clinic="room_2", call_sign="27")
    assert h.refused(taken, Refusal.SIGN_TAKEN).facts == {"clinic": "room_2", "call_sign": "27"}


def test_a_room_cannot_change_under_the_doctors_hands() -> None:
    h = Hospital()
    visit, exam = at_exam(h)
    h.called("room_1")
    h.ok(c.Start(step=exam))
    facts = h.refused(c.Attach(visit=visit, step=exam, clinic="room_2"), Refusal.CHANGED, **HIS).facts
    assert (facts["clinic"], facts["state"]) == ("room_1", "serving")


def test_another_exam_replaces_the_planned_one_before_what_follows_it() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    h.ok(c.Attach(visit=ticket.visit, service="eyes"))
    assert h.standing(h.step_at(ticket.visit, "internal")).state is StepState.CANCELLED
    h.finish(h.called("till"))
    assert h.standing(h.step_at(ticket.visit, "pharmacy")).state is StepState.PLANNED
    h.finish(h.called("room_3"))
    h.finish(h.called("counter"))
    assert h.part(ticket.visit).end is VisitEnd.COMPLETED


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"clinic": "moon"}, Refusal.UNKNOWN_CLINIC),
        ({"service": "moon"}, Refusal.UNKNOWN_SERVICE),
        ({"practitioner": "moon"}, Refusal.UNKNOWN_PRACTITIONER),
        ({"step": "moon"}, Refusal.UNKNOWN_STEP),
        ({"service": "eyes", "clinic": "room_1"}, Refusal.NOT_OFFERED),
        ({"visit": "moon"}, Refusal.UNKNOWN_VISIT),
    ],
)
def test_an_attachment_that_cannot_be_is_refused(fields: dict[str, str], code: Refusal) -> None:
    h = Hospital()
    ticket = h.register()
    h.refused(c.Attach(**{"visit": ticket.visit, **fields}), code)  # type: ignore[arg-type]  # text fields by name


def test_external_codes_gather_on_the_visit() -> None:
    h = Hospital()
    ticket = h.register()
    h.ok(c.Attach(visit=ticket.visit, external={"his": "1"}))
    h.ok(c.Attach(visit=ticket.visit, external={"lis": "2"}))
    assert h.part(ticket.visit).external == {"his": "1", "lis": "2"}
    assert len(h.visit(ticket.visit).steps) == 2


def test_an_at_desk_service_waits_for_its_room() -> None:
    h = Hospital()
    visit, exam = at_exam(h)
    h.called("room_1")
    (referred,) = _referred(h, exam, "surgery")
    assert h.standing(referred).clinic == ""
    assert h.refused(c.CallNext(clinic="room_6"), Refusal.NOBODY_WAITING).facts["why_empty"] == {
        "undirected": 1
    }
    h.ok(c.Attach(visit=visit, clinic="room_6"))
    assert h.called("room_6") == referred


def _referred(h: Hospital, step: str, service: str) -> tuple[str, ...]:
    answer = h.ok(c.Refer(step=step, service=service, reason="transfer"))
    assert isinstance(answer, StepsAdded)
    return answer.steps


def test_what_follows_a_step_follows_its_referral() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    _referred(h, h.called("room_1"), "eyes")
    assert h.standing(h.step_at(ticket.visit, "pharmacy")).state is StepState.PLANNED
    h.finish(h.called("room_3"))
    assert h.standing(h.step_at(ticket.visit, "pharmacy")).state is StepState.QUEUED


def test_a_transfer_keeps_the_place_in_the_order() -> None:
    h = Hospital()
    _, first = at_exam(h)
    h.pass_time(MINUTE)
    _, second = at_exam(h, "room_2")
    h.ok(c.Transfer(step=first, clinic="room_2", reason="transfer"))
    assert h.order_at("room_2") == [h.number(first), h.number(second)]
    h.ok(c.PauseClinic(clinic="room_1", reason="pause"))
    h.ok(c.DrainClinic(clinic="room_1"))
    h.refused(c.Transfer(step=first, clinic="room_1"), Refusal.NOT_OPEN)
    h.refused(c.Transfer(step=first, clinic="lab"), Refusal.NOT_OFFERED)
    h.called("room_2")
    h.refused(c.Transfer(step=first, clinic="room_1"), Refusal.NOT_WAITING)


def test_a_gate_opens_once_and_shuts_no_more() -> None:
    h = Hospital()
    visit, exam = at_exam(h)
    h.called("room_1")
    x_ray, _ = h.order(exam, "x_ray")
    h.finish(exam)
    refused = h.refused(c.CallStep(clinic="scan", step=x_ray, reason="call"), Refusal.GATE_SHUT)
    assert refused.facts["gates"] == ("paid",)
    h.refused(c.OpenGate(step=x_ray, gate=GateName.FASTING), Refusal.WRONG_STATE)
    h.ok(c.OpenGate(step=x_ray, gate=GateName.PAID))
    assert h.standing(x_ray).state is StepState.QUEUED
    assert h.part(visit).end is None


def test_later_orders_join_the_same_return() -> None:
    h = Hospital()
    _, exam = at_exam(h)
    h.called("room_1")
    blood, early = h.order(exam, "blood")
    ultrasound, back = h.order(exam, "ultrasound")
    assert h.standing(early).state is StepState.CANCELLED
    assert h.day.steps[back].awaits == (blood, ultrasound)
    h.finish(exam)
    h.finish(h.called("lab"))
    h.finish(h.called("scan"))
    h.ok(c.ResultReady(step=blood))
    assert h.standing(back).state is StepState.PLANNED
    h.ok(c.ResultReady(step=ultrasound))
    assert h.standing(back).state is StepState.QUEUED
    h.refused(c.ResultReady(step=blood), Refusal.WRONG_STATE)


def test_a_return_waits_only_for_tests_that_have_results_and_were_done() -> None:
    h = Hospital()
    visit, exam = at_exam(h)
    h.called("room_1")
    blood, pharmacy, back = h.order(exam, "blood", "pharmacy")
    h.finish(exam)
    h.finish(h.called("counter"))
    assert h.standing(pharmacy).result is Result.NONE
    h.ok(c.Cancel(visit=visit, step=blood, reason="cancel"))
    assert h.called("room_1") == back


def test_cancelling_ends_one_step_or_the_whole_visit() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    h.refused(c.Cancel(visit=ticket.visit, reason="call"), Refusal.UNKNOWN_REASON)
    h.ok(c.Cancel(visit=ticket.visit, step=h.step_at(ticket.visit, "cashier"), reason="cancel"))
    assert h.standing(h.step_at(ticket.visit, "internal")).state is StepState.QUEUED
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    assert (h.part(ticket.visit).end, h.part(ticket.visit).reason) == (VisitEnd.CANCELLED, "cancel")
    assert (
        h.refused(c.Cancel(visit=ticket.visit, reason="cancel"), Refusal.VISIT_ENDED).facts["end"]
        == "cancelled"
    )
    assert h.day.people == {}


def test_why_someone_has_priority_is_not_written_down() -> None:
    h = Hospital()
    ticket = h.register()
    h.ok(c.ChangeLane(visit=ticket.visit, lane=Lane.PRIORITY, reason="lane"))
    h.ok(c.SetHelp(visit=ticket.visit, help=(Help.SIGHT, Help.HEARING)))
    assert h.part(ticket.visit).lane is Lane.PRIORITY
    assert [getattr(event, "reason", "") for event in h.journal if "reason" in dir(event)][-2:] == ["", ""]
    h.refused(c.ChangeLane(visit=ticket.visit, lane=Lane.PRIORITY, reason="cancel"), Refusal.UNKNOWN_REASON)


def test_a_room_of_another_exam_is_the_hospital_system_s_word() -> None:
    h = Hospital()
    ticket = h.register(service="internal")
    h.ok(c.Attach(visit=ticket.visit, clinic="room_3", call_sign="12"))
    step = h.step_at(ticket.visit, "eyes")
    assert h.standing(step).clinic == "room_3"
    assert h.standing(h.step_at(ticket.visit, "internal")).state is StepState.CANCELLED
    h.finish(h.called("desk_1"))
    h.finish(h.called("vitals_1"))
    assert h.called("room_3") == step


def test_one_more_exam_leaves_the_return_with_results_alone_and_need_not_wait_for_it() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    _, back = h.order(exam, "blood")
    h.finish(exam)
    visit = h.day.steps[exam].visit
    h.ok(c.Attach(visit=visit, service="eyes"))
    eyes = h.step_at(visit, "eyes")
    assert (h.standing(eyes).state, h.standing(back).state) == (StepState.QUEUED, StepState.PLANNED)
    check_laws(h.day)


def test_a_rejoined_step_that_is_moved_forgets_the_calls_of_the_clinic_it_left() -> None:
    h = Hospital()
    for _ in range(5):
        h.register("fee", service="internal")
        h.finish(h.called("till"))
    first = h.called("room_1")
    h.pass_time(MINUTE)
    h.ok(c.Recall(step=first, times_called=1))
    h.ok(c.Absent(step=first, times_called=2))
    h.ok(c.Rejoin(step=first))
    assert h.standing(first).behind > 0
    h.ok(c.Attach(visit=h.day.steps[first].visit, step=first, clinic="room_2"))
    assert h.standing(first).behind == 0
    assert h.called("room_2") == first


def test_the_hospital_system_moves_a_called_patient_without_naming_the_step() -> None:
    h = Hospital()
    visit, exam = at_exam(h)
    assert h.called("room_1") == exam
    told = h.ok(c.Attach(visit=visit, clinic="room_2", call_sign="9"), **HIS)
    assert isinstance(told, Attached)
    assert (told.step, h.standing(exam).state, h.standing(exam).clinic) == (exam, StepState.QUEUED, "room_2")
    assert h.day.clinics["room_1"].in_hand == []
    assert h.called("room_2") == exam
    h.ok(c.Attach(visit=visit, service="eyes", clinic="room_3"))
    assert (h.standing(exam).state, h.standing(h.step_at(visit, "eyes")).clinic) == (
        StepState.CALLED,
        "room_3",
    )
    check_laws(h.day)
