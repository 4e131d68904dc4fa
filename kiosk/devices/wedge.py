"""Telling a scanner that types from a person who types.

A keyboard-wedge scanner sends its code as key presses, ending with Enter. Let through, they would land
in whatever has the focus, and the Enter would press a button. So keys are held for a moment: a burst
that ends with Enter is a scan and disappears as a whole; anything slower is given back as typing.

Pure: time is that of the key events, so a busy program judges no differently from an idle one. In a
Textual app the guard belongs into `App.on_event`, in front of the focus, for keys that are not
`is_forwarded` (forwarded ones have been there and come back from a widget), with a timer for `deadline`.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")

GAP = 0.1
"""Seconds between two keys beyond which a person is typing. Scanners take 2 to 15 ms per key."""

SHORTEST_SCAN = 4
"""Keys. Fewer before an Enter is somebody quick."""

LONGEST_SCAN = 4096

_ENDS = frozenset("\r\n\t")
# Control characters a code may carry: start and end of text, end of transmission, the separators.
_IN_CODES = frozenset("\x02\x03\x04\x1d\x1e\x1f")


@dataclass(frozen=True, slots=True)
class Typed(Generic[Key]):
    """Keys to be handled as if nothing had held them, in order."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """A whole code, without prefix and end mark."""

    text: str


class WedgeGuard(Generic[Key]):
    """Groups keys by the rule above. `Key` is whatever the caller wants back, for instance the event.

    With a `prefix` (best STX, set up in the scanner) the first keys tell for sure: a burst that begins
    with it is a scan however short, and a burst without it is typing.
    """

    def __init__(self, prefix: str = "", gap: float = GAP) -> None:
        self._prefix = prefix
        self._gap = gap
        self._held: list[Key] = []
        self._text = ""
        self._last = float("-inf")
        self._scan_ended = float("-inf")

    def press(self, key: Key, character: str | None, time: float) -> tuple[Typed[Key] | Scan, ...]:
        """Take a key pressed at `time` (seconds, any clock); `character` is `None` for arrows and such."""
        out = self.idle(time)
        self._last = time
        if character is not None and character in _ENDS:
            return out + self._ended(key, time)
        if character is None or len(character) != 1 or (character < " " and character not in _IN_CODES):
            return out + self._released(key)
        if self._prefix and not self._text and character != self._prefix[0]:
            return out + self._released(key)
        if character == "\x02":
            # Whatever came before the start of a text is no part of it.
            out += self._released()
        self._held.append(key)
        self._text += character
        return out if len(self._held) < LONGEST_SCAN else out + self._released()

    def idle(self, time: float) -> tuple[Typed[Key] | Scan, ...]:
        """Give held keys back once the gap has passed; call it at `deadline`."""
        return self._released() if time - self._last > self._gap else ()

    @property
    def deadline(self) -> float | None:
        """When held keys turn out to be typing; `None` while none are held."""
        return self._last + self._gap if self._held else None

    def _ended(self, key: Key, time: float) -> tuple[Typed[Key] | Scan, ...]:
        text = self._text
        is_scan = (
            text.startswith(self._prefix)
            if self._prefix
            else len(text) >= SHORTEST_SCAN or text[:1] == "\x02"
        )
        if text and is_scan:
            self._forget()
            self._scan_ended = time
            return (Scan(text.removeprefix(self._prefix).strip("\x02\x03\x04")),)
        if not text and time - self._scan_ended <= self._gap:
            # The second half of CR LF.
            return ()
        return self._released(key)

    def _released(self, *after: Key) -> tuple[Typed[Key] | Scan, ...]:
        keys = (*self._held, *after)
        self._forget()
        return (Typed(keys),) if keys else ()

    def _forget(self) -> None:
        self._held.clear()
        self._text = ""
