"""The hospital that is measured: the largest of the plan, 150 clinics, and the patients who come to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KIOSK, STEWARD, SUPERVISOR, BOARD = "bench-kiosk", "bench-steward", "bench-supervisor", "bench-board"
"""Tokens of its devices; at the kiosk `kiosk-2` a steward scans card after card."""
HALL = "hall-1"
"""Where reception, the most called of all, is."""
EXAMS = tuple(f"exam-{n}" for n in range(1, 16))
_SERVICES = (
    # name, kind, letter, clinics, places, more
    ("reception", "reception", "A", 40, 1, 'binding = "pooled"\nopens = ["verified", "paid"]'),
    ("cashier", "cashier", "H", 20, 1, 'binding = "pooled"\nopens = ["paid"]'),
    ("vitals", "vitals", "L", 6, 2, 'binding = "pooled"'),
    ("sampling", "sampling", "S", 4, 4, 'binding = "pooled"\nhas_result = true'),
    ("imaging", "imaging", "X", 8, 1, 'binding = "pooled"\nhas_result = true'),
    ("pharmacy", "pharmacy", "M", 12, 1, 'binding = "pooled"'),
    *((name, "exam", "", 4, 1, 'binding = "late"\ngates = ["paid"]\nchoosable = true') for name in EXAMS),
)
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi")
_GIVEN = ("Thị Hoa", "Văn An", "Minh Khuê", "Thu Ngân", "Gia Huy", "Ánh Nguyệt", "Quốc Vượng", "Mỹ Lệ")


@dataclass(frozen=True, slots=True)
class Clinic:
    """One clinic of the measured hospital."""

    id: str
    service: str
    places: int


def clinics() -> tuple[Clinic, ...]:
    """All 150."""
    return tuple(
        Clinic(f"{name}-{n}", name, places)
        for name, _, _, count, places, _ in _SERVICES
        for n in range(1, count + 1)
    )


def day_began(hours_ago: int) -> datetime:
    """The full hour at which a service day begins that is so many hours old now."""
    return datetime.now(ZONE).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_ago)


def write_site(path: Path, began: datetime) -> Path:
    """Write the site file. began: when its service day begins, so that no measurement runs into the next."""
    parts = [
        f'[facility]\nid = "bench"\nname = {_words("Bệnh viện")}\ntime_zone = "{ZONE.key}"',
        f'day_ends = "{began:%H:%M}"\nreception = "reception"',
        f"[halls.{HALL}]\nname = {_words('Sảnh')}\nfloor = {_words('Tầng 1')}",
    ]
    for name, kind, letter, count, places, more in _SERVICES:
        parts.append(f'[services.{name}]\nname = {_words(name)}\nkind = "{kind}"\nminutes = 5\n{more}')
        parts.append(f'letter = "{letter}"' if letter else "")
        parts += [
            f'[clinics.{name}-{n}]\nname = {_words(f"{name} {n}")}\nroom = "{n}"\nkind = "{kind}"\n'
            f'hall = "{HALL}"\nservices = ["{name}"]\nplaces = {places}'
            for n in range(1, count + 1)
        ]
    for payer, first in (("insured", '"reception", "vitals"'), ("fee", '"cashier"')):
        waives = 'insured = true\nwaives = ["paid"]' if payer == "insured" else ""
        parts.append(f"[payers.{payer}]\nlabel = {_words(payer)}\n{waives}")
        parts.append(
            f'[routes.{payer}-exam]\npayer = "{payer}"\nkind = "exam"\nlabel = {_words(payer)}\n'
            f'steps = [{first}, "@exam"]\nidentified = true'
        )
    parts.append(f'[routes.ask]\npayer = "fee"\nkind = "ask"\nlabel = {_words("ask")}\nsteps = ["reception"]')
    for ordinal, mode in ((1, "full"), (2, "steward")):
        parts.append(f'[kiosks.kiosk-{ordinal}]\nordinal = {ordinal}\nhall = "{HALL}"\nmode = "{mode}"')
    for id_, token in (
        ("kiosk-1", KIOSK),
        ("kiosk-2", STEWARD),
        ("supervisor-1", SUPERVISOR),
        ("board-1", BOARD),
    ):
        role = id_.partition("-")[0]
        parts.append(f'[devices.{id_}]\nrole = "{role}"\ntoken = "{token}"\nhall = "{HALL}"')
    path.write_text("\n".join(part for part in parts if part) + "\n", encoding="utf-8")
    return path


def arrivals(first: int = 0) -> Iterator[dict[str, Any]]:
    """One `register` after the other, each by a citizen card nobody had before; every other patient pays."""
    n = first
    while True:
        identity = {
            "kind": "card",
            "number": f"0{79_000_000_000 + n}",
            "name": f"{_SURNAMES[n % 8]} {_GIVEN[n // 8 % 8]}",
            "birth": f"{1945 + n % 60}-{1 + n % 12:02}-{1 + n % 28:02}",
            "gender": "female" if n % 2 else "male",
        }
        yield {
            "type": "register",
            "payer": "fee" if n % 2 else "insured",
            "kind": "exam",
            "identity": identity,
            "service": EXAMS[n % len(EXAMS)],
        }
        n += 1


def _words(text: str) -> str:
    return f'{{ vi = "{text}", en = "{text}" }}'
