"""Any commands in any order, sensible and not: the laws hold after each, and the journal folds to the day."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from queue_server.engine import due
from queue_server.engine.authority import called_from_pool
from queue_server.engine.calling import order
from queue_server.engine.decision import FACTS, Booking, EngineCommand, Identification, Rejection
from queue_server.engine.facility import (
    EmergencyPlan,
    FirstCome,
    HeadStart,
    Policy,
    PriorityFirst,
    Ratio,
    SessionPlan,
)
from queue_server.engine.lanes import lane_of
from queue_server.engine.model import IN_HAND, OPEN, Visit
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AgeGroup,
    AlertKind,
    CalledAs,
    ClinicState,
    GateName,
    Help,
    Lane,
    Need,
    PresenceKind,
    PrintState,
    Punctuality,
    ReadyBy,
    Refusal,
    Result,
    ResultsWhen,
    ResultsWithout,
    Role,
    StepState,
)
from queue_server.protocol.results import Called, Moved, Outcome, Proposed, Ticket
from queue_server.protocol.values import replaced
from tests.support.hospital import CLINICS, DAY, DOCTORS, HOUR, MINUTE, ROUTES, SERVICES, Hospital, facility
from tests.support.laws import check_laws

CLINIC = st.sampled_from([k.id for k in CLINICS])
SERVICE = st.sampled_from([s.id for s in SERVICES])
TESTS = st.sampled_from(["blood", "ultrasound", "x_ray", "pharmacy", "eyes", "reception"])
EXAM = st.sampled_from(["internal", "eyes", "skin", "surgery"])
DOCTOR = st.sampled_from(DOCTORS)
APPOINTMENT = st.sampled_from(["A-1", "A-2", "A-3"])
ANY = st.integers(1, 60)
NONSENSE = 60
"""A pick that names nothing."""
MOSTLY = st.sampled_from([True, True, True, True, False])
AT_MOST = 2
POLICIES = (
    Policy(PriorityFirst(AT_MOST), overdue_after=0, returning_one_in=0),
    Policy(Ratio(3, 1), overdue_after=10),
    Policy(HeadStart(30), overdue_after=30, overdue_one_in=4, returning_one_in=0),
    Policy(FirstCome(), fasting_until=24 * 60),
)
STOPS: tuple[dict[str, dict[str, Any]], ...] = (
    {},
    {
        "blood": {"needs": (Need.EMPTY_BLADDER,)},
        "ultrasound": {"needs": (Need.FULL_BLADDER,), "ready_minutes": 5},
        "internal": {"results_when": ResultsWhen.ANY, "results_without": ResultsWithout.ANY},
        "skin": {"results_without": ResultsWithout.ASK},
    },
    {
        "blood": {"repeats": (1, 15), "needs": (Need.FASTING,), "ready_by": ReadyBy.STAFF},
        "x_ray": {"after": ("blood", "ultrasound"), "gap": 5},
        "internal": {"results_when": ResultsWhen.DOCTOR, "results_without": ResultsWithout.ASK},
        "eyes": {"results_without": ResultsWithout.WAIT},
    },
    {
        "blood": {"repeats": (5,), "needs": (Need.FULL_BLADDER,), "ready_by": ReadyBy.CLOCK},
        "x_ray": {"needs": (Need.EMPTY_BLADDER,), "after": ("ultrasound",)},
        "internal": {"results_without": ResultsWithout.WAIT},
        "eyes": {"results_when": ResultsWhen.ANY, "results_without": ResultsWithout.ASK},
    },
)
"""Rules of stops and of results."""
FULL = (
    SessionPlan("night", "dung", 0, 1440),
    SessionPlan("room_1", "an", 7 * 60, 9 * 60, 3),
    SessionPlan("room_1", "an", 10 * 60, 12 * 60, 2),
    SessionPlan("room_2", "binh", 7 * 60, 9 * 60 + 30, 2),
    SessionPlan("room_3", "chi", 7 * 60, 11 * 60, 4),
    SessionPlan("room_3", "chi", 12 * 60, 16 * 60),
    SessionPlan("room_4", "binh", 10 * 60, 14 * 60, 1),
)
"""Sessions that fill, with breaks that the hours of a short test meet."""
TWINS = {"room_1": "room_2", "room_2": "room_1", "room_4": "room_5", "room_5": "room_4"}
"""Two and two serve the same."""


def some(*states: StepState) -> Callable[["AnyDay"], bool]:
    """Only when there is a step in one of these states; so that rules seldom miss."""
    return lambda machine: any(s.standing.state in states for s in machine.h.day.steps.values())


class AnyDay(RuleBasedStateMachine):
    @initialize(
        open_all=MOSTLY,
        arrivals=st.integers(0, 12),
        seed=st.randoms(use_true_random=False),
        policy=st.sampled_from(POLICIES),
        stops=st.sampled_from(STOPS),
    )
    def morning(
        self, open_all: bool, arrivals: int, seed: Any, policy: Policy, stops: dict[str, dict[str, Any]]
    ) -> None:
        self.policy = policy
        services = {s.id: replaced(s, policy=policy, **stops.get(s.id, {})) for s in SERVICES}
        on_duty = EmergencyPlan(first=("desk_1",), then=("desk_2",))
        plan = facility(services=services, sessions=FULL, emergency=on_duty)
        self.h = Hospital(plan, open_all=open_all, check=False)
        for _ in range(arrivals):
            route = seed.choice(ROUTES)
            age = seed.choice([AgeGroup.ORDINARY, AgeGroup.FROM_75])
            self.h.pass_time(seed.choice([0, MINUTE]))
            exam = seed.choice([None, "internal", "eyes", "skin"])
            self.h.run(self.h.admission(route.payer, route.kind, service=exam, age=age), role=Role.RECEPTION)

    # picking, sometimes nonsense --------------------------------------------------------------------

    def step(self, pick: int, *states: StepState) -> str:
        steps = [s.id for s in self.h.day.steps.values() if s.standing.state in (states or OPEN)]
        return steps[-1 - pick % min(len(steps), 12)] if steps and pick != NONSENSE else f"{DAY}-9.9"

    def visit(self, pick: int) -> str:
        visits = list(self.h.day.visits)
        return visits[-1 - pick % min(len(visits), 12)] if visits and pick != NONSENSE else f"{DAY}-99"

    def clinic(self, pick: int) -> str:
        """An open clinic with someone in its line or in hand, if there is one."""
        clinics = self.h.day.clinics
        alive = [name for name in clinics if self.is_alive(name)]
        names = list(clinics) if pick == NONSENSE or not alive else alive
        return names[pick % len(names)]

    def has_line(self, name: str) -> bool:
        place = self.h.day.clinics[name]
        return bool(place.bound or place.planned)

    def is_alive(self, name: str) -> bool:
        place = self.h.day.clinics[name]
        return place.part.state is ClinicState.OPEN and bool(place.in_hand or order(self.h.day, name))

    def send(self, command: EngineCommand, role: Role = Role.SUPERVISOR) -> Outcome | Rejection:
        device = "kiosk_1" if role is Role.KIOSK else "console_1"
        outcome = self.h.run(command, device=device, role=role)
        if isinstance(outcome, Rejection):
            assert set(outcome.facts) <= set(FACTS[outcome.code]), outcome
        return outcome

    # the day ----------------------------------------------------------------------------------------

    @rule(
        route=st.sampled_from(ROUTES),
        who=st.sampled_from(["new", "new", "new", "none", "p1", "p2", "p3"]),
        exam=st.none() | EXAM,
        doctor=st.none() | st.none() | st.none() | DOCTOR,
        age=st.sampled_from(AgeGroup),
        declared=st.booleans(),
        number=st.none() | st.none() | st.sampled_from(["K01-001", "K01-002", "K07-001", "K99-001", "A001"]),
        ago=st.sampled_from([None, 0, MINUTE, 3 * HOUR, 30 * HOUR, -MINUTE]),
        role=st.sampled_from([Role.KIOSK, Role.RECEPTION]),
        later=st.sampled_from([False, False, True]),
    )
    def register(self, route: Any, who: str, exam: str | None, doctor: str | None, age: AgeGroup,
                 declared: bool, number: str | None, ago: int | None, role: Role,
                 later: bool) -> None:  # fmt: skip
        person = {"new": "", "none": None}.get(who, who)
        at = None if ago is None else self.h.now - ago
        admission = self.h.admission(
            route.payer, route.kind, person, exam, doctor if exam else None, age, False, declared, number, at
        )
        outcome = self.send(replaced(admission, later=later), role)
        if isinstance(outcome, Rejection) and outcome.code is Refusal.SESSION_FULL:
            assert role is Role.KIOSK
        if number is not None and number.startswith("K") and isinstance(outcome, Rejection):
            assert outcome.code is Refusal.ALREADY_HERE, outcome

    @rule(pick=ANY, sees=MOSTLY)
    def call_next(self, pick: int, sees: bool) -> None:
        self.call(self.clinic(pick), sees)

    @rule(pick=ANY, elsewhere=st.booleans())
    def busy_hour(self, pick: int, elsewhere: bool) -> None:
        for turn in range(6):
            self.h.pass_time(MINUTE)
            self.call(self.clinic(pick + turn * elsewhere), True)

    def call(self, clinic: str, sees: bool) -> None:
        in_hand = self.h.day.clinics[clinic].in_hand
        after = in_hand[0] if in_hand and sees else None
        others, urgent = self.waiting(clinic)
        recent = [call.called_as for call in self.h.day.clinics[clinic].recent]
        lanes = [called for called in recent if called is not CalledAs.URGENT]
        outcome = self.send(c.CallNext(clinic=clinic, after=after))
        if isinstance(outcome, Called) and outcome.step is not None:
            called = self.h.day.clinics[clinic].recent[-1].called_as
            if urgent:
                assert called is CalledAs.URGENT
            capped = called is CalledAs.PRIORITY and self.policy == POLICIES[0]
            if capped and lanes[-AT_MOST:] == [CalledAs.PRIORITY] * AT_MOST:
                assert not others, "priority beyond its cap while others wait"

    def waiting(self, clinic: str) -> tuple[list[str], list[str]]:
        """Who could be called at the clinic: of other lanes, and urgent; without the engine's order."""
        day = self.h.day
        others, urgent = [], []
        for step in day.steps.values():
            standing, visit = step.standing, day.visits[step.visit]
            pooled = not standing.clinic and self.may_take(clinic, step.service)
            waits = standing.state in (StepState.QUEUED, StepState.PREPARED)
            free = visit.busy in ("", step.id) and visit.part.presence.kind is not PresenceKind.AWAY
            if waits and free and (standing.clinic == clinic or pooled):
                lane = lane_of(step, visit.part)
                if lane is Lane.URGENT:
                    urgent.append(step.id)
                elif lane is not Lane.PRIORITY and not standing.behind:
                    others.append(step.id)
        return others, urgent

    def may_take(self, clinic: str, service: str) -> bool:
        plan = self.h.plan
        takes = self.h.day.clinics[clinic].part.state is ClinicState.OPEN
        return takes and service in plan.clinics[clinic].services and called_from_pool(plan.services[service])

    @rule(at=ANY, pick=ANY, sees=MOSTLY, reason=st.sampled_from(["call", "call", "call", "pause", "none"]))
    def call_step(self, at: int, pick: int, sees: bool, reason: str) -> None:
        clinic = self.clinic(at)
        in_hand = self.h.day.clinics[clinic].in_hand
        step = self.step(pick, StepState.QUEUED, StepState.MISSED, StepState.HELD, StepState.PREPARED)
        after = in_hand[0] if in_hand and sees else None
        self.send(c.CallStep(clinic=clinic, step=step, reason=reason, after=after))

    @rule(at=ANY, pick=st.none() | ANY)
    def prepare(self, at: int, pick: int | None) -> None:
        clinic = self.clinic(at)
        step = None if pick is None else self.step(pick, StepState.QUEUED)
        self.send(c.Prepare(clinic=clinic, step=step))

    @precondition(some(*IN_HAND))
    @rule(pick=ANY, deed=st.sampled_from(["start", "finish", "recall", "miss", "hold", "hold_until"]))
    def in_hand(self, pick: int, deed: str) -> None:
        step = self.step(pick, *sorted(IN_HAND))
        times = self.h.standing(step).times_called if step in self.h.day.steps else 0
        match deed:
            case "start":
                self.send(c.Start(step=step))
            case "finish":
                self.send(c.Finish(step=step))
            case "recall":
                self.send(c.Recall(step=step, times_called=times))
            case "hold":
                self.send(c.Hold(step=step, reason="hold"))
            case "hold_until":
                self.send(c.Hold(step=step, until=self.h.now + 5 * MINUTE))
            case _:
                self.h.pass_time(30_000)
                self.send(c.Recall(step=step, times_called=times))
                self.send(c.Absent(step=step, times_called=times + 1))

    @precondition(some(StepState.QUEUED))
    @rule(pick=ANY)
    def hold_waiting(self, pick: int) -> None:
        self.send(
            c.Hold(step=self.step(pick, StepState.QUEUED, StepState.PREPARED), until=self.h.now + MINUTE)
        )

    @precondition(some(StepState.HELD, StepState.MISSED))
    @rule(pick=ANY, by_token=st.booleans())
    def come_back(self, pick: int, by_token: bool) -> None:
        self.send(c.Resume(step=self.step(pick, StepState.HELD)))
        step = self.step(pick, StepState.MISSED)
        if by_token and step in self.h.day.steps:
            self.send(c.Rejoin(token=self.h.day.visits[self.h.day.steps[step].visit].token))
        else:
            self.send(c.Rejoin(step=step))

    @precondition(some(*IN_HAND))
    @rule(pick=ANY, services=st.lists(TESTS, min_size=1, max_size=3), back=MOSTLY,
          desk=st.sampled_from([False, False, True]), needs=st.sets(st.sampled_from(Need), max_size=1),
          clinic=st.none() | st.none() | st.none() | CLINIC)  # fmt: skip
    def add_steps(self, pick: int, services: list[str], back: bool, desk: bool, needs: set[Need],
                  clinic: str | None) -> None:  # fmt: skip
        step = self.step(pick, *sorted(IN_HAND))
        visit = self.h.day.steps[step].visit if step in self.h.day.steps else self.visit(pick)
        orders = tuple(c.Order(service=name, clinic=clinic, needs=tuple(needs)) for name in services)
        self.send(c.AddSteps(visit=visit, orders=orders, step=None if desk else step, back=back))

    @rule(pick=ANY, named=st.booleans(), service=st.none() | SERVICE, clinic=st.none() | CLINIC,
          doctor=st.none() | DOCTOR, sign=st.none() | st.sampled_from(["1", "2", "27", "A001"]),
          role=st.sampled_from([Role.RECEPTION, Role.INTEGRATION]))  # fmt: skip
    def attach(self, pick: int, named: bool, service: str | None, clinic: str | None, doctor: str | None,
               sign: str | None, role: Role) -> None:  # fmt: skip
        visit = self.visit(pick)
        step = None
        if named and visit in self.h.day.visits:
            steps = self.h.day.visits[visit].steps
            step = steps[pick % len(steps)] if steps else None
        command = c.Attach(
            visit=visit, step=step, service=service, clinic=clinic, practitioner=doctor, call_sign=sign
        )
        self.send(command, role)

    @rule(pick=ANY, service=SERVICE, clinic=CLINIC, refer=st.booleans())
    def move(self, pick: int, service: str, clinic: str, refer: bool) -> None:
        step = self.step(pick)
        if refer:
            self.send(c.Refer(step=step, service=service, reason="transfer"))
        else:
            self.send(c.Transfer(step=step, clinic=clinic))

    @rule(pick=ANY, lane=st.sampled_from(Lane))
    def change_lane(self, pick: int, lane: Lane) -> None:
        self.send(c.ChangeLane(visit=self.visit(pick), lane=lane, reason="lane"))

    @rule(pick=ANY, shown=st.booleans())
    def settle_lane(self, pick: int, shown: bool) -> None:
        self.send(c.SettleLane(visit=self.visit(pick), shown=shown))

    @rule(
        pick=ANY,
        who=st.sampled_from(["p1", "p2", "p3", "p4"]),
        age=st.sampled_from(AgeGroup),
        typed=st.booleans(),
        certain=st.booleans(),
    )
    def identify(self, pick: int, who: str, age: AgeGroup, typed: bool, certain: bool) -> None:
        visit = self.h.day.visits.get(self.visit(pick))
        was = visit.person if visit is not None else None
        other = certain and was is not None and was != who
        self.send(Identification(self.visit(pick), who, age, typed, somebody_else=other))

    @rule(pick=ANY, service=SERVICE)
    def add_exam(self, pick: int, service: str) -> None:
        visit = self.h.day.visits.get(self.visit(pick))
        self.send(c.AddExam(token=visit.token if visit is not None else "none", service=service), Role.KIOSK)

    @rule(
        pick=st.integers(0, 9),
        deed=st.sampled_from(
            ["press", "press late", "fault", "acknowledge", "withdraw", "escalate", "works"]
        ),
        level=st.integers(0, 2),
    )
    def alarm(self, pick: int, deed: str, level: int) -> None:
        alerts = list(self.h.day.alerts)
        alert = alerts[pick] if pick < len(alerts) else "alert-0"
        late = self.h.now - 10 * MINUTE if deed == "press late" else None
        deeds: dict[str, EngineCommand] = {
            "fault": c.RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk_1", detail="paper-80"),
            "acknowledge": c.AcknowledgeAlert(alert=alert),
            "withdraw": c.WithdrawAlert(alert=alert),
            "escalate": c.EscalateAlert(alert=alert, escalated=level),
            "works": c.PrinterWorks(),
        }
        pressed = c.RaiseAlert(kind=AlertKind.EMERGENCY, subject="kiosk_1", pressed_at=late)
        self.send(deeds.get(deed, pressed), Role.KIOSK)

    @rule(pick=ANY, who=st.sampled_from([None, "p1", "p4"]))
    def forget(self, pick: int, who: str | None) -> None:
        self.send(c.Forget(visit=None if who else self.visit(pick), person=who))

    @rule(pick=ANY, kind=st.sampled_from(PresenceKind), timed=st.booleans())
    def whereabouts(self, pick: int, kind: PresenceKind, timed: bool) -> None:
        until = self.h.now + 10 * MINUTE if timed else None
        self.send(c.SetPresence(visit=self.visit(pick), presence=kind, until=until))
        self.send(c.SetHelp(visit=self.visit(pick), help=(Help.WHEELCHAIR,)))

    @precondition(some(StepState.PLANNED))
    @rule(pick=ANY, gate=st.sampled_from([*[GateName.PAID] * 3, *GateName]))
    def open_gate(self, pick: int, gate: GateName) -> None:
        self.send(c.OpenGate(step=self.step(pick, StepState.PLANNED), gate=gate))

    @precondition(lambda self: any(s.standing.result is Result.PENDING for s in self.h.day.steps.values()))
    @rule(pick=ANY)
    def result_ready(self, pick: int) -> None:
        pending = [s.id for s in self.h.day.steps.values() if s.standing.result is Result.PENDING]
        self.send(c.ResultReady(step=pending[pick % len(pending)] if pending else self.step(pick)))

    @rule(pick=ANY, whole=st.booleans())
    def cancel(self, pick: int, whole: bool) -> None:
        visit = self.visit(pick)
        if whole or visit not in self.h.day.visits:
            self.send(c.Cancel(visit=visit, reason="cancel"))
        elif steps := self.h.day.visits[visit].steps:
            self.send(c.Cancel(visit=visit, step=steps[pick % len(steps)], reason="cancel"))

    @rule(pick=ANY, behind=st.sampled_from([0, 0, 0, 1]))
    def undo(self, pick: int, behind: int) -> None:
        acted = [name for name, place in self.h.day.clinics.items() if place.act] or ["room_1"]
        clinic = acted[pick % len(acted)]
        act = self.h.day.clinics[clinic].act
        self.send(c.Undo(clinic=clinic, act=(act.number if act else 1) - behind))

    @rule(clinic=CLINIC, deed=st.sampled_from([*[c.OpenClinic] * 4, c.DrainClinic, c.CloseClinic]))
    def turn(self, clinic: str, deed: Any) -> None:
        self.send(deed(clinic=clinic))

    @precondition(lambda self: any(map(self.has_line, TWINS)))
    @rule(pick=ANY, opens=MOSTLY, cause=st.sampled_from([c.ProposeMoves, c.DrainClinic, c.CloseClinic]))
    def look_elsewhere(self, pick: int, opens: bool, cause: Any) -> None:
        full = [name for name in TWINS if self.has_line(name)]
        clinic = full[pick % len(full)]
        if opens:
            self.send(c.OpenClinic(clinic=TWINS[clinic]))
        outcome = self.send(cause(clinic=clinic))
        if isinstance(outcome, Proposed) and outcome.proposal is not None:
            assert self.h.day.proposed[clinic] == outcome.proposal

    @precondition(lambda self: bool(self.h.day.proposals))
    @rule(pick=ANY, part=st.booleans(), newest=MOSTLY, take=MOSTLY)
    def see_to_a_proposal(self, pick: int, part: bool, newest: bool, take: bool) -> None:
        """Who is taken is moved and nobody else; those whom it names twice, or not at all, stay."""
        known = list(self.h.day.proposals.values())
        told = known[-1] if newest else known[pick % len(known)]
        before = {step.id: step.standing for step in self.h.day.steps.values()}
        if not take:
            self.send(c.DismissProposal(clinic=told.clinic, proposal=told.id))
            return
        chosen = tuple(move.step for move in told.part.moves)[:: 2 if part else 1]
        steps = chosen if part and chosen else None
        outcome = self.send(c.AcceptProposal(clinic=told.clinic, proposal=told.id, steps=steps))
        if isinstance(outcome, Moved):
            goes = {move.step: move.clinic for move in told.part.moves}
            assert sorted((*outcome.steps, *outcome.left)) == sorted(steps or goes)
            for step in outcome.steps:
                now = self.h.standing(step)
                assert (now.clinic, now.since) == (goes[step], before[step].since)
            for other in self.h.day.steps.values():
                was = before[other.id].clinic
                assert other.id in outcome.steps or not was or other.standing.clinic == was, other

    @rule(clinic=CLINIC)
    def pause_for_a_while(self, clinic: str) -> None:
        before = {step.id: step.standing for step in self.h.day.steps.values()}
        self.send(c.PauseClinic(clinic=clinic, reason="pause"))
        assert before == {step.id: step.standing for step in self.h.day.steps.values()}
        self.send(c.OpenClinic(clinic=clinic))

    @rule(clinic=CLINIC, doctor=DOCTOR, on=st.booleans())
    def sign(self, clinic: str, doctor: str, on: bool) -> None:
        deed = c.SignOn if on else c.SignOff
        self.send(deed(clinic=clinic, practitioner=doctor))

    @rule(
        pick=ANY,
        state=st.sampled_from(PrintState),
        number=st.sampled_from(["", "K01-001", "K07-009", "A002"]),
    )
    def papers(self, pick: int, state: PrintState, number: str) -> None:
        prints = list(self.h.day.prints.values())
        if prints:
            paper = prints[-1 - pick % min(len(prints), 6)]
            self.send(
                c.Confirm(print=paper.id, state=state, number=number or paper.part.number, reason="void")
            )
        self.send(c.Reprint(visit=self.visit(pick)))

    @rule(
        name=APPOINTMENT,
        minutes=st.sampled_from([-3000, -60, -10, 0, 20, 45, 300, 1500, 4000]),
        service=SERVICE,
        who=st.sampled_from([None, "p1", "p2", "p3"]),
        doctor=st.sampled_from(["", "", *DOCTORS]),
        code=st.sampled_from(["", "TK1", "tk2", "A-1"]),
    )
    def book(self, name: str, minutes: int, service: str, who: str | None, doctor: str, code: str) -> None:
        at = max(0, self.h.now + minutes * MINUTE)
        self.send(Booking(name, service, at, who, AgeGroup.FROM_75, doctor, code), Role.RECEPTION)

    @rule(name=APPOINTMENT, reason=st.none() | st.sampled_from(["cancel", "call"]))
    def cancel_appointment(self, name: str, reason: str | None) -> None:
        self.send(c.CancelAppointment(appointment=name, reason=reason))

    @rule(
        route=st.sampled_from(ROUTES),
        who=st.sampled_from([None, "p1", "p2", "p3"]),
        name=st.none() | APPOINTMENT | st.sampled_from(["tk1", "TK2", "TK9"]),
        number=st.none() | st.none() | st.sampled_from(["K01-003", "K07-002"]),
    )
    def keep_appointment(self, route: Any, who: str | None, name: str | None, number: str | None) -> None:
        admission = self.h.admission(route.payer, route.kind, who, number=number)
        here = set(self.h.day.visits)
        outcome = self.send(replaced(admission, appointment=name), Role.KIOSK)
        # One more paper of somebody who is here tells the lane that a desk may have given them since.
        came = isinstance(outcome, Ticket) and outcome.visit not in here
        if isinstance(outcome, Ticket) and came and outcome.appointment is not None:
            late = outcome.appointment.punctuality is Punctuality.LATE
            assert (outcome.lane is Lane.WALK_IN) <= late

    @rule(service=st.none() | SERVICE, stop=st.booleans())
    def intake(self, service: str | None, stop: bool) -> None:
        if stop:
            self.send(c.StopIntake(reason="intake", service=service))
        else:
            self.send(c.ReopenIntake(service=service))
            self.send(c.ReopenIntake())

    @rule(minutes=st.sampled_from([0, 1, 1, 5, 15, 120]))
    def time_passes(self, minutes: int) -> None:
        self.h.advance(minutes * MINUTE)

    @precondition(lambda self: len(self.h.closed) < 1)
    @rule()
    def night_falls(self) -> None:
        accepted = {visit.id: visit for visit in self.h.day.visits.values() if visit.part.end is None}
        kept = {visit.token for visit in accepted.values()}
        self.h.check_fold()
        self.h.advance(24 * HOUR)
        self.morning_after(accepted, kept)

    def morning_after(self, accepted: dict[str, Visit], kept: set[str]) -> None:
        """Everybody of yesterday ended with a reason, or is here again with the same ticket."""
        yesterday = self.h.closed[-1]
        assert yesterday.closed
        check_laws(yesterday)
        for visit in accepted.values():
            assert yesterday.visits[visit.id].part.end is not None
        today = {visit.token for visit in self.h.day.visits.values()}
        assert today <= kept
        for visit in self.h.day.visits.values():
            assert any(self.h.day.steps[s].standing.state in OPEN for s in visit.steps)

    # the laws ---------------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        if hasattr(self, "h"):
            check_laws(self.h.day)
            next_due = due.next_due(self.h.day)
            assert next_due is not None

    def teardown(self) -> None:
        if hasattr(self, "h"):
            self.h.check_fold()


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
