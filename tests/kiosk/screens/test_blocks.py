import pytest

from kiosk.widgets.blocks import draw


def test_a_number_is_as_large_as_its_place() -> None:
    assert len(draw("A045", 32, 6)) == 4
    assert len(draw("A045", 52, 9)) == 7
    assert all(len(row) <= 52 for row in draw("A045", 52, 9))


def test_a_number_from_a_kiosk_without_a_server_has_room_on_a_lying_screen() -> None:
    assert draw("K01-001", 34, 6) != ("K01-001",)


@pytest.mark.parametrize("text", ["", "I001", "Đ1", "A045"])
def test_what_cannot_be_drawn_is_written(text: str) -> None:
    assert draw(text, 3, 1) == (text,)


def test_no_two_letters_look_alike() -> None:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789-"
    assert len({draw(letter, 5, 4) for letter in letters}) == len(letters)
