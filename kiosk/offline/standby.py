"""What a kiosk does when no answer comes: the same wishes and questions, answered from its own folder.

A registration that is not answered in time is answered with a ticket of the kiosk's own; whoever asked cannot
tell the difference, but for where the ticket sends its holder. A kiosk whose token is refused gives none:
nobody would ever hear of it."""

import asyncio
import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from kiosk.journey.catalogue import zone
from kiosk.offline import disk, memory
from kiosk.offline.memory import Memory
from kiosk.offline.moments import Moments
from kiosk.offline.outbox import Outbox
from kiosk.offline.post import Desk, NoPaper, OnNamed, Post, Standing
from kiosk.offline.post import Link as Way
from kiosk.offline.seal import KEY_BYTES, Seal, key_at
from kiosk.offline.series import Series
from kiosk.offline.telling import answer_to
from queue_server.client import Link
from queue_server.protocol.codes import CloseCode, Refusal, StepState
from queue_server.protocol.commands import Command, Confirm, Register, Reprint
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import Holder, Question, Stop, TicketState, WhereNow
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import CatalogueFacility, KioskState, Row

PATIENCE = 1.6
"""Seconds a patient waits for an answer before the kiosk prints a number of its own: with what a key is held
back for, and disk and page take, less than two."""
REMEMBER_EVERY = 600.0
"""Seconds after which the server's time is noted again."""
SETTLE = 1.0
"""Seconds in which rows that come together are noted together."""

_REFUSED = frozenset({CloseCode.BAD_TOKEN, CloseCode.REVOKED})

log = logging.getLogger(__name__)


class Connected(Way, Protocol):
    """The connection, with its clock."""

    @property
    def server_now(self) -> int: ...


