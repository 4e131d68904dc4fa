"""Statements compiled once and run with plain tuples.

`connection.execute(insert(t), rows)` is built anew around every row: a dict, its copy in the driver's
order and a conversion per column. The same statement, compiled by the same dialect and handed to the
driver as text with tuples, kept rows of this store in half the time.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

_FETCHED_AT_ONCE = 500


class Prepared:
    """A statement of one dialect. `names`: the values it expects, in this order; its own constants follow
    them."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{dialect.name} compiles no SQL")
        self.text = str(compiled)
        positions = tuple(compiled.positiontup or ())
        self.names = tuple(name for name in positions if compiled.binds[name].required)
        constants = positions[len(self.names) :]
        if positions != self.names + constants:
            raise ValueError(f"constants stand between the values of {self.text}")
        self._constants = tuple(compiled.params[name] for name in constants)

    def run_many(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Once per row. Nothing when there are none."""
        if rows:
            connection.exec_driver_sql(self.text, list(rows))

    def run(self, connection: Connection, values: tuple[Any, ...]) -> int:
        """How many rows it changed."""
        return connection.exec_driver_sql(self.text, values).rowcount

    def look_up(self, connection: Connection, keys: Sequence[tuple[Any, ...]]) -> Generator[Any, None, None]:
        """The rows found for each key in turn, through one cursor of the driver."""
        with closing(connection.connection.cursor()) as cursor:
            for key in keys:
                cursor.execute(self.text, key + self._constants)
                yield from cursor.fetchall()

    def stream(self, connection: Connection, values: tuple[Any, ...]) -> Generator[Any, None, None]:
        """The rows as the driver makes them, without holding them all."""
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(self.text, values + self._constants)
            while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
                yield from rows
