"""The laws of state (DESIGN §4, §13) as one check of a day, for every test that has a `Day` in hand."""

from collections import Counter, defaultdict

from queue_server.engine.lines import Line, line_of, queue_key
from queue_server.engine.model import BUSY, OPEN, Day
from queue_server.protocol.codes import (
    AlertKind,
    GateName,
    PresenceKind,
    PrintState,
    Result,
    StepState,
    VisitWait,
)


def check_laws(day: Day) -> None:
    """Raise AssertionError where the day breaks a law or an index does not follow from the parts."""
    nobody_is_lost(day)
    nobody_is_stuck(day)
    nobody_is_twice(day)
    numbers_and_signs_are_unique(day)
    indexes_follow(day)


def nobody_is_lost(day: Day) -> None:
    for visit in day.visits.values():
        open_steps = [step for step in visit.steps if day.steps[step].standing.state in OPEN]
        if visit.part.end is None:
            assert bool(open_steps) != (visit.part.wait is not None), visit
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
    assert day.held == lines[Line.HELD, ""]
    assert day.timed_gates == {
        step.id
        for step in day.steps.values()
        if step.standing.state is StepState.PLANNED
        and any(gate.name is GateName.NOT_BEFORE and not gate.open for gate in step.standing.gates)
    }
    assert day.tokens == {visit.token: visit.id for visit in day.visits.values()}
    assert day.unconfirmed == {
        paper.id: paper.part.at
        for paper in day.prints.values()
        if paper.part.state in (PrintState.ISSUED, PrintState.SENT) and paper.device in day.facility.kiosks
    }
    assert not day.clock_doubt or day.alerts[day.clock_doubt].kind is AlertKind.CLOCK_JUMPED
    still_open = {v.id: v for v in day.visits.values() if v.part.end is None}
    assert day.open_visits == len(still_open)
    assert day.ended_visits == len(day.visits) - len(still_open)
    assert day.people == {v.person: v.id for v in still_open.values() if v.person is not None}
    assert day.directions == {v.id for v in still_open.values() if v.part.wait is VisitWait.DIRECTION}
    away = {v.id for v in still_open.values() if v.part.presence.kind is PresenceKind.AWAY}
    assert day.away == {v for v in away if still_open[v].part.presence.until}


def lines_are_in_order(day: Day) -> None:
    """Each line that is called from holds its steps once, sorted by the keys that their parts give."""
    kept = [(clinic.queue, clinic.bound) for clinic in day.clinics.values()]
    kept += [(day.queues[service], day.pools[service]) for service in day.facility.services]
    for queue, steps in kept:
        made = [day.steps[step] for step in steps]
        assert queue == sorted(queue_key(step, day.visits[step.visit].part, step.standing) for step in made)
