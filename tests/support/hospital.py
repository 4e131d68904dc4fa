"""A small hospital on paper for rule tests: it keeps a `Day`, a clock and the journal, and runs commands.

After every command it folds the journal again and compares, unless told not to.
"""

from collections.abc import Sequence
from typing import TypeVar

from queue_server.engine import calling, clock, due
from queue_server.engine.decide import decide
from queue_server.engine.decision import FACTS, Admission, EngineCommand, Rejection
from queue_server.engine.events import DayOpened, Event
from queue_server.engine.evolve import begin, evolve, fold
from queue_server.engine.facility import (
    EXAM_SLOT,
    ClinicPlan,
    Facility,
    Hall,
    KioskPlan,
    Payer,
    PractitionerPlan,
    Reason,
    Route,
    ScreenPlan,
    Service,
    SessionPlan,
    Words,
)
from queue_server.engine.hours import day_starts, service_day
from queue_server.engine.model import Actor, Context, Day, Standing, Visit, VisitPart
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AgeGroup,
    Binding,
    ClinicKind,
    GateName,
    Language,
    ReasonKind,
    Refusal,
    Role,
)
from queue_server.protocol.results import Called, Outcome, StepsAdded, Ticket
from queue_server.protocol.values import replaced

T = TypeVar("T", bound=Outcome)
DAY = "2026-11-23"
MINUTE = 60_000
HOUR = 60 * MINUTE
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def words(text: str) -> Words:
    return Words(text, text)


def service(name: str, kind: ClinicKind, letter: str, minutes: int = 5, **more: object) -> Service:
    return replaced(Service(name, words(name), kind, letter, minutes), **more)


def clinic(
    name: str, kind: ClinicKind, *services: str, places: int = 1, discreet: bool = False
) -> ClinicPlan:
    public = words("Phòng" if discreet else name)
    return ClinicPlan(name, words(name), public, name, kind, "hall_a", services, places, discreet)


SERVICES = (
    service("reception", ClinicKind.RECEPTION, "A", 3, binding=Binding.POOLED),
    service("cashier", ClinicKind.CASHIER, "H", 2, binding=Binding.POOLED, opens=(GateName.PAID,)),
    service("vitals", ClinicKind.VITALS, "L", 2, binding=Binding.POOLED),
    service("internal", ClinicKind.EXAM, "M", 8, choosable=True),
    service("eyes", ClinicKind.EXAM, "R", 6, choosable=True, clinic_numbers=True),
    service("skin", ClinicKind.EXAM, "S", 6, binding=Binding.AT_CHECK_IN, choosable=True),
    service("surgery", ClinicKind.EXAM, "X", 10, binding=Binding.AT_DESK),
    service("blood", ClinicKind.SAMPLING, "Y", 3, has_result=True),
    service("ultrasound", ClinicKind.IMAGING, "Y", 10, has_result=True),
    service("x_ray", ClinicKind.IMAGING, "Y", 5, has_result=True, gates=(GateName.PAID,)),
    service("pharmacy", ClinicKind.PHARMACY, "Y", 2, binding=Binding.POOLED),
    service("emergency", ClinicKind.EXAM, "Y", 15),
)
CLINICS = (
    clinic("desk_1", ClinicKind.RECEPTION, "reception"),
    clinic("desk_2", ClinicKind.RECEPTION, "reception"),
    clinic("till", ClinicKind.CASHIER, "cashier"),
    clinic("vitals_1", ClinicKind.VITALS, "vitals"),
    clinic("room_1", ClinicKind.EXAM, "internal"),
    clinic("room_2", ClinicKind.EXAM, "internal"),
    clinic("room_3", ClinicKind.EXAM, "eyes"),
    clinic("room_4", ClinicKind.EXAM, "skin"),
    clinic("room_5", ClinicKind.EXAM, "skin", discreet=True),
    clinic("room_6", ClinicKind.EXAM, "surgery"),
    clinic("lab", ClinicKind.SAMPLING, "blood", places=4),
    clinic("scan", ClinicKind.IMAGING, "ultrasound", "x_ray"),
    clinic("counter", ClinicKind.PHARMACY, "pharmacy"),
    clinic("night", ClinicKind.EXAM, "emergency"),
)
ROUTES = (
    Route(
        "insured", "insured", "exam", words("insured"), ("reception", "vitals", EXAM_SLOT), identified=True
    ),
    Route("fee", "fee", "exam", words("fee"), ("cashier", EXAM_SLOT, "pharmacy")),
    Route("vitals", "fee", "check", words("check"), ("vitals",)),
    Route("night", "fee", "night", words("night"), ("emergency",)),
)
DOCTORS = ("an", "binh", "chi", "dung")
SESSIONS = (
    SessionPlan("night", "dung", 0, 1440),
    SessionPlan("room_1", "an", 7 * 60, 11 * 60 + 30),
    SessionPlan("room_1", "an", 13 * 60, 16 * 60),
    SessionPlan("room_2", "binh", 7 * 60, 11 * 60 + 30),
)


