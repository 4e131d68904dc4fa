"""The desk's screen: parts to write into, and keys told apart from scans."""

import time
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.events import Key
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from display.console.burst import ENTER, GAP, Burst, Pressed, Scanned, Sought

PARTS = ("emergency", "header", "alerts", "hand", "people", "status", "keys")
_LETTERS = {"enter": ENTER, "space": " "}


class DeskScreen(Screen[None]):
    """The one screen of the console, from the header down to the keys."""

    DEFAULT_CSS = """
    DeskScreen { background: #0b1626; color: #e6edf6; }
    #header { height: 1; background: #16263f; }
    #emergency { height: auto; background: #b3261e; }
    #alerts { height: auto; }
    #hand { height: 6; padding: 1 0 0 0; }
    #people { height: 1fr; }
    #status { height: auto; max-height: 3; background: #16263f; }
    #keys { height: auto; background: #0f1c30; }
    """

    @dataclass
    class Typed(Message):
        """A finger pressed a letter, quick fingers several, or a scanner typed a code."""

        what: Pressed | Scanned | Sought

    @dataclass
    class Ahead(Message):
        """A letter typed after the one that opens the search, before its window is there."""

        character: str

    @dataclass
    class NamedKey(Message):
        """A key without a letter was pressed."""

        key: str

    @dataclass
    class Shown(Message):
        """The screen has a size, or a new one, or came back from under a window."""

        uncovered: bool

    def __init__(self) -> None:
        super().__init__()
        self._burst = Burst()
        self._covered = self._seeking = False

    def compose(self) -> ComposeResult:
        for part in PARTS:
            yield Static(id=part)

    def on_resize(self) -> None:
        self.post_message(self.Shown(uncovered=False))

    def on_screen_suspend(self) -> None:
        self._covered = True

    def on_screen_resume(self) -> None:
        self.post_message(self.Shown(uncovered=self._covered))
        self._covered = self._seeking = False

    def on_key(self, event: Key) -> None:
        letter = _LETTERS.get(event.key) or (event.character if event.is_printable else None)
        if letter is None:
            self.post_message(self.NamedKey(event.key))
            return
        if self._seeking:
            self.post_message(self.Ahead(letter))
            return
        self._take(self._burst.key(letter, event.time))
        self.set_timer(GAP * 1.2, self._settle)

    def _settle(self) -> None:
        self._take(self._burst.settle(time.monotonic()))

    def _take(self, found: Pressed | Scanned | Sought | None) -> None:
        match found:
            case Sought(entered=False):
                self._seeking = True
            case Pressed(character) if character.isdigit():
                self._seeking = True
            case _:
                self._seeking = False
        if found is not None:
            self.post_message(self.Typed(found))
