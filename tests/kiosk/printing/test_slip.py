from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

from msgspec import structs

from kiosk.layout import arrange
from kiosk.slip import DEFAULT_TEXTS, Band, Block, Code, Pair, Priority, Slip, Stop, Text, slip_of
from queue_server.protocol.codes import Lane, Language, Need, Punctuality
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.results import Ticket, TicketStop
from tests.support import kiosk_parts

SLIP = Slip(
    facility={"vi": "Bệnh viện Mẫu", "en": "Sample Hospital"},
    number="A045",
    place={"vi": "Nội tổng hợp", "en": "General Internal Medicine"},
    hall={"vi": "Khu chờ A", "en": "Waiting area A"},
    floor={"vi": "tầng 1", "en": "ground floor"},
    printed=datetime(2026, 11, 23, 7, 42, tzinfo=timezone(timedelta(hours=7))),
    code="DL:0123456789ABCDEF",
    ahead=12,
)


def said(blocks: tuple[Block, ...]) -> list[str]:
    out: list[str] = []
    for block in blocks:
        match block:
            case Text(text=text):
                out.append(text)
            case Band(lines=lines):
                out.extend(lines)
            case Pair(label=label, value=value):
                out.append(f"{label} {value}")
            case Code(payload=payload, caption=caption):
                out += [payload, *(text.text for text in caption)]
            case _:
                continue
    return out


def test_a_ticket_says_everything_in_vietnamese_first() -> None:
    assert said(arrange(SLIP)) == [
        "Bệnh viện Mẫu",
        "Sample Hospital",
        "PHIẾU LƯỢT KHÁM",
        "Visit ticket",
        "Số của quý vị / Your number",
        "A045",
        "Mời đến / Please go to:",
        "Nội tổng hợp",
        "General Internal Medicine",
        "Khu chờ A, tầng 1",
        "Waiting area A, ground floor",
        "Số người trước / People ahead 12",
        "Giờ in / Printed at 07:42 23/11/2026",
        "DL:0123456789ABCDEF",
        *DEFAULT_TEXTS["missed"].values(),
        *DEFAULT_TEXTS["order"].values(),
        *DEFAULT_TEXTS["urgent"].values(),
    ]


def bands(slip: Slip) -> list[tuple[str, ...]]:
    return [block.lines for block in arrange(slip) if isinstance(block, Band)]


def test_provisional_priority_asks_for_papers_and_granted_does_not() -> None:
    assert bands(SLIP) == []
    assert bands(replace(SLIP, priority=Priority.GRANTED)) == [("ƯU TIÊN / Priority",)]
    assert bands(replace(SLIP, priority=Priority.PROVISIONAL)) == [
        ("ƯU TIÊN", "xuất trình giấy tờ tại quầy", "Priority: show your papers at the desk")
    ]


def test_a_reprint_says_so() -> None:
    assert bands(replace(SLIP, reprint=True)) == [("BẢN IN LẠI / REPRINT",)]


def test_what_is_not_known_is_not_said() -> None:
    lines = said(arrange(replace(SLIP, ahead=None, hall=None, floor=None)))
    assert not any("trước /" in line or "Khu chờ A" in line for line in lines)
    assert "Số người trước / People ahead 0" in said(arrange(replace(SLIP, ahead=0)))


def test_a_part_without_translation_is_left_out_of_the_translation() -> None:
    lines = said(arrange(replace(SLIP, hall={"vi": "Khu chờ A"})))
    assert "Khu chờ A, tầng 1" in lines
    assert "ground floor" in lines


def test_a_site_words_its_ticket_and_keeps_the_other_defaults() -> None:
    lines = said(arrange(SLIP, {"title": {"vi": "PHIẾU KHÁM", "en": "Ticket"}}))
    assert lines[2:4] == ["PHIẾU KHÁM", "Ticket"]
    assert "Số của quý vị / Your number" in lines


def test_who_reads_another_language_gets_it_below_the_vietnamese() -> None:
    words = {"title": {"vi": "PHIẾU LƯỢT KHÁM", "en": "Visit ticket", "km": "សំបុត្រ"}}
    lines = said(arrange(SLIP, words, patient=Language.KM))
    # What has no words in it is said in English.
    assert lines[:5] == [
        "Bệnh viện Mẫu",
        "Sample Hospital",
        "PHIẾU LƯỢT KHÁM",
        "សំបុត្រ",
        "Số của quý vị / Your number",
    ]


def test_a_slip_has_no_field_for_a_person_or_a_reason() -> None:
    assert {field.name for field in fields(Slip)} == {
        "facility",
        "number",
        "place",
        "printed",
        "code",
        "hall",
        "floor",
        "ahead",
        "priority",
        "reprint",
        "appointment",
        "later",
        "stops",
        "not_before",
        "usually_by",
    }
    assert {field.name for field in fields(Stop)} == {"place", "where", "needs", "order"}


