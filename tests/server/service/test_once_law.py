"""Law Once, and Fold with it: whatever store and process suffer, each id has one effect and one answer.

The rules of the house, a SQLite file, and a store that fails or dies between any two of its steps.
"""

import asyncio
import tempfile
from collections import Counter as Tally
from itertools import groupby
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from queue_server.engine.events import PersonForgotten, VisitRegistered
from queue_server.engine.facility import EXAM_SLOT, EmergencyPlan, KioskPlan, Reason, Service
from queue_server.engine.model import Day
from queue_server.protocol.codes import AlertKind, ClinicKind, IdentityKind, PrintState, ReasonKind
from queue_server.protocol.commands import (
    AcknowledgeAlert,
    AddExam,
    Attach,
    BookAppointment,
    Cancel,
    CheckInsurance,
    Command,
    Confirm,
    EscalateAlert,
    Forget,
    Identify,
    Identity,
    Insurance,
    NoteInsurance,
    OpenClinic,
    PrinterWorks,
    RaiseAlert,
    Register,
    SettleLane,
    StopIntake,
    TellInsurance,
    WithdrawAlert,
)
from queue_server.protocol.messages import Accepted, Rejected, ToClient, Unavailable
from queue_server.protocol.values import replaced
from queue_server.service import ENGINE
from queue_server.store.port import BrokenStorage, JournalEntry, NotDone, OutcomeUnknown
from queue_server.store.sql import SqlStore
from tests.server.service.counter import PATIENCE, Counter, anonymous, card, command_id, make, moment, until
from tests.server.service.scripted_store import ScriptedStore
from tests.server.service.small_hospital import small_hospital, words
from tests.support.fake_clock import FakeClock

TOKEN = "0123456789ABCDEF"
Fate = Literal["well", "not done", "lost before", "lost after", "dies before", "dies after", "restart"]

COMMANDS: list[Command] = [
    card("001080012345", "Nguyễn Văn An"),
    card("001080012345", "Nguyễn Văn An"),
    card("001170054321", "Trần Thị Bé", "2021-01-01"),
    anonymous(),
    anonymous(),
    StopIntake(reason="full", service="general"),
    OpenClinic(clinic="desk1"),
    OpenClinic(clinic="nowhere"),
    Identify(visit="2025-03-03-1", identity=Identity(IdentityKind.TYPED, "001080012345", phone="091234567")),
    Identify(visit="2025-03-03-2", identity=Identity(IdentityKind.TOLD, "", "Lý Thị Ví Dụ", "1950")),
    TellInsurance(visit="2025-03-03-1", insurance=Insurance("TE1790000000000", transfer=True)),
    Cancel(visit="2025-03-03-1", reason="left"),
    Forget(visit="2025-03-03-1"),
    card("001080012345"),
    # A kiosk without its server gave number and code, so that later commands can name them.
    Register(payer="fee", kind="exam", declared_priority=True, number="K01-001", at=0, token=TOKEN),
    Confirm(print="2025-03-03-1/p1", state=PrintState.ACKNOWLEDGED, number="K01-001", token=TOKEN),
    SettleLane(visit="2025-03-03-1", shown=False),
    Attach(visit="2025-03-03-1", service="general"),
    AddExam(token=TOKEN, service="eyes"),
    CheckInsurance(visit="2025-03-03-1"),
    NoteInsurance(visit="2025-03-03-1", card="001080012345", code="000", at=1, valid_until="2025-12-31"),
    BookAppointment(
        appointment="HEN-1",
        service="general",
        at=moment("2025-03-10 08:30"),
        identity=Identity(IdentityKind.TYPED, "001080012345"),
    ),
    BookAppointment(
        appointment="HEN-1",
        service="general",
        at=moment("2025-03-11 08:30"),
        identity=Identity(IdentityKind.TOLD, "", "Nguyễn Văn Ẩn"),
    ),
    RaiseAlert(kind=AlertKind.EMERGENCY, subject="kiosk1"),
    EscalateAlert(alert="alert-2", escalated=0),
    WithdrawAlert(alert="alert-2"),
    AcknowledgeAlert(alert="alert-2"),
    RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk1", detail="paper-80"),
    PrinterWorks(),
]
"""By id: the same id always carries the same command; the first two are two wishes of one person, who is
erased by a later one and comes again with one after it."""
MAY_CHANGE_NOTHING = (
    Forget,
    RaiseAlert,
    EscalateAlert,
    WithdrawAlert,
    AcknowledgeAlert,
    PrinterWorks,
    Confirm,
)
"""What is accepted, though it may be so already."""
AT_A_DESK = [14, 15, 16, 17, 18]
IN_THE_HOUSE = [0, 19, 20, 21, 22, 10]
ALARMED = [23, 24, 25, 26, 27, 28]
"""Stories in which the later commands find what they are about."""
HOSPITAL = replaced(
    small_hospital(),
    reasons={"left": Reason("left", ReasonKind.CANCEL, words("Tự về"))},
    services={
        **small_hospital().services,
        "eyes": Service("eyes", words("Mắt"), ClinicKind.EXAM, "R", 6, choosable=True),
    },
    routes={"fee": replaced(small_hospital().routes["fee"], steps=("reception", EXAM_SLOT))},
    kiosks={"kiosk1": KioskPlan("kiosk1", 1, "h1")},
    insurance_lookup=True,
    emergency=EmergencyPlan(first=("desk1",), then=("desk2",)),
)

