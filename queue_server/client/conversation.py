"""One client's side of the protocol as a value: frames and wishes in, effects out. Pure.

A wish is a command or a question. A command is kept until it is accepted or rejected, and is sent again under
the same id after a lost connection, an `unavailable`, or a refusal that came before it was looked at; the
server answers the same id the same way. A question is answered on the connection it was asked on, or asked
again on the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from queue_server.client.replica import Replica
from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal, Role
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import (
    Accepted,
    Answered,
    Ask,
    Beat,
    CommandMessage,
    Current,
    Error,
    Hello,
    Patch,
    Rejected,
    Report,
    Snapshot,
    Subscribe,
    Unavailable,
    Unsubscribe,
    Welcome,
)
from queue_server.protocol.questions import Question

RETRY_FIRST, RETRY_MOST = 0.5, 8.0
"""Seconds before an `unavailable` command is sent again: doubling, up to the second figure."""

NOT_YET = frozenset({Refusal.BUSY, Refusal.RATE})
"""Refusals made before a command was looked at: an earlier sending of the same id may have taken effect."""

Reply = Accepted | Rejected | Answered


class LinkState(StrEnum):
    """Whether there is a server to talk to."""

    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Link:
    """How the connection stands. code, reason: of the last close; slow: the server refuses us as we are."""

    state: LinkState
    server: str = ""
    code: int = 0
    reason: str = ""
    slow: bool = False
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send this frame."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Resolve:
    """A wish has its answer."""

    id: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Change:
    """Rows of a topic that came or went. whole: everything was replaced."""

    topic: str
    put: tuple[str, ...]
    drop: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The server took us in."""

    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Beaten:
    """The server is alive."""

    beat: Beat


@dataclass(frozen=True, slots=True)
class Complaint:
    """The server could not use one of our frames."""

    error: Error


@dataclass(frozen=True, slots=True)
class Retry:
    """Call `retry(id)` after this many seconds."""

    id: str
    after: float


Effect = Transmit | Resolve | Change | Welcomed | Beaten | Complaint | Retry


@dataclass(slots=True)
class _Wish:
    frame: bytes
    is_command: bool
    tries: int = 0


@dataclass(slots=True)
class Conversation:
    """State of one client. new_id makes UUIDv7 texts. Topics survive reconnects, so pictures stay up."""

    role: Role
    token: str
    new_id: Callable[[], str]
    client: str = ""
    epoch: str = ""
    welcome: Welcome | None = None
    topics: dict[str, Replica] = field(default_factory=dict)
    _wishes: dict[str, _Wish] = field(default_factory=dict)
    _shows: dict[str, str | int | bool] | None = None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Ids of the wishes without an answer, oldest first."""
        return tuple(self._wishes)

    def opened(self) -> list[Effect]:
        """A socket is up: say who we are."""
        hello = Hello(role=self.role, token=self.token, client=self.client)
        return [Transmit(codec.encode(hello))]

    def closed(self) -> None:
        """The socket is gone: rows and wishes stay."""
        self.welcome = None

    def submit(self, command: Command, again: str | None = None) -> tuple[str, list[Effect]]:
        """Wish for a change; `again`: the id of a wish of an earlier run. Returns the id."""
        wish_id = again or self.new_id()
        message = CommandMessage(id=wish_id, command=msgspec.Raw(codec.encode(command)))
        return wish_id, self._wish(wish_id, codec.encode(message), is_command=True)

    def ask(self, question: Question) -> tuple[str, list[Effect]]:
        """Wish to know. Returns the id."""
        wish_id = self.new_id()
        return wish_id, self._wish(
            wish_id, codec.encode(Ask(id=wish_id, question=question)), is_command=False
        )

    def give_up(self, wish_id: str) -> None:
        """Forget a wish whose answer nobody waits for any more; it may still take effect."""
        self._wishes.pop(wish_id, None)

    def retry(self, wish_id: str) -> list[Effect]:
        """Send an unanswered wish again, if it still is one and the link is up."""
        wish = self._wishes.get(wish_id)
        return [Transmit(wish.frame)] if wish and self.welcome else []

    def subscribe(self, topic: str) -> list[Effect]:
        """Follow a topic from now on, over every reconnect."""
        if topic in self.topics:
            return []
        self.topics[topic] = Replica(topic)
        return [self._subscribe(topic)] if self.welcome else []

    def unsubscribe(self, topic: str) -> list[Effect]:
        """Stop following a topic and forget its rows."""
        known = self.topics.pop(topic, None)
        return [Transmit(codec.encode(Unsubscribe(topic=topic)))] if known and self.welcome else []

    def report(self, shows: dict[str, str | int | bool]) -> list[Effect]:
        """Tell the server what this device shows; repeated after each reconnect."""
        self._shows = shows
        return [Transmit(codec.encode(Report(shows=shows)))] if self.welcome else []

    def received(self, frame: bytes | str) -> list[Effect]:
        """One frame from the server. Raises codec.Malformed when it is not of this wire."""
        message = codec.understand(frame)
        match message:
            case None:
                return []
            case Welcome():
                return self._welcomed(message)
            case Snapshot() | Patch() | Current():
                return self._fed(message)
            case Rejected(code=code) if code in NOT_YET and self._is_command(message.id):
                return self._unavailable(message.id)
            case Accepted() | Rejected() | Answered():
                known = self._wishes.pop(message.id, None)
                return [Resolve(message.id, message)] if known else []
            case Unavailable():
                return self._unavailable(message.id)
            case Beat():
                return [Beaten(message)]
            case Error():
                return [Complaint(message)]

    def _wish(self, wish_id: str, frame: bytes, *, is_command: bool) -> list[Effect]:
        self._wishes[wish_id] = _Wish(frame, is_command)
        return [Transmit(frame)] if self.welcome else []

    def _welcomed(self, welcome: Welcome) -> list[Effect]:
        self.welcome, self.epoch = welcome, welcome.epoch
        effects: list[Effect] = [Welcomed(welcome)]
        effects += [self._subscribe(topic) for topic in self.topics]
        if self._shows is not None:
            effects.append(Transmit(codec.encode(Report(shows=self._shows))))
        effects += [Transmit(wish.frame) for wish in self._wishes.values()]
        return effects

    def _subscribe(self, topic: str) -> Transmit:
        return Transmit(codec.encode(Subscribe(topic=topic, seen=self.topics[topic].seen)))

    def _fed(self, message: Snapshot | Patch | Current) -> list[Effect]:
        replica = self.topics.get(message.topic)
        if replica is None:
            return []
        applied = replica.apply(message, self.epoch)
        if applied.gap:
            replica.epoch = ""
            return [self._subscribe(message.topic)]
        if isinstance(message, Current):
            return [Change(message.topic, (), (), whole=False)]
        return [Change(message.topic, applied.put, applied.drop, applied.whole)]

    def _is_command(self, wish_id: str) -> bool:
        wish = self._wishes.get(wish_id)
        return wish is not None and wish.is_command

    def _unavailable(self, wish_id: str) -> list[Effect]:
        wish = self._wishes.get(wish_id)
        if wish is None:
            return []
        after = min(RETRY_MOST, RETRY_FIRST * 2**wish.tries)
        wish.tries += 1
        return [Retry(wish_id, after)]
