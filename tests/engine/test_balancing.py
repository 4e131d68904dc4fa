"""Which clinic: by the time until the call, the way there, the session's end, the desk's advice, shares."""

import pytest

from queue_server.engine import balancing, desks
from queue_server.engine.draft import Draft
from queue_server.engine.facility import Facility, Hall, Service, SessionPlan
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    Authority,
    Balance,
    Binding,
    Help,
    PresenceKind,
    StepState,
)
from queue_server.protocol.values import replaced
from tests.support.hospital import CLINICS, HOUR, MINUTE, SERVICES, Hospital, facility, words

ROOMS = ("room_1", "room_2")


def site(
    binding: Binding = Binding.LATE,
    *,
    sessions: tuple[SessionPlan, ...] = (),
    places: int = 1,
    far: str = "",
    **more: object,
) -> Facility:
    """Two rooms for `internal`. far: a room in the other hall. More: of the service or the facility."""
    of_service = {name: more.pop(name) for name in list(more) if name in Service.__struct_fields__}
    services = {s.id: s for s in SERVICES}
    services["internal"] = replaced(services["internal"], binding=binding, **of_service)
    clinics = {k.id: k for k in CLINICS}
    clinics["room_1"] = replaced(clinics["room_1"], places=places)
    if far:
        clinics[far] = replaced(clinics[far], hall="hall_b")
    halls = {name: Hall(name, words(name), words("1")) for name in ("hall_a", "hall_b")}
    return facility(services=services, clinics=clinics, halls=halls, sessions=sessions, **more)


def arrive(h: Hospital, payer: str = "insured", *helped: Help) -> str:
    """Somebody whose only step is the exam; returns the step."""
    visit = h.register(payer, "exam", service="internal").visit
    if helped:
        h.ok(c.SetHelp(visit=visit, help=helped))
    for service in ("reception", "vitals", "cashier"):
        steps = [s for s in h.day.visits[visit].steps if h.day.steps[s].service == service]
        for step in steps:
            desk = {"reception": "desk_1", "vitals": "vitals_1", "cashier": "till"}[service]
            h.ok(c.CallStep(clinic=desk, step=step, reason="call"))
            h.finish(step)
    return h.step_at(visit, "internal")


def where(h: Hospital, step: str) -> str:
    return h.standing(step).clinic


def test_minutes_count_and_not_heads() -> None:
    """Room 1 serves three at once, so with more people it calls sooner."""
    h = Hospital(site(Binding.AT_CHECK_IN, places=3))
    steps = [arrive(h) for _ in range(8)]
    rooms = [where(h, step) for step in steps]
    assert rooms.count("room_1") == 6
    assert rooms.count("room_2") == 2


def test_heads_are_counted_where_the_site_says_so() -> None:
    h = Hospital(site(Binding.AT_CHECK_IN, places=3, balance=Balance.FEWEST_HEADS))
    rooms = [where(h, arrive(h)) for _ in range(8)]
    assert rooms == ["room_1", "room_2"] * 4


def test_chance_is_the_same_each_time_and_leaves_nobody_in_the_pool() -> None:
    def rooms() -> list[str]:
        h = Hospital(site(balance=Balance.RANDOM))
        return [where(h, arrive(h)) for _ in range(30)]

    told = rooms()
    assert told == rooms()
    assert set(told) == set(ROOMS)


def test_nobody_is_sent_to_a_slow_room_while_a_quick_one_calls_sooner() -> None:
    """With three at room 2 and two at a room that is silent, the next waits in the pool for room 2."""
    session = (SessionPlan("room_1", "an", 7 * 60, 12 * 60), SessionPlan("room_2", "binh", 7 * 60, 12 * 60))
    h = Hospital(site(sessions=session, bind_ahead=2), at=8 * HOUR)
    first = [arrive(h) for _ in range(4)]
    assert sorted(where(h, step) for step in first) == ["room_1", "room_1", "room_2", "room_2"]
    held = ""
    for minute in range(0, 30, 6):
        held = h.called("room_2", held or None)
        h.pass_time(6 * MINUTE)
        late = arrive(h)
        if minute >= 12:
            # Room 1 has let two people wait for a quarter of an hour with its place free.
            assert where(h, late) != "room_1"


def test_a_room_that_calls_again_is_believed_at_once() -> None:
    session = (SessionPlan("room_1", "an", 7 * 60, 12 * 60),)
    h = Hospital(site(sessions=session), at=8 * HOUR)
    arrive(h)
    assert balancing.silent_for(Draft(h.day), "room_1") == 0
    arrive(h)
    h.advance(15 * MINUTE)
    assert balancing.silent_for(Draft(h.day), "room_1") == 15 * MINUTE
    h.called("room_1")
    assert balancing.silent_for(Draft(h.day), "room_1") == 0


