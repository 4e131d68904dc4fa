"""The one way bytes leave on a connection.

A peer that stops reading must cost the others nothing: no waiting, no growing memory, no shutdown that hangs.
So nobody but the outlet writes to a transport, and the outlet never waits. It queues complete frames, writes
them joined, and cuts off a peer that does not take them in time. The library's own `send()`, `ping()` and
keepalive are not used: they wait for a slow peer without a limit.

    outlets = Outlets()
    server = await serve(handler, host, port, create_connection=OutletConnection,
                         compression=None, ping_interval=None, max_size=65_536)

    async def handler(connection):
        outlet = outlets.open(connection, on_drained=send_fresh_snapshots)
        async for text in connection: ...      # the handler only receives

Everything here is bytes: what the frames say, and what a topic is, is known upstairs. Not thread-safe: call
it from the loop that runs the connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

log = logging.getLogger(__name__)

LONGEST_REASON = 123
"""Bytes of UTF-8 a close frame has room for beside its code (RFC 6455 §5.5)."""

IDLE_PASS = 0.000_1
"""Seconds: a pass of the event loop shorter than this had no work but ours (an empty one takes 0.02 ms)."""

SLICE = 512
"""Peers a flush writes to before it lets the rest of the server have a pass of the loop: about 5 ms."""


def frame(text: bytes) -> bytes:
    """One complete server frame around a text message, made once and shared by all who get it.

    `text` is UTF-8 and is not checked again here. Unfragmented, uncompressed, unmasked (RFC 6455 §5.1).
    """
    return Frame(Opcode.TEXT, text).serialize(mask=False)


PING = Frame(Opcode.PING, b"").serialize(mask=False)
"""Asks the peer for a sign of life; any data it sends is one."""


class Why(StrEnum):
    """Why a peer was cut off."""

    STALLED = "stalled"
    """It left more than `Limits.high` bytes unread for `Limits.stalled` seconds."""
    SILENT = "silent"
    """Nothing was heard from it for `Limits.silent` seconds, pings notwithstanding."""
    OVERFLOW = "overflow"
    """What must be delivered to it outgrew `Limits.hard`."""
    UNCLOSED = "unclosed"
    """It did not finish closing within `Limits.closing` seconds."""
    FAILED = "failed"
    """Writing to it, or making its fresh snapshot, raised an error, which is in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much, and how long, a peer may leave unread. Sizes in bytes, times in seconds.

    The kernel is given little room (`send_buffer`, `unsent`) so that what a peer has not taken shows up in
    the transport's buffer, where it is seen, and not in the kernel's, where it is not.
    """

    high: int = 65_536
    """More than this buffered: no patches until it drains."""
    low: int = 16_384
    """No more than this buffered: drained, time for a fresh snapshot."""
    hard: int = 1_048_576
    """More than this, even of what must be delivered, is not kept for anybody."""
    stalled: float = 10.0
    silent: float = 30.0
    ping: float = 10.0
    """Heard nothing for so long: ask."""
    closing: float = 2.0
    sweep: float = 0.5
    """How often the times above are looked at; each is kept to within one sweep, never early."""
    send_buffer: int = 32_768
    unsent: int = 16_384


class Outlet:
    """Where the frames for one peer go. Made by `Outlets.open`; takes nothing once its connection ends."""

    __slots__ = (
        "_clogged_since",
        "_closing_since",
        "_connection",
        "_first",
        "_heard",
        "_heard_at",
        "_is_clogged",
        "_is_gone",
        "_is_open",
        "_is_urgent",
        "_marked",
        "_on_drained",
        "_outlets",
        "_pinged_at",
        "_rest",
        "_rest_bytes",
        "_transport",
        "_withholds",
        "name",
    )

    def __init__(
        self,
        outlets: Outlets,
        connection: OutletConnection,
        name: str,
        on_drained: Callable[[frozenset[str]], None],
        now: float,
    ) -> None:
        """For `Outlets.open`; `now` is in the time its sweep counts."""
        self.name = name
        """What the log calls this peer: an id, never personal data. Set it again once the peer is known."""
        self._outlets = outlets
        self._connection = connection
        self._transport = connection.transport
        self._on_drained = on_drained
        # What waits. Most ticks bring a peer one frame, and then there is no list to touch: with 1,000 peers
        # that is a tenth of the cost of sending.
        self._first: bytes | None = None
        self._rest: list[bytes] = []
        self._rest_bytes = 0
        self._marked: set[str] = set()
        self._is_open = connection.protocol.state is State.OPEN
        self._is_gone = False
        self._is_urgent = False
        self._is_clogged = False
        # Closed, clogged, or some topic still waits for its snapshot: one flag on the way of every patch.
        self._withholds = not self._is_open
        self._heard = False
        self._heard_at = now
        self._pinged_at = now
        self._clogged_since: float | None = None
        self._closing_since: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether a frame handed over now may still reach the peer."""
        return self._is_open

    @property
    def is_clogged(self) -> bool:
        """Whether the peer has too much unread; a listener may stop taking requests from it meanwhile."""
        return self._is_clogged

    @property
    def buffered(self) -> int:
        """Bytes accepted for this peer that the kernel has not taken yet."""
        waiting = 0 if self._first is None else len(self._first) + self._rest_bytes
        return waiting + self._transport.get_write_buffer_size()

    def send(self, frame: bytes) -> None:
        """Deliver a frame, or lose the peer: answers and snapshots.

        Goes out in this pass of the loop, joined with whatever else waits, in the order it was given. A peer
        that would then have more than `Limits.hard` unread is aborted; a single frame larger than that still
        goes to a peer that is not behind.
        """
        if not self._is_open:
            return
        if self._is_clogged and self.buffered + len(frame) > self._outlets.limits.hard:
            self.abort(Why.OVERFLOW)
            return
        if not self._is_urgent:
            self._is_urgent = True
            self._outlets.want_now(self)
        self._join(frame)

    def publish(self, topic: str, frame: bytes) -> None:
        """Deliver a frame unless the peer is behind; then mark its topic for one fresh snapshot: patches.

        Goes out with the next tick.
        """
        if self._withholds:
            if not self._is_open:
                return
            if self._is_clogged or topic in self._marked:
                self._marked.add(topic)
                return
        if self._first is None:
            self._first = frame
            self._outlets.want(self)
        else:
            self._join(frame)

    def heard(self) -> None:
        """Note a sign of life: any bytes from the peer."""
        self._heard = True

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye after all that was queued, and abort if the peer does not answer in `Limits.closing`.

        Returns at once; the handler's receiving ends when the connection has. A reason too long for a close
        frame is cut.

        Raises:
            websockets.exceptions.ProtocolError: `code` may not be sent in a close frame (RFC 6455 §7.4).
        """
        if self._is_open:
            short = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
            self._connection.protocol.send_close(code, short)
            self._connection.send_data()

    def abort(self, why: Why) -> None:
        """Cut the connection now; what was queued is lost. `why` goes to the log and to `on_abort`."""
        # Not asked of the transport: one that is closing may still wait for ever for its buffer to empty.
        if not self._is_gone:
            self._is_gone = True
            unread = self.buffered
            self._stop()
            self._transport.abort()
            self._outlets.aborted(self, why, unread)

    # What follows is called by the connection and by Outlets only.

    def write(self) -> None:
        """Hand all that waits to the transport, in one piece."""
        joined = self._first
        if joined is None:
            return
        if self._rest:
            joined = b"".join((joined, *self._rest))
        self._empty()
        try:
            self._transport.write(joined)
        except (OSError, RuntimeError):
            log.exception("writing failed", extra={"action": "outlet.write", "peer": self.name})
            self.abort(Why.FAILED)

    def relay(self, data: bytes) -> None:
        """Write a control frame of the library's (pong, close) behind what waits.

        A peer can ask for pongs without ever reading one, so these count against `Limits.hard` too.
        """
        if not self._is_open:
            return
        if self._is_clogged and self.buffered > self._outlets.limits.hard:
            self.abort(Why.OVERFLOW)
            return
        self._join(data)
        self.write()

    def ended(self) -> None:
        """Send no more frames: the closing handshake began, on either side."""
        self._stop()

    def lost(self) -> None:
        """Note that the connection is no more."""
        self._is_gone = True
        self._stop()
        self._outlets.release(self)

    def clogged(self) -> None:
        """Note that the transport holds more than `Limits.high`."""
        self._is_clogged = self._withholds = True

    def drained(self) -> None:
        """Note that the transport holds no more than `Limits.low`."""
        self._is_clogged = False
        self._clogged_since = None
        self._withholds = bool(self._marked) or not self._is_open
        if self._marked:
            # Not from inside the transport: what the snapshots bring is written by the next flush.
            self._outlets.soon(self._refresh)

    def check(self, now: float) -> None:
        """Look at the times: abort the peer if one is over, ping it if it is quiet."""
        limits = self._outlets.limits
        if self._heard or not self._transport.is_reading():
            # A peer whose requests we have stopped reading is not to blame for being quiet.
            self._heard = False
            self._heard_at = now
        if not self._is_open:
            if self._closing_since is None:
                self._closing_since = now
            elif now - self._closing_since >= limits.closing:
                self.abort(Why.UNCLOSED)
        elif self._is_clogged and self._clogged_since is None:
            self._clogged_since = now
        elif self._clogged_since is not None and now - self._clogged_since >= limits.stalled:
            self.abort(Why.STALLED)
        elif now - self._heard_at >= limits.silent:
            self.abort(Why.SILENT)
        elif now - max(self._heard_at, self._pinged_at) >= limits.ping:
            self._pinged_at = now
            self.send(PING)

    def _join(self, frame: bytes) -> None:
        if self._first is None:
            self._first = frame
            return
        self._rest.append(frame)
        self._rest_bytes += len(frame)
        if self._rest_bytes > self._outlets.limits.high:
            # Only the transport knows whether the peer keeps up: ask it before more gathers here.
            self.write()

    def _refresh(self) -> None:
        if not self._marked or self._is_clogged:
            return
        topics = frozenset(self._marked)
        self._marked.clear()
        self._withholds = False
        try:
            self._on_drained(topics)
        except Exception:
            log.exception("no fresh snapshot", extra={"action": "outlet.refresh", "peer": self.name})
            self.abort(Why.FAILED)

    def _stop(self) -> None:
        self._is_open = False
        self._withholds = True
        self._empty()
        self._marked.clear()

    def _empty(self) -> None:
        self._is_urgent = False
        self._first = None
        if self._rest:
            self._rest.clear()
            self._rest_bytes = 0


class OutletConnection(ServerConnection):
    """A connection whose bytes, once it has an outlet, all leave through that.

    Give it to `serve(create_connection=...)`. The library keeps its own state and answers pings and closes as
    ever; only what it wants written goes through the outlet, so that a frame of its own never lands inside or
    before what waits there, and counts against the peer. Overrides one method of the library that is not part
    of its documented interface, `send_data`: see the test beside it before taking a newer version.
    """

    outlet: Outlet | None = None

    def send_data(self) -> None:
        """Write what the protocol has to say. Never waits."""
        if self.outlet is None:
            super().send_data()
            return
        for data in self.protocol.data_to_send():
            if data:
                self.outlet.relay(data)
            else:
                # Nothing is lost if the transport is already gone: this was to be its end.
                with contextlib.suppress(OSError, RuntimeError):
                    self.transport.write_eof()
        if self.protocol.state is not State.OPEN:
            self.outlet.ended()

    def data_received(self, data: bytes) -> None:
        """Take any byte for a sign of life, also a pong or half a message, which a handler never sees."""
        if self.outlet is not None:
            self.outlet.heard()
        super().data_received(data)

    def pause_writing(self) -> None:
        """Hear that the transport's buffer went above `Limits.high`."""
        super().pause_writing()
        if self.outlet is not None:
            self.outlet.clogged()

    def resume_writing(self) -> None:
        """Hear that the transport's buffer came down to `Limits.low`."""
        super().resume_writing()
        if self.outlet is not None:
            self.outlet.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear of the end, however it came."""
        super().connection_lost(exc)
        if self.outlet is not None:
            self.outlet.lost()
            self.outlet = None


class Outlets:
    """All outlets of one server: the tick that writes what they hold, and the watch over their peers.

    The tick joins: patches wait while the rest of the server has work to do, so that under load the several
    patches of a moment leave in one write, but no longer than three times what the last flush took, so that
    flushing never takes much more than a third of the time. When the server has nothing else to do a patch
    leaves at once: waiting even then brought patches that come one by one down to 0.27 of the rate of plain
    TCP with 1,000 peers, against 0.85. Answers and snapshots never wait for the tick: a client with one
    request in flight has nothing to join. (uvloop does its system calls after we handed it everything, so
    there a flush looks cheaper than it is, and the wait is shorter.)
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        on_abort: Callable[[Outlet, Why], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Start empty, in the running loop.

        Args:
            limits: None means the defaults.
            on_abort: told of every peer that is cut off, in a later pass of the loop than the cause.
            clock: seconds, monotonic, for the watch; None means the loop's.
        """
        self.limits = limits or Limits()
        self._loop = asyncio.get_running_loop()
        self._on_abort = on_abort
        self._clock = clock or self._loop.time
        self._all: set[Outlet] = set()
        self._emptied = asyncio.Event()
        self._emptied.set()

        self._answering: list[Outlet] = []
        self._waiting: deque[Outlet] = deque()
        self._flushing: deque[Outlet] = deque()
        self._is_ticking = False
        self._looked_at = 0.0
        self._not_before = 0.0
        self._flush_began = 0.0
        self._flush_cost = 0.0

        # The watch has a time of its own, see `sweep`.
        self._swept_at = self._clock()
        self._now = 0.0
        self._next_sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many connections are there, closing ones included."""
        return len(self._all)

    def open(
        self, connection: ServerConnection, *, on_drained: Callable[[frozenset[str]], None], name: str = ""
    ) -> Outlet:
        """Give an outlet to a connection whose handshake is done. It is released when that ends.

        Args:
            connection: an `OutletConnection`, as `serve(create_connection=OutletConnection)` makes it.
            on_drained: called when a peer that was behind has caught up, with every topic that lost a patch.
                It sends a snapshot of each that is still subscribed, before it returns: the topics are no
                longer held back.
            name: what the log calls the peer; empty means the connection's random id.

        Raises:
            TypeError: the connection cannot have an outlet.
        """
        if not isinstance(connection, OutletConnection):
            raise TypeError("serve() must be given create_connection=OutletConnection")
        outlet = Outlet(self, connection, name or str(connection.id), on_drained, self._now)
        if connection.protocol.state is State.CLOSED:
            return outlet
        connection.outlet = outlet
        connection.transport.set_write_buffer_limits(self.limits.high, self.limits.low)
        _give_little_room(connection.transport, self.limits)
        self._all.add(outlet)
        self._emptied.clear()
        if self._next_sweep is None:
            self._swept_at = self._clock()
            self._next_sweep = self._loop.call_later(self.limits.sweep, self._sweep_again)
        return outlet

    async def close(self, code: int, reason: str = "") -> tuple[Outlet, ...]:
        """Close all connections side by side; abort and return those not gone after `Limits.closing`.

        Call it when no new connections can come.
        """
        for outlet in tuple(self._all):
            outlet.close(code, reason)
        try:
            async with asyncio.timeout(self.limits.closing):
                await self._emptied.wait()
        except TimeoutError:
            left = tuple(self._all)
            for outlet in left:
                outlet.abort(Why.UNCLOSED)
            await self._emptied.wait()
            return left
        return ()

    def sweep(self) -> None:
        """Look at every peer's times once. Runs by itself every `Limits.sweep` seconds.

        The time it counts is time in which this process was awake: after a suspended machine or a blocked
        loop one sweep counts for no more than two, so that nobody is cut off for a silence that was ours.
        """
        now = self._clock()
        self._now += min(now - self._swept_at, 2 * self.limits.sweep)
        self._swept_at = now
        for outlet in tuple(self._all):
            outlet.check(self._now)

    # What follows is called by outlets only.

    def want(self, outlet: Outlet) -> None:
        """Write this outlet with the next tick."""
        self._waiting.append(outlet)
        if not self._is_ticking:
            self._is_ticking = True
            self._looked_at = 0.0
            self._loop.call_soon(self._tick)

    def want_now(self, outlet: Outlet) -> None:
        """Write this outlet in this pass of the loop."""
        if not self._answering:
            self._loop.call_soon(self._answer)
        self._answering.append(outlet)

    def soon(self, call: Callable[[], None]) -> None:
        """Call from the loop, not from where we are."""
        self._loop.call_soon(call)

    def aborted(self, outlet: Outlet, why: Why, unread: int) -> None:
        """Tell of a peer that was cut off."""
        log.log(
            # Phones fall asleep all day long; anything else is worth a look.
            logging.INFO if why is Why.SILENT else logging.WARNING,
            "peer %s cut off: %s, %d bytes unread",
            outlet.name,
            why,
            unread,
            extra={"action": "outlet.abort", "peer": outlet.name, "why": str(why), "unread": unread},
        )
        if self._on_abort is not None:
            self._loop.call_soon(self._on_abort, outlet, why)

    def release(self, outlet: Outlet) -> None:
        """Forget an outlet whose connection ended."""
        self._all.discard(outlet)
        if not self._all:
            self._emptied.set()
            if self._next_sweep is not None:
                self._next_sweep.cancel()
                self._next_sweep = None

    def _answer(self) -> None:
        answering, self._answering = self._answering, []
        for outlet in answering:
            outlet.write()

    def _tick(self) -> None:
        """Flush, unless it is too early and others have work; then look again in the next pass."""
        # Not the loop's time, which uvloop counts in whole milliseconds.
        now = perf_counter()
        if not self._flushing:
            if now < self._not_before and now - self._looked_at > IDLE_PASS:
                self._looked_at = now
                self._loop.call_soon(self._tick)
                return
            self._flushing, self._waiting = self._waiting, self._flushing
            self._flush_began, self._flush_cost = now, 0.0

        flushing = self._flushing
        for _ in range(min(SLICE, len(flushing))):
            flushing.popleft().write()
        self._flush_cost += perf_counter() - now
        self._not_before = self._flush_began + 3 * self._flush_cost
        if flushing or self._waiting:
            self._looked_at = 0.0
            self._loop.call_soon(self._tick)
        else:
            self._is_ticking = False

    def _sweep_again(self) -> None:
        self._next_sweep = self._loop.call_later(self.limits.sweep, self._sweep_again)
        self.sweep()


def _give_little_room(transport: asyncio.Transport, limits: Limits) -> None:
    """Keep the kernel from hiding how much a peer has not taken."""
    options = [(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.send_buffer)]
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        options.append((socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, limits.unsent))
    # A peer may be gone already; then nothing needs to be set.
    with contextlib.suppress(OSError):
        for level, option, value in options:
            transport.get_extra_info("socket").setsockopt(level, option, value)
