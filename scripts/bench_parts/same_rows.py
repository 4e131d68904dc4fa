"""What a server made durable, written once more by the bare driver: the same rows in the same groups.

This is the least that the storage itself costs: no commands, no decisions, no clients; the tables, the bytes,
the groups and the syncs (WAL, FULL) are the server's.
"""

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = tuple[Any, ...]
_NEW = ("journal", "command_reply", "patient_hash")
_CHANGED = ("visit", "step", "patient")


@dataclass(slots=True)
class Group:
    """One batch. seq: of the head after it; 0 when it moved nothing. rows: by table."""

    seq: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Written:
    """What a server has written. groups: its batches since a moment. before: what was there then."""

    schema: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    keys: dict[str, tuple[str, ...]]
    before: dict[str, list[Row]]
    groups: tuple[Group, ...]

    @property
    def commands(self) -> int:
        """Answers that were made durable."""
        return sum(len(group.rows["command_reply"]) for group in self.groups)


def newest(database: Path) -> int:
    """The last moment in the journal, ms."""
    with closing(_reading(database)) as connection:
        return int(connection.execute("SELECT max(at) FROM journal").fetchone()[0])


def written(database: Path, since: int) -> Written:
    """Read what a server wrote after a moment. A batch is what has one moment: no two are within 1 ms."""
    with closing(_reading(database)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        tables = (*_NEW, *_CHANGED, "head")
        columns: dict[str, tuple[str, ...]] = {}
        keys: dict[str, tuple[str, ...]] = {}
        for table in tables:
            described = connection.execute(f"PRAGMA table_info({table})").fetchall()
            columns[table] = tuple(row[1] for row in described)
            keys[table] = tuple(row[1] for row in described if row[5])
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608 - names of our own
    place = {table: {name: n for n, name in enumerate(names)} for table, names in columns.items()}
    before: dict[str, list[Row]] = defaultdict(list)
    groups: dict[int, Group] = defaultdict(Group)
    visits = {row[place["visit"]["id"]]: row for row in rows["visit"]}
    steps = {row[place["step"]["id"]]: row for row in rows["step"]}
    touched: dict[int, tuple[dict[str, None], dict[str, None]]] = defaultdict(lambda: ({}, {}))
    for row in rows["journal"]:
        at = row[place["journal"]["at"]]
        if at <= since:
            before["journal"].append(row)
            continue
        groups[at].seq = row[place["journal"]["seq"]]
        groups[at].rows["journal"].append(row)
        body = json.loads(row[place["journal"]["body"]])
        if body.get("step") in steps:
            touched[at][1][body["step"]] = None
            touched[at][0][steps[body["step"]][place["step"]["visit"]]] = None
        elif row[place["journal"]["type"]].startswith("visit"):
            touched[at][0][body["visit"]] = None
    for at, (some_visits, some_steps) in touched.items():
        groups[at].rows["visit"] = [visits[each] for each in some_visits]
        groups[at].rows["step"] = [steps[each] for each in some_steps]
    known: dict[str, int] = {}
    for table in ("command_reply", "patient"):
        for row in rows[table]:
            at = row[place[table]["at"]]
            (groups[at].rows if at > since else before)[table].append(row)
            if table == "patient":
                known[row[place[table]["person"]]] = at
    for row in rows["patient_hash"]:
        at = known[row[place["patient_hash"]["person"]]]
        (groups[at].rows if at > since else before)["patient_hash"].append(row)
    before["head"] = rows["head"]
    schema = tuple(sql for _, sql in sorted(made, key=lambda row: "CREATE INDEX" in row[1]))
    return Written(schema, columns, keys, dict(before), tuple(groups[at] for at in sorted(groups)))


def write_again(found: Written, database: Path) -> float:
    """Seconds the bare driver needs for the groups, in a new database that already holds what was before."""
    with closing(_writing(database)) as connection:
        for sql in found.schema:
            if "sqlite_" not in sql.split("(")[0]:
                connection.execute(sql)
        statements = {table: _statement(found, table) for table in (*_NEW, *_CHANGED, "head")}
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in found.before.items():
            connection.executemany(statements[table], rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        begun = time.perf_counter()
        for group in found.groups:
            connection.execute("BEGIN IMMEDIATE")
            if group.seq:
                connection.execute("UPDATE head SET seq = ?", (group.seq,))
            for table, rows in group.rows.items():
                connection.executemany(statements[table], rows)
            connection.execute("COMMIT")
        return time.perf_counter() - begun


class Syncs:
    """Single rows, each in a commit of its own: what one sync of this disk costs."""

    def __init__(self, database: Path) -> None:
        self._connection = _writing(database)
        self._connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, body BLOB)")

    def one(self, size: int) -> float:
        """Seconds for one row of `size` bytes."""
        begun = time.perf_counter()
        self._connection.execute("INSERT INTO kept (body) VALUES (?)", (bytes(size),))
        return time.perf_counter() - begun

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def _statement(found: Written, table: str) -> str:
    names, keys = found.columns[table], found.keys[table]
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - names of our own
    if table not in _CHANGED:
        return insert
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return f"{insert} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"


def _writing(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    found = [
        connection.execute(f"PRAGMA {wish}").fetchone()[0] for wish in ("journal_mode=WAL", "synchronous")
    ]
    if found != ["wal", 2]:
        raise RuntimeError(f"SQLite keeps {found}")
    return connection


def _reading(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


def mean_group(groups: Iterable[Group]) -> float:
    """Commands in a batch, on average over those that answer any."""
    sizes = [len(group.rows["command_reply"]) for group in groups]
    return sum(sizes) / max(1, sum(1 for size in sizes if size))
