"""Appointments: booked, moved, kept early, on time and late, not attended, and carried into the next day."""

import pytest

from queue_server.answers import appointment_told
from queue_server.engine import due
from queue_server.engine.decision import Admission, Booking
from queue_server.engine.events import AppointmentBooked, DayOpened
from queue_server.engine.facility import AppointmentRule
from queue_server.engine.hours import day_starts, day_stops
from queue_server.engine.model import AppointmentPart
from queue_server.engine.places import label
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AgeGroup,
    AppointmentState,
    Grant,
    Lane,
    Punctuality,
    Refusal,
    Role,
)
from queue_server.protocol.results import Done, Ticket
from queue_server.protocol.values import replaced
from tests.support.hospital import DAY, HOUR, Hospital, facility, words
from tests.support.laws import check_laws

RULE = AppointmentRule(early=30, late=15, unattended=120)
MORNING = 7 * HOUR
"""What the clock says when a test begins."""


def hospital(**more: object) -> Hospital:
    return Hospital(facility(appointments=RULE, **more), at=MORNING)


def clock(h: Hospital, hours: float) -> int:
    """A moment of today."""
    return day_starts(h.plan, DAY) + int(hours * HOUR)


def book(
    h: Hospital,
    reference: str = "HEN-1",
    hours: float = 8.5,
    *,
    service: str = "internal",
    person: str | None = "p",
    practitioner: str = "",
    code: str = "",
    age: AgeGroup = AgeGroup.ORDINARY,
) -> AppointmentPart:
    h.ok(Booking(reference, service, clock(h, hours), person, age, practitioner, code), role=Role.RECEPTION)
    check_laws(h.day)
    return h.day.appointments[reference]


def arrive(h: Hospital, hours: float, **more: object) -> Ticket:
    """The patient comes at this time and checks in."""
    h.now = clock(h, hours)
    h.advance()
    return check_in(h, **more)


def check_in(h: Hospital, **more: object) -> Ticket:
    said: dict[str, object] = {"person": "p", "appointment": None, **more}
    admission = replaced(h.admission(person=None), **said)
    ticket = h.ok(admission, device="kiosk_1", role=Role.KIOSK)
    assert isinstance(ticket, Ticket)
    check_laws(h.day)
    return ticket


def state(h: Hospital, reference: str) -> AppointmentState:
    return h.day.appointments[reference].state


def since(h: Hospital, ticket: Ticket, service: str) -> float:
    """From when a step's place counts, in hours of the day."""
    return (h.standing(h.step_at(ticket.visit, service)).since - day_starts(h.plan, DAY)) / HOUR


# Booking ------------------------------------------------------------------------------------------------


def test_a_booking_is_an_event_and_the_same_again_is_none() -> None:
    h = hospital()
    part = book(h, code="tk260001")
    assert part == AppointmentPart(
        "internal", clock(h, 8.5), person="p", code="TK260001", age_group=AgeGroup.ORDINARY
    )
    before = len(h.journal)
    book(h, code="TK260001")
    assert len(h.journal) == before


def test_booking_the_same_reference_moves_it_and_keeps_what_is_left_out() -> None:
    h = hospital()
    book(h, code="TK1", practitioner="an")
    part = book(h, hours=9.0, person=None)
    assert part == AppointmentPart(
        "internal", clock(h, 9), person="p", code="TK1", age_group=AgeGroup.ORDINARY
    )
    assert h.day.expected == [(clock(h, 9), "HEN-1")]


@pytest.mark.parametrize(
    ("booking", "code"),
    [
        ({"service": "nowhere"}, Refusal.UNKNOWN_SERVICE),
        ({"practitioner": "nobody"}, Refusal.UNKNOWN_PRACTITIONER),
        ({"at": -1}, Refusal.TOO_LATE),
        ({"at": 401 * 24 * HOUR}, Refusal.TOO_SOON),
    ],
)
def test_a_booking_that_cannot_be_kept_is_refused(booking: dict[str, object], code: Refusal) -> None:
    h = hospital()
    more = dict(booking)
    if "at" in more:
        more["at"] = day_starts(h.plan, DAY) + int(str(more["at"]))
    h.refused(replaced(Booking("X1", "internal", clock(h, 9), None), **more), code)


