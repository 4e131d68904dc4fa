"""Appointments: who keeps which one, how punctually, and what that does for their place (DESIGN §4).

Whoever comes in time waits from their own moment on, however early they sit down; whoever comes late waits
from their arrival like everybody else. Nobody is sent away for the time they came.
"""

from bisect import bisect_left, insort

from queue_server.engine.draft import Draft
from queue_server.engine.events import AppointmentChanged
from queue_server.engine.facility import AppointmentRule
from queue_server.engine.hours import MINUTE, day_starts, day_stops
from queue_server.engine.model import AppointmentPart, Day
from queue_server.protocol.codes import AppointmentState, Punctuality
from queue_server.protocol.values import replaced

OPEN = frozenset({AppointmentState.BOOKED, AppointmentState.UNATTENDED})
"""States in which somebody may still check in: who comes after everybody stopped waiting is only late."""
CLOSED_AT_ONCE = 100
"""So many unattended ones are closed in one go; the rest is due at once."""


# Keeping the day's indexes ------------------------------------------------------------------------------


def put(day: Day, reference: str, part: AppointmentPart) -> None:
    """Let an appointment stand like this from now on. For `evolve` alone."""
    was = day.appointments.get(reference)
    if was is not None:
        _take_out(day, reference, was)
    day.appointments[reference] = part
    if part.state is AppointmentState.BOOKED:
        insort(day.expected, (part.at, reference))
    # A code that was given anew after a cancellation means the new one.
    free = part.state is not AppointmentState.CANCELLED or part.code not in day.appointment_codes
    if part.code and free:
        day.appointment_codes[part.code] = reference
    if part.state in OPEN and part.person is not None:
        insort(day.booked.setdefault(part.person, []), reference)


def _take_out(day: Day, reference: str, was: AppointmentPart) -> None:
    if was.state is AppointmentState.BOOKED:
        del day.expected[bisect_left(day.expected, (was.at, reference))]
    if day.appointment_codes.get(was.code) == reference:
        del day.appointment_codes[was.code]
    if was.state in OPEN and was.person is not None:
        day.booked[was.person].remove(reference)
        if not day.booked[was.person]:
            del day.booked[was.person]


# Looking up ---------------------------------------------------------------------------------------------


def named(day: Day, said: str) -> str | None:
    """The reference meant by a reference or a code, whose letters may be small."""
    if said in day.appointments:
        return said
    return day.appointment_codes.get(said.upper())


def is_today(day: Day, part: AppointmentPart) -> bool:
    """Whether the appointed moment lies in this service day, or before it."""
    return part.at < day_stops(day.facility, day.day)


def of_person(day: Day, person: str) -> str | None:
    """The one of today that a person may keep: the next one still awaited, else the last that nobody kept."""
    today = [
        (part.state is not AppointmentState.BOOKED, part.at, reference)
        for reference in day.booked.get(person, ())
        if (part := day.appointments[reference]).at >= day_starts(day.facility, day.day)
        and is_today(day, part)
    ]
    return min(today)[-1] if today else None


def awaited_until(day: Day, person: str) -> int:
    """The latest moment at which this person is still awaited, ms; 0 when they are not."""
    return max(
        (
            part.at
            for reference in day.booked.get(person, ())
            if (part := day.appointments[reference]).state is AppointmentState.BOOKED
        ),
        default=0,
    )


def awaited_today(day: Day) -> set[str]:
    """Who may come today for an appointment."""
    return {
        part.person for part in day.appointments.values() if part.person is not None and is_today(day, part)
    }


def punctuality(rule: AppointmentRule, at: int, now: int) -> Punctuality:
    """How somebody comes who has an appointment at a moment."""
    if now < at - rule.early * MINUTE:
        return Punctuality.EARLY
    return Punctuality.LATE if now > at + rule.late * MINUTE else Punctuality.ON_TIME


# Places -----------------------------------------------------------------------------------------------


def fair_key(draft: Draft, visit: str, service: str, since: int) -> int:
    """From when a step's place counts (ms): for the appointed service of somebody in time from the first
    moment that is in time; before that moment they go before nobody, wherever else they wait."""
    part = draft.part(visit)
    booked = draft.day.appointments.get(part.appointment)
    if booked is None or part.punctuality in (None, Punctuality.LATE):
        return since
    begins = booked.at - draft.facility.appointments.early * MINUTE
    return begins if service == booked.service else max(since, begins)


# Time passes --------------------------------------------------------------------------------------------


def next_unattended(day: Day) -> int | None:
    """The moment (ms) at which somebody is waited for no longer; None while nobody is awaited."""
    if not day.expected:
        return None
    return day.expected[0][0] + day.facility.appointments.unattended * MINUTE


def close_unattended(draft: Draft, before: int, most: int) -> None:
    """Stop waiting for those who were appointed up to a moment (ms), so many at most."""
    expected = draft.day.expected
    for at, reference in expected[: min(most, len(expected))]:
        if at > before:
            return
        was = draft.day.appointments[reference]
        draft.emit(AppointmentChanged(reference, was, replaced(was, state=AppointmentState.UNATTENDED)))


def carried_over(day: Day) -> dict[str, AppointmentPart]:
    """Those still awaited, the next one first."""
    return {reference: day.appointments[reference] for _, reference in day.expected}
