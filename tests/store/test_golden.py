"""Journals that earlier code wrote are read, written back and folded the same by this code."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from queue_server.engine.events import TYPES
from queue_server.engine.evolve import fold
from queue_server.store.chain import JournalRow, first_break
from queue_server.store.reading import read, write
from tests.store.write_golden import FOLDER, JOURNAL, defaults, ends, lines, story
from tests.support.store_stories import FACILITY

JOURNALS = sorted(FOLDER.glob("*.jsonl"))


def rows(path: Path) -> list[JournalRow]:
    def row(line: bytes) -> JournalRow:
        kept: dict[str, Any] = msgspec.json.decode(line)
        return JournalRow(**(kept | {"body": kept["body"].encode(), "chain": bytes.fromhex(kept["chain"])}))

    return [row(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_its_chain_is_whole(path: Path) -> None:
    assert first_break(FACILITY, rows(path)) is None


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_its_day_ends_as_it_ended(path: Path) -> None:
    day = fold(read(row.type, row.version, row.body) for row in rows(path))
    assert ends(day) == msgspec.json.decode(path.with_name(f"{path.stem}.ends.json").read_bytes())
    assert day.closed


def test_the_newest_holds_every_event_and_is_written_back_byte_for_byte() -> None:
    kept = rows(JOURNAL)
    assert {row.type for row in kept} == set(TYPES)
    for row in kept:
        assert write(read(row.type, row.version, row.body)) == (row.type, row.version, row.body)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.defaults.json")), ids=lambda path: path.stem)
def test_no_default_changed_since(path: Path) -> None:
    """A new field may come with a default; an old one keeps its own, or its events get a new version."""
    now = defaults()
    kept: dict[str, dict[str, Any]] = msgspec.json.decode(path.read_bytes())
    assert {name: {field: now[name][field] for field in fields} for name, fields in kept.items()} == kept


def test_the_story_can_be_written_anew() -> None:
    hospital = story()
    assert {type(event) for event in hospital.journal} == set(TYPES.values())
    assert len(lines(hospital)) == len(hospital.journal)
