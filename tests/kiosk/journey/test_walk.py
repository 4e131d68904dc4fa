from dataclasses import replace

import pytest
from msgspec import structs

from kiosk.identity import CitizenNumber, Phone, Why
from kiosk.journey import choosing, scanning, slips, walk
from kiosk.journey.catalogue import Catalogue
from kiosk.journey.sending import SLOW, slow
from kiosk.journey.values import (
    Act,
    Aim,
    AlreadyHere,
    Answered,
    AskHolder,
    AskWhere,
    AskWho,
    Begin,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Effect,
    Flag,
    ForWhom,
    Full,
    Happening,
    Issued,
    Journey,
    Looked,
    Looking,
    Numbers,
    OwnVisit,
    Paper,
    Printed,
    PrintSlip,
    Ready,
    Scan,
    Scanned,
    Sending,
    Speak,
    Stage,
    Stopped,
    Submit,
    TakeExam,
    TakeNumber,
    TakeRoute,
    Tell,
    TheyAre,
    Tick,
    Trouble,
    Typing,
    Welcome,
    Who,
    World,
)
from kiosk.screens.pages import Size, page
from queue_server.protocol.codes import GateName, Help, IdentityKind, Language, PrintState, Refusal
from queue_server.protocol.commands import Confirm, Identity, OpenGate, Register, Rejoin, Reprint, SetHelp
from queue_server.protocol.messages import Accepted, Fact, Rejected
from queue_server.protocol.results import Done
from tests.support.kiosk_parts import (
    CARD,
    CARD_CODE,
    NUMBER,
    ONE,
    OTHER_CODE,
    PHONE,
    TOKEN,
    catalogue,
    state_before_tests,
    ticket,
    ticket_state,
    world,
)

START = walk.begin(Language.VI, 0)
NOBODY = Rejected(id="x", code=Refusal.UNKNOWN_VISIT)
TICKET = Accepted(id="x", seq=1, result=ticket())


def go(journey: Journey, *happenings: Happening, at: World | None = None) -> tuple[Journey, list[Effect]]:
    """Where these lead, and everything they asked for. No card's holder is here already."""
    asked: list[Effect] = []
    for happening in happenings:
        journey, effects = walk.step(journey, happening, at or world())
        for effect in effects:
            if isinstance(effect, AskHolder):
                journey, _ = walk.step(journey, Looked(effect.wish, NOBODY), at or world())
            else:
                asked.append(effect)
    return journey, asked


def registered(*happenings: Happening, at: World | None = None) -> Register:
    """What these made the kiosk wish for."""
    _, asked = go(START, *happenings, at=at)
    assert len(asked) == 1
    assert isinstance(asked[0], Submit)
    assert isinstance(asked[0].command, Register)
    return asked[0].command


def sending(*, aim: Aim = Aim.TICKET) -> Journey:
    return replace(START, stage=Sending(7, aim, 0, TOKEN), wishes=7)


# From a card to a ticket -----------------------------------------------------------------------------------


def test_a_card_leads_to_a_ticket_in_four_presses() -> None:
    command = registered(
        Begin(Language.VI),
        ForWhom(Who.ME),
        Scanned(CARD_CODE),
        Act.AGREE,
        TakeRoute("insured-exam"),
        TakeExam("cardiology"),
    )
    assert (command.payer, command.kind, command.service) == ("insured", "exam", "cardiology")
    assert command.identity is not None
    assert command.identity.kind is IdentityKind.CARD
    assert (command.identity.number, command.identity.birth) == (NUMBER, "1990-08-15")
    assert not command.declared_priority
    assert command.number is None
    assert command.at is None


def test_nothing_begins_at_a_kiosk_that_the_server_refuses() -> None:
    here = walk.begin(Language.VI, 0)
    refused = replace(world(), refused=True)
    for happening in (Scanned(CARD_CODE), Begin(Language.VI), Character("0"), Act.TYPE, Act.NUMBERS):
        assert walk.step(here, happening, world())[0].stage != Welcome(), happening
        after, asked = walk.step(here, happening, refused)
        assert (after.stage, asked) == (Welcome(), ()), happening
    assert walk.step(here, Speak(Language.EN), refused)[0].language is Language.EN


def test_a_card_may_be_scanned_before_anything_was_pressed() -> None:
    journey, _ = go(START, Scanned(CARD_CODE))
    assert journey.stage == Check(Who.ME, CARD)


