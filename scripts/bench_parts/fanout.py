"""Calls to many boards: the server's own edge against plain asyncio TCP writing the same bytes, side by side
in one process; and the whole server, from the command to the last of 1,000 boards."""

import asyncio
import multiprocessing
import resource
import secrets
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

from queue_server import listener
from queue_server.app import App, Options
from queue_server.outlet import Limits
from queue_server.people import People
from queue_server.people.keys import Keys
from queue_server.protocol.codes import HallState
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import HallCall, Row
from queue_server.site import load
from queue_server.store.memory import MemoryStore
from scripts.bench_parts import hospital, readers
from scripts.bench_parts.figures import GaveUp, Report, percentile
from scripts.bench_parts.frames import message, new_id
from scripts.bench_parts.server import running

TOPIC = f"hall:{hospital.HALL}"
SIZES = (100, 1_000, 5_000)
IN_FLIGHT = 16
SHOWN = 24
"""Calls that a hall's screen shows."""
PACED = 1_000
PACE = 0.1
"""Seconds between two paced calls: ten a second, as the busiest hour of the largest hospital."""
_context = multiprocessing.get_context("spawn")


def measure(report: Report, folder: Path, *, quick: bool) -> None:
    """Ratios for each number of boards, then latency and memory of the whole server."""
    rounds, seconds = (3, 0.3) if quick else (7, 0.5)
    site = hospital.write_site(folder / "fanout.toml", hospital.day_began(2))
    files = _allow_files()
    for boards in SIZES[:2] if quick else SIZES:
        # Two connections of a board and a plain peer end here, and the readers have as many.
        if 2 * boards + 200 > files:
            report.note(f"{boards} boards are left out: a process may have {files} open files here")
            continue
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_ratios(report, site, boards, rounds, seconds))
    _paced(report, site, folder / "paced", calls=60 if quick else 200)


# The edge against plain TCP ------------------------------------------------------------------------------


class _Readers:
    """A process of readers, asked for bytes without blocking the loop."""

    def __init__(self, port: int, connections: int, *, boards: bool) -> None:
        self._pipe, end = _context.Pipe()
        self._process = _context.Process(
            target=readers.count, args=(port, connections, end), kwargs={"boards": boards}, daemon=True
        )
        self._process.start()
        end.close()

    async def answer(self) -> Any:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._pipe.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._pipe.fileno())
        return self._pipe.recv()

    def expect(self, count: int) -> None:
        """Ask to be told when so many bytes have come."""
        self._pipe.send(count)

    async def quiet(self) -> None:
        """Read whatever is on its way."""
        self.expect(0)
        await self.answer()

    def end(self) -> None:
        self._pipe.send(None)
        self._process.join()


class _Plain(asyncio.Protocol):
    """The least that a server can be."""

    def __init__(self, transports: list[asyncio.WriteTransport]) -> None:
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of asyncio's kind without being derived from it.
        self._transports.append(cast(asyncio.WriteTransport, transport))


class _Calls:
    """A hall's rows in which one call after the other appears; follows the topic to see the bytes of each."""

    def __init__(self, app: App, rows: dict[str, Row]) -> None:
        self._hub = app.hub
        self._rows = rows
        self._count = 0
        self.frame = b""
        self._hub.follow(TOPIC, self)
        for _ in range(SHOWN):
            self.next()

    def send(self, frame: bytes) -> None:
        """The snapshot."""

    def publish(self, topic: str, frame: bytes) -> None:
        """What every board gets as well."""
        self.frame = frame

    def next(self) -> None:
        """One more call, to everybody who follows."""
        self._count += 1
        self._rows[f"call-{self._count % SHOWN}"] = self._call(self._count)
        self._hub.update(TOPIC, self._rows, self._count)

    def leave(self) -> None:
        self._hub.leave(TOPIC, self)

    def _call(self, n: int) -> HallCall:
        return HallCall(
            key=f"call-{n % SHOWN}",
            state=HallState.CALLED,
            call_sign=f"A{n % 900 + 100}",
            place=Label(vi="Quầy tiếp nhận 12", en="Reception desk 12"),
            room="12",
            clinic="reception-12",
            at=1_764_000_000_000 + n,
            times_called=1,
        )


