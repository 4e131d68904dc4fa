"""Each page on both kiosk screens in both languages: all words readable, all targets large enough, all keys
and fingers understood. Only the server and the printer are missing."""

import asyncio
import time
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

import pytest
from msgspec import structs
from textual import events
from textual.pilot import Pilot
from textual.widgets import Static

from kiosk.app import Kiosk, Settings
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter
from kiosk.devices.torn import PATIENCE
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.identity import (
    Ambiguous,
    Birth,
    CitizenNumber,
    CodeKind,
    HospitalCode,
    InsuranceNumber,
    Phone,
    Why,
    ZoneLine,
)
from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    Aim,
    AlreadyHere,
    Arranging,
    Asked,
    AskReferral,
    AskWho,
    Check,
    ChooseExam,
    ChooseRoute,
    Digits,
    Finding,
    Form,
    Full,
    Issued,
    Looking,
    Notice,
    Numbers,
    OneMore,
    OwnVisit,
    Paper,
    Recall,
    Referral,
    Scan,
    Sending,
    Stage,
    Stopped,
    Told,
    Trouble,
    Typing,
    Welcome,
    Who,
)
from kiosk.printing import Printing
from kiosk.texts import LANGUAGES
from kiosk.widgets.blocks import BlockNumber
from kiosk.widgets.choice import Choice
from queue_server.client import Link, LinkState
from queue_server.protocol.codes import (
    AlertKind,
    GateName,
    IdentityKind,
    Language,
    PresenceKind,
    PrintState,
    Punctuality,
    Refusal,
)
from queue_server.protocol.commands import OpenGate, RaiseAlert, Register, Reprint, SetPresence
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Done
from queue_server.protocol.rows import CatalogueFacility
from tests.support.fit import misfits
from tests.support.kiosk_parts import (
    APPOINTMENT_CODE,
    BIRTH,
    CARD,
    CARD_CODE,
    HALF_PAST_EIGHT,
    NAME,
    NUMBER,
    ONE,
    PASSPORT_CODE,
    PERSONAL,
    PHONE,
    RECEPTION,
    TEN,
    TOKEN,
    appointment,
    catalogue_rows,
    kiosk_rows,
    state_before_tests,
    ticket,
    ticket_state,
)
from tests.support.still_connection import StillConnection

