"""Steps and gates: which steps a route makes, and which planned steps may join their line."""

from collections.abc import Iterator, Mapping, Sequence

from queue_server.engine.appointments import fair_key
from queue_server.engine.draft import Draft
from queue_server.engine.facility import EXAM_SLOT, Facility, Route
from queue_server.engine.hours import MINUTE
from queue_server.engine.model import OPEN, Gate, Standing, Step
from queue_server.engine.preparation import NEED_GATES, need_gates, needs_of
from queue_server.engine.sessions import place_later
from queue_server.protocol.codes import (
    ClinicKind,
    GateName,
    Need,
    ReadyBy,
    Result,
    ResultsWhen,
    StepChange,
    StepState,
)


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


def shut_gates(draft: Draft, visit: str, service: str, needs: Sequence[Need] = ()) -> tuple[Gate, ...]:
    """The gates that stand before a step: those of its service, but for what the visit's payer waives, and
    those of its needs. needs: of this step, beside the service's."""
    payer = draft.facility.payers.get(draft.the_visit(visit).payer)
    waived = payer.waives if payer else ()
    plan = draft.facility.services[service]
    if not plan.gates and not plan.needs and not needs:
        return ()
    of_needs = need_gates(plan, needs_of(plan, needs), draft.now) if plan.needs or needs else ()
    asked = {gate.name for gate in of_needs}
    named = tuple(Gate(name) for name in plan.gates if name not in waived and name not in asked)
    return (*named, *of_needs)


def plan_in_order(
    draft: Draft,
    visit: str,
    services: Sequence[str],
    since: int,
    after: str = "",
    *,
    later: Mapping[str, int] | None = None,
    beside: str = "",
) -> list[str]:
    """Add planned steps, each after the one before; the first after the step `after`, if given. A step that
    nothing stands before is added to its line at once.

    later: the start (ms) of the session that the step at a service waits for. beside: the exam of the route
    to which the first step is a further one: what comes after that exam comes after this one too.
    """
    made: list[str] = []
    for service in services:
        gates = shut_gates(draft, visit, service)
        counts_from = fair_key(draft, visit, service, since)
        opens = later.get(service) if later else None
        if opens is not None:
            gates = (*gates, Gate(GateName.NOT_BEFORE, at=opens))
            counts_from = place_later(draft.day, service, draft.now, opens)
        if after or gates:
            standing = Standing(gates=gates, since=counts_from)
        else:
            standing = Standing(StepState.QUEUED, since=counts_from, queued_at=draft.now)
        at = "" if made else beside
        after = draft.add_step(visit, service, standing, after=(after,) if after else (), ordered_at=at)
        made.append(after)
    return made


def release(draft: Draft, visit: str) -> None:
    """Queue every planned step of the visit whose time has come; one that has to keep its distance from those
    before it waits for the moment."""
    for step in tuple(draft.steps_of(visit)):
        standing = draft.standing(step)
        if standing.state is not StepState.PLANNED or not comes_now(draft, step):
            continue
        until = _distance(draft, step)
        if until > draft.now:
            gates = (*standing.gates, Gate(GateName.NOT_BEFORE, at=until))
            draft.change(step, StepChange.DEFERRED, gates=gates)
        elif all(gate.open for gate in standing.gates):
            draft.change(step, StepChange.QUEUED, state=StepState.QUEUED, queued_at=draft.now)


def comes_now(draft: Draft, step: str) -> bool:
    """Whether everything before a step is settled."""
    return all(is_settled(draft, before, but=step) for before in draft.the_step(step).after)


def _distance(draft: Draft, step: str) -> int:
    """The moment up to which a step keeps away from the stops that go first at its service's word; 0 when
    none did, or when its moment was given already."""
    here = draft.the_step(step)
    plan = draft.facility.services.get(here.service)
    if plan is None or not plan.gap or here.returning:
        return 0
    if any(gate.name is GateName.NOT_BEFORE for gate in draft.standing(step).gates):
        return 0
    ended = [
        draft.standing(other).ended_at
        for other in draft.steps_of(here.visit)
        if draft.the_step(other).service in plan.after and draft.standing(other).state is StepState.DONE
    ]
    return max(ended) + plan.gap * MINUTE if ended else 0


def is_settled(draft: Draft, step: str, *, but: str = "") -> bool:
    """A step is settled when it ended and so did what took its place or brings the patient back to it, and
    every further exam ordered there. but: see `still_open`."""
    return next(still_open(draft, step, but=but), None) is None


def still_open(draft: Draft, step: str, *, but: str = "") -> Iterator[str]:
    """The open steps that keep a step from being settled.

    but: the step that asks, which may itself be what took its place; it waits for no other exam then.
    """
    if draft.standing(step).state in OPEN:
        yield step
    exams_count = not but or draft.the_step(but).ordered_at != step
    for other in draft.steps_of(draft.the_step(step).visit):
        here = draft.the_step(other)
        if here.ordered_at != step or other == but:
            continue
        continues = here.returning or step in here.after
        if continues or (exams_count and is_exam(draft, here.service)):
            yield from still_open(draft, other, but=but)


def is_exam(draft: Draft, service: str) -> bool:
    """Whether a service is an exam; one that a changed site file no longer has is none."""
    plan = draft.facility.services.get(service)
    return plan is not None and plan.kind is ClinicKind.EXAM


def stands_for(draft: Draft, step: str) -> list[str]:
    """The steps that took a step's place: another service, another order of the stops, or its repeats."""
    return [
        other
        for other in draft.steps_of(draft.the_step(step).visit)
        if draft.the_step(other).ordered_at == step and step in draft.the_step(other).after
    ]


def is_awaited(draft: Draft, step: str) -> bool:
    """Whether a result of this step, or of what took its place, is still to come."""
    standing = draft.standing(step)
    if standing.state in OPEN or standing.result is Result.PENDING:
        return True
    return any(is_awaited(draft, other) for other in stands_for(draft, step))


def open_gate(draft: Draft, step: str, name: GateName, *, since: int | None = None) -> None:
    """Open one gate of a step. since: a new fair key, where the wait begins only now."""
    standing = draft.standing(step)
    gates = tuple(
        Gate(gate.name, True, draft.device, gate.at) if gate.name is name else gate for gate in standing.gates
    )
    since = standing.since if since is None else since
    draft.change(step, StepChange.GATE_OPENED, gates=gates, since=since)


def patients_gates(draft: Draft, step: str) -> tuple[GateName, ...]:
    """The shut gates of an open step that its patient may open, by saying that they are ready, or back with
    the results in hand."""
    here, standing = draft.the_step(step), draft.standing(step)
    plan = draft.facility.services.get(here.service)
    if not standing.gates or standing.state not in OPEN or plan is None:
        return ()
    theirs = NEED_GATES if plan.ready_by is ReadyBy.PATIENT else frozenset()
    if here.returning and standing.state is StepState.PLANNED and _were_everywhere(draft, here):
        theirs |= {GateName.RESULT}
    return tuple(gate.name for gate in standing.gates if not gate.open and gate.name in theirs)


def _were_everywhere(draft: Draft, back: Step) -> bool:
    """Whether only results are awaited: where no system tells of them, the patient brings the paper."""
    plan = draft.facility.services[back.service]
    tests = [*back.awaits, *(other for test in back.awaits for other in stands_for(draft, test))]
    return plan.results_when is not ResultsWhen.DOCTOR and not any(
        draft.standing(test).state in OPEN for test in tests
    )


def has_shut(standing: Standing, name: GateName) -> bool:
    """Whether a gate of this name is still shut."""
    return any(gate.name is name and not gate.open for gate in standing.gates)
