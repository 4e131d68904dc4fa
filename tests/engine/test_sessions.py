"""Sessions: room for so many, tickets for the next one, lunch, and what becomes of who is left over."""

import pytest

from queue_server.engine import due
from queue_server.engine.decision import Decision, Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.estimates import finishable
from queue_server.engine.facility import Facility, SessionPlan
from queue_server.engine.hours import day_starts
from queue_server.engine.sessions import BETWEEN
from queue_server.engine.sites import change_site
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AssignedBy,
    ClinicState,
    GateName,
    Leftovers,
    Notice,
    ProposalState,
    Refusal,
    Role,
    StepState,
)
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import CatalogueService, ClinicCard, FacilityClinic, HallPlace
from queue_server.protocol.values import replaced
from queue_server.views import rows, touched
from tests.support.hospital import DAY, HOUR, MINUTE, SERVICES, SESSIONS, Hospital, facility
from tests.support.laws import check_laws

SEVEN, HALF_PAST_11, ONE, FOUR = 7 * 60, 11 * 60 + 30, 13 * 60, 16 * 60


def at(minute: int) -> int:
    return day_starts(facility(), DAY) + minute * MINUTE


def house(*plans: SessionPlan, leftovers: Leftovers = Leftovers.CARRY) -> Facility:
    """The usual hospital with other sessions, and rooms opened by nothing but these."""
    services = {s.id: replaced(s, leftovers=leftovers) for s in SERVICES}
    return facility(sessions=plans or SESSIONS, services=services)


def morning(*plans: SessionPlan, leftovers: Leftovers = Leftovers.CARRY, check: bool = True) -> Hospital:
    """7:00, the till open, sessions begun."""
    h = Hospital(house(*plans, leftovers=leftovers), open_all=False, check=check)
    h.advance()
    h.ok(c.OpenClinic(clinic="till"))
    return h


def limited(morning: int, afternoon: int = 0) -> tuple[SessionPlan, ...]:
    return (
        SessionPlan("room_1", "an", SEVEN, HALF_PAST_11, morning),
        SessionPlan("room_1", "an", ONE, FOUR, afternoon),
    )


def come(h: Hospital, service: str = "internal", **more: object) -> Ticket:
    """Somebody who paid and waits for the exam."""
    ticket = h.register("fee", service=service, **more)  # type: ignore[arg-type]  # practitioner
    h.finish(h.called("till"))
    return ticket


def refused(h: Hospital, *, later: bool = False, role: Role = Role.KIOSK, **more: object) -> Rejection:
    admission = replaced(h.admission("fee", service="internal", **more), later=later)  # type: ignore[arg-type]
    return h.refused(admission, Refusal.SESSION_FULL, device="kiosk_1", role=role)


def later(h: Hospital, service: str = "internal", **more: object) -> Ticket:
    admission = replaced(h.admission("fee", service=service, **more), later=True)  # type: ignore[arg-type]
    ticket = h.ok(admission, device="kiosk_1", role=Role.KIOSK)
    assert isinstance(ticket, Ticket)
    return ticket


def state(h: Hospital, clinic: str) -> ClinicState:
    return h.day.clinics[clinic].part.state


def to(h: Hospital, minute: int) -> None:
    h.advance(at(minute) - h.now)


# Room -----------------------------------------------------------------------------------------------------


def test_a_kiosk_takes_nobody_in_for_a_full_session_but_for_the_next_one() -> None:
    h = morning(*limited(2))
    come(h), come(h)
    assert refused(h).facts == {"service": "internal", "later_at": at(ONE)}
    ticket = later(h)
    step = h.step_at(ticket.visit, "internal")
    (gate,) = [g for g in h.standing(step).gates if g.name is GateName.NOT_BEFORE]
    assert (gate.at, gate.open, ticket.later_at) == (at(ONE), False, at(ONE))
    h.finish(h.called("till"))
    assert h.standing(step).state is StepState.PLANNED
    to(h, ONE - 1)
    assert h.standing(step).state is StepState.PLANNED
    to(h, ONE)
    assert h.standing(step).state is StepState.QUEUED


def test_whoever_gives_up_gives_the_place_back() -> None:
    h = morning(*limited(2))
    here = [come(h), come(h)]
    refused(h)
    h.ok(c.Cancel(visit=here[0].visit, reason="cancel"))
    come(h)
    refused(h)
    h.finish(h.called("room_1"))
    refused(h)
    check_laws(h.day)


