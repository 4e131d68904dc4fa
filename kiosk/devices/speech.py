"""Pages read aloud by a separate program, `espeak-ng`, where it is installed.

It is run once for each page and ended when the page goes, so that nobody hears words of somebody else's page.
It plays by itself; where nothing can be heard, nothing happens.
"""

import asyncio
import logging
import shutil

from queue_server.protocol.codes import Language

PROGRAM = "espeak-ng"
PATIENCE = 10.0
"""Seconds for the program to say which voices it has."""
VOICES = {
    Language.VI: "vi",
    Language.EN: "en",
    Language.KM: "km",
    Language.ZH: "cmn",
    Language.KO: "ko",
    Language.JA: "ja",
}

log = logging.getLogger(__name__)


class Speech:
    """One voice at a time. program: what speaks."""

    def __init__(self, program: str = PROGRAM) -> None:
        self._program = program
        self._speaking: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._turn = 0

    async def languages(self) -> frozenset[Language]:
        """In which languages something can be read aloud; none where the program is not installed."""
        if shutil.which(self._program) is None:
            return frozenset()
        try:
            asked = await asyncio.create_subprocess_exec(
                self._program,
                "--voices",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            told, _ = await asyncio.wait_for(asked.communicate(), PATIENCE)
        except (OSError, TimeoutError) as error:
            log.warning("no voice", extra={"action": "speech_failed", "error": type(error).__name__})
            return frozenset()
        lines = [line.split() for line in told.decode(errors="replace").splitlines()[1:]]
        known = {columns[1].partition("-")[0] for columns in lines if len(columns) > 1}
        return frozenset(language for language, voice in VOICES.items() if voice in known)

    async def say(self, text: str, language: Language) -> None:
        """Begin to read, in place of whatever is being read; the voice goes on by itself."""
        self._turn += 1
        turn = self._turn
        async with self._starting:
            await self._end()
            if turn != self._turn:
                return
            try:
                self._speaking = await asyncio.create_subprocess_exec(
                    self._program,
                    *("-v", VOICES[language], "-s", "130", "-g", "3", "--stdin"),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
            except OSError as error:
                log.warning("cannot speak", extra={"action": "speech_failed", "error": type(error).__name__})
                return
            # Not as an argument: what is on a patient's page is nobody's to see in a list of programs.
            if self._speaking.stdin is not None:
                self._speaking.stdin.write(text.encode())
                self._speaking.stdin.close()

    async def stop(self) -> None:
        """Be silent at once."""
        self._turn += 1
        async with self._starting:
            await self._end()

    async def heard(self) -> None:
        """Until what is being read has been read to its end."""
        if self._speaking is not None:
            await self._speaking.wait()

    async def _end(self) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is not None:
            if speaking.returncode is None:
                speaking.kill()
            await speaking.wait()