def test_a_route_without_a_choice_of_exam_asks_nothing_more() -> None:
    command = registered(Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-pharmacy"))
    assert (command.payer, command.kind, command.service) == ("fee", "pharmacy", None)


def test_the_only_route_is_not_asked_for() -> None:
    offer = catalogue()
    only = replace(offer, routes=tuple(r for r in offer.routes if r.route == "fee-pharmacy"))
    assert registered(Scanned(CARD_CODE), Act.AGREE, at=world(offer=only)).kind == "pharmacy"


def test_a_full_exam_is_offered_for_later_or_to_the_desk_and_never_refused() -> None:
    offer = world(offer=catalogue(full=True))
    chosen = (Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-exam"), TakeExam("neurology"))
    journey, asked = go(START, *chosen, at=offer)
    assert not asked
    assert isinstance(journey.stage, Full)
    assert journey.stage.later_at == ONE
    back, _ = go(journey, Act.BACK, at=offer)
    assert isinstance(back.stage, ChooseExam)
    later = registered(*chosen, Act.LATER, at=offer)
    assert (later.service, later.later) == ("neurology", True)
    desk = registered(*chosen, TakeExam(None), at=offer)
    assert (desk.service, desk.later) == (None, False)
    assert later.identity == desk.identity
    assert later.identity is not None


def test_where_no_later_session_has_room_the_desk_is_left() -> None:
    offer = world(offer=catalogue(full=True))
    chosen = (Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-exam"), TakeExam("dental"))
    journey, asked = go(START, *chosen, Act.LATER, at=offer)
    assert isinstance(journey.stage, Full)
    assert not asked
    assert registered(*chosen, TakeExam(None), at=offer).service is None


@pytest.mark.parametrize("later_at", [ONE, None])
def test_a_session_that_became_full_meanwhile_leads_to_the_same_choice(later_at: int | None) -> None:
    chosen = (Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-exam"), TakeExam("general"))
    journey, asked = go(START, *chosen)
    assert isinstance(journey.stage, Sending)
    wish = asked[0]
    assert isinstance(wish, Submit)
    facts: dict[str, Fact] = {"service": "general"}
    if later_at is not None:
        facts["later_at"] = later_at
    refused = Rejected(id="x", code=Refusal.SESSION_FULL, facts=facts)
    journey, asked = go(journey, Answered(wish.wish, refused, wish.command))
    assert isinstance(journey.stage, Full)
    assert journey.stage.later_at == later_at
    assert not asked
    home, _ = go(journey, Act.BACK)
    assert home.stage == Welcome()
    _, asked = go(journey, Act.LATER if later_at else TakeExam(None))
    again = asked[0]
    assert isinstance(again, Submit)
    assert isinstance(again.command, Register)
    assert isinstance(wish.command, Register)
    assert again.command.later == (later_at is not None)
    assert again.command.identity == wish.command.identity
    assert again.wish > wish.wish


def test_a_number_without_a_person_for_a_full_session_goes_to_a_person() -> None:
    refused = Rejected(id="x", code=Refusal.SESSION_FULL, facts={"service": "general"})
    journey, _ = go(sending(), Answered(7, refused, Register(payer="fee", kind="exam")))
    assert journey.stage == Stopped(Trouble.INTAKE)


def test_who_is_not_sure_which_exam_leaves_it_to_a_person() -> None:
    steps = (Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-exam"), TakeExam(None))
    assert registered(*steps).service is None


def test_declared_priority_travels_and_can_be_taken_back() -> None:
    after = (Act.AGREE, TakeRoute("fee-tests"))
    assert registered(Scanned(CARD_CODE), Act.PRIORITY, *after).declared_priority
    assert not registered(Scanned(CARD_CODE), Act.PRIORITY, Act.PRIORITY, *after).declared_priority


def test_the_ticket_speaks_the_language_of_the_screen() -> None:
    steps = (Begin(Language.EN), ForWhom(Who.ME), Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-tests"))
    assert registered(*steps).language is Language.EN


def test_numbers_without_a_card_take_one_press_more() -> None:
    plain = registered(Act.NUMBERS, TakeNumber("ask"))
    assert (plain.payer, plain.kind, plain.identity) == ("ask", "reception", None)
    assert registered(Act.NUMBERS, TakeNumber("ask", priority=True)).declared_priority


def test_numbers_can_be_typed() -> None:
    begin = (Begin(Language.VI), ForWhom(Who.ME), Act.TYPE)
    journey, _ = go(START, *begin, *map(Character, NUMBER), Act.ENTER)
    assert journey.stage == Check(Who.ME, CitizenNumber(NUMBER))
    phone = Phone("+84912345678")
    journey, _ = go(START, *begin, *map(Character, PHONE), Act.ENTER, TheyAre(phone))
    assert journey.stage == Check(Who.ME, phone)


def test_a_code_typed_by_hand_needs_no_preparation() -> None:
    journey, _ = go(START, *map(Character, CARD_CODE), Act.ENTER)
    assert journey.stage == Check(Who.ME, CARD)


@pytest.mark.parametrize("at", [1, 5, 12, 13, 30, len(CARD_CODE) - 1])
def test_a_scan_torn_in_two_is_read_as_one(at: int) -> None:
    first = map(Character, CARD_CODE[:at])
    torn: list[Happening] = [Act.TYPE_LINE, *first, Scanned(CARD_CODE[at:])]
    assert go(START, *torn)[0].stage == Check(Who.ME, CARD)


def test_a_whole_scan_counts_for_itself_whatever_was_typed_before() -> None:
    journey, _ = go(START, Act.TYPE, *map(Character, "0791"), Scanned(CARD_CODE))
    assert journey.stage == Check(Who.ME, CARD)


def test_typing_can_be_corrected_and_says_what_is_wrong() -> None:
    journey, _ = go(START, Act.TYPE, *map(Character, "0791"), Act.ERASE, Act.ENTER)
    assert journey.stage == Typing(Who.ME, "079", problem=Why.UNKNOWN_CODE)
    journey, _ = go(journey, Character("1"))
    assert journey.stage == Typing(Who.ME, "0791")


def test_the_pad_takes_no_endless_numbers() -> None:
    journey, _ = go(START, Act.TYPE, *map(Character, "1" * 100))
    assert journey.stage == Typing(Who.ME, "1" * scanning.LONGEST_NUMBER)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("079190000123|", Why.BROKEN),
        ("hello hello", Why.UNKNOWN_CODE),
        ("https://example.vn/x", Why.WEB_ADDRESS),
        ("000201" + "0" * 60, Why.PAYMENT_CODE),
        ("000000000000", Why.IMPOSSIBLE_NUMBER),
        ("", Why.EMPTY),
    ],
)
def test_a_code_that_is_no_use_says_why_and_keeps_nothing(code: str, why: Why) -> None:
    begun, _ = go(START, Begin(Language.VI), ForWhom(Who.CHILD))
    journey, asked = go(begun, Scanned(code))
    assert journey.stage == Scan(Who.CHILD, why)
    assert not asked


# Ways back -------------------------------------------------------------------------------------------------

CHECK = Check(Who.CHILD, CARD)
CHECK_ME = Check(Who.ME, CARD)
BACK: list[tuple[Stage, Stage]] = [
    (AskWho(), Welcome()),
    (Scan(Who.CHILD), AskWho()),
    (Numbers(), AskWho()),
    (Typing(Who.CHILD, "079"), Scan(Who.CHILD)),
    (CHECK, Scan(Who.CHILD)),
    (ChooseRoute(CHECK, 2), CHECK),
    (ChooseExam(CHECK, "fee-exam"), ChooseRoute(CHECK)),
    (Sending(1, Aim.TICKET, 0), Welcome()),
    (AlreadyHere("A045", TOKEN), Welcome()),
    (OwnVisit(TOKEN, ticket_state()), Welcome()),
    (Stopped(Trouble.REFUSED), Welcome()),
]


@pytest.mark.parametrize(("here", "there"), BACK, ids=lambda stage: type(stage).__name__)
def test_back_leads_where_one_came_from(here: Stage, there: Stage) -> None:
    journey, _ = go(replace(START, stage=here), Act.BACK)
    assert journey.stage == there


def test_another_card_starts_over_and_the_same_one_changes_nothing() -> None:
    here = replace(START, stage=ChooseExam(CHECK, "fee-exam"))
    assert go(here, Scanned(CARD_CODE))[0].stage == here.stage
    other = go(here, Scanned(OTHER_CODE))[0].stage
    assert isinstance(other, Check)
    assert other.person != CARD


def test_a_press_that_belongs_to_another_page_does_nothing() -> None:
    for happening in (Act.AGREE, TakeRoute("fee-exam"), TakeExam(None), Act.REPRINT, Act.REJOIN, Act.ENTER):
        assert go(START, happening) == (START, [])


# The server's word -----------------------------------------------------------------------------------------


def test_a_ticket_is_shown_and_printed_once() -> None:
    journey, asked = go(sending(), Answered(7, TICKET))
    assert journey.stage == Issued(ticket())
    assert asked == [PrintSlip(ticket())]


def test_who_is_here_already_is_shown_the_number_and_may_have_it_printed_again() -> None:
    facts: dict[str, Fact] = {"visit": "v", "number": "A007", "token": TOKEN}
    here, asked = go(sending(), Answered(7, Rejected(id="x", code=Refusal.ALREADY_HERE, facts=facts)))
    assert asked == [AskWhere(8, TOKEN)]
    known, _ = go(here, Looked(8, ticket_state()))
    assert known.stage == OwnVisit(TOKEN, ticket_state(), already=True)
    unknown, _ = go(here, Looked(8, None))
    assert unknown.stage == AlreadyHere("A007", TOKEN)
    for at in (known, unknown):
        journey, asked = go(at, Act.REPRINT)
        assert isinstance(journey.stage, Sending)
        assert asked == [Submit(9, Reprint(token=TOKEN))]


def test_a_number_that_anybody_could_type_gets_no_paper_with_its_holders_stops() -> None:
    typed: list[Happening] = [Act.TYPE, *map(Character, NUMBER), Act.ENTER]
    journey, (wish,) = go(START, *typed, Act.AGREE, TakeRoute("fee-pharmacy"))
    assert isinstance(wish, Submit)
    facts: dict[str, Fact] = {"visit": "v", "number": "A007", "token": TOKEN}
    here = Rejected(id="x", code=Refusal.ALREADY_HERE, facts=facts)
    journey, asked = go(journey, Answered(wish.wish, here, wish.command))
    assert (journey.stage, asked) == (AlreadyHere("A007", ""), [])
    assert go(journey, Act.REPRINT) == (journey, [])
    shown = page(journey, world(), Size(67, 16))
    assert [option.means for option in shown.options] == [Act.HOME]


# A card whose holder is here already -----------------------------------------------------------------------

HELD = ticket_state(token=TOKEN)


def test_a_card_is_looked_up_by_its_number_alone() -> None:
    journey, asked = walk.step(START, Scanned(CARD_CODE), world())
    assert asked == (AskHolder(1, Identity(IdentityKind.CARD, NUMBER)),)
    assert journey.stage == Check(Who.ME, CARD)


def test_a_phone_finds_nobody() -> None:
    begun, _ = go(START, Act.TYPE, *map(Character, PHONE))
    assert walk.step(begun, Act.ENTER, world())[1] == ()


def test_who_is_known_is_asked_nothing_more() -> None:
    journey, _ = walk.step(START, Scanned(CARD_CODE), world())
    journey, _ = walk.step(journey, Looked(1, HELD), world())
    assert journey.stage == Check(Who.ME, CARD)
    journey, asked = go(journey, Act.AGREE)
    # As whoever scans a ticket: they stand here, and staff are to know.
    assert asked == [AskWhere(2, TOKEN)]
    assert go(journey, Looked(2, HELD))[0].stage == OwnVisit(TOKEN, HELD, already=True)
    assert go(journey, Looked(2, None))[0].stage == AlreadyHere("A045", TOKEN)


def test_help_that_is_asked_for_by_who_is_here_already_is_noted_beside_what_was() -> None:
    journey, _ = walk.step(START, Scanned(CARD_CODE), world())
    noted = structs.replace(HELD, help=(Help.WHEELCHAIR,))
    journey, _ = walk.step(journey, Looked(1, noted), world())
    plain, asked = go(journey, Act.AGREE)
    assert asked == [AskWhere(2, TOKEN)]
    needy, asked = go(journey, Flag(Help.HEARING), Act.AGREE)
    assert needy.stage == plain.stage
    wanted = SetHelp(visit=HELD.visit, help=(Help.HEARING, Help.WHEELCHAIR))
    assert asked == [AskWhere(2, TOKEN), Submit(3, wanted)]
    assert go(needy, Answered(3, Accepted(id="x", seq=1, result=Done()))) == (needy, [])
    assert go(journey, Flag(Help.WHEELCHAIR), Act.AGREE)[1] == [AskWhere(2, TOKEN)]


def test_a_quick_yes_waits_for_word() -> None:
    journey, _ = walk.step(START, Scanned(CARD_CODE), world())
    waiting, _ = walk.step(journey, Act.AGREE, world(choosing.RECALL - 1))
    assert waiting.stage == Check(Who.ME, CARD)
    known, asked = walk.step(waiting, Looked(1, HELD), world(choosing.RECALL - 1))
    assert asked == (AskWhere(2, TOKEN),)
    assert isinstance(known.stage, Looking)
    new, _ = walk.step(waiting, Looked(1, NOBODY), world(choosing.RECALL - 1))
    assert new.stage == ChooseRoute(CHECK_ME)
    late, _ = walk.step(waiting, Tick(), world(choosing.RECALL))
    assert late.stage == ChooseRoute(CHECK_ME)
    back, _ = walk.step(late, Act.BACK, world(choosing.RECALL))
    again, _ = walk.step(back, Act.AGREE, world(choosing.RECALL))
    assert again.stage == ChooseRoute(CHECK_ME)


def test_without_a_link_nobody_waits_for_word() -> None:
    journey, _ = walk.step(START, Scanned(CARD_CODE), world(online=False))
    assert go(journey, Act.AGREE, at=world(online=False))[0].stage == ChooseRoute(CHECK_ME)


def test_word_on_another_card_is_not_word_on_this_one() -> None:
    first, _ = walk.step(START, Scanned(OTHER_CODE), world())
    second, _ = walk.step(first, Scanned(CARD_CODE), world())
    told, _ = walk.step(second, Looked(1, HELD), world())
    assert go(told, Looked(2, NOBODY), Act.AGREE)[0].stage == ChooseRoute(CHECK_ME)


# Refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (Refusal.INTAKE_STOPPED, Trouble.INTAKE),
        (Refusal.INTERNAL, Trouble.REFUSED),
        (Refusal.UNKNOWN_ROUTE, Trouble.REFUSED),
    ],
)
def test_a_refusal_sends_to_a_person(code: Refusal, trouble: Trouble) -> None:
    journey, asked = go(sending(), Answered(7, Rejected(id="x", code=code)))
    assert isinstance(journey.stage, Stopped)
    assert journey.stage.trouble is trouble
    assert not asked


def test_a_slow_server_is_told_after_two_seconds_and_a_lost_one_at_once() -> None:
    assert not slow(sending(), world(SLOW - 1))
    assert slow(sending(), world(SLOW))
    assert slow(sending(), world(0, online=False))


def test_a_second_scan_while_waiting_is_not_a_second_wish() -> None:
    assert go(sending(), Scanned(CARD_CODE), Scanned(OTHER_CODE)) == (sending(), [])


def test_a_ticket_for_somebody_who_left_is_told_and_not_printed() -> None:
    left, _ = go(sending(), Act.HOME)
    journey, asked = go(left, Answered(7, TICKET))
    assert journey.stage == Welcome()
    told = Confirm(print=ticket().print, state=PrintState.STALLED, number="A045", reason=slips.LEFT)
    assert asked == [Tell(told)]


def test_an_answer_to_an_older_wish_does_not_answer_the_new_one() -> None:
    journey, asked = go(sending(), Answered(6, TICKET))
    assert journey == sending()
    assert [type(effect) for effect in asked] == [Tell]


def test_an_own_ticket_tells_where_one_stands() -> None:
    here, asked = go(START, Scanned(f"DL:{TOKEN}"))
    assert asked == [AskWhere(1, TOKEN)]
    journey, _ = go(here, Looked(1, ticket_state()))
    assert journey.stage == OwnVisit(TOKEN, ticket_state())


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (None, Trouble.NO_ANSWER),
        (Rejected(id="x", code=Refusal.UNKNOWN_VISIT), Trouble.OLD_TICKET),
        (Rejected(id="x", code=Refusal.RATE), Trouble.REFUSED),
    ],
)
def test_a_ticket_nobody_can_tell_about(answer: Rejected | None, trouble: Trouble) -> None:
    here, _ = go(START, Scanned(f"DL:{TOKEN}"))
    journey, _ = go(here, Looked(1, answer))
    assert isinstance(journey.stage, Stopped)
    assert journey.stage.trouble is trouble


