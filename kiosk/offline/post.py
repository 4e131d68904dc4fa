"""The kiosk's post: every registration until it is answered, every word on a paper until it is told, and
papers of the kiosk's own where no answer comes in time. The outbox keeps all of it through restarts and power
cuts.

Registrations leave one after the other, in the order in which people came, so that the server can believe
when.

NoPaper   no paper of the kiosk's own can be had
"""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from msgspec import structs

from kiosk.journey.slips import is_last
from kiosk.offline.entries import (
    OWN,
    After,
    Entry,
    Paper,
    Word,
    answered,
    found,
    ready,
    spoken,
    wished,
)
from kiosk.offline.moments import MINUTE, Moments
from kiosk.offline.outbox import Outbox
from kiosk.offline.seal import Seal
from kiosk.offline.series import Series, SeriesEnded
from kiosk.offline.telling import answer_to
from queue_server.client import Wish
from queue_server.client.connection import new_id
from queue_server.protocol.codes import Lane, PrintReason, PrintState
from queue_server.protocol.commands import Command, Confirm, Identity, RaiseAlert, Register
from queue_server.protocol.labels import Place
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Ticket

REMEMBERED = 2_000
"""Cards and papers of today that a kiosk knows again: more than it serves in a day."""
SHOWN = 10
"""Numbers of its own that it shows to an attendant."""

_K = TypeVar("_K")
_V = TypeVar("_V")
OnNamed = Callable[[str, str], None]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NOBODY = Register(payer="", kind="")

log = logging.getLogger(__name__)


class NoPaper(Exception):
    """No paper of the kiosk's own can be had."""


class Link(Protocol):
    """The way to the server: `queue_server.client.Connection`."""

    @property
    def online(self) -> bool: ...

    def submit(self, command: Command, again: str | None = None) -> Wish: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a paper of the kiosk's own has to say and to count. ordinal: the kiosk's. place: where to go. day:
    the service day, None when nobody knows; minute: of it. come: the last number that the server knows of
    this day."""

    ordinal: int
    place: Place
    day: str | None
    minute: int
    come: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the outbox stands. waiting: people whom the server does not know yet; refused: those it did not
    take. since: ms from which the oldest of them waits, None: nobody does. words: on papers, still to be
    told. damaged: lines of earlier runs that could not be read. last: numbers of the kiosk's own, the newest
    first."""

    waiting: int
    refused: int
    since: int | None
    words: int
    damaged: int
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """A paper of today that somebody holds. print: as in a ticket. at: ms, when it was wished. ticket: as the
    server gave it, None: it did not."""

    number: str
    token: str
    print: str
    at: int
    ticket: Ticket | None = None


