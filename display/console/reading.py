"""What a clerk typed of a person, or a scanner read, as an identity. Pure.

A desk's keyboard has more than a kiosk's: number, name and birth date stand in one line, in this order.
"""

import re
import unicodedata
from datetime import date

from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import Identity

_CARD = re.compile(r"[0-9]{12}")
_NUMBER = re.compile(r"[0-9]{12}|[0-9]{9,10}|[A-Z]{2}[1-5][0-9]{12}|[A-Z]{1,2}[0-9]{6,8}")
"""A citizen number, an old identity or insurance number, an insurance card's, a passport's."""
_BIRTH = re.compile(r"(?:^|\s)(?:(?:(\d{1,2})[./-])?(\d{1,2})[./-])?(\d{4})$")
_BEGINS_WITH_NUMBER = re.compile(r"((?:[A-Za-z]{1,2}[\s.-]*)?[0-9](?:[\s.-]*[0-9])*)(?:\s+|$)")
_GENDERS = {"nam": "male", "nữ": "female", "nu": "female"}
_EARLIEST = 1900


def read(text: str) -> Identity | None:
    """Who it is: a scanned citizen card, or number, name and birth date as far as they are typed. None when
    it is none of these."""
    line = unicodedata.normalize("NFC", text.strip())
    if "|" in line:
        return _card(line.split("|"))
    number, rest = _number(line)
    born = _BIRTH.search(rest)
    birth = _birth(born[1], born[2], born[3]) if born is not None else ""
    if born is not None and birth is None:
        return None
    name = " ".join((rest[: born.start()] if born is not None else rest).split())
    if any(sign.isdigit() for sign in name):
        return None
    if number:
        doubts = _doubts(number, birth or "", "")
        return Identity(IdentityKind.TYPED, number, name, birth or "", warnings=doubts)
    return Identity(IdentityKind.TOLD, "", name, birth or "") if name else None


def _number(line: str) -> tuple[str, str]:
    """The number that a line begins with, however its digits are grouped, and what comes after it. A year
    that follows it is no part of it."""
    found = _BEGINS_WITH_NUMBER.match(line)
    if found is None:
        return "", line
    plain = re.sub(r"[\s.-]", "", found[1]).upper()
    if _NUMBER.fullmatch(plain):
        return plain, line[found.end() :]
    shorter, _, year = found[1].rpartition(" ")
    plain = re.sub(r"[\s.-]", "", shorter).upper()
    if len(year) == 4 and _NUMBER.fullmatch(plain):
        return plain, line[found.start(1) + len(shorter) :].lstrip()
    return "", line


def _card(parts: list[str]) -> Identity | None:
    """The square code of a citizen card: number, old number, name, birth date, gender, and what is not
    needed."""
    if len(parts) < 5 or not _CARD.fullmatch(parts[0].strip()):
        return None
    digits = re.sub(r"[^0-9]", "", parts[3])
    day, month, year = digits[-8:-6], digits[-6:-4], digits[-4:]
    birth = _birth(day, month, year) if len(year) == 4 else ""
    number, gender = parts[0].strip(), _GENDERS.get(parts[4].strip().casefold(), "")
    impossible = ("date_impossible",) if digits and birth is None else ()
    return Identity(
        IdentityKind.CARD,
        number,
        " ".join(parts[2].split()),
        birth or "",
        gender,
        warnings=(*impossible, *_doubts(number, birth or "", gender)),
    )


def _doubts(number: str, birth: str, gender: str) -> tuple[str, ...]:
    """Where a birth year or gender is not what positions 4 to 6 of a citizen number say (Decree 137/2015,
    article 13): mistyped, or corrected since. Empty ones are not compared."""
    if not _CARD.fullmatch(number):
        return ()
    century, is_female = divmod(int(number[3]), 2)
    year = str(1900 + 100 * century + int(number[4:6]))
    differs = ("year_differs",) if birth and birth[:4] != year else ()
    other = ("gender_differs",) if gender and gender != ("female" if is_female else "male") else ()
    return (*differs, *other)


def _birth(day: str | None, month: str | None, year: str) -> str | None:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None when there is no such date."""
    try:
        born = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if born.year < _EARLIEST:
        return None
    shape = "%Y-%m-%d" if day else "%Y-%m" if month else "%Y"
    return born.strftime(shape)
