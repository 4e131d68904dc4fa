"""A bar code scanner on a serial line (USB-CDC or RS-232): the one mode that keeps Vietnamese intact.

A thread of its own reads the line and hands whole scans to the event loop. An unplugged scanner is
ordinary life: the line is opened again with growing pauses until it is back.

What was scanned is never logged.
"""

import asyncio
import logging
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import serial

_T = TypeVar("_T")

log = logging.getLogger(__name__)

LONGEST_SCAN = 4096
"""Bytes. More than a QR code can hold; a line that goes on is a scanner gone mad."""

_ENDS = b"\r\n\t"


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `idle_gap` ends a scan that brought no end mark of its own."""

    poll: float = 0.2
    idle_gap: float = 0.08
    first_retry: float = 0.5
    longest_retry: float = 5.0


class ScanAssembler:
    """Puts bytes together to scans. Ends are CR, LF or Tab, or silence."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._overflown = False

    @property
    def is_pending(self) -> bool:
        """Whether a scan has begun."""
        return bool(self._bytes) or self._overflown

    def feed(self, chunk: bytes) -> list[str]:
        """The scans that `chunk` completes."""
        scans = []
        for byte in chunk:
            if byte in _ENDS:
                scans += self.end()
            elif len(self._bytes) < LONGEST_SCAN:
                self._bytes.append(byte)
            else:
                self._overflown = True
        return scans

    def end(self) -> list[str]:
        """The line is silent: what is there is the whole scan. Nothing, if nothing (or too much) is."""
        scan, overflown = bytes(self._bytes), self._overflown
        self._bytes.clear()
        self._overflown = False
        return [] if overflown or not scan else [scan.decode("utf-8", errors="replace")]


class SerialScanner:
    """Reads one scanner until stopped.

    `device` is best a name under `/dev/serial/by-id/`, which stays when the scanner is plugged in
    elsewhere. `on_scan` gets each scan, `on_connected` each coming and going of the device, both in the
    event loop that called `start`.
    """

    def __init__(
        self,
        device: str,
        on_scan: Callable[[str], None],
        on_connected: Callable[[bool], None] | None = None,
        *,
        baudrate: int = 9600,
        timing: Timing | None = None,
    ) -> None:
        self._device = device
        self._on_scan = on_scan
        self._on_connected = on_connected
        self._baudrate = baudrate
        self._timing = timing or Timing()
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read. Call from the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Stop reading and wait for the thread; it looks up several times a second."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        pause = self._timing.first_retry
        was_here: bool | None = None
        while not self._stopping.is_set():
            try:
                with serial.Serial(
                    self._device, self._baudrate, timeout=self._timing.poll, exclusive=True
                ) as line:
                    log.info(
                        "scanner connected", extra={"action": "scanner_connected", "device": self._device}
                    )
                    pause, was_here = self._timing.first_retry, True
                    self._tell(self._on_connected, True)
                    self._read(line)
            # pyserial lets errors of the terminal layer through as they are.
            except (OSError, termios.error) as error:
                if was_here is not False:
                    log.warning(
                        "scanner not there: %s",
                        type(error).__name__,
                        extra={"action": "scanner_lost", "device": self._device},
                    )
                    self._tell(self._on_connected, False)
                was_here = False
                self._stopping.wait(pause)
                pause = min(2 * pause, self._timing.longest_retry)

    def _read(self, line: serial.Serial) -> None:
        assembler = ScanAssembler()
        while not self._stopping.is_set():
            line.timeout = self._timing.idle_gap if assembler.is_pending else self._timing.poll
            chunk = line.read(max(1, line.in_waiting))
            for scan in assembler.feed(chunk) if chunk else assembler.end():
                self._tell(self._on_scan, scan)

    def _tell(self, listener: Callable[[_T], None] | None, what: _T) -> None:
        if listener is None or self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(listener, what)
        except RuntimeError:
            # The loop is closed: nobody is left to tell.
            self._stopping.set()
