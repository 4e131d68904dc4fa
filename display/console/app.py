"""The console's screen: shows what `view` says, asks what `offers` wants to know, and sends the commands.

No name of a patient is ever logged, not even in the report of a crash.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from rich.traceback import Traceback
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from display import texts
from display.console import cards, machines, offers, reading, view, words
from display.console.burst import ENTER, Pressed, Rest, Scanned, Sought
from display.console.desk import Chosen, Desk, FoundOne, moved, sign_of, ticket_token, to_do
from display.console.dialogs import SWITCHED, Answer, AskScreen, PlaceScreen, ReadScreen
from display.console.offers import Mistake, Offer, Option, Pick, Question, Sure, Write
from display.console.screen import DeskScreen
from display.console.words import Action
from queue_server.client import Change, Connection, Link, NoAnswer
from queue_server.protocol import commands, results
from queue_server.protocol.codes import ClinicKind, Language, Role, StepState
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import Answer as Told
from queue_server.protocol.questions import (
    AppointmentLine,
    AppointmentList,
    Appointments,
    Find,
    Found,
    FoundPerson,
    FoundVisit,
    TicketState,
    VisitJournal,
    VisitTold,
    WhereNow,
)
from queue_server.protocol.questions import Question as Asked
from queue_server.protocol.rows import FacilityClinic

SETTLED = 0.4
"""Seconds after a window closed in which Enter calls nobody: it was meant for the window."""
RING_EVERY = 2.0
"""Seconds between two rings while somebody calls for help."""
IMPATIENT = 3.0
"""Seconds without an answer after which the screen says that it waits for the server."""

TURNS = frozenset(
    {
        Action.CALL_NEXT,
        Action.CALL_THIS,
        Action.RECALL,
        Action.START,
        Action.FINISH,
        Action.FINISH_AS,
        Action.ABSENT,
        Action.REFER,
        Action.UNDO,
    }
)
"""Actions that change who is in hand: while one has no answer yet, none of them is sent."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A command without an answer. since: steady clock, seconds. clinic: where it was given. about: the call
    sign it concerns. finishes: the call sign whose turn it ends before it calls another."""

    action: Action
    what: str
    since: float
    clinic: str
    about: str = ""
    finishes: str = ""


class Console(App[None]):
    """One place's console. clinic None: choose one. role: as the token's."""

    ENABLE_COMMAND_PALETTE = False
    # In front of every window: whoever collapses does not wait for a question to be answered.
    BINDINGS = [Binding(words.KEYS[Action.SEEN], "seen", priority=True, show=False)]

    def __init__(
        self,
        servers: Sequence[str],
        token: str,
        *,
        clinic: str | None = None,
        role: Role = Role.CLINIC,
        language: Language = Language.VI,
        time_zone: str = "Asia/Ho_Chi_Minh",
    ) -> None:
        super().__init__()
        self.language = language
        self.clinic = ""
        self.selected: str | None = None
        self.chosen: Chosen | None = None
        self.found: FoundOne | None = None
        self.pending: dict[str, Pending] = {}
        self._journey_topic = ""
        self._first_clinic, self._role = clinic, role
        self._zone = texts.zone(time_zone)
        self._said: tuple[Label | str, str] = ("", "")
        self._settled_at = float("-inf")
        self._rest = Rest()
        self._resting = False
        self._ahead = ""
        self._drawn: dict[str, Text] = {}
        self.connection = Connection(
            servers, role, token, client="queue-console", on_change=self._changed, on_link=self._linked
        )
        self._facility_known = asyncio.Event()
        self._told_of: set[str] = set()
        self._rang_at = float("-inf")

    def get_default_screen(self) -> Screen[None]:
        return DeskScreen()

    def on_mount(self) -> None:
        sees_all = self._role in (Role.SUPERVISOR, Role.ADMIN)
        for topic in ("facility", "catalogue", *(["accuracy", "devices"] if sees_all else [])):
            self.connection.subscribe(topic)
        self.run_worker(self.connection.run(), name="link")
        self.run_worker(self._begin(), name="begin")
        self.set_interval(1.0, self.show)
        if not self.is_headless:
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.show()

    # what is shown ---------------------------------------------------------------------------------

    @property
    def desk(self) -> Desk:
        """This moment."""
        return Desk(
            clinic=self.clinic,
            rows=self.connection.rows(f"clinic:{self.clinic}"),
            names=self.connection.rows(f"names:{self.clinic}"),
            facility=self.connection.rows("facility"),
            catalogue=self.connection.rows("catalogue"),
            now=self.connection.server_now,
            zone=self._zone,
            language=self.language,
            selected=self.selected,
            chosen=self.chosen,
            found=self.found,
            journey=self.connection.rows(self._journey_topic) if self._journey_topic else {},
            role=self._role,
            accuracy=self.connection.rows("accuracy"),
            device=welcome.device if (welcome := self.connection.conversation.welcome) else "",
            devices=self.connection.rows("devices"),
        )

    @property
    def waiting(self) -> frozenset[Action]:
        """Actions that wait for an answer, with all that must wait with them."""
        asked = {pending.action for pending in self.pending.values()}
        return frozenset(asked | TURNS) if asked & TURNS else frozenset(asked)

    def show(self) -> None:
        """Bring every part of the screen up to now; parts that say the same are left alone."""
        screen = self.screen_stack[0] if self._running_screen else None
        if not isinstance(screen, DeskScreen):
            return
        desk, (width, height) = self.desk, screen.size
        tall = 9 if height >= 34 else 6
        offered = offers.offers(desk)
        resting = self._rests(offered)
        keys = view.footer(offered, self.waiting, self.language, width, resting=resting)
        alarm, help_wanted = view.alerts(desk), view.emergency(desk)
        self._call_out(desk, help_wanted)
        status = self._status()
        told = min(3, max(1, -(-status.cell_len // max(1, width))))
        used = help_wanted.plain.count("\n") + 1 if help_wanted else 0
        used += 1 + -(-alarm.cell_len // max(1, width)) + tall + told + keys.plain.count("\n") + 1
        self._put(screen, "emergency", help_wanted)
        self._put(screen, "header", view.header(desk, self.connection.link, self.connection.age, width))
        self._put(screen, "alerts", alarm)
        self._put(screen, "hand", view.hand(desk, width, tall - 1))
        self._put(screen, "people", view.people(desk, width, max(1, height - used)))
        self._put(screen, "status", status)
        self._put(screen, "keys", keys)
        screen.query_one("#hand", Static).styles.height = tall
        screen.query_one("#alerts", Static).display = bool(alarm)
        screen.query_one("#emergency", Static).display = bool(help_wanted)

    def _call_out(self, desk: Desk, wanted: Text) -> None:
        """Ring until somebody answers an emergency; tell of a new one also in front of an open window."""
        loud = {alert.alert for alert in desk.calls_for_help}
        if loud and time.monotonic() - self._rang_at >= RING_EVERY:
            self._rang_at = time.monotonic()
            self.bell()
        if loud - self._told_of and len(self.screen_stack) > 1:
            self.notify(wanted.plain.strip(), severity="error", timeout=60, markup=False)
        if self._told_of and not loud:
            # It said that nobody has answered.
            self.clear_notifications()
        self._told_of = loud

    def action_seen(self) -> None:
        """Answer an emergency, whatever window is open."""
        self.press(words.KEYS[Action.SEEN])

    def _rests(self, offered: Sequence[Offer]) -> bool:
        """Whether the space bar does not count yet; the screen is shown again when it does."""
        left = self._counts_from(offered) - time.monotonic()
        if left > 0 and not self._resting:
            self._resting = True
            self.set_timer(left, self._rested)
        return left > 0

    def _rested(self) -> None:
        self._resting = False
        self.show()

    def _counts_from(self, offered: Sequence[Offer]) -> float:
        """From when on the space bar counts, by the steady clock."""
        return max(self._rest.until(finishes=_finishes(offered)), self._settled_at + SETTLED)

    @property
    def _running_screen(self) -> bool:
        return self.is_running and bool(self.screen_stack) and self.screen_stack[0].is_mounted

    def _put(self, screen: Screen[None], part: str, text: Text) -> None:
        if self._drawn.get(part) != text:
            self._drawn[part] = text
            screen.query_one(f"#{part}", Static).update(text)

    def _status(self) -> Text:
        if self.pending:
            oldest = min(self.pending.values(), key=lambda pending: pending.since)
            if not self.connection.online:
                return Text(f" {self.say(words.KEPT, what=oldest.what)}", view.WARNING)
            late = time.monotonic() - oldest.since > IMPATIENT
            return Text(
                f" {self.say(words.SLOW_ANSWER if late else words.SENDING, what=oldest.what)}", view.NUMBER
            )
        said, style = self._said
        return Text(f" {said if isinstance(said, str) else texts.tell(said, self.language)}", style)

    def say(self, label: Label, **facts: object) -> str:
        """Words in the console's language."""
        return texts.tell(texts.fill(label, facts), self.language)

    def tell(self, said: Label | str, style: str = view.STRONG) -> None:
        """Say something in the status line until the next thing is said."""
        self._said = (said, style)
        self.show()

    def _changed(self, change: Change) -> None:
        if change.topic == "facility":
            self._facility_known.set()
        if change.topic == self._journey_topic and self.selected is None:
            self.selected = to_do(self.desk)
        self.show()

    def _linked(self, link: Link) -> None:
        self.show()

    # keys ------------------------------------------------------------------------------------------

    def on_desk_screen_shown(self, event: DeskScreen.Shown) -> None:
        if event.uncovered:
            self._settled_at = time.monotonic()
            self._rest.put_off(self._settled_at)
        self.show()

    def on_desk_screen_typed(self, event: DeskScreen.Typed) -> None:
        window = self.screen
        match event.what:
            case Pressed(character, at):
                # The letter was on its way while the window opened: it is meant for the window.
                if isinstance(window, AskScreen):
                    window.type(character)
                else:
                    self.pressed(character, at)
            case Sought(text, entered):
                if isinstance(window, AskScreen):
                    window.type(f"{text}{ENTER}" if entered else text)
                elif entered and text:
                    self.run_worker(self._find_text(text), name="find")
                else:
                    self.run_worker(self._find(text), name="find")
            case Scanned(text):
                self.scanned(text)

    def on_desk_screen_ahead(self, event: DeskScreen.Ahead) -> None:
        window = self.screen
        if isinstance(window, AskScreen) and window.is_mounted:
            window.type(event.character)
        else:
            self._ahead += event.character

    def _typed_ahead(self) -> str:
        ahead, self._ahead = self._ahead, ""
        return ahead

    def on_desk_screen_named_key(self, event: DeskScreen.NamedKey) -> None:
        if not isinstance(self.screen, AskScreen):
            self.named_key(event.key)

    def named_key(self, key: str) -> None:
        """A key without a letter: the cursor, or a function key."""
        steps = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}
        if key in steps:
            self._move(steps[key])
        elif key == "escape":
            self._let_go()
            self.tell("")
        elif any(offer.key == key for offer in offers.offers(self.desk)):
            self.press(key)

    def _move(self, by: int) -> None:
        """Move the cursor; a chosen visit is let go of with its last stop."""
        desk = self.desk
        self.selected = moved(desk, by)
        visit = next((step.visit for step in desk.shown if step.key == self.selected), "")
        if self.chosen is not None and self.chosen.visit != visit:
            self._follow_journey("")
            self.chosen = None
        self.show()

    def _let_go(self) -> None:
        self.selected = self.chosen = self.found = None
        self._follow_journey("")

    def pressed(self, character: str, at: float) -> None:
        """A letter that a finger pressed. at: steady clock, seconds."""
        if character.isdigit():
            self.run_worker(self._find(character), name="find", exclusive=False)
        elif character in (" ", ENTER):
            settled = at >= self._settled_at + SETTLED
            if self._rest.press(at, finishes=_finishes(offers.offers(self.desk))) and settled:
                self.press("space")
            else:
                self.show()
        elif character == "?":
            self.press(words.KEYS[Action.HELP])
        else:
            self.press(character)

    def press(self, key: str) -> None:
        """Do what the key offers now, or say that it offers nothing."""
        found = [offer for offer in offers.offers(self.desk) if offer.key == key]
        hand = self.desk.hand
        if not found and key == words.KEYS[Action.ABSENT] and hand and hand.state is StepState.CALLED:
            # How many calls come first is the site's rule: the server knows, and says from when on.
            found = [offers.absent(hand)]
        if not found:
            self.tell(self.say(words.NOT_OFFERED, key=view.key_name(key, self.language)), view.FAINT)
            return
        offer = found[0]
        if offer.make is None:
            self._local(offer.action)
        elif offer.action not in self.waiting:
            if offer.questions:
                self.run_worker(self._carry_out(offer), name=offer.action)
            else:
                self._send(offer, offer.make(()))

    def _local(self, action: Action) -> None:
        desk = self.desk
        match action:
            case Action.FIND:
                self.run_worker(self._find(""), name="find")
            case Action.JOURNAL:
                visit = desk.focus.visit if desk.focus else desk.chosen.visit if desk.chosen else ""
                self.run_worker(self._journal(visit), name="journal")
            case Action.EXPLAIN:
                step = desk.focus
                if step is not None:
                    title = self.say(words.WHY_TITLE, sign=sign_of(step))
                    self.push_screen(ReadScreen(title, view.why_lines(desk, step), self.language))
            case Action.PATIENT:
                step = desk.focus
                visit = step.visit if step else desk.chosen.visit if desk.chosen else ""
                sign = sign_of(step) if step else desk.chosen.number if desk.chosen else ""
                title = self.say(words.PATIENT_OF, sign=sign)
                self.push_screen(ReadScreen(title, view.person_lines(desk, visit), self.language))
            case Action.OVERVIEW:
                title = self.say(words.OVERVIEW_TITLE, time=desk.time(desk.now))
                self.push_screen(ReadScreen(title, view.overview_lines(desk), self.language))
            case Action.DEVICES:
                title = self.say(words.DEVICES_TITLE)
                self.push_screen(ReadScreen(title, machines.lines(desk), self.language))
            case Action.APPOINTMENTS:
                self.run_worker(self._appointments(), name="appointments")
            case Action.REPRINT:
                number = desk.chosen.number if desk.chosen else desk.focus.number if desk.focus else ""
                lines = view.reprint_lines(desk, number)
                self.push_screen(
                    ReadScreen(self.say(words.REPRINT_TITLE, number=number), lines, self.language)
                )
            case Action.CHOOSE:
                self.run_worker(self._choose_clinic(), name="choose")
            case Action.LANGUAGE:
                self._switch_language()
            case Action.HELP:
                lines = view.help_lines(offers.offers(desk), self.language)
                self.push_screen(ReadScreen(self.say(words.HELP_TITLE), lines, self.language))
            case _:
                self.run_worker(self._ask_quit(), name="quit")

    # commands --------------------------------------------------------------------------------------

    async def _ask(self, question: Question, mistake: str = "", typed: str = "") -> Answer | None:
        return await self.push_screen_wait(AskScreen(question, self.language, mistake, typed))

    async def _carry_out(self, offer: Offer) -> None:
        """Ask what the offer needs to know, a question again after a mistake in its answer, then send."""
        answers: list[Answer] = []
        for question in offer.questions:
            answer = await self._ask(question)
            if answer is None:
                return
            answers.append(answer)
        made = offer.make(answers) if offer.make else None
        while isinstance(made, Mistake):
            wrong = made.question
            typed = answers[wrong][0] if answers[wrong] else ""
            again = await self._ask(offer.questions[wrong], texts.tell(made.label, self.language), typed)
            if again is None:
                return
            answers[wrong] = again
            made = offer.make(answers) if offer.make else None
        if made is not None:
            self._send(offer, made)

    def _send(self, offer: Offer, made: Command | Mistake) -> None:
        if isinstance(made, Mistake):
            self.tell(made.label, view.WARNING)
            return
        about = self._booked(made) if isinstance(made, commands.BookAppointment) else offer.about
        what = " ".join(part for part in (texts.tell(offer.words, self.language), about) if part)
        self.submit(made, offer.action, what, about=offer.about, finishes=offer.finishes)

    def _booked(self, made: commands.BookAppointment) -> str:
        desk, day = self.desk, texts.day(made.at, self._zone)
        return self.say(words.BOOKED, service=desk.service(made.service), day=day, time=desk.time(made.at))

    def submit(
        self, command: Command, action: Action, what: str, *, about: str = "", finishes: str = ""
    ) -> None:
        """Send a command and say so until it is answered."""
        wish = self.connection.submit(command)
        self.pending[wish.id] = Pending(action, what, time.monotonic(), self.clinic, about, finishes)
        wish.answer.add_done_callback(lambda answer: self._answered(wish.id, answer))
        self.show()

    def _answered(self, wish: str, answer: "asyncio.Future[Accepted | Rejected]") -> None:
        pending = self.pending.pop(wish, None)
        if pending is None or answer.cancelled():
            return
        reply = answer.result()
        if isinstance(reply, Rejected):
            first = words.absent_too_soon(reply, self.connection.server_now)
            if first is not None:
                self.tell(self._of(pending, self.say(first)), view.WARNING)
                return
            told = words.refusal(reply, self.language, self.desk.clinics, self._moment)
            self.tell(self._of(pending, f"✗ {pending.what}: {told}"), view.WARNING)
        else:
            self.tell(self._of(pending, self._outcome(reply.result, pending)))

    def _of(self, pending: Pending, told: str) -> str:
        """An answer that comes after the place was changed says which place it is about."""
        return told if pending.clinic == self.clinic else f"{self.desk.place(pending.clinic)}: {told}"

    def _moment(self, at: int) -> str:
        return texts.clock_with_seconds(at, self._zone)

    def _outcome(self, result: results.Outcome, pending: Pending) -> str:
        match result:
            case results.Called(step=None):
                counts = words.why_empty(result.why_empty, self.language)
                empty = self.say(words.EMPTY)
                told = f"{empty}: {counts}" if counts else empty
                return self._sent_on(told, result.onward, pending.finishes)
            case results.Called():
                self._let_go()
                label = words.READY if pending.action is Action.PREPARE else words.CALLED
                told = self.say(label, sign=result.call_sign.text if result.call_sign else "")
                return self._sent_on(told, result.onward, pending.finishes)
            case results.Finished():
                return self._sent_on(self.say(words.FINISHED, sign=pending.about), result.onward)
            case results.StepsAdded():
                return self._sent_on(self.say(words.DONE, what=pending.what), result.onward)
            case results.Ticket() if pending.action is Action.SLIP:
                return self.say(words.SLIP_PRINTS, number=result.number)
            case results.Ticket():
                self._choose(Chosen(result.visit, result.number))
                return self.say(words.TICKET, number=result.number, place=self.say(result.place.label))
            case results.Proposed() if result.proposal is None:
                return self.say(words.NOTHING_PROPOSED, what=pending.what)
            case results.Proposed():
                return self.say(words.PROPOSED, n=result.moves, stay=result.stays)
            case results.Moved() if result.left:
                return self.say(words.MOVED_BUT, n=len(result.steps), left=len(result.left))
            case results.Moved():
                return self.say(words.MOVED, n=len(result.steps))
            case results.Done() if pending.action is Action.FORGET:
                self._let_go()
                return self.say(words.DONE, what=pending.what)
            case results.Attached() if result.call_sign:
                return self.say(words.ATTACHED, sign=result.call_sign.text)
            case _:
                return self.say(words.DONE, what=pending.what)

    def _sent_on(self, told: str, onward: Place | None, sign: str = "") -> str:
        """What was done, and where the patient goes next. sign: whose, where another is named before it."""
        if onward is None:
            return told
        place = ", ".join(part for part in (self.say(onward.label), self.say(onward.floor)) if part)
        return self.say(words.ONE_ONWARD if sign else words.ONWARD, told=told, sign=sign, place=place)

    # finding ---------------------------------------------------------------------------------------

    async def _look_up(self, question: Asked) -> Told | None:
        """Ask the server, saying so; None when it refused or did not answer, which was said."""
        self.tell(words.LOOKING, view.NUMBER)
        try:
            reply = await self.connection.ask(question)
        except NoAnswer:
            self.tell(words.NO_ANSWER, view.WARNING)
            return None
        if isinstance(reply, Rejected):
            self.tell(words.refusal(reply, self.language, self.desk.clinics, self._moment), view.WARNING)
            return None
        return reply

    async def _find(self, typed: str) -> None:
        question = Write(self.say(words.FIND_WHAT))
        window = AskScreen(question, self.language, typed=typed, ahead=self._typed_ahead)
        answer = await self.push_screen_wait(window)
        if answer and (ticket_token(answer[0]) or cards.number(answer[0])):
            self.scanned(answer[0])
        elif answer:
            await self._find_text(answer[0])

    async def _find_text(self, text: str) -> None:
        found = await self._look_up(Find(text=text))
        if not isinstance(found, Found):
            return
        if not found.visits:
            self._found_without_a_visit(found.people, text)
            return
        self.tell("")
        visit: FoundVisit | None = found.visits[0]
        if len(found.visits) > 1:
            options = tuple(
                Option(one.visit, " ".join(part for part in (one.number, one.name, one.birth_year) if part))
                for one in found.visits
            )
            picked = await self._ask(Pick(self.say(words.FOUND_MANY, n=len(options)), options))
            visit = next((one for one in found.visits if picked and one.visit == picked[0]), None)
        if visit is not None:
            self._choose(Chosen(visit.visit, visit.number, visit.name, visit.birth_year))

    def _found_without_a_visit(self, people: Sequence[FoundPerson], number: str) -> None:
        """Somebody who is known, of an earlier day or because they are awaited: the newest entry is meant."""
        self._let_go()
        if not people:
            self.tell(words.FOUND_NONE, view.WARNING)
            return
        person = people[0]
        name = " ".join(part for part in (person.name, person.birth_year) if part) or number
        self.found = FoundOne(person.person, number, name)
        day = "/".join(reversed(person.day.split("-")))
        self.tell(self.say(words.FOUND_PERSON, who=name, day=day))

    def scanned(self, text: str) -> None:
        """A code that a scanner typed: a ticket, somebody's card, or a code of the hospital's own."""
        token, own = ticket_token(text), reading.hospital_code(text, self.desk.codes)
        number = own[1] if own is not None else cards.number(text)
        if token is not None:
            self.run_worker(self._find_ticket(token), name="scan")
        elif number:
            self.run_worker(self._find_text(number), name="scan")
        else:
            self.tell(words.BAD_SCAN, view.WARNING)

    async def _find_ticket(self, token: str) -> None:
        told = await self._look_up(WhereNow(token=token))
        if not isinstance(told, TicketState):
            return
        self._choose(Chosen(told.visit, told.number, missed=told.missed))
        self.tell("")
        with contextlib.suppress(NoAnswer):
            found = await self.connection.ask(Find(text=told.number))
            for one in found.visits if isinstance(found, Found) else ():
                if one.visit == told.visit and self.chosen is not None and self.chosen.visit == one.visit:
                    self._choose(Chosen(one.visit, one.number, one.name, one.birth_year, told.missed))

    def _choose(self, chosen: Chosen) -> None:
        """Select a visit and follow all its steps; on the list too, if it is there."""
        self.chosen, self.found = chosen, None
        self._follow_journey(chosen.visit)
        desk = self.desk
        of_visit = [step for step in desk.shown if step.visit == chosen.visit]
        if self.selected not in [step.key for step in of_visit]:
            here = [step.key for step in of_visit if desk.is_here(step)]
            self.selected = here[0] if here else to_do(desk)
        self.show()

    def _follow_journey(self, visit: str) -> None:
        """Follow one visit's steps and papers, empty for none."""
        topic = f"journey:{visit}" if visit else ""
        if topic != self._journey_topic:
            if self._journey_topic:
                self.connection.unsubscribe(self._journey_topic)
            if topic:
                self.connection.subscribe(topic)
            self._journey_topic = topic

    async def _journal(self, visit: str) -> None:
        told = await self._look_up(VisitJournal(visit=visit))
        if isinstance(told, VisitTold):
            self.tell("")
            title = self.say(words.JOURNAL_OF, number=told.number)
            self.push_screen(ReadScreen(title, view.journal_lines(told, self.desk), self.language))

    async def _appointments(self) -> None:
        booked: list[AppointmentLine] = []
        page: str | None = None
        while True:
            told = await self._look_up(Appointments(after=page))
            if not isinstance(told, AppointmentList):
                return
            booked += told.lines
            page = told.next
            if page is None:
                break
        self.tell("")
        title = self.say(words.APPOINTMENTS_TITLE, n=len(booked))
        self.push_screen(ReadScreen(title, view.appointment_lines(self.desk, booked), self.language))

    # where we work ---------------------------------------------------------------------------------

    async def _begin(self) -> None:
        if self._first_clinic:
            self._work_at(self._first_clinic)
        await self._facility_known.wait()
        if self._first_clinic and (not self._mine or self._first_clinic in self._mine):
            await self._ask_practitioner()
        else:
            await self._choose_clinic()

    async def _choose_clinic(self) -> None:
        answer: Answer | None = SWITCHED
        while answer == SWITCHED:
            options = offers.clinic_options(self.connection.rows("facility"), self.language, self._mine)
            if len(options) < 2:
                answer = (options[0].value,) if options else None
            else:
                question = Pick(self.say(words.CHOOSE_CLINIC), options)
                answer = await self.push_screen_wait(PlaceScreen(question, self.language))
                if answer == SWITCHED:
                    self._switch_language()
        if answer:
            self._work_at(answer[0])
            await self._ask_practitioner()

    def _switch_language(self) -> None:
        self.language = texts.other(self.language)
        self.show()

    @property
    def _mine(self) -> tuple[str, ...]:
        """The places this device may work at, empty for any."""
        welcome = self.connection.conversation.welcome
        return welcome.clinics if welcome else ()

    def _work_at(self, clinic: str) -> None:
        for kind in ("clinic", "names"):
            if self.clinic and self.clinic != clinic:
                self.connection.unsubscribe(f"{kind}:{self.clinic}")
            self.connection.subscribe(f"{kind}:{clinic}")
        if clinic != self.clinic:
            self._said = ("", "")
        self.clinic = clinic
        self._let_go()
        self.show()

    async def _ask_practitioner(self) -> None:
        """Who sees patients here, unless somebody is signed on already; desks are asked for nobody."""
        desk = self.desk
        row = desk.facility.get(f"clinic:{self.clinic}")
        people = offers.practitioners(desk)
        if not isinstance(row, FacilityClinic) or row.kind is not ClinicKind.EXAM or row.practitioners:
            return
        options = (Option("", self.say(words.NOBODY_SIGNED)), *people)
        answer = await self._ask(Pick(self.say(words.CHOOSE_PERSON, clinic=desk.place(self.clinic)), options))
        if answer and answer[0]:
            command = commands.SignOn(clinic=self.clinic, practitioner=answer[0])
            self.submit(command, Action.SIGN, self.say(words.SIGN_ON, name=desk.practitioner(answer[0])))

    # leaving ---------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Ctrl-Q asks first."""
        self.press(words.KEYS[Action.QUIT])

    def action_help_quit(self) -> None:
        """Ctrl-C asks first, too."""
        self.press(words.KEYS[Action.QUIT])

    async def _ask_quit(self) -> None:
        title = self.say(words.SURE_QUIT)
        if self.pending:
            title = f"{self.say(words.STILL_PENDING)} {title}"
        if await self._ask(Sure(title)) is not None:
            self.exit()

    def _fatal_error(self) -> None:
        """Tell a crash without local variables: they hold names."""
        self.panic(Traceback(show_locals=False))


def _finishes(offered: Sequence[Offer]) -> bool:
    """Whether calling the next one would end somebody's turn."""
    return any(offer.action is Action.CALL_NEXT and offer.finishes for offer in offered)
