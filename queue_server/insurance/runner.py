"""When who is looked up: in the background, some at a time, later again where the portal gave no answer.

Nobody waits for it. A portal that is down or slow delays nothing but its own answers: the hospital receives
whoever shows a card, and the answer comes when it comes (Decree 188/2025/NĐ-CP, articles 37 and 38).
"""

import asyncio
import heapq
import logging
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from queue_server.insurance.meanings import Then, meaning
from queue_server.insurance.port import Card, Fault, Lookup, LookupFailed, Verdict
from queue_server.protocol.codes import PortalState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. again, again_most: until a card is looked up once more that had no answer, doubled each time.

    away, away_most: in which the portal is left alone after a fault; account, account_most: after it refused
    our account, which every further attempt may lock. Both doubled as long as it lasts.
    """

    again: float = 60.0
    again_most: float = 900.0
    away: float = 5.0
    away_most: float = 300.0
    account: float = 600.0
    account_most: float = 3600.0


class Desk(Protocol):
    """Where cards come from and answers go to. All by visit, a reference that names nobody."""

    async def unanswered(self) -> Iterable[str]:
        """Today's visits of the insured about whose card the portal has not spoken."""
        ...

    async def card(self, visit: str) -> Card | None:
        """What to ask with; None: no longer to be asked."""
        ...

    async def note(self, visit: str, card: Card, verdict: Verdict) -> bool:
        """Keep an answer. Returns when it is durable; False: the patient is known by another card now."""
        ...

    async def alarm(self) -> None:
        """Tell staff, once, that the portal refuses our account."""
        ...

    def show(self, state: PortalState) -> None:
        """The portal's state is another one."""
        ...

    def closed_for(self) -> float:
        """Seconds until anybody may be looked up; 0: now."""
        ...


@dataclass(slots=True)
class _Waiting:
    """A visit that has no answer yet. due: on the loop's clock, seconds. tries: so far. wanted: staff ask."""

    due: float
    tries: int = 0
    wanted: bool = False


