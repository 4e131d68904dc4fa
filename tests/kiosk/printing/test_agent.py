"""Slips on a room's printer: a real server, a real socket to a virtual printer, and an agent that may die."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import zxingcpp

from kiosk.agent import PrinterAgent, Settings
from kiosk.devices.answers import Status
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Patience, Phase, Printer, PrintState, Questions
from kiosk.devices.virtual_printer import VirtualPrinter
from queue_server.app import App
from queue_server.protocol import codes
from tests.support.served import Message, Talk, register, serving, talking, until

ROOM = "room-1"


@asynccontextmanager
async def printing(
    port: int, printer: Printer, *more: int, spare: Printer | None = None
) -> AsyncIterator[tuple[PrinterAgent, "asyncio.Task[None]"]]:
    servers = [f"ws://127.0.0.1:{number}/ws" for number in (port, *more)]
    one = PrinterAgent(Settings("printer-1", servers, "demo-printer-1"), printer, spare)
    task = asyncio.create_task(one.run())
    await until(lambda: one.connection.online or task.done())
    try:
        yield one, task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def at(virtual: VirtualPrinter, questions: Questions = Questions.FULL) -> EscPosPrinter:
    patience = Patience(acknowledge=10.0, probe=0.05)
    return EscPosPrinter(Network("127.0.0.1", virtual.port), questions=questions, patience=patience)


async def several_stops(talk: Talk) -> str:
    """A patient who is sent to three places at once."""
    answer = await talk.do(register(service="general"))
    visit: str = answer["result"]["visit"]
    orders = [{"service": "sampling"}, {"service": "ultrasound"}, {"service": "x-ray"}]
    added = await talk.do({"type": "add_steps", "visit": visit, "orders": orders})
    assert added["type"] == "accepted", added
    return visit


async def send(talk: Talk, visit: str, clinic: str = ROOM) -> Message:
    return await talk.do({"type": "print_at_clinic", "clinic": clinic, "visit": visit})


async def becomes(app: App, name: str, state: codes.PrintState) -> None:
    """Let the loop go on until the paper is in this state."""
    paper = await app.service.read(lambda day: day.prints[name])
    await until(lambda: paper.part.state is state)


def play(test: Callable[[], Any]) -> None:
    asyncio.run(test())


def test_a_slip_with_all_stops_comes_out_in_the_room(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as app,
            VirtualPrinter(port=0, out_dir=tmp_path / "slips") as virtual,
            talking(app, "supervisor") as talk,
            printing(app.port, at(virtual)) as (one, _),
        ):
            visit = await several_stops(talk)
            said = await send(talk, visit)
            name = said["result"]["print"]
            stops = [stop["place"]["label"]["vi"] for stop in said["result"]["stops"]]
            assert {"Phòng lấy mẫu xét nghiệm", "Siêu âm", "Phòng X-quang"} <= set(stops)
            await becomes(app, name, codes.PrintState.ACKNOWLEDGED)
            await until(lambda: not one.connection.rows("printer:printer-1"))
            (slip,) = virtual.tickets
            (code,) = zxingcpp.read_barcodes(slip.picture)
            assert said["result"]["token"] in code.text
            assert virtual.unknown == b""

    play(story)


def test_a_printer_that_cannot_be_asked_prints_and_nobody_waits_for_its_word(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as app,
            VirtualPrinter(port=0) as virtual,
            talking(app, "supervisor") as talk,
            printing(app.port, at(virtual, Questions.NONE)) as (one, _),
        ):
            virtual.change(mute=True)
            visit = await several_stops(talk)
            for count in (1, 2):
                name = (await send(talk, visit))["result"]["print"]
                await virtual.ticket(count)
                await until(lambda: not one.connection.rows("printer:printer-1"))
                papers = await app.service.read(lambda day: dict(day.prints))
                part = papers[name].part
                assert (part.state, part.reason) == (codes.PrintState.SENT, "unasked")
            assert not await app.service.read(lambda day: [*day.alerts.values()])

    play(story)


def test_the_spare_printer_prints_what_the_first_one_took_nothing_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as app,
            VirtualPrinter(port=0) as first,
            VirtualPrinter(port=0) as second,
            talking(app, "supervisor") as talk,
            printing(app.port, at(first), spare=at(second)) as (one, _),
        ):
            first.change(cover_open=True)
            visit = await several_stops(talk)
            name = (await send(talk, visit))["result"]["print"]
            await becomes(app, name, codes.PrintState.ACKNOWLEDGED)
            assert (len(first.tickets), len(second.tickets)) == (0, 1)
            reason = await app.service.read(lambda day: day.prints[name].part.reason)
            assert reason == "spare"
            alerts = await app.service.read(lambda day: [*day.alerts.values()])
            assert [(alert.subject, alert.detail) for alert in alerts] == [("printer-1", "cover")]
            assert one.printing.shows["spare"] == "ready"

    play(story)


def test_a_clinic_without_a_printer_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as app, talking(app, "supervisor") as talk:
            visit = await several_stops(talk)
            refused = await send(talk, visit, "room-2")
            assert (refused["code"], refused["facts"]) == ("no_printer", {"clinic": "room-2"})

    play(story)


def test_without_paper_the_slip_is_stalled_and_staff_hear_of_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as app,
            VirtualPrinter(port=0) as virtual,
            talking(app, "supervisor") as talk,
            printing(app.port, at(virtual)) as (one, _),
        ):
            virtual.change(paper_out=True)
            visit = await several_stops(talk)
            first = (await send(talk, visit))["result"]["print"]
            await becomes(app, first, codes.PrintState.STALLED)
            alerts = await app.service.read(lambda day: [*day.alerts.values()])
            assert [(alert.kind, alert.subject) for alert in alerts] == [
                (codes.AlertKind.PRINTER, "printer-1")
            ]
            virtual.change(paper_out=False)
            second = (await send(talk, visit))["result"]["print"]
            await becomes(app, second, codes.PrintState.ACKNOWLEDGED)
            assert len(virtual.tickets) == 1
            await until(lambda: not one.connection.rows("printer:printer-1"))
            # Somebody came: nobody else has to.
            (alert,) = alerts
            await until(lambda: not alert.part.is_open)
            assert alert.part.acknowledged_by == "printer-1"

    play(story)


class Hanging:
    """A printer that took a job and is not heard of any more."""

    def __init__(self) -> None:
        self.jobs = 0

    async def print_job(self, job: bytes, on_state: Callable[[PrintState], None]) -> PrintState:
        self.jobs += 1
        on_state(PrintState(Phase.SENT))
        await asyncio.Event().wait()
        raise AssertionError

    async def status(self) -> Status:
        return Status(None, paper_low=False)


def test_an_agent_that_died_over_a_paper_does_not_print_it_again(tmp_path: Path) -> None:
    async def story() -> None:
        hanging = Hanging()
        async with serving(tmp_path) as app, talking(app, "supervisor") as talk:
            async with printing(app.port, hanging):
                visit = await several_stops(talk)
                first = (await send(talk, visit))["result"]["print"]
                await until(lambda: hanging.jobs == 1)
                await becomes(app, first, codes.PrintState.SENT)
            # While nobody is there, another one is wanted: that one comes out.
            second = (await send(talk, visit))["result"]["print"]
            async with VirtualPrinter(port=0) as virtual, printing(app.port, at(virtual)):
                await becomes(app, second, codes.PrintState.ACKNOWLEDGED)
                await becomes(app, first, codes.PrintState.UNKNOWN)
                assert len(virtual.tickets) == 1

    play(story)


def test_two_agents_of_one_printer_print_a_slip_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            serving(tmp_path) as app,
            VirtualPrinter(port=0) as virtual,
            talking(app, "supervisor") as talk,
            printing(app.port, at(virtual)),
            printing(app.port, at(virtual)),
        ):
            visit = await several_stops(talk)
            names = [(await send(talk, visit))["result"]["print"] for _ in range(3)]
            for name in names:
                await becomes(app, name, codes.PrintState.ACKNOWLEDGED)
            assert len(virtual.tickets) == 3

    play(story)


def test_the_agent_survives_the_servers_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with VirtualPrinter(port=0) as virtual:
            async with serving(tmp_path) as app, talking(app, "supervisor") as talk:
                visit = await several_stops(talk)
                waiting = (await send(talk, visit))["result"]["print"]
                await becomes(app, waiting, codes.PrintState.ISSUED)
                gone = app.port
            async with serving(tmp_path) as app, printing(gone, at(virtual), app.port) as (one, _):
                await becomes(app, waiting, codes.PrintState.ACKNOWLEDGED)
                async with talking(app, "supervisor") as talk:
                    later = (await send(talk, visit))["result"]["print"]
                await becomes(app, later, codes.PrintState.ACKNOWLEDGED)
                assert one.connection.online
            assert len(virtual.tickets) == 2

    play(story)


def test_a_printer_sees_its_own_slips_only_and_may_do_nothing_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with serving(tmp_path) as app, talking(app, "printer-1") as talk:
            for topic in ("printer:printer-2", "facility", "hall:hall-1", "names:room-1"):
                assert (await talk.follow(topic))["type"] == "error"
            assert (await talk.follow("printer:printer-1"))["type"] == "snapshot"
            assert (await talk.do(register()))["code"] == "forbidden"

    play(story)
