"""What goes wrong around a real server: wrong tokens, a full disk, a locked database, a wrong site file, a
hall screen that loses its link."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from queue_server.protocol.codes import CloseCode
from tests.support import proofs
from tests.support.power_cut import compile_library
from tests.support.processes import Server, morning_site, program
from tests.support.served import Message, Talk, new_id, register
from tests.support.terminal import Terminal

PATIENCE = 60.0
STALE = "Màn hình tạm gián đoạn"


def test_a_wrong_token_is_closed_with_the_reason_on_the_screen_and_in_the_log(tmp_path: Path) -> None:
    token = "no-such-token-0001"

    async def scene(port: int) -> None:
        async with Talk(port) as talk:
            await talk.say({"type": "hello", "role": "board", "token": token})
            code, reason = await talk.closed()
            assert (code, bool(reason)) == (CloseCode.BAD_TOKEN, True)

    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        asyncio.run(scene(server.port))
        arguments = ("--server", server.address, "--hall", "hall-1", "--token", token)
        with Terminal(program("queue-board", *arguments), columns=100) as board:
            board.wait_for("Mã thiết bị không đúng")
        assert "this token is not accepted" in server.log
        assert token not in server.log
        assert server.health()["status"] == "ok"


def test_on_a_full_disk_a_command_is_unavailable_and_done_once_there_is_room(tmp_path: Path) -> None:
    library = compile_library(Path(__file__).parents[1] / "support" / "full_disk.c", tmp_path)
    flag = tmp_path / "full"
    extra = {"LD_PRELOAD": str(library), "FULL_DISK_FLAG": str(flag)}
    with Server(morning_site(tmp_path), tmp_path / "data", extra=extra) as server:
        before, after = asyncio.run(_through_a_fault(server, flag.touch, flag.unlink))
        assert server.stop() == 0
    _both_are_kept(tmp_path / "data", before, after)


def test_a_locked_database_makes_commands_unavailable_until_it_is_free(tmp_path: Path) -> None:
    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
            before, after = asyncio.run(
                _through_a_fault(
                    server,
                    lambda: other.execute("BEGIN IMMEDIATE").close(),
                    lambda: other.execute("ROLLBACK").close(),
                )
            )
        assert server.stop() == 0
    _both_are_kept(tmp_path / "data", before, after)


async def _through_a_fault(
    server: Server, begin: Callable[[], None], end: Callable[[], None]
) -> tuple[Message, Message]:
    """A registration before a fault of the storage, and one that was wished for while it lasted."""
    async with asyncio.timeout(PATIENCE), Talk(server.port) as kiosk, Talk(server.port) as board:
        await kiosk.hello("kiosk-1")
        await board.hello("board-1")
        await board.follow("hall:hall-1")
        before = await kiosk.do(register())
        assert before["type"] == "accepted"
        begin()
        wish, command = new_id(), {"type": "register", "payer": "ask", "kind": "reception"}
        assert await kiosk.do(command, wish) == {"type": "unavailable", "id": wish}
        # It goes on serving what is known, and says how it is.
        await board.take("beat", degraded=True)
        async with Talk(server.port) as another:
            await another.hello("board-1")
            assert (await another.follow("hall:hall-1"))["rows"]
        assert server.health()["status"] == "degraded"
        end()
        answer = await kiosk.do(command, wish)
        while answer["type"] == "unavailable":
            await kiosk.take("beat")
            answer = await kiosk.do(command, wish)
        assert answer["type"] == "accepted"
        # The same id once more is the same answer.
        assert await kiosk.do(command, wish) == answer
        assert server.health()["status"] == "ok"
        return before, answer


def _both_are_kept(data: Path, *answers: Message) -> None:
    day = proofs.kept(data).day
    assert sorted(day.visits) == sorted(answer["result"]["visit"] for answer in answers)


def test_a_wrong_site_file_keeps_the_server_from_starting_and_says_why(tmp_path: Path) -> None:
    def break_it(text: str) -> str:
        text = text.replace('kind = "vitals"', 'kind = "vital"', 1)
        return text.replace('hall = "hall-2"', 'hall = "hall-22"', 1)

    site = morning_site(tmp_path, change=break_it)
    code, said = Server(site, tmp_path / "data").refuse()
    assert code == 2
    lines = site.read_text(encoding="utf-8").splitlines()
    for wrong in ('kind = "vital"', 'hall = "hall-22"'):
        assert f"{site}:{lines.index(wrong) + 1}" in said, said
    assert "vitals" in said
    assert "hall-2" in said
    assert not (tmp_path / "data").exists()


def test_a_board_that_lost_its_link_keeps_its_picture_says_so_and_comes_back(tmp_path: Path) -> None:
    async def call_one(port: int, clinic: str) -> str:
        async with Talk(port) as desk:
            await desk.hello("reception")
            await desk.do({"type": "register", "payer": "ask", "kind": "reception"})
            called = await desk.do({"type": "call_next", "clinic": clinic})
            return str(called["result"]["call_sign"]["text"])

    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        arguments = ("--server", server.address, "--hall", "hall-1", "--token", "demo-board-1")
        with Terminal(program("queue-board", *arguments)) as board:
            board.wait_for("Chưa gọi số nào")
            first = asyncio.run(call_one(server.port, "reception-1"))
            board.wait_for(first, "Quầy tiếp nhận 1")
            server.kill()
            assert first in board.wait_for(STALE) or board.shows(first)
            server.start()
            board.wait_gone(STALE)
            assert board.shows(first)
            second = asyncio.run(call_one(server.port, "reception-2"))
            board.wait_for(second)
