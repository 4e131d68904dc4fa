"""How a day's promises held, read from the journal: what `queue-server accuracy` prints."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from queue_server.app import DATABASE
from queue_server.engine.facility import Facility
from queue_server.engine.hours import service_day
from queue_server.engine.model import Day, Tally
from queue_server.service.rules import ENGINE
from queue_server.store.sql import SqlStore


class NothingKept(Exception):
    """There is no journal of that day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One service in one hour; hour None: the whole day, service empty: all. Shares as fractions, minutes."""

    service: str
    hour: int | None
    judged: int
    not_before_broken: float
    usually_by_held: float
    error: float
    counting_heads: float

    def as_json(self) -> dict[str, object]:
        """As `--json` prints it."""
        return asdict(self)


def read_day(facility: Facility, data: Path, day: str = "") -> list[Line]:
    """The lines of a service day, all services first. day: empty for today's. Raises NothingKept, and
    StoreError when the journal cannot be read."""
    wanted = day or service_day(facility, int(time.time() * 1000))
    if not (data / DATABASE).is_file():
        raise NothingKept(f"{data} has no journal")
    store = SqlStore(data / DATABASE, facility.id, "accuracy", exclusive=False)
    try:
        folded = ENGINE.fold(store.journal(wanted))
    finally:
        store.close()
    if folded is None:
        raise NothingKept(f"{data} has nothing of {wanted}; days are written as 2026-11-23")
    return lines_of(folded)


def lines_of(day: Day) -> list[Line]:
    """The lines of a day, all services first, then each service and its hours."""
    tallies = sorted(day.tallies.items())
    lines = [_line("", None, [tally for _, tally in tallies])] if tallies else []
    for service in dict.fromkeys(service for (service, _), _ in tallies):
        own = [(hour, tally) for (name, hour), tally in tallies if name == service]
        lines.append(_line(service, None, [tally for _, tally in own]))
        lines += [_line(service, hour, [tally]) for hour, tally in own]
    return lines


def _line(service: str, hour: int | None, tallies: Sequence[Tally]) -> Line:
    judged = sum(tally.judged for tally in tallies)
    return Line(
        service,
        hour,
        judged,
        round(sum(tally.broken for tally in tallies) / judged, 4),
        round(sum(tally.held for tally in tallies) / judged, 4),
        round(sum(tally.error for tally in tallies) / judged / 60, 2),
        round(sum(tally.naive for tally in tallies) / judged / 60, 2),
    )


_HEADS = (
    ("dịch vụ", "giờ", "lượt", "gọi sớm hơn", "đúng hẹn trước", "lệch (phút)", "đếm đầu người (phút)"),
    ("service", "hour", "judged", "called before", "called by", "error (min)", "counting heads (min)"),
)


def told(lines: Sequence[Line]) -> str:
    """The lines as a table for people, headed in both languages."""
    if not lines:
        return "chưa gọi ai đã được báo giờ / nobody who was told a time was called yet"
    rows = [*_HEADS]
    for line in lines:
        hour = "" if line.hour is None else f"{line.hour:02d}:00"
        name = line.service or "tất cả / all"
        rows.append(
            (
                name,
                hour,
                str(line.judged),
                f"{line.not_before_broken:.1%}",
                f"{line.usually_by_held:.1%}",
                f"{line.error:.1f}",
                f"{line.counting_heads:.1f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
