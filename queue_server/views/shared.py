"""What several topics show."""

from queue_server.engine.model import OPEN, Day, Sign, Step
from queue_server.protocol.codes import GateName, SignOrigin

COARSE_ABOVE = 10
"""Up to here a patient is told the exact number of people ahead, above it in steps of five."""


def sign(day: Day, step: Step) -> Sign:
    """What is shown and spoken for a step: its call sign, or the visit number while it has none."""
    return step.standing.call_sign or Sign(day.visits[step.visit].part.number, SignOrigin.VISIT)


def due_at(step: Step) -> int | None:
    """The moment (ms) before which an open step does not begin because of a gap, a repeat or a session; None
    when it has none."""
    gates = step.standing.gates if step.standing.state in OPEN else ()
    return max((gate.at for gate in gates if gate.name is GateName.NOT_BEFORE), default=None)


def coarse(ahead: int | None) -> int | None:
    """People ahead as a patient is told: exact up to ten, then rounded up to five."""
    if ahead is None or ahead <= COARSE_ABOVE:
        return ahead
    return -(-ahead // 5) * 5
