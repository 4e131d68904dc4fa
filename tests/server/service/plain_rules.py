"""Rules a test can read at a glance: a registration opens a visit, stopping intake changes a flag.

Special subjects of `raise_alert` are poison: see POISON_DECIDE and POISON_EVOLVE.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from queue_server.engine import evolve
from queue_server.engine.decision import Admission, Decision, EngineCommand, Rejection
from queue_server.engine.events import (
    AlertChanged,
    AlertRaised,
    ClockAccepted,
    DayClosed,
    DayOpened,
    Event,
    IntakeChanged,
    VisitRegistered,
)
from queue_server.engine.facility import Facility
from queue_server.engine.model import AlertPart, Context, Day, Learned, VisitPart
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import AcceptClock, Advance, RaiseAlert, ReopenIntake, StopIntake
from queue_server.protocol.values import replaced
from queue_server.service import Rules

POISON_DECIDE = "poison-decide"
POISON_EVOLVE = "poison-evolve"


def service_day(facility: Facility, now: int) -> str:
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(facility.time_zone))
    return (local - timedelta(minutes=facility.day_ends)).date().isoformat()


def decide(day: Day, command: EngineCommand, context: Context) -> Decision | Rejection:
    match command:
        case Admission():
            if command.person in day.people:
                return Rejection(Refusal.ALREADY_HERE)
            ordinal = day.visit_ordinal + 1
            visit = VisitRegistered(
                visit=f"{day.day}-{ordinal}",
                token=context.fresh,
                person=command.person,
                payer=command.payer,
                kind=command.kind,
                language=command.language,
                age_group=command.age_group,
                arrived_at=context.now,
                device=context.actor.device,
                part=VisitPart(number=f"A{ordinal:03d}"),
                act=day.seq + 1,
            )
            return Decision((visit,))
        case RaiseAlert():
            if command.subject == POISON_DECIDE:
                raise ValueError("Nguyễn Văn Bí Mật")
            name = f"alert-{len(day.alerts) + 1}"
            return Decision(
                (
                    AlertRaised(
                        name, command.kind, command.subject, command.detail or "", AlertPart(context.now)
                    ),
                )
            )
        case AcceptClock():
            alert = day.alerts[command.alert]
            accepted = replaced(alert.part, acknowledged_by=context.actor.device, acknowledged_at=context.now)
            return Decision((AlertChanged(alert.id, alert.part, accepted), ClockAccepted(alert.id)))
        case StopIntake():
            return Decision((IntakeChanged(command.service or "", command.reason),))
        case ReopenIntake():
            if (command.service or "") not in day.intake_stopped:
                return Rejection(Refusal.WRONG_STATE)
            return Decision((IntakeChanged(command.service or "", ""),))
        case Advance():
            due = next_due(day)
            return Decision((IntakeChanged("", ""),) if due is not None and due <= context.now else ())
        case _:
            return Rejection(Refusal.WRONG_STATE)


def next_due(day: Day) -> int | None:
    """A facility whose intake was stopped for a reason that is a moment reopens then."""
    reason = day.intake_stopped.get("", "")
    return int(reason.removeprefix("until-")) if reason.startswith("until-") else None


def fold_event(day: Day, event: Event, at: int) -> None:
    if isinstance(event, AlertRaised) and event.subject == POISON_EVOLVE:
        day.intake_stopped["spoilt"] = "half folded"
        raise RuntimeError("poison")
    evolve.evolve(day, event, at)


def close_day(day: Day, _: Context) -> Sequence[Event]:
    return (DayClosed(day.day, len(day.visits), 0),)


def open_day(_: Day | None, facility: Facility, seq: int, context: Context) -> Sequence[Event]:
    return (DayOpened(service_day(facility, context.now), facility, Learned(), {}, at=context.now, seq=seq),)


PLAIN = Rules(
    decide=decide,
    begin=evolve.begin,
    evolve=fold_event,
    next_due=next_due,
    day_ended=lambda day, now: service_day(day.facility, now) > day.day,
    close_day=close_day,
    open_day=open_day,
)
