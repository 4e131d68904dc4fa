"""Feed rows: what each topic is a table of. `key` is unique within its topic.

Rows of `hall:` topics have no field in which a name or a reason could travel.
"""

from msgspec import Struct

from queue_server.protocol.codes import (
    AlertKind,
    AssignedBy,
    Authority,
    Binding,
    Brought,
    CalledAs,
    ClinicKind,
    ClinicState,
    CodeKind,
    GateName,
    Grant,
    HallState,
    Help,
    IdentityKind,
    InsuranceAdvice,
    InsuranceStatus,
    KioskMode,
    Lane,
    Language,
    Need,
    Note,
    Notice,
    PortalState,
    PresenceKind,
    PrintState,
    ReasonKind,
    Result,
    Stays,
    StepState,
    VisitWait,
)
from queue_server.protocol.labels import CallSign, Label, Place
from queue_server.protocol.results import Ticket


class _Row(Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True):
    """Base of all rows, tagged by `type`."""

    key: str


# hall:<id> -------------------------------------------------------------------------------------------


class HallCall(_Row, frozen=True, tag="hall_call"):
    """A number under one heading. at: ms of the last call. say: clips that speak it, in order."""

    state: HallState
    call_sign: str
    place: Label
    room: str
    clinic: str
    at: int
    times_called: int = 0
    say: tuple[str, ...] = ()


class HallCard(_Row, frozen=True, tag="hall_card"):
    """The hall itself, also in `facility`; key: `hall:<id>`."""

    name: Label
    floor: Label


class HallPlace(_Row, frozen=True, tag="hall_place"):
    """A place of this hall and what it can be told about it. news_at: ms."""

    place: Label
    room: str
    state: ClinicState
    notice: Notice | None = None
    news_at: int | None = None
    waiting: int = 0


class HallNotice(_Row, frozen=True, tag="hall_notice"):
    """An announcement, also in `facility`; key: `notice:<hall>`, `notice:` for all halls. until: ms."""

    notice: Notice
    at: int
    until: int | None = None


# clinic:<id>, journey:<visit> ------------------------------------------------------------------------


class ClinicCard(_Row, frozen=True, tag="clinic_card"):
    """The clinic itself; key is its id. act: number of the last act, for undo; 0 when nothing can be undone.
    act_change: what it was, a `StepChange`, a `VisitChange`, `step_added` or `referred`. act_sign: whose.

    waiting: who could be called now; in a line longer than is shown, all who wait in it. why_empty: counts
    by code of those who belong here but can't be called now (see `nobody_waiting`). rule: the policy in
    force, by its preset. courtesy: calls out of order in this session by reason. session_ends: ms.
    finishable: how many of the line can still be seen by then. printer: whether slips can be printed here.
    """

    name: Label
    room: str
    kind: ClinicKind
    hall: str
    state: ClinicState
    places: int
    services: tuple[str, ...]
    practitioners: tuple[str, ...] = ()
    reason: str = ""
    news_at: int | None = None
    act: int = 0
    act_change: str = ""
    act_sign: str = ""
    waiting: int = 0
    served: int = 0
    next_step: str | None = None
    why_empty: dict[str, int] = {}
    rule: str = ""
    courtesy: dict[str, int] = {}
    session_ends: int | None = None
    finishable: int | None = None
    printer: bool = False


class ClinicStep(_Row, frozen=True, tag="clinic_step"):
    """One step that concerns the clinic; key is the step. order: 1 is next, 0 when it can't be called now.

    since: ms from which it waits. own: bound to this clinic, else in the pool of its service. busy: the
    patient is at another place. gates: those still shut. In `journey:` topics, which hold all steps of one
    visit: clinic is where the step is bound, empty while nowhere; own tells whether it is; order is 0.
    called_as: its lane, or what lifts it. before: who is called before it, counted by `CalledAs`; facts:
    codes of what else decides its place (PROTOCOL.md lists them). not_before, usually_by: what the patient
    was told, ms. suggested: place in the recommended order of the visit's open stops, in `journey:` topics;
    0 = no advice. appointment_at: ms. due_at: ms before which a spaced or repeated stop does not begin; how
    late it is counts from there. notes: what staff should know of how the visit came.
    """

    visit: str
    number: str
    service: str
    state: StepState
    lane: Lane
    call_sign: CallSign | None = None
    grant: Grant | None = None
    clinic: str = ""
    order: int = 0
    since: int = 0
    own: bool = True
    returning: bool = False
    times_called: int = 0
    called_at: int | None = None
    gates: tuple[GateName, ...] = ()
    presence: PresenceKind = PresenceKind.UNKNOWN
    busy: str = ""
    help: tuple[Help, ...] = ()
    held_until: int | None = None
    result: Result = Result.NONE
    assigned_by: AssignedBy = AssignedBy.OURS
    practitioner: str = ""
    external: dict[str, str] = {}
    called_as: CalledAs = CalledAs.ORDINARY
    before: dict[str, int] = {}
    facts: tuple[str, ...] = ()
    not_before: int | None = None
    usually_by: int | None = None
    needs: tuple[Need, ...] = ()
    suggested: int = 0
    appointment_at: int | None = None
    due_at: int | None = None
    notes: tuple[Note, ...] = ()


