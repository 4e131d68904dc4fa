"""The number, and what is known of its paper."""

from collections.abc import Sequence

from kiosk.journey.values import Act, AlreadyHere, Issued, Paper
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.aid import aid, more_help
from kiosk.screens.pages.appointment import appointed, came
from kiosk.screens.pages.layout import numbered, paired
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import PrintReason, PrintState
from queue_server.protocol.results import Ticket


def issued(tell: Telling, stage: Issued) -> Page:
    """The number, where to go, and what is known of its paper."""
    words, ticket, paper = tell.words, stage.ticket, stage.paper
    if stage.asks_help:
        return aid(tell, stage.help or ())
    in_trouble = paper.state in (PrintState.STALLED, PrintState.UNKNOWN)
    lines = (Line(words.priority_papers, Voice.BAND),) if ticket.provisional else ()
    booked = ticket.appointment
    if booked is not None:
        # Where no paper came, what to do about it is worth more than how they came.
        short = tell.is_small or (in_trouble and not tell.size.is_tall)
        punctual = () if short else came(tell, booked.punctuality)
        lines = (*lines, appointed(tell, booked.at, booked.service), *punctual)
    if ticket.later_at is not None:
        lines = (*lines, Line(words.seen_from.format(time=tell.clock(ticket.later_at)), Voice.BAND))
    where, nearer = (
        Line(words.go_to.format(place=place), Voice.FACT)
        for place in (tell.place(ticket.place), tell.label(ticket.place.label))
    )
    after = [nearer if in_trouble and tell.is_small else where]
    spared: list[Line] = []
    if not ticket.visit and paper.state not in (PrintState.STALLED, PrintState.UNKNOWN):
        # Printed without the server: a desk knows more than this kiosk.
        after.append(Line(words.own_number))
    match paper.state:
        case PrintState.STALLED | PrintState.UNKNOWN:
            # A reason this kiosk's words do not know is told by what is left to do about it.
            reason = words.paper_reasons.get(paper.reason, words.paper_unknown)
            good = words.paper_still_good
            spared = [Line(words.paper_how)]
            after += [Line(good if tell.is_small else f"{reason} {good}", Voice.ALARM), *spared]
            if paper.state is PrintState.UNKNOWN and tell.size.is_tall:
                after.append(Line(words.paper_late))
        case _:
            spared = _expected(tell, ticket)
            after += [*spared, _where_it_is(tell, paper)]
    if ticket.reprint and not in_trouble:
        mark = Line(words.reprint_mark, Voice.QUIET)
        after.append(mark)
        spared = [mark, *spared]
    rows = _rows(tell, stage)
    return Page(
        "issued",
        words.your_number,
        lines,
        rows,
        number=ticket.number,
        after=_fitting(tell, after, spared, nearer, _room(tell, lines, rows)),
        back=False,
    )


def _where_it_is(tell: Telling, paper: Paper) -> Line:
    """What to do about a paper of which nothing bad is known."""
    words = tell.words
    match paper.state:
        case PrintState.ACKNOWLEDGED:
            beside = paper.reason == PrintReason.SPARE
            return Line(words.take_paper_beside if beside else words.take_paper, Voice.NOTICE)
        case PrintState.SENT if paper.reason:
            # A printer that cannot be asked: nobody will ever know more.
            return Line(words.paper_sent, Voice.NOTICE)
        case _:
            return Line(words.printing)


def _room(tell: Telling, lines: Sequence[Line], rows: Sequence[Sequence[Option]]) -> int:
    """Rows beside the number; upright, below it."""
    above = (7 if tell.size.is_large else 13) if tell.size.is_tall else 0
    return tell.size.body_rows - above - len(rows) * tell.size.button_rows - sum(map(tell.line_height, lines))


def _fitting(
    tell: Telling, lines: Sequence[Line], spared: Sequence[Line], nearer: Line, room: int
) -> tuple[Line, ...]:
    """As many lines as there is room for; spared: what is left out first, in order; nearer: what has to do as
    the first one then."""
    kept = list(lines)

    def fits() -> bool:
        if tell.size.is_tall:
            return sum(map(tell.line_height, kept)) <= room
        return sum(tell.height(one.text, tell.beside) for one in kept) <= room

    for line in spared:
        if fits():
            break
        kept.remove(line)
    if not fits():
        kept[0] = nearer
    return tuple(kept)


def _rows(tell: Telling, stage: Issued) -> tuple[tuple[Option, ...], ...]:
    """While it prints, nothing: there is a number to read."""
    if stage.leave_at is None:
        return ()
    done = Option(tell.words.done, Act.HOME)
    asks = () if stage.help is None else (more_help(tell, stage.help),)
    return numbered(((done, *asks),))


def _expected(tell: Telling, ticket: Ticket) -> list[Line]:
    """How many come before and when it will be, as far as anybody can say; where there is room for one line
    only, by when: the ticket has the rest."""
    words = tell.words
    moments = ((words.stop_not_before, ticket.not_before), (words.stop_usually_by, ticket.usually_by))
    times = [phrase.format(time=tell.clock(at)) for phrase, at in moments if at is not None]
    if tell.is_small:
        times = times[-1:]
    said = ", ".join(times)
    when = [Line(said[:1].upper() + said[1:])] if said else []
    if ticket.ahead is None or (when and tell.is_small):
        return when
    return [Line(words.ahead.format(count=ticket.ahead) if ticket.ahead else words.nobody_ahead), *when]


def already(tell: Telling, stage: AlreadyHere) -> Page:
    """Somebody who has a number today wanted another."""
    words = tell.words
    again = (Option(words.reprint, Act.REPRINT, Tone.MAIN),) if stage.token else ()
    options = (*again, Option(words.done, Act.HOME))
    return Page(
        "already",
        words.already_title,
        (),
        numbered(paired(options)),
        number=stage.number,
        after=(Line(words.already_hint if stage.token else words.already_typed),),
    )
