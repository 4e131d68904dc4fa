"""Emergencies at a console: who is called, how loudly, and the one key that answers; and devices in words."""

import asyncio
import time
from dataclasses import replace as another

import pytest
from msgspec.structs import replace
from textual.widgets import Static

from display.console import app as console_app
from display.console import machines, offers, view
from display.console.app import Console
from display.console.desk import Desk
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import AlertKind, Language, Role
from queue_server.protocol.commands import Command
from queue_server.protocol.labels import Label
from queue_server.protocol.results import Done, Outcome
from queue_server.protocol.rows import Alert, Device, HallCard, Row
from tests.support.screens import CATALOGUE, FACILITY, NAMES, NOW, STEPS, card, desk
from tests.support.scripted_server import ScriptedServer, until

HALL = HallCard(
    key="hall:hall-1", name=Label(vi="Khu chờ A", en="Hall A"), floor=Label(vi="tầng 1", en="floor 1")
)
HELP = Alert(
    key="alert:alert-9",
    alert="alert-9",
    kind=AlertKind.EMERGENCY,
    subject="kiosk-1",
    at=NOW - 12_000,
    hall="hall-1",
)


def moment(*alerts: Alert, device: str = "desk-1", language: Language = Language.VI) -> Desk:
    return another(desk(facility=[*FACILITY, HALL, *alerts], language=language), device=device)


def answers(at: Desk) -> list[Command]:
    return [
        made
        for offer in offers.offers(at)
        if offer.action is Action.SEEN and offer.make is not None
        for made in [offer.make(())]
        if not isinstance(made, offers.Mistake)
    ]


def test_it_says_where_and_since_when_and_one_key_answers() -> None:
    at = moment(HELP)
    said = view.emergency(at).plain
    assert "KHẨN CẤP – kiosk-1 · Khu chờ A, tầng 1" in said
    assert "12 giây trước" in said
    assert "F9" in said
    assert answers(at) == [commands.AcknowledgeAlert(alert="alert-9")]
    assert "kiosk-1" not in view.alerts(at).plain


def test_who_is_not_asked_yet_is_not_called_but_may_see_to_it() -> None:
    at = moment(replace(HELP, to=("desk-2",)))
    assert not view.emergency(at)
    assert answers(at) == []
    assert "KHẨN CẤP" in view.alerts(at).plain
    assert any(offer.action is Action.ALERT for offer in offers.offers(at))


def test_when_it_was_passed_on_to_everybody_it_says_so() -> None:
    at = moment(replace(HELP, escalated=2), language=Language.EN)
    assert "Passed on to every desk." in view.emergency(at).plain


def test_what_comes_late_says_when_it_was_pressed() -> None:
    at = moment(replace(HELP, at=NOW - 600_000, heard_at=NOW))
    assert "khi mất mạng; tin vừa đến" in view.emergency(at).plain
    assert "10 phút trước" in view.emergency(at).plain


def test_a_press_by_mistake_is_told_without_alarm_and_can_be_put_away() -> None:
    at = moment(replace(HELP, withdrawn_at=NOW))
    assert "đã rút lại: bấm nhầm" in view.emergency(at).plain
    assert at.calls_for_help == ()
    assert answers(at) == [commands.AcknowledgeAlert(alert="alert-9")]


@pytest.mark.parametrize("window", ["", "/", "f1"])
def test_f9_answers_also_in_front_of_an_open_window_and_it_rings(
    window: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: dict[str, list[Row]] = {
        "facility": [*FACILITY, HALL],
        "catalogue": CATALOGUE,
        "clinic:room-1": [card(), *STEPS],
        "names:room-1": NAMES,
    }
    rang: list[float] = []
    monkeypatch.setattr(Console, "bell", lambda self: rang.append(time.monotonic()))
    monkeypatch.setattr(console_app, "RING_EVERY", 0.0)
    asked: list[Command] = []

    def granted(command: Command) -> Outcome:
        asked.append(command)
        return Done()

    async def run() -> None:
        async with ScriptedServer(rows, NOW, on_command=granted) as server:
            console = Console([server.address], "token", clinic="room-1")
            async with console.run_test(size=(100, 30)) as pilot:
                await until(lambda: bool(console.desk.card), pilot.pause)
                if window:
                    await pilot.press(window)
                    await until(lambda: len(console.screen_stack) > 1, pilot.pause)
                server.put("facility", HELP)
                await until(lambda: bool(rang), pilot.pause)
                above = console.screen_stack[0].query_one("#emergency", Static)
                await until(lambda: "KHẨN CẤP" in str(above.content), pilot.pause)
                await pilot.press("f9")
                await until(lambda: bool(asked), pilot.pause)
                server.put("facility", drop=(HELP.key,))
                await until(lambda: not above.display, pilot.pause)
                # What was told in front of the window said that nobody had answered.
                await until(lambda: not console.screen.query("Toast"), pilot.pause)

    asyncio.run(run())
    assert asked == [commands.AcknowledgeAlert(alert="alert-9")]


KIOSK = Device(
    key="kiosk-1",
    role="kiosk",
    online=True,
    seen_at=NOW,
    shows={
        "page": "welcome",
        "printer": "ready",
        "paper_left": 12_400,
        "scanner": True,
        "self_test": "passed 04:31",
    },
)
BROKEN = replace(
    KIOSK,
    key="kiosk-2",
    shows={
        "printer": "paper",
        "scanner": False,
        "outbox": 3,
        "outbox_refused": 2,
        "closed": "no_paper",
        "paper_low": True,
    },
)
GONE = replace(KIOSK, key="board-1", role="board", online=False, seen_at=NOW - 125_000, shows={})


def shown(*rows: Row, language: Language = Language.VI) -> list[str]:
    at = another(desk(role=Role.SUPERVISOR, language=language), devices={row.key: row for row in rows})
    return [line.plain.strip() for line in machines.lines(at)]


def test_devices_in_trouble_come_first_and_everything_is_said_in_words() -> None:
    gone, broken, well = shown(KIOSK, BROKEN, GONE)
    assert gone.startswith("board-1")
    assert "MẤT KẾT NỐI 2 phút" in gone
    for word in (
        "ĐANG ĐÓNG: hết giấy",
        "HẾT GIẤY",
        "sắp hết giấy",
        "MẤT MÁY QUÉT",
        "3 phiếu chờ gửi",
        "2 phiếu máy chủ không nhận",
    ):
        assert word in broken
    for word in ("đang nối", "máy in: sẵn sàng", "còn khoảng 12 m giấy", "tự kiểm tra: tốt 04:31"):
        assert word in well
    assert "MẤT" not in well


def test_devices_speak_english_too_and_before_any_came_it_says_so() -> None:
    assert "about 12 m of paper" in shown(KIOSK, language=Language.EN)[0]
    assert shown(language=Language.EN) == ["No device since the server started."]


def test_only_who_oversees_the_house_is_offered_the_devices() -> None:
    for role, may in ((Role.SUPERVISOR, True), (Role.CLINIC, False)):
        assert any(o.action is Action.DEVICES for o in offers.offers(desk(role=role))) is may
