"""The messages of the wire: every frame is one of these, a JSON object with `type`."""

from typing import Annotated

from msgspec import Meta, Raw, Struct

from queue_server.protocol.codes import ErrorCode, Refusal, Role
from queue_server.protocol.commands import Count
from queue_server.protocol.questions import Answer, Question
from queue_server.protocol.results import Outcome
from queue_server.protocol.rows import Row

WIRE = 1
"""The wire this code speaks. A draft until the first release tag."""

MessageId = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
"""A UUIDv7 in lower case, made by the client."""
Topic = Annotated[str, Meta(pattern=r"^[a-z]+(:[A-Za-z0-9_.-]{1,64})?$")]
Fact = str | int | bool | None | tuple[str, ...] | dict[str, int]


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a client's copy of a topic goes."""

    topic: Topic
    epoch: str
    seq: Count


class _ToServer(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", kw_only=True
):
    """Base of messages to the server."""


class Hello(_ToServer, frozen=True, tag="hello"):
    """First message of a connection. wire_from..wire_to: the wires this client speaks."""

    role: Role
    token: Annotated[str, Meta(max_length=256)]
    wire_from: int = WIRE
    wire_to: int = WIRE
    client: Annotated[str, Meta(max_length=64)] = ""


class Subscribe(_ToServer, frozen=True, tag="subscribe"):
    """Follow a topic; `seen` resumes from the client's copy."""

    topic: Topic
    seen: Seen | None = None


class Unsubscribe(_ToServer, frozen=True, tag="unsubscribe"):
    """Stop following a topic."""

    topic: Topic


class CommandMessage(_ToServer, frozen=True, tag="command"):
    """`command` is decoded on its own, so that a mistake in it is answered under its `id`."""

    id: MessageId
    command: Raw


class Ask(_ToServer, frozen=True, tag="ask"):
    """Read something; answered under `id`."""

    id: MessageId
    question: Question


class Report(_ToServer, frozen=True, tag="report"):
    """What this device shows or suffers; kept in memory only."""

    shows: dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=80)] | int | bool]


ToServer = Hello | Subscribe | Unsubscribe | CommandMessage | Ask | Report


class _ToClient(Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True):
    """Base of messages to the client; unknown fields are ignored there."""


class Welcome(_ToClient, frozen=True, tag="welcome"):
    """epoch: random per server process. now: ms. beat: ms between two beats. device: who the token names.

    clinics: those the device is bound to, empty for any.
    """

    wire: int
    epoch: str
    now: int
    beat: int
    device: str
    role: Role
    facility: str
    clinics: tuple[str, ...] = ()


class Snapshot(_ToClient, frozen=True, tag="snapshot"):
    """The whole of a topic."""

    topic: str
    seq: int
    rows: tuple[Row, ...]


class Current(_ToClient, frozen=True, tag="current"):
    """The client's copy, as named in `seen`, is the newest."""

    topic: str
    seq: int


class Patch(_ToClient, frozen=True, tag="patch"):
    """Applies only to the copy at `seq - 1`: first drop these keys, then put these rows."""

    topic: str
    seq: int
    put: tuple[Row, ...] = ()
    drop: tuple[str, ...] = ()


class Accepted(_ToClient, frozen=True, tag="accepted"):
    """seq: the journal's last event of the command's batch or before."""

    id: str
    seq: int
    result: Outcome


class Rejected(_ToClient, frozen=True, tag="rejected"):
    """The command was refused; the same id is refused again the same way."""

    id: str
    code: Refusal
    facts: dict[str, Fact] = {}


class Unavailable(_ToClient, frozen=True, tag="unavailable"):
    """Unknown whether it happened: ask again with the same id."""

    id: str


class Answered(_ToClient, frozen=True, tag="answer"):
    """The answer to an `ask`."""

    id: str
    answer: Answer


class Beat(_ToClient, frozen=True, tag="beat"):
    """The server's pulse. degraded: rows are the last committed ones while a day is recovered."""

    now: int
    journal_seq: int
    degraded: bool = False


class Error(_ToClient, frozen=True, tag="error"):
    """About a frame; `about` names the id or topic it concerns, if it could be read."""

    code: ErrorCode
    about: str = ""
    detail: str = ""


ToClient = Welcome | Snapshot | Current | Patch | Accepted | Rejected | Unavailable | Answered | Beat | Error