SIZES = ((67, 16), (56, 44), (80, 24))
TIMED = structs.replace(ticket(), not_before=TEN, usually_by=ONE)
CHECK = Check(Who.ME, CARD)
TEN_DIGITS = Ambiguous(
    PHONE,
    (
        HospitalCode(CodeKind.HOSPITAL_CARD, "the", PHONE),
        HospitalCode(CodeKind.HIS_PAPER, "phieu", PHONE),
        InsuranceNumber(PHONE),
        Phone(f"+84{PHONE[1:]}"),
    ),
)
BOOKED = HospitalCode(CodeKind.APPOINTMENT, "appointment", APPOINTMENT_CODE)
LONG = 10**12
WISH = Register(payer="fee", kind="exam", service="obstetrics")
OWN = structs.replace(ticket("K01-1000", at=RECEPTION, provisional=True, ahead=None), visit="")
"""A ticket that a kiosk gave without the server."""
STAGES: dict[str, Stage] = {
    "welcome": Welcome(),
    "who": AskWho(),
    "scan": Scan(Who.ME),
    **{f"scan-{why}": Scan(Who.RELATIVE, why) for why in Why},
    "typing": Typing(Who.ME, "079190"),
    "typing-old": Typing(Who.ME, "024123456", problem=Why.OLD_NUMBER),
    "typing-wrong": Typing(Who.ME, "079190", problem=Why.UNKNOWN_CODE),
    "line": Typing(Who.ME, CARD_CODE, line=True),
    "line-wrong": Typing(Who.ME, CARD_CODE, line=True, problem=Why.BROKEN),
    "zone": Typing(Who.ME, line=True, zone=(ZoneLine(2, 0, PASSPORT_CODE.split()[0]),)),
    "zone-wrong": Typing(
        Who.ME, line=True, zone=(ZoneLine(3, 0, ""), ZoneLine(3, 1, "")), problem=Why.CHECK_DIGIT
    ),
    "digits": Digits(Who.ME, TEN_DIGITS),
    **{f"form-name-{who}": Form(who, name=NAME) for who in Who},
    "form-name-empty": Form(Who.RELATIVE),
    "form-name-wrong": Form(Who.ME, wrong=True),
    "form-name-long": Form(Who.ME, name=f"{NAME} " * 5),
    "form-guardian": Form(Who.CHILD, Asked.GUARDIAN, guardian=NAME),
    **{f"form-birth-{who}": Form(who, Asked.BIRTH, born="15081990") for who in Who},
    "form-birth-wrong": Form(Who.ME, Asked.BIRTH, born="19", wrong=True),
    **{f"form-phone-{who}": Form(who, Asked.PHONE, phone=PHONE) for who in Who},
    **{
        f"form-{asked.name}-code-{why}": Form(Who.CHILD, asked, wrong=why)
        for asked in Asked
        for why in (Why.BROKEN, Why.CHECK_DIGIT, Why.VNEID, Why.COVID_CODE, Why.PAYMENT_CODE, Why.WEB_ADDRESS)
    },
    "form-phone-wrong": Form(Who.CHILD, Asked.PHONE, phone="12", wrong=True),
    "notice": Notice(Form(Who.ME)),
    "check-told": Check(Who.ME, Told(NAME, BIRTH)),
    "check-told-child": Check(Who.CHILD, Told(NAME, Birth(2024, 5)), priority=True),
    "check-paper": Check(Who.ME, HospitalCode(CodeKind.HIS_PAPER, "phieu", "PK-000123")),
    "visit-may-add": OwnVisit(TOKEN, structs.replace(ticket_state(), may_add=True)),
    "visit-added": OwnVisit(
        TOKEN, structs.replace(state_before_tests(), may_add=True), done=Aim.MORE, already=True
    ),
    "visit-many-may-add": OwnVisit(TOKEN, structs.replace(state_before_tests(many=True), may_add=True)),
    "one-more": OneMore(OwnVisit(TOKEN, ticket_state())),
    "numbers": Numbers(),
    "check": CHECK,
    "check-priority": replace(CHECK, priority=True),
    "check-number": Check(Who.ME, CitizenNumber(NUMBER)),
    "check-phone": Check(Who.ME, Phone(f"+84{PHONE[1:]}")),
    "route": ChooseRoute(CHECK),
    "referral": AskReferral(CHECK, "insured-exam"),
    "referral-both": AskReferral(CHECK, "insured-exam", Referral(transfer=True, revisit=True)),
    "exam": ChooseExam(CHECK, "insured-exam"),
    "exam-more": ChooseExam(CHECK, "insured-exam", 2),
    "full": Full(WISH, ONE),
    "full-morning": Full(WISH, TEN),
    "full-today": Full(WISH),
    "printed-later": Issued(
        structs.replace(ticket(provisional=True), later_at=ONE), Paper(PrintState.ACKNOWLEDGED), LONG
    ),
    "no-paper-later": Issued(
        structs.replace(ticket(), later_at=ONE), Paper(PrintState.STALLED, "paper"), LONG
    ),
    "sending": Sending(1, Aim.TICKET, LONG),
    "slow": Sending(1, Aim.TICKET, 0),
    "arranging": Arranging(ticket(), LONG),
    "printing": Issued(ticket()),
    "printed": Issued(ticket(at=RECEPTION), Paper(PrintState.ACKNOWLEDGED), LONG),
    "printed-times": Issued(TIMED, Paper(PrintState.ACKNOWLEDGED), LONG),
    "printed-times-help": Issued(TIMED, Paper(PrintState.ACKNOWLEDGED), LONG, help=()),
    "printed-times-priority": Issued(
        structs.replace(TIMED, provisional=True), Paper(PrintState.ACKNOWLEDGED, "spare"), LONG, help=()
    ),
    "printing-times": Issued(structs.replace(TIMED, reprint=True)),
    "sent-times": Issued(structs.replace(TIMED, provisional=True), Paper(PrintState.SENT, "unasked"), LONG),
    "printed-times-appointment": Issued(
        structs.replace(ticket(came=Punctuality.LATE), not_before=TEN, usually_by=ONE),
        Paper(PrintState.ACKNOWLEDGED),
        LONG,
    ),
    "printed-priority": Issued(ticket(provisional=True), Paper(PrintState.ACKNOWLEDGED), LONG),
    "reprinted": Issued(ticket(reprint=True, ahead=0), Paper(PrintState.ACKNOWLEDGED), LONG),
    "printed-beside": Issued(
        ticket(provisional=True, reprint=True), Paper(PrintState.ACKNOWLEDGED, "spare"), LONG
    ),
    "sent-unasked": Issued(ticket(provisional=True, reprint=True), Paper(PrintState.SENT, "unasked"), LONG),
    "jammed": Issued(ticket(provisional=True), Paper(PrintState.STALLED, "error"), LONG),
    "no-paper": Issued(ticket(provisional=True), Paper(PrintState.STALLED, "paper"), LONG),
    "no-printer": Issued(ticket(), Paper(PrintState.STALLED, "unreachable"), LONG),
    "unknown": Issued(ticket("K01-001", provisional=True), Paper(PrintState.UNKNOWN, "cover"), LONG),
    "own": Issued(OWN, Paper(PrintState.ACKNOWLEDGED), LONG),
    "own-printing": Issued(OWN),
    "own-no-paper": Issued(OWN, Paper(PrintState.STALLED, "paper"), LONG),
    "own-unknown": Issued(OWN, Paper(PrintState.UNKNOWN, "cover"), LONG),
    "unknown-why": Issued(ticket(), Paper(PrintState.UNKNOWN), LONG),
    "already": AlreadyHere("A045", TOKEN),
    "already-typed": AlreadyHere("K01-1000", ""),
    "visit": OwnVisit(TOKEN, ticket_state()),
    "visit-already": OwnVisit(TOKEN, ticket_state(), already=True),
    "recall": replace(CHECK, recall=Recall(1, LONG, agreed=True)),
    "finding": Finding(1, Who.ME, BOOKED, LONG),
    "check-appointment": Check(Who.ME, BOOKED, recall=Recall(booked=appointment())),
    "check-appointment-late": Check(Who.ME, BOOKED, recall=Recall(booked=appointment(Punctuality.LATE))),
    "check-card-appointment": replace(CHECK, recall=Recall(booked=appointment())),
    "printed-appointment": Issued(ticket(came=Punctuality.ON_TIME), Paper(PrintState.ACKNOWLEDGED), LONG),
    "printed-early": Issued(
        ticket(provisional=True, came=Punctuality.EARLY), Paper(PrintState.ACKNOWLEDGED), LONG
    ),
    "no-paper-late": Issued(ticket(came=Punctuality.LATE), Paper(PrintState.STALLED, "paper"), LONG),
    "another-day": Stopped(Trouble.ANOTHER_DAY, at=HALF_PAST_EIGHT),
    "visit-tests": OwnVisit(TOKEN, state_before_tests()),
    "visit-tests-already": OwnVisit(TOKEN, state_before_tests(), already=True),
    "visit-tests-ready": OwnVisit(TOKEN, state_before_tests(ready=True), done=Aim.READY),
    "visit-tests-missed": OwnVisit(TOKEN, state_before_tests(missed=True), page=1),
    **{
        f"visit-tests-many-{turned}": OwnVisit(
            TOKEN, state_before_tests(missed=turned == 3, many=True), page=turned, done=Aim.READY
        )
        for turned in range(4)
    },
    "visit-missed": OwnVisit(TOKEN, ticket_state(missed=True)),
    "visit-rejoined": OwnVisit(TOKEN, ticket_state(), done=Aim.REJOIN),
    **{f"stopped-{trouble.name}": Stopped(trouble, Refusal.INTERNAL) for trouble in Trouble},
}

