"""Whom a visit is of, at a desk: typed or scanned, unknown, known from an earlier day, erased; and what is
shown."""

import pytest
from msgspec.structs import replace

from display.console import offers, reading, view
from display.console.desk import Chosen, Desk, FoundOne
from display.console.offers import Mistake, Offer, Sure
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import Brought, ClinicKind, IdentityKind, Lane, Language, Role
from queue_server.protocol.commands import Command, Identity
from queue_server.protocol.rows import InsuranceFacts, Name, Row, VisitCard
from tests.support.screens import CATALOGUE, IN_HAND, NAMES, card, desk, step

CARD = "001150000000"
RECEPTION = card(key="desk-1", kind=ClinicKind.RECEPTION)
KNOWN = FoundOne("0f" * 12, CARD, "Nguyễn Thị Ánh Tuyết 1948")


def offered(moment: Desk) -> dict[Action, Offer]:
    return {offer.action: offer for offer in offers.offers(moment)}


def command(moment: Desk, action: Action, *answers: str) -> Command | Mistake:
    found = offered(moment)[action]
    assert len(found.questions) == len(answers)
    assert found.make is not None
    return found.make([(answer,) for answer in answers])


@pytest.mark.parametrize(
    ("typed", "identity"),
    [
        (
            "001150000000 Nguyễn Thị Ví Dụ 1950",
            Identity(IdentityKind.TYPED, CARD, "Nguyễn Thị Ví Dụ", "1950"),
        ),
        ("001 150 000 000", Identity(IdentityKind.TYPED, CARD)),
        ("001.150.000.000  Thon 3/5/1950", Identity(IdentityKind.TYPED, CARD, "Thon", "1950-05-03")),
        (
            "dn 4 79 00 000 00000 H' Thử 05/1950",
            Identity(IdentityKind.TYPED, "DN4790000000000", "H' Thử", "1950-05"),
        ),
        ("0000000000 1950", Identity(IdentityKind.TYPED, "0000000000", "", "1950")),
        ("012345678", Identity(IdentityKind.TYPED, "012345678")),
        ("C1234567 ANNA MAUTHU", Identity(IdentityKind.TYPED, "C1234567", "ANNA MAUTHU")),
        ("001150000000 1950", Identity(IdentityKind.TYPED, CARD, "", "1950")),
        ("Nguyễn  Văn Ví Dụ 1950", Identity(IdentityKind.TOLD, "", "Nguyễn Văn Ví Dụ", "1950")),
        ("Thon", Identity(IdentityKind.TOLD, "", "Thon")),
        (
            f"{CARD}|012345678|Trần Thị Mẫu Thử|15081990|Nữ|Số 1 Đường Ví Dụ|01052021",
            Identity(
                IdentityKind.CARD,
                CARD,
                "Trần Thị Mẫu Thử",
                "1990-08-15",
                "female",
                warnings=("year_differs",),
            ),
        ),
        (
            f"{CARD}||Trần Thị Mẫu|31021990|Nữ|",
            Identity(IdentityKind.CARD, CARD, "Trần Thị Mẫu", "", "female", warnings=("date_impossible",)),
        ),
        (
            f"{CARD}||Thon|1950|Nam|",
            Identity(IdentityKind.CARD, CARD, "Thon", "1950", "male", warnings=("gender_differs",)),
        ),
        (
            "001150000000 Thon 1951",
            Identity(IdentityKind.TYPED, CARD, "Thon", "1951", warnings=("year_differs",)),
        ),
    ],
)
def test_a_desk_types_or_scans_who_it_is(typed: str, identity: Identity) -> None:
    assert reading.read(typed) == identity


@pytest.mark.parametrize(
    "typed",
    ["", "1950", "12345", "Ví Dụ 31/02/1950", "Ví Dụ 1850", "0013 Ví Dụ", "abc|def", "DN479 An", "|||||"],
)
def test_what_makes_no_sense_is_asked_again(typed: str) -> None:
    assert reading.read(typed) is None


def test_a_desk_says_whose_visit_it_is() -> None:
    moment = desk(RECEPTION, IN_HAND, role=Role.RECEPTION)
    made = command(moment, Action.IDENTIFY, f"{CARD} Ví Dụ 1950")
    assert made == commands.Identify(visit="v1", identity=Identity(IdentityKind.TYPED, CARD, "Ví Dụ", "1950"))
    assert isinstance(command(moment, Action.IDENTIFY, "12345"), Mistake)
    assert Action.IDENTIFY not in offered(desk(card(), IN_HAND))


def test_a_declared_priority_is_settled_with_one_key() -> None:
    for moment in (desk(card(), IN_HAND), desk(card(), IN_HAND, chosen=Chosen("v1", "A045"), selected="1")):
        for action, shown in ((Action.CONFIRM_LANE, True), (Action.WITHDRAW_LANE, False)):
            assert command(moment, action) == commands.SettleLane(visit="v1", shown=shown)
    assert Action.CONFIRM_LANE not in offered(desk(card(), step("2", "A2", order=1), selected="2"))


