"""Who goes first by age and since when, whose word counts for it, how long people are known, and what this
hospital is to the health insurance."""

import re
from datetime import date
from enum import StrEnum

from queue_server.engine.facility import Ages, Service
from queue_server.protocol.codes import Authority
from queue_server.protocol.values import Value
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes, instead
from queue_server.site.reading import Table

SOME_DAYS = 7 * 24
"""Hours for which "some days" is true; so kiosks tell where the site says nothing of its own."""
LAW = "Law 15/2023/QH15, article 3, clause 2"
"""Who comes first by law; a site may only include more people."""
_CODE = re.compile(r"[0-9]{2}[0-9A-Z][0-9]{2}")
_SELF_REFERRED = ("1.11", "1.12", "1.13", "1.14", "1.18", "3.1", "3.3")
"""What Decision 3276/QĐ-BYT (2025) has for outpatients who come without a slip, by level and points."""


class Register(StrEnum):
    """What becomes of people after `retention_hours`."""

    FORGET = "forget"
    KEEP = "keep"


class Declared(StrEnum):
    """Where priority that no card tells of is declared."""

    KIOSK = "kiosk"
    DESK = "desk"


class Patients(Value):
    """The keys of `[facility]` that concern people. Names as in `Facility`."""

    keeps_register: bool
    declared_at_desk: bool
    insurance_code: str
    self_referred: str


def read(table: Table) -> Patients:
    """Of the section `[facility]`, which whoever asked closes."""
    found = Patients(
        keeps_register=table.choice("register", Register, Register.FORGET) is Register.KEEP,
        declared_at_desk=table.choice("declared", Declared, Declared.KIOSK) is Declared.DESK,
        insurance_code=table.text("insurance_code", "", like='"79034"', longest=5),
        self_referred=table.text("self_referred", "", like='"1.13"', longest=5),
    )
    if found.insurance_code and not _CODE.fullmatch(found.insurance_code):
        advice = 'write five characters, the third may be a letter, as in insurance_code = "79034"'
        table.notes.mistake(
            table.at("insurance_code"), f'"{found.insurance_code}" is no code of a hospital', advice
        )
    if found.self_referred and found.self_referred not in _SELF_REFERRED:
        where, problem = (
            table.at("self_referred"),
            f'"{found.self_referred}" is no code for the self-referred',
        )
        table.notes.mistake(where, problem, instead(found.self_referred, _SELF_REFERRED))
    return found


def read_ages(table: Table) -> Ages:
    """One entry of `[[priority]]`."""
    since = table.text("from", "", like='"2026-01-01"', longest=10)
    usual = Ages()
    found = Ages(
        since if _is_day(since) else "",
        table.integer("child_under", 1, 18, usual.child),
        table.integer("elder_from", 50, 120, usual.elder),
    )
    if since and not _is_day(since):
        table.notes.mistake(table.at("from"), f'"{since}" is no day', 'write from = "2026-01-01"')
    table.close()
    return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def examine_ages(listed: tuple[Ages, ...], notes: Notes) -> None:
    """Entries follow each other, and none leaves out whom the law puts first. One that begins on a day may
    know of a change of the law that this program does not."""
    law = Ages()
    for index, ages in enumerate(listed):
        where: Key = ("priority", index)
        if index and ages.since <= listed[index - 1].since and not notes.wrong((*where, "from")):
            advice = 'write a later day, as in from = "2027-01-01"'
            notes.mistake((*where, "from"), "this does not begin after the entry before it", advice)
        note = notes.warning if ages.since else notes.mistake
        if ages.child < law.child:
            problem = f"children under {law.child} come first by law ({LAW})"
            note((*where, "child_under"), problem, f"write child_under = {law.child} or more")
        if ages.elder > law.elder:
            problem = f"people of {law.elder} and more come first by law ({LAW})"
            note((*where, "elder_from"), problem, f"write elder_from = {law.elder} or less")


def examine_register(patients: Patients, services: dict[str, Service], notes: Notes) -> None:
    """A register of our own has a place only where nobody else keeps one."""
    others = [id_ for id_, service in services.items() if service.authority is not Authority.ALONE]
    if patients.keeps_register and others and not notes.wrong(("services", others[0])):
        problem = (
            f'"{others[0]}" is not ours alone: the hospital\'s own system keeps the register of its patients'
        )
        notes.mistake(("facility", "register"), problem, 'write register = "forget"')


def examine_notice(patients: Patients, retention_hours: int, *, words: bool, notes: Notes) -> None:
    """Kiosks tell that people are forgotten after some days: where that is not so, the site says what is.
    words: whether it has a notice of its own in both languages."""
    key = "register" if patients.keeps_register else "retention_hours"
    stays = patients.keeps_register or retention_hours > SOME_DAYS
    if stays and not words and not notes.wrong(("facility", key)):
        problem = "kiosks tell patients that they are forgotten after some days"
        notes.mistake(("facility", key), problem, "write what is so as notice in [texts.vi] and [texts.en]")
