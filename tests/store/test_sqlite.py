"""What is SQLite's own: durability settings, real faults, one server to a folder, nothing left of the
forgotten."""

import logging
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from queue_server.engine.events import PersonForgotten
from queue_server.store import sqlite as medium
from queue_server.store.port import (
    Batch,
    BrokenStorage,
    DataRefused,
    FolderInUse,
    NotDone,
    OutcomeUnknown,
    StoreError,
)
from queue_server.store.sql import SqlStore
from queue_server.store.sqlite import Phase, Synchronous
from tests.support.hospital import DAY
from tests.support.store_stories import AT, FACILITY, entries, person, reply, small_batch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "queue.db"


def opened(path: Path, writer: str = "first", *, synchronous: Synchronous = "FULL") -> SqlStore:
    store = SqlStore(path, FACILITY, writer, busy_ms=20, synchronous=synchronous)
    store.open()
    return store


def pragma(store: SqlStore, name: str) -> object:
    return store._connected().exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_connection_is_full_and_wal(path: Path) -> None:
    with closing(opened(path)) as store:
        assert (pragma(store, "synchronous"), pragma(store, "journal_mode")) == (2, "wal")
        assert pragma(store, "secure_delete") == 1
        store.reopen()
        assert pragma(store, "synchronous") == 2
        with store._reading.connect() as reading:
            assert reading.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert reading.exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_off_must_be_asked_for(path: Path) -> None:
    with closing(opened(path, synchronous="OFF")) as store:
        assert pragma(store, "synchronous") == 0


def test_a_setting_that_does_not_hold_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(medium._LEVELS, "FULL", 3)
    with pytest.raises(StoreError, match="synchronous=2"):
        opened(path)


def test_the_file_is_this_accounts_alone(path: Path) -> None:
    with closing(opened(path)) as store:
        store.commit(small_batch(0))
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("form", ["path", "text", "url"])
def test_a_place_may_be_given_as_path_or_url(path: Path, form: str) -> None:
    places: dict[str, Path | str] = {"path": path, "text": str(path), "url": f"sqlite:///{path}"}
    place = places[form]
    with closing(SqlStore(place, FACILITY, "first")) as store:
        assert store.open().seq == 0
    assert path.exists()


@pytest.mark.parametrize("url", ["postgresql://db/queue", "sqlite://", "sqlite:///:memory:"])
def test_another_database_is_refused_plainly(url: str) -> None:
    with pytest.raises(StoreError, match="is not a SQLite file"):
        SqlStore(url, FACILITY, "first")


def test_a_second_server_is_told_that_the_folder_is_used(path: Path) -> None:
    with closing(opened(path)) as first:
        with pytest.raises(FolderInUse, match=rf"another queue server \(process {os.getpid()}\)"):
            opened(path, "second")
        first.commit(small_batch(0))
    with closing(opened(path, "second")) as second:
        second.commit(small_batch(1))


def test_the_folder_is_free_when_its_server_was_killed(path: Path) -> None:
    program = (
        "import sys; from queue_server.store.sql import SqlStore\n"
        "store = SqlStore(sys.argv[1], 'demo', 'killed'); store.open()\n"
        "print('open', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"open\n"
        with pytest.raises(FolderInUse, match=str(server.pid)):
            opened(path)
        server.kill()
    opened(path).close()


def test_a_full_disk_is_not_done_and_the_store_goes_on_when_there_is_room(path: Path) -> None:
    with closing(opened(path)) as store:
        pages = store._connected().exec_driver_sql("PRAGMA page_count").scalar()
        store._connected().exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(NotDone, match="full"):
            store.commit(small_batch(0, 2000))
        assert list(store.journal(DAY)) == []
        store._connected().exec_driver_sql("PRAGMA max_page_count=1000000")
        store.commit(small_batch(0, 2000))
        assert store.reopen().seq == 2000
        assert store.read_chain_break() is None


def test_a_locked_database_is_not_done(path: Path) -> None:
    with closing(opened(path)) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotDone, match="locked"):
            store.commit(small_batch(0))
        with pytest.raises(NotDone, match="locked"):
            store.forget(AT, AT)
        other.execute("ROLLBACK")
        store.commit(small_batch(0))


