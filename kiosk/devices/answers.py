"""What an ESC/POS printer says of itself, from its bytes. Pure.

Three kinds of answers come on one stream and are told apart by fixed bits (ESC/POS command reference):
`DLE EOT n` is answered by one byte `0xx1xx10`, `GS r 1` by one byte `0xx0xxxx`, and a printer that reports
changes by itself sends four bytes of which the first is `0xx1xx00` and the others look like answers to
`GS r 1`. Whatever fits nowhere is noise: a wrong speed, a wrong device, a dying printer.
"""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from queue_server.protocol.codes import PrintReason


class Ask(IntEnum):
    """The real-time questions, n of `DLE EOT n`."""

    GENERAL = 1
    CAUSE = 2
    ERROR = 3
    PAPER = 4

    @property
    def command(self) -> bytes:
        """The bytes that ask it."""
        return bytes((0x10, 0x04, self))


ASK_PRINTED = b"\x1dr\x01"
"""`GS r 1` at the end of a job: answered in its turn, so only after everything before it was printed."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the printer is. hindrance: None when it is ready to print. paper_low: the near-end sensor, which
    many printers do not have. is_asked: False for a printer that is never asked, so that nobody knows."""

    hindrance: PrintReason | None
    paper_low: bool
    is_asked: bool = True


class Ear:
    """Sorts what comes from a printer. Takes any bytes, in pieces of any size.

    noise: how many bytes fitted nowhere. An answer in a conversation with noise in it proves nothing.
    """

    def __init__(self) -> None:
        self.noise = 0
        self._report = 0
        self._status: deque[int] = deque()
        self._printed: deque[int] = deque()

    def hear(self, chunk: bytes) -> None:
        """Take what arrived."""
        for byte in chunk:
            if byte in _FLOW:
                # Between any two bytes, also in the middle of a report.
                continue
            if self._report and byte & 0x90 == 0x00:
                self._report -= 1
                continue
            # A report that broke off: this byte is none of its three others.
            self._report = 0
            if byte & 0x93 == 0x12:
                self._status.append(byte)
            elif byte & 0x93 == 0x10:
                self._report = 3
            elif byte & 0x90 == 0x00:
                self._printed.append(byte)
            else:
                self.noise += 1

    def status(self) -> int | None:
        """The next answer to a real-time question, None while there is none."""
        return self._status.popleft() if self._status else None

    def printed(self) -> int | None:
        """The next answer to the question at the end of a job, None while there is none."""
        return self._printed.popleft() if self._printed else None

    @property
    def has_printed(self) -> bool:
        """Whether the printer said that it came to the end of a job."""
        return bool(self._printed)

    def forget(self) -> None:
        """Drop the answers heard so far: what comes from now on belongs to the next question."""
        self._status.clear()
        self._printed.clear()


_FLOW = frozenset((0x11, 0x13))
"""XON and XOFF, which a serial printer may send at any time."""

_OFFLINE = 0x08
_COVER_OPEN, _STOPPED_BY_PAPER, _ERROR = 0x04, 0x20, 0x40
_CUTTER, _BROKEN = 0x08, 0x20
_NEAR_END, _PAPER_OUT = 0x0C, 0x60
# Bits of the answer to GS r 1.
_LITTLE_PAPER, _NO_PAPER = 0x03, 0x0C


def has_error(cause: int) -> bool:
    """Whether it is worth asking which error it is."""
    return bool(cause & _ERROR)


def status_of(general: int, cause: int, paper: int, error: int = 0x12) -> Status:
    """The answers to the real-time questions as one status. error: 0x12, none, where it was not asked."""
    low = bool(paper & _NEAR_END) and not paper & _PAPER_OUT
    return Status(_hindrance(general, cause, paper, error), low)


def _hindrance(general: int, cause: int, paper: int, error: int) -> PrintReason | None:
    # With the cover open most printers feel no paper, whatever is in them.
    if cause & _COVER_OPEN:
        return PrintReason.COVER
    if paper & _PAPER_OUT or cause & _STOPPED_BY_PAPER:
        return PrintReason.PAPER
    if cause & _ERROR or error & (_CUTTER | _BROKEN):
        return PrintReason.ERROR
    return PrintReason.OFFLINE if general & _OFFLINE else None


def ran_out(printed: int) -> bool:
    """Whether an answer at the end of a job says that there is no paper: then it is no proof of any."""
    return bool(printed & _NO_PAPER)


def is_low(printed: int) -> bool:
    """Whether an answer at the end of a job says that the roll ends soon."""
    return bool(printed & _LITTLE_PAPER)
