"""The bench is never part of the tests; what it promises to whoever reads its output is."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from queue_server.protocol.codes import KioskMode
from queue_server.site import load
from scripts.bench_parts import hospital, same_rows
from scripts.bench_parts.__main__ import main
from scripts.bench_parts.figures import Report
from scripts.bench_parts.frames import masked, split
from scripts.bench_parts.paper_feed import SwiftPrinter
from scripts.bench_parts.terminal import Terminal

ROOT = Path(__file__).parents[2]


def test_help_names_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(
        part in told for part in ("durable", "fanout", "restart", "kiosk", "--only", "--json", "--quick")
    )


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


def test_a_steward_scans_card_after_card_at_one_of_its_kiosks(tmp_path: Path) -> None:
    kiosks = load(hospital.write_site(tmp_path / "site.toml", hospital.day_began(2))).facility.kiosks
    assert [kiosk.mode for kiosk in kiosks.values()] == [KioskMode.FULL, KioskMode.STEWARD]


def test_a_button_is_tapped_where_the_program_drew_it() -> None:
    program = r"print('\x1b[2J\x1b[5;7HLấy số'); input()"
    with Terminal([sys.executable, "-c", program]) as screen:
        assert screen.wait("Lấy số") > screen.began
        assert screen.memory() > 1
        assert screen.tap("Lấy số") == b"\x1b[<0;10;5M\x1b[<0;10;5m"


def test_the_printer_tells_when_the_first_byte_of_a_job_came() -> None:
    with SwiftPrinter() as printer, socket.create_connection(("127.0.0.1", printer.port)) as line:
        line.sendall(b"\x10\x04\x01")
        assert line.recv(1) == b"\x12"
        began = time.perf_counter()
        line.sendall(b"\x1b@dots\x1dr\x01")
        assert line.recv(1) == b"\x00"
        assert printer.printed() > began


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
