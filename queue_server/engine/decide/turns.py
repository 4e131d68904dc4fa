"""Turns at a clinic: calling, preparing, recalling, starting, finishing, missing, holding, rejoining."""

from queue_server.engine import calling, journeys
from queue_server.engine.decide.checks import (
    changed,
    known_step,
    reject,
    unknown_clinic,
    who_was_faster,
    wrong_reason,
    wrong_state,
)
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.lines import Line, line_of
from queue_server.engine.model import IN_HAND, WAITING, Standing, Step
from queue_server.engine.numbering import sign_at
from queue_server.protocol.codes import ClinicState, ReasonKind, Refusal, StepChange, StepState
from queue_server.protocol.commands import (
    Absent,
    CallNext,
    CallStep,
    Finish,
    Hold,
    Prepare,
    Recall,
    Rejoin,
    Resume,
    Start,
)
from queue_server.protocol.labels import CallSign
from queue_server.protocol.results import Called, Done, Finished
from queue_server.protocol.values import replaced

CALLING = frozenset({ClinicState.OPEN, ClinicState.DRAINING})
"""States of a clinic that calls."""


def call_next(draft: Draft, command: CallNext) -> Called | Rejection:
    """Finish the one in hand and call the next; with nobody to call, say why."""
    clinic, after = command.clinic, command.after
    refused = _cannot_call(draft, clinic, after)
    if refused is not None:
        return refused
    draft.act_clinic = clinic
    if after is not None:
        journeys.finish(draft, after)
    step = calling.next_step(draft, clinic)
    if step is None:
        counts = calling.why_empty(draft, clinic)
        if after is None:
            return reject(Refusal.NOBODY_WAITING, clinic=clinic, why_empty=counts)
        return Called(clinic=clinic, finished=after, why_empty=counts)
    return _call(draft, clinic, step, after)


def call_step(draft: Draft, command: CallStep) -> Called | Rejection:
    """Call this one, out of order: for a coded reason, as often in a session as its quota allows."""
    clinic, after, step = command.clinic, command.after, command.step
    here = known_step(draft, step)
    if isinstance(here, Rejection):
        return here
    refused = (
        _cannot_call(draft, clinic, after)
        or wrong_reason(draft, command.reason, ReasonKind.CALL)
        or _not_ours(draft, here, clinic)
    )
    if refused is not None:
        return refused
    state = draft.standing(step).state
    if state is StepState.PLANNED:
        shut = tuple(gate.name.value for gate in draft.standing(step).gates if not gate.open)
        return reject(Refusal.GATE_SHUT, step=step, gates=shut)
    if state in IN_HAND:
        return changed(draft, step)
    if state not in WAITING and state not in (StepState.HELD, StepState.MISSED):
        return wrong_state(draft, step, Refusal.NOT_WAITING)
    quota = draft.facility.reasons[command.reason].quota
    if 0 < quota <= draft.clinic(clinic).courtesy.get(command.reason, 0):
        return reject(Refusal.QUOTA_USED, clinic=clinic, reason=command.reason, quota=quota)
    draft.act_clinic = clinic
    if after is not None:
        journeys.finish(draft, after)
    busy = draft.busy(here.visit)
    if busy not in ("", step):
        return reject(Refusal.PATIENT_BUSY, step=busy, clinic=draft.standing(busy).clinic)
    return _call(draft, clinic, step, after, why=command.reason)


def _cannot_call(draft: Draft, clinic: str, after: str | None) -> Rejection | None:
    missing = unknown_clinic(draft, clinic)
    if missing is not None:
        return missing
    state = draft.clinic_part(clinic).state
    if state not in CALLING:
        return reject(Refusal.NOT_OPEN, clinic=clinic, state=state.value)
    in_hand = draft.in_hand(clinic)
    if after is not None:
        return None if after in in_hand else _behind(draft, clinic, after)
    places = draft.facility.clinics[clinic].places
    if len(in_hand) < places:
        return None
    if places == 1:
        return _behind(draft, clinic, None)
    return reject(Refusal.NO_FREE_PLACE, clinic=clinic, places=places, in_hand=tuple(in_hand))


