"""A printer behind a device of the operating system: a serial line, or a USB printer (`/dev/usb/lp0`).

Such devices may block in any call, so each transport has one thread of its own that does nothing else. It
never waits without a limit, and closing wakes it.
"""

import asyncio
import contextlib
import os
import select
import stat
import termios
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import serial

from kiosk.devices.transport import ConnectionLost, Line, NothingTaken, Stuck, Unreachable

_T = TypeVar("_T")

_CHUNK = 4096
_NAP = 0.02
"""Seconds before a device is asked again that is ready but gives or takes nothing."""
_BITS_PER_BYTE = 10
"""Eight of data, start and stop."""
_SLACK = 1.5
"""A wire is never quite as fast as it says: gaps, and pauses in which the printer stops the line."""


class Flow(StrEnum):
    """Who stops the bytes while a serial printer's memory is full. hardware: the line RTS/CTS, software:
    XON/XOFF. none: nobody, which only a printer with much memory survives."""

    HARDWARE = "hardware"
    SOFTWARE = "software"
    NONE = "none"


class UsbDevice:
    """A device file such as /dev/usb/lp0, opened so that the printer's answers can be read. A pipe with a
    name does as well, but has no answers."""

    carries_over = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._thread = _Thread(path)

    @property
    def address(self) -> str:
        return f"file:{self._path}"

    def seconds_for(self, size: int) -> float:
        return 0.0

    async def open(self, within: float) -> Line:
        return await self._thread.opened(self._open, within)

    def _open(self) -> "_Device":
        is_pipe = stat.S_ISFIFO(Path(self._path).stat().st_mode)
        way = os.O_WRONLY if is_pipe else os.O_RDWR
        return _Device(os.open(self._path, way | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC))


class SerialLine:
    """A serial line. baud: bits per second, as the printer is set."""

    carries_over = True

    def __init__(self, path: str, baud: int = 9600, flow: Flow = Flow.HARDWARE) -> None:
        self._path, self._baud, self._flow = path, baud, flow
        self._thread = _Thread(path)

    @property
    def address(self) -> str:
        return f"serial:{self._path}?baud={self._baud}&flow={self._flow}"

    def seconds_for(self, size: int) -> float:
        return size * _BITS_PER_BYTE * _SLACK / self._baud

    async def open(self, within: float) -> Line:
        return await self._thread.opened(self._open, within)

    def _open(self) -> "_Device":
        port = serial.Serial(
            self._path,
            self._baud,
            timeout=0,
            rtscts=self._flow is Flow.HARDWARE,
            xonxoff=self._flow is Flow.SOFTWARE,
            exclusive=True,
        )
        _without_breaks(port.fileno())
        return _Device(port.fileno(), port)


def _without_breaks(file: int) -> None:
    """A line that goes dead, as when a printer is switched off in the middle of a job, reads as bytes of
    zero: just what a printer says at the end of one."""
    attributes = termios.tcgetattr(file)
    attributes[0] |= termios.IGNBRK | termios.IGNPAR | termios.INPCK
    termios.tcsetattr(file, termios.TCSANOW, attributes)


class _Device:
    """An open file, used in one thread only. port: the serial port it belongs to, None for a plain device."""

    def __init__(self, file: int, port: serial.Serial | None = None) -> None:
        self._file = file
        self._port = port
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopped = False

    def stop(self) -> None:
        """End whatever the thread waits for. From any thread."""
        self._stopped = True
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"\0")

    def write(self, job: bytes, within: float) -> None:
        deadline = time.monotonic() + within
        left = memoryview(job)
        while left:
            if self._is_over(deadline) or not self._wait(select.POLLOUT, deadline):
                self._drop()
                raise NothingTaken if len(left) == len(job) else Stuck
            taken = 0
            with contextlib.suppress(BlockingIOError, InterruptedError):
                taken = os.write(self._file, left[:_CHUNK])
            if not taken:
                self._nap(deadline)
            left = left[taken:]
        # The system's own memory is not yet the wire.
        while self._port is not None and self._port.out_waiting:
            if self._is_over(deadline):
                self._drop()
                raise Stuck
            self._nap(deadline)

    def read(self, within: float) -> bytes:
        deadline = time.monotonic() + within
        while not self._is_over(deadline) and (seen := self._wait(select.POLLIN, deadline)):
            chunk = b""
            with contextlib.suppress(BlockingIOError, InterruptedError):
                chunk = os.read(self._file, 256)
            if chunk:
                return chunk
            if seen & select.POLLHUP:
                raise OSError("the device is gone")
            # A USB printer may say nothing in so many bytes.
            self._nap(deadline)
        return b""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self._port is not None:
                self._port.close()
            else:
                os.close(self._file)
        os.close(self._wake)
        os.close(self._waker)

    def _wait(self, what: int, deadline: float) -> int:
        """What the device is ready for, 0 if for nothing in time. Raises OSError when it is gone."""
        poll = select.poll()
        poll.register(self._file, what)
        poll.register(self._wake, select.POLLIN)
        seen = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000)).get(self._file, 0)
        if seen and not seen & what:
            raise OSError("the device is gone")
        return seen

    def _is_over(self, deadline: float) -> bool:
        return self._stopped or time.monotonic() >= deadline

    def _nap(self, deadline: float) -> None:
        time.sleep(max(0.0, min(_NAP, deadline - time.monotonic())))

    def _drop(self) -> None:
        """What nobody took must not come out after the next job has begun, nor hold up the closing."""
        if self._port is not None:
            with contextlib.suppress(OSError):
                self._port.reset_output_buffer()


class _Thread:
    """The one thread that touches a device."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"printer {name}")

    async def opened(self, open_: Callable[[], _Device], within: float) -> Line:
        opening = self._worker.submit(open_)
        try:
            async with asyncio.timeout(within):
                device = await asyncio.shield(asyncio.wrap_future(opening))
        except (asyncio.CancelledError, TimeoutError) as error:
            # It may open yet: nobody wants it any more.
            self._worker.submit(_close_unwanted, opening)
            if isinstance(error, asyncio.CancelledError):
                raise
            raise Unreachable(f"{self._name} does not open") from error
        # pyserial lets errors of the terminal layer through as they are.
        except (OSError, ValueError, termios.error) as error:
            raise Unreachable(f"{self._name} cannot be opened") from error
        return _DeviceLine(device, self._worker)


def _close_unwanted(opening: Future[_Device]) -> None:
    if opening.exception() is None:
        opening.result().close()


class _DeviceLine:
    def __init__(self, device: _Device, worker: ThreadPoolExecutor) -> None:
        self._device = device
        self._worker = worker

    async def send(self, job: bytes, within: float) -> None:
        await self._do(self._device.write, job, within)

    async def receive(self, within: float) -> bytes:
        return await self._do(self._device.read, within)

    async def close(self) -> None:
        self._device.stop()
        # Whoever is cancelled meanwhile leaves it to the thread, which closes it all the same.
        await asyncio.shield(asyncio.wrap_future(self._worker.submit(self._device.close)))

    async def _do(self, call: Callable[..., _T], *given: Any) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, call, *given)
        except (OSError, termios.error) as error:
            raise ConnectionLost from error