Scene = Callable[[Kiosk, StillConnection, "Pilot[None]"], Awaitable[None]]


def play(scene: Scene, size: tuple[int, int] = (67, 16), *, rest: float = 0.0, met: bool = True) -> None:
    """Run a kiosk without a terminal and let `scene` act on it. met: its server told what can be had."""

    async def acted() -> None:
        settings = Settings(
            "kiosk-1", ("ws://127.0.0.1:1/ws",), "token", "tcp://127.0.0.1:1", rest=rest, version="1.2.3"
        )
        app = Kiosk(settings, StillConnection)
        if met:
            app.rows_changed()
        async with app.run_test(size=size) as pilot:
            async with asyncio.timeout(60):
                await drawn(app, pilot)
                await scene(app, cast(StillConnection, app.connection), pilot)

    asyncio.run(acted())


async def drawn(app: Kiosk, pilot: "Pilot[None]") -> None:
    """Until the screen shows the journey as it is, and what was pressed has gone where it leads."""
    await drawn_alone(app, pilot)
    await pilot.pause()


async def drawn_alone(app: Kiosk, pilot: "Pilot[None]") -> None:
    """Until the screen shows the journey as it is, where nothing was pressed: a rest for each of thousands of
    pages would be most of the time that they take."""
    while True:
        if app.is_up_to_date:
            break
        await asyncio.sleep(0)
    await pilot.pause(0)


