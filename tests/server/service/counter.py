"""A service on a fake clock, with what it published and shortcuts to ask it things."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from queue_server.engine.events import Event
from queue_server.engine.facility import Facility
from queue_server.engine.model import Actor, Day
from queue_server.people import Keys, People
from queue_server.protocol.codec import decode_to_client
from queue_server.protocol.codes import AlertKind, IdentityKind, Role
from queue_server.protocol.commands import Command, Identity, RaiseAlert, Register
from queue_server.protocol.messages import ToClient
from queue_server.service import Rules, Service
from queue_server.store.memory import MemoryStore
from queue_server.store.port import Store
from tests.server.service.plain_rules import PLAIN
from tests.server.service.scripted_store import ScriptedStore
from tests.server.service.small_hospital import small_hospital
from tests.support.fake_clock import FakeClock

KEYS = Keys(bytes(range(32)))
KIOSK = Actor("kiosk1", Role.KIOSK)
DESK = Actor("desk1", Role.RECEPTION)
PATIENCE = 10.0


def moment(text: str) -> int:
    """Milliseconds of a local time in Vietnam, `2025-03-03 06:30`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp() * 1000)


def command_id(number: int) -> str:
    return f"01956000-0000-7000-8000-{number:012x}"


def card(number: str, name: str = "Nguyễn Văn An", birth: str = "1980-05-17") -> Register:
    return Register(payer="fee", kind="exam", identity=Identity(IdentityKind.CARD, number, name, birth))


def anonymous() -> Register:
    return Register(payer="fee", kind="exam")


def poison(subject: str) -> RaiseAlert:
    return RaiseAlert(kind=AlertKind.PRINTER, subject=subject)


async def until(holds: Callable[[], object]) -> None:
    """Let the service go on until something holds; fails after PATIENCE seconds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - the condition is a plain value, the loop turns without delay
            await asyncio.sleep(0)


async def within(what: Awaitable[bytes]) -> ToClient:
    async with asyncio.timeout(PATIENCE):
        return decode_to_client(await what)


class Counter:
    """One facility at work."""

    def __init__(self, service: Service, store: ScriptedStore, clock: FakeClock, people: People) -> None:
        self.service = service
        self.store = store
        self.clock = clock
        self.people = people
        self.published: list[tuple[str, int, tuple[Event, ...]]] = []
        self.lost = 0
        self.broken = 0

    def publish(self, day: Day, events: Sequence[Event]) -> None:
        self.published.append((day.day, day.seq, tuple(events)))

    @property
    def events(self) -> list[Event]:
        return [event for _, _, events in self.published for event in events]

    @property
    def asleep(self) -> bool:
        """Whether the service waits for time to pass."""
        return any(moment > self.clock.monotonic_ms() for moment in self.clock.waiting)

    async def ask(self, number: int, command: Command, actor: Actor = KIOSK) -> ToClient:
        return await within(self.service.submit(actor, command_id(number), command))

    def send(self, number: int, command: Command, actor: Actor = KIOSK) -> asyncio.Task[ToClient]:
        return asyncio.create_task(within(self.service.submit(actor, command_id(number), command)))

    async def day(self) -> Day:
        async with asyncio.timeout(PATIENCE):
            return await self.service.read(lambda day: day)

    async def pass_time(self, ms: int) -> None:
        """Move time and let what falls due happen: until the service waits again."""
        self.clock.advance(ms)
        await self.at_rest()

    async def at_rest(self) -> None:
        await until(lambda: self.asleep and not self.service.waiting)


def make(
    store: Store | None = None,
    *,
    wall: int = moment("2025-03-03 06:30"),
    clock: FakeClock | None = None,
    rules: Rules = PLAIN,
    facility: Facility | None = None,
    mailbox: int = 2048,
) -> Counter:
    scripted = (
        store if isinstance(store, ScriptedStore) else ScriptedStore(store or MemoryStore("small", "w1"))
    )
    clock = clock or FakeClock(wall)
    facility = facility or small_hospital()
    people = People(KEYS, facility)
    counter: Counter

    def lost() -> None:
        counter.lost += 1

    def broken() -> None:
        counter.broken += 1

    service = Service(
        scripted,
        people,
        facility,
        publish=lambda day, events: counter.publish(day, events),  # noqa: PLW0108 - it does not exist yet
        rules=rules,
        clock=clock,
        on_lost=lost,
        on_broken=broken,
        mailbox=mailbox,
    )
    counter = Counter(service, scripted, clock, people)
    return counter


@asynccontextmanager
async def at_work(counter: Counter) -> AsyncIterator[Counter]:
    """Start, and stop at the end whatever happened."""
    await counter.service.start()
    try:
        yield counter
    finally:
        counter.store.release()
        assert await counter.service.stop(PATIENCE)
        await counter.service.close()


def run(test: Callable[[Counter], Awaitable[None]], counter: Counter | None = None) -> Counter:
    """Run a test against a started service."""

    async def whole() -> Counter:
        async with at_work(counter or make()) as working:
            await test(working)
            return working

    return asyncio.run(whole())
