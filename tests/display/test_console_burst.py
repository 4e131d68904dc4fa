"""A scanner types faster than a finger, and a key held down is one press."""

import pytest

from display.console.burst import ENTER, GAP, Burst, Pressed, Rest, Scanned, Sought


def typed(text: str, every: float) -> list[Pressed | Scanned | Sought]:
    burst, found, at = Burst(), [], 100.0
    for letter in text:
        at += every
        found.append(burst.key(letter, at))
    found.append(burst.settle(at + GAP))
    return [one for one in found if one is not None]


@pytest.mark.parametrize("every", [0.0, 0.005, 0.02, 0.04])
def test_a_code_typed_by_a_scanner_is_one_scan(every: float) -> None:
    assert typed(f"DL:8WRS1BED6SSTCA5G{ENTER}", every) == [Scanned("DL:8WRS1BED6SSTCA5G")]


def test_letters_typed_by_a_finger_are_keys() -> None:
    assert typed("rsf", 0.08) == [Pressed("r"), Pressed("s"), Pressed("f")]


def test_a_key_that_repeats_is_nothing() -> None:
    assert typed("r" * 30, 0.033) == []
    assert typed(ENTER * 3, 0.033) == []


def test_a_short_jumble_is_nothing() -> None:
    assert typed("rs", 0.01) == []


def test_quick_fingers_look_for_somebody() -> None:
    assert typed("/", 0.02) == [Sought("", entered=False)]
    assert typed("https://a.example.vn/t/8WRS1BED6SSTCA5G", 0.01) == [
        Scanned("https://a.example.vn/t/8WRS1BED6SSTCA5G")
    ]
    assert typed(f"002{ENTER}", 0.02) == [Sought("002", entered=True)]
    assert typed("12", 0.04) == [Sought("12", entered=False)]
    assert typed("2" * 4, 0.033) == []


def test_a_finger_after_a_scan_is_a_key_again() -> None:
    burst = Burst()
    for index, letter in enumerate("DL:8WRS1BED6SSTCA5G"):
        assert burst.key(letter, index * 0.001) is None
    assert burst.key("r", 1.0) == Scanned("DL:8WRS1BED6SSTCA5G")
    assert burst.settle(1.0 + GAP / 2) is None
    assert burst.settle(1.1) == Pressed("r")
    assert burst.settle(9.0) is None


def test_a_press_knows_when_it_was() -> None:
    burst = Burst()
    burst.key(" ", 7.0)
    found = burst.settle(8.0)
    assert isinstance(found, Pressed)
    assert found.at == 7.0


def counted(*times: float, finishes: bool) -> list[float]:
    rest = Rest()
    return [at for at in times if rest.press(at, finishes=finishes)]


@pytest.mark.parametrize("delay", [0.25, 0.5, 0.66])
def test_a_key_held_down_finishes_one(delay: float) -> None:
    repeats = [5.0 + delay + 0.092 * n for n in range(40)]
    assert counted(5.0, *repeats, finishes=True) == [5.0]
    assert counted(5.0, *repeats, repeats[-1] + 0.8, finishes=True) == [5.0, repeats[-1] + 0.8]


def test_a_key_drummed_on_finishes_one_and_calls_one_while_a_place_is_free() -> None:
    drummed = [5.0 + 0.06 * n for n in range(6)]
    assert counted(*drummed, finishes=True) == [5.0]
    assert counted(*drummed, finishes=False) == [5.0]


def test_a_steady_hand_is_not_held_up() -> None:
    assert counted(5.0, 5.71, 6.42, finishes=True) == [5.0, 5.71, 6.42]
    assert counted(5.0, 5.31, 5.62, finishes=False) == [5.0, 5.31, 5.62]


def test_what_a_window_was_meant_to_get_finishes_nobody() -> None:
    rest = Rest()
    rest.put_off(5.0)
    assert not rest.press(5.66, finishes=True)
    assert not rest.press(5.75, finishes=True)
    assert rest.press(6.5, finishes=True)
