"""A ticket's template: what a site may change, what it may not, and how it is told what is wrong."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.layout import REQUIRED, STANDARD, Kind, LayoutMistakes, Template, arrange, load, standard_text
from kiosk.slip import Align, Band, Block, Code, Pair, Picture, Priority, Rule, Size, Slip, Stop, Text
from queue_server.protocol.codes import Language, Need

SLIP = Slip(
    facility={"vi": "Bệnh viện Mẫu", "en": "Sample Hospital"},
    number="A045",
    place={"vi": "Nội tổng hợp", "en": "General Internal Medicine"},
    printed=datetime(2026, 11, 23, 7, 42, tzinfo=UTC),
    code="DL:0123456789ABCDEF",
    ahead=12,
)
PNG = b"\x89PNG\r\n\x1a\n"


def block(kind: Kind | str, *more: str) -> str:
    return "\n".join(("[[block]]", f'kind = "{kind}"', *more, ""))


WHOLE = "\n".join(block(kind) for kind in REQUIRED)


def loaded(folder: Path, text: str) -> Template:
    file = folder / "ticket.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def words(blocks: tuple[Block, ...]) -> list[str]:
    return [line.text for line in blocks if isinstance(line, Text)]


def test_the_standard_layout_is_a_file_to_begin_with(tmp_path: Path) -> None:
    assert loaded(tmp_path, standard_text()) == STANDARD
    assert {part.kind for part in STANDARD.parts} == frozenset(Kind) - {Kind.LOGO, Kind.TEXT}


def test_the_least_that_a_ticket_can_be(tmp_path: Path) -> None:
    blocks = arrange(SLIP, template=loaded(tmp_path, WHOLE))
    assert Text("A045", Size.NUMBER, bold=True) in blocks
    assert "Nội tổng hợp" in words(blocks)
    assert any(isinstance(said, Code) for said in blocks)


@pytest.mark.parametrize("kind", REQUIRED)
def test_what_keeps_a_patient_safe_cannot_be_left_out(tmp_path: Path, kind: Kind) -> None:
    left = "\n".join(block(other) for other in REQUIRED if other is not kind)
    with pytest.raises(LayoutMistakes) as told:
        loaded(tmp_path, left)
    [mistake] = told.value.mistakes
    assert mistake.problem == f"`{kind}` cannot be left out: {REQUIRED[kind]}"
    assert mistake.line == len(left.splitlines())


def test_marks_stand_wherever_the_layout_puts_them(tmp_path: Path) -> None:
    template = loaded(tmp_path, WHOLE)
    later = SLIP.printed + timedelta(hours=5)
    slip = replace(SLIP, priority=Priority.PROVISIONAL, reprint=True, later=later)
    bands = [said.lines for said in arrange(slip, template=template) if isinstance(said, Band)]
    assert bands == [
        ("ƯU TIÊN", "xuất trình giấy tờ tại quầy", "Priority: show your papers at the desk"),
        ("BẢN IN LẠI / REPRINT",),
        ("KHÁM TỪ 12:42", "Seen from 12:42"),
    ]


def test_size_place_and_languages_of_a_block(tmp_path: Path) -> None:
    more = block(
        "title", 'size = "note"', 'small = "strong"', 'align = "right"', 'languages = ["vi", "en", "km"]'
    )
    blocks = arrange(
        SLIP,
        {"title": {"vi": "PHIẾU", "en": "Ticket", "km": "សំបុត្រ"}},
        template=loaded(tmp_path, more + WHOLE),
    )
    assert blocks[:3] == (
        Text("PHIẾU", Size.NOTE, bold=True, align=Align.RIGHT),
        Text("Ticket", Size.STRONG, align=Align.RIGHT),
        Text("សំបុត្រ", Size.STRONG, align=Align.RIGHT),
    )


def test_a_code_in_the_middle_has_its_words_below(tmp_path: Path) -> None:
    template = loaded(tmp_path, WHOLE.replace('kind = "code"', 'kind = "code"\nalign = "center"'))
    [code] = [said for said in arrange(SLIP, template=template) if isinstance(said, Code)]
    assert code.align is Align.CENTER


def test_words_of_ones_own_in_the_patients_language(tmp_path: Path) -> None:
    free = 'en = "Parking is free"'
    own = block("text", 'vi = "Gửi xe miễn phí"', free, 'km = "ចំណត\u200bឥត\u200bគិត\u200bថ្លៃ"')
    template = loaded(tmp_path, own + WHOLE)
    assert words(arrange(SLIP, template=template))[:2] == ["Gửi xe miễn phí", "Parking is free"]
    assert "ចំណត" in words(arrange(SLIP, template=template, patient=Language.KM))[1]
    assert words(arrange(SLIP, template=template, patient=Language.JA))[1] == "Parking is free"


def test_one_language_for_everybody(tmp_path: Path) -> None:
    template = loaded(tmp_path, 'languages = ["vi"]\n' + WHOLE)
    assert words(arrange(SLIP, template=template))[:1] == ["Số của quý vị"]


def test_a_logo_lies_beside_its_layout(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    more = block("logo", 'file = "logo.png"', "width = 300", 'align = "left"')
    first = arrange(SLIP, template=loaded(tmp_path, more + WHOLE))[0]
    assert first == Picture(str(tmp_path / "logo.png"), 300, Align.LEFT)


def test_lines_stand_between_things_only(tmp_path: Path) -> None:
    rule = block("rule")
    template = loaded(tmp_path, rule * 2 + block("ahead") + rule * 2 + WHOLE + rule)
    blocks = arrange(replace(SLIP, ahead=None), template=template)
    assert not any(isinstance(said, Rule) for said in blocks)
    blocks = arrange(SLIP, template=template)
    assert [type(said) for said in blocks[:2]] == [Pair, Rule]
    assert sum(isinstance(said, Rule) for said in blocks) == 1


def test_stops_take_the_size_they_are_given(tmp_path: Path) -> None:
    template = loaded(tmp_path, WHOLE.replace('kind = "stops"', 'kind = "stops"\nsize = "body"'))
    slip = replace(SLIP, stops=(Stop({"vi": "Siêu âm"}, needs=(Need.FASTING,), order=1),))
    assert Text("1. Siêu âm", Size.BODY, bold=True) in arrange(slip, template=template)


@dataclass(frozen=True)
class Case:
    """text: #! marks the line that is told."""

    text: str
    problem: str
    advice: str