async def put(
    app: Kiosk, pilot: "Pilot[None]", stage: Stage, language: Language = Language.VI, *, warned: bool = False
) -> None:
    """Put the journey at a stage."""
    begun = walk.begin(Language.VI, int(time.monotonic() * 1000) - (walk.IDLE if warned else 0))
    app.journey = replace(begun, stage=stage, language=language, warned=warned)
    app.on_resize()
    await drawn_alone(app, pilot)


def said(app: Kiosk) -> str:
    """Every word on the screen."""
    return "\n".join(str(widget.visual) for widget in app.screen.query(Static))


def number(app: Kiosk) -> str:
    return app.screen.query_one(BlockNumber).number


# Fit and reach ---------------------------------------------------------------------------------------------


DRAFTS = [(size, language) for language in LANGUAGES for size in SIZES[:2]]
COMPLETE = [(size, language) for language in (Language.VI, Language.EN) for size in SIZES]


@pytest.mark.parametrize(("size", "language"), COMPLETE + DRAFTS)
def test_every_page_fits_its_screen(size: tuple[int, int], language: Language) -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        for name, stage in {**STAGES, "warning": CHECK}.items():
            await put(app, pilot, stage, language, warned=name == "warning")
            assert misfits(app, language) == [], name
            for choice in app.screen.query(Choice):
                # At 24 points a cell is 5 by 11 mm and half of it is gap on every side: 20 mm at least.
                # A letter has four cells by two: 20 mm by 22, of which half a cell is gap.
                least = (4, 2) if choice.has_class("letter") else (6, 3)
                assert choice.region.width >= least[0], name
                assert choice.region.height >= least[1], name

    play(scene, size)


def test_a_page_turns_with_the_screen() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, ChooseRoute(CHECK))
        await pilot.resize_terminal(56, 44)
        await drawn(app, pilot)
        assert app.screen.has_class("tall")
        # Upright, buttons are in the lower part, within reach of somebody sitting.
        assert min(choice.region.y for choice in app.screen.query(Choice)) > 9

    play(scene)


# Keys, fingers, scanners -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_fingers_get_a_card_holder_to_a_wish(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await tap(app, pilot, "Bắt đầu – Tiếng Việt")
        await tap(app, pilot, "Chính tôi")
        await scan(app, pilot, CARD_CODE)
        assert "Hiền" in said(app)
        assert "1990" in said(app)
        assert "Trần" not in said(app)
        assert NUMBER not in said(app)
        await tap(app, pilot, "Đúng, tiếp tục")
        await tap(app, pilot, "Khám bệnh bảo hiểm y tế")
        await tap(app, pilot, "Nội tổng hợp")
        assert "Đang lấy số…" in said(app)
        assert isinstance(link.told[0], Register)
        assert link.told[0].service == "general"

    play(scene, size)


def test_the_number_keys_press_the_same_buttons() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await keys(app, pilot, "2", "1")
        assert app.journey.language is Language.EN
        await scan(app, pilot, CARD_CODE)
        await keys(app, pilot, "3", "1", "2", "5")
        assert isinstance(link.told[0], Register)
        assert (link.told[0].payer, link.told[0].service) == ("fee", None)
        assert link.told[0].declared_priority
        assert link.told[0].language is Language.EN

    play(scene)


def test_every_choice_has_a_key_of_its_own() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, ChooseExam(CHECK, "insured-exam"))
        shown = [choice for choice in app.screen.query(Choice) if not choice.has_class("way")]
        assert len(shown) == 12
        assert "a Da liễu" in said(app)
        await keys(app, pilot, "A")
        assert isinstance(link.told[0], Register)
        assert link.told[0].service == "skin"

    play(scene, (80, 24))


