"""An ESC/POS printer, whatever way leads to it, and the truth about what became of a print job.

A successful write proves nothing: a printer takes a job into its buffer with the paper out, with the
cover open, or while it is dying. So a job has states, and the only proof of paper is the printer's own
answer to the question at the end of the job (`GS r 1`, put there by `kiosk.raster.encode`), which it
gives in order and only after everything before it was printed.

A job is sent once. What happened to it may stay unknown for good; sending it again would print the
same number twice, because the printer keeps a held job and prints it when the new roll is in.

A printer that cannot be asked (`Questions.NONE`) is sent the job without that question, and `sent` is the
last that is known of it.

`status` raises the errors of `kiosk.devices.transport`; `print_job` turns them into states.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.devices import answers
from kiosk.devices.answers import ASK_PRINTED, Ask, Ear, Status
from kiosk.devices.transport import (
    ConnectionLost,
    Garbled,
    Line,
    NothingTaken,
    PrinterError,
    Stuck,
    Transport,
    Unreachable,
)
from queue_server.protocol.codes import PrintReason

log = logging.getLogger(__name__)

LONGEST_STRIP = 32_768
"""Bytes that end any strip of a picture that broke off half-way: as blank dots, or as nothing at all."""


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


@dataclass(frozen=True, slots=True)
class PrintState:
    """What is known about a job now.

    `reason` goes with `stalled`, with `unknown` where the cause is known, with a `sent` after which nothing
    more will be known, and with a paper of the spare printer. `paper_low` is the near-end sensor, which many
    printers do not have: a roll that will end soon, not one that has ended.
    """

    phase: Phase
    reason: PrintReason | None = None
    paper_low: bool = False

    @property
    def is_last(self) -> bool:
        """Whether this is all for now: only a held job may be acknowledged yet."""
        if self.phase is Phase.SENT:
            return self.reason is not None
        return self.phase is not Phase.ISSUED

    @property
    def may_come_out(self) -> bool:
        """Whether nobody knows if there is a paper."""
        return self.phase is Phase.UNKNOWN


class Printer(Protocol):
    """What puts a job on paper once and tells every state it passes through."""

    async def print_job(self, job: bytes, on_state: Callable[[PrintState], None]) -> PrintState: ...

    async def status(self) -> Status: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for the printer at each turn, beside the time the bytes are on their way.

    `late` is how long a job held back by paper or cover is waited for on its own connection; the
    printer answers there when it is printed after all.
    """

    connect: float = 2.5
    answer: float = 2.0
    send: float = 5.0
    acknowledge: float = 6.0
    probe: float = 1.0
    late: float = 900.0


