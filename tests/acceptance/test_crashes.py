"""SIGKILL at random moments of a busy day: nobody is lost, nobody is twice, everything happens once.

`DENLUOT_SEED=<number>` chooses the chances; the seed is printed with a failure.
"""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from queue_server.protocol.codes import Notice, Role
from queue_server.protocol.commands import Announce
from queue_server.protocol.rows import Row
from tests.support import proofs
from tests.support.busy_day import CLINICS, HALLS, Day, Line
from tests.support.processes import WarmServer, morning_site

KILLS = 50
RUSHES = 5
SEED = int(os.environ.get("DENLUOT_SEED", "20261123"))
TOGETHER = 240
"""Patients and turns of one rush."""
PATIENCE = 60.0
"""Seconds for a rush to be answered to the last command after the server has come back."""
WHOLE = 300.0
"""Seconds for all of it; it takes twenty on an idle machine. A server that answers nothing comes to this."""
TOPICS = (*(f"hall:{hall}" for hall in HALLS), *(f"clinic:{clinic}" for clinic in CLINICS), "facility")


def test_fifty_kills_on_a_busy_day_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    sys.stdout.write(f"DENLUOT_SEED={SEED}\n")
    chance = random.Random(SEED)
    with WarmServer(morning_site(tmp_path), tmp_path / "data", arguments=("--unlimited",)) as server:
        server.start()
        day, shown = asyncio.run(_busy_day(server, chance))
        assert server.stop() == 0
    sys.stdout.write(f"{day.told()}\n")
    found = proofs.kept(tmp_path / "data")
    proofs.once(found, day.answered)
    proofs.every_call_shown_was_kept(found, day.calls)
    proofs.shown_is_folded(found, shown)
    assert len(day.calls) > 50
    assert len(found.day.visits) > RUSHES * TOGETHER / 2


async def _busy_day(server: WarmServer, chance: random.Random) -> tuple[Day, dict[str, dict[str, Row]]]:
    async with asyncio.timeout(WHOLE), Day(server.address, chance) as day:
        kiosks = [day.join(f"kiosk-{n % 2 + 1}", Role.KIOSK) for n in range(10)]
        rooms = {clinic: day.join("clinic", Role.CLINIC, f"clinic:{clinic}") for clinic in CLINICS}
        head = day.join("supervisor", Role.SUPERVISOR, *TOPICS)
        day.join("board-1", Role.BOARD, *(f"hall:{hall}" for hall in HALLS))
        kills = rushes = 0
        while kills < KILLS or rushes < RUSHES:
            rushes += 1
            rush = asyncio.create_task(_rush(day, kiosks, rooms, head))
            while not rush.done() and kills < KILLS:
                kills += await _die_and_come_back(server, day, rush, chance)
            async with asyncio.timeout(PATIENCE):
                await rush
        await _everything_asked_again(day, [*kiosks, *rooms.values(), head])
        return day, await _everything_shown(day, head)


async def _rush(day: Day, kiosks: list[Line], rooms: dict[str, Line], head: Line) -> None:
    """Hundreds of commands, all on their way at once."""
    async with asyncio.TaskGroup() as together:
        together.create_task(day.arrivals(kiosks, TOGETHER))
        for clinic, line in rooms.items():
            together.create_task(day.work(line, clinic, turns=10))
        together.create_task(day.interfere(head, turns=10))


async def _die_and_come_back(
    server: WarmServer, day: Day, rush: "asyncio.Task[None]", chance: random.Random
) -> int:
    """After some answers the server dies, sometimes again while it begins; how often it died."""
    answers = asyncio.create_task(day.answers(chance.randrange(1, 80)))
    await asyncio.wait((answers, rush), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    assert answers.done() or rush.done(), f"no answers for {PATIENCE:g} s; {day.told()}"
    answers.cancel()
    await asyncio.wait((rush,), timeout=chance.uniform(0, 0.03))
    day.server_is_there = False
    await asyncio.to_thread(server.kill)
    kills = 1
    while chance.random() < 0.2:
        await asyncio.to_thread(server.begin)
        await asyncio.wait((rush,), timeout=chance.uniform(0, 0.3))
        await asyncio.to_thread(server.kill)
        kills += 1
    await asyncio.to_thread(server.start)
    day.come_back()
    return kills


async def _everything_asked_again(day: Day, lines: Sequence[Line]) -> None:
    """The same id again, long after: the same answer and no effect (which the journal will tell)."""
    by_device = {line.device: line for line in lines}
    asked = list(day.asked.items())
    async with asyncio.timeout(PATIENCE):
        for first in range(0, len(asked), TOGETHER):
            async with asyncio.TaskGroup() as together:
                for (device, wish), command in asked[first : first + TOGETHER]:
                    together.create_task(day.ask(by_device[device], command, again=wish))


async def _everything_shown(day: Day, head: Line) -> dict[str, dict[str, Row]]:
    """All topics as one screen shows them, after everything: a batch's rows come before its answers."""
    async with asyncio.timeout(PATIENCE):
        await day.ask(head, Announce(notice=Notice.SYSTEM_BACK))
    return {topic: dict(head.connection.rows(topic)) for topic in TOPICS}
