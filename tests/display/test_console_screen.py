"""The console against a server on a real socket: one key, one command, and always a word about it."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from display.console.app import Console
from display.console.burst import GAP, Pressed, Sought
from display.console.dialogs import AskScreen, MarkList, ReadScreen
from display.console.offers import Pick
from display.console.screen import DeskScreen
from queue_server.protocol import commands
from queue_server.protocol.codes import Binding, GateName, Lane, Refusal, Role, SignOrigin, StepState
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import CallSign, Label, Place
from queue_server.protocol.questions import (
    Answer,
    Find,
    Found,
    FoundVisit,
    JournalLine,
    Question,
    TicketState,
    VisitJournal,
    VisitTold,
)
from queue_server.protocol.results import Attached, Called, Done, Finished, Outcome, StepsAdded
from queue_server.protocol.rows import FacilityClinic, FacilityService
from tests.support.screens import CATALOGUE, FACILITY, JOURNEY, NAMES, NOW, STEPS, card, step
from tests.support.scripted_server import Refused, ScriptedServer, until

ROWS = {
    "facility": FACILITY,
    "catalogue": CATALOGUE,
    "clinic:room-1": [card(act=7, act_change="called", act_sign="A045"), *STEPS],
    "names:room-1": NAMES,
    "journey:v77": JOURNEY,
}
Play = Callable[[Console, "Pilot[None]", ScriptedServer], Awaitable[None]]


def answer(question: Question) -> Answer:
    match question:
        case Find(text="many"):
            return Found(visits=(FoundVisit("v1", "A045", "open", "Ánh"), FoundVisit("v3", "A031", "open")))
        case Find(text="none"):
            return Found(visits=())
        case Find():
            return Found(visits=(FoundVisit("v77", "A077", "open", "Đỗ Thị Hồng", "1990"),))
        case VisitJournal():
            line = JournalLine(
                seq=1, at=NOW, actor="kiosk-1", event="step_changed", change="called", call_sign="A045"
            )
            return VisitTold(visit=question.visit, number="A045", lines=(line,))
        case _:
            return TicketState(visit="v77", number="A077", lane=Lane.WALK_IN, stops=(), missed="77.1")


def play(
    scene: Play, *, on_command: Callable[[Command], Outcome] = lambda command: Done(), **options: Any
) -> None:
    async def run() -> None:
        async with ScriptedServer(ROWS, NOW, on_command=on_command, on_question=answer) as server:
            console = Console([server.address], "token", **{"clinic": "room-1", **options})
            async with console.run_test(size=(100, 30)) as pilot:
                if options.get("clinic", "room-1"):
                    await until(lambda: "NGUYỄN THỊ ÁNH TUYẾT" in read(console), pilot.pause)
                await scene(console, pilot, server)

    asyncio.run(run())


def read(console: Console) -> str:
    screen = console.screen_stack[0]
    return (
        "\n".join(str(part.content) for part in screen.query(Static))
        if isinstance(screen, DeskScreen)
        else ""
    )


def told(console: Console) -> str:
    """What the window on top says."""
    return "\n".join(str(part.content) for part in console.screen.query(Static))


async def press(pilot: "Pilot[None]", console: Console, *keys: str) -> None:
    """Press like a finger: each key settled before the next."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause(GAP * 2)


def scan(console: Console, text: str) -> None:
    """Type like a scanner: everything at once, then Enter."""
    for letter in text:
        console.post_message(Key(letter, letter))
    console.post_message(Key("enter", "\r"))


def test_the_desk_shows_names_lanes_gates_and_keys() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        page = read(console)
        for words in (
            *(
                "Phòng 1 – Nội tổng hợp",
                "Đang gọi số",
                "BS Nguyễn Văn An",
                "chờ 4 · xong 22 lượt",
                "1948",
                "Ưu tiên",
                "Nghe kém",
            ),
            *(
                "chưa xem giấy tờ",
                "Trần Văn Hậu",
                "Chuẩn bị",
                "đang ở Siêu âm 1",
                "chưa đóng tiền",
                "Hoàng Ầu Ẵm",
            ),
            *("giữ đến 07:52", "CÁCH Gọi tiếp", "Hoàn tác «gọi A045»", "trực tuyến", "07:42"),
        ):
            assert words in page, words

    play(scene)


