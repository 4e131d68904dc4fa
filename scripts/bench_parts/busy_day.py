"""A whole day of a large hospital, lived through the real service and store in less than a minute.

Every patient goes from reception and vitals, or the cashier, to the doctor, some to a test and back with the
result: about 16 events each. Time passes as the maker says: a day of about twelve hours that ends now.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec

from queue_server.app import DATABASE, KEY
from queue_server.engine.events import Event
from queue_server.engine.model import Actor, Day
from queue_server.people import People, load_keys
from queue_server.protocol import codec, results
from queue_server.protocol import commands as c
from queue_server.protocol.codes import Refusal, Role
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.service import Service
from queue_server.site import load
from queue_server.store.sql import SqlStore
from scripts.bench_parts import hospital
from scripts.bench_parts.figures import GaveUp
from scripts.bench_parts.frames import new_id

STEP = 60_000
"""ms between two rounds of the hospital: in each, every clinic may finish one patient and call the next."""
REST = 5
"""Rounds for which a clinic with an empty line does not try again."""
TESTED = 9
"""One patient in so many is sent to a test and comes back with the result."""
KIOSK = Actor("kiosk-1", Role.KIOSK)
STAFF = Actor("supervisor-1", Role.SUPERVISOR)


class MadeTime:
    """A clock that stands still until the maker moves it."""

    def __init__(self, now: int) -> None:
        self.now = now

    def wall_ms(self) -> int:
        """See queue_server.clock.Clock."""
        return self.now

    def monotonic_ms(self) -> int:
        """See queue_server.clock.Clock."""
        return self.now

    async def wait(self, bell: asyncio.Event, until: int) -> None:
        """See queue_server.clock.Clock."""
        await bell.wait()


def make(site: Path, data: Path, visits: int, began: int, ends: int) -> int:
    """Fill a data folder with a day. began, ends: ms between which it lies. Returns the journal's events."""
    data.mkdir(parents=True)
    return asyncio.run(_make(site, data, visits, began, ends))


async def _make(site_file: Path, data: Path, visits: int, began: int, ends: int) -> int:
    site = load(site_file)
    people = People(load_keys(data / KEY), site.facility)
    store = SqlStore(data / DATABASE, site.facility.id, secrets.token_hex(8))
    clock = MadeTime(began)
    service = Service(store, people, site.facility, publish=_nobody_follows, clock=clock)
    await service.start()
    hospital_day = _Hospital(service, visits)
    while not await hospital_day.round():
        clock.now = min(clock.now + STEP, ends)
    seq = service.seq
    await service.stop(60)
    await service.close()
    return seq


def _nobody_follows(day: Day, events: Sequence[Event]) -> None:
    return


class _Hospital:
    """Who does what next."""

    def __init__(self, service: Service, visits: int) -> None:
        self._service = service
        self._arrivals = hospital.arrivals()
        self._to_come = visits
        self._per_round = max(20, visits // 300)
        self._clinics = hospital.clinics()
        self._in_hand: dict[str, deque[tuple[str, str]]] = {each.id: deque() for each in self._clinics}
        self._rest = dict.fromkeys(self._in_hand, 0)
        self._tested: set[str] = set()

        self._results: list[str] = []
        self._opened = False

    async def round(self) -> bool:
        """One round of all clinics; whether everybody has gone home."""
        if not self._opened:
            self._opened = True
            await self._all([self._say(STAFF, c.OpenClinic(clinic=each.id)) for each in self._clinics])
        coming = min(self._per_round, self._to_come)
        self._to_come -= coming
        work: list[Coroutine[Any, Any, object]] = [self._arrive() for _ in range(coming)]
        results_now, self._results = self._results, []
        work += [self._say(STAFF, c.ResultReady(step=step)) for step in results_now]
        for each in self._clinics:
            if self._rest[each.id]:
                self._rest[each.id] -= 1
            else:
                work.append(self._work_all_places(each))
        await self._all(work)
        return not self._to_come and await self._service.read(lambda day: day.open_visits) == 0

    async def _all(self, work: list[Coroutine[Any, Any, object]]) -> None:
        # Within the mailbox: more at once would be refused as busy.
        for start in range(0, len(work), 500):
            await asyncio.gather(*work[start : start + 500])

    async def _arrive(self) -> None:
        await self._say(KIOSK, msgspec.convert(next(self._arrivals), c.Register))

    async def _work_all_places(self, clinic: hospital.Clinic) -> None:
        for _ in range(clinic.places):
            await self._work(clinic)

    async def _work(self, clinic: hospital.Clinic) -> None:
        """Finish the one in hand, with what else is to be done for them, and call the next."""
        after = None
        if len(self._in_hand[clinic.id]) >= clinic.places:
            after, visit = self._in_hand[clinic.id].popleft()
            await self._go_on(clinic, after, visit)
        told = await self._say(STAFF, c.CallNext(clinic=clinic.id, after=after))
        if isinstance(told, results.Called) and told.step and told.visit:
            self._in_hand[clinic.id].append((told.step, told.visit))
        else:
            self._rest[clinic.id] = REST
            # Nobody to call: those in hand are finished one by one.
            if after is None and self._in_hand[clinic.id]:
                step, visit = self._in_hand[clinic.id].popleft()
                await self._go_on(clinic, step, visit)
                await self._say(STAFF, c.Finish(step=step))
                self._rest[clinic.id] = 0

    async def _go_on(self, clinic: hospital.Clinic, step: str, visit: str) -> None:
        if clinic.service in ("sampling", "imaging"):
            self._results.append(step)
        elif clinic.service.startswith("exam"):
            ordinal = int(visit.rpartition("-")[2])
            if visit not in self._tested and ordinal % TESTED == 0:
                self._tested.add(visit)
                test = c.Order(service="sampling" if ordinal % 2 else "imaging")
                await self._say(STAFF, c.AddSteps(visit=visit, orders=(test,), step=step, back=True))

    async def _say(self, actor: Actor, command: c.Command) -> results.Outcome | None:
        told = codec.decode_to_client(await self._service.submit(actor, new_id(), command))
        match told:
            case Accepted():
                return told.result
            case Rejected(code=Refusal.NOBODY_WAITING):
                return None
            case _:
                raise GaveUp(f"the day cannot be made: {type(command).__name__} was answered with {told}")
