"""A kiosk that people come to all day: the whole program without a terminal, its server and printer real, and
only the journey's clock ahead of ours whenever somebody walks away."""

import asyncio
import contextlib
import random
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, assert_never

from textual import events
from textual.widgets import Static

import kiosk.app
from kiosk.app import Kiosk, Settings
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter, Patience, PrintState
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.journey.values import (
    Act,
    Arranging,
    Check,
    Finding,
    Issued,
    Looking,
    Sending,
    Welcome,
)
from kiosk.printing import Loaded, Printing
from kiosk.screens.screen import KioskScreen, View
from kiosk.widgets.choice import Choice
from queue_server.protocol.results import Ticket
from tests.support.passers_by import (
    MARK,
    Dawdles,
    GoesAway,
    GoesHome,
    Happening,
    LooksOn,
    Person,
    Presses,
    Scans,
    Taps,
    TapsAny,
    Types,
)

PATIENCE = 30.0
"""Seconds for what must come sooner or later."""
LOOK = 1.0
"""Seconds that somebody looks on; with a printer that is silent they see no end."""
QUICK = Patience(connect=1.0, answer=0.3, send=1.0, acknowledge=0.8, probe=0.1, late=600.0)
READS, IS_ASKED = 100_000, 20_000
"""ms after which any page asks whether somebody is there, and after which it then goes home."""
HOPS = 40
"""Turns of the loop that a press takes at most from the deepest button to the program, and its page back."""
LONGEST_AWAY = 12
"""How often that may take: an emergency that nobody answers lies over all pages for ten minutes."""
FAULTS: tuple[dict[str, bool | int | bytes | None], ...] = (
    {"paper_out": True},
    {"paper_rows": 700},
    {"cover_open": True},
    {"offline": True},
    {"near_end": True},
    {"mute": True},
    {"no_end": True},
    {"drop_after": 3_000},
    {"drop_after": 1},
    {"garble": b"\xff\xfe"},
    {"bytes_per_second": 60_000},
    {"stop_reading": True},
)
MENDED: dict[str, bool | int | bytes | None] = {
    **dict.fromkeys(
        ("paper_out", "cover_open", "offline", "near_end", "mute", "no_end", "stop_reading"), False
    ),
    **dict.fromkeys(("paper_rows", "drop_after", "garble", "bytes_per_second")),
}


class AheadOfTime(Kiosk):
    """ahead: ms by which the journey's clock is before ours. again: how often a ticket, by its code, was
    printed once more without the server, and marked so."""

    CSS_PATH: ClassVar = [Path(kiosk.app.__file__).with_name(str(name)) for name in Kiosk.CSS_PATH]
    ahead = 0

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.again: Counter[str] = Counter()
        self._on_paper: set[str] = set()

    async def put_on_paper(self, ticket: Ticket) -> PrintState:
        if ticket.reprint and ticket.print in self._on_paper:
            self.again[ticket.token] += 1
        self._on_paper.add(ticket.print)
        return await super().put_on_paper(ticket)

    def _now(self) -> int:
        return super()._now() + self.ahead

    def tick(self) -> None:
        """Look at the clock now."""
        self._tick()


