"""(day) -> the rows each topic shows. Pure; what a screen may know is decided here and nowhere else.

Hall rows are built from numbers and places only: the row types have no field for anything else, and a
discreet clinic is in no hall at all. `names:` topics are fed by the people room, not from here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from queue_server.engine import calling, estimates
from queue_server.engine.draft import Draft
from queue_server.engine.events import (
    AlertChanged,
    AlertRaised,
    Announced,
    ClinicChanged,
    ClockAccepted,
    DayClosed,
    DayOpened,
    Event,
    IntakeChanged,
    PrintChanged,
    PrintIssued,
    SiteChanged,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitRegistered,
)
from queue_server.engine.facility import EXAM_SLOT, ClinicPlan, Facility, Hall, Route
from queue_server.engine.lanes import lane_of
from queue_server.engine.model import (
    BUSY,
    OPEN,
    Announcement,
    Clinic,
    Day,
    Sign,
    Standing,
    Step,
    TicketPrint,
    Visit,
)
from queue_server.engine.places import label, place_of_clinic, place_of_service, place_of_step
from queue_server.protocol import rows as row
from queue_server.protocol.codes import (
    ClinicState,
    HallState,
    Notice,
    PrintState,
    Result,
    SignOrigin,
    StepState,
)
from queue_server.protocol.labels import CallSign
from queue_server.protocol.questions import Stop
from queue_server.protocol.rows import Row
from queue_server.speech import spoken_call

LONGEST_LINE = 60
"""Queued steps a clinic's topic shows; nobody reads further down, and every screen pays for each row."""
COARSE_ABOVE = 10
"""Up to here a patient is told the exact number of people ahead, above it in steps of five."""

Rows = dict[str, Row]


def rows(day: Day, topic: str) -> Rows | None:
    """All rows of a topic by key, or None when the facility has no such topic."""
    kind, _, name = topic.partition(":")
    build = _BUILDERS.get(kind)
    made = build(day, name) if build else None
    return None if made is None else {made_row.key: made_row for made_row in made}


def touched(day: Day, events: Sequence[Event]) -> set[str]:
    """Topics whose rows may differ after these events; all of them, named `*`, after a new day or site.

    Of `visit:` topics only those of the visits named in the events: how many are before the others is coarse
    news, which nobody has to look for at every event.
    """
    topics: set[str] = set()
    for event in events:
        match event:
            case StepAdded():
                _touch_step(day, topics, event.visit, event.service, event.standing)
            case StepChanged():
                step = day.steps[event.step]
                _touch_step(day, topics, step.visit, step.service, event.was)
                _touch_step(day, topics, step.visit, step.service, event.now)
            case VisitRegistered() | VisitChanged():
                topics.add("facility")
                _touch_visit(day, topics, event.visit)
            case ClinicChanged():
                _touch_clinic(day, topics, event.clinic)
            case PrintIssued() | PrintChanged():
                topics |= {"devices", f"journey:{day.prints[event.print].visit}"}
            case AlertRaised() | AlertChanged() | ClockAccepted():
                topics |= {"devices", "facility"}
            case DayOpened() | DayClosed() | SiteChanged() | IntakeChanged():
                topics.add("*")
            case Announced():
                topics |= {f"hall:{hall}" for hall in ([event.hall] if event.hall else day.facility.halls)}
                topics.add("facility")
            case _:
                pass
    return topics


_COME = frozenset({StepState.PREPARED, StepState.CALLED, StepState.MISSED})


def urgent(day: Day, events: Sequence[Event]) -> set[str]:
    """`visit:` topics whose patient has to know at once: prepared, called, missed, moved, sent home."""
    topics: set[str] = set()
    for event in events:
        match event:
            case StepChanged(was=was, now=now):
                state = was.state is not now.state and (was.state in _COME or now.state in _COME)
                if state or was.clinic != now.clinic or was.times_called != now.times_called:
                    topics.add(f"visit:{day.visits[day.steps[event.step].visit].token}")
            case VisitChanged(was=before, now=after):
                if before.end is not after.end:
                    topics.add(f"visit:{day.visits[event.visit].token}")
            case _:
                pass
    return topics


