"""Whose word sends a patient into a room, per service (DESIGN §4, Authority).

A room that we give where the HIS has to take it over first is *asked for*: the step stays planned behind
the gate `acknowledged` until the HIS says yes. Without its yes by the gate's moment, or with its no, the
clinic is taken away again and a desk has to say where to.
"""

from queue_server.engine.draft import Draft
from queue_server.engine.facility import Service
from queue_server.engine.model import Gate, Standing
from queue_server.protocol.codes import AssignedBy, Authority, Binding, GateName, StepChange, StepState
from queue_server.protocol.values import replaced

HIS_PATIENCE = 2_000
"""ms in which the HIS must take over a room before a ticket names it."""
_OURS_TO_CALL = frozenset({Authority.ALONE, Authority.BESIDE})


def we_bind(service: Service) -> bool:
    """Whether we may choose a clinic at all; elsewhere the HIS or a desk does."""
    return service.authority is not Authority.HIS_LEADS


def called_from_pool(service: Service) -> bool:
    """Whether any open clinic of the service may call somebody who has no clinic yet. A doctor whose HIS
    knows nothing of the patient must not."""
    if service.binding is Binding.POOLED:
        return service.authority is not Authority.HIS_LEADS
    return service.binding is Binding.LATE and service.authority in _OURS_TO_CALL


def asked_for(service: Service, standing: Standing, now: int) -> Standing:
    """A standing with a clinic of our choice: as it is, or asked for first where the HIS has to take over."""
    if service.authority is not Authority.WE_LEAD or service.binding is Binding.POOLED:
        return standing
    gates = (*_other_gates(standing), Gate(GateName.ACKNOWLEDGED, at=now + HIS_PATIENCE))
    return replaced(standing, state=StepState.PLANNED, gates=gates)


def answer_due(standing: Standing) -> int | None:
    """Until when (ms) the HIS may take over the room; None when nothing was asked for."""
    gate = _shut(standing)
    return gate.at if gate is not None and standing.clinic else None


def needs_a_desk(standing: Standing) -> int | None:
    """Since when (ms) a desk has to name the room because the HIS did not take over ours; None if not so."""
    gate = _shut(standing)
    return gate.at if gate is not None and not standing.clinic else None


def is_open_question(standing: Standing) -> bool:
    """Whether the HIS has still to take over the room, or a desk to name one."""
    return _shut(standing) is not None


def settled(standing: Standing, by: str) -> Standing:
    """The same after somebody whose word counts gave the room: nothing is asked for any more."""
    if _shut(standing) is None:
        return standing
    opened = Gate(GateName.ACKNOWLEDGED, open=True, by=by)
    return replaced(standing, gates=(*_other_gates(standing), opened))


def take_away(draft: Draft, step: str) -> None:
    """The HIS did not take over the room: a desk has to name one."""
    standing = draft.standing(step)
    gates = (*_other_gates(standing), Gate(GateName.ACKNOWLEDGED, at=draft.now))
    now = replaced(standing, clinic="", call_sign=None, gates=gates)
    draft.put(step, StepChange.ACKNOWLEDGED, now)


def no_longer_wait(draft: Draft, step: str) -> None:
    """A desk's own word that the room holds, though the HIS has said nothing yet."""
    gates = settled(draft.standing(step), draft.device).gates
    draft.change(step, StepChange.GATE_OPENED, gates=gates, assigned_by=AssignedBy.DESK)


def give_up_asking(draft: Draft) -> None:
    """Take away the rooms that the HIS did not take over in time."""
    for step in sorted(draft.day.timed_gates):
        due = answer_due(draft.standing(step))
        if due is not None and due <= draft.now:
            take_away(draft, step)


def _shut(standing: Standing) -> Gate | None:
    if standing.state is not StepState.PLANNED:
        return None
    return next((g for g in standing.gates if g.name is GateName.ACKNOWLEDGED and not g.open), None)


def _other_gates(standing: Standing) -> tuple[Gate, ...]:
    return tuple(gate for gate in standing.gates if gate.name is not GateName.ACKNOWLEDGED)
