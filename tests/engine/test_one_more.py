"""One more exam, wished at a kiosk by whoever holds the ticket."""

import pytest

from queue_server.engine.decide.one_more import may_add
from queue_server.engine.facility import EXAM_SLOT
from queue_server.protocol import commands as c
from queue_server.protocol.codes import Authority, ClinicKind, Refusal, Role, StepState
from queue_server.protocol.results import StepsAdded, Ticket
from queue_server.protocol.values import replaced
from tests.support.hospital import Hospital, facility

KIOSK = {"device": "kiosk_1", "role": Role.KIOSK}


def added(h: Hospital, ticket: Ticket, service: str) -> list[tuple[str, StepState]]:
    """The steps that were made, in order."""
    outcome = h.ok(c.AddExam(token=ticket.token, service=service), **KIOSK)
    assert isinstance(outcome, StepsAdded)
    return [(h.day.steps[step].service, h.day.steps[step].standing.state) for step in outcome.steps]


def test_the_insured_wait_for_it_at_once_with_the_number_they_have() -> None:
    h = Hospital()
    ticket = h.register(payer="insured", kind="exam", service="internal")
    assert may_add(h.day, h.day.visits[ticket.visit])
    assert added(h, ticket, "eyes") == [("eyes", StepState.QUEUED)]
    assert h.day.visits[ticket.visit].part.number == ticket.number
    assert len(h.day.visits) == 1


def test_who_pays_pays_first_and_the_pharmacy_waits_for_both() -> None:
    h = Hospital()
    ticket = h.register(payer="fee", kind="exam", service="internal")
    assert added(h, ticket, "eyes") == [("cashier", StepState.QUEUED), ("eyes", StepState.PLANNED)]
    steps = {step: h.day.steps[step] for step in h.day.visits[ticket.visit].steps}
    (pharmacy,) = [step for step in steps.values() if step.service == "pharmacy"]
    (eyes,) = [step for step, made in steps.items() if made.service == "eyes"]
    assert steps[eyes].ordered_at in pharmacy.after


def test_an_exam_bound_at_check_in_gets_its_place() -> None:
    h = Hospital()
    ticket = h.register(payer="insured", kind="exam", service="internal")
    added(h, ticket, "skin")
    (step,) = [s for s in h.day.visits[ticket.visit].steps if h.day.steps[s].service == "skin"]
    assert h.day.steps[step].standing.clinic in ("room_4", "room_5")


def test_what_is_ordered_already_or_not_offered_is_refused() -> None:
    h = Hospital()
    ticket = h.register(payer="insured", kind="exam", service="internal")

    def refused(service: str, code: Refusal, token: str = ticket.token) -> None:
        h.refused(c.AddExam(token=token, service=service), code, **KIOSK)

    refused("internal", Refusal.NOT_OFFERED)
    refused("surgery", Refusal.NOT_OFFERED)
    refused("blood", Refusal.NOT_OFFERED)
    refused("nothing", Refusal.UNKNOWN_SERVICE)
    refused("eyes", Refusal.UNKNOWN_VISIT, "0" * 16)
    added(h, ticket, "eyes")
    refused("eyes", Refusal.NOT_OFFERED)
    h.ok(c.StopIntake(reason="intake", service="skin"))
    refused("skin", Refusal.INTAKE_STOPPED)
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    refused("skin", Refusal.VISIT_ENDED)


@pytest.mark.parametrize("authority", list(Authority))
def test_where_a_desk_tells_the_hospital_s_system_a_desk_adds_it(authority: Authority) -> None:
    plan = facility()
    ours = authority in (Authority.ALONE, Authority.WE_LEAD)
    exams = {id_: s for id_, s in plan.services.items() if s.kind is ClinicKind.EXAM and s.choosable}
    services = {id_: replaced(service, authority=authority) for id_, service in exams.items()}
    h = Hospital(replaced(plan, services=plan.services | services))
    ticket = h.register(payer="insured", kind="exam", service="internal")
    assert may_add(h.day, h.day.visits[ticket.visit]) is ours
    wish = c.AddExam(token=ticket.token, service="eyes")
    if ours:
        h.ok(wish, **KIOSK)
    else:
        h.refused(wish, Refusal.NOT_OFFERED, **KIOSK)


@pytest.mark.parametrize("person", [None, "p"])
def test_who_has_to_see_reception_first_adds_nothing(person: str | None) -> None:
    h = Hospital()
    ticket = h.register(payer="insured", kind="exam", person=person, typed=person is not None)
    assert h.day.visits[ticket.visit].part.route_left
    assert not may_add(h.day, h.day.visits[ticket.visit])
    h.refused(c.AddExam(token=ticket.token, service="eyes"), Refusal.NOT_OFFERED, **KIOSK)


def test_a_way_without_exams_takes_none() -> None:
    h = Hospital()
    ticket = h.register(payer="fee", kind="check")
    assert not any(EXAM_SLOT in route.steps for route in h.plan.routes.values() if route.kind == "check")
    h.refused(c.AddExam(token=ticket.token, service="eyes"), Refusal.NOT_OFFERED, **KIOSK)
