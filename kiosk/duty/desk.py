"""Carries out what lies over the journey: siren, PIN, word to the staff, test prints. It decides nothing."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.devices.printer import Phase, PrintState
from kiosk.devices.siren import Siren
from kiosk.duty import hours, pin, steps, stub
from kiosk.duty.values import (
    CheckPin,
    Closed,
    Do,
    Duty,
    Effect,
    Emergency,
    Happening,
    Named,
    PinChecked,
    PrintAgain,
    Settle,
    Told,
    World,
)
from kiosk.journey.values import Act, Begin, Character, Scanned, Speak, Tick
from kiosk.journey.values import Happening as Journeys
from kiosk.offline.disk import keep, kept
from queue_server.protocol import codes
from queue_server.protocol.codes import AlertKind
from queue_server.protocol.commands import Command, Confirm, RaiseAlert, Reprint, WithdrawAlert
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.printers import SELF_TEST
from queue_server.protocol.results import AlertKnown, Ticket

MEANINGFUL = 900_000
"""ms after which a press that could not be told is told no more: whoever came to help has done so."""
REPRINT_PATIENCE = 5.0
"""Seconds an attendant waits for a reprint."""
LAST = 12
"""Tickets that can be printed again."""
_TEST = "test-"
"""How the names of slips begin that the server knows nothing of."""
_RUNNING = "running"

log = logging.getLogger(__name__)


class Link(Protocol):
    """The link to the server: `queue_server.client.Connection`."""

    @property
    def online(self) -> bool: ...
    @property
    def server_now(self) -> int: ...


class Printers(Protocol):
    """The kiosk's printers: `kiosk.printing.Printing`."""

    async def print_job(
        self, name: str, number: str, job: bytes, on_state: Callable[[PrintState], None]
    ) -> PrintState: ...
    def new_roll(self, *, spare: bool = False) -> None: ...
    def settle(self, name: str, *, given: bool) -> Confirm | None: ...


@dataclass(frozen=True, slots=True)
class House:
    """What the kiosk lends. width: dots across the paper. world: what is known now. happen: lets something
    happen here. run: starts work. call_to_printer: tells staff what is wrong with a printer. print_ticket:
    puts a ticket on paper, and tells what is known of it for now. printed_here: the ticket with this code, to
    be printed again, as far as this kiosk knows it by itself. tell: passes a word on a paper on. forget, ask:
    the patient below is forgotten, or asked whether they are still there. leave: ends the program."""

    kiosk: str
    folder: Path | None
    width: int
    link: Link
    printers: Callable[[], Printers]
    world: Callable[[], World]
    happen: Callable[[Happening], None]
    run: Callable[[Coroutine[object, object, object]], object]
    submit: Callable[[Command], Coroutine[object, object, Accepted | Rejected]]
    call_to_printer: Callable[[str], None]
    print_ticket: Callable[[Ticket], Coroutine[object, object, PrintState]]
    printed_here: Callable[[str], Ticket | None]
    tell: Callable[[Confirm], None]
    forget: Callable[[], None]
    ask: Callable[[], None]
    leave: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Book:
    """What survives a restart. wrong: PINs in a row. tested: see `Duty`."""

    closed: Closed | None = None
    wrong: int = 0
    tested: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """A ticket that this kiosk put on paper. visit: empty for one that it gave without the server; token: of
    its code."""

    visit: str
    number: str
    token: str


