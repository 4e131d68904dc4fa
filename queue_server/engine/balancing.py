"""Which clinic: where a step would be called soonest, by time and not by heads (DESIGN §4, Balancing).

To the time until the call come the way there and, for insured exams, the advice per declared desk. A clinic
that could not begin before its session ends, or whose session is full, loses to any that can, and one that
had more than `max_share` of its fair share to one that had not; neither ever leaves a patient without a
clinic or a clinic idle.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from zlib import crc32

from queue_server.engine import desks, estimates
from queue_server.engine.authority import answer_due, asked_for, we_bind
from queue_server.engine.calling import clinics_of, pooled
from queue_server.engine.course import is_ready
from queue_server.engine.draft import Draft
from queue_server.engine.hours import MINUTE, in_session, works_until
from queue_server.engine.lines import Line
from queue_server.engine.numbering import sign_at
from queue_server.engine.sessions import has_place
from queue_server.engine.walking import hall_of, walk_ms
from queue_server.protocol.codes import (
    AssignedBy,
    Authority,
    Balance,
    Binding,
    ClinicKind,
    ClinicState,
    StepChange,
)
from queue_server.protocol.values import replaced

LOOK_AHEAD = 16
"""So many of a pool may be left for a clinic without room before the rest is looked at another time."""
GRACE = 2 * MINUTE
"""A free place may let somebody wait so long before the clinic counts as silent."""
NOT_TODAY = 24 * 60 * MINUTE
"""How much later a closed clinic counts that no session opens any more today."""

Weight = tuple[bool, bool, int, bool]
"""Whether its session would be over; whether it is busy and had more than its share; ms; whether it had more
than its share. The smallest is best."""


def bind(draft: Draft) -> None:
    """Give clinics to pooled steps wherever the drafted changes made room or brought someone."""
    for service in sorted(draft.touched_services):
        if draft.queue(Line.POOL, service):
            _bind_service(draft, service)
    draft.touched_services.clear()


def _bind_service(draft: Draft, service: str) -> None:
    """Each in turn to the best clinic. Who would be called soonest by a clinic that has no room yet stays in
    the pool, and is not sent to a slower one that has."""
    plan = draft.facility.services[service]
    if plan.binding not in (Binding.LATE, Binding.AT_CHECK_IN) or not we_bind(plan):
        return
    few = plan.bind_ahead if plan.binding is Binding.LATE else None
    clinics = [
        name for name in clinics_of(draft, service) if draft.clinic_part(name).state is ClinicState.OPEN
    ]
    by_chance = draft.facility.balance is Balance.RANDOM
    room = [name for name in clinics if few is None or by_chance or has_room(draft, name, few)]
    if not room:
        return
    prospects = Prospects(draft, service, clinics)
    left = 0
    for step in pooled(draft, service):
        if not is_ready(draft, step):
            continue
        clinic = prospects.best(step, room)
        prospects.add(clinic)
        if clinic in room:
            give(draft, step, clinic)
            if few is not None and not by_chance and not has_room(draft, clinic, few):
                room.remove(clinic)
        else:
            left += 1
        if not room or left == LOOK_AHEAD:
            return


def has_room(draft: Draft, clinic: str, few: int) -> bool:
    """Whether fewer than `few` first-time patients could be called from the clinic's own line right now, or
    as soon as the HIS takes them over."""
    ready = (
        step for step in draft.waiting(clinic) if not draft.the_step(step).returning and is_ready(draft, step)
    )
    services = draft.facility.services
    if all(
        services[name].authority is not Authority.WE_LEAD for name in draft.facility.clinics[clinic].services
    ):
        return sum(1 for _ in islice(ready, few)) < few
    asked = (
        step for step in draft.line(Line.AWAITED, clinic) if answer_due(draft.standing(step)) is not None
    )
    return sum(1 for _ in islice(chain(ready, asked), few)) < few


class Prospects:
    """What the clinics of a service offer one who comes now, and those who come after."""

    def __init__(self, draft: Draft, service: str, clinics: Sequence[str]) -> None:
        self._draft, self._service, self._clinics = draft, service, clinics
        self._starts: dict[str, int] = {}
        self._added: dict[str, int] = {}

    def best(self, step: str, room: Sequence[str]) -> str:
        """The clinic for a step. room: those that may be given it at once; only times of waiting may be
        compared with clinics that may not."""
        match self._draft.facility.balance:
            case Balance.RANDOM:
                return room[crc32(step.encode()) % len(room)]
            case Balance.FEWEST_HEADS:
                return min(room, key=lambda name: (self._heads(name), name))
            case Balance.EARLIEST_START:
                return self.earliest(step)

    def earliest(self, step: str) -> str:
        """Where the step would be called soonest; on a tie the shorter line, then the name."""
        draft = self._draft
        start = hall_of(draft, draft.the_step(step).visit) if step else ""
        return min(
            self._clinics,
            key=lambda name: (*self._weigh(step, name, start), self._heads(name), name),
        )

    def add(self, clinic: str) -> None:
        """One more will stand before whoever comes later."""
        pace = estimates.pace_ms(self._draft, clinic, self._service)
        start = self._start(clinic)
        self._starts[clinic] = start + pace // self._draft.facility.clinics[clinic].places
        self._added[clinic] = self._added.get(clinic, 0) + 1

    def _weigh(self, step: str, clinic: str, start: str) -> Weight:
        begins = self._start(clinic)
        too_late, ms = weigh(self._draft, step, clinic, begins, start)
        too_late = too_late or not has_place(self._draft.day, clinic, self._added.get(clinic, 0))
        had_enough = self._had_its_share(clinic)
        return too_late, had_enough and begins > 0, ms, had_enough

    def _start(self, clinic: str) -> int:
        if clinic not in self._starts:
            # Who is at the tests comes back long after those who are bound when few are ahead.
            late = self._draft.facility.services[self._service].binding is Binding.LATE
            self._starts[clinic] = starts_in(self._draft, clinic, on_their_way=not late)
        return self._starts[clinic]

    def _heads(self, clinic: str) -> int:
        draft = self._draft
        return len(draft.queue(Line.BOUND, clinic)) + len(draft.in_hand(clinic)) + self._added.get(clinic, 0)

    def _had_its_share(self, clinic: str) -> bool:
        """Whether it was given more than `max_share` percent of what its planned time so far makes fair."""
        percent = self._draft.facility.services[self._service].max_share
        if not percent:
            return False
        given = {name: self._given(name) for name in self._clinics}
        worked = {name: self._worked(name) for name in self._clinics}
        if not all(worked.values()):
            worked = dict.fromkeys(self._clinics, 1)
        fair = sum(given.values()) * worked[clinic]
        return given[clinic] * sum(worked.values()) * 100 > fair * percent

    def _given(self, clinic: str) -> int:
        of_day = self._draft.day.clinics[clinic].given
        return of_day.get(self._service, 0) + self._added.get(clinic, 0)

    def _worked(self, clinic: str) -> int:
        now = self._draft.now
        plans = self._draft.day.sessions.get(clinic, ())
        return sum(min(plan.ends, now) - plan.opens for plan in plans if plan.opens < now)


def starts_in(draft: Draft, clinic: str, *, on_their_way: bool = True) -> int:
    """Ms until somebody who joined the clinic now would be called there, opening and silence included."""
    expected = estimates.expected_ms(draft, clinic, on_their_way=on_their_way)
    return expected + calls_again_in(draft, clinic)


def calls_again_in(draft: Draft, clinic: str) -> int:
    """Ms until the clinic calls at all: until it opens, until the news a pause announced, or as long again as
    it has been silent. Who is late already will hardly come at this very moment."""
    part = draft.clinic_part(clinic)
    match part.state:
        case ClinicState.CLOSED:
            later = [plan.opens for plan in draft.day.sessions.get(clinic, ()) if plan.opens >= draft.now]
            return min(later) - draft.now if later else NOT_TODAY
        case ClinicState.PAUSED:
            return max(part.news_at - draft.now, 0)
        case ClinicState.OPEN | ClinicState.DRAINING:
            return silent_for(draft, clinic)


def silent_for(draft: Draft, clinic: str) -> int:
    """For how long (ms) a clinic in session has let its next patient wait although a place is free."""
    queue = draft.queue(Line.BOUND, clinic)
    if not queue or len(draft.in_hand(clinic)) >= draft.facility.clinics[clinic].places:
        return 0
    head = queue[0][-1]
    running = in_session(draft.day, clinic, draft.now)
    if not running or not is_ready(draft, head):
        return 0
    since = max(min(plan.opens for plan in running), draft.standing(head).queued_at)
    recent = draft.recent(clinic)
    if recent:
        since = max(since, recent[-1].at, draft.standing(recent[-1].step).ended_at)
    silent = draft.now - since
    return silent if silent > GRACE else 0


def weigh(draft: Draft, step: str, clinic: str, start: int, hall: str) -> tuple[bool, int]:
    """What speaks against a clinic for a step that would be called there in `start` ms: whether its session
    would be over, and ms with the way from `hall` and the advice for its desk. step empty: nobody's."""
    ms = start
    if step:
        here = draft.the_step(step)
        ms += walk_ms(draft, here.visit, hall, clinic)
        if is_insured_exam(draft, step):
            in_line = len(draft.queue(Line.BOUND, clinic)) + len(draft.in_hand(clinic))
            ms += desks.later_by(draft.day, clinic, in_line)
    end = works_until(draft.day, clinic, draft.now)
    return end is not None and draft.now + start >= end, ms


