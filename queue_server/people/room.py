"""People: the personal data of a facility's day, and nothing else."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from queue_server.engine.decision import Admission, Booking, Identification
from queue_server.engine.facility import Facility
from queue_server.engine.hours import service_day
from queue_server.engine.lanes import AGES_FIRST
from queue_server.engine.model import Day, Visit
from queue_server.people import insured, search
from queue_server.people.ages import age_group, ages_on
from queue_server.people.kept import (
    CARDS,
    NUMBERED,
    Person,
    are_two,
    card_of,
    of_another_day,
    person_of,
    phone_of,
    register_of,
    to_look_up,
    with_before,
    with_insurance,
)
from queue_server.people.keys import Keys, Unreadable
from queue_server.people.known import Known, Newcomer, Shown, ready
from queue_server.protocol.codes import AgeGroup, Brought, ClinicKind, IdentityKind
from queue_server.protocol.commands import BookAppointment, Identify, Identity, Insurance, Register
from queue_server.protocol.questions import Found, FoundPerson, FoundVisit
from queue_server.protocol.rows import InsuranceCheck, Name
from queue_server.protocol.values import replaced
from queue_server.store.port import PatientRow

DEALS_WITH_INSURANCE = frozenset({ClinicKind.RECEPTION, ClinicKind.APPROVAL})
"""Kinds of places whose staff see a patient's insurance."""

MOST_FOUND = 20
"""Visits one `find` answers at most; whoever has more namesakes adds digits."""

FEWEST_CHARACTERS = 6
"""Of a number by which somebody of an earlier day is found; a whole one, never its end."""
_LOOKED_FOR = (
    IdentityKind.CARD,
    IdentityKind.INSURANCE,
    IdentityKind.HOSPITAL_CARD,
    IdentityKind.HIS_PAPER,
)
_ISSUER = re.compile("[A-Z]{3}|D")
"""Three letters, as in a machine-readable zone, where Germany has one."""
_SAID_ALOUD = "ABCDEFGHJKMNPRSTVWXYZ"


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


@dataclass(frozen=True, slots=True)
class Identified:
    """An `identify` split in two, as `Admitted`."""

    identification: Identification
    newcomer: Newcomer