async def _ratios(report: Report, site_file: Path, boards: int, rounds: int, seconds: float) -> None:
    # The pulse would add bytes of its own to those that are counted, and the readers say nothing.
    listener.BEAT = 86_400_000
    site = load(site_file)
    store = MemoryStore(site.facility.id, "bench")
    people = People(Keys(secrets.token_bytes(32)), site.facility)
    app = App(site, store, people, Options(port=0, limits=Limits(silent=86_400, ping=86_400)))
    await app.start()
    transports: list[asyncio.WriteTransport] = []
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(lambda: _Plain(transports), "127.0.0.1", 0, backlog=1024)
    ours = _Readers(app.port, boards, boards=True)
    theirs = _Readers(plain.sockets[0].getsockname()[1], boards, boards=False)
    for each in (ours, theirs):
        if await each.answer() != "connected":
            raise GaveUp("the readers could not connect")
    calls = _Calls(app, await app.service.read(lambda day: dict(app.listener.topics.rows(day, TOPIC) or {})))
    await asyncio.sleep(2 * listener.LOOK_AROUND)
    await ours.quiet()

    def write() -> None:
        frame = calls.frame
        for transport in transports:
            transport.write(frame)

    for in_flight, name in ((1, "ratio"), (IN_FLIGHT, "joined_ratio")):
        rates: list[float] = []
        bare: list[float] = []
        for _ in range(rounds):
            rates.append(await _rate(ours, calls.next, calls, boards, in_flight, seconds))
            bare.append(await _rate(theirs, write, calls, boards, in_flight, seconds))
        aim = {"ratio": "0.8", "joined_ratio": "4"}[name] if boards == 1_000 else ""
        kind = "per_s" if in_flight == 1 else "joined_per_s"
        report.add(f"fanout.{boards}.{kind}", "deliveries/s", rates)
        ratios = [mine / raw for mine, raw in zip(rates, bare, strict=True)]
        report.add(f"fanout.{boards}.{name}", "of plain TCP", ratios, aim)
    calls.leave()
    for each in (ours, theirs):
        each.end()
    plain.close()
    app.end()
    await app.stop(await app.ended())


async def _rate(
    where: _Readers, publish: Callable[[], None], calls: _Calls, boards: int, in_flight: int, seconds: float
) -> float:
    """Deliveries a second, with so many messages on their way to each board and then waiting for all."""
    delivered = 0
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        size = 0
        for _ in range(in_flight):
            publish()
            size += len(calls.frame)
        where.expect(size * boards)
        came = await where.answer()
        if came != size * boards:
            raise GaveUp(f"{came} bytes came where {size * boards} were written")
        delivered += in_flight * boards
    return delivered / passed


# The whole server ----------------------------------------------------------------------------------------


def _paced(report: Report, site: Path, data: Path, *, calls: int) -> None:
    """Calls ten a second through the whole server: from the command to each of 1,000 boards."""
    with running(site, data) as server:
        caller, _ = server.welcomed("supervisor", hospital.SUPERVISOR)
        desks = [clinic.id for clinic in hospital.clinics() if clinic.service == "reception"]
        for desk in desks:
            caller.command({"type": "open_clinic", "clinic": desk})
        insured = (each for each in hospital.arrivals() if each["payer"] == "insured")
        for _, command in zip(range(calls + len(desks)), insured, strict=False):
            caller.command(command)
        before = server.memory()
        pipe, end = _context.Pipe()
        process = _context.Process(target=readers.note_times, args=(server.port, PACED, end), daemon=True)
        process.start()
        end.close()
        _connected(pipe)
        report.add("fanout.kib_per_connection", "KiB", [(server.memory() - before) / PACED])

        caller.send(message(type="subscribe", topic=TOPIC))
        caller.until("snapshot")
        sent: dict[int, int] = {}
        acks = []
        in_hand = dict.fromkeys(desks, "")
        for number in range(calls):
            desk = desks[number % len(desks)]
            command = {"type": "call_next", "clinic": desk}
            if in_hand[desk]:
                command["after"] = in_hand[desk]
            began = time.monotonic_ns()
            id_ = new_id()
            caller.send(message(type="command", id=id_, command=command))
            # Patches come before the answer of their batch.
            sent[caller.until("patch")["seq"]] = began
            answer = caller.until("accepted")
            acks.append((time.monotonic_ns() - began) / 1e6)
            in_hand[desk] = answer["result"]["step"]
            time.sleep(max(0.0, PACE - (time.monotonic_ns() - began) / 1e9))
        time.sleep(PACE)
        pipe.send(None)
        moments = pipe.recv()
        caller.close()
    took = [(moment - began) / 1e6 for seq, began in sent.items() for moment in moments.get(seq, ())]
    if len(took) != calls * PACED:
        report.note(f"{calls * PACED} deliveries were expected, {len(took)} came in patches of their own")
    report.add(f"fanout.{PACED}.p50_ms", "ms", [percentile(took, 0.5)])
    report.add(f"fanout.{PACED}.p99_ms", "ms", [percentile(took, 0.99)])
    report.add(f"fanout.{PACED}.ack_p50_ms", "ms", [percentile(acks, 0.5)])


def _connected(pipe: Connection) -> None:
    try:
        pipe.recv()
    except EOFError:
        raise GaveUp("the boards could not connect") from None


def _allow_files() -> int:
    """As many open files as this account may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
