"""Commands: what a client may ask to be changed. Each names what its screen showed, where that matters.

Every command travels inside a `command` frame with a client-made id (UUIDv7); the same id with the same
command has one effect and one answer, however often it is sent.
"""

from typing import Annotated

from msgspec import Meta, Struct

from queue_server.protocol.codes import (
    AlertKind,
    Brought,
    GateName,
    Grant,
    Help,
    IdentityKind,
    Lane,
    Language,
    Need,
    Notice,
    PresenceKind,
    PrintState,
)

Code = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
"""A name given in the site file: a service, clinic, hall, route, reason, practitioner, device."""
Ref = Annotated[str, Meta(min_length=1, max_length=64)]
"""A reference made by the server: a visit, step, print or alert."""
AppointmentRef = Annotated[str, Meta(pattern=r"^(?=.*[0-9])[0-9A-Za-z./_-]{1,40}$")]
"""An appointment's reference, made by whoever booked it. The journal keeps it: it has no room for a name."""
CallSignText = Annotated[str, Meta(pattern=r"^(?=.*[0-9])[0-9A-Za-z./-]{1,12}$")]
"""A visit number or call sign. A hall sees and hears it, so it has a digit and no room for a name."""
ForeignCode = Annotated[str, Meta(pattern=r"^[0-9A-Za-z._:/-]{0,64}$")]
"""A code or reference of another system, empty where it said none. The journal keeps it: no name fits in."""
PaperToken = Annotated[str, Meta(pattern=r"^[0-9A-HJKMNP-TV-Z]{16}$")]
"""What the code on a ticket says: 80 bits of chance in Crockford's base32."""
Text = Annotated[str, Meta(max_length=200)]
PersonRef = Annotated[str, Meta(pattern=r"^[0-9a-f]{24}$")]
"""The random reference of a person. The journal keeps it: no name fits in."""
Moment = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""Milliseconds since the Unix epoch, UTC."""
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


Telephone = Annotated[str, Meta(max_length=16)]
"""A telephone number as it was told or dialled."""
CalendarDay = Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
"""`YYYY-MM-DD`, empty when unknown or left open."""


class Guardian(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to turn to for a child. Personal data, as `Identity`. At least one of the two is there."""

    name: Text = ""
    phone: Telephone = ""


