"""The kiosk's own numbers: never the same twice in a day, whatever happens to the counter."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.offline.series import LAST, Series, SeriesEnded

YESTERDAY, TODAY, TOMORROW, AFTER_IT = "2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"
LONG_AGO = "2026-03-02"
HALF_PAST_SIX = 390


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A counter of a kiosk that has been here for long."""
    return known(tmp_path / "series")


def known(path: Path) -> Path:
    Series(path).begin(LONG_AGO, 0)
    return path


def test_numbers_count_up_through_restarts_and_begin_anew_with_the_service_day(path: Path) -> None:
    first = Series(path)
    assert [first.take(1, TODAY, 0) for _ in range(2)] == ["K01-001", "K01-002"]
    assert Series(path).take(1, TODAY, 5) == "K01-003"
    assert Series(path).take(1, TOMORROW, 0) == "K01-001"


@pytest.mark.parametrize("unsure", [None, YESTERDAY])
def test_by_a_clock_that_nobody_believes_and_by_one_set_back_they_go_on(
    unsure: str | None, path: Path
) -> None:
    series = Series(path)
    assert series.take(7, TODAY, 0) == "K07-001"
    assert series.take(7, unsure, 0) == "K07-002"
    # Either of the two days was that one.
    assert series.take(7, TODAY, 0) == "K07-003"
    assert series.take(7, unsure, 0) == "K07-004"
    again = Series(path)
    assert again.take(7, TOMORROW, 0) == "K07-005"
    assert again.take(7, AFTER_IT, 0) == "K07-001"


@settings(deadline=None)
@given(days=st.lists(st.tuples(st.integers(20, 23), st.booleans()), max_size=30))
def test_no_number_comes_twice_in_a_day_whenever_the_day_is_not_known(
    days: list[tuple[int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    series = Series(known(tmp_path_factory.mktemp("series") / "series"))
    given_on: dict[int, set[str]] = {}
    for day, is_known in sorted(days, key=lambda one: one[0]):
        number = series.take(1, f"2026-11-{day}" if is_known else None, 0)
        assert number not in given_on.setdefault(day, set())
        given_on[day].add(number)


def test_after_999_follow_four_digits_and_after_9999_nothing(path: Path) -> None:
    series = Series(path)
    assert series.take(1, TODAY, 0, come=998) == "K01-999"
    assert series.take(1, TODAY, 0) == "K01-1000"
    assert series.take(1, TODAY, 0, come=LAST - 1) == "K01-9999"
    with pytest.raises(SeriesEnded):
        series.take(1, TODAY, 0)


def test_what_the_server_knows_of_the_series_is_not_given_again(path: Path) -> None:
    assert Series(path).take(1, TODAY, 0, come=17) == "K01-018"


@pytest.mark.parametrize("damage", [b"", b"{}", b"00000000 {}", None])
def test_a_counter_that_is_lost_goes_on_where_the_kiosk_cannot_have_been(
    damage: bytes | None, path: Path
) -> None:
    given_before = Series(path)
    numbers = {given_before.take(1, TODAY, HALF_PAST_SIX) for _ in range(50)}
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    lost = Series(path)
    assert lost.take(1, TODAY, HALF_PAST_SIX) == "K01-3341"
    assert lost.take(1, TODAY, HALF_PAST_SIX + 1) == "K01-3342"
    path.unlink()
    again = Series(path).take(1, TODAY, HALF_PAST_SIX + 1)
    assert again == "K01-3347"
    assert again not in numbers


def test_a_new_kiosk_is_one_whose_disk_was_replaced_until_its_first_day_ends(tmp_path: Path) -> None:
    path = tmp_path / "series"
    Series(path).begin(TODAY, HALF_PAST_SIX)
    assert Series(path).take(1, TODAY, HALF_PAST_SIX + 60) == "K01-3341"
    # Known is known: what begins once more changes nothing.
    again = Series(path)
    again.begin(TODAY, HALF_PAST_SIX + 60)
    assert again.take(1, TODAY, HALF_PAST_SIX + 60) == "K01-3342"
    assert again.take(1, TOMORROW, 0) == "K01-001"


@given(cut=st.integers(0, 60))
def test_a_counter_torn_at_any_byte_is_known_to_be(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = known(tmp_path_factory.mktemp("series") / "series")
    Series(path).take(1, TODAY, 0)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    number = Series(path).take(1, TODAY, 0)
    assert number == ("K01-002" if cut >= len(whole) else "K01-1001")


def test_a_number_that_cannot_be_noted_is_not_given(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    series = Series(known(folder / "series"))
    (folder / "series").unlink()
    folder.rmdir()
    with pytest.raises(OSError, match="gone"):
        series.take(1, TODAY, 0)
    folder.mkdir()
    assert series.take(1, TODAY, 0) == "K01-001"
