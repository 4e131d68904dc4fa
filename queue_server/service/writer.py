"""The writer of a facility: a mailbox, and the task that owns the Day."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from queue_server.clock import Clock, SystemClock
from queue_server.engine.events import Event
from queue_server.engine.facility import Facility
from queue_server.engine.model import Actor, Day
from queue_server.people import People
from queue_server.protocol.commands import Command
from queue_server.service.batches import Batches
from queue_server.service.beginning import begin_day, fold_newest, take_site
from queue_server.service.believed import BelievedTime
from queue_server.service.commits import Commits
from queue_server.service.committed import Committed
from queue_server.service.days import Days
from queue_server.service.errors import NotServing
from queue_server.service.forgetting import HOUR, Forgetting
from queue_server.service.known import Known
from queue_server.service.mailbox import MAILBOX, Mailbox
from queue_server.service.metrics import Metrics
from queue_server.service.recovery import Recovery
from queue_server.service.remembering import remember_people
from queue_server.service.rules import ENGINE, Rules
from queue_server.service.storage import Storage
from queue_server.service.timekeeping import Timekeeping
from queue_server.service.visible import Visible
from queue_server.store.port import PatientRow, Store

T = TypeVar("T")


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
        clock = clock if clock is not None else SystemClock()
        self.metrics = metrics = Metrics()
        self._people = people
        self._facility = facility
        self._publish = publish
        self._rules = rules
        self._hurrying = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

        self._mailbox = Mailbox(people, metrics, mailbox)
        self._storage = Storage(store, rules, self._cancelled)
        self._believed = BelievedTime(clock)
        self._committed = Committed(self._storage, rules, people, self._believed, metrics)
        known = Known(self._storage, people, metrics)
        visible = Visible(
            self._committed,
            known,
            people,
            self._believed,
            metrics,
            publish=lambda day, events: self._publish(day, events),  # noqa: PLW0108 - replaceable while at work
        )
        self._recovery = Recovery(
            self._committed,
            known,
            visible,
            self._mailbox,
            metrics,
            clock=clock,
            hurrying=self._hurrying,
            facility=facility.id,
            on_lost=on_lost,
            on_broken=on_broken,
        )
        commits = Commits(self._storage, visible, self._recovery, metrics)
        self._batches = Batches(self._mailbox, known, self._committed, commits, self._recovery, metrics)
        self._days = Days(
            rules, people, self._storage, self._believed, self._committed, commits, self._recovery, metrics
        )
        self._timekeeping = Timekeeping(
            rules,
            self._believed,
            self._committed,
            self._mailbox,
            self._days,
            Forgetting(
                self._storage,
                people,
                self._recovery,
                facility.retention_hours * HOUR,
                standing=facility.keeps_register,
            ),
        )

    # What others may ask at any time ---------------------------------------------------------------------

    @property
    def seq(self) -> int:
        """The journal's last committed event."""
        return self._committed.seq

    @property
    def degraded(self) -> bool:
        """The store does not take commits now; what was last published is still true."""
        return self._recovery.degraded

    @property
    def owner(self) -> bool:
        """Whether this process writes the facility."""
        return self._recovery.owner

    @property
    def broken(self) -> bool:
        """The storage or the task failed: the process must end with EXIT_BROKEN_STORAGE."""
        return self._recovery.broken

    @property
    def waiting(self) -> int:
        """Commands in the mailbox."""
        return len(self._mailbox)

    def now(self) -> int:
        """The moment the service believes in, ms."""
        return self._believed.now()

    # Life ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the store, fold the newest day, close days that ended meanwhile, take the site as it is now.

        Raises the store's errors, SiteRefused, JournalUnreadable.
        """
        head = await self._storage.open()
        self._recovery.own()
        await fold_newest(self._committed, head)
        self._believed.begin(self._committed.day)
        self._committed.settle()
        day = await begin_day(self._days, self._committed, self._recovery, self._facility, self.now())
        await take_site(self._days, self._rules, day, self._facility)
        await remember_people(self._storage, self._people, day)
        self._mailbox.open()
        self._task = asyncio.create_task(self._serve(), name="service")

    async def stop(self, patience: float) -> bool:
        """Take no new commands, finish the mailbox; after `patience` seconds the rest is `unavailable`.

        Returns whether everything has settled: not while a commit hangs in the storage.
        """
        self._mailbox.close()
        if self._task is None:
            return True
        await asyncio.wait((self._task,), timeout=patience)
        if not self._task.done():
            self._hurrying.set()
            self._mailbox.bell.set()
            self._mailbox.give_up()
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
        return self._mailbox.post(actor, command_id, command)

    async def submit(self, actor: Actor, command_id: str, command: Command) -> bytes:
        """The answer frame of `post`, waited for."""
        return await self.post(actor, command_id, command)

    async def read(self, look: Callable[[Day], T]) -> T:
        """What `look` sees of the day, between two batches: never anything that is not committed.

        Raises NotServing once the service has ended.
        """
        if not self._committed.readable and (self._task is None or self._task.done()):
            raise NotServing
        return await self._committed.read(look)

    async def known(self, hashes: Collection[bytes]) -> list[PatientRow]:
        """The rows of people known under these identifiers, of whatever day. Raises what the store raises."""
        # Whoever asks may leave; only the service's own task is ended by being cancelled in the storage.
        return await asyncio.shield(self._storage.known(hashes))

    # The task that owns the Day --------------------------------------------------------------------------

    async def _serve(self) -> None:
        recovery, mailbox, timekeeping = self._recovery, self._mailbox, self._timekeeping
        try:
            while recovery.owner and not recovery.broken and not self._hurrying.is_set():
                if not mailbox:
                    if mailbox.closing:
                        break
                    await self._believed.wait(mailbox.bell, timekeeping.next_moment())
                mailbox.bell.clear()
                await timekeeping.keep()
                if recovery.able:
                    timekeeping.served(await self._batches.serve_next())
        except Exception as error:  # noqa: BLE001 - told of there
            recovery.task_failed(error)
        finally:
            mailbox.shut()
            mailbox.give_up()
            self._committed.end()

    def _cancelled(self) -> None:
        """Somebody cancelled the task: it ends after what it has in hand."""
        self._mailbox.shut()
        self._hurrying.set()
