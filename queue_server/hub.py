"""Topics: committed rows, numbered patches, and who follows them.

A topic is a small table. Whoever follows it gets one snapshot and then patches numbered on from it. The
number counts a topic's patches since this process began and never starts again, so that a copy can tell
whether it is the newest. The hub keeps rows only while somebody follows them, and no history of patches: who
missed one gets a snapshot. Frames are made once and shared by all followers.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from queue_server.outlet import frame
from queue_server.protocol import codec
from queue_server.protocol.messages import Current, Patch, Seen, Snapshot
from queue_server.protocol.rows import Row

COARSE_QUIET = 10_000
"""ms between two patches of a coarse topic, unless the news is urgent."""


class Follower(Protocol):
    """Where a topic's frames go; an outlet is one."""

    def send(self, frame: bytes) -> None:
        """Deliver this, or lose the peer."""

    def publish(self, topic: str, frame: bytes) -> None:
        """Deliver this, or ask for a snapshot of the topic when there is room again."""


@dataclass(slots=True)
class _Table:
    """A live topic. snapshot: the frame of `rows`, None when it has to be made again."""

    rows: dict[str, Row]
    seq: int
    followers: dict[Follower, None] = field(default_factory=dict)
    snapshot: bytes | None = None
    patched_at: int = 0


class Hub:
    """The live topics of one server process. epoch: random per process. Not thread-safe: the loop's own."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._live: dict[str, _Table] = {}
        self._seqs: dict[str, int] = {}
        self._waiting: dict[str, None] = {}

    @property
    def live(self) -> Iterable[str]:
        """Topics that somebody follows."""
        return self._live.keys()

    def is_live(self, topic: str) -> bool:
        """Whether the hub has this topic's rows, so that a follower needs nobody else."""
        return topic in self._live

    def open(self, topic: str, rows: Mapping[str, Row]) -> None:
        """Take a topic's committed rows before its first follower; nothing happens if it is live already."""
        if topic not in self._live:
            seq = self._seqs.get(topic, 0) + 1
            self._live[topic] = _Table(dict(rows), seq)
            self._seqs[topic] = seq

    def follow(self, topic: str, follower: Follower, seen: Seen | None = None) -> None:
        """Add a follower to a live topic: `current` if its copy is the newest, else a snapshot.

        Raises KeyError when the topic is not live.
        """
        table = self._live[topic]
        table.followers[follower] = None
        if seen is not None and (seen.epoch, seen.seq) == (self.epoch, table.seq):
            follower.send(frame(codec.encode(Current(topic=topic, seq=table.seq))))
        else:
            self.refresh(topic, follower)

    def refresh(self, topic: str, follower: Follower) -> None:
        """Send a whole topic again to a follower that missed patches; nothing if it follows no more."""
        table = self._live.get(topic)
        if table is None or follower not in table.followers:
            return
        if table.snapshot is None:
            message = Snapshot(topic=topic, seq=table.seq, rows=tuple(table.rows.values()))
            table.snapshot = frame(codec.encode(message))
        follower.send(table.snapshot)

    def leave(self, topic: str, follower: Follower) -> None:
        """Remove a follower; the last one closes the topic."""
        table = self._live.get(topic)
        if table is None:
            return
        table.followers.pop(follower, None)
        if not table.followers:
            del self._live[topic]
            self._waiting.pop(topic, None)

    def update(self, topic: str, rows: Mapping[str, Row], now: int) -> None:
        """Make `rows` the topic's committed rows and tell its followers the difference, if there is one."""
        table = self._live.get(topic)
        if table is None:
            return
        put = tuple(row for key, row in rows.items() if table.rows.get(key) != row)
        drop = tuple(key for key in table.rows if key not in rows)
        if not put and not drop:
            return
        table.rows = dict(rows)
        self._tell(table, topic, put, drop, now)

    def change(self, topic: str, rows: Iterable[Row], now: int) -> None:
        """As `update` of a topic that only grows, given no more than the rows that may differ."""
        table = self._live.get(topic)
        if table is None:
            return
        put = tuple(row for row in rows if table.rows.get(row.key) != row)
        if put:
            table.rows.update((row.key, row) for row in put)
            self._tell(table, topic, put, (), now)

    def update_coarsely(
        self, topic: str, now: int, *, urgent: bool, rows: Callable[[], Mapping[str, Row]]
    ) -> None:
        """As `update`, but at most once in `COARSE_QUIET` unless urgent; what is put off is in `overdue`."""
        table = self._live.get(topic)
        if table is None:
            return
        if urgent or now - table.patched_at >= COARSE_QUIET:
            self.update(topic, rows(), now)
            self._waiting.pop(topic, None)
        else:
            self._waiting[topic] = None

    @property
    def has_put_off(self) -> bool:
        """Whether news of some coarse topic waits for its time."""
        return bool(self._waiting)

    def overdue(self, now: int) -> tuple[str, ...]:
        """Coarse topics whose news was put off long enough."""
        return tuple(topic for topic in self._waiting if now - self._live[topic].patched_at >= COARSE_QUIET)

    def _tell(self, table: _Table, topic: str, put: tuple[Row, ...], drop: tuple[str, ...], now: int) -> None:
        table.seq += 1
        self._seqs[topic] = table.seq
        table.snapshot = None
        table.patched_at = now
        self._waiting.pop(topic, None)
        patch = frame(codec.encode(Patch(topic=topic, seq=table.seq, put=put, drop=drop)))
        for follower in table.followers:
            follower.publish(topic, patch)
