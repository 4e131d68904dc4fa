"""`clinic:` topics: the line as its staff sees it."""

from collections.abc import Iterable, Sequence

from queue_server.engine import calling
from queue_server.engine.draft import Draft
from queue_server.engine.facility import ClinicPlan
from queue_server.engine.lanes import lane_of
from queue_server.engine.model import Clinic, Day, Step, Visit
from queue_server.engine.places import label
from queue_server.protocol import rows as row
from queue_server.protocol.labels import CallSign
from queue_server.protocol.rows import Row
from queue_server.views.shared import sign

LONGEST_LINE = 60
"""Queued steps a clinic's topic shows; nobody reads further down, and every screen pays for each row."""


def clinic_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The rows of one clinic; None when the facility has no such clinic."""
    plan = day.facility.clinics.get(name)
    if plan is None:
        return None
    clinic = day.clinics[name]
    line = calling.order(day, name)
    in_line = set(line)
    others = [step for step in _concerned(day, plan, clinic) if step not in in_line]
    card = _clinic_card(day, plan, clinic, line)
    shown = enumerate(line[:LONGEST_LINE], 1)
    queued = [clinic_step(day, name, day.steps[step], place) for place, step in shown]
    return [card, *queued, *(clinic_step(day, name, day.steps[step], 0) for step in others)]


def _concerned(day: Day, plan: ClinicPlan, clinic: Clinic) -> list[str]:
    """Whom the clinic's staff has to see: in hand, missed, held, to come back, waiting, on the way, and whose
    result is still to come from here."""
    held = [
        step
        for step in sorted(day.held)
        if (here := day.steps[step]).standing.clinic == clinic.id
        or (not here.standing.clinic and here.service in plan.services)
    ]
    pooled = [step for service in plan.services for step in sorted(day.pools.get(service, ()))]
    planned = sorted(clinic.planned, key=lambda step: (not day.steps[step].returning, step))
    waiting = [*sorted(clinic.bound), *pooled]
    return [
        *clinic.in_hand,
        *sorted(clinic.missed),
        *held,
        *waiting[:LONGEST_LINE],
        *planned[:LONGEST_LINE],
        *sorted(clinic.results, key=lambda step: (day.steps[step].standing.ended_at, step))[:LONGEST_LINE],
    ]


def _clinic_card(day: Day, plan: ClinicPlan, clinic: Clinic, line: Sequence[str]) -> row.ClinicCard:
    act = clinic.act
    return row.ClinicCard(
        key=plan.id,
        name=label(plan.name),
        room=plan.room,
        kind=plan.kind,
        hall=plan.hall,
        state=clinic.part.state,
        places=plan.places,
        services=plan.services,
        practitioners=clinic.part.practitioners,
        reason=clinic.part.reason,
        news_at=clinic.part.news_at or None,
        act=act.number if act else 0,
        act_change=act.change if act else "",
        act_sign=act.sign if act else "",
        waiting=len(line),
        served=clinic.served,
        next_step=line[0] if line else None,
        why_empty={} if line else calling.why_empty(Draft(day), plan.id),
    )


def clinic_step(day: Day, clinic: str, step: Step, order: int) -> row.ClinicStep:
    """One step as a clinic's staff sees it. order: 1 is next, 0 when it can't be called now."""
    visit, standing = day.visits[step.visit], step.standing
    return row.ClinicStep(
        key=step.id,
        visit=visit.id,
        number=visit.part.number,
        service=step.service,
        state=standing.state,
        lane=lane_of(step, visit.part),
        call_sign=CallSign(text=sign(day, step).text, origin=sign(day, step).origin),
        grant=visit.part.grant,
        order=order,
        since=standing.since,
        own=standing.clinic == clinic,
        returning=step.returning,
        times_called=standing.times_called,
        called_at=standing.called_at or None,
        gates=tuple(gate.name for gate in standing.gates if not gate.open),
        presence=visit.part.presence.kind,
        busy=_busy_at(day, visit, step),
        help=visit.part.help,
        held_until=standing.held_until or None,
        result=standing.result,
        assigned_by=standing.assigned_by,
        practitioner=standing.practitioner,
        external=visit.part.external,
    )


def _busy_at(day: Day, visit: Visit, step: Step) -> str:
    """The clinic where this patient is prepared, called or served, if not by this very step."""
    return day.steps[visit.busy].standing.clinic if visit.busy and visit.busy != step.id else ""