def test_full_exams_are_shown_as_such_and_lead_to_the_afternoon() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.known["catalogue"] = catalogue_rows(full=True)
        app.rows_changed()
        await put(app, pilot, ChooseExam(CHECK, "insured-exam"))
        assert "Thần kinh – từ 13:00" in said(app)
        assert "Răng Hàm Mặt – hỏi quầy" in said(app)
        await keys(app, pilot, "4")
        assert "Thần kinh: buổi này đã đủ lượt" in said(app)
        assert "Phiếu buổi chiều – khám từ 13:00" in said(app)
        await keys(app, pilot, "1")
        assert isinstance(link.told[0], Register)
        assert (link.told[0].service, link.told[0].later) == ("neurology", True)

    play(scene, (80, 24))


def test_tab_and_enter_press_buttons_too() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await keys(app, pilot, "tab", "tab", "enter")
        assert (app.journey.language, app.journey.stage) == (Language.EN, AskWho())

    play(scene)


def test_a_number_is_typed_on_the_pad() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, Typing(Who.ME))
        for digit in PHONE:
            await tap(app, pilot, digit)
        assert "091 234 567 8" in said(app)
        await tap(app, pilot, "Xóa")
        await tap(app, pilot, "Xong")
        assert "Chứng minh 9 số không còn dùng." in said(app)
        await tap(app, pilot, "8")
        await tap(app, pilot, "Xong")
        assert "Dãy số có ba số cuối 678 là số gì?" in said(app)
        await tap(app, pilot, "Số điện thoại")
        assert "Ba số cuối điện thoại\n678" in said(app)

    play(scene)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_name_is_tapped_letter_by_letter(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, Scan(Who.ME))
        await tap(app, pilot, "Nhập họ tên")
        for key in ("L", "E", "Â", "Cách", "T", "H", "U", "Ơ", "Ả", "M", "←"):
            await tap(app, pilot, key)
        assert "Lê Thử▏" in said(app)
        await tap(app, pilot, "Xong")
        for key in ("1", "9", "5", "6"):
            await tap(app, pilot, key)
        await tap(app, pilot, "Xong")
        await tap(app, pilot, "Bỏ qua")
        assert "Lê Thử" in said(app)
        assert "1956" in said(app)
        await tap(app, pilot, "Vì sao hỏi?")
        assert "Chỉ nhân viên y tế thấy tên" in said(app)
        await tap(app, pilot, "Tôi hiểu")
        await tap(app, pilot, "Đúng, tiếp tục")
        await tap(app, pilot, "Khám bệnh bảo hiểm y tế")
        await tap(app, pilot, "Nội tổng hợp")
        assert isinstance(link.told[0], Register)
        told = link.told[0].identity
        assert told is not None
        assert (told.kind, told.name, told.birth) == (IdentityKind.TOLD, "Lê Thử", "1956")
        assert "Lê" not in said(app)

    play(scene, size)


def test_a_keyboard_writes_a_name_in_one_piece_or_two() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        for form in ("NFC", "NFD"):
            await put(app, pilot, Form(Who.ME))
            for letter in unicodedata.normalize(form, "Nguyễn H' Thử"):
                await app.on_event(events.Key("letter", letter))
                await app.release_keys(float("inf"))
            await drawn(app, pilot)
            assert "Nguyễn H' Thử▏" in said(app)
            await keys(app, pilot, "enter")
            await keys(app, pilot, *"1956", "enter", "enter")
            assert app.journey.stage == Check(Who.ME, Told("Nguyễn H' Thử", Birth(1956)))

    play(scene)


def test_the_site_may_say_the_notice_in_its_own_words() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        rows = catalogue_rows()
        facility = rows["facility"]
        assert isinstance(facility, CatalogueFacility)
        own = structs.replace(facility, texts_vi={"notice": "Lời của bệnh viện."}, texts_en={})
        link.known["catalogue"] = {**rows, "facility": own}
        app.rows_changed()
        await put(app, pilot, Notice(Form(Who.ME)))
        assert "Lời của bệnh viện." in said(app)
        await put(app, pilot, Notice(Form(Who.ME)), Language.EN)
        assert "Only staff see names" in said(app)

    play(scene)


