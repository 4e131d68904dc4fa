"""What a reading can turn out to be.

Everything personal is kept out of `repr`, so that a traceback or a careless log line cannot carry it.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


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
    """Why a reading says nothing about a person; each has its own advice on the screen."""

    EMPTY = "empty"
    BROKEN = "broken"
    IMPOSSIBLE_NUMBER = "impossible_number"
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
class Phone:
    """A Vietnamese telephone number in E.164 form (`+84…`). Families share one: not an identity."""

    e164: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """One of our own slips: the random token of its visit, 16 characters (32 at most) of
    Crockford's base 32, upper case."""

    token: str = field(repr=False)


Identity = CitizenCard | CitizenNumber | Phone | OwnTicket


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not a person we can tell; `why` chooses the advice on the screen. What was read is not kept."""

    why: Why
