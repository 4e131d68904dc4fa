"""The store in SQL. On SQLite now; what is SQLite's own is in `sqlite.py`, the statements are in
`statements.py`.

Transactions are begun and ended by name, so that an error is known to have struck before, in or at the end
of one.
"""

import logging
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, make_url, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from queue_server.store import schema
from queue_server.store import sqlite as medium
from queue_server.store.chain import START, JournalRow, first_break
from queue_server.store.folder import FolderClaim
from queue_server.store.port import (
    Batch,
    BrokenStorage,
    DataRefused,
    Head,
    JournalEntry,
    LostOwnership,
    NotDone,
    OutcomeUnknown,
    PatientRow,
    ReplyKey,
    StoredReply,
    StoreError,
)
from queue_server.store.prepared import Prepared
from queue_server.store.projection import StepRow, VisitRow
from queue_server.store.rows import batch_rows, concerns, day_of, entries_of
from queue_server.store.sqlite import Phase, Synchronous, meaning
from queue_server.store.statements import Statements
from queue_server.store.tables import COMMAND_REPLY, HEAD, JOURNAL, PATIENT, PATIENT_HASH

BUSY_MS = 5_000
"""How long a transaction waits for another program's before it is `NotDone`."""

_log = logging.getLogger(__name__)


class SqlStore:
    """One facility's store in a database. url_or_path: a SQLite file or a `sqlite:///` URL.

    writer: this process's own name for itself, new at each start. exclusive: refuse to open a folder that
    another queue server uses; without it a second writer takes the head over and the first finds
    LostOwnership at its next commit. synchronous: OFF only for the test that shows what it loses.
    """

    def __init__(
        self,
        url_or_path: str | Path,
        facility: str,
        writer: str,
        *,
        exclusive: bool = True,
        busy_ms: int = BUSY_MS,
        synchronous: Synchronous = "FULL",
    ) -> None:
        self._path = _file_of(url_or_path)
        self._facility = facility
        self._writer = writer
        self._exclusive = exclusive
        self._claim: FolderClaim | None = None
        self._writing = medium.engine(self._path, busy_ms=busy_ms, synchronous=synchronous, reading=False)
        self._reading = medium.engine(self._path, busy_ms=busy_ms, synchronous=synchronous, reading=True)
        self._statements = Statements(self._writing.dialect)
        self._connection: Connection | None = None
        self._chain = START

    # Opening and owning.

    def open(self) -> Head:
        """As the port. Raises FolderInUse, SchemaMismatch, NotDone, BrokenStorage."""
        self.close()
        try:
            medium.create_file(self._path)
            if self._exclusive:
                self._claim = FolderClaim(self._path)
            connection = self._connect()
            if schema.found(connection) < schema.SCHEMA_VERSION:
                with self._transaction(connection):
                    # Asked again under the write lock: another server may have migrated meanwhile.
                    if schema.found(connection) < schema.SCHEMA_VERSION:
                        schema.migrate(connection)
            with self._transaction(connection):
                self._take(connection)
                head = self._read_head(connection)
        except SQLAlchemyError as error:
            self.close()
            raise _said(error, Phase.BEGIN, "the database cannot be opened") from error
        except OSError as error:
            self.close()
            raise BrokenStorage(f"the folder {self._path.parent} cannot be used: {error.strerror}") from error
        except BaseException:
            self.close()
            raise
        return head

    def reopen(self) -> Head:
        self._discard()
        try:
            head = self._read_head(self._connect())
        except SQLAlchemyError as error:
            self._discard()
            raise _said(error, Phase.BEGIN, "the database cannot be opened again") from error
        except StoreError:
            self._discard()
            raise
        if head.writer != self._writer:
            self._discard()
            raise LostOwnership(f"{head.writer} owns {self._facility} now")
        return head

    def close(self) -> None:
        self._discard()
        claim, self._claim = self._claim, None
        if claim is not None:
            claim.release()

    def _take(self, connection: Connection) -> None:
        mine = HEAD.c.facility == self._facility
        former = connection.execute(select(HEAD.c.writer).where(mine)).scalar()
        if former is None:
            connection.execute(insert(HEAD), {"facility": self._facility, "seq": 0, "writer": self._writer})
        else:
            connection.execute(update(HEAD).where(mine).values(writer=self._writer))
        _log.info(
            "%s writes %s, after %s",
            self._writer,
            self._facility,
            former or "nobody",
            extra={"action": "head_taken"},
        )

    def _read_head(self, connection: Connection) -> Head:
        found = connection.execute(
            select(HEAD.c.seq, HEAD.c.writer).where(HEAD.c.facility == self._facility)
        ).one_or_none()
        if found is None:
            raise LostOwnership(f"the database has no head for {self._facility}")
        seq, writer = found
        if seq == 0:
            self._chain = START
            return Head(0, writer, "")
        newest = connection.execute(
            select(JOURNAL.c.day, JOURNAL.c.chain).where(
                JOURNAL.c.facility == self._facility, JOURNAL.c.seq == seq
            )
        ).one_or_none()
        if newest is None:
            raise BrokenStorage(f"head says {seq}, but the journal has no such entry")
        self._chain = newest.chain
        return Head(seq, writer, newest.day)

    # Writing.

    def commit(self, batch: Batch) -> None:
        connection = self._connected()
        rows = batch_rows(batch, self._facility, self._chain)
        keep = self._statements
        facility = self._facility
        with self._transaction(connection):
            # The fence comes first: owner and gap check in one statement.
            moved = keep.move_head.run(connection, (rows.new_seq, facility, batch.old_seq, self._writer))
            if moved != 1:
                self._check_owner(connection)
                raise OutcomeUnknown(f"the journal does not stand at {batch.old_seq}")
            keep.keep_entry.run_many(connection, [(facility, *row) for row in rows.journal])
            keep.keep_visit.run_many(connection, [(facility, *row) for row in rows.visits])
            keep.keep_step.run_many(connection, [(facility, *row) for row in rows.steps])
            keep.keep_reply.run_many(
                connection,
                [
                    (facility, reply.key.command_id, reply.key.sender, reply.digest, reply.at, reply.body)
                    for reply in batch.replies
                ],
            )
            people = batch.patients
            keep.keep_patient.run_many(
                connection, [(facility, row.person, row.day, row.at, row.sealed) for row in people]
            )
            keep.drop_hashes.run_many(connection, [(facility, row.person) for row in people])
            keep.keep_hash.run_many(
                connection, [(facility, row.person, value) for row in people for value in set(row.hashes)]
            )
            keep.keep_until.run_many(
                connection, [(at, facility, person) for person, at in batch.kept.items()]
            )
            gone = [(facility, person) for person in batch.forgotten]
            keep.drop_hashes.run_many(connection, gone)
            keep.drop_patient.run_many(connection, gone)
        self._chain = rows.chain
        if gone:
            self._empty_log(connection)

    def _empty_log(self, connection: Connection) -> None:
        """Whoever was erased leaves the log as well: now, or where somebody reads in it, at the next
        forgetting."""
        try:
            emptied = medium.empty_log(connection)
        except SQLAlchemyError as error:
            self._discard()
            raise _said(error, Phase.COMMIT, "the log was not emptied") from error
        if not emptied:
            _log.warning("The log still holds what was erased", extra={"action": "forget"})

    def forget(self, before: int, replies_before: int, *, standing: bool = False) -> int:
        connection = self._connected()
        old = (PATIENT.c.facility == self._facility) & (PATIENT.c.at < before)
        of_them = (PATIENT_HASH.c.facility == self._facility) & (PATIENT_HASH.c.person == PATIENT.c.person)
        with self._transaction(connection):
            self._check_owner(connection)
            if standing:
                old &= ~exists().where(of_them)
            else:
                gone = PATIENT_HASH.c.person.in_(select(PATIENT.c.person).where(old))
                connection.execute(
                    delete(PATIENT_HASH).where(PATIENT_HASH.c.facility == self._facility, gone)
                )
            erased = connection.execute(delete(PATIENT).where(old)).rowcount
            connection.execute(
                delete(COMMAND_REPLY).where(
                    COMMAND_REPLY.c.facility == self._facility, COMMAND_REPLY.c.at < replies_before
                )
            )
        self._empty_log(connection)
        return erased

    def _check_owner(self, connection: Connection) -> None:
        head = self._read_head(connection)
        if head.writer != self._writer:
            raise LostOwnership(f"{head.writer} owns {self._facility} now")

    # Reading on the writer thread.

    def journal(self, day: str) -> Iterator[JournalEntry]:
        """As the port; on a connection of its own, row by row from the driver's cursor."""
        with closing(self._of_day(self._statements.journal_between, day)) as rows:
            yield from entries_of(rows)

    def replies(self, keys: Iterable[ReplyKey]) -> dict[ReplyKey, StoredReply]:
        wanted = [(self._facility, key.command_id, key.sender) for key in keys]
        return {
            (key := ReplyKey(sender, command_id)): StoredReply(key, digest, at, body)
            for sender, command_id, digest, at, body in self._look_up(self._statements.reply, wanted)
        }

    def people_by_hash(self, hashes: Iterable[bytes]) -> dict[bytes, str]:
        wanted = [(self._facility, value) for value in hashes]
        return dict(self._look_up(self._statements.person_of_hash, wanted))

    def patients(self, day: str) -> Iterator[PatientRow]:
        hashes: dict[str, list[bytes]] = {}
        for person, value in self._look_up(self._statements.hashes_of_day, [(self._facility, day)]):
            hashes.setdefault(person, []).append(value)
        found = self._look_up(self._statements.patients_of_day, [(self._facility, day)])
        for person, at, sealed in found:
            yield PatientRow(person, day, at, tuple(hashes.get(person, ())), sealed)

    def people(self, persons: Iterable[str]) -> Iterator[PatientRow]:
        wanted = [(self._facility, person) for person in set(persons)]
        hashes: dict[str, list[bytes]] = {}
        for person, value in self._look_up(self._statements.hashes_of_person, wanted):
            hashes.setdefault(person, []).append(value)
        for person, day, at, sealed in self._look_up(self._statements.patient, wanted):
            yield PatientRow(person, day, at, tuple(hashes.get(person, ())), sealed)

    # Reading from any thread.

    def read_visit_journal(self, visit: str) -> list[JournalEntry]:
        # The database picks the few bodies that name the visit: the reading thread holds no one up meanwhile.
        with closing(self._of_day(self._statements.journal_naming, day_of(visit), visit.encode())) as rows:
            return [entry for entry in entries_of(rows) if concerns(entry, visit)]

    def read_projection(self, day: str) -> tuple[list[VisitRow], list[StepRow]]:
        return (
            [VisitRow(*row) for row in self._stream(self._statements.visits_of_day, day)],
            [StepRow(*row) for row in self._stream(self._statements.steps_of_day, day)],
        )

    def read_chain_break(self) -> int | None:
        last = 0

        def counted(rows: Iterable[Any]) -> Iterator[JournalRow]:
            nonlocal last
            for row in rows:
                last = row[0]
                yield JournalRow(*row)

        try:
            with self._reading.connect() as connection:
                head = self._read_head_seq(connection)
        except SQLAlchemyError as error:
            raise _said(error, Phase.BEGIN, "reading failed") from error
        with closing(self._stream(self._statements.whole_journal)) as rows:
            broken = first_break(self._facility, counted(rows))
        return last + 1 if broken is None and last < head else broken

    def _read_head_seq(self, connection: Connection) -> int:
        found = connection.execute(select(HEAD.c.seq).where(HEAD.c.facility == self._facility)).scalar()
        return int(found or 0)

    def _look_up(self, statement: Prepared, keys: list[tuple[Any, ...]]) -> list[Any]:
        try:
            return list(statement.look_up(self._connected(), keys))
        except (SQLAlchemyError, medium.DriverError) as error:
            raise _said(error, Phase.BEGIN, "reading failed") from error

    def _of_day(self, statement: Prepared, day: str, *values: Any) -> Generator[Any, None, None]:
        """Journal rows of one day."""
        with closing(self._stream(self._statements.span_of_day, day)) as found:
            first, last = next(found)
        if first is not None:
            yield from self._stream(statement, first, last, *values)

    def _stream(self, statement: Prepared, *values: Any) -> Generator[Any, None, None]:
        """Rows from a connection opened for this and closed after it, even when the caller stops early."""
        try:
            with (
                self._reading.connect() as connection,
                closing(statement.stream(connection, (self._facility, *values))) as rows,
            ):
                yield from rows
        except (SQLAlchemyError, medium.DriverError) as error:
            raise _said(error, Phase.BEGIN, "reading failed") from error

    # Connections and transactions.

    def _connect(self) -> Connection:
        self._connection = self._writing.connect()
        return self._connection

    def _connected(self) -> Connection:
        if self._connection is None:
            raise NotDone("the store has no connection: open or reopen it")
        return self._connection

    def _discard(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    @contextmanager
    def _transaction(self, connection: Connection) -> Iterator[None]:
        """BEGIN, the caller's statements, COMMIT; or the StoreError that says what an error makes of them.

        The connection outlives an error only when the transaction is known to be undone on it.
        """
        phase = Phase.BEGIN
        try:
            connection.exec_driver_sql(medium.BEGIN)
            phase = Phase.ROWS
            yield
            phase = Phase.COMMIT
            connection.exec_driver_sql("COMMIT")
        except (SQLAlchemyError, OverflowError, UnicodeError) as error:
            raise self._undone(connection, _said(error, phase, f"{phase.value} failed")) from error
        except BaseException:
            self._discard()
            raise

    def _undone(self, connection: Connection, said: StoreError) -> StoreError:
        if isinstance(said, NotDone | DataRefused):
            try:
                medium.roll_back(connection)
                return said
            except SQLAlchemyError as error:
                said = _said(error, Phase.COMMIT, "rollback failed")
        self._discard()
        return said


def _file_of(url_or_path: str | Path) -> Path:
    """The database file. Raises StoreError for anything but SQLite on a disk."""
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return Path(url_or_path).absolute()
    url = make_url(url_or_path)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise StoreError(f"{url.render_as_string()} is not a SQLite file, the one database there is so far")
    return Path(url.database).absolute()


def _said(error: Exception, phase: Phase, what: str) -> StoreError:
    """The StoreError an error of the library stands for; a value the driver cannot bind is the rows'
    fault."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return meaning(error.orig, phase)(f"{what}: {error.orig}")
    if phase is Phase.ROWS and isinstance(error, StatementError | OverflowError | UnicodeError):
        return DataRefused(f"{what}: {error}")
    return meaning(error, phase)(f"{what}: {error}")
