"""The one writer of a facility: durable first, then visible (DESIGN §5).

One task owns the Day. It decides and evolves what gathered in the mailbox, makes all of it durable in one
commit on a thread of its own, and only then publishes and answers; nothing is decided on top of a batch that
is not committed.

The way of a command: mailbox → batches (known ids first) → turn (decided) → commits → visible → its answer.
committed holds the Day and says who may look at it; recovery knows whether it may be written at all.
"""

from queue_server.service.errors import (
    EXIT_BROKEN_STORAGE,
    JournalUnreadable,
    NotServing,
    ServiceError,
    SiteRefused,
)
from queue_server.service.metrics import Metrics
from queue_server.service.rules import ENGINE, Rules
from queue_server.service.writer import Service

__all__ = [
    "ENGINE",
    "EXIT_BROKEN_STORAGE",
    "JournalUnreadable",
    "Metrics",
    "NotServing",
    "Rules",
    "Service",
    "ServiceError",
    "SiteRefused",
]
