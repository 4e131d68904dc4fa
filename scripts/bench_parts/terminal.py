"""A program in a terminal: keys and taps in, what it draws out, and when."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from scripts.bench_parts.figures import GaveUp

PATIENCE = 30.0
"""Seconds after which words are taken never to be drawn."""
FAREWELL = 10.0
COLUMNS, ROWS = 67, 16
"""Of a kiosk's screen."""
_ESCAPES = re.compile(rb"\x1b\[[0-9;<>=?:]*[ -/]*[@-~]|\x1b[P_\]^][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b.")
_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<>=][0-9;]*[ -/]*[@-~]|\x1b[P_^][^\x1b]*\x1b\\")


class Terminal:
    """One program; leaving the block ends it. began: when (perf_counter) it was started."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._changed = threading.Condition()
        self._drawn = b""
        self._seen = 0
        self._at = 0.0

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            self._command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(FAREWELL)
        os.close(self._master)

    def type(self, keys: bytes) -> None:
        """Bytes as a scanner or a keyboard sends them."""
        while keys:
            keys = keys[os.write(self._master, keys) :]

    def wait(self, *texts: str) -> float:
        """When (perf_counter) all of these texts were drawn since the last `until` began."""
        wanted, deadline = [text.encode() for text in texts], time.monotonic() + PATIENCE
        with self._changed:
            while True:
                words = _ESCAPES.sub(b"", self._drawn[self._seen :])
                if all(text in words for text in wanted):
                    return self._at
                if not self._changed.wait(deadline - time.monotonic()):
                    raise GaveUp(f"{self._command[0]} does not show {texts}")

    def until(self, *texts: str, after: bytes) -> float:
        """Milliseconds from these keys until all of these texts are drawn."""
        with self._changed:
            self._seen = len(self._drawn)
        began = time.perf_counter()
        self.type(after)
        return (self.wait(*texts) - began) * 1000

    def tap(self, text: str) -> bytes:
        """A finger on this text, pressed and lifted, as terminals tell it."""
        screen = pyte.Screen(COLUMNS, ROWS)
        with self._changed:
            pyte.ByteStream(screen).feed(_NOT_FOR_PYTE.sub(b"", self._drawn))
        for row, line in enumerate(screen.display):
            if (column := line.find(text)) >= 0:
                place = f"{column + 1 + len(text) // 2};{row + 1}"
                return f"\x1b[<0;{place}M\x1b[<0;{place}m".encode()
        raise GaveUp(f"nowhere to tap on {text!r}")

    def memory(self) -> float:
        """MiB it holds resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return float(line.split()[1]) / 1024

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._master, 65_536)
            except OSError:
                return
            at = time.perf_counter()
            with self._changed:
                self._drawn, self._at = self._drawn + chunk, at
                self._changed.notify_all()
