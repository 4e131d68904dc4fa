"""The same conversation over every way that leads to a printer, and each thing that can go wrong on it.

The wire is a pseudo-terminal with a virtual printer behind it: opened as a serial line, and as a device file.
"""

import asyncio
import os
import select
import termios
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from kiosk.devices.addresses import transport_at
from kiosk.devices.answers import Status
from kiosk.devices.device_line import Flow, SerialLine, UsbDevice
from kiosk.devices.network_line import Network
from kiosk.devices.printer import (
    LONGEST_STRIP,
    EscPosPrinter,
    Patience,
    Phase,
    PrintState,
    Questions,
)
from kiosk.devices.transport import Transport, Unreachable
from kiosk.devices.virtual_printer import VirtualPrinter
from queue_server.protocol.codes import PrintReason
from tests.support.paper import QUICK, Told, job, picture

T = TypeVar("T")

ISSUED, SENT = PrintState(Phase.ISSUED), PrintState(Phase.SENT)
ACKNOWLEDGED = PrintState(Phase.ACKNOWLEDGED)
UNREACHABLE = PrintState(Phase.STALLED, PrintReason.UNREACHABLE)

WAYS: dict[str, Callable[[VirtualPrinter], Transport]] = {
    "tcp": lambda virtual: Network("127.0.0.1", virtual.port),
    "serial": lambda virtual: SerialLine(virtual.plug_in(), 921_600, Flow.HARDWARE),
    "usb": lambda virtual: UsbDevice(virtual.plug_in()),
}
WIRES = ("serial", "usb")


def play(scene: Callable[[VirtualPrinter], Awaitable[T]]) -> T:
    async def acted() -> T:
        async with asyncio.timeout(15), VirtualPrinter(port=0) as virtual:
            return await scene(virtual)

    return asyncio.run(acted())


def printer_on(
    transport: Transport, patience: Patience = QUICK, questions: Questions = Questions.FULL
) -> EscPosPrinter:
    return EscPosPrinter(transport, patience=patience, questions=questions)


@pytest.mark.parametrize("way", WAYS)
def test_a_ticket_comes_out_dot_for_dot_and_is_acknowledged(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual))
        for count in (1, 2):
            told = Told()
            assert await printer.print_job(job(), told) == ACKNOWLEDGED
            assert told.states == [ISSUED, SENT, ACKNOWLEDGED]
            assert (await virtual.ticket(count)).picture.tobytes() == picture().tobytes()
        assert not virtual.unknown

    play(scene)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("paper_out", PrintReason.PAPER),
        ("cover_open", PrintReason.COVER),
        ("offline", PrintReason.OFFLINE),
        ("cutter_jam", PrintReason.ERROR),
        ("mute", PrintReason.UNREACHABLE),
    ],
)
def test_nothing_is_sent_to_a_printer_that_does_not_say_it_is_ready(
    way: str, fault: str, reason: PrintReason
) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual))
        virtual.change(**{fault: True})
        stalled = PrintState(Phase.STALLED, reason)
        assert await printer.print_job(job(), Told()) == stalled
        assert virtual.held_back == 0
        virtual.change(**{fault: False})
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    play(scene)


@pytest.mark.parametrize("way", WAYS)
def test_near_the_end_of_the_roll_it_says_so(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual))
        virtual.change(near_end=True)
        assert await printer.print_job(job(), Told()) == PrintState(Phase.ACKNOWLEDGED, paper_low=True)
        assert await printer.status() == Status(None, paper_low=True)

    play(scene)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", ["paper_out", "cover_open", "offline"])
