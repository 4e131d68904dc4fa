"""Telling systemd that the kiosk lives: the few bytes of sd_notify(3), without its library.

A kiosk that no longer hears its keys looks exactly like a quiet one. So the sign of life is given only while
the input is being read and the screen follows; without it systemd starts the kiosk again.
"""

import contextlib
import os
import socket
from collections.abc import Mapping

READY, ALIVE = "READY=1", "WATCHDOG=1"


def notify(word: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell the service manager; False where there is none, or it does not listen."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    # An address that begins with @ lives in the abstract namespace, whose names begin with a zero byte.
    where = f"\0{address[1:]}" if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.sendto(word.encode(), where)
        return True
    return False


BEAT_EVERY = 5.0
"""Seconds between two signs of life."""
STUCK = 15.0
"""Seconds after which a screen that shows nothing new is stuck: it is drawn four times a second."""


class LifeSign:
    """Says that the kiosk lives, as long as it does."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def tell(self, now: float, drawn_at: float, driver: object) -> bool:
        """Say so if it hears and draws; whether it was said. All moments in seconds of the steady clock."""
        if now - self._last < BEAT_EVERY or now - drawn_at > STUCK or not hears(driver):
            return False
        first, self._last = self._last == float("-inf"), now
        return notify(f"{READY}\n{ALIVE}" if first else ALIVE)


def hears(driver: object) -> bool:
    """Whether the thread that reads the terminal is alive. Textual names it `_key_thread`; a driver without
    one, as in tests, hears."""
    thread = getattr(driver, "_key_thread", None)
    return thread is None or bool(thread.is_alive())
