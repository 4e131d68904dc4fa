"""What happens when sessions begin and end: who is signed on, who calls, and what becomes of who is left.

Nobody is lost at the end of a session (DESIGN §4). Where the clinic has another session today it pauses until
then, with everybody in place (`carry`). Where it has none, those whom any clinic may take go back to the pool
of their service; where no clinic of it goes on, whoever is in the pool is given to those that drain, because
nobody else would call them. For the others a proposal is made.
"""

from collections.abc import Sequence

from queue_server.engine import proposals, sessions
from queue_server.engine.authority import we_bind
from queue_server.engine.balancing import Prospects, give
from queue_server.engine.calling import clinics_of
from queue_server.engine.draft import Draft
from queue_server.engine.events import SessionTurned
from queue_server.engine.journeys import expire_missed, is_free, practitioners_moved
from queue_server.engine.lines import Line
from queue_server.engine.model import Session
from queue_server.engine.sessions import BETWEEN
from queue_server.protocol.codes import Binding, ClinicState, Leftovers, StepChange, StepState
from queue_server.protocol.values import replaced

_GOES_ON = frozenset({ClinicState.OPEN, ClinicState.PAUSED})
_GIVEN = frozenset({Binding.LATE, Binding.POOLED, Binding.AT_CHECK_IN})
"""Bindings with which we may name the clinic of somebody who waits in a pool."""


def turn_sessions(draft: Draft) -> None:
    """Let the sessions end and begin whose moment has come.

    Ends come first: a practitioner who goes from one room to the next at this very moment is signed on there.
    A session that passed entirely while nobody kept the time turns twice and changes nothing.
    """
    day, now = draft.day, draft.now
    beginning, ending = [], []
    for plan in (plan for clinic in draft.facility.clinics for plan in day.sessions.get(clinic, ())):
        if plan.opens <= now and plan.key not in day.sessions_begun:
            draft.emit(SessionTurned(plan.key, plan.clinic, ended=False))
            if now < plan.ends:
                beginning.append(plan)
        if plan.ends <= now and plan.key not in day.sessions_ended:
            draft.emit(SessionTurned(plan.key, plan.clinic, ended=True))
            if plan.key in day.sessions_begun:
                ending.append(plan)
    for plan in ending:
        _sign_off(draft, plan)
    for plan in beginning:
        _begin(draft, plan)
    ended = dict.fromkeys(plan.clinic for plan in ending)
    _leave_over(draft, [clinic for clinic in ended if not _runs(draft, clinic)])
    practitioners_moved(draft, [plan.practitioner for plan in (*ending, *beginning)])


def _runs(draft: Draft, clinic: str) -> bool:
    return any(plan.opens <= draft.now < plan.ends for plan in draft.day.sessions.get(clinic, ()))


def _sign_off(draft: Draft, plan: Session) -> None:
    here = draft.clinic_part(plan.clinic).practitioners
    goes_on = any(
        other.practitioner == plan.practitioner and other.opens <= draft.now < other.ends
        for other in draft.day.sessions[plan.clinic]
    )
    if plan.practitioner in here and not goes_on:
        left = tuple(who for who in here if who != plan.practitioner)
        draft.change_clinic(plan.clinic, practitioners=left)


def _begin(draft: Draft, plan: Session) -> None:
    """Open the clinic with its practitioner. A pause that staff made lasts until they end it."""
    part = draft.clinic_part(plan.clinic)
    here = part.practitioners
    elsewhere = any(
        plan.practitioner in draft.clinic_part(other).practitioners
        for other in draft.facility.clinics
        if other != plan.clinic
    )
    if plan.practitioner and plan.practitioner not in here and not elsewhere:
        here = (*here, plan.practitioner)
    if part.state is ClinicState.PAUSED and part.reason != BETWEEN:
        now = replaced(part, practitioners=here)
    else:
        now = replaced(part, practitioners=here, state=ClinicState.OPEN, reason="", news_at=0)
    if now != part:
        draft.change_clinic(
            plan.clinic,
            practitioners=now.practitioners,
            state=now.state,
            reason=now.reason,
            news_at=now.news_at,
        )


def _leave_over(draft: Draft, clinics: Sequence[str]) -> None:
    """Deal with the lines of clinics whose last session, or the last before a break, has ended."""
    drained = []
    for clinic in clinics:
        expire_missed(draft, clinic)
        if not _pauses_until_the_next(draft, clinic):
            _drain(draft, clinic)
            drained.append(clinic)
    for clinic in drained:
        if _rule(draft, clinic) is Leftovers.CARRY:
            _back_to_the_pool(draft, clinic)
    for service in dict.fromkeys(
        name for clinic in drained for name in draft.facility.clinics[clinic].services
    ):
        _give_to_who_drains(draft, service)
    for clinic in drained:
        if _rule(draft, clinic) is not Leftovers.OVERTIME and draft.queue(Line.BOUND, clinic):
            proposals.make(draft, clinic, proposals.SESSION_END)


def _rule(draft: Draft, clinic: str) -> Leftovers:
    """The rule of a clinic is that of the first of its services."""
    return draft.facility.services[draft.facility.clinics[clinic].services[0]].leftovers


def _pauses_until_the_next(draft: Draft, clinic: str) -> bool:
    """Whether everybody stays because the clinic goes on later today; the clock pauses it until then."""
    opens = sessions.next_start(draft.day, clinic, draft.now)
    if opens is None or _rule(draft, clinic) is not Leftovers.CARRY:
        return False
    state = draft.clinic_part(clinic).state
    if state not in (ClinicState.CLOSED, ClinicState.PAUSED):
        draft.change_clinic(clinic, why=BETWEEN, state=ClinicState.PAUSED, reason=BETWEEN, news_at=opens)
    return True


def _drain(draft: Draft, clinic: str) -> None:
    if draft.clinic_part(clinic).state not in (ClinicState.CLOSED, ClinicState.DRAINING):
        draft.change_clinic(clinic, state=ClinicState.DRAINING, reason="", news_at=0)


def _goes_on(draft: Draft, service: str) -> bool:
    """Whether a clinic calls for this service now, after a pause, or in a session later today."""
    return any(
        draft.clinic_part(clinic).state in _GOES_ON
        or sessions.next_start(draft.day, clinic, draft.now) is not None
        for clinic in clinics_of(draft, service)
    )


def _back_to_the_pool(draft: Draft, clinic: str) -> None:
    """Who waits here and may be seen elsewhere waits for the other clinics, at the old place."""
    for *_, step in tuple(draft.queue(Line.BOUND, clinic)):
        standing, service = draft.standing(step), draft.the_step(step).service
        if standing.state is StepState.QUEUED and is_free(draft, step) and _goes_on(draft, service):
            draft.put(step, StepChange.QUEUED, replaced(standing, clinic="", call_sign=None, behind=0))


def _give_to_who_drains(draft: Draft, service: str) -> None:
    """Nobody calls from a pool whose clinics all drain: whoever is in it goes to one of them."""
    plan = draft.facility.services[service]
    if _goes_on(draft, service) or plan.binding not in _GIVEN or not we_bind(plan):
        return
    left = [
        clinic
        for clinic in clinics_of(draft, service)
        if draft.clinic_part(clinic).state is ClinicState.DRAINING
    ]
    if not left:
        return
    prospects = Prospects(draft, service, left)
    for *_, step in tuple(draft.queue(Line.POOL, service)):
        clinic = prospects.earliest(step)
        prospects.add(clinic)
        give(draft, step, clinic)
