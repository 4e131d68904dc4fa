"""Time moves by command, and only as far as the two clocks agree."""

import asyncio

import pytest

from queue_server.engine.events import (
    AlertRaised,
    ClockAccepted,
    DayClosed,
    DayOpened,
    IntakeChanged,
    SiteChanged,
)
from queue_server.engine.facility import EmergencyPlan
from queue_server.protocol.codes import AlertKind
from queue_server.protocol.commands import AcceptClock, AcknowledgeAlert, OpenClinic, RaiseAlert, StopIntake
from queue_server.protocol.messages import Accepted
from queue_server.protocol.results import AlertKnown
from queue_server.protocol.values import replaced
from queue_server.service import ENGINE, SiteRefused
from queue_server.store.memory import MemoryStore, Shelf
from queue_server.store.port import NotDone
from tests.server.service.counter import Counter, anonymous, at_work, card, make, moment, run, until
from tests.server.service.small_hospital import small_hospital, without

MINUTE = 60_000


def test_what_falls_due_happens_at_its_moment() -> None:
    async def test(counter: Counter) -> None:
        due = counter.service.now() + 4_200
        await counter.ask(1, StopIntake(reason=f"until-{due}"))
        await counter.at_rest()
        await counter.pass_time(4_199)
        assert (await counter.day()).intake_stopped
        await counter.pass_time(1)
        assert not (await counter.day()).intake_stopped
        assert isinstance(counter.events[-1], IntakeChanged)
        assert counter.store.commits[-1].entries[0].actor == "clock"
        assert counter.store.commits[-1].entries[0].at == due

    run(test)


def test_time_moves_at_least_every_15_seconds_and_an_idle_advance_commits_nothing() -> None:
    async def test(counter: Counter) -> None:
        await counter.at_rest()
        decided = counter.service.metrics.deciding_seconds
        (wake,) = counter.clock.waiting
        assert wake - counter.clock.monotonic_ms() == 15_000
        await counter.pass_time(15_000)
        assert counter.service.metrics.deciding_seconds > decided
        (wake,) = counter.clock.waiting
        assert wake - counter.clock.monotonic_ms() == 15_000
        assert len(counter.store.commits) == 1

    run(test)


def test_the_day_ends_at_midnight_and_no_batch_spans_two_days() -> None:
    async def test(counter: Counter) -> None:
        await counter.ask(1, card("001080012345"))
        counter.clock.advance(2 * MINUTE)
        answers = await asyncio.gather(*(counter.ask(number, anonymous()) for number in range(2, 6)))
        assert all(isinstance(answer, Accepted) for answer in answers)
        assert [type(event) for event in counter.events[:4]][2:] == [DayClosed, DayOpened]
        for batch in counter.store.commits:
            assert len({entry.day for entry in batch.entries}) <= 1
        day = await counter.day()
        assert day.day == "2025-03-04"
        assert len(day.visits) == 4
        assert day.seq == counter.service.seq == 8
        assert len(counter.people) == 0
        assert [name for name, _, _ in counter.published] == ["2025-03-03"] * 3 + ["2025-03-04"] * 2

    run(test, make(wall=moment("2025-03-03 23:59")))


def test_an_idle_facility_begins_its_day_by_itself() -> None:
    async def test(counter: Counter) -> None:
        await counter.at_rest()
        for _ in range(5):
            await counter.pass_time(15_000)
        assert (await counter.day()).day == "2025-03-04"

    run(test, make(wall=moment("2025-03-03 23:59")))


def test_a_service_day_may_end_at_four_in_the_morning() -> None:
    async def test(counter: Counter) -> None:
        assert (await counter.day()).day == "2025-03-03"
        counter.clock.advance(60 * MINUTE)
        await counter.ask(1, anonymous())
        assert (await counter.day()).day == "2025-03-04"

    run(test, make(wall=moment("2025-03-04 03:30"), facility=small_hospital(day_ends=240)))


