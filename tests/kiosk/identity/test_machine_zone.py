"""Passports and identity cards read by their machine-readable zone. Every person is invented."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.identity import (
    Birth,
    Document,
    DocumentKind,
    Doubt,
    Gender,
    Unreadable,
    Why,
    ZoneLine,
    masked,
    read,
    together,
)
from kiosk.identity.machine_zone import check_digit

TODAY = date(2026, 11, 23)
PASSPORT = (
    "P<UTOMAUTHU<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<<",
    "X123456785UTO8502153F3201015<<<<<<<<<<<<<<<6",
)


def digit(text: str) -> int:
    """The check digit once more, by its definition."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return sum(max(0, values.find(sign)) * (7, 3, 1)[place % 3] for place, sign in enumerate(text)) % 10


def passport(
    number: str = "C1234567",
    name: str = "TRAN<<THI<MAU",
    birth: str = "900815",
    sex: str = "F",
    issuer: str = "VNM",
) -> tuple[str, str]:
    def checked(text: str) -> str:
        return f"{text}{digit(text)}"

    number, birth = checked(number.ljust(9, "<")), checked(birth)
    expiry, optional = checked("320101"), checked("079190000000<<")
    whole = digit(number + birth + expiry + optional)
    return (
        f"P<{issuer:<<3}{name}"[:44].ljust(44, "<"),
        f"{number}{issuer:<<3}{birth}{sex}{expiry}{optional}{whole}",
    )


def id_card(
    number: str = "190000000",
    optional: str = "079190000000<<3",
    name: str = "TRAN<<THI<MAU<THU",
    birth: str = "900815",
    sex: str = "F",
    issuer: str = "VNM",
) -> tuple[str, str, str]:
    if len(number) > 9:
        optional = number[9:] + str(digit(number)) + "<"
        top = f"{number[:9]}<{optional}".ljust(25, "<")
    else:
        number = number.ljust(9, "<")
        top = f"{number}{digit(number)}{optional}".ljust(25, "<")
    assert len(top) == 25
    born, expiry = f"{birth}{digit(birth)}", f"400815{digit('400815')}"
    whole = digit(top + born + expiry + "<" * 11)
    return (
        f"ID{issuer:<<3}{top}",
        f"{born}{sex}{expiry}{issuer:<<3}{'<' * 11}{whole}",
        name[:30].ljust(30, "<"),
    )


def document(text: str) -> Document:
    answer = read(text, TODAY)
    assert isinstance(answer, Document), answer
    return answer


@pytest.mark.parametrize("between", ["", " ", "\n", "\r\n", "\r", "\t"])
def test_a_passport_in_one_burst(between: str) -> None:
    assert document(between.join(PASSPORT)) == Document(
        DocumentKind.PASSPORT,
        "UTO",
        "X12345678",
        "MAUTHU",
        "ANNA MARIA",
        Birth(1985, 2, 15),
        Gender.FEMALE,
    )


@pytest.mark.parametrize("between", ["", " ", "\n"])
def test_a_vietnamese_card_tells_the_citizen_number(between: str) -> None:
    seen = document(between.join(id_card()))
    assert (seen.kind, seen.issuer, seen.number) == (DocumentKind.ID_CARD, "VNM", "190000000")
    assert (seen.citizen_number, seen.name) == ("079190000000", "TRAN THI MAU THU")
    assert (seen.birth, seen.gender, seen.doubts) == (Birth(1990, 8, 15), Gender.FEMALE, ())


def test_lower_case_is_understood() -> None:
    assert document("\n".join(PASSPORT).lower()) == document("\n".join(PASSPORT))


def test_a_zone_that_disagrees_with_the_citizen_number_is_for_staff() -> None:
    seen = document("".join(id_card(birth="910815", sex="M")))
    assert seen.doubts == (Doubt.YEAR_DIFFERS, Doubt.GENDER_DIFFERS)