def test_the_space_bar_calls_the_next_and_says_whom() -> None:
    called = Called(
        clinic="room-1", step="2", visit="v2", call_sign=CallSign(text="A046", origin=SignOrigin.VISIT)
    )

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "space")
        await until(lambda: "✓ Đã gọi A046" in read(console), pilot.pause)
        assert server.commands == [commands.CallNext(clinic="room-1", after="1")]

    play(scene, on_command=lambda command: called)


def test_a_heavy_hand_serves_one_and_the_key_says_when_it_counts_again() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "space", "space", "enter", "space", "enter", "space")
        assert "···· Gọi tiếp" in read(console)
        await until(lambda: "CÁCH Gọi tiếp" in read(console), pilot.pause)
        assert server.commands == [commands.CallNext(clinic="room-1", after="1")]
        await press(pilot, console, "enter")
        await until(lambda: len(server.commands) == 2, pilot.pause)

    play(scene)


ROOM_5 = Place(
    label=Label(vi="Phòng 5 – Tim mạch", en="Room 5 – Cardiology"),
    hall=Label(vi="Sảnh B", en="Hall B"),
    floor=Label(vi="Tầng 2", en="2nd floor"),
)
A046 = CallSign(text="A046", origin=SignOrigin.VISIT)


@pytest.mark.parametrize(
    ("keys", "result", "words"),
    [
        (("f",), Finished(visit="v1", onward=ROOM_5), "✓ Xong A045 → Phòng 5 – Tim mạch, Tầng 2"),
        (("f",), Finished(visit="v1"), "✓ Xong A045"),
        (
            ("f2", "f"),
            Finished(visit="v1", onward=ROOM_5),
            "✓ Finished A045 → Room 5 – Cardiology, 2nd floor",
        ),
        (
            ("space",),
            Called(clinic="room-1", step="2", visit="v2", call_sign=A046, finished="1", onward=ROOM_5),
            "✓ Đã gọi A046 · A045 → Phòng 5 – Tim mạch, Tầng 2",
        ),
        (
            ("space",),
            Called(clinic="room-1", finished="1", onward=ROOM_5),
            "Không còn ai để gọi · A045 → Phòng 5 – Tim mạch, Tầng 2",
        ),
        (
            ("o", "space", "enter", "1"),
            StepsAdded(visit="v1", steps=("1.2",), onward=ROOM_5),
            "✓ Chỉ định A045 → Phòng 5 – Tim mạch, Tầng 2",
        ),
    ],
)
def test_where_the_patient_goes_next_is_said(keys: tuple[str, ...], result: Outcome, words: str) -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        for key in keys:
            await press(pilot, console, key)
            if key == "o":
                await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await until(lambda: f" {words}" in read(console).splitlines(), pilot.pause)

    play(scene, on_command=lambda command: result)


def test_nobody_to_call_is_explained() -> None:
    empty = Called(clinic="room-1", why_empty={"awaiting_result": 3, "unpaid": 2, "absent": 1})

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "enter")
        words = "Không còn ai để gọi: 3 chờ kết quả, 2 chưa đóng tiền, 1 lỡ lượt"
        await until(lambda: words in read(console), pilot.pause)

    play(scene, on_command=lambda command: empty)


def test_until_the_answer_comes_the_screen_says_so_and_sends_nothing_twice() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        server.hold = True
        await press(pilot, console, "space")
        await until(lambda: "đang gửi… Gọi tiếp" in read(console), pilot.pause)
        await press(pilot, console, "space", "f", "r")
        server.release()
        await until(lambda: "✓ Gọi tiếp" in read(console), pilot.pause)
        assert len(server.commands) == 1

    play(scene)


