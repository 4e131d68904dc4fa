"""The day as it is committed: what a turn stands on, and all that anybody may look at."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from queue_server.engine.model import Day
from queue_server.people import People
from queue_server.service.believed import BelievedTime
from queue_server.service.errors import NotServing
from queue_server.service.metrics import Metrics
from queue_server.service.rules import Rules
from queue_server.service.storage import Storage
from queue_server.service.turn import Turn
from queue_server.store.port import Head

T = TypeVar("T")


@dataclass(slots=True)
class _Look:
    """A reading of the day between two batches."""

    run: Callable[[], None]
    refuse: Callable[[], None]


class Committed:
    """The Day in memory. It is evolved in place while a turn is decided; nobody looks at it meanwhile."""

    def __init__(
        self, storage: Storage, rules: Rules, people: People, believed: BelievedTime, metrics: Metrics
    ) -> None:
        self._storage = storage
        self._rules = rules
        self._people = people
        self._believed = believed
        self._metrics = metrics
        self._day: Day | None = None
        self._head = Head(0, "", "")
        self._settled = False
        self._looks: deque[_Look] = deque()

    @property
    def day(self) -> Day | None:
        """None before the first day of a facility."""
        return self._day

    @property
    def seq(self) -> int:
        """The last committed event."""
        return self._head.seq

    @property
    def settled(self) -> bool:
        """The day in memory is the committed one."""
        return self._settled

    # Looking ---------------------------------------------------------------------------------------------

    @property
    def readable(self) -> bool:
        """There is a day to look at right now."""
        return self._settled and self._day is not None

    async def read(self, look: Callable[[Day], T]) -> T:
        """What `look` sees of the day, as soon as it is settled. Raises NotServing if it never will be."""
        if self._settled and self._day is not None:
            return look(self._day)
        seen: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def run() -> None:
            if seen.done() or self._day is None:
                return
            try:
                seen.set_result(look(self._day))
            except Exception as error:  # noqa: BLE001 - it is the asker's own
                seen.set_exception(error)

        def refuse() -> None:
            if not seen.done():
                seen.set_exception(NotServing())

        self._looks.append(_Look(run, refuse))
        return await seen

    def settle(self) -> None:
        """The day in memory is the committed one: whoever waited may look."""
        self._settled = True
        while self._looks:
            self._looks.popleft().run()

    def unsettle(self) -> None:
        """The day in memory may no longer be the committed one."""
        self._settled = False

    def end(self) -> None:
        """Nobody may look any more."""
        self._settled = False
        while self._looks:
            self._looks.popleft().refuse()

    # Moving on -------------------------------------------------------------------------------------------

    def turn(self) -> Turn:
        """A turn on top of what is committed."""
        now = self._believed.now()
        day = self._day
        return Turn(self._rules, self._people, day, self.seq, max(now, day.now if day is not None else 0))

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Until the commit is done, or the day is folded again, nobody may look at the day."""
        self._settled = False
        begun = time.perf_counter()
        yield
        self._metrics.deciding_seconds += time.perf_counter() - begun

    def adopt(self, turn: Turn) -> None:
        """A turn is durable: its day is the committed one."""
        self._day = turn.day
        self._head = Head(turn.seq, "", turn.day.day if turn.day is not None else "")

    # The store's word ------------------------------------------------------------------------------------

    async def fold(self, head: Head | None) -> None:
        """Take the day from the store. head None: by fresh connections, which say where the head is."""
        self._head, self._day = await self._storage.fold(head)

    async def fold_again(self) -> None:
        """Take the same day from the store, after deciding spoilt the one in memory."""
        await self.fold(self._head)

    async def probe(self) -> None:
        """Raises what the store raises if it would not take a commit on top of this now."""
        await self._storage.probe(self.seq)
