"""How bytes get to a printer and back: what every way has in common, and its errors.

A transport opens a line for one job and the line is closed after it. What blocks does so in a thread of the
transport's own (`device_line`), never in the event loop.

    PrinterError
    ├── Unreachable       nobody answers at that address, or nobody answers our questions
    ├── Garbled           what came was no answer: a wrong speed, a wrong device, a broken printer
    ├── NothingTaken      not one byte of a job was taken: it can be printed elsewhere
    ├── Stuck             the printer took a part of a job and then no more
    └── ConnectionLost    the line ended in the middle: unplugged, switched off, reset
"""

from typing import Protocol


class PrinterError(Exception):
    """The printer could not be used."""


class Unreachable(PrinterError):
    """The printer does not answer."""


class Garbled(PrinterError):
    """What the printer sent is no answer."""


class NothingTaken(PrinterError):
    """The printer took not one byte."""


class Stuck(PrinterError):
    """The printer takes no more."""


class ConnectionLost(PrinterError):
    """The line to the printer ended."""


class Line(Protocol):
    """An open line to a printer."""

    async def send(self, job: bytes, within: float) -> None:
        """Hand over all of it within so many seconds. Raises NothingTaken, Stuck, ConnectionLost."""
        ...

    async def receive(self, within: float) -> bytes:
        """What the printer sent, empty if nothing came in so many seconds. Raises ConnectionLost."""
        ...

    async def close(self) -> None:
        """End it; what the printer has not read yet still reaches it where the way allows. Raises nothing."""
        ...


class Transport(Protocol):
    """A way to one printer. address: as it is written in a setting.

    carries_over: what is left of one conversation comes out in the next one, as on a wire; a network
    connection ends its own.
    """

    @property
    def address(self) -> str: ...

    @property
    def carries_over(self) -> bool: ...

    def seconds_for(self, size: int) -> float:
        """How long so many bytes are on their way, at best."""
        ...

    async def open(self, within: float) -> Line:
        """Raises Unreachable."""
        ...
