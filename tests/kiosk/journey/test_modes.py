"""How a kiosk takes patients in: fast, in full, by one tap, card after card, beside somebody who helps."""

import re
from dataclasses import replace

import pytest
from msgspec import structs

from kiosk.identity import CodeKind, Shape, Why
from kiosk.journey import stewarding, walk
from kiosk.journey.values import (
    Act,
    Aim,
    Answered,
    AskHolder,
    AskWho,
    Begin,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Effect,
    Flag,
    Full,
    Handed,
    Happening,
    Issued,
    Journey,
    Looked,
    Paper,
    Printed,
    PrintSlip,
    ReadAloud,
    Restart,
    Scan,
    Scanned,
    Sending,
    Speak,
    Steward,
    Submit,
    TakeExam,
    TakeNumber,
    TakeRoute,
    Tell,
    Tick,
    Welcome,
    Who,
    World,
)
from kiosk.screens.pages import Size, page
from queue_server.protocol.codes import Help, IdentityKind, KioskMode, Language, PrintState, Refusal
from queue_server.protocol.commands import Confirm, Register, SetHelp
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Done
from tests.support.kiosk_parts import (
    CARD,
    CARD_CODE,
    INSURANCE_CODE,
    OTHER_CODE,
    PERSONAL,
    ROOM_12,
    TOKEN,
    catalogue,
    ticket,
    world,
)

START = walk.begin(Language.VI, 0)
PHONE_ABROAD = "+84912345678"
NOBODY = Rejected(id="x", code=Refusal.UNKNOWN_VISIT)


def at(mode: KioskMode, now: int = 0, *, card_route: str = "") -> World:
    return world(now, mode=mode, card_route=card_route)


def go(journey: Journey, here: World, *happenings: Happening) -> tuple[Journey, list[Effect]]:
    """Where these lead, and what they asked for. No card's holder is here already."""
    asked: list[Effect] = []
    for happening in happenings:
        journey, effects = walk.step(journey, happening, here)
        for effect in effects:
            if isinstance(effect, AskHolder):
                journey, _ = walk.step(journey, Looked(effect.wish, NOBODY), here)
            else:
                asked.append(effect)
    return journey, asked


def registered(asked: list[Effect]) -> Register:
    (effect,) = asked
    assert isinstance(effect, Submit)
    assert isinstance(effect.command, Register)
    return effect.command


# Fast ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "route"), [(CARD_CODE, ("fee", "pharmacy")), (INSURANCE_CODE, ("insured", "exam"))]
)
def test_a_fast_kiosk_needs_a_card_and_one_tap(code: str, route: tuple[str, str]) -> None:
    journey, asked = go(START, at(KioskMode.FAST, card_route="fee-pharmacy"), Scanned(code), Act.AGREE)
    wish = registered(asked)
    assert (wish.payer, wish.kind, wish.service) == (*route, None)
    assert isinstance(journey.stage, Sending)


def test_a_fast_kiosk_leaves_the_exam_to_reception() -> None:
    _, asked = go(START, at(KioskMode.FAST, card_route="insured-exam"), Scanned(CARD_CODE), Act.AGREE)
    assert registered(asked).service is None


def test_a_fast_kiosk_asks_for_an_exam_that_no_desk_would_ask_for() -> None:
    shown = at(KioskMode.FAST, card_route="fee-exam").catalogue
    routes = tuple(structs.replace(r, first=ROOM_12) if r.route == "fee-exam" else r for r in shown.routes)
    here = world(offer=replace(shown, routes=routes))
    journey, asked = go(START, here, Scanned(CARD_CODE), Act.AGREE)
    assert isinstance(journey.stage, ChooseExam)
    assert not asked


def test_a_fast_kiosk_asks_what_no_card_answers() -> None:
    journey, asked = go(START, at(KioskMode.FAST), Scanned(CARD_CODE), Act.AGREE)
    assert isinstance(journey.stage, ChooseRoute)
    assert not asked


def test_a_fast_kiosk_asks_nobody_for_whom() -> None:
    here = at(KioskMode.FAST)
    journey, _ = go(START, here, Begin(Language.EN))
    assert (journey.stage, journey.language) == (Scan(Who.ME), Language.EN)
    assert go(journey, here, Act.BACK)[0].stage == Welcome()


