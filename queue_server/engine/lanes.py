"""In which lane a step waits."""

from queue_server.engine.model import Step, VisitPart
from queue_server.protocol.codes import Lane

ABOVE_RETURNING = frozenset({Lane.URGENT, Lane.PRIORITY})


def lane_of(step: Step, part: VisitPart) -> Lane:
    """The visit's lane; who comes back with results returns in the returning lane unless theirs is higher."""
    if step.returning and part.lane not in ABOVE_RETURNING:
        return Lane.RETURNING
    return part.lane
