"""The `accuracy` topic: how often what people were told held, by service and hour."""

from collections.abc import Iterable

from queue_server.engine.model import Day
from queue_server.protocol import rows as row
from queue_server.protocol.rows import Row

MINUTE = 60
"""Seconds."""


def accuracy_rows(day: Day, name: str) -> Iterable[Row] | None:
    """The topic's rows; None when it has no such name."""
    if name:
        return None
    return [
        row.Accuracy(
            key=f"{service}/{hour}",
            service=service,
            hour=hour,
            judged=tally.judged,
            broken=tally.broken,
            held=tally.held,
            error=round(tally.error / tally.judged / MINUTE),
            naive=round(tally.naive / tally.judged / MINUTE),
        )
        for (service, hour), tally in sorted(day.tallies.items())
    ]