def test_only_vietnamese_cards_whose_numbers_agree_have_a_citizen_number() -> None:
    assert document("".join(id_card(issuer="UTO"))).citizen_number is None
    assert document("".join(id_card(number="190000001"))).citizen_number is None
    assert document("".join(id_card(optional="<<<"))).citizen_number is None


def test_a_long_number_goes_on_behind() -> None:
    assert document("".join(id_card(number="D23145890734", issuer="UTO"))).number == "D23145890734"


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("900815", Birth(1990, 8, 15)),
        ("261123", Birth(2026, 11, 23)),
        ("261124", Birth(1926, 11, 24)),
        ("270101", Birth(1927, 1, 1)),
        ("85<<<<", Birth(1985)),
        ("8503<<", Birth(1985, 3)),
        ("85<<15", Birth(1985)),
    ],
)
def test_a_birth_lies_in_the_past_and_may_be_partly_unknown(text: str, birth: Birth) -> None:
    assert document("".join(passport(birth=text))).birth == birth


@pytest.mark.parametrize("text", ["<<<<<<", "851301", "850230", "850000", "8A0101"])
def test_a_date_that_cannot_be_keeps_number_and_name(text: str) -> None:
    seen = document("".join(passport(birth=text)))
    assert (seen.number, seen.name, seen.birth) == ("C1234567", "TRAN THI MAU", None)
    assert seen.doubts == (Doubt.DATE_IMPOSSIBLE,)


def test_a_citizen_number_tells_the_century_of_the_very_old() -> None:
    centenarian = id_card(number="025000001", optional="079025000001<<3", birth="250301", sex="M")
    assert document("".join(centenarian)).birth == Birth(1925, 3, 1)
    newborn = id_card(number="225000001", optional="079225000001<<3", birth="250301", sex="M")
    assert document("".join(newborn)).birth == Birth(2025, 3, 1)


@pytest.mark.parametrize(("sex", "gender"), [("M", Gender.MALE), ("F", Gender.FEMALE), ("<", None)])
def test_sex_may_be_left_open(sex: str, gender: Gender | None) -> None:
    assert document("".join(passport(sex=sex))).gender is gender


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("TRAN<<THI<MAU", ("TRAN", "THI MAU")),
        ("THON", ("THON", "")),
        ("<<ANNA", ("", "ANNA")),
        ("LONG" * 10, (("LONG" * 10)[:39], "")),
    ],
)
def test_names_of_one_part_are_names(name: str, parts: tuple[str, str]) -> None:
    seen = document("".join(passport(name=name)))
    assert (seen.surname, seen.given) == parts
    assert seen.doubts == ()


def test_a_zone_without_a_name_says_so() -> None:
    seen = document("".join(passport(name="")))
    assert seen.name is None
    assert seen.doubts == (Doubt.NAME_UNREADABLE,)


@pytest.mark.parametrize("lines", [passport(), id_card(), PASSPORT])
def test_one_character_misread_is_noticed(lines: tuple[str, ...]) -> None:
    whole = "".join(lines)
    numbers = (
        {*range(5, 30), *range(30, 37), *range(38, 45)}
        if len(whole) == 90
        else {*range(44, 54), *range(57, 64)}
    )
    for place in numbers:
        if whole[place].isdigit():
            wrong = whole[:place] + str((int(whole[place]) + 1) % 10) + whole[place + 1 :]
            assert read(wrong, TODAY) == Unreadable(Why.CHECK_DIGIT), place


@pytest.mark.parametrize(
    "text",
    [
        PASSPORT[0][:-1],
        PASSPORT[1] + "<",
        "".join(PASSPORT)[:-1],
        "".join(id_card()) + "<",
        "V" + "".join(PASSPORT)[1:],
    ],
)
def test_a_zone_that_is_cut_is_broken(text: str) -> None:
    # What is no whole line, without two fillers together, is no zone to anybody.
    assert "<<" in text
    assert read(text, TODAY) == Unreadable(Why.BROKEN)


