"""The CCCD and Căn cước card: its QR code and its 12-digit number.

Shape of the code: number | old number or nothing | name | birth date | gender | address | issue date |
whatever later cards add. UTF-8, no checksum, no signature.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from kiosk.identity import names
from kiosk.identity.values import Birth, CitizenCard, CitizenNumber, Doubt, Gender, Unreadable, Why

EARLIEST_YEAR = 1900
"""The first birth year a citizen number can express."""

_NUMBER = re.compile(r"[0-9]{12}")
_SEPARATORS = str.maketrans("", "", " -.")
_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})|([0-9]{2})([0-9]{4})|([0-9]{4})")
_SLASHED_DATE = re.compile(r"(?:(?:([0-9]{1,2})/)?([0-9]{1,2})/)?([0-9]{4})")


def read_number(text: str, _today: date) -> CitizenNumber | Unreadable | None:
    """Read 12 digits, typed with or without spaces, dashes and dots."""
    number = text.translate(_SEPARATORS)
    if not _NUMBER.fullmatch(number):
        return None
    return CitizenNumber(number) if _can_exist(number) else Unreadable(Why.IMPOSSIBLE_NUMBER)


def read_card(text: str, today: date) -> CitizenCard | Unreadable | None:
    """Read a card's QR code; a number followed by too few fields is a code cut short."""
    fields = text.split("|")
    if len(fields) < 2 or not _NUMBER.fullmatch(number := fields[0].strip(" ")):
        return None
    if len(fields) == 6 and _BIRTH_LIKE.fullmatch(fields[2].strip(" ")):
        # Some middleware leaves the old number out instead of sending it empty.
        fields.insert(1, "")
    if len(fields) < 7:
        return Unreadable(Why.BROKEN)
    if not _can_exist(number):
        return Unreadable(Why.IMPOSSIBLE_NUMBER)

    name = names.legible(fields[2])
    birth = _birth(fields[3].strip(" "), today)
    gender = _gender(fields[4])
    return CitizenCard(
        number=number,
        name=name,
        birth=birth if isinstance(birth, Birth) else None,
        gender=gender,
        doubts=tuple(_doubts(number, name, birth, gender)),
    )


_BIRTH_LIKE = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")


def _can_exist(number: str) -> bool:
    return len(set(number)) > 1


@dataclass(frozen=True, slots=True)
class _InNumber:
    """What positions 4 to 6 of a citizen number say (Decree 137/2015, article 13)."""

    year: int
    gender: Gender


def _in_number(number: str) -> _InNumber:
    century, odd = divmod(int(number[3]), 2)
    return _InNumber(1900 + 100 * century + int(number[4:6]), Gender.FEMALE if odd else Gender.MALE)


def _doubts(number: str, name: str | None, birth: Birth | Doubt, gender: Gender | None) -> list[Doubt]:
    said = _in_number(number)
    doubts = []
    if isinstance(birth, Doubt):
        doubts.append(birth)
    elif birth.year != said.year:
        doubts.append(Doubt.YEAR_DIFFERS)
    if gender is not None and gender is not said.gender:
        doubts.append(Doubt.GENDER_DIFFERS)
    if name is None:
        doubts.append(Doubt.NAME_UNREADABLE)
    return doubts


def _birth(text: str, today: date) -> Birth | Doubt:
    """`ddMMyyyy`, `MMyyyy`, `yyyy`, or the same with slashes; a date that cannot be is not bent into
    one that can."""
    if compact := _DATE.fullmatch(text):
        day, month, year = compact[1], compact[2] or compact[4], compact[3] or compact[5] or compact[6]
    elif slashed := _SLASHED_DATE.fullmatch(text):
        day, month, year = slashed.groups()
    else:
        return Doubt.DATE_IMPOSSIBLE
    birth = Birth(int(year), int(month) if month else None, int(day) if day else None)
    try:
        if birth.is_after(today):
            return Doubt.FUTURE_DATE
        # 00 is "unknown" to `or` above, yet no day or month of a calendar.
        date(birth.year, 1 if birth.month is None else birth.month, 1 if birth.day is None else birth.day)
    except ValueError:
        return Doubt.DATE_IMPOSSIBLE
    return birth if birth.year >= EARLIEST_YEAR else Doubt.DATE_IMPOSSIBLE


def _gender(text: str) -> Gender | None:
    # Cards say Nam or Nữ; scanners change the case and lose or garble the accent.
    letters = unicodedata.normalize("NFD", names.repaired(text).strip(" ").lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return {"nam": Gender.MALE, "nu": Gender.FEMALE}.get(bare)
