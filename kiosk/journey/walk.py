"""One step of a patient's way: (journey, what happened, the world) to (journey, effects). Pure.

Every stage leads back and home; whoever walks away is asked once more and then forgotten.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, assert_never

from kiosk import identity
from kiosk.identity import (
    Ambiguous,
    CitizenCard,
    CitizenNumber,
    Document,
    HospitalCode,
    Identity,
    InsuranceCard,
    InsuranceNumber,
    OldNumber,
    OwnTicket,
    Personal,
    Phone,
    Unreadable,
    Why,
)
from kiosk.journey.values import (
    FROM_A_PERSON,
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
    ForWhom,
    Happening,
    Issued,
    Journey,
    Looked,
    Looking,
    Numbers,
    OwnVisit,
    Paper,
    Person,
    Printed,
    PrintSlip,
    Recall,
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
    Tick,
    Trouble,
    Typing,
    Welcome,
    Who,
    World,
)
from queue_server.protocol.codes import IdentityKind, Language, PrintState, Refusal
from queue_server.protocol.commands import Command, Confirm, Register, Rejoin, Reprint
from queue_server.protocol.commands import Identity as WireIdentity
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import TicketState
from queue_server.protocol.results import Ticket

IDLE = 60_000
"""ms without a person's touch before the kiosk asks whether anybody is there."""
WARNING = 20_000
"""ms to answer that (WCAG 2.2.1: at least 20 s, one simple action)."""
RECALL = 1_000
"""ms a card's holder waits at most for word on whether they are here; `already_here` comes later too."""
SLOW = 2_000
"""ms without an answer before the patient is told so."""
AFTER_TICKET = 12_000
"""ms a finished ticket stays on the screen."""
AFTER_TROUBLE = 40_000
"""ms the number stays when no paper came: it must be read and remembered."""
LONGEST_LINE = 2_048
"""Characters of a typed code; the pad takes 20 digits."""
LONGEST_NUMBER = 20

Step = tuple[Journey, tuple[Effect, ...]]

_FINAL = frozenset({PrintState.ACKNOWLEDGED, PrintState.STALLED, PrintState.UNKNOWN})
_GONE = frozenset({Refusal.UNKNOWN_VISIT, Refusal.UNKNOWN_STEP, Refusal.VISIT_ENDED})
_S = TypeVar("_S", bound=Stage)


def begin(home: Language, now: int) -> Journey:
    """A kiosk that waits for its first patient."""
    return Journey(home, home, touched=now)


def step(journey: Journey, happening: Happening, world: World) -> Step:
    """What follows. A happening that means nothing at this stage changes nothing."""
    if isinstance(happening, FROM_A_PERSON):
        stays = journey.warned and not isinstance(happening, Scanned) and happening is not Act.HOME
        journey = replace(journey, touched=world.now, warned=False)
        if stays:
            # The first touch answers "are you still there?" and must not press what it hid.
            return journey, ()
    match happening:
        case Tick():
            return _time_passes(journey, world)
        case Answered():
            return _answered(journey, happening, world)
        case Looked():
            return _looked(journey, happening, world)
        case Printed():
            return _printed(journey, happening, world)
        case Begin(language=language):
            return _at(journey, Welcome, lambda _: (_go(replace(journey, language=language), AskWho()), ()))
        case Speak(language=language):
            return replace(journey, language=language), ()
        case ForWhom(who=who):
            return _at(journey, AskWho, lambda _: (_go(journey, Scan(who)), ()))
        case Scanned(text=text, before=before):
            return _scanned(journey, text, before, world)
        case Character(character=character):
            return _typed(journey, character), ()
        case TakeNumber(route=route, priority=priority):
            return _at(journey, Numbers, lambda _: _register(journey, world, route, priority=priority))
        case TakeRoute(route=route):
            return _at(journey, ChooseRoute, lambda here: _route_taken(journey, world, here.check, route))
        case TakeExam(service=service):
            return _at(
                journey,
                ChooseExam,
                lambda here: _register(journey, world, here.route, here.check, service=service),
            )
        case Act.HOME:
            return _home(journey), ()
        case Act.BACK:
            return _back(journey), ()
        case Act.STAY:
            return _stays(journey, world), ()
        case Act():
            return _act(journey, happening, world)
        case _:
            assert_never(happening)