def test_a_room_whose_session_ends_before_loses() -> None:
    session = (SessionPlan("room_1", "an", 7 * 60, 9 * 60), SessionPlan("room_2", "binh", 7 * 60, 12 * 60))
    h = Hospital(site(Binding.AT_CHECK_IN, sessions=session), at=9 * HOUR - 10 * MINUTE)
    rooms = [where(h, arrive(h)) for _ in range(6)]
    # Turns take 8 minutes and 10 are left: two begin in time, the others are better off at room 2.
    assert rooms == ["room_1", "room_2", "room_1", "room_2", "room_2", "room_2"]


def test_where_no_session_is_long_enough_the_earliest_still_wins() -> None:
    ends = 7 * 60 + 2
    session = (SessionPlan("room_1", "an", 7 * 60, ends), SessionPlan("room_2", "binh", 7 * 60, ends))
    h = Hospital(site(Binding.AT_CHECK_IN, sessions=session))
    assert [where(h, arrive(h)) for _ in range(4)] == ["room_1", "room_2", "room_1", "room_2"]


def test_a_session_without_a_break_before_the_next_does_not_end() -> None:
    session = (
        SessionPlan("room_1", "an", 7 * 60, 9 * 60),
        SessionPlan("room_1", "chi", 9 * 60, 12 * 60),
        SessionPlan("room_2", "binh", 7 * 60, 12 * 60),
    )
    h = Hospital(site(Binding.AT_CHECK_IN, sessions=session), at=9 * HOUR - 10 * MINUTE)
    assert [where(h, arrive(h)) for _ in range(6)].count("room_1") == 3


@pytest.mark.parametrize(
    ("helped", "near"),
    [((), 1), ((Help.WHEELCHAIR,), 2), ((Help.SLOW_WALK,), 2), ((Help.HEARING,), 1)],
)
def test_the_way_counts_and_doubles_for_those_who_walk_badly(helped: tuple[Help, ...], near: int) -> None:
    """Five minutes' walk to the other hall is less than a turn of eight minutes; ten are more."""
    h = Hospital(site(Binding.AT_CHECK_IN, far="room_1", walks={"hall_a/hall_b": 300}))
    admission = replaced(h.admission("insured", "exam", service="internal"), help=helped)
    rooms = []
    for _ in range(2):
        ticket = h.ok(replaced(admission, person=h.fresh()), device="kiosk_1")
        rooms.append(where(h, h.step_at(getattr(ticket, "visit", ""), "internal")))
    assert rooms.count("room_2") == near


def test_the_way_begins_where_the_patient_was_last_known_to_be() -> None:
    h = Hospital(site(far="room_1", walks={"hall_b/hall_a": 120}))
    assert where(h, arrive(h)) == "room_2"
    for step in h.day.clinics["room_2"].queue:
        h.called("room_2")
        h.finish(step[-1])
    ticket = h.register("insured", "exam", service="internal")
    h.ok(c.SetPresence(visit=ticket.visit, presence=PresenceKind.HERE, hall="hall_b"))
    for desk in ("desk_1", "vitals_1"):
        h.finish(h.called(desk))
    assert where(h, h.step_at(ticket.visit, "internal")) == "room_1"


def test_a_desk_with_many_insured_exams_is_spared_where_another_is_not_much_slower() -> None:
    session = (
        SessionPlan("room_1", "an", 7 * 60, 12 * 60, desk="02.03"),
        SessionPlan("room_2", "binh", 7 * 60, 12 * 60, desk="02.03"),
    )
    h = Hospital(site(sessions=session, desk_advice=(3, 5)))
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    for done in range(3):
        assert desks.insured_exams(h.day, "room_1") == done
        arrive(h)
        h.finish(h.called("room_1"))
    h.ok(c.OpenClinic(clinic="room_2"))
    assert (desks.advice(h.day, "room_1"), desks.advice(h.day, "room_2")) == ("prefer_others", "")
    # One turn of eight minutes at room 2 is less than the ten that the advice weighs, two are more.
    assert [where(h, arrive(h)) for _ in range(3)] == ["room_2", "room_2", "room_1"]
    # Who pays a fee is no insured exam: the advice is not about them.
    assert where(h, arrive(h, "fee")) == "room_1"


def test_at_the_limit_the_advice_is_strong_and_still_no_refusal() -> None:
    session = (
        SessionPlan("room_1", "an", 7 * 60, 12 * 60, desk="a"),
        SessionPlan("room_2", "binh", 7 * 60, 12 * 60, desk="b"),
    )
    h = Hospital(site(sessions=session, desk_advice=(1, 2)))
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    for _ in range(2):
        arrive(h)
        h.finish(h.called("room_1"))
    assert desks.advice(h.day, "room_1") == "at_limit"
    assert where(h, arrive(h)) == "room_1"


def test_an_exam_that_is_taken_back_counts_no_more_and_a_return_counts_once() -> None:
    h = Hospital(site(sessions=(SessionPlan("room_1", "an", 7 * 60, 12 * 60, desk="02.03"),)))
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    arrive(h)
    exam = h.called("room_1")
    _, back = h.order(exam, "pharmacy")
    h.finish(exam)
    assert h.day.insured == {"room_1/02.03": 1}
    h.undo("room_1")
    assert h.day.insured == {"room_1/02.03": 0}
    h.finish(exam)
    h.finish(h.called("counter"))
    assert h.called("room_1") == back
    h.finish(back)
    assert h.day.insured == {"room_1/02.03": 1}


