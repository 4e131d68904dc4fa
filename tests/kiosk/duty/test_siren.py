"""The siren: heard at once, quiet at once, and never silent for want of a loudspeaker."""

import asyncio
import io
import os
import tempfile
import wave
from itertools import pairwise
from pathlib import Path

import pytest

from kiosk.devices import siren
from kiosk.devices.siren import RATE, Siren, sound
from tests.support.scripted_server import until


async def a_while() -> None:
    await asyncio.sleep(0.01)


def test_the_sound_is_loud_two_toned_and_starts_and_ends_softly() -> None:
    with wave.open(io.BytesIO(sound(1))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
    assert len(frames) == sum(int(RATE * seconds) for _, seconds in siren.TONES)
    assert max(frames) > 25_000
    assert abs(frames[0]) < 500
    assert abs(frames[-1]) < 2_000
    half = len(frames) // 2
    assert _crossings(frames[:half]) > _crossings(frames[half:])


def _crossings(frames: memoryview) -> int:
    return sum((a < 0) is not (b < 0) for a, b in pairwise(frames))


def program(folder: Path, name: str, does: str) -> tuple[str, ...]:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{does}\n")
    file.chmod(0o755)
    return (str(file),)


def test_it_plays_a_wave_file_over_and_over_and_stops_the_player_at_once(tmp_path: Path) -> None:
    log = tmp_path / "played"
    silent = program(tmp_path, "silent", "exit 1")
    player = program(tmp_path, "player", f'echo "$$ $1" >> {log}; head -c 4 "$1" >> {log}; exec sleep 600')
    rang: list[int] = []

    async def run() -> None:
        loud = Siren(lambda: rang.append(1), [("no-such-player",), silent, player])
        loud.wail()
        loud.wail()
        await until(lambda: log.exists() and "RIFF" in log.read_text(), a_while)
        pid = int(log.read_text().split()[0])
        loud.hush()
        assert not loud.wails
        await until(lambda: not Path(f"/proc/{pid}").exists() or _is_gone(pid), a_while)

    asyncio.run(run())
    assert rang == [1]


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("does", ["", "exit 1", "exec sleep 600", "a full disk"])
def test_without_a_loudspeaker_the_bell_goes_on(
    tmp_path: Path, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siren, "BELL_EVERY", 0.01)
    monkeypatch.setattr(siren, "PATIENCE", 0.1)
    rang: list[int] = []

    async def run() -> None:
        players = [program(tmp_path, "player", does)] if does else []
        if does == "a full disk":
            monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        loud = Siren(lambda: rang.append(1), players)
        loud.wail()
        await until(lambda: len(rang) > 3, a_while)
        loud.hush()
        assert not loud.wails

    asyncio.run(run())
