"""The composition root: which parts there are, in which order they begin, and the ladder by which they end.

Beginning: site, store, people, service, listener; `ready` is said when the port has answered. Ending: no
newcomers, no new commands, what is in the mailbox is committed and answered, everybody is told, the rest is
cut off by name, the store is closed. Every rung has a time limit, so that nobody has to pull the plug.
"""

import asyncio
import contextlib
import json
import logging
import os
import resource
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

from queue_server import pages
from queue_server.answers import Answers
from queue_server.engine.events import Event
from queue_server.engine.model import Day
from queue_server.hub import Hub
from queue_server.listener import PATH, Listener, new_epoch
from queue_server.lookups import Lookups
from queue_server.outlet import Limits
from queue_server.pages import Pages, Told
from queue_server.people import Keys, KeysError, People, load_keys
from queue_server.protocol.codes import CloseCode
from queue_server.service import EXIT_BROKEN_STORAGE, Service, ServiceError, SiteRefused
from queue_server.session import Allowances
from queue_server.site import Site, SiteMistakes, load
from queue_server.store.port import BrokenStorage, Store, StoreError
from queue_server.store.sql import SqlStore

log = logging.getLogger(__name__)

DATABASE = "queue.sqlite"
KEY = "people.key"
EXIT_FAILED = 1
"""The server could not start, or could not end in order."""
EXIT_SITE = 2
"""The site file has mistakes, or is refused while somebody waits for what it removes."""
EXIT_NOT_OWNER = 75
"""Another server owns the facility now (EX_TEMPFAIL)."""
SERVICE_RESTART = 1012
"""Close code: come back, here or to the next server (IANA's registry of close codes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one server process runs. host: `127.0.0.1` is this machine only, `0.0.0.0` the hospital's network.

    port 0: any free one. commit_within: seconds for the mailbox at the end.
    """

    host: str = "127.0.0.1"
    port: int = 8420
    commit_within: float = 5.0
    allowances: Allowances = field(default_factory=Allowances)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the server ends: its exit code, and what clients are told."""

    exit_code: int
    close_code: int
    reason: str


class App:
    """One facility's server in one process. Made and used on one event loop."""

    def __init__(self, site: Site, store: Store, people: People, options: Options) -> None:
        """store: not open yet."""
        self._options = options
        self._site = site
        self._store = store
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._day = ""
        self.stopping = False
        """Whether the server goes down the ladder, or has."""
        self.hub = Hub(new_epoch())
        self.listener = Listener(
            hub=self.hub,
            people=people,
            devices=site.devices,
            facility=site.facility.id,
            process_request=Pages(self._table(), PATH).answer,
            allowances=options.allowances,
            limits=options.limits,
        )
        self.service = Service(
            store,
            people,
            site.facility,
            publish=self._publish,
            on_lost=self._lost,
            on_broken=self._broken,
        )
        self._answers = Answers(self.service, people, store)
        self.lookups = _lookups(site, self.service, people, self.listener)

    @property
    def port(self) -> int:
        """Where the server listens, once it has started."""
        return self.listener.port

    async def start(self) -> None:
        """Begin, and return when the port answers.

        Raises the store's errors, the service's, and OSError when the port is not to be had.
        """
        await self.service.start()
        self._day = await self.service.read(lambda day: day.day)
        try:
            await self.listener.start(self.service, self._answers, self._options.host, self._options.port)
        except OSError:
            await self.service.stop(self._options.commit_within)
            await self.service.close()
            raise
        if self.lookups is not None:
            self.lookups.start()
        await _knock(self._options.host, self.port)
        log.info("ready", extra={"action": "ready", "port": self.port, "day": self._day})

    def end(self, reason: str = "the server is being stopped") -> None:
        """Ask for the end; `ended` tells."""
        self._end(Ending(0, SERVICE_RESTART, reason))

    async def ended(self) -> Ending:
        """Wait until somebody or something asks for the end."""
        return await asyncio.shield(self._ending)

    async def stop(self, ending: Ending) -> bool:
        """Go down the ladder. Returns whether all was settled; if not, a commit hangs in the storage and only
        the end of the process can end it."""
        self.stopping = True
        log.info("stopping: %s", ending.reason, extra={"action": "stop"})
        self.listener.refuse_newcomers()
        if self.lookups is not None:
            await self.lookups.stop()
        settled = await self.service.stop(self._options.commit_within)
        if not settled:
            patience = self._options.commit_within
            log.error("a commit did not end within %s s", patience, extra={"action": "stop_commit"})
        for name in await self.listener.close(ending.close_code, ending.reason):
            extra = {"action": "stop_cut", "peer": name}
            log.warning("%s did not say goodbye and was cut off", name, extra=extra)
        if settled:
            await self.service.close()
        log.info("stopped", extra={"action": "stopped", "seq": self.service.seq})
        return settled

    # What others tell us ---------------------------------------------------------------------------------

    def _publish(self, day: Day, events: Sequence[Event]) -> None:
        self._day = day.day
        self.listener.topics.publish(day, events)
        if self.lookups is not None:
            self.lookups.heard(day, events)

    def _lost(self) -> None:
        self._end(Ending(EXIT_NOT_OWNER, CloseCode.NOT_OWNER, "another server owns this facility now"))

    def _broken(self) -> None:
        self._end(Ending(EXIT_BROKEN_STORAGE, SERVICE_RESTART, "the storage failed"))

    def _end(self, ending: Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)

    # Pages -----------------------------------------------------------------------------------------------

    def _table(self) -> pages.Table:
        return {
            "/": front_page(self._site),
            "/healthz": self._health,
            "/metrics": self._metrics,
        }

    def _health(self) -> Told:
        service = self.service
        if self.stopping:
            status = "stopping"
        elif not service.owner:
            status = "not_owner"
        else:
            status = "degraded" if service.degraded else "ok"
        told = {"status": status, "seq": service.seq, "day": self._day, "version": version("denluot")}
        http = HTTPStatus.OK if status == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        return Told(http, "application/json", json.dumps(told).encode() + b"\n")

    def _metrics(self) -> Told:
        # Only those who are asked for numbers need the library.
        from queue_server.metrics import CONTENT_TYPE, exposition

        return Told(HTTPStatus.OK, CONTENT_TYPE, exposition(self.service, self.listener))


