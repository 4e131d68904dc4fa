"""Alembic's way in. The store runs it on its own open connection; by hand, give `-x database=FILE`."""

from alembic import context
from sqlalchemy import URL, Connection, create_engine

from queue_server.store.tables import METADATA


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = context.get_x_argument(as_dictionary=True)["database"]
    with create_engine(URL.create("sqlite", database=database)).begin() as opened:
        run(opened)
