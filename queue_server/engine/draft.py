"""What a decision has drafted so far: the day as it would be, without touching the day.

Inside one command several changes build on each other. A `Draft` collects the events and answers every
question about steps, visits and clinics with those changes on top. With nothing drafted it is a plain view
of the day.
"""

from collections.abc import Iterable
from typing import Any

from queue_server.engine.events import (
    ClinicChanged,
    Event,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitRegistered,
)
from queue_server.engine.lanes import call_of, reorders
from queue_server.engine.lines import Line, dequeue, enqueue, line_of, queue_key
from queue_server.engine.model import (
    BUSY,
    WAITING,
    Act,
    Call,
    Clinic,
    ClinicPart,
    Context,
    Day,
    Queue,
    Standing,
    Step,
    Visit,
    VisitPart,
)
from queue_server.engine.preparation import needs_of
from queue_server.protocol.codes import Need, SignOrigin, StepChange, VisitChange
from queue_server.protocol.values import replaced

_QUEUES = frozenset({Line.BOUND, Line.POOL})
"""Lines that are kept in order too."""


class Draft:
    """Reads a day, writes events. All changes of one draft are one act.

    act_clinic: whose undo the drafted changes belong to; set it before changing. touched_*: what the drafted
    changes could make room for or bring in, for binding.
    """

    def __init__(self, day: Day, context: Context | None = None) -> None:
        self.day = day
        self.facility = day.facility
        self.now = day.now if context is None else max(context.now, day.now)
        self.device = "" if context is None else context.actor.device
        self.events: list[Event] = []
        self.act = day.seq + 1
        self.act_clinic = ""
        self.touched_services: set[str] = set()
        self._steps: dict[str, Step] = {}
        self._standings: dict[str, Standing] = {}
        self._visits: dict[str, Visit] = {}
        self._visit_steps: dict[str, list[str]] = {}
        self._parts: dict[str, VisitPart] = {}
        self._clinic_parts: dict[str, ClinicPart] = {}
        self._joined: dict[tuple[Line, str], set[str]] = {}
        self._left: dict[tuple[Line, str], set[str]] = {}
        self._queues: dict[tuple[Line, str], Queue] = {}
        self._busy: dict[str, str] = {}
        self._calls: dict[str, int] = {}
        self._recent: dict[str, list[Call]] = {}
        self._signs: dict[str, dict[str, str]] = {}
        self._last_sign: dict[str, int] = {}

    # reading ----------------------------------------------------------------------------------------

    def step(self, step: str) -> Step | None:
        """The step's fixed part; None when unknown. Read what changes of it with `standing`."""
        return self.day.steps.get(step) or self._steps.get(step)

    def the_step(self, step: str) -> Step:
        """The same for a step that is known to exist."""
        return self.day.steps[step] if step in self.day.steps else self._steps[step]

    def standing(self, step: str) -> Standing:
        drafted = self._standings.get(step)
        return self.day.steps[step].standing if drafted is None else drafted

    def visit(self, visit: str) -> Visit | None:
        """The visit's fixed part; None when unknown. Read what changes of it with `part`."""
        return self.day.visits.get(visit) or self._visits.get(visit)

    def the_visit(self, visit: str) -> Visit:
        """The same for a visit that is known to exist."""
        return self.day.visits[visit] if visit in self.day.visits else self._visits[visit]

    def part(self, visit: str) -> VisitPart:
        drafted = self._parts.get(visit)
        return self.day.visits[visit].part if drafted is None else drafted

    def steps_of(self, visit: str) -> list[str]:
        drafted = self._visit_steps.get(visit)
        return self.day.visits[visit].steps if drafted is None else drafted

    def busy(self, visit: str) -> str:
        """The visit's step that is prepared, called or serving; empty when there is none."""
        drafted = self._busy.get(visit)
        return self.day.visits[visit].busy if drafted is None else drafted

    def clinic(self, clinic: str) -> Clinic:
        """The clinic's identity and last act. Its lines and part are asked for by the methods below."""
        return self.day.clinics[clinic]

    def clinic_part(self, clinic: str) -> ClinicPart:
        drafted = self._clinic_parts.get(clinic)
        return self.day.clinics[clinic].part if drafted is None else drafted

    def line(self, line: Line, key: str) -> set[str]:
        """The steps in a line of a service (PLANNED, POOL) or clinic (AWAITED, BOUND, MISSED); no order."""
        if line in _QUEUES:
            return {place[-1] for place in self.queue(line, key)}
        of_day = self._line_of_day(line, key)
        joined, left = self._joined.get((line, key)), self._left.get((line, key))
        return of_day if joined is None and left is None else (of_day - (left or set())) | (joined or set())

    def waiting(self, clinic: str) -> list[str]:
        """Queued or prepared at the clinic, in the plain order of its line."""
        return [place[-1] for place in self.queue(Line.BOUND, clinic)]

    def queue(self, line: Line, key: str) -> Queue:
        """The same two lines in order: BOUND of a clinic, POOL of a service."""
        drafted = self._queues.get((line, key))
        if drafted is not None:
            return drafted
        return self.day.clinics[key].queue if line is Line.BOUND else self.day.queues.get(key, [])

    def bound_to(self, clinics: Iterable[str]) -> int:
        """How many wait in the lines of these clinics together."""
        of_day, drafted = self.day.clinics, self._queues
        if not drafted:
            return sum([len(of_day[clinic].queue) for clinic in clinics])
        return sum([len(drafted.get((Line.BOUND, clinic), of_day[clinic].queue)) for clinic in clinics])

    def in_hand(self, clinic: str) -> list[str]:
        """Called or serving at the clinic, oldest call first."""
        if (Line.IN_HAND, clinic) not in self._joined and (Line.IN_HAND, clinic) not in self._left:
            return self.day.clinics[clinic].in_hand
        return sorted(self.line(Line.IN_HAND, clinic), key=lambda step: self.standing(step).called_at)

    def calls(self, clinic: str) -> int:
        drafted = self._calls.get(clinic)
        return self.day.clinics[clinic].calls if drafted is None else drafted

    def calls_of(self, service: str) -> int:
        """How many calls the clinics of a service made today, all together."""
        return sum(self.calls(clinic) for clinic in self.day.serving.get(service, ()))

    def recent(self, clinic: str) -> list[Call]:
        drafted = self._recent.get(clinic)
        return self.day.clinics[clinic].recent if drafted is None else drafted

    def sign_owner(self, clinic: str, text: str) -> str | None:
        """The visit that got this call sign at the clinic today."""
        drafted = self._signs.get(clinic, {}).get(text)
        return self.day.clinics[clinic].signs.get(text) if drafted is None else drafted

    def last_sign(self, clinic: str) -> int:
        return self._last_sign.get(clinic, self.day.clinics[clinic].last_sign)

    def last_act(self, clinic: str) -> Act | None:
        return self.day.clinics[clinic].act

    # writing ----------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Draft an event that changes no step, visit or clinic."""
        self.events.append(event)

    def register(self, event: VisitRegistered) -> None:
        self.events.append(event)
        self._visits[event.visit] = Visit(
            event.visit,
            event.token,
            event.person,
            event.payer,
            event.kind,
            event.language,
            event.age_group,
            event.arrived_at,
            event.device,
            event.part,
        )
        self._parts[event.visit] = event.part
        self._visit_steps[event.visit] = []
        self._busy[event.visit] = ""

    def add_step(
        self,
        visit: str,
        service: str,
        standing: Standing,
        *,
        after: Iterable[str] = (),
        returning: bool = False,
        awaits: tuple[str, ...] = (),
        ordered_at: str = "",
        needs: tuple[Need, ...] = (),
    ) -> str:
        """Draft one more stop of a visit; returns its id. needs: beside those of the service, which somebody
        who comes back with results no longer has."""
        if not returning:
            needs = needs_of(self.facility.services[service], needs)
        made = self._visit_steps.get(visit)
        if made is None:
            made = self._visit_steps[visit] = list(self.day.visits[visit].steps)
        name = f"{visit}.{len(made) + 1}"
        event = StepAdded(
            name,
            visit,
            service,
            tuple(after),
            standing,
            self.act,
            self.act_clinic,
            returning=returning,
            awaits=awaits,
            ordered_at=ordered_at,
            needs=needs,
        )
        self.events.append(event)
        made.append(name)
        self._steps[name] = Step(
            name, visit, service, event.after, standing, returning, awaits, ordered_at, needs
        )
        self._standings[name] = standing
        self._enter(name, standing)
        return name

    def change(self, step: str, change: StepChange, *, why: str = "", **fields: Any) -> Standing:
        """Draft new values of a step's standing (`fields` are `Standing`'s)."""
        return self.put(step, change, replaced(self.standing(step), **fields), why=why)

    def put(
        self, step: str, change: StepChange, now: Standing, *, why: str = "", binding: bool = False
    ) -> Standing:
        """Draft a whole new standing. binding: our own choice of a clinic, which is nobody's act."""
        was = self.standing(step)
        clinic = "" if binding else self.act_clinic
        by = self.device if clinic else ""
        self.events.append(StepChanged(step, change, was, now, self.act, clinic, why, by))
        self._leave(step, was)
        self._standings[step] = now
        self._enter(step, now)
        if change is StepChange.CALLED:
            self._calls[now.clinic] = self.calls(now.clinic) + 1
            here = self.the_step(step)
            call = call_of(here, self.part(here.visit), was, now, why)
            self._recent[now.clinic] = [*self.recent(now.clinic), call]
        return now

    def change_visit(self, visit: str, change: VisitChange, *, why: str = "", **fields: Any) -> VisitPart:
        """Draft new values of a visit's part (`fields` are `VisitPart`'s)."""
        was = self.part(visit)
        now = replaced(was, **fields)
        self.put_visit(visit, change, now, why=why)
        return now

    def put_visit(self, visit: str, change: VisitChange, now: VisitPart, *, why: str = "") -> None:
        """Draft a whole new part of a visit."""
        was = self.part(visit)
        self.events.append(VisitChanged(visit, change, was, now, self.act, self.act_clinic, why))
        if reorders(was, now):
            self._move_in_line(visit, was, now)
        self._parts[visit] = now

    def change_clinic(self, clinic: str, *, why: str = "", **fields: Any) -> ClinicPart:
        """Draft new values of a clinic's part (`fields` are `ClinicPart`'s). why: the reason code kept."""
        was = self.clinic_part(clinic)
        now = replaced(was, **fields)
        self.events.append(ClinicChanged(clinic, was, now, why))
        self._clinic_parts[clinic] = now
        self.touched_services.update(self.facility.clinics[clinic].services)
        return now

    # lines ------------------------------------------------------------------------------------------

    def _line_of_day(self, line: Line, key: str) -> set[str]:
        day = self.day
        match line:
            case Line.POOL:
                return day.pools.get(key, set())
            case Line.PLANNED:
                return day.planned.get(key, set())
            case Line.HELD:
                return day.held
            case Line.BOUND:
                return day.clinics[key].bound
            case Line.AWAITED:
                return day.clinics[key].planned
            case Line.MISSED:
                return day.clinics[key].missed
            case Line.IN_HAND:
                return set(day.clinics[key].in_hand)
            case Line.NONE:
                return set()

    def _own_queue(self, line: Line, key: str) -> Queue:
        drafted = self._queues.get((line, key))
        if drafted is None:
            drafted = self._queues[line, key] = list(self.queue(line, key))
        return drafted

    def _move_in_line(self, visit: str, was: VisitPart, now: VisitPart) -> None:
        for name in self.steps_of(visit):
            standing = self.standing(name)
            line, step = line_of(standing), self.the_step(name)
            if line in _QUEUES:
                queue = self._own_queue(line, _key(line, step.service, standing))
                dequeue(queue, queue_key(step, was, standing))
                enqueue(queue, queue_key(step, now, standing))

    def _leave(self, step: str, standing: Standing) -> None:
        line = line_of(standing)
        here = self.the_step(step)
        if line is not Line.NONE:
            key = _key(line, here.service, standing)
            if line in _QUEUES:
                dequeue(self._own_queue(line, key), queue_key(here, self.part(here.visit), standing))
            else:
                self._left.setdefault((line, key), set()).add(step)
                self._joined.get((line, key), set()).discard(step)
        if self.busy(here.visit) == step:
            self._busy[here.visit] = ""
            self.touch_visit(here.visit)
        self._touch(here, standing)

    def _enter(self, step: str, standing: Standing) -> None:
        line = line_of(standing)
        here = self.the_step(step)
        if line is not Line.NONE:
            key = _key(line, here.service, standing)
            if line in _QUEUES:
                enqueue(self._own_queue(line, key), queue_key(here, self.part(here.visit), standing))
            else:
                self._joined.setdefault((line, key), set()).add(step)
        if standing.state in BUSY:
            self._busy[here.visit] = step
            self.touch_visit(here.visit)
        self._touch(here, standing)
        sign = standing.call_sign
        if sign is not None and standing.clinic:
            self._signs.setdefault(standing.clinic, {})[sign.text] = here.visit
            if sign.origin is SignOrigin.CLINIC:
                self._last_sign[standing.clinic] = max(self.last_sign(standing.clinic), int(sign.text))

    def touch_visit(self, visit: str) -> None:
        """The patient became busy or free, away or here: other lines may move."""
        for step in self.steps_of(visit):
            if self.standing(step).state in WAITING:
                self._touch(self.the_step(step), self.standing(step))

    def _touch(self, step: Step, standing: Standing) -> None:
        self.touched_services.add(step.service)
        plan = self.facility.clinics.get(standing.clinic)
        if plan is not None:
            self.touched_services.update(plan.services)


def _key(line: Line, service: str, standing: Standing) -> str:
    match line:
        case Line.POOL | Line.PLANNED:
            return service
        case Line.HELD | Line.NONE:
            return ""
        case Line.BOUND | Line.AWAITED | Line.MISSED | Line.IN_HAND:
            return standing.clinic
