"""The rules of stops in a site file: needs, before and after, gaps, repeats, results, missed calls."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TypedDict

from queue_server.engine import preparation
from queue_server.engine.facility import Missed, Service, Words
from queue_server.engine.hours import DAY_MINUTES, MINUTE
from queue_server.protocol.codes import ClinicKind, GateName, Need, ReadyBy, ResultsWhen, ResultsWithout
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes
from queue_server.site.reading import Table

_SECOND = 1_000
_USUAL = Service("", Words("", ""), ClinicKind.EXAM, "", 5)
_BY_THEMSELVES = {GateName.RESULT, GateName.NOT_BEFORE, GateName.ACKNOWLEDGED}
"""Gates that the queue puts up itself, for one stop of one visit."""


class Stops(TypedDict):
    """The fields of a `Service` that this room reads."""

    needs: tuple[Need, ...]
    ready_by: ReadyBy
    ready_minutes: int
    ends: tuple[Need, ...]
    after: tuple[str, ...]
    gap: int
    repeats: tuple[int, ...]
    result_minutes: int
    results_when: ResultsWhen
    results_without: ResultsWithout


def read_stops(table: Table) -> Stops:
    """The rules of a service's stops, whose keys stand in `table` beside whatever else stands there."""
    return Stops(
        needs=table.choices("needs", Need),
        ready_by=table.choice("ready_by", ReadyBy, _USUAL.ready_by),
        ready_minutes=table.integer("ready_minutes", 1, 240, _USUAL.ready_minutes),
        ends=table.choices("ends", Need),
        after=table.texts("after", like='["sampling"]', required=False),
        gap=table.integer("gap", 0, 480, 0),
        repeats=_repeats(table),
        result_minutes=table.integer("result_minutes", 0, DAY_MINUTES, 0),
        results_when=table.choice("results_when", ResultsWhen, _USUAL.results_when),
        results_without=table.choice("results_without", ResultsWithout, _USUAL.results_without),
    )


def _repeats(table: Table) -> tuple[int, ...]:
    """Minutes after the first turn, each later than the one before."""
    minutes = table.integers("repeats", 1, 480, like="[60, 120]")
    for index, (earlier, later) in enumerate(pairwise(minutes), 1):
        if later <= earlier:
            where = (*table.at("repeats"), index)
            problem = f"{later} comes after {earlier}: each counts from the first turn"
            table.notes.mistake(where, problem, "write them from the first to the last, as in [60, 120]")
            return ()
    return minutes


def read_missed(table: Table) -> Missed:
    """The section `[missed]`: what becomes of somebody who does not come when called."""
    usual = Missed()
    rule = Missed(
        calls=table.integer("calls", 1, 5, usual.calls),
        apart=table.integer("apart", 0, 300, usual.apart // _SECOND) * _SECOND,
        soft=table.integer("soft", 0, 60, usual.soft // MINUTE) * MINUTE,
        soft_after=table.integer("soft_after", 1, 10, usual.soft_after),
        hard_after=table.integer("hard_after", 1, 20, usual.hard_after),
        one_in=table.integer("one_in", 2, 10, usual.one_in),
    )
    if rule.hard_after < rule.soft_after:
        problem = f"who comes back late goes after {rule.hard_after} calls, sooner than who comes back soon"
        advice = f"write hard_after = {rule.soft_after} or more"
        table.notes.mistake(table.at("hard_after"), problem, advice)
    table.close()
    return rule


def examine(services: Mapping[str, Service], notes: Notes) -> None:
    """Note rules between services that cannot all hold, and rules that have no effect."""
    for id_, service in services.items():
        where: Key = ("services", id_)
        for index, first in enumerate(service.after):
            if first not in services:
                notes.unknown((*where, "after", index), "service", first, services)
        _without_effect(service, where, notes)
    if notes.wrong(("services",)):
        return
    for circle in preparation.circles(list(services.values())):
        _circle(services, circle, notes)


def _circle(services: Mapping[str, Service], circle: tuple[str, ...], notes: Notes) -> None:
    """A circle is told where the site file can break it: at an `after` in it, else at a need."""
    named = (name for name in circle if set(services[name].after).intersection(circle))
    where = next(named, circle[0])
    key = "after" if services[where].after else "needs"
    if len(circle) == 1:
        notes.mistake(("services", where, key), f'"{where}" cannot go after itself', "take it out")
        return
    chain = " → ".join((*circle, circle[0]))
    problem = f"each of these has to go before the next, and so none is first: {chain}"
    notes.mistake(("services", where, key), problem, "take one of them out of an after, or change a need")


def _without_effect(service: Service, where: Key, notes: Notes) -> None:
    if service.gap and not service.after:
        notes.warning((*where, "gap"), "there is nothing to keep a distance from", 'write after = ["…"] too')
    if service.kind is not ClinicKind.EXAM:
        for key in ("results_when", "results_without"):
            if getattr(service, key) != getattr(_USUAL, key):
                problem = "nobody is brought back here: results go back to the exam that ordered them"
                notes.warning((*where, key), problem, f"write {key} in the exams")
    if service.result_minutes and not service.has_result:
        problem = "there is no result to wait for"
        notes.warning((*where, "result_minutes"), problem, "write has_result = true too")
    for index, gate in enumerate(service.gates):
        if gate in _BY_THEMSELVES:
            problem = f'"{gate}" is put up by the queue itself, for one patient'
            notes.mistake((*where, "gates", index), problem, "take it out")
