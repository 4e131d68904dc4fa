"""What a clinic can still do before its session ends."""

from queue_server.engine.draft import Draft
from queue_server.engine.estimates import pace_ms
from queue_server.engine.hours import works_until


def finishable(draft: Draft, clinic: str, waiting: int) -> int | None:
    """How many of the `waiting` people in a clinic's line it can still call before its session ends, at its
    present pace; None while no session runs there that ends today."""
    ends = works_until(draft.day, clinic, draft.now)
    if ends is None:
        return None
    plan = draft.facility.clinics[clinic]
    turn = sum(pace_ms(draft, clinic, service) for service in plan.services) // len(plan.services)
    return min(waiting, (ends - draft.now) * plan.places // max(turn, 1))
