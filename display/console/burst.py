"""Tells a scanner from a finger: a keyboard scanner types a whole code in a few hundredths of a second. Pure.

Also tells a second press from a heavy hand: a key that is held down or drummed on calls one patient, not ten.
"""

from dataclasses import dataclass, field

GAP = 0.045
"""Seconds: letters closer together than this are not typed by a finger."""
LEAST = 6
"""Letters of the shortest code worth reading."""
ENTER = "\r"
SEEK = "/"
"""Opens the search; no code of ours begins with it."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """One key, pressed by a finger. at: when, in seconds of the clock that the letters came by."""

    character: str
    at: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A code, without the line end."""

    text: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Somebody is looked for: `/` was pressed, or quick fingers typed a short number. entered: with Enter."""

    text: str
    entered: bool


@dataclass(slots=True)
class Burst:
    """Letters that came so far. Times in seconds of any steady clock."""

    _letters: list[str] = field(default_factory=list)
    _last: float = 0.0

    def key(self, character: str, at: float) -> Pressed | Scanned | Sought | None:
        """One more letter; what the letters before it were, if it does not belong to them."""
        if character == SEEK and not self._letters:
            return Sought("", entered=False)
        before = self.settle(at) if self._letters and at - self._last > GAP else None
        self._letters.append(character)
        self._last = at
        return before

    def settle(self, at: float) -> Pressed | Scanned | Sought | None:
        """What the letters are, once nothing followed for a gap; None while it may go on, or for noise."""
        if not self._letters or at - self._last < GAP:
            return None
        letters, self._letters = self._letters, []
        if len(letters) == 1:
            return Pressed(letters[0], self._last)
        text = "".join(letters).strip(f"{ENTER} ")
        if len(text) < LEAST and text.isalnum() and text[0].isdigit() and (len(set(letters)) > 1):
            return Sought(text, letters[-1] == ENTER)
        return Scanned(text) if len(text) >= LEAST and len(set(text)) > 1 else None


REST_AFTER_FINISHING = 0.7
"""Seconds between two presses that finish a patient each. A held key begins to repeat after 0.25 to 0.66."""
REST_AFTER_CALLING = 0.3
"""The same while a place is still free, where the next press finishes nobody."""


@dataclass(slots=True)
class Rest:
    """When the space bar counts again. Every press puts that off, one that did not count too, so that a key
    that is held down or drummed on counts once."""

    _last: float = float("-inf")

    def press(self, at: float, *, finishes: bool) -> bool:
        """Whether this press counts. finishes: whether it would end somebody's turn."""
        counts = at >= self.until(finishes=finishes)
        self.put_off(at)
        return counts

    def put_off(self, at: float) -> None:
        """Something else happened that a press right behind it was meant for."""
        self._last = max(self._last, at)

    def until(self, *, finishes: bool) -> float:
        """From when on a press counts."""
        return self._last + (REST_AFTER_FINISHING if finishes else REST_AFTER_CALLING)
