"""The chain shows whatever was done to the journal behind its back."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from queue_server.store.sql import SqlStore
from tests.support.store_stories import FACILITY, small_batch


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(tmp_path / "queue.db", FACILITY, "first")
    made.open()
    for seq in range(0, 12, 3):
        made.commit(small_batch(seq, 3))
    yield made
    made.close()


def tamper(store: SqlStore, *statements: str) -> None:
    with closing(sqlite3.connect(store._path)) as database, database:
        for statement in statements:
            database.execute(statement)


def test_an_untouched_journal_is_whole(store: SqlStore) -> None:
    assert store.read_chain_break() is None
    store.reopen()
    store.commit(small_batch(12, 1))
    assert store.read_chain_break() is None


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ("UPDATE journal SET body = CAST(replace(body, 'reason-5', 'reason-7') AS BLOB) WHERE seq = 6", 6),
        ("UPDATE journal SET body = replace(body, 'reason-5', 'reason-7') WHERE seq = 6", 6),
        ("UPDATE journal SET at = at + 1 WHERE seq = 4", 4),
        ("UPDATE journal SET actor = 'somebody' WHERE seq = 1", 1),
        ("UPDATE journal SET command_id = '' WHERE seq = 12", 12),
        ("UPDATE journal SET version = 2 WHERE seq = 3", 3),
        ("UPDATE journal SET chain = zeroblob(32) WHERE seq = 8", 8),
        ("DELETE FROM journal WHERE seq = 5", 5),
        ("DELETE FROM journal WHERE seq = 12", 12),
        ("DELETE FROM journal WHERE seq > 4", 5),
        ("DELETE FROM journal WHERE seq = 1", 1),
    ],
)
def test_a_change_breaks_the_chain_where_it_was_made(store: SqlStore, change: str, at: int) -> None:
    tamper(store, change)
    assert store.read_chain_break() == at


def test_rows_that_change_places_break_it(store: SqlStore) -> None:
    tamper(
        store,
        "UPDATE journal SET seq = 100 WHERE seq = 4",
        "UPDATE journal SET seq = 4 WHERE seq = 5",
        "UPDATE journal SET seq = 5 WHERE seq = 100",
    )
    assert store.read_chain_break() == 4


def test_anybody_can_check_it_from_its_description(store: SqlStore) -> None:
    before = b""
    with closing(sqlite3.connect(store._path)) as database:
        for *columns, body, chain in database.execute(
            "SELECT facility, seq, day, at, actor, command_id, type, version, body, chain"
            " FROM journal ORDER BY seq"
        ):
            line = json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
            before = hashlib.sha256(before + line + b"\n" + body).digest()
            assert before == chain