class EscPosPrinter:
    """One printer: one job at a time, a line of its own for each."""

    def __init__(
        self,
        transport: Transport,
        *,
        questions: Questions = Questions.FULL,
        patience: Patience | None = None,
    ) -> None:
        self._transport = transport
        self._questions = questions
        self._patience = patience or Patience()
        self._change = asyncio.Condition()
        self._busy = False
        self._held_by: PrintReason | None = None
        self._paper_low = False
        # A wire brings what belongs to earlier jobs: of this run, or of one before it.
        self._owed = 1 if transport.carries_over else 0
        self._is_torn = False
        # That run may have been killed in the middle of a picture.
        self._may_be_torn = transport.carries_over

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

        With `Questions.NONE` an open line is all that is asked for. While a job is held back the
        answer is what is known of it. Raises `PrinterError`.
        """
        if (reason := await self._turn()) is not None:
            return Status(reason, self._paper_low)
        try:
            line = await self._transport.open(self._patience.connect)
            try:
                return await self._first_asked(_Talk(line, self._transport))
            finally:
                await line.close()
        finally:
            await self._free()

    async def _turn(self) -> PrintReason | None:
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

    async def _hold(self, reason: PrintReason | None) -> None:
        async with self._change:
            self._held_by = reason
            self._change.notify_all()

    async def _carry_out(self, job: bytes, course: "_Course") -> PrintState:
        try:
            line = await self._transport.open(self._patience.connect)
        except PrinterError as error:
            return course.now(Phase.STALLED, _reason(error), self._paper_low)
        try:
            talk = _Talk(line, self._transport)
            try:
                hindrance = await self._readied(talk)
            except ConnectionLost:
                hindrance = PrintReason.UNREACHABLE
            except PrinterError as error:
                hindrance = _reason(error)
            if hindrance is not None:
                return course.now(Phase.STALLED, hindrance, self._paper_low)
            await self._send(talk, job, course)
            return course.state
        finally:
            await line.close()

    async def _readied(self, talk: "_Talk") -> PrintReason | None:
        """What keeps the printer from this job, None when it is ready for it and nothing is left over."""
        if self._is_torn:
            await self._end_picture(talk)
        hindrance = (await self._first_asked(talk)).hindrance
        if hindrance is not None:
            return hindrance
        self._is_torn = False
        if await self._settle(talk):
            self._may_be_torn = False
            return None
        if self._may_be_torn:
            # Most printers answer the other questions in the middle of a picture, but not this one.
            await self._end_picture(talk)
            return None if await self._settle(talk) else PrintReason.SILENT
        return PrintReason.SILENT

    async def _first_asked(self, talk: "_Talk") -> Status:
        """How the printer is; where it says nothing at first, once more after what another run may have left
        half said."""
        try:
            return await self._asked(talk)
        except Unreachable:
            if not self._may_be_torn:
                raise
        await self._end_picture(talk)
        return await self._asked(talk)

    async def _end_picture(self, talk: "_Talk") -> None:
        """The rest of a picture that broke off would swallow questions and the next ticket's head."""
        self._may_be_torn = False
        await talk.send(bytes(LONGEST_STRIP), self._patience.send)

    async def _settle(self, talk: "_Talk") -> bool:
        """Wait for the answers that earlier jobs may still bring: one of them would look like this job's.

        False: the printer does not answer at the end of jobs, so nobody would know of this one either.
        """
        if not self._owed or self._questions is Questions.NONE:
            return True
        await talk.send(ASK_PRINTED, self._patience.send)
        heard, wait = 0, self._patience.acknowledge
        while heard <= self._owed and await talk.printed(wait) is not None:
            heard += 1
            if self._owed == 1:
                # Nothing is printed between the one answer owed and this question's.
                wait = self._patience.probe
        self._owed = 0 if heard else self._owed + 1
        return heard > 0

    async def _send(self, talk: "_Talk", job: bytes, course: "_Course") -> None:
        unasked = self._questions is Questions.NONE
        if unasked:
            job = job.removesuffix(ASK_PRINTED)
        # From here on dots may be on paper: nothing that happens makes this job one to repeat.
        was_torn, self._is_torn = self._is_torn, self._transport.carries_over
        try:
            await talk.send(job, self._patience.send)
        except NothingTaken as error:
            self._is_torn = was_torn
            course.now(Phase.STALLED, _reason(error), self._paper_low)
            return
        except PrinterError as error:
            course.now(Phase.UNKNOWN, _reason(error), self._paper_low)
            return
        self._is_torn = False
        if unasked:
            course.now(Phase.SENT, PrintReason.UNASKED, self._paper_low)
            return
        course.now(Phase.SENT, None, self._paper_low)
        self._owed += self._transport.carries_over
        try:
            await self._acknowledgement(talk, course)
        except PrinterError as error:
            course.now(Phase.UNKNOWN, self._held_by or _reason(error), self._paper_low)

    async def _hindered(self, talk: "_Talk") -> PrintReason | None:
        """What keeps the printer from going on; None also for one that prints without listening."""
        try:
            return (await self._asked(talk)).hindrance
        except Unreachable:
            return None

    async def _acknowledgement(self, talk: "_Talk", course: "_Course") -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience.acknowledge
        while True:
            answer = await talk.printed(max(0.0, min(self._patience.probe, deadline - clock())))
            if answer is not None and answers.ran_out(answer):
                # Some printers answer even so; whether the ticket came out first they do not say.
                course.now(Phase.UNKNOWN, PrintReason.PAPER, self._paper_low)
                return
            if answer is not None:
                self._owed = 0
                self._paper_low = answers.is_low(answer)
                course.now(Phase.ACKNOWLEDGED, None, self._paper_low)
                return
            hindrance = await self._hindered(talk)
            if talk.has_printed:
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
                course.now(Phase.UNKNOWN, hindrance or PrintReason.SILENT, self._paper_low)
                return

    async def _asked(self, talk: "_Talk") -> Status:
        if self._questions is Questions.NONE:
            return Status(None, self._paper_low, is_asked=False)
        limit = self._patience.answer
        general = await talk.ask(Ask.GENERAL, limit)
        cause = await talk.ask(Ask.CAUSE, limit)
        error = await talk.ask(Ask.ERROR, limit) if answers.has_error(cause) else 0x12
        paper = await talk.ask(Ask.PAPER, limit)
        status = answers.status_of(general, cause, paper, error)
        self._paper_low = status.paper_low
        return status


def _reason(error: PrinterError) -> PrintReason:
    match error:
        case NothingTaken() | Stuck():
            return PrintReason.BUSY
        case Garbled():
            return PrintReason.GARBLED
        case ConnectionLost():
            return PrintReason.LOST
        case _:
            return PrintReason.UNREACHABLE


class _Course:
    """The states of one job, each told once."""

    def __init__(self, on_state: Callable[[PrintState], None]) -> None:
        self._on_state = on_state
        self.state = PrintState(Phase.ISSUED)
        self._is_told = False

    def now(self, phase: Phase, reason: PrintReason | None, paper_low: bool) -> PrintState:
        state = PrintState(phase, reason, paper_low)
        if not self._is_told or state != self.state:
            self._is_told, self.state = True, state
            log.info("print job %s", phase, extra={"action": "print_state", "reason": reason})
            self._on_state(state)
        return self.state


class _Talk:
    """One conversation on an open line: bytes out, sorted answers in."""

    def __init__(self, line: Line, transport: Transport) -> None:
        self._line = line
        self._transport = transport
        self._ear = Ear()

    @property
    def has_printed(self) -> bool:
        return self._ear.has_printed

    async def send(self, job: bytes, within: float) -> None:
        self._ear.forget()
        await self._line.send(job, within + self._transport.seconds_for(len(job)))

    async def ask(self, question: Ask, within: float) -> int:
        """Real-time status: answered even by a printer that cannot print."""
        while self._ear.status() is not None:
            pass
        try:
            await self._line.send(question.command, within)
        except NothingTaken as error:
            raise Stuck from error
        if (answer := await self._answer(self._ear.status, within)) is None:
            raise Unreachable("the printer does not answer questions")
        return answer

    async def printed(self, within: float) -> int | None:
        """The answer to the question at the end of the job; `None` if it is not there in time."""
        return await self._answer(self._ear.printed, within)

    async def _answer(self, look: Callable[[], int | None], within: float) -> int | None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + within
        while True:
            if self._ear.noise:
                raise Garbled
            if (answer := look()) is not None:
                return answer
            if (left := deadline - clock()) <= 0:
                return None
            self._ear.hear(await self._line.receive(left))
