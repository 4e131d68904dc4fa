import json
from datetime import date
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.identity import (
    Ambiguous,
    Birth,
    CitizenCard,
    CitizenNumber,
    Doubt,
    Gender,
    Identity,
    InsuranceCard,
    InsuranceNumber,
    OldNumber,
    OwnTicket,
    Phone,
    Unreadable,
    Why,
    ZoneLine,
    given_name,
    masked,
    read,
)
from kiosk.identity.ticket_code import payload

TODAY = date(2026, 11, 23)
TOKEN = "0123456789ABCDEF"
CARD = (
    "079190000000|020000000|Trần Thị Mẫu Thử|15081990|Nữ"
    "|Số 1 Đường Ví Dụ, Phường 4, Quận 5, Thành phố Hồ Chí Minh|01052021"
)


def card(**parts: str) -> str:
    named = {
        "number": "079190000000",
        "old": "020000000",
        "name": "Trần Thị Mẫu Thử",
        "birth": "15081990",
        "gender": "Nữ",
        "address": "Số 1 Đường Ví Dụ",
        "issued": "01052021",
    }
    return "|".join((named | parts).values())


def read_card(text: str) -> CitizenCard:
    answer = read(text, TODAY)
    assert isinstance(answer, CitizenCard), answer
    return answer


def test_a_card_gives_number_name_birth_and_gender() -> None:
    assert read_card(CARD) == CitizenCard(
        "079190000000", "Trần Thị Mẫu Thử", Birth(1990, 8, 15), Gender.FEMALE, ()
    )


def test_a_young_person_has_no_old_number() -> None:
    text = "001205000000||Nguyễn Văn Ví Dụ|24022005|Nam|Thôn Mẫu, Xã Mẫu, Huyện Mẫu, Hà Nội|31052022"
    assert read_card(text) == CitizenCard(
        "001205000000", "Nguyễn Văn Ví Dụ", Birth(2005, 2, 24), Gender.MALE, ()
    )


def test_fields_of_later_cards_are_dropped() -> None:
    assert read_card(CARD + "|Trần Văn Cha|Lê Thị Mẹ|079100000001|") == read_card(CARD)


def test_middleware_that_leaves_the_old_number_out_is_understood() -> None:
    assert read_card(CARD.replace("020000000|", "")) == read_card(CARD)


def test_nothing_personal_shows_in_a_repr() -> None:
    for text in (CARD, "079190000000", "0912345678", "+84912345678", payload(TOKEN)):
        answer = read(text, TODAY)
        shown = repr(answer) + repr(masked(answer)) if not isinstance(answer, Unreadable | ZoneLine) else ""
        assert shown
        for secret in ("0791", "Thử", "1990", "912345", TOKEN):
            assert secret not in shown


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("15081990", Birth(1990, 8, 15)),
        ("081990", Birth(1990, 8)),
        ("1990", Birth(1990)),
        ("15/08/1990", Birth(1990, 8, 15)),
        ("15-08-1990", Birth(1990, 8, 15)),
        ("5/8/1990", Birth(1990, 8, 5)),
        ("08/1990", Birth(1990, 8)),
        ("29022000", Birth(2000, 2, 29)),
    ],
)
def test_birth_dates_may_be_partial_or_have_slashes(text: str, birth: Birth) -> None:
    assert read_card(card(birth=text)).birth == birth


@pytest.mark.parametrize(
    ("birth", "iso"),
    [(Birth(1990, 8, 5), "1990-08-05"), (Birth(1990, 8), "1990-08"), (Birth(1990), "1990")],
)
def test_a_birth_goes_over_the_wire_as_far_as_it_is_known(birth: Birth, iso: str) -> None:
    assert birth.iso == iso


@pytest.mark.parametrize(
    "text",
    [
        "29022001",
        "31041990",
        "00001990",
        "15131990",
        "131990",
        "001990",
        "",
        "31/4/1990",
        "01010000",
        "01011875",
        "hôm nay",
    ],
)
def test_an_impossible_date_keeps_number_and_name(text: str) -> None:
    answer = read_card(card(birth=text))
    assert (answer.number, answer.name, answer.birth) == ("079190000000", "Trần Thị Mẫu Thử", None)
    assert answer.doubts == (Doubt.DATE_IMPOSSIBLE,)


