"""Every kind of card at the kiosk: who gets a ticket, who is sent to a person; one card is one patient."""

import re
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from kiosk.identity import (
    CitizenNumber,
    CodeKind,
    Document,
    HospitalCode,
    InsuranceCard,
    InsuranceNumber,
    Phone,
    Shape,
    Why,
)
from kiosk.identity.machine_zone import check_digit
from kiosk.journey import choosing, walk
from kiosk.journey.values import (
    Act,
    AlreadyHere,
    Answered,
    AskHolder,
    AskReferral,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Digits,
    Form,
    Happening,
    Issued,
    Journey,
    Looked,
    Looking,
    Recall,
    Referral,
    Scan,
    Scanned,
    Sending,
    Submit,
    TakeExam,
    TakeRoute,
    TheyAre,
    Typing,
    Who,
    World,
)
from queue_server.protocol.codes import IdentityKind, KioskMode, Language
from queue_server.protocol.commands import Identity, Insurance, Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.service import ENGINE
from queue_server.store.sql import SqlStore
from tests.server.service.counter import Counter, make, run
from tests.support.kiosk_parts import (
    BIRTH,
    CARD,
    CARD_CODE,
    INSURANCE,
    INSURANCE_CODE,
    NAME,
    NUMBER,
    PASSPORT_CODE,
    PHONE,
    catalogue,
    world,
)

START = walk.begin(Language.VI, 0)
FACTS = f"{NAME.encode().hex()}|15/08/1990|2"
SHORT_CODE = f"7923456789|{FACTS}|-|79 - 034|01/01/2026|-|20/12/2025|7900|-|4|-|x-1|4|-|$"
ID_CARD = "IDVNM1900000004079190000000<<39008157F4008152VNM<<<<<<<<<<<9TRAN<<THI<MAU<THU<<<<<<<<<<<<<"
SHAPES = (
    Shape("ho-so", CodeKind.HOSPITAL_CARD, re.compile("HS-[0-9]{6}")),
    Shape("phieu", CodeKind.HIS_PAPER, re.compile("PK-[0-9]")),
)
WORLD = replace(world(), shapes=SHAPES)


def after(*happenings: Happening) -> Journey:
    journey = START
    for happening in happenings:
        journey, asked = walk.step(journey, happening, WORLD)
        for effect in asked:
            if isinstance(effect, AskHolder):
                journey, _ = walk.step(journey, Looked(effect.wish, None), WORLD)
    return journey


def registered(*happenings: Happening) -> Register:
    journey = after(*happenings)
    _, asked = walk.step(journey, TakeExam("cardiology"), WORLD)
    (effect,) = asked
    assert isinstance(effect, Submit)
    assert isinstance(effect.command, Register)
    return effect.command


@pytest.mark.parametrize(("code", "number"), [(INSURANCE_CODE, INSURANCE), (SHORT_CODE, "7923456789")])
def test_an_insurance_card_leads_to_a_ticket_like_any_card(code: str, number: str) -> None:
    command = registered(Scanned(code), Act.AGREE, TakeRoute("insured-exam"))
    assert command.payer == "insured"
    assert command.identity == Identity(
        IdentityKind.INSURANCE,
        number,
        NAME,
        BIRTH.iso,
        "female",
        insurance=Insurance(valid_from="2026-01-01", facility="79034"),
    )


ELSEWHERE = world(offer=catalogue(own="79099"))


def shown(here: World, *happenings: Happening) -> Journey:
    journey = START
    for happening in happenings:
        journey, asked = walk.step(journey, happening, here)
        for effect in asked:
            if isinstance(effect, AskHolder):
                journey, _ = walk.step(journey, Looked(effect.wish, None), here)
    return journey


@pytest.mark.parametrize(
    ("taps", "transfer", "revisit"),
    [
        ((), False, False),
        ((Act.TRANSFER,), True, False),
        ((Act.REVISIT,), False, True),
        ((Act.TRANSFER, Act.REVISIT, Act.TRANSFER), False, True),
    ],
)
def test_who_is_registered_elsewhere_says_what_sends_them_here(
    taps: tuple[Act, ...], transfer: bool, revisit: bool
) -> None:
    asked = shown(ELSEWHERE, Scanned(INSURANCE_CODE), Act.AGREE, *taps)
    assert isinstance(asked.stage, AskReferral)
    told, _ = walk.step(asked, Act.AGREE, ELSEWHERE)
    assert isinstance(told.stage, ChooseExam)
    _, (effect,) = walk.step(told, TakeExam("cardiology"), ELSEWHERE)
    assert isinstance(effect, Submit)
    assert isinstance(effect.command, Register)
    assert effect.command.identity is not None
    card = effect.command.identity.insurance
    assert card == Insurance("", "2026-01-01", "", "79034", transfer, revisit)
    # The way back keeps what was said, and asks it once.
    back, _ = walk.step(told, Act.BACK, ELSEWHERE)
    assert isinstance(back.stage, AskReferral)
    assert back.stage.said == Referral(transfer, revisit)
    routes, _ = walk.step(back, Act.BACK, ELSEWHERE)
    assert isinstance(routes.stage, ChooseRoute)
    # The same card again changes nothing.
    assert walk.step(asked, Scanned(INSURANCE_CODE), ELSEWHERE)[0].stage == asked.stage


