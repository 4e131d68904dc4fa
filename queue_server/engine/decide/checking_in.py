"""Checking in with an appointment: which one is kept, and what the registration learns from it."""

from queue_server.engine.appointments import OPEN, fair_key, is_today, named, of_person, punctuality
from queue_server.engine.balancing import clinic_at_check_in
from queue_server.engine.decide.checks import reject
from queue_server.engine.decision import Admission, Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import AppointmentChanged
from queue_server.engine.facility import EXAM_SLOT, Route
from queue_server.engine.lanes import AGES_FIRST
from queue_server.engine.model import IN_HAND, AppointmentPart, Day
from queue_server.engine.model import OPEN as OPEN_STEPS
from queue_server.engine.places import name_of_service
from queue_server.protocol.codes import (
    AgeGroup,
    AppointmentState,
    Lane,
    Punctuality,
    Refusal,
    StepChange,
    VisitChange,
)
from queue_server.protocol.results import Appointed
from queue_server.protocol.values import Value, replaced


class Kept(Value):
    """An appointment that somebody keeps now."""

    reference: str
    part: AppointmentPart
    punctuality: Punctuality


def kept(draft: Draft, admission: Admission, route: Route | None, *, mends: bool) -> Kept | Rejection | None:
    """The appointment that this registration keeps: the one it names, else one of the same person and for
    what they come for. None: there is none.

    mends: whatever is wrong with the one named, the patient is registered all the same.
    """
    day = draft.day
    if admission.appointment is not None:
        reference = named(day, admission.appointment)
        refused = _not_to_keep(day, admission.appointment, reference)
        if refused is not None:
            return None if mends else refused
    elif admission.person is not None:
        reference = of_person(day, admission.person)
        if reference is not None and not _comes_for(admission, route, day.appointments[reference]):
            return None
    else:
        return None
    if reference is None:
        return None
    part = day.appointments[reference]
    return Kept(reference, part, punctuality(draft.facility.appointments, part.at, draft.now))


def _not_to_keep(day: Day, said: str, reference: str | None) -> Rejection | None:
    if reference is None:
        return reject(Refusal.UNKNOWN_APPOINTMENT, appointment=said)
    part = day.appointments[reference]
    visit = day.visits.get(part.visit)
    if part.state is AppointmentState.CHECKED_IN and visit is not None and visit.part.end is None:
        return reject(Refusal.ALREADY_HERE, visit=visit.id, number=visit.part.number, token=visit.token)
    if part.state not in OPEN:
        return reject(Refusal.UNKNOWN_APPOINTMENT, appointment=reference, state=part.state.value)
    if not is_today(day, part):
        return reject(Refusal.TOO_SOON, appointment=reference, until=part.at)
    return None


def _comes_for(admission: Admission, route: Route | None, part: AppointmentPart) -> bool:
    """Whether somebody who did not speak of their appointment comes for it: not who chose another exam."""
    if admission.service is not None:
        return admission.service == part.service
    return route is None or EXAM_SLOT in route.steps or part.service in route.steps


def as_booked(draft: Draft, admission: Admission, appointment: Kept) -> Admission:
    """The registration with what is known from the booking, where it does not say otherwise itself.

    An age somebody wrote into a booking is no card: it gives priority for the papers to be shown.
    """
    part = appointment.part
    service = admission.service or (part.service if part.service in draft.facility.services else None)
    practitioner = admission.practitioner
    if practitioner is None and part.practitioner and service == part.service:
        works = clinic_at_check_in(draft, part.service, part.practitioner) is not None
        practitioner = part.practitioner if works else None
    first = admission.age_group is AgeGroup.UNKNOWN and part.age_group in AGES_FIRST
    return replaced(
        admission,
        person=admission.person or part.person,
        service=service,
        practitioner=practitioner,
        age_told=admission.age_told or first,
    )


def keep_later(draft: Draft, visit: str, person: str) -> None:
    """Somebody who is here already turns out to have an appointment today, for what they came for: they came
    for it, as punctually as they arrived."""
    part = draft.part(visit)
    reference = of_person(draft.day, person)
    if part.appointment or reference is None:
        return
    booked = draft.day.appointments[reference]
    ahead = {draft.the_step(step).service for step in draft.steps_of(visit)} | set(part.route_left)
    if booked.service not in ahead and EXAM_SLOT not in ahead:
        return
    here = draft.the_visit(visit)
    came = punctuality(draft.facility.appointments, booked.at, here.arrived_at)
    lifted = part.lane is Lane.WALK_IN and came is not Punctuality.LATE
    check_in(draft, Kept(reference, booked, came), visit)
    draft.change_visit(
        visit,
        VisitChange.APPOINTMENT,
        appointment=reference,
        punctuality=came,
        lane=Lane.APPOINTMENT if lifted else part.lane,
    )
    draft.touch_visit(visit)


def give_back(draft: Draft, visit: str) -> None:
    """Somebody who is here turns out not to be whose appointment they kept: its owner is awaited as before,
    and the visit waits like everybody's from when it came."""
    part, here = draft.part(visit), draft.the_visit(visit)
    booked = draft.day.appointments.get(part.appointment)
    if booked is None or booked.person is None or booked.person != here.person:
        return
    awaited = replaced(booked, state=AppointmentState.BOOKED, visit="")
    draft.emit(AppointmentChanged(part.appointment, booked, awaited))
    for step in draft.steps_of(visit):
        standing, came = draft.standing(step), here.arrived_at
        by_appointment = standing.since == fair_key(draft, visit, draft.the_step(step).service, came)
        if standing.state in STILL_TO_COME and by_appointment and standing.since != came:
            draft.change(step, StepChange.PLACED, since=came)
    lane = Lane.WALK_IN if part.lane is Lane.APPOINTMENT else part.lane
    draft.change_visit(visit, VisitChange.GIVEN_BACK, appointment="", punctuality=None, lane=lane)
    draft.touch_visit(visit)


STILL_TO_COME = OPEN_STEPS - IN_HAND


def check_in(draft: Draft, appointment: Kept, visit: str) -> None:
    """Whoever was awaited is here."""
    now = replaced(appointment.part, state=AppointmentState.CHECKED_IN, visit=visit)
    draft.emit(AppointmentChanged(appointment.reference, appointment.part, now))


def told(draft: Draft, visit: str) -> Appointed | None:
    """What a ticket says of the appointment it was issued for; None without one."""
    part = draft.part(visit)
    booked = draft.day.appointments.get(part.appointment)
    if booked is None or part.punctuality is None:
        return None
    return Appointed(
        at=booked.at, service=name_of_service(draft.day, booked.service), punctuality=part.punctuality
    )