def test_an_error_of_the_disk_is_broken_storage(path: Path) -> None:
    """A real one: the process may not let files grow, so that SQLite's write fails."""
    opened(path).close()
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from queue_server.store.sql import SqlStore\n"
        "from queue_server.store.port import BrokenStorage\n"
        "from tests.support.store_stories import small_batch\n"
        "store = SqlStore(Path(sys.argv[1]), 'demo', 'first'); store.open(); store.commit(small_batch(0))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))\n"
        "try: store.commit(small_batch(1, 5000))\n"
        "except BrokenStorage as error: print('broken', error.__cause__.orig.sqlite_errorname)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "broken SQLITE_IOERR_WRITE\n", done.stderr
    with closing(opened(path, "second")) as store:
        assert [entry.seq for entry in store.journal(DAY)] == [1]
        assert store.read_chain_break() is None


def test_a_file_that_is_no_database_is_broken_storage(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 500)
    with pytest.raises(BrokenStorage):
        opened(path)


def test_a_folder_that_cannot_be_made_is_broken_storage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BrokenStorage):
        opened(tmp_path / "file" / "queue.db")


def test_a_damaged_entry_is_not_folded(path: Path) -> None:
    with closing(opened(path)) as store:
        store.commit(small_batch(0, 3))
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE journal SET body = x'7b' WHERE seq = 2")
        with pytest.raises(BrokenStorage, match="entry 2 is damaged"):
            list(store.journal(DAY))


def test_a_head_beyond_the_journal_is_broken_storage(path: Path) -> None:
    with closing(opened(path)) as store:
        store.commit(small_batch(0, 3))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DELETE FROM journal WHERE seq = 3")
    with pytest.raises(BrokenStorage, match="head says 3"):
        opened(path)


@pytest.mark.parametrize(
    ("code", "phase", "said"),
    [
        (sqlite3.SQLITE_BUSY, Phase.BEGIN, NotDone),
        (sqlite3.SQLITE_FULL, Phase.ROWS, NotDone),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, Phase.ROWS, NotDone),
        (sqlite3.SQLITE_FULL, Phase.COMMIT, OutcomeUnknown),
        (sqlite3.SQLITE_BUSY, Phase.COMMIT, OutcomeUnknown),
        (sqlite3.SQLITE_IOERR_FSYNC, Phase.COMMIT, BrokenStorage),
        (sqlite3.SQLITE_IOERR_READ, Phase.BEGIN, BrokenStorage),
        (sqlite3.SQLITE_IOERR_SHMSIZE, Phase.BEGIN, NotDone),
        (sqlite3.SQLITE_IOERR_SHMMAP, Phase.ROWS, OutcomeUnknown),
        (sqlite3.SQLITE_CORRUPT, Phase.ROWS, BrokenStorage),
        (sqlite3.SQLITE_READONLY_DBMOVED, Phase.ROWS, BrokenStorage),
        (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, Phase.ROWS, DataRefused),
        (sqlite3.SQLITE_TOOBIG, Phase.ROWS, DataRefused),
        (sqlite3.SQLITE_INTERRUPT, Phase.ROWS, OutcomeUnknown),
        (sqlite3.SQLITE_NOMEM, Phase.COMMIT, OutcomeUnknown),
        (None, Phase.COMMIT, OutcomeUnknown),
        (None, Phase.BEGIN, NotDone),
    ],
)
def test_what_the_drivers_errors_mean(code: int | None, phase: Phase, said: type[StoreError]) -> None:
    error = sqlite3.OperationalError("made up")
    if code is not None:
        error.sqlite_errorcode = code
    assert medium.meaning(error, phase) is said


def test_a_number_too_large_for_the_database_is_refused(path: Path) -> None:
    with closing(opened(path)) as store:
        with pytest.raises(DataRefused):
            store.commit(Batch(0, [], [reply("x", at=2**70)], [], []))
        store.commit(small_batch(0))


def test_nothing_of_the_forgotten_stays_in_the_files(path: Path) -> None:
    with closing(opened(path)) as store:
        people = [person(f"person-{n}", b"hash-%d" % n) for n in range(300)]
        store.commit(Batch(0, [], [], [], [], people))
        assert any(b"sealed person-7" in file.read_bytes() for file in path.parent.iterdir())
        assert store.forget(AT + 1, AT + 1) == 300
        for file in path.parent.iterdir():
            assert b"sealed person-" not in file.read_bytes(), file
            assert b"hash-7" not in file.read_bytes(), file


