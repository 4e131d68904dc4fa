"""The one Textual screen: header, page, footer. It shows what it is given and passes on what is pressed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from kiosk.duty.values import Press
from kiosk.journey.values import Act, Speak
from kiosk.screens.page import MARK, Line, Option, Page
from kiosk.screens.pages import Size
from kiosk.texts import SENTENCES
from kiosk.widgets.blocks import BlockNumber
from kiosk.widgets.choice import Choice
from kiosk.widgets.pad import Pad
from kiosk.widgets.words import Words, evened
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


@dataclass(frozen=True, slots=True)
class View:
    """All that is on the screen."""

    page: Page
    status: Status
    language: Language
    languages: tuple[Language, ...] = (Language.VI, Language.EN)
    ways: tuple[Option, ...] = ()
    contrast: bool = False


class KioskScreen(Screen[None]):
    """Draws views. Only what differs from the view before is drawn again."""

    AUTO_FOCUS = None

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view
        self.is_ready = asyncio.Event()
        self._drawn_for = Size(0, 0)
        self._rows: list[Widget] = []

    def compose(self) -> ComposeResult:
        yield Horizontal(Static(id="facility"), Static(id="status"), Static(id="clock"), id="header")
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
        self.set_class(size.is_small, "small")
        self.set_class(size.is_tall and size.is_large, "large")
        self.set_class(view.contrast, "contrast")
        self.set_class(view.page.name == "help", "emergency")
        if whole or view.status != old.status:
            self._say_status(view.status)
        if whole or _ways(view) != _ways(old):
            await self._refill(self.query_one("#footer", Horizontal), self._footer(view))
        if not whole and _only_typed(old.page, view.page):
            # Who types is not to wait for the keys to be drawn anew.
            self.query_one(".field", Static).update(_field(view.page, size))
        elif whole or view.page != old.page:
            if whole or not _same_rows(old.page, view.page):
                self._rows = [self._row(row) for row in view.page.rows]
            await self._refill(self.query_one("#body", Vertical), self._body(view.page, size))

    async def _refill(self, place: Horizontal | Vertical, widgets: list[Widget]) -> None:
        """Put these widgets in place; what of them is there already is their end, and stays."""
        new = [widget for widget in widgets if widget.parent is not place]
        stays = widgets[len(new) :]
        with self.app.batch_update():
            await place.remove_children([child for child in place.children if child not in stays])
            await place.mount_all(new, before=stays[0] if stays else None)

    # Header and footer -----------------------------------------------------------------------------------

    def _say_status(self, status: Status) -> None:
        self.query_one("#facility", Static).update(Text(status.facility, no_wrap=True, overflow="ellipsis"))
        self.query_one("#clock", Static).update(status.clock)
        room = self._drawn_for.columns - 2 - cell_len(status.facility) - cell_len(status.clock)
        line = self.query_one("#status", Static)
        said = _status_line(status, room)
        line.display = bool(said)
        line.update(said)

    def _footer(self, view: View) -> list[Widget]:
        words = SENTENCES[view.language]
        ways: list[Widget] = []
        if view.page.back:
            ways = [Choice(words.back, Act.BACK, "way"), Choice(words.home, Act.HOME, "way")]
        help_wanted = (
            [Choice(words.emergency_button, Press.EMERGENCY, "way help")] if view.page.name != "help" else []
        )
        return [
            *ways,
            *(Choice(way.label, way.means, "way") for way in view.ways),
            Static(classes="gap"),
            *help_wanted,
            *self._languages(view),
        ]

    def _languages(self, view: View) -> list[Widget]:
        """The way to the other language; to all of them, where there are more."""
        others = [language for language in view.languages if language is not view.language]
        if len(others) > 1:
            return [Choice(f"{SENTENCES[others[0]].own_name} …", Act.LANGUAGES, "way far")]
        return [Choice(SENTENCES[other].own_name, Speak(other), "way far") for other in others]

    # The page --------------------------------------------------------------------------------------------

    def _body(self, page: Page, size: Size) -> list[Widget]:
        lines: list[Widget] = [Words(line.text, f"line {line.voice}") for line in page.lines]
        after = [Words(line.text, f"line {line.voice}") for line in page.after]
        title = Words(page.title, "title")
        rows = self._rows
        if page.pad:
            field = Static(_field(page, size), classes="field", markup=False)
            pad = Pad(page.enter, page.erase)
            if size.is_tall:
                pad.set_class(bool(rows), "lower")
                return [title, field, *lines, Static(classes="space"), *rows, pad]
            half = Vertical(title, field, *lines, Static(classes="space"), *rows, classes="half")
            return [Horizontal(half, pad, classes="halves")]
        if page.letters:
            written = Static(_field(page, size), classes="field written", markup=False)
            above = [title] if page.titled else []
            space = [Static(classes="space")] if size.is_tall else []
            return [*above, written, *lines, *space, *map(self._letters, page.letters)]
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
        if page.picture and size.is_tall and not size.is_large:
            words.append(Static(CARD, classes="picture"))
        if page.facts:
            facts = [Static(_fact(*fact), classes="known") for fact in page.facts]
            words.append((Vertical if size.is_tall else Horizontal)(*facts, classes="facts"))
        words += lines
        if page.stops:
            words.append(_list(page.stops, size))
        if page.typed is not None:
            words.append(Static(_field(page, size), classes="field", markup=False))
        return [Vertical(*words, classes="said"), *rows]

    def _row(self, options: tuple[Option, ...]) -> Widget:
        return Horizontal(*map(_choice, options), classes="row")

    def _letters(self, options: tuple[Option, ...]) -> Widget:
        return Horizontal(
            *(_choice(option, f"{option.tone} letter") for option in options), classes="letters"
        )


def _choice(option: Option, look: str = "") -> Choice:
    choice = Choice(option.label, option.means, look or option.tone, option.key, option.initial)
    choice.styles.width = f"{option.share}fr"
    return choice


def _list(stops: Sequence[Line], size: Size) -> Widget:
    """One below the other from one edge on, in the middle of the screen as a whole."""
    listed = Vertical(*(Words(stop.text, f"line {stop.voice}", MARK) for stop in stops), classes="stops")
    room = size.columns - (4 if size.is_tall else 2)
    width = max(cell_len(line) for stop in stops for line in evened(stop.text, room, MARK))
    listed.styles.width = min(room, width)
    listed.styles.margin = (0, 0, 0, max(0, room - width) // 2)
    return listed


def _ways(view: View) -> tuple[bool, bool, Language, tuple[Language, ...], tuple[Option, ...]]:
    """What the footer depends on."""
    return view.page.back, view.page.name == "help", view.language, view.languages, view.ways


def _status_line(status: Status, room: int) -> Text:
    """How the link is and which kiosk this is; beside a long name only what somebody would ask for."""
    mark = "●" if status.is_up else "○"
    short = status.kiosk if status.is_up else status.link
    ways = (f"{mark} {status.link} · {status.kiosk}", f"{mark} {short}", mark)
    said = next((way for way in ways if cell_len(way) + 2 <= room), "" if status.is_up else mark)
    return Text(said, no_wrap=True, overflow="ellipsis")


def _fact(what: str, fact: str) -> Text:
    text = Text(f"{what}\n", justify="center")
    text.append(fact, "bold")
    return text


def _same_rows(old: Page, new: Page) -> bool:
    """Whether the buttons may stay while the words above them change: most of a page's drawing is theirs."""
    is_plain = not any(page.pad or page.letters for page in (old, new))
    return is_plain and old.name == new.name and old.rows == new.rows


def _only_typed(old: Page, new: Page) -> bool:
    """Whether nothing but the text of a field has changed."""
    if old == new or old.typed is None or new.typed is None:
        return False
    return replace(old, typed=new.typed) == new


def _field(page: Page, size: Size) -> str:
    """What was typed so far, with a bar where the next sign comes."""
    typed = page.typed or ""
    if page.letters and not page.titled and not typed:
        return page.title
    if page.pad and page.grouped:
        return _grouped(typed)
    return _tail(typed, size)


def _grouped(digits: str) -> str:
    """Digits in threes, with a bar where the next one comes."""
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return f"{' '.join(groups)}▏" if digits else "▏"


def _tail(text: str, size: Size) -> str:
    """The end of a long line: where the typing goes on."""
    return f"{text[-(size.columns - 12) :]}▏"
