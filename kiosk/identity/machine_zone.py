"""The machine-readable zone of passports (two lines of 44, TD3) and identity cards (three of 30, TD1).

ICAO 9303, parts 3 to 5. The lines may come in one piece, parted by spaces or line ends, or each alone and in
any order: scanners read, and people type, one line at a time.
"""

import re
from collections.abc import Sequence
from datetime import date

from kiosk.identity import births, citizen
from kiosk.identity.values import (
    Birth,
    Document,
    DocumentKind,
    Doubt,
    Gender,
    Unreadable,
    Why,
    ZoneLine,
)

_WEIGHTS = (7, 3, 1)
_SPACE = re.compile(r"[\s\x1c-\x1f]+")
_ZONE = re.compile(r"[A-Z0-9<]+")
_PASSPORT = re.compile(r"P[A-Z<][A-Z<]{3}[A-Z<]{39}[A-Z0-9<]{44}")
_CARD = re.compile(r"[IAC][A-Z<][A-Z<]{3}[A-Z0-9<]{55}[A-Z<]{30}")
_GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE}
# Each line by its shape: where there is a digit in all of them, and in none, tells two of them apart.
_LINES = (
    (2, 0, re.compile(r"(?=.*<)P[A-Z<][A-Z<]{3}[A-Z<]{39}")),
    (2, 1, re.compile(r"[A-Z0-9<]{9}[0-9<][A-Z<]{3}[0-9<]{6}[0-9<][MFX<][0-9<]{6}[0-9<][A-Z0-9<]{15}[0-9]")),
    (3, 0, re.compile(r"(?=.*[0-9])(?=.*<)[IAC][A-Z<][A-Z<]{3}[A-Z0-9<]{25}")),
    (3, 1, re.compile(r"[0-9<]{6}[0-9][MFX<][0-9<]{6}[0-9][A-Z<]{3}[A-Z0-9<]{11}[0-9]")),
    (3, 2, re.compile(r"(?=.*<)[A-Z][A-Z<]{29}")),
)


def read(text: str, today: date) -> Document | ZoneLine | Unreadable | None:
    """Read a zone or one line of it. A zone that is cut is broken; one whose check digits are wrong, and so a
    line whose own are, was misread."""
    zone = _SPACE.sub("", text).upper()
    if not _ZONE.fullmatch(zone):
        return None
    if _PASSPORT.fullmatch(zone):
        return _passport(zone[:44], zone[44:], today)
    if _CARD.fullmatch(zone):
        return _card(zone[:30], zone[30:60], zone[60:], today)
    line = _line(zone)
    if line is not None:
        return line if _own_digits_are_right(line) else Unreadable(Why.CHECK_DIGIT)
    return Unreadable(Why.BROKEN) if "<<" in zone else None


def together(have: Sequence[ZoneLine], line: ZoneLine) -> tuple[ZoneLine, ...] | str:
    """The lines read so far with one more, in order; once none is missing, the whole zone as one text.

    A line read again replaces itself; one of another kind of document begins anew.
    """
    lines = {known.place: known for known in have if known.lines == line.lines} | {line.place: line}
    in_order = tuple(lines[place] for place in sorted(lines))
    return in_order if len(in_order) < line.lines else "".join(each.text for each in in_order)


def _line(zone: str) -> ZoneLine | None:
    for lines, place, shape in _LINES:
        if shape.fullmatch(zone):
            return ZoneLine(lines, place, zone)
    return None


def _own_digits_are_right(line: ZoneLine) -> bool:
    """By those check digits that need no other line."""
    text = line.text
    match line.lines, line.place:
        case 2, 1:
            return _are_right(_of_passport(text))
        case 3, 0:
            return _is_right(*_number_on_card(text))
        case 3, 1:
            return _are_right(((text[:6], text[6]), (text[8:14], text[14])))
        case _:
            return True


def check_digit(text: str) -> str:
    """Sum of digits, letters (A is 10) and fillers (0), weighted 7, 3, 1 in turn; its last digit."""
    total = sum(
        (0 if sign == "<" else int(sign, 36)) * _WEIGHTS[place % 3] for place, sign in enumerate(text)
    )
    return str(total % 10)