def test_a_cancelled_stop_that_is_put_back_counts_again() -> None:
    h = morning(*limited(1))
    come(h)
    step = h.called("room_1")
    h.ok(c.Refer(step=step, service="eyes"))
    refused(h)
    h.undo("room_1")
    refused(h)
    assert h.day.admissions[h.day.admitted[step]] == 1


def test_desks_and_the_his_may_always_add() -> None:
    h = morning(*limited(1))
    come(h)
    refused(h)
    for role in (Role.RECEPTION, Role.INTEGRATION, Role.SUPERVISOR):
        h.ok(h.admission("fee", service="internal"), role=role)
    ticket = h.register("fee", service="eyes")
    h.ok(c.AddSteps(visit=ticket.visit, orders=(c.Order(service="internal"),)), role=Role.RECEPTION)
    h.ok(c.Attach(visit=h.register().visit, service="internal", clinic="room_1"), role=Role.RECEPTION)


def test_paper_of_a_kiosk_without_the_server_is_never_refused() -> None:
    h = morning(*limited(1))
    come(h)
    assert h.register("fee", service="internal", number="K01-001").number == "K01-001"


def test_who_only_goes_to_the_desk_is_not_held_back() -> None:
    h = morning(*limited(1))
    come(h)
    h.register("fee", person=None, service="internal")
    h.register("insured")


def test_when_all_of_today_is_full_there_is_no_later_hour() -> None:
    h = morning(*limited(1, 1))
    come(h)
    later(h)
    assert refused(h).facts == {"service": "internal"}
    assert refused(h, later=True).facts == {"service": "internal"}


def test_a_wish_for_later_that_came_too_late_is_for_now() -> None:
    """The place was given back, and no other session follows."""
    h = morning(SessionPlan("room_1", "an", SEVEN, HALF_PAST_11, 1))
    ticket = later(h)
    assert ticket.later_at is None


def test_room_is_counted_over_all_clinics_of_the_service() -> None:
    h = morning(*limited(1, 1), SessionPlan("room_2", "binh", SEVEN, HALF_PAST_11, 2))
    for _ in range(3):
        come(h)
    assert refused(h).facts == {"service": "internal", "later_at": at(ONE)}


def test_one_session_without_a_limit_is_enough() -> None:
    h = morning(*limited(1, 1), SessionPlan("room_2", "binh", SEVEN, HALF_PAST_11))
    for _ in range(5):
        come(h)


def test_another_clinic_that_works_in_the_afternoon_only_is_later_not_room() -> None:
    h = morning(
        SessionPlan("room_1", "an", SEVEN, HALF_PAST_11, 1), SessionPlan("room_2", "binh", ONE, FOUR, 5)
    )
    come(h)
    assert refused(h).facts["later_at"] == at(ONE)
    assert later(h).later_at == at(ONE)


def test_before_the_first_session_room_is_that_of_the_morning() -> None:
    h = Hospital(house(*limited(1, 1)), open_all=False, at=5 * HOUR)
    h.advance()
    h.register("fee", service="internal")
    assert refused(h).facts["later_at"] == at(ONE)


def test_over_lunch_room_is_that_of_the_afternoon() -> None:
    h = morning(*limited(1, 2))
    come(h)
    later(h)
    to(h, 12 * 60)
    come(h)
    assert refused(h).facts == {"service": "internal"}


def test_a_chosen_practitioner_is_full_alone() -> None:
    plans = (
        SessionPlan("room_1", "an", SEVEN, HALF_PAST_11, 1),
        SessionPlan("room_2", "binh", SEVEN, HALF_PAST_11, 9),
        SessionPlan("room_2", "an", ONE, FOUR, 3),
    )
    h = morning(*plans)
    come(h, practitioner="an")
    assert refused(h, practitioner="an").facts["later_at"] == at(ONE)
    come(h)
    ticket = later(h, practitioner="an")
    standing = h.standing(h.step_at(ticket.visit, "internal"))
    assert (standing.clinic, standing.practitioner) == ("room_2", "an")
    assert h.day.admissions[f"room_2/an/{ONE}"] == 1


