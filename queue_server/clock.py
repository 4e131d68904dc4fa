"""Wall time and monotonic time, and how far the one may be believed in the light of the other (DESIGN §4)."""

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

TOLERANCE = 2_000
"""Milliseconds by which the two may differ before it is a jump; NTP after boot steps by less."""
DRIFT = 500
"""Parts per million by which they may drift apart; the most by which Linux slews a clock."""
WINDOW = 60_000
"""Milliseconds after which small, believed differences are forgotten, so that they never add up to a jump."""


class Clock(Protocol):
    """What the service knows of time; replaced in tests."""

    def wall_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC, as the machine believes."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment; never set, counts while the machine sleeps."""
        ...

    async def wait(self, bell: asyncio.Event, until: int) -> None:
        """Return when the bell is rung or monotonic time has reached a moment, whichever comes first."""
        ...


class SystemClock:
    """The machine's own clocks."""

    # CLOCK_MONOTONIC stands still while a laptop sleeps, which would look like a jump of the wall clock.
    _SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

    def wall_ms(self) -> int:
        """See Clock."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """See Clock."""
        return time.clock_gettime_ns(self._SINCE_BOOT) // 1_000_000

    async def wait(self, bell: asyncio.Event, until: int) -> None:
        """See Clock."""
        left = (until - self.monotonic_ms()) / 1000
        if left <= 0 or bell.is_set():
            return
        try:
            async with asyncio.timeout(left):
                await bell.wait()
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True)
class Jump:
    """The wall clock left the monotonic one. at: believed moment, ms. by: ms, negative when set back."""

    at: int
    by: int


class SteadyClock:
    """The moment the service believes in: wall time while it agrees with monotonic time, else monotonic time.

    After a jump it goes on in monotonic time until `accept`. It never goes back: where an accepted wall clock
    is behind, it goes at half speed until the wall clock has caught up.
    """

    def __init__(self, clock: Clock, *, not_before: int = 0, believe: bool = True) -> None:
        """not_before: newest moment already in the journal, ms; a wall clock behind it has jumped while we
        were away. believe False: a jump of an earlier run was never accepted."""
        self._clock = clock
        self._wall = clock.wall_ms()
        self._mono = clock.monotonic_ms()
        self._last = max(self._wall, not_before)
        self._ahead = 0
        self._ahead_since = self._mono
        self.jump: Jump | None = None
        if self._wall < not_before - TOLERANCE or not believe:
            self.jump = Jump(not_before, self._wall - not_before)
            self._wall = self._last = not_before

    @property
    def trusted(self) -> bool:
        """Whether wall time is believed."""
        return self.jump is None

    def now(self) -> int:
        """The believed moment, ms. Sets `jump` when the wall clock no longer agrees."""
        wall, mono = self._clock.wall_ms(), self._clock.monotonic_ms()
        elapsed = mono - self._mono
        expected = self._wall + elapsed
        if self.jump is None and abs(wall - expected) > TOLERANCE + elapsed * DRIFT // 1_000_000:
            self.jump = Jump(max(self._last, expected), wall - expected)
        if self.jump is None and elapsed >= WINDOW:
            self._wall, self._mono = wall, mono
        ahead = max(0, self._ahead - (mono - self._ahead_since) // 2)
        self._last = max(self._last, (wall if self.jump is None else expected) + ahead)
        return self._last

    def accept(self) -> None:
        """A person says that the wall clock is right."""
        believed = self.now()
        self.jump = None
        self._wall, self._mono = self._clock.wall_ms(), self._clock.monotonic_ms()
        self._ahead = max(0, believed - self._wall)
        self._ahead_since = self._mono

    def monotonic_at(self, moment: int) -> int:
        """Monotonic time at which a believed moment is reached, if nothing jumps meanwhile."""
        return self._clock.monotonic_ms() + (moment - self.now())
