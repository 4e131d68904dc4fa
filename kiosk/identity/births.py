"""Birth dates and genders as cards write them."""

import re
import unicodedata
from datetime import date

from kiosk.identity import names
from kiosk.identity.values import Birth, Doubt, Gender

EARLIEST_YEAR = 1900
"""The first birth year a citizen number can express."""

_COMPACT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})|([0-9]{2})([0-9]{4})|([0-9]{4})")
_PARTED = re.compile(r"(?:(?:([0-9]{1,2})[/.-])?([0-9]{1,2})[/.-])?([0-9]{4})")


def looks_like_birth(text: str) -> bool:
    """Whether this has the shape of a birth date, possible or not."""
    return bool(_COMPACT.fullmatch(text) or _PARTED.fullmatch(text))


def birth(text: str, today: date) -> Birth | Doubt:
    """`ddMMyyyy`, `MMyyyy`, `yyyy`, or the same parted by slashes, dashes or dots, where `1/2/1990` does as
    well. A date that cannot be is not bent into one that can."""
    if compact := _COMPACT.fullmatch(text):
        day, month, year = compact[1], compact[2] or compact[4], compact[3] or compact[5] or compact[6]
    elif parted := _PARTED.fullmatch(text):
        day, month, year = parted.groups()
    else:
        return Doubt.DATE_IMPOSSIBLE
    return possible(Birth(int(year), int(month) if month else None, int(day) if day else None), today)


def possible(born: Birth, today: date) -> Birth | Doubt:
    """The same birth, or what is wrong with it."""
    try:
        # 00 is "unknown" to `or`, yet no day or month of a calendar.
        date(born.year, 1 if born.month is None else born.month, 1 if born.day is None else born.day)
    except ValueError:
        return Doubt.DATE_IMPOSSIBLE
    if born.is_after(today):
        return Doubt.FUTURE_DATE
    return born if born.year >= EARLIEST_YEAR else Doubt.DATE_IMPOSSIBLE


def gender(text: str) -> Gender | None:
    """`Nam` or `Nữ`; scanners change the case and lose or garble the accent."""
    letters = unicodedata.normalize("NFD", names.repaired(text).strip(" ").lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return {"nam": Gender.MALE, "nu": Gender.FEMALE}.get(bare)