def test_who_is_bound_at_check_in_gets_a_clinic_of_the_later_session() -> None:
    h = morning(
        SessionPlan("room_4", "an", SEVEN, HALF_PAST_11, 1),
        SessionPlan("room_4", "an", ONE, FOUR, 1),
        SessionPlan("room_5", "binh", ONE, FOUR, 3),
    )
    come(h, service="skin")
    rooms = [h.standing(h.step_at(later(h, "skin").visit, "skin")).clinic for _ in range(4)]
    assert rooms == ["room_5", "room_5", "room_4", "room_5"]
    h.refused(h.admission("fee", service="skin"), Refusal.SESSION_FULL, device="kiosk_1", role=Role.KIOSK)


def test_a_clinic_that_works_without_a_plan_takes_everybody() -> None:
    h = morning(*limited(1))
    come(h)
    refused(h)
    h.ok(c.OpenClinic(clinic="room_2"))
    come(h)


def test_two_doctors_of_one_room_fill_one_after_the_other() -> None:
    clinics = dict(facility().clinics)
    clinics["room_1"] = replaced(clinics["room_1"], places=2)
    plans = (
        SessionPlan("room_1", "an", SEVEN, HALF_PAST_11, 1),
        SessionPlan("room_1", "binh", SEVEN, HALF_PAST_11, 2),
    )
    h = Hospital(facility(sessions=plans, clinics=clinics), open_all=False)
    h.advance()
    h.ok(c.OpenClinic(clinic="till"))
    for _ in range(3):
        come(h)
    refused(h)
    assert h.day.admissions[f"room_1/an/{SEVEN}"] == 1
    assert h.day.admissions[f"room_1/binh/{SEVEN}"] == 2


def test_a_changed_site_forgets_nobody_who_was_taken_in() -> None:
    h = morning(*limited(1))
    come(h)
    other = [replaced(plan, practitioner="binh") for plan in limited(1)]
    change = change_site(h.day, house(*other))
    assert isinstance(change, Decision)
    h.follow(change.events)
    assert h.day.admissions[f"room_1/an/{SEVEN}"] == 0
    assert h.day.admissions[f"room_1/binh/{SEVEN}"] == 1
    h.advance()
    assert catalogue(h).full


# What screens are told ------------------------------------------------------------------------------------


def catalogue(h: Hospital) -> CatalogueService:
    row = (rows(h.day, "catalogue") or {})["service:internal"]
    assert isinstance(row, CatalogueService)
    return row


def test_kiosks_see_what_is_full_and_until_when() -> None:
    h = morning(*limited(1))
    assert not catalogue(h).full
    mark = len(h.journal)
    ticket = come(h)
    assert "catalogue" in touched(h.day, h.journal[mark:])
    assert (catalogue(h).full, catalogue(h).later_at) == (True, at(ONE))
    mark = len(h.journal)
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    assert "catalogue" in touched(h.day, h.journal[mark:])
    assert (catalogue(h).full, catalogue(h).later_at) == (False, None)


def test_kiosks_see_when_nobody_is_seen_any_more_today() -> None:
    h = morning(SessionPlan("room_1", "an", SEVEN, HALF_PAST_11))
    assert not catalogue(h).closed
    mark = len(h.journal)
    to(h, HALF_PAST_11 + 1)
    assert "catalogue" in touched(h.day, h.journal[mark:])
    assert catalogue(h).closed


def test_kiosks_are_told_when_a_clinic_turns() -> None:
    h = morning(*limited(1))
    come(h)
    mark = len(h.journal)
    h.ok(c.OpenClinic(clinic="room_2"))
    assert not catalogue(h).full
    assert "catalogue" in touched(h.day, h.journal[mark:])


def test_a_line_that_fills_the_rest_of_the_session_shows_it() -> None:
    h = morning(SessionPlan("room_1", "an", SEVEN, HALF_PAST_11))
    for _ in range(3):
        come(h)
    to(h, HALF_PAST_11 - 20)
    draft = Draft(h.day)
    assert [finishable(draft, "room_1", line) for line in (1, 3, 9)] == [1, 2, 2]
    card = (rows(h.day, "clinic:room_1") or {})["room_1"]
    row = (rows(h.day, "facility") or {})["clinic:room_1"]
    assert isinstance(card, ClinicCard)
    assert isinstance(row, FacilityClinic)
    assert (card.session_ends, card.finishable) == (at(HALF_PAST_11), 2)
    assert (row.session_ends, row.finishable) == (at(HALF_PAST_11), 2)
    assert finishable(draft, "room_2", 3) is None