@pytest.mark.parametrize(
    ("here", "code"),
    [
        (world(offer=catalogue(own="79034")), INSURANCE_CODE),
        (world(), INSURANCE_CODE),
        (world(offer=catalogue(own="79099"), mode=KioskMode.FAST, card_route="insured-exam"), INSURANCE_CODE),
        (ELSEWHERE, INSURANCE_CODE.replace("79 - 034", "-")),
        (ELSEWHERE, CARD_CODE),
        (ELSEWHERE, INSURANCE),
    ],
    ids=["here", "not said", "fast", "no facility", "citizen card", "typed"],
)
def test_nobody_else_is_asked_for_slips(here: World, code: str) -> None:
    asked = shown(here, Scanned(code), Act.AGREE)
    if isinstance(asked.stage, ChooseRoute):
        asked, _ = walk.step(asked, TakeRoute("insured-exam"), here)
    assert isinstance(asked.stage, ChooseExam | Sending)


def test_who_pays_is_not_asked_for_slips() -> None:
    asked = shown(ELSEWHERE, Scanned(INSURANCE_CODE), Act.AGREE, Act.BACK, TakeRoute("fee-exam"))
    assert isinstance(asked.stage, ChooseExam)
    assert asked.stage.check.referral is None


def test_an_insurance_card_says_who_pays() -> None:
    here = after(Scanned(INSURANCE_CODE), Act.AGREE)
    assert isinstance(here.stage, ChooseExam)
    assert here.stage.route == "insured-exam"
    back, _ = walk.step(here, Act.BACK, WORLD)
    assert isinstance(back.stage, ChooseRoute)
    assert isinstance(after(Scanned(CARD_CODE), Act.AGREE).stage, ChooseRoute)
    assert isinstance(after(Scanned(INSURANCE), Act.AGREE).stage, ChooseRoute)


def test_what_an_insurance_card_is_for_is_asked_where_it_does_not_say() -> None:
    offer = catalogue()
    assert replace(offer, services=()).insured_route is None
    assert replace(offer, insured=frozenset()).insured_route is None
    assert replace(offer, insured=frozenset({"insured", "fee"})).insured_route is None
    tests = tuple(route for route in offer.routes if route.route in ("insured-tests", "fee-tests"))
    only = replace(offer, routes=tests).insured_route
    assert only is not None
    assert only.route == "insured-tests"


def test_what_staff_should_look_at_travels_along() -> None:
    odd = INSURANCE_CODE.replace("15/08/1990", "31/02/1990")
    identity = registered(Scanned(odd), Act.AGREE, TakeRoute("insured-exam")).identity
    assert identity is not None
    assert (identity.number, identity.name, identity.birth) == (INSURANCE, NAME, "")
    assert identity.warnings == ("date_impossible",)


def test_an_insurance_number_alone_is_typed() -> None:
    journey = after(Scanned(INSURANCE))
    assert journey.stage == Check(Who.ME, InsuranceNumber(INSURANCE))
    identity = registered(Scanned(INSURANCE), Act.AGREE, TakeRoute("insured-exam")).identity
    assert identity == Identity(IdentityKind.TYPED, INSURANCE)


def test_a_zone_says_who_somebody_is() -> None:
    stage = after(Scanned(ID_CARD)).stage
    assert isinstance(stage, Check)
    assert isinstance(stage.person, Document)
    identity = registered(Scanned(PASSPORT_CODE), Act.AGREE, TakeRoute("fee-exam")).identity
    assert identity == Identity(
        IdentityKind.DOCUMENT, "X12345678", "MAUTHU ANNA MARIA", "1985-02-15", "female", issuer="UTO"
    )
    identity = registered(Scanned(ID_CARD), Act.AGREE, TakeRoute("fee-exam")).identity
    assert identity is not None
    # The twelve digits, which a citizen card says too.
    assert (identity.number, identity.issuer) == ("079190000000", "VNM")


