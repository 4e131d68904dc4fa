"""Which step is next: after a finish, after orders, after results; and when a visit is over."""

from collections.abc import Sequence

from queue_server.engine.calling import clinics_of
from queue_server.engine.draft import Draft
from queue_server.engine.lines import Line
from queue_server.engine.model import OPEN, Gate, Standing
from queue_server.engine.numbering import sign_at
from queue_server.engine.routes import has_shut, open_gate, release, shut_gates
from queue_server.protocol.codes import (
    AssignedBy,
    Binding,
    GateName,
    Result,
    StepChange,
    StepState,
    VisitChange,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.values import replaced


def finish(draft: Draft, step: str, end: str = "") -> None:
    """End a step as served, and let the visit go on."""
    plan = draft.facility.services[draft.the_step(step).service]
    result = Result.PENDING if plan.has_result else Result.NONE
    draft.change(
        step, StepChange.FINISHED, why=end, state=StepState.DONE, ended_at=draft.now, end=end, result=result
    )
    visit = draft.the_step(step).visit
    for gate in plan.opens:
        for other in tuple(draft.steps_of(visit)):
            if draft.standing(other).state is StepState.PLANNED and has_shut(draft.standing(other), gate):
                open_gate(draft, other, gate)
    go_on(draft, visit)


def go_on(draft: Draft, visit: str) -> None:
    """Let results bring the patient back, queue what is due, and close the visit or name its wait."""
    for step in tuple(draft.steps_of(visit)):
        standing = draft.standing(step)
        if (
            standing.state is StepState.PLANNED
            and has_shut(standing, GateName.RESULT)
            and draft.the_step(step).awaits
            and not any(is_awaited(draft, other) for other in draft.the_step(step).awaits)
        ):
            _follow_practitioner(draft, step)
            open_gate(draft, step, GateName.RESULT, since=draft.now)
    release(draft, visit)
    part = draft.part(visit)
    if part.end is not None:
        return
    states = [draft.standing(step).state for step in draft.steps_of(visit)]
    if any(state in OPEN for state in states):
        if part.wait is not None:
            draft.change_visit(visit, VisitChange.WAITING, wait=None, wait_since=0)
    elif part.route_left:
        if part.wait is None:
            draft.change_visit(visit, VisitChange.WAITING, wait=VisitWait.DIRECTION, wait_since=draft.now)
    else:
        end_visit(draft, visit, _ending(states))


def _ending(states: Sequence[StepState]) -> VisitEnd:
    if StepState.DONE in states:
        return VisitEnd.COMPLETED
    return VisitEnd.ABANDONED if StepState.ABANDONED in states else VisitEnd.CANCELLED


def end_visit(draft: Draft, visit: str, end: VisitEnd, reason: str = "") -> None:
    """Close a visit that has no open step left."""
    draft.change_visit(
        visit,
        VisitChange.ENDED,
        why=reason,
        end=end,
        ended_at=draft.now,
        wait=None,
        wait_since=0,
        reason=reason,
    )


def is_awaited(draft: Draft, step: str) -> bool:
    """Whether a result of this step is still to come."""
    standing = draft.standing(step)
    return standing.state in OPEN or standing.result is Result.PENDING


def order(
    draft: Draft, visit: str, orders: Sequence[tuple[str, str | None]], at: str, *, back: bool
) -> list[str]:
    """Add ordered stops, all at once, and with `back` the return to the step `at` they were ordered at.

    orders: service and clinic, None to choose later. at: empty for a desk that adds a service. An earlier
    return to the same step that has not begun is replaced by one that awaits these results too.
    """
    made = [_ordered(draft, visit, service, clinic, at) for service, clinic in orders]
    if at and back:
        made.append(_return_to(draft, visit, at, made))
    go_on(draft, visit)
    return made


def _has_result(draft: Draft, step: str) -> bool:
    plan = draft.facility.services.get(draft.the_step(step).service)
    return plan is not None and plan.has_result


def _ordered(draft: Draft, visit: str, service: str, clinic: str | None, at: str) -> str:
    standing = Standing(
        clinic=clinic or "",
        assigned_by=AssignedBy.DESK if clinic else AssignedBy.OURS,
        call_sign=sign_at(draft, visit, service, clinic) if clinic else None,
        gates=shut_gates(draft, visit, service),
        since=draft.now,
    )
    return draft.add_step(visit, service, standing, ordered_at=at)


def _return_to(draft: Draft, visit: str, at: str, tests: Sequence[str]) -> str:
    after = [*tests]
    for other in tuple(draft.steps_of(visit)):
        earlier = draft.the_step(other)
        if (
            earlier.returning
            and earlier.ordered_at == at
            and draft.standing(other).state is StepState.PLANNED
        ):
            after[:0] = earlier.after
            draft.change(
                other, StepChange.CANCELLED, state=StepState.CANCELLED, ended_at=draft.now, end="replaced"
            )
    awaits = tuple(test for test in after if is_awaited(draft, test) and _has_result(draft, test))
    origin = draft.standing(at)
    service = draft.the_step(at).service
    standing = Standing(
        clinic=origin.clinic,
        practitioner=origin.practitioner or _who_works_alone(draft, origin.clinic),
        assigned_by=origin.assigned_by,
        call_sign=origin.call_sign,
        gates=(Gate(GateName.RESULT),) if awaits else (),
        since=draft.now,
    )
    return draft.add_step(visit, service, standing, after=after, returning=True, awaits=awaits, ordered_at=at)


def _who_works_alone(draft: Draft, clinic: str) -> str:
    """The practitioner of a clinic, empty when there is none or it could be one of several."""
    here = draft.clinic_part(clinic).practitioners if clinic else ()
    return here[0] if len(here) == 1 else ""


def _follow_practitioner(draft: Draft, step: str) -> None:
    """Results go back to the same practitioner, wherever that one works now; a room the HIS or a desk gave
    stays."""
    standing = draft.standing(step)
    if not standing.practitioner or standing.assigned_by is not AssignedBy.OURS:
        return
    service = draft.the_step(step).service
    where = [
        clinic
        for clinic in clinics_of(draft, service)
        if standing.practitioner in draft.clinic_part(clinic).practitioners
    ]
    if where and where[0] != standing.clinic:
        sign = sign_at(draft, draft.the_step(step).visit, service, where[0])
        draft.change(step, StepChange.TRANSFERRED, clinic=where[0], call_sign=sign)


def end_hold(draft: Draft, step: str) -> None:
    """Put a held step back into its line, at its old place."""
    draft.change(
        step,
        StepChange.RESUMED,
        state=StepState.QUEUED,
        held_until=0,
        held_ready=False,
        reason="",
        times_called=0,
    )


def expire_missed(draft: Draft, clinic: str) -> None:
    """At the end of a session: who missed a call waits again from the old arrival (DESIGN §4, Missed),
    wherever the service goes on."""
    for step in sorted(draft.line(Line.MISSED, clinic)):
        _wait_again(draft, step)


def let_go_of_missed(draft: Draft, clinic: str) -> None:
    """Before a clinic closes: who missed a call there and may be seen elsewhere waits again. The others stay
    missed: nobody would call them here."""
    for step in sorted(draft.line(Line.MISSED, clinic)):
        if _is_free(draft, step):
            _wait_again(draft, step)


def _wait_again(draft: Draft, step: str) -> None:
    now = replaced(draft.standing(step), state=StepState.QUEUED, missed_at=0, times_called=0, behind=0)
    if _is_free(draft, step):
        now = replaced(now, clinic="", call_sign=None)
    draft.put(step, StepChange.QUEUED, now)


def _is_free(draft: Draft, step: str) -> bool:
    """Whether any clinic of its service may take the step: nobody chose or gave this one."""
    here, standing = draft.the_step(step), draft.standing(step)
    return (
        draft.facility.services[here.service].binding in (Binding.LATE, Binding.POOLED)
        and not here.returning
        and not standing.practitioner
        and standing.assigned_by is AssignedBy.OURS
    )
