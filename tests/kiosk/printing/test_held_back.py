"""A ticket that the printer holds back keeps nobody after it waiting."""

import asyncio
from dataclasses import replace

import pytest
from msgspec import structs

from kiosk.app import Kiosk, Settings
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Patience
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.journey.values import Issued
from kiosk.printing import Printing
from queue_server.protocol.codes import PrintState
from tests.support.kiosk_parts import ticket
from tests.support.served import until
from tests.support.still_connection import StillConnection

QUICK = Patience(acknowledge=1.0, probe=0.1)


@pytest.mark.parametrize("has_spare", [True, False])
def test_whoever_comes_after_a_ticket_held_back_is_told_or_has_the_spare_printer(has_spare: bool) -> None:
    async def scene() -> None:
        async with VirtualPrinter(port=0) as first, VirtualPrinter(port=0) as spare:
            settings = Settings("kiosk-1", ("ws://127.0.0.1:1/ws",), "token", f"tcp://127.0.0.1:{first.port}")
            app = Kiosk(settings, StillConnection)
            app.rows_changed()
            lines = [
                EscPosPrinter(Network("127.0.0.1", each.port), patience=QUICK) for each in (first, spare)
            ]
            app.printing = Printing(lines[0], lines[1] if has_spare else None, alert=app.call_to_printer)
            first.change(paper_rows=100)
            async with app.run_test(size=(67, 16)), asyncio.timeout(30):
                one, two = (structs.replace(ticket(), print=name) for name in ("p1", "p2"))
                app.journey = replace(app.journey, stage=Issued(two))
                for each in (one, two):
                    app.run_worker(app.put_on_paper(each), group="print")
                wanted = PrintState.ACKNOWLEDGED if has_spare else PrintState.STALLED
                await until(lambda: _state(app) is wanted)
                assert len(spare.tickets) == has_spare
                assert not first.tickets

    asyncio.run(scene())


def _state(app: Kiosk) -> PrintState | None:
    """What the second patient is told of the paper."""
    stage = app.journey.stage
    return stage.paper.state if isinstance(stage, Issued) else None
