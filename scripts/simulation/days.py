"""One day to be played: from a profile and a seed, or from a site file and a CSV."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from queue_server.engine.facility import Facility
from queue_server.engine.model import Day
from queue_server.protocol.codes import Authority
from scripts.simulation import crowds, hospitals, shifts
from scripts.simulation.crowds import MINUTE, Patient
from scripts.simulation.house import CADENCE
from scripts.simulation.profiles import DATE, Profile
from scripts.simulation.variants import Variant, apply
from scripts.simulation.world import Happenings, World

YESTERDAY = "2026-11-22"
Said = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a day is made of. warm: the day before is played first, with other patients and the same staff, so
    that the rules begin with what they had learned by then."""

    facility: Facility
    happenings: Callable[[Facility, int, str], Happenings]
    warm: bool = False


def of_profile(profile: Profile, *, absences: bool = True, warm: bool = True) -> Plan:
    """A profile's hospital; each seed brings other patients and another form of the staff."""

    def happenings(facility: Facility, seed: int, date: str) -> Happenings:
        return Happenings(
            crowds.draw(profile, seed, date),
            shifts.draw(profile, facility, seed, date),
            down=_in_ms(profile.trouble.down) if date == DATE else None,
            closing=_closing(profile) if date == DATE else (),
            seen_to=int(profile.trouble.seen_to_after * MINUTE),
            absences=absences,
        )

    return Plan(hospitals.facility(profile), happenings, warm)


def of_rows(facility: Facility, patients: list[Patient], *, absences: bool = True) -> Plan:
    """A CSV's patients: the same with every seed."""

    def happenings(facility: Facility, seed: int, date: str) -> Happenings:
        return Happenings(patients, shifts.as_planned(facility), absences=absences)

    return Plan(facility, happenings)


def play(plan: Plan, variant: Variant, seed: int, said: Said | None = None, every: int = CADENCE) -> World:
    """The day under one variant. every: ms after which time moves even if nothing is due."""
    facility = apply(variant, plan.facility)

    def world(date: str, before: Day | None, said: Said | None) -> World:
        happenings = replace(plan.happenings(facility, seed, date), authority=Authority(variant.authority))
        made = World(facility, date, happenings, before=before, said=said, every=every)
        made.run()
        return made

    before = world(YESTERDAY, None, None).house.day if plan.warm else None
    return world(DATE, before, said)


def _in_ms(down: tuple[str, int, int] | None) -> tuple[str, int, int] | None:
    return None if down is None else (down[0], down[1] * MINUTE, down[2] * MINUTE)


def _closing(profile: Profile) -> tuple[tuple[str, int], ...]:
    """The first rooms of the named specialties."""
    specialties = {specialty.service: specialty for specialty in profile.specialties}
    at = profile.trouble.closing_at * MINUTE
    return tuple(
        (clinic, at)
        for service, count in profile.trouble.closing
        for clinic, _ in hospitals.rooms(specialties[service])[:count]
    )
