"""A poster on an A3 sheet, as HTML or SVG, and as plain text for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from textwrap import wrap

from queue_server.engine.facility import Words
from queue_server.poster.rules import FIRST, TITLE, Poster

WIDTH, HEIGHT, MARGIN = 297.0, 420.0, 20.0
"""A3 upright, mm."""
_LETTER = 0.54
"""Mean width of a letter of a sans serif, in its height."""
_LEADING = 1.3
"""Stacked accents (Ấ, Ễ, Ộ) touch the line above below this."""
_ENGLISH = 0.58
"""English beside Vietnamese, by letter height."""
_SIZES = (11.0, 10.0, 9.0, 8.0, 7.2, 6.5, 5.8, 5.2, 4.6, 4.0, 3.6)
"""Letter heights to choose from, mm: the largest that fits, never below what is read from two metres."""
_FONT = "'Be Vietnam Pro','Noto Sans','Segoe UI',Roboto,Arial,sans-serif"
_INK, _GREY, _ACCENT = "#14213d", "#55617a", "#0b5cad"


def plain(sheets: Iterable[Poster]) -> str:
    """For a terminal, 78 columns."""
    return "\n\n".join("\n".join(_plain(sheet)) for sheet in sheets) + "\n"


def _plain(sheet: Poster) -> Iterator[str]:
    yield f"{TITLE.vi.upper()} / {TITLE.en}"
    yield f"{sheet.facility.vi} / {sheet.facility.en}"
    if sheet.services:
        yield from wrap("; ".join(name.vi for name in sheet.services), 78)
        yield from wrap("; ".join(name.en for name in sheet.services), 78)
    for heading, rules in _sections(sheet):
        yield ""
        if heading is not None:
            yield f"{heading.vi} / {heading.en}"
        for rule in rules:
            yield from wrap(rule.vi, 78, initial_indent="* ", subsequent_indent="  ")
            yield from wrap(rule.en, 78, initial_indent="  ", subsequent_indent="  ")


def _sections(sheet: Poster) -> Iterator[tuple[Words | None, Sequence[Words]]]:
    """Emergencies first, then each policy under its hours, then what always holds."""
    if len(sheet.turns) == 1:
        yield None, (FIRST, *sheet.turns[0].rules, *sheet.always)
        return
    yield None, (FIRST,)
    for turn in sheet.turns:
        shared = [rule for rule in turn.rules if all(rule in other.rules for other in sheet.turns)]
        yield turn.heading, [rule for rule in turn.rules if rule not in shared]
    common = [rule for rule in sheet.turns[0].rules if all(rule in other.rules for other in sheet.turns)]
    yield Words("Luôn luôn", "Always"), (*common, *sheet.always)


def html(sheets: Iterable[Poster]) -> str:
    """One A3 page for each sheet, whole in itself: nothing is fetched."""
    pages = "".join(_page(sheet) for sheet in sheets)
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        f"<title>{escape(TITLE.vi)} – {escape(TITLE.en)}</title><style>{_STYLE}</style></head>"
        f"<body>{pages}</body></html>\n"
    )


_STYLE = f"""
@page {{ size: 297mm 420mm; margin: 0 }}
* {{ box-sizing: border-box; margin: 0; padding: 0 }}
body {{ background: #ccd; font-family: {_FONT}; color: {_INK}; line-height: {_LEADING} }}
main {{ width: 297mm; height: 420mm; padding: 20mm; background: #fff; margin: 0 auto 8mm; overflow: hidden;
  break-after: page }}
h1 {{ font-size: 20mm; line-height: 1.2; color: {_ACCENT} }}
h1 small, p small, h2 small, li small {{ display: block; color: {_GREY}; font-weight: 400; font-size: .58em }}
h1 small {{ font-size: .45em }}
h2 {{ font-size: 1.1em; color: {_ACCENT}; margin-top: .5em }}
p {{ font-size: 6mm; margin-top: 2mm }}
ul {{ list-style: none; border-top: .6mm solid {_ACCENT}; margin-top: .35em }}
li {{ padding: .28em 0; border-bottom: .25mm solid #c9d3e3; font-weight: 600 }}
@media print {{ body {{ background: none }} main {{ margin: 0 }} }}
"""


def _page(sheet: Poster) -> str:
    body = []
    for heading, rules in _sections(sheet):
        if heading is not None:
            body.append(f"<h2>{_both(heading)}</h2>")
        body.append("<ul>" + "".join(f"<li>{_both(rule)}</li>" for rule in rules) + "</ul>")
    names = f"<p>{_both(_names(sheet))}</p>" if sheet.services else ""
    return (
        f"<main><h1>{_both(TITLE)}</h1><p>{_both(sheet.facility)}</p>{names}"
        f'<div style="font-size:{_size(sheet):g}mm">{"".join(body)}</div></main>'
    )


def _names(sheet: Poster) -> Words:
    return Words(
        " · ".join(name.vi for name in sheet.services), " · ".join(name.en for name in sheet.services)
    )


def _both(words: Words) -> str:
    return f'{escape(words.vi)}<small lang="en">{escape(words.en)}</small>'


def svg(sheet: Poster) -> str:
    """The same sheet as one picture; its texts stay texts."""
    lines, _ = _laid(sheet, _size(sheet))
    body = "".join(
        f'<text x="{MARGIN:g}" y="{y:.1f}" font-size="{size:.2f}" fill="{fill}" font-weight="{weight}">'
        f"{escape(text)}</text>"
        for y, size, fill, weight, text in lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}mm" height="{HEIGHT:g}mm"'
        f' viewBox="0 0 {WIDTH:g} {HEIGHT:g}" font-family="{_FONT}"><rect width="100%" height="100%"'
        f' fill="#fff"/>{body}</svg>\n'
    )


_Line = tuple[float, float, str, int, str]
"""Baseline and letter height (mm), colour, weight, text."""


def _size(sheet: Poster) -> float:
    """The largest letters with which everything fits on the sheet."""
    return next((size for size in _SIZES if _laid(sheet, size)[1] <= HEIGHT - MARGIN), _SIZES[-1])


def _laid(sheet: Poster, size: float) -> tuple[list[_Line], float]:
    """The lines of a sheet at a letter height, and where the last one ends (mm)."""
    lines: list[_Line] = []
    y = MARGIN

    def put(words: Words, height: float, fill: str, weight: int, english: float = _ENGLISH) -> None:
        nonlocal y
        for text, tall, colour, heavy in (
            (words.vi, height, fill, weight),
            (words.en, height * english, _GREY, 400),
        ):
            for line in wrap(text, int((WIDTH - 2 * MARGIN) / (tall * _LETTER))):
                y += tall * _LEADING
                lines.append((y - 0.3 * tall, tall, colour, heavy, line))

    put(TITLE, 20, _ACCENT, 700, 0.45)
    y += 2
    put(sheet.facility, 6, _INK, 400)
    if sheet.services:
        put(_names(sheet), 6, _INK, 400)
    for heading, rules in _sections(sheet):
        y += size * 0.5
        if heading is not None:
            put(heading, size * 1.1, _ACCENT, 700)
        for rule in rules:
            y += size * 0.56
            put(rule, size, _INK, 600)
    return lines, y
