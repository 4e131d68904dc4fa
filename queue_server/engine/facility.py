"""The facility as its site file plans it: what the rules know of a hospital. Frozen; part of `DayOpened`."""

from queue_server.protocol.codes import (
    Authority,
    Balance,
    Binding,
    CalledAs,
    ClinicKind,
    CodeKind,
    GateName,
    KioskMode,
    Language,
    Leftovers,
    Moves,
    Need,
    ReadyBy,
    ReasonKind,
    ResultsWhen,
    ResultsWithout,
)
from queue_server.protocol.values import Value, field

EXAM_SLOT = "@exam"
"""In a route: the exam service that is chosen at check-in or by a desk."""


class Words(Value):
    """What a person reads, in both languages."""

    vi: str
    en: str


class CodeShape(Value):
    """How one kind of the hospital's own codes looks, as in `site.shapes`."""

    name: str
    kind: CodeKind
    pattern: str


class Hall(Value):
    """A waiting area."""

    id: str
    name: Words
    floor: Words


class PriorityFirst(Value, tag="priority_first"):
    """Priority first, at most `at_most` in a row while others wait."""

    at_most: int = 3


class Ratio(Value, tag="ratio"):
    """In turn: `priority` of the priority group, then `ordinary` others, while both wait."""

    ordinary: int = 2
    priority: int = 1


class HeadStart(Value, tag="head_start"):
    """Priority counts as `minutes` earlier."""

    minutes: int = 30


class FirstCome(Value, tag="first_come"):
    """In the order of arrival, but for the share the law leaves to the priority group."""


class Accumulating(Value, tag="accumulating"):
    """Accumulating priority (Kleinrock 1964): who waits w minutes as `CalledAs` c has offset[c] + gain[c] *
    w / 100 points; most points first. offsets: points. gains: points per 100 minutes; without an entry 0 and
    100."""

    offsets: dict[CalledAs, int] = field(default_factory=dict)
    gains: dict[CalledAs, int] = field(default_factory=dict)


Rule = PriorityFirst | Ratio | HeadStart | FirstCome | Accumulating


class Policy(Value):
    """Whom a clinic calls next. Urgent is outside it and goes before all.

    rule: between priority and the others. overdue_after: minutes of waiting in session after which somebody
    is overdue, 0 = never; overdue_one_in: of so many calls at least one is the longest overdue.
    returning_one_in: the same for those with results, 0 = no share. results_first: last minutes of a session
    in which they go before the others. fasting_until: minutes since midnight up to which the fasting count
    as fasting_minutes earlier, 0 = no lift.
    """

    rule: Rule = PriorityFirst()
    overdue_after: int = 90
    overdue_one_in: int = 8
    returning_one_in: int = 5
    results_first: int = 30
    fasting_until: int = 0
    fasting_minutes: int = 60


class PolicyHours(Value):
    """Another policy for a time of day. opens, ends: minutes since local midnight."""

    opens: int
    ends: int
    policy: Policy


class AppointmentRule(Value):
    """Minutes: who comes no more than `early` before and `late` after the appointed time is on time. Of
    one_in calls at least one is somebody on time whose moment has come, 0 = no share. unattended: minutes
    after which nobody is waited for."""

    early: int = 30
    late: int = 15
    one_in: int = 8
    unattended: int = 120


