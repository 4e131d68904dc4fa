"""A past day from a real journal, played again under other rules: who would have waited less, who more.

What people brought is kept: when they came, how long each turn took, what was ordered, when results came,
who was not there when called. What the rules did is decided anew. The day is first played again as it was,
so that what the model gets wrong is not taken for what a rule does; how far that is from the record is said.
"""

import argparse
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from queue_server.engine.events import ClinicChanged, DayOpened, StepChanged, VisitRegistered
from queue_server.engine.facility import Facility
from queue_server.engine.hours import day_starts
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AgeGroup,
    AssignedBy,
    ClinicKind,
    ClinicState,
    Lane,
    Role,
    StepChange,
    StepState,
)
from queue_server.protocol.commands import Command
from queue_server.store.port import JournalEntry, StoreError
from queue_server.store.sql import SqlStore
from scripts.simulation import figures, variants
from scripts.simulation.crowds import MINUTE, TRIAGE, Patient, Stop
from scripts.simulation.shifts import Shift, Worker
from scripts.simulation.tables import table, write_rows
from scripts.simulation.variants import Variant
from scripts.simulation.watch import TurnLog, VisitLog, Watch
from scripts.simulation.world import Happenings, World

DATABASE = "queue.sqlite"
SAME = 1.0
"""Minutes: a smaller difference is none."""
OUT = (
    "visit",
    "arrival",
    "lane",
    "recorded_wait_minutes",
    "as_it_was_minutes",
    "variant",
    "wait_minutes",
    "less_by",
)


class NoSuchDay(Exception):
    """The journal cannot be rehearsed; the message says why, and what there is."""


@dataclass(frozen=True, slots=True)
class PastDay:
    """What a journal says of a day. left_out: visits that cannot be played again, by why."""

    facility: Facility
    date: str
    happenings: Happenings
    visits: dict[int, str]
    recorded: dict[str, float]
    left_out: dict[str, int]


def rehearse(options: argparse.Namespace) -> int:
    """Play the day as it was and under each variant; print who would have waited less and more."""
    past = _past_day(read(options.journal, options.day))
    asked = variants.of(options.policy, options.balance, options.authority, options.binding)
    base = Variant()
    as_it_was = _waits(past, base)
    print(_fidelity(past, as_it_was))
    rows: list[list[str]] = []
    for variant in asked:
        if variant != base:
            waits = _waits(past, variant)
            print("\n" + _compare(variant, as_it_was, waits))
            rows += _rows(past, variant, as_it_was, waits)
    if asked == [base]:
        print("\nName another rule to compare with, as in --policy ratio:2:1.")
        rows = _rows(past, base, as_it_was, as_it_was)
    if options.out is not None:
        write_rows(options.out, OUT, rows)
    return 0


# Reading the journal


def read(path: Path, date: str | None) -> list[JournalEntry]:
    """The entries of a day, by default the last one. Works on a copy: a server that runs is not disturbed.
    Raises NoSuchDay."""
    file = path / DATABASE if path.is_dir() else path
    if not file.is_file():
        raise NoSuchDay(f"there is no journal {file}; give the data folder or its {DATABASE}")
    with tempfile.TemporaryDirectory(prefix="denluot-rehearsal-") as folder:
        copy = Path(folder) / DATABASE
        try:
            with (
                closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as original,
                closing(sqlite3.connect(copy)) as target,
            ):
                original.backup(target)
                found = target.execute("SELECT DISTINCT facility, day FROM journal ORDER BY day").fetchall()
            days = [day for _, day in found]
            wanted = date or (days[-1] if days else "")
            facility = next((facility for facility, day in found if day == wanted), None)
            if facility is None:
                there = ", ".join(days) or "none"
                raise NoSuchDay(f"the journal has no day {wanted or '(it is empty)'}; there are: {there}")
            store = SqlStore(copy, facility, "rehearsal", exclusive=False)
            store.open()
            try:
                return list(store.journal(wanted))
            finally:
                store.close()
        except (sqlite3.Error, StoreError) as error:
            raise NoSuchDay(f"{file} cannot be read as a journal: {error}") from error


