"""The once-law at work: ids that were answered before, in memory and in the table."""

from collections.abc import Collection, Sequence

from queue_server.engine.model import Day
from queue_server.people import People
from queue_server.protocol.commands import BookAppointment
from queue_server.service.metrics import Metrics
from queue_server.service.once import Recent, Wish, reused
from queue_server.service.storage import Storage
from queue_server.store.port import ReplyKey, StoredReply


class Known:
    """Durable answers, given again to whoever asks again."""

    def __init__(self, storage: Storage, people: People, metrics: Metrics) -> None:
        self._storage = storage
        self._people = people
        self._metrics = metrics
        self._recent = Recent()

    def remember(self, replies: Collection[StoredReply]) -> None:
        """These are durable."""
        self._recent.add(replies)

    def replay(self, wish: Wish) -> bool:
        """Answer a wish whose answer is durable and in memory. Returns whether it was."""
        if wish.key is None or (known := self._recent.get(wish.key)) is None:
            return False
        self.again(wish, known)
        return True

    def again(self, wish: Wish, known: StoredReply) -> None:
        """Give the durable answer under a wish's id; refuse the wish if it is another one."""
        self._metrics.replayed += 1
        wish.resolve(known.body if known.digest == wish.digest else reused(wish))

    async def look_up(self, wishes: Sequence[Wish], day: Day | None) -> None:
        """Ask the store, once for all, which ids and which people it knows. day: the committed one. Raises
        what the store raises."""
        unasked = [wish for wish in wishes if not wish.looked_up]
        keys = {wish.key for wish in unasked if wish.key is not None}
        hashes: dict[bytes, list[Wish]] = {}
        for wish in unasked:
            for item in self._people.unknown(wish.hashes):
                hashes.setdefault(item, []).append(wish)
        if not keys and not hashes:
            return
        replies, rows = await self._storage.look_up(keys, hashes.keys())
        await self._look_up_booked(unasked, day)
        self._recent.add(replies.values())
        for wish in unasked:
            wish.looked_up = True
        for item, row in rows.items():
            for wish in hashes[item]:
                wish.known[item] = row

    async def _look_up_booked(self, wishes: Sequence[Wish], day: Day | None) -> None:
        """Of bookings that tell no number, or nobody: the row of whom they were for until now."""
        persons: dict[str, list[Wish]] = {}
        for wish in wishes:
            command = wish.command
            if isinstance(command, BookAppointment) and not wish.hashes:
                part = day.appointments.get(command.appointment) if day is not None else None
                if part is not None and part.person is not None and not self._people.knows(part.person):
                    persons.setdefault(part.person, []).append(wish)
        for row in await self._storage.people(persons.keys()) if persons else ():
            for wish in persons[row.person]:
                wish.booked_before = row

    async def answered(self, keys: Collection[ReplyKey]) -> dict[ReplyKey, StoredReply]:
        """Which of these ids the table answers now. Raises what the store raises."""
        found, _ = await self._storage.look_up(keys, ())
        self._recent.add(found.values())
        return found
