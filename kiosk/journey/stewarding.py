"""Card after card: somebody with a scanner registers who stands in line, and the numbers come out in order.

No card waits for the one before: while one prints, the next is taken. Names are forgotten after a moment; who
scans a card twice gets the number it has.
"""

from dataclasses import replace

from kiosk.identity import Why
from kiosk.journey.choosing import wished
from kiosk.journey.moves import Step, go
from kiosk.journey.slips import news_of
from kiosk.journey.values import (
    Answered,
    Check,
    Handed,
    Journey,
    Person,
    Printed,
    PrintSlip,
    Steward,
    Submit,
    Who,
    World,
)
from queue_server.protocol.codes import Refusal
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Ticket

FORGOTTEN = 20_000
"""ms after which a name is gone from the screen."""
KEPT = 6
"""How many of the last numbers stay."""
AT_ONCE = 24
"""Cards on their way to a slow server; the next has to wait."""


def taken(journey: Journey, stage: Steward, found: Person | Why, world: World) -> Step:
    """A card was scanned, or something that was no use."""
    if isinstance(found, Why):
        shown = stage.shown if stage.typed is not None else None
        return go(journey, replace(stage, problem=found, shown=shown)), ()
    same = next((one for one in stage.handed if one.person == found and not one.refused), None)
    if same is not None:
        return go(journey, replace(stage, problem=None, shown=same.wish, typed=None)), ()
    route = world.catalogue.route(stage.route)
    if route is None or sum(not _is_answered(one) for one in stage.handed) >= AT_ONCE:
        return journey, ()
    check = Check(Who.ME, found, stage.priority, help=stage.help)
    wish = journey.wishes + 1
    handed = (Handed(wish, world.now, found), *stage.handed)
    after = Steward(stage.route, _latest(handed), shown=wish)
    # The next one's ticket is in the kiosk's own language again.
    home = replace(journey, stage=after, language=journey.home, wishes=wish)
    return home, (Submit(wish, wished(journey, route, check)),)


def answered(journey: Journey, stage: Steward, answered: Answered) -> Step | None:
    """The server's word on one card; None: it is not about any of these."""
    one = next((one for one in stage.handed if one.wish == answered.wish), None)
    if one is None:
        return None
    if _is_answered(one):
        return journey, ()
    reply = answered.reply
    if isinstance(reply, Accepted) and isinstance(reply.result, Ticket):
        ticket = reply.result
        told = replace(one, number=ticket.number, print=ticket.print)
        return go(journey, _changed(stage, told)), (PrintSlip(ticket),)
    number = reply.facts.get("number") if isinstance(reply, Rejected) else None
    if isinstance(reply, Rejected) and reply.code is Refusal.ALREADY_HERE and isinstance(number, str):
        return go(journey, _changed(stage, replace(one, number=number, again=True))), ()
    return go(journey, _changed(stage, replace(one, refused=True))), ()


def printed(journey: Journey, stage: Steward, printed: Printed) -> Step:
    """The printer's word on one slip: for the screen, and for the server."""
    handed = tuple(
        replace(one, paper=printed.paper) if one.print == printed.print else one for one in stage.handed
    )
    return go(journey, replace(stage, handed=handed)), news_of(printed)


def faded(journey: Journey, stage: Steward, world: World) -> Journey:
    """Nobody's name stays, nor a number that somebody began to type; the large number makes room for the next
    card's."""
    if stage.typed is not None and world.now - journey.touched >= FORGOTTEN:
        stage = replace(stage, typed=None, problem=None)
        journey = go(journey, stage)
    if all(one.person is None or world.now - one.since < FORGOTTEN for one in stage.handed):
        return journey
    handed = tuple(
        one if world.now - one.since < FORGOTTEN else replace(one, person=None) for one in stage.handed
    )
    return go(journey, replace(stage, handed=_latest(handed)))


def _changed(stage: Steward, told: Handed) -> Steward:
    handed = tuple(told if one.wish == told.wish else one for one in stage.handed)
    return replace(stage, handed=_latest(handed))


def _latest(handed: tuple[Handed, ...]) -> tuple[Handed, ...]:
    """The last few, and whoever still waits for an answer."""
    return tuple(one for place, one in enumerate(handed) if place < KEPT or not _is_answered(one))


def _is_answered(one: Handed) -> bool:
    return bool(one.number) or one.refused