def test_a_missed_call_is_rejoined_and_the_new_place_shown() -> None:
    missed = replace(START, stage=OwnVisit(TOKEN, ticket_state(missed=True)))
    journey, asked = go(missed, Act.REJOIN)
    assert asked == [Submit(1, Rejoin(token=TOKEN))]
    journey, asked = go(journey, Answered(1, Accepted(id="x", seq=1, result=Done())))
    assert asked == [AskWhere(2, TOKEN)]
    assert isinstance(journey.stage, Looking)
    journey, _ = go(journey, Looked(2, ticket_state()))
    assert journey.stage == OwnVisit(TOKEN, ticket_state(), done=Aim.REJOIN)


def test_only_who_missed_a_call_can_rejoin() -> None:
    here = replace(START, stage=OwnVisit(TOKEN, ticket_state()))
    assert go(here, Act.REJOIN) == (here, [])


def test_a_rejoin_that_came_too_late_shows_what_holds_now() -> None:
    refused = Answered(7, Rejected(id="x", code=Refusal.NOT_MISSED))
    journey, asked = go(sending(aim=Aim.REJOIN), refused)
    assert isinstance(journey.stage, Looking)
    assert asked == [AskWhere(8, TOKEN)]


READY = Ready("5", GateName.FULL_BLADDER)
BEFORE_TESTS = replace(START, stage=OwnVisit(TOKEN, state_before_tests()))


