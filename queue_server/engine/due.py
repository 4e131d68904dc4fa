"""When time matters next."""

from itertools import islice

from queue_server.engine.clock import WORD_OF_PAPER
from queue_server.engine.hours import day_stops, session_ends, session_key, session_opens
from queue_server.engine.model import Day
from queue_server.protocol.codes import GateName


def next_due(day: Day) -> int | None:
    """The moment (ms) at which `advance` has something to do; None on a closed day. May lie in the past."""
    if day.closed:
        return None
    return min(_moments(day))


def day_ended(day: Day, now: int) -> bool:
    """Whether the service day is over and the next one has to be opened."""
    return now >= day_stops(day.facility, day.day)


def _moments(day: Day) -> list[int]:
    facility = day.facility
    moments = [day_stops(facility, day.day)]
    moments += [at for step in day.held if (at := day.steps[step].standing.held_until)]
    moments += [
        gate.at
        for step in day.timed_gates
        for gate in day.steps[step].standing.gates
        if gate.name is GateName.NOT_BEFORE and not gate.open
    ]
    moments += [day.visits[visit].part.presence.until for visit in day.away]
    moments += [notice.until for notice in day.announcements.values() if notice.until]
    moments += [at + WORD_OF_PAPER for at in islice(day.unconfirmed.values(), 1)]
    for plan in facility.sessions:
        key = session_key(plan)
        if key not in day.sessions_begun:
            moments.append(session_opens(facility, day.day, plan))
        elif key not in day.sessions_ended:
            moments.append(session_ends(facility, day.day, plan))
    return moments
