"""When a kiosk serves. Pure. Minutes count from local midnight."""

from collections.abc import Sequence
from datetime import datetime

from queue_server.protocol.rows import Opening


def minute_of(local: datetime) -> int:
    """The minute of the day."""
    return local.hour * 60 + local.minute


def serves(hours: Sequence[Opening], local: datetime) -> bool:
    """Whether the kiosk serves at this moment; without hours, always."""
    return not hours or current(hours, local) is not None


def current(hours: Sequence[Opening], local: datetime) -> Opening | None:
    """The opening that runs, None outside of them."""
    now = minute_of(local)
    return next((opening for opening in hours if opening.opens <= now < opening.ends), None)


def opens_at(hours: Sequence[Opening], local: datetime) -> tuple[str, bool]:
    """When it opens next, and whether that is tomorrow."""
    now = minute_of(local)
    later = [opening.opens for opening in hours if opening.opens > now]
    opens = min(later, default=min(opening.opens for opening in hours))
    return f"{opens // 60:02}:{opens % 60:02}", not later


def opening_of(hours: Sequence[Opening], local: datetime) -> str:
    """The name of the opening that runs, for a self-test once in each; empty outside of them."""
    running = current(hours, local)
    return f"{local:%Y-%m-%d}/{running.opens}" if running is not None else ""
