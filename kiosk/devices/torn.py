"""Putting a scan together again that a busy machine tore in two.

The wedge guard tells a scanner from a person by the gaps between keys. When the machine stops for a
moment in the middle of a burst, the first half comes out of the guard as typing; nobody types four keys
in one breath, so such a half is kept for a moment until the rest is there. Pure, like the guard.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from kiosk.devices.wedge import Scan, Typed

Key = TypeVar("Key")

BURST = 4
"""Keys in one breath that no person types."""
PATIENCE = 1.0
"""Seconds to wait for the rest."""

_ENDS = frozenset("\r\n")


@dataclass(frozen=True, slots=True)
class Burst(Generic[Key]):
    """The first half of a scan whose rest never came. It must not press the buttons its digits name."""

    text: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A scan. `before`: the half that came right before it, empty as a rule; what belongs together is told by
    what can be read."""

    text: str
    before: str = ""


class Mender(Generic[Key]):
    """Takes what the guard gives. `character` tells a key's character, `None` for arrows and such."""

    def __init__(self, character: Callable[[Key], str | None]) -> None:
        self._character = character
        self._half = ""
        self._since = float("-inf")

    def mend(self, groups: Iterable[Typed[Key] | Scan], time: float) -> list[Typed[Key] | Whole | Burst[Key]]:
        """Pass groups on, at `time` in seconds; halves are kept back."""
        out: list[Typed[Key] | Whole | Burst[Key]] = [*self.idle(time)]
        for group in groups:
            if isinstance(group, Scan):
                out.append(Whole(group.text, self._half))
                self._half = ""
                continue
            text, is_ended = self._text(group.keys)
            if text is None or not (self._half or (len(text) >= BURST and not is_ended)):
                out += self._given_up()
                out.append(group)
            elif is_ended:
                out.append(Whole(self._half + text))
                self._half = ""
            else:
                self._half, self._since = self._half + text, time
        return out

    def idle(self, time: float) -> list[Burst[Key]]:
        """Give up waiting for the rest once it took too long; call it at `deadline`."""
        return self._given_up() if time - self._since > PATIENCE else []

    @property
    def deadline(self) -> float | None:
        """When a half will be given up; `None` while none is kept."""
        return self._since + PATIENCE if self._half else None

    def _given_up(self) -> list[Burst[Key]]:
        half, self._half = self._half, ""
        return [Burst(half)] if half else []

    def _text(self, keys: tuple[Key, ...]) -> tuple[str | None, bool]:
        """What the keys write, and whether Enter ends it; `None` when other keys are among them."""
        characters = [self._character(key) for key in keys]
        is_ended = bool(characters) and characters[-1] in _ENDS
        written = characters[:-1] if is_ended else characters
        if not all(character is not None and character.isprintable() for character in written):
            return None, is_ended
        return "".join(character or "" for character in written), is_ended
