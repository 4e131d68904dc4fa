import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
import zxingcpp
from PIL import Image

from kiosk import raster
from kiosk.devices.printer import (
    NetworkPrinter,
    Patience,
    Phase,
    PrintState,
    Questions,
    Reason,
    Status,
    Unreachable,
)
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.slip import Slip, layout

T = TypeVar("T")

SLIP = Slip(
    facility={"vi": "Bệnh viện Mẫu"},
    number="A045",
    place={"vi": "Nội tổng hợp"},
    printed=datetime(2026, 11, 23, 7, 42, tzinfo=UTC),
    code="DL:0123456789ABCDEF",
)
QUICK = Patience(connect=2, answer=0.3, send=0.3, acknowledge=0.3, probe=0.02, late=20)
ISSUED, SENT = PrintState(Phase.ISSUED), PrintState(Phase.SENT)
ACKNOWLEDGED = PrintState(Phase.ACKNOWLEDGED)


@cache
def ticket() -> Image.Image:
    return raster.draw(layout(SLIP))


@cache
def job() -> bytes:
    return raster.encode(ticket())


class Told:
    """The states of one job, and a way to wait for one of them."""

    def __init__(self) -> None:
        self.states: list[PrintState] = []
        self._news = asyncio.Event()

    def __call__(self, state: PrintState) -> None:
        self.states.append(state)
        self._news.set()

    async def state(self, phase: Phase, reason: Reason | None = None) -> None:
        while not any((state.phase, state.reason) == (phase, reason) for state in self.states):
            self._news.clear()
            await self._news.wait()


def run(scene: Callable[[VirtualPrinter, NetworkPrinter], Awaitable[T]], **options: int) -> T:
    async def play() -> T:
        async with asyncio.timeout(20), VirtualPrinter(port=0, **options) as virtual:  # type: ignore[arg-type]
            return await scene(virtual, NetworkPrinter("127.0.0.1", virtual.port, patience=QUICK))

    return asyncio.run(play())


def test_a_job_is_acknowledged_and_the_paper_shows_every_dot() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        told = Told()
        assert await printer.print_job(job(), told) == ACKNOWLEDGED
        assert told.states == [ISSUED, SENT, ACKNOWLEDGED]
        printed = await virtual.ticket(1)
        assert printed.picture.size == ticket().size
        assert printed.picture.tobytes() == ticket().tobytes()
        [found] = zxingcpp.read_barcodes(printed.picture.convert("L"))
        assert found.text == SLIP.code
        assert not virtual.unknown

    run(scene)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("paper_out", Reason.PAPER), ("cover_open", Reason.COVER), ("offline", Reason.OFFLINE)],
)
def test_nothing_is_sent_to_a_printer_that_cannot_print(fault: str, reason: Reason) -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
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
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        await virtual.stop()
        told = Told()
        await printer.print_job(job(), told)
        assert told.states == [ISSUED, PrintState(Phase.STALLED, Reason.UNREACHABLE)]
        with pytest.raises(Unreachable):
            await printer.status()

    run(scene)


def test_a_printer_that_answers_no_question_gets_no_job() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(mute=True)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.STALLED, Reason.UNREACHABLE)
        with pytest.raises(Unreachable):
            await printer.status()
        assert not virtual.tickets

    run(scene)


def test_near_the_end_of_the_roll_paper_is_low() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(near_end=True)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.ACKNOWLEDGED, paper_low=True)
        assert await printer.status() == Status(None, paper_low=True)

    run(scene)


def test_a_job_stopped_by_paper_is_unknown_and_acknowledged_after_the_refill() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(paper_rows=raster.STRIP_ROWS + 10)
        told = Told()
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, Reason.PAPER)
        assert not virtual.tickets

        other = Told()
        await printer.print_job(job(), other)
        assert other.states == [ISSUED, PrintState(Phase.STALLED, Reason.PAPER)]
        assert (await printer.status()).hindrance is Reason.PAPER

        virtual.change(paper_out=False)
        assert await printing == ACKNOWLEDGED
        assert told.states == [ISSUED, SENT, PrintState(Phase.UNKNOWN, Reason.PAPER), ACKNOWLEDGED]
        [printed] = virtual.tickets
        assert printed.picture.tobytes() == ticket().tobytes()

    run(scene)


def test_a_job_waiting_in_line_stalls_when_the_one_before_is_held_back() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(paper_rows=10)
        first, second = Told(), Told()
        async with asyncio.TaskGroup() as jobs:
            printing = jobs.create_task(printer.print_job(job(), first))
            waiting = jobs.create_task(printer.print_job(job(), second))
            assert await waiting == PrintState(Phase.STALLED, Reason.PAPER)
            assert not printing.done()
            virtual.change(paper_out=False)
        assert printing.result() == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    run(scene)


