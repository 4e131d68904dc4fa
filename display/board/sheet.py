"""A picture laid out on a screen of so many columns and rows: lines of styled text. Pure.

Nothing here scrolls, blinks or rotates; a line differs from the last picture's only where something changed.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len

from display import blocks, texts
from display.board import picture as pictures
from display.board.picture import Call, Picture
from queue_server.protocol.codes import Language
from queue_server.protocol.labels import Label

WIDE, TALL = 100, 28
"""From this size on there is a column at the right; a tall narrow screen stands upright."""


class Style(StrEnum):
    """What a piece of text is; the screen gives it colours."""

    PLAIN = "plain"
    FAINT = "faint"
    HEADER = "header"
    HEADER_STALE = "header_stale"
    HEADING = "heading"
    HEADING_NEW = "heading_new"
    HEADING_NEXT = "heading_next"
    HEADING_MISSED = "heading_missed"
    NUMBER = "number"
    PLACE = "place"
    NEXT = "next"
    MISSED = "missed"
    NOTICE = "notice"
    ANNOUNCEMENT = "announcement"
    TROUBLE = "trouble"


Piece = tuple[str, Style]
Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the screen, in cells."""

    x: int
    y: int
    width: int
    height: int

    def below(self, rows: int) -> "Area":
        """What is left under the first rows."""
        return Area(self.x, self.y + rows, self.width, max(0, self.height - rows))


class Canvas:
    """Cells that are written once and read as lines. Text is composed (NFC): one letter, one cell."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells: list[list[Piece]] = [[(" ", Style.PLAIN)] * width for _ in range(height)]

    def write(self, x: int, y: int, text: str, style: Style, width: int | None = None) -> int:
        """Put text at a place, cut with `…` at `width` or the edge; the columns it took."""
        room = self.width - x if width is None else min(width, self.width - x)
        if room <= 0 or not 0 <= y < self.height:
            return 0
        shown = shorten(text, room)
        for column, letter in enumerate(shown, x):
            self._cells[y][column] = (letter, style)
        return len(shown)

    def fill(self, area: Area, style: Style) -> None:
        """Give an area's background."""
        for y in range(area.y, area.y + area.height):
            self.write(area.x, y, " " * area.width, style)

    def block(self, x: int, y: int, text: str, scale: tuple[int, int], style: Style) -> None:
        """Put block letters."""
        for row, line in enumerate(blocks.draw(text, *scale)):
            self.write(x, y + row, line, style)

    def lines(self) -> tuple[Line, ...]:
        """Rows of pieces, neighbours of one style joined."""
        return tuple(_joined(row) for row in self._cells)


def shorten(text: str, room: int) -> str:
    """Text in composed letters of one cell each, cut with `…` if it is longer than `room`."""
    whole = "".join(
        letter if cell_len(letter) == 1 else "?"
        for letter in unicodedata.normalize("NFC", text)
        if cell_len(letter)
    )
    return whole if len(whole) <= room else whole[: max(0, room - 1)].rstrip() + "…"