def test_a_wish_outlives_the_server_and_goes_out_again_under_its_id() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        server.hold = True
        await press(pilot, console, "r")
        await until(lambda: len(server.commands) == 1, pilot.pause)
        await server.shut()
        await until(lambda: "giữ yêu cầu «Gọi lại A045» và tự gửi lại" in read(console), pilot.pause)
        assert "MẤT KẾT NỐI" in read(console)
        server.release()
        await server.open()
        console.connection.come_back_now()
        await until(lambda: "✓ Gọi lại A045" in read(console), pilot.pause)
        assert len(set(server.ids)) == 1

    play(scene)


def test_a_refusal_is_told_in_words_with_what_to_do_next() -> None:
    def refuse(command: Command) -> Outcome:
        raise Refused(Refusal.CHANGED, step="1")

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "f")
        await until(lambda: "✗ Xong A045: Tình hình vừa thay đổi" in read(console), pilot.pause)

    play(scene, on_command=refuse)


@pytest.mark.parametrize(
    ("recall_from", "told"),
    [
        (NOW + 3_600_000, r"Gọi lại \(r\) sau 3[56]\d\d giây nữa rồi mới báo vắng"),
        (NOW - 1, r"Gọi lại \(r\) một lần nữa rồi mới báo vắng"),
    ],
)
def test_an_absence_before_two_calls_says_what_comes_first(recall_from: int, told: str) -> None:
    def refuse(command: Command) -> Outcome:
        raise Refused(Refusal.TOO_SOON, step="1", times_called=1, calls=2, recall_from=recall_from)

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "a")
        await until(lambda: re.search(told, read(console)) is not None, pilot.pause)
        assert server.commands == [commands.Absent(step="1", times_called=1)]

    play(scene, on_command=refuse)


def test_orders_are_marked_and_sent_with_the_way_back() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "o")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "space", "down", "space", "enter")
        await press(pilot, console, "1")
        await until(lambda: bool(server.commands), pilot.pause)
        sent = server.commands[0]
        assert isinstance(sent, commands.AddSteps)
        assert [order.service for order in sent.orders] == ["blood", "ultrasound"]
        assert (sent.step, sent.back) == ("1", True)

    play(scene)


def test_a_mark_is_a_shape_and_not_a_colour_alone() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "o")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "down", "space")
        marks = console.screen.query_one(MarkList)
        await until(lambda: bool(marks.selected), pilot.pause)
        assert [marks.render_line(y).text[:3] for y in range(2)] == ["[ ]", "[x]"]

    play(scene)


def test_escape_leaves_a_question_and_nothing_is_sent() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "x", "escape")
        await until(lambda: isinstance(console.screen, DeskScreen), pilot.pause)
        assert server.commands == []

    play(scene)


def test_the_cursor_chooses_whom_a_key_concerns() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "down", "down", "down")
        assert console.selected == "3"
        await press(pilot, console, "p")
        await until(lambda: bool(server.commands), pilot.pause)
        assert server.commands == [commands.Prepare(clinic="room-1", step="3")]

    play(scene)


def test_a_scanned_ticket_selects_its_visit_and_one_key_attaches_the_room() -> None:
    attached = Attached(visit="v77", step="77.2", call_sign=CallSign(text="27", origin=SignOrigin.HIS))

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        scan(console, "DL:8WRS1BED6SSTCA5G")
        await until(lambda: "Đỗ Thị Hồng" in read(console), pilot.pause)
        assert console.chosen is not None
        assert console.chosen.missed == "77.1"
        await press(pilot, console, "m")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, *"99", "enter")
        await until(
            lambda: any("«99»" in str(part.content) for part in console.screen.query(Static)), pilot.pause
        )
        await press(pilot, console, "backspace", "backspace", "2", "space", "2", "7", "enter")
        await until(lambda: "✓ Đã gắn, số gọi 27" in read(console), pilot.pause)
        assert server.commands == [
            commands.Attach(visit="v77", clinic="room-2", service="general", call_sign="27")
        ]

    play(scene, on_command=lambda command: attached, role=Role.RECEPTION)


