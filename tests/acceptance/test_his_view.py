"""A HIS that can be read only: a view in its database, polled. Real SQLite and real PostgreSQL."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.test_his import OTHER, ROOM, SERVICE, House, link_settings, site_text, until
from tests.support.fake_his import FakeHis, LinkProcess
from tests.support.postgres import database
from tests.support.processes import Server, morning_site
from tests.support.talks import rows

TABLE = """
CREATE TABLE his_orders(
    id INTEGER PRIMARY KEY, changed {moment} NOT NULL, kind TEXT NOT NULL, visit TEXT, ticket TEXT,
    room TEXT, service TEXT, number TEXT, orders TEXT)
"""
VIEW = """
CREATE VIEW denluot_his AS
SELECT CAST(id AS TEXT) AS row_key, changed AS changed_at, kind, visit, ticket, room AS clinic, service,
       number, orders
FROM his_orders
"""


@dataclass
class Database:
    """The HIS's own database; the test is the HIS. url: for whoever only reads."""

    url: str
    moment: str
    run: Callable[..., None]


@pytest.fixture(params=["sqlite", "postgresql"])
def his(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        path = tmp_path / "his.db"
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:

            def run(statement: str, *values: object) -> None:
                connection.execute(statement.replace("%s", "?"), values)

            yield Database(f"sqlite:///{path}", "TEXT", run)
        return
    with database() as url, psycopg.connect(url, autocommit=True) as there:

        def run_there(statement: str, *values: object) -> None:
            there.execute(statement.encode(), values)

        yield Database(url.replace("postgresql://", "postgresql+psycopg://", 1), "TIMESTAMPTZ", run_there)


@dataclass
class Reading:
    """A hospital whose link reads a view."""

    house: House
    his: Database
    moment: int = 0

    def put(self, id_: int, kind: str, **columns: str) -> None:
        """The HIS writes a row, or changes it. Its moment is the next second, unless one is given."""
        self.moment += 1
        told = {"changed": f"2026-11-23 07:00:{self.moment:02d}", **columns}
        self.his.run("DELETE FROM his_orders WHERE id = %s", id_)
        names = ", ".join(told)
        marks = ", ".join(["%s"] * len(told))
        self.his.run(
            f"INSERT INTO his_orders(id, kind, {names}) VALUES(%s, %s, {marks})", id_, kind, *told.values()
        )


@pytest.fixture
def reading(his: Database, tmp_path: Path) -> Iterator[Reading]:
    his.run(TABLE.format(moment=his.moment))
    his.run(VIEW)
    site = morning_site(tmp_path, "district", site_text("his_leads", "at_desk"))
    with ExitStack() as open_now:
        server = open_now.enter_context(Server(site, tmp_path / "data"))
        settings = link_settings(server, None)
        settings["view"] = {"url": his.url, "every": 0.1, "sweep": 0.2, "overlap": 60.0}
        link = open_now.enter_context(LinkProcess(tmp_path / "link", "view", settings))
        yield Reading(House(server, link, FakeHis()), his)


def test_rows_are_taken_once_changed_rows_again_and_late_ones_too(reading: Reading) -> None:
    house = reading.house
    ticket = house.register()
    reading.put(1, "visit", visit="MA-1", ticket=ticket["number"])
    reading.put(2, "room", visit="MA-1", service="02.03", room="P1", number="14")
    step = house.until_step(ticket["visit"], clinic=ROOM, assigned_by="his")
    assert step["call_sign"] == {"text": "14", "origin": "his"}
    reading.put(2, "room", visit="MA-1", service="02.03", room="P2", number="15")
    house.until_step(ticket["visit"], clinic=OTHER)
    # Its transaction began before the others, and was committed after them.
    reading.put(3, "orders", visit="MA-1", orders="sampling, ecg", changed="2026-11-23 07:00:01")

    def services() -> list[str]:
        journey = rows(house.port, "reception", f"journey:{ticket['visit']}").values()
        return [row["service"] for row in journey if row["type"] == "clinic_step"]

    until(lambda: {"found": services()}, lambda told: len(told["found"]) == 3)
    # Killed and started again, the link reads everything anew and does nothing twice.
    house.link.kill()
    house.link.start()
    reading.put(4, "cancelled", visit="MA-1", service="ecg")
    until(
        lambda: list(rows(house.port, "reception", f"journey:{ticket['visit']}").values()),
        lambda found: any(row.get("service") == "ecg" and row["state"] == "cancelled" for row in found),
    )
    assert sorted(services()) == sorted([SERVICE, "sampling", "ecg"])


def test_a_row_that_is_gone_or_cannot_be_read_is_told_to_staff(reading: Reading) -> None:
    house = reading.house
    ticket = house.register()
    reading.put(1, "visit", visit="MA-1", ticket=ticket["number"])
    reading.put(2, "room", visit="MA-1", service="02.03", room="P1")
    house.until_step(ticket["visit"], clinic=ROOM)
    reading.put(3, "room", visit="MA-1", service="02.03", room="Nguyễn Văn A")
    reading.his.run("DELETE FROM his_orders WHERE id = %s", 2)
    listed = house.until_facility("facility_disagreement", lambda found: len(found) == 2)
    assert {(row["about"], row["his"]) for row in listed} == {("gone", "2"), ("malformed", "3")}
    # The patient keeps the place.
    assert house.step(ticket["visit"])["clinic"] == ROOM
    assert "Nguyễn" not in house.link.log


def test_the_view_is_never_written(reading: Reading, his: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        _write(his.url)


def _write(url: str) -> None:
    import sqlalchemy as sa

    from queue_server.his.view import read_only_engine

    engine = read_only_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM his_orders"))
    finally:
        engine.dispose()


def test_a_view_without_its_columns_is_told_with_what_to_do(his: Database, tmp_path: Path) -> None:
    from queue_server.his.program import check

    link = LinkProcess(tmp_path / "link", "view", {
        "queue_server": {"token": "demo-integration"}, "view": {"url": his.url},
    })  # fmt: skip
    link.write()
    (said,) = check(link.config)
    assert "no view denluot_his" in said
    his.run("CREATE VIEW denluot_his AS SELECT 1 AS row_key, 'room' AS kind")
    (said,) = check(link.config)
    assert "lacks changed_at" in said
    assert "CREATE OR REPLACE VIEW" in said


def test_a_database_that_is_not_there_is_told_and_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "his.db"
    site = morning_site(tmp_path, "district", site_text("his_leads", "at_desk"))
    with Server(site, tmp_path / "data") as server:
        settings = link_settings(server, None)
        settings["view"] = {"url": f"sqlite:///{path}", "every": 0.1, "sweep": 0.2}
        link = LinkProcess(tmp_path / "link", "view", settings)
        house = House(server, link, FakeHis())
        starts = threading.Thread(target=link.start)
        starts.start()
        try:
            until(lambda: house.facility("alert"), lambda found: any(row["kind"] == "his" for row in found))
            ticket = house.register()
            with closing(sqlite3.connect(path, isolation_level=None)) as there:
                there.execute(TABLE.format(moment="TEXT"))
                there.execute(
                    "INSERT INTO his_orders(id, changed, kind, visit, ticket, room) "
                    "VALUES(1, '2026-11-23T07:00:00', 'room', 'MA-1', ?, 'P1')",
                    (ticket["number"],),
                )
                there.execute(VIEW)
            house.until_step(ticket["visit"], clinic=ROOM)
            until(lambda: house.facility("alert"), lambda found: not found)
        finally:
            starts.join()
            link.kill()
