"""An emergency is told to the devices on duty, and to more of them until somebody answers (DESIGN §9)."""

from queue_server.engine.draft import Draft
from queue_server.engine.events import AlertChanged, AlertRaised
from queue_server.engine.facility import EmergencyPlan
from queue_server.engine.model import AlertPart, AlertState, Day
from queue_server.protocol.codes import AlertKind
from queue_server.protocol.values import replaced

AT_ONCE = 5_000
"""ms that word of a press may take on its way without being late."""


def raise_emergency(draft: Draft, subject: str, pressed_at: int | None) -> str:
    """The alert of an emergency at this place; pressing again while nobody answered is the same one.

    pressed_at: ms, when it could not be told at once. A clock that runs ahead is not believed.
    """
    for alert in draft.day.alerts.values():
        if (alert.kind, alert.subject) == (AlertKind.EMERGENCY, subject) and _is_running(alert.part):
            return alert.id
    at = draft.now if pressed_at is None else min(pressed_at, draft.now)
    heard_at = draft.now if draft.now - at > AT_ONCE else 0
    name = f"alert-{draft.day.seq + len(draft.events) + 1}"
    part = AlertPart(at, heard_at=heard_at, to=draft.facility.emergency.first)
    draft.emit(AlertRaised(name, AlertKind.EMERGENCY, subject, "", part))
    return name


def withdraw(draft: Draft, alert: AlertState) -> None:
    """Take it back: a press by mistake. It goes no further, and staff still have to see that it was."""
    if not alert.part.withdrawn_at:
        draft.emit(AlertChanged(alert.id, alert.part, replaced(alert.part, withdrawn_at=draft.now)))


def pass_on(draft: Draft) -> None:
    """Tell those who come next of every emergency that nobody answered in time."""
    plan = draft.facility.emergency
    for alert in escalating(draft.day):
        if _passed_on_at(alert.part, plan) <= draft.now:
            _tell_next(draft, alert)


def pass_on_at_once(draft: Draft, alert: AlertState, escalated: int) -> None:
    """Nobody who is asked can hear it: those who come next are told, if it has not gone on meanwhile."""
    if alert in escalating(draft.day) and alert.part.escalated == escalated:
        _tell_next(draft, alert)


def _tell_next(draft: Draft, alert: AlertState) -> None:
    part, level = alert.part, alert.part.escalated + 1
    to = _asked(draft.facility.emergency, level)
    draft.emit(AlertChanged(alert.id, part, replaced(part, to=to, escalated=level, escalated_at=draft.now)))


def next_passed_on(day: Day) -> list[int]:
    """When unanswered emergencies go on, ms."""
    plan = day.facility.emergency
    return [_passed_on_at(alert.part, plan) for alert in escalating(day)]


def unanswered(day: Day) -> list[AlertState]:
    """Emergencies that run on, also into the next day."""
    return [a for a in day.alerts.values() if a.kind is AlertKind.EMERGENCY and _is_running(a.part)]


def escalating(day: Day) -> list[AlertState]:
    """Emergencies that ask some devices only, so far."""
    return [alert for alert in unanswered(day) if alert.part.to]


def _is_running(part: AlertPart) -> bool:
    return not part.acknowledged_at and not part.withdrawn_at


def _passed_on_at(part: AlertPart, plan: EmergencyPlan) -> int:
    return (part.escalated_at or part.heard_at or part.at) + plan.after


def _asked(plan: EmergencyPlan, level: int) -> tuple[str, ...]:
    """Those who are asked after so many escalations; empty: everybody."""
    return (*plan.first, *plan.then) if level == 1 and plan.then else ()
