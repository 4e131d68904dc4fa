"""Coming back with results: when, and to whom if the practitioner who ordered them has left.

A return is a planned step behind the gate `result`. It opens when the service's word is met (all results, the
first, or the practitioner asks) and somebody is there to take them; else the patient waits for the
practitioner, or for a desk to say where to.
"""

from enum import Enum, auto

from queue_server.engine.calling import clinics_of
from queue_server.engine.draft import Draft
from queue_server.engine.model import Standing
from queue_server.engine.numbering import sign_at
from queue_server.engine.routes import has_shut, is_awaited, open_gate, stands_for
from queue_server.engine.sessions import next_start
from queue_server.protocol.codes import (
    AssignedBy,
    ClinicState,
    GateName,
    Result,
    ResultsWhen,
    ResultsWithout,
    StepChange,
    StepState,
)
from queue_server.protocol.values import replaced


class Nobody(Enum):
    """Why nobody takes the results yet: their practitioner comes again, or a desk has to say who."""

    WAIT = auto()
    ASK = auto()


def comes_back(draft: Draft, step: str) -> bool:
    """Whether a planned return may begin now: the results are there, and somebody takes them."""
    return _is_called_for(draft, step) and isinstance(_place(draft, step), Standing)


def waits_for_somebody(draft: Draft, step: str) -> bool:
    """Whether results are there and nobody takes them."""
    return _is_called_for(draft, step) and not isinstance(_place(draft, step), Standing)


def needs_a_desk(draft: Draft, step: str) -> bool:
    """Whether a desk has to say who takes the results that are there."""
    return _is_called_for(draft, step) and _place(draft, step) is Nobody.ASK


def bring_back(draft: Draft, step: str) -> None:
    """Open a return's gate, its place counted from now. Where nobody was found to take the results, somebody
    said all the same that the patient shall come: to where they were."""
    place = _place(draft, step)
    standing = draft.standing(step)
    if not isinstance(place, Standing):
        place = replaced(standing, practitioner="")
    if place != standing:
        draft.put(step, StepChange.TRANSFERRED, place)
    open_gate(draft, step, GateName.RESULT, since=draft.now)


def is_expected(draft: Draft, step: str) -> bool:
    """Whether a return to a clinic may still begin before that clinic closes: results are to come, or its
    practitioner has to ask for the patient."""
    standing = draft.standing(step)
    if not draft.the_step(step).returning or not has_shut(standing, GateName.RESULT):
        return False
    return not _is_called_for(draft, step)


def _is_called_for(draft: Draft, step: str) -> bool:
    here, standing = draft.the_step(step), draft.standing(step)
    if not here.returning or standing.state is not StepState.PLANNED:
        return False
    if not has_shut(standing, GateName.RESULT):
        return False
    complete = not any(is_awaited(draft, test) for test in here.awaits)
    plan = draft.facility.services.get(here.service)
    match ResultsWhen.ALL if plan is None else plan.results_when:
        case ResultsWhen.ALL:
            return complete
        case ResultsWhen.ANY:
            return complete or any(has_come(draft, test) for test in here.awaits)
        case ResultsWhen.DOCTOR:
            return complete and _has_left(draft, step)


def has_come(draft: Draft, test: str) -> bool:
    """Whether the result of a test, or of what took its place, is there."""
    return draft.standing(test).result is Result.READY or any(
        has_come(draft, other) for other in stands_for(draft, test)
    )


def _place(draft: Draft, step: str) -> Standing | Nobody:
    """Where a return goes: to the practitioner, wherever that one works now or works next today; else as the
    service says. A room that the HIS or a desk gave is not ours to change."""
    here, standing = draft.the_step(step), draft.standing(step)
    ours = standing.assigned_by is AssignedBy.OURS
    without = ResultsWithout.SAME_CLINIC
    if standing.practitioner:
        works_at = _works_at(draft, step)
        if works_at:
            return _moved(draft, step, works_at) if ours else standing
        without = draft.facility.services[here.service].results_without
    if without is ResultsWithout.WAIT:
        return Nobody.WAIT
    if without is ResultsWithout.ASK:
        return Nobody.ASK
    any_clinic = ours and any(_takes_more(draft, clinic) for clinic in clinics_of(draft, here.service))
    same = not standing.clinic or _works_on(draft, standing.clinic)
    if same and (without is ResultsWithout.SAME_CLINIC or not any_clinic):
        return replaced(standing, practitioner="")
    return replaced(standing, clinic="", practitioner="", call_sign=None) if any_clinic else Nobody.ASK


def _has_left(draft: Draft, step: str) -> bool:
    return bool(draft.standing(step).practitioner) and not _works_at(draft, step)


def _works_at(draft: Draft, step: str) -> str:
    """The clinic of the step's service where its practitioner works now, else later today; else empty."""
    who, service = draft.standing(step).practitioner, draft.the_step(step).service
    serving = clinics_of(draft, service)
    for clinic in serving:
        part = draft.clinic_part(clinic)
        if who in part.practitioners and part.state is not ClinicState.CLOSED:
            return clinic
    later = [
        (plan.opens, plan.clinic)
        for clinic in serving
        for plan in draft.day.sessions.get(clinic, ())
        if plan.practitioner == who and plan.opens > draft.now
    ]
    return min(later)[1] if later else ""


def _works_on(draft: Draft, clinic: str) -> bool:
    """Whether a clinic is not closed, or opens again today."""
    return draft.clinic_part(clinic).state is not ClinicState.CLOSED or _opens_again(draft, clinic)


def _takes_more(draft: Draft, clinic: str) -> bool:
    """Whether a clinic calls from the pool now, after a pause, or in a session later today."""
    state = draft.clinic_part(clinic).state
    return state in (ClinicState.OPEN, ClinicState.PAUSED) or _opens_again(draft, clinic)


def _opens_again(draft: Draft, clinic: str) -> bool:
    return next_start(draft.day, clinic, draft.now) is not None


def _moved(draft: Draft, step: str, clinic: str) -> Standing:
    standing = draft.standing(step)
    if standing.clinic == clinic:
        return standing
    here = draft.the_step(step)
    return replaced(standing, clinic=clinic, call_sign=sign_at(draft, here.visit, here.service, clinic))
