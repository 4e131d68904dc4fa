"""From a slip to dots, and from dots to the bytes of an ESC/POS printer.

The whole ticket is one picture: printers' code pages cannot write Vietnamese, and what they do instead
(question marks, lost tones) nobody notices before a patient does. 1 bit per dot, no dithering.
"""

import logging
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

from kiosk import letters
from kiosk.letters import BEARING, Font, wrap
from kiosk.slip import Align, Band, Block, Code, Pair, Picture, Rule, Size, Text
from queue_server.protocol.codes import Language

WIDE = 576
"""Dots of an 80 mm printer at 203 dpi; 512 at 180 dpi, 384 for 58 mm paper."""

STRIP_ROWS = 256
"""Rows per raster command; cheap printers lose the thread of taller pictures."""

_THRESHOLD = 127
_PAPER, _INK = 255, 0
_QUIET_ZONE = 4
_MODULE_DOTS = range(8, 5, -1)

# Letter heights in dots on 576 dots of paper: 8 dots are one millimetre.
HEIGHTS = {
    Size.NOTE: 22,
    Size.BODY: 27,
    Size.STRONG: 34,
    Size.TITLE: 41,
    Size.HEADLINE: 50,
    Size.NUMBER: 220,
}
_SMALLEST = 20
_CAPTION_ROOM = 240


def draw(blocks: Sequence[Block], width: int = WIDE, script: Language | None = None) -> Image.Image:
    """Draw a ticket: mode "1", `width` dots wide, as high as it must be. script: the language whose letters
    it has beside Vietnamese and English.

    Raises `ValueError` for a width that is not a whole number of bytes or has no room for the code.
    """
    if width % 8 or width < 256:
        raise ValueError(f"a printer {width} dots wide cannot be: it takes a multiple of 8, 256 or more")
    page = _Page(width, script)
    for block in blocks:
        page.add(block)
    return page.finished()


def encode(picture: Image.Image, strip_rows: int = STRIP_ROWS) -> bytes:
    """The print job for a picture: initialise, raster strips (`GS v 0`), cut, ask for an answer.

    The last command, `GS r 1`, is answered in order and only once everything before it is on paper: its
    answer is the one proof of printing that common printers give.
    """
    start, cut = _frame()
    return b"".join((start, *_strips(picture, strip_rows), cut, b"\x1dr\x01"))


def _strips(picture: Image.Image, strip_rows: int) -> Iterator[bytes]:
    row = (picture.width + 7) // 8
    # Pillow's 1 is white, the printer's 1 is a burnt dot.
    dots = bytes(picture.convert("1").tobytes()).translate(_INVERTED)
    for top in range(0, picture.height, strip_rows):
        rows = min(strip_rows, picture.height - top)
        header = b"\x1dv0\x00" + row.to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield header + dots[top * row : (top + rows) * row]


_INVERTED = bytes(255 - value for value in range(256))