# Lunch ----------------------------------------------------------------------------------------------------


def test_over_lunch_everybody_keeps_the_place_and_the_clinic_opens_by_itself() -> None:
    h = morning()
    numbers = [come(h).number for _ in range(4)]
    exam = h.called("room_1")
    to(h, HALF_PAST_11)
    part = h.day.clinics["room_1"].part
    assert (part.state, part.reason, part.news_at) == (ClinicState.PAUSED, BETWEEN, at(ONE))
    assert part.practitioners == ()
    place = (rows(h.day, "hall:hall_a") or {})["room_1"]
    assert isinstance(place, HallPlace)
    assert (place.notice, place.news_at) == (Notice.LUNCH, at(ONE))
    h.finish(exam)
    assert h.refused(c.CallNext(clinic="room_1"), Refusal.NOT_OPEN).facts["state"] == "paused"
    h.advance(5_000)
    assert (due.next_due(h.day) or 0) <= at(ONE)
    to(h, ONE)
    part = h.day.clinics["room_1"].part
    assert (part.state, part.reason, part.news_at) == (ClinicState.OPEN, "", 0)
    assert part.practitioners == ("an",)
    seen = [h.number(exam)]
    while len(seen) < 4:
        step = h.called("room_1")
        seen.append(h.number(step))
        h.finish(step)
    assert seen == numbers


def test_who_was_left_over_goes_first_then_those_with_a_later_ticket_then_those_who_came_since() -> None:
    h = morning(*limited(2))
    first = [come(h), come(h)]
    h.pass_time(HOUR)
    reserved = [later(h), later(h)]
    h.pass_time(HOUR)
    late = h.ok(h.admission("fee", service="internal"), role=Role.RECEPTION)
    assert isinstance(late, Ticket)
    while h.day.clinics["till"].in_hand or h.order_at("till"):
        in_hand = h.day.clinics["till"].in_hand
        h.call("till", in_hand[0] if in_hand else None)
    to(h, 12 * 60)
    come_at_noon = come(h)
    to(h, ONE)
    assert h.order_at("room_1") == [t.number for t in (*first, late, reserved[0], reserved[1], come_at_noon)]


def test_a_pause_that_staff_made_is_theirs_to_end() -> None:
    h = morning()
    h.ok(c.PauseClinic(clinic="room_1", reason="pause"))
    to(h, HALF_PAST_11)
    assert h.day.clinics["room_1"].part.reason == "pause"
    to(h, ONE)
    assert state(h, "room_1") is ClinicState.PAUSED
    assert h.day.clinics["room_1"].part.practitioners == ("an",)


def test_a_doctor_who_is_early_opens_by_hand() -> None:
    h = morning()
    come(h)
    to(h, HALF_PAST_11)
    to(h, ONE - 20)
    h.ok(c.OpenClinic(clinic="room_1"))
    h.called("room_1")
    to(h, ONE)
    assert state(h, "room_1") is ClinicState.OPEN


def test_sessions_without_a_gap_do_not_pause() -> None:
    h = morning(
        SessionPlan("room_1", "an", SEVEN, 9 * 60), SessionPlan("room_1", "binh", 9 * 60, HALF_PAST_11)
    )
    to(h, 9 * 60)
    part = h.day.clinics["room_1"].part
    assert (part.state, part.practitioners) == (ClinicState.OPEN, ("binh",))


def test_a_practitioner_goes_from_one_room_to_the_next_at_the_very_hour() -> None:
    h = morning(SessionPlan("room_1", "an", SEVEN, 9 * 60), SessionPlan("room_2", "an", 9 * 60, HALF_PAST_11))
    to(h, 9 * 60)
    assert h.day.clinics["room_1"].part.practitioners == ()
    assert h.day.clinics["room_2"].part.practitioners == ("an",)


# The last session -----------------------------------------------------------------------------------------


