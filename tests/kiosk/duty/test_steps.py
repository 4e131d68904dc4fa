"""What lies over the journey: an emergency from press to end, attendants behind their PIN, hours. Pure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.duty import steps
from kiosk.duty.hours import current, opening_of, opens_at, serves
from kiosk.duty.values import (
    Attendant,
    CheckPin,
    Close,
    Closed,
    Do,
    Duty,
    Effect,
    Emergency,
    Guard,
    Happening,
    Named,
    PinChecked,
    PinPad,
    Press,
    PrintAgain,
    Room,
    Settle,
    Told,
    World,
)
from kiosk.journey.catalogue import zone
from queue_server.protocol.codes import AlertKind
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import Alert, Opening
from tests.support.kiosk_parts import catalogue

MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=zone(""))
HOURS = (Opening(300, 690), Opening(780, 990))
PIN = "4711"


def world(now: int = 0, **more: object) -> World:
    base = World(now=now, local=MORNING, online=True, catalogue=catalogue())
    return replace(base, **more)  # type: ignore[arg-type]  # fields by name


def play(duty: Duty, *happenings: tuple[Happening, World]) -> tuple[Duty, list[Effect]]:
    done: list[Effect] = []
    for happening, here in happenings:
        duty, effects = steps.step(duty, happening, here)
        done += effects
    return duty, done


def pressed(now: int = 0) -> Duty:
    duty, effects = steps.step(Duty(), Press.EMERGENCY, world(now))
    assert effects == (Do.CALL_STAFF, Do.WAIL)
    return duty


def emergency(duty: Duty) -> Emergency:
    assert isinstance(duty.over, Emergency)
    return duty.over


def passes(duty: Duty, now: int, **more: object) -> tuple[Duty, tuple[Effect, ...]]:
    return steps.time_passes(duty, world(now, **more))


def alert(**more: object) -> Alert:
    plain = Alert(key="alert:a", alert="a", kind=AlertKind.EMERGENCY, subject="kiosk-1", at=500)
    return Alert(**{**{f: getattr(plain, f) for f in plain.__struct_fields__}, **more})


# An emergency ---------------------------------------------------------------------------------------------


def test_a_second_press_is_the_same_alarm() -> None:
    duty = pressed()
    assert steps.step(duty, Press.EMERGENCY, world(300)) == (duty, ())


def test_it_is_seen_only_when_somebody_acknowledged_it() -> None:
    duty, _ = steps.step(pressed(), Named("a", 500), world(1_000))
    waiting, none = passes(duty, 2_000, alert=alert())
    assert emergency(waiting).seen is None
    assert none == ()
    desk = Label(vi="quầy tiếp đón", en="reception")
    seen, effects = passes(duty, 2_000, alert=alert(acknowledged_at=900, acknowledged_by=desk))
    assert emergency(seen).by == ("quầy tiếp đón", "reception")
    assert effects == (Do.HUSH,)


def test_an_earlier_emergency_s_answer_is_not_this_one_s() -> None:
    duty, _ = steps.step(pressed(), Named("b", 9_000), world(1_000))
    later, _ = passes(duty, 2_000, alert=alert(acknowledged_at=900))
    assert emergency(later).seen is None


def test_after_midnight_it_has_another_name_and_the_same_moment() -> None:
    duty, _ = steps.step(pressed(), Named("a", 500), world(1_000))
    later, _ = passes(duty, 2_000, alert=alert(alert="alert-1", acknowledged_at=900))
    assert emergency(later).seen == 2_000


def test_before_the_server_named_it_nothing_is_claimed() -> None:
    later, _ = passes(pressed(), 2_000, alert=alert(acknowledged_at=900))
    assert emergency(later).seen is None


def test_a_mistake_is_taken_back_in_two_presses_within_twenty_seconds() -> None:
    duty, effects = play(pressed(), (Press.MISTAKE, world(5_000)), (Press.NOBODY_NEEDS_HELP, world(6_000)))
    assert effects == [Do.WITHDRAW, Do.HUSH]
    assert emergency(duty).withdrawn == 6_000
    gone, after = passes(duty, 6_000 + steps.AFTER_TAKEN_BACK)
    assert (gone.over, after) == (None, (Do.HUSH,))


@pytest.mark.parametrize("at", [steps.TAKE_BACK, steps.TAKE_BACK + 60_000])
def test_later_it_cannot_be_called_a_mistake(at: int) -> None:
    duty, _ = steps.step(pressed(), Press.MISTAKE, world(at))
    assert emergency(duty).doubted is None


def test_doubt_ends_by_itself_or_by_pressing_again() -> None:
    doubting, _ = steps.step(pressed(), Press.MISTAKE, world(5_000))
    for cleared in (
        passes(doubting, 5_000 + steps.DOUBT)[0],
        steps.step(doubting, Press.NO_MISTAKE, world(6_000))[0],
        steps.step(doubting, Press.EMERGENCY, world(6_000))[0],
    ):
        assert emergency(cleared).doubted is None
        assert emergency(cleared).wails


def test_without_a_doubt_first_nothing_is_taken_back() -> None:
    duty, effects = steps.step(pressed(), Press.NOBODY_NEEDS_HELP, world(5_000))
    assert (emergency(duty).withdrawn, effects) == (None, ())


def test_after_a_press_was_taken_back_the_next_one_is_an_alarm_again() -> None:
    duty, _ = play(pressed(), (Press.MISTAKE, world(1_000)), (Press.NOBODY_NEEDS_HELP, world(2_000)))
    again, effects = steps.step(duty, Press.EMERGENCY, world(3_000))
    assert emergency(again) == Emergency(3_000)
    assert effects == (Do.CALL_STAFF, Do.WAIL)


def test_nobody_leaves_it_before_it_was_seen() -> None:
    duty, _ = steps.step(pressed(), Press.LEAVE, world(1_000))
    assert isinstance(duty.over, Emergency)


def test_the_half_done_visit_is_kept_for_two_minutes_and_asked_for() -> None:
    seen = replace(Duty(), over=Emergency(0, alert="a", seen=30_000))
    gone, effects = steps.step(seen, Press.LEAVE, world(60_000, busy=True))
    assert (gone.over, effects) == (None, (Do.HUSH, Do.ASK_PATIENT))
    _, effects = passes(seen, steps.KEEP_PATIENT - 1, busy=True)
    assert Do.FORGET_PATIENT not in effects


def test_after_two_minutes_nobody_s_card_is_left_below() -> None:
    duty, effects = passes(pressed(), steps.KEEP_PATIENT, busy=True)
    assert effects == (Do.FORGET_PATIENT,)
    _, effects = passes(duty, steps.KEEP_PATIENT + 1, busy=False)
    assert effects == ()


@pytest.mark.parametrize(
    ("here", "at"),
    [
        (Emergency(0, alert="a", seen=30_000), 30_000 + steps.AFTER_SEEN),
        (Emergency(0), steps.LONGEST),
    ],
)
def test_it_ends_by_itself_and_the_kiosk_serves_again(here: Emergency, at: int) -> None:
    duty = Duty(over=here)
    assert passes(duty, at - 1)[0].over is not None
    gone, effects = passes(duty, at)
    assert gone.over is None
    assert Do.HUSH in effects


# Attendants -----------------------------------------------------------------------------------------------


def knocked(*moments: int) -> Duty:
    return play(Duty(), *((Press.KNOCK, world(at)) for at in moments))[0]


def test_four_quick_taps_on_the_name_ask_for_the_pin_and_slow_ones_do_not() -> None:
    assert isinstance(knocked(0, 500, 1_000, 1_500).over, PinPad)
    assert knocked(0, 500, 1_000).over is None
    assert knocked(0, 2_000, 4_000, 6_000).over is None


def asked() -> Duty:
    return steps.step(Duty(), Press.OPEN_DOOR, world())[0]


def typed(duty: Duty, digits: str, now: int = 0) -> tuple[Duty, tuple[Effect, ...]]:
    for digit in digits:
        duty = steps.typed(duty, digit, world(now))
    return steps.entered(duty, world(now))


def inside(**more: object) -> Duty:
    duty, effects = typed(asked(), PIN)
    assert effects == (CheckPin(PIN),)
    return replace(steps.step(duty, PinChecked(right=True), world())[0], **more)  # type: ignore[arg-type]


def test_the_right_pin_opens_and_no_digit_is_ever_written_out() -> None:
    duty = steps.typed(asked(), "4", world())
    assert "4" not in repr(duty)
    assert PIN not in repr(CheckPin(PIN))
    assert isinstance(inside().over, Attendant)
    assert inside().guard == Guard()


def test_only_digits_are_taken_and_not_too_many() -> None:
    duty = asked()
    for character in "a١4" * 20:
        duty = steps.typed(duty, character, world())
    assert isinstance(duty.over, PinPad)
    assert duty.over.digits == "4" * steps.LONGEST_PIN
    assert steps.erased(duty, world()).over == replace(duty.over, digits="4" * (steps.LONGEST_PIN - 1))


def wrong(duty: Duty, now: int) -> Duty:
    pad, effects = typed(duty, "9999", now)
    assert effects
    return steps.step(pad, PinChecked(right=False), world(now))[0]


def test_after_five_wrong_pins_none_counts_for_a_while_and_longer_each_time() -> None:
    duty = asked()
    for _ in range(steps.TRIES):
        duty = wrong(duty, 0)
    assert steps.locked(duty, world(0)) == steps.LOCKED // 1000
    pad, effects = typed(duty, PIN, 1_000)
    assert effects == ()
    duty = wrong(replace(pad, over=PinPad(0)), steps.LOCKED)
    assert steps.locked(duty, world(steps.LOCKED)) == 2 * steps.LOCKED // 1000


def test_a_restart_gives_no_new_tries() -> None:
    assert steps.restored(steps.TRIES + 1, 1_000) == Guard(steps.TRIES + 1, 1_000 + 2 * steps.LOCKED)
    assert steps.restored(2, 1_000) == Guard(2)
    assert steps.restored(10**6, 0).until == steps.LONGEST_LOCK


def test_without_a_pin_nobody_gets_in_and_it_is_said() -> None:
    duty, _ = typed(asked(), PIN)
    told, _ = steps.step(duty, PinChecked(right=None), world())
    assert isinstance(told.over, PinPad)
    assert told.over.missing


def test_the_menu_leads_everywhere_and_back() -> None:
    for press, room in (
        (Press.PAPERS, Room.PAPERS),
        (Press.LOOSE, Room.LOOSE),
        (Press.CLOSING, Room.CLOSING),
    ):
        duty, _ = steps.step(inside(), press, world())
        assert isinstance(duty.over, Attendant)
        assert duty.over.room is room
        menu, _ = steps.back(duty, world())
        assert isinstance(menu.over, Attendant)
        assert menu.over.room is Room.MENU
        assert steps.back(menu, world())[0].over is None


@pytest.mark.parametrize(
    ("press", "effect"),
    [
        (Press.TEST_PRINT, Do.TEST_PRINT),
        (Press.NEW_ROLL, Do.NEW_ROLL),
        (Press.NEW_SPARE_ROLL, Do.NEW_SPARE_ROLL),
        (Press.QUIT, Do.QUIT),
        (PrintAgain("v"), PrintAgain("v")),
        (Settle("p", given=False), Settle("p", given=False)),
    ],
)
def test_what_an_attendant_may_do_nobody_else_may(press: Happening, effect: Effect) -> None:
    assert steps.step(inside(), press, world())[1] == (effect,)
    for outside in (Duty(), asked(), pressed()):
        assert steps.step(outside, press, world())[1] == ()


def test_what_came_of_it_is_said_and_gone_with_the_next_touch() -> None:
    duty, _ = steps.step(inside(), Told("printed"), world())
    assert isinstance(duty.over, Attendant)
    assert duty.over.said == "printed"
    duty, _ = steps.step(duty, Press.PAPERS, world())
    assert isinstance(duty.over, Attendant)
    assert duty.over.said == ""


def test_closing_forgets_who_was_under_way_and_stays_until_it_is_opened() -> None:
    duty, effects = steps.step(inside(), Close(Closed.NO_PAPER), world())
    assert effects == (Do.KEEP, Do.FORGET_PATIENT)
    outside = steps.back(duty, world())[0]
    assert steps.is_closed(outside, world())
    assert steps.hides(outside, world())
    opened, effects = steps.step(replace(outside, over=duty.over), Press.OPEN, world())
    assert (opened.closed, effects) == (None, (Do.KEEP,))


@pytest.mark.parametrize("enter", [inside, asked])
def test_an_attendant_who_walks_away_leaves_nothing_open(enter: Callable[[], Duty]) -> None:
    assert passes(enter(), steps.IDLE - 1)[0].over is not None
    assert passes(enter(), steps.IDLE)[0].over is None


def test_an_attendant_hushes_the_siren_and_the_emergency_goes_on() -> None:
    duty, _ = steps.step(pressed(), Press.OPEN_DOOR, world(1_000))
    pad, _ = typed(duty, PIN, 1_000)
    within, effects = steps.step(pad, PinChecked(right=True), world(1_000))
    assert Do.HUSH in effects
    named, _ = steps.step(within, Named("a", 500), world(1_100))
    left, _ = steps.back(named, world(2_000))
    assert emergency(left).alert == "a"
    assert not emergency(left).wails


def test_an_emergency_comes_before_everything() -> None:
    for duty in (asked(), inside(), Duty(closed=Closed.MAINTENANCE)):
        now, effects = steps.step(duty, Press.EMERGENCY, world(5))
        assert isinstance(now.over, Emergency)
        assert Do.CALL_STAFF in effects


# Hours ----------------------------------------------------------------------------------------------------


def local(hour: int, minute: int = 0) -> datetime:
    return MORNING.replace(hour=hour, minute=minute)


def test_a_kiosk_serves_within_its_hours_and_without_any_always() -> None:
    served = [serves(HOURS, local(hour)) for hour in (4, 5, 11, 12, 13, 16, 17)]
    assert served == [False, True, True, False, True, True, False]
    assert serves((), local(3))
    assert current(HOURS, local(12)) is None


@pytest.mark.parametrize(
    ("hour", "opens"),
    [(4, ("05:00", False)), (12, ("13:00", False)), (17, ("05:00", True)), (5, ("13:00", False))],
)
def test_it_says_when_it_opens_next(hour: int, opens: tuple[str, bool]) -> None:
    assert opens_at(HOURS, local(hour)) == opens


def test_it_sleeps_outside_its_hours_but_lets_who_began_finish() -> None:
    night = world(local=local(20), hours=HOURS)
    assert steps.is_asleep(Duty(), night)
    assert not steps.is_asleep(Duty(), replace(night, busy=True))
    assert not steps.is_asleep(pressed(), night)


def test_on_waking_it_tests_itself_once_in_each_opening() -> None:
    duty = Duty()
    tested = []
    for hour in (4, 5, 6, 12, 13, 14):
        duty, effects = passes(duty, 0, local=local(hour), hours=HOURS)
        tested += [hour] * (Do.SELF_TEST in effects)
    assert tested == [5, 13]
    assert duty.tested == opening_of(HOURS, local(14)) == "2026-11-23/780"
    assert passes(Duty(), 0, local=local(8))[1] == ()


# Anything at all ------------------------------------------------------------------------------------------

PRESSES = st.one_of(
    st.sampled_from(list(Press)),
    st.sampled_from([Close(reason) for reason in Closed]),
    st.sampled_from(
        [PinChecked(True), PinChecked(False), PinChecked(None), Named("a", 500), Told("printed")]
    ),
)


@given(st.lists(st.tuples(PRESSES, st.integers(0, 40_000), st.booleans()), max_size=60))
def test_whatever_is_pressed_an_emergency_can_always_be_called_and_all_ends(
    pressed_in_turn: list[tuple[Happening, int, bool]],
) -> None:
    duty, now = Duty(), 0
    for happening, waited, busy in pressed_in_turn:
        now += waited
        here = world(now, busy=busy)
        duty, _ = steps.step(duty, happening, here)
        duty, _ = steps.time_passes(duty, here)
        assert not isinstance(duty.over, Attendant) or now - duty.over.touched < steps.IDLE
    called, effects = steps.step(duty, Press.EMERGENCY, world(now))
    assert isinstance(called.over, Emergency)
    assert called.over == duty.over or Do.CALL_STAFF in effects or isinstance(duty.over, Emergency)
    for minutes in range(1, 15):
        duty, _ = steps.time_passes(duty, world(now + 60_000 * minutes))
    assert duty.over is None
