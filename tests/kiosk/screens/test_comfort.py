"""For whoever reads, sees or hears badly: letters, colours, voice, every page by keys or by taps alone."""

import time
from dataclasses import replace
from itertools import product
from typing import Any, cast

import pytest
from msgspec import structs
from textual import events
from textual.color import Color
from textual.pilot import Pilot

from kiosk.app import Kiosk
from kiosk.devices.network_line import Network
from kiosk.devices.printer import EscPosPrinter
from kiosk.devices.session import LARGER, SMALLER
from kiosk.devices.speech import Speech
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.duty.values import Duty, Emergency, Press
from kiosk.identity import Why
from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    Answered,
    Check,
    ChooseExam,
    Handed,
    Issued,
    Paper,
    Scanned,
    Stage,
    Steward,
    Tick,
    Welcome,
)
from kiosk.printing import Printing
from kiosk.screens.pages import Size, page
from kiosk.texts import SENTENCES, read
from kiosk.widgets.choice import Choice
from queue_server.protocol.codes import Help, KioskMode, Language, PrintState, Punctuality
from queue_server.protocol.commands import Register
from queue_server.protocol.labels import Label
from queue_server.protocol.messages import Accepted
from queue_server.protocol.rows import CatalogueService, KioskState
from tests.kiosk.screens.test_screens import (
    CHECK,
    LONG,
    OWN,
    STAGES,
    drawn,
    drawn_alone,
    keys,
    play,
    put,
    said,
    scan,
    tap,
)
from tests.support.fit import drawn_by, misfits
from tests.support.kiosk_parts import (
    CARD,
    CARD_CODE,
    INSURANCE_CODE,
    ONE,
    OTHER_CODE,
    RECEPTION,
    ROOM_12,
    TEN,
    catalogue_rows,
    kiosk_rows,
    ticket,
    world,
)
from tests.support.still_connection import StillConnection

NORMAL, LARGE = ((67, 16), (56, 44)), ((53, 13), (45, 35))
EVERY = tuple(Help)
MORE: dict[str, Stage] = {
    "aid": replace(CHECK, asks_help=True, help=(Help.HEARING,)),
    "check-help": replace(CHECK, help=EVERY, priority=True),
    "issued-help": Issued(ticket(), Paper(PrintState.ACKNOWLEDGED), LONG, help=(Help.SIGHT,)),
    "steward": Steward("insured-exam"),
    "steward-own-ticket": Steward("insured-exam", problem=Why.OWN_TICKET),
    "steward-waits": Steward("insured-exam", (Handed(1, LONG, CARD),), shown=1),
    "steward-many": Steward(
        "insured-exam",
        tuple(Handed(n, LONG, CARD if n == 1 else None, f"A04{n}", print=f"p{n}") for n in range(1, 7)),
        shown=1,
        priority=True,
        help=EVERY,
    ),
    "steward-no-paper": Steward(
        "insured-exam",
        (Handed(1, LONG, CARD, "A041", paper=Paper(PrintState.STALLED, "unreachable")),),
        shown=1,
    ),
    "steward-types": Steward("insured-exam", (Handed(1, LONG, CARD, "A041"),), typed="079190000123"),
    "steward-types-wrong": Steward("insured-exam", typed="07919000012", problem=Why.UNKNOWN_CODE),
    "steward-refused": Steward("insured-exam", (Handed(1, LONG, CARD, refused=True),), shown=1),
}


def in_mode(link: StillConnection, app: Kiosk, mode: KioskMode) -> None:
    state = kiosk_rows()["kiosk-1"]
    assert isinstance(state, KioskState)
    link.known["kiosk:kiosk-1"] = {"kiosk-1": structs.replace(state, mode=mode, card_route="insured-exam")}
    app.rows_changed()


def with_all_ways(app: Kiosk, *, is_large: bool) -> None:
    app.settings = replace(app.settings, can_resize=True, is_large=is_large)
    app.give_voices(frozenset(Language))