def test_a_code_means_one_appointment_until_it_is_cancelled() -> None:
    h = hospital()
    book(h, code="TK1")
    other = Booking("HEN-2", "internal", clock(h, 9), None, code="tk1")
    assert h.refused(other, Refusal.NUMBER_TAKEN).facts == {"number": "tk1", "appointment": "HEN-1"}
    h.refused(Booking("TK1", "internal", clock(h, 9), None), Refusal.NUMBER_TAKEN)
    h.ok(c.CancelAppointment(appointment="HEN-1", reason="cancel"))
    h.ok(other)
    assert h.day.appointment_codes == {"TK1": "HEN-2"}
    assert check_in(h, person=None, appointment="tk1").appointment is not None
    h.refused(Booking("HEN-1", "internal", clock(h, 9), None), Refusal.NUMBER_TAKEN)


def test_a_cancelled_one_is_kept_by_nobody_and_may_be_booked_again() -> None:
    h = hospital()
    book(h)
    h.refused(c.CancelAppointment(appointment="HEN-9"), Refusal.UNKNOWN_APPOINTMENT)
    h.refused(c.CancelAppointment(appointment="HEN-1", reason="call"), Refusal.UNKNOWN_REASON)
    h.ok(c.CancelAppointment(appointment="HEN-1", reason="cancel"))
    assert h.ok(c.CancelAppointment(appointment="HEN-1")) == Done()
    assert h.day.appointments["HEN-1"].reason == "cancel"
    named = replaced(h.admission(person=None), appointment="HEN-1")
    facts = h.refused(named, Refusal.UNKNOWN_APPOINTMENT).facts
    assert facts == {"appointment": "HEN-1", "state": "cancelled"}
    assert check_in(h).appointment is None
    assert book(h, hours=10).state is AppointmentState.BOOKED


def test_who_is_here_already_is_not_moved() -> None:
    h = hospital()
    book(h)
    ticket = arrive(h, 8.4)
    moved = Booking("HEN-1", "internal", clock(h, 10), "p")
    facts = h.refused(moved, Refusal.UNKNOWN_APPOINTMENT).facts
    assert facts == {"appointment": "HEN-1", "state": "checked_in"}
    h.ok(replaced(moved, at=clock(h, 8.5)))
    h.refused(c.CancelAppointment(appointment="HEN-1"), Refusal.UNKNOWN_APPOINTMENT)
    assert h.day.appointments["HEN-1"].visit == ticket.visit


# Coming -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "came", "lane", "exam_from"),
    [
        (7.0, Punctuality.EARLY, Lane.APPOINTMENT, 8.0),
        (8.0, Punctuality.ON_TIME, Lane.APPOINTMENT, 8.0),
        (8.5, Punctuality.ON_TIME, Lane.APPOINTMENT, 8.0),
        (8.75, Punctuality.ON_TIME, Lane.APPOINTMENT, 8.0),
        (8.8, Punctuality.LATE, Lane.WALK_IN, 8.8),
        (11.0, Punctuality.LATE, Lane.WALK_IN, 11.0),
    ],
)
def test_the_window_decides_lane_and_place(
    hours: float, came: Punctuality, lane: Lane, exam_from: float
) -> None:
    h = hospital()
    book(h)
    ticket = arrive(h, hours)
    part = h.part(ticket.visit)
    assert (part.appointment, part.punctuality, part.lane) == ("HEN-1", came, lane)
    assert ticket.appointment is not None
    assert (ticket.appointment.at, ticket.appointment.punctuality) == (clock(h, 8.5), came)
    assert ticket.appointment.service.vi == "internal"
    assert since(h, ticket, "internal") == pytest.approx(exam_from)
    assert state(h, "HEN-1") is AppointmentState.CHECKED_IN


def test_an_early_comer_goes_before_nobody_who_came_in_between() -> None:
    h = hospital()
    book(h, hours=9.0)
    early = arrive(h, 7.0)
    assert since(h, early, "reception") == pytest.approx(8.5)
    h.now = clock(h, 7.5)
    h.register("insured")
    first = h.called("desk_1")
    assert h.day.steps[first].visit != early.visit


