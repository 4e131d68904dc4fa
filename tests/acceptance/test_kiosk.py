"""A kiosk in its terminal when things go wrong: codes nobody can read, a server that is silent or dies."""

import sqlite3
from contextlib import closing
from pathlib import Path

import zxingcpp
from PIL import Image

from kiosk.identity import ticket_code
from tests.support import proofs
from tests.support.processes import Server, VirtualPrinter, morning_site, program
from tests.support.served import Message, register
from tests.support.talks import asked, done
from tests.support.terminal import Terminal

CARD = "031185004477|240512345|Đặng Thị Hồng Ngọc|02031985|Nữ|12 Ngõ 5 Lạch Tray, Hải Phòng|25042021"
WELCOME = "Mời quý vị lấy số khám bệnh"
AGAIN = "Mời quét lại hoặc bấm nút bên dưới."
USELESS = {
    CARD[:40]: "Mã chưa đọc rõ",
    "000000000000": "Số này không phải số căn cước",
    "DL:NOSUCHTICKET": "Mã chưa đọc rõ",
    "https://example.vn/thuc-don": "Đây là mã trang web",
    "hoa-don-ban-hang-000123": "Đây không phải căn cước, thẻ BHYT hay phiếu khám",
}


def kiosk(
    server: Server, folder: Path, printer: str = "127.0.0.1:9", *, columns: int = 100, rows: int = 34
) -> Terminal:
    command = program(
        "queue-kiosk",
        *("--server", server.address, "--kiosk", "kiosk-1", "--token", "demo-kiosk-1"),
        *("--printer", printer, "--data", str(folder / "kiosk")),
    )
    return Terminal(command, columns=columns, rows=rows)


def test_a_code_that_cannot_be_used_is_scanned_again_and_nothing_is_stored(tmp_path: Path) -> None:
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(morning_site(tmp_path), tmp_path / "data") as server,
    ):
        with kiosk(server, tmp_path, printer.address) as terminal:
            terminal.wait_for(WELCOME, "Đã kết nối")
            for code, why in USELESS.items():
                terminal.wait_still()
                terminal.scan(code)
                terminal.wait_for(why, AGAIN)
            # Bytes that are no text at all, as a scanner set to another keyboard or a loose plug gives them.
            terminal.wait_still()
            terminal.send(b"\xff\xfe03118\xc3\r")
            terminal.wait_still()
            terminal.scan(CARD)
            terminal.wait_for("Ngọc", "1985", "477")
            terminal.press("escape")
        assert server.stop() == 0
    found = proofs.kept(tmp_path / "data")
    assert not found.day.visits
    # Once, as it begins, the kiosk says that its printer works: that changes nothing, and is answered.
    assert len(found.replies) <= 1
    assert not [entry for entry in found.entries if entry.command_id]
    with closing(sqlite3.connect(server.database)) as database:
        assert database.execute("SELECT count(*) FROM patient").fetchone() == (0,)


def test_after_the_server_was_killed_the_same_card_finds_its_number(tmp_path: Path) -> None:
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(morning_site(tmp_path, "district-beside"), tmp_path / "data") as server,
        kiosk(server, tmp_path, printer.address) as terminal,
    ):
        terminal.wait_for(WELCOME, "Đã kết nối")
        _check_in(terminal)
        terminal.wait_for("Số của quý vị", "A001", "Mời lấy phiếu bên dưới")
        first = _code(printer.ticket())
        server.kill()
        terminal.wait_for("Mất kết nối")
        server.start()
        terminal.wait_for("Đã kết nối")
        terminal.wait_still()
        terminal.press("1")
        terminal.wait_for(WELCOME)
        _say_yes(terminal)
        terminal.wait_for("Hôm nay quý vị đã có số: A001", "đang chờ")
        terminal.wait_still()
        terminal.press("1")
        terminal.wait_for("Phiếu in lại. Số giữ nguyên.")
        assert _code(printer.ticket()) == first
        assert server.stop() == 0
    day = proofs.kept(tmp_path / "data").day
    assert len(day.visits) == 1
    assert sorted(paper.reprint for paper in day.prints.values()) == [False, True]


def test_a_scanned_ticket_tells_what_to_mind_and_takes_word_that_its_holder_is_ready(tmp_path: Path) -> None:
    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        token = _sent_to_tests(server.port)
        with kiosk(server, tmp_path, columns=67, rows=16) as terminal:
            terminal.wait_for(WELCOME, "Đã kết nối")
            terminal.wait_still()
            terminal.scan(ticket_code.payload(token))
            terminal.wait_for("nên đi trước", "nhịn ăn", "1 Tôi đã nhịn tiểu đủ")
            assert _ultrasound(server.port, token)["state"] == "planned"
            terminal.wait_still()
            terminal.press("1")
            terminal.wait_for("Đã ghi nhận quý vị đã sẵn sàng.", "Siêu âm bàng quang – tiểu khung: đang chờ")
            assert "Tôi đã nhịn tiểu đủ" not in terminal.screen
            stop = _ultrasound(server.port, token)
            assert stop["state"] == "queued"
            assert not stop.get("may_open")
            terminal.wait_still()
            terminal.press("escape")
            terminal.wait_for(WELCOME)
        assert server.stop() == 0


def _sent_to_tests(port: int) -> str:
    """The token of a patient who has been at the desk and has a sample to give and a scan to be ready for."""
    ticket = done(port, "supervisor", register(service="general"))
    orders = [{"service": service} for service in ("sampling-fasting", "ultrasound-full")]
    done(port, "supervisor", {"type": "add_steps", "visit": ticket["visit"], "orders": orders})
    called = done(port, "supervisor", {"type": "call_next", "clinic": "reception-1"})
    done(port, "supervisor", {"type": "finish", "step": called["step"]})
    return str(ticket["token"])


def _ultrasound(port: int, token: str) -> Message:
    told = asked(port, "supervisor", {"type": "where_now", "token": token})
    (stop,) = (stop for stop in told["stops"] if "full_bladder" in stop.get("needs", ()))
    return dict(stop)


def _check_in(terminal: Terminal) -> None:
    """Scan the card, say yes, choose the first route."""
    _say_yes(terminal)
    terminal.wait_for("Hôm nay quý vị đến để làm gì?")
    terminal.wait_still()
    terminal.press("1")


def _say_yes(terminal: Terminal) -> None:
    terminal.wait_still()
    terminal.scan(CARD)
    terminal.wait_for("Ngọc")
    terminal.wait_still()
    terminal.press("1")


def _code(ticket: Path) -> str:
    with Image.open(ticket) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    return code.text
