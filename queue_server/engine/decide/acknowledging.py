"""What the HIS says of a room that we gave, and where it and we say different things."""

from queue_server.engine import authority, journeys
from queue_server.engine.decide.checks import changed, known_step, open_visit, reject
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import Agreed, Disagreed
from queue_server.engine.model import Disagreement, Sign
from queue_server.protocol.codes import AssignedBy, Refusal, SignOrigin, StepChange
from queue_server.protocol.commands import Acknowledge, Agree, Disagree
from queue_server.protocol.results import Done


def acknowledge(draft: Draft, command: Acknowledge) -> Done | Rejection:
    """The HIS took the room over, and the patient joins its line; or it did not, and a desk has to name one.

    An answer that comes too late, or for a room that somebody else gave meanwhile, is `changed`: the HIS has
    to let go of the room, or to say in its own words where the patient goes.
    """
    here = known_step(draft, command.step)
    if isinstance(here, Rejection):
        return here
    visit = open_visit(draft, here.visit)
    if isinstance(visit, Rejection):
        return visit
    standing = draft.standing(here.id)
    due = authority.answer_due(standing)
    if due is None or standing.clinic != command.clinic or due <= draft.now:
        taken_over = standing.assigned_by is AssignedBy.HIS and standing.clinic == command.clinic
        if (taken_over and command.accepted) or (not standing.clinic and not command.accepted):
            return Done()
        return changed(draft, here.id)
    if not command.accepted:
        authority.take_away(draft, here.id)
        return Done()
    sign = standing.call_sign
    if command.call_sign is not None:
        if draft.sign_owner(command.clinic, command.call_sign) not in (None, here.visit):
            return reject(Refusal.SIGN_TAKEN, clinic=command.clinic, call_sign=command.call_sign)
        sign = Sign(command.call_sign, SignOrigin.HIS)
    gates = authority.settled(standing, draft.device).gates
    draft.change(here.id, StepChange.ACKNOWLEDGED, gates=gates, call_sign=sign, assigned_by=AssignedBy.HIS)
    journeys.go_on(draft, here.visit)
    return Done()


def disagree(draft: Draft, command: Disagree) -> Done | Rejection:
    """Keep in sight what the HIS says otherwise; what is said again as before changes nothing."""
    if command.visit is not None and draft.visit(command.visit) is None:
        return reject(Refusal.UNKNOWN_VISIT, visit=command.visit)
    if command.step is not None:
        here = known_step(draft, command.step)
        if isinstance(here, Rejection):
            return here
    key = disagreement_key(command.visit, command.about, command.his)
    known = draft.day.disagreements.get(key)
    if known is None or (known.ours, known.his) != (command.ours, command.his):
        now = Disagreement(
            command.visit or "", command.step or "", command.about, command.ours, command.his, draft.now
        )
        draft.emit(Disagreed(key, now))
    return Done()


def agree(draft: Draft, command: Agree) -> Done | Rejection:
    """It is settled; what nobody disagrees about is settled already."""
    key = disagreement_key(command.visit, command.about, command.his)
    if key in draft.day.disagreements:
        draft.emit(Agreed(key))
    return Done()


def disagreement_key(visit: str | None, about: str, his: str) -> str:
    """One per visit and subject; what is about no visit we know, one per thing that the HIS said."""
    return f"{visit}/{about}" if visit is not None else f"/{about}/{his}"
