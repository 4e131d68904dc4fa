"""One step of a patient's way: (journey, what happened, the world) to (journey, effects). Pure.

Every stage leads back and home; whoever walks away is asked once more and then forgotten.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, assert_never

from msgspec import structs

from kiosk import identity
from kiosk.identity import (
    Ambiguous,
    CitizenCard,
    CitizenNumber,
    CodeKind,
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
    Arranging,
    AskAppointment,
    AskHolder,
    AskWhere,
    AskWho,
    Begin,
    Character,
    Check,
    ChooseExam,
    ChooseRoute,
    Effect,
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
    Person,
    Printed,
    PrintSlip,
    Ready,
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
from queue_server.protocol.codes import AppointmentState, IdentityKind, Language, PrintState, Refusal
from queue_server.protocol.commands import Command, Confirm, OpenGate, Register, Rejoin, Reprint
from queue_server.protocol.commands import Identity as WireIdentity
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import AppointmentTold, TicketState
from queue_server.protocol.results import Ticket

IDLE = 60_000
"""ms without a person's touch before the kiosk asks whether anybody is there."""
WARNING = 20_000
"""ms to answer that (WCAG 2.2.1: at least 20 s, one simple action)."""
RECALL = 1_000
"""ms a card's holder waits at most for word on whether they are here; `already_here` comes later too."""
ARRANGING = 1_000
"""ms beyond the moment until which the HIS is asked for a room: for the answer's way back."""
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
_NO_LONGER = frozenset({Refusal.UNKNOWN_STEP, Refusal.WRONG_STATE, Refusal.GATE_SHUT})
"""Somebody was faster than who says that they are ready."""
_S = TypeVar("_S", bound=Stage)


def begin(home: Language, now: int) -> Journey:
    """A kiosk that waits for its first patient."""
    return Journey(home, home, touched=now)


def step(journey: Journey, happening: Happening, world: World) -> Step:
    """What follows. A happening that means nothing at this stage changes nothing."""
    after, effects = _step(journey, happening, world)
    stage = journey.stage
    if isinstance(stage, Arranging) and not isinstance(after.stage, Arranging | Issued):
        # As with an answer that finds nobody: no slip for the next one's hands.
        left = _confirm(stage.ticket.print, stage.ticket.number, Paper(PrintState.STALLED, LEFT))
        return after, (*effects, left)
    return after, effects


def _step(journey: Journey, happening: Happening, world: World) -> Step:
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
            return _exam_taken(journey, world, service)
        case Ready():
            return _at(journey, OwnVisit, lambda here: _ready(journey, here, happening, world))
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
    if not isinstance(stage, Sending | Looking | Finding):
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
    if isinstance(stage, Arranging):
        return _arranged(journey, stage, world)
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
    if isinstance(stage, Sending | Arranging | Finding):
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
    alone = _of_line(stage, text, world)
    first = before or (stage.text if isinstance(stage, Typing) else "")
    if not first or isinstance(alone, CitizenCard | Document | OwnTicket):
        return alone
    whole = identity.read(first + text, world.today, world.shapes)
    if isinstance(alone, InsuranceCard):
        # The second half of a long insurance number looks like a short one; nobody types its first half.
        return whole if isinstance(whole, InsuranceCard) and not whole.number.isdigit() else alone
    return alone if isinstance(whole, Unreadable) else whole


def _of_line(stage: Stage, text: str, world: World) -> Identity | Unreadable:
    """What a text says. The key T that opened a line for it may have been the first letter of a code."""
    found = identity.read(text, world.today, world.shapes)
    if isinstance(stage, Typing) and stage.line and isinstance(found, Unreadable):
        code = identity.read(f"T{text}", world.today, world.shapes)
        return code if isinstance(code, HospitalCode) else found
    return found


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
        case HospitalCode(kind=CodeKind.APPOINTMENT):
            return found
        case Document() | OldNumber() | HospitalCode():
            return None
        case _:
            assert_never(found)


def _settled(journey: Journey) -> Journey:
    """The next patient begins in the kiosk's own language; whoever is under way keeps theirs."""
    done = isinstance(journey.stage, Arranging | Issued | AlreadyHere | OwnVisit | Stopped)
    return replace(journey, language=journey.home) if done else journey


