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
from dataclasses import dataclass, field
from pathlib import Path

from kiosk import paper, raster
from kiosk.devices.printer import Printer, PrintState
from kiosk.layout import STANDARD, Template
from kiosk.offline import Teller, answer_to
from kiosk.printing import Loaded, Printing
from queue_server.client import Change, Connection
from queue_server.protocol import codes
from queue_server.protocol.codes import AlertKind, Role
from queue_server.protocol.commands import Confirm, RaiseAlert
from queue_server.protocol.messages import Rejected
from queue_server.protocol.rows import CatalogueFacility, PrintJob

REPORT_EVERY = 15.0
"""Seconds after which the printer says again how it is."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How one printer is set up. device: its id in the site file. width: dots across the paper.

    roll: mm of a new roll, 0 when nobody knows. data: a folder for what must survive a restart.
    """

    device: str
    servers: Sequence[str]
    token: str = field(repr=False)
    width: int = raster.WIDE
    roll: int = 0
    data: Path | None = None
    layout: Template = STANDARD
    version: str = ""


class PrinterAgent:
    """One printer and its link to the server."""

    def __init__(
        self,
        settings: Settings,
        printer: Printer,
        spare: Printer | None = None,
        *,
        connect: Callable[..., Connection] = Connection,
    ) -> None:
        self.settings = settings
        self.topic = f"printer:{settings.device}"
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
        self.printing = Printing(
            printer,
            spare,
            paper=Loaded(settings.width, settings.roll),
            folder=settings.data,
            alert=self._call_to_printer,
            works=self._teller.tell,
        )

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
                warm_up = asyncio.to_thread(paper.warm_up, self.settings.width, self.settings.layout)
                tasks.create_task(self.connection.run(), name="link")
                tasks.create_task(self._teller.run(), name="teller")
                tasks.create_task(self._report(), name="report")
                tasks.create_task(self.printing.watch(), name="printers")
                tasks.create_task(warm_up, name="warm up")
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
            if state.is_last:
                spoken.set()
                self._tell(
                    row,
                    codes.PrintState(state.phase.value),
                    state.reason.value if state.reason is not None else None,
                )

        printing = self.printing.print_job(row.print, row.ticket.number, made, told)
        tasks.create_task(printing, name=f"print {row.print}")
        await spoken.wait()

    def _tell(self, row: PrintJob, state: codes.PrintState, reason: str | None = None) -> None:
        self._teller.tell(Confirm(print=row.print, state=state, number=row.ticket.number, reason=reason))

    def _call_to_printer(self, detail: str) -> None:
        alert = RaiseAlert(kind=AlertKind.PRINTER, subject=self.settings.device, detail=detail)
        self._teller.tell(alert)

    async def _report(self) -> None:
        while True:
            self.connection.report({**self.printing.shows, "version": self.settings.version})
            await asyncio.sleep(REPORT_EVERY)
