"""The store on a thread of its own, one call after the other, each waited for however long it takes."""

import asyncio
import gc
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from queue_server.engine.model import Day
from queue_server.service.errors import JournalUnreadable
from queue_server.service.rules import Rules
from queue_server.store.port import Batch, Head, PatientRow, ReplyKey, Store, StoredReply

P = ParamSpec("P")
T = TypeVar("T")


class Storage:
    """The store as the service's task calls it. Raises what the store raises."""

    def __init__(self, store: Store, rules: Rules, cancelled: Callable[[], None]) -> None:
        """cancelled: called when the task is cancelled while it waits; the call itself goes on to its end."""
        self._store = store
        self._rules = rules
        self._cancelled = cancelled
        self._thread = ThreadPoolExecutor(1, "store")

    async def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something on the store's thread, to its end: only it knows what became of it."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args, **kwargs))
        while not running.done():
            try:
                await asyncio.wait((running,))
            except asyncio.CancelledError:
                self._cancelled()
        return running.result()

    async def open(self) -> Head:
        """Take ownership of the facility."""
        return await self.call(self._store.open)

    async def close(self) -> None:
        """Close the store and its thread."""
        await self.call(self._store.close)
        self._thread.shutdown(wait=False)

    async def commit(self, batch: Batch) -> None:
        """Make a batch durable."""
        await self.call(self._store.commit, batch)

    async def probe(self, seq: int) -> None:
        """Whether a commit would succeed now: an empty one passes the fence and the disk."""
        await self.call(self._store.commit, Batch(seq, (), (), (), ()))

    async def look_up(
        self, keys: Collection[ReplyKey], hashes: Collection[bytes]
    ) -> tuple[dict[ReplyKey, StoredReply], dict[bytes, PatientRow]]:
        """Which of these ids were answered, and the rows of who is known under these identifiers."""
        return await self.call(self._look_up, keys, hashes)

    async def patients(self, day: str) -> list[PatientRow]:
        """People registered on a day."""
        return await self.call(lambda: list(self._store.patients(day)))

    async def people(self, persons: Collection[str]) -> list[PatientRow]:
        """Those of these people who are kept."""
        return await self.call(lambda: list(self._store.people(persons)))

    async def forget(self, before: int, replies_before: int, *, standing: bool) -> int:
        """Erase people and answers older than two moments, ms. standing: nobody with an identifier. Returns
        people erased."""
        return await self.call(self._store.forget, before, replies_before, standing=standing)

    async def known(self, hashes: Collection[bytes]) -> list[PatientRow]:
        """The rows of who is known under these identifiers."""
        _, found = await self.look_up((), hashes)
        return list({row.person: row for row in found.values()}.values())

    async def fold(self, head: Head | None) -> tuple[Head, Day | None]:
        """The committed day. head None: by fresh connections, which say where the head is.

        Raises JournalUnreadable when the entries and the head do not agree.
        """
        return await self.call(self._fold, head)

    def _look_up(
        self, keys: Collection[ReplyKey], hashes: Collection[bytes]
    ) -> tuple[dict[ReplyKey, StoredReply], dict[bytes, PatientRow]]:
        replies = self._store.replies(keys) if keys else {}
        persons = self._store.people_by_hash(hashes) if hashes else {}
        rows = {row.person: row for row in self._store.people(persons.values())} if persons else {}
        return replies, {item: rows[person] for item, person in persons.items() if person in rows}

    def _fold(self, head: Head | None) -> tuple[Head, Day | None]:
        if head is None:
            head = self._store.reopen()
        gc.disable()
        try:
            day = self._rules.fold(self._store.journal(head.day)) if head.day else None
        finally:
            gc.enable()
        if (day.seq if day is not None else 0) != head.seq:
            raise JournalUnreadable(f"the journal of {head.day} does not end at {head.seq}")
        # Thousands of visits that live all day: the collector need not look at them again.
        gc.freeze()
        return head, day
