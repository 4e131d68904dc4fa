import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import zxingcpp
from PIL import Image

from kiosk import raster
from kiosk.devices.answers import Status
from kiosk.devices.network_line import Network
from kiosk.devices.printer import (
    EscPosPrinter,
    Phase,
    PrintState,
    Questions,
)
from kiosk.devices.transport import Unreachable
from kiosk.devices.virtual_printer import VirtualPrinter
from queue_server.protocol.codes import PrintReason
from tests.support.paper import CODE, QUICK, Told, job, picture

T = TypeVar("T")

ISSUED, SENT = PrintState(Phase.ISSUED), PrintState(Phase.SENT)
ACKNOWLEDGED = PrintState(Phase.ACKNOWLEDGED)


def run(scene: Callable[[VirtualPrinter, EscPosPrinter], Awaitable[T]], **options: int) -> T:
    async def play() -> T:
        async with asyncio.timeout(20), VirtualPrinter(port=0, **options) as virtual:  # type: ignore[arg-type]
            return await scene(virtual, EscPosPrinter(Network("127.0.0.1", virtual.port), patience=QUICK))

    return asyncio.run(play())


def test_a_job_is_acknowledged_and_the_paper_shows_every_dot() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        told = Told()
        assert await printer.print_job(job(), told) == ACKNOWLEDGED
        assert told.states == [ISSUED, SENT, ACKNOWLEDGED]
        printed = await virtual.ticket(1)
        assert printed.picture.size == picture().size
        assert printed.picture.tobytes() == picture().tobytes()
        [found] = zxingcpp.read_barcodes(printed.picture.convert("L"))
        assert found.text == CODE
        assert not virtual.unknown

    run(scene)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("paper_out", PrintReason.PAPER), ("cover_open", PrintReason.COVER), ("offline", PrintReason.OFFLINE)],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(fault: str, reason: PrintReason) -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(**{fault: True})
        told = Told()
        assert await printer.print_job(job(), told) == PrintState(Phase.STALLED, reason)
        assert told.states == [ISSUED, PrintState(Phase.STALLED, reason)]
        assert (await printer.status()).hindrance is reason
        assert virtual.held_back == 0
        virtual.change(**{fault: False})
        assert await printer.status() == Status(None, paper_low=False)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    run(scene)


def test_a_printer_nobody_plugged_in_is_unreachable() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        await virtual.stop()
        told = Told()
        await printer.print_job(job(), told)
        assert told.states == [ISSUED, PrintState(Phase.STALLED, PrintReason.UNREACHABLE)]
        with pytest.raises(Unreachable):
            await printer.status()

    run(scene)


def test_a_printer_that_answers_no_question_gets_no_job() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(mute=True)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.STALLED, PrintReason.UNREACHABLE)
        with pytest.raises(Unreachable):
            await printer.status()
        assert not virtual.tickets

    run(scene)


def test_near_the_end_of_the_roll_paper_is_low() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(near_end=True)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.ACKNOWLEDGED, paper_low=True)
        assert await printer.status() == Status(None, paper_low=True)

    run(scene)


def test_a_job_stopped_by_paper_is_unknown_and_acknowledged_after_the_refill() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(paper_rows=raster.STRIP_ROWS + 10)
        told = Told()
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        assert not virtual.tickets

        other = Told()
        await printer.print_job(job(), other)
        assert other.states == [ISSUED, PrintState(Phase.STALLED, PrintReason.PAPER)]
        assert (await printer.status()).hindrance is PrintReason.PAPER

        virtual.change(paper_out=False)
        assert await printing == ACKNOWLEDGED
        assert told.states == [ISSUED, SENT, PrintState(Phase.UNKNOWN, PrintReason.PAPER), ACKNOWLEDGED]
        [printed] = virtual.tickets
        assert printed.picture.tobytes() == picture().tobytes()

    run(scene)


def test_a_job_waiting_in_line_stalls_when_the_one_before_is_held_back() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(paper_rows=10)
        first, second = Told(), Told()
        async with asyncio.TaskGroup() as jobs:
            printing = jobs.create_task(printer.print_job(job(), first))
            waiting = jobs.create_task(printer.print_job(job(), second))
            assert await waiting == PrintState(Phase.STALLED, PrintReason.PAPER)
            assert not printing.done()
            virtual.change(paper_out=False)
        assert printing.result() == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    run(scene)


def test_a_printer_switched_off_while_it_holds_a_job_leaves_it_unknown() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        await virtual.stop()
        assert await printing == PrintState(Phase.UNKNOWN, PrintReason.PAPER)
        assert Phase.ACKNOWLEDGED not in {state.phase for state in told.states}

    run(scene)


def test_patience_with_a_held_job_ends() -> None:
    async def scene(virtual: VirtualPrinter, _: EscPosPrinter) -> None:
        virtual.change(paper_rows=10)
        printer = EscPosPrinter(Network("127.0.0.1", virtual.port), patience=replace(QUICK, late=0.1))
        assert await printer.print_job(job(), Told()) == PrintState(Phase.UNKNOWN, PrintReason.PAPER)
        assert (await printer.status()).hindrance is PrintReason.PAPER

    run(scene)


