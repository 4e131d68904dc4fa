"""The one Textual screen: header, page, footer. It shows what it is given and passes on what is pressed."""

import asyncio
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from kiosk.journey.values import Act, Speak
from kiosk.screens.page import Option, Page
from kiosk.screens.pages import Size
from kiosk.texts import SENTENCES
from kiosk.widgets.blocks import BlockNumber
from kiosk.widgets.choice import Choice
from kiosk.widgets.pad import Pad
from queue_server.protocol.codes import Language

CARD = """\
█▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀█
█  ▄▄▄▄  ▀▀▀▀▀▀▀▀▀▀  █
█  ████  ▀▀▀▀▀▀      █
█ ▄████▄       █▀▄▀█ █
█ ██████ ▀▀▀▀  ▄█▀▄▀ █
█              █▄▀▄█ █
▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
               ▀█▀
           ▄▄▄▄▄▄▄▄▄▄▄
           ███████████"""
"""A card whose code is held to the scanner."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the kiosk is, small, for the one who looks after it. clock: the server's, or empty."""

    facility: str
    clock: str
    link: str
    is_up: bool
    kiosk: str
    version: str


@dataclass(frozen=True, slots=True)
class View:
    """All that is on the screen."""

    page: Page
    status: Status
    language: Language
    languages: tuple[Language, ...] = (Language.VI, Language.EN)


class KioskScreen(Screen[None]):
    """Draws views. Only what differs from the view before is drawn again."""

    AUTO_FOCUS = None

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self.is_ready = asyncio.Event()
        self._drawn_for = Size(0, 0)

    def compose(self) -> ComposeResult:
        yield Horizontal(Static(id="facility"), Static(id="clock"), id="header")
        yield Vertical(id="body")
        yield Horizontal(id="footer")

    def on_mount(self) -> None:
        self.is_ready.set()

    async def show(self, view: View) -> None:
        """Bring the screen up to this view, once it `is_ready`. One caller at a time."""
        size = Size(self.app.size.width, self.app.size.height)
        whole = size != self._drawn_for
        old, self.view, self._drawn_for = self.view, view, size
        self.set_class(size.is_tall, "tall")
        if whole or view.status != old.status:
            self._say_status(view.status)
        if whole or _ways(view) != _ways(old):
            await self._refill(self.query_one("#footer", Horizontal), self._footer(view))
            self._say_status(view.status)
        if whole or view.page != old.page:
            await self._refill(self.query_one("#body", Vertical), self._body(view.page, size))

    async def _refill(self, place: Horizontal | Vertical, widgets: list[Widget]) -> None:
        with self.app.batch_update():
            await place.remove_children()
            await place.mount_all(widgets)

    # Header and footer -----------------------------------------------------------------------------------

    def _say_status(self, status: Status) -> None:
        self.query_one("#facility", Static).update(Text(status.facility, no_wrap=True, overflow="ellipsis"))
        self.query_one("#clock", Static).update(status.clock)
        for line in self.query("#status").results(Static):
            line.update(_status_lines(status))

    def _footer(self, view: View) -> list[Widget]:
        words = SENTENCES[view.language]
        ways: list[Widget] = []
        if view.page.back:
            ways = [Choice(words.back, Act.BACK, "way"), Choice(words.home, Act.HOME, "way")]
        return [
            *ways,
            Static(_status_lines(view.status), id="status"),
            *self._languages(view),
        ]

    def _languages(self, view: View) -> list[Widget]:
        """The way to the other language; to all of them, where there are more."""
        others = [language for language in view.languages if language is not view.language]
        if len(others) > 1:
            return [Choice(f"{SENTENCES[others[0]].own_name} …", Act.LANGUAGES, "way")]
        return [Choice(SENTENCES[other].own_name, Speak(other), "way") for other in others]

    # The page --------------------------------------------------------------------------------------------

    def _body(self, page: Page, size: Size) -> list[Widget]:
        lines = [Static(line.text, classes=f"line {line.voice}", markup=False) for line in page.lines]
        after = [Static(line.text, classes=f"line {line.voice}", markup=False) for line in page.after]
        title = Static(page.title, classes="title", markup=False)
        if page.pad:
            field = Static(_grouped(page.typed or ""), classes="field", markup=False)
            pad = Pad(page.enter, page.erase)
            if size.is_tall:
                return [title, field, *lines, Static(classes="space"), pad]
            return [Horizontal(Vertical(title, field, *lines, classes="half"), pad, classes="halves")]
        rows = [self._row(row) for row in page.rows]
        if page.number:
            number = BlockNumber(page.number)
            if size.is_tall:
                return [title, number, *lines, *after, Static(classes="space"), *rows]
            beside = Horizontal(
                Vertical(title, number, classes="half left"),
                Vertical(*after, classes="half words"),
                classes="halves",
            )
            return [*lines, beside, *rows]
        words: list[Widget] = [title]
        if page.picture and size.is_tall:
            words.append(Static(CARD, classes="picture"))
        if page.facts:
            facts = [Static(_fact(*fact), classes="known") for fact in page.facts]
            words.append((Vertical if size.is_tall else Horizontal)(*facts, classes="facts"))
        words += lines
        if page.typed is not None:
            words.append(Static(_tail(page.typed, size), classes="field", markup=False))
        return [Vertical(*words, classes="said"), *rows]

    def _row(self, options: tuple[Option, ...]) -> Widget:
        return Horizontal(
            *(Choice(option.label, option.means, option.tone, option.key) for option in options),
            classes="row",
        )


def _ways(view: View) -> tuple[bool, Language, tuple[Language, ...]]:
    """What the footer depends on."""
    return view.page.back, view.language, view.languages


def _status_lines(status: Status) -> Text:
    mark = "●" if status.is_up else "○"
    lines = (f"{mark} {status.link}", f"{status.kiosk}", status.version)
    return Text("\n".join(lines), no_wrap=True, overflow="ellipsis", justify="center")


def _fact(what: str, fact: str) -> Text:
    text = Text(f"{what}\n", justify="center")
    text.append(fact, "bold")
    return text


def _grouped(digits: str) -> str:
    """Digits in threes, with a bar where the next one comes."""
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return f"{' '.join(groups)}▏" if digits else "▏"


def _tail(text: str, size: Size) -> str:
    """The end of a long line: where the typing goes on."""
    return f"{text[-(size.columns - 12) :]}▏"
