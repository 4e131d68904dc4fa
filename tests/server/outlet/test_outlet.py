"""The outlet on real sockets: what leaves, in which order, and what a peer that does not read can cost."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeVar

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, ProtocolError
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from queue_server.outlet import PING, Limits, Outlet, OutletConnection, Outlets, Why, frame
from tests.support.raw_peer import PATIENCE, RawPeer

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, None]], None]

PATCH = frame(b"p" * 300)
HEAVY = frame(b"h" * 16_000)
SHORT = Limits(sweep=1.0, closing=0.3)
"""As in a hospital, but a peer that does not finish closing is given up sooner."""


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run on both event loops a hospital may use: they buffer differently."""
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if request.param == "uvloop":
        factory = pytest.importorskip("uvloop").new_event_loop

    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(asyncio.wait_for(main, 3 * PATIENCE))

    return run


@dataclass
class FakeClock:
    """Seconds that pass only when told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """A server whose handler only receives, and what a test wants to know of it."""

    outlets: Outlets
    clock: FakeClock
    cut: asyncio.Queue[tuple[Outlet, Why]]
    port: int = 0
    opened: asyncio.Queue[Outlet] = field(default_factory=asyncio.Queue)
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    ended: asyncio.Queue[ConnectionClosed | None] = field(default_factory=asyncio.Queue)
    drained: asyncio.Queue[frozenset[str]] = field(default_factory=asyncio.Queue)
    refresh: Callable[[Outlet, frozenset[str]], None] = lambda outlet, topics: None
    listens: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, connection: ServerConnection) -> None:
        def on_drained(topics: frozenset[str]) -> None:
            self.drained.put_nowait(topics)
            self.refresh(outlet, topics)

        outlet = self.outlets.open(connection, on_drained=on_drained)
        self.opened.put_nowait(outlet)
        try:
            async for text in connection:
                await self.listens.wait()
                if text == "break":
                    raise LookupError("a fault in the handler")
                assert isinstance(text, str)
                self.heard.put_nowait(text)
            self.ended.put_nowait(None)
        except ConnectionClosed as exc:
            self.ended.put_nowait(exc)

    @asynccontextmanager
    async def peer(self, room: int = 4096) -> AsyncIterator[tuple[RawPeer, Outlet]]:
        async with await RawPeer.connect(self.port, room=room) as peer:
            yield peer, await soon(self.opened.get())

    def pass_time(self, seconds: float) -> None:
        """Let the watch see so many seconds go by, sweep by sweep."""
        sweep = self.outlets.limits.sweep
        for _ in range(round(seconds / sweep)):
            self.clock.now += sweep
            self.outlets.sweep()


@asynccontextmanager
async def house(limits: Limits = SHORT) -> AsyncIterator[House]:
    """Open a house whose watch goes by the test's clock; at its end nothing may be left over."""
    cut: asyncio.Queue[tuple[Outlet, Why]] = asyncio.Queue()
    clock = FakeClock()
    outlets = Outlets(limits, on_abort=lambda outlet, why: cut.put_nowait((outlet, why)), clock=clock)
    it = House(outlets, clock, cut)
    it.listens.set()
    server = await serve(
        it.handle,
        "127.0.0.1",
        0,
        create_connection=OutletConnection,
        compression=None,
        ping_interval=None,
        max_size=65_536,
    )
    it.port = server.sockets[0].getsockname()[1]
    try:
        yield it
    finally:
        server.close(close_connections=False)
        await soon(outlets.close(CloseCode.GOING_AWAY))
        await soon(server.wait_closed())
        assert len(outlets) == 0


async def soon(thing: Awaitable[T]) -> T:
    """Wait, but not for ever."""
    return await asyncio.wait_for(thing, PATIENCE)


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop work until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await passes(1)


async def passes(count: int = 5) -> None:
    """Let the loop go round a few times."""
    for _ in range(count):
        await asyncio.sleep(0)


async def stuff(outlet: Outlet, topic: str = "hall:1", patch: bytes = PATCH) -> int:
    """Publish to a peer that does not read until it is clogged; how many bytes it took."""
    sent = 0
    while not outlet.is_clogged:
        outlet.publish(topic, patch)
        sent += len(patch)
        await asyncio.sleep(0)
        assert sent < 10_000_000, "the kernel swallows it all unseen"
    return sent


# Frames


