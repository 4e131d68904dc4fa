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
    Plain,
    Unreadable,
    Why,
    ZoneLine,
)
from kiosk.journey import filling, stewarding
from kiosk.journey.moves import Step, afresh, go, settled
from kiosk.journey.sending import look, slow
from kiosk.journey.values import (
    Aim,
    Arranging,
    AskAppointment,
    AskHolder,
    AskReferral,
    AskWho,
    Check,
    ChooseExam,
    ChooseRoute,
    Digits,
    Finding,
    Form,
    Full,
    Journey,
    Notice,
    Person,
    Recall,
    Scan,
    Sending,
    Stage,
    Steward,
    Told,
    Typing,
    Welcome,
    Who,
    World,
)
from kiosk.journey.wire import on_the_wire
from queue_server.protocol.commands import Identity as WireIdentity

LONGEST_LINE = 2_048
"""Characters of a typed code; the pad takes 20 digits."""
LONGEST_NUMBER = 20
_OF_A_SCANNER = frozenset(
    {Why.BROKEN, Why.CHECK_DIGIT, Why.VNEID, Why.COVID_CODE, Why.PAYMENT_CODE, Why.WEB_ADDRESS}
)
"""What nobody types who fills in a form."""


def awaits_answer(journey: Journey, world: World) -> bool:
    """Whether a scan is but the same hand again, impatient: the wish is on its way. One that is not for a
    ticket gives way to the next patient where no answer comes."""
    match journey.stage:
        case Arranging() | Finding():
            return True
        case Sending(aim=aim):
            return aim is Aim.TICKET or not slow(journey, world)
        case _:
            return False


def scanned(journey: Journey, text: str, before: str, world: World) -> Step:
    """A card, a ticket or a code came from a scanner."""
    stage = journey.stage
    if isinstance(stage, Sending):
        journey = afresh(journey)
    who = who_of(stage)
    found = _read(stage, text, before, world)
    if isinstance(stage, Steward):
        is_typing = stage.typed is not None
        return stewarding.taken(journey, stage, _number(found) if is_typing else _card(found), world)
    if isinstance(stage, Form) and isinstance(found, Unreadable) and found.why in _OF_A_SCANNER:
        return go(journey, replace(stage, wrong=found.why)), ()
    if isinstance(stage, Form) and not _shows_itself(found):
        # Quick fingers on a keyboard, and Enter.
        return _filled(journey, stage, before + text, world)
    match found:
        case OwnTicket(token=token):
            return look(journey, world, token)
        case ZoneLine():
            return _with_line(journey, who, found, world)
        case Unreadable(why=why):
            if isinstance(stage, Typing):
                return go(journey, replace(stage, problem=why)), ()
            # A new patient's broken code tells nothing about the one before: that one's page goes too.
            return go(settled(journey), Scan(who, why)), ()
        case _:
            person = _patient(found)
            if isinstance(stage, Check | ChooseRoute | AskReferral | ChooseExam) and _person(stage) == person:
                return journey, ()
            return _met(settled(journey), who, person, world)


def _card(found: Identity | ZoneLine | Unreadable) -> Person | Why:
    """Whom a scan alone makes clear, or why it does not."""
    match found:
        case Unreadable(why=why):
            return why
        case CitizenCard() | InsuranceCard() | Document() | CitizenNumber() | InsuranceNumber():
            return found
        case HospitalCode():
            return found
        case OldNumber():
            return Why.OLD_NUMBER
        case OwnTicket():
            return Why.OWN_TICKET
        case _:
            return Why.UNKNOWN_CODE


def _number(found: Identity | ZoneLine | Unreadable) -> Person | Why:
    """Whom a number makes clear that somebody typed: ten digits are a telephone's here, insurance cards are
    scanned."""
    if isinstance(found, Ambiguous) and found.phone is not None:
        return found.phone
    return found if isinstance(found, Phone) else _card(found)


def _shows_itself(found: Identity | ZoneLine | Unreadable) -> bool:
    """Whether this can only be a code, and nothing that somebody fills in."""
    return not isinstance(found, Unreadable | Ambiguous | Phone | OldNumber | InsuranceNumber)


def _filled(journey: Journey, form: Form, text: str, world: World) -> Step:
    for character in text:
        form = filling.written(form, character)
    return filling.entered(journey, form, world)


def _with_line(journey: Journey, who: Who, line: ZoneLine, world: World) -> Step:
    """One line of a document's zone: the next is awaited, or the document is whole."""
    stage = journey.stage
    have = stage.zone if isinstance(stage, Typing) else ()
    zone = identity.together(have, line)
    if not isinstance(zone, str):
        return go(settled(journey), Typing(who, line=True, zone=zone)), ()
    match identity.read(zone, world.today):
        case Document() as document:
            return _met(journey, who, document, world)
        case _:
            # Each line is right by itself: they are of two documents.
            return go(journey, Typing(who, line=True, problem=Why.CHECK_DIGIT)), ()


