"""Whom a visit is of: told later at a desk, with the lane that follows, and forgotten on request."""

import pytest

from queue_server.engine.decision import Admission, Booking, Identification
from queue_server.engine.events import PersonForgotten, VisitIdentified
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AgeGroup,
    AppointmentState,
    Grant,
    Lane,
    Punctuality,
    Refusal,
    Role,
    VisitEnd,
)
from queue_server.protocol.results import Done, Ticket
from queue_server.protocol.values import replaced
from tests.support.hospital import MINUTE, Hospital, facility

CARD, TYPED = False, True
PERSON = "0f" * 12


def identification(
    visit: str, person: str = PERSON, age: AgeGroup = AgeGroup.ORDINARY, *, typed: bool = CARD
) -> Identification:
    return Identification(visit, person, age, typed)


def test_an_anonymous_visit_gets_its_person_and_keeps_number_and_place() -> None:
    h = Hospital()
    first, second = h.register(person=None), h.register(person=None)
    before = h.order_at("desk_1")
    assert h.ok(identification(second.visit)) == Done()
    assert h.day.people == {PERSON: second.visit}
    assert h.order_at("desk_1") == before == [first.number, second.number]
    (told,) = [event for event in h.journal if isinstance(event, VisitIdentified)]
    assert (told.visit, told.was, told.now) == (second.visit, None, PERSON)


def test_who_was_identified_wrongly_is_free_to_come_again() -> None:
    h = Hospital()
    taken = h.register(person="mother")
    h.ok(identification(taken.visit, "daughter"))
    assert h.day.people == {"daughter": taken.visit}
    assert h.register(person="mother").visit != taken.visit
    h.refused(h.admission(person="daughter"), Refusal.ALREADY_HERE)


def test_two_visits_of_one_person_are_left_to_staff() -> None:
    h = Hospital()
    here, unknown = h.register(person="p"), h.register(person=None)
    refused = h.refused(identification(unknown.visit, "p"), Refusal.ALREADY_HERE)
    assert refused.facts == {"visit": here.visit, "number": here.number, "token": here.token}
    assert h.day.people == {"p": here.visit}
    h.ok(identification(here.visit, "p"))
    h.ok(c.Cancel(visit=here.visit, reason="cancel"))
    h.ok(identification(unknown.visit, "p"))
    h.refused(identification(here.visit, "p"), Refusal.VISIT_ENDED)
    h.refused(identification("2026-11-23-99"), Refusal.UNKNOWN_VISIT)


@pytest.mark.parametrize(
    ("declared", "age", "typed", "lane", "grant"),
    [
        (False, AgeGroup.FROM_75, CARD, Lane.PRIORITY, Grant.AUTO),
        (False, AgeGroup.UNDER_6, TYPED, Lane.PRIORITY, Grant.PROVISIONAL),
        (True, AgeGroup.FROM_75, CARD, Lane.PRIORITY, Grant.AUTO),
        (True, AgeGroup.FROM_75, TYPED, Lane.PRIORITY, Grant.PROVISIONAL),
        (True, AgeGroup.ORDINARY, CARD, Lane.PRIORITY, Grant.PROVISIONAL),
        (False, AgeGroup.ORDINARY, CARD, Lane.WALK_IN, None),
    ],
)
def test_the_lane_follows_the_age_that_is_known_now(
    declared: bool, age: AgeGroup, typed: bool, lane: Lane, grant: Grant | None
) -> None:
    h = Hospital()
    ticket = h.register(person=None, declared=declared)
    h.ok(identification(ticket.visit, age=age, typed=typed))
    assert (h.part(ticket.visit).lane, h.part(ticket.visit).grant) == (lane, grant)
    assert h.visit(ticket.visit).age_group is (AgeGroup.UNKNOWN if typed else age)


def test_priority_of_somebody_else_s_age_goes_with_them_but_a_desk_s_word_stays() -> None:
    h = Hospital()
    old, given = h.register(age=AgeGroup.FROM_75), h.register(person=None)
    h.ok(c.ChangeLane(visit=given.visit, lane=Lane.PRIORITY, reason="lane"))
    for ticket, who in ((old, "young"), (given, "other")):
        h.ok(identification(ticket.visit, who))
    assert (h.part(old.visit).lane, h.part(old.visit).grant) == (Lane.WALK_IN, None)
    assert (h.part(given.visit).lane, h.part(given.visit).grant) == (Lane.PRIORITY, Grant.DESK)


def booked(h: Hospital, at: int, service: str = "internal") -> None:
    h.ok(Booking("HEN-1", service, at, PERSON), role=Role.RECEPTION)


@pytest.mark.parametrize(
    ("minutes", "came", "lane"),
    [(0, Punctuality.ON_TIME, Lane.APPOINTMENT), (120, Punctuality.EARLY, Lane.APPOINTMENT)],
)
def test_who_turns_out_to_have_an_appointment_came_for_it(
    minutes: int, came: Punctuality, lane: Lane
) -> None:
    h = Hospital()
    booked(h, h.now + minutes * MINUTE)
    ticket = h.register(person=None)
    h.pass_time(30 * MINUTE)
    h.ok(identification(ticket.visit))
    part = h.part(ticket.visit)
    assert (part.appointment, part.punctuality, part.lane) == ("HEN-1", came, lane)
    assert h.day.appointments["HEN-1"].state is AppointmentState.CHECKED_IN
    assert h.day.appointments["HEN-1"].visit == ticket.visit


