"""One more exam for somebody who is here, at the wish of whoever holds the ticket."""

from queue_server.engine import journeys, sessions
from queue_server.engine.balancing import bind
from queue_server.engine.decide.attaching import exam_on_the_way
from queue_server.engine.decide.checks import open_visit, reject
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.facility import EXAM_SLOT, Service
from queue_server.engine.model import OPEN, Day, Visit
from queue_server.engine.routes import find_route, plan_in_order
from queue_server.protocol.codes import Authority, ClinicKind, Refusal
from queue_server.protocol.commands import AddExam
from queue_server.protocol.results import StepsAdded

_SETTLED_BEFORE = frozenset({ClinicKind.CASHIER, ClinicKind.APPROVAL})
"""Kinds of places where each exam is settled anew: the others of a route are for the day."""
_OURS_TO_ADD = frozenset({Authority.ALONE, Authority.WE_LEAD})
"""Elsewhere a doctor would not find whoever comes with an exam that no desk told the hospital's system of."""


def may_add(day: Day, visit: Visit) -> bool:
    """Whether the holder of a visit's ticket may add an exam: on a route with exams, once a card or a desk
    said who they are, where any is offered."""
    route = find_route(day.facility, visit.payer, visit.kind)
    return (
        visit.part.end is None
        and not visit.part.route_left
        and route is not None
        and EXAM_SLOT in route.steps
        and any(_is_offered(service) for service in day.facility.services.values())
    )


def _is_offered(service: Service) -> bool:
    return service.kind is ClinicKind.EXAM and service.choosable and service.authority in _OURS_TO_ADD


def add_exam(draft: Draft, command: AddExam) -> StepsAdded | Rejection:
    """Plan it, after what the route has to be paid or approved before. It waits like any other stop."""
    visit = open_visit(draft, draft.day.tokens.get(command.token, ""))
    if isinstance(visit, Rejection):
        return visit
    service = draft.facility.services.get(command.service)
    if service is None:
        return reject(Refusal.UNKNOWN_SERVICE, service=command.service)
    is_ordered = any(
        draft.the_step(step).service == service.id and draft.standing(step).state in OPEN
        for step in draft.steps_of(visit.id)
    )
    if not _is_offered(service) or is_ordered or not may_add(draft.day, visit):
        return reject(Refusal.NOT_OFFERED, service=service.id)
    for stopped in ("", service.id):
        if stopped in draft.day.intake_stopped:
            return reject(Refusal.INTAKE_STOPPED, service=stopped, reason=draft.day.intake_stopped[stopped])
    if sessions.is_full(draft.day, service.id, draft.now):
        return reject(Refusal.SESSION_FULL, service=service.id)
    paid = plan_in_order(draft, visit.id, _before(draft, visit), draft.now)
    beside = exam_on_the_way(draft, visit.id)
    last = paid[-1] if paid else ""
    made = [*paid, *plan_in_order(draft, visit.id, (service.id,), draft.now, last, beside=beside)]
    journeys.go_on(draft, visit.id)
    bind(draft)
    return StepsAdded(visit=visit.id, steps=tuple(made))


def _before(draft: Draft, visit: Visit) -> tuple[str, ...]:
    """What this visit's route has before its exam and each exam needs for itself."""
    route = find_route(draft.facility, visit.payer, visit.kind)
    if route is None:
        return ()
    before = route.steps[: route.steps.index(EXAM_SLOT)]
    return tuple(service for service in before if draft.facility.services[service].kind in _SETTLED_BEFORE)
