"""SIGKILL keeps what the kernel has cached; a power cut does not. The server runs under a recorder of what
was really synced, and what it had acknowledged must be found on what is left of its disk."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from queue_server.app import DATABASE
from queue_server.protocol.codes import Role
from tests.support import proofs
from tests.support.busy_day import CLINICS, Day
from tests.support.power_cut import (
    Kind,
    compile_recorder,
    environment,
    history,
    restore,
    without_sync,
)
from tests.support.processes import Server, morning_site

SEED = 20261124
TOGETHER = 120
PATIENCE = 60.0


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_recorder(tmp_path_factory.mktemp("recorder"))


def test_every_acknowledged_command_survives_power_cut_after_power_cut(
    recorder: Path, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    site = morning_site(tmp_path)
    data = tmp_path / "disk-0"
    data.mkdir()
    answered: dict[tuple[str, str], proofs.Reply] = {}
    for cut in (1, 2, 3):
        shadow = tmp_path / f"shadow-{cut}"
        server = Server(site, data, extra=environment(recorder, data, shadow))
        with server:
            answered |= asyncio.run(_rush_until_dark(server, chance))
        data = tmp_path / f"disk-{cut}"
        restore(shadow, data)
        # More may be there: the power went before those clients could hear of it.
        proofs.once(proofs.kept(data), answered, others_may_be_there=True)
    assert len(answered) > 3 * TOGETHER / 2
    with Server(site, data) as server:
        assert server.health()["status"] == "ok"
        assert server.stop() == 0


def test_without_syncing_acknowledged_commands_are_lost(recorder: Path, tmp_path: Path) -> None:
    """The twin that shows that the test above can fail."""
    data, shadow = tmp_path / "data", tmp_path / "shadow"
    data.mkdir()
    careless = {**environment(recorder, data, shadow), **without_sync(tmp_path / "careless")}
    with Server(morning_site(tmp_path), data, extra=careless) as server:
        answered = asyncio.run(_rush_until_dark(server, random.Random(SEED)))
    assert answered
    noted = {(record.kind, record.name) for record in history(shadow)}
    assert (Kind.WROTE, f"{DATABASE}-wal") in noted
    assert (Kind.SYNCED, f"{DATABASE}-wal") not in noted
    left = tmp_path / "left"
    restore(shadow, left)
    lost = set(answered) - _replies(left)
    assert lost == set(answered)


async def _rush_until_dark(server: Server, chance: random.Random) -> dict[tuple[str, str], proofs.Reply]:
    """Commands from many sides, and the end of power in the middle; what had been acknowledged by then."""
    async with Day(server.address, chance) as day:
        day.server_is_there = False
        kiosks = [day.join(f"kiosk-{n % 2 + 1}", Role.KIOSK) for n in range(6)]
        rooms = {clinic: day.join("clinic", Role.CLINIC, f"clinic:{clinic}") for clinic in CLINICS[:6]}
        tasks = [asyncio.ensure_future(day.arrivals(kiosks, TOGETHER))]
        tasks += [asyncio.ensure_future(day.work(line, clinic, 8)) for clinic, line in rooms.items()]
        async with asyncio.timeout(PATIENCE):
            await day.answers(chance.randrange(TOGETHER // 2, TOGETHER))
        await asyncio.to_thread(server.kill)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return day.answered


def _replies(data: Path) -> set[tuple[str, str]]:
    """Whose commands a disk knows to have answered; no file or no table is none."""
    path = data / DATABASE
    if not path.exists():
        return set()
    try:
        with closing(sqlite3.connect(path)) as database:
            return set(database.execute("SELECT sender, command_id FROM command_reply"))
    except sqlite3.DatabaseError:
        return set()
