"""One moment of a clinic's console as a value: rows, selection and time. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TypeVar

from display import texts
from queue_server.protocol.codes import (
    AlertKind,
    Binding,
    GateName,
    Language,
    Role,
    StepState,
)
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import (
    Accuracy,
    Alert,
    CatalogueFacility,
    ClinicCard,
    ClinicProposal,
    ClinicStep,
    CodeShape,
    FacilityClinic,
    FacilityDisagreement,
    FacilityPractitioner,
    FacilityService,
    InsurancePortal,
    Name,
    Print,
    Row,
    VisitCard,
)

GONE = (StepState.CANCELLED, StepState.ABANDONED)
IN_HAND = (StepState.CALLED, StepState.SERVING)
WAITING = (StepState.QUEUED, StepState.PREPARED)
ASIDE = (StepState.HELD, StepState.MISSED)
OVER = (StepState.DONE, StepState.CANCELLED, StepState.ABANDONED)

SEES_THE_HOUSE = (Role.RECEPTION, Role.SUPERVISOR, Role.ADMIN)

_Kind = TypeVar("_Kind", bound=Row)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A visit selected by a scan or a search. missed: the step of a missed call, if there is one."""

    visit: str
    number: str
    name: str = ""
    birth_year: str = ""
    missed: str | None = None


@dataclass(frozen=True, slots=True)
class FoundOne:
    """Somebody known by a whole number, without a visit today. person: the random reference. number: as
    typed."""

    person: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Desk:
    """One moment of a clinic's console. now: ms. selected: a step. chosen: a visit from a scan or search.

    found: somebody without a visit today, found by a number.
    journey: all steps and papers of the chosen visit, wherever they are. role: what the device may do.
    device: its own id, empty before the server said it. devices: rows of that topic, for who may see them.
    """

    clinic: str
    rows: Mapping[str, Row]
    names: Mapping[str, Row]
    facility: Mapping[str, Row]
    catalogue: Mapping[str, Row]
    now: int
    zone: tzinfo
    language: Language = Language.VI
    selected: str | None = None
    chosen: Chosen | None = None
    found: FoundOne | None = None
    journey: Mapping[str, Row] = field(default_factory=dict)
    role: Role = Role.CLINIC
    accuracy: Mapping[str, Row] = field(default_factory=dict)
    device: str = ""
    devices: Mapping[str, Row] = field(default_factory=dict)
    _sections: dict[str, tuple[ClinicStep, ...]] = field(default_factory=dict, compare=False)

    @property
    def card(self) -> ClinicCard | None:
        return next(iter(of(ClinicCard, self.rows)), None)

    @property
    def sections(self) -> dict[str, tuple[ClinicStep, ...]]:
        """Steps by heading, in the order in which they are shown."""
        if not self._sections:
            elsewhere = [step for step in self.steps if step.key not in self.rows]
            here = _sorted_out(of(ClinicStep, self.rows))
            self._sections["hand"] = here["hand"]
            self._sections["visit"] = tuple(step for step in elsewhere if step.state not in GONE)
            self._sections.update(here)
        return self._sections

    @property
    def steps(self) -> tuple[ClinicStep, ...]:
        """All steps of the chosen visit in their order, also those that no clinic has yet."""
        return tuple(of(ClinicStep, self.journey)) if self.chosen else ()

    @property
    def visit(self) -> VisitCard | None:
        """The chosen visit, None before it is known."""
        return next(iter(of(VisitCard, self.journey)), None) if self.chosen else None

    @property
    def papers(self) -> tuple[Print, ...]:
        """The papers of the chosen visit, oldest first."""
        return tuple(of(Print, self.journey)) if self.chosen else ()

    def is_here(self, step: ClinicStep) -> bool:
        """Whether the step concerns this clinic, or is shown for its visit's sake only."""
        return step.key in self.rows

    @property
    def shown(self) -> tuple[ClinicStep, ...]:
        """All steps on the list from top to bottom."""
        return tuple(step for steps in self.sections.values() for step in steps)

    @property
    def hand(self) -> ClinicStep | None:
        """The one in hand that keys concern: the selected one, else the one called last."""
        in_hand = self.sections["hand"]
        picked = [step for step in in_hand if step.key == self.selected]
        found = picked or in_hand[-1:]
        return found[0] if found else None

    @property
    def focus(self) -> ClinicStep | None:
        """The selected step, else the one in hand unless a scanned visit stands before it."""
        for step in self.shown:
            if step.key == self.selected:
                return step
        return None if self.chosen else self.hand

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What somebody has to see to, oldest first."""
        return tuple(sorted(of(Alert, self.facility), key=lambda alert: alert.at))

    @property
    def emergencies(self) -> tuple[Alert, ...]:
        """Emergencies that this screen is asked to answer, or was, oldest first."""
        return tuple(
            alert
            for alert in self.alerts
            if alert.kind is AlertKind.EMERGENCY and (not alert.to or self.device in alert.to)
        )

    @property
    def calls_for_help(self) -> tuple[Alert, ...]:
        """Those of them that nobody took back: the screen is loud until somebody answers."""
        return tuple(alert for alert in self.emergencies if alert.withdrawn_at is None)

    @property
    def proposal(self) -> ClinicProposal | None:
        """The open proposal of this place."""
        return next((row for row in of(ClinicProposal, self.rows) if row.clinic == self.clinic), None)

    @property
    def proposals(self) -> tuple[ClinicProposal, ...]:
        """The open proposals this screen tells of: its own place's, and all for who oversees the house."""
        mine = tuple(row for row in of(ClinicProposal, self.rows) if row.clinic == self.clinic)
        if self.role not in SEES_THE_HOUSE:
            return mine
        others = (row for row in of(ClinicProposal, self.facility) if row.clinic != self.clinic)
        return (*mine, *sorted(others, key=lambda row: row.at))

    @property
    def differences(self) -> tuple[FacilityDisagreement, ...]:
        """Where the HIS says something else, oldest first; for who may see to it."""
        rows = of(FacilityDisagreement, self.facility) if self.role in SEES_THE_HOUSE else ()
        return tuple(sorted(rows, key=lambda row: (row.at, row.key)))

    @property
    def portal(self) -> InsurancePortal | None:
        """Whether the insurance portal answers; None where nobody is looked up."""
        return next(iter(of(InsurancePortal, self.facility)), None)

    @property
    def held(self) -> dict[str, tuple[int, int, int, int]]:
        """How the times told held, by service: judged, broken, held, and the sum of errors in minutes."""
        sums: dict[str, tuple[int, int, int, int]] = {}
        for row in of(Accuracy, self.accuracy):
            n, broken, held, error = sums.get(row.service, (0, 0, 0, 0))
            sums[row.service] = (
                n + row.judged,
                broken + row.broken,
                held + row.held,
                error + row.error * row.judged,
            )
        return sums

    @property
    def codes(self) -> tuple[CodeShape, ...]:
        """How the hospital's own codes look."""
        facility = next(iter(of(CatalogueFacility, self.catalogue)), None)
        return facility.codes if facility is not None else ()

    @property
    def clinics(self) -> dict[str, Label]:
        """Names of all places by id."""
        return {row.clinic: row.name for row in of(FacilityClinic, self.facility)}

    def say(self, label: Label, **facts: object) -> str:
        """Words in the console's language with facts in them."""
        return texts.tell(texts.fill(label, facts), self.language)

    def time(self, at: int) -> str:
        return texts.clock(at, self.zone)

    def since(self, at: int) -> str:
        """The time of what may be of an earlier day, then with its day."""
        began, today = texts.day(at, self.zone), texts.day(self.now, self.zone)
        return self.time(at) if began == today else f"{began} {self.time(at)}"

    def name(self, visit: str) -> Name | None:
        """Whose visit it is, None while unknown."""
        row = self.names.get(visit)
        return row if isinstance(row, Name) else None

    def practitioner(self, practitioner: str) -> str:
        row = self.facility.get(f"practitioner:{practitioner}")
        return row.name if isinstance(row, FacilityPractitioner) else practitioner

    def service(self, service: str) -> str:
        row = self.facility.get(f"service:{service}")
        return self.say(row.name) if isinstance(row, FacilityService) else service

    def is_pooled(self, service: str) -> bool:
        """Whether any of the service's places calls, so that nobody waits for a room."""
        row = self.facility.get(f"service:{service}")
        return isinstance(row, FacilityService) and row.binding is Binding.POOLED

    def place(self, clinic: str) -> str:
        row = self.facility.get(f"clinic:{clinic}")
        return self.say(row.name) if isinstance(row, FacilityClinic) else clinic


