"""A commit ends done, not done or unknown; whatever it is, no answer is ever untrue."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import pytest

from queue_server.engine.model import Day
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import StopIntake
from queue_server.protocol.messages import Accepted, Rejected, Unavailable
from queue_server.service import EXIT_BROKEN_STORAGE, NotServing
from queue_server.store.memory import MemoryStore, Shelf
from queue_server.store.port import (
    Batch,
    BrokenStorage,
    DataRefused,
    LostOwnership,
    NotDone,
    OutcomeUnknown,
    ReplyKey,
    StoredReply,
)
from tests.server.service.counter import (
    PATIENCE,
    Counter,
    anonymous,
    at_work,
    card,
    command_id,
    make,
    poison,
    run,
    until,
)
from tests.server.service.plain_rules import PLAIN, POISON_DECIDE, POISON_EVOLVE


def test_not_done_is_unavailable_and_asking_again_does_it() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("before", NotDone("disk full"))
        assert isinstance(await counter.ask(1, anonymous()), Unavailable)
        assert not (await counter.day()).visits
        assert isinstance(await counter.ask(1, anonymous()), Accepted)
        assert len((await counter.day()).visits) == 1
        assert not counter.service.degraded
        assert len(counter.published) == 2

    run(test)


def test_an_error_after_the_commit_gives_the_answer_that_was_stored() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("after", OutcomeUnknown("connection lost"))
        answer = await counter.ask(1, card("001080012345", "Trần Thị Bưởi"))
        assert isinstance(answer, Accepted)
        day = await counter.day()
        assert len(day.visits) == 1
        assert day.seq == counter.service.seq == answer.seq
        assert [seq for _, seq, _ in counter.published] == [1, 2]
        assert counter.people.find(day, "buoi", names=True).visits
        assert await counter.ask(1, card("001080012345", "Trần Thị Bưởi")) == answer

    run(test)


def test_an_error_before_the_commit_of_unknown_outcome_is_unavailable() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("before", OutcomeUnknown("connection lost"))
        assert isinstance(await counter.ask(1, card("001080012345")), Unavailable)
        assert not (await counter.day()).visits
        assert not len(counter.people)
        assert len(counter.published) == 1

    run(test)


def test_a_batch_of_refusals_with_unknown_outcome_is_looked_up_too() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("after", OutcomeUnknown("connection lost"))
        answer = await counter.ask(1, poison(POISON_DECIDE))
        assert isinstance(answer, Rejected)
        assert counter.store.reopened == 1

    run(test)


def test_an_error_nobody_foresaw_counts_as_unknown() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("after", RuntimeError("a bug"))
        assert isinstance(await counter.ask(1, anonymous()), Accepted)
        assert counter.service.metrics.unknown == 1

    run(test)


def test_while_the_disk_is_full_everything_is_unavailable_and_the_day_can_be_looked_at() -> None:
    async def test(counter: Counter) -> None:
        await counter.ask(1, anonymous())
        counter.store.fail("before", NotDone("disk full"), times=3)
        assert isinstance(await counter.ask(2, anonymous()), Unavailable)
        await until(lambda: counter.asleep)
        assert counter.service.degraded
        assert isinstance(await counter.ask(3, anonymous()), Unavailable)
        assert len((await counter.day()).visits) == 1
        counter.clock.advance(100)
        await until(lambda: not counter.store.script and counter.asleep)
        counter.clock.advance(200)
        await until(lambda: not counter.service.degraded)
        assert isinstance(await counter.ask(2, anonymous()), Accepted)

    run(test)


def test_a_store_that_cannot_be_reopened_is_tried_again_with_growing_pauses() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("after", OutcomeUnknown("connection lost"))
        counter.store.deaf.extend([NotDone("locked")] * 8)
        assert isinstance(await counter.ask(1, anonymous()), Unavailable)
        pauses = []
        while counter.service.degraded:
            begun = counter.clock.monotonic_ms()
            await until(lambda: counter.asleep or not counter.service.degraded)
            if counter.service.degraded:
                (wake,) = counter.clock.waiting
                pauses.append(wake - begun)
                counter.clock.advance(wake - begun)
                await until(partial(_woken, counter, wake))
        assert pauses == [100, 200, 400, 800, 1600, 3200, 5000, 5000]
        answer = await counter.ask(1, anonymous())
        assert isinstance(answer, Accepted)
        assert len((await counter.day()).visits) == 1

    run(test)


def _woken(counter: Counter, wake: int) -> bool:
    return wake not in counter.clock.waiting


def test_a_slow_commit_is_waited_for_and_those_who_left_cancel_nothing() -> None:
    async def test(counter: Counter) -> None:
        counter.store.hold()
        leaving, staying = counter.send(1, anonymous()), counter.send(2, anonymous())
        await asyncio.to_thread(counter.store.held.wait, 10)
        later = counter.send(3, anonymous())
        looking = asyncio.create_task(counter.day())
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        counter.clock.advance(3_600_000)
        for _ in range(50):
            await asyncio.sleep(0)
        assert not staying.done()
        assert not later.done()
        assert not looking.done()
        assert len(counter.published) == 1
        assert counter.service.seq == 1
        counter.store.release()
        assert isinstance(await staying, Accepted)
        assert isinstance(await later, Accepted)
        assert len((await looking).visits) >= 2
        assert isinstance(await counter.ask(1, anonymous()), Accepted)
        assert len((await counter.day()).visits) == 3

    run(test)


def test_a_commit_outlives_the_cancellation_of_its_task() -> None:
    async def whole() -> None:
        counter = make()
        await counter.service.start()
        counter.store.hold()
        asked = counter.send(1, anonymous())
        await asyncio.to_thread(counter.store.held.wait, 10)
        (task,) = [task for task in asyncio.all_tasks() if task.get_name() == "service"]
        task.cancel()
        await asyncio.sleep(0)
        counter.store.release()
        assert isinstance(await asked, Accepted)
        assert isinstance(await counter.ask(2, anonymous()), Unavailable)
        assert await counter.service.stop(PATIENCE)
        await counter.service.close()

    asyncio.run(whole())


def test_a_failing_medium_ends_the_process() -> None:
    async def whole() -> None:
        counter = make()
        await counter.service.start()
        counter.store.fail("after", BrokenStorage("fsync: input/output error"))
        assert isinstance(await counter.ask(1, anonymous()), Unavailable)
        assert counter.broken == 1
        assert counter.service.broken
        assert counter.service.degraded
        assert isinstance(await counter.ask(2, anonymous()), Unavailable)
        await counter.service.stop(PATIENCE)
        with pytest.raises(NotServing):
            await counter.day()
        assert EXIT_BROKEN_STORAGE == 74
        await counter.service.close()

    asyncio.run(whole())


def test_a_second_writer_ends_the_first_ones_ownership() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as first:
            await first.ask(1, anonymous())
            async with at_work(make(MemoryStore("small", "w2", shelf))) as second:
                assert isinstance(await first.ask(2, anonymous()), Unavailable)
                assert not first.service.owner
                assert first.lost == 1
                assert isinstance(await first.ask(3, anonymous()), Unavailable)
                assert isinstance(await second.ask(2, anonymous()), Accepted)
                assert len((await second.day()).visits) == 2

    asyncio.run(whole())


def test_losing_ownership_while_recovering_ends_it_too() -> None:
    async def test(counter: Counter) -> None:
        counter.store.fail("before", OutcomeUnknown("connection lost"))
        counter.store.deaf.append(LostOwnership("w2"))
        assert isinstance(await counter.ask(1, anonymous()), Unavailable)
        assert not counter.service.owner

    run(test)


def test_a_command_whose_deciding_fails_is_refused_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def test(counter: Counter) -> None:
        answers = await asyncio.gather(
            counter.ask(1, anonymous()), counter.ask(2, poison(POISON_DECIDE)), counter.ask(3, anonymous())
        )
        assert [type(answer) for answer in answers] == [Accepted, Rejected, Accepted]
        assert isinstance(answers[1], Rejected)
        assert answers[1].code is Refusal.INTERNAL
        assert len(counter.store.commits) == 2
        assert await counter.ask(2, poison(POISON_DECIDE)) == answers[1]

    with caplog.at_level(logging.DEBUG):
        run(test)
    (record,) = [record for record in caplog.records if getattr(record, "action", "") == "decide"]
    assert record.__dict__["command_id"] == command_id(2)
    assert "Bí Mật" not in caplog.text


def test_a_command_whose_events_do_not_fold_is_refused_alone() -> None:
    async def test(counter: Counter) -> None:
        answers = await asyncio.gather(
            counter.ask(1, card("001080012345")),
            counter.ask(2, poison(POISON_EVOLVE)),
            counter.ask(1, card("001080012345")),
            counter.ask(3, anonymous()),
        )
        assert [type(answer) for answer in answers] == [Accepted, Rejected, Accepted, Accepted]
        assert answers[0] == answers[2]
        day = await counter.day()
        assert len(day.visits) == 2
        assert not day.intake_stopped
        assert await counter.ask(2, poison(POISON_EVOLVE)) == answers[1]

    run(test)


def test_rows_the_store_refuses_are_tried_one_by_one() -> None:
    class Choosy(MemoryStore):
        def commit(self, batch: Batch) -> None:
            if "poison" in repr(batch.entries):
                raise DataRefused
            super().commit(batch)

    async def test(counter: Counter) -> None:
        answers = await asyncio.gather(
            counter.ask(1, anonymous()),
            counter.ask(2, StopIntake(reason="poison")),
            counter.ask(3, anonymous()),
        )
        assert [type(answer) for answer in answers] == [Accepted, Rejected, Accepted]
        assert not (await counter.day()).intake_stopped
        assert await counter.ask(2, StopIntake(reason="poison")) == answers[1]

    run(test, make(Choosy("small", "w1")))


def test_what_cannot_be_published_is_answered_all_the_same() -> None:
    async def test(counter: Counter) -> None:
        def broken_screen(day: Day, events: object) -> None:
            raise RuntimeError("views")

        counter.service._publish = broken_screen
        assert isinstance(await counter.ask(1, anonymous()), Accepted)

    run(test)


def test_a_store_that_fails_while_ids_are_looked_up_is_recovered() -> None:
    class Busy(MemoryStore):
        busy = True

        def replies(self, keys: Iterable[ReplyKey]) -> dict[ReplyKey, StoredReply]:
            if self.busy:
                self.busy = False
                raise NotDone
            return super().replies(keys)

    async def test(counter: Counter) -> None:
        assert isinstance(await counter.ask(1, anonymous()), Unavailable)
        assert isinstance(await counter.ask(1, anonymous()), Accepted)

    run(test, make(Busy("small", "w1")))


def test_stop_answers_what_waits_and_takes_nothing_new() -> None:
    async def whole() -> None:
        counter = make()
        await counter.service.start()
        counter.store.hold()
        first = counter.send(1, anonymous())
        await asyncio.to_thread(counter.store.held.wait, 10)
        second = counter.send(2, anonymous())
        await asyncio.sleep(0)
        stopping = asyncio.create_task(counter.service.stop(PATIENCE))
        await asyncio.sleep(0)
        assert isinstance(await counter.ask(3, anonymous()), Unavailable)
        counter.store.release()
        assert await stopping
        assert isinstance(await first, Accepted)
        assert isinstance(await second, Accepted)
        await counter.service.close()

    asyncio.run(whole())


def test_stop_does_not_wait_for_a_hanging_disk_for_ever() -> None:
    async def whole() -> None:
        counter = make()
        await counter.service.start()
        counter.store.hold()
        first = counter.send(1, anonymous())
        await asyncio.to_thread(counter.store.held.wait, 10)
        second = counter.send(2, anonymous())
        await asyncio.sleep(0)
        assert not await counter.service.stop(0.01)
        assert isinstance(await second, Unavailable)
        counter.store.release()
        assert isinstance(await first, Accepted)
        assert await counter.service.stop(PATIENCE)
        await counter.service.close()

    asyncio.run(whole())


def test_a_journal_this_code_cannot_fold_stops_the_start() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.ask(1, anonymous())

        def refuse(*_: object) -> None:
            raise KeyError("visit")

        later = make(MemoryStore("small", "w2", shelf), rules=replace(PLAIN, evolve=refuse))
        with pytest.raises(Exception, match="cannot be folded"):
            await later.service.start()

    asyncio.run(whole())


def test_a_bug_in_the_rules_of_time_ends_the_process_instead_of_leaving_it_deaf() -> None:
    def broken(day: Day) -> int | None:
        if day.visits:
            raise RuntimeError("a bug")
        return None

    async def whole() -> None:
        counter = make(rules=replace(PLAIN, next_due=broken))
        await counter.service.start()
        assert isinstance(await counter.ask(1, anonymous()), Accepted)
        await until(lambda: counter.broken)
        assert isinstance(await counter.ask(2, anonymous()), Unavailable)
        assert await counter.service.stop(PATIENCE)
        await counter.service.close()

    asyncio.run(whole())


def test_a_stop_while_the_store_is_away_leaves_the_rest_unavailable() -> None:
    async def whole() -> None:
        counter = make()
        await counter.service.start()
        counter.store.fail("before", NotDone("disk full"), times=99)
        asked = [counter.send(number, poison(POISON_EVOLVE)) for number in range(3)]
        await until(lambda: counter.asleep and counter.service.degraded)
        assert await counter.service.stop(0.01)
        assert {type(answer) for answer in await asyncio.gather(*asked)} == {Unavailable}
        await counter.service.close()

    asyncio.run(whole())
