"""The order in which a clinic calls, and why: urgent first, then by the service's policy (DESIGN §4).

A queue keeps apart as what its steps are called; each of these ranks is first come, first served. At a moment
only the heads of the ranks are compared: whose guaranteed share is due, else whose turn it is by the policy's
rule. What the clinic called last counts as well; so asked again at the same moment the order is the same.

Whoever missed a call and rejoined goes next once enough calls passed, at most one call in `Missed.one_in`.
Who is busy at another place, or away, is passed over without penalty.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

from queue_server.engine import policies
from queue_server.engine.authority import called_from_pool
from queue_server.engine.course import OTHERS, Course, Head, is_ready
from queue_server.engine.draft import Draft
from queue_server.engine.facility import Accumulating, FirstCome, HeadStart, Policy, PriorityFirst, Ratio
from queue_server.engine.hours import MINUTE
from queue_server.engine.lanes import called_as
from queue_server.engine.lines import RANKS, REJOINED, URGENT, Key, Line, queue_key, ranks_in
from queue_server.engine.model import WAITING, Day, Queue, Standing
from queue_server.engine.preparation import NEED_GATES
from queue_server.engine.routes import is_awaited
from queue_server.protocol.codes import CalledAs, ClinicState, GateName, StepState
from queue_server.protocol.values import Value, field, replaced

TAKES_FROM_POOL = frozenset({ClinicState.OPEN, ClinicState.PAUSED})
_NEVER = -1_000_000
_CODES = {called: called.value for called in CalledAs}
_FOREVER = 1 << 50
"""More ms than any wait has."""


class Turn(NamedTuple):
    """One call of an order: who, as what, and by which share or right; empty when by the rule."""

    step: str
    called_as: CalledAs
    why: str = ""


class Place(Value):
    """Where a step stands and why. before: who is called before it, counted by `CalledAs`. facts: codes
    of what else decides its place (PROTOCOL.md lists them)."""

    step: str
    called_as: CalledAs
    before: dict[str, int] = field(default_factory=dict)
    facts: tuple[str, ...] = ()


def order(day: Day, clinic: str) -> list[str]:
    """The steps the clinic would call from here on, next first: its own and those of its pools."""
    return list(in_turn(Draft(day), clinic))


def next_step(draft: Draft, clinic: str) -> str | None:
    """Whom the clinic would call now; None when nobody can be called."""
    return next(in_turn(draft, clinic), None)


def first_of_its_kind(draft: Draft, clinic: str, step: str) -> str:
    """Who is first of those that wait for the clinic as the same as a step and do not stand ready yet; the
    step itself when nobody is before it."""
    for rank, keys in _by_rank(lines_of(draft, clinic)):
        here = draft.the_step(step)
        if rank != queue_key(here, draft.part(here.visit), draft.standing(step))[0]:
            continue
        for key in keys:
            name = key[-1]
            if name == step or (draft.standing(name).state is StepState.QUEUED and is_ready(draft, name)):
                return name
    return step


def in_turn(draft: Draft, clinic: str, *, also: str = "") -> Iterator[str]:
    """The clinic's order, lazily. also: a step that counts as ready even if its patient is busy or away."""
    return (turn.step for turn in turns(draft, clinic, also=also))


def turns(draft: Draft, clinic: str, *, also: str = "") -> Iterator[Turn]:
    """The same with as what each is called, and why it is its turn."""
    queues = lines_of(draft, clinic)
    if not queues:
        return
    heads: dict[CalledAs, Head] = {}
    for rank, keys in _by_rank(queues):
        head = Head(draft, keys, also)
        if head.key:
            heads[RANKS[rank]] = head
    urgent = heads.pop(CalledAs.URGENT, None)
    if urgent is not None:
        yield from _all_of(CalledAs.URGENT, urgent)
    course: Course | None = None
    while len(heads) > 1:
        course = course or Course(draft, clinic, heads)
        chosen = course.choose()
        if chosen is None:
            return
        called, why = chosen
        head = heads[called]
        if head.key:
            yield Turn(head.key[-1], called, why)
        course.take(called, head)
        if head.key is None:
            del heads[called]
    for called, head in heads.items():
        yield from _all_of(called, head)


