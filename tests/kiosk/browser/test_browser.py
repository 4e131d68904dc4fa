"""The kiosk in a browser: over a real socket, for this machine alone, one at a time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError, web
from aiohttp.test_utils import unused_port

from kiosk.browser import HOST, KioskServer

COMMAND = (
    sys.executable,
    "-m",
    "kiosk.cli",
    *("--server", "ws://127.0.0.1:1/ws", "--token", "token", "--kiosk", "kiosk-1"),
)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[ClientSession, str]]:
    port = unused_port()
    server = KioskServer((*COMMAND, "--data", str(folder)), port, letters=30)
    runner = web.AppRunner(await server.application())
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    async with ClientSession() as session:
        yield session, f"{HOST}:{port}"
    await runner.cleanup()


def test_the_page_asks_nobody_else_and_keeps_the_keyboard(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as (session, here), session.get(f"http://{here}/") as answer:
            page = await answer.text()
            assert answer.url.query["fontsize"] == "30"
            assert 'data-font-size="30"' in page
            assert "googleapis" not in page
            assert f"ws://{here}/ws" in page
            assert ".xterm-helper-textarea" in page
            assert answer.headers["X-Frame-Options"] == "DENY"
            for asked in (part for part in page.split('"') if part.startswith("http")):
                assert asked.startswith(f"http://{here}/")
            async with session.get(f"http://{here}/static/js/textual.js") as script:
                assert script.status == 200

    asyncio.run(run())


def test_a_kiosk_runs_in_it_and_a_second_page_gets_none(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as (session, here):
            own = {"Origin": f"http://{here}"}
            async with asyncio.timeout(60):
                async with session.ws_connect(f"http://{here}/ws?width=67&height=16", headers=own) as page:
                    seen = b""
                    while "hướng dẫn".encode() not in seen:
                        message = await page.receive()
                        seen += message.data if isinstance(message.data, bytes) else b""
                    with pytest.raises(WSServerHandshakeError, match="503"):
                        await session.ws_connect(f"http://{here}/ws", headers=own)
                again = None
                while again is None:
                    try:
                        again = await session.ws_connect(f"http://{here}/ws", headers=own)
                    except WSServerHandshakeError:
                        # The one before is being seen off.
                        await asyncio.sleep(0.05)
                await again.close()

    asyncio.run(run())


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_page_of_another_site_gets_none(tmp_path: Path, origin: str) -> None:
    async def run() -> None:
        async with served(tmp_path) as (session, here):
            with pytest.raises(WSServerHandshakeError, match="403"):
                await session.ws_connect(f"http://{here}/ws", headers={"Origin": origin} if origin else {})

    asyncio.run(run())


def test_nothing_is_answered_under_another_name_and_nothing_is_handed_out(tmp_path: Path) -> None:
    async def run() -> None:
        async with served(tmp_path) as (session, here):
            async with session.get(f"http://{here}/", headers={"Host": "kiosk.evil.example:80"}) as answer:
                assert answer.status == 403
            async with session.get(f"http://{here}/download/x") as answer:
                assert answer.status == 404

    asyncio.run(run())
