"""Coming for an appointment: by its code, or by the card of the one it is for."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as row_with

from kiosk.identity import CodeKind, HospitalCode
from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    AlreadyHere,
    Answered,
    AskAppointment,
    AskHolder,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Effect,
    Finding,
    Happening,
    Journey,
    Looked,
    Scanned,
    Sending,
    Stopped,
    Submit,
    TakeRoute,
    Trouble,
    Who,
)
from queue_server.protocol.codes import AppointmentState, Language, Punctuality, Refusal
from queue_server.protocol.commands import Register
from queue_server.protocol.messages import Fact, Rejected
from tests.support.kiosk_parts import (
    APPOINTMENT_CODE,
    CARD_CODE,
    HALF_PAST_EIGHT,
    NUMBER,
    TOKEN,
    appointment,
    world,
)

START = walk.begin(Language.VI, 0)


def go(*happenings: Happening) -> tuple[Journey, list[Effect]]:
    journey = START
    asked: list[Effect] = []
    for happening in happenings:
        journey, effects = walk.step(journey, happening, world())
        asked += effects
    return journey, asked


def registered(effect: Effect) -> Register:
    assert isinstance(effect, Submit)
    assert isinstance(effect.command, Register)
    return effect.command


@pytest.mark.parametrize("code", [APPOINTMENT_CODE, APPOINTMENT_CODE.lower()])
def test_a_code_is_asked_about_before_anything_is_shown(code: str) -> None:
    journey, asked = go(Scanned(code))
    assert asked == [AskAppointment(1, code)]
    assert isinstance(journey.stage, Finding)
    journey, asked = go(Scanned(code), Scanned(code))
    assert len(asked) == 1


@pytest.mark.parametrize("typed", [APPOINTMENT_CODE, APPOINTMENT_CODE[1:]])
def test_a_code_can_be_typed_also_when_its_first_letter_opened_the_line(typed: str) -> None:
    _, asked = go(Act.TYPE_LINE, *map(Character, typed), Act.ENTER)
    assert asked == [AskAppointment(1, APPOINTMENT_CODE)]
    _, asked = go(Act.TYPE_LINE, Scanned(typed))
    assert asked == [AskAppointment(1, APPOINTMENT_CODE)]


def test_a_code_leads_to_a_number_without_asking_for_the_exam_or_a_card() -> None:
    journey, asked = go(Scanned(APPOINTMENT_CODE), Looked(1, appointment()), Act.AGREE)
    assert isinstance(journey.stage, ChooseRoute)
    journey, asked = go(
        Scanned(APPOINTMENT_CODE), Looked(1, appointment()), Act.AGREE, TakeRoute("insured-exam")
    )
    wish = registered(asked[-1])
    assert (wish.appointment, wish.identity, wish.service) == (APPOINTMENT_CODE, None, None)
    assert (wish.payer, wish.kind) == ("insured", "exam")


def test_who_already_kept_their_appointment_gets_their_paper_again_and_no_view_of_the_visit() -> None:
    refused = Rejected(
        id="x", code=Refusal.ALREADY_HERE, facts={"visit": "v", "number": "A007", "token": TOKEN}
    )
    told = appointment(state=AppointmentState.CHECKED_IN)
    way: list[Happening] = [Scanned(APPOINTMENT_CODE), Looked(1, told), Act.AGREE, TakeRoute("insured-exam")]
    journey, _ = go(*way, Answered(2, refused))
    assert journey.stage == AlreadyHere("A007", TOKEN)


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        (appointment(state=AppointmentState.CANCELLED), Stopped(Trouble.CANCELLED)),
        (appointment(today=False), Stopped(Trouble.ANOTHER_DAY, at=HALF_PAST_EIGHT)),
        (Rejected(id="x", code=Refusal.UNKNOWN_APPOINTMENT), Stopped(Trouble.NO_APPOINTMENT)),
        (Rejected(id="x", code=Refusal.RATE), Stopped(Trouble.REFUSED, Refusal.RATE)),
    ],
)
def test_what_cannot_be_kept_is_said_in_plain_words(answer: object, stage: Stopped) -> None:
    journey, _ = go(Scanned(APPOINTMENT_CODE), Looked(1, answer))  # type: ignore[arg-type]  # any answer
    assert journey.stage == stage


def test_a_code_that_nobody_answers_for_in_time_is_for_a_desk_to_look_up() -> None:
    """A page about a ticket that stays valid would be read by somebody who has none."""
    journey, _ = go(Scanned(APPOINTMENT_CODE), Looked(1, None))
    assert journey.stage == Check(Who.ME, HospitalCode(CodeKind.APPOINTMENT, "appointment", APPOINTMENT_CODE))
    _, asked = walk.step(replace(journey, stage=ChooseRoute(journey.stage)), TakeRoute("fee-tests"), world())
    assert registered(asked[-1]).appointment == APPOINTMENT_CODE


@pytest.mark.parametrize(
    ("code", "facts", "stage"),
    [
        (Refusal.UNKNOWN_APPOINTMENT, {"state": "cancelled"}, Stopped(Trouble.CANCELLED)),
        (Refusal.UNKNOWN_APPOINTMENT, {}, Stopped(Trouble.NO_APPOINTMENT)),
        (Refusal.TOO_SOON, {"until": HALF_PAST_EIGHT}, Stopped(Trouble.ANOTHER_DAY, at=HALF_PAST_EIGHT)),
        (Refusal.TOO_LATE, {"until": HALF_PAST_EIGHT}, Stopped(Trouble.REFUSED, Refusal.TOO_LATE)),
    ],
)
def test_what_changed_after_it_was_shown_is_said_in_the_same_words(
    code: Refusal, facts: dict[str, Fact], stage: Stopped
) -> None:
    way: list[Happening] = [Scanned(APPOINTMENT_CODE), Looked(1, appointment()), Act.AGREE]
    journey, asked = go(*way, TakeRoute("insured-exam"))
    wish = asked[-1]
    assert isinstance(wish, Submit)
    refused = Answered(wish.wish, Rejected(id="x", code=code, facts=facts), wish.command)
    assert walk.step(journey, refused, world()) == (replace(journey, stage=stage), ())


def test_nobody_is_sent_away_for_being_late() -> None:
    late = appointment(Punctuality.LATE, AppointmentState.UNATTENDED)
    journey, _ = go(Scanned(APPOINTMENT_CODE), Looked(1, late))
    assert journey.stage == Check(Who.ME, HospitalCode(CodeKind.APPOINTMENT, "appointment", APPOINTMENT_CODE))


def test_a_card_whose_holder_has_an_appointment_is_not_asked_for_the_exam() -> None:
    way: list[Happening] = [Scanned(CARD_CODE), Looked(1, appointment()), Act.AGREE, TakeRoute("fee-exam")]
    journey, asked = go(*way)
    assert isinstance(asked[0], AskHolder)
    wish = registered(asked[-1])
    assert wish.appointment is None
    assert wish.service is None
    assert wish.identity is not None
    assert wish.identity.number == NUMBER
    assert isinstance(journey.stage, Sending)


def test_a_card_whose_holder_has_none_is_asked_as_ever() -> None:
    journey, _ = go(Scanned(CARD_CODE), Looked(1, None), Act.AGREE, TakeRoute("fee-exam"))
    assert isinstance(journey.stage, ChooseExam)


def test_without_the_sites_shape_a_code_is_nothing_known() -> None:
    offer = world().catalogue
    assert offer.facility is not None
    bare = replace(offer, facility=row_with(offer.facility, codes=()))
    journey, asked = walk.step(START, Scanned(APPOINTMENT_CODE), world(offer=bare))
    assert asked == ()
    assert not isinstance(journey.stage, Finding)
