"""A visit's way: orders, transfers, referrals, lanes, gates, results, presence, cancelling."""

from queue_server.engine import authority, journeys, routes
from queue_server.engine.decide.checks import (
    known_step,
    not_offered,
    open_visit,
    reject,
    wrong_reason,
    wrong_state,
)
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.hours import MINUTE
from queue_server.engine.model import IN_HAND, OPEN, WAITING, Actor, Presence, Standing, Step
from queue_server.engine.numbering import sign_at
from queue_server.engine.preparation import NEED_GATES
from queue_server.engine.returning import bring_back
from queue_server.protocol.codes import (
    AssignedBy,
    ClinicState,
    GateName,
    Lane,
    PresenceKind,
    ReadyBy,
    ReasonKind,
    Refusal,
    Result,
    Role,
    StepChange,
    StepState,
    VisitChange,
    VisitEnd,
)
from queue_server.protocol.commands import (
    AddSteps,
    Cancel,
    ChangeLane,
    OpenGate,
    Refer,
    ResultReady,
    SetHelp,
    SetPresence,
    Transfer,
)
from queue_server.protocol.results import Done, StepsAdded
from queue_server.protocol.values import replaced

NO_NEW = frozenset({ClinicState.DRAINING, ClinicState.CLOSED})
"""States of a clinic that takes nobody new."""
NOT_STAFF = frozenset({Role.PATIENT, Role.KIOSK})


def add_steps(draft: Draft, command: AddSteps) -> StepsAdded | Rejection:
    """Order several stops at once; with `back` the patient returns to the ordering step's place."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    for order in command.orders:
        refused = not_offered(draft, order.service, order.clinic)
        if refused is not None:
            return refused
    if command.step is not None:
        here = known_step(draft, command.step)
        if isinstance(here, Rejection):
            return here
        if here.visit != visit.id:
            return reject(Refusal.UNKNOWN_STEP, step=command.step, visit=visit.id)
        standing = draft.standing(command.step)
        if standing.state not in IN_HAND and standing.state is not StepState.DONE:
            return wrong_state(draft, command.step, Refusal.NOT_CALLED)
        draft.act_clinic = standing.clinic
    made = journeys.order(draft, visit.id, command.orders, command.step or "", back=command.back)
    return StepsAdded(visit=visit.id, steps=tuple(made))


def transfer(draft: Draft, command: Transfer) -> Done | Rejection:
    """Move a step that is not in hand to another clinic of its service; it keeps its fair key. Who missed a
    call stays missed, and comes back into the line of the other clinic."""
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    refused = not_offered(draft, here.service, command.clinic) or wrong_reason(
        draft, command.reason, ReasonKind.TRANSFER
    )
    if refused is not None:
        return refused
    standing = draft.standing(here.id)
    if standing.state not in (*WAITING, StepState.PLANNED, StepState.HELD, StepState.MISSED):
        return wrong_state(draft, here.id, Refusal.NOT_WAITING)
    if standing.clinic == command.clinic:
        return Done()
    state = draft.clinic_part(command.clinic).state
    if state in NO_NEW:
        return reject(Refusal.NOT_OPEN, clinic=command.clinic, state=state.value)
    draft.act_clinic = standing.clinic
    draft.change(
        here.id,
        StepChange.TRANSFERRED,
        why=command.reason or "",
        state=StepState.QUEUED if standing.state is StepState.PREPARED else standing.state,
        clinic=command.clinic,
        practitioner="",
        behind=0,
        assigned_by=AssignedBy.DESK,
        call_sign=sign_at(draft, here.visit, here.service, command.clinic),
        gates=authority.settled(standing, draft.device).gates,
    )
    journeys.go_on(draft, here.visit)
    return Done()


def refer(draft: Draft, command: Refer) -> StepsAdded | Rejection:
    """End this step and send the patient on; what the route has after it waits for the new step."""
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    refused = not_offered(draft, command.service, command.clinic) or wrong_reason(
        draft, command.reason, ReasonKind.TRANSFER
    )
    if refused is not None:
        return refused
    standing = draft.standing(here.id)
    if standing.state not in IN_HAND and standing.state not in WAITING:
        return wrong_state(draft, here.id)
    draft.act_clinic = standing.clinic
    fresh = Standing(
        clinic=command.clinic or "",
        assigned_by=AssignedBy.DESK if command.clinic else AssignedBy.OURS,
        call_sign=sign_at(draft, here.visit, command.service, command.clinic) if command.clinic else None,
        gates=routes.shut_gates(draft, here.visit, command.service),
        since=standing.since,
    )
    made = draft.add_step(here.visit, command.service, fresh, after=(here.id,), ordered_at=here.id)
    if standing.state in IN_HAND:
        journeys.finish(draft, here.id, command.reason or "")
    else:
        _cancel_step(draft, here.id, command.reason or "")
        journeys.go_on(draft, here.visit)
    return StepsAdded(visit=here.visit, steps=(made,))


def change_lane(draft: Draft, command: ChangeLane) -> Done | Rejection:
    """Change a visit's lane. The coded reason is checked, not kept: why someone goes first stays private."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    refused = wrong_reason(draft, command.reason, ReasonKind.LANE)
    if refused is not None:
        return refused
    grant = None if command.lane is Lane.WALK_IN else command.grant
    part = draft.part(visit.id)
    if (part.lane, part.grant) != (command.lane, grant):
        draft.change_visit(visit.id, VisitChange.LANE, lane=command.lane, grant=grant)
        draft.touch_visit(visit.id)
    return Done()


