"""One day as it happens: patients come, walk, wander off and come back; staff call, pause and go home.

A heap of happenings in simulated time. What each leads to in the queue is asked of the `House`; here is only
what people do. A desk that is free calls; a desk without anybody to call waits until somebody's step is
queued where it could be called.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush

from queue_server.engine.decision import Admission, Rejection
from queue_server.engine.events import ClinicChanged, Event, ProposalMade, StepAdded, StepChanged
from queue_server.engine.facility import Facility
from queue_server.engine.model import Actor, Day
from queue_server.engine.routes import has_shut
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    Authority,
    ClinicState,
    GateName,
    Lane,
    Language,
    ReasonKind,
    Result,
    Role,
    StepState,
)
from queue_server.protocol.results import Called, StepsAdded, Ticket
from scripts.simulation.crowds import MINUTE, TRIAGE, Patient, Stop
from scripts.simulation.house import CADENCE, House, device
from scripts.simulation.shifts import Away, Shift, Worker
from scripts.simulation.watch import Watch

KIOSK = device("kiosk-1", Role.KIOSK)
DESK = device("reception-1", Role.RECEPTION)
STAFF = device("clinic-1", Role.SUPERVISOR)
LAB = device("integration-1", Role.INTEGRATION)
PATIENCE = 2 * MINUTE
"""So long a desk calls somebody who does not come: twice, then they are absent."""
GONE_HOME = 45 * MINUTE
"""So long after nobody came somebody is known to have gone home."""
CALLING = frozenset({ClinicState.OPEN, ClinicState.DRAINING})


@dataclass(slots=True, eq=False)
class Desk:
    """One place where somebody works. step: in hand. shift: the one that runs, or the last one.

    here: whether the person is at the desk. idle_since: when it last had nobody to call, -1 while at work.
    used, idle, overtime: ms so far; overtime is work after the shift's end.
    """

    worker: Worker
    here: bool = False
    step: str = ""
    shift: Shift | None = None
    paused_by: bool = False
    waiting_pause: Away | None = None
    idle_since: int = -1
    used: int = 0
    idle: int = 0
    overtime: int = 0
    turns: int = 0
    here_since: int = 0


@dataclass(slots=True, eq=False)
class Guest:
    """A patient in the house. seconds: of each step at pace 1, as it is ordered. walking: ms until when.

    away: from, until (ms): out of the hall, set once they stand in a doctor's line.
    """

    patient: Patient
    visit: str = ""
    token: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)
    walking: int = 0
    away: tuple[int, int] | None = None
    examined: bool = False


@dataclass(slots=True)
class Happenings:
    """What a day is asked to play. down: service and its hours out of order, ms. closing: clinics that stop
    for good, and when. seen_to: ms until a supervisor takes what the rules propose, None: nobody does.
    staff: what staff key in beside calling, and when, ms."""

    patients: Sequence[Patient]
    workers: Sequence[Worker]
    down: tuple[str, int, int] | None = None
    closing: tuple[tuple[str, int], ...] = ()
    seen_to: int | None = 3 * MINUTE
    absences: bool = True
    authority: Authority = Authority.ALONE
    staff: Sequence[tuple[int, c.Command]] = ()


class World:
    """Plays one day and keeps what came of it in `watch` and `desks`."""

    def __init__(
        self,
        facility: Facility,
        date: str,
        happenings: Happenings,
        *,
        before: Day | None = None,
        said: Callable[[float], None] | None = None,
        every: int = CADENCE,
    ) -> None:
        self.facility = facility
        self.watch = Watch(facility)
        self.plan = happenings
        self.desks: dict[str, list[Desk]] = {}
        self.guests: dict[str, Guest] = {}
        self.half_done = 0
        self.turned_away: dict[str, int] = {}
        self.expected = len(happenings.patients)
        self._every = every
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._ordinal = 0
        self._idle: dict[str, deque[Desk]] = {clinic: deque() for clinic in facility.clinics}
        self._woken: deque[str] = deque()
        self._chances: dict[Desk, random.Random] = {}
        self._said = said
        self._asks = happenings.authority is Authority.WE_LEAD
        self._came = 0
        self._issued: dict[str, int] = {}
        self._lane_reason = _reason(facility, ReasonKind.LANE)
        self._pause_reason = _reason(facility, ReasonKind.PAUSE)
        self._cancel_reason = _reason(facility, ReasonKind.CANCEL)
        # Last: what is left of the day before is heard at once.
        self.house = House(facility, date, self._hear, before)

    # the clockwork ----------------------------------------------------------------------------------

    def run(self) -> None:
        """The whole day, until everybody went home or the service day is over."""
        house = self.house
        midnight = house.midnight
        self._prepare()
        stops = midnight + 24 * 60 * MINUTE - 1
        first = min((patient.at for patient in self.plan.patients), default=0) + midnight
        opens = min((at for at, *_ in self._heap), default=first)
        house.now = max(midnight, min(first, opens) - MINUTE)
        advanced = house.now
        house.advance()
        self._serve()
        due = self._next_advance(advanced)
        heap = self._heap
        while True:
            at = heap[0][0] if heap else stops
            if not heap or due <= at:
                if due >= stops:
                    break
                house.now = due
                house.advance()
                self._serve()
                if not heap:
                    # Everybody is gone: only what is still due happens, and nobody waits any more.
                    self.watch.everybody_left(house.now)
                    if self._is_over():
                        break
                due = self._next_advance(due)
                continue
            house.now = max(house.now, at)
            _, _, happen = heappop(heap)
            happen()
            self._serve()
        for desks in self.desks.values():
            for desk in desks:
                self._stop_idling(desk)
        house.close()

    def _next_advance(self, advanced: int) -> int:
        due = self.house.next_due()
        latest = advanced + (self._every if self._heap else 60 * MINUTE)
        # What an advance left undone is not asked again before the cadence, as in the service.
        return latest if due is None or due <= self.house.now else min(due, latest)

    def _is_over(self) -> bool:
        return not self.house.day.open_visits

    def _at(self, at: int, happen: Callable[[], None]) -> None:
        self._ordinal += 1
        heappush(self._heap, (at, self._ordinal, happen))

    def _hear(self, now: int, events: Sequence[Event]) -> None:
        self.watch.hear(now, events)
        woken = self._woken
        for event in events:
            kind = type(event)
            if kind is StepChanged or kind is StepAdded:
                self._heard_step(event)  # type: ignore[arg-type]  # told by its type just above
            elif kind is ClinicChanged:
                woken.append(event.clinic)  # type: ignore[union-attr]  # the same
            elif kind is ProposalMade and self.plan.seen_to is not None:
                self._propose(event)  # type: ignore[arg-type]  # the same

    def _heard_step(self, event: StepChanged | StepAdded) -> None:
        if isinstance(event, StepAdded):
            standing, was = event.standing, StepState.PLANNED
        else:
            standing, was = event.now, event.was.state
            if self._asks and standing.clinic and has_shut(standing, GateName.ACKNOWLEDGED):
                self._answer(event)
        state = standing.state
        if state is StepState.QUEUED:
            if standing.clinic:
                self._woken.append(standing.clinic)
            else:
                self._woken.append("@" + self.watch.turns[event.step].service)
        elif (was is StepState.SERVING or was is StepState.CALLED) and state is not was:
            self._free(self.watch.turns[event.step].visit)

    def _free(self, visit: str) -> None:
        """Who waits elsewhere too can be called there from now on."""
        for turn in self.watch.visits[visit].turns:
            if turn.state is StepState.QUEUED:
                self._woken.append(turn.clinic or "@" + turn.service)

    def _serve(self) -> None:
        """Idle desks call whomever the last happenings brought."""
        woken, idle, serving = self._woken, self._idle, self.house.day.serving
        while woken:
            name = woken.popleft()
            if name[0] != "@":
                desks = idle[name]
                if desks:
                    self._call(desks.popleft())
                continue
            free = [idle[clinic] for clinic in serving[name[1:]] if idle[clinic]]
            if free:
                self._call(min(free, key=lambda desks: desks[0].idle_since).popleft())

    # the morning ------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        midnight = self.house.midnight
        in_session = {plan.clinic for plan in self.facility.sessions}
        for worker in self.plan.workers:
            desk = Desk(worker)
            self.desks.setdefault(worker.clinic, []).append(desk)
            self._chances[desk] = random.Random(worker.seed)
            if not worker.shifts:
                desk.here = True
                self._idle[worker.clinic].append(desk)
                desk.idle_since = midnight
            for shift in worker.shifts:
                self._at(midnight + shift.comes, partial(self._come, desk, shift))
                self._at(midnight + shift.ends, partial(self._session_ends, desk))
                self._at(midnight + shift.leaves, partial(self._look_at_the_clock, desk))
                for pause in shift.pauses:
                    self._at(midnight + pause.at, partial(self._pause, desk, pause))
        first = min((patient.at for patient in self.plan.patients), default=0)
        for clinic in self.facility.clinics:
            if clinic not in in_session:
                self._at(midnight + first, partial(self._open, clinic))
        for patient in self.plan.patients:
            self._at(midnight + patient.at, partial(self._arrive, patient))
        if self.plan.down is not None:
            service, since, until = self.plan.down
            for clinic in self.house.day.serving[service]:
                self._at(midnight + since, partial(self._break_down, clinic))
                self._at(midnight + until, partial(self._open, clinic))
        for at, command in self.plan.staff:
            self._at(midnight + at, partial(self._staff_does, command))
        for clinic, at in self.plan.closing:
            self._at(midnight + at, partial(self._close_for_good, clinic))

    def _open(self, clinic: str) -> None:
        self.house.do(c.OpenClinic(clinic=clinic), STAFF)

    def _staff_does(self, command: c.Command) -> None:
        self.house.do(command, STAFF)

    def _break_down(self, clinic: str) -> None:
        self.house.do(c.PauseClinic(clinic=clinic, reason=self._pause_reason), STAFF)

    # patients ---------------------------------------------------------------------------------------

    def _arrive(self, patient: Patient) -> None:
        house = self.house
        if self._said is not None:
            self._came += 1
            self._said(self._came / self.expected)
        guest = Guest(patient)
        ticket = house.do(_admission(patient), KIOSK)
        if not isinstance(ticket, Ticket):
            if isinstance(ticket, Rejection):
                self.turned_away[ticket.code] = self.turned_away.get(ticket.code, 0) + 1
            return
        guest.visit, guest.token = ticket.visit, ticket.token
        self.guests[ticket.visit] = guest
        guest.walking = house.now + patient.walk
        for step in house.day.visits[guest.visit].steps:
            service = house.day.steps[step].service
            guest.seconds[step] = patient.first.get(service, 60.0)
            if patient.results:
                guest.results[step] = patient.results.get(service, 0)
        found_later = patient.triaged and patient.lane is Lane.URGENT
        if patient.lane not in (Lane.WALK_IN, Lane.PRIORITY) and not found_later:
            self._raise_lane(guest)
        self._send_to_clinic(guest)
        self._join_doctors_line(guest)

    def _raise_lane(self, guest: Guest) -> None:
        lane = c.ChangeLane(visit=guest.visit, lane=guest.patient.lane, reason=self._lane_reason)
        self.house.do(lane, STAFF)

    def _send_to_clinic(self, guest: Guest) -> None:
        """The room that a patient chose, or that the hospital's own system says at registration."""
        step = self._unsent_exam(guest)
        if step is None:
            return
        if guest.patient.clinic:
            self._attach(guest, step, guest.patient.clinic, DESK)
        elif self.plan.authority is Authority.HIS_LEADS:
            self._attach(guest, step, self._fewest_issued(guest.patient.exam), LAB)

    def _attach_at_desk(self, guest: Guest, finished: str) -> None:
        """Beside a system without a link the clerk copies the room it says, at the patient's first stop."""
        step = self._unsent_exam(guest)
        beside = self.plan.authority is Authority.BESIDE
        if step is not None and beside and finished == self.house.day.visits[guest.visit].steps[0]:
            self._attach(guest, step, self._fewest_issued(guest.patient.exam), DESK)

    def _unsent_exam(self, guest: Guest) -> str | None:
        day = self.house.day
        for step in day.visits[guest.visit].steps:
            here = day.steps[step]
            if here.service == guest.patient.exam and not here.standing.clinic and not here.returning:
                return step
        return None

    def _attach(self, guest: Guest, step: str, clinic: str, by: Actor) -> None:
        self._issued[clinic] = self._issued.get(clinic, 0) + 1
        self.house.do(c.Attach(visit=guest.visit, step=step, clinic=clinic), by)

    def _fewest_issued(self, service: str) -> str:
        """How such a system evens rooms out: of those with a session to come or running, the one with the
        fewest numbers issued and not yet seen, for each desk."""
        day = self.house.day
        plans = self.facility.clinics
        minute = (self.house.now - self.house.midnight) // MINUTE
        serving = [
            name
            for name in day.serving[service]
            if any(plan.clinic == name and plan.ends > minute for plan in self.facility.sessions)
        ]
        return min(
            serving or day.serving[service],
            key=lambda name: (self._issued.get(name, 0) - day.clinics[name].served) / plans[name].places,
        )

    def _answer(self, event: StepChanged) -> None:
        """The hospital's system takes over the room that we ask for, a second later."""
        asked = c.Acknowledge(step=event.step, clinic=event.now.clinic, accepted=True)
        self._at(self.house.now + 1000, partial(self._acknowledge, asked))

    def _acknowledge(self, asked: c.Acknowledge) -> None:
        self.house.do(asked, LAB)

    def _join_doctors_line(self, guest: Guest) -> None:
        """From joining a doctor's line on, some leave the hall for a while."""
        wanders = guest.patient.wanders
        if wanders is None or guest.away is not None or not self.plan.absences:
            return
        for turn in self.watch.visits[guest.visit].turns:
            if turn.service == guest.patient.exam and turn.queued_at:
                after, length = wanders
                guest.away = (turn.queued_at + after, turn.queued_at + after + length)

    def _cancel(self, guest: Guest) -> None:
        """Somebody at a desk ends what nobody waits for any more."""
        if self._cancel_reason and self.watch.visits[guest.visit].end is None:
            self.house.do(c.Cancel(visit=guest.visit, reason=self._cancel_reason), DESK)

    def _rejoin(self, guest: Guest) -> None:
        if self.watch.visits[guest.visit].end is None:
            self.house.do(c.Rejoin(token=guest.token), KIOSK)

    # desks ------------------------------------------------------------------------------------------

    def _come(self, desk: Desk, shift: Shift) -> None:
        desk.shift, desk.here, desk.here_since = shift, True, self.house.now
        clinic = desk.worker.clinic
        if desk.paused_by:
            desk.paused_by = False
            self._open(clinic)
        if not desk.step and desk.idle_since < 0:
            self._call(desk)

    def _session_ends(self, desk: Desk) -> None:
        """How many were seen by this desk's clinic and have not come back with results."""
        if desk is not self.desks[desk.worker.clinic][0]:
            return
        day = self.house.day
        for name in day.clinics[desk.worker.clinic].planned | day.clinics[desk.worker.clinic].bound:
            self.half_done += day.steps[name].returning

    def _look_at_the_clock(self, desk: Desk) -> None:
        if desk.here and not desk.step:
            self._leave(desk)

    def _pause(self, desk: Desk, pause: Away) -> None:
        if not desk.here:
            return
        if desk.step:
            desk.waiting_pause = pause
        else:
            self._step_away(desk, pause)

    def _step_away(self, desk: Desk, pause: Away) -> None:
        desk.waiting_pause = None
        self._stop_idling(desk)
        desk.here = False
        clinic = desk.worker.clinic
        alone = len(self.desks[clinic]) == 1
        keyed = pause.keyed and alone and self.house.day.clinics[clinic].part.state is ClinicState.OPEN
        if keyed:
            self.house.do(c.PauseClinic(clinic=clinic, reason=self._pause_reason), STAFF)
        back = self.house.now + pause.until - pause.at
        self._at(back, partial(self._come_back, desk, keyed=keyed))

    def _come_back(self, desk: Desk, *, keyed: bool) -> None:
        shift = desk.shift
        clinic = desk.worker.clinic
        if shift is None or self.house.now - self.house.midnight >= shift.leaves:
            return
        desk.here = True
        if keyed and self.house.day.clinics[clinic].part.state is ClinicState.PAUSED:
            self._open(clinic)
        if not desk.step and desk.idle_since < 0:
            self._call(desk)

    def _leave(self, desk: Desk) -> None:
        """Lunch, or the day is over. Whoever still waits here is told so, and keeps the number."""
        self._stop_idling(desk)
        desk.here = False
        clinic = desk.worker.clinic
        if any(other.here or other.step for other in self.desks[clinic]):
            return
        part = self.house.day.clinics[clinic].part
        if part.state in CALLING:
            desk.paused_by = True
            self.house.do(c.PauseClinic(clinic=clinic, reason=self._pause_reason), STAFF)

    def _close_for_good(self, clinic: str) -> None:
        for desk in self.desks[clinic]:
            self._stop_idling(desk)
            desk.here = False
            desk.shift = None
        self._shut(clinic)

    def _shut(self, clinic: str) -> None:
        if any(desk.step for desk in self.desks[clinic]):
            self._at(self.house.now + MINUTE, partial(self._shut, clinic))
            return
        self.house.do(c.DrainClinic(clinic=clinic), STAFF)
        self.house.do(c.CloseClinic(clinic=clinic), STAFF)

    def _is_free(self, desk: Desk) -> bool:
        """Whether the person at the desk goes on calling. Sends them home when it is time."""
        if not desk.here:
            return False
        if desk.waiting_pause is not None:
            self._step_away(desk, desk.waiting_pause)
            return False
        shift = desk.shift
        if shift is not None and self.house.now - self.house.midnight >= shift.leaves:
            self._leave(desk)
            return False
        return True

    def _call(self, desk: Desk, after: str | None = None) -> None:
        """Finish the one in hand and call the next, with one key."""
        house, clinic = self.house, desk.worker.clinic
        self._stop_idling(desk)
        if not self._is_free(desk) or house.day.clinics[clinic].part.state not in CALLING:
            if after is not None:
                house.do(c.Finish(step=after), STAFF)
            if desk.here:
                self._idles(desk)
            return
        if after is None and not self._somebody_may_come(clinic):
            self._idles(desk)
            return
        called = house.do(c.CallNext(clinic=clinic, after=after), STAFF)
        if isinstance(called, Called) and called.step is not None and called.visit is not None:
            self._receive(desk, called.step, self.guests[called.visit])
        else:
            if after is not None and isinstance(called, Rejection):
                house.do(c.Finish(step=after), STAFF)
            self._idles(desk)

    def _somebody_may_come(self, clinic: str) -> bool:
        day = self.house.day
        return bool(day.clinics[clinic].queue) or any(
            day.queues[service] for service in self.facility.clinics[clinic].services
        )

    def _idles(self, desk: Desk) -> None:
        desk.idle_since = self.house.now
        self._idle[desk.worker.clinic].append(desk)

    def _stop_idling(self, desk: Desk) -> None:
        if desk.idle_since < 0:
            return
        desk.idle += self.house.now - desk.idle_since
        desk.idle_since = -1
        idle = self._idle[desk.worker.clinic]
        if desk in idle:
            idle.remove(desk)

    def _receive(self, desk: Desk, step: str, guest: Guest) -> None:
        """Somebody was called: they come, or two calls and two minutes later they are absent."""
        now, patient = self.house.now, guest.patient
        desk.step = step
        comes = max(now, guest.walking) + patient.door
        gone = patient.leaves and self.plan.absences
        if guest.away is not None and guest.away[0] <= comes < guest.away[1]:
            comes = guest.away[1]
        if gone or comes - now > PATIENCE:
            self._at(now + PATIENCE // 2, partial(self._recall, step, 1))
            self._at(now + PATIENCE, partial(self._give_up, desk, step, guest, comes))
            return
        work = int(guest.seconds[step] * 1000 * desk.worker.pace)
        forgets, how_late = desk.worker.forgets
        chance = self._chances[desk]
        late = int(chance.expovariate(1 / how_late)) if forgets and chance.random() < forgets else 0
        desk.used += comes + work - now
        desk.turns += 1
        self._at(comes + work + late, partial(self._done, desk, step, guest))

    def _recall(self, step: str, times: int) -> None:
        self.house.do(c.Recall(step=step, times_called=times), STAFF)

    def _give_up(self, desk: Desk, step: str, guest: Guest, comes: int) -> None:
        self.house.do(c.Absent(step=step, times_called=2), STAFF)
        desk.step = ""
        if guest.patient.leaves:
            self._at(self.house.now + GONE_HOME, partial(self._cancel, guest))
        else:
            self._at(max(comes, self.house.now + 1), partial(self._rejoin, guest))
        self._call(desk)

    def _done(self, desk: Desk, step: str, guest: Guest) -> None:
        house, day = self.house, self.house.day
        here = day.steps[step]
        if here.standing.state not in (StepState.CALLED, StepState.SERVING):
            desk.step = ""
            self._call(desk)
            return
        shift = desk.shift
        if shift is not None:
            desk.overtime += max(0, house.now - house.midnight - shift.ends) and min(
                house.now - here.standing.called_at, house.now - house.midnight - shift.ends
            )
        guest.walking = house.now + guest.patient.walk
        self._order_stops(guest, step)
        if here.service == TRIAGE and guest.patient.triaged and guest.patient.lane is Lane.URGENT:
            self._raise_lane(guest)
        desk.step = ""
        self._call(desk, after=step)
        if here.standing.result is Result.PENDING:
            ready = guest.results.get(step, 0)
            self._at(house.now + max(ready, 1000), partial(self._result, step))
        self._attach_at_desk(guest, step)
        self._join_doctors_line(guest)

    def _result(self, step: str) -> None:
        if self.house.day.steps[step].standing.result is Result.PENDING:
            self.house.do(c.ResultReady(step=step), LAB)

    def _order_stops(self, guest: Guest, step: str) -> None:
        """What the doctor orders: tests with the way back, or what comes after."""
        patient = guest.patient
        here = self.house.day.steps[step]
        if here.service != patient.exam:
            return
        if not guest.examined and patient.orders:
            guest.examined = True
            services = self.facility.services
            back = any(services[stop.service].has_result for stop in patient.orders)
            self._order(guest, step, patient.orders, back=back)
        elif patient.after:
            self._order(guest, step, patient.after, back=False)

    def _order(self, guest: Guest, step: str, stops: Sequence[Stop], *, back: bool) -> None:
        orders = tuple(c.Order(service=stop.service) for stop in stops)
        added = self.house.do(c.AddSteps(visit=guest.visit, orders=orders, step=step, back=back), STAFF)
        if not isinstance(added, StepsAdded):
            return
        for stop, made in zip(stops, added.steps, strict=False):
            guest.seconds[made] = stop.seconds
            guest.results[made] = stop.result
        if back:
            guest.seconds[added.steps[-1]] = guest.patient.back

    # supervisors ------------------------------------------------------------------------------------

    def _propose(self, event: ProposalMade) -> None:
        seen_to = self.plan.seen_to
        if seen_to is not None and event.part.moves:
            self._at(self.house.now + seen_to, partial(self._accept, event.clinic, event.proposal))

    def _accept(self, clinic: str, proposal: str) -> None:
        self.house.do(c.AcceptProposal(clinic=clinic, proposal=proposal), STAFF)


def _admission(patient: Patient) -> Admission:
    return Admission(
        payer=patient.payer,
        kind=patient.kind,
        language=Language.VI,
        person=f"person-{patient.ordinal}",
        age_group=patient.age_group,
        typed=False,
        service=patient.exam or None if patient.chooses_exam else None,
    )


def _reason(facility: Facility, kind: ReasonKind) -> str:
    return next((reason.id for reason in facility.reasons.values() if reason.kind is kind), "")
