"""The kiosk in a browser of the same machine, where no terminal takes touch: `textual-serve`, held short.

What it does by itself would not do for a hall: any page of the browser could open another kiosk, its page
asks a font server on the internet, and nothing has the keyboard before the first touch, so that the first
scan is lost. Here only this machine is answered, one kiosk at a time, and the page keeps the keyboard.
"""

import asyncio
import contextlib
import logging
import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.app_service import AppService
from textual_serve.server import Server

HOST = "127.0.0.1"
FAREWELL = 5.0
"""Seconds a kiosk has to end after its page went."""
LETTERS = 32
"""Pixels of a letter: 24 points at 96 dots an inch."""

log = logging.getLogger(__name__)


class KioskServer(Server):
    """Serves one program to this machine's browser. at_once: how many may run; each one is a kiosk of its
    own. letters: pixels, when the page's address says nothing else.
    """

    def __init__(
        self, command: Sequence[str], port: int, *, letters: int = LETTERS, at_once: int = 1
    ) -> None:
        super().__init__(
            # The shell gives way, so that who ends the program ends it and not its shell.
            f"exec {shlex.join(command)}",
            host=HOST,
            port=port,
            title="Đến Lượt",
            templates_path=Path(__file__).parent,
        )
        self._letters = letters
        self._at_once = at_once
        self._running = 0

    def initialize_logging(self) -> None:
        """As the program has it: the library's own would print the values of variables, a patient's among
        them."""

    async def on_startup(self, app: web.Application) -> None:
        """Say where, and no more."""
        log.info("serving %s", self.public_url, extra={"action": "browser_started", "port": self.port})

    async def application(self) -> web.Application:
        """The page, its files and its socket."""
        return await self._make_app()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(_only_here)
        return app

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, in letters of the size that was asked for."""
        if "fontsize" not in request.query:
            raise web.HTTPFound(f"/?fontsize={self._letters}")
        answer: web.StreamResponse = await super().handle_index(request)
        return answer

    async def handle_download(self, request: web.Request) -> web.StreamResponse:
        """Nothing is handed out."""
        raise web.HTTPNotFound

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Start a kiosk for this page, unless as many run as may."""
        origin = urlsplit(request.headers.get("Origin", ""))
        if origin.netloc != request.host:
            # A page of another site, open in the same browser.
            raise web.HTTPForbidden
        if self._running >= self._at_once:
            raise web.HTTPServiceUnavailable
        self._running += 1
        try:
            return await self._show(request)
        finally:
            self._running -= 1

    async def _show(self, request: web.Request) -> web.WebSocketResponse:
        """One kiosk, from the page's coming to its going; nothing of it stays."""
        page = web.WebSocketResponse(heartbeat=15)
        await page.prepare(request)

        async def close() -> None:
            await page.close()

        app = _Program(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        await app.start(_cells(request, "width", 80), _cells(request, "height", 24))
        try:
            await self._process_messages(page, app)
        finally:
            await app.see_off()
        return page


class _Program(AppService):
    """The kiosk of one page."""

    async def see_off(self) -> None:
        """Ask the program to end, and see that it does."""
        process = self._process
        try:
            async with asyncio.timeout(FAREWELL):
                await self.stop()
        except (TimeoutError, OSError):
            log.warning("the kiosk of a page had to be ended", extra={"action": "browser_ended"})
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _cells(request: web.Request, name: str, usual: int) -> int:
    text = request.query.get(name, "")
    return min(int(text), 500) if text.isascii() and text.isdigit() and text != "0" else usual


@web.middleware
async def _only_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only under this machine's own name: another name for the same address is somebody's trick."""
    if request.host.rpartition(":")[0] not in (HOST, "localhost"):
        raise web.HTTPForbidden
    answer = await handler(request)
    answer.headers["X-Frame-Options"] = "DENY"
    return answer
