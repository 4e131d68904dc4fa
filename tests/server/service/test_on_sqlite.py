"""The service over a real file: what SQLite itself says when things go wrong."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from queue_server.protocol.commands import OpenClinic
from queue_server.protocol.messages import Accepted, Unavailable
from queue_server.service import ENGINE
from queue_server.store.sql import SqlStore
from tests.server.service.counter import Counter, anonymous, at_work, card, make, until


def over(path: Path, writer: str) -> Counter:
    return make(SqlStore(path, "small", writer, exclusive=False, busy_ms=1), rules=ENGINE)


def test_a_locked_database_is_unavailable_until_it_is_free(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path / "queue.db", "w1")) as counter:
            await counter.ask(1, OpenClinic(clinic="desk1"))
            with closing(sqlite3.connect(tmp_path / "queue.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                assert isinstance(await counter.ask(2, anonymous()), Unavailable)
                await until(lambda: counter.asleep)
                assert counter.service.degraded
                assert not (await counter.day()).visits
                other.execute("ROLLBACK")
            counter.clock.advance(100)
            await until(lambda: not counter.service.degraded)
            assert isinstance(await counter.ask(2, anonymous()), Accepted)
            assert len((await counter.day()).visits) == 1

    asyncio.run(whole())


def test_a_second_server_on_the_file_ends_the_first_ones_ownership(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path / "queue.db", "w1")) as first:
            assert isinstance(await first.ask(1, anonymous()), Accepted)
            async with at_work(over(tmp_path / "queue.db", "w2")) as second:
                assert isinstance(await first.ask(2, anonymous()), Unavailable)
                assert first.lost == 1
                assert isinstance(await second.ask(2, anonymous()), Accepted)
                assert len((await second.day()).visits) == 2

    asyncio.run(whole())


def test_a_day_comes_back_as_it_was(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path / "queue.db", "w1")) as counter:
            await counter.ask(1, OpenClinic(clinic="desk1"))
            for number in range(2, 10):
                await counter.ask(number, card(f"0010800123{number:02d}"))
            before = await counter.day()
        async with at_work(over(tmp_path / "queue.db", "w2")) as counter:
            assert await counter.day() == before
            assert len(counter.people) == 8
            assert counter.events == []

    asyncio.run(whole())


def test_nothing_personal_is_in_the_file(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path / "queue.db", "w1")) as counter:
            await counter.ask(1, card("001080012345", "Nguyễn Thị Bí Mật", "1949-12-31"))
            await counter.ask(1, anonymous())

    asyncio.run(whole())
    for file in tmp_path.iterdir():
        for secret in ("001080012345", "Bí Mật", "1949-12-31", "1949"):
            assert secret.encode() not in file.read_bytes(), file.name
