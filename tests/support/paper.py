"""A print job to try printers with, and what they tell of it."""

import asyncio
from functools import cache

import qrcode
from PIL import Image

from kiosk import raster
from kiosk.devices.printer import Patience, Phase, PrintState
from queue_server.protocol.codes import PrintReason

QUICK = Patience(connect=2, answer=0.3, send=0.3, acknowledge=0.3, probe=0.02, late=20)
CODE = "DL:0123456789ABCDEF"


@cache
def picture() -> Image.Image:
    """A long ticket with a code and a pattern that no byte of it may be lost of."""
    page = Image.new("1", (raster.WIDE, 900), 1)
    page.paste(qrcode.make(CODE, box_size=6).get_image().convert("1"), (100, 40))
    for row in range(400, 900):
        page.putpixel((row * 7 % raster.WIDE, row), 0)
    return page


@cache
def job() -> bytes:
    """The bytes of it, with the question at the end."""
    return raster.encode(picture())


class Told:
    """The states of one job, and a way to wait for one of them."""

    def __init__(self) -> None:
        self.states: list[PrintState] = []
        self._news = asyncio.Event()

    def __call__(self, state: PrintState) -> None:
        self.states.append(state)
        self._news.set()

    async def state(self, phase: Phase, reason: PrintReason | None = None) -> None:
        while not any((state.phase, state.reason) == (phase, reason) for state in self.states):
            self._news.clear()
            await self._news.wait()
