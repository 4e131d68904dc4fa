"""Wishes until they are answered, and a printer's words, in order; nothing here outlives the process."""

import asyncio
import logging
from collections import deque
from typing import Protocol

from queue_server.client import Wish
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import Command, Confirm, PrinterWorks, RaiseAlert
from queue_server.protocol.messages import Accepted, Rejected

ASK_AGAIN = 1.0
"""Seconds before a server that was too busy to look at a wish is asked again."""

Word = Confirm | RaiseAlert | PrinterWorks
"""What became of a slip, and what is wrong with the printer, or no longer."""

_NOT_LOOKED_AT = frozenset({Refusal.BUSY, Refusal.RATE})

log = logging.getLogger(__name__)


class Carrier(Protocol):
    """What carries wishes: `queue_server.client.Connection`."""

    def submit(self, command: Command, again: str | None = None) -> Wish: ...


async def answer_to(carrier: Carrier, command: Command, again: str | None = None) -> Accepted | Rejected:
    """Wish until there is an answer that counts. `busy` and `rate` are none: the same wish is made again,
    under its own id, so that it is granted at most once. again: the id of a wish of an earlier run."""
    wish = carrier.submit(command, again=again)
    while True:
        reply = await wish.answer
        if not (isinstance(reply, Rejected) and reply.code in _NOT_LOOKED_AT):
            return reply
        await asyncio.sleep(ASK_AGAIN)
        wish = carrier.submit(command, again=wish.id)


class Teller:
    """Tells the server one word at a time, so that none overtakes another; of a slip whose news wait, only
    the newest."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._waiting: deque[Word] = deque()
        self._news = asyncio.Event()

    def tell(self, word: Word) -> None:
        """Pass this on as soon as its turn comes."""
        if isinstance(word, Confirm):
            waiting = (known for known in self._waiting if isinstance(known, Confirm))
            older = next((known for known in waiting if known.print == word.print), None)
            if older is not None:
                self._waiting.remove(older)
        self._waiting.append(word)
        self._news.set()

    async def run(self) -> None:
        """Pass everything on until cancelled."""
        while True:
            while self._waiting:
                word = self._waiting.popleft()
                reply = await answer_to(self._carrier, word)
                if isinstance(reply, Rejected):
                    log.warning(
                        "a word was refused",
                        extra={"action": "word_refused", "word": type(word).__name__, "code": reply.code},
                    )
            self._news.clear()
            if not self._waiting:
                await self._news.wait()
