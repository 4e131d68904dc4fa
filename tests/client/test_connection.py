"""The connection over real sockets: servers that vanish, refuse, fall silent or answer late."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from queue_server.client import Change, Connection, Link, LinkState, NoAnswer
from queue_server.client.connection import ClientError
from queue_server.protocol import codec
from queue_server.protocol.codes import CloseCode, Role
from queue_server.protocol.commands import CallNext
from queue_server.protocol.messages import (
    Accepted,
    Ask,
    CommandMessage,
    Hello,
    Snapshot,
    Subscribe,
    ToClient,
    Unavailable,
    Welcome,
)
from queue_server.protocol.questions import Find
from queue_server.protocol.results import Done

Handler = Callable[[ServerConnection], Awaitable[None]]


async def say(socket: ServerConnection, message: ToClient) -> None:
    await socket.send(codec.encode(message), text=True)


async def greet(socket: ServerConnection, beat: int = 5000) -> None:
    hello = codec.decode_to_server(await socket.recv())
    assert isinstance(hello, Hello)
    await say(socket, Welcome(wire=1, epoch="e", now=7, beat=beat, device="d", role=hello.role, facility="f"))


class Stage:
    """A server under the test's control, and the client that talks to it."""

    def __init__(self, *handlers: Handler) -> None:
        self.handlers = handlers
        self.links: list[LinkState] = []
        self.changes: list[Change] = []
        self._turned = asyncio.Event()

    def _changed(self, change: Change) -> None:
        self.changes.append(change)
        self._turned.set()

    def _linked(self, link: Link) -> None:
        self.links.append(link.state)
        self._turned.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so; `play` has the deadline."""
        while not true():
            self._turned.clear()
            await self._turned.wait()

    async def play(self, act: Callable[[Connection], Awaitable[None]]) -> None:
        servers = [await serve(handler, "127.0.0.1", 0, compression=None) for handler in self.handlers]
        addresses = [f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws" for server in servers]
        client = Connection(
            addresses,
            Role.CLINIC,
            "t",
            on_change=self._changed,
            on_link=self._linked,
        )
        running = asyncio.create_task(client.run())
        try:
            async with asyncio.timeout(20):
                await act(client)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            for server in servers:
                server.close()
                await server.wait_closed()


def test_a_command_survives_a_server_that_dies_before_answering() -> None:
    seen: list[str] = []

    async def dies(socket: ServerConnection) -> None:
        await greet(socket)
        message = codec.decode_to_server(await socket.recv())
        assert isinstance(message, CommandMessage)
        seen.append(message.id)
        socket.transport.abort()

    async def answers(socket: ServerConnection) -> None:
        await greet(socket)
        async for frame in socket:
            message = codec.decode_to_server(frame)
            assert isinstance(message, CommandMessage)
            seen.append(message.id)
            await say(socket, Accepted(id=message.id, seq=1, result=Done()))

    async def act(client: Connection) -> None:
        wish = client.submit(CallNext(clinic="r12"))
        answer = await wish.answer
        assert isinstance(answer, Accepted)
        assert seen == [wish.id, wish.id]

    asyncio.run(Stage(dies, answers).play(act))


def test_unavailable_is_asked_again_until_it_is_an_answer() -> None:
    tries: list[str] = []

    async def server(socket: ServerConnection) -> None:
        await greet(socket)
        async for frame in socket:
            message = codec.decode_to_server(frame)
            assert isinstance(message, CommandMessage)
            tries.append(message.id)
            reply: ToClient = Unavailable(id=message.id)
            if len(tries) > 1:
                reply = Accepted(id=message.id, seq=1, result=Done())
            await say(socket, reply)

    async def act(client: Connection) -> None:
        await client.submit(CallNext(clinic="r12")).answer
        assert len(tries) == 2

    asyncio.run(Stage(server).play(act))


def test_rows_stay_readable_while_the_link_is_down() -> None:
    gone = asyncio.Event()

    async def once(socket: ServerConnection) -> None:
        if gone.is_set():
            await socket.close(CloseCode.NOT_OWNER)
            return
        await greet(socket)
        message = codec.decode_to_server(await socket.recv())
        assert isinstance(message, Subscribe)
        await say(socket, Snapshot(topic=message.topic, seq=1, rows=()))
        await gone.wait()
        socket.transport.abort()

    stage = Stage(once)

    async def act(client: Connection) -> None:
        client.subscribe("hall:a")
        await stage.until(lambda: bool(stage.changes))
        gone.set()
        await stage.until(lambda: stage.links[-1] is LinkState.WAITING)
        assert client.rows("hall:a") == {}
        assert client.conversation.topics["hall:a"].epoch == "e"
        assert client.age is not None

    asyncio.run(stage.play(act))


def test_a_refused_token_is_told_and_tried_again_slowly() -> None:
    async def refuses(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(CloseCode.BAD_TOKEN, "unknown token")

    stage = Stage(refuses)

    async def act(client: Connection) -> None:
        await stage.until(lambda: client.link.slow)
        assert (client.link.code, client.link.reason) == (CloseCode.BAD_TOKEN, "unknown token")

    asyncio.run(stage.play(act))


def test_a_silent_server_is_left() -> None:
    async def falls_silent(socket: ServerConnection) -> None:
        await greet(socket, beat=20)
        await socket.wait_closed()

    stage = Stage(falls_silent)

    async def act(client: Connection) -> None:
        await stage.until(lambda: client.link.reason == "silent")

    asyncio.run(stage.play(act))


def test_a_question_has_a_time_limit() -> None:
    async def deaf(socket: ServerConnection) -> None:
        await greet(socket)
        message = codec.decode_to_server(await socket.recv())
        assert isinstance(message, Ask)
        await socket.wait_closed()

    async def act(client: Connection) -> None:
        with pytest.raises(NoAnswer):
            await client.ask(Find(text="A045"), 0.05)
        assert client.conversation.unanswered == ()

    asyncio.run(Stage(deaf).play(act))
    assert issubclass(NoAnswer, ClientError)
