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
from importlib.resources import as_file, files
from typing import Any, Protocol

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M

from kiosk.slip import Band, Block, Code, Pair, Rule, Size, Text

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
# Dots by which a letter may reach out of its own width.
_BEARING = 4
# Vietnamese capitals carry two marks on top of each other: less than this and lines touch.
_LINE = 1.3


_Font = ImageFont.FreeTypeFont


class _Sink(Protocol):
    """What we use of `escpos.printer.Dummy`."""

    output: bytes

    def hw(self, command: str) -> None: ...

    def cut(self, mode: str = ..., feed: bool = ...) -> None: ...

    def _raw(self, message: bytes) -> None: ...


def draw(blocks: Sequence[Block], width: int = WIDE) -> Image.Image:
    """Draw a ticket: mode "1", `width` dots wide, as high as it must be.

    Raises `ValueError` for a width that is not a whole number of bytes or has no room for the code.
    """
    if width % 8 or width < 256:
        raise ValueError(f"a printer {width} dots wide cannot be: it takes a multiple of 8, 256 or more")
    page = _Page(width)
    for block in blocks:
        page.add(block)
    return page.finished()


def encode(picture: Image.Image, strip_rows: int = STRIP_ROWS) -> bytes:
    """The print job for a picture: initialise, raster strips (`GS v 0`), cut, ask for an answer.

    The last command, `GS r 1`, is answered in order and only once everything before it is on paper: its
    answer is the one proof of printing that common printers give.
    """
    job = _dummy_printer()
    job.hw("INIT")
    for strip in _strips(picture, strip_rows):
        job._raw(strip)  # noqa: SLF001 -- the library's documented way to pass bytes through
    job.cut(feed=False)
    job._raw(b"\x1dr\x01")  # noqa: SLF001
    return job.output