@pytest.mark.parametrize("code", [PASSPORT_CODE, ID_CARD], ids=["passport", "card"])
def test_a_zone_line_by_line_asks_for_the_next_line(code: str) -> None:
    whole = after(Scanned(code)).stage
    assert isinstance(whole, Check)
    lines = code.split() if " " in code else [code[:30], code[30:60], code[60:]]
    for order in permutations(lines):
        journey = START
        for read_so_far, line in enumerate(order[:-1], 1):
            journey, asked = walk.step(journey, Scanned(line), WORLD)
            assert asked == ()
            assert isinstance(journey.stage, Typing)
            assert len(journey.stage.zone) == read_so_far
        journey, asked = walk.step(journey, Scanned(order[-1]), WORLD)
        (effect,) = asked
        assert isinstance(effect, AskHolder)
        assert journey.stage == replace(whole, recall=Recall(1, 0))


def test_a_zone_is_typed_line_by_line_too() -> None:
    happenings: list[Happening] = [Act.TYPE_LINE]
    for line in PASSPORT_CODE.split():
        happenings += [*map(Character, line), Act.ENTER]
    stage = after(*happenings).stage
    assert isinstance(stage, Check)
    assert isinstance(stage.person, Document)


def test_a_line_misread_is_asked_for_again_and_the_others_stay() -> None:
    first, second = PASSPORT_CODE.split()
    wrong = second.replace("850215", "850216")
    journey = after(Scanned(first), Scanned(wrong))
    assert isinstance(journey.stage, Typing)
    assert journey.stage.problem is Why.CHECK_DIGIT
    assert isinstance(after(Scanned(first), Scanned(wrong), Scanned(second)).stage, Check)
    # Back drops the line; another card is read as ever.
    back, _ = walk.step(journey, Act.BACK, WORLD)
    assert back.stage == Scan(Who.ME)
    assert isinstance(after(Scanned(first), Scanned(CARD_CODE)).stage, Check)


def test_what_is_of_two_documents_is_read_from_the_start() -> None:
    number = "190000001"
    card = [f"IDVNM{number}{check_digit(number)}079{number}<<0", ID_CARD[30:60], ID_CARD[60:]]
    stage = after(*map(Scanned, card)).stage
    assert stage == Typing(Who.ME, line=True, problem=Why.CHECK_DIGIT)


def test_the_hospitals_own_codes_register_under_themselves() -> None:
    stage = after(Scanned("HS-123456")).stage
    assert stage == Check(Who.ME, HospitalCode(CodeKind.HOSPITAL_CARD, "ho-so", "HS-123456"))
    identity = registered(Scanned("HS-123456"), Act.AGREE, TakeRoute("fee-exam")).identity
    assert identity == Identity(IdentityKind.HOSPITAL_CARD, "HS-123456")
    identity = registered(Scanned("PK-1"), Act.AGREE, TakeRoute("fee-exam")).identity
    assert identity == Identity(IdentityKind.HIS_PAPER, "PK-1")


@pytest.mark.parametrize("by", ["typed", "scanned"])
def test_who_shows_ten_digits_says_what_they_are(by: str) -> None:
    shown: list[Happening] = [Scanned(PHONE)]
    if by == "typed":
        shown = [Act.TYPE, *map(Character, PHONE), Act.ENTER]
    here = after(*shown)
    assert isinstance(here.stage, Digits)
    assert here.stage.found.candidates == (InsuranceNumber(PHONE), Phone("+84912345678"))
    for candidate in here.stage.found.candidates:
        told, _ = walk.step(here, TheyAre(candidate), WORLD)
        assert told.stage == Check(Who.ME, candidate)
    other, asked = walk.step(here, TheyAre(CitizenNumber(NUMBER)), WORLD)
    assert (other, asked) == (here, ())
    back, _ = walk.step(here, Act.BACK, WORLD)
    assert back.stage == Scan(Who.ME)


def test_ten_digits_that_are_no_telephone_are_asked_about_too() -> None:
    stage = after(Act.TYPE, *map(Character, "7923456789"), Act.ENTER).stage
    assert isinstance(stage, Digits)
    assert stage.found.candidates == (InsuranceNumber("7923456789"),)


def test_an_old_number_is_answered_in_words_with_other_ways() -> None:
    here = after(Scanned("024123456"))
    assert here.stage == Scan(Who.ME, Why.OLD_NUMBER)
    filled, _ = walk.step(here, Act.FORM, WORLD)
    assert filled.stage == Form(Who.ME)
    # Whoever types it may only have left a digit out.
    typed = after(Act.TYPE, *map(Character, "024123456"), Act.ENTER)
    assert typed.stage == Typing(Who.ME, "024123456", problem=Why.OLD_NUMBER)


