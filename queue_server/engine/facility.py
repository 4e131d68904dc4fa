"""The facility as its site file plans it: what the rules know of a hospital. Frozen; part of `DayOpened`."""

from queue_server.protocol.codes import (
    Authority,
    Binding,
    ClinicKind,
    GateName,
    ReasonKind,
)
from queue_server.protocol.values import Value, field

EXAM_SLOT = "@exam"
"""In a route: the exam service that is chosen at check-in or by a desk."""


class Words(Value):
    """What a person reads, in both languages."""

    vi: str
    en: str


class Hall(Value):
    """A waiting area."""

    id: str
    name: Words
    floor: Words


class PriorityFirst(Value):
    """Calling policy: priority first, at most `at_most` in a row while others wait. Urgent is outside it."""

    at_most: int = 3


class Service(Value):
    """What a patient comes for.

    minutes: constant pace of one turn at one place. letter: of visit numbers whose first step is here.
    gates: shut on every step of this service until opened. opens: gates that finishing a step here opens on
    the later steps of the visit. has_result: a finished step here awaits a result before it is known.
    bind_ahead: with late binding, how many queued at a clinic count as few. choosable: a patient may pick it.
    """

    id: str
    name: Words
    kind: ClinicKind
    letter: str
    minutes: int
    authority: Authority = Authority.ALONE
    binding: Binding = Binding.LATE
    clinic_numbers: bool = False
    gates: tuple[GateName, ...] = ()
    opens: tuple[GateName, ...] = ()
    has_result: bool = False
    choosable: bool = False
    bind_ahead: int = 3
    policy: PriorityFirst = PriorityFirst()


class ClinicPlan(Value):
    """One place as planned. room: as spoken, "12". public: what a hall may be told; neutral when discreet."""

    id: str
    name: Words
    public: Words
    room: str
    kind: ClinicKind
    hall: str
    services: tuple[str, ...]
    places: int = 1
    discreet: bool = False


class PractitionerPlan(Value):
    """Someone who works in clinics; the name is shown to staff."""

    id: str
    name: str


class SessionPlan(Value):
    """Who works where. opens, ends: minutes since local midnight, 1440 included. capacity: 0 = no limit."""

    clinic: str
    practitioner: str
    opens: int
    ends: int
    capacity: int = 0
    desk: str = ""


class Route(Value):
    """The ordered steps a kind of visit takes; `EXAM_SLOT` stands for the chosen exam.

    identified: needs a person; without one only the first step (reception) is made.
    """

    id: str
    payer: str
    kind: str
    label: Words
    steps: tuple[str, ...]
    identified: bool = False


class Payer(Value):
    """waives: gates that no step of such a visit has, as `paid` for the insured, who pay at the end."""

    id: str
    label: Words
    insured: bool
    waives: tuple[GateName, ...] = ()


class Reason(Value):
    """A coded reason. notice: what a hall may be told when a clinic pauses for it."""

    id: str
    kind: ReasonKind
    label: Words
    notice: str = ""


class KioskPlan(Value):
    """ordinal: 1..99, the two digits of the kiosk's offline series."""

    id: str
    ordinal: int
    hall: str


class ScreenPlan(Value):
    """A hall screen."""

    id: str
    hall: str


class Missed(Value):
    """The missed rule (DESIGN §4). Times in ms; after: calls that go first."""

    calls: int = 2
    apart: int = 30_000
    soft: int = 600_000
    soft_after: int = 1
    hard_after: int = 3
    one_in: int = 3


class Facility(Value):
    """day_ends: minutes after local midnight at which the service day ends. register_desk: the service that
    anonymous and offline visits go to. direction_desk: same, for visits in a named wait."""

    id: str
    name: Words
    time_zone: str
    halls: dict[str, Hall]
    services: dict[str, Service]
    clinics: dict[str, ClinicPlan]
    practitioners: dict[str, PractitionerPlan]
    sessions: tuple[SessionPlan, ...]
    routes: dict[str, Route]
    payers: dict[str, Payer]
    reasons: dict[str, Reason]
    kiosks: dict[str, KioskPlan]
    screens: dict[str, ScreenPlan]
    reception: str
    day_ends: int = 0
    ticket_url: str = ""
    age_child: int = 6
    age_elder: int = 75
    retention_hours: int = 72
    missed: Missed = Missed()
    texts_vi: dict[str, str] = field(default_factory=dict)
    texts_en: dict[str, str] = field(default_factory=dict)
