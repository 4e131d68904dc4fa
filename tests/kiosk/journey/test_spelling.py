"""Names spelled with plain letters and tone keys, as somebody taps them; and as keyboards write them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.identity import names
from kiosk.journey.spelling import LONGEST, Accent, Mark, Tone, accented, erased, typed

KEYS: dict[str, Accent] = {
    "˘": Mark.BREVE,
    "^": Mark.CIRCUMFLEX,
    "~": Mark.HORN,
    "1": Tone.SAC,
    "2": Tone.HUYEN,
    "3": Tone.HOI,
    "4": Tone.NGA,
    "5": Tone.NANG,
}


def tapped(keys: str) -> str:
    name = ""
    for key in keys:
        name = accented(name, KEYS[key]) if key in KEYS else typed(name, key)
    return name


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("nguyen^4 thi5 anh1 tuyet^1", "Nguyễn Thị Ánh Tuyết"),
        ("nguye^4n", "Nguyễn"),
        ("nguyen4^", "Nguyễn"),
        ("tran^2 van˘ hau^5", "Trần Văn Hậu"),
        ("đang˘5", "Đặng"),
        ("phuong~", "Phương"),
        ("phuo~ng", "Phương"),
        ("huong~2", "Hường"),
        ("truong2~", "Trường"),
        ("luu~", "Lưu"),
        ("huou~", "Hươu"),
        ("thuo~~3", "Thuở"),
        ("ung~", "Ưng"),
        ("hoa2", "Hòa"),
        ("hoa2n", "Hoàn"),
        ("hoa2i", "Hoài"),
        ("thuy1", "Thúy"),
        ("huynh2", "Huỳnh"),
        ("quy1", "Quý"),
        ("quoc^1", "Quốc"),
        ("quo~", "Quơ"),
        ("gia2u", "Giàu"),
        ("gi2", "Gì"),
        ("cua~3", "Cửa"),
        ("mui2", "Mùi"),
        ("ky2", "Kỳ"),
        ("y ban", "Y Ban"),
        ("h' thu~3 e^ban", "H' Thử Êban"),
        ("h'hen nie^", "H'Hen Niê"),
        ("kpa˘", "Kpă"),
        ("k'bro^i", "K'Brôi"),
        ("a-lang˘", "A-Lăng"),
        ("ðat", "Ðat"),
        ("ksor h'be˘l", "Ksor H'Bĕl"),
    ],
)
def test_a_name_is_spelled_with_letters_and_tone_keys(keys: str, name: str) -> None:
    assert tapped(keys) == name
    assert unicodedata.is_normalized("NFC", tapped(keys))


@pytest.mark.parametrize(("keys", "name"), [("hoa22", "Hoa"), ("hoa^^", "Hoa"), ("nguyen^^", "Nguyen")])
def test_the_same_key_again_takes_it_back(keys: str, name: str) -> None:
    assert tapped(keys).replace("ô", "o") == name


def test_another_tone_replaces_the_first() -> None:
    assert tapped("ha1254") == "Hã"


def test_erasing_takes_one_letter_and_moves_the_tone_back() -> None:
    assert erased("Hoàn") == "Hòa"
    assert erased("Nguyễn") == "Nguyễ"
    assert erased("Trần ") == "Trần"
    assert erased("") == ""


@pytest.mark.parametrize(
    "name", ["Nguyễn Thị Ánh Tuyết", "Hoà", "Thuý", "Đặng Ầu Ẵm", "H' Thử Êban", "Hoàng Quý Đôn"]
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_a_keyboard_writes_by_itself_stays(name: str, form: str) -> None:
    written = ""
    for character in unicodedata.normalize(form, name):  # type: ignore[arg-type]  # one of the four forms
        written = typed(written, character)
    assert written == name


def test_words_begin_with_a_capital_and_capitals_stay() -> None:
    assert tapped("nguyen van a") == "Nguyen Van A"
    assert tapped("NGUYEN") == "NGUYEN"


@pytest.mark.parametrize("sign", ["1", "@", "\n", "\x00", "🙂", "|", "漢", "й", "ab", ""])
def test_what_belongs_in_no_name_changes_nothing(sign: str) -> None:
    assert typed("Hoa", sign) == "Hoa"


@pytest.mark.parametrize("sign", [" ", "-", "'", "\u0301"])
def test_a_name_begins_with_a_letter(sign: str) -> None:
    assert typed("", sign) == ""
    assert typed("Hoa ", sign) == "Hoa "


def test_a_mark_that_fits_nowhere_changes_nothing() -> None:
    for accent in KEYS.values():
        assert accented("", accent) == ""
        assert accented("H'", accent) == "H'"
        assert accented("Ng", accent) == "Ng"
    assert accented("Thị", Mark.CIRCUMFLEX) == "Thị"


def test_a_name_ends_where_its_room_does() -> None:
    assert len(tapped("a" * (LONGEST + 5))) == LONGEST


ANY_KEYS = st.lists(
    st.sampled_from([*"abcdeghiklmnopqrstuvxyđwfjz '-.", *KEYS, "\u0323", "ớ", "Ð"]), max_size=40
)


@given(ANY_KEYS)
def test_whatever_is_tapped_is_a_name_that_can_be_kept(keys: list[str]) -> None:
    name = tapped("".join(keys))
    assert unicodedata.is_normalized("NFC", name)
    if name.strip(" -"):
        assert names.legible(name.strip(" -")) is not None
    while name:
        assert len(erased(name)) == len(name) - 1
        name = erased(name)


@given(st.text(max_size=12), st.sampled_from([*Mark, *Tone]))
def test_no_text_raises(text: str, accent: Accent) -> None:
    accented(text, accent)
    for character in text:
        typed(text, character)
    erased(text)
