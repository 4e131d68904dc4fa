"""How long a turn takes, learned from one call at a place to the next. Folding only: no rule asks here.

What counts is the time from a call to the next call at the same place, doors and greetings and papers
included, because that is what those in line wait for. It counts only when the place was busy all through:
somebody waited when the turn ended, and the clinic neither paused nor closed in between. When nobody waited,
the turn itself counts. Absences are no turns. Whoever was called right after joining the line may have found
the place idle with its keys forgotten, so that turn does not count.

Each mean forgets: after `MEMORY` turns an old one has lost most of its weight, and a practitioner who slows
down is followed. Means are kept per clinic, practitioner, service and lane, and are shrunk to what is known
of the service in general, and that to the minutes of the site file (`estimates`).
"""

from itertools import islice

from queue_server.engine.authority import called_from_pool
from queue_server.engine.lanes import lane_of
from queue_server.engine.model import Clinic, Day, Freed, Learned, Pace, Step, Visit
from queue_server.protocol.codes import PresenceKind
from queue_server.protocol.values import replaced

TURN = 1000
"""The weight of one turn."""
MEMORY = 16
"""Turns that a mean of one practitioner remembers."""
LONG_MEMORY = 64
"""Turns that a mean over all places of a service remembers."""
LONGEST = 4
"""A turn longer than so many means counts as this long: somebody forgot to call."""
JUST_COME = 60_000
"""Who waited less than so many ms may have found the place idle."""
LOOKED_AT = 5
"""So many of a line are asked whether they are ready; if none is, nobody waited."""
NIGHT = 2
"""What a night divides the weight of the learned by: tomorrow is like today, but not the same day."""


def who_works(practitioners: tuple[str, ...]) -> str:
    """Whose pace a clinic goes at: empty when there is nobody signed on, or several share the turns."""
    return practitioners[0] if len(practitioners) == 1 else ""


def turn_ended(day: Day, clinic: Clinic, step: Step, visit: Visit, called_at: int, ended_at: int) -> None:
    """A turn in hand ended; its place is free."""
    if step.id in clinic.disturbed:
        clinic.disturbed.discard(step.id)
        return
    lane = lane_of(step, visit.part).value
    if someone_waits(day, clinic):
        clinic.freed.append(Freed(step.service, lane, called_at, ended_at))
    else:
        _observe(day, clinic, step.service, lane, ended_at - called_at)


def called(day: Day, clinic: Clinic, queued_at: int, called_at: int) -> None:
    """Somebody was called to a place: the turn that was there before is complete."""
    if not clinic.freed:
        return
    turn = clinic.freed.pop(0)
    if called_at - queued_at >= JUST_COME:
        _observe(day, clinic, turn.service, turn.lane, called_at - turn.called_at)


def undone(clinic: Clinic, ended_at: int) -> None:
    """A turn that ended goes on after all."""
    clinic.freed = [turn for turn in clinic.freed if turn.ended_at != ended_at]


def disturbed(clinic: Clinic) -> None:
    """The clinic turned: no turn that is under way says how long a turn takes."""
    clinic.freed.clear()
    clinic.disturbed.update(clinic.in_hand)


def someone_waits(day: Day, clinic: Clinic) -> bool:
    """Whether one of the first of the clinic's lines could come if called."""
    services = day.facility.services
    queues = [clinic.queue]
    queues += [
        day.queues[service]
        for service in day.facility.clinics[clinic.id].services
        if called_from_pool(services[service])
    ]
    return any(_is_ready(day, key[-1]) for queue in queues for key in islice(queue, LOOKED_AT))


def _is_ready(day: Day, step: str) -> bool:
    visit = day.visits[day.steps[step].visit]
    return visit.busy in ("", step) and visit.part.presence.kind is not PresenceKind.AWAY


def _observe(day: Day, clinic: Clinic, service: str, lane: str, ms: int) -> None:
    who = who_works(clinic.part.practitioners)
    plan = day.facility.services.get(service)
    if ms <= 0 or plan is None:
        return
    for place, memory in (((clinic.id, who), MEMORY), (("", ""), LONG_MEMORY)):
        for kind in (lane, ""):
            key = (*place, service, kind)
            pace = day.paces.get(key)
            if pace is None:
                pace = Pace(0, plan.minutes * 60_000, plan.minutes * 30_000)
            day.paces[key] = _after(pace, min(ms, LONGEST * pace.mean), memory)


def _after(pace: Pace, ms: int, memory: int) -> Pace:
    weight = pace.weight * (memory - 1) // memory + TURN
    off = ms - pace.mean
    mean = pace.mean + off * TURN // weight
    spread = pace.spread + (abs(off) - pace.spread) * TURN // (weight + 2 * TURN)
    return Pace(weight, mean, spread)


def learned(before: Day | None) -> Learned:
    """What a new day starts from: the paces of the day before, less sure of them, and how promises held."""
    if before is None:
        return Learned()
    paces = {
        "/".join(key): replaced(pace, weight=pace.weight // NIGHT)
        for key, pace in sorted(before.paces.items())
        if pace.weight // NIGHT >= TURN
    }
    return Learned(paces, {"/".join(key): band for key, band in sorted(before.bands.items())})


def start_from(day: Day, known: Learned) -> None:
    """Begin a day with what was learned before it."""
    for name, pace in known.paces.items():
        clinic, who, service, lane = name.split("/")
        day.paces[clinic, who, service, lane] = pace
    for name, band in known.bands.items():
        service, kind = name.split("/")
        day.bands[service, kind] = band
