"""What the square codes on citizen and insurance cards say, as a desk's reader types them. Pure.

A desk needs who it is and, of an insurance card, how long and where it holds; a kiosk reads and mends more.
"""

import re
import unicodedata
from datetime import date

from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import Identity, Insurance

INSURED = re.compile(r"[A-Z]{2}[1-5][0-9]{12}|[0-9]{10}")
"""An insurance card's number: 15 characters, or the 10 digits of newer cards."""

_CITIZEN = re.compile(r"[0-9]{12}")
_HEX = re.compile(r"(?=[A-Fa-f]*[0-9])(?:[0-9A-Fa-f]{2})+")
_DATE = re.compile(r"(?:(?:(\d{1,2})[./-])?(\d{1,2})[./-])?(\d{4})|(\d{2})?(\d{2})(\d{4})")
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_FACILITY = re.compile(r"[0-9]{2}[0-9A-Z][0-9]{2}")
_GENDERS = {"nam": "male", "nữ": "female", "nu": "female", "1": "male", "2": "female"}
_EARLIEST = 1900
_NEEDED = 4
"""Fields of an insurance card that say who it is; the rest may be cut off."""


def read(text: str) -> Identity | None:
    """Whose card it is; None when it is neither."""
    parts = [part.strip() for part in unicodedata.normalize("NFC", text).split("|")]
    if len(parts) > 1 and _is_insurance_card(parts):
        return _insured(parts)
    return _citizen(parts) if len(parts) > _NEEDED and _CITIZEN.fullmatch(parts[0]) else None


def number(text: str) -> str:
    """The number on a scanned card of either kind; empty for anything else."""
    parts = [part.strip() for part in text.split("|")]
    is_card = len(parts) > 1 and (_CITIZEN.fullmatch(parts[0]) or INSURED.fullmatch(parts[0].upper()))
    return parts[0].upper() if is_card else ""


def birth(day: str | None, month: str | None, year: str) -> str | None:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None when there is no such date."""
    try:
        born = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if born.year < _EARLIEST:
        return None
    shape = "%Y-%m-%d" if day else "%Y-%m" if month else "%Y"
    return born.strftime(shape)


def doubts(citizens: str, born: str, gender: str) -> tuple[str, ...]:
    """Where a birth year or gender is not what positions 4 to 6 of a citizen number say (Decree 137/2015,
    article 13): mistyped, or corrected since. Empty ones are not compared."""
    if not _CITIZEN.fullmatch(citizens):
        return ()
    century, is_female = divmod(int(citizens[3]), 2)
    year = str(1900 + 100 * century + int(citizens[4:6]))
    differs = ("year_differs",) if born and born[:4] != year else ()
    other = ("gender_differs",) if gender and gender != ("female" if is_female else "male") else ()
    return (*differs, *other)


def _citizen(parts: list[str]) -> Identity:
    """Number, old number, name, birth date, gender, and what is not needed."""
    return _identity(IdentityKind.CARD, parts[0], " ".join(parts[2].split()), parts[3], parts[4])


def _is_insurance_card(parts: list[str]) -> bool:
    """Since 1/8/2025 the citizen number may stand in for the ten digits; its name shows which card it is."""
    if "$" in parts:
        parts = parts[: parts.index("$")]
    if len(parts) < _NEEDED:
        return False
    if INSURED.fullmatch(parts[0].upper()):
        return True
    return _CITIZEN.fullmatch(parts[0]) is not None and _HEX.fullmatch(parts[1]) is not None


def _insured(parts: list[str]) -> Identity:
    """Number, name in hexadecimal digits, birth date, gender, address, first facility, from and until."""
    known = parts[: parts.index("$")] if "$" in parts else parts
    *_, facility, first, last = [*known[:8], *(["-"] * (8 - len(known)))]
    found = _FACILITY.fullmatch(re.sub(r"[\s–-]", "", facility).upper())
    insurance = Insurance(
        valid_from=_day(first), valid_until=_day(last), facility=found[0] if found is not None else ""
    )
    return _identity(
        IdentityKind.INSURANCE, known[0].upper(), _name(known[1]), known[2], known[3], insurance=insurance
    )


def _identity(
    kind: IdentityKind, citizens: str, name: str, born: str, sex: str, *, insurance: Insurance | None = None
) -> Identity:
    found = _DATE.fullmatch(born)
    said = birth(found[1] or found[4], found[2] or found[5], found[3] or found[6]) if found else None
    gender = _GENDERS.get(sex.casefold(), "")
    impossible = ("date_impossible",) if born and said is None else ()
    warnings = (*impossible, *doubts(citizens, said or "", gender))
    return Identity(kind, citizens, name, said or "", gender, warnings=warnings, insurance=insurance)


def _name(text: str) -> str:
    """A name out of its digits; as it stands where it has none, empty where it did not survive."""
    if not _HEX.fullmatch(text):
        return "" if text == "-" else " ".join(text.split())
    try:
        return " ".join(unicodedata.normalize("NFC", bytes.fromhex(text).decode("utf-8")).split())
    except UnicodeDecodeError:
        return ""


def _day(text: str) -> str:
    """`31/12/2026` as the wire writes it; empty where the card leaves it open."""
    found = _DAY.fullmatch(text)
    return (birth(found[1], found[2], found[3]) or "") if found is not None else ""