def test_a_code_pasted_anywhere_is_a_scan() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        app.post_message(events.Paste(f"{CARD_CODE}\n"))
        await pilot.pause()
        await drawn(app, pilot)
        assert app.journey.stage == CHECK

    play(scene)


def test_a_code_typed_slowly_is_read_as_one() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await keys(app, pilot, "t")
        assert "Nhập nội dung mã" in said(app)
        await keys(app, pilot, *f"DL:{TOKEN}", "enter")
        assert isinstance(app.journey.stage, Looking)

    play(scene)


def test_escape_leads_back_and_f2_changes_the_language() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, Scan(Who.ME))
        await keys(app, pilot, "f2")
        assert "Please scan your ID or insurance card" in said(app)
        await keys(app, pilot, "escape", "escape")
        assert app.journey.stage == Welcome()
        assert "Mời quý vị lấy số khám bệnh" in said(app)

    play(scene)


def test_a_card_whose_holder_is_here_shows_where_they_stand() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.holders.append(ticket_state(token=TOKEN))
        link.looks.append(ticket_state())
        stands_here = SetPresence(visit=ticket_state().visit, presence=PresenceKind.HERE)
        await scan(app, pilot, CARD_CODE)
        await tap(app, pilot, "Đúng, tiếp tục")
        assert "Hôm nay quý vị đã có số: A045" in said(app)
        assert "còn 7 người" in said(app)
        assert "Khu chờ khám Nội – Ngoại, Tầng 2" in said(app)
        assert link.told == [stands_here]
        await tap(app, pilot, "In lại phiếu")
        assert link.told == [stands_here, Reprint(token=TOKEN)]

    play(scene)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_ticket_tells_what_its_stops_ask_for_and_takes_word_that_one_is_ready(
    size: tuple[int, int],
) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.now = TEN - 1
        link.looks += [state_before_tests(), state_before_tests(ready=True)]
        link.answers += [Accepted(id="x", seq=1, result=Done())] * 3
        app.post_message(events.Paste(f"DL:{TOKEN}"))
        await pilot.pause()
        await drawn(app, pilot)
        shown = await whole_visit(app, pilot)
        for words in (
            "● 1. Lấy máu lúc đói: đang chờ, L012, còn 3 người",
            "nên đi trước, nhịn ăn, đi tiểu trước\nkhông sớm hơn 10:00, thường trước 10:20",
            "· 2. Siêu âm bàng quang – tiểu khung: khi sẵn sàng\nnhịn tiểu",
            "· 3. Đường huyết lần hai: sau đó\nnhịn ăn, từ 13:00",
        ):
            assert words in shown
        await tap(app, pilot, "Tôi đã nhịn tiểu đủ")
        assert OpenGate(step="5", gate=GateName.FULL_BLADDER) in link.told
        assert "Đã ghi nhận quý vị đã sẵn sàng." in said(app)
        shown = await whole_visit(app, pilot)
        assert "2. Siêu âm bàng quang – tiểu khung: đang chờ" in shown
        assert "Tôi đã nhịn tiểu đủ" not in shown

    play(scene, size)


def test_times_that_have_passed_are_not_told() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.now = ONE + 60_000
        await put(app, pilot, STAGES["visit-tests"])
        shown = await whole_visit(app, pilot)
        assert "Đường huyết lần hai: sau đó\nnhịn ăn" in shown
        assert not any(time in shown for time in ("10:00", "10:20", "13:00"))

    play(scene)


async def whole_visit(app: Kiosk, pilot: "Pilot[None]") -> str:
    """Every word of all pages of a visit, ending on the first."""
    shown = said(app)
    while "Xem thêm" in shown:
        await tap(app, pilot, "Xem thêm")
        if said(app) in shown:
            break
        shown += said(app)
    return shown


def test_an_appointment_is_kept_by_its_code_and_told_on_the_screen() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.looks.append(appointment())
        link.answers.append(Accepted(id="x", seq=1, result=ticket(came=Punctuality.ON_TIME)))
        await scan(app, pilot, APPOINTMENT_CODE)
        assert "Lịch hẹn của quý vị có đúng không?" in said(app)
        assert "08:30 – Nội tổng hợp" in said(app)
        await tap(app, pilot, "Đúng, tiếp tục")
        await tap(app, pilot, "Khám bệnh bảo hiểm y tế")
        (wish,) = [told for told in link.told if isinstance(told, Register)]
        assert (wish.appointment, wish.identity, wish.service) == (APPOINTMENT_CODE, None, None)
        assert "Hẹn 08:30 – Nội tổng hợp" in said(app)

    play(scene)


