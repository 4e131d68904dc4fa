"""Law One paper: whatever is lost, late, doubled or out of order, and whoever begins anew at any point, each
printed number belongs to exactly one visit and is that visit's number, or staff see that its holder has
several.

The rules of the house on a SQLite file, and the posts of two kiosks on their folders; only the wire between
them, and the moment of a crash, are the test's."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from queue_server.engine.facility import KioskPlan
from queue_server.engine.model import Actor, Day
from queue_server.protocol.codec import decode_to_client
from queue_server.protocol.codes import Note, PrintState, Role
from queue_server.protocol.commands import Command, Confirm, Reprint
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Ticket
from queue_server.protocol.values import replaced
from queue_server.service import ENGINE
from queue_server.store.sql import SqlStore
from tests.server.service.counter import DESK, PATIENCE, Counter, anonymous, card, make, moment
from tests.server.service.scripted_store import ScriptedStore
from tests.server.service.small_hospital import small_hospital
from tests.support.fake_clock import FakeClock
from tests.support.offline_kiosk import OfflineKiosk

T = TypeVar("T")
MORNING = moment("2025-03-03 06:30")
PEOPLE = [f"00108001234{n}" for n in range(3)]
KIOSKS = {f"kiosk{n}": KioskPlan(f"kiosk{n}", n, "h1") for n in (1, 2)}
FACILITY = replaced(small_hospital(), kiosks=KIOSKS)
STRANGER = -1
FINAL = [PrintState.ACKNOWLEDGED, PrintState.UNKNOWN, PrintState.STALLED]
QUIET = 30
"""Turns of the loop after which whatever can go on has."""

kiosks = st.sampled_from(sorted(KIOSKS))
choices = st.integers(0, 1_000)


class OnePaper(RuleBasedStateMachine):
    """Two kiosks, one server, and a wire that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock(MORNING)
        self.starts = 0
        self.server: Counter
        self.do(self.start())
        self.kiosks: dict[str, OfflineKiosk] = {}
        for name, plan in KIOSKS.items():
            folder = Path(self.folder.name) / name
            folder.mkdir()
            self.kiosks[name] = self.do(self.kiosk(folder, name, plan.ordinal))
        self.before: dict[str, tuple[int, str, asyncio.Task[Any]]] = {}
        """Who stands before a kiosk: person, their wish, and the answer to come."""
        self.answers: list[tuple[str, str, Accepted | Rejected]] = []
        """Answers on their way: kiosk, command, reply."""
        self.held: dict[int, dict[str, PrintState]] = {}
        """Numbers on papers, by person; strangers are many, each with a number below zero."""
        self.maybe: dict[int, set[str]] = {}
        """Numbers that a kiosk had given when it was killed."""
        self.strangers = 0

    # Life ------------------------------------------------------------------------------------------------

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(what)

    async def start(self) -> None:
        self.starts += 1
        store = SqlStore(Path(self.folder.name) / "queue.db", "small", f"w{self.starts}", exclusive=False)
        self.server = make(ScriptedStore(store), clock=self.clock, rules=ENGINE, facility=FACILITY)
        await self.server.service.start()

    async def end(self) -> None:
        assert await self.server.service.stop(PATIENCE)
        await self.server.service.close()

    async def kiosk(self, folder: Path, name: str, ordinal: int) -> OfflineKiosk:
        return OfflineKiosk(folder, name, ordinal, self.clock.wall_ms)

    async def settle(self) -> None:
        for _ in range(QUIET):
            await asyncio.sleep(0)

    async def submit(self, kiosk: str, name: str, command: Command) -> None:
        frame = await self.server.service.submit(Actor(kiosk, Role.KIOSK), name, command)
        reply = decode_to_client(frame)
        if isinstance(reply, Accepted | Rejected):
            self.answers.append((kiosk, name, reply))

    # People ----------------------------------------------------------------------------------------------

    @rule(kiosk=kiosks, person=st.integers(-1, len(PEOPLE) - 1))
    def comes(self, kiosk: str, person: int) -> None:
        """Somebody wishes to be registered."""
        if kiosk in self.before:
            return
        if person == STRANGER:
            self.strangers += 1
            person = -self.strangers
        self.do(self._comes(kiosk, person))

    async def _comes(self, kiosk: str, person: int) -> None:
        post = self.kiosks[kiosk].post
        name = post.wish(card(PEOPLE[person]) if person >= 0 else anonymous())
        self.before[kiosk] = (person, name, asyncio.ensure_future(post.answer(name)))
        await self.settle()

    @rule(kiosk=kiosks, state=st.sampled_from(FINAL))
    def reads_the_answer(self, kiosk: str, state: PrintState) -> None:
        """The answer came in time, and its ticket is printed."""
        if kiosk in self.before and self.before[kiosk][2].done():
            self.do(self._reads(kiosk, state))

    async def _reads(self, kiosk: str, state: PrintState) -> None:
        person, _, asked = self.before.pop(kiosk)
        reply = asked.result()
        if isinstance(reply, Accepted) and isinstance(reply.result, Ticket):
            await self._prints(kiosk, person, reply.result, state)

    @rule(kiosk=kiosks, state=st.sampled_from(FINAL), fuse=st.sampled_from([None, None, None, 0, 1, 2]))
    def loses_patience(self, kiosk: str, state: PrintState, fuse: int | None) -> None:
        """Two seconds are over. fuse: after how much on the disk the kiosk is killed."""
        if kiosk in self.before and not self.before[kiosk][2].done():
            self.do(self._loses_patience(kiosk, state, fuse))

    async def _loses_patience(self, kiosk: str, state: PrintState, fuse: int | None) -> None:
        here = self.kiosks[kiosk]
        person, name, _ = self.before[kiosk]
        here.disk.fuse = fuse
        asked = asyncio.ensure_future(here.post.own_paper(name, here.desk))
        await self.settle()
        if not asked.done():
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            await self._killed(kiosk)
            return
        here.disk.fuse = None
        own = asked.result()
        if own is None:
            return
        self.before.pop(kiosk)
        await self._prints(kiosk, person, own, state)

    async def _prints(self, kiosk: str, person: int, ticket: Ticket, state: PrintState) -> None:
        post = self.kiosks[kiosk].post
        for phase in (PrintState.SENT, state):
            post.tell(Confirm(print=ticket.print, state=phase, number=ticket.number))
            await self.settle()
        papers = self.held.setdefault(person, {})
        if papers.get(ticket.number) is not PrintState.ACKNOWLEDGED:
            papers[ticket.number] = state

    @rule(kiosk=kiosks)
    def leaves(self, kiosk: str) -> None:
        """Somebody does not wait for anything."""
        if kiosk in self.before:
            self.before.pop(kiosk)[2].cancel()
            self.do(self.settle())

    @rule(choice=choices)
    def asks_at_the_desk(self, choice: int) -> None:
        """A clerk prints somebody's ticket once more."""
        self.do(self._asks_at_the_desk(choice))

    async def _asks_at_the_desk(self, choice: int) -> None:
        day = await self.server.day()
        people = await self._people(day)
        if not people:
            return
        person, visit = sorted(people.items())[choice % len(people)]
        command_id = f"01956000-0000-7000-9000-{self.clock.wall_ms():012x}"
        self.clock.advance(1)
        reply = decode_to_client(await self.server.service.submit(DESK, command_id, Reprint(visit=visit)))
        if isinstance(reply, Accepted) and isinstance(reply.result, Ticket):
            self.held.setdefault(person, {})[reply.result.number] = PrintState.ACKNOWLEDGED

    # The wire --------------------------------------------------------------------------------------------

    @rule(kiosk=kiosks)
    def connects(self, kiosk: str) -> None:
        here = self.kiosks[kiosk]
        if not here.wire.online:
            self.do(self._connects(kiosk))

    async def _connects(self, kiosk: str) -> None:
        self.kiosks[kiosk].up(self.clock.wall_ms())
        await self.settle()

    @rule(kiosk=kiosks)
    def disconnects(self, kiosk: str) -> None:
        """What the kiosk sent may still arrive, no answer does."""
        self.do(self._disconnects(kiosk))

    async def _disconnects(self, kiosk: str) -> None:
        self.kiosks[kiosk].down()
        self.answers = [answer for answer in self.answers if answer[0] != kiosk]
        await self.settle()

    @rule(kiosk=kiosks, choice=choices, twice=st.booleans())
    def arrives(self, kiosk: str, choice: int, twice: bool) -> None:
        """A command arrives at the server, in any order, perhaps twice."""
        sent = self.kiosks[kiosk].wire.sent
        if sent:
            index = choice % len(sent)
            name, command = sent[index] if twice else sent.pop(index)
            self.do(self._arrives(kiosk, name, command))

    async def _arrives(self, kiosk: str, name: str, command: Command) -> None:
        await self.submit(kiosk, name, command)
        await self.settle()

    @rule(kiosk=kiosks, choice=choices)
    def is_lost(self, kiosk: str, choice: int) -> None:
        sent = self.kiosks[kiosk].wire.sent
        if sent:
            sent.pop(choice % len(sent))

    @rule(choice=choices, kept=st.booleans())
    @precondition(lambda self: self.answers)
    def is_answered(self, choice: int, kept: bool) -> None:
        """An answer arrives, in any order, perhaps once more later."""
        index = choice % len(self.answers)
        kiosk, name, reply = self.answers[index] if kept else self.answers.pop(index)
        self.do(self._is_answered(kiosk, name, reply))

    async def _is_answered(self, kiosk: str, name: str, reply: Accepted | Rejected) -> None:
        self.kiosks[kiosk].wire.answer(name, reply)
        await self.settle()

    @rule(seconds=st.sampled_from([1, 20, 400]))
    def time_passes(self, seconds: int) -> None:
        self.do(self.server.pass_time(seconds * 1000))

    # Crashes ---------------------------------------------------------------------------------------------

    @rule(kiosk=kiosks)
    def kiosk_is_killed(self, kiosk: str) -> None:
        self.do(self._killed(kiosk))

    async def _killed(self, kiosk: str) -> None:
        here = self.kiosks[kiosk]
        waiting = self.before.pop(kiosk, None)
        await here.end()
        sent = here.wire.sent
        self.answers = [answer for answer in self.answers if answer[0] != kiosk]
        if waiting is not None:
            waiting[2].cancel()
        here.begin()
        # What it had sent is on its way all the same.
        here.wire.sent = sent
        if waiting is not None and (entry := here.outbox.entries.get(waiting[1])) and entry.paper:
            self.maybe.setdefault(waiting[0], set()).add(entry.paper.number)
        await self.settle()

    @rule()
    def server_restarts(self) -> None:
        self.do(self._server_restarts())

    async def _server_restarts(self) -> None:
        await self.end()
        await self.start()

    # The law ---------------------------------------------------------------------------------------------

    async def _people(self, day: Day) -> dict[int, str]:
        """The visit of each person with a card."""
        known = self.server.people
        found: dict[int, str] = {}
        for n, number in enumerate(PEOPLE):
            identity = card(number).identity
            assert identity is not None
            person = known.recognise(identity)
            visits = [visit.id for visit in day.visits.values() if person and visit.person == person]
            assert len(visits) <= 1
            found |= dict.fromkeys([n], visits[0]) if visits else {}
        return found

    @invariant()
    def no_number_is_on_the_papers_of_two(self) -> None:
        numbers = [number for papers in self.held.values() for number in papers]
        assert len(numbers) == len(set(numbers))

    def teardown(self) -> None:
        try:
            self.do(self._in_the_end())
        finally:
            self.loop.close()
            self.folder.cleanup()

    async def _in_the_end(self) -> None:
        for kiosk in self.before:
            self.before[kiosk][2].cancel()
        for kiosk, here in self.kiosks.items():
            if not here.wire.online:
                await self._connects(kiosk)
        for _ in range(400):
            for kiosk, here in self.kiosks.items():
                here.down()
                await self._connects(kiosk)
                sent, here.wire.sent = here.wire.sent, []
                for name, command in sent:
                    await self._arrives(kiosk, name, command)
                answers, self.answers = self.answers, []
                for answer in answers:
                    await self._is_answered(*answer)
            if not any(here.outbox.words or _open(here) for here in self.kiosks.values()):
                break
        else:
            raise AssertionError("the outbox never drained")
        await self._law(await self.server.day())
        for here in self.kiosks.values():
            await here.end()
        await self.end()

    async def _law(self, day: Day) -> None:
        people = await self._people(day)
        for person, papers in self.held.items():
            visits = {day.numbers[number] for number in papers}
            assert len(visits) == 1, "a paper of each number belongs to one visit, and a person has one"
            visit = day.visits[visits.pop()]
            if person >= 0:
                assert people[person] == visit.id
            assert Note.NUMBER_TAKEN not in visit.part.notes
            in_hand = {number for number, state in papers.items() if state is not PrintState.STALLED}
            given = {*papers, *self.maybe.get(person, ())}
            assert visit.part.number in given, "a visit has the number of a paper"
            if visit.part.number not in in_hand or len(in_hand) > 1:
                assert Note.TWO_PAPERS in visit.part.notes or len(given) == 1, (
                    "staff see that there are several"
                )
        holders = [person for person, papers in self.held.items() for _ in papers]
        assert len({day.numbers[n] for papers in self.held.values() for n in papers}) == len(set(holders))
        assert len([v for v in day.visits.values() if v.person]) == len(people)


def _open(here: OfflineKiosk) -> bool:
    return any(entry.is_open for entry in here.outbox.entries.values())


TestOnePaper = OnePaper.TestCase
TestOnePaper.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
