"""One batch in the making: decided and evolved, not yet durable."""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from queue_server.engine.appointments import awaited_until, named
from queue_server.engine.decision import Decision, EngineCommand, InsurancePapers, InsuranceWord, Rejection
from queue_server.engine.events import (
    Agreed,
    AlertChanged,
    AlertRaised,
    Announced,
    AppointmentBooked,
    AppointmentChanged,
    ClinicChanged,
    ClockAccepted,
    DayClosed,
    DayOpened,
    Disagreed,
    Event,
    InsuranceChecked,
    InsuranceTold,
    IntakeChanged,
    LinesTurned,
    PersonForgotten,
    PrintChanged,
    PrintIssued,
    Promised,
    ProposalChanged,
    ProposalMade,
    SessionTurned,
    SiteChanged,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitIdentified,
    VisitRegistered,
)
from queue_server.engine.model import Actor, Context, Day
from queue_server.people import Newcomer, People
from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import (
    BookAppointment,
    CancelAppointment,
    CheckInsurance,
    Command,
    Forget,
    Identify,
    NoteInsurance,
    Register,
    TellInsurance,
)
from queue_server.protocol.messages import Accepted, Fact, Rejected
from queue_server.protocol.rows import InsuranceCheck
from queue_server.protocol.values import replaced
from queue_server.service.failures import where
from queue_server.service.once import Wish, reused
from queue_server.service.rules import Rules
from queue_server.store.port import Batch, JournalEntry, ReplyKey, StoredReply

log = logging.getLogger(__name__)

# Upper case: a QR code packs it more densely, and it is what a scanned slip comes back as.
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]


class EvolveFailed(Exception):
    """An event could not be folded: the Day is spoilt and must be folded again from the store."""


def fresh() -> str:
    """16 characters of chance in Crockford's base32."""
    chance = secrets.randbits(80)
    return "".join([_PAIRS[chance >> shift & 1023] for shift in range(0, 80, 10)])


