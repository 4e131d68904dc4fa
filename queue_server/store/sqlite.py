"""What is particular to SQLite: how a connection is made safe, and what its errors mean.

Durable before visible needs `synchronous=FULL` in WAL mode: each COMMIT waits for the disk. It is set on
every connection and read back, because SQLite answers a wrong pragma with silence.
"""

import os
import sqlite3
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from queue_server.store.port import (
    BrokenStorage,
    DataRefused,
    NotDone,
    OutcomeUnknown,
    StoreError,
)

Synchronous = Literal["FULL", "OFF"]
"""OFF loses acknowledged commands in a power cut; it exists for the test that shows so."""
BEGIN = "BEGIN IMMEDIATE"
DriverError = sqlite3.Error
_LEVELS: dict[Synchronous, int] = {"OFF": 0, "FULL": 2}

_BROKEN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY}
_WAL_INDEX = {
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP,
}
"""Errors of the log's index, which is made anew at each opening: on a full disk there is no room for it. They
say nothing about the medium."""
_IN_THE_WAY = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
}
_REFUSED = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE}


class Phase(Enum):
    """How far a transaction had come when an error struck."""

    BEGIN = "begin"
    ROWS = "rows"
    COMMIT = "commit"


def meaning(error: BaseException, phase: Phase) -> type[StoreError]:
    """What the driver's error says about the batch.

    Disk full or busy at COMMIT is unknown, not undone: the commit record may already lie in the WAL, where
    the next recovery would find it. A read-only database is a file that was moved or a disk the kernel
    gave up on.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in _BROKEN and code not in _WAL_INDEX:
        return BrokenStorage
    if phase is Phase.BEGIN:
        return NotDone
    if phase is Phase.ROWS and primary in _IN_THE_WAY:
        return NotDone
    if phase is Phase.ROWS and (
        primary in _REFUSED
        or (
            primary is None
            and isinstance(error, sqlite3.IntegrityError | sqlite3.DataError | sqlite3.InterfaceError)
        )
    ):
        return DataRefused
    return OutcomeUnknown


def roll_back(connection: Connection) -> None:
    """End a failed transaction; SQLite has ended it by itself after some errors, a full disk among them."""
    driver: sqlite3.Connection | None = connection.connection.driver_connection
    if driver is not None and driver.in_transaction:
        connection.exec_driver_sql("ROLLBACK")


def empty_log(connection: Connection) -> bool:
    """Move everything from the WAL into the database and cut it to nothing: what was forgotten stays in
    neither. False: somebody still reads what is in it."""
    busy: int = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    return not busy


def create_file(path: Path) -> None:
    """Make the folder and an empty database file that only this account may read, and make both outlast a
    power cut: SQLite syncs the entries of its own log files, not the one of the database."""
    missing = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    for folder in (path.parent, *(folder.parent for folder in missing)):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def engine(path: Path, *, busy_ms: int, synchronous: Synchronous, reading: bool) -> Engine:
    """An engine that opens a new, checked connection each time. Its transactions are begun and ended by name:
    the driver's own idea of when to begin is switched off (AUTOCOMMIT)."""
    made = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"timeout": busy_ms / 1000, "check_same_thread": False},
    )
    event.listen(made, "connect", _checked(synchronous, reading))
    return made


def _checked(synchronous: Synchronous, reading: bool) -> Callable[[Any, object], None]:
    def check(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        _set(connection, "journal_mode", "WAL", "wal")
        _set(connection, "synchronous", synchronous, _LEVELS[synchronous])
        if reading:
            _set(connection, "query_only", "ON", 1)
        else:
            # What is forgotten must not stay readable in free pages.
            _set(connection, "secure_delete", "ON", 1)

    return check


def _set(connection: sqlite3.Connection, pragma: str, wish: str, expected: str | int) -> None:
    connection.execute(f"PRAGMA {pragma}={wish}").close()
    (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    if found != expected:
        raise StoreError(
            f"SQLite keeps {pragma}={found}, {expected} is needed: is the folder on a network disk?"
        )
