"""Proposals to move those who wait: asking for one, taking it whole or in part, leaving all in place."""

from queue_server.engine import proposals
from queue_server.engine.decide import prints
from queue_server.engine.decide.checks import reject, unknown_clinic
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.model import Proposal
from queue_server.protocol.codes import ClinicState, ProposalState, Refusal
from queue_server.protocol.commands import AcceptProposal, DismissProposal, ProposeMoves
from queue_server.protocol.results import Done, Moved, Proposed


def propose_moves(draft: Draft, command: ProposeMoves) -> Proposed | Rejection:
    """Look who would be seen sooner elsewhere. Where the clinic is closing it stays so: nobody can stay."""
    refused = unknown_clinic(draft, command.clinic)
    if refused is not None:
        return refused
    return proposals.make(draft, command.clinic, _cause(draft, command.clinic))


def _cause(draft: Draft, clinic: str) -> str:
    """Why moves are asked for: while a place empties because it closes, that goes on being the reason."""
    state = draft.clinic_part(clinic).state
    if state is ClinicState.CLOSED:
        return proposals.CLOSE
    before = (made.cause for made in reversed(draft.day.proposals.values()) if made.clinic == clinic)
    cause = next(before, proposals.ASKED)
    return cause if state is ClinicState.DRAINING and cause in proposals.NO_CHOICE else proposals.ASKED


def accept(draft: Draft, command: AcceptProposal) -> Moved | Rejection:
    """Move those named, or all; tells who could no longer be moved."""
    proposal = _open(draft, command.clinic, command.proposal)
    if isinstance(proposal, Rejection):
        return proposal
    if command.steps is not None:
        known = {move.step for move in proposal.part.moves}
        for step in command.steps:
            if step not in known:
                return reject(Refusal.UNKNOWN_STEP, step=step)
    moved = proposals.accept(draft, proposal, command.steps)
    print_slips(draft, proposal.clinic, moved)
    return moved


def dismiss(draft: Draft, command: DismissProposal) -> Done | Rejection:
    """Leave everybody where they are."""
    proposal = _open(draft, command.clinic, command.proposal)
    if isinstance(proposal, Rejection):
        return proposal
    proposals.settle(draft, proposal, ProposalState.DISMISSED)
    return Done()


def print_slips(draft: Draft, clinic: str, moved: Moved) -> None:
    """A new slip for each visit that moved, where they left from: there they are, and a nurse hands it out.
    Without a printer there the number on the board has to do."""
    for visit in dict.fromkeys(draft.the_step(step).visit for step in moved.steps):
        prints.slip_at(draft, visit, clinic)


def _open(draft: Draft, clinic: str, name: str) -> Proposal | Rejection:
    proposal = draft.day.proposals.get(name)
    if proposal is None or proposal.clinic != clinic:
        return reject(Refusal.UNKNOWN_PROPOSAL, proposal=name)
    if proposal.part.state is not ProposalState.OPEN:
        return reject(Refusal.UNKNOWN_PROPOSAL, proposal=name, state=proposal.part.state.value)
    return proposal