def test_in_full_it_is_asked_for_whom_and_what() -> None:
    here = at(KioskMode.FULL, card_route="insured-exam")
    assert go(START, here, Begin(Language.VI))[0].stage == AskWho()
    assert isinstance(go(START, here, Scanned(CARD_CODE), Act.AGREE)[0].stage, ChooseRoute)


# By one tap ------------------------------------------------------------------------------------------------


def test_one_tap_gives_a_number_and_a_card_does_as_well() -> None:
    here = at(KioskMode.NUMBERS)
    wish = registered(go(START, here, TakeNumber("ask", priority=True))[1])
    assert (wish.payer, wish.identity, wish.declared_priority) == ("ask", None, True)
    assert go(START, here, Scanned(CARD_CODE))[0].stage == Check(Who.ME, CARD)


def test_elsewhere_the_first_page_gives_no_numbers() -> None:
    assert go(START, at(KioskMode.FULL), TakeNumber("ask")) == (START, [])


# Card after card -------------------------------------------------------------------------------------------

STEWARD = at(KioskMode.STEWARD)


def numbered(wish: int, number: str, print_: str = "p1") -> Answered:
    given = structs.replace(ticket(number), print=print_)
    return Answered(wish, Accepted(id="x", seq=1, result=given))


def handing() -> Journey:
    return go(START, STEWARD, TakeRoute("insured-exam"))[0]


def stage(journey: Journey) -> Steward:
    assert isinstance(journey.stage, Steward)
    return journey.stage


def test_a_steward_chooses_once_and_every_scan_is_a_wish() -> None:
    journey, first = go(handing(), STEWARD, Scanned(CARD_CODE))
    # The next card is taken before the server said anything.
    journey, second = go(journey, STEWARD, Scanned(OTHER_CODE))
    wishes = [registered(first), registered(second)]
    assert [(wish.payer, wish.kind, wish.service) for wish in wishes] == [("insured", "exam", None)] * 2
    assert wishes[0].identity != wishes[1].identity
    journey, slips = go(journey, STEWARD, numbered(1, "A001", "a"), numbered(2, "A002", "b"))
    assert [slip.ticket.number for slip in slips if isinstance(slip, PrintSlip)] == ["A001", "A002"]
    assert [one.number for one in stage(journey).handed] == ["A002", "A001"]
    assert stage(journey).shown == 2


def test_a_card_torn_in_three_is_one_card() -> None:
    # A first piece of fewer than four keys looks typed, however fast; the second is held for the rest.
    for first in range(1, 4):
        for second in range(first + 4, len(CARD_CODE)):
            torn = (*written(CARD_CODE[:first]), Scanned(CARD_CODE[second:], CARD_CODE[first:second]))
            journey, asked = go(handing(), STEWARD, *torn)
            assert (
                registered(asked).identity
                == registered(go(handing(), STEWARD, Scanned(CARD_CODE))[1]).identity
            )
            assert stage(journey).typed is None


def test_the_same_card_twice_is_one_wish_and_shows_its_number() -> None:
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE), numbered(1, "A001"), Scanned(OTHER_CODE))
    assert stage(journey).shown == 2
    journey, asked = go(journey, STEWARD, Scanned(CARD_CODE))
    assert not asked
    assert stage(journey).shown == 1


def test_an_answer_that_comes_twice_prints_once() -> None:
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE), numbered(1, "A001"))
    assert go(journey, STEWARD, numbered(1, "A001")) == (journey, [])


@pytest.mark.parametrize("chosen", [True, False], ids=["anew", "not yet"])
def test_the_last_card_is_printed_though_the_steward_went_on_to_the_next_kind(chosen: bool) -> None:
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE), Act.BACK)
    if chosen:
        journey, _ = go(journey, STEWARD, TakeRoute("fee-exam"))
    after, (slip,) = go(journey, STEWARD, numbered(1, "A001"))
    assert isinstance(slip, PrintSlip)
    assert (after, slip.ticket.number) == (journey, "A001")
    # Where nobody hands papers out, one would fall into the next one's hands.
    (told,) = go(journey, at(KioskMode.FULL), numbered(1, "A001"))[1]
    assert isinstance(told, Tell)


