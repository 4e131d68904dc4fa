"""A disk that takes nothing: the kiosk serves with its server, and gives no numbers that it would forget."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.offline import Standby
from queue_server.client import Link, LinkState
from queue_server.protocol.commands import Register
from queue_server.protocol.messages import Accepted
from queue_server.protocol.results import Ticket
from tests.kiosk.offline.test_standby import REGISTER, ROWS, Connection, own, run, scene
from tests.support import kiosk_parts
from tests.support.processes import Server, VirtualPrinter, morning_site, program
from tests.support.served import until
from tests.support.terminal import Terminal

CARD = "031185004477|240512345|Đặng Thị Hồng Ngọc|02031985|Nữ|12 Ngõ 5 Lạch Tray, Hải Phòng|25042021"


def nowhere(folder: Path) -> Path:
    """A folder that nobody can make, whoever they are."""
    (folder / "file").write_bytes(b"")
    return folder / "file" / "kiosk"


@contextmanager
def standby(connection: Connection, folder: Path, key: Path | None = None) -> Iterator[Standby]:
    made = Standby("kiosk-1", "token", connection, folder, key)
    running = asyncio.ensure_future(made.run())
    try:
        yield made
    finally:
        running.cancel()
        made.close()


async def gives_none_of_its_own(connection: Connection, here: Standby) -> None:
    """Without the server whoever asks waits for it; with it they are served."""
    here.rows_changed(ROWS)
    asked = asyncio.ensure_future(here.submit(REGISTER))
    await until(lambda: here.standing.waiting == 1)
    await asyncio.sleep(0.05)
    assert not asked.done()
    assert here.shows["disk_failed"]
    connection.up()
    here.link_changed(Link(LinkState.ONLINE))
    await until(lambda: connection.sent)
    name, command = connection.sent[0]
    assert isinstance(command, Register)
    assert command.number is None
    connection.answer(name, Accepted(id=name, seq=1, result=kiosk_parts.ticket()))
    reply = await asked
    assert isinstance(reply, Accepted)
    assert isinstance(reply.result, Ticket)


def test_without_a_folder_there_are_no_numbers_of_its_own(tmp_path: Path) -> None:
    async def test() -> None:
        connection = Connection()
        with standby(connection, nowhere(tmp_path)) as here:
            await gives_none_of_its_own(connection, here)

    run(test)


def test_without_its_key_an_outbox_is_left_as_it_is(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as before:
            before.down()
            await own(before)
        kept = (tmp_path / "outbox").read_bytes()
        assert kept
        connection = Connection()
        with standby(connection, tmp_path, key=nowhere(tmp_path)) as here:
            await gives_none_of_its_own(connection, here)
        assert (tmp_path / "outbox").read_bytes() == kept
        async with scene(tmp_path, online=False) as after:
            assert after.standby.standing.waiting == 1
            assert "disk_failed" not in after.standby.shows

    run(test)


def test_a_disk_that_fills_up_is_told_until_there_is_room_again(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            await own(here)
            assert here.standby.keeps
            (tmp_path / "outbox").unlink()
            # Nothing can be written where a folder is.
            (tmp_path / "outbox").mkdir()
            here.standby._outbox._lines.close()
            asked = asyncio.ensure_future(here.standby.submit(Register(payer="fee", kind="exam")))
            await until(lambda: not here.standby.keeps)
            assert here.standby.shows["disk_failed"]
            (tmp_path / "outbox").rmdir()
            here.up()
            await until(lambda: here.standby.keeps)
            asked.cancel()

    run(test)


@pytest.mark.parametrize("online", [True, False])
def test_the_program_starts_and_says_how_it_is(online: bool, tmp_path: Path) -> None:
    site = morning_site(tmp_path, "district-beside")
    with VirtualPrinter(tmp_path / "tickets") as printer, Server(site, tmp_path / "data") as server:
        address = server.address
        if not online:
            server.kill()
        command = program(
            "queue-kiosk",
            *("--server", address, "--kiosk", "kiosk-1", "--token", "demo-kiosk-1"),
            *("--printer", printer.address, "--data", str(nowhere(tmp_path))),
        )
        with Terminal(command, columns=67, rows=16) as terminal:
            if not online:
                terminal.wait_for("Máy chưa sẵn sàng", "Mất kết nối")
                server.start()
            terminal.wait_for("Mời quý vị lấy số khám bệnh", "Đã kết nối")
            terminal.wait_still()
            terminal.scan(CARD)
            terminal.wait_for("Ngọc")
            terminal.wait_still()
            terminal.press("1")
            terminal.wait_for("Hôm nay quý vị đến để làm gì?")
            terminal.wait_still()
            terminal.press("1")
            terminal.wait_for("A001", "Mời lấy phiếu bên dưới")
            printer.ticket()
