"""`queue-server accuracy`: how a day's promises held, from a real journal."""

import json
from pathlib import Path

from typer.testing import CliRunner

from queue_server.app import DATABASE
from queue_server.cli import app
from queue_server.site import demo, load
from queue_server.store.port import Batch
from queue_server.store.sql import SqlStore
from tests.support.hospital import DAY, MINUTE, Hospital
from tests.support.store_stories import entries


def morning() -> Hospital:
    h = Hospital(check=False)
    for _ in range(12):
        h.register("fee", "check")
    step = h.called("vitals_1")
    for _ in range(11):
        h.advance(3 * MINUTE)
        step = h.called("vitals_1", step)
    return h


def kept(folder: Path, h: Hospital) -> None:
    store = SqlStore(folder / DATABASE, load(demo()).facility.id, "writer")
    store.open()
    store.commit(Batch(0, entries(h.journal, at=h.now, day=DAY), [], [], []))
    store.close()


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["accuracy", *arguments])
    return result.exit_code, result.output


def test_it_says_how_promises_held_by_service_and_hour(tmp_path: Path) -> None:
    h = morning()
    kept(tmp_path, h)
    tally = h.day.tallies["vitals", 7]
    assert tally.judged == 12
    code, text = said(str(demo()), "--data", str(tmp_path), "--day", DAY)
    assert code == 0
    vietnamese, english, everything, service, hour = text.splitlines()
    assert vietnamese.startswith("dịch vụ")
    assert english.startswith("service")
    assert everything.split()[:4] == ["tất", "cả", "/", "all"]
    assert service.split()[:2] == ["vitals", "12"]
    assert hour.split()[:3] == ["vitals", "07:00", "12"]
    code, text = said(str(demo()), "--data", str(tmp_path), "--day", DAY, "--json")
    lines = json.loads(text)
    assert code == 0
    assert [line["hour"] for line in lines] == [None, None, 7]
    assert lines[-1]["judged"] == 12
    assert lines[-1]["usually_by_held"] == round(tally.held / 12, 4)
    assert lines[-1]["error"] == round(tally.error / 12 / 60, 2)


def test_a_day_before_anybody_was_called_and_no_day_at_all(tmp_path: Path) -> None:
    kept(tmp_path, Hospital(check=False))
    code, text = said(str(demo()), "--data", str(tmp_path), "--day", DAY)
    assert (code, text) == (0, "chưa gọi ai đã được báo giờ / nobody who was told a time was called yet\n")
    code, text = said(str(demo()), "--data", str(tmp_path), "--day", "2026-01-01")
    assert code == 1
    assert "has nothing of 2026-01-01" in text
    code, text = said(str(demo()), "--data", str(tmp_path / "none"))
    assert code == 1
    assert "has no journal" in text
