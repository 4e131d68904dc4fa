"""Folding events into the day: the only code that changes a `Day`. Never refuses, never decides.

Every index of the day (pools, lines, numbers, people, ...) follows from the parts an event carries; the same
events in the same order always give an equal `Day`.
"""

from collections.abc import Iterable
from typing import assert_never

from queue_server.engine import appointments, judging, learning
from queue_server.engine.authority import answer_due
from queue_server.engine.desks import desk_at
from queue_server.engine.events import (
    Agreed,
    AlertChanged,
    AlertRaised,
    Announced,
    AppointmentBooked,
    AppointmentChanged,
    ClinicChanged,
    ClockAccepted,
    DayClosed,
    DayOpened,
    Disagreed,
    Event,
    InsuranceChecked,
    InsuranceTold,
    IntakeChanged,
    LinesTurned,
    PersonForgotten,
    PrintChanged,
    PrintIssued,
    Promised,
    ProposalChanged,
    ProposalMade,
    SessionTurned,
    SiteChanged,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitIdentified,
    VisitRegistered,
)
from queue_server.engine.facility import Facility
from queue_server.engine.hours import planned_sessions
from queue_server.engine.lanes import call_of, reorders
from queue_server.engine.lines import Line, dequeue, enqueue, line_of, queue_key
from queue_server.engine.model import (
    ADDED,
    BUSY,
    IN_HAND,
    REFERRED,
    WAITING,
    Act,
    AlertState,
    Before,
    Call,
    Clinic,
    ClinicPart,
    Day,
    PrintPart,
    Proposal,
    Queue,
    Standing,
    Step,
    TicketPrint,
    Visit,
    VisitPart,
    opening_by_themselves,
)
from queue_server.engine.numbering import ordinary, place_in_series
from queue_server.engine.places import signposts
from queue_server.engine.sessions import GIVEN_BACK, counted_at
from queue_server.protocol.codes import (
    AlertKind,
    CalledAs,
    ClinicKind,
    Note,
    PresenceKind,
    PrintState,
    ProposalState,
    Result,
    SignOrigin,
    StepChange,
    StepState,
)

UNSERVED = frozenset({StepState.CANCELLED, StepState.ABANDONED})
RECENT = 16
"""Calls a clinic remembers; no policy looks further back."""


def begin(event: DayOpened) -> Day:
    """The first state of a day."""
    day = Day(event.facility, event.day, opened_at=event.at, seq=event.seq, now=event.at)
    for reference, booked in event.appointments.items():
        appointments.put(day, reference, booked)
    _plan(day, event.facility)
    learning.start_from(day, event.learned)
    for clinic, part in event.clinics.items():
        if clinic in day.clinics:
            day.clinics[clinic].part = part
    return day


def fold(events: Iterable[Event], at: int = 0) -> Day:
    """The day that these events tell of, `DayOpened` first. at: the moment of the last one, if known.

    Raises ValueError when the first event is another.
    """
    stream = iter(events)
    first = next(stream, None)
    if not isinstance(first, DayOpened):
        raise ValueError("a day begins with DayOpened")
    day = begin(first)
    for event in stream:
        evolve(day, event)
    day.now = max(day.now, at)
    return day


