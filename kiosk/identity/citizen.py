"""The CCCD and Căn cước card: its QR code and its 12-digit number; and the 9-digit number before it.

Shape of the code: number | old number or nothing | name | birth date | gender | address | issue date |
whatever later cards add. UTF-8, no checksum, no signature.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from kiosk.identity import births, names
from kiosk.identity.digits import closed_up
from kiosk.identity.values import (
    Birth,
    CitizenCard,
    CitizenNumber,
    Doubt,
    Gender,
    OldNumber,
    Unreadable,
    Why,
)

_NUMBER = re.compile(r"[0-9]{12}")
_OLD_NUMBER = re.compile(r"[0-9]{9}")
_LABELLED = re.compile(r"(?:số )?cccd *:", re.IGNORECASE)
_LABELS = {
    "cccd": 0,
    "so cccd": 0,
    "ho ten": 2,
    "ho va ten": 2,
    "ngay sinh": 3,
    "gioi tinh": 4,
}
_KEYS = {"idcode": 0, "personname": 2, "dateofbirth": 3, "gender": 4}
"""The same as keys of an object, however they are parted."""


def read_number(text: str, _today: date) -> CitizenNumber | OldNumber | Unreadable | None:
    """Read 12 digits, or the 9 of an old identity card, typed with or without anything between them.

    The province in front is no reason to refuse: codes of birth countries and of later provinces exist, and
    the circular that listed them lapsed on 1/7/2024.
    """
    number = closed_up(text)
    if _NUMBER.fullmatch(number):
        return CitizenNumber(number) if can_exist(number) else Unreadable(Why.IMPOSSIBLE_NUMBER)
    if _OLD_NUMBER.fullmatch(number):
        return OldNumber(number) if can_exist(number) else Unreadable(Why.IMPOSSIBLE_NUMBER)
    return None


def read_card(text: str, today: date) -> CitizenCard | Unreadable | None:
    """Read a card's QR code; a number followed by too few fields is a code cut short."""
    fields = _of_object(text) or _without_labels(text.split("|"))
    if len(fields) < 2 or not _NUMBER.fullmatch(number := fields[0].strip(" ")):
        return None
    if len(fields) == 6 and births.looks_like_birth(fields[2].strip(" ")):
        # Some middleware leaves the old number out instead of sending it empty.
        fields.insert(1, "")
    if len(fields) < 7:
        return Unreadable(Why.BROKEN)
    if not can_exist(number):
        return Unreadable(Why.IMPOSSIBLE_NUMBER)

    name = names.legible(fields[2])
    birth = births.birth(fields[3].strip(" "), today)
    gender = births.gender(fields[4])
    return CitizenCard(
        number=number,
        name=name,
        birth=birth if isinstance(birth, Birth) else None,
        gender=gender,
        doubts=doubts(number, name, birth, gender),
    )


def can_exist(number: str) -> bool:
    """Whether anybody may have this number: one digit over and over is a finger that stayed on a key."""
    return len(set(number)) > 1


@dataclass(frozen=True, slots=True)
class InNumber:
    """What positions 4 to 6 of a citizen number say (Decree 137/2015, article 13)."""

    year: int
    gender: Gender


def in_number(number: str) -> InNumber:
    """Read the 12 digits for birth year and gender."""
    century, odd = divmod(int(number[3]), 2)
    return InNumber(1900 + 100 * century + int(number[4:6]), Gender.FEMALE if odd else Gender.MALE)


def doubts(
    number: str | None, name: str | None, birth: Birth | Doubt, gender: Gender | None
) -> tuple[Doubt, ...]:
    """What a clerk should look at. number: the 12 digits the rest is compared with, `None` without any."""
    said = in_number(number) if number is not None else None
    found = []
    if isinstance(birth, Doubt):
        found.append(birth)
    elif said is not None and birth.year != said.year:
        found.append(Doubt.YEAR_DIFFERS)
    if said is not None and gender is not None and gender is not said.gender:
        found.append(Doubt.GENDER_DIFFERS)
    if name is None:
        found.append(Doubt.NAME_UNREADABLE)
    return tuple(found)


def _without_labels(fields: list[str]) -> list[str]:
    """Some middleware writes `CCCD:…|CMND:…|Họ tên:…` instead of leaving the meaning to the place."""
    if not _LABELLED.match(fields[0].strip(" ")):
        return fields
    placed = [""] * 7
    for field in fields:
        label, _, said = field.partition(":")
        place = _LABELS.get(_bare(label))
        if place is not None:
            placed[place] = said.strip(" ")
    return placed


def _of_object(text: str) -> list[str] | None:
    """Some middleware hands over an object, its keys in one word or with strokes: `idCode`, `id_code`."""
    if not text.startswith("{"):
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    placed = [""] * 7
    for key, value in said.items():
        place = _KEYS.get(key.replace("_", "").lower())
        if place is not None and isinstance(value, str):
            placed[place] = value.strip(" ")
    return placed


def _bare(label: str) -> str:
    letters = unicodedata.normalize("NFD", label.strip(" ").lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
