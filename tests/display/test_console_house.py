"""What the console says of proposals, of a HIS that differs, of reasons, and of the whole house."""

import re
from collections.abc import Sequence
from dataclasses import replace as another
from pathlib import Path

import pytest
from msgspec.structs import replace

from display import texts
from display.console import offers, view, words
from display.console.desk import Desk
from display.console.offers import PickMany
from display.console.words import Action
from queue_server.client import Link, LinkState
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    AlertKind,
    AppointmentState,
    Language,
    Need,
    ReasonKind,
    Role,
    Stays,
    VisitWait,
)
from queue_server.protocol.labels import Label
from queue_server.protocol.questions import AppointmentLine
from queue_server.protocol.rows import (
    Accuracy,
    Alert,
    ClinicProposal,
    FacilityClinic,
    FacilityDisagreement,
    FacilityReason,
    FacilityVisit,
    ProposedMove,
    Row,
)
from tests.support.screens import FACILITY, MINUTE, NOW, card, desk, step

PROPOSAL = ClinicProposal(
    key="proposal:proposal-7",
    proposal="proposal-7",
    clinic="room-1",
    cause="close",
    at=NOW,
    lines=(
        ProposedMove(step="3", call_sign="A031", clinic="room-2", gain=35),
        ProposedMove(step="4", call_sign="A047", clinic="room-2"),
        ProposedMove(step="5", call_sign="A048", why=Stays.CHOSEN),
    ),
)
DIFFERS = FacilityDisagreement(
    key="disagreement:v3/clinic",
    visit="v3",
    number="A031",
    step="3",
    about="clinic",
    ours="room-1",
    his="room-2",
    at=NOW,
)


def offered(moment: Desk, action: Action) -> offers.Offer | None:
    return next((offer for offer in offers.offers(moment) if offer.action is action), None)


def asked(moment: Desk, action: Action, *answers: Sequence[str]) -> object:
    offer = offered(moment, action)
    assert offer is not None
    assert offer.make is not None
    return offer.make([tuple(answer) for answer in answers])


def test_without_a_proposal_the_key_asks_for_one() -> None:
    assert asked(desk(card()), Action.MOVES) == commands.ProposeMoves(clinic="room-1")
    assert offered(desk(card(waiting=0)), Action.MOVES) is None


def test_a_proposal_is_taken_whole_in_part_or_not() -> None:
    moment = desk(card(), PROPOSAL)
    offer = offered(moment, Action.MOVES)
    assert offer is not None
    question = offer.questions[0]
    assert isinstance(question, PickMany)
    assert [(option.value, option.marked) for option in question.options] == [("3", True), ("4", True)]
    assert "A031" in question.options[0].label
    assert "35" in question.options[0].label
    assert "A048" in question.title
    assert texts.STAYS[Stays.CHOSEN].vi in question.title
    whole = commands.AcceptProposal(clinic="room-1", proposal="proposal-7")
    assert asked(moment, Action.MOVES, ("3", "4")) == whole
    assert asked(moment, Action.MOVES, ("4",)) == replace(whole, steps=("4",))
    assert asked(moment, Action.DISMISS) == commands.DismissProposal(clinic="room-1", proposal="proposal-7")


def test_a_proposal_is_told_above_the_list() -> None:
    told = view.alerts(desk(card(), PROPOSAL)).plain
    assert "2" in told
    assert "chuyển" in told


def test_an_alert_names_the_place_and_two_that_read_the_same_are_told_once() -> None:
    late = [
        Alert(key=f"alert:{n}", alert=str(n), kind=AlertKind.CLINIC_LATE, subject="room-1", at=NOW)
        for n in range(2)
    ]
    told = view.alerts(desk(card(), facility=[*FACILITY, *late])).plain
    assert told.count(desk(card()).place("room-1")) == 1
    assert "room-1" not in told


def test_other_rooms_proposals_reach_only_who_oversees_the_house() -> None:
    other = replace(PROPOSAL, clinic="room-2")
    facility = [*FACILITY, other]
    assert desk(card(), facility=facility).proposals == ()
    assert desk(card(), facility=facility, role=Role.SUPERVISOR).proposals == (other,)


def test_where_the_his_differs_somebody_marks_it_as_seen_to() -> None:
    facility = [*FACILITY, DIFFERS]
    assert offered(desk(card(), facility=facility), Action.DIFFERENCE) is None
    moment = desk(card(), facility=facility, role=Role.RECEPTION)
    assert asked(moment, Action.DIFFERENCE, ("disagreement:v3/clinic",)) == commands.Agree(
        about="clinic", visit="v3"
    )
    sentence = offers.difference(moment, DIFFERS)
    assert sentence.startswith("A031: ")
    assert "HIS" in sentence
    assert "room-1" not in sentence
    assert "(H)" in view.alerts(moment).plain


def test_what_the_his_said_of_nobody_we_know_is_marked_by_what_it_said() -> None:
    stray = replace(
        DIFFERS, key="disagreement:/unknown", visit="", number="", about="unknown_visit", his="77"
    )
    moment = desk(card(), facility=[*FACILITY, stray], role=Role.SUPERVISOR)
    assert asked(moment, Action.DIFFERENCE, (stray.key,)) == commands.Agree(about="unknown_visit", his="77")
    assert "77" in offers.difference(moment, stray)


