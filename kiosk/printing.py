"""Everything one device knows of its printers: where a paper goes, what became of it, what is left of the
roll, and which papers may still come out when somebody puts in a new one.

A paper goes to the spare printer only if the first one took nothing of it. One that may be on its way is
never printed a second time. Papers nobody knows of are kept until a person said what became of them: after a
refill they come out with nobody there to take them.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from kiosk import raster
from kiosk.devices.printer import Phase, Printer, PrintState
from kiosk.devices.roll import PAPER_MM, Roll, paper_for
from kiosk.devices.transport import PrinterError
from kiosk.offline.disk import keep, kept
from queue_server.protocol import codes
from queue_server.protocol.codes import PrintReason
from queue_server.protocol.commands import Confirm, PrinterWorks
from queue_server.protocol.printers import PAPER_LOW, PrinterTrouble

LOOK_EVERY = 20.0
"""Seconds between two looks at a printer that has nothing to do: who comes next should find paper in it."""
FORGET_AFTER = 18 * 3_600_000
"""ms after which a paper that never came out is one of another day."""
STEADY = 3
"""How often in a row a sensor has to say so: a roll that wobbles is low and not low by turns."""
READY, UNASKED = "ready", PrintReason.UNASKED.value

log = logging.getLogger(__name__)

OnState = Callable[[PrintState], None]


class LooseState(StrEnum):
    """What is known of a paper that nobody took: whether it comes out yet, or lies in the tray."""

    MAY_COME = "may_come"
    CAME_LATE = "came_late"


@dataclass(frozen=True, slots=True)
class LoosePaper:
    """A paper that is not in anybody's hand as far as we know. at: ms since the epoch, when it was sent.
    known: under which name the server knows it, empty where that is `print`, or it does not yet."""

    print: str
    number: str
    at: int
    state: LooseState = LooseState.MAY_COME
    known: str = ""


@dataclass(slots=True)
class _Slot:
    """One printer: what it last said, what staff were told since it was last ready, its roll.

    low: its near-end sensor; not_low: how often in a row it said otherwise since. ended: the roll did.
    works: that it prints was told, and whether its roll ends soon; None: not since the start, or the last
    trouble.
    """

    printer: Printer
    name: str
    roll: Roll
    says: str = ""
    low: bool = False
    told: set[str] = field(default_factory=set)
    told_low: bool = False
    not_low: int = 0
    ended: bool = False
    works: PrinterWorks | None = None
    working: int = 0

    @property
    def is_low(self) -> bool:
        return self.low or self.roll.is_low


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the printers are loaded with. width: dots across. roll: mm of a new roll, 0 when nobody knows."""

    width: int = raster.WIDE
    roll: int = 0


