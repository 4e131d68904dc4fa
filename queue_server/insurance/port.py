"""What an insurance portal is asked, and what it answers.

LookupFailed   there is no answer about the card; `fault` says why
"""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from queue_server.protocol.values import Value


class Card(Struct, frozen=True):
    """Whose card is looked up. Personal data. number: of the card, or of its holder's citizen card.

    name: in full, with its accents. birth: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    """

    number: str
    name: str
    birth: str

    def __repr__(self) -> str:
        return "<a card>"


class Verdict(Value):
    """What the portal said of a card. code: `meanings` knows it.

    valid_from, valid_until: `YYYY-MM-DD`, of the new card where there is one; empty when not told.
    """

    code: str
    valid_from: str = ""
    valid_until: str = ""


class Fault(StrEnum):
    """Why there is no answer about a card. CANNOT_LOOK: the portal says that it is out of order."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    AUTHENTICATION = "authentication"
    BAD_ANSWER = "bad_answer"
    CANNOT_LOOK = "cannot_look"


class LookupFailed(Exception):
    """There is no answer about the card."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        """detail: for the log; never a card, a name or a secret."""
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault


class Lookup(Protocol):
    """A portal that knows cards."""

    async def ask(self, card: Card) -> Verdict:
        """Look one card up. Raises LookupFailed."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
