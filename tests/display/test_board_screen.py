"""The board against a server on a real socket: shows, dims, comes back, reports."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from display.board.app import Board, Sheet
from queue_server.protocol.codes import HallState
from tests.support.screens import HALL, NOW, hall_call
from tests.support.scripted_server import ScriptedServer, until

Play = Callable[[Board, "Pilot[None]", ScriptedServer], Awaitable[None]]


def play(scene: Play, *, size: tuple[int, int] = (120, 40), **options: Any) -> None:
    async def run() -> None:
        async with ScriptedServer({"hall:hall-1": HALL}, NOW) as server:
            board = Board([server.address], "token", "hall-1", **options)
            async with board.run_test(size=size) as pilot:
                await scene(board, pilot, server)

    asyncio.run(run())


def text(board: Board) -> str:
    return board.query_one(Sheet).text


def test_a_call_is_on_the_screen_and_only_its_lines_are_drawn_again() -> None:
    async def scene(board: Board, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await until(lambda: "Phòng 12 – Nhi" in text(board), pilot.pause)
        assert "Sảnh A" in text(board)
        sheet = board.query_one(Sheet)
        server.put("hall:hall-1", hall_call("X123", HallState.MISSED, ago=1))
        await until(lambda: "X123" in text(board), pilot.pause)
        assert 0 < len(sheet.redrawn) <= 2 or not sheet.redrawn
        server.put("hall:hall-1", drop=("step-X123",))
        await until(lambda: "X123" not in text(board), pilot.pause)

    play(scene)


def test_without_the_server_the_picture_stays_dimmed_with_words_and_comes_back() -> None:
    async def scene(board: Board, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await until(lambda: "R005" in text(board), pilot.pause)
        await server.shut()
        await until(lambda: "Màn hình tạm gián đoạn – xin nghe nhân viên gọi" in text(board), pilot.pause)
        assert "R005" in text(board)
        await server.open()
        board.connection.come_back_now()
        await until(lambda: "Màn hình tạm gián đoạn" not in text(board), pilot.pause)

    play(scene, size=(67, 16))


def test_it_reports_what_it_shows_and_how_old_that_is() -> None:
    async def scene(board: Board, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await until(lambda: any(report["called"] for report in server.reports), pilot.pause)
        report = server.reports[-1]
        assert report["called"] == "A045 L103 A031 K07-123"
        assert report["prepared"] == "A046 S010"
        assert report["missed"] == "R005"
        assert report["stale"] is False
        assert report["size"] == "120x40"
        assert isinstance(report["age_s"], int)

    play(scene)


def test_it_fits_itself_to_the_terminal() -> None:
    async def scene(board: Board, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await until(lambda: "R005" in text(board), pilot.pause)
        await pilot.resize_terminal(80, 24)
        await until(lambda: len(board.query_one(Sheet).lines) == 24, pilot.pause)
        assert all(sum(len(piece) for piece, _ in line) == 80 for line in board.query_one(Sheet).lines)

    play(scene)


def test_a_hall_without_calls_says_so() -> None:
    async def run() -> None:
        async with ScriptedServer({"hall:hall-2": [HALL[0]]}, NOW) as server:
            board = Board([server.address], "token", "hall-2")
            async with board.run_test(size=(80, 24)) as pilot:
                await until(lambda: "Chưa gọi số nào" in text(board), pilot.pause)
                assert "Sảnh A – Tầng 1 · Hall A – 1st floor" in text(board)
                assert "hall-2" not in text(board)

    asyncio.run(run())
