"""Asks read and their answers: no journal, nothing changes."""

from msgspec import Struct

from queue_server.protocol.codes import (
    AppointmentState,
    GateName,
    Help,
    Lane,
    Need,
    Punctuality,
    StepState,
    VisitEnd,
)
from queue_server.protocol.commands import AppointmentRef, Identity, Ref, Text
from queue_server.protocol.labels import CallSign, Label, Place


class _Question(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", kw_only=True
):
    """Base of all questions."""


class Find(_Question, frozen=True, tag="find"):
    """Visits of today by visit number (its letter and zeros may be left out), call sign, end of card number,
    phone, or name without accents; people without one by their whole number."""

    text: Text


class VisitJournal(_Question, frozen=True, tag="visit_journal"):
    """All that happened to one visit, oldest first."""

    visit: Ref


class WhereNow(_Question, frozen=True, tag="where_now"):
    """What the holder of a ticket needs to know; asked by a kiosk that scanned it."""

    token: Ref


class Holder(_Question, frozen=True, tag="holder"):
    """The open visit of whoever this is, as its ticket would tell it, else the appointment they have today;
    asked by a kiosk that read a card. A phone identifies nobody. Personal data: only `kind` and `number` are
    looked at, and nothing is kept."""

    identity: Identity


class AppointmentOf(_Question, frozen=True, tag="appointment"):
    """What an appointment says to whoever shows or types its code or reference; nothing of whom it is for."""

    code: AppointmentRef


class Appointments(_Question, frozen=True, tag="appointments"):
    """Today's appointments, a page at a time. after: `next` of the page before, None for the first."""

    after: AppointmentRef | None = None


Question = Find | VisitJournal | WhereNow | Holder | AppointmentOf | Appointments


class FoundVisit(Struct, frozen=True, omit_defaults=True):
    """name is empty for a reader who may not see names, and after it was forgotten."""

    visit: str
    number: str
    state: str
    name: str = ""
    birth_year: str = ""


class FoundPerson(Struct, frozen=True, omit_defaults=True):
    """Somebody who is known without a visit today. day: for which they were last registered or awaited."""

    person: str
    day: str
    name: str = ""
    birth_year: str = ""


class Found(Struct, frozen=True, tag_field="type", tag="found", omit_defaults=True):
    """Visits that match, best first, at most 20. people: who is known by exactly this number and has no visit
    today."""

    visits: tuple[FoundVisit, ...]
    people: tuple[FoundPerson, ...] = ()


class JournalLine(Struct, frozen=True, omit_defaults=True):
    """One event in facts; a screen puts it into words. at: ms. actor: device, not a person's name."""

    seq: int
    at: int
    actor: str
    event: str
    change: str = ""
    step: str = ""
    service: str = ""
    clinic: str = ""
    call_sign: str = ""
    reason: str = ""


class VisitTold(Struct, frozen=True, tag_field="type", tag="visit_told"):
    """One visit's events, oldest first."""

    visit: str
    number: str
    lines: tuple[JournalLine, ...]


class Stop(Struct, frozen=True, omit_defaults=True):
    """One stop of a visit as its holder may see it. ahead: people before, None when not queued. before: the
    same, counted by `CalledAs`. facts: codes of what else decides the place. The others: as in
    `visit_stop`."""

    step: str
    state: StepState
    place: Place
    call_sign: CallSign | None = None
    ahead: int | None = None
    returning: bool = False
    before: dict[str, int] = {}
    facts: tuple[str, ...] = ()
    suggested: int = 0
    needs: tuple[Need, ...] = ()
    may_open: tuple[GateName, ...] = ()
    due_at: int | None = None
    not_before: int | None = None
    usually_by: int | None = None


class TicketState(Struct, frozen=True, tag_field="type", tag="ticket_state", omit_defaults=True):
    """ended None while the visit is open. missed: the step to rejoin, if a call was missed. token: the
    ticket's, where the asker did not give it (`holder`); else empty. may_add: its holder may add an exam.
    help: what was noted that they need, told to who asked by `holder`."""

    visit: str
    number: str
    lane: Lane
    stops: tuple[Stop, ...]
    missed: str | None = None
    ended: VisitEnd | None = None
    token: str = ""
    may_add: bool = False
    help: tuple[Help, ...] = ()


class AppointmentTold(Struct, frozen=True, tag_field="type", tag="appointment_told", omit_defaults=True):
    """at: ms. today: it is for this service day. punctuality: of its holder, were they to check in now."""

    at: int
    service: Label
    state: AppointmentState
    punctuality: Punctuality
    today: bool = False


class AppointmentLine(Struct, frozen=True, omit_defaults=True):
    """One appointment. at: ms. visit, number: of who checked in. name is empty for a reader who may not see
    names, when nobody said who it is for, and after it was forgotten."""

    appointment: str
    service: str
    at: int
    state: AppointmentState
    practitioner: str = ""
    code: str = ""
    visit: str = ""
    number: str = ""
    name: str = ""
    birth_year: str = ""


class AppointmentList(Struct, frozen=True, tag_field="type", tag="appointment_list", omit_defaults=True):
    """Appointments of a day by their moment. next: what to ask on with, None on the last page."""

    day: str
    lines: tuple[AppointmentLine, ...]
    next: str | None = None


Answer = Found | VisitTold | TicketState | AppointmentTold | AppointmentList
