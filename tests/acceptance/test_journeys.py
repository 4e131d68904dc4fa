"""Two patients on real parts, from the card to the end of the visit: kiosk, console and board in terminals,
the ticket on a printer, the server beside them all."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kiosk.identity import OwnTicket, ticket_code
from queue_server.protocol.codes import VisitEnd
from tests.support import proofs
from tests.support.processes import Server, VirtualPrinter, morning_site, program
from tests.support.served import Message, Talk
from tests.support.talks import accepted, asked, do, done, rows, run
from tests.support.terminal import Terminal

NAME = "Đặng Thị Hồng Ngọc"
CARD = f"031185004477|240512345|{NAME}|02031985|Nữ|12 Ngõ 5 Lạch Tray, Hải Phòng|25042021"
SOON = 1.0
"""Seconds from a key at the console to the number in the hall."""


@dataclass
class House:
    """A running hospital; `open` adds a program in a terminal."""

    server: Server
    printer: VirtualPrinter
    folder: Path
    terminals: ExitStack

    def kiosk(self) -> Terminal:
        return self._open(
            program(
                "queue-kiosk",
                *("--server", self.server.address, "--kiosk", "kiosk-1", "--token", "demo-kiosk-1"),
                *("--printer", self.printer.address, "--data", str(self.folder / "kiosk")),
            ),
            100,
            34,
        )

    def board(self, number: int) -> Terminal:
        arguments = ("--hall", f"hall-{number}", "--token", f"demo-board-{number}")
        return self._open(program("queue-board", "--server", self.server.address, *arguments), 80, 24)

    def console(self, clinic: str, device: str, role: str = "clinic") -> Terminal:
        arguments = ("--clinic", clinic, "--token", f"demo-{device}", "--role", role)
        return self._open(program("queue-console", "--server", self.server.address, *arguments), 110, 36)

    def _open(self, command: list[str], columns: int, rows: int) -> Terminal:
        return self.terminals.enter_context(Terminal(command, columns=columns, rows=rows))


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    site = morning_site(tmp_path, request.param)
    with (
        VirtualPrinter(tmp_path / "tickets") as printer,
        Server(site, tmp_path / "data") as server,
        ExitStack() as terminals,
    ):
        yield House(server, printer, tmp_path, terminals)


@pytest.mark.parametrize("house", ["district-beside"], indirect=True)
def test_an_insured_patient_beside_the_his(house: House) -> None:
    port = house.server.port
    kiosk, desk = house.kiosk(), house.console("reception-1", "reception", "reception")
    room, reception_hall, exam_hall = house.console("room-5", "clinic"), house.board(1), house.board(2)
    kiosk.wait_for("Mời quý vị lấy số khám bệnh", "Đã kết nối")
    desk.wait_for("Quầy tiếp nhận 1", "trực tuyến")
    room.wait_for("Tim mạch", "trực tuyến")
    reception_hall.wait_for("Chưa gọi số nào")
    exam_hall.wait_for("Chưa gọi số nào")
    took: list[float] = []

    # The card at the kiosk: who it is, what for, and the ticket.
    kiosk.wait_still()
    kiosk.scan(CARD)
    kiosk.wait_for("Ngọc", "1985", "477")
    number, token = _ticket(house, kiosk, "Khám bệnh bảo hiểm y tế")
    ticket = asked(port, "reception", {"type": "where_now", "token": token})
    assert ticket["number"] == number

    # Reception calls the number, scans the ticket and attaches room and HIS number.
    desk.wait_for(number, NAME)
    took.append(_call(desk, reception_hall, number))
    reception_hall.wait_for("Quầy tiếp nhận 1")
    desk.wait_still()
    desk.scan(ticket_code.payload(token))
    desk.wait_still()
    desk.press("m")
    desk.wait_for(f"{number}: phòng và số HIS")
    desk.scan("5 27")
    desk.wait_for("số gọi 27")
    desk.wait_still()
    desk.press("f")
    desk.wait_for(f"✓ Xong {number}")

    # Vital signs, then the exam room calls HIS's number: the hall reads the number, the room the name.
    vitals = done(port, "vitals", {"type": "call_next", "clinic": "vitals"})
    done(port, "vitals", {"type": "finish", "step": vitals["step"]})
    room.wait_for("27", NAME)
    took.append(_call(room, exam_hall, "27"))
    room.wait_for(NAME.upper())
    exam_hall.wait_for("Tim mạch")
    assert "Ngọc" not in exam_hall.screen

    # Blood and ultrasound, ordered at once.
    room.press("o")
    room.wait_for("Chỉ định cho 27", "Lấy mẫu xét nghiệm", "Siêu âm")
    # Fasting blood, urine and glucose stand between the two.
    for key in ("space", *["down"] * 4, "space", "enter"):
        room.wait_still()
        room.press(key)
    room.wait_for("Quay lại đây với kết quả")
    room.wait_still()
    room.press("1")
    room.wait_for("✓ Chỉ định 27")
    room.wait_still()
    room.press("f")
    room.wait_for("✓ Xong 27")
    steps = {clinic: _in_line(port, clinic) for clinic in ("sampling", "ultrasound-1")}
    assert [len(found) for found in steps.values()] == [1, 1], steps

    # One calls; for the other the patient is busy.
    blood = done(port, "sampling", {"type": "call_next", "clinic": "sampling"})
    assert [blood["step"]] == steps["sampling"]
    nobody = do(port, "supervisor", {"type": "call_next", "clinic": "ultrasound-1"})
    assert (nobody["type"], nobody["code"]) == ("rejected", "nobody_waiting")
    assert nobody["facts"]["why_empty"] == {"busy_elsewhere": 1}
    (scan,) = steps["ultrasound-1"]
    out_of_turn = {"type": "call_step", "clinic": "ultrasound-1", "step": scan, "reason": "call-doctor"}
    assert do(port, "supervisor", out_of_turn)["code"] == "patient_busy"
    done(port, "sampling", {"type": "finish", "step": blood["step"]})
    assert done(port, "supervisor", {"type": "call_next", "clinic": "ultrasound-1"})["step"] == scan
    done(port, "supervisor", {"type": "finish", "step": scan})

    # The results are there: back to the same practitioner, before those who come for the first time.
    done(port, "supervisor", {"type": "result_ready", "step": blood["step"]})
    done(port, "supervisor", {"type": "result_ready", "step": scan})
    (back,) = (row for row in rows(port, "clinic", "clinic:room-5").values() if row.get("order") == 1)
    assert (back["lane"], back["practitioner"], back["returning"]) == ("returning", "bs-vuong", True)
    sign = back["call_sign"]["text"]
    room.wait_for(sign, "quay lại với kết quả")
    took.append(_call(room, exam_hall, sign))
    room.wait_still()
    room.press("f")
    room.wait_for(f"✓ Xong {sign}")
    _ended(house, token, number)
    # A busy machine may be late once; the programs are not late by themselves.
    assert min(took) < SOON, took


@pytest.mark.parametrize("house", ["district"], indirect=True)
def test_a_fee_patient_where_all_is_ours(house: House) -> None:
    port = house.server.port
    earlier = run(_six_before(port))
    kiosk, till = house.kiosk(), house.console("cashier-5", "clinic")
    kiosk.wait_for("Mời quý vị lấy số khám bệnh", "Đã kết nối")
    till.wait_for("Quầy thu ngân 5", "trực tuyến")

    # What for and which exam is asked, because the hospital leaves both open; first to the cashier.
    kiosk.wait_still()
    kiosk.scan(CARD)
    kiosk.wait_for("Ngọc")
    number, token = _ticket(house, kiosk, "Khám bệnh dịch vụ", "Nội tổng hợp")
    assert _stops(port, token)[0]["place"]["label"]["vi"] == "Thu ngân"

    # Nobody is examined before they paid.
    reception_hall = house.board(1)
    reception_hall.wait_for("Chưa gọi số nào")
    till.wait_for(number, NAME)
    _call(till, reception_hall, number)
    till.wait_still()
    till.press("f")
    till.wait_for(f"✓ Xong {number}")

    # After the vital signs we choose the room: the one with the fewest expected minutes.
    expected = {
        row["clinic"]: row["expected"]
        for row in rows(port, "supervisor", "facility").values()
        if row["type"] == "facility_clinic" and row["services"] == ["general"]
    }
    assert len(set(expected.values())) > 1, expected
    vitals = done(port, "vitals", {"type": "call_next", "clinic": "vitals"})
    assert vitals["call_sign"]["text"] == number
    done(port, "vitals", {"type": "finish", "step": vitals["step"]})
    (chosen,) = (clinic for clinic in expected if _waits_at(port, clinic, number))
    assert expected[chosen] == min(expected.values()), (chosen, expected)

    # The room serves those who came before, then this patient; that is all there was to do.
    room, exam_hall = house.console(chosen, "clinic"), house.board(2)
    room.wait_for("Nội tổng hợp", NAME)
    called = ""
    while called != number:
        room.wait_still()
        called = _call_another(room, called)
    exam_hall.wait_for(number)
    assert "Ngọc" not in exam_hall.screen
    room.wait_still()
    room.press("f")
    room.wait_for(f"✓ Xong {number}")
    _ended(house, token, number, others=len(earlier))


def _ticket(house: House, kiosk: Terminal, route: str, exam: str = "") -> tuple[str, str]:
    """Say yes at the kiosk, choose route and exam, take the ticket: its number and what its QR code says."""
    kiosk.wait_still()
    kiosk.press("1")
    for title, choice in (("Hôm nay quý vị đến để làm gì?", route), ("chuyên khoa nào?", exam)):
        if choice:
            shown = kiosk.wait_for(title, choice)
            kiosk.wait_still()
            found = re.search(rf"(\d) {choice}", shown)
            assert found is not None, shown
            kiosk.press(found[1])
    kiosk.wait_for("Số của quý vị", "Mời lấy phiếu bên dưới")
    with Image.open(house.printer.ticket()) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    read = ticket_code.read(code.text, date(2026, 1, 1))
    assert isinstance(read, OwnTicket), code.text
    token = read.token
    number = str(asked(house.server.port, "reception", {"type": "where_now", "token": token})["number"])
    assert kiosk.shows(number), kiosk.screen
    return number, token


def _call(console: Terminal, board: Terminal, sign: str) -> float:
    """Call the next with the space bar; seconds until the number stood in the hall."""
    console.wait_for("CÁCH")
    assert not board.shows(sign)
    began = time.monotonic()
    console.press("space")
    board.wait_for(sign)
    took = time.monotonic() - began
    console.wait_for(f"Đã gọi {sign}")
    return took


def _in_line(port: int, clinic: str) -> list[str]:
    """Steps that wait at a clinic, in order or for a patient who is elsewhere."""
    shown = rows(port, "supervisor", f"clinic:{clinic}").values()
    return [row["key"] for row in shown if row["type"] == "clinic_step" and row["state"] == "queued"]


def _call_another(console: Terminal, called: str) -> str:
    """Call the next after `called` with the space bar; whom the console then says it called."""
    another = rf"✓ Đã gọi (?!{called or '-'}\b)(\w+)"
    console.wait_for("CÁCH")
    console.press("space")
    console.wait_until(lambda shown: re.search(another, shown) is not None, "a call of another")
    found = re.search(another, console.screen)
    assert found is not None
    return found[1]


async def _six_before(port: int) -> list[str]:
    """Six who paid, were measured and wait for the same exam; one room has called already."""
    async with Talk(port) as desk:
        await desk.hello("supervisor")
        numbers = []
        for nth in range(6):
            identity = {"kind": "card", "number": f"00108500{nth:04d}", "name": "Lê Văn Tám", "birth": "1985"}
            command = {"type": "register", "payer": "fee", "kind": "exam", "service": "general"}
            numbers.append((await accepted(desk, {**command, "identity": identity}))["number"])
            for clinic in ("cashier-6", "vitals"):
                called = await accepted(desk, {"type": "call_next", "clinic": clinic})
                await accepted(desk, {"type": "finish", "step": called["step"]})
        await accepted(desk, {"type": "call_next", "clinic": "room-1"})
        return numbers


def _stops(port: int, token: str) -> list[Message]:
    return list(asked(port, "reception", {"type": "where_now", "token": token})["stops"])


def _waits_at(port: int, clinic: str, number: str) -> bool:
    shown = rows(port, "supervisor", f"clinic:{clinic}").values()
    return any(
        row["type"] == "clinic_step" and row.get("own", True) and row["number"] == number for row in shown
    )


def _ended(house: House, token: str, number: str, others: int = 0) -> None:
    """The visit is over, for everybody and on the disk."""
    told = asked(house.server.port, "reception", {"type": "where_now", "token": token})
    assert (told["number"], told["ended"]) == (number, "completed")
    assert house.server.stop() == 0
    found = proofs.kept(house.folder / "data")
    visit = found.day.visits[found.day.numbers[number]]
    assert visit.part.end is VisitEnd.COMPLETED
    assert len(found.day.visits) == 1 + others