def sign_of(step: ClinicStep) -> str:
    """What is called for a step."""
    return step.call_sign.text if step.call_sign else step.number


_OPENED_BY_TIME = (GateName.RESULT, GateName.NOT_BEFORE)


def to_do(desk: Desk) -> str | None:
    """The step of the chosen visit that staff most likely mean: one with a gate to open, else the next."""
    steps = [step for step in desk.steps if step.state not in OVER]
    here = [step for step in steps if desk.is_here(step)]
    shut = [step for step in steps if any(gate not in _OPENED_BY_TIME for gate in step.gates)]
    return next((step.key for step in (*here, *shut, *steps)), None)


def moved(desk: Desk, by: int) -> str | None:
    """The step that is selected after moving the cursor; None with an empty list."""
    keys = [step.key for step in desk.shown]
    if not keys:
        return None
    if desk.selected not in keys:
        return keys[0] if by > 0 else keys[-1]
    return keys[max(0, min(len(keys) - 1, keys.index(desk.selected) + by))]


def of(kind: type[_Kind], rows: Mapping[str, Row]) -> Iterable[_Kind]:
    """The rows of one kind."""
    return (row for row in rows.values() if isinstance(row, kind))


_TICKET = re.compile(r"DL:([0-9A-Z]{8,64})|https?://[^\s?#]+/t/([0-9A-Z]{8,64})/?", re.IGNORECASE | re.ASCII)


def ticket_token(text: str) -> str | None:
    """The token in a scanned ticket, None when it is not a ticket of ours."""
    found = _TICKET.fullmatch(text.strip())
    return (found[1] or found[2]).upper() if found else None


def _sorted_out(steps: Iterable[ClinicStep]) -> dict[str, tuple[ClinicStep, ...]]:
    places: dict[str, list[ClinicStep]] = {"hand": [], "wait": [], "aside": [], "later": [], "results": []}
    for step in steps:
        if step.state in IN_HAND:
            places["hand"].append(step)
        elif step.state in ASIDE:
            places["aside"].append(step)
        elif step.state in WAITING and step.order:
            places["wait"].append(step)
        elif step.state in OVER:
            places["results"].append(step)
        else:
            places["later"].append(step)
    orders: dict[str, Callable[[ClinicStep], tuple[int, str]]] = {
        "hand": lambda step: (step.called_at or 0, step.key),
        "wait": lambda step: (step.order, step.key),
    }
    return {name: tuple(sorted(found, key=orders.get(name, _by_age))) for name, found in places.items()}


def _by_age(step: ClinicStep) -> tuple[int, str]:
    return step.since, step.key
