"""A siren made of nothing but numbers: two tones, played by whatever this machine can play a sound with.

Without a player the terminal's bell has to do. It is loud until `hush`.
"""

import array
import asyncio
import contextlib
import io
import logging
import math
import shutil
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

RATE = 22_050
"""Samples a second."""
TONES = ((960.0, 0.35), (770.0, 0.35))
"""Hz and seconds, one after the other: the two tones of DIN 14610's order of size, heard over a hall."""
VOLUME = 0.85
BELL_EVERY = 1.0
"""Seconds between two rings."""
PATIENCE = 10.0
"""Seconds for a player to play the sound, which takes less than three."""
PLAYERS: Sequence[Sequence[str]] = (("pw-play",), ("paplay",), ("aplay", "-q"))
"""Programs that play a WAV file named last; the first one that can is taken: one may be there without the
sound server it needs."""

log = logging.getLogger(__name__)


def sound(times: int = 4) -> bytes:
    """The two tones so often, as a WAV file, mono, 16 bits."""
    samples = array.array("h")
    for hertz, seconds in TONES * times:
        count = int(RATE * seconds)
        # Ends that swell keep a loudspeaker from clicking.
        edge = RATE // 100
        for index in range(count):
            swell = min(1.0, index / edge, (count - index) / edge)
            samples.append(int(32_767 * VOLUME * swell * math.sin(2 * math.pi * hertz * index / RATE)))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return out.getvalue()


class Siren:
    """bell: rings the terminal's bell. players: see PLAYERS."""

    def __init__(self, bell: Callable[[], None], players: Sequence[Sequence[str]] = PLAYERS) -> None:
        self._bell = bell
        self._players = players
        self._task: asyncio.Task[None] | None = None

    @property
    def wails(self) -> bool:
        """Whether it sounds now."""
        return self._task is not None and not self._task.done()

    def wail(self) -> None:
        """Be loud from now on."""
        if not self.wails:
            self._task = asyncio.get_running_loop().create_task(self._sound(), name="siren")

    def hush(self) -> None:
        """Be quiet at once."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _sound(self) -> None:
        players = [player for player in self._players if shutil.which(player[0])]
        with contextlib.ExitStack() as after:
            file = Path()
            try:
                if players:
                    folder = after.enter_context(tempfile.TemporaryDirectory(prefix="denluot-"))
                    file = Path(folder) / "siren.wav"
                    file.write_bytes(await asyncio.to_thread(sound))
            except OSError as error:
                log.warning("no sound: %s", error, extra={"action": "siren_silent"})
                players = []
            while True:
                self._bell()
                while players and not await _played([*players[0], str(file)]):
                    players.pop(0)
                if not players:
                    # No loudspeaker, or nobody lets us use it: what is left is the bell.
                    await asyncio.sleep(BELL_EVERY)


async def _played(command: Sequence[str]) -> bool:
    """Play it once to its end; whether that worked. The player goes when we are told to be quiet."""
    null = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=null, stdout=null, stderr=null)
    except OSError as error:
        log.warning("no sound: %s", error, extra={"action": "siren_silent"})
        return False
    code = -1
    try:
        # One that waits for its loudspeaker would be silent for good.
        async with asyncio.timeout(PATIENCE):
            code = await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if code != 0:
        log.warning("%s cannot play", command[0], extra={"action": "siren_silent"})
    return code == 0