def test_nothing_of_an_erased_person_stays_in_the_files(path: Path) -> None:
    with closing(opened(path)) as store:
        store.commit(Batch(0, [], [], [], [], [person("of-chance", b"a-long-hash"), person("stays")]))
        store.commit(Batch(0, entries([PersonForgotten("of-chance")]), [], [], [], forgotten=["of-chance"]))
        for file in path.parent.iterdir():
            assert b"sealed of-chance" not in file.read_bytes(), file
            assert b"a-long-hash" not in file.read_bytes(), file
        assert any(b"sealed stays" in file.read_bytes() for file in path.parent.iterdir())


def test_where_somebody_reads_what_is_erased_goes_at_the_next_forgetting(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def holds() -> bool:
        return any(b"sealed of-chance" in file.read_bytes() for file in path.parent.iterdir())

    with closing(opened(path)) as store, closing(sqlite3.connect(path)) as reader:
        store.commit(Batch(0, [], [], [], [], [person("of-chance")]))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM patient").fetchone()
        store.commit(Batch(0, entries([PersonForgotten("of-chance")]), [], [], [], forgotten=["of-chance"]))
        assert holds()
        assert "still holds what was erased" in caplog.text
        reader.rollback()
        store.forget(AT - 1, AT - 1)
        assert not holds()


def test_an_erasure_whose_log_cannot_be_emptied_is_looked_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_connection: object) -> bool:
        raise OperationalError("PRAGMA", {}, sqlite3.OperationalError("some trouble"))

    with closing(opened(path)) as store:
        store.commit(Batch(0, [], [], [], [], [person("an")]))
        gone = Batch(0, entries([PersonForgotten("an")]), [], [], [], forgotten=["an"])
        monkeypatch.setattr(medium, "empty_log", broken)
        with pytest.raises(OutcomeUnknown):
            store.commit(gone)
        assert store.reopen().seq == 1
        assert list(store.people(["an"])) == []


def test_no_row_is_ever_logged(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with closing(opened(path)) as store:
        secret = Batch(0, [], [reply("x"), reply("x")], [], [], [person("somebody")])
        with pytest.raises(DataRefused) as refused:
            store.commit(secret)
    shown = caplog.text + str(refused.value) + str(refused.value.__cause__)
    assert "somebody" not in shown
    assert "sealed" not in shown


def test_every_statement_gets_its_values_in_the_order_it_expects(path: Path) -> None:
    with closing(opened(path)) as store:
        found = {name: statement.names for name, statement in vars(store._statements).items()}
    assert found["move_head"] == ("new", "of_facility", "old", "me")
    assert found["keep_until"] == ("until", "of_facility", "of_person")
    assert found["patient"] == found["hashes_of_person"] == ("of_facility", "of_person")
    assert found["drop_hashes"] == found["drop_patient"] == ("of_facility", "of_person")
    assert found["reply"] == ("of_facility", "id", "of_sender")
    assert found["person_of_hash"] == ("of_facility", "of_hash")
    assert found["span_of_day"] == ("of_facility", "of_day")
    assert found["journal_between"] == ("of_facility", "first", "last")
    assert found["journal_naming"] == ("of_facility", "first", "last", "named")
    assert found["keep_reply"] == ("facility", "command_id", "sender", "digest", "at", "body")
    assert found["keep_patient"] == ("facility", "person", "day", "at", "sealed")


@pytest.mark.parametrize("name", ["journal_between", "journal_naming"])
def test_a_day_is_read_without_walking_the_days_before_it(path: Path, name: str) -> None:
    with closing(opened(path)) as store:
        statement = getattr(store._statements, name)
        with closing(sqlite3.connect(path)) as connection:
            plan = connection.execute(
                f"EXPLAIN QUERY PLAN {statement.text}", ("demo", 1, 2, b"", 0)[: statement.text.count("?")]
            ).fetchall()
    assert [step[-1] for step in plan] == [
        "SEARCH journal USING PRIMARY KEY (facility=? AND seq>? AND seq<?)"
    ]