class Service(Value):
    """What a patient comes for.

    minutes: constant pace of one turn at one place. letter: of visit numbers whose first step is here.
    gates: shut on every step of this service until opened. opens: gates that finishing a step here opens on
    the later steps of the visit. has_result: a finished step here awaits a result before it is known.
    bind_ahead: with late binding, how many queued at a clinic count as few. choosable: a patient may pick it.
    policy_hours: other policies by time of day. moves: whether those who wait may be moved when their clinic
    closes. leftovers: what becomes of those who wait at the end of a session. max_share: percent of its fair
    share of the service's patients that one clinic may be given, 0 = no limit. results_when, results_without:
    when results bring a patient back to this service, and to whom if the practitioner left.

    needs, ready_by: what the body must be ready for, and who says so. ready_minutes: how long that takes,
    where nobody says so before. ends: what the body is no longer ready for after a turn here. after: services
    that go first when both are ordered. gap: minutes to wait after those. repeats: minutes after the first
    turn at which it is done again. result_minutes: until a result is usually there, 0 when nobody said.
    initial: up to three letters that stand for it on a kiosk's button, or empty.
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
    policy: Policy = Policy()
    policy_hours: tuple[PolicyHours, ...] = ()
    moves: Moves = Moves.ASK
    leftovers: Leftovers = Leftovers.CARRY
    max_share: int = 0
    results_when: ResultsWhen = ResultsWhen.ALL
    results_without: ResultsWithout = ResultsWithout.SAME_CLINIC
    needs: tuple[Need, ...] = ()
    ready_by: ReadyBy = ReadyBy.PATIENT
    ready_minutes: int = 30
    ends: tuple[Need, ...] = ()
    after: tuple[str, ...] = ()
    gap: int = 0
    repeats: tuple[int, ...] = ()
    result_minutes: int = 0
    initial: str = ""


class ClinicPlan(Value):
    """One place as planned. room: as spoken, "12". public: what a hall may be told; neutral when discreet.
    printer: the device that prints slips for it, empty when it has none."""

    id: str
    name: Words
    public: Words
    room: str
    kind: ClinicKind
    hall: str
    services: tuple[str, ...]
    places: int = 1
    discreet: bool = False
    printer: str = ""


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
    """A coded reason. notice: what a hall may be told when a clinic pauses for it. quota: how often a clinic
    may call out of order for it in one session, 0 = no limit."""

    id: str
    kind: ReasonKind
    label: Words
    notice: str = ""
    quota: int = 0


class KioskPlan(Value):
    """ordinal: 1..99, the two digits of the kiosk's offline series. hours: when it serves, each from and to
    as minutes since local midnight, in order; empty: always. card_route: what a citizen card means in mode
    `fast`; empty: the patient says."""

    id: str
    ordinal: int
    hall: str
    hours: tuple[tuple[int, int], ...] = ()
    mode: KioskMode = KioskMode.FULL
    card_route: str = ""


class EmergencyPlan(Value):
    """Who answers an emergency (DESIGN §9): the devices on duty, those asked next, and after how many ms
    without an answer it goes on, in the end to everybody. first empty: everybody at once. place: where
    whoever needs help is to be brought or help fetched; None: the reception."""

    first: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    after: int = 20_000
    place: Words | None = None


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


class Ages(Value):
    """Whom the law puts first by age, from a service day on (`YYYY-MM-DD`, empty: ever since). child: under
    this age; elder: from this age on. Law 15/2023/QH15, article 3; a change of it is written down before its
    day."""

    since: str = ""
    child: int = 6
    elder: int = 75


class Facility(Value):
    """day_ends: minutes after local midnight at which the service day ends. reception: the service that
    anonymous and offline visits go to. ages: by their day, the earliest first. declared_at_desk: kiosks take
    nobody's word for priority. keeps_register: who has a number stays known after `retention_hours`.
    insurance_code: this hospital's own with the health insurance; self_referred: the `MA_DOITUONG_KCB` of
    whoever comes to it without a slip; both empty when the site does not say.

    walks: seconds from hall to hall by `<hall>/<hall>`, either way. desk_advice: insured exams of one
    declared desk in a day from which others are preferred, and from which staff are warned (TT
    39/2018/TT-BYT, article 5). late_after: minutes after a session's start without a call after which moves
    are proposed. restate_by: minutes by which an estimate must have moved to be told anew. printers: devices
    that print slips. codes: how the hospital's own codes look. insurance_lookup: cards are looked up at the
    insurance portal. device_names: how patients may read of staff's devices. languages: those that patients
    are offered.
    """

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
    ages: tuple[Ages, ...] = (Ages(),)
    declared_at_desk: bool = False
    retention_hours: int = 72
    keeps_register: bool = False
    insurance_code: str = ""
    self_referred: str = ""
    missed: Missed = Missed()
    appointments: AppointmentRule = AppointmentRule()
    balance: Balance = Balance.EARLIEST_START
    walks: dict[str, int] = field(default_factory=dict)
    desk_advice: tuple[int, int] = (55, 65)
    late_after: int = 20
    restate_by: int = 5
    printers: tuple[str, ...] = ()
    codes: tuple[CodeShape, ...] = ()
    insurance_lookup: bool = False
    emergency: EmergencyPlan = EmergencyPlan()
    device_names: dict[str, Words] = field(default_factory=dict)
    texts_vi: dict[str, str] = field(default_factory=dict)
    texts_en: dict[str, str] = field(default_factory=dict)
    languages: tuple[Language, ...] = (Language.VI, Language.EN)
