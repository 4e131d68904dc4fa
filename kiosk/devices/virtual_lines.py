"""The ways into a virtual printer: connections over TCP, and a pseudo-terminal that stands for a serial line
or a USB device."""

import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from kiosk.devices.escpos_commands import Command, Interpreter

_TICK = 0.005
"""Seconds between two helpings of a printer that reads slowly."""


@dataclass(slots=True)
class Faults:
    """What is wrong with the printer. Those that count or say something are `None` until they are wanted.

    `paper_rows` is how many rows are left on the roll before the paper is out; `drop_after` the bytes
    after which a line is cut off; `garble` is what it says instead of any answer; `bytes_per_second` how fast
    it reads. `mute` says nothing at all, `no_end` nothing at the end of a job.
    """

    paper_out: bool = False
    cover_open: bool = False
    offline: bool = False
    cutter_jam: bool = False
    near_end: bool = False
    mute: bool = False
    no_end: bool = False
    stop_reading: bool = False
    paper_rows: int | None = None
    drop_after: int | None = None
    garble: bytes | None = None
    bytes_per_second: int | None = None

    @property
    def holds_back(self) -> bool:
        """Whether printing has to wait."""
        return self.paper_out or self.cover_open or self.offline or self.cutter_jam


class Machine(Protocol):
    """The printer behind the lines."""

    @property
    def faults(self) -> Faults: ...

    def joined(self, peer: "Peer") -> None: ...

    def left(self, peer: "Peer") -> None: ...

    def take(self, peer: "Peer", commands: Sequence[Command]) -> None: ...


class Peer:
    """One client: its half-read command, its half-printed page."""

    def __init__(self, machine: Machine) -> None:
        self.interpreter = Interpreter()
        self.page: list[Image.Image] = []
        self.wants_reports = False
        self._machine = machine
        self.received = 0
        self._resting: asyncio.TimerHandle | None = None

    def heard(self, data: bytes) -> None:
        """Take bytes as they arrive."""
        faults = self._machine.faults
        allowed = faults.drop_after
        if allowed is not None and self.received + len(data) >= allowed:
            data = data[: max(0, allowed - self.received)]
            self._machine.take(self, self.interpreter.feed(data))
            self.abort()
            return
        self.received += len(data)
        self._machine.take(self, self.interpreter.feed(data))
        if faults.bytes_per_second is not None:
            self.pause()
            rest = max(_TICK, len(data) / faults.bytes_per_second)
            self._resting = asyncio.get_running_loop().call_later(rest, self._rested)

    def answer(self, raw: bytes) -> None:
        faults = self._machine.faults
        if not faults.mute:
            self.write(raw if faults.garble is None else faults.garble)

    def report(self, raw: bytes) -> None:
        if self.wants_reports:
            self.answer(raw)

    def obey(self) -> None:
        """Do as the faults now say."""
        if self._machine.faults.stop_reading:
            self.pause()
        elif self._resting is None:
            self.resume()

    def forget(self) -> None:
        """Lose what is half read and half printed, as without power."""
        self.interpreter = Interpreter()
        self.page = []
        self.wants_reports = False

    def _rested(self) -> None:
        self._resting = None
        self.obey()

    def write(self, raw: bytes) -> None:
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


class Connection(Peer, asyncio.Protocol):
    """A client over TCP."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        # In a pass of its own: early releases of Python 3.11 begin to read right after this call, even when
        # it paused reading.
        asyncio.get_running_loop().call_soon(self._machine.joined, self)

    def data_received(self, data: bytes) -> None:
        self.heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._machine.left(self)

    def write(self, raw: bytes) -> None:
        if self._transport is not None:
            self._transport.write(raw)

    def pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Wire(Peer):
    """A client at a pseudo-terminal: `path` opens like the device file of a serial or USB printer. The wire
    stays when the client closes it, and what comes next continues what came before."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._ours, self._theirs = pty.openpty()
        # No echo, no lines, no translation: bytes as they are.
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._is_open = True
        machine.joined(self)

    def write(self, raw: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._ours, raw)

    def pause(self) -> None:
        if self._is_open:
            asyncio.get_running_loop().remove_reader(self._ours)

    def resume(self) -> None:
        if self._is_open:
            asyncio.get_running_loop().add_reader(self._ours, self._read)

    def abort(self) -> None:
        """Pull the plug: the device is gone."""
        if not self._is_open:
            return
        self.pause()
        self._is_open = False
        os.close(self._theirs)
        os.close(self._ours)
        self._machine.left(self)

    def _read(self) -> None:
        rate = self._machine.faults.bytes_per_second
        size = 4096 if rate is None else max(1, int(rate * _TICK))
        with contextlib.suppress(BlockingIOError):
            self.heard(os.read(self._ours, size))
