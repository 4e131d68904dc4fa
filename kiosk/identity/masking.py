"""As little of a person as lets them recognise themselves on a screen others can see."""

from dataclasses import dataclass, field

from kiosk.identity.values import CitizenCard, CitizenNumber, Identity, OwnTicket, Phone


@dataclass(frozen=True, slots=True)
class Masked:
    """What the confirm screen may show. `None` where the reading did not say."""

    given_name: str | None = field(repr=False)
    birth_year: int | None = field(repr=False)
    last_three: str | None = field(repr=False)


def masked(identity: Identity) -> Masked:
    """Reduce an identity to given name in full, birth year and the last three digits."""
    match identity:
        case CitizenCard(number=number, name=name, birth=birth):
            return Masked(
                given_name(name) if name is not None else None,
                birth.year if birth is not None else None,
                number[-3:],
            )
        case CitizenNumber(number=number):
            return Masked(None, None, number[-3:])
        case Phone(e164=e164):
            return Masked(None, None, e164[-3:])
        case OwnTicket():
            return Masked(None, None, None)


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
