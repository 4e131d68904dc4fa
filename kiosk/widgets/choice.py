"""A button for fingers: large, plain, and only the messenger of what it means."""

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static

from kiosk.journey.values import Happening


class Chosen(Message):
    """Somebody pressed a button that means this."""

    def __init__(self, means: Happening) -> None:
        super().__init__()
        self.means = means


class Choice(Static):
    """What it says, and what it means. `key` is shown in front for those who have a keyboard."""

    can_focus = True
    # A finger leaves no mark: the next Enter must not press once more what was tapped last.
    FOCUS_ON_CLICK = False

    def __init__(self, label: str, means: Happening, tone: str, key: str = "") -> None:
        words = Text(justify="center")
        if key:
            words.append(f"{key} ", "dim")
        words.append(label, "bold")
        super().__init__(words, classes=f"choice {tone}")
        self.label = label
        self._means = means

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(Chosen(self._means))

    def key_enter(self, event: events.Key) -> None:
        event.stop()
        self.post_message(Chosen(self._means))

    def key_space(self, event: events.Key) -> None:
        event.stop()
        self.post_message(Chosen(self._means))
