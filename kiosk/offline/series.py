"""The kiosk's own numbers, for tickets without the server: `K01-001`, counted on its own disk.

Each number is on the disk before it is printed, so none is ever printed twice. They begin anew with the
service day, and only when that is known: by a clock that nobody believes, or that was set back, they go on,
and go on through the next day that is known, which may have been that very one.

Where there is no counter, or one that cannot be read, they go on at a number that the kiosk cannot have
reached by that minute of the day, above 1000. A new kiosk's are such ones too, until its first day ends:
nobody can tell it from one whose disk was replaced, with papers of that day in people's hands.

SeriesEnded   9999 numbers in a day
"""

import zlib
from pathlib import Path

import msgspec
from msgspec import Struct

from kiosk.offline import disk

LOST_FROM, LOST_A_MINUTE = 1000, 6
"""Without a counter numbers go on at 1000 and six for each minute of the service day so far: nobody takes a
ticket in less than ten seconds all day long."""
LAST = 9999


class SeriesEnded(Exception):
    """The kiosk has no number left today."""


class _Counted(Struct):
    """day: the latest service day they counted for, empty: none was known. last: the last number taken.
    unsure: it was taken on a day that may be a later one."""

    day: str
    last: int
    unsure: bool = False


class Series:
    """The counter of one kiosk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        counted = _read(path)
        self._is_lost = counted is None
        self._counted = counted or _Counted("", 0)

    def begin(self, day: str, minute: int) -> None:
        """Where there is no counter, note from where this day's numbers go on, so that the next day's begin
        anew. Raises OSError. day, minute: as in `take`."""
        if self._is_lost:
            self._note(_Counted(day, _out_of_reach(minute)))

    def take(self, ordinal: int, day: str | None, minute: int, come: int = 0) -> str:
        """The next number, which nobody gets again. Raises SeriesEnded, and OSError when it could not be
        noted.

        ordinal: the kiosk's. day: the service day, None when nobody knows. minute: of it. come: the last
        number of the series that the server knows of this day, 0 when it knows none, or was not asked."""
        was = self._counted
        begins = day is not None and day > was.day and not was.unsure and not self._is_lost
        last = max(0 if begins else was.last, come)
        if self._is_lost:
            last = max(last, _out_of_reach(minute))
        if last >= LAST:
            raise SeriesEnded
        counted = _Counted(max(was.day, day or ""), last + 1, unsure=day is None or day < was.day)
        self._note(counted)
        return f"K{ordinal:02d}-{counted.last:03d}"

    def _note(self, counted: _Counted) -> None:
        disk.replace(self._path, _written(counted))
        self._counted, self._is_lost = counted, False


def _out_of_reach(minute: int) -> int:
    return LOST_FROM + LOST_A_MINUTE * minute


def _read(path: Path) -> _Counted | None:
    """What a counter says; None when there is none, or it is damaged."""
    try:
        check, _, body = path.read_bytes().partition(b" ")
        if int(check, 16) != zlib.crc32(body):
            return None
        return msgspec.json.decode(body, type=_Counted)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _written(counted: _Counted) -> bytes:
    body = msgspec.json.encode(counted)
    return f"{zlib.crc32(body):08x} ".encode() + body
