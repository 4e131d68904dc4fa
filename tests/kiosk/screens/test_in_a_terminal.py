"""The real program in a terminal, with a real server and a printer that can be broken."""

import asyncio
import os
import signal
import subprocess
import tty
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zxingcpp

from kiosk.devices.virtual_printer import PrintedTicket, VirtualPrinter
from kiosk.identity import OwnTicket, ticket_code
from kiosk.offline.series import LAST, Series
from tests.support.kiosk_parts import CARD_CODE, NUMBER, OTHER_CODE, PERSONAL
from tests.support.offline_kiosk import known_here
from tests.support.processes import Server, environment, morning_site, program
from tests.support.served import Talk
from tests.support.terminal import Terminal

WELCOME, CONNECTED = "Mời quý vị lấy số khám bệnh", "Đã kết nối"


@dataclass
class House:
    """A server, a printer, and a kiosk that does what tests ask of it. Waits happen off the loop."""

    server: Server
    printer: VirtualPrinter
    terminal: Terminal
    log: Path
    printed: int = field(default=0)

    async def see(self, *texts: str) -> str:
        return await asyncio.to_thread(self.terminal.wait_for, *texts)

    async def scan(self, code: str) -> None:
        self.terminal.scan(code)

    async def press(self, key: str, then: str) -> None:
        await asyncio.to_thread(self.terminal.wait_still)
        self.terminal.press(key)
        await self.see(then)

    async def check_in(self) -> None:
        """From the confirmation to the wish: insured exam, first specialty."""
        await self.press("1", "Hôm nay quý vị đến để làm gì?")
        await self.press("1", "Quý vị muốn khám chuyên khoa nào?")
        await asyncio.to_thread(self.terminal.wait_still)
        self.terminal.press("1")

    async def slip(self) -> tuple[PrintedTicket, str]:
        """The next slip, and the token in its code."""
        self.printed += 1
        async with asyncio.timeout(30):
            slip = await self.printer.ticket(self.printed)
        (code,) = zxingcpp.read_barcodes(slip.picture)
        read = ticket_code.read(code.text, date(2026, 11, 23))
        assert isinstance(read, OwnTicket)
        return slip, read.token

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        async with Talk(self.server.port) as talk:
            await talk.hello("supervisor", "supervisor")
            answer = await talk.ask(question)
            assert answer["type"] == "answer", answer
            return dict(answer["answer"])

    async def visits(self, number: str = NUMBER[-4:]) -> list[dict[str, Any]]:
        return list((await self.ask({"type": "find", "text": number}))["visits"])

    async def until_known(self) -> dict[str, Any]:
        """The visit of the card, once the server knows of one."""
        async with asyncio.timeout(30):
            while True:
                for visit in await self.visits():
                    return visit
                await asyncio.sleep(0.1)

    async def until_staff_see(self, *slips: tuple[str, str]) -> None:
        """Until exactly these slips, by state and reason, are known to be in nobody's hand."""
        async with Talk(self.server.port) as talk:
            await talk.hello("supervisor", "supervisor")
            rows = {row["key"]: row for row in (await talk.follow("devices"))["rows"]}
            while _slips(rows) != sorted(slips):
                patch = await talk.take("patch", topic="devices")
                for key in patch.get("drop", ()):
                    rows.pop(key, None)
                rows |= {row["key"]: row for row in patch.get("put", ())}

    async def until_staff_see_who_is_here(self, visit: str) -> None:
        """Until staff are told that the holder of a ticket stands in a hall."""
        async with Talk(self.server.port) as talk:
            await talk.hello("supervisor", "supervisor")
            topic = f"journey:{visit}"
            rows = (await talk.follow(topic))["rows"]
            while not any(row.get("presence") == "here" for row in rows):
                rows = (await talk.take("patch", topic=topic)).get("put", ())


def _slips(rows: dict[str, Any]) -> list[tuple[str, str]]:
    prints = (row for row in rows.values() if row["type"] == "print")
    return sorted((row["state"], row.get("reason", "")) for row in prints)


@asynccontextmanager
async def house(folder: Path, *options: str) -> AsyncIterator[House]:
    async with VirtualPrinter(port=0) as printer:
        with Server(morning_site(folder), folder / "data") as server:
            command = program(
                "queue-kiosk",
                *("--server", server.address, "--token", "demo-kiosk-1", "--kiosk", "kiosk-1"),
                *("--printer", f"127.0.0.1:{printer.port}", "--data", str(known_here(folder / "kiosk"))),
                *options,
            )
            with Terminal(command, columns=67, rows=16) as terminal:
                here = House(server, printer, terminal, folder / "kiosk" / "kiosk.log")
                await here.see(WELCOME, CONNECTED)
                yield here


def play(folder: Path, scene: Callable[[House], Awaitable[None]], *options: str) -> None:
    async def acted() -> None:
        async with house(folder, *options) as here:
            await scene(here)
        assert not any(personal in here.log.read_text() for personal in PERSONAL[:-1])

    asyncio.run(acted())


