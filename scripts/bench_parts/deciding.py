"""What one command costs the engine: deciding, folding, and the lines it touched; and how that grows with the
day. Apart from it, what moving time costs."""

import gc
import time
from collections import deque
from pathlib import Path

from queue_server.engine import calling, due
from queue_server.engine.clock import CLOCK, open_day
from queue_server.engine.decide import decide
from queue_server.engine.decision import Admission, Decision, EngineCommand, Rejection
from queue_server.engine.events import DayOpened, Event, StepChanged
from queue_server.engine.evolve import begin, evolve
from queue_server.engine.hours import day_starts, service_day
from queue_server.engine.model import Actor, Context, Day
from queue_server.protocol import commands as c
from queue_server.protocol import results
from queue_server.protocol.codes import AgeGroup, Language, PrintState, Role
from queue_server.service.timekeeping import CADENCE
from queue_server.site import load
from queue_server.views.clinics import LONGEST_LINE
from scripts.bench_parts import hospital
from scripts.bench_parts.figures import GaveUp, Report, percentile, short

MANY, FEW = 10_000, 100
"""Visits in the day."""
WAITING = 1_000
BATCH = 64
"""Commands after which the lines they touched are put in order once, as for one commit."""
PACE = 100
"""Milliseconds from one command to the next on the day's own clock."""
KIOSK = Actor("kiosk-1", Role.KIOSK)
STAFF = Actor("supervisor-1", Role.SUPERVISOR)
MINUTE = 60_000