def evolve(day: Day, event: Event, at: int = 0) -> None:
    """Change the day as the event tells. at: when it was journaled; the day's moment never goes back."""
    match event:
        case StepChanged():
            _step_changed(day, event)
        case StepAdded():
            _step_added(day, event)
        case VisitChanged():
            _visit_changed(day, event)
        case VisitRegistered():
            _visit_registered(day, event)
        case VisitIdentified():
            _visit_identified(day, event)
        case PersonForgotten() | InsuranceChecked() | InsuranceTold():
            # Of a person the day has the random reference only.
            pass
        case ClinicChanged():
            _clinic_changed(day, event)
        case PrintIssued():
            day.prints[event.print] = TicketPrint(
                event.print,
                event.visit,
                event.device,
                event.reprint,
                event.part,
                event.pending_until,
                event.part.at,
                event.printed_at or event.part.at,
            )
            day.visits[event.visit].prints += 1
            _on_paper(day, event.visit, event.part)
            _await_word(day, event.print)
        case PrintChanged():
            paper = day.prints[event.print]
            paper.part = event.now
            _on_paper(day, paper.visit, event.now)
            _await_word(day, event.print)
        case SessionTurned():
            _session_turned(day, event)
        case IntakeChanged():
            if event.reason:
                day.intake_stopped[event.service] = event.reason
            else:
                day.intake_stopped.pop(event.service, None)
        case Announced():
            if event.now is not None:
                day.announcements[event.hall] = event.now
            else:
                day.announcements.pop(event.hall, None)
        case AlertRaised():
            day.alerts[event.alert] = AlertState(
                event.alert, event.kind, event.subject, event.detail, event.part
            )
            if event.kind is AlertKind.CLOCK_JUMPED:
                day.clock_doubt = event.alert
        case AlertChanged():
            day.alerts[event.alert].part = event.now
        case SiteChanged():
            day.facility = event.facility
            _plan(day, event.facility)
            for step in day.steps.values():
                _admit(day, step)
        case DayClosed():
            day.closed = True
        case DayOpened():
            raise ValueError("a day opens once")
        case ClockAccepted():
            day.clock_doubt = ""
        case Promised():
            judging.promised(day, event)
        case ProposalMade():
            day.proposals[event.proposal] = Proposal(
                event.proposal, event.clinic, event.cause, event.at, event.part
            )
            _keep_open(day, event.proposal)
        case ProposalChanged():
            day.proposals[event.proposal].part = event.now
            _keep_open(day, event.proposal)
        case AppointmentBooked():
            appointments.put(day, event.appointment, event.part)
        case AppointmentChanged():
            appointments.put(day, event.appointment, event.now)
        case Disagreed():
            day.disagreements[event.key] = event.disagreement
        case Agreed():
            day.disagreements.pop(event.key, None)
        case LinesTurned():
            for name in event.clinics:
                day.clinics[name].turned_at = event.at
        case _:
            assert_never(event)
    day.seq += 1
    if at > day.now:
        day.now = at


def _session_turned(day: Day, event: SessionTurned) -> None:
    """A second practitioner who begins while the first still works gives the clinic no new quotas."""
    runs = day.sessions_begun - day.sessions_ended
    if not event.ended and not any(plan.key in runs for plan in day.sessions.get(event.clinic, ())):
        day.clinics[event.clinic].courtesy.clear()
    (day.sessions_ended if event.ended else day.sessions_begun).add(event.session)


def _clinic_changed(day: Day, event: ClinicChanged) -> None:
    clinic = day.clinics[event.clinic]
    if (event.was.state, event.was.practitioners) != (event.now.state, event.now.practitioners):
        learning.disturbed(clinic)
        day.restated_at = 0
    clinic.part = event.now


def _keep_open(day: Day, proposal: str) -> None:
    known = day.proposals[proposal]
    if known.part.state is ProposalState.OPEN:
        day.proposed[known.clinic] = proposal
    elif day.proposed.get(known.clinic) == proposal:
        del day.proposed[known.clinic]


def _plan(day: Day, facility: Facility) -> None:
    for clinic in facility.clinics:
        if clinic not in day.clinics:
            day.clinics[clinic] = Clinic(clinic, ClinicPart())
    for service in facility.services:
        day.serving[service] = tuple(
            name for name, plan in facility.clinics.items() if service in plan.services
        )
        day.pools.setdefault(service, set())
        day.queues.setdefault(service, [])
        day.planned.setdefault(service, set())
    day.signposts = signposts(facility)
    day.sessions = planned_sessions(facility, day.day)


def _visit_registered(day: Day, event: VisitRegistered) -> None:
    visit = Visit(
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
        touched=event.act,
        codes=event.codes,
    )
    day.visits[visit.id] = visit
    day.tokens |= dict.fromkeys((visit.token, *visit.codes), visit.id)
    day.visit_ordinal += 1
    day.arrivals[visit.device] = max(day.arrivals.get(visit.device, 0), visit.arrived_at)
    if event.carried_from:
        # Its number stays taken; today's count begins anew all the same, but for a kiosk's own.
        day.numbers[event.part.number] = visit.id
        _count_series(day, event.part.number)
    else:
        _number(day, visit.id, event.part.number)
    _index_visit(day, visit, event.part)
    if event.part.end is None:
        day.open_visits += 1
    else:
        day.ended_visits += 1


def _visit_identified(day: Day, event: VisitIdentified) -> None:
    visit = day.visits[event.visit]
    if visit.person is not None and day.people.get(visit.person) == visit.id:
        del day.people[visit.person]
    visit.person, visit.age_group = event.now, event.age_group
    _index_visit(day, visit, visit.part)


