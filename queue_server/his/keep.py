"""What the link must not forget over a crash: sayings it took, and facts the HIS has still to be told.

One SQLite file of its own. Nothing personal is written: of a saying that names a person all but the person is
kept, and the HIS says it again.

KeepError   the file cannot be used
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from queue_server.his.port import AppointmentSaid, Heard, Outcome, Said, Told, VisitSaid
from queue_server.protocol.commands import AddSteps

FORMAT = 1
REMEMBERED = 14 * 86_400_000
"""ms for which a saying or a fact that is over is remembered: as long as the queue server keeps answers."""
_TABLES = """
CREATE TABLE saying(
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, body BLOB, at INTEGER NOT NULL, result TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '', words TEXT NOT NULL DEFAULT '');
CREATE INDEX saying_open ON saying(result) WHERE result IN ('waiting', 'again');
CREATE TABLE plan(saying TEXT PRIMARY KEY, command BLOB NOT NULL);
CREATE TABLE newest(subject TEXT PRIMARY KEY, at INTEGER NOT NULL, saying TEXT NOT NULL);
CREATE TABLE told(step TEXT PRIMARY KEY, row BLOB NOT NULL, facts INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE fact(seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, visit TEXT NOT NULL,
    body BLOB NOT NULL, at INTEGER NOT NULL, over TEXT NOT NULL DEFAULT '');
CREATE INDEX fact_open ON fact(seq) WHERE over = '';
CREATE TABLE row_seen(key TEXT PRIMARY KEY, digest BLOB NOT NULL, at INTEGER NOT NULL);
"""

_said: "msgspec.json.Decoder[Said]" = msgspec.json.Decoder(Said)
_told = msgspec.json.Decoder(Told)
_orders = msgspec.json.Decoder(AddSteps)


class KeepError(Exception):
    """The link's own file cannot be used."""


@dataclass(frozen=True, slots=True)
class Known:
    """A saying that was taken before. body: None where it is over; without the person that it named."""

    digest: bytes
    body: Said | None
    at: int
    heard: Heard


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to tell. seq: the order in which it came up."""

    seq: int
    told: Told


def digest(said: Said) -> bytes:
    """What tells two sayings with one id apart. The person is left out: a hash of somebody's number can be
    guessed back."""
    return hashlib.blake2b(msgspec.json.encode(_of_nobody(said)), digest_size=16).digest()


class Keep:
    """The file. Every method is one transaction that is on disk when it returns."""

    def __init__(self, path: str) -> None:
        try:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            with self._transaction():
                found = self._db.execute("PRAGMA user_version").fetchone()[0]
                if found == 0:
                    for statement in _TABLES.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {FORMAT}")
        except (sqlite3.Error, OSError) as error:
            raise KeepError(
                f"{path} cannot be used: {error}. Is another link running on it? Only one may."
            ) from error
        if found not in (0, FORMAT):
            raise KeepError(f"{path} was written by another version of this program (format {found})")

    def close(self) -> None:
        self._db.close()

    # sayings ----------------------------------------------------------------------------------------

    def known(self, saying: str) -> Known | None:
        """The saying of this id, if it was taken before."""
        row = self._db.execute(
            "SELECT digest, body, at, result, why, words FROM saying WHERE id = ?", (saying,)
        ).fetchone()
        return None if row is None else _known(saying, row)

    def take(self, said: Said, at: int) -> Known:
        """Note that this was said, before anything is done about it. Said before: as it was then."""
        with self._transaction():
            body = _body(said)
            self._db.execute(
                "INSERT OR IGNORE INTO saying(id, digest, body, at, result) VALUES(?, ?, ?, ?, ?)",
                (said.id, digest(said), body, at, Outcome.AGAIN.value),
            )
        known = self.known(said.id)
        if known is None:
            raise KeepError(f"the saying {said.id} was not kept")
        return known

    def answered(self, heard: Heard) -> None:
        """What became of a saying; of one that is over only that is kept."""
        over = heard.result not in (Outcome.WAITING, Outcome.AGAIN)
        with self._transaction():
            self._db.execute(
                "UPDATE saying SET result = ?, why = ?, words = ?, "
                "body = CASE WHEN ? THEN NULL ELSE body END WHERE id = ?",
                (heard.result.value, heard.why, heard.text, over, heard.id),
            )
            if over:
                self._db.execute("DELETE FROM plan WHERE saying = ?", (heard.id,))

    def unfinished(self) -> list[tuple[Said, int]]:
        """Sayings that wait, or that a crash cut off, and when they came (ms); the oldest first."""
        rows = self._db.execute(
            "SELECT body, at FROM saying WHERE result IN ('waiting', 'again') AND body IS NOT NULL "
            "ORDER BY at, rowid"
        ).fetchall()
        return [(_said.decode(body), at) for body, at in rows]

    def refused(self) -> list[Heard]:
        """Sayings that could not be used, the newest first."""
        rows = self._db.execute(
            "SELECT id, result, why, words FROM saying WHERE result = 'refused' ORDER BY at DESC LIMIT 200"
        ).fetchall()
        return [Heard(saying, Outcome(result), why, words) for saying, result, why, words in rows]

    def planned(self, saying: str, command: AddSteps) -> AddSteps:
        """The orders as they were first sent for this saying; these, noted before they are sent, if they were
        not. Where the patient is meanwhile must not make other orders of them."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO plan VALUES(?, ?)", (saying, msgspec.json.encode(command))
            )
        row = self._db.execute("SELECT command FROM plan WHERE saying = ?", (saying,)).fetchone()
        return _orders.decode(row[0])

    def is_newest(self, subject: str, at: int, saying: str) -> bool:
        """Whether nothing later was said about this subject."""
        row = self._db.execute("SELECT at, saying FROM newest WHERE subject = ?", (subject,)).fetchone()
        return row is None or (at, saying == row[1]) >= (row[0], False)

    def settle_newest(self, subject: str, at: int, saying: str) -> None:
        """Remember up to when we were told about this subject."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO newest VALUES(?, ?, ?) ON CONFLICT(subject) DO UPDATE "
                "SET at = excluded.at, saying = excluded.saying WHERE excluded.at >= newest.at",
                (subject, at, saying),
            )

    # facts ------------------------------------------------------------------------------------------

    def told_row(self, step: str) -> tuple[bytes, int] | None:
        """How the step stood when the HIS was last told of it, and how many facts came of it so far."""
        row = self._db.execute("SELECT row, facts FROM told WHERE step = ?", (step,)).fetchone()
        return None if row is None else (row[0], row[1])

    def note(self, step: str, row: bytes, count: int, facts: Sequence[Told], at: int) -> None:
        """Keep what is to be told and how the step stood, together. count: facts of this step so far."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO told VALUES(?, ?, ?, ?) ON CONFLICT(step) DO UPDATE "
                "SET row = excluded.row, facts = excluded.facts, at = excluded.at",
                (step, row, count, at),
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO fact(key, visit, body, at) VALUES(?, ?, ?, ?)",
                [(told.key, told.visit, msgspec.json.encode(told), at) for told in facts],
            )

    def untold(self) -> list[Fact]:
        """What the HIS has still to be told, in the order in which it came up."""
        rows = self._db.execute("SELECT seq, body FROM fact WHERE over = '' ORDER BY seq").fetchall()
        return [Fact(seq, _told.decode(body)) for seq, body in rows]

    def settle(self, fact: int, how: str) -> None:
        """The HIS was told, or never will be. how: `told`, `refused` or `lapsed`."""
        with self._transaction():
            self._db.execute("UPDATE fact SET over = ? WHERE seq = ?", (how, fact))

    # rows of a view ---------------------------------------------------------------------------------

    def rows_seen(self) -> dict[str, tuple[bytes, int]]:
        """Digest and moment of change (ms) of every row of the HIS's view that was taken."""
        return {key: (seen, at) for key, seen, at in self._db.execute("SELECT key, digest, at FROM row_seen")}

    def see_row(self, key: str, seen: bytes | None, at: int) -> None:
        """Remember a row as it was taken; None: it is gone."""
        with self._transaction():
            if seen is None:
                self._db.execute("DELETE FROM row_seen WHERE key = ?", (key,))
            else:
                self._db.execute(
                    "INSERT INTO row_seen VALUES(?, ?, ?) ON CONFLICT(key) DO UPDATE "
                    "SET digest = excluded.digest, at = excluded.at",
                    (key, seen, at),
                )

    def forget(self, before: int) -> None:
        """Forget what is over since `before` (ms)."""
        with self._transaction():
            self._db.execute(
                "DELETE FROM saying WHERE at < ? AND result NOT IN ('waiting', 'again')", (before,)
            )
            self._db.execute("DELETE FROM fact WHERE at < ? AND over <> ''", (before,))
            for table in ("newest", "told", "row_seen"):
                self._db.execute(f"DELETE FROM {table} WHERE at < ?", (before,))  # noqa: S608 -- our own names

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _known(saying: str, row: tuple[bytes, bytes | None, int, str, str, str]) -> Known:
    seen, body, at, result, why, words = row
    return Known(
        seen, _said.decode(body) if body is not None else None, at, Heard(saying, Outcome(result), why, words)
    )


def _of_nobody(said: Said) -> Said:
    if isinstance(said, VisitSaid | AppointmentSaid):
        return msgspec.structs.replace(said, person=None)
    return said


def _body(said: Said) -> bytes | None:
    """The saying without the person. What is left of a visit waits for the patient's ticket; an appointment
    without its person is none, and the HIS says it again."""
    if isinstance(said, AppointmentSaid) and said.person is not None:
        return None
    return msgspec.json.encode(_of_nobody(said))
