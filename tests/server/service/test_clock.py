"""How far wall time is believed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.clock import TOLERANCE, SteadyClock, SystemClock
from tests.support.fake_clock import FakeClock

BEGUN = 1_740_958_200_000
HOUR = 3_600_000


def test_wall_time_is_believed_while_the_clocks_agree() -> None:
    clock = FakeClock(BEGUN)
    steady = SteadyClock(clock)
    clock.advance(HOUR)
    assert steady.now() == BEGUN + HOUR
    assert steady.trusted


def test_the_slewing_of_ntp_is_no_jump_however_long_it_goes_on() -> None:
    clock = FakeClock(BEGUN)
    steady = SteadyClock(clock)
    for _ in range(48 * 60):
        clock.advance(60_000)
        clock.set_wall(clock.wall_ms() + 29)
        steady.now()
    assert steady.trusted
    assert steady.now() == clock.wall_ms()


@pytest.mark.parametrize("by", [TOLERANCE + 1, -TOLERANCE - 1, 25 * HOUR, -25 * HOUR])
def test_a_jump_is_not_followed_until_a_person_accepts_it(by: int) -> None:
    clock = FakeClock(BEGUN)
    steady = SteadyClock(clock)
    clock.set_wall(BEGUN + by)
    assert steady.now() == BEGUN
    assert steady.jump is not None
    assert steady.jump.by == by
    clock.advance(1_000)
    assert steady.now() == BEGUN + 1_000
    clock.set_wall(BEGUN + 1_000)
    assert not steady.trusted
    steady.accept()
    assert steady.trusted


def test_an_accepted_clock_that_is_ahead_is_followed_at_once() -> None:
    clock = FakeClock(BEGUN)
    steady = SteadyClock(clock)
    clock.set_wall(BEGUN + HOUR)
    steady.now()
    steady.accept()
    assert steady.now() == BEGUN + HOUR


def test_an_accepted_clock_that_is_behind_is_waited_for_at_half_speed() -> None:
    clock = FakeClock(BEGUN)
    steady = SteadyClock(clock)
    clock.set_wall(BEGUN - HOUR)
    steady.now()
    steady.accept()
    assert steady.now() == BEGUN
    clock.advance(HOUR)
    assert steady.now() == BEGUN + HOUR // 2
    clock.advance(HOUR)
    assert steady.now() == BEGUN + HOUR == clock.wall_ms()
    clock.advance(HOUR)
    assert steady.now() == clock.wall_ms()
    clock.set_wall(clock.wall_ms() + HOUR)
    steady.now()
    assert not steady.trusted


def test_a_wall_clock_behind_the_journal_is_a_jump_from_the_start() -> None:
    clock = FakeClock(BEGUN)
    assert SteadyClock(clock, not_before=BEGUN + TOLERANCE).trusted
    steady = SteadyClock(clock, not_before=BEGUN + HOUR)
    assert not steady.trusted
    assert steady.now() == BEGUN + HOUR


@given(
    st.lists(
        st.tuples(st.integers(0, HOUR), st.integers(-HOUR, HOUR) | st.integers(-100, 100), st.booleans()),
        max_size=20,
    )
)
def test_the_believed_moment_never_goes_back(story: list[tuple[int, int, bool]]) -> None:
    clock = FakeClock(BEGUN)
    steady = SteadyClock(clock)
    last = steady.now()
    for passed, shift, accepted in story:
        clock.advance(passed)
        clock.set_wall(max(0, clock.wall_ms() + shift))
        if accepted:
            steady.accept()
        now = steady.now()
        assert now >= last
        last = now


def test_the_machines_own_clock_wakes_by_bell_and_by_time() -> None:
    async def test() -> None:
        clock, bell = SystemClock(), asyncio.Event()
        async with asyncio.timeout(10):
            await clock.wait(bell, clock.monotonic_ms() + 5)
            assert not bell.is_set()
            await clock.wait(bell, clock.monotonic_ms() - 5)
            waiting = asyncio.create_task(clock.wait(bell, clock.monotonic_ms() + HOUR))
            await asyncio.sleep(0)
            bell.set()
            await waiting
        assert abs(clock.wall_ms() - SteadyClock(clock).now()) < TOLERANCE

    asyncio.run(test())
