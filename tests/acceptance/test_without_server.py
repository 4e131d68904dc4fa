"""A kiosk in its terminal while the server is away, silent, killed, or does not know it any more."""

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import zxingcpp
from PIL import Image

from queue_server.engine.model import Day
from queue_server.protocol.codes import Note, PrintState
from tests.support import proofs
from tests.support.offline_kiosk import known_here
from tests.support.processes import Server, VirtualPrinter, morning_site, program
from tests.support.terminal import Terminal

CARD = "031185004477|240512345|Đặng Thị Hồng Ngọc|02031985|Nữ|12 Ngõ 5 Lạch Tray, Hải Phòng|25042021"
OTHER = "001085000456||Lê Văn Mẫu|01021985|Nam|Số 2 Đường Ví Dụ|01052021"
WELCOME = "Mời quý vị lấy số khám bệnh"
TO_THE_DESK = "Mời quý vị đưa số này cho nhân viên ở đó."
SITE = "district-beside"
AT_MOST = 2.0
"""Seconds that switching may cost a patient."""


def kiosk(server: Server, folder: Path, printer: VirtualPrinter, token: str = "demo-kiosk-1") -> Terminal:
    command = program(
        "queue-kiosk",
        *("--server", server.address, "--kiosk", "kiosk-1", "--token", token),
        *("--printer", printer.address, "--data", str(known_here(folder / "kiosk"))),
    )
    return Terminal(command, columns=100, rows=34)


def chooses(terminal: Terminal, card: str, name: str) -> None:
    """Scan a card, say yes, choose the first kind of visit."""
    terminal.wait_still()
    terminal.scan(card)
    terminal.wait_for(name)
    terminal.wait_still()
    terminal.press("1")
    terminal.wait_for("Hôm nay quý vị đến để làm gì?")
    terminal.wait_still()
    terminal.press("1")


def next_patient(terminal: Terminal) -> None:
    terminal.wait_still()
    terminal.press("1")
    terminal.wait_for(WELCOME)


def day_of(folder: Path) -> Day:
    return proofs.kept(folder / "data").day


def holds(day: Day, number: str) -> bool:
    """Whether one visit has this number, a paper of it is known, and staff see how it came."""
    visit = day.visits[day.numbers[number]]
    papers = [paper for paper in day.prints.values() if paper.visit == visit.id]
    known = any(paper.part.state is PrintState.ACKNOWLEDGED for paper in papers)
    return visit.part.number == number and known and Note.OFFLINE in visit.part.notes


def test_while_the_server_is_gone_patients_get_numbers_that_become_their_visits(tmp_path: Path) -> None:
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(morning_site(tmp_path, SITE), tmp_path / "data") as server,
        kiosk(server, tmp_path, printer) as terminal,
    ):
        terminal.wait_for(WELCOME, "Đã kết nối")
        server.kill()
        terminal.wait_for("Mất kết nối")
        chooses(terminal, CARD, "Ngọc")
        began = time.monotonic()
        terminal.wait_for("Số của quý vị", "K01-001", TO_THE_DESK)
        printer.ticket()
        assert time.monotonic() - began < AT_MOST
        next_patient(terminal)
        chooses(terminal, OTHER, "Mẫu")
        terminal.wait_for("K01-002")
        code = _code(printer.ticket())
        next_patient(terminal)
        # The same card again, and then the paper: what this kiosk knows, it tells by itself.
        terminal.wait_still()
        terminal.scan(CARD)
        terminal.wait_for("Ngọc")
        terminal.wait_still()
        terminal.press("1")
        terminal.wait_for("Hôm nay quý vị đã có số: K01-001")
        terminal.wait_still()
        terminal.press("escape")
        terminal.wait_for(WELCOME)
        terminal.wait_still()
        terminal.scan(code)
        terminal.wait_for("K01-002", "Tiếp nhận")
        server.start()
        terminal.wait_for("Đã kết nối")
        terminal.wait_still()
        # The code on the paper leads to the visit from now on.
        terminal.scan(code)
        terminal.wait_for("K01-002")
        terminal.wait_still()
        terminal.press("escape")
        terminal.wait_for(WELCOME)
        assert server.stop() == 0
    day = day_of(tmp_path)
    assert holds(day, "K01-001")
    assert holds(day, "K01-002")
    assert len(day.visits) == 2


