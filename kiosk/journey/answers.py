"""What follows from the server's answers."""

from dataclasses import replace

from kiosk.journey import stewarding
from kiosk.journey.choosing import goes_on
from kiosk.journey.moves import Step, go
from kiosk.journey.sending import look
from kiosk.journey.slips import LEFT, arranged, confirm
from kiosk.journey.values import (
    Aim,
    AlreadyHere,
    Answered,
    Arranging,
    Check,
    Finding,
    Full,
    Issued,
    Journey,
    Looked,
    Looking,
    OwnVisit,
    Paper,
    PrintSlip,
    Recall,
    Sending,
    Steward,
    Stopped,
    Trouble,
    Welcome,
    World,
)
from queue_server.protocol.codes import AppointmentState, IdentityKind, KioskMode, PrintState, Refusal
from queue_server.protocol.commands import Command, Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import AppointmentTold, TicketState
from queue_server.protocol.results import Ticket

ARRANGING = 1_000
"""ms beyond the moment until which the HIS is asked for a room: for the answer's way back."""
_GONE = frozenset({Refusal.UNKNOWN_VISIT, Refusal.UNKNOWN_STEP, Refusal.VISIT_ENDED})
_NO_LONGER = frozenset({Refusal.UNKNOWN_STEP, Refusal.WRONG_STATE, Refusal.GATE_SHUT})
"""Somebody was faster than who says that they are ready."""


def answered(journey: Journey, answered: Answered, world: World) -> Step:
    """The server's word on a wish."""
    stage, reply = journey.stage, answered.reply
    if isinstance(stage, Steward):
        step = stewarding.answered(journey, stage, answered)
        if step is not None:
            return step
    ticket = reply.result if isinstance(reply, Accepted) and isinstance(reply.result, Ticket) else None
    if not isinstance(stage, Sending) or stage.wish != answered.wish:
        if ticket is None:
            return journey, ()
        if world.mode is KioskMode.STEWARD and isinstance(stage, Welcome | Steward):
            # They chose for the next ones already, and stand there with whom this is for.
            return journey, (PrintSlip(ticket),)
        # The patient has left. A slip now would fall into the next one's hands: staff are told instead,
        # and the same card prints it at any kiosk.
        return journey, (confirm(ticket.print, ticket.number, Paper(PrintState.STALLED, LEFT)),)
    journey = replace(journey, touched=world.now, warned=False)
    if ticket is not None:
        wish = answered.command
        # Of a visit that only this kiosk knows yet, nothing more can be told.
        needed = wish.help if isinstance(wish, Register) and ticket.visit else None
        if ticket.pending_until is None:
            return go(journey, Issued(ticket, help=needed)), (PrintSlip(ticket),)
        asks_for = ticket.pending_until - ticket.printed_at + ARRANGING
        return arranged(journey, Arranging(ticket, world.now + asks_for, needed), world)
    if isinstance(reply, Rejected):
        return _rejected(journey, stage, reply, answered.command, world)
    return look(journey, world, stage.token, done=stage.aim)


def _rejected(journey: Journey, stage: Sending, reply: Rejected, wish: Command | None, world: World) -> Step:
    number, token = reply.facts.get("number"), reply.facts.get("token")
    if reply.code is Refusal.ALREADY_HERE and isinstance(number, str) and isinstance(token, str):
        if stage.typed:
            who = wish.identity if isinstance(wish, Register) else None
            by_number = who is not None and who.kind is IdentityKind.TYPED
            return go(journey, AlreadyHere(number, "" if by_number else token)), ()
        return look(journey, world, token, already=number)
    if reply.code is Refusal.SESSION_FULL and isinstance(wish, Register) and wish.identity is not None:
        later_at = reply.facts.get("later_at")
        return go(journey, Full(wish, later_at if isinstance(later_at, int) else None)), ()
    if reply.code in (Refusal.INTAKE_STOPPED, Refusal.SESSION_FULL):
        return go(journey, Stopped(Trouble.INTAKE)), ()
    if reply.code is Refusal.UNKNOWN_APPOINTMENT:
        # Cancelled, or moved to another day, between the look at it and the wish.
        cancelled = reply.facts.get("state") == AppointmentState.CANCELLED
        return go(journey, Stopped(Trouble.CANCELLED if cancelled else Trouble.NO_APPOINTMENT)), ()
    another_day = reply.facts.get("until")
    if reply.code is Refusal.TOO_SOON and stage.aim is Aim.TICKET and isinstance(another_day, int):
        return go(journey, Stopped(Trouble.ANOTHER_DAY, at=another_day)), ()
    is_overtaken = stage.aim is Aim.READY and reply.code in _NO_LONGER
    if is_overtaken or (stage.aim is Aim.REJOIN and reply.code not in _GONE):
        # Called meanwhile, or taken back by staff: what holds now is what the patient needs.
        return look(journey, world, stage.token)
    if stage.aim is Aim.MORE and reply.code not in _GONE:
        # Ordered already, or not to be had now: what there is shows, and a desk can do more.
        full = reply.code in (Refusal.SESSION_FULL, Refusal.INTAKE_STOPPED)
        trouble = Stopped(Trouble.INTAKE if full else Trouble.REFUSED, None if full else reply.code)
        return go(journey, trouble), ()
    if stage.aim is not Aim.TICKET and reply.code in _GONE:
        return go(journey, Stopped(Trouble.OLD_TICKET)), ()
    return go(journey, Stopped(Trouble.REFUSED, reply.code)), ()


def looked(journey: Journey, looked: Looked, world: World) -> Step:
    """The server's word on a question."""
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
            return go(journey, visit), ()
        case _ if stage.already:
            return go(journey, AlreadyHere(stage.already, stage.token)), ()
        case Rejected(code=Refusal.UNKNOWN_VISIT):
            return go(journey, Stopped(Trouble.OLD_TICKET)), ()
        case Rejected(code=code):
            return go(journey, Stopped(Trouble.REFUSED, code)), ()
        case AppointmentTold() | None:
            return go(journey, Stopped(Trouble.NO_ANSWER)), ()


def _recalled(journey: Journey, check: Check, looked: Looked, world: World) -> Step:
    answer = looked.answer
    held = answer if isinstance(answer, TicketState) and answer.token and answer.ended is None else None
    booked = answer if isinstance(answer, AppointmentTold) else None
    check = replace(check, recall=replace(check.recall, wish=None, held=held, booked=booked))
    if check.recall.agreed:
        return goes_on(journey, check, world)
    return go(journey, check), ()


def _found(journey: Journey, finding: Finding, looked: Looked) -> Journey:
    """An appointment of today is checked like a card; one that was kept already leads to its number."""
    match looked.answer:
        case AppointmentTold(state=AppointmentState.CANCELLED):
            return go(journey, Stopped(Trouble.CANCELLED))
        case AppointmentTold(today=False, at=at):
            return go(journey, Stopped(Trouble.ANOTHER_DAY, at=at))
        case AppointmentTold() as booked:
            return go(journey, Check(finding.who, finding.code, recall=Recall(booked=booked)))
        case Rejected(code=Refusal.UNKNOWN_APPOINTMENT):
            return go(journey, Stopped(Trouble.NO_APPOINTMENT))
        case Rejected(code=code):
            return go(journey, Stopped(Trouble.REFUSED, code))
        case TicketState() | None:
            # No word in time: a desk finds out what the code stands for.
            return go(journey, Check(finding.who, finding.code))
