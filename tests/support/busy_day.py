"""A busy day as its devices live it: kiosks that register, desks and rooms that call, a supervisor who
changes things. Every wish is remembered with its answer, whatever becomes of the server meanwhile."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from queue_server.client import Change, Connection, Link, LinkState
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    HallState,
    Help,
    IdentityKind,
    Lane,
    Notice,
    PresenceKind,
    PrintState,
    Role,
)
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Called, StepsAdded, Ticket
from queue_server.protocol.rows import ClinicCard, HallCall
from tests.support.proofs import Reply

HALLS = ("hall-1", "hall-2", "hall-3")
CLINICS = (
    "reception-1",
    "reception-2",
    "vitals",
    "cashier-5",
    "cashier-6",
    "sampling",
    "ultrasound-1",
    "x-ray",
    *(f"room-{n}" for n in (1, 2, 5, 9, 11, 14, 16, 19, 20)),
    "pharmacy-7",
)
TESTS = ("sampling", "ultrasound", "x-ray", "ecg")
ROUTES = (("insured", "exam"), ("fee", "exam"), ("fee", "tests"), ("insured", "tests"))
EXAMS = ("general", "cardiology", "surgery", "paediatrics", "eyes", "ent", "skin", "obstetrics")


@dataclass(slots=True)
class Line:
    """One device's link to the server, kept up however often the server dies."""

    device: str
    connection: Connection
    running: "asyncio.Task[None]"


