"""Telling staff: one open alert about a thing is enough."""

from collections.abc import Iterator

from queue_server.engine.draft import Draft
from queue_server.engine.events import AlertRaised
from queue_server.engine.model import AlertPart, AlertState, Day
from queue_server.protocol.codes import HIS_GONE, AlertKind


def tell(draft: Draft, kind: AlertKind, subject: str, detail: str = "", *, once_a_day: bool = False) -> None:
    """Raise an alert unless the same one is open. once_a_day: or was raised today at all."""
    said = (kind, subject, detail)
    if any(once_a_day or not alert.part.acknowledged_at for alert in told(draft.day, *said)):
        return
    for event in draft.events:
        if isinstance(event, AlertRaised) and (event.kind, event.subject, event.detail) == said:
            return
    seq = draft.day.seq + len(draft.events) + 1
    draft.emit(AlertRaised(f"alert-{seq}", kind, subject, detail, AlertPart(draft.now)))


def told(day: Day, kind: AlertKind, subject: str, detail: str = "") -> Iterator[AlertState]:
    """The same alert, as often as it was raised today."""
    return (a for a in day.alerts.values() if (a.kind, a.subject, a.detail) == (kind, subject, detail))


def still_broken(day: Day) -> list[AlertState]:
    """What a device told of once and nobody mended: it does not end with the day."""
    return [a for a in day.alerts.values() if a.part.is_open and (a.kind in _OF_MACHINES or _is_away(a))]


def _is_away(alert: AlertState) -> bool:
    return (alert.kind, alert.detail) == (AlertKind.HIS, HIS_GONE)


_OF_MACHINES = frozenset({AlertKind.PRINTER, AlertKind.DEVICE_LOST})


def tell_of_printer(draft: Draft, device: str, reason: str = "") -> None:
    """A paper of this device is stalled, or nobody knows what became of it. reason: as the device gave it.

    A device that could say itself what its printer needs has done so: then somebody is on the way.
    """
    of_printers = (alert for alert in draft.day.alerts.values() if alert.kind is AlertKind.PRINTER)
    if any(alert.subject == device and alert.part.is_open for alert in of_printers):
        return
    tell(draft, AlertKind.PRINTER, device, reason)
