"""A printer that is a file: a device of the operating system (`/dev/usb/lp0`), or a plain file to look at."""

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

from kiosk.devices.printer import Phase, PrintState, Reason


class FilePrinter:
    """Jobs are appended, one at a time. A plain file that took a job has it for good. A device proves nothing
    by taking it: what became of that paper stays unknown."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._one = asyncio.Lock()

    async def print_job(self, job: bytes, on_state: Callable[[PrintState], None]) -> PrintState:
        """Write `job` once and tell every state it passes through; return the last one."""

        def now(phase: Phase, reason: Reason | None = None) -> PrintState:
            state = PrintState(phase, reason)
            on_state(state)
            return state

        now(Phase.ISSUED)
        async with self._one:
            try:
                file = await asyncio.to_thread(os.open, self._path, _APPEND, 0o644)
            except OSError:
                return now(Phase.STALLED, Reason.UNREACHABLE)
            try:
                kept = await asyncio.to_thread(_write, file, job)
            except OSError:
                return now(Phase.UNKNOWN)
            finally:
                os.close(file)
        now(Phase.SENT)
        return now(Phase.ACKNOWLEDGED if kept else Phase.UNKNOWN)


_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def _write(file: int, job: bytes) -> bool:
    """Whether it is on a disk now."""
    left = memoryview(job)
    while left:
        left = left[os.write(file, left) :]
    if not stat.S_ISREG(os.fstat(file).st_mode):
        return False
    os.fsync(file)
    return True
