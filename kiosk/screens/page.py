"""The shape of what a patient sees: one decision, its words and its buttons. No Textual in here."""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.duty.values import Happening as OnDuty
from kiosk.journey.values import Happening

Means = Happening | OnDuty
"""What a press may mean: for the patient's way, or for what lies over it."""
MARK = 2
"""Cells of the mark before a stop, by which all but its first line stands in."""


class Voice(StrEnum):
    """How loud words are; also the name of their style."""

    PLAIN = "plain"
    QUIET = "quiet"
    FACT = "fact"
    NOTICE = "notice"
    BAND = "band"
    ALARM = "alarm"


class Tone(StrEnum):
    """What kind of button this is; also the name of its style."""

    MAIN = "main"
    PLAIN = "plain"
    QUIET = "quiet"
    OFF = "off"
    ON = "on"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Line:
    """Words of one thought, wrapped where the screen ends."""

    text: str = field(repr=False)
    voice: Voice = Voice.PLAIN


@dataclass(frozen=True, slots=True)
class Option:
    """A button: what it says and what it means. `key` presses it too. initial: letters that stand for it.
    share: of its row's width."""

    label: str
    means: Means
    tone: Tone = Tone.PLAIN
    key: str = ""
    initial: str = ""
    share: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """One screen. name: which, for reports and tests.

    stops: set below the lines as a list, each with a mark before it or standing in as far as the others.
    rows: buttons side by side, from top to bottom. facts: what each is called, and what it is.
    number: drawn in block letters, `after` what follows from it. typed: what was typed so far, `None` where
    nothing can be; with `pad` there are digits to tap, with `letters` rows of small keys, above which a title
    may have no room (`titled`). grouped: what was typed is shown in threes. picture: shows a card at the
    scanner where there is room. back: whether there is a way back.
    """

    name: str
    title: str
    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Option, ...], ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    stops: tuple[Line, ...] = ()
    number: str = ""
    after: tuple[Line, ...] = ()
    typed: str | None = field(default=None, repr=False)
    pad: bool = False
    letters: tuple[tuple[Option, ...], ...] = ()
    titled: bool = True
    grouped: bool = True
    enter: str = ""
    erase: str = ""
    picture: bool = False
    back: bool = True

    @property
    def options(self) -> tuple[Option, ...]:
        """All buttons in reading order."""
        return tuple(option for row in self.rows for option in row)

    def option(self, key: str) -> Option | None:
        """The button that this key presses."""
        return next((option for option in self.options if option.key == key), None)
