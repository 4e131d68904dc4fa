"""What is wrong in a site file, said so that an IT officer can put it right.

SiteMistakes: the file has mistakes; nothing was loaded.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from queue_server.site.lines import Key, Lines


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to change.

    line: from 1, 0 when it is about the file as a whole. where: as in `services.vitals.minutes`, empty for
    the file. advice: what to write instead. warning: the site works, but should not stay like this.
    """

    file: str
    line: int
    where: str
    problem: str
    advice: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f" {self.where}:" if self.where else ""
        return f"{place}:{' warning:' if self.warning else ''}{subject} {self.problem}; {self.advice}"


class SiteMistakes(Exception):
    """The site file has mistakes."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class Notes:
    """Collects the mistakes of one file, each with its line."""

    def __init__(self, file: Path, lines: Lines) -> None:
        self._file = str(file)
        self._lines = lines
        self._found: list[Mistake] = []
        self._wrong: set[Key] = set()
        self._unread: set[Key] = set()

    def mistake(self, where: Key, problem: str, advice: str) -> None:
        self._unread.add(where)
        self._wrong.update(where[:length] for length in range(len(where) + 1))
        self._note(where, problem, advice, warning=False)

    def warning(self, where: Key, problem: str, advice: str) -> None:
        self._note(where, problem, advice, warning=True)

    def unknown(self, where: Key, kind: str, value: str, known: Iterable[str]) -> None:
        """Note that `value` names no `kind` of this file."""
        if self.unread((f"{kind}s", value)):
            return
        advice = instead(value, known, f"add it under [{kind}s.{value}]")
        self.mistake(where, f'there is no {kind} "{value}"', advice)

    def wrong(self, where: Key) -> bool:
        """Whether a mistake was found there or within: then nothing may be concluded from what was read."""
        return where in self._wrong

    def unread(self, where: Key) -> bool:
        """Whether a mistake was found there or around: then it may well be in the file, only not readable."""
        return any(where[:length] in self._unread for length in range(1, len(where) + 1))

    def line(self, where: Key) -> int:
        return self._lines.of(where)

    def all(self) -> tuple[Mistake, ...]:
        return tuple(sorted(self._found, key=lambda mistake: (mistake.line, mistake.where)))

    def _note(self, where: Key, problem: str, advice: str, *, warning: bool) -> None:
        self._found.append(
            Mistake(self._file, self._lines.of(where), spelled(where), problem, advice, warning)
        )


def spelled(where: Key) -> str:
    """`("sessions", 2, "to")` as a person says it: `sessions[3].to`, counted from 1."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def instead(value: str, known: Iterable[str], otherwise: str = "") -> str:
    """What was probably meant: the nearest known word, else all of them when they are few."""
    choices = sorted(set(known))
    near = difflib.get_close_matches(value, choices, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    if choices and len(choices) <= 12:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        return f"write one of {listed}" + (f" or {otherwise}" if otherwise else "")
    return otherwise or "leave it out"
