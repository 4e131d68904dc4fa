"""One step of a patient's way: (journey, what happened, the world) to (journey, effects). Pure.

Every stage leads back and home; whoever walks away is asked once more and then forgotten.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.journey import filling, stewarding
from kiosk.journey.answers import answered, looked
from kiosk.journey.choosing import agreed, as_wished, awaits, exam_taken, goes_on, registering, route_taken
from kiosk.journey.helping import asked_help, flagged
from kiosk.journey.moves import Step, at, go, home
from kiosk.journey.scanning import (
    awaits_answer,
    entered,
    number_entered,
    scanned,
    told_apart,
    typed,
    who_of,
)
from kiosk.journey.sending import send
from kiosk.journey.slips import AFTER_ALOUD, LEFT, arranged, confirm, printed, stays
from kiosk.journey.values import (
    FROM_A_PERSON,
    Accented,
    Act,
    Aim,
    AlreadyHere,
    Answered,
    Arranging,
    AskReferral,
    AskWho,
    Begin,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Digits,
    Flag,
    Form,
    ForWhom,
    Full,
    Happening,
    Issued,
    Journey,
    Looked,
    Notice,
    Numbers,
    OneMore,
    OwnVisit,
    Paper,
    Printed,
    ReadAloud,
    Ready,
    Restart,
    Scan,
    Scanned,
    Speak,
    Stage,
    Steward,
    TakeExam,
    TakeNumber,
    TakeRoute,
    TheyAre,
    Tick,
    Told,
    Typing,
    Welcome,
    Who,
    World,
)
from queue_server.protocol.codes import KioskMode, Language, PrintState
from queue_server.protocol.commands import OpenGate, Rejoin, Reprint
from queue_server.protocol.questions import TicketState

IDLE = 60_000
"""ms without a person's touch before the kiosk asks whether anybody is there."""
WARNING = 20_000
"""ms to answer that (WCAG 2.2.1: at least 20 s, one simple action)."""
SLOW_PAGES = 90_000
"""The same for pages with more to read or to type."""
_SLOW_STAGES = Typing | Form | Digits | Notice | ChooseRoute | AskReferral | ChooseExam | OwnVisit | OneMore


def begin(home: Language, now: int) -> Journey:
    """A kiosk that waits for its first patient."""
    return Journey(home, home, touched=now)


def step(journey: Journey, happening: Happening, world: World) -> Step:
    """What follows. A happening that means nothing at this stage changes nothing."""
    after, effects = _step(journey, happening, world)
    stage = journey.stage
    if world.refused and isinstance(stage, Welcome) and not isinstance(after.stage, Welcome):
        # It says where to go instead; no way that begins here leads to a number.
        return journey, ()
    if isinstance(stage, Arranging) and not isinstance(after.stage, Arranging | Issued):
        # As with an answer that finds nobody: no slip for the next one's hands.
        left = confirm(stage.ticket.print, stage.ticket.number, Paper(PrintState.STALLED, LEFT))
        return after, (*effects, left)
    return after, effects