def test_a_slip_says_what_the_server_said() -> None:
    place = Place(
        Label("Nội tổng hợp", "General Internal Medicine"),
        Label("Khu chờ A", "Waiting area A"),
        Label("", ""),
    )
    ticket = Ticket(
        visit="v1",
        number="A045",
        token="0123456789ABCDEF",
        print="p1",
        place=place,
        lane=Lane.PRIORITY,
        printed_at=1_795_394_520_000,
        ahead=12,
        reprint=True,
    )
    facility = Label("Bệnh viện Mẫu", "Sample Hospital")
    slip = slip_of(ticket, facility, timezone(timedelta(hours=7)))
    assert slip == replace(SLIP, floor=None, priority=Priority.GRANTED, reprint=True)
    provisional = slip_of(structs.replace(ticket, lane=Lane.WALK_IN, provisional=True), facility, UTC)
    assert provisional.priority is Priority.PROVISIONAL
    assert f"{provisional.printed:%H:%M}" == "00:42"
    assert slip_of(structs.replace(ticket, lane=Lane.WALK_IN), facility, UTC).priority is None


def test_expected_times_are_said_to_be_no_appointment() -> None:
    free, by = SLIP.printed + timedelta(minutes=38), SLIP.printed + timedelta(minutes=85)
    lines = said(arrange(replace(SLIP, not_before=free, usually_by=by)))
    assert f"Không sớm hơn {free:%H:%M}" in lines
    assert f"Not before {free:%H:%M}" in lines
    assert f"Thường trước {by:%H:%M}" in lines
    assert "Giờ dự kiến, không phải giờ hẹn" in lines
    soon = said(arrange(replace(SLIP, not_before=SLIP.printed, usually_by=by)))
    assert not any(line.startswith("Không sớm hơn") for line in soon)
    assert f"Usually by {by:%H:%M}" in soon


def test_a_ticket_for_a_later_session_says_from_when() -> None:
    zone = timezone(timedelta(hours=7))
    one = int(datetime(2026, 11, 23, 13, 0, tzinfo=zone).timestamp() * 1000)
    ticket = structs.replace(kiosk_parts.ticket(), later_at=one)
    slip = slip_of(ticket, Label(vi="Bệnh viện Mẫu", en="Sample Hospital"), zone)
    assert Band(("KHÁM TỪ 13:00", "Seen from 13:00")) in arrange(slip)


def test_a_slip_lists_all_stops_in_the_recommended_order() -> None:
    blood = kiosk_parts.place("Lấy mẫu xét nghiệm", "Sample taking")
    stops = (
        TicketStop(place=kiosk_parts.place("Siêu âm", "Ultrasound"), suggested=2, needs=(Need.FULL_BLADDER,)),
        TicketStop(place=kiosk_parts.place("X-quang", "X-ray")),
        TicketStop(place=blood, suggested=1, needs=(Need.FASTING, Need.EMPTY_BLADDER)),
    )
    ticket = structs.replace(kiosk_parts.ticket(), stops=stops)
    told = said(arrange(slip_of(ticket, Label(vi="Bệnh viện Mẫu", en=""), UTC)))
    start = told.index("Các nơi cần đến / Where to go:") + 1
    hall = "Khu chờ khám Nội – Ngoại, Tầng 2"
    assert told[start : start + 11] == [
        "1. Lấy mẫu xét nghiệm",
        "nhịn ăn, đi tiểu trước",
        hall,
        "Sample taking, before any food, with an empty bladder, Medicine and surgery hall, 2nd floor",
        "2. Siêu âm",
        "nhịn tiểu",
        hall,
        "Ultrasound, with a full bladder, Medicine and surgery hall, 2nd floor",
        "– X-quang",
        hall,
        "X-ray, Medicine and surgery hall, 2nd floor",
    ]


def test_an_appointment_is_told_with_how_its_holder_came() -> None:
    zone = timezone(timedelta(hours=7))
    told = {
        came: said(arrange(slip_of(kiosk_parts.ticket(came=came), Label(vi="Mẫu", en="Sample"), zone)))
        for came in Punctuality
    }
    for lines in told.values():
        assert "Hẹn 08:30 – Nội tổng hợp" in lines
        assert "Appointment 08:30 – General medicine" in lines
    for came, name in ((Punctuality.EARLY, "came_early"), (Punctuality.LATE, "came_late")):
        assert {*DEFAULT_TEXTS[name].values()} <= {*told[came]}
        assert not {*DEFAULT_TEXTS[name].values()} & {*told[Punctuality.ON_TIME]}
