"""The ladder by which a server ends, one rung after the other; each has a peer that does not help."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from queue_server.app import DATABASE, App, Options
from queue_server.outlet import Limits
from queue_server.site import demo
from queue_server.store.memory import MemoryStore
from queue_server.store.port import BrokenStorage
from tests.server.service.scripted_store import ScriptedStore
from tests.support.raw_peer import RawPeer
from tests.support.served import PATIENCE, Talk, new_id, register, serving, talking, until

SHORT = Options(commit_within=0.2, limits=Limits(closing=0.3, sweep=0.05))


async def stop(app: App) -> bool:
    app.end("the test stops it")
    async with asyncio.timeout(PATIENCE):
        return await app.stop(await app.ended())


def scripted() -> ScriptedStore:
    return ScriptedStore(MemoryStore("song-huong", "w1"))


# Rungs, in this process ------------------------------------------------------------------------------


def test_first_nobody_new_comes_in(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "board-1") as talk:
            app.listener.refuse_newcomers()
            with pytest.raises((ConnectionError, InvalidStatus)):
                await Talk(talk.port).open()
            assert (await talk.follow("hall:hall-1"))["type"] == "snapshot"

    asyncio.run(scene())


def test_then_new_commands_are_unavailable_and_the_mailbox_is_committed_and_answered(tmp_path: Path) -> None:
    async def scene() -> None:
        store = scripted()
        async with serving(tmp_path, store=store) as app, talking(app, "kiosk-1") as kiosk:
            store.hold()
            before, waiting = new_id(), new_id()
            await kiosk.say({"type": "command", "id": before, "command": register()})
            await until(store.held.is_set)
            await kiosk.say({"type": "command", "id": waiting, "command": register()})
            await until(lambda: app.service.waiting)
            stopping = asyncio.create_task(stop(app))
            await until(lambda: app.stopping)
            late = await kiosk.do(register())
            assert late["type"] == "unavailable"
            store.release()
            assert (await kiosk.take("accepted"))["id"] == before
            assert (await kiosk.take("rejected"))["id"] == waiting
            assert await kiosk.closed() == (1012, "the test stops it")
            assert await stopping

    asyncio.run(scene())


def test_a_commit_that_hangs_does_not_keep_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        store = scripted()
        async with serving(tmp_path, store=store, options=SHORT) as app, talking(app, "kiosk-1") as kiosk:
            store.hold()
            await kiosk.say({"type": "command", "id": new_id(), "command": register()})
            await until(store.held.is_set)
            assert not await stop(app)
            assert (await kiosk.closed())[0] == 1012
            assert [m["type"] for m in kiosk.heard if m["type"] in ("accepted", "rejected")] == []
            store.release()

    asyncio.run(scene())
    assert any("a commit did not end within 0.2 s" in record.getMessage() for record in caplog.records)


def test_everybody_is_told_side_by_side_and_who_does_not_read_is_cut_off_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with serving(tmp_path, options=SHORT) as app, talking(app, "board-1") as good:
            stuck = await RawPeer.connect(app.port, "/ws")
            hello = {"type": "hello", "role": "board", "token": "demo-board-2"}
            await stuck.send(json.dumps(hello))
            await stuck.text()
            # Never read again: snapshots fill its buffers, and its goodbye cannot get through.
            for _ in range(150):
                await stuck.send(json.dumps({"type": "subscribe", "topic": "hall:hall-1"}))
            await until(lambda: any(outlet.is_clogged for outlet in app.listener.outlets._all))
            began = time.monotonic()
            assert await stop(app)
            assert time.monotonic() - began < 5
            assert (await good.closed())[0] == 1012
            stuck.drop()

    with caplog.at_level(logging.INFO):
        asyncio.run(scene())
    cut = [vars(record)["peer"] for record in caplog.records if vars(record).get("action") == "stop_cut"]
    assert cut == ["board-2"]


def test_strangers_who_never_ask_for_anything_do_not_hold_it_up(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path, options=SHORT) as app:
            with socket.create_connection(("127.0.0.1", app.port)):
                await until(lambda: app.listener._sockets)
                began = time.monotonic()
                assert await stop(app)
                assert time.monotonic() - began < 5

    asyncio.run(scene())


def test_a_broken_storage_ends_the_server_with_a_code_of_its_own(tmp_path: Path) -> None:
    async def scene() -> None:
        store = scripted()
        async with serving(tmp_path, store=store) as app, talking(app, "kiosk-1") as kiosk:
            store.fail("before", BrokenStorage())
            assert (await kiosk.do(register()))["type"] == "unavailable"
            ending = await app.ended()
            assert (ending.exit_code, ending.close_code) == (74, 1012)

    asyncio.run(scene())


# The whole ladder, as a process ----------------------------------------------------------------------


Server = subprocess.Popen[str]
AS_EVER = ("-m", "queue_server", "run", "--site", str(demo()), "--port", "0", "--data")


@contextmanager
def process(data: Path, program: Sequence[str] = AS_EVER) -> Iterator[tuple[Server, int]]:
    """A server process that is ready, and its port."""
    with subprocess.Popen(
        [sys.executable, *program, str(data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            lines = []
            for line in server.stdout:
                lines.append(line.strip())
                if line == "ready\n":
                    break
            assert lines[-1:] == ["ready"], server.stderr.read() if server.stderr else ""
            names = [line.partition(": ")[0] for line in lines]
            assert names == ["queue server", "page", "health", "ready"]
            yield server, int(lines[0].rpartition(":")[2].partition("/")[0])
        finally:
            if server.poll() is None:
                server.kill()


ON_FAILING_STORAGE = """
import sys, threading
from pathlib import Path
from queue_server import app, logs
from queue_server.site import demo
from queue_server.store.port import BrokenStorage
from queue_server.store.sql import SqlStore