def test_who_is_ready_says_so_and_sees_what_holds_then() -> None:
    journey, asked = go(BEFORE_TESTS, READY)
    assert asked == [Submit(1, OpenGate(step="5", gate=GateName.FULL_BLADDER))]
    assert journey.stage == Sending(1, Aim.READY, 0, TOKEN)
    # An impatient second press is no second wish.
    assert go(journey, READY) == (journey, [])
    journey, asked = go(journey, Answered(1, Accepted(id="x", seq=1, result=Done())))
    assert asked == [AskWhere(2, TOKEN)]
    journey, _ = go(journey, Looked(2, state_before_tests(ready=True)))
    assert journey.stage == OwnVisit(TOKEN, state_before_tests(ready=True), done=Aim.READY)
    assert go(journey, READY) == (journey, [])


@pytest.mark.parametrize("press", [Ready("4", GateName.FULL_BLADDER), Ready("5", GateName.PAID)])
def test_nobody_says_at_a_kiosk_what_is_for_staff_to_say(press: Ready) -> None:
    assert go(BEFORE_TESTS, press) == (BEFORE_TESTS, [])


@pytest.mark.parametrize("code", [Refusal.WRONG_STATE, Refusal.GATE_SHUT, Refusal.UNKNOWN_STEP])
def test_readiness_that_staff_overtook_shows_what_holds_now(code: Refusal) -> None:
    journey, asked = go(sending(aim=Aim.READY), Answered(7, Rejected(id="x", code=code)))
    assert asked == [AskWhere(8, TOKEN)]
    journey, _ = go(journey, Looked(8, ticket_state()))
    assert journey.stage == OwnVisit(TOKEN, ticket_state())


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (Refusal.RATE, Trouble.REFUSED),
        (Refusal.INTERNAL, Trouble.REFUSED),
        (Refusal.VISIT_ENDED, Trouble.OLD_TICKET),
    ],
)
def test_readiness_that_cannot_be_told_leads_to_a_person(code: Refusal, trouble: Trouble) -> None:
    journey, asked = go(sending(aim=Aim.READY), Answered(7, Rejected(id="x", code=code)))
    assert isinstance(journey.stage, Stopped)
    assert journey.stage.trouble is trouble
    assert not asked


