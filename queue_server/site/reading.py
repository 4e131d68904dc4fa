"""One table of a site file, read key by key: a wrong value is noted and replaced, so that reading goes on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from enum import StrEnum
from typing import TypeVar

from queue_server.engine.facility import Words
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes, instead

Code = TypeVar("Code", bound=StrEnum)

MIDNIGHT = 1440
"""Minutes of a day; as a closing time, `24:00`."""

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_ID_ADVICE = "write small letters without marks, digits, - and _, at most 40,"
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


class Table:
    """A table of the file. Whoever reads it names each key once; `close` notes the keys nobody asked for."""

    def __init__(self, notes: Notes, where: Key, raw: Mapping[str, object]) -> None:
        self.notes = notes
        self.where = where
        self._raw = raw
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._raw

    def items(self) -> Iterable[tuple[str, object]]:
        return self._raw.items()

    def at(self, key: str) -> Key:
        return (*self.where, key)

    def text(self, key: str, default: str | None = None, *, like: str, longest: int = 120) -> str:
        """A line of text. default None: it has to be there. like: an example, with its quotation marks."""
        value = self._take(key, default is None, like)
        if value is None:
            return default or ""
        return self._line(self.at(key), value, f"{key} = {like}", longest)

    def code(self, key: str, *, like: str) -> str:
        """An id that has to be there: it travels on the wire."""
        value = self.text(key, like=like, longest=40)
        if value and not _ID.fullmatch(value):
            self.notes.mistake(
                self.at(key), f'"{value}" cannot be an id', f"{_ID_ADVICE} as in {key} = {like}"
            )
        return value

    def words(self, key: str, default: Words | None = None, *, like: str) -> Words:
        """Text in both languages, as `{ vi = "…", en = "…" }`. default None: it has to be there."""
        value = self._take(key, default is None, like)
        if value is None:
            return default or Words("", "")
        if not isinstance(value, dict):
            self._wrong(self.at(key), value, "text in both languages", f"{key} = {like}")
            return default or Words("", "")
        inner = Table(self.notes, self.at(key), value)
        found = Words(inner.text("vi", like='"…"'), inner.text("en", like='"…"'))
        inner.close()
        return found

    def integer(
        self, key: str, lowest: int, highest: int, default: int | None = None, *, like: int | None = None
    ) -> int:
        """A whole number within bounds, both included. default None: it has to be there."""
        example = like or (lowest if default is None else default)
        value = self._take(key, default is None, str(example))
        if value is None:
            return example if default is None else default
        advice = f"write {key} = a whole number from {lowest} to {highest}"
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong(self.at(key), value, "a whole number", f"{key} = {example}")
        elif value < lowest:
            self.notes.mistake(self.at(key), f"{value} is too small", advice)
        elif value > highest:
            self.notes.mistake(self.at(key), f"{value} is too large", advice)
        else:
            return value
        return example

    def integers(self, key: str, lowest: int, highest: int, *, like: str) -> tuple[int, ...]:
        """A list of whole numbers within bounds, both included; none when the key is missing."""
        found = []
        for where, value in self._list(key, False, like):
            if not isinstance(value, int) or isinstance(value, bool):
                self._wrong(where, value, "a whole number", f"{key} = {like}")
            elif not lowest <= value <= highest:
                advice = f"write whole numbers from {lowest} to {highest}, as in {key} = {like}"
                self.notes.mistake(where, f"{value} is too {'small' if value < lowest else 'large'}", advice)
            else:
                found.append(value)
        return tuple(found)

    def truth(self, key: str, default: bool) -> bool:
        value = self._take(key, False, "")
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong(self.at(key), value, "yes or no", f"{key} = true or {key} = false")
            return default
        return value

    def choice(self, key: str, codes: type[Code], default: Code | None = None) -> Code:
        """One word of a closed list. default None: it has to be there."""
        first = next(iter(codes)) if default is None else default
        value = self._take(key, default is None, f'"{first}"')
        if value is None:
            return first
        return self._code(self.at(key), value, codes, f'{key} = "{first}"') or first

    def choices(self, key: str, codes: type[Code]) -> tuple[Code, ...]:
        """Several words of a closed list, none when the key is missing."""
        found = []
        for where, value in self._list(key, False, f'["{next(iter(codes))}"]'):
            code = self._code(where, value, codes, f'"{next(iter(codes))}"')
            if code in found:
                self.notes.mistake(where, f'"{code}" is there twice', "leave one of them out")
            elif code is not None:
                found.append(code)
        return tuple(found)

    def texts(self, key: str, *, like: str, required: bool = True) -> tuple[str, ...]:
        """A list of texts; with `required` it has to be there and to hold at least one."""
        values = self._list(key, required, like)
        if required and not values and isinstance(self._raw.get(key), list):
            self.notes.mistake(self.at(key), "the list is empty", f"write {key} = {like}")
        return tuple(self._line(where, value, like, 60) for where, value in values)

    def clock(self, key: str, default: int | None = None, *, like: str) -> int:
        """A time of day as minutes since midnight, `24:00` as its end. default None: it has to be there."""
        value = self._take(key, default is None, like)
        if value is None:
            return default or 0
        if isinstance(value, time):
            advice = f'write {key} = "{value:%H:%M}", in quotation marks'
            self.notes.mistake(self.at(key), "a time of day is written as text here", advice)
            return value.hour * 60 + value.minute
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        minutes = int(found[1]) * 60 + int(found[2]) if found else MIDNIGHT + 1
        if minutes > MIDNIGHT:
            shown = f'"{value}"' if isinstance(value, str) else "this"
            advice = f'write hours and minutes from "00:00" to "24:00", as in {key} = {like}'
            self.notes.mistake(self.at(key), f"{shown} is no time of day", advice)
            return default or 0
        return minutes

    def spans(self, key: str, *, like: str) -> list[tuple[int, int, Key]]:
        """A list of pairs of times, each with its place in the file; none when the key is missing."""
        found = []
        for where, pair in self._list(key, False, like):
            ends = pair if isinstance(pair, list) else []
            times = [_CLOCK.fullmatch(at) for at in ends if isinstance(at, str)]
            minutes = [int(at[1]) * 60 + int(at[2]) for at in times if at is not None]
            if len(minutes) == 2 == len(ends) and max(minutes) <= MIDNIGHT:
                found.append((minutes[0], minutes[1], where))
            else:
                advice = f'write two times from "00:00" to "24:00", as in {key} = {like}'
                self.notes.mistake(where, "this is not from when to when", advice)
        return found

    def table(self, key: str) -> "Table":
        """A table within; empty when it is missing."""
        value = self._take(key, False, "")
        if isinstance(value, dict):
            return Table(self.notes, self.at(key), value)
        if value is not None:
            self._wrong(self.at(key), value, "a table", f"[{'.'.join(map(str, self.at(key)))}]")
        return Table(self.notes, self.at(key), {})

    def named(self, key: str, *, like: str) -> "dict[str, Table]":
        """Tables by id, as `[services.vitals]`: the id first, then what belongs to it."""
        found = {}
        section = self.table(key)
        for name, value in section.items():
            where = section.at(name)
            if not _ID.fullmatch(name):
                self.notes.mistake(where, f'"{name}" cannot be an id', f"{_ID_ADVICE} as in {like}")
            if isinstance(value, dict):
                found[name] = Table(self.notes, where, value)
            else:
                self._wrong(where, value, "a table", f"[{key}.{name}] on a line of its own, as in {like}")
        return found

    def listed(self, key: str) -> "list[Table]":
        """Tables without ids, as `[[sessions]]`."""
        value = self._take(key, False, "")
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(self.at(key), value, "a list of tables", f"[[{key}]] with two brackets on each side")
            return []
        found = []
        for index, item in enumerate(value):
            where = (*self.at(key), index)
            if isinstance(item, dict):
                found.append(Table(self.notes, where, item))
            else:
                self._wrong(where, item, "a table", f"[[{key}]] on a line of its own")
        return found

    def forgive(self, key: str) -> None:
        """Whoever reads this table told of the key already."""
        self._asked.add(key)

    def close(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                advice = instead(key, self._asked - set(self._raw), "take the line out")
                self.notes.mistake(self.at(key), f'"{key}" is not known here', advice)

    def _take(self, key: str, required: bool, like: str) -> object:
        self._asked.add(key)
        if key in self._raw:
            return self._raw[key]
        if required:
            self.notes.mistake(self.at(key), "is missing", f"write {key} = {like}")
        return None

    def _list(self, key: str, required: bool, like: str) -> Sequence[tuple[Key, object]]:
        value = self._take(key, required, like)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(self.at(key), value, "a list", f"{key} = {like}")
            return []
        return [((*self.at(key), index), item) for index, item in enumerate(value)]

    def _line(self, where: Key, value: object, example: str, longest: int) -> str:
        if not isinstance(value, str):
            self._wrong(where, value, "text", example)
        elif not value.strip():
            self.notes.mistake(where, "the text is empty", f"write {example}")
        elif not value.isprintable():
            self.notes.mistake(where, "the text has a character that cannot be shown", "write it on one line")
        elif len(value) > longest:
            advice = f"write at most {longest} characters"
            self.notes.mistake(where, f"the text has {len(value)} characters", advice)
        else:
            return value.strip()
        return ""

    def _code(self, where: Key, value: object, codes: type[Code], example: str) -> Code | None:
        if not isinstance(value, str):
            self._wrong(where, value, "text", example)
        elif value not in {code.value for code in codes}:
            self.notes.mistake(where, f'"{value}" is not known here', instead(value, codes))
        else:
            return codes(value)
        return None

    def _wrong(self, where: Key, value: object, wanted: str, example: str) -> None:
        self.notes.mistake(where, f"{wanted} is wanted here, this is {_kind(value)}", f"write {example}")


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int():
            return "a number"
        case float():
            return "a number with a fraction"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or a time"