class Post:
    """One kiosk's. kiosk: its id in the site file. executor: where the disk is waited for; the outbox's own.
    on_named: told of a paper of the kiosk's own, and under which name the server knows it."""

    def __init__(
        self,
        kiosk: str,
        link: Link,
        outbox: Outbox,
        series: Series,
        moments: Moments,
        seal: Seal,
        executor: Executor,
        on_named: OnNamed = lambda own, known: None,
    ) -> None:
        self._on_named = on_named
        self._kiosk, self._link, self._outbox = kiosk, link, outbox
        self._series, self._moments, self._seal, self._executor = series, moments, seal, executor
        self._news = asyncio.Event()
        self._words = asyncio.Event()
        self._telling = ""
        self._asking: dict[str, asyncio.Future[Accepted | Rejected]] = {}
        self._stored: dict[str, Future[None]] = {}
        self._numbering: dict[str, asyncio.Event] = {}
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        self._codes: OrderedDict[str, _Held] = OrderedDict()
        self._told: OrderedDict[str, Entry] = OrderedDict()
        self._last: list[str] = []
        self._day: str | None = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        now = self._moments.now().at if self._moments.believable else None
        for entry in list(self._outbox.entries.values()):
            if entry.paper is not None:
                self._last.append(entry.paper.number)
                paper, at = entry.paper, entry.made.at
                self._hold(entry.register.identity, _Held(paper.number, paper.token, OWN + entry.name, at))
            self._follow(entry, found(entry, now))

    # Doors -----------------------------------------------------------------------------------------------

    def wish(self, register: Register) -> str:
        """Have somebody registered, however long it takes. Returns the name of the wish."""
        entry = Entry(new_id(), self._moments.now(), register)
        if self._link.online and not any(other.is_open for other in self._outbox.entries.values()):
            entry = ready(entry, new_id(), self._moments.when(entry.made))
        self._asking[entry.name] = asyncio.get_running_loop().create_future()
        self._stored[entry.name] = self._outbox.keep(entry)
        self._news.set()
        return entry.name

    def answer(self, name: str) -> "asyncio.Future[Accepted | Rejected]":
        """The server's answer to a wish; cancelled once a paper of the kiosk's own took its place."""
        return self._asking[name]

    async def own_paper(self, name: str, desk: Desk) -> Ticket | None:
        """A paper for whoever waits too long; a reprint for whoever got one here today. None: the answer has
        come after all. Raises NoPaper.

        What is returned is on the disk: the number, and that this wish has it.
        """
        entry, asking = self._outbox.entries.get(name), self._asking.get(name)
        if entry is None or asking is None or asking.done() or entry.print:
            return None
        self._begin_day(desk)
        held = self.held_by(entry.register.identity)
        if held is not None:
            self._came_again(entry, held)
            return self._ticket(entry.register, held, desk, reprint=True)
        return await self._number(entry, desk)

    def known(self, identity: Identity, desk: Desk, register: Register | None = None) -> Ticket | None:
        """The ticket that the holder of this card got here today; None: none."""
        self._begin_day(desk)
        held = self.held_by(identity)
        return None if held is None else self._ticket(register, held, desk, reprint=True)

    def coded(self, token: str, desk: Desk) -> Ticket | None:
        """The ticket with this code, if this kiosk gave it today."""
        self._begin_day(desk)
        held = self._codes.get(token)
        return None if held is None else self._ticket(None, held, desk, reprint=True)

    def tell(self, confirm: Confirm) -> None:
        """Pass on what became of a paper."""
        name = confirm.print.removeprefix(OWN)
        if name == confirm.print:
            self._say(confirm)
            if is_last(confirm.state, confirm.reason or ""):
                for entry in [one for one in self._outbox.entries.values() if one.print == confirm.print]:
                    self._forget(entry.name)
            return
        own = self._outbox.entries.get(name) or self._told.get(name)
        if own is not None:
            self._follow(own, spoken(own, confirm.state, confirm.reason or ""))

    def link_changed(self) -> None:
        """The link came or went."""
        self._news.set()

    @property
    def standing(self) -> Standing:
        """How it stands."""
        entries = self._outbox.entries.values()
        waiting = [entry for entry in entries if entry.is_open]
        refused = [entry for entry in entries if entry.refused]
        return Standing(
            waiting=len(waiting),
            refused=len(refused),
            since=min((entry.made.at for entry in (*waiting, *refused)), default=None),
            words=len(self._outbox.words),
            damaged=self._outbox.damaged,
            last=tuple(reversed(self._last[-SHOWN:])),
        )

    # The way to the server -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Pass everything on until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._register(), name="registrations")
            tasks.create_task(self._speak(), name="words on papers")

    async def _register(self) -> None:
        while True:
            entry = next((one for one in self._outbox.entries.values() if one.is_open), None)
            if entry is None or not (entry.command or self._link.online):
                self._news.clear()
                await self._news.wait()
                continue
            if entry.name in self._numbering:
                await self._numbering[entry.name].wait()
                continue
            if not entry.command:
                entry = ready(entry, new_id(), self._moments.when(entry.made))
                self._stored[entry.name] = self._outbox.keep(entry)
            await self._on_disk(entry.name)
            reply = await answer_to(self._link, wished(entry), again=entry.command)
            if entry.name in self._numbering:
                await self._numbering[entry.name].wait()
            self._answered(self._outbox.entries[entry.name], reply)

    async def _on_disk(self, name: str) -> None:
        stored = self._stored.pop(name, None)
        try:
            if stored is not None:
                await asyncio.wrap_future(stored)
        except OSError as error:
            # Sent all the same: somebody waits, and what no paper stands for can be wished again.
            log.error("the outbox cannot be written: %s", error, extra={"action": "outbox_failed"})

    def _answered(self, entry: Entry, reply: Accepted | Rejected) -> None:
        asking = self._asking.pop(entry.name, None)
        after = answered(entry, reply, self._kiosk)
        result = reply.result if isinstance(reply, Accepted) else None
        if isinstance(result, Ticket) and entry.paper is None:
            held = _Held(result.number, result.token, result.print, entry.made.at, result)
            self._hold(entry.register.identity, held)
            if asking is None or asking.done():
                # Nobody stands here any more.
                left = Confirm(
                    print=result.print,
                    state=PrintState.STALLED,
                    number=result.number,
                    reason=PrintReason.LEFT,
                )
                after = After(None, left)
        if isinstance(reply, Rejected) and entry.paper is not None:
            log.warning(
                "a paper in somebody's hand was refused",
                extra={"action": "paper_refused", "number": entry.paper.number, "code": reply.code},
            )
        self._follow(entry, after)
        if asking is not None and not asking.done():
            asking.set_result(reply)

    async def _speak(self) -> None:
        while True:
            word = next(iter(self._outbox.words.values()), None)
            if word is None:
                self._words.clear()
                await self._words.wait()
                continue
            self._telling = word.name
            reply = await answer_to(self._link, word.command, again=word.name)
            self._telling = ""
            if isinstance(reply, Rejected):
                log.warning(
                    "a word was refused",
                    extra={"action": "word_refused", "word": type(word.command).__name__, "code": reply.code},
                )
            self._outbox.drop(word.name)

    def _follow(self, entry: Entry, after: After) -> None:
        """Words first: a crash between the two says a thing twice, and never not at all."""
        if after.tell is not None:
            self._say(after.tell)
        if entry.paper is not None and isinstance(after.tell, Confirm):
            self._on_named(OWN + entry.name, after.tell.print)
        if after.entry is not None and after.entry.name in self._outbox.entries:
            if after.entry != entry:
                self._stored[entry.name] = self._outbox.keep(after.entry)
                self._news.set()
        elif entry.name in self._outbox.entries:
            if entry.paper is not None and after.tell is not None and isinstance(after.tell, Confirm):
                # A printer that catches up speaks of it once more; of whom it was nobody need know.
                told = structs.replace(entry, register=_NOBODY, print=after.tell.print)
                _remember(self._told, entry.name, told)
            self._forget(entry.name)

    def _forget(self, name: str) -> None:
        self._outbox.drop(name)
        self._stored.pop(name, None)

    def _say(self, command: Confirm | RaiseAlert) -> None:
        if isinstance(command, Confirm):
            for word in list(self._outbox.words.values()):
                older = isinstance(word.command, Confirm) and word.command.print == command.print
                if older and word.name != self._telling:
                    self._outbox.drop(word.name)
        self._outbox.say(Word(new_id(), command))
        self._words.set()

    # Papers of the kiosk's own ---------------------------------------------------------------------------

    async def _number(self, entry: Entry, desk: Desk) -> Ticket:
        settled = self._numbering[entry.name] = asyncio.Event()
        loop = asyncio.get_running_loop()
        try:
            number = await loop.run_in_executor(
                self._executor, self._series.take, desk.ordinal, desk.day, desk.minute, desk.come
            )
            token = "".join(secrets.choice(_ALPHABET) for _ in range(16))
            before = self._outbox.entries[entry.name]
            entry = structs.replace(before, paper=Paper(number, token))
            try:
                await asyncio.wrap_future(self._outbox.keep(entry))
            except OSError:
                self._outbox.entries[entry.name] = before
                raise
        except (OSError, SeriesEnded) as error:
            log.error("no number can be given: %r", error, extra={"action": "no_number"})
            raise NoPaper from error
        finally:
            del self._numbering[entry.name]
            settled.set()
        self._last.append(number)
        del self._last[:-SHOWN]
        held = _Held(number, token, OWN + entry.name, entry.made.at)
        self._hold(entry.register.identity, held)
        self._gave_up(entry.name)
        return self._ticket(entry.register, held, desk, reprint=False)

    def _came_again(self, entry: Entry, held: _Held) -> None:
        """One paper for a person: what was not sent yet is not wished at all, and what was belongs to the
        paper that they hold."""
        if not entry.command:
            self._forget(entry.name)
        elif held.ticket is None:
            paper = Paper(held.number, held.token, PrintState.ACKNOWLEDGED)
            self._outbox.keep(structs.replace(entry, paper=paper))
        self._gave_up(entry.name)

    def _gave_up(self, name: str) -> None:
        asking = self._asking.pop(name, None)
        if asking is not None:
            asking.cancel()

    def held_by(self, identity: Identity | None) -> _Held | None:
        """What the holder of this card got here today."""
        mark = self._mark(identity)
        return self._held.get(mark) if mark else None

    def _hold(self, identity: Identity | None, held: _Held) -> None:
        mark = self._mark(identity)
        if mark:
            _remember(self._held, mark, held)
        _remember(self._codes, held.token, held)

    def _mark(self, identity: Identity | None) -> bytes:
        """By which a card is known again; a telephone is nobody's own."""
        number = "".join(identity.number.split()).upper() if identity is not None else ""
        return self._seal.mark(number) if number else b""

    def _begin_day(self, desk: Desk) -> None:
        """What was given before this day is no paper of today's; entries of an earlier run may be as old."""
        if desk.day is None or desk.day == self._day:
            return
        self._day = desk.day
        began = self._moments.now().at - (desk.minute + 1) * MINUTE
        self._held = OrderedDict((mark, held) for mark, held in self._held.items() if held.at >= began)
        self._codes = OrderedDict((code, held) for code, held in self._codes.items() if held.at >= began)

    def _ticket(self, register: Register | None, held: _Held, desk: Desk, *, reprint: bool) -> Ticket:
        if held.ticket is not None:
            # Where its holder is awaited by now, only the server knows.
            return structs.replace(
                held.ticket, reprint=reprint, place=desk.place, ahead=None, not_before=None, usually_by=None
            )
        declared = register is not None and register.declared_priority
        made = Ticket(
            visit="",
            number=held.number,
            token=held.token,
            print=held.print,
            place=desk.place,
            lane=Lane.PRIORITY if declared else Lane.WALK_IN,
            printed_at=self._moments.now().at,
            provisional=declared,
            reprint=reprint,
        )
        return made if register is None else structs.replace(made, language=register.language)


def _remember(known: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    known[key] = value
    known.move_to_end(key)
    while len(known) > REMEMBERED:
        known.popitem(last=False)