@pytest.mark.parametrize(
    "lines", [passport(), id_card(), PASSPORT, id_card(number="D12345678901", issuer="D")]
)
def test_each_line_alone_asks_for_the_others_and_together_they_are_the_zone(lines: tuple[str, ...]) -> None:
    for order in permutations(enumerate(lines)):
        have: tuple[ZoneLine, ...] | str = ()
        for place, text in order:
            line = read(f"{text}\r\n", TODAY)
            assert line == ZoneLine(len(lines), place, text)
            assert isinstance(line, ZoneLine)
            assert not isinstance(have, str)
            have = together(have, line)
        assert have == "".join(lines)
        assert isinstance(read(have, TODAY), Document)


def test_a_line_read_again_replaces_itself_and_another_document_begins_anew() -> None:
    first, other = (ZoneLine(2, 0, passport()[0]), ZoneLine(2, 0, PASSPORT[0]))
    card = ZoneLine(3, 0, id_card()[0])
    assert together((first,), other) == (other,)
    assert together((first,), card) == (card,)
    assert together((card,), first) == (first,)


@pytest.mark.parametrize(
    ("line", "place"), [(PASSPORT[1], 0), (PASSPORT[1], 14), (id_card()[0], 5), (id_card()[1], 3)]
)
def test_a_line_misread_is_asked_for_again_at_once(line: str, place: int) -> None:
    sign = str((int(line[place]) + 1) % 10) if line[place].isdigit() else "Y"
    assert read(line[:place] + sign + line[place + 1 :], TODAY) == Unreadable(Why.CHECK_DIGIT)


def test_lines_that_do_not_belong_together_are_noticed() -> None:
    other = id_card(number="190000001", optional="079190000001<<1", birth="910815")
    assert read("".join((id_card()[0], *other[1:])), TODAY) == Unreadable(Why.CHECK_DIGIT)


def test_no_number_at_all_is_broken() -> None:
    assert read("".join(passport(number="")), TODAY) == Unreadable(Why.BROKEN)


def test_the_confirm_screen_calls_foreigners_by_their_given_names() -> None:
    seen = masked(document("".join(PASSPORT)))
    assert (seen.given_name, seen.birth_year, seen.last_three) == ("ANNA MARIA", 1985, "678")
    assert masked(document("".join(id_card()))).given_name == "THU"
    assert masked(document("".join(passport(name="")))).given_name is None


def test_nothing_personal_shows_in_a_repr() -> None:
    for lines in (passport(), id_card(), PASSPORT):
        shown = repr(document("".join(lines)))
        for secret in ("C123", "190000000", "TRAN", "MAUTHU", "ANNA", "199", "1985"):
            assert secret not in shown


NAMES = st.lists(
    st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), min_size=1, max_size=6), min_size=1, max_size=3
)


@given(
    st.from_regex(r"[A-Z0-9]{1,9}", fullmatch=True),
    NAMES,
    NAMES,
    st.dates(TODAY - timedelta(days=36_000), TODAY),
    st.sampled_from("MF<"),
    st.booleans(),
)
def test_every_zone_comes_back_as_it_was_made(
    number: str, surname: list[str], given_names: list[str], born: date, sex: str, as_card: bool
) -> None:
    name = "<".join(surname) + "<<" + "<".join(given_names)
    made = {"number": number, "name": name, "birth": f"{born:%y%m%d}", "sex": sex, "issuer": "UTO"}
    seen = document("\n".join(id_card(**made) if as_card else passport(**made)))
    assert seen.number == number
    assert name.replace("<<", " ").replace("<", " ").startswith(seen.name or "?")
    assert seen.birth == Birth(born.year, born.month, born.day)


@given(st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"), max_size=60))
def test_check_digits_are_those_of_the_standard(text: str) -> None:
    assert check_digit(text) == str(digit(text))


@given(st.text(st.sampled_from("PIACV0123456789<"), min_size=80, max_size=96))
def test_any_zone_gives_a_value(text: str) -> None:
    read(text, TODAY)
    read("P<" + text, TODAY)
    read("".join(id_card())[:30] + text, TODAY)
    for length in (30, 44):
        line = read(text[:length], TODAY)
        if isinstance(line, ZoneLine):
            together((), line)