def _past_day(entries: Sequence[JournalEntry]) -> PastDay:
    first = entries[0].event if entries else None
    if not isinstance(first, DayOpened):
        raise NoSuchDay("the day in this journal has no beginning")
    facility = first.facility
    midnight = day_starts(facility, first.day)
    watch = Watch(facility)
    for entry in entries:
        watch.hear(entry.at, (entry.event,))
    watch.everybody_left(entries[-1].at)
    usual = _usual_lengths(watch.turns.values())
    results = _result_times(entries)
    registered = {e.event.visit: e.event for e in entries if isinstance(e.event, VisitRegistered)}
    origins = _origins(entries)
    patients: list[Patient] = []
    left_out: dict[str, int] = defaultdict(int)
    visits: dict[int, str] = {}
    for ordinal, (name, event) in enumerate(registered.items()):
        why = _why_not(facility, event, watch.visits[name])
        if why:
            left_out[why] += 1
            continue
        visits[ordinal] = name
        patients.append(_patient(ordinal, event, watch.visits[name], midnight, usual, results, origins))
    commands = tuple(_staff_commands(entries, midnight))
    happenings = Happenings(patients, _workers(facility, watch, midnight), staff=commands)
    recorded = {visit: log.waited / MINUTE for visit, log in watch.visits.items()}
    return PastDay(facility, first.day, happenings, visits, recorded, dict(left_out))


def _why_not(facility: Facility, event: VisitRegistered, log: VisitLog) -> str:
    if event.carried_from:
        return "came over from the day before"
    if not log.turns:
        return "had no stop"
    if log.end is None:
        return "are still open, the day is not over"
    routes = facility.routes.values()
    if not any(route.payer == event.payer and route.kind == event.kind for route in routes):
        return "is of no route"
    return ""


def _usual_lengths(turns: Iterable[TurnLog]) -> dict[tuple[str, bool], float]:
    """Median seconds of a turn by service, of first turns and of those with results."""
    lengths: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for turn in turns:
        if turn.called_last and turn.ended_at:
            lengths[turn.service, turn.returning].append((turn.ended_at - turn.called_last) / 1000)
    return {key: median(found) for key, found in lengths.items()}


def _seconds(turn: TurnLog, usual: dict[tuple[str, bool], float]) -> float:
    if turn.called_last and turn.ended_at:
        return max(1.0, (turn.ended_at - turn.called_last) / 1000)
    return usual.get((turn.service, turn.returning), 300.0)


def _result_times(entries: Iterable[JournalEntry]) -> dict[str, int]:
    """Ms from the end of a turn to its result, by step."""
    ended: dict[str, int] = {}
    took: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry.event, StepChanged):
            if entry.event.change is StepChange.FINISHED:
                ended[entry.event.step] = entry.at
            elif entry.event.change is StepChange.RESULT_READY and entry.event.step in ended:
                took[entry.event.step] = entry.at - ended[entry.event.step]
    return took


def _origins(entries: Iterable[JournalEntry]) -> dict[str, str]:
    """The clinic of each step that a desk, a HIS or a patient chose."""
    chosen = {}
    for entry in entries:
        if isinstance(entry.event, StepChanged):
            now = entry.event.now
            if now.clinic and (now.assigned_by is not AssignedBy.OURS or now.practitioner):
                chosen[entry.event.step] = now.clinic
    return chosen


def _patient(
    ordinal: int,
    event: VisitRegistered,
    log: VisitLog,
    midnight: int,
    usual: dict[tuple[str, bool], float],
    results: dict[str, int],
    origins: dict[str, str],
) -> Patient:
    exam = next((t for t in log.turns if t.kind is ClinicKind.EXAM and not t.returning), None)
    back = next((turn for turn in log.turns if turn.returning), None)
    route = [turn for turn in log.turns if not turn.returning and not turn.ordered_at]
    ordered = [turn for turn in log.turns if not turn.returning and turn.ordered_at]
    before = [turn for turn in ordered if back is not None and turn.ordered_at == back.ordered_at]
    after = [turn for turn in ordered if turn not in before]
    lane = log.lane
    served = [turn for turn in log.turns if turn.state is StepState.DONE]
    return Patient(
        ordinal=ordinal,
        at=max(0, event.arrived_at - midnight),
        payer=event.payer,
        kind=event.kind,
        exam=exam.service if exam is not None else "",
        lane=Lane.WALK_IN if lane is Lane.RETURNING else lane,
        age_group=AgeGroup.FROM_75 if lane is Lane.PRIORITY else event.age_group,
        first={turn.service: _seconds(turn, usual) for turn in reversed(route)},
        orders=tuple(_stop(turn, usual, results) for turn in before),
        back=_seconds(back, usual) if back is not None else 0.0,
        after=tuple(_stop(turn, usual, results) for turn in after),
        clinic=origins.get(exam.step, "") if exam is not None else "",
        leaves=not served and any(turn.absences for turn in log.turns),
        results={turn.service: results.get(turn.step, 0) for turn in route},
        chooses_exam=True,
        triaged=any(turn.service == TRIAGE for turn in route),
    )


def _stop(turn: TurnLog, usual: dict[tuple[str, bool], float], results: dict[str, int]) -> Stop:
    return Stop(turn.service, _seconds(turn, usual), results.get(turn.step, 0))


