"""The machine-readable zone of passports (two lines of 44, TD3) and identity cards (three of 30, TD1).

ICAO 9303, parts 3 to 5. The lines may come in one piece, or parted by spaces or line ends.
"""

import re
from datetime import date

from kiosk.identity import births, citizen
from kiosk.identity.values import Birth, Document, DocumentKind, Doubt, Gender, Unreadable, Why

_WEIGHTS = (7, 3, 1)
_SPACE = re.compile(r"[\s\x1c-\x1f]+")
_ZONE = re.compile(r"[A-Z0-9<]+")
_PASSPORT = re.compile(r"P[A-Z<][A-Z<]{3}[A-Z<]{39}[A-Z0-9<]{44}")
_CARD = re.compile(r"[IAC][A-Z<][A-Z<]{3}[A-Z0-9<]{55}[A-Z<]{30}")
_GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE}


def read(text: str, today: date) -> Document | Unreadable | None:
    """Read a zone; one that is cut, or whose check digits are wrong, is broken."""
    zone = _SPACE.sub("", text).upper()
    if "<<" not in zone or not _ZONE.fullmatch(zone):
        return None
    if _PASSPORT.fullmatch(zone):
        return _passport(zone[:44], zone[44:], today)
    if _CARD.fullmatch(zone):
        return _card(zone[:30], zone[30:60], zone[60:], today)
    return Unreadable(Why.BROKEN)


def check_digit(text: str) -> str:
    """Sum of digits, letters (A is 10) and fillers (0), weighted 7, 3, 1 in turn; its last digit."""
    total = sum(
        (0 if sign == "<" else int(sign, 36)) * _WEIGHTS[place % 3] for place, sign in enumerate(text)
    )
    return str(total % 10)


def _is_right(text: str, digit: str) -> bool:
    # An empty part may have a filler instead of its 0.
    return digit == check_digit(text) or (digit == "<" and not text.strip("<"))


def _passport(names: str, facts: str, today: date) -> Document | Unreadable:
    number, birth, expiry, optional = facts[:9], facts[13:19], facts[21:27], facts[28:42]
    whole = facts[:10] + facts[13:20] + facts[21:43]
    checked = (
        (number, facts[9]),
        (birth, facts[19]),
        (expiry, facts[27]),
        (optional, facts[42]),
        (whole, facts[43]),
    )
    if not all(_is_right(text, digit) for text, digit in checked):
        return Unreadable(Why.BROKEN)
    return _document(DocumentKind.PASSPORT, names[2:5], number, names[5:], birth, facts[20], today)


def _card(top: str, facts: str, names: str, today: date) -> Document | Unreadable:
    number, digit, optional = top[5:14], top[14], top[15:30]
    if digit == "<" and optional[0] != "<":
        # A number of more than nine characters goes on behind, with its check digit last.
        rest = optional.partition("<")[0]
        number, digit = number + rest[:-1], rest[-1]
    birth, expiry = facts[:6], facts[8:14]
    whole = top[5:] + facts[:7] + facts[8:15] + facts[18:29]
    checked = ((number, digit), (birth, facts[6]), (expiry, facts[14]), (whole, facts[29]))
    if not all(_is_right(text, digit) for text, digit in checked):
        return Unreadable(Why.BROKEN)
    citizens = _citizen_number(number, optional) if top[2:5] == "VNM" else None
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
