"""A printer that is a plain file: it keeps the bytes of each job, to look at them or to try things out."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from kiosk.devices.answers import Status
from kiosk.devices.printer import Phase, PrintState
from queue_server.protocol.codes import PrintReason


class FilePrinter:
    """Jobs are appended, one at a time, and are on the disk when they are acknowledged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._one = asyncio.Lock()

    async def print_job(self, job: bytes, on_state: Callable[[PrintState], None]) -> PrintState:
        """Write `job` once and tell every state it passes through; return the last one."""

        def now(phase: Phase, reason: PrintReason | None = None) -> PrintState:
            state = PrintState(phase, reason)
            on_state(state)
            return state

        now(Phase.ISSUED)
        async with self._one:
            try:
                file = await asyncio.to_thread(os.open, self._path, _APPEND, 0o644)
            except OSError:
                return now(Phase.STALLED, PrintReason.UNREACHABLE)
            try:
                await asyncio.to_thread(_write, file, job)
            except OSError:
                return now(Phase.UNKNOWN, PrintReason.LOST)
            finally:
                os.close(file)
        now(Phase.SENT)
        return now(Phase.ACKNOWLEDGED)

    async def status(self) -> Status:
        """A file is always ready; whether the disk is full the next job finds out."""
        return Status(None, paper_low=False)


_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def _write(file: int, job: bytes) -> None:
    left = memoryview(job)
    while left:
        left = left[os.write(file, left) :]
    os.fsync(file)
