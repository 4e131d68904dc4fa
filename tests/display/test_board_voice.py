"""What is spoken, in which order, how often, and never too late."""

import asyncio
import sys
from pathlib import Path

import pytest

from display.board.picture import Call
from display.board.voice import Announcer, Speaker, Spoken, chimes, words
from queue_server.protocol.clips import CLIPS
from queue_server.protocol.labels import Label
from tests.support.screens import NOW
from tests.support.scripted_server import until

SAY = (
    *("chime", "chime", "invite", "letter_a", "pause", "digit_0", "digit_4", "digit_5", "pause"),
    *("to_room", "ten", "digit_2"),
)


def call(sign: str, ago: float, say: tuple[str, ...] = SAY) -> Call:
    at = NOW - int(ago * 1000)
    return Call(
        key=sign,
        sign=sign,
        place=Label(vi="", en=""),
        room="",
        at=at,
        times=1,
        fresh=True,
        say=say,
    )


def test_clips_become_a_sentence() -> None:
    assert words(SAY) == "Xin mời số a, không bốn năm, vào phòng khám mười hai"
    assert chimes(SAY) == 2


def test_clips_that_nobody_knows_are_left_out() -> None:
    assert words(("chime", "new_clip", "invite", "digit_1")) == "Xin mời số một"
    assert words(("chime", "new_clip")) == ""


@pytest.mark.parametrize("clip", [clip for clip, spoken in CLIPS.items() if spoken.strip(" ,")])
def test_every_clip_can_be_spoken(clip: str) -> None:
    assert words((clip,)) == CLIPS[clip]


def test_new_calls_are_spoken_once_each_oldest_first() -> None:
    announcer = Announcer()
    announcer.heard([call("A2", 1), call("A1", 3)], NOW)
    announcer.heard([call("A2", 1), call("A1", 3)], NOW)
    first, second = announcer.next(NOW), announcer.next(NOW)
    assert first is not None
    assert second is not None
    assert first.at < second.at
    assert announcer.next(NOW) is None


def test_a_recall_is_spoken_again_and_an_old_call_never() -> None:
    announcer = Announcer()
    announcer.heard([call("A1", 10), call("A9", 31)], NOW)
    assert announcer.next(NOW) is not None
    assert announcer.next(NOW) is None
    announcer.heard([call("A1", 0)], NOW)
    assert announcer.next(NOW) is not None


def test_a_call_that_waited_too_long_behind_others_is_dropped() -> None:
    announcer = Announcer()
    announcer.heard([call("A1", 1)], NOW)
    assert announcer.next(NOW + 30_000) is None


def test_calls_without_clips_are_silent() -> None:
    announcer = Announcer()
    announcer.heard([call("A1", 1, say=())], NOW)
    assert announcer.next(NOW) is None


def program(tmp_path: Path) -> tuple[Path, Path]:
    """A stand-in for the speaking program, which writes down when it begins and ends."""
    log, path = tmp_path / "spoken", tmp_path / "speak"
    path.write_text(
        f"#!{sys.executable}\nimport sys\nlog = open({str(log)!r}, 'a')\n"
        "log.write('begin ' + sys.argv[-1] + '\\n'); log.flush(); log.write('end\\n')\n"
    )
    path.chmod(0o755)
    return path, log


def test_each_call_is_chimed_and_spoken_twice_one_after_the_other(tmp_path: Path) -> None:
    path, log = program(tmp_path)
    rung: list[int] = []

    async def speak() -> None:
        announcer = Announcer()
        speaker = Speaker(announcer, lambda: NOW, lambda: rung.append(1), program=str(path))
        task = asyncio.create_task(speaker.run())
        announcer.heard([call("A1", 2), call("A2", 1)], NOW)
        speaker.wake()
        await until(lambda: log.exists() and log.read_text().count("end") == 4)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(speak())
    assert log.read_text() == f"begin {words(SAY)}\nend\n" * 4
    assert len(rung) == 4


def test_a_program_that_cannot_start_silences_nothing_else(tmp_path: Path) -> None:
    async def speak() -> None:
        announcer = Announcer()
        speaker = Speaker(announcer, lambda: NOW, lambda: None, program=str(tmp_path / "missing"))
        task = asyncio.create_task(speaker.run())
        announcer.heard([call("A1", 1)], NOW)
        speaker.wake()
        await until(lambda: not announcer.next(NOW))
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(speak())


def test_the_program_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not Speaker.available()
    (tmp_path / "espeak-ng").write_text("")
    (tmp_path / "espeak-ng").chmod(0o755)
    assert Speaker.available()


def test_a_spoken_call_is_a_value() -> None:
    assert Spoken("a", 2, NOW) == Spoken("a", 2, NOW)
