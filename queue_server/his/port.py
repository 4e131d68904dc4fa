"""What a HIS says, what it is told, and what an adapter has to do.

HisError
├── HisUnreachable   the HIS did not answer: the same is told again later, under the same key
└── HisRefused       the HIS answered that it will not take this; telling it again is no use
"""

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from queue_server.protocol.codes import GateName, Need
from queue_server.protocol.commands import AppointmentRef, CallSignText

_CODE = r"^[0-9A-Za-z._:/-]{1,64}$"
HisCode = Annotated[str, Meta(pattern=_CODE)]
"""A code or reference of the HIS: no spaces, no letters with marks, so that no name fits in."""
NO_CODE = "no_code"
"""Said in place of a key or id that is no code: it could be somebody's name."""
Moment = Annotated[dt.datetime, Meta(tz=True)] | Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""RFC 3339 with its offset, or ms since the Unix epoch."""


def as_code(text: str) -> str:
    """What staff, logs and the journal may be told of a key of the HIS."""
    return text if re.fullmatch(_CODE, text) else NO_CODE


class HisError(Exception):
    """The HIS and we could not talk."""


class HisUnreachable(HisError):
    """The HIS did not answer."""


class HisRefused(HisError):
    """The HIS will not take this."""


# What a HIS says ---------------------------------------------------------------------------------------


class _Said(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"
):
    """Base of all sayings. id: the HIS's own, never used for two things. at: when it was so in the HIS; of
    two sayings about the same thing the later one holds, in whatever order they come. None: when it comes."""

    id: HisCode
    at: Moment | None = None


class _OfVisit(_Said, frozen=True, kw_only=True):
    """Base of what is said of one visit. visit: the HIS's code of it. ticket: our visit number, where the
    HIS knows it; it ties the two together."""

    visit: HisCode
    ticket: HisCode | None = None


class Person(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who the patient is. Personal data: passed on to the queue server, never kept or logged here.

    card: citizen number. birth: YYYY, YYYY-MM or YYYY-MM-DD.
    """

    card: Annotated[str, Meta(max_length=32)] = ""
    insurance: Annotated[str, Meta(max_length=32)] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    birth: Annotated[str, Meta(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")] = ""
    gender: Annotated[str, Meta(pattern=r"^(male|female)?$")] = ""
    phone: Annotated[str, Meta(max_length=16)] = ""


class VisitSaid(_OfVisit, frozen=True, kw_only=True, tag="visit"):
    """The HIS has a visit. With `person`, `payer` and `kind` one that we do not know yet is registered;
    without, it waits until the patient takes a ticket."""

    person: Person | None = None
    payer: HisCode | None = None
    kind: HisCode | None = None
    service: HisCode | None = None
    practitioner: HisCode | None = None


class RoomSaid(_OfVisit, frozen=True, kw_only=True, tag="room"):
    """Where the patient is to be seen. number: the HIS's number in that room."""

    clinic: HisCode
    service: HisCode | None = None
    practitioner: HisCode | None = None
    number: CallSignText | None = None


class OrderSaid(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One ordered test."""

    service: HisCode
    clinic: HisCode | None = None
    needs: Annotated[tuple[Need, ...], Meta(max_length=3)] = ()


class OrdersSaid(_OfVisit, frozen=True, kw_only=True, tag="orders"):
    """Tests were ordered. clinic: by whom; None: by whoever sees the patient now. back: with the results the
    patient returns there."""

    orders: Annotated[tuple[OrderSaid, ...], Meta(min_length=1, max_length=12)]
    clinic: HisCode | None = None
    back: bool = True


class ResultSaid(_OfVisit, frozen=True, kw_only=True, tag="result"):
    """The result of a test is there."""

    service: HisCode


class GateSaid(_OfVisit, frozen=True, kw_only=True, tag="gate"):
    """A precondition is met: paid, verified, approved. service None: of every stop that waits for it."""

    gate: GateName
    service: HisCode | None = None


class FinishedSaid(_OfVisit, frozen=True, kw_only=True, tag="finished"):
    """The HIS has this stop as over."""

    service: HisCode


class CancelledSaid(_OfVisit, frozen=True, kw_only=True, tag="cancelled"):
    """The HIS cancelled one stop, or with service None the whole visit."""

    service: HisCode | None = None


class DoctorOn(_Said, frozen=True, kw_only=True, tag="doctor_on"):
    """A doctor works here now."""

    practitioner: HisCode
    clinic: HisCode


class DoctorOff(_Said, frozen=True, kw_only=True, tag="doctor_off"):
    """A doctor works here no more."""

    practitioner: HisCode
    clinic: HisCode


class RoomClosed(_Said, frozen=True, kw_only=True, tag="room_closed"):
    """A room takes nobody new; who waits there is still seen."""

    clinic: HisCode


class AppointmentSaid(_Said, frozen=True, kw_only=True, tag="appointment"):
    """Somebody has an appointment, today or later. appointment: the HIS's own reference; the same again moves
    it. when: the appointed moment. code: what the patient may show. person: who it is."""

    appointment: AppointmentRef
    service: HisCode
    when: Moment
    practitioner: HisCode | None = None
    code: CallSignText | None = None
    person: Person | None = None


class AppointmentOff(_Said, frozen=True, kw_only=True, tag="appointment_off"):
    """An appointment is off."""

    appointment: AppointmentRef


Said = (
    VisitSaid
    | RoomSaid
    | OrdersSaid
    | ResultSaid
    | GateSaid
    | FinishedSaid
    | CancelledSaid
    | DoctorOn
    | DoctorOff
    | RoomClosed
    | AppointmentSaid
    | AppointmentOff
)
SaidOfVisit = VisitSaid | RoomSaid | OrdersSaid | ResultSaid | GateSaid | FinishedSaid | CancelledSaid


class Outcome(StrEnum):
    """What became of a saying."""

    DONE = "done"
    OUTDATED = "outdated"
    WAITING = "waiting"
    REFUSED = "refused"
    AGAIN = "again"


class Heard(Struct, frozen=True, omit_defaults=True):
    """The answer to one saying. why: a code. text: the same in words, with what to do."""

    id: str
    result: Outcome
    why: str = ""
    text: str = ""


# What a HIS is told ------------------------------------------------------------------------------------


class What(StrEnum):
    """What a HIS is told of a stop."""

    ASSIGNED = "assigned"
    RELEASED = "released"
    CALLED = "called"
    WITHDRAWN = "withdrawn"
    STARTED = "started"
    FINISHED = "finished"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Told(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing the HIS is told. key: the same thing has the same key however often it is told.

    visit: our reference; his_visit: the HIS's, empty while it never named one. ticket: our number. at: ms.
    service, clinic, practitioner: the HIS's codes. answer_by: ms until when a room counts as not taken over;
    None where no answer is needed.
    """

    key: str
    type: What
    visit: str
    ticket: str
    step: str
    service: str
    at: int
    his_visit: str = ""
    clinic: str = ""
    practitioner: str = ""
    call_sign: str = ""
    end: str = ""
    answer_by: int | None = None


class Answer(Struct, frozen=True):
    """What the HIS says of a room that we gave. number: its own number there. reason: a code."""

    accepted: bool = True
    number: CallSignText | None = None
    reason: HisCode | None = None


class Room(Struct, frozen=True, omit_defaults=True):
    """How a room stands, as advice to a HIS that assigns. expected: minutes until one who came now would be
    called; None while it is not open."""

    clinic: str
    services: tuple[str, ...]
    state: str
    waiting: int
    expected: int | None = None


Hears = Callable[[Sequence[Said]], Awaitable[list[Heard]]]
"""What an adapter calls with what the HIS said; the answers are in the same order."""


class Desk(Protocol):
    """What the link is to an adapter."""

    async def hear(self, sayings: Sequence[Said]) -> list[Heard]:
        """Take these, in this order. Answers within some seconds, `again` where the queue server is away."""

    async def complain(self, about: str, what: str) -> None:
        """Tell staff of something that could not even be read. about: a code. what: a code or an id."""

    def rooms(self) -> list[Room]:
        """How the rooms stand."""

    @property
    def is_linked(self) -> bool:
        """Whether the queue server is there."""


class HisAdapter(Protocol):
    """One way to talk to a HIS. tells: whether it can be told anything at all."""

    tells: bool

    async def run(self, desk: Desk) -> None:
        """Pass on what the HIS says until cancelled."""

    async def tell(self, told: Told) -> Answer:
        """Tell the HIS. Raises HisUnreachable or HisRefused."""

    async def probe(self) -> None:
        """See whether the HIS is there. Raises HisUnreachable."""
