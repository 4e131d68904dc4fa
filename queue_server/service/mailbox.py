"""Commands that wait for their turn."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from queue_server.engine.model import Actor
from queue_server.people import People
from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import BookAppointment, Command, Identify, Register
from queue_server.protocol.messages import Rejected, Unavailable
from queue_server.service.metrics import Metrics
from queue_server.service.once import Wish
from queue_server.store.port import ReplyKey

MAILBOX = 2_048
"""Commands that may wait; beyond it `busy`. Under a tenth of a second of work."""


class Mailbox:
    """A bounded line of wishes, shut until `open`. Only the service's task takes from it."""

    def __init__(self, people: People, metrics: Metrics, capacity: int) -> None:
        """capacity: commands that may wait."""
        self._people = people
        self._metrics = metrics
        self._capacity = capacity
        self._wishes: deque[Wish] = deque()
        self._accepting = False
        self.closing = False
        self.bell = asyncio.Event()
        """Rung when somebody should look into the mailbox."""

    def __len__(self) -> int:
        return len(self._wishes)

    def open(self) -> None:
        """Take commands, unless it is closing."""
        self._accepting = not self.closing

    def shut(self) -> None:
        """Take no commands for now: they are `unavailable` at once."""
        self._accepting = False

    def close(self) -> None:
        """Take no commands ever again; those that wait are still served."""
        self.closing = True
        self._accepting = False
        self.bell.set()

    def post(self, actor: Actor, command_id: str, command: Command) -> asyncio.Future[bytes]:
        """Put a command at the end. The future gets its answer frame; at once where it may not wait here."""
        self._metrics.commands += 1
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if not self._accepting:
            self._metrics.unavailable += 1
            answer.set_result(codec.encode(Unavailable(id=command_id)))
        elif len(self._wishes) >= self._capacity:
            self._metrics.busy += 1
            answer.set_result(codec.encode(Rejected(id=command_id, code=Refusal.BUSY)))
        else:
            digest = self._people.digest(codec.encode(command))
            wish = Wish(actor, command, ReplyKey(actor.device, command_id), digest, answer)
            if isinstance(command, Register | BookAppointment | Identify):
                wish.hashes = self._people.identifiers(command)
            self._wishes.append(wish)
            self.bell.set()
        return answer

    def put_first(self, wish: Wish) -> None:
        """The service's own wish goes before all others, however many wait."""
        self._wishes.appendleft(wish)

    def put_back(self, wishes: Iterable[Wish]) -> None:
        """Wishes that were taken, in their order, and not decided."""
        self._wishes.extendleft(reversed(list(wishes)))

    def take(self, most: int) -> list[Wish]:
        """The first wishes, so many at most."""
        return [self._wishes.popleft() for _ in range(min(most, len(self._wishes)))]

    def look_up_again(self, changed: Callable[[Wish], bool]) -> None:
        """Ask the table anew about those who wait and are concerned."""
        for wish in self._wishes:
            if wish.looked_up and changed(wish):
                wish.looked_up = False
                wish.known.clear()
                wish.booked_before = None

    def give_up(self) -> None:
        """Whoever waits is told that nobody knows."""
        while self._wishes:
            self.unavailable(self._wishes.popleft())

    def unavailable(self, wish: Wish) -> None:
        """Tell one whose wish was taken that nobody knows; whoever has an answer keeps it."""
        if wish.answer is not None and not wish.answer.done():
            self._metrics.unavailable += 1
            wish.resolve(codec.encode(Unavailable(id=wish.id)))
