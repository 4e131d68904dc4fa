"""People are forgotten after the facility's retention, answers after two weeks."""

import logging

from queue_server.people import People
from queue_server.service.recovery import Recovery
from queue_server.service.storage import Storage

log = logging.getLogger(__name__)

HOUR = 3_600_000
KEEP_REPLIES = 14 * 24 * HOUR
"""Milliseconds for which answers are kept (DESIGN §5)."""


class Forgetting:
    """Erases what is too old, in the store and in memory."""

    def __init__(
        self, storage: Storage, people: People, recovery: Recovery, retention: int, *, standing: bool
    ) -> None:
        """retention: ms. standing: whoever has a number stays in the site's register."""
        self._storage = storage
        self._people = people
        self._recovery = recovery
        self._retention = retention
        self._standing = standing

    async def forget(self, now: int) -> None:
        """Erase what is too old at a moment, ms."""
        before = now - self._retention
        try:
            gone = await self._storage.forget(before, now - KEEP_REPLIES, standing=self._standing)
        except Exception as error:  # noqa: BLE001 - sorted by kind there
            await self._recovery.failed(error)
            return
        self._people.forget(before)
        if gone:
            log.info("People were forgotten", extra={"action": "forget", "people": gone})
