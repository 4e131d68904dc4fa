"""`clinic:` topics: the line as its staff sees it."""

from collections.abc import Iterable, Sequence

from queue_server.engine import calling, policies
from queue_server.engine.draft import Draft
from queue_server.engine.estimates import finishable
from queue_server.engine.facility import ClinicPlan
from queue_server.engine.hours import works_until
from queue_server.engine.lanes import called_as, lane_of
from queue_server.engine.model import Clinic, Day, Step, Visit
from queue_server.engine.places import label
from queue_server.protocol import rows as row
from queue_server.protocol.labels import CallSign
from queue_server.protocol.rows import Row
from queue_server.views.proposals import proposal_of
from queue_server.views.shared import due_at, sign

LONGEST_LINE = 60
"""Queued steps a clinic's topic shows; nobody reads further down, and every screen pays for each row."""


def clinic_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The rows of one clinic; None when the facility has no such clinic."""
    plan = day.facility.clinics.get(name)
    if plan is None:
        return None
    clinic = day.clinics[name]
    places = calling.explain(day, name, LONGEST_LINE)
    shown = {place.step for place in places}
    others = [step for step in _concerned(day, plan, clinic) if step not in shown]
    card = _clinic_card(day, plan, clinic, places)
    queued = [clinic_step(day, name, day.steps[place.step], n, place) for n, place in enumerate(places, 1)]
    concerned = (clinic_step(day, name, day.steps[step], 0) for step in others)
    return [card, *proposal_of(day, name), *queued, *concerned]


def _concerned(day: Day, plan: ClinicPlan, clinic: Clinic) -> list[str]:
    """Whom the staff has to see beside the order: in hand, missed, held, waiting but not to be called
    now, to come back, on the way, and whose result is still to come from here."""
    held = [
        step
        for step in sorted(day.held)
        if (here := day.steps[step]).standing.clinic == clinic.id
        or (not here.standing.clinic and here.service in plan.services)
    ]
    planned = sorted(clinic.planned, key=lambda step: (not day.steps[step].returning, step))
    return [
        *clinic.in_hand,
        *sorted(clinic.missed),
        *held,
        *calling.in_no_order(day, plan.id, LONGEST_LINE),
        *planned[:LONGEST_LINE],
        *sorted(clinic.results, key=lambda step: (day.steps[step].standing.ended_at, step))[:LONGEST_LINE],
    ]


def _clinic_card(
    day: Day, plan: ClinicPlan, clinic: Clinic, places: Sequence[calling.Place]
) -> row.ClinicCard:
    act = clinic.act
    # Nobody asks a long line one by one who is ready.
    waiting = len(places) if len(places) < LONGEST_LINE else calling.in_line(day, plan.id)
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
        waiting=waiting,
        served=clinic.served,
        next_step=places[0].step if places else None,
        printer=bool(plan.printer),
        why_empty={} if places else calling.why_empty(Draft(day), plan.id),
        rule=policies.name_of(policies.in_force(day.facility, plan.id, day.now)),
        courtesy=dict(clinic.courtesy),
        session_ends=works_until(day, plan.id, day.now),
        finishable=finishable(Draft(day), plan.id, waiting),
    )


def clinic_step(
    day: Day, clinic: str, step: Step, order: int, place: calling.Place | None = None
) -> row.ClinicStep:
    """One step as a clinic's staff sees it. order: 1 is next, 0 when it can't be called now. place: why it
    stands where it stands, None when that is in no line."""
    visit, standing, promise = day.visits[step.visit], step.standing, day.promises.get(step.id)
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
        notes=visit.part.notes,
        held_until=standing.held_until or None,
        result=standing.result,
        assigned_by=standing.assigned_by,
        practitioner=standing.practitioner,
        external=visit.part.external,
        appointment_at=_appointment_at(day, visit, step),
        not_before=promise.not_before if promise else None,
        usually_by=promise.usually_by if promise else None,
        needs=step.needs,
        due_at=due_at(step),
        called_as=place.called_as if place else called_as(step, visit.part),
        before=place.before if place else {},
        facts=place.facts if place else calling.why_not(day, step.id),
    )


def _appointment_at(day: Day, visit: Visit, step: Step) -> int | None:
    """The appointed moment of a step, ms; None where the appointment is for another one, or there is none."""
    booked = day.appointments.get(visit.part.appointment) if visit.part.appointment else None
    return booked.at if booked is not None and booked.service == step.service else None


def _busy_at(day: Day, visit: Visit, step: Step) -> str:
    """The clinic where this patient is prepared, called or served, if not by this very step."""
    return day.steps[visit.busy].standing.clinic if visit.busy and visit.busy != step.id else ""
