"""The kiosk's shell: devices, link and screen around the journey. It decides nothing."""

import asyncio
import contextlib
import logging
import math
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from textual import events, on
from textual.app import App
from textual.worker import WorkerFailed

from kiosk import letters, paper, raster
from kiosk.devices.addresses import printer_at
from kiosk.devices.printer import PrintState, Questions
from kiosk.devices.scanner import SerialScanner
from kiosk.devices.session import LARGER, SMALLER
from kiosk.devices.siren import Siren
from kiosk.devices.speech import Speech
from kiosk.devices.terminal_input import is_gone
from kiosk.devices.torn import Burst, Mender, Whole
from kiosk.devices.watchdog import LifeSign
from kiosk.devices.wedge import GAP, Scan, Typed, WedgeGuard
from kiosk.duty import values as duty_values
from kiosk.duty.desk import DutyDesk, House
from kiosk.duty.values import Press
from kiosk.journey import walk
from kiosk.journey.catalogue import Catalogue, catalogue_of, zone
from kiosk.journey.values import (
    Act,
    Answered,
    AskAppointment,
    AskHolder,
    AskWhere,
    Character,
    Effect,
    Happening,
    Looked,
    Paper,
    Printed,
    PrintSlip,
    ReadAloud,
    Restart,
    Scanned,
    Speak,
    Submit,
    Tell,
    Tick,
    Welcome,
    World,
)
from kiosk.layout import STANDARD, Template
from kiosk.offline import Standby, Teller, answer_to
from kiosk.printing import Loaded, LooseState, Printing
from kiosk.screens import aloud
from kiosk.screens.page import Means, Page
from kiosk.screens.pages import Size, page
from kiosk.screens.pages.duty import KnownPaper, Machine
from kiosk.screens.pages.duty import page as duty_page
from kiosk.screens.screen import KioskScreen, Status, View
from kiosk.screens.ways import ways
from kiosk.sweeping import Sweeper
from kiosk.texts import SENTENCES, is_draft, offered, read
from kiosk.widgets.choice import Chosen
from queue_server.client import Change, Connection, Link, NoAnswer
from queue_server.protocol import codes
from queue_server.protocol.codes import AlertKind, Language, Role
from queue_server.protocol.commands import RaiseAlert, SetPresence
from queue_server.protocol.messages import Rejected
from queue_server.protocol.questions import AppointmentOf, AppointmentTold, Holder, TicketState, WhereNow
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import Alert, Row

TICK = 0.25
"""Seconds between two looks at the clock."""
REPORT_EVERY = 15.0
"""Seconds after which the kiosk says again how it is, even if nothing changed."""
REST = 0.35
"""Seconds after new buttons in which a press is half of a double one, meant for the page before."""
BUSY = 0.05
"""Seconds beyond which a timer that comes late tells that the program stood still."""
LOOK_PATIENCE = 5.0
"""Seconds to wait for word on a scanned ticket or card."""

DRAFT = "CHƯA DUYỆT · NOT REVIEWED"
"""In place of the hospital's name while the words on the screen are a draft."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How one kiosk is set up. printer, spare: addresses, see `devices.addresses`. paper: dots across.

    roll: mm of a new roll, 0 when nobody knows. data: a folder for what must survive a restart. scanner: a
    serial device or None. key: a file elsewhere that holds the outbox's key, None: one in the folder.

    rest: see REST. quit_key: Ctrl-Q ends the program. unreviewed: shows all languages, drafts too, to those
    who review them. layout: of the ticket. is_large: the terminal's letters are; can_resize: the session that
    runs this program can make them so, or normal again.
    """

    kiosk: str
    servers: Sequence[str]
    token: str = field(repr=False)
    printer: str
    spare: str = ""
    questions: Questions = Questions.FULL
    paper: int = raster.WIDE
    roll: int = 0
    data: Path | None = None
    key: Path | None = None
    scanner: str | None = None
    baudrate: int = 9600
    language: Language = Language.VI
    quit_key: bool = False
    is_large: bool = False
    can_resize: bool = False
    unreviewed: bool = False
    layout: Template = STANDARD
    version: str = ""
    rest: float = REST