CASES = {
    "no TOML": Case(WHOLE + "[[block]\n#!", "this is no TOML", "compare with the template"),
    "unknown kind": Case(
        WHOLE + '[[block]]\nkind = "qrcode" #!\n', "'qrcode' is not known here", "write code"
    ),
    "no kind": Case(WHOLE + '[[block]] #!\nsize = "note"\n', "`kind` is missing", "write one of logo"),
    "twice": Case(
        WHOLE + '[[block]]\nkind = "number" #!\n', "`number` is there already", "leave one of them out"
    ),
    "unknown size": Case(
        WHOLE + '[[block]]\nkind = "title"\nsize = "huge" #!\n',
        "'huge' is not known",
        "write one of note, body",
    ),
    "unknown align": Case(
        WHOLE + '[[block]]\nkind = "title"\nalign = "middle" #!\n',
        "'middle' is not known",
        "left, center, right",
    ),
    "a key that is not there": Case(
        WHOLE + '[[block]]\nkind = "title"\nsise = "note" #!\n', "a block `title` has no `sise`", "write size"
    ),
    "a size for a band": Case(
        WHOLE.replace('kind = "priority"', 'kind = "priority"\nsize = "note" #!'),
        "a block `priority` has no `size`",
        "write one of kind, languages",
    ),
    "a number made small": Case(
        WHOLE.replace('kind = "number"', 'kind = "number"\nsize = "note" #!'),
        "a block `number` has no `size`",
        "write one of kind, align, languages",
    ),
    "no Vietnamese": Case('languages = ["en"] #!\n' + WHOLE, "staff read Vietnamese", '["vi", "patient"]'),
    "no Vietnamese in a mark": Case(
        WHOLE.replace('kind = "reprint"', 'kind = "reprint"\nlanguages = ["patient"] #!'),
        "staff read Vietnamese",
        '["vi", "patient"]',
    ),
    "a language nobody has": Case(
        'languages = ["vi", "fr"] #!\n' + WHOLE, '"fr" is not known here', "write one of vi, en, km"
    ),
    "a language that is no list": Case(
        'languages = "vi" #!\n' + WHOLE, "this is no list of languages", 'languages = ["vi", "patient"]'
    ),
    "a key above the blocks": Case(
        'language = ["vi"] #!\n' + WHOLE, "`language` is not known", "write languages"
    ),
    "blocks that are none": Case('block = "number" #!\n', "blocks are no list", "write each as [[block]]"),
    "no logo": Case(
        WHOLE + '[[block]]\nkind = "logo"\nfile = "no.png" #!\n', "there is no file", "as seen from"
    ),
    "a logo that is no PNG": Case(
        WHOLE + '[[block]]\nkind = "logo"\nfile = "ticket.toml" #!\n',
        "ticket.toml is no PNG",
        "save the logo",
    ),
    "a logo without a file": Case(
        WHOLE + '[[block]] #!\nkind = "logo"\n', "a logo is a picture", 'file = "logo.png"'
    ),
    "too wide a logo": Case(
        WHOLE + '[[block]]\nkind = "logo"\nfile = "logo.png"\nwidth = 700 #!\n', "no width", "from 16 to 560"
    ),
    "empty words": Case(
        WHOLE + '[[block]]\nkind = "text"\nvi = "a"\nen = "" #!\n',
        "this is no text for a ticket",
        'write en = "…"',
    ),
    "words without Vietnamese": Case(
        WHOLE + '[[block]] #!\nkind = "text"\nen = "a"\n', "needs Vietnamese words", 'write vi = "…"'
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_is_told_alone_with_its_line(tmp_path: Path, case: Case) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    with pytest.raises(LayoutMistakes) as told:
        loaded(tmp_path, case.text)
    [mistake] = told.value.mistakes
    line = next(n for n, said in enumerate(case.text.splitlines(), 1) if "#!" in said)
    assert case.problem in mistake.problem
    assert case.advice in mistake.advice
    assert mistake.line in ({line} if case is not CASES["no TOML"] else {line, line - 1})
    assert str(told.value).startswith(f"{tmp_path / 'ticket.toml'}:{mistake.line}: ")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LayoutMistakes) as told:
        loaded(tmp_path, block("numbre") + block("title", 'size = "huge"', 'align = "up"'))
    assert [mistake.line for mistake in told.value.mistakes] == [2, 5, 6]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "ticket.toml"
    file.write_bytes(b'languages = ["vi"]\n# \xff\n')
    with pytest.raises(LayoutMistakes, match=r"ticket\.toml:2: this is no UTF-8 text"):
        load(file)
