"""A program in a terminal of a given size, as a person sees it: keys in, the screen out.

    with Terminal(["queue-board", ...], columns=80, rows=24) as board:
        board.wait_for("MỜI VÀO")
        board.press("q")

A thread of its own reads what the program draws, so a program is never held up by a test that looks
elsewhere, and every wait ends with the output that fulfils it. A wait that ends without it shows the screen.
"""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import pyte

from display import blocks
from tests.support.processes import ROOT, environment

PATIENCE = 30.0
"""Seconds for what a program is expected to show."""
FAREWELL = 10.0
"""Seconds for a program to end after it was asked to."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "ctrl+c": "\x03",
    "ctrl+q": "\x11",
}

# The emulator knows neither private CSI sequences (the kitty keyboard's) nor DCS and APC strings.
_UNKNOWN = re.compile(r"\x1b\[[<>=][0-9;]*[ -/]*[@-~]|\x1b[P_^][^\x1b]*\x1b\\")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;<>=?]*[ -/]*)?$|\x1b[P_^][^\x1b]*(?:\x1b)?$")


class Terminal:
    """One program in one terminal. Use as a context manager; leaving it ends the program."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._command = list(command)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._size = struct.pack("HHHH", rows, columns, 0, 0)
        self._environment = {
            **environment(),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            **(extra or {}),
        }
        self._changed = threading.Condition()
        self._ended = False
        self._left_over = ""
        self._undecoded = b""

    def __enter__(self) -> Self:
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, self._size)
        try:
            # The first terminal that a session's leader opens is its controlling one: Ctrl-C is a signal.
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(slave), *self._command],
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
            )
        except OSError:
            os.close(slave)
            os.close(master)
            raise
        # Held until the program draws: a terminal that nobody has open is at its end.
        self._slave: int | None = slave
        self._master = master
        self._reader = threading.Thread(
            target=self._read, name=f"terminal of {self._command[0]}", daemon=True
        )
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ask the program to end, and see that it does."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self._leave_slave()
        self._reader.join(FAREWELL)
        os.close(self._master)

    # Looking -----------------------------------------------------------------------------------------------

    @property
    def screen(self) -> str:
        """What can be read now, line by line."""
        with self._changed:
            return self._text()

    def shows(self, text: str) -> bool:
        """Whether a text can be read now, in ordinary or in block letters."""
        return reads(self.screen, text)

    def wait_for(self, *texts: str, within: float = PATIENCE) -> str:
        """The screen once all these texts can be read on it, in ordinary or in block letters."""
        wanted = " and ".join(repr(text) for text in texts)
        return self.wait_until(lambda shown: all(reads(shown, text) for text in texts), wanted, within)

    def wait_gone(self, text: str, within: float = PATIENCE) -> str:
        """The screen once this text can't be read any more."""
        return self.wait_until(lambda shown: not reads(shown, text), f"no {text!r}", within)

    def wait_until(self, good: Callable[[str], bool], wanted: str, within: float = PATIENCE) -> str:
        """The screen once it is as wanted. Raises AssertionError, with the screen, when it isn't in time."""
        deadline = time.monotonic() + within
        with self._changed:
            while not good(shown := self._text()):
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = f"{self._command[0]} ended" if self._ended else f"waited {within:g} s"
                    raise AssertionError(f"{why} without {wanted}; the screen:\n{shown}")
                self._changed.wait(left)
            return shown

    def wait_still(self, quiet: float = 0.6) -> str:
        """The screen once nothing was drawn for so many seconds. A page that was just opened takes no keys
        yet, lest a second tap that was meant for the page before chooses on it."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while self._changed.wait(quiet):
                assert time.monotonic() < deadline, (
                    f"{self._command[0]} never rests; the screen:\n{self._text()}"
                )
            return self._text()

    def wait_end(self, within: float = PATIENCE) -> int:
        """The program's exit code, once it has ended by itself."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self._command[0]} does not end; the screen:\n{self.screen}") from None

    # Typing ------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each by name or as the character it types."""
        for key in keys:
            self.send(KEYS.get(key, key).encode())

    def scan(self, text: str, end: str = "\r") -> None:
        """Type a whole code at once and its end, as a keyboard scanner does."""
        self.send(f"{text}{end}".encode())

    def send(self, raw: bytes) -> None:
        """Bytes as the keyboard gives them."""
        deadline = time.monotonic() + PATIENCE
        while raw:
            _, writable, _ = select.select([], [self._master], [], max(0.0, deadline - time.monotonic()))
            assert writable, f"{self._command[0]} takes no keys; the screen:\n{self.screen}"
            raw = raw[os.write(self._master, raw) :]

    # Drawing -----------------------------------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError:
                # How a terminal says that nobody has its other end open any more.
                piece = b""
            self._leave_slave()
            with self._changed:
                if piece:
                    self._draw(piece)
                else:
                    self._ended = True
                self._changed.notify_all()
            if not piece:
                return

    def _leave_slave(self) -> None:
        with self._changed:
            if self._slave is not None:
                os.close(self._slave)
                self._slave = None

    def _draw(self, piece: bytes) -> None:
        raw = self._undecoded + piece
        cut = _whole_letters(raw)
        raw, self._undecoded = raw[:cut], raw[cut:]
        text = self._left_over + raw.decode(errors="replace")
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        text, self._left_over = text[:end], text[end:]
        self._stream.feed(_UNKNOWN.sub("", text))

    def _text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)


def reads(screen: str, text: str) -> bool:
    """Whether a text stands on a screen, in ordinary letters or in block letters of any size."""
    if text in screen:
        return True
    if not blocks.drawable(text):
        return False
    lines = screen.split("\n")
    widest = max(map(len, lines), default=0)
    scales = (
        (across, down)
        for across in range(1, 17)
        for down in range(across, across + across // 2 + 1)
        if blocks.size(text, across, down)[0] <= widest and blocks.size(text, across, down)[1] <= len(lines)
    )
    return any(_stands(lines, [row.rstrip() for row in blocks.draw(text, *scale)]) for scale in scales)


def _stands(lines: Sequence[str], drawn: Sequence[str]) -> bool:
    """Whether rows stand below each other somewhere. Their own right edge is blank, whatever else follows."""
    for y in range(len(lines) - len(drawn) + 1):
        x = lines[y].find(drawn[0])
        while x >= 0:
            if all(lines[y + n].startswith(row, x) for n, row in enumerate(drawn)):
                return True
            x = lines[y].find(drawn[0], x + 1)
    return False


def _whole_letters(raw: bytes) -> int:
    """How many bytes make whole letters: the rest of the last one may still be on its way."""
    for back in range(1, min(4, len(raw) + 1)):
        lead = raw[-back]
        if lead < 0x80:
            return len(raw)
        if lead >= 0xC0:
            needed = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return len(raw) if back >= needed else len(raw) - back
    return len(raw)