def test_who_had_a_number_before_is_shown_it_and_gets_no_paper() -> None:
    facts = {"visit": "v", "number": "A007", "token": TOKEN}
    here = Rejected(id="x", code=Refusal.ALREADY_HERE, facts=dict(facts))
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE))
    journey, effects = go(journey, STEWARD, Answered(1, here))
    assert not effects
    (one,) = stage(journey).handed
    assert (one.number, one.again) == ("A007", True)


def test_who_gets_no_number_is_sent_to_a_desk_and_may_try_again() -> None:
    journey, _ = go(
        handing(), STEWARD, Scanned(CARD_CODE), Answered(1, Rejected(id="x", code=Refusal.INTERNAL))
    )
    assert stage(journey).handed[0].refused
    assert len(go(journey, STEWARD, Scanned(CARD_CODE))[1]) == 1


def test_priority_and_help_are_for_the_next_card_only() -> None:
    journey, asked = go(
        handing(), STEWARD, Act.PRIORITY, Flag(Help.WHEELCHAIR), Scanned(CARD_CODE), Scanned(OTHER_CODE)
    )
    first, second = (effect.command for effect in asked if isinstance(effect, Submit))
    assert isinstance(first, Register)
    assert isinstance(second, Register)
    assert (first.declared_priority, first.help) == (True, (Help.WHEELCHAIR,))
    assert (second.declared_priority, second.help) == (False, ())
    assert (stage(journey).priority, stage(journey).help) == (False, ())


def test_a_card_of_the_hospital_s_own_is_a_card() -> None:
    shape = Shape("card", CodeKind.HOSPITAL_CARD, re.compile("BN[0-9]{8}"))
    here = replace(STEWARD, shapes=(shape,))
    wish = registered(go(handing(), here, Scanned("BN20261234"))[1])
    assert wish.identity is not None
    assert (wish.identity.kind, wish.identity.number) == (IdentityKind.HOSPITAL_CARD, "BN20261234")


def test_no_name_stays_for_long_and_the_numbers_do() -> None:
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE), numbered(1, "A001"))
    assert stage(journey).handed[0].person == CARD
    journey, _ = go(journey, at(KioskMode.STEWARD, stewarding.FORGOTTEN), Tick())
    assert stage(journey).handed[0].person is None
    assert stage(journey).handed[0].number == "A001"


def test_only_the_last_few_numbers_stay_and_nobody_who_waits_is_dropped() -> None:
    journey = handing()
    waiting = Handed(1, 0, CARD)
    old = tuple(Handed(10 + n, 0, None, f"A{n:03}") for n in range(9))
    journey = replace(journey, stage=Steward("insured-exam", (*old, waiting)), wishes=20)
    journey, _ = go(journey, STEWARD, Scanned(OTHER_CODE))
    kept = stage(journey).handed
    assert len(kept) == stewarding.KEPT + 1
    assert kept[-1] == waiting


def test_a_slow_server_makes_the_steward_wait_in_the_end() -> None:
    many = tuple(Handed(n, 0, None) for n in range(stewarding.AT_ONCE))
    journey = replace(handing(), stage=Steward("insured-exam", many), wishes=50)
    assert go(journey, STEWARD, Scanned(CARD_CODE)) == (journey, [])


def test_what_is_no_card_is_told_and_leads_nowhere() -> None:
    for code, why in (
        ("nonsense", None),
        (f"DL:{TOKEN}", Why.OWN_TICKET),
        ("024123456", Why.OLD_NUMBER),
    ):
        journey, asked = go(handing(), STEWARD, Scanned(code))
        assert not asked
        assert stage(journey).problem is not None
        assert why in (None, stage(journey).problem)


def test_the_printer_tells_the_strip_and_the_server() -> None:
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE), numbered(1, "A001", "a"))
    journey, told = go(journey, STEWARD, Printed("a", "A001", Paper(PrintState.STALLED, "paper")))
    assert told == [Tell(Confirm(print="a", state=PrintState.STALLED, number="A001", reason="paper"))]
    assert stage(journey).handed[0].paper.state is PrintState.STALLED


