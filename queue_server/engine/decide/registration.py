"""Opening a visit: who may, with which number, on which route, and what the ticket says."""

from collections.abc import Mapping

from queue_server.engine import appointments, journeys, sessions
from queue_server.engine.authority import asked_for, we_bind
from queue_server.engine.balancing import bind, clinic_at_check_in
from queue_server.engine.decide import checking_in
from queue_server.engine.decide.checking_in import Kept
from queue_server.engine.decide.checks import reject
from queue_server.engine.decide.prints import flag_offline, issue, one_more_paper, tell_of_two
from queue_server.engine.decision import Admission, Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import VisitRegistered
from queue_server.engine.facility import EXAM_SLOT, Facility, Route
from queue_server.engine.hours import day_starts
from queue_server.engine.lanes import AGES_FIRST
from queue_server.engine.model import Context, VisitPart
from queue_server.engine.numbering import next_number, offline, record_of, sign_at
from queue_server.engine.routes import chosen, find_route, known_part, plan_in_order
from queue_server.protocol.codes import (
    AssignedBy,
    Binding,
    ClinicKind,
    Grant,
    Lane,
    Note,
    Punctuality,
    Refusal,
    Role,
    StepChange,
    VisitEnd,
)
from queue_server.protocol.results import Ticket
from queue_server.protocol.values import replaced


def register(draft: Draft, admission: Admission, context: Context) -> Ticket | Rejection:
    """Open a visit, plan its route, bind what can be bound, and issue its ticket."""
    facility = draft.facility
    kiosk = offline(admission.number) if admission.number else None
    wished = admission
    if kiosk is not None:
        admission = _as_it_came(facility, admission)
    route = find_route(facility, admission.payer, admission.kind)
    if route is None and kiosk is None:
        return reject(Refusal.UNKNOWN_ROUTE, payer=admission.payer, kind=admission.kind)
    late_record = _is_of_an_earlier_day(draft, admission, context)
    wrong = None if late_record else _wrong_choice(draft, admission, context)
    if wrong is not None:
        return wrong
    appointment = None if late_record else checking_in.kept(draft, admission, route, mends=kiosk is not None)
    if isinstance(appointment, Rejection):
        return appointment
    if appointment is not None:
        admission = checking_in.as_booked(draft, admission, appointment)
    stopped = _intake_stopped(draft, admission, route) if route and not late_record else None
    here = None if late_record else _already_here(draft, admission)
    if here is not None:
        return (
            _one_more_paper(draft, here, admission, context) if kiosk is not None else _refer_to(draft, here)
        )
    if stopped is not None and kiosk is None:
        return stopped

    now_steps: tuple[str, ...]
    known = admission.person is not None and not admission.typed
    whole = route.steps if route else (EXAM_SLOT,)
    whole = chosen(whole, admission.service) if admission.service else whole
    if kiosk is not None or not known:
        asks = kiosk is None and facility.services[whole[0]].kind is ClinicKind.INFORMATION
        first = whole[0] if asks else facility.reception
        now_steps, left = (first,), tuple(s for s in whole if s != first)
    else:
        now_steps, left = known_part(whole)
        if not now_steps:
            now_steps = (facility.reception,)

    late_sessions: dict[str, int] | Rejection = {}
    if not late_record:
        late_sessions = _later_sessions(draft, admission, context, now_steps, kept=appointment is not None)
    if isinstance(late_sessions, Rejection):
        return late_sessions

    visit = f"{draft.day.day}-{draft.day.visit_ordinal + 1}"
    arrived_at = _arrival(draft, admission, context)
    lane, grant = _lane(facility, admission, appointment, context.actor.role)
    number = _number(draft, admission, facility.services[now_steps[0]].letter, late_record=late_record)
    is_ours = kiosk is not None and (late_record or number == admission.number)
    notes = () if kiosk is None else _notes(draft, wished, admission, is_stopped=stopped is not None)
    draft.register(
        VisitRegistered(
            visit,
            (_free_token(draft, admission) if is_ours else "") or context.fresh,
            # Who came on an earlier day may be here again today, and has one open visit.
            None if late_record else admission.person,
            admission.payer,
            admission.kind,
            admission.language,
            admission.age_group,
            arrived_at,
            context.actor.device,
            VisitPart(
                number,
                lane,
                grant,
                help=admission.help,
                route=route.id if route else "",
                route_left=left,
                appointment=appointment.reference if appointment else "",
                punctuality=appointment.punctuality if appointment else None,
                end=VisitEnd.DAY_ENDED if late_record else None,
                ended_at=draft.now if late_record else 0,
                notes=notes if kiosk is None or is_ours else (*notes, Note.NUMBER_TAKEN),
            ),
            draft.act,
        )
    )
    if appointment is not None:
        checking_in.check_in(draft, appointment, visit)
    if kiosk is not None:
        flag_offline(draft, kiosk)
        if not is_ours:
            tell_of_two(draft, kiosk, admission.number or "")
    if not late_record:
        steps = plan_in_order(draft, visit, now_steps, arrived_at, later=late_sessions)
        _bind_at_check_in(draft, visit, steps, admission, late_sessions)
        journeys.go_on(draft, visit)
        bind(draft)
    return issue(draft, visit, reprint=False, printed_at=arrived_at if admission.at is not None else 0)


