"""How much paper is left, from what was printed since the roll was new: for printers without a near-end
sensor, and long before one tells."""

from dataclasses import dataclass, replace
from typing import Self

from kiosk.devices.escpos_commands import Cut, Feed, Interpreter, Raster

DOTS_PER_MM = {576: 8.0, 512: 7.09, 384: 8.0}
"""By the dots across: 203 dpi, but 180 dpi for the printers with 512 dots."""
PAPER_MM = {576: 80, 512: 80, 384: 58}
"""How wide the paper is, by the dots across."""
CUT_MM = 16
"""From print head to knife: so much is fed before each cut."""
LINE_DOTS = 30
LOW_MM = 3000
"""About twenty tickets: time for somebody to come with a roll."""


@dataclass(frozen=True, slots=True)
class Roll:
    """length, printed: mm. length 0: nobody knows how long a roll is, so nothing is estimated."""

    length: int = 0
    printed: int = 0

    @property
    def left(self) -> int | None:
        """Mm of paper that should be left; None when nobody knows."""
        return max(0, self.length - self.printed) if self.length else None

    @property
    def is_low(self) -> bool:
        return self.left is not None and self.left < LOW_MM

    def after(self, mm: int) -> Self:
        """The roll after so much more was printed on it."""
        return replace(self, printed=self.printed + mm)

    def renewed(self) -> Self:
        """A new roll of the same length."""
        return replace(self, printed=0)


def paper_for(job: bytes, width: int) -> int:
    """Mm of paper that a job takes. width: dots across the paper."""
    dots, cuts = 0, 0
    for command in Interpreter().feed(job):
        match command:
            case Raster(rows=rows, down=down):
                dots += rows * down
            case Feed(lines=lines, dots=fed):
                dots += lines * LINE_DOTS + fed
            case Cut():
                cuts += 1
            case _:
                pass
    return round(dots / DOTS_PER_MM.get(width, 8.0)) + cuts * CUT_MM