class ProposedMove(Struct, frozen=True, omit_defaults=True):
    """One line of a proposal. clinic: to where, empty for one that stays; gain: minutes; why: it stays."""

    step: str
    call_sign: str
    clinic: str = ""
    gain: int = 0
    why: Stays | None = None


class ClinicProposal(_Row, frozen=True, tag="clinic_proposal"):
    """An open proposal, on `clinic:` and `facility`; key: `proposal:<id>`. cause: `close`, `drain`, `late`,
    `session_end` or `asked`. lines: moves in fair order, then those who stay."""

    proposal: str
    clinic: str
    cause: str
    at: int
    lines: tuple[ProposedMove, ...] = ()


# names:<clinic> --------------------------------------------------------------------------------------


class InsuranceCheck(Struct, frozen=True, omit_defaults=True):
    """What the insurance answered when it was asked about a card. code: its result, as `000`. at: ms.
    valid_from, valid_until: `YYYY-MM-DD`, empty where it said none."""

    code: str
    at: int
    valid_from: str = ""
    valid_until: str = ""


class InsuranceFacts(Struct, frozen=True, omit_defaults=True):
    """What is known of a patient's health insurance. card, valid_from, valid_until, facility, transfer,
    revisit: as in `Insurance`, the card's number always. suggested: the `MA_DOITUONG_KCB` that follows from
    these facts, a string such as `1.1`; empty where they do not decide. check: the last look-up, None before
    the first. status, advice: what follows from it."""

    card: str = ""
    valid_from: str = ""
    valid_until: str = ""
    facility: str = ""
    transfer: bool | None = None
    revisit: bool | None = None
    suggested: str = ""
    check: InsuranceCheck | None = None
    status: InsuranceStatus = InsuranceStatus.UNVERIFIED
    advice: InsuranceAdvice = InsuranceAdvice.CHECK_BY_HAND


class Name(_Row, frozen=True, tag="name"):
    """Whom a visit is of, for the staff of one clinic; key is the visit. What is not known is empty.

    name: empty for whom nobody can identify; code then says what to call them until somebody can. identified:
    how they were. warnings: codes of what a clerk should look at (PROTOCOL.md lists them). brought: by whom
    they were registered. guardian, guardian_phone: whom to turn to for a child. insurance: for places that
    deal with it only (kinds `reception` and `approval`), else None.
    """

    name: str
    birth_year: str = ""
    warnings: tuple[str, ...] = ()
    identified: IdentityKind = IdentityKind.CARD
    code: str = ""
    brought: Brought = Brought.SELF
    guardian: str = ""
    guardian_phone: str = ""
    insurance: InsuranceFacts | None = None


# facility --------------------------------------------------------------------------------------------


class FacilityCard(_Row, frozen=True, tag="facility_card"):
    """The facility; key is `facility`. intake: reason code while new visits are stopped, else empty. offline:
    how many of the open visits came from a kiosk without the server."""

    name: Label
    day: str
    open_visits: int = 0
    ended_visits: int = 0
    intake: str = ""
    offline: int = 0


class FacilityClinic(_Row, frozen=True, tag="facility_clinic"):
    """key: `clinic:<id>`. expected: minutes until someone added now would be called, None when not open.
    insured: insured exams of its declared desk today; advice: `prefer_others` or `at_limit` once there are
    many."""

    clinic: str
    name: Label
    room: str
    kind: ClinicKind
    hall: str
    state: ClinicState
    services: tuple[str, ...]
    waiting: int = 0
    serving: tuple[str, ...] = ()
    practitioners: tuple[str, ...] = ()
    expected: int | None = None
    insured: int = 0
    advice: str = ""
    session_ends: int | None = None
    finishable: int | None = None
    courtesy: dict[str, int] = {}


class FacilityService(_Row, frozen=True, tag="facility_service"):
    """key: `service:<id>`. pooled: waiting without a clinic yet. intake as in FacilityCard. binding: when one
    who waits gets a clinic; of a `pooled` service any clinic calls.
    """

    service: str
    name: Label
    kind: ClinicKind
    binding: Binding
    pooled: int = 0
    waiting: int = 0
    intake: str = ""


class FacilityVisit(_Row, frozen=True, tag="facility_visit"):
    """An open visit in a named wait; key: the visit."""

    visit: str
    number: str
    wait: VisitWait
    since: int


