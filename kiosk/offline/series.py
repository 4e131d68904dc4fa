"""The kiosk's own numbers, for tickets without the server: `K01-001`, counted on its own disk.

Each number is on the disk before it is printed, so none is ever printed twice. They begin anew with the
service day, and only when that is known: by a clock that nobody believes, or that was set back, they go on,
and go on through the next day that is known, which may have been that very one.

A counter that is lost goes on at a number that the kiosk cannot have reached by that minute of the day, above
1000; that it was lost, and is not a new kiosk's, is known by what else lies in the folder.

SeriesEnded   9999 numbers in a day
"""

import contextlib
import zlib
from pathlib import Path

import msgspec
from msgspec import Struct

from kiosk.offline import disk

LOST_FROM, LOST_A_MINUTE = 1000, 6
"""After a loss numbers go on at 1000 and six for each minute of the service day so far: nobody takes a ticket
in less than ten seconds all day long."""
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
    """The counter of one kiosk.

    is_new: whether this kiosk never worked here before, so that a missing counter is not a lost one.
    """

    def __init__(self, path: Path, *, is_new: bool) -> None:
        self._path = path
        counted = _read(path)
        self._is_lost = counted is None and not (is_new and not path.exists())
        self._counted = counted or _Counted("", 0)
        if counted is None and not self._is_lost:
            # From now on a missing counter is a lost one; where it cannot be written, it counts as that.
            with contextlib.suppress(OSError):
                disk.replace(path, _written(self._counted))

    def take(self, ordinal: int, day: str | None, minute: int, come: int = 0) -> str:
        """The next number, which nobody gets again. Raises SeriesEnded, and OSError when it could not be
        noted.

        ordinal: the kiosk's. day: the service day, None when nobody knows. minute: of it. come: the last
        number of the series that the server knows of this day, 0 when it knows none, or was not asked."""
        was = self._counted
        begins = day is not None and day > was.day and not was.unsure and not self._is_lost
        last = max(0 if begins else was.last, come)
        if self._is_lost:
            last = max(last, LOST_FROM + LOST_A_MINUTE * minute)
        if last >= LAST:
            raise SeriesEnded
        counted = _Counted(max(was.day, day or ""), last + 1, unsure=day is None or day < was.day)
        disk.replace(self._path, _written(counted))
        self._counted, self._is_lost = counted, False
        return f"K{ordinal:02d}-{counted.last:03d}"


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
