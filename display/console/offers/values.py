"""What an offer is: a key, its words, what has to be asked first, and the command of the answers. Pure."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from display.console.words import ACTIONS, KEYS, Action
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. marked: chosen from the start, where several may be."""

    value: str
    label: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """Choose one of these."""

    title: str
    options: tuple[Option, ...]


def matching(options: Sequence[Option], typed: str) -> tuple[Option, ...]:
    """The options that have every typed word in them, with or without the accents."""
    wanted = _plain(typed).split()
    return tuple(option for option in options if all(word in _plain(option.label) for word in wanted))


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class PickMany:
    """Choose any of these. none: choosing nothing is an answer too."""

    title: str
    options: tuple[Option, ...]
    none: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """Type a line. none: an empty one is an answer too."""

    title: str
    none: bool = False


@dataclass(frozen=True, slots=True)
class Sure:
    """Confirm, or leave it."""

    title: str


Question = Pick | PickMany | Write | Sure
Answers = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Mistake:
    """The answers make no command; why, and what to do. question: the place of the one to be asked again."""

    label: Label
    question: int = -1


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be done now.

    about: the call sign it concerns, empty for the place itself. make: None for what only the screen does.
    finishes: the call sign whose turn ends on the way, empty for nobody's.
    """

    action: Action
    about: str = ""
    questions: tuple[Question, ...] = ()
    make: Callable[[Answers], Command | Mistake] | None = None
    label: Label | None = None
    finishes: str = ""

    @property
    def key(self) -> str:
        return KEYS[self.action]

    @property
    def words(self) -> Label:
        return self.label or ACTIONS[self.action]
