"""Papers: issuing, what became of them, voiding, printing again."""

from queue_server.engine.alerts import tell_of_printer
from queue_server.engine.calling import count_ahead
from queue_server.engine.decide.checks import open_visit, reject, wrong_reason
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import PrintChanged, PrintIssued
from queue_server.engine.model import BUSY, OPEN, PrintPart, Sign
from queue_server.engine.numbering import offline, record_of
from queue_server.engine.places import place_of_service, place_of_step
from queue_server.protocol.codes import (
    Grant,
    PrintState,
    ReasonKind,
    Refusal,
    SignOrigin,
    StepChange,
    VisitChange,
)
from queue_server.protocol.commands import Confirm, Reprint, VoidPrint
from queue_server.protocol.results import Done, Ticket
from queue_server.protocol.values import replaced

TROUBLED = frozenset({PrintState.STALLED, PrintState.UNKNOWN})


def issue(draft: Draft, visit: str, *, reprint: bool) -> Ticket:
    """Issue one more paper for a visit and say what is on it."""
    here, part = draft.the_visit(visit), draft.part(visit)
    name = f"{visit}/p{here.prints + 1}"
    issued = PrintPart(PrintState.ISSUED, part.number, draft.now)
    draft.emit(PrintIssued(name, visit, draft.device, reprint, issued))
    step = _shown(draft, visit)
    return Ticket(
        visit=visit,
        number=part.number,
        token=here.token,
        print=name,
        place=place_of_step(draft, step) if step else place_of_service(draft, draft.facility.reception),
        lane=part.lane,
        printed_at=draft.now,
        provisional=part.grant is Grant.PROVISIONAL,
        ahead=count_ahead(draft, step) if step else None,
        reprint=reprint,
    )


def _shown(draft: Draft, visit: str) -> str | None:
    """The step a ticket sends the patient to: the one in hand, else the first open one."""
    steps = [step for step in draft.steps_of(visit) if draft.standing(step).state in OPEN]
    busy = next((step for step in steps if draft.standing(step).state in BUSY), None)
    return busy or (steps[0] if steps else None)


def reprint(draft: Draft, command: Reprint) -> Ticket | Rejection:
    """Print an open visit's ticket again, marked as a reprint."""
    if (command.visit is None) == (command.token is None):
        return reject(Refusal.MALFORMED)
    visit = open_visit(draft, command.visit or draft.day.tokens.get(command.token or "", ""))
    return visit if isinstance(visit, Rejection) else issue(draft, visit.id, reprint=True)


def confirm(draft: Draft, command: Confirm) -> Done | Rejection:
    """What became of a print. A number on the paper that is not the one issued becomes the visit's; the other
    is burnt. Said again later it changes nothing: another paper may have been printed since."""
    paper = draft.day.prints.get(command.print)
    if paper is None:
        return reject(Refusal.UNKNOWN_PRINT, print=command.print)
    refused = (
        wrong_reason(draft, command.reason, ReasonKind.VOID) if command.state is PrintState.VOIDED else None
    )
    if refused is not None:
        return refused
    if command.number != paper.part.number and command.state is not PrintState.VOIDED:
        refused = _take_number(draft, paper.visit, command.number)
        if refused is not None:
            return refused
    now = PrintPart(command.state, command.number, draft.now, command.reason or "")
    if replaced(now, at=paper.part.at) != paper.part:
        draft.emit(PrintChanged(paper.id, paper.part, now))
    if command.state in TROUBLED and paper.part.state not in TROUBLED:
        tell_of_printer(draft, paper.device)
    return Done()


def _take_number(draft: Draft, visit: str, number: str) -> Rejection | None:
    """Give a visit the number on its paper: one of a kiosk's own series, or one the visit had before."""
    holder = draft.day.numbers.get(number)
    if holder not in (None, visit):
        return reject(Refusal.NUMBER_TAKEN, number=number, visit=holder)
    held = draft.part(visit).number
    if number == held or record_of(number) == held:
        return None
    if holder is None and offline(number) is None:
        return reject(Refusal.UNKNOWN_NUMBER, number=number)
    _renumber(draft, visit, number)
    return None


def _renumber(draft: Draft, visit: str, number: str) -> None:
    draft.change_visit(visit, VisitChange.NUMBER, number=number)
    for step in draft.steps_of(visit):
        standing = draft.standing(step)
        sign = standing.call_sign
        if standing.state in OPEN and sign is not None and sign.origin is SignOrigin.VISIT:
            draft.change(step, StepChange.RENUMBERED, call_sign=Sign(number, SignOrigin.VISIT))


def void(draft: Draft, command: VoidPrint) -> Done | Rejection:
    """A paper that counts no more; the visit keeps its number."""
    paper = draft.day.prints.get(command.print)
    if paper is None:
        return reject(Refusal.UNKNOWN_PRINT, print=command.print)
    refused = wrong_reason(draft, command.reason, ReasonKind.VOID)
    if refused is not None:
        return refused
    if paper.part.state is not PrintState.VOIDED:
        now = replaced(paper.part, state=PrintState.VOIDED, at=draft.now, reason=command.reason)
        draft.emit(PrintChanged(paper.id, paper.part, now))
    return Done()
