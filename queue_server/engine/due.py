"""When time matters next."""

from itertools import islice

from queue_server.engine.appointments import next_unattended
from queue_server.engine.clock import WORD_OF_PAPER
from queue_server.engine.emergencies import next_passed_on
from queue_server.engine.hours import day_stops
from queue_server.engine.judging import next_untold
from queue_server.engine.lateness import next_late
from queue_server.engine.model import Day


def next_due(day: Day) -> int | None:
    """The moment (ms) at which `advance` has something to do; None on a closed day. May lie in the past."""
    if day.closed:
        return None
    return min(_moments(day))


def day_ended(day: Day, now: int) -> bool:
    """Whether the service day is over and the next one has to be opened."""
    return now >= day_stops(day.facility, day.day)


def _moments(day: Day) -> list[int]:
    moments = [day_stops(day.facility, day.day)]
    moments += [at for step in day.held if (at := day.steps[step].standing.held_until)]
    moments += day.timed_gates.values()
    moments += [day.visits[visit].part.presence.until for visit in day.away]
    moments += [notice.until for notice in day.announcements.values() if notice.until]
    moments += [at + WORD_OF_PAPER for at in islice(day.unconfirmed.values(), 1)]
    unattended = next_unattended(day)
    if unattended is not None:
        moments.append(unattended)
    moments += next_late(day)
    moments += next_untold(day)
    moments += next_passed_on(day)
    for plan in (plan for plans in day.sessions.values() for plan in plans):
        if plan.key not in day.sessions_begun:
            moments.append(plan.opens)
        elif plan.key not in day.sessions_ended:
            moments.append(plan.ends)
    return moments
