"""The asyncio shell of the link: the queue server on one side, a HIS on the other, and the file between them.

A saying is on disk before its first command leaves, every command before it is sent, and every fact in the
same transaction as the row that it was read from. So a link that is killed anywhere goes on where it was: the
same commands under the same ids, the same facts under the same keys.
"""

import asyncio
import contextlib
import hashlib
import logging
import time
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

import msgspec

from queue_server.client import Change, Connection, Wish
from queue_server.his import link
from queue_server.his.keep import REMEMBERED, Fact, Keep, digest
from queue_server.his.link import Reply, Verdict
from queue_server.his.mirror import Mirror
from queue_server.his.port import (
    Answer,
    Heard,
    HisAdapter,
    HisError,
    HisRefused,
    HisUnreachable,
    Outcome,
    Room,
    Said,
    Told,
    VisitSaid,
    What,
    as_code,
)
from queue_server.his.settings import Settings
from queue_server.protocol.codes import HIS_GONE, AlertKind, Refusal, Role
from queue_server.protocol.commands import (
    Acknowledge,
    AcknowledgeAlert,
    AddSteps,
    Agree,
    Command,
    Disagree,
    RaiseAlert,
)
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.rows import HisStep

TOPICS = ("his", "facility")
TELLERS = 4
"""Facts told at a time; those of one visit one after the other."""
RETRY_FIRST, RETRY_MOST = 0.25, 10.0
"""Seconds before a fact is told again: doubling, up to the second figure."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at what waits, and at whether the HIS is there."""
FORGET_EVERY = 3_600.0
ALL_DAY = 86_400.0

log = logging.getLogger(__name__)
_row = msgspec.json.Decoder(HisStep)


def stable_id(saying: str, command: Command) -> str:
    """A UUIDv7-shaped id that the same command of the same saying always gets."""
    text = f"{saying}\n".encode() + msgspec.json.encode(command)
    raw = bytearray(hashlib.sha256(text).digest()[:16])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))


@dataclass(slots=True)
class _Gone:
    """Since when (monotonic seconds) the HIS is not there; told: whether staff know."""

    since: float | None = None
    told: bool = False


