"""The engine as the service calls it: one value, so that a test can put poison in a single rule."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from queue_server.engine import clock, due
from queue_server.engine.decide import decide
from queue_server.engine.decision import Decision, EngineCommand, Rejection
from queue_server.engine.events import DayOpened, Event
from queue_server.engine.evolve import begin, evolve
from queue_server.engine.facility import Facility
from queue_server.engine.hours import service_day
from queue_server.engine.model import Context, Day
from queue_server.engine.sites import change_site
from queue_server.store.port import JournalEntry


@dataclass(frozen=True, slots=True)
class Rules:
    """decide, begin, evolve: see the engine. next_due: ms, None when nothing falls due. day_ended: whether a
    moment lies after the service day. close_day, open_day: the events that end a day and begin the next one
    with what it carries over; open_day takes the day before or None, the facility, and the seq and context of
    its first event. change_site: what a changed site file brings about, or what of it is still needed."""

    decide: Callable[[Day, EngineCommand, Context], Decision | Rejection]
    begin: Callable[[DayOpened], Day]
    evolve: Callable[[Day, Event, int], None]
    next_due: Callable[[Day], int | None]
    day_ended: Callable[[Day, int], bool]
    close_day: Callable[[Day, Context], Sequence[Event]]
    open_day: Callable[[Day | None, Facility, int, Context], Sequence[Event]]
    change_site: Callable[[Day, Facility], Decision | Rejection] = change_site

    def fold_one(self, day: Day | None, event: Event, at: int) -> Day:
        """The day after one more event: the same Day, changed, or the first state of a new one."""
        if isinstance(event, DayOpened):
            return self.begin(event)
        if day is None:
            raise ValueError("a day begins with DayOpened")
        self.evolve(day, event, at)
        return day

    def fold(self, entries: Iterable[JournalEntry]) -> Day | None:
        """The day that these entries tell of; None when there are none. Raises ValueError for a gap."""
        day: Day | None = None
        for entry in entries:
            if day is None or isinstance(entry.event, DayOpened):
                day = self.fold_one(day, entry.event, entry.at)
            else:
                self.evolve(day, entry.event, entry.at)
            if day.seq != entry.seq:
                raise ValueError(f"the journal has a gap before seq {entry.seq}")
        return day


def _close_day(day: Day, context: Context) -> Sequence[Event]:
    return clock.close_day(day, context.now)


def _open_day(before: Day | None, facility: Facility, seq: int, context: Context) -> Sequence[Event]:
    return clock.open_day(facility, service_day(facility, context.now), context.now, before, seq=seq)


ENGINE = Rules(
    decide=decide,
    begin=begin,
    evolve=evolve,
    next_due=due.next_due,
    day_ended=due.day_ended,
    close_day=_close_day,
    open_day=_open_day,
)
"""The rules of the house."""
