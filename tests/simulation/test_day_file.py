"""A day as a CSV: played as written, or refused row by row."""

import csv
import json
from pathlib import Path

import pytest

from queue_server import site
from scripts.simulation import day_file
from scripts.simulation.__main__ import main

HEADING = "arrival,service,lane,service_seconds,clinic,steps,no_show,walk_seconds"


SMALL = """
[facility]
id = "small"
name = { vi = "Nhỏ", en = "Small" }
time_zone = "Asia/Ho_Chi_Minh"
reception = "reception"
[halls.hall-1]
name = { vi = "Sảnh", en = "Hall" }
floor = { vi = "Tầng 1", en = "1st floor" }
[services.reception]
name = { vi = "Tiếp nhận", en = "Reception" }
kind = "reception"
letter = "A"
minutes = 3
[services.exam]
name = { vi = "Khám", en = "Exam" }
kind = "exam"
minutes = 5
[clinics.desk]
name = { vi = "Quầy", en = "Desk" }
room = "1"
kind = "reception"
hall = "hall-1"
services = ["reception"]
[clinics.room-2]
name = { vi = "Phòng 2", en = "Room 2" }
room = "2"
kind = "exam"
hall = "hall-1"
services = ["exam"]
[[sessions]]
clinic = "room-2"
from = "07:00"
to = "17:00"
capacity = 5
[payers.fee]
label = { vi = "Tự trả", en = "Fee" }
[routes.fee-exam]
payer = "fee"
kind = "exam"
label = { vi = "Khám", en = "Exam" }
steps = ["reception", "@exam"]
"""


def _file(folder: Path, *rows: str, heading: str = HEADING) -> Path:
    path = folder / "day.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_row_becomes_a_patient(tmp_path: Path) -> None:
    facility = site.load(site.demo()).facility
    path = _file(tmp_path, "07:00:30,general,priority,420,room-2,sampling:180;ultrasound:500,0,40")
    (patient,) = day_file.load(path, facility)
    assert patient.at == ((7 * 60) * 60 + 30) * 1000
    assert (patient.exam, patient.lane.value, patient.clinic) == ("general", "priority", "room-2")
    assert patient.first == {"general": 420.0}
    assert [(stop.service, stop.seconds) for stop in patient.orders] == [
        ("sampling", 180.0),
        ("ultrasound", 500.0),
    ]
    assert patient.door == 40_000
    assert not patient.leaves


def test_what_need_not_be_there_may_be_left_out(tmp_path: Path) -> None:
    facility = site.load(site.demo()).facility
    path = _file(tmp_path, "7:05,general,walk_in,60.5", "", heading="arrival,service,lane,service_seconds")
    (patient,) = day_file.load(path, facility)
    assert (patient.clinic, patient.orders, patient.leaves, patient.door) == ("", (), False, 0)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("25:00:00,general,walk_in,60,,,,", "arrival"),
        ("late,general,walk_in,60,,,,", "arrival"),
        (",general,walk_in,60,,,,", "arrival is empty"),
        ("07:00:00,generl,walk_in,60,,,,", '"generl" is not offered'),
        ("07:00:00,general,vip,60,,,,", "urgent, priority, appointment, walk_in"),
        ("07:00:00,general,walk_in,0,,,,", "service_seconds"),
        ("07:00:00,general,walk_in,-5,,,,", "service_seconds"),
        ("07:00:00,general,walk_in,nan,,,,", "service_seconds"),
        ("07:00:00,general,walk_in,1e5,,,,", "service_seconds"),
        ("07:00:00,general,walk_in,99999,,,,", "28800"),
        ("07:00:00,general,walk_in,60,room-5,,,", '"room-5" does not serve general'),
        ("07:00:00,general,walk_in,60,,sampling,,", "steps"),
        ("07:00:00,general,walk_in,60,,sampling:60;scan:60,,", '"scan" is not offered'),
        ("07:00:00,general,walk_in,60,,,yes,", "no_show"),
        ("07:00:00,general,walk_in,60,,,,-1", "walk_seconds"),
        ("07:00:00,general,walk_in,60,,,,,more", "9 cells"),
    ],
)
def test_a_row_that_cannot_be_played_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, told: str
) -> None:
    path = _file(tmp_path, "07:00:00,general,walk_in,60,,,,", row)
    assert main(["--site", str(site.demo()), "--day", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "row 3: " in said.err
    assert told in said.err
    assert "; write" in said.err


def test_all_bad_rows_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["x,general,walk_in,60,,,,", "07:00:00,general,walk_in,60,,,,", "07:00:00,nowhere,vip,0,,,,"]
    assert main(["--site", str(site.demo()), "--day", str(_file(tmp_path, *rows))]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("row ")[2].partition(":")[0] for line in lines] == ["2", "4", "4", "4"]


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("arrival,service,lane", '"service_seconds" is missing'),
        ("arrival,service,lane,service_seconds,doctor", 'no column "doctor"'),
        ("arrival,service,lane,lane,service_seconds", '"lane" is there twice'),
    ],
)
def test_a_heading_that_is_wrong_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], heading: str, told: str
) -> None:
    path = _file(tmp_path, "07:00:00,general,walk_in,60", heading=heading)
    assert main(["--site", str(site.demo()), "--day", str(path)]) == 2
    assert told in capsys.readouterr().err


