"""Sessions: who was taken in for which of them, how much room is left, and which one comes next.

A step counts against one session: the one of the clinic it was bound to, at the moment it was bound, or the
one it waits for. Without a clinic it counts against its service, as somebody who will take a place in any of
those that run or come next. Whatever ends unserved, or goes elsewhere, gives its place back. All of it
follows from the parts that events carry (`DESIGN` §4, Sessions end).
"""

from collections.abc import Iterable

from queue_server.engine.model import Day, Session, Standing, Step
from queue_server.protocol.codes import ClinicState, GateName, StepState

Plans = tuple[Session, ...]

BETWEEN = "between_sessions"
"""The reason of a pause that the clock made at the end of a session, for the time until the next. A site may
give this reason words of its own."""
GIVEN_BACK = frozenset({StepState.CANCELLED, StepState.ABANDONED})
"""Steps in these states take no place in a session."""
_WORKS = frozenset({ClinicState.OPEN, ClinicState.PAUSED})


# What a step counts against -------------------------------------------------------------------------------


def counted_at(day: Day, step: Step, standing: Standing, before: str) -> str:
    """What a step of this standing counts against: a session's key, `<service>` or `<service>@<moment>` while
    it has no clinic, or nothing. before: what it counted against until now."""
    if step.returning or standing.state in GIVEN_BACK:
        return ""
    later = starts_later(day, step.service, standing)
    if not standing.clinic:
        return _unbound(step.service, later)
    if not later and any(plan.key == before for plan in day.sessions.get(standing.clinic, ())):
        return before
    plan = _session_for(day, standing.clinic, standing.practitioner, later)
    return plan.key if plan is not None else ""


def _unbound(service: str, later: int) -> str:
    return f"{service}@{later}" if later else service


def starts_later(day: Day, service: str, standing: Standing) -> int:
    """The start (ms) of the session that a step was registered for and waits for; 0 when there is none."""
    for gate in standing.gates:
        if gate.name is GateName.NOT_BEFORE and not gate.open:
            return gate.at if any(plan.opens == gate.at for plan in plans_of(day, service)) else 0
    return 0


def _session_for(day: Day, clinic: str, practitioner: str, later: int) -> Session | None:
    """The clinic's session that starts `later`, or that runs, or that is the next. Of several at the same
    hours the practitioner's, else one with room."""
    plans = [plan for plan in day.sessions.get(clinic, ()) if later in (0, plan.opens)]
    if not later:
        plans = _nearest(day, plans)
    own = (plan for plan in plans if plan.practitioner == practitioner)
    free = (plan for plan in plans if room(day, (plan,)) != 0)
    return next(own, None) or next(free, None) or next(iter(plans), None)


def _nearest(day: Day, plans: Iterable[Session]) -> list[Session]:
    """Those of one clinic's sessions that run as far as the journal tells, else the next."""
    left = [plan for plan in plans if plan.key not in day.sessions_ended]
    return [plan for plan in left if plan.key in day.sessions_begun] or left[:1]


# Room -----------------------------------------------------------------------------------------------------


def plans_of(day: Day, service: str) -> Plans:
    """Today's sessions of all clinics that serve a service."""
    return tuple(plan for clinic in day.serving.get(service, ()) for plan in day.sessions.get(clinic, ()))


def is_limited(day: Day, service: str) -> bool:
    """Whether any session of this service takes so many and no more."""
    return any(plan.capacity for plan in plans_of(day, service))


def now_or_next(day: Day, service: str, now: int, practitioner: str = "") -> Plans:
    """The sessions of a service that run, or that begin before those end; while none runs, those that come
    next. Of each clinic only the nearest, and those at the same hours.

    practitioner: only this one's.
    """
    ahead: list[Session] = []
    for clinic in day.serving.get(service, ()):
        mine = [
            plan
            for plan in day.sessions.get(clinic, ())
            if plan.ends > now and practitioner in ("", plan.practitioner)
        ]
        ahead += [plan for plan in mine if plan.opens < mine[0].ends]
    if not ahead:
        return ()
    first = max(now, min(plan.opens for plan in ahead))
    horizon = max(plan.ends for plan in ahead if plan.opens <= first)
    return tuple(plan for plan in ahead if plan.opens < horizon)


