"""Health insurance cards: old and new, whole and cut short, scanned and typed. Every person is invented."""

from datetime import date
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.identity import (
    Birth,
    Doubt,
    Gender,
    InsuranceCard,
    InsuranceNumber,
    Unreadable,
    Why,
    ZoneLine,
    masked,
    read,
)

TODAY = date(2026, 11, 23)
NAME = "Đặng Thị Sao Mai"


def hexed(text: str) -> str:
    return text.encode().hex()


def old_card(**parts: str) -> str:
    """15 parts."""
    named = {
        "number": "HT3310123456789",
        "name": hexed(NAME),
        "birth": "02/03/1958",
        "gender": "2",
        "address": hexed("12 Ngõ Ví Dụ, Hải Phòng"),
        "facility": "31 - 012",
        "since": "01/01/2026",
        "until": "31/12/2026",
        "issued": "20/12/2025",
        "agency": "31000000000000",
        "parent": "-",
        "area": "4",
        "five_years": " 01/01/2015",
        "check": "0123456789abcdef-7102",
        "end": "$",
    }
    return "|".join((named | parts).values())


def new_card(**parts: str) -> str:
    """17 parts."""
    named = {"number": "3112345678", "address": "-", "until": "-", "end": "4"}
    return old_card(**(named | parts)) + "|" + hexed("Bảo hiểm xã hội Hải Phòng") + "|$"


def card(text: str) -> InsuranceCard:
    answer = read(text, TODAY)
    assert isinstance(answer, InsuranceCard), answer
    return answer


def test_an_old_card_tells_who_where_and_how_long() -> None:
    assert old_card().count("|") == 14
    assert card(old_card()) == InsuranceCard(
        "HT3310123456789",
        NAME,
        Birth(1958, 3, 2),
        Gender.FEMALE,
        "31012",
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


def test_a_new_card_has_ten_digits_and_leaves_its_end_open() -> None:
    assert new_card().count("|") == 16
    assert card(new_card()) == InsuranceCard(
        "3112345678", NAME, Birth(1958, 3, 2), Gender.FEMALE, "31012", date(2026, 1, 1), None
    )


def test_the_citizen_number_may_stand_in_for_the_ten_digits() -> None:
    seen = card(new_card(number="031158000123"))
    assert (seen.number, seen.name, seen.doubts) == ("031158000123", NAME, ())
    assert card(new_card(number="031058000123")).doubts == (Doubt.GENDER_DIFFERS,)


@pytest.mark.parametrize("parts", range(4, 15))
@pytest.mark.parametrize("end", ["", "|$"])
def test_a_card_cut_short_still_says_who(parts: int, end: str) -> None:
    seen = card("|".join(old_card().split("|")[:parts]) + end)
    assert (seen.number, seen.name, seen.birth) == ("HT3310123456789", NAME, Birth(1958, 3, 2))
    assert (seen.facility == "31012") == (parts > 5)
    assert (seen.valid_until is None) == (parts < 8)


@pytest.mark.parametrize("parts", [2, 3])
def test_a_card_cut_too_short_is_broken(parts: int) -> None:
    assert read("|".join(new_card().split("|")[:parts]), TODAY) == Unreadable(Why.BROKEN)


@pytest.mark.parametrize(
    ("text", "birth"),
    [("1958", Birth(1958)), ("1/2/1990", Birth(1990, 2, 1)), ("03/1958", Birth(1958, 3))],
)
def test_birth_dates_are_taken_as_far_as_they_go(text: str, birth: Birth) -> None:
    assert card(old_card(birth=text)).birth == birth


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("31/02/1958", Doubt.DATE_IMPOSSIBLE),
        ("0/0/1958", Doubt.DATE_IMPOSSIBLE),
        ("-", Doubt.DATE_IMPOSSIBLE),
        ("24/11/2026", Doubt.FUTURE_DATE),
    ],
)
def test_a_date_that_cannot_be_keeps_number_and_name(text: str, doubt: Doubt) -> None:
    seen = card(old_card(birth=text))
    assert (seen.number, seen.name, seen.birth, seen.doubts) == ("HT3310123456789", NAME, None, (doubt,))


