"""Steps and gates: which steps a route makes, and which planned steps may join their line."""

from collections.abc import Sequence

from queue_server.engine.draft import Draft
from queue_server.engine.facility import EXAM_SLOT, Facility, Route
from queue_server.engine.model import OPEN, Gate, Standing
from queue_server.protocol.codes import GateName, StepChange, StepState


def find_route(facility: Facility, payer: str, kind: str) -> Route | None:
    """The route of a payer and a kind of visit."""
    return next((r for r in facility.routes.values() if r.payer == payer and r.kind == kind), None)


def known_part(services: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The services up to the first exam nobody chose yet, and the rest."""
    slot = services.index(EXAM_SLOT) if EXAM_SLOT in services else len(services)
    return tuple(services[:slot]), tuple(services[slot:])


def chosen(services: Sequence[str], exam: str) -> tuple[str, ...]:
    """The services with the chosen exam in its slot."""
    return tuple(exam if service == EXAM_SLOT else service for service in services)


def shut_gates(draft: Draft, visit: str, service: str) -> tuple[Gate, ...]:
    """The gates that stand before every step of a service, but for those the visit's payer waives."""
    payer = draft.facility.payers.get(draft.the_visit(visit).payer)
    waived = payer.waives if payer else ()
    return tuple(Gate(name) for name in draft.facility.services[service].gates if name not in waived)


def plan_in_order(
    draft: Draft, visit: str, services: Sequence[str], since: int, after: str = ""
) -> list[str]:
    """Add planned steps, each after the one before; the first after the step `after`, if given. A step that
    nothing stands before is added to its line at once."""
    made: list[str] = []
    for service in services:
        gates = shut_gates(draft, visit, service)
        if after or gates:
            standing = Standing(gates=gates, since=since)
        else:
            standing = Standing(StepState.QUEUED, since=since, queued_at=draft.now)
        after = draft.add_step(visit, service, standing, after=(after,) if after else ())
        made.append(after)
    return made


def release(draft: Draft, visit: str) -> None:
    """Queue every planned step of the visit whose time has come."""
    for step in tuple(draft.steps_of(visit)):
        standing = draft.standing(step)
        if standing.state is StepState.PLANNED and is_due(draft, step):
            draft.change(step, StepChange.QUEUED, state=StepState.QUEUED, queued_at=draft.now)


def is_due(draft: Draft, step: str) -> bool:
    """Whether all gates are open and everything before it is settled."""
    return all(gate.open for gate in draft.standing(step).gates) and all(
        is_settled(draft, before, but=step) for before in draft.the_step(step).after
    )


def is_settled(draft: Draft, step: str, *, but: str = "") -> bool:
    """A step is settled when it ended and so did what took its place or brings the patient back to it.

    but: the step that asks, which may itself be what took its place.
    """
    if draft.standing(step).state in OPEN:
        return False
    for other in draft.steps_of(draft.the_step(step).visit):
        here = draft.the_step(other)
        continues = other != but and here.ordered_at == step and (here.returning or step in here.after)
        if continues and not is_settled(draft, other, but=but):
            return False
    return True


def open_gate(draft: Draft, step: str, name: GateName, *, since: int | None = None) -> None:
    """Open one gate of a step. since: a new fair key, where the wait begins only now."""
    standing = draft.standing(step)
    gates = tuple(
        Gate(gate.name, True, draft.device, gate.at) if gate.name is name else gate for gate in standing.gates
    )
    since = standing.since if since is None else since
    draft.change(step, StepChange.GATE_OPENED, gates=gates, since=since)


def has_shut(standing: Standing, name: GateName) -> bool:
    """Whether a gate of this name is still shut."""
    return any(gate.name is name and not gate.open for gate in standing.gates)