def test_a_birth_still_to_come_is_noticed() -> None:
    assert read_card(card(birth="24112026")).doubts == (Doubt.FUTURE_DATE,)
    assert read_card(card(birth="24112026")).birth is None
    assert read_card(card(number="079326000000", birth="23112026")).doubts == ()


def test_number_and_words_that_disagree_are_doubts_not_errors() -> None:
    assert read_card(card(birth="15081991")).doubts == (Doubt.YEAR_DIFFERS,)
    assert read_card(card(gender="Nam")).doubts == (Doubt.GENDER_DIFFERS,)
    assert read_card(card(birth="1991", gender="NAM")).doubts == (Doubt.YEAR_DIFFERS, Doubt.GENDER_DIFFERS)


@pytest.mark.parametrize(
    "word", ["Nữ", "NỮ", "nữ", "Nu", "NU", " nữ ", normalize("NFD", "Nữ"), "Nữ".encode().decode("latin-1")]
)
def test_a_woman_is_a_woman_in_any_case_and_without_accents(word: str) -> None:
    assert read_card(card(gender=word)).gender is Gender.FEMALE


@pytest.mark.parametrize("word", ["Nam", "NAM", "nam"])
def test_a_man_is_a_man_in_any_case(word: str) -> None:
    assert read_card(card(gender=word)).gender is Gender.MALE


@pytest.mark.parametrize("word", ["", "1", "N?", "Khác"])
def test_another_word_is_no_gender(word: str) -> None:
    assert read_card(card(gender=word)).gender is None


@pytest.mark.parametrize(
    "name",
    ["Thon", "H' Mẫu Êban", "Y Kpă Niê", "K’ Thử", "Nguyễn-Lê Mẫu", "Siu Čư Ŏ", "LÃ THỊ MÃ", "Nguyen Van A"],
)
def test_names_of_every_people_are_names(name: str) -> None:
    assert read_card(card(name=name)).name == name


def test_decomposed_letters_come_out_composed() -> None:
    assert read_card(card(name=normalize("NFD", "Nguyễn Văn Ví Dụ"))).name == "Nguyễn Văn Ví Dụ"


def test_letters_that_only_look_like_vietnamese_ones_are_mended() -> None:
    assert read_card(card(name="Ðặng Văn Hƣng")).name == "Đặng Văn Hưng"
    assert read_card(card(name="Ɖinh H` Mẫu‐Thử")).name == "Đinh H' Mẫu-Thử"


@pytest.mark.parametrize("name", ["Trần Thị Mẫu Thử", "Lê Thị Hà", "ĐỖ VĂN À", "Phạm Ngọc Ánh"])
def test_a_name_read_as_latin_1_is_turned_back(name: str) -> None:
    answer = read_card(CARD.replace("Trần Thị Mẫu Thử", name).encode().decode("latin-1"))
    assert answer.name == name
    assert answer.gender is Gender.FEMALE


@pytest.mark.parametrize(
    "garbled",
    [
        "Trần Thị Mẫu Thử".encode().decode("cp1252", errors="replace"),
        "Trần Thị Mẫu Thử".encode().decode("cp1258", errors="ignore"),
        "Lê Hồ".encode().decode("cp1252", errors="ignore"),
        "Trần Thị Mẫu Thử".encode().decode("latin-1")[:-1],
        "Tr\ufffdn Th\ufffd",
        "Tr?n",
        "",
        "12345",
        "x" * 101,
        "A\x07B",
    ],
)
def test_a_garbled_name_is_dropped_and_the_number_kept(garbled: str) -> None:
    answer = read_card(card(name=garbled))
    assert (answer.number, answer.name) == ("079190000000", None)
    assert Doubt.NAME_UNREADABLE in answer.doubts


@pytest.mark.parametrize(
    "text",
    [
        "079190000000",
        "079 190 000 000",
        "079-190-000-000",
        "079.190.000.000",
        " 079190000000\r\n",
        "]C1079190000000",
    ],
)
def test_twelve_digits_are_a_citizen_number(text: str) -> None:
    assert read(text, TODAY) == CitizenNumber("079190000000")


@pytest.mark.parametrize("text", ["999185004477", "001085000456", "101200000001"])
def test_no_province_is_a_reason_to_refuse_a_number(text: str) -> None:
    assert read(text, TODAY) == CitizenNumber(text)


