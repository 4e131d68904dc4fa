import asyncio
import contextlib
import re
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kiosk.devices.addresses import printer_at
from kiosk.devices.escpos_commands import (
    AskStatus,
    AutomaticStatus,
    Command,
    Cut,
    Feed,
    Interpreter,
    Raster,
    Reset,
    TransmitStatus,
    Unknown,
)
from kiosk.devices.printer import Phase
from kiosk.devices.virtual_printer import VirtualPrinter
from tests.support.paper import Told, job, picture

DOTS = bytes(range(16))
STRIP = b"\x1dv0\x00\x02\x00\x08\x00" + DOTS
JOB = b"\x1b@" + STRIP + b"\x1dVB\x00\x1dr\x01"


def test_every_command_of_a_job_is_understood() -> None:
    raw = JOB + b"\x10\x04\x01\x1da\xff\x1da\x00\n\x1bd\x06\x1bJ\x20"
    assert Interpreter().feed(raw) == [
        Reset(),
        Raster(2, 8, DOTS),
        Cut(),
        TransmitStatus(1),
        AskStatus(1),
        AutomaticStatus(True),
        AutomaticStatus(False),
        Feed(lines=1),
        Feed(lines=6),
        Feed(dots=32),
    ]


@pytest.mark.parametrize("form", [b"\x00", b"\x01", b"0", b"1", b"A\x00", b"B\x03"])
def test_every_form_of_cut_is_a_cut(form: bytes) -> None:
    assert Interpreter().feed(b"\x1dV" + form) == [Cut()]


def test_a_question_inside_a_picture_is_part_of_the_picture() -> None:
    strip = b"\x1dv0\x00\x03\x00\x01\x00" + b"\x10\x04\x01"
    assert Interpreter().feed(strip) == [Raster(3, 1, b"\x10\x04\x01")]


def test_a_stretched_strip_has_larger_dots() -> None:
    [strip] = Interpreter().feed(b"\x1dv0\x03\x01\x00\x01\x00\xf0")
    assert isinstance(strip, Raster)
    assert strip.picture().size == (16, 2)
    assert strip.picture().getpixel((7, 1)) == 0
    assert strip.picture().getpixel((8, 1)) == 255


@pytest.mark.parametrize(
    "raw",
    [
        b"hello",
        b"\x1b!\x00",
        b"\x1d(k\x03",
        b"\x10\x05\x01",
        b"\x1dV\x07",
        b"\x1dv0\x00\xff\xff\xff\xff",
        b"\x1dv0\x09\x01\x00\x01\x00",
    ],
)
def test_unknown_bytes_are_collected_and_do_no_harm(raw: bytes) -> None:
    *unknown, cut = Interpreter().feed(raw + b"\x1dV0")
    assert cut == Cut()
    assert b"".join(part.raw for part in unknown if isinstance(part, Unknown)) == raw


def joined(commands: list[Command]) -> list[Command]:
    """Neighbouring unknown bytes as one: how they are grouped depends on how they arrive."""
    out: list[Command] = []
    for command in commands:
        if isinstance(command, Unknown) and out and isinstance(out[-1], Unknown):
            out[-1] = Unknown(out[-1].raw + command.raw)
        else:
            out.append(command)
    return out


PARTS = st.sampled_from(
    [b"\x1b@", STRIP, b"\x1dV0", b"\x1dVB\x00", b"\x10\x04\x02", b"\x1dr\x01", b"\x1da\xff", b"\n"]
)


@given(st.lists(PARTS | st.binary(max_size=5), max_size=12).map(b"".join), st.data())
def test_how_the_bytes_are_cut_up_makes_no_difference(raw: bytes, data: st.DataObject) -> None:
    whole, pieces = Interpreter(), Interpreter()
    expected = whole.feed(raw)
    found: list[Command] = []
    rest = raw
    while rest:
        length = data.draw(st.integers(1, len(rest)))
        found += pieces.feed(rest[:length])
        rest = rest[length:]
    assert joined(found) == joined(expected)
    assert pieces.leftover() == whole.leftover()


async def talk(virtual: VirtualPrinter) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", virtual.port)


