"""The laws of state (DESIGN §4, §13) as one check of a day, for every test that has a `Day` in hand."""

from collections import Counter, defaultdict

from queue_server.engine.draft import Draft
from queue_server.engine.evolve import UNSERVED
from queue_server.engine.lines import Line, line_of, queue_key
from queue_server.engine.model import BUSY, OPEN, Day
from queue_server.engine.preparation import NEED_GATES
from queue_server.engine.routes import is_awaited
from queue_server.engine.sessions import GIVEN_BACK
from queue_server.protocol.codes import (
    AlertKind,
    AppointmentState,
    GateName,
    Note,
    PresenceKind,
    PrintState,
    ProposalState,
    Result,
    ResultsWhen,
    ResultsWithout,
    StepState,
    VisitWait,
)


def check_laws(day: Day) -> None:
    """Raise AssertionError where the day breaks a law or an index does not follow from the parts."""
    nobody_is_lost(day)
    nobody_is_stuck(day)
    results_have_a_way_back(day)
    nobody_waits_before_a_shut_gate(day)
    nobody_is_twice(day)
    numbers_and_signs_are_unique(day)
    indexes_follow(day)


def nobody_is_lost(day: Day) -> None:
    for visit in day.visits.values():
        open_steps = [step for step in visit.steps if day.steps[step].standing.state in OPEN]
        if visit.part.end is None:
            undirected = visit.part.wait is VisitWait.DIRECTION
            assert bool(open_steps) != undirected, visit
            assert (visit.part.wait is VisitWait.RESULTS) <= bool(open_steps), visit
        else:
            assert not open_steps, visit
            assert visit.part.wait is None, visit


def nobody_is_stuck(day: Day) -> None:
    """Whoever has only planned steps left waits for a gate, not for nothing."""
    for visit in day.visits.values():
        standings = [day.steps[step].standing for step in visit.steps]
        left = [standing for standing in standings if standing.state in OPEN]
        if left and all(standing.state is StepState.PLANNED for standing in left):
            assert any(not gate.open for standing in left for gate in standing.gates), visit


def results_have_a_way_back(day: Day) -> None:
    """Whose results are all there is brought back, or it is said on whom that waits."""
    draft = Draft(day)
    for step in day.steps.values():
        standing, visit = step.standing, day.visits[step.visit]
        shut = any(gate.name is GateName.RESULT and not gate.open for gate in standing.gates)
        if not (step.returning and shut and standing.state is StepState.PLANNED):
            continue
        rule = day.facility.services[step.service]
        assert (
            any(is_awaited(draft, test) for test in step.awaits)
            or visit.part.wait is VisitWait.RESULTS
            or rule.results_when is ResultsWhen.DOCTOR
            or rule.results_without is ResultsWithout.WAIT
        ), step


def nobody_waits_before_a_shut_gate(day: Day) -> None:
    for step in day.steps.values():
        if step.standing.state is StepState.QUEUED:
            assert all(gate.open for gate in step.standing.gates), step


def nobody_is_twice(day: Day) -> None:
    for visit in day.visits.values():
        busy = [step for step in visit.steps if day.steps[step].standing.state in BUSY]
        assert len(busy) <= 1, visit
        assert visit.busy == "".join(busy), visit
    in_hand = Counter(step for clinic in day.clinics.values() for step in clinic.in_hand)
    assert all(count == 1 for count in in_hand.values()), in_hand
    for name, clinic in day.clinics.items():
        assert len(clinic.in_hand) <= day.facility.clinics[name].places, clinic


def numbers_and_signs_are_unique(day: Day) -> None:
    numbers = Counter(visit.part.number for visit in day.visits.values())
    assert all(count == 1 for count in numbers.values()), numbers
    for visit in day.visits.values():
        assert day.numbers[visit.part.number] == visit.id
    people = Counter(v.person for v in day.visits.values() if v.person and v.part.end is None)
    assert all(count == 1 for count in people.values()), people
    signs: dict[tuple[str, str], str] = {}
    for step in day.steps.values():
        sign = step.standing.call_sign
        if sign is not None and step.standing.clinic:
            owner = signs.setdefault((step.standing.clinic, sign.text), step.visit)
            assert owner == step.visit, (sign, owner, step)
            assert day.clinics[step.standing.clinic].signs[sign.text] == step.visit


