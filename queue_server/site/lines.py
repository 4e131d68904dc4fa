"""On which line each key of a TOML text stands: `tomllib` tells the values but not their lines."""

import bisect
import contextlib
import re
import tomllib
from dataclasses import dataclass, field

Key = tuple[str | int, ...]
"""Where a value stands: keys, and for arrays the index counted from 0."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'", re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}#\n]+")


@dataclass(frozen=True, slots=True)
class Twice:
    """A table or key that was written a second time."""

    key: Key
    line: int
    first: int


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text's keys, counted from 1."""

    at: dict[Key, int] = field(default_factory=dict)
    twice: tuple[Twice, ...] = ()

    def of(self, key: Key) -> int:
        """The line of `key`, or of the nearest thing around it; 0 when not even that is in the text."""
        for length in range(len(key), -1, -1):
            if key[:length] in self.at:
                return self.at[key[:length]]
        return 0


def find(text: str) -> Lines:
    """The lines of all keys of `text`. In a text that isn't TOML: of those before it breaks."""
    scanner = _Scanner(text)
    with contextlib.suppress(_Lost):
        scanner.document()
    return Lines(scanner.at, tuple(scanner.twice))


class _Lost(Exception):
    """The text is no TOML from here on; `tomllib` says why."""


class _Scanner:
    """Walks the text once. Checks nothing that `tomllib` checks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.here = 0
        self.at: dict[Key, int] = {}
        self.twice: list[Twice] = []
        self._line_ends = [found.start() for found in re.finditer("\n", text)]
        self._items: dict[Key, int] = {}
        self._written: dict[Key, int] = {}

    def document(self) -> None:
        table: Key = ()
        while self._gap() < len(self.text):
            line = self._line()
            if self._take("[["):
                table = self._next_item(self._key(), line)
                self._must_take("]]")
            elif self._take("["):
                table = self._mark(self._newest(self._key()), line)
                # What follows a repeated heading repeats nothing: only the heading is to be renamed.
                table = table if self._write(table, line) else ("", line, *table)
                self._must_take("]")
            else:
                self._pair(table)

    def _pair(self, table: Key) -> None:
        line = self._line()
        key = table + self._key()
        self._mark(key, line, len(table))
        self._write(key, line)
        self._must_take("=")
        self._value(key)

    def _value(self, key: Key) -> None:
        self._blank()
        if self._take("["):
            index = 0
            while self._gap() < len(self.text) and not self._take("]"):
                self._mark((*key, index), self._line(), len(key))
                self._value((*key, index))
                self._gap()
                self._take(",")
                index += 1
        elif self._take("{"):
            while self._gap() < len(self.text) and not self._take("}"):
                self._pair(key)
                self._gap()
                self._take(",")
        else:
            self._match(_STRING if self.text[self.here : self.here + 1] in {'"', "'"} else _PLAIN)

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._blank()
            if self.text[self.here : self.here + 1] in {'"', "'"}:
                parts.append(_unquoted(self._match(_STRING)))
            else:
                parts.append(self._match(_BARE_KEY))
            self._blank()
            if not self._take("."):
                return tuple(parts)

    def _next_item(self, keys: tuple[str, ...], line: int) -> Key:
        array = self._newest(keys[:-1]) + keys[-1:]
        self._mark(array, line)
        index = self._items.get(array, -1) + 1
        self._items[array] = index
        return self._mark((*array, index), line)

    def _newest(self, keys: tuple[str, ...]) -> Key:
        """The table that a header means: within an array of tables always its newest item."""
        key: Key = ()
        for part in keys:
            key = (*key, part)
            if key in self._items:
                key = (*key, self._items[key])
        return key

    def _mark(self, key: Key, line: int, known: int = 0) -> Key:
        for length in range(known + 1, len(key) + 1):
            self.at.setdefault(key[:length], line)
        # A table may be named by its children first; its own header is where a reader looks.
        if key not in self._written:
            self.at[key] = line
        return key

    def _write(self, key: Key, line: int) -> bool:
        """Whether the key is new."""
        first = self._written.get(key)
        if first is not None:
            self.twice.append(Twice(key, line, first))
            return False
        self._written[key] = line
        return True

    def _line(self) -> int:
        return bisect.bisect_left(self._line_ends, self.here) + 1

    def _blank(self) -> None:
        self._match(_BLANK)

    def _gap(self) -> int:
        self._match(_GAP)
        return self.here

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.here)
        if found is None:
            raise _Lost
        self.here = found.end()
        return found[0]

    def _take(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.here):
            return False
        self.here += len(mark)
        return True

    def _must_take(self, mark: str) -> None:
        if not self._take(mark):
            raise _Lost


def _unquoted(key: str) -> str:
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except tomllib.TOMLDecodeError as error:
        raise _Lost from error
