"""Ticket numbers in block letters, drawn with █ ▀ ▄: readable over a shoulder, in any terminal font.

Half a cell is nearly a square dot. A letter is seven dots high; only what a visit number can hold is here.
"""

from rich.text import Text
from textual.widget import Widget

HEIGHT = 7
"""Dots of a letter from top to bottom."""

_DOTS = {
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "C": ".###. #...# #.... #.... #.... #...# .###.",
    "D": "####. #...# #...# #...# #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "G": ".###. #...# #.... #.### #...# #...# .###.",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "J": "..### ...#. ...#. ...#. ...#. #..#. .##..",
    "K": "#...# #..#. #.#.. ##... #.#.. #..#. #...#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    "N": "#...# ##..# #.#.# #.#.# #..## #...# #...#",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# #...# #...# .###.",
    "V": "#...# #...# #...# #...# #...# .#.#. ..#..",
    "W": "#...# #...# #...# #.#.# #.#.# ##.## #...#",
    "X": "#...# #...# .#.#. ..#.. .#.#. #...# #...#",
    "Y": "#...# #...# .#.#. ..#.. ..#.. ..#.. ..#..",
    "Z": "##### ....# ...#. ..#.. .#... #.... #####",
    "0": ".##. #..# #..# #..# #..# #..# .##.",
    "1": ".#. ##. .#. .#. .#. .#. ###",
    "2": ".###. #...# ....# ...#. ..#.. .#... #####",
    "3": ".###. #...# ....# ..##. ....# #...# .###.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #.... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ...#. ..#.. ..#.. ..#..",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ....# .###.",
    "-": "... ... ... ### ... ... ...",
    ">": "..... ..#.. ...#. ##### ...#. ..#.. .....",
}
_LETTERS = {letter: tuple(rows.split()) for letter, rows in _DOTS.items()}
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def draw(text: str, columns: int, rows: int) -> tuple[str, ...]:
    """The rows of `text` as large as `columns` and `rows` allow, in small letters where it has no room for
    others; the text itself where it has none for these either or a letter is not known."""
    if not text or any(letter not in _LETTERS for letter in text):
        return (text,)
    dots = sum(len(_LETTERS[letter][0]) for letter in text) + len(text) - 1
    scale = min(columns // dots, 2 * rows // HEIGHT)
    if scale < 1:
        small = draw_small(text)
        return small if small and len(small) <= rows and len(small[0]) <= columns else (text,)
    grid = []
    for row in range(HEIGHT):
        line = ".".join(_LETTERS[letter][row] for letter in text)
        grid += [[dot == "#" for dot in line for _ in range(scale)]] * scale
    if len(grid) % 2:
        grid.append([False] * (dots * scale))
    return tuple(
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(grid[::2], grid[1::2], strict=True)
    )


SMALL_HEIGHT = 3
"""Rows of a small letter."""
_SMALL = {
    "A": ".#. #.# ### #.# #.#",
    "B": "##. #.# ##. #.# ##.",
    "C": ".## #.. #.. #.. .##",
    "D": "##. #.# #.# #.# ##.",
    "E": "### #.. ##. #.. ###",
    "F": "### #.. ##. #.. #..",
    "G": ".## #.. #.# #.# .##",
    "H": "#.# #.# ### #.# #.#",
    "I": "### .#. .#. .#. ###",
    "J": "..# ..# ..# #.# .#.",
    "K": "#.# #.# ##. #.# #.#",
    "L": "#.. #.. #.. #.. ###",
    "M": "#...# ##.## #.#.# #...# #...#",
    "N": "#..# ##.# #.## #..# #..#",
    "O": ".#. #.# #.# #.# .#.",
    "P": "##. #.# ##. #.. #..",
    "Q": ".##. #..# #..# #.#. .#.#",
    "R": "##. #.# ##. #.# #.#",
    "S": ".## #.. .#. ..# ##.",
    "T": "### .#. .#. .#. .#.",
    "U": "#.# #.# #.# #.# ###",
    "V": "#.# #.# #.# #.# .#.",
    "W": "#...# #...# #.#.# ##.## #...#",
    "X": "#.# #.# .#. #.# #.#",
    "Y": "#.# #.# .#. .#. .#.",
    "Z": "### ..# .#. #.. ###",
    "0": "### #.# #.# #.# ###",
    "1": ".# ## .# .# .#",
    "2": "##. ..# .#. #.. ###",
    "3": "##. ..# .#. ..# ##.",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ##. ..# ##.",
    "6": ".## #.. ### #.# ###",
    "7": "### ..# ..# .#. .#.",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ##.",
    "-": ".. .. ## .. ..",
}


def draw_small(text: str) -> tuple[str, ...]:
    """Three rows of a few letters; none where one is not known."""
    if not text or any(letter not in _SMALL for letter in text):
        return ()
    dots = [" ".join(_SMALL[letter].split()[row] for letter in text) for row in range(5)] + [""]
    width = len(dots[0])
    return tuple(
        "".join(
            _HALVES[pair]
            for pair in zip(
                *([dot == "#" for dot in dots[row + half].ljust(width)] for half in (0, 1)), strict=True
            )
        )
        for row in (0, 2, 4)
    )


class BlockNumber(Widget):
    """One number as large as its place allows."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self.number = number

    def render(self) -> Text:
        rows = draw(self.number, self.size.width, self.size.height)
        return Text("\n".join(rows), "bold" if len(rows) == 1 else "", no_wrap=True, justify="center")