class DutyDesk:
    """One kiosk's. siren: what is loud."""

    def __init__(self, house: House, siren: Siren) -> None:
        self._house, self._siren = house, siren
        book = self._recall()
        now = int(time.monotonic() * 1000)
        self.duty = Duty(closed=book.closed, guard=steps.restored(book.wrong, now), tested=book.tested)
        self.printed: deque[Printed] = deque(maxlen=LAST)
        self.self_test = ""
        self._news = asyncio.Event()
        self._one_keeps = asyncio.Lock()
        self._calls: set[int] = set()

    # What happens -----------------------------------------------------------------------------------------

    def take(self, happening: Journeys | Happening) -> Journeys | None:
        """Let something happen here first; what is left of it for the journey, None for nothing."""
        world = self._house.world()
        match happening:
            case Tick():
                self._go(*steps.time_passes(self.duty, world))
                return happening
            case Speak() | Act.ALOUD | Act.CONTRAST:
                return happening
            case Act() | Scanned() | Character() | Begin():
                if not steps.hides(self.duty, world):
                    return happening
                self._press(happening, world)
                return None
            case _ if isinstance(happening, Happening):
                self._go(*steps.step(self.duty, happening, world))
                return None
            case _:
                return happening

    @property
    def covers(self) -> bool:
        """Whether something hides the patient's page."""
        return steps.hides(self.duty, self._house.world())

    def _press(self, happening: Act | Scanned | Character | Begin, world: World) -> None:
        match happening:
            case Character(character=character):
                self._go(steps.typed(self.duty, character, world))
            case Act.ERASE:
                self._go(steps.erased(self.duty, world))
            case Act.ENTER:
                self._go(*steps.entered(self.duty, world))
            case Act.BACK | Act.HOME:
                self._go(*steps.back(self.duty, world))
            case Scanned(text=text) if text.isdigit():
                # Quick fingers on a keyboard look like a scanner.
                for digit in text:
                    self._go(steps.typed(self.duty, digit, world))
                self._go(*steps.entered(self.duty, world))
            case _:
                # A scan or a touch of a page that takes none.
                return

    def _go(self, duty: Duty, effects: tuple[Effect, ...] = ()) -> None:
        before, self.duty = self.duty, duty
        if type(before.over) is not type(duty.over):
            over = type(duty.over).__name__ if duty.over is not None else "nothing"
            log.info("over the page: %s", over, extra={"action": "over", "kiosk": self._house.kiosk})
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        house = self._house
        match effect:
            case Do.CALL_STAFF:
                log.warning("emergency pressed", extra={"action": "emergency", "kiosk": house.kiosk})
                house.run(self._call_staff(_since(self.duty)))
            case Do.WITHDRAW:
                self._calls.discard(_since(self.duty))
                if (here := _emergency(self.duty)) is not None and here.alert:
                    house.run(self._withdraw(here.alert))
            case Do.WAIL:
                self._siren.wail()
            case Do.HUSH:
                self._siren.hush()
            case Do.FORGET_PATIENT:
                house.forget()
            case Do.ASK_PATIENT:
                house.ask()
            case Do.KEEP:
                house.run(self._keep())
            case Do.TEST_PRINT:
                house.run(self._test_print())
            case Do.SELF_TEST:
                house.run(self._self_test())
            case Do.NEW_ROLL | Do.NEW_SPARE_ROLL:
                house.printers().new_roll(spare=effect is Do.NEW_SPARE_ROLL)
                house.happen(Told("new_roll"))
            case Do.QUIT:
                house.leave()
            case CheckPin(digits=digits):
                house.run(self._check(digits))
            case PrintAgain(visit=visit, token=token):
                house.run(self._print_again(visit, token))
            case Settle(print=name, given=given):
                confirm = house.printers().settle(name, given=given)
                if confirm is not None and not name.startswith(_TEST):
                    house.tell(confirm)
                house.happen(Told("settled"))

    def link_changed(self) -> None:
        """The link came or went: what could not be told may be told now."""
        self._news.set()

    def close(self) -> None:
        """The kiosk ends."""
        self._siren.hush()

    # Word to the staff ------------------------------------------------------------------------------------

    async def _call_staff(self, since: int) -> None:
        """Tell of the emergency as soon as there is a link, if that still means something."""
        house = self._house
        self._calls.add(since)
        while not house.link.online:
            self._news.clear()
            try:
                async with asyncio.timeout(1.0):
                    await self._news.wait()
            except TimeoutError:
                pass
            age = house.world().now - since
            if since not in self._calls or age >= MEANINGFUL:
                log.warning("an emergency was never told", extra={"action": "emergency_untold", "age": age})
                return
        pressed_at = max(0, house.link.server_now - (house.world().now - since))
        reply = await house.submit(
            RaiseAlert(kind=AlertKind.EMERGENCY, subject=house.kiosk, pressed_at=pressed_at)
        )
        if not isinstance(reply, Accepted) or not isinstance(reply.result, AlertKnown):
            log.error("the server refused an emergency", extra={"action": "emergency_refused"})
            return
        if since not in self._calls:
            await self._withdraw(reply.result.alert)
            return
        house.happen(Named(reply.result.alert, pressed_at))

    async def _withdraw(self, alert: str) -> None:
        await self._house.submit(WithdrawAlert(alert=alert))

    # Printers ---------------------------------------------------------------------------------------------

    async def _stub(self, on_end: Callable[[PrintState], None]) -> None:
        """on_end: told what becomes of it for now, and once more if it comes out late."""
        house = self._house
        local = house.world().local

        def told(state: PrintState) -> None:
            if state.is_last:
                on_end(state)

        made = await asyncio.to_thread(stub.job, house.kiosk, local, house.width)
        await house.printers().print_job(f"{_TEST}{local:%Y%m%d%H%M%S}", "TEST", made, told)

    async def _test_print(self) -> None:
        self._house.happen(Told("printing"))
        await self._stub(lambda state: self._house.happen(Told(_in_words(state))))

    async def _self_test(self) -> None:
        """See whether tickets can be printed, before people come."""
        self.self_test = _RUNNING
        await self._stub(self._self_tested)

    def _self_tested(self, state: PrintState) -> None:
        """Who is on duty learns what came of it."""
        house, is_first = self._house, self.self_test == _RUNNING
        came = state.phase is Phase.ACKNOWLEDGED
        reason = state.reason.value if state.reason is not None else state.phase.value
        self.self_test = f"{'passed' if came else reason} {house.world().local:%H:%M}"
        log.info("self-test: %s", self.self_test, extra={"action": "self_test"})
        if is_first and not came and state.phase is not Phase.SENT:
            house.call_to_printer(SELF_TEST)

    async def _print_again(self, visit: str, token: str) -> None:
        house = self._house
        if not house.link.online:
            known = house.printed_here(token)
            if known is None:
                house.happen(Told("no_server"))
            else:
                await self._put_on_paper(known)
            return
        house.happen(Told("printing"))
        wish = Reprint(visit=visit) if visit else Reprint(token=token)
        asked = asyncio.ensure_future(house.submit(wish))
        try:
            await asyncio.wait((asked,), timeout=REPRINT_PATIENCE)
            is_late = not asked.done()
            if is_late:
                house.happen(Told("no_server"))
            reply = await asked
        finally:
            asked.cancel()
        ticket = reply.result if isinstance(reply, Accepted) and isinstance(reply.result, Ticket) else None
        if ticket is None:
            house.happen(Told("no_server" if is_late else "refused"))
        elif is_late:
            # Whoever asked was told that nothing comes out.
            house.tell(_never_printed(ticket))
        else:
            await self._put_on_paper(ticket)

    async def _put_on_paper(self, ticket: Ticket) -> None:
        self._house.happen(Told("printing"))
        self._house.happen(Told(_in_words(await self._house.print_ticket(ticket))))

    def was_printed(self, ticket: Ticket) -> None:
        """Remember what was put on paper, the newest first; no more than its number."""
        known = Printed(ticket.visit, ticket.number, ticket.token)
        if known in self.printed:
            self.printed.remove(known)
        self.printed.appendleft(known)

    # What is kept -----------------------------------------------------------------------------------------

    async def _check(self, digits: str) -> None:
        folder = self._house.folder
        right = await asyncio.to_thread(pin.is_right, folder, digits) if folder is not None else None
        self._house.happen(PinChecked(right))

    async def _keep(self) -> None:
        if self._house.folder is None:
            return
        # One after the other: an older book must not come last.
        async with self._one_keeps:
            book = _Book(self.duty.closed, self.duty.guard.wrong, self.duty.tested)
            try:
                await asyncio.to_thread(keep, self._house.folder / "duty.json", book)
            except OSError:
                log.warning("the kiosk cannot remember", extra={"action": "duty_not_kept"})

    def _recall(self) -> _Book:
        folder = self._house.folder
        return (kept(folder / "duty.json", _Book) if folder is not None else None) or _Book()

    # What staff learn -------------------------------------------------------------------------------------

    @property
    def shows(self) -> dict[str, str | int | bool]:
        """What the kiosk reports of it."""
        world = self._house.world()
        shows: dict[str, str | int | bool] = {}
        if self.duty.closed is not None:
            shows["closed"] = self.duty.closed.value
        if not hours.serves(world.hours, world.local):
            shows["asleep"] = True
        if (here := _emergency(self.duty)) is not None and here.seen is None and here.withdrawn is None:
            shows["emergency"] = True
        if self.self_test:
            shows["self_test"] = self.self_test
        return shows


def _emergency(duty: Duty) -> Emergency | None:
    over = duty.over
    return over if isinstance(over, Emergency) else getattr(over, "under", None)


def _since(duty: Duty) -> int:
    here = _emergency(duty)
    return here.since if here is not None else 0


def _never_printed(ticket: Ticket) -> Confirm:
    stalled, left = codes.PrintState.STALLED, codes.PrintReason.LEFT
    return Confirm(print=ticket.print, state=stalled, number=ticket.number, reason=left)


def _in_words(state: PrintState) -> str:
    if state.phase is Phase.ACKNOWLEDGED:
        return "printed"
    return "not_printed" if state.phase is Phase.STALLED else "print_unknown"