Connect = Callable[..., Connection]


class Kiosk(App[None], inherit_bindings=False):
    """One kiosk. connect: makes the link to the server."""

    CSS_PATH = ["kiosk.tcss", "large.tcss", "contrast.tcss"]
    TITLE = paper.NAME
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None
    ALLOW_SELECT = False

    def __init__(self, settings: Settings, connect: Connect = Connection) -> None:
        super().__init__()
        self.settings = settings
        self.connection = connect(
            settings.servers,
            Role.KIOSK,
            settings.token,
            client=f"queue-kiosk {settings.version}".strip(),
            on_change=self._followed,
            on_link=self._link_changed,
        )
        self._teller = Teller(self.connection)
        self.printing = Printing(
            printer_at(settings.printer, settings.questions),
            printer_at(settings.spare, settings.questions) if settings.spare else None,
            paper=Loaded(settings.paper, settings.roll),
            folder=settings.data,
            alert=self.call_to_printer,
            works=self._teller.tell,
        )
        self.standby = Standby(
            settings.kiosk,
            settings.token,
            self.connection,
            settings.data,
            settings.key,
            self.printing.named,
        )
        self.catalogue = Catalogue()
        self._is_another_day = self.standby.is_another_day
        self._read_catalogue({"catalogue": (), f"kiosk:{settings.kiosk}": ()})
        self._no_letters: set[Language] = set()
        self._unread: set[Language] = set()
        self.languages = self._offered()
        self.journey = walk.begin(settings.language, self._now())
        self.duty = DutyDesk(self._house(), Siren(self.bell))
        self.speech = Speech()
        self._speaks: frozenset[Language] = frozenset()
        self._aloud: Page | None = None
        self._printing_order = asyncio.Lock()
        self._scanner: SerialScanner | None = None
        # One that types is there whenever it types; only a serial one can be missed.
        self._has_scanner = settings.scanner is None
        self._guard: WedgeGuard[events.Key] = WedgeGuard()
        self._mender: Mender[events.Key] = Mender(lambda key: key.character)
        self._last_scan = float("-inf")
        self._rest_due = math.inf
        self._is_stale = asyncio.Event()
        self._is_drawing = True
        self._shown = self._page()
        self._drawn_at = time.monotonic()
        self._life = LifeSign()
        self._sweeper = Sweeper()
        self._buttons_since = float("-inf")
        self._only_screen = KioskScreen(self._view())
        self._reported: dict[str, str | int | bool] = {}
        self._reported_at = float("-inf")
        self._failure: BaseException = RuntimeError()

    def get_default_screen(self) -> KioskScreen:
        return self._only_screen

    # Life ------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.connection.subscribe("catalogue")
        self.connection.subscribe(f"kiosk:{self.settings.kiosk}")
        self.run_worker(self._draw(), name="draw")
        if not self.is_headless:
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        log.info("kiosk started", extra={"action": "started", "kiosk": self.settings.kiosk})

    def _begin_work(self) -> None:
        """All that whoever stands in front of a dark screen need not wait for."""
        self.run_worker(self.connection.run(), name="link")
        self.run_worker(self.standby.run(), name="standby")
        self.run_worker(self._teller.run(), name="teller")
        warm_up = asyncio.to_thread(paper.warm_up, self.settings.paper, self.settings.layout)
        self.run_worker(warm_up, name="warm up")
        self.set_interval(TICK, self._tick)
        if not self.is_headless:
            self.run_worker(self.printing.watch(), name="printers")
            self.run_worker(self._find_voices(), name="voices")
        if self.settings.scanner is not None:
            self._scanner = SerialScanner(
                self.settings.scanner,
                lambda text: self.happen(Scanned(text)),
                self._scanner_connected,
                baudrate=self.settings.baudrate,
            )
            self._scanner.start()

    async def on_unmount(self) -> None:
        self.duty.close()
        if self._scanner is not None:
            await self._scanner.stop()
        await self.speech.stop()
        self.standby.close()
        log.info("kiosk stopped", extra={"action": "stopped", "kiosk": self.settings.kiosk})

    async def _find_voices(self) -> None:
        self.give_voices(await self.speech.languages())

    def give_voices(self, languages: frozenset[Language]) -> None:
        """Offer to read pages aloud in these languages."""
        self._speaks = languages
        self._is_stale.set()

    def _handle_exception(self, error: Exception) -> None:
        self._failure = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own account prints the values of local variables: a patient's among them. Where and what
        # kind is enough to find a bug.
        failure = self._failure
        if isinstance(failure, WorkerFailed):
            failure = failure.error
        while failure.__cause__ is not None:
            failure = failure.__cause__
        where = " < ".join(
            f"{Path(frame.filename).name}:{frame.lineno}"
            for frame in reversed(traceback.extract_tb(failure.__traceback__))
        )
        log.critical("the kiosk failed: %s at %s", type(failure).__name__, where, extra={"action": "failed"})
        self._close_messages_no_wait()

    # What happens, and what it asks for -----------------------------------------------------------------

    def happen(self, happening: Means) -> None:
        """Let what lies over the journey take one step, then the journey, and do what they ask for."""
        self._is_stale.set()
        if not isinstance(happening, Tick):
            self._sweeper.stir(time.monotonic())
        if happening is Act.LANGUAGES and self.duty.covers:
            # The list of languages is a page of the patient's.
            happening = Speak(self._next_language())
        left = self.duty.take(happening)
        if left is not None:
            self._go_on(left)

    def _go_on(self, happening: Happening) -> None:
        before = type(self.journey.stage)
        self.journey, effects = walk.step(self.journey, happening, self._world())
        for effect in effects:
            self._do(effect)
        if type(self.journey.stage) is not before:
            log.info(
                "now %s",
                type(self.journey.stage).__name__,
                extra={"action": "stage", "kiosk": self.settings.kiosk},
            )
        self._is_stale.set()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Submit():
                self.run_worker(self._submit(effect), group="wish")
            case AskWhere(wish=wish, token=token):
                self.run_worker(self._ask(wish, WhereNow(token=token)), group="wish")
            case AskHolder(wish=wish, identity=identity):
                self.run_worker(self._ask(wish, Holder(identity=identity)), group="wish")
            case AskAppointment(wish=wish, code=code):
                self.run_worker(self._ask(wish, AppointmentOf(code=code)), group="wish")
            case PrintSlip(ticket=ticket):
                self.run_worker(self.put_on_paper(ticket), group="print")
            case Tell(confirm=confirm):
                self.standby.tell(confirm)
            case Restart(large=large):
                self.exit(return_code=LARGER if large else SMALLER)
            case ReadAloud():
                view = self._view()
                said = aloud.spoken(view.page, view.ways, view.language)
                self._aloud = view.page
                self.run_worker(self.speech.say(said, view.language), group="speech")

    async def _submit(self, effect: Submit) -> None:
        reply = await self.standby.submit(effect.command)
        self.happen(Answered(effect.wish, reply, effect.command))

    async def _ask(self, wish: int, question: WhereNow | Holder | AppointmentOf) -> None:
        if not self.connection.online:
            self.happen(Looked(wish, self.standby.answer(question)))
            return
        try:
            answer = await self.connection.ask(question, LOOK_PATIENCE)
        except NoAnswer:
            answer = None
        if isinstance(question, WhereNow) and isinstance(answer, TicketState) and answer.ended is None:
            # Whoever scans a ticket stands here; staff and the line want to know.
            here = SetPresence(visit=answer.visit, presence=codes.PresenceKind.HERE)
            self.run_worker(answer_to(self.connection, here), group="wish")
        known = answer if isinstance(answer, TicketState | AppointmentTold | Rejected) else None
        self.happen(Looked(wish, known))

    async def put_on_paper(self, ticket: Ticket) -> PrintState:
        """Print a ticket, and return what is known of the paper for now."""
        # In the order in which they were wished for: people stand in it. One that the printer holds back
        # keeps nobody after it from the spare printer, nor from being told.
        async with self._printing_order:
            known: asyncio.Future[PrintState] = asyncio.get_running_loop().create_future()
            self.run_worker(self._print_one(ticket, known), group="print")
            return await known

    async def _print_one(self, ticket: Ticket, known: "asyncio.Future[PrintState]") -> None:
        facility = self.catalogue.facility

        def told(state: PrintState) -> None:
            reason = state.reason.value if state.reason is not None else ""
            said = Paper(codes.PrintState(state.phase.value), reason)
            self.happen(Printed(ticket.print, ticket.number, said))
            if state.is_last and not known.done():
                known.set_result(state)

        made = await asyncio.to_thread(paper.job, ticket, facility, self.settings.paper, self.settings.layout)
        self.duty.was_printed(ticket)
        end = await self.printing.print_job(ticket.print, ticket.number, made, told)
        if not known.done():
            known.set_result(end)

    def call_to_printer(self, detail: str) -> None:
        """Tell staff what is wrong with a printer, never after the word that it works again. detail: see
        `protocol.printers`."""
        alert = RaiseAlert(kind=AlertKind.PRINTER, subject=self.settings.kiosk, detail=detail)
        self._teller.tell(alert)

    # The server -----------------------------------------------------------------------------------------

    def _followed(self, change: Change) -> None:
        self.rows_changed()

    def rows_changed(self) -> None:
        """Read again what the facility offers."""
        own = f"kiosk:{self.settings.kiosk}"
        live = {topic: self.connection.rows(topic).values() for topic in ("catalogue", own)}
        self.standby.rows_changed([*live["catalogue"], *live[own]])
        self._is_another_day = self.standby.is_another_day
        self._read_catalogue(live)
        self.languages = self._offered()
        self._is_stale.set()

    def _read_catalogue(self, live: Mapping[str, Iterable[Row]]) -> None:
        offer, own = (self.standby.rows(topic, rows) for topic, rows in live.items())
        self.catalogue = catalogue_of(offer, own)

    def _offered(self) -> tuple[Language, ...]:
        """The languages a patient may choose, and a word in the log where a ticket cannot be in one."""
        facility = self.catalogue.facility
        listed = facility.languages if facility is not None else (Language.VI, Language.EN)
        found = offered(listed, drafts=self.settings.unreviewed)
        for language in set(found) - self._no_letters:
            if lacks := letters.missing(language):
                self._no_letters.add(language)
                log.warning(
                    "tickets in %s come out in Vietnamese and English: install %s",
                    language,
                    lacks,
                    extra={"action": "font_missing", "language": language.value},
                )
        for language in set(listed) - set(found) - self._unread:
            self._unread.add(language)
            log.warning(
                "%s is not offered: nobody has reviewed its words",
                language,
                extra={"action": "language_not_reviewed", "language": language.value},
            )
        return found

    def _link_changed(self, link: Link) -> None:
        self.standby.link_changed(link)
        self.rows_changed()
        self.duty.link_changed()
        self._is_stale.set()

    def _report(self) -> None:
        shows: dict[str, str | int | bool] = {
            "page": self._shown.name,
            "language": self.journey.language.value,
            **self.printing.shows,
            **self.duty.shows,
            **self.standby.shows,
            "scanner": self._has_scanner,
            "size": f"{self.size.width}x{self.size.height}",
            "version": self.settings.version,
        }
        now = time.monotonic()
        if shows != self._reported or now - self._reported_at >= REPORT_EVERY:
            self._reported, self._reported_at = shows, now
            self.connection.report(shows)

    # Time -----------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return int(time.monotonic() * 1000)

    def _local(self) -> datetime | None:
        """The server's time at the facility; None before the server told it."""
        facility = self.catalogue.facility
        now = self.standby.now if self.connection.age is None else self.connection.server_now
        if facility is None or now is None:
            return None
        return datetime.fromtimestamp(now / 1000, zone(facility.time_zone))

    def _here(self) -> datetime:
        """This machine's time at the facility, for want of the server's."""
        facility = self.catalogue.facility
        return datetime.now(zone(facility.time_zone if facility is not None else ""))

    def _world(self) -> World:
        catalogue = self.catalogue
        clock = None if self.connection.age is None else self.connection.server_now
        return World(
            self._now(),
            (self._local() or self._here()).date(),
            self.connection.online,
            catalogue,
            catalogue.shapes,
            clock,
            self.languages,
            self.settings.is_large,
            self._may_resize,
            self._speaks,
            refused=self.standby.refused,
        )

    @property
    def _may_resize(self) -> bool:
        """Whether the program may begin anew in other letters: not in an emergency, nor in mid-ticket."""
        free = self.duty.duty.over is None and not self._printing_order.locked()
        return self.settings.can_resize and free

    def _tick(self) -> None:
        if not self.is_headless and is_gone():
            log.error("the terminal is gone", extra={"action": "terminal_gone"})
            self.exit(return_code=1)
            return
        if self.duty.duty.over is not None and not isinstance(self.journey.stage, Welcome):
            # Nobody sees this page, so nobody can answer whether they are still there.
            self.journey = replace(self.journey, touched=self._now(), warned=False)
        if self.standby.is_another_day is not self._is_another_day:
            # Nobody tells of a day that begins without the server.
            self.rows_changed()
        self.happen(Tick())
        self._report()
        self._life.tell(time.monotonic(), self._drawn_at, self._driver)
        self._sweeper.look(time.monotonic())

    # What lies over the journey ---------------------------------------------------------------------------

    def _house(self) -> House:
        return House(
            kiosk=self.settings.kiosk,
            folder=self.settings.data,
            width=self.settings.paper,
            link=self.connection,
            printers=lambda: self.printing,
            world=self._duty_world,
            happen=self.happen,
            run=lambda work: self.run_worker(work, group="duty"),
            submit=self.standby.submit,
            call_to_printer=self.call_to_printer,
            print_ticket=self.put_on_paper,
            printed_here=self.standby.again,
            tell=self.standby.tell,
            forget=lambda: self._go_on(Act.HOME),
            ask=self._ask_patient,
            leave=self.exit,
        )

    def _duty_world(self) -> duty_values.World:
        catalogue, alerts = self.catalogue, self.connection.rows(f"kiosk:{self.settings.kiosk}").values()
        local = self._local()
        return duty_values.World(
            now=self._now(),
            local=local or self._here(),
            online=self.connection.online,
            catalogue=catalogue,
            # By a clock that nobody believes it would sleep through the morning.
            hours=catalogue.hours if local is not None else (),
            alert=next((row for row in alerts if isinstance(row, Alert)), None),
            busy=walk.is_under_way(self.journey),
        )

    def _ask_patient(self) -> None:
        """Whoever was under way is asked whether they are still there."""
        unseen = walk.patience(self.journey, self._world())
        self.journey = replace(self.journey, touched=self._now() - unseen)

    def _machine(self) -> Machine:
        shows, connection = self.printing.shows, self.connection
        left, spare = shows.get("paper_left"), shows.get("spare")
        standing = self.standby.standing
        return Machine(
            kiosk=self.settings.kiosk,
            version=self.settings.version,
            server=connection.link.server or self.settings.servers[0],
            link=connection.age,
            online=connection.online,
            outbox=standing.waiting + standing.refused,
            keeps=self.standby.keeps,
            printer=self.printing.says,
            spare=str(spare) if spare is not None else None,
            paper_left=left if isinstance(left, int) else None,
            paper_low=bool(shows.get("paper_low")),
            printed=tuple(
                KnownPaper(known.visit, known.number, token=known.token) for known in self.duty.printed
            ),
            loose=tuple(
                KnownPaper(known.print, known.number, late=known.state is LooseState.CAME_LATE)
                for known in self.printing.loose
            ),
        )

    # The screen -----------------------------------------------------------------------------------------

    def _page(self) -> Page:
        size = Size(self.size.width, self.size.height)
        over = duty_page(self.duty.duty, self._duty_world(), self._machine(), size, self.journey.language)
        return over or page(self.journey, self._world(), size)

    def _view(self) -> View:
        words = SENTENCES[self.journey.language]
        link, facility, local = self.connection.link, self.catalogue.facility, self._local()
        if self.connection.online:
            said = words.link_degraded if link.degraded else words.link_online
        else:
            said = words.link_refused if link.slow else words.link_down
        name = paper.NAME
        if facility is not None:
            name = read(facility.name, self.journey.language)
        if is_draft(self.journey.language):
            name = DRAFT
        status = Status(
            facility=name,
            clock=f"{local:%H:%M}" if local is not None else "",
            link=said,
            is_up=self.connection.online and not link.degraded,
            kiosk=self.settings.kiosk,
        )
        return View(
            self._page(),
            status,
            self.journey.language,
            self.languages,
            ways(self.journey, self._world(), covered=self.duty.covers),
            self.journey.contrast,
        )

    async def _draw(self) -> None:
        """The only one who draws, so that no two pages are ever mixed."""
        await self._only_screen.is_ready.wait()
        await self._draw_once()
        self.call_after_refresh(self._begin_work)
        while True:
            await self._is_stale.wait()
            await self._draw_once()

    async def _draw_once(self) -> None:
        self._is_stale.clear()
        self._is_drawing = True
        view = self._view()
        await self._only_screen.show(view)
        if _asks(view.page) != _asks(self._shown):
            self._buttons_since = time.monotonic()
        if self._aloud is not None and _tells(view.page) != _tells(self._aloud):
            self._aloud = None
            self.run_worker(self.speech.stop(), group="speech")
        self._shown = view.page
        self._is_drawing = False
        self._drawn_at = time.monotonic()

    @property
    def is_up_to_date(self) -> bool:
        """Whether the screen shows the journey as it is now."""
        return not self._is_stale.is_set() and not self._is_drawing

    def on_resize(self) -> None:
        self._is_stale.set()

    # Fingers and keys -----------------------------------------------------------------------------------

    @on(Chosen)
    def _pressed(self, event: Chosen) -> None:
        at_once = isinstance(event.means, Character) or event.means is Press.EMERGENCY
        if at_once or not self._rests(event.time):
            self.happen(event.means)

    def _rests(self, at: float) -> bool:
        """Whether a press at this moment (seconds) was meant for the buttons before these.

        Keys come out of the scan guard together: the second of them may find a page that nobody has seen yet.
        """
        if not self.settings.rest:
            return False
        return at - self._buttons_since < self.settings.rest or _asks(self._page()) != _asks(self._shown)

    def on_click(self, event: events.Click) -> None:
        self.happen(Press.KNOCK if event.screen_y == 0 else Act.STAY)

    async def on_event(self, event: events.Event) -> None:
        """Keys pass the scan guard before anything can have the focus; a paste is a scan."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self._take(self._guard.press(event, event.character, event.time), event.time)
            self._await_rest()
        elif isinstance(event, events.Paste):
            text = next((line for line in event.text.splitlines() if line.strip()), "")
            self.happen(Scanned(text))
        else:
            await super().on_event(event)

    def _await_rest(self) -> None:
        """Look again, once for all keys, when what is held may turn out to be typing."""
        due = min(self._guard.deadline or math.inf, self._mender.deadline or math.inf)
        if due < math.inf and self._rest_due == math.inf:
            self._rest_due = due + 0.02
            self.set_timer(max(0.0, self._rest_due - events.Event().time), self._rest_is_due)

    async def _rest_is_due(self) -> None:
        now = events.Event().time
        late, self._rest_due = now - self._rest_due > BUSY, math.inf
        if late:
            # The program stood still, and so did whoever reads the keys: the rest may be on its way.
            self._rest_due = now + GAP
            self.set_timer(GAP, self._rest_is_due)
        else:
            await self.release_keys()

    async def release_keys(self, at: float | None = None) -> None:
        """Take the keys the guard holds as typed, if by `at` (seconds; None: now) no scan came of them."""
        now = events.Event().time if at is None else at
        await self._take(self._guard.idle(now), now)
        self._await_rest()

    async def _take(self, groups: Iterable[Typed[events.Key] | Scan], at: float) -> None:
        for group in self._mender.mend(groups, at):
            match group:
                case Whole(text=text, before=before):
                    self._last_scan = time.monotonic()
                    self.happen(Scanned(text, before))
                case Burst(text=text) if self._page().typed is None and not text.isdigit():
                    # Not to be read by everybody behind; a scanner without an end mark is understood, too.
                    self.happen(Scanned(text))
                case Burst(text=text):
                    self.happen(Act.TYPE_LINE)
                    for character in text:
                        self.happen(Character(character))
                case Typed(keys=keys):
                    for key in keys:
                        if not self._key(key):
                            await super().on_event(key)

    def _key(self, event: events.Key) -> bool:
        """Carry a key out; False: it is the screen's, such as Tab, or Enter on a button."""
        match event.key:
            case "ctrl+c" | "ctrl+q":
                # Nobody but attendants ends a kiosk. A scanner may end its code with Ctrl-C itself (ETX).
                if self.settings.quit_key and event.time - self._last_scan > 1.0:
                    self.exit()
                return True
            case "f9":
                self.happen(Press.EMERGENCY)
                return True
            case "f12":
                self.happen(Press.OPEN_DOOR)
                return True
            case "escape":
                if not self._rests(event.time):
                    self.happen(Act.BACK)
                return True
            case "f2":
                self.happen(Speak(self._next_language()))
                return True
            case "f3" | "f4" | "f5":
                self.happen({"f3": Act.LETTERS, "f4": Act.CONTRAST, "f5": Act.ALOUD}[event.key])
                return True
            case "down" | "right":
                self.screen.focus_next()
                return True
            case "up" | "left":
                self.screen.focus_previous()
                return True
            case _:
                return self._plain_key(event)

    def _next_language(self) -> Language:
        here = self.journey.language
        at = self.languages.index(here) if here in self.languages else -1
        return self.languages[(at + 1) % len(self.languages)]

    def _plain_key(self, event: events.Key) -> bool:
        if self._page().typed is not None:
            return self._typed(event)
        if self.journey.warned and self.duty.duty.over is None:
            self.happen(Act.STAY)
            return True
        means = self._meaning(event.character or "")
        if means is not None and (isinstance(means, Character) or not self._rests(event.time)):
            self.happen(means)
        return means is not None

    def _typed(self, event: events.Key) -> bool:
        match event.key:
            case "enter" if self.focused is None:
                self.happen(Act.ENTER)
            case "backspace":
                self.happen(Act.ERASE)
            case _ if event.character is not None and event.character.isprintable():
                self.happen(Character(event.character))
            case _:
                return False
        return True

    def _meaning(self, character: str) -> Means | None:
        if not character.isprintable() or not character.strip():
            return None
        option = self._page().option(character.lower())
        if option is not None:
            return option.means
        if character in "tT":
            return Act.TYPE_LINE
        return Character(character) if character.isdigit() else Act.STAY

    def _scanner_connected(self, is_connected: bool) -> None:
        self._has_scanner = is_connected


def _tells(page: Page) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """What a page is about, and whom: whose words are read aloud, until that changes."""
    return page.name, page.title, page.number, page.facts


def _asks(page: Page) -> tuple[str, tuple[Means, ...]]:
    """What a press on this page may mean: a page that keeps it may change its words at any time."""
    return page.name, tuple(option.means for option in page.options)
