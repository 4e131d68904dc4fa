"""A queue server that plays a part: serves given rows on a real socket and answers commands as it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal, Role
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import (
    Accepted,
    Answered,
    Ask,
    Beat,
    CommandMessage,
    Hello,
    Patch,
    Rejected,
    Report,
    Snapshot,
    Subscribe,
    ToClient,
    Welcome,
)
from queue_server.protocol.questions import Answer, Question
from queue_server.protocol.results import Done, Outcome
from queue_server.protocol.rows import Row

PATIENCE = 10.0
"""Seconds a test waits for something before it fails."""


class Refused(Exception):
    """The scripted answer to a command is a refusal."""

    def __init__(
        self, code: Refusal, **facts: str | int | bool | tuple[str, ...] | dict[str, int] | None
    ) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class ScriptedServer:
    """rows: topic -> rows. on_command, on_question: what the server does; they may call `put`.

    hold: while true, commands are received and not answered until `release`. now: the server's clock, ms.
    """

    def __init__(
        self,
        rows: Mapping[str, Iterable[Row]],
        now: int,
        *,
        on_command: Callable[[Command], Outcome] = lambda command: Done(),
        on_question: Callable[[Question], Answer] | None = None,
        clinics: tuple[str, ...] = (),
    ) -> None:
        self.rows = {topic: {row.key: row for row in given} for topic, given in rows.items()}
        self.now = now
        self.commands: list[Command] = []
        self.ids: list[str] = []
        self.reports: list[dict[str, str | int | bool]] = []
        self.subscribed: list[str] = []
        self.hold = False
        self._held: list[tuple[ServerConnection, str, Command]] = []
        self._on_command, self._on_question = on_command, on_question
        self._clinics = clinics
        self._seqs: dict[str, int] = {}
        self._peers: dict[ServerConnection, set[str]] = {}
        self._server: Server | None = None
        self._port = 0
        self._epoch = 0
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self._port}/ws"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    async def open(self) -> None:
        """Listen; again on the same port after `shut`."""
        self._epoch += 1
        self._server = await serve(self._serve, "127.0.0.1", self._port, compression=None, ping_interval=None)
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def shut(self) -> None:
        """Vanish."""
        if self._server is not None:
            for peer in list(self._peers):
                peer.transport.abort()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def put(self, topic: str, *rows: Row, drop: tuple[str, ...] = ()) -> None:
        """Change rows and tell followers."""
        table = self.rows.setdefault(topic, {})
        for key in drop:
            table.pop(key, None)
        table.update({row.key: row for row in rows})
        self._seqs[topic] = self._seqs.get(topic, 1) + 1
        patch = codec.encode(Patch(topic=topic, seq=self._seqs[topic], put=rows, drop=drop)).decode()
        for peer, topics in self._peers.items():
            if topic in topics:
                self._send(peer, patch)

    def release(self) -> None:
        """Answer what was held back, to those who are still there."""
        self.hold = False
        held, self._held = self._held, []
        for peer, wish, command in held:
            if peer in self._peers:
                self._send(peer, codec.encode(self._answer(wish, command)).decode())

    def _send(self, peer: ServerConnection, text: str) -> None:
        task = asyncio.get_running_loop().create_task(peer.send(text))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[None]") -> None:
        """A peer that left meanwhile is no fault of the server's."""
        self._sending.discard(task)
        if not task.cancelled():
            task.exception()

    async def _serve(self, peer: ServerConnection) -> None:
        self._peers[peer] = set()
        try:
            async for frame in peer:
                for reply in await self._received(peer, frame):
                    await peer.send(codec.encode(reply).decode())
        except (OSError, ConnectionClosed):
            return
        finally:
            self._peers.pop(peer, None)

    async def _received(self, peer: ServerConnection, frame: bytes | str) -> list[ToClient]:
        message = codec.decode_to_server(frame)
        match message:
            case Hello():
                welcome = _welcome(self._epoch, self.now, message.role, self._clinics)
                return [welcome, Beat(now=self.now, journal_seq=1)]
            case Subscribe():
                self.subscribed.append(message.topic)
                self._peers[peer].add(message.topic)
                rows = tuple(self.rows.get(message.topic, {}).values())
                return [Snapshot(topic=message.topic, seq=self._seqs.setdefault(message.topic, 1), rows=rows)]
            case CommandMessage():
                command = codec.decode_command(message.command)
                self.commands.append(command)
                self.ids.append(message.id)
                if self.hold:
                    self._held.append((peer, message.id, command))
                    return []
                return [self._answer(message.id, command)]
            case Ask():
                if self._on_question is None:
                    return [Rejected(id=message.id, code=Refusal.FORBIDDEN)]
                return [Answered(id=message.id, answer=self._on_question(message.question))]
            case Report():
                self.reports.append(message.shows)
                return []
            case _:
                return []

    def _answer(self, wish: str, command: Command) -> ToClient:
        try:
            return Accepted(id=wish, seq=1, result=self._on_command(command))
        except Refused as refused:
            return Rejected(id=wish, code=refused.code, facts=refused.facts)


def _welcome(epoch: int, now: int, role: Role, clinics: tuple[str, ...]) -> Welcome:
    return Welcome(
        wire=1,
        epoch=f"epoch-{epoch}",
        now=now,
        beat=60_000,
        device="device",
        role=role,
        facility="hospital",
        clinics=clinics,
    )


async def until(condition: Callable[[], bool], step: Callable[[], Awaitable[None]] | None = None) -> None:
    """Wait for a condition with a deadline. step: what passes time meanwhile, such as a pilot's pause."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await (step() if step else asyncio.sleep(0.005))