def test_somebody_nobody_can_identify_gets_a_number_at_a_desk_only() -> None:
    moment = desk(RECEPTION, role=Role.RECEPTION)
    route = next(iter(CATALOGUE)).key.removeprefix("route:")
    made = command(moment, Action.UNKNOWN, route)
    assert isinstance(made, commands.Register)
    assert made.identity == Identity(IdentityKind.UNIDENTIFIED)
    assert Action.UNKNOWN not in offered(desk(card()))


def test_who_is_known_by_a_number_is_given_one_or_erased() -> None:
    moment = desk(RECEPTION, role=Role.RECEPTION, found=KNOWN)
    route = next(iter(CATALOGUE)).key.removeprefix("route:")
    made = command(moment, Action.REGISTER, route)
    assert isinstance(made, commands.Register)
    assert made.identity == Identity(IdentityKind.TYPED, CARD)
    assert Action.FORGET not in offered(moment)
    admin = desk(RECEPTION, role=Role.ADMIN, found=KNOWN)
    (question,) = offered(admin)[Action.FORGET].questions
    assert isinstance(question, Sure)
    assert offered(admin)[Action.FORGET].make is not None
    assert command_without_answers(admin, Action.FORGET) == commands.Forget(person=KNOWN.person)


def command_without_answers(moment: Desk, action: Action) -> object:
    make = offered(moment)[action].make
    assert make is not None
    return make([()])


def test_an_ended_visit_s_person_is_erased_by_an_admin_who_is_asked_first() -> None:
    ended = VisitCard(key="visit", number="A077", lane=Lane.WALK_IN, ended="completed")
    moment = desk(card(), chosen=Chosen("v77", "A077"), journey=[ended], role=Role.ADMIN)
    assert command_without_answers(moment, Action.FORGET) == commands.Forget(visit="v77")
    for other in (
        desk(card(), chosen=Chosen("v77", "A077"), journey=[ended], role=Role.SUPERVISOR),
        desk(card(), IN_HAND, role=Role.ADMIN),
    ):
        assert Action.FORGET not in offered(other)


CHILD = Name(
    key="v1",
    name="Lý Thị Mẫu",
    birth_year="2023",
    warnings=("year_differs", "insurance_expired", "of_a_later_release"),
    identified=IdentityKind.TOLD,
    brought=Brought.CHILD,
    guardian="Lý Văn Ví Dụ",
    guardian_phone="0912345678",
    insurance=InsuranceFacts(
        card="TE1790000000000",
        valid_from="2026-01-01",
        valid_until="2026-11-22",
        facility="79034",
        transfer=False,
        revisit=True,
        suggested="1.5",
    ),
)


def with_child(language: Language) -> Desk:
    rows = [CHILD, *(row for row in NAMES if row.key != CHILD.key)]
    return desk(RECEPTION, IN_HAND, names=rows, role=Role.RECEPTION, language=language)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            Language.VI,
            (
                "năm sinh không khớp",
                "thẻ BHYT hết hạn",
                "cha mẹ đưa con",
                "0912345678",
                "gợi ý 1.5",
                "22/11/2026",
            ),
        ),
        (
            Language.EN,
            (
                "birth year does not fit",
                "has expired",
                "by a parent",
                "0912345678",
                "suggested code 1.5",
                "79034",
            ),
        ),
    ],
)
def test_staff_see_in_words_whom_they_have_before_them(language: Language, told: tuple[str, ...]) -> None:
    moment = with_child(language)
    shown = view.hand(moment, 160, 9).plain
    for word in told:
        assert word in shown, shown
    assert "insurance_expired" not in shown
    page = "\n".join(line.plain for line in view.person_lines(moment, "v1"))
    for word in (*told, "Lý Thị Mẫu", "TE1790000000000", "79034", "of_a_later_release"):
        assert word in page, page


def test_whom_nobody_can_identify_is_called_by_the_code() -> None:
    unknown = Name(key="v2", name="", identified=IdentityKind.UNIDENTIFIED, code="TAM-BKWMX")
    waiting = step("2", "A046", order=1)
    rows: list[Row] = [unknown, replace(CHILD, key="v3")]
    moment = desk(RECEPTION, waiting, step("3", "A047", order=2), names=rows, role=Role.RECEPTION)
    shown = view.people(moment, 140, 30).plain
    assert "TAM-BKWMX" in shown
    assert "⚠" in shown
    chosen = replace_chosen(moment, Chosen("v2", "A046"))
    assert "TAM-BKWMX" in view.hand(chosen, 140, 9).plain
    page = "\n".join(line.plain for line in view.person_lines(moment, "v2"))
    assert "chưa biết là ai" in page


def replace_chosen(moment: Desk, chosen: Chosen) -> Desk:
    return desk(*moment.rows.values(), names=list(moment.names.values()), role=moment.role, chosen=chosen)
