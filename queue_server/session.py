"""One conversation as a value: frames in, effects out. No socket, no clock, no service.

    connected -- hello --> identifying -- known token --> talking -- close --> ended

The shell (`listener`) carries the effects out in order. What a frame is refused for stays between this client
and us: a coded `error`, a `rejected` under the frame's own id, or a close; no other client notices.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

import msgspec

from queue_server import access
from queue_server.protocol import codec
from queue_server.protocol.codes import CloseCode, ErrorCode, Refusal, Role
from queue_server.protocol.commands import Command, Register
from queue_server.protocol.messages import (
    WIRE,
    Ask,
    CommandMessage,
    Error,
    Hello,
    MessageId,
    Rejected,
    Report,
    Seen,
    Subscribe,
    ToClient,
    Unsubscribe,
    Welcome,
)
from queue_server.protocol.questions import AppointmentOf, Holder, Question
from queue_server.site import Device

LONGEST_DETAIL = 200
"""Characters of a parser's complaint that an error repeats."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often something may happen on one connection: so often at once, and then so often per second."""

    at_once: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """What one connection may do. A kiosk that comes back sends its whole outbox at once, so that the first
    figure of commands is a day's offline tickets of one kiosk. holders: asks about a card or a code, and
    registrations by one, which nobody shows faster. errors: beyond it the connection is closed."""

    commands: Allowance = Allowance(1_000, 200)
    asks: Allowance = Allowance(50, 10)
    holders: Allowance = Allowance(20, 1)
    other: Allowance = Allowance(200, 20)
    errors: Allowance = Allowance(20, 0.2)


_ANY = Allowance(1e9, 1e9)
GENEROUS = Allowances(commands=_ANY, asks=_ANY, holders=_ANY, other=_ANY)
"""For measuring."""


# Effects ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Deliver a message to this client."""

    message: ToClient


@dataclass(frozen=True, slots=True)
class Identify:
    """Find out whom the token names, then call `identified`."""

    role: Role
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Follow:
    """Send this topic's rows from now on. seen: the copy the client has."""

    topic: str
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class Leave:
    """Send this topic's rows no more."""

    topic: str


@dataclass(frozen=True, slots=True)
class Submit:
    """Put a command into the mailbox; the answer goes back under `id`."""

    id: str
    command: Command


@dataclass(frozen=True, slots=True)
class Inquire:
    """Answer a question under `id`."""

    id: str
    question: Question


