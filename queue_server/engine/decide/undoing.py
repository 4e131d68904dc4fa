"""Taking back a clinic's last act, while nothing later touched the visits in it."""

from queue_server.engine.decide.checks import reject, unknown_clinic, who_was_faster
from queue_server.engine.decide.prints import slip_at
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.model import OPEN, Act, Before
from queue_server.protocol.codes import (
    AssignedBy,
    ClinicState,
    Refusal,
    StepChange,
    StepState,
    VisitChange,
)
from queue_server.protocol.commands import Undo
from queue_server.protocol.results import Undone


def undo(draft: Draft, command: Undo) -> Undone | Rejection:
    """Put back what the act replaced, newest first; steps that it added are cancelled."""
    clinic = command.clinic
    missing = unknown_clinic(draft, clinic)
    if missing is not None:
        return missing
    act = draft.last_act(clinic)
    if act is None:
        return reject(Refusal.NOTHING_TO_UNDO, clinic=clinic)
    if act.number != command.act:
        return reject(Refusal.CHANGED, clinic=clinic, act=act.number, **who_was_faster(draft, clinic))
    refused = _touched_since(draft, act) or _place_taken(draft, clinic, act) or _closed_since(draft, act)
    if refused is not None:
        return refused
    draft.act_clinic = clinic
    back = _were_moved_away(draft, clinic, act)
    steps: list[str] = []
    for before in reversed(act.replaced):
        _put_back(draft, before)
        if before.step and before.step not in steps:
            steps.append(before.step)
    for visit in back:
        slip_at(draft, visit, clinic)
    return Undone(act=act.number, steps=tuple(steps))


def _touched_since(draft: Draft, act: Act) -> Rejection | None:
    for before in act.replaced:
        visit = before.visit or draft.the_step(before.step).visit
        here = draft.the_visit(visit)
        if here.touched != act.number:
            return reject(Refusal.CHANGED, visit=visit, act=here.touched)
        if here.person is not None and draft.day.people.get(here.person, visit) != visit:
            return reject(Refusal.CHANGED, visit=visit, act=here.touched)
    return None


def _place_taken(draft: Draft, clinic: str, act: Act) -> Rejection | None:
    """Who comes back in hand needs a place, which another call may have taken."""
    first: dict[str, Before] = {}
    for before in act.replaced:
        if before.standing is not None:
            first.setdefault(before.step, before)
    in_hand = set(draft.in_hand(clinic))
    for before in first.values():
        standing = before.standing
        if standing is not None and standing.state in (StepState.CALLED, StepState.SERVING):
            in_hand.add(before.step)
        else:
            in_hand.discard(before.step)
    places = draft.facility.clinics[clinic].places
    if len(in_hand) > places:
        return reject(Refusal.NO_FREE_PLACE, clinic=clinic, places=places, in_hand=tuple(sorted(in_hand)))
    return None


def _closed_since(draft: Draft, act: Act) -> Rejection | None:
    """Nobody is put back into the line of a clinic that closed once they had left: it would not call them."""
    for before in act.replaced:
        was = before.standing
        moved = was is not None and was.clinic != draft.standing(before.step).clinic
        if was is not None and moved and was.state in OPEN:
            state = draft.clinic_part(was.clinic).state if was.clinic else None
            if state is ClinicState.CLOSED:
                return reject(Refusal.NOT_OPEN, clinic=was.clinic, state=state.value)
    return None


def _were_moved_away(draft: Draft, clinic: str, act: Act) -> list[str]:
    """Visits that a proposal moved away from here: their slips name another place."""
    visits = [
        draft.the_step(before.step).visit
        for before in act.replaced
        if act.change == StepChange.TRANSFERRED
        and before.standing is not None
        and before.standing.clinic == clinic
        and draft.standing(before.step).assigned_by is AssignedBy.OURS
    ]
    return list(dict.fromkeys(visits))


def _put_back(draft: Draft, before: Before) -> None:
    if before.part is not None:
        draft.put_visit(before.visit, VisitChange.UNDONE, before.part)
    elif before.standing is not None:
        draft.put(before.step, StepChange.UNDONE, before.standing)
    elif before.added:
        draft.change(
            before.step, StepChange.UNDONE, state=StepState.CANCELLED, ended_at=draft.now, end="undone"
        )
