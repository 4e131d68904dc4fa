"""Rooms, practitioners and numbers given by a desk or the HIS: their word wins (DESIGN §4, Authority)."""

from queue_server.engine import authority, journeys, routes
from queue_server.engine.balancing import clinic_at_check_in
from queue_server.engine.decide.checks import (
    changed,
    known_step,
    not_offered,
    open_visit,
    reject,
    unknown_clinic,
    wrong_state,
)
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.facility import EXAM_SLOT
from queue_server.engine.model import BUSY, IN_HAND, OPEN, Actor, Sign, Standing
from queue_server.engine.numbering import sign_at
from queue_server.engine.returning import bring_back, waits_for_somebody
from queue_server.protocol.codes import (
    AssignedBy,
    ClinicKind,
    Refusal,
    Role,
    SignOrigin,
    StepChange,
    StepState,
    VisitChange,
)
from queue_server.protocol.commands import Attach
from queue_server.protocol.labels import CallSign
from queue_server.protocol.results import Attached
from queue_server.protocol.values import replaced


def attach(draft: Draft, command: Attach, actor: Actor) -> Attached | Rejection:
    """Give the visit its exam, room, practitioner and HIS number; makes the steps its route still lacks."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    refused = _wrong_attachment(draft, command)
    if refused is not None:
        return refused
    step = _step_to_attach(draft, command)
    if isinstance(step, Rejection):
        return step
    if command.external:
        external = {**draft.part(visit.id).external, **command.external}
        draft.change_visit(visit.id, VisitChange.EXTERNAL, external=external)
    if step is None:
        step = _make_steps(draft, command)
        if isinstance(step, Rejection):
            return step
    if step == "":
        return Attached(visit=visit.id, step="")
    named = command.clinic is not None or command.practitioner is not None
    nobody_took_it = named and waits_for_somebody(draft, step)
    refused = _attach_to(draft, step, command, actor)
    if refused is not None:
        return refused
    if nobody_took_it:
        bring_back(draft, step)
    journeys.go_on(draft, visit.id)
    sign = draft.standing(step).call_sign
    return Attached(visit=visit.id, step=step, call_sign=CallSign(sign.text, sign.origin) if sign else None)


def _wrong_attachment(draft: Draft, command: Attach) -> Rejection | None:
    facility = draft.facility
    missing = unknown_clinic(draft, command.clinic)
    if missing is not None:
        return missing
    if command.practitioner is not None and command.practitioner not in facility.practitioners:
        return reject(Refusal.UNKNOWN_PRACTITIONER, practitioner=command.practitioner)
    if command.service is not None:
        return not_offered(draft, command.service, command.clinic)
    return None


def _step_to_attach(draft: Draft, command: Attach) -> str | Rejection | None:
    """The step meant: the one named, or the next exam; None when it has to be made, "" when none is meant.

    An exam that is called but not begun counts as the next: its call is withdrawn when its room changes.
    """
    if command.step is not None:
        here = known_step(draft, command.step)
        if isinstance(here, Rejection):
            return here
        if here.visit != command.visit:
            return reject(Refusal.UNKNOWN_STEP, step=command.step, visit=command.visit)
        if draft.standing(command.step).state not in OPEN:
            return wrong_state(draft, command.step)
        wanted = _wanted(draft, command, here.service)
        return command.step if wanted == here.service else _redirect(draft, command.step, wanted)
    for step in draft.steps_of(command.visit):
        standing, here = draft.standing(step), draft.the_step(step)
        if standing.state not in OPEN or standing.state is StepState.SERVING:
            continue
        if draft.facility.services[here.service].kind is ClinicKind.EXAM:
            wanted = _wanted(draft, command, here.service)
            if wanted == here.service:
                return step
            # Who is called, or still to come back with results, keeps that; this is one more exam.
            if not here.returning and standing.state is not StepState.CALLED:
                return _redirect(draft, step, wanted)
    if command.service is None and command.clinic is None and command.practitioner is None:
        return "" if command.call_sign is None else reject(Refusal.NOT_OFFERED, visit=command.visit)
    return None


def _wanted(draft: Draft, command: Attach, service: str) -> str:
    """The service meant for a step of `service`: the named one; else, where an exam is given a room that does
    not serve it, the one exam of that room: the room is the HIS's word, and it wins."""
    if command.service is not None:
        return command.service
    offered = draft.facility.clinics[command.clinic].services if command.clinic else (service,)
    if service in offered or draft.facility.services[service].kind is not ClinicKind.EXAM:
        return service
    return _only_exam(draft, command) or service


def _redirect(draft: Draft, step: str, service: str) -> str | Rejection:
    """Replace a step by one of another service, at the same point of the way."""
    old, standing = draft.the_step(step), draft.standing(step)
    if standing.state in IN_HAND or old.returning:
        return wrong_state(draft, step)
    draft.change(step, StepChange.CANCELLED, state=StepState.CANCELLED, ended_at=draft.now, end="redirected")
    fresh = Standing(gates=routes.shut_gates(draft, old.visit, service), since=standing.since)
    return draft.add_step(old.visit, service, fresh, after=(*old.after, step), ordered_at=step)