class People:
    """The one place where names are in the clear. Its state is today's people, by reference.

    Used on the service's own task only. `admit`, `book`, `identify` and `noted` change nothing: what they
    made becomes known by `remember`, after its commit.
    """

    def __init__(self, keys: Keys, facility: Facility) -> None:
        self._keys = keys
        self._facility = facility
        self._today: dict[str, Known] = {}
        self._by_hash: dict[bytes, str] = {}

    def __repr__(self) -> str:
        return f"<People: {len(self._today)} today>"

    def __len__(self) -> int:
        return len(self._today)

    def use(self, facility: Facility) -> None:
        """The site changed: so may the ages that give priority, and what follows from an insurance card."""
        self._facility = facility
        for known in self._today.values():
            known.shown.clear()

    def digest(self, raw: bytes) -> bytes:
        """16 keyed bytes by which the once-law tells commands apart; a command may hold a card number."""
        return self._keys.digest(raw)

    def identifiers(self, command: Register | BookAppointment | Identify) -> tuple[bytes, ...]:
        """Keyed hashes under which this patient may be known; empty when nothing identifies.

        A card number counts whether scanned or typed. A phone does not identify: families share one; nor does
        what somebody told: many people have the same name and birth year. The ten digits of an insurance card
        are no citizen's: they are hashed apart, as those of 15 characters are, and as each issuer's
        documents.
        """
        return self._identifiers(command.identity) if command.identity is not None else ()

    def _identifiers(self, identity: Identity) -> tuple[bytes, ...]:
        number = search.card(identity.number) if identity.kind in NUMBERED else ""
        if not number:
            return ()
        return (self._keys.index(register_of(identity.kind, identity.issuer, number), number),)

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
        known: Mapping[bytes, PatientRow],
    ) -> Admitted:
        """Split a registration. hashes: its `identifiers`. known: rows found under them, in the store and
        earlier in this batch.

        today: the calendar day at the facility, for ages. day: the service day, now: ms, for the row kept.
        """
        identity = register.identity
        if identity is None:
            return Admitted(_admission(register, None, AgeGroup.UNKNOWN, typed=False), None)
        person, before = self._whom(hashes, known, day)
        kept = person_of(identity, _code() if identity.kind is IdentityKind.UNIDENTIFIED else "")
        kept = with_before(kept, before) if before is not None else kept
        admission = _admission(
            register, person, self._age(identity, today, day), typed=identity.kind not in CARDS
        )
        return Admitted(admission, self._newcomer(person, day, now, hashes, kept))

    def identify(
        self,
        command: Identify,
        was: str | None,
        hashes: tuple[bytes, ...],
        today: date,
        day: str,
        now: int,
        known: Mapping[bytes, PatientRow],
    ) -> Identified:
        """Split the word of a desk on whom a visit is of. was: whom it was of until now. The others: as in
        `admit`.

        Of somebody without a number of their own what was told so far goes on, under the same reference while
        nobody is known by the new number.
        """
        identity = command.identity
        former = self._today.get(was) if was is not None else None
        nameless = former if former is not None and not former.hashes else None
        person, before = self._whom(hashes, known, day, nameless)
        kept = person_of(identity, _code() if identity.kind is IdentityKind.UNIDENTIFIED else "")
        if nameless is not None:
            told = _as_of(nameless, day)
            brought = told.brought if identity.brought is Brought.SELF else identity.brought
            kept = msgspec.structs.replace(with_before(kept, told), brought=brought)
        if before is not None and (nameless is None or person != nameless.person):
            kept = with_before(kept, before)
        return Identified(
            Identification(
                command.visit,
                person,
                self._age(identity, today, day),
                typed=identity.kind not in CARDS,
                somebody_else=former is not None and are_two(former.sealed_in, kept),
            ),
            self._newcomer(person, day, now, hashes, kept),
        )

    def _whom(
        self,
        hashes: tuple[bytes, ...],
        known: Mapping[bytes, PatientRow],
        day: str,
        nameless: Known | None = None,
    ) -> tuple[str, Person | None]:
        """Who is known by one of these identifiers, and what of them on this service day; else somebody new,
        who takes the reference of the nameless one, if any."""
        for item in hashes:
            person = self._by_hash.get(item)
            if person is not None:
                return person, _as_of(self._today[person], day)
            if item in known:
                return known[item].person, self._kept(known[item], day)
        if nameless is not None:
            return nameless.person, _as_of(nameless, day)
        return secrets.token_hex(12), None

    def _kept(self, row: PatientRow, day: str) -> Person | None:
        """What a row says of somebody on a service day; None when it does not open with this key."""
        kept = self._open(row)
        return kept if kept is None or row.day == day else of_another_day(kept)

    def _open(self, row: PatientRow) -> Person | None:
        """What is sealed in a row; None when it does not open with this key."""
        try:
            return msgspec.json.decode(self._keys.unseal(row.person, row.sealed), type=Person)
        except (Unreadable, msgspec.MsgspecError):
            return None

    def _age(self, identity: Identity, today: date, day: str) -> AgeGroup:
        ages = ages_on(self._facility, day)
        return age_group(identity.birth, today, ages.child, ages.elder)

    def _newcomer(self, person: str, day: str, at: int, hashes: tuple[bytes, ...], kept: Person) -> Newcomer:
        row = PatientRow(person, day, at, hashes, self._keys.seal(person, msgspec.json.encode(kept)))
        return Newcomer(row, ready(row, kept))

    def to_look_up(self, person: str) -> tuple[str, str, str] | None:
        """Card number, name and birth date of one of today's people, to ask their insurance with; None while
        one of them is not known."""
        known = self._today.get(person)
        return to_look_up(known.sealed_in) if known is not None else None

    def checked(self, person: str, day: str) -> InsuranceCheck | None:
        """What the insurance answered on this service day about one of today's people."""
        known = self._today.get(person)
        return _as_of(known, day).check if known is not None else None

    def noted(self, person: str, check: InsuranceCheck, day: str, now: int) -> Newcomer | None:
        """The row of one of today's people with what their insurance answered; None: nobody known today."""
        known = self._today.get(person)
        if known is None:
            return None
        return self._anew(known, msgspec.structs.replace(_as_of(known, day), check=check), day, now)

    def told(self, person: str, insurance: Insurance, day: str, now: int) -> Newcomer | None:
        """The row of one of today's people with what a desk knows of their insurance; None: nobody known
        today."""
        known = self._today.get(person)
        if known is None:
            return None
        return self._anew(known, with_insurance(_as_of(known, day), insurance), day, now)

    def _anew(self, known: Known, kept: Person, day: str, now: int) -> Newcomer:
        # Its moment may be that of an appointment which nobody keeps any more.
        return self._newcomer(known.person, day, min(known.at, now), known.hashes, kept)

    def knows(self, person: str) -> bool:
        """Whether this is one of today's people."""
        return person in self._today

    @staticmethod
    def gives_away(command: BookAppointment) -> bool:
        """Whether what the journal would keep of a booking, its reference and code, is a patient's own
        number."""
        identity = command.identity
        own = {search.card(identity.number), phone_of(identity)} - {""} if identity is not None else set()
        return not own.isdisjoint({search.card(command.appointment), search.card(command.code or "")})

    def book(
        self,
        command: BookAppointment,
        hashes: tuple[bytes, ...],
        facility: Facility,
        day: str,
        now: int,
        known: Mapping[bytes, PatientRow],
        before: str | None,
        row_before: PatientRow | None,
    ) -> Booked:
        """Split a booking. hashes, day, now, known: as in `admit`. before: the person this reference was
        booked for until now; row_before: their row in the store, where they are not among today's people.

        The row has the appointed moment. It is filed under the appointed day; of today's people under the day
        that it tells of, for that it goes on to do. Only who is awaited today is remembered in the clear.
        """
        identity = command.identity
        appointed = service_day(facility, command.at)
        if identity is None:
            comes = row_before if appointed == day else None
            return Booked(_booking(command, None, AgeGroup.UNKNOWN), self._awaited_now(comes, now))
        person, was = self._whom(hashes, known, day)
        if was is None and before is not None and not hashes:
            # Without a number nobody can be told apart: who it was for until now is only called otherwise.
            # Whoever was forgotten since stays so.
            here = self._today.get(before)
            if here is not None:
                person, was, hashes = before, _as_of(here, day), here.hashes
            elif row_before is not None:
                person, was, hashes = before, self._kept(row_before, day), row_before.hashes
        age = self._age(identity, date.fromisoformat(appointed), appointed)
        kept = person_of(identity, "")
        kept = msgspec.structs.replace(kept, kind=IdentityKind.TYPED if hashes else IdentityKind.TOLD)
        kept = with_before(kept, was) if was is not None else kept
        among = self._today.get(person)
        row = PatientRow(
            person,
            among.day if among is not None else appointed,
            max(now, command.at),
            hashes,
            self._keys.seal(person, msgspec.json.encode(kept)),
        )
        is_today = appointed == day or among is not None
        return Booked(_booking(command, person, age), Newcomer(row, ready(row, kept) if is_today else None))

    def _awaited_now(self, row: PatientRow | None, now: int) -> Newcomer | None:
        """Somebody awaited another day so far, who comes today."""
        kept = self._open(row) if row is not None else None
        if row is None or kept is None:
            return None
        row = replaced(row, at=min(row.at, now))
        return Newcomer(row, ready(row, kept))

    def remember(self, newcomers: Iterable[Newcomer]) -> None:
        """These are committed: they can be found from now on."""
        for newcomer in newcomers:
            if newcomer.known is not None:
                self._keep(newcomer.known)

    def load(self, rows: Iterable[PatientRow]) -> int:
        """Read the people of a day that the store kept. Returns how many do not open and were left out."""
        unreadable = 0
        for row in rows:
            kept = self._open(row)
            if kept is None:
                unreadable += 1
            else:
                self._keep(ready(row, kept))
        return unreadable

    def keep_only(self, persons: Iterable[str]) -> None:
        """A new day begins: yesterday's names are gone but for those carried over."""
        staying = set(persons)
        self._drop([known for known in self._today.values() if known.person not in staying])

    def forget(self, before: int) -> int:
        """Forget whoever is known since before a moment (ms); where the site keeps a register, only whoever
        has no number to be found by in it. Returns how many."""
        standing = self._facility.keeps_register
        leaving = [
            known for known in self._today.values() if known.at < before and not (standing and known.hashes)
        ]
        self._drop(leaving)
        return len(leaving)

    def erase(self, persons: Iterable[str]) -> None:
        """These are erased from the store: they are unknown from now on."""
        self._drop([known for person in persons if (known := self._today.get(person)) is not None])

    def names(self, day: Day, clinic: str) -> dict[str, Name]:
        """Rows of `names:<clinic>`, by visit: those called to the clinic or who may be."""
        rows: dict[str, Name] = {}
        plan = day.facility.clinics.get(clinic)
        with_insurance = plan is not None and plan.kind in DEALS_WITH_INSURANCE
        for step_id in _concerned(day, clinic):
            visit = day.visits[day.steps[step_id].visit]
            known = self._today.get(visit.person) if visit.person else None
            if known is not None and visit.id not in rows:
                # Hundreds wait at each of several counters, and each batch asks for all of them.
                made_for = Shown(visit.id, visit.payer, day.day, with_insurance)
                row = known.shown.get(made_for)
                if row is None:
                    row = _name(day, visit, _as_of(known, day.day), with_insurance=with_insurance)
                    known.shown[made_for] = row
                rows[visit.id] = row
        return rows

    def name_of(self, person: str) -> tuple[str, str]:
        """Name and birth year of one of today's people, the code of whom nobody can identify; empty once
        forgotten."""
        known = self._today.get(person)
        return (
            (known.sealed_in.name or known.sealed_in.code, known.sealed_in.birth[:4]) if known else ("", "")
        )

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

    def numbers_in(self, text: str) -> tuple[bytes, ...]:
        """Keyed hashes of the whole number somebody looks for, as each register it may belong to files it; of
        a document after its issuer's letters ("VNM C1234567"). Empty for what is no whole number."""
        number = search.card(text)
        if len(number) < FEWEST_CHARACTERS or not any(sign.isdigit() for sign in number):
            return ()
        asked = {(register_of(kind, "", number), number) for kind in _LOOKED_FOR}
        issuer, _, rest = text.strip().upper().partition(" ")
        if _ISSUER.fullmatch(issuer) and rest:
            document = search.card(rest)
            asked.add((register_of(IdentityKind.DOCUMENT, issuer, document), document))
        return tuple(self._keys.index(register, known) for register, known in sorted(asked))

    def found_people(self, rows: Iterable[PatientRow]) -> tuple[FoundPerson, ...]:
        """Who these rows are, the newest first."""
        opened = ((row, self._open(row)) for row in sorted(rows, key=lambda row: row.at, reverse=True))
        return tuple(
            FoundPerson(row.person, row.day, kept.name, kept.birth[:4])
            for row, kept in opened
            if kept is not None
        )

    def _persons(self, text: str) -> set[str]:
        tail = search.digits(text)
        if tail:
            return {
                known.person
                for known in self._today.values()
                if any(said.endswith(tail) for said in (known.number, known.phone, known.card))
            }
        wanted = search.words(text)
        if not wanted:
            return set()
        whole = search.card(text)
        return {
            known.person
            for known in self._today.values()
            if search.matches(wanted, known.words) or (whole and whole in (known.number, known.card))
        }

    def _keep(self, known: Known) -> None:
        self._today[known.person] = known
        for item in known.hashes:
            self._by_hash[item] = known.person

    def _drop(self, leaving: list[Known]) -> None:
        for known in leaving:
            self._today.pop(known.person, None)
            for item in known.hashes:
                self._by_hash.pop(item, None)


