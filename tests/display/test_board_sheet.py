"""The board on screens of many sizes: everything fits, the number is large, nothing else moves."""

import pytest
from msgspec.structs import replace

from display.board import picture as pictures
from display.board import sheet
from display.board.picture import Picture
from display.board.sheet import Line
from queue_server.client import Link
from queue_server.protocol.codes import ClinicState, HallState, Language, Notice
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import HallPlace, Row
from tests.support.screens import HALL, LOST, MINUTE, NOW, ONLINE, VIETNAM, hall_call

SIZES = [(67, 16), (80, 24), (56, 44), (100, 28), (120, 40), (160, 45), (200, 60)]
PAUSED = HallPlace(
    key="8",
    place=Label(vi="Phòng 8 – Thần kinh", en="Room 8 – Neurology"),
    room="8",
    state=ClinicState.PAUSED,
    notice=Notice.EMERGENCY,
    news_at=NOW + 78 * MINUTE,
)


def make(*rows: Row, link: Link = ONLINE, language: Language = Language.VI, now: int = NOW) -> Picture:
    return pictures.make(rows, link, 20.0 if link is LOST else 1.0, now, VIETNAM, language=language)


def read(lines: tuple[Line, ...]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize(("width", "height"), [*SIZES, (20, 5), (1, 1), (40, 200), (300, 8)])
@pytest.mark.parametrize("link", [ONLINE, LOST], ids=["live", "stale"])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_every_line_fills_the_screen_exactly(width: int, height: int, link: Link, count: int) -> None:
    rows = [hall_call(f"A{number:03}", state, ago=number) for number in range(count) for state in HallState]
    lines = read(sheet.draw(make(*rows, PAUSED, link=link), width, height))
    assert [len(line) for line in lines] == [width] * height


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_hall_reads_headings_numbers_and_places(width: int, height: int) -> None:
    page = "\n".join(read(sheet.draw(make(*HALL), width, height)))
    for words in (
        "MỜI VÀO",
        "MỚI GỌI",
        "CHUẨN BỊ",
        "ĐÃ GỌI – mời quét lại phiếu",
        "Phòng 12 – Nhi",
        "R005",
        "07:42",
    ):
        assert words in page
    assert page.count("█") > 30


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", list(Language))
def test_a_hall_is_told_numbers_and_places_and_no_lane(width: int, height: int, language: Language) -> None:
    page = "\n".join(read(sheet.draw(make(*HALL, PAUSED, language=language), width, height))).casefold()
    assert "ưu tiên" not in page
    assert "priority" not in page


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_stale_board_says_so_at_every_size(width: int, height: int) -> None:
    page = "\n".join(read(sheet.draw(make(*HALL, PAUSED, link=LOST), width, height)))
    assert "Màn hình tạm gián đoạn – xin nghe nhân viên gọi" in page
    assert "hình cách đây 20 giây" in page
    assert "█" in page


@pytest.mark.parametrize(("width", "height"), [size for size in SIZES if size[1] >= 24])
def test_when_the_hall_hears_more_is_not_cut_off(width: int, height: int) -> None:
    page = " ".join(" ".join(read(sheet.draw(make(*HALL, PAUSED), width, height))).split())
    assert "tin tiếp 09:00" in page


@pytest.mark.parametrize("hall", [HALL, HALL[:2]], ids=["busy", "quiet"])
@pytest.mark.parametrize(("width", "height"), [size for size in SIZES if size[1] >= 24])
def test_a_pause_is_told_to_its_end_in_both_languages(width: int, height: int, hall: list[Row]) -> None:
    page = " ".join(" ".join(read(sheet.draw(make(*hall, PAUSED), width, height))).split())
    assert "giữ nguyên số – tin tiếp 09:00" in page
    assert "your number is kept – news at 09:00" in page


def test_a_hall_hears_of_every_place_before_it_hears_twice_of_one() -> None:
    places = [replace(PAUSED, key=str(n), place=Label(vi=f"Phòng {n}", en=f"Room {n}")) for n in range(1, 4)]
    page = "\n".join(read(sheet.draw(make(*HALL, *places), 80, 24)))
    assert [n for n in range(1, 4) if f"Phòng {n}: Bác sĩ" in page] == [1, 2, 3]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_time_alone_changes_the_header_only(width: int, height: int) -> None:
    settled = NOW + 30_000
    before = sheet.draw(make(*HALL, now=settled), width, height)
    after = sheet.draw(make(*HALL, now=settled + MINUTE), width, height)
    assert [y for y, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [0]


def test_numbers_without_room_are_counted() -> None:
    rows = [hall_call(f"A{number:03}", HallState.MISSED, ago=number) for number in range(60)]
    page = "\n".join(read(sheet.draw(make(*rows), 67, 16)))
    assert "+5" in page


def test_a_number_of_the_hospital_system_in_other_letters_is_shown_as_text() -> None:
    page = "\n".join(read(sheet.draw(make(hall_call("Đ12")), 80, 24)))
    assert "Đ12" in page


def test_letters_keep_their_tone_marks_and_stay_one_cell_each() -> None:
    decomposed = "Phòng Ầ Ẩ Ẫ Ấ Ữ Ợ ỵ"
    assert sheet.shorten(decomposed, 40) == "Phòng Ầ Ẩ Ẫ Ấ Ữ Ợ ỵ"
    assert sheet.shorten("日本", 40) == "??"
    assert sheet.shorten("Phòng lấy mẫu", 8) == "Phòng l…"


def test_english_stands_first_where_asked() -> None:
    page = "\n".join(read(sheet.draw(make(*HALL, language=Language.EN), 120, 40)))
    assert "Please come in · MỜI VÀO" in page


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 28), (110, 40), (120, 40), (160, 50)])
@pytest.mark.parametrize("language", list(Language))
def test_no_heading_is_cut_at_common_sizes(width: int, height: int, language: Language) -> None:
    lines = sheet.draw(make(*HALL, language=language), width, height)
    headings = [text for line in lines for text, style in line if style.startswith("head")]
    assert len(headings) >= 4
    assert not [text for text in headings if "…" in text]
