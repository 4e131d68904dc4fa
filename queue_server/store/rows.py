"""A batch as rows: what every store keeps of it, and the checks that need no database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from queue_server.store.chain import JournalRow, link
from queue_server.store.port import Batch, BrokenStorage, DataRefused, JournalEntry, SchemaMismatch
from queue_server.store.projection import StepRow, VisitRow, step_row, visit_row
from queue_server.store.reading import UnknownEvent, read, write


@dataclass(frozen=True, slots=True)
class BatchRows:
    """new_seq and chain: of the head after the batch."""

    new_seq: int
    chain: bytes
    journal: list[JournalRow]
    visits: list[VisitRow]
    steps: list[StepRow]


def batch_rows(batch: Batch, facility: str, chain: bytes) -> BatchRows:
    """The rows of a batch that continues the journal at `batch.old_seq` with chain value `chain`.

    Raises DataRefused when an event cannot be written or the entries do not continue the journal within one
    day: a batch never spans two, so a visit's or step's day is the entries'.
    """
    journal: list[JournalRow] = []
    seq = batch.old_seq
    day = batch.entries[0].day if batch.entries else ""
    try:
        for entry in batch.entries:
            seq += 1
            if entry.seq != seq or entry.day != day:
                raise DataRefused(f"entry {entry.seq} of {entry.day} cannot stand at {seq} of {day}")
            at, actor, command_id = entry.at, entry.actor, entry.command_id
            kind, version, body = write(entry.event)
            chain = link(chain, facility, seq, day, at, actor, command_id, kind, version, body)
            journal.append(JournalRow(seq, day, at, actor, command_id, kind, version, body, chain))
        visits = [visit_row(visit, day) for visit in batch.visits]
        steps = [step_row(step, day) for step in batch.steps]
    except (TypeError, ValueError, AttributeError, LookupError, msgspec.MsgspecError) as error:
        raise DataRefused("an event or a state cannot be written as JSON") from error
    if not day and (visits or steps):
        raise DataRefused("no visit or step changes without an event")
    return BatchRows(seq, chain, journal, visits, steps)


def entries_of(rows: Iterable[Sequence[Any]]) -> Iterator[JournalEntry]:
    """The entries of journal rows (without facility; what follows the body is not looked at) in their order.

    Raises SchemaMismatch for an event newer than this code, BrokenStorage for a damaged body.
    """
    for seq, day, at, actor, command_id, kind, version, body, *_ in rows:
        try:
            event = read(kind, version, body)
        except UnknownEvent as error:
            raise SchemaMismatch(f"journal entry {seq} is a {error}, which this code cannot read") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BrokenStorage(f"journal entry {seq} is damaged") from error
        yield JournalEntry(seq, day, at, actor, command_id, event)


def day_of(visit: str) -> str:
    """The service day a visit's id (`<day>-<ordinal>`) was given on: its whole journal is that day's."""
    return visit.rpartition("-")[0]


def concerns(entry: JournalEntry, visit: str) -> bool:
    """Whether the entry tells of a visit: by its id, its steps' (`<visit>.<n>`) or its prints'
    (`<visit>/p<n>`)."""
    event = entry.event
    step: str = getattr(event, "step", "")
    paper: str = getattr(event, "print", "")
    return (
        getattr(event, "visit", "") == visit or step.startswith(f"{visit}.") or paper.startswith(f"{visit}/")
    )
