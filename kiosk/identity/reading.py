"""From the raw text of a scanner or a key pad to an identity.

Each reader answers an identity, an `Unreadable` that settles the matter, or `None`: not mine, ask the
next. A new kind of card is a new reader in `_READERS`; the order there is part of the rule.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from kiosk.identity import citizen, phone, ticket_code
from kiosk.identity.values import Identity, Unreadable, Why

Reader = Callable[[str, date], Identity | Unreadable | None]

LONGEST = 2048
"""Characters. A version 40 code holds more, but no card or slip a patient may show does."""

_ENDS = " \t\r\n\0\x02\x03\x04"
# A byte order mark, also as Latin-1 shows it, and the AIM identifier that scanners may put in front.
_LEADING = re.compile(r"\A(?:\ufeff|\u00ef\u00bb\u00bf)?(?:\][A-Za-z][0-9A-Za-z])?")


def read(raw: str, today: date) -> Identity | Unreadable:
    """Tell what was scanned or typed. Never raises, whatever the text.

    `today` is the facility's local date; it only serves to notice birth dates that are still to come.
    """
    text = _cleaned(raw)
    if not text:
        return Unreadable(Why.EMPTY)
    if len(text) > LONGEST:
        return Unreadable(Why.UNKNOWN_CODE)
    for reader in _READERS:
        answer = reader(text, today)
        if answer is not None:
            return answer
    return Unreadable(Why.BROKEN if _is_damaged(text) else Why.UNKNOWN_CODE)


def _cleaned(raw: str) -> str:
    # Only ASCII ends are trimmed: str.strip() would also eat U+00A0, the last byte of "à" in a name
    # that a scanner handed over as Latin-1.
    return unicodedata.normalize("NFC", _LEADING.sub("", raw.strip(_ENDS)).strip(_ENDS))


def _payment(text: str, _today: date) -> Unreadable | None:
    # EMVCo merchant codes (VietQR) open with the payload format "01" under tag 00.
    if text.startswith("000201") and len(text) > len("000201000000"):
        return Unreadable(Why.PAYMENT_CODE)
    return None


def _web_address(text: str, _today: date) -> Unreadable | None:
    return Unreadable(Why.WEB_ADDRESS) if re.match(r"(?:https?:|www\.)", text, re.IGNORECASE) else None


def _covid(text: str, _today: date) -> Unreadable | None:
    # The health declaration code of 2021: its first part may look like a citizen number.
    parts = text.split("|")
    if (
        5 <= len(parts) <= 7
        and parts[3] in ("0", "1")
        and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|\*+", parts[2])
    ):
        return Unreadable(Why.COVID_CODE)
    return None


def _vneid(text: str, _today: date) -> Unreadable | None:
    # The code on the VNeID screen is an opaque, short-lived token that only its issuer can open.
    if re.fullmatch(r"eyJ[\w-]*\.[\w-]*\.[\w-]*", text, re.ASCII) or (len(text) > 100 and "|" not in text):
        return Unreadable(Why.BROKEN if _is_damaged(text) else Why.VNEID)
    return None


def _is_damaged(text: str) -> bool:
    return any(
        character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in text
    )


_READERS: tuple[Reader, ...] = (
    ticket_code.read,
    _payment,
    _web_address,
    _covid,
    citizen.read_card,
    citizen.read_number,
    phone.read,
    _vneid,
)