def warm_up() -> None:
    """Load the printer library (about 0.4 s) before the first patient stands there."""
    encode(draw([]))


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

    def __init__(self, width: int) -> None:
        self._width = width
        self._margin = width // 48
        self._scale = width / WIDE
        self._y = self._margin
        self._canvas = Image.new("L", (width, 1280), _PAPER)
        self._pen = ImageDraw.Draw(self._canvas)

    def add(self, block: Block) -> None:
        match block:
            case Text(text=text, size=Size.NUMBER):
                self._number(text)
            case Text(text=text, size=Size.HEADLINE, bold=bold):
                self._text(text, self._fitting(text, self._column, bold=bold), self._column)
            case Text(text=text, size=size, bold=bold):
                if size is Size.TITLE:
                    # All capitals: marks on marks, and small letters hanging down right above them.
                    self._y += self._margin // 2
                self._text(text, self._font(size, bold=bold), self._column)
            case Band(lines=lines):
                self._band(lines)
            case Pair(label=label, value=value):
                self._pair(label, value)
            case Code(payload=payload, caption=caption):
                self._code(payload, caption)
            case Rule():
                self._rule()

    def finished(self) -> Image.Image:
        page = self._canvas.crop((0, 0, self._width, self._y + self._margin))
        return page.point(_BLACK_OR_WHITE, "1")

    @property
    def _column(self) -> range:
        return range(self._margin, self._width - self._margin)

    def _font(self, size: Size, *, bold: bool) -> _Font:
        # Narrow paper is held closer to the eye: shrink by less than the paper does.
        return typeface(max(_SMALLEST, round(HEIGHTS[size] * math.sqrt(self._scale))), bold=bold)

    def _fitting(self, text: str, column: range, *, bold: bool) -> _Font:
        """The largest font in which a headline stays on one line; the middle one if it has to wrap."""
        fonts = [self._font(size, bold=bold) for size in (Size.HEADLINE, Size.TITLE, Size.STRONG)]
        return next((font for font in fonts if _length(text, font) <= len(column)), fonts[1])

    def _room(self, height: int) -> None:
        if (needed := self._y + height + self._margin) > self._canvas.height:
            taller = Image.new("L", (self._width, max(needed, 2 * self._canvas.height)), _PAPER)
            taller.paste(self._canvas)
            self._canvas, self._pen = taller, ImageDraw.Draw(taller)

    def _text(self, text: str, font: _Font, column: range, ink: int = _INK) -> None:
        height = round(font.size * _LINE)
        for line in wrap(text, font, len(column)):
            self._room(height)
            mask = _mask(line, font)
            left = (column.start + column.stop - mask.width) // 2
            self._canvas.paste(ink, (left, self._y - _overhang(font)), mask)
            self._y += height

    def _number(self, text: str) -> None:
        height = HEIGHTS[Size.NUMBER]
        widest = _length(text, typeface(height, bold=True))
        fitting = int(height * len(self._column) / max(widest, 1))
        font = typeface(max(1, min(height, fitting)), bold=True)
        # Digits and capitals without marks: their own height, no room for descenders.
        _, top, _, bottom = font.getbbox(text, anchor="ms")
        gap = round(14 * self._scale)
        self._room(round(bottom - top) + 3 * gap)
        self._y += gap
        self._pen.text((self._width // 2, self._y - round(top)), text, fill=_INK, font=font, anchor="ms")
        self._y += round(bottom - top) + 2 * gap

    def _band(self, lines: tuple[str, ...]) -> None:
        column = range(2 * self._margin, self._width - 2 * self._margin)
        fonts = [
            self._fitting(lines[0], column, bold=True),
            *(self._font(Size.BODY, bold=True) for _ in lines[1:]),
        ]
        inner = sum(
            len(wrap(line, font, len(column))) * round(font.size * _LINE)
            for line, font in zip(lines, fonts, strict=True)
        )
        pad = self._margin // 2
        self._room(inner + 5 * pad)
        self._y += pad
        self._pen.rectangle((0, self._y, self._width, self._y + inner + 2 * pad), fill=_INK)
        self._y += pad
        for line, font in zip(lines, fonts, strict=True):
            self._text(line, font, column, _PAPER)
        self._y += 2 * pad

    def _pair(self, label: str, value: str) -> None:
        quiet, loud = self._font(Size.BODY, bold=False), self._font(Size.STRONG, bold=True)
        if _length(label, quiet) + _length(value, loud) + self._margin > len(self._column):
            loud = self._font(Size.BODY, bold=True)
        if _length(label, quiet) + _length(value, loud) + self._margin > len(self._column):
            self._text(label, quiet, self._column)
            self._text(value, loud, self._column)
            return
        height = round(loud.size * _LINE)
        self._room(height)
        left, right = _mask(label, quiet), _mask(value, loud)
        drop = round(loud.size) - round(quiet.size)
        self._canvas.paste(_INK, (self._column.start - _BEARING, self._y + drop - _overhang(quiet)), left)
        self._canvas.paste(
            _INK, (self._column.stop + _BEARING - right.width, self._y - _overhang(loud)), right
        )
        self._y += height

    def _code(self, payload: str, caption: tuple[Text, ...]) -> None:
        symbol = _symbol(payload)
        module = next((dots for dots in _MODULE_DOTS if symbol.width * dots <= self._width), None)
        if module is None:
            raise ValueError(f"a code of {symbol.width} modules needs more than {self._width} dots")
        side = symbol.width * module
        beside = range(side, self._column.stop)
        is_beside = bool(caption) and len(beside) >= _CAPTION_ROOM
        left = 0 if is_beside else (self._width - side) // 2

        self._room(side)
        top = self._y
        self._canvas.paste(symbol.resize((side, side), Image.Resampling.NEAREST), (left, top))
        if is_beside:
            column, fonts = beside, [self._font(text.size, bold=text.bold) for text in caption]
            height = sum(
                len(wrap(text.text, font, len(column))) * round(font.size * _LINE)
                for text, font in zip(caption, fonts, strict=True)
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


_BLACK_OR_WHITE = [255 if value > _THRESHOLD else 0 for value in range(256)]


@lru_cache(maxsize=1024)
def wrap(text: str, font: _Font, room: int) -> tuple[str, ...]:
    """Break a text into lines no wider than `room` dots: between words, within a word if it must be.

    The lines come out about equally long, so that no single word is left over on the last one.
    """
    words = [piece for word in text.split() for piece in _pieces(word, font, room)]
    lines = _filled(words, font, room)
    if len(lines) < 2:
        return tuple(lines)
    narrow, wide = room // 2, room
    while wide - narrow > 8:
        middle = (narrow + wide) // 2
        tried = _filled(words, font, middle)
        if len(tried) > len(lines) or any(_length(line, font) > middle for line in tried):
            narrow = middle
        else:
            wide = middle
    return tuple(_filled(words, font, wide))


def _filled(words: Sequence[str], font: _Font, room: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        wider = f"{lines[-1]} {word}" if lines else word
        if lines and _length(wider, font) <= room:
            lines[-1] = wider
        else:
            lines.append(word)
    return lines


def _pieces(word: str, font: _Font, room: int) -> Iterator[str]:
    start = 0
    for end in range(1, len(word) + 1):
        if end - start > 1 and _length(word[start:end], font) > room:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]


@lru_cache(maxsize=4096)
def _length(text: str, font: _Font) -> float:
    return font.getlength(text)


@lru_cache(maxsize=64)
def typeface(height: int, *, bold: bool) -> _Font:
    """The ticket's letters, `height` dots high. Be Vietnam Pro is drawn for Vietnamese (SIL Open Font
    License): every accent of every letter stays apart in one-bit print."""
    name = "BeVietnamPro-Bold.ttf" if bold else "BeVietnamPro-Medium.ttf"
    with as_file(files("fontpkg_be_vietnam_pro") / "files" / name) as path:
        # The basic engine suffices for composed letters and does the same on every machine.
        return ImageFont.truetype(path, height, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=256)
def _mask(line: str, font: _Font) -> Image.Image:
    # Drawing letters is nearly all the work of a ticket, and nearly all its lines are those of the
    # ticket before.
    height = _overhang(font) + round(font.size * _LINE) + _overhang(font)
    mask = Image.new("L", (math.ceil(_length(line, font)) + 2 * _BEARING, height))
    baseline = _overhang(font) + round(font.size)
    ImageDraw.Draw(mask).text((_BEARING, baseline), line, fill=255, font=font, anchor="ls")
    return mask


def _overhang(font: _Font) -> int:
    """Dots by which Ẩ may reach up into the line above, where there is nearly always room."""
    return math.ceil(font.size * 0.2)


def _symbol(payload: str) -> Image.Image:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET_ZONE)
    code.add_data(payload)
    code.make(fit=True)
    modules = code.get_matrix()
    symbol = Image.new("L", (len(modules), len(modules)))
    symbol.putdata([_INK if dark else _PAPER for row in modules for dark in row])
    return symbol


@cache
def _printer_class() -> type[Any]:
    # Importing the library turns on logging to stderr, which a full-screen terminal program cannot
    # bear, and leaves a directory behind in the temporary files of every process.
    handlers = list(logging.root.handlers)
    from escpos import capabilities
    from escpos.printer import Dummy

    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)
    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    printer: type[Any] = Dummy
    return printer


def _dummy_printer() -> _Sink:
    printer: _Sink = _printer_class()()
    return printer