@dataclass(slots=True)
class Day:
    """Everything that was wished on this day, and what came of it.

    asked, answered: by device and id, every command and every answer that arrived. calls: (step, number,
    moment) of each call that a hall was shown.
    """

    address: str
    chance: random.Random
    asked: dict[tuple[str, str], Command] = field(default_factory=dict)
    answered: dict[tuple[str, str], Reply] = field(default_factory=dict)
    calls: set[tuple[str, str, int]] = field(default_factory=set)
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)
    tickets: list[Ticket] = field(default_factory=list)
    people: int = 0
    _lines: list[Line] = field(default_factory=list)
    _in_hand: dict[str, str | None] = field(default_factory=dict)
    _ordered: list[str] = field(default_factory=list)
    server_is_there: bool = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running = {line.running for line in self._lines}
        while running:
            # Once may not be enough: a wait that ends in the same moment swallows it in Python 3.11.
            for task in running:
                task.cancel()
            _, running = await asyncio.wait(running, timeout=1)

    def join(self, device: str, role: Role, *topics: str) -> Line:
        """One more connection of a device."""

        def linked(link: Link) -> None:
            if link.state is LinkState.WAITING and self.server_is_there:
                # It died and is back already: no need to be patient. Soon, because now the wait begins.
                asyncio.get_running_loop().call_soon(connection.come_back_now)

        def changed(change: Change) -> None:
            if change.topic.startswith("hall:"):
                rows = connection.rows(change.topic)
                for key in change.put:
                    row = rows.get(key)
                    if isinstance(row, HallCall) and row.state is HallState.CALLED:
                        self.calls.add((row.key, row.call_sign, row.at))

        connection = Connection(
            (self.address,), role, f"demo-{device}", client="busy day", on_change=changed, on_link=linked
        )
        for topic in topics:
            connection.subscribe(topic)
        line = Line(device, connection, asyncio.create_task(connection.run(), name=f"link of {device}"))
        self._lines.append(line)
        return line

    def come_back(self) -> None:
        """The server is there again."""
        self.server_is_there = True
        for line in self._lines:
            line.connection.come_back_now()

    async def ask(
        self, line: Line, command: Command, *, twice: Line | None = None, again: str | None = None
    ) -> Reply:
        """Wish for something and wait for the answer.

        twice: ask for the same on another link of the device, too. again: the id of an earlier wish.
        """
        wish = line.connection.submit(command, again)
        self.asked[line.device, wish.id] = command
        double = twice.connection.submit(command, wish.id) if twice is not None else wish
        reply, other = await wish.answer, await double.answer
        known = self.answered.setdefault((line.device, wish.id), reply)
        assert known == reply == other, f"two answers to {wish.id}: {known}, {reply}, {other}"
        async with self._heard:
            self._heard.notify_all()
        if isinstance(reply, Accepted) and isinstance(reply.result, Ticket) and not again:
            self.tickets.append(reply.result)
        return reply

    async def answers(self, count: int) -> None:
        """Wait until so many more answers came."""
        wanted = len(self.answered) + count
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.answered) >= wanted)

    # Who does what ---------------------------------------------------------------------------------------

    async def arrivals(self, lines: Sequence[Line], count: int) -> None:
        """Patients at the kiosks: most with a card, some twice, some only for a number."""
        await asyncio.gather(*(self._arrival(lines) for _ in range(count)))

    async def _arrival(self, lines: Sequence[Line]) -> None:
        chance = self.chance
        line = chance.choice(lines)
        again = [other for other in lines if other is not line and other.device == line.device]
        twice = chance.choice(again) if again and chance.random() < 0.15 else None
        reply = await self.ask(line, self.somebody(), twice=twice)
        if isinstance(reply, Accepted) and isinstance(reply.result, Ticket):
            paper = reply.result
            state = PrintState.ACKNOWLEDGED if chance.random() < 0.9 else PrintState.UNKNOWN
            await self.ask(line, c.Confirm(print=paper.print, state=state, number=paper.number))

    def somebody(self) -> c.Register:
        """The next person at a kiosk; one in ten was there before."""
        chance = self.chance
        if chance.random() < 0.15:
            return c.Register(payer="ask", kind="reception")
        self.people += 1
        person = chance.randrange(1, self.people + 1) if chance.random() < 0.1 else self.people
        payer, kind = chance.choice(ROUTES)
        identity = c.Identity(
            kind=IdentityKind.CARD,
            number=f"0{person:011d}",
            name=f"Trần Thị Số {person}",
            birth=f"{1930 + person % 90}-05-19",
        )
        service = chance.choice(EXAMS) if (payer, kind) == ("fee", "exam") else None
        return c.Register(payer=payer, kind=kind, identity=identity, service=service)

    async def work(self, line: Line, clinic: str, turns: int) -> None:
        """Turns at one clinic: call, sometimes again, order tests, set aside, take back, finish."""
        step: str | None = self._in_hand.get(clinic)
        for _ in range(turns):
            step = await self._turn(line, clinic, step)
            self._in_hand[clinic] = step

    async def _turn(self, line: Line, clinic: str, step: str | None) -> str | None:
        chance = self.chance
        deed = chance.choices(
            ("next", "recall", "start", "finish", "order", "hold", "undo", "result"),
            (8, 1, 1, 2, 2, 1, 1, 1),
        )[0]
        match deed:
            case "recall" if step is not None:
                await self.ask(line, c.Recall(step=step, times_called=1))
            case "start" if step is not None:
                await self.ask(line, c.Start(step=step))
            case "finish" if step is not None:
                reply = await self.ask(line, c.Finish(step=step))
                return None if isinstance(reply, Accepted) else step
            case "hold" if step is not None:
                reply = await self.ask(line, c.Hold(step=step))
                if isinstance(reply, Accepted):
                    await self.ask(line, c.Resume(step=step))
                    return None
            case "order" if step is not None and clinic.startswith("room"):
                orders = tuple(c.Order(service=name) for name in chance.sample(TESTS, 2))
                visit = step.rpartition(".")[0]
                reply = await self.ask(line, c.AddSteps(visit=visit, orders=orders, step=step, back=True))
                if isinstance(reply, Accepted) and isinstance(reply.result, StepsAdded):
                    self._ordered += reply.result.steps[:2]
                    await self.ask(line, c.Finish(step=step))
                    return None
            case "undo":
                card = line.connection.rows(f"clinic:{clinic}").get(clinic)
                if isinstance(card, ClinicCard) and card.act:
                    await self.ask(line, c.Undo(clinic=clinic, act=card.act))
                    return self._shown_in_hand(line, clinic)
            case "result" if self._ordered:
                await self.ask(line, c.ResultReady(step=chance.choice(self._ordered)))
            case _:
                reply = await self.ask(line, c.CallNext(clinic=clinic, after=step))
                if isinstance(reply, Accepted) and isinstance(reply.result, Called):
                    return reply.result.step
                return self._shown_in_hand(line, clinic)
        return step

    def _shown_in_hand(self, line: Line, clinic: str) -> str | None:
        """What the clinic's screen shows as in hand."""
        rows = line.connection.rows(f"clinic:{clinic}").values()
        hand = [row.key for row in rows if getattr(row, "state", "") in ("called", "serving")]
        return hand[0] if hand else None

    async def interfere(self, line: Line, turns: int) -> None:
        """A supervisor: lanes, presence, cancelling, announcements, intake."""
        for _ in range(turns):
            await self.ask(line, self._interference())

    def _interference(self) -> Command:
        if not self.tickets:
            return c.Announce(notice=Notice.SYSTEM_BACK)
        visit = self.chance.choice(self.tickets).visit
        return self.chance.choice(
            (
                c.ChangeLane(visit=visit, lane=Lane.PRIORITY, reason="lane-papers"),
                c.SetPresence(visit=visit, presence=PresenceKind.HERE, hall="hall-2"),
                c.SetHelp(visit=visit, help=(Help.WHEELCHAIR,)),
                c.Cancel(visit=visit, reason="cancel-patient"),
                c.Announce(notice=Notice.FOLLOW_STAFF, hall=self.chance.choice(HALLS)),
                c.Reprint(visit=visit),
                c.StopIntake(service="dental", reason="intake-full"),
                c.ReopenIntake(service="dental"),
                c.AddSteps(visit=visit, orders=(c.Order(service=self.chance.choice(EXAMS)),)),
            )
        )

    def told(self) -> str:
        """What became of the wishes, in counts."""
        counts = Counter(
            str(reply.code) if isinstance(reply, Rejected) else str(reply.result.__class__.__name__)
            for reply in self.answered.values()
        )
        return ", ".join(f"{count} {name}" for name, count in counts.most_common())
