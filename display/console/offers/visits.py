"""What concerns a visit rather than a turn."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import IN_HAND, Desk, of, sign_of
from display.console.offers.asked import AWAY_MINUTES, MINUTE, reasons_of, services_in_order, why
from display.console.offers.values import Answers, Mistake, Offer, Option, Pick, PickMany, Write
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    ClinicKind,
    Help,
    Lane,
    PresenceKind,
    PrintState,
    ReasonKind,
)
from queue_server.protocol.commands import Command
from queue_server.protocol.rows import (
    ClinicStep,
    FacilityClinic,
)


def whole_visit(desk: Desk) -> Iterable[Offer]:
    """What concerns a visit rather than a turn: of the scanned visit, else of the step in focus."""
    step = desk.focus
    if step is not None:
        visit, sign, key = step.visit, sign_of(step), step.key
        helps: tuple[Help, ...] = step.help
        here = step if step.state in IN_HAND and desk.is_here(step) else None
    elif desk.chosen is not None:
        visit, sign, key, here = desk.chosen.visit, desk.chosen.number, "", None
        helps = next((each.help for each in desk.steps), ())
    else:
        return
    if desk.visit is not None and desk.visit.ended:
        yield Offer(Action.JOURNAL, sign)
        return
    missed = desk.chosen.missed if desk.chosen and step is None else None
    if missed:
        yield Offer(Action.BACK, sign, (), lambda _: commands.Rejoin(step=missed))
    yield from _orders(desk, visit, sign, here)
    yield Offer(
        Action.ATTACH,
        sign,
        (Write(desk.say(words.ROOM_AND_NUMBER, sign=sign)),),
        lambda answers: attach(desk, visit, answers[0][0]),
    )
    lanes = reasons_of(desk, ReasonKind.LANE)
    if lanes:
        yield Offer(
            Action.LANE,
            sign,
            (
                Pick(
                    desk.say(words.WHICH_LANE, sign=sign),
                    tuple(Option(lane.value, desk.say(label)) for lane, label in texts.LANES.items()),
                ),
                Pick(why(desk, Action.LANE, sign), lanes),
            ),
            lambda answers: commands.ChangeLane(visit=visit, lane=Lane(answers[0][0]), reason=answers[1][0]),
        )
    yield _presence(desk, visit, sign)
    yield Offer(
        Action.HELP_FLAGS,
        sign,
        (
            PickMany(
                desk.say(words.WHICH_HELP, sign=sign),
                tuple(
                    Option(flag.value, desk.say(label), flag in helps) for flag, label in texts.HELPS.items()
                ),
                none=True,
            ),
        ),
        lambda answers: commands.SetHelp(visit=visit, help=tuple(Help(value) for value in answers[0])),
    )
    cancels = reasons_of(desk, ReasonKind.CANCEL)
    if cancels:
        whole = (Option("", desk.say(words.CANCEL_VISIT)),)
        scope = (Option(key, desk.say(words.CANCEL_STEP)), *whole) if key else whole
        yield Offer(
            Action.CANCEL,
            sign,
            (
                Pick(desk.say(words.CANCEL_WHAT, sign=sign), scope),
                Pick(why(desk, Action.CANCEL, sign), cancels),
            ),
            lambda answers: commands.Cancel(visit=visit, reason=answers[1][0], step=answers[0][0] or None),
        )
    if desk.card is not None and desk.card.printer:
        place = desk.card.key
        yield Offer(Action.SLIP, sign, (), lambda _: commands.PrintAtClinic(clinic=place, visit=visit))
    yield Offer(Action.REPRINT, sign)
    yield from _papers(desk, sign)
    yield Offer(Action.JOURNAL, sign)


def _papers(desk: Desk, sign: str) -> Iterable[Offer]:
    papers = tuple(
        Option(paper.print, f"{paper.number} – {desk.time(paper.at)} – {paper.kiosk}")
        for paper in desk.papers
        if paper.state is not PrintState.VOIDED
    )
    reasons = reasons_of(desk, ReasonKind.VOID)
    if papers and reasons:
        yield Offer(
            Action.VOID,
            sign,
            (
                Pick(desk.say(words.WHICH_PAPER, sign=sign), papers),
                Pick(why(desk, Action.VOID, sign), reasons),
            ),
            lambda answers: commands.VoidPrint(print=answers[0][0], reason=answers[1][0]),
        )


def _orders(desk: Desk, visit: str, sign: str, here: ClinicStep | None) -> Iterable[Offer]:
    services = tuple(
        Option(row.service, desk.say(row.name))
        for row in services_in_order(desk)
        if here is None or row.service != here.service
    )
    if not services:
        return
    many = PickMany(desk.say(words.WHICH_ORDERS, sign=sign), services)
    if here is None:
        yield Offer(
            Action.ORDER,
            sign,
            (many,),
            lambda answers: commands.AddSteps(visit=visit, orders=_ordered(answers[0])),
        )
        return
    back = Pick(
        desk.say(words.COME_BACK),
        (Option("back", desk.say(words.BACK_HERE)), Option("", desk.say(words.NOT_BACK))),
    )
    yield Offer(
        Action.ORDER,
        sign,
        (many, back),
        lambda answers: commands.AddSteps(
            visit=visit, orders=_ordered(answers[0]), step=here.key, back=answers[1][0] == "back"
        ),
    )


def _ordered(services: Iterable[str]) -> tuple[commands.Order, ...]:
    return tuple(commands.Order(service=service) for service in services)


def _presence(desk: Desk, visit: str, sign: str) -> Offer:
    hall = desk.card.hall if desk.card else None
    options = (
        Option("here", desk.say(words.IS_HERE)),
        *(
            Option(str(at), desk.say(words.AWAY_UNTIL, time=desk.time(at)))
            for at in (desk.now + minutes * MINUTE for minutes in AWAY_MINUTES)
        ),
        Option("unknown", desk.say(words.NOT_KNOWN)),
    )

    def make(answers: Answers) -> Command:
        answer = answers[0][0]
        if answer == "here":
            return commands.SetPresence(visit=visit, presence=PresenceKind.HERE, hall=hall)
        if answer == "unknown":
            return commands.SetPresence(visit=visit, presence=PresenceKind.UNKNOWN)
        return commands.SetPresence(visit=visit, presence=PresenceKind.AWAY, until=int(answer))

    return Offer(Action.PRESENCE, sign, (Pick(desk.say(words.WHERE_IS, sign=sign), options),), make)


def attach(desk: Desk, visit: str, text: str) -> Command | Mistake:
    """The command for what a clerk typed: a room, and the HIS's number in that room if there is one."""
    room, _, number = text.strip().partition(" ")
    places = [row for row in of(FacilityClinic, desk.facility) if row.room.casefold() == room.casefold()]
    places.sort(key=lambda row: (row.kind is not ClinicKind.EXAM, row.key))
    if not room or not places:
        return Mistake(texts.fill(words.NO_SUCH_ROOM, {"room": room}))
    sign = number.strip().upper()
    if len(sign) > 12:
        return Mistake(words.SIGN_TOO_LONG)
    place = places[0]
    return commands.Attach(
        visit=visit,
        clinic=place.clinic,
        service=place.services[0] if len(place.services) == 1 else None,
        call_sign=sign or None,
    )
