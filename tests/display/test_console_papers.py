"""What the console says of printers in trouble, and of papers that nobody is known to hold."""

from dataclasses import replace as another

import pytest
from msgspec.structs import replace

from display import texts
from display.console import machines, offers, view, words
from display.console.desk import Desk
from display.console.needs import needs
from display.console.offers import Offer, Pick
from display.console.offers.papers import papers
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import AlertKind, Language, PrintReason, PrintState, ReasonKind, Role
from queue_server.protocol.labels import Label
from queue_server.protocol.printers import PAPER_LOW, PrinterTrouble
from queue_server.protocol.questions import JournalLine, VisitTold
from queue_server.protocol.rows import Alert, Device, FacilityReason, HallCard, Print
from tests.support.screens import FACILITY, NOW, card, desk

HALL = HallCard(
    key="hall:hall-1", name=Label(vi="Sảnh A", en="Hall A"), floor=Label(vi="tầng 1", en="floor 1")
)
SPOILT = FacilityReason(
    key="reason:spoilt",
    reason="spoilt",
    kind=ReasonKind.VOID,
    label=Label(vi="Đã hủy", en="Destroyed"),
)
LATE = Print(
    key="print:v1/p1",
    print="v1/p1",
    visit="v1",
    number="A045",
    kiosk="kiosk-1",
    state=PrintState.UNKNOWN,
    at=NOW,
    reason="paper",
)
NEVER = Print(
    key="print:v2/p1",
    print="v2/p1",
    visit="v2",
    number="A046",
    kiosk="kiosk-1",
    state=PrintState.STALLED,
    at=NOW - 60_000,
    reason="cover",
)


def called(detail: str) -> Alert:
    return Alert(
        key="alert:a1",
        alert="a1",
        kind=AlertKind.PRINTER,
        subject="kiosk-1",
        at=NOW,
        detail=detail,
        hall="hall-1",
    )


def moment(*rows: Alert | Print, role: Role = Role.RECEPTION, language: Language = Language.VI) -> Desk:
    at = desk(card(), facility=[*FACILITY, HALL, SPOILT, *rows], language=language)
    return another(at, role=role)


def offered(at: Desk) -> Offer:
    (found,) = (offer for offer in offers.offers(at) if offer.action is Action.PAPERS)
    return found


def test_an_alert_says_who_brings_what_where() -> None:
    said = view.alerts(moment(called("paper_low-80"))).plain
    assert "Máy in kiosk-1 · Sảnh A, tầng 1: mang 1 cuộn giấy 80 mm, sắp hết giấy" in said
    said = view.alerts(moment(called("paper-58-spare"), language=Language.EN)).plain
    assert "Spare printer kiosk-1 · Hall A, floor 1: bring a roll of 58 mm paper: it is OUT OF PAPER" in said


def test_what_is_broken_since_yesterday_says_so() -> None:
    today, yesterday = called("cover"), replace(called("cover"), at=NOW - 24 * 3_600_000)
    at = moment(today)
    time = at.time(NOW)
    assert f"({time})" in view.alerts(at).plain
    at = moment(yesterday)
    assert f"({texts.day(yesterday.at, at.zone)} {time})" in view.alerts(at).plain


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
@pytest.mark.parametrize("what", [PAPER_LOW, *PrintReason])
def test_every_trouble_that_calls_somebody_has_words(what: str, language: Language) -> None:
    silent = {"unasked", "spare", "left", "destroyed", "restarted"}
    said = needs(desk(language=language), called(PrinterTrouble(what).detail), "kiosk-1")
    assert bool(said) == (what not in silent)
    assert "{" not in said


def test_a_printer_that_nobody_said_more_of_needs_somebody() -> None:
    assert "Máy in cần người đến – kiosk-1" in view.alerts(moment(called(""))).plain
    emergency = Alert(
        key="alert:a2", alert="a2", kind=AlertKind.STORE, subject="server", at=NOW, detail="paper"
    )
    assert needs(desk(), emergency, "server") == ""


def test_papers_nobody_holds_are_counted_and_told_one_by_one() -> None:
    at = moment(LATE, NEVER)
    assert [paper.number for paper in papers(at)] == ["A046", "A045"]
    assert "2 phiếu chưa rõ (G)" in view.alerts(at).plain
    question = offered(at).questions[0]
    assert isinstance(question, Pick)
    told = [option.label for option in question.options]
    assert "A046" in told[0]
    assert "không in được, người bệnh chưa có phiếu (nắp mở)" in told[0]
    assert "có thể còn ra, hủy nếu thấy (hết giấy)" in told[1]


def test_a_paper_was_given_or_destroyed() -> None:
    make = offered(moment(LATE, NEVER)).make
    assert make is not None
    assert make((("v1/p1",), ("",))) == commands.Confirm(
        print="v1/p1", state=PrintState.ACKNOWLEDGED, number="A045"
    )
    assert make((("v2/p1",), ("spoilt",))) == commands.VoidPrint(print="v2/p1", reason="spoilt")


def test_who_sees_one_room_only_is_not_asked_for_papers() -> None:
    at = moment(LATE, role=Role.CLINIC)
    assert all(offer.action is not Action.PAPERS for offer in offers.offers(at))
    assert "chưa rõ" not in view.alerts(at).plain
    assert all(offer.action is not Action.PAPERS for offer in offers.offers(moment()))


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
@pytest.mark.parametrize("reason", ["", *PrintReason])
@pytest.mark.parametrize("state", PrintState)
def test_a_visit_s_journal_says_in_words_what_became_of_each_paper(
    state: PrintState, reason: str, language: Language
) -> None:
    change = JournalLine(
        seq=1, at=NOW, actor="kiosk-1", event="print_changed", change=state.value, reason=reason
    )
    at = moment(language=language)
    (line,) = view.journal_lines(VisitTold(visit="v1", number="A045", lines=(change,)), at)
    assert at.say(words.PAPER_STATES[state]) in line.plain
    assert not reason or at.say(words.PAPER_REASONS[reason]) in line.plain
    # A site's own reason for voiding goes before ours.
    spoilt = replace(change, reason="spoilt")
    (line,) = view.journal_lines(VisitTold(visit="v1", number="A045", lines=(spoilt,)), at)
    assert at.say(SPOILT.label) in line.plain


def test_the_overview_tells_of_the_spare_printer_the_paper_and_what_may_come_out() -> None:
    kiosk = Device(
        key="kiosk-1",
        role="kiosk",
        online=True,
        seen_at=NOW,
        shows={"printer": "unasked", "spare": "paper", "paper_left": 12_900, "loose": 2},
    )
    calm = Device(
        key="kiosk-2", role="kiosk", online=True, seen_at=NOW, shows={"printer": "ready", "loose": 0}
    )
    at = another(desk(), devices={row.key: row for row in (calm, kiosk)})
    first, second = (line.plain for line in machines.lines(at))
    assert "kiosk-1" in first
    for said in (
        "máy in: không hỏi được, xem tận nơi",
        "máy in dự phòng: HẾT GIẤY",
        "còn khoảng 12 m giấy",
        "2 phiếu có thể ra muộn",
    ):
        assert said in first
    assert "phiếu" not in second