def test_a_code_with_labels_is_understood() -> None:
    text = (
        "CCCD: 079190000000|CMND: 020000000|Họ tên: Trần Thị Mẫu Thử|Giới tính: Nữ|Ngày sinh: 15/08/1990"
        "|Địa chỉ: Số 1 Đường Ví Dụ"
    )
    assert read_card(text) == read_card(CARD)


@pytest.mark.parametrize(
    "keys",
    [
        ("idCode", "oldIdCode", "personName", "dateOfBirth", "gender", "religion"),
        ("id_code", "old_id_code", "person_name", "date_of_birth", "gender", "religion"),
    ],
)
def test_an_object_of_some_middleware_is_understood(keys: tuple[str, ...]) -> None:
    said = ("079190000000", "020000000", "Trần Thị Mẫu Thử", "15/08/1990", "Nữ", "Không")
    assert read_card(json.dumps(dict(zip(keys, said, strict=True)))) == read_card(CARD)


@pytest.mark.parametrize(
    "text",
    [
        '{"idCode": 79190000000}',
        '{"idCode": ["079190000000"]}',
        '{"id": "079190000000"}',
        "{}",
        '{"idCode": "0791',
    ],
)
def test_an_object_without_a_number_says_nothing(text: str) -> None:
    assert read(text, TODAY) == Unreadable(Why.UNKNOWN_CODE)


@pytest.mark.parametrize("text", ["000000000000", "111111111111", "333333333", card(number="000000000000")])
def test_numbers_nobody_has_are_refused(text: str) -> None:
    assert read(text, TODAY) == Unreadable(Why.IMPOSSIBLE_NUMBER)


@pytest.mark.parametrize(
    "text",
    [
        "+84912345678",
        "84912345678",
        "0084912345678",
        "+84 (0) 912 345 678",
    ],
)
def test_mobile_numbers_become_e164(text: str) -> None:
    assert read(text, TODAY) == Phone("+84912345678")


@pytest.mark.parametrize("prefix", ["087", "055", "052", "032", "099"])
def test_no_operator_is_forgotten(prefix: str) -> None:
    answer = read(f"{prefix}1234567", TODAY)
    assert isinstance(answer, Ambiguous)
    assert answer.phone == Phone(f"+84{prefix[1:]}1234567")


@pytest.mark.parametrize("text", ["0912345678", "091 234 5678", "0912.345.678", "0912–345–678"])
def test_ten_digits_may_be_several_things(text: str) -> None:
    insured, phone = InsuranceNumber("0912345678"), Phone("+84912345678")
    assert read(text, TODAY) == Ambiguous("0912345678", (insured, phone))


def test_ten_digits_that_are_no_phone_are_still_not_certain() -> None:
    answer = read("0112345678", TODAY)
    assert answer == Ambiguous("0112345678", (InsuranceNumber("0112345678"),))
    assert isinstance(answer, Ambiguous)
    assert answer.phone is None


@pytest.mark.parametrize("text", ["020000001", "020 000 001", "020-000-001"])
def test_nine_digits_are_an_old_number(text: str) -> None:
    assert read(text, TODAY) == OldNumber("020000001")


def test_land_lines_are_telephones_too() -> None:
    assert read("028 3812 3456", TODAY) == Phone("+842838123456")
    assert read("+84 28 3812 3456", TODAY) == Phone("+842838123456")


@pytest.mark.parametrize("text", ["19001234", "09123456789", "+1 202 555 0100", "1234567890123", "H12345"])
def test_other_digits_are_unknown(text: str) -> None:
    assert read(text, TODAY) == Unreadable(Why.UNKNOWN_CODE)


@pytest.mark.parametrize(
    "text",
    [
        payload(TOKEN),
        f"dl:{TOKEN.lower()}",
        f"https://lich.example.vn/t/{TOKEN}",
        f"http://10.0.0.5:8080/t/{TOKEN}/",
        f"HTTPS://X.VN/A/B/T/{TOKEN}",
    ],
)
def test_our_own_slips_are_known(text: str) -> None:
    assert read(text, TODAY) == OwnTicket(TOKEN)


