"""Which clinic: late binding to the open clinic with the fewest expected minutes (DESIGN §4, Binding)."""

from collections.abc import Iterable
from itertools import islice

from queue_server.engine.calling import clinics_of, is_ready
from queue_server.engine.draft import Draft
from queue_server.engine.estimates import expected
from queue_server.engine.lines import Line
from queue_server.engine.numbering import sign_at
from queue_server.protocol.codes import AssignedBy, Binding, ClinicState, StepChange
from queue_server.protocol.values import replaced


def bind(draft: Draft) -> None:
    """Give clinics to pooled steps wherever the drafted changes made room or brought someone."""
    for service in sorted(draft.touched_services):
        if draft.queue(Line.POOL, service):
            _bind_service(draft, service)
    draft.touched_services.clear()


def _bind_service(draft: Draft, service: str) -> None:
    plan = draft.facility.services[service]
    if plan.binding not in (Binding.LATE, Binding.AT_CHECK_IN):
        return
    few = plan.bind_ahead if plan.binding is Binding.LATE else None
    clinics = [
        name for name in clinics_of(draft, service) if draft.clinic_part(name).state is ClinicState.OPEN
    ]
    room = [name for name in clinics if few is None or has_room(draft, name, few)]
    for *_, step in tuple(draft.queue(Line.POOL, service)):
        if not room:
            return
        if is_ready(draft, step):
            clinic = fewest_minutes(draft, room)
            give(draft, step, clinic)
            if few is not None and not has_room(draft, clinic, few):
                room.remove(clinic)


def has_room(draft: Draft, clinic: str, few: int) -> bool:
    """Whether fewer than `few` first-time patients could be called from the clinic's own line right now."""
    ready = (
        step for step in draft.waiting(clinic) if not draft.the_step(step).returning and is_ready(draft, step)
    )
    return sum(1 for _ in islice(ready, few)) < few


def fewest_minutes(draft: Draft, clinics: Iterable[str]) -> str:
    """The clinic where one more would be called soonest; on a tie the shorter line, then the name (DESIGN §4,
    Balancing: by expected minutes, not heads)."""
    return min(clinics, key=lambda name: (expected(draft, name), len(draft.queue(Line.BOUND, name)), name))


def give(draft: Draft, step: str, clinic: str) -> None:
    """Bind a waiting step to a clinic of our choice."""
    here = draft.the_step(step)
    sign = sign_at(draft, here.visit, here.service, clinic)
    now = replaced(draft.standing(step), clinic=clinic, call_sign=sign, assigned_by=AssignedBy.OURS)
    draft.put(step, StepChange.BOUND, now, binding=True)


def clinic_at_check_in(draft: Draft, service: str, practitioner: str | None) -> str | None:
    """The clinic a step gets at registration: the chosen practitioner's, or ours where the service says so.

    None leaves it open. A practitioner who is signed on nowhere is found by today's sessions.
    """
    serving = list(clinics_of(draft, service))
    if practitioner is not None:
        for name in serving:
            if practitioner in draft.clinic_part(name).practitioners:
                return name
        planned = {plan.clinic for plan in draft.facility.sessions if plan.practitioner == practitioner}
        return next((name for name in serving if name in planned), None)
    if draft.facility.services[service].binding is not Binding.AT_CHECK_IN:
        return None
    for states in ({ClinicState.OPEN}, {ClinicState.PAUSED}, {ClinicState.CLOSED}):
        clinics = [name for name in serving if draft.clinic_part(name).state in states]
        if clinics:
            return fewest_minutes(draft, clinics)
    return None
