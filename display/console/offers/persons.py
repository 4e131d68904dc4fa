"""Whom a visit is of: identifying, somebody nobody can identify, declared priority, and forgetting."""

from collections.abc import Iterable

from display.console import reading, words
from display.console.desk import SEES_THE_HOUSE, Desk, sign_of
from display.console.offers.values import Answers, Mistake, Offer, Option, Pick, Sure, Write
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import Grant, IdentityKind, Role
from queue_server.protocol.commands import Command, Identity
from queue_server.protocol.rows import CatalogueRoute


def of_the_person(desk: Desk) -> Iterable[Offer]:
    """Of the scanned visit, else of the step in focus."""
    step = desk.focus
    if step is not None:
        visit, sign = step.visit, sign_of(step)
    elif desk.chosen is not None:
        visit, sign = desk.chosen.visit, desk.chosen.number
    else:
        return
    name = desk.name(visit)
    if name is not None:
        yield Offer(Action.PATIENT, sign)
    # Only where insurance is dealt with do names come with it.
    if name is not None and name.insurance is not None and desk.portal and desk.role in SEES_THE_HOUSE:
        yield Offer(Action.CHECK_INSURANCE, sign, (), lambda _: commands.CheckInsurance(visit=visit))
    if desk.visit is not None and desk.visit.ended:
        if desk.role is Role.ADMIN:
            yield Offer(
                Action.FORGET,
                sign,
                (Sure(desk.say(words.SURE_FORGET, who=sign)),),
                lambda _: commands.Forget(visit=visit),
            )
        return
    grant = step.grant if step is not None else next((each.grant for each in desk.steps), None)
    if grant is Grant.PROVISIONAL:
        yield Offer(Action.CONFIRM_LANE, sign, (), lambda _: commands.SettleLane(visit=visit, shown=True))
        yield Offer(Action.WITHDRAW_LANE, sign, (), lambda _: commands.SettleLane(visit=visit, shown=False))
    if desk.role in SEES_THE_HOUSE:
        yield Offer(
            Action.IDENTIFY,
            sign,
            (Write(desk.say(words.WHO_IS_IT, sign=sign)),),
            lambda answers: _identify(visit, answers[0][0]),
        )


def _identify(visit: str, text: str) -> Command | Mistake:
    identity = reading.read(text)
    return (
        Mistake(words.NOT_UNDERSTOOD)
        if identity is None
        else commands.Identify(visit=visit, identity=identity)
    )


def arrivals(desk: Desk, routes: Iterable[CatalogueRoute]) -> Iterable[Offer]:
    """New numbers at a desk: for nobody in particular, for who was found by a number, for whom nobody
    knows."""
    by_key = {route.route: route for route in routes}
    options = tuple(Option(route.route, desk.say(route.label)) for route in by_key.values())
    if not options:
        return
    which = (Pick(desk.say(words.WHICH_ROUTE), options),)

    def register(answers: Answers, identity: Identity | None) -> Command:
        route = by_key[answers[0][0]]
        return commands.Register(payer=route.payer, kind=route.kind, identity=identity)

    found = desk.found
    known = Identity(IdentityKind.TYPED, found.number) if found is not None else None
    yield Offer(
        Action.REGISTER,
        found.name if found is not None else "",
        which,
        lambda answers: register(answers, known),
    )
    if found is not None and desk.role is Role.ADMIN:
        yield Offer(
            Action.FORGET,
            found.name,
            (Sure(desk.say(words.SURE_FORGET, who=found.name)),),
            lambda _: commands.Forget(person=found.person),
        )
    if found is None:
        yield Offer(
            Action.UNKNOWN, "", which, lambda answers: register(answers, Identity(IdentityKind.UNIDENTIFIED))
        )