def _touch_step(day: Day, topics: set[str], visit: str, service: str, standing: Standing) -> None:
    topics.add("facility")
    if standing.clinic:
        _touch_clinic(day, topics, standing.clinic)
    elif standing.state in OPEN:
        for clinic in clinics_of(day.facility, service):
            topics.add(f"clinic:{clinic}")
    _touch_visit(day, topics, visit)


def _touch_clinic(day: Day, topics: set[str], clinic: str) -> None:
    topics |= {"facility", f"clinic:{clinic}", f"hall:{day.facility.clinics[clinic].hall}"}


def _touch_visit(day: Day, topics: set[str], visit: str) -> None:
    """The visit's own pages, and every place where it waits or is shown: busy elsewhere, another lane."""
    known = day.visits[visit]
    topics |= {f"visit:{known.token}", f"journey:{visit}"}
    for step in known.steps:
        standing = day.steps[step].standing
        if standing.state in OPEN and standing.clinic:
            topics |= {f"clinic:{standing.clinic}", f"hall:{day.facility.clinics[standing.clinic].hall}"}
        elif standing.result is Result.PENDING and standing.clinic:
            topics.add(f"clinic:{standing.clinic}")
        elif standing.state in OPEN:
            topics |= {f"clinic:{clinic}" for clinic in clinics_of(day.facility, day.steps[step].service)}


# hall:<id> -------------------------------------------------------------------------------------------

_HALL_STATES = {
    StepState.CALLED: HallState.CALLED,
    StepState.PREPARED: HallState.PREPARED,
    StepState.MISSED: HallState.MISSED,
}


def _hall(day: Day, hall: str) -> Iterable[Row] | None:
    own = day.facility.halls.get(hall)
    if own is None:
        return None
    plans = [plan for plan in day.facility.clinics.values() if plan.hall == hall and not plan.discreet]
    made: list[Row] = [_hall_card(own)]
    for plan in plans:
        clinic = day.clinics[plan.id]
        made.append(_hall_place(day, plan, clinic))
        for step in (*clinic.in_hand, *clinic.bound, *clinic.missed):
            made += _hall_call(day, plan, day.steps[step])
    made += [_hall_notice(told) for told in day.announcements.values() if told.hall in ("", hall)]
    return made


def _hall_card(hall: Hall) -> row.HallCard:
    return row.HallCard(key=f"hall:{hall.id}", name=label(hall.name), floor=label(hall.floor))


def _hall_notice(told: Announcement) -> row.HallNotice:
    return row.HallNotice(key=f"notice:{told.hall}", notice=told.notice, at=told.at, until=told.until or None)


def _hall_place(day: Day, plan: ClinicPlan, clinic: Clinic) -> row.HallPlace:
    return row.HallPlace(
        key=plan.id,
        place=label(plan.public),
        room=plan.room,
        state=clinic.part.state,
        notice=_notice(day, clinic),
        news_at=clinic.part.news_at or None,
        waiting=len(clinic.bound),
    )


def _notice(day: Day, clinic: Clinic) -> Notice | None:
    match clinic.part.state:
        case ClinicState.OPEN:
            return None
        case ClinicState.PAUSED:
            reason = day.facility.reasons.get(clinic.part.reason)
            return Notice(reason.notice) if reason and reason.notice else Notice.PAUSED
        case ClinicState.DRAINING:
            return Notice.DRAINING
        case ClinicState.CLOSED:
            return Notice.CLOSED


