"""A kiosk that only counts, for tests that pull its plug: what it says it printed is on its disk before.

python -m tests.support.offline_counter FOLDER [careless]
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import structs

from kiosk.offline.entries import Entry, Paper
from kiosk.offline.moments import Moments
from kiosk.offline.outbox import Outbox
from kiosk.offline.seal import Seal, key_at
from kiosk.offline.series import Series
from queue_server.client.connection import new_id
from queue_server.protocol.commands import Register

DAY, MINUTE = "2026-11-23", 390


def main(folder: Path) -> None:
    """Print the numbers of what was found, then give one number after the other until killed."""
    outbox = Outbox(folder / "outbox", Seal(key_at(folder / "outbox.key")), ThreadPoolExecutor(1))
    series = Series(folder / "series")
    found = [entry.paper.number for entry in outbox.entries.values() if entry.paper is not None]
    say("found", outbox.damaged, *found)
    moments = Moments()
    while True:
        entry = Entry(new_id(), moments.now(), Register(payer="fee", kind="exam"))
        outbox.keep(entry).result()
        number = series.take(1, DAY, MINUTE)
        outbox.keep(structs.replace(entry, paper=Paper(number, "7ZJ0XWV4V5M8K2HP"))).result()
        say("printed", number)


def say(*words: object) -> None:
    """A line for the test."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[2:] == ["careless"]:
        os.fsync = lambda _: None  # type: ignore[assignment]  # the twin that shows that syncing is needed
    main(Path(sys.argv[1]))