def _is_right(text: str, digit: str) -> bool:
    # An empty part may have a filler instead of its 0.
    return digit == check_digit(text) or (digit == "<" and not text.strip("<"))


def _are_right(checked: Sequence[tuple[str, str]]) -> bool:
    return all(_is_right(text, digit) for text, digit in checked)


def _of_passport(facts: str) -> tuple[tuple[str, str], ...]:
    """What its check digits are of, and they."""
    number, birth, expiry, optional = facts[:9], facts[13:19], facts[21:27], facts[28:42]
    whole = facts[:10] + facts[13:20] + facts[21:43]
    return (
        (number, facts[9]),
        (birth, facts[19]),
        (expiry, facts[27]),
        (optional, facts[42]),
        (whole, facts[43]),
    )


def _passport(names: str, facts: str, today: date) -> Document | Unreadable:
    if not _are_right(_of_passport(facts)):
        return Unreadable(Why.CHECK_DIGIT)
    number, birth = facts[:9], facts[13:19]
    return _document(DocumentKind.PASSPORT, names[2:5], number, names[5:], birth, facts[20], today)


def _number_on_card(top: str) -> tuple[str, str]:
    """The document's number and its check digit."""
    number, digit, optional = top[5:14], top[14], top[15:30]
    if digit == "<" and optional[0] != "<":
        # A number of more than nine characters goes on behind, with its check digit last.
        rest = optional.partition("<")[0]
        number, digit = number + rest[:-1], rest[-1]
    return number, digit


def _card(top: str, facts: str, names: str, today: date) -> Document | Unreadable:
    number, digit = _number_on_card(top)
    birth, expiry = facts[:6], facts[8:14]
    whole = top[5:] + facts[:7] + facts[8:15] + facts[18:29]
    checked = ((number, digit), (birth, facts[6]), (expiry, facts[14]), (whole, facts[29]))
    if not _are_right(checked):
        return Unreadable(Why.CHECK_DIGIT)
    citizens = _citizen_number(number, top[15:30]) if top[2:5] == "VNM" else None
    return _document(DocumentKind.ID_CARD, top[2:5], number, names, birth, facts[7], today, citizens)


def _citizen_number(number: str, optional: str) -> str | None:
    """Vietnamese cards have the last nine of the twelve digits as their number and all of them behind it."""
    digits = optional[:12]
    is_one = re.fullmatch("[0-9]{12}", digits) is not None and digits.endswith(number)
    return digits if is_one and citizen.can_exist(digits) else None


def _document(
    kind: DocumentKind,
    issuer: str,
    number: str,
    names: str,
    born: str,
    sex: str,
    today: date,
    citizens: str | None = None,
) -> Document | Unreadable:
    number = number.strip("<")
    if not number:
        return Unreadable(Why.BROKEN)
    surname, _, given = (part.replace("<", " ").strip(" ") for part in names.partition("<<"))
    birth, gender = _birth(born, citizens, today), _GENDERS.get(sex)
    return Document(
        kind=kind,
        issuer=issuer.strip("<"),
        number=number,
        surname=surname,
        given=" ".join(given.split()),
        birth=birth if isinstance(birth, Birth) else None,
        gender=gender,
        citizen_number=citizens,
        doubts=citizen.doubts(citizens, surname or given or None, birth, gender),
    )


def _birth(text: str, citizens: str | None, today: date) -> Birth | Doubt:
    """`yyMMdd`, what is unknown as `<<`. The century is the last one in which this day has been, unless a
    citizen number says which."""
    found = re.fullmatch(r"([0-9]{2})(?:([0-9]{2})([0-9]{2}|<<)|<<(?:[0-9]{2}|<<))", text)
    if found is None:
        return Doubt.DATE_IMPOSSIBLE
    month = int(found[2]) if found[2] else None
    day = int(found[3]) if month is not None and found[3] != "<<" else None
    year = 100 * (today.year // 100) + int(found[1])
    if citizens is not None and citizen.in_number(citizens).year % 100 == int(found[1]):
        return births.possible(Birth(citizen.in_number(citizens).year, month, day), today)
    birth = births.possible(Birth(year, month, day), today)
    return births.possible(Birth(year - 100, month, day), today) if birth is Doubt.FUTURE_DATE else birth