def test_a_scan_of_something_else_does_nothing_but_says_so() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        scan(console, "8934567890123")
        await until(lambda: "Không phải phiếu hay thẻ" in read(console), pilot.pause)
        assert server.commands == []

    play(scene)


@pytest.mark.parametrize(
    ("typed", "keys", "seen"),
    [
        ("none", (), "Không tìm thấy"),
        ("many", ("2",), "Đang chọn lượt khám A031"),
        ("a77", (), "Đỗ Thị Hồng"),
    ],
)
def test_finding_a_visit(typed: str, keys: tuple[str, ...], seen: str) -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "slash")
        await press(pilot, console, *typed, "enter", *keys)
        await until(lambda: seen in read(console), pilot.pause)

    play(scene)


def test_the_journal_and_the_help_are_read_in_words() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "j")
        await until(lambda: isinstance(console.screen, ReadScreen), pilot.pause)
        assert "Nhật ký của A045" in told(console)
        await until(lambda: "07:42  gọi  A045  (kiosk-1)" in told(console), pilot.pause)
        await press(pilot, console, "escape", "question_mark")
        await until(lambda: isinstance(console.screen, ReadScreen), pilot.pause)
        await until(lambda: "Tạm ngừng, không ai mất chỗ" in told(console), pilot.pause)

    play(scene)


def test_the_language_changes_with_one_key() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "f2")
        await until(lambda: "SPACE Call next" in read(console), pilot.pause)
        assert "not paid" in read(console)

    play(scene)


def test_the_language_changes_where_the_place_is_chosen() -> None:
    """The first thing anybody sees; its window keeps the question."""

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await until(lambda: "Chọn phòng hoặc quầy" in told(console), pilot.pause)
        await press(pilot, console, "f2")
        await until(lambda: "Choose a clinic or desk" in told(console), pilot.pause)
        await press(pilot, console, "1")
        await until(lambda: console.clinic != "", pilot.pause)

    play(scene, clinic="")


def test_nobody_leaves_by_accident() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        for key in ("ctrl+c", "ctrl+q"):
            await press(pilot, console, key)
            await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
            await press(pilot, console, "escape")
            await until(lambda: isinstance(console.screen, DeskScreen), pilot.pause)
        await press(pilot, console, "q")
        assert "«q»" in read(console)
        assert console.is_running

    play(scene)


def test_a_place_and_who_works_there_are_chosen_first() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "3")
        await until(lambda: console.clinic == "room-2", pilot.pause)
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "2")
        await until(lambda: bool(server.commands), pilot.pause)
        assert server.commands == [commands.SignOn(clinic="room-2", practitioner="binh")]
        assert {"clinic:room-2", "names:room-2"} <= set(server.subscribed)

    play(scene, clinic=None)


def test_a_long_list_is_narrowed_down_by_typing() -> None:
    room = next(row for row in FACILITY if isinstance(row, FacilityClinic) and row.clinic == "room-2")
    more = [
        replace(
            room,
            key=f"clinic:room-{n}",
            clinic=f"room-{n}",
            name=Label(vi=f"Phòng {n} – {'Tim mạch' if n == 15 else 'Nội'}", en=f"Room {n}"),
        )
        for n in range(10, 30)
    ]

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        server.put("facility", *more)
        await until(lambda: "clinic:room-29" in console.connection.rows("facility"), pilot.pause)
        await press(pilot, console, "f3")
        await until(lambda: "Gõ chữ để lọc" in told(console), pilot.pause)
        await press(pilot, console, *"timz", "space")
        await until(lambda: "Lọc: tim" in told(console), pilot.pause)
        assert console.screen.query_one(OptionList).option_count == 1
        await press(pilot, console, *["backspace"] * 4, *"phong", "space", *"27")
        await until(lambda: "Lọc: phong 27" in told(console), pilot.pause)
        await press(pilot, console, "enter")
        await until(lambda: console.clinic == "room-27", pilot.pause)

    play(scene)


