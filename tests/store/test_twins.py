"""Twin: memory and SQLite told the same story end alike."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from queue_server.engine.events import IntakeChanged
from queue_server.protocol.codes import StepState
from queue_server.store.memory import MemoryStore, Shelf
from queue_server.store.port import Batch, ReplyKey, Store, StoreError
from queue_server.store.sql import SqlStore
from tests.support.store_stories import AT, FACILITY, entries, person, registered, reply, visit_with_step

DAYS = ("2026-11-23", "2026-11-24")
NAMES = st.sampled_from(["an", "binh", "chi"])
HASHES = st.lists(st.sampled_from([b"card", b"phone", b"other"]), max_size=3, unique=True)


class Twins(RuleBasedStateMachine):
    """Two writers, first and second, each on both media; every call is made twice and must say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        shelf, path = Shelf(), Path(self.folder.name) / "queue.db"
        self.pairs: list[tuple[Store, Store]] = [
            (
                MemoryStore(FACILITY, writer, shelf),
                SqlStore(path, FACILITY, writer, exclusive=False, busy_ms=50),
            )
            for writer in ("first", "second")
        ]
        self.day = DAYS[0]
        self.seq = 0
        self.count = 0
        self.both(0, "open")

    def teardown(self) -> None:
        for _, kept in self.pairs:
            kept.close()
        self.folder.cleanup()

    def both(self, writer: int, call: str, *arguments: Any, **named: Any) -> Any:
        said = [self.said(store, call, *arguments, **named) for store in self.pairs[writer]]
        assert said[0] == said[1], (call, said)
        return said[0]

    @staticmethod
    def said(store: Store, call: str, *arguments: Any, **named: Any) -> Any:
        try:
            answer = getattr(store, call)(*arguments, **named)
            if call == "people":
                return sorted(answer, key=lambda row: row.person)
            return list(answer) if call in {"journal", "patients"} else answer
        except StoreError as error:
            return type(error)

    def commit(self, writer: int, batch: Batch) -> None:
        if self.both(writer, "commit", batch) is None and batch.entries:
            self.seq = batch.entries[-1].seq

    @rule(writer=st.sampled_from([0, 1]), call=st.sampled_from(["open", "reopen", "close"]))
    def turn(self, writer: int, call: str) -> None:
        self.both(writer, call)

    @rule(writer=st.sampled_from([0, 0, 0, 1]), count=st.integers(0, 3), answer=st.integers(0, 40))
    def tell(self, writer: int, count: int, answer: int) -> None:
        """Sometimes with an answer that is there already."""
        events = [IntakeChanged("", f"{self.seq + n}") for n in range(count)]
        told = entries(events, self.seq, day=self.day, command_id=str(answer))
        self.commit(writer, Batch(self.seq, told, [reply(str(answer), at=AT + answer)], [], []))

    @rule(shift=st.sampled_from([-1, 1]))
    def tell_beside_the_head(self, shift: int) -> None:
        if self.seq + shift >= 0:
            events = entries([IntakeChanged("", "late")], self.seq + shift, day=self.day)
            self.commit(0, Batch(self.seq + shift, events, [], [], []))

    @rule(ordinal=st.integers(1, 4), state=st.sampled_from(StepState))
    def register(self, ordinal: int, state: StepState) -> None:
        visit, step = visit_with_step(ordinal, state, self.day)
        self.commit(0, Batch(self.seq, registered(visit, step, self.seq), [], [visit], [step]))

    @rule(name=NAMES, hashes=HASHES, after=st.integers(0, 5), day=st.sampled_from(DAYS))
    def keep_person(self, name: str, hashes: list[bytes], after: int, day: str) -> None:
        self.commit(0, Batch(self.seq, [], [], [], [], [person(name, *hashes, day=day, at=AT + after)]))

    @rule(name=NAMES, after=st.integers(0, 5))
    def keep_until(self, name: str, after: int) -> None:
        self.commit(0, Batch(self.seq, [], [], [], [], kept={name: AT + after}))

    @rule(writer=st.sampled_from([0, 0, 1]), people=st.integers(0, 6), answers=st.integers(0, 40))
    def forget(self, writer: int, people: int, answers: int) -> None:
        self.both(writer, "forget", AT + people, AT + answers)

    @rule(people=st.integers(0, 6))
    def forget_beside_a_register(self, people: int) -> None:
        self.both(0, "forget", AT + people, AT, standing=True)

    @rule(name=NAMES)
    def erase(self, name: str) -> None:
        self.commit(0, Batch(self.seq, [], [], [], [], forgotten=[name]))

    @rule()
    def next_day(self) -> None:
        self.day = DAYS[1]

    @invariant()
    def they_keep_the_same(self) -> None:
        keys = [ReplyKey("kiosk_1", str(n)) for n in range(41)]
        for writer in (0, 1):
            self.both(writer, "replies", keys)
            self.both(writer, "people_by_hash", [b"card", b"phone", b"other", b"nobody"])
            for day in DAYS:
                self.both(writer, "patients", day)
            self.both(writer, "people", ["an", "binh", "nobody"])
        for day in DAYS:
            self.both(0, "journal", day)
            self.both(0, "read_projection", day)
            for ordinal in range(1, 5):
                self.both(0, "read_visit_journal", f"{day}-{ordinal}")
        assert self.both(0, "read_chain_break") is None


Twins.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestTwins = Twins.TestCase