@pytest.mark.parametrize(
    ("fault", "answers", "acknowledgement"),
    [
        (None, "12 12 12", "00"),
        ("near_end", "12 12 1e", "03"),
        ("paper_out", "1a 32 7e", None),
        ("cover_open", "1a 16 12", None),
        ("offline", "1a 12 12", None),
    ],
)
def test_answers_are_those_of_real_printers(
    fault: str | None, answers: str, acknowledgement: str | None
) -> None:
    async def scene() -> None:
        async with asyncio.timeout(20), VirtualPrinter(port=0) as virtual:
            if fault:
                virtual.change(**{fault: True})
            reader, writer = await talk(virtual)
            writer.write(JOB + b"\x10\x04\x01\x10\x04\x02\x10\x04\x04")
            if acknowledgement:
                assert (await reader.readexactly(4)).hex(" ") == f"{answers} {acknowledgement}"
            else:
                # Asked after the job, answered before it: these questions do not wait.
                assert (await reader.readexactly(3)).hex(" ") == answers
                assert virtual.held_back == 4
                assert not virtual.tickets
                virtual.change(**{fault or "": False})
                assert await reader.readexactly(1) == b"\x00"
            assert virtual.tickets[0].picture.tobytes() == bytes(255 - dot for dot in DOTS)
            writer.close()
            await writer.wait_closed()

    asyncio.run(scene())


def test_changes_are_reported_to_those_who_want_to_know() -> None:
    async def scene() -> None:
        async with asyncio.timeout(20), VirtualPrinter(port=0) as virtual:
            reader, writer = await talk(virtual)
            writer.write(b"\x1da\xff")
            assert (await reader.readexactly(4)).hex(" ") == "10 00 00 00"
            virtual.change(near_end=True)
            assert (await reader.readexactly(4)).hex(" ") == "10 00 03 00"
            virtual.change(near_end=False)
            assert (await reader.readexactly(4)).hex(" ") == "10 00 00 00"
            writer.close()
            await writer.wait_closed()

    asyncio.run(scene())


def test_a_held_job_is_printed_though_its_sender_has_gone() -> None:
    async def scene() -> None:
        async with asyncio.timeout(20), VirtualPrinter(port=0) as virtual:
            virtual.change(paper_out=True)
            reader, writer = await talk(virtual)
            writer.write(JOB + b"\x10\x04\x01")
            await reader.readexactly(1)
            writer.close()
            await writer.wait_closed()
            virtual.change(paper_out=False)
            assert (await virtual.ticket(1)).picture.size == (16, 8)

    asyncio.run(scene())


def test_noise_is_reported_and_the_next_ticket_still_comes_out() -> None:
    async def scene() -> None:
        async with asyncio.timeout(20), VirtualPrinter(port=0) as virtual:
            _, writer = await talk(virtual)
            writer.write(b"GET / HTTP/1.1\r\n" + JOB)
            assert (await virtual.ticket(1)).picture.height >= 8
            assert bytes(virtual.unknown) == b"GET / HTTP/1.1\r"
            writer.close()
            await writer.wait_closed()

    asyncio.run(scene())


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    async def scene() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kiosk.devices.virtual_printer",
            "--port",
            "0",
            "--dir",
            str(tmp_path / "out"),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(30):
                assert process.stdout is not None
                found = re.fullmatch(
                    r"printer: 127\.0\.0\.1:(\d+)\n", (await process.stdout.readline()).decode()
                )
                assert found
                _, writer = await asyncio.open_connection("127.0.0.1", int(found[1]))
                writer.write(JOB)
                told = (await process.stdout.readline()).decode()
                path = Path(told.removeprefix("ticket: ").strip())
                with Image.open(path) as picture:
                    assert picture.size == (16, 8)
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
                writer.close()
                with contextlib.suppress(ConnectionResetError):
                    await writer.wait_closed()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    asyncio.run(scene())


def test_as_a_program_it_is_a_serial_printer_too(tmp_path: Path) -> None:
    async def scene() -> None:
        program = (sys.executable, "-m", "kiosk.devices.virtual_printer", "--wire", "--port", "0")
        process = await asyncio.create_subprocess_exec(
            *program, "--dir", str(tmp_path / "out"), stdout=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(30):
                assert process.stdout is not None
                await process.stdout.readline()
                address = (await process.stdout.readline()).decode().removeprefix("printer: ").strip()
                printer = printer_at(f"{address}?baud=921600&flow=software")
                told = Told()
                assert (await printer.print_job(job(), told)).phase is Phase.ACKNOWLEDGED
                path = (await process.stdout.readline()).decode().removeprefix("ticket: ").strip()
                with Image.open(path) as printed:
                    assert printed.convert("1").tobytes() == picture().tobytes()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    asyncio.run(scene())


def test_what_it_holds_is_lost_without_power() -> None:
    async def scene() -> None:
        async with asyncio.timeout(20), VirtualPrinter(port=0) as virtual:
            virtual.change(paper_out=True)
            reader, writer = await talk(virtual)
            writer.write(JOB + b"\x10\x04\x01")
            await reader.readexactly(1)
            virtual.lose_power()
            assert virtual.held_back == 0
            virtual.change(paper_out=False)
            writer.write(JOB)
            assert await reader.readexactly(1) == b"\x00"
            assert len(virtual.tickets) == 1
            writer.close()
            await writer.wait_closed()

    asyncio.run(scene())
