"""The `his` topic: what the link to the hospital's own system follows.

All of today stays in it, so that a link that was away misses nothing. It is long on a busy day: a batch looks
only at the visits that it touched (`his_changes`).
"""

from collections.abc import Iterable, Sequence

from queue_server.engine import authority
from queue_server.engine.draft import Draft
from queue_server.engine.events import Event, StepAdded, StepChanged, VisitChanged, VisitRegistered
from queue_server.engine.model import Day, Step, Visit
from queue_server.protocol import rows as row
from queue_server.protocol.codes import Authority, VisitWait
from queue_server.protocol.labels import CallSign
from queue_server.protocol.rows import Row

TOPIC = "his"


def his_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The topic's rows; None when it has no such name."""
    if name:
        return None
    return [made for visit in day.visits.values() for made in _visit_rows(day, visit)]


def his_changes(day: Day, events: Sequence[Event]) -> list[Row]:
    """The rows that may differ after these events of one day; none of them ever goes."""
    touched: dict[str, None] = {}
    for event in events:
        match event:
            case StepAdded() | VisitRegistered() | VisitChanged():
                touched[event.visit] = None
            case StepChanged():
                touched[day.steps[event.step].visit] = None
            case _:
                continue
    return [made for visit in touched for made in _visit_rows(day, day.visits[visit])]


def _visit_rows(day: Day, visit: Visit) -> Iterable[Row]:
    part = visit.part
    yield row.HisVisit(
        key=f"visit:{visit.id}",
        visit=visit.id,
        number=part.number,
        arrived_at=visit.arrived_at,
        external=part.external,
        ended=part.end or "",
    )
    for name in visit.steps:
        step = day.steps[name]
        if step.service in day.facility.services:
            yield _step_row(day, visit, step)


def _step_row(day: Day, visit: Visit, step: Step) -> row.HisStep:
    standing = step.standing
    sign = standing.call_sign
    return row.HisStep(
        key=step.id,
        visit=visit.id,
        number=visit.part.number,
        service=step.service,
        authority=day.facility.services[step.service].authority,
        state=standing.state,
        clinic=standing.clinic,
        practitioner=standing.practitioner,
        call_sign=CallSign(text=sign.text, origin=sign.origin) if sign else None,
        assigned_by=standing.assigned_by,
        awaiting_until=authority.answer_due(standing),
        needs_a_desk=authority.needs_a_desk(standing) is not None,
        returning=step.returning,
        gates=tuple(gate.name for gate in standing.gates if not gate.open),
        times_called=standing.times_called,
        called_at=standing.called_at or None,
        started_at=standing.started_at or None,
        ended_at=standing.ended_at or None,
        end=standing.end,
        result=standing.result,
    )


def waiting_for_a_desk(day: Day) -> list[row.FacilityVisit]:
    """Whom the HIS did not take over: a desk has to name the room."""
    draft, made = Draft(day), []
    for plan in day.facility.services.values():
        if plan.authority is not Authority.WE_LEAD:
            continue
        for name in sorted(day.planned.get(plan.id, ())):
            since = authority.needs_a_desk(draft.standing(name))
            if since is not None:
                visit = day.visits[day.steps[name].visit]
                made.append(
                    row.FacilityVisit(
                        key=visit.id,
                        visit=visit.id,
                        number=visit.part.number,
                        wait=VisitWait.DIRECTION,
                        since=since,
                    )
                )
    return made


def disagreements(day: Day) -> list[row.FacilityDisagreement]:
    """Where the HIS says something else than we do, the oldest first."""
    return [
        row.FacilityDisagreement(
            key=f"disagreement:{key}",
            visit=said.visit,
            number=day.visits[said.visit].part.number if said.visit in day.visits else "",
            step=said.step,
            about=said.about,
            ours=said.ours,
            his=said.his,
            at=said.at,
        )
        for key, said in day.disagreements.items()
    ]
