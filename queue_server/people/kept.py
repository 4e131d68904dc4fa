"""What is kept of a person, sealed: the only shape in which personal data reaches the store."""

import re

import msgspec

from queue_server.people import search
from queue_server.protocol.codes import Brought, IdentityKind
from queue_server.protocol.commands import Guardian, Identity, Insurance
from queue_server.protocol.rows import InsuranceCheck

CARDS = frozenset({IdentityKind.CARD, IdentityKind.INSURANCE, IdentityKind.DOCUMENT})
"""Kinds by which a document spoke for itself: its birth date counts, and what was typed does not overwrite
it."""

NUMBERED = CARDS | {IdentityKind.TYPED, IdentityKind.HOSPITAL_CARD, IdentityKind.HIS_PAPER}
"""Kinds whose number means one person. The hospital's own codes say no name, and are no proof of anything."""


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed in a patient row. Fields may be added, with a default; never renamed.

    code: what staff call somebody nobody can identify. check: what the insurance last answered.
    """

    kind: IdentityKind
    number: str = ""
    name: str = ""
    birth: str = ""
    gender: str = ""
    phone: str = ""
    warnings: tuple[str, ...] = ()
    issuer: str = ""
    code: str = ""
    brought: Brought = Brought.SELF
    guardian: Guardian | None = None
    insurance: Insurance | None = None
    check: InsuranceCheck | None = None

    def __repr__(self) -> str:
        return "<a person>"


def person_of(identity: Identity, code: str) -> Person:
    """What is to be kept of an identity. code: of somebody nobody can identify, else empty."""
    number = search.card(identity.number) if identity.kind in NUMBERED else ""
    return Person(
        identity.kind,
        number,
        identity.name,
        identity.birth,
        identity.gender,
        phone_of(identity),
        identity.warnings,
        identity.issuer if identity.kind in NUMBERED else "",
        code,
        identity.brought,
        identity.guardian,
        _with_own_card(identity, number),
    )


def _with_own_card(identity: Identity, number: str) -> Insurance | None:
    """What an identity says of the insurance; where its own number is the card's, that card."""
    said = identity.insurance
    if register_of(identity.kind, identity.issuer, number) != "insurance" or (said and said.card):
        return said
    return msgspec.structs.replace(said or Insurance(), card=number)


def register_of(kind: IdentityKind, issuer: str, number: str) -> str:
    """Whose numbers these are: a number means one person only among those of the same register.

    Three letters of an issuer part the documents of the world; the twelve digits of a Vietnamese one are the
    citizen number, whichever side of the card told them. A code of the hospital's own means something among
    those of its kind only, whatever it looks like.
    """
    if kind in _OUR_OWN:
        return kind.value
    if INSURED.fullmatch(number):
        return "insurance"
    if CITIZEN.fullmatch(number) and issuer in {"", "VNM"}:
        # Where the citizen number took the place of the insurance number, both cards mean the same person.
        return "card"
    if issuer:
        return f"document/{issuer}"
    # A telephone comes as such: whoever types ten digits otherwise means an insurance card's.
    is_short = kind is IdentityKind.TYPED and SHORT.fullmatch(number) is not None
    return "insurance" if kind is IdentityKind.INSURANCE or is_short else "card"


_OUR_OWN = frozenset({IdentityKind.HOSPITAL_CARD, IdentityKind.HIS_PAPER})
INSURED = re.compile(r"[A-Z]{2}[1-5][0-9]{12}")
CITIZEN = re.compile(r"[0-9]{12}")
SHORT = re.compile(r"[0-9]{10}")


def are_two(one: Person, other: Person) -> bool:
    """Whether numbers say that these are certainly two people: two citizen numbers, or two of the social
    insurance. Of somebody with a citizen number and an insurance card nobody knows."""
    numbers, others = _of_one_human(one), _of_one_human(other)
    return any(others.get(register, number) != number for register, number in numbers.items())


