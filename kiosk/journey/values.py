"""The stages of a patient's way through the kiosk, what can happen to it, and what it asks for.

Whatever is personal lives in a stage, is kept out of `repr`, and is gone with the stage.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum, auto

from kiosk.identity import (
    Ambiguous,
    Birth,
    CitizenCard,
    CitizenNumber,
    Document,
    HospitalCode,
    InsuranceCard,
    InsuranceNumber,
    Phone,
    Plain,
    Shape,
    Why,
    ZoneLine,
)
from kiosk.journey.catalogue import Catalogue
from kiosk.journey.spelling import Accent
from queue_server.protocol.codes import GateName, Help, KioskMode, Language, PrintState, Refusal
from queue_server.protocol.commands import Command, Confirm, Identity, Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import AppointmentTold, TicketState
from queue_server.protocol.results import Ticket


@dataclass(frozen=True, slots=True)
class Told:
    """Who somebody without a card says the patient is. phone, guardian, guardian_phone: whom to turn to, None
    or empty where nobody said; the latter two are of a child."""

    name: str = field(repr=False)
    birth: Birth = field(repr=False)
    phone: Phone | None = field(default=None, repr=False)
    guardian: str = field(default="", repr=False)
    guardian_phone: Phone | None = field(default=None, repr=False)


Person = (
    CitizenCard | InsuranceCard | Document | CitizenNumber | InsuranceNumber | HospitalCode | Phone | Told
)
"""Who a visit can be for. A ticket is no person; what the hospital's own codes stand for, only the server
knows."""


@dataclass(frozen=True, slots=True)
class World:
    """What the kiosk knows around the patient. now: ms of any steady clock. today: the facility's date.
    shapes: of the hospital's own codes. clock: the server's time, ms; None before it told it.
    languages: those a patient may choose, the first one first. is_large: the letters are; can_resize: they
    may be made large or normal; speaks: languages in which pages are read aloud. refused: the server does not
    accept this kiosk any more."""

    now: int
    today: date
    online: bool
    catalogue: Catalogue
    shapes: tuple[Shape, ...] = ()
    clock: int | None = None
    languages: tuple[Language, ...] = (Language.VI, Language.EN)
    is_large: bool = False
    can_resize: bool = False
    speaks: frozenset[Language] = frozenset()
    refused: bool = False

    @property
    def mode(self) -> KioskMode:
        """How this kiosk takes patients in."""
        return self.catalogue.mode


# Stages ------------------------------------------------------------------------------------------------


class Who(StrEnum):
    """Whose card is to be scanned: the patient's, never the helper's."""

    ME = "me"
    CHILD = "child"
    RELATIVE = "relative"


@dataclass(frozen=True, slots=True)
class Welcome:
    """Nobody is here, or somebody who has not begun."""


@dataclass(frozen=True, slots=True)
class AskWho:
    """Who is the patient? form: they have no card, and the form comes next."""

    form: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """Waiting for a card or a ticket. problem: why the last scan was no use."""

    who: Who
    problem: Why | None = None


@dataclass(frozen=True, slots=True)
class Typing:
    """Digits from the pad or the keyboard; with `line`, everything that a code says, for attendants. zone:
    the lines of a document's zone that were read so far, where the others are awaited."""

    who: Who
    text: str = field(default="", repr=False)
    line: bool = False
    problem: Why | None = None
    zone: tuple[ZoneLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Digits:
    """What are these digits? Only who typed or showed them can say."""

    who: Who
    found: Ambiguous


class Asked(Enum):
    """What the form asks for, in its order."""

    NAME = auto()
    BIRTH = auto()
    PHONE = auto()
    GUARDIAN = auto()


@dataclass(frozen=True, slots=True)
class Form:
    """The patient has no card at hand: a name, when they were born, whom to call. asked: what is filled in
    now. born, phone: digits as typed. phone, guardian: of a child's guardian, else the patient's own phone.
    wrong: what was filled in cannot be, or a code was scanned that is no use, and why. priority, help: what
    was said at the check from which they came back."""

    who: Who
    asked: Asked = Asked.NAME
    name: str = field(default="", repr=False)
    born: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    guardian: str = field(default="", repr=False)
    wrong: bool | Why = False
    priority: bool = False
    help: tuple[Help, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers without a card."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Whether this patient is here already, as far as the server said.

    wish: the ask on its way, None when there is none. since: ms. agreed: the patient said yes and waits for
    it. held: their open visit. booked: else the appointment they have today.
    """

    wish: int | None = None
    since: int = 0
    agreed: bool = False
    held: TicketState | None = field(default=None, repr=False)
    booked: AppointmentTold | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Referral:
    """What sends an insured patient here who is registered elsewhere: a transfer slip, an appointment to be
    seen again."""

    transfer: bool = False
    revisit: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """Is this the patient? And do they claim priority?

    recall: what is known of their visit, which makes it no other check. help: what they need; asks_help:
    they are looking at what there is. referral: None where nobody asked.
    """

    who: Who
    person: Person = field(repr=False)
    priority: bool = False
    recall: Recall = field(default=Recall(), compare=False)
    help: tuple[Help, ...] = ()
    asks_help: bool = False
    referral: Referral | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What becomes of what the kiosk is told. before: the stage to go back to."""

    before: "Form | Check"


@dataclass(frozen=True, slots=True)
class ChooseRoute:
    """What are they here for, and who pays: the facility's kinds of visit."""

    check: Check
    page: int = 0


@dataclass(frozen=True, slots=True)
class AskReferral:
    """What sends them here? Their insurance card names another hospital."""

    check: Check
    route: str
    said: Referral = Referral()


@dataclass(frozen=True, slots=True)
class ChooseExam:
    """Which exam, where the route leaves it open."""

    check: Check
    route: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class Full:
    """The session of the exam they want is full. register: their wish. later_at: when the next session starts
    that has room, ms; None when there is none today. before: the choice it came from, while it is known."""

    register: Register = field(repr=False)
    later_at: int | None = None
    before: ChooseExam | None = None


class Aim(Enum):
    """What a wish on its way is for."""

    TICKET = auto()
    REPRINT = auto()
    REJOIN = auto()
    READY = auto()
    MORE = auto()


@dataclass(frozen=True, slots=True)
class Sending:
    """A wish is on its way; nothing personal is kept with it. since: ms. token: of the ticket it is about.

    typed: the person was typed, not scanned, so their stops are not for this screen.
    """

    wish: int
    aim: Aim
    since: int
    token: str = field(default="", repr=False)
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of the slip: `reason` as the printer gave it, or empty."""

    state: PrintState = PrintState.ISSUED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Arranging:
    """The patient has a number; the HIS is asked for the room. until: ms, when the ticket is printed as it
    is. help: as for `Issued`."""

    ticket: Ticket = field(repr=False)
    until: int
    help: tuple[Help, ...] | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """The patient has a number. leave_at: ms at which the kiosk is free again, None while it prints. help:
    what they said they need, None where this kiosk does not know; asks_help: they are looking at what there
    is."""

    ticket: Ticket = field(repr=False)
    paper: Paper = Paper()
    leave_at: int | None = None
    help: tuple[Help, ...] | None = None
    asks_help: bool = False


@dataclass(frozen=True, slots=True)
class AlreadyHere:
    """This patient has a number today, and the server says no more now; another piece of paper can be had.
    token: empty where no more than a typed number says who this is: the paper would tell where somebody is
    awaited."""

    number: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Looking:
    """Asking the server about a scanned ticket. since: ms. done: what was granted just before. already: the
    number of one who wanted another."""

    wish: int
    token: str = field(repr=False)
    since: int
    done: Aim | None = None
    already: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Asking the server about an appointment's code. since: ms."""

    wish: int
    who: Who
    code: HospitalCode = field(repr=False)
    since: int


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """What the holder of a ticket wants to know. done: what was granted just before, None when nothing was.
    already: they showed a card to take another number."""

    token: str = field(repr=False)
    state: TicketState = field(repr=False)
    done: Aim | None = None
    page: int = 0
    already: bool = False


@dataclass(frozen=True, slots=True)
class OneMore:
    """Which exam to add to a visit that is under way. before: the visit."""

    before: OwnVisit
    page: int = 0


@dataclass(frozen=True, slots=True)
class Handed:
    """One card of many. since: ms. person: until it is forgotten. number: on its paper, empty before the
    server's word. again: they had it before. refused: there is none. print: its slip."""

    wish: int
    since: int
    person: Person | None = field(repr=False)
    number: str = ""
    again: bool = False
    refused: bool = False
    print: str = ""
    paper: Paper = Paper()


@dataclass(frozen=True, slots=True)
class Steward:
    """Card after card, all for one kind of visit. handed: newest first. shown: the wish whose number is
    large. priority, help: of the next card. problem: why the last scan was no use. typed: so far, of a card
    that no scanner reads; None: nothing is typed."""

    route: str
    handed: tuple[Handed, ...] = ()
    shown: int | None = None
    priority: bool = False
    help: tuple[Help, ...] = ()
    problem: Why | None = None
    typed: str | None = field(default=None, repr=False)


class Trouble(Enum):
    """Why a patient is asked to turn to a person."""

    INTAKE = auto()
    NO_ANSWER = auto()
    OLD_TICKET = auto()
    REFUSED = auto()
    NO_APPOINTMENT = auto()
    CANCELLED = auto()
    ANOTHER_DAY = auto()


@dataclass(frozen=True, slots=True)
class Stopped:
    """Not possible here. code: the server's, small, for the one who helps. at: ms, of an appointment that is
    for another day."""

    trouble: Trouble
    code: Refusal | None = None
    at: int | None = None


Stage = (
    Welcome
    | AskWho
    | Scan
    | Typing
    | Digits
    | Form
    | Numbers
    | Check
    | Notice
    | ChooseRoute
    | AskReferral
    | ChooseExam
    | Full
    | Sending
    | Arranging
    | Issued
    | AlreadyHere
    | Looking
    | Finding
    | OwnVisit
    | OneMore
    | Steward
    | Stopped
)


@dataclass(frozen=True, slots=True)
class Journey:
    """One patient's way. home: the kiosk's own language. touched: ms of the last sign of life of a person.

    wishes: how many wishes this kiosk made, so that an answer finds its question. warned: the countdown runs.
    picking: the languages are shown, whatever goes on behind them. contrast: black and yellow, for this one.
    """

    home: Language
    language: Language
    stage: Stage = Welcome()
    touched: int = 0
    warned: bool = False
    wishes: int = 0
    picking: bool = False
    contrast: bool = False


# What happens ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """Start in this language."""

    language: Language


@dataclass(frozen=True, slots=True)
class Speak:
    """Go on in this language."""

    language: Language


@dataclass(frozen=True, slots=True)
class ForWhom:
    """The patient is …"""

    who: Who


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scanner, or a paste, brought this text. before: what came just before and may be its first half."""

    text: str = field(repr=False)
    before: str = field(default="", repr=False)


class Act(Enum):
    """Wishes that need no more words."""

    BACK = auto()
    HOME = auto()
    STAY = auto()
    TYPE = auto()
    TYPE_LINE = auto()
    ERASE = auto()
    ENTER = auto()
    NUMBERS = auto()
    AGREE = auto()
    PRIORITY = auto()
    TRANSFER = auto()
    REVISIT = auto()
    MORE = auto()
    REPRINT = auto()
    REJOIN = auto()
    LATER = auto()
    FORM = auto()
    SKIP = auto()
    NOTICE = auto()
    ANOTHER = auto()
    LANGUAGES = auto()
    HELP = auto()
    LETTERS = auto()
    CONTRAST = auto()
    ALOUD = auto()


@dataclass(frozen=True, slots=True)
class Character:
    """One character typed or tapped."""

    character: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Accented:
    """A mark or a tone on the last syllable."""

    accent: Accent = field(repr=False)


@dataclass(frozen=True, slots=True)
class TheyAre:
    """The digits are this."""

    digits: Plain = field(repr=False)


@dataclass(frozen=True, slots=True)
class Flag:
    """This help is needed, or no longer."""

    help: Help


@dataclass(frozen=True, slots=True)
class TakeNumber:
    """A number without a card."""

    route: str
    priority: bool = False


@dataclass(frozen=True, slots=True)
class TakeRoute:
    """This kind of visit."""

    route: str


@dataclass(frozen=True, slots=True)
class TakeExam:
    """This exam; None: not sure, let a person say."""

    service: str | None


@dataclass(frozen=True, slots=True)
class Ready:
    """The patient's body is ready for this stop."""

    step: str
    gate: GateName


@dataclass(frozen=True, slots=True)
class Answered:
    """The server's word on a wish, and the wish itself, which nobody else kept."""

    wish: int
    reply: Accepted | Rejected = field(repr=False)
    command: Command | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Looked:
    """The server's word on a ticket, a card's holder or an appointment; None: it did not answer in time."""

    wish: int
    answer: TicketState | AppointmentTold | Rejected | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer's word on a slip. number: what the paper says."""

    print: str
    number: str
    paper: Paper


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passes."""


Happening = (
    Begin
    | Speak
    | ForWhom
    | Scanned
    | Act
    | Character
    | Accented
    | TheyAre
    | Flag
    | TakeNumber
    | TakeRoute
    | TakeExam
    | Ready
    | Answered
    | Looked
    | Printed
    | Tick
)

FROM_A_PERSON = (
    Begin,
    Speak,
    ForWhom,
    Scanned,
    Act,
    Character,
    Accented,
    TheyAre,
    Flag,
    TakeNumber,
    TakeRoute,
    TakeExam,
    Ready,
)

# What it asks for --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submit:
    """Have this done, however long it takes; tell the answer as `Answered` under `wish`."""

    wish: int
    command: Command = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskWhere:
    """Ask about a ticket; tell the answer as `Looked` under `wish`."""

    wish: int
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskHolder:
    """Ask whether this person is here already; tell the answer as `Looked` under `wish`."""

    wish: int
    identity: Identity = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskAppointment:
    """Ask about an appointment's code; tell the answer as `Looked` under `wish`."""

    wish: int
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Put this ticket on paper, once; tell what becomes of it as `Printed`."""

    ticket: Ticket = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tell:
    """Let the server know what became of a slip, in the order in which it happened."""

    confirm: Confirm


@dataclass(frozen=True, slots=True)
class Restart:
    """Have the session start this program again, with large letters or normal ones. Nobody's way goes on."""

    large: bool


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """Read out what is on the screen, until it changes."""


Effect = Submit | AskWhere | AskHolder | AskAppointment | PrintSlip | Tell | Restart | ReadAloud
