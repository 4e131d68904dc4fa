"""In which lane a step waits, and as what it is called."""

from queue_server.engine.model import Call, Standing, Step, VisitPart
from queue_server.protocol.codes import AgeGroup, CalledAs, Lane, Need, Punctuality

AGES_FIRST = frozenset({AgeGroup.UNDER_6, AgeGroup.FROM_75})
"""Ages that the law puts first (Law 15/2023/QH15, article 3)."""
ABOVE_RETURNING = frozenset({Lane.URGENT, Lane.PRIORITY})
_LIFTED = {Lane.URGENT: CalledAs.URGENT, Lane.PRIORITY: CalledAs.PRIORITY}


def lane_of(step: Step, part: VisitPart) -> Lane:
    """The visit's lane; who comes back with results returns in the returning lane unless theirs is higher."""
    if step.returning and part.lane not in ABOVE_RETURNING:
        return Lane.RETURNING
    return part.lane


def called_as(step: Step, part: VisitPart) -> CalledAs:
    """As what the step is called, whether or not a call was missed: the highest that holds.

    Who comes late to an appointment waits like those without one.
    """
    lifted = _LIFTED.get(part.lane)
    if lifted is not None:
        return lifted
    if step.returning or part.lane is Lane.RETURNING:
        return CalledAs.RETURNING
    if part.lane is Lane.APPOINTMENT and part.punctuality is not Punctuality.LATE:
        return CalledAs.APPOINTMENT
    return CalledAs.FASTING if Need.FASTING in step.needs else CalledAs.ORDINARY


def undeclared(part: VisitPart) -> Lane:
    """The lane of a visit without what anybody declared: of its appointment, or as everybody."""
    kept = part.appointment and part.punctuality is not Punctuality.LATE
    return Lane.APPOINTMENT if kept else Lane.WALK_IN


def call_of(step: Step, part: VisitPart, was: Standing, now: Standing, why: str) -> Call:
    """What a clinic remembers of a call. was, now: the step's standing before and after it."""
    return Call(step.id, called_as(step, part), was.behind > 0, was.since, now.called_at, why)


def reorders(was: VisitPart, now: VisitPart) -> bool:
    """Whether a change of a visit may give its waiting steps other places."""
    return (was.lane, was.number, was.punctuality) != (now.lane, now.number, now.punctuality)