class BusyKiosk:
    """One kiosk and what happens at it. told: the newest happenings, for a failure. shown: numbers that stood
    on the screen. met: who was here; tokens: of tickets in people's hands. homes: how often it was home."""

    def __init__(self, server: str, printer: VirtualPrinter, folder: Path) -> None:
        settings = Settings(
            "kiosk-1", (server,), "demo-kiosk-1", f"tcp://127.0.0.1:{printer.port}", data=folder, rest=0.0
        )
        self.app = AheadOfTime(settings)
        self.app.printing = Printing(
            EscPosPrinter(Network("127.0.0.1", printer.port), patience=QUICK),
            paper=Loaded(roll=50_000),
            folder=folder,
            alert=self.app.call_to_printer,
        )
        self.told: deque[str] = deque(maxlen=30)
        self.shown: set[str] = set()
        self.met: list[Person] = []
        self.tokens: list[str] = []
        self.homes = 0
        self._printer = printer
        self._secrets: set[str] = set()

    # People ----------------------------------------------------------------------------------------------

    async def serve(self, person: Person, does: list[Happening]) -> None:
        """Let somebody do all they do."""
        self._secrets.update(person.secrets)
        for happening in does:
            self.told.append(f"{happening} at {type(self.app.journey.stage).__name__}")
            await self._do(happening)
            await self.drawn()
            self._has_a_way_on()
            self._at_home()
        self.met.append(person)

    async def _do(self, happening: Happening) -> None:
        match happening:
            case Scans(code=code, whole=whole):
                await self._keys(code, *(("enter",) if whole else ()))
            case Types(text=text):
                await self._keys(text)
            case Presses(key=key):
                await self._keys("", key)
            case Taps(means=means):
                await self._tap([choice for choice in self._choices() if choice.means == means])
            case TapsAny(at=at, among=among):
                choices = self._choices(of_page=bool(among))[: among or None]
                await self._tap(choices[int(at * len(choices)) :][:1])
            case LooksOn():
                await self._until_answered()
            case Dawdles():
                self.app.ahead += READS
                await self.ticked()
            case GoesAway():
                await self.goes_home_by_itself()
            case GoesHome():
                home = [choice for choice in self._choices() if choice.means is Act.HOME]
                await self._tap(home)
            case _:
                assert_never(happening)

    async def goes_home_by_itself(self) -> None:
        """Nobody is there any more: whatever the page is, it leads home."""
        for _ in range(LONGEST_AWAY):
            for step in (READS, IS_ASKED):
                self.app.ahead += step
                await self.ticked()
            if self.is_home:
                return
        raise AssertionError(f"a dead end: {self.view.page.name} {self.app.journey!r}")

    # The screen ------------------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """All that is on the screen."""
        screen = self.app.screen
        assert isinstance(screen, KioskScreen)
        return screen.view

    @property
    def is_home(self) -> bool:
        """Whether nobody is here, as far as the kiosk knows and shows."""
        return isinstance(self.app.journey.stage, Welcome) and self.view.page.name == "welcome"

    async def drawn(self) -> None:
        """Until the screen shows the journey as it is."""
        async with asyncio.timeout(PATIENCE):
            await _hops()
            await _until(lambda: self.app.is_up_to_date and self._is_laid_out, every=0.005)
        number = self.view.page.number
        if number:
            self.shown.add(number)

    @property
    def _is_laid_out(self) -> bool:
        return all(choice.region.area for choice in self._choices())

    async def ticked(self) -> None:
        """Until the kiosk has looked at its clock."""
        self.app.tick()
        await self.drawn()

    @property
    def said(self) -> str:
        """Every word on the screen."""
        return "\n".join(str(widget.visual) for widget in self.app.screen.query(Static))

    def _choices(self, *, of_page: bool = False) -> list[Choice]:
        found = [choice for choice in self.app.screen.query(Choice) if choice.display]
        return [choice for choice in found if not choice.has_class("way")] if of_page else found

    async def _tap(self, choices: list[Choice]) -> None:
        for choice in choices[:1]:
            assert self.app.screen.region.contains_region(choice.region), f"nobody can reach {choice.label!r}"
            x, y = choice.region.offset
            for kind in (events.MouseDown, events.MouseUp):
                self.app.post_message(
                    kind(None, x, y, 0, 0, 1, shift=False, meta=False, ctrl=False, screen_x=x, screen_y=y)
                )

    async def _keys(self, text: str, *names: str) -> None:
        for key in (*text, *names):
            self.app.post_message(events.Key(key, "\r" if key == "enter" else key if len(key) == 1 else None))
        await _hops()
        # A pause that only people make.
        await self.app.release_keys(float("inf"))

    async def _until_answered(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await _until(lambda: not self._is_waited_for)

    @property
    def _is_waited_for(self) -> bool:
        match self.app.journey.stage:
            case Sending() | Looking() | Finding() | Arranging():
                return True
            case Check(recall=recall):
                return recall.wish is not None
            case Issued(leave_at=None):
                return True
            case _:
                return False

    # What must always hold -------------------------------------------------------------------------------

    def _has_a_way_on(self) -> None:
        page = self.view.page
        assert self._choices(), "a page without any button"
        assert (
            page.options or page.back or page.typed is not None or page.name in ("help", "welcome", "issued")
        ), page

    def _at_home(self) -> None:
        if not self.is_home:
            return
        self.homes += 1
        journey = self.app.journey
        words = f"{self.said}\n{journey!r}\n{self.view!r}"
        assert MARK not in words.casefold(), f"a name is left: {words}"
        digits = words.replace(" ", "")
        left = [secret for secret in self._secrets if secret in digits]
        assert not left, f"a number is left: {words}"

    # The house -------------------------------------------------------------------------------------------

    def printer_fails(self, chance: random.Random) -> None:
        """Something is wrong with the printer from now on."""
        fault = chance.choice(FAULTS)
        self.told.append(f"printer: {fault}")
        self._printer.change(**fault)
        if chance.random() < 0.3:
            self.told.append("printer: unplugged")
            self._printer.unplug()

    def printer_is_mended(self) -> None:
        """Somebody saw to it."""
        self.told.append("printer: mended")
        self._printer.change(**MENDED)

    async def until_online(self) -> None:
        """Until the kiosk has its server."""
        async with asyncio.timeout(PATIENCE):
            await _until(lambda: self.app.connection.online and self.is_home)

    async def at_rest(self) -> None:
        """Until the server knows everything and nothing is left to print."""
        async with asyncio.timeout(PATIENCE):
            await _until(lambda: self._rests)

    @property
    def _rests(self) -> bool:
        standing = self.app.standby.standing
        busy = [each for each in self.app.workers if each.group in ("wish", "print") and not each.is_finished]
        told = standing.waiting or standing.words or standing.refused
        return self.app.connection.online and not told and not busy and not self._printer.held_back


async def _until(holds: Callable[[], bool], every: float = 0.02) -> None:
    while True:
        if holds():
            return
        await asyncio.sleep(every)


async def _hops() -> None:
    """Let what was posted find its way through all widgets."""
    for _ in range(HOPS):
        await asyncio.sleep(0)