class Printing:
    """The printers of one device. folder: where it keeps what must survive a restart, None to keep nothing.

    alert: told the detail of an alert when staff have to come. works: told that a printer prints, and again
    after each trouble, so that nobody comes for nothing. clock: ms since the epoch.
    """

    def __init__(
        self,
        printer: Printer,
        spare: Printer | None = None,
        *,
        paper: Loaded | None = None,
        folder: Path | None = None,
        alert: Callable[[str], None],
        works: Callable[[PrinterWorks], None] = lambda command: None,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.paper = paper or Loaded()
        self._path = folder / "printers.json" if folder is not None else None
        self._alert = alert
        self._works = works
        self._clock = clock
        self._loose: dict[str, LoosePaper] = {}
        self._news = asyncio.Event()
        self._first = _Slot(printer, "first", Roll(self.paper.roll))
        self._spare = None if spare is None else _Slot(spare, "spare", Roll(self.paper.roll))
        self._recall()

    # Paper ------------------------------------------------------------------------------------------------

    async def print_job(self, name: str, number: str, job: bytes, on_state: OnState) -> PrintState:
        """Put a job on paper once and tell every state it passes through; return the last one.

        name: of the print. number: on the paper. A job that the first printer took nothing of goes to the
        spare one; what that does is told with the reason `spare`.
        """

        def at_first(state: PrintState) -> None:
            self._said(self._first, name, number, job, state)
            if state.phase is not Phase.STALLED or self._spare is None:
                on_state(state)

        first = await self._print(self._first, job, at_first)
        if first.phase is not Phase.STALLED or self._spare is None:
            return first

        def at_spare(state: PrintState) -> None:
            if self._spare is not None and state.phase is not Phase.ISSUED:
                self._said(self._spare, name, number, job, state)
                on_state(_by_spare(state, first))

        return _by_spare(await self._print(self._spare, job, at_spare), first)

    async def _print(self, slot: _Slot, job: bytes, on_state: OnState) -> PrintState:
        slot.working += 1
        try:
            return await slot.printer.print_job(job, on_state)
        finally:
            slot.working -= 1

    def new_roll(self, *, spare: bool = False) -> None:
        """Somebody put in a new roll."""
        slot = self._spare if spare else self._first
        if slot is not None:
            self._renew(slot)

    # What is known ----------------------------------------------------------------------------------------

    @property
    def loose(self) -> tuple[LoosePaper, ...]:
        """Papers that may still come out, or came out with nobody there; oldest first."""
        now = self._clock()
        return tuple(paper for paper in self._loose.values() if now - paper.at < FORGET_AFTER)

    def named(self, name: str, known: str) -> None:
        """The server knows a paper that this device gave by itself: another run may have to speak of it."""
        paper = self._loose.get(name)
        if paper is not None and paper.known != known:
            self._loose[name] = replace(paper, known=known)
            self._news.set()

    def settle(self, name: str, *, given: bool) -> Confirm | None:
        """A person gave a loose paper to its patient, or destroyed it; what the server has to hear of it."""
        paper = self._loose.pop(name, None)
        if paper is None:
            return None
        self._news.set()
        known, number = paper.known or name, paper.number
        if given:
            return Confirm(print=known, state=codes.PrintState.ACKNOWLEDGED, number=number)
        reason = PrintReason.DESTROYED.value
        return Confirm(print=known, state=codes.PrintState.VOIDED, number=number, reason=reason)

    @property
    def says(self) -> str:
        """How the first printer is: `ready`, a `PrintReason`, or empty while nobody knows."""
        return self._first.says

    @property
    def shows(self) -> dict[str, str | int | bool]:
        """What a device reports of its printers. paper_left: mm, where somebody knows."""
        shows: dict[str, str | int | bool] = {
            "printer": self._first.says,
            "paper_low": self._first.is_low,
            "paper": PAPER_MM.get(self.paper.width, 80),
            "loose": len(self.loose),
        }
        if (left := self._first.roll.left) is not None:
            shows["paper_left"] = left
        if self._spare is not None:
            shows |= {"spare": self._spare.says, "spare_low": self._spare.is_low}
            if (left := self._spare.roll.left) is not None:
                shows["spare_left"] = left
        return shows

    async def look(self) -> None:
        """Ask printers that have nothing to do how they are."""
        for slot in self._slots:
            if slot.working:
                continue
            try:
                status = await slot.printer.status()
            except PrinterError:
                self._is(slot, PrintReason.UNREACHABLE)
                continue
            if not status.is_asked:
                self._is_unasked(slot)
            elif not slot.working:
                self._sensor(slot, status.paper_low, status.hindrance)
                self._is(slot, status.hindrance)

    async def watch(self, every: float = LOOK_EVERY) -> None:
        """Look at the printers and keep what must be kept, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_on(every))
            tasks.create_task(self._keep_on())

    async def _look_on(self, every: float) -> None:
        while True:
            await self.look()
            await asyncio.sleep(every)

    @property
    def _slots(self) -> Sequence[_Slot]:
        return (self._first,) if self._spare is None else (self._first, self._spare)

    # What the printers say --------------------------------------------------------------------------------

    def _said(self, slot: _Slot, name: str, number: str, job: bytes, state: PrintState) -> None:
        if state.phase is Phase.SENT:
            slot.roll = slot.roll.after(paper_for(job, self.paper.width))
            self._news.set()
        match state.phase:
            case Phase.ACKNOWLEDGED:
                self._sensor(slot, state.paper_low, None)
                self._is(slot, None)
                if name in self._loose:
                    self._loose[name] = replace(self._loose[name], state=LooseState.CAME_LATE)
                    self._news.set()
            case Phase.STALLED | Phase.UNKNOWN:
                self._sensor(slot, state.paper_low, state.reason)
                self._is(slot, state.reason or PrintReason.SILENT)
            case Phase.SENT if state.reason is PrintReason.UNASKED:
                self._is_unasked(slot)
            case _:
                pass
        if state.may_come_out and name not in self._loose:
            self._loose[name] = LoosePaper(name, number, self._clock())
            self._news.set()

    def _is(self, slot: _Slot, hindrance: PrintReason | None) -> None:
        """How a printer is now; staff are told once of each trouble."""
        slot.says = READY if hindrance is None else hindrance.value
        if hindrance is None:
            if slot.ended:
                # Nothing but a new roll ends that.
                self._renew(slot)
            slot.told.clear()
            self._tell_works(slot)
        elif slot.says not in slot.told and not (slot.ended and hindrance is PrintReason.COVER):
            # An open cover after the end of the roll is somebody who changes it.
            slot.told.add(slot.says)
            self._call_staff(slot, slot.says)
        if hindrance is not None:
            slot.works = None
        slot.ended |= hindrance is PrintReason.PAPER
        if hindrance is not PrintReason.PAPER:
            self._tell_low(slot)

    def _is_unasked(self, slot: _Slot) -> None:
        """It takes what it is sent; nobody will know more, but for what was printed on its roll."""
        slot.says = UNASKED
        slot.told.clear()
        self._tell_works(slot)
        self._tell_low(slot)

    def _tell_low(self, slot: _Slot) -> None:
        if slot.is_low and not slot.told_low:
            slot.told_low = True
            self._call_staff(slot, PAPER_LOW)

    def _tell_works(self, slot: _Slot) -> None:
        works = PrinterWorks(spare=slot is self._spare, paper_low=slot.is_low)
        if slot.works is None or (slot.works.paper_low and not works.paper_low):
            self._works(works)
        slot.works = works

    def _sensor(self, slot: _Slot, low: bool, hindrance: PrintReason | None) -> None:
        """What the near-end sensor says; while the paper is out it says nothing."""
        if hindrance is not None:
            return
        slot.low |= low
        slot.not_low = 0 if low else slot.not_low + 1
        if slot.low and slot.not_low >= STEADY:
            # It was low and is not any more: somebody changed the roll before it ended.
            self._renew(slot)

    def _renew(self, slot: _Slot) -> None:
        slot.roll, slot.low, slot.told_low, slot.ended = slot.roll.renewed(), False, False, False
        self._news.set()
        if slot.says in (READY, UNASKED):
            self._tell_works(slot)
        log.info("a new roll of paper", extra={"action": "new_roll", "printer": slot.name})

    def _call_staff(self, slot: _Slot, what: str) -> None:
        log.warning(
            "the printer needs somebody", extra={"action": "printer", "printer": slot.name, "what": what}
        )
        width = PAPER_MM.get(self.paper.width, 80) if what in (PAPER_LOW, PrintReason.PAPER) else 0
        self._alert(PrinterTrouble(what, width, slot is self._spare).detail)

    # What is kept -----------------------------------------------------------------------------------------

    async def _keep_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self.keep()

    async def keep(self) -> None:
        """Write down what must survive a restart."""
        if self._path is None:
            return
        facts = _Book({slot.name: slot.roll.printed for slot in self._slots}, list(self.loose))
        try:
            await asyncio.to_thread(keep, self._path, facts)
        except OSError:
            log.warning("the printers' book cannot be written", extra={"action": "printers_not_kept"})

    def _recall(self) -> None:
        book = kept(self._path, _Book) if self._path is not None else None
        if book is None:
            return
        for slot in self._slots:
            slot.roll = slot.roll.after(book.printed.get(slot.name, 0))
        self._loose = {paper.print: paper for paper in book.loose}


@dataclass(frozen=True, slots=True)
class _Book:
    """What is kept of the printers. printed: mm on its roll, by printer."""

    printed: dict[str, int]
    loose: list[LoosePaper]


def _by_spare(state: PrintState, first: PrintState) -> PrintState:
    """A state of the spare printer as its device tells it; first: how the first printer stalled."""
    if state.phase is Phase.STALLED:
        # Neither took it: what keeps the first one from printing is what staff see to.
        return first
    if state.phase is Phase.ACKNOWLEDGED:
        return replace(state, reason=PrintReason.SPARE)
    return state
