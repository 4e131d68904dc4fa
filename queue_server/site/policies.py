"""Calling policies in a site file: how they are written. None may starve anybody or go below the law."""

from collections.abc import Iterable, Mapping

from queue_server.engine import policies
from queue_server.engine.facility import (
    Accumulating,
    AppointmentRule,
    ClinicPlan,
    FirstCome,
    HeadStart,
    Policy,
    PolicyHours,
    PriorityFirst,
    Ratio,
    Rule,
    Service,
)
from queue_server.engine.policies import LEGAL_ONE_IN, LONGEST_SHARE
from queue_server.protocol.codes import CalledAs
from queue_server.protocol.values import replaced
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes, instead
from queue_server.site.patients import LAW
from queue_server.site.reading import Table

RULES = ("priority_first", "ratio", "head_start", "first_come", "accumulating")
_NUMBERS = {
    "at_most": "priority_first",
    "ordinary": "ratio",
    "priority": "ratio",
    "earlier": "head_start",
    "offsets": "accumulating",
    "gains": "accumulating",
}
_WEIGHED = tuple(called for called in CalledAs if called not in (CalledAs.URGENT, CalledAs.REJOINED))


def read_policy(table: Table) -> Policy:
    """The policy whose keys stand in `table`, beside whatever else stands there."""
    usual = Policy()
    return Policy(
        rule=_rule(table),
        overdue_after=table.integer("overdue_after", 0, 600, usual.overdue_after),
        overdue_one_in=table.integer("overdue_one_in", 2, LONGEST_SHARE, usual.overdue_one_in),
        returning_one_in=read_share(table, "returning_one_in", usual.returning_one_in),
        results_first=table.integer("results_first", 0, 180, usual.results_first),
        fasting_until=table.clock("fasting_until", 0, like='"09:00"'),
        fasting_minutes=table.integer("fasting_minutes", 1, 240, usual.fasting_minutes),
    )


def read_hours(table: Table) -> tuple[PolicyHours, ...]:
    """The entries of `[[…policy_hours]]`: other policies by time of day."""
    found: list[PolicyHours] = []
    for entry in table.listed("policy_hours"):
        opens, ends = entry.clock("from", like='"06:30"'), entry.clock("to", like='"09:30"')
        turn = PolicyHours(opens, ends, read_policy(entry))
        if ends <= opens and not entry.notes.wrong(entry.where):
            advice = 'write a later time; over midnight make two, to "24:00" and from "00:00"'
            entry.notes.mistake(entry.at("to"), "it ends before it begins", advice)
        for earlier in found:
            if opens < earlier.ends and earlier.opens < ends:
                line = entry.notes.line((*table.at("policy_hours"), found.index(earlier)))
                problem = f"at the same time another policy holds (line {line})"
                entry.notes.mistake(entry.at("from"), problem, "move one of them")
        entry.close()
        found.append(turn)
    return tuple(found)


def _rule(table: Table) -> Rule:
    word = table.text("policy", RULES[0], like=f'"{RULES[0]}"')
    if word not in RULES:
        if word:
            table.notes.mistake(table.at("policy"), f'"{word}" is not known here', instead(word, RULES))
        word = next((rule for key, rule in _NUMBERS.items() if key in table), RULES[0])
    rule = _read_rule(word, table)
    for key, owner in _NUMBERS.items():
        if key in table and owner != word:
            table.forgive(key)
            advice = f'take the line out, or write policy = "{owner}"'
            table.notes.mistake(table.at(key), f'{key} belongs to policy = "{owner}"', advice)
    return rule


def _read_rule(word: str, table: Table) -> Rule:
    # Outside these bounds a line starves: 0 calls no priority patient ever, a long run calls nobody else.
    match word:
        case "ratio":
            return _ratio(table)
        case "head_start":
            return HeadStart(table.integer("earlier", 1, 240, HeadStart().minutes))
        case "first_come":
            return FirstCome()
        case "accumulating":
            return Accumulating(_points(table, "offsets", 0), _points(table, "gains", 1))
        case _:
            return PriorityFirst(table.integer("at_most", 1, 9, PriorityFirst().at_most))