@pytest.mark.parametrize("at", [1, 4, 5, 14, 15, 16, 30, len(INSURANCE_CODE) - 1])
@pytest.mark.parametrize("held", [True, False])
def test_an_insurance_card_torn_in_two_is_read_as_one(at: int, *, held: bool) -> None:
    first, rest = INSURANCE_CODE[:at], INSURANCE_CODE[at:]
    torn: list[Happening] = (
        [Scanned(rest, first)] if held else [Act.TYPE_LINE, *map(Character, first), Scanned(rest)]
    )
    stage = after(*torn).stage
    assert isinstance(stage, Check)
    assert isinstance(stage.person, InsuranceCard)
    assert stage.person.number == INSURANCE


@pytest.mark.parametrize("code", [CARD_CODE, CARD_CODE.replace("024123456|", "")])
def test_the_end_of_a_torn_citizen_card_is_no_insurance_card(code: str) -> None:
    for at in range(1, len(code)):
        for torn in (
            [Scanned(code[at:], code[:at])],
            [Act.TYPE_LINE, *map(Character, code[:at]), Scanned(code[at:])],
        ):
            assert after(*torn).stage == Check(Who.ME, CARD), at


def test_digits_typed_before_do_not_become_part_of_a_short_card() -> None:
    stage = after(Act.TYPE, *map(Character, "07"), Scanned(SHORT_CODE)).stage
    assert isinstance(stage, Check)
    assert isinstance(stage.person, InsuranceCard)
    assert stage.person.number == "7923456789"


def test_a_broken_insurance_card_says_why() -> None:
    assert after(Scanned(f"{INSURANCE}|{NAME}")).stage == Scan(Who.ME, Why.BROKEN)


def test_another_patients_card_starts_over() -> None:
    here = after(Scanned(INSURANCE_CODE), Act.AGREE)
    assert isinstance(here.stage, ChooseExam)
    same, _ = walk.step(here, Scanned(INSURANCE_CODE), WORLD)
    assert same.stage == here.stage
    other, _ = walk.step(here, Scanned(CARD_CODE), WORLD)
    assert isinstance(other.stage, Check)


# At the server ---------------------------------------------------------------------------------------------


async def at_the_kiosk(counter: Counter, wish: int, code: str) -> Journey:
    """From the card to the server's answer, when the server was slow to say who is here."""
    offer = catalogue()
    offer = replace(
        offer, routes=tuple(route for route in offer.routes if route.route == "fee-exam"), services=()
    )
    here = replace(world(), catalogue=offer)
    journey, _ = walk.step(START, Scanned(code), here)
    journey, asked = walk.step(journey, Act.AGREE, replace(here, now=choosing.RECALL))
    (effect,) = asked
    assert isinstance(effect, Submit)
    reply = await counter.ask(wish, effect.command)
    assert isinstance(reply, Accepted | Rejected)
    return walk.step(journey, Answered(effect.wish, reply, effect.command), here)[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (INSURANCE_CODE, INSURANCE_CODE),
        (SHORT_CODE, SHORT_CODE),
        (INSURANCE_CODE, INSURANCE),
        (INSURANCE, INSURANCE_CODE),
        (SHORT_CODE.replace("7923456789", NUMBER), CARD_CODE),
        (ID_CARD, "079190000000"),
    ],
    ids=["long", "short", "then typed", "typed before", "citizen number on both", "zone and number"],
)
def test_the_same_card_twice_is_one_visit(tmp_path: Path, first: str, second: str) -> None:
    async def twice(counter: Counter) -> None:
        issued = (await at_the_kiosk(counter, 1, first)).stage
        assert isinstance(issued, Issued)
        again = (await at_the_kiosk(counter, 2, second)).stage
        # A card shows where its holder is awaited; what anybody could type shows the number alone.
        if second in (INSURANCE, "079190000000"):
            assert again == AlreadyHere(issued.ticket.number, "")
        else:
            assert isinstance(again, Looking)
            assert (again.already, again.token) == (issued.ticket.number, issued.ticket.token)
        assert len((await counter.day()).visits) == 1

    run(twice, make(SqlStore(tmp_path / "queue.db", "small", "w1", exclusive=False), rules=ENGINE))


def test_different_cards_are_different_visits(tmp_path: Path) -> None:
    async def several(counter: Counter) -> None:
        codes = (INSURANCE_CODE, SHORT_CODE, CARD_CODE, INSURANCE_CODE.replace("789|", "788|"))
        for wish, code in enumerate(codes, 1):
            assert isinstance((await at_the_kiosk(counter, wish, code)).stage, Issued)
        assert len((await counter.day()).visits) == len(codes)

    run(several, make(SqlStore(tmp_path / "queue.db", "small", "w1", exclusive=False), rules=ENGINE))