def test_days_that_ended_while_the_server_was_down_are_closed_at_the_start() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.ask(1, card("001080012345"))
        later = make(MemoryStore("small", "w2", shelf), wall=moment("2025-03-06 05:00"))
        async with at_work(later) as counter:
            assert [type(event) for event in counter.events] == [DayClosed, DayOpened]
            assert (await counter.day()).day == "2025-03-06"
            assert isinstance(await counter.ask(2, card("001080012345")), Accepted)
        assert len(shelf.visits) == 2
        assert len(shelf.patients) == 1

    asyncio.run(whole())


def test_a_crash_between_closing_and_opening_a_day_is_made_good() -> None:
    shelf = Shelf()

    async def whole() -> None:
        counter = make(MemoryStore("small", "w1", shelf), wall=moment("2025-03-03 23:59"))
        async with at_work(counter):
            counter.clock.advance(2 * MINUTE)
            counter.store.script.append(None)
            counter.store.fail("before", NotDone("disk full"), times=9)
            counter.send(1, anonymous())
            await until(lambda: counter.service.degraded)
            await asyncio.sleep(0)
            counter.service._hurrying.set()
        assert shelf.journal[-1].type == "day_closed"
        async with at_work(make(MemoryStore("small", "w2", shelf), wall=moment("2025-03-04 00:05"))) as after:
            assert [type(event) for event in after.events] == [DayOpened]
            assert (await after.day()).day == "2025-03-04"

    asyncio.run(whole())


@pytest.mark.parametrize("by", [26 * 60 * MINUTE, -2 * 60 * MINUTE])
def test_after_a_jump_monotonic_time_goes_on_and_the_day_does_not_roll(by: int) -> None:
    async def test(counter: Counter) -> None:
        begun = counter.service.now()
        await counter.at_rest()
        counter.clock.set_wall(begun + by)
        await counter.ask(1, anonymous())
        day = await counter.day()
        (alert,) = day.alerts.values()
        assert alert.detail == ("forward" if by > 0 else "back")
        assert day.day == "2025-03-03"
        await counter.pass_time(15_000)
        assert counter.service.now() == begun + 15_000
        await counter.ask(2, AcceptClock(alert=alert.id))
        assert any(isinstance(event, ClockAccepted) for event in counter.events)
        await counter.pass_time(15_000)
        assert (await counter.day()).day == ("2025-03-04" if by > 0 else "2025-03-03")
        moments = [entry.at for batch in counter.store.commits for entry in batch.entries]
        assert moments == sorted(moments)
        assert sum(isinstance(event, AlertRaised) for event in counter.events) == 1

    run(test)


@pytest.mark.parametrize("by", [-26 * 60 * MINUTE, 26 * 60 * MINUTE])
def test_an_emergency_goes_on_to_others_after_its_seconds_whatever_the_wall_clock_says(by: int) -> None:
    plan = EmergencyPlan(first=("desk",), then=("head",), after=20_000)

    async def test(counter: Counter) -> None:
        pressed = await counter.ask(1, RaiseAlert(kind=AlertKind.EMERGENCY, subject="kiosk1"))
        assert isinstance(pressed, Accepted)
        assert isinstance(pressed.result, AlertKnown)
        name, told = pressed.result.alert, []
        counter.clock.set_wall(counter.clock.wall_ms() + by)
        for ms in (0, 19_999, 1, 19_999, 1):
            await counter.pass_time(ms)
            told.append((await counter.day()).alerts[name].part.to)
        assert told == [("desk",), ("desk",), ("desk", "head"), ("desk", "head"), ()]

    run(test, make(rules=ENGINE, facility=replaced(small_hospital(), emergency=plan)))


def test_an_alarm_that_could_not_be_committed_is_raised_again() -> None:
    async def test(counter: Counter) -> None:
        await counter.at_rest()
        counter.clock.set_wall(counter.service.now() + 60 * MINUTE)
        counter.store.fail("before", NotDone("disk full"))
        await counter.ask(1, anonymous())
        await counter.pass_time(15_000)
        assert (await counter.day()).alerts

    run(test)


def test_an_unconfirmed_jump_outlives_a_restart() -> None:
    shelf = Shelf()
    begun = moment("2025-03-03 06:30")

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.at_rest()
            counter.clock.set_wall(begun + 26 * 60 * MINUTE)
            await counter.ask(1, anonymous())
        async with at_work(make(MemoryStore("small", "w2", shelf), wall=begun + 27 * 60 * MINUTE)) as again:
            day = await again.day()
            assert day.day == "2025-03-03"
            assert again.service.now() == begun
            (alert,) = day.alerts.values()
            await again.ask(2, AcceptClock(alert=alert.id))
            await again.pass_time(15_000)
            assert (await again.day()).day == "2025-03-04"

    asyncio.run(whole())


