"""When each desk's person is there, how quick they are, and when they step away: drawn once per seed."""

import random
from collections import defaultdict
from dataclasses import dataclass

from queue_server.engine.facility import Facility, SessionPlan
from scripts.simulation.crowds import MINUTE, around_one
from scripts.simulation.profiles import DATE, Profile


@dataclass(frozen=True, slots=True)
class Away:
    """One pause. at, until: ms since the date began. keyed: whether somebody told the system."""

    at: int
    until: int
    keyed: bool
    reason: str = "pause-emergency"


@dataclass(frozen=True, slots=True)
class Shift:
    """One session as it is really worked, ms. ends: planned; leaves: at the latest."""

    opens: int
    comes: int
    ends: int
    leaves: int
    pauses: tuple[Away, ...] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """Who works at one desk of a clinic. shifts empty: whoever is there works whenever the clinic calls.

    pace: seconds of work are multiplied by it. forgets: share of turns whose end is keyed late, and the mean
    of how late (ms). chance: for these slips, by turn.
    """

    clinic: str
    desk: int
    practitioner: str
    pace: float = 1.0
    shifts: tuple[Shift, ...] = ()
    forgets: tuple[float, int] = (0.0, 0)
    seed: str = ""


def as_planned(facility: Facility) -> list[Worker]:
    """Everybody at the same pace, always there when the clinic is open: what a CSV alone says."""
    return [
        Worker(clinic, desk, _practitioners(facility, clinic, desk))
        for clinic, plan in facility.clinics.items()
        for desk in range(plan.places)
    ]


def _practitioners(facility: Facility, clinic: str, desk: int) -> str:
    names = list(dict.fromkeys(p.practitioner for p in facility.sessions if p.clinic == clinic))
    return names[desk % len(names)] if names else ""


def draw(profile: Profile, facility: Facility, seed: int, date: str = DATE) -> list[Worker]:
    """The staff of a profile's day."""
    sessions: dict[str, list[SessionPlan]] = defaultdict(list)
    for session in facility.sessions:
        sessions[session.clinic].append(session)
    late = _late_doctors(profile, facility, seed) if date == DATE else frozenset()
    workers = []
    for clinic, plan in facility.clinics.items():
        for desk in range(plan.places):
            who = _practitioners(facility, clinic, desk)
            own = [each for each in sessions[clinic] if each.practitioner == who]
            workers.append(_worker(profile, clinic, desk, who, own, f"{seed}/{date}", hours_late=who in late))
    return workers


def _late_doctors(profile: Profile, facility: Facility, seed: int) -> frozenset[str]:
    names = sorted(facility.practitioners)
    count = round(profile.trouble.late_doctors * len(names))
    return frozenset(random.Random(f"{seed}/late").sample(names, count))


def _worker(
    profile: Profile,
    clinic: str,
    desk: int,
    practitioner: str,
    sessions: list[SessionPlan],
    day: str,
    *,
    hours_late: bool,
) -> Worker:
    name = f"{day}/{clinic}/{desk}"
    chance = random.Random(name)
    staff = profile.staff
    # A doctor is as quick as the day before.
    own = random.Random(f"{day.partition('/')[0]}/{clinic}/{desk}")
    pace = around_one(staff.pace if practitioner else staff.pace / 2, own)
    shifts = []
    for number, session in enumerate(sorted(sessions, key=lambda session: session.opens)):
        comes = float(session.opens)
        drawn, how_late = chance.random(), chance.uniform(5.0, staff.late[1])
        if practitioner and drawn < staff.late[0]:
            comes += how_late
        if hours_late and number == 0:
            comes = session.opens + profile.trouble.late_by
        pauses = _pauses(profile, comes, session.ends, chance) if practitioner else ()
        overtime = staff.overtime[1 if session.ends > 12 * 60 else 0]
        shifts.append(
            Shift(
                session.opens * MINUTE,
                int(comes * MINUTE),
                session.ends * MINUTE,
                int((session.ends + overtime) * MINUTE),
                pauses,
            )
        )
    forgets = (staff.forgotten[0], int(staff.forgotten[1] * MINUTE))
    return Worker(clinic, desk, practitioner, pace, tuple(shifts), forgets, name)


def _pauses(profile: Profile, comes: float, ends: int, chance: random.Random) -> tuple[Away, ...]:
    mean_count, mean_length = profile.staff.breaks
    pauses: list[Away] = []
    at = comes
    while mean_count > 0:
        at += chance.expovariate(mean_count / max(1.0, ends - comes))
        length = max(2.0, chance.expovariate(1 / mean_length))
        keyed = chance.random() >= profile.staff.unkeyed
        if at + length >= ends:
            break
        pauses.append(Away(int(at * MINUTE), int((at + length) * MINUTE), keyed))
        at += length
    return tuple(pauses)
