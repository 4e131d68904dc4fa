"""Every screen has a way to the other languages; drafts are for reviewers alone, and say so everywhere."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from msgspec import structs
from textual.pilot import Pilot

from kiosk.app import DRAFT, Kiosk, Settings
from kiosk.journey.values import AskWho, Check, Who
from kiosk.texts import SENTENCES
from kiosk.widgets.choice import Choice
from queue_server.protocol.codes import Language
from queue_server.protocol.rows import CatalogueFacility
from tests.kiosk.screens.test_screens import SIZES, drawn, keys, put, said, tap
from tests.support.fit import misfits
from tests.support.kiosk_parts import CARD, catalogue_rows
from tests.support.still_connection import StillConnection

LARGE = ((53, 13), (45, 35))
Scene = Callable[[Kiosk, "Pilot[None]"], Awaitable[None]]


def play(
    scene: Scene,
    languages: tuple[Language, ...],
    size: tuple[int, int] = (67, 16),
    *,
    unreviewed: bool = True,
) -> None:
    """Run the kiosk of a site that lists these languages."""

    async def acted() -> None:
        app = Kiosk(
            Settings(
                "kiosk-1",
                ("ws://127.0.0.1:1/ws",),
                "token",
                "tcp://127.0.0.1:1",
                rest=0.0,
                unreviewed=unreviewed,
            ),
            StillConnection,
        )
        rows = catalogue_rows()
        facility = rows["facility"]
        assert isinstance(facility, CatalogueFacility)
        rows["facility"] = structs.replace(facility, languages=languages)
        cast(StillConnection, app.connection).known["catalogue"] = rows
        app.rows_changed()
        async with app.run_test(size=size) as pilot:
            async with asyncio.timeout(60):
                await drawn(app, pilot)
                await scene(app, pilot)

    asyncio.run(acted())


def labels(app: Kiosk) -> list[str]:
    return [choice.label for choice in app.screen.query(Choice)]


def test_a_site_may_offer_one_language_and_then_there_is_nothing_to_switch() -> None:
    async def scene(app: Kiosk, pilot: "Pilot[None]") -> None:
        await put(app, pilot, AskWho())
        assert "English" not in labels(app)
        await keys(app, pilot, "f2")
        assert app.journey.language is Language.VI

    play(scene, (Language.VI,), unreviewed=False)


def test_a_draft_is_offered_to_nobody_whatever_the_site_says() -> None:
    async def scene(app: Kiosk, pilot: "Pilot[None]") -> None:
        assert app.languages == (Language.VI, Language.EN)
        await put(app, pilot, AskWho())
        assert "English" in labels(app)
        for _ in range(2):
            await keys(app, pilot, "f2")
        assert app.journey.language is Language.VI

    play(scene, (Language.VI, Language.EN, Language.KM, Language.ZH), unreviewed=False)


@pytest.mark.parametrize("size", SIZES[:2])
def test_a_reviewer_reaches_every_language_from_any_page(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, pilot: "Pilot[None]") -> None:
        for language in (Language.KM, Language.ZH, Language.KO, Language.JA):
            await put(app, pilot, Check(Who.ME, CARD))
            await tap(app, pilot, "English …")
            assert said(app).count(SENTENCES[language].own_name) >= 1
            await tap(app, pilot, SENTENCES[language].own_name)
            assert app.journey.language is language
            assert SENTENCES[language].check_title in said(app).replace("\u200b", "")
            assert DRAFT in said(app)

    play(scene, (Language.VI, Language.EN), size)


@pytest.mark.parametrize("size", [*SIZES, *LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_languages_fit_every_screen(size: tuple[int, int]) -> None:
    async def scene(app: Kiosk, pilot: "Pilot[None]") -> None:
        assert misfits(app, Language.VI) == []
        await keys(app, pilot, "2")
        assert app.journey.picking
        assert misfits(app, Language.VI) == []
        await keys(app, pilot, "4")
        assert (app.journey.language, app.journey.stage) == (Language.ZH, AskWho())

    play(scene, (Language.VI,), size)


def test_f2_goes_round_all_languages() -> None:
    async def scene(app: Kiosk, pilot: "Pilot[None]") -> None:
        seen = []
        for _ in Language:
            await keys(app, pilot, "f2")
            seen.append(app.journey.language)
        assert seen == [*list(Language)[1:], Language.VI]

    play(scene, (Language.VI, Language.EN))