def facility(**more: object) -> Facility:
    base = Facility(
        id="demo",
        name=words("demo"),
        time_zone="Asia/Ho_Chi_Minh",
        halls={"hall_a": Hall("hall_a", words("A"), words("1"))},
        services={s.id: s for s in SERVICES},
        clinics={k.id: k for k in CLINICS},
        practitioners={d: PractitionerPlan(d, d) for d in DOCTORS},
        sessions=SESSIONS,
        routes={r.id: r for r in ROUTES},
        payers={p: Payer(p, words(p), p == "insured") for p in ("insured", "fee")},
        reasons={kind.value: Reason(kind.value, kind, words(kind.value)) for kind in ReasonKind},
        kiosks={f"kiosk_{n}": KioskPlan(f"kiosk_{n}", n, "hall_a") for n in (1, 7)},
        screens={"screen": ScreenPlan("screen", "hall_a")},
        reception="reception",
    )
    return replaced(base, **more)


class Hospital:
    """Runs commands on a day. check: fold the whole journal again after each."""

    def __init__(
        self, plan: Facility | None = None, *, open_all: bool = True, at: int = 7 * HOUR, check: bool = True
    ) -> None:
        self.plan = plan or facility()
        self.now = day_starts(self.plan, DAY) + at
        self.check = check
        self._fresh = 0
        self.journal: list[Event] = list(clock.open_day(self.plan, DAY, self.now))
        self.day = _follow(self.journal, self.now)
        self.closed: list[Day] = []
        if open_all:
            for name in self.plan.clinics:
                self.ok(c.OpenClinic(clinic=name))

    # running ----------------------------------------------------------------------------------------

    def run(
        self, command: EngineCommand, *, device: str = "console_1", role: Role = Role.SUPERVISOR
    ) -> Outcome | Rejection:
        decision = decide(self.day, command, Context(Actor(device, role), self.now, self.fresh()))
        if isinstance(decision, Rejection):
            return decision
        self.follow(decision.events)
        return decision.outcome

    def follow(self, events: Sequence[Event]) -> None:
        for event in events:
            evolve(self.day, event, self.now)
        self.journal += events
        if self.check:
            self.check_fold()

    def check_fold(self) -> None:
        assert fold(self.journal, self.day.now) == self.day

    def ok(self, command: EngineCommand, **who: object) -> Outcome:
        outcome = self.run(command, **who)  # type: ignore[arg-type]  # device and role
        assert not isinstance(outcome, Rejection), outcome
        return outcome

    def refused(self, command: EngineCommand, code: Refusal, **who: object) -> Rejection:
        outcome = self.run(command, **who)  # type: ignore[arg-type]  # device and role
        assert isinstance(outcome, Rejection), outcome
        assert outcome.code is code, outcome
        assert set(outcome.facts) <= set(FACTS[code]), outcome
        return outcome

    def pass_time(self, ms: int) -> None:
        self.now += ms

    def advance(self, ms: int = 0) -> None:
        """Let time pass, and the clock say so; a day that ended gives way to the next."""
        self.pass_time(ms)
        if due.day_ended(self.day, self.now):
            self.follow(clock.close_day(self.day, self.now))
            before = self.day
            self.closed.append(before)
            name = service_day(self.plan, self.now)
            self.journal = list(clock.open_day(self.plan, name, self.now, before))
            self.day = _follow(self.journal, self.now)
        self.ok(c.Advance(), device="clock", role=Role.CLOCK)

    def fresh(self) -> str:
        self._fresh += 1
        value, text = self._fresh, ""
        for _ in range(16):
            value, digit = divmod(value, 32)
            text = _BASE32[digit] + text
        return text

    # the usual commands -----------------------------------------------------------------------------

    def register(
        self,
        payer: str = "insured",
        kind: str = "exam",
        *,
        person: str | None = "",
        service: str | None = None,
        practitioner: str | None = None,
        age: AgeGroup = AgeGroup.ORDINARY,
        typed: bool = False,
        declared: bool = False,
        number: str | None = None,
        at: int | None = None,
        device: str = "kiosk_1",
    ) -> Ticket:
        """A patient at a kiosk; person "" is somebody new."""
        ticket = self.ok(
            self.admission(payer, kind, person, service, practitioner, age, typed, declared, number, at),
            device=device,
            role=Role.KIOSK,
        )
        assert isinstance(ticket, Ticket)
        return ticket

    def admission(
        self,
        payer: str = "insured",
        kind: str = "exam",
        person: str | None = "",
        service: str | None = None,
        practitioner: str | None = None,
        age: AgeGroup = AgeGroup.ORDINARY,
        typed: bool = False,
        declared: bool = False,
        number: str | None = None,
        at: int | None = None,
    ) -> Admission:
        who = f"person-{self.fresh()}" if person == "" else person
        return Admission(
            payer=payer,
            kind=kind,
            language=Language.VI,
            person=who,
            age_group=age,
            typed=typed,
            service=service,
            practitioner=practitioner,
            declared_priority=declared,
            number=number,
            at=at,
        )

    def call(self, clinic: str, after: str | None = None) -> Called:
        called = self.ok(c.CallNext(clinic=clinic, after=after))
        assert isinstance(called, Called)
        return called

    def called(self, clinic: str, after: str | None = None) -> str:
        """The step that the clinic calls now."""
        step = self.call(clinic, after).step
        assert step is not None
        return step

    def finish(self, step: str) -> None:
        self.ok(c.Finish(step=step))

    def order(self, step: str, *services: str, back: bool = True) -> tuple[str, ...]:
        added = self.ok(
            c.AddSteps(
                visit=self.day.steps[step].visit,
                orders=tuple(c.Order(service=name) for name in services),
                step=step,
                back=back,
            )
        )
        assert isinstance(added, StepsAdded)
        return added.steps

    def undo(self, clinic: str) -> None:
        act = self.day.clinics[clinic].act
        assert act is not None
        self.ok(c.Undo(clinic=clinic, act=act.number))

    # looking ----------------------------------------------------------------------------------------

    def standing(self, step: str) -> Standing:
        return self.day.steps[step].standing

    def visit(self, visit: str) -> Visit:
        return self.day.visits[visit]

    def part(self, visit: str) -> VisitPart:
        return self.day.visits[visit].part

    def step_at(self, visit: str, service: str) -> str:
        """The visit's newest step at a service."""
        return [s for s in self.day.visits[visit].steps if self.day.steps[s].service == service][-1]

    def order_at(self, clinic: str) -> list[str]:
        """The numbers that the clinic would call, next first."""
        return [self.number(step) for step in calling.order(self.day, clinic)]

    def number(self, step: str) -> str:
        return self.day.visits[self.day.steps[step].visit].part.number


def _follow(events: Sequence[Event], now: int) -> Day:
    first = events[0]
    assert isinstance(first, DayOpened)
    day = begin(first)
    for event in events[1:]:
        evolve(day, event, now)
    return day
