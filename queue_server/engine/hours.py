"""The service day and its sessions as moments: local minutes of the site file become milliseconds UTC."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from queue_server.engine.facility import Facility, SessionPlan

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


def session_opens(facility: Facility, day: str, plan: SessionPlan) -> int:
    """Minutes before `day_ends` belong to the night after the service day's date."""
    minute = plan.opens if plan.opens >= facility.day_ends else plan.opens + DAY_MINUTES
    return _moment(facility.time_zone, day, minute)


def session_ends(facility: Facility, day: str, plan: SessionPlan) -> int:
    """The end of a session; minutes up to `day_ends` belong to the night after the date."""
    minute = plan.ends if plan.ends > facility.day_ends else plan.ends + DAY_MINUTES
    return _moment(facility.time_zone, day, minute)


def round_the_clock(facility: Facility) -> frozenset[str]:
    """Clinics in session at the moment the service day ends: one session ends there and one starts."""
    edge = facility.day_ends
    ends = {plan.clinic for plan in facility.sessions if plan.ends % DAY_MINUTES == edge}
    opens = {plan.clinic for plan in facility.sessions if plan.opens % DAY_MINUTES == edge}
    return frozenset(ends & opens)