def test_what_one_place_was_told_is_not_said_at_the_next() -> None:
    empty = Called(clinic="room-1", why_empty={"awaiting_result": 3})

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "space")
        await until(lambda: "Không còn ai để gọi" in read(console), pilot.pause)
        await press(pilot, console, "f3")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "3")
        await until(lambda: console.clinic == "room-2", pilot.pause)
        await until(lambda: "Không còn ai để gọi" not in read(console), pilot.pause)

    play(scene, on_command=lambda command: empty)


def test_an_answer_that_comes_late_says_which_place_it_is_about() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        server.hold = True
        await press(pilot, console, "r", "f3")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "3")
        await until(lambda: console.clinic == "room-2", pilot.pause)
        server.release()
        await until(lambda: "Phòng 1 – Nội tổng hợp: ✓ Gọi lại A045" in read(console), pilot.pause)

    play(scene)


@pytest.mark.parametrize(("binding", "said"), [(Binding.LATE, True), (Binding.POOLED, False)])
def test_only_who_will_get_a_room_is_said_to_have_none(binding: Binding, said: bool) -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        service = next(
            row for row in FACILITY if isinstance(row, FacilityService) and row.service == "general"
        )
        server.put("facility", replace(service, binding=binding))
        server.put("clinic:room-1", step("5", "B500", order=4, own=False))
        await until(lambda: "B500" in read(console), pilot.pause)
        line = next(line for line in read(console).splitlines() if "B500" in line)
        assert ("chưa xếp phòng" in line) is said

    play(scene)


def test_what_another_desk_does_is_seen_at_once() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        server.put("clinic:room-1", step("1", "A045", StepState.SERVING), step("5", "B500", order=4))
        await until(lambda: "B500" in read(console) and "Đang khám" in read(console), pilot.pause)

    play(scene)


def test_no_name_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "slash", *"anh tuyet", "enter")
        await until(lambda: "Đỗ Thị Hồng" in read(console), pilot.pause)
        await server.shut()
        await until(lambda: "MẤT KẾT NỐI" in read(console), pilot.pause)

    play(scene)
    ours = [record for record in caplog.records if record.name.startswith(("display", "queue_server"))]
    logged = " ".join(str(vars(record)) for record in ours)
    assert ours
    for name in ("Tuyết", "tuyet", "Hồng", "Hậu", "1948"):
        assert name not in logged