def _all_of(called: CalledAs, head: Head) -> Iterator[Turn]:
    """Nobody else waits: one after the other."""
    while head.key:
        yield Turn(head.key[-1], called)
        head.move_on()


# why a step stands where it stands -----------------------------------------------------------------------


def explain(day: Day, clinic: str, most: int) -> list[Place]:
    """The first of the clinic's order, so many at most, and why each stands where it stands."""
    draft = Draft(day)
    found: list[Place] = []
    counted: dict[str, int] = {}
    latest = _NEVER
    for turn in islice(turns(draft, clinic), most):
        standing = draft.standing(turn.step)
        found.append(_placed(draft, clinic, turn, standing, counted, latest))
        called = _CODES[turn.called_as]
        counted[called] = counted.get(called, 0) + 1
        if standing.state is StepState.PREPARED and standing.since > latest:
            latest = standing.since
    return found


def in_line(day: Day, clinic: str) -> int:
    """How many wait in the lines a clinic calls from, those included whose patient is elsewhere."""
    return sum(len(queue) for queue in lines_of(Draft(day), clinic))


def in_no_order(day: Day, clinic: str, most: int) -> list[str]:
    """Of the first so many of each line of a clinic, bound or pooled, those that it would not call now."""
    draft = Draft(day)
    called_from = lines_of(draft, clinic)
    found: list[str] = []
    pools = [draft.queue(Line.POOL, service) for service in draft.facility.clinics[clinic].services]
    for line in (draft.queue(Line.BOUND, clinic), *pools):
        first = [key[-1] for key in islice(line, most)]
        if any(line is queue for queue in called_from):
            first = [step for step in first if not is_ready(draft, step)]
        found += first
    return found


def before(draft: Draft, step: str) -> dict[str, int] | None:
    """Who would be called before a step as things stand, by `CalledAs`; None when it is in no line."""
    standing = draft.standing(step)
    if standing.state not in WAITING:
        return None
    if not standing.clinic:
        return _before_unbound(draft, step)
    place = _in_line(draft, step, standing)
    return None if place is None else place.before


def place_in_line(draft: Draft, step: str) -> Place | None:
    """Where a step stands and why, also while its patient is elsewhere; None when it is in no line."""
    standing = draft.standing(step)
    if standing.state not in WAITING:
        return None
    elsewhere = _why_not_ready(draft, step)
    if standing.clinic:
        place = _in_line(draft, step, standing)
        return place and replaced(place, facts=(*place.facts, *elsewhere))
    here = draft.the_step(step)
    return Place(step, called_as(here, draft.part(here.visit)), _before_unbound(draft, step), elsewhere)


def _in_line(draft: Draft, step: str, standing: Standing) -> Place | None:
    counted: dict[str, int] = {}
    latest = _NEVER
    for turn in turns(draft, standing.clinic, also=step):
        if turn.step == step:
            return _placed(draft, standing.clinic, turn, standing, counted, latest)
        called = _CODES[turn.called_as]
        counted[called] = counted.get(called, 0) + 1
        other = draft.standing(turn.step)
        if other.state is StepState.PREPARED and other.since > latest:
            latest = other.since
    return None


def why_not(day: Day, step: str) -> tuple[str, ...]:
    """Why a waiting step is in no order: its patient is elsewhere."""
    return _why_not_ready(Draft(day), step) if day.steps[step].standing.state in WAITING else ()