class _Page:
    """Paper being filled from the top."""

    def __init__(self, width: int, script: Language | None) -> None:
        self._width = width
        self._script = script
        self._margin = width // 48
        self._scale = width / WIDE
        self._y = self._margin
        self._canvas = Image.new("L", (width, 1280), _PAPER)
        self._pen = ImageDraw.Draw(self._canvas)

    def add(self, block: Block) -> None:
        match block:
            case Text(text=text, size=Size.NUMBER, align=align):
                self._number(text, align)
            case Text(text=text, size=Size.HEADLINE, bold=bold, align=align):
                self._text(text, self._fitting(text, self._column, bold=bold), self._column, align)
            case Text(text=text, size=size, bold=bold, align=align):
                if size is Size.TITLE:
                    # All capitals: marks on marks, and small letters hanging down right above them.
                    self._y += self._margin // 2
                self._text(text, self._font(size, bold=bold), self._column, align)
            case Band(lines=lines):
                self._band(lines)
            case Pair(label=label, value=value):
                self._pair(label, value)
            case Code(payload=payload, caption=caption, align=align):
                self._code(payload, caption, align)
            case Picture(file=file, width=width, align=align):
                self._picture(_logo(file, min(round(width * self._scale), len(self._column))), align)
            case Rule():
                self._rule()

    def finished(self) -> Image.Image:
        page = self._canvas.crop((0, 0, self._width, self._y + self._margin))
        return page.point(_BLACK_OR_WHITE, "1")

    @property
    def _column(self) -> range:
        return range(self._margin, self._width - self._margin)

    def _font(self, size: Size, *, bold: bool) -> Font:
        # Narrow paper is held closer to the eye: shrink by less than the paper does.
        height = max(_SMALLEST, round(HEIGHTS[size] * math.sqrt(self._scale)))
        return letters.font(height, bold=bold, script=self._script)

    def _fitting(self, text: str, column: range, *, bold: bool) -> Font:
        """The largest font in which a headline stays on one line; the middle one if it has to wrap."""
        fonts = [self._font(size, bold=bold) for size in (Size.HEADLINE, Size.TITLE, Size.STRONG)]
        return next((font for font in fonts if font.length(text) <= len(column)), fonts[1])

    def _room(self, height: int) -> None:
        if (needed := self._y + height + self._margin) > self._canvas.height:
            taller = Image.new("L", (self._width, max(needed, 2 * self._canvas.height)), _PAPER)
            taller.paste(self._canvas)
            self._canvas, self._pen = taller, ImageDraw.Draw(taller)

    def _text(
        self, text: str, font: Font, column: range, align: Align = Align.CENTER, ink: int = _INK
    ) -> None:
        for line in wrap(text, font, len(column)):
            height, mask = font.height(line), font.mask(line)
            self._room(height)
            left = _left(mask.width, column, align, BEARING)
            self._canvas.paste(ink, (left, self._y - font.overhang), mask)
            self._y += height

    def _number(self, text: str, align: Align) -> None:
        figure = letters.figure(text, HEIGHTS[Size.NUMBER], len(self._column))
        gap = round(14 * self._scale)
        self._room(figure.height + 3 * gap)
        self._y += gap
        self._canvas.paste(_INK, (_left(figure.width, self._column, align, BEARING), self._y), figure)
        self._y += figure.height + 2 * gap

    def _picture(self, picture: Image.Image, align: Align) -> None:
        gap = self._margin // 2
        self._room(picture.height + gap)
        self._canvas.paste(picture, (_left(picture.width, self._column, align), self._y))
        self._y += picture.height + gap

    def _band(self, lines: tuple[str, ...]) -> None:
        column = range(2 * self._margin, self._width - 2 * self._margin)
        fonts = [
            self._fitting(lines[0], column, bold=True),
            *(self._font(Size.BODY, bold=True) for _ in lines[1:]),
        ]
        inner = sum(
            font.height(wrapped)
            for line, font in zip(lines, fonts, strict=True)
            for wrapped in wrap(line, font, len(column))
        )
        # Marks of capitals reach into the line above: they must not end in the band's edge, nor in the band.
        below, above = self._margin // 2, self._margin
        self._room(inner + 3 * above + below)
        self._y += below
        self._pen.rectangle((0, self._y, self._width, self._y + inner + above + below), fill=_INK)
        self._y += above
        for line, font in zip(lines, fonts, strict=True):
            self._text(line, font, column, ink=_PAPER)
        self._y += below + above

    def _pair(self, label: str, value: str) -> None:
        quiet, loud = self._font(Size.BODY, bold=False), self._font(Size.STRONG, bold=True)
        if quiet.length(label) + loud.length(value) + self._margin > len(self._column):
            loud = self._font(Size.BODY, bold=True)
        if quiet.length(label) + loud.length(value) + self._margin > len(self._column):
            self._text(label, quiet, self._column)
            self._text(value, loud, self._column)
            return
        height = max(loud.height(value), quiet.height(label))
        self._room(height)
        left, right = quiet.mask(label), loud.mask(value)
        drop = loud.size - quiet.size
        self._canvas.paste(_INK, (self._column.start - BEARING, self._y + drop - quiet.overhang), left)
        self._canvas.paste(_INK, (self._column.stop + BEARING - right.width, self._y - loud.overhang), right)
        self._y += height

    def _code(self, payload: str, caption: tuple[Text, ...], align: Align) -> None:
        symbol = _symbol(payload)
        module = next((dots for dots in _MODULE_DOTS if symbol.width * dots <= self._width), None)
        if module is None:
            raise ValueError(f"a code of {symbol.width} modules needs more than {self._width} dots")
        side = symbol.width * module
        beside = range(side, self._column.stop)
        is_beside = align is Align.LEFT and bool(caption) and len(beside) >= _CAPTION_ROOM
        left = 0 if is_beside else (self._width - side) // 2

        self._room(side)
        top = self._y
        self._canvas.paste(symbol.resize((side, side), Image.Resampling.NEAREST), (left, top))
        if is_beside:
            column, fonts = beside, [self._font(text.size, bold=text.bold) for text in caption]
            height = sum(
                font.height(line)
                for text, font in zip(caption, fonts, strict=True)
                for line in wrap(text.text, font, len(column))
            )
            self._y = top + max(0, (side - height) // 2)
        else:
            column = self._column
            self._y = top + side
        for text in caption:
            self._text(text.text, self._font(text.size, bold=text.bold), column)
        self._y = max(self._y, top + side)

    def _rule(self) -> None:
        gap = self._margin * 2 // 3
        self._room(2 * gap)
        line = (self._column.start, self._y + gap, self._column.stop, self._y + gap + 1)
        self._pen.rectangle(line, fill=_INK)
        self._y += 2 * gap


def _left(width: int, column: range, align: Align, bearing: int = 0) -> int:
    """Where something begins that is so wide, `bearing` of it empty on either side."""
    match align:
        case Align.LEFT:
            return column.start - bearing
        case Align.CENTER:
            return (column.start + column.stop - width) // 2
        case Align.RIGHT:
            return column.stop + bearing - width


_BLACK_OR_WHITE = [255 if value > _THRESHOLD else 0 for value in range(256)]


@lru_cache(maxsize=8)
def _logo(file: str, width: int) -> Image.Image:
    with Image.open(file) as picture:
        drawn = picture.convert("RGBA")
    drawn = drawn.resize((width, max(1, round(drawn.height * width / drawn.width))))
    paper = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(paper, drawn).convert("L")


def _symbol(payload: str) -> Image.Image:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET_ZONE)
    code.add_data(payload)
    code.make(fit=True)
    modules = code.get_matrix()
    symbol = Image.new("L", (len(modules), len(modules)))
    symbol.putdata([_INK if dark else _PAPER for row in modules for dark in row])
    return symbol


@cache
def _frame() -> tuple[bytes, bytes]:
    """What comes before the strips, and the cut after them."""
    # Importing the library turns on logging to stderr, which a full-screen terminal program cannot
    # bear, and leaves a directory behind in the temporary files of every process.
    handlers = list(logging.root.handlers)
    from escpos import capabilities
    from escpos.printer import Dummy

    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    start, end = Dummy(), Dummy()
    start.hw("INIT")
    end.cut(feed=False)
    return bytes(start.output), bytes(end.output)
