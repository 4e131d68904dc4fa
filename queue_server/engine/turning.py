"""Lines that time alone has put into another order: screens that show them have to be told.

An event says which, and when they were looked at; whatever changed before that moment has been told.
"""

from bisect import bisect_right
from math import inf

from queue_server.engine import policies
from queue_server.engine.calling import lines_of
from queue_server.engine.course import ends_within
from queue_server.engine.draft import Draft
from queue_server.engine.events import LinesTurned
from queue_server.engine.facility import Accumulating
from queue_server.engine.hours import MINUTE, waited_since
from queue_server.engine.lines import RANKS, REJOINED, ranks_in
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
    if before == now:
        return False
    policy = policies.in_force(facility, clinic, now)
    if policy is not policies.in_force(facility, clinic, before):
        return True
    queues = lines_of(draft, clinic)
    if not queues:
        return False
    if isinstance(policy.rule, Accumulating) and before // MINUTE != now // MINUTE:
        return True
    if policies.lifts_fasting(facility, policy, before) != policies.lifts_fasting(facility, policy, now):
        return True
    if ends_within(draft, clinic, policy.results_first, before) != ends_within(
        draft, clinic, policy.results_first, now
    ):
        return True
    after = policy.overdue_after * MINUTE
    was = waited_since(draft.day, clinic, before, after) if after else 0
    latest = waited_since(draft.day, clinic, now, after) if after else 0
    for queue in queues:
        for span in ranks_in(queue):
            if span[0] == _APPOINTMENT and _between(queue, span, before, now):
                return True
            if after and span[0] != REJOINED and _between(queue, span, was, latest):
                return True
    return False


def _between(queue: Queue, span: tuple[int, int, int], after: int, until: int) -> bool:
    """Whether somebody has a fair key after one moment and up to another. span: a rank, and where in the
    queue it begins and ends."""
    if until <= after:
        return False
    rank, first, last = span
    for ready in range(queue[first][1], 2):
        index = bisect_right(queue, (rank, ready, after, inf), first, last)
        if index < last and queue[index][1] == ready and queue[index][2] <= until:
            return True
    return False
