"""The section `[insurance]`: whether cards are looked up at the insurance portal, where, and in whose
name."""

import re
from dataclasses import dataclass
from pathlib import Path

from queue_server.insurance import account
from queue_server.insurance.settings import Settings
from queue_server.site.lines import Key
from queue_server.site.mistakes import Notes
from queue_server.site.reading import MIDNIGHT, Table

_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
_LIKE = '"https://egw.baohiemxahoi.gov.vn"'


@dataclass(frozen=True, slots=True)
class InsuranceSection:
    """As written. account: the file of the account, empty for the environment."""

    where: Key
    url: str
    account: str
    timeout: int
    at_once: int
    opens: int
    ends: int


def read_insurance(file: Table) -> InsuranceSection | None:
    """None: the section is not there, and nobody is looked up."""
    if "insurance" not in file:
        return None
    table = file.table("insurance")
    section = InsuranceSection(
        where=table.where,
        url=table.text("url", like=_LIKE).rstrip("/"),
        account=table.text("account", "", like='"insurance.toml"', longest=1000),
        timeout=table.integer("timeout", 1, 60, 10),
        at_once=table.integer("at_once", 1, 16, 2),
        opens=table.clock("from", 0, like='"06:00"'),
        ends=table.clock("to", MIDNIGHT, like='"17:00"'),
    )
    _examine(section, table)
    table.close()
    return section


def _examine(section: InsuranceSection, table: Table) -> None:
    found = _ADDRESS.fullmatch(section.url)
    if section.url and found is None:
        advice = f"write only its beginning, as in url = {_LIKE}"
        table.notes.mistake(table.at("url"), "this is no address of a portal", advice)
    elif found is not None and found[1] == "http" and found[2] not in _THIS_MACHINE:
        problem = "the password and the patients would travel readable for everybody"
        table.notes.mistake(table.at("url"), problem, f"write https://, as in url = {_LIKE}")
    if section.opens >= section.ends:
        table.notes.mistake(
            table.at("to"), "this is not after from", 'write a later time, as in to = "17:00"'
        )


def settings(section: InsuranceSection, notes: Notes, folder: Path) -> Settings | None:
    """The section together with its account, which is looked for beside the site file. None: a mistake is
    noted, for nobody is looked up without a named member of staff."""
    try:
        found = account.load(folder / section.account if section.account else None)
    except account.AccountMistakes as mistakes:
        for mistake in mistakes.mistakes:
            advice = "give the account and the person who looks up (INSURANCE.md), or take [insurance] out"
            notes.mistake((*section.where, "account"), mistake, advice)
        return None
    return Settings(section.url, found, section.timeout, section.at_once, section.opens, section.ends)
