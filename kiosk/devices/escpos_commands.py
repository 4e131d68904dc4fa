"""The part of ESC/POS that our jobs use, as values: bytes in, commands out, however they are cut up.

Only what a virtual printer must understand; everything else comes out as `Unknown` and does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

_WIDEST = 256
"""Bytes per row of a raster; no ticket printer is wider. A longer claim is noise, not a picture."""

_TALLEST = 8192


@dataclass(frozen=True, slots=True)
class Reset:
    """`ESC @`"""


@dataclass(frozen=True, slots=True)
class Raster:
    """`GS v 0`: a strip of dots, `row` bytes per row, 1 is black, stretched by the factors."""

    row: int
    rows: int
    dots: bytes = field(repr=False)
    across: int = 1
    down: int = 1

    def picture(self) -> Image.Image:
        """The strip as a picture of mode "1"."""
        inverted = self.dots.translate(_INVERTED)
        strip = Image.frombytes("1", (self.row * 8, self.rows), inverted)
        if (self.across, self.down) == (1, 1):
            return strip
        return strip.resize((strip.width * self.across, strip.height * self.down), Image.Resampling.NEAREST)


_INVERTED = bytes(255 - value for value in range(256))


@dataclass(frozen=True, slots=True)
class Feed:
    """`LF`, `ESC d n` (lines), `ESC J n` (dots)"""

    lines: int = 0
    dots: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """`GS V`"""


@dataclass(frozen=True, slots=True)
class AskStatus:
    """`DLE EOT n`: to be answered at once, whatever is waiting"""

    n: int


@dataclass(frozen=True, slots=True)
class TransmitStatus:
    """`GS r n`: to be answered in its turn"""

    n: int


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """`GS a n`: report changes unasked"""

    wanted: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes that are none of the above"""

    raw: bytes


Command = Reset | Raster | Feed | Cut | AskStatus | TransmitStatus | AutomaticStatus | Unknown

_DLE, _ESC, _GS = 0x10, 0x1B, 0x1D


class Interpreter:
    """Reads a byte stream in pieces of any size; keeps at most one unfinished command."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[Command]:
        """The commands that are complete now, in order."""
        self._pending += data
        commands: list[Command] = []
        unknown = bytearray()
        at = 0
        while at < len(self._pending):
            found = _command(self._pending, at)
            if found is None:
                break
            command, length = found
            at += length
            if isinstance(command, Unknown):
                unknown += command.raw
                continue
            if unknown:
                commands.append(Unknown(bytes(unknown)))
                unknown.clear()
            commands.append(command)
        if unknown:
            commands.append(Unknown(bytes(unknown)))
        del self._pending[:at]
        return commands

    def leftover(self) -> bytes:
        """What never became a command, once the stream has ended."""
        rest = bytes(self._pending)
        self._pending.clear()
        return rest


_Found = tuple[Command, int] | None
"""A command and its length in bytes; `None` while it is not all there."""


def _command(raw: bytearray, at: int) -> _Found:
    lead = raw[at]
    if lead == 0x0A:
        return Feed(lines=1), 1
    if lead not in (_DLE, _ESC, _GS):
        return Unknown(bytes(raw[at : at + 1])), 1
    if len(raw) - at < 2:
        return None
    kind = raw[at + 1]
    if (lead, kind) == (_ESC, 0x40):
        return Reset(), 2
    if (lead, kind) == (_GS, 0x76):
        return _raster(raw, at)
    if (lead, kind) == (_GS, 0x56):
        return _cut(raw, at)
    if (lead, kind) not in _WITH_ONE_PARAMETER:
        return Unknown(bytes(raw[at : at + 2])), 2
    if len(raw) - at < 3:
        return None
    return _WITH_ONE_PARAMETER[lead, kind](raw[at + 2]), 3


_WITH_ONE_PARAMETER: dict[tuple[int, int], Callable[[int], Command]] = {
    (_DLE, 0x04): AskStatus,
    (_ESC, 0x64): lambda n: Feed(lines=n),
    (_ESC, 0x4A): lambda n: Feed(dots=n),
    (_GS, 0x72): TransmitStatus,
    (_GS, 0x61): lambda n: AutomaticStatus(n != 0),
}


def _cut(raw: bytearray, at: int) -> _Found:
    if len(raw) - at < 3:
        return None
    form = raw[at + 2]
    if form in (0, 1, 48, 49):
        return Cut(), 3
    if form not in (65, 66):
        return Unknown(bytes(raw[at : at + 3])), 3
    return (Cut(), 4) if len(raw) - at >= 4 else None


def _raster(raw: bytearray, at: int) -> _Found:
    head = raw[at : at + 8]
    if len(head) < 8:
        return None
    mode, row, rows = head[3], int.from_bytes(head[4:6], "little"), int.from_bytes(head[6:8], "little")
    if head[2] != 0x30 or mode not in _STRETCH or not 1 <= row <= _WIDEST or not 1 <= rows <= _TALLEST:
        return Unknown(bytes(head)), 8
    end = at + 8 + row * rows
    if len(raw) < end:
        return None
    across, down = _STRETCH[mode]
    return Raster(row, rows, bytes(raw[at + 8 : end]), across, down), end - at


_STRETCH = {
    mode + base: factors for base in (0, 48) for mode, factors in enumerate(((1, 1), (2, 1), (1, 2), (2, 2)))
}
