"""Keys for numbers, as on a telephone."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from kiosk.journey.values import Act, Character
from kiosk.widgets.choice import Choice

_ROWS = ("123", "456", "789")


class Pad(Vertical):
    """Digits, erase and done. enter, erase: their words."""

    def __init__(self, enter: str, erase: str) -> None:
        super().__init__()
        self._enter = enter
        self._erase = erase

    def compose(self) -> ComposeResult:
        for row in _ROWS:
            yield Horizontal(*(Choice(digit, Character(digit), "key") for digit in row), classes="keys")
        yield Horizontal(
            Choice(self._erase, Act.ERASE, "quiet"),
            Choice("0", Character("0"), "key"),
            Choice(self._enter, Act.ENTER, "main"),
            classes="keys",
        )
