"""What lies over the patient's page, what can happen to it, and what it asks for. No PIN is in a `repr`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum, auto

from kiosk.journey.catalogue import Catalogue
from queue_server.protocol.rows import Alert, Opening


class Press(Enum):
    """Wishes that need no more words."""

    EMERGENCY = auto()
    MISTAKE = auto()
    NO_MISTAKE = auto()
    NOBODY_NEEDS_HELP = auto()
    LEAVE = auto()
    KNOCK = auto()
    OPEN_DOOR = auto()
    TEST_PRINT = auto()
    NEW_ROLL = auto()
    NEW_SPARE_ROLL = auto()
    PAPERS = auto()
    LOOSE = auto()
    CLOSING = auto()
    OPEN = auto()
    MORE = auto()
    QUIT = auto()


class Closed(StrEnum):
    """Why an attendant closed the kiosk; patients read it in plain words."""

    PRINTER = "printer"
    NO_PAPER = "no_paper"
    MAINTENANCE = "maintenance"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Close:
    """Close the kiosk for this reason."""

    reason: Closed


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """Print this ticket once more. token: for one whose visit this kiosk does not know."""

    visit: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Settle:
    """A paper that may still come out, or came out late, was given to its patient or destroyed."""

    print: str
    given: bool


@dataclass(frozen=True, slots=True)
class PinChecked:
    """Whether the PIN that was typed is right. None: there is no PIN yet."""

    right: bool | None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of an attendant's wish, a key of the attendants' words."""

    what: str


@dataclass(frozen=True, slots=True)
class Named:
    """The server took the emergency under this name. pressed_at: ms, as it was told."""

    alert: str
    pressed_at: int


Happening = Press | Close | PrintAgain | Settle | PinChecked | Told | Named

# What lies over the page --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Emergency:
    """Somebody needs help now. All moments in ms of a steady clock, None while it is not so.

    since: when it was pressed. doubted: when "pressed by mistake" was pressed. withdrawn: when that was
    confirmed. seen: when this kiosk learned that staff have seen it; by: who, as a patient may read it.
    alert, pressed_at: the server's name for it, and its moment there. quiet: an attendant hushed the siren.
    """

    since: int
    doubted: int | None = None
    withdrawn: int | None = None
    seen: int | None = None
    by: tuple[str, str] = ("", "")
    alert: str = ""
    pressed_at: int = 0
    quiet: bool = False

    @property
    def wails(self) -> bool:
        """Whether the siren sounds."""
        return self.withdrawn is None and self.seen is None and not self.quiet


@dataclass(frozen=True, slots=True)
class PinPad:
    """Attendants show who they are. under: what lay there. checking: the PIN is being looked at."""

    touched: int
    digits: str = field(default="", repr=False)
    wrong: bool = False
    checking: bool = False
    missing: bool = False
    under: Emergency | None = None


class Room(Enum):
    """The attendants' pages."""

    MENU = auto()
    PAPERS = auto()
    LOOSE = auto()
    CLOSING = auto()


@dataclass(frozen=True, slots=True)
class Attendant:
    """An attendant is here. said: a key of the attendants' words, empty for nothing. turned: pages on."""

    touched: int
    room: Room = Room.MENU
    turned: int = 0
    said: str = ""
    under: Emergency | None = None


Over = Emergency | PinPad | Attendant


@dataclass(frozen=True, slots=True)
class Guard:
    """What keeps a PIN from being tried out. wrong: tries in a row. until: ms before which none counts."""

    wrong: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """over: what hides the patient's page, None for nothing. closed: by an attendant. knocks: moments of the
    last taps on the facility's name, ms. tested: the opening whose self-test was begun: `2026-11-23/300`."""

    over: Over | None = None
    closed: Closed | None = None
    guard: Guard = Guard()
    knocks: tuple[int, ...] = ()
    tested: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What is known around it. now: ms of a steady clock. local: the facility's time, as far as known.

    hours: when the kiosk serves, none: always. alert: the last emergency of this kiosk the server knows of.
    busy: somebody's visit is under way below.
    """

    now: int
    local: datetime
    online: bool
    catalogue: Catalogue
    hours: tuple[Opening, ...] = ()
    alert: Alert | None = None
    busy: bool = False


# What it asks for ---------------------------------------------------------------------------------------


class Do(Enum):
    """Effects that need no more words."""

    CALL_STAFF = auto()
    WITHDRAW = auto()
    WAIL = auto()
    HUSH = auto()
    FORGET_PATIENT = auto()
    ASK_PATIENT = auto()
    KEEP = auto()
    TEST_PRINT = auto()
    SELF_TEST = auto()
    NEW_ROLL = auto()
    NEW_SPARE_ROLL = auto()
    QUIT = auto()


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Tell whether this is the PIN, as `PinChecked`."""

    digits: str = field(repr=False)


Effect = Do | CheckPin | PrintAgain | Settle
