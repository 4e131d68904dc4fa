"""How big the screen is, and how buttons are laid out on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.screens.page import Option

# Without T, which begins a typed line; I, L and O, which look like digits; and letters Telex would join.
_LETTERS = "abceghkmnpquvy"


@dataclass(frozen=True, slots=True)
class Size:
    """Cells of the screen."""

    columns: int
    rows: int

    @property
    def is_tall(self) -> bool:
        """Whether it stands upright: buttons then gather in the lower half, within reach."""
        # A cell is about twice as high as it is wide.
        return self.rows >= 30 and self.columns < 2 * self.rows

    @property
    def is_small(self) -> bool:
        """Whether there is room for the least only: large letters on a wide screen."""
        return self.rows < 15

    @property
    def is_large(self) -> bool:
        """Whether its letters are large ones."""
        return self.rows < (40 if self.is_tall else 15)

    @property
    def button_rows(self) -> int:
        """Rows of one button with its share of the gap: at 24 points three are 35 mm, at 30 points two are
        30 mm."""
        if self.is_small:
            return 2
        if self.is_tall:
            return 4 if self.is_large else 5
        return 3

    @property
    def body_rows(self) -> int:
        """Rows between header and footer."""
        return self.rows - (6 if self.is_tall else 3 if self.is_small else 4)

    def letters(self, columns: int, share: int = 1) -> int:
        """Letters that a button takes on one line that has `share` of the `columns` a row is parted in."""
        return (self.columns - (4 if self.is_tall else 2)) * share // columns - 5


def listed(options: Sequence[Option]) -> tuple[tuple[Option, ...], ...]:
    """One button a row."""
    return tuple((option,) for option in options)


def paired(options: Sequence[Option]) -> tuple[tuple[Option, ...], ...]:
    """Two buttons a row."""
    return tuple(tuple(options[start : start + 2]) for start in range(0, len(options), 2))


def numbered(rows: tuple[tuple[Option, ...], ...]) -> tuple[tuple[Option, ...], ...]:
    """Give the buttons the keys 1 to 9 in reading order, then letters; zero begins a typed number."""
    keys = iter(f"123456789{_LETTERS}")
    return tuple(tuple(replace(option, key=option.key or next(keys, "")) for option in row) for row in rows)
