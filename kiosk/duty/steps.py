"""One step of what lies over the journey: (duty, what happened, the world) to (duty, effects). Pure.

An emergency hides the patient's page but not for ever: for two minutes the half-done visit is kept below, and
whoever comes back to it is asked whether they are still there; after that nobody's card is left lying.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from kiosk.duty import hours
from kiosk.duty.values import (
    Attendant,
    CheckPin,
    Close,
    Do,
    Duty,
    Effect,
    Emergency,
    Guard,
    Happening,
    Named,
    Over,
    PinChecked,
    PinPad,
    Press,
    PrintAgain,
    Room,
    Settle,
    Told,
    World,
)

TAKE_BACK = 20_000
"""ms in which a press can be called a mistake: then it goes to the next (DESIGN §9)."""
DOUBT = 10_000
"""ms to confirm that it was one."""
AFTER_TAKEN_BACK = 5_000
"""ms that the kiosk says it was taken back."""
AFTER_SEEN = 60_000
"""ms that the kiosk goes on saying who has seen it."""
LONGEST = 600_000
"""ms after which a kiosk that nobody answers serves again; staff are still being called."""
KEEP_PATIENT = 120_000
"""ms that a visit under way is kept below."""
IDLE = 60_000
"""ms without a touch after which an attendant's page closes."""
KNOCKS, KNOCKS_WITHIN = 4, 3_000
"""Taps on the facility's name that open the PIN pad, and ms in which they come."""
TRIES, LOCKED, LONGEST_LOCK = 5, 60_000, 900_000
"""Wrong PINs in a row, and ms for which none counts then, twice as long each time."""
LONGEST_PIN = 12

Step = tuple[Duty, tuple[Effect, ...]]


def step(duty: Duty, happening: Happening, world: World) -> Step:
    """What follows. A happening that means nothing here changes nothing."""
    match happening:
        case Press.EMERGENCY:
            return _pressed(duty, world)
        case Press.KNOCK:
            return _knocked(duty, world)
        case Press.OPEN_DOOR:
            return _asks_pin(duty, world), ()
        case Named(alert=alert, pressed_at=pressed_at):
            return _emergency(duty, lambda here: replace(here, alert=alert, pressed_at=pressed_at)), ()
        case PinChecked(right=right):
            return _checked(duty, world, right=right)
        case Told(what=what):
            here = duty.over
            return (replace(duty, over=replace(here, said=what)) if isinstance(here, Attendant) else duty), ()
        case _:
            match duty.over:
                case Emergency() as here:
                    return _helping(duty, here, happening, world)
                case Attendant() as here:
                    return _attended(duty, replace(here, touched=world.now, said=""), happening, world)
                case _:
                    return duty, ()


def typed(duty: Duty, character: str, world: World) -> Duty:
    """A digit of the PIN."""
    here = duty.over
    if not isinstance(here, PinPad) or here.checking or not (character.isascii() and character.isdigit()):
        return duty
    digits = (here.digits + character)[:LONGEST_PIN]
    return replace(duty, over=replace(here, digits=digits, wrong=False, touched=world.now))


def erased(duty: Duty, world: World) -> Duty:
    """One digit less."""
    here = duty.over
    if not isinstance(here, PinPad):
        return duty
    return replace(duty, over=replace(here, digits=here.digits[:-1], touched=world.now))


def entered(duty: Duty, world: World) -> Step:
    """The PIN is complete; while tries are locked none is looked at."""
    here = duty.over
    if not isinstance(here, PinPad) or not here.digits or here.checking or locked(duty, world):
        return duty, ()
    return replace(duty, over=replace(here, checking=True)), (CheckPin(here.digits),)


def back(duty: Duty, world: World) -> Step:
    """One page back, or out."""
    match duty.over:
        case PinPad(under=under):
            return replace(duty, over=under), ()
        case Attendant(room=Room.MENU) as here:
            return _leaves(duty, here, world)
        case Attendant() as here:
            return replace(duty, over=replace(here, room=Room.MENU, said="", touched=world.now)), ()
        case _:
            return duty, ()