def measure(report: Report, folder: Path, *, quick: bool) -> None:
    """The mix of the durable part, decided on a long day and on a short one, in turn."""
    rounds = 3 if quick else 7
    commands = 1_000 if quick else 2_000
    report.note(
        f"70% register, 15% call_next, 15% finish; {MANY} visits in the day and {WAITING} waiting; "
        f"lines put in order every {BATCH} commands"
    )
    site = hospital.write_site(folder / "deciding.toml", hospital.day_began(2))
    long_day, short_day = _Shift(site), _Shift(site)
    long_day.live(MANY - WAITING)
    long_day.fill(WAITING)
    # Everything a server keeps is out of the collector's sight after its start.
    gc.collect()
    gc.freeze()
    costs, small, parts = [], [], {"decide": [0.0], "evolve": [0.0], "lines": [0.0]}
    for _ in range(rounds):
        long_day.thin_out(WAITING)
        cost = long_day.mix(commands)
        costs.append(sum(cost.values()))
        for name, us in cost.items():
            parts[name].append(us)
        short_day = _Shift(site)
        short_day.fill(FEW // 2)
        small.append(sum(short_day.mix(FEW // 2).values()))
    gc.unfreeze()
    report.add("engine.decide_us", "us a command", costs, "50")
    report.note(", ".join(f"{name} {short(sorted(us)[len(us) // 2])}" for name, us in parts.items()) + " us")
    report.add("engine.small_day_us", "us a command", small)
    ratios = [a / b for a, b in zip(costs, small, strict=True)]
    report.add("engine.growth", "of a small day", ratios, "3")
    moves, dues = long_day.advances, long_day.looks
    report.add("engine.advance_ms", "ms, half are less", [percentile(moves, 0.5) * 1e3])
    report.add("engine.restate_ms", "ms, the longest", [max(moves) * 1e3])
    report.add("engine.next_due_us", "us a batch", [percentile(dues, 0.5) * 1e6])


class _Shift:
    """One hospital day, driven through the engine alone. Time passes as commands come."""

    def __init__(self, site: Path) -> None:
        facility = load(site).facility
        # A fixed morning: what is measured must not depend on when.
        some_day = service_day(facility, 1_795_500_000_000)
        self._now = day_starts(facility, some_day) + 2 * MINUTE
        opened, *more = open_day(facility, some_day, self._now)
        if not isinstance(opened, DayOpened):
            raise GaveUp("a day does not begin with DayOpened")
        self.day: Day = begin(opened)
        self._fold(more)
        self._coming = 0
        self._advanced_at = 0
        self.advances: list[float] = []
        self.looks: list[float] = []
        self._clinics = hospital.clinics()
        self._in_hand: dict[str, deque[str]] = {each.id: deque() for each in self._clinics}
        for each in self._clinics:
            self._do(STAFF, c.OpenClinic(clinic=each.id))

    def live(self, visits: int) -> None:
        """Let so many come and go home."""
        coming = visits
        while coming or self.day.open_visits:
            for _ in range(min(coming, 100)):
                self._arrive()
                coming -= 1
            for each in self._clinics:
                for _ in range(each.places):
                    self._next(each.id)

    def thin_out(self, waiting: int) -> None:
        """Let so many go home that no more than these are left."""
        while self.day.open_visits > waiting:
            for each in self._clinics:
                for _ in range(each.places):
                    self._next(each.id)

    def fill(self, waiting: int) -> None:
        """Let so many come and wait, until time has moved and all lines were looked at."""
        for _ in range(waiting):
            self._arrive()
        self._now += CADENCE
        self._move_time(self._now)

    def mix(self, commands: int) -> dict[str, float]:
        """The mean cost (us) of commands as the durable part sends them, by what it is spent on."""
        ids = [each.id for each in self._clinics]
        pairs = [(self._admission(), ids[n % len(ids)]) for n in range(commands)]
        spent = dict.fromkeys(("decide", "evolve", "lines"), 0.0)
        touched: set[str] = set()
        clock = time.perf_counter
        for n, (admission, clinic) in enumerate(pairs):
            command, actor = self._turn(n, admission, clinic)
            context = self._context(actor)
            self._move_time(context.now)
            began = clock()
            decided = decide(self.day, command, context)
            done = clock()
            spent["decide"] += done - began
            if isinstance(decided, Decision):
                for event in decided.events:
                    evolve(self.day, event, context.now)
                spent["evolve"] += clock() - done
                touched.update(_clinics_of(decided.events))
                self._note(clinic, command, decided)
                self._confirm(decided.outcome)
            if n % BATCH == BATCH - 1 or n == commands - 1:
                began = clock()
                for line in touched:
                    calling.explain(self.day, line, LONGEST_LINE)
                spent["lines"] += clock() - began
                touched.clear()
        return {name: seconds / commands * 1e6 for name, seconds in spent.items()}

    def _turn(self, n: int, admission: Admission, clinic: str) -> tuple[EngineCommand, Actor]:
        match n % 20:
            case 0 | 7 | 13:
                return self._call(clinic), STAFF
            case 3 | 10 | 17 if self._in_hand[clinic]:
                return c.Finish(step=self._in_hand[clinic].popleft()), STAFF
            case _:
                return admission, KIOSK

    def _call(self, clinic: str) -> c.CallNext:
        full = len(self._in_hand[clinic]) >= self.day.facility.clinics[clinic].places
        return c.CallNext(clinic=clinic, after=self._in_hand[clinic].popleft() if full else None)

    def _next(self, clinic: str) -> None:
        told = self._do(STAFF, self._call(clinic))
        if told is None and self._in_hand[clinic]:
            self._do(STAFF, c.Finish(step=self._in_hand[clinic].popleft()))

    def _do(self, actor: Actor, command: EngineCommand) -> Decision | None:
        context = self._context(actor)
        self._move_time(context.now)
        decided = decide(self.day, command, context)
        if isinstance(decided, Rejection):
            return None
        for event in decided.events:
            evolve(self.day, event, context.now)
        if isinstance(command, c.CallNext):
            self._note(command.clinic, command, decided)
        self._confirm(decided.outcome)
        return decided

    def _note(self, clinic: str, command: EngineCommand, decided: Decision) -> None:
        if (
            isinstance(command, c.CallNext)
            and isinstance(decided.outcome, results.Called)
            and decided.outcome.step
        ):
            self._in_hand[clinic].append(decided.outcome.step)

    def _confirm(self, told: results.Outcome) -> None:
        """The kiosk says that its paper came out; else time would have a paper to ask for at every moment."""
        if isinstance(told, results.Ticket):
            self._do(KIOSK, c.Confirm(print=told.print, state=PrintState.ACKNOWLEDGED, number=told.number))

    def _arrive(self) -> None:
        self._do(KIOSK, self._admission())

    def _admission(self) -> Admission:
        self._coming += 1
        n = self._coming
        return Admission(
            payer="fee" if n % 2 else "insured",
            kind="exam",
            language=Language.VI,
            person=f"person-{n}",
            age_group=AgeGroup.FROM_75 if n % 5 == 0 else AgeGroup.ORDINARY,
            typed=False,
            service=hospital.EXAMS[n % len(hospital.EXAMS)],
        )

    def _move_time(self, now: int) -> None:
        """Advance when something is due and at the cadence, as the server does."""
        clock = time.perf_counter
        began = clock()
        moment = due.next_due(self.day)
        self.looks.append(clock() - began)
        if now < self._advanced_at + CADENCE and (moment is None or now < moment):
            return
        self._advanced_at = now
        began = clock()
        decided = decide(self.day, c.Advance(), Context(CLOCK, now, f"{now:020d}"))
        if isinstance(decided, Rejection):
            raise GaveUp("time cannot be moved")
        for event in decided.events:
            evolve(self.day, event, now)
        self.advances.append(clock() - began)

    def _context(self, actor: Actor) -> Context:
        self._now += PACE
        return Context(actor, self._now, f"{self._now:020d}")

    def _fold(self, events: list[Event]) -> None:
        for event in events:
            evolve(self.day, event, self._now)


def _clinics_of(events: tuple[Event, ...]) -> set[str]:
    changes = [event for event in events if isinstance(event, StepChanged)]
    return {part.clinic for event in changes for part in (event.was, event.now) if part.clinic}