def test_the_exam_is_the_booked_one_and_the_booked_practitioner_sees_them() -> None:
    h = hospital()
    book(h, practitioner="binh")
    ticket = arrive(h, 8.2)
    assert [h.day.steps[s].service for s in h.visit(ticket.visit).steps] == [
        "reception",
        "vitals",
        "internal",
    ]
    standing = h.standing(h.step_at(ticket.visit, "internal"))
    assert (standing.clinic, standing.practitioner) == ("room_2", "binh")


def test_a_practitioner_who_works_nowhere_today_keeps_nobody_from_being_seen() -> None:
    h = hospital()
    book(h, practitioner="chi")
    ticket = arrive(h, 8.2)
    assert h.standing(h.step_at(ticket.visit, "internal")).practitioner == ""


def test_a_service_that_is_gone_is_for_the_desk_to_replace() -> None:
    h = hospital()
    h.follow([AppointmentBooked("OLD-1", AppointmentPart("closed", clock(h, 8), person="p"))])
    ticket = check_in(h)
    assert h.part(ticket.visit).route_left == ("@exam",)
    assert ticket.appointment is not None
    assert ticket.appointment.service.vi == "closed"


def test_a_code_says_who_it_is() -> None:
    h = hospital()
    book(h, code="TK1")
    ticket = arrive(h, 8.4, person=None, appointment="tk1")
    assert h.visit(ticket.visit).person == "p"
    assert [h.day.steps[s].service for s in h.visit(ticket.visit).steps] == [
        "reception",
        "vitals",
        "internal",
    ]
    again = replaced(h.admission(person=None), appointment="TK1")
    facts = h.refused(again, Refusal.ALREADY_HERE).facts
    assert facts == {"visit": ticket.visit, "number": ticket.number, "token": ticket.token}
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    assert h.refused(again, Refusal.UNKNOWN_APPOINTMENT).facts["state"] == "checked_in"


def test_a_code_of_nobody_known_is_good_for_reception() -> None:
    h = hospital()
    book(h, person=None, code="TK1")
    ticket = arrive(h, 8.4, person=None, appointment="TK1")
    assert [h.day.steps[s].service for s in h.visit(ticket.visit).steps] == ["reception"]
    h.finish(h.called("desk_1"))
    h.ok(c.Attach(visit=ticket.visit, service="internal"))
    assert since(h, ticket, "internal") == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("booked", "shown", "lane", "grant"),
    [
        (AgeGroup.FROM_75, AgeGroup.UNKNOWN, Lane.PRIORITY, Grant.PROVISIONAL),
        (AgeGroup.ORDINARY, AgeGroup.FROM_75, Lane.PRIORITY, Grant.AUTO),
        (AgeGroup.FROM_75, AgeGroup.ORDINARY, Lane.APPOINTMENT, None),
    ],
)
def test_a_higher_lane_wins_and_a_card_knows_the_age_best(
    booked: AgeGroup, shown: AgeGroup, lane: Lane, grant: Grant | None
) -> None:
    h = hospital()
    book(h, age=booked)
    ticket = arrive(h, 8.4, age_group=shown)
    assert (h.part(ticket.visit).lane, h.part(ticket.visit).grant) == (lane, grant)
    assert h.part(ticket.visit).punctuality is Punctuality.ON_TIME


def test_who_comes_for_something_else_does_not_keep_it() -> None:
    h = hospital()
    book(h)
    assert check_in(h, service="eyes").appointment is None
    assert state(h, "HEN-1") is AppointmentState.BOOKED
    other = hospital()
    book(other)
    assert check_in(other, payer="fee", kind="check").appointment is None
    third = hospital()
    book(third)
    assert check_in(third, service="internal").appointment is not None


def test_of_two_the_next_one_is_kept() -> None:
    h = hospital()
    book(h, "HEN-2", 14.0, service="eyes")
    book(h, "HEN-1", 8.5)
    assert h.part(arrive(h, 8.4).visit).appointment == "HEN-1"


