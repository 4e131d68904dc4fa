"""What staff see of whom a visit is of: warnings, who brought them, whom to call, and their insurance.
Pure."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import Desk
from queue_server.protocol.codes import Brought, InsuranceAdvice, InsuranceStatus
from queue_server.protocol.rows import InsuranceFacts, Name


def called(desk: Desk, name: Name | None) -> str:
    """What to call somebody: the name, or the code of whom nobody could identify."""
    if name is None or not (name.name or name.code):
        return desk.say(words.NAME_UNKNOWN)
    return name.name or name.code


def warnings(desk: Desk, name: Name) -> tuple[str, ...]:
    """What a clerk should look at, in words; the code itself while this screen does not know it."""
    labels = [(texts.WARNINGS.get(code), code) for code in name.warnings]
    return tuple(desk.say(label) if label else code for label, code in labels)


def brought(desk: Desk, name: Name) -> str:
    """Who brought them and whom to call; empty where there is nothing to say."""
    told = desk.say(texts.BROUGHT[name.brought]) if name.brought is not Brought.SELF else ""
    guardian = " ".join(part for part in (name.guardian, name.guardian_phone) if part)
    whom = desk.say(words.GUARDIAN, who=guardian) if guardian else ""
    return " · ".join(part for part in (told, whom) if part)


def insurance(desk: Desk, facts: InsuranceFacts) -> tuple[str, ...]:
    """The insurance in a few short pieces, what a desk needs first at first."""
    return tuple(_insurance(desk, facts))


def looked_up(desk: Desk, facts: InsuranceFacts) -> str:
    """What the insurance answered and what to do; empty where nobody is looked up and nobody was."""
    status = desk.say(texts.INSURANCE_STATUS[facts.status])
    if facts.check is not None:
        advice = desk.say(texts.INSURANCE_ADVICE[facts.advice])
        told = desk.say(words.LOOKED_UP, status=status, time=desk.time(facts.check.at), advice=advice)
        return f"⚠ {told}" if facts.status is InsuranceStatus.INVALID else told
    if desk.portal is None or not facts.card:
        return ""
    return desk.say(
        words.NOT_LOOKED_UP, status=status, advice=desk.say(texts.INSURANCE_ADVICE[InsuranceAdvice.WAIT])
    )


def _insurance(desk: Desk, facts: InsuranceFacts) -> Iterable[str]:
    if facts.suggested:
        yield desk.say(words.SUGGESTED, code=facts.suggested)
    # The insurance's word before the card's.
    says = facts.check if facts.check and (facts.check.valid_from or facts.check.valid_until) else facts
    if says.valid_from or says.valid_until:
        first, last = (_day(day) for day in (says.valid_from, says.valid_until))
        yield desk.say(words.VALID, first=first, last=last)
    if facts.facility:
        yield desk.say(words.REGISTERED_AT, code=facts.facility)
    for known, yes, no in (
        (facts.transfer, words.TRANSFER, words.NO_TRANSFER),
        (facts.revisit, words.REVISIT, words.NO_REVISIT),
    ):
        if known is not None:
            yield desk.say(yes if known else no)
    if facts.card:
        yield desk.say(words.INSURANCE_CARD, number=facts.card)


def short(desk: Desk, name: Name) -> list[str]:
    """Lines beside the one in hand: warnings first."""
    lines = [f"⚠ {' · '.join(warnings(desk, name))}" if name.warnings else ""]
    if name.insurance is not None:
        lines.append(looked_up(desk, name.insurance))
        lines.append(" · ".join(insurance(desk, name.insurance)))
    lines.append(brought(desk, name))
    return [line for line in lines if line]


def page(desk: Desk, name: Name) -> list[str]:
    """All that is known, a line each."""
    lines = [" ".join(part for part in (called(desk, name), name.birth_year) if part)]
    lines.append(desk.say(texts.IDENTIFIED[name.identified]))
    lines += [f"⚠ {warning}" for warning in warnings(desk, name)]
    lines += [line for line in (brought(desk, name),) if line]
    if name.insurance is not None:
        lines += [line for line in (looked_up(desk, name.insurance),) if line]
        lines += insurance(desk, name.insurance)
        if not name.insurance.suggested:
            lines.append(desk.say(words.NOT_SUGGESTED))
    return lines


def _day(day: str) -> str:
    """`2026-12-31` as it stands on a card; empty when it is left open."""
    return "/".join(reversed(day.split("-"))) if day else "…"
