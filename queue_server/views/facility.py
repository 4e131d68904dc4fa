"""The `facility` topic: what every desk sees of the whole house."""

from collections import Counter
from collections.abc import Iterable

from queue_server.engine import desks, estimates
from queue_server.engine.draft import Draft
from queue_server.engine.facility import ClinicPlan
from queue_server.engine.hours import works_until
from queue_server.engine.model import Day
from queue_server.engine.places import label
from queue_server.protocol import rows as row
from queue_server.protocol.codes import ClinicState
from queue_server.protocol.rows import Row
from queue_server.views.devices import alerts, papers_to_see_to
from queue_server.views.halls import hall_card, hall_notice
from queue_server.views.his import disagreements, waiting_for_a_desk
from queue_server.views.proposals import proposal_of
from queue_server.views.shared import sign


def facility_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The topic's rows; None when it has no such name."""
    if name:
        return None
    plan = day.facility
    made: list[Row] = [
        row.FacilityCard(
            key="facility",
            name=label(plan.name),
            day=day.day,
            open_visits=day.open_visits,
            ended_visits=day.ended_visits,
            intake=day.intake_stopped.get("", ""),
            offline=len(day.offline),
        )
    ]
    made += [_facility_clinic(day, clinic) for clinic in plan.clinics.values()]
    bound = Counter(day.steps[step].service for clinic in day.clinics.values() for step in clinic.bound)
    made += [
        row.FacilityService(
            key=f"service:{service.id}",
            service=service.id,
            name=label(service.name),
            kind=service.kind,
            pooled=len(day.pools.get(service.id, ())),
            waiting=len(day.pools.get(service.id, ())) + bound[service.id],
            intake=day.intake_stopped.get(service.id, ""),
            binding=service.binding,
        )
        for service in plan.services.values()
    ]
    for visit in sorted(day.directions):
        part = day.visits[visit].part
        if part.wait is not None:
            since = part.wait_since
            made.append(
                row.FacilityVisit(key=visit, visit=visit, number=part.number, wait=part.wait, since=since)
            )
    made += [waits for waits in waiting_for_a_desk(day) if waits.visit not in day.directions]
    made += disagreements(day)
    made += [
        row.FacilityReason(
            key=f"reason:{why.id}", reason=why.id, kind=why.kind, label=label(why.label), quota=why.quota
        )
        for why in plan.reasons.values()
    ]
    where = {who: clinic.id for clinic in day.clinics.values() for who in clinic.part.practitioners}
    made += [
        row.FacilityPractitioner(
            key=f"practitioner:{who.id}", practitioner=who.id, name=who.name, clinic=where.get(who.id, "")
        )
        for who in plan.practitioners.values()
    ]
    made += [hall_card(hall) for hall in plan.halls.values()]
    made += [hall_notice(told) for told in day.announcements.values()]
    made += [told for clinic in sorted(day.proposed) for told in proposal_of(day, clinic)]
    return [*made, *papers_to_see_to(day), *alerts(day)]


def _facility_clinic(day: Day, plan: ClinicPlan) -> row.FacilityClinic:
    clinic = day.clinics[plan.id]
    return row.FacilityClinic(
        key=f"clinic:{plan.id}",
        clinic=plan.id,
        name=label(plan.name),
        room=plan.room,
        kind=plan.kind,
        hall=plan.hall,
        state=clinic.part.state,
        services=plan.services,
        waiting=len(clinic.bound),
        serving=tuple(sign(day, day.steps[step]).text for step in clinic.in_hand),
        practitioners=clinic.part.practitioners,
        expected=estimates.expected(Draft(day), plan.id) if clinic.part.state is ClinicState.OPEN else None,
        insured=desks.insured_exams(day, plan.id),
        advice=desks.advice(day, plan.id),
        session_ends=works_until(day, plan.id, day.now),
        finishable=estimates.finishable(Draft(day), plan.id, _line(day, plan)),
        courtesy=dict(clinic.courtesy),
    )


def _line(day: Day, plan: ClinicPlan) -> int:
    """Those whom the clinic may call: bound to it, and in the pools of its services."""
    return len(day.clinics[plan.id].bound) + sum(len(day.pools.get(name, ())) for name in plan.services)
