"""What a clerk typed of a person, or a scanner read, as an identity; and when somebody is to come. Pure.

A desk's keyboard has more than a kiosk's: number, name and birth date stand in one line, in this order.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, tzinfo

from display.console import cards, words
from queue_server.protocol.codes import CodeKind, IdentityKind
from queue_server.protocol.commands import Identity, Insurance
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import CodeShape

_CITIZEN = re.compile(r"[0-9]{12}")
_NUMBER = re.compile(r"[0-9]{12}|[0-9]{9,10}|[A-Z]{2}[1-5][0-9]{12}")
"""A citizen number, an old identity or insurance number, an insurance card's."""
_DOCUMENT = re.compile(r"([A-Z]{3}|D)\s+((?=[A-Z0-9]*[0-9])[A-Z0-9]{6,9})(?:\s+|$)", re.IGNORECASE | re.ASCII)
"""A passport's, behind the letters of its country: a number is unique within it."""
_COUNTRYLESS = re.compile(r"[A-Z]{1,2}[0-9]{6,8}")
_BIRTH = re.compile(r"(?:^|\s)(?:(?:(\d{1,2})[./-])?(\d{1,2})[./-])?(\d{4})$")
_BEGINS_WITH_NUMBER = re.compile(r"((?:[A-Za-z]{1,2}[\s.-]*)?[0-9](?:[\s.-]*[0-9])*)(?:\s+|$)")
_MOMENT = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}))?\s+(\d{1,2})[:hg](\d{2})?", re.IGNORECASE)
_KINDS = {
    CodeKind.HOSPITAL_CARD: IdentityKind.HOSPITAL_CARD,
    CodeKind.HIS_PAPER: IdentityKind.HIS_PAPER,
}


def read(text: str, codes: Iterable[CodeShape] = ()) -> Identity | Label:
    """Who it is: a scanned card, a code of the hospital's own, or number, name and birth date as far as they
    are typed. codes: how the hospital's own look. What is none of these is answered with what to type."""
    line = unicodedata.normalize("NFC", text.strip())
    if "|" in line:
        return cards.read(line) or words.NOT_UNDERSTOOD
    own = hospital_code(line, codes)
    if own is not None:
        return Identity(own[0], own[1])
    number, issuer, rest = _number(line)
    if not issuer and _COUNTRYLESS.fullmatch(number):
        return words.WHICH_COUNTRY
    born = _BIRTH.search(rest)
    birth = cards.birth(born[1], born[2], born[3]) if born is not None else ""
    name = " ".join((rest[: born.start()] if born is not None else rest).split())
    if birth is None or any(sign.isdigit() for sign in name):
        return words.NOT_UNDERSTOOD
    if number:
        doubts = cards.doubts(number, birth, "")
        return Identity(IdentityKind.TYPED, number, name, birth, warnings=doubts, issuer=issuer)
    return Identity(IdentityKind.TOLD, "", name, birth) if name else words.NOT_UNDERSTOOD


def hospital_code(text: str, codes: Iterable[CodeShape]) -> tuple[IdentityKind, str] | None:
    """What a code of the hospital's own stands for, where it stands for a person. Twelve digits are a citizen
    number, whatever else they look like."""
    if len(text) > _LONGEST or _CITIZEN.fullmatch(text):
        return None
    for shape in codes:
        found = re.fullmatch(shape.pattern, text, re.IGNORECASE | re.ASCII)
        code = found.groupdict().get("code", found[0]) if found is not None else ""
        if code and shape.kind in _KINDS:
            return _KINDS[shape.kind], code
    return None


_LONGEST = 128
"""Characters of a code that is compared."""


def insurance(text: str) -> Insurance | None:
    """A scanned insurance card, or its number as it was typed; nothing said leaves all open. None when it is
    neither."""
    card = cards.read(text)
    if card is not None:
        said = card.insurance
        return Insurance(card.number, said.valid_from, said.valid_until, said.facility) if said else None
    number = re.sub(r"[\s.-]", "", text).upper()
    return Insurance(number) if not number or cards.INSURED.fullmatch(number) else None


def moment(text: str, now: int, zone: tzinfo) -> int | None:
    """When somebody is to come, ms: `24/11 7:30`, with a year where it is not the next such day. None for
    what is no moment, or over. now: ms."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    today = datetime.fromtimestamp(now / 1000, zone)
    years = (int(found[3]),) if found[3] else (today.year, today.year + 1)
    for year in years:
        try:
            at = datetime(year, int(found[2]), int(found[1]), int(found[4]), int(found[5] or 0), tzinfo=zone)
        except ValueError:
            continue
        if at > today:
            return int(at.timestamp() * 1000)
    return None


def _number(line: str) -> tuple[str, str, str]:
    """The number that a line begins with, however its digits are grouped, a document's issuer, and what comes
    after it. A year that follows it is no part of it."""
    document = _DOCUMENT.match(line)
    if document is not None:
        return document[2].upper(), document[1].upper(), line[document.end() :]
    found = _BEGINS_WITH_NUMBER.match(line)
    if found is None:
        return "", "", line
    plain = re.sub(r"[\s.-]", "", found[1]).upper()
    if _is_number(plain):
        return plain, "", line[found.end() :]
    shorter, _, year = found[1].rpartition(" ")
    plain = re.sub(r"[\s.-]", "", shorter).upper()
    if len(year) == 4 and _is_number(plain):
        return plain, "", line[found.start(1) + len(shorter) :].lstrip()
    return "", "", line


def _is_number(plain: str) -> bool:
    return bool(_NUMBER.fullmatch(plain) or _COUNTRYLESS.fullmatch(plain))
