"""Clinics: opening, pausing, draining, closing, signing on and off.

A pause moves nobody; who closes or drains is told where those who wait would be seen soonest.
"""

from queue_server.engine import journeys, proposals
from queue_server.engine.calling import still_there
from queue_server.engine.decide.checks import reject, unknown_clinic, wrong_reason
from queue_server.engine.decide.proposals import print_slips
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.protocol.codes import ClinicState, Moves, ReasonKind, Refusal
from queue_server.protocol.commands import CloseClinic, DrainClinic, OpenClinic, PauseClinic, SignOff, SignOn
from queue_server.protocol.results import Done, Moved, Proposed


def open_clinic(draft: Draft, command: OpenClinic) -> Done | Rejection:
    """Open a clinic, or go on after a pause or while draining."""
    return unknown_clinic(draft, command.clinic) or _turn(draft, command.clinic, ClinicState.OPEN)


def pause(draft: Draft, command: PauseClinic) -> Done | Rejection:
    """Stop calling for a while. Moves nobody."""
    clinic = command.clinic
    refused = unknown_clinic(draft, clinic) or wrong_reason(draft, command.reason, ReasonKind.PAUSE)
    if refused is not None:
        return refused
    state = draft.clinic_part(clinic).state
    if state is ClinicState.CLOSED:
        return reject(Refusal.NOT_OPEN, clinic=clinic, state=state.value)
    return _turn(draft, clinic, ClinicState.PAUSED, command.reason, command.news_at or 0)


def drain(draft: Draft, command: DrainClinic) -> Done | Proposed | Rejection:
    """Take nobody new; those bound to the clinic are still called. Proposes moves where somebody gains."""
    clinic = command.clinic
    refused = unknown_clinic(draft, clinic)
    if refused is not None:
        return refused
    state = draft.clinic_part(clinic).state
    if state is ClinicState.CLOSED:
        return reject(Refusal.NOT_OPEN, clinic=clinic, state=state.value)
    _turn(draft, clinic, ClinicState.DRAINING)
    proposed = proposals.make(draft, clinic, proposals.DRAIN)
    return Done() if proposed.proposal is None else proposed


def close(draft: Draft, command: CloseClinic) -> Done | Proposed | Moved | Rejection:
    """Close an empty clinic at once. While anyone is there it drains, closes once it is empty, and moves are
    proposed, or made where the site says so. Who missed a call there waits for the other clinics."""
    clinic = command.clinic
    refused = unknown_clinic(draft, clinic)
    if refused is not None:
        return refused
    counts = still_there(draft, clinic)
    if not any(counts.values()):
        _shut(draft, clinic)
    elif _moves_nobody(draft, clinic):
        return reject(Refusal.STILL_WAITING, clinic=clinic, **counts)
    else:
        _turn(draft, clinic, ClinicState.DRAINING)
        if _moves_by_itself(draft, clinic):
            moved = proposals.move_at_once(draft, clinic, proposals.CLOSE)
            if moved is not None:
                print_slips(draft, clinic, moved)
                if not any(still_there(draft, clinic).values()):
                    _shut(draft, clinic)
                return moved
    if not proposals.bound_here(draft, clinic):
        return Done()
    return proposals.make(draft, clinic, proposals.CLOSE)


def _shut(draft: Draft, clinic: str) -> None:
    journeys.let_go_of_missed(draft, clinic)
    _turn(draft, clinic, ClinicState.CLOSED)


def _moves_nobody(draft: Draft, clinic: str) -> bool:
    """Whether the site lets none of those be moved who are there."""
    services = {draft.the_step(step).service for step in proposals.bound_here(draft, clinic)}
    return all(draft.facility.services[service].moves is Moves.NEVER for service in services)


def _moves_by_itself(draft: Draft, clinic: str) -> bool:
    services = draft.facility.clinics[clinic].services
    return all(draft.facility.services[service].moves is Moves.AUTO for service in services)


def _turn(draft: Draft, clinic: str, state: ClinicState, reason: str = "", news_at: int = 0) -> Done:
    part = draft.clinic_part(clinic)
    if (part.state, part.reason, part.news_at) != (state, reason, news_at):
        draft.change_clinic(clinic, why=reason, state=state, reason=reason, news_at=news_at)
        if part.state is ClinicState.CLOSED:
            journeys.practitioners_moved(draft, part.practitioners)
    return Done()


def sign_on(draft: Draft, command: SignOn) -> Done | Rejection:
    """A practitioner works here from now on, one place at a time; that opens a closed clinic."""
    clinic, who = command.clinic, command.practitioner
    refused = unknown_clinic(draft, clinic) or _unknown_practitioner(draft, who)
    if refused is not None:
        return refused
    for other in draft.facility.clinics:
        if other != clinic and who in draft.clinic_part(other).practitioners:
            return reject(Refusal.SIGNED_ON_ELSEWHERE, practitioner=who, clinic=other)
    part = draft.clinic_part(clinic)
    here = part.practitioners if who in part.practitioners else (*part.practitioners, who)
    state = ClinicState.OPEN if part.state is ClinicState.CLOSED else part.state
    if (here, state) != (part.practitioners, part.state):
        draft.change_clinic(clinic, practitioners=here, state=state)
        journeys.practitioners_moved(draft, [who])
    return Done()


def sign_off(draft: Draft, command: SignOff) -> Done | Rejection:
    """The practitioner works here no longer."""
    clinic, who = command.clinic, command.practitioner
    refused = unknown_clinic(draft, clinic) or _unknown_practitioner(draft, who)
    if refused is not None:
        return refused
    here = draft.clinic_part(clinic).practitioners
    if who not in here:
        return reject(Refusal.WRONG_STATE, clinic=clinic, practitioner=who)
    draft.change_clinic(clinic, practitioners=tuple(name for name in here if name != who))
    journeys.practitioners_moved(draft, [who])
    return Done()


def _unknown_practitioner(draft: Draft, who: str) -> Rejection | None:
    if who not in draft.facility.practitioners:
        return reject(Refusal.UNKNOWN_PRACTITIONER, practitioner=who)
    return None
