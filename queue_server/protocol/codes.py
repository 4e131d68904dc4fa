"""The closed lists of the wire: every code that a message or a row may carry."""

from enum import IntEnum, StrEnum


class Role(StrEnum):
    """Who a connection speaks for. `CLOCK` is the service itself and never arrives on a socket."""

    KIOSK = "kiosk"
    BOARD = "board"
    CLINIC = "clinic"
    RECEPTION = "reception"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    PATIENT = "patient"
    INTEGRATION = "integration"
    CLOCK = "clock"
    PRINTER = "printer"


class Language(StrEnum):
    """Languages a patient can be spoken to in. Vietnamese and English are complete everywhere; the others are
    kiosks' and tickets', and what has no words in them is said in English."""

    VI = "vi"
    EN = "en"
    KM = "km"
    ZH = "zh"
    KO = "ko"
    JA = "ja"


class Lane(StrEnum):
    """Why a step may be called before older ones; urgent always first, the rest by policy."""

    URGENT = "urgent"
    PRIORITY = "priority"
    APPOINTMENT = "appointment"
    RETURNING = "returning"
    WALK_IN = "walk_in"


class CalledAs(StrEnum):
    """As what a waiting step is called: its lane, or what lifts it. Ordered as the queue keeps them apart."""

    URGENT = "urgent"
    PRIORITY = "priority"
    APPOINTMENT = "appointment"
    RETURNING = "returning"
    FASTING = "fasting"
    ORDINARY = "ordinary"
    REJOINED = "rejoined"


class Grant(StrEnum):
    """How a lane was given: by the card's facts, declared and not yet shown, or by a desk."""

    AUTO = "auto"
    PROVISIONAL = "provisional"
    DESK = "desk"


class Help(StrEnum):
    """What help a patient needs; shown to staff only."""

    HEARING = "hearing"
    SIGHT = "sight"
    WHEELCHAIR = "wheelchair"
    INTERPRETER = "interpreter"
    SLOW_WALK = "slow_walk"


class KioskMode(StrEnum):
    """How a kiosk takes patients in: with no question that route and card answer (`fast`), with all of them
    (`full`), by one tap and no card (`numbers`), card after card by a steward with a scanner (`steward`), or
    as `full` beside a member of staff who helps (`attended`)."""

    FAST = "fast"
    FULL = "full"
    NUMBERS = "numbers"
    STEWARD = "steward"
    ATTENDED = "attended"


class PresenceKind(StrEnum):
    """Where a patient is, as far as anybody knows."""

    UNKNOWN = "unknown"
    HERE = "here"
    BUSY = "busy"
    AWAY = "away"


class StepState(StrEnum):
    """The one state a step is in."""

    # An enum hashes its name in Python code; states are looked up in sets on the hottest path.
    __hash__ = str.__hash__

    PLANNED = "planned"
    QUEUED = "queued"
    PREPARED = "prepared"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    MISSED = "missed"
    DONE = "done"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


class StepChange(StrEnum):
    """What happened to a step; the past tense of the commands, as the journal tells it."""

    QUEUED = "queued"
    BOUND = "bound"
    ATTACHED = "attached"
    PREPARED = "prepared"
    CALLED = "called"
    RECALLED = "recalled"
    STARTED = "started"
    FINISHED = "finished"
    MISSED = "missed"
    HELD = "held"
    RESUMED = "resumed"
    REJOINED = "rejoined"
    TRANSFERRED = "transferred"
    RENUMBERED = "renumbered"
    GATE_OPENED = "gate_opened"
    RESULT_READY = "result_ready"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    CARRIED = "carried"
    UNDONE = "undone"
    DEFERRED = "deferred"
    ACKNOWLEDGED = "acknowledged"
    PLACED = "placed"


class VisitChange(StrEnum):
    """What happened to a visit itself."""

    LANE = "lane"
    HELP = "help"
    PRESENCE = "presence"
    EXTERNAL = "external"
    APPOINTMENT = "appointment"
    GIVEN_BACK = "given_back"
    NUMBER = "number"
    NOTED = "noted"
    ROUTE = "route"
    WAITING = "waiting"
    ENDED = "ended"
    UNDONE = "undone"


