"""`printer:` topics: the slips that a printer in a room or at a desk has to print."""

from collections.abc import Iterable

from queue_server.engine.decide.prints import ticket
from queue_server.engine.draft import Draft
from queue_server.engine.model import Day, TicketPrint
from queue_server.protocol import rows as row
from queue_server.protocol.rows import Row


def printer_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The papers of which a printer has not said the last word; None when there is no such printer."""
    if name not in day.facility.printers:
        return None
    draft = Draft(day)
    return [
        _job(draft, paper) for paper in map(day.prints.__getitem__, day.unconfirmed) if paper.device == name
    ]


def printers_at_work(day: Day) -> set[str]:
    """Topics of printers with papers to print: what these say changes with the visit until they print it."""
    if not day.facility.printers:
        return set()
    devices = {day.prints[name].device for name in day.unconfirmed}
    return {f"printer:{device}" for device in devices.intersection(day.facility.printers)}


def _job(draft: Draft, paper: TicketPrint) -> row.PrintJob:
    made = ticket(draft, paper.visit, paper.id, paper.issued_at, reprint=paper.reprint, whole=True)
    return row.PrintJob(key=f"print:{paper.id}", print=paper.id, ticket=made, state=paper.part.state)
