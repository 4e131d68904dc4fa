"""When the store fails: find out what is true, and serve again once it takes commits."""

import asyncio
import logging
from collections.abc import Callable

from queue_server.clock import Clock
from queue_server.service.committed import Committed
from queue_server.service.failures import where
from queue_server.service.known import Known
from queue_server.service.mailbox import Mailbox
from queue_server.service.metrics import Metrics
from queue_server.service.turn import Turn
from queue_server.service.visible import Visible
from queue_server.store.port import BrokenStorage, LostOwnership, NotDone

log = logging.getLogger(__name__)

FIRST_PAUSE = 100
"""Milliseconds before the store is tried again; doubled each time."""
LONGEST_PAUSE = 5_000


class Recovery:
    """Whether this process may write the facility, and the way back after a failure (DESIGN §5).

    owner: this process writes the facility. degraded: the store does not take commits now. broken: the
    storage or the service's task failed; only a fresh process can go on. Others read these.
    """

    def __init__(
        self,
        committed: Committed,
        known: Known,
        visible: Visible,
        mailbox: Mailbox,
        metrics: Metrics,
        *,
        clock: Clock,
        hurrying: asyncio.Event,
        facility: str,
        on_lost: Callable[[], None],
        on_broken: Callable[[], None],
    ) -> None:
        """hurrying: when set, give up waiting for the store. facility: its id, for the log."""
        self._committed = committed
        self._known = known
        self._visible = visible
        self._mailbox = mailbox
        self._metrics = metrics
        self._clock = clock
        self._hurrying = hurrying
        self._facility = facility
        self._on_lost = on_lost
        self._on_broken = on_broken
        self.owner = False
        self.degraded = False
        self.broken = False

    @property
    def able(self) -> bool:
        """The day in memory is the committed one and may be decided upon."""
        return self._committed.settled and self.owner and not self.broken

    def own(self) -> None:
        """The store gave us the facility."""
        self.owner = True

    def task_failed(self, error: Exception) -> None:
        """A bug ended the service's task: a fresh process begins from what is committed."""
        log.critical("The service's task failed: %s", where(error), extra={"action": "broken"})
        self.broken = True
        self.degraded = True
        self._on_broken()

    async def restore(self) -> None:
        """Fold the committed day again, after deciding spoilt the one in memory."""
        self._committed.unsettle()
        try:
            await self._committed.fold_again()
        except Exception as error:  # noqa: BLE001 - sorted by kind below
            await self.failed(error)
        else:
            self._committed.settle()

    async def failed(self, error: Exception, turn: Turn | None = None) -> None:
        """The store failed. turn: what was to be committed; its wishes are answered here in any case."""
        match error:
            case LostOwnership():
                self._lose(turn)
            case BrokenStorage():
                self._break(error, turn)
            case NotDone():
                self._metrics.not_done += 1
                log.warning("A batch was not committed: %s", where(error), extra={"action": "commit"})
                await self._recover(turn)
            case _:
                self._metrics.unknown += 1
                log.warning("Outcome of a batch unknown: %s", where(error), extra={"action": "commit"})
                await self._recover(turn)

    async def _recover(self, turn: Turn | None) -> None:
        """Find out what is true and wait until the store takes commits again."""
        self._metrics.recoveries += 1
        self.degraded = True
        self._committed.unsettle()
        pause = FIRST_PAUSE
        while True:
            try:
                await self._committed.fold(None)
                if turn is not None:
                    await self._clear_up(turn)
                    turn = None
                self._committed.settle()
                await self._committed.probe()
            except LostOwnership:
                self._lose(turn)
                return
            except BrokenStorage as error:
                self._break(error, turn)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the store is tried again
                log.warning("The store is not back yet: %s", where(error), extra={"action": "recover"})
            else:
                break
            # Whoever waits is better served by knowing that nobody knows.
            self._tell_nobody_knows(turn)
            await self._clock.wait(self._hurrying, self._clock.monotonic_ms() + pause)
            if self._hurrying.is_set():
                return
            pause = min(2 * pause, LONGEST_PAUSE)
        self._mailbox.open()
        self.degraded = False
        log.warning("The store takes commits again", extra={"action": "recover", "seq": self._committed.seq})

    async def _clear_up(self, turn: Turn) -> None:
        """After a fresh look at the head: was this turn committed?"""
        found = await self._known.answered(turn.replies.keys())
        if self._committed.seq == turn.seq and (bool(turn.events) or len(found) == len(turn.replies)):
            self._visible.show(turn)
        for wish, _ in turn.answers:
            if wish.key is not None and wish.key in found:
                self._known.again(wish, found[wish.key])
            else:
                self._mailbox.unavailable(wish)

    def _lose(self, turn: Turn | None) -> None:
        log.error("Another writer owns the facility", extra={"action": "lost", "facility": self._facility})
        self.owner = False
        self.degraded = True
        self._tell_nobody_knows(turn)
        self._on_lost()

    def _break(self, error: BrokenStorage, turn: Turn | None) -> None:
        log.critical("The storage failed: %s", where(error), extra={"action": "broken"})
        self.broken = True
        self.degraded = True
        self._tell_nobody_knows(turn)
        self._on_broken()

    def _tell_nobody_knows(self, turn: Turn | None) -> None:
        self._mailbox.shut()
        if turn is not None:
            for wish, _ in turn.answers:
                self._mailbox.unavailable(wish)
        self._mailbox.give_up()
