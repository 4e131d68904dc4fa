"""What is compared: the same day under another calling policy, another way to choose a clinic, or another
say of the hospital's own system. Each variant is a changed facility; the rules stay the engine's."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from queue_server.engine.facility import (
    Accumulating,
    Facility,
    FirstCome,
    HeadStart,
    PriorityFirst,
    Ratio,
    Rule,
)
from queue_server.engine.policies import LEGAL_ONE_IN
from queue_server.protocol.codes import Authority, Balance, Binding, CalledAs, ClinicKind
from queue_server.protocol.values import replaced

SITE = "site"
"""As the site file says."""
POOLED = "pooled"
"""Any clinic of a service calls whoever is next: the bound that no choice of rooms can beat, as long as every
patient may go to every room."""
BALANCES = (*(balance.value for balance in Balance), POOLED)
AUTHORITIES = tuple(authority.value for authority in Authority)
BINDINGS = (SITE, Binding.LATE.value, Binding.AT_CHECK_IN.value)
POLICIES = {
    SITE: "as the site file says",
    "priority_first": "priority first, at most N in a row: priority_first:3",
    "ratio": "ORDINARY others, then PRIORITY of the priority group: ratio:2:1 (law: at most 3 others)",
    "head_start": "priority counts as MINUTES earlier: head_start:30",
    "first_come": "in order of arrival",
    "accumulating": "points per 100 minutes, ORDINARY and PRIORITY: accumulating:100:200",
}


class UnknownPolicy(ValueError):
    """A policy that is written wrongly; the message says what is meant."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run the day, by its names."""

    policy: str = SITE
    balance: str = Balance.EARLIEST_START.value
    authority: str = Authority.ALONE.value
    binding: str = SITE

    @property
    def name(self) -> str:
        """All that tells it from the usual way."""
        usual = Variant()
        told = [mine for mine, theirs in zip(self._parts(), usual._parts(), strict=True) if mine != theirs]
        return " ".join(told) or self.balance

    def _parts(self) -> tuple[str, str, str, str]:
        binding = self.binding if self.binding == SITE else f"binding={self.binding}"
        return self.balance, self.policy, self.authority, binding


def of(
    policies: Sequence[str], balances: Sequence[str], authorities: Sequence[str], bindings: Sequence[str]
) -> list[Variant]:
    """Every combination, in the order they were given. Raises UnknownPolicy."""
    usual = Variant()
    for policy in policies:
        rule_of(policy)
    return [
        Variant(policy, balance, authority, binding)
        for policy, balance, authority, binding in product(
            dict.fromkeys(policies or (usual.policy,)),
            dict.fromkeys(balances or (usual.balance,)),
            dict.fromkeys(authorities or (usual.authority,)),
            dict.fromkeys(bindings or (usual.binding,)),
        )
    ]


def rule_of(policy: str) -> Rule | None:
    """The rule that a name with its numbers stands for; None for the site's own. Raises UnknownPolicy."""
    name, *given = policy.split(":")
    if name not in POLICIES or not all(number.isdecimal() and number.isascii() for number in given):
        known = "\n".join(f"  {known:<16}{says}" for known, says in POLICIES.items())
        raise UnknownPolicy(f'"{policy}" is no policy; write one of\n{known}')
    numbers = [int(number) for number in given]
    match name, numbers:
        case "site", []:
            return None
        case "priority_first", []:
            return PriorityFirst()
        case "priority_first", [at_most] if 1 <= at_most <= 9:
            return PriorityFirst(at_most)
        case "ratio", []:
            return Ratio()
        case "ratio", [ordinary, priority] if 1 <= ordinary < LEGAL_ONE_IN and 1 <= priority <= 9:
            return Ratio(ordinary, priority)
        case "head_start", []:
            return HeadStart()
        case "head_start", [minutes] if 1 <= minutes <= 240:
            return HeadStart(minutes)
        case "first_come", []:
            return FirstCome()
        case "accumulating", []:
            return _accumulating(100, 200)
        case "accumulating", [ordinary, priority] if 1 <= ordinary <= 1000 and 1 <= priority <= 1000:
            return _accumulating(ordinary, priority)
    raise UnknownPolicy(f'"{policy}" has numbers that no site may have; {name}: {POLICIES[name]}')


def _accumulating(ordinary: int, priority: int) -> Accumulating:
    return Accumulating(gains={CalledAs.ORDINARY: ordinary, CalledAs.PRIORITY: priority})


def apply(variant: Variant, facility: Facility) -> Facility:
    """The facility run this way. Counters keep their one line; the policy holds everywhere."""
    rule = rule_of(variant.policy)
    services = {}
    for name, service in facility.services.items():
        changed = service
        if rule is not None:
            changed = replaced(changed, policy=replaced(changed.policy, rule=rule), policy_hours=())
        if service.kind is ClinicKind.EXAM:
            changed = replaced(changed, authority=Authority(variant.authority))
            if variant.binding != SITE:
                changed = replaced(changed, binding=Binding(variant.binding))
        if variant.balance == POOLED and service.binding in (Binding.LATE, Binding.AT_CHECK_IN):
            changed = replaced(changed, binding=Binding.POOLED)
        services[name] = changed
    balance = Balance.EARLIEST_START if variant.balance == POOLED else Balance(variant.balance)
    return replaced(facility, services=services, balance=balance)


def apply_again(variant: Variant, facility: Facility) -> Facility:
    """The same for a day that was: what is not named stays as its site file had it, authority too."""
    if variant == Variant():
        return facility
    changed = apply(variant, facility)
    if variant.authority != Variant().authority:
        return changed
    kept = {
        name: replaced(service, authority=facility.services[name].authority)
        for name, service in changed.services.items()
    }
    return replaced(changed, services=kept)
