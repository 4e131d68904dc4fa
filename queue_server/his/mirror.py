"""What the link knows of the queue server: the rows of its topics, found by what a HIS calls things. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from queue_server.his.settings import Codes, Settings
from queue_server.protocol.codes import AlertKind, StepState
from queue_server.protocol.rows import (
    Alert,
    FacilityClinic,
    FacilityDisagreement,
    FacilityPractitioner,
    FacilityService,
    HisStep,
    HisVisit,
    Row,
)

EXTERNAL = "his"
"""Name under which the HIS's code of a visit is kept with it."""
OVER = frozenset({StepState.DONE, StepState.CANCELLED, StepState.ABANDONED})


@dataclass(slots=True)
class Mirror:
    """Rows by what they are. by_code, by_number: visits by the HIS's code and by our number."""

    settings: Settings
    visits: dict[str, HisVisit] = field(default_factory=dict)
    steps: dict[str, HisStep] = field(default_factory=dict)
    of_visit: dict[str, dict[str, None]] = field(default_factory=dict)
    by_code: dict[str, str] = field(default_factory=dict)
    by_number: dict[str, str] = field(default_factory=dict)
    clinics: dict[str, FacilityClinic] = field(default_factory=dict)
    services: dict[str, FacilityService] = field(default_factory=dict)
    practitioners: set[str] = field(default_factory=set)
    disagreements: dict[str, FacilityDisagreement] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clinic_codes = Codes(self.settings.clinics)
        self.service_codes = Codes(self.settings.services)
        self.practitioner_codes = Codes(self.settings.practitioners)
        self.payer_codes = Codes(self.settings.payers)
        self.kind_codes = Codes(self.settings.kinds)

    clinic_codes: Codes = field(init=False)
    service_codes: Codes = field(init=False)
    practitioner_codes: Codes = field(init=False)
    payer_codes: Codes = field(init=False)
    kind_codes: Codes = field(init=False)

    def replace_visits(self, rows: Iterable[Row]) -> None:
        """The whole topic `his` anew."""
        for table in (self.visits, self.steps, self.of_visit, self.by_code, self.by_number):
            table.clear()
        for row in rows:
            self.put(row)

    def put(self, row: Row) -> None:
        """One row of the topic `his`."""
        if isinstance(row, HisVisit):
            self.visits[row.visit] = row
            self.by_number[row.number] = row.visit
            code = row.external.get(EXTERNAL)
            # One code on two visits of a day is the later, open one's.
            if code and not (row.ended and self.by_code.get(code, row.visit) != row.visit):
                self.by_code[code] = row.visit
        elif isinstance(row, HisStep):
            self.steps[row.key] = row
            self.of_visit.setdefault(row.visit, {})[row.key] = None

    def replace_facility(self, rows: Mapping[str, Row]) -> None:
        """The whole topic `facility` anew; it is short."""
        self.clinics = {r.clinic: r for r in rows.values() if isinstance(r, FacilityClinic)}
        self.services = {r.service: r for r in rows.values() if isinstance(r, FacilityService)}
        self.practitioners = {r.practitioner for r in rows.values() if isinstance(r, FacilityPractitioner)}
        self.disagreements = {r.key: r for r in rows.values() if isinstance(r, FacilityDisagreement)}
        self.alerts = {r.alert: r for r in rows.values() if isinstance(r, Alert) and r.kind is AlertKind.HIS}

    def find(self, code: str, ticket: str | None) -> HisVisit | None:
        """Our visit of the HIS's code, else of the ticket's number."""
        visit = self.by_code.get(code)
        if visit is None and ticket is not None:
            visit = self.by_number.get(ticket) or (ticket if ticket in self.visits else None)
        return self.visits.get(visit) if visit is not None else None

    def stops(self, visit: str, service: str | None = None) -> list[HisStep]:
        """The stops of a visit, at this service only if one is named; the newest first."""
        steps = [self.steps[name] for name in self.of_visit.get(visit, {})]
        return [step for step in reversed(steps) if service is None or step.service == service]

    def open_stops(self, visit: str, service: str | None = None) -> list[HisStep]:
        """The same without those that are over."""
        return [step for step in self.stops(visit, service) if step.state not in OVER]
