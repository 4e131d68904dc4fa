"""Lines that time alone has put into another order: screens that show them have to be told.

An event says which, and when they were looked at; whatever changed before that moment has been told.
"""

from bisect import bisect_right
from collections.abc import Iterator
from math import inf

from queue_server.engine import policies
from queue_server.engine.calling import lines_of
from queue_server.engine.course import ends_within
from queue_server.engine.draft import Draft
from queue_server.engine.events import LinesTurned
from queue_server.engine.facility import Accumulating
from queue_server.engine.hours import MINUTE, waited_since
from queue_server.engine.lines import RANKS, REJOINED
from queue_server.engine.model import Queue
from queue_server.protocol.codes import CalledAs

_APPOINTMENT = RANKS.index(CalledAs.APPOINTMENT)


def turn_lines(draft: Draft) -> None:
    """Tell of the clinics that would call in another order now than when they were last looked at."""
    turned = tuple(clinic for clinic in draft.facility.clinics if _has_turned(draft, clinic))
    if turned:
        draft.emit(LinesTurned(turned, draft.now))


def _has_turned(draft: Draft, clinic: str) -> bool:
    facility, now = draft.facility, draft.now
    before = draft.clinic(clinic).turned_at or draft.day.opened_at
    policy = policies.in_force(facility, clinic, now)
    if policy is not policies.in_force(facility, clinic, before):
        return True
    queues = lines_of(draft, clinic)
    if not queues or before == now:
        return False
    if isinstance(policy.rule, Accumulating) and before // MINUTE != now // MINUTE:
        return True
    if policies.lifts_fasting(facility, policy, before) != policies.lifts_fasting(facility, policy, now):
        return True
    if ends_within(draft, clinic, policy.results_first, before) != ends_within(
        draft, clinic, policy.results_first, now
    ):
        return True
    if any(_between(queue, _APPOINTMENT, before, now) for queue in queues):
        return True
    after = policy.overdue_after * MINUTE
    if not after:
        return False
    was, latest = (waited_since(draft.day, clinic, at, after) for at in (before, now))
    return any(_between(queue, rank, was, latest) for queue in queues for rank in _overdue_ranks())


def _overdue_ranks() -> Iterator[int]:
    return (rank for rank in range(len(RANKS)) if rank != REJOINED)


def _between(queue: Queue, rank: int, after: int, until: int) -> bool:
    """Whether somebody of this rank has a fair key in this span, its end included."""
    if until <= after:
        return False
    for ready in (0, 1):
        index = bisect_right(queue, (rank, ready, after, inf))
        if index < len(queue) and queue[index][:2] == (rank, ready) and queue[index][2] <= until:
            return True
    return False
