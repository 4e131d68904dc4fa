import string
from collections.abc import Mapping
from dataclasses import fields, replace

import pytest

from kiosk.identity import Why
from kiosk.journey import walk
from kiosk.journey.values import Aim, Answered, Looking, Sending, Stopped, Trouble
from kiosk.screens.pages import Size, page
from kiosk.texts import SENTENCES, Sentences
from queue_server.engine.preparation import NEED_GATES
from queue_server.protocol.codes import (
    GateName,
    IdentityKind,
    Language,
    Need,
    PrintReason,
    Refusal,
    StepState,
)
from queue_server.protocol.commands import Identity, Register
from queue_server.protocol.messages import Rejected
from tests.support.kiosk_parts import TOKEN, world

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
    # Why nothing was sent to a printer; of what was sent there is one thing to say.
    assert words.paper_reasons.keys() == {
        PrintReason.PAPER,
        PrintReason.COVER,
        PrintReason.OFFLINE,
        PrintReason.ERROR,
        PrintReason.UNREACHABLE,
        PrintReason.BUSY,
        PrintReason.SILENT,
        PrintReason.GARBLED,
    }
    assert words.stop_states.keys() == set(StepState)
    assert words.stop_needs.keys() == set(Need)
    # What patients may say of themselves, and that they are back with results.
    assert words.ready.keys() == {*NEED_GATES, GateName.RESULT}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("aim", Aim)
@pytest.mark.parametrize("code", Refusal)
def test_every_refusal_ends_in_words_and_a_way_on(aim: Aim, code: Refusal, language: Language) -> None:
    wish = Register(payer="fee", kind="exam", service="general", identity=Identity(IdentityKind.TYPED, "1"))
    waiting = replace(walk.begin(language, 0), stage=Sending(1, aim, 0, TOKEN), wishes=1)
    journey, asked = walk.step(waiting, Answered(1, Rejected(id="x", code=code), wish), world())
    if asked:
        # Told by a fresh look at the ticket instead.
        assert isinstance(journey.stage, Looking)
        return
    for size in (Size(67, 16), Size(56, 44)):
        shown = page(journey, world(), size)
        assert shown.title
        assert shown.options
        assert all(option.label for option in shown.options)
        if journey.stage == Stopped(Trouble.REFUSED, code):
            # The code is small, for the one who helps; the patient reads where to go.
            assert [line.text for line in shown.lines] == [SENTENCES[language].refused_text, code.value]
        else:
            assert code.value not in str(shown)


PLAINLY_SAID = {
    Refusal.INTAKE_STOPPED: "không nhận thêm lượt",
    Refusal.SESSION_FULL: "không nhận thêm lượt",
    Refusal.UNKNOWN_APPOINTMENT: "Không tìm thấy lịch hẹn",
}


@pytest.mark.parametrize("code", PLAINLY_SAID)
def test_what_patients_can_do_something_about_is_said_plainly(code: Refusal) -> None:
    waiting = replace(walk.begin(Language.VI, 0), stage=Sending(1, Aim.TICKET, 0), wishes=1)
    journey, _ = walk.step(waiting, Answered(1, Rejected(id="x", code=code)), world())
    assert PLAINLY_SAID[code] in page(journey, world(), Size(67, 16)).title


def test_vietnamese_is_written_with_composed_letters() -> None:
    import unicodedata

    for name in NAMES:
        said = getattr(SENTENCES[Language.VI], name)
        for text in said.values() if isinstance(said, Mapping) else (said,):
            assert unicodedata.is_normalized("NFC", text)
