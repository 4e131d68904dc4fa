"""Making the terminal's input survive a bad byte, and noticing that there is no terminal any more.

Textual decodes the terminal strictly: one byte that is not UTF-8, as a wrongly set up scanner sends it,
ends the input thread, and the program exits with code 0 or stays up and deaf. Until that is mended
upstream, its decoder is replaced by one that puts U+FFFD where a byte makes no sense.
"""

import codecs
import functools
import select
import sys
from collections.abc import Callable

from textual.drivers import linux_driver, linux_inline_driver


def tolerate_bad_bytes() -> None:
    """Install the forgiving decoder. Call once, before the app runs.

    Raises `RuntimeError` if the installed Textual no longer takes its decoder from where we put it.
    """
    for driver in (linux_driver, linux_inline_driver):
        names = vars(driver)
        if "getincrementaldecoder" not in names:
            raise RuntimeError(f"{driver.__name__} decodes its input in a way we do not know")
        names["getincrementaldecoder"] = _forgiving


def _forgiving(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    return functools.partial(codecs.getincrementaldecoder(encoding), errors="replace")


def is_gone() -> bool:
    """Whether the terminal, or the page that stands for it, has ended: nobody sees or touches the kiosk any
    more, and reading what nobody types would take a whole processor for good."""
    if sys.__stdin__ is None or sys.__stdin__.closed:
        return True
    look = select.poll()
    look.register(sys.__stdin__, 0)
    return bool(look.poll(0))
