"""Writes down what happened to each visit and turn, from the events alone: no look into the rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from queue_server.engine.events import (
    Event,
    Promised,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitRegistered,
)
from queue_server.engine.facility import Facility
from queue_server.engine.model import IN_HAND, WAITING, Promise, Standing
from queue_server.protocol.codes import ClinicKind, Lane, Result, StepChange, StepState, VisitEnd


@dataclass(slots=True)
class TurnLog:
    """One stop of a visit, ms. waited: in lines, whether or not busy elsewhere meanwhile. called_at: the
    first call, 0 before it. called_last: the last one. promise: the first that was told while it waited.
    naive: ms at which a clock that counts heads would have said, told in the same moment."""

    step: str
    visit: str
    service: str
    kind: ClinicKind
    returning: bool
    lane: Lane
    queued_at: int = 0
    waited: int = 0
    since: int = 0
    called_at: int = 0
    called_last: int = 0
    ended_at: int = 0
    clinic: str = ""
    state: StepState = StepState.PLANNED
    absences: int = 0
    ordered_at: str = ""
    promise: Promise | None = None
    naive: int = 0


@dataclass(slots=True)
class VisitLog:
    """One visit, ms. waited: in some line and in nobody's hands. tests: turns that had a result. end: None
    while it is open."""

    visit: str
    arrived_at: int
    payer: str
    kind: str
    lane: Lane
    turns: list[TurnLog] = field(default_factory=list)
    waiting: int = 0
    in_hand: int = 0
    since: int = 0
    waited: int = 0
    tests: int = 0
    ended_at: int = 0
    end: VisitEnd | None = None


class Watch:
    """Every visit and turn of a day."""

    def __init__(self, facility: Facility) -> None:
        self.visits: dict[str, VisitLog] = {}
        self.turns: dict[str, TurnLog] = {}
        self._facility = facility
        self._over = False
        self._places: dict[str, int] = {}
        for plan in facility.clinics.values():
            for service in plan.services:
                self._places[service] = self._places.get(service, 0) + plan.places

    def everybody_left(self, now: int) -> None:
        """From this moment on nobody waits, whatever state their steps are in."""
        if self._over:
            return
        self._over = True
        for visit in self.visits.values():
            if visit.waiting and not visit.in_hand:
                visit.waited += now - visit.since
        for turn in self.turns.values():
            if turn.state in WAITING:
                turn.waited += now - turn.since

    def hear(self, now: int, events: Sequence[Event]) -> None:
        """What one command brought about."""
        for event in events:
            kind = type(event)
            if kind is StepChanged:
                self._changed(now, event)  # type: ignore[arg-type]  # told by its type just above
            elif kind is StepAdded:
                self._added(now, event)  # type: ignore[arg-type]  # the same
            elif isinstance(event, VisitRegistered):
                part = event.part
                self.visits[event.visit] = VisitLog(
                    event.visit, event.arrived_at, event.payer, event.kind, part.lane
                )
            elif isinstance(event, VisitChanged):
                self._visit_changed(now, event)
            elif isinstance(event, Promised):
                for step, promise in event.moments.items():
                    if promise is not None:
                        self._promised(step, promise)

    def _added(self, now: int, event: StepAdded) -> None:
        visit = self.visits[event.visit]
        plan = self._facility.services[event.service]
        lane = visit.lane
        if event.returning and lane not in (Lane.URGENT, Lane.PRIORITY):
            lane = Lane.RETURNING
        turn = TurnLog(event.step, event.visit, event.service, plan.kind, event.returning, lane)
        turn.ordered_at = event.ordered_at
        visit.turns.append(turn)
        self.turns[event.step] = turn
        self._stands(now, visit, turn, event.standing)

    def _changed(self, now: int, event: StepChanged) -> None:
        turn = self.turns[event.step]
        visit = self.visits[turn.visit]
        self._stands(now, visit, turn, event.now)
        if event.change is StepChange.CALLED:
            turn.called_at = turn.called_at or now
            turn.called_last = now
        elif event.change is StepChange.MISSED:
            turn.absences += 1
        elif event.change is StepChange.FINISHED and event.now.result is Result.PENDING:
            visit.tests += 1

    def _stands(self, now: int, visit: VisitLog, turn: TurnLog, standing: Standing) -> None:
        was, state = turn.state, standing.state
        turn.clinic = standing.clinic
        if self._over or (was is state and was is not StepState.PLANNED):
            return
        waits, waited = state in WAITING, was in WAITING
        held, holds = was in IN_HAND, state in IN_HAND
        if visit.waiting and not visit.in_hand:
            visit.waited += now - visit.since
        visit.since = now
        visit.waiting += waits - waited
        visit.in_hand += holds - held
        if waits and not waited:
            turn.since = now
            turn.queued_at = turn.queued_at or now
        elif waited and not waits:
            turn.waited += now - turn.since
        if state is StepState.DONE:
            turn.ended_at = now
        turn.state = state

    def _visit_changed(self, now: int, event: VisitChanged) -> None:
        visit = self.visits[event.visit]
        if event.now.lane is not event.was.lane:
            visit.lane = event.now.lane
            for turn in visit.turns:
                if not turn.returning:
                    turn.lane = visit.lane
        if event.now.end is not event.was.end:
            visit.end = event.now.end
            visit.ended_at = now

    def _promised(self, step: str, promise: Promise | None) -> None:
        turn = self.turns.get(step)
        if promise is None or turn is None or turn.promise is not None or turn.called_at:
            return
        turn.promise = promise
        plan = self._facility.services[turn.service]
        places = (
            self._facility.clinics[turn.clinic].places if turn.clinic else self._places.get(turn.service, 1)
        )
        turn.naive = promise.at + promise.ahead * plan.minutes * 60_000 // max(places, 1)
