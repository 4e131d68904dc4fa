"""When who is looked up: at once, again, once more when staff want it, and never in anybody's way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest

from queue_server.insurance.port import Card, Fault, LookupFailed, Verdict
from queue_server.insurance.runner import Patience, Runner
from queue_server.protocol.codes import PortalState

SOON = Patience(again=0.01, again_most=0.04, away=0.02, away_most=0.05, account=0.02, account_most=0.05)
NEVER = Patience(again=3600, again_most=3600, away=3600, away_most=3600, account=3600, account_most=3600)


class Portal:
    """A lookup that answers by a script: a code, or a fault."""

    def __init__(self, *script: str | Fault) -> None:
        self.script = [*script]
        self.asked: list[str] = []
        self.busy = self.busiest = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def ask(self, card: Card) -> Verdict:
        self.asked.append(card.number)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            await self.gate.wait()
        finally:
            self.busy -= 1
        says = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(says, Fault):
            raise LookupFailed(says)
        return Verdict(says)

    async def close(self) -> None:
        self.closed = True


class Desk:
    """Keeps what it is told. open: visits without an answer."""

    def __init__(self, *open_visits: str) -> None:
        self.open = [*open_visits]
        self.noted: list[tuple[str, str]] = []
        self.alarms = 0
        self.states: list[PortalState] = []
        self.gone: set[str] = set()
        self.closed = 0.0
        self.refuses = 0
        self.broken = False
        self._changed = asyncio.Event()

    async def unanswered(self) -> Iterable[str]:
        if self.broken:
            self.broken = False
            raise RuntimeError
        return self.open

    async def card(self, visit: str) -> Card | None:
        return None if visit in self.gone else Card(visit, "Trần Thị Mẫu Thử", "1990")

    async def note(self, visit: str, card: Card, verdict: Verdict) -> bool:
        assert card.number == visit
        if self.refuses:
            self.refuses -= 1
            return False
        self.noted.append((visit, verdict.code))
        self._changed.set()
        return True

    async def alarm(self) -> None:
        self.alarms += 1
        self._changed.set()

    def show(self, state: PortalState) -> None:
        self.states.append(state)
        self._changed.set()

    def closed_for(self) -> float:
        return self.closed

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self._changed.clear()
                try:
                    async with asyncio.timeout(0.01):
                        await self._changed.wait()
                except TimeoutError:
                    continue


def _run(
    desk: Callable[[], Desk],
    portal: Callable[[], Portal],
    story: Callable[[Runner, Desk, Portal], Awaitable[None]],
    *,
    patience: Patience = SOON,
    at_once: int = 2,
) -> None:
    async def all_of_it() -> None:
        here, there = desk(), portal()
        runner = Runner(there, here, at_once=at_once, patience=patience)
        runner.start()
        try:
            await story(runner, here, there)
        finally:
            await runner.stop()
        assert there.closed
        assert not there.busy

    asyncio.run(all_of_it())


def test_whoever_comes_is_looked_up_once() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", "000")])
        assert (runner.waiting, portal.asked) == (0, ["v1"])
        assert desk.states == [PortalState.REACHABLE]

    _run(Desk, lambda: Portal("000"), story)


def test_whoever_has_no_answer_from_before_is_looked_up_after_a_start() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        await desk.until(lambda: sorted(desk.noted) == [("v1", "000"), ("v2", "000")])

    _run(lambda: Desk("v1", "v2"), lambda: Portal("000"), story)


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.UNREACHABLE, Fault.BAD_ANSWER, Fault.CANNOT_LOOK])
def test_a_fault_is_tried_again_until_there_is_an_answer(fault: Fault) -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", "000")])
        assert portal.asked == ["v1"] * 4
        assert desk.states == [PortalState.AWAY, PortalState.REACHABLE]
        assert desk.alarms == 0

    _run(Desk, lambda: Portal(fault, fault, fault, "000"), story)


def test_an_answer_that_is_not_of_use_any_more_is_asked_for_again() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        desk.refuses = 1
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", "000")] and runner.waiting == 0)
        assert portal.asked == ["v1", "v1"]

    _run(Desk, lambda: Portal("000"), story)


@pytest.mark.parametrize("code", ["001", "010", "050", "060", "110", "130", "205", "777"])
def test_what_the_portal_has_spoken_is_not_asked_again(code: str) -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", code)] and runner.waiting == 0)
        runner.come("v2")
        await desk.until(lambda: len(desk.noted) == 2)
        assert portal.asked == ["v1", "v2"]

    _run(Desk, lambda: Portal(code), story)


def test_an_account_that_is_refused_alarms_once_and_is_left_alone() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        for number in range(20):
            runner.come(f"v{number}")
        await desk.until(lambda: desk.alarms == 1 and not portal.busy)
        assert desk.states == [PortalState.ACCOUNT_REFUSED]
        for number in range(20, 40):
            runner.come(f"v{number}")
        await asyncio.sleep(0)
        assert len(portal.asked) <= 2
        assert (desk.alarms, desk.noted, runner.waiting) == (1, [], 40)

    _run(Desk, lambda: Portal(Fault.AUTHENTICATION), story, patience=NEVER)


def test_nobody_tries_an_account_that_is_refused_again_and_again() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.alarms == 1 and not portal.busy)
        for _ in range(20):
            runner.want("v1")
            await asyncio.sleep(0)
        assert portal.asked == ["v1"]

    _run(Desk, lambda: Portal(Fault.AUTHENTICATION), story, patience=NEVER)


def test_an_account_that_works_again_may_fail_anew() -> None:
    refused = Fault.AUTHENTICATION

    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", "000")])
        assert desk.alarms == 1
        portal.script = [refused, refused, "000"]
        runner.come("v2")
        await desk.until(lambda: len(desk.noted) == 2)
        assert desk.alarms == 2

    _run(Desk, lambda: Portal(refused, refused, "000"), story)


def test_a_portal_that_is_away_is_asked_by_one_at_a_time() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v0")
        await desk.until(lambda: desk.states == [PortalState.AWAY])
        portal.busiest = 0
        for number in range(1, 10):
            runner.come(f"v{number}")
        await desk.until(lambda: len(portal.asked) >= 5)
        assert portal.busiest == 1
        portal.script = ["000"]
        await desk.until(lambda: len(desk.noted) == 10)
        assert portal.busiest > 1

    _run(Desk, lambda: Portal(Fault.UNREACHABLE), story, at_once=3)


def test_so_many_at_once_and_no_more() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        portal.gate.clear()
        for number in range(10):
            runner.come(f"v{number}")
        await desk.until(lambda: portal.busy == 3)
        portal.gate.set()
        await desk.until(lambda: len(desk.noted) == 10)
        assert portal.busiest == 3
        assert sorted(portal.asked) == sorted(f"v{number}" for number in range(10))

    _run(Desk, lambda: Portal("000"), story, at_once=3)


def test_staff_who_want_to_know_do_not_wait_until_the_portal_is_tried_again() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        runner.come("v2")
        await desk.until(lambda: PortalState.AWAY in desk.states and not portal.busy)
        portal.script = ["000"]
        runner.want("v2")
        await desk.until(lambda: desk.noted == [("v2", "000")])

    _run(Desk, lambda: Portal(Fault.TIMEOUT), story, patience=NEVER)


def test_staff_may_ask_about_somebody_who_has_an_answer() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", "060")])
        runner.want("v1")
        await desk.until(lambda: desk.noted == [("v1", "060"), ("v1", "000")])

    _run(Desk, lambda: Portal("060", "000"), story)


def test_staff_who_ask_while_it_is_asked_get_a_fresh_answer() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        portal.gate.clear()
        runner.come("v1")
        await desk.until(lambda: portal.busy == 1)
        runner.want("v1")
        portal.gate.set()
        await desk.until(lambda: desk.noted == [("v1", "060"), ("v1", "000")])

    _run(Desk, lambda: Portal("060", "000"), story)


def test_whoever_is_no_longer_to_be_asked_is_left() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        desk.gone.add("v1")
        runner.come("v1")
        runner.come("v2")
        await desk.until(lambda: desk.noted == [("v2", "000")] and runner.waiting == 0)
        assert portal.asked == ["v2"]

    _run(Desk, lambda: Portal("000"), story)


def test_another_day_leaves_nobody_of_the_day_before() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("old")
        await desk.until(lambda: desk.states == [PortalState.AWAY] and not portal.busy)
        desk.open = ["carried"]
        runner.begin_again()
        portal.script = ["000"]
        await desk.until(lambda: runner.waiting == 1)
        runner.want("carried")
        await desk.until(lambda: desk.noted == [("carried", "000")])
        assert runner.waiting == 0

    _run(Desk, lambda: Portal(Fault.TIMEOUT), story, patience=NEVER)


def test_a_day_that_begins_while_the_last_one_is_looked_at_counts() -> None:
    class Slow(Desk):
        def __init__(self) -> None:
            super().__init__("old")
            self.looking, self.told = asyncio.Event(), asyncio.Event()

        async def unanswered(self) -> Iterable[str]:
            here = [*self.open]
            self.looking.set()
            await self.told.wait()
            return here

    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        assert isinstance(desk, Slow)
        await desk.looking.wait()
        desk.open = ["carried"]
        runner.begin_again()
        desk.told.set()
        await desk.until(lambda: desk.noted == [("carried", "000")])
        assert portal.asked == ["carried"]

    _run(Slow, lambda: Portal("000"), story)


def test_another_day_s_staff_hear_of_an_account_that_is_still_refused() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("old")
        await desk.until(lambda: desk.alarms == 1)
        desk.open = ["carried"]
        runner.begin_again()
        await desk.until(lambda: desk.alarms == 2)

    _run(Desk, lambda: Portal(Fault.AUTHENTICATION), story)


def test_outside_its_hours_nobody_is_asked() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        desk.closed = 0.02
        runner.want("v1")
        await desk.until(lambda: desk.states == [PortalState.RESTING])
        assert portal.asked == []
        desk.closed = 0.0
        await desk.until(lambda: desk.noted == [("v1", "000")])
        assert desk.states == [PortalState.RESTING, PortalState.UNKNOWN, PortalState.REACHABLE]

    _run(Desk, lambda: Portal("000"), story)


def test_a_desk_that_fails_is_asked_again() -> None:
    def desk() -> Desk:
        made = Desk("v1")
        made.broken = True
        return made

    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        await desk.until(lambda: desk.noted == [("v1", "000")])

    _run(desk, lambda: Portal("000"), story)


def test_a_fault_of_our_own_is_told_without_a_name_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Portal):
        async def ask(self, card: Card) -> Verdict:
            if not self.asked:
                self.asked.append(card.number)
                raise ValueError(card.name)
            return await super().ask(card)

    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        runner.come("v1")
        await desk.until(lambda: desk.noted == [("v1", "000")])

    _run(Desk, lambda: Broken("000"), story)
    assert "a look-up failed: ValueError (test_runner.py" in caplog.text
    assert "Trần Thị" not in caplog.text


def test_a_stop_waits_for_nobody() -> None:
    async def story(runner: Runner, desk: Desk, portal: Portal) -> None:
        portal.gate.clear()
        runner.come("v1")
        await desk.until(lambda: portal.busy == 1)

    _run(Desk, lambda: Portal("000"), story)