def test_a_silent_server_costs_a_patient_two_seconds_and_its_late_answer_is_theirs(tmp_path: Path) -> None:
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(morning_site(tmp_path, SITE), tmp_path / "data") as server,
        kiosk(server, tmp_path, printer) as terminal,
    ):
        terminal.wait_for(WELCOME, "Đã kết nối")
        with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            chooses(terminal, CARD, "Ngọc")
            began = time.monotonic()
            terminal.wait_for("K01-001", TO_THE_DESK)
            assert time.monotonic() - began < AT_MOST + 0.5
            printer.ticket()
            other.execute("ROLLBACK")
        _until(lambda: _registered(server) == 1)
        next_patient(terminal)
        chooses(terminal, OTHER, "Mẫu")
        terminal.wait_for("A002")
        printer.ticket()
        assert server.stop() == 0
    day = day_of(tmp_path)
    assert holds(day, "K01-001")
    assert sorted(visit.part.number for visit in day.visits.values()) == ["A002", "K01-001"]


def test_a_kiosk_that_is_killed_tells_of_its_papers_when_it_begins_anew(tmp_path: Path) -> None:
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(morning_site(tmp_path, SITE), tmp_path / "data") as server,
    ):
        with kiosk(server, tmp_path, printer) as terminal:
            terminal.wait_for(WELCOME, "Đã kết nối")
            server.kill()
            terminal.wait_for("Mất kết nối")
            chooses(terminal, CARD, "Ngọc")
            terminal.wait_for("K01-001", "Mời lấy phiếu bên dưới")
            os.kill(terminal.process.pid, signal.SIGKILL)
            terminal.wait_end()
        with kiosk(server, tmp_path, printer) as terminal:
            # Nobody is there to tell it anything: it offers what it remembers, and counts on.
            terminal.wait_for(WELCOME, "Mất kết nối")
            chooses(terminal, OTHER, "Mẫu")
            terminal.wait_for("K01-002", "Mời lấy phiếu bên dưới")
            server.start()
            terminal.wait_for("Đã kết nối")
            _until(lambda: _registered(server) == 2)
            terminal.wait_still()
        assert server.stop() == 0
    day = day_of(tmp_path)
    assert {visit.part.number for visit in day.visits.values()} == {"K01-001", "K01-002"}
    assert holds(day, "K01-002")


def test_a_kiosk_that_is_not_known_any_more_gives_no_numbers_and_keeps_what_it_has(tmp_path: Path) -> None:
    site = morning_site(tmp_path, SITE)
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(site, tmp_path / "data") as server,
    ):
        with kiosk(server, tmp_path, printer) as terminal:
            terminal.wait_for(WELCOME, "Đã kết nối")
            server.kill()
            terminal.wait_for("Mất kết nối")
            chooses(terminal, CARD, "Ngọc")
            terminal.wait_for("K01-001", "Mời lấy phiếu bên dưới")
            known = site.read_text(encoding="utf-8")
            assert known.count('"demo-kiosk-1"') == 1
            site.write_text(known.replace('"demo-kiosk-1"', '"another-token-kiosk-1"'), encoding="utf-8")
            server.start()
            terminal.wait_for("Máy này đã ngừng phục vụ", "Bị từ chối")
        assert _registered(server) == 0
        with kiosk(server, tmp_path, printer) as terminal:
            # It was refused before, and says so at once.
            terminal.wait_for("Máy này đã ngừng phục vụ")
            terminal.wait_still()
            # And begins nothing that nobody could end.
            terminal.scan(OTHER)
            shown = terminal.wait_still()
            assert "Mẫu" not in shown
            assert "Mời quý vị đến bàn hướng dẫn." in shown
        with kiosk(server, tmp_path, printer, "another-token-kiosk-1") as terminal:
            terminal.wait_for(WELCOME, "Đã kết nối")
            _until(lambda: _registered(server) == 1)
            terminal.wait_still()
        assert server.stop() == 0
    day = day_of(tmp_path)
    assert [visit.part.number for visit in day.visits.values()] == ["K01-001"]


def _registered(server: Server) -> int:
    with closing(sqlite3.connect(server.database)) as database:
        (count,) = database.execute("SELECT count(*) FROM journal WHERE type = 'visit_registered'").fetchone()
    return int(count)


def _until(holds: object) -> None:
    assert callable(holds)
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def _code(ticket: Path) -> str:
    with Image.open(ticket) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    return code.text
