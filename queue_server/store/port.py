"""What the service asks of any store. Synchronous; every call is made on the service's one writer thread,
except those named `read_*`, which may run on another thread at the same time.

    StoreError
    ├── NotDone          plainly not committed: disk full or busy before COMMIT
    ├── OutcomeUnknown   an error between BEGIN and the end of COMMIT: only a fresh look at `head` can say
    ├── DataRefused      the rows themselves were refused: the same commands are tried one by one
    ├── LostOwnership    another writer holds the facility's head
    ├── BrokenStorage    an I/O error of the medium: the process must end, only a fresh open can tell
    ├── SchemaMismatch   this code may not use this database; says which versions it found
    └── FolderInUse      another queue server runs on the same folder
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from queue_server.engine.events import Event
from queue_server.engine.model import Step, Visit
from queue_server.protocol.values import Value
from queue_server.store.projection import StepRow, VisitRow


class StoreError(Exception):
    """Something went wrong with the store."""


class NotDone(StoreError):
    """The batch was not committed."""


class OutcomeUnknown(StoreError):
    """Nobody knows whether the batch was committed."""


class DataRefused(StoreError):
    """The database refused the rows of the batch."""


class LostOwnership(StoreError):
    """Another writer owns this facility."""


class BrokenStorage(StoreError):
    """The medium fails; only a fresh start can say what is true."""


class SchemaMismatch(StoreError):
    """The database's schema is outside the range this code may use."""


class FolderInUse(StoreError):
    """Another queue server uses this folder."""


class Head(Value):
    """How far the journal goes and who may write. day: of the newest event, empty before the first."""

    seq: int
    writer: str
    day: str


class JournalEntry(Value):
    """One event as kept. command_id empty for events nobody asked for."""

    seq: int
    day: str
    at: int
    actor: str
    command_id: str
    event: Event


class ReplyKey(Value):
    """Once: the same sender and id is the same command."""

    sender: str
    command_id: str


class StoredReply(Value):
    """An answer or rejection as it was or will be sent. digest: of the command. body: the JSON frame."""

    key: ReplyKey
    digest: bytes
    at: int
    body: bytes


class PatientRow(Value):
    """One person as kept: sealed is AES-GCM of everything personal; hashes are keyed hashes of
    identifiers."""

    person: str
    day: str
    at: int
    hashes: tuple[bytes, ...]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one commit makes durable, or nothing of it. old_seq: the head it stands on.

    entries have seq old_seq+1 .. in order. visits and steps: the final state of those touched.
    kept: people whose moment (`PatientRow.at`) is another one now, among them none of `patients`. forgotten:
    people to be erased, among them none of `patients`; nothing of them is left in any file of the store.
    """

    old_seq: int
    entries: Sequence[JournalEntry]
    replies: Sequence[StoredReply]
    visits: Sequence[Visit]
    steps: Sequence[Step]
    patients: Sequence[PatientRow] = ()
    kept: Mapping[str, int] = field(default_factory=dict)
    forgotten: Sequence[str] = ()


class Store(Protocol):
    """One facility's store. Made by a factory (`sql.SqlStore(url, facility, writer)`,
    `memory.MemoryStore`)."""

    def open(self) -> Head:
        """Check and migrate the schema, take ownership of the head, say where it is."""
        ...

    def reopen(self) -> Head:
        """Throw connections away, open others and read `head` without taking it. Raises LostOwnership."""
        ...

    def commit(self, batch: Batch) -> None:
        """Make the batch durable. Raises NotDone, OutcomeUnknown, DataRefused, LostOwnership,
        BrokenStorage."""
        ...

    def journal(self, day: str) -> Iterator[JournalEntry]:
        """The entries of one service day in order of seq, streamed."""
        ...

    def replies(self, keys: Iterable[ReplyKey]) -> dict[ReplyKey, StoredReply]:
        """The stored answers among these."""
        ...

    def people_by_hash(self, hashes: Iterable[bytes]) -> dict[bytes, str]:
        """Newest person known under each of these identifier hashes."""
        ...

    def patients(self, day: str) -> Iterator[PatientRow]:
        """People registered on a day."""
        ...

    def people(self, persons: Iterable[str]) -> Iterator[PatientRow]:
        """Those of these people who are kept, in no order."""
        ...

    def forget(self, before: int, replies_before: int, *, standing: bool = False) -> int:
        """Erase people kept since before a moment (ms) and answers older than another. standing: a register
        is kept, so only people without an identifier. Returns people erased."""
        ...

    def read_visit_journal(self, visit: str) -> list[JournalEntry]:
        """All entries that concern one visit, oldest first; on a read connection, from any thread."""
        ...

    def read_projection(self, day: str) -> tuple[list[VisitRow], list[StepRow]]:
        """The visit and step rows of a day, as kept; for the Fold law and exports."""
        ...

    def read_chain_break(self) -> int | None:
        """The seq at which the journal is no longer what was written (`store.chain`), None when whole."""
        ...

    def close(self) -> None:
        """Close connections; the store may be opened again."""
        ...