def test_the_second_half_of_a_double_tap_presses_nothing() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, CHECK)
        await tap(app, pilot, "Đúng, tiếp tục")
        assert app.journey.stage == CHECK

    play(scene, rest=3_600.0)


def test_the_second_press_of_a_key_presses_nothing() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, ChooseRoute(CHECK))
        await keys(app, pilot, "1", "escape")
        assert app.journey.stage == ChooseRoute(CHECK)

    play(scene, rest=3_600.0)


def test_keys_let_out_together_do_not_press_what_nobody_saw() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.answers.append(Accepted(id="x", seq=1, result=ticket()))
        await put(app, pilot, CHECK)
        await pilot.press("1", "1", "1")
        await app.release_keys(float("inf"))
        await drawn(app, pilot)
        assert app.journey.stage == ChooseRoute(CHECK)
        assert not link.told

    play(scene, rest=1e-9)


@pytest.mark.parametrize("rests", [True, False])
def test_a_digit_right_after_a_scan_is_not_meant_for_the_page_that_it_opens(rests: bool) -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await press(app, pilot, *CARD_CODE, "enter", "1")
        await app.release_keys(float("inf"))
        await drawn(app, pilot)
        # The guard gave the digit back; that nobody could have read the page yet is why it presses nothing.
        assert isinstance(app.journey.stage, Check) is rests

    play(scene, rest=3_600.0 if rests else 0.0)


def test_a_scan_is_one_though_the_program_stood_still_after_its_first_key() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        # The key 1 would begin a visit here.
        code = f"1{CARD_CODE[1:]}"
        first, *rest = [events.Key("key", character) for character in f"{code}\r"]
        app.post_message(first)
        await pilot.pause()
        time.sleep(0.4)  # noqa: ASYNC251 - that is the trouble
        await asyncio.sleep(0.05)
        for key in rest:
            app.post_message(key)
        await pilot.pause()
        await drawn(app, pilot)
        assert isinstance(app.journey.stage, Check)

    play(scene)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(CARD_CODE[:60], Scan), (CARD_CODE, Check)],
    ids=["half of a card", "a scanner that ends with nothing"],
)
def test_a_burst_that_nothing_ends_is_a_scan_and_not_shown(code: str, expected: type[Stage]) -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await press(app, pilot, *code)
        # The rest is waited for this long, then given up.
        await asyncio.sleep(PATIENCE + 0.5)
        await drawn(app, pilot)
        assert isinstance(app.journey.stage, expected)
        assert code[:12] not in said(app)

    play(scene)


def test_digits_are_typed_as_fast_as_anybody_can() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, Scan(Who.ME))
        await keys(app, pilot, *"091")
        assert app.journey.stage == Typing(Who.ME, "091")

    play(scene, rest=3_600.0)


def test_nothing_ends_a_kiosk_that_nobody_attends() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await keys(app, pilot, "ctrl+q", "ctrl+p", "q", "ctrl+z", "ctrl+c", "ctrl+backslash")
        assert app.return_code is None
        app.settings = replace(app.settings, quit_key=True)
        await pilot.press("ctrl+c")
        await app.release_keys(float("inf"))
        assert app.return_code == 0

    play(scene)


def test_a_day_that_begins_without_the_server_takes_away_what_was_of_the_last_one() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        (state,) = kiosk_rows("intake-full").values()
        link.known["kiosk:kiosk-1"] = {"kiosk-1": structs.replace(state, day="2020-01-06")}
        app.rows_changed()
        assert app.catalogue.intake
        link.link = Link(LinkState.WAITING)
        while app.catalogue.intake:
            await pilot.pause(0.05)

    play(scene)


# What is shown ---------------------------------------------------------------------------------------------


def test_a_kiosk_that_never_met_its_server_says_so() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        assert "Máy chưa sẵn sàng" in said(app)
        assert "bàn hướng dẫn" in said(app)

    play(scene, met=False)


def test_the_number_is_shown_large_whatever_becomes_of_the_paper() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        for state in PrintState:
            await put(app, pilot, Issued(ticket(), Paper(state, "paper"), LONG))
            assert number(app) == "A045"
            assert "Phòng 12" in said(app)

    play(scene)


