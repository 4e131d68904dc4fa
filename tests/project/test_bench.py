"""The bench is never part of the tests; what it promises to whoever reads its output is."""

import subprocess
from pathlib import Path

import pytest

from queue_server.site import load
from scripts.bench_parts import hospital, same_rows
from scripts.bench_parts.__main__ import main
from scripts.bench_parts.figures import Report
from scripts.bench_parts.frames import masked, split

ROOT = Path(__file__).parents[2]


def test_help_names_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(part in told for part in ("durable", "fanout", "restart", "--only", "--json", "--quick"))


def test_figures_become_flat_pairs_of_name_and_number(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.add("durable.ratio", "of raw", [0.3, 0.2, 0.5], "0.3")
    report.add("restart.events", "events", [160_000])
    assert report.flat() == {
        "durable.ratio": 0.3,
        "durable.ratio.min": 0.2,
        "durable.ratio.max": 0.5,
        "restart.events": 160_000,
    }
    assert "0.3" in capsys.readouterr().out


def test_the_measured_hospital_is_one_that_the_server_takes(tmp_path: Path) -> None:
    site = load(hospital.write_site(tmp_path / "site.toml", hospital.day_began(2)))
    assert len(site.facility.clinics) == len(hospital.clinics()) == 150


def test_frames_are_taken_apart_as_they_come() -> None:
    short, long = b"x" * 125, b"y" * 300
    stream = b"\x81\x7d" + short + b"\x81\x7e" + (300).to_bytes(2) + long
    assert split(stream) == ([(1, short), (1, long)], b"")
    assert split(stream[:-1]) == ([(1, short)], stream[127:-1])
    assert masked(short)[1] == 0x80 | 125
    assert masked(long)[1:4] == b"\xfe" + (300).to_bytes(2)


def test_a_single_row_is_a_sync(tmp_path: Path) -> None:
    syncs = same_rows.Syncs(tmp_path / "syncs.sqlite")
    assert syncs.one(100) > 0
    syncs.close()


def test_the_script_is_a_shell_script_that_ends_in_the_package() -> None:
    subprocess.run(["sh", "-n", ROOT / "scripts" / "bench"], check=True)
