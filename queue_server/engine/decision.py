"""The shape of a decision: what `decide` is asked, what it returns, and what a refusal is."""

from queue_server.engine.events import Event
from queue_server.protocol.codes import AgeGroup, Help, Language, Refusal
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Fact
from queue_server.protocol.results import Done, Outcome
from queue_server.protocol.values import Value, field


class Admission(Value):
    """A `register` command after the people room split the personal data off. age_told: somebody told an age
    that goes first, and no card said so."""

    payer: str
    kind: str
    language: Language
    person: str | None
    age_group: AgeGroup
    typed: bool
    service: str | None = None
    practitioner: str | None = None
    declared_priority: bool = False
    help: tuple[Help, ...] = ()
    number: str | None = None
    at: int | None = None
    token: str | None = None
    later: bool = False
    appointment: str | None = None
    age_told: bool = False


class Identification(Value):
    """An `identify` command after the people room split the personal data off. typed: no card said so.

    somebody_else: by their numbers it is certainly not who it was until now, and not only known better.
    """

    visit: str
    person: str
    age_group: AgeGroup
    typed: bool
    somebody_else: bool = False


class Booking(Value):
    """A `book_appointment` command after the people room split the personal data off. person None: nobody
    said who it is for; who it was for before stays."""

    appointment: str
    service: str
    at: int
    person: str | None
    age_group: AgeGroup = AgeGroup.UNKNOWN
    practitioner: str = ""
    code: str = ""


class InsuranceWord(Value):
    """A `note_insurance` command after the people room split off what the insurance said."""

    visit: str


class InsurancePapers(Value):
    """A `tell_insurance` command after the people room split off what card and slips say."""

    visit: str


EngineCommand = Command | Admission | Booking | Identification | InsuranceWord | InsurancePapers
"""What the engine decides on. What may name a person never reaches it: of a `Register` the people room makes
an `Admission`, of a `BookAppointment` a `Booking`, of an `Identify` an `Identification`, of a `NoteInsurance`
an `InsuranceWord`, of a `TellInsurance` `InsurancePapers`."""


class Rejection(Value):
    """A refusal a person can meet, with the facts that explain it (PROTOCOL.md lists them per code)."""

    code: Refusal
    facts: dict[str, Fact] = field(default_factory=dict)


class Decision(Value):
    """Events to fold, in order, and what the sender is told."""

    events: tuple[Event, ...]
    outcome: Outcome = Done()


FACTS: dict[Refusal, tuple[str, ...]] = {
    Refusal.MALFORMED: (),
    Refusal.CHANGED: ("step", "state", "clinic", "times_called", "in_hand", "act", "visit", "by"),
    Refusal.UNKNOWN_VISIT: ("visit",),
    Refusal.UNKNOWN_STEP: ("step", "visit"),
    Refusal.UNKNOWN_CLINIC: ("clinic",),
    Refusal.UNKNOWN_SERVICE: ("service", "clinic"),
    Refusal.UNKNOWN_PRACTITIONER: ("practitioner",),
    Refusal.UNKNOWN_ROUTE: ("payer", "kind"),
    Refusal.UNKNOWN_REASON: ("reason", "kind"),
    Refusal.UNKNOWN_PRINT: ("print",),
    Refusal.UNKNOWN_ALERT: ("alert",),
    Refusal.UNKNOWN_HALL: ("hall",),
    Refusal.ALREADY_HERE: ("visit", "number", "token"),
    Refusal.STILL_HERE: ("visit", "number"),
    Refusal.UNKNOWN_NUMBER: ("number",),
    Refusal.NUMBER_TAKEN: ("number", "visit", "appointment"),
    Refusal.SIGN_TAKEN: ("clinic", "call_sign"),
    Refusal.NOBODY_WAITING: ("clinic", "why_empty"),
    Refusal.NO_FREE_PLACE: ("clinic", "places", "in_hand"),
    Refusal.NOT_WAITING: ("step", "state", "clinic"),
    Refusal.NOT_CALLED: ("step", "state", "clinic"),
    Refusal.NOT_HELD: ("step", "state", "clinic"),
    Refusal.NOT_MISSED: ("step", "state", "clinic", "visit"),
    Refusal.NOT_OPEN: ("clinic", "state"),
    Refusal.NOT_OFFERED: ("service", "clinic", "practitioner", "visit"),
    Refusal.WRONG_STATE: ("step", "state", "clinic", "practitioner"),
    Refusal.PATIENT_BUSY: ("step", "clinic"),
    Refusal.GATE_SHUT: ("step", "gates"),
    Refusal.TOO_SOON: ("step", "times_called", "calls", "recall_from", "until", "visit", "appointment"),
    Refusal.TOO_LATE: ("appointment", "until"),
    Refusal.VISIT_ENDED: ("visit", "end"),
    Refusal.NOTHING_TO_UNDO: ("clinic",),
    Refusal.INTAKE_STOPPED: ("service", "reason"),
    Refusal.STILL_WAITING: ("clinic", "waiting", "in_hand", "held"),
    Refusal.SIGNED_ON_ELSEWHERE: ("practitioner", "clinic"),
    Refusal.SESSION_FULL: ("service", "later_at"),
    Refusal.QUOTA_USED: ("clinic", "reason", "quota"),
    Refusal.NOT_NEXT: ("clinic", "step", "number"),
    Refusal.UNKNOWN_PROPOSAL: ("proposal", "state"),
    Refusal.UNKNOWN_APPOINTMENT: ("appointment", "state"),
    Refusal.NO_PRINTER: ("clinic",),
}
"""The facts that may travel with each refusal of the engine; those without sense in a case are left out."""
