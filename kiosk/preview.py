"""`queue-kiosk preview`: a ticket as a picture, dot for dot what the printer gets."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from msgspec import structs

from kiosk import letters, paper, texts
from kiosk.layout import STANDARD, LayoutMistakes, Template, load, standard_text
from queue_server.protocol.codes import Lane, Language, Need, Punctuality
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.results import Appointed, Ticket, TicketStop
from queue_server.protocol.rows import CatalogueFacility

previews = typer.Typer(add_completion=False, rich_markup_mode=None)

PAPERS = (576, 512, 384)
"""Dots across the paper of the printers there are: 80 mm at 203 and at 180 dots an inch, and 58 mm."""


class Sample(StrEnum):
    """Which ticket to show; `longest` has everything that one can have, in the longest words."""

    ORDINARY = "ordinary"
    PRIORITY = "priority"
    STOPS = "stops"
    APPOINTMENT = "appointment"
    REPRINT = "reprint"
    OFFLINE = "offline"
    LONGEST = "longest"


@previews.command()
def preview(
    out: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    layout: Annotated[
        Path | None,
        typer.Option(
            envvar="DENLUOT_LAYOUT", help="The ticket's layout. [default: the one that comes along]"
        ),
    ] = None,
    language: Annotated[
        Language, typer.Option(help="What the patient chose; drafts of translations are shown too.")
    ] = Language.VI,
    width: Annotated[int, typer.Option("--paper", help="Dots across the paper: 576, 512 or 384.")] = 576,
    sample: Annotated[Sample, typer.Option(help="Which ticket to show.")] = Sample.ORDINARY,
    example: Annotated[
        bool, typer.Option("--example", help="Write the layout that comes along instead, as a TOML file.")
    ] = False,
) -> None:
    """Write a sample ticket as a PNG, dot for dot what the printer gets. No server and no printer are needed.

    A layout of your own begins as a copy of the one that comes along, which explains itself:

      queue-kiosk preview --example my-ticket.toml

      queue-kiosk preview --layout my-ticket.toml --sample longest ticket.png

    Look at `longest` and `offline` before you print, and at 384 dots if you have 58 mm paper. Mistakes in the
    layout are told with their line. Then start the kiosk with --layout my-ticket.toml.
    """
    if example:
        with _told(out):
            out.write_text(standard_text(), encoding="utf-8")
        return
    if width not in PAPERS:
        raise typer.BadParameter("576, 512 or 384", param_hint="--paper")
    template = loaded(layout)
    if lacks := letters.missing(language):
        typer.echo(f"Without {lacks} this ticket is in Vietnamese and English.", err=True)
    elif texts.is_draft(language):
        typer.echo("Nobody has reviewed these words yet; no patient gets them.", err=True)
    told = structs.replace(ticket(sample), language=language)
    with _told(out):
        paper.picture(told, FACILITY, width, template).save(out, "PNG")


@contextlib.contextmanager
def _told(file: Path) -> Iterator[None]:
    """A file that cannot be read or written ends the program in words."""
    try:
        yield
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None


def loaded(layout: Path | None) -> Template:
    """The layout of this file, ours without one; ends the program with all that is wrong with it."""
    if layout is None:
        return STANDARD
    try:
        with _told(layout):
            return load(layout)
    except LayoutMistakes as mistakes:
        typer.echo(str(mistakes), err=True)
        raise typer.Exit(2) from None


# A hospital that does not exist, and those who come to it. --------------------------------------------------

_HALL = Label(vi="Khu chờ khám Nội – Ngoại", en="Medicine and surgery hall")
_FLOOR = Label(vi="Tầng 2", en="2nd floor")
_SEVEN = int(datetime(2026, 11, 23, 7, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp() * 1000)
_MINUTE = int(timedelta(minutes=1) / timedelta(milliseconds=1))


def _place(vi: str, en: str) -> Place:
    return Place(label=Label(vi=vi, en=en), hall=_HALL, floor=_FLOOR, hall_id="hall-2")


_DESK = Place(
    label=Label(vi="Quầy tiếp nhận", en="Reception desk"),
    hall=Label(vi="Sảnh tiếp nhận", en="Reception hall"),
    floor=Label(vi="Tầng trệt", en="Ground floor"),
    hall_id="hall-1",
)
_LONG = _place(
    "Phòng 112 – Hồi sức tích cực, chống độc và phục hồi chức năng",
    "Room 112 – Intensive care, toxicology and rehabilitation",
)
_ORDINARY = Ticket(
    visit="2026-11-23-45",
    number="A045",
    token="7ZJ0XWV4V5M8K2HP",  # noqa: S106 -- of a ticket that does not exist
    print="2026-11-23-45/p1",
    place=_place("Phòng 12 – Nội tổng hợp", "Room 12 – General medicine"),
    lane=Lane.WALK_IN,
    printed_at=_SEVEN,
    ahead=12,
    not_before=_SEVEN + 35 * _MINUTE,
    usually_by=_SEVEN + 70 * _MINUTE,
)
_STOPS = (
    TicketStop(place=_place("Lấy máu lúc đói", "Fasting blood sample"), suggested=1, needs=(Need.FASTING,)),
    TicketStop(place=_place("Siêu âm bụng", "Abdominal ultrasound"), suggested=2, needs=(Need.FULL_BLADDER,)),
    TicketStop(place=_place("X-quang", "X-ray"), suggested=3),
)
_BOOKED = Appointed(
    at=_SEVEN + 78 * _MINUTE,
    service=Label(vi="Nội tổng hợp", en="General medicine"),
    punctuality=Punctuality.EARLY,
)

FACILITY = CatalogueFacility(
    key="facility",
    name=Label(vi="Bệnh viện Đa khoa khu vực Sông Hương", en="Sông Hương Regional General Hospital"),
    time_zone="Asia/Ho_Chi_Minh",
    ticket_url="",
    offline_place=_DESK,
    offline_letter="K",
)


def ticket(sample: Sample) -> Ticket:
    """The ticket of a sample."""
    match sample:
        case Sample.ORDINARY:
            return _ORDINARY
        case Sample.PRIORITY:
            return structs.replace(_ORDINARY, lane=Lane.PRIORITY, provisional=True)
        case Sample.STOPS:
            return structs.replace(_ORDINARY, stops=_STOPS)
        case Sample.APPOINTMENT:
            return structs.replace(_ORDINARY, lane=Lane.APPOINTMENT, appointment=_BOOKED)
        case Sample.REPRINT:
            return structs.replace(_ORDINARY, reprint=True)
        case Sample.OFFLINE:
            return structs.replace(
                _ORDINARY, number="K01-007", place=_DESK, ahead=None, not_before=None, usually_by=None
            )
        case Sample.LONGEST:
            return structs.replace(
                _ORDINARY,
                number="K07-123",
                place=_LONG,
                lane=Lane.PRIORITY,
                provisional=True,
                reprint=True,
                ahead=127,
                later_at=_SEVEN + 348 * _MINUTE,
                appointment=_BOOKED,
                stops=(*_STOPS, TicketStop(place=_LONG, suggested=4, needs=tuple(Need))),
            )


if __name__ == "__main__":
    previews()
