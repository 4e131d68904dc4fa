"""A call spoken by the real program: a sound of the right length comes out, tone marks and all."""

import asyncio
import os
import shutil
import stat
import wave
from pathlib import Path

import pytest

from display.board.picture import Call
from display.board.voice import Announcer, Speaker
from queue_server.protocol.clips import CHIME
from queue_server.protocol.labels import Label

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None and not os.environ.get("CI"), reason="espeak-ng is not installed"
)

SAY = (
    CHIME,
    "invite",
    "letter_a",
    "pause",
    "digit_0",
    "digit_4",
    "digit_5",
    "pause",
    "to_room",
    "ten",
    "digit_2",
)


def recorder(folder: Path) -> Path:
    """The real program, with each sentence written to a file of its own in place of a loudspeaker."""
    script = folder / "espeak-to-file"
    script.write_text(
        f'#!/bin/sh\nespeak-ng -w "{folder}/$$" "$@" && mv "{folder}/$$" "{folder}/$$.wav"\n',
        encoding="utf-8",
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def seconds(sound: Path) -> float:
    with wave.open(str(sound)) as opened:
        return float(opened.getnframes() / opened.getframerate())


def call(key: str, at: int) -> Call:
    room = Label(vi="Phòng khám 12", en="Room 12")
    return Call(key=key, sign="A045", place=room, room="12", at=at, times=1, fresh=True, say=SAY)


def test_a_call_is_heard_twice_before_the_next_one_rings(tmp_path: Path) -> None:
    heard: list[float] = []

    async def listen() -> None:
        next_rings = asyncio.Event()
        bells = iter((False, True))

        def ring() -> None:
            if next(bells):
                heard.extend(seconds(sound) for sound in tmp_path.glob("*.wav"))
                next_rings.set()

        announcer = Announcer()
        speaker = Speaker(announcer, lambda: 1_000, ring, program=str(recorder(tmp_path)))
        announcer.heard([call("first", 900), call("second", 1_000)], 1_000)
        speaker.wake()
        running = asyncio.create_task(speaker.run())
        await asyncio.wait_for(next_rings.wait(), 30)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(listen())
    assert len(heard) == 2
    assert all(2 < length < 12 for length in heard)
