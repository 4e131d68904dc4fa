"""A client's copy of one topic. Pure."""

from dataclasses import dataclass, field

from queue_server.protocol.messages import Current, Patch, Seen, Snapshot
from queue_server.protocol.rows import Row


@dataclass(frozen=True, slots=True)
class Applied:
    """What a message changed. whole: the copy was replaced. gap: a patch was missing, ask for a snapshot."""

    put: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    whole: bool = False
    gap: bool = False


@dataclass(slots=True)
class Replica:
    """The rows of `topic` by key. epoch empty: nothing received yet."""

    topic: str
    epoch: str = ""
    seq: int = 0
    rows: dict[str, Row] = field(default_factory=dict)

    @property
    def seen(self) -> Seen | None:
        """What to resume from; None before the first snapshot."""
        return Seen(topic=self.topic, epoch=self.epoch, seq=self.seq) if self.epoch else None

    def apply(self, message: Snapshot | Patch | Current, epoch: str) -> Applied:
        """Fold one message in. A patch that does not fit leaves the rows as they were and says `gap`."""
        match message:
            case Snapshot():
                old = self.rows
                self.rows = {row.key: row for row in message.rows}
                self.epoch, self.seq = epoch, message.seq
                dropped = tuple(key for key in old if key not in self.rows)
                return Applied(put=tuple(self.rows), drop=dropped, whole=True)
            case Current():
                return Applied(gap=self.epoch != epoch or self.seq != message.seq)
            case Patch():
                if self.epoch != epoch or message.seq != self.seq + 1:
                    return Applied(gap=True)
                for key in message.drop:
                    self.rows.pop(key, None)
                for row in message.put:
                    self.rows[row.key] = row
                self.seq = message.seq
                return Applied(put=tuple(row.key for row in message.put), drop=message.drop)
