"""Which keys a console offers, and which commands come of them: what may not be done is not offered."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from display.console import offers
from display.console.desk import Chosen, Desk, moved, sign_of, ticket_token, to_do
from display.console.offers import Mistake, Offer, Pick, PickMany, Sure
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    AlertKind,
    CalledAs,
    ClinicKind,
    ClinicState,
    GateName,
    Help,
    Lane,
    Notice,
    PresenceKind,
    Result,
    Role,
    StepState,
)
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import Alert, ClinicStep, FacilityCard, HallCard, HallNotice, VisitCard
from tests.support.screens import (
    CATALOGUE,
    FACILITY,
    IN_HAND,
    JOURNEY,
    MINUTE,
    NOW,
    STEPS,
    card,
    desk,
    step,
)

HALL_1 = HallCard(key="hall:hall-1", name=Label(vi="Sảnh A", en="Hall A"), floor=Label(vi="Tầng 1", en=""))
TOLD = HallNotice(key="notice:hall-1", notice=Notice.LATE, at=NOW)
STOPPED = FacilityCard(key="facility", name=Label(vi="", en=""), day="2026-11-23", intake="intake-full")
JUMPED = Alert(key="alert:alert-9", alert="alert-9", kind=AlertKind.CLOCK_JUMPED, subject="server", at=NOW)
STAFF = {
    Action.EMERGENCY,
    Action.OVERVIEW,
    Action.FIND,
    Action.CHOOSE,
    Action.LANGUAGE,
    Action.HELP,
    Action.QUIT,
}
PLACE = {Action.PAUSE, Action.DRAIN, Action.CLOSE, Action.SIGN, Action.MOVES}
VISIT = {
    Action.ORDER,
    Action.ATTACH,
    Action.LANE,
    Action.PRESENCE,
    Action.HELP_FLAGS,
    Action.CANCEL,
    Action.REPRINT,
    Action.JOURNAL,
}
EXPLAINED = {Action.EXPLAIN}
KNOWN = {Action.PATIENT}
DECLARED = {Action.CONFIRM_LANE, Action.WITHDRAW_LANE}
HAND = {Action.FINISH, Action.FINISH_AS, Action.REFER, Action.HOLD}


def actions(moment: Desk) -> set[Action]:
    return {offer.action for offer in offers.offers(moment)}


def offer(moment: Desk, action: Action) -> Offer:
    return next(offer for offer in offers.offers(moment) if offer.action is action)


def command(moment: Desk, action: Action, *answers: tuple[str, ...]) -> Command | Mistake:
    found = offer(moment, action)
    assert len(found.questions) == len(answers)
    assert found.make is not None
    return found.make(answers)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (desk(card()), STAFF | PLACE | {Action.CALL_NEXT, Action.PREPARE}),
        (desk(card(next_step=None)), STAFF | PLACE | {Action.CALL_NEXT}),
        (
            desk(card(state=ClinicState.PAUSED)),
            STAFF | {Action.OPEN, Action.DRAIN, Action.CLOSE, Action.SIGN, Action.MOVES},
        ),
        (desk(card(state=ClinicState.CLOSED)), STAFF | {Action.OPEN, Action.SIGN}),
        (
            desk(card(state=ClinicState.DRAINING)),
            (STAFF | PLACE | {Action.CALL_NEXT, Action.PREPARE, Action.OPEN}) - {Action.DRAIN},
        ),
        (desk(card(act=7, next_step=None)), STAFF | PLACE | {Action.CALL_NEXT, Action.UNDO}),
        (
            desk(card(), IN_HAND),
            STAFF | PLACE | VISIT | HAND | KNOWN | DECLARED | {Action.CALL_NEXT, Action.RECALL, Action.START},
        ),
        (
            desk(card(), step("1", "A1", StepState.CALLED, times_called=2)),
            STAFF
            | PLACE
            | VISIT
            | HAND
            | KNOWN
            | {Action.CALL_NEXT, Action.RECALL, Action.START, Action.ABSENT},
        ),
        (
            desk(card(), step("1", "A1", StepState.SERVING)),
            STAFF | PLACE | VISIT | HAND | KNOWN | {Action.CALL_NEXT},
        ),
        (
            desk(card(), step("2", "A2", order=1), selected="2"),
            STAFF
            | PLACE
            | VISIT
            | EXPLAINED
            | KNOWN
            | {Action.CALL_NEXT, Action.PREPARE, Action.CALL_THIS, Action.HOLD, Action.TRANSFER},
        ),
        (
            desk(card(), step("2", "A2", order=1, busy="us-1"), selected="2"),
            STAFF | PLACE | VISIT | EXPLAINED | KNOWN | {Action.CALL_NEXT, Action.HOLD, Action.TRANSFER},
        ),
        (
            desk(card(), step("6", "A6", StepState.MISSED), selected="6"),
            STAFF
            | PLACE
            | VISIT
            | EXPLAINED
            | {Action.CALL_NEXT, Action.CALL_THIS, Action.BACK, Action.TRANSFER},
        ),
        (
            desk(card(), step("8", "A8", StepState.PLANNED, gates=(GateName.PAID,)), selected="8"),
            STAFF | PLACE | VISIT | EXPLAINED | KNOWN | {Action.CALL_NEXT, Action.GATE},
        ),
        (
            desk(card(), step("9", "A9", StepState.DONE, result=Result.PENDING), selected="9"),
            STAFF | PLACE | VISIT | {Action.CALL_NEXT, Action.RESULT},
        ),
        (
            desk(card(), chosen=Chosen("v77", "A077")),
            STAFF | PLACE | VISIT | {Action.CALL_NEXT},
        ),
        (
            desk(card(), chosen=Chosen("v77", "A077", missed="77.1")),
            STAFF | PLACE | VISIT | {Action.CALL_NEXT, Action.BACK},
        ),
        (
            desk(card(kind=ClinicKind.RECEPTION, next_step=None), role=Role.RECEPTION),
            STAFF
            | PLACE
            | {Action.CALL_NEXT, Action.REGISTER, Action.UNKNOWN, Action.BOOK, Action.APPOINTMENTS},
        ),
        (desk(card(kind=ClinicKind.RECEPTION, next_step=None)), STAFF | PLACE | {Action.CALL_NEXT}),
        (
            desk(card(next_step=None), role=Role.SUPERVISOR),
            STAFF
            | PLACE
            | {
                Action.CALL_NEXT,
                Action.APPOINTMENTS,
                Action.ANNOUNCE,
                Action.STOP_INTAKE,
                Action.DEVICES,
            },
        ),
        (
            desk(card(), chosen=Chosen("v77", "A077"), journey=JOURNEY, selected="77.2"),
            STAFF | PLACE | VISIT | {Action.CALL_NEXT, Action.GATE, Action.VOID},
        ),
        (
            desk(
                card(),
                chosen=Chosen("v77", "A077"),
                journey=[VisitCard(key="visit", number="A077", lane=Lane.WALK_IN, ended="completed")],
            ),
            STAFF | PLACE | {Action.CALL_NEXT, Action.JOURNAL},
        ),
        (
            desk(facility=[]),
            {Action.CALL_NEXT, Action.RECALL, Action.START, Action.FINISH, Action.HOLD}
            | {
                Action.ATTACH,
                Action.PRESENCE,
                Action.HELP_FLAGS,
                Action.REPRINT,
                Action.JOURNAL,
                Action.DRAIN,
                Action.CLOSE,
                Action.SIGN,
                Action.MOVES,
            }
            | KNOWN
            | DECLARED
            | (STAFF - {Action.OVERVIEW}),
        ),
    ],
)
def test_what_is_offered(moment: Desk, expected: set[Action]) -> None:
    assert actions(moment) == expected


def test_getting_ready_is_offered_in_the_order_of_each_kind() -> None:
    waiting = (
        step("2", "A2", order=1),
        step("3", "A3", order=2),
        step("4", "A4", order=3, called_as=CalledAs.RETURNING),
    )
    offered = [key for key in "234" if Action.PREPARE in actions(desk(card(), *waiting, selected=key))]
    assert offered == ["2", "4"]


def test_a_slip_is_offered_where_a_printer_stands() -> None:
    assert Action.SLIP not in actions(desk(selected="3"))
    moment = desk(card(printer=True), *STEPS, selected="3")
    assert command(moment, Action.SLIP) == commands.PrintAtClinic(clinic="room-1", visit="v3")


def test_no_key_is_offered_twice() -> None:
    for selected in [None, *(row.key for row in STEPS)]:
        keys = [offer.key for offer in offers.offers(desk(selected=selected))]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("moment", "action", "answers", "expected"),
    [
        (desk(), Action.CALL_NEXT, (), commands.CallNext(clinic="room-1", after="1")),
        (desk(card()), Action.CALL_NEXT, (), commands.CallNext(clinic="room-1")),
        (desk(card(places=2), IN_HAND), Action.CALL_NEXT, (), commands.CallNext(clinic="room-1")),
        (desk(), Action.RECALL, (), commands.Recall(step="1", times_called=1)),
        (desk(), Action.START, (), commands.Start(step="1")),
        (desk(), Action.FINISH, (), commands.Finish(step="1")),
        (desk(), Action.FINISH_AS, (("admitted",),), commands.Finish(step="1", end="admitted")),
        (
            desk(card(), step("1", "A1", StepState.CALLED, times_called=3)),
            Action.ABSENT,
            (),
            commands.Absent(step="1", times_called=3),
        ),
        (desk(), Action.HOLD, (("",),), commands.Hold(step="1")),
        (desk(selected="2"), Action.HOLD, ((str(NOW),),), commands.Hold(step="2", until=NOW)),
        (desk(selected="7"), Action.BACK, (), commands.Resume(step="7")),
        (desk(selected="6"), Action.BACK, (), commands.Rejoin(step="6")),
        (desk(card(), chosen=Chosen("v9", "A9", missed="9.1")), Action.BACK, (), commands.Rejoin(step="9.1")),
        (desk(card()), Action.PREPARE, (), commands.Prepare(clinic="room-1")),
        (desk(selected="3"), Action.PREPARE, (), commands.Prepare(clinic="room-1", step="3")),
        (
            desk(selected="3"),
            Action.CALL_THIS,
            (("call-doctor",),),
            commands.CallStep(clinic="room-1", step="3", reason="call-doctor", after="1"),
        ),
        (desk(selected="3"), Action.TRANSFER, (("room-2",),), commands.Transfer(step="3", clinic="room-2")),
        (desk(), Action.REFER, (("blood",),), commands.Refer(step="1", service="blood")),
        (
            desk(),
            Action.ORDER,
            (("blood", "ultrasound"), ("back",)),
            commands.AddSteps(
                visit="v1",
                orders=(commands.Order(service="blood"), commands.Order(service="ultrasound")),
                step="1",
                back=True,
            ),
        ),
        (
            desk(selected="3"),
            Action.ORDER,
            (("blood",),),
            commands.AddSteps(visit="v3", orders=(commands.Order(service="blood"),)),
        ),
        (desk(selected="8"), Action.GATE, (), commands.OpenGate(step="8", gate=GateName.PAID)),
        (
            desk(
                card(),
                step("8", "A8", StepState.PLANNED, gates=(GateName.PAID, GateName.VERIFIED)),
                selected="8",
            ),
            Action.GATE,
            (("verified",),),
            commands.OpenGate(step="8", gate=GateName.VERIFIED),
        ),
        (
            desk(card(), step("9", "A9", StepState.DONE, result=Result.PENDING), selected="9"),
            Action.RESULT,
            (),
            commands.ResultReady(step="9"),
        ),
        (
            desk(selected="3"),
            Action.LANE,
            (("urgent",), ("lane-papers",)),
            commands.ChangeLane(visit="v3", lane=Lane.URGENT, reason="lane-papers"),
        ),
        (
            desk(selected="3"),
            Action.PRESENCE,
            (("here",),),
            commands.SetPresence(visit="v3", presence=PresenceKind.HERE, hall="hall-2"),
        ),
        (
            desk(selected="3"),
            Action.PRESENCE,
            ((str(NOW + MINUTE),),),
            commands.SetPresence(visit="v3", presence=PresenceKind.AWAY, until=NOW + MINUTE),
        ),
        (
            desk(selected="3"),
            Action.PRESENCE,
            (("unknown",),),
            commands.SetPresence(visit="v3", presence=PresenceKind.UNKNOWN),
        ),
        (
            desk(),
            Action.HELP_FLAGS,
            (("wheelchair",),),
            commands.SetHelp(visit="v1", help=(Help.WHEELCHAIR,)),
        ),
        (
            desk(selected="3"),
            Action.CANCEL,
            (("3",), ("cancel-patient",)),
            commands.Cancel(visit="v3", reason="cancel-patient", step="3"),
        ),
        (
            desk(selected="3"),
            Action.CANCEL,
            (("",), ("cancel-patient",)),
            commands.Cancel(visit="v3", reason="cancel-patient"),
        ),
        (
            desk(chosen=Chosen("v77", "A077")),
            Action.ATTACH,
            (("2 27",),),
            commands.Attach(visit="v77", clinic="room-2", service="general", call_sign="27"),
        ),
        (desk(card(act=7)), Action.UNDO, (), commands.Undo(clinic="room-1", act=7)),
        (desk(card(state=ClinicState.PAUSED)), Action.OPEN, (), commands.OpenClinic(clinic="room-1")),
        (
            desk(card()),
            Action.PAUSE,
            (("pause-emergency",), ("",)),
            commands.PauseClinic(clinic="room-1", reason="pause-emergency"),
        ),
        (
            desk(card()),
            Action.PAUSE,
            (("pause-emergency",), (str(NOW),)),
            commands.PauseClinic(clinic="room-1", reason="pause-emergency", news_at=NOW),
        ),
        (desk(card()), Action.DRAIN, (), commands.DrainClinic(clinic="room-1")),
        (
            desk(card()),
            Action.EMERGENCY,
            ((),),
            commands.RaiseAlert(kind=AlertKind.EMERGENCY, subject="room-1"),
        ),
        (
            desk(chosen=Chosen("v77", "A077"), journey=JOURNEY, selected="77.2"),
            Action.GATE,
            (),
            commands.OpenGate(step="77.2", gate=GateName.PAID),
        ),
        (
            desk(chosen=Chosen("v77", "A077"), journey=JOURNEY, selected="77.2"),
            Action.VOID,
            (("v77/p1",), ("void-double",)),
            commands.VoidPrint(print="v77/p1", reason="void-double"),
        ),
        (
            desk(role=Role.SUPERVISOR),
            Action.ANNOUNCE,
            (("late",), ("hall-1",), (str(NOW + MINUTE),)),
            commands.Announce(notice=Notice.LATE, hall="hall-1", until=NOW + MINUTE),
        ),
        (
            desk(role=Role.SUPERVISOR),
            Action.ANNOUNCE,
            (("system_back",), ("",), ("",)),
            commands.Announce(notice=Notice.SYSTEM_BACK),
        ),
        (
            desk(role=Role.ADMIN, facility=[*FACILITY, TOLD]),
            Action.UNANNOUNCE,
            (("hall-1",),),
            commands.Announce(notice=Notice.LATE, hall="hall-1", until=0),
        ),
        (
            desk(role=Role.SUPERVISOR),
            Action.STOP_INTAKE,
            (("",), ("intake-full",)),
            commands.StopIntake(reason="intake-full"),
        ),
        (
            desk(role=Role.SUPERVISOR, facility=[*FACILITY, STOPPED]),
            Action.REOPEN_INTAKE,
            (("",),),
            commands.ReopenIntake(),
        ),
        (
            desk(role=Role.SUPERVISOR, facility=[*FACILITY, JUMPED]),
            Action.CLOCK,
            (("alert-9",),),
            commands.AcceptClock(alert="alert-9"),
        ),
        (desk(card()), Action.CLOSE, ((),), commands.CloseClinic(clinic="room-1")),
        (desk(card()), Action.SIGN, (("on:binh",),), commands.SignOn(clinic="room-1", practitioner="binh")),
        (desk(card()), Action.SIGN, (("off:an",),), commands.SignOff(clinic="room-1", practitioner="an")),
        (
            desk(card(kind=ClinicKind.RECEPTION), role=Role.RECEPTION),
            Action.REGISTER,
            (("ask",),),
            commands.Register(payer="ask", kind="ask"),
        ),
    ],
)
def test_the_command_of_an_action(
    moment: Desk, action: Action, answers: tuple[tuple[str, ...], ...], expected: Command
) -> None:
    assert command(moment, action, *answers) == expected


def test_with_several_places_the_full_room_names_whom_it_finishes() -> None:
    first = step("1", "A1", StepState.CALLED, called_at=NOW - 2 * MINUTE)
    second = step("2", "A2", StepState.SERVING, called_at=NOW - MINUTE)
    full = desk(card(places=2), first, second)
    assert command(full, Action.CALL_NEXT) == commands.CallNext(clinic="room-1", after="1")
    assert offer(full, Action.CALL_NEXT).words.vi == "Xong A1, gọi tiếp"
    chosen = desk(card(places=2), first, second, selected="2")
    assert command(chosen, Action.CALL_NEXT) == commands.CallNext(clinic="room-1", after="2")
    assert command(chosen, Action.FINISH) == commands.Finish(step="2")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("called", "Hoàn tác «gọi A045»"),
        ("step_added", "Hoàn tác «thêm chặng A045»"),
        ("referred", "Hoàn tác «chuyển khoa A045»"),
        ("result_ready", "Hoàn tác «có kết quả A045»"),
        ("external", "Hoàn tác «gắn mã HIS A045»"),
        ("something-new", "Hoàn tác A045"),
    ],
)
def test_undo_says_what_it_takes_back(change: str, told: str) -> None:
    moment = desk(card(act=7, act_change=change, act_sign="A045"))
    assert offer(moment, Action.UNDO).words.vi == told


@pytest.mark.parametrize(
    ("typed", "words"),
    [("99 5", "«99»"), ("", "«…»"), ("2 1234567890123", "12 ký tự")],
)
def test_a_wrong_room_or_number_is_told_and_nothing_is_sent(typed: str, words: str) -> None:
    made = command(desk(chosen=Chosen("v7", "A7")), Action.ATTACH, (typed,))
    assert isinstance(made, Mistake)
    assert words in made.label.vi


def test_a_room_number_means_the_exam_room_before_a_desk() -> None:
    made = command(desk(chosen=Chosen("v7", "A7")), Action.ATTACH, ("1",))
    assert made == commands.Attach(visit="v7", clinic="room-1", service="general")


def test_alerts_are_acknowledged_by_choosing_one() -> None:
    alert = Alert(key="alert:a1", alert="a1", kind=AlertKind.PRINTER, subject="kiosk-1", at=NOW)
    moment = desk(card(), facility=[*FACILITY, alert])
    question = offer(moment, Action.ALERT).questions[0]
    assert isinstance(question, Pick)
    assert "kiosk-1" in question.options[0].label
    assert command(moment, Action.ALERT, ("a1",)) == commands.AcknowledgeAlert(alert="a1")


def test_what_cannot_be_undone_asks_first() -> None:
    assert isinstance(offer(desk(card()), Action.CLOSE).questions[0], Sure)
    assert len(offer(desk(), Action.CANCEL).questions) == 2


def test_orders_leave_out_the_own_service_and_help_starts_from_what_is_known() -> None:
    orders = offer(desk(), Action.ORDER).questions[0]
    assert isinstance(orders, PickMany)
    assert [option.value for option in orders.options] == ["blood", "ultrasound"]
    flags = offer(desk(), Action.HELP_FLAGS).questions[0]
    assert isinstance(flags, PickMany)
    assert [option.value for option in flags.options if option.marked] == ["hearing"]
    journey = [replace(row, help=(Help.WHEELCHAIR,)) for row in JOURNEY if isinstance(row, ClinicStep)]
    scanned = desk(card(), chosen=Chosen("v77", "A077"), journey=journey)
    (flags,) = offer(scanned, Action.HELP_FLAGS).questions
    assert isinstance(flags, PickMany)
    assert [option.value for option in flags.options if option.marked] == ["wheelchair"]


def test_times_are_offered_as_a_clock_would_show_them() -> None:
    question = offer(desk(card()), Action.PAUSE).questions[1]
    assert isinstance(question, Pick)
    assert question.options[2].label == "08:00 (sau 18 phút)"
    assert [int(option.value) % (5 * MINUTE) for option in question.options[1:]] == [0] * 7


@pytest.mark.parametrize(
    ("typed", "found"), [("", 2), ("sieu am", 1), ("SIÊU", 1), ("đo dien", 1), ("am 1 sieu", 1), ("x", 0)]
)
def test_a_list_is_narrowed_down_without_accents(typed: str, found: int) -> None:
    options = (offers.Option("1", "Siêu âm 1"), offers.Option("2", "Đo điện tim"))
    assert len(offers.matching(options, typed)) == found


def test_the_halls_are_offered_by_their_names() -> None:
    question = offer(desk(role=Role.SUPERVISOR, facility=[*FACILITY, HALL_1]), Action.ANNOUNCE).questions[1]
    assert isinstance(question, Pick)
    assert [option.label for option in question.options] == ["Mọi khu chờ", "Sảnh A – Tầng 1"]


def test_what_concerns_the_whole_house_is_for_the_head_nurse_and_the_it() -> None:
    house = {
        Action.ANNOUNCE,
        Action.UNANNOUNCE,
        Action.STOP_INTAKE,
        Action.REOPEN_INTAKE,
        Action.CLOCK,
    }
    rows = [*FACILITY, STOPPED, TOLD, JUMPED]
    assert {role for role in Role if house <= actions(desk(role=role, facility=rows))} == {
        Role.SUPERVISOR,
        Role.ADMIN,
    }
    assert not house & actions(desk(role=Role.RECEPTION, facility=rows))


def test_of_a_chosen_visit_the_stop_that_waits_for_staff_is_meant() -> None:
    assert to_do(desk(chosen=Chosen("v77", "A077"), journey=JOURNEY)) == "77.2"
    assert to_do(desk(chosen=Chosen("v77", "A077"), journey=JOURNEY[:2])) is None
    assert to_do(desk()) is None


def test_the_list_is_sorted_out() -> None:
    sections = {name: [sign_of(row) for row in rows] for name, rows in desk().sections.items()}
    assert sections == {
        "visit": [],
        "hand": ["A045"],
        "wait": ["A046", "A031", "A047"],
        "aside": ["A022", "A038"],
        "later": ["A052"],
        "results": [],
    }


@pytest.mark.parametrize(
    ("selected", "by", "expected"),
    [
        (None, 1, "1"),
        (None, -1, "8"),
        ("1", 1, "2"),
        ("8", 1, "8"),
        ("1", -1, "1"),
        ("gone", 1, "1"),
        ("2", 8, "8"),
    ],
)
def test_the_cursor_moves_inside_the_list(selected: str | None, by: int, expected: str) -> None:
    assert moved(desk(selected=selected), by) == expected


def test_an_empty_list_has_no_cursor() -> None:
    assert moved(desk(card()), 1) is None


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("DL:8WRS1BED6SSTCA5G", "8WRS1BED6SSTCA5G"),
        ("dl:8wrs1bed6sstca5g", "8WRS1BED6SSTCA5G"),
        ("https://hang-cho.example.vn/t/8WRS1BED6SSTCA5G", "8WRS1BED6SSTCA5G"),
        ("DL:", None),
        ("DL:8WRS 1BED", None),
        ("001234567890|123456789|Nguyễn Văn A|01011990|Nam|Hà Nội|01012021", None),
        ("", None),
    ],
)
def test_only_our_tickets_have_a_token(text: str, token: str | None) -> None:
    assert ticket_token(text) == token


def keys(found: Sequence[Offer]) -> list[str]:
    return [one.key for one in found]


def test_a_place_that_is_not_known_yet_offers_only_what_needs_none() -> None:
    nothing = Desk(
        clinic="",
        rows={},
        names={},
        facility={},
        catalogue={row.key: row for row in CATALOGUE},
        now=NOW,
        zone=desk().zone,
    )
    assert keys(offers.offers(nothing)) == ["/", "f3", "f2", "f1", "ctrl+q"]
