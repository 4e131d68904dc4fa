"""Wishes of the mailbox, decided together and committed at once; alone, if one of them is poison."""

import logging
import time
from collections.abc import Sequence

from queue_server.engine.decision import Rejection
from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal
from queue_server.protocol.messages import Rejected
from queue_server.service.commits import Commits
from queue_server.service.committed import Committed
from queue_server.service.failures import where
from queue_server.service.known import Known
from queue_server.service.mailbox import Mailbox
from queue_server.service.metrics import Metrics
from queue_server.service.once import Wish
from queue_server.service.recovery import Recovery
from queue_server.service.turn import EvolveFailed, Turn

log = logging.getLogger(__name__)

BATCH = 256
"""Commands that one commit takes at most (DESIGN §5)."""
FEWEST = 32
"""Commands that are looked up for a batch, if so many wait."""
DECIDING = 0.010
"""Seconds of deciding after which a batch ends (DESIGN §5)."""


class Batches:
    """Serves the mailbox, one batch after the other."""

    def __init__(
        self,
        mailbox: Mailbox,
        known: Known,
        committed: Committed,
        commits: Commits,
        recovery: Recovery,
        metrics: Metrics,
    ) -> None:
        self._mailbox = mailbox
        self._known = known
        self._committed = committed
        self._commits = commits
        self._recovery = recovery
        self._metrics = metrics
        self._reach = BATCH

    async def serve_next(self) -> Sequence[Wish]:
        """Serve what the mailbox holds, up to one batch. Returns what was taken; some may be put back."""
        wishes = self._mailbox.take(self._reach)
        if wishes:
            await self._serve(wishes)
        return wishes

    async def _serve(self, wishes: Sequence[Wish]) -> None:
        wishes = [wish for wish in wishes if not self._known.replay(wish)]
        try:
            await self._known.look_up(wishes, self._committed.day)
        except Exception as error:  # noqa: BLE001 - whatever it was, these commands were not decided
            for wish in wishes:
                self._mailbox.unavailable(wish)
            await self._recovery.failed(error)
            return
        wishes = [wish for wish in wishes if not self._known.replay(wish)]
        with self._committed.deciding():
            turn = self._committed.turn()
            taken, spoilt = _decide(turn, wishes)
            self._put_back(wishes[taken:], turn)
            # Twice of what was decided last time is enough to look up: the rest would only go back.
            self._reach = min(BATCH, max(FEWEST, 2 * taken))
        if spoilt is not None:
            log.error("An event could not be folded: %s", where(spoilt), extra={"action": "evolve"})
            await self._one_by_one(wishes[:taken])
        elif not await self._commits.commit(turn):
            await self._one_by_one(wishes[:taken])

    def _put_back(self, wishes: Sequence[Wish], turn: Turn) -> None:
        """These were taken, and come after this turn: what the table said may no longer be so for some who
        wait."""
        self._mailbox.put_back(wishes)
        if turn.newcomers or turn.forgotten:
            self._mailbox.look_up_again(turn.changes)

    async def _one_by_one(self, wishes: Sequence[Wish]) -> None:
        """A batch had poison in it: the same commands, each in a transaction of its own."""
        await self._recovery.restore()
        for place, wish in enumerate(wishes):
            if not self._recovery.able:
                self._mailbox.unavailable(wish)
                continue
            if self._known.replay(wish):
                continue
            turn = self._committed.turn()
            with self._committed.deciding():
                _, spoilt = _decide(turn, [wish])
            if spoilt is None and await self._commits.commit(turn):
                later = wishes[place + 1 :]
                back = later if any(turn.changes(wish) for wish in later) else ()
                self._put_back(back, turn)
                if back:
                    return
                continue
            await self._refuse_alone(wish)

    async def _refuse_alone(self, wish: Wish) -> None:
        self._metrics.internal += 1
        log.error(
            "A command failed alone",
            extra={"action": "poison", "command_id": wish.id, "command": type(wish.command).__name__},
        )
        await self._recovery.restore()
        if not self._recovery.able:
            self._mailbox.unavailable(wish)
            return
        turn = self._committed.turn()
        turn.refuse(wish, Rejection(Refusal.INTERNAL))
        if not await self._commits.commit(turn):
            wish.resolve(codec.encode(Rejected(id=wish.id, code=Refusal.INTERNAL)))


def _decide(turn: Turn, wishes: Sequence[Wish]) -> tuple[int, EvolveFailed | None]:
    """Take wishes into a turn, for DECIDING at most. Returns how many, and what spoilt the turn."""
    begun = time.perf_counter()
    taken = 0
    try:
        for wish in wishes:
            if taken and (time.perf_counter() - begun > DECIDING or turn.ends_before(wish)):
                break
            taken += 1
            turn.take(wish)
    except EvolveFailed as error:
        return taken, error
    return taken, None