@pytest.mark.parametrize("minutes", [0, 120], ids=["in time", "early"])
def test_an_appointment_kept_by_mistake_goes_back_to_whose_it_is(minutes: int) -> None:
    h = Hospital()
    booked(h, h.now + minutes * MINUTE)
    before = h.register(service="internal")
    h.pass_time(MINUTE)
    mistaken = h.register(person=PERSON, service="internal")
    h.pass_time(MINUTE)
    behind = h.register(service="internal")
    assert h.part(mistaken.visit).appointment == "HEN-1"
    daughter = replaced(identification(mistaken.visit, "daughter"), somebody_else=True)
    h.ok(daughter)
    part = h.part(mistaken.visit)
    assert (part.appointment, part.punctuality, part.lane) == ("", None, Lane.WALK_IN)
    # Their place is that of everybody who came when they did.
    assert h.order_at("desk_1") == [before.number, mistaken.number, behind.number]
    assert {h.day.steps[step].standing.since for step in h.visit(mistaken.visit).steps} == {
        h.visit(mistaken.visit).arrived_at
    }
    appointment = h.day.appointments["HEN-1"]
    assert (appointment.state, appointment.visit) == (AppointmentState.BOOKED, "")
    came = h.register(person=PERSON, service="internal")
    assert h.part(came.visit).appointment == "HEN-1"
    # Said once more, and of whom it is by then, it takes nothing from anybody.
    h.ok(daughter)
    h.ok(identification(came.visit, PERSON))
    assert h.day.appointments["HEN-1"].visit == came.visit


def test_an_appointment_stays_with_whom_it_brought_here() -> None:
    h = Hospital()
    h.ok(Booking("HEN-1", "internal", h.now, "called-otherwise", code="TK1"), role=Role.RECEPTION)
    by_code = replaced(h.admission(person=PERSON, service="internal"), appointment="TK1")
    came = h.ok(by_code)
    assert isinstance(came, Ticket)
    # Whoever it was, the code was theirs.
    h.ok(replaced(identification(came.visit, "daughter"), somebody_else=True))
    assert h.part(came.visit).appointment == "HEN-1"
    # And nobody loses theirs by being known better.
    h.ok(Booking("HEN-2", "internal", h.now, "by-name", code="TK2"), role=Role.RECEPTION)
    named = h.ok(replaced(h.admission(person=None, service="internal"), appointment="TK2"))
    assert isinstance(named, Ticket)
    h.ok(identification(named.visit, "by-number"))
    assert h.part(named.visit).appointment == "HEN-2"


def test_who_came_too_late_or_for_something_else_waits_as_before() -> None:
    h = Hospital()
    booked(h, h.now)
    h.pass_time(60 * MINUTE)
    late, night = h.register(person=None), h.register("fee", "night")
    h.ok(identification(night.visit))
    assert h.part(night.visit).appointment == ""
    h.ok(identification(night.visit, "somebody-else"))
    h.ok(identification(late.visit))
    assert (h.part(late.visit).punctuality, h.part(late.visit).lane) == (Punctuality.LATE, Lane.WALK_IN)


def test_a_declared_priority_is_confirmed_or_withdrawn() -> None:
    h = Hospital()
    shown, not_shown = h.register(declared=True), h.register(declared=True)
    h.ok(c.SettleLane(visit=shown.visit, shown=True))
    h.ok(c.SettleLane(visit=not_shown.visit, shown=False))
    assert (h.part(shown.visit).lane, h.part(shown.visit).grant) == (Lane.PRIORITY, Grant.DESK)
    assert (h.part(not_shown.visit).lane, h.part(not_shown.visit).grant) == (Lane.WALK_IN, None)
    for ticket in (shown, not_shown):
        h.refused(c.SettleLane(visit=ticket.visit, shown=True), Refusal.CHANGED)


def declaring(h: Hospital, role: Role, *, told: bool = False) -> Ticket:
    admission: Admission = replaced(h.admission(declared=not told), age_told=told)
    ticket = h.ok(admission, device="kiosk_1", role=role)
    assert isinstance(ticket, Ticket)
    return ticket


def test_where_a_desk_takes_the_word_a_kiosk_s_counts_for_nothing() -> None:
    h = Hospital(facility(declared_at_desk=True))
    assert declaring(h, Role.KIOSK).lane is Lane.WALK_IN
    at_desk = declaring(h, Role.RECEPTION)
    assert (at_desk.lane, at_desk.provisional) == (Lane.PRIORITY, True)
    # An age is a fact and no declaration, though one that is to be shown.
    told = declaring(h, Role.KIOSK, told=True)
    assert (told.lane, told.provisional) == (Lane.PRIORITY, True)


def test_a_person_is_forgotten_once_they_are_gone_and_only_the_reference_is_journaled() -> None:
    h = Hospital()
    ticket = h.register(person=PERSON)
    refused = h.refused(c.Forget(visit=ticket.visit), Refusal.STILL_HERE)
    assert refused.facts == {"visit": ticket.visit, "number": ticket.number}
    h.refused(c.Forget(person=PERSON), Refusal.STILL_HERE)
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    assert h.part(ticket.visit).end is VisitEnd.CANCELLED
    for wish in (c.Forget(visit=ticket.visit), c.Forget(person=PERSON)):
        h.ok(wish)
        assert h.journal[-1] == PersonForgotten(PERSON)


def test_forgetting_names_one_person() -> None:
    h = Hospital()
    nobody = h.register(person=None)
    length = len(h.journal)
    h.ok(c.Forget(visit=nobody.visit))
    assert len(h.journal) == length
    h.refused(c.Forget(), Refusal.MALFORMED)
    h.refused(c.Forget(visit=nobody.visit, person=PERSON), Refusal.MALFORMED)
    h.refused(c.Forget(visit="2026-11-23-99"), Refusal.UNKNOWN_VISIT)
