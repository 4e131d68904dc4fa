"""Two languages are a switch, more are a page that lies over whatever goes on behind it."""

from dataclasses import replace

import pytest

from kiosk.journey import walk
from kiosk.journey.values import (
    Act,
    AskWho,
    Begin,
    Character,
    Check,
    Happening,
    Issued,
    Journey,
    Printed,
    Scan,
    Scanned,
    Speak,
    Tick,
    Welcome,
    Who,
    World,
)
from kiosk.journey.values import Paper as PaperState
from kiosk.screens.page import Means, Page
from kiosk.screens.pages import Size, page
from queue_server.protocol.codes import Language, PrintState
from tests.support.kiosk_parts import CARD_CODE, ticket, world

START = walk.begin(Language.VI, 0)
ALL = replace(world(), languages=tuple(Language))
WIDE, TALL = Size(67, 16), Size(56, 44)


def go(journey: Journey, *happenings: Happening, at: World = ALL) -> Journey:
    for happening in happenings:
        journey, _ = walk.step(journey, happening, at)
    return journey


def means(shown: Page) -> list[Means]:
    return [option.means for option in shown.options if not isinstance(option.means, Act)]


@pytest.mark.parametrize("size", [WIDE, TALL])
def test_two_languages_are_two_buttons_and_one_is_one(size: Size) -> None:
    assert means(page(START, world(), size)) == [Begin(Language.VI), Begin(Language.EN)]
    alone = replace(world(), languages=(Language.VI,))
    assert means(page(START, alone, size)) == [Begin(Language.VI)]


@pytest.mark.parametrize("size", [WIDE, TALL])
def test_more_languages_have_a_page_of_their_own(size: Size) -> None:
    shown = page(START, ALL, size)
    others = next(option for option in shown.options if option.means is Act.LANGUAGES)
    assert "English" in others.label
    assert "中文" in others.label
    picking = go(START, Act.LANGUAGES)
    assert means(page(picking, ALL, size)) == [Begin(language) for language in Language]
    begun = go(picking, Begin(Language.KM))
    assert (begun.language, begun.stage, begun.picking) == (Language.KM, AskWho(), False)


def test_the_language_changes_at_any_page_and_nothing_else_does() -> None:
    here = go(START, Begin(Language.VI), Act.LANGUAGES)
    assert means(page(here, ALL, WIDE))[0] == Speak(Language.VI)
    there = go(here, Speak(Language.JA))
    assert (there.stage, there.language, there.picking) == (AskWho(), Language.JA, False)


@pytest.mark.parametrize("leave", [Act.BACK, Act.LANGUAGES])
def test_the_languages_can_be_left_as_they_were(leave: Act) -> None:
    here = go(START, Begin(Language.EN), Act.LANGUAGES)
    assert go(here, Act.STAY).picking
    assert go(here, leave) == replace(here, picking=False)


def test_a_card_held_to_the_scanner_counts_even_then() -> None:
    here = go(replace(START, stage=Scan(Who.ME)), Act.LANGUAGES, Scanned(CARD_CODE))
    assert isinstance(here.stage, Check)
    assert not here.picking


def test_a_slip_is_followed_behind_the_languages() -> None:
    slip = ticket()
    here = go(replace(START, stage=Issued(slip)), Act.LANGUAGES)
    printed = Printed(slip.print, slip.number, PaperState(PrintState.ACKNOWLEDGED))
    after, told = walk.step(here, printed, ALL)
    assert after.picking
    assert isinstance(after.stage, Issued)
    assert after.stage.paper.state is PrintState.ACKNOWLEDGED
    assert told


def test_who_walks_away_from_the_languages_is_forgotten() -> None:
    later = replace(ALL, now=walk.IDLE + walk.WARNING)
    assert go(go(START, Act.LANGUAGES), Tick(), at=later) == replace(START, touched=0)
    gone = go(go(START, Begin(Language.EN), Act.LANGUAGES), Tick(), at=later)
    assert (gone.stage, gone.language, gone.picking) == (Welcome(), Language.VI, False)


def test_a_stray_digit_closes_the_languages() -> None:
    assert not go(START, Act.LANGUAGES, Character("9")).picking