LONGEST_AWAY = 14 * 86_400_000
"""ms a wish may have been on its way: answers are kept as long. Whatever says more has a wrong clock."""


def _is_of_an_earlier_day(draft: Draft, admission: Admission, context: Context) -> bool:
    """Whether a kiosk's wish is of an earlier day: a record, and no place in a line."""
    if admission.at is None or context.actor.role is not Role.KIOSK:
        return False
    began = day_starts(draft.facility, draft.day.day)
    return began - LONGEST_AWAY <= admission.at < began


def _free_token(draft: Draft, admission: Admission) -> str:
    token = admission.token or ""
    return "" if token in draft.day.tokens else token


def _notes(draft: Draft, wished: Admission, came: Admission, *, is_stopped: bool) -> tuple[Note, ...]:
    """What staff should know of somebody whom a kiosk took in without asking."""
    service = came.service or ""
    is_lost = (wished.service, wished.practitioner) != (came.service, came.practitioner)
    said = {
        Note.OFFLINE: True,
        Note.INTAKE_STOPPED: is_stopped,
        Note.SESSION_FULL: bool(service) and sessions.is_full(draft.day, service, draft.now),
        Note.NOT_OFFERED: is_lost or find_route(draft.facility, came.payer, came.kind) is None,
    }
    return tuple(note for note, holds in said.items() if holds)


def _one_more_paper(draft: Draft, visit: str, admission: Admission, context: Context) -> Ticket:
    """Whoever is here got a paper from a kiosk that could not know: it becomes one of their visit's."""
    return one_more_paper(
        draft,
        visit,
        admission.number or "",
        _free_token(draft, admission),
        _arrival(draft, admission, context),
    )


def _as_it_came(facility: Facility, admission: Admission) -> Admission:
    """A paper printed without the server is in somebody's hand: what its kiosk got wrong, a desk mends."""
    service = facility.services.get(admission.service or "")
    if service is not None and service.kind is ClinicKind.EXAM and service.choosable:
        return replaced(admission, practitioner=None)
    return replaced(admission, service=None, practitioner=None)


def _wrong_choice(draft: Draft, admission: Admission, context: Context) -> Rejection | None:
    facility = draft.facility
    if admission.practitioner is not None and admission.practitioner not in facility.practitioners:
        return reject(Refusal.UNKNOWN_PRACTITIONER, practitioner=admission.practitioner)
    if admission.service is None:
        return None
    service = facility.services.get(admission.service)
    if service is None:
        return reject(Refusal.UNKNOWN_SERVICE, service=admission.service)
    closed_to_kiosks = context.actor.role is Role.KIOSK and not service.choosable
    if service.kind is not ClinicKind.EXAM or closed_to_kiosks:
        return reject(Refusal.NOT_OFFERED, service=service.id)
    if admission.practitioner is not None:
        clinic = clinic_at_check_in(draft, service.id, admission.practitioner)
        if clinic is None:
            return reject(Refusal.NOT_OFFERED, service=service.id, practitioner=admission.practitioner)
    return None


def _already_here(draft: Draft, admission: Admission) -> str | None:
    """The open visit of the same person, or of whoever came with the same appointment."""
    if admission.person is not None:
        return draft.day.people.get(admission.person)
    reference = appointments.named(draft.day, admission.appointment) if admission.appointment else None
    visit = draft.day.appointments[reference].visit if reference is not None else ""
    return visit if visit in draft.day.visits and draft.part(visit).end is None else None


