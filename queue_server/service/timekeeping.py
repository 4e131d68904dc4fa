"""Time moves by command: when the service wakes by itself, and what it does then (DESIGN §4)."""

import logging
from collections.abc import Sequence

from queue_server.protocol.codes import AlertKind
from queue_server.protocol.commands import Advance, RaiseAlert
from queue_server.service.believed import BelievedTime
from queue_server.service.committed import Committed
from queue_server.service.days import CLOCK, Days
from queue_server.service.forgetting import HOUR, Forgetting
from queue_server.service.mailbox import Mailbox
from queue_server.service.once import Wish
from queue_server.service.rules import Rules

log = logging.getLogger(__name__)

CADENCE = 15_000
"""Milliseconds between two advances at most (DESIGN §4)."""


class Timekeeping:
    """Puts `advance` into the mailbox, tells of clock jumps, ends the day, and forgets people."""

    def __init__(
        self,
        rules: Rules,
        believed: BelievedTime,
        committed: Committed,
        mailbox: Mailbox,
        days: Days,
        forgetting: Forgetting,
    ) -> None:
        self._rules = rules
        self._believed = believed
        self._committed = committed
        self._mailbox = mailbox
        self._days = days
        self._forgetting = forgetting
        self._advanced_at = 0
        self._left_due: int | None = None
        self._roll_at = 0
        self._forget_at = 0

    def next_moment(self) -> int:
        """When time has to move next, ms: what falls due, or the cadence."""
        latest = self._advanced_at + CADENCE
        due = self._next_due()
        # What an advance left undone is not asked again before the cadence: the loop must not spin on it.
        return latest if due is None or due == self._left_due else min(due, latest)

    async def keep(self) -> None:
        """Do what the present moment asks for."""
        now = self._believed.now()
        self._tell_of_jump()
        if self._days.over(now) and now >= self._roll_at:
            self._roll_at = now + CADENCE
            await self._days.roll()
        if now >= self.next_moment():
            self._advanced_at = now
            self._mailbox.put_first(Wish(CLOCK, Advance()))
        if self._believed.trusted and now >= self._forget_at:
            self._forget_at = now + HOUR
            await self._forgetting.forget(now)

    def served(self, wishes: Sequence[Wish]) -> None:
        """These were served: if an advance was among them, note what it left undone."""
        if self._committed.day is not None and any(isinstance(wish.command, Advance) for wish in wishes):
            due = self._next_due()
            self._left_due = due if due is not None and due <= self._advanced_at else None

    def _next_due(self) -> int | None:
        day = self._committed.day
        return self._rules.next_due(day) if day is not None else None

    def _tell_of_jump(self) -> None:
        jump = self._believed.untold_jump(self._committed.day)
        if jump is None:
            return
        log.error("The wall clock jumped", extra={"action": "clock", "by_ms": jump.by})
        alarm = RaiseAlert(
            kind=AlertKind.CLOCK_JUMPED, subject=CLOCK.device, detail="forward" if jump.by > 0 else "back"
        )
        self._mailbox.put_first(Wish(CLOCK, alarm))
