"""Emergency, attendants, hours: on the screen of a kiosk whose server and printer are stood in for."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import zxingcpp
from msgspec import structs
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from kiosk.app import Kiosk, Settings
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter
from kiosk.devices.speech import Speech
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.duty import desk, pin, steps
from kiosk.duty.values import Attendant, Closed, Duty, Emergency, Guard, PinPad, PrintAgain, Room
from kiosk.identity import ticket_code
from kiosk.journey import walk
from kiosk.journey.values import Check, Steward, Welcome, Who
from kiosk.offline import telling
from kiosk.offline.moments import Moments, Stamp
from kiosk.printing import READY, LoosePaper, LooseState, Printing
from kiosk.screens.pages.duty import Machine
from kiosk.texts import attendant
from kiosk.widgets.choice import Choice
from queue_server.client import Link, LinkState
from queue_server.protocol.codes import (
    AlertKind,
    IdentityKind,
    KioskMode,
    Language,
    PrintReason,
    PrintState,
    Refusal,
)
from queue_server.protocol.commands import (
    Confirm,
    Identity,
    PrinterWorks,
    RaiseAlert,
    Register,
    Reprint,
    WithdrawAlert,
)
from queue_server.protocol.labels import Label
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.printers import SELF_TEST
from queue_server.protocol.results import AlertKnown, Done, Ticket
from queue_server.protocol.rows import Alert, KioskState, Opening, Row
from tests.kiosk.screens.test_comfort import Listener
from tests.kiosk.screens.test_screens import drawn_alone
from tests.support.fit import misfits
from tests.support.kiosk_parts import CARD, CARD_CODE, PERSONAL, kiosk_rows, ticket
from tests.support.still_connection import NOON, StillConnection

PIN = "471108"
SIZES = ((67, 16), (56, 44), (53, 13), (45, 35))
Scene = Callable[[Kiosk, StillConnection, "Pilot[None]"], Awaitable[None]]
WORN = Identity(IdentityKind.TYPED, "001085000456")
NAMED = Accepted(id="x", seq=1, result=AlertKnown(alert="alert-9"))


def play(scene: Scene, folder: Path | None = None, size: tuple[int, int] = (67, 16)) -> None:
    async def acted() -> None:
        settings = Settings(
            "kiosk-1",
            ("ws://127.0.0.1:1/ws",),
            "token",
            "tcp://127.0.0.1:1",
            rest=0.0,
            version="1.2.3",
            data=folder,
        )
        app = Kiosk(settings, StillConnection)
        app.rows_changed()
        async with app.run_test(size=size) as pilot:
            async with asyncio.timeout(60):
                await drawn(app, pilot)
                await scene(app, cast(StillConnection, app.connection), pilot)

    asyncio.run(acted())


async def drawn(app: Kiosk, pilot: "Pilot[None]") -> None:
    while not app.is_up_to_date:
        await pilot.pause()
    await pilot.pause()


async def see(app: Kiosk, pilot: "Pilot[None]", words: str) -> None:
    while words not in said(app):
        await pilot.pause(0.02)


async def keys(app: Kiosk, pilot: "Pilot[None]", *names: str) -> None:
    for name in names:
        await pilot.press(name)
        await app.release_keys(float("inf"))
        await drawn(app, pilot)


async def tap(app: Kiosk, pilot: "Pilot[None]", words: str) -> None:
    await drawn(app, pilot)
    found = [choice for choice in app.screen.query(Choice) if words in choice.label]
    # A page may be drawn anew just then; a finger would press once more, too.
    while not found or not await pilot.click(found[0]):
        await drawn(app, pilot)
        found = [choice for choice in app.screen.query(Choice) if words in choice.label]
    await drawn(app, pilot)


async def enter(app: Kiosk, pilot: "Pilot[None]", digits: str = PIN) -> None:
    await keys(app, pilot, "f12", *digits, "enter")
    while isinstance(app.duty.duty.over, PinPad) and app.duty.duty.over.checking:
        await pilot.pause(0.02)
    await drawn(app, pilot)


async def under_way(app: Kiosk, pilot: "Pilot[None]") -> None:
    begun = walk.begin(Language.VI, int(time.monotonic() * 1000))
    app.journey = replace(begun, stage=Check(Who.ME, CARD))
    app.on_resize()
    await drawn(app, pilot)


def said(app: Kiosk) -> str:
    return "\n".join(str(widget.visual) for widget in app.screen.query(Static))


def told(app: Kiosk, link: StillConnection, **more: object) -> None:
    """The server tells of the emergency."""
    sent = next(c for c in reversed(link.told) if isinstance(c, RaiseAlert))
    row = Alert(
        key="alert:alert-9",
        alert="alert-9",
        kind=AlertKind.EMERGENCY,
        subject="kiosk-1",
        at=sent.pressed_at or 0,
    )
    rows: Mapping[str, Row] = {**kiosk_rows(), row.key: structs.replace(row, **more)}
    link.known["kiosk:kiosk-1"] = rows
    app.rows_changed()


# An emergency ---------------------------------------------------------------------------------------------


def test_the_red_button_tells_what_to_do_wails_and_claims_no_more_than_is_known() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await tap(app, pilot, "Cấp cứu")
        assert "Gọi to: “Cấp cứu!”" in said(app)
        assert "Tiếp nhận" in said(app)
        assert "Máy đang gửi tin" in said(app)
        assert app.duty._siren.wails
        (sent,) = link.told
        assert isinstance(sent, RaiseAlert)
        assert (sent.kind, sent.subject) == (AlertKind.EMERGENCY, "kiosk-1")
        assert abs((sent.pressed_at or 0) - NOON) < 5_000
        while not link.reports or not link.reports[-1].get("emergency"):
            await pilot.pause(0.05)

    play(scene)


def test_it_says_seen_only_when_somebody_acknowledged_and_by_whose_desk() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.answers.append(NAMED)
        await keys(app, pilot, "f9")
        await see(app, pilot, "chưa ai nhận")
        desk_name = Label(vi="quầy tiếp đón", en="the reception desk")
        told(app, link, acknowledged_at=NOON + 60_000, acknowledged_by=desk_name)
        await see(app, pilot, "Đã thấy tin này: quầy tiếp đón, lúc 12:01.")
        assert not app.duty._siren.wails
        await keys(app, pilot, "f2")
        assert "Seen by the reception desk at 12:01." in said(app)
        await tap(app, pilot, "Done")
        assert app.duty.duty.over is None

    play(scene)


def test_a_press_by_mistake_is_taken_back_and_staff_are_told() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.answers += [NAMED, Accepted(id="x", seq=2, result=Done())]
        await keys(app, pilot, "f9")
        await see(app, pilot, "chưa ai nhận")
        await tap(app, pilot, "Tôi bấm nhầm")
        assert "Không có ai cần cứu phải không?" in said(app)
        await tap(app, pilot, "Đúng, tôi bấm nhầm")
        assert link.told[-1] == WithdrawAlert(alert="alert-9")
        assert "Đã rút lại báo cấp cứu" in said(app)
        assert not app.duty._siren.wails

    play(scene)


def test_taken_back_before_the_server_answered_it_is_taken_back_there_too() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        wait: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()

        async def slow(command: object) -> Accepted:
            link.told.append(command)  # type: ignore[arg-type]  # a command
            return await wait if isinstance(command, RaiseAlert) else Accepted(id="x", seq=2, result=Done())

        app.duty._house = replace(app.duty._house, submit=slow)
        await keys(app, pilot, "f9")
        await tap(app, pilot, "Tôi bấm nhầm")
        await tap(app, pilot, "Đúng, tôi bấm nhầm")
        wait.set_result(NAMED)
        while link.told[-1:] != [WithdrawAlert(alert="alert-9")]:
            await pilot.pause(0.02)

    play(scene)


def offline(app: Kiosk, link: StillConnection, *, up: bool = False) -> None:
    link.link = Link(LinkState.ONLINE if up else LinkState.WAITING)
    app.duty.link_changed()


def test_without_a_link_it_says_to_fetch_staff_and_tells_them_later_when_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        offline(app, link)
        await keys(app, pilot, "f9")
        assert "Máy chưa báo được cho nhân viên" in said(app)
        assert app.duty._siren.wails
        assert link.told == []
        link.now = NOON + 300_000
        now = app._now
        monkeypatch.setattr(app, "_now", lambda: now() + 300_000)
        offline(app, link, up=True)
        while not link.told:
            await pilot.pause(0.02)
        (sent,) = link.told
        assert isinstance(sent, RaiseAlert)
        assert abs((sent.pressed_at or 0) - NOON) < 5_000

    play(scene)


def test_after_a_quarter_of_an_hour_it_means_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        monkeypatch.setattr(desk, "MEANINGFUL", 0)
        offline(app, link)
        await keys(app, pilot, "f9")
        offline(app, link, up=True)
        await see(app, pilot, "Máy đang gửi tin")
        assert link.told == []

    play(scene)


def test_the_half_done_visit_is_there_again_and_asks_who_is_there() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await under_way(app, pilot)
        assert "Hiền" in said(app)
        await tap(app, pilot, "Cấp cứu")
        assert not any(personal in said(app) for personal in PERSONAL[3:5])
        await tap(app, pilot, "Tôi bấm nhầm")
        await tap(app, pilot, "Đúng, tôi bấm nhầm")
        await tap(app, pilot, "Xong")
        await see(app, pilot, "Quý vị còn ở đây không?")
        await tap(app, pilot, "Tôi còn ở đây")
        assert "Hiền" in said(app)

    play(scene)


def test_nobody_s_page_waits_below_for_longer_than_two_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await under_way(app, pilot)
        await keys(app, pilot, "f9")
        monkeypatch.setattr(steps, "KEEP_PATIENT", 0)
        while not isinstance(app.journey.stage, Welcome):
            await pilot.pause(0.05)
        assert "Cấp cứu" in said(app)

    play(scene)


def test_nothing_is_scanned_or_pressed_through_an_emergency() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await keys(app, pilot, "f9", "3", "9", "escape")
        for letter in CARD_CODE:
            await app.on_event(events.Key(letter, letter))
        await keys(app, pilot, "enter")
        assert isinstance(app.duty.duty.over, Emergency)
        assert app.journey.stage == Welcome()

    play(scene)


def test_language_colours_and_voice_stay_within_reach_and_nothing_else_does() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        listener = Listener()
        app.speech = cast(Speech, listener)
        app.give_voices(await listener.languages())
        app.languages = (Language.VI, Language.EN, Language.KM)
        await keys(app, pilot, "f9")
        labels = {choice.label for choice in app.screen.query(Choice)}
        assert labels == {"Tôi bấm nhầm", "Đọc to", "English …"}
        await tap(app, pilot, "Đọc to")
        while not listener.heard:
            await pilot.pause()
        assert "Cấp cứu" in listener.heard[0][0]
        await keys(app, pilot, "f4")
        assert app.screen.has_class("contrast")
        await tap(app, pilot, "English …")
        assert "Shout for help" in said(app)
        assert app.return_code is None
        await keys(app, pilot, "f3")
        assert isinstance(app.duty.duty.over, Emergency)

    play(scene)


# Attendants -----------------------------------------------------------------------------------------------


def test_four_taps_on_the_name_and_the_pin_open_the_attendants_page(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        for _ in range(4):
            await pilot.click("#facility")
        await drawn(app, pilot)
        for digit in PIN:
            await tap(app, pilot, digit)
        assert PIN not in said(app)
        assert "•••" in said(app)
        await tap(app, pilot, "Xong")
        await see(app, pilot, "Kiosk kiosk-1 · bản 1.2.3")
        assert "đang nối" in said(app)
        await keys(app, pilot, "escape")
        assert app.duty.duty.over is None

    play(scene, tmp_path)


def test_a_pin_typed_as_fast_as_a_scanner_is_one_too_and_a_wrong_one_opens_nothing(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await keys(app, pilot, "f12")
        await pilot.press(*"999999", "enter")
        await see(app, pilot, "Mã PIN chưa đúng.")
        await pilot.press(*PIN, "enter")
        await see(app, pilot, "Máy in:")
        assert app.duty.duty.guard == Guard()

    play(scene, tmp_path)


def test_without_a_pin_it_says_how_to_set_one() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await enter(app, pilot)
        assert "queue-kiosk pin" in said(app)

    play(scene)


def test_a_test_print_is_printed_and_said(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        async with VirtualPrinter(port=0) as printer:
            app.printing = Printing(
                EscPosPrinter(Network("127.0.0.1", printer.port)), alert=lambda detail: None
            )
            await enter(app, pilot)
            await tap(app, pilot, "In thử")
            slip = await printer.ticket(1)
            assert slip.picture.height > 300
            await see(app, pilot, "Đã in xong.")
            assert "sẵn sàng" in said(app)

    play(scene, tmp_path)


def test_a_broken_printer_is_said_to_be_one(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await enter(app, pilot)
        await tap(app, pilot, "In thử")
        await see(app, pilot, "KHÔNG IN ĐƯỢC")

    play(scene, tmp_path)


def test_a_ticket_is_printed_again_by_its_number(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        app.duty.was_printed(ticket("A044"))
        app.duty.was_printed(structs.replace(ticket("A045"), visit="v45"))
        await enter(app, pilot)
        await tap(app, pilot, "Phiếu vừa in")
        labels = [choice.label for choice in app.screen.query(Choice)]
        assert labels[:2] == ["A045", "A044"]
        assert not any(personal in said(app) for personal in PERSONAL[:5])
        link.answers.append(Accepted(id="x", seq=1, result=ticket("A045", reprint=True)))
        await tap(app, pilot, "A045")
        assert link.told[0] == Reprint(visit="v45")
        # The printer is out of reach: nothing else is claimed.
        await see(app, pilot, "KHÔNG IN ĐƯỢC")
        offline(app, link)
        await tap(app, pilot, "A044")
        await see(app, pilot, "Chưa in lại được: mất kết nối.")

    play(scene, tmp_path)


def test_a_reprint_that_comes_too_late_is_told_to_be_in_nobody_s_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        monkeypatch.setattr(desk, "REPRINT_PATIENCE", 0.05)
        wait: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        words: list[Confirm] = []

        async def slow(command: object) -> Accepted:
            return await wait

        app.duty._house = replace(app.duty._house, submit=slow, tell=words.append)
        app.duty.duty = Duty(over=Attendant(app._now()))
        app.happen(PrintAgain("v44"))
        await see(app, pilot, "Chưa in lại được: mất kết nối.")
        wait.set_result(Accepted(id="x", seq=3, result=ticket("A044")))
        while not words:
            await pilot.pause(0.02)
        (word,) = words
        assert (word.state, word.number, word.reason) == (PrintState.STALLED, "A044", PrintReason.LEFT)

    play(scene)


def test_a_ticket_that_this_kiosk_gave_is_printed_again_without_the_server(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        async with VirtualPrinter(port=0) as printer:
            app.printing = Printing(
                EscPosPrinter(Network("127.0.0.1", printer.port)), alert=app.call_to_printer
            )
            offline(app, link)
            given = await app.standby.submit(Register(payer="fee", kind="exam", identity=WORN))
            assert isinstance(given, Accepted)
            assert isinstance(given.result, Ticket)
            await app.put_on_paper(given.result)
            await enter(app, pilot)
            await tap(app, pilot, "Phiếu vừa in")
            await tap(app, pilot, given.result.number)
            slip = await printer.ticket(2)
            await see(app, pilot, "Đã in xong.")
            (code,) = zxingcpp.read_barcodes(slip.picture.convert("L"))
            assert code.text == ticket_code.payload(given.result.token)
            assert not any(isinstance(command, Reprint) for command in link.told)

    play(scene, tmp_path)


def test_whatever_a_printer_says_attendants_read_it_in_words() -> None:
    asked = set(PrintReason) - {
        PrintReason.SPARE,
        PrintReason.LEFT,
        PrintReason.DESTROYED,
        PrintReason.RESTARTED,
    }
    assert attendant.SAYS.keys() == {"", READY, *asked}


def test_papers_that_may_still_come_out_are_listed_and_destroyed(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        at = time.time_ns() // 1_000_000
        app.printing._loose["p7"] = LoosePaper("p7", "A077", at)
        await enter(app, pilot)
        await tap(app, pilot, "Cần hủy: 1")
        await tap(app, pilot, "A077 chưa ra: hủy")
        assert app.printing.loose == ()
        assert "Không có phiếu nào như vậy." in said(app)

    play(scene, tmp_path)


def test_a_closed_kiosk_says_why_and_where_to_go_also_after_a_restart(tmp_path: Path) -> None:
    pin.keep(tmp_path, PIN)

    async def closes(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await enter(app, pilot)
        await tap(app, pilot, "Đóng máy")
        await tap(app, pilot, "Hết giấy")
        await keys(app, pilot, "escape")
        assert "Máy này tạm ngừng phục vụ" in said(app)
        while not (tmp_path / "duty.json").exists():
            await pilot.pause(0.02)

    async def opens(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        assert app.duty.duty.closed is Closed.NO_PAPER
        assert "Máy đang hết giấy." in said(app)
        assert "Tiếp nhận" in said(app)
        await keys(app, pilot, "1", "0", "enter")
        assert app.journey.stage == Welcome()
        while not link.reports or link.reports[-1].get("closed") != "no_paper":
            await pilot.pause(0.05)
        assert link.reports[-1]["page"] == "shut"
        await enter(app, pilot)
        await tap(app, pilot, "Mở máy")
        await keys(app, pilot, "escape")
        await see(app, pilot, "Mời quý vị lấy số khám bệnh")

    play(closes, tmp_path)
    play(opens, tmp_path)


# Hours ----------------------------------------------------------------------------------------------------


def open_at(app: Kiosk, link: StillConnection, *hours: tuple[int, int]) -> None:
    state = kiosk_rows()["kiosk-1"]
    assert isinstance(state, KioskState)
    opening = tuple(Opening(opens, ends) for opens, ends in hours)
    link.known["kiosk:kiosk-1"] = {"kiosk-1": structs.replace(state, hours=opening)}
    app.rows_changed()


def test_outside_its_hours_it_sleeps_and_on_waking_it_prints_a_stub(tmp_path: Path) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        async with VirtualPrinter(port=0) as printer:
            app.printing = Printing(
                EscPosPrinter(Network("127.0.0.1", printer.port)), alert=lambda detail: None
            )
            open_at(app, link, (300, 660), (780, 990))
            await see(app, pilot, "Máy mở lúc 13:00")
            assert "Tiếp nhận" in said(app)
            await keys(app, pilot, "1")
            assert app.journey.stage == Welcome()
            link.now = NOON + 3_600_000
            await see(app, pilot, "Mời quý vị lấy số khám bệnh")
            await printer.ticket(1)
            while not link.reports or not str(link.reports[-1].get("self_test", "")).startswith("passed"):
                await pilot.pause(0.05)
            assert not any(isinstance(command, RaiseAlert) for command in link.told)

    play(scene, tmp_path)


def test_a_kiosk_left_on_a_stewards_page_sleeps_and_wakes_like_any(tmp_path: Path) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        state = kiosk_rows()["kiosk-1"]
        assert isinstance(state, KioskState)
        hours = (Opening(300, 660), Opening(780, 990))
        link.known["kiosk:kiosk-1"] = {"kiosk-1": structs.replace(state, mode=KioskMode.STEWARD, hours=hours)}
        app.journey = replace(app.journey, stage=Steward("insured-exam"))
        app.rows_changed()
        await see(app, pilot, "Máy mở lúc 13:00")
        link.now = NOON + 3_600_000
        await see(app, pilot, "Mời quét thẻ tiếp theo")
        while not link.reports or "self_test" not in link.reports[-1]:
            await pilot.pause(0.05)

    play(scene, tmp_path)


def test_a_kiosk_that_cannot_tell_the_time_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        open_at(app, link, (0, 1))
        await see(app, pilot, "Máy mở lúc 00:00")
        # It began anew without its server, and its own clock is that of another year.
        heard = Stamp(NOON, "the run before", 0, sure=True)
        app.standby._moments = Moments(heard, run="this run", own=lambda: 0)
        monkeypatch.setattr(StillConnection, "age", None)
        await see(app, pilot, "Mời quý vị lấy số khám bệnh")

    play(scene)


def test_a_call_to_the_printer_that_nobody_had_time_for_is_not_overtaken_by_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        monkeypatch.setattr(telling, "ASK_AGAIN", 0.0)
        done = Accepted(id="x", seq=1, result=Done())
        link.answers += [Rejected(id="x", code=Refusal.BUSY), done, done]
        async with VirtualPrinter(port=0) as printer:
            lines = EscPosPrinter(Network("127.0.0.1", printer.port))
            app.printing = Printing(lines, alert=app.call_to_printer, works=app.printing._works)
            printer.change(cover_open=True)
            await app.printing.look()
            printer.change(cover_open=False)
            await app.printing.look()
            while PrinterWorks() not in link.told:
                await pilot.pause(0.02)
        call = RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk-1", detail="cover")
        assert link.told == [call, call, PrinterWorks()]

    play(scene)


def test_a_kiosk_that_wakes_and_cannot_print_calls_somebody() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.answers += [Accepted(id="x", seq=1, result=Done())] * 2
        open_at(app, link, (300, 990))
        alert = RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk-1", detail=SELF_TEST)
        while alert not in link.told:
            await pilot.pause(0.05)
        while not link.reports or "unreachable" not in str(link.reports[-1].get("self_test", "")):
            await pilot.pause(0.05)

    play(scene)


# Fit ------------------------------------------------------------------------------------------------------

OVER = {
    "help": Duty(Emergency(10**12)),
    "help told": Duty(Emergency(10**12, alert="a")),
    "help seen": Duty(
        Emergency(10**12, seen=10**12, by=("phòng khám Nội tổng hợp 12", "General medicine 12"))
    ),
    "help doubt": Duty(Emergency(10**12, doubted=10**12)),
    "help over": Duty(Emergency(10**12, withdrawn=10**12)),
    "pin": Duty(PinPad(10**12, "123456789012", wrong=True)),
    "pin locked": Duty(PinPad(10**12), guard=Guard(9, 10**13)),
    "pin missing": Duty(PinPad(10**12, missing=True)),
    "menu": Duty(Attendant(10**12, said="not_printed"), closed=Closed.MAINTENANCE),
    "papers": Duty(Attendant(10**12, Room.PAPERS)),
    "papers said": Duty(Attendant(10**12, Room.PAPERS, turned=1, said="print_unknown")),
    "loose": Duty(Attendant(10**12, Room.LOOSE)),
    "closing": Duty(Attendant(10**12, Room.CLOSING)),
    **{f"shut {reason}": Duty(closed=reason) for reason in Closed},
}

TROUBLED = Machine(
    "kiosk-1",
    "1.2.3",
    "ws://192.168.10.105:8420/ws",
    link=3600.0,
    outbox=12,
    printer="unreachable",
    spare="unreachable",
    paper_left=61_000,
    paper_low=True,
)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("language", [Language.VI, Language.EN])
def test_every_page_of_it_fits_its_screen(
    size: tuple[int, int], language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        at = time.time_ns() // 1_000_000
        loose = [LoosePaper(f"p{n}", f"K01-{n}", at) for n in range(1000, 1007)]
        loose[0] = replace(loose[0], state=LooseState.CAME_LATE)
        app.printing._loose = {paper.print: paper for paper in loose}
        for count in range(14):
            app.duty.was_printed(structs.replace(ticket(f"A{count:03}"), visit=f"v{count}"))
        app.journey = replace(app.journey, language=language)
        for name, over in OVER.items():
            app.duty.duty = over
            app.on_resize()
            await drawn_alone(app, pilot)
            assert misfits(app, language) == [], name
            for choice in app.screen.query(Choice):
                # In large letters a row is as high as one and a half.
                assert choice.region.height >= (2 if size in SIZES[2:] else 3), name
        app.standby._outbox.fails = True
        app.duty.duty = OVER["menu"]
        app.on_resize()
        await drawn(app, pilot)
        assert ("ĐĨA KHÔNG GHI ĐƯỢC" if language is Language.VI else "DISK TAKES NOTHING") in said(app)
        assert misfits(app, language) == []
        monkeypatch.setattr(app, "_machine", lambda: TROUBLED)
        for reason in Closed:
            app.duty.duty = Duty(Attendant(10**12, said="not_printed"), closed=reason)
            app.on_resize()
            await drawn_alone(app, pilot)
            assert misfits(app, language) == [], reason
        app.duty.duty = Duty()
        open_at(app, link, (300, 310))
        await drawn(app, pilot)
        assert misfits(app, language) == []

    play(scene, size=size)