def _lookups(site: Site, service: Service, people: People, listener: Listener) -> Lookups | None:
    """None: the site looks nobody up. Raises ModuleNotFoundError where what it takes is not installed."""
    settings = site.insurance
    if settings is None:
        return None
    # Only a hospital that looks cards up needs the library.
    from queue_server.insurance.portal import Portal

    portal = Portal(settings.url, settings.account, timeout=settings.timeout, at_once=settings.at_once)
    return Lookups(settings, site.facility.time_zone, portal, service, people, listener.topics)


def front_page(site: Site) -> pages.Page:
    """What somebody sees who opens the server's address in a browser."""
    style = (
        "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}"
        "code{background:#eee;padding:.1em .3em}h1{margin-bottom:0}"
    )
    name = site.facility.name
    body = f"""<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Đến Lượt – {escape(name.vi)}</title>
<style>{style}</style>
<h1>Đến Lượt</h1>
<p><strong>{escape(name.vi)}</strong><br><span lang="en">{escape(name.en)}</span></p>
<p>Đây là máy chủ xếp lượt khám. Ki-ốt, màn hình khu chờ và bàn làm việc là các chương trình riêng, kết nối
tới địa chỉ <code>{PATH}</code> của máy chủ này:</p>
<ul>
<li>Ki-ốt lấy số: <code>queue-kiosk</code></li>
<li>Màn hình khu chờ: <code>queue-board</code></li>
<li>Bàn làm việc của nhân viên: <code>queue-console</code></li>
</ul>
<p>Thêm <code>--help</code> để xem cách mở. <a href="/healthz">Tình trạng máy chủ</a></p>
<hr>
<div lang="en">
<p>This is the queue server. Kiosks, hall screens and the staff console are programs of their own that connect
to <code>{PATH}</code> on this server:</p>
<ul>
<li>Kiosk: <code>queue-kiosk</code></li>
<li>Hall screen: <code>queue-board</code></li>
<li>Staff console: <code>queue-console</code></li>
</ul>
<p>Each tells how to open it with <code>--help</code>. <a href="/healthz">Health of the server</a></p>
</div>
</html>
"""
    return pages.page("text/html; charset=utf-8", body.encode(), pages.style_policy(style))


