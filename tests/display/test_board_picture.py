"""What a hall is told: order, freshness, notices, and when the picture admits that it may be wrong."""

import pytest

from display import texts
from display.board import picture as pictures
from display.board.picture import Picture
from queue_server.client import Link, LinkState
from queue_server.protocol.codes import ClinicState, CloseCode, HallState, Language, Notice
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import HallNotice, HallPlace, Row
from tests.support.screens import HALL, LOST, MINUTE, NOW, ONLINE, VIETNAM, hall_call


def make(*rows: Row, link: Link = ONLINE, age: float | None = 1.0, loaded: bool = True) -> Picture:
    return pictures.make(rows, link, age, NOW, VIETNAM, loaded=loaded)


def test_the_last_call_is_the_newest_and_the_rest_follow_by_age() -> None:
    picture = make(*HALL)
    assert picture.newest is not None
    assert picture.newest.sign == "A045"
    assert [call.sign for call in picture.others] == ["L103", "A031", "K07-123"]
    assert [call.sign for call in picture.prepared] == ["A046", "S010"]
    assert [call.sign for call in picture.missed] == ["R005"]
    assert picture.clock == "07:42"
    assert not picture.stale


def test_calling_again_brings_a_number_to_the_front() -> None:
    picture = make(hall_call("A001", ago=90), hall_call("A002", ago=60), hall_call("A001", ago=1, times=2))
    assert picture.newest is not None
    assert (picture.newest.sign, picture.newest.times) == ("A001", 2)


@pytest.mark.parametrize(("ago", "fresh"), [(0, True), (14, True), (15, False), (600, False)])
def test_a_call_is_marked_new_for_a_while(ago: int, fresh: bool) -> None:
    newest = make(hall_call("A001", ago=ago)).newest
    assert newest is not None
    assert newest.fresh is fresh


@pytest.mark.parametrize(
    ("link", "age", "stale"),
    [
        (ONLINE, 0.0, False),
        (ONLINE, 14.9, False),
        (ONLINE, 15.0, True),
        (LOST, 0.5, True),
        (Link(LinkState.CONNECTING), 2.0, True),
        (Link(LinkState.ONLINE, degraded=True), 0.1, True),
        (LOST, None, True),
    ],
)
def test_a_picture_that_may_be_wrong_says_so_and_keeps_its_numbers(
    link: Link, age: float | None, stale: bool
) -> None:
    picture = make(*HALL, link=link, age=age)
    assert picture.stale is stale
    assert picture.trouble == (texts.LINK_LOST if stale else None)
    assert picture.newest is not None


@pytest.mark.parametrize(
    ("age", "words"), [(2.0, None), (37.0, "hình cách đây 35 giây"), (125.0, "hình cách đây 2 phút")]
)
def test_a_stale_picture_tells_its_age(age: float, words: str | None) -> None:
    as_of = make(*HALL, link=LOST, age=age).as_of
    assert (as_of.vi if as_of else None) == words


def test_before_the_first_contact_it_says_that_it_connects() -> None:
    picture = make(link=Link(LinkState.CONNECTING), age=None, loaded=False)
    assert picture.trouble == pictures.CONNECTING
    assert picture.clock == ""


def test_a_refused_token_is_told_for_whoever_mends_it() -> None:
    link = Link(LinkState.WAITING, code=CloseCode.BAD_TOKEN, slow=True)
    assert make(link=link, age=None).reason == texts.CLOSES[CloseCode.BAD_TOKEN]


def place(
    key: str, state: ClinicState, notice: Notice | None = None, news_at: int | None = None
) -> HallPlace:
    name = Label(vi=f"Phòng {key}", en=f"Room {key}")
    return HallPlace(key=key, place=name, room=key, state=state, notice=notice, news_at=news_at)


@pytest.mark.parametrize(
    ("row", "vi"),
    [
        (place("8", ClinicState.OPEN), None),
        (
            place("8", ClinicState.PAUSED, Notice.EMERGENCY, NOW + 78 * MINUTE),
            "Phòng 8: Bác sĩ đang xử trí cấp cứu – giữ nguyên số – tin tiếp 09:00",
        ),
        (place("8", ClinicState.PAUSED), "Phòng 8: Tạm ngừng gọi – giữ nguyên số"),
        (
            place("8", ClinicState.PAUSED, Notice.LUNCH, NOW + 318 * MINUTE),
            "Phòng 8: Nghỉ trưa – giữ nguyên số – gọi tiếp 13:00",
        ),
        (
            place("8", ClinicState.DRAINING),
            "Phòng 8: Đã đủ lượt buổi này – mời lấy số buổi sau hoặc hỏi quầy",
        ),
        (place("8", ClinicState.CLOSED, Notice.CLOSED), "Không nhận lúc này: Phòng 8"),
    ],
)
def test_what_a_hall_is_told_of_a_place(row: HallPlace, vi: str | None) -> None:
    assert [label.vi for label in make(row).notices] == ([vi] if vi else [])


def test_places_with_news_come_before_those_that_are_shut_which_share_a_line() -> None:
    notices = make(
        place("3", ClinicState.CLOSED),
        place("2", ClinicState.PAUSED),
        place("1", ClinicState.CLOSED, Notice.CLOSED),
    ).notices
    assert [label.vi for label in notices] == [
        "Phòng 2: Tạm ngừng gọi – giữ nguyên số",
        "Không nhận lúc này: Phòng 1, Phòng 3",
    ]


def test_an_announcement_ends_by_itself() -> None:
    over = HallNotice(key="a", notice=Notice.SYSTEM_BACK, at=NOW - MINUTE, until=NOW - 1)
    still = HallNotice(key="b", notice=Notice.FOLLOW_STAFF, at=NOW - MINUTE, until=NOW + 1)
    assert make(over, still).announcements == (texts.NOTICES[Notice.FOLLOW_STAFF],)


def test_a_name_without_its_room_gets_it() -> None:
    newest = make(hall_call("A1", HallState.CALLED, room="101", place=Label(vi="Lấy mẫu", en=""))).newest
    assert newest is not None
    assert newest.place == Label(vi="Lấy mẫu · 101", en="")


def test_the_same_moment_gives_the_same_picture() -> None:
    assert make(*HALL) == make(*reversed(HALL))


def test_english_first_where_a_screen_asks_for_it() -> None:
    assert texts.tell(pictures.CALLED, Language.EN) == "Please come in"