class Runner:
    """One link. adapter: the way to the HIS. `run` goes on until cancelled."""

    def __init__(self, settings: Settings, keep: Keep, adapter: HisAdapter, *, name: str = "his") -> None:
        self.settings = settings
        self.keep = keep
        self.mirror = Mirror(settings)
        self._adapter = adapter
        self._name = name
        server = settings.queue_server
        self.connection = Connection(
            server.servers, Role.INTEGRATION, server.token, client="queue-server his", on_change=self._changed
        )
        self._fed: set[str] = set()
        self._is_fed = asyncio.Event()
        self._dirty: dict[str, None] = {}
        self._stirred = asyncio.Event()
        self._untold: dict[int, Fact] = {fact.seq: fact for fact in keep.untold()}
        self._telling: set[str] = set()
        self._asking: set[str] = set()
        self._is_to_tell = asyncio.Event()
        self._turn = asyncio.Lock()
        self._waiting = {said.id: (said, at) for said, at in keep.unfinished()}
        self._rests: dict[str, tuple[float, float]] = {}
        self._running: dict[str, asyncio.Task[Heard]] = {}
        self._settling: set[tuple[str | None, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = _Gone()

    async def run(self) -> None:
        """Keep both sides talking until cancelled."""
        for topic in TOPICS:
            self.connection.subscribe(topic)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.connection.run(), name="queue server")
            group.create_task(self._adapter.run(self), name="his")
            group.create_task(self._follow(), name="follow")
            group.create_task(self._look_again(), name="look again")
            if self._adapter.tells:
                for number in range(TELLERS):
                    group.create_task(self._tell(), name=f"tell {number}")

    # What the HIS says ------------------------------------------------------------------------------

    @property
    def is_linked(self) -> bool:
        """Whether the queue server is there and its rows have come."""
        return self.connection.online and self._is_fed.is_set()

    async def hear(self, sayings: Sequence[Said]) -> list[Heard]:
        """Take these, in this order; each is answered when the queue server has answered, or `again`."""
        self._his_is_there()
        tasks = [self._begin(said) for said in sayings]
        if tasks:
            await asyncio.wait(tasks, timeout=self.settings.patience.answers)
        return [
            task.result() if task.done() else Heard(said.id, Outcome.AGAIN, "unavailable", _AWAY)
            for said, task in zip(sayings, tasks, strict=True)
        ]

    def _begin(self, said: Said, *, ours: bool = False) -> "asyncio.Task[Heard]":
        """ours: taken up again by ourselves, not said by the HIS."""
        known = self.keep.known(said.id)
        if known is not None and not ours and known.digest != digest(said):
            return asyncio.create_task(_reused(said))
        running = self._running.get(said.id)
        if running is not None:
            return running
        task = asyncio.create_task(self._take(said))
        self._running[said.id] = task
        task.add_done_callback(lambda _: self._running.pop(said.id, None))
        return task

    async def _take(self, said: Said) -> Heard:
        known = self.keep.known(said.id)
        if known is not None and known.heard.result not in (Outcome.AGAIN, Outcome.WAITING):
            return known.heard
        known = known or self.keep.take(said, _now())
        async with self._turn:
            return await self._carry_out(said, known.at)

    async def _carry_out(self, said: Said, came_at: int) -> Heard:
        """Plan a saying and send its commands, one after the other."""
        await self._is_fed.wait()
        about, at = link.subject(said), _moment(said, came_at)
        if about is not None and not self.keep.is_newest(about, at, said.id):
            return await self._answer(said, Verdict(Outcome.OUTDATED), came_at)
        if about is not None:
            # Before its commands leave: after a crash an older saying must not come in between, for the same
            # command sent again has no effect.
            self.keep.settle_newest(about, at, said.id)
        verdict = await self._run_plan(said)
        if verdict.outcome is Outcome.DONE:
            for agree in link.agreed_by_word(self.mirror, said):
                await self._send(agree)
        return await self._answer(said, verdict, came_at)

    async def _run_plan(self, said: Said) -> Verdict:
        plan = link.plan(self.mirror, said, self.settings.cancel_reason)
        try:
            command = next(plan)
            while True:
                if isinstance(command, AddSteps):
                    command = self.keep.planned(said.id, command)
                command = plan.send(await self._send(command, stable_id(said.id, command)))
        except StopIteration as stop:
            verdict: Verdict = stop.value
            return verdict

    async def _answer(self, said: Said, verdict: Verdict, came_at: int) -> Heard:
        outcome, why = verdict.outcome, verdict.why
        if outcome is Outcome.WAITING and self._waited_out(said, came_at):
            verdict = link.refused(why, _of(said), listed=not isinstance(said, VisitSaid))
            outcome = verdict.outcome
        if verdict.listed:
            # Before it counts as answered: a crash in between says it once more.
            await self.complain(verdict.why, verdict.what or said.id)
        heard = Heard(said.id, outcome, why, link.WORDS.get(why, ""))
        self.keep.answered(heard)
        if outcome is Outcome.WAITING:
            self._waiting[said.id] = (said, came_at)
        else:
            self._waiting.pop(said.id, None)
        if outcome is not Outcome.DONE:
            log.info("a saying is %s: %s", outcome.value, why, extra={"action": "heard", "saying": said.id})
        return heard

    async def complain(self, about: str, what: str) -> None:
        """List something that could not be used, and tell staff."""
        await self._send(Disagree(about=about, ours="", his=as_code(what)))
        await self._send(RaiseAlert(kind=AlertKind.HIS, subject=self._name, detail=about))

    def rooms(self) -> list[Room]:
        """How the rooms stand, in the HIS's codes."""
        mirror = self.mirror
        return [
            Room(
                mirror.clinic_codes.his(row.clinic),
                tuple(mirror.service_codes.his(service) for service in row.services),
                row.state.value,
                row.waiting,
                row.expected,
            )
            for row in mirror.clinics.values()
        ]

    # What the queue server shows ---------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        rows = self.connection.rows(change.topic)
        if change.topic == "facility":
            self.mirror.replace_facility(rows)
        elif change.whole:
            self.mirror.replace_visits(rows.values())
            self._dirty.update(dict.fromkeys(self.mirror.steps))
        else:
            for key in change.put:
                self.mirror.put(rows[key])
                if key in self.mirror.steps:
                    self._dirty[key] = None
        self._fed.add(change.topic)
        if self._fed.issuperset(TOPICS):
            self._is_fed.set()
        self._stirred.set()

    async def _follow(self) -> None:
        """Note what the HIS has to be told, and settle what both say by now."""
        await self._is_fed.wait()
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            dirty, self._dirty = self._dirty, {}
            for key in dirty:
                step = self.mirror.steps.get(key)
                if step is not None and self._adapter.tells:
                    self._note(step)
            for agree in link.settled(self.mirror):
                self._settle(agree)
            if dirty:
                self._try_waiting()

    def _note(self, step: HisStep) -> None:
        kept = self.keep.told_row(step.key)
        was, count = (_row.decode(kept[0]), kept[1]) if kept else (None, 0)
        if not link.is_news(was, step):
            return
        found = link.facts(self.mirror, was, step, count, _now())
        self.keep.note(step.key, msgspec.json.encode(step), count + len(found), found, _now())
        if found:
            self._untold = {fact.seq: fact for fact in self.keep.untold()}
            self._is_to_tell.set()
            self._ask_all()

    def _settle(self, agree: Agree) -> None:
        key = (agree.visit, agree.about)
        if key not in self._settling:
            self._settling.add(key)

            async def say() -> None:
                await self._send(agree)
                self._settling.discard(key)

            self._spawn(say())

    def _try_waiting(self) -> None:
        """Try again what waits, or what a crash cut off, once there is more to it than waiting."""
        for said, came_at in list(self._waiting.values()):
            if said.id in self._running:
                continue
            still = link.still_waits(self.mirror, said, self.settings.cancel_reason)
            if not still or self._waited_out(said, came_at):
                self._begin(said, ours=True)

    def _waited_out(self, said: Said, came_at: int) -> bool:
        patience = ALL_DAY if isinstance(said, VisitSaid) else self.settings.patience.waits
        return _now() - came_at >= patience * 1000

    # What the HIS is told ---------------------------------------------------------------------------

    def _ask_all(self) -> None:
        """Rooms that the HIS has to take over are told at once, past everything else."""
        for fact in list(self._untold.values()):
            if fact.told.answer_by is not None and fact.told.key not in self._asking:
                self._asking.add(fact.told.key)
                self._spawn(self._ask(fact))

    async def _ask(self, fact: Fact) -> None:
        told, due = fact.told, fact.told.answer_by or 0
        left = (due - self.connection.server_now) / 1000
        answer: Answer | None = None
        try:
            if left > 0:
                async with asyncio.timeout(left):
                    answer = await self._ask_until_answered(told)
        except TimeoutError:
            self._his_is_gone()
        if answer is not None:
            self._his_is_there()
            await self._acknowledge(told, answer)
        self._over(fact, "lapsed" if answer is None else "told")

    async def _ask_until_answered(self, told: Told) -> Answer:
        while True:
            try:
                return await self._adapter.tell(told)
            except HisRefused:
                return Answer(accepted=False)
            except HisUnreachable:
                await asyncio.sleep(RETRY_FIRST)

    async def _acknowledge(self, told: Told, answer: Answer) -> None:
        clinic = self.mirror.clinic_codes.ours(told.clinic)
        said = Acknowledge(step=told.step, clinic=clinic, accepted=answer.accepted, call_sign=answer.number)
        reply = await self._send(said, stable_id(told.key, said))
        if isinstance(reply, Rejected) and not answer.accepted and reply.facts.get("clinic") == clinic:
            # A desk would not wait for this no.
            his = answer.reason or "refused"
            await self._send(Disagree(visit=told.visit, step=told.step, about="clinic", ours=clinic, his=his))
        if isinstance(reply, Rejected) and reply.code is Refusal.SIGN_TAKEN:
            said = Acknowledge(step=told.step, clinic=clinic, accepted=answer.accepted)
            await self._send(said, stable_id(told.key, said))
            await self._send(
                Disagree(
                    visit=told.visit,
                    step=told.step,
                    about="call_sign",
                    ours=told.call_sign,
                    his=answer.number or "",
                )
            )

    async def _tell(self) -> None:
        """Tell the HIS one fact after the other; those of one visit in their order."""
        while True:
            fact = self._next_fact()
            if fact is None:
                self._is_to_tell.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_FIRST if self._rests else None):
                        await self._is_to_tell.wait()
                continue
            self._telling.add(fact.told.visit)
            try:
                answer = await self._adapter.tell(fact.told)
                self._his_is_there()
                self._rests.pop(fact.told.visit, None)
                await self._took_note(fact.told, answer)
                self._over(fact, "told")
            except HisRefused:
                self._his_is_there()
                self._rests.pop(fact.told.visit, None)
                await self.complain("refused_by_his", fact.told.key)
                self._over(fact, "refused")
            except HisUnreachable:
                self._his_is_gone()
                _, wait = self._rests.get(fact.told.visit, (0.0, RETRY_FIRST / 2))
                wait = min(RETRY_MOST, wait * 2)
                self._rests[fact.told.visit] = (time.monotonic() + wait, wait)
            finally:
                self._telling.discard(fact.told.visit)
                self._is_to_tell.set()

    def _next_fact(self) -> Fact | None:
        now = time.monotonic()
        busy = {*self._telling, *(visit for visit, (until, _) in self._rests.items() if until > now)}
        for fact in self._untold.values():
            told = fact.told
            if told.answer_by is None and told.visit not in busy:
                return fact
            busy.add(told.visit)
        return None

    def _over(self, fact: Fact, how: str) -> None:
        self.keep.settle(fact.seq, how)
        self._untold.pop(fact.seq, None)
        self._asking.discard(fact.told.key)
        self._is_to_tell.set()

    async def _took_note(self, told: Told, answer: Answer) -> None:
        """A room that a desk gave, and that the HIS will not have: both sides stay in sight."""
        if told.type is What.ASSIGNED and not answer.accepted:
            ours = self.mirror.clinic_codes.ours(told.clinic)
            his = answer.reason or "refused"
            await self._send(Disagree(visit=told.visit, step=told.step, about="clinic", ours=ours, his=his))

    # Whether the HIS is there ------------------------------------------------------------------------

    def _his_is_gone(self) -> None:
        if self._gone.since is None:
            self._gone.since = time.monotonic()
            log.warning("the HIS does not answer", extra={"action": "his_gone"})

    def _his_is_there(self) -> None:
        if self._gone.since is not None:
            self._gone.since = None
            log.info("the HIS answers again", extra={"action": "his_back"})

    async def _look_again(self) -> None:
        await self._is_fed.wait()
        self._try_waiting()
        self._ask_all()
        looked = forgot = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            now = time.monotonic()
            if self._gone.since is not None or now - looked >= self.settings.patience.gone / 3:
                looked = now
                await self._probe()
            await self._tell_of_absence()
            self._try_waiting()
            if now - forgot >= FORGET_EVERY:
                forgot = now
                self.keep.forget(_now() - REMEMBERED)

    async def _probe(self) -> None:
        try:
            await self._adapter.probe()
            self._his_is_there()
        except HisError:
            self._his_is_gone()

    async def _tell_of_absence(self) -> None:
        since = self._gone.since
        if since is not None and time.monotonic() - since >= self.settings.patience.gone:
            if not self._gone.told:
                self._gone.told = True
                self._spawn(self._raise_gone())
            return
        if since is None:
            self._gone.told = False
            for row in list(self.mirror.alerts.values()):
                if (row.subject, row.detail) == (self._name, HIS_GONE):
                    self._spawn(self._take_back(row.alert))

    async def _raise_gone(self) -> None:
        await self._send(RaiseAlert(kind=AlertKind.HIS, subject=self._name, detail=HIS_GONE))

    async def _take_back(self, alert: str) -> None:
        await self._send(AcknowledgeAlert(alert=alert))

    # The queue server --------------------------------------------------------------------------------

    async def _send(self, command: Command, id_: str | None = None) -> Reply:
        """The queue server's answer, however long it takes."""
        wish: Wish = self.connection.submit(command, id_)
        reply: Accepted | Rejected = await wish.answer
        if isinstance(reply, Rejected):
            log.info(
                "refused: %s",
                reply.code.value,
                extra={"action": "refused", "command": type(command).__name__, "wish": wish.id},
            )
        return reply

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a piece of work failed", extra={"action": "failed"}, exc_info=task.exception())

    async def stop(self) -> None:
        """Let go of what is still on its way; the file knows it."""
        for task in (*self._tasks, *self._running.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


_AWAY = "the queue server does not answer now: nothing is lost, say the same again under the same id"


async def _reused(said: Said) -> Heard:
    return Heard(said.id, Outcome.REFUSED, "id_reused", link.WORDS["id_reused"])


def _of(said: Said) -> str:
    return str(getattr(said, "visit", said.id))


def _moment(said: Said, came_at: int) -> int:
    return came_at if said.at is None else link.milliseconds(said.at)


def _now() -> int:
    return time.time_ns() // 1_000_000
