"""The hospital's queue itself in simulated time: the service's own rules, a day, and everything it says."""

from collections.abc import Callable, Sequence

from queue_server.engine.clock import CLOCK
from queue_server.engine.decision import EngineCommand, Rejection
from queue_server.engine.events import DayOpened, Event
from queue_server.engine.facility import Facility
from queue_server.engine.hours import day_starts
from queue_server.engine.model import Actor, Context, Day
from queue_server.protocol.codes import Role
from queue_server.protocol.commands import Advance
from queue_server.protocol.results import Outcome
from queue_server.service.rules import ENGINE
from queue_server.service.timekeeping import CADENCE

__all__ = ["CADENCE", "House"]

Heard = Callable[[int, Sequence[Event]], None]


class House:
    """Runs commands on one service day. hear: told of the moment and events of each command, after them.
    before: the day before, from which the rules take what they learned.

    The same calls in the same order as the service makes them: open the day, decide, fold, and `advance`
    whenever the engine says that something is due or the service's cadence has passed.
    """

    def __init__(self, facility: Facility, date: str, hear: Heard, before: Day | None = None) -> None:
        self.midnight = day_starts(facility, date)
        self.now = self.midnight
        self.commands = 0
        self.refused: dict[str, int] = {}
        self._hear = hear
        self._fresh = 0
        seq = 1 if before is None else before.seq + 1
        events = ENGINE.open_day(before, facility, seq, Context(CLOCK, self.now, self._new()))
        first = events[0]
        if not isinstance(first, DayOpened):
            raise TypeError("a day begins with DayOpened")
        self.opened = first
        self.day: Day = ENGINE.begin(first)
        self._follow(events[1:])

    def do(self, command: EngineCommand, by: Actor) -> Outcome | Rejection:
        """One command at the present moment."""
        self.commands += 1
        decision = ENGINE.decide(self.day, command, Context(by, self.now, self._new()))
        if isinstance(decision, Rejection):
            self.refused[decision.code] = self.refused.get(decision.code, 0) + 1
            return decision
        self._follow(decision.events)
        return decision.outcome

    def advance(self) -> None:
        """Time moves: whatever has fallen due happens."""
        self.do(Advance(), CLOCK)

    def next_due(self) -> int | None:
        """When the engine wants to be woken, ms."""
        return ENGINE.next_due(self.day)

    def close(self) -> None:
        """End the service day as the service does."""
        self._follow(ENGINE.close_day(self.day, Context(CLOCK, self.now, self._new())))

    def _follow(self, events: Sequence[Event]) -> None:
        for event in events:
            ENGINE.evolve(self.day, event, self.now)
        if events:
            self._hear(self.now, events)

    def _new(self) -> str:
        # Digits are Crockford's too; different for each command is all that is asked of it.
        self._fresh += 1
        return f"{self._fresh:016d}"


def device(name: str, role: Role) -> Actor:
    """Somebody who sends commands."""
    return Actor(name, role)