def _refer_to(draft: Draft, visit: str) -> Rejection:
    here = draft.the_visit(visit)
    return reject(Refusal.ALREADY_HERE, visit=visit, number=here.part.number, token=here.token)


def _intake_stopped(draft: Draft, admission: Admission, route: Route) -> Rejection | None:
    stopped = draft.day.intake_stopped
    for service in ("", admission.service or "", *route.steps):
        if service in stopped and service != EXAM_SLOT:
            return reject(Refusal.INTAKE_STOPPED, service=service, reason=stopped[service])
    return None


def _later_sessions(
    draft: Draft, admission: Admission, context: Context, services: tuple[str, ...], *, kept: bool
) -> dict[str, int] | Rejection:
    """The exams among `services` that wait for a later session, and its start, ms.

    A kiosk takes nobody in for a session that is full, but for one of the next; desks and the HIS always may,
    and so may paper that is in somebody's hand and whoever has an appointment (`kept`).
    """
    day, later = draft.day, {}
    if kept or (admission.number and offline(admission.number) is not None):
        return {}
    for service in services:
        if draft.facility.services[service].kind is not ClinicKind.EXAM:
            continue
        who = (admission.practitioner or "") if service == admission.service else ""
        full = context.actor.role is Role.KIOSK and sessions.is_full(day, service, draft.now, who)
        if not full and not admission.later:
            continue
        opens = sessions.later_start(day, service, draft.now, who)
        if full and (opens is None or not admission.later):
            facts = {"service": service} if opens is None else {"service": service, "later_at": opens}
            return reject(Refusal.SESSION_FULL, **facts)
        if opens is not None:
            later[service] = opens
    return later


def _arrival(draft: Draft, admission: Admission, context: Context) -> int:
    """When the patient came: a kiosk's word counts between its last visit (or the day's start) and now."""
    at = admission.at
    earliest = max(day_starts(draft.facility, draft.day.day), draft.day.arrivals.get(context.actor.device, 0))
    return at if at is not None and earliest <= at <= draft.now else draft.now


def _lane(
    facility: Facility, admission: Admission, appointment: Kept | None, asker: Role
) -> tuple[Lane, Grant | None]:
    """Where the site has priority declared at a desk, what a kiosk sends all the same gives none: nobody is
    turned away for it."""
    if admission.age_group in AGES_FIRST:
        return Lane.PRIORITY, Grant.AUTO
    declared = admission.declared_priority and not (facility.declared_at_desk and asker is Role.KIOSK)
    if declared or admission.age_told:
        return Lane.PRIORITY, Grant.PROVISIONAL
    if appointment is not None and appointment.punctuality is not Punctuality.LATE:
        return Lane.APPOINTMENT, None
    return Lane.WALK_IN, None


def _number(draft: Draft, admission: Admission, letter: str, *, late_record: bool) -> str:
    """The kiosk's own number if it is free, else the next ordinary one.

    A ticket of an earlier day is kept as a record, by its own number once: of several days each may have one.
    Today's numbers stay free.
    """
    taken, own = draft.day.numbers, admission.number
    if own is not None and offline(own) is None:
        own = None
    if late_record:
        record = record_of(own or "")
        return record_of(str(draft.day.visit_ordinal + 1)) if own is None or record in taken else record
    return next_number(draft, letter) if own is None or own in taken else own


def _bind_at_check_in(
    draft: Draft, visit: str, steps: list[str], admission: Admission, later: Mapping[str, int]
) -> None:
    """Fix clinics that are known at registration: of a chosen practitioner, or by the service's own rule; who
    waits for a later session gets the clinic that has it."""
    services = draft.facility.services
    for step in steps:
        service = draft.the_step(step).service
        wanted = admission.practitioner if service == admission.service else None
        if wanted is None and services[service].binding is not Binding.AT_CHECK_IN:
            continue
        if not we_bind(services[service]):
            if wanted is not None:
                draft.change(step, StepChange.BOUND, practitioner=wanted)
            continue
        if service in later:
            clinic = sessions.clinic_later(draft.day, service, later[service], wanted or "")
        else:
            clinic = clinic_at_check_in(draft, service, wanted, step)
        if clinic is not None:
            given = replaced(
                draft.standing(step),
                clinic=clinic,
                practitioner=wanted or "",
                call_sign=sign_at(draft, visit, service, clinic),
                assigned_by=AssignedBy.OURS,
            )
            draft.put(step, StepChange.BOUND, asked_for(services[service], given, draft.now))
