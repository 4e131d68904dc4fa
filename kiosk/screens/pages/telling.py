"""What pages have in common: words in the patient's language, and how much room they take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from rich.cells import cell_len

from kiosk.journey.values import Act, Journey, World
from kiosk.screens.page import Line, Option, Tone
from kiosk.screens.pages.layout import Size, listed, numbered
from kiosk.texts import Sentences, read
from queue_server.protocol.codes import Language
from queue_server.protocol.labels import Label, Place


@dataclass(frozen=True, slots=True)
class Telling:
    """What every page is told from: the journey, the world around it, the screen, the words."""

    journey: Journey
    world: World
    size: Size
    words: Sentences

    def label(self, label: Label) -> str:
        """A name in the patient's language."""
        return read(label, self.journey.language)

    def place(self, place: Place) -> str:
        """A place with its hall and floor."""
        return self.joined(place.label, place.hall, place.floor)

    def joined(self, *labels: Label) -> str:
        """Names side by side."""
        return ", ".join(text for text in map(self.label, labels) if text)

    def site_text(self, name: str) -> str:
        """The site's own words of this name in the patient's language; empty where it has none."""
        facility = self.world.catalogue.facility
        if facility is None:
            return ""
        own = facility.texts_vi if self.journey.language is Language.VI else facility.texts_en
        return own.get(name, "")

    def clock(self, at: int, form: str = "%H:%M") -> str:
        """A moment (ms) in the facility's own time."""
        return f"{self.world.catalogue.local(at):{form}}"

    @property
    def is_small(self) -> bool:
        """Whether there is room for the least only: large letters on a wide screen."""
        return self.size.is_small

    @property
    def columns(self) -> int:
        """Letters of one line of words."""
        return max(1, self.size.columns - (4 if self.size.is_tall else 2))

    @property
    def beside(self) -> int:
        """The same beside a number drawn large, on a screen that is wide: see `.left` in the style sheets."""
        inner = self.size.columns - 2
        return max(1, inner - max(26 if self.is_small else 34, -(-inner // 2)) - 1)

    def height(self, text: str, columns: int = 0) -> int:
        """Rows that a text takes. columns: letters of one line, 0: of the whole screen."""
        return sum(_rows(thought, columns or self.columns) for thought in text.split("\n"))

    def line_height(self, line: Line) -> int:
        """Rows of a line with the gap below it."""
        return self.height(line.text) + self.size.is_tall

    def arranged(
        self,
        options: Sequence[Option],
        *,
        rows_taken: int,
        turned: int = 0,
        always: tuple[Option, ...] = (),
    ) -> tuple[tuple[Option, ...], ...]:
        """As many buttons as the screen has room for; the rest behind "more"."""
        rows = (self.size.body_rows - rows_taken * (2 if self.size.is_tall else 1)) // self.size.button_rows
        # Upright, one below the other is calmer as long as there is room.
        if self.size.is_tall and len(options) + len(always) <= rows:
            return numbered(listed((*options, *always)))
        packed = self._side_by_side((*options, *always))
        if len(packed) <= rows:
            return numbered(packed)
        pages, rest = [], tuple(options)
        while rest:
            drawn = ((count, self._turning(rest[:count], always)) for count in range(len(rest), 0, -1))
            count, shown = next(one for one in drawn if one[0] == 1 or len(one[1]) <= rows)
            pages.append(shown)
            rest = rest[count:]
        return numbered(pages[turned % len(pages)])

    def _turning(
        self, options: Sequence[Option], always: tuple[Option, ...]
    ) -> tuple[tuple[Option, ...], ...]:
        """Buttons of which there are more; what is on every such page has its place at the end."""
        more = Option(self.words.more, Act.MORE, Tone.QUIET)
        if not always:
            return self._side_by_side((*options, more))
        return (*self._side_by_side(options), *self._side_by_side((*always, more)))

    def _side_by_side(self, options: Sequence[Option]) -> tuple[tuple[Option, ...], ...]:
        """Two buttons a row where their words have room so, in the order given."""
        rows, rest = [], tuple(options)
        while rest:
            shares = self._shares(*rest[:2]) if len(rest) > 1 else (1,)
            rows.append(tuple(replace(one, share=share) for one, share in zip(rest, shares, strict=False)))
            rest = rest[len(shares) :]
        return tuple(rows)

    def _shares(self, left: Option, right: Option) -> tuple[int, ...]:
        """How two buttons share a row; the first one has it alone where they cannot."""
        if self.size.is_tall:
            # A button has room for two lines.
            return 1, 1
        for parts, one in ((2, 1), (3, 2), (3, 1)):
            other, letters = parts - one, self.size.letters
            if _letters(left) <= letters(parts, one) and _letters(right) <= letters(parts, other):
                return one, other
        return (1,)


def _letters(option: Option) -> int:
    """Letters on one line of a button, with those that stand for it in a box before."""
    return cell_len(option.label) + (len(option.initial) + 3 if option.initial else 0)


def _rows(thought: str, columns: int) -> int:
    cells = cell_len(thought)
    if cells <= len(thought):
        return max(1, len(wrap(thought, columns, break_on_hyphens=False)))
    # Characters two cells wide break anywhere; one that does not fit any more leaves a cell empty.
    return -(-cells // max(1, columns - 1))
