"""Which page a journey shows, in its language and on a screen of this size. Pure."""

from dataclasses import replace
from typing import assert_never

from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    AlreadyHere,
    Arranging,
    AskReferral,
    AskWho,
    Check,
    ChooseExam,
    ChooseRoute,
    Digits,
    Finding,
    Form,
    Full,
    Issued,
    Journey,
    Looking,
    Notice,
    Numbers,
    OneMore,
    OwnVisit,
    Scan,
    Sending,
    Steward,
    Stopped,
    Typing,
    Welcome,
    World,
)
from kiosk.screens.page import Line, Option, Page, Tone, Voice
from kiosk.screens.pages import beginning, choosing, form, steward, ticket, trouble, visit, waiting
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
    found = beginning.languages(tell) if journey.picking else _page(tell)
    return _without_quiet(found) if size.is_small else found


def _without_quiet(found: Page) -> Page:
    lines, after = (
        tuple(line for line in lines if line.voice is not Voice.QUIET) for lines in (found.lines, found.after)
    )
    return replace(found, lines=lines, after=after)


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
        case Digits() as stage:
            return form.digits(tell, stage)
        case Form() as stage:
            return form.form(tell, stage)
        case Notice() as stage:
            return form.notice(tell, stage)
        case Numbers():
            return beginning.numbers(tell)
        case Check() as stage:
            return choosing.check(tell, stage)
        case ChooseRoute() as stage:
            return choosing.routes(tell, stage)
        case AskReferral() as stage:
            return choosing.referral(tell, stage)
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
        case OneMore() as stage:
            return choosing.one_more(tell, stage)
        case Steward() as stage:
            return steward.handing_out(tell, stage)
        case Stopped() as stage:
            return trouble.stopped(tell, stage)
        case stage:
            assert_never(stage)
