"""What a reading can turn out to be.

Everything personal is kept out of `repr`, so that a traceback or a careless log line cannot carry it.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from queue_server.protocol.codes import CodeKind


class Gender(StrEnum):
    """The two words a citizen card may carry."""

    MALE = "male"
    FEMALE = "female"


class Doubt(StrEnum):
    """Something on a card that a clerk should look at. Never a reason to turn a patient away:
    corrected and re-issued numbers exist (Decree 70/2024, article 11)."""

    YEAR_DIFFERS = "year_differs"
    GENDER_DIFFERS = "gender_differs"
    DATE_IMPOSSIBLE = "date_impossible"
    FUTURE_DATE = "future_date"
    NAME_UNREADABLE = "name_unreadable"


class Why(StrEnum):
    """Why a reading says nothing about a person; each has its own advice on the screen. OWN_TICKET: where
    only a card will do."""

    EMPTY = "empty"
    BROKEN = "broken"
    CHECK_DIGIT = "check_digit"
    IMPOSSIBLE_NUMBER = "impossible_number"
    OLD_NUMBER = "old_number"
    OWN_TICKET = "own_ticket"
    UNKNOWN_CODE = "unknown_code"
    VNEID = "vneid"
    COVID_CODE = "covid_code"
    PAYMENT_CODE = "payment_code"
    WEB_ADDRESS = "web_address"


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date as far as it is known: many elderly people have only a year.

    `month` and `day` are `None` where unknown; a day is never known without its month.
    """

    year: int = field(repr=False)
    month: int | None = field(default=None, repr=False)
    day: int | None = field(default=None, repr=False)

    @property
    def iso(self) -> str:
        """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as the wire wants it."""
        parts = (f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None))
        return "-".join(parts)

    def is_after(self, today: date) -> bool:
        """Whether even the earliest day this birth date allows is still to come."""
        return date(self.year, self.month or 1, self.day or 1) > today


@dataclass(frozen=True, slots=True)
class CitizenCard:
    """The QR code printed on a CCCD or Căn cước card. It identifies; it does not authenticate.

    `name` is `None` when it arrived garbled, `birth` when the date cannot exist or is still to come,
    `gender` when the word is not one of the two. The address, the old number and whatever follows are
    not needed at check-in and not kept.
    """

    number: str = field(repr=False)
    name: str | None = field(repr=False)
    birth: Birth | None = field(repr=False)
    gender: Gender | None = field(repr=False)
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class CitizenNumber:
    """The 12 digits alone, typed or from a bar code: good enough for reception, proof of nothing."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OldNumber:
    """The 9 digits of an identity card of before 2021 (CMND). Those cards ended with 2024; old files at a
    desk may still be found by it."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class InsuranceCard:
    """The QR code of a health insurance card (BHYT), or of its picture on a phone.

    number: 15 characters, the 10 digits of newer cards, or 12 where the citizen number took their place; one
    person may show any of them, and nothing is derived from a part of it. `name`, `birth` and `gender` are
    `None` as on a citizen card. facility: code of the first registered facility, 5 characters, the third may
    be a letter. valid_from, valid_until: `None` where the card leaves it open or it cannot be read. Address,
    parent and issuer are not needed at check-in and not kept.
    """

    number: str = field(repr=False)
    name: str | None = field(repr=False)
    birth: Birth | None = field(repr=False)
    gender: Gender | None = field(repr=False)
    facility: str | None = field(default=None, repr=False)
    valid_from: date | None = field(default=None, repr=False)
    valid_until: date | None = field(default=None, repr=False)
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class InsuranceNumber:
    """The number of a health insurance card alone: 15 characters, or 10 digits among the candidates of an
    `Ambiguous` one."""

    number: str = field(repr=False)


class DocumentKind(StrEnum):
    """Which document a machine-readable zone belongs to."""

    PASSPORT = "passport"
    ID_CARD = "id_card"


@dataclass(frozen=True, slots=True)
class Document:
    """The machine-readable zone of a passport or an identity card (ICAO 9303), its check digits right.

    issuer: three letters (`D` for Germany alone); a number is unique within it. surname, given: capitals
    without accents, and cut where the line was too short, so they never replace a name read elsewhere; empty
    where the zone has none. citizen_number: 12 digits on a Vietnamese card, else `None`.
    """

    kind: DocumentKind
    issuer: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given: str = field(repr=False)
    birth: Birth | None = field(repr=False)
    gender: Gender | None = field(repr=False)
    citizen_number: str | None = field(default=None, repr=False)
    doubts: tuple[Doubt, ...] = ()

    @property
    def name(self) -> str | None:
        """Surname first, as Vietnamese names are written."""
        return " ".join(part for part in (self.surname, self.given) if part) or None


@dataclass(frozen=True, slots=True)
class ZoneLine:
    """One line of a machine-readable zone that came alone: the others are wanted too. lines: how many the
    zone has. place: which this is, from 0."""

    lines: int
    place: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of a hospital's own codes looks. Each hospital has its own, so the site gives them.

    name: as in the site file. pattern: for the whole code; where it has a group named `code`, only that part
    is kept. Whether case matters is up to its flags.
    """

    name: str
    kind: CodeKind
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class HospitalCode:
    """A code of the hospital's own, known by its shape alone: what it stands for, the HIS knows."""

    kind: CodeKind
    shape: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """A Vietnamese telephone number in E.164 form (`+84…`). Families share one: not an identity."""

    e164: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """One of our own slips: the random token of its visit, 16 characters (32 at most) of
    Crockford's base 32, upper case."""

    token: str = field(repr=False)


Plain = CitizenNumber | OldNumber | InsuranceNumber | HospitalCode | Phone
"""What a number without anything around it may be."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Characters that mean different things: only whoever typed them can say.

    Ten digits are always ambiguous: an insurance number, a patient's number at this hospital, or a phone.
    candidates: those that a reader knows, one at least; a hospital's patient number is among them only where
    the site gave its shape.
    """

    text: str = field(repr=False)
    candidates: tuple[Plain, ...]

    @property
    def phone(self) -> Phone | None:
        """The telephone number it is, if it is one."""
        return next((each for each in self.candidates if isinstance(each, Phone)), None)


Personal = CitizenCard | InsuranceCard | Document | Plain | Ambiguous
"""What is about a person; a ticket is about a visit."""
Identity = Personal | OwnTicket


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not a person we can tell; `why` chooses the advice on the screen. What was read is not kept."""

    why: Why