def test_who_walks_off_after_saying_so_leaves_nothing() -> None:
    told, _ = go(BEFORE_TESTS, READY, Answered(1, Accepted(id="x", seq=1, result=Done())))
    shown, _ = go(told, Looked(2, state_before_tests(ready=True)))
    warned, _ = go(shown, Tick(), at=world(walk.SLOW_PAGES))
    # The first touch answers the question, and does not press the button under it.
    assert go(replace(warned, stage=BEFORE_TESTS.stage), READY, at=world(walk.SLOW_PAGES))[1] == []
    gone, _ = go(warned, Tick(), at=world(walk.SLOW_PAGES + walk.WARNING))
    assert gone.stage == Welcome()


def test_a_closed_intake_is_said_before_anything_is_sent() -> None:
    closed = world(offer=catalogue(intake="intake-full"))
    journey, asked = go(START, Scanned(CARD_CODE), Act.AGREE, at=closed)
    assert journey.stage == Stopped(Trouble.INTAKE)
    assert not asked


def test_a_kiosk_that_knows_no_routes_sends_to_a_person() -> None:
    journey, asked = go(START, Scanned(CARD_CODE), Act.AGREE, at=world(offer=Catalogue()))
    assert journey.stage == Stopped(Trouble.REFUSED)
    assert not asked


