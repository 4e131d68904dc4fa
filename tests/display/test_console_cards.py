"""What a desk's reader types of cards, and when somebody is to come."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.console import cards, reading
from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import Identity, Insurance
from tests.support.screens import VIETNAM

NAME = "Trần Thị Mẫu Thử"
HEX = NAME.encode().hex()
OLD = f"DN4790000000000|{HEX}|15/08/1990|2|53e1|79 - 034|01/01/2024|31/12/2024|20/12/2023|79|54|4|-|x-1|$"
NEW = f"0000000000|{HEX.upper()}|1990|2|-|01 - k52|01/01/2026|-|20/12/2025|7900|-|4|01/01/2030|x-1|4|42e1|$"
NOW = int(datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM).timestamp() * 1000)


def insured(number: str, birth: str, insurance: Insurance, *warnings: str) -> Identity:
    kind = IdentityKind.INSURANCE
    return Identity(kind, number, NAME, birth, "female", warnings=warnings, insurance=insurance)


@pytest.mark.parametrize(
    ("code", "identity"),
    [
        (OLD, insured("DN4790000000000", "1990-08-15", Insurance("", "2024-01-01", "2024-12-31", "79034"))),
        (NEW, insured("0000000000", "1990", Insurance("", "2026-01-01", "", "01K52"))),
        (
            f"079190000000|{HEX}|1/2/1990|2|-|79–034|$",
            insured("079190000000", "1990-02-01", Insurance(facility="79034")),
        ),
        (
            f"079195000000|{HEX}|15/08/1990|2|$",
            insured("079195000000", "1990-08-15", Insurance(), "year_differs"),
        ),
        (f"0000000000|{HEX}|31/02/1990|2|$", insured("0000000000", "", Insurance(), "date_impossible")),
        (f"0000000000|{NAME}|1990|2", insured("0000000000", "1990", Insurance())),
        (
            f"079190000000||{NAME}|15081990|Nữ|Số 1|01052021|x|y",
            Identity(IdentityKind.CARD, "079190000000", NAME, "1990-08-15", "female"),
        ),
    ],
)
def test_a_card_of_either_kind_says_who_it_is(code: str, identity: Identity) -> None:
    assert cards.read(code) == identity
    assert reading.read(f" {code}\r") == identity
    assert cards.number(code) == identity.number


@pytest.mark.parametrize(
    "code", ["", "A045", "0000000000", "DN4790000000000|54|$", "12345|x|1990|1", "abc|def"]
)
def test_what_is_no_card_says_nothing(code: str) -> None:
    assert cards.read(code) is None


def test_a_name_that_did_not_survive_is_left_out() -> None:
    card = cards.read("0000000000|54ff|1990|1")
    assert card is not None
    assert card.name == ""


@pytest.mark.parametrize(
    ("said", "insurance"),
    [
        (OLD, Insurance("DN4790000000000", "2024-01-01", "2024-12-31", "79034")),
        ("dn 4 79 00 000 00000", Insurance("DN4790000000000")),
        ("00000-00000", Insurance("0000000000")),
        ("", Insurance()),
        ("079190000000||Thử|1990|Nữ|", None),
        ("so 12", None),
    ],
)
def test_an_insurance_card_is_scanned_or_its_number_typed(said: str, insurance: Insurance | None) -> None:
    assert reading.insurance(said) == insurance


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("24/11 7:30", (2026, 11, 24, 7, 30)),
        ("23.11 13h", (2026, 11, 23, 13, 0)),
        ("4/1 7g15", (2027, 1, 4, 7, 15)),
        ("29/2/2028 07:00", (2028, 2, 29, 7, 0)),
    ],
)
def test_a_moment_to_come_is_typed_as_it_is_said(typed: str, moment: tuple[int, int, int, int, int]) -> None:
    year, month, day, hour, minute = moment
    wanted = datetime(year, month, day, hour, minute, tzinfo=VIETNAM)
    assert reading.moment(typed, NOW, VIETNAM) == int(wanted.timestamp() * 1000)


@pytest.mark.parametrize(
    "typed", ["", "mai", "24/11", "31/11 7:30", "24/11 25:00", "22/11/2026 7:30", "29/2 7:00"]
)
def test_what_is_no_moment_to_come_is_asked_for_again(typed: str) -> None:
    assert reading.moment(typed, NOW, VIETNAM) is None


@given(st.text(max_size=200) | st.lists(st.text(max_size=20), max_size=18).map("|".join))
def test_whatever_a_reader_types_is_something_or_nothing(text: str) -> None:
    reading.read(text)
    reading.insurance(text)
    reading.moment(text, NOW, VIETNAM)
    cards.number(text)