@pytest.mark.parametrize("size", [0, 1, 125, 126, 300, 65_535, 65_536, 200_000])
def test_a_frame_is_what_a_client_reads(size: int) -> None:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)
    client.receive_data(frame(b"a" * size) + frame("Mời đến phòng 12".encode()))
    assert client.events_received() == [
        Frame(Opcode.TEXT, b"a" * size),
        Frame(Opcode.TEXT, "Mời đến phòng 12".encode()),
    ]


def test_the_ping_asks_for_a_pong() -> None:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
    client.receive_data(PING)
    assert client.events_received() == [Frame(Opcode.PING, b"")]
    assert len(client.data_to_send()) == 1


# What leaves, and when


def test_what_waits_is_joined_and_arrives_as_separate_messages_in_order(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer(room=65_536) as (peer, outlet):
            for number in range(20):
                outlet.publish("hall:1", frame(b"patch %d" % number))
                outlet.send(frame(b"answer %d" % number))
            await peer.pull()
            assert len(peer.frames) == 40, "one write, so one read"
            texts = [await peer.text() for _ in range(40)]
            assert texts == [f"{kind} {n}" for n in range(20) for kind in ("patch", "answer")]

    run(main())


@pytest.mark.parametrize("size", [126, 65_536, 900_000])
def test_a_large_message_reaches_a_slow_reader_whole(run: Run, size: int) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            text = "đ" * (size // 2)
            outlet.send(frame(text.encode()))
            outlet.send(frame(b"next"))
            peer.protocol.max_message_size = None
            assert await peer.text() == text
            assert await peer.text() == "next"

    run(main())


def test_a_lone_patch_leaves_at_once(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            outlet.publish("hall:1", PATCH)
            assert outlet.buffered == len(PATCH)
            await passes()
            assert outlet.buffered == 0
            assert await peer.text() == "p" * 300

    run(main())


@asynccontextmanager
async def busy() -> AsyncIterator[None]:
    """Give the loop other work in every pass."""

    async def work() -> None:
        while True:
            end = perf_counter() + 0.001
            while perf_counter() < end:
                pass
            await asyncio.sleep(0)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_after_a_dear_flush_a_busy_server_lets_patches_gather_but_not_answers(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer(room=65_536) as (peer, outlet), it.peer() as (other, other_outlet):
            outlet.publish("hall:1", frame(b"dear"))
            assert await peer.text() == "dear"
            it.outlets._not_before = perf_counter() + 3600
            async with busy():
                for number in range(3):
                    outlet.publish("hall:1", frame(b"patch %d" % number))
                    await passes()
                other_outlet.send(frame(b"answer"))
                assert await other.text() == "answer"
                with pytest.raises(BlockingIOError):
                    peer.sock.recv(1, socket.MSG_PEEK)
            await peer.pull()
            assert len(peer.frames) == 3, "one write as soon as there is nothing else to do"

    run(main())


def test_a_busy_server_does_not_keep_patches_back_for_ever(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            outlet.publish("hall:1", frame(b"dear"))
            assert await peer.text() == "dear"
            it.outlets._not_before = perf_counter() + 0.05
            async with busy():
                outlet.publish("hall:1", frame(b"patch"))
                assert await peer.text() == "patch"

    run(main())


def test_the_next_flush_waits_three_times_the_cost_of_the_last(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            outlet.publish("hall:1", PATCH)
            await peer.text()
            outlets = it.outlets
            assert outlets._flush_cost > 0
            assert outlets._not_before == outlets._flush_began + 3 * outlets._flush_cost

    run(main())


# A peer that does not read


def test_a_stuck_peer_gets_no_more_patches_and_is_cut_off(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet), it.peer() as (healthy, healthy_outlet):
            outlet.name = "board-7"
            swallowed = await stuff(outlet)
            assert swallowed < 400_000, "small kernel buffers let the outlet see it early"
            most = 0
            for number in range(5000):
                outlet.publish("hall:1", PATCH)
                healthy_outlet.publish("hall:1", frame(b"%d" % number))
                if number % 100 == 0:
                    await asyncio.sleep(0)
                most = max(most, outlet.buffered)
            assert most <= it.outlets.limits.high + len(PATCH) + it.outlets.limits.high
            assert await healthy.until("4999") == [str(number) for number in range(5000)]

            await healthy.send("here")
            assert await soon(it.heard.get()) == "here"
            it.pass_time(10)
            assert it.cut.empty()
            it.pass_time(1)
            assert await soon(it.cut.get()) == (outlet, Why.STALLED)
            assert not await peer.end()
            assert not outlet.is_open
            healthy_outlet.publish("hall:1", frame(b"still here"))
            assert await healthy.text() == "still here"

    with caplog.at_level(logging.WARNING, "queue_server.outlet"):
        run(main())
    (record,) = caplog.records
    assert record.__dict__["why"] == "stalled"
    assert record.__dict__["peer"] == "board-7"


def test_others_notice_nothing_while_one_is_stuck(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (_, stuck), it.peer() as (healthy, healthy_outlet):
            await stuff(stuck)
            loop = asyncio.get_running_loop()
            slowest = 0.0
            for number in range(200):
                began = loop.time()
                for outlet in (stuck, healthy_outlet):
                    outlet.publish("hall:1", PATCH)
                    outlet.send(frame(b"%d" % number))
                await healthy.until(str(number))
                slowest = max(slowest, loop.time() - began)
            assert slowest < 1, "a stuck peer must not make others wait"

    run(main())


def test_answers_nobody_reads_are_kept_up_to_a_bound(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            most = 0
            while outlet.is_open:
                outlet.send(HEAVY)
                most = max(most, outlet.buffered)
                await asyncio.sleep(0)
            assert it.outlets.limits.high < most <= it.outlets.limits.hard
            assert await soon(it.cut.get()) == (outlet, Why.OVERFLOW)
            assert outlet.buffered == 0
            assert not await peer.end()

    run(main())


def test_pongs_nobody_reads_are_bounded_too(run: Run) -> None:
    async def main() -> None:
        async with house(Limits(sweep=1.0, hard=100_000)) as it, it.peer() as (peer, outlet):
            with suppress(ConnectionError):
                while outlet.is_open:
                    await peer.ping(b"?" * 125)
                    assert outlet.buffered < 300_000
            assert await soon(it.cut.get()) == (outlet, Why.OVERFLOW)

    run(main())


def test_what_gathers_in_one_pass_is_bounded(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (_, outlet):
            for _ in range(10_000):
                outlet.publish("hall:1", PATCH)
                assert outlet.buffered <= 3 * it.outlets.limits.high

    run(main())


# A slow peer that comes back


@dataclass
class Table:
    """A topic as the hub keeps it: only its seq matters here."""

    topic: str
    seq: int = 0

    def patch(self) -> bytes:
        self.seq += 1
        return frame(f"{self.topic} patch {self.seq} {'x' * 300}".encode())

    def snapshot(self) -> bytes:
        return frame(f"{self.topic} snapshot {self.seq}".encode())


def test_who_catches_up_gets_one_snapshot_of_each_marked_topic_and_then_misses_nothing(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            tables = {name: Table(name) for name in ("hall:1", "clinic:3", "facility", "quiet")}

            def refresh(outlet: Outlet, topics: frozenset[str]) -> None:
                for topic in topics:
                    outlet.send(tables[topic].snapshot())

            it.refresh = refresh
            seqs = dict.fromkeys(tables, 0)
            snapshots = dict.fromkeys(tables, 0)
            changed = ("hall:1", "clinic:3", "facility")

            def publish(topic: str) -> None:
                outlet.publish(topic, tables[topic].patch())

            def apply(text: str) -> None:
                topic, kind, seq, *_ = text.split(" ")
                if kind == "snapshot":
                    snapshots[topic] += 1
                else:
                    assert int(seq) == seqs[topic] + 1, "a patch applies only to the one before it"
                seqs[topic] = int(seq)

            for round_ in range(1, 4):
                while not outlet.is_clogged:
                    for topic in tables:
                        publish(topic)
                    await asyncio.sleep(0)
                for _ in range(50):
                    for topic in changed:
                        publish(topic)
                while it.drained.empty():
                    apply(await peer.text())
                    if peer.frames or not outlet.is_clogged:
                        continue
                    publish("hall:1")
                marked = await it.drained.get()
                assert marked - {"quiet"} == set(changed)
                for topic in tables:
                    publish(topic)
                outlet.send(frame(b"end"))
                while (text := await peer.text()) != "end":
                    apply(text)
                assert {topic: table.seq for topic, table in tables.items()} == seqs
                assert {snapshots[topic] for topic in changed} == {round_}
                assert it.drained.empty()

    run(main())


def test_a_snapshot_that_cannot_be_made_costs_only_that_peer(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet), it.peer() as (healthy, healthy_outlet):

            def broken(outlet: Outlet, topics: frozenset[str]) -> None:
                raise LookupError("no such topic")

            it.refresh = broken
            await stuff(outlet)
            outlet.publish("hall:1", PATCH)
            await peer.end()
            assert await soon(it.cut.get()) == (outlet, Why.FAILED)
            healthy_outlet.send(frame(b"hello"))
            assert await healthy.text() == "hello"

    run(main())
    assert "no such topic" in caplog.text


# Keepalive


def test_a_quiet_peer_is_pinged_and_a_dead_one_cut_off(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (dead, outlet):
            it.pass_time(30)
            assert await soon(it.cut.get()) == (outlet, Why.SILENT)
            assert not await dead.end()

    run(main())


def test_a_peer_that_answers_pings_stays(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            for _ in range(10):
                it.pass_time(11)
                assert (await peer.frame()).opcode is Opcode.PING
                await until(lambda: outlet._heard)
            assert it.cut.empty()
            assert outlet.is_open

    run(main())


def test_a_peer_that_talks_is_not_pinged(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            for _ in range(10):
                it.pass_time(9)
                await peer.send("report")
                assert await soon(it.heard.get()) == "report"
            outlet.send(frame(b"end"))
            assert (await peer.frame()).opcode is Opcode.TEXT

    run(main())


def test_the_ping_to_a_peer_that_stopped_reading_makes_nobody_wait(run: Run) -> None:
    async def main() -> None:
        async with house(Limits(sweep=1.0, stalled=3600)) as it, it.peer() as (peer, outlet):
            await stuff(outlet)
            it.pass_time(30)
            assert it.cut.empty()
            it.pass_time(1)
            assert await soon(it.cut.get()) == (outlet, Why.SILENT)
            assert not await peer.end()

    run(main())


def test_a_peer_we_do_not_listen_to_is_not_silent(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            it.listens.clear()
            for _ in range(50):
                await peer.send("command")
            await until(lambda: not outlet._transport.is_reading())
            it.pass_time(120)
            assert it.cut.empty()
            it.listens.set()
            for _ in range(50):
                assert await soon(it.heard.get()) == "command"

    run(main())


def test_a_server_that_slept_does_not_blame_its_peers(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (_, outlet):
            it.pass_time(9)
            it.clock.now += 3600
            it.outlets.sweep()
            await passes()
            assert it.cut.empty()
            assert outlet.is_open

    run(main())


def test_the_watch_runs_by_itself(run: Run) -> None:
    async def main() -> None:
        limits = Limits(sweep=0.01, ping=0.02, silent=0.06)
        outlets = Outlets(limits)
        async with house(limits) as it:
            it.outlets = outlets
            async with it.peer():
                assert len(outlets) == 1
                await until(lambda: len(outlets) == 0)

    run(main())


# Closing


def test_what_was_queued_comes_before_the_goodbye_and_nothing_after_it(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            outlet.publish("hall:1", frame(b"patch"))
            outlet.send(frame(b"answer"))
            outlet.close(4001, "hẹn gặp lại " * 20)
            outlet.send(frame(b"late"))
            outlet.close(4002)
            assert await peer.text() == "patch"
            assert await peer.text() == "answer"
            assert (await peer.frame()).opcode is Opcode.CLOSE
            with pytest.raises(EOFError):
                await peer.frame()
            assert peer.protocol.close_rcvd is not None
            assert peer.protocol.close_rcvd.code == 4001
            assert peer.protocol.close_rcvd.reason.startswith("hẹn gặp lại hẹn")
            peer.drop()
            ended = await soon(it.ended.get())
            assert ended is not None
            assert ended.sent is not None
            assert ended.sent.code == 4001
            await until(lambda: len(it.outlets) == 0)
            assert it.cut.empty()

    run(main())


def test_a_code_that_may_not_be_sent_is_refused_and_the_connection_lives_on(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            with pytest.raises(ProtocolError):
                outlet.close(1006)
            outlet.send(frame(b"still here"))
            assert await peer.text() == "still here"

    run(main())


def test_a_peer_that_says_goodbye_ends_the_handler_and_the_outlet(run: Run) -> None:
    async def main() -> None:
        async with house() as it:
            async with connect(f"ws://127.0.0.1:{it.port}") as client:
                outlet = await soon(it.opened.get())
                outlet.send(frame("Số của quý vị A045".encode()))
                assert await client.recv() == "Số của quý vị A045"
            assert await soon(it.ended.get()) is None
            await until(lambda: len(it.outlets) == 0)
            outlet.send(PATCH)
            outlet.publish("hall:1", PATCH)
            outlet.close(1000)
            outlet.abort(Why.FAILED)
            assert outlet.buffered == 0
            assert it.cut.empty()

    run(main())


def test_shutdown_says_goodbye_to_all_at_once_and_waits_for_nobody_for_long(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (_, stuck), it.peer() as (_, deaf):
            stuck.name, deaf.name = "stuck", "deaf"
            await stuff(stuck)
            clients = [await connect(f"ws://127.0.0.1:{it.port}") for _ in range(5)]
            for _ in clients:
                (await soon(it.opened.get())).send(frame(b"last answer"))
            began = asyncio.get_running_loop().time()
            left = await soon(it.outlets.close(CloseCode.SERVICE_RESTART, "update"))
            assert asyncio.get_running_loop().time() - began < 2
            assert {outlet.name for outlet in left} == {"stuck", "deaf"}
            assert {await soon(it.cut.get()) for _ in range(2)} == {
                (stuck, Why.UNCLOSED),
                (deaf, Why.UNCLOSED),
            }
            for client in clients:
                assert await client.recv() == "last answer"
                with pytest.raises(ConnectionClosed) as closed:
                    await client.recv()
                assert closed.value.rcvd is not None
                assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "update")

    run(main())


def test_one_peer_that_does_not_answer_the_goodbye_is_given_up(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (_, outlet):
            outlet.close(4000)
            it.pass_time(3)
            assert await soon(it.cut.get()) == (outlet, Why.UNCLOSED)

    run(main())


def test_a_peer_that_hangs_up_one_way_and_reads_nothing_is_given_up(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            await stuff(outlet)
            peer.sock.shutdown(socket.SHUT_WR)
            await until(lambda: not outlet.is_open)
            it.pass_time(3)
            assert await soon(it.cut.get()) == (outlet, Why.UNCLOSED)
            await until(lambda: len(it.outlets) == 0)

    run(main())


@pytest.mark.parametrize(
    ("garbage", "code"),
    [
        pytest.param(b"\x81\x05hello", CloseCode.PROTOCOL_ERROR, id="unmasked"),
        pytest.param(b"\xff\xff\xff\xff", CloseCode.PROTOCOL_ERROR, id="reserved bits"),
        pytest.param(b"\x82\xff" + b"\x7f" * 12, CloseCode.MESSAGE_TOO_BIG, id="too big"),
    ],
)
def test_garbage_is_answered_behind_what_was_queued(run: Run, garbage: bytes, code: CloseCode) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            outlet.send(frame(b"answer"))
            await asyncio.get_running_loop().sock_sendall(peer.sock, garbage)
            assert await peer.text() == "answer"
            closing = await peer.frame()
            assert closing.opcode is Opcode.CLOSE
            await peer.end()
            ended = await soon(it.ended.get())
            assert ended is not None
            assert ended.sent is not None
            assert ended.sent.code == code

    run(main())


def test_garbage_from_a_stuck_peer_ends_it_too(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            await stuff(outlet)
            await asyncio.get_running_loop().sock_sendall(peer.sock, b"\xff\xff\xff\xff")
            await until(lambda: not outlet.is_open)
            it.pass_time(3)
            assert await soon(it.cut.get()) == (outlet, Why.UNCLOSED)
            ended = await soon(it.ended.get())
            assert not isinstance(ended, ConnectionClosedOK)

    run(main())


def test_a_fault_in_the_handler_of_a_stuck_peer_hangs_nothing(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            await stuff(outlet)
            await peer.send("break")
            await until(lambda: not outlet.is_open)
            it.pass_time(3)
            assert await soon(it.cut.get()) == (outlet, Why.UNCLOSED)

    run(main())
    assert "a fault in the handler" in caplog.text


def test_a_peer_that_vanishes_leaves_nothing(run: Run) -> None:
    async def main() -> None:
        async with house() as it, it.peer() as (peer, outlet):
            await stuff(outlet)
            peer.drop()
            await until(lambda: len(it.outlets) == 0)
            outlet.publish("hall:1", PATCH)
            outlet.send(PATCH)
            assert outlet.buffered == 0

    run(main())


def test_a_connection_of_another_make_is_refused(run: Run) -> None:
    async def main() -> None:
        refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        outlets = Outlets()

        async def handle(connection: ServerConnection) -> None:
            with pytest.raises(TypeError) as refusal:
                outlets.open(connection, on_drained=lambda topics: None)
            refused.set_result(str(refusal.value))

        async with (
            serve(handle, "127.0.0.1", 0) as server,
            connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"),
        ):
            assert "OutletConnection" in await soon(refused)

    run(main())
