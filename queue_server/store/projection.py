"""The `visit` and `step` rows: the latest state of each, for statistics, exports and looks into older days.

The columns are what people search and count by; `body` is the whole, in the journal's form. Nothing is ever
folded from them: they may be rebuilt from the journal at any time.
"""

from typing import NamedTuple

from queue_server.engine.model import Step, Visit
from queue_server.store.reading import whole


class VisitRow(NamedTuple):
    """A visit on its service day. person: random reference. end: empty while open. Moments in ms, 0 = not
    yet."""

    day: str
    id: str
    number: str
    token: str
    person: str | None
    payer: str
    kind: str
    lane: str
    arrived_at: int
    end: str
    ended_at: int
    body: bytes


class StepRow(NamedTuple):
    """A step on its service day. Moments in ms, 0 = not yet."""

    day: str
    id: str
    visit: str
    service: str
    clinic: str
    practitioner: str
    state: str
    queued_at: int
    called_at: int
    started_at: int
    ended_at: int
    body: bytes


def visit_row(visit: Visit, day: str) -> VisitRow:
    """The row a visit has after a batch of this day."""
    part = visit.part
    return VisitRow(
        day,
        visit.id,
        part.number,
        visit.token,
        visit.person,
        visit.payer,
        visit.kind,
        part.lane.value,
        visit.arrived_at,
        "" if part.end is None else part.end.value,
        part.ended_at,
        whole(visit),
    )


def step_row(step: Step, day: str) -> StepRow:
    """The row a step has after a batch of this day."""
    standing = step.standing
    return StepRow(
        day,
        step.id,
        step.visit,
        step.service,
        standing.clinic,
        standing.practitioner,
        standing.state.value,
        standing.queued_at,
        standing.called_at,
        standing.started_at,
        standing.ended_at,
        whole(step),
    )