class Insurance(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What somebody's health insurance card (BHYT) says, and what they were asked. Personal data, as
    `Identity`.

    card: its number, empty where the identity's own number is it. facility: the first registered one, five
    characters, the third may be a letter. transfer, revisit: whether they have a transfer slip, or an
    appointment to be seen again; None: nobody asked.
    """

    card: Annotated[str, Meta(max_length=20)] = ""
    valid_from: CalendarDay = ""
    valid_until: CalendarDay = ""
    facility: Annotated[str, Meta(pattern=r"^(\d{2}[0-9A-Z]\d{2})?$")] = ""
    transfer: bool | None = None
    revisit: bool | None = None


class Identity(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who the patient is. Personal data: only the people room of the server ever keeps it.

    number: of the kind; of a `document` unique within its issuer, three letters as in its machine-readable
    zone. Whoever is `told` or `unidentified` has none. birth: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; empty when
    unknown. warnings: codes such as `year_differs` (PROTOCOL.md lists them). brought: whom whoever stands
    there registers; guardian: of a child, if somebody told.
    """

    kind: IdentityKind
    number: Annotated[str, Meta(max_length=32)] = ""
    name: Text = ""
    birth: Annotated[str, Meta(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")] = ""
    gender: Annotated[str, Meta(pattern=r"^(male|female)?$")] = ""
    phone: Telephone = ""
    warnings: Annotated[tuple[Code, ...], Meta(max_length=8)] = ()
    issuer: Annotated[str, Meta(pattern=r"^[A-Z]{0,3}$")] = ""
    brought: Brought = Brought.SELF
    guardian: Guardian | None = None
    insurance: Insurance | None = None


class _Command(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", kw_only=True
):
    """Base of all commands: tagged by `type`, unknown fields refused."""


class Register(_Command, frozen=True, tag="register"):
    """Open a visit. `service` is the exam chosen, None where the route leaves it to the desk.

    identity None is an anonymous number, good for reception only. at: when it was wished, for one that may
    come late. number, token: what stands on the paper that a kiosk printed without the server, and in its
    code. later: for the next session, where the one that runs is full. appointment: reference or code of the
    one this person comes for, who is then whom it was booked for, if nobody says otherwise; without it
    today's of the same person is found.
    """

    payer: Code
    kind: Code
    language: Language = Language.VI
    identity: Identity | None = None
    service: Code | None = None
    practitioner: Code | None = None
    declared_priority: bool = False
    help: Annotated[tuple[Help, ...], Meta(max_length=5)] = ()
    number: CallSignText | None = None
    at: Moment | None = None
    token: PaperToken | None = None
    later: bool = False
    appointment: AppointmentRef | None = None


class Identify(_Command, frozen=True, tag="identify"):
    """A desk says whom a visit is of: of somebody nobody could identify, or was identified wrongly. What was
    told of the patient before and is not told otherwise stays."""

    visit: Ref
    identity: Identity


class Forget(_Command, frozen=True, tag="forget"):
    """Erase all that is kept of a person, at their request. Exactly one of visit and person; the journal
    keeps that it was done, by whom, and the random reference."""

    visit: Ref | None = None
    person: PersonRef | None = None


class SettleLane(_Command, frozen=True, tag="settle_lane"):
    """A declared priority was shown to be so, or was not: it is confirmed, or the visit waits as
    everybody."""

    visit: Ref
    shown: bool


class Order(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One service to add to a visit; clinic None lets the server choose. needs: beside those of the
    service."""

    service: Code
    clinic: Code | None = None
    needs: Annotated[tuple[Need, ...], Meta(max_length=3)] = ()


class AddSteps(_Command, frozen=True, tag="add_steps"):
    """Add stops to a visit, all at once. `back` sends the patient to `step`'s practitioner with the results.

    step: the step at which they were ordered, None for a desk adding a service.
    """

    visit: Ref
    orders: Annotated[tuple[Order, ...], Meta(min_length=1, max_length=12)]
    step: Ref | None = None
    back: bool = False


class AddExam(_Command, frozen=True, tag="add_exam"):
    """The holder of a ticket, at a kiosk, wants one more exam of those that kiosks offer."""

    token: Ref
    service: Code


class Attach(_Command, frozen=True, tag="attach"):
    """Give a visit its room, practitioner and HIS number, by a desk or the integration.

    step None: the visit's next exam step; it is made from `service` when the route has none yet.
    call_sign: the HIS's number in that room. external: HIS codes by name.
    """

    visit: Ref
    step: Ref | None = None
    service: Code | None = None
    clinic: Code | None = None
    practitioner: Code | None = None
    call_sign: CallSignText | None = None
    external: dict[Code, ForeignCode] = {}


class CallNext(_Command, frozen=True, tag="call_next"):
    """Finish the one in hand and call the next. `after`: the step in hand that the screen showed, or None."""

    clinic: Code
    after: Ref | None = None


class CallStep(_Command, frozen=True, tag="call_step"):
    """Call this one, out of order, for a coded reason. `after` as in `call_next`."""

    clinic: Code
    step: Ref
    reason: Code
    after: Ref | None = None


class Prepare(_Command, frozen=True, tag="prepare"):
    """Ask one to stand ready. step None: the one who would be called next; else one before whom nobody of the
    same kind waits."""

    clinic: Code
    step: Ref | None = None


class Recall(_Command, frozen=True, tag="recall"):
    """Call the one in hand once more; `times_called` as the screen showed it."""

    step: Ref
    times_called: Count


class Start(_Command, frozen=True, tag="start"):
    """The patient is in; optional."""

    step: Ref


class Finish(_Command, frozen=True, tag="finish"):
    """End a step. `end` is a reason code of kind `finish`, None for plainly done."""

    step: Ref
    end: Code | None = None


class Absent(_Command, frozen=True, tag="absent"):
    """Nobody came. Allowed after two calls at least 30 s apart."""

    step: Ref
    times_called: Count


class Hold(_Command, frozen=True, tag="hold"):
    """Set a step aside until a moment, or until `resume` (ready), keeping its place."""

    step: Ref
    until: Moment | None = None
    reason: Code | None = None


class Resume(_Command, frozen=True, tag="resume"):
    """Take a held step back into the line, at its old place."""

    step: Ref


class Rejoin(_Command, frozen=True, tag="rejoin"):
    """A patient who missed the call is back (ticket scanned, or staff). Exactly one of step and token."""

    step: Ref | None = None
    token: Ref | None = None


class Transfer(_Command, frozen=True, tag="transfer"):
    """Move a waiting step to another clinic of the same service; the place in the order is kept."""

    step: Ref
    clinic: Code
    reason: Code | None = None


class Refer(_Command, frozen=True, tag="refer"):
    """End this step and send the patient on to another service."""

    step: Ref
    service: Code
    clinic: Code | None = None
    reason: Code | None = None


class ChangeLane(_Command, frozen=True, tag="change_lane"):
    """Put a visit into another lane, for a coded reason; why is never kept in words."""

    visit: Ref
    lane: Lane
    reason: Code
    grant: Grant = Grant.DESK


class SetHelp(_Command, frozen=True, tag="set_help"):
    """Replace the patient's help flags."""

    visit: Ref
    help: Annotated[tuple[Help, ...], Meta(max_length=5)]


class OpenGate(_Command, frozen=True, tag="open_gate"):
    """A precondition is met: paid, verified, approved."""

    step: Ref
    gate: GateName


class ResultReady(_Command, frozen=True, tag="result_ready"):
    """The result of a finished step is there; the last one sends the patient back."""

    step: Ref


class SetPresence(_Command, frozen=True, tag="set_presence"):
    """Where the patient is. until: for `away`. hall: for `here`."""

    visit: Ref
    presence: PresenceKind
    hall: Code | None = None
    until: Moment | None = None


class Cancel(_Command, frozen=True, tag="cancel"):
    """End a whole visit, or one step of it, unserved."""

    visit: Ref
    reason: Code
    step: Ref | None = None


class Undo(_Command, frozen=True, tag="undo"):
    """Take back the clinic's last act; `act` is the number its screen showed."""

    clinic: Code
    act: Count


class OpenClinic(_Command, frozen=True, tag="open_clinic"):
    """Begin or go on calling."""

    clinic: Code


class PauseClinic(_Command, frozen=True, tag="pause_clinic"):
    """Stop calling for a while. Nobody is moved. news_at: when the hall will hear more."""

    clinic: Code
    reason: Code
    news_at: Moment | None = None


class DrainClinic(_Command, frozen=True, tag="drain_clinic"):
    """Finish those who are here, take no new ones."""

    clinic: Code


class CloseClinic(_Command, frozen=True, tag="close_clinic"):
    """Stop for the session. While somebody is still here the clinic drains, and moves are proposed for those
    who wait; refused where the site lets nobody of them be moved."""

    clinic: Code


class SignOn(_Command, frozen=True, tag="sign_on"):
    """A practitioner begins to work here; opens a closed clinic."""

    clinic: Code
    practitioner: Code


class SignOff(_Command, frozen=True, tag="sign_off"):
    """A practitioner stops working here."""

    clinic: Code
    practitioner: Code


class StopIntake(_Command, frozen=True, tag="stop_intake"):
    """Take no new visits; service None stops the whole facility."""

    reason: Code
    service: Code | None = None


class ReopenIntake(_Command, frozen=True, tag="reopen_intake"):
    """Take new visits again; `service` as it was stopped."""

    service: Code | None = None


class Announce(_Command, frozen=True, tag="announce"):
    """Show and speak a template; hall None is every hall, until None ends it only by `until` in the past."""

    notice: Notice
    hall: Code | None = None
    until: Moment | None = None


class Confirm(_Command, frozen=True, tag="confirm"):
    """What became of a print. number: the visit number on the paper; it replaces the visit's if different.
    token: what the paper's code says, where its kiosk printed it without the server."""

    print: Ref
    state: PrintState
    number: CallSignText
    reason: Code | None = None
    token: PaperToken | None = None


class VoidPrint(_Command, frozen=True, tag="void_print"):
    """A piece of paper is destroyed or never came out."""

    print: Ref
    reason: Code


class Reprint(_Command, frozen=True, tag="reprint"):
    """Print a visit's ticket again, marked as such. Exactly one of visit and token."""

    visit: Ref | None = None
    token: Ref | None = None


class RaiseAlert(_Command, frozen=True, tag="raise_alert"):
    """A device or the integration reports what somebody has to see to. pressed_at: ms, of an emergency that
    could not be told at once: when somebody pressed. A kiosk tells of emergencies at itself only."""

    kind: AlertKind
    subject: Code
    detail: Code | None = None
    pressed_at: Moment | None = None


class PrinterWorks(_Command, frozen=True, tag="printer_works"):
    """The printer of the device that says so prints: what its alerts asked for is done. spare: its second
    one. paper_low: its roll still ends soon."""

    spare: bool = False
    paper_low: bool = False


class WithdrawAlert(_Command, frozen=True, tag="withdraw_alert"):
    """An emergency was a press by mistake. Only the kiosk where it was pressed may say so."""

    alert: Ref


class EscalateAlert(_Command, frozen=True, tag="escalate_alert"):
    """Nobody whom an emergency asks has a screen on: it goes on to the next at once. escalated: how often it
    had been passed on by then. Sent by the service's own watch only."""

    alert: Ref
    escalated: Annotated[int, Meta(ge=0, le=100)]


class AcknowledgeAlert(_Command, frozen=True, tag="acknowledge_alert"):
    """Somebody is seeing to it."""

    alert: Ref


class AcceptClock(_Command, frozen=True, tag="accept_clock"):
    """A person says that the wall clock is right again after a jump; `alert` is the one that told of it."""

    alert: Ref


class ProposeMoves(_Command, frozen=True, tag="propose_moves"):
    """Ask who of a clinic's line would be seen sooner elsewhere. Moves nobody."""

    clinic: Code


class AcceptProposal(_Command, frozen=True, tag="accept_proposal"):
    """Move those whom a proposal for this clinic names; steps None takes it whole."""

    clinic: Code
    proposal: Ref
    steps: Annotated[tuple[Ref, ...], Meta(min_length=1, max_length=500)] | None = None


class DismissProposal(_Command, frozen=True, tag="dismiss_proposal"):
    """Leave everybody where they are."""

    clinic: Code
    proposal: Ref


class PrintAtClinic(_Command, frozen=True, tag="print_at_clinic"):
    """Print a visit's slip on the clinic's printer."""

    clinic: Code
    visit: Ref


class BookAppointment(_Command, frozen=True, tag="book_appointment"):
    """Somebody will come, or comes at another time: the same reference replaces. at: ms, today or later.

    code: what the patient may type or show; neither it nor the reference may be the patient's own number.
    identity: who it is, kept by the people room only. What is left out of code and identity stays as it was
    booked before.
    """

    appointment: AppointmentRef
    service: Code
    at: Moment
    practitioner: Code | None = None
    code: CallSignText | None = None
    identity: Identity | None = None


class CancelAppointment(_Command, frozen=True, tag="cancel_appointment"):
    """An appointment is off."""

    appointment: AppointmentRef
    reason: Code | None = None


class Acknowledge(_Command, frozen=True, tag="acknowledge"):
    """The HIS took over the room that we gave to a step, or did not. call_sign: its number there."""

    step: Ref
    clinic: Code
    accepted: bool
    call_sign: CallSignText | None = None


class Disagree(_Command, frozen=True, tag="disagree"):
    """The HIS says something else than we do. ours, his: codes; about: `clinic`, `call_sign`, `state` of a
    visit. visit None: it speaks of something that we cannot place; about then says what."""

    about: Code
    ours: ForeignCode
    his: ForeignCode
    visit: Ref | None = None
    step: Ref | None = None


class Agree(_Command, frozen=True, tag="agree"):
    """A disagreement is settled: both say the same again, or staff saw to it. his: of one without a visit,
    what the HIS said."""

    about: Code
    visit: Ref | None = None
    his: ForeignCode = ""


class CheckInsurance(_Command, frozen=True, tag="check_insurance"):
    """Ask the insurance about a patient's card now, whatever it answered before."""

    visit: Ref


class TellInsurance(_Command, frozen=True, tag="tell_insurance"):
    """What a patient's insurance card says, and which slips they brought, as a desk read or asked. Who the
    patient is stays, and so does what is left open. Personal data, kept by the people room."""

    visit: Ref
    insurance: Insurance


class NoteInsurance(_Command, frozen=True, tag="note_insurance"):
    """What the insurance answered about a patient's card. Sent by the service's own look-up only. Personal
    data, kept by the people room. card: the number that was asked with. at: ms."""

    visit: Ref
    card: Annotated[str, Meta(max_length=20)]
    code: Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{1,8}$")]
    at: Moment
    valid_from: CalendarDay = ""
    valid_until: CalendarDay = ""


class Advance(_Command, frozen=True, tag="advance"):
    """Time moves. Sent by the service's own clock only."""


Command = (
    Register
    | Identify
    | Forget
    | SettleLane
    | AddSteps
    | AddExam
    | Attach
    | CallNext
    | CallStep
    | Prepare
    | Recall
    | Start
    | Finish
    | Absent
    | Hold
    | Resume
    | Rejoin
    | Transfer
    | Refer
    | ChangeLane
    | SetHelp
    | OpenGate
    | ResultReady
    | SetPresence
    | Cancel
    | Undo
    | OpenClinic
    | PauseClinic
    | DrainClinic
    | CloseClinic
    | SignOn
    | SignOff
    | StopIntake
    | ReopenIntake
    | Announce
    | Confirm
    | VoidPrint
    | Reprint
    | PrintAtClinic
    | RaiseAlert
    | PrinterWorks
    | WithdrawAlert
    | EscalateAlert
    | AcknowledgeAlert
    | AcceptClock
    | ProposeMoves
    | AcceptProposal
    | DismissProposal
    | BookAppointment
    | CancelAppointment
    | Acknowledge
    | Disagree
    | Agree
    | CheckInsurance
    | TellInsurance
    | NoteInsurance
    | Advance
)
