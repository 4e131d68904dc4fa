"""From what was committed to what is shown: every topic's rows, and when to look at them again.

Most rows are `views` of the day; names come from the people room, devices from what they report, the state of
the insurance portal from whoever asks it.
"""

from collections import deque
from collections.abc import Mapping, Sequence

from queue_server import views
from queue_server.devices import Devices
from queue_server.engine.events import Event, StepAdded, StepChanged
from queue_server.engine.model import Day
from queue_server.hub import Follower, Hub
from queue_server.people import People
from queue_server.protocol.messages import Seen
from queue_server.protocol.rows import InsurancePortal, Row

AT_ONCE = 100
"""Coarse topics looked at in one go, about 10 ms."""


TIME_TELLS = 15_000
"""ms after which rows are looked at that change though nothing happened: expected waits, what a session still
has time for, the policy of the hour."""
TIMED_AT_ONCE = 8
_TIMED = frozenset({"facility", "clinic", "catalogue"})


class Topics:
    """The topics of one server process. Not thread-safe: the loop's own."""

    def __init__(self, hub: Hub, people: People, devices: Devices) -> None:
        self.hub = hub
        self._people = people
        self._devices = devices
        self._lines_moved = False
        self._coarse: deque[str] = deque()
        self._timed: deque[str] = deque()
        self._timed_at = 0
        self._portal: InsurancePortal | None = None
        self._portal_changed = False

    def show_portal(self, row: InsurancePortal) -> None:
        """The state of the insurance portal is another one."""
        self._portal = row
        self._portal_changed = True

    def rows(self, day: Day, topic: str) -> Mapping[str, Row] | None:
        """All rows of a topic by key, or None when there is no such topic."""
        kind, _, name = topic.partition(":")
        if kind == "names":
            return self._people.names(day, name) if name in day.facility.clinics else None
        rows = views.rows(day, topic)
        if topic == "facility" and rows is not None and self._portal is not None:
            return {**rows, self._portal.key: self._portal}
        return {**rows, **self._devices.rows()} if topic == "devices" and rows is not None else rows

    def follow(self, day: Day, topic: str, follower: Follower, seen: Seen | None) -> bool:
        """Add a follower, with `day` between two batches; False when there is no such topic."""
        if not self.hub.is_live(topic):
            rows = self.rows(day, topic)
            if rows is None:
                return False
            self.hub.open(topic, rows)
        self.hub.follow(topic, follower, seen)
        return True

    def publish(self, day: Day, events: Sequence[Event]) -> None:
        """Tell followers what a committed batch changed."""
        live = set(self.hub.live)
        if not live:
            return
        touched = views.touched(day, events)
        touched |= {f"names:{topic[7:]}" for topic in touched if topic.startswith("clinic:")}
        urgent = views.urgent(day, events)
        for topic in live if "*" in touched else (touched | {views.HIS}) & live:
            if topic == views.HIS and "*" not in touched:
                self.hub.change(topic, views.his_changes(day, events), day.now)
            elif topic.startswith("visit:"):
                self._look_at_visit(day, topic, day.now, urgent=topic in urgent)
            else:
                self._look_at(day, topic, day.now)
        self._lines_moved = self._lines_moved or any(isinstance(e, StepAdded | StepChanged) for e in events)

    def behind(self, now: int) -> bool:
        """Whether there is something for `catch_up` to do at a moment, ms."""
        return (
            self._lines_moved
            or bool(self._coarse)
            or self._devices.changed
            or self._portal_changed
            or self.hub.has_put_off
            or bool(self._timed)
            or now - self._timed_at >= TIME_TELLS
        )

    def catch_up(self, day: Day, now: int) -> None:
        """Look at what may wait: devices that come and go, how many are before each patient, and what the
        mere passing of time changes."""
        now = max(now, day.now)
        if now - self._timed_at >= TIME_TELLS and not self._timed:
            self._timed_at = now
            self._timed.extend(topic for topic in self.hub.live if topic.partition(":")[0] in _TIMED)
        for _ in range(min(TIMED_AT_ONCE, len(self._timed))):
            self._look_at(day, self._timed.popleft(), now)
        if self._devices.changed:
            self._devices.changed = False
            self._look_at(day, "devices", now)
        if self._portal_changed:
            self._portal_changed = False
            self._look_at(day, "facility", now)
        if self._lines_moved and not self._coarse:
            self._lines_moved = False
            self._coarse.extend(topic for topic in self.hub.live if topic.startswith("visit:"))
        for topic in self.hub.overdue(now)[:AT_ONCE]:
            self._look_at_visit(day, topic, now, urgent=False)
        for _ in range(min(AT_ONCE, len(self._coarse))):
            self._look_at_visit(day, self._coarse.popleft(), now, urgent=False)

    def _look_at(self, day: Day, topic: str, now: int) -> None:
        if self.hub.is_live(topic):
            self.hub.update(topic, self.rows(day, topic) or {}, now)

    def _look_at_visit(self, day: Day, topic: str, now: int, *, urgent: bool) -> None:
        self.hub.update_coarsely(topic, now, urgent=urgent, rows=lambda: self.rows(day, topic) or {})
