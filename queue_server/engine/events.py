"""What happened, in the past tense. The journal keeps these; `evolve` folds them.

`act` numbers the deed an event belongs to: the journal seq of the deed's first event; `act_clinic` is the
clinic whose undo it is, empty when it is no clinic's. `was` and `now` are the whole changing part before and
after. `VERSION[type]` grows when a shape changes; the store keeps one reader per (type, version).
"""

from queue_server.engine.facility import Facility
from queue_server.engine.model import (
    AlertPart,
    Announcement,
    AppointmentPart,
    ClinicPart,
    Disagreement,
    Learned,
    PrintPart,
    Promise,
    ProposalPart,
    Standing,
    VisitPart,
)
from queue_server.protocol.codes import AgeGroup, AlertKind, Language, Need, StepChange, VisitChange
from queue_server.protocol.values import Value, field


class DayOpened(Value):
    """First event of a day. learned: up to the day before. clinics: their parts carried over from the day
    before. appointments: those still awaited, by reference, the next one first. at: when, ms. seq: its own in
    the journal."""

    day: str
    facility: Facility
    learned: Learned
    clinics: dict[str, ClinicPart]
    at: int = 0
    seq: int = 1
    appointments: dict[str, AppointmentPart] = field(default_factory=dict)


class SiteChanged(Value):
    """Another site file was taken over."""

    facility: Facility


class DayClosed(Value):
    """Last event of a day, after every open visit ended or was marked to be carried over."""

    day: str
    visits: int
    carried: int


class VisitRegistered(Value):
    """carried_from: the visit's id of the day before, for round-the-clock clinics; codes: as in `Visit`, of
    then."""

    visit: str
    token: str
    person: str | None
    payer: str
    kind: str
    language: Language
    age_group: AgeGroup
    arrived_at: int
    device: str
    part: VisitPart
    act: int
    carried_from: str = ""
    codes: tuple[str, ...] = ()


class VisitIdentified(Value):
    """A desk said whom a visit is of. was, now: random references, None where nobody was known."""

    visit: str
    was: str | None
    now: str
    was_age: AgeGroup
    age_group: AgeGroup
    act: int


class PersonForgotten(Value):
    """All that was kept of a person is erased, at their request. person: the random reference."""

    person: str


class InsuranceChecked(Value):
    """Staff had the insurance asked about a patient's card, or it answered: what it said is kept with the
    patient, not here."""

    visit: str
    answered: bool


class InsuranceTold(Value):
    """A desk told what a patient's insurance card says, or which slips they brought: kept with the patient,
    not here."""

    visit: str


class StepAdded(Value):
    """A visit got one more stop."""

    step: str
    visit: str
    service: str
    after: tuple[str, ...]
    standing: Standing
    act: int
    act_clinic: str = ""
    returning: bool = False
    awaits: tuple[str, ...] = ()
    ordered_at: str = ""
    needs: tuple[Need, ...] = ()


class StepChanged(Value):
    """A step stands otherwise; reason: the coded one of the command, if any. by: the device whose act at
    `act_clinic` it was, empty when it was no clinic's act."""

    step: str
    change: StepChange
    was: Standing
    now: Standing
    act: int
    act_clinic: str = ""
    reason: str = ""
    by: str = ""


class VisitChanged(Value):
    """A visit's part is another; reason: the coded one of the command, if any."""

    visit: str
    change: VisitChange
    was: VisitPart
    now: VisitPart
    act: int
    act_clinic: str = ""
    reason: str = ""


class ClinicChanged(Value):
    """A clinic opened, paused, closed, or its practitioners changed."""

    clinic: str
    was: ClinicPart
    now: ClinicPart
    reason: str = ""


class SessionTurned(Value):
    """A planned session began or ended; key: `<clinic>/<practitioner>/<opens>`."""

    session: str
    clinic: str
    ended: bool


class IntakeChanged(Value):
    """service empty: the whole facility. reason empty: open again."""

    service: str
    reason: str


class Announced(Value):
    """now None: the announcement ended."""

    hall: str
    now: Announcement | None


