"""The questions of the console as small windows. Each answers with texts, or None for "leave it"."""

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input, OptionList, SelectionList, Static
from textual.widgets.option_list import Option as ListOption
from textual.widgets.selection_list import Selection

from display import texts
from display.console import words
from display.console.burst import ENTER
from display.console.offers import Option, Pick, PickMany, Question, Sure, Write, matching
from queue_server.protocol.codes import Language

Answer = tuple[str, ...]

_CSS = """
    .window {
        width: 84%; max-width: 96; height: auto; max-height: 90%;
        background: #16263f; border: round #8fb7e8; padding: 0 1;
    }
    AskScreen, ReadScreen { align: center middle; background: #0b1626 70%; }
    .title { text-style: bold; color: #ffffff; padding: 0 0 1 0; }
    .hint { color: #a9b7c9; padding: 1 0 0 0; }
    .mistake { color: #ffb000; }
    OptionList, SelectionList { height: auto; max-height: 50vh; background: #16263f; border: none; }
    SelectionList > .selection-list--button,
    SelectionList > .selection-list--button-highlighted { color: #a9b7c9; background: #16263f; }
    SelectionList > .selection-list--button-selected,
    SelectionList > .selection-list--button-selected-highlighted { color: #000000; background: #ffe14d; }
    Input { background: #0b1626; border: tall #8fb7e8; }
    VerticalScroll { height: auto; max-height: 60vh; }
"""


class MarkList(SelectionList[str]):
    """Space marks, Enter sends. A mark is a letter in a box: colour alone tells too few people."""

    BINDINGS = [Binding("enter", "screen.send", show=False)]

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        index = self.scroll_offset.y + y
        if not 0 <= index < self.option_count:
            return line
        # The box comes before the words, in as many cells: left edge, inside, right edge.
        marked = self.get_option_at_index(index).value in self.selected
        _, inside, _, *words = line
        return Strip([Segment(letter, inside.style) for letter in ("[", "x" if marked else " ", "]")] + words)


