"""Block letters: all of A to Z and 0 to 9, each its own, and as large as the place allows."""

import string

import pytest

from display import blocks


def test_every_letter_and_digit_can_be_drawn_and_differs() -> None:
    needed = string.ascii_uppercase + string.digits + "-"
    assert blocks.drawable(needed)
    assert len({blocks.LETTERS[letter] for letter in needed}) == len(needed)


@pytest.mark.parametrize("letter", blocks.LETTERS)
def test_letters_are_seven_dots_high_and_rectangular(letter: str) -> None:
    rows = blocks.LETTERS[letter]
    assert len(rows) == blocks.HEIGHT
    assert len({len(row) for row in rows}) == 1
    assert set("".join(rows)) <= {"#", "."}


@pytest.mark.parametrize("scale", [(1, 1), (1, 2), (2, 3), (3, 4), (5, 7)])
@pytest.mark.parametrize("text", ["A045", "K07-123", "27"])
def test_drawn_text_has_the_size_that_was_told(text: str, scale: tuple[int, int]) -> None:
    drawn = blocks.draw(text, *scale)
    assert (len(drawn[0]), len(drawn)) == blocks.size(text, *scale)
    assert len({len(row) for row in drawn}) == 1
    assert set("".join(drawn)) <= set(" █▀▄")


@pytest.mark.parametrize(
    ("columns", "rows", "scale"),
    [(21, 4, None), (22, 3, None), (22, 4, (1, 1)), (44, 7, (2, 2)), (44, 11, (2, 3)), (110, 25, (5, 7))],
)
def test_the_largest_scale_that_fits(columns: int, rows: int, scale: tuple[int, int] | None) -> None:
    assert blocks.fit("A045", columns, rows) == scale


def test_a_number_of_another_alphabet_is_not_drawn() -> None:
    assert not blocks.drawable("Đ12")
    assert blocks.fit("Đ12", 100, 50) is None
    assert not blocks.drawable("")