def test_of_several_desks_in_a_room_it_is_the_practitioners() -> None:
    session = (
        SessionPlan("room_1", "an", 7 * 60, 12 * 60, desk="a"),
        SessionPlan("room_1", "chi", 7 * 60, 11 * 60, desk="b"),
    )
    h = Hospital(site(sessions=session, places=2))
    assert desks.desk_at(h.day, "room_1", h.now, "chi") == "room_1/b"
    assert desks.desk_at(h.day, "room_1", h.now) == "room_1/a"
    assert desks.desk_at(h.day, "room_1", h.now - 4 * HOUR) == ""
    assert desks.desk_at(h.day, "room_1", h.now + 9 * HOUR) == "room_1/a"
    assert desks.desk_at(h.day, "room_2", h.now) == ""


def test_the_quick_doctor_is_not_given_everybody() -> None:
    """Room 1 serves three at once; a share of 120 percent lets it have little more than half."""
    h = Hospital(site(Binding.AT_CHECK_IN, places=3, max_share=120))
    rooms = [where(h, arrive(h)) for _ in range(20)]
    assert 10 <= rooms.count("room_1") <= 12


def test_a_share_never_leaves_a_clinic_idle() -> None:
    h = Hospital(site(max_share=100))
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    for _ in range(3):
        arrive(h)
        h.finish(h.called("room_1"))
    h.ok(c.OpenClinic(clinic="room_2"))
    arrive(h)
    assert h.day.clinics["room_2"].given == {"internal": 1}
    assert where(h, arrive(h)) == "room_1"


def test_a_share_is_fair_to_who_began_later() -> None:
    """Who works since nine has a quarter of the other's time, and so a quarter of the patients is fair."""
    session = (SessionPlan("room_1", "an", 7 * 60, 12 * 60), SessionPlan("room_2", "binh", 9 * 60, 12 * 60))
    h = Hospital(site(Binding.AT_CHECK_IN, sessions=session, max_share=110), open_all=False)
    for desk in ("desk_1", "vitals_1"):
        h.ok(c.OpenClinic(clinic=desk))
    h.advance()
    for _ in range(8):
        arrive(h)
        h.finish(h.called("room_1"))
        h.pass_time(10 * MINUTE)
    h.advance(60 * MINUTE)
    rooms = [where(h, arrive(h)) for _ in range(6)]
    assert rooms.count("room_1") >= 2


def test_a_chosen_doctor_is_never_exchanged_and_a_his_that_leads_is_not_overruled() -> None:
    h = Hospital(site(Binding.AT_CHECK_IN))
    h.ok(c.SignOn(clinic="room_1", practitioner="an"))
    for _ in range(4):
        ticket = h.register("insured", "exam", service="internal", practitioner="an")
        assert where(h, h.step_at(ticket.visit, "internal")) == "room_1"
    led = Hospital(site(authority=Authority.HIS_LEADS))
    assert where(led, arrive(led)) == ""
    led = Hospital(site(Binding.AT_CHECK_IN, authority=Authority.HIS_LEADS))
    assert where(led, arrive(led)) == ""
    desk = Hospital(site(Binding.AT_DESK))
    assert where(desk, arrive(desk)) == ""


def test_before_they_open_the_clinic_that_opens_first_is_given() -> None:
    session = (SessionPlan("room_1", "an", 9 * 60, 12 * 60), SessionPlan("room_2", "binh", 8 * 60, 12 * 60))
    h = Hospital(site(Binding.AT_CHECK_IN, sessions=session), open_all=False)
    for desk in ("desk_1", "vitals_1"):
        h.ok(c.OpenClinic(clinic=desk))
    rooms = [where(h, h.step_at(h.register(service="internal").visit, "internal")) for _ in range(10)]
    assert rooms == ["room_2"] * 8 + ["room_1", "room_2"]


def test_the_given_are_counted_as_they_come_and_go() -> None:
    h = Hospital(site(Binding.AT_CHECK_IN))
    step = arrive(h)
    assert h.day.clinics["room_1"].given == {"internal": 1}
    h.ok(c.Transfer(step=step, clinic="room_2"))
    assert (h.day.clinics["room_1"].given, h.day.clinics["room_2"].given) == (
        {"internal": 0},
        {"internal": 1},
    )
    h.finish(h.called("room_2"))
    assert h.day.clinics["room_2"].given == {"internal": 1}
    other = arrive(h)
    h.ok(c.Cancel(visit=h.day.steps[other].visit, step=other, reason="cancel"))
    assert h.standing(other).state is StepState.CANCELLED
    assert h.day.clinics["room_1"].given == {"internal": 0}


def test_where_nobody_said_how_far_it_is_the_way_is_nothing() -> None:
    h = Hospital(site(far="room_1"))
    assert [where(h, arrive(h)) for _ in range(2)] == ["room_1", "room_2"]
