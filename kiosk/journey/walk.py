"""One step of a patient's way: (journey, what happened, the world) to (journey, effects). Pure.

Every stage leads back and home; whoever walks away is asked once more and then forgotten.
"""

from dataclasses import replace
from typing import assert_never

from kiosk.journey.answers import answered, looked
from kiosk.journey.choosing import agreed, as_wished, awaits, exam_taken, goes_on, registering, route_taken
from kiosk.journey.moves import Step, at, go, home
from kiosk.journey.scanning import entered, scanned, typed, who_of
from kiosk.journey.sending import send
from kiosk.journey.slips import AFTER_TICKET, LEFT, arranged, confirm, printed
from kiosk.journey.values import (
    FROM_A_PERSON,
    Act,
    Aim,
    AlreadyHere,
    Answered,
    Arranging,
    AskWho,
    Begin,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Finding,
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
    Ready,
    Scan,
    Scanned,
    Sending,
    Speak,
    TakeExam,
    TakeNumber,
    TakeRoute,
    Tick,
    Typing,
    Welcome,
    World,
)
from queue_server.protocol.codes import Language, PrintState
from queue_server.protocol.commands import OpenGate, Rejoin, Reprint
from queue_server.protocol.questions import TicketState

IDLE = 60_000
"""ms without a person's touch before the kiosk asks whether anybody is there."""
WARNING = 20_000
"""ms to answer that (WCAG 2.2.1: at least 20 s, one simple action)."""
SLOW = 2_000
"""ms without an answer before the patient is told so."""


def begin(home: Language, now: int) -> Journey:
    """A kiosk that waits for its first patient."""
    return Journey(home, home, touched=now)


def step(journey: Journey, happening: Happening, world: World) -> Step:
    """What follows. A happening that means nothing at this stage changes nothing."""
    after, effects = _step(journey, happening, world)
    stage = journey.stage
    if isinstance(stage, Arranging) and not isinstance(after.stage, Arranging | Issued):
        # As with an answer that finds nobody: no slip for the next one's hands.
        left = confirm(stage.ticket.print, stage.ticket.number, Paper(PrintState.STALLED, LEFT))
        return after, (*effects, left)
    return after, effects


def _step(journey: Journey, happening: Happening, world: World) -> Step:
    if isinstance(happening, FROM_A_PERSON):
        stays = journey.warned and not isinstance(happening, Scanned) and happening is not Act.HOME
        journey = replace(journey, touched=world.now, warned=False)
        if stays:
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
            return printed(journey, happening, world)
        case Begin(language=language):
            return at(journey, Welcome, lambda _: (go(replace(journey, language=language), AskWho()), ()))
        case Speak(language=language):
            return replace(journey, language=language), ()
        case ForWhom(who=who):
            return at(journey, AskWho, lambda _: (go(journey, Scan(who)), ()))
        case Scanned(text=text, before=before):
            return scanned(journey, text, before, world)
        case Character(character=character):
            return typed(journey, character), ()
        case TakeNumber(route=route, priority=priority):
            return at(journey, Numbers, lambda _: registering(journey, world, route, priority=priority))
        case TakeRoute(route=route):
            return at(journey, ChooseRoute, lambda here: route_taken(journey, world, here.check, route))
        case TakeExam(service=service):
            return exam_taken(journey, world, service)
        case Ready():
            return at(journey, OwnVisit, lambda here: _ready(journey, here, happening, world))
        case Act.HOME:
            return home(journey), ()
        case Act.BACK:
            return _back(journey), ()
        case Act.LANGUAGES:
            return replace(journey, picking=True), ()
        case Act.STAY:
            return _stays(journey, world), ()
        case Act():
            return _act(journey, happening, world)
        case _:
            assert_never(happening)


def slow(journey: Journey, world: World) -> bool:
    """Whether the patient has to be told that the server is slow, or out of reach."""
    stage = journey.stage
    if not isinstance(stage, Sending | Looking | Finding):
        return False
    return not world.online or world.now - stage.since >= SLOW


def countdown(journey: Journey, world: World) -> int | None:
    """Whole seconds until the kiosk forgets who stands here; `None` while it does not ask."""
    if not journey.warned:
        return None
    return max(0, -(-(journey.touched + IDLE + WARNING - world.now) // 1000))


def _time_passes(journey: Journey, world: World) -> Step:
    stage = journey.stage
    if isinstance(stage, Welcome):
        # Somebody changed the language and went away.
        changed = journey.picking or journey.language is not journey.home
        gone = changed and world.now - journey.touched >= IDLE
        return (home(journey) if gone else journey), ()
    if isinstance(stage, Issued) and stage.leave_at is not None:
        return (home(journey) if world.now >= stage.leave_at else journey), ()
    if isinstance(stage, Arranging):
        return arranged(journey, stage, world)
    if isinstance(stage, Check) and stage.recall.agreed and not awaits(stage, world):
        return goes_on(journey, stage, world)
    idle = world.now - journey.touched
    if idle >= IDLE + WARNING:
        return home(journey), ()
    return replace(journey, warned=idle >= IDLE), ()


def _stays(journey: Journey, world: World) -> Journey:
    stage = journey.stage
    if not isinstance(stage, Issued) or stage.leave_at is None:
        return journey
    return go(journey, replace(stage, leave_at=max(stage.leave_at, world.now + AFTER_TICKET)))


def _act(journey: Journey, act: Act, world: World) -> Step:
    stage = journey.stage
    match act, stage:
        case Act.NUMBERS, Welcome() | AskWho() | Scan() | Typing():
            return go(journey, Numbers()), ()
        case Act.TYPE, Welcome() | AskWho() | Scan():
            return go(journey, Typing(who_of(stage))), ()
        case Act.TYPE_LINE, Welcome() | AskWho() | Scan():
            return go(journey, Typing(who_of(stage), line=True)), ()
        case Act.ERASE, Typing():
            return go(journey, replace(stage, text=stage.text[:-1], problem=None)), ()
        case Act.ENTER, Typing():
            return entered(journey, stage, world)
        case Act.PRIORITY, Check():
            return go(journey, replace(stage, priority=not stage.priority)), ()
        case Act.AGREE, Check():
            return agreed(journey, stage, world)
        case Act.MORE, ChooseRoute() | ChooseExam() | OwnVisit():
            return go(journey, replace(stage, page=stage.page + 1)), ()
        case Act.LATER, Full(register=register, later_at=int()):
            return send(journey, world, Aim.TICKET, as_wished(journey, register, later=True))
        case Act.REPRINT, AlreadyHere(token=token):
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


def _back(journey: Journey) -> Journey:
    match journey.stage:
        case Scan() | Numbers():
            return go(journey, AskWho())
        case Typing(who=who) | Check(who=who):
            return go(journey, Scan(who))
        case ChooseRoute(check=check):
            return go(journey, check)
        case ChooseExam(check=check):
            return go(journey, ChooseRoute(check))
        case Full(before=ChooseExam() as choice):
            return go(journey, choice)
        case _:
            return home(journey)
