"""Papers: issuing, what became of them, voiding, printing again."""

from collections.abc import Iterator

from queue_server.engine.advice import listed, next_in_line
from queue_server.engine.alerts import tell, tell_of_printer
from queue_server.engine.authority import answer_due
from queue_server.engine.calling import count_ahead
from queue_server.engine.decide.checking_in import told
from queue_server.engine.decide.checks import open_visit, reject, unknown_clinic, wrong_reason
from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import PrintChanged, PrintIssued
from queue_server.engine.model import BUSY, OPEN, PrintPart, Sign, TicketPrint
from queue_server.engine.numbering import is_record, offline
from queue_server.engine.places import place_of_service, place_of_step
from queue_server.engine.promises import tell_now
from queue_server.engine.sessions import starts_later
from queue_server.protocol.codes import (
    AlertKind,
    Grant,
    Note,
    PrintReason,
    PrintState,
    ReasonKind,
    Refusal,
    SignOrigin,
    StepChange,
    StepState,
    VisitChange,
)
from queue_server.protocol.commands import Confirm, PrintAtClinic, Reprint, VoidPrint
from queue_server.protocol.results import Done, Ticket
from queue_server.protocol.values import replaced

TROUBLED = frozenset({PrintState.STALLED, PrintState.UNKNOWN})


def issue(draft: Draft, visit: str, *, reprint: bool, printed_at: int = 0) -> Ticket:
    """Issue one more paper for a visit and say what is on it. printed_at: when its kiosk may have
    printed it by itself, ms, else 0."""
    here, part = draft.the_visit(visit), draft.part(visit)
    name = f"{visit}/p{here.prints + 1}"
    issued = PrintPart(PrintState.ISSUED, part.number, draft.now)
    shown = _shown(draft, visit)
    pending_until = 0
    if draft.device in draft.facility.kiosks:
        pending_until = (answer_due(draft.standing(shown)) if shown else None) or 0
    draft.emit(PrintIssued(name, visit, draft.device, reprint, issued, pending_until, printed_at))
    step = _sent_to(draft, visit) if reprint else shown
    made = _paper(
        draft,
        visit,
        name,
        draft.now,
        step,
        reprint=reprint,
        pending_until=pending_until or None,
        whole=reprint,
    )
    promise = tell_now(draft, step, made.ahead) if step else None
    if promise is None:
        return made
    return replaced(made, not_before=promise.not_before, usually_by=promise.usually_by)


def ticket(draft: Draft, visit: str, name: str, at: int, *, reprint: bool, whole: bool = False) -> Ticket:
    """What the paper `name` of a visit says as things stand. at: when it was issued, ms. whole: with the list
    of all stops, where there are several."""
    step = _sent_to(draft, visit) if whole else _shown(draft, visit)
    return _paper(draft, visit, name, at, step, reprint=reprint, whole=whole)


def _paper(
    draft: Draft,
    visit: str,
    name: str,
    at: int,
    step: str | None,
    *,
    reprint: bool,
    pending_until: int | None = None,
    whole: bool,
) -> Ticket:
    here, part = draft.the_visit(visit), draft.part(visit)
    promise = draft.day.promises.get(step or "")
    return Ticket(
        visit=visit,
        number=part.number,
        token=here.token,
        print=name,
        place=place_of_step(draft, step) if step else place_of_service(draft, draft.facility.reception),
        lane=part.lane,
        printed_at=at,
        provisional=part.grant is Grant.PROVISIONAL,
        ahead=count_ahead(draft, step) if step else None,
        reprint=reprint,
        not_before=promise.not_before if promise else None,
        usually_by=promise.usually_by if promise else None,
        pending_until=pending_until,
        appointment=told(draft, visit),
        later_at=_later_at(draft, visit),
        stops=listed(draft, visit) if whole else (),
        language=here.language,
    )


def _later_at(draft: Draft, visit: str) -> int | None:
    """When the first of the sessions begins that the visit's stops wait for."""
    waits = [
        starts_later(draft.day, draft.the_step(step).service, standing)
        for step in draft.steps_of(visit)
        if (standing := draft.standing(step)).gates and standing.state is StepState.PLANNED
    ]
    return min(filter(None, waits), default=None)


def print_at_clinic(draft: Draft, command: PrintAtClinic) -> Ticket | Rejection:
    """Print an open visit's slip, with all its stops, on the clinic's printer."""
    refused = unknown_clinic(draft, command.clinic)
    visit = refused or open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    name = slip_at(draft, command.visit, command.clinic)
    if name is None:
        return reject(Refusal.NO_PRINTER, clinic=command.clinic)
    return ticket(draft, command.visit, name, draft.now, reprint=False, whole=True)


