"""What time it is, without the server: its time as last heard, carried on by a clock that nobody sets; else
the kiosk's own, while it can be believed."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from msgspec import Struct

MINUTE = 60_000
LONGEST_AWAY = 14 * 86_400_000
"""ms by which a kiosk's own clock may be after the last word of a server, and still be believed: a long
holiday. Cheap machines without a battery wake years away."""
AGREES = 5 * MINUTE
"""ms by which the own clock may differ from the server's for what it said before to be believed."""


class Stamp(Struct, frozen=True):
    """A moment as the kiosk knew it. at: ms. boot, ticks: which run of the machine, and ms since its start.
    sure: by the server's time; else by the kiosk's own clock."""

    at: int
    boot: str
    ticks: int
    sure: bool


def boot() -> str:
    """Which run of the machine this is; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def ticks() -> int:
    """Ms since the machine started, also asleep; never set."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def wall() -> int:
    """The machine's own clock, ms."""
    return time.time_ns() // 1_000_000


class Moments:
    """The time at this kiosk. heard: the server's time as it was last told, maybe in an earlier run; None:
    never."""

    def __init__(
        self,
        heard: Stamp | None = None,
        *,
        run: str | None = None,
        steady: Callable[[], int] = ticks,
        own: Callable[[], int] = wall,
    ) -> None:
        self.heard = heard
        self._run = boot() if run is None else run
        self._steady, self._own = steady, own

    def hear(self, server_now: int) -> None:
        """The server says what time it is."""
        self.heard = Stamp(server_now, self._run, self._steady(), sure=True)

    def now(self) -> Stamp:
        """This moment."""
        steady, heard = self._steady(), self.heard
        if heard is not None and self._run and heard.boot == self._run:
            return Stamp(heard.at + steady - heard.ticks, self._run, steady, sure=True)
        return Stamp(self._own(), self._run, steady, sure=False)

    @property
    def believable(self) -> bool:
        """Whether this moment's date can be told: by the server's time, or by an own clock that is not before
        it and not long after."""
        now = self.now()
        if now.sure or self.heard is None:
            return True
        return self.heard.at <= now.at <= self.heard.at + LONGEST_AWAY

    def day(self, zone: tzinfo, day_ends: int) -> str | None:
        """The service day, `YYYY-MM-DD`; None when nobody can tell. day_ends: minutes after local
        midnight."""
        if not self.believable:
            return None
        return (self._local(zone) - timedelta(minutes=day_ends)).date().isoformat()

    def minute(self, zone: tzinfo, day_ends: int) -> int:
        """Minutes since the service day began."""
        local = self._local(zone) - timedelta(minutes=day_ends)
        return local.hour * 60 + local.minute

    def when(self, stamp: Stamp) -> int | None:
        """When something was, in the server's time, once a server was heard in this run; None when nobody can
        tell. Never after now."""
        now = self.now()
        if not now.sure:
            return None
        if self._run and stamp.boot == self._run:
            return min(now.at, now.at - (now.ticks - stamp.ticks))
        if stamp.sure or abs(self._own() - now.at) <= AGREES:
            return min(now.at, stamp.at)
        return None

    def _local(self, zone: tzinfo) -> datetime:
        return datetime.fromtimestamp(self.now().at / 1000, zone)
