"""A network ESC/POS printer, and the truth about what became of a print job.

A successful write proves nothing: a printer takes a job into its buffer with the paper out, with the
cover open, or while it is dying. So a job has states, and the only proof of paper is the printer's own
answer to the question at the end of the job (`GS r 1`, put there by `kiosk.raster.encode`), which it
gives in order and only after everything before it was printed.

A job is sent once. What happened to it may stay unknown for good; sending it again would print the
same number twice, because the printer keeps a held job and prints it when the new roll is in.

Exceptions (of `status` only; `print_job` turns them into states):

    PrinterError
    ├── Unreachable       nobody answers at that address, or nobody answers our questions
    └── ConnectionLost    the connection ended in the middle of a conversation
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

log = logging.getLogger(__name__)


class PrinterError(Exception):
    """The printer could not be asked."""


class Unreachable(PrinterError):
    """The printer does not answer."""


class ConnectionLost(PrinterError):
    """The printer ended the connection."""


class Questions(StrEnum):
    """Whether the printer may be asked how it is: some models hang when they are, or answer nonsense."""

    FULL = "full"
    NONE = "none"


class Phase(StrEnum):
    """How far a job came. `stalled` was never sent and can be tried again; `unknown` never."""

    ISSUED = "issued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    STALLED = "stalled"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """What keeps the printer from printing."""

    PAPER = "paper"
    COVER = "cover"
    OFFLINE = "offline"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class PrintState:
    """What is known about a job now.

    `reason` goes with `stalled`, and with `unknown` where the cause is known. `paper_low` is the
    near-end sensor, which many printers do not have: a roll that will end soon, not one that has ended.
    """

    phase: Phase
    reason: Reason | None = None
    paper_low: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """How the printer is. `hindrance` is `None` when it is ready to print."""

    hindrance: Reason | None
    paper_low: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for the printer at each turn.

    `late` is how long a job held back by paper or cover is waited for on its own connection; the
    printer answers there when it is printed after all.
    """

    connect: float = 2.5
    answer: float = 2.0
    send: float = 5.0
    acknowledge: float = 6.0
    probe: float = 1.0
    late: float = 900.0


