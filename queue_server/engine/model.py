"""The state of one service day: visits, steps, clinics. Changed by `evolve` alone.

Every thing with a life has an identity that never changes and one frozen part that is replaced whole
(`Standing` of a step, `VisitPart`, `ClinicPart`, `PrintPart`, `AlertPart`): an event carries the part before
and after, so undo and explanation need no history.
"""

from dataclasses import dataclass, field

from queue_server.engine.facility import Facility
from queue_server.protocol.codes import (
    AgeGroup,
    AlertKind,
    AppointmentState,
    AssignedBy,
    CalledAs,
    ClinicState,
    GateName,
    Grant,
    Help,
    Lane,
    Language,
    Need,
    Note,
    Notice,
    PresenceKind,
    PrintState,
    ProposalState,
    Punctuality,
    Result,
    Role,
    SignOrigin,
    Stays,
    StepState,
    VisitEnd,
    VisitWait,
)
from queue_server.protocol.labels import Place
from queue_server.protocol.values import Value
from queue_server.protocol.values import field as value_field

Queue = list[tuple[int, int, int, int, int, str, str]]
"""A line in order: sorted keys, each ending with its step (see `lines.queue_key`)."""
Signposts = dict[tuple[str, str], Place]
"""What people are told of a clinic, `(clinic, "")`, and of a service there, `(clinic, service)`."""
OPEN = frozenset(
    {
        StepState.PLANNED,
        StepState.QUEUED,
        StepState.PREPARED,
        StepState.CALLED,
        StepState.SERVING,
        StepState.HELD,
        StepState.MISSED,
    }
)
"""States of an open step."""
BUSY = frozenset({StepState.PREPARED, StepState.CALLED, StepState.SERVING})
"""At most one step of a visit is in one of these."""
IN_HAND = frozenset({StepState.CALLED, StepState.SERVING})
"""These take one of a clinic's places."""
WAITING = frozenset({StepState.QUEUED, StepState.PREPARED})


class Sign(Value):
    """A call sign: what is shown and spoken for a step, and whose number it is."""

    text: str
    origin: SignOrigin


class Gate(Value):
    """A named precondition. by: device that opened it, empty while shut. at: the moment (ms) of `not_before`,
    and at which the gate of a need opens by itself, 0 when it never does."""

    name: GateName
    open: bool = False
    by: str = ""
    at: int = 0


TIMED = frozenset({GateName.NOT_BEFORE, GateName.FASTING, GateName.FULL_BLADDER, GateName.EMPTY_BLADDER})
"""Gates that may open by themselves."""


def opening_by_themselves(gates: tuple[Gate, ...]) -> list[Gate]:
    """Those that are still shut and open by themselves at a moment."""
    return [
        gate
        for gate in gates
        if not gate.open and gate.name in TIMED and (gate.at > 0 or gate.name is GateName.NOT_BEFORE)
    ]


class Presence(Value):
    """Where the patient is, as last told. place: hall or clinic. at: since when. until: for away."""

    kind: PresenceKind = PresenceKind.UNKNOWN
    place: str = ""
    at: int = 0
    until: int = 0


class Standing(Value):
    """The part of a step that changes.

    since: fair key, the moment from which its place counts. clinic empty: not bound yet. behind: the clinic's
    call count (`Clinic.calls`) that must be reached before a rejoined step may be called; 0 = no rejoin.
    held_ready: held until `resume`, not until a moment.
    """

    state: StepState = StepState.PLANNED
    clinic: str = ""
    practitioner: str = ""
    assigned_by: AssignedBy = AssignedBy.OURS
    call_sign: Sign | None = None
    gates: tuple[Gate, ...] = ()
    since: int = 0
    queued_at: int = 0
    called_at: int = 0
    times_called: int = 0
    last_call_at: int = 0
    started_at: int = 0
    ended_at: int = 0
    end: str = ""
    held_until: int = 0
    held_ready: bool = False
    missed_at: int = 0
    behind: int = 0
    result: Result = Result.NONE
    reason: str = ""


@dataclass(slots=True)
class Step:
    """One stop of a visit at one service. id: `<visit>.<n>`. after: steps that must have ended first.

    returning: the patient comes back with results of the steps in `awaits`. ordered_at: the step at which it
    was ordered, empty for steps of the route. needs: what the patient's body must be ready for.
    """

    id: str
    visit: str
    service: str
    after: tuple[str, ...]
    standing: Standing
    returning: bool = False
    awaits: tuple[str, ...] = ()
    ordered_at: str = ""
    needs: tuple[Need, ...] = ()


