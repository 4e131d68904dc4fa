"""What is heard of a page, and the page heard through the real program."""

import asyncio
import os
import shutil
import stat
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.devices.speech import Speech
from kiosk.journey import walk
from kiosk.journey.values import Act, Check, Issued, Paper, Stage, Welcome, Who
from kiosk.screens.aloud import spoken
from kiosk.screens.page import Option
from kiosk.screens.pages import Size, page
from kiosk.screens.ways import ways
from queue_server.protocol.codes import Language, PrintState
from tests.support.kiosk_parts import CARD, ticket, world
from tests.support.served import until

HERE = replace(world(), speaks=frozenset({Language.VI, Language.EN}))


def heard(stage: Stage, language: Language) -> str:
    journey = replace(walk.begin(language, 0), stage=stage)
    return spoken(page(journey, HERE, Size(67, 16)), ways(journey, HERE), language)


def test_a_number_is_heard_sign_by_sign() -> None:
    issued = Issued(ticket("A012"), Paper(PrintState.ACKNOWLEDGED), 1)
    assert heard(issued, Language.VI).startswith("Số của quý vị. a không một hai.")
    assert heard(issued, Language.EN).startswith("Your number. A zero one two.")
    # Rooms are counted, as people say them.
    assert "Phòng 12" in heard(issued, Language.VI)


def test_a_kiosk_s_own_number_is_heard_in_two_parts() -> None:
    assert "một, không không chín" in heard(Issued(ticket("K01-009")), Language.VI)


def test_who_hears_knows_what_is_written_and_which_key_to_press() -> None:
    said = heard(Check(Who.ME, CARD), Language.VI)
    assert "Tên: Hiền." in said
    assert "Năm sinh: một chín chín không." in said
    assert "Phím 1: Đúng, tiếp tục." in said
    assert "□" not in said
    assert said.index("Người khám có phải") < said.index("Hiền") < said.index("Phím 1")


def test_every_button_at_the_foot_is_told_too() -> None:
    assert heard(Welcome(), Language.EN).endswith("Contrast. Listen.")


def test_what_has_no_words_makes_no_sound() -> None:
    empty = replace(page(walk.begin(Language.VI, 0), HERE, Size(67, 16)), title="■", lines=(), rows=())
    assert spoken(empty, (Option("…", Act.MORE),), Language.VI) == ""


# Heard -----------------------------------------------------------------------------------------------------

needs_a_voice = pytest.mark.skipif(
    shutil.which("espeak-ng") is None and not os.environ.get("CI"), reason="espeak-ng is not installed"
)


def recorder(folder: Path) -> Path:
    """The real program, with what it says written to a file in place of a loudspeaker."""
    return script(folder, f'espeak-ng -w "{folder}/part" "$@" && mv "{folder}/part" "{folder}/said.wav"')


def script(folder: Path, does: str) -> Path:
    made = folder / "voice"
    made.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    made.chmod(made.stat().st_mode | stat.S_IXUSR)
    return made


def seconds(sound: Path) -> float:
    with wave.open(str(sound)) as opened:
        return float(opened.getnframes() / opened.getframerate())


@needs_a_voice
@pytest.mark.parametrize("language", [Language.VI, Language.EN])
def test_the_real_program_reads_a_page(tmp_path: Path, language: Language) -> None:
    async def listen() -> None:
        speech = Speech(str(recorder(tmp_path)))
        await speech.say(heard(Issued(ticket("A012")), language), language)
        await asyncio.wait_for(speech.heard(), 30)

    asyncio.run(listen())
    assert 3 < seconds(tmp_path / "said.wav") < 40


@needs_a_voice
def test_the_real_program_has_both_languages() -> None:
    assert {Language.VI, Language.EN} <= asyncio.run(Speech().languages())


def test_without_the_program_there_is_no_voice(tmp_path: Path) -> None:
    async def listen() -> None:
        speech = Speech(str(tmp_path / "nothing"))
        assert await speech.languages() == frozenset()
        await speech.say("Xin chào", Language.VI)
        await asyncio.wait_for(speech.heard(), 1)

    asyncio.run(listen())


def test_a_page_that_goes_takes_its_voice_with_it(tmp_path: Path) -> None:
    speaks_long = script(tmp_path, "exec tail -f /dev/null")

    async def listen() -> None:
        speech = Speech(str(speaks_long))
        await speech.say("một", Language.VI)
        first = asyncio.create_task(speech.heard())
        await speech.say("hai", Language.VI)
        await asyncio.wait_for(first, 10)
        second = asyncio.create_task(speech.heard())
        await asyncio.sleep(0)
        await speech.stop()
        await asyncio.wait_for(second, 10)

    asyncio.run(listen())


def test_of_two_wishes_at_once_the_later_is_heard_and_none_after_the_page_went(tmp_path: Path) -> None:
    speaks_long = script(tmp_path, f"cat >> {tmp_path}/said; exec tail -f /dev/null")

    async def listen() -> None:
        speech = Speech(str(speaks_long))
        await asyncio.gather(speech.say("một", Language.VI), speech.say("hai", Language.VI))
        said = tmp_path / "said"
        await until(lambda: said.exists() and "hai" in said.read_text(encoding="utf-8"))
        gone = asyncio.create_task(speech.say("ba", Language.VI))
        await asyncio.sleep(0)
        await speech.stop()
        await gone
        await asyncio.wait_for(speech.heard(), 1)

    asyncio.run(listen())