def time_passes(duty: Duty, world: World) -> Step:
    """What ends by itself."""
    match duty.over:
        case Emergency() as here:
            return _goes_on(duty, here, world)
        case PinPad(touched=touched, under=under) if world.now - touched >= IDLE:
            return replace(duty, over=under), ()
        case Attendant(touched=touched) as here if world.now - touched >= IDLE:
            return _leaves(duty, here, world)
        case None:
            return _wakes(duty, world)
        case _:
            return duty, ()


def locked(duty: Duty, world: World) -> int:
    """Whole seconds for which no PIN counts, 0 when it does."""
    return max(0, -(-(duty.guard.until - world.now) // 1000))


def is_asleep(duty: Duty, world: World) -> bool:
    """Whether it is outside the kiosk's hours; whoever has begun may finish."""
    return duty.over is None and not world.busy and not hours.serves(world.hours, world.local)


def is_closed(duty: Duty, world: World) -> bool:
    """Whether an attendant closed the kiosk; whoever has begun may finish."""
    return duty.over is None and not world.busy and duty.closed is not None


def hides(duty: Duty, world: World) -> bool:
    """Whether the patient's page is not to be seen or pressed."""
    return duty.over is not None or is_closed(duty, world) or is_asleep(duty, world)


def restored(wrong: int, now: int) -> Guard:
    """The guard after a restart: pulling the plug does not give new tries."""
    return Guard(wrong, now + _lock(wrong)) if wrong >= TRIES else Guard(wrong)


# An emergency ---------------------------------------------------------------------------------------------


def _pressed(duty: Duty, world: World) -> Step:
    if isinstance(duty.over, Emergency) and duty.over.withdrawn is None:
        # Once more is the same alarm; pressed in doubt it says that it was none by mistake.
        return replace(duty, over=replace(duty.over, doubted=None)), ()
    return replace(duty, over=Emergency(world.now), knocks=()), (Do.CALL_STAFF, Do.WAIL)


def _helping(duty: Duty, here: Emergency, happening: Happening, world: World) -> Step:
    match happening:
        case Press.MISTAKE if may_doubt(here, world):
            return replace(duty, over=replace(here, doubted=world.now)), ()
        case Press.NO_MISTAKE:
            return replace(duty, over=replace(here, doubted=None)), ()
        case Press.NOBODY_NEEDS_HELP if here.doubted is not None and here.withdrawn is None:
            return replace(duty, over=replace(here, withdrawn=world.now)), (Do.WITHDRAW, Do.HUSH)
        case Press.LEAVE if here.seen is not None or here.withdrawn is not None:
            return _uncovered(duty, here, world)
        case _:
            return duty, ()


def may_doubt(here: Emergency, world: World) -> bool:
    """Whether "pressed by mistake" is offered."""
    return here.withdrawn is None and here.seen is None and world.now - here.since < TAKE_BACK


def _goes_on(duty: Duty, here: Emergency, world: World) -> Step:
    effects: list[Effect] = []
    before = here
    here = _heard(here, world)
    if before.wails and not here.wails:
        effects.append(Do.HUSH)
    if here.doubted is not None and here.withdrawn is None and world.now - here.doubted >= DOUBT:
        here = replace(here, doubted=None)
    if world.now - here.since >= KEEP_PATIENT and world.busy:
        effects.append(Do.FORGET_PATIENT)
    ends = (
        world.now - here.since >= LONGEST
        or (here.seen is not None and world.now - here.seen >= AFTER_SEEN)
        or (here.withdrawn is not None and world.now - here.withdrawn >= AFTER_TAKEN_BACK)
    )
    if ends:
        gone, more = _uncovered(duty, here, world)
        return gone, (*effects, *more)
    return (duty if here == before else replace(duty, over=here)), tuple(effects)


def _heard(here: Emergency, world: World) -> Emergency:
    """With what the server says of it; after midnight it has another name there and the same moment."""
    alert = world.alert
    if alert is None or not here.alert or here.seen is not None:
        return here
    ours = alert.alert == here.alert or alert.at == here.pressed_at
    if not ours or alert.acknowledged_at is None:
        return here
    by = alert.acknowledged_by
    return replace(here, seen=world.now, by=(by.vi, by.en) if by is not None else ("", ""))


def _uncovered(duty: Duty, here: Emergency, world: World) -> Step:
    """The patient's page is there again, and asks whether its patient is."""
    ask = (Do.ASK_PATIENT,) if world.busy and world.now - here.since < KEEP_PATIENT else ()
    return replace(duty, over=None), (Do.HUSH, *ask)


def _emergency(duty: Duty, change: Callable[[Emergency], Emergency]) -> Duty:
    match duty.over:
        case Emergency() as here:
            return replace(duty, over=change(here))
        case PinPad(under=Emergency() as here) | Attendant(under=Emergency() as here) as over:
            return replace(duty, over=replace(over, under=change(here)))
        case _:
            return duty


# Attendants -----------------------------------------------------------------------------------------------


def _knocked(duty: Duty, world: World) -> Step:
    knocks = (*(at for at in duty.knocks if world.now - at < KNOCKS_WITHIN), world.now)
    if len(knocks) < KNOCKS:
        return replace(duty, knocks=knocks), ()
    return _asks_pin(replace(duty, knocks=()), world), ()


def _asks_pin(duty: Duty, world: World) -> Duty:
    over = duty.over
    if isinstance(over, PinPad | Attendant):
        return duty
    return replace(duty, over=PinPad(world.now, under=over))


def _checked(duty: Duty, world: World, *, right: bool | None) -> Step:
    here = duty.over
    if not isinstance(here, PinPad) or not here.checking:
        return duty, ()
    if right is None:
        return replace(duty, over=PinPad(world.now, missing=True, under=here.under)), ()
    if not right:
        wrong = duty.guard.wrong + 1
        guard = Guard(wrong, world.now + _lock(wrong)) if wrong >= TRIES else Guard(wrong)
        pad = PinPad(world.now, wrong=True, under=here.under)
        return replace(duty, over=pad, guard=guard), (Do.KEEP,)
    under = replace(here.under, quiet=True) if here.under is not None else None
    hush = (Do.HUSH,) if under is not None else ()
    return replace(duty, over=Attendant(world.now, under=under), guard=Guard()), (Do.KEEP, *hush)


def _lock(wrong: int) -> int:
    return min(LONGEST_LOCK, LOCKED << (wrong - TRIES))


def _attended(duty: Duty, here: Attendant, happening: Happening, world: World) -> Step:
    stays = replace(duty, over=here)
    match happening:
        case Press.TEST_PRINT:
            return stays, (Do.TEST_PRINT,)
        case Press.NEW_ROLL:
            return stays, (Do.NEW_ROLL,)
        case Press.NEW_SPARE_ROLL:
            return stays, (Do.NEW_SPARE_ROLL,)
        case Press.PAPERS:
            return replace(duty, over=replace(here, room=Room.PAPERS, turned=0)), ()
        case Press.LOOSE:
            return replace(duty, over=replace(here, room=Room.LOOSE, turned=0)), ()
        case Press.CLOSING:
            return replace(duty, over=replace(here, room=Room.CLOSING)), ()
        case Press.MORE:
            return replace(duty, over=replace(here, turned=here.turned + 1)), ()
        case Press.OPEN:
            said = replace(here, room=Room.MENU, said="opened")
            return replace(duty, over=said, closed=None), (Do.KEEP,)
        case Close(reason=reason):
            said = replace(here, room=Room.MENU, said="closed")
            return replace(duty, over=said, closed=reason), (Do.KEEP, Do.FORGET_PATIENT)
        case PrintAgain() | Settle():
            return stays, (happening,)
        case Press.QUIT:
            return stays, (Do.QUIT,)
        case Press.LEAVE:
            return _leaves(duty, here, world)
        case _:
            return stays, ()


def _leaves(duty: Duty, here: Attendant, world: World) -> Step:
    """Out again: to an emergency that nobody answered yet, else to the patients."""
    under: Over | None = here.under
    return replace(duty, over=under), (() if under is not None else tuple(_asks(world)))


def _asks(world: World) -> Iterator[Effect]:
    if world.busy:
        yield Do.ASK_PATIENT


# Hours ----------------------------------------------------------------------------------------------------


def _wakes(duty: Duty, world: World) -> Step:
    """Once in each opening the kiosk sees whether it can print, before people come."""
    opening = hours.opening_of(world.hours, world.local)
    if not opening or opening == duty.tested or world.busy or duty.closed is not None:
        return duty, ()
    return replace(duty, tested=opening), (Do.SELF_TEST, Do.KEEP)