def test_after_the_last_session_who_may_go_anywhere_waits_for_the_other_clinics() -> None:
    h = morning()
    numbers = [come(h).number for _ in range(4)]
    bound = set(h.day.clinics["room_2"].bound)
    assert bound
    to(h, HALF_PAST_11)
    assert state(h, "room_2") is ClinicState.CLOSED
    assert all(h.standing(step).clinic == "" for step in bound)
    to(h, ONE)
    assert h.order_at("room_1") == numbers
    assert not h.day.proposals


def test_after_the_last_session_who_chose_the_doctor_stays_and_staff_are_asked() -> None:
    h = morning()
    chosen = come(h, practitioner="binh")
    to(h, HALF_PAST_11)
    assert state(h, "room_2") is ClinicState.DRAINING
    (proposal,) = h.day.proposals.values()
    assert (proposal.clinic, proposal.cause, proposal.part.state) == (
        "room_2",
        "session_end",
        ProposalState.OPEN,
    )
    assert [stay.visit for stay in proposal.part.stays] == [chosen.visit]
    h.finish(h.called("room_2"))
    h.advance(1)
    assert state(h, "room_2") is ClinicState.CLOSED


@pytest.mark.parametrize("leftovers", Leftovers)
def test_where_no_clinic_goes_on_nobody_is_left_in_a_pool_that_nobody_calls(leftovers: Leftovers) -> None:
    plans = (SessionPlan("room_1", "an", SEVEN, FOUR), SessionPlan("room_2", "binh", SEVEN, FOUR))
    h = morning(*plans, leftovers=leftovers)
    numbers = [come(h).number for _ in range(12)]
    assert h.day.pools["internal"]
    to(h, FOUR)
    assert not h.day.pools["internal"]
    seen: list[str] = []
    while len(seen) < len(numbers):
        for clinic in ("room_1", "room_2"):
            if h.order_at(clinic):
                step = h.called(clinic)
                seen.append(h.number(step))
                h.finish(step)
    assert sorted(seen) == sorted(numbers)
    h.advance(1)
    assert state(h, "room_1") is ClinicState.CLOSED
    assert bool(h.day.proposals) == (leftovers is not Leftovers.OVERTIME)


def test_overtime_calls_on_through_lunch() -> None:
    h = morning(leftovers=Leftovers.OVERTIME)
    for _ in range(2):
        come(h, practitioner="an")
    to(h, HALF_PAST_11)
    assert state(h, "room_1") is ClinicState.DRAINING
    h.finish(h.called("room_1"))
    to(h, ONE)
    assert state(h, "room_1") is ClinicState.OPEN
    h.finish(h.called("room_1"))


def test_who_missed_a_call_waits_again_wherever_somebody_still_calls() -> None:
    h = morning(SessionPlan("room_1", "an", SEVEN, HALF_PAST_11))
    come(h)
    step = h.called("room_1")
    h.pass_time(30_000)
    h.ok(c.Recall(step=step, times_called=1))
    h.pass_time(30_000)
    h.ok(c.Absent(step=step, times_called=2))
    to(h, HALF_PAST_11)
    assert (h.standing(step).state, h.standing(step).clinic) == (StepState.QUEUED, "room_1")
    assert h.called("room_1") == step


def test_whom_a_desk_sent_here_stays_here() -> None:
    h = morning()
    ticket = come(h)
    step = h.step_at(ticket.visit, "internal")
    other = "room_2" if h.standing(step).clinic == "room_1" else "room_1"
    h.ok(c.Transfer(step=step, clinic=other))
    if other == "room_1":
        h.ok(c.Transfer(step=step, clinic="room_2"))
    assert h.standing(step).assigned_by is AssignedBy.DESK
    to(h, HALF_PAST_11)
    assert h.standing(step).clinic == "room_2"


def test_a_room_whose_session_is_full_is_given_to_when_no_other_takes_anybody() -> None:
    plans = (
        SessionPlan("room_1", "an", SEVEN, HALF_PAST_11, 1),
        SessionPlan("room_2", "binh", SEVEN, HALF_PAST_11, 3),
    )
    h = morning(*plans)
    for _ in range(4):
        come(h)
    assert [len(h.day.clinics[room].bound) for room in ("room_1", "room_2")] == [1, 3]
    h.ok(h.admission("fee", service="internal"), role=Role.RECEPTION)
    h.finish(h.called("till"))
    assert len(h.order_at("room_1")) + len(h.order_at("room_2")) >= 5
