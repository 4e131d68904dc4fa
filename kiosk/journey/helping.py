"""What help a patient needs, said by one tap: before the ticket with the wish, after it by itself."""

from dataclasses import replace

from kiosk.journey.moves import Step, go
from kiosk.journey.values import Check, Issued, Journey, Steward, Submit
from queue_server.protocol.codes import Help
from queue_server.protocol.commands import SetHelp


def asked_help(journey: Journey, stage: Check | Issued) -> Journey:
    """Show what there is, or go back to the page."""
    if isinstance(stage, Issued) and (stage.help is None or stage.leave_at is None):
        return journey
    return go(journey, replace(stage, asks_help=not stage.asks_help))


def flagged(journey: Journey, kind: Help) -> Step:
    """This help is needed, or no longer."""
    match journey.stage:
        case Check() | Steward() as stage:
            return go(journey, replace(stage, help=_with(stage.help, kind))), ()
        case Issued(help=tuple() as known, leave_at=int()) as stage:
            help_ = _with(known, kind)
            wish = journey.wishes + 1
            return replace(journey, stage=replace(stage, help=help_), wishes=wish), (
                Submit(wish, SetHelp(visit=stage.ticket.visit, help=help_)),
            )
        case _:
            return journey, ()


def _with(known: tuple[Help, ...], kind: Help) -> tuple[Help, ...]:
    return tuple(one for one in Help if (one in known) is not (one is kind))
