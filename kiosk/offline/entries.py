"""What the outbox keeps, and what follows for each of it. Pure.

An entry is one patient's wish to be registered, from the moment it is made until the server knows what became
of their paper. Its command is made when it can be sent; from then on neither its id nor a letter of it
changes."""

from dataclasses import dataclass

from msgspec import Struct, structs

from kiosk.journey.slips import is_last
from kiosk.offline.moments import Stamp
from queue_server.protocol.codes import AlertKind, PrintReason, PrintState
from queue_server.protocol.commands import Confirm, RaiseAlert, Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Ticket

KEPT = 72 * 3_600_000
"""ms for which somebody whom the server did not take in is kept here: as long as it keeps people itself where
the site says nothing. Staff were told of the paper."""
OWN = "own/"
"""How the names of papers begin that the server does not know yet."""


class Paper(Struct, frozen=True):
    """What the patient holds. token: what its code says. state, reason: what became of it."""

    number: str
    token: str
    state: PrintState = PrintState.ISSUED
    reason: str = ""


class Entry(Struct, frozen=True, repr_omit_defaults=True):
    """One wish. name: its own. made: when. register: what was wished, without number and time.

    command: the id under which it is sent, empty until then; at: the moment in that command, None: none;
    numbered: whether that command bears the number of the paper. paper: printed without the server. print,
    number: what the server gave, empty until it answered. refused: why it took in no paper at all.
    """

    name: str
    made: Stamp
    register: Register
    command: str = ""
    at: int | None = None
    numbered: bool = False
    paper: Paper | None = None
    print: str = ""
    number: str = ""
    refused: str = ""

    def __repr__(self) -> str:
        return f"<entry {self.name}>"

    @property
    def is_open(self) -> bool:
        """Whether the server still has to answer."""
        return not self.print and not self.refused


class Word(Struct, frozen=True):
    """Something else that has to reach the server once. name: the command's id."""

    name: str
    command: Confirm | RaiseAlert


def wished(entry: Entry) -> Register:
    """The command of an entry that has an id."""
    register = entry.register
    if entry.at is not None:
        register = structs.replace(register, at=entry.at)
    if entry.numbered and entry.paper is not None:
        register = structs.replace(register, number=entry.paper.number, token=entry.paper.token)
    return register


def ready(entry: Entry, command: str, at: int | None) -> Entry:
    """The entry with its command, which never changes any more. at: when it was wished, in the server's
    time."""
    return structs.replace(entry, command=command, at=at, numbered=entry.paper is not None)


@dataclass(frozen=True, slots=True)
class After:
    """What follows: the entry as it is to be kept, None: no longer; and what has to be told."""

    entry: Entry | None
    tell: Confirm | RaiseAlert | None = None


def answered(entry: Entry, reply: Accepted | Rejected, kiosk: str) -> After:
    """What an answer to an entry's command means for it.

    A paper that was printed meanwhile is in somebody's hand. Where the plain wish was refused (the person is
    here already, the session is full, the intake stopped), it is wished again with the number on the paper,
    under a new id: the first one never takes effect any more."""
    if isinstance(reply, Accepted):
        result = reply.result
        if not isinstance(result, Ticket):
            return After(None)
        known = structs.replace(entry, print=result.print, number=result.number)
        return told(known) if entry.paper is not None else After(known)
    if entry.paper is None:
        return After(None)
    if not entry.numbered:
        return After(structs.replace(entry, command="", at=None))
    alert = RaiseAlert(kind=AlertKind.OFFLINE_TICKETS, subject=kiosk, detail=entry.paper.number.lower())
    return After(structs.replace(entry, refused=reply.code.value), alert)


def told(entry: Entry) -> After:
    """What the server has to hear of an entry's paper, and whether that was all."""
    paper = entry.paper
    if paper is None or not entry.print:
        return After(entry)
    confirm = Confirm(
        print=entry.print,
        state=paper.state,
        number=paper.number,
        reason=paper.reason or None,
        token=paper.token or None,
    )
    return After(None if is_last(paper.state, paper.reason) else entry, confirm)


def spoken(entry: Entry, state: PrintState, reason: str) -> After:
    """The printer said what became of an entry's own paper."""
    if entry.paper is None:
        return After(entry)
    return told(structs.replace(entry, paper=structs.replace(entry.paper, state=state, reason=reason)))


def found(entry: Entry, now: int | None) -> After:
    """What follows for an entry of an earlier run: of its paper nobody knows any more, and who was refused is
    tried once more, or forgotten in the end. now: ms; None: nobody knows."""
    if entry.refused and now is not None and now - entry.made.at > KEPT:
        return After(None)
    if entry.refused:
        return After(structs.replace(entry, refused="", command="", at=None))
    if entry.paper is not None and not is_last(entry.paper.state, entry.paper.reason):
        return spoken(entry, PrintState.UNKNOWN, PrintReason.RESTARTED)
    if entry.paper is not None:
        return told(entry)
    if entry.print:
        unknown = Confirm(
            print=entry.print, state=PrintState.UNKNOWN, number=entry.number, reason=PrintReason.RESTARTED
        )
        return After(None, unknown)
    return After(entry)