def _visit_changed(day: Day, event: VisitChanged) -> None:
    visit = day.visits[event.visit]
    if event.act_clinic:
        before = Before(visit=visit.id, part=event.was)
        _remember(day, event.act_clinic, event.act, before, event.change, event.now.number)
    visit.touched = event.act
    moves = reorders(event.was, event.now)
    waiting = [day.steps[step] for step in visit.steps if moves and day.steps[step].standing.state in WAITING]
    for step in waiting:
        dequeue(_queue(day, step), queue_key(step, event.was, step.standing))
        enqueue(_queue(day, step), queue_key(step, event.now, step.standing))
    visit.part = event.now
    if event.now.number != event.was.number:
        _number(day, visit.id, event.now.number)
    _index_visit(day, visit, event.now)
    ended = (event.now.end is not None) - (event.was.end is not None)
    day.ended_visits += ended
    day.open_visits -= ended
    if ended:
        for name in visit.steps:
            _await_result(day, day.steps[name], event.now)


def _queue(day: Day, step: Step) -> Queue:
    clinic = step.standing.clinic
    return day.clinics[clinic].queue if clinic else day.queues[step.service]


def _number(day: Day, visit: str, number: str) -> None:
    day.numbers[number] = visit
    parts = ordinary(number)
    if parts is not None:
        letter, count = parts
        day.letters[letter] = max(day.letters.get(letter, 0), count)
    _count_series(day, number)


def _count_series(day: Day, number: str) -> None:
    own = place_in_series(number)
    if own is not None:
        kiosk, count = own
        day.series[kiosk] = max(day.series.get(kiosk, 0), count)


def _on_paper(day: Day, visit: str, part: PrintPart) -> None:
    """What stands on a paper leads to its visit, also where the visit's own number and token are others."""
    if part.number not in day.numbers:
        _number(day, visit, part.number)
    if part.token and part.token not in day.tokens:
        day.tokens[part.token] = visit
        here = day.visits[visit]
        here.codes = (*here.codes, part.token)


def _index_visit(day: Day, visit: Visit, part: VisitPart) -> None:
    still_here = part.end is None
    _keep(day.directions, visit.id, still_here and part.wait is not None)
    _keep(day.offline, visit.id, still_here and Note.OFFLINE in part.notes)
    _keep(
        day.away, visit.id, still_here and part.presence.kind is PresenceKind.AWAY and part.presence.until > 0
    )
    if visit.person is not None:
        if still_here:
            day.people[visit.person] = visit.id
        elif day.people.get(visit.person) == visit.id:
            del day.people[visit.person]


def _await_word(day: Day, name: str) -> None:
    """Keep the papers that a kiosk or printer still has to speak of in the order of their moments, and those
    that are not known to be in a hand. Of what others had to print nobody ever speaks."""
    paper = day.prints[name]
    day.unconfirmed.pop(name, None)
    prints = paper.device in day.facility.kiosks or paper.device in day.facility.printers
    # Sent with a reason is the last word of a printer that cannot be asked.
    is_over = bool(paper.part.state is PrintState.SENT and paper.part.reason)
    if paper.part.state in (PrintState.ISSUED, PrintState.SENT) and prints and not is_over:
        day.unconfirmed[name] = paper.part.at
    in_trouble = paper.part.state in (PrintState.STALLED, PrintState.UNKNOWN)
    if in_trouble or name in day.unconfirmed:
        day.loose[name] = None
    else:
        day.loose.pop(name, None)


def _await_result(day: Day, step: Step, part: VisitPart) -> None:
    standing = step.standing
    if standing.result is Result.PENDING and standing.clinic:
        _keep(day.clinics[standing.clinic].results, step.id, part.end is None)


def _keep(members: set[str], name: str, belongs: bool) -> None:
    if belongs:
        members.add(name)
    else:
        members.discard(name)


def _step_added(day: Day, event: StepAdded) -> None:
    step = Step(
        event.step,
        event.visit,
        event.service,
        event.after,
        event.standing,
        event.returning,
        event.awaits,
        event.ordered_at,
        event.needs,
    )
    day.steps[step.id] = step
    if not step.returning:
        _give(day, step)
    visit = day.visits[step.visit]
    visit.steps.append(step.id)
    visit.touched = event.act
    _admit(day, step)
    _enter(day, step, visit, event.standing)
    judging.stands(day, step.id, None, event.standing)
    if event.act_clinic:
        before = Before(step=step.id, added=True)
        _remember(day, event.act_clinic, event.act, before, ADDED, visit.part.number)


