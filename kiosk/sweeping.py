"""When the garbage collector looks at everything: that takes up to half a second in which no key is read and
no page drawn, so a scan may come in torn and a finger wait.

What is loaded at the start stays for good and is never looked at. What patients leave behind is swept between
them; only where they come without a pause it has to be swept before somebody's eyes, and then rarely.
"""

import contextlib
import gc
from collections.abc import Iterator

QUIET = 1.0
"""Seconds without anything happening in which nobody waits."""
EVERY = 20.0
"""Seconds between two sweeps."""
RARELY = 25
"""Sweeps of what is young before everything is looked at all the same; Python's own is 10."""


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """What is loaded in here stays for good."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], RARELY)
        gc.enable()


class Sweeper:
    """Sweeps once it has been quiet for a moment, if anything happened since. Times: seconds of one clock."""

    def __init__(self) -> None:
        self._stirred = self._swept = float("-inf")

    def stir(self, now: float) -> None:
        """Something happened."""
        self._stirred = now

    def look(self, now: float) -> None:
        """Sweep if it is time; call it every now and then."""
        if self._swept < self._stirred <= now - QUIET and now - self._swept >= EVERY:
            self._swept = now
            gc.collect()
