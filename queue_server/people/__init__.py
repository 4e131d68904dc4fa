"""The only room that sees personal data: it splits people off commands, knows today's names, and forgets.

Everything that leaves here is a random reference, an age group or sealed bytes; names leave only as rows of
`names:` topics and answers to `find`, for those whom `access` lets see them.
"""

from queue_server.people.ages import age_group
from queue_server.people.kept import CARDS
from queue_server.people.keys import KeyFileBroken, KeyFileExposed, Keys, KeysError, load_keys
from queue_server.people.known import Newcomer
from queue_server.people.room import Admitted, Booked, Identified, People

__all__ = [
    "CARDS",
    "Admitted",
    "Booked",
    "Identified",
    "KeyFileBroken",
    "KeyFileExposed",
    "Keys",
    "KeysError",
    "Newcomer",
    "People",
    "age_group",
    "load_keys",
]