@dataclass(frozen=True, slots=True)
class Note:
    """Remember what this device shows."""

    shows: dict[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection."""

    code: CloseCode
    reason: str


Effect = Send | Identify | Follow | Leave | Submit | Inquire | Note | Close


# The conversation ------------------------------------------------------------------------------------


class Stage(Enum):
    """How far a conversation is."""

    CONNECTED = auto()
    IDENTIFYING = auto()
    TALKING = auto()
    ENDED = auto()


@dataclass(slots=True)
class _Budget:
    """What is left of an allowance. at: seconds, when it was last looked at."""

    allowance: Allowance
    left: float
    at: float

    def spend(self, now: float) -> bool:
        self.left = min(self.allowance.at_once, self.left + (now - self.at) * self.allowance.per_second)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class _Envelope(msgspec.Struct):
    """What can be told of a frame that is not a message. Everything may be missing."""

    type: str = ""
    id: str = ""
    topic: str = ""
    wire_from: int = WIRE
    wire_to: int = WIRE


_envelope = msgspec.json.Decoder(_Envelope)
_TYPES = frozenset({"hello", "subscribe", "unsubscribe", "command", "ask", "report"})
_ANSWERED = frozenset({"command", "ask"})


class Session:
    """State of one conversation. Moments are monotonic seconds."""

    def __init__(self, now: float, allowances: Allowances | None = None) -> None:
        allowed = allowances or Allowances()
        self.stage = Stage.CONNECTED
        self.device: Device | None = None
        """Who speaks, once that is known."""
        self.topics: set[str] = set()
        self._commands = _Budget(allowed.commands, allowed.commands.at_once, now)
        self._asks = _Budget(allowed.asks, allowed.asks.at_once, now)
        self._holders = _Budget(allowed.holders, allowed.holders.at_once, now)
        self._other = _Budget(allowed.other, allowed.other.at_once, now)
        self._errors = _Budget(allowed.errors, allowed.errors.at_once, now)

    def received(self, frame: bytes | str, now: float) -> list[Effect]:
        """One frame from the client."""
        if self.stage is Stage.ENDED or self.stage is Stage.IDENTIFYING:
            return []
        try:
            message = codec.decode_to_server(frame)
        except codec.TooLarge:
            return self._mistake(now, Error(code=ErrorCode.TOO_LARGE))
        except codec.Malformed as error:
            return self._malformed(frame, str(error), now)
        if self.stage is Stage.CONNECTED:
            return self._greeted(message) if isinstance(message, Hello) else self._no_hello()
        match message:
            case CommandMessage():
                return self._command(message, now)
            case Subscribe():
                return self._subscribe(message, now)
            case Unsubscribe():
                self.topics.discard(message.topic)
                return [Leave(message.topic)] if self._other.spend(now) else self._rate(message.topic)
            case Ask():
                return self._ask(message, now)
            case Report():
                return [Note(dict(message.shows))] if self._other.spend(now) else self._rate("report")
            case Hello():
                return self._mistake(now, Error(code=ErrorCode.MALFORMED, about="hello", detail="twice"))

    def identified(
        self, device: Device | None, *, epoch: str, now_ms: int, beat_ms: int, facility: str
    ) -> list[Effect]:
        """Whom the token named; None refuses. now_ms: the service's moment. beat_ms: between two beats."""
        if self.stage is not Stage.IDENTIFYING:
            return []
        if device is None:
            return self._close(CloseCode.BAD_TOKEN, "this token is not accepted here")
        self.stage = Stage.TALKING
        self.device = device
        welcome = Welcome(
            wire=WIRE,
            epoch=epoch,
            now=now_ms,
            beat=beat_ms,
            device=device.id if device.role is not Role.PATIENT else "",
            role=device.role,
            facility=facility,
            clinics=tuple(device.clinics),
        )
        return [Send(welcome)]

    def kept_waiting(self) -> list[Effect]:
        """The client did not say hello in time."""
        return self._no_hello() if self.stage is Stage.CONNECTED else []

    def unknown(self, topic: str, now: float) -> list[Effect]:
        """There is no such topic here."""
        self.topics.discard(topic)
        return self._mistake(now, Error(code=ErrorCode.UNKNOWN_TOPIC, about=topic))

    # What a client may say ---------------------------------------------------------------------------

    def _greeted(self, hello: Hello) -> list[Effect]:
        if not hello.wire_from <= WIRE <= hello.wire_to:
            return self._wrong_wire(hello.wire_from, hello.wire_to)
        self.stage = Stage.IDENTIFYING
        return [Identify(hello.role, hello.token)]

    def _command(self, message: CommandMessage, now: float) -> list[Effect]:
        if not self._commands.spend(now):
            return [Send(Rejected(id=message.id, code=Refusal.RATE))]
        try:
            command = codec.decode_command(message.command)
        except codec.Malformed as error:
            return self._refused(now, message.id, Refusal.MALFORMED, str(error))
        if self.device is None or not access.may_command(self.device, command):
            return self._refused(now, message.id, Refusal.FORBIDDEN)
        tries_codes = self.device.role is Role.KIOSK and isinstance(command, Register) and command.appointment
        if tries_codes and not self._holders.spend(now):
            # Whoever tries one code after the other could as well register by them.
            return [Send(Rejected(id=message.id, code=Refusal.RATE))]
        return [Submit(message.id, command)]

    def _ask(self, message: Ask, now: float) -> list[Effect]:
        if not self._asks.spend(now):
            return [Send(Rejected(id=message.id, code=Refusal.RATE))]
        if self.device is None or not access.may_ask(self.device, message.question):
            return self._refused(now, message.id, Refusal.FORBIDDEN)
        if isinstance(message.question, Holder | AppointmentOf) and not self._holders.spend(now):
            return [Send(Rejected(id=message.id, code=Refusal.RATE))]
        return [Inquire(message.id, message.question)]

    def _subscribe(self, message: Subscribe, now: float) -> list[Effect]:
        if not self._other.spend(now):
            return self._rate(message.topic)
        if self.device is None or not access.may_follow(self.device, message.topic):
            return self._mistake(now, Error(code=ErrorCode.FORBIDDEN_TOPIC, about=message.topic))
        self.topics.add(message.topic)
        seen = message.seen if message.seen is not None and message.seen.topic == message.topic else None
        return [Follow(message.topic, seen)]

    # Refusals ----------------------------------------------------------------------------------------

    def _malformed(self, frame: bytes | str, complaint: str, now: float) -> list[Effect]:
        try:
            told = _envelope.decode(frame)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            told = _Envelope()
        if self.stage is Stage.CONNECTED:
            # A later wire may say hello in words of its own.
            if told.type == "hello" and not told.wire_from <= WIRE <= told.wire_to:
                return self._wrong_wire(told.wire_from, told.wire_to)
            error = Error(code=ErrorCode.MALFORMED, detail=complaint[:LONGEST_DETAIL])
            return [Send(error), *self._close(CloseCode.NO_HELLO, "the first frame must be hello")]
        if told.type in _ANSWERED and _is_id(told.id):
            return self._refused(now, told.id, Refusal.MALFORMED, complaint)
        code = ErrorCode.UNKNOWN_TYPE if told.type and told.type not in _TYPES else ErrorCode.MALFORMED
        about = (told.id or told.topic or told.type)[:80]
        return self._mistake(now, Error(code=code, about=about, detail=complaint[:LONGEST_DETAIL]))

    def _refused(self, now: float, id_: str, code: Refusal, complaint: str = "") -> list[Effect]:
        facts = {"detail": complaint[:LONGEST_DETAIL]} if complaint else {}
        return self._counted(now, Send(Rejected(id=id_, code=code, facts={**facts})))

    def _mistake(self, now: float, error: Error) -> list[Effect]:
        return self._counted(now, Send(error))

    def _counted(self, now: float, answer: Send) -> list[Effect]:
        if self._errors.spend(now):
            return [answer]
        return [answer, *self._close(CloseCode.TOO_MANY_ERRORS, "too many frames could not be used")]

    def _rate(self, about: str) -> list[Effect]:
        return [Send(Error(code=ErrorCode.RATE, about=about))]

    def _no_hello(self) -> list[Effect]:
        error = Error(code=ErrorCode.HELLO_FIRST)
        return [Send(error), *self._close(CloseCode.NO_HELLO, "the first frame must be hello")]

    def _wrong_wire(self, first: int, last: int) -> list[Effect]:
        return self._close(
            CloseCode.WIRE_UNSUPPORTED, f"this server speaks wire {WIRE}, the client {first} to {last}"
        )

    def _close(self, code: CloseCode, reason: str) -> list[Effect]:
        self.stage = Stage.ENDED
        return [Close(code, reason)]


def _is_id(text: str) -> bool:
    try:
        msgspec.convert(text, MessageId)
    except msgspec.ValidationError:
        return False
    return True
