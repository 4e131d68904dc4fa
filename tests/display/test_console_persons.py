"""Whom a visit is of, at a desk: typed or scanned, unknown, known from an earlier day, erased; and what is
shown."""

from datetime import datetime

import pytest
from msgspec.structs import replace

from display.console import offers, reading, view, words
from display.console.desk import Chosen, Desk, FoundOne
from display.console.offers import Mistake, Offer, Pick, PickMany, Sure, Write
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import Brought, ClinicKind, CodeKind, IdentityKind, Lane, Language, Role
from queue_server.protocol.commands import Command, Identity, Insurance
from queue_server.protocol.rows import CodeShape, InsuranceFacts, Name, Row, VisitCard
from tests.support.screens import CATALOGUE, IN_HAND, NAMES, VIETNAM, card, desk, step

CARD = "001150000000"
RECEPTION = card(key="desk-1", kind=ClinicKind.RECEPTION)
INSURED = replace(NAMES[0], insurance=InsuranceFacts(transfer=True))
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
        (
            "UTO c1234567 ANNA MAUTHU",
            Identity(IdentityKind.TYPED, "C1234567", "ANNA MAUTHU", issuer="UTO"),
        ),
        ("d C01X00T47", Identity(IdentityKind.TYPED, "C01X00T47", issuer="D")),
        ("Lan 1950", Identity(IdentityKind.TOLD, "", "Lan", "1950")),
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
    assert reading.read(typed) == words.NOT_UNDERSTOOD


@pytest.mark.parametrize("typed", ["C1234567 ANNA MAUTHU", "AB 123456", "c1234567"])
def test_a_passport_needs_its_country(typed: str) -> None:
    assert reading.read(typed) == words.WHICH_COUNTRY


def test_a_desk_says_whose_visit_it_is() -> None:
    moment = desk(RECEPTION, IN_HAND, role=Role.RECEPTION)
    made = command(moment, Action.IDENTIFY, f"{CARD} Ví Dụ 1950")
    assert made == commands.Identify(visit="v1", identity=Identity(IdentityKind.TYPED, CARD, "Ví Dụ", "1950"))
    assert isinstance(command(moment, Action.IDENTIFY, "12345"), Mistake)
    assert Action.IDENTIFY not in offered(desk(card(), IN_HAND))


CODES = (
    CodeShape("patient", CodeKind.HOSPITAL_CARD, "BN[0-9]{8}"),
    CodeShape("slip", CodeKind.HIS_PAPER, "HIS/(?P<code>[0-9]{12})"),
    CodeShape("number", CodeKind.HIS_PAPER, "[0-9]{12}"),
    CodeShape("booking", CodeKind.APPOINTMENT, "TK[0-9]{6}"),
)


def test_a_desk_knows_the_hospital_s_own_codes_by_their_shapes() -> None:
    known = {
        "bn20261234": Identity(IdentityKind.HOSPITAL_CARD, "bn20261234"),
        "HIS/202611230001": Identity(IdentityKind.HIS_PAPER, "202611230001"),
        CARD: Identity(IdentityKind.TYPED, CARD),
    }
    assert {typed: reading.read(typed, CODES) for typed in known} == known
    # Whom an appointment is for, its code does not say.
    assert not isinstance(reading.read("TK000001", CODES), Identity)
    assert reading.hospital_code("BN20261234" * 20, CODES) is None


def test_a_desk_notes_which_slips_an_insured_patient_brought() -> None:
    moment = desk(RECEPTION, IN_HAND, role=Role.RECEPTION, names=[INSURED])
    offer = offered(moment)[Action.INSURANCE_PAPERS]
    slips, card = offer.questions
    assert isinstance(slips, PickMany)
    assert [option.marked for option in slips.options] == [True, False]
    assert slips.none
    assert isinstance(card, Write)
    assert card.none
    assert offer.make is not None
    assert offer.make([("revisit",), ("",)]) == commands.TellInsurance(
        visit="v1", insurance=Insurance(transfer=False, revisit=True)
    )
    scanned = "GD4790000000001|54c3ba|1/2/1950|2|-|79 - 034|01/01/2026|31/12/2026|$"
    assert offer.make([(), (scanned,)]) == commands.TellInsurance(
        visit="v1",
        insurance=Insurance("GD4790000000001", "2026-01-01", "2026-12-31", "79034", False, False),
    )
    assert offer.make([(), ("so 123",)]) == Mistake(words.NO_INSURANCE)


def test_slips_are_noted_only_where_insurance_is_dealt_with() -> None:
    assert Action.INSURANCE_PAPERS not in offered(desk(card(), IN_HAND, names=[INSURED]))
    unknown = replace(INSURED, insurance=None)
    assert Action.INSURANCE_PAPERS not in offered(
        desk(RECEPTION, IN_HAND, role=Role.RECEPTION, names=[unknown])
    )


def test_whoever_is_not_seen_today_is_booked_for_another_day() -> None:
    moment = desk(RECEPTION, role=Role.RECEPTION)
    whom, exam, _ = offered(moment)[Action.BOOK].questions
    assert isinstance(whom, Write)
    assert isinstance(exam, Pick)
    assert [option.value for option in exam.options] == ["general"]
    made = command(moment, Action.BOOK, f"{CARD} Ví Dụ", "general", "24/11 7:30")
    assert made == commands.BookAppointment(
        appointment=f"{moment.clinic}-{moment.now}",
        service="general",
        at=int(datetime(2026, 11, 24, 7, 30, tzinfo=VIETNAM).timestamp() * 1000),
        identity=Identity(IdentityKind.TYPED, CARD, "Ví Dụ"),
    )
    assert command(moment, Action.BOOK, "12345", "general", "24/11 7:30") == Mistake(words.NOT_UNDERSTOOD, 0)
    assert command(moment, Action.BOOK, "Ví Dụ 1950", "general", "24/11 7:30") == Mistake(
        words.NUMBER_NEEDED, 0
    )
    assert command(moment, Action.BOOK, CARD, "general", "mai") == Mistake(words.NO_MOMENT)
    assert Action.BOOK not in offered(desk(card()))


def test_whoever_was_found_is_booked_without_being_asked_for_again() -> None:
    found = replace_found("UTO C1234567")
    made = command(desk(RECEPTION, role=Role.RECEPTION, found=found), Action.BOOK, "general", "4/1 13h")
    assert isinstance(made, commands.BookAppointment)
    assert made.identity == Identity(IdentityKind.TYPED, "C1234567", issuer="UTO")
    assert made.at == int(datetime(2027, 1, 4, 13, 0, tzinfo=VIETNAM).timestamp() * 1000)
    route = next(iter(CATALOGUE)).key.removeprefix("route:")
    again = command(desk(RECEPTION, role=Role.RECEPTION, found=found), Action.REGISTER, route)
    assert isinstance(again, commands.Register)
    assert again.identity == made.identity


def replace_found(number: str) -> FoundOne:
    return FoundOne(KNOWN.person, number, KNOWN.name)


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