def test_a_crash_is_told_without_what_the_screen_held(capsys: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        async with ScriptedServer(ROWS, NOW) as server:
            console = Console([server.address], "token", clinic="room-1")
            async with console.run_test(size=(100, 30)) as pilot:
                await until(lambda: "NGUYỄN THỊ ÁNH TUYẾT" in read(console), pilot.pause)

                def crash() -> None:
                    name = "Nguyễn Thị Ánh Tuyết"
                    raise ZeroDivisionError(len(name))

                console.call_later(crash)
                await until(lambda: not console.is_running, pilot.pause)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
    printed = capsys.readouterr()
    assert "Tuyết" not in printed.err.split("ZeroDivisionError")[-1]
    assert "locals" not in printed.err


def test_a_visit_that_is_nowhere_yet_is_found_shown_and_its_gate_opened() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        scan(console, "DL:7QK2M9X4TRV0WHBC")
        await until(lambda: "LƯỢT KHÁM NÀY, Ở NƠI KHÁC (2)" in read(console), pilot.pause)
        await until(lambda: console.selected == "77.2", pilot.pause)
        page = read(console)
        assert "chưa đóng tiền" in page
        assert "→ us-1" in page or "→ Siêu âm 1" in page
        await press(pilot, console, "g")
        await until(lambda: bool(server.commands), pilot.pause)
        assert server.commands == [commands.OpenGate(step="77.2", gate=GateName.PAID)]
        server.put("journey:v77", step("77.2", "A077", service="blood", visit="v77", own=False))
        await until(lambda: "chưa đóng tiền" not in read(console).split("LƯỢT KHÁM")[1][:200], pilot.pause)
        await press(pilot, console, "escape")
        await until(lambda: "LƯỢT KHÁM NÀY" not in read(console), pilot.pause)

    play(scene)


def test_the_cursor_that_leaves_a_chosen_visit_lets_go_of_it() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        scan(console, "DL:7QK2M9X4TRV0WHBC")
        await until(lambda: console.selected == "77.2", pilot.pause)
        await press(pilot, console, "up")
        assert (console.selected, console.chosen is not None) == ("77.1", True)
        await press(pilot, console, "down", "down")
        assert (console.selected, console.chosen) == ("2", None)
        assert "LƯỢT KHÁM NÀY" not in read(console)

    play(scene)


@pytest.mark.parametrize("typed", ["/A077\r", "/2\r", "/an\r", "/đỗ thị hồng\r", "077\r", "12\r"])
def test_quick_fingers_find_as_slow_ones_do(typed: str) -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        for letter in typed:
            console.post_message(Key("enter" if letter == "\r" else letter, letter))
        await until(lambda: console.chosen is not None, pilot.pause)
        assert console.chosen is not None
        assert console.chosen.visit == "v77"
        assert not server.commands

    play(scene)


def test_letters_typed_while_the_window_opens_go_into_it() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, console, "/")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        desk_screen = console.screen_stack[0]
        for what in (Pressed("f"), Sought("77", entered=True)):
            desk_screen.post_message(DeskScreen.Typed(what))
        await until(lambda: console.chosen is not None, pilot.pause)
        assert not server.commands

    play(scene)


def test_another_ticket_is_the_kiosks_to_print_and_the_console_says_so() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        scan(console, "DL:7QK2M9X4TRV0WHBC")
        await until(lambda: console.selected == "77.2", pilot.pause)
        await press(pilot, console, "y")
        await until(lambda: isinstance(console.screen, ReadScreen), pilot.pause)
        assert "In lại phiếu A077" in told(console)
        assert "kiosk" in told(console)
        assert not server.commands

    play(scene)


def test_a_device_of_one_clinic_is_not_asked_where_it_works() -> None:
    async def run() -> None:
        async with ScriptedServer(ROWS, NOW, on_question=answer, clinics=("room-1",)) as server:
            console = Console([server.address], "token")
            async with console.run_test(size=(100, 30)) as pilot:
                await until(lambda: "NGUYỄN THỊ ÁNH TUYẾT" in read(console), pilot.pause)
                assert console.clinic == "room-1"

    asyncio.run(run())


def test_a_device_is_offered_its_own_clinics_only() -> None:
    async def run() -> None:
        async with ScriptedServer(ROWS, NOW, clinics=("room-1", "room-2")) as server:
            console = Console([server.address], "token", clinic="us-1")
            async with console.run_test(size=(100, 30)) as pilot:
                await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
                assert isinstance(console.screen, AskScreen)
                question = console.screen.question
                assert isinstance(question, Pick)
                assert [option.value for option in question.options] == ["room-1", "room-2"]

    asyncio.run(run())


def test_leaving_a_list_of_finds_leaves_no_search_going_on() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        for letter in "/many\r":
            console.post_message(Key("enter" if letter == "\r" else letter, letter))
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, console, "escape")
        await until(lambda: isinstance(console.screen, DeskScreen), pilot.pause)
        assert "đang tìm" not in read(console)
        assert console.chosen is None

    play(scene)
