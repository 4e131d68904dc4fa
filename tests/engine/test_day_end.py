"""The end of the service day: everybody ends with a reason or is carried over with the same ticket."""

from queue_server.engine import clock, due
from queue_server.engine.decision import Decision, Rejection
from queue_server.engine.events import VisitRegistered
from queue_server.engine.facility import SessionPlan
from queue_server.engine.hours import day_starts, day_stops, planned_sessions, service_day
from queue_server.engine.sites import change_site
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    ClinicState,
    Refusal,
    Result,
    ResultsWithout,
    StepState,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.values import replaced
from tests.support.hospital import DAY, HOUR, MINUTE, Hospital, facility
from tests.support.laws import check_laws


def test_a_day_lasts_from_its_start_to_the_next_ones() -> None:
    late = facility(day_ends=4 * 60)
    for plan in (facility(), late):
        assert day_stops(plan, DAY) == day_starts(plan, "2026-11-24") == day_starts(plan, DAY) + 24 * HOUR
        assert service_day(plan, day_starts(plan, DAY)) == DAY
        assert service_day(plan, day_stops(plan, DAY) - 1) == DAY
    assert day_starts(facility(), DAY) == 1795366800000
    night = replaced(late, sessions=(SessionPlan("night", "dung", 60, 240),))
    (session,) = planned_sessions(night, DAY)["night"]
    assert session.opens == day_stops(late, DAY) - 3 * HOUR
    assert session.ends == day_stops(late, DAY)


def test_whoever_works_until_midnight_hands_over_to_the_next() -> None:
    early, late = SessionPlan("night", "an", 0, 8 * 60), SessionPlan("night", "dung", 18 * 60, 1440)
    h = Hospital(facility(sessions=(early, late)), open_all=False, at=23 * HOUR)
    h.advance()
    assert "dung" in h.day.clinics["night"].part.practitioners
    h.ok(c.SignOn(clinic="night", practitioner="chi"))
    h.advance(HOUR)
    # Who signed on by hand signs off by hand.
    assert h.day.clinics["night"].part.practitioners == ("chi", "an")


def test_visits_that_are_still_open_end_with_the_day() -> None:
    h = Hospital()
    waiting = h.register("fee", service="internal")
    h.finish(h.called("till"))
    lost = h.register()
    h.finish(h.called("desk_1"))
    h.advance(24 * HOUR)
    (yesterday,) = h.closed
    for ticket in (waiting, lost):
        assert yesterday.visits[ticket.visit].part.end is VisitEnd.DAY_ENDED
    states = {yesterday.steps[s].standing.state for s in yesterday.visits[waiting.visit].steps}
    assert states == {StepState.DONE, StepState.ABANDONED}
    assert (h.day.visits, h.day.seq > yesterday.seq) == ({}, True)
    assert h.register().number == "A001"


def test_round_the_clock_clinics_carry_their_visits_over() -> None:
    h = Hospital(at=23 * HOUR)
    h.advance()
    tickets = [h.register("fee", "night", person=f"p{n}") for n in range(3)]
    serving = h.called("night")
    h.pass_time(MINUTE)
    blood, back = h.order(serving, "blood")
    since = [h.standing(f"{t.visit}.1").since for t in tickets]
    part = h.day.clinics["night"].part
    h.advance(HOUR)
    assert h.day.clinics["night"].part == part
    assert part.state is ClinicState.OPEN
    assert [(v.part.number, v.token, v.person) for v in h.day.visits.values()] == [
        (t.number, t.token, f"p{n}") for n, t in enumerate(tickets)
    ]
    carried = [event for event in h.journal if isinstance(event, VisitRegistered)]
    assert [event.carried_from for event in carried] == [t.visit for t in tickets]
    first = [h.day.steps[s] for s in next(iter(h.day.visits.values())).steps]
    assert [(s.service, s.standing.state) for s in first] == [
        ("emergency", StepState.CALLED),
        ("blood", StepState.QUEUED),
        ("emergency", StepState.PLANNED),
    ]
    assert first[2].after == first[2].awaits == (first[1].id,)
    assert [h.standing(f"{v}.1").since for v in h.day.visits] == since
    assert h.register("fee", "night").number == "Y004"
    h.call("night", first[0].id)
    check_laws(h.day)
    assert h.closed[0].steps[blood].standing.end == h.closed[0].steps[back].standing.end == "carried"


