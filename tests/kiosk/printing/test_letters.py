"""Every letter of every language is in its ticket's font, and lines break where a reader would."""

from importlib.machinery import ModuleSpec

import pytest
from msgspec import structs

from kiosk import letters, paper, raster
from kiosk.slip import DEFAULT_TEXTS, Size, Text
from kiosk.texts import LANGUAGES
from kiosk.texts.catalogs import catalog
from queue_server.protocol.codes import Language
from tests.support import kiosk_parts

UNASSIGNED = "\U0010ffff"


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_a_catalog_is_in_its_font(language: Language, bold: bool) -> None:
    font = letters.font(40, bold=bold, script=language)
    lacking = set()
    for letter in {letter for said in catalog(language).said.values() for letter in said} - {
        letters.BREAK,
        " ",
    }:
        [(face, _)] = font._runs(letter)
        if bytes(face.getmask(letter)) == bytes(face.getmask(UNASSIGNED)):
            lacking.add(letter)
    assert lacking == set()


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
@pytest.mark.parametrize("bold", [False, True])
def test_every_letter_of_the_ticket_is_in_the_first_font(language: Language, bold: bool) -> None:
    face = letters._latin(40, bold)
    said = "".join(words[language] for words in DEFAULT_TEXTS.values())
    missing = bytes(face.getmask(UNASSIGNED))
    assert {letter for letter in said if letter != " " and bytes(face.getmask(letter)) == missing} == set()


def test_the_same_character_is_written_as_its_readers_write_it() -> None:
    drawn = {
        language: raster.draw([Text("直骨", Size.TITLE)], script=language).tobytes()
        for language in (Language.ZH, Language.JA)
    }
    assert drawn[Language.ZH] != drawn[Language.JA]


def test_khmer_letters_join() -> None:
    font = letters.font(40, bold=False, script=Language.KM)
    assert font.length("ក្រ") < font.length("ក") + font.length("រ") + font.length("្")
    # The second consonant hangs below the first one, lower than any letter that stands alone.
    assert _depth("ក្ម") > _depth("ក") + 4


def _depth(text: str) -> int:
    mask = letters.font(40, bold=False, script=Language.KM).mask(text)
    box = mask.getbbox()
    assert box is not None
    return int(box[3])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [Size.NOTE, Size.STRONG])
def test_lines_below_each_other_do_not_touch(language: Language, size: Size) -> None:
    font = letters.font(raster.HEIGHTS[size], bold=True, script=language)
    for said in sorted(set(catalog(language).said.values())):
        mask = font.mask(said)
        ink = mask.getbbox()
        assert ink is not None
        assert 0 < ink[1] < ink[3] < mask.height, f"cut off: {said}"
        assert ink[3] - ink[1] <= font.height(said), said


@pytest.mark.parametrize("room", [130, 300])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_wrapped_and_never_cut_off(language: Language, room: int) -> None:
    font = letters.font(27, bold=False, script=language)
    for said in catalog(language).said.values():
        lines = letters.wrap(said, font, room)
        assert "".join(lines).replace(" ", "") == said.replace(" ", "").replace(letters.BREAK, "")
        assert all(font.length(line) <= room for line in lines)


def test_no_line_begins_or_ends_where_it_must_not() -> None:
    font = letters.font(27, bold=False, script=Language.JA)
    text = "呼び出しを逃したら、待合所で「この札」を読み取ってください。" * 4
    for room in range(100, 420, 7):
        lines = letters.wrap(text, font, room)
        assert len(lines) > 1
        assert not any(line[0] in "、。」って" for line in lines if line[0] != "て")
        assert not any(line.endswith("「") for line in lines)


def test_khmer_breaks_between_words_and_shows_no_gap_there() -> None:
    font = letters.font(27, bold=False, script=Language.KM)
    words = ["ស្កេន", "សំបុត្រ", "នេះ", "ម្ដង", "ទៀត", "នៅ", "កន្លែង", "រង់ចាំ"]
    text = letters.BREAK.join(words)
    assert font.length(text) == font.length("".join(words))
    for line in letters.wrap(text, font, 200):
        assert line in {"".join(words[a:b]) for a in range(8) for b in range(a + 1, 9)}


def test_korean_breaks_between_words() -> None:
    font = letters.font(27, bold=False, script=Language.KO)
    text = "차례를 놓치면 대기 구역에서 이 번호표를 다시 스캔하세요."
    assert " ".join(letters.wrap(text, font, 200)) == text


def test_without_the_fonts_a_ticket_is_in_vietnamese_and_english(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, ModuleSpec] = {}
    monkeypatch.setattr(letters, "find_spec", nothing.get)
    assert "languages" in letters.missing(Language.KM)
    assert letters.missing(Language.VI) == ""
    facility = kiosk_parts.catalogue().facility
    khmer = structs.replace(kiosk_parts.ticket(), language=Language.KM)
    assert paper.job(khmer, facility, 576) == paper.job(kiosk_parts.ticket(), facility, 576)


def test_without_raqm_khmer_is_not_printed_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.features.check", lambda feature: feature != "raqm")
    assert "Raqm" in letters.missing(Language.KM)
    assert letters.missing(Language.JA) == ""


def test_what_the_site_words_itself_is_english_to_other_readers() -> None:
    facility = kiosk_parts.catalogue().facility
    assert facility is not None
    worded = structs.replace(facility, texts_vi={"title": "PHIẾU KHÁM"}, texts_en={"title": "Slip"})
    words = paper._words(Language.KM, worded)
    assert "km" not in words["title"]
    assert words["title"]["en"] == "Slip"
    assert words["your_number"]["km"]
