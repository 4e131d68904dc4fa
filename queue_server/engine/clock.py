"""What the passing of time does: holds end, gates open, sessions turn, and a day gives way to the next.

`advance` runs inside the day. At its end the service runs `close_day` as one batch and `open_day` as another.
"""

from collections.abc import Sequence
from itertools import islice

from queue_server.engine.alerts import still_broken, tell_of_printer
from queue_server.engine.appointments import CLOSED_AT_ONCE, carried_over, close_unattended
from queue_server.engine.authority import give_up_asking
from queue_server.engine.calling import still_there
from queue_server.engine.draft import Draft
from queue_server.engine.emergencies import pass_on, unanswered
from queue_server.engine.events import (
    AlertRaised,
    Announced,
    DayClosed,
    DayOpened,
    Event,
    PrintChanged,
    StepAdded,
    VisitRegistered,
)
from queue_server.engine.facility import Facility
from queue_server.engine.hours import (
    MINUTE,
    day_stops,
    planned_sessions,
    round_the_clock,
)
from queue_server.engine.journeys import end_hold, end_visit, go_on, let_go_of_missed
from queue_server.engine.lateness import propose_for_late
from queue_server.engine.learning import learned
from queue_server.engine.lines import Line
from queue_server.engine.model import (
    OPEN,
    Actor,
    AlertPart,
    ClinicPart,
    Context,
    Day,
    Presence,
    Session,
    Visit,
    opening_by_themselves,
)
from queue_server.engine.promises import restate
from queue_server.engine.returning import is_expected
from queue_server.engine.routes import has_shut, open_gate, stands_for
from queue_server.engine.shifts import turn_sessions
from queue_server.engine.turning import turn_lines
from queue_server.protocol.codes import (
    ClinicState,
    GateName,
    PresenceKind,
    PrintState,
    Result,
    ResultsWhen,
    ResultsWithout,
    Role,
    StepChange,
    StepState,
    VisitChange,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.results import Done
from queue_server.protocol.values import replaced

CLOCK = Actor(device="clock", role=Role.CLOCK)
WORD_OF_PAPER = 120_000
"""How long (ms) a kiosk may say nothing of a paper it was given; printing and its checks take seconds."""
PAPERS_AT_ONCE = 100
"""So many unheard-of papers are dealt with in one go; the rest is due at once."""
CARRIED = "carried"
"""End of a step, and reason of a visit's end, that go on in the next day."""


def advance(draft: Draft) -> Done:
    """Do everything that has fallen due."""
    pass_on(draft)
    _end_holds(draft)
    _open_timed_gates(draft)
    give_up_asking(draft)
    _bring_back(draft)
    _end_announcements(draft)
    _miss_word_of_papers(draft)
    unattended_since = draft.now - draft.facility.appointments.unattended * MINUTE
    close_unattended(draft, unattended_since, CLOSED_AT_ONCE)
    turn_sessions(draft)
    propose_for_late(draft)
    _close_drained(draft)
    turn_lines(draft)
    restate(draft)
    return Done()


def _end_holds(draft: Draft) -> None:
    for step in sorted(draft.day.held):
        if 0 < draft.standing(step).held_until <= draft.now:
            end_hold(draft, step)


def _open_timed_gates(draft: Draft) -> None:
    for step in sorted(draft.day.timed_gates):
        due = [gate for gate in opening_by_themselves(draft.standing(step).gates) if gate.at <= draft.now]
        for gate in due:
            open_gate(draft, step, gate.name)
        if due:
            go_on(draft, draft.the_step(step).visit)


def _bring_back(draft: Draft) -> None:
    """Who was away until now counts as unknown again, and may be called."""
    for visit in sorted(draft.day.away):
        if draft.part(visit).presence.until <= draft.now:
            draft.change_visit(
                visit, VisitChange.PRESENCE, presence=Presence(PresenceKind.UNKNOWN, at=draft.now)
            )
            draft.touch_visit(visit)


def _end_announcements(draft: Draft) -> None:
    for hall, notice in sorted(draft.day.announcements.items()):
        if 0 < notice.until <= draft.now:
            draft.emit(Announced(hall, None))


def _miss_word_of_papers(draft: Draft) -> None:
    """A kiosk that said nothing of its paper for too long leaves it unknown, and staff hear of it."""
    for name, at in islice(draft.day.unconfirmed.items(), PAPERS_AT_ONCE):
        if at + WORD_OF_PAPER > draft.now:
            return
        paper = draft.day.prints[name]
        now = replaced(paper.part, state=PrintState.UNKNOWN, at=draft.now)
        draft.emit(PrintChanged(name, paper.part, now))
        tell_of_printer(draft, paper.device)


def _close_drained(draft: Draft) -> None:
    for clinic in draft.facility.clinics:
        if (
            draft.clinic_part(clinic).state is ClinicState.DRAINING
            and not any(still_there(draft, clinic).values())
            and not _expects_results(draft, clinic)
        ):
            let_go_of_missed(draft, clinic)
            draft.change_clinic(clinic, state=ClinicState.CLOSED, reason="", news_at=0)


def _expects_results(draft: Draft, clinic: str) -> bool:
    """Whether somebody is at the tests now and comes back here: they are seen before the clinic closes."""
    return any(is_expected(draft, step) for step in draft.line(Line.AWAITED, clinic))


def close_day(day: Day, now: int) -> tuple[Event, ...]:
    """End every open visit of a day that is over; those of round-the-clock clinics as carried."""
    draft = Draft(day, Context(CLOCK, now, ""))
    carried = 0
    for visit in _open_visits(day):
        goes_on = _is_carried(day, visit)
        carried += goes_on
        for step in tuple(visit.steps):
            if draft.standing(step).state in OPEN:
                draft.change(
                    step,
                    StepChange.CARRIED if goes_on else StepChange.ABANDONED,
                    state=StepState.ABANDONED,
                    ended_at=draft.now,
                    end=CARRIED if goes_on else "day_ended",
                )
        end_visit(draft, visit.id, VisitEnd.DAY_ENDED, CARRIED if goes_on else "")
    close_unattended(draft, day_stops(day.facility, day.day) - 1, len(day.expected))
    draft.emit(DayClosed(day.day, len(day.visits), carried))
    return tuple(draft.events)


def _open_visits(day: Day) -> list[Visit]:
    return [visit for visit in day.visits.values() if visit.part.end is None]


def _is_carried(day: Day, visit: Visit) -> bool:
    """Whether an open step waits at, or for a service of, a clinic that works through the night."""
    clinics = round_the_clock(day.facility)
    services = {service for clinic in clinics for service in day.facility.clinics[clinic].services}
    for name in visit.steps:
        step = day.steps[name]
        if step.standing.state in OPEN:
            at = step.standing.clinic
            if at in clinics or (not at and step.service in services):
                return True
    return False


def open_day(
    facility: Facility,
    day: str,
    now: int,
    before: Day | None = None,
    *,
    seq: int | None = None,
) -> tuple[Event, ...]:
    """The first events of a day: its opening with what was learned up to the closed day `before`, the visits
    carried over from it, the alert of a clock that nobody accepted yet, unanswered emergencies and what
    is still broken.

    seq: the journal seq of the first event; None: the one after `before`, or 1.
    """
    if seq is None:
        seq = 1 if before is None else before.seq + 1
    through = round_the_clock(facility) if before is not None else frozenset()
    parts: dict[str, ClinicPart] = {}
    if before is not None:
        coming = planned_sessions(facility, day)
        parts = {
            name: _handed_over(before, name, coming.get(name, ()))
            for name in before.clinics
            if name in through
        }
    events: list[Event] = [
        DayOpened(day, facility, learned(before), parts, now, seq, carried_over(before) if before else {})
    ]
    if before is not None:
        carried = [visit for visit in before.visits.values() if visit.part.reason == CARRIED]
        for ordinal, visit in enumerate(carried, 1):
            events += _carry(before, visit, f"{day}-{ordinal}", seq + len(events))
        if before.clock_doubt:
            doubt = before.alerts[before.clock_doubt]
            name = f"alert-{seq + len(events)}"
            events.append(AlertRaised(name, doubt.kind, doubt.subject, doubt.detail, AlertPart(now)))
        for alert in (*unanswered(before), *still_broken(before)):
            name = f"alert-{seq + len(events)}"
            events.append(AlertRaised(name, alert.kind, alert.subject, alert.detail, alert.part))
    return tuple(events)


def _handed_over(before: Day, clinic: str, coming: Sequence[Session]) -> ClinicPart:
    """A clinic's part at the end of a day, without those whose session ended with it. coming: its sessions of
    the new day."""
    part = before.clinics[clinic].part
    day_over = day_stops(before.facility, before.day)
    gone = {plan.practitioner for plan in before.sessions.get(clinic, ()) if plan.ends >= day_over}
    gone -= {plan.practitioner for plan in coming if plan.opens <= day_over}
    return replaced(part, practitioners=tuple(who for who in part.practitioners if who not in gone))


def _carry(before: Day, visit: Visit, name: str, act: int) -> Sequence[Event]:
    """The visit as it stood, under the new day's names. Ended steps stay behind with the old day, but for
    those whose result somebody waits for: it will be told of the new name; and those whose place a step took,
    or which it repeats."""
    awaits = {step: _still_awaited(before, step) for step in visit.steps if step in before.carried}
    part = replaced(visit.part, end=None, ended_at=0, reason="")
    if any(_wants_a_desk(before, step, left) for step, left in awaits.items()):
        part = replaced(part, wait=VisitWait.RESULTS, wait_since=visit.part.ended_at)
    registered = VisitRegistered(
        name,
        visit.token,
        visit.person,
        visit.payer,
        visit.kind,
        visit.language,
        visit.age_group,
        visit.arrived_at,
        visit.device,
        part,
        act,
        carried_from=visit.id,
        codes=visit.codes,
    )
    needed = {other for left in awaits.values() for other in left}
    needed |= {
        origin for step in awaits if (origin := before.steps[step].ordered_at) in before.steps[step].after
    }
    going_on = [step for step in visit.steps if step in before.carried or step in needed]
    names = {old: f"{name}.{number}" for number, old in enumerate(going_on, 1)}
    events: list[Event] = [registered]
    for old in going_on:
        step = before.steps[old]
        events.append(
            StepAdded(
                names[old],
                name,
                step.service,
                tuple(names[other] for other in step.after if other in names),
                replaced(before.carried.get(old, step.standing), behind=0),
                act,
                returning=step.returning,
                awaits=tuple(names[other] for other in awaits.get(old, ())),
                ordered_at=names.get(step.ordered_at, ""),
                needs=step.needs,
            )
        )
    return events


def _still_awaited(before: Day, step: str) -> list[str]:
    """The steps whose results a carried step still waits for: those it named, or what took their place."""
    draft = Draft(before)
    left, found = [*before.steps[step].awaits], []
    while left:
        test = left.pop(0)
        if test in before.carried or before.steps[test].standing.result is Result.PENDING:
            found.append(test)
        left += stands_for(draft, test)
    return found


def _wants_a_desk(before: Day, step: str, awaited: Sequence[str]) -> bool:
    """Whether a carried return has its results and waited for a desk to say who takes them."""
    rule = before.facility.services[before.steps[step].service]
    return (
        before.steps[step].returning
        and before.carried[step].state is StepState.PLANNED
        and has_shut(before.carried[step], GateName.RESULT)
        and not awaited
        and rule.results_when is not ResultsWhen.DOCTOR
        and rule.results_without is not ResultsWithout.WAIT
    )