def _step_changed(day: Day, event: StepChanged) -> None:
    step = day.steps[event.step]
    visit = day.visits[step.visit]
    was, now = event.was, event.now
    _leave(day, step, visit, was)
    step.standing = now
    if (
        was.clinic != now.clinic
        or was.gates != now.gates
        or now.state in GIVEN_BACK
        or was.state in GIVEN_BACK
    ):
        _admit(day, step)

    _enter(day, step, visit, now)
    judging.stands(day, step.id, was.state, now)
    if not step.returning:
        if was.clinic and was.state not in UNSERVED:
            day.clinics[was.clinic].given[step.service] -= 1
        _give(day, step)
    if event.change is not StepChange.BOUND:
        visit.touched = event.act
    _count(day, step, visit, event)
    if event.act_clinic:
        shown = now.call_sign or was.call_sign
        sign = visit.part.number if shown is None else shown.text
        before = Before(step=step.id, standing=was)
        sent_on = event.change in _SENT_ON and was.state is not StepState.PLANNED
        change = REFERRED if sent_on and _has_added(day, event) else event.change
        _remember(day, event.act_clinic, event.act, before, change, sign)
    if event.by:
        day.clinics[event.act_clinic].by = event.by


def _give(day: Day, step: Step) -> None:
    clinic = step.standing.clinic
    if clinic and step.standing.state not in UNSERVED:
        given = day.clinics[clinic].given
        given[step.service] = given.get(step.service, 0) + 1


def _leave(day: Day, step: Step, visit: Visit, standing: Standing) -> None:
    match line_of(standing):
        case Line.POOL:
            day.pools[step.service].discard(step.id)
            dequeue(day.queues[step.service], queue_key(step, visit.part, standing))
        case Line.BOUND:
            day.clinics[standing.clinic].bound.discard(step.id)
            dequeue(day.clinics[standing.clinic].queue, queue_key(step, visit.part, standing))
        case Line.IN_HAND:
            day.clinics[standing.clinic].in_hand.remove(step.id)
        case Line.MISSED:
            day.clinics[standing.clinic].missed.discard(step.id)
        case Line.PLANNED:
            day.planned[step.service].discard(step.id)
        case Line.AWAITED:
            day.clinics[standing.clinic].planned.discard(step.id)
        case Line.HELD:
            day.held.discard(step.id)
        case Line.NONE:
            """An ended step stands in no line."""
    if standing.result is Result.PENDING and standing.clinic:
        day.clinics[standing.clinic].results.discard(step.id)
    if visit.busy == step.id:
        visit.busy = ""
    day.timed_gates.pop(step.id, None)


def _enter(day: Day, step: Step, visit: Visit, standing: Standing) -> None:
    match line_of(standing):
        case Line.POOL:
            day.pools[step.service].add(step.id)
            enqueue(day.queues[step.service], queue_key(step, visit.part, standing))
        case Line.BOUND:
            day.clinics[standing.clinic].bound.add(step.id)
            enqueue(day.clinics[standing.clinic].queue, queue_key(step, visit.part, standing))
        case Line.IN_HAND:
            in_hand = day.clinics[standing.clinic].in_hand
            in_hand.append(step.id)
            if len(in_hand) > 1:
                in_hand.sort(key=lambda other: day.steps[other].standing.called_at)
        case Line.MISSED:
            day.clinics[standing.clinic].missed.add(step.id)
        case Line.PLANNED:
            day.planned[step.service].add(step.id)
        case Line.AWAITED:
            day.clinics[standing.clinic].planned.add(step.id)
        case Line.HELD:
            day.held.add(step.id)
        case Line.NONE:
            """An ended step stands in no line."""
    if standing.result is Result.PENDING:
        _await_result(day, step, visit.part)
    if standing.state in BUSY:
        visit.busy = step.id
    if standing.gates and standing.state is StepState.PLANNED:
        moments = [gate.at for gate in opening_by_themselves(standing.gates)]
        due = answer_due(standing)
        if due is not None:
            moments.append(due)
        if moments:
            day.timed_gates[step.id] = min(moments)
    if standing.clinic and standing.call_sign is not None:
        _sign(day.clinics[standing.clinic], visit.id, standing)


