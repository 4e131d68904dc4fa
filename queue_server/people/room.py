"""People: the personal data of a facility's day, and nothing else."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import msgspec

from queue_server.engine.decision import Admission, Booking
from queue_server.engine.facility import Facility
from queue_server.engine.hours import service_day
from queue_server.engine.model import Day, Visit
from queue_server.people import search
from queue_server.people.ages import age_group
from queue_server.people.keys import Keys, Unreadable
from queue_server.protocol.codes import AgeGroup, IdentityKind
from queue_server.protocol.commands import BookAppointment, Identity, Register
from queue_server.protocol.questions import Found, FoundVisit
from queue_server.protocol.rows import Name
from queue_server.store.port import PatientRow

CARDS = frozenset({IdentityKind.CARD, IdentityKind.INSURANCE})
"""Kinds by which a card spoke for itself: its birth date counts, and what was typed does not overwrite it."""

MOST_FOUND = 20
"""Visits one `find` answers at most; whoever has more namesakes adds digits."""


class _Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed in a patient row. Fields may be added, with a default; never renamed."""

    kind: IdentityKind
    number: str = ""
    name: str = ""
    birth: str = ""
    gender: str = ""
    phone: str = ""
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "<a person>"


@dataclass(frozen=True, slots=True)
class _Known:
    """One of today's people, made ready for searching."""

    person: str
    at: int
    hashes: tuple[bytes, ...]
    sealed_in: _Person = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    number: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A patient row to be committed and its plain counterpart to be remembered once it is; None for somebody
    who is awaited another day."""

    row: PatientRow
    known: _Known | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A `register` split in two: what the engine may see, and what only this room keeps.

    newcomer None: an anonymous number.
    """

    admission: Admission
    newcomer: Newcomer | None


@dataclass(frozen=True, slots=True)
class Booked:
    """A `book_appointment` split in two, as `Admitted`. newcomer None: nobody said who it is for."""

    booking: Booking
    newcomer: Newcomer | None


