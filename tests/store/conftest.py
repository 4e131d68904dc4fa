"""The stores under one contract: `medium` makes stores over the same kept rows, each a process of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from queue_server.store.memory import MemoryStore, Shelf
from queue_server.store.port import Store
from queue_server.store.sql import SqlStore
from tests.support.store_stories import FACILITY

Medium = Callable[[str], Store]


@pytest.fixture(params=["memory", "sqlite"])
def medium(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Medium]:
    """`medium(writer)`: a store over the test's one database. A second one is not kept out: it takes the
    head."""
    made: list[Store] = []
    shelf = Shelf()

    def make(writer: str) -> Store:
        store: Store = (
            MemoryStore(FACILITY, writer, shelf)
            if request.param == "memory"
            else SqlStore(tmp_path / "queue.db", FACILITY, writer, exclusive=False, busy_ms=50)
        )
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(medium: Medium) -> Store:
    """One open store."""
    made = medium("first")
    made.open()
    return made
