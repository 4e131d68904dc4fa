"""What a kiosk remembers of the facility, for a morning when the server never comes up: what there is to
choose, its names, the desk, and the time as last heard. Nothing in it is about a person."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, structs

from kiosk.offline import disk
from kiosk.offline.moments import Stamp
from queue_server.protocol.rows import (
    CatalogueFacility,
    CataloguePayer,
    CatalogueRoute,
    CatalogueService,
    KioskState,
    Row,
)

Kept = CatalogueFacility | CataloguePayer | CatalogueRoute | CatalogueService | KioskState
"""Rows worth remembering; a paper that waits for its room is a patient's."""


class Memory(Struct, frozen=True):
    """rows: as the server last told them. heard: when, by its clock and this machine's. refused: the mark of
    a token that the server does not accept any more, empty while it does."""

    rows: tuple[Kept, ...] = ()
    heard: Stamp | None = None
    refused: str = ""


def recall(path: Path) -> Memory:
    """What is remembered; nothing where there is no file, or one that cannot be read."""
    return disk.kept(path, Memory) or Memory()


def worth_keeping(rows: Iterable[Row]) -> tuple[Kept, ...]:
    """Those of these rows that are remembered."""
    return tuple(row for row in rows if isinstance(row, Kept))


def on_another_day(rows: Iterable[Row]) -> list[Row]:
    """The same on a later day: what was full, stopped or over then says nothing of it."""
    return list(map(_begun_anew, rows))


def _begun_anew(row: Row) -> Row:
    match row:
        case CatalogueService():
            return structs.replace(row, stopped=False, full=False, later_at=None, closed=False)
        case KioskState():
            return structs.replace(row, intake="", series=0)
        case _:
            return row