def _identified(journey: Journey, who: Who, person: Person | None, world: World) -> Step:
    if isinstance(person, Phone):
        # Families share one: it finds nobody's visit.
        return _go(journey, Check(who, person)), ()
    if isinstance(person, HospitalCode):
        wish = journey.wishes + 1
        finding = Finding(wish, who, person, world.now)
        return replace(journey, stage=finding, wishes=wish), (AskAppointment(wish, person.code),)
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
        case Scan(who=who) | Typing(who=who) | Check(who=who) | Finding(who=who):
            return who
        case ChooseRoute(check=check) | ChooseExam(check=check) | Full(before=ChooseExam(check=check)):
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
    match _of_line(stage, stage.text, world):
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
        case Act.LATER, Full(register=register, later_at=int()):
            return _send(journey, world, Aim.TICKET, _as_wished(journey, register, later=True))
        case Act.REPRINT, AlreadyHere(token=token):
            return _send(journey, world, Aim.REPRINT, Reprint(token=token), token)
        case Act.REPRINT, OwnVisit(token=token, state=TicketState(ended=None)):
            return _send(journey, world, Aim.REPRINT, Reprint(token=token), token)
        case Act.REJOIN, OwnVisit(token=token, state=TicketState(ended=None, missed=str())):
            return _send(journey, world, Aim.REJOIN, Rejoin(token=token), token)
        case _:
            return journey, ()


def _ready(journey: Journey, here: OwnVisit, ready: Ready, world: World) -> Step:
    """Only what the server leaves to the patient."""
    if not any(stop.step == ready.step and ready.gate in stop.may_open for stop in here.state.stops):
        return journey, ()
    return _send(journey, world, Aim.READY, OpenGate(step=ready.step, gate=ready.gate), here.token)


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
        case Full(before=ChooseExam() as choice):
            return _go(journey, choice)
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
    if isinstance(check.person, HospitalCode):
        # Who pays, an appointment does not say; that it is for an exam, it does.
        routes = tuple(route for route in routes if route.asks_service) or routes
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
    if route.asks_service and world.catalogue.exams and check.recall.booked is None:
        return _go(journey, ChooseExam(check, name)), ()
    return _register(journey, world, name, check)


def _exam_taken(journey: Journey, world: World, service: str | None) -> Step:
    """One that is full is offered for later, before anybody waits for a refusal."""
    match journey.stage:
        case ChooseExam(check=check, route=route) as choice:
            offered = world.catalogue.service(service) if service is not None else None
            step = _register(journey, world, route, check, service=service)
            wish = next((e.command for e in step[1] if isinstance(e, Submit)), None)
            if offered is not None and offered.full and isinstance(wish, Register):
                return _go(journey, Full(wish, offered.later_at, choice)), ()
            return step
        case Full(register=register) if service is None:
            return _send(journey, world, Aim.TICKET, _as_wished(journey, register))
        case _:
            return journey, ()


def _as_wished(journey: Journey, register: Register, *, later: bool = False) -> Register:
    """The same wish for a later session, or for the desk to find one."""
    service = register.service if later else None
    return structs.replace(register, language=journey.language, service=service, later=later)


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
    person = None if check is None else check.person
    code = person.code if isinstance(person, HospitalCode) else None
    register = Register(
        payer=route.payer,
        kind=route.kind,
        language=journey.language,
        identity=None if person is None or isinstance(person, HospitalCode) else _on_the_wire(person),
        service=service,
        appointment=code,
        declared_priority=priority or (check is not None and check.priority),
    )
    return _send(journey, world, Aim.TICKET, register)


def _on_the_wire(
    person: CitizenCard | InsuranceCard | CitizenNumber | InsuranceNumber | Phone,
) -> WireIdentity:
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
    register = command if isinstance(command, Register) else None
    identity = register.identity if register is not None else None
    # A code on a paper says no more of who holds it than a number that somebody typed.
    coded = register is not None and register.appointment is not None
    typed = coded or (identity is not None and identity.kind is IdentityKind.TYPED)
    stage = Sending(wish, aim, world.now, token, typed)
    return replace(journey, stage=stage, wishes=wish), (Submit(wish, command),)


def _look(journey: Journey, world: World, token: str, *, done: Aim | None = None, already: str = "") -> Step:
    wish = journey.wishes + 1
    stage = Looking(wish, token, world.now, done, already)
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
    if ticket is not None and ticket.pending_until is not None:
        asks_for = ticket.pending_until - ticket.printed_at + ARRANGING
        return _arranged(journey, Arranging(ticket, world.now + asks_for), world)
    if ticket is not None:
        return _go(journey, Issued(ticket)), (PrintSlip(ticket),)
    if isinstance(reply, Rejected):
        return _rejected(journey, stage, reply, answered.command, world)
    return _look(journey, world, stage.token, done=stage.aim)


def _arranged(journey: Journey, stage: Arranging, world: World) -> Step:
    """Print the ticket once, with the room that the HIS took over, or at last without one."""
    waited_for = stage.ticket.print
    ticket = next((job for job in world.catalogue.jobs if job.print == waited_for), None)
    if ticket is None and world.now < stage.until:
        return _go(journey, stage), ()
    ticket = ticket or stage.ticket
    return _go(journey, Issued(ticket)), (PrintSlip(ticket),)