class Turn:
    """Wishes decided one after the other on top of each other, and all that their commit must make durable.

    After `EvolveFailed` the turn and its Day are to be thrown away.
    """

    def __init__(self, rules: Rules, people: People, day: Day | None, seq: int, now: int) -> None:
        """Day None: the turn that opens a day. seq: the head it stands on. now: ms, of all of it."""
        self._rules = rules
        self._people = people
        self._old_seq = seq
        self._seq = seq
        self.day = day
        self.now = now
        self.events: list[Event] = []
        self.newcomers: list[Newcomer] = []
        self.forgotten: list[str] = []
        self.replies: dict[ReplyKey, StoredReply] = {}
        self.internal = 0
        self.accepted = 0
        self.rejected = 0
        self._today: date | None = None
        self._entries: list[JournalEntry] = []
        self._visits: dict[str, None] = {}
        self._steps: dict[str, None] = {}
        self._written: set[str] = set()
        self._numbers: set[bytes] = set()
        self._kept: dict[str, int] = {}
        self._answers: list[tuple[Wish, bytes]] = []

    @property
    def empty(self) -> bool:
        """Nothing to make durable."""
        return not self._entries and not self.replies

    @property
    def seq(self) -> int:
        """The head once this is durable."""
        return self._seq

    @property
    def answers(self) -> list[tuple[Wish, bytes]]:
        """Whom to tell what once this is durable."""
        return self._answers

    def ends_before(self, wish: Wish) -> bool:
        """Whether this turn has to be durable before this wish is decided: whom it names is written or erased
        here, and what is known of them is what was committed."""
        return wish.key not in self.replies and self.changes(wish)

    def changes(self, wish: Wish) -> bool:
        """Whether what the table said of this wish's people may no longer be so after this turn."""
        if not (self._written or self.forgotten):
            return False
        return (
            bool(self.forgotten)
            or not self._numbers.isdisjoint(wish.hashes)
            or self._whose(wish.command) in self._written
        )

    def _whose(self, command: Command) -> str | None:
        """The reference of whom a command names otherwise than by a number of their own."""
        match command:
            case Forget(person=str(person)):
                return person
            case Forget() | Identify() | CheckInsurance() | NoteInsurance() | TellInsurance():
                visit = self._open_day.visits.get(command.visit or "")
                return visit.person if visit is not None else None
            case Register(appointment=str(said)):
                reference = named(self._open_day, said)
            case BookAppointment() | CancelAppointment():
                reference = command.appointment
            case _:
                return None
        part = self._open_day.appointments.get(reference) if reference is not None else None
        return part.person if part is not None else None

    def take(self, wish: Wish) -> None:
        """Decide a wish. Raises EvolveFailed; an exception while deciding refuses this wish alone."""
        if wish.key is not None and (before := self.replies.get(wish.key)) is not None:
            self._answers.append((wish, before.body if before.digest == wish.digest else reused(wish)))
            return
        refused = self._refused(wish.command)
        if refused is not None:
            self.refuse(wish, refused)
            return
        newcomer: Newcomer | None = None
        try:
            command, newcomer = self._admit(wish)
            outcome = self._rules.decide(self._open_day, command, Context(wish.actor, self.now, fresh()))
        except Exception as error:  # noqa: BLE001 - a poison command must not stop the others
            self._failed(wish, error)
            outcome = Rejection(Refusal.INTERNAL)
        match outcome:
            case Rejection():
                self.refuse(wish, outcome)
            case Decision():
                self.tell(outcome.events, wish.actor, wish.id)
                self._keep_people(newcomer, outcome.events, booked=isinstance(wish.command, BookAppointment))
                self.accepted += wish.key is not None
                self._reply(wish, codec.encode(Accepted(id=wish.id, seq=self._seq, result=outcome.outcome)))
            case _:
                assert_never(outcome)

    def _refused(self, command: Command) -> Rejection | None:
        """What only the people room can refuse: the rules know no names and no cards."""
        match command:
            case BookAppointment():
                return Rejection(Refusal.MALFORMED) if self._people.gives_away(command) else None
            case CheckInsurance() | NoteInsurance() | TellInsurance():
                visit = self._open_day.visits.get(command.visit)
                person = visit.person if visit is not None else None
                return self._no_word_on(command, person) if person is not None else None
            case _:
                return None

    def _no_word_on(
        self, command: CheckInsurance | NoteInsurance | TellInsurance, person: str
    ) -> Rejection | None:
        """Why nothing can be asked or noted of somebody's insurance; None where it can."""
        asked = self._people.to_look_up(person)
        facts: dict[str, Fact] = {"visit": command.visit}
        match command:
            case CheckInsurance():
                return None if asked else Rejection(Refusal.NOT_OFFERED, facts)
            case NoteInsurance():
                same = asked is not None and asked[0] == command.card
                return None if same else Rejection(Refusal.CHANGED, facts)
            case TellInsurance():
                return None if self._people.knows(person) else Rejection(Refusal.NOT_OFFERED, facts)
            case _:
                assert_never(command)

    def _keep_people(self, newcomer: Newcomer | None, events: Iterable[Event], *, booked: bool) -> None:
        """Who came or is awaited is kept as long as somebody may ask for them, and not longer."""
        day = self._open_day
        for event in events:
            if isinstance(event, PersonForgotten):
                self.forgotten.append(event.person)
            if isinstance(event, AppointmentChanged) and event.was.person is not None:
                here = self.now if event.was.person in day.people else min(self.now, event.was.at)
                self._kept[event.was.person] = max(here, awaited_until(day, event.was.person))
        if newcomer is None:
            return
        kept = VisitRegistered | VisitIdentified | InsuranceChecked | InsuranceTold
        if booked or any(isinstance(event, kept) for event in events):
            row = newcomer.row
            until = max(row.at, awaited_until(day, row.person))
            self.newcomers.append(replace(newcomer, row=replaced(row, at=until)))
            self._written.add(row.person)
            self._numbers.update(row.hashes)

    def refuse(self, wish: Wish, rejection: Rejection) -> None:
        """Answer a wish with a refusal that is stored."""
        self.rejected += wish.key is not None
        self._reply(wish, codec.encode(Rejected(id=wish.id, code=rejection.code, facts=rejection.facts)))

    def tell(self, events: Iterable[Event], actor: Actor, command_id: str = "") -> None:
        """Fold events and note what they touch. Raises EvolveFailed."""
        for event in events:
            self._seq += 1
            try:
                self.day = self._rules.fold_one(self.day, event, self.now)
                self._touch(event, self.day)
            except Exception as error:
                raise EvolveFailed from error
            self.events.append(event)
            self._entries.append(
                JournalEntry(self._seq, self.day.day, self.now, actor.device, command_id, event)
            )

    def batch(self) -> Batch:
        """What one commit makes durable: the final state of what was touched, once."""
        day = self._open_day if self._visits or self._steps else None
        return Batch(
            old_seq=self._old_seq,
            entries=self._entries,
            replies=list(self.replies.values()),
            visits=[day.visits[visit] for visit in self._visits] if day else [],
            steps=[day.steps[step] for step in self._steps] if day else [],
            patients=[newcomer.row for newcomer in self.newcomers],
            kept={person: at for person, at in self._kept.items() if person not in self._written},
            forgotten=self.forgotten,
        )

    @property
    def _open_day(self) -> Day:
        if self.day is None:
            raise EvolveFailed
        return self.day

    def _admit(self, wish: Wish) -> tuple[EngineCommand, Newcomer | None]:
        command = wish.command
        if not isinstance(command, Register | BookAppointment | Identify | NoteInsurance | TellInsurance):
            return command, None
        day = self._open_day
        if isinstance(command, NoteInsurance | TellInsurance):
            whose = day.visits[command.visit].person if command.visit in day.visits else None
            return self._insured(command, whose, day.day)
        hashes, known = wish.hashes, wish.known
        if isinstance(command, BookAppointment):
            was = day.appointments.get(command.appointment)
            before = was.person if was is not None else None
            people, row = self._people, wish.booked_before
            booked = people.book(command, hashes, day.facility, day.day, self.now, known, before, row)
            return booked.booking, booked.newcomer
        if self._today is None:
            self._today = datetime.fromtimestamp(self.now / 1000, ZoneInfo(day.facility.time_zone)).date()
        if isinstance(command, Identify):
            visit = day.visits.get(command.visit)
            person = visit.person if visit is not None else None
            told = self._people.identify(command, person, hashes, self._today, day.day, self.now, known)
            return told.identification, told.newcomer
        admitted = self._people.admit(command, hashes, self._today, day.day, self.now, known)
        return admitted.admission, admitted.newcomer

    def _insured(
        self, command: NoteInsurance | TellInsurance, whose: str | None, day: str
    ) -> tuple[EngineCommand, Newcomer | None]:
        if isinstance(command, TellInsurance):
            told = self._people.told(whose, command.insurance, day, self.now) if whose is not None else None
            return InsurancePapers(command.visit), told
        check = InsuranceCheck(command.code, command.at, command.valid_from, command.valid_until)
        noted = self._people.noted(whose, check, day, self.now) if whose is not None else None
        return InsuranceWord(command.visit), noted

    def _reply(self, wish: Wish, frame: bytes) -> None:
        if wish.key is not None:
            self.replies[wish.key] = StoredReply(wish.key, wish.digest, self.now, frame)
        self._answers.append((wish, frame))

    def _failed(self, wish: Wish, error: Exception) -> None:
        self.internal += 1
        log.error(
            "A command failed while it was decided: %s",
            where(error),
            extra={"action": "decide", "command_id": wish.id, "command": type(wish.command).__name__},
        )

    def _touch(self, event: Event, day: Day) -> None:
        match event:
            case VisitRegistered() | VisitChanged() | VisitIdentified() | PrintIssued():
                self._visits[event.visit] = None
            case StepAdded() | StepChanged():
                self._steps[event.step] = None
                self._visits[day.steps[event.step].visit] = None
            case (
                DayOpened()
                | SiteChanged()
                | DayClosed()
                | ClinicChanged()
                | SessionTurned()
                | IntakeChanged()
                | Announced()
                | PrintChanged()
                | AlertRaised()
                | AlertChanged()
                | ClockAccepted()
                | Promised()
                | ProposalMade()
                | ProposalChanged()
                | AppointmentBooked()
                | AppointmentChanged()
                | Disagreed()
                | Agreed()
                | LinesTurned()
                | PersonForgotten()
                | InsuranceChecked()
                | InsuranceTold()
            ):
                return
            case _:
                assert_never(event)