def slip_at(draft: Draft, visit: str, clinic: str) -> str | None:
    """Issue a slip of a visit on the clinic's printer, once in a decision; None when it has no printer.

    It is no reprint: what it says is new.
    """
    device = draft.facility.clinics[clinic].printer
    if not device:
        return None
    name = f"{visit}/p{draft.the_visit(visit).prints + 1}"
    if not any(isinstance(event, PrintIssued) and event.print == name for event in draft.events):
        issued = PrintPart(PrintState.ISSUED, draft.part(visit).number, draft.now)
        draft.emit(PrintIssued(name, visit, device, reprint=False, part=issued))
    return name


def is_settled(draft: Draft, visit: str) -> bool:
    """Whether the HIS was not asked, or has answered, about the stop that the visit's paper names."""
    step = _shown(draft, visit)
    return step is None or answer_due(draft.standing(step)) is None


def _sent_to(draft: Draft, visit: str) -> str | None:
    """The step in hand, else the recommended one."""
    return draft.busy(visit) or next_in_line(draft, visit)


def _shown(draft: Draft, visit: str) -> str | None:
    """The step a ticket sends the patient to: the one in hand, else the first open one."""
    first: str | None = None
    for step in draft.steps_of(visit):
        state = draft.standing(step).state
        if state in BUSY:
            return step
        if first is None and state in OPEN:
            first = step
    return first


def reprint(draft: Draft, command: Reprint) -> Ticket | Rejection:
    """Print an open visit's ticket again, marked as a reprint."""
    if (command.visit is None) == (command.token is None):
        return reject(Refusal.MALFORMED)
    visit = open_visit(draft, command.visit or draft.day.tokens.get(command.token or "", ""))
    return visit if isinstance(visit, Rejection) else issue(draft, visit.id, reprint=True)


def confirm(draft: Draft, command: Confirm) -> Done | Rejection:
    """What became of a print. A number on the paper that is not the one issued becomes the visit's; the other
    is burnt. Said again later it changes nothing: another paper may have been printed since.

    A printer that prints slips says `sent` before it does, and may only if nobody said anything yet. Said
    with a reason, `sent` is the last word of a printer that cannot be asked. A voided paper stays voided,
    even if it comes out late; one that came out did so, whatever becomes of another that a kiosk prints of it
    by itself.
    """
    paper = draft.day.prints.get(command.print)
    if paper is None:
        return reject(Refusal.UNKNOWN_PRINT, print=command.print)
    refused = (
        wrong_reason(draft, command.reason, ReasonKind.VOID)
        if command.state is PrintState.VOIDED and command.reason != PrintReason.DESTROYED
        else None
    )
    if refused is not None:
        return refused
    sent = command.state is PrintState.SENT and not command.reason
    claimed = sent and paper.device in draft.facility.printers
    if claimed and paper.part.state is not PrintState.ISSUED:
        # Granted once: what comes out of this printer comes out once, and not long after it was wanted.
        return reject(Refusal.WRONG_STATE, state=paper.part.state.value)
    on_paper = _on_paper(draft, paper, command)
    if isinstance(on_paper, Rejection):
        return on_paper
    was = paper.part.state
    stays = was is PrintState.VOIDED or (
        was is PrintState.ACKNOWLEDGED and command.state is not PrintState.VOIDED
    )
    now = replaced(on_paper, at=draft.now)
    if not stays:
        now = replaced(now, state=command.state, reason=command.reason or "")
    if replaced(now, at=paper.part.at) != paper.part:
        draft.emit(PrintChanged(paper.id, paper.part, now))
    if was is PrintState.VOIDED:
        return Done()
    if command.state in _NEVER_CAME and not stays:
        _fall_back(draft, paper)
    left = command.reason == PrintReason.LEFT
    if command.state in TROUBLED and paper.part.state not in TROUBLED and not left:
        tell_of_printer(draft, paper.device, command.reason or "")
    return Done()


def _on_paper(draft: Draft, paper: TicketPrint, command: Confirm) -> PrintPart | Rejection:
    """The paper as it was, with the number and code that are on it: they lead to the visit from now on, but
    not those of a paper that is only said to be in nobody's hand."""
    if command.state is PrintState.VOIDED:
        return paper.part
    number, token = command.number, command.token or ""
    taken = _take_number(draft, paper, number) if number != paper.part.number else number
    if isinstance(taken, Rejection):
        return taken
    is_new = bool(token) and token not in draft.day.tokens
    return replaced(paper.part, number=taken, token=token if is_new else paper.part.token)