def test_an_offer_that_changed_meanwhile_is_read_again() -> None:
    changed = world(offer=replace(catalogue(), routes=catalogue().routes[:3]))
    here = replace(START, stage=ChooseExam(CHECK, "gone"))
    assert go(here, TakeExam(None), at=changed)[0].stage == ChooseRoute(CHECK)


@pytest.mark.parametrize("aim", Aim)
def test_an_impatient_hand_changes_nothing_while_a_wish_is_on_its_way(aim: Aim) -> None:
    waiting = sending(aim=aim)
    assert go(waiting, Scanned(CARD_CODE), Scanned(f"DL:{TOKEN}"), at=world(SLOW - 1)) == (waiting, [])


def test_a_wish_that_nobody_answers_gives_way_to_the_next_card() -> None:
    waiting = replace(sending(aim=Aim.REPRINT), language=Language.EN)
    for here in (world(SLOW), world(online=False)):
        journey, asked = go(waiting, Scanned(CARD_CODE), at=here)
        assert (journey.stage, journey.language, asked) == (Check(Who.ME, CARD), Language.VI, [])
        # What comes of it after all is for nobody who stands there.
        journey, asked = go(journey, Answered(7, TICKET), at=here)
        assert journey.stage == Check(Who.ME, CARD)
        assert [type(effect) for effect in asked] == [Tell]


