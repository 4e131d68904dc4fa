"""Who comes to a day, what each needs and how each behaves: drawn once per seed, the same for every variant.

Every patient draws from a source of their own, so that nothing a variant does can change what another
patient brings (common random numbers).
"""

import math
import random
from dataclasses import dataclass

from queue_server.protocol.codes import AgeGroup, Lane
from scripts.simulation import hospitals
from scripts.simulation.profiles import DATE, Profile, Work

MINUTE = 60_000
TRIAGE = "vitals"
"""The service at which somebody is found to be urgent."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One turn somewhere. seconds: at pace 1. result: ms until the result is there, 0 when there is none."""

    service: str
    seconds: float
    result: int = 0


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient's day as they bring it. at: ms since the service day's date began.

    first: seconds of a first turn by service. orders: ordered at the doctor's; back: seconds of the turn
    after results; after: stops when the doctor is done. clinic: chosen or fixed by the HIS, empty when ours
    to say. walk, door: ms between places, and from a seat to the door. wanders: ms after joining a doctor's
    line until the patient leaves the hall, and for how long; None when they stay. leaves: never comes when
    called. chooses_exam: the kiosk says which exam. triaged: that somebody is urgent is found at vital
    signs, not on arrival.
    """

    ordinal: int
    at: int
    payer: str
    kind: str
    exam: str
    lane: Lane
    age_group: AgeGroup
    first: dict[str, float]
    orders: tuple[Stop, ...] = ()
    back: float = 0.0
    after: tuple[Stop, ...] = ()
    clinic: str = ""
    walk: int = 0
    door: int = 0
    wanders: tuple[int, int] | None = None
    leaves: bool = False
    chooses_exam: bool = False
    triaged: bool = False
    results: dict[str, int] | None = None
    """ms until the result of a route's own stop is there, by service."""


def draw(profile: Profile, seed: int, date: str = DATE) -> list[Patient]:
    """The patients of a profile's day, in order of arrival."""
    name = f"{seed}/{date}"
    chance = random.Random(f"{name}/arrivals")
    spans = [(opens, ends) for opens, ends, _ in profile.arrivals]
    shares = [share for *_, share in profile.arrivals]
    moments = []
    for opens, ends in chance.choices(spans, shares, k=profile.visits):
        moments.append(int(chance.uniform(opens, ends) * MINUTE))
    moments.sort()
    return [
        _patient(profile, ordinal, at, random.Random(f"{name}/{ordinal}"))
        for ordinal, at in enumerate(moments)
    ]


def seconds_of(work: Work, chance: random.Random) -> float:
    """One draw of a log-normal time."""
    return work.mean * around_one(work.spread, chance)


def around_one(spread: float, chance: random.Random) -> float:
    """A log-normal factor of mean 1; spread: its coefficient of variation."""
    if spread <= 0:
        return 1.0
    variance = math.log(1 + spread * spread)
    return math.exp(chance.gauss(-variance / 2, math.sqrt(variance)))


def _patient(profile: Profile, ordinal: int, at: int, chance: random.Random) -> Patient:
    payer = "insured" if chance.random() < profile.insured else "fee"
    (kind,) = chance.choices(("exam", "tests", "pharmacy"), profile.kinds)
    first = {counter.service: seconds_of(counter.work, chance) for counter in profile.counters}
    results = {
        counter.service: int(
            around_one(counter.result_minutes[1], chance) * counter.result_minutes[0] * MINUTE
        )
        for counter in profile.counters
        if counter.result_minutes is not None
    }
    specialty = chance.choices(profile.specialties, [one.share for one in profile.specialties])[0]
    first[specialty.service] = seconds_of(specialty.work, chance)
    back = seconds_of(specialty.back, chance)
    (count,) = chance.choices((0, 1, 2, 3), profile.tests)
    orders = _orders(profile, count, first, results, chance)
    drugs = chance.random() < profile.pharmacy_after[payer != "insured"]
    lane, age_group = _lane(profile, chance)
    chosen = chance.choice([name for name, _ in hospitals.rooms(specialty)])
    chooses = chance.random() < profile.chooses
    habits = profile.habits
    walk, door = seconds_of(habits.walk, chance), seconds_of(habits.door, chance)
    wanders, leaves = chance.random() < habits.wanders, chance.random() < habits.leaves
    wander_after = chance.expovariate(1 / habits.wanders_after)
    median, spread = habits.away
    away = median * math.exp(chance.gauss(0, spread))
    is_exam = kind == "exam"
    if orders and payer == "fee":
        orders = (Stop("cashier", first["cashier"] * 0.8), *orders)
    return Patient(
        ordinal=ordinal,
        at=at,
        payer=payer,
        kind=kind,
        exam=specialty.service if is_exam else "",
        lane=lane,
        age_group=age_group,
        first=first,
        orders=orders if is_exam else (),
        back=back,
        after=(Stop("pharmacy", first["pharmacy"]),) if is_exam and drugs else (),
        clinic=chosen if is_exam and chooses else "",
        walk=int(walk * 1000),
        door=int(door * 1000),
        wanders=(int(wander_after * MINUTE), int(away * MINUTE)) if wanders else None,
        leaves=leaves,
        chooses_exam=is_exam,
        triaged=is_exam,
        results=results,
    )


def _orders(
    profile: Profile, count: int, first: dict[str, float], results: dict[str, int], chance: random.Random
) -> tuple[Stop, ...]:
    left, orders = dict(profile.test_shares), []
    for _ in range(min(count, len(left))):
        (service,) = chance.choices(list(left), list(left.values()))
        del left[service]
        orders.append(Stop(service, first[service], results[service]))
    return tuple(orders)


def _lane(profile: Profile, chance: random.Random) -> tuple[Lane, AgeGroup]:
    drawn = chance.random()
    if drawn < profile.urgent:
        return Lane.URGENT, AgeGroup.ORDINARY
    if drawn < profile.urgent + profile.priority:
        return Lane.PRIORITY, AgeGroup.FROM_75
    return Lane.WALK_IN, AgeGroup.ORDINARY