def _workers(facility: Facility, watch: Watch, midnight: int) -> list[Worker]:
    """A desk works from the first call of its clinic on; before it nobody was there, whatever was keyed."""
    first: dict[str, int] = {}
    for turn in watch.turns.values():
        if turn.called_at and turn.clinic:
            at = turn.called_at - midnight
            first[turn.clinic] = min(first.get(turn.clinic, at), at)
    never = 24 * 60 * MINUTE
    return [
        Worker(clinic, desk, "", shifts=(Shift(first[clinic], first[clinic], never, never),))
        for clinic, plan in facility.clinics.items()
        if clinic in first
        for desk in range(plan.places)
    ]


def _staff_commands(entries: Iterable[JournalEntry], midnight: int) -> Iterable[tuple[int, Command]]:
    """What staff did to clinics; what the clock did it does again by itself."""
    for entry in entries:
        event = entry.event
        if not isinstance(event, ClinicChanged) or entry.actor == Role.CLOCK.value:
            continue
        at, clinic = entry.at - midnight, event.clinic
        for who in event.now.practitioners:
            if who not in event.was.practitioners:
                yield at, c.SignOn(clinic=clinic, practitioner=who)
        for who in event.was.practitioners:
            if who not in event.now.practitioners:
                yield at, c.SignOff(clinic=clinic, practitioner=who)
        if event.now.state is event.was.state:
            continue
        match event.now.state:
            case ClinicState.OPEN:
                yield at, c.OpenClinic(clinic=clinic)
            case ClinicState.PAUSED:
                news = event.now.news_at or None
                yield at, c.PauseClinic(clinic=clinic, reason=event.now.reason, news_at=news)
            case ClinicState.DRAINING:
                yield at, c.DrainClinic(clinic=clinic)
            case ClinicState.CLOSED:
                yield at, c.CloseClinic(clinic=clinic)


# Playing and comparing


def _waits(past: PastDay, variant: Variant) -> dict[str, float]:
    """Minutes each visit of the journal would have waited, by its name there."""
    world = World(variants.apply_again(variant, past.facility), past.date, past.happenings)
    world.run()
    return {
        past.visits[guest.patient.ordinal]: world.watch.visits[guest.visit].waited / MINUTE
        for guest in world.guests.values()
    }


def _fidelity(past: PastDay, as_it_was: dict[str, float]) -> str:
    recorded = [past.recorded[visit] for visit in as_it_was]
    told = [
        f"{past.date}: {len(past.recorded)} visits, {len(as_it_was)} of them played again.",
        *(f"  Left out: {count} that {why}." for why, count in sorted(past.left_out.items())),
        f"Mean wait in the journal: {fmean(recorded or [0.0]):.1f} minutes.",
        f"The same day played again as it was: {fmean(as_it_was.values() or [0.0]):.1f} minutes.",
        "A difference between rules that is smaller than the one between these two says little.",
    ]
    refused = len(past.visits) - len(as_it_was)
    if refused:
        told.append(f"  {refused} could not register again and are not compared.")
    return "\n".join(told)


def _compare(variant: Variant, as_it_was: dict[str, float], waits: dict[str, float]) -> str:
    both = [visit for visit in as_it_was if visit in waits]
    less = sorted(as_it_was[visit] - waits[visit] for visit in both)
    if not less:
        return f"{variant.name}: nobody to compare"
    shorter = sum(minutes > SAME for minutes in less)
    longer = sum(minutes < -SAME for minutes in less)
    deciles = [f"{figures.quantile(less, tenth / 10):+.1f}" for tenth in range(11)]
    heading = ["", "least", *(f"{tenth}0 %" for tenth in range(1, 10)), "most"]
    told = table(
        "Minutes less (+) or more (−) in lines, by deciles of visits", heading, [[variant.name, *deciles]]
    )
    same = len(both) - shorter - longer
    return (
        f"{variant.name}: {shorter} would have waited less, {longer} more, {same} the same to a minute; "
        f"on average {fmean(less):+.1f} minutes less.\n{told}"
    )


def _rows(
    past: PastDay, variant: Variant, as_it_was: dict[str, float], waits: dict[str, float]
) -> list[list[str]]:
    patients = {past.visits[patient.ordinal]: patient for patient in past.happenings.patients}
    return [
        [
            visit,
            _clock(patients[visit].at),
            patients[visit].lane.value,
            f"{past.recorded[visit]:.2f}",
            f"{as_it_was[visit]:.2f}",
            variant.name,
            f"{waits[visit]:.2f}",
            f"{as_it_was[visit] - waits[visit]:+.2f}",
        ]
        for visit in as_it_was
        if visit in waits
    ]


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}"
