"""Open proposals to move those who wait, for the clinic's staff and the whole house."""

from queue_server.engine.model import OPEN, Day, Proposal
from queue_server.protocol import rows as row
from queue_server.protocol.codes import Stays
from queue_server.protocol.rows import ProposedMove
from queue_server.views.shared import sign


def proposal_row(day: Day, proposal: Proposal) -> row.ClinicProposal:
    """What is proposed of those who are still there: who moves, in fair order, then who stays."""
    part = proposal.part
    lines = [
        _line(day, move.step, move.clinic, move.gain)
        for move in part.moves
        if _is_there(day, proposal, move.step)
    ]
    lines += [
        _line(day, stay.step, why=stay.why) for stay in part.stays if _is_there(day, proposal, stay.step)
    ]
    return row.ClinicProposal(
        key=f"proposal:{proposal.id}",
        proposal=proposal.id,
        clinic=proposal.clinic,
        cause=proposal.cause,
        at=proposal.at,
        lines=tuple(lines),
    )


def proposal_of(day: Day, clinic: str) -> list[row.ClinicProposal]:
    """The clinic's open proposal, if there is one."""
    name = day.proposed.get(clinic)
    return [] if name is None else [proposal_row(day, day.proposals[name])]


def _is_there(day: Day, proposal: Proposal, step: str) -> bool:
    standing = day.steps[step].standing
    return standing.clinic == proposal.clinic and standing.state in OPEN


def _line(day: Day, step: str, clinic: str = "", gain: int = 0, why: Stays | None = None) -> ProposedMove:
    return ProposedMove(
        step=step, call_sign=sign(day, day.steps[step]).text, clinic=clinic, gain=gain, why=why
    )