def test_a_file_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--site", str(site.demo()), "--day", str(tmp_path / "none.csv")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "day.csv").write_bytes(b"arrival\xff")
    assert main(["--site", str(site.demo()), "--day", str(tmp_path / "day.csv")]) == 2
    assert "UTF-8" in capsys.readouterr().err
    assert main(["--site", str(site.demo()), "--day", str(_file(tmp_path))]) == 2
    assert "no patient" in capsys.readouterr().err


def test_urgent_is_urgent_and_nobody_is_lost_whatever_the_site_calls_its_services(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A site without reasons, whose doctor's service is called like a kind of visit, with room for five."""
    path = tmp_path / "site.toml"
    path.write_text(SMALL, encoding="utf-8")
    rows = [f"07:0{minute}:00,exam,walk_in,600,,,{minute // 3},," for minute in range(4)]
    rows += ["07:04:00,exam,urgent,300,,,,", "07:05:00,exam,walk_in,300,,,,"]
    out = tmp_path / "visits.csv"
    day = _file(tmp_path, *(row.removesuffix(",") for row in rows))
    assert main(["--site", str(path), "--day", str(day), "--out", str(out)]) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        visits = list(csv.DictReader(file))
    urgent = visits[4]
    assert urgent["lane"] == "urgent"
    assert float(urgent["wait_minutes"]) == pytest.approx(6, abs=0.1)
    assert [visit["end"] for visit in visits] == ["completed"] * 3 + ["cancelled", "completed"]
    assert "1 got no number (session_full 1)" in capsys.readouterr().out


def test_a_day_is_played_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        "07:00:00,neurology,walk_in,600,,,,",
        "07:01:00,neurology,walk_in,600,,,,",
        "07:02:00,neurology,priority,300,,,,",
        "07:30:00,neurology,walk_in,60,,sampling:60,,",
        "07:40:00,neurology,walk_in,60,,,1,",
    ]
    out, told = tmp_path / "visits.csv", tmp_path / "told.json"
    given = ["--site", str(site.demo()), "--day", str(_file(tmp_path, *rows))]
    assert main([*given, "--out", str(out), "--json", str(told)]) == 0
    assert "Waiting in a visit's lines" in capsys.readouterr().out
    with out.open(encoding="utf-8-sig", newline="") as file:
        visits = list(csv.DictReader(file))
    # The first is seen at once, the priority patient passes the second.
    assert [float(visit["wait_minutes"]) for visit in visits[:3]] == pytest.approx([0, 14, 8], abs=0.1)
    assert [visit["end"] for visit in visits] == ["completed"] * 4 + ["cancelled"]
    assert visits[3]["tests"] == "1"
    assert visits[4]["absences"] == "1"
    (run,) = json.loads(told.read_text(encoding="utf-8"))["runs"]
    assert set(run) == {
        "policy",
        "balance",
        "authority",
        "visits",
        "wait_minutes",
        "by_lane",
        "total_minutes",
        "half_done",
        "estimates",
    }
    assert (run["policy"], run["balance"], run["authority"], run["visits"]) == (
        "site",
        "earliest_start",
        "alone",
        5,
    )
    assert set(run["wait_minutes"]) == {"mean", "p50", "p90", "p95", "max"}
    assert set(run["total_minutes"]) == {"0", "1", "2", "3"}
    assert set(run["estimates"]) == {"p10_broken", "p80_held", "mae_minutes", "naive_mae_minutes"}
    assert set(run["by_lane"]["walk_in"]) == set(run["wait_minutes"])