def is_insured_exam(draft: Draft, step: str) -> bool:
    """Whether the insurance counts this step as an exam of a desk."""
    here = draft.the_step(step)
    payer = draft.facility.payers.get(draft.the_visit(here.visit).payer)
    exam = draft.facility.services[here.service].kind is ClinicKind.EXAM
    return exam and not here.returning and payer is not None and payer.insured


def give(draft: Draft, step: str, clinic: str) -> None:
    """Bind a waiting step to a clinic of our choice."""
    here = draft.the_step(step)
    sign = sign_at(draft, here.visit, here.service, clinic)
    now = replaced(draft.standing(step), clinic=clinic, call_sign=sign, assigned_by=AssignedBy.OURS)
    now = asked_for(draft.facility.services[here.service], now, draft.now)
    draft.put(step, StepChange.BOUND, now, binding=True)


def clinic_at_check_in(draft: Draft, service: str, practitioner: str | None, step: str = "") -> str | None:
    """The clinic a step gets at registration: the chosen practitioner's, or ours where the service says so.

    None leaves it open. A practitioner who is signed on nowhere is found by today's sessions. step: whose it
    will be, empty while it is not made yet.
    """
    serving = list(clinics_of(draft, service))
    if practitioner is not None:
        for name in serving:
            if practitioner in draft.clinic_part(name).practitioners:
                return name
        planned = {plan.clinic for plan in draft.facility.sessions if plan.practitioner == practitioner}
        return next((name for name in serving if name in planned), None)
    plan = draft.facility.services[service]
    if plan.binding is not Binding.AT_CHECK_IN or not we_bind(plan):
        return None
    for states in ({ClinicState.OPEN}, {ClinicState.PAUSED}, {ClinicState.CLOSED}):
        clinics = [name for name in serving if draft.clinic_part(name).state in states]
        if clinics:
            return Prospects(draft, service, clinics).best(step, clinics)
    return None


def open_clinics(draft: Draft, service: str, *, but: Iterable[str] = ()) -> list[str]:
    """The clinics of a service that take patients now."""
    return [
        name
        for name in clinics_of(draft, service)
        if name not in but and draft.clinic_part(name).state is ClinicState.OPEN
    ]
