"""What is wrong with a printer, as the detail of an alert: who brings what can be said without asking it."""

from typing import NamedTuple

from queue_server.protocol.codes import PrintReason

PAPER_LOW = "paper_low"
"""The roll ends soon, by its sensor or by what was printed on it."""

SELF_TEST = "self_test"
"""A kiosk woke up and could not print."""
SEEN_TO = frozenset(
    {
        PrintReason.PAPER,
        PrintReason.COVER,
        PrintReason.OFFLINE,
        PrintReason.ERROR,
        PrintReason.UNREACHABLE,
        PrintReason.BUSY,
        SELF_TEST,
    }
)
"""What is over as soon as the printer prints again. Of the rest nobody knows what became of a ticket, or a
printer has to be set up: somebody should look."""


class PrinterTrouble(NamedTuple):
    """what: a `PrintReason` or PAPER_LOW. paper: how wide its paper is in mm, 0 when nobody said.

    spare: it is the second printer of its device.
    """

    what: str
    paper: int = 0
    spare: bool = False

    @property
    def detail(self) -> str:
        """As it travels: `paper-80`, `cover`, `paper_low-58-spare`."""
        words = (self.what, *([str(self.paper)] if self.paper else []), *(["spare"] if self.spare else []))
        return "-".join(words)


def trouble_of(detail: str) -> PrinterTrouble:
    """What a detail says; anything else is its own `what`."""
    what, *more = detail.split("-")
    if what not in (*PrintReason, PAPER_LOW):
        return PrinterTrouble(detail)
    paper = next((int(word) for word in more if word.isascii() and word.isdigit()), 0)
    return PrinterTrouble(what, paper, "spare" in more)
