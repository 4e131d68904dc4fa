"""A service begins: a day to serve, and the site as it is now."""

from queue_server.engine.decision import Rejection
from queue_server.engine.facility import Facility
from queue_server.engine.model import Day
from queue_server.service.committed import Committed
from queue_server.service.days import Days
from queue_server.service.errors import JournalUnreadable, SiteRefused
from queue_server.service.recovery import Recovery
from queue_server.service.rules import Rules
from queue_server.store.port import BrokenStorage, Head, LostOwnership


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
