import asyncio
import os
import pty
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.devices.scanner import LONGEST_SCAN, ScanAssembler, SerialScanner, Timing

CARD = "079190000000||Trần Thị Mẫu Thử|15081990|Nữ|Số 1 Đường Ví Dụ|01052021"
QUICK = Timing(poll=0.05, idle_gap=0.08, first_retry=0.01, longest_retry=0.05)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t"])
def test_every_usual_end_mark_ends_a_scan(end: bytes) -> None:
    assembler = ScanAssembler()
    assert assembler.feed(CARD.encode() + end) == [CARD]
    assert not assembler.is_pending


def test_silence_ends_a_scan_too() -> None:
    assembler = ScanAssembler()
    assert assembler.feed(b"ABC") == []
    assert assembler.is_pending
    assert assembler.end() == ["ABC"]
    assert assembler.end() == []


def test_bytes_that_make_no_sense_are_replaced() -> None:
    assert ScanAssembler().feed(b"Tr\xffn\r") == ["Tr\ufffdn"]


def test_a_line_that_never_ends_is_dropped_up_to_its_end() -> None:
    assembler = ScanAssembler()
    assert assembler.feed(b"x" * (LONGEST_SCAN + 1)) == []
    assert assembler.feed(b"yz\rABC\r") == ["ABC"]


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\r\n\t", exclude_categories=["Cs"]), min_size=1), max_size=4
    ),
    st.data(),
)
def test_how_the_bytes_arrive_makes_no_difference(scans: list[str], data: st.DataObject) -> None:
    raw = "".join(scan + "\r\n" for scan in scans).encode()
    assembler, found = ScanAssembler(), list[str]()
    while raw:
        length = data.draw(st.integers(1, len(raw)))
        found += assembler.feed(raw[:length])
        raw = raw[length:]
    assert found == scans


class Port:
    """A name in the file system behind which a scanner can be plugged in and out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: tuple[int, int] | None = None

    def plug_in(self) -> None:
        self._ends = pty.openpty()
        self.path.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self) -> None:
        if self._ends is not None:
            self.path.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def type(self, raw: bytes) -> None:
        assert self._ends is not None
        os.write(self._ends[0], raw)


@asynccontextmanager
async def scanning(port: Port) -> AsyncIterator[tuple["asyncio.Queue[str]", "asyncio.Queue[bool]"]]:
    scans, health = asyncio.Queue[str](), asyncio.Queue[bool]()
    scanner = SerialScanner(str(port.path), scans.put_nowait, health.put_nowait, timing=QUICK)
    scanner.start()
    try:
        async with asyncio.timeout(20):
            yield scans, health
    finally:
        await scanner.stop()
        port.unplug()


def run(port: Port, scene: Callable[["asyncio.Queue[str]", "asyncio.Queue[bool]"], Awaitable[None]]) -> None:
    async def play() -> None:
        async with scanning(port) as (scans, health):
            await scene(scans, health)

    asyncio.run(play())


def test_a_card_arrives_letter_for_letter(tmp_path: Path) -> None:
    port = Port(tmp_path / "scanner")
    port.plug_in()

    async def scene(scans: "asyncio.Queue[str]", health: "asyncio.Queue[bool]") -> None:
        assert await health.get() is True
        port.type(CARD.encode() + b"\r\n")
        assert await scans.get() == CARD
        port.type(b"no end mark")
        assert await scans.get() == "no end mark"
        port.type(b"\xc3\r")
        assert await scans.get() == "\ufffd"
        assert scans.empty()

    run(port, scene)


def test_a_scanner_may_be_unplugged_and_come_back(tmp_path: Path) -> None:
    port = Port(tmp_path / "scanner")

    async def scene(scans: "asyncio.Queue[str]", health: "asyncio.Queue[bool]") -> None:
        assert await health.get() is False
        for text in ("first", "second"):
            port.plug_in()
            assert await health.get() is True
            port.type(text.encode() + b"\r")
            assert await scans.get() == text
            port.type(b"half a scan")
            port.unplug()
            assert await health.get() is False
        assert health.empty()

    run(port, scene)


def test_it_stops_while_nothing_is_plugged_in(tmp_path: Path) -> None:
    async def scene(_scans: "asyncio.Queue[str]", health: "asyncio.Queue[bool]") -> None:
        assert await health.get() is False

    run(Port(tmp_path / "nothing"), scene)