class People:
    """The one place where names are in the clear. Its state is today's people, by reference.

    Used on the service's own task only. `admit` changes nothing: what was admitted becomes known by
    `remember`, after its commit.
    """

    def __init__(self, keys: Keys, facility: Facility) -> None:
        self._keys = keys
        self._child = facility.age_child
        self._elder = facility.age_elder
        self._today: dict[str, _Known] = {}
        self._by_hash: dict[bytes, str] = {}

    def __repr__(self) -> str:
        return f"<People: {len(self._today)} today>"

    def __len__(self) -> int:
        return len(self._today)

    def use(self, facility: Facility) -> None:
        """The site changed: so may the ages that give priority."""
        self._child = facility.age_child
        self._elder = facility.age_elder

    def digest(self, raw: bytes) -> bytes:
        """16 keyed bytes by which the once-law tells commands apart; a command may hold a card number."""
        return self._keys.digest(raw)

    def identifiers(self, register: Register | BookAppointment) -> tuple[bytes, ...]:
        """Keyed hashes under which this patient may be known; empty when nothing identifies.

        A card number counts whether scanned or typed. A phone does not identify: families share one. The ten
        digits of an insurance card are no citizen's: they are hashed apart, as those of 15 characters are.
        """
        return self._identifiers(register.identity) if register.identity is not None else ()

    def _identifiers(self, identity: Identity) -> tuple[bytes, ...]:
        if identity.kind is IdentityKind.PHONE:
            return ()
        number = search.card(identity.number)
        return (self._keys.index(_register_of(identity.kind, number), number),) if number else ()

    def recognise(self, identity: Identity) -> str | None:
        """Which of today's people this is, by the same rule as a registration; None: nobody known today."""
        return next(
            (found for item in self._identifiers(identity) if (found := self._by_hash.get(item))), None
        )

    def unknown(self, hashes: Iterable[bytes]) -> set[bytes]:
        """Those of these identifiers that are not among today's people: ask the store for them."""
        return {item for item in hashes if item not in self._by_hash}

    def admit(
        self,
        register: Register,
        hashes: tuple[bytes, ...],
        today: date,
        day: str,
        now: int,
        known: Mapping[bytes, str],
    ) -> Admitted:
        """Split a registration. hashes: its `identifiers`. known: people found under them, in the store and
        earlier in this batch.

        today: the calendar day at the facility, for ages. day: the service day, now: ms, for the row kept.
        """
        identity = register.identity
        if identity is None:
            return Admitted(_admission(register, None, AgeGroup.UNKNOWN, typed=False), None)
        person = next(
            (found for item in hashes if (found := self._by_hash.get(item) or known.get(item))), None
        ) or secrets.token_hex(12)
        by_card = identity.kind in CARDS
        age = age_group(identity.birth, today, self._child, self._elder) if by_card else AgeGroup.UNKNOWN
        kept = _Person(
            identity.kind,
            search.card(identity.number),
            identity.name,
            identity.birth,
            identity.gender,
            _phone_of(identity),
            identity.warnings,
        )
        before = self._today.get(person)
        if before is not None:
            # A card knows no telephone; whoever booked for its holder may have told it.
            kept = msgspec.structs.replace(kept, phone=kept.phone or before.phone)
        if before is not None and before.sealed_in.kind in CARDS and not by_card:
            # What was typed does not overwrite what a card said.
            kept = msgspec.structs.replace(before.sealed_in, phone=kept.phone)
        sealed = self._keys.seal(person, msgspec.json.encode(kept))
        return Admitted(
            _admission(register, person, age, typed=not by_card),
            Newcomer(PatientRow(person, day, now, hashes, sealed), _ready(person, now, hashes, kept)),
        )

    @staticmethod
    def gives_away(command: BookAppointment) -> bool:
        """Whether what the journal would keep of a booking, its reference and code, is a patient's own
        number."""
        identity = command.identity
        own = {search.card(identity.number), _phone_of(identity)} - {""} if identity is not None else set()
        return not own.isdisjoint({search.card(command.appointment), search.card(command.code or "")})

    def book(
        self,
        command: BookAppointment,
        hashes: tuple[bytes, ...],
        facility: Facility,
        day: str,
        now: int,
        known: Mapping[bytes, str],
        before: str | None,
    ) -> Booked:
        """Split a booking. hashes, day, now, known: as in `admit`. before: the person this reference was
        booked for until now.

        The row is filed under the appointed day and has its moment. Only who is awaited today
        is remembered in the clear.
        """
        identity = command.identity
        if identity is None:
            return Booked(_booking(command, None, AgeGroup.UNKNOWN), None)
        person = next(
            (found for item in hashes if (found := self._by_hash.get(item) or known.get(item))), None
        )
        if person is None:
            # Without a number nobody can be told apart: who it was for until now is only called otherwise.
            person = before if before is not None and not hashes else secrets.token_hex(12)
        appointed = service_day(facility, command.at)
        age = age_group(identity.birth, date.fromisoformat(appointed), self._child, self._elder)
        kept = _Person(
            IdentityKind.TYPED,
            search.card(identity.number) if hashes else "",
            identity.name,
            identity.birth,
            identity.gender,
            _phone_of(identity),
        )
        here = self._today.get(person)
        if here is not None and here.sealed_in.kind in CARDS:
            kept = msgspec.structs.replace(here.sealed_in, phone=kept.phone or here.phone)
        sealed = self._keys.seal(person, msgspec.json.encode(kept))
        row = PatientRow(person, appointed, max(now, command.at), hashes, sealed)
        is_today = appointed == day or here is not None
        newcomer = Newcomer(row, _ready(person, row.at, hashes, kept) if is_today else None)
        return Booked(_booking(command, person, age), newcomer)

    def remember(self, newcomers: Iterable[Newcomer]) -> None:
        """These are committed: they can be found from now on."""
        for newcomer in newcomers:
            if newcomer.known is not None:
                self._keep(newcomer.known)

    def load(self, rows: Iterable[PatientRow]) -> int:
        """Read the people of a day that the store kept. Returns how many do not open and were left out."""
        unreadable = 0
        for row in rows:
            try:
                kept = msgspec.json.decode(self._keys.unseal(row.person, row.sealed), type=_Person)
            except (Unreadable, msgspec.MsgspecError):
                unreadable += 1
            else:
                self._keep(_ready(row.person, row.at, row.hashes, kept))
        return unreadable

    def keep_only(self, persons: Iterable[str]) -> None:
        """A new day begins: yesterday's names are gone but for those carried over."""
        staying = set(persons)
        self._drop([known for known in self._today.values() if known.person not in staying])

    def forget(self, before: int) -> int:
        """Forget whoever is known since before a moment (ms). Returns how many."""
        leaving = [known for known in self._today.values() if known.at < before]
        self._drop(leaving)
        return len(leaving)

    def names(self, day: Day, clinic: str) -> dict[str, Name]:
        """Rows of `names:<clinic>`, by visit: those called to the clinic or who may be."""
        rows: dict[str, Name] = {}
        for step_id in _concerned(day, clinic):
            step = day.steps[step_id]
            visit = day.visits[step.visit]
            known = self._today.get(visit.person) if visit.person else None
            if known is not None and visit.id not in rows:
                kept = known.sealed_in
                rows[visit.id] = Name(
                    key=visit.id, name=kept.name, birth_year=kept.birth[:4], warnings=kept.warnings
                )
        return rows

    def name_of(self, person: str) -> tuple[str, str]:
        """Name and birth year of one of today's people; empty once forgotten."""
        known = self._today.get(person)
        return (known.sealed_in.name, known.sealed_in.birth[:4]) if known else ("", "")

    def find(self, day: Day, text: str, *, names: bool) -> Found:
        """Visits of today by visit number, call sign, last digits of card or phone, or words of the name.

        Best first: whose number or call sign it is, then whose card, phone or name fits, the newest first. A
        visit number may be given without its letter or its zeros. names False: the asker may not see names,
        and does not search by them either.
        """
        sign = text.strip().upper()
        given = (sign, *search.numbers(sign, day.letters))
        hits = dict.fromkeys(day.numbers[number] for number in given if number in day.numbers)
        for clinic in day.clinics.values():
            if sign in clinic.signs:
                hits[clinic.signs[sign]] = None
        persons = self._persons(text) if names else set()
        if persons:
            hits |= dict.fromkeys(
                visit.id for visit in reversed(day.visits.values()) if visit.person in persons
            )
        return Found(tuple(self._found(day.visits[visit], names=names) for visit in [*hits][:MOST_FOUND]))

    def _found(self, visit: Visit, *, names: bool) -> FoundVisit:
        name, year = self.name_of(visit.person) if names and visit.person else ("", "")
        state = visit.part.end.value if visit.part.end else "open"
        return FoundVisit(visit.id, visit.part.number, state, name, year)

    def _persons(self, text: str) -> set[str]:
        tail = search.digits(text)
        if tail:
            return {
                known.person
                for known in self._today.values()
                if known.number.endswith(tail) or known.phone.endswith(tail)
            }
        wanted = search.words(text)
        if not wanted:
            return set()
        whole = search.card(text)
        return {
            known.person
            for known in self._today.values()
            if search.matches(wanted, known.words) or (known.number == whole and whole)
        }

    def _keep(self, known: _Known) -> None:
        self._today[known.person] = known
        for item in known.hashes:
            self._by_hash[item] = known.person

    def _drop(self, leaving: list[_Known]) -> None:
        for known in leaving:
            self._today.pop(known.person, None)
            for item in known.hashes:
                self._by_hash.pop(item, None)


