"""What goes on behind an emergency and an attendant: whose page waits there, papers, and what is kept."""

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from kiosk.app import Kiosk
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Patience
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.duty import pin
from kiosk.duty.values import Duty, Guard, Press
from kiosk.journey.values import Form, Tick, Who
from kiosk.printing import Printing
from tests.kiosk.duty.test_on_the_screen import PIN, drawn, enter, play, said, see, tap, under_way
from tests.support.still_connection import StillConnection


def test_a_page_that_takes_long_to_fill_in_asks_at_once_who_is_there() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await under_way(app, pilot)
        app.journey = replace(app.journey, stage=Form(Who.ME, name="Lê Thử"))
        for press in (Press.EMERGENCY, Press.MISTAKE, Press.NOBODY_NEEDS_HELP, Press.LEAVE):
            app.happen(press)
        app.happen(Tick())
        assert app.journey.warned
        await drawn(app, pilot)
        assert "Lê Thử" not in said(app)

    play(scene)


def test_a_test_print_that_is_held_back_is_said_to_be_at_once(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        async with VirtualPrinter(port=0) as printer:
            line = EscPosPrinter(Network("127.0.0.1", printer.port), patience=Patience(probe=0.1))
            app.printing = Printing(line, alert=lambda detail: None)
            printer.change(paper_rows=100)
            await enter(app, pilot)
            await tap(app, pilot, "In thử")
            await see(app, pilot, "Không rõ đã in chưa.")
            printer.change(paper_out=False)
            await see(app, pilot, "Đã in xong.")

    play(scene, tmp_path)


def test_what_is_kept_is_what_was_so_last(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        keeping = []
        for wrong in range(30):
            app.duty.duty = Duty(guard=Guard(wrong))
            keeping.append(asyncio.create_task(app.duty._keep()))
            await asyncio.sleep(0)
        await asyncio.gather(*keeping)
        assert msgspec.json.decode((tmp_path / "duty.json").read_bytes())["wrong"] == 29

    play(scene, tmp_path)
    assert "cannot remember" not in caplog.text
