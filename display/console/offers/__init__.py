"""What a clinic's console may do now, as values. Pure.

Each offer has a key, its words, what has to be asked first, and the command that comes of the answers. A
command carries what the screen showed at that moment. What may not be done now is not offered.
"""

from collections.abc import Iterable

from display.console import words
from display.console.desk import SEES_THE_HOUSE, Desk
from display.console.offers.asked import OVER_ALL, alert_words
from display.console.offers.house import of_the_house
from display.console.offers.papers import of_the_papers
from display.console.offers.persons import of_the_person
from display.console.offers.place import clinic_options, of_the_place, practitioners
from display.console.offers.proposals import difference, differences, moves
from display.console.offers.turns import absent, calling, in_hand, selected
from display.console.offers.values import (
    Answers,
    Mistake,
    Offer,
    Option,
    Pick,
    PickMany,
    Question,
    Sure,
    Write,
    matching,
)
from display.console.offers.visits import attach, whole_visit
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.rows import Alert

__all__ = [
    "Answers",
    "Mistake",
    "Offer",
    "Option",
    "Pick",
    "PickMany",
    "Question",
    "Sure",
    "Write",
    "absent",
    "attach",
    "clinic_options",
    "difference",
    "matching",
    "offers",
    "practitioners",
]


def offers(desk: Desk) -> tuple[Offer, ...]:
    """What may be done now, in the order of the footer: the one in hand, the selected one, the place."""
    card = desk.card
    made: list[Offer] = []
    if card is not None:
        made += calling(desk, card)
        made += in_hand(desk, card)
        made += selected(desk, card)
        made += of_the_person(desk)
        made += whole_visit(desk)
        made += of_the_place(desk, card)
        made += moves(desk, card)
    made += differences(desk)
    if desk.role in OVER_ALL:
        made += of_the_house(desk)
    made += _always(desk)
    return tuple(made)


def _seen(alert: Alert) -> Offer:
    return Offer(Action.SEEN, make=lambda _: commands.AcknowledgeAlert(alert=alert.alert))


def _always(desk: Desk) -> Iterable[Offer]:
    for alert in (*desk.calls_for_help, *desk.emergencies)[:1]:
        yield _seen(alert)
    if desk.alerts:
        options = tuple(Option(alert.alert, alert_words(desk, alert)) for alert in desk.alerts)
        yield Offer(
            Action.ALERT,
            "",
            (Pick(desk.say(words.WHICH_ALERT), options),),
            lambda answers: commands.AcknowledgeAlert(alert=answers[0][0]),
        )
    if desk.role in SEES_THE_HOUSE:
        yield from of_the_papers(desk)
    if desk.facility:
        yield Offer(Action.OVERVIEW)
        if desk.role in OVER_ALL:
            yield Offer(Action.DEVICES)
        if desk.role in SEES_THE_HOUSE:
            yield Offer(Action.APPOINTMENTS)
    yield Offer(Action.FIND)
    yield Offer(Action.CHOOSE)
    yield Offer(Action.LANGUAGE)
    yield Offer(Action.HELP)
    yield Offer(Action.QUIT)