def _admit(day: Day, step: Step) -> None:
    """Count a step against what it takes a place in now, and against nothing else."""
    before = day.admitted.get(step.id, "")
    now = counted_at(day, step, step.standing, before)
    if now == before:
        return
    if before:
        day.admissions[before] -= 1
        del day.admitted[step.id]
    if now:
        day.admissions[now] = day.admissions.get(now, 0) + 1
        day.admitted[step.id] = now


def _sign(clinic: Clinic, visit: str, standing: Standing) -> None:
    sign = standing.call_sign
    if sign is None:
        return
    clinic.signs[sign.text] = visit
    if sign.origin is SignOrigin.CLINIC:
        clinic.last_sign = max(clinic.last_sign, int(sign.text))


def _count(day: Day, step: Step, visit: Visit, event: StepChanged) -> None:
    was, now = event.was, event.now
    if event.change is StepChange.CALLED:
        clinic = day.clinics[now.clinic]
        learning.called(day, clinic, was.queued_at, now.called_at)
        judging.judge(day, step, now.called_at)
        clinic.calls += 1
        clinic.recent.append(call_of(step, visit.part, was, now, event.reason))
        if len(clinic.recent) > RECENT:
            del clinic.recent[_least_telling(clinic.recent)]
        if event.reason:
            clinic.courtesy[event.reason] = clinic.courtesy.get(event.reason, 0) + 1
    elif event.change is StepChange.FINISHED and was.clinic:
        clinic = day.clinics[was.clinic]
        clinic.served += 1
        _count_insured(day, step, visit, now, 1)
        learning.turn_ended(day, clinic, step, visit, was.called_at, now.ended_at)
    elif event.change is StepChange.CARRIED:
        day.carried[step.id] = was
    elif event.change is StepChange.UNDONE:
        if was.state in IN_HAND and now.state not in IN_HAND:
            _forget_call(day.clinics[was.clinic], step.id)
        elif was.state is StepState.DONE and now.state in IN_HAND:
            clinic = day.clinics[now.clinic]
            clinic.served -= 1
            _count_insured(day, step, visit, was, -1)
            learning.undone(clinic, was.ended_at)
    if was.state in IN_HAND and now.state not in IN_HAND:
        day.clinics[was.clinic].disturbed.discard(step.id)


def _count_insured(day: Day, step: Step, visit: Visit, ended: Standing, one: int) -> None:
    """An insured visit's exam counts for the desk on which it was given (TT 39/2018/TT-BYT, article 5)."""
    payer = day.facility.payers.get(visit.payer)
    if step.returning or payer is None or not payer.insured:
        return
    if day.facility.services[step.service].kind is not ClinicKind.EXAM:
        return
    desk = desk_at(day, ended.clinic, ended.ended_at, ended.practitioner)
    if desk:
        day.insured[desk] = day.insured.get(desk, 0) + one


def _least_telling(recent: list[Call]) -> int:
    """Which call to forget: the oldest urgent one, no policy counts it; else the oldest. Never the newest."""
    for index in range(len(recent) - 1):
        if recent[index].called_as is CalledAs.URGENT:
            return index
    return 0


def _forget_call(clinic: Clinic, step: str) -> None:
    for index in range(len(clinic.recent) - 1, -1, -1):
        call = clinic.recent[index]
        if call.step == step:
            del clinic.recent[index]
            clinic.calls -= 1
            if call.why in clinic.courtesy:
                _count_down(clinic.courtesy, call.why)
            return


def _count_down(counts: dict[str, int], code: str) -> None:
    counts[code] -= 1
    if not counts[code]:
        del counts[code]


def _has_added(day: Day, event: StepChanged) -> bool:
    act = day.clinics[event.act_clinic].act
    return act is not None and act.number == event.act and act.change == ADDED


_SENT_ON = frozenset({StepChange.FINISHED, StepChange.CANCELLED})
_WHAT_IT_WAS = frozenset({StepChange.CALLED, REFERRED})
"""Changes that say what an act was, whatever came before them in it."""


def _remember(day: Day, clinic: str, number: int, before: Before, change: str, sign: str) -> None:
    """Keep what an act of a clinic replaced; taking an act back leaves nothing to take back."""
    place = day.clinics[clinic]
    if change == "undone":
        place.act = None
        return
    if place.act is None or place.act.number != number:
        place.act = Act(number, change, sign)
    elif change in _WHAT_IT_WAS:
        place.act.change, place.act.sign = change, sign
    place.act.replaced.append(before)
