"""The link as a program: settings in, running until a signal."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from queue_server.his import settings as settings_file
from queue_server.his.keep import Keep, KeepError
from queue_server.his.port import HisAdapter
from queue_server.his.runner import Runner
from queue_server.his.settings import Settings, SettingsMistake

INSTALL = "pip install -r requirements/server.txt"
"""What brings the packages that only the link needs; trying the queue does without them."""


class Way(StrEnum):
    """How a HIS is talked to."""

    HTTP = "http"
    VIEW = "view"


def run(path: Path, way: Way, say: Callable[[str], None]) -> int:
    """Run one link until SIGINT or SIGTERM; the exit code. say: a line for whoever started it."""
    try:
        settings = settings_file.load(path)
        keep = Keep(settings.memory)
    except (SettingsMistake, KeepError) as error:
        say(f"the link cannot start: {error}")
        return 2
    try:
        adapter = _adapter(settings, way, keep, say)
    except (SettingsMistake, KeepError) as error:
        say(f"the link cannot start: {error}")
        return 2
    except ModuleNotFoundError as error:
        keep.close()
        say(f"the link cannot start: {error.name} is not installed; {INSTALL}")
        return 2
    except OSError as error:
        where = f"{settings.http.host}:{settings.http.port}"
        say(f"the link cannot start: {where} cannot be had ({error.strerror})")
        return 2
    try:
        asyncio.run(_serve(Runner(settings, keep, adapter)))
    finally:
        keep.close()
    return 0


def _adapter(settings: Settings, way: Way, keep: Keep, say: Callable[[str], None]) -> HisAdapter:
    match way:
        case Way.HTTP:
            from queue_server.his.http import HttpAdapter

            def listens(port: int) -> None:
                say(f"his link: http://{settings.http.host}:{port}/his/v1/events")
                say("ready")

            return HttpAdapter(settings.http, keep, listens)
        case Way.VIEW:
            from queue_server.his.view import ViewAdapter

            return ViewAdapter(settings.view, keep, lambda: say("ready"))


async def _serve(runner: Runner) -> None:
    work = asyncio.create_task(runner.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        await runner.stop()


def check(path: Path) -> list[str]:
    """What is wrong with the file, or with the view that it names; empty when nothing is."""
    try:
        settings = settings_file.load(path)
    except SettingsMistake as mistake:
        return [str(mistake)]
    if not settings.view.url:
        return [] if settings.http.secret else ["there is neither http.secret nor view.url: see HIS.md"]
    return _check_view(settings)


def _check_view(settings: Settings) -> list[str]:
    from sqlalchemy.exc import SQLAlchemyError

    from queue_server.his.view import WrongColumns, columns, read_only_engine

    try:
        engine = read_only_engine(settings.view.url)
        try:
            with engine.connect() as connection:
                columns(connection, settings.view.name)
        finally:
            engine.dispose()
    except (SettingsMistake, WrongColumns) as mistake:
        return [str(mistake)]
    except SQLAlchemyError as error:
        kind = type(error).__name__
        return [f"the database of view.url does not answer ({kind}): see its address, name and password"]
    return []


def letters(path: Path) -> list[str]:
    """What could not be used, a line each, the newest first. Raises SettingsMistake or KeepError."""
    keep = Keep(settings_file.load(path).memory)
    try:
        return [f"{heard.id}  {heard.why}: {heard.text}" for heard in keep.refused()]
    finally:
        keep.close()
