"""Without a card: a name, a birth, whom to call; and one more exam for who is here. From touch to wish."""

from dataclasses import replace

import pytest
from msgspec import structs

from kiosk.identity import Birth, Phone, Why
from kiosk.journey import walk
from kiosk.journey.spelling import Mark
from kiosk.journey.values import (
    Accented,
    Act,
    Aim,
    Answered,
    Asked,
    AskWhere,
    AskWho,
    Begin,
    Character,
    Check,
    ChooseRoute,
    Effect,
    Flag,
    Form,
    ForWhom,
    Happening,
    Journey,
    Looked,
    Looking,
    Notice,
    OneMore,
    OwnVisit,
    Scan,
    Scanned,
    Sending,
    Stopped,
    Submit,
    TakeExam,
    TakeRoute,
    Told,
    Trouble,
    Welcome,
    Who,
)
from kiosk.screens.pages import Size, page
from queue_server.protocol.codes import Brought, Help, IdentityKind, KioskMode, Language, Refusal
from queue_server.protocol.commands import AddExam, Guardian, Identity, Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import StepsAdded
from tests.support.kiosk_parts import CARD, CARD_CODE, NUMBER, PHONE, TOKEN, catalogue, ticket_state, world

START = walk.begin(Language.VI, 0)
CALLED = Phone("+84912345678")


def go(*happenings: Happening, start: Journey = START) -> tuple[Journey, list[Effect]]:
    journey = start
    effects: list[Effect] = []
    for happening in happenings:
        journey, made = walk.step(journey, happening, world())
        effects += made
    return journey, effects


def form(who: Who = Who.ME) -> tuple[Happening, ...]:
    return (Begin(Language.VI), ForWhom(who), Act.FORM)


def written(text: str) -> tuple[Happening, ...]:
    return (*map(Character, text), Act.ENTER)


NAME = (*map(Character, "le"), Accented(Mark.CIRCUMFLEX), *written(" thu"))


def identity(*happenings: Happening) -> Identity:
    _, effects = go(*happenings, Act.AGREE, TakeRoute("fee-exam"), TakeExam("general"))
    (effect,) = effects
    assert isinstance(effect, Submit)
    assert isinstance(effect.command, Register)
    assert effect.command.identity is not None
    return effect.command.identity


def test_name_and_year_are_enough() -> None:
    journey, effects = go(*form(), *NAME, *written("1956"), Act.SKIP)
    assert journey.stage == Check(Who.ME, Told("Lê Thu", Birth(1956)))
    assert effects == []
    told = identity(*form(), *NAME, *written("1956"), Act.SKIP)
    assert told == Identity(IdentityKind.TOLD, name="Lê Thu", birth="1956")


@pytest.mark.parametrize(
    ("typed", "birth"), [("1956", "1956"), ("081956", "1956-08"), ("15081956", "1956-08-15")]
)
def test_a_birth_is_told_as_far_as_it_is_known(typed: str, birth: str) -> None:
    assert identity(*form(), *NAME, *written(typed), *written(PHONE)) == Identity(
        IdentityKind.TOLD, name="Lê Thu", birth=birth, phone=CALLED.e164
    )


@pytest.mark.parametrize("typed", ["", "19", "1899", "2027", "31021990", "131990", "00001990"])
def test_a_birth_that_cannot_be_is_asked_again(typed: str) -> None:
    journey, _ = go(*form(), *NAME, *written(typed))
    stage = journey.stage
    assert isinstance(stage, Form)
    assert (stage.asked, stage.wrong, stage.born) == (Asked.BIRTH, True, typed)
    mended, _ = go(*[Act.ERASE] * len(typed), *written("1956"), start=journey)
    assert mended.stage == Form(Who.ME, Asked.PHONE, "Lê Thu", "1956")


@pytest.mark.parametrize("name", ["", "-", "'", "123"])
def test_a_name_has_letters(name: str) -> None:
    journey, _ = go(*form(), *written(name))
    assert journey.stage == Form(Who.ME, wrong=True)


@pytest.mark.parametrize("name", ["Thơn", "Y Ban", "H' Thử Êban", "H'Hen Niê", "K'Brôi", "A-Lăng"])
def test_a_name_needs_no_two_words_and_keeps_what_it_has(name: str) -> None:
    assert identity(*form(), *written(name), *written("1990"), Act.SKIP).name == name


def test_a_telephone_is_right_or_left_out() -> None:
    journey, _ = go(*form(), *NAME, *written("1956"), *written("12345"))
    assert journey.stage == Form(Who.ME, Asked.PHONE, "Lê Thu", "1956", "12345", wrong=True)
    skipped, _ = go(Act.SKIP, start=journey)
    assert skipped.stage == Check(Who.ME, Told("Lê Thu", Birth(1956)))
    empty, _ = go(*form(), *NAME, *written("1956"), Act.ENTER)
    assert empty.stage == skipped.stage