def slow(journey: Journey, world: World) -> bool:
    """Whether the patient has to be told that the server is slow, or out of reach."""
    stage = journey.stage
    if not isinstance(stage, Sending | Looking):
        return False
    return not world.online or world.now - stage.since >= SLOW


def countdown(journey: Journey, world: World) -> int | None:
    """Whole seconds until the kiosk forgets who stands here; `None` while it does not ask."""
    if not journey.warned:
        return None
    return max(0, -(-(journey.touched + IDLE + WARNING - world.now) // 1000))


def _go(journey: Journey, stage: Stage) -> Journey:
    return replace(journey, stage=stage)


def _home(journey: Journey) -> Journey:
    return replace(journey, stage=Welcome(), language=journey.home, warned=False)


def _at(journey: Journey, kind: type[_S], then: Callable[[_S], Step]) -> Step:
    stage = journey.stage
    return then(stage) if isinstance(stage, kind) else (journey, ())


# Time ----------------------------------------------------------------------------------------------------


def _time_passes(journey: Journey, world: World) -> Step:
    stage = journey.stage
    if isinstance(stage, Welcome):
        # Somebody changed the language and went away.
        gone = journey.language is not journey.home and world.now - journey.touched >= IDLE
        return (_home(journey) if gone else journey), ()
    if isinstance(stage, Issued) and stage.leave_at is not None:
        return (_home(journey) if world.now >= stage.leave_at else journey), ()
    if isinstance(stage, Check) and stage.recall.agreed and not _awaits(stage, world):
        return _goes_on(journey, stage, world)
    idle = world.now - journey.touched
    if idle >= IDLE + WARNING:
        return _home(journey), ()
    return replace(journey, warned=idle >= IDLE), ()


def _stays(journey: Journey, world: World) -> Journey:
    stage = journey.stage
    if not isinstance(stage, Issued) or stage.leave_at is None:
        return journey
    return _go(journey, replace(stage, leave_at=max(stage.leave_at, world.now + AFTER_TICKET)))


# Scans and typing ----------------------------------------------------------------------------------------


def _scanned(journey: Journey, text: str, before: str, world: World) -> Step:
    stage = journey.stage
    if isinstance(stage, Sending):
        # The same hand again, impatient: the wish is on its way.
        return journey, ()
    who = _who(stage)
    match _read(stage, text, before, world):
        case OwnTicket(token=token):
            return _look(journey, world, token)
        case Unreadable(why=why):
            if isinstance(stage, Typing):
                return _go(journey, replace(stage, problem=why)), ()
            # A new patient's broken code tells nothing about the one before: that one's page goes too.
            return _go(journey, Scan(who, why)), ()
        case found:
            person = _patient(found, is_asked=isinstance(stage, Typing))
            if isinstance(stage, Check | ChooseRoute | ChooseExam) and _person(stage) == person:
                return journey, ()
            return _identified(_settled(journey), who, person, world)


def _read(stage: Stage, text: str, before: str, world: World) -> Identity | Unreadable:
    """A busy machine may tear a scan in two, whose first half then comes before it, or looks typed."""
    alone = identity.read(text, world.today, world.shapes)
    first = before or (stage.text if isinstance(stage, Typing) else "")
    if not first or isinstance(alone, CitizenCard | Document | OwnTicket):
        return alone
    whole = identity.read(first + text, world.today, world.shapes)
    if isinstance(alone, InsuranceCard):
        # The second half of a long insurance number looks like a short one; nobody types its first half.
        return whole if isinstance(whole, InsuranceCard) and not whole.number.isdigit() else alone
    return alone if isinstance(whole, Unreadable) else whole


def _patient(found: Personal, *, is_asked: bool) -> Person | None:
    """Who a visit can be for, of all that can be read; `None`: the desk has to see it.

    is_asked: the kiosk asked for a citizen or telephone number, which says what ten digits are.
    """
    match found:
        case CitizenCard() | InsuranceCard() | CitizenNumber() | InsuranceNumber() | Phone():
            return found
        case Document(citizen_number=str() as number):
            # The zone's name has no accents; the number finds the one that has.
            return CitizenNumber(number)
        case Ambiguous(phone=phone):
            return phone if is_asked else None
        case Document() | OldNumber() | HospitalCode():
            return None
        case _:
            assert_never(found)


def _settled(journey: Journey) -> Journey:
    """The next patient begins in the kiosk's own language; whoever is under way keeps theirs."""
    done = isinstance(journey.stage, Issued | AlreadyHere | OwnVisit | Stopped)
    return replace(journey, language=journey.home) if done else journey


def _identified(journey: Journey, who: Who, person: Person | None, world: World) -> Step:
    if isinstance(person, Phone):
        # Families share one: it finds nobody's visit.
        return _go(journey, Check(who, person)), ()
    if person is not None:
        known = _on_the_wire(person)
        if known.kind is IdentityKind.TYPED:
            # Anybody can type a number they once saw: only a card shows where its holder is awaited.
            return _go(journey, Check(who, person)), ()
        wish = journey.wishes + 1
        asked = WireIdentity(known.kind, known.number)
        check = Check(who, person, recall=Recall(wish, world.now))
        return replace(journey, stage=check, wishes=wish), (AskHolder(wish, asked),)
    if isinstance(journey.stage, Typing):
        return _go(journey, replace(journey.stage, problem=Why.UNKNOWN_CODE)), ()
    return _go(journey, Stopped(Trouble.REFUSED)), ()


def _who(stage: Stage) -> Who:
    match stage:
        case Scan(who=who) | Typing(who=who) | Check(who=who):
            return who
        case ChooseRoute(check=check) | ChooseExam(check=check):
            return check.who
        case _:
            return Who.ME


def _person(stage: Check | ChooseRoute | ChooseExam) -> Person:
    return stage.person if isinstance(stage, Check) else stage.check.person


def _typed(journey: Journey, character: str) -> Journey:
    stage = journey.stage
    if not character.isprintable() or len(character) != 1:
        return journey
    if isinstance(stage, Welcome | AskWho | Scan):
        # Card and telephone numbers begin with a digit; so does a card's code typed by hand.
        if not (character.isascii() and character.isdigit()):
            return journey
        stage = Typing(_who(stage))
    if not isinstance(stage, Typing):
        return journey
    plain = character.isascii() and (character.isdigit() or character in " +-.()/")
    line = stage.line or not plain
    if len(stage.text) >= (LONGEST_LINE if line else LONGEST_NUMBER):
        return journey
    return _go(journey, replace(stage, text=stage.text + character, line=line, problem=None))


def _entered(journey: Journey, stage: Typing, world: World) -> Step:
    if not stage.text.strip():
        return journey, ()
    match identity.read(stage.text, world.today, world.shapes):
        case OwnTicket(token=token):
            return _look(journey, world, token)
        case Unreadable(why=why):
            return _go(journey, replace(stage, problem=why)), ()
        case found:
            return _identified(journey, stage.who, _patient(found, is_asked=True), world)


# Buttons -------------------------------------------------------------------------------------------------


def _act(journey: Journey, act: Act, world: World) -> Step:
    stage = journey.stage
    match act, stage:
        case Act.NUMBERS, Welcome() | AskWho() | Scan() | Typing():
            return _go(journey, Numbers()), ()
        case Act.TYPE, Welcome() | AskWho() | Scan():
            return _go(journey, Typing(_who(stage))), ()
        case Act.TYPE_LINE, Welcome() | AskWho() | Scan():
            return _go(journey, Typing(_who(stage), line=True)), ()
        case Act.ERASE, Typing():
            return _go(journey, replace(stage, text=stage.text[:-1], problem=None)), ()
        case Act.ENTER, Typing():
            return _entered(journey, stage, world)
        case Act.PRIORITY, Check():
            return _go(journey, replace(stage, priority=not stage.priority)), ()
        case Act.AGREE, Check():
            return _agreed(journey, stage, world)
        case Act.MORE, ChooseRoute() | ChooseExam() | OwnVisit():
            return _go(journey, replace(stage, page=stage.page + 1)), ()
        case Act.REPRINT, AlreadyHere(token=token):
            return _send(journey, world, Aim.REPRINT, Reprint(token=token), token)
        case Act.REPRINT, OwnVisit(token=token, state=TicketState(ended=None)):
            return _send(journey, world, Aim.REPRINT, Reprint(token=token), token)
        case Act.REJOIN, OwnVisit(token=token, state=TicketState(ended=None, missed=str())):
            return _send(journey, world, Aim.REJOIN, Rejoin(token=token), token)
        case _:
            return journey, ()


def _back(journey: Journey) -> Journey:
    match journey.stage:
        case Scan() | Numbers():
            return _go(journey, AskWho())
        case Typing(who=who) | Check(who=who):
            return _go(journey, Scan(who))
        case ChooseRoute(check=check):
            return _go(journey, check)
        case ChooseExam(check=check):
            return _go(journey, ChooseRoute(check))
        case _:
            return _home(journey)


# Choosing ------------------------------------------------------------------------------------------------


def _agreed(journey: Journey, check: Check, world: World) -> Step:
    if _awaits(check, world):
        return _go(journey, replace(check, recall=replace(check.recall, agreed=True))), ()
    return _goes_on(journey, check, world)


def _awaits(check: Check, world: World) -> bool:
    recall = check.recall
    return recall.wish is not None and world.online and world.now - recall.since < RECALL


def _goes_on(journey: Journey, check: Check, world: World) -> Step:
    held = check.recall.held
    if held is not None:
        return _go(journey, OwnVisit(held.token, held, already=True)), ()
    check = replace(check, recall=replace(check.recall, agreed=False))
    routes = world.catalogue.personal_routes
    if world.catalogue.intake:
        return _go(journey, Stopped(Trouble.INTAKE)), ()
    if not routes:
        # The server never told what can be had here.
        return _go(journey, Stopped(Trouble.REFUSED)), ()
    insured = world.catalogue.insured_route if isinstance(check.person, InsuranceCard) else None
    only = routes[0] if len(routes) == 1 else insured
    if only is not None:
        return _route_taken(journey, world, check, only.route)
    return _go(journey, ChooseRoute(check)), ()


def _route_taken(journey: Journey, world: World, check: Check, name: str) -> Step:
    route = world.catalogue.route(name)
    if route is None:
        return _go(journey, ChooseRoute(check)), ()
    if route.asks_service and world.catalogue.exams:
        return _go(journey, ChooseExam(check, name)), ()
    return _register(journey, world, name, check)


def _register(
    journey: Journey,
    world: World,
    name: str,
    check: Check | None = None,
    *,
    service: str | None = None,
    priority: bool = False,
) -> Step:
    route = world.catalogue.route(name)
    if route is None:
        # The facility's offer changed while the patient read it.
        return _go(journey, Numbers() if check is None else ChooseRoute(check)), ()
    register = Register(
        payer=route.payer,
        kind=route.kind,
        language=journey.language,
        identity=None if check is None else _on_the_wire(check.person),
        service=service,
        declared_priority=priority or (check is not None and check.priority),
    )
    return _send(journey, world, Aim.TICKET, register)


def _on_the_wire(person: Person) -> WireIdentity:
    match person:
        case CitizenCard():
            return _card_on_the_wire(IdentityKind.CARD, person)
        case InsuranceCard():
            return _card_on_the_wire(IdentityKind.INSURANCE, person)
        case CitizenNumber(number=number) | InsuranceNumber(number=number):
            return WireIdentity(IdentityKind.TYPED, number)
        case Phone(e164=e164):
            return WireIdentity(IdentityKind.PHONE, phone=e164)
        case _:
            assert_never(person)


def _card_on_the_wire(kind: IdentityKind, card: CitizenCard | InsuranceCard) -> WireIdentity:
    return WireIdentity(
        kind,
        card.number,
        card.name or "",
        card.birth.iso if card.birth is not None else "",
        card.gender.value if card.gender is not None else "",
        warnings=tuple(doubt.value for doubt in card.doubts),
    )


# The server ----------------------------------------------------------------------------------------------


def _send(journey: Journey, world: World, aim: Aim, command: Command, token: str = "") -> Step:
    wish = journey.wishes + 1
    identity = command.identity if isinstance(command, Register) else None
    typed = identity is not None and identity.kind is IdentityKind.TYPED
    stage = Sending(wish, aim, world.now, token, typed)
    return replace(journey, stage=stage, wishes=wish), (Submit(wish, command),)


def _look(journey: Journey, world: World, token: str, *, rejoined: bool = False, already: str = "") -> Step:
    wish = journey.wishes + 1
    stage = Looking(wish, token, world.now, rejoined, already)
    return replace(_settled(journey), stage=stage, wishes=wish), (AskWhere(wish, token),)


def _answered(journey: Journey, answered: Answered, world: World) -> Step:
    stage, reply = journey.stage, answered.reply
    ticket = reply.result if isinstance(reply, Accepted) and isinstance(reply.result, Ticket) else None
    if not isinstance(stage, Sending) or stage.wish != answered.wish:
        if ticket is None:
            return journey, ()
        # The patient has left. A slip now would fall into the next one's hands: staff are told instead,
        # and the same card prints it at any kiosk.
        return journey, (_confirm(ticket.print, ticket.number, Paper(PrintState.STALLED, LEFT)),)
    journey = replace(journey, touched=world.now, warned=False)
    if ticket is not None:
        return _go(journey, Issued(ticket)), (PrintSlip(ticket),)
    if isinstance(reply, Rejected):
        return _rejected(journey, stage, reply, world)
    return _look(journey, world, stage.token, rejoined=True)


LEFT = "left"
"""Reason of a slip that was not printed because nobody stood there any more."""


def _rejected(journey: Journey, stage: Sending, reply: Rejected, world: World) -> Step:
    number, token = reply.facts.get("number"), reply.facts.get("token")
    if reply.code is Refusal.ALREADY_HERE and isinstance(number, str) and isinstance(token, str):
        if stage.typed:
            return _go(journey, AlreadyHere(number, token)), ()
        return _look(journey, world, token, already=number)
    if reply.code is Refusal.INTAKE_STOPPED:
        return _go(journey, Stopped(Trouble.INTAKE)), ()
    if stage.aim is Aim.REJOIN and reply.code not in _GONE:
        # Called meanwhile, or taken back by staff: what holds now is what the patient needs.
        return _look(journey, world, stage.token)
    if stage.aim is not Aim.TICKET and reply.code in _GONE:
        return _go(journey, Stopped(Trouble.OLD_TICKET)), ()
    return _go(journey, Stopped(Trouble.REFUSED, reply.code)), ()


def _looked(journey: Journey, looked: Looked, world: World) -> Step:
    stage = journey.stage
    if isinstance(stage, Check) and stage.recall.wish == looked.wish:
        return _recalled(journey, stage, looked, world)
    if not isinstance(stage, Looking) or stage.wish != looked.wish:
        return journey, ()
    match looked.answer:
        case TicketState() as state:
            visit = OwnVisit(stage.token, state, stage.rejoined, already=bool(stage.already))
            return _go(journey, visit), ()
        case _ if stage.already:
            return _go(journey, AlreadyHere(stage.already, stage.token)), ()
        case Rejected(code=Refusal.UNKNOWN_VISIT):
            return _go(journey, Stopped(Trouble.OLD_TICKET)), ()
        case Rejected(code=code):
            return _go(journey, Stopped(Trouble.REFUSED, code)), ()
        case None:
            return _go(journey, Stopped(Trouble.NO_ANSWER)), ()


def _recalled(journey: Journey, check: Check, looked: Looked, world: World) -> Step:
    answer = looked.answer
    held = answer if isinstance(answer, TicketState) and answer.token and answer.ended is None else None
    check = replace(check, recall=replace(check.recall, wish=None, held=held))
    if check.recall.agreed:
        return _goes_on(journey, check, world)
    return _go(journey, check), ()


# Paper ---------------------------------------------------------------------------------------------------


def _printed(journey: Journey, printed: Printed, world: World) -> Step:
    # The server knows that it issued the slip; it learns of everything that comes after.
    news = (
        ()
        if printed.paper.state is PrintState.ISSUED
        else (_confirm(printed.print, printed.number, printed.paper),)
    )
    stage = journey.stage
    if not isinstance(stage, Issued) or stage.ticket.print != printed.print:
        return journey, news
    stay = AFTER_TICKET if printed.paper.state is PrintState.ACKNOWLEDGED else AFTER_TROUBLE
    leave_at = world.now + stay if printed.paper.state in _FINAL else None
    return _go(journey, replace(stage, paper=printed.paper, leave_at=leave_at)), news


def _confirm(name: str, number: str, paper: Paper) -> Tell:
    return Tell(Confirm(print=name, state=paper.state, number=number, reason=paper.reason or None))
