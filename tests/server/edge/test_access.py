"""The table of who may do what: written out once more here, from what each role is for."""

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from queue_server import access
from queue_server.protocol import codec
from queue_server.protocol import commands as c
from queue_server.protocol import questions as q
from queue_server.protocol.codes import AlertKind, IdentityKind, PresenceKind, Refusal, Role
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import CommandMessage, Error, Hello, Rejected, Subscribe
from queue_server.protocol.questions import Question
from queue_server.session import Follow, Send, Session, Submit
from queue_server.site import Device
from tests.support.samples import sample
from tests.support.served import new_id

ROLES = [role for role in Role if role is not Role.CLOCK]
STAFF = {Role.CLINIC, Role.RECEPTION, Role.SUPERVISOR, Role.ADMIN}
DESKS = STAFF - {Role.CLINIC}
HEADS = {Role.SUPERVISOR, Role.ADMIN}
KIOSK, HIS, PATIENT = {Role.KIOSK}, {Role.INTEGRATION}, {Role.PATIENT}
PRINTER = {Role.PRINTER}

COMMANDS: dict[type[Command], set[Role]] = {
    c.Register: DESKS | KIOSK | HIS,
    c.Identify: DESKS,
    c.Forget: {Role.ADMIN},
    c.SettleLane: STAFF,
    c.BookAppointment: DESKS | HIS,
    c.CancelAppointment: DESKS | HIS,
    c.AddSteps: STAFF | HIS,
    c.AddExam: KIOSK,
    c.Attach: STAFF | HIS,
    c.CallNext: STAFF,
    c.CallStep: STAFF,
    c.Prepare: STAFF,
    c.Recall: STAFF,
    c.Start: STAFF | HIS,
    c.Finish: STAFF | HIS,
    c.Absent: STAFF,
    c.Hold: STAFF,
    c.Resume: STAFF,
    c.Rejoin: STAFF | KIOSK,
    c.Transfer: STAFF | HIS,
    c.Refer: STAFF | HIS,
    c.ChangeLane: STAFF | HIS,
    c.SetHelp: STAFF | HIS | KIOSK,
    c.OpenGate: STAFF | HIS | KIOSK | PATIENT,
    c.ResultReady: STAFF | HIS,
    c.SetPresence: STAFF | HIS | KIOSK,
    c.Cancel: STAFF | HIS,
    c.Undo: STAFF,
    c.OpenClinic: STAFF,
    c.PauseClinic: STAFF,
    c.DrainClinic: STAFF | HIS,
    c.CloseClinic: STAFF | HIS,
    c.SignOn: STAFF | HIS,
    c.SignOff: STAFF | HIS,
    c.ProposeMoves: STAFF,
    c.AcceptProposal: STAFF,
    c.DismissProposal: STAFF,
    c.StopIntake: HEADS,
    c.ReopenIntake: HEADS,
    c.Announce: HEADS,
    c.Confirm: STAFF | KIOSK | PRINTER,
    c.VoidPrint: STAFF | KIOSK,
    c.Reprint: STAFF | KIOSK,
    c.PrintAtClinic: STAFF,
    c.RaiseAlert: STAFF | KIOSK | HIS | PRINTER,
    c.PrinterWorks: KIOSK | PRINTER,
    c.WithdrawAlert: KIOSK,
    c.EscalateAlert: set(),
    c.AcknowledgeAlert: STAFF | HIS,
    c.AcceptClock: HEADS,
    c.Acknowledge: HIS,
    c.Disagree: HIS,
    c.Agree: DESKS | HIS,
    c.CheckInsurance: DESKS,
    c.TellInsurance: DESKS,
    c.NoteInsurance: set(),
    c.Advance: set(),
}
QUESTIONS: dict[type[Question], set[Role]] = {
    q.Find: STAFF,
    q.VisitJournal: STAFF | HIS,
    q.WhereNow: STAFF | HIS | KIOSK | PATIENT,
    q.Holder: KIOSK,
    q.AppointmentOf: DESKS | KIOSK,
    q.Appointments: DESKS | HIS,
}
TOPICS: dict[str, set[Role]] = {
    "hall:hall-1": STAFF | {Role.BOARD},
    "clinic:room-1": STAFF | HIS,
    "names:room-1": STAFF,
    "facility": STAFF | HIS,
    "catalogue": STAFF | HIS | KIOSK | PRINTER,
    "devices": HEADS,
    "his": HIS,
    "kiosk:me": KIOSK,
    "kiosk:another": set(),
    "printer:me": PRINTER,
    "printer:another": set(),
    "visit:me": PATIENT,
    "visit:another": set(),
    "hall": set(),
    "clinic:": set(),
}


def device(role: Role, *clinics: str) -> Device:
    return Device("me", role, "", clinics=clinics)


def command(kind: type[Command]) -> Command:
    if kind is c.RaiseAlert:
        return c.RaiseAlert(kind=AlertKind.PRINTER, subject="me")
    if kind is c.SetPresence:
        return c.SetPresence(visit="v", presence=PresenceKind.HERE)
    made = sample(kind)
    assert isinstance(made, kind)
    return made


@pytest.mark.parametrize("role", ROLES)
def test_only_a_desk_registers_somebody_nobody_can_identify(role: Role) -> None:
    unknown = c.Register(payer="fee", kind="exam", identity=c.Identity(IdentityKind.UNIDENTIFIED))
    assert access.may_command(device(role), unknown) is (role in DESKS)