def test_a_child_has_somebody_to_turn_to() -> None:
    begun = (*form(Who.CHILD), *NAME, *written("052024"))
    by_phone = identity(*begun, *written(PHONE))
    assert by_phone == Identity(
        IdentityKind.TOLD,
        name="Lê Thu",
        birth="2024-05",
        brought=Brought.CHILD,
        guardian=Guardian(phone=CALLED.e164),
    )
    by_name = identity(*begun, Act.SKIP, *written("Lò Mẫu"))
    assert by_name.guardian == Guardian("Lò Mẫu")
    nobody = identity(*begun, Act.SKIP, Act.SKIP)
    assert (nobody.guardian, nobody.phone, nobody.brought) == (None, "", Brought.CHILD)


def test_a_relative_is_brought() -> None:
    told = identity(*form(Who.RELATIVE), *NAME, *written("1940"), *written(PHONE))
    assert (told.brought, told.phone, told.guardian) == (Brought.RELATIVE, CALLED.e164, None)


def test_a_fast_kiosk_asks_whose_form_it_is() -> None:
    here = world(mode=KioskMode.FAST)
    journey, _ = walk.step(START, Begin(Language.VI), here)
    assert journey.stage == Scan(Who.ME)
    journey, _ = walk.step(journey, Act.FORM, here)
    assert journey.stage == AskWho(form=True)
    child, _ = walk.step(journey, ForWhom(Who.CHILD), here)
    assert child.stage == Form(Who.CHILD)
    home, _ = walk.step(journey, Act.BACK, here)
    assert home.stage == Welcome()


def test_whoever_brings_a_card_holder_says_so_too() -> None:
    journey, _ = go(Begin(Language.VI), ForWhom(Who.CHILD), Scanned(CARD_CODE), Looked(1, None))
    _, effects = go(Act.AGREE, TakeRoute("fee-exam"), TakeExam("general"), start=journey)
    (effect,) = effects
    assert isinstance(effect, Submit)
    assert isinstance(effect.command, Register)
    assert effect.command.identity is not None
    assert effect.command.identity.brought is Brought.CHILD


def test_back_goes_question_by_question_and_keeps_what_is_written() -> None:
    journey, _ = go(*form(Who.CHILD), *NAME, *written("052024"), Act.SKIP, *written("Lò Mẫu"))
    assert isinstance(journey.stage, Check)
    again, _ = go(Act.BACK, start=journey)
    assert again.stage == Form(Who.CHILD, Asked.NAME, "Lê Thu", "052024", "", "Lò Mẫu")
    forward, _ = go(Act.ENTER, Act.ENTER, Act.ENTER, Act.ENTER, start=again)
    assert forward.stage == journey.stage
    here = _at(START, Form(Who.CHILD, Asked.GUARDIAN, "Lê Thu", "052024"))
    for asked in (Asked.PHONE, Asked.BIRTH, Asked.NAME):
        here, _ = go(Act.BACK, start=here)
        assert here.stage == Form(Who.CHILD, asked, "Lê Thu", "052024")
    home, _ = go(Act.BACK, start=_at(START, Form(Who.CHILD, name="Lê Thu")))
    assert home.stage == Scan(Who.CHILD)


def test_what_was_said_of_help_and_priority_outlives_a_correction_of_the_name() -> None:
    journey, _ = go(*form(), *NAME, *written("1956"), Act.SKIP)
    checked, _ = go(Act.PRIORITY, Flag(Help.HEARING), start=journey)
    again, _ = go(Act.BACK, *written("m"), Act.ENTER, Act.ENTER, start=checked)
    assert again.stage == Check(Who.ME, Told("Lê Thum", Birth(1956)), priority=True, help=(Help.HEARING,))


def _at(journey: Journey, stage: Form) -> Journey:
    return Journey(journey.home, journey.language, stage)


def test_a_card_found_after_all_takes_the_forms_place() -> None:
    journey, _ = go(*form(), *NAME, Scanned(CARD_CODE))
    assert journey.stage == Check(Who.ME, CARD)
    number, _ = go(*form(), *NAME, Scanned(NUMBER))
    assert isinstance(number.stage, Check)


