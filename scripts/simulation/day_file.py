"""A day as a CSV: one row, one patient. Every row that cannot be played is refused, all of them at once."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from queue_server.engine.facility import Facility, Payer, Reason, Route, Service, Words
from queue_server.protocol.codes import AgeGroup, GateName, Lane, ReasonKind
from queue_server.protocol.values import replaced
from scripts.simulation.crowds import Patient, Stop

REQUIRED = ("arrival", "service", "lane", "service_seconds")
OPTIONAL = ("clinic", "steps", "no_show", "walk_seconds")
LANES = {lane.value: lane for lane in (Lane.URGENT, Lane.PRIORITY, Lane.APPOINTMENT, Lane.WALK_IN)}
LONGEST = 8 * 3600
"""Seconds of the longest turn that anybody means."""
BACK = 0.5
"""The turn with results takes so much of the first one."""
PAYER = "simulated"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class BadRow:
    """row: the line of the file, the heading is line 1. fix: what to write instead."""

    row: int
    reason: str
    fix: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}; {self.fix}"


class BadDay(Exception):
    """The file cannot be played; `rows` says everything that is wrong in it."""

    def __init__(self, path: Path, rows: list[BadRow]) -> None:
        super().__init__("\n".join(f"{path}: {row}" for row in rows))
        self.rows = rows


def load(path: Path, facility: Facility) -> list[Patient]:
    """The patients of the file in order of arrival. Raises BadDay with every row that is wrong."""
    wrong: list[BadRow] = []
    patients: list[Patient] = []
    for row, cells in _rows(path, wrong):
        notes = _Row(row, cells, facility, wrong)
        patient = notes.patient()
        if patient is not None:
            patients.append(patient)
    if not patients and not wrong:
        wrong.append(BadRow(2, "there is no patient in the file", "write one row for each"))
    if wrong:
        raise BadDay(path, sorted(wrong, key=lambda bad: bad.row))
    patients.sort(key=lambda patient: (patient.at, patient.ordinal))
    return patients


def plain(facility: Facility, patients: list[Patient]) -> Facility:
    """The facility with a route straight to each service that the file names, and no gate on the way: a row
    says when a patient stands in that line, not how they came to it. What staff do in the simulation has a
    reason, also where the site file has none."""
    services = dict.fromkeys(patient.kind for patient in patients)
    routes = {
        f"{PAYER}-{name}": Route(f"{PAYER}-{name}", PAYER, name, Words(name, name), (name,), identified=True)
        for name in services
    }
    payer = Payer(PAYER, Words(PAYER, PAYER), insured=False, waives=tuple(GateName))
    reasons = {
        f"{PAYER}-{kind}": Reason(f"{PAYER}-{kind}", kind, Words(PAYER, PAYER))
        for kind in (ReasonKind.LANE, ReasonKind.CANCEL, ReasonKind.PAUSE)
    }
    return replaced(
        facility,
        routes=facility.routes | routes,
        payers=facility.payers | {PAYER: payer},
        reasons=facility.reasons | reasons,
    )


def _rows(path: Path, wrong: list[BadRow]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        wrong.append(BadRow(1, f"the file cannot be read ({error.strerror})", "give a CSV file"))
        return
    except UnicodeDecodeError:
        wrong.append(BadRow(1, "this is not UTF-8", "save the file as CSV UTF-8"))
        return
    reader = csv.reader(text.splitlines(), strict=False)
    heading = [name.strip().lower() for name in next(reader, [])]
    _check_heading(heading, wrong)
    if wrong:
        return
    for cells in reader:
        row = reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(heading):
            fix = f"write {len(heading)} cells; put a cell with a comma in quotation marks"
            wrong.append(BadRow(row, f"there are {len(cells)} cells", fix))
            continue
        padded = [cell.strip() for cell in cells] + [""] * (len(heading) - len(cells))
        yield row, dict(zip(heading, padded, strict=True))


def _check_heading(heading: list[str], wrong: list[BadRow]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    begin = f"begin with {','.join(REQUIRED)}"
    wrong += [BadRow(1, f'the column "{name}" is missing', begin) for name in REQUIRED if name not in heading]
    for name in heading:
        if name not in known:
            wrong.append(BadRow(1, f'there is no column "{name}"', f"columns are {', '.join(known)}"))
        elif heading.count(name) > 1:
            wrong.append(BadRow(1, f'the column "{name}" is there twice', "take one of them out"))


class _Row:
    """One row as it is read: each cell that is wrong is noted, and the row is no patient then."""

    def __init__(self, row: int, cells: dict[str, str], facility: Facility, wrong: list[BadRow]) -> None:
        self._row, self._cells, self._facility, self._wrong = row, cells, facility, wrong
        self._good = True

    def patient(self) -> Patient | None:
        at = self._read("arrival", _clock, "a time of day", "write HH:MM:SS, as in 07:05:00")
        service = self._service("service", self._cells["service"])
        lane = self._read("lane", LANES.__getitem__, "a lane", f"write one of {', '.join(LANES)}", "walk_in")
        seconds = self._read("service_seconds", _seconds, *_WORK)
        clinic = self._clinic(service)
        stops = self._stops()
        fix = "write 1 for who never comes when called, else 0"
        no_show = self._read("no_show", {"0": False, "1": True}.__getitem__, "0 or 1", fix, "0")
        walk = self._read("walk_seconds", _walk, "a number of seconds", "write 0 to 7200, as in 40", "0")
        if (
            not self._good
            or at is None
            or service is None
            or lane is None
            or seconds is None
            or no_show is None
            or walk is None
        ):
            return None
        return Patient(
            ordinal=self._row,
            at=at,
            payer=PAYER,
            kind=service.id,
            exam=service.id,
            lane=lane,
            age_group=AgeGroup.FROM_75 if lane is Lane.PRIORITY else AgeGroup.ORDINARY,
            first={service.id: seconds},
            orders=tuple(stops),
            back=seconds * BACK,
            clinic=clinic,
            walk=int(walk * 1000) if stops else 0,
            door=int(walk * 1000),
            leaves=no_show,
            results={service.id: service.result_minutes * 60_000},
        )

    def _note(self, reason: str, fix: str) -> None:
        self._good = False
        self._wrong.append(BadRow(self._row, reason, fix))

    def _read(
        self, column: str, read: Callable[[str], Read], what: str, fix: str, default: str | None = None
    ) -> Read | None:
        cell = self._cells.get(column, "")
        if not cell and default is None:
            self._note(f"{column} is empty", fix)
            return None
        try:
            return read(cell or str(default))
        except (ValueError, KeyError):
            self._note(f'{column} "{cell}" is not {what}', fix)
            return None

    def _service(self, column: str, name: str) -> Service | None:
        known = self._facility.services
        if name in known and self._facility.clinics and _is_served(self._facility, name):
            return known[name]
        fix = f"write one of {', '.join(name for name in known if _is_served(self._facility, name))}"
        self._note(
            f'{column} "{name}" is not offered by any clinic of the site' if name else f"{column} is empty",
            fix,
        )
        return None

    def _clinic(self, service: Service | None) -> str:
        clinic = self._cells.get("clinic", "")
        if not clinic or service is None:
            return clinic
        serving = [name for name, plan in self._facility.clinics.items() if service.id in plan.services]
        if clinic not in serving:
            self._note(
                f'clinic "{clinic}" does not serve {service.id}',
                f"write one of {', '.join(serving)}, or nothing",
            )
        return clinic

    def _stops(self) -> list[Stop]:
        stops = []
        for part in filter(None, (part.strip() for part in self._cells.get("steps", "").split(";"))):
            name, _, text = part.rpartition(":")
            service = self._service("steps", name.strip())
            try:
                seconds = _seconds(text.strip())
            except ValueError:
                self._note(
                    f'steps "{part}" has no number of seconds', "write service:seconds;service:seconds"
                )
                continue
            if service is not None:
                stops.append(Stop(service.id, seconds, service.result_minutes * 60_000))
        return stops


_WORK = ("a number of seconds", f"write 1 to {LONGEST}, as in 420")


def _is_served(facility: Facility, service: str) -> bool:
    return any(service in plan.services for plan in facility.clinics.values())


def _clock(cell: str) -> int:
    found = _CLOCK.fullmatch(cell)
    if found is None:
        raise ValueError(cell)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _seconds(cell: str) -> float:
    seconds = _number(cell)
    if not 0 < seconds <= LONGEST:
        raise ValueError(cell)
    return seconds


def _walk(cell: str) -> float:
    seconds = _number(cell)
    if not 0 <= seconds <= 7200:
        raise ValueError(cell)
    return seconds


def _number(cell: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", cell, re.ASCII):
        raise ValueError(cell)
    return float(cell)
