"""One service day ends and the next one begins."""

import logging
from collections.abc import Callable, Sequence

from queue_server.engine.events import Event
from queue_server.engine.facility import Facility
from queue_server.engine.model import Actor, Context, Day
from queue_server.people import People
from queue_server.protocol.codes import Role
from queue_server.service.believed import BelievedTime
from queue_server.service.commits import Commits
from queue_server.service.committed import Committed
from queue_server.service.failures import where
from queue_server.service.metrics import Metrics
from queue_server.service.recovery import Recovery
from queue_server.service.remembering import expected_people, remember_people
from queue_server.service.rules import Rules
from queue_server.service.storage import Storage
from queue_server.service.turn import fresh

log = logging.getLogger(__name__)

CLOCK = Actor("clock", Role.CLOCK)
"""The service itself, as it moves time."""


class Days:
    """What the service itself brings about, outside of any batch of commands."""

    def __init__(
        self,
        rules: Rules,
        people: People,
        storage: Storage,
        believed: BelievedTime,
        committed: Committed,
        commits: Commits,
        recovery: Recovery,
        metrics: Metrics,
    ) -> None:
        self._rules = rules
        self._people = people
        self._storage = storage
        self._believed = believed
        self._committed = committed
        self._commits = commits
        self._recovery = recovery
        self._metrics = metrics

    def over(self, now: int) -> bool:
        """Whether the day has ended. A wall clock in doubt ends none."""
        day = self._committed.day
        return day is not None and (
            day.closed or (self._believed.trusted and self._rules.day_ended(day, now))
        )

    async def roll(self) -> None:
        """Close the day and open the next one, each in a commit of its own: no batch spans two days."""
        day = self._committed.day
        if day is not None and not day.closed:
            await self.tell(lambda context: self._rules.close_day(day, context))
        closed = self._committed.day
        if self._recovery.able and closed is not None and closed.closed:
            await self.open(closed.facility)

    async def open(self, facility: Facility) -> None:
        """Begin a day with what the one before carries over."""
        before = self._committed.day
        seq = self._committed.seq + 1
        await self.tell(lambda context: self._rules.open_day(before, facility, seq, context))
        day = self._committed.day
        if day is not None and day is not before:
            self._metrics.days += 1
            self._people.keep_only(expected_people(day))
            await self._remember(day)
            log.info("A day begins", extra={"action": "day", "day": day.day, "seq": self._committed.seq})

    async def _remember(self, day: Day) -> None:
        try:
            await remember_people(self._storage, self._people, day)
        except Exception as error:  # noqa: BLE001 - sorted by kind there
            await self._recovery.failed(error)

    async def tell(self, make: Callable[[Context], Sequence[Event]]) -> None:
        """Commit events that the service itself brings about. A mistaken rule changes nothing."""
        turn = self._committed.turn()
        with self._committed.deciding():
            try:
                turn.tell(make(Context(CLOCK, turn.now, fresh())), CLOCK)
            except Exception as error:  # noqa: BLE001 - a facility goes on with the old day rather than not at all
                log.error("The day could not be moved on: %s", where(error), extra={"action": "day"})
                spoilt = True
            else:
                spoilt = False
        if spoilt:
            await self._recovery.restore()
        else:
            await self._commits.commit(turn)