class VisitPart(Value):
    """The part of a visit that changes. number: the one on the paper. route_left: steps of the route that
    could not be made yet because nobody said which exam. appointment: its reference, empty without one."""

    number: str
    lane: Lane = Lane.WALK_IN
    grant: Grant | None = None
    presence: Presence = Presence()
    help: tuple[Help, ...] = ()
    external: dict[str, str] = value_field(default_factory=dict)
    route: str = ""
    route_left: tuple[str, ...] = ()
    wait: VisitWait | None = None
    wait_since: int = 0
    end: VisitEnd | None = None
    ended_at: int = 0
    reason: str = ""
    appointment: str = ""
    punctuality: Punctuality | None = None
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class Visit:
    """One patient's day. id: `<day>-<ordinal>`. token: random, for the ticket's QR. person: random reference
    or None. touched: number of the last act that changed it (binding is no such act). busy: its step that is
    prepared, called or serving. prints: how many papers it had. codes: tokens of papers that kiosks printed
    without the server."""

    id: str
    token: str
    person: str | None
    payer: str
    kind: str
    language: Language
    age_group: AgeGroup
    arrived_at: int
    device: str
    part: VisitPart
    steps: list[str] = field(default_factory=list)
    touched: int = 0
    busy: str = ""
    prints: int = 0
    codes: tuple[str, ...] = ()


class ClinicPart(Value):
    """The part of a clinic that changes by command. news_at: 0 when nothing was said."""

    state: ClinicState = ClinicState.CLOSED
    reason: str = ""
    news_at: int = 0
    practitioners: tuple[str, ...] = ()


class Before(Value):
    """What an act replaced: a step's standing or a visit's part."""

    step: str = ""
    standing: Standing | None = None
    visit: str = ""
    part: VisitPart | None = None
    added: bool = False


ADDED = "step_added"
"""What an act is called that added stops to a visit."""
REFERRED = "referred"
"""What an act is called that ended a stop and sent the visit on to another service."""


@dataclass(slots=True)
class Act:
    """The last thing done at a clinic that can be taken back. change, sign: what the console says of it: the
    code of its main change, `ADDED` or `REFERRED`, and the call sign or visit number."""

    number: int
    change: str
    sign: str
    replaced: list[Before] = field(default_factory=list)


class Pace(Value):
    """A mean that forgets. weight: of how many turns it is, in thousandths. mean: ms. spread: mean distance
    from it, ms."""

    weight: int
    mean: int
    spread: int


class Freed(Value):
    """A turn that ended while others waited; the next call makes it complete. Moments in ms."""

    service: str
    lane: str
    called_at: int
    ended_at: int


class Session(Value):
    """A planned session of today. opens, ends: ms. key: see `hours.session_key`. capacity: 0 = no limit."""

    key: str
    clinic: str
    practitioner: str
    desk: str
    opens: int
    ends: int
    capacity: int = 0


class Call(Value):
    """A call that a clinic remembers. rejoined: the step had missed one before. since: the fair key it was
    called with, at: when, ms. why: the coded reason of a call out of order."""

    step: str
    called_as: CalledAs
    rejoined: bool = False
    since: int = 0
    at: int = 0
    why: str = ""


@dataclass(slots=True)
class Clinic:
    """Running state of a clinic. bound: queued or prepared here. in_hand: called or serving, oldest first.
    queue: bound, in order. planned: steps that will come here once they are ready. results: done here, their
    result still to come, of open visits.

    calls: how many calls there were today. recent: the last calls, newest last, at most 16. courtesy: calls
    out of order in this session, by reason. turned_at: when its line was last found in another order by time
    alone, ms. last_sign: last number of its own sequence. signs: every call sign given here today and its
    visit. by: the device of the last act here. given: how many first-time steps of each service are or were
    here today. freed: turns that ended and await the next call, oldest first. disturbed: in hand when the
    clinic turned, so no measure of a turn.
    """

    id: str
    part: ClinicPart = field(default_factory=ClinicPart)
    bound: set[str] = field(default_factory=set)
    queue: Queue = field(default_factory=list)
    in_hand: list[str] = field(default_factory=list)
    missed: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    calls: int = 0
    recent: list[Call] = field(default_factory=list)
    courtesy: dict[str, int] = field(default_factory=dict)
    turned_at: int = 0
    last_sign: int = 0
    signs: dict[str, str] = field(default_factory=dict)
    served: int = 0
    act: Act | None = None
    by: str = ""
    given: dict[str, int] = field(default_factory=dict)
    freed: list[Freed] = field(default_factory=list)
    disturbed: set[str] = field(default_factory=set)


