"""Nobody starves, urgent goes first, and the law is kept: under every policy a site file accepts.

The bound: `policies.guarantees(...).bound` calls in a row hold at least one of somebody who came no later
than oneself. So whoever has `older` people before them is called with at most `bound * (older + 1)` calls.
"""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queue_server.engine import calling, policies
from queue_server.engine.facility import (
    Accumulating,
    AppointmentRule,
    FirstCome,
    HeadStart,
    Policy,
    PriorityFirst,
    Ratio,
    SessionPlan,
)
from queue_server.engine.hours import time_in_session
from queue_server.engine.lanes import called_as
from queue_server.engine.model import WAITING
from queue_server.protocol import commands as c
from queue_server.protocol.codes import CalledAs, StepState
from tests.support.hospital import MINUTE, Hospital
from tests.support.lines import house, wait

WEIGHED = tuple(called for called in CalledAs if called not in (CalledAs.URGENT, CalledAs.REJOINED))
RULES = st.one_of(
    st.builds(PriorityFirst, st.integers(1, 9)),
    st.builds(Ratio, st.integers(1, 3), st.integers(1, 9)),
    st.builds(HeadStart, st.integers(1, 240)),
    st.just(FirstCome()),
    st.builds(
        Accumulating,
        st.dictionaries(st.sampled_from(WEIGHED), st.integers(0, 1000)),
        st.dictionaries(st.sampled_from(WEIGHED), st.integers(1, 1000)),
    ),
)
SHARE = st.sampled_from([0, 2, 3, 4, 5, 6, 8, 10, 20])
POLICIES = st.builds(
    Policy,
    rule=RULES,
    overdue_after=st.sampled_from([0, 10, 30, 90]),
    overdue_one_in=st.sampled_from([3, 4, 6, 8, 10]),
    returning_one_in=SHARE,
    results_first=st.sampled_from([0, 30]),
    fasting_until=st.sampled_from([0, 8 * 60, 24 * 60]),
    fasting_minutes=st.sampled_from([10, 60, 240]),
)
SESSIONS = (SessionPlan("vitals_1", "", 420, 8 * 60 + 30), SessionPlan("vitals_1", "", 9 * 60, 1020))
CROWDS = st.sampled_from(["o", "p", "r", "f", "a", "op", "or", "of", "oa", "opr", "oprfa", "oprfau", "ppppo"])


class Watched:
    """One clinic, its endless newcomers, and what every one of its calls has to keep."""

    def __init__(self, policy: Policy, appointments: AppointmentRule) -> None:
        self.h: Hospital = house(policy, sessions=SESSIONS, appointments=appointments)
        self.h.advance()
        self.policy = policy
        found = policies.guarantees(policy, appointments)
        assert found is not None
        self.bound = found.bound
        self.shares = {share.code: share.one_in for share in found.shares}
        self.unfed: Counter[str] = Counter()
        self.later: Counter[str] = Counter()
        self.calls: dict[str, int] = {}
        self.older: dict[str, int] = {}

    def come(self, letter: str, late: int = 0) -> None:
        since = self.h.now - late if letter == "a" else None
        step = wait(self.h, letter, since=since)
        key = self.h.standing(step).since
        self.calls[step] = 0
        self.older[step] = 0
        for other in self.waiting():
            if other == step:
                continue
            if self.h.standing(other).since <= key:
                self.older[step] += 1
            if key <= self.h.standing(other).since:
                self.older[other] += 1

    def waiting(self) -> list[str]:
        return [step.id for step in self.h.day.steps.values() if step.standing.state in WAITING]

    def rank(self, step: str) -> CalledAs:
        here = self.h.day.steps[step]
        return called_as(here, self.h.part(here.visit))

    def is_overdue(self, step: str) -> bool:
        since = self.h.standing(step).since
        after = self.policy.overdue_after * MINUTE
        return bool(after) and time_in_session(self.h.day, "vitals_1", since, self.h.now) >= after

    def claims(self, code: str, step: str) -> bool:
        """Whether somebody is one of those a share is for."""
        if code == policies.OVERDUE:
            return self.rank(step) is not CalledAs.URGENT and self.is_overdue(step)
        rank = {
            policies.LAW: CalledAs.PRIORITY,
            policies.RETURNING: CalledAs.RETURNING,
            policies.APPOINTMENT: CalledAs.APPOINTMENT,
        }[code]
        return self.rank(step) is rank and self.h.standing(step).since <= self.h.now

    def call(self) -> None:
        waiting = self.waiting()
        if not waiting:
            return
        claimed = {code: {s for s in waiting if self.claims(code, s)} for code in self.shares}
        keys = {step: self.h.standing(step).since for step in waiting}
        ranks = {step: self.rank(step) for step in waiting}
        in_hand = self.h.day.clinics["vitals_1"].in_hand
        step = self.h.called("vitals_1", in_hand[0] if in_hand else None)
        if CalledAs.URGENT in ranks.values():
            assert ranks[step] is CalledAs.URGENT
            return
        first = min(keys[other] for other in waiting if ranks[other] is ranks[step])
        assert keys[step] == first, "within a rank it is first come, first served"
        for code, entitled in claimed.items():
            self.unfed[code] = 0 if step in entitled or not entitled else self.unfed[code] + 1
            assert self.unfed[code] < self.shares[code], (code, self.policy)
        for other in waiting:
            if other == step:
                continue
            self.later[other] = 0 if keys[step] <= keys[other] else self.later[other] + 1
            self.calls[other] += 1
            assert self.later[other] < self.bound, "overtaken by too many in a row"
            assert self.calls[other] < self.bound * (self.older[other] + 1), "the place is bounded"

    def press_and_take_back(self) -> None:
        before = calling.order(self.h.day, "vitals_1")
        in_hand = list(self.h.day.clinics["vitals_1"].in_hand)
        self.h.called("vitals_1", in_hand[0] if in_hand else None)
        self.h.undo("vitals_1")
        assert calling.order(self.h.day, "vitals_1") == before

    def order_is_what_is_called(self) -> None:
        """At one moment the order is total, the same when asked again, and what the presses call."""
        self.h.day.now = self.h.now
        order = calling.order(self.h.day, "vitals_1")
        assert order == calling.order(self.h.day, "vitals_1")
        assert sorted(order) == sorted(self.waiting())
        told = calling.explain(self.h.day, "vitals_1", len(order))
        assert [place.step for place in told] == order
        for place, step in enumerate(order):
            assert sum(told[place].before.values()) == place, step
        pressed = []
        for _ in order[:25]:
            in_hand = self.h.day.clinics["vitals_1"].in_hand
            pressed.append(self.h.called("vitals_1", in_hand[0] if in_hand else None))
        assert pressed == order[:25]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    policy=POLICIES,
    appointment=SHARE,
    crowd=CROWDS,
    chance=st.randoms(use_true_random=False),
)
def test_under_any_policy_every_place_is_bounded(
    policy: Policy, appointment: int, crowd: str, chance: Any
) -> None:
    appointments = AppointmentRule(one_in=appointment)
    if policies.guarantees(policy, appointments) is None:
        return
    watched = Watched(policy, appointments)
    for _ in range(chance.choice([1, 8, 20])):
        watched.come(chance.choice("oprfa"))
    for _ in range(50):
        for _ in range(chance.choice([0, 1, 1, 2])):
            watched.come(chance.choice(crowd), chance.choice([0, 5 * MINUTE, -10 * MINUTE]))
        watched.h.pass_time(chance.choice([0, MINUTE, 3 * MINUTE, 8 * MINUTE]))
        watched.call()
        if chance.random() < 0.1 and watched.waiting():
            watched.press_and_take_back()
    watched.order_is_what_is_called()