def wrap(words: list[str], room: int, between: str = "   ") -> list[str]:
    """Words in lines of at most `room`, never broken inside."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(between) + len(word) <= room:
            lines[-1] += between + word
        else:
            lines.append(word)
    return lines


def _joined(row: list[Piece]) -> Line:
    pieces: list[Piece] = []
    for letter, style in row:
        if pieces and pieces[-1][1] is style:
            pieces[-1] = (pieces[-1][0] + letter, style)
        else:
            pieces.append((letter, style))
    return tuple(pieces)


def draw(picture: Picture, width: int, height: int) -> tuple[Line, ...]:
    """The whole screen: exactly `height` lines of `width` cells."""
    canvas = Canvas(width, height)
    _header(canvas, picture)
    bar = _bar_rows(picture, width, height)
    body = Area(0, 1, width, max(0, height - 1 - bar))
    if width >= WIDE and height >= TALL:
        _wide(canvas, picture, body)
    else:
        _narrow(canvas, picture, body)
    _bar(canvas, picture, Area(0, height - bar, width, bar))
    return canvas.lines()


def _both(label: Label, language: Language) -> tuple[str, str]:
    first = texts.tell(label, language)
    second = texts.tell(label, texts.other(language))
    return first, "" if second == first else second


def _header(canvas: Canvas, picture: Picture) -> None:
    style = Style.HEADER_STALE if picture.stale else Style.HEADER
    canvas.fill(Area(0, 0, canvas.width, 1), style)
    right = picture.clock
    if picture.as_of is not None:
        right = f"{texts.tell(picture.as_of, picture.language)}  {right}".rstrip()
    canvas.write(max(1, canvas.width - len(right) - 1), 0, right, style)
    room = canvas.width - len(right) - 4
    first, second = _both(picture.title, picture.language)
    both = f"{first} · {second}"
    canvas.write(1, 0, both if second and len(both) <= room else first, style, room)


def _bar_rows(picture: Picture, width: int, height: int) -> int:
    """Rows of the last lines: always so many, and more while what has to be said needs them; calls keep most
    of the screen."""
    if height < 20:
        return 1
    least = 3 if height < 32 else 4 if height < 48 else 6
    most = height // 4 if picture.others else height // 3
    wanted = sum(len(_told(label, picture.language, width - 2)) for label, _ in _to_say(picture))
    return max(least, min(wanted, most))


def _to_say(picture: Picture) -> list[tuple[Label, Style]]:
    """Trouble before announcements before words about places."""
    lines: list[tuple[Label, Style]] = []
    if picture.trouble is not None:
        lines.append((picture.trouble, Style.TROUBLE))
    if picture.reason is not None:
        lines.append((picture.reason, Style.TROUBLE))
    lines += [(label, Style.ANNOUNCEMENT) for label in picture.announcements]
    return lines + [(label, Style.NOTICE) for label in picture.notices]


def _told(label: Label, language: Language, room: int, *, both: bool = True) -> list[str]:
    """A sentence in lines: side by side with its other language, else that below it, or left out."""
    first, second = _both(label, language)
    if second and len(first) + len(second) + 3 <= room:
        return [f"{first}   {second}"]
    told = wrap(first.split(), room, " ")
    return told + wrap(second.split(), room, " ") if both else told


def _bar(canvas: Canvas, picture: Picture, area: Area) -> None:
    """The last lines. The other language is left out before another sentence is."""
    language, lines = picture.language, _to_say(picture)
    y, end = area.y, area.y + area.height
    for index, (label, style) in enumerate(lines):
        rest = len(lines) - index - 1
        room = area.width - 2
        told = _told(label, language, room)
        if end - y - len(told) < 2 * rest:
            told = _told(label, language, room, both=False)
        for line in told[: end - y]:
            canvas.fill(Area(area.x, y, area.width, 1), style)
            canvas.write(area.x + 1, y, line, style, room)
            y += 1


def _heading(canvas: Canvas, area: Area, label: Label, style: Style, language: Language) -> None:
    canvas.fill(Area(area.x, area.y, area.width, 1), style)
    first, second = _both(label, language)
    text = f"{first} · {second}" if second and len(first) + len(second) + 5 <= area.width else first
    canvas.write(area.x + 1, area.y, text, style, area.width - 2)


def _called_heading(canvas: Canvas, picture: Picture, area: Area) -> None:
    fresh = picture.newest is not None and picture.newest.fresh and not picture.stale
    _heading(canvas, area, pictures.CALLED, Style.HEADING_NEW if fresh else Style.HEADING, picture.language)
    if fresh:
        mark = f"► {texts.tell(pictures.NEW, picture.language)} ◄"
        canvas.write(area.x + area.width - len(mark) - 1, area.y, mark, Style.HEADING_NEW)


def _newest(canvas: Canvas, picture: Picture, area: Area, number_width: int, *, door: bool = False) -> int:
    """The last call as large as the area allows, then where; the rows it took. door: the room large, too."""
    call = picture.newest
    if call is None:
        words = pictures.CONNECTING if picture.empty else pictures.NOBODY
        first, second = _both(words, picture.language)
        canvas.write(area.x + 2, area.y + 1, first, Style.PLACE, area.width - 3)
        canvas.write(area.x + 2, area.y + 2, second, Style.FAINT, area.width - 3)
        return 4
    arrow = f"> {call.room}"
    large = blocks.fit(arrow, area.width // 2, area.height // 4) if door else None
    where_rows = blocks.size(arrow, *large)[1] if large else 2
    scale = blocks.fit(call.sign, number_width, area.height - where_rows - 1)
    if scale is None:
        canvas.write(area.x + 2, area.y, call.sign, Style.NUMBER, area.width - 2)
        rows = 1
    else:
        rows = blocks.size(call.sign, *scale)[1]
        canvas.block(area.x + 2, area.y, call.sign, scale, Style.NUMBER)
    y = area.y + rows + (1 if rows + where_rows < area.height else 0)
    x = area.x + 2
    if large:
        canvas.block(x, y, arrow, large, Style.PLACE)
        x += blocks.size(arrow, *large)[0] + 3
        _where(canvas, call, x, y + where_rows // 2 - 1, area.x + area.width - x - 1, picture.language, "")
    else:
        _where(canvas, call, x, y, area.width - 3, picture.language)
    return y + where_rows - area.y


def _where(
    canvas: Canvas, call: Call, x: int, y: int, width: int, language: Language, arrow: str = "→ "
) -> None:
    first, second = _both(call.place, language)
    canvas.write(x, y, f"{arrow}{first}", Style.PLACE, width)
    canvas.write(x + len(arrow), y + 1, second, Style.FAINT, width - len(arrow))


def _narrow(canvas: Canvas, picture: Picture, body: Area) -> None:
    """A small screen: the last call, older calls beside or below it, one strip each for next and missed."""
    strip = 1 if body.height < 18 else 2 if body.height < 24 else 3
    main = Area(body.x, body.y, body.width, max(0, body.height - 2 * strip))
    _called_heading(canvas, picture, main)
    rest = main.below(1)
    beside = 18 if main.width >= 64 and picture.others else 0
    upright = main.height >= 24
    if upright:
        used = _newest(canvas, picture, Area(rest.x, rest.y, rest.width, rest.height // 2), rest.width - 4)
        _older(canvas, picture, Area(rest.x, rest.y + used + 1, rest.width, rest.height - used - 1))
    else:
        _newest(canvas, picture, rest, rest.width - 3 - beside)
        if beside:
            _column(canvas, picture, Area(rest.x + rest.width - beside + 1, rest.y, beside - 1, rest.height))
    y = main.y + main.height
    language = picture.language
    _strip(
        canvas,
        Area(0, y, body.width, strip),
        pictures.PREPARED,
        picture.prepared,
        Style.HEADING_NEXT,
        language,
    )
    _strip(
        canvas,
        Area(0, y + strip, body.width, strip),
        pictures.MISSED,
        picture.missed,
        Style.HEADING_MISSED,
        language,
    )


def _column(canvas: Canvas, picture: Picture, area: Area) -> None:
    """Older calls beside the newest: number, and where under it."""
    rows = 3 if area.height >= 3 * len(picture.others) else 2
    for index, call in enumerate(picture.others[: area.height // rows]):
        y = area.y + index * rows
        canvas.write(area.x, y, call.sign, Style.NUMBER, area.width)
        canvas.write(area.x, y + 1, f"→ {texts.tell(call.place, picture.language)}", Style.PLAIN, area.width)


def _older(canvas: Canvas, picture: Picture, area: Area) -> None:
    """Older calls, number and room in block letters as large as lets all of them in; else as text."""
    calls = [call for call in picture.others if blocks.drawable(call.sign)]
    texts_only = [call for call in picture.others if not blocks.drawable(call.sign)]
    scale, columns = (1, 1), area.width * 3 // 4
    for larger in (2, 3):
        rows = blocks.HEIGHT * larger // 2 + 2
        widest = max((blocks.size(_called_to(call), larger, larger)[0] for call in calls), default=0)
        if len(calls) * rows + len(texts_only) <= area.height and widest <= columns:
            scale = (larger, larger)
    tall = blocks.size("0", *scale)[1]
    y, end = area.y, area.y + area.height
    number_width = max((blocks.size(call.sign, *scale)[0] for call in calls), default=0)
    for index, call in enumerate((*calls, *texts_only)):
        left = len(picture.others) - index
        if call in calls and y + tall <= end and end - y >= tall + left:
            canvas.block(area.x + 2, y, call.sign, scale, Style.NUMBER)
            x = area.x + 2 + number_width + 3 * scale[0]
            arrow = f"> {call.room}"
            door = blocks.drawable(arrow) and x + blocks.size(arrow, *scale)[0] <= area.x + columns
            if door:
                canvas.block(x, y, arrow, scale, Style.PLACE)
                x += blocks.size(arrow, *scale)[0] + 3
            width = area.x + area.width - x - 1
            _where(canvas, call, x, y + tall // 2 - 1, width, picture.language, "" if door else "→ ")
            y += tall + 1
        elif y < end:
            text = f"{call.sign}  → {texts.tell(call.place, picture.language)}"
            canvas.write(area.x + 2, y, text, Style.PLACE, area.width - 3)
            y += 1


def _called_to(call: Call) -> str:
    return f"{call.sign}   > {call.room}" if blocks.drawable(call.room) else call.sign


def _strip(
    canvas: Canvas, area: Area, label: Label, calls: tuple[Call, ...], style: Style, language: Language
) -> None:
    """A heading and numbers in one to three rows."""
    if area.height <= 0:
        return
    content = Style.NEXT if style is Style.HEADING_NEXT else Style.MISSED
    first = texts.tell(label, language)
    numbers = [call.sign for call in calls]
    if area.height == 1:
        head = f" {first} "
        taken = canvas.write(area.x, area.y, head, style)
        _numbers(canvas, Area(area.x + taken + 1, area.y, area.width - taken - 1, 1), numbers, content)
        return
    _heading(canvas, area, label, style, language)
    _numbers(canvas, Area(area.x + 2, area.y + 1, area.width - 3, area.height - 1), numbers, content)


def _numbers(canvas: Canvas, area: Area, numbers: list[str], style: Style) -> None:
    """Numbers in lines; those that find no room are counted at the end."""
    for shown in range(len(numbers), -1, -1):
        hidden = len(numbers) - shown
        words = numbers[:shown] + ([f"+{hidden}"] if hidden else [])
        lines = wrap(words, area.width)
        if len(lines) <= area.height and all(len(line) <= area.width for line in lines):
            for row, line in enumerate(lines):
                canvas.write(area.x, area.y + row, line, style, area.width)
            return


def _wide(canvas: Canvas, picture: Picture, body: Area) -> None:
    """A large screen: calls at the left, who is next and who missed the call at the right."""
    side = max(36, body.width * 34 // 100)
    left = Area(0, body.y, body.width - side - 1, body.height)
    right = Area(body.width - side, body.y, side, body.height)
    _called_heading(canvas, picture, left)
    rest = left.below(2)
    share = rest.height if not picture.others else max(9, rest.height * 60 // 100)
    used = _newest(canvas, picture, Area(rest.x, rest.y, rest.width, share), rest.width - 4, door=True)
    _older(canvas, picture, Area(rest.x, rest.y + used + 1, rest.width, rest.height - used - 1))
    next_rows = right.height * 60 // 100
    _prepared(canvas, picture, Area(right.x, right.y, right.width, next_rows))
    missed = right.below(next_rows)
    _heading(canvas, missed, pictures.MISSED, Style.HEADING_MISSED, picture.language)
    y = missed.y + 2
    if len(_both(pictures.MISSED, picture.language)[1]) + 36 > missed.width:
        canvas.write(
            missed.x + 1,
            missed.y + 1,
            _both(pictures.MISSED, picture.language)[1],
            Style.FAINT,
            missed.width - 1,
        )
        y += 1
    numbers = [call.sign for call in picture.missed]
    _numbers(
        canvas,
        Area(missed.x + 1, y, missed.width - 2, max(0, missed.y + missed.height - y)),
        numbers,
        Style.MISSED,
    )


def _prepared(canvas: Canvas, picture: Picture, area: Area) -> None:
    """Who is next: block letters while all fit, else one line each."""
    _heading(canvas, area, pictures.PREPARED, Style.HEADING_NEXT, picture.language)
    rest = area.below(2)
    calls = picture.prepared
    big = 5 * len(calls) <= rest.height and all(blocks.fit(call.sign, rest.width - 2, 4) for call in calls)
    if big:
        for index, call in enumerate(calls):
            y = rest.y + 5 * index
            canvas.block(rest.x + 1, y, call.sign, (1, 1), Style.NEXT)
            x = rest.x + 1 + blocks.size(call.sign, 1, 1)[0] + 2
            where = texts.tell(call.place, picture.language)
            for row, line in enumerate(wrap(where.split(), max(1, rest.x + rest.width - x), " ")[:3]):
                canvas.write(x, y + row, line, Style.PLAIN)
        return
    room = max(0, rest.height)
    fits = calls if len(calls) <= room else calls[: max(0, room - 1)]
    for index, call in enumerate(fits):
        taken = canvas.write(rest.x + 1, rest.y + index, f"{call.sign}  ", Style.NEXT)
        where = f"→ {texts.tell(call.place, picture.language)}"
        canvas.write(rest.x + 1 + taken, rest.y + index, where, Style.PLAIN, rest.width - taken - 1)
    if len(fits) < len(calls) and room:
        canvas.write(rest.x + 1, rest.y + room - 1, f"+{len(calls) - len(fits)}", Style.NEXT)
