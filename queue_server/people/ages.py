"""What the rules may know of a birth date (Law 15/2023/QH15, article 3)."""

import calendar
from datetime import date

from queue_server.engine.facility import Ages, Facility
from queue_server.protocol.codes import AgeGroup


def ages_on(facility: Facility, day: str) -> Ages:
    """The ages that go first on a service day; what the law said in 2026 where the site knows of none
    before."""
    return next((ages for ages in reversed(facility.ages) if ages.since <= day), Ages())


def age_group(birth: str, today: date, child: int = 6, elder: int = 75) -> AgeGroup:
    """The age group on a day of the facility's own calendar.

    birth: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; what is left open is read in the patient's favour: a child may
    have been born on the last day it allows, an old person on the first. child: under this age, until the day
    before that birthday. elder: from this age on. UNKNOWN for an empty, impossible or future date.
    """
    try:
        first, last = _span(birth)
    except ValueError:
        return AgeGroup.UNKNOWN
    if first > today:
        return AgeGroup.UNKNOWN
    if today < _birthday(last, child, leap_day_is=(3, 1)):
        return AgeGroup.UNDER_6
    if today >= _birthday(first, elder, leap_day_is=(2, 28)):
        return AgeGroup.FROM_75
    return AgeGroup.ORDINARY


def _span(birth: str) -> tuple[date, date]:
    parts = [int(part) for part in birth.split("-")]
    if len(parts) == 1:
        return date(parts[0], 1, 1), date(parts[0], 12, 31)
    if len(parts) == 2:
        return date(parts[0], parts[1], 1), _last_of(parts[0], parts[1])
    born = date(parts[0], parts[1], parts[2])
    return born, born


def _last_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _birthday(born: date, age: int, leap_day_is: tuple[int, int]) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, *leap_day_is)