def test_who_waits_in_line_does_not_keep_the_page_of_one_who_went() -> None:
    waiting, now = sending(), 0
    while now < walk.IDLE + walk.WARNING:
        waiting, _ = go(waiting, Scanned(CARD_CODE), Tick(), at=world(now))
        assert isinstance(waiting.stage, Sending)
        now += 5_000
    assert go(waiting, Tick(), at=world(now))[0].stage == Welcome()


# Paper -----------------------------------------------------------------------------------------------------

ISSUED = replace(START, stage=Issued(ticket()))


def printed(state: PrintState, reason: str = "") -> Printed:
    return Printed(ticket().print, "A045", Paper(state, reason))


@pytest.mark.parametrize(
    ("state", "reason", "stays"),
    [
        (PrintState.SENT, "", None),
        (PrintState.SENT, "unasked", slips.AFTER_TICKET),
        (PrintState.ACKNOWLEDGED, "spare", slips.AFTER_TICKET),
        (PrintState.ACKNOWLEDGED, "", slips.AFTER_TICKET),
        (PrintState.STALLED, "paper", slips.AFTER_TROUBLE),
        (PrintState.UNKNOWN, "cover", slips.AFTER_TROUBLE),
    ],
)
def test_what_becomes_of_the_slip_is_told_and_shown(
    state: PrintState, reason: str, stays: int | None
) -> None:
    journey, asked = go(ISSUED, printed(state, reason))
    assert journey.stage == Issued(ticket(), Paper(state, reason), stays)
    told = Confirm(print=ticket().print, state=state, number="A045", reason=reason or None)
    assert asked == [Tell(told)]


def test_the_server_is_not_told_that_it_issued_the_slip() -> None:
    assert go(ISSUED, printed(PrintState.ISSUED)) == (ISSUED, [])


def test_a_slip_that_comes_out_late_is_told_though_the_patient_has_gone() -> None:
    journey, asked = go(START, printed(PrintState.ACKNOWLEDGED))
    assert journey == START
    assert [type(effect) for effect in asked] == [Tell]


def test_no_state_of_the_paper_prints_again() -> None:
    for state in PrintState:
        _, asked = go(ISSUED, printed(state), printed(state), Tick())
        assert not any(isinstance(effect, PrintSlip) for effect in asked)


def test_the_next_card_starts_at_once_after_a_ticket() -> None:
    for stage in (Issued(ticket()), Issued(ticket(), Paper(PrintState.ACKNOWLEDGED), 12_000)):
        english = replace(START, stage=stage, language=Language.EN)
        journey, _ = go(english, Scanned(OTHER_CODE))
        assert isinstance(journey.stage, Check)
        assert journey.language is Language.VI


ENGLISH = replace(START, language=Language.EN, contrast=True)


