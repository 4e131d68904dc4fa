"""Whom a visit is of: identifying, somebody nobody can identify, declared priority, and forgetting."""

from collections.abc import Iterable

from msgspec import structs

from display.console import reading, words
from display.console.desk import SEES_THE_HOUSE, Desk, of, sign_of
from display.console.offers.values import Answers, Mistake, Offer, Option, Pick, PickMany, Sure, Write
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import Grant, IdentityKind, Role
from queue_server.protocol.commands import Command, Identity
from queue_server.protocol.rows import CatalogueRoute, CatalogueService, InsuranceFacts


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
    if name is not None and name.insurance is not None and desk.role in SEES_THE_HOUSE:
        yield _insurance_papers(desk, visit, sign, name.insurance)
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
            lambda answers: _identify(desk, visit, answers[0][0]),
        )


def _identify(desk: Desk, visit: str, text: str) -> Command | Mistake:
    identity = reading.read(text, desk.codes)
    if isinstance(identity, Identity):
        return commands.Identify(visit=visit, identity=identity)
    return Mistake(identity)


def _insurance_papers(desk: Desk, visit: str, sign: str, known: InsuranceFacts) -> Offer:
    """Which slips they brought, and what their card says where no kiosk read it."""
    slips = (
        Option(_TRANSFER, desk.say(words.TRANSFER_SLIP), bool(known.transfer)),
        Option(_REVISIT, desk.say(words.REVISIT_SLIP), bool(known.revisit)),
    )

    def made(answers: Answers) -> Command | Mistake:
        brought, typed = answers[0], answers[1][0]
        card = reading.insurance(typed)
        if card is None:
            return Mistake(words.NO_INSURANCE)
        told = structs.replace(card, transfer=_TRANSFER in brought, revisit=_REVISIT in brought)
        return commands.TellInsurance(visit=visit, insurance=told)

    return Offer(
        Action.INSURANCE_PAPERS,
        sign,
        (
            PickMany(desk.say(words.WHICH_SLIPS, sign=sign), slips, none=True),
            Write(desk.say(words.WHICH_INSURANCE, sign=sign), none=True),
        ),
        made,
    )


_TRANSFER, _REVISIT = "transfer", "revisit"


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

    found, known = desk.found, _found(desk)
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
    yield _another_day(desk, known)


def _found(desk: Desk) -> Identity | None:
    """Whoever was found by the number that was typed."""
    if desk.found is None:
        return None
    typed = reading.read(desk.found.number, desk.codes)
    return typed if isinstance(typed, Identity) else Identity(IdentityKind.TYPED, desk.found.number)


def _another_day(desk: Desk, known: Identity | None) -> Offer:
    """Whoever is not seen today is awaited when there is time for them, and comes with the card alone."""
    exams = tuple(
        Option(row.service, desk.say(row.name))
        for row in of(CatalogueService, desk.catalogue)
        if row.choosable
    )
    whom = () if known is not None else (Write(desk.say(words.BOOK_WHOM)),)

    def made(answers: Answers) -> Command | Mistake:
        *typed, exam, when = (answer[0] for answer in answers)
        who = known if known is not None else reading.read(typed[0], desk.codes)
        if not isinstance(who, Identity):
            return Mistake(who, 0)
        if not who.number:
            return Mistake(words.NUMBER_NEEDED, 0)
        at = reading.moment(when, desk.now, desk.zone)
        if at is None:
            return Mistake(words.NO_MOMENT)
        # Of this desk at this moment: nobody else books under it.
        reference = f"{desk.clinic[:20]}-{desk.now}"
        return commands.BookAppointment(appointment=reference, service=exam, at=at, identity=who)

    about = desk.found.name if desk.found is not None else ""
    questions = (*whom, Pick(desk.say(words.BOOK_WHAT), exams), Write(desk.say(words.BOOK_WHEN)))
    return Offer(Action.BOOK, about, questions, made)
