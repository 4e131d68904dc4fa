"""When: how long turns take and how long lines are, in milliseconds, by what was learned so far.

Little evidence counts little: a place's own mean is shrunk to the mean of its service, and that to the
minutes of the site file.
"""

from collections.abc import Sequence
from typing import Any

from queue_server.engine.draft import Draft
from queue_server.engine.hours import MINUTE, works_until
from queue_server.engine.lanes import lane_of
from queue_server.engine.learning import TURN, who_works
from queue_server.engine.lines import Line
from queue_server.engine.model import Pace

SERVICE_PRIOR = 12 * TURN
"""So many turns of a service weigh as much as the site file's minutes."""
LANE_PRIOR = 6 * TURN
"""So many turns of a lane weigh as much as not knowing that it differs."""
PLACE_PRIOR = 4 * TURN
"""So many turns of a place weigh as much as the mean of its service: paces of practitioners differ more than
their turns do."""
LONG_LINE = 16
"""In a longer line of several services nobody looks who waits for which."""
OVERDUE = 3
"""A turn that should have ended takes one more part in so many of a turn."""


def pace_ms(draft: Draft, clinic: str, service: str) -> int:
    """One turn of the service at one place of the clinic, ms: learned, or the constant of the site file."""
    paces = draft.day.paces
    mean: int = draft.facility.services[service].minutes * MINUTE
    if not paces:
        return mean
    mean = _shrunk(paces.get(("", "", service, "")), mean, SERVICE_PRIOR)
    who = who_works(draft.clinic_part(clinic).practitioners)
    return _shrunk(paces.get((clinic, who, service, "")), mean, PLACE_PRIOR)


def lane_share(draft: Draft, clinic: str, service: str, lane: str) -> int:
    """How long a turn of this lane is, in thousandths of a turn of the service: who comes back with results
    takes less time than who comes first. Learned here, shrunk to what holds in the whole house."""
    paces = draft.day.paces
    share = _share(paces.get(("", "", service, lane)), paces.get(("", "", service, "")), 1000)
    who = who_works(draft.clinic_part(clinic).practitioners)
    return _share(paces.get((clinic, who, service, lane)), paces.get((clinic, who, service, "")), share)


def _share(lane: Pace | None, every: Pace | None, prior: int) -> int:
    if lane is None or every is None or every.mean <= 0:
        return prior
    return (1000 * lane.mean // every.mean * lane.weight + prior * LANE_PRIOR) // (lane.weight + LANE_PRIOR)


def _shrunk(learned: Pace | None, prior: int, weight: int) -> int:
    if learned is None:
        return prior
    return (learned.mean * learned.weight + prior * weight) // (learned.weight + weight)


def expected(draft: Draft, clinic: str) -> int:
    """Minutes until someone who joined this clinic now would be called, rounded up."""
    return -(-expected_ms(draft, clinic) // MINUTE)


def expected_ms(draft: Draft, clinic: str, *, on_their_way: bool = True) -> int:
    """The same in ms, at the learned pace of the clinic. on_their_way: count those promised to it too.

    Those who were promised to the clinic and are still on their way (paying, at vital signs, waiting for
    results) count like those in its line: they will stand before whoever comes later. Of those in hand what
    is left of their turns counts, once no place is free.
    """
    places = draft.facility.clinics[clinic].places
    work = _work(draft, clinic, draft.queue(Line.BOUND, clinic))
    awaited = draft.line(Line.AWAITED, clinic)
    if awaited and on_their_way:
        work += _work(draft, clinic, [(step,) for step in awaited])
    in_hand = draft.in_hand(clinic)
    if len(in_hand) >= places:
        work += sum([left_of_turn(draft, clinic, step) for step in in_hand])
    return -(-work // places)


def left_of_turn(draft: Draft, clinic: str, step: str) -> int:
    """What is left of a turn in hand, ms. One that takes long already takes a little longer still."""
    here = draft.the_step(step)
    lane = lane_of(here, draft.part(here.visit)).value
    turn = pace_ms(draft, clinic, here.service) * lane_share(draft, clinic, here.service, lane) // 1000
    return max(turn - (draft.now - draft.standing(step).called_at), turn // OVERDUE)


def _work(draft: Draft, clinic: str, line: Sequence[tuple[Any, ...]]) -> int:
    """How long one place would work at these, ms. line: keys, each ending with its step."""
    offered = draft.facility.clinics[clinic].services
    if not line:
        return 0
    if len(offered) == 1:
        return pace_ms(draft, clinic, offered[0]) * len(line)
    if len(line) > LONG_LINE:
        return usual_pace(draft, clinic) * len(line)
    return sum([pace_ms(draft, clinic, draft.the_step(key[-1]).service) for key in line])


def usual_pace(draft: Draft, clinic: str) -> int:
    """One turn of a clinic whatever its service, ms: each service as often as it was served here."""
    offered = draft.facility.clinics[clinic].services
    if len(offered) == 1:
        return pace_ms(draft, clinic, offered[0])
    who = who_works(draft.clinic_part(clinic).practitioners)
    turns = weights = 0
    for service in offered:
        learned = draft.day.paces.get((clinic, who, service, ""))
        weight = TURN + (learned.weight if learned else 0)
        turns += weight * pace_ms(draft, clinic, service)
        weights += weight
    return turns // weights


def finishable(draft: Draft, clinic: str, waiting: int) -> int | None:
    """How many of the `waiting` people in a clinic's line it can still call before its session ends; None
    while no session runs there that ends today."""
    ends = works_until(draft.day, clinic, draft.now)
    if ends is None:
        return None
    places = draft.facility.clinics[clinic].places
    return min(waiting, (ends - draft.now) * places // max(usual_pace(draft, clinic), 1))
