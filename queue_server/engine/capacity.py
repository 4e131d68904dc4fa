"""How many turns clinics can give by when: hours, pauses, who is in hand, places and paces in one line.

Every place gives its first turn when it is free and one more after each turn that takes its pace. Added up
over the places of one or several clinics this is a line of straight pieces, and asking it for a moment costs
a bisection. Counts are in millionths of a turn.
"""

from bisect import bisect_right
from collections.abc import Iterable
from math import isqrt

from queue_server.engine.draft import Draft
from queue_server.engine.estimates import left_of_turn, usual_pace
from queue_server.engine.hours import MINUTE, day_stops
from queue_server.engine.learning import TURN, who_works
from queue_server.engine.model import Session
from queue_server.engine.sessions import BETWEEN
from queue_server.protocol.codes import ClinicState

TURNS = 1_000_000
"""One turn."""
LATE = 5 * MINUTE
"""So much after its planned start a session usually makes its first call."""
_CALLING = frozenset({ClinicState.OPEN, ClinicState.DRAINING})

Hours = list[tuple[int, int | None]]
"""From when until when (ms) a clinic calls; None: until nobody is left."""


class Capacity:
    """When so many turns will have begun. Clinics of which nobody can say when they call are left out.

    places: how many there are. waiting: those whose clinic has not called yet in its session. doubt: how
    uncertain the pace is, in thousandths of it.
    """

    def __init__(self, draft: Draft, clinics: Iterable[str]) -> None:
        steps: list[tuple[int, int, int]] = []
        self.places = self.waiting = evidence = 0
        for clinic in clinics:
            hours = hours_of(draft, clinic)
            if not hours:
                continue
            plan = draft.facility.clinics[clinic]
            in_hand = draft.in_hand(clinic)
            pace = max(usual_pace(draft, clinic), 1)
            rate = TURNS * TURNS // pace
            self.places += plan.places
            self.waiting += 0 if has_called(draft, clinic) else plan.places
            evidence += _evidence(draft, clinic) * plan.places
            for place in range(plan.places):
                free = draft.now + (
                    left_of_turn(draft, clinic, in_hand[place]) if place < len(in_hand) else 0
                )
                for count, (opens, ends) in enumerate(hours):
                    begins = max(opens, free)
                    if ends is not None and begins >= ends:
                        continue
                    steps.append((begins, rate, 0 if count else TURNS // 2))
                    if ends is not None:
                        steps.append((ends, -rate, 0))
        steps.sort()
        self.doubt = 0
        if self.places:
            turns = evidence // self.places
            self.doubt = 280 * TURN // (TURN + turns // 3) // max(1, isqrt(self.places))
        self._times: list[int] = []
        self._counts: list[int] = []
        self._rates: list[int] = []
        count, rate, last = -TURNS // 2, 0, 0
        for at, more, jump in steps:
            count += rate * (at - last) // TURNS + jump
            rate, last = rate + more, at
            self._times.append(at)
            self._counts.append(count)
            self._rates.append(rate)

    def moment(self, turns: int) -> int | None:
        """When (ms) the turn begins that has so many (millionths) before it; None when nobody can say."""
        if not self._times:
            return None
        index = bisect_right(self._counts, max(turns, 0)) - 1
        if index < 0:
            return self._times[0]
        following = self._times[index + 1] if index + 1 < len(self._times) else None
        rate = self._rates[index]
        if rate <= 0:
            return following
        at = self._times[index] + (max(turns, 0) - self._counts[index]) * TURNS // rate
        return at if following is None else min(at, following)

    def per_minute(self) -> int:
        """How many turns (millionths) the places give in a minute once all work."""
        return max(self._rates, default=0) * MINUTE // TURNS


def _evidence(draft: Draft, clinic: str) -> int:
    who = who_works(draft.clinic_part(clinic).practitioners)
    offered = draft.facility.clinics[clinic].services
    found = [draft.day.paces.get((clinic, who, service, "")) for service in offered]
    return sum([pace.weight for pace in found if pace is not None])


def hours_of(draft: Draft, clinic: str) -> Hours:
    """When a clinic will call, as far as anybody knows. Empty: nobody can say."""
    part, now = draft.clinic_part(clinic), draft.now
    later = [plan for plan in draft.day.sessions.get(clinic, ()) if plan.opens > now]
    running = [plan for plan in draft.day.sessions.get(clinic, ()) if plan.opens <= now < plan.ends]
    if part.state in _CALLING or (part.state is ClinicState.PAUSED and part.reason != BETWEEN):
        begins = now
        if part.state is ClinicState.PAUSED:
            if not now < part.news_at < day_stops(draft.facility, draft.day.day):
                return []
            begins = part.news_at
        elif running and not has_called(draft, clinic):
            if now > running[0].opens + draft.facility.late_after * MINUTE:
                return []
            begins = max(now, running[0].opens + LATE)
        ends = max((plan.ends for plan in running), default=None)
        hours: Hours = [(begins, ends if part.state is not ClinicState.DRAINING else None)]
    elif running:
        return []
    else:
        hours = []
    hours += _to_come(later)
    if hours:
        begins, ends = hours[-1]
        hours[-1] = (begins, None)
    return hours


def _to_come(plans: list[Session]) -> Hours:
    """The hours of later sessions; those that overlap are one."""
    hours: Hours = []
    for plan in plans:
        last = hours[-1][1] if hours else None
        if last is not None and plan.opens <= last:
            hours[-1] = (hours[-1][0], max(last, plan.ends))
        else:
            hours.append((plan.opens + LATE, plan.ends))
    return hours


def has_called(draft: Draft, clinic: str) -> bool:
    """Whether the clinic has called in the session that runs, or runs without one."""
    running = [plan for plan in draft.day.sessions.get(clinic, ()) if plan.opens <= draft.now < plan.ends]
    if not running:
        return draft.clinic_part(clinic).state in _CALLING
    recent = draft.recent(clinic)
    return bool(recent) and recent[-1].at >= running[0].opens - LATE
