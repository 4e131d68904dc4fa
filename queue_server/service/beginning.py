"""A service begins: a day to serve, the site as it is now, and the names of who is in the house."""

import logging
from datetime import date, timedelta

from queue_server.engine.decision import Rejection
from queue_server.engine.facility import Facility
from queue_server.engine.model import Day
from queue_server.people import People
from queue_server.service.committed import Committed
from queue_server.service.days import Days
from queue_server.service.errors import JournalUnreadable, SiteRefused
from queue_server.service.recovery import Recovery
from queue_server.service.rules import Rules
from queue_server.service.storage import Storage
from queue_server.store.port import BrokenStorage, Head, LostOwnership

log = logging.getLogger(__name__)


async def fold_newest(committed: Committed, head: Head) -> None:
    """Fold the day the head stands in. Raises JournalUnreadable and what the store raises."""
    try:
        await committed.fold(head)
    except (ValueError, LookupError, TypeError) as error:
        raise JournalUnreadable(f"the journal of {head.day} cannot be folded") from error


async def begin_day(
    days: Days, committed: Committed, recovery: Recovery, facility: Facility, now: int
) -> Day:
    """Open the first day, or close one that ended meanwhile and open the next. now: ms.

    Raises BrokenStorage, LostOwnership, JournalUnreadable.
    """
    if committed.day is None:
        await days.open(facility)
    elif days.over(now):
        await days.roll()
    if recovery.broken:
        raise BrokenStorage
    if not recovery.owner:
        raise LostOwnership
    day = committed.day
    if day is None or day.closed:
        raise JournalUnreadable("no day could be opened")
    return day


async def take_site(days: Days, rules: Rules, day: Day, facility: Facility) -> None:
    """Take the site as it is now. Raises SiteRefused when it removes what somebody waits for."""
    if day.facility == facility:
        return
    change = rules.change_site(day, facility)
    if isinstance(change, Rejection):
        raise SiteRefused(
            "the site file removes what somebody waits for: "
            + "; ".join(
                f"{kind} {', '.join(names)}"
                for kind, names in change.facts.items()
                if isinstance(names, tuple) and names
            )
            + ". Start with the former site file, or end those visits first."
        )
    await days.tell(lambda _: change.events)


async def remember_people(storage: Storage, people: People, day: Day, retention_hours: int) -> None:
    """Load who is in the house from the rows of the days on which they registered."""
    persons = {visit.person for visit in day.visits.values() if visit.person}
    name = day.day
    for _ in range(1 + -(-retention_hours // 24)):
        rows = await storage.patients(name)
        unreadable = people.load(row for row in rows if row.person in persons)
        if unreadable:
            log.error("Patient rows do not open", extra={"action": "people", "rows": unreadable})
        persons -= {row.person for row in rows}
        # Only those carried over from the day before are still missing.
        if not persons:
            return
        name = (date.fromisoformat(name) - timedelta(days=1)).isoformat()
