"""The number, and what is known of its paper."""

from kiosk.journey.values import Act, AlreadyHere, Issued
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages.appointment import appointed, came
from kiosk.screens.pages.layout import listed, numbered, paired
from kiosk.screens.pages.telling import Telling
from queue_server.protocol.codes import PrintState


def issued(tell: Telling, stage: Issued) -> Page:
    """The number, where to go, and what is known of its paper."""
    words, ticket, paper = tell.words, stage.ticket, stage.paper
    lines = (Line(words.priority_papers, Voice.BAND),) if ticket.provisional else ()
    booked = ticket.appointment
    if booked is not None:
        # Where no paper came, what to do about it is worth more than how they came.
        short = paper.state in (PrintState.STALLED, PrintState.UNKNOWN) and not tell.size.is_tall
        punctual = () if short else came(tell, booked.punctuality)
        lines = (*lines, appointed(tell, booked.at, booked.service), *punctual)
    if ticket.later_at is not None:
        lines = (*lines, Line(words.seen_from.format(time=tell.clock(ticket.later_at)), Voice.BAND))
    place = tell.place(ticket.place)
    after = [Line(words.go_to.format(place=place), Voice.FACT)]
    match paper.state:
        case PrintState.STALLED | PrintState.UNKNOWN:
            # A reason this kiosk's words do not know is told by what is left to do about it.
            reason = words.paper_reasons.get(paper.reason, words.paper_unknown)
            after += [
                Line(f"{reason} {words.paper_still_good}", Voice.ALARM),
                Line(words.paper_how),
            ]
            if paper.state is PrintState.UNKNOWN and tell.size.is_tall:
                after.append(Line(words.paper_late))
        case PrintState.ACKNOWLEDGED:
            after += [*_ahead(tell, ticket.ahead), Line(words.take_paper, Voice.NOTICE)]
        case _:
            after += [*_ahead(tell, ticket.ahead), Line(words.printing)]
    if ticket.reprint and paper.state not in (PrintState.STALLED, PrintState.UNKNOWN):
        after.append(Line(words.reprint_mark, Voice.QUIET))
    return Page(
        "issued",
        words.your_number,
        lines,
        numbered(listed((Option(words.done, Act.HOME),))) if stage.leave_at is not None else (),
        number=ticket.number,
        after=tuple(after),
        back=False,
    )


def _ahead(tell: Telling, ahead: int | None) -> tuple[Line, ...]:
    if ahead is None:
        return ()
    return (Line(tell.words.ahead.format(count=ahead) if ahead else tell.words.nobody_ahead),)


def already(tell: Telling, stage: AlreadyHere) -> Page:
    """Somebody who has a number today wanted another."""
    words = tell.words
    options = (Option(words.reprint, Act.REPRINT, Tone.MAIN), Option(words.done, Act.HOME))
    return Page(
        "already",
        words.already_title,
        (),
        numbered(paired(options)),
        number=stage.number,
        after=(Line(words.already_hint),),
    )
