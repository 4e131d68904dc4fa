"""A table of appointments as people save it: what books, and what each bad row is told."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from queue_server.bookings import table
from queue_server.bookings.table import House, TableError, read
from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import BookAppointment, Identity

HOUSE = House(
    ZoneInfo("Asia/Ho_Chi_Minh"), date(2026, 11, 23), ["general", "cardiology", "eyes"], ["bs-an", "bs-binh"]
)
HALF_PAST_EIGHT = 1_795_397_400_000
NAME, NUMBER = "Trần Thị Thu Hiền", "079190000123"


def booked(text: str | bytes) -> list[BookAppointment]:
    rows, refused = read(text.encode() if isinstance(text, str) else text, HOUSE)
    assert refused == []
    return [row.booking for row in rows]


def said(text: str) -> list[str]:
    """What the bad rows are told; it never shows what a cell holds."""
    _, refused = read(text.encode(), HOUSE)
    told = [str(each) for each in refused]
    assert not any(secret in line for line in told for secret in (NAME, "Hiền", NUMBER, NUMBER[1:], "secret"))
    return told


def one(**cells: str) -> str:
    """A table of one row."""
    row = {"reference": "HEN-1", "at": "2026-11-23 08:30", "service": "general", **cells}
    return f"{','.join(row)}\n{','.join(row.values())}\n"


def test_a_full_row_books_all_it_says() -> None:
    text = one(
        practitioner="bs-an",
        code="TK260001",
        name=NAME,
        birth="1990-08-15",
        number=NUMBER,
        phone="0912345678",
    )
    assert booked(text) == [
        BookAppointment(
            appointment="HEN-1",
            service="general",
            at=HALF_PAST_EIGHT,
            practitioner="bs-an",
            code="TK260001",
            identity=Identity(IdentityKind.TYPED, NUMBER, NAME, "1990-08-15", phone="0912345678"),
        )
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_spreadsheets_save_tables_in_their_own_ways(mark: str, separator: str, end: str) -> None:
    lines = [["Service", "AT ", "reference", ""], ["eyes", "23/11/2026 08:30", "1", ""], ["", "", "", ""]]
    text = mark + end.join(separator.join(line) for line in lines)
    assert booked(text) == [BookAppointment(appointment="1", service="eyes", at=HALF_PAST_EIGHT)]


def test_a_quoted_cell_may_hold_what_parts_cells() -> None:
    (booking,) = booked('reference,at,service,name\n1,2026-11-23T08:30:00,general,"Hiền, Thu"\n')
    assert booking.identity is not None
    assert booking.identity.name == "Hiền, Thu"


@pytest.mark.parametrize(
    ("birth", "kept"), [("1990", "1990"), ("1990-08", "1990-08"), ("5/8/1990", "1990-08-05")]
)
def test_births_are_written_as_far_as_they_are_known(birth: str, kept: str) -> None:
    (booking,) = booked(one(birth=birth))
    assert booking.identity is not None
    assert booking.identity.birth == kept


@pytest.mark.parametrize("number", ["HT3790123456789", "ht 3 79 0123456789", "0123456789"])
def test_an_insurance_number_is_one(number: str) -> None:
    (booking,) = booked(one(number=number))
    assert booking.identity is not None
    assert booking.identity.kind is IdentityKind.INSURANCE


@pytest.mark.parametrize(
    ("cells", "column", "advice"),
    [
        ({"reference": ""}, "reference", "fill it in"),
        ({"reference": "secret"}, "reference", "a digit among them"),
        ({"at": ""}, "at", "fill it in"),
        ({"at": "8h30 secret"}, "at", "2026-11-23 08:30"),
        ({"at": "2026-11-31 08:30"}, "at", "2026-11-23 08:30"),
        ({"at": "2026-11-22 08:30"}, "at", "today or a later day"),
        ({"at": "2062-11-23 08:30"}, "at", "the year again"),
        ({"service": "cardio"}, "service", "cardiology"),
        ({"service": NAME}, "service", "its id from the site file"),
        ({"practitioner": "bs-anh"}, "practitioner", "bs-an"),
        ({"code": "secret"}, "code", "at most 12"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"number": NUMBER[1:]}, "number", "the column text"),
        ({"number": "7.9190000123E+10"}, "number", "the column text"),
        ({"number": "12"}, "number", "12 digits"),
        ({"phone": "912345678"}, "phone", "the 0 at its beginning"),
        ({"phone": "secret"}, "phone", "10 digits"),
        ({"birth": "secret"}, "birth", "1990-08-15"),
        ({"birth": "1990-13-01"}, "birth", "1990-08-15"),
        ({"birth": "2027"}, "birth", "the year again"),
        ({"name": "a\u200bb"}, "name", "one line"),
        ({"reference": NUMBER, "number": NUMBER}, "reference", "a number of its own"),
    ],
)
def test_a_bad_row_is_told_its_number_the_column_and_what_to_write(
    cells: dict[str, str], column: str, advice: str
) -> None:
    (line,) = said(one(**cells))
    assert line.startswith(f"row 2: {column}: ")
    assert advice in line


def test_a_code_is_one_row_s_of_a_day() -> None:
    text = "reference,at,service,code\n1,2026-11-23 08:30,general,TK1\n2,2026-11-23 09:00,eyes,TK1\n"
    text += "3,2026-11-24 08:30,general,TK1\n"
    rows, refused = read(text.encode(), HOUSE)
    assert [row.number for row in rows] == [2, 4]
    assert [str(each) for each in refused] == [
        "row 3: code: it is the one of row 2 on the same day; give each its own"
    ]


def test_bad_rows_keep_no_good_one_from_being_booked() -> None:
    text = "reference,at,service\n1,2026-11-23 08:30,general\n1,2026-11-23 09:00,general\n\n"
    text += "2,2026-11-23 08:30,general,more\n3,2026-11-23 08:30,general\n4\n"
    rows, refused = read(text.encode(), HOUSE)
    assert [(row.number, row.booking.appointment) for row in rows] == [(2, "1"), (6, "3")]
    assert [(each.number, each.column) for each in refused] == [(3, "reference"), (5, ""), (7, "at")]
    assert "row 2" in refused[0].reason


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        ("reference,at,service\n1,2,Đ".encode("cp1258"), "line 2 is not UTF-8"),
        (b"reference,at,servise\n", 'write "service"'),
        (b"reference,at,service,Hien\n", "take it out"),
        (b"reference,at,service,at\n", "is there twice"),
        (b"reference,service\n", "has no at"),
        (b'reference,at,service\n1,"2,3\n', "does not close"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_table_is_refused_whole(raw: bytes, problem: str) -> None:
    with pytest.raises(TableError) as refused:
        read(raw, HOUSE)
    assert problem in str(refused.value)
    assert "Hien" not in str(refused.value)


def test_a_file_too_large_for_a_table_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "LARGEST", 10)
    with pytest.raises(TableError, match="too large"):
        read(b"reference,at,service\n", HOUSE)
