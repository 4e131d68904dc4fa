"""Rows, people and tickets for kiosk tests, as the demo hospital would send them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from kiosk.identity import Birth, CitizenCard, Gender
from kiosk.journey.catalogue import Catalogue, catalogue_of
from kiosk.journey.values import World
from queue_server.protocol.codes import (
    AppointmentState,
    ClinicKind,
    CodeKind,
    GateName,
    KioskMode,
    Lane,
    Need,
    Punctuality,
    SignOrigin,
    StepState,
)
from queue_server.protocol.labels import CallSign, Label, Place
from queue_server.protocol.questions import AppointmentTold, Stop, TicketState
from queue_server.protocol.results import Appointed, Ticket
from queue_server.protocol.rows import (
    CatalogueFacility,
    CataloguePayer,
    CatalogueRoute,
    CatalogueService,
    CodeShape,
    KioskState,
    Row,
)

TODAY = date(2026, 11, 23)
TOKEN = "7ZJ0XWV4V5M8K2HP"

NUMBER, NAME, BIRTH = "079190000123", "Trần Thị Thu Hiền", Birth(1990, 8, 15)
CARD_CODE = f"{NUMBER}|024123456|{NAME}|15081990|Nữ|Số 1 Đường Ví Dụ, Phường Mẫu|01052021"
PHONE = "0912345678"
CARD = CitizenCard(NUMBER, NAME, BIRTH, Gender.FEMALE)
OTHER_CODE = "001085000456||Lê Văn Mẫu|01021985|Nam|Số 2 Đường Ví Dụ|01052021"
INSURANCE = "HT3790123456789"
INSURANCE_CODE = (
    f"{INSURANCE}|{NAME.encode().hex()}|15/08/1990|2|-|79 - 034|01/01/2026|-|20/12/2025|7900|-|4|-|x-1|$"
)
PASSPORT_CODE = "P<UTOMAUTHU<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<< X123456785UTO8502153F3201015<<<<<<<<<<<<<<<6"
PERSONAL = (
    INSURANCE,
    "MAUTHU",
    "X12345678",
    NUMBER,
    NAME,
    "1990",
    "024123456",
    "Đường Ví Dụ",
    PHONE,
    "+84912345678",
    NUMBER[-3:],
)


def label(vi: str, en: str = "") -> Label:
    return Label(vi=vi, en=en or vi)


def place(vi: str, en: str) -> Place:
    return Place(
        label=label(vi, en),
        hall=label("Khu chờ khám Nội – Ngoại", "Medicine and surgery hall"),
        floor=label("Tầng 2", "2nd floor"),
        hall_id="hall-2",
    )


APPOINTMENT_CODE = "TK260001"
HALF_PAST_EIGHT = 1_795_397_400_000
TEN, ONE = HALF_PAST_EIGHT + 90 * 60_000, HALF_PAST_EIGHT + 270 * 60_000
"""Ten in the morning and one in the afternoon, ms."""
FULL = {"neurology": ONE, "dental": None}
"""Exams whose session may be full, and when the next one begins."""
GENERAL = label("Nội tổng hợp", "General medicine")
RECEPTION = place("Tiếp nhận", "Reception")
ROOM_12 = place("Phòng 12 – Nội tổng hợp", "Room 12 – General medicine")

_EXAMS = (
    ("general", "Nội tổng hợp", "General medicine"),
    ("cardiology", "Tim mạch", "Cardiology"),
    ("rheumatology", "Cơ xương khớp", "Bones and joints"),
    ("neurology", "Thần kinh", "Neurology"),
    ("surgery", "Ngoại tổng hợp", "General surgery"),
    ("paediatrics", "Nhi", "Paediatrics"),
    ("eyes", "Mắt", "Eyes"),
    ("ent", "Tai Mũi Họng", "Ear, nose and throat"),
    ("dental", "Răng Hàm Mặt", "Teeth and jaw"),
    ("skin", "Da liễu", "Skin"),
    ("obstetrics", "Sản phụ khoa", "Obstetrics and gynaecology"),
)
_ROUTES = (
    ("insured-exam", "insured", "exam", "Khám bệnh bảo hiểm y tế", "See a doctor, insured", True),
    ("fee-exam", "fee", "exam", "Khám bệnh dịch vụ", "See a doctor, paying", True),
    ("insured-tests", "insured", "tests", "Xét nghiệm theo phiếu hẹn", "Tests ordered last time", False),
    ("fee-tests", "fee", "tests", "Xét nghiệm dịch vụ", "Tests, paying", False),
    ("insured-pharmacy", "insured", "pharmacy", "Lĩnh thuốc bảo hiểm y tế", "Collect medicine", False),
    ("fee-pharmacy", "fee", "pharmacy", "Mua thuốc theo toa", "Buy medicine", False),
)


def catalogue_rows(*, ask: bool = True, full: bool = False, own: str = "") -> dict[str, Row]:
    """The `catalogue` topic. ask: whether numbers without a card exist. own: its insurance code."""
    rows: list[Row] = [
        CatalogueFacility(
            key="facility",
            name=label("Bệnh viện Đa khoa khu vực Sông Hương", "Sông Hương Regional General Hospital"),
            time_zone="Asia/Ho_Chi_Minh",
            ticket_url="",
            offline_place=RECEPTION,
            offline_letter="K",
            codes=(CodeShape("appointment", CodeKind.APPOINTMENT, "TK[0-9]{6}"),),
            insurance_code=own,
        )
    ]
    rows += [
        CataloguePayer(key=f"payer:{name}", payer=name, label=label(vi, en), insured=name == "insured")
        for name, vi, en in (("insured", "Bảo hiểm y tế", "Insured"), ("fee", "Dịch vụ", "Paying"))
    ]
    rows += [
        CatalogueService(
            key=f"service:{name}",
            service=name,
            name=label(vi, en),
            kind=ClinicKind.EXAM,
            choosable=True,
            full=full and name in FULL,
            later_at=FULL.get(name) if full else None,
        )
        for name, vi, en in _EXAMS
    ]
    rows += [
        CatalogueRoute(
            key=f"route:{name}",
            route=name,
            payer=payer,
            kind=kind,
            label=label(vi, en),
            asks_service=exam,
            first=RECEPTION,
            identified=True,
        )
        for name, payer, kind, vi, en, exam in _ROUTES
    ]
    if ask:
        rows.append(
            CatalogueRoute(
                key="route:ask",
                route="ask",
                payer="ask",
                kind="reception",
                label=label("Lấy số quầy tiếp nhận", "A number for reception"),
                asks_service=False,
                first=RECEPTION,
            )
        )
    return {row.key: row for row in rows}


def kiosk_rows(intake: str = "") -> Mapping[str, Row]:
    """The `kiosk:` topic."""
    return {"kiosk-1": KioskState(key="kiosk-1", ordinal=1, day="2026-11-23", hall="hall-1", intake=intake)}


def catalogue(*, ask: bool = True, intake: str = "", full: bool = False, own: str = "") -> Catalogue:
    return catalogue_of(catalogue_rows(ask=ask, full=full, own=own).values(), kiosk_rows(intake).values())


def world(
    now: int = 0,
    *,
    online: bool = True,
    offer: Catalogue | None = None,
    mode: KioskMode = KioskMode.FULL,
    card_route: str = "",
) -> World:
    shown = catalogue() if offer is None else offer
    if mode is not KioskMode.FULL:
        shown = replace(shown, mode=mode, card_route=card_route)
    return World(now, TODAY, online, shown, shown.shapes)


def ticket(
    number: str = "A045",
    *,
    at: Place = ROOM_12,
    provisional: bool = False,
    reprint: bool = False,
    ahead: int | None = 12,
    came: Punctuality | None = None,
) -> Ticket:
    return Ticket(
        visit="2026-11-23-45",
        number=number,
        token=TOKEN,
        print="2026-11-23-45/p1",
        place=at,
        lane=Lane.PRIORITY if provisional else Lane.WALK_IN,
        printed_at=1_795_400_000_000,
        provisional=provisional,
        ahead=ahead,
        reprint=reprint,
        appointment=Appointed(HALF_PAST_EIGHT, GENERAL, came) if came is not None else None,
    )


def appointment(
    came: Punctuality = Punctuality.ON_TIME,
    state: AppointmentState = AppointmentState.BOOKED,
    *,
    today: bool = True,
) -> AppointmentTold:
    return AppointmentTold(at=HALF_PAST_EIGHT, service=GENERAL, state=state, punctuality=came, today=today)


def stop(step: str, state: StepState, at: Place = ROOM_12, ahead: int | None = None) -> Stop:
    sign = CallSign("A045", SignOrigin.VISIT) if state is StepState.QUEUED else None
    return Stop(step=step, state=state, place=at, call_sign=sign, ahead=ahead)


def ticket_state(*, missed: bool = False, token: str = "") -> TicketState:
    stops = (
        stop("1", StepState.DONE, RECEPTION),
        stop("2", StepState.DONE, place("Bàn 9 – Đo sinh hiệu", "Desk 9 – Vital signs")),
        stop("3", StepState.MISSED if missed else StepState.QUEUED, ahead=None if missed else 7),
        stop("4", StepState.PLANNED, place("Siêu âm", "Ultrasound")),
    )
    return TicketState(
        visit="2026-11-23-45",
        number="A045",
        lane=Lane.WALK_IN,
        stops=stops,
        missed="3" if missed else None,
        token=token,
    )


def state_before_tests(*, missed: bool = False, ready: bool = False, many: bool = False) -> TicketState:
    """One who has tests to do: what each asks of the body, and when. ready: they said that they are.

    many: more stops than a small screen has room for, and two that ask whether they are ready.
    """
    full = () if ready else (GateName.FULL_BLADDER,)
    scan = Stop(
        step="5",
        state=StepState.QUEUED if ready else StepState.PLANNED,
        place=place("Siêu âm bàng quang – tiểu khung", "Pelvic ultrasound"),
        needs=(Need.FULL_BLADDER,),
        suggested=2,
        may_open=full,
    )
    blood = Stop(
        step="4",
        state=StepState.MISSED if missed else StepState.QUEUED,
        place=place("Lấy máu lúc đói", "Fasting blood sample"),
        call_sign=CallSign("L012", SignOrigin.VISIT),
        ahead=None if missed else 3,
        suggested=1,
        needs=(Need.FASTING, Need.EMPTY_BLADDER),
        not_before=TEN,
        usually_by=TEN + 20 * 60_000,
    )
    again = Stop(
        step="6",
        state=StepState.PLANNED,
        place=place("Đường huyết lần hai", "Second blood sugar"),
        suggested=3,
        needs=(Need.FASTING,),
        due_at=ONE,
    )
    stops: tuple[Stop, ...] = (stop("1", StepState.DONE, RECEPTION), scan, blood, again)
    if many:
        stops = (
            *stops,
            Stop(
                step="7",
                state=StepState.PLANNED,
                place=place("Niệu động học", "Bladder pressure test"),
                suggested=4,
                needs=(Need.FULL_BLADDER,),
                may_open=full,
            ),
            *(
                Stop(step=str(8 + n), state=StepState.PLANNED, place=ROOM_12, suggested=5 + n)
                for n in range(5)
            ),
        )
    return TicketState(
        visit="2026-11-23-45",
        number="A045",
        lane=Lane.WALK_IN,
        stops=stops,
        missed="4" if missed else None,
    )