class PrintPart(Value):
    """What became of a paper, with the number on it. at: since when. token: of its code, empty where that is
    the visit's."""

    state: PrintState
    number: str
    at: int
    reason: str = ""
    token: str = ""


@dataclass(slots=True)
class TicketPrint:
    """One piece of paper. id: `<visit>/p<n>`. reprint: not the first of its visit. pending_until: ms until
    which it waits for the HIS to take over its room, 0 when it does not. issued_at: ms. printed_at: when its
    kiosk printed it without the server, else the same."""

    id: str
    visit: str
    device: str
    reprint: bool
    part: PrintPart
    pending_until: int = 0
    issued_at: int = 0
    printed_at: int = 0


class AlertPart(Value):
    """What became of an alert. All moments in ms, 0 while it is not so.

    at: when it began; for a press that was told of later, when somebody pressed. heard_at: when it was told
    of, 0 when at once. to: the duty devices that are asked to answer, empty: everybody. escalated: how often
    it was passed on, escalated_at when last. withdrawn_at: taken back where it was raised.
    """

    at: int
    acknowledged_by: str = ""
    acknowledged_at: int = 0
    heard_at: int = 0
    to: tuple[str, ...] = ()
    escalated: int = 0
    escalated_at: int = 0
    withdrawn_at: int = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to see to it, be it only to learn that it was taken back."""
        return not self.acknowledged_at or self.withdrawn_at > self.acknowledged_at


@dataclass(slots=True)
class AlertState:
    """id: `alert-<n>`. subject: the device, kiosk or place. detail: a code."""

    id: str
    kind: AlertKind
    subject: str
    detail: str
    part: AlertPart


class Announcement(Value):
    """hall empty: every hall. until 0: until replaced. One at a time per hall."""

    notice: Notice
    hall: str
    at: int
    until: int = 0


class Promise(Value):
    """What somebody who waits was told, ms. not_before: safe to stay away until then (P10). usually_by:
    called by then four times in five (P80). ahead: how many were before them. at: when it was told.

    plain: the moment without what earlier promises taught; unit: how uncertain it was, ms. expected: the most
    likely moment.
    """

    not_before: int
    usually_by: int
    ahead: int
    at: int
    expected: int = 0
    plain: int = 0
    unit: int = 0


@dataclass(slots=True)
class Told:
    """A step that was given a promise while it stands in its line. first: the one that is judged. safe: the
    latest *not before* it was ever told, ms. naive: the wait (ms) by people ahead and the site's minutes.
    judged: it was called."""

    first: Promise
    safe: int
    naive: int
    judged: bool = False


class Band(Value):
    """What earlier promises of a kind taught, in thousandths of their unit: how far before the plain moment
    *not before* has to lie, and how far behind it the middle and *usually by*."""

    low: int
    middle: int
    high: int


class Learned(Value):
    """What a day starts from. paces: by `<clinic>/<practitioner>/<service>/<lane>`. bands: by
    `<service>/<kind>` (see `judging`)."""

    paces: dict[str, Pace] = value_field(default_factory=dict)
    bands: dict[str, Band] = value_field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """How promises of one service, given in one hour, held. error, naive: sums of seconds between the call
    and the expected moment, and what counting heads would have said."""

    judged: int = 0
    broken: int = 0
    held: int = 0
    error: int = 0
    naive: int = 0


class Move(Value):
    """One step that a proposal would move. clinic: to where. gain: minutes it would be called sooner."""

    step: str
    visit: str
    clinic: str
    gain: int


class Stay(Value):
    """One step that a proposal leaves where it is, and why."""

    step: str
    visit: str
    why: Stays


class ProposalPart(Value):
    """What a proposal says and what became of it. moves: in fair order. by: the device that settled it."""

    moves: tuple[Move, ...]
    stays: tuple[Stay, ...]
    state: ProposalState = ProposalState.OPEN
    by: str = ""


@dataclass(slots=True)
class Proposal:
    """id: `proposal-<n>`. cause: `close`, `drain`, `late`, `session_end` or `asked`. at: when it was made,
    ms."""

    id: str
    clinic: str
    cause: str
    at: int
    part: ProposalPart


class AppointmentPart(Value):
    """at: the appointed moment, ms. person: random reference, None when nobody said who. code: what the
    patient may show or type, capitals, empty when there is none. age_group: on the appointed day. visit: of
    who checked in."""

    service: str
    at: int
    practitioner: str = ""
    person: str | None = None
    code: str = ""
    age_group: AgeGroup = AgeGroup.UNKNOWN
    state: AppointmentState = AppointmentState.BOOKED
    visit: str = ""
    reason: str = ""


class Disagreement(Value):
    """We say one thing of a visit, the HIS another. about: `clinic`, `call_sign`, `state`. ours, his:
    codes. visit empty: the HIS speaks of something that we cannot place; about says what."""

    visit: str
    step: str
    about: str
    ours: str
    his: str
    at: int


@dataclass(slots=True)
class Day:
    """One service day of a facility. `seq`: events folded; equals the journal's head seq. `now`: the last
    event's moment; never decreases.

    serving: the clinics of each service. signposts: see `places`. pools: queued steps without a clinic, by
    service; queues: the same in order; planned: of planned ones. numbers: every visit number ever held today
    -> visit. letters: last ordinary number given, by letter. people: person -> open visit. held, timed_gates,
    away: what `due` looks at (steps; planned steps and the first moment at which a gate of theirs opens or an
    answer is due; visits). directions: visits in a named wait. arrivals: moment of the last visit that each
    device registered. series: last number of each kiosk's offline series, by its ordinal; offline: open
    visits that came that way. carried: steps handed over to the next day, as they stood. unconfirmed: papers
    of kiosks and when they were last heard of, oldest first; loose: those not known to be in a hand.
    clock_doubt: the alert that told of a jump of the clock which nobody accepted yet; seeing to that alert is
    not enough. visit_ordinal: of the last visit.

    paces: what was learned of turns, by clinic, practitioner, service and lane (see `learning`).
    bands: what was learned of promises, by service and kind. told: what those who wait or are called were
    told, by step; untold: those who wait and were told nothing, and since when. restated_at: when all lines
    were last looked at. tallies: how promises held, by service and hour of the day.
    promises: what those who wait are told now, by step. appointments: of today and later, by reference;
    expected: those still awaited as (moment, reference), the next one first; appointment_codes, booked: those
    that somebody may check in with, by code and by person. disagreements: open ones, by `<visit>/<about>`.

    sessions: today's of each clinic that has any, by their start. proposed: the open proposal of a clinic.
    insured: insured exams that ended today, by `<clinic>/<desk>`. admitted: what each step counts against;
    admissions: how many count against it (see `sessions`).
    """

    facility: Facility
    day: str
    opened_at: int
    seq: int = 0
    now: int = 0
    closed: bool = False
    visits: dict[str, Visit] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    clinics: dict[str, Clinic] = field(default_factory=dict)
    serving: dict[str, tuple[str, ...]] = field(default_factory=dict)
    signposts: Signposts = field(default_factory=dict)
    pools: dict[str, set[str]] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    planned: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    letters: dict[str, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    timed_gates: dict[str, int] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    directions: set[str] = field(default_factory=set)
    arrivals: dict[str, int] = field(default_factory=dict)
    series: dict[int, int] = field(default_factory=dict)
    offline: set[str] = field(default_factory=set)
    carried: dict[str, Standing] = field(default_factory=dict)
    prints: dict[str, TicketPrint] = field(default_factory=dict)
    unconfirmed: dict[str, int] = field(default_factory=dict)
    loose: dict[str, None] = field(default_factory=dict)
    alerts: dict[str, AlertState] = field(default_factory=dict)
    announcements: dict[str, Announcement] = field(default_factory=dict)
    paces: dict[tuple[str, str, str, str], Pace] = field(default_factory=dict)
    bands: dict[tuple[str, str], Band] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    untold: dict[str, int] = field(default_factory=dict)
    restated_at: int = 0
    tallies: dict[tuple[str, int], Tally] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    proposed: dict[str, str] = field(default_factory=dict)
    insured: dict[str, int] = field(default_factory=dict)
    appointments: dict[str, AppointmentPart] = field(default_factory=dict)
    expected: list[tuple[int, str]] = field(default_factory=list)
    appointment_codes: dict[str, str] = field(default_factory=dict)
    booked: dict[str, list[str]] = field(default_factory=dict)
    disagreements: dict[str, Disagreement] = field(default_factory=dict)
    intake_stopped: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, tuple[Session, ...]] = field(default_factory=dict)
    admitted: dict[str, str] = field(default_factory=dict)
    admissions: dict[str, int] = field(default_factory=dict)
    sessions_begun: set[str] = field(default_factory=set)
    sessions_ended: set[str] = field(default_factory=set)
    clock_doubt: str = ""
    visit_ordinal: int = 0
    open_visits: int = 0
    ended_visits: int = 0


class Actor(Value):
    """Who asks."""

    device: str
    role: Role


class Context(Value):
    """All that a decision may read besides the day. now: ms, never before `day.now`. fresh: random text of at
    least 16 characters of Crockford base32, new for each command."""

    actor: Actor
    now: int
    fresh: str
