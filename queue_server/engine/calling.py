"""The order in which a clinic calls, and why: urgent first, then by the service's policy (DESIGN §4).

Priority first, at most N in a row while others wait. Among the others the fair key `since` decides. Whoever
missed a call and rejoined goes next once enough calls passed, at most one call in `Missed.one_in`. Who is
busy at another place, or away, is passed over without penalty.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from heapq import merge
from itertools import islice

from queue_server.engine.draft import Draft
from queue_server.engine.facility import PriorityFirst
from queue_server.engine.lanes import lane_of
from queue_server.engine.lines import OTHERS, PRIORITY, REJOINED, URGENT, Key, Line, queue_key
from queue_server.engine.model import WAITING, Day, Queue, Standing
from queue_server.protocol.codes import Binding, ClinicState, GateName, Lane, PresenceKind

CALLED_FROM_POOL = frozenset({Binding.LATE, Binding.POOLED})
"""Bindings whose unbound steps any open clinic of the service may call."""
TAKES_FROM_POOL = frozenset({ClinicState.OPEN, ClinicState.PAUSED})


def order(day: Day, clinic: str) -> list[str]:
    """The steps the clinic would call from here on, next first: its own and those of its pools."""
    return list(in_turn(Draft(day), clinic))


def next_step(draft: Draft, clinic: str) -> str | None:
    """Whom the clinic would call now; None when nobody can be called."""
    return next(in_turn(draft, clinic), None)


def in_turn(draft: Draft, clinic: str, *, also: str = "") -> Iterator[str]:
    """The clinic's order, lazily. also: a step that counts as ready even if its patient is busy or away."""
    queues = _queues(draft, clinic)
    urgent, priority, others, rejoined = (
        _Head(draft, _ranked(queues, rank), also) for rank in (URGENT, PRIORITY, OTHERS, REJOINED)
    )
    pace = _Pace(draft, clinic)
    while urgent.key:
        yield pace.call(urgent.take(), Lane.URGENT)
    while priority.key or others.key or rejoined.key:
        capped = others.key is not None and pace.priorities >= pace.at_most
        if rejoined.key and pace.may_rejoin(rejoined.key, rejoined.lane, capped=capped):
            lane, step = rejoined.lane, rejoined.take()
            yield pace.call(step, lane, rejoined=True)
        elif priority.key and not capped:
            yield pace.call(priority.take(), Lane.PRIORITY)
        elif others.key:
            yield pace.call(others.take(), Lane.WALK_IN)
        else:
            lane, step = rejoined.lane, rejoined.take()
            yield pace.call(step, lane, rejoined=True)


class _Head:
    """The first ready step of one rank, and the next ones as they are taken."""

    def __init__(self, draft: Draft, keys: Iterator[Key], also: str) -> None:
        self._draft, self._keys, self._also = draft, keys, also
        self.key: Key | None = None
        self._move_on()

    @property
    def lane(self) -> Lane:
        step = self._draft.the_step(self.key[-1] if self.key else "")
        return lane_of(step, self._draft.part(step.visit))

    def take(self) -> str:
        step = self.key[-1] if self.key else ""
        self._move_on()
        return step

    def _move_on(self) -> None:
        ready = (key for key in self._keys if key[-1] == self._also or is_ready(self._draft, key[-1]))
        self.key = next(ready, None)


class _Pace:
    """How the calls of a clinic followed each other, and would go on."""

    def __init__(self, draft: Draft, clinic: str) -> None:
        services = draft.facility.clinics[clinic].services
        rules = (draft.facility.services[service].policy.rule for service in services)
        self.at_most = min(rule.at_most if isinstance(rule, PriorityFirst) else 3 for rule in rules)
        self.one_in = draft.facility.missed.one_in
        self.calls = draft.calls(clinic)
        recent = draft.recent(clinic)
        self.priorities = _priorities_in_a_row(recent)
        self.since_rejoined = _calls_since_rejoined(recent)

    def may_rejoin(self, key: Key, lane: Lane, *, capped: bool) -> bool:
        behind = key[1]
        if lane is Lane.PRIORITY and capped:
            return False
        return behind <= self.calls and self.since_rejoined >= self.one_in - 1

    def call(self, step: str, lane: Lane, *, rejoined: bool = False) -> str:
        self.calls += 1
        self.since_rejoined = 0 if rejoined else self.since_rejoined + 1
        if lane is Lane.PRIORITY:
            self.priorities += 1
        elif lane is not Lane.URGENT:
            self.priorities = 0
        return step


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


def _queues(draft: Draft, clinic: str) -> list[Queue]:
    """The queues a clinic calls from: its own, then those of its services' pools."""
    queues = [draft.queue(Line.BOUND, clinic)]
    if draft.clinic_part(clinic).state in TAKES_FROM_POOL:
        queues += [
            draft.queue(Line.POOL, service)
            for service in draft.facility.clinics[clinic].services
            if draft.facility.services[service].binding in CALLED_FROM_POOL
        ]
    return [queue for queue in queues if queue]


def _ranked(queues: list[Queue], rank: int) -> Iterator[Key]:
    parts = [_of_rank(queue, rank) for queue in queues]
    return parts[0] if len(parts) == 1 else merge(*parts)


def _of_rank(queue: Queue, rank: int) -> Iterator[Key]:
    return islice(queue, bisect_left(queue, (rank,)), bisect_left(queue, (rank + 1,)))


def candidates(draft: Draft, clinic: str) -> Iterator[str]:
    """All steps waiting for the clinic, ready or not: its own, then those of its pools."""
    return (key[-1] for queue in _queues(draft, clinic) for key in queue)


def is_ready(draft: Draft, step: str) -> bool:
    """Whether the patient could come: in no other place's hands and not away."""
    visit = draft.the_step(step).visit
    return draft.busy(visit) in ("", step) and draft.part(visit).presence.kind is not PresenceKind.AWAY


def ahead(day: Day, step: str) -> int | None:
    """How many would be called before this step as things stand; None when it is in no line."""
    return count_ahead(Draft(day), step) if step in day.steps else None


def count_ahead(draft: Draft, step: str) -> int | None:
    """The same on top of what is drafted. Before a pooled step come those bound to its service's clinics."""
    standing = draft.standing(step)
    if standing.state not in WAITING:
        return None
    here = draft.the_step(step)
    if standing.clinic:
        order = in_turn(draft, standing.clinic, also=step)
        return next((count for count, other in enumerate(order) if other == step), None)
    bound = draft.bound_to(clinics_of(draft, here.service))
    pool = draft.queue(Line.POOL, here.service)
    return bound + bisect_left(pool, queue_key(here, draft.part(here.visit), standing))


def clinics_of(draft: Draft, service: str) -> tuple[str, ...]:
    """The clinics that serve a service, as planned."""
    return draft.day.serving.get(service, ())


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
            counts["undirected"] += len(draft.queue(Line.POOL, service))
    return {code: count for code, count in sorted(counts.items()) if count}


def _why_planned(standing: Standing) -> str:
    shut = {gate.name for gate in standing.gates if not gate.open}
    if GateName.RESULT in shut:
        return "awaiting_result"
    return "unpaid" if GateName.PAID in shut else "planned"


def still_there(draft: Draft, clinic: str) -> dict[str, int]:
    """Who a closing clinic would leave standing, in counts."""
    held = sum(1 for step in draft.line(Line.HELD, "") if draft.standing(step).clinic == clinic)
    return {
        "waiting": len(draft.queue(Line.BOUND, clinic)),
        "in_hand": len(draft.in_hand(clinic)),
        "held": held,
    }
