"""Many clients in one process of their own, each sending its next command when the last is answered.

Seven in ten register patients, the others call the next one and then finish. An answer counts only when it is
the one to the command on its way; refusals are counted by their code.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from scripts.bench_parts import hospital
from scripts.bench_parts.frames import CLOSE, PING, PONG, hello, masked, message, new_id, split, upgrade


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a crowd is to do. registered: commands that only register, before the clock starts."""

    port: int
    clients: int
    registered: int
    commands: int
    first_patient: int = 0


@dataclass(slots=True)
class Done:
    """What a crowd did. seconds: from the first command to the last answer. cpu: seconds it used itself.

    kinds: commands accepted, by kind. refused: by code; `wrong` are answers that fit no command.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def run(wanted: Wanted, pipe: Connection) -> None:
    """Connect, register some patients, say so; when told, send the commands; answer with Done."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(wanted, pipe))


async def _run(wanted: Wanted, pipe: Connection) -> None:
    crowd = _Crowd(wanted)
    await crowd.connect()
    registrars = [client for client in crowd.clients if not client.clinic]
    await crowd.send(registrars, wanted.registered)
    pipe.send(crowd.done)
    pipe.recv()
    crowd.done = Done()
    began, cpu = time.perf_counter(), time.process_time()
    await crowd.send(crowd.clients, wanted.commands)
    crowd.done.seconds = time.perf_counter() - began
    crowd.done.cpu = time.process_time() - cpu
    pipe.send(crowd.done)


class _Crowd:
    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.done = Done()
        counters = [each.id for each in hospital.clinics() if each.service in ("reception", "cashier")]
        callers = wanted.clients * 3 // 10
        self.clients = [
            _Client(self, counters[n % len(counters)] if n < callers else "") for n in range(wanted.clients)
        ]
        # Made before the clock starts: what costs the clients nothing cannot be taken for the server's cost.
        enough = wanted.registered + wanted.commands
        self.registers = iter([*_registers(wanted.first_patient, enough)])
        self._left = 0
        self._out = 0
        self._idle = asyncio.Event()

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for client in self.clients:
            await loop.create_connection(client.itself, "127.0.0.1", self.wanted.port)
            await client.welcomed

    async def send(self, clients: list["_Client"], commands: int) -> None:
        """So many commands, one of each client at a time."""
        self._idle.clear()
        self._left = commands
        for client in clients:
            self.next(client)
        await self._idle.wait()

    def next(self, client: "_Client") -> None:
        if self._left:
            self._left -= 1
            self._out += 1
            client.send()

    def answered(self, client: "_Client") -> None:
        self._out -= 1
        self.next(client)
        if not self._out:
            self._idle.set()


class _Client(asyncio.Protocol):
    """One connection. clinic: where it calls; empty for one who registers."""

    def __init__(self, crowd: _Crowd, clinic: str) -> None:
        self._crowd = crowd
        self.clinic = clinic
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: Any = None
        self._left = b""
        self._upgraded = False
        self._id = b""
        self._kind = ""
        self._step = ""
        self._call = b'"command":{"type":"call_next","clinic":"' + clinic.encode() + b'"}}'

    def itself(self) -> "_Client":
        """What the loop asks for when the connection is there."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(upgrade(self._crowd.wanted.port))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.welcomed.done():
            self.welcomed.set_exception(exc or ConnectionError("closed before the welcome"))

    def send(self) -> None:
        """The next command of this client."""
        if not self.clinic:
            self._kind = "register"
            self._id, frame = next(self._crowd.registers)
        else:
            self._id = new_id().encode()
            if self._step:
                self._kind = "finish"
                command = b'"command":{"type":"finish","step":"' + self._step.encode() + b'"}}'
            else:
                self._kind = "call_next"
                command = self._call
            frame = masked(b'{"type":"command","id":"' + self._id + b'",' + command)
        self._transport.write(frame)

    def data_received(self, data: bytes) -> None:
        data = self._left + data if self._left else data
        if not self._upgraded:
            _, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                self._left = data
                return
            self._upgraded, data = True, rest
            role, token = ("supervisor", hospital.SUPERVISOR) if self.clinic else ("kiosk", hospital.KIOSK)
            self._transport.write(hello(role, token))
        frames, self._left = split(data)
        for opcode, payload in frames:
            if opcode == PING:
                self._transport.write(masked(payload, PONG))
            elif opcode == CLOSE:
                self._crowd.done.refused[f"closed {payload[2:].decode()}"] += 1
            else:
                self._take(payload)

    def _take(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"accepted","id":"' + self._id + b'"') and self._id:
            self._crowd.done.kinds[self._kind] += 1
            self._step = _step(payload) if self._kind == "call_next" else ""
            self._crowd.answered(self)
        elif payload.startswith(b'{"type":"welcome"'):
            self.welcomed.set_result(None)
        elif not payload.startswith(b'{"type":"beat"'):
            told = json.loads(payload)
            mine = told.get("id", "").encode() == self._id
            self._crowd.done.refused[told.get("code", told["type"]) if mine else "wrong"] += 1
            self._step = ""
            if mine:
                self._crowd.answered(self)


def _step(payload: bytes) -> str:
    found = payload.find(b'"step":"')
    return payload[found + 8 : payload.index(b'"', found + 8)].decode() if found >= 0 else ""


def _registers(first: int, count: int) -> Iterator[tuple[bytes, bytes]]:
    for _, command in zip(range(count), hospital.arrivals(first), strict=False):
        id_ = new_id()
        yield id_.encode(), message(type="command", id=id_, command=command)