def indexes_follow(day: Day) -> None:
    lines: defaultdict[tuple[Line, str], set[str]] = defaultdict(set)
    awaited: defaultdict[str, set[str]] = defaultdict(set)
    for step in day.steps.values():
        line = line_of(step.standing)
        per_service = line in (Line.POOL, Line.PLANNED)
        lines[line, "" if line is Line.HELD else step.service if per_service else step.standing.clinic].add(
            step.id
        )
        if step.standing.result is Result.PENDING and day.visits[step.visit].part.end is None:
            awaited[step.standing.clinic].add(step.id)
    for service in day.facility.services:
        assert day.pools[service] == lines[Line.POOL, service]
        assert day.planned[service] == lines[Line.PLANNED, service]
    for name, clinic in day.clinics.items():
        assert clinic.bound == lines[Line.BOUND, name]
        assert clinic.planned == lines[Line.AWAITED, name]
        assert clinic.missed == lines[Line.MISSED, name]
        assert clinic.results == awaited[name]
        assert set(clinic.in_hand) == lines[Line.IN_HAND, name]
        calls = [day.steps[step].standing.called_at for step in clinic.in_hand]
        assert calls == sorted(calls)
    lines_are_in_order(day)
    appointments_are_found(day)
    given = Counter(
        (step.standing.clinic, step.service)
        for step in day.steps.values()
        if not step.returning and step.standing.clinic and step.standing.state not in UNSERVED
    )
    kept = {(name, s): n for name, clinic in day.clinics.items() for s, n in clinic.given.items() if n}
    assert kept == dict(given)
    still_proposed = [told for told in day.proposals.values() if told.part.state is ProposalState.OPEN]
    assert day.proposed == {told.clinic: told.id for told in still_proposed}
    assert len(day.proposed) == len(still_proposed)
    assert day.held == lines[Line.HELD, ""]
    due = {
        step.id: [
            gate.at
            for gate in step.standing.gates
            if not gate.open
            and (
                gate.name is GateName.NOT_BEFORE
                or (gate.name in NEED_GATES and gate.at > 0)
                or (gate.name is GateName.ACKNOWLEDGED and bool(step.standing.clinic))
            )
        ]
        for step in day.steps.values()
        if step.standing.state is StepState.PLANNED
    }
    assert day.timed_gates == {step: min(moments) for step, moments in due.items() if moments}
    codes = {code: visit.id for visit in day.visits.values() for code in (visit.token, *visit.codes)}
    assert day.tokens == codes
    assert sum(1 + len(visit.codes) for visit in day.visits.values()) == len(codes)
    came_alone = {v.id for v in day.visits.values() if v.part.end is None and Note.OFFLINE in v.part.notes}
    assert day.offline == came_alone
    for paper in day.prints.values():
        if paper.part.state is not PrintState.VOIDED:
            assert day.numbers[paper.part.number] == paper.visit
    assert set(day.loose) == {
        paper.id
        for paper in day.prints.values()
        if paper.part.state in (PrintState.STALLED, PrintState.UNKNOWN) or paper.id in day.unconfirmed
    }
    assert day.unconfirmed == {
        paper.id: paper.part.at
        for paper in day.prints.values()
        if paper.part.state in (PrintState.ISSUED, PrintState.SENT)
        and not (paper.part.state is PrintState.SENT and paper.part.reason)
        and (paper.device in day.facility.kiosks or paper.device in day.facility.printers)
    }
    sessions_are_counted(day)
    alerts_are_told_once(day)
    assert not day.clock_doubt or day.alerts[day.clock_doubt].kind is AlertKind.CLOCK_JUMPED
    still_open = {v.id: v for v in day.visits.values() if v.part.end is None}
    assert day.open_visits == len(still_open)
    assert day.ended_visits == len(day.visits) - len(still_open)
    assert day.people == {v.person: v.id for v in still_open.values() if v.person is not None}
    assert day.directions == {v.id for v in still_open.values() if v.part.wait is not None}
    away = {v.id for v in still_open.values() if v.part.presence.kind is PresenceKind.AWAY}
    assert day.away == {v for v in away if still_open[v].part.presence.until}


