"""Whose turn it is among those who are first in their ranks: guaranteed shares, then rights, then the rule.

What a clinic called last counts with the policy; what it calls from here on counts as if it were called now.
Urgent calls are not counted, and urgent patients not compared.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeVar, assert_never

from queue_server.engine import policies
from queue_server.engine.draft import Draft
from queue_server.engine.facility import Accumulating, FirstCome, HeadStart, PriorityFirst, Ratio
from queue_server.engine.hours import MINUTE, time_in_session, waited_since, works_until
from queue_server.engine.lanes import called_as
from queue_server.engine.lines import Key
from queue_server.engine.model import Call
from queue_server.protocol.codes import CalledAs, PresenceKind

PLAIN = frozenset({CalledAs.FASTING, CalledAs.ORDINARY})
"""Who has neither a higher lane nor a share of their own."""
OTHERS = (CalledAs.APPOINTMENT, CalledAs.RETURNING, CalledAs.FASTING, CalledAs.ORDINARY)
"""All whom the law does not put first."""
RESULTS_FIRST = "results_first"
"""Why somebody with results goes before: the session ends soon."""
_COMPARED = frozenset({CalledAs.PRIORITY, *OTHERS})
_CLAIMS = {
    policies.LAW: CalledAs.PRIORITY,
    policies.RETURNING: CalledAs.RETURNING,
    policies.APPOINTMENT: CalledAs.APPOINTMENT,
}
_LONGEST_RUN = 9
"""No rule asks for more in a row."""
_LOOKED_AT = 14
"""So many calls are remembered whatever is taken back."""
_NEVER = -1_000_000

T = TypeVar("T")
Choice = tuple[CalledAs, str]
"""Whose turn it is, and by which share or right; empty when by the rule."""
_Fair = tuple[int, int, tuple[int, int, str, str]]
"""What two heads are compared by: who stands ready first, then the fair key, then arrival and number."""


class Head:
    """The first ready step of one rank, and the next ones as they are taken. also: a step that counts as
    ready even if its patient is busy or away. key None: nobody is left."""

    __slots__ = ("_also", "_draft", "_keys", "key")

    def __init__(self, draft: Draft, keys: Iterator[Key], also: str) -> None:
        self._draft, self._keys, self._also = draft, keys, also
        self.key: Key | None = None
        self.move_on()

    def move_on(self) -> None:
        for key in self._keys:
            if key[-1] == self._also or is_ready(self._draft, key[-1]):
                self.key = key
                return
        self.key = None


def is_ready(draft: Draft, step: str) -> bool:
    """Whether the patient could come: in no other place's hands and not away."""
    visit = draft.the_step(step).visit
    return draft.busy(visit) in ("", step) and draft.part(visit).presence.kind is not PresenceKind.AWAY