def _placed(
    draft: Draft, clinic: str, turn: Turn, standing: Standing, counted: dict[str, int], latest: int
) -> Place:
    """latest: fair key of the last comer who stands ready before it."""
    facts = [turn.why] if turn.why else []
    if standing.state is StepState.PREPARED:
        facts.append("prepared")
    elif latest > standing.since:
        facts.append("prepared_before")
    if turn.called_as is CalledAs.REJOINED and standing.behind > draft.calls(clinic):
        facts.append(f"rejoin_after_{standing.behind - draft.calls(clinic)}")
    if turn.called_as is CalledAs.APPOINTMENT and standing.since > draft.now:
        facts.append("appointment_early")
    if turn.called_as is CalledAs.FASTING:
        policy = policies.in_force(draft.facility, clinic, draft.now)
        if policies.lifts_fasting(draft.facility, policy, draft.now):
            facts.append("fasting_until")
    return Place(turn.step, turn.called_as, counted.copy(), tuple(facts))


def _why_not_ready(draft: Draft, step: str) -> tuple[str, ...]:
    if is_ready(draft, step):
        return ()
    return ("busy_elsewhere",) if draft.busy(draft.the_step(step).visit) not in ("", step) else ("away",)


def count_ahead(draft: Draft, step: str) -> int | None:
    """How many would be called before this step as things stand; None when it is in no line."""
    standing = draft.standing(step)
    if standing.state in WAITING and not standing.clinic:
        service = draft.the_step(step).service
        return draft.bound_to(clinics_of(draft, service)) + sum(_before_in_pool(draft, step).values())
    counts = before(draft, step)
    return None if counts is None else sum(counts.values())


def _before_unbound(draft: Draft, step: str) -> dict[str, int]:
    """Before a step without a clinic come those bound to its service's clinics, and of the pool those who
    came before it as the policy counts. That is about how many: several clinics call from a pool."""
    counts: Counter[str] = Counter()
    for clinic in clinics_of(draft, draft.the_step(step).service):
        for rank, first, last in ranks_in(draft.queue(Line.BOUND, clinic)):
            counts[RANKS[rank].value] += last - first
    for called, count in _before_in_pool(draft, step).items():
        counts[called.value] += count
    return {called.value: counts[called.value] for called in RANKS if counts[called.value]}


def _before_in_pool(draft: Draft, step: str) -> dict[CalledAs, int]:
    here, standing = draft.the_step(step), draft.standing(step)
    own = queue_key(here, draft.part(here.visit), standing)
    pool = draft.queue(Line.POOL, here.service)
    policy = policies.of_service(draft.facility, here.service, draft.now)
    moment = standing.since - _lift(draft, policy, RANKS[own[0]])
    counts: dict[CalledAs, int] = {}
    for rank, first, last in ranks_in(pool):
        if rank == own[0]:
            last = bisect_left(pool, own, first, last)
        elif URGENT in (rank, own[0]):
            last = last if rank == URGENT else first
        elif rank != REJOINED:
            last = bisect_left(pool, (rank, 1, moment + _lift(draft, policy, RANKS[rank])), first, last)
        counts[RANKS[rank]] = last - first
    return counts


def _lift(draft: Draft, policy: Policy, called: CalledAs) -> int:
    if called is not CalledAs.PRIORITY:
        return policies.lift(draft.facility, policy, called, draft.now)
    match policy.rule:
        case HeadStart(minutes=minutes):
            return minutes * MINUTE
        case FirstCome() | Accumulating():
            return 0
        case PriorityFirst() | Ratio():
            return _FOREVER


# who could be called --------------------------------------------------------------------------------------


def lines_of(draft: Draft, clinic: str) -> list[Queue]:
    """The queues a clinic calls from: its own, then those of its services' pools."""
    queues = [draft.queue(Line.BOUND, clinic)]
    if draft.clinic_part(clinic).state in TAKES_FROM_POOL:
        queues += [
            draft.queue(Line.POOL, service)
            for service in draft.facility.clinics[clinic].services
            if called_from_pool(draft.facility.services[service])
        ]
    return [queue for queue in queues if queue]