def sessions_are_counted(day: Day) -> None:
    """Every stop that somebody still has to be seen at, or was, takes one place: in a session of its clinic,
    or while it has no clinic of its service."""
    counts = Counter(day.admitted.values())
    assert {key: count for key, count in day.admissions.items() if count} == counts
    sessions = {plan.key for plans in day.sessions.values() for plan in plans}
    for step in day.steps.values():
        key, standing = day.admitted.get(step.id, ""), step.standing
        if step.returning or standing.state in GIVEN_BACK:
            assert not key, step
        elif standing.clinic:
            assert key in sessions or not key, step
            assert key.partition("/")[0] in ("", standing.clinic), step
            assert key or not day.sessions.get(standing.clinic) or _some_ended(day, standing.clinic), step
        else:
            assert key.partition("@")[0] == step.service, step


def _some_ended(day: Day, clinic: str) -> bool:
    """Who was bound when all sessions of a clinic had ended takes no place in any."""
    return any(plan.key in day.sessions_ended for plan in day.sessions[clinic])


def lines_are_in_order(day: Day) -> None:
    """Each line that is called from holds its steps once, sorted by the keys that their parts give."""
    kept = [(clinic.queue, clinic.bound) for clinic in day.clinics.values()]
    kept += [(day.queues[service], day.pools[service]) for service in day.facility.services]
    for queue, steps in kept:
        made = [day.steps[step] for step in steps]
        assert queue == sorted(queue_key(step, day.visits[step.visit].part, step.standing) for step in made)


def alerts_are_told_once(day: Day) -> None:
    """Of what nobody saw to yet there is one alert, and one emergency at a place until somebody answers it or
    it is taken back. Whoever is asked, it is more of them as it goes on, in the end everybody."""
    open_ones = [
        (alert.kind, alert.subject, alert.detail)
        for alert in day.alerts.values()
        if not alert.part.acknowledged_at and not alert.part.withdrawn_at
    ]
    assert len(open_ones) == len(set(open_ones))
    plan = day.facility.emergency
    asked = (
        ((plan.first, (*plan.first, *plan.then), ()) if plan.then else (plan.first, ()))
        if plan.first
        else ((),)
    )
    for alert in day.alerts.values():
        if alert.kind is AlertKind.EMERGENCY:
            assert alert.part.to == asked[alert.part.escalated]


def appointments_are_found(day: Day) -> None:
    """Whoever is awaited is found by moment, code and person; who keeps an appointment is its visit."""
    parts = day.appointments
    awaited = [(part.at, name) for name, part in parts.items() if part.state is AppointmentState.BOOKED]
    assert day.expected == sorted(awaited)
    for code, name in day.appointment_codes.items():
        assert parts[name].code == code
    booked: defaultdict[str, list[str]] = defaultdict(list)
    for name, part in parts.items():
        if part.code and part.state is not AppointmentState.CANCELLED:
            assert day.appointment_codes[part.code] == name
        if part.person is not None and part.state in (AppointmentState.BOOKED, AppointmentState.UNATTENDED):
            booked[part.person].append(name)
        kept_by = day.visits.get(part.visit)
        assert (part.state is AppointmentState.CHECKED_IN) == (kept_by is not None)
        assert kept_by is None or kept_by.part.appointment == name
    assert day.booked == {person: sorted(names) for person, names in booked.items()}
