"""Telling staff: one open alert about a thing is enough."""

from queue_server.engine.draft import Draft
from queue_server.engine.events import AlertRaised
from queue_server.engine.model import AlertPart
from queue_server.protocol.codes import AlertKind


def tell(draft: Draft, kind: AlertKind, subject: str, detail: str = "", *, once_a_day: bool = False) -> None:
    """Raise an alert unless the same one is open. once_a_day: or was raised today at all."""
    said = (kind, subject, detail)
    for alert in draft.day.alerts.values():
        open_still = once_a_day or not alert.part.acknowledged_at
        if open_still and (alert.kind, alert.subject, alert.detail) == said:
            return
    for event in draft.events:
        if isinstance(event, AlertRaised) and (event.kind, event.subject, event.detail) == said:
            return
    seq = draft.day.seq + len(draft.events) + 1
    draft.emit(AlertRaised(f"alert-{seq}", kind, subject, detail, AlertPart(draft.now)))


def tell_of_printer(draft: Draft, device: str) -> None:
    """A paper of this device is stalled, or nobody knows what became of it."""
    tell(draft, AlertKind.PRINTER, device)