def _step(journey: Journey, happening: Happening, world: World) -> Step:
    if isinstance(happening, Scanned) and awaits_answer(journey, world):
        # No sign of life either: whoever stands next in line would keep the page of one who went.
        return journey, ()
    if isinstance(happening, FROM_A_PERSON):
        answers = journey.warned and not isinstance(happening, Scanned) and happening is not Act.HOME
        journey = stays(replace(journey, touched=world.now, warned=False), world)
        if answers:
            # The first touch answers "are you still there?" and must not press what it hid.
            return journey, ()
        if journey.picking and happening is not Act.STAY:
            journey = replace(journey, picking=False)
            if happening in (Act.BACK, Act.LANGUAGES):
                return journey, ()
    match happening:
        case Tick():
            return _time_passes(journey, world)
        case Answered():
            return answered(journey, happening, world)
        case Looked():
            return looked(journey, happening, world)
        case Printed():
            if isinstance(journey.stage, Steward):
                return stewarding.printed(journey, journey.stage, happening)
            return printed(journey, happening, world)
        case Begin(language=language):
            journey = replace(journey, language=language) if isinstance(journey.stage, Welcome) else journey
            return at(journey, Welcome, lambda _: (go(journey, _first(world)), ()))
        case Speak(language=language):
            return replace(journey, language=language), ()
        case ForWhom(who=who):
            return at(journey, AskWho, lambda asks: (go(journey, Form(who) if asks.form else Scan(who)), ()))
        case Scanned(text=text, before=before):
            return scanned(journey, text, before, world)
        case Character(character=character):
            return typed(journey, character), ()
        case Accented(accent=accent):
            return at(journey, Form, lambda form: (go(journey, filling.accented(form, accent)), ()))
        case TheyAre(digits=digits):
            return at(journey, Digits, lambda here: told_apart(journey, here, digits, world))
        case TakeNumber(route=route, priority=priority):
            one_tap = isinstance(journey.stage, Welcome) and world.mode is KioskMode.NUMBERS
            if not one_tap and not isinstance(journey.stage, Numbers):
                return journey, ()
            return registering(journey, world, route, priority=priority)
        case TakeRoute(route=route) if isinstance(journey.stage, Welcome):
            hands_out = world.mode is KioskMode.STEWARD and world.catalogue.route(route) is not None
            return (go(journey, Steward(route)) if hands_out else journey), ()
        case TakeRoute(route=route):
            return at(journey, ChooseRoute, lambda here: route_taken(journey, world, here.check, route))
        case TakeExam(service=service):
            return exam_taken(journey, world, service)
        case Flag(help=kind):
            return flagged(journey, kind)
        case Ready():
            return at(journey, OwnVisit, lambda here: _ready(journey, here, happening, world))
        case Act.HOME:
            return home(journey), ()
        case Act.BACK:
            return _back(journey, world), ()
        case Act.LANGUAGES:
            return replace(journey, picking=True), ()
        case Act.STAY:
            return journey, ()
        case Act():
            return _act(journey, happening, world)
        case _:
            assert_never(happening)


def _first(world: World) -> Stage:
    """What is asked of somebody who begins without a card in hand: whose card it will be. A fast kiosk takes
    the card of whoever comes."""
    return Scan(Who.ME) if world.mode is KioskMode.FAST else AskWho()


