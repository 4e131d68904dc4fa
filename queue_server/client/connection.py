"""The asyncio shell of a client: one socket at a time, a list of servers, never giving up.

ClientError
└── NoAnswer   a question was not answered in time
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import uuid_utils
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from queue_server.client import patience
from queue_server.client.conversation import (
    Beaten,
    Change,
    Complaint,
    Conversation,
    Effect,
    Link,
    LinkState,
    Resolve,
    Retry,
    Transmit,
    Welcomed,
)
from queue_server.protocol import codec
from queue_server.protocol.codes import Role
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Accepted, Answered, Rejected
from queue_server.protocol.questions import Answer, Question
from queue_server.protocol.rows import Row

CONNECT_PATIENCE = 5.0
"""Seconds for a handshake."""
SEND_PATIENCE = 10.0
"""Seconds for one frame to be taken by the socket before the server counts as stuck."""
SILENT_BEATS = 3
"""A server that misses this many beats is left."""

log = logging.getLogger(__name__)


class ClientError(Exception):
    """Something between this client and its server went wrong."""


class NoAnswer(ClientError):
    """The question was not answered in time."""


def new_id() -> str:
    """A fresh UUIDv7, lower case."""
    return str(uuid_utils.uuid7())


@dataclass(frozen=True, slots=True)
class Wish:
    """A command on its way: its id, and its answer to come."""

    id: str
    answer: "asyncio.Future[Accepted | Rejected]"


class Connection:
    """A link to the queue server that outlives servers.

    servers: websocket addresses, tried in turn. on_change: rows of a topic changed. on_link: the link's state
    changed. Both are called on the loop and must be quick. Everything else may be called before `run`.
    """

    def __init__(
        self,
        servers: Sequence[str],
        role: Role,
        token: str,
        *,
        client: str = "",
        on_change: Callable[[Change], None] = lambda change: None,
        on_link: Callable[[Link], None] = lambda link: None,
    ) -> None:
        if not servers:
            raise ValueError("a client needs at least one server address")
        self.servers = tuple(servers)
        self.link = Link(LinkState.WAITING)
        self.conversation = Conversation(role, token, new_id, client)
        self._on_change, self._on_link = on_change, on_link
        self._outbox: asyncio.Queue[bytes] | None = None
        self._wishes: dict[str, asyncio.Future[Accepted | Rejected]] = {}
        self._asks: dict[str, asyncio.Future[Answer | Rejected]] = {}
        self._beat = 5.0
        self._heard_at: float | None = None
        self._clock_offset = 0
        self._come_back = asyncio.Event()

    def rows(self, topic: str) -> Mapping[str, Row]:
        """The last known rows of a topic by key; empty before the first snapshot."""
        replica = self.conversation.topics.get(topic)
        return replica.rows if replica else {}

    @property
    def online(self) -> bool:
        return self.link.state is LinkState.ONLINE

    @property
    def age(self) -> float | None:
        """Seconds since the server was last heard; None before the first time."""
        return None if self._heard_at is None else time.monotonic() - self._heard_at

    @property
    def server_now(self) -> int:
        """The server's clock, ms: screens show this time, never their own."""
        return int(time.monotonic() * 1000) + self._clock_offset

    def submit(self, command: Command, again: str | None = None) -> Wish:
        """Wish for a change. The answer comes however long that takes and however many servers.

        again: the id of a wish of an earlier run, to go on with it. Cancelling `answer` only stops the
        waiting: the wish goes on until it is answered.
        """
        wish_id, effects = self.conversation.submit(command, again)
        answer: asyncio.Future[Accepted | Rejected] = asyncio.get_running_loop().create_future()
        self._wishes[wish_id] = answer
        self._carry_out(effects)
        return Wish(wish_id, answer)

    async def ask(self, question: Question, patience: float = 5.0) -> Answer | Rejected:
        """Read something. Raises NoAnswer when it takes longer than `patience` seconds."""
        ask_id, effects = self.conversation.ask(question)
        answer: asyncio.Future[Answer | Rejected] = asyncio.get_running_loop().create_future()
        self._asks[ask_id] = answer
        self._carry_out(effects)
        try:
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError:
            raise NoAnswer from None
        finally:
            self._asks.pop(ask_id, None)
            self.conversation.give_up(ask_id)

    def subscribe(self, topic: str) -> None:
        """Follow a topic; its rows stay readable through every outage."""
        self._carry_out(self.conversation.subscribe(topic))

    def unsubscribe(self, topic: str) -> None:
        self._carry_out(self.conversation.unsubscribe(topic))

    def report(self, shows: dict[str, str | int | bool]) -> None:
        """Tell the server what this device shows or suffers."""
        self._carry_out(self.conversation.report(shows))

    def come_back_now(self) -> None:
        """Cut a waiting time short: a person pressed "try again"."""
        self._come_back.set()

    async def run(self) -> None:
        """Keep the link up until cancelled."""
        attempt = 0
        turn = 0
        while True:
            server = self.servers[turn % len(self.servers)]
            turn += 1
            self._set_link(
                Link(LinkState.CONNECTING, server, self.link.code, self.link.reason, self.link.slow)
            )
            code, reason, welcomed = await self._visit(server)
            attempt = 0 if welcomed else attempt + 1
            slow = patience.comes_back_slowly(code)
            self._set_link(Link(LinkState.WAITING, server, code, reason, slow))
            log.info(
                "link lost", extra={"action": "link_lost", "server": server, "code": code, "reason": reason}
            )
            wait = patience.delay(code, attempt, random.random())
            self._come_back.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._come_back.wait()

    async def _visit(self, server: str) -> tuple[int, str, bool]:
        """One connection from handshake to close: close code, reason, and whether we were welcomed."""
        try:
            # Not wait_for: in Python 3.11 it can swallow a cancellation that comes with the result.
            async with asyncio.timeout(CONNECT_PATIENCE):
                socket = await connect(
                    server,
                    compression=None,
                    ping_interval=None,
                    max_size=None,
                    open_timeout=None,
                    close_timeout=1,
                    proxy=None,
                )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            return 1006, str(error) or type(error).__name__, False
        self._outbox = asyncio.Queue()
        sender = asyncio.create_task(self._send(socket, self._outbox), name="client sender")
        try:
            self._carry_out(self.conversation.opened())
            code, reason = await self._listen(socket)
        finally:
            sender.cancel()
            self._outbox = None
            welcomed = self.conversation.welcome is not None
            self.conversation.closed()
            socket.transport.abort()
        return code, reason, welcomed

    async def _listen(self, socket: ClientConnection) -> tuple[int, str]:
        try:
            while True:
                async with asyncio.timeout(self._beat * SILENT_BEATS):
                    frame = await socket.recv(decode=False)
                self._heard_at = time.monotonic()
                self._carry_out(self.conversation.received(frame))
        except TimeoutError:
            return 1006, "silent"
        except codec.ProtocolError as error:
            return 1002, str(error)
        except ConnectionClosed as closed:
            received = closed.rcvd
            return (received.code, received.reason) if received else (1006, "")

    async def _send(self, socket: ClientConnection, outbox: "asyncio.Queue[bytes]") -> None:
        """Frames leave one after the other; a server that takes none ends the connection."""
        try:
            while True:
                frame = await outbox.get()
                async with asyncio.timeout(SEND_PATIENCE):
                    await socket.send(frame, text=True)
        except (TimeoutError, ConnectionClosed, OSError):
            socket.transport.abort()

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Transmit():
                    if self._outbox is not None:
                        self._outbox.put_nowait(effect.frame)
                case Resolve():
                    self._resolve(effect)
                case Change():
                    self._on_change(effect)
                case Welcomed():
                    self._beat = effect.welcome.beat / 1000
                    self._set_clock(effect.welcome.now)
                    self._set_link(Link(LinkState.ONLINE, self.link.server))
                case Beaten():
                    self._set_clock(effect.beat.now)
                    self._set_link(Link(LinkState.ONLINE, self.link.server, degraded=effect.beat.degraded))
                case Complaint():
                    log.warning(
                        "the server refused a frame",
                        extra={
                            "action": "frame_refused",
                            "code": effect.error.code,
                            "about": effect.error.about,
                        },
                    )
                case Retry():
                    asyncio.get_running_loop().call_later(effect.after, self._retry, effect.id)

    def _retry(self, wish_id: str) -> None:
        self._carry_out(self.conversation.retry(wish_id))

    def _resolve(self, effect: Resolve) -> None:
        """Hand an answer to whoever waits; an ask may be rejected too."""
        reply = effect.reply
        ask = self._asks.get(effect.id)
        if ask is not None:
            if not ask.done() and not isinstance(reply, Accepted):
                ask.set_result(reply.answer if isinstance(reply, Answered) else reply)
            return
        wish = self._wishes.pop(effect.id, None)
        if wish is not None and not wish.done() and not isinstance(reply, Answered):
            wish.set_result(reply)

    def _set_clock(self, now: int) -> None:
        self._clock_offset = now - int(time.monotonic() * 1000)

    def _set_link(self, link: Link) -> None:
        if link != self.link:
            self.link = link
            self._on_link(link)