class Note(StrEnum):
    """What staff should know of how a visit came: from a kiosk without the server (`offline`), for a service
    or session that takes nobody more, or that no kiosk may choose; its paper bears a number that is somebody
    else's, or its holder has several papers with different numbers."""

    OFFLINE = "offline"
    INTAKE_STOPPED = "intake_stopped"
    SESSION_FULL = "session_full"
    NOT_OFFERED = "not_offered"
    NUMBER_TAKEN = "number_taken"
    TWO_PAPERS = "two_papers"


class VisitWait(StrEnum):
    """A named wait: why an open visit has no open step."""

    DIRECTION = "direction"
    RESULTS = "results"


class VisitEnd(StrEnum):
    """How a visit ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    DAY_ENDED = "day_ended"


class Result(StrEnum):
    """Whether a step awaits a result, or has it."""

    NONE = "none"
    PENDING = "pending"
    READY = "ready"


class AssignedBy(StrEnum):
    """Whose word put a step into its clinic."""

    OURS = "ours"
    DESK = "desk"
    HIS = "his"


class SignOrigin(StrEnum):
    """Whose number a call sign is."""

    VISIT = "visit"
    CLINIC = "clinic"
    HIS = "his"


class GateName(StrEnum):
    """Named preconditions of a step."""

    VERIFIED = "verified"
    PAID = "paid"
    APPROVED = "approved"
    FASTING = "fasting"
    FULL_BLADDER = "full_bladder"
    EMPTY_BLADDER = "empty_bladder"
    RESULT = "result"
    NOT_BEFORE = "not_before"
    ACKNOWLEDGED = "acknowledged"


class ClinicKind(StrEnum):
    """What a place is for."""

    RECEPTION = "reception"
    VITALS = "vitals"
    EXAM = "exam"
    SAMPLING = "sampling"
    IMAGING = "imaging"
    APPROVAL = "approval"
    CASHIER = "cashier"
    PHARMACY = "pharmacy"
    INFORMATION = "information"


class ClinicState(StrEnum):
    """Whether a clinic calls. A pause moves nobody."""

    OPEN = "open"
    PAUSED = "paused"
    DRAINING = "draining"
    CLOSED = "closed"


class Authority(StrEnum):
    """Whose word decides who goes where, per service."""

    ALONE = "alone"
    BESIDE = "beside"
    HIS_LEADS = "his_leads"
    WE_LEAD = "we_lead"


class Binding(StrEnum):
    """When a step of a service gets its clinic."""

    LATE = "late"
    AT_DESK = "at_desk"
    AT_CHECK_IN = "at_check_in"
    POOLED = "pooled"


class Balance(StrEnum):
    """How late binding chooses a clinic. `RANDOM` is the simulator's, for comparison; no site has it."""

    EARLIEST_START = "earliest_start"
    FEWEST_HEADS = "fewest_heads"
    RANDOM = "random"


class Moves(StrEnum):
    """Whether those who wait may be moved when their clinic closes."""

    NEVER = "never"
    ASK = "ask"
    AUTO = "auto"


class Leftovers(StrEnum):
    """What becomes of those who still wait when a session ends."""

    CARRY = "carry"
    OVERTIME = "overtime"
    PROPOSE = "propose"


class ResultsWhen(StrEnum):
    """When results bring a patient back: all are there, any is there, or the practitioner says so."""

    ALL = "all"
    ANY = "any"
    DOCTOR = "doctor"


class ResultsWithout(StrEnum):
    """Who takes the results when the practitioner who ordered them has left."""

    WAIT = "wait"
    SAME_CLINIC = "same_clinic"
    ANY = "any"
    ASK = "ask"


class Need(StrEnum):
    """What a patient's body must be ready for."""

    FASTING = "fasting"
    FULL_BLADDER = "full_bladder"
    EMPTY_BLADDER = "empty_bladder"


class ReadyBy(StrEnum):
    """Who says that a need is met."""

    PATIENT = "patient"
    STAFF = "staff"
    CLOCK = "clock"


class Stays(StrEnum):
    """Why a proposal leaves a step where it is."""

    CALLED = "called"
    RETURNING = "returning"
    NEVER = "never"
    CHOSEN = "chosen"
    HIS = "his"
    HELP = "help"
    NOWHERE = "nowhere"
    NO_GAIN = "no_gain"


