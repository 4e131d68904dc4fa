"""As little of a person as lets them recognise themselves on a screen others can see."""

from dataclasses import dataclass, field
from typing import assert_never

from kiosk.identity.values import (
    Ambiguous,
    Birth,
    CitizenCard,
    CitizenNumber,
    Document,
    HospitalCode,
    Identity,
    InsuranceCard,
    InsuranceNumber,
    OldNumber,
    OwnTicket,
    Phone,
)


@dataclass(frozen=True, slots=True)
class Masked:
    """What the confirm screen may show. `None` where the reading did not say."""

    given_name: str | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    last_three: str | None = field(repr=False)


def masked(identity: Identity) -> Masked:
    """Reduce an identity to given name in full, birth year and the last three digits."""
    match identity:
        case CitizenCard(number=number, name=name) | InsuranceCard(number=number, name=name):
            return Masked(given_name(name) if name is not None else None, _year(identity.birth), number[-3:])
        case Document(number=number):
            return Masked(_called(identity), _year(identity.birth), number[-3:])
        case CitizenNumber(number=text) | OldNumber(number=text) | InsuranceNumber(number=text):
            return Masked(None, None, text[-3:])
        case HospitalCode(code=text) | Phone(e164=text) | Ambiguous(text=text):
            return Masked(None, None, text[-3:])
        case OwnTicket():
            return Masked(None, None, None)
        case _:
            assert_never(identity)


def _year(birth: Birth | None) -> int | None:
    return birth.year if birth is not None else None


def _called(document: Document) -> str | None:
    # Only Vietnamese given names are the last word alone.
    if document.issuer == "VNM":
        return given_name(document.name) if document.name is not None else None
    return document.given or document.surname or None


def given_name(name: str) -> str:
    """The given name: the last word of a Vietnamese name, and the whole of a one-word one.

    People are addressed by it; hiding the family name instead would hide nothing (four in ten are
    Nguyễn). A prefix such as `H'` that stands alone stays with the name it belongs to.
    """
    words = name.split()
    if not words:
        return ""
    if len(words) > 1 and words[-2][-1] in "'\u2019":
        return " ".join(words[-2:])
    return words[-1]
