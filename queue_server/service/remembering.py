"""The names of who is in the house or awaited today, read back from the store."""

import logging

from queue_server.engine.appointments import awaited_today
from queue_server.engine.model import Day
from queue_server.people import People
from queue_server.service.storage import Storage

log = logging.getLogger(__name__)


async def remember_people(storage: Storage, people: People, day: Day) -> None:
    """Load who is in the house or awaited today, from wherever their rows are filed."""
    persons = expected_people(day)
    rows = [row for row in await storage.patients(day.day) if row.person in persons]
    # Filed under another day: carried over from the day before, or awaited after an earlier visit.
    missing = persons - {row.person for row in rows}
    if missing:
        rows += await storage.people(missing)
    unreadable = people.load(rows)
    if unreadable:
        log.error("Patient rows do not open", extra={"action": "people", "rows": unreadable})


def expected_people(day: Day) -> set[str]:
    """Who is in the house or has an appointment today."""
    return {visit.person for visit in day.visits.values() if visit.person} | awaited_today(day)
