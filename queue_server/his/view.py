"""Adapter: a read-only view in the HIS's database, polled. It is only ever read.

A look reads what changed since a while before the newest row it saw (`overlap`), so that a row whose
transaction was committed late is not lost; a digest of each row tells which are new or changed. Now and then
the keys of all rows are read, and rows that are gone are reported. HIS.md has the columns.
"""

import asyncio
import datetime as dt
import hashlib
import logging
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchTableError, SQLAlchemyError

from queue_server.his.keep import Keep
from queue_server.his.port import Answer, Desk, HisUnreachable, Outcome, Person, Said, Told, as_code
from queue_server.his.settings import SettingsMistake, View

NEEDED = ("row_key", "changed_at", "kind")
"""Columns without which nothing can be read."""
PERSON = ("card", "insurance", "name", "birth", "gender", "phone")
OPTIONAL = (
    "visit", "ticket", "clinic", "service", "practitioner", "number", "gate", "orders", "back", "payer",
    "visit_kind", *PERSON,
)  # fmt: skip
"""Columns that are read where they are."""
QUERY_PATIENCE = 10
"""Seconds for one query."""
AT_ONCE = 100
"""Rows passed on together."""

log = logging.getLogger(__name__)
Row = Mapping[str, Any]


class WrongColumns(Exception):
    """The view is not there, or lacks columns."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One row as it was read. at: ms of its change. said: None where it cannot be read, then why says so."""

    key: str
    at: int
    digest: bytes
    said: Said | None
    why: str = ""