def _by_rank(queues: list[Queue]) -> list[tuple[int, Iterator[Key]]]:
    """The ranks in which somebody waits, each in its order."""
    found: dict[int, list[Iterator[Key]]] = {}
    for queue in queues:
        for rank, first, last in ranks_in(queue):
            found.setdefault(rank, []).append(_between(queue, first, last))
    return [(rank, parts[0] if len(parts) == 1 else merge(*parts)) for rank, parts in sorted(found.items())]


def _between(queue: Queue, first: int, last: int) -> Iterator[Key]:
    for index in range(first, last):
        yield queue[index]


def candidates(draft: Draft, clinic: str) -> Iterator[str]:
    """All steps waiting for the clinic, ready or not: its own, then those of its pools."""
    return (key[-1] for queue in lines_of(draft, clinic) for key in queue)


def pooled(draft: Draft, service: str) -> Iterator[str]:
    """Who waits for a service without a clinic, in the order in which rooms are given: urgent, priority, the
    others as they came, and last those who missed a call."""
    waiting = list(draft.queue(Line.POOL, service))
    ranks = {RANKS[rank]: keys for rank, keys in _by_rank([waiting])}
    others = merge(*(ranks[called] for called in OTHERS if called in ranks), key=lambda key: key[1:])
    first = (ranks.get(called, ()) for called in (CalledAs.URGENT, CalledAs.PRIORITY))
    for keys in (*first, others, ranks.get(CalledAs.REJOINED, ())):
        for key in keys:
            yield key[-1]


def clinics_of(draft: Draft, service: str) -> tuple[str, ...]:
    """The clinics that serve a service, as planned."""
    return draft.day.serving.get(service, ())


def why_empty(draft: Draft, clinic: str) -> dict[str, int]:
    """Counts by code of the steps that belong to the clinic but cannot be called now.

    `absent`, `awaiting_result`, `results_here` (all are there, and the practitioner has to ask for the
    patient or to come), `unpaid`, `not_ready` (fasting, or a bladder to fill or empty), `not_yet` (a moment
    has to come), `busy_elsewhere`, `away`, `held`, `undirected` (a desk has to name the clinic first),
    `planned`.
    Looks at every step planned for the clinic's services: ask when its order is empty.
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
        counts[_why_planned(draft, step)] += 1
    for service in services:
        for step in draft.line(Line.PLANNED, service):
            counts[_why_planned(draft, step)] += 1
        if not called_from_pool(draft.facility.services[service]):
            counts["undirected"] += len(draft.queue(Line.POOL, service))
    return {code: count for code, count in sorted(counts.items()) if count}


def _why_planned(draft: Draft, step: str) -> str:
    why, known = "planned", len(_WHY_SHUT)
    for gate in draft.standing(step).gates:
        if not gate.open and gate.name in _WHY_SHUT:
            weight, code = _WHY_SHUT[gate.name]
            if weight < known:
                why, known = code, weight
    if why != "awaiting_result":
        return why
    here = draft.the_step(step)
    is_here = here.returning and not any(is_awaited(draft, test) for test in here.awaits)
    return "results_here" if is_here else why


_WHY_SHUT = {
    GateName.RESULT: (0, "awaiting_result"),
    GateName.PAID: (1, "unpaid"),
    **dict.fromkeys(NEED_GATES, (2, "not_ready")),
    GateName.NOT_BEFORE: (3, "not_yet"),
}
"""What a shut gate says; of several the first counts."""


def still_there(draft: Draft, clinic: str) -> dict[str, int]:
    """Who a closing clinic would leave standing, in counts."""
    held = sum(1 for step in draft.line(Line.HELD, "") if draft.standing(step).clinic == clinic)
    return {
        "waiting": len(draft.queue(Line.BOUND, clinic)),
        "in_hand": len(draft.in_hand(clinic)),
        "held": held,
    }
