"""Policies: which one holds, what each rule does, what each share guarantees, and courtesy calls."""

import pytest

from queue_server.engine import calling, policies
from queue_server.engine.course import RESULTS_FIRST
from queue_server.engine.draft import Draft
from queue_server.engine.events import LinesTurned
from queue_server.engine.facility import (
    Accumulating,
    AppointmentRule,
    FirstCome,
    HeadStart,
    Policy,
    PolicyHours,
    PriorityFirst,
    Ratio,
    Reason,
    Rule,
    SessionPlan,
)
from queue_server.engine.hours import time_in_session, waited_since
from queue_server.protocol import commands as c
from queue_server.protocol.codes import CalledAs, ReasonKind, Refusal
from queue_server.protocol.values import replaced
from tests.support.hospital import HOUR, MINUTE, SERVICES, Hospital, facility, words
from tests.support.lines import BARE, arrive, call, house, order_of, wait


@pytest.mark.parametrize(
    ("rule", "arrivals", "expected"),
    [
        (PriorityFirst(1), "oopp", "2031"),
        (PriorityFirst(3), "oorfpp", "450123"),
        (Ratio(2, 1), "ooooppp", "4015236"),
        (Ratio(1, 2), "ooopppp", "3405612"),
        (Ratio(3, 1), "ooooop", "501234"),
        (HeadStart(2), "oopoo", "02134"),
        (HeadStart(2), "ooopo", "01324"),
        (HeadStart(30), "ooopp", "34012"),
        (FirstCome(), "opofroa", "0123456"),
        (Accumulating({CalledAs.PRIORITY: 3}), "oopoo", "20134"),
        (Accumulating({CalledAs.FASTING: 2}), "oofoo", "02134"),
    ],
)
def test_each_rule_calls_as_it_says(rule: Rule, arrivals: str, expected: str) -> None:
    h = house(replaced(BARE, rule=rule))
    steps = arrive(h, arrivals)
    h.day.now = h.now
    assert "".join(str(steps.index(step)) for step in calling.order(h.day, "vitals_1")) == expected
    assert "".join(str(steps.index(step)) for step in call(h, len(arrivals))) == expected


def test_points_grow_with_the_wait() -> None:
    """At twice the gain the second one overtakes as soon as twice their wait is more than the other's."""
    h = house(replaced(BARE, rule=Accumulating({}, {CalledAs.PRIORITY: 200})))
    wait(h, "o")
    h.pass_time(10 * MINUTE)
    wait(h, "p")
    h.pass_time(9 * MINUTE)
    assert order_of(h) == "op"
    h.pass_time(2 * MINUTE)
    assert order_of(h) == "po"


def test_ties_break_by_arrival_then_number() -> None:
    h = house(replaced(BARE, rule=FirstCome()))
    steps = [wait(h, letter) for letter in "ooppo"]
    assert calling.order(h.day, "vitals_1") == steps


def test_first_come_leaves_priority_the_share_of_the_law() -> None:
    h = house(Policy(FirstCome()))
    steps = arrive(h, "oooooooop")
    assert call(h, 5) == [*steps[:3], steps[8], steps[3]]
    place = calling.explain(h.day, "vitals_1", 9)[0]
    assert place.facts == ()


def test_why_a_share_calls_somebody_is_told() -> None:
    h = house(Policy(FirstCome()))
    arrive(h, "ooooooooop")
    call(h, 1)
    told = {place.called_as: place for place in calling.explain(h.day, "vitals_1", 99)}
    priority = told[CalledAs.PRIORITY]
    assert (priority.before, priority.facts) == ({"ordinary": 2}, (policies.LAW,))


def test_the_longest_overdue_get_their_share_and_no_more() -> None:
    h = house(replaced(BARE, rule=PriorityFirst(9), overdue_after=60, overdue_one_in=4))
    first = arrive(h, "oo")
    h.pass_time(60 * MINUTE)
    arrive(h, "p" * 9, apart=0)
    assert [step in first for step in call(h, 8)] == [True, False, False, True, *[False] * 4]


def test_waiting_clocks_stop_over_lunch() -> None:
    sessions = (SessionPlan("vitals_1", "", 420, 690), SessionPlan("vitals_1", "", 780, 1020))
    h = house(
        replaced(BARE, rule=PriorityFirst(9), overdue_after=60, overdue_one_in=4),
        at=11 * HOUR,
        sessions=sessions,
    )
    start = h.now
    wait(h, "o")
    h.pass_time(2 * HOUR + 29 * MINUTE)
    for _ in range(4):
        wait(h, "p")
    assert time_in_session(h.day, "vitals_1", start, h.now) == 59 * MINUTE
    assert order_of(h) == "ppppo"
    h.pass_time(MINUTE)
    assert order_of(h) == "opppp"
    assert waited_since(h.day, "vitals_1", h.now, 60 * MINUTE) == start


def test_results_get_their_share_and_go_first_when_the_session_ends() -> None:
    h = house(
        replaced(BARE, returning_one_in=4, results_first=30),
        at=10 * HOUR,
        sessions=(SessionPlan("vitals_1", "", 420, 690),),
    )
    arrive(h, "oooooooorr")
    assert order_of(h) == "oorooroooo"
    call(h, 1)
    assert order_of(h) == "orooroooo"
    h.pass_time(HOUR)
    h.day.now = h.now
    assert order_of(h) == "rrooooooo"
    assert calling.explain(h.day, "vitals_1", 1)[0].facts == (RESULTS_FIRST,)


