"""How words are put in lines."""

import pytest

from kiosk.widgets.words import evened


def test_no_word_is_left_over_on_the_last_line() -> None:
    said = "Đưa căn cước, thẻ BHYT hoặc phiếu vào máy quét, hoặc chạm bên dưới."
    assert evened(said, 65) == ["Đưa căn cước, thẻ BHYT hoặc phiếu", "vào máy quét, hoặc chạm bên dưới."]


def test_no_line_begins_with_a_dash_a_dot_or_a_room_s_number() -> None:
    assert evened("Mời đến: Phòng 12 – Nội tổng hợp", 25) == ["Mời đến: Phòng 12 –", "Nội tổng hợp"]
    assert evened("Khu chờ khám Nội, Tầng 2", 22) == ["Khu chờ khám", "Nội, Tầng 2"]


def test_a_fact_stays_on_its_line_where_there_is_room() -> None:
    facts = "Máy in: sẵn sàng · giấy còn 61 m · SẮP HẾT GIẤY"
    assert evened(facts, 36) == ["Máy in: sẵn sàng ·", "giấy còn 61 m · SẮP HẾT GIẤY"]
    assert evened(facts, 25) == ["Máy in: sẵn sàng · giấy", "còn 61 m · SẮP HẾT GIẤY"]


@pytest.mark.parametrize("width", range(8, 40))
def test_no_more_lines_than_the_words_need(width: int) -> None:
    words = "· Bàn 9 – Đo: đã xong"
    assert len(evened(words, width, 2)) == len(evened(words, width))
    assert all(len(line) <= width for line in evened(words, width, 2))


def test_what_belongs_to_a_stop_stands_below_its_name() -> None:
    stop = "● 1. Lấy máu lúc đói: đang chờ, L012\nnhịn ăn"
    assert evened(stop, 24, 2) == ["● 1. Lấy máu lúc đói:", "  đang chờ, L012", "  nhịn ăn"]
    assert evened("  Khu A, Tầng 2", 40, 2) == ["  Khu A, Tầng 2"]


def test_wide_letters_are_left_to_the_screen() -> None:
    assert evened("请将身份证对准扫描器", 8) == ["请将身份证对准扫描器"]
