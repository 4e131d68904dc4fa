import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFont

from kiosk import letters, raster
from kiosk.devices.escpos_commands import Cut, Interpreter, Raster, Reset, TransmitStatus
from kiosk.layout import arrange
from kiosk.slip import Align, Band, Picture, Priority, Size, Slip, Text

VIETNAMESE = "ăâđêôơư" + "".join("àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
LETTERS = VIETNAMESE + VIETNAMESE.upper()
BOLD = str(files("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-Bold.ttf")

SLIP = Slip(
    facility={"vi": "Bệnh viện Mẫu", "en": "Sample Hospital"},
    number="A045",
    place={"vi": "Nội tổng hợp", "en": "General Internal Medicine"},
    hall={"vi": "Khu chờ A", "en": "Waiting area A"},
    printed=datetime(2026, 11, 23, 7, 42, tzinfo=UTC),
    code="DL:0123456789ABCDEF",
    ahead=12,
    priority=Priority.PROVISIONAL,
)


def picture_of(text: str, *, bold: bool = False) -> Image.Image:
    return raster.draw([Text(text, Size.NOTE, bold)])


@pytest.mark.parametrize("bold", [False, True])
def test_every_vietnamese_letter_is_in_the_font_and_unlike_any_other(bold: bool) -> None:
    missing = picture_of("\ue000", bold=bold).tobytes()
    drawn = {letter: picture_of(letter, bold=bold).tobytes() for letter in LETTERS}
    assert missing not in drawn.values()
    alike = [pair for pair in combinations(LETTERS, 2) if drawn[pair[0]] == drawn[pair[1]]]
    assert alike == []


@pytest.mark.parametrize("size", [Size.NOTE, Size.BODY, Size.STRONG, Size.TITLE, Size.HEADLINE])
@pytest.mark.parametrize("letter", "ẦẨẪẤỮỢỵĐ")
def test_no_accent_is_cut_off(letter: str, size: Size) -> None:
    roomy = Image.new("L", (200, 200), 255)
    font = ImageFont.truetype(BOLD, raster.HEIGHTS[size], layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(roomy).text((80, 120), letter, fill=0, font=font, anchor="ls")
    assert inked(raster.draw([Text(letter, size, bold=True)])) == inked(roomy)


@pytest.mark.parametrize("letters_", ["ẨẪẦẤ", "ỮỢỴ"])
@pytest.mark.parametrize("width", [576, 384])
def test_no_mark_is_lost_in_a_bands_edge(letters_: str, width: int) -> None:
    below = Text(letters_, Size.HEADLINE, bold=True)
    picture = raster.draw([Band((letters_, letters_)), below], width).convert("L")
    rows = [set(picture.crop((0, y, width, y + 1)).tobytes()) for y in range(picture.height)]
    top = rows.index({0})
    bottom = max(y for y, row in enumerate(rows) if row == {0})
    # White letters with black all around, then white paper, then the words below.
    assert all(row == {255} for row in rows[:top])
    assert rows[bottom + 1] == {255}
    assert {0, 255} in rows[bottom + 1 :]


def inked(picture: Image.Image) -> tuple[tuple[int, int], bytes]:
    ink = ImageChops.invert(picture.convert("L")).point([255 * (value > 127) for value in range(256)])
    cropped = ink.crop(ink.getbbox())
    return cropped.size, cropped.tobytes()


@pytest.mark.parametrize("width", [576, 512, 384, 256])
def test_the_code_on_the_ticket_can_be_read(width: int) -> None:
    ticket = raster.draw(arrange(SLIP), width)
    assert ticket.mode == "1"
    assert ticket.width == width
    [found] = zxingcpp.read_barcodes(ticket.convert("L"))
    assert found.text == SLIP.code


def test_a_long_address_still_makes_a_code() -> None:
    address = "https://lich.benhvienmau.vn/t/0123456789ABCDEF"
    for width in (576, 384):
        [found] = zxingcpp.read_barcodes(
            raster.draw(arrange(replace(SLIP, code=address)), width).convert("L")
        )
        assert found.text == address


@pytest.mark.parametrize("width", [0, 100, 570, 248])
def test_a_width_no_printer_has_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="multiple of 8"):
        raster.draw(arrange(SLIP), width)


@pytest.mark.parametrize(
    "text", ["một hai ba bốn năm sáu bảy tám chín mười " * 4, "x" * 300, "a " + "W" * 90 + " b"]
)
@pytest.mark.parametrize("room", [120, 240, 560])
def test_text_is_wrapped_and_never_cut_off(text: str, room: int) -> None:
    font = letters.font(27, bold=False)
    lines = letters.wrap(text, font, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(font.length(line) <= room for line in lines)


def test_wrapped_lines_are_of_similar_length() -> None:
    font = letters.font(27, bold=False)
    lengths = [font.length(line) for line in letters.wrap("tên phòng khám rất dài " * 5, font, 560)]
    assert min(lengths) > 0.7 * max(lengths)


@pytest.mark.parametrize("number", ["A045", "A1045", "K07-123", "W" * 30])
@pytest.mark.parametrize("width", [576, 384])
def test_the_number_fills_the_width_and_stays_within(number: str, width: int) -> None:
    box = ImageChops.invert(raster.draw([Text(number, Size.NUMBER)], width).convert("L")).getbbox()
    assert box is not None
    assert 0 < box[0] < box[2] < width
    assert len(number) > 7 or box[2] - box[0] > 0.8 * width


def test_empty_words_take_no_line() -> None:
    assert raster.draw([Text("", Size.BODY)]).height == raster.draw([]).height


@pytest.mark.parametrize("rows", [128, 200, 256])
def test_the_job_carries_the_picture_unchanged(rows: int) -> None:
    ticket = raster.draw(arrange(SLIP))
    commands = Interpreter().feed(raster.encode(ticket, rows))
    assert isinstance(commands[0], Reset)
    assert [type(command) for command in commands[-2:]] == [Cut, TransmitStatus]
    strips = [command for command in commands[1:-2] if isinstance(command, Raster)]
    assert len(strips) == len(commands) - 3
    assert all(strip.rows == rows for strip in strips[:-1])
    back = Image.new("1", ticket.size, 1)
    for n, strip in enumerate(strips):
        back.paste(strip.picture(), (0, n * rows))
    assert back.tobytes() == ticket.tobytes()


def test_the_same_slip_gives_the_same_bytes() -> None:
    assert raster.encode(raster.draw(arrange(SLIP))) == raster.encode(raster.draw(arrange(SLIP)))


def test_warming_up_leaves_no_trace_on_the_terminal_or_the_disk(tmp_path: Path) -> None:
    program = "import logging; from kiosk import paper; paper.warm_up(576); print(logging.root.handlers)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("align", Align)
@pytest.mark.parametrize("width", [576, 384])
def test_words_and_pictures_stand_where_they_are_put(align: Align, width: int, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (50, 20), "black").save(logo)
    for block in (Text("Ẩn", Size.BODY, align=align), Picture(str(logo), 100, align)):
        box = ImageChops.invert(raster.draw([block], width).convert("L")).getbbox()
        assert box is not None
        left, right = box[0], width - box[2]
        assert (left < right, left > right) == {
            Align.LEFT: (True, False),
            Align.CENTER: (left < right, left > right) if abs(left - right) <= 2 else (True, True),
            Align.RIGHT: (False, True),
        }[align]


def test_a_logo_is_as_wide_as_it_was_asked_for_on_any_paper(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (50, 20), "black").save(logo)
    for paper, wide in ((576, 144), (384, 96)):
        box = ImageChops.invert(raster.draw([Picture(str(logo), 144)], paper).convert("L")).getbbox()
        assert box is not None
        assert box[2] - box[0] == wide
