"""What is heard of a page: its words in the order in which they are read, numbers digit by digit. Pure."""

import re
from collections.abc import Iterator, Mapping

from kiosk.screens.page import Option, Page
from kiosk.texts import SENTENCES
from queue_server.protocol.clips import CLIPS
from queue_server.protocol.codes import Language

_ENGLISH = dict(
    zip(
        "0123456789",
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        strict=True,
    )
)
_NUMBER = re.compile(r"(?<!\w)[A-Z]\d{2,4}(?:-\d{3})?(?!\w)|(?<![\w:/])\d{3,}(?![\w:/])")
"""A ticket's number, or digits too many to be counted. Rooms and hours are counted."""
_NO_SOUND = str.maketrans(dict.fromkeys("■□●○→·▏◐…«»“”", " ") | {"–": ",", "\n": ", "})


def spoken(page: Page, ways: tuple[Option, ...], language: Language) -> str:
    """The sentences of a page and its buttons with the keys that press them."""
    key = SENTENCES[language].aloud_key
    return " ".join(
        sentence
        for said in _said(page, key, ways)
        if (sentence := _sentence(_spelled(said, _digits(language)).translate(_NO_SOUND)))
    )


def _said(page: Page, key: str, ways: tuple[Option, ...]) -> Iterator[str]:
    yield page.title
    if page.number:
        yield page.number
    for what, fact in page.facts:
        yield f"{what}: {fact}"
    for line in (*page.lines, *page.stops, *page.after):
        yield line.text
    for option in (*page.options, *ways):
        yield key.format(key=option.key, label=option.label) if option.key else option.label


def _sentence(said: str) -> str:
    plain = " ".join(said.split()).replace(" ,", ",").strip(" ,")
    return plain if not plain or plain[-1] in ".!?:" else f"{plain}."


def _digits(language: Language) -> Mapping[str, str]:
    """The names of signs, where a voice would count digits; letters it says by itself."""
    if language is Language.VI:
        kinds = ("digit_", "letter_")
        named = {
            clip.removeprefix(kind).upper(): said
            for kind in kinds
            for clip, said in CLIPS.items()
            if clip.startswith(kind)
        }
        return {**named, "-": ","}
    return {**(_ENGLISH if language is Language.EN else {}), "-": ","}


def _spelled(said: str, names: Mapping[str, str]) -> str:
    return _NUMBER.sub(lambda number: " ".join(names.get(sign, sign) for sign in number[0]), said)