def _hall_call(day: Day, plan: ClinicPlan, step: Step) -> list[Row]:
    standing = step.standing
    state = _HALL_STATES.get(standing.state)
    if state is None:
        return []
    text = sign(day, step).text
    called = state is HallState.CALLED
    return [
        row.HallCall(
            key=step.id,
            state=state,
            call_sign=text,
            place=label(plan.public),
            room=plan.room,
            clinic=plan.id,
            at=standing.last_call_at,
            times_called=standing.times_called,
            say=spoken_call(text, plan.room, plan.kind) if called else (),
        )
    ]


# clinic:<id> -----------------------------------------------------------------------------------------


def _clinic(day: Day, name: str) -> Iterable[Row] | None:
    plan = day.facility.clinics.get(name)
    if plan is None:
        return None
    clinic = day.clinics[name]
    line = calling.order(day, name)
    in_line = set(line)
    others = [step for step in _concerned(day, plan, clinic) if step not in in_line]
    card = _clinic_card(day, plan, clinic, line)
    shown = enumerate(line[:LONGEST_LINE], 1)
    queued = [_clinic_step(day, name, day.steps[step], place) for place, step in shown]
    return [card, *queued, *(_clinic_step(day, name, day.steps[step], 0) for step in others)]


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


def _clinic_step(day: Day, clinic: str, step: Step, order: int) -> row.ClinicStep:
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


# facility, devices -----------------------------------------------------------------------------------


def _facility(day: Day, name: str) -> Iterable[Row] | None:
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
    made += [
        row.FacilityReason(key=f"reason:{why.id}", reason=why.id, kind=why.kind, label=label(why.label))
        for why in plan.reasons.values()
    ]
    where = {who: clinic.id for clinic in day.clinics.values() for who in clinic.part.practitioners}
    made += [
        row.FacilityPractitioner(
            key=f"practitioner:{who.id}", practitioner=who.id, name=who.name, clinic=where.get(who.id, "")
        )
        for who in plan.practitioners.values()
    ]
    made += [_hall_card(hall) for hall in plan.halls.values()]
    made += [_hall_notice(told) for told in day.announcements.values()]
    return [*made, *_alerts(day)]


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
    )


def _alerts(day: Day) -> list[Row]:
    return [
        row.Alert(
            key=f"alert:{alert.id}",
            alert=alert.id,
            kind=alert.kind,
            subject=alert.subject,
            at=alert.part.at,
            detail=alert.detail,
        )
        for alert in day.alerts.values()
        if not alert.part.acknowledged_at or alert.id == day.clock_doubt
    ]


_LOOSE_PRINTS = frozenset({PrintState.ISSUED, PrintState.SENT, PrintState.STALLED, PrintState.UNKNOWN})


def _devices(day: Day, name: str) -> Iterable[Row] | None:
    if name:
        return None
    return [
        *_alerts(day),
        *(_print(paper) for paper in day.prints.values() if paper.part.state in _LOOSE_PRINTS),
    ]


def _print(paper: TicketPrint) -> row.Print:
    return row.Print(
        key=f"print:{paper.id}",
        print=paper.id,
        visit=paper.visit,
        number=paper.part.number,
        kiosk=paper.device,
        state=paper.part.state,
        at=paper.part.at,
        reason=paper.part.reason,
    )


# catalogue, kiosk:<id> -------------------------------------------------------------------------------


def _catalogue(day: Day, name: str) -> Iterable[Row] | None:
    if name:
        return None
    plan = day.facility
    return [
        row.CatalogueFacility(
            key="facility",
            name=label(plan.name),
            time_zone=plan.time_zone,
            ticket_url=plan.ticket_url,
            offline_place=place_of_service(Draft(day), plan.reception),
            offline_letter="K",
            texts_vi=plan.texts_vi,
            texts_en=plan.texts_en,
        ),
        *(
            row.CatalogueService(
                key=f"service:{service.id}",
                service=service.id,
                name=label(service.name),
                kind=service.kind,
                choosable=service.choosable,
                stopped=service.id in day.intake_stopped,
            )
            for service in plan.services.values()
        ),
        *(
            row.CataloguePayer(
                key=f"payer:{payer.id}", payer=payer.id, label=label(payer.label), insured=payer.insured
            )
            for payer in plan.payers.values()
        ),
        *(_catalogue_route(day, route) for route in plan.routes.values()),
    ]


