"""Spoken calls of a board: which to speak now (pure), and the separate program that speaks them.

No call older than 30 s is spoken, each is spoken twice, one after the other.
"""

import asyncio
import logging
import shutil
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from display.board.picture import Call
from queue_server.protocol.clips import CHIME, CLIPS

TOO_OLD = 30_000
"""Ms after which a call is not spoken any more."""
TIMES = 2
"""How often one call is spoken."""
PATIENCE = 30.0
"""Seconds the speaking program gets before it is ended."""
PROGRAM = "espeak-ng"

log = logging.getLogger(__name__)


def words(say: Iterable[str]) -> str:
    """The sentence that a list of clips speaks; chimes and clips that nobody knows are left out."""
    sentence = " ".join(CLIPS[clip] for clip in say if CLIPS.get(clip))
    return sentence.replace(" ,", ",").strip(" ,")


def chimes(say: Iterable[str]) -> int:
    """How many chimes come first."""
    return sum(clip == CHIME for clip in say)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One call to be heard. at: ms of the call."""

    sentence: str
    chimes: int
    at: int


@dataclass(slots=True)
class Announcer:
    """What still has to be spoken, oldest first. A call is known by its row and the moment of the call."""

    _known: dict[str, int] = field(default_factory=dict)
    _queue: deque[Spoken] = field(default_factory=deque)

    def heard(self, calls: Iterable[Call], now: int) -> None:
        """The calls on the screen as of `now`: queue those that are new and not too old."""
        calls = sorted(calls, key=lambda call: (call.at, call.key))
        for call in calls:
            if self._known.get(call.key) == call.at:
                continue
            sentence = words(call.say)
            if sentence and now - call.at <= TOO_OLD:
                self._queue.append(Spoken(sentence, chimes(call.say), call.at))
        self._known = {call.key: call.at for call in calls}

    def next(self, now: int) -> Spoken | None:
        """Take the next call that is not too old by now; None when there is nothing to say."""
        while self._queue:
            spoken = self._queue.popleft()
            if now - spoken.at <= TOO_OLD:
                return spoken
        return None


class Speaker:
    """Speaks what an announcer has, off the loop. bell: rings once."""

    def __init__(
        self,
        announcer: Announcer,
        now: Callable[[], int],
        bell: Callable[[], None],
        program: str = PROGRAM,
        voice: str = "vi",
    ) -> None:
        self._announcer, self._now, self._bell = announcer, now, bell
        self._program, self._voice = program, voice
        self._wake = asyncio.Event()

    @staticmethod
    def available(program: str = PROGRAM) -> bool:
        """Whether the program is installed."""
        return shutil.which(program) is not None

    def wake(self) -> None:
        """There may be something to say."""
        self._wake.set()

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while spoken := self._announcer.next(self._now()):
                for _ in range(spoken.chimes):
                    self._bell()
                for _ in range(TIMES):
                    await self._speak(spoken.sentence)

    async def _speak(self, sentence: str) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *("-v", self._voice, "-s", "120", "-g", "4", "--", sentence),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            log.warning("cannot speak", extra={"action": "voice_failed", "error": str(error)})
            return
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            log.warning("the voice took too long", extra={"action": "voice_stuck"})
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