def _take_number(draft: Draft, paper: TicketPrint, number: str) -> str | Rejection:
    """Give a visit the number on its paper: one of a kiosk's own series, or one the visit had before. Returns
    under which number the paper is kept.

    The number on an older paper than the newest only leads to the visit. One of a kiosk's own that is
    somebody else's stays theirs, and staff hear that two people hold it.
    """
    visit, holder = paper.visit, draft.day.numbers.get(number)
    held, kiosk = draft.part(visit).number, offline(number)
    if is_record(held):
        return held
    if kiosk is not None and number != held:
        flag_offline(draft, kiosk)
        note(draft, visit, Note.OFFLINE)
    if holder not in (None, visit):
        if kiosk is None:
            return reject(Refusal.NUMBER_TAKEN, number=number, visit=holder)
        note(draft, visit, Note.NUMBER_TAKEN)
        tell_of_two(draft, kiosk, number)
        return paper.part.number
    if holder is None and kiosk is None:
        return reject(Refusal.UNKNOWN_NUMBER, number=number)
    if number != held:
        if _has_newer(draft, paper, number):
            note(draft, visit, Note.TWO_PAPERS)
        else:
            _renumber(draft, visit, number)
    return number


def _has_newer(draft: Draft, paper: TicketPrint, number: str) -> bool:
    """Whether the patient may hold a newer paper, with another number."""
    return any(
        other.part.number != number
        for other in _in_hand(draft, paper.visit)
        if (other.printed_at, _place(other)) > (paper.printed_at, _place(paper))
    )


def _place(paper: TicketPrint) -> int:
    """The how manieth paper of its visit it is."""
    return int(paper.id.rpartition("/p")[2])


def _in_hand(draft: Draft, visit: str) -> Iterator[TicketPrint]:
    """The papers of a visit that its patient may hold."""
    for count in range(1, draft.the_visit(visit).prints + 1):
        paper = draft.day.prints.get(f"{visit}/p{count}")
        if paper is not None and paper.part.state not in _NEVER_CAME:
            yield paper


_NEVER_CAME = frozenset({PrintState.STALLED, PrintState.VOIDED})


def _fall_back(draft: Draft, paper: TicketPrint) -> None:
    """A paper is in nobody's hand: where the patient holds others, the number is that of the newest of
    them."""
    held = draft.part(paper.visit).number
    others = [other for other in _in_hand(draft, paper.visit) if other.id != paper.id]
    if others and all(other.part.number != held for other in others) and not is_record(held):
        newest = max(others, key=lambda other: (other.printed_at, _place(other)))
        _renumber(draft, paper.visit, newest.part.number)


def one_more_paper(draft: Draft, visit: str, number: str, token: str, printed_at: int) -> Ticket:
    """Take in a paper that a kiosk printed without the server for somebody who has an open visit. The number
    on the newest paper is the visit's; staff see that there are several."""
    kiosk = offline(number) or 0
    flag_offline(draft, kiosk)
    note(draft, visit, Note.OFFLINE)
    here, holder = draft.the_visit(visit), draft.day.numbers.get(number)
    if holder not in (None, visit):
        note(draft, visit, Note.NUMBER_TAKEN)
        tell_of_two(draft, kiosk, number)
        number = draft.part(visit).number
    papers = list(_in_hand(draft, visit))
    if any(paper.part.number != number for paper in papers):
        note(draft, visit, Note.TWO_PAPERS)
    if all(paper.printed_at <= printed_at for paper in papers) and number != draft.part(visit).number:
        _renumber(draft, visit, number)
    name = f"{visit}/p{here.prints + 1}"
    part = PrintPart(PrintState.ISSUED, number, draft.now, token=token)
    draft.emit(
        PrintIssued(name, visit, draft.device, reprint=bool(here.prints), part=part, printed_at=printed_at)
    )
    made = _paper(draft, visit, name, draft.now, _shown(draft, visit), reprint=bool(here.prints), whole=False)
    return replaced(made, number=number)


def flag_offline(draft: Draft, ordinal: int) -> None:
    """Tell staff, once per kiosk and day, that it printed tickets on its own."""
    tell(draft, AlertKind.OFFLINE_TICKETS, _kiosk_of(draft, ordinal), once_a_day=True)


def tell_of_two(draft: Draft, ordinal: int, number: str) -> None:
    """Tell staff that a kiosk's own number stands on the papers of two people."""
    tell(draft, AlertKind.OFFLINE_TICKETS, _kiosk_of(draft, ordinal), number.lower())


def _kiosk_of(draft: Draft, ordinal: int) -> str:
    kiosks = draft.facility.kiosks.values()
    return next((kiosk.id for kiosk in kiosks if kiosk.ordinal == ordinal), f"K{ordinal:02d}")


def note(draft: Draft, visit: str, *more: Note) -> None:
    """Let staff know something of how a visit came."""
    notes = draft.part(visit).notes
    new = tuple(one for one in more if one not in notes)
    if new:
        draft.change_visit(visit, VisitChange.NOTED, notes=(*notes, *new))


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
        _fall_back(draft, paper)
    return Done()
