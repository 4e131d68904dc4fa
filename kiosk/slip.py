"""What a ticket says, as neutral blocks from top to bottom.

A slip has no field in which a name, a card number or a reason could travel, and it never says why a
visit has priority. What the words are a site may change; where they stand and how loud they are says a
layout; how they become dots is the raster's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from kiosk.identity import ticket_code
from queue_server.protocol.codes import Lane, Need, Punctuality
from queue_server.protocol.labels import Label
from queue_server.protocol.results import Ticket, TicketStop

Words = Mapping[str, str]
"""One thing said in several languages: language code to text. A language that is missing is left out."""


class Priority(StrEnum):
    """Whether priority is settled (from the card, by a clerk) or still to be shown at the desk."""

    GRANTED = "granted"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class Slip:
    """One ticket. Texts come in every language the ticket speaks, Vietnamese always.

    `number` is the visit number; `printed` the facility's local time; `hall` and `floor` are `None`
    where the place says it all; `ahead` counts people in front and is `None` when it is not known (no
    server), as are `not_before` and `usually_by` (local); `code` is the whole text of the QR code.
    """

    facility: Words
    number: str
    place: Words
    printed: datetime
    code: str
    hall: Words | None = None
    floor: Words | None = None
    ahead: int | None = None
    not_before: datetime | None = None
    usually_by: datetime | None = None
    priority: Priority | None = None
    reprint: bool = False
    appointment: "Appointment | None" = None
    later: datetime | None = None
    stops: "tuple[Stop, ...]" = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of a slip that lists them all. order: which to go to first, 0 = no advice."""

    place: Words
    where: tuple[Words, ...] = ()
    needs: tuple[Need, ...] = ()
    order: int = 0


@dataclass(frozen=True, slots=True)
class Appointment:
    """at: local. punctuality: how its holder came."""

    at: datetime
    service: Words
    punctuality: Punctuality


def slip_of(ticket: Ticket, facility: Label, zone: tzinfo) -> Slip:
    """The slip for a ticket the server gave; `zone` is the facility's time zone."""
    return Slip(
        facility=_words(facility),
        number=ticket.number,
        place=_words(ticket.place.label),
        hall=_words(ticket.place.hall) if ticket.place.hall.vi else None,
        floor=_words(ticket.place.floor) if ticket.place.floor.vi else None,
        printed=datetime.fromtimestamp(ticket.printed_at / 1000, zone),
        code=ticket_code.payload(ticket.token),
        ahead=ticket.ahead,
        not_before=_local(ticket.not_before, zone),
        usually_by=_local(ticket.usually_by, zone),
        priority=_priority(ticket),
        reprint=ticket.reprint,
        appointment=_appointment(ticket, zone),
        later=None if ticket.later_at is None else datetime.fromtimestamp(ticket.later_at / 1000, zone),
        stops=tuple(map(_stop, sorted(ticket.stops, key=lambda stop: stop.suggested or len(ticket.stops)))),
    )


def _stop(stop: TicketStop) -> Stop:
    where = tuple(_words(part) for part in (stop.place.hall, stop.place.floor) if part.vi)
    return Stop(_words(stop.place.label), where, stop.needs, stop.suggested)


def _appointment(ticket: Ticket, zone: tzinfo) -> Appointment | None:
    booked = ticket.appointment
    if booked is None:
        return None
    return Appointment(
        datetime.fromtimestamp(booked.at / 1000, zone), _words(booked.service), booked.punctuality
    )


def _local(moment: int | None, zone: tzinfo) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(moment / 1000, zone)


def _words(label: Label) -> Words:
    return {"vi": label.vi, "en": label.en}


def _priority(ticket: Ticket) -> Priority | None:
    if ticket.provisional:
        return Priority.PROVISIONAL
    return Priority.GRANTED if ticket.lane in (Lane.URGENT, Lane.PRIORITY) else None


class Size(Enum):
    """How large a text is, from a note to the number that must be read at arm's length."""

    NOTE = auto()
    BODY = auto()
    STRONG = auto()
    TITLE = auto()
    HEADLINE = auto()
    NUMBER = auto()


class Align(StrEnum):
    """Where something narrower than the paper stands."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """Words on a line of their own, wrapped where the paper ends, never cut off."""

    text: str
    size: Size
    bold: bool = False
    align: Align = Align.CENTER


@dataclass(frozen=True, slots=True)
class Band:
    """A mark nobody overlooks: white on black from edge to edge. The first line is the loud one."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A label at the left and its value at the right; below each other where they do not fit."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code and what to say about it: beside it where the code is left and the paper wide enough, else
    below."""

    payload: str
    caption: tuple[Text, ...] = ()
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, such as the hospital's mark. width: dots on paper 576 dots wide."""

    file: str
    width: int
    align: Align = Align.CENTER


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper between two matters."""


Block = Text | Band | Pair | Code | Picture | Rule

DEFAULT_TEXTS: Mapping[str, Words] = MappingProxyType(
    {
        "title": {"vi": "PHIẾU LƯỢT KHÁM", "en": "Visit ticket"},
        "your_number": {"vi": "Số của quý vị", "en": "Your number"},
        "go_to": {"vi": "Mời đến", "en": "Please go to"},
        "printed": {"vi": "Giờ in", "en": "Printed at"},
        "ahead": {"vi": "Số người trước", "en": "People ahead"},
        "not_before": {"vi": "Không sớm hơn", "en": "Not before"},
        "usually_by": {"vi": "Thường trước", "en": "Usually by"},
        "no_appointment": {
            "vi": "Giờ dự kiến, không phải giờ hẹn",
            "en": "Expected times, not an appointment",
        },
        "later": {"vi": "KHÁM TỪ", "en": "Seen from"},
        "stops": {"vi": "Các nơi cần đến", "en": "Where to go"},
        "fasting": {"vi": "nhịn ăn", "en": "before any food"},
        "full_bladder": {"vi": "nhịn tiểu", "en": "with a full bladder"},
        "empty_bladder": {"vi": "đi tiểu trước", "en": "with an empty bladder"},
        "priority": {"vi": "ƯU TIÊN", "en": "Priority"},
        "show_papers": {"vi": "xuất trình giấy tờ tại quầy", "en": "show your papers at the desk"},
        "reprint": {"vi": "BẢN IN LẠI", "en": "REPRINT"},
        "appointment": {"vi": "Hẹn", "en": "Appointment"},
        "came_early": {
            "vi": "Quý vị đến sớm: sẽ được gọi quanh giờ hẹn.",
            "en": "You are early: you will be called around your time.",
        },
        "came_late": {
            "vi": "Đã qua giờ hẹn: quý vị chờ theo thứ tự đến.",
            "en": "Your time has passed: you wait in the order of arrival.",
        },
        "order": {
            "vi": "Số có thể không gọi liên tiếp: còn lượt ưu tiên, lượt hẹn, lượt trả kết quả.",
            "en": "Numbers may be called out of order: there are also priority visits, appointments and "
            "returns with results.",
        },
        "missed": {
            "vi": "Lỡ lượt: quét lại phiếu này ở khu chờ.",
            "en": "Missed your turn: scan this ticket again in the waiting area.",
        },
        "urgent": {
            "vi": "Đau ngực, khó thở, choáng: báo ngay nhân viên, không chờ số.",
            "en": "Chest pain, short of breath, faint: tell staff at once, do not wait for your number.",
        },
    }
)
"""The ticket's words by name; the other languages' are in their catalogs. A site replaces any of them."""
