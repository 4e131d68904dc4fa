"""The service day and its sessions as moments: local minutes of the site file become milliseconds UTC."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from queue_server.engine.facility import Facility, SessionPlan
from queue_server.engine.model import Day, Session

MINUTE = 60_000
DAY_MINUTES = 1440


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def _moment(zone: str, day: str, minute: int) -> int:
    """Local wall time `minute` minutes after midnight of `day`, in ms."""
    wall = datetime.combine(date.fromisoformat(day), datetime.min.time()) + timedelta(minutes=minute)
    return int(wall.replace(tzinfo=_zone(zone)).timestamp()) * 1000


def service_day(facility: Facility, now: int) -> str:
    """The service day a moment belongs to, as `YYYY-MM-DD`."""
    local = datetime.fromtimestamp(now / 1000, _zone(facility.time_zone))
    return (local - timedelta(minutes=facility.day_ends)).date().isoformat()


def day_starts(facility: Facility, day: str) -> int:
    """The moment a service day starts."""
    return _moment(facility.time_zone, day, facility.day_ends)


def day_stops(facility: Facility, day: str) -> int:
    """The moment the next service day starts."""
    return _moment(facility.time_zone, day, facility.day_ends + DAY_MINUTES)


def session_key(plan: SessionPlan) -> str:
    """`<clinic>/<practitioner>/<opens>`: how events name a session."""
    return f"{plan.clinic}/{plan.practitioner}/{plan.opens}"


def _opens(facility: Facility, day: str, plan: SessionPlan) -> int:
    """Minutes before `day_ends` belong to the night after the service day's date."""
    minute = plan.opens if plan.opens >= facility.day_ends else plan.opens + DAY_MINUTES
    return _moment(facility.time_zone, day, minute)


def _ends(facility: Facility, day: str, plan: SessionPlan) -> int:
    """The end of a session; minutes up to `day_ends` belong to the night after the date."""
    minute = plan.ends if plan.ends > facility.day_ends else plan.ends + DAY_MINUTES
    return _moment(facility.time_zone, day, minute)


def planned_sessions(facility: Facility, day: str) -> dict[str, tuple[Session, ...]]:
    """The sessions of a service day, by clinic and in the order they begin."""
    found: dict[str, list[Session]] = {}
    for plan in facility.sessions:
        opens, ends = _opens(facility, day, plan), _ends(facility, day, plan)
        found.setdefault(plan.clinic, []).append(
            Session(session_key(plan), plan.clinic, plan.practitioner, plan.desk, opens, ends, plan.capacity)
        )
    return {
        clinic: tuple(sorted(plans, key=lambda plan: (plan.opens, plan.ends, plan.key)))
        for clinic, plans in found.items()
    }


def in_session(day: Day, clinic: str, at: int) -> list[Session]:
    """The planned sessions of a clinic that run at a moment."""
    return [plan for plan in day.sessions.get(clinic, ()) if plan.opens <= at < plan.ends]


def works_until(day: Day, clinic: str, at: int) -> int | None:
    """When the work planned at a clinic ends (ms), one session after the other without a break; None when no
    session runs there, or it runs through the end of the day."""
    end: int | None = None
    for plan in day.sessions.get(clinic, ()):
        if plan.opens <= (at if end is None else end) < plan.ends:
            end = plan.ends
    return None if end is None or end >= day_stops(day.facility, day.day) else end


def time_in_session(day: Day, clinic: str, since: int, until: int) -> int:
    """How much (ms) of a wait fell into the clinic's sessions: a lunch break is no waiting. A clinic without
    sessions opens by hand, and all counts; so does the night before a session that began with the day."""
    plans = day.sessions.get(clinic)
    if not plans:
        return max(until - since, 0)
    total, counted = 0, since
    for plan in plans:
        opens = plan.opens if plan.opens > day_starts(day.facility, day.day) else since
        begun, ended = max(opens, counted), min(plan.ends, until)
        if ended > begun:
            total += ended - begun
            counted = ended
    return total


def waited_since(day: Day, clinic: str, at: int, length: int) -> int:
    """Who waits since this moment or before has waited `length` ms in session by `at`. Far in the past when
    the sessions so far were shorter."""
    plans = day.sessions.get(clinic)
    if not plans:
        return at - length
    counted, left = at, length
    for plan in reversed(plans):
        opens = plan.opens if plan.opens > day_starts(day.facility, day.day) else 0
        ended = min(plan.ends, counted)
        if ended - opens >= left:
            return ended - left
        if ended > opens:
            left -= ended - opens
            counted = opens
    return _LONG_AGO


_LONG_AGO = -1
"""Before any moment."""


def local_minute(facility: Facility, at: int) -> int:
    """The local time of day at a moment, in minutes since midnight."""
    return _local_minute(facility.time_zone, at // MINUTE)


@lru_cache(maxsize=4096)
def _local_minute(zone: str, minute: int) -> int:
    local = datetime.fromtimestamp(minute * 60, _zone(zone))
    return local.hour * 60 + local.minute


def round_the_clock(facility: Facility) -> frozenset[str]:
    """Clinics in session at the moment the service day ends: one session ends there and one starts."""
    edge = facility.day_ends
    ends = {plan.clinic for plan in facility.sessions if plan.ends % DAY_MINUTES == edge}
    opens = {plan.clinic for plan in facility.sessions if plan.opens % DAY_MINUTES == edge}
    return frozenset(ends & opens)
