"""A printer made of software: it takes ESC/POS over TCP or on a pseudo-terminal and turns every ticket back
into a picture.

For trying the whole path without hardware and for the tests. It behaves as the printers do that we
know: real-time questions are answered at once, everything else is carried out in order, and while the
paper is out, the cover open or the printer off-line the rest waits inside and is printed afterwards,
late answers included, on the connection it came from.
"""

import asyncio
import contextlib
import logging
import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Self

import typer
from PIL import Image

from kiosk.devices.escpos_commands import (
    AskStatus,
    AutomaticStatus,
    Command,
    Cut,
    Feed,
    Raster,
    Reset,
    TransmitStatus,
    Unknown,
)
from kiosk.devices.virtual_lines import Connection, Faults, Peer, Wire

log = logging.getLogger(__name__)

_LINE_DOTS = 30


@dataclass(frozen=True, slots=True)
class PrintedTicket:
    """One piece of paper: its running number, what is on it, and its file if there is one."""

    sequence: int
    picture: Image.Image = field(repr=False)
    path: Path | None


class VirtualPrinter:
    """A printer listening on TCP. Use as `async with VirtualPrinter(...)`, or `start` and `stop`; `plug_in`
    gives it a wire as well.

    Tickets go to `out_dir` as PNG files, to `on_ticket`, and into `tickets`. `unknown` collects bytes
    that are no command we know. `receive_buffer` in bytes makes it a printer with little memory.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 9100,
        *,
        out_dir: Path | None = None,
        on_ticket: Callable[[PrintedTicket], None] | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.tickets: list[PrintedTicket] = []
        self.unknown = bytearray()
        self.faults = Faults()
        self._out_dir = out_dir
        self._on_ticket = on_ticket
        self._receive_buffer = receive_buffer
        self._server: asyncio.Server | None = None
        self._peers: set[Peer] = set()
        self._waiting: deque[tuple[Peer, Command]] = deque()
        self._arrived = asyncio.Condition()
        self._heard = 0
        self._wakers: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; with port 0 `self.port` tells which one it became."""
        if self._out_dir is not None:
            self._out_dir.mkdir(parents=True, exist_ok=True)
        listening = socket.create_server((self.host, self.port))
        if self._receive_buffer is not None:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), sock=listening)
        self.port = listening.getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and end every connection; what is held back is lost, as with a real plug."""
        if self._server is not None:
            self._server.close()
        self.lose_power()
        for peer in list(self._peers):
            peer.abort()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None
        for waker in list(self._wakers):
            await waker

    def change(self, **faults: bool | int | bytes | None) -> None:
        """Set or clear faults by name (see `Faults`); what was held back is printed when it can be."""
        for name, value in faults.items():
            setattr(self.faults, name, value)
        for peer in self._peers:
            peer.obey()
            peer.report(self._automatic_status())
        self._work()

    def plug_in(self) -> str:
        """A wire to this printer: the path opens like the device file of a serial or USB printer."""
        return Wire(self).path

    def unplug(self) -> None:
        """Pull every cable out. What the printer holds stays in it."""
        for peer in list(self._peers):
            peer.abort()

    def lose_power(self) -> None:
        """Forget what is held back, half read and half printed; the cables stay where they are."""
        self._waiting.clear()
        for peer in self._peers:
            peer.forget()

    async def ticket(self, sequence: int) -> PrintedTicket:
        """Wait for ticket number `sequence` (from 1) and return it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.tickets) >= sequence)
        return self.tickets[sequence - 1]

    async def heard_more_than(self, size: int) -> None:
        """Wait until more than so many bytes arrived, on all lines together."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self._heard > size)

    @property
    def held_back(self) -> int:
        """How many commands wait for paper, cover or switch."""
        return len(self._waiting)

    def joined(self, peer: Peer) -> None:
        self._peers.add(peer)
        peer.obey()

    def left(self, peer: Peer) -> None:
        self._peers.discard(peer)
        self._collect(peer.interpreter.leftover())

    def take(self, peer: Peer, commands: Sequence[Command]) -> None:
        """Answer what is asked in real time, queue the rest."""
        self._heard = sum(each.received for each in self._peers)
        self._wake()
        for command in commands:
            if isinstance(command, AskStatus):
                peer.answer(bytes((self._real_time_status(command.n),)))
            else:
                self._waiting.append((peer, command))
        self._work()

    def _work(self) -> None:
        while self._waiting and not self.faults.holds_back:
            peer, command = self._waiting[0]
            if isinstance(command, Raster) and not self._has_paper_for(command):
                return
            self._waiting.popleft()
            self._carry_out(peer, command)

    def _has_paper_for(self, raster: Raster) -> bool:
        if self.faults.paper_rows is None:
            return True
        if raster.rows > self.faults.paper_rows:
            self.change(paper_out=True, paper_rows=None)
            return False
        self.faults.paper_rows -= raster.rows
        return True

    def _carry_out(self, peer: Peer, command: Command) -> None:
        match command:
            case Raster():
                peer.page.append(command.picture())
            case Feed(dots=dots, lines=lines):
                peer.page.append(Image.new("1", (8, max(1, dots + lines * _LINE_DOTS)), 1))
            case Cut():
                if peer.page:
                    self._deliver(_joined(peer.page))
                    peer.page = []
            case TransmitStatus() if not self.faults.no_end:
                peer.answer(b"\x03" if self.faults.near_end else b"\x00")
            case AutomaticStatus(wanted=wanted):
                peer.wants_reports = wanted
                peer.report(self._automatic_status())
            case Unknown(raw=raw):
                # What fills up a picture that broke off is no noise.
                self._collect(raw.strip(b"\0"))
            case Reset() | AskStatus() | TransmitStatus():
                return

    def _deliver(self, picture: Image.Image) -> None:
        sequence = len(self.tickets) + 1
        ticket = PrintedTicket(sequence, picture, self._saved(picture, sequence))
        self.tickets.append(ticket)
        if self._on_ticket is not None:
            self._on_ticket(ticket)
        self._wake()

    def _wake(self) -> None:
        waker = asyncio.get_running_loop().create_task(self._announce())
        self._wakers.add(waker)
        waker.add_done_callback(self._wakers.discard)

    async def _announce(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    def _saved(self, picture: Image.Image, sequence: int) -> Path | None:
        if self._out_dir is None:
            return None
        path = self._out_dir / f"{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}-{sequence:04d}.png"
        unfinished = path.with_suffix(".part")
        # Whoever watches the directory sees whole pictures only.
        picture.save(unfinished, format="PNG")
        unfinished.replace(path)
        return path

    def _collect(self, raw: bytes) -> None:
        if raw:
            log.warning("%d bytes are no known command", len(raw), extra={"action": "unknown_bytes"})
            self.unknown += raw[: max(0, 4096 - len(self.unknown))]

    # The values are those of Epson's tables, as real and emulated printers give them.

    def _real_time_status(self, n: int) -> int:
        faults = self.faults
        match n:
            case 1:
                return 0x1A if faults.holds_back else 0x12
            case 2:
                error = 0x40 if faults.cutter_jam else 0
                return 0x12 | error | (0x04 if faults.cover_open else 0) | (0x20 if faults.paper_out else 0)
            case 3:
                return 0x1A if faults.cutter_jam else 0x12
            case 4:
                return 0x12 | (0x6C if faults.paper_out else 0x0C if faults.near_end else 0)
            case _:
                return 0x12

    def _automatic_status(self) -> bytes:
        faults = self.faults
        first = 0x10 | (0x08 if faults.holds_back else 0) | (0x20 if faults.cover_open else 0)
        paper = (0x03 if faults.near_end else 0) | (0x0C if faults.paper_out else 0)
        return bytes((first, 0, paper, 0))


def _joined(parts: Sequence[Image.Image]) -> Image.Image:
    page = Image.new("1", (max(part.width for part in parts), sum(part.height for part in parts)), 1)
    top = 0
    for part in parts:
        page.paste(part, (0, top))
        top += part.height
    return page


async def _serve(host: str, port: int, out_dir: Path, wire: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)

    def announce(ticket: PrintedTicket) -> None:
        typer.echo(f"ticket: {ticket.path}")

    async with VirtualPrinter(host, port, out_dir=out_dir, on_ticket=announce) as printer:
        typer.echo(f"printer: {printer.host}:{printer.port}")
        if wire:
            typer.echo(f"printer: serial:{printer.plug_in()}")
        await stopped.wait()


def main(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at; 0 for any free one.")] = 9100,
    directory: Annotated[Path, typer.Option("--dir", help="Where the tickets go.")] = Path("var/tickets"),
    wire: Annotated[
        bool, typer.Option("--wire", help="Also be a serial printer at a device of its own.")
    ] = False,
) -> None:
    """A ticket printer made of software: takes ESC/POS over TCP, writes every ticket as a PNG file."""
    try:
        asyncio.run(_serve(host, port, directory, wire))
    except OSError as error:
        typer.echo(f"virtual printer: {error}", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
