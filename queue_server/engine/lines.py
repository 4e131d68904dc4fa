"""Where a step stands: the line that its standing puts it into. `evolve` and `Draft` keep the same lines."""

from enum import Enum, auto
from typing import assert_never

from queue_server.engine.model import Standing
from queue_server.protocol.codes import StepState


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


def line_of(standing: Standing) -> Line:
    """The one line in which a step of this standing is found."""
    match standing.state:
        case StepState.QUEUED | StepState.PREPARED:
            return Line.BOUND if standing.clinic else Line.POOL
        case StepState.CALLED | StepState.SERVING:
            return Line.IN_HAND
        case StepState.PLANNED:
            return Line.AWAITED if standing.clinic else Line.PLANNED
        case StepState.HELD:
            return Line.HELD
        case StepState.MISSED:
            return Line.MISSED
        case StepState.DONE | StepState.CANCELLED | StepState.ABANDONED:
            return Line.NONE
        case _:
            assert_never(standing.state)
