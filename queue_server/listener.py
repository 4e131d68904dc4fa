"""The websockets shell around `session`: sockets in, effects carried out. Here nothing is decided.

One handler per connection, which only receives; everything that leaves goes through the connection's outlet.
A command is put into the mailbox and its answer sent when it comes, so that many of one connection are on
their way at once; answers follow the patches of their batch, because the service publishes before it answers.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import assert_never

import uuid_utils
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from queue_server.answers import Answers
from queue_server.devices import Devices
from queue_server.engine.emergencies import escalating
from queue_server.engine.model import Actor, Day
from queue_server.hub import Hub
from queue_server.outlet import Limits, Outlet, OutletConnection, Outlets, Why, frame
from queue_server.people import People
from queue_server.protocol import codec
from queue_server.protocol.codes import AlertKind, Refusal, Role
from queue_server.protocol.commands import AcknowledgeAlert, Command, EscalateAlert, RaiseAlert
from queue_server.protocol.messages import Beat, Rejected, ToClient
from queue_server.service import NotServing, Service
from queue_server.service.failures import where
from queue_server.session import (
    Allowances,
    Close,
    Effect,
    Follow,
    Identify,
    Inquire,
    Leave,
    Note,
    Send,
    Session,
    Submit,
)
from queue_server.site import Device, holder
from queue_server.topics import Topics

log = logging.getLogger(__name__)

PATH = "/ws"
BEAT = 5_000
"""ms between two beats; a client that misses three looks for another server."""
HELLO_WITHIN = 5.0
"""Seconds a connection may take to say who it is."""
LOOK_AROUND = 0.5
"""Seconds between two looks at what nobody tells us: devices gone, news put off, the store failing."""
LONGEST_MESSAGE = 2 * codec.MAX_FRAME
"""Bytes the library takes before it closes with 1009; up to here the refusal is ours, and coded."""
STRANGERS_WITHIN = 0.5
"""Seconds that half-open connections and answers to HTTP requests are given at the end."""
QUESTIONS_AT_ONCE = 4
"""Questions of one connection that are being answered; more are `busy`."""

OnRequest = Callable[[ServerConnection, Request], Awaitable[Response | None] | Response | None]


class Listener:
    """The connections of one server process. All methods are called on one event loop.

    process_request: answers everything that is not a websocket handshake at `PATH`.
    """

    def __init__(
        self,
        *,
        hub: Hub,
        people: People,
        devices: Iterable[Device],
        facility: str,
        process_request: OnRequest | None = None,
        allowances: Allowances | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.outlets = Outlets(limits, on_abort=self._cut_off)
        self.devices = Devices()
        self.topics = Topics(hub, people, self.devices)
        self.cut_off: dict[Why, int] = dict.fromkeys(Why, 0)
        """How many peers were cut off, by why."""
        self.frames = 0
        """Frames received."""
        self._hub = hub
        self._known = tuple(devices)
        self._facility = facility
        self._process_request = process_request
        self._allowances = allowances
        self._service: Service | None = None
        self._answers: Answers | None = None
        self._server: Server | None = None
        self._talking: set[_Conversation] = set()
        self._errands: set[asyncio.Task[None]] = set()
        self._sockets: set[ServerConnection] = set()
        self._beating: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """Connections whose device is known."""
        return len(self._talking)

    @property
    def port(self) -> int:
        """Where we listen; known once `start` returned."""
        return int(self._listening.sockets[0].getsockname()[1])

    async def start(self, service: Service, answers: Answers, host: str, port: int) -> None:
        """Take connections for a service that has started. Raises OSError when the port is not to be had."""
        self._service, self._answers = service, answers
        self._server = await serve(
            self._handle,
            host,
            port,
            create_connection=_noted_in(self._sockets),
            process_request=self._process_request,
            compression=None,
            ping_interval=None,
            max_size=LONGEST_MESSAGE,
            close_timeout=self.outlets.limits.closing,
            backlog=1024,
            server_header=None,
            logger=_quiet(),
        )
        self._beating = asyncio.create_task(self._look_around(), name="beat")

    def refuse_newcomers(self) -> None:
        """First rung of the shutdown: no new connections; those that are there stay."""
        if self._server is not None:
            self._server.close(close_connections=False)

    async def close(self, code: int, reason: str) -> tuple[str, ...]:
        """Say goodbye to all side by side; returns whom that did not reach, who is cut off."""
        left = await self.outlets.close(code, reason)
        if self._beating is not None:
            self._beating.cancel()
        for errand in self._errands:
            errand.cancel()
        if self._server is not None:
            # Who has connected without ever asking for anything has no outlet and would be waited for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STRANGERS_WITHIN):
                    await asyncio.shield(self._server.wait_closed())
            for connection in tuple(self._sockets):
                connection.transport.abort()
            await self._server.wait_closed()
        return tuple(outlet.name for outlet in left)

    # What conversations ask ------------------------------------------------------------------------------

    @property
    def service(self) -> Service:
        """The writer behind this listener."""
        if self._service is None:
            raise RuntimeError("the listener has not been started")
        return self._service

    @property
    def answers(self) -> Answers:
        """Who answers questions."""
        if self._answers is None:
            raise RuntimeError("the listener has not been started")
        return self._answers

    async def identify(self, role: Role, token: str) -> Device | None:
        """Whom a token names, if it names somebody of this role."""
        if role is Role.PATIENT:
            known = await self.service.read(lambda day: token in day.tokens)
            return Device(token, Role.PATIENT, "") if known else None
        device = holder(self._known, token)
        if device is None:
            log.warning("unknown token", extra={"action": "bad_token", "role": role, "why": "unknown"})
        elif device.role is not role:
            extra = {"action": "bad_token", "device": device.id, "role": role, "why": f"is a {device.role}"}
            log.warning("token of another role", extra=extra)
            return None
        return device

    def welcome(self, session: Session, device: Device | None) -> list[Effect]:
        """The effects of knowing, or not knowing, who speaks."""
        return session.identified(
            device, epoch=self._hub.epoch, now_ms=self.service.now(), beat_ms=BEAT, facility=self._facility
        )

    def errand(self, work: "asyncio.Task[None]") -> None:
        """Keep a task that nobody else holds."""
        self._errands.add(work)
        work.add_done_callback(self._errands.discard)

    def came(self, conversation: "_Conversation", device: Device) -> None:
        """A device is known and talks."""
        self._talking.add(conversation)
        if device.role is not Role.PATIENT:
            self.devices.came(device.id, device.role, self.service.now())
            log.info("%s is here", device.id, extra={"action": "connected", "device": device.id})

    def went(self, conversation: "_Conversation", device: Device) -> None:
        """A device is gone."""
        self._talking.discard(conversation)
        if device.role is not Role.PATIENT:
            self.devices.went(device.id, self.service.now())
            log.info("%s is gone", device.id, extra={"action": "disconnected", "device": device.id})

    # The pulse -------------------------------------------------------------------------------------------

    async def _look_around(self) -> None:
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        degraded = False
        seeing: asyncio.Task[None] | None = None
        while True:
            await asyncio.sleep(LOOK_AROUND)
            try:
                now = loop.time()
                if now >= beat_at or degraded != self.service.degraded:
                    degraded = self.service.degraded
                    beat_at = now + BEAT / 1000
                    self._beat()
                # A store that hangs keeps the day to itself: the beat goes on, one look waits for the day.
                if seeing is None or seeing.done():
                    seeing = asyncio.create_task(self._see_to_the_day())
                    self.errand(seeing)
            except Exception as error:  # noqa: BLE001 - the pulse must go on
                log.error("looking around failed: %s", where(error), extra={"action": "look_around"})

    async def _see_to_the_day(self) -> None:
        try:
            if self.service.owner:
                await self.service.read(self._see_to_alerts)
            if self.topics.behind(self.service.now()):
                await self.service.read(partial(self._catch_up, now=self.service.now()))
        except NotServing:
            return
        except Exception as error:  # noqa: BLE001 - whoever looks next may see more
            log.error("looking at the day failed: %s", where(error), extra={"action": "look_around"})

    def _catch_up(self, day: Day, now: int) -> None:
        self.topics.catch_up(day, now)

    def _beat(self) -> None:
        service = self.service
        message = Beat(now=service.now(), journal_seq=service.seq, degraded=service.degraded)
        beat = frame(codec.encode(message))
        for conversation in self._talking:
            conversation.outlet.publish("beat", beat)

    def _see_to_alerts(self, day: Day) -> None:
        """What follows from who is connected: a kiosk that does not come back is missed, and no more once it
        is; nobody waits for a desk without a screen to answer an emergency."""
        # What is told of once has to be heard.
        for device in () if self.service.degraded else self.devices.lost(self.service.now()):
            log.warning("%s does not come back", device, extra={"action": "device_lost", "device": device})
            self._wish(RaiseAlert(kind=AlertKind.DEVICE_LOST, subject=device))
        for alert in escalating(day):
            if not any(map(self.devices.is_online, alert.part.to)):
                self._wish(EscalateAlert(alert=alert.id, escalated=alert.part.escalated))
        for alert in day.alerts.values():
            is_lost = alert.kind is AlertKind.DEVICE_LOST and alert.part.is_open
            if is_lost and self.devices.is_online(alert.subject):
                self._wish(AcknowledgeAlert(alert=alert.id))

    def _wish(self, command: Command) -> None:
        # Not the clock's own key: the journal says that this server saw it.
        self.errand(asyncio.create_task(self._submit(Actor("server", Role.CLOCK), command)))

    async def _submit(self, actor: Actor, command: Command) -> None:
        await self.service.submit(actor, str(uuid_utils.uuid7()), command)

    # Connections -----------------------------------------------------------------------------------------

    @property
    def _listening(self) -> Server:
        if self._server is None:
            raise RuntimeError("the listener has not been started")
        return self._server

    async def _handle(self, connection: ServerConnection) -> None:
        conversation = _Conversation(self, connection, self._allowances)
        try:
            await conversation.run()
        except ConnectionClosed:
            pass
        except Exception as error:  # noqa: BLE001 - one conversation's bug is not the others'
            log.error(
                "a conversation failed: %s",
                where(error),
                extra={"action": "conversation", "peer": conversation.outlet.name},
            )
            conversation.outlet.close(1011, "internal error")
            await connection.wait_closed()
        finally:
            conversation.ended()

    def _cut_off(self, outlet: Outlet, why: Why) -> None:
        self.cut_off[why] += 1


class _Conversation:
    """One connection: its session, its outlet, and what it still waits for."""

    def __init__(
        self, listener: Listener, connection: ServerConnection, allowances: Allowances | None
    ) -> None:
        self._listener = listener
        self._connection = connection
        self._hub = listener.topics.hub
        self._session = Session(time.monotonic(), allowances)
        self._actor: Actor | None = None
        self._questions = 0
        self._is_over = False
        self.outlet = listener.outlets.open(connection, on_drained=self._drained)

    async def run(self) -> None:
        """Receive until the connection ends. Raises ConnectionClosed."""
        receive, session = self._connection.recv, self._session
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                first = await receive(decode=False)
        except TimeoutError:
            await self._carry_out(session.kept_waiting())
        else:
            await self._take(first)
        while True:
            await self._take(await receive(decode=False))

    def ended(self) -> None:
        """The connection is gone."""
        self._is_over = True
        for topic in self._session.topics:
            self._hub.leave(topic, self.outlet)
        if self._session.device is not None:
            self._listener.went(self, self._session.device)

    async def _take(self, received: bytes) -> None:
        self._listener.frames += 1
        await self._carry_out(self._session.received(received, time.monotonic()))

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Submit():
                    self._submit(effect)
                case Send():
                    self._send(effect.message)
                case Follow():
                    self._follow(effect)
                case Leave():
                    self._hub.leave(effect.topic, self.outlet)
                case Inquire():
                    self._inquire(effect)
                case Note():
                    self._note(effect)
                case Identify():
                    await self._identify(effect)
                case Close():
                    log.info(
                        "closing: %s",
                        effect.reason,
                        extra={"action": "close", "peer": self.outlet.name, "code": int(effect.code)},
                    )
                    self.outlet.close(effect.code, effect.reason)
                case _:
                    assert_never(effect)

    def _send(self, message: ToClient) -> None:
        self.outlet.send(frame(codec.encode(message)))

    def _submit(self, effect: Submit) -> None:
        if self._actor is None:
            return
        answer = self._listener.service.post(self._actor, effect.id, effect.command)
        if answer.done():
            self._answered(answer)
        else:
            answer.add_done_callback(self._answered)

    def _answered(self, answer: "asyncio.Future[bytes]") -> None:
        if not answer.cancelled():
            self.outlet.send(frame(answer.result()))

    def _follow(self, effect: Follow) -> None:
        if self._hub.is_live(effect.topic):
            self._hub.follow(effect.topic, self.outlet, effect.seen)
        else:
            # The day may be busy for long: meanwhile this client is heard like the others.
            self._listener.errand(asyncio.create_task(self._open(effect)))

    async def _open(self, effect: Follow) -> None:
        # Without a day nobody is served; this connection will be told so and closed.
        with contextlib.suppress(NotServing):
            if not await self._listener.service.read(partial(self._follow_in, effect=effect)):
                await self._carry_out(self._session.unknown(effect.topic, time.monotonic()))

    def _follow_in(self, day: Day, effect: Follow) -> bool:
        if self._is_over or effect.topic not in self._session.topics:
            return True
        return self._listener.topics.follow(day, effect.topic, self.outlet, effect.seen)

    def _inquire(self, effect: Inquire) -> None:
        if self._questions >= QUESTIONS_AT_ONCE:
            self._send(Rejected(id=effect.id, code=Refusal.BUSY))
            return
        self._questions += 1
        self._listener.errand(asyncio.create_task(self._answer(effect)))

    async def _answer(self, effect: Inquire) -> None:
        try:
            if self._session.device is not None:
                answers = self._listener.answers
                self._send(await answers.answer(effect.id, effect.question, self._session.device))
        except Exception as error:  # noqa: BLE001 - the asker is told, whatever it was
            log.error("a question failed: %s", where(error), extra={"action": "ask", "id": effect.id})
            self._send(Rejected(id=effect.id, code=Refusal.INTERNAL))
        finally:
            self._questions -= 1

    def _note(self, effect: Note) -> None:
        device = self._session.device
        if device is not None and device.role is not Role.PATIENT:
            self._listener.devices.reported(device.id, effect.shows, self._listener.service.now())

    async def _identify(self, effect: Identify) -> None:
        try:
            device = await self._listener.identify(effect.role, effect.token)
        except NotServing:
            self.outlet.close(1013, "not serving now")
            return
        effects = self._listener.welcome(self._session, device)
        if device is not None:
            self._actor = Actor(device.id, device.role)
            self.outlet.name = device.id if device.role is not Role.PATIENT else "patient"
            self._listener.came(self, device)
        await self._carry_out(effects)

    def _drained(self, topics: frozenset[str]) -> None:
        for topic in topics:
            self._hub.refresh(topic, self.outlet)


def new_epoch() -> str:
    """A name for this process that no other has."""
    return secrets.token_hex(8)


def _noted_in(sockets: set[ServerConnection]) -> type[ServerConnection]:
    """Connections that are in `sockets` from first to last byte: the library knows only its guests."""

    class Connection(OutletConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            sockets.add(self)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            sockets.discard(self)

    return Connection


def _quiet() -> logging.Logger:
    """The library's own log: never frames, which carry names; and what strangers send is no error of ours."""
    quiet = logging.getLogger("queue_server.websockets")
    quiet.setLevel(logging.CRITICAL)
    return quiet