def countdown(journey: Journey, world: World) -> int | None:
    """Whole seconds until the kiosk forgets who stands here; `None` while it does not ask."""
    if not journey.warned:
        return None
    return max(0, -(-(journey.touched + patience(journey, world) + WARNING - world.now) // 1000))


def is_under_way(journey: Journey) -> bool:
    """Whether somebody would lose something if the page went. A steward's has nobody on it between cards."""
    stage = journey.stage
    if isinstance(stage, Steward):
        return stage.typed is not None or any(one.person is not None for one in stage.handed)
    return not isinstance(stage, Welcome)


def patience(journey: Journey, world: World) -> int:
    """How long (ms) nobody need touch before the kiosk asks: longer where there is more to read, and where
    somebody stands by and explains."""
    slow = SLOW_PAGES if isinstance(journey.stage, _SLOW_STAGES) else IDLE
    return 2 * slow if world.mode is KioskMode.ATTENDED else slow


def _time_passes(journey: Journey, world: World) -> Step:
    stage = journey.stage
    if isinstance(stage, Welcome):
        # Somebody changed the language, the colours or the letters and went away.
        changed = journey.picking or journey.contrast or journey.language is not journey.home
        gone = world.now - journey.touched >= IDLE
        effects = (Restart(large=False),) if gone and world.is_large and world.can_resize else ()
        return (home(journey) if gone and changed else journey), effects
    if isinstance(stage, Steward):
        goes_on_here = world.mode is KioskMode.STEWARD and world.catalogue.route(stage.route) is not None
        return (stewarding.faded(journey, stage, world) if goes_on_here else home(journey)), ()
    if isinstance(stage, Issued) and stage.leave_at is not None:
        return (home(journey) if world.now >= stage.leave_at else journey), ()
    if isinstance(stage, Arranging):
        return arranged(journey, stage, world)
    if isinstance(stage, Check) and stage.recall.agreed and not awaits(stage, world):
        return goes_on(journey, stage, world)
    idle, asks = world.now - journey.touched, patience(journey, world)
    if idle >= asks + WARNING:
        return home(journey), ()
    return replace(journey, warned=idle >= asks), ()


def _act(journey: Journey, act: Act, world: World) -> Step:
    stage = journey.stage
    match act, stage:
        case Act.NUMBERS, Welcome() | AskWho() | Scan():
            return go(journey, Numbers()), ()
        case Act.TYPE, Welcome() | AskWho() | Scan():
            return go(journey, Typing(who_of(stage))), ()
        case Act.TYPE_LINE, Welcome() | AskWho() | Scan():
            return go(journey, Typing(who_of(stage), line=True)), ()
        case Act.TYPE | Act.TYPE_LINE, Steward(typed=None):
            return go(journey, replace(stage, typed="", problem=None)), ()
        case Act.ERASE, Steward(typed=str() as so_far):
            return go(journey, replace(stage, typed=so_far[:-1], problem=None)), ()
        case Act.ENTER, Steward(typed=str()):
            return number_entered(journey, stage, world)
        case Act.FORM, Scan():
            return filling.begun(journey, who_of(stage), world), ()
        case Act.ERASE, Form():
            return go(journey, filling.erased(stage)), ()
        case Act.ENTER, Form():
            return filling.entered(journey, stage, world)
        case Act.SKIP, Form():
            return filling.skipped(journey, stage, world)
        case Act.NOTICE, Form() | Check():
            return go(journey, Notice(stage)), ()
        case Act.ANOTHER, OwnVisit(state=TicketState(ended=None, may_add=True)) if world.catalogue.open_exams:
            return go(journey, OneMore(stage)), ()
        case Act.ERASE, Typing():
            return go(journey, replace(stage, text=stage.text[:-1], problem=None)), ()
        case Act.ENTER, Typing():
            return entered(journey, stage, world)
        case Act.PRIORITY, Check() | Steward():
            return go(journey, replace(stage, priority=not stage.priority)), ()
        case Act.HELP, Check() | Issued():
            return asked_help(journey, stage), ()
        case Act.CONTRAST, _:
            return replace(journey, contrast=not journey.contrast), ()
        case Act.LETTERS, Welcome() if world.can_resize:
            return home(journey), (Restart(large=not world.is_large),)
        case Act.ALOUD, _ if journey.language in world.speaks:
            return stays(journey, world, AFTER_ALOUD), (ReadAloud(),)
        case Act.AGREE, Check():
            return agreed(journey, stage, world)
        case Act.TRANSFER, AskReferral(said=said):
            return go(journey, replace(stage, said=replace(said, transfer=not said.transfer))), ()
        case Act.REVISIT, AskReferral(said=said):
            return go(journey, replace(stage, said=replace(said, revisit=not said.revisit))), ()
        case Act.AGREE, AskReferral(check=check, route=route, said=said):
            return route_taken(journey, world, replace(check, referral=said), route)
        case Act.MORE, ChooseRoute() | ChooseExam() | OwnVisit() | OneMore():
            return go(journey, replace(stage, page=stage.page + 1)), ()
        case Act.LATER, Full(register=register, later_at=int()):
            return send(journey, world, Aim.TICKET, as_wished(journey, register, later=True))
        case Act.REPRINT, AlreadyHere(token=token) if token:
            return send(journey, world, Aim.REPRINT, Reprint(token=token), token)
        case Act.REPRINT, OwnVisit(token=token, state=TicketState(ended=None)):
            return send(journey, world, Aim.REPRINT, Reprint(token=token), token)
        case Act.REJOIN, OwnVisit(token=token, state=TicketState(ended=None, missed=str())):
            return send(journey, world, Aim.REJOIN, Rejoin(token=token), token)
        case _:
            return journey, ()


def _ready(journey: Journey, here: OwnVisit, ready: Ready, world: World) -> Step:
    """Only what the server leaves to the patient."""
    if not any(stop.step == ready.step and ready.gate in stop.may_open for stop in here.state.stops):
        return journey, ()
    return send(journey, world, Aim.READY, OpenGate(step=ready.step, gate=ready.gate), here.token)


def _back(journey: Journey, world: World) -> Journey:
    match journey.stage:
        case Check(asks_help=True) | Issued(asks_help=True) as stage:
            return go(journey, replace(stage, asks_help=False))
        case Scan() if world.mode is KioskMode.FAST:
            return home(journey)
        case Steward(typed=str()) as stage:
            return go(journey, replace(stage, typed=None, problem=None))
        case Scan() | Numbers():
            return go(journey, AskWho())
        case Form() as form:
            return filling.back(journey, form)
        case Notice(before=before) | OneMore(before=before):
            return go(journey, before)
        case Check(person=Told() as told) as check:
            return go(journey, filling.reopened(check, told))
        case Typing(who=who) | Check(who=who) | Digits(who=who):
            return go(journey, Scan(who))
        case ChooseRoute(check=check):
            return go(journey, check)
        case ChooseExam(check=check, route=route) if check.referral is not None:
            return go(journey, AskReferral(replace(check, referral=None), route, check.referral))
        case AskReferral(check=check) | ChooseExam(check=check):
            return go(journey, ChooseRoute(check))
        case Full(before=ChooseExam() as choice):
            return go(journey, choice)
        case _:
            return home(journey)
