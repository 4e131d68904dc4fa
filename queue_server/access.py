"""Who may do what: one table, read top-down. A role that is not in a cell may not.

What is not per role but per device: a device that the site file binds to clinics commands and watches
these only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from queue_server.protocol import commands as c
from queue_server.protocol import questions as q
from queue_server.protocol.codes import AlertKind, IdentityKind, PresenceKind, Role
from queue_server.protocol.commands import Command
from queue_server.protocol.questions import Question


class Holder(Protocol):
    """Who speaks: a device of the site file, or the holder of a ticket.

    id: the device, or for a ticket its token. clinics: those it is bound to, empty for any.
    """

    @property
    def id(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def clinics(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class Rights:
    """What one role may do. topics: `hall:*` is any hall, `kiosk:<id>` the holder's own."""

    commands: frozenset[type[Command]] = frozenset()
    questions: frozenset[type[Question]] = frozenset()
    topics: tuple[str, ...] = ()
    sees_names: bool = False


_AT_THE_CLINIC: frozenset[type[Command]] = frozenset(
    {
        # The line.
        c.CallNext,
        c.CallStep,
        c.Prepare,
        c.Recall,
        c.Start,
        c.Finish,
        c.Absent,
        c.Hold,
        c.Resume,
        c.Rejoin,
        c.Undo,
        # The patient's way.
        c.AddSteps,
        c.Attach,
        c.Transfer,
        c.Refer,
        c.ChangeLane,
        c.SettleLane,
        c.SetHelp,
        c.SetPresence,
        c.OpenGate,
        c.ResultReady,
        c.Cancel,
        # The clinic itself.
        c.OpenClinic,
        c.PauseClinic,
        c.DrainClinic,
        c.CloseClinic,
        c.SignOn,
        c.SignOff,
        c.ProposeMoves,
        c.AcceptProposal,
        c.DismissProposal,
        # Paper and trouble.
        c.Reprint,
        c.PrintAtClinic,
        c.Confirm,
        c.VoidPrint,
        c.RaiseAlert,
        c.AcknowledgeAlert,
    }
)
_AT_THE_DESK: frozenset[type[Command]] = _AT_THE_CLINIC | {
    c.Register,
    c.Identify,
    c.CheckInsurance,
    c.TellInsurance,
    c.Agree,
    c.BookAppointment,
    c.CancelAppointment,
}
_OVER_ALL: frozenset[type[Command]] = _AT_THE_DESK | {c.StopIntake, c.ReopenIntake, c.Announce, c.AcceptClock}
_STAFF_ASKS: frozenset[type[Question]] = frozenset({q.Find, q.VisitJournal, q.WhereNow})
_DESK_ASKS: frozenset[type[Question]] = _STAFF_ASKS | {q.AppointmentOf, q.Appointments}
_STAFF_TOPICS = ("hall:*", "clinic:*", "names:*", "journey:*", "facility", "catalogue")

TABLE: Mapping[Role, Rights] = {
    Role.KIOSK: Rights(
        commands=frozenset(
            {
                c.Register,
                c.AddExam,
                c.Rejoin,
                c.SetPresence,
                c.SetHelp,
                c.OpenGate,
                c.Reprint,
                c.Confirm,
                c.VoidPrint,
                c.RaiseAlert,
                c.PrinterWorks,
                c.WithdrawAlert,
            }
        ),
        questions=frozenset({q.WhereNow, q.Holder, q.AppointmentOf}),
        topics=("catalogue", "kiosk:<id>"),
    ),
    # A printer in a room or at a desk: it prints what its own topic says and tells what became of it.
    Role.PRINTER: Rights(
        commands=frozenset({c.Confirm, c.RaiseAlert, c.PrinterWorks}),
        topics=("catalogue", "printer:<id>"),
    ),
    Role.BOARD: Rights(
        topics=("hall:*",),
    ),
    Role.CLINIC: Rights(
        commands=_AT_THE_CLINIC,
        questions=_STAFF_ASKS,
        topics=_STAFF_TOPICS,
        sees_names=True,
    ),
    Role.RECEPTION: Rights(
        commands=_AT_THE_DESK,
        questions=_DESK_ASKS,
        topics=_STAFF_TOPICS,
        sees_names=True,
    ),
    Role.SUPERVISOR: Rights(
        commands=_OVER_ALL,
        questions=_DESK_ASKS,
        topics=(*_STAFF_TOPICS, "devices", "accuracy"),
        sees_names=True,
    ),
    Role.ADMIN: Rights(
        commands=_OVER_ALL | {c.Forget},
        questions=_DESK_ASKS,
        topics=(*_STAFF_TOPICS, "devices", "accuracy"),
        sees_names=True,
    ),
    Role.PATIENT: Rights(
        # Says "I am ready", for the own ticket only: the engine sees to that.
        commands=frozenset({c.OpenGate}),
        questions=frozenset({q.WhereNow}),
        topics=("visit:<id>",),
    ),
    Role.INTEGRATION: Rights(
        commands=frozenset(
            {
                c.Register,
                c.BookAppointment,
                c.CancelAppointment,
                c.AddSteps,
                c.Attach,
                c.Start,
                c.Finish,
                c.Transfer,
                c.Refer,
                c.ChangeLane,
                c.SetHelp,
                c.SetPresence,
                c.OpenGate,
                c.ResultReady,
                c.Cancel,
                c.SignOn,
                c.SignOff,
                c.DrainClinic,
                c.CloseClinic,
                c.Acknowledge,
                c.Disagree,
                c.Agree,
                c.RaiseAlert,
                c.AcknowledgeAlert,
            }
        ),
        questions=frozenset({q.VisitJournal, q.WhereNow, q.Appointments}),
        topics=("clinic:*", "facility", "catalogue", "his"),
    ),
    # Moves time, watches devices and looks up insurance from inside the service; nobody on the wire does, so
    # `advance`, `escalate_alert` and `note_insurance` are in no cell.
    Role.CLOCK: Rights(),
}

