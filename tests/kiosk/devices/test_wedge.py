import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.devices.wedge import GAP, LONGEST_SCAN, Scan, Typed, WedgeGuard

CARD = "079190000000||Tran Thi Mau Thu|15081990|Nu|So 1|01052021"

Out = list[Typed[str] | Scan]


def press(guard: WedgeGuard[str], text: str, start: float, apart: float) -> Out:
    """Press every character of `text`; the key is the character itself."""
    out: Out = []
    for n, character in enumerate(text):
        out += guard.press(character, character, start + n * apart)
    return out


def typed(out: Out) -> str:
    return "".join("".join(group.keys) for group in out if isinstance(group, Typed))


@pytest.mark.parametrize("milliseconds", [0, 2, 4, 8, 15, 50])
@pytest.mark.parametrize("end", ["\r", "\n", "\t"])
def test_a_burst_with_an_end_is_a_scan_and_nothing_else(milliseconds: int, end: str) -> None:
    guard = WedgeGuard[str]()
    assert press(guard, CARD + end, 10.0, milliseconds / 1000) == [Scan(CARD)]
    assert guard.deadline is None
    assert guard.idle(99.0) == ()


def test_cr_and_lf_together_are_one_end() -> None:
    guard = WedgeGuard[str]()
    assert press(guard, "ABCD\r\nEFGH\r\n", 10.0, 0.004) == [Scan("ABCD"), Scan("EFGH")]
    assert guard.press("\r", "\r", 11.0) == (Typed(("\r",)),)


def test_slow_keys_are_typing() -> None:
    guard = WedgeGuard[str]()
    out = press(guard, "0912\r", 10.0, GAP + 0.05)
    assert typed(out) == "0912\r"
    assert not any(isinstance(group, Scan) for group in out)


def test_held_keys_come_back_when_the_gap_has_passed() -> None:
    guard = WedgeGuard[str]()
    assert guard.press("7", "7", 10.0) == ()
    assert guard.deadline == pytest.approx(10.0 + GAP)
    assert guard.idle(10.0 + GAP / 2) == ()
    assert guard.idle(10.0 + GAP + 0.001) == (Typed(("7",)),)
    assert guard.deadline is None


def test_a_few_quick_keys_and_enter_are_typing() -> None:
    assert press(WedgeGuard[str](), "123\r", 10.0, 0.004) == [Typed(("1", "2", "3", "\r"))]


def test_enter_alone_is_enter() -> None:
    assert WedgeGuard[str]().press("enter", "\r", 10.0) == (Typed(("enter",)),)


def test_a_key_that_is_in_no_code_ends_the_waiting() -> None:
    guard = WedgeGuard[str]()
    press(guard, "ab", 10.0, 0.004)
    assert guard.press("left", None, 10.01) == (Typed(("a", "b", "left")),)
    assert guard.press("escape", "\x1b", 10.02) == (Typed(("escape",)),)


def test_a_scan_after_typing_is_whole() -> None:
    guard = WedgeGuard[str]()
    out: Out = list(guard.press("x", "x", 10.0))
    out += press(guard, CARD + "\r", 10.5, 0.004)
    assert out == [Typed(("x",)), Scan(CARD)]


def test_separators_and_letters_of_any_kind_stay_in_a_scan() -> None:
    assert press(WedgeGuard[str](), "01\x1dẦẩ\r", 10.0, 0.004) == [Scan("01\x1dẦẩ")]


def test_start_of_text_makes_even_a_short_burst_a_scan() -> None:
    guard = WedgeGuard[str]()
    assert press(guard, "9\x02AB\x03\r", 10.0, 0.004) == [Typed(("9",)), Scan("AB")]


@pytest.mark.parametrize("prefix", ["\x02", "]Q1"])
def test_with_a_prefix_only_what_carries_it_is_a_scan(prefix: str) -> None:
    guard = WedgeGuard[str](prefix)
    assert press(guard, prefix + "AB\r", 10.0, 0.004) == [Scan("AB")]
    quick = press(guard, "079190000000\r", 11.0, 0.004)
    assert typed(quick) == "079190000000\r"
    assert len(quick) == 13


def test_a_flood_of_keys_is_not_kept() -> None:
    assert typed(press(WedgeGuard[str](), "x" * LONGEST_SCAN, 10.0, 0.001)) == "x" * LONGEST_SCAN


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "1", "|", "\r", "\t", "\x02", "\x1d", "\x1b", ""]), st.floats(0, 0.3)
        ),
        max_size=60,
    )
)
def test_no_key_is_lost_or_doubled(keys: list[tuple[str, float]]) -> None:
    guard, time, out = WedgeGuard[int](), 10.0, list[Typed[int] | Scan]()
    for n, (character, pause) in enumerate(keys):
        time += pause
        out += guard.press(n, character or None, time)
    out += guard.idle(time + 1)
    given_back = [key for group in out if isinstance(group, Typed) for key in group.keys]
    assert given_back == sorted(set(given_back))
    if not any(isinstance(group, Scan) for group in out):
        assert given_back == list(range(len(keys)))
