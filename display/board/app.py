"""The board's screen: shows what `picture` and `sheet` say, once a second and whenever rows change."""

import asyncio
import contextlib
import signal
from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from display import texts
from display.board import picture as pictures
from display.board import sheet
from display.board.picture import Picture
from display.board.sheet import Line, Style
from display.board.voice import Announcer, Speaker
from queue_server.client import Change, Connection, Link
from queue_server.protocol.codes import Language, Role

REPORT_EVERY = 15.0
"""Seconds after which a board says again what it shows, even if nothing changed."""
NIGHT = "#0b1626"

COLOURS = {
    Style.PLAIN: RichStyle(color="#ffffff", bgcolor=NIGHT),
    Style.FAINT: RichStyle(color="#b9c7da", bgcolor=NIGHT),
    Style.HEADER: RichStyle(color="#dbe7f5", bgcolor="#16263f"),
    Style.HEADER_STALE: RichStyle(color="#000000", bgcolor="#ffb000", bold=True),
    Style.HEADING: RichStyle(color="#ffffff", bgcolor="#1f4e8c", bold=True),
    Style.HEADING_NEW: RichStyle(color="#000000", bgcolor="#ffffff", bold=True),
    Style.HEADING_NEXT: RichStyle(color="#ffffff", bgcolor="#14532d", bold=True),
    Style.HEADING_MISSED: RichStyle(color="#ffffff", bgcolor="#4a2b63", bold=True),
    Style.NUMBER: RichStyle(color="#ffe14d", bgcolor=NIGHT, bold=True),
    Style.PLACE: RichStyle(color="#ffffff", bgcolor=NIGHT, bold=True),
    Style.NEXT: RichStyle(color="#a7f3c0", bgcolor=NIGHT, bold=True),
    Style.MISSED: RichStyle(color="#e3ccff", bgcolor=NIGHT, bold=True),
    Style.NOTICE: RichStyle(color="#eef3fa", bgcolor="#22324a"),
    Style.ANNOUNCEMENT: RichStyle(color="#ffffff", bgcolor="#0d4f5a", bold=True),
    Style.TROUBLE: RichStyle(color="#000000", bgcolor="#ffb000", bold=True),
}
_DIM = RichStyle(color="#8593a8", bgcolor=NIGHT)
STALE_COLOURS = {
    style: colour if style in (Style.TROUBLE, Style.HEADER_STALE) else _DIM
    for style, colour in COLOURS.items()
}


class Sheet(Widget):
    """The whole screen as lines; only lines that differ are drawn again."""

    DEFAULT_CSS = "Sheet { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()
        self._colours = COLOURS
        self.redrawn: list[int] = []

    def show(self, lines: tuple[Line, ...], *, stale: bool) -> None:
        """Show these lines. stale: dim the numbers."""
        colours = STALE_COLOURS if stale else COLOURS
        old, self.lines = self.lines, lines
        if colours is not self._colours or len(old) != len(lines):
            self._colours = colours
            self.redrawn = list(range(len(lines)))
            self.refresh()
            return
        self.redrawn = [y for y, (was, now) in enumerate(zip(old, lines, strict=True)) if was != now]
        for y in self.redrawn:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        if y >= len(self.lines):
            return Strip.blank(self.size.width, self._colours[Style.PLAIN])
        return Strip([Segment(text, self._colours[style]) for text, style in self.lines[y]])

    @property
    def text(self) -> str:
        """What can be read on the screen."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self.lines)


class Board(App[None]):
    """One hall's screen. voice: speak new calls if the program for it is there."""

    ENABLE_COMMAND_PALETTE = False
    CSS = f"Screen {{ background: {NIGHT}; }}"
    BINDINGS = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(
        self,
        servers: Sequence[str],
        token: str,
        hall: str,
        *,
        language: Language = Language.VI,
        time_zone: str = "Asia/Ho_Chi_Minh",
        voice: bool = False,
    ) -> None:
        super().__init__()
        self.topic = f"hall:{hall}"
        self.hall, self.language = hall, language
        self._zone = texts.zone(time_zone)
        self.connection = Connection(
            servers, Role.BOARD, token, client="queue-board", on_change=self._changed, on_link=self._linked
        )
        self._announcer = Announcer()
        self._speaker: Speaker | None = None
        if voice and Speaker.available():
            self._speaker = Speaker(self._announcer, lambda: self.connection.server_now, self.bell)
        self._reported: dict[str, str | int | bool] = {}
        self._reported_age = REPORT_EVERY
        self._sheet = Sheet()

    def compose(self) -> ComposeResult:
        yield self._sheet

    def on_mount(self) -> None:
        self.connection.subscribe(self.topic)
        self.run_worker(self.connection.run(), name="link", exit_on_error=True)
        if self._speaker is not None:
            self.run_worker(self._speaker.run(), name="voice", exit_on_error=False)
        self.set_interval(1.0, self._tick)
        if not self.is_headless:
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.show()

    def on_resize(self) -> None:
        self.show()

    def picture(self) -> Picture:
        """What the hall is told right now."""
        replica = self.connection.conversation.topics.get(self.topic)
        rows = self.connection.rows(self.topic)
        return pictures.make(
            rows.values(),
            self.connection.link,
            self.connection.age,
            self.connection.server_now,
            self._zone,
            language=self.language,
            loaded=bool(rows) or (replica is not None and replica.seen is not None),
        )

    def show(self) -> None:
        """Bring the screen, the voice and what the server knows of this screen up to now."""
        picture = self.picture()
        width, height = self.size
        self._sheet.show(sheet.draw(picture, width, height), stale=picture.stale)
        if self._speaker is not None and not picture.stale:
            self._announcer.heard(
                [call for call in (picture.newest, *picture.others) if call], self.connection.server_now
            )
            self._speaker.wake()
        self._report(picture)

    def _report(self, picture: Picture) -> None:
        called = [call.sign for call in (picture.newest, *picture.others) if call]
        shows: dict[str, str | int | bool] = {
            "hall": self.hall[:80],
            "called": " ".join(called)[:80],
            "prepared": " ".join(call.sign for call in picture.prepared)[:80],
            "missed": " ".join(call.sign for call in picture.missed)[:80],
            "stale": picture.stale,
            "voice": self._speaker is not None,
            "size": f"{self.size.width}x{self.size.height}",
        }
        if shows != self._reported or self._reported_age >= REPORT_EVERY:
            self._reported, self._reported_age = shows, 0.0
            age = self.connection.age
            self.connection.report({**shows, "age_s": -1 if age is None else int(age)})

    def _tick(self) -> None:
        self._reported_age += 1.0
        self.show()

    def _changed(self, change: Change) -> None:
        if self.is_running:
            self.show()

    def _linked(self, link: Link) -> None:
        if self.is_running:
            self.show()
