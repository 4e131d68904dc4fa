"""Which step is next: after a finish, after orders, after results; and when a visit is over."""

from collections.abc import Collection, Sequence

from queue_server.engine.draft import Draft
from queue_server.engine.hours import MINUTE
from queue_server.engine.lines import Line
from queue_server.engine.model import OPEN, Gate, Standing, Step
from queue_server.engine.numbering import sign_at
from queue_server.engine.preparation import Wish, goes_first, in_order, needs_of
from queue_server.engine.returning import bring_back, comes_back, needs_a_desk
from queue_server.engine.routes import (
    has_shut,
    is_awaited,
    open_gate,
    release,
    shut_gates,
    stands_for,
)
from queue_server.protocol.codes import (
    AssignedBy,
    Binding,
    GateName,
    Result,
    ResultsWhen,
    StepChange,
    StepState,
    VisitChange,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.commands import Order
from queue_server.protocol.values import replaced


def finish(draft: Draft, step: str, end: str = "") -> None:
    """End a step as served, and let the visit go on. end: how, when it was not plainly done: then it is not
    repeated, and what is still to come does not bring the patient back."""
    plan = draft.facility.services[draft.the_step(step).service]
    again = () if end or _is_repeat(draft, draft.the_step(step)) else plan.repeats
    later = any(
        draft.standing(other).state in OPEN and _has_result(draft, other) for other in stands_for(draft, step)
    )
    result = Result.PENDING if plan.has_result and not again and not later else Result.NONE
    draft.change(
        step, StepChange.FINISHED, why=end, state=StepState.DONE, ended_at=draft.now, end=end, result=result
    )
    visit = draft.the_step(step).visit
    for gate in plan.opens:
        for other in tuple(draft.steps_of(visit)):
            if draft.standing(other).state is StepState.PLANNED and has_shut(draft.standing(other), gate):
                open_gate(draft, other, gate)
    _repeat(draft, step, again)
    if not end:
        _return_for_the_rest(draft, step)
    go_on(draft, visit)


def _is_repeat(draft: Draft, step: Step) -> bool:
    origin = draft.step(step.ordered_at) if step.ordered_at in step.after else None
    return (
        origin is not None
        and origin.service == step.service
        and draft.standing(origin.id).state is StepState.DONE
    )


def _repeat(draft: Draft, step: str, again: Sequence[int]) -> None:
    """Add the timed repeats of a turn that just ended: each so many minutes after it, one after the other, at
    the place in line that the first one had."""
    first, here = draft.standing(step), draft.the_step(step)
    before = step
    for minutes in again:
        standing = Standing(
            clinic="" if first.assigned_by is AssignedBy.OURS else first.clinic,
            assigned_by=first.assigned_by,
            call_sign=None if first.assigned_by is AssignedBy.OURS else first.call_sign,
            gates=(Gate(GateName.NOT_BEFORE, at=draft.now + minutes * MINUTE),),
            since=first.since,
        )
        before = draft.add_step(
            here.visit, here.service, standing, after=(before,), ordered_at=before, needs=here.needs
        )


def go_on(draft: Draft, visit: str) -> None:
    """Let results bring the patient back, queue what is due, and close the visit or name its wait."""
    for step in _returns(draft, visit):
        if comes_back(draft, step):
            bring_back(draft, step)
    release(draft, visit)
    part = draft.part(visit)
    if part.end is not None:
        return
    states = [draft.standing(step).state for step in draft.steps_of(visit)]
    if not OPEN.isdisjoint(states):
        asks = any(needs_a_desk(draft, step) for step in _returns(draft, visit))
        _wait(draft, visit, VisitWait.RESULTS if asks else None)
    elif part.route_left:
        _wait(draft, visit, VisitWait.DIRECTION)
    else:
        end_visit(draft, visit, _ending(states))


def _returns(draft: Draft, visit: str) -> list[str]:
    return [step for step in draft.steps_of(visit) if draft.the_step(step).returning]


def _wait(draft: Draft, visit: str, wait: VisitWait | None) -> None:
    if draft.part(visit).wait is not wait:
        draft.change_visit(visit, VisitChange.WAITING, wait=wait, wait_since=draft.now if wait else 0)


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


def practitioners_moved(draft: Draft, practitioners: Collection[str]) -> None:
    """These began or stopped working at a clinic: let those go on who are to return to them."""
    moved = {who for who in practitioners if who}
    if not moved:
        return
    visits = {
        draft.the_step(step).visit
        for clinic in draft.facility.clinics
        for step in draft.line(Line.AWAITED, clinic)
        if draft.the_step(step).returning and draft.standing(step).practitioner in moved
    }
    for visit in sorted(visits):
        go_on(draft, visit)


def order(draft: Draft, visit: str, orders: Sequence[Order], at: str, *, back: bool) -> list[str]:
    """Add ordered stops, all at once, and with `back` the return to the step `at` they were ordered at.

    orders: clinic None to choose later. at: empty for a desk that adds a service. Stops that go first before
    others by their services' rules or needs do so, whatever the order of the orders. An earlier return to the
    same step that has not begun is replaced by one that awaits these results too.
    """
    services = draft.facility.services
    wishes = [Wish(services[o.service], needs_of(services[o.service], o.needs)) for o in orders]
    made = [""] * len(orders)
    for index in in_order(wishes):
        made[index] = _ordered(draft, visit, orders[index], wishes[index], at)
    if at and back:
        made.append(_return_to(draft, visit, at, made))
    go_on(draft, visit)
    return made


def _has_result(draft: Draft, step: str) -> bool:
    plan = draft.facility.services.get(draft.the_step(step).service)
    return plan is not None and plan.has_result


def _ordered(draft: Draft, visit: str, order: Order, wish: Wish, at: str) -> str:
    others = [
        other
        for other in draft.steps_of(visit)
        if draft.standing(other).state in OPEN and not draft.the_step(other).returning
    ]
    before = tuple(other for other in others if goes_first(_wish_of(draft, other), wish))
    service, clinic = order.service, order.clinic
    standing = Standing(
        clinic=clinic or "",
        assigned_by=AssignedBy.DESK if clinic else AssignedBy.OURS,
        call_sign=sign_at(draft, visit, service, clinic) if clinic else None,
        gates=shut_gates(draft, visit, service, order.needs),
        since=draft.now,
    )
    made = draft.add_step(visit, service, standing, after=before, ordered_at=at, needs=order.needs)
    for other in others:
        if _can_step_back(draft, other, made) and goes_first(wish, _wish_of(draft, other)):
            _step_back(draft, other, made)
    return made


def _wish_of(draft: Draft, step: str) -> Wish:
    here = draft.the_step(step)
    return Wish(draft.facility.services[here.service], here.needs)


def _can_step_back(draft: Draft, step: str, behind: str) -> bool:
    """Whether a stop that only waits may be put after another that does not itself come after it."""
    waits = draft.standing(step).state in (StepState.PLANNED, StepState.QUEUED)
    return waits and step not in _all_before(draft, behind)


def _all_before(draft: Draft, step: str) -> set[str]:
    found: set[str] = set()
    left = [step]
    while left:
        for before in (*draft.the_step(left.pop()).after,):
            for name in (before, *stands_for(draft, before)):
                if name not in found:
                    found.add(name)
                    left.append(name)
    return found


def _step_back(draft: Draft, step: str, behind: str) -> None:
    """Put a stop that was ordered earlier after one ordered now: a new step in its place, which keeps the
    fair key, the gates, and a clinic that was somebody's word."""
    here, standing = draft.the_step(step), draft.standing(step)
    fresh = replaced(standing, state=StepState.PLANNED, queued_at=0, behind=0)
    if standing.assigned_by is AssignedBy.OURS and not standing.practitioner:
        fresh = replaced(fresh, clinic="", call_sign=None)
    draft.change(step, StepChange.CANCELLED, state=StepState.CANCELLED, ended_at=draft.now, end="replaced")
    draft.add_step(
        here.visit,
        here.service,
        fresh,
        after=(*here.after, step, behind),
        ordered_at=step,
        needs=here.needs,
    )


def _return_to(draft: Draft, visit: str, at: str, tests: Sequence[str]) -> str:
    after = [*tests]
    for other in tuple(draft.steps_of(visit)):
        earlier = draft.the_step(other)
        if (
            earlier.returning
            and earlier.ordered_at == at
            and draft.standing(other).state is StepState.PLANNED
        ):
            after[:0] = dict.fromkeys((*earlier.after, *earlier.awaits))
            draft.change(
                other, StepChange.CANCELLED, state=StepState.CANCELLED, ended_at=draft.now, end="replaced"
            )
    awaits = [test for test in after if is_awaited(draft, test) and _has_result(draft, test)]
    origin = draft.standing(at)
    who = origin.practitioner or _who_works_alone(draft, origin.clinic)
    return _add_return(draft, at, replaced(origin, practitioner=who), after, awaits)


def _add_return(draft: Draft, at: str, place: Standing, tests: Sequence[str], awaits: Collection[str]) -> str:
    """Add the return to the step `at`. place: where the patient was. tests: stops that it comes after; where
    the first result or the doctor's word is enough, it does not wait for the others."""
    here = draft.the_step(at)
    when = draft.facility.services[here.service].results_when
    gates = (Gate(GateName.RESULT),) if awaits or when is ResultsWhen.DOCTOR else ()
    standing = Standing(
        clinic=place.clinic,
        practitioner=place.practitioner,
        assigned_by=place.assigned_by,
        call_sign=place.call_sign,
        gates=gates,
        since=draft.now,
    )
    after = tests if when is ResultsWhen.ALL or not gates else ()
    return draft.add_step(
        here.visit, here.service, standing, after=after, returning=True, awaits=tuple(awaits), ordered_at=at
    )


def _return_for_the_rest(draft: Draft, step: str) -> None:
    """Where the first result brings the patient back, those that came later do so once more."""
    here = draft.the_step(step)
    if not here.returning or draft.facility.services[here.service].results_when is not ResultsWhen.ANY:
        return
    rest = [test for test in here.awaits if is_awaited(draft, test)]
    if rest:
        _add_return(draft, here.ordered_at or step, draft.standing(step), rest, rest)


def _who_works_alone(draft: Draft, clinic: str) -> str:
    """The practitioner of a clinic, empty when there is none or it could be one of several."""
    here = draft.clinic_part(clinic).practitioners if clinic else ()
    return here[0] if len(here) == 1 else ""


def end_hold(draft: Draft, step: str) -> None:
    """Put a held step back into its line, at its old place."""
    now = replaced(
        draft.standing(step),
        state=StepState.QUEUED,
        held_until=0,
        held_ready=False,
        reason="",
        times_called=0,
    )
    draft.put(step, StepChange.RESUMED, _to_the_pool(now) if is_any_desks(draft, step) else now)


def _to_the_pool(standing: Standing) -> Standing:
    return replaced(standing, clinic="", call_sign=None)


def is_any_desks(draft: Draft, step: str) -> bool:
    """Whether a step belongs to all the counters of its service together, not to the one that called it."""
    service = draft.facility.services[draft.the_step(step).service]
    return service.binding is Binding.POOLED and is_free(draft, step)


def rejoin(draft: Draft, step: str) -> None:
    """Who missed a call is back: next but one when soon, else after some calls (DESIGN §4, Missed).

    At a clinic its own calls count, in the pool of counters those of all of them.
    """
    rule, standing = draft.facility.missed, draft.standing(step)
    soon = draft.now - standing.missed_at <= rule.soft
    now = replaced(standing, state=StepState.QUEUED, missed_at=0, times_called=0)
    calls = draft.calls(standing.clinic)
    if is_any_desks(draft, step):
        now = _to_the_pool(now)
        calls = draft.calls_of(draft.the_step(step).service)
    behind = max(calls + (rule.soft_after if soon else rule.hard_after), 1)
    draft.put(step, StepChange.REJOINED, replaced(now, behind=behind))


def expire_missed(draft: Draft, clinic: str) -> None:
    """At the end of a session: who missed a call waits again from the old arrival (DESIGN §4, Missed),
    wherever the service goes on."""
    for step in sorted(draft.line(Line.MISSED, clinic)):
        _wait_again(draft, step)


def let_go_of_missed(draft: Draft, clinic: str) -> None:
    """Before a clinic closes: who missed a call there and may be seen elsewhere waits again. The others stay
    missed: nobody would call them here."""
    for step in sorted(draft.line(Line.MISSED, clinic)):
        if is_free(draft, step):
            _wait_again(draft, step)


def _wait_again(draft: Draft, step: str) -> None:
    now = replaced(draft.standing(step), state=StepState.QUEUED, missed_at=0, times_called=0, behind=0)
    draft.put(step, StepChange.QUEUED, _to_the_pool(now) if is_free(draft, step) else now)


def is_free(draft: Draft, step: str) -> bool:
    """Whether any clinic of its service may take the step: nobody chose or gave this one."""
    here, standing = draft.the_step(step), draft.standing(step)
    return (
        draft.facility.services[here.service].binding in (Binding.LATE, Binding.POOLED)
        and not here.returning
        and not standing.practitioner
        and standing.assigned_by is AssignedBy.OURS
    )
