"""HTTP on the same port, as browsers, monitors and strangers use it."""

import asyncio
import gzip
import http.client
import json
import re
import socket
from pathlib import Path

import pytest

from queue_server import pages
from queue_server.app import App
from queue_server.store.memory import MemoryStore
from queue_server.store.port import LostOwnership, OutcomeUnknown
from tests.server.service.scripted_store import ScriptedStore
from tests.support.served import PATIENCE, register, serving, talking, until


async def get(
    app: App, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    def ask() -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


async def raw(app: App, request: bytes) -> bytes:
    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", app.port), timeout=PATIENCE) as peer:
            peer.sendall(request)
            said = b""
            while data := peer.recv(65_536):
                said += data
            return said

    return await asyncio.to_thread(ask)


def test_the_front_page_says_what_this_is_in_both_languages(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app:
            response, body = await get(app, "/")
            text = body.decode()
            assert response.status == 200
            assert "Bệnh viện Đa khoa khu vực Sông Hương" in text
            assert "Sông Hương Regional General Hospital" in text
            for program in ("queue-kiosk", "queue-board", "queue-console"):
                assert text.count(program) == 2
            assert int(response.headers["Content-Length"]) == len(body)
            policy = response.headers["Content-Security-Policy"]
            style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
            assert style is not None
            assert policy == pages.style_policy(style[1])
            assert "default-src 'none'" in policy

    asyncio.run(scene())


def test_pages_are_zipped_and_kept_by_those_who_can(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app:
            _, plain = await get(app, "/")
            zipped, body = await get(app, "/", headers={"Accept-Encoding": "br, gzip;q=0.8"})
            assert zipped.headers["Content-Encoding"] == "gzip"
            assert zipped.headers["Vary"] == "Accept-Encoding"
            assert gzip.decompress(body) == plain
            refused, body = await get(app, "/", headers={"Accept-Encoding": "gzip;q=0"})
            assert refused.headers["Content-Encoding"] is None
            assert body == plain
            etag = zipped.headers["ETag"]
            kept, body = await get(app, "/", headers={"If-None-Match": f'"other", W/{etag}'})
            assert (kept.status, body, kept.headers["ETag"]) == (304, b"", etag)
            changed, _ = await get(app, "/", headers={"If-None-Match": '"other"'})
            assert changed.status == 200

    asyncio.run(scene())


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/nowhere"])
def test_head_tells_the_length_and_sends_no_body(tmp_path: Path, path: str) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app:
            response, full = await get(app, path)
            said = await raw(app, f"HEAD {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            head, _, body = said.partition(b"\r\n\r\n")
            assert body == b""
            assert head.startswith(f"HTTP/1.1 {response.status} ".encode())
            length = re.search(rb"content-length: (\d+)", head.lower())
            assert length is not None
            # Numbers in /metrics and /healthz may have grown meanwhile.
            assert abs(int(length[1]) - len(full)) < 20

    asyncio.run(scene())


def test_what_is_not_in_the_table_is_not_there(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app:
            for path in ("/nowhere", "/../../etc/passwd", "/%2e%2e/app.py", "//", "/healthz/"):
                response, body = await get(app, path)
                assert (response.status, body) == (404, b"There is nothing here.\n")
            assert (await get(app, "/healthz?verbose=1"))[0].status == 200
            assert (await get(app, "/ws"))[0].status == 426
            posted, _ = await get(app, "/", "POST")
            assert (posted.status, posted.headers["Allow"]) == (405, "GET, HEAD")
            assert await raw(app, b"hello there\r\n\r\n") == b""
            async with talking(app, "board-1"):
                pass

    asyncio.run(scene())


def test_a_page_too_large_to_be_safe_is_not_made() -> None:
    with pytest.raises(ValueError, match="most"):
        pages.page("text/plain", b"x" * (pages.LARGEST + 1))


def test_health_is_ok_then_degraded_then_ok_again(tmp_path: Path) -> None:
    async def scene() -> None:
        store = ScriptedStore(MemoryStore("song-huong", "w1"))
        async with serving(tmp_path, store=store) as app, talking(app, "kiosk-1") as kiosk:
            await health(app, 200, "ok")
            store.fail("before", OutcomeUnknown(), times=4)
            assert (await kiosk.do(register()))["type"] == "unavailable"
            assert (await kiosk.take("beat", degraded=True))["degraded"]
            told = await health(app, 503, "degraded")
            assert set(told) == {"status", "seq", "day", "version"}
            await until(lambda: not app.service.degraded)
            await health(app, 200, "ok")
            assert (await kiosk.do(register()))["type"] == "accepted"
            assert told["day"] == await app.service.read(lambda day: day.day)

    asyncio.run(scene())


def test_the_pulse_goes_on_while_a_commit_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.listener.BEAT", 100)

    async def scene() -> None:
        store = ScriptedStore(MemoryStore("song-huong", "w1"))
        async with serving(tmp_path, store=store) as app, talking(app, "kiosk-1") as kiosk:
            store.hold()
            wish = asyncio.create_task(kiosk.do(register()))
            try:
                await until(store.held.is_set)
                # Whoever hears no beat takes the server for dead and leaves it.
                async with talking(app, "board-1") as board:
                    for _ in range(3):
                        await board.take("beat")
                assert not wish.done()
            finally:
                store.release()
            assert (await wish)["type"] == "accepted"

    asyncio.run(scene())


def test_who_lost_the_facility_says_so_and_sends_everybody_on(tmp_path: Path) -> None:
    async def scene() -> None:
        store = ScriptedStore(MemoryStore("song-huong", "w1"))
        async with serving(tmp_path, store=store) as app, talking(app, "kiosk-1") as kiosk:
            store.fail("before", LostOwnership())
            assert (await kiosk.do(register()))["type"] == "unavailable"
            await health(app, 503, "not_owner")
            ending = await app.ended()
            assert ending.exit_code == 75
            await app.stop(ending)
            assert await kiosk.closed() == (4001, "another server owns this facility now")

    asyncio.run(scene())


async def health(app: App, status: int, said: str) -> dict[str, object]:
    response, body = await get(app, "/healthz")
    told: dict[str, object] = json.loads(body)
    assert (response.status, told["status"]) == (status, said)
    assert response.headers["Cache-Control"] == "no-store"
    return told


def test_metrics_count_what_happened(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as kiosk:
            for _ in "ab":
                await kiosk.do(register())
            response, body = await get(app, "/metrics")
            assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            lines = dict(line.rsplit(" ", 1) for line in body.decode().splitlines() if line[0] != "#")
            assert float(lines["denluot_commands_total"]) == 2
            assert float(lines['denluot_answers_total{answer="accepted"}']) == 1
            assert float(lines['denluot_answers_total{answer="rejected"}']) == 1
            assert float(lines["denluot_devices"]) == 1
            assert float(lines["denluot_journal_seq"]) == app.service.seq
            assert float(lines["denluot_degraded"]) == 0

    asyncio.run(scene())
