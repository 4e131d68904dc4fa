"""The order in which a clinic calls, and why: urgent first, then by the service's policy (DESIGN §4).

Priority first, at most N in a row while others wait. Among the others the fair key `since` decides. Whoever
missed a call and rejoined goes next once enough calls passed, at most one call in `Missed.one_in`. Who is busy
at another place, or away, is passed over without penalty.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from queue_server.engine.draft import Draft
from queue_server.engine.lanes import lane_of
from queue_server.engine.lines import Line
from queue_server.engine.model import Day, Standing
from queue_server.protocol.codes import (
    Binding,
    ClinicState,
    GateName,
    Lane,
    PresenceKind,
    StepState,
)

CALLED_FROM_POOL = frozenset({Binding.LATE, Binding.POOLED})
"""Bindings whose unbound steps any open clinic of the service may call."""
TAKES_FROM_POOL = frozenset({ClinicState.OPEN, ClinicState.PAUSED})
_RANK = {Lane.URGENT: 0, Lane.PRIORITY: 1}

Key = tuple[bool, int, int, int, str]


class Turn(NamedTuple):
    """A step and what its place in the order follows from."""

    key: Key
    step: str
    lane: Lane
    behind: int


def order(day: Day, clinic: str) -> list[str]:
    """The steps the clinic would call from here on, next first: its own and those of the pools it calls from."""
    return list(in_turn(Draft(day), clinic))


def next_step(draft: Draft, clinic: str) -> str | None:
    """Whom the clinic would call now; None when nobody can be called."""
    return next(in_turn(draft, clinic), None)


def in_turn(draft: Draft, clinic: str, *, also: str = "") -> Iterator[str]:
    """The clinic's order, lazily. also: a step that counts as ready even while its patient is busy or away."""
    urgent: list[Turn] = []
    priority: list[Turn] = []
    others: list[Turn] = []
    rejoined: list[Turn] = []
    for step in candidates(draft, clinic):
        if step != also and not is_ready(draft, step):
            continue
        turn = _turn(draft, step)
        if turn.lane is Lane.URGENT:
            urgent.append(turn)
        elif turn.behind:
            rejoined.append(turn)
        elif turn.lane is Lane.PRIORITY:
            priority.append(turn)
        else:
            others.append(turn)
    for lane in (urgent, priority, others):
        lane.sort(reverse=True)
    rejoined.sort(key=lambda turn: (turn.behind, turn.key), reverse=True)

    pace = _Pace(draft, clinic)
    while urgent:
        yield pace.call(urgent.pop())
    while priority or others or rejoined:
        capped = bool(others) and pace.priorities >= pace.at_most
        if rejoined and pace.may_rejoin(rejoined[-1], capped):
            yield pace.call(rejoined.pop())
        elif priority and not capped:
            yield pace.call(priority.pop())
        elif others:
            yield pace.call(others.pop())
        else:
            yield pace.call(rejoined.pop())


class _Pace:
    """How the calls of a clinic followed each other, and would go on."""

    def __init__(self, draft: Draft, clinic: str) -> None:
        services = draft.facility.clinics[clinic].services
        self.at_most = min(draft.facility.services[service].policy.at_most for service in services)
        self.one_in = draft.facility.missed.one_in
        self.calls = draft.calls(clinic)
        recent = draft.recent(clinic)
        self.priorities = _priorities_in_a_row(recent)
        self.since_rejoined = _calls_since_rejoined(recent)

    def may_rejoin(self, turn: Turn, capped: bool) -> bool:
        if turn.lane is Lane.PRIORITY and capped:
            return False
        return turn.behind <= self.calls and self.since_rejoined >= self.one_in - 1

    def call(self, turn: Turn) -> str:
        self.calls += 1
        self.since_rejoined = 0 if turn.behind else self.since_rejoined + 1
        if turn.lane is Lane.PRIORITY:
            self.priorities += 1
        elif turn.lane is not Lane.URGENT:
            self.priorities = 0
        return turn.step


def _priorities_in_a_row(recent: list[tuple[str, Lane, bool]]) -> int:
    count = 0
    for _, lane, _ in reversed(recent):
        if lane is Lane.PRIORITY:
            count += 1
        elif lane is not Lane.URGENT:
            break
    return count


def _calls_since_rejoined(recent: list[tuple[str, Lane, bool]]) -> int:
    for count, (_, _, rejoined) in enumerate(reversed(recent)):
        if rejoined:
            return count
    return 1_000_000


