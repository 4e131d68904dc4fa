"""The once-law in memory: what was wished, and the newest answers that are durable."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from queue_server.engine.model import Actor
from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Rejected
from queue_server.store.port import PatientRow, ReplyKey, StoredReply

RECENT = 20_000
"""Answers kept in memory: half an hour of the busiest facility; older ones are in the table for 14 days."""


@dataclass(slots=True, eq=False)
class Wish:
    """A command in the mailbox. key and answer are None for the service's own clock: nobody waits for it.

    looked_up: the table was asked for its id and did not know it; from then on memory knows better.
    hashes: identifiers of whom it names. known: rows of people found in the store under them. booked_before:
    the row of whom a booking was for that now tells no number, unless they are among today's people.
    """

    actor: Actor
    command: Command
    key: ReplyKey | None = None
    digest: bytes = b""
    answer: asyncio.Future[bytes] | None = None
    looked_up: bool = False
    hashes: tuple[bytes, ...] = ()
    known: dict[bytes, PatientRow] = field(default_factory=dict)
    booked_before: PatientRow | None = None

    @property
    def id(self) -> str:
        """The command's id; empty for the clock."""
        return self.key.command_id if self.key is not None else ""

    def resolve(self, frame: bytes) -> None:
        """Answer; whoever stopped waiting is passed over."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(frame)


class Recent:
    """The newest durable answers by key, the oldest forgotten first."""

    def __init__(self, capacity: int = RECENT) -> None:
        self._capacity = capacity
        self._replies: OrderedDict[ReplyKey, StoredReply] = OrderedDict()

    def get(self, key: ReplyKey) -> StoredReply | None:
        """The durable answer under this key, if it is still in memory."""
        return self._replies.get(key)

    def add(self, replies: Iterable[StoredReply]) -> None:
        """These are durable."""
        for reply in replies:
            self._replies[reply.key] = reply
            self._replies.move_to_end(reply.key)
        while len(self._replies) > self._capacity:
            self._replies.popitem(last=False)


def reused(wish: Wish) -> bytes:
    """The refusal of a known id that carries another command; not stored over the original."""
    return codec.encode(Rejected(id=wish.id, code=Refusal.ID_REUSED))