def written(text: str) -> list[Happening]:
    return [Character(character) for character in text]


def test_the_number_of_a_card_that_no_scanner_reads_is_typed() -> None:
    journey, asked = go(handing(), STEWARD, Scanned(CARD_CODE), Act.PRIORITY, Act.TYPE)
    before = stage(journey)
    assert before.typed == ""
    # The card before is answered meanwhile, and printed.
    journey, slips = go(journey, STEWARD, numbered(1, "A001"), *written("0010850004567"), Act.ERASE)
    assert [slip.ticket.number for slip in slips if isinstance(slip, PrintSlip)] == ["A001"]
    assert stage(journey).typed == "001085000456"
    assert "001085" not in repr(journey)
    journey, asked = go(journey, STEWARD, Act.ENTER)
    wish = registered(asked)
    assert wish.identity is not None
    assert (wish.identity.kind, wish.identity.number) == (IdentityKind.TYPED, "001085000456")
    assert wish.declared_priority
    assert (stage(journey).typed, stage(journey).shown) == (None, 2)


@pytest.mark.parametrize("fast", [True, False], ids=["as a scanner", "by hand"])
def test_of_a_number_the_first_digit_opens_its_page_and_a_telephone_will_do(fast: bool) -> None:
    by_hand = [*written("0912345678"), Act.ENTER]
    _, asked = go(handing(), STEWARD, *([Act.TYPE_LINE, Scanned("0912345678")] if fast else by_hand))
    wish = registered(asked)
    assert wish.identity is not None
    assert (wish.identity.kind, wish.identity.phone) == (IdentityKind.PHONE, PHONE_ABROAD)


def test_what_cannot_be_is_said_and_can_be_mended_or_left() -> None:
    journey, asked = go(handing(), STEWARD, *written("07919"), Act.ENTER)
    assert not asked
    assert (stage(journey).typed, stage(journey).problem) == ("07919", Why.UNKNOWN_CODE)
    journey, asked = go(journey, STEWARD, *written("0000123"), Act.ENTER)
    assert registered(asked).identity is not None
    journey, asked = go(handing(), STEWARD, Character("x"), Act.TYPE, *written("079"), Act.BACK)
    assert (stage(journey).typed, asked) == (None, [])
    # Whoever finds the card scans it instead.
    journey, asked = go(journey, STEWARD, Act.TYPE, Scanned(CARD_CODE))
    assert registered(asked).identity is not None
    assert stage(journey).typed is None


def test_half_a_number_is_forgotten_like_a_name() -> None:
    journey, _ = go(handing(), STEWARD, *written("0791900"))
    assert stage(go(journey, at(KioskMode.STEWARD, stewarding.FORGOTTEN - 1), Tick())[0]).typed == "0791900"
    assert stage(go(journey, at(KioskMode.STEWARD, stewarding.FORGOTTEN), Tick())[0]).typed is None


def test_a_steward_is_not_asked_whether_anybody_is_there() -> None:
    journey, _ = go(handing(), at(KioskMode.STEWARD, 10**7), Tick())
    assert isinstance(journey.stage, Steward)
    assert not journey.warned
    assert go(journey, STEWARD, Act.BACK)[0].stage == Welcome()


def test_a_foreigners_language_is_for_their_ticket_only() -> None:
    journey, asked = go(handing(), STEWARD, Speak(Language.EN), Scanned(CARD_CODE), Scanned(OTHER_CODE))
    wishes = [effect.command for effect in asked if isinstance(effect, Submit)]
    assert [wish.language for wish in wishes if isinstance(wish, Register)] == [Language.EN, Language.VI]
    assert journey.language is Language.VI


def test_a_steward_whose_kind_of_visit_is_gone_chooses_again() -> None:
    shown = STEWARD.catalogue
    gone = replace(STEWARD, catalogue=replace(shown, routes=shown.routes[1:]))
    assert go(handing(), gone, Tick())[0].stage == Welcome()


