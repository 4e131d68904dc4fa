"""Which page a journey shows, in its language and on a screen of this size. Pure."""

from typing import assert_never

from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    AlreadyHere,
    Arranging,
    AskWho,
    Check,
    ChooseExam,
    ChooseRoute,
    Finding,
    Full,
    Issued,
    Journey,
    Looking,
    Numbers,
    OwnVisit,
    Scan,
    Sending,
    Stopped,
    Typing,
    Welcome,
    World,
)
from kiosk.screens.page import Line, Option, Page, Tone
from kiosk.screens.pages import beginning, choosing, ticket, trouble, visit, waiting
from kiosk.screens.pages.layout import Size, listed
from kiosk.screens.pages.telling import Telling
from kiosk.texts import SENTENCES

__all__ = ["Size", "page"]


def page(journey: Journey, world: World, size: Size) -> Page:
    """The page to show now."""
    words = SENTENCES[journey.language]
    seconds = walk.countdown(journey, world)
    if seconds is not None:
        return Page(
            "warning",
            words.warning_title,
            (Line(words.warning_text.format(seconds=seconds)),),
            listed((Option(words.warning_stay, Act.STAY, Tone.MAIN),)),
            back=False,
        )
    tell = Telling(journey, world, size, words)
    return beginning.languages(tell) if journey.picking else _page(tell)


def _page(tell: Telling) -> Page:
    match tell.journey.stage:
        case Welcome():
            return beginning.welcome(tell)
        case AskWho():
            return beginning.who(tell)
        case Scan() as stage:
            return beginning.scan(tell, stage)
        case Typing() as stage:
            return beginning.typing(tell, stage)
        case Numbers():
            return beginning.numbers(tell)
        case Check() as stage:
            return choosing.check(tell, stage)
        case ChooseRoute() as stage:
            return choosing.routes(tell, stage)
        case ChooseExam() as stage:
            return choosing.exams(tell, stage)
        case Full() as stage:
            return choosing.full(tell, stage)
        case Sending() | Looking() | Finding() as stage:
            return waiting.waiting(tell, stage)
        case Arranging():
            return waiting.arranging(tell)
        case Issued() as stage:
            return ticket.issued(tell, stage)
        case AlreadyHere() as stage:
            return ticket.already(tell, stage)
        case OwnVisit() as stage:
            return visit.own_visit(tell, stage)
        case Stopped() as stage:
            return trouble.stopped(tell, stage)
        case stage:
            assert_never(stage)
