"""Somebody of today, in the clear and ready to be searched; and as a row to be committed."""

from dataclasses import dataclass, field
from typing import NamedTuple

from queue_server.people import search
from queue_server.people.kept import Person
from queue_server.protocol.rows import Name
from queue_server.store.port import PatientRow


class Shown(NamedTuple):
    """What a row is made for: a visit of this payer on this service day; at a place that deals with insurance
    or not."""

    visit: str
    payer: str
    day: str
    with_insurance: bool


@dataclass(frozen=True, slots=True)
class Known:
    """One of today's people, made ready for searching. day: under which the row is filed. number: what they
    may be found by besides a name; the code of somebody nobody can identify.
    phone: their own, else their guardian's. card: of their insurance, beside another number. shown: rows that
    were made of them, by what they were made for: forgotten with them."""

    person: str
    day: str
    at: int
    hashes: tuple[bytes, ...]
    sealed_in: Person = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    number: str = field(repr=False)
    phone: str = field(repr=False)
    card: str = field(repr=False)
    shown: dict[Shown, Name] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A patient row to be committed and its plain counterpart to be remembered once it is; None for somebody
    who is awaited another day."""

    row: PatientRow
    known: Known | None = field(repr=False)


def ready(row: PatientRow, person: Person) -> Known:
    """A row with what is sealed in it."""
    number = person.number or search.card(person.code)
    phone = person.phone or (search.phone(person.guardian.phone) if person.guardian is not None else "")
    card = search.card(person.insurance.card) if person.insurance is not None else ""
    words = search.words(person.name)
    return Known(row.person, row.day, row.at, row.hashes, person, words, number, phone, card)