def _ratio(table: Table) -> Ratio:
    rule = Ratio(table.integer("ordinary", 1, 9, 2), table.integer("priority", 1, 9, 1))
    if rule.ordinary >= LEGAL_ONE_IN:
        problem = f"of {LEGAL_ONE_IN} calls in a row at least one goes to the priority group ({LAW})"
        advice = f"write ordinary = {LEGAL_ONE_IN - 1} or less"
        table.notes.mistake(table.at("ordinary"), problem, advice)
        return Ratio(LEGAL_ONE_IN - 1, rule.priority)
    return rule


def _points(table: Table, key: str, lowest: int) -> dict[CalledAs, int]:
    """Points by as what somebody is called: offsets from the start, gains for each 100 minutes."""
    inner = table.table(key)
    example = 60 if key == "offsets" else 200
    found: dict[CalledAs, int] = {}
    for called in _WEIGHED:
        if called.value in inner:
            found[called] = inner.integer(called.value, lowest, 1000, like=example)
    inner.close()
    return found


def read_share(table: Table, key: str, usual: int) -> int:
    """One in so many calls, 0 for none."""
    one_in = table.integer(key, 0, LONGEST_SHARE, usual)
    if one_in == 1:
        advice = f"write {key} = 2 or more, or 0 for no share"
        table.notes.mistake(table.at(key), "every call would be theirs, all others would starve", advice)
        return usual
    return one_in


def examine(
    services: Mapping[str, Service],
    clinics: Mapping[str, ClinicPlan],
    appointments: AppointmentRule,
    notes: Notes,
) -> None:
    """Note shares that cannot be kept together, and clinics whose services are called by different rules."""
    if not notes.wrong(("appointments",)):
        for id_, service in services.items():
            where: Key = ("services", id_)
            turns = [(where, service.policy)]
            turns += [
                ((*where, "policy_hours", index), turn.policy)
                for index, turn in enumerate(service.policy_hours)
            ]
            _shares(turns, appointments, notes)
    for id_, clinic in clinics.items():
        _one_policy(id_, [services[name] for name in clinic.services if name in services], notes)


def _shares(turns: Iterable[tuple[Key, Policy]], appointments: AppointmentRule, notes: Notes) -> None:
    for where, policy in turns:
        if notes.wrong(where) or policies.guarantees(policy, appointments) is not None:
            continue
        problem = "the guaranteed shares are too many to be kept together, and others would starve"
        notes.mistake(where, problem, _fitting(policy, appointments))


def _fitting(policy: Policy, appointments: AppointmentRule) -> str:
    """The nearest numbers that can be kept: the same for all shares at last."""
    for more in range(1, LONGEST_SHARE):
        overdue, returning = policy.overdue_one_in + more, policy.returning_one_in
        returning = returning + more if returning else 0
        wider = replaced(policy, overdue_one_in=overdue, returning_one_in=returning)
        if max(overdue, returning) > LONGEST_SHARE:
            break
        if policies.guarantees(wider, appointments) is not None:
            numbers = [f"overdue_one_in = {overdue}"] if policy.overdue_after else []
            numbers += [f"returning_one_in = {returning}"] if returning else []
            return f"write {' and '.join(numbers)}"
    return "write overdue_one_in = 8, returning_one_in = 5 and, in [appointments], one_in = 8"


def _one_policy(id_: str, services: list[Service], notes: Notes) -> None:
    if any(notes.wrong(("services", service.id)) for service in services):
        return
    for other in services[1:]:
        first = services[0]
        if (other.policy, other.policy_hours) != (first.policy, first.policy_hours):
            problem = f'"{first.id}" and "{other.id}" are called by different policies, and here is one line'
            advice = f"write the same policy in [services.{other.id}] as in [services.{first.id}]"
            notes.mistake(("clinics", id_, "services"), problem, advice)
            return