def test_a_result_that_comes_after_midnight_still_brings_the_patient_back() -> None:
    h = Hospital(at=23 * HOUR)
    h.advance()
    h.register("fee", "night")
    exam = h.called("night")
    h.order(exam, "blood", "ultrasound")
    h.finish(exam)
    for clinic in ("lab", "scan"):
        h.ok(c.OpenClinic(clinic=clinic))
        h.finish(h.called(clinic))
    early = h.step_at(h.day.steps[exam].visit, "ultrasound")
    h.ok(c.ResultReady(step=early))
    h.advance(HOUR)
    (visit,) = h.day.visits
    test, back = h.day.visits[visit].steps
    assert (h.day.steps[test].service, h.standing(test).result) == ("blood", Result.PENDING)
    assert h.day.steps[back].awaits == (test,)
    check_laws(h.day)
    h.refused(c.CallNext(clinic="night"), Refusal.NOBODY_WAITING)
    h.ok(c.ResultReady(step=test))
    assert h.called("night") == back


def test_numbers_begin_anew_beside_those_carried_over() -> None:
    h = Hospital(at=23 * HOUR)
    h.advance()
    h.register("fee", "night")
    h.register("fee", "night")
    h.ok(c.Cancel(visit=f"{h.day.day}-1", reason="cancel"))
    h.advance(HOUR)
    assert [h.register("fee", "night").number for _ in range(2)] == ["Y001", "Y003"]


def test_days_missed_while_nobody_kept_time_close_at_the_first_chance() -> None:
    h = Hospital()
    h.register()
    h.advance(72 * HOUR)
    assert (h.day.day, due.day_ended(h.day, h.now)) == ("2026-11-26", False)
    assert due.next_due(h.closed[0]) is None


def test_the_first_day_of_all_starts_the_journal() -> None:
    events = clock.open_day(facility(), DAY, day_starts(facility(), DAY))
    assert len(events) == 1


def test_a_changed_site_may_not_take_away_what_someone_waits_for() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    less = replaced(h.plan, clinics={k: v for k, v in h.plan.clinics.items() if k != "room_1"})
    refused = change_site(h.day, less)
    assert isinstance(refused, Rejection)
    assert refused.facts == {"clinics": ("room_1",), "services": ()}
    h.ok(c.Transfer(step=h.day.clinics["room_1"].queue[0][-1], clinic="room_2"))
    changed = change_site(h.day, less)
    assert isinstance(changed, Decision)
    h.follow(changed.events)
    assert h.day.facility == less
    h.called("room_2")
    assert change_site(h.day, less) == Decision(())


def at_night(**rules: dict[str, object]) -> tuple[Hospital, str]:
    """Half past eleven at night, and doctor an has somebody in hand in the room that never closes."""
    plan = facility()
    services = {name: replaced(known, **rules.get(name, {})) for name, known in plan.services.items()}
    sessions = (SessionPlan("night", "", 0, 1440),)
    h = Hospital(replaced(plan, services=services, sessions=sessions), at=23 * HOUR + 30 * MINUTE)
    h.advance()
    h.ok(c.SignOn(clinic="night", practitioner="an"))
    h.register("fee", "night")
    return h, h.called("night")


def test_results_that_wait_for_a_desk_wait_for_it_in_the_new_day_too() -> None:
    h, exam = at_night(emergency={"results_without": ResultsWithout.ASK})
    blood, _ = h.order(exam, "blood")
    h.finish(exam)
    h.finish(h.called("lab"))
    h.ok(c.SignOff(clinic="night", practitioner="an"))
    h.ok(c.ResultReady(step=blood))
    h.advance(HOUR)
    check_laws(h.day)
    (visit,) = h.day.visits.values()
    assert (visit.part.wait, h.day.directions) == (VisitWait.RESULTS, {visit.id})
    h.ok(c.Attach(visit=visit.id, clinic="night"))
    assert h.called("night") == visit.steps[-1]


def test_a_repeated_test_goes_on_over_midnight() -> None:
    h, exam = at_night(blood={"repeats": (60,)})
    h.order(exam, "blood")
    h.finish(exam)
    h.finish(h.called("lab"))
    h.advance(HOUR)
    check_laws(h.day)
    h.ok(c.OpenClinic(clinic="lab"))
    again = h.called("lab")
    h.finish(again)
    assert h.standing(again).result is Result.PENDING
    h.ok(c.ResultReady(step=again))
    assert h.day.steps[h.called("night")].returning