def _register_of(kind: IdentityKind, number: str) -> str:
    """Whose numbers these are: a number means one person only among those of the same register."""
    if _INSURED.fullmatch(number):
        return "insurance"
    # Where the citizen number took the place of the insurance number, both cards mean the same person.
    return "insurance" if kind is IdentityKind.INSURANCE and not _CITIZEN.fullmatch(number) else "card"


_INSURED = re.compile(r"[A-Z]{2}[1-5][0-9]{12}")
_CITIZEN = re.compile(r"[0-9]{12}")


def _concerned(day: Day, clinic: str) -> Iterable[str]:
    running = day.clinics.get(clinic)
    if running is not None:
        yield from running.in_hand
        yield from running.bound
        yield from running.missed
        yield from running.planned
        yield from running.results
    yield from (step for step in day.held if day.steps[step].standing.clinic == clinic)
    plan = day.facility.clinics.get(clinic)
    for service in plan.services if plan else ():
        yield from day.pools.get(service, ())


def _ready(person: str, at: int, hashes: tuple[bytes, ...], kept: _Person) -> _Known:
    return _Known(person, at, hashes, kept, search.words(kept.name), kept.number, kept.phone)


def _phone_of(identity: Identity) -> str:
    return search.phone(identity.phone or (identity.number if identity.kind is IdentityKind.PHONE else ""))


def _booking(command: BookAppointment, person: str | None, age: AgeGroup) -> Booking:
    return Booking(
        command.appointment,
        command.service,
        command.at,
        person,
        age,
        command.practitioner or "",
        command.code or "",
    )


def _admission(register: Register, person: str | None, age: AgeGroup, *, typed: bool) -> Admission:
    return Admission(
        payer=register.payer,
        kind=register.kind,
        language=register.language,
        person=person,
        age_group=age,
        typed=typed,
        service=register.service,
        practitioner=register.practitioner,
        declared_priority=register.declared_priority,
        help=register.help,
        number=register.number,
        at=register.at,
        later=register.later,
        appointment=register.appointment,
    )