_UNIDENTIFIED_AT = frozenset({Role.RECEPTION, Role.SUPERVISOR, Role.ADMIN})
"""Who may register somebody nobody can identify: a person sees to it that they are looked after."""

_OF_A_CLINIC = (
    c.CallNext
    | c.CallStep
    | c.Prepare
    | c.Undo
    | c.OpenClinic
    | c.PauseClinic
    | c.DrainClinic
    | c.CloseClinic
    | c.SignOn
    | c.SignOff
    | c.ProposeMoves
    | c.AcceptProposal
    | c.DismissProposal
    | c.PrintAtClinic
)
"""Commands that act in a clinic's name; elsewhere `clinic` only says where a patient is sent."""


_OUR_OWN = frozenset({AlertKind.CLOCK_JUMPED, AlertKind.STORE, AlertKind.DEVICE_LOST, AlertKind.INSURANCE})
"""Alerts that the server raises of itself: from outside, a false one would stop the day from rolling."""


def may_command(holder: Holder, command: Command) -> bool:
    """Whether this command may go into the mailbox."""
    if type(command) not in TABLE[holder.role].commands:
        return False
    if isinstance(command, c.RaiseAlert) and command.kind in _OUR_OWN:
        return False
    if isinstance(command, c.RaiseAlert) and command.kind is AlertKind.EMERGENCY:
        # Somebody stands there and has pressed: at a kiosk, or at a place of staff.
        return command.subject == holder.id if holder.role is Role.KIOSK else sees_names(holder)
    if isinstance(command, c.Register) and _nobody_knows(command):
        return holder.role in _UNIDENTIFIED_AT
    if isinstance(command, c.SetPresence) and holder.role is Role.KIOSK:
        # Who scans a ticket is here; where else they may be is not a kiosk's to say.
        return command.presence is PresenceKind.HERE
    return not isinstance(command, _OF_A_CLINIC) or _reaches(holder, command.clinic)


def _nobody_knows(command: c.Register) -> bool:
    return command.identity is not None and command.identity.kind is IdentityKind.UNIDENTIFIED


def may_ask(holder: Holder, question: Question) -> bool:
    """Whether this question is answered; the holder of a ticket asks about that ticket only."""
    if type(question) not in TABLE[holder.role].questions:
        return False
    own = isinstance(question, q.WhereNow) and question.token == holder.id
    return own or holder.role is not Role.PATIENT


def may_follow(holder: Holder, topic: str) -> bool:
    """Whether the rows of this topic may go to the holder."""
    kind, _, name = topic.partition(":")
    for allowed in TABLE[holder.role].topics:
        if allowed == topic or (allowed == f"{kind}:<id>" and name == holder.id):
            return True
        if allowed == f"{kind}:*" and name:
            return kind not in ("clinic", "names") or _reaches(holder, name)
    return False


def sees_names(holder: Holder) -> bool:
    """Whether answers to this holder may carry patients' names."""
    return TABLE[holder.role].sees_names


def _reaches(holder: Holder, clinic: str) -> bool:
    return not holder.clinics or clinic in holder.clinics
