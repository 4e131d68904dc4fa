"""What was scanned or typed, and whom it makes of who stands here."""

from dataclasses import replace
from typing import assert_never

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
from kiosk.journey.moves import Step, go, settled
from kiosk.journey.sending import look
from kiosk.journey.values import (
    Arranging,
    AskAppointment,
    AskHolder,
    AskWho,
    Check,
    ChooseExam,
    ChooseRoute,
    Finding,
    Full,
    Journey,
    Person,
    Recall,
    Scan,
    Sending,
    Stage,
    Stopped,
    Trouble,
    Typing,
    Welcome,
    Who,
    World,
)
from kiosk.journey.wire import on_the_wire
from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import Identity as WireIdentity

LONGEST_LINE = 2_048
"""Characters of a typed code; the pad takes 20 digits."""
LONGEST_NUMBER = 20


def scanned(journey: Journey, text: str, before: str, world: World) -> Step:
    """A card, a ticket or a code came from a scanner."""
    stage = journey.stage
    if isinstance(stage, Sending | Arranging | Finding):
        # The same hand again, impatient: the wish is on its way.
        return journey, ()
    who = who_of(stage)
    match _read(stage, text, before, world):
        case OwnTicket(token=token):
            return look(journey, world, token)
        case Unreadable(why=why):
            if isinstance(stage, Typing):
                return go(journey, replace(stage, problem=why)), ()
            # A new patient's broken code tells nothing about the one before: that one's page goes too.
            return go(journey, Scan(who, why)), ()
        case found:
            person = _patient(found, is_asked=isinstance(stage, Typing))
            if isinstance(stage, Check | ChooseRoute | ChooseExam) and _person(stage) == person:
                return journey, ()
            return _identified(settled(journey), who, person, world)


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


def _identified(journey: Journey, who: Who, person: Person | None, world: World) -> Step:
    if isinstance(person, Phone):
        # Families share one: it finds nobody's visit.
        return go(journey, Check(who, person)), ()
    if isinstance(person, HospitalCode):
        wish = journey.wishes + 1
        finding = Finding(wish, who, person, world.now)
        return replace(journey, stage=finding, wishes=wish), (AskAppointment(wish, person.code),)
    if person is not None:
        known = on_the_wire(person)
        if known.kind is IdentityKind.TYPED:
            # Anybody can type a number they once saw: only a card shows where its holder is awaited.
            return go(journey, Check(who, person)), ()
        wish = journey.wishes + 1
        asked = WireIdentity(known.kind, known.number)
        check = Check(who, person, recall=Recall(wish, world.now))
        return replace(journey, stage=check, wishes=wish), (AskHolder(wish, asked),)
    if isinstance(journey.stage, Typing):
        return go(journey, replace(journey.stage, problem=Why.UNKNOWN_CODE)), ()
    return go(journey, Stopped(Trouble.REFUSED)), ()


def who_of(stage: Stage) -> Who:
    """Whose card this stage asked for."""
    match stage:
        case Scan(who=who) | Typing(who=who) | Check(who=who) | Finding(who=who):
            return who
        case ChooseRoute(check=check) | ChooseExam(check=check) | Full(before=ChooseExam(check=check)):
            return check.who
        case _:
            return Who.ME


def _person(stage: Check | ChooseRoute | ChooseExam) -> Person:
    return stage.person if isinstance(stage, Check) else stage.check.person


def typed(journey: Journey, character: str) -> Journey:
    """One character more."""
    stage = journey.stage
    if not character.isprintable() or len(character) != 1:
        return journey
    if isinstance(stage, Welcome | AskWho | Scan):
        # Card and telephone numbers begin with a digit; so does a card's code typed by hand.
        if not (character.isascii() and character.isdigit()):
            return journey
        stage = Typing(who_of(stage))
    if not isinstance(stage, Typing):
        return journey
    plain = character.isascii() and (character.isdigit() or character in " +-.()/")
    line = stage.line or not plain
    if len(stage.text) >= (LONGEST_LINE if line else LONGEST_NUMBER):
        return journey
    return go(journey, replace(stage, text=stage.text + character, line=line, problem=None))


def entered(journey: Journey, stage: Typing, world: World) -> Step:
    """What was typed is whole."""
    if not stage.text.strip():
        return journey, ()
    match _of_line(stage, stage.text, world):
        case OwnTicket(token=token):
            return look(journey, world, token)
        case Unreadable(why=why):
            return go(journey, replace(stage, problem=why)), ()
        case found:
            return _identified(journey, stage.who, _patient(found, is_asked=True), world)