def _make_steps(draft: Draft, command: Attach) -> str | Rejection:
    """Make what is left of the route with the exam now known, or one step where no route is left."""
    service = command.service or _only_exam(draft, command)
    if service is None:
        return reject(Refusal.UNKNOWN_SERVICE, service=None, clinic=command.clinic)
    visit = command.visit
    services = draft.facility.services
    left = draft.part(visit).route_left
    is_exam = services[service].kind is ClinicKind.EXAM
    if left and is_exam:
        whole = [
            service if name == EXAM_SLOT or services[name].kind is ClinicKind.EXAM else name for name in left
        ]
        draft.change_visit(visit, VisitChange.ROUTE, route_left=())
        if service not in whole:
            whole.append(service)
    else:
        whole = [service]
    after = _comes_after(draft, visit, bool(left))
    arrived_at = draft.the_visit(visit).arrived_at
    made = routes.plan_in_order(
        draft, visit, whole, arrived_at, after, beside="" if after else exam_on_the_way(draft, visit)
    )
    return made[whole.index(service)]


def exam_on_the_way(draft: Draft, visit: str) -> str:
    """The last exam of the visit's route; what its route has after it waits for every further exam too."""
    exams = [
        step
        for step in draft.steps_of(visit)
        if not draft.the_step(step).ordered_at and routes.is_exam(draft, draft.the_step(step).service)
    ]
    return exams[-1] if exams else ""


def _comes_after(draft: Draft, visit: str, on_route: bool) -> str:
    """The step of the route that more steps follow. One more exam beside a route that already had one waits
    neither for that one's results nor for the pharmacy at its end, which waits for it."""
    route_steps = [step for step in draft.steps_of(visit) if not draft.the_step(step).ordered_at]
    exams = {plan.id for plan in draft.facility.services.values() if plan.kind is ClinicKind.EXAM}
    had_exam = any(draft.the_step(step).service in exams for step in route_steps)
    return route_steps[-1] if route_steps and (on_route or not had_exam) else ""


def _only_exam(draft: Draft, command: Attach) -> str | None:
    """The exam that the named clinic, or the practitioner's, offers, if it is only one."""
    clinics = (
        {command.clinic}
        if command.clinic
        else {plan.clinic for plan in draft.facility.sessions if plan.practitioner == command.practitioner}
    )
    services = draft.facility.services
    exams = {
        name
        for clinic in clinics
        if clinic
        for name in draft.facility.clinics[clinic].services
        if services[name].kind is ClinicKind.EXAM
    }
    return exams.pop() if len(exams) == 1 else None


def _attach_to(draft: Draft, step: str, command: Attach, actor: Actor) -> Rejection | None:
    here, standing = draft.the_step(step), draft.standing(step)
    clinic = command.clinic
    if clinic is None and command.practitioner is not None:
        clinic = clinic_at_check_in(draft, here.service, command.practitioner)
        if clinic is None:
            return reject(Refusal.NOT_OFFERED, service=here.service, practitioner=command.practitioner)
    clinic = clinic or standing.clinic
    if clinic and here.service not in draft.facility.clinics[clinic].services:
        return reject(Refusal.NOT_OFFERED, service=here.service, clinic=clinic)
    moved = clinic != standing.clinic
    if moved and standing.state is StepState.SERVING:
        return changed(draft, step)
    if command.call_sign is not None:
        if not clinic:
            return reject(Refusal.NOT_OFFERED, service=here.service, clinic=None)
        if draft.sign_owner(clinic, command.call_sign) not in (None, here.visit):
            return reject(Refusal.SIGN_TAKEN, clinic=clinic, call_sign=command.call_sign)
        sign: Sign | None = Sign(command.call_sign, SignOrigin.HIS)
    elif moved:
        sign = sign_at(draft, here.visit, here.service, clinic)
    else:
        sign = standing.call_sign
    now = replaced(
        standing,
        clinic=clinic,
        practitioner=command.practitioner or ("" if moved else standing.practitioner),
        call_sign=sign,
        assigned_by=_assigned(command, actor, standing),
        behind=0 if moved else standing.behind,
    )
    if moved and standing.state in BUSY:
        now = _withdrawn(now)
    if command.clinic is not None or command.practitioner is not None or command.call_sign is not None:
        now = authority.settled(now, draft.device)
    if now != standing:
        draft.put(step, StepChange.ATTACHED, now)
    return None


def _assigned(command: Attach, actor: Actor, standing: Standing) -> AssignedBy:
    if command.clinic is None and command.practitioner is None and command.call_sign is None:
        return standing.assigned_by
    return AssignedBy.HIS if actor.role is Role.INTEGRATION else AssignedBy.DESK


def _withdrawn(standing: Standing) -> Standing:
    """A call or preparation taken back because the room changed; the place in the order stays."""
    return replaced(standing, state=StepState.QUEUED, called_at=0, last_call_at=0, times_called=0)
