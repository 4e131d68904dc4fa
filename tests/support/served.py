"""A whole server in this process, on a real socket and database, and a client that speaks plain JSON."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uuid_utils
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from queue_server.app import DATABASE, App, Options
from queue_server.people import Keys, People
from queue_server.site import Site, demo, load
from queue_server.store.port import Store
from queue_server.store.sql import SqlStore

PATIENCE = 10.0
KEYS = Keys(bytes(range(32)))
NAME, NUMBER = "Đặng Thị Hồng Ngọc", "031185004477"
Message = dict[str, Any]


def new_id() -> str:
    return str(uuid_utils.uuid7())


async def until(holds: Callable[[], object]) -> None:
    """Let the loop go on until something holds; fails after PATIENCE seconds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


def site() -> Site:
    return load(demo())


def sqlite(folder: Path, facility: str, writer: str = "w1", *, exclusive: bool = True) -> SqlStore:
    return SqlStore(folder / DATABASE, facility, writer, exclusive=exclusive)


@asynccontextmanager
async def serving(
    folder: Path, *, store: Store | None = None, options: Options | None = None, plan: Site | None = None
) -> AsyncIterator[App]:
    """A started server; stopped at the end, if the test has not done so."""
    plan = plan or site()
    store = store or sqlite(folder, plan.facility.id)
    app = App(plan, store, People(KEYS, plan.facility), replace(options or Options(), port=0))
    await app.start()
    try:
        yield app
    finally:
        if not app.stopping:
            app.end("the test is over")
            await app.stop(await app.ended())


def register(**more: Any) -> Message:
    """A command: an insured patient with a card."""
    identity = {"kind": "card", "number": NUMBER, "name": NAME, "birth": "1985-03-02"}
    return {"type": "register", "payer": "insured", "kind": "exam", "identity": identity, **more}


class Talk:
    """One client. Messages are dicts; `heard` keeps those that a wait for another one passed over."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[Message] = []
        self.frames: list[str] = []
        self._socket: ClientConnection | None = None

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    async def open(self) -> Self:
        address = f"ws://127.0.0.1:{self.port}/ws"
        self._socket = await connect(
            address, compression=None, ping_interval=None, max_size=None, proxy=None, close_timeout=1
        )
        return self

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def hello(self, device: str, role: str = "", **more: Any) -> Message:
        """Say who we are with a demo token; returns the welcome."""
        role = role or device.rpartition("-")[0] or device
        await self.say({"type": "hello", "role": role, "token": f"demo-{device}", **more})
        return await self.take("welcome")

    async def say(self, message: Message) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> Message:
        async with asyncio.timeout(PATIENCE):
            text = await self.socket.recv(decode=True)
        self.frames.append(text)
        heard: Message = json.loads(text)
        return heard

    async def take(self, *types: str, **fields: Any) -> Message:
        """The next message of one of these types and with these fields."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.hear()
                if message["type"] in types and fields.items() <= message.items():
                    return message
                self.heard.append(message)

    async def do(self, command: Message, id_: str = "") -> Message:
        """Send a command and wait for its answer."""
        id_ = id_ or new_id()
        await self.say({"type": "command", "id": id_, "command": command})
        return await self.take("accepted", "rejected", "unavailable", id=id_)

    async def ask(self, question: Message) -> Message:
        id_ = new_id()
        await self.say({"type": "ask", "id": id_, "question": question})
        return await self.take("answer", "rejected", "unavailable", id=id_)

    async def follow(self, topic: str, **more: Any) -> Message:
        await self.say({"type": "subscribe", "topic": topic, **more})
        return await self.take("snapshot", "current", "error")

    async def closed(self) -> tuple[int, str]:
        """Read to the end; the close code and reason."""
        try:
            while True:
                self.heard.append(await self.hear())
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")


@asynccontextmanager
async def talking(app: App, device: str, role: str = "") -> AsyncIterator[Talk]:
    """A client that is welcome."""
    async with Talk(app.port) as talk:
        await talk.hello(device, role)
        yield talk