def test_between_two_cards_nobody_is_under_way_at_a_stewards_kiosk() -> None:
    assert not walk.is_under_way(START)
    assert not walk.is_under_way(handing())
    assert walk.is_under_way(go(handing(), STEWARD, *written("07"))[0])
    journey, _ = go(handing(), STEWARD, Scanned(CARD_CODE), numbered(1, "A001"))
    assert walk.is_under_way(journey)
    assert not walk.is_under_way(go(journey, at(KioskMode.STEWARD, stewarding.FORGOTTEN), Tick())[0])
    assert walk.is_under_way(go(START, world(), Scanned(CARD_CODE))[0])


def test_a_steward_marks_no_priority_where_a_desk_alone_gives_it() -> None:
    def offers(here: World) -> bool:
        options = page(handing(), here, Size(67, 16)).options
        return Act.PRIORITY in [option.means for option in options]

    facility = STEWARD.catalogue.facility
    assert facility is not None
    at_desk = replace(STEWARD.catalogue, facility=structs.replace(facility, declares=False))
    assert offers(STEWARD)
    assert not offers(replace(STEWARD, catalogue=at_desk))


def test_a_site_that_changes_the_mode_ends_it_at_once() -> None:
    assert go(handing(), at(KioskMode.FULL), Tick())[0].stage == Welcome()
    assert go(START, at(KioskMode.FULL), TakeRoute("insured-exam"))[0].stage == Welcome()


# Help ------------------------------------------------------------------------------------------------------


def test_help_said_before_the_ticket_goes_with_the_wish() -> None:
    here = at(KioskMode.FAST, card_route="insured-exam")
    journey, asked = go(START, here, Scanned(CARD_CODE), Flag(Help.HEARING), Act.HELP, Flag(Help.SIGHT))
    assert not asked
    journey, asked = go(journey, here, Flag(Help.HEARING), Act.BACK, Act.AGREE)
    assert registered(asked).help == (Help.SIGHT,)


def test_help_said_after_the_ticket_is_told_by_itself_and_the_number_stays_longer() -> None:
    wish = Register(payer="fee", kind="exam", help=(Help.HEARING,))
    waiting = replace(START, stage=Sending(1, Aim.TICKET, 0), wishes=1)
    journey, _ = walk.step(waiting, Answered(1, Accepted(id="x", seq=1, result=ticket()), wish), world())
    journey, _ = go(journey, world(), Printed(ticket().print, "A045", Paper(PrintState.ACKNOWLEDGED)))
    journey, asked = go(journey, world(9_000), Act.HELP, Flag(Help.SLOW_WALK))
    assert asked == [Submit(2, SetHelp(visit=ticket().visit, help=(Help.HEARING, Help.SLOW_WALK)))]
    assert isinstance(journey.stage, Issued)
    assert journey.stage.leave_at == 21_000
    journey, asked = go(journey, world(9_500), Answered(2, Accepted(id="x", seq=2, result=Done())), Act.BACK)
    assert not asked
    assert isinstance(journey.stage, Issued)
    assert not journey.stage.asks_help
    assert go(journey, world(30_000), Tick())[0].stage == Welcome()


def test_of_a_ticket_printed_again_this_kiosk_does_not_know_what_help_was_noted() -> None:
    issued = replace(START, stage=Issued(ticket(reprint=True), leave_at=10**6))
    assert go(issued, world(), Act.HELP, Flag(Help.SIGHT)) == (issued, [])


# Full, stopped, closed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["full", "stopped", "closed"])
def test_what_nobody_is_seen_for_now_is_never_a_refusal(why: str) -> None:
    shown = catalogue()
    services = tuple(
        structs.replace(
            one,
            full="full" in why and one.service == "eyes",
            stopped="stopped" in why and one.service == "eyes",
            closed="closed" in why and one.service == "eyes",
        )
        for one in shown.services
    )
    here = world(offer=replace(shown, services=services))
    journey, asked = go(START, here, Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-exam"), TakeExam("eyes"))
    assert isinstance(journey.stage, Full)
    assert not asked
    assert registered(go(journey, here, TakeExam(None))[1]).service is None


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ({"stopped": True}, "Mắt: lúc này không nhận khám"),
        ({"closed": True}, "Mắt: hôm nay không nhận khám nữa"),
        ({"full": True}, "Mắt: buổi này đã đủ lượt"),
    ],
)
def test_what_is_only_stopped_is_not_said_to_be_full_or_over_for_today(
    why: dict[str, bool], said: str
) -> None:
    shown = catalogue()
    services = tuple(structs.replace(one, **why) if one.service == "eyes" else one for one in shown.services)
    here = world(offer=replace(shown, services=services))
    journey, _ = go(START, here, Scanned(CARD_CODE), Act.AGREE, TakeRoute("fee-exam"), TakeExam("eyes"))
    assert page(journey, here, Size(67, 16)).title == said


