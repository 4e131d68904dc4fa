"""One turn becomes durable, or is put right."""

import logging
import time

from queue_server.service.failures import where
from queue_server.service.metrics import Metrics
from queue_server.service.recovery import Recovery
from queue_server.service.storage import Storage
from queue_server.service.turn import Turn
from queue_server.service.visible import Visible
from queue_server.store.port import DataRefused

log = logging.getLogger(__name__)


class Commits:
    """The way of a turn into the store. A commit is done, not done, or unknown (DESIGN §5)."""

    def __init__(self, storage: Storage, visible: Visible, recovery: Recovery, metrics: Metrics) -> None:
        self._storage = storage
        self._visible = visible
        self._recovery = recovery
        self._metrics = metrics

    async def commit(self, turn: Turn) -> bool:
        """Make a turn durable, publish and answer. Whatever goes wrong is put right here.

        False: the store refused its rows. Then the day is as it was, nobody is answered, and the caller has
        to try the wishes alone.
        """
        if turn.empty:
            self._visible.adopt(turn)
            return True
        begun = time.perf_counter()
        try:
            await self._storage.commit(turn.batch())
        except DataRefused as error:
            log.error("The store refused the rows of a batch: %s", where(error), extra={"action": "commit"})
            await self._recovery.restore()
            return False
        except Exception as error:  # noqa: BLE001 - an error nobody foresaw leaves the outcome unknown
            await self._recovery.failed(error, turn)
            return True
        self._metrics.committed(time.perf_counter() - begun, len(turn.events))
        self._visible.adopt(turn)
        return True