def _behind(draft: Draft, clinic: str, after: str | None) -> Rejection:
    """The screen was behind: say who is in hand, and how the one it showed stands."""
    if after is not None and draft.step(after) is None:
        return reject(Refusal.UNKNOWN_STEP, step=after)
    standing = Standing() if after is None else draft.standing(after)
    return reject(
        Refusal.CHANGED,
        step=after,
        state=None if after is None else standing.state.value,
        clinic=clinic if after is None else standing.clinic,
        in_hand=tuple(draft.in_hand(clinic)),
        **who_was_faster(draft, clinic),
    )


def _not_ours(draft: Draft, step: Step, clinic: str) -> Rejection | None:
    """A clinic calls its own steps and unbound ones of its services; another clinic's are no longer free."""
    standing = draft.standing(step.id)
    if standing.clinic and standing.clinic != clinic:
        return changed(draft, step.id)
    if step.service not in draft.facility.clinics[clinic].services:
        return reject(Refusal.NOT_OFFERED, service=step.service, clinic=clinic)
    return None


def _call(draft: Draft, clinic: str, step: str, finished: str | None, why: str = "") -> Called:
    standing = _at(draft, step, clinic)
    now = replaced(
        standing,
        state=StepState.CALLED,
        called_at=draft.now,
        last_call_at=draft.now,
        times_called=1,
        behind=0,
        held_until=0,
        held_ready=False,
        missed_at=0,
    )
    draft.put(step, StepChange.CALLED, now, why=why)
    sign = now.call_sign
    return Called(
        clinic=clinic,
        step=step,
        visit=draft.the_step(step).visit,
        call_sign=CallSign(sign.text, sign.origin) if sign else None,
        finished=finished,
    )


def _at(draft: Draft, step: str, clinic: str) -> Standing:
    """The step's standing with this clinic and a call sign of it."""
    standing = draft.standing(step)
    if standing.clinic == clinic and standing.call_sign is not None:
        return standing
    here = draft.the_step(step)
    return replaced(standing, clinic=clinic, call_sign=sign_at(draft, here.visit, here.service, clinic))


def prepare(draft: Draft, command: Prepare) -> Called | Rejection:
    """Ask one to stand ready: the one named, or the next who does not yet.

    Who stands ready is called before others of the same kind, so it may be nobody before whom one of them
    waits: that would be a call out of order without a reason.
    """
    clinic = command.clinic
    missing = unknown_clinic(draft, clinic)
    if missing is not None:
        return missing
    state = draft.clinic_part(clinic).state
    if state not in CALLING:
        return reject(Refusal.NOT_OPEN, clinic=clinic, state=state.value)
    step = command.step or next(
        (s for s in calling.in_turn(draft, clinic) if draft.standing(s).state is StepState.QUEUED), None
    )
    if step is None:
        return reject(Refusal.NOBODY_WAITING, clinic=clinic, why_empty=calling.why_empty(draft, clinic))
    here = known_step(draft, step)
    if isinstance(here, Rejection):
        return here
    refused = _not_ours(draft, here, clinic)
    if refused is not None:
        return refused
    if draft.standing(step).state is not StepState.QUEUED:
        return wrong_state(draft, step, Refusal.NOT_WAITING)
    busy = draft.busy(here.visit)
    if busy:
        return reject(Refusal.PATIENT_BUSY, step=busy, clinic=draft.standing(busy).clinic)
    first = calling.first_of_its_kind(draft, clinic, step)
    if first != step:
        number = draft.part(draft.the_step(first).visit).number
        return reject(Refusal.NOT_NEXT, clinic=clinic, step=first, number=number)
    draft.act_clinic = clinic
    now = replaced(_at(draft, step, clinic), state=StepState.PREPARED)
    draft.put(step, StepChange.PREPARED, now)
    sign = now.call_sign
    return Called(
        clinic=clinic,
        step=step,
        visit=here.visit,
        call_sign=CallSign(sign.text, sign.origin) if sign else None,
    )


def recall(draft: Draft, command: Recall) -> Done | Rejection:
    """Call the called one once more."""
    standing = _called(draft, command.step, command.times_called)
    if isinstance(standing, Rejection):
        return standing
    draft.act_clinic = standing.clinic
    times = standing.times_called + 1
    draft.change(command.step, StepChange.RECALLED, times_called=times, last_call_at=draft.now)
    return Done()


def _called(draft: Draft, step: str, times_called: int) -> Standing | Rejection:
    """The standing of a called step, if the screen counted its calls right."""
    here = known_step(draft, step)
    if isinstance(here, Rejection):
        return here
    standing = draft.standing(step)
    if standing.state is not StepState.CALLED:
        return wrong_state(draft, step, Refusal.NOT_CALLED)
    if standing.times_called != times_called:
        return changed(draft, step)
    return standing


