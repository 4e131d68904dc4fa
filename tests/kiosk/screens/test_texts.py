import string
from collections.abc import Mapping
from dataclasses import fields

import pytest

from kiosk.devices.printer import Reason
from kiosk.identity import Why
from kiosk.texts import SENTENCES, Sentences
from queue_server.protocol.codes import Language, StepState

NAMES = [field.name for field in fields(Sentences)]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_is_there_in_both_languages_with_the_same_blanks(name: str) -> None:
    vi, en = (getattr(SENTENCES[language], name) for language in (Language.VI, Language.EN))
    if isinstance(vi, Mapping):
        assert vi.keys() == en.keys()
        assert all(vi.values())
        assert all(en.values())
    else:
        assert vi.strip() == vi != ""
        assert en.strip() == en != ""
        assert blanks(vi) == blanks(en)


@pytest.mark.parametrize("language", Language)
def test_every_reason_and_state_has_words(language: Language) -> None:
    words = SENTENCES[language]
    assert words.problems.keys() == set(Why)
    assert words.paper_reasons.keys() == set(Reason)
    assert words.stop_states.keys() == set(StepState)


def test_vietnamese_is_written_with_composed_letters() -> None:
    import unicodedata

    for name in NAMES:
        said = getattr(SENTENCES[Language.VI], name)
        for text in said.values() if isinstance(said, Mapping) else (said,):
            assert unicodedata.is_normalized("NFC", text)