def _catalogue_route(day: Day, route: Route) -> row.CatalogueRoute:
    first = route.steps[0]
    return row.CatalogueRoute(
        key=f"route:{route.id}",
        route=route.id,
        payer=route.payer,
        kind=route.kind,
        label=label(route.label),
        asks_service=EXAM_SLOT in route.steps,
        first=place_of_service(Draft(day), day.facility.reception if first == EXAM_SLOT else first),
        identified=route.identified,
    )


def _kiosk(day: Day, name: str) -> Iterable[Row] | None:
    plan = day.facility.kiosks.get(name)
    if plan is None:
        return None
    return [
        row.KioskState(
            key=name, ordinal=plan.ordinal, day=day.day, hall=plan.hall, intake=day.intake_stopped.get("", "")
        )
    ]


# journey:<visit> -------------------------------------------------------------------------------------


def _journey(day: Day, name: str) -> Iterable[Row] | None:
    visit = day.visits.get(name)
    if visit is None:
        return None
    steps = (day.steps[step] for step in visit.steps)
    papers = (day.prints.get(f"{name}/p{count}") for count in range(1, visit.prints + 1))
    return [
        _visit_card(visit),
        *(_journey_step(day, step) for step in steps),
        *(_print(paper) for paper in papers if paper is not None),
    ]


def _journey_step(day: Day, step: Step) -> Row:
    clinic = step.standing.clinic
    return replace(_clinic_step(day, clinic, step, 0), clinic=clinic, own=bool(clinic))


# visit:<token> ---------------------------------------------------------------------------------------


def _visit(day: Day, token: str) -> Iterable[Row] | None:
    visit_id = day.tokens.get(token)
    if visit_id is None:
        return None
    visit = day.visits[visit_id]
    return [_visit_card(visit), *(_visit_stop(day, stop) for stop in stops(day, visit))]


def _visit_card(visit: Visit) -> row.VisitCard:
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
    )


def stops(day: Day, visit: Visit) -> list[Stop]:
    """The stops of a visit as its holder may see them, in their order, without those that were cancelled."""
    steps = (day.steps[step] for step in visit.steps)
    return [_stop(day, step) for step in steps if step.standing.state is not StepState.CANCELLED]


def _stop(day: Day, step: Step) -> Stop:
    draft, standing, shown = Draft(day), step.standing, sign(day, step)
    there = standing.state in BUSY and standing.clinic
    return Stop(
        step=step.id,
        state=standing.state,
        place=place_of_clinic(draft, standing.clinic) if there else place_of_step(draft, step.id),
        call_sign=CallSign(text=shown.text, origin=shown.origin),
        ahead=calling.ahead(day, step.id),
        returning=step.returning,
    )


def coarse(ahead: int | None) -> int | None:
    """People ahead as a patient is told: exact up to ten, then rounded up to five."""
    if ahead is None or ahead <= COARSE_ABOVE:
        return ahead
    return -(-ahead // 5) * 5


# shared ----------------------------------------------------------------------------------------------


def sign(day: Day, step: Step) -> Sign:
    """What is shown and spoken for a step: its call sign, or the visit number while it has none."""
    return step.standing.call_sign or Sign(day.visits[step.visit].part.number, SignOrigin.VISIT)


def clinics_of(facility: Facility, service: str) -> list[str]:
    """The clinics that serve a service, as planned."""
    return [name for name, plan in facility.clinics.items() if service in plan.services]


_BUILDERS: dict[str, Callable[[Day, str], Iterable[Row] | None]] = {
    "hall": _hall,
    "clinic": _clinic,
    "facility": _facility,
    "devices": _devices,
    "catalogue": _catalogue,
    "kiosk": _kiosk,
    "journey": _journey,
    "visit": _visit,
}