def test_quick_fingers_on_a_keyboard_are_no_scanner() -> None:
    journey, _ = go(*form(), Scanned("Thử"), Scanned("1956"), Scanned(PHONE))
    assert journey.stage == Check(Who.ME, Told("Thử", Birth(1956), CALLED))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("https://example.vn/kham-benh", Why.WEB_ADDRESS),
        ("000201" + "0" * 60, Why.PAYMENT_CODE),
        (f"eyJ{'ab' * 20}.{'cd' * 20}.{'ef' * 20}", Why.VNEID),
        ("079190000123|", Why.BROKEN),
    ],
)
@pytest.mark.parametrize("asked", Asked)
def test_a_code_that_is_no_use_is_not_written_into_the_form(asked: Asked, code: str, why: Why) -> None:
    here = _at(START, Form(Who.CHILD, asked, "Lê Thu", "052024"))
    told, effects = go(Scanned(code), start=here)
    assert told.stage == Form(Who.CHILD, asked, "Lê Thu", "052024", wrong=why)
    assert effects == []
    on, _ = go(Act.ERASE, start=told)
    assert isinstance(on.stage, Form)
    assert not on.stage.wrong


def test_the_notice_leads_back_to_where_it_was_read() -> None:
    journey, _ = go(*form(), *map(Character, "le"))
    read, _ = go(Act.NOTICE, start=journey)
    assert read.stage == Notice(journey.stage)  # type: ignore[arg-type]  # a Form
    assert go(Act.BACK, start=read)[0].stage == journey.stage
    check, _ = go(*form(), *NAME, *written("1956"), Act.SKIP)
    assert go(Act.NOTICE, Act.BACK, start=check)[0].stage == check.stage


# One more exam ---------------------------------------------------------------------------------------------

STATE = structs.replace(ticket_state(), may_add=True)
VISIT = Journey(Language.VI, Language.VI, OwnVisit(TOKEN, STATE), wishes=1)


def test_who_is_here_adds_an_exam_and_sees_it() -> None:
    journey, _ = go(Act.ANOTHER, start=VISIT)
    assert journey.stage == OneMore(OwnVisit(TOKEN, STATE))
    sent, effects = go(TakeExam("eyes"), start=journey)
    assert effects == [Submit(2, AddExam(token=TOKEN, service="eyes"))]
    assert isinstance(sent.stage, Sending)
    added = StepsAdded(visit="2026-11-23-45", steps=("5",))
    asked, effects = go(Answered(2, Accepted(id="x", seq=1, result=added)), start=sent)
    assert effects == [AskWhere(3, TOKEN)]
    assert asked.stage == Looking(3, TOKEN, 0, Aim.MORE)
    seen, _ = go(Looked(3, STATE), start=asked)
    assert seen.stage == OwnVisit(TOKEN, STATE, Aim.MORE)


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        (Refusal.SESSION_FULL, Stopped(Trouble.INTAKE)),
        (Refusal.INTAKE_STOPPED, Stopped(Trouble.INTAKE)),
        (Refusal.NOT_OFFERED, Stopped(Trouble.REFUSED, Refusal.NOT_OFFERED)),
        (Refusal.VISIT_ENDED, Stopped(Trouble.OLD_TICKET)),
    ],
)
def test_what_cannot_be_added_is_for_a_person(code: Refusal, trouble: Stopped) -> None:
    sent, _ = go(Act.ANOTHER, TakeExam("eyes"), start=VISIT)
    stopped, effects = go(Answered(2, Rejected(id="x", code=code)), start=sent)
    assert (stopped.stage, effects) == (trouble, [])


def test_only_the_server_says_who_may_add() -> None:
    plain = Journey(Language.VI, Language.VI, OwnVisit(TOKEN, ticket_state()))
    assert go(Act.ANOTHER, start=plain)[0] == plain
    assert go(Act.ANOTHER, TakeExam(None), start=VISIT)[1] == []
    assert go(Act.ANOTHER, Act.BACK, start=VISIT)[0].stage == VISIT.stage
    assert catalogue().exams


def test_nobody_is_asked_which_exam_to_add_where_none_can_be_had() -> None:
    shown = catalogue()
    full = replace(shown, services=tuple(structs.replace(one, full=True) for one in shown.services))
    offered = (option.means for option in page(VISIT, world(), Size(67, 16)).options)
    assert Act.ANOTHER in offered
    offered = (option.means for option in page(VISIT, world(offer=full), Size(67, 16)).options)
    assert Act.ANOTHER not in offered
    assert walk.step(VISIT, Act.ANOTHER, world(offer=full)) == (VISIT, ())


def test_a_form_leads_on_to_what_there_is_to_choose() -> None:
    journey, _ = go(*form(), *NAME, *written("1956"), Act.SKIP, Act.AGREE)
    assert isinstance(journey.stage, ChooseRoute)
