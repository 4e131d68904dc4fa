"""The writer of a facility: a mailbox, and the task that owns the Day."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from queue_server.clock import Clock, SteadyClock, SystemClock
from queue_server.engine.decision import Rejection
from queue_server.engine.events import AlertRaised, ClockAccepted, DayOpened, Event, SiteChanged
from queue_server.engine.facility import Facility
from queue_server.engine.model import Actor, Context, Day
from queue_server.people import People
from queue_server.protocol import codec
from queue_server.protocol.codes import AlertKind, Refusal, Role
from queue_server.protocol.commands import Advance, Command, RaiseAlert, Register
from queue_server.protocol.messages import Rejected, Unavailable
from queue_server.service.errors import JournalUnreadable, NotServing, SiteRefused
from queue_server.service.failures import where
from queue_server.service.metrics import Metrics
from queue_server.service.once import Recent, Wish
from queue_server.service.rules import ENGINE, Rules
from queue_server.service.storage import Storage
from queue_server.service.turn import EvolveFailed, Turn, fresh, reused
from queue_server.store.port import (
    BrokenStorage,
    DataRefused,
    Head,
    LostOwnership,
    NotDone,
    ReplyKey,
    Store,
    StoredReply,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

MAILBOX = 2_048
"""Commands that may wait; beyond it `busy`. Under a tenth of a second of work."""
BATCH = 256
"""Commands that one commit takes at most (DESIGN §5)."""
FEWEST = 32
"""Commands that are looked up for a batch, if so many wait."""
DECIDING = 0.010
"""Seconds of deciding after which a batch ends (DESIGN §5)."""
CADENCE = 15_000
"""Milliseconds between two advances at most (DESIGN §4)."""
HOUR = 3_600_000
KEEP_REPLIES = 14 * 24 * HOUR
"""Milliseconds for which answers are kept (DESIGN §5)."""
FIRST_PAUSE = 100
"""Milliseconds before the store is tried again; doubled each time."""
LONGEST_PAUSE = 5_000
CLOCK = Actor("clock", Role.CLOCK)
"""The service itself, as it moves time."""


@dataclass(slots=True)
class _Look:
    """A reading of the day between two batches."""

    run: Callable[[], None]
    refuse: Callable[[], None]


class Service:
    """See the package. All methods are called on one event loop."""

    def __init__(
        self,
        store: Store,
        people: People,
        facility: Facility,
        *,
        publish: Callable[[Day, Sequence[Event]], None],
        rules: Rules = ENGINE,
        clock: Clock | None = None,
        on_lost: Callable[[], None] = lambda: None,
        on_broken: Callable[[], None] = lambda: None,
        mailbox: int = MAILBOX,
    ) -> None:
        """publish: called after each commit, before its answers; quick and synchronous.

        on_lost: another writer holds the facility; everything is `unavailable` from now on. on_broken: the
        storage, or this task itself, failed: the process must end with EXIT_BROKEN_STORAGE.
        mailbox: commands that may wait.
        """
        self.metrics = Metrics()
        self._people = people
        self._facility = facility
        self._publish = publish
        self._rules = rules
        self._clock = clock if clock is not None else SystemClock()
        self._steady = SteadyClock(self._clock)
        self._on_lost = on_lost
        self._on_broken = on_broken
        self._capacity = mailbox
        self._storage = Storage(store, rules, self._cancelled)
        self._mailbox: deque[Wish] = deque()
        self._looks: deque[_Look] = deque()
        self._recent = Recent()
        self._bell = asyncio.Event()
        self._hurrying = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._day: Day | None = None
        self._seq = 0
        self._settled = False
        self._accepting = False
        self._closing = False
        self._degraded = False
        self._owner = False
        self._broken = False
        self._alarmed = False
        self._reach = BATCH
        self._advanced_at = 0
        self._left_due: int | None = None
        self._day_name = ""
        self._roll_at = 0
        self._forget_at = 0

    # What others may ask at any time ---------------------------------------------------------------------

    @property
    def seq(self) -> int:
        """The journal's last committed event."""
        return self._seq

    @property
    def degraded(self) -> bool:
        """The store does not take commits now; what was last published is still true."""
        return self._degraded

    @property
    def owner(self) -> bool:
        """Whether this process writes the facility."""
        return self._owner

    @property
    def broken(self) -> bool:
        """The storage or the task failed: the process must end with EXIT_BROKEN_STORAGE."""
        return self._broken

    @property
    def _able(self) -> bool:
        """The day in memory is the committed one and may be decided upon."""
        return self._settled and self._owner and not self._broken

    @property
    def waiting(self) -> int:
        """Commands in the mailbox."""
        return len(self._mailbox)

    def now(self) -> int:
        """The moment the service believes in, ms."""
        return self._steady.now()

    # Life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the store, fold the newest day, close days that ended meanwhile, take the site as it is now.

        Raises the store's errors, SiteRefused, JournalUnreadable.
        """
        head = await self._storage.open()
        self._owner = True
        try:
            await self._fold_again(head)
        except (ValueError, LookupError, TypeError) as error:
            raise JournalUnreadable(f"the journal of {head.day} cannot be folded") from error
        day = self._day
        unconfirmed = _clock_alert(day)
        self._steady = SteadyClock(self._clock, not_before=day.now if day else 0, believe=not unconfirmed)
        self._settled = True
        await self._begin()
        await self._remember_people()
        self._accepting = True
        self._task = asyncio.create_task(self._serve(), name="service")

    async def stop(self, patience: float) -> bool:
        """Take no new commands, finish the mailbox; after `patience` seconds the rest is `unavailable`.

        Returns whether everything has settled: not while a commit hangs in the storage.
        """
        self._accepting = False
        self._closing = True
        self._bell.set()
        if self._task is None:
            return True
        await asyncio.wait((self._task,), timeout=patience)
        if not self._task.done():
            self._hurrying.set()
            self._bell.set()
            self._give_up_mailbox()
            await asyncio.wait((self._task,), timeout=0.5)
        return self._task.done()

    async def close(self) -> None:
        """Close the store. Call it after `stop` said that everything has settled."""
        await self._storage.close()

    # Commands and readings -------------------------------------------------------------------------------

    def post(self, actor: Actor, command_id: str, command: Command) -> asyncio.Future[bytes]:
        """Put a command into the mailbox; the future gets its answer frame once that is durable.

        Accepted, rejected or unavailable. Whoever stops waiting changes nothing about the command.
        """
        self.metrics.commands += 1
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if not self._accepting:
            self.metrics.unavailable += 1
            answer.set_result(codec.encode(Unavailable(id=command_id)))
        elif len(self._mailbox) >= self._capacity:
            self.metrics.busy += 1
            answer.set_result(codec.encode(Rejected(id=command_id, code=Refusal.BUSY)))
        else:
            digest = self._people.digest(codec.encode(command))
            wish = Wish(actor, command, ReplyKey(actor.device, command_id), digest, answer)
            if isinstance(command, Register):
                wish.hashes = self._people.identifiers(command)
            self._mailbox.append(wish)
            self._bell.set()
        return answer

    async def submit(self, actor: Actor, command_id: str, command: Command) -> bytes:
        """The answer frame of `post`, waited for."""
        return await self.post(actor, command_id, command)

    async def read(self, look: Callable[[Day], T]) -> T:
        """What `look` sees of the day, between two batches: never anything that is not committed.

        Raises NotServing once the service has ended.
        """
        if self._settled and self._day is not None:
            return look(self._day)
        if self._task is None or self._task.done():
            raise NotServing
        seen: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def run() -> None:
            if seen.done() or self._day is None:
                return
            try:
                seen.set_result(look(self._day))
            except Exception as error:  # noqa: BLE001 - it is the asker's own
                seen.set_exception(error)

        def refuse() -> None:
            if not seen.done():
                seen.set_exception(NotServing())

        self._looks.append(_Look(run, refuse))
        return await seen

    # The task that owns the Day --------------------------------------------------------------------------

    async def _serve(self) -> None:
        try:
            while self._owner and not self._broken and not self._hurrying.is_set():
                if not self._mailbox:
                    if self._closing:
                        break
                    await self._clock.wait(self._bell, self._steady.monotonic_at(self._next_moment()))
                self._bell.clear()
                await self._keep_time()
                if not self._able:
                    continue
                wishes = [self._mailbox.popleft() for _ in range(min(self._reach, len(self._mailbox)))]
                if wishes:
                    await self._serve_batch(wishes)
                    self._note_left_due(wishes)
        except Exception as error:  # noqa: BLE001 - a bug: a fresh process begins from what is committed
            log.critical("The service's task failed: %s", where(error), extra={"action": "broken"})
            self._broken = True
            self._degraded = True
            self._on_broken()
        finally:
            self._accepting = False
            self._settled = False
            self._give_up_mailbox()
            while self._looks:
                self._looks.popleft().refuse()

    def _give_up_mailbox(self) -> None:
        while self._mailbox:
            self._unavailable(self._mailbox.popleft())

    def _unavailable(self, wish: Wish) -> None:
        if wish.answer is not None and not wish.answer.done():
            self.metrics.unavailable += 1
            wish.resolve(codec.encode(Unavailable(id=wish.id)))

    async def _serve_batch(self, wishes: Sequence[Wish]) -> None:
        wishes = [wish for wish in wishes if not self._replay(wish)]
        if not await self._look_up(wishes):
            return
        wishes = [wish for wish in wishes if not self._replay(wish)]
        with self._deciding():
            turn = self._turn()
            taken = 0
            begun = time.perf_counter()
            try:
                for wish in wishes:
                    if taken and time.perf_counter() - begun > DECIDING:
                        break
                    taken += 1
                    turn.take(wish)
            except EvolveFailed as error:
                spoilt: Exception | None = error
            else:
                spoilt = None
            self._mailbox.extendleft(reversed(wishes[taken:]))
            # Twice of what was decided last time is enough to look up: the rest would only go back.
            self._reach = min(BATCH, max(FEWEST, 2 * taken))
        if spoilt is not None:
            log.error("An event could not be folded: %s", where(spoilt), extra={"action": "evolve"})
            await self._one_by_one(wishes[:taken])
        elif await self._commit(turn) is DataRefused:
            await self._one_by_one(wishes[:taken])

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        # Until the commit is done, or the day is folded again, nobody may look at the day.
        self._settled = False
        begun = time.perf_counter()
        yield
        self.metrics.deciding_seconds += time.perf_counter() - begun

    def _turn(self) -> Turn:
        now = self._steady.now()
        return Turn(
            self._rules, self._people, self._day, self._seq, max(now, self._day.now if self._day else 0)
        )

    def _settle(self) -> None:
        self._settled = True
        while self._looks:
            self._looks.popleft().run()

    # Once ------------------------------------------------------------------------------------------------

    def _replay(self, wish: Wish) -> bool:
        """Answer a wish whose answer is durable and in memory."""
        if wish.key is None or (known := self._recent.get(wish.key)) is None:
            return False
        self._again(wish, known)
        return True

    def _again(self, wish: Wish, known: StoredReply) -> None:
        self.metrics.replayed += 1
        wish.resolve(known.body if known.digest == wish.digest else reused(wish))

    async def _look_up(self, wishes: Sequence[Wish]) -> bool:
        """Ask the store, once for all, which ids and which people it knows. False: the store failed."""
        fresh_ones = [wish for wish in wishes if not wish.looked_up]
        keys = {wish.key for wish in fresh_ones if wish.key is not None}
        hashes: dict[bytes, list[Wish]] = {}
        for wish in fresh_ones:
            for item in self._people.unknown(wish.hashes):
                hashes.setdefault(item, []).append(wish)
        if not keys and not hashes:
            return True
        try:
            replies, persons = await self._storage.look_up(keys, hashes.keys())
        except Exception as error:  # noqa: BLE001 - whatever it was, these commands were not decided
            for wish in wishes:
                self._unavailable(wish)
            await self._failed_store(error, None)
            return False
        self._recent.add(replies.values())
        for wish in fresh_ones:
            wish.looked_up = True
        for item, person in persons.items():
            for wish in hashes[item]:
                wish.known[item] = person
        return True

    # Commit ----------------------------------------------------------------------------------------------

    async def _commit(self, turn: Turn) -> type[DataRefused] | None:
        """Make a turn durable, publish and answer. Whatever goes wrong is put right here, except DataRefused:
        then the day is as it was and the caller has to try the wishes alone."""
        if turn.empty:
            self._adopt(turn)
            return None
        begun = time.perf_counter()
        try:
            await self._storage.commit(turn.batch())
        except DataRefused as error:
            log.error("The store refused the rows of a batch: %s", where(error), extra={"action": "commit"})
            await self._restore()
            return DataRefused
        except Exception as error:  # noqa: BLE001 - an error nobody foresaw leaves the outcome unknown
            await self._failed_store(error, turn)
            return None
        self.metrics.committed(time.perf_counter() - begun, len(turn.events))
        self._adopt(turn)
        return None

    def _adopt(self, turn: Turn) -> None:
        """A turn is durable: make it visible, then answer."""
        self._day = turn.day
        self._day_name = turn.day.day if turn.day is not None else ""
        self._seq = turn.seq
        self._recent.add(turn.replies.values())
        self._people.remember(turn.newcomers)
        self.metrics.internal += turn.internal
        self.metrics.accepted += turn.accepted
        self.metrics.rejected += turn.rejected
        self._made_visible(turn)
        for wish, frame in turn.answers:
            wish.resolve(frame)

    def _made_visible(self, turn: Turn) -> None:
        for event in turn.events:
            if isinstance(event, ClockAccepted):
                self._steady.accept()
                self._alarmed = False
                log.warning("A person accepted the wall clock", extra={"action": "clock"})
            elif isinstance(event, AlertRaised) and event.kind is AlertKind.CLOCK_JUMPED:
                self._alarmed = True
            elif isinstance(event, SiteChanged | DayOpened):
                self._people.use(event.facility)
        if self._day is not None and turn.events:
            try:
                self._publish(self._day, turn.events)
            except Exception as error:  # noqa: BLE001 - durable all the same; the answers must not be lost
                log.error(
                    "What was committed could not be published: %s", where(error), extra={"action": "publish"}
                )
        self._settle()

    async def _one_by_one(self, wishes: Sequence[Wish]) -> None:
        """A batch had poison in it: the same commands, each in a transaction of its own."""
        await self._restore()
        for wish in wishes:
            if not self._able:
                self._unavailable(wish)
                continue
            if self._replay(wish):
                continue
            turn = self._turn()
            with self._deciding():
                try:
                    turn.take(wish)
                except EvolveFailed as error:
                    spoilt: Exception | None = error
                else:
                    spoilt = None
            if spoilt is None and await self._commit(turn) is None:
                continue
            await self._refuse_alone(wish)

    async def _refuse_alone(self, wish: Wish) -> None:
        self.metrics.internal += 1
        log.error(
            "A command failed alone",
            extra={"action": "poison", "command_id": wish.id, "command": type(wish.command).__name__},
        )
        await self._restore()
        if not self._able:
            self._unavailable(wish)
            return
        turn = self._turn()
        turn.refuse(wish, Rejection(Refusal.INTERNAL))
        if await self._commit(turn) is DataRefused:
            wish.resolve(codec.encode(Rejected(id=wish.id, code=Refusal.INTERNAL)))

    # When the store fails --------------------------------------------------------------------------------

    async def _failed_store(self, error: Exception, turn: Turn | None) -> None:
        """turn: what was to be committed when it failed."""
        match error:
            case LostOwnership():
                self._lose(turn)
            case BrokenStorage():
                self._break(error, turn)
            case NotDone():
                self.metrics.not_done += 1
                log.warning("A batch was not committed: %s", where(error), extra={"action": "commit"})
                await self._recover(turn)
            case _:
                self.metrics.unknown += 1
                log.warning("Outcome of a batch unknown: %s", where(error), extra={"action": "commit"})
                await self._recover(turn)

    async def _restore(self) -> None:
        """Fold the committed day again, after deciding spoilt the one in memory."""
        self._settled = False
        try:
            await self._fold_again(Head(self._seq, "", self._day_name))
        except Exception as error:  # noqa: BLE001
            await self._failed_store(error, None)
        else:
            self._settle()

    async def _recover(self, turn: Turn | None) -> None:
        """Find out what is true and wait until the store takes commits again."""
        self.metrics.recoveries += 1
        self._degraded = True
        self._settled = False
        pause = FIRST_PAUSE
        while True:
            try:
                await self._fold_again(None)
                if turn is not None:
                    await self._clear_up(turn)
                    turn = None
                self._settle()
                await self._storage.probe(self._seq)
            except LostOwnership:
                self._lose(turn)
                return
            except BrokenStorage as error:
                self._break(error, turn)
                return
            except Exception as error:  # noqa: BLE001
                log.warning("The store is not back yet: %s", where(error), extra={"action": "recover"})
            else:
                break
            # Whoever waits is better served by knowing that nobody knows.
            self._accepting = False
            if turn is not None:
                for wish, _ in turn.answers:
                    self._unavailable(wish)
            self._give_up_mailbox()
            await self._clock.wait(self._hurrying, self._clock.monotonic_ms() + pause)
            if self._hurrying.is_set():
                return
            pause = min(2 * pause, LONGEST_PAUSE)
        self._accepting = not self._closing
        self._degraded = False
        log.warning("The store takes commits again", extra={"action": "recover", "seq": self._seq})

    async def _clear_up(self, turn: Turn) -> None:
        """After a fresh look at the head: was this turn committed?"""
        found, _ = await self._storage.look_up(turn.replies.keys(), ())
        self._recent.add(found.values())
        committed = self._seq == turn.seq and (bool(turn.events) or len(found) == len(turn.replies))
        if committed:
            self._people.remember(turn.newcomers)
            self._made_visible(turn)
        for wish, _ in turn.answers:
            if wish.key is not None and wish.key in found:
                self._again(wish, found[wish.key])
            else:
                self._unavailable(wish)

    def _lose(self, turn: Turn | None) -> None:
        log.error("Another writer owns the facility", extra={"action": "lost", "facility": self._facility.id})
        self._owner = False
        self._end(turn)
        self._on_lost()

    def _break(self, error: BrokenStorage, turn: Turn | None) -> None:
        log.critical("The storage failed: %s", where(error), extra={"action": "broken"})
        self._broken = True
        self._end(turn)
        self._on_broken()

    def _end(self, turn: Turn | None) -> None:
        self._accepting = False
        self._degraded = True
        if turn is not None:
            for wish, _ in turn.answers:
                self._unavailable(wish)
        self._give_up_mailbox()

    # Time ------------------------------------------------------------------------------------------------

    def _next_moment(self) -> int:
        """When time has to move next, ms: what falls due, or the cadence."""
        latest = self._advanced_at + CADENCE
        due = self._rules.next_due(self._day) if self._day is not None else None
        # What an advance left undone is not asked again before the cadence: the loop must not spin on it.
        return latest if due is None or due == self._left_due else min(due, latest)

    def _note_left_due(self, served: Sequence[Wish]) -> None:
        if self._day is not None and any(isinstance(wish.command, Advance) for wish in served):
            due = self._rules.next_due(self._day)
            self._left_due = due if due is not None and due <= self._advanced_at else None

    async def _keep_time(self) -> None:
        now = self._steady.now()
        if self._steady.jump is not None and not self._alarmed and not _clock_alert(self._day):
            by = self._steady.jump.by
            log.error("The wall clock jumped", extra={"action": "clock", "by_ms": by})
            alarm = RaiseAlert(
                kind=AlertKind.CLOCK_JUMPED, subject=CLOCK.device, detail="forward" if by > 0 else "back"
            )
            self._mailbox.appendleft(Wish(CLOCK, alarm))
        if self._day_is_over(now) and now >= self._roll_at:
            self._roll_at = now + CADENCE
            await self._roll()
        if now >= self._next_moment():
            self._advanced_at = now
            self._mailbox.appendleft(Wish(CLOCK, Advance()))
        if self._steady.trusted and now >= self._forget_at:
            self._forget_at = now + HOUR
            await self._forget(now)

    def _day_is_over(self, now: int) -> bool:
        day = self._day
        return day is not None and (day.closed or (self._steady.trusted and self._rules.day_ended(day, now)))

    async def _roll(self) -> None:
        """Close the day and open the next one, each in a commit of its own: no batch spans two days."""
        day = self._day
        if day is not None and not day.closed:
            await self._tell(lambda context: self._rules.close_day(day, context))
        if self._able and self._day is not None and self._day.closed:
            await self._open_day(self._day.facility)

    async def _open_day(self, facility: Facility) -> None:
        before = self._day
        seq = self._seq + 1
        await self._tell(lambda context: self._rules.open_day(before, facility, seq, context))
        day = self._day
        if day is not None and day is not before:
            self.metrics.days += 1
            self._people.keep_only(visit.person for visit in day.visits.values() if visit.person)
            log.info("A day begins", extra={"action": "day", "day": day.day, "seq": self._seq})

    async def _tell(self, make: Callable[[Context], Sequence[Event]]) -> None:
        """Commit events that the service itself brings about. A mistaken rule changes nothing."""
        turn = self._turn()
        with self._deciding():
            try:
                turn.tell(make(Context(CLOCK, turn.now, fresh())), CLOCK)
            except Exception as error:  # noqa: BLE001 - a facility goes on with the old day rather than not at all
                log.error("The day could not be moved on: %s", where(error), extra={"action": "day"})
                spoilt = True
            else:
                spoilt = False
        if spoilt:
            await self._restore()
        else:
            await self._commit(turn)

    async def _forget(self, now: int) -> None:
        before = now - self._facility.retention_hours * HOUR
        try:
            gone = await self._storage.forget(before, now - KEEP_REPLIES)
        except Exception as error:  # noqa: BLE001
            await self._failed_store(error, None)
            return
        self._people.forget(before)
        if gone:
            log.info("People were forgotten", extra={"action": "forget", "people": gone})

    # Beginning -------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        if self._day is None:
            await self._open_day(self._facility)
        elif self._day_is_over(self._steady.now()):
            await self._roll()
        if self._broken:
            raise BrokenStorage
        if not self._owner:
            raise LostOwnership
        day = self._day
        if day is None or day.closed:
            raise JournalUnreadable("no day could be opened")
        if day.facility == self._facility:
            return
        change = self._rules.change_site(day, self._facility)
        if isinstance(change, Rejection):
            raise SiteRefused(
                "the site file removes what somebody waits for: "
                + "; ".join(
                    f"{kind} {', '.join(names)}"
                    for kind, names in change.facts.items()
                    if isinstance(names, tuple) and names
                )
                + ". Start with the former site file, or end those visits first."
            )
        await self._tell(lambda _: change.events)

    async def _remember_people(self) -> None:
        day = self._day
        if day is None:
            return
        persons = {visit.person for visit in day.visits.values() if visit.person}
        name = day.day
        for _ in range(1 + -(-self._facility.retention_hours // 24)):
            rows = await self._storage.patients(name)
            unreadable = self._people.load(row for row in rows if row.person in persons)
            if unreadable:
                log.error("Patient rows do not open", extra={"action": "people", "rows": unreadable})
            persons -= {row.person for row in rows}
            # Only those carried over from the day before are still missing.
            if not persons:
                return
            name = (date.fromisoformat(name) - timedelta(days=1)).isoformat()

    async def _fold_again(self, head: Head | None) -> None:
        """Take the day from the store. head None: by fresh connections, which say where the head is."""
        found, day = await self._storage.fold(head)
        self._day = day
        self._day_name = found.day
        self._seq = found.seq

    def _cancelled(self) -> None:
        """Somebody cancelled the task: it ends after what it has in hand."""
        self._accepting = False
        self._hurrying.set()


def _clock_alert(day: Day | None) -> bool:
    """Whether a jump of the clock is told of that nobody accepted yet."""
    return day is not None and bool(day.clock_doubt)
