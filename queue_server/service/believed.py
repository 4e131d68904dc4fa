"""The moment the service believes in, and whether a jump of the wall clock has been told of."""

import asyncio
import logging

from queue_server.clock import Clock, Jump, SteadyClock
from queue_server.engine.events import AlertRaised, ClockAccepted, Event
from queue_server.engine.model import Day
from queue_server.protocol.codes import AlertKind

log = logging.getLogger(__name__)


class BelievedTime:
    """Steady time over restarts: the day remembers a jump that nobody accepted yet (DESIGN §4)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steady = SteadyClock(clock)
        self._told = False

    def begin(self, day: Day | None) -> None:
        """Go on from a day of the journal; None: there is none yet."""
        not_before = day.now if day is not None else 0
        self._steady = SteadyClock(self._clock, not_before=not_before, believe=not _doubted(day))

    @property
    def trusted(self) -> bool:
        """Whether wall time is believed."""
        return self._steady.trusted

    def now(self) -> int:
        """The believed moment, ms."""
        return self._steady.now()

    async def wait(self, bell: asyncio.Event, until: int) -> None:
        """Return when the bell is rung or a believed moment, ms, is reached."""
        await self._clock.wait(bell, self._steady.monotonic_at(until))

    def untold_jump(self, day: Day | None) -> Jump | None:
        """A jump that neither this run nor the day's alerts tell of."""
        return None if self._told or _doubted(day) else self._steady.jump

    def heard(self, event: Event) -> None:
        """An event is committed: it may tell of a jump, or accept it."""
        if isinstance(event, ClockAccepted):
            self._steady.accept()
            self._told = False
            log.warning("A person accepted the wall clock", extra={"action": "clock"})
        elif isinstance(event, AlertRaised) and event.kind is AlertKind.CLOCK_JUMPED:
            self._told = True


def _doubted(day: Day | None) -> bool:
    return day is not None and bool(day.clock_doubt)
