"""What a printer says of itself: the bits, and whatever else may come down the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.devices import answers
from kiosk.devices.answers import Ask, Ear, Status, status_of
from queue_server.protocol.codes import PrintReason


@pytest.mark.parametrize(
    ("general", "cause", "paper", "error", "status"),
    [
        (0x12, 0x12, 0x12, 0x12, Status(None, False)),
        (0x12, 0x12, 0x1E, 0x12, Status(None, True)),
        (0x1A, 0x32, 0x7E, 0x12, Status(PrintReason.PAPER, False)),
        (0x1A, 0x16, 0x12, 0x12, Status(PrintReason.COVER, False)),
        (0x1A, 0x12, 0x12, 0x12, Status(PrintReason.OFFLINE, False)),
        (0x1A, 0x52, 0x12, 0x1A, Status(PrintReason.ERROR, False)),
        (0x1A, 0x52, 0x12, 0x32, Status(PrintReason.ERROR, False)),
        # With its cover open a printer feels no paper.
        (0x1A, 0x36, 0x7E, 0x12, Status(PrintReason.COVER, False)),
    ],
)
def test_the_answers_of_real_printers_are_understood(
    general: int, cause: int, paper: int, error: int, status: Status
) -> None:
    ear = Ear()
    ear.hear(bytes((general, cause, paper, error)))
    assert [ear.status() for _ in range(5)] == [general, cause, paper, error, None]
    assert status_of(general, cause, paper, error) == status
    assert answers.has_error(cause) == (status.hindrance is PrintReason.ERROR)


def test_questions_are_those_of_the_reference() -> None:
    assert [ask.command.hex(" ") for ask in Ask] == ["10 04 01", "10 04 02", "10 04 03", "10 04 04"]


@pytest.mark.parametrize("report", ["10 00 00 00", "18 00 0c 00", "10 00 03 00", "30 40 6f 0f"])
def test_a_report_is_skipped_however_it_arrives(report: str) -> None:
    for cut in range(5):
        ear, raw = Ear(), bytes.fromhex(report) + b"\x12\x03"
        ear.hear(raw[:cut])
        ear.hear(raw[cut:])
        assert (ear.status(), ear.printed(), ear.noise) == (0x12, 0x03, 0)


def test_a_report_that_broke_off_swallows_no_answer_to_a_question() -> None:
    ear = Ear()
    ear.hear(b"\x10\x00\x12")
    assert ear.status() == 0x12


def test_flow_control_is_no_noise() -> None:
    ear = Ear()
    ear.hear(b"\x13\x11\x00")
    assert (ear.printed(), ear.noise) == (0, 0)


def test_flow_control_in_the_middle_of_a_report_makes_no_answer_of_its_end() -> None:
    ear = Ear()
    ear.hear(b"\x10\x13\x00\x11\x00\x00")
    assert (ear.has_printed, ear.noise) == (False, 0)


@given(st.binary(max_size=64), st.data())
def test_any_bytes_are_answers_or_noise_however_they_are_cut_up(raw: bytes, data: st.DataObject) -> None:
    whole, pieces = Ear(), Ear()
    whole.hear(raw)
    rest = raw
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        pieces.hear(rest[:size])
        rest = rest[size:]
    found = []
    for ear in (whole, pieces):
        said = [(ear.status(), ear.printed()) for _ in raw]
        found.append((said, ear.noise))
        for status, printed in said:
            assert status is None or status & 0x93 == 0x12
            assert printed is None or printed & 0x90 == 0
    assert found[0] == found[1]


@given(*(st.integers(0, 255) for _ in range(4)))
def test_any_answers_give_a_status(general: int, cause: int, paper: int, error: int) -> None:
    status = status_of(general, cause, paper, error)
    assert status.hindrance is None or status.hindrance in PrintReason
    if paper & 0x60 and not cause & 0x04:
        assert status == Status(PrintReason.PAPER, paper_low=False)


@given(st.binary(min_size=1, max_size=16).filter(lambda raw: any(byte & 0x80 for byte in raw)))
def test_bytes_with_the_high_bit_are_always_noise(raw: bytes) -> None:
    ear = Ear()
    ear.hear(raw)
    assert ear.noise
