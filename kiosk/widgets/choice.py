"""A button for fingers: large, plain, and only the messenger of what it means."""

from rich.console import Console
from rich.text import Text
from textual import events
from textual.app import RenderResult
from textual.message import Message
from textual.widgets import Static

from kiosk.duty.values import Happening as OnDuty
from kiosk.journey.values import Happening
from kiosk.widgets.blocks import SMALL_HEIGHT, draw_small
from kiosk.widgets.words import evened

_CONSOLE = Console(width=200)


class Chosen(Message):
    """Somebody pressed a button that means this."""

    def __init__(self, means: Happening | OnDuty) -> None:
        super().__init__()
        self.means = means


class Choice(Static):
    """What it says, and what it means. `key` is shown in front for those who have a keyboard."""

    can_focus = True
    # A finger leaves no mark: the next Enter must not press once more what was tapped last.
    FOCUS_ON_CLICK = False

    def __init__(
        self, label: str, means: Happening | OnDuty, tone: str, key: str = "", initial: str = ""
    ) -> None:
        words = Text(justify="center")
        if key:
            words.append(f"{key} ")
        words.append(label, "bold")
        super().__init__(words, classes=f"choice {tone}")
        self.label = label
        self.means = means
        self._words = words
        self._initial = initial

    def render(self) -> RenderResult:
        """With letters that stand for it: large where there are three rows, else in a box before."""
        if not self._initial:
            return self._evened()
        tall = draw_small(self._initial) if self.content_size.height >= SMALL_HEIGHT else ()
        if not tall:
            return Text.assemble((f" {self._initial} ", "reverse bold"), " ", self._words, justify="center")
        room = self.content_size.width - len(tall[0]) - 4
        said = self._words.wrap(_CONSOLE, max(1, room))[:SMALL_HEIGHT]
        above = (SMALL_HEIGHT - len(said)) // 2
        width = max(line.cell_len for line in said)
        lines = []
        for row, drawn in enumerate(tall):
            words = said[row - above] if 0 <= row - above < len(said) else Text()
            # As wide as the others: each line is centred by itself.
            gap = " " * (width - words.cell_len)
            lines.append(Text.assemble(drawn, "  ", words, gap))
        return Text("\n").join(lines)

    def _evened(self) -> Text:
        """What has no room on one line, on lines about equally long."""
        words, width = self._words, self.content_size.width
        if width <= 0 or words.cell_len <= width:
            return words
        lines = evened(words.plain, width)
        said = Text("\n".join(lines), justify="center")
        said.stylize("bold", len(words.plain) - len(self.label))
        return said

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Chosen(self.means))

    def key_enter(self, event: events.Key) -> None:
        event.stop()
        self.post_message(Chosen(self.means))

    def key_space(self, event: events.Key) -> None:
        event.stop()
        self.post_message(Chosen(self.means))
