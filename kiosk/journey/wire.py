"""Who somebody is, as the server is told."""

from typing import assert_never

from kiosk.identity import (
    Birth,
    CitizenCard,
    CitizenNumber,
    CodeKind,
    Document,
    Doubt,
    Gender,
    HospitalCode,
    InsuranceCard,
    InsuranceNumber,
    Phone,
)
from kiosk.journey.values import Person, Referral, Told, Who
from queue_server.protocol.codes import Brought, IdentityKind
from queue_server.protocol.commands import Guardian, Insurance
from queue_server.protocol.commands import Identity as WireIdentity

_BROUGHT = {Who.ME: Brought.SELF, Who.CHILD: Brought.CHILD, Who.RELATIVE: Brought.RELATIVE}
_OF_CODES = {
    CodeKind.HOSPITAL_CARD: IdentityKind.HOSPITAL_CARD,
    CodeKind.HIS_PAPER: IdentityKind.HIS_PAPER,
}


def on_the_wire(person: Person, who: Who, referral: Referral | None = None) -> WireIdentity:
    """A person as `register` and `holder` tell them. referral: of an insured one who was asked. Raises
    KeyError for an appointment's code, which is told as such."""
    brought = _BROUGHT[who]
    match person:
        case CitizenCard():
            said = _said(person.name, person.birth, person.gender, person.doubts)
            return WireIdentity(IdentityKind.CARD, person.number, *said, brought=brought)
        case InsuranceCard():
            said = _said(person.name, person.birth, person.gender, person.doubts)
            card = _insurance(person, referral)
            return WireIdentity(IdentityKind.INSURANCE, person.number, *said, brought=brought, insurance=card)
        case Document():
            said = _said(person.name, person.birth, person.gender, person.doubts)
            number = person.citizen_number or person.number
            issuer = person.issuer.replace("<", "")
            return WireIdentity(IdentityKind.DOCUMENT, number, *said, issuer=issuer, brought=brought)
        case CitizenNumber(number=number) | InsuranceNumber(number=number):
            return WireIdentity(IdentityKind.TYPED, number, brought=brought)
        case HospitalCode(kind=kind, code=code):
            return WireIdentity(_OF_CODES[kind], code, brought=brought)
        case Phone(e164=e164):
            return WireIdentity(IdentityKind.PHONE, phone=e164, brought=brought)
        case Told():
            return WireIdentity(
                IdentityKind.TOLD,
                name=person.name,
                birth=person.birth.iso,
                phone=person.phone.e164 if person.phone is not None else "",
                brought=brought,
                guardian=_guardian(person),
            )
        case _:
            assert_never(person)


def _said(
    name: str | None, birth: Birth | None, gender: Gender | None, doubts: tuple[Doubt, ...]
) -> tuple[str, str, str, str, tuple[str, ...]]:
    """Name, birth, gender, no telephone, and what a clerk should look at."""
    return (
        name or "",
        birth.iso if birth is not None else "",
        gender.value if gender is not None else "",
        "",
        tuple(doubt.value for doubt in doubts),
    )


def _insurance(card: InsuranceCard, referral: Referral | None) -> Insurance:
    days = [day.isoformat() if day is not None else "" for day in (card.valid_from, card.valid_until)]
    return Insurance(
        valid_from=days[0],
        valid_until=days[1],
        facility=card.facility or "",
        transfer=referral.transfer if referral is not None else None,
        revisit=referral.revisit if referral is not None else None,
    )


def _guardian(told: Told) -> Guardian | None:
    if not told.guardian and told.guardian_phone is None:
        return None
    return Guardian(told.guardian, told.guardian_phone.e164 if told.guardian_phone is not None else "")