@pytest.mark.parametrize(
    "name",
    ["Thon", "H' Mẫu Êban", "Y’Ban Niê", "Kpă Thử", "Lê Văn A"],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_come_out_of_their_digits_composed(name: str, form: str) -> None:
    written = hexed(normalize("NFD" if form == "NFD" else "NFC", name))
    assert card(old_card(name=written)).name == name
    assert card(old_card(name=written.upper())).name == name


def test_a_name_in_plain_letters_is_a_name_too() -> None:
    assert card(old_card(name=NAME)).name == NAME
    # Hexadecimal digits all of them, but not one a digit: a name.
    assert card(old_card(name="Abba")).name == "Abba"
    assert card(old_card(name=hexed("Ðặng Văn Hƣng"))).name == "Đặng Văn Hưng"


@pytest.mark.parametrize("name", ["-", "", hexed(NAME)[:-1], hexed(NAME)[:2], "c490c4", "00", "3132"])
def test_a_name_that_did_not_survive_is_left_out(name: str) -> None:
    seen = card(old_card(name=name))
    assert seen.name is None
    assert seen.doubts == (Doubt.NAME_UNREADABLE,)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01 - K52", "01K52"),
        ("01–k52", "01K52"),
        ("79034", "79034"),
        ("79 034", "79034"),
        ("-", None),
        ("79", None),
        ("K1 - 034", None),
    ],
)
def test_a_facility_may_have_a_letter(text: str, code: str | None) -> None:
    assert card(old_card(facility=text)).facility == code


@pytest.mark.parametrize("until", ["-", "", "31/02/2026", "mãi"])
def test_an_end_that_cannot_be_is_open(until: str) -> None:
    assert card(old_card(until=until)).valid_until is None


@pytest.mark.parametrize(
    ("word", "gender"),
    [("1", Gender.MALE), ("2", Gender.FEMALE), ("Nữ", Gender.FEMALE), ("3", None), ("", None)],
)
def test_gender_is_a_digit_here(word: str, gender: Gender | None) -> None:
    assert card(old_card(gender=word)).gender is gender


def test_caps_lock_turned_around_is_understood() -> None:
    assert card(old_card().swapcase()) == card(old_card())


@pytest.mark.parametrize(
    "text",
    [
        "HT3310123456789",
        "ht3310123456789",
        "HT 3 31 01 234 56789",
        "HT-3-31-01-234-56789",
        "ht 3310 1234 56789\r",
        "HT331O123456789",
    ],
)
def test_a_number_can_be_typed_in_groups_and_in_any_case(text: str) -> None:
    assert read(text, TODAY) == InsuranceNumber("HT3310123456789")


def test_a_letter_o_typed_as_a_nought_is_the_letter() -> None:
    assert read("N04790000000000", TODAY) == InsuranceNumber("NO4790000000000")


def test_a_share_of_the_costs_that_does_not_exist_is_refused() -> None:
    assert read("HT9310123456789", TODAY) == Unreadable(Why.IMPOSSIBLE_NUMBER)


def test_nothing_personal_shows_in_a_repr() -> None:
    for text in (old_card(), new_card(), "HT3310123456789", "3112345678"):
        answer = read(text, TODAY)
        assert not isinstance(answer, Unreadable | ZoneLine)
        shown = repr(answer) + repr(masked(answer))
        for secret in ("3310123456789", "3112345678", "Mai", "1958", "31012"):
            assert secret not in shown


def test_the_confirm_screen_shows_as_little_as_of_any_card() -> None:
    seen = masked(card(old_card()))
    assert (seen.given_name, seen.birth_year, seen.last_three) == ("Mai", 1958, "789")


LETTERS = st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệớờởỡợứừửữựkčŏ")
WORDS = st.text(LETTERS, min_size=1, max_size=7).map(str.title)
NAMES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
LONG = st.from_regex(r"[A-Z]{2}[1-5][0-9]{12}", fullmatch=True)
SHORT = st.from_regex(r"[0-9]{10}", fullmatch=True)
BIRTHS = st.dates(date(1900, 1, 1), TODAY)


@given(LONG | SHORT, NAMES, BIRTHS, st.booleans(), st.sampled_from([old_card, new_card]), st.integers(4, 17))
def test_every_card_comes_back_as_it_was_made(
    number: str, name: str, born: date, padded: bool, make: object, parts: int
) -> None:
    birth = f"{born:%d/%m/%Y}" if padded else f"{born.day}/{born.month}/{born.year}"
    made = (old_card if make is old_card else new_card)(number=number, name=hexed(name), birth=birth)
    seen = card("|".join(made.split("|")[:parts]))
    assert (seen.number, seen.name) == (number, normalize("NFC", name))
    assert (seen.birth, seen.doubts) == (Birth(born.year, born.month, born.day), ())


FIELD = st.text(st.characters(exclude_characters="|"), max_size=40) | st.binary(max_size=20).map(bytes.hex)


@given(LONG | SHORT, st.lists(FIELD, max_size=18))
def test_whatever_follows_a_number_gives_a_card_or_a_reason(number: str, fields: list[str]) -> None:
    answer = read("|".join([number, *fields]), TODAY)
    if isinstance(answer, InsuranceCard):
        assert answer.number == number
        assert (answer.name is None) == (Doubt.NAME_UNREADABLE in answer.doubts)
        assert answer.birth is None or not answer.birth.is_after(TODAY)