rounds = st.lists(
    st.tuples(
        st.lists(st.integers(0, len(COMMANDS) - 1), max_size=6),
        st.sampled_from(
            ["well", "well", "not done", "lost before", "lost after", "dies before", "dies after", "restart"]
        ),
    ),
    max_size=8,
)


class House:
    """A server that is started again whenever it ended, over one file."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self._path = path
        self._clock = clock
        self._starts = 0
        self.counter: Counter

    async def start(self) -> None:
        self._starts += 1
        store = SqlStore(self._path, "small", f"w{self._starts}", exclusive=False)
        self.counter = make(ScriptedStore(store), clock=self._clock, rules=ENGINE, facility=HOSPITAL)
        await self.counter.service.start()

    async def end(self) -> None:
        assert await self.counter.service.stop(PATIENCE)
        await self.counter.service.close()

    async def send(self, ids: list[int], fate: Fate) -> list[ToClient]:
        if fate == "restart" or self.counter.service.broken:
            await self.end()
            await self.start()
        await self.patience()
        store = self.counter.store
        match fate:
            case "not done":
                store.fail("before", NotDone())
            case "lost before":
                store.fail("before", OutcomeUnknown())
            case "lost after":
                store.fail("after", OutcomeUnknown())
            case "dies before":
                store.fail("before", BrokenStorage())
            case "dies after":
                store.fail("after", BrokenStorage())
            case "well" | "restart":
                """Nothing happens."""
        return await asyncio.gather(*(self.counter.ask(number, COMMANDS[number]) for number in ids))

    async def patience(self) -> None:
        """Let the store be well again, until the service knows it."""
        service = self.counter.service
        self.counter.store.script.clear()
        while service.degraded:
            await until(lambda: self.counter.asleep or not service.degraded)
            self._clock.advance(5_000)

    def known(self, day: Day) -> dict[str, tuple[str, str]]:
        """Whom staff know by which name, of those who came this day."""
        persons = {visit.person for visit in day.visits.values() if visit.person}
        return {person: self.counter.people.name_of(person) for person in persons}

    def journal(self) -> list[JournalEntry]:
        days = {batch.entries[0].day for batch in self.counter.store.commits if batch.entries} | {
            "2025-03-03"
        }
        return [entry for day in sorted(days) for entry in self.counter.store.inner.journal(day)]


@settings(max_examples=60, deadline=None)
@given(rounds)
@example([([0], "well"), ([], "well"), ([0], "dies before")])
@example([(AT_A_DESK, "lost after"), (AT_A_DESK, "restart")])
@example([(IN_THE_HOUSE, "lost after"), (IN_THE_HOUSE, "dies after"), (IN_THE_HOUSE, "well")])
@example([([each], fate) for each in ALARMED for fate in ("dies after", "well")])
def test_once(story: list[tuple[list[int], Fate]]) -> None:
    async def tell(folder: str) -> None:
        house = House(Path(folder) / "queue.db", FakeClock(moment("2025-03-03 06:30")))
        await house.start()
        answers: dict[int, ToClient] = {}
        for ids, fate in story:
            house.counter.clock.advance(1_000)
            for number, answer in zip(ids, await house.send(ids, fate), strict=True):
                if not isinstance(answer, Unavailable):
                    assert isinstance(answer, Accepted | Rejected)
                    assert answers.setdefault(number, answer) == answer
        unanswered = list(range(len(COMMANDS)))
        # Time moves by itself: a fate that no command of the last round met may still strike the clock's own
        # commit, and whoever asks meanwhile is told to ask again. Once is enough: no other fate is in store.
        for _ in range(2):
            asked, unanswered = unanswered, []
            for number, answer in zip(asked, await house.send(asked, "well"), strict=True):
                if isinstance(answer, Unavailable):
                    unanswered.append(number)
                else:
                    assert answers.setdefault(number, answer) == answer
        assert not unanswered
        known = house.known(await house.counter.day())
        await house.end()
        await house.start()
        day = await house.counter.day()
        assert house.known(day) == known
        journal = await house.counter.service._storage.call(house.journal)
        registered = Tally(entry.command_id for entry in journal if isinstance(entry.event, VisitRegistered))
        assert set(registered.values()) <= {1}
        assert len(day.visits) == sum(registered.values())
        for number, answer in answers.items():
            if isinstance(answer, Rejected):
                assert all(entry.command_id != command_id(number) for entry in journal)
            elif not isinstance(COMMANDS[number], MAY_CHANGE_NOTHING):
                assert any(entry.command_id == command_id(number) for entry in journal)
        # What one command did, it did in one go.
        acts = [act for act, _ in groupby(entry.command_id for entry in journal) if act]
        assert len(acts) == len(set(acts))
        assert [entry.seq for entry in journal] == list(range(1, house.counter.service.seq + 1))
        assert ENGINE.fold(journal) == day
        erased = {entry.event.person for entry in journal if isinstance(entry.event, PersonForgotten)}
        rows = await house.counter.service._storage.people(known.keys())
        assert {row.person for row in rows} == known.keys() - erased
        assert all(known[person] == ("", "") for person in erased)
        await house.end()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell(folder))


@pytest.mark.parametrize("story", [AT_A_DESK, IN_THE_HOUSE, ALARMED], ids=["desk", "house", "alarm"])
def test_the_law_is_tried_with_commands_that_are_carried_out(story: list[int]) -> None:
    async def tell(folder: str) -> None:
        house = House(Path(folder) / "queue.db", FakeClock(moment("2025-03-03 06:30")))
        await house.start()
        answers = [answer for number in story for answer in await house.send([number], "well")]
        assert {type(answer) for answer in answers} == {Accepted}, answers
        await house.end()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell(folder))