def start(draft: Draft, command: Start) -> Done | Rejection:
    """The called one came."""
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    standing = draft.standing(command.step)
    if standing.state is not StepState.CALLED:
        return wrong_state(draft, command.step, Refusal.NOT_CALLED)
    draft.act_clinic = standing.clinic
    draft.change(command.step, StepChange.STARTED, state=StepState.SERVING, started_at=draft.now)
    return Done()


def finish(draft: Draft, command: Finish) -> Finished | Rejection:
    """End the step in hand without calling another."""
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    refused = wrong_reason(draft, command.end, ReasonKind.FINISH)
    if refused is not None:
        return refused
    standing = draft.standing(command.step)
    if standing.state not in IN_HAND:
        return wrong_state(draft, command.step, Refusal.NOT_CALLED)
    draft.act_clinic = standing.clinic
    journeys.finish(draft, command.step, command.end or "")
    return Finished(visit=here.visit)


def absent(draft: Draft, command: Absent) -> Done | Rejection:
    """Nobody came: allowed after enough calls far enough apart (facility.missed)."""
    standing = _called(draft, command.step, command.times_called)
    if isinstance(standing, Rejection):
        return standing
    rule = draft.facility.missed
    apart = standing.last_call_at - standing.called_at
    if standing.times_called < rule.calls or apart < rule.apart:
        return reject(
            Refusal.TOO_SOON,
            step=command.step,
            times_called=standing.times_called,
            calls=rule.calls,
            recall_from=standing.called_at + rule.apart,
        )
    draft.act_clinic = standing.clinic
    told = draft.day.told.get(command.step)
    if told is not None and told.safe > draft.now:
        # Promised to be free until then: that is no absence (DESIGN §4, Estimates).
        draft.change(
            command.step,
            StepChange.DEFERRED,
            state=StepState.HELD,
            held_until=told.safe,
            held_ready=False,
            called_at=0,
            times_called=0,
            last_call_at=0,
        )
    else:
        draft.change(command.step, StepChange.MISSED, state=StepState.MISSED, missed_at=draft.now)
    return Done()


def hold(draft: Draft, command: Hold) -> Done | Rejection:
    """Set a waiting or called step aside; it keeps its place."""
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    refused = wrong_reason(draft, command.reason, ReasonKind.HOLD)
    if refused is not None:
        return refused
    standing = draft.standing(command.step)
    if standing.state not in WAITING and standing.state not in IN_HAND:
        return wrong_state(draft, command.step, Refusal.NOT_WAITING)
    if command.until is not None and command.until <= draft.now:
        return reject(Refusal.TOO_SOON, step=command.step, until=command.until)
    draft.act_clinic = standing.clinic
    draft.change(
        command.step,
        StepChange.HELD,
        why=command.reason or "",
        state=StepState.HELD,
        held_until=command.until or 0,
        held_ready=command.until is None,
        reason=command.reason or "",
    )
    return Done()


def resume(draft: Draft, command: Resume) -> Done | Rejection:
    """A held step is ready again."""
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    standing = draft.standing(command.step)
    if standing.state is not StepState.HELD:
        return wrong_state(draft, command.step, Refusal.NOT_HELD)
    draft.act_clinic = standing.clinic
    journeys.end_hold(draft, command.step)
    return Done()


def rejoin(draft: Draft, command: Rejoin) -> Done | Rejection:
    """Who missed a call is back."""
    if (command.step is None) == (command.token is None):
        return reject(Refusal.MALFORMED)
    if command.step is not None:
        here = known_step(draft, command.step)
        if isinstance(here, Rejection):
            return here
        steps = [command.step]
    else:
        visit = draft.day.tokens.get(command.token or "")
        if visit is None:
            return reject(Refusal.UNKNOWN_VISIT)
        steps = [s for s in draft.steps_of(visit) if draft.standing(s).state is StepState.MISSED]
        if not steps:
            return reject(Refusal.NOT_MISSED, visit=visit)
    for step in steps:
        standing = draft.standing(step)
        if line_of(standing) is not Line.MISSED:
            return wrong_state(draft, step, Refusal.NOT_MISSED)
        journeys.rejoin(draft, step)
    return Done()
