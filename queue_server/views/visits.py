"""`visit:` topics for the holder of a ticket, `journey:` topics for staff."""

from collections.abc import Iterable

from msgspec.structs import replace

from queue_server.engine import calling
from queue_server.engine.advice import suggested
from queue_server.engine.draft import Draft
from queue_server.engine.model import BUSY, OPEN, Day, Step, Visit
from queue_server.engine.places import place_of_clinic, place_of_step
from queue_server.engine.routes import patients_gates
from queue_server.protocol import rows as row
from queue_server.protocol.codes import GateName, StepState
from queue_server.protocol.labels import CallSign
from queue_server.protocol.questions import Stop
from queue_server.protocol.rows import Row
from queue_server.views.clinics import clinic_step
from queue_server.views.devices import print_row
from queue_server.views.shared import coarse, due_at, sign


def journey_rows(day: Day, name: str) -> Iterable[Row] | None:
    """All steps and papers of one visit, for staff; None when there is no such visit."""
    visit = day.visits.get(name)
    if visit is None:
        return None
    steps = (day.steps[step] for step in visit.steps)
    places = suggested(Draft(day), name)
    papers = (day.prints.get(f"{name}/p{count}") for count in range(1, visit.prints + 1))
    return [
        visit_card(visit),
        *(_journey_step(day, step, places.get(step.id, 0)) for step in steps),
        *(print_row(paper) for paper in papers if paper is not None),
    ]


def _journey_step(day: Day, step: Step, suggested: int) -> Row:
    clinic = step.standing.clinic
    return replace(clinic_step(day, clinic, step, 0), clinic=clinic, own=bool(clinic), suggested=suggested)


def visit_rows(day: Day, token: str) -> Iterable[Row] | None:
    """What the holder of a ticket may see; None when nobody holds it."""
    visit_id = day.tokens.get(token)
    if visit_id is None:
        return None
    visit = day.visits[visit_id]
    return [visit_card(visit), *(_visit_stop(day, stop) for stop in stops(day, visit))]


def visit_card(visit: Visit) -> row.VisitCard:
    """The visit itself."""
    part = visit.part
    return row.VisitCard(key="visit", number=part.number, lane=part.lane, ended=part.end or "")


def _visit_stop(day: Day, stop: Stop) -> row.VisitStop:
    return row.VisitStop(
        key=stop.step,
        state=stop.state,
        place=stop.place,
        call_sign=stop.call_sign,
        ahead=coarse(stop.ahead),
        returning=stop.returning,
        before={called: coarse(count) or 0 for called, count in stop.before.items()},
        facts=stop.facts,
        needs=stop.needs,
        suggested=stop.suggested,
        # That somebody is back with the results is said where they stand, at a kiosk.
        may_open=tuple(gate for gate in stop.may_open if gate is not GateName.RESULT),
        due_at=stop.due_at,
        not_before=stop.not_before,
        usually_by=stop.usually_by,
    )


def stops(day: Day, visit: Visit) -> list[Stop]:
    """The stops of a visit as its holder may see them, in their order, without those that were cancelled."""
    steps = (day.steps[step] for step in visit.steps)
    places = suggested(Draft(day), visit.id)
    return [
        _stop(day, step, places.get(step.id, 0))
        for step in steps
        if step.standing.state is not StepState.CANCELLED
    ]


def _stop(day: Day, step: Step, suggested: int) -> Stop:
    draft, standing, shown = Draft(day), step.standing, sign(day, step)
    there = standing.state in BUSY and standing.clinic
    line, promise = calling.place_in_line(draft, step.id), day.promises.get(step.id)
    return Stop(
        step=step.id,
        state=standing.state,
        place=place_of_clinic(draft, standing.clinic) if there else place_of_step(draft, step.id),
        call_sign=CallSign(text=shown.text, origin=shown.origin),
        ahead=None if line is None else sum(line.before.values()),
        returning=step.returning,
        before=line.before if line else {},
        facts=line.facts if line else (),
        suggested=suggested,
        needs=step.needs if standing.state in OPEN else (),
        may_open=patients_gates(draft, step.id),
        due_at=due_at(step),
        not_before=promise.not_before if promise else None,
        usually_by=promise.usually_by if promise else None,
    )
