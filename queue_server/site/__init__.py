"""The site file: what one hospital is, as its IT officer writes it.

SiteMistakes: the file has mistakes; `mistakes` holds all of them.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from queue_server.engine.facility import Ages, Facility, Reason, Words
from queue_server.engine.sessions import BETWEEN
from queue_server.insurance.settings import Settings as Insurance
from queue_server.protocol.codes import Notice, ReasonKind, Role
from queue_server.protocol.values import replaced
from queue_server.site import duty, lines, relations, sections
from queue_server.site.insurance import settings as insurance_settings
from queue_server.site.mistakes import Mistake, Notes, SiteMistakes, spelled
from queue_server.site.reading import Table
from queue_server.site.sections import Sections
from queue_server.site.tokens import Device, NewToken, digest, holder, new_token

__all__ = [
    "Device",
    "Mistake",
    "NewToken",
    "Site",
    "SiteMistakes",
    "check",
    "demo",
    "digest",
    "holder",
    "load",
    "new_token",
]

_SYNTAX_ADVICE = (
    ("Invalid value", 'write text and times in quotation marks, as in room = "12" or from = "07:00"'),
    ("Expected newline or end of document", "write times and texts in quotation marks, one key on a line"),
    ("Expected '='", "write key = value"),
    ("Invalid statement", "write key = value, or [section.id]"),
    ("Unclosed array", "end the list with ]"),
    ("Invalid initial character for a key", "write the key in small letters before ="),
    ("Unclosed inline table", 'write { vi = "…", en = "…" } on one line'),
    ("Illegal character '\\n'", 'end the text with " on the same line'),
    ("Unterminated string", 'end the text with "'),
    ("Expected ']'", "end the heading with ] as in [services.vitals], or ]] as in [[sessions]]"),
)
_LOOK = "look for a missing quotation mark or bracket"
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")


@dataclass(frozen=True, slots=True)
class Site:
    """One hospital's site file. warnings: what should not stay as it is, though it works.

    insurance: how cards are looked up, None where nobody is.
    """

    facility: Facility
    devices: tuple[Device, ...]
    warnings: tuple[Mistake, ...] = ()
    insurance: Insurance | None = None


def load(path: Path) -> Site:
    """Read a site file. Raises SiteMistakes with everything that is wrong in it."""
    notes, found, lookup = _read(path)
    mistakes = [mistake for mistake in notes if not mistake.warning]
    if mistakes or found is None:
        raise SiteMistakes(mistakes)
    return Site(_facility(found), _devices(found), tuple(notes), lookup)


def check(path: Path) -> list[Mistake]:
    """Everything that is wrong or should not stay in a site file, by line; warnings are marked."""
    return list(_read(path)[0])


def demo(name: str = "district") -> Path:
    """A complete site file to try things with: `district` is on its own, `district-beside` beside a HIS."""
    return Path(__file__).parent.parent / "demo" / f"{name}.toml"


def _read(path: Path) -> tuple[tuple[Mistake, ...], Sections | None, Insurance | None]:
    try:
        # Editors of Windows put a mark before the first character; typed marks may come decomposed.
        text = unicodedata.normalize("NFC", path.read_bytes().decode("utf-8-sig")).replace("\r\n", "\n")
    except OSError as error:
        return _whole(path, 0, f"the file cannot be read ({error.strerror})", "give a site file"), None, None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return _whole(path, line, "this is not UTF-8", "save the file as UTF-8"), None, None
    found_lines = lines.find(text)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _syntax(path, text, found_lines, error), None, None
    notes = Notes(path, found_lines)
    found = sections.read(Table(notes, (), raw))
    relations.examine(found, notes)
    section = found.insurance
    lookup = insurance_settings(section, notes, path.parent) if section is not None else None
    return notes.all(), found, lookup


def _syntax(path: Path, text: str, found: lines.Lines, error: tomllib.TOMLDecodeError) -> tuple[Mistake, ...]:
    """What keeps the file from being read at all; names that are there twice are told all together."""
    if found.twice:
        return tuple(_twice(path, twice) for twice in found.twice)
    said = str(error)
    position = _POSITION.search(said)
    line = int(position[1]) if position and position[1] else text.count("\n") + 1
    problem = _POSITION.sub("", said)
    advice = next((advice for start, advice in _SYNTAX_ADVICE if start in problem), _LOOK)
    return _whole(path, line, f"this is not TOML ({problem})", advice)


def _twice(path: Path, twice: lines.Twice) -> Mistake:
    problem = f"this is already in line {twice.first}"
    return Mistake(str(path), twice.line, spelled(twice.key), problem, "rename one of them, or take it out")


def _whole(path: Path, line: int, problem: str, advice: str) -> tuple[Mistake, ...]:
    return (Mistake(str(path), line, "", problem, advice),)


def _facility(found: Sections) -> Facility:
    heading = found.heading
    shared_letter = found.services[heading.reception].letter or "A"
    return Facility(
        id=heading.id,
        name=heading.name,
        time_zone=heading.time_zone,
        halls=found.halls,
        services={
            id_: service if service.letter else replaced(service, letter=shared_letter)
            for id_, service in found.services.items()
        },
        clinics=found.clinics,
        practitioners=found.practitioners,
        sessions=tuple(plan for shift in found.sessions for plan in shift.plans()),
        routes=found.routes,
        payers=found.payers,
        reasons={BETWEEN: _BREAK, **found.reasons},
        kiosks=found.kiosks,
        screens=found.screens,
        reception=heading.reception,
        day_ends=heading.day_ends,
        ticket_url=heading.ticket_url,
        ages=found.ages or (Ages(),),
        declared_at_desk=heading.patients.declared_at_desk,
        keeps_register=heading.patients.keeps_register,
        insurance_code=heading.patients.insurance_code,
        self_referred=heading.patients.self_referred,
        balance=heading.balance,
        walks=found.walks,
        missed=found.missed,
        desk_advice=heading.desk_advice,
        late_after=heading.late_after,
        retention_hours=heading.retention_hours,
        appointments=found.appointments,
        codes=found.codes,
        insurance_lookup=found.insurance is not None,
        emergency=found.emergency,
        device_names=duty.names(found.devices, found.clinics),
        printers=tuple(device.id for device in found.devices.values() if device.role is Role.PRINTER),
        texts_vi=found.texts_vi,
        texts_en=found.texts_en,
        languages=heading.languages,
    )


_BREAK = Reason(
    BETWEEN, ReasonKind.PAUSE, Words("Nghỉ giữa hai ca", "Break between sessions"), Notice.LUNCH.value
)
"""What the clock says when it pauses a clinic at the end of a session; a site may word it otherwise."""


def _devices(found: Sections) -> tuple[Device, ...]:
    """The devices, those without a hall of their own in that of the kiosk or screen they are."""
    standing = {id_: screen.hall for id_, screen in found.screens.items()}
    standing |= {id_: kiosk.hall for id_, kiosk in found.kiosks.items()}
    return tuple(
        device if device.hall else replace(device, hall=standing.get(device.id, ""))
        for device in found.devices.values()
    )
