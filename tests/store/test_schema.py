"""The schema says what it is; this code uses only what it may."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from queue_server.store import schema
from queue_server.store.port import SchemaMismatch
from queue_server.store.sql import SqlStore
from queue_server.store.tables import METADATA
from tests.support.store_stories import FACILITY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "queue.db"
    with closing(SqlStore(made, FACILITY, "first")) as store:
        store.open()
    return made


def stamp(path: Path, version: int, oldest_code: int) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE schema_info SET version = ?, oldest_code = ?", (version, oldest_code))


def reopened(path: Path) -> None:
    with closing(SqlStore(path, FACILITY, "second")) as store:
        store.open()


def test_the_migrations_make_what_the_tables_say(path: Path, tmp_path: Path) -> None:
    declared = create_engine(f"sqlite:///{tmp_path / 'declared.db'}")
    METADATA.create_all(declared)
    migrated = create_engine(f"sqlite:///{path}")
    expected, found = inspect(declared), inspect(migrated)
    assert set(found.get_table_names()) == {*expected.get_table_names(), "alembic_version"}
    for table in expected.get_table_names():
        assert repr(found.get_columns(table)) == repr(expected.get_columns(table)), table
        assert found.get_pk_constraint(table) == expected.get_pk_constraint(table), table
        assert found.get_indexes(table) == expected.get_indexes(table), table
        assert found.get_table_options(table) == expected.get_table_options(table), table
    declared.dispose()
    migrated.dispose()


def test_the_stamp_is_this_codes(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version, oldest_code FROM schema_info").fetchall() == [
            (schema.SCHEMA_VERSION, 1)
        ]


def test_a_newer_schema_that_lets_old_code_in_is_used(path: Path) -> None:
    stamp(path, schema.SCHEMA_VERSION + 3, schema.SCHEMA_VERSION)
    reopened(path)


def test_a_newer_schema_that_needs_newer_code_is_refused(path: Path) -> None:
    stamp(path, 9, schema.SCHEMA_VERSION + 1)
    with pytest.raises(SchemaMismatch, match=r"schema 9, which needs code of schema 2 or newer"):
        reopened(path)


def test_a_schema_from_before_the_first_migration_is_refused(path: Path) -> None:
    stamp(path, 0, 0)
    with pytest.raises(SchemaMismatch, match="use an older release first"):
        reopened(path)


def test_a_strangers_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    strange = tmp_path / "strange.db"
    with closing(sqlite3.connect(strange)) as database, database:
        database.execute("CREATE TABLE invoice (id INTEGER)")
    with pytest.raises(SchemaMismatch, match="not a queue server's"):
        reopened(strange)
    with closing(sqlite3.connect(strange)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("invoice",)]


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "queue.db"

    def migrate_half(connection: object) -> None:
        whole(connection)  # type: ignore[arg-type]  # the store's own connection
        raise RuntimeError

    whole = schema.migrate
    monkeypatch.setattr(schema, "migrate", migrate_half)
    with pytest.raises(RuntimeError):
        reopened(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    reopened(path)


def test_a_start_on_an_up_to_date_database_imports_no_alembic(path: Path) -> None:
    program = (
        "import sys; from queue_server.store.sql import SqlStore\n"
        "store = SqlStore(sys.argv[1], 'demo', 'again'); store.open(); store.close()\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True, timeout=60)