def test_a_card_typed_by_a_scanner_gives_a_slip_once_and_again_on_wish(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        await here.scan(CARD_CODE)
        await here.see("Hiền", "1990", "123")
        await here.check_in()
        await here.see("Số của quý vị", "Mời lấy phiếu bên dưới")
        _, token = await here.slip()
        (visit,) = await here.visits()
        state = await here.ask({"type": "where_now", "token": token})
        assert state["number"] == visit["number"]
        assert here.terminal.shows(visit["number"])

        # The same card again: the same number, and another piece of paper on wish only.
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await here.press("1", f"Hôm nay quý vị đã có số: {visit['number']}")
        await here.press("1", "Mời lấy phiếu bên dưới")
        _, again = await here.slip()
        assert again == token

        # The slip itself tells where its holder stands.
        await here.scan(ticket_code.payload(token))
        await here.see(f"Lượt khám của quý vị: {visit['number']}", "đang chờ")
        await here.until_staff_see_who_is_here(visit["visit"])
        assert await here.visits() == [visit]
        await here.until_staff_see()

    play(tmp_path, scene)


def test_a_scanner_on_a_serial_line_keeps_every_accent(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)

    async def scene(here: House) -> None:
        await asyncio.to_thread(os.write, ours, f"{CARD_CODE}\r\n".encode())
        await here.see("Hiền")
        await here.check_in()
        await here.see("Mời lấy phiếu bên dưới")
        await here.slip()
        (visit,) = await here.visits()
        assert visit["name"] == "Trần Thị Thu Hiền"

    try:
        play(tmp_path, scene, "--scanner", os.ttyname(theirs))
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_name_with_its_accents_reaches_the_desk_sealed_and_is_found(tmp_path: Path) -> None:
    name = "Đặng Thị Ngọc Ầu"

    async def scene(here: House) -> None:
        await here.press("1", "Ai là người khám bệnh?")
        await here.press("1", "Mời quét căn cước")
        await here.press("2", "Họ tên quý vị")
        # In the two pieces of which some keyboards make a letter, faster than anybody's fingers.
        here.terminal.scan(unicodedata.normalize("NFD", name))
        await here.see("Quý vị sinh năm nào?")
        here.terminal.scan("1956")
        await here.see("Số điện thoại của quý vị")
        await here.press("enter", "Thông tin này đã đúng chưa?")
        await here.see(name, "1956")
        await here.check_in()
        await here.see("Mời lấy phiếu bên dưới")
        _, token = await here.slip()
        (visit,) = await here.visits("au ngoc dang")
        assert (visit["name"], visit["birth_year"]) == (name, "1956")
        assert await here.visits("Ầu") == [visit]
        assert (await here.ask({"type": "where_now", "token": token}))["number"] == visit["number"]
        assert name not in here.log.read_text()
        kept = [file for file in (tmp_path / "data").rglob("*") if file.is_file()]
        assert kept
        assert not any(name.encode() in file.read_bytes() for file in kept)

    play(tmp_path, scene)


def test_the_hospitals_card_registers_and_a_citizen_card_adds_an_exam(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        await here.scan("BN20261234")
        await here.see("Ba số cuối", "234")
        await here.check_in()
        await here.see("Mời lấy phiếu bên dưới")
        await here.slip()
        (unnamed,) = await here.visits("BN20261234")

        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await here.check_in()
        await here.see("Mời lấy phiếu bên dưới")
        _, token = await here.slip()
        stops = (await here.ask({"type": "where_now", "token": token}))["stops"]
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await here.press("1", "Hôm nay quý vị đã có số")
        await here.press("2", "Quý vị muốn khám thêm chuyên khoa nào?")
        await here.press("2", "Đã thêm chuyên khoa.")
        state = await here.ask({"type": "where_now", "token": token})
        assert len(state["stops"]) == len(stops) + 1
        assert {visit["number"] for visit in await here.visits()} == {state["number"]}
        assert unnamed["number"] != state["number"]

    play(tmp_path, scene)


def test_without_paper_the_number_stays_and_staff_know(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        here.printer.change(paper_out=True)
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await here.check_in()
        await here.see("Máy in hết giấy", "Xin nhớ số này")
        (visit,) = await here.visits()
        assert here.terminal.shows(visit["number"])

        await here.until_staff_see(("stalled", "paper"))
        assert not here.printer.tickets

        # With a new roll nothing comes by itself: it was never sent. The next scan prints, marked.
        here.printer.change(paper_out=False)
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await here.press("1", "Hôm nay quý vị đã có số")
        await here.press("1", "Mời lấy phiếu bên dưới")
        await here.slip()
        assert len(here.printer.tickets) == 1

    play(tmp_path, scene)


def test_a_server_that_dies_and_returns_grants_the_wish_once(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await asyncio.to_thread(here.server.kill)
        await here.see("Mất kết nối")
        await here.check_in()
        await here.see("K01-001", "Mời lấy phiếu bên dưới")
        _, token = await here.slip()
        await here.press("1", WELCOME)
        await here.scan(OTHER_CODE)
        await here.see("Mẫu", "1985")
        await asyncio.to_thread(here.server.start)
        visit = await here.until_known()
        assert visit["number"] == "K01-001"

        # The answer that comes at last puts nothing on paper, and the next one's page stays.
        await here.until_staff_see()
        assert here.terminal.shows("1985")
        assert len(here.printer.tickets) == 1

        # The same card again, now that the server knows it: the same number, the same code, the same visit.
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await here.press("1", "Hôm nay quý vị đã có số: K01-001")
        await here.press("1", "Mời lấy phiếu bên dưới")
        _, again = await here.slip()
        assert again == token
        assert [one["visit"] for one in await here.visits()] == [visit["visit"]]

    play(tmp_path, scene)


def no_numbers_left(folder: Path) -> None:
    """A kiosk that has given every number of its own; its day ends later than the test."""
    kept = folder / "kiosk"
    kept.mkdir()
    Series(kept / "series").take(1, "9999-12-31", 0, come=LAST - 1)


def test_without_a_number_of_its_own_the_kiosk_waits_for_the_server(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await asyncio.to_thread(here.server.kill)
        await here.see("Mất kết nối")
        await here.check_in()
        await here.see("Đang mất kết nối với máy chủ", "Tôi đến bàn hướng dẫn")
        assert not here.printer.tickets
        await asyncio.to_thread(here.server.start)
        await here.see("Mời lấy phiếu bên dưới")
        await here.slip()
        assert len(await here.visits()) == 1

    no_numbers_left(tmp_path)
    play(tmp_path, scene)


def test_who_left_before_the_server_returned_gets_no_slip_into_strange_hands(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        await here.scan(CARD_CODE)
        await here.see("Hiền")
        await asyncio.to_thread(here.server.kill)
        await here.see("Mất kết nối")
        await here.check_in()
        await here.see("Tôi đến bàn hướng dẫn")
        await here.press("1", WELCOME)
        await here.scan(OTHER_CODE)
        await here.see("Mẫu", "1985")
        await asyncio.to_thread(here.server.start)
        await here.until_staff_see(("stalled", "left"))
        assert not here.printer.tickets
        assert here.terminal.shows("1985")

    no_numbers_left(tmp_path)
    play(tmp_path, scene)


@pytest.mark.parametrize("way", ["ctrl+c", "ctrl+q", "sigterm"])
def test_it_ends_when_asked_to(tmp_path: Path, way: str) -> None:
    command = program(
        "queue-kiosk",
        *("--server", "ws://127.0.0.1:1/ws", "--token", "x", "--kiosk", "kiosk-1"),
        *("--data", str(tmp_path), *(() if way == "sigterm" else ("--quit-key",))),
    )
    with Terminal(command, columns=67, rows=16) as terminal:
        terminal.wait_for("Máy chưa sẵn sàng")
        if way == "sigterm":
            os.kill(terminal.process.pid, signal.SIGTERM)
        else:
            terminal.press(way)
        assert terminal.wait_end() == 0


@pytest.mark.parametrize(("letters", "code"), [("normal", 10), ("large", 11)])
def test_it_ends_to_come_back_in_other_letters(tmp_path: Path, letters: str, code: int) -> None:
    command = program(
        "queue-kiosk",
        *("--server", "ws://127.0.0.1:1/ws", "--token", "x", "--kiosk", "kiosk-1"),
        *("--data", str(tmp_path), "--can-resize", "--letters", letters),
    )
    columns, rows = (67, 16) if letters == "normal" else (53, 13)
    with Terminal(command, columns=columns, rows=rows) as terminal:
        terminal.wait_for("Máy chưa sẵn sàng")
        terminal.press("f3")
        assert terminal.wait_end() == code


def test_bytes_that_are_no_text_do_not_end_it(tmp_path: Path) -> None:
    async def scene(here: House) -> None:
        here.terminal.send(b"\xff\xfe\x80079\xc3(|\r")
        await here.see("Mời quét lại hoặc bấm nút bên dưới")
        await here.scan(CARD_CODE)
        await here.see("Hiền")

    play(tmp_path, scene)


def test_a_wrong_token_is_said_and_ends_nothing(tmp_path: Path) -> None:
    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        command = program(
            "queue-kiosk",
            *("--server", server.address, "--token", "wrong", "--kiosk", "kiosk-1"),
            *("--data", str(tmp_path / "kiosk")),
        )
        with Terminal(command, columns=56, rows=44) as terminal:
            terminal.wait_for("Máy chưa sẵn sàng", "Bị từ chối")


@pytest.mark.parametrize("mistake", [("--printer", "nowhere"), ("--paper", "600")])
def test_a_mistake_on_the_command_line_is_explained(tmp_path: Path, mistake: tuple[str, str]) -> None:
    command = program(
        "queue-kiosk",
        *("--server", "ws://127.0.0.1:1/ws", "--token", "x", "--kiosk", "kiosk-1"),
        *("--data", str(tmp_path), *mistake),
    )
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert said.returncode == 2
    assert mistake[0] in said.stderr
    assert "10.0.0.7:9100" in said.stderr or "576, 512" in said.stderr
