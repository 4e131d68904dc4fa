"""A kiosk without its server: numbers of its own, and nothing lost that it still has to hear.

moments   what time it is, and whether that can be believed
disk      files that survive a power cut at any byte
seal      the kiosk's own key
series    the kiosk's own numbers
entries   what the outbox keeps, and what follows for each of it (pure)
outbox    the same on the disk
memory    what there is to choose, remembered for a morning when the server never comes up
standby   all of this behind one door: wishes and questions, answered when no server does
post      registrations and words on papers, until the server has them
telling   the same for a printer's agent, whose papers the server knows
"""

from kiosk.offline.disk import InUse
from kiosk.offline.post import Desk, NoPaper, Post, Standing
from kiosk.offline.standby import Standby
from kiosk.offline.telling import Carrier, Teller, answer_to

__all__ = [
    "Carrier",
    "Desk",
    "InUse",
    "NoPaper",
    "Post",
    "Standby",
    "Standing",
    "Teller",
    "answer_to",
]