class Failing(SqlStore):
    def commit(self, batch):
        if batch.replies and HANGS:
            print("hangs", flush=True)
            threading.Event().wait()
        if batch.replies:
            raise BrokenStorage
        super().commit(batch)

app.SqlStore = Failing
logs.start("info")
options = app.Options(port=0, commit_within=0.2)
sys.exit(app.run(demo(), Path(sys.argv[1]), options, lambda line: print(line, flush=True)))
"""


@pytest.mark.parametrize(("hangs", "code"), [(True, 1), (False, 74)])
def test_storage_that_fails_or_hangs_cannot_keep_the_process(tmp_path: Path, hangs: bool, code: int) -> None:
    program = ("-c", ON_FAILING_STORAGE.replace("HANGS", str(hangs)))
    with process(tmp_path, program) as (server, port), connected(port) as client:
        client.send(json.dumps({"type": "command", "id": new_id(), "command": register()}))
        if hangs:
            assert server.stdout is not None
            assert server.stdout.readline() == "hangs\n"
            server.send_signal(signal.SIGTERM)
        assert closed(client)[0] == 1012
        assert server.wait(PATIENCE) == code


@contextmanager
def connected(port: int) -> Iterator[ClientConnection]:
    """A kiosk that is welcome."""
    with connect(f"ws://127.0.0.1:{port}/ws", proxy=None, close_timeout=1) as client:
        client.send(json.dumps({"type": "hello", "role": "kiosk", "token": "demo-kiosk-1"}))
        assert json.loads(client.recv(PATIENCE))["type"] == "welcome"
        yield client


def closed(client: ClientConnection) -> tuple[int | None, str]:
    """Read to the end; the close code and reason."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            client.recv(PATIENCE)
    return client.close_code, client.close_reason or ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with process(tmp_path) as (server, port), connected(port) as client:
        client.send(json.dumps({"type": "command", "id": new_id(), "command": register()}))
        accepted = json.loads(client.recv(PATIENCE))
        server.send_signal(number)
        assert closed(client) == (1012, f"the server was asked to stop ({number.name})")
        assert server.wait(PATIENCE) == 0
        assert server.stderr is not None
        assert f"stopped action=stopped seq={accepted['seq']}" in server.stderr.read()


def test_a_second_signal_is_a_plain_one(tmp_path: Path) -> None:
    with process(tmp_path) as (server, port), connected(port) as client:
        # Another program holds the database: the commit waits for it, and the ladder for the commit.
        blocker = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        client.send(json.dumps({"type": "command", "id": new_id(), "command": register()}))
        server.send_signal(signal.SIGTERM)
        assert server.stderr is not None
        for line in server.stderr:
            if "action=stop" in line:
                break
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == -signal.SIGTERM
        blocker.execute("ROLLBACK")
        blocker.close()


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with process(tmp_path) as (_, _port):
        second = subprocess.run(
            [sys.executable, "-m", "queue_server", "run", "--site", str(demo()), "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, "NO_COLOR": "1"},
            check=False,
        )
        assert second.returncode == 1
        assert "another queue server" in second.stderr
        assert "Traceback" not in second.stderr