def test_a_connection_broken_in_the_middle_of_a_job_leaves_it_unknown() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(drop_after=5000)
        told = Told()
        assert (await printer.print_job(job(), told)).phase is Phase.UNKNOWN
        assert not virtual.tickets
        virtual.change(drop_after=None)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    run(scene)


def test_a_connection_broken_while_asking_stalls_the_job() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(drop_after=1)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.STALLED, PrintReason.UNREACHABLE)

    run(scene)


def test_a_printer_that_stops_reading_leaves_the_job_unknown() -> None:
    async def scene(virtual: VirtualPrinter, _: EscPosPrinter) -> None:
        virtual.change(stop_reading=True)
        printer = EscPosPrinter(Network("127.0.0.1", virtual.port), questions=Questions.NONE, patience=QUICK)
        told = Told()
        # More than the kernel takes on behalf of a program that does not read.
        busy = PrintState(Phase.UNKNOWN, PrintReason.BUSY)
        assert await printer.print_job(job() * 100, told) == busy
        assert told.states == [ISSUED, busy]

    run(scene, receive_buffer=4096)


@pytest.mark.parametrize("mute", [False, True])
def test_a_printer_that_must_not_be_asked_is_only_sent_the_job(mute: bool) -> None:
    async def scene(virtual: VirtualPrinter, _: EscPosPrinter) -> None:
        virtual.change(mute=mute)
        printer = EscPosPrinter(Network("127.0.0.1", virtual.port), questions=Questions.NONE, patience=QUICK)
        told = Told()
        sent = PrintState(Phase.SENT, PrintReason.UNASKED)
        assert await printer.print_job(job(), told) == sent
        assert told.states == [ISSUED, sent]
        await virtual.ticket(1)
        assert await printer.status() == Status(None, paper_low=False, is_asked=False)

    run(scene)


def test_a_printer_that_falls_silent_leaves_the_job_unknown() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        def tell(state: PrintState) -> None:
            if state.phase is Phase.SENT:
                virtual.change(mute=True)

        assert await printer.print_job(job(), tell) == PrintState(Phase.UNKNOWN, PrintReason.SILENT)
        assert len(await asyncio.gather(virtual.ticket(1))) == 1

    run(scene)


def test_a_job_given_up_by_its_caller_frees_the_printer() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        virtual.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing
        virtual.change(paper_out=False)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        # The held job comes out as well: that is why it is never sent again.
        assert len(virtual.tickets) == 2

    run(scene)


def test_jobs_are_printed_one_after_the_other() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        ends = await asyncio.gather(*(printer.print_job(job(), Told()) for _ in range(5)))
        assert ends == [ACKNOWLEDGED] * 5
        assert [printed.picture.tobytes() for printed in virtual.tickets] == [picture().tobytes()] * 5

    run(scene)


def test_status_reports_among_the_answers_are_not_taken_for_them() -> None:
    async def scene(virtual: VirtualPrinter, printer: EscPosPrinter) -> None:
        told = Told()
        # A job that switches unasked reports on, whose bytes look like an acknowledgement.
        virtual.change(paper_rows=10)
        printing = asyncio.create_task(printer.print_job(b"\x1da\xff" + job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        virtual.change(near_end=True)
        virtual.change(near_end=False)
        assert not printing.done()
        virtual.change(paper_out=False)
        assert await printing == ACKNOWLEDGED

    run(scene)


def test_tickets_are_written_as_whole_files(tmp_path: Path) -> None:
    async def play() -> None:
        seen: list[Path | None] = []
        async with VirtualPrinter(
            port=0, out_dir=tmp_path / "tickets", on_ticket=lambda printed: seen.append(printed.path)
        ) as virtual:
            printer = EscPosPrinter(Network("127.0.0.1", virtual.port), patience=QUICK)
            for _ in range(2):
                await printer.print_job(job(), Told())
        files = sorted((tmp_path / "tickets").iterdir())
        assert files == seen
        assert [file.suffix for file in files] == [".png", ".png"]
        with Image.open(files[0]) as printed:
            assert printed.convert("1").tobytes() == picture().tobytes()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (b"\x00", ACKNOWLEDGED),
        (b"\x03", PrintState(Phase.ACKNOWLEDGED, paper_low=True)),
        (b"\x0c", PrintState(Phase.UNKNOWN, PrintReason.PAPER)),
        # Flow control and unasked reports in front of the answer are no answer.
        (b"\x13\x11\x10\x00\x03\x00\x00", ACKNOWLEDGED),
    ],
)
def test_an_answer_is_proof_only_if_it_says_so(answer: bytes, end: PrintState) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await reader.readexactly(3)
            writer.write(b"\x12")
        await reader.readuntil(b"\x1dr\x01")
        writer.write(answer)
        await reader.read()
        writer.close()
        await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()

    async def play() -> None:
        async with asyncio.timeout(20), await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            assert await EscPosPrinter(Network("127.0.0.1", port)).print_job(b"\x1dr\x01", Told()) == end
            await closed.wait()

    asyncio.run(play())
