"""Sends a file's bookings to a server and tells what became of each row.

A booking replaces the one of the same reference, and the same once more changes nothing: whoever is unsure
whether a file was sent sends it again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from queue_server.bookings.table import House, Refused, Row, TableError, read
from queue_server.client import Connection
from queue_server.protocol.codes import Refusal, Role
from queue_server.protocol.messages import Rejected
from queue_server.protocol.rows import CatalogueFacility, CatalogueService, FacilityPractitioner

AT_ONCE = 32
"""Wishes on their way at a time: a desk beside this import is answered as quickly as ever."""
TELL_EVERY = 500
"""Rows between two words on how far it is."""
PATIENCE = 20.0
"""Seconds to wait for a server to say what it has, and before saying that one is silent."""
AGAIN = 1.0
"""Seconds before a server that was too busy to look is asked again."""

_NOT_LOOKED_AT = frozenset({Refusal.BUSY, Refusal.RATE})
_WHY: dict[Refusal, tuple[str, str, str]] = {
    Refusal.UNKNOWN_SERVICE: ("service", "the hospital has no such service", "write its id of the site file"),
    Refusal.UNKNOWN_PRACTITIONER: (
        "practitioner",
        "the hospital has no such practitioner",
        "write its id of the site file",
    ),
    Refusal.TOO_LATE: ("at", "the day has gone by", "write today or a later day"),
    Refusal.TOO_SOON: ("at", "it is more than 400 days ahead", "write the year again"),
    Refusal.NUMBER_TAKEN: ("code", "another appointment has it", "give each its own"),
    Refusal.UNKNOWN_APPOINTMENT: (
        "reference",
        "the patient has checked in for it already",
        "take the row out, or give a new appointment its own reference",
    ),
    Refusal.FORBIDDEN: (
        "",
        "this device may not book",
        "use the token of a reception, supervisor or HIS device",
    ),
}


class Ended(IntEnum):
    """How an import ended, as its exit code."""

    WELL = 0
    SOME_REFUSED = 1
    NOT_BEGUN = 2


class _NotBegun(Exception):
    """Nothing was sent."""


async def run(
    file: Path, servers: Sequence[str], role: Role, token: str, say: Callable[[str], None], *, dry_run: bool
) -> Ended:
    """Book what a file lists. say: takes each line of what is told."""
    try:
        raw = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        say(f"{file} cannot be read ({error.strerror})")
        return Ended.NOT_BEGUN
    changed = asyncio.Event()
    connection = Connection(
        servers,
        role,
        token,
        client="queue-server appointments",
        on_change=lambda _: changed.set(),
        on_link=lambda _: changed.set(),
    )
    link = asyncio.create_task(connection.run(), name="link")
    try:
        house = await _house(connection, changed)
        rows, refused = read(raw, house)
        refused += [] if dry_run else await _send_all(connection, rows, say)
    except (TableError, _NotBegun) as error:
        say(f"{error}")
        return Ended.NOT_BEGUN
    finally:
        link.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await link
    for wrong in sorted(refused, key=lambda each: each.number):
        say(f"{wrong}")
    looked_at = {row.number for row in rows} | {wrong.number for wrong in refused}
    count, booked = len(looked_at), len(looked_at) - len(refused)
    done = "could be booked" if dry_run else "booked"
    say(f"{count} rows: {booked} {done}, {len(refused)} refused")
    return Ended.SOME_REFUSED if refused else Ended.WELL


async def _house(connection: Connection, changed: asyncio.Event) -> House:
    """What the server's hospital has, as soon as it says so. Raises _NotBegun."""
    connection.subscribe("catalogue")
    connection.subscribe("facility")
    try:
        async with asyncio.timeout(PATIENCE):
            while not (connection.rows("catalogue") and connection.rows("facility")):
                if connection.link.slow:
                    raise _NotBegun(
                        f"the server refused this device ({connection.link.reason or connection.link.code}); "
                        "look at --token and --role"
                    )
                changed.clear()
                await changed.wait()
    except TimeoutError:
        servers = ", ".join(connection.servers)
        raise _NotBegun(f"no answer from {servers}; look at --server, and whether it runs") from None
    rows = connection.rows("catalogue").values()
    facility = next(row for row in rows if isinstance(row, CatalogueFacility))
    zone = ZoneInfo(facility.time_zone)
    return House(
        zone,
        datetime.fromtimestamp(connection.server_now / 1000, zone).date(),
        [row.service for row in rows if isinstance(row, CatalogueService)],
        [
            row.practitioner
            for row in connection.rows("facility").values()
            if isinstance(row, FacilityPractitioner)
        ],
    )


async def _send_all(connection: Connection, rows: Sequence[Row], say: Callable[[str], None]) -> list[Refused]:
    """Book every row, a few at a time. Returns those that the server refused."""
    refused: list[Refused] = []
    waiting = iter(rows)
    done = 0

    async def send() -> None:
        nonlocal done
        for row in waiting:
            wrong = await _send(connection, row)
            if wrong is not None:
                refused.append(wrong)
            done += 1
            if done % TELL_EVERY == 0:
                say(f"{done} of {len(rows)} rows sent")

    async def tell_of_silence() -> None:
        while True:
            before = done
            await asyncio.sleep(PATIENCE)
            if done == before:
                say("the server is silent; going on as soon as it answers, Ctrl-C ends this")

    watch = asyncio.create_task(tell_of_silence(), name="silence")
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(rows))):
                group.create_task(send())
    finally:
        watch.cancel()
    return refused


async def _send(connection: Connection, row: Row) -> Refused | None:
    wish = connection.submit(row.booking)
    while True:
        reply = await wish.answer
        if not isinstance(reply, Rejected):
            return None
        if reply.code not in _NOT_LOOKED_AT:
            usual = ("", f"the server refused it ({reply.code.value})", "ask the hospital's IT")
            return Refused(row.number, *_WHY.get(reply.code, usual))
        await asyncio.sleep(AGAIN)
        wish = connection.submit(row.booking, again=wish.id)