def _as_of(known: Known, day: str) -> Person:
    """What holds of somebody on a service day. Their row may be older: of who came for an appointment by its
    code alone, or is here since yesterday."""
    return known.sealed_in if known.day == day else of_another_day(known.sealed_in)


def _code() -> str:
    """What staff call somebody nobody can identify: with letters, so never like a citizen number."""
    return "TAM-" + "".join(secrets.choice(_SAID_ALOUD) for _ in range(5))


def _name(day: Day, visit: Visit, kept: Person, *, with_insurance: bool) -> Name:
    payer = day.facility.payers.get(visit.payer)
    is_insured = payer is not None and payer.insured
    out_of_date = insured.warnings(kept, day.day) if with_insurance and is_insured else ()
    shown = with_insurance and (is_insured or kept.insurance is not None or bool(card_of(kept)))
    return Name(
        key=visit.id,
        name=kept.name,
        birth_year=kept.birth[:4],
        warnings=(*kept.warnings, *out_of_date),
        identified=kept.kind,
        code=kept.code,
        brought=kept.brought,
        guardian=kept.guardian.name if kept.guardian is not None else "",
        guardian_phone=search.phone(kept.guardian.phone) if kept.guardian is not None else "",
        insurance=insured.facts(
            kept,
            day.day,
            insured=is_insured,
            own=day.facility.insurance_code,
            self_referred=day.facility.self_referred,
        )
        if shown
        else None,
    )


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
    """An age that no card said gives priority for the papers to be shown."""
    return Admission(
        payer=register.payer,
        kind=register.kind,
        language=register.language,
        person=person,
        age_group=AgeGroup.UNKNOWN if typed else age,
        age_told=typed and age in AGES_FIRST,
        typed=typed,
        service=register.service,
        practitioner=register.practitioner,
        declared_priority=register.declared_priority,
        help=tuple(sorted(set(register.help))),
        number=register.number,
        at=register.at,
        token=register.token,
        later=register.later,
        appointment=register.appointment,
    )