def set_help(draft: Draft, command: SetHelp) -> Done | Rejection:
    """What help the patient needs; replaces what was noted before."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    wanted = tuple(sorted(set(command.help)))
    if draft.part(visit.id).help != wanted:
        draft.change_visit(visit.id, VisitChange.HELP, help=wanted)
    return Done()


def open_gate(draft: Draft, command: OpenGate, actor: Actor) -> Done | Rejection:
    """Open a gate of an open step; an open gate stays open.

    Patients themselves say only that they are ready, where the service leaves that to them. Opening `result`
    is the practitioner's word that the patient shall come back now.
    """
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    standing = draft.standing(here.id)
    refused = _not_theirs(draft, here, command.gate, actor) if actor.role in NOT_STAFF else None
    if refused is not None:
        return refused
    if standing.state not in OPEN or not any(gate.name is command.gate for gate in standing.gates):
        return wrong_state(draft, here.id)
    if routes.has_shut(standing, command.gate):
        if command.gate is GateName.RESULT and here.returning and standing.state is StepState.PLANNED:
            bring_back(draft, here.id)
        elif command.gate is GateName.ACKNOWLEDGED and standing.clinic:
            authority.no_longer_wait(draft, here.id)
        else:
            routes.open_gate(draft, here.id, command.gate)
        journeys.go_on(draft, here.visit)
    return Done()


def _not_theirs(draft: Draft, step: Step, gate: GateName, actor: Actor) -> Rejection | None:
    """What a kiosk with a ticket before it, or the holder of a ticket, may not say of a stop."""
    if actor.role is Role.PATIENT and draft.day.tokens.get(actor.device) != step.visit:
        return reject(Refusal.UNKNOWN_STEP, step=step.id)
    if gate is GateName.RESULT and actor.role is not Role.KIOSK:
        # Whoever says that they are back stands there.
        return reject(Refusal.GATE_SHUT, step=step.id, gates=(gate.value,))
    if gate in NEED_GATES and draft.facility.services[step.service].ready_by is ReadyBy.PATIENT:
        return None
    if gate in routes.patients_gates(draft, step.id):
        return None
    return reject(Refusal.GATE_SHUT, step=step.id, gates=(gate.value,))


def result_ready(draft: Draft, command: ResultReady, actor: Actor) -> Done | Rejection:
    """A result came; the last one awaited lets the patient return.

    A person's word is the last act of the place that did the test; the HIS's is nobody's, and leaves a desk
    what it did last to take back.
    """
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    if draft.standing(here.id).result is not Result.PENDING:
        return wrong_state(draft, here.id)
    if actor.role is not Role.INTEGRATION:
        draft.act_clinic = draft.standing(here.id).clinic
    draft.change(here.id, StepChange.RESULT_READY, result=Result.READY)
    journeys.go_on(draft, here.visit)
    return Done()


def set_presence(draft: Draft, command: SetPresence) -> Done | Rejection:
    """Where the patient is; who is away is passed over. At a kiosk it is the kiosk's hall."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    if command.hall is not None and command.hall not in draft.facility.halls:
        return reject(Refusal.UNKNOWN_HALL, hall=command.hall)
    away = command.presence is PresenceKind.AWAY
    if away and command.until is not None and command.until <= draft.now:
        return reject(Refusal.TOO_SOON, visit=visit.id, until=command.until)
    until = (command.until or 0) if away else 0
    kiosk = draft.facility.kiosks.get(draft.device)
    hall = kiosk.hall if kiosk is not None and command.presence is PresenceKind.HERE else command.hall
    now = Presence(command.presence, hall or "", draft.now, until)
    was = draft.part(visit.id).presence
    if replaced(was, at=now.at) == now and now.at - was.at < MINUTE:
        return Done()
    draft.change_visit(visit.id, VisitChange.PRESENCE, presence=now)
    draft.touch_visit(visit.id)
    return Done()


def cancel(draft: Draft, command: Cancel) -> Done | Rejection:
    """End one step unserved, or the whole visit."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    refused = wrong_reason(draft, command.reason, ReasonKind.CANCEL)
    if refused is not None:
        return refused
    if command.step is None:
        for step in tuple(draft.steps_of(visit.id)):
            if draft.standing(step).state in OPEN:
                _cancel_step(draft, step, command.reason)
        journeys.end_visit(draft, visit.id, VisitEnd.CANCELLED, command.reason)
        return Done()
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    if here.visit != visit.id:
        return reject(Refusal.UNKNOWN_STEP, step=command.step, visit=visit.id)
    if draft.standing(here.id).state not in OPEN:
        return wrong_state(draft, here.id)
    _cancel_step(draft, here.id, command.reason)
    journeys.go_on(draft, visit.id)
    return Done()


def _cancel_step(draft: Draft, step: str, reason: str) -> None:
    draft.change(
        step, StepChange.CANCELLED, why=reason, state=StepState.CANCELLED, ended_at=draft.now, end=reason
    )