LEFT = "left"
"""Reason of a slip that was not printed because nobody stood there any more."""


def _rejected(journey: Journey, stage: Sending, reply: Rejected, wish: Command | None, world: World) -> Step:
    number, token = reply.facts.get("number"), reply.facts.get("token")
    if reply.code is Refusal.ALREADY_HERE and isinstance(number, str) and isinstance(token, str):
        if stage.typed:
            return _go(journey, AlreadyHere(number, token)), ()
        return _look(journey, world, token, already=number)
    if reply.code is Refusal.SESSION_FULL and isinstance(wish, Register) and wish.identity is not None:
        later_at = reply.facts.get("later_at")
        return _go(journey, Full(wish, later_at if isinstance(later_at, int) else None)), ()
    if reply.code in (Refusal.INTAKE_STOPPED, Refusal.SESSION_FULL):
        return _go(journey, Stopped(Trouble.INTAKE)), ()
    if reply.code is Refusal.UNKNOWN_APPOINTMENT:
        # Cancelled, or moved to another day, between the look at it and the wish.
        cancelled = reply.facts.get("state") == AppointmentState.CANCELLED
        return _go(journey, Stopped(Trouble.CANCELLED if cancelled else Trouble.NO_APPOINTMENT)), ()
    another_day = reply.facts.get("until")
    if reply.code is Refusal.TOO_SOON and stage.aim is Aim.TICKET and isinstance(another_day, int):
        return _go(journey, Stopped(Trouble.ANOTHER_DAY, at=another_day)), ()
    is_overtaken = stage.aim is Aim.READY and reply.code in _NO_LONGER
    if is_overtaken or (stage.aim is Aim.REJOIN and reply.code not in _GONE):
        # Called meanwhile, or taken back by staff: what holds now is what the patient needs.
        return _look(journey, world, stage.token)
    if stage.aim is not Aim.TICKET and reply.code in _GONE:
        return _go(journey, Stopped(Trouble.OLD_TICKET)), ()
    return _go(journey, Stopped(Trouble.REFUSED, reply.code)), ()


def _looked(journey: Journey, looked: Looked, world: World) -> Step:
    stage = journey.stage
    if isinstance(stage, Check) and stage.recall.wish == looked.wish:
        return _recalled(journey, stage, looked, world)
    if isinstance(stage, Finding) and stage.wish == looked.wish:
        return _found(journey, stage, looked), ()
    if not isinstance(stage, Looking) or stage.wish != looked.wish:
        return journey, ()
    match looked.answer:
        case TicketState() as state:
            visit = OwnVisit(stage.token, state, stage.done, already=bool(stage.already))
            return _go(journey, visit), ()
        case _ if stage.already:
            return _go(journey, AlreadyHere(stage.already, stage.token)), ()
        case Rejected(code=Refusal.UNKNOWN_VISIT):
            return _go(journey, Stopped(Trouble.OLD_TICKET)), ()
        case Rejected(code=code):
            return _go(journey, Stopped(Trouble.REFUSED, code)), ()
        case AppointmentTold() | None:
            return _go(journey, Stopped(Trouble.NO_ANSWER)), ()


def _recalled(journey: Journey, check: Check, looked: Looked, world: World) -> Step:
    answer = looked.answer
    held = answer if isinstance(answer, TicketState) and answer.token and answer.ended is None else None
    booked = answer if isinstance(answer, AppointmentTold) else None
    check = replace(check, recall=replace(check.recall, wish=None, held=held, booked=booked))
    if check.recall.agreed:
        return _goes_on(journey, check, world)
    return _go(journey, check), ()


def _found(journey: Journey, finding: Finding, looked: Looked) -> Journey:
    """An appointment of today is checked like a card; one that was kept already leads to its number."""
    match looked.answer:
        case AppointmentTold(state=AppointmentState.CANCELLED):
            return _go(journey, Stopped(Trouble.CANCELLED))
        case AppointmentTold(today=False, at=at):
            return _go(journey, Stopped(Trouble.ANOTHER_DAY, at=at))
        case AppointmentTold() as booked:
            return _go(journey, Check(finding.who, finding.code, recall=Recall(booked=booked)))
        case Rejected(code=Refusal.UNKNOWN_APPOINTMENT):
            return _go(journey, Stopped(Trouble.NO_APPOINTMENT))
        case Rejected(code=code):
            return _go(journey, Stopped(Trouble.REFUSED, code))
        case _:
            return _go(journey, Stopped(Trouble.NO_ANSWER))


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