def test_a_job_held_back_is_unknown_and_acknowledged_when_the_printer_goes_on(way: str, fault: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(paper_rows=300)
        told = Told()
        printing = asyncio.create_task(printer_on(WAYS[way](virtual)).print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        virtual.change(**{fault: True, "paper_out": fault == "paper_out"})
        virtual.change(**{fault: False})
        assert await printing == ACKNOWLEDGED
        assert len(virtual.tickets) == 1

    play(scene)


@pytest.mark.parametrize("way", WAYS)
def test_unplugged_in_the_middle_of_a_job_nobody_knows_what_came_out(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(drop_after=9000, bytes_per_second=2_000_000)
        told = Told()
        end = await printer_on(WAYS[way](virtual)).print_job(job(), told)
        assert end == PrintState(Phase.UNKNOWN, PrintReason.LOST)
        assert told.states[-1] == end
        assert not virtual.tickets

    play(scene)


@pytest.mark.parametrize("way", WAYS)
def test_switched_off_after_the_job_was_sent_nobody_knows_either(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(paper_rows=10)
        told = Told()
        printing = asyncio.create_task(printer_on(WAYS[way](virtual)).print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        virtual.lose_power()
        virtual.unplug()
        assert (await printing).phase is Phase.UNKNOWN
        assert not virtual.tickets

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_a_wire_that_is_not_plugged_in_is_unreachable(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual))
        virtual.unplug()
        assert await printer.print_job(job(), Told()) == UNREACHABLE
        with pytest.raises(Unreachable):
            await printer.status()

    play(scene)


def test_a_name_that_no_host_can_have_is_unreachable() -> None:
    printer = printer_on(transport_at(f"tcp://{'x' * 70}.local:9100"))
    assert asyncio.run(printer.print_job(job(), Told())) == UNREACHABLE


@pytest.mark.parametrize("way", WAYS)
def test_a_printer_that_stops_reading_is_busy(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual), questions=Questions.NONE)
        virtual.change(stop_reading=True)
        # More than the system takes on behalf of a printer that does not read.
        end = await printer.print_job(job() * (300 if way == "tcp" else 2), Told())
        assert end == PrintState(Phase.UNKNOWN, PrintReason.BUSY)

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_a_wire_that_takes_nothing_leaves_the_job_for_another_printer(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual), questions=Questions.NONE)
        virtual.change(stop_reading=True)
        first = await printer.print_job(job(), Told())
        assert first.phase is Phase.UNKNOWN
        # What the first one left behind fills the wire: not one byte of the second goes out.
        second = await printer.print_job(job(), Told())
        assert second == PrintState(Phase.STALLED, PrintReason.BUSY)

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_a_picture_that_broke_off_does_not_swallow_the_next_ticket(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        printer = printer_on(WAYS[way](virtual))
        stuck = asyncio.Event()

        def told(state: PrintState) -> None:
            if state.phase is Phase.UNKNOWN:
                stuck.set()

        virtual.change(bytes_per_second=400_000)
        printing = asyncio.create_task(printer.print_job(job(), told))
        await virtual.heard_more_than(6000)
        virtual.change(stop_reading=True)
        assert (await printing).reason is PrintReason.BUSY
        virtual.change(stop_reading=False, bytes_per_second=None)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        # The broken picture comes out first, on the same paper; below it the ticket is whole.
        paper = virtual.tickets[-1].picture
        whole = paper.crop((0, paper.height - picture().height, paper.width, paper.height))
        assert whole.tobytes() == picture().tobytes()

    play(scene)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("noise", [b"\x81", b"\xff\xfe\x00", b"\x12\x80", b"HTTP/1.1 400\r\n", b"\x92"])
def test_a_printer_that_answers_nonsense_gets_no_job(way: str, noise: bytes) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(garble=noise)
        end = await printer_on(WAYS[way](virtual)).print_job(job(), Told())
        assert end.phase is Phase.STALLED
        assert end.reason in (PrintReason.GARBLED, PrintReason.UNREACHABLE)
        assert not virtual.tickets

    play(scene)


@pytest.mark.parametrize("way", WAYS)
def test_nonsense_after_a_job_is_no_acknowledgement(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        told = Told()
        printer = printer_on(WAYS[way](virtual))
        virtual.change(paper_rows=10)
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        virtual.change(garble=b"\xff\x00")
        virtual.change(paper_out=False)
        assert await printing == PrintState(Phase.UNKNOWN, PrintReason.PAPER)
        assert Phase.ACKNOWLEDGED not in {state.phase for state in told.states}

    play(scene)


@pytest.mark.parametrize("way", WAYS)
def test_without_an_acknowledgement_nobody_knows(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(no_end=True)
        printer = printer_on(WAYS[way](virtual))
        end = await printer.print_job(job(), Told())
        if way == "tcp":
            assert end == PrintState(Phase.UNKNOWN, PrintReason.SILENT)
            await virtual.ticket(1)
        else:
            # On a wire that is found out before: an answer that never comes could come at any time.
            assert end == PrintState(Phase.STALLED, PrintReason.SILENT)
            assert not virtual.tickets

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_the_late_answer_to_an_earlier_job_is_not_taken_for_this_jobs(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        path = virtual.plug_in()
        way_to = SerialLine(path, 115_200) if way == "serial" else UsbDevice(path)
        before = printer_on(way_to, replace(QUICK, late=0.05))
        virtual.change(paper_rows=10)
        assert (await before.print_job(job(), Told())).reason is PrintReason.PAPER
        # The kiosk starts anew; the roll is changed just as it does, and both jobs come out.
        virtual.change(paper_out=False)
        after = printer_on(SerialLine(path, 115_200) if way == "serial" else UsbDevice(path))
        told = Told()
        assert await after.print_job(job(), told) == ACKNOWLEDGED
        assert len(virtual.tickets) == 2

    play(scene)


@pytest.mark.parametrize("way", WIRES)
@pytest.mark.parametrize("looks_first", [False, True])
def test_a_kiosk_that_was_killed_in_the_middle_of_a_picture_prints_when_it_begins_anew(
    way: str, looks_first: bool
) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        path = virtual.plug_in()
        line = await UsbDevice(path).open(1)
        await line.send(job()[:20_000], 1)
        await line.close()
        printer = printer_on(SerialLine(path, 921_600) if way == "serial" else UsbDevice(path))
        if looks_first:
            assert await printer.status() == Status(None, paper_low=False)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        assert virtual.tickets[-1].picture.tobytes().endswith(picture().tobytes())

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_one_that_says_nothing_is_asked_no_longer_than_once_more(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(mute=True)
        printer = printer_on(WAYS[way](virtual))
        for _ in range(3):
            assert await printer.print_job(job(), Told()) == UNREACHABLE
        # It may have been in the middle of a picture when it was heard first, and then no more.
        await virtual.heard_more_than(LONGEST_STRIP)
        assert virtual._heard < 2 * LONGEST_STRIP

    play(scene)


def test_a_line_that_goes_dead_sends_no_zeros() -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        path = virtual.plug_in()
        line = await SerialLine(path, 115_200).open(1)
        file = os.open(path, os.O_RDWR | os.O_NOCTTY)
        try:
            # A pseudo-terminal knows no break: what it would do with one is all that can be seen.
            wanted = termios.IGNBRK | termios.IGNPAR | termios.INPCK
            assert termios.tcgetattr(file)[0] & wanted == wanted
        finally:
            os.close(file)
            await line.close()

    play(scene)


def test_a_slow_line_gets_the_time_its_bytes_need() -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        # The job takes two seconds: too long for a line that claims to be fast.
        virtual.change(bytes_per_second=30_000)
        path = virtual.plug_in()
        patience = replace(QUICK, send=0.05, acknowledge=5)
        fast = SerialLine(path, 921_600, Flow.SOFTWARE)
        assert (await printer_on(fast, patience, questions=Questions.NONE).print_job(job(), Told())) == (
            PrintState(Phase.UNKNOWN, PrintReason.BUSY)
        )
        virtual.unplug()
        slow = SerialLine(virtual.plug_in(), 115_200, Flow.NONE)
        assert slow.seconds_for(len(job())) > 5
        assert await printer_on(slow, patience).print_job(job(), Told()) == ACKNOWLEDGED

    play(scene)


@pytest.mark.parametrize("way", WAYS)
def test_reports_a_printer_sends_by_itself_are_no_answers(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        told = Told()
        virtual.change(paper_rows=10)
        printer = printer_on(WAYS[way](virtual))
        printing = asyncio.create_task(printer.print_job(b"\x1da\xff" + job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        virtual.change(near_end=True)
        virtual.change(near_end=False)
        assert not printing.done()
        virtual.change(paper_out=False)
        assert await printing == ACKNOWLEDGED

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_a_job_given_up_by_its_caller_frees_the_wire(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(paper_rows=10)
        told = Told()
        printer = printer_on(WAYS[way](virtual))
        printing = asyncio.create_task(printer.print_job(job(), told))
        await told.state(Phase.UNKNOWN, PrintReason.PAPER)
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing
        virtual.change(paper_out=False)
        assert await printer.print_job(job(), Told()) == ACKNOWLEDGED
        assert len(virtual.tickets) == 2

    play(scene)


@pytest.mark.parametrize("way", WIRES)
def test_the_loop_goes_on_while_a_wire_is_full(way: str) -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        virtual.change(stop_reading=True)
        printer = printer_on(WAYS[way](virtual), replace(QUICK, send=0.5), questions=Questions.NONE)
        printing = asyncio.create_task(printer.print_job(job() * 2, Told()))
        turns = 0
        while not printing.done():
            turns += 1
            await asyncio.sleep(0.005)
        assert turns > 20
        assert printing.result().reason is PrintReason.BUSY

    play(scene)


def test_a_pipe_takes_jobs_but_says_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def acted() -> None:
        async with asyncio.timeout(30):
            printer = printer_on(transport_at(f"file:{pipe}"), questions=Questions.NONE)
            # Nobody reads: nothing is sent.
            assert await printer.print_job(job(), Told()) == UNREACHABLE
            end_of_it = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            os.set_blocking(end_of_it, True)
            printing = asyncio.create_task(printer.print_job(job(), Told()))
            with os.fdopen(end_of_it, "rb") as reader:
                await asyncio.to_thread(select.select, [end_of_it], [], [])
                found = await asyncio.to_thread(reader.read)
            assert await printing == PrintState(Phase.SENT, PrintReason.UNASKED)
            assert found == job().removesuffix(b"\x1dr\x01")

    asyncio.run(acted())


def test_devices_that_lie_are_not_believed() -> None:
    async def acted() -> None:
        async with asyncio.timeout(30):
            # It takes everything and never says a word.
            assert await printer_on(UsbDevice("/dev/null")).print_job(b"x", Told()) == UNREACHABLE
            unasked = printer_on(UsbDevice("/dev/null"), questions=Questions.NONE)
            assert (await unasked.print_job(b"x", Told())).reason is PrintReason.UNASKED
            full = printer_on(UsbDevice("/dev/full"), questions=Questions.NONE)
            assert await full.print_job(b"x", Told()) == PrintState(Phase.UNKNOWN, PrintReason.LOST)

    asyncio.run(acted())


def test_a_device_that_is_in_use_is_unreachable() -> None:
    async def scene(virtual: VirtualPrinter) -> None:
        path = virtual.plug_in()
        line = await SerialLine(path, 9600).open(1)
        assert await printer_on(SerialLine(path, 9600)).print_job(job(), Told()) == UNREACHABLE
        await line.close()
        assert await printer_on(SerialLine(path, 115_200)).print_job(job(), Told()) == ACKNOWLEDGED

    play(scene)