def candidates(draft: Draft, clinic: str) -> Iterator[str]:
    """All steps waiting for the clinic: its own, then those of the pools it may call from."""
    yield from draft.waiting(clinic)
    if draft.clinic_part(clinic).state not in TAKES_FROM_POOL:
        return
    for service in draft.facility.clinics[clinic].services:
        if draft.facility.services[service].binding in CALLED_FROM_POOL:
            yield from draft.pool(service)


def is_ready(draft: Draft, step: str) -> bool:
    """Whether the patient could come: in no other place's hands and not away."""
    visit = draft.the_step(step).visit
    return draft.busy(visit) in ("", step) and draft.part(visit).presence.kind is not PresenceKind.AWAY


def line_key(draft: Draft, step: str) -> tuple[int, Key]:
    """The plain order of a line, without the policy's alternation: lane, then place."""
    turn = _turn(draft, step)
    return _RANK.get(turn.lane, 2), turn.key


def _turn(draft: Draft, step: str) -> Turn:
    here = draft.the_step(step)
    part = draft.part(here.visit)
    standing = draft.standing(step)
    return Turn(_key(standing, part.number), step, lane_of(here, part), standing.behind)


def _key(standing: Standing, number: str) -> Key:
    return (
        standing.state is not StepState.PREPARED,
        standing.since,
        standing.queued_at,
        len(number),
        number,
    )


def ahead(day: Day, step: str) -> int | None:
    """How many would be called before this step as things stand; None when it is in no line."""
    return count_ahead(Draft(day), step) if step in day.steps else None


def count_ahead(draft: Draft, step: str) -> int | None:
    """The same on top of what is drafted."""
    standing = draft.standing(step)
    if standing.state not in (StepState.QUEUED, StepState.PREPARED):
        return None
    if standing.clinic:
        return _count_before(in_turn(draft, standing.clinic, also=step), step)
    service = draft.the_step(step).service
    place = line_key(draft, step)
    bound = sum(len(draft.waiting(clinic)) for clinic in clinics_of(draft, service))
    return bound + sum(1 for other in draft.pool(service) if other != step and line_key(draft, other) < place)


def _count_before(steps: Iterable[str], step: str) -> int | None:
    for count, other in enumerate(steps):
        if other == step:
            return count
    return None


def clinics_of(draft: Draft, service: str) -> Iterator[str]:
    """The clinics that serve a service, as planned."""
    return (name for name, plan in draft.facility.clinics.items() if service in plan.services)


def why_empty(draft: Draft, clinic: str) -> dict[str, int]:
    """Counts by code of the steps that belong to the clinic but cannot be called now.

    `absent`, `awaiting_result`, `unpaid`, `busy_elsewhere`, `away`, `held`, `undirected` (a desk has to name
    the clinic first), `planned`. Looks at every step planned for the clinic's services: ask when its order is
    empty.
    """
    counts: Counter[str] = Counter()
    counts["absent"] = len(draft.line(Line.MISSED, clinic))
    for step in candidates(draft, clinic):
        if not is_ready(draft, step):
            visit = draft.the_step(step).visit
            counts["busy_elsewhere" if draft.busy(visit) else "away"] += 1
    services = draft.facility.clinics[clinic].services
    for step in draft.line(Line.HELD, ""):
        here = draft.standing(step).clinic
        if here == clinic or (not here and draft.the_step(step).service in services):
            counts["held"] += 1
    for step in draft.line(Line.AWAITED, clinic):
        counts[_why_planned(draft.standing(step))] += 1
    for service in services:
        for step in draft.line(Line.PLANNED, service):
            counts[_why_planned(draft.standing(step))] += 1
        if draft.facility.services[service].binding not in CALLED_FROM_POOL:
            counts["undirected"] += len(draft.pool(service))
    return {code: count for code, count in sorted(counts.items()) if count}


def _why_planned(standing: Standing) -> str:
    shut = {gate.name for gate in standing.gates if not gate.open}
    if GateName.RESULT in shut:
        return "awaiting_result"
    return "unpaid" if GateName.PAID in shut else "planned"


def still_there(draft: Draft, clinic: str) -> dict[str, int]:
    """Who a closing clinic would leave standing, in counts."""
    held = sum(1 for step in draft.line(Line.HELD, "") if draft.standing(step).clinic == clinic)
    return {"waiting": len(draft.waiting(clinic)), "in_hand": len(draft.in_hand(clinic)), "held": held}
