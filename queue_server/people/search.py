"""Finding a person by what is said at a desk: words of a name in any order, no accents; or last digits."""

import re
import unicodedata
from collections.abc import Iterable

_COUNT = re.compile(r"\d{1,4}")
_NUMBER = re.compile(r"([A-Z])[\s.-]*(\d{1,4})")

FEWEST_DIGITS = 3
"""Digits a search must give: the last three are what the kiosk shows back to the patient."""

_DIGITS = re.compile(r"[\d\s.+-]+")
_WORD = re.compile(r"\w+")
_MARKS = re.compile("[\u0300-\u036f]+")
"""Every mark that a letter of a Latin script may carry, apart from its letter."""
_APART = re.compile(r"[\s.\-+]+")


def plain(text: str) -> str:
    """Without case and accents: NFC, lower, marks stripped, đ to d."""
    lowered = unicodedata.normalize("NFC", text).lower()
    return _MARKS.sub("", unicodedata.normalize("NFD", lowered)).replace("đ", "d")


def words(text: str) -> tuple[str, ...]:
    """The words of a name, plain. An apostrophe, as in the names of the Central Highlands (H' Thử, Y'Ban),
    parts them like a space: it is typed in several ways, with and without one after it."""
    return tuple(_WORD.findall(plain(text)))


def numbers(text: str, letters: Iterable[str]) -> tuple[str, ...]:
    """The ordinary visit numbers this may mean: `2`, `a2` and `A 002` mean A002. letters: those in use."""
    bare = text.strip().upper()
    if _COUNT.fullmatch(bare):
        return tuple(f"{letter}{int(bare):03d}" for letter in letters)
    found = _NUMBER.fullmatch(bare)
    return (f"{found[1]}{int(found[2]):03d}",) if found else ()


def digits(text: str) -> str:
    """The digits of a number or phone being looked for; empty when the text is not a number or too short."""
    if not _DIGITS.fullmatch(text.strip()):
        return ""
    found = phone(text)
    return found if len(found) >= FEWEST_DIGITS else ""


def phone(text: str) -> str:
    """A Vietnamese phone as dialled at home: digits only, +84 as 0."""
    bare = _APART.sub("", text)
    if text.strip().startswith("+84"):
        return "0" + bare[2:]
    return bare


def card(text: str) -> str:
    """A card number as compared: capitals, nothing between the characters."""
    return _APART.sub("", text).upper()


def matches(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether each wanted word begins a word of the name, each a different one."""
    left = list(name)
    for word in sorted(wanted, key=len, reverse=True):
        for candidate in left:
            if candidate.startswith(word):
                left.remove(candidate)
                break
        else:
            return False
    return True
