"""The `devices` topic: alerts, and papers that are not known to be in somebody's hand."""

from collections.abc import Iterable

from queue_server.engine.model import AlertState, Day, TicketPrint
from queue_server.engine.places import label
from queue_server.protocol import rows as row
from queue_server.protocol.codes import PrintState
from queue_server.protocol.rows import Row


def devices_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The topic's rows but for the devices themselves; None when it has no such name."""
    if name:
        return None
    return [
        *alerts(day),
        *(print_row(day.prints[name]) for name in day.loose),
    ]


def papers_to_see_to(day: Day) -> Iterable[row.Print]:
    """Papers that a person has to see to: they may still come out, or never came and nothing did since."""
    for name in day.loose:
        paper = day.prints[name]
        here = day.visits[paper.visit]
        match paper.part.state:
            case PrintState.UNKNOWN:
                yield print_row(paper)
            case PrintState.STALLED if here.part.end is None and name == f"{paper.visit}/p{here.prints}":
                yield print_row(paper)
            case _:
                pass


def print_row(paper: TicketPrint) -> row.Print:
    """One piece of paper."""
    return row.Print(
        key=f"print:{paper.id}",
        print=paper.id,
        visit=paper.visit,
        number=paper.part.number,
        kiosk=paper.device,
        state=paper.part.state,
        at=paper.part.at,
        reason=paper.part.reason,
    )


def alerts(day: Day) -> list[Row]:
    """The alerts somebody still has to see to."""
    return [
        alert_row(day, alert)
        for alert in day.alerts.values()
        if alert.part.is_open or alert.id == day.clock_doubt
    ]


def _hall_of(day: Day, subject: str) -> str:
    plan = day.facility.kiosks.get(subject) or day.facility.clinics.get(subject)
    if plan is not None:
        return plan.hall
    # A printer stands where the clinic is that it prints for.
    return next((clinic.hall for clinic in day.facility.clinics.values() if clinic.printer == subject), "")


def alert_row(day: Day, alert: AlertState) -> row.Alert:
    """One alert, with whoever sees to it as a patient may read it."""
    part = alert.part
    name = day.facility.device_names.get(part.acknowledged_by)
    return row.Alert(
        key=f"alert:{alert.id}",
        alert=alert.id,
        kind=alert.kind,
        subject=alert.subject,
        at=part.at,
        detail=alert.detail,
        heard_at=part.heard_at or None,
        to=part.to,
        escalated=part.escalated,
        acknowledged_at=part.acknowledged_at or None,
        acknowledged_by=label(name) if name is not None else None,
        withdrawn_at=part.withdrawn_at or None,
        hall=_hall_of(day, alert.subject),
    )