def test_a_page_without_paper_says_where_to_go_in_full() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, STAGES["no-printer"])
        assert "Phòng 12 – Nội tổng hợp, Khu chờ khám Nội – Ngoại, Tầng 2" in said(app)

    play(scene)


def test_the_mark_of_a_reprint_stays_to_be_read() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, STAGES["reprinted"])
        assert "Phiếu in lại. Số giữ nguyên." in said(app)

    play(scene)


def test_who_has_left_is_wiped_from_the_screen_too() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        for stage in (CHECK, Typing(Who.ME, NUMBER), Typing(Who.ME, CARD_CODE, line=True)):
            await put(app, pilot, stage)
            app.happen(Act.HOME)
            await drawn(app, pilot)
            everything = "\n".join(str(widget.visual) for widget in app.query(Static)) + str(app.screen.tree)
            assert not any(personal in everything for personal in PERSONAL)

    play(scene)


def test_the_warning_hides_who_stands_there() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, CHECK, warned=True)
        assert "Quý vị còn ở đây không?" in said(app)
        assert "Hiền" not in said(app)
        await tap(app, pilot, "Tôi còn ở đây")
        assert "Hiền" in said(app)

    play(scene)


def test_a_refusal_sends_to_the_desk_and_home() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        link.answers.append(Rejected(id="x", code=Refusal.INTERNAL))
        await keys(app, pilot, "3", "1")
        await drawn(app, pilot)
        assert "bàn hướng dẫn" in said(app)
        await keys(app, pilot, "1")
        assert app.journey.stage == Welcome()

    play(scene)


def test_reports_tell_how_the_kiosk_is_and_nothing_about_people() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, CHECK)
        while not link.reports or link.reports[-1]["page"] != "check":
            await pilot.pause(0.05)
        assert link.reports[-1]["version"] == "1.2.3"
        assert not any(personal in str(link.reports) for personal in PERSONAL)

    play(scene)


def test_a_crash_tells_where_and_not_whom(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        def fails(person: str) -> None:
            raise ValueError(person)

        app.call_later(fails, CARD_CODE)
        await pilot.pause()

    with pytest.raises(ValueError, match=NUMBER):
        play(scene)
    (record,) = (record for record in caplog.records if vars(record).get("action") == "failed")
    assert "ValueError at test_screens.py" in record.getMessage()
    told = caplog.text + "".join(capsys.readouterr())
    assert not any(personal in told for personal in PERSONAL[:-1])


def test_paper_that_will_end_soon_is_told_to_staff_once() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        async with VirtualPrinter(port=0) as printer:
            printing = EscPosPrinter(Network("127.0.0.1", printer.port))
            app.printing = Printing(printing, alert=app.call_to_printer)
            printer.change(near_end=True)
            for count in (1, 2):
                link.answers.append(Accepted(id="x", seq=1, result=ticket()))
                await keys(app, pilot, "3", "1")
                await printer.ticket(count)
                while not said(app).count("Mời lấy phiếu"):
                    await pilot.pause(0.02)
                await keys(app, pilot, "1")
            assert (
                link.told.count(RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk-1", detail="paper_low-80"))
                == 1
            )

    play(scene)


async def tap(app: Kiosk, pilot: "Pilot[None]", words: str) -> None:
    """Press the button that says this."""
    choice = next(choice for choice in app.screen.query(Choice) if choice.label == words)
    assert await pilot.click(choice)
    await drawn(app, pilot)


async def keys(app: Kiosk, pilot: "Pilot[None]", *names: str) -> None:
    """Press keys as a person does, with a pause after each."""
    for name in names:
        await press(app, pilot, name)
        await app.release_keys(float("inf"))
        await drawn(app, pilot)


async def press(app: Kiosk, pilot: "Pilot[None]", *names: str) -> None:
    """Press keys one right after the other. What only types a sign is not waited for: see `drawn`."""
    for name in names:
        if len(name) == 1:
            await app.on_event(events.Key(name, name))
        else:
            await pilot.press(name)


async def scan(app: Kiosk, pilot: "Pilot[None]", code: str) -> None:
    """A scanner types a code."""
    await press(app, pilot, *code, "enter")
    await drawn(app, pilot)
