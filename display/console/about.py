"""What staff see of whom a visit is of: warnings, who brought them, whom to call, and their insurance.
Pure."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import Desk
from queue_server.protocol.codes import Brought
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


def _insurance(desk: Desk, facts: InsuranceFacts) -> Iterable[str]:
    if facts.suggested:
        yield desk.say(words.SUGGESTED, code=facts.suggested)
    if facts.valid_from or facts.valid_until:
        first, last = (_day(day) for day in (facts.valid_from, facts.valid_until))
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
    lines = [f"⚠ {' · '.join(warnings(desk, name))}" if name.warnings else "", brought(desk, name)]
    if name.insurance is not None:
        lines.append(" · ".join(insurance(desk, name.insurance)))
    return [line for line in lines if line]


def page(desk: Desk, name: Name) -> list[str]:
    """All that is known, a line each."""
    lines = [" ".join(part for part in (called(desk, name), name.birth_year) if part)]
    lines.append(desk.say(texts.IDENTIFIED[name.identified]))
    lines += [f"⚠ {warning}" for warning in warnings(desk, name)]
    lines += [line for line in (brought(desk, name),) if line]
    if name.insurance is not None:
        lines += insurance(desk, name.insurance)
        if not name.insurance.suggested:
            lines.append(desk.say(words.NOT_SUGGESTED))
    return lines


def _day(day: str) -> str:
    """`2026-12-31` as it stands on a card; empty when it is left open."""
    return "/".join(reversed(day.split("-"))) if day else "…"