def test_a_jump_that_somebody_sees_to_is_not_accepted_yet_and_outlives_a_restart() -> None:
    shelf = Shelf()
    begun = moment("2025-03-03 06:30")

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf), rules=ENGINE)) as counter:
            await counter.at_rest()
            counter.clock.set_wall(begun + 26 * 60 * MINUTE)
            await counter.ask(1, anonymous())
            (alert,) = (await counter.day()).alerts.values()
            await counter.ask(2, AcknowledgeAlert(alert=alert.id))
            assert counter.service.now() == begun
        later = begun + 27 * 60 * MINUTE
        async with at_work(make(MemoryStore("small", "w2", shelf), rules=ENGINE, wall=later)) as again:
            await again.pass_time(15_000)
            assert (await again.day()).day == "2025-03-03"
            assert len((await again.day()).alerts) == 1
            await again.ask(3, AcceptClock(alert=alert.id))
            await again.pass_time(15_000)
            assert (await again.day()).day == "2025-03-04"

    asyncio.run(whole())


def test_a_clock_behind_the_journal_at_the_start_is_a_jump() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.ask(1, anonymous())
        async with at_work(make(MemoryStore("small", "w2", shelf), wall=moment("2010-01-01 00:00"))) as again:
            await again.ask(2, anonymous())
            day = await again.day()
            assert [alert.detail for alert in day.alerts.values()] == ["back"]
            assert day.now == moment("2025-03-03 06:30")

    asyncio.run(whole())


def test_names_are_forgotten_after_their_time_hourly() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.ask(1, card("001080012345"))
            assert len(shelf.patients) == 1
        later = make(MemoryStore("small", "w2", shelf), wall=moment("2025-03-06 06:00"))
        async with at_work(later) as counter:
            await counter.at_rest()
            assert len(shelf.patients) == 1
            for _ in range(4):
                await counter.pass_time(15 * MINUTE)
            assert len(shelf.patients) == 0
            assert len(counter.people) == 0

    asyncio.run(whole())


def test_names_of_today_are_known_after_a_restart() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.ask(1, card("001080012345", "Lê Thị Sáu"))
        async with at_work(make(MemoryStore("small", "w2", shelf))) as counter:
            day = await counter.day()
            (found,) = counter.people.find(day, "sau le", names=True).visits
            assert found.name == "Lê Thị Sáu"
            refused = await counter.ask(2, card("001080012345", "Lê Thị Sáu"))
            assert not isinstance(refused, Accepted)

    asyncio.run(whole())


def test_a_changed_site_is_taken_at_the_start() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf))) as counter:
            await counter.ask(1, anonymous())
        smaller = without(small_hospital(), clinic="room12", service="general")
        async with at_work(make(MemoryStore("small", "w2", shelf), facility=smaller)) as counter:
            assert [type(event) for event in counter.events] == [SiteChanged]
            assert (await counter.day()).facility == smaller
        async with at_work(make(MemoryStore("small", "w3", shelf), facility=smaller)) as counter:
            assert counter.events == []

    asyncio.run(whole())


def test_a_site_that_removes_what_somebody_waits_for_is_refused() -> None:
    shelf = Shelf()

    async def whole() -> None:
        async with at_work(make(MemoryStore("small", "w1", shelf), rules=ENGINE)) as counter:
            await counter.ask(1, OpenClinic(clinic="desk1"))
            assert isinstance(await counter.ask(2, anonymous()), Accepted)
        for smaller in (
            without(small_hospital(), clinic="desk1"),
            without(small_hospital(), clinic="desk1", service="reception"),
        ):
            refused = make(MemoryStore("small", "w2", shelf), facility=smaller, rules=ENGINE)
            with pytest.raises(SiteRefused, match="somebody waits for: clinics desk1"):
                await refused.service.start()

    asyncio.run(whole())
