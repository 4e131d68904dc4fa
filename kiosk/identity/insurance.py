"""The health insurance card (BHYT): its QR code, old and new, and its number.

Shape of the code: number | name | birth date | 1 or 2 | address | first facility | valid from | valid to |
issued | agency | parent | … | `$`. Old cards have 15 parts and a number of 15 characters, new ones 17 and 10
digits; others are cut short. Names are UTF-8 as hexadecimal digits, `-` is "nothing". The part that looks
like a checksum follows no known rule and is not looked at.
"""

import re
from datetime import date

from kiosk.identity import births, citizen, names
from kiosk.identity.digits import closed_up
from kiosk.identity.values import Birth, Doubt, Gender, InsuranceCard, InsuranceNumber, Unreadable, Why

LONG = re.compile(r"[A-Z]{2}[1-5][0-9]{12}")
"""Group of the insured, share of the costs, province, ten digits. The groups are no closed list: laws add
some (Law 51/2024/QH15)."""

_SHORT = re.compile(r"[0-9]{10}")
_ALMOST = re.compile(r"[A-Z0]{2}[0-9O]{13}")
_HEX = re.compile(r"(?=[A-Fa-f]*[0-9])(?:[0-9A-Fa-f]{2})+")
_FACILITY = re.compile(r"[0-9]{2}[0-9A-Z][0-9]{2}")
_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_GENDERS = {"1": Gender.MALE, "2": Gender.FEMALE}
_NEEDED = 4


def read_number(text: str, _today: date) -> InsuranceNumber | Unreadable | None:
    """Read 15 characters typed in either case, in whatever groups, with `O` and `0` taken for each other."""
    number = closed_up(text).upper()
    if not _ALMOST.fullmatch(number) or number[:2] == "00":
        return None
    number = number[:2].replace("0", "O") + number[2:].replace("O", "0")
    return InsuranceNumber(number) if LONG.fullmatch(number) else Unreadable(Why.IMPOSSIBLE_NUMBER)


def read_short_number(text: str) -> str | None:
    """The ten digits of a newer card, if these can be some. They may as well be something else."""
    number = closed_up(text)
    return number if _SHORT.fullmatch(number) else None


def read_card(text: str, today: date) -> InsuranceCard | Unreadable | None:
    """Read a card's QR code. Number, name, birth date and gender are needed; the rest may be cut off."""
    fields = [field.strip(" ") for field in text.split("|")]
    number = fields[0].upper()
    if len(fields) < 2 or not (LONG.fullmatch(number) or _is_short(fields) or _is_citizens(fields)):
        return None
    if "$" in fields:
        del fields[fields.index("$") :]
    if len(fields) < _NEEDED:
        return Unreadable(Why.BROKEN)

    name = _name(fields[1])
    birth = births.birth(fields[2], today)
    gender = _GENDERS.get(fields[3]) or births.gender(fields[3])
    fields += ["-"] * (8 - len(fields))
    return InsuranceCard(
        number=number,
        name=name,
        birth=birth if isinstance(birth, Birth) else None,
        gender=gender,
        facility=_facility(fields[5]),
        valid_from=_day(fields[6]),
        valid_until=_day(fields[7]),
        doubts=_doubts(number, name, birth, gender),
    )


def _is_short(fields: list[str]) -> bool:
    """Ten digits may also be the end of a citizen number, torn off: then no single sign stands for gender."""
    return _SHORT.fullmatch(fields[0]) is not None and (len(fields) < _NEEDED or len(fields[3]) <= 1)


def _is_citizens(fields: list[str]) -> bool:
    """Since 1/8/2025 the citizen number may stand in for the ten digits; the rest is as on this card."""
    return (
        len(fields) >= _NEEDED
        and re.fullmatch(r"[0-9]{12}", fields[0]) is not None
        and citizen.can_exist(fields[0])
        and _HEX.fullmatch(fields[1]) is not None
        and births.looks_like_birth(fields[2])
        and fields[3] in _GENDERS
    )


def _doubts(number: str, name: str | None, birth: Birth | Doubt, gender: Gender | None) -> tuple[Doubt, ...]:
    return citizen.doubts(number if len(number) == 12 else None, name, birth, gender)


def _name(text: str) -> str | None:
    # No name has a digit, and no hexadecimal name goes without one.
    if not _HEX.fullmatch(text):
        return names.legible(text)
    try:
        return names.legible(bytes.fromhex(text).decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _facility(text: str) -> str | None:
    code = closed_up(text).upper()
    return code if _FACILITY.fullmatch(code) else None


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None