def _read(stage: Stage, text: str, before: str, world: World) -> Identity | ZoneLine | Unreadable:
    """A busy machine may tear a scan in two, whose first half then comes before it, or looks typed."""
    alone = _of_line(stage, text, world)
    if isinstance(alone, CitizenCard | Document | OwnTicket | ZoneLine):
        return alone
    for first in dict.fromkeys((before, _begun(stage) + before)):
        whole = identity.read(first + text, world.today, world.shapes) if first else alone
        if isinstance(alone, InsuranceCard):
            # The second half of a long insurance number looks like a short one; nobody types its first half.
            if isinstance(whole, InsuranceCard) and not whole.number.isdigit():
                return whole
        elif not isinstance(whole, Unreadable):
            return whole
    return alone


def _begun(stage: Stage) -> str:
    match stage:
        case Typing(text=text) | Steward(typed=str() as text):
            return text
        case _:
            return ""


def _of_line(stage: Stage, text: str, world: World) -> Identity | ZoneLine | Unreadable:
    """What a text says. The key T that opened a line for it may have been the first letter of a code."""
    found = identity.read(text, world.today, world.shapes)
    if isinstance(stage, Typing) and stage.line and isinstance(found, Unreadable):
        code = identity.read(f"T{text}", world.today, world.shapes)
        return code if isinstance(code, HospitalCode) else found
    return found


def _patient(found: Personal) -> Person | Ambiguous | OldNumber:
    """Who a visit can be for, of all that can be read, or what has to be told apart first."""
    match found:
        case CitizenCard() | InsuranceCard() | Document() | CitizenNumber() | InsuranceNumber():
            return found
        case Phone() | HospitalCode() | Ambiguous() | OldNumber():
            return found
        case _:
            assert_never(found)


def told_apart(journey: Journey, stage: Digits, digits: Plain, world: World) -> Step:
    """Whoever typed the digits says what they are."""
    if digits not in stage.found.candidates:
        return journey, ()
    return _met(journey, stage.who, digits, world)


def _met(journey: Journey, who: Who, person: Person | Ambiguous | OldNumber, world: World) -> Step:
    match person:
        case Ambiguous():
            return go(journey, Digits(who, person)), ()
        case OldNumber():
            # These cards ended with 2024; nobody is known by their number any more. Whoever types may only
            # have left a digit out.
            if isinstance(journey.stage, Typing):
                return go(journey, replace(journey.stage, problem=Why.OLD_NUMBER)), ()
            return go(journey, Scan(who, Why.OLD_NUMBER)), ()
        case HospitalCode(kind=CodeKind.APPOINTMENT, code=code):
            wish = journey.wishes + 1
            finding = Finding(wish, who, person, world.now)
            return replace(journey, stage=finding, wishes=wish), (AskAppointment(wish, code),)
        case CitizenCard() | InsuranceCard() | Document():
            known = on_the_wire(person, who)
            wish = journey.wishes + 1
            asked = WireIdentity(known.kind, known.number, issuer=known.issuer)
            check = Check(who, person, recall=Recall(wish, world.now))
            return replace(journey, stage=check, wishes=wish), (AskHolder(wish, asked),)
        case CitizenNumber() | InsuranceNumber() | HospitalCode() | Phone() | Told():
            # Anybody can type a number they once saw, or a name: only a card shows where its holder is
            # awaited.
            return go(journey, Check(who, person)), ()
        case _:
            assert_never(person)


def who_of(stage: Stage) -> Who:
    """Whose card this stage asked for."""
    match stage:
        case Scan(who=who) | Typing(who=who) | Digits(who=who) | Form(who=who):
            return who
        case Check(who=who) | Finding(who=who):
            return who
        case Notice(before=before):
            return before.who
        case ChooseRoute(check=check) | AskReferral(check=check) | ChooseExam(check=check):
            return check.who
        case Full(before=ChooseExam(check=check)):
            return check.who
        case _:
            return Who.ME


def _person(stage: Check | ChooseRoute | AskReferral | ChooseExam) -> Person:
    return stage.person if isinstance(stage, Check) else stage.check.person


def typed(journey: Journey, character: str) -> Journey:
    """One character more."""
    stage = journey.stage
    if not character.isprintable() or len(character) != 1:
        return journey
    if isinstance(stage, Form):
        return go(journey, filling.written(stage, character))
    if isinstance(stage, Steward):
        return go(journey, _numbered(stage, character))
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


def _numbered(stage: Steward, character: str) -> Steward:
    """One character more of a number, which begins with a digit."""
    if stage.typed is None and not (character.isascii() and character.isdigit()):
        return stage
    return replace(stage, typed=((stage.typed or "") + character)[:LONGEST_NUMBER], problem=None)


def number_entered(journey: Journey, stage: Steward, world: World) -> Step:
    """A steward typed the number of a card that no scanner reads."""
    if not stage.typed:
        return journey, ()
    return stewarding.taken(journey, stage, _number(_of_line(stage, stage.typed, world)), world)


def entered(journey: Journey, stage: Typing, world: World) -> Step:
    """What was typed is whole."""
    if not stage.text.strip():
        return journey, ()
    match _of_line(stage, stage.text, world):
        case OwnTicket(token=token):
            return look(journey, world, token)
        case ZoneLine() as line:
            return _with_line(journey, stage.who, line, world)
        case Unreadable(why=why):
            return go(journey, replace(stage, problem=why)), ()
        case found:
            return _met(journey, stage.who, _patient(found), world)
