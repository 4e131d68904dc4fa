"""The store in memory: the same port and the same answers without a disk, for tests and trials.

Two stores over one `Shelf` are two processes over one database: what one writes the other finds, and the head
belongs to whoever opened last.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from queue_server.protocol.values import replaced
from queue_server.store.chain import START, JournalRow, first_break
from queue_server.store.port import (
    Batch,
    DataRefused,
    Head,
    JournalEntry,
    LostOwnership,
    NotDone,
    OutcomeUnknown,
    PatientRow,
    ReplyKey,
    StoredReply,
)
from queue_server.store.projection import StepRow, VisitRow
from queue_server.store.rows import batch_rows, concerns, day_of, entries_of


@dataclass(slots=True)
class Shelf:
    """What one facility has on its disk. writer None: never opened."""

    writer: str | None = None
    journal: list[JournalRow] = field(default_factory=list)
    visits: dict[str, VisitRow] = field(default_factory=dict)
    steps: dict[str, StepRow] = field(default_factory=dict)
    replies: dict[ReplyKey, StoredReply] = field(default_factory=dict)
    patients: dict[str, PatientRow] = field(default_factory=dict)


class MemoryStore:
    """One facility's store in this process. shelf None: one of its own."""

    def __init__(self, facility: str, writer: str, shelf: Shelf | None = None) -> None:
        self._facility = facility
        self._writer = writer
        self._shelf = shelf or Shelf()
        self._open = False

    def open(self) -> Head:
        self._shelf.writer = self._writer
        self._open = True
        return self._head()

    def reopen(self) -> Head:
        self._open = False
        self._check_owner()
        self._open = True
        return self._head()

    def close(self) -> None:
        self._open = False

    def commit(self, batch: Batch) -> None:
        shelf = self._shelf
        head = self._head()
        rows = batch_rows(batch, self._facility, shelf.journal[-1].chain if shelf.journal else START)
        self._check_open()
        self._check_owner()
        if batch.old_seq != head.seq:
            self._open = False
            raise OutcomeUnknown(f"the journal does not stand at {batch.old_seq}")
        keys = [reply.key for reply in batch.replies]
        if len(set(keys)) != len(keys) or any(key in shelf.replies for key in keys):
            raise DataRefused("a reply is there already")
        shelf.journal.extend(rows.journal)
        shelf.visits.update((row.id, row) for row in rows.visits)
        shelf.steps.update((row.id, row) for row in rows.steps)
        shelf.replies.update((reply.key, reply) for reply in batch.replies)
        for patient in batch.patients:
            shelf.patients[patient.person] = replaced(patient, hashes=tuple(sorted(set(patient.hashes))))
        for person in batch.forgotten:
            shelf.patients.pop(person, None)
        for person in batch.kept.keys() & shelf.patients.keys():
            shelf.patients[person] = replaced(shelf.patients[person], at=batch.kept[person])

    def forget(self, before: int, replies_before: int, *, standing: bool = False) -> int:
        self._check_open()
        self._check_owner()
        shelf = self._shelf
        old = [
            row.person for row in shelf.patients.values() if row.at < before and not (standing and row.hashes)
        ]
        for person in old:
            del shelf.patients[person]
        for key in [reply.key for reply in shelf.replies.values() if reply.at < replies_before]:
            del shelf.replies[key]
        return len(old)

    def journal(self, day: str) -> Iterator[JournalEntry]:
        # A stable length: a reader sees what was there when it began, as a database's snapshot.
        return entries_of([row for row in self._shelf.journal if row.day == day])

    def replies(self, keys: Iterable[ReplyKey]) -> dict[ReplyKey, StoredReply]:
        self._check_open()
        return {key: self._shelf.replies[key] for key in keys if key in self._shelf.replies}

    def people_by_hash(self, hashes: Iterable[bytes]) -> dict[bytes, str]:
        self._check_open()
        wanted = set(hashes)
        rows = sorted(self._shelf.patients.values(), key=lambda row: (row.at, row.person))
        return {value: row.person for row in rows for value in row.hashes if value in wanted}

    def patients(self, day: str) -> Iterator[PatientRow]:
        self._check_open()
        rows = [row for row in self._shelf.patients.values() if row.day == day]
        yield from sorted(rows, key=lambda row: (row.at, row.person))

    def people(self, persons: Iterable[str]) -> Iterator[PatientRow]:
        self._check_open()
        patients = self._shelf.patients
        yield from [patients[person] for person in set(persons) if person in patients]

    def read_visit_journal(self, visit: str) -> list[JournalEntry]:
        return [entry for entry in self.journal(day_of(visit)) if concerns(entry, visit)]

    def read_projection(self, day: str) -> tuple[list[VisitRow], list[StepRow]]:
        return (
            sorted(row for row in list(self._shelf.visits.values()) if row.day == day),
            sorted(row for row in list(self._shelf.steps.values()) if row.day == day),
        )

    def read_chain_break(self) -> int | None:
        return first_break(self._facility, self._shelf.journal[:])

    def _head(self) -> Head:
        last = self._shelf.journal[-1] if self._shelf.journal else None
        return Head(last.seq if last else 0, self._shelf.writer or "", last.day if last else "")

    def _check_open(self) -> None:
        if not self._open:
            raise NotDone("the store has no connection: open or reopen it")

    def _check_owner(self) -> None:
        if self._shelf.writer != self._writer:
            self._open = False
            raise LostOwnership(f"{self._shelf.writer} owns {self._facility} now")