def test_a_card_that_cannot_be_read_after_a_ticket_is_the_next_ones_too() -> None:
    journey, _ = go(replace(ENGLISH, stage=Issued(ticket())), Scanned("nonsense"))
    assert journey.stage == Scan(Who.ME, Why.UNKNOWN_CODE)
    assert (journey.language, journey.contrast) == (Language.VI, False)


@pytest.mark.parametrize("trouble", Trouble)
def test_who_is_asked_to_scan_something_else_goes_on_in_their_language(trouble: Trouble) -> None:
    ends = trouble in (Trouble.INTAKE, Trouble.REFUSED)
    journey, _ = go(replace(ENGLISH, stage=Stopped(trouble)), Scanned(CARD_CODE))
    assert journey.stage == Check(Who.ME, CARD)
    assert (journey.language, journey.contrast) == ((Language.VI, False) if ends else (Language.EN, True))


# Time ------------------------------------------------------------------------------------------------------


def test_a_finished_ticket_leaves_by_itself() -> None:
    done, _ = go(ISSUED, printed(PrintState.ACKNOWLEDGED))
    assert go(done, Tick(), at=world(slips.AFTER_TICKET - 1))[0] == done
    assert go(done, Tick(), at=world(slips.AFTER_TICKET))[0].stage == Welcome()


def test_who_touches_the_screen_may_look_at_a_ticket_longer() -> None:
    done, _ = go(ISSUED, printed(PrintState.ACKNOWLEDGED))
    for touch in (Act.STAY, Act.CONTRAST, Act.LANGUAGES, Speak(Language.EN)):
        longer, _ = go(done, touch, at=world(slips.AFTER_TICKET - 1))
        assert go(longer, Tick(), at=world(2 * slips.AFTER_TICKET - 2))[0].stage == longer.stage
        assert go(longer, Tick(), at=world(2 * slips.AFTER_TICKET - 1))[0].stage == Welcome()


def test_a_ticket_that_is_read_aloud_stays_until_it_has_been_read() -> None:
    done, _ = go(ISSUED, printed(PrintState.ACKNOWLEDGED))
    heard = replace(world(1_000), speaks=frozenset({Language.VI}))
    listens, _ = go(done, Act.ALOUD, at=heard)
    assert go(listens, Tick(), at=world(slips.AFTER_ALOUD + 999))[0].stage == listens.stage
    assert go(listens, Tick(), at=world(slips.AFTER_ALOUD + 1_000))[0].stage == Welcome()


def test_an_abandoned_screen_warns_for_twenty_seconds_and_then_forgets() -> None:
    here = replace(START, stage=CHECK, language=Language.EN)
    assert not go(here, Tick(), at=world(walk.IDLE - 1))[0].warned
    warned, _ = go(here, Tick(), at=world(walk.IDLE))
    assert warned.stage == CHECK
    assert walk.countdown(warned, world(walk.IDLE)) == 20
    assert walk.countdown(warned, world(walk.IDLE + walk.WARNING - 1)) == 1
    gone, _ = go(warned, Tick(), at=world(walk.IDLE + walk.WARNING))
    assert (gone.stage, gone.language) == (Welcome(), Language.VI)


@pytest.mark.parametrize("press", [Act.STAY, Act.AGREE, Act.BACK, Character("1"), Speak(Language.EN)])
def test_any_press_answers_the_warning_and_nothing_else(press: Happening) -> None:
    warned = replace(START, stage=CHECK, warned=True)
    now = world(walk.IDLE + 5_000)
    journey, asked = go(warned, press, at=now)
    assert journey == replace(warned, warned=False, touched=now.now)
    assert not asked


def test_going_home_works_under_the_warning_too() -> None:
    warned = replace(START, stage=CHECK, warned=True)
    assert go(warned, Act.HOME)[0].stage == Welcome()


def test_a_changed_language_does_not_wait_for_the_next_patient() -> None:
    english, _ = go(START, Speak(Language.EN))
    assert go(english, Tick(), at=world(walk.IDLE))[0].language is Language.VI


def test_an_answer_is_a_sign_that_the_waiting_was_worth_it() -> None:
    waiting = replace(sending(), warned=True)
    journey, _ = go(waiting, Answered(7, TICKET), at=world(walk.IDLE + 1_000))
    assert not journey.warned
    assert go(journey, Tick(), at=world(walk.IDLE + 2_000))[0].stage == Issued(ticket())
