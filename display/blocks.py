"""Block letters, to be read from far: A to Z, 0 to 9, the hyphen and an arrow, drawn with █ ▀ ▄.

A terminal cell is about twice as tall as wide, so half a cell is a square dot. Each letter is five by seven
dots (narrow ones less), whose stroke of a seventh of the height is the width that reads best at a distance.
"""

from functools import lru_cache

HEIGHT = 7
"""Dots of a letter from top to bottom."""
GAP = 1
"""Dots between two letters."""

_DOTS = {
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "C": ".###. #...# #.... #.... #.... #...# .###.",
    "D": "####. #...# #...# #...# #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "G": ".###. #...# #.... #.### #...# #...# .###.",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "I": "### .#. .#. .#. .#. .#. ###",
    "J": "..### ...#. ...#. ...#. ...#. #..#. .##..",
    "K": "#...# #..#. #.#.. ##... #.#.. #..#. #...#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    "N": "#...# ##..# #.#.# #.#.# #..## #...# #...#",
    "O": ".###. #...# #...# #...# #...# #...# .###.",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "Q": ".###. #...# #...# #...# #.#.# #..#. .##.#",
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
    " ": ".. .. .. .. .. .. ..",
}
LETTERS = {letter: tuple(rows.split()) for letter, rows in _DOTS.items()}
"""Rows of `#` and `.` of each letter that can be drawn."""

_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def drawable(text: str) -> bool:
    """Whether every character has a block letter; the hospital system's own numbers may hold others."""
    return bool(text) and all(letter in LETTERS for letter in text)


def size(text: str, across: int, down: int) -> tuple[int, int]:
    """Columns and rows that `text` takes when a dot is `across` columns wide and `down` half rows high."""
    dots = sum(len(LETTERS[letter][0]) for letter in text) + GAP * (len(text) - 1)
    return dots * across, (HEIGHT * down + 1) // 2


def fit(text: str, columns: int, rows: int) -> tuple[int, int] | None:
    """The largest (across, down) within the space, dots at most half as tall again as wide; None: no room."""
    best: tuple[int, int] | None = None
    if not drawable(text):
        return None
    for across in range(1, columns + 1):
        for down in range(across, across + across // 2 + 1):
            width, height = size(text, across, down)
            if width <= columns and height <= rows and (best is None or across * down >= best[0] * best[1]):
                best = (across, down)
    return best


@lru_cache(maxsize=512)
def draw(text: str, across: int = 1, down: int = 1) -> tuple[str, ...]:
    """The rows of `text`, all equally long. Only for text that is `drawable`."""
    dots = []
    for row in range(HEIGHT):
        line = ("." * GAP).join(LETTERS[letter][row] for letter in text)
        stretched = [dot == "#" for dot in line for _ in range(across)]
        dots += [stretched] * down
    if len(dots) % 2:
        dots.append([False] * len(dots[0]))
    return tuple(
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(dots[::2], dots[1::2], strict=True)
    )
