"""Who somebody is, as the server is told."""

from typing import assert_never

from kiosk.identity import CitizenCard, CitizenNumber, InsuranceCard, InsuranceNumber, Phone
from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import Identity as WireIdentity


def on_the_wire(
    person: CitizenCard | InsuranceCard | CitizenNumber | InsuranceNumber | Phone,
) -> WireIdentity:
    """A person as `register` and `holder` tell them."""
    match person:
        case CitizenCard():
            return _card_on_the_wire(IdentityKind.CARD, person)
        case InsuranceCard():
            return _card_on_the_wire(IdentityKind.INSURANCE, person)
        case CitizenNumber(number=number) | InsuranceNumber(number=number):
            return WireIdentity(IdentityKind.TYPED, number)
        case Phone(e164=e164):
            return WireIdentity(IdentityKind.PHONE, phone=e164)
        case _:
            assert_never(person)


def _card_on_the_wire(kind: IdentityKind, card: CitizenCard | InsuranceCard) -> WireIdentity:
    return WireIdentity(
        kind,
        card.number,
        card.name or "",
        card.birth.iso if card.birth is not None else "",
        card.gender.value if card.gender is not None else "",
        warnings=tuple(doubt.value for doubt in card.doubts),
    )