class ViewAdapter:
    """Reads one view. on_ready: called after the first look that came to something."""

    tells = False

    def __init__(self, settings: View, keep: Keep, on_ready: Callable[[], None] = lambda: None) -> None:
        if not settings.url:
            raise SettingsMistake('view.url is missing: as in "postgresql+psycopg://reader:…@his-db/his"')
        try:
            self._zone = zoneinfo.ZoneInfo(settings.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsMistake(f'there is no time zone "{settings.time_zone}"') from error
        self._settings = settings
        self._keep = keep
        self._engine = read_only_engine(settings.url)
        self._on_ready = on_ready
        self._newest: Any = None
        self._columns: tuple[str, ...] = ()
        self._trouble = ""

    async def run(self, desk: Desk) -> None:
        """Look, pass on, and look again until cancelled."""
        swept, looked = 0.0, False
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    await self._look(desk)
                    if loop.time() - swept >= self._settings.sweep:
                        await self._sweep(desk)
                        swept = loop.time()
                    if not looked:
                        looked = True
                        self._on_ready()
                    self._trouble = ""
                except WrongColumns as wrong:
                    await self._in_trouble(desk, str(wrong), "view_columns")
                except SQLAlchemyError as error:
                    # Its text may hold values of rows.
                    await self._in_trouble(desk, f"the database does not answer: {type(error).__name__}", "")
                await asyncio.sleep(self._settings.every)
        finally:
            self._engine.dispose()

    async def tell(self, told: Told) -> Answer:
        """A view that is read can be told nothing."""
        raise HisUnreachable("a view is only read")

    async def probe(self) -> None:
        """Whether the last look came to something."""
        if self._trouble:
            raise HisUnreachable(self._trouble)

    async def _in_trouble(self, desk: Desk, words: str, code: str) -> None:
        if words != self._trouble:
            log.error(words, extra={"action": "view"})
            if code and desk.is_linked:
                await desk.complain(code, self._settings.name)
            elif code:
                words = ""
        self._trouble = words or "the view cannot be read"
        self._columns = ()

    # looking ----------------------------------------------------------------------------------------

    async def _look(self, desk: Desk) -> None:
        known = self._keep.rows_seen()
        rows = await asyncio.to_thread(self._read, self._newest)
        fresh = [seen for seen in map(self._understood, rows) if self._is_fresh(seen, known)]
        left: int | None = None
        for start in range(0, len(fresh), AT_ONCE):
            for seen in await self._pass_on(desk, fresh[start : start + AT_ONCE]):
                left = seen.at if left is None else min(left, seen.at)
        if rows:
            newest = rows[-1]["changed_at"] if left is None else self._first_from(rows, left)
            self._newest = newest if self._newest is None or newest > self._newest else self._newest

    def _is_fresh(self, seen: Seen, known: Mapping[str, tuple[bytes, int]]) -> bool:
        before = known.get(seen.key)
        return before is None or before[0] != seen.digest

    def _first_from(self, rows: Sequence[Row], at: int) -> Any:
        """The moment, as the database has it, of the first row that was not taken."""
        return next(row["changed_at"] for row in rows if _ms(row["changed_at"], self._zone) >= at)

    async def _pass_on(self, desk: Desk, fresh: Sequence[Seen]) -> list[Seen]:
        """Pass rows on; those that have to be passed on again."""
        sayings = [seen.said for seen in fresh if seen.said is not None]
        answers = iter(await desk.hear(sayings))
        again: list[Seen] = []
        for seen in fresh:
            if seen.said is None:
                row = as_code(seen.key)
                log.warning("a row cannot be used: %s", seen.why, extra={"action": "view", "row": row})
                await desk.complain("malformed", seen.key)
            elif next(answers).result is Outcome.AGAIN:
                again.append(seen)
                continue
            self._keep.see_row(seen.key, seen.digest, seen.at)
        return again

    async def _sweep(self, desk: Desk) -> None:
        """Report rows that are gone. A view that only shows the newest lets old ones go: that is no news."""
        there = await asyncio.to_thread(self._keys)
        known = self._keep.rows_seen()
        today = dt.datetime.now(self._zone).date()
        oldest = min(there.values(), default=None)
        for key, (_, at) in known.items():
            if key in there:
                continue
            aged = at < oldest if oldest is not None else _date(at, self._zone) != today
            if not aged:
                await desk.complain("gone", key)
            self._keep.see_row(key, None, at)

    # the database -----------------------------------------------------------------------------------

    def _read(self, newest: Any) -> list[Row]:
        with self._engine.connect() as connection:
            view = self._view(connection)
            query = sa.select(view).order_by(view.c.changed_at)
            if newest is not None:
                query = query.where(view.c.changed_at >= _earlier(newest, self._settings.overlap))
            return [dict(row) for row in connection.execute(query).mappings()]

    def _keys(self) -> dict[str, int]:
        with self._engine.connect() as connection:
            view = self._view(connection)
            found = connection.execute(sa.select(view.c.row_key, view.c.changed_at))
            return {str(key): _ms(at, self._zone) for key, at in found}

    def _view(self, connection: Connection) -> sa.TableClause:
        if not self._columns:
            self._columns = columns(connection, self._settings.name)
        schema, _, name = self._settings.name.rpartition(".")
        return sa.table(name, *(sa.column(each) for each in self._columns), schema=schema or None)

    def _understood(self, row: Row) -> Seen:
        key = str(row["row_key"])
        at = _ms(row["changed_at"], self._zone)
        told = {name: value for name, value in row.items() if value is not None and value != ""}
        # Of nobody: a hash of somebody's number can be guessed back. Who changes it moves `changed_at` on.
        bare = sorted((name, value) for name, value in told.items() if name not in PERSON)
        digest = hashlib.blake2b(repr(bare).encode(), digest_size=12).digest()
        try:
            said = msgspec.convert(_fields(told, f"v/{key}/{at}/{digest[:4].hex()}", at), Said, strict=False)
        except msgspec.ValidationError as error:
            # The parser names columns and patterns, never values.
            return Seen(key, at, digest, None, str(error))
        return Seen(key, at, digest, said)


def columns(connection: Connection, name: str) -> tuple[str, ...]:
    """The columns of the view that are read. Raises WrongColumns with what is missing and what to do."""
    schema, _, view = name.rpartition(".")
    try:
        found = {column["name"] for column in sa.inspect(connection).get_columns(view, schema or None)}
    except NoSuchTableError as error:
        raise WrongColumns(
            f"there is no view {name}: make it as HIS.md has it, and let this user read it"
        ) from error
    missing = [column for column in NEEDED if column not in found]
    if missing:
        raise WrongColumns(
            f"the view {name} lacks {', '.join(missing)}: add it as HIS.md has it, "
            "as in CREATE OR REPLACE VIEW … AS SELECT … AS " + missing[0]
        )
    return tuple(column for column in (*NEEDED, *OPTIONAL) if column in found)


def read_only_engine(url: str) -> Engine:
    """An engine that cannot write. Raises SettingsMistake for an address it does not understand."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsMistake("view.url is no address of a database; see HIS.md") from error
    match parsed.get_backend_name():
        case "sqlite":
            path = parsed.database or ""
            parsed = parsed.set(
                database=path if path.startswith("file:") else f"file:{path}",
                query={"mode": "ro", "uri": "true"},
            )
            return sa.create_engine(parsed, connect_args={"timeout": QUERY_PATIENCE})
        case "postgresql":
            options = f"-c default_transaction_read_only=on -c statement_timeout={QUERY_PATIENCE * 1000}"
            parsed = parsed.set(drivername="postgresql+psycopg")
            return sa.create_engine(
                parsed,
                pool_size=1,
                pool_pre_ping=True,
                connect_args={"options": options, "connect_timeout": QUERY_PATIENCE},
            )
        case other:
            raise SettingsMistake(f'view.url names "{other}": this reads postgresql and sqlite')


def _fields(row: Row, saying: str, at: int) -> dict[str, Any]:
    """The fields of a saying, from the columns of a row."""
    fields = {name: row[name] for name in row if name not in ("row_key", "changed_at", "kind", *PERSON)}
    person = {name: str(row[name]) for name in PERSON if name in row}
    if "orders" in fields:
        fields["orders"] = [{"service": code.strip()} for code in str(fields["orders"]).split(",")]
    if "visit_kind" in fields:
        fields["kind"] = fields.pop("visit_kind")
    if person:
        fields["person"] = msgspec.convert(person, Person)
    kept = {
        name: str(value) if isinstance(value, int) and name != "back" else value
        for name, value in fields.items()
    }
    return {**kept, "type": str(row["kind"]), "id": saying, "at": at}


def _earlier(newest: Any, seconds: float) -> Any:
    match newest:
        case dt.datetime():
            return newest - dt.timedelta(seconds=seconds)
        case int():
            return newest - int(seconds * 1000)
        case _:
            moment = dt.datetime.fromisoformat(str(newest)) - dt.timedelta(seconds=seconds)
            # Text is compared as text: up to the second, in the very form that the view uses.
            return moment.replace(tzinfo=None).isoformat(sep=str(newest)[10], timespec="seconds")


def _ms(moment: Any, zone: zoneinfo.ZoneInfo) -> int:
    match moment:
        case int():
            return moment
        case dt.datetime():
            at = moment
        case _:
            try:
                at = dt.datetime.fromisoformat(str(moment))
            except ValueError as error:
                raise WrongColumns(
                    "changed_at is neither a timestamp, nor text as 2026-11-23 07:30:00, nor milliseconds"
                ) from error
    aware = at if at.tzinfo is not None else at.replace(tzinfo=zone)
    return int(aware.timestamp() * 1000)


def _date(ms: int, zone: zoneinfo.ZoneInfo) -> dt.date:
    return dt.datetime.fromtimestamp(ms / 1000, zone).date()
