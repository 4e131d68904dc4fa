"""A table of appointments: what its rows book, and what is wrong with those that book nothing.

TableError: the file as a whole cannot be read; no row was looked at.
"""

import csv
import difflib
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import BookAppointment, Identity

NEEDED = ("reference", "at", "service")
COLUMNS = (*NEEDED, "practitioner", "code", "name", "birth", "number", "phone")
"""The columns by the names that the first row gives them, in any order."""
LARGEST = 50_000_000
"""Bytes of a file that is still read."""

_REFERENCE = re.compile(r"(?=.*[0-9])[0-9A-Za-z./_-]{1,40}")
_CODE = re.compile(r"(?=.*[0-9])[0-9A-Za-z./-]{1,12}")
_APART = re.compile(r"[\s.\-]+")
_CITIZEN = re.compile(r"[0-9]{12}")
_INSURED = re.compile(r"[A-Z]{2}[1-5][0-9]{12}|[0-9]{10}")
_PHONE = re.compile(r"(?:\+?84|0)[0-9]{9,10}")
_SHORTENED = re.compile(r"[0-9]{11}|[0-9]+[.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S")
_BIRTHS = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class TableError(Exception):
    """The file cannot be read as a table of appointments."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one row books. number: of the row, the first one is 1."""

    number: int
    booking: BookAppointment = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a row books nothing, and what to write instead. column: empty when it is about the whole row."""

    number: int
    column: str
    reason: str
    fix: str

    def __str__(self) -> str:
        column = f" {self.column}:" if self.column else ""
        return f"row {self.number}:{column} {self.reason}; {self.fix}"


@dataclass(frozen=True, slots=True)
class House:
    """What the facility has. today: its date. practitioners: by id, as services."""

    zone: tzinfo
    today: date
    services: Collection[str]
    practitioners: Collection[str]


def read(raw: bytes, house: House) -> tuple[list[Row], list[Refused]]:
    """The bookings of a file, and the rows that are none. Raises TableError.

    raw: UTF-8 with or without a mark; comma, semicolon or tab between the cells.
    """
    rows, refused = [], []
    first: dict[str, int] = {}
    codes: dict[tuple[date, str], int] = {}
    for number, cells, width in _rows(raw):
        try:
            booking = _booking(number, cells, width, house, first)
            _claim_code(number, booking, house, codes)
        except _Wrong as wrong:
            refused.append(Refused(number, wrong.column, wrong.reason, wrong.fix))
        else:
            first[booking.appointment] = number
            rows.append(Row(number, booking))
    return rows, refused


class _Wrong(Exception):
    """One cell, and so its row."""

    def __init__(self, column: str, reason: str, fix: str) -> None:
        self.column, self.reason, self.fix = column, reason, fix


def _rows(raw: bytes) -> Iterator[tuple[int, Mapping[str, str], int]]:
    """Each row that is not empty: its number, its cells by column, and how many cells it has too many."""
    if len(raw) > LARGEST:
        raise TableError("the file is too large; split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TableError(
            f"line {line} is not UTF-8; save the file as CSV UTF-8 from the spreadsheet"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    header: list[str] | None = None
    number = 0
    try:
        for cells in reader:
            number += 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
                continue
            extra = len([cell for cell in cells[len(header) :] if cell.strip()])
            yield number, dict(zip(header, (cell.strip() for cell in cells), strict=False)), extra
    except csv.Error:
        problem = f"row {number + 1} has a quotation mark that does not close"
        raise TableError(f"{problem}; save the file again from the spreadsheet") from None
    if header is None:
        raise TableError(f"the file is empty; write a first row with {', '.join(NEEDED)}")


def _separator(text: str) -> str:
    begin = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=begin.count)


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    while names and not names[-1]:
        names.pop()
    for place, name in enumerate(names, 1):
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            advice = f'write "{near[0]}"' if near else f"take it out, or name it one of {', '.join(COLUMNS)}"
            raise TableError(f"column {place} of the first row is not known here; {advice}")
        if name in names[: place - 1]:
            raise TableError(f'"{name}" is there twice in the first row; take one of them out')
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise TableError(f"the first row has no {', '.join(missing)}; name the columns in it")
    return names


def _booking(
    number: int, cells: Mapping[str, str], extra: int, house: House, first: Mapping[str, int]
) -> BookAppointment:
    if extra:
        raise _Wrong(
            "", "it has more cells than the first row", "put quotation marks around commas in a cell"
        )
    for column in NEEDED:
        if not cells.get(column):
            raise _Wrong(column, "it is empty", "fill it in")
    for column, cell in cells.items():
        if not cell.isprintable():
            raise _Wrong(column, "it has a character that cannot be shown", "write it on one line")
    reference = cells["reference"]
    if not _REFERENCE.fullmatch(reference):
        raise _Wrong(
            "reference", "it is no reference", "write at most 40 letters, digits, . / _ -, a digit among them"
        )
    if reference in first:
        raise _Wrong("reference", f"it is the one of row {first[reference]}", "give each its own")
    identity = _identity(cells, house)
    digits = _APART.sub("", reference)
    if identity is not None and digits in (identity.number, identity.phone):
        # The journal keeps references for ever.
        raise _Wrong("reference", "it is a patient's own number", "give the appointment a number of its own")
    return BookAppointment(
        appointment=reference,
        service=_known("service", cells["service"], house.services),
        at=_moment(cells["at"], house),
        practitioner=_optional(cells, "practitioner", lambda cell: _one(cell, house)),
        code=_optional(cells, "code", _code),
        identity=identity,
    )


def _claim_code(
    number: int, booking: BookAppointment, house: House, codes: dict[tuple[date, str], int]
) -> None:
    """The server keeps codes apart by the day, too; known here, a dry run tells it."""
    if booking.code:
        day = datetime.fromtimestamp(booking.at / 1000, house.zone).date()
        row = codes.setdefault((day, booking.code), number)
        if row != number:
            raise _Wrong("code", f"it is the one of row {row} on the same day", "give each its own")


def _optional(cells: Mapping[str, str], column: str, read_one: Callable[[str], str]) -> str | None:
    cell = cells.get(column, "")
    return read_one(cell) if cell else None


def _one(cell: str, house: House) -> str:
    return _known("practitioner", cell, house.practitioners)


def _known(column: str, cell: str, known: Collection[str]) -> str:
    if cell in known:
        return cell
    near = difflib.get_close_matches(cell.casefold(), sorted(known), 3)
    advice = (
        f"write {' or '.join(near)}"
        if near
        else f"write its id from the site file, as {min(known, default='')}"
    )
    raise _Wrong(column, f"the hospital has no such {column}", advice)


def _code(cell: str) -> str:
    if not _CODE.fullmatch(cell):
        raise _Wrong("code", "it is no code", "write at most 12 letters, digits, . / -, a digit among them")
    return cell


def _moment(cell: str, house: House) -> int:
    text = cell.replace("T", " ")
    for form in _MOMENTS:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=house.zone)
        except ValueError:
            continue
        if found.date() < house.today:
            raise _Wrong("at", "the day has gone by", "write today or a later day")
        if found.date() > house.today + timedelta(days=400):
            raise _Wrong("at", "it is more than 400 days ahead", "write the year again")
        return int(found.timestamp()) * 1000
    raise _Wrong("at", "it is no date and time", "write it as 2026-11-23 08:30, or 23/11/2026 08:30")


def _identity(cells: Mapping[str, str], house: House) -> Identity | None:
    name, birth, number, phone = (cells.get(column, "") for column in ("name", "birth", "number", "phone"))
    if not (name or birth or number or phone):
        return None
    if len(name) > 200:
        raise _Wrong("name", "it is too long", "write at most 200 letters")
    number = _APART.sub("", number).upper()
    if number and not _CITIZEN.fullmatch(number) and not _INSURED.fullmatch(number):
        if _SHORTENED.fullmatch(cells["number"]):
            raise _Wrong(
                "number",
                "the spreadsheet took digits away",
                "make the column text and fill the digits in again",
            )
        raise _Wrong(
            "number", "it is no card's number", "write the 12 digits, or the insurance card's number"
        )
    phone = _APART.sub("", phone)
    if phone and not _PHONE.fullmatch(phone):
        lost = "make the column text, so that the 0 at its beginning stays"
        raise _Wrong("phone", "it is no telephone number", lost if phone.isdigit() else "write 10 digits")
    insured = bool(number) and not _CITIZEN.fullmatch(number)
    kind = IdentityKind.INSURANCE if insured else IdentityKind.TYPED
    return Identity(kind, number, name, _birth(birth, house) if birth else "", phone=phone)


def _birth(cell: str, house: House) -> str:
    day_first = _DAY_FIRST.fullmatch(cell)
    if day_first is not None:
        cell = f"{day_first[3]}-{int(day_first[2]):02}-{int(day_first[1]):02}"
    found = _BIRTHS.fullmatch(cell)
    wrong = _Wrong(
        "birth", "it is no birth date", "write it as 1990-08-15, or 1990 where only the year is known"
    )
    if found is None:
        raise wrong
    try:
        born = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise wrong from None
    if born > house.today:
        raise _Wrong("birth", "it is still to come", "write the year again")
    return cell
