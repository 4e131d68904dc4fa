import ast
import asyncio
import os
import pty
import sys

import pytest
from textual.drivers import linux_driver

from kiosk.devices.terminal_input import tolerate_bad_bytes

PROGRAM = """
import sys
from textual import events
from textual.app import App
from textual.widgets import Button, Input
from kiosk.devices.terminal_input import tolerate_bad_bytes
from kiosk.devices.wedge import Scan, WedgeGuard

class Kiosk(App[str]):
    # The shell of a kiosk: keys pass the guard before anything can have the focus.
    def __init__(self):
        super().__init__()
        self.guard = WedgeGuard()
        self.seen = []

    def compose(self):
        yield FIELD

    def on_ready(self):
        self.query_one("#field").focus()
        print("ready", file=sys.__stdout__, flush=True)

    def on_button_pressed(self):
        self.seen.append("pressed")

    async def on_event(self, event):
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.give(self.guard.press(event, event.character, event.time))
            self.set_timer(0.15, self.release)
        else:
            await super().on_event(event)

    async def release(self):
        await self.give(self.guard.idle(events.Event().time))

    async def give(self, groups):
        for group in groups:
            if isinstance(group, Scan):
                self.seen.append(group.text)
                if group.text == "exit":
                    self.exit("|".join([*self.seen, getattr(self.query_one("#field"), "value", "")]))
            else:
                for key in group.keys:
                    await super().on_event(key)

tolerate_bad_bytes()
print(ascii(Kiosk().run()), file=sys.__stdout__, flush=True)
"""


def seen_by(field: str, *bursts: bytes) -> str:
    """What a program with `field` in focus makes of bytes typed into its terminal."""

    async def scene() -> str:
        ours, theirs = pty.openpty()
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, lambda: os.read(ours, 65536))
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                PROGRAM.replace("FIELD", field),
                stdin=theirs,
                stderr=theirs,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
            )
            try:
                async with asyncio.timeout(30):
                    assert process.stdout is not None
                    assert await process.stdout.readline() == b"ready\n"
                    for burst in bursts:
                        os.write(ours, burst)
                    said = await process.stdout.readline()
                    assert await process.wait() == 0
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        finally:
            loop.remove_reader(ours)
            os.close(ours)
            os.close(theirs)
        return str(ast.literal_eval(said.decode()))

    return asyncio.run(scene())


BUTTON, INPUT = 'Button("Start", id="field")', 'Input(id="field")'
CARD = "079190000000||Trần Thị Mẫu Thử|15081990|Nữ|Số 1 Đường Ví Dụ, Phường Mẫu|01052021"


def test_the_installed_textual_survives_bytes_that_are_no_text() -> None:
    assert seen_by(BUTTON, b"A\xffB\xc3(" + "Ầ".encode() + b"\r", b"exit\r") == "A\ufffdB\ufffd(Ầ|exit|"


@pytest.mark.parametrize("field", [BUTTON, INPUT])
def test_a_scan_typed_into_the_terminal_reaches_nothing_that_has_the_focus(field: str) -> None:
    assert seen_by(field, CARD.encode() + b"\r\n", b"exit\r") == f"{CARD}|exit|"


def test_the_decoder_is_put_where_textual_looks_for_it() -> None:
    tolerate_bad_bytes()
    decoder = vars(linux_driver)["getincrementaldecoder"]("utf-8")()
    assert decoder.decode(b"a\xffb") == "a\ufffdb"
    assert decoder.decode("Ầ".encode()[:2]) == ""
    assert decoder.decode("Ầ".encode()[2:]) == "Ầ"