class InsurancePortal(_Row, frozen=True, tag="insurance_portal"):
    """Whether the insurance portal answers; key is `insurance`. There only where cards are looked up. since:
    ms."""

    state: PortalState
    since: int


class FacilityDisagreement(_Row, frozen=True, tag="facility_disagreement"):
    """The HIS says something else of a visit than we do; key: `disagreement:<visit>/<about>`. visit empty: it
    speaks of something that we cannot place, as `about` says."""

    visit: str
    number: str
    step: str
    about: str
    ours: str
    his: str
    at: int


class FacilityReason(_Row, frozen=True, tag="facility_reason"):
    """A reason code of the site; key: `reason:<id>`."""

    reason: str
    kind: ReasonKind
    label: Label
    quota: int = 0


class FacilityPractitioner(_Row, frozen=True, tag="facility_practitioner"):
    """key: `practitioner:<id>`. clinic: where signed on, else empty."""

    practitioner: str
    name: str
    clinic: str = ""


# devices ---------------------------------------------------------------------------------------------


class Device(_Row, frozen=True, tag="device"):
    """A connected or once connected device; key: its id. seen_at: ms. shows: what it last reported."""

    role: str
    online: bool
    seen_at: int
    shows: dict[str, str | int | bool] = {}


class Alert(_Row, frozen=True, tag="alert"):
    """Also in `facility`. key: `alert:<ref>`. at: ms; of an emergency, when somebody pressed. heard_at: when
    it was told of, None when at once. to: the devices asked to answer an emergency now, empty: everybody.
    escalated: how often it was passed on. withdrawn_at: taken back where it was pressed, None while it is
    not; it stays until somebody acknowledges it. hall: where the subject is. In `kiosk:` topics, which have
    the last emergency pressed there, also who acknowledged it and when.
    """

    alert: str
    kind: AlertKind
    subject: str
    at: int
    detail: str = ""
    heard_at: int | None = None
    to: tuple[str, ...] = ()
    escalated: int = 0
    acknowledged_at: int | None = None
    acknowledged_by: Label | None = None
    withdrawn_at: int | None = None
    hall: str = ""


class Print(_Row, frozen=True, tag="print"):
    """A print, in `devices` only while it is not known to be in somebody's hand; in `facility` only if a
    person has to see to it: it may still come out, or never did. key: `print:<ref>`."""

    print: str
    visit: str
    number: str
    kiosk: str
    state: PrintState
    at: int
    reason: str = ""


# catalogue -------------------------------------------------------------------------------------------


class CatalogueService(_Row, frozen=True, tag="catalogue_service"):
    """key: `service:<id>`. choosable: a patient may pick it as the exam. full: the session that runs, or
    comes next, has no room left; later_at: when the one after it starts (ms), None when there is none
    today. closed: today nobody is seen any more, or at all. initial: letters that stand for it, large, or
    empty."""

    service: str
    name: Label
    kind: ClinicKind
    choosable: bool
    stopped: bool = False
    full: bool = False
    later_at: int | None = None
    closed: bool = False
    initial: str = ""


class CatalogueRoute(_Row, frozen=True, tag="catalogue_route"):
    """key: `route:<id>`. asks_service: the kiosk has to ask which exam. identified: needs a person."""

    route: str
    payer: str
    kind: str
    label: Label
    asks_service: bool
    first: Place
    identified: bool = False


class CataloguePayer(_Row, frozen=True, tag="catalogue_payer"):
    """key: `payer:<id>`."""

    payer: str
    label: Label
    insured: bool


class CodeShape(Struct, frozen=True):
    """How one kind of the hospital's own codes looks: a regular expression for the whole code in capitals;
    where it has a group named `code`, that part is meant."""

    name: str
    kind: CodeKind
    pattern: str


class CatalogueFacility(_Row, frozen=True, tag="catalogue_facility"):
    """key: `facility`. texts: the site's own words by name; `notice` is what it says of personal data.
    declares: whether patients may declare priority that no card tells of; else only a desk gives it.
    offline_place: the desk for offline tickets. codes: how the hospital's own codes look. languages: those
    offered to patients, the first one first. day_ends: when the service day ends, minutes after local
    midnight. emergency_place: where help is fetched, None: at offline_place. insurance_code: of this hospital
    with the health insurance; empty: not said."""

    name: Label
    time_zone: str
    ticket_url: str
    offline_place: Place
    offline_letter: str
    texts_vi: dict[str, str] = {}
    texts_en: dict[str, str] = {}
    codes: tuple[CodeShape, ...] = ()
    languages: tuple[Language, ...] = (Language.VI, Language.EN)
    emergency_place: Label | None = None
    day_ends: int = 0
    declares: bool = True
    insurance_code: str = ""