def test_a_printer_switched_off_while_it_holds_a_job_leaves_it_unknown() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, Reason.PAPER)
        await virtual.stop()
        assert await printing == PrintState(Phase.UNKNOWN, Reason.PAPER)
        assert Phase.ACKNOWLEDGED not in {state.phase for state in told.states}

    run(scene)


def test_patience_with_a_held_job_ends() -> None:
    async def scene(virtual: VirtualPrinter, _: NetworkPrinter) -> None:
        virtual.change(paper_rows=10)
        printer = NetworkPrinter("127.0.0.1", virtual.port, patience=replace(QUICK, late=0.1))
        assert await printer.print_job(job(), Told()) == PrintState(Phase.UNKNOWN, Reason.PAPER)
        assert (await printer.status()).hindrance is Reason.PAPER

    run(scene)


def test_a_connection_broken_in_the_middle_of_a_job_leaves_it_unknown() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(drop_after=5000)
        told = Told()
        assert (await printer.print_job(job(), told)).phase is Phase.UNKNOWN
        assert not virtual.tickets
        virtual.change(drop_after=None)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    run(scene)


def test_a_connection_broken_while_asking_stalls_the_job() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(drop_after=1)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.STALLED, Reason.UNREACHABLE)

    run(scene)


def test_a_printer_that_stops_reading_leaves_the_job_unknown() -> None:
    async def scene(virtual: VirtualPrinter, _: NetworkPrinter) -> None:
        virtual.change(stop_reading=True)
        printer = NetworkPrinter("127.0.0.1", virtual.port, questions=Questions.NONE, patience=QUICK)
        told = Told()
        # More than the kernel takes on behalf of a program that does not read.
        assert await printer.print_job(job() * 100, told) == PrintState(Phase.UNKNOWN)
        assert told.states == [ISSUED, PrintState(Phase.UNKNOWN)]

    run(scene, receive_buffer=4096)


@pytest.mark.parametrize("mute", [False, True])
def test_a_printer_that_must_not_be_asked_is_only_sent_the_job(mute: bool) -> None:
    async def scene(virtual: VirtualPrinter, _: NetworkPrinter) -> None:
        virtual.change(mute=mute)
        printer = NetworkPrinter("127.0.0.1", virtual.port, questions=Questions.NONE, patience=QUICK)
        told = Told()
        end = await printer.print_job(job(), told)
        assert end == (PrintState(Phase.UNKNOWN) if mute else ACKNOWLEDGED)
        assert told.states == [ISSUED, SENT, end]
        assert len(virtual.tickets) == 1
        assert await printer.status() == Status(None, paper_low=False)

    run(scene)


def test_a_printer_that_falls_silent_leaves_the_job_unknown() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        def tell(state: PrintState) -> None:
            if state.phase is Phase.SENT:
                virtual.change(mute=True)

        assert await printer.print_job(job(), tell) == PrintState(Phase.UNKNOWN)
        assert len(await asyncio.gather(virtual.ticket(1))) == 1

    run(scene)


def test_a_job_given_up_by_its_caller_frees_the_printer() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        virtual.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, Reason.PAPER)
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing
        virtual.change(paper_out=False)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        # The held job comes out as well: that is why it is never sent again.
        assert len(virtual.tickets) == 2

    run(scene)


def test_jobs_are_printed_one_after_the_other() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        ends = await asyncio.gather(*(printer.print_job(job(), Told()) for _ in range(5)))
        assert ends == [ACKNOWLEDGED] * 5
        assert [printed.picture.tobytes() for printed in virtual.tickets] == [ticket().tobytes()] * 5

    run(scene)


def test_status_reports_among_the_answers_are_not_taken_for_them() -> None:
    async def scene(virtual: VirtualPrinter, printer: NetworkPrinter) -> None:
        told = Told()
        # A job that switches unasked reports on, whose bytes look like an acknowledgement.
        virtual.change(paper_rows=10)
        printing = asyncio.create_task(printer.print_job(b"\x1da\xff" + job(), told))
        await told.state(Phase.UNKNOWN, Reason.PAPER)
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
            printer = NetworkPrinter("127.0.0.1", virtual.port, patience=QUICK)
            for _ in range(2):
                await printer.print_job(job(), Told())
        files = sorted((tmp_path / "tickets").iterdir())
        assert files == seen
        assert [file.suffix for file in files] == [".png", ".png"]
        with Image.open(files[0]) as picture:
            assert picture.convert("1").tobytes() == ticket().tobytes()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (b"\x00", ACKNOWLEDGED),
        (b"\x03", PrintState(Phase.ACKNOWLEDGED, paper_low=True)),
        (b"\x0c", PrintState(Phase.UNKNOWN, Reason.PAPER)),
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
            assert await NetworkPrinter("127.0.0.1", port).print_job(b"\x1dr\x01", Told()) == end
            await closed.wait()

    asyncio.run(play())