class ProposalState(StrEnum):
    """What became of a proposal to move those who wait."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    OUTDATED = "outdated"


class AppointmentState(StrEnum):
    """What became of an appointment."""

    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CANCELLED = "cancelled"
    UNATTENDED = "unattended"


class Punctuality(StrEnum):
    """How somebody with an appointment came."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


class Notice(StrEnum):
    """What a hall may be told about a place or by an announcement; the screens own the words."""

    PAUSED = "paused"
    EMERGENCY = "emergency"
    LATE = "late"
    LUNCH = "lunch"
    DRAINING = "draining"
    CLOSED = "closed"
    SYSTEM_BACK = "system_back"
    FOLLOW_STAFF = "follow_staff"


class ReasonKind(StrEnum):
    """Where a site's reason code may be used."""

    CALL = "call"
    LANE = "lane"
    PAUSE = "pause"
    CANCEL = "cancel"
    TRANSFER = "transfer"
    HOLD = "hold"
    FINISH = "finish"
    VOID = "void"
    INTAKE = "intake"


class IdentityKind(StrEnum):
    """How a person was identified at check-in: by a citizen card, by a number typed, by a phone, by a health
    insurance card, by the machine-readable zone of a document, by what somebody told (a name, a birth date),
    by the number of this hospital's patient card or of a paper of its information system, or not at all,
    because nobody can."""

    CARD = "card"
    TYPED = "typed"
    PHONE = "phone"
    INSURANCE = "insurance"
    DOCUMENT = "document"
    TOLD = "told"
    HOSPITAL_CARD = "hospital_card"
    HIS_PAPER = "his_paper"
    UNIDENTIFIED = "unidentified"


class CodeKind(StrEnum):
    """What a hospital's own codes stand for: an appointment, a paper of its information system, or the number
    by which it knows a patient."""

    APPOINTMENT = "appointment"
    HIS_PAPER = "his_paper"
    HOSPITAL_CARD = "hospital_card"


class Brought(StrEnum):
    """Whom somebody registers: themselves, their child, or a relative."""

    SELF = "self"
    CHILD = "child"
    RELATIVE = "relative"


class InsuranceStatus(StrEnum):
    """What the insurance portal's word is worth. VERIFIED: it knows the card, its holder and that it is
    valid. INVALID: it says that the card cannot be used as it was shown. UNVERIFIED: nobody knows, yet or at
    all."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    INVALID = "invalid"


class InsuranceAdvice(StrEnum):
    """What staff do after a look-up at the insurance portal; the screens own the words."""

    GO_ON = "go_on"
    WAIT = "wait"
    CHECK_BY_HAND = "check_by_hand"
    CHECK_PAPERS = "check_papers"
    USE_NEW_CARD = "use_new_card"
    USE_BOTH_CARDS = "use_both_cards"
    READ_CARD_AGAIN = "read_card_again"
    COMPARE_NAME = "compare_name"
    COMPARE_BIRTH = "compare_birth"
    CHILD_PAPERS = "child_papers"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    REDUCED = "reduced"


class PortalState(StrEnum):
    """Whether the insurance portal answers. RESTING: outside the hours in which anybody is looked up."""

    UNKNOWN = "unknown"
    REACHABLE = "reachable"
    AWAY = "away"
    ACCOUNT_REFUSED = "account_refused"
    RESTING = "resting"


class AgeGroup(StrEnum):
    """All that the rules may know of a birth date (Law 15/2023/QH15, article 3)."""

    UNKNOWN = "unknown"
    UNDER_6 = "under_6"
    ORDINARY = "ordinary"
    FROM_75 = "from_75"


class PrintState(StrEnum):
    """What is known of a piece of paper."""

    ISSUED = "issued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    STALLED = "stalled"
    UNKNOWN = "unknown"
    VOIDED = "voided"


class PrintReason(StrEnum):
    """What a device knows of why a paper is where it is; a paper that staff voided has a reason of the
    site's.

    busy: the printer takes no more bytes. lost: unplugged or switched off in the middle. silent: it took the
    job and said nothing. garbled: what it said was no answer. unasked: it was sent to a printer that can't be
    asked, and no more will be known. spare: the spare printer printed it. left: nobody stood there any more.
    destroyed: it came out late and somebody destroyed it. restarted: the device began anew meanwhile.
    """

    PAPER = "paper"
    COVER = "cover"
    OFFLINE = "offline"
    ERROR = "error"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    LOST = "lost"
    SILENT = "silent"
    GARBLED = "garbled"
    UNASKED = "unasked"
    SPARE = "spare"
    LEFT = "left"
    DESTROYED = "destroyed"
    RESTARTED = "restarted"


class AlertKind(StrEnum):
    """What somebody has to see to."""

    CLOCK_JUMPED = "clock_jumped"
    PRINTER = "printer"
    EMERGENCY = "emergency"
    DEVICE_LOST = "device_lost"
    STORE = "store"
    OFFLINE_TICKETS = "offline_tickets"
    HIS = "his"
    CLINIC_LATE = "clinic_late"
    INSURANCE = "insurance"


HIS_GONE = "gone"
"""Detail of an alert `his`: the hospital's system does not answer; any other detail is a disagreement."""


