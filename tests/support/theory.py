"""Queues that books know the answer to, played through the whole engine, and the books' answers."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from queue_server.engine.facility import (
    ClinicPlan,
    Facility,
    FirstCome,
    Hall,
    Policy,
    Reason,
    Rule,
    Service,
    Words,
)
from queue_server.protocol.codes import AgeGroup, Binding, ClinicKind, Lane, ReasonKind
from scripts.simulation import day_file, shifts
from scripts.simulation.crowds import Patient
from scripts.simulation.profiles import DATE
from scripts.simulation.world import Happenings, World

WORDS = Words("x", "x")
HOURS = 22
BATCHES = 20
STUDENT = 2.861
"""Student's t at 99.5 % with 19 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Customer:
    """at: ms since midnight. seconds: of work. priority: which of two classes."""

    at: int
    seconds: float
    priority: bool = False


def arrivals(
    rate: float,
    work: Callable[[random.Random], float],
    seed: int,
    *,
    priority: float = 0.0,
    hours: float = HOURS,
) -> list[Customer]:
    """Poisson arrivals. rate: per second. work: draws the seconds of one turn."""
    chance = random.Random(seed)
    now, made = 0.0, []
    while (now := now + chance.expovariate(rate)) < hours * 3600:
        made.append(Customer(int(now * 1000), work(chance), chance.random() < priority))
    return made


def exponential(mean: float) -> Callable[[random.Random], float]:
    return lambda chance: chance.expovariate(1 / mean)


def plant(
    *,
    clinics: int = 1,
    places: int = 1,
    rule: Rule | None = None,
    binding: Binding = Binding.POOLED,
    minutes: int = 1,
    bind_ahead: int = 3,
) -> Facility:
    """One service and nothing else. Shares that a site may switch off are switched off."""
    policy = Policy(rule or FirstCome(), overdue_after=0, returning_one_in=0, results_first=0)
    service = Service(
        "service", WORDS, ClinicKind.EXAM, "A", minutes, binding=binding, policy=policy, bind_ahead=bind_ahead
    )
    return Facility(
        id="plant",
        name=WORDS,
        time_zone="Asia/Ho_Chi_Minh",
        halls={"hall": Hall("hall", WORDS, WORDS)},
        services={"service": service},
        clinics={
            f"clinic-{n}": ClinicPlan(
                f"clinic-{n}", WORDS, WORDS, str(n), ClinicKind.EXAM, "hall", ("service",), places
            )
            for n in range(1, clinics + 1)
        },
        practitioners={},
        sessions=(),
        routes={},
        payers={},
        reasons={kind.value: Reason(kind.value, kind, WORDS) for kind in ReasonKind},
        kiosks={},
        screens={},
        reception="service",
    )


def played(
    facility: Facility,
    customers: Sequence[Customer],
    *,
    paces: Sequence[float] = (),
    seen_to: int | None = None,
) -> World:
    """Play them. paces: of the clinics in order, 1 where there is none."""
    patients = [
        Patient(
            ordinal=ordinal,
            at=customer.at,
            payer=day_file.PAYER,
            kind="service",
            exam="service",
            lane=Lane.PRIORITY if customer.priority else Lane.WALK_IN,
            age_group=AgeGroup.FROM_75 if customer.priority else AgeGroup.ORDINARY,
            first={"service": customer.seconds},
        )
        for ordinal, customer in enumerate(customers)
    ]
    workers = [
        shifts.Worker(clinic, desk, "", paces[number] if number < len(paces) else 1.0)
        for number, (clinic, plan) in enumerate(facility.clinics.items())
        for desk in range(plan.places)
    ]
    world = World(day_file.plain(facility, patients), DATE, Happenings(patients, workers, seen_to=seen_to))
    world.run()
    return world


def waits(world: World, lane: Lane | None = None) -> list[float]:
    """Seconds each waited, in order of arrival; the first tenth, while the line fills, is left out."""
    turns = sorted(world.watch.turns.values(), key=lambda turn: turn.queued_at)
    found = [turn.waited / 1000 for turn in turns if lane is None or turn.lane is lane]
    return found[len(found) // 10 :]


def mean_of_batches(found: Sequence[float]) -> tuple[float, float]:
    """Mean, and half of its 99 % confidence interval by batch means, because neighbours in a line wait alike.
    99 % because a dozen such intervals are looked at."""
    size = len(found) // BATCHES
    means = [fmean(found[n * size : (n + 1) * size]) for n in range(BATCHES)]
    return fmean(means), STUDENT * stdev(means) / math.sqrt(BATCHES)


# The books


def erlang_c(servers: int, rate: float, mean: float) -> float:
    """Mean wait of M/M/c in seconds (Erlang 1917)."""
    load = rate * mean
    busy = load / servers
    last = load**servers / math.factorial(servers) / (1 - busy)
    waiting = last / (sum(load**n / math.factorial(n) for n in range(servers)) + last)
    return waiting * mean / (servers * (1 - busy))


def pollaczek_khinchine(rate: float, mean: float, second_moment: float) -> float:
    """Mean wait of M/G/1 in seconds (Pollaczek 1930, Khinchine 1932)."""
    return rate * second_moment / (2 * (1 - rate * mean))


def kleinrock(
    rates: tuple[float, float], mean: float, second_moment: float, gains: tuple[float, float]
) -> tuple[float, float]:
    """Mean waits of two classes of M/G/1 whose priority grows as they wait, in seconds (Kleinrock 1964).
    rates, gains: of the class that gains slower, then of the faster."""
    loads = [rate * mean for rate in rates]
    whole = sum(rates) * second_moment / 2 / (1 - sum(loads))
    ratio = gains[0] / gains[1]
    slow = whole / (1 - loads[1] * (1 - ratio))
    fast = whole - loads[0] * slow * (1 - ratio)
    return slow, fast