def test_an_appointment_counts_from_its_moment_on() -> None:
    h = house(BARE, appointments=AppointmentRule(one_in=3))
    arrive(h, "oooo")
    wait(h, "a", since=h.now + 10 * MINUTE)
    assert order_of(h) == "ooooa"
    told = calling.explain(h.day, "vitals_1", 9)[-1]
    assert told.facts == ("appointment_early",)
    call(h, 2)
    h.pass_time(10 * MINUTE)
    wait(h, "o")
    assert order_of(h) == "oaoo"


def test_the_fasting_count_earlier_until_their_hour() -> None:
    policy = replaced(BARE, fasting_until=8 * 60, fasting_minutes=10)
    h = house(policy, at=7 * HOUR + 40 * MINUTE)
    arrive(h, "oof")
    assert order_of(h) == "foo"
    h.day.now = h.now
    assert calling.explain(h.day, "vitals_1", 1)[0].facts == ("fasting_until",)
    h.pass_time(17 * MINUTE)
    assert order_of(h) == "oof"
    h.advance()
    assert LinesTurned(("vitals_1",), h.now) in h.journal
    told = len(h.journal)
    h.advance()
    assert len(h.journal) == told


def test_another_policy_by_time_of_day() -> None:
    hours = (PolicyHours(7 * 60, 8 * 60, replaced(BARE, rule=FirstCome())),)
    services = {s.id: s for s in SERVICES}
    services["vitals"] = replaced(services["vitals"], policy=BARE, policy_hours=hours)
    h = Hospital(facility(services=services), at=7 * HOUR + 30 * MINUTE)
    arrive(h, "op")
    assert order_of(h) == "op"
    h.pass_time(HOUR)
    assert order_of(h) == "po"


def test_urgent_is_outside_every_share() -> None:
    h = house(Policy(FirstCome()))
    arrive(h, "oooppp")
    late = wait(h, "u")
    assert calling.order(h.day, "vitals_1")[0] == late
    assert call(h, 1) == [late]
    assert order_of(h) == "oooppp"


def test_shares_that_cannot_be_kept_together_are_none() -> None:
    none = AppointmentRule(one_in=0)
    assert policies.guarantees(Policy(), AppointmentRule()) is not None
    assert policies.guarantees(Policy(overdue_one_in=3, returning_one_in=3), none) is None
    bare = policies.guarantees(BARE, none)
    assert bare is not None
    assert [share.code for share in bare.shares] == [policies.LAW]
    assert bare.bound == policies.OVERTAKEN + 2


def test_courtesy_has_a_quota_in_each_session() -> None:
    reasons = {
        "call": Reason("call", ReasonKind.CALL, words("courtesy"), quota=2),
        "doctor": Reason("doctor", ReasonKind.CALL, words("doctor")),
    }
    sessions = (
        SessionPlan("vitals_1", "", 420, 690),
        SessionPlan("vitals_1", "binh", 480, 690),
        SessionPlan("vitals_1", "", 780, 1020),
    )
    h = house(BARE, sessions=sessions, reasons=reasons)
    h.check = True
    h.advance()
    steps = arrive(h, "o" * 8)

    def by_courtesy(step: str) -> c.CallStep:
        in_hand = h.day.clinics["vitals_1"].in_hand
        return c.CallStep(clinic="vitals_1", step=step, reason="call", after=in_hand[0] if in_hand else None)

    h.ok(by_courtesy(steps[5]))
    h.ok(by_courtesy(steps[6]))
    assert h.day.clinics["vitals_1"].courtesy == {"call": 2}
    refused = h.refused(by_courtesy(steps[7]), Refusal.QUOTA_USED)
    assert refused.facts == {"clinic": "vitals_1", "reason": "call", "quota": 2}
    h.undo("vitals_1")
    assert h.day.clinics["vitals_1"].courtesy == {"call": 1}
    h.ok(by_courtesy(steps[7]))
    h.refused(by_courtesy(steps[6]), Refusal.QUOTA_USED)
    h.ok(replaced_reason(by_courtesy(steps[6]), "doctor"))
    # Another practitioner begins in the same session of the clinic.
    h.advance(HOUR)
    assert h.day.clinics["vitals_1"].courtesy == {"call": 2, "doctor": 1}
    h.advance(5 * HOUR)
    assert h.day.clinics["vitals_1"].courtesy == {}


def replaced_reason(command: c.CallStep, reason: str) -> c.CallStep:
    return c.CallStep(clinic=command.clinic, step=command.step, reason=reason, after=command.after)


def test_rooms_are_given_as_people_came_whatever_lifts_them() -> None:
    """A rank is no privilege before the room is known, but for urgent and priority."""
    h = house(BARE)
    steps = arrive(h, "ofrpau")
    given = list(calling.pooled(Draft(h.day), "vitals"))
    assert "".join(str(steps.index(step)) for step in given) == "530124"