def test_a_kiosk_that_takes_nobody_in_does_not_say_that_it_is_full() -> None:
    here = world(offer=catalogue(intake="intake-equipment"))
    journey, asked = go(START, here, Scanned(CARD_CODE), Act.AGREE)
    assert not asked
    assert "đủ" not in page(journey, here, Size(67, 16)).title


# Letters, colours, voice, time -----------------------------------------------------------------------------


def test_colours_are_for_one_patient() -> None:
    journey, _ = go(START, world(), Act.CONTRAST)
    assert journey.contrast
    begun, _ = go(journey, world(), Begin(Language.VI))
    assert begun.contrast
    assert not go(begun, world(), Act.HOME)[0].contrast
    assert go(journey, world(walk.IDLE - 1), Tick())[0].contrast
    assert not go(journey, world(walk.IDLE), Tick())[0].contrast


def test_letters_are_changed_by_the_session_and_only_where_it_can() -> None:
    able = replace(world(), can_resize=True)
    assert go(START, world(), Act.LETTERS)[1] == []
    assert go(START, able, Act.LETTERS)[1] == [Restart(large=True)]
    assert go(START, replace(able, is_large=True), Act.LETTERS)[1] == [Restart(large=False)]
    under_way, _ = go(START, able, Scanned(CARD_CODE))
    assert go(under_way, able, Act.LETTERS) == (under_way, [])


def test_large_letters_go_when_their_patient_has_gone() -> None:
    large = replace(world(walk.IDLE), is_large=True, can_resize=True)
    assert go(START, large, Tick())[1] == [Restart(large=False)]
    assert go(START, replace(large, now=walk.IDLE - 1), Tick())[1] == []
    assert go(START, replace(large, can_resize=False), Tick())[1] == []


def test_a_page_is_read_aloud_in_languages_that_have_a_voice() -> None:
    here = replace(world(), speaks=frozenset({Language.VI}))
    assert go(START, here, Act.ALOUD)[1] == [ReadAloud()]
    assert go(replace(START, language=Language.EN), here, Act.ALOUD)[1] == []


@pytest.mark.parametrize(
    ("mode", "shown", "patience"),
    [
        (KioskMode.FULL, Check(Who.ME, CARD), 60_000),
        (KioskMode.FULL, ChooseRoute(Check(Who.ME, CARD)), 90_000),
        (KioskMode.ATTENDED, Check(Who.ME, CARD), 120_000),
        (KioskMode.ATTENDED, ChooseRoute(Check(Who.ME, CARD)), 180_000),
    ],
)
def test_there_is_more_time_where_there_is_more_to_read(
    mode: KioskMode, shown: Check | ChooseRoute, patience: int
) -> None:
    journey = replace(START, stage=shown)
    assert not go(journey, at(mode, patience - 1), Tick())[0].warned
    journey, _ = go(journey, at(mode, patience), Tick())
    assert walk.countdown(journey, at(mode, patience)) == 20
    assert go(journey, at(mode, patience + 19_999), Tick())[0].stage == shown
    assert go(journey, at(mode, patience + 20_000), Tick())[0].stage == Welcome()


def test_time_can_be_had_ten_times_and_more() -> None:
    journey, now = replace(START, stage=Check(Who.ME, CARD)), 0
    for _ in range(12):
        now += walk.IDLE + walk.WARNING - 1
        journey, _ = go(journey, world(now), Tick())
        assert journey.warned
        journey, _ = go(journey, world(now), Act.STAY)
        assert not journey.warned
        assert journey.stage == Check(Who.ME, CARD)


def test_nothing_of_a_steward_s_cards_is_told_by_chance() -> None:
    journey, asked = go(handing(), STEWARD, Scanned(CARD_CODE))
    assert not any(personal in repr((journey, asked)) for personal in PERSONAL)
