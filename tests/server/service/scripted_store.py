"""A store that fails as a test tells it to, over one that does not."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

from queue_server.store.port import (
    Batch,
    Head,
    JournalEntry,
    PatientRow,
    ReplyKey,
    Store,
    StoredReply,
)
from queue_server.store.projection import StepRow, VisitRow

When = Literal["before", "after"]


class ScriptedStore:
    """`script`: for each coming commit, when it fails and with what; an empty script fails nothing.

    `hold()` makes commits wait until `release()`; `held` is set while one does. `deaf`: raised by reopen.
    """

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.script: deque[tuple[When, Exception] | None] = deque()
        self.deaf: deque[Exception] = deque()
        self.commits: list[Batch] = []
        self.reopened = 0
        self.asked: list[int] = []
        self.held = threading.Event()
        self._free = threading.Event()
        self._free.set()

    def fail(self, when: When, error: Exception, times: int = 1) -> None:
        self.script.extend([(when, error)] * times)

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def open(self) -> Head:
        return self.inner.open()

    def reopen(self) -> Head:
        self.reopened += 1
        if self.deaf:
            raise self.deaf.popleft()
        return self.inner.reopen()

    def commit(self, batch: Batch) -> None:
        if not self._free.is_set():
            self.held.set()
            self._free.wait()
            self.held.clear()
        step = self.script.popleft() if self.script else None
        if step is None or step[0] == "after":
            self.inner.commit(batch)
            self.commits.append(batch)
        if step is not None:
            raise step[1]

    def journal(self, day: str) -> Iterator[JournalEntry]:
        return self.inner.journal(day)

    def replies(self, keys: Iterable[ReplyKey]) -> dict[ReplyKey, StoredReply]:
        keys = list(keys)
        self.asked.append(len(keys))
        return self.inner.replies(keys)

    def people_by_hash(self, hashes: Iterable[bytes]) -> dict[bytes, str]:
        return self.inner.people_by_hash(hashes)

    def patients(self, day: str) -> Iterator[PatientRow]:
        return self.inner.patients(day)

    def people(self, persons: Iterable[str]) -> Iterator[PatientRow]:
        return self.inner.people(persons)

    def forget(self, before: int, replies_before: int, *, standing: bool = False) -> int:
        return self.inner.forget(before, replies_before, standing=standing)

    def read_visit_journal(self, visit: str) -> list[JournalEntry]:
        return self.inner.read_visit_journal(visit)

    def read_projection(self, day: str) -> tuple[list[VisitRow], list[StepRow]]:
        return self.inner.read_projection(day)

    def read_chain_break(self) -> int | None:
        return self.inner.read_chain_break()

    def close(self) -> None:
        self.inner.close()