def talking(holder: Device) -> Session:
    session = Session(0.0)
    session.received(codec.encode(Hello(role=holder.role, token="t")), 0.0)
    session.identified(holder, epoch="e", now_ms=0, beat_ms=5_000, facility="f")
    return session


def test_every_command_question_and_role_is_in_the_table() -> None:
    assert set(COMMANDS) == set(get_args(Command))
    assert set(QUESTIONS) == set(get_args(Question))
    assert set(access.TABLE) == set(Role)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_who_may_command(role: Role, kind: type[Command]) -> None:
    id_ = new_id()
    frame = codec.encode(CommandMessage(id=id_, command=msgspec.Raw(codec.encode(command(kind)))))
    effects = talking(device(role)).received(frame, 0.0)
    if role in COMMANDS[kind]:
        assert effects == [Submit(id_, command(kind))]
    else:
        assert effects == [Send(Rejected(id=id_, code=Refusal.FORBIDDEN))]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", QUESTIONS, ids=lambda kind: kind.__name__)
def test_who_may_ask(role: Role, kind: type[Question]) -> None:
    own: dict[type[Question], Question] = {
        q.Find: q.Find(text="an"),
        q.VisitJournal: q.VisitJournal(visit="v"),
        q.WhereNow: q.WhereNow(token="me"),
        q.Holder: q.Holder(identity=c.Identity(IdentityKind.CARD, "001300000000")),
        q.AppointmentOf: q.AppointmentOf(code="TK260001"),
        q.Appointments: q.Appointments(),
    }
    assert access.may_ask(device(role), own[kind]) == (role in QUESTIONS[kind])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("topic", TOPICS)
def test_who_may_follow(role: Role, topic: str) -> None:
    assert access.may_follow(device(role), topic) == (role in TOPICS[topic])
    if not topic.endswith(":"):
        (effect,) = talking(device(role)).received(codec.encode(Subscribe(topic=topic)), 0.0)
        assert isinstance(effect, Follow) if role in TOPICS[topic] else isinstance(effect, Send)
        assert not isinstance(effect, Send) or isinstance(effect.message, Error)


def test_the_holder_of_a_ticket_asks_about_that_ticket_only() -> None:
    assert not access.may_ask(device(Role.PATIENT), q.WhereNow(token="another"))


def test_a_kiosk_says_only_that_somebody_is_here() -> None:
    for presence in PresenceKind:
        said = c.SetPresence(visit="v", presence=presence)
        assert access.may_command(device(Role.KIOSK), said) == (presence is PresenceKind.HERE)
        assert access.may_command(device(Role.CLINIC), said)


def test_only_staff_see_names() -> None:
    assert {role for role in Role if access.sees_names(device(role))} == STAFF
    assert not [role for role in Role if role not in STAFF and "names:*" in access.TABLE[role].topics]


@pytest.mark.parametrize("role", [Role.CLINIC, Role.RECEPTION])
def test_a_device_bound_to_clinics_works_for_these_only(role: Role) -> None:
    bound = device(role, "room-1", "room-2")
    assert access.may_command(bound, c.CallNext(clinic="room-2"))
    assert not access.may_command(bound, c.CallNext(clinic="room-3"))
    assert not access.may_command(bound, c.SignOn(clinic="room-3", practitioner="an"))
    assert access.may_command(bound, c.AcceptProposal(clinic="room-2", proposal="p"))
    for about_another in (
        c.ProposeMoves(clinic="room-3"),
        c.AcceptProposal(clinic="room-3", proposal="p"),
        c.DismissProposal(clinic="room-3", proposal="p"),
    ):
        assert not access.may_command(bound, about_another)
    assert access.may_command(bound, c.Transfer(step="s", clinic="room-3"))
    assert access.may_follow(bound, "names:room-1")
    assert not access.may_follow(bound, "names:room-3")
    assert not access.may_follow(bound, "clinic:room-3")
    assert access.may_follow(bound, "hall:any")


def test_the_protocol_tells_the_same_table() -> None:
    page = (Path(access.__file__).parent / "protocol/PROTOCOL.md").read_text(encoding="utf-8")
    told: dict[str, set[str]] = {}
    for row in re.findall(
        r"^\| (`.*) \| (.*) \|$", page.partition("## 6.")[2].partition("## 7.")[0], re.MULTILINE
    ):
        roles = {role.value for role in Role} & set(row[1].split(", "))
        told |= dict.fromkeys(re.findall(r"`(.*?)`", row[0]), roles)
    topics = {topic for rights in access.TABLE.values() for topic in rights.topics}
    true = {topic: {role for role in Role if topic in access.TABLE[role].topics} for topic in topics}
    true |= {_tag(kind): roles for kind, roles in COMMANDS.items()}
    true |= {_tag(kind): roles for kind, roles in QUESTIONS.items()}
    assert told == true


def _tag(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def test_a_kiosk_tells_of_emergencies_at_itself_only() -> None:
    there = c.RaiseAlert(kind=AlertKind.EMERGENCY, subject="kiosk-9")
    assert not access.may_command(device(Role.KIOSK), there)
    assert access.may_command(device(Role.CLINIC), there)
    for machine in (Role.PRINTER, Role.INTEGRATION):
        assert not access.may_command(device(machine), there)


@pytest.mark.parametrize(
    "kind", [AlertKind.CLOCK_JUMPED, AlertKind.STORE, AlertKind.DEVICE_LOST, AlertKind.INSURANCE]
)
def test_what_the_server_says_of_itself_nobody_says_for_it(kind: AlertKind) -> None:
    assert not any(access.may_command(device(role), c.RaiseAlert(kind=kind, subject="me")) for role in Role)