class AskScreen(ModalScreen[Answer | None]):
    """One question. mistake: what was wrong with the last answer. typed: what the line starts with.

    ahead: takes what was typed before the window was there.
    """

    CSS = _CSS
    AUTO_FOCUS = "OptionList, SelectionList, Input"
    BINDINGS = [Binding("escape", "leave", show=False)]

    def __init__(
        self,
        question: Question,
        language: Language,
        mistake: str = "",
        typed: str = "",
        ahead: Callable[[], str] = str,
    ) -> None:
        super().__init__()
        self._ahead = ahead
        self.question, self._language = question, language
        self._mistake, self._typed = mistake, typed
        self._narrowed = ""
        self._shown: tuple[Option, ...] = question.options if isinstance(question, Pick) else ()

    def compose(self) -> ComposeResult:
        question = self.question
        with Vertical(classes="window"):
            yield Static(Text(question.title), classes="title")
            match question:
                case Pick():
                    yield OptionList(*_listed(self._shown))
                    yield Static(id="narrowed", classes="mistake")
                case PickMany():
                    yield MarkList(
                        *(
                            Selection(Text(option.label), option.value, option.marked)
                            for option in question.options
                        )
                    )
                case Write():
                    yield Input(self._typed, max_length=200, select_on_focus=False)
                case Sure():
                    pass
            if self._mistake:
                yield Static(Text(self._mistake), classes="mistake")
            hint = words.LONG_PICK_HINT if self._is_long else _HINTS[type(question)]
            yield Static(Text(texts.tell(hint, self._language)), classes="hint")

    @property
    def _is_long(self) -> bool:
        """Whether there is more to choose from than there are digits."""
        return isinstance(self.question, Pick) and len(self.question.options) > len(_DIGITS)

    def on_mount(self) -> None:
        for line in self.query("#narrowed"):
            line.display = False
        self.type(self._ahead())

    def type(self, text: str) -> None:
        """Take letters that were typed while this window was opening; Enter sends the line."""
        if not text or not isinstance(self.question, Write):
            return
        line, entered, _ = text.partition(ENTER)
        box = self.query_one(Input)
        box.value += line
        box.cursor_position = len(box.value)
        if entered:
            self.call_after_refresh(box.action_submit)

    def on_key(self, event: Key) -> None:
        question = self.question
        if self.focused is None and isinstance(question, Write) and event.character:
            # The line is not there yet.
            self.type(event.character if event.is_printable else ENTER if event.key == "enter" else "")
        elif isinstance(question, Sure) and event.key == "enter":
            self.dismiss(())
        elif isinstance(question, Pick) and not self._narrowed and event.character in tuple(_DIGITS):
            index = _DIGITS.index(event.character or "")
            if index < len(self._shown):
                self.dismiss((self._shown[index].value,))
        elif isinstance(question, Pick) and self._is_long:
            if event.key == "backspace":
                self._narrow(question, self._narrowed[:-1])
            elif event.is_printable and event.character:
                self._narrow(question, (self._narrowed + event.character).lstrip())

    def _narrow(self, question: Pick, typed: str) -> None:
        """Show only what has the typed words in it; a letter that would leave nothing is not taken."""
        found = matching(question.options, typed)
        if not found or typed == self._narrowed:
            return
        self._narrowed, self._shown = typed, found
        shown = self.query_one(OptionList)
        shown.clear_options()
        shown.add_options(_listed(found, numbered=not typed))
        shown.highlighted = 0
        line = self.query_one("#narrowed", Static)
        line.update(Text(texts.tell(texts.fill(words.NARROWED, {"typed": typed}), self._language)))
        line.display = bool(typed)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if isinstance(self.question, Pick):
            self.dismiss((self._shown[event.option_index].value,))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        said, question = event.value.strip(), self.question
        may_be_empty = isinstance(question, Write) and question.none
        self.dismiss((said,) if said or may_be_empty else None)

    def action_send(self) -> None:
        """Answer with what is marked."""
        chosen = tuple(self.query_one(MarkList).selected)
        question = self.question
        if isinstance(question, PickMany) and (chosen or question.none):
            order = [option.value for option in question.options]
            self.dismiss(tuple(sorted(chosen, key=order.index)))

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


SWITCHED: Answer = ("",)
"""What `PlaceScreen` answers when another language is wanted: no place has an empty id."""


class PlaceScreen(AskScreen):
    """The choice of a place. It is the first thing anybody sees, with the key for the language below it."""

    BINDINGS = [Binding("f2", "switch", show=False)]

    def action_switch(self) -> None:
        """Ask again in the other language."""
        self.dismiss(SWITCHED)


_DIGITS = "123456789"
_HINTS = {
    Pick: words.PICK_HINT,
    PickMany: words.MANY_HINT,
    Write: words.WRITE_HINT,
    Sure: words.YES_NO,
}


def _listed(options: Sequence[Option], *, numbered: bool = True) -> list[ListOption]:
    """Lines to choose from. numbered: digits choose the first ones, not what is typed to narrow down."""
    return [
        ListOption(_numbered(index if numbered else len(_DIGITS), option.label))
        for index, option in enumerate(options)
    ]


def _numbered(index: int, label: str) -> Text:
    mark = _DIGITS[index] if index < len(_DIGITS) else " "
    text = Text(f"{mark} ", style="bold #ffe14d")
    return text.append(label, style="#ffffff")


class ReadScreen(ModalScreen[None]):
    """Something to read: the help, or a journal."""

    CSS = _CSS
    BINDINGS = [
        Binding("escape,f1,q,enter", "leave", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Text], language: Language) -> None:
        super().__init__()
        self._title, self._lines, self._language = title, lines, language

    def compose(self) -> ComposeResult:
        with Vertical(classes="window"):
            yield Static(Text(self._title), classes="title")
            with VerticalScroll(can_focus=False):
                yield Static(Text("\n").join(self._lines))
            yield Static(Text(texts.tell(words.CLOSE_HINT, self._language)), classes="hint")

    def action_scroll(self, by: int) -> None:
        """Move the text by so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_leave(self) -> None:
        """Back to the desk."""
        self.dismiss(None)
