"""The template of a ticket: a small TOML file, read with everything that can be wrong with it.

LayoutMistakes is raised with all mistakes at once, each with its line and what to write instead.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from kiosk.slip import Align, Size
from queue_server.protocol.codes import Language

PATIENT = "patient"
"""The language the patient chose; English for one who chose Vietnamese."""

WIDEST_LOGO = 560
LONGEST_TEXT = 400


class Kind(StrEnum):
    """What a block tells."""

    LOGO = "logo"
    FACILITY = "facility"
    TITLE = "title"
    REPRINT = "reprint"
    NUMBER = "number"
    PRIORITY = "priority"
    APPOINTMENT = "appointment"
    LATER = "later"
    PLACE = "place"
    STOPS = "stops"
    AHEAD = "ahead"
    TIMES = "times"
    PRINTED = "printed"
    CODE = "code"
    ORDER = "order"
    URGENT = "urgent"
    TEXT = "text"
    RULE = "rule"


REQUIRED: Mapping[Kind, str] = {
    Kind.NUMBER: "the number is what is called",
    Kind.PLACE: "the patient has to know where to go, and the desk when there is no server",
    Kind.PRIORITY: "staff would take a claim for a right, or miss a right",
    Kind.REPRINT: "two papers with one number have to be told apart",
    Kind.LATER: "the patient would wait for a session that is full",
    Kind.STOPS: "the patient would miss a stop",
    Kind.CODE: "without it nobody can find the visit or print again",
}
"""What no ticket can be without, and why."""

_ONCE = frozenset(Kind) - {Kind.LOGO, Kind.TEXT, Kind.RULE}
_WORDLESS = frozenset({Kind.LOGO, Kind.RULE})
# A band is as loud as it can be, and a number fills the paper.
_SIZED = frozenset(Kind) - _WORDLESS - {Kind.NUMBER, Kind.PRIORITY, Kind.REPRINT, Kind.LATER}
_SIZED -= {Kind.AHEAD, Kind.PRINTED}
_ALIGNED = frozenset(Kind) - {Kind.RULE, Kind.PRIORITY, Kind.REPRINT, Kind.LATER, Kind.AHEAD, Kind.PRINTED}
_SIZES = {size.name.lower(): size for size in Size if size is not Size.NUMBER}
_DEFAULT = (Language.VI.value, PATIENT)

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a template. size, small: of the first language and of the others, None as is usual for it.
    words: of a text, by language. file, width: of a logo; width in dots of paper 576 dots wide."""

    kind: Kind
    languages: tuple[str, ...] = _DEFAULT
    size: Size | None = None
    small: Size | None = None
    align: Align | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    file: Path = Path()
    width: int = 200


@dataclass(frozen=True, slots=True)
class Template:
    """A ticket's blocks from top to bottom."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """line: counted from 1."""

    line: int
    problem: str
    advice: str


class LayoutMistakes(ValueError):
    """The template cannot be used."""

    def __init__(self, mistakes: tuple[Mistake, ...], file: str = "") -> None:
        self.mistakes, self.file = mistakes, file
        super().__init__(
            "\n".join(f"{file}:{found.line}: {found.problem}: {found.advice}" for found in mistakes)
        )


def load(file: Path) -> Template:
    """The template in this file. Raises LayoutMistakes, OSError."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong = Mistake(line, "this is no UTF-8 text", "save the file as UTF-8")
        raise LayoutMistakes((wrong,), str(file)) from error
    return _read(text, file)


def _read(text: str, file: Path) -> Template:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        wrong = Mistake(
            line, f"this is no TOML ({error})", "compare with the template that `--layout` began as"
        )
        raise LayoutMistakes((wrong,), str(file)) from error
    reading = _Reading(text, file)
    template = reading.template(found)
    if reading.mistakes:
        raise LayoutMistakes(tuple(sorted(reading.mistakes)), str(file))
    return template


