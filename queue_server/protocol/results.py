"""What an accepted command tells its sender. Stored with the answer for 14 days: nothing personal in it."""

from msgspec import Struct

from queue_server.protocol.codes import Lane, Language, Need, Punctuality
from queue_server.protocol.labels import CallSign, Label, Place


class _Result(Struct, frozen=True, omit_defaults=True, tag_field="type", kw_only=True):
    """Base of all results, tagged by `type`."""


class Done(_Result, frozen=True, tag="done"):
    """Carried out; nothing more to say."""


class TicketStop(Struct, frozen=True, omit_defaults=True):
    """One stop on a slip that lists them all. suggested: which one to go to first, second, ...; 0 = no
    advice."""

    place: Place
    suggested: int = 0
    needs: tuple[Need, ...] = ()


class Appointed(Struct, frozen=True):
    """The appointment that a visit keeps. at: ms. service: what for. punctuality: how its holder came."""

    at: int
    service: Label
    punctuality: Punctuality


class Ticket(_Result, frozen=True, tag="ticket"):
    """All that a slip needs. printed_at: ms. ahead: people before, None when nobody can say.

    token goes into the QR; print names this print for `confirm`. not_before, usually_by: ms, None while
    nobody can say. pending_until: until then (ms) the room may still be confirmed; the row `print_job` says
    when it is, and without one by then the ticket is printed as it is here. stops: the whole list, where
    there are several. later_at: when the session begins (ms) that this ticket is for, None where it is for
    the one that runs or comes next. language: what its holder reads, beside Vietnamese.
    """

    visit: str
    number: str
    token: str
    print: str
    place: Place
    lane: Lane
    printed_at: int
    provisional: bool = False
    ahead: int | None = None
    reprint: bool = False
    not_before: int | None = None
    usually_by: int | None = None
    pending_until: int | None = None
    stops: tuple[TicketStop, ...] = ()
    appointment: Appointed | None = None
    later_at: int | None = None
    language: Language = Language.VI


class Called(_Result, frozen=True, tag="called"):
    """Whom the clinic has now; step None when nobody could be called, with the counts of why.

    onward: where the visit of the `finished` step goes next, None when it is over or nobody knows yet.
    """

    clinic: str
    step: str | None = None
    visit: str | None = None
    call_sign: CallSign | None = None
    finished: str | None = None
    why_empty: dict[str, int] = {}
    onward: Place | None = None


class Finished(_Result, frozen=True, tag="finished"):
    """The step has ended. onward: where its visit goes next, None when it is over or nobody knows yet."""

    visit: str
    onward: Place | None = None


class StepsAdded(_Result, frozen=True, tag="steps_added"):
    """The steps that were made, in the order of the orders; a return comes last. onward: where the visit goes
    first."""

    visit: str
    steps: tuple[str, ...]
    onward: Place | None = None


class Attached(_Result, frozen=True, tag="attached"):
    """The step that now has its room and number."""

    visit: str
    step: str
    call_sign: CallSign | None = None


class Proposed(_Result, frozen=True, tag="proposed"):
    """proposal None: nobody has to move."""

    proposal: str | None = None
    moves: int = 0
    stays: int = 0


class Moved(_Result, frozen=True, tag="moved"):
    """steps: who was moved, in fair order. left: who could no longer be."""

    proposal: str
    steps: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class AlertKnown(_Result, frozen=True, tag="alert_known"):
    """The emergency is told of under this name: a new one, or the one that nobody answered yet."""

    alert: str


class Undone(_Result, frozen=True, tag="undone"):
    """steps: whose state was put back."""

    act: int
    steps: tuple[str, ...]


Outcome = Done | Ticket | Called | Finished | StepsAdded | Attached | Undone | Proposed | Moved | AlertKnown