class PrintIssued(Value):
    """One more paper was issued for a visit. pending_until: ms until which it waits for the HIS to take over
    its room, 0 when it does not. printed_at: when its kiosk had printed it without the server, else 0."""

    print: str
    visit: str
    device: str
    reprint: bool
    part: PrintPart
    pending_until: int = 0
    printed_at: int = 0


class PrintChanged(Value):
    """What became of a paper."""

    print: str
    was: PrintPart
    now: PrintPart


class AlertRaised(Value):
    """Something needs a person."""

    alert: str
    kind: AlertKind
    subject: str
    detail: str
    part: AlertPart


class AlertChanged(Value):
    """An alert was acknowledged, passed on to others, or taken back."""

    alert: str
    was: AlertPart
    now: AlertPart


class ClockAccepted(Value):
    """A person confirmed the wall clock after a jump."""

    alert: str


class Promised(Value):
    """What those who wait are told from now on, by step; None: nothing, because nobody can know. whole: the
    moment (ms) at which all lines were looked at, 0 when only some were."""

    moments: dict[str, Promise | None]
    whole: int = 0


class ProposalMade(Value):
    """Moves are proposed for a clinic. cause: `close`, `drain`, `late`, `session_end` or `asked`."""

    proposal: str
    clinic: str
    cause: str
    at: int
    part: ProposalPart


class ProposalChanged(Value):
    """A proposal was taken, dismissed, or is no longer so."""

    proposal: str
    was: ProposalPart
    now: ProposalPart


class AppointmentBooked(Value):
    """Somebody has an appointment, today or later."""

    appointment: str
    part: AppointmentPart


class AppointmentChanged(Value):
    """An appointment was moved, kept, cancelled or not attended."""

    appointment: str
    was: AppointmentPart
    now: AppointmentPart


class Disagreed(Value):
    """The HIS says something else of a visit than we do; key: `<visit>/<about>`."""

    key: str
    disagreement: Disagreement


class Agreed(Value):
    """A disagreement is settled."""

    key: str


class LinesTurned(Value):
    """Time alone put the lines of these clinics into another order, as looked at at this moment (ms)."""

    clinics: tuple[str, ...]
    at: int


Event = (
    DayOpened
    | SiteChanged
    | DayClosed
    | VisitRegistered
    | VisitIdentified
    | PersonForgotten
    | InsuranceChecked
    | InsuranceTold
    | StepAdded
    | StepChanged
    | VisitChanged
    | ClinicChanged
    | SessionTurned
    | IntakeChanged
    | Announced
    | PrintIssued
    | PrintChanged
    | AlertRaised
    | AlertChanged
    | ClockAccepted
    | Promised
    | ProposalMade
    | ProposalChanged
    | AppointmentBooked
    | AppointmentChanged
    | Disagreed
    | Agreed
    | LinesTurned
)

TYPES: dict[str, type[Event]] = {
    "day_opened": DayOpened,
    "site_changed": SiteChanged,
    "day_closed": DayClosed,
    "visit_registered": VisitRegistered,
    "visit_identified": VisitIdentified,
    "person_forgotten": PersonForgotten,
    "insurance_checked": InsuranceChecked,
    "insurance_told": InsuranceTold,
    "step_added": StepAdded,
    "step_changed": StepChanged,
    "visit_changed": VisitChanged,
    "clinic_changed": ClinicChanged,
    "session_turned": SessionTurned,
    "intake_changed": IntakeChanged,
    "announced": Announced,
    "print_issued": PrintIssued,
    "print_changed": PrintChanged,
    "alert_raised": AlertRaised,
    "alert_changed": AlertChanged,
    "clock_accepted": ClockAccepted,
    "promised": Promised,
    "proposal_made": ProposalMade,
    "proposal_changed": ProposalChanged,
    "appointment_booked": AppointmentBooked,
    "appointment_changed": AppointmentChanged,
    "disagreed": Disagreed,
    "agreed": Agreed,
    "lines_turned": LinesTurned,
}
VERSION: dict[str, int] = dict.fromkeys(TYPES, 1)
NAMES: dict[type[Event], str] = {kind: name for name, kind in TYPES.items()}
