"""Codes of the hospital's own, in whatever shape the site says they have."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.identity import (
    Ambiguous,
    CitizenCard,
    CitizenNumber,
    CodeKind,
    HospitalCode,
    InsuranceNumber,
    OwnTicket,
    Phone,
    Shape,
    Unreadable,
    Why,
    masked,
    read,
)

TODAY = date(2026, 11, 23)
APPOINTMENT = Shape("hen-kham", CodeKind.APPOINTMENT, re.compile(r"HK-(?P<code>[0-9]{6})"))
PAPER = Shape("phieu-his", CodeKind.HIS_PAPER, re.compile(r"[0-9]{4}\.[0-9]{7}"))
CARD = Shape("the-benh-nhan", CodeKind.HOSPITAL_CARD, re.compile(r"BN[0-9]{8}", re.IGNORECASE))
PATIENT = Shape("ma-benh-nhan", CodeKind.HOSPITAL_CARD, re.compile(r"[0-9]{10}"))
PAGE = Shape("hen-tren-mang", CodeKind.APPOINTMENT, re.compile(r"https://hen\.example\.vn/(?P<code>\w+)"))
SHAPES = (APPOINTMENT, PAPER, CARD, PATIENT, PAGE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("HK-123456", HospitalCode(CodeKind.APPOINTMENT, "hen-kham", "123456")),
        ("2611.0012345\r\n", HospitalCode(CodeKind.HIS_PAPER, "phieu-his", "2611.0012345")),
        ("bn00012345", HospitalCode(CodeKind.HOSPITAL_CARD, "the-benh-nhan", "bn00012345")),
        ("https://hen.example.vn/a1b2", HospitalCode(CodeKind.APPOINTMENT, "hen-tren-mang", "a1b2")),
    ],
)
def test_a_code_is_known_by_its_shape(text: str, code: HospitalCode) -> None:
    assert read(text, TODAY, SHAPES) == code
    assert read(text, TODAY) != code


def test_a_shape_is_for_the_whole_code() -> None:
    assert read("HK-1234567", TODAY, SHAPES) == Unreadable(Why.UNKNOWN_CODE)


def test_ten_digits_may_be_a_patients_number_too() -> None:
    answer = read("0912 345 678", TODAY, SHAPES)
    assert isinstance(answer, Ambiguous)
    assert answer.candidates == (InsuranceNumber("0912345678"), Phone("+84912345678"))
    answer = read("0912345678", TODAY, SHAPES)
    assert isinstance(answer, Ambiguous)
    assert answer.candidates == (
        HospitalCode(CodeKind.HOSPITAL_CARD, "ma-benh-nhan", "0912345678"),
        InsuranceNumber("0912345678"),
        Phone("+84912345678"),
    )


def test_a_shape_that_fits_a_citizen_number_does_not_take_it_over() -> None:
    greedy = Shape("tat-ca", CodeKind.HIS_PAPER, re.compile(".*"))
    answer = read("079190000123", TODAY, (greedy,))
    assert isinstance(answer, Ambiguous)
    assert CitizenNumber("079190000123") in answer.candidates
    assert isinstance(read("079190000123|||1990|Nam||", TODAY, (greedy,)), CitizenCard)
    assert isinstance(read("DL:0123456789ABCDEF", TODAY, (greedy,)), OwnTicket)


def test_a_code_of_two_shapes_is_both() -> None:
    again = Shape("lai", CodeKind.HIS_PAPER, re.compile(r"HK-.*"))
    answer = read("HK-123456", TODAY, (APPOINTMENT, again))
    assert isinstance(answer, Ambiguous)
    assert [each.shape for each in answer.candidates if isinstance(each, HospitalCode)] == ["hen-kham", "lai"]


def test_a_code_of_nothing_is_no_code() -> None:
    empty = Shape("trong", CodeKind.HIS_PAPER, re.compile(r"X(?P<code>\d*)|Y"))
    assert read("X", TODAY, (empty,)) == Unreadable(Why.UNKNOWN_CODE)
    assert read("Y", TODAY, (empty,)) == Unreadable(Why.UNKNOWN_CODE)


def test_a_long_text_is_not_compared() -> None:
    greedy = Shape("tat-ca", CodeKind.HIS_PAPER, re.compile("(a|aa)+"))
    assert read("a" * 129, TODAY, (greedy,)) == Unreadable(Why.VNEID)


def test_nothing_personal_shows() -> None:
    code = read("BN00012345", TODAY, SHAPES)
    assert isinstance(code, HospitalCode)
    assert "00012345" not in repr(code)
    assert masked(code).last_three == "345"
    assert masked(code).given_name is None


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: raw.decode("utf-8", "replace")))
def test_any_text_gives_a_value_whatever_the_shapes(text: str) -> None:
    greedy = Shape("tat-ca", CodeKind.HIS_PAPER, re.compile(".*", re.DOTALL))
    read(text, TODAY, (*SHAPES, greedy))