class HallState(StrEnum):
    """Under which heading a hall screen shows a number."""

    CALLED = "called"
    PREPARED = "prepared"
    MISSED = "missed"


class Refusal(StrEnum):
    """Why a command was not carried out; PROTOCOL.md lists the facts that travel with each."""

    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    RATE = "rate"
    BUSY = "busy"
    ID_REUSED = "id_reused"
    INTERNAL = "internal"
    CHANGED = "changed"
    UNKNOWN_VISIT = "unknown_visit"
    UNKNOWN_STEP = "unknown_step"
    UNKNOWN_CLINIC = "unknown_clinic"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_PRACTITIONER = "unknown_practitioner"
    UNKNOWN_ROUTE = "unknown_route"
    UNKNOWN_REASON = "unknown_reason"
    UNKNOWN_PRINT = "unknown_print"
    UNKNOWN_ALERT = "unknown_alert"
    UNKNOWN_HALL = "unknown_hall"
    UNKNOWN_NUMBER = "unknown_number"
    ALREADY_HERE = "already_here"
    STILL_HERE = "still_here"
    NUMBER_TAKEN = "number_taken"
    SIGN_TAKEN = "sign_taken"
    NOBODY_WAITING = "nobody_waiting"
    NO_FREE_PLACE = "no_free_place"
    NOT_WAITING = "not_waiting"
    NOT_CALLED = "not_called"
    NOT_HELD = "not_held"
    NOT_MISSED = "not_missed"
    NOT_NEXT = "not_next"
    NOT_OPEN = "not_open"
    NOT_OFFERED = "not_offered"
    WRONG_STATE = "wrong_state"
    PATIENT_BUSY = "patient_busy"
    GATE_SHUT = "gate_shut"
    TOO_SOON = "too_soon"
    TOO_LATE = "too_late"
    VISIT_ENDED = "visit_ended"
    NOTHING_TO_UNDO = "nothing_to_undo"
    INTAKE_STOPPED = "intake_stopped"
    STILL_WAITING = "still_waiting"
    SIGNED_ON_ELSEWHERE = "signed_on_elsewhere"
    SESSION_FULL = "session_full"
    QUOTA_USED = "quota_used"
    UNKNOWN_PROPOSAL = "unknown_proposal"
    UNKNOWN_APPOINTMENT = "unknown_appointment"
    NO_PRINTER = "no_printer"


class ErrorCode(StrEnum):
    """Coded errors about a frame rather than a command."""

    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"
    TOO_LARGE = "too_large"
    UNKNOWN_TOPIC = "unknown_topic"
    FORBIDDEN_TOPIC = "forbidden_topic"
    HELLO_FIRST = "hello_first"
    RATE = "rate"


class CloseCode(IntEnum):
    """Close codes of our own. Below 4500: come back soon; from 4500: come back slowly, say why."""

    NOT_OWNER = 4001
    SLOW_READER = 4002
    NO_HELLO = 4003
    BAD_TOKEN = 4500
    WIRE_UNSUPPORTED = 4501
    REVOKED = 4502
    TOO_MANY_ERRORS = 4503
