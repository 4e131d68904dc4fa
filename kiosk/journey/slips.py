"""What becomes of the paper."""

from dataclasses import replace

from kiosk.journey.moves import Step, go
from kiosk.journey.values import Arranging, Issued, Journey, Paper, Printed, PrintSlip, Tell, World
from queue_server.protocol.codes import PrintReason, PrintState
from queue_server.protocol.commands import Confirm

AFTER_TICKET = 12_000
"""ms a finished ticket stays on the screen."""
AFTER_TROUBLE = 40_000
"""ms the number stays when no paper came: it must be read and remembered."""
AFTER_ALOUD = 45_000
"""ms that it stays when it is read aloud, which takes less than 40 s."""
LEFT = PrintReason.LEFT
"""Reason of a slip that was not printed because nobody stood there any more."""
_IN_TROUBLE = frozenset({PrintState.STALLED, PrintState.UNKNOWN})


def arranged(journey: Journey, stage: Arranging, world: World) -> Step:
    """Print the ticket once, with the room that the HIS took over, or at last without one."""
    waited_for = stage.ticket.print
    ticket = next((job for job in world.catalogue.jobs if job.print == waited_for), None)
    if ticket is None and world.now < stage.until:
        return go(journey, stage), ()
    ticket = ticket or stage.ticket
    return go(journey, Issued(ticket, help=stage.help)), (PrintSlip(ticket),)


def printed(journey: Journey, printed: Printed, world: World) -> Step:
    """The printer's word: for the screen, if its patient still stands here, and for the server."""
    news = news_of(printed)
    stage = journey.stage
    if not isinstance(stage, Issued) or stage.ticket.print != printed.print:
        return journey, news
    stay = AFTER_TROUBLE if printed.paper.state in _IN_TROUBLE else AFTER_TICKET
    leave_at = world.now + stay if is_last(printed.paper.state, printed.paper.reason) else None
    return go(journey, replace(stage, paper=printed.paper, leave_at=leave_at)), news


def is_last(state: PrintState, reason: str) -> bool:
    """Whether the printer says no more of a paper for now; one that cannot be asked ends with `sent` and a
    reason."""
    return state not in (PrintState.ISSUED, PrintState.SENT) or (state is PrintState.SENT and bool(reason))


def stays(journey: Journey, world: World, ms: int = AFTER_TICKET) -> Journey:
    """A number whose paper is done with stays on the screen for so long from now on at least."""
    stage = journey.stage
    if not isinstance(stage, Issued) or stage.leave_at is None:
        return journey
    return go(journey, replace(stage, leave_at=max(stage.leave_at, world.now + ms)))


def news_of(printed: Printed) -> tuple[Tell, ...]:
    """For the server, which knows that it issued the slip: everything that comes after."""
    is_old = printed.paper.state is PrintState.ISSUED
    return () if is_old else (confirm(printed.print, printed.number, printed.paper),)


def confirm(name: str, number: str, paper: Paper) -> Tell:
    """What became of a slip, for the server."""
    return Tell(Confirm(print=name, state=paper.state, number=number, reason=paper.reason or None))