def room(day: Day, plans: Iterable[Session]) -> int | None:
    """How many more these sessions take together; None without a limit. Whom one of them has too many is not
    to be seen by another one too."""
    left = 0
    for plan in plans:
        if not plan.capacity:
            return None
        left += plan.capacity - day.admissions.get(plan.key, 0)
    return max(0, left)


def is_full(day: Day, service: str, now: int, practitioner: str = "") -> bool:
    """Whether nobody more can be taken in for the sessions that run or come next. Without any, nothing is,
    and a clinic that works without a plan takes everybody."""
    plans = now_or_next(day, service, now, practitioner)
    if not plans or (not practitioner and any(_unplanned(day, name) for name in day.serving[service])):
        return False
    left = room(day, plans)
    if left is None:
        return False
    if not practitioner:
        left -= day.admissions.get(service, 0)
        left -= sum(day.admissions.get(_unbound(service, at), 0) for at in {p.opens for p in plans})
    return left <= 0


def is_over(day: Day, service: str, now: int) -> bool:
    """Whether today's sessions of this service are over, and no place works without one."""
    if now_or_next(day, service, now) or any(_unplanned(day, name) for name in day.serving.get(service, ())):
        return False
    return bool(plans_of(day, service))


def _unplanned(day: Day, clinic: str) -> bool:
    return not day.sessions.get(clinic) and day.clinics[clinic].part.state in _WORKS


def later_start(day: Day, service: str, now: int, practitioner: str = "") -> int | None:
    """When the next sessions after those begin that still have room, ms; None when there are none today."""
    taken = now_or_next(day, service, now, practitioner)
    after = [
        plan
        for plan in plans_of(day, service)
        if plan.opens > now and plan not in taken and practitioner in ("", plan.practitioner)
    ]
    for opens in sorted({plan.opens for plan in after}):
        left = room(day, (plan for plan in after if plan.opens == opens))
        if left is None or left > (0 if practitioner else day.admissions.get(_unbound(service, opens), 0)):
            return opens
    return None


def place_later(day: Day, service: str, now: int, opens: int) -> int:
    """The fair key of somebody who is taken in for the sessions that start at `opens`, ms: the end of those
    before, so that whoever is left over from them goes first and whoever comes in between goes after. A
    millisecond for each visit keeps their own order."""
    ends = [plan.ends for plan in now_or_next(day, service, now) if plan.ends <= opens]
    return max(now, max(ends, default=opens)) + day.visit_ordinal


def clinic_later(day: Day, service: str, opens: int, practitioner: str = "") -> str | None:
    """The clinic whose session starts at `opens`, the practitioner's or the one with the most room; None when
    there is none."""
    plans = [
        plan
        for plan in plans_of(day, service)
        if plan.opens == opens and practitioner in ("", plan.practitioner)
    ]
    free = [plan for plan in plans if not plan.capacity]
    roomy = free or sorted(plans, key=lambda plan: (-(room(day, (plan,)) or 0), plan.clinic))
    return roomy[0].clinic if roomy else None


def has_place(day: Day, clinic: str, taken: int = 0) -> bool:
    """Whether the sessions of this clinic that run or come next take somebody more. taken: so many places are
    given already that are not counted yet."""
    left = room(day, _nearest(day, day.sessions.get(clinic, ())))
    return left is None or left > taken or not day.sessions.get(clinic)


def next_start(day: Day, clinic: str, now: int) -> int | None:
    """When the next session of a clinic begins today, ms; None when none does."""
    starts = (plan.opens for plan in day.sessions.get(clinic, ()))
    return min((opens for opens in starts if opens > now), default=None)