# kiosk:<id> ------------------------------------------------------------------------------------------


class Opening(Struct, frozen=True):
    """From when to when, as minutes since local midnight."""

    opens: int
    ends: int


class KioskState(_Row, frozen=True, tag="kiosk_state"):
    """key: the kiosk's id. ordinal: two digits of its offline series; series: the last of its numbers that
    came today, 0: none. intake: reason while stopped. hours: when it serves, in order; empty: always.
    card_route: what a citizen card means in mode `fast`; empty: the patient says."""

    ordinal: int
    day: str
    hall: str
    intake: str = ""
    hours: tuple[Opening, ...] = ()
    series: int = 0
    mode: KioskMode = KioskMode.FULL
    card_route: str = ""


class PrintJob(_Row, frozen=True, tag="print_job"):
    """A paper that this device prints now: on `kiosk:<id>` the ticket whose room was waited for, on
    `printer:<id>` each slip. key: `print:<id>`. It goes when the print is confirmed. state: `sent` once the
    device said that it prints it; what it then knows nothing of is not to be printed again."""

    print: str
    ticket: Ticket
    state: PrintState = PrintState.ISSUED


# visit:<token>, journey:<visit> ----------------------------------------------------------------------


class VisitCard(_Row, frozen=True, tag="visit_card"):
    """One patient's visit; key is `visit`. ended as VisitEnd, empty while open."""

    number: str
    lane: Lane
    ended: str = ""


class VisitStop(_Row, frozen=True, tag="visit_stop"):
    """One stop; key is the step. ahead is rounded up to 5 above 10. before: the same, counted by `CalledAs`.
    facts: codes of what else decides its place, as in `clinic_step`. suggested: which to go to first; 0 = no
    advice. not_before, usually_by: ms. may_open: shut gates that the holder opens by saying that they are
    ready (`open_gate`). due_at: ms before which a spaced or repeated stop does not begin."""

    state: StepState
    place: Place
    call_sign: CallSign | None = None
    ahead: int | None = None
    returning: bool = False
    before: dict[str, int] = {}
    facts: tuple[str, ...] = ()
    not_before: int | None = None
    usually_by: int | None = None
    needs: tuple[Need, ...] = ()
    suggested: int = 0
    may_open: tuple[GateName, ...] = ()
    due_at: int | None = None


# his -------------------------------------------------------------------------------------------------


class HisVisit(_Row, frozen=True, tag="his_visit"):
    """A visit of today as the link to the HIS follows it; key: `visit:<id>`. arrived_at: ms. ended: VisitEnd,
    empty while open. external: what the HIS calls it, by the names that the link gave."""

    visit: str
    number: str
    arrived_at: int
    external: dict[str, str] = {}
    ended: str = ""


class HisStep(_Row, frozen=True, tag="his_step"):
    """A stop as the link to the HIS follows it; key is the step. It stays until the day is over.

    awaiting_until: until then (ms) the HIS may take over `clinic`. needs_a_desk: the HIS did not, a desk or
    the HIS has to name a room. called_at, started_at, ended_at: ms. end: reason code of how it ended.
    """

    visit: str
    number: str
    service: str
    authority: Authority
    state: StepState
    clinic: str = ""
    practitioner: str = ""
    call_sign: CallSign | None = None
    assigned_by: AssignedBy = AssignedBy.OURS
    awaiting_until: int | None = None
    needs_a_desk: bool = False
    returning: bool = False
    gates: tuple[GateName, ...] = ()
    times_called: int = 0
    called_at: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
    end: str = ""
    result: Result = Result.NONE


# accuracy --------------------------------------------------------------------------------------------


class Accuracy(_Row, frozen=True, tag="accuracy"):
    """How estimates held, of one service in one hour of the day; key: `<service>/<hour>`. Judged is the first
    time that somebody was told in a line. judged: how many of them were called. broken: called before *not
    before*. held: called by *usually by*. error: mean distance of the call from the moment that seemed most
    likely, minutes. naive: what it would have been by people ahead and the site's minutes."""

    service: str
    hour: int
    judged: int
    broken: int
    held: int
    error: int
    naive: int = 0


Row = (
    HallCard
    | HallCall
    | HallPlace
    | HallNotice
    | ClinicCard
    | ClinicStep
    | Name
    | FacilityCard
    | FacilityClinic
    | FacilityService
    | FacilityVisit
    | FacilityReason
    | FacilityPractitioner
    | Device
    | Alert
    | Print
    | CatalogueService
    | CatalogueRoute
    | CataloguePayer
    | CatalogueFacility
    | KioskState
    | VisitCard
    | VisitStop
    | ClinicProposal
    | FacilityDisagreement
    | InsurancePortal
    | PrintJob
    | Accuracy
    | HisVisit
    | HisStep
)
