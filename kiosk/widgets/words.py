"""A thought in words: lines about equally long, so that no single word is left over on the last one."""

import re
from collections.abc import Iterator
from textwrap import wrap

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.widgets import Static

_JOINT = "\xa0"
_BETWEEN = " · "
"""What stands between facts."""
_BEFORE = re.compile(r" (?=[–·\d])")
"""No line begins with a dash or a dot, or with the number of what the line above names."""


class Words(Static):
    """Words wrapped to their place. hang: cells of the mark before them, by which all but it stands in."""

    def __init__(self, text: str, classes: str, hang: int = 0) -> None:
        super().__init__(text, classes=classes, markup=False)
        self._text = text
        self._hang = hang

    def render(self) -> RenderResult:
        """In lines of its own, once its place is known."""
        width = self.content_size.width
        return Content("\n".join(evened(self._text, width, self._hang))) if width else super().render()


def evened(text: str, width: int, hang: int = 0) -> list[str]:
    """The lines of `text`, no more of them than `width` cells make necessary.

    Scripts whose letters are not all one cell wide are left to be wrapped by the screen.
    """
    if cell_len(text) != len(text.replace("\n", "")):
        return text.split("\n")
    lines: list[str] = []
    for thought in text.split("\n"):
        inset = " " * hang if hang and (lines or thought.startswith(" ")) else ""
        lines += _evened(thought.strip(), width, inset, " " * hang)
    return lines


def _evened(thought: str, width: int, first: str, rest: str) -> list[str]:
    least = len(_wrapped(thought, width, "", ""))
    # Room for all words comes before their order.
    for joined in _joined(thought):
        lines = _wrapped(joined, width, "", "")
        if len(lines) <= least and all(len(line) <= width for line in lines):
            thought = joined
            break
    if len(_wrapped(thought, width, first, rest)) > least:
        first = rest = ""
    for narrow in range(-(-len(thought) // max(1, least)), width + 1):
        lines = _wrapped(thought, narrow, first, rest)
        if len(lines) <= least and all(len(line) <= narrow for line in lines):
            return lines
    return _wrapped(thought, width, first, rest)


def _joined(thought: str) -> Iterator[str]:
    """The thought with what had better stay on one line joined, the best first."""
    facts = thought.split(_BETWEEN)
    if len(facts) > 1:
        yield f"{_JOINT}· ".join(fact.replace(" ", _JOINT) for fact in facts)
    yield _BEFORE.sub(_JOINT, thought)


def _wrapped(thought: str, width: int, first: str, rest: str) -> list[str]:
    lines = wrap(
        thought,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_JOINT, " ") for line in lines]
