"""Visit numbers and call signs: unique within a day, never used twice (DESIGN §4, Numbers)."""

import re

from queue_server.engine.draft import Draft
from queue_server.engine.model import Sign
from queue_server.protocol.codes import SignOrigin

_ORDINARY = re.compile(r"([A-Z])(\d{3,4})")
_OFFLINE = re.compile(r"K(\d{2})-(\d{3,4})")


def ordinary(number: str) -> tuple[str, int] | None:
    """Letter and count of an ordinary number such as `A045`; None for any other number."""
    match = _ORDINARY.fullmatch(number)
    return (match[1], int(match[2])) if match else None


def offline(number: str) -> int | None:
    """Ordinal of the kiosk whose offline series a number such as `K07-012` belongs to; None for any other."""
    place = place_in_series(number)
    return place[0] if place else None


def place_in_series(number: str) -> tuple[int, int] | None:
    """Ordinal of the kiosk and count of a number of an offline series; None for any other number."""
    match = _OFFLINE.fullmatch(number)
    return (int(match[1]), int(match[2])) if match else None


def record_of(number: str) -> str:
    """Under which number a ticket of an earlier day is kept as a record: today's series stays free."""
    return f"-{number}"


def is_record(number: str) -> bool:
    """Whether this is the number of a record."""
    return number.startswith("-")


def next_number(draft: Draft, letter: str) -> str:
    """The next free number of a letter: three digits, after 999 four."""
    count = draft.day.letters.get(letter, 0)
    while True:
        count += 1
        number = f"{letter}{count:03d}"
        if number not in draft.day.numbers:
            return number


def sign_at(draft: Draft, visit: str, service: str, clinic: str) -> Sign:
    """The call sign of a visit's step at a clinic: the clinic's own sequence, or the visit number. A number
    that the HIS gave to somebody else there is not called for two."""
    number = draft.part(visit).number
    is_free = draft.sign_owner(clinic, number) in (None, visit)
    if is_free and not draft.facility.services[service].clinic_numbers:
        return Sign(number, SignOrigin.VISIT)
    count = draft.last_sign(clinic)
    while True:
        count += 1
        if draft.sign_owner(clinic, str(count)) is None:
            return Sign(str(count), SignOrigin.CLINIC)