def test_the_priority_of_the_law_survives_an_overloaded_monday() -> None:
    """Three times as many come as can be called, most are overdue: priority still gets one call in four."""
    watched = Watched(Policy(FirstCome()), AppointmentRule())
    for minute in range(150):
        for letter in "oop" if minute % 3 else "oor":
            watched.come(letter)
        watched.h.pass_time(MINUTE)
        watched.call()
    recent = [call.called_as for call in watched.h.day.clinics["vitals_1"].recent]
    assert recent.count(CalledAs.PRIORITY) >= len(recent) // 4


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=POLICIES, chance=st.randoms(use_true_random=False))
def test_a_shown_place_gets_worse_only_with_a_reason(policy: Policy, chance: Any) -> None:
    """Whoever stands before somebody who came earlier is called as something else, came by a share, or stands
    ready; whatever changes, `explain` says so in counts and facts."""
    if policies.guarantees(policy, AppointmentRule()) is None:
        return
    h = house(policy, sessions=SESSIONS, appointments=AppointmentRule())
    h.advance()
    ahead: dict[str, int] = {}
    for _ in range(40):
        for _ in range(chance.choice([0, 1, 2])):
            wait(h, chance.choice("oooprfau"))
        if chance.random() < 0.2 and calling.order(h.day, "vitals_1"):
            h.run(c.Prepare(clinic="vitals_1"))
        if chance.random() < 0.4 and calling.order(h.day, "vitals_1"):
            in_hand = h.day.clinics["vitals_1"].in_hand
            h.run(c.CallNext(clinic="vitals_1", after=in_hand[0] if in_hand else None))
        h.pass_time(chance.choice([0, MINUTE, 5 * MINUTE]))
        h.day.now = h.now
        places = calling.explain(h.day, "vitals_1", 999)
        order = [place.step for place in places]
        ranks = {place.step: place.called_as for place in places}
        for index, place in enumerate(places):
            worse = index > ahead.get(place.step, index)
            ahead[place.step] = index
            key = h.standing(place.step).since
            overtaking = [other for other in order[:index] if h.standing(other).since > key]
            for other in overtaking:
                if ranks[other] is place.called_as:
                    ready = h.standing(other).state is StepState.PREPARED
                    assert ready
                    assert "prepared_before" in place.facts
                else:
                    assert place.before[ranks[other].value] > 0
            if worse:
                assert place.before