# Fit -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
@pytest.mark.parametrize("size", NORMAL + LARGE, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_page_fits_with_all_ways_at_its_foot(size: tuple[int, int], language: Language) -> None:
    stages = MORE if size in NORMAL else {**STAGES, **MORE}

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        with_all_ways(app, is_large=size in LARGE)
        for name, stage in stages.items():
            mode = KioskMode.STEWARD if isinstance(stage, Steward) else KioskMode.FULL
            in_mode(link, app, mode)
            await put(app, pilot, stage, language)
            assert misfits(app, language) == [], name
            for choice in app.screen.query(Choice):
                assert choice.region.height >= (2 if size[1] < 15 else 3), name
        for mode in (KioskMode.NUMBERS, KioskMode.STEWARD):
            in_mode(link, app, mode)
            await put(app, pilot, Welcome(), language)
            assert misfits(app, language) == [], mode
            warns = SENTENCES[language].emergency in said(app).replace("\n", " ")
            assert warns is (mode is KioskMode.NUMBERS)
        in_mode(link, app, KioskMode.FULL)
        await put(app, pilot, CHECK, language, warned=True)
        assert misfits(app, language) == [], "warning"
        app.standby.refused = True
        await put(app, pilot, Welcome(), language)
        assert misfits(app, language) == [], "refused"

    play(scene, size)


FAR = structs.replace(
    ROOM_12,
    label=Label(vi="Phòng khám điều trị ngoại trú (OPC)", en="Outpatient treatment clinic (OPC)"),
    hall=Label(vi="Khu chờ khám chuyên khoa", en="Specialties hall"),
    floor=Label(vi="Tầng 3", en="3rd floor"),
)
PAPERS = (
    Paper(),
    Paper(PrintState.ACKNOWLEDGED),
    Paper(PrintState.ACKNOWLEDGED, "spare"),
    Paper(PrintState.SENT, "unasked"),
    Paper(PrintState.STALLED, "unreachable"),
    Paper(PrintState.UNKNOWN, "cover"),
)


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
@pytest.mark.parametrize("size", [*NORMAL, *LARGE, (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_number_says_where_to_go_and_what_of_its_paper_however_much_else_there_is(
    size: tuple[int, int], language: Language
) -> None:
    words = SENTENCES[language]

    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        for paper, provisional, reprint in product(PAPERS, (True, False), (True, False)):
            told = ticket("K01-1000", at=FAR, provisional=provisional, reprint=reprint)
            told = structs.replace(told, not_before=TEN, usually_by=ONE)
            booked = structs.replace(told, appointment=ticket(came=Punctuality.LATE).appointment)
            for each in (booked, told):
                await put(app, pilot, Issued(each, paper, LONG, help=()), language)
                assert misfits(app, language) == [], (paper, provisional, reprint)
            assert read(FAR.label, language) in said(app).replace("\n", " ")
            good = paper.state in (PrintState.STALLED, PrintState.UNKNOWN)
            assert not good or words.paper_still_good in said(app)
        for paper in PAPERS:
            await put(app, pilot, Issued(OWN, paper, LONG), language)
            assert misfits(app, language) == [], paper
            assert read(RECEPTION.label, language) in said(app).replace("\n", " ")

    play(scene, size)


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
def test_large_letters_need_no_more_than_two_pages_for_all_exams(language: Language) -> None:
    begun = replace(walk.begin(Language.VI, 0), language=language)
    pages = [
        page(replace(begun, stage=ChooseExam(CHECK, "insured-exam", turned)), world(), Size(*LARGE[0]))
        for turned in (0, 1)
    ]
    offered = [option.label for shown in pages for option in shown.options]
    assert all(read(exam.name, language) in offered for exam in world().catalogue.exams)
    unsure, more = SENTENCES[language].exam_unsure, SENTENCES[language].more
    assert [[option.label for option in shown.rows[-1]] for shown in pages] == [[unsure, more]] * 2


def test_a_button_leaves_no_word_over_on_its_last_line() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await put(app, pilot, STAGES["full-morning"], Language.EN)
        button = app.screen.query(Choice).filter(".main").first()
        assert drawn_by(button) == "1 Ticket for the next\nsession – seen from 10:00"

    play(scene, LARGE[1])


@pytest.mark.parametrize("size", NORMAL + LARGE, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_kiosk_that_never_met_its_server_says_so_on_every_screen(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        for language in (Language.VI, Language.EN):
            await put(app, pilot, Welcome(), language)
            assert misfits(app, language) == []

    play(scene, size, met=False)


# Colours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contrast", [False, True], ids=["usual", "contrast"])
@pytest.mark.parametrize("size", [NORMAL[0], LARGE[1]], ids=["normal", "large"])
def test_all_words_stand_out_from_their_ground(size: tuple[int, int], contrast: bool) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        with_all_ways(app, is_large=size in LARGE)
        for name, stage in {**STAGES, **MORE}.items():
            if name.count("-") > 1 or name.startswith("scan-"):
                # The same styles as on a page before.
                continue
            in_mode(link, app, KioskMode.STEWARD if isinstance(stage, Steward) else KioskMode.FULL)
            app.journey = replace(
                walk.begin(Language.VI, app.journey.touched), stage=stage, contrast=contrast
            )
            app.on_resize()
            await drawn_alone(app, pilot)
            assert misfits(app, Language.VI) == [], name
            stands_out(app, name)
        app.duty.duty = Duty(Emergency(10**12, seen=10**12))
        app.on_resize()
        await drawn_alone(app, pilot)
        assert app.screen.has_class("emergency")
        stands_out(app, "emergency")

    def stands_out(app: Kiosk, name: str) -> None:
        for widget in app.screen.query("Static, BlockNumber"):
            _, _, ground, ink = widget.colors
            assert ratio(ink, ground) >= 7, (name, widget, widget.classes)
            if contrast:
                assert {ink.hex6, ground.hex6} <= {"#000000", "#FFFFFF", "#FFFF00"}, (name, widget)

    play(scene, size)


def ratio(one: Color, other: Color) -> float:
    """Contrast of two colours, WCAG 2.2."""

    def luminance(color: Color) -> float:
        parts = (part / 255 for part in color.rgb)
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_colours_change_by_one_key_or_tap_and_go_with_the_patient() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        await tap(app, pilot, "Tương phản")
        assert app.screen.has_class("contrast")
        await keys(app, pilot, "1", "f4")
        assert not app.screen.has_class("contrast")
        await keys(app, pilot, "f4")
        await tap(app, pilot, "Về đầu")
        assert not app.screen.has_class("contrast")

    play(scene)


# Letters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_large", "said_", "code"), [(False, "Aa Chữ to", 10), (True, "Chữ vừa", 11)])
@pytest.mark.parametrize("by_key", [True, False], ids=["key", "tap"])
def test_the_session_is_asked_for_other_letters(is_large: bool, said_: str, code: int, by_key: bool) -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        with_all_ways(app, is_large=is_large)
        await put(app, pilot, Welcome())
        if by_key:
            await pilot.press("f3")
            await app.release_keys(float("inf"))
        else:
            (choice,) = (choice for choice in app.screen.query(Choice) if choice.label == said_)
            await pilot.click(choice)
        while app.return_code is None:
            await pilot.pause()
        assert app.return_code == code == (SMALLER if is_large else LARGER)

    play(scene)


def test_an_emergency_does_not_end_because_letters_go_back_to_normal() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        with_all_ways(app, is_large=True)
        await put(app, pilot, Welcome())
        app.journey = replace(app.journey, touched=app.journey.touched - walk.IDLE)
        app.happen(Press.EMERGENCY)
        app.happen(Tick())
        assert app.return_code is None
        await drawn(app, pilot)
        app.happen(Press.MISTAKE)
        app.happen(Press.NOBODY_NEEDS_HELP)
        app.happen(Press.LEAVE)
        app.happen(Tick())
        assert app.return_code == SMALLER

    play(scene)


def test_letters_are_not_offered_where_nobody_can_change_them() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        assert "Aa Chữ to" not in said(app)
        await keys(app, pilot, "f3")
        assert app.return_code is None

    play(scene)


# Voice -----------------------------------------------------------------------------------------------------


class Listener:
    """In place of a voice: what it was given, and when it fell silent."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Language]] = []
        self.silences = 0

    async def languages(self) -> frozenset[Language]:
        return frozenset(Language)

    async def say(self, text: str, language: Language) -> None:
        self.heard.append((text, language))

    async def stop(self) -> None:
        self.silences += 1


def test_a_page_is_read_aloud_and_falls_silent_with_it() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        listener = Listener()
        app.speech = cast(Speech, listener)
        app.give_voices(await listener.languages())
        await put(app, pilot, CHECK)
        await tap(app, pilot, "Đọc to")
        while not listener.heard:
            await pilot.pause()
        assert "Hiền" in listener.heard[0][0]
        await keys(app, pilot, "1")
        while not listener.silences:
            await pilot.pause()
        await keys(app, pilot, "f5")
        while len(listener.heard) < 2:
            await pilot.pause()
        assert "Hôm nay quý vị đến để làm gì?" in listener.heard[1][0]

    play(scene)


def test_the_next_card_s_page_is_silent_though_it_asks_the_same() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        listener = Listener()
        app.speech = cast(Speech, listener)
        app.give_voices(await listener.languages())
        await put(app, pilot, CHECK)
        # The page goes before the voice has begun.
        app.happen(Act.ALOUD)
        app.happen(Act.PRIORITY)
        app.happen(Scanned(OTHER_CODE))
        while not listener.silences:
            await pilot.pause()
        assert "Hiền" in listener.heard[0][0]
        assert "Mẫu" in said(app)

    play(scene)


def test_without_a_voice_nothing_is_offered() -> None:
    async def scene(app: Kiosk, _: StillConnection, pilot: "Pilot[None]") -> None:
        app.give_voices(frozenset())
        await put(app, pilot, CHECK)
        assert "Đọc to" not in said(app)

    play(scene)


# Initials --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", NORMAL, ids=["wide", "tall"])
def test_services_have_letters_that_stand_for_them(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        rows = catalogue_rows()
        for row in [row for row in rows.values() if isinstance(row, CatalogueService)]:
            rows[row.key] = structs.replace(row, initial=row.service[:3].upper())
        link.known["catalogue"] = rows
        app.rows_changed()
        await put(app, pilot, ChooseExam(CHECK, "insured-exam"))
        (first,) = (choice for choice in app.screen.query(Choice) if choice.label == "Nội tổng hợp")
        drawn_as = str(first.render())
        assert ("▄▀▀ █▀▀ █▄ █" if size[1] > size[0] // 2 else " GEN ") in drawn_as
        assert all(word in drawn_as for word in ("Nội", "tổng hợp"))
        assert all(len(line) <= first.content_size.width for line in drawn_as.split("\n"))

    play(scene, size)


# By one hand only ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [KioskMode.FAST, KioskMode.FULL, KioskMode.ATTENDED])
def test_a_whole_visit_by_keys_alone(mode: KioskMode) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        in_mode(link, app, mode)
        link.answers.append(Accepted(id="x", seq=1, result=ticket()))
        await keys(app, pilot, "1", *(() if mode is KioskMode.FAST else ("1",)), "t")
        await keys(app, pilot, *CARD_CODE, "enter")
        await keys(app, pilot, "4", "1", *(() if mode is KioskMode.FAST else ("1", "1")))
        (wish,) = (told for told in link.told if isinstance(told, Register))
        assert wish.help == (Help.HEARING,)
        await put(app, pilot, Issued(ticket(), Paper(PrintState.ACKNOWLEDGED), LONG, help=wish.help))
        await keys(app, pilot, "2", "3", "6", "1")
        assert app.journey.stage == Welcome()

    play(scene)


@pytest.mark.parametrize("size", NORMAL + LARGE, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_whole_visit_by_taps_and_a_scan(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        in_mode(link, app, KioskMode.FAST)
        link.answers.append(Accepted(id="x", seq=1, result=ticket()))
        await scan(app, pilot, CARD_CODE)
        await tap(app, pilot, "Cần giúp đỡ" if size[1] < 15 else "Khác")
        await tap(app, pilot, "□ Tôi đi xe lăn")
        await tap(app, pilot, "Xong")
        await tap(app, pilot, "Đúng, tiếp tục")
        (wish,) = (told for told in link.told if isinstance(told, Register))
        assert wish.help == (Help.WHEELCHAIR,)
        await put(app, pilot, Issued(ticket(), Paper(PrintState.ACKNOWLEDGED), LONG, help=wish.help))
        await tap(app, pilot, "Xong")
        assert app.journey.stage == Welcome()

    play(scene, size)


def test_numbers_come_by_one_tap_and_by_one_key() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        in_mode(link, app, KioskMode.NUMBERS)
        link.answers += [Accepted(id="x", seq=1, result=ticket())] * 2
        await drawn(app, pilot)
        await tap(app, pilot, "Lấy số ưu tiên")
        await put(app, pilot, Welcome())
        await keys(app, pilot, "1")
        first, second = (told for told in link.told if isinstance(told, Register))
        assert (first.declared_priority, second.declared_priority) == (True, False)

    play(scene)


def test_upright_all_buttons_are_in_the_lower_half() -> None:
    for name, stage in {**STAGES, **MORE}.items():
        if name.startswith(("exam", "one-more", "route", "aid", "line", "form", "duty")) or "letters" in name:
            continue
        journey = replace(walk.begin(Language.VI, 0), stage=stage)
        shown = page(journey, world(), Size(56, 44))
        if not shown.letters and not shown.pad:
            assert 5 * len(shown.rows) <= 44 / 2 + 3, name


def test_from_a_scan_to_paper_with_one_tap_takes_the_machine_no_eight_seconds() -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        in_mode(link, app, KioskMode.FAST)
        link.answers.append(Accepted(id="x", seq=1, result=ticket()))
        async with VirtualPrinter(port=0) as printer:
            app.printing = Printing(
                EscPosPrinter(Network("127.0.0.1", printer.port)), alert=app.call_to_printer
            )
            await drawn(app, pilot)
            began = time.monotonic()
            app.post_message(events.Paste(CARD_CODE))
            while not isinstance(app.journey.stage, Check):
                await pilot.pause()
            await keys(app, pilot, "1")
            await printer.ticket(1)
            assert time.monotonic() - began < 8

    play(scene)


def test_a_steward_s_papers_come_in_the_order_of_the_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(app: Kiosk, link: StillConnection, pilot: "Pilot[None]") -> None:
        in_mode(link, app, KioskMode.STEWARD)
        async with VirtualPrinter(port=0) as printer:
            app.printing = Printing(
                EscPosPrinter(Network("127.0.0.1", printer.port)), alert=app.call_to_printer
            )
            prints, papers = app.printing.print_job, []

            async def seen(name: str, *job: Any) -> None:
                papers.append(name)
                await prints(name, *job)

            monkeypatch.setattr(app.printing, "print_job", seen)
            await put(app, pilot, Welcome())
            await keys(app, pilot, "1")
            for wish, (code, number) in enumerate(CARDS, 1):
                app.happen(Scanned(code))
                given = structs.replace(ticket(number), print=number)
                app.happen(Answered(wish, Accepted(id="x", seq=1, result=given)))
            await printer.ticket(3)
            await drawn(app, pilot)
            assert "Trước đó: A002  A001" in said(app)
        assert papers == ["A001", "A002", "A003"]

    play(scene)


CARDS = ((CARD_CODE, "A001"), (OTHER_CODE, "A002"), (INSURANCE_CODE, "A003"))