@pytest.mark.parametrize("language", list(Language))
def test_why_somebody_stands_where_they_stand(language: Language) -> None:
    waiting = step(
        "9",
        "A060",
        order=8,
        before={"priority": 2, "returning": 1, "ordinary": 4},
        not_before=NOW + 20 * MINUTE,
        usually_by=NOW + 50 * MINUTE,
    )
    moment = desk(card(rule="priority_first"), waiting, selected="9", language=language)
    told = "\n".join(line.plain for line in view.why_lines(moment, waiting))
    if language is Language.VI:
        assert "Trước A060: 2 ưu tiên, 1 trả kết quả, 4 lượt thường." in told
        assert "không sớm hơn 08:02, thường trước 08:32" in told
    else:
        assert "Before A060: 2 priority, 1 with results, 4 ordinary." in told
        assert "not before 08:02, usually by 08:32" in told
    assert offered(moment, Action.EXPLAIN) is not None


def test_who_is_next_has_nobody_before() -> None:
    first = step("9", "A060", order=1)
    assert "Không ai ở trước" in view.why_lines(desk(card(), first), first)[0].plain


def test_needs_and_appointments_are_on_the_line() -> None:
    here = step("9", "A060", order=1, needs=(Need.FULL_BLADDER,), appointment_at=NOW + 18 * MINUTE)
    told = view.people(desk(card(), here), 160, 20).plain
    assert "nhịn tiểu" in told
    assert "hẹn 08:00" in told


def test_a_reason_that_is_used_up_is_not_offered() -> None:
    reasons: list[Row] = [
        FacilityReason(
            key=f"reason:{name}",
            reason=name,
            kind=ReasonKind.CALL,
            label=Label(vi=name, en=name),
            quota=quota,
        )
        for name, quota in (("staff", 2), ("guest", 1))
    ]
    others = [row for row in FACILITY if not isinstance(row, FacilityReason)]
    waiting = step("2", "A2", order=1)
    moment = desk(
        card(courtesy={"staff": 1, "guest": 1}), waiting, selected="2", facility=[*others, *reasons]
    )
    offer = offered(moment, Action.CALL_THIS)
    assert offer is not None
    labels = [option.label for question in offer.questions for option in getattr(question, "options", ())]
    assert labels == ["staff (đã 1/2 trong buổi)"]


def test_the_whole_house_on_one_page() -> None:
    room = next(row for row in FACILITY if isinstance(row, FacilityClinic))
    busy = replace(
        room,
        waiting=12,
        expected=40,
        insured=58,
        advice="prefer_others",
        session_ends=NOW + 200 * MINUTE,
        finishable=9,
        courtesy={"staff": 2},
    )
    waits = FacilityVisit(key="v5", visit="v5", number="A005", wait=VisitWait.RESULTS, since=NOW)
    held = Accuracy(
        key="accuracy:general/7", service="general", hour=7, judged=50, broken=4, held=41, error=6
    )
    facility = [*(row for row in FACILITY if row is not room), busy, waits]
    moment = another(
        desk(card(), facility=facility, role=Role.SUPERVISOR), accuracy={held.key: held}, _sections={}
    )
    told = "\n".join(line.plain for line in view.overview_lines(moment))
    assert "khoảng 40 phút" in told
    assert "kịp 9 người" in told
    assert "58 lượt bảo hiểm" in told
    assert texts.ADVICE["prefer_others"].vi in told
    assert "A005" in told
    assert "8%" in told
    assert "82%" in told
    assert "6 phút" in told


def test_a_line_that_is_longer_than_the_session_is_told_at_the_top() -> None:
    ends = NOW + 200 * MINUTE
    link = Link(LinkState.ONLINE)
    short = desk(card(waiting=9, finishable=12, session_ends=ends))
    assert "kịp" not in view.header(short, link, 1.0, 200).plain
    long = desk(card(waiting=30, finishable=12, session_ends=ends))
    assert f"kịp 12 người đến {long.time(ends)}" in view.header(long, link, 1.0, 200).plain


def test_every_fact_of_a_place_has_words() -> None:
    document = (Path(__file__).parents[2] / "queue_server/protocol/PROTOCOL.md").read_text(encoding="utf-8")
    table = document.split("### Why a place is what it is")[1].split("## 3.")[0]
    codes = {
        code
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`(\S+)`", row)
    }
    assert "share_law" in codes
    for code in codes:
        told = words.fact(code.replace("<n>", "3"), Language.VI)
        assert told != code


def test_todays_appointments_say_who_has_come() -> None:
    booked = (
        AppointmentLine("T1", "general", NOW, AppointmentState.CHECKED_IN, name="H' Thử Êban", number="A031"),
        AppointmentLine("T2", "general", NOW + MINUTE, AppointmentState.BOOKED, code="TK000123"),
    )
    lines = [line.plain for line in view.appointment_lines(desk(card()), booked)]
    assert "H' Thử Êban" in lines[0]
    assert "đã đến" in lines[0]
    assert "A031" in lines[0]
    assert "TK000123" in lines[1]
    assert "chưa đến" in lines[1]
    assert len(view.appointment_lines(desk(card()), ())) == 1
