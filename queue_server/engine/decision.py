"""The shape of a decision: what `decide` returns and what a refusal is."""

from dataclasses import dataclass, field

from queue_server.engine.events import Event
from queue_server.engine.model import Admission
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Fact
from queue_server.protocol.results import Done, Outcome

__all__ = ["Decision", "EngineCommand", "Rejection"]

EngineCommand = Command | Admission
"""What the engine decides on. A `Register` never reaches it: the people room made an `Admission` of it."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refusal a person can meet, with the facts that explain it (PROTOCOL.md lists them per code)."""

    code: Refusal
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Events to fold, in order, and what the sender is told."""

    events: tuple[Event, ...]
    outcome: Outcome = field(default_factory=Done)