# The process -------------------------------------------------------------------------------------------


def run(site_file: Path, data: Path, options: Options, announce: Callable[[str], None]) -> int:
    """Run a server until a signal, and return the exit code.

    announce: told each line that whoever started us waits for; the last is `ready`.
    """
    try:
        site = load(site_file)
    except SiteMistakes as mistakes:
        for mistake in mistakes.mistakes:
            sys.stderr.write(f"{mistake}\n")
        return EXIT_SITE
    _allow_many_sockets()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        code, settled = runner.run(_run(site, data, options, announce))
        if not settled:
            # The writer thread hangs in the storage and would keep the interpreter from ending.
            logging.shutdown()
            sys.stdout.flush()
            os._exit(code or EXIT_FAILED)
    return code


async def _run(site: Site, data: Path, options: Options, announce: Callable[[str], None]) -> tuple[int, bool]:
    try:
        people = People(_keys(data), site.facility)
        store = SqlStore(data / DATABASE, site.facility.id, secrets.token_hex(8))
        app = App(site, store, people, options)
        _end_on_signals(app)
        await app.start()
    except (StoreError, ServiceError, KeysError, OSError, ModuleNotFoundError) as error:
        return _failed_to_start(error), True
    for line in addresses(options.host, app.port):
        announce(line)
    announce("ready")
    ending = await app.ended()
    return ending.exit_code, await app.stop(ending)


def addresses(host: str, port: int) -> list[str]:
    """`name: address` of everything that this server offers."""
    shown = _reachable(host)
    name = f"[{shown}]" if ":" in shown else shown
    return [
        f"queue server: ws://{name}:{port}{PATH}",
        f"page: http://{name}:{port}/",
        f"health: http://{name}:{port}/healthz",
    ]


def _allow_many_sockets() -> None:
    """Every screen and kiosk is an open file; many systems grant 1,024 unless asked for what they allow."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _keys(data: Path) -> Keys:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return load_keys(data / KEY)


def _failed_to_start(error: Exception) -> int:
    log.error("cannot start: %s", str(error) or type(error).__name__, extra={"action": "start"})
    match error:
        case ModuleNotFoundError():
            log.error("what is missing comes with requirements/server.txt", extra={"action": "start"})
            return EXIT_FAILED
        case SiteRefused():
            return EXIT_SITE
        case BrokenStorage():
            return EXIT_BROKEN_STORAGE
        case _:
            return EXIT_FAILED


def _end_on_signals(app: App) -> None:
    loop = asyncio.get_running_loop()

    def asked(name: str) -> None:
        # Whoever asks twice means it: the second signal is a plain one.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        app.end(f"the server was asked to stop ({name})")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number.name)


async def _knock(host: str, port: int) -> None:
    """Ask the port for its health as anybody would. Raises OSError when it does not answer."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(_reachable(host), port)
            writer.write(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await reader.readline()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    except TimeoutError as error:
        raise OSError(f"port {port} does not answer") from error
    if b" 200 " not in answer:
        raise OSError(f"port {port} answers {answer.decode(errors='replace').strip()!r}")


def _reachable(host: str) -> str:
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound here


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