class Course:
    """How the calls of a clinic went, and go on. heads: of the ranks somebody waits in."""

    def __init__(self, draft: Draft, clinic: str, heads: dict[CalledAs, Head]) -> None:
        self._draft, self._clinic, self._now = draft, clinic, draft.now
        self._front = {called: head.key for called, head in heads.items() if head.key}
        facility = draft.facility
        self.policy = policies.in_force(facility, clinic, self._now)
        self._shares = policies.kept(self.policy, facility.appointments).shares
        self._one_in = facility.missed.one_in
        self._overdue_from = self._waited_since(self._now)
        recent = [call for call in draft.recent(clinic) if call.called_as is not CalledAs.URGENT]
        self._recent = recent
        self._called = [call.called_as for call in recent]
        self._keys = [call.since for call in recent]
        self._moments = [call.at for call in recent]
        self._overdue: list[bool] | None = None
        self._since_rejoined = _calls_since_rejoined(recent) if CalledAs.REJOINED in self._front else 0
        self._more = 0

    def choose(self) -> Choice | None:
        """Whose turn it is; None when nobody is left."""
        return self._due() or self._by_right() or self._by_rule()

    def take(self, called: CalledAs, head: Head) -> None:
        """The first of a rank was called: go on."""
        key = self._front.pop(called)
        step, since, was = key[-1], key[2], called
        if called is CalledAs.REJOINED:
            here = self._draft.the_step(step)
            was = called_as(here, self._draft.part(here.visit))
        self._called.append(was)
        self._keys.append(since)
        self._moments.append(self._now)
        if self._overdue is not None:
            self._overdue.append(self._is_overdue(since))
        self._since_rejoined = 0 if called is CalledAs.REJOINED else self._since_rejoined + 1
        self._more += 1
        head.move_on()
        if head.key:
            self._front[called] = head.key

    # guaranteed shares ------------------------------------------------------------------------------

    def _due(self) -> Choice | None:
        oldest = self._oldest()
        for share in self._shares:
            back = share.watched - 1
            if share.code == policies.OVERDUE:
                if oldest and self._is_overdue(oldest[0][2]) and not any(_last(self._overdue_calls(), back)):
                    return oldest[1], share.code
                continue
            called = _CLAIMS[share.code]
            key = self._front.get(called)
            if (
                key
                and key[2] <= self._now
                and called not in _last(self._called, back)
                and self._passed_over(key) >= back
            ):
                return called, share.code
        return self._overtaken(oldest)

    def _passed_over(self, key: Key) -> int:
        """Calls since the moment from which somebody's place counts; nobody of the rank waits longer."""
        return len(self._moments) - bisect_left(self._moments, key[2])

    def _overtaken(self, found: tuple[Key, CalledAs] | None) -> Choice | None:
        """After many calls in a row of people who came later, whoever came first. found: the oldest of those
        compared."""
        last = self._keys[-policies.OVERTAKEN :]
        if len(last) < policies.OVERTAKEN:
            return None
        rejoined = self._front.get(CalledAs.REJOINED)
        if rejoined and (found is None or rejoined[2:] < found[0][2:]) and self._may_rejoin(rejoined):
            found = rejoined, CalledAs.REJOINED
        return (found[1], policies.OLDEST) if found and min(last) > found[0][2] else None

    def _oldest(self) -> tuple[Key, CalledAs] | None:
        """The rank whose head has waited longest."""
        best: tuple[Key, CalledAs] | None = None
        for called, key in self._front.items():
            if called in _COMPARED and (best is None or key[2:] < best[0][2:]):
                best = key, called
        return best

    def _is_overdue(self, since: int) -> bool:
        """Whether somebody with this fair key has waited too long, in session."""
        return since <= self._overdue_from

    def _waited_since(self, at: int) -> int:
        after = self.policy.overdue_after * MINUTE
        return waited_since(self._draft.day, self._clinic, at, after) if after else _NEVER

    def _overdue_calls(self) -> list[bool]:
        """Which calls were of somebody overdue; looked up when first needed."""
        if self._overdue is None:
            self._overdue = [call.since <= self._waited_since(call.at) for call in self._recent]
            self._overdue += [self._is_overdue(since) for since in self._keys[len(self._recent) :]]
        return self._overdue

    # rights -----------------------------------------------------------------------------------------

    def _by_right(self) -> Choice | None:
        """Who comes back after a missed call, and who has results while the session ends."""
        key = self._front.get(CalledAs.REJOINED)
        if key and self._may_rejoin(key):
            return CalledAs.REJOINED, ""
        if CalledAs.RETURNING in self._front and self._results_first():
            return CalledAs.RETURNING, RESULTS_FIRST
        return None

    def _may_rejoin(self, key: Key) -> bool:
        if key[1] > self._calls_for(key) or self._since_rejoined < self._one_in - 1:
            return False
        here = self._draft.the_step(key[-1])
        return not (
            called_as(here, self._draft.part(here.visit)) is CalledAs.PRIORITY
            and self._first_other() is not None
            and self._is_capped()
        )

    def _calls_for(self, key: Key) -> int:
        """The calls that count for one who rejoined: this clinic's, in a pool those of all its counters."""
        step = key[-1]
        if self._draft.standing(step).clinic:
            return self._draft.calls(self._clinic) + self._more
        return self._draft.calls_of(self._draft.the_step(step).service) + self._more

    def _results_first(self) -> bool:
        return ends_within(self._draft, self._clinic, self.policy.results_first, self._now)

    # the rule ---------------------------------------------------------------------------------------

    def _by_rule(self) -> Choice | None:
        rule = self.policy.rule
        if isinstance(rule, Accumulating):
            most = self._most_points(rule)
            if most is not None:
                return most, ""
        priority, other = self._front.get(CalledAs.PRIORITY), self._first_other()
        if priority and (other is None or self._goes_first(priority, other[0])):
            return CalledAs.PRIORITY, ""
        if other is not None:
            return other[1], ""
        return (CalledAs.REJOINED, "") if CalledAs.REJOINED in self._front else None

    def _goes_first(self, priority: Key, other: _Fair) -> bool:
        """Whether the first of the priority group goes before the first of the others."""
        match rule := self.policy.rule:
            case PriorityFirst():
                return not self._is_capped()
            case Ratio(ordinary=turns):
                return not self._is_capped() and self._run()[1] not in range(1, turns)
            case HeadStart(minutes=minutes):
                return (priority[1], priority[2] - minutes * MINUTE, priority[3:]) < other
            case FirstCome() | Accumulating():
                return (priority[1], priority[2], priority[3:]) < other
            case _:
                assert_never(rule)

    def _is_capped(self) -> bool:
        """Whether so many of the priority group were called in a row that it is another's turn."""
        match self.policy.rule:
            case PriorityFirst(at_most=at_most):
                return self._run()[0] >= at_most
            case Ratio(priority=turns):
                return self._run()[0] >= turns
            case _:
                return False

    def _run(self) -> tuple[int, int]:
        """How many of the priority group were called in a row just now, or how many others. While people
        without a share of their own wait, only their turns and those of priority count."""
        plain_waits = not PLAIN.isdisjoint(self._front)
        priorities = others = 0
        for called in reversed(self._called[-_LOOKED_AT:]):
            if called is CalledAs.PRIORITY:
                if others:
                    break
                priorities += 1
            elif called in PLAIN or not plain_waits:
                if priorities:
                    break
                others += 1
            if priorities + others >= _LONGEST_RUN:
                break
        return priorities, others

    def _first_other(self) -> tuple[_Fair, CalledAs] | None:
        """The rank beside priority whose head came first, as the policy counts."""
        best: tuple[_Fair, CalledAs] | None = None
        for called in OTHERS:
            key = self._front.get(called)
            if key:
                fair = (key[1], key[2] - self._lift(called), key[3:])
                if best is None or fair < best[0]:
                    best = fair, called
        return best

    def _lift(self, called: CalledAs) -> int:
        return policies.lift(self._draft.facility, self.policy, called, self._now)

    def _most_points(self, rule: Accumulating) -> CalledAs | None:
        best: tuple[_Fair, CalledAs] | None = None
        for called, key in self._front.items():
            if called in _COMPARED:
                waited = time_in_session(self._draft.day, self._clinic, key[2], self._now)
                points = rule.offsets.get(called, 0) * 100 * MINUTE
                points += rule.gains.get(called, 100) * (waited + self._lift(called))
                mine = (key[1], -points, key[3:])
                if best is None or (mine, key[2]) < (best[0], self._front[best[1]][2]):
                    best = mine, called
        return best[1] if best else None


def _last(calls: Sequence[T], count: int) -> Sequence[T]:
    """The last so many; none of them for 0."""
    return calls[len(calls) - count :] if count < len(calls) else calls


def _calls_since_rejoined(recent: list[Call]) -> int:
    for count, call in enumerate(reversed(recent)):
        if call.rejoined:
            return count
    return -_NEVER


def ends_within(draft: Draft, clinic: str, minutes: int, at: int) -> bool:
    """Whether at this moment the clinic's session ends within so many minutes."""
    if not minutes or clinic not in draft.day.sessions:
        return False
    ends = works_until(draft.day, clinic, at)
    return ends is not None and ends - at <= minutes * MINUTE