class _Reading:
    """One file being read; what is wrong is noted and read as something harmless."""

    def __init__(self, text: str, file: Path) -> None:
        self.mistakes: list[Mistake] = []
        self._file = file
        self._lines = text.splitlines()
        self._heads = [
            n for n, line in enumerate(self._lines, 1) if re.match(r"\s*\[\[\s*block\s*\]\]", line)
        ]
        self._usual: tuple[str, ...] = _DEFAULT

    def template(self, found: dict[str, object]) -> Template:
        blocks = found.pop("block", [])
        if "languages" in found:
            self._usual = self._languages(-1, found.pop("languages"))
        for key in found:
            self._note(-1, key, f"`{key}` is not known here", _nearest(key, ("languages", "block")))
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            self._note(
                -1, "block", "blocks are no list", 'write each as [[block]] with kind = "number" below it'
            )
            return Template(())
        parts = tuple(part for n, block in enumerate(blocks) for part in self._part(n, block))
        self._check_whole(parts)
        return Template(parts)

    def _check_whole(self, parts: tuple[Part, ...]) -> None:
        kinds = [part.kind for part in parts]
        for kind, why in REQUIRED.items():
            if kind not in kinds and not self.mistakes:
                end = max(1, len(self._lines))
                advice = f'add [[block]] with kind = "{kind}"'
                self.mistakes.append(Mistake(end, f"`{kind}` cannot be left out: {why}", advice))

    def _part(self, n: int, block: dict[str, object]) -> Iterator[Part]:
        kind = self._choice(n, block.pop("kind", None), "kind", {kind.value: kind for kind in Kind})
        if kind is None:
            return
        if kind in _ONCE and any(
            re.match(rf'\s*kind\s*=\s*"{kind}"', line) for line in self._lines[: self._head(n)]
        ):
            self._note(n, "kind", f"`{kind}` is there already", "leave one of them out")
        sizes = [
            self._choice(n, block.pop(key), key, _SIZES) if kind in _SIZED and key in block else None
            for key in ("size", "small")
        ]
        align = None
        if kind in _ALIGNED and "align" in block:
            align = self._choice(n, block.pop("align"), "align", {align.value: align for align in Align})
        languages = self._usual
        if kind not in _WORDLESS and "languages" in block:
            languages = self._languages(n, block.pop("languages"))
        part = Part(kind, languages, sizes[0], sizes[1], align)
        if kind is Kind.LOGO:
            part = self._logo(n, block, part)
        elif kind is Kind.TEXT:
            part = self._text(n, block, part)
        for key in block:
            self._note(n, key, f"a block `{kind}` has no `{key}`", _nearest(key, _keys(kind)))
        yield part

    def _logo(self, n: int, block: dict[str, object], part: Part) -> Part:
        name, width = block.pop("file", None), block.pop("width", 200)
        file = self._file.parent / name if isinstance(name, str) else None
        if file is None:
            self._note(n, "file", "a logo is a picture", 'write file = "logo.png"')
        elif not file.is_file():
            self._note(n, "file", f"there is no file {file}", "write its name as seen from this file")
        elif not file.read_bytes().startswith(b"\x89PNG"):
            self._note(n, "file", f"{name} is no PNG", "save the logo as a PNG, black on white")
        if not isinstance(width, int) or not 16 <= width <= WIDEST_LOGO:
            self._note(
                n, "width", "this is no width", f"write width = a whole number from 16 to {WIDEST_LOGO}"
            )
            width = 200
        return Part(part.kind, part.languages, align=part.align, file=file or Path(), width=width)

    def _text(self, n: int, block: dict[str, object], part: Part) -> Part:
        words: dict[str, str] = {}
        for language in [key for key in block if key in set(Language)]:
            said = block.pop(language)
            if not isinstance(said, str) or not said.strip() or len(said) > LONGEST_TEXT:
                advice = f'write {language} = "…", at most {LONGEST_TEXT} letters'
                self._note(n, language, "this is no text for a ticket", advice)
            else:
                words[language] = " ".join(said.split())
        if Language.VI not in words:
            self._note(n, Language.VI, "a text needs Vietnamese words", 'write vi = "…"')
        return Part(part.kind, part.languages, part.size, part.small, part.align, words)

    def _languages(self, n: int, value: object) -> tuple[str, ...]:
        known = (*(language.value for language in Language), PATIENT)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            self._note(n, "languages", "this is no list of languages", 'write languages = ["vi", "patient"]')
            return _DEFAULT
        for one in value:
            if one not in known:
                self._note(n, "languages", f'"{one}" is not known here', _nearest(one, known))
        if Language.VI not in value:
            self._note(n, "languages", "staff read Vietnamese", 'write languages = ["vi", "patient"]')
        return tuple(dict.fromkeys(value))

    def _choice(self, n: int, value: object, key: str, known: Mapping[str, Choice]) -> Choice | None:
        if isinstance(value, str) and value in known:
            return known[value]
        problem = f"`{key}` is missing" if value is None else f"{key} = {value!r} is not known here"
        self._note(n, key, problem, _nearest(str(value), known))
        return None

    def _head(self, n: int) -> int:
        """The line of the head of a block; the last one where blocks are written another way."""
        return self._heads[n] if n < len(self._heads) else max(1, len(self._lines))

    def _note(self, n: int, key: str, problem: str, advice: str) -> None:
        """n: which block, -1 above them all."""
        start = 1 if n < 0 else self._head(n)
        line = next(
            (
                number
                for number, said in enumerate(self._lines[start - 1 :], start)
                if re.match(rf"\s*{re.escape(key)}\s*=", said)
                and not any(start < head <= number for head in self._heads)
            ),
            start,
        )
        self.mistakes.append(Mistake(line, problem, advice))


def _keys(kind: Kind) -> tuple[str, ...]:
    own = {Kind.LOGO: ("file", "width"), Kind.TEXT: tuple(language.value for language in Language)}
    return (
        "kind",
        *(("size", "small") if kind in _SIZED else ()),
        *(("align",) if kind in _ALIGNED else ()),
        *(("languages",) if kind not in _WORDLESS else ()),
        *own.get(kind, ()),
    )


def _nearest(wrong: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    near = get_close_matches(wrong, list(known), 1)
    return f"write {near[0]}" if near else f"write one of {', '.join(known)}"


def standard_text() -> str:
    """The file of the standard layout, with all that can be said in one."""
    return (files("kiosk.layout") / "default.toml").read_text(encoding="utf-8")


STANDARD = _read(standard_text(), Path("default.toml"))
"""The ticket of a hospital that says nothing else."""
