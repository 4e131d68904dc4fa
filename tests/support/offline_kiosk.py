"""A kiosk's post on a real folder, whose link and disk do as a test says."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from kiosk.offline.moments import Moments, Stamp
from kiosk.offline.outbox import Outbox
from kiosk.offline.post import Desk, Post
from kiosk.offline.seal import Seal, key_at
from kiosk.offline.series import Series
from queue_server.client import Wish
from queue_server.client.connection import new_id
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.messages import Accepted, Rejected

DESK_PLACE = Place(
    label=Label(vi="Bàn hướng dẫn", en="Information desk"), hall=Label("", ""), floor=Label("", "")
)


def known_here(folder: Path) -> Path:
    """A kiosk's folder, where it has been for long: its numbers of today begin at 001."""
    folder.mkdir(exist_ok=True)
    Series(folder / "series").begin("2000-01-01", 0)
    return folder


class AtOnce(Executor):
    """Does at once what it is given, until its fuse burns out: what comes then never happens, as after a
    crash.

    fuse: how much it does before; None: no end.
    """

    def __init__(self) -> None:
        self.fuse: int | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        if self.fuse == 0:
            return done
        if self.fuse is not None:
            self.fuse -= 1
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            done.set_exception(error)
        return done


class Wire:
    """A link that keeps wishes until they are answered, as a real one does. sent: every sending of a
    command."""

    def __init__(self) -> None:
        self.online = False
        self.sent: list[tuple[str, Command]] = []
        self._open: dict[str, tuple[Command, asyncio.Future[Accepted | Rejected]]] = {}

    def submit(self, command: Command, again: str | None = None) -> Wish:
        name = again or new_id()
        future: asyncio.Future[Accepted | Rejected] = asyncio.get_running_loop().create_future()
        self._open[name] = (command, future)
        if self.online:
            self.sent.append((name, command))
        return Wish(name, future)

    def up(self) -> None:
        """Connected: what is open is sent again."""
        self.online = True
        self.sent += [(name, command) for name, (command, _) in self._open.items()]

    def answer(self, name: str, reply: Accepted | Rejected) -> None:
        """An answer came; to a wish that was answered before it means nothing."""
        if self.online and name in self._open:
            _, future = self._open.pop(name)
            if not future.done():
                future.set_result(reply)


class OfflineKiosk:
    """One kiosk: its folder outlives it. now: the time at it, ms."""

    def __init__(self, folder: Path, name: str, ordinal: int, now: Callable[[], int]) -> None:
        self.folder, self.name, self.ordinal, self._now = folder, name, ordinal, now
        self.heard: Stamp | None = None
        self.begin()

    def begin(self) -> None:
        """Start on what lies in the folder."""
        self.disk, self.wire = AtOnce(), Wire()
        self.moments = Moments(self.heard, run="this boot", steady=self._now, own=self._now)
        seal = Seal(key_at(self.folder / "outbox.key"))
        self.outbox = Outbox(self.folder / "outbox", seal, self.disk)
        series = Series(self.folder / "series")
        self.post = Post(self.name, self.wire, self.outbox, series, self.moments, seal, self.disk)
        self.running = asyncio.ensure_future(self.post.run())

    @property
    def desk(self) -> Desk:
        """What its own papers say."""
        return Desk(self.ordinal, DESK_PLACE, "2025-03-03", 390)

    def up(self, server_now: int) -> None:
        """The link is there."""
        self.moments.hear(server_now)
        self.heard = self.moments.heard
        self.wire.up()
        self.post.link_changed()

    def down(self) -> None:
        """The link is gone."""
        self.wire.online = False
        self.post.link_changed()

    async def end(self) -> None:
        """Be killed: nothing more is written."""
        self.disk.fuse = 0
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
