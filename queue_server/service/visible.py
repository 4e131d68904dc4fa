"""After the commit: what is durable becomes visible, then its answers go out."""

import logging
from collections.abc import Callable, Sequence

from queue_server.engine.events import DayOpened, Event, SiteChanged
from queue_server.engine.model import Day
from queue_server.people import People
from queue_server.service.believed import BelievedTime
from queue_server.service.committed import Committed
from queue_server.service.failures import where
from queue_server.service.known import Known
from queue_server.service.metrics import Metrics
from queue_server.service.turn import Turn

log = logging.getLogger(__name__)


class Visible:
    """All that has to learn of a durable turn, in the order in which it may."""

    def __init__(
        self,
        committed: Committed,
        known: Known,
        people: People,
        believed: BelievedTime,
        metrics: Metrics,
        publish: Callable[[Day, Sequence[Event]], None],
    ) -> None:
        """publish: quick and synchronous."""
        self._committed = committed
        self._known = known
        self._people = people
        self._believed = believed
        self._metrics = metrics
        self._publish = publish

    def adopt(self, turn: Turn) -> None:
        """A turn is durable: make it visible, then answer."""
        self._committed.adopt(turn)
        self._known.remember(turn.replies.values())
        self._metrics.internal += turn.internal
        self._metrics.accepted += turn.accepted
        self._metrics.rejected += turn.rejected
        self.show(turn)
        for wish, frame in turn.answers:
            wish.resolve(frame)

    def show(self, turn: Turn) -> None:
        """The committed day holds this turn: tell of it, and let it be looked at."""
        self._people.remember(turn.newcomers)
        self._people.erase(turn.forgotten)
        for event in turn.events:
            self._believed.heard(event)
            if isinstance(event, SiteChanged | DayOpened):
                self._people.use(event.facility)
        day = self._committed.day
        if day is not None and turn.events:
            try:
                self._publish(day, turn.events)
            except Exception as error:  # noqa: BLE001 - durable all the same; the answers must not be lost
                log.error(
                    "What was committed could not be published: %s", where(error), extra={"action": "publish"}
                )
        self._committed.settle()