def test_an_appointment_of_another_day_is_told_and_not_kept() -> None:
    h = hospital()
    book(h, hours=24 + 8.5, code="TK1")
    named = replaced(h.admission(person=None), appointment="TK1")
    facts = h.refused(named, Refusal.TOO_SOON).facts
    assert facts == {"appointment": "HEN-1", "until": clock(h, 32.5)}
    assert check_in(h).appointment is None
    h.refused(replaced(named, appointment="TK9"), Refusal.UNKNOWN_APPOINTMENT)


def test_a_paper_printed_without_the_server_is_registered_whatever_it_says() -> None:
    h = hospital()
    book(h)
    wrong: Admission = replaced(h.admission(person="p", number="K01-001"), appointment="TK9")
    ticket = h.ok(wrong, device="kiosk_1", role=Role.KIOSK)
    assert isinstance(ticket, Ticket)
    assert ticket.appointment is None
    late = replaced(h.admission(person="q", number="K01-002"), at=h.now - 30 * HOUR)
    book(h, "HEN-2", 8.5, person="q")
    h.ok(late, device="kiosk_1", role=Role.KIOSK)
    assert state(h, "HEN-2") is AppointmentState.BOOKED


# Time passes --------------------------------------------------------------------------------------------


def test_nobody_is_waited_for_without_end_and_who_comes_then_is_only_late() -> None:
    h = hospital(sessions=())
    book(h)
    book(h, "HEN-2", 9.0, person="q")
    assert due.next_due(h.day) == clock(h, 10.5)
    h.now = clock(h, 10.5) - 1
    h.advance()
    assert state(h, "HEN-1") is AppointmentState.BOOKED
    h.advance(1)
    assert state(h, "HEN-1") is AppointmentState.UNATTENDED
    assert due.next_due(h.day) == clock(h, 11)
    ticket = check_in(h)
    assert h.part(ticket.visit).punctuality is Punctuality.LATE
    assert h.part(ticket.visit).lane is Lane.WALK_IN
    assert state(h, "HEN-1") is AppointmentState.CHECKED_IN


def test_a_day_closes_its_own_and_hands_over_the_later_ones() -> None:
    h = hospital()
    book(h, "LATE-1", 23.5)
    book(h, "DONE-1", 8.5, person="q")
    arrive(h, 8.5, person="q")
    book(h, "NEXT-2", 33.0, person="r", code="TK2")
    book(h, "NEXT-1", 32.0, person="r")
    h.now = day_stops(h.plan, DAY)
    h.advance()
    assert h.closed[-1].appointments["LATE-1"].state is AppointmentState.UNATTENDED
    assert h.closed[-1].expected == [(clock(h, 32), "NEXT-1"), (clock(h, 33), "NEXT-2")]
    opened = h.journal[0]
    assert isinstance(opened, DayOpened)
    assert [*opened.appointments] == ["NEXT-1", "NEXT-2"]
    assert {*h.day.appointments} == {"NEXT-1", "NEXT-2"}
    check_laws(h.day)
    h.now = clock(h, 31.8)
    assert check_in(h, person="r").appointment is not None


def test_days_nobody_served_close_what_they_would_have_had() -> None:
    h = hospital()
    for number in range(150):
        book(h, f"GONE-{number}", 24 + 8.0, person=None)
    book(h, "FAR-1", 5 * 24 + 8.0)
    h.now = clock(h, 3 * 24 + 7)
    h.advance()
    assert len(h.day.expected) == 51
    assert (due.next_due(h.day) or 0) <= h.now
    h.advance()
    assert h.day.expected == [(clock(h, 128), "FAR-1")]


def test_a_discreet_service_goes_by_its_neutral_name_on_paper_and_at_a_kiosk() -> None:
    clinics = {
        name: replaced(plan, discreet=True, public=words("Phòng 4")) if "skin" in plan.services else plan
        for name, plan in facility().clinics.items()
    }
    h = hospital(clinics=clinics)
    book(h, service="skin", code="LH-7")
    asked = appointment_told(h.day, "LH-7", h.now)
    ticket = arrive(h, 8.5, appointment="LH-7")
    assert asked is not None
    assert ticket.appointment is not None
    assert asked.service == ticket.appointment.service == label(words("Phòng 4"))
