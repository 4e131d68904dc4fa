"""A printer in a room or at a desk: prints the slips that the server wants printed there. No screen.

No slip comes out twice. Before the first byte leaves, the agent says that it prints this paper (`sent`) and
waits until that is durable; the server grants it once. If the agent dies after that, nobody knows what became
of the paper: the next run says so and prints nothing, and staff decide. What is printed is what was last
known of the patient's way.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk import paper, raster
from kiosk.devices.file_printer import FilePrinter
from kiosk.devices.printer import NetworkPrinter, Phase, PrintState, Questions
from kiosk.layout import STANDARD, Template
from kiosk.offline import Teller, answer_to
from queue_server.client import Change, Connection
from queue_server.protocol import codes
from queue_server.protocol.codes import AlertKind, Role
from queue_server.protocol.commands import Confirm, RaiseAlert
from queue_server.protocol.messages import Rejected
from queue_server.protocol.rows import CatalogueFacility, PrintJob

REPORT_EVERY = 15.0
"""Seconds after which the printer says again how it is."""

_LAST_WORDS = frozenset({Phase.ACKNOWLEDGED, Phase.STALLED, Phase.UNKNOWN})

log = logging.getLogger(__name__)


class Printer(Protocol):
    """What puts a job on paper once and tells every state it passes through."""

    async def print_job(self, job: bytes, on_state: Callable[[PrintState], None]) -> PrintState: ...


def printer_at(address: str, questions: Questions = Questions.FULL) -> Printer:
    """The printer of an address: `tcp://host:9100`, `host:9100`, or `file:/path`. Raises ValueError."""
    kind, _, path = address.partition(":")
    if kind == "file" and path:
        return FilePrinter(Path(path))
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("write tcp://host:port, such as tcp://10.0.0.7:9100, or file:/dev/usb/lp0")
    return NetworkPrinter(host, int(port), questions=questions)


@dataclass(frozen=True, slots=True)
class Settings:
    """How one printer is set up. device: its id in the site file. width: dots across the paper."""

    device: str
    servers: Sequence[str]
    token: str
    width: int = raster.WIDE
    layout: Template = STANDARD
    version: str = ""


class PrinterAgent:
    """One printer and its link to the server."""

    def __init__(
        self, settings: Settings, printer: Printer, connect: Callable[..., Connection] = Connection
    ) -> None:
        self.settings = settings
        self.topic = f"printer:{settings.device}"
        self._printer = printer
        self._news = asyncio.Event()
        self.connection = connect(
            settings.servers,
            Role.PRINTER,
            settings.token,
            client=f"queue-kiosk printer {settings.version}".strip(),
            on_change=self._changed,
        )
        self._teller = Teller(self.connection)
        self._seen: set[str] = set()
        self._says = ""
        self._paper_low = False

    async def run(self) -> None:
        """Print until cancelled, or until the system asks this process to end."""
        self.connection.subscribe("catalogue")
        self.connection.subscribe(self.topic)
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            for end in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(end, me.cancel if me is not None else loop.stop)
        log.info("printer started", extra={"action": "started", "device": self.settings.device})
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.connection.run(), name="link")
                tasks.create_task(self._teller.run(), name="teller")
                tasks.create_task(self._report(), name="report")
                tasks.create_task(asyncio.to_thread(raster.warm_up), name="warm up")
                tasks.create_task(self._work(tasks), name="work")
        finally:
            log.info("printer stopped", extra={"action": "stopped", "device": self.settings.device})

    def _changed(self, change: Change) -> None:
        self._news.set()

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        """One paper after the other, in the order in which they were issued."""
        while True:
            self._news.clear()
            row = self._next()
            if row is None:
                await self._news.wait()
            elif row.state is codes.PrintState.SENT:
                self._seen.add(row.print)
                self._tell(row, codes.PrintState.UNKNOWN)
                log.warning(
                    "a paper of an earlier run: nobody knows whether it came out",
                    extra={"action": "print_unknown", "print": row.print},
                )
            else:
                self._seen.add(row.print)
                await self._take(tasks, row)

    def _next(self) -> PrintJob | None:
        rows = [row for row in self.connection.rows(self.topic).values() if isinstance(row, PrintJob)]
        self._seen.intersection_update(row.print for row in rows)
        if self._facility() is None:
            # The site's own words come with the same greeting.
            return None
        left = (row for row in rows if row.print not in self._seen)
        return min(left, key=lambda row: (row.ticket.printed_at, row.print), default=None)

    def _facility(self) -> CatalogueFacility | None:
        rows = self.connection.rows("catalogue").values()
        return next((row for row in rows if isinstance(row, CatalogueFacility)), None)

    async def _take(self, tasks: asyncio.TaskGroup, row: PrintJob) -> None:
        """Claim a paper and print it. A printer that is held back goes on waiting in the background."""
        width, layout = self.settings.width, self.settings.layout
        made = await asyncio.to_thread(paper.job, row.ticket, self._facility(), width, layout)
        claim = Confirm(print=row.print, state=codes.PrintState.SENT, number=row.ticket.number)
        reply = await answer_to(self.connection, claim)
        if isinstance(reply, Rejected):
            log.warning(
                "a paper is not ours to print",
                extra={"action": "claim_refused", "print": row.print, "code": reply.code},
            )
            return
        spoken = asyncio.Event()

        def told(state: PrintState) -> None:
            self._printer_said(state)
            if state.phase in _LAST_WORDS:
                spoken.set()
                self._tell(
                    row,
                    codes.PrintState(state.phase.value),
                    state.reason.value if state.reason is not None else None,
                )

        tasks.create_task(self._printer.print_job(made, told), name=f"print {row.print}")
        await spoken.wait()

    def _tell(self, row: PrintJob, state: codes.PrintState, reason: str | None = None) -> None:
        self._teller.tell(Confirm(print=row.print, state=state, number=row.ticket.number, reason=reason))

    def _printer_said(self, state: PrintState) -> None:
        if state.phase is Phase.ACKNOWLEDGED:
            self._says = "ready"
        elif state.phase in _LAST_WORDS:
            self._says = state.reason.value if state.reason is not None else "unknown"
        if state.paper_low and not self._paper_low:
            device = self.settings.device
            self.connection.submit(RaiseAlert(kind=AlertKind.PRINTER, subject=device, detail="paper_low"))
        self._paper_low = state.paper_low

    async def _report(self) -> None:
        while True:
            self.connection.report(
                {"printer": self._says, "paper_low": self._paper_low, "version": self.settings.version}
            )
            await asyncio.sleep(REPORT_EVERY)
