"""Which schema a database has and whether this code may use it.

`schema_info` says what the database is and the oldest code that may use it, readable without Alembic: a
start on an up-to-date database never imports it. Migrations are in `migrations/`; revision `000n` makes
schema n.
"""

import logging
from pathlib import Path

from sqlalchemy import Connection, inspect, select

from queue_server.store.port import SchemaMismatch
from queue_server.store.tables import SCHEMA_INFO

SCHEMA_VERSION = 1
"""What this code makes and expects."""
OLDEST_MIGRATED = 1
"""Databases before this are too old for the migrations still here."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_log = logging.getLogger(__name__)


def found(connection: Connection) -> int:
    """The database's schema version, 0 for an empty database. Raises SchemaMismatch outside the range."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    if SCHEMA_INFO.name not in tables:
        raise SchemaMismatch("this database is not a queue server's: it has tables but no schema_info")
    row = connection.execute(select(SCHEMA_INFO.c.version, SCHEMA_INFO.c.oldest_code)).one_or_none()
    if row is None:
        raise SchemaMismatch("schema_info is empty")
    version, oldest_code = row
    if oldest_code > SCHEMA_VERSION:
        raise SchemaMismatch(
            f"the database has schema {version}, which needs code of schema {oldest_code} or newer;"
            f" this code is of {SCHEMA_VERSION}"
        )
    if version < OLDEST_MIGRATED:
        raise SchemaMismatch(
            f"the database has schema {version}; this code migrates from {OLDEST_MIGRATED} on:"
            " use an older release first"
        )
    return int(version)


def migrate(connection: Connection) -> None:
    """Bring the schema up to this code's, inside the transaction the caller began and will end."""
    from alembic import command
    from alembic.config import Config

    _log.info("migrating the schema to %d", SCHEMA_VERSION, extra={"action": "schema_migrated"})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
