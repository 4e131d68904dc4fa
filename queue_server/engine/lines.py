"""Where a step stands: the line that its standing puts it into, and its place in that line.

`evolve` and `Draft` keep the same lines by these functions.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from enum import Enum, auto
from typing import assert_never

from queue_server.engine.lanes import called_as
from queue_server.engine.model import Queue, Standing, Step, VisitPart
from queue_server.protocol.codes import CalledAs, StepState

RANKS = tuple(CalledAs)
"""A queue is sorted by rank first: as what its steps are called. Each rank is first come, first served, and a
policy chooses between ranks, so that time alone never moves anybody within a queue."""
_RANK = {called: rank for rank, called in enumerate(RANKS)}
URGENT, REJOINED = _RANK[CalledAs.URGENT], _RANK[CalledAs.REJOINED]

Key = tuple[int, int, int, int, int, str, str]


class Line(Enum):
    """PLANNED and POOL are per service (no clinic yet); AWAITED, BOUND, IN_HAND, MISSED per clinic."""

    NONE = auto()
    PLANNED = auto()
    AWAITED = auto()
    POOL = auto()
    BOUND = auto()
    IN_HAND = auto()
    MISSED = auto()
    HELD = auto()

    # An enum hashes its name in Python code; lines are keys on the hottest path.
    __hash__ = object.__hash__


def line_of(standing: Standing) -> Line:
    """The one line in which a step of this standing is found."""
    bound, free = _LINES[standing.state]
    return bound if standing.clinic else free


def _lines(state: StepState) -> tuple[Line, Line]:
    """The line of a step in this state: with a clinic, and without."""
    match state:
        case StepState.QUEUED | StepState.PREPARED:
            return Line.BOUND, Line.POOL
        case StepState.CALLED | StepState.SERVING:
            return Line.IN_HAND, Line.IN_HAND
        case StepState.PLANNED:
            return Line.AWAITED, Line.PLANNED
        case StepState.HELD:
            return Line.HELD, Line.HELD
        case StepState.MISSED:
            return Line.MISSED, Line.MISSED
        case StepState.DONE | StepState.CANCELLED | StepState.ABANDONED:
            return Line.NONE, Line.NONE
        case _:
            assert_never(state)


# Looked up twice for each change of a step.
_LINES = {state: _lines(state) for state in StepState}


def queue_key(step: Step, part: VisitPart, standing: Standing) -> Key:
    """A waiting step's place: rank, then who stands ready, then the fair key; ties by when queued and number.

    Urgent stays urgent even after a missed call.
    """
    rank = _RANK[called_as(step, part)]
    first = 0 if standing.state is StepState.PREPARED else 1
    if standing.behind and rank != URGENT:
        rank, first = REJOINED, standing.behind
    return rank, first, standing.since, standing.queued_at, len(part.number), part.number, step.id


def enqueue(queue: Queue, key: Key) -> None:
    """Put a key in its place."""
    insort(queue, key)


def dequeue(queue: Queue, key: Key) -> None:
    """Take a key out. Raises ValueError when it is not there."""
    index = bisect_left(queue, key)
    if index == len(queue) or queue[index] != key:
        raise ValueError(key)
    del queue[index]


def ranks_in(queue: Queue) -> Iterator[tuple[int, int, int]]:
    """The ranks in a queue, each with where it begins and ends."""
    first = 0
    while first < len(queue):
        rank = queue[first][0]
        last = bisect_left(queue, (rank + 1,), first)
        yield rank, first, last
        first = last