class NetworkPrinter:
    """One printer: one job at a time, a connection of its own for each."""

    def __init__(
        self,
        host: str,
        port: int = 9100,
        *,
        questions: Questions = Questions.FULL,
        patience: Patience | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._questions = questions
        self._patience = patience or Patience()
        self._change = asyncio.Condition()
        self._busy = False
        self._held_by: Reason | None = None
        self._paper_low = False

    async def print_job(self, job: bytes, on_state: Callable[[PrintState], None]) -> PrintState:
        """Print `job` once and tell every state it passes through; return the last one.

        Reports `issued`, then `stalled` (nothing was sent) or `sent`, then `acknowledged` or `unknown`.
        A job held back by paper or cover is `unknown` with that reason, and this call waits on: if the
        printer catches up, `acknowledged` follows. While it waits, other jobs stall at once with the
        same reason.
        """
        course = _Course(on_state)
        course.now(Phase.ISSUED, None, self._paper_low)
        if (reason := await self._turn()) is not None:
            return course.now(Phase.STALLED, reason, self._paper_low)
        try:
            return await self._carry_out(job, course)
        finally:
            await self._free()

    async def status(self) -> Status:
        """Ask how the printer is, between jobs.

        With `Questions.NONE` an open connection is all that is asked for. While a job is held back the
        answer is what is known of it. Raises `PrinterError`.
        """
        if (reason := await self._turn()) is not None:
            return Status(reason, self._paper_low)
        try:
            line = await self._connected()
            try:
                return await self._asked(line)
            finally:
                await line.close()
        finally:
            await self._free()

    async def _turn(self) -> Reason | None:
        """Wait until the printer is ours, or until the job in front turns out to be held back."""
        async with self._change:
            await self._change.wait_for(lambda: not self._busy or self._held_by is not None)
            if not self._busy:
                self._busy = True
                return None
            return self._held_by

    async def _free(self) -> None:
        async with self._change:
            self._busy, self._held_by = False, None
            self._change.notify_all()

    async def _hold(self, reason: Reason | None) -> None:
        async with self._change:
            self._held_by = reason
            self._change.notify_all()

    async def _carry_out(self, job: bytes, course: "_Course") -> PrintState:
        try:
            line = await self._connected()
        except PrinterError:
            return course.now(Phase.STALLED, Reason.UNREACHABLE, self._paper_low)
        try:
            try:
                hindrance = (await self._asked(line)).hindrance
            except PrinterError:
                hindrance = Reason.UNREACHABLE
            if hindrance is not None:
                return course.now(Phase.STALLED, hindrance, self._paper_low)
            # From here on dots may be on paper: nothing that happens makes this job one to repeat.
            try:
                await line.send(job, self._patience.send)
                course.now(Phase.SENT, None, self._paper_low)
                await self._acknowledgement(line, course)
            except PrinterError:
                course.now(Phase.UNKNOWN, self._held_by, self._paper_low)
            return course.state
        finally:
            await line.close()

    async def _acknowledgement(self, line: "_Line", course: "_Course") -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience.acknowledge
        while True:
            answer = await line.acknowledged(max(0.0, min(self._patience.probe, deadline - clock())))
            if answer is not None and answer & _NO_PAPER:
                # Some printers answer even so; whether the ticket came out first they do not say.
                course.now(Phase.UNKNOWN, Reason.PAPER, self._paper_low)
                return
            if answer is not None:
                self._paper_low = bool(answer & _LITTLE_PAPER)
                course.now(Phase.ACKNOWLEDGED, None, self._paper_low)
                return
            hindrance = (await self._asked(line)).hindrance
            if line.has_acknowledgement:
                continue
            if hindrance is not None:
                if self._held_by is None:
                    deadline = clock() + self._patience.late
                await self._hold(hindrance)
                course.now(Phase.UNKNOWN, hindrance, self._paper_low)
            elif self._held_by is not None:
                await self._hold(None)
                deadline = clock() + self._patience.acknowledge
            if clock() >= deadline:
                course.now(Phase.UNKNOWN, hindrance, self._paper_low)
                return

    async def _asked(self, line: "_Line") -> Status:
        if self._questions is Questions.NONE:
            return Status(None, self._paper_low)
        general = await line.ask(1, self._patience.answer)
        cause = await line.ask(2, self._patience.answer)
        paper = await line.ask(4, self._patience.answer)
        self._paper_low = bool(paper & _NEAR_END) and not paper & _PAPER_OUT
        return Status(_hindrance(general, cause, paper), self._paper_low)

    async def _connected(self) -> "_Line":
        try:
            async with asyncio.timeout(self._patience.connect):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:  # TimeoutError among them
            raise Unreachable(f"nobody answers at {self._host}:{self._port}") from error
        return _Line(reader, writer)


# Bits of the real-time answers, from the ESC/POS command reference (DLE EOT n).
_OFFLINE = 0x08
_COVER_OPEN, _STOPPED_BY_PAPER, _ERROR = 0x04, 0x20, 0x40
_NEAR_END, _PAPER_OUT = 0x0C, 0x60
# Bits of the answer to GS r 1.
_LITTLE_PAPER, _NO_PAPER = 0x03, 0x0C


def _hindrance(general: int, cause: int, paper: int) -> Reason | None:
    if paper & _PAPER_OUT or cause & _STOPPED_BY_PAPER:
        return Reason.PAPER
    if cause & _COVER_OPEN:
        return Reason.COVER
    return Reason.OFFLINE if general & _OFFLINE or cause & _ERROR else None


class _Course:
    """The states of one job, each told once."""

    def __init__(self, on_state: Callable[[PrintState], None]) -> None:
        self._on_state = on_state
        self.state = PrintState(Phase.ISSUED)
        self._is_told = False

    def now(self, phase: Phase, reason: Reason | None, paper_low: bool) -> PrintState:
        state = PrintState(phase, reason, paper_low)
        if not self._is_told or state != self.state:
            self._is_told, self.state = True, state
            log.info("print job %s", phase, extra={"action": "print_state", "reason": reason})
            self._on_state(state)
        return self.state


class _Answer(Enum):
    STATUS = auto()
    ACKNOWLEDGEMENT = auto()


class _Line:
    """One open connection: bytes out, sorted answers in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # drain() then means that the operating system has it all, not that little is left over.
        writer.transport.set_write_buffer_limits(high=0)
        self._skip = 0
        self._heard: dict[_Answer, int] = {}

    @property
    def has_acknowledgement(self) -> bool:
        return _Answer.ACKNOWLEDGEMENT in self._heard

    async def send(self, job: bytes, within: float) -> None:
        self._heard.clear()
        try:
            async with asyncio.timeout(within):
                self._writer.write(job)
                await self._writer.drain()
        except OSError as error:
            raise ConnectionLost from error

    async def ask(self, n: int, within: float) -> int:
        """Real-time status (`DLE EOT n`): answered even by a printer that cannot print."""
        self._heard.pop(_Answer.STATUS, None)
        self._writer.write(bytes((0x10, 0x04, n)))
        try:
            async with asyncio.timeout(within):
                while _Answer.STATUS not in self._heard:
                    await self._listen()
        except TimeoutError as error:
            raise Unreachable("the printer does not answer questions") from error
        return self._heard[_Answer.STATUS]

    async def acknowledged(self, within: float) -> int | None:
        """The answer to the question at the end of the job; `None` if it is not there in time."""
        try:
            async with asyncio.timeout(within):
                while _Answer.ACKNOWLEDGEMENT not in self._heard:
                    await self._listen()
        except TimeoutError:
            return None
        return self._heard[_Answer.ACKNOWLEDGEMENT]

    async def close(self) -> None:
        # Gracefully first: a reset would throw away what the printer has received but not yet read.
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except OSError:
            self._writer.transport.abort()

    async def _listen(self) -> None:
        try:
            chunk = await self._reader.read(256)
        except OSError as error:
            raise ConnectionLost from error
        if not chunk:
            raise ConnectionLost
        for byte in chunk:
            if self._skip:
                self._skip -= 1
            elif byte & 0x93 == 0x12:
                self._heard[_Answer.STATUS] = byte
            elif byte & 0x93 == 0x10:
                # A status report the printer sends by itself: three more bytes that look like answers.
                self._skip = 3
            elif byte & 0x90 == 0x00:
                self._heard[_Answer.ACKNOWLEDGEMENT] = byte
