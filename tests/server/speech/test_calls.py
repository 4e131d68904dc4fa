"""A call is heard the way a person would say it."""

import pytest

from queue_server.protocol.clips import CLIPS
from queue_server.protocol.codes import ClinicKind
from queue_server.speech import spoken_call
from queue_server.speech.calls import number_clips


def heard(clips: tuple[str, ...]) -> str:
    return " ".join(CLIPS[clip] for clip in clips).replace(" ,", ",").strip()


@pytest.mark.parametrize(
    ("call_sign", "room", "kind", "words"),
    [
        ("A045", "12", ClinicKind.EXAM, "Xin mời số a, không bốn năm, vào phòng khám mười hai"),
        ("27", "3", ClinicKind.CASHIER, "Xin mời số hai bảy, đến quầy số ba"),
        (
            "K01-007",
            "B21",
            ClinicKind.IMAGING,
            "Xin mời số ca, không một không không bảy, đến phòng số bê hai mươi mốt",
        ),
    ],
)
def test_a_call_is_read_digit_by_digit_and_its_room_as_a_number(
    call_sign: str, room: str, kind: ClinicKind, words: str
) -> None:
    assert heard(spoken_call(call_sign, room, kind)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (50, "năm mươi"),
        (100, "một trăm"),
        (105, "một trăm linh năm"),
        (115, "một trăm mười lăm"),
        (999, "chín trăm chín mươi chín"),
    ],
)
def test_room_numbers_are_number_words(number: int, words: str) -> None:
    assert " ".join(CLIPS[clip] for clip in number_clips(number)) == words


def test_every_room_number_has_its_clips() -> None:
    assert all(clip in CLIPS for number in range(1000) for clip in number_clips(number))