class Runner:
    """Looks up whoever has no answer yet. Made and used on one event loop."""

    def __init__(self, lookup: Lookup, desk: Desk, *, at_once: int, patience: Patience | None = None) -> None:
        self._lookup = lookup
        self._desk = desk
        self._at_once = at_once
        self._patience = patience or Patience()
        self._waiting: dict[str, _Waiting] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._bell = asyncio.Event()
        self._begin_again = True
        self._rests_until = 0.0
        self._rest = 0.0
        self._state = PortalState.UNKNOWN
        self._alarmed = False
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Visits that have no answer yet."""
        return len(self._waiting)

    # What others tell us: quick and synchronous ----------------------------------------------------------

    def come(self, visit: str) -> None:
        """A visit was opened, or somebody else is known to be its patient."""
        # Whatever is being asked about this visit may be about another card.
        self._waiting[visit] = _Waiting(self._now)
        self._bell.set()

    def want(self, visit: str) -> None:
        """Staff want to know now, however often it was tried; only a refused account is not tried again."""
        self._waiting[visit] = _Waiting(self._now, wanted=True)
        self._bell.set()

    def begin_again(self) -> None:
        """Another day began: only who is here today is asked about, and staff hear of our account anew."""
        self._waiting.clear()
        self._alarmed = False
        self._begin_again = True
        self._bell.set()

    # Life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin; whoever has no answer from before is asked about."""
        self._task = asyncio.create_task(self._run(), name="insurance")

    async def stop(self) -> None:
        """Stop at once; what has no answer stays without one, and is tried again after the next start."""
        tasks = [*self._asking.values(), *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._lookup.close()

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            try:
                if self._begin_again:
                    await self._look_around()
                pause = self._ask_next()
            except Exception as error:  # noqa: BLE001 - the look-up must go on tomorrow, whatever it was
                log.error("the insurance look-up failed: %s", _where(error), extra={"action": "insurance"})
                pause = self._patience.again
            try:
                async with asyncio.timeout(pause):
                    await self._bell.wait()
            except TimeoutError:
                continue

    async def _look_around(self) -> None:
        """Take in whoever is here and has no answer."""
        self._begin_again = False
        try:
            unanswered = await self._desk.unanswered()
        except BaseException:
            self._begin_again = True
            raise
        # Where another day began meanwhile, these are not of it.
        for visit in () if self._begin_again else unanswered:
            self._waiting.setdefault(visit, _Waiting(self._now))

    # Asking ----------------------------------------------------------------------------------------------

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _ask_next(self) -> float | None:
        """Begin with whoever is due. Returns seconds after which to look again, None: when somebody tells."""
        if not self._waiting:
            return None
        closed_for = self._desk.closed_for()
        if closed_for > 0:
            self._show(PortalState.RESTING)
            return closed_for
        if self._state is PortalState.RESTING:
            self._show(PortalState.UNKNOWN)
        # After a fault one goes ahead to see whether the portal is back.
        free = (self._at_once if not self._rest else 1) - len(self._asking)
        if free <= 0:
            return None
        now = self._now
        idle = [visit for visit in self._waiting if visit not in self._asking]
        for visit in heapq.nsmallest(free + 1, idle, key=self._due):
            due = self._due(visit)
            if due > now:
                return due - now
            if not free:
                return None
            free -= 1
            self._asking[visit] = asyncio.create_task(self._ask(visit, self._waiting[visit]))
        return None

    def _due(self, visit: str) -> float:
        waits = self._waiting[visit]
        if waits.wanted and self._state is not PortalState.ACCOUNT_REFUSED:
            return 0.0
        # Every attempt with an account that is refused may be the one that locks it, whoever asks.
        return max(waits.due, self._rests_until)

    async def _ask(self, visit: str, waits: _Waiting) -> None:
        try:
            await self._ask_about(visit, waits)
        except Exception as error:  # noqa: BLE001 - one visit must not stop the others
            log.error("a look-up failed: %s", _where(error), extra={"action": "insurance", "visit": visit})
            self._later(waits)
        finally:
            self._asking.pop(visit, None)
            self._bell.set()

    async def _ask_about(self, visit: str, waits: _Waiting) -> None:
        card = await self._desk.card(visit)
        if card is None:
            self._done(visit, waits)
            return
        waits.wanted = False
        try:
            verdict = await self._lookup.ask(card)
        except LookupFailed as failed:
            await self._failed(visit, waits, failed)
            return
        self._reached()
        if meaning(verdict.code).then is Then.OURS:
            log.error("the portal did not understand us", extra={"action": "insurance", "code": verdict.code})
        if await self._desk.note(visit, card, verdict):
            self._done(visit, waits)
        else:
            self._later(waits)

    def _done(self, visit: str, waits: _Waiting) -> None:
        # Staff may have asked anew meanwhile: then there is another one waiting under this name.
        if self._waiting.get(visit) is waits:
            del self._waiting[visit]

    def _later(self, waits: _Waiting) -> None:
        patience = self._patience
        waits.due = self._now + min(patience.again_most, patience.again * 2 ** min(waits.tries, 30))
        waits.tries += 1

    async def _failed(self, visit: str, waits: _Waiting, failed: LookupFailed) -> None:
        refused = failed.fault is Fault.AUTHENTICATION
        extra = {"action": "insurance", "visit": visit, "fault": str(failed)}
        log.warning("no answer about a card", extra=extra)
        self._later(waits)
        first, most = (
            (self._patience.account, self._patience.account_most)
            if refused
            else (self._patience.away, self._patience.away_most)
        )
        # Several that were under way fail together: that is one fault.
        if self._now >= self._rests_until:
            self._rest = min(most, max(first, 2 * self._rest))
            self._rests_until = self._now + self._rest
        self._show(PortalState.ACCOUNT_REFUSED if refused else PortalState.AWAY)
        if refused and not self._alarmed:
            self._alarmed = True
            await self._desk.alarm()

    def _reached(self) -> None:
        self._rest = self._rests_until = 0.0
        self._alarmed = False
        self._show(PortalState.REACHABLE)

    def _show(self, state: PortalState) -> None:
        if state is not self._state:
            self._state = state
            log.info("the insurance portal is %s", state, extra={"action": "insurance", "state": state})
            self._desk.show(state)


def _where(error: Exception) -> str:
    """What kind of error, and where it was raised; its own words may repeat a patient's name."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(frame.filename).name}:{frame.lineno} {frame.name})"
