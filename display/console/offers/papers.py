"""Papers that nobody is known to hold, and what became of them."""

from collections.abc import Iterable

from display.console import words
from display.console.desk import Desk, of
from display.console.offers.asked import reasons_of
from display.console.offers.values import Answers, Offer, Option, Pick
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import PrintState, ReasonKind
from queue_server.protocol.commands import Command
from queue_server.protocol.rows import Print

_GIVEN = ""


def papers(desk: Desk) -> tuple[Print, ...]:
    """Papers that may still come out, or never did, oldest first."""
    return tuple(sorted(of(Print, desk.facility), key=lambda paper: (paper.at, paper.print)))


def of_the_papers(desk: Desk) -> Iterable[Offer]:
    """Say what became of a paper that is not known to be in anybody's hand."""
    known = {paper.print: paper for paper in papers(desk)}
    if not known:
        return
    outcomes = (Option(_GIVEN, desk.say(words.PAPER_GIVEN)), *reasons_of(desk, ReasonKind.VOID))

    def made(answers: Answers) -> Command:
        paper, outcome = known[answers[0][0]], answers[1][0]
        if outcome == _GIVEN:
            given = PrintState.ACKNOWLEDGED
            return commands.Confirm(print=paper.print, state=given, number=paper.number)
        return commands.VoidPrint(print=paper.print, reason=outcome)

    options = tuple(Option(paper.print, paper_words(desk, paper)) for paper in known.values())
    yield Offer(
        Action.PAPERS,
        "",
        (Pick(desk.say(words.WHICH_LOOSE), options), Pick(desk.say(words.PAPER_OUTCOME), outcomes)),
        made,
    )


def paper_words(desk: Desk, paper: Print) -> str:
    """A loose paper in one line: its number, when, where, and what may happen."""
    fate = words.PAPER_NEVER_CAME if paper.state is PrintState.STALLED else words.PAPER_MAY_COME
    said = f"{paper.number} – {desk.time(paper.at)} – {desk.place(paper.kiosk)}: {desk.say(fate)}"
    reason = words.PAPER_REASONS.get(paper.reason)
    return f"{said} ({desk.say(reason)})" if reason is not None else said
