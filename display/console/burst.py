"""Tells a scanner from a finger: a keyboard scanner types a whole code in a few hundredths of a second. Pure.

Also swallows a key that repeats because it is held down, so that a heavy hand calls one patient, not ten.
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
    """One key, pressed by a finger."""

    character: str


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
            return Pressed(letters[0])
        text = "".join(letters).strip(f"{ENTER} ")
        if len(text) < LEAST and text.isalnum() and text[0].isdigit() and (len(set(letters)) > 1):
            return Sought(text, letters[-1] == ENTER)
        return Scanned(text) if len(text) >= LEAST and len(set(text)) > 1 else None
