"""From the raw text of a scanner or a key pad to an identity.

Each reader answers an identity, an `Unreadable` that settles the matter, or `None`: not mine, ask the
next. A new kind of card is a new reader in `_CARDS`; the order there is part of the rule. What shows by
itself what it is (a card's fields, check digits, our own mark) is settled first; a number alone may be
several things, and then all of them are told.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date

from kiosk.identity import citizen, hospital_code, insurance, machine_zone, phone, strangers, ticket_code
from kiosk.identity.values import (
    Ambiguous,
    Identity,
    InsuranceNumber,
    Plain,
    Shape,
    Unreadable,
    Why,
    ZoneLine,
)

Reader = Callable[[str, date], Identity | ZoneLine | Unreadable | None]

LONGEST = 2048
"""Characters. A version 40 code holds more, but no card or slip a patient may show does."""

_ENDS = " \t\r\n\0\x02\x03\x04"
# A byte order mark, also as Latin-1 shows it, and the AIM identifier that scanners may put in front.
_LEADING = re.compile(r"\A(?:\ufeff|\u00ef\u00bb\u00bf)?(?:\][A-Za-z][0-9A-Za-z])?")


def read(raw: str, today: date, shapes: Sequence[Shape] = ()) -> Identity | ZoneLine | Unreadable:
    """Tell what was scanned or typed. Never raises, whatever the text.

    `today` is the facility's local date; it serves to notice birth dates that are still to come, and to find
    the century where a document leaves it out. `shapes` are those of the hospital's own codes.
    """
    text = _cleaned(raw)
    if not text:
        return Unreadable(Why.EMPTY)
    if len(text) > LONGEST:
        return Unreadable(Why.UNKNOWN_CODE)
    card = _card(text, today)
    if card is not None:
        return card
    plain = _plain(text, today, shapes)
    if plain is not None:
        return plain
    stranger = strangers.payment(text) or strangers.web_address(text)
    if stranger is not None:
        return stranger
    if _is_damaged(text):
        return Unreadable(Why.BROKEN)
    return strangers.vneid(text) or Unreadable(Why.UNKNOWN_CODE)


def _card(text: str, today: date) -> Identity | ZoneLine | Unreadable | None:
    for reader in _CARDS:
        answer = reader(text, today)
        if answer is not None:
            return answer
    return None


def _cleaned(raw: str) -> str:
    # Only ASCII ends are trimmed: str.strip() would also eat U+00A0, the last byte of "à" in a name
    # that a scanner handed over as Latin-1.
    return unicodedata.normalize("NFC", _LEADING.sub("", raw.strip(_ENDS)).strip(_ENDS))


def _plain(text: str, today: date, shapes: Sequence[Shape]) -> Plain | Ambiguous | Unreadable | None:
    codes = hospital_code.read(text, shapes)
    number = _number(text, today)
    if not codes:
        return number
    if isinstance(number, Ambiguous):
        return Ambiguous(number.text, (*codes, *number.candidates))
    known = codes if number is None or isinstance(number, Unreadable) else (*codes, number)
    return known[0] if len(known) == 1 else Ambiguous(text, known)


def _number(text: str, today: date) -> Plain | Ambiguous | Unreadable | None:
    short = insurance.read_short_number(text)
    if short is None:
        return (
            citizen.read_number(text, today) or insurance.read_number(text, today) or phone.read(text, today)
        )
    insured, called = InsuranceNumber(short), phone.read(text, today)
    return Ambiguous(short, (insured,) if called is None else (insured, called))


def _is_damaged(text: str) -> bool:
    return any(
        character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in text
    )


# The health declaration of 2021 comes before the cards, because it may begin with a citizen number; the
# insurance card before the citizen card, because newer ones may.
_CARDS: tuple[Reader, ...] = (
    ticket_code.read,
    strangers.covid,
    insurance.read_card,
    citizen.read_card,
    machine_zone.read,
)
