"""Once: the same sender and id is the same command, with one effect and one answer."""

import asyncio

from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import ReopenIntake, StopIntake
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.store.memory import MemoryStore, Shelf
from tests.server.service.counter import DESK, Counter, anonymous, at_work, card, make, run


def test_a_command_is_answered_after_its_commit_and_published_before() -> None:
    async def test(counter: Counter) -> None:
        answer = await counter.ask(1, card("001080012345"))
        assert isinstance(answer, Accepted)
        assert answer.seq == counter.service.seq == 2
        assert [seq for _, seq, _ in counter.published] == [1, 2]
        assert len((await counter.day()).visits) == 1

    run(test)


def test_the_same_id_later_gets_the_same_answer_and_does_nothing() -> None:
    async def test(counter: Counter) -> None:
        first = await counter.ask(1, anonymous())
        await counter.ask(2, anonymous())
        assert await counter.ask(1, anonymous()) == first
        assert len((await counter.day()).visits) == 2

    run(test)


def test_the_same_id_in_one_batch_has_one_effect() -> None:
    async def test(counter: Counter) -> None:
        answers = await asyncio.gather(*(counter.ask(1, anonymous()) for _ in range(5)))
        assert len(set(map(repr, answers))) == 1
        assert len((await counter.day()).visits) == 1
        assert counter.service.metrics.batches == 2

    run(test)


def test_two_senders_may_use_the_same_id() -> None:
    async def test(counter: Counter) -> None:
        await counter.ask(1, anonymous())
        await counter.ask(1, anonymous(), DESK)
        assert len((await counter.day()).visits) == 2

    run(test)


def test_a_known_id_with_another_command_is_refused_and_the_first_answer_stays() -> None:
    async def test(counter: Counter) -> None:
        first = await counter.ask(1, anonymous())
        other = await counter.ask(1, StopIntake(reason="full"))
        assert isinstance(other, Rejected)
        assert other.code is Refusal.ID_REUSED
        assert await counter.ask(1, anonymous()) == first
        together = await asyncio.gather(
            counter.ask(2, anonymous()), counter.ask(2, StopIntake(reason="full"))
        )
        assert [type(answer) for answer in together] == [Accepted, Rejected]

    run(test)


def test_a_refusal_is_stored_too() -> None:
    async def test(counter: Counter) -> None:
        refused = await counter.ask(1, ReopenIntake())
        assert isinstance(refused, Rejected)
        await counter.ask(2, StopIntake(reason="full"))
        assert await counter.ask(1, ReopenIntake()) == refused
        assert await counter.ask(3, ReopenIntake()) != refused
        assert counter.store.commits[1].entries == []

    run(test)


def test_answers_outlive_a_restart() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            first = await counter.ask(1, card("001080012345"))
            refused = await counter.ask(2, ReopenIntake())
        async with at_work(make(MemoryStore("small", "w2", shelf))) as counter:
            assert await counter.ask(1, card("001080012345")) == first
            assert await counter.ask(2, ReopenIntake()) == refused
            other = await counter.ask(1, anonymous())
            assert isinstance(other, Rejected)
            assert other.code is Refusal.ID_REUSED
            assert len((await counter.day()).visits) == 1

    asyncio.run(whole())


def test_a_full_mailbox_says_busy_and_stores_nothing() -> None:
    async def test(counter: Counter) -> None:
        counter.store.hold()
        waiting = [counter.send(1, anonymous())]
        await asyncio.to_thread(counter.store.held.wait, 10)
        waiting += [counter.send(number, anonymous()) for number in range(2, 6)]
        await asyncio.sleep(0)
        busy = await counter.ask(6, anonymous())
        assert isinstance(busy, Rejected)
        assert busy.code is Refusal.BUSY
        counter.store.release()
        assert {type(answer) for answer in await asyncio.gather(*waiting)} == {Accepted}
        assert isinstance(await counter.ask(6, anonymous()), Accepted)
        assert len((await counter.day()).visits) == 6

    run(test, make(mailbox=4))


def test_many_commands_share_commits_of_at_most_256() -> None:
    async def test(counter: Counter) -> None:
        answers = await asyncio.gather(*(counter.ask(number, anonymous()) for number in range(600)))
        assert all(isinstance(answer, Accepted) for answer in answers)
        sizes = [len(batch.entries) for batch in counter.store.commits[1:]]
        assert sum(sizes) == 600
        assert max(sizes) <= 256
        seq = 0
        for batch in counter.store.commits:
            assert batch.old_seq == seq
            seq += len(batch.entries)

    run(test)
