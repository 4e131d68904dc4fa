"""A clock that stands still until a test moves it."""

import asyncio


class FakeClock:
    """Wall and monotonic time in ms; `advance` moves both, `set_wall` only what the machine claims."""

    def __init__(self, wall: int, monotonic: int = 1_000_000) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._moved = asyncio.Event()
        self.waiting: set[int] = set()

    def wall_ms(self) -> int:
        return self._wall

    def monotonic_ms(self) -> int:
        return self._monotonic

    def advance(self, ms: int) -> None:
        self._wall += ms
        self._monotonic += ms
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def set_wall(self, wall: int) -> None:
        self._wall = wall

    async def wait(self, bell: asyncio.Event, until: int) -> None:
        self.waiting.add(until)
        try:
            while not bell.is_set() and self._monotonic < until:
                ringing = asyncio.ensure_future(bell.wait())
                moving = asyncio.ensure_future(self._moved.wait())
                try:
                    await asyncio.wait((ringing, moving), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    ringing.cancel()
                    moving.cancel()
                    await asyncio.gather(ringing, moving, return_exceptions=True)
        finally:
            self.waiting.discard(until)