def _of_one_human(person: Person) -> dict[str, str]:
    """Numbers that one human being has one of, by whose they are: the letters and digits before the last ten
    of an insurance card's say who pays, and change."""
    found = {}
    if register_of(person.kind, person.issuer, person.number) == "card" and CITIZEN.fullmatch(person.number):
        found["citizen"] = person.number
    card = card_of(person)
    if INSURED.fullmatch(card) or SHORT.fullmatch(card):
        found["insurance"] = card[-10:]
    return found


def phone_of(identity: Identity) -> str:
    """The telephone an identity tells, as dialled at home; empty when it tells none."""
    return search.phone(identity.phone or (identity.number if identity.kind is IdentityKind.PHONE else ""))


def with_before(person: Person, before: Person) -> Person:
    """Somebody who is known already comes again, or is identified: what this says, and what it leaves open.

    What was typed does not overwrite what a card said; a card knows no telephone, no guardian and no slip.
    """
    says = before if before.kind in CARDS and person.kind not in CARDS else person
    # A number alone says nothing of a name; whoever typed it before, or was there without one, may have.
    if says is person and before.number in ("", person.number) and not person.name:
        says = msgspec.structs.replace(
            person,
            name=before.name,
            birth=person.birth or before.birth,
            gender=person.gender or before.gender,
        )
    if says is person and _is_zone(person) and before.kind in CARDS and not _is_zone(before) and before.name:
        # The zone of a document has no accents and may be cut.
        says = msgspec.structs.replace(person, name=before.name)
    if not says.number and before.number:
        # Whoever is only called otherwise has the number they had.
        says = msgspec.structs.replace(says, kind=before.kind, number=before.number, issuer=before.issuer)
    return _checked_before(
        msgspec.structs.replace(
            says,
            phone=person.phone or before.phone,
            brought=person.brought,
            guardian=person.guardian or before.guardian,
            insurance=_merged(person.insurance, before.insurance),
        ),
        before,
    )


def with_insurance(person: Person, insurance: Insurance) -> Person:
    """The same person, and what is known of their card and slips by now."""
    merged = _merged(insurance, person.insurance)
    return _checked_before(msgspec.structs.replace(person, insurance=merged), person)


def card_of(person: Person) -> str:
    """The number of the insurance card: 15 characters, or the 10 or 12 digits that took their place on newer
    ones; empty while none is known."""
    if person.insurance is not None and person.insurance.card:
        return person.insurance.card
    return person.number if register_of(person.kind, person.issuer, person.number) == "insurance" else ""


def to_look_up(person: Person) -> tuple[str, str, str] | None:
    """Number, name and birth date with which the insurance can be asked; None where one of them is missing.

    Without a card's number the citizen number stands for it.
    """
    asked = card_of(person) or (person.number if CITIZEN.fullmatch(person.number) else "")
    return (asked, person.name, person.birth) if asked and person.name and person.birth else None


def of_another_day(person: Person) -> Person:
    """What holds of what was kept on another day: whether there is a slip, and what the insurance says of the
    card, is asked each day."""
    card = person.insurance
    if card is not None:
        card = msgspec.structs.replace(card, transfer=None, revisit=None)
    return msgspec.structs.replace(person, insurance=card, check=None)


def _checked_before(person: Person, before: Person) -> Person:
    """With what the insurance answered, as long as it would be asked the same."""
    check = before.check if to_look_up(person) == to_look_up(before) else None
    return msgspec.structs.replace(person, check=check)


def _is_zone(person: Person) -> bool:
    return person.kind is IdentityKind.DOCUMENT


def _merged(now: Insurance | None, was: Insurance | None) -> Insurance | None:
    """What this says, and what it leaves open of the same card."""
    if now is None or was is None or (now.card and was.card and now.card != was.card):
        return now or was
    read = now.valid_from or now.valid_until or now.facility
    return msgspec.structs.replace(
        now if read else was,
        card=now.card or was.card,
        transfer=was.transfer if now.transfer is None else now.transfer,
        revisit=was.revisit if now.revisit is None else now.revisit,
    )
