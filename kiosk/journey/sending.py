"""Asking the server: for something to be done, and about a ticket; and when that takes too long."""

from dataclasses import replace

from kiosk.journey.moves import Step, settled
from kiosk.journey.values import Aim, AskWhere, Finding, Journey, Looking, Sending, Submit, World
from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import Command, Register

CARDS = frozenset({IdentityKind.CARD, IdentityKind.INSURANCE, IdentityKind.DOCUMENT})
"""Kinds by which a document showed itself."""
SLOW = 2_000
"""ms without an answer before the patient is told so."""


def send(journey: Journey, world: World, aim: Aim, command: Command, token: str = "") -> Step:
    """Have this done."""
    wish = journey.wishes + 1
    register = command if isinstance(command, Register) else None
    identity = register.identity if register is not None else None
    # A code on a paper says no more of who holds it than a number that somebody typed.
    coded = register is not None and register.appointment is not None
    typed = coded or (identity is not None and identity.kind not in CARDS)
    stage = Sending(wish, aim, world.now, token, typed)
    return replace(journey, stage=stage, wishes=wish), (Submit(wish, command),)


def look(journey: Journey, world: World, token: str, *, done: Aim | None = None, already: str = "") -> Step:
    """Ask about a ticket."""
    wish = journey.wishes + 1
    stage = Looking(wish, token, world.now, done, already)
    return replace(settled(journey), stage=stage, wishes=wish), (AskWhere(wish, token),)


def slow(journey: Journey, world: World) -> bool:
    """Whether the patient has to be told that the server is slow, or out of reach."""
    stage = journey.stage
    if not isinstance(stage, Sending | Looking | Finding):
        return False
    return not world.online or world.now - stage.since >= SLOW
