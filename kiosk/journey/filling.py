"""The form of somebody without a card: one question a page, nothing asked that a desk does not need."""

from dataclasses import replace

from kiosk.identity import Birth, names, phone
from kiosk.identity.births import birth
from kiosk.journey import spelling
from kiosk.journey.moves import Step, go
from kiosk.journey.spelling import Accent
from kiosk.journey.values import Asked, AskWho, Check, Form, Journey, Scan, Told, Who, World
from queue_server.protocol.codes import KioskMode

LONGEST_PHONE = 15
_DAY = 8
"""Digits of a whole birth date, `ddMMyyyy`."""


def begun(journey: Journey, who: Who, world: World) -> Journey:
    """An empty form; first whose it is, where that was not asked: a card would have said."""
    return go(journey, AskWho(form=True) if world.mode is KioskMode.FAST else Form(who))


def written(form: Form, character: str) -> Form:
    """With one character more where the form is filled in now."""
    match form.asked:
        case Asked.NAME:
            return replace(form, name=spelling.typed(form.name, character), wrong=False)
        case Asked.GUARDIAN:
            return replace(form, guardian=spelling.typed(form.guardian, character), wrong=False)
        case Asked.BIRTH if _is_digit(character) and len(form.born) < _DAY:
            return replace(form, born=form.born + character, wrong=False)
        case Asked.PHONE if _is_digit(character) and len(form.phone) < LONGEST_PHONE:
            return replace(form, phone=form.phone + character, wrong=False)
        case _:
            return form


def accented(form: Form, accent: Accent) -> Form:
    """With a mark or a tone on the last syllable of a name."""
    match form.asked:
        case Asked.NAME:
            return replace(form, name=spelling.accented(form.name, accent), wrong=False)
        case Asked.GUARDIAN:
            return replace(form, guardian=spelling.accented(form.guardian, accent), wrong=False)
        case _:
            return form


def erased(form: Form) -> Form:
    """Without the last character."""
    match form.asked:
        case Asked.NAME:
            return replace(form, name=spelling.erased(form.name), wrong=False)
        case Asked.GUARDIAN:
            return replace(form, guardian=spelling.erased(form.guardian), wrong=False)
        case Asked.BIRTH:
            return replace(form, born=form.born[:-1], wrong=False)
        case Asked.PHONE:
            return replace(form, phone=form.phone[:-1], wrong=False)


def entered(journey: Journey, form: Form, world: World) -> Step:
    """This answer is whole: on to the next question, or to the check."""
    is_right = {
        Asked.NAME: bool(_name(form.name)),
        Asked.BIRTH: isinstance(birth(form.born, world.today), Birth),
        Asked.PHONE: not form.phone or phone.read(form.phone, world.today) is not None,
        Asked.GUARDIAN: not form.guardian or bool(_name(form.guardian)),
    }
    if not is_right[form.asked]:
        return go(journey, replace(form, wrong=True)), ()
    return _next(journey, form, world)


def skipped(journey: Journey, form: Form, world: World) -> Step:
    """What nobody has to tell stays empty."""
    match form.asked:
        case Asked.PHONE:
            return _next(journey, replace(form, phone="", wrong=False), world)
        case Asked.GUARDIAN:
            return _next(journey, replace(form, guardian="", wrong=False), world)
        case _:
            return journey, ()


def back(journey: Journey, form: Form) -> Journey:
    """To the question before, with what was filled in."""
    match form.asked:
        case Asked.NAME:
            return go(journey, Scan(form.who))
        case Asked.BIRTH:
            return go(journey, replace(form, asked=Asked.NAME, wrong=False))
        case Asked.PHONE:
            return go(journey, replace(form, asked=Asked.BIRTH, wrong=False))
        case Asked.GUARDIAN:
            return go(journey, replace(form, asked=Asked.PHONE, wrong=False))


def reopened(check: Check, told: Told) -> Form:
    """The form as it was filled in, to correct it. told: who is checked."""
    born = "".join(reversed(told.birth.iso.split("-")))
    called = told.guardian_phone or told.phone
    number = f"0{called.e164.removeprefix('+84')}" if called is not None else ""
    return Form(
        check.who,
        name=told.name,
        born=born,
        phone=number,
        guardian=told.guardian,
        priority=check.priority,
        help=check.help,
    )


def _next(journey: Journey, form: Form, world: World) -> Step:
    match form.asked:
        case Asked.NAME:
            return go(journey, replace(form, asked=Asked.BIRTH, wrong=False)), ()
        case Asked.BIRTH:
            return go(journey, replace(form, asked=Asked.PHONE, wrong=False)), ()
        case Asked.PHONE if form.who is Who.CHILD and not form.phone:
            # Somebody has to be found if the child is alone: by name, where there is no telephone.
            return go(journey, replace(form, asked=Asked.GUARDIAN, wrong=False)), ()
        case _:
            return _told(journey, form, world), ()


def _told(journey: Journey, form: Form, world: World) -> Journey:
    name, born = _name(form.name), birth(form.born, world.today)
    if not name or not isinstance(born, Birth):
        return go(journey, replace(form, asked=Asked.NAME, wrong=True))
    called = phone.read(form.phone, world.today)
    if form.who is Who.CHILD:
        guardian = "" if called is not None else _name(form.guardian)
        told = Told(name, born, guardian=guardian, guardian_phone=called)
    else:
        told = Told(name, born, called)
    return go(journey, Check(form.who, told, form.priority, help=form.help))


def _name(text: str) -> str:
    """The name as it is kept; empty where nothing that could be one was written."""
    return names.legible(text.strip(" -")) or ""


def _is_digit(character: str) -> bool:
    return character.isascii() and character.isdigit()
