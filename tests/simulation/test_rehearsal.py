"""A past day from a real journal under other rules."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from queue_server.engine.decision import EngineCommand, Rejection
from queue_server.engine.events import Event, VisitChanged, VisitRegistered
from queue_server.engine.model import Actor
from queue_server.protocol.results import Outcome
from queue_server.store.port import Batch, JournalEntry
from queue_server.store.sql import SqlStore
from scripts.simulation import days, rehearsal
from scripts.simulation.__main__ import main
from scripts.simulation.crowds import MINUTE
from scripts.simulation.profiles import DATE, PROFILES
from scripts.simulation.variants import Variant
from scripts.simulation.world import World


@pytest.fixture
def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A commune station's day, its journal in queue.sqlite of the folder as a server leaves it."""
    plan = days.of_profile(PROFILES["commune"], warm=False)
    world = World(plan.facility, DATE, plan.happenings(plan.facility, 1, DATE))
    opened = world.house.opened
    entries = [JournalEntry(1, DATE, opened.at, "clock", "", opened)]
    by = "clock"
    do, hear = world.house.do, world._hear

    def does(command: EngineCommand, actor: Actor) -> Outcome | Rejection:
        nonlocal by
        by = actor.device
        return do(command, actor)

    def heard(now: int, events: Sequence[Event]) -> None:
        for event in events:
            entries.append(JournalEntry(len(entries) + 1, DATE, now, by, "", event))
        hear(now, events)

    monkeypatch.setattr(world.house, "do", does)
    monkeypatch.setattr(world.house, "_hear", heard)
    world.run()
    store = SqlStore(tmp_path / "queue.sqlite", plan.facility.id, "lived")
    store.open()
    store.commit(Batch(0, entries, (), (), ()))
    store.close()
    return world


def test_a_day_is_read_as_it_was_lived(lived: World, tmp_path: Path) -> None:
    past = rehearsal._past_day(rehearsal.read(tmp_path, None))
    assert past.date == DATE
    assert len(past.happenings.patients) == 30
    assert past.left_out == {}
    arrivals = sorted(patient.at + lived.house.midnight for patient in past.happenings.patients)
    assert arrivals == sorted(visit.arrived_at for visit in lived.watch.visits.values())
    waited = {visit: log.waited / MINUTE for visit, log in lived.watch.visits.items()}
    assert past.recorded == pytest.approx(waited, abs=0.01)


def test_visits_of_a_day_that_is_not_over_are_left_out_and_told(lived: World, tmp_path: Path) -> None:
    entries = rehearsal.read(tmp_path, None)
    first = next(
        n for n, entry in enumerate(entries) if isinstance(entry.event, VisitChanged) and entry.event.now.end
    )
    past = rehearsal._past_day(entries[:first])
    assert len(past.happenings.patients) == 0
    assert sum(past.left_out.values()) == sum(isinstance(e.event, VisitRegistered) for e in entries[:first])
    assert "are still open, the day is not over" in past.left_out


def test_played_again_as_it_was_it_comes_out_much_the_same(lived: World, tmp_path: Path) -> None:
    past = rehearsal._past_day(rehearsal.read(tmp_path, DATE))
    again = rehearsal._waits(past, Variant())
    assert set(again) == set(past.recorded)
    recorded = sum(past.recorded.values()) / 30
    assert sum(again.values()) / 30 == pytest.approx(recorded, rel=0.3, abs=3.0)


def test_it_says_who_would_have_waited_less_and_who_more(
    lived: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (tmp_path / "queue.sqlite").read_bytes()
    out = tmp_path / "visits.csv"
    given = ["--journal", str(tmp_path), "--day", DATE, "--policy", "ratio:1:1", "--balance", "pooled"]
    assert main([*given, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "30 visits, 30 of them played again" in told
    assert "would have waited less" in told
    assert "by deciles" in told
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert tuple(rows[0]) == rehearsal.OUT
    assert (tmp_path / "queue.sqlite").read_bytes() == before


def test_what_is_no_journal_is_refused(
    lived: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--journal", str(tmp_path), "--day", "2026-01-01"]) == 2
    assert f"there are: {DATE}" in capsys.readouterr().err
    (tmp_path / "other.sqlite").write_text("this is no database", encoding="utf-8")
    assert main(["--journal", str(tmp_path / "other.sqlite")]) == 2
    assert "cannot be read as a journal" in capsys.readouterr().err
