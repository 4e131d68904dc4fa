"""From what was watched to figures: waits, totals, half-done visits, idle and overtime, kept promises."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from queue_server.protocol.codes import ClinicKind, Lane, VisitEnd
from scripts.simulation.crowds import MINUTE
from scripts.simulation.watch import TurnLog, VisitLog, Watch
from scripts.simulation.world import World

TARGETS = {0: 120.0, 1: 180.0, 2: 210.0, 3: 240.0}
"""Minutes from arrival to the end by number of techniques (QĐ 1313/QĐ-BYT of 22/4/2013)."""
QUANTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95}


@dataclass(frozen=True, slots=True)
class Spread:
    """Of some minutes: how many there were, mean, quantiles and maximum. All 0 where there were none."""

    count: int
    mean: float
    p50: float
    p90: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class Kept:
    """How first promises held. p10_broken: called before the moment until which it was safe to stay away.
    p80_held: called by the later moment. mae: mean distance (minutes) of the call from the middle of the two;
    naive_mae: from people ahead x configured minutes / places. None where nothing was promised."""

    count: int
    p10_broken: float | None
    p80_held: float | None
    mae: float | None
    naive_mae: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One day under one variant. Times in minutes.

    visits: how many came; concluded: how many ended as served. wait: of a visit, all its lines together;
    by_lane: the same by lane, `returning` per turn after results. by_place: per turn, by kind of place.
    total: arrival to end of completed exam visits, by number of techniques; within: share within the target.
    turned_away: who got no number, by the code of the refusal.
    """

    visits: int
    concluded: int
    wait: Spread
    by_lane: dict[str, Spread]
    by_place: dict[str, Spread]
    total: dict[str, Spread]
    within: dict[str, float]
    half_done: int
    absences: int
    idle: float
    overtime: float
    used: float
    estimates: Kept
    refused: dict[str, int] = field(default_factory=dict)
    turned_away: dict[str, int] = field(default_factory=dict)
    waits: tuple[float, ...] = ()
    by_hour: tuple[tuple[float, float], ...] = ()


def of_world(world: World) -> Figures:
    """What a finished day amounts to."""
    watch = world.watch
    visits = list(watch.visits.values())
    waits = [visit.waited / MINUTE for visit in visits]
    idle = [
        desk.idle for desks in world.desks.values() for desk in desks if _is_doctor(world, desk.worker.clinic)
    ]
    over = [
        desk.overtime
        for desks in world.desks.values()
        for desk in desks
        if _is_doctor(world, desk.worker.clinic)
    ]
    used = [
        desk.used for desks in world.desks.values() for desk in desks if _is_doctor(world, desk.worker.clinic)
    ]
    total, within = _totals(visits)
    return Figures(
        visits=len(visits),
        concluded=sum(visit.end is VisitEnd.COMPLETED for visit in visits),
        wait=spread(waits),
        by_lane=_by_lane(visits),
        by_place=_by_place(watch),
        total=total,
        within=within,
        half_done=world.half_done,
        absences=sum(turn.absences for turn in watch.turns.values()),
        idle=sum(idle) / MINUTE,
        overtime=sum(over) / MINUTE,
        used=sum(used) / MINUTE,
        estimates=kept(watch.turns.values()),
        refused=dict(world.house.refused),
        turned_away=dict(world.turned_away),
        waits=tuple(waits),
        by_hour=_by_hour(visits, world.house.midnight),
    )


def spread(minutes: Iterable[float]) -> Spread:
    """Count, mean, quantiles, maximum."""
    ordered = sorted(minutes)
    if not ordered:
        return Spread(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    p50, p90, p95 = (quantile(ordered, share) for share in QUANTILES.values())
    return Spread(len(ordered), fmean(ordered), p50, p90, p95, ordered[-1])


def quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest of sorted values, in proportion."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _is_doctor(world: World, clinic: str) -> bool:
    return world.facility.clinics[clinic].kind is ClinicKind.EXAM


def _by_lane(visits: Sequence[VisitLog]) -> dict[str, Spread]:
    waits: dict[str, list[float]] = defaultdict(list)
    for visit in visits:
        waits[visit.lane.value].append(visit.waited / MINUTE)
        for turn in visit.turns:
            if turn.returning and turn.queued_at:
                waits[Lane.RETURNING.value].append(turn.waited / MINUTE)
    return {lane.value: spread(waits[lane.value]) for lane in Lane if lane.value in waits}


def place_of(turn: TurnLog) -> str:
    """Under which heading a turn's wait is told."""
    return f"{turn.kind.value}, results" if turn.returning else turn.kind.value


def _by_place(watch: Watch) -> dict[str, Spread]:
    waits: dict[str, list[float]] = defaultdict(list)
    for turn in watch.turns.values():
        if turn.queued_at:
            waits[place_of(turn)].append(turn.waited / MINUTE)
    return {name: spread(waits[name]) for name in sorted(waits)}


def _totals(visits: Sequence[VisitLog]) -> tuple[dict[str, Spread], dict[str, float]]:
    minutes: dict[int, list[float]] = defaultdict(list)
    for visit in visits:
        examined = any(turn.kind is ClinicKind.EXAM and turn.called_at for turn in visit.turns)
        if visit.end is VisitEnd.COMPLETED and examined:
            minutes[min(visit.tests, 3)].append((visit.ended_at - visit.arrived_at) / MINUTE)
    total = {str(count): spread(minutes[count]) for count in TARGETS}
    within = {
        str(count): sum(m < target for m in minutes[count]) / len(minutes[count])
        for count, target in TARGETS.items()
        if minutes[count]
    }
    return total, within


def kept(turns: Iterable[TurnLog]) -> Kept:
    """How the first promises of these turns held."""
    broken = held = 0
    off, naive_off = [], []
    for turn in turns:
        promise = turn.promise
        if promise is None or not turn.called_at:
            continue
        broken += turn.called_at < promise.not_before
        held += turn.called_at <= promise.usually_by
        middle = promise.expected
        off.append(abs(turn.called_at - middle) / MINUTE)
        naive_off.append(abs(turn.called_at - turn.naive) / MINUTE)
    if not off:
        return Kept(0, None, None, None, None)
    count = len(off)
    return Kept(count, broken / count, held / count, fmean(off), fmean(naive_off))


def _by_hour(visits: Sequence[VisitLog], midnight: int) -> tuple[tuple[float, float], ...]:
    """Hour of arrival and mean wait of those who came in that half hour."""
    waits: dict[int, list[float]] = defaultdict(list)
    for visit in visits:
        waits[(visit.arrived_at - midnight) // (30 * MINUTE)].append(visit.waited / MINUTE)
    return tuple((half / 2 + 0.25, fmean(found)) for half, found in sorted(waits.items()))


# Student's t at 97.5 %, by degrees of freedom; beyond the table the normal's.
_T = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228,
    11: 2.201, 12: 2.179, 13: 2.160, 14: 2.145, 15: 2.131, 16: 2.120, 17: 2.110, 18: 2.101, 19: 2.093,
    20: 2.086, 25: 2.060, 30: 2.042, 40: 2.021, 60: 2.000,
}  # fmt: skip


def student(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t."""
    return _T[max((known for known in _T if known <= freedom), default=1)] if freedom <= 120 else 1.980


def interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean, and half the width of its 95 % confidence interval; None from a single value."""
    if len(values) < 2:
        return (fmean(values) if values else 0.0), None
    return fmean(values), student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
