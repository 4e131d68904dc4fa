"""Booking, moving and cancelling appointments: by a desk, a file or the HIS."""

from queue_server.engine.appointments import OPEN, named
from queue_server.engine.decide.checks import reject, unknown_service, wrong_reason
from queue_server.engine.decision import Booking, Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import AppointmentBooked, AppointmentChanged
from queue_server.engine.hours import day_starts
from queue_server.engine.model import AppointmentPart
from queue_server.protocol.codes import AppointmentState, ReasonKind, Refusal
from queue_server.protocol.commands import CancelAppointment
from queue_server.protocol.results import Done
from queue_server.protocol.values import replaced

FURTHEST = 400 * 24 * 3_600_000
"""Milliseconds: beyond a year and a month a date is a slip of the pen, and a name would be kept for it."""


def book(draft: Draft, booking: Booking) -> Done | Rejection:
    """Await somebody, or await them at another time: the same reference replaces what was booked before."""
    was = draft.day.appointments.get(booking.appointment)
    refused = _wrong(draft, booking, was)
    if refused is not None:
        return refused
    now = _as_booked(booking, was)
    if was is None:
        draft.emit(AppointmentBooked(booking.appointment, now))
    elif was.state is not AppointmentState.CHECKED_IN and was != now:
        draft.emit(AppointmentChanged(booking.appointment, was, now))
    return Done()


def _as_booked(booking: Booking, was: AppointmentPart | None) -> AppointmentPart:
    """What the booking leaves open stays as it was: who it is for, and the code on their paper."""
    kept = was or AppointmentPart("", 0)
    return AppointmentPart(
        service=booking.service,
        at=booking.at,
        practitioner=booking.practitioner,
        person=kept.person if booking.person is None else booking.person,
        code=booking.code.upper() or kept.code,
        age_group=kept.age_group if booking.person is None else booking.age_group,
    )


def _wrong(draft: Draft, booking: Booking, was: AppointmentPart | None) -> Rejection | None:
    missing = unknown_service(draft, booking.service)
    if missing is not None:
        return missing
    if booking.practitioner and booking.practitioner not in draft.facility.practitioners:
        return reject(Refusal.UNKNOWN_PRACTITIONER, practitioner=booking.practitioner)
    reference = booking.appointment
    began = day_starts(draft.facility, draft.day.day)
    if booking.at < began:
        return reject(Refusal.TOO_LATE, appointment=reference, until=began)
    if booking.at > draft.now + FURTHEST:
        return reject(Refusal.TOO_SOON, appointment=reference, until=draft.now + FURTHEST)
    if was is not None and was.state is AppointmentState.CHECKED_IN:
        same = (was.service, was.at) == (booking.service, booking.at)
        # Who is here already cannot be moved; told once more, a booking changes nothing.
        return None if same else _in_state(reference, was)
    return _code_taken(draft, booking, booking.code or (was.code if was else ""))


def _code_taken(draft: Draft, booking: Booking, code: str) -> Rejection | None:
    """A code and a reference are asked for at the same place: neither may mean two appointments. What was
    cancelled has no claim to its code."""
    for said in (code, booking.appointment):
        other = named(draft.day, said) if said else None
        if other is not None and other != booking.appointment:
            gone = said == code and draft.day.appointments[other].state is AppointmentState.CANCELLED
            if not gone or other == said:
                return reject(Refusal.NUMBER_TAKEN, number=said, appointment=other)
    return None


def cancel(draft: Draft, command: CancelAppointment) -> Done | Rejection:
    """Nobody is awaited any more; said again it changes nothing."""
    was = draft.day.appointments.get(command.appointment)
    if was is None:
        return reject(Refusal.UNKNOWN_APPOINTMENT, appointment=command.appointment)
    refused = wrong_reason(draft, command.reason, ReasonKind.CANCEL)
    if refused is not None:
        return refused
    if was.state is AppointmentState.CANCELLED:
        return Done()
    if was.state not in OPEN:
        return _in_state(command.appointment, was)
    now = replaced(was, state=AppointmentState.CANCELLED, reason=command.reason or "")
    draft.emit(AppointmentChanged(command.appointment, was, now))
    return Done()


def _in_state(reference: str, part: AppointmentPart) -> Rejection:
    return reject(Refusal.UNKNOWN_APPOINTMENT, appointment=reference, state=part.state.value)