class Standby:
    """One kiosk's. folder: what survives a restart, None: nothing does. key: a file outside it with the
    outbox's key. on_named: see `Post`. Raises disk.InUse when another kiosk works there."""

    def __init__(
        self,
        kiosk: str,
        token: str,
        connection: Connected,
        folder: Path | None,
        key: Path | None = None,
        on_named: OnNamed = lambda own, known: None,
    ) -> None:
        self._kiosk, self._connection, self._on_named = kiosk, connection, on_named
        self._token = hashlib.sha256(token.encode()).hexdigest()[:16]
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._without = tempfile.TemporaryDirectory(ignore_cleanup_errors=True) if folder is None else None
        self._folder = Path(self._without.name) if self._without is not None else folder or Path()
        self._open(key)
        self._news = asyncio.Event()
        self._lost = asyncio.Event()
        self.refused = self._memory.refused == self._token
        """Whether the server does not accept this kiosk's token any more."""

    def _open(self, key: Path | None) -> None:
        folder = self._folder
        self._lock: int | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = disk.lock(folder)
        except OSError as error:
            _tell_of_disk(error)
        self._memory = memory.recall(folder / "memory")
        self._moments = Moments(self._memory.heard)
        secret = _secret(key or folder / "outbox.key")
        seal = Seal(secret or os.urandom(KEY_BYTES))
        # What lies in the outbox waits for its own key.
        self._outbox = Outbox(folder / ("outbox" if secret else "outbox.keyless"), seal, self._executor)
        self._series = Series(folder / "series")
        self._post = Post(
            self._kiosk,
            self._connection,
            self._outbox,
            self._series,
            self._moments,
            seal,
            self._executor,
            self._on_named,
        )
        self._is_kept = self._lock is not None and secret is not None

    def close(self) -> None:
        """Let go of the folder."""
        self._outbox.close()
        self._executor.shutdown()
        if self._lock is not None:
            disk.unlock(self._lock)
        if self._without is not None:
            self._without.cleanup()

    @property
    def keeps(self) -> bool:
        """Whether what the server does not know yet survives a restart. A kiosk that cannot remember gives no
        numbers of its own: it would give them twice."""
        return self._is_kept and not self._outbox.fails

    # Doors -----------------------------------------------------------------------------------------------

    async def submit(self, command: Command) -> Accepted | Rejected:
        """Have something done, however long it takes; a registration takes no longer than a patient waits."""
        if isinstance(command, Register):
            return await self._register(command)
        if isinstance(command, Reprint) and not self._connection.online and command.token is not None:
            again = self.again(command.token)
            if again is not None:
                return Accepted(id="", seq=0, result=again)
        return await answer_to(self._connection, command)

    def answer(self, question: Question) -> TicketState | None:
        """What this kiosk knows by itself while there is no link; None: nothing."""
        match question:
            case WhereNow(token=token):
                ticket = self.again(token)
            case Holder(identity=identity):
                desk = self.desk()
                ticket = None if desk is None else self._post.known(identity, desk)
            case _:
                return None
        if ticket is None:
            return None
        stop = Stop(step="", state=StepState.QUEUED, place=ticket.place)
        return TicketState(
            visit=ticket.visit, number=ticket.number, lane=ticket.lane, stops=(stop,), token=ticket.token
        )

    def again(self, token: str) -> Ticket | None:
        """The ticket with this code, as a reprint, if this kiosk gave it today."""
        desk = self.desk()
        return None if desk is None else self._post.coded(token, desk)

    def tell(self, confirm: Confirm) -> None:
        """Pass on what became of a paper."""
        self._post.tell(confirm)

    def rows(self, topic: str, live: Iterable[Row]) -> Iterable[Row]:
        """A topic's rows; those remembered until the server told it, and on a later day without what was of
        its day."""
        found = list(live)
        if not found and topic in ("catalogue", f"kiosk:{self._kiosk}"):
            found = [
                row for row in self._memory.rows if isinstance(row, KioskState) == (topic != "catalogue")
            ]
        return memory.on_another_day(found) if self.is_another_day else found

    @property
    def is_another_day(self) -> bool:
        """Whether the server's last word was of another day than this; also where nobody can tell."""
        rows = self._memory.rows
        facility = next((row for row in rows if isinstance(row, CatalogueFacility)), None)
        kiosk = next((row for row in rows if isinstance(row, KioskState)), None)
        if self._connection.online or facility is None or kiosk is None:
            return False
        return self._moments.day(zone(facility.time_zone), facility.day_ends) != kiosk.day

    @property
    def now(self) -> int | None:
        """The time, ms, without a server; None when nobody can tell."""
        return self._moments.now().at if self._moments.believable else None

    @property
    def standing(self) -> Standing:
        """How the outbox stands."""
        return self._post.standing

    @property
    def shows(self) -> dict[str, str | int | bool]:
        """The same for the report; what is nothing is left out."""
        standing = self.standing
        told = {
            "outbox": standing.waiting,
            "outbox_since": standing.since or 0,
            "outbox_refused": standing.refused,
            "outbox_damaged": standing.damaged,
            "disk_failed": not self.keeps,
        }
        return {name: value for name, value in told.items() if value or name == "outbox"}

    def desk(self) -> Desk | None:
        """What a ticket of the kiosk's own says now; None while the facility is not known."""
        rows = self._memory.rows
        facility = next((row for row in rows if isinstance(row, CatalogueFacility)), None)
        kiosk = next((row for row in rows if isinstance(row, KioskState)), None)
        if facility is None or kiosk is None:
            return None
        local = zone(facility.time_zone)
        day = self._moments.day(local, facility.day_ends)
        if self._connection.online:
            day = kiosk.day
        minute = self._moments.minute(local, facility.day_ends)
        come = kiosk.series if kiosk.day == day else 0
        return Desk(kiosk.ordinal, facility.offline_place, day, minute, come)

    # What happens ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Pass everything on until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name="post")
            tasks.create_task(self._remember(), name="memory")

    def link_changed(self, link: Link) -> None:
        """The link came or went, or was refused."""
        was = self.refused
        if self._connection.online:
            self.refused = False
            self._moments.hear(self._connection.server_now)
            self._lost.clear()
        else:
            self.refused = was or link.code in _REFUSED
            self._lost.set()
        if was is not self.refused:
            log.warning(
                "the server refuses this kiosk's token" if self.refused else "the token is accepted again",
                extra={"action": "token_refused" if self.refused else "token_accepted"},
            )
            self._news.set()
        self._post.link_changed()

    def rows_changed(self, rows: Iterable[Row]) -> None:
        """What the server told of the facility and of this kiosk."""
        kept = memory.worth_keeping(rows)
        if kept and kept != self._memory.rows:
            self._memory = Memory(kept, self._moments.heard, self._memory.refused)
            self._news.set()

    # Inside ----------------------------------------------------------------------------------------------

    async def _register(self, register: Register) -> Accepted | Rejected:
        if self.refused:
            return Rejected(id="", code=Refusal.FORBIDDEN)
        name = self._post.wish(register)
        answer = self._post.answer(name)
        await self._patience(answer)
        desk = self.desk()
        if not answer.done() and desk is not None and self._is_kept and not self.refused:
            with contextlib.suppress(NoPaper):
                ticket = await self._post.own_paper(name, desk)
                if ticket is not None:
                    log.info("a ticket without the server", extra={"action": "own_ticket"})
                    return Accepted(id=name, seq=0, result=ticket)
        return await answer

    async def _patience(self, answer: "asyncio.Future[Accepted | Rejected]") -> None:
        """Wait for an answer as long as one can come in time."""
        if not self._connection.online:
            return
        self._lost.clear()
        lost = asyncio.ensure_future(self._lost.wait())
        waits: set[asyncio.Future[Any]] = {answer, lost}
        await asyncio.wait(waits, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        lost.cancel()

    async def _remember(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REMEMBER_EVERY):
                    await self._news.wait()
            await asyncio.sleep(SETTLE)
            self._news.clear()
            if self._connection.online:
                # A link that stays says no more by itself, for weeks.
                self._moments.hear(self._connection.server_now)
            refused = self._token if self.refused else ""
            self._memory = Memory(self._memory.rows, self._moments.heard, refused)
            desk = self.desk()
            try:
                await loop.run_in_executor(self._executor, disk.keep, self._folder / "memory", self._memory)
                if desk is not None and desk.day is not None:
                    await loop.run_in_executor(self._executor, self._series.begin, desk.day, desk.minute)
            except OSError as error:
                log.error("the facility is not remembered: %s", error, extra={"action": "memory_failed"})


def _secret(own_key: Path) -> bytes | None:
    """The outbox's key; None where it can be neither read nor made."""
    try:
        try:
            return key_at(own_key)
        except ValueError as error:
            log.error("a new key is made: %s", error, extra={"action": "key_damaged"})
            own_key.replace(own_key.with_name(f"{own_key.name}.damaged"))
            return key_at(own_key)
    except OSError as error:
        _tell_of_disk(error)
        return None


def _tell_of_disk(error: OSError) -> None:
    log.error("this kiosk cannot remember: %s", error, extra={"action": "disk_failed"})