def test_a_longer_token_is_a_token_too() -> None:
    assert read(payload("0123456789abcdefghjk"), TODAY) == OwnTicket("0123456789ABCDEFGHJK")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Why.EMPTY),
        (" \r\n\0", Why.EMPTY),
        ("\ufeff", Why.EMPTY),
        ("DL:0123", Why.BROKEN),
        ("DL:0123456789ABCDEU", Why.BROKEN),
        ("079190000000|020000000|Trần Thị", Why.BROKEN),
        ("079190\ufffd00", Why.BROKEN),
        ("abc\x00def", Why.BROKEN),
        ("00020101021138570010A00000072701270006970436011300000000000000208QRIBFTTA", Why.PAYMENT_CODE),
        ("https://example.vn/", Why.WEB_ADDRESS),
        (f"https://example.vn/t/{TOKEN}?x=1", Why.WEB_ADDRESS),
        ("www.example.vn", Why.WEB_ADDRESS),
        ("zalo.me/0912345678", Why.WEB_ADDRESS),
        ("zalo://qr/p/abc", Why.WEB_ADDRESS),
        ("WIFI:S:Benh vien;T:WPA;P:khach;;", Why.WEB_ADDRESS),
        ("https://example.vn/" + "a" * 200, Why.WEB_ADDRESS),
        ("079190000000|TRAN THI MAU THU|1990-08-15|1|QID123|EXT", Why.COVID_CODE),
        ("0791******00|TRAN THI MAU THU|**********|0|QID123|EXT", Why.COVID_CODE),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", Why.VNEID),
        ("079190000000 | TRAN THI MAU THU | 1990-08-15 | 1 | QID123 | EXT", Why.COVID_CODE),
        ("A1b2" * 40, Why.VNEID),
        ('{"a": "' + "A1b2" * 40 + '"}', Why.UNKNOWN_CODE),
        ("hello", Why.UNKNOWN_CODE),
        ("x" * 5000, Why.UNKNOWN_CODE),
    ],
)
def test_what_is_no_person_says_why(text: str, why: Why) -> None:
    assert read(text, TODAY) == Unreadable(why)


@given(
    st.text(st.characters(), max_size=300)
    | st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "replace"))
)
@example("\ud800")
@example("|" * 50)
def test_any_text_gives_a_value(text: str) -> None:
    answer = read(text, TODAY)
    assert isinstance(answer, Identity | Unreadable)
    if not isinstance(answer, Unreadable):
        masked(answer)


FIELD = st.text(st.characters(exclude_characters="|"), max_size=40)


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.lists(FIELD, max_size=12))
def test_whatever_follows_a_number_gives_a_card_or_a_reason(number: str, fields: list[str]) -> None:
    answer = read("|".join([number, *fields]), TODAY)
    assert isinstance(answer, CitizenCard | InsuranceCard | CitizenNumber | Unreadable)
    if isinstance(answer, CitizenCard | InsuranceCard):
        assert answer.number == number
        assert (answer.name is None) == (Doubt.NAME_UNREADABLE in answer.doubts)
        assert answer.birth is None or not answer.birth.is_after(TODAY)


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "latin-1", "cp1252", "utf-16-le"]))
def test_any_bytes_in_any_decoding_give_a_value(raw: bytes, encoding: str) -> None:
    read(raw.decode(encoding, "replace"), TODAY)
    read(card(name=raw.decode(encoding, "replace")), TODAY)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Trần Thị Mẫu Thử", "Thử"),
        ("Thon", "Thon"),
        ("H' Mẫu", "H' Mẫu"),
        ("H’Mẫu", "H’Mẫu"),
        ("Y Niê", "Niê"),
        ("", ""),
    ],
)
def test_the_given_name_comes_last(name: str, shown: str) -> None:
    assert given_name(name) == shown


def test_the_confirm_screen_gets_no_more_than_it_may_show() -> None:
    seen = masked(read_card(CARD))
    assert (seen.given_name, seen.birth_year, seen.last_three) == ("Thử", 1990, "000")
    seen = masked(CitizenNumber("079190000123"))
    assert (seen.given_name, seen.birth_year, seen.last_three) == (None, None, "123")
    assert masked(Phone("+84912345678")).last_three == "678"
    assert masked(OwnTicket(TOKEN)).last_three is None
