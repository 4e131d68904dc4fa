"""Rows that a hall screen and a console are fed with: an invented clinic on a Monday morning at 07:42."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from msgspec.structs import replace

from display.console.desk import Chosen, Desk, FoundOne
from queue_server.client import Link, LinkState
from queue_server.protocol.codes import (
    Binding,
    ClinicKind,
    ClinicState,
    GateName,
    Grant,
    HallState,
    Help,
    Lane,
    Language,
    PresenceKind,
    PrintState,
    ReasonKind,
    Role,
    SignOrigin,
    StepState,
)
from queue_server.protocol.labels import CallSign, Label, Place
from queue_server.protocol.rows import (
    CatalogueRoute,
    CatalogueService,
    ClinicCard,
    ClinicStep,
    FacilityCard,
    FacilityClinic,
    FacilityPractitioner,
    FacilityReason,
    FacilityService,
    HallCall,
    HallCard,
    Name,
    Print,
    Row,
    VisitCard,
)

VIETNAM = timezone(timedelta(hours=7))
NOW = int(datetime(2026, 11, 23, 7, 42, tzinfo=VIETNAM).timestamp()) * 1000
MINUTE = 60_000
ONLINE = Link(LinkState.ONLINE)
LOST = Link(LinkState.WAITING)
ROOM_12 = Label(vi="Phòng 12 – Nhi", en="Room 12 – Paediatrics")


def hall_call(
    sign: str,
    state: HallState = HallState.CALLED,
    *,
    ago: int = 60,
    room: str = "12",
    place: Label = ROOM_12,
    say: tuple[str, ...] = (),
    times: int = 1,
) -> HallCall:
    """A number of a hall. ago: seconds since its last call."""
    return HallCall(
        key=f"step-{sign}",
        state=state,
        call_sign=sign,
        place=place,
        room=room,
        clinic=f"room-{room}",
        at=NOW - ago * 1000,
        times_called=times,
        say=say,
    )


HALL: list[Row] = [
    HallCard(
        key="hall:hall-1",
        name=Label(vi="Sảnh A", en="Hall A"),
        floor=Label(vi="Tầng 1", en="1st floor"),
    ),
    hall_call("A045", ago=4),
    hall_call("L103", ago=40, room="5", place=Label(vi="Phòng 5 – Tim mạch", en="Room 5 – Cardiology")),
    hall_call("A031", ago=80, room="101", place=Label(vi="Phòng lấy mẫu", en="Sample taking room")),
    hall_call("K07-123", ago=200, room="3", place=Label(vi="Quầy tiếp nhận 3", en="Reception desk 3")),
    hall_call("A046", HallState.PREPARED, ago=20),
    hall_call("S010", HallState.PREPARED, ago=10),
    hall_call("R005", HallState.MISSED, ago=900),
]


_CARD = ClinicCard(
    key="room-1",
    name=Label(vi="Phòng 1 – Nội tổng hợp", en="Room 1 – General medicine"),
    room="1",
    kind=ClinicKind.EXAM,
    hall="hall-2",
    state=ClinicState.OPEN,
    places=1,
    services=("general",),
    practitioners=("an",),
    waiting=4,
    served=22,
    next_step="2",
)


def card(**changed: Any) -> ClinicCard:
    """The clinic where the console works."""
    return replace(_CARD, **changed)


def step(key: str, sign: str, state: StepState = StepState.QUEUED, **changed: Any) -> ClinicStep:
    """A step at that clinic; its visit is `v` and the key."""
    plain = ClinicStep(
        key=key,
        visit=f"v{key}",
        number=sign,
        service="general",
        state=state,
        lane=Lane.WALK_IN,
        call_sign=CallSign(text=sign, origin=SignOrigin.VISIT),
        since=NOW - 10 * MINUTE,
    )
    return replace(plain, **changed)


IN_HAND = step(
    "1",
    "A045",
    StepState.CALLED,
    lane=Lane.PRIORITY,
    grant=Grant.PROVISIONAL,
    times_called=1,
    called_at=NOW - MINUTE,
    help=(Help.HEARING,),
)
STEPS: list[Row] = [
    IN_HAND,
    step("2", "A046", StepState.PREPARED, order=1, presence=PresenceKind.HERE),
    step("3", "A031", lane=Lane.RETURNING, order=2, returning=True),
    step("4", "A047", order=3, busy="us-1"),
    step("6", "A022", StepState.MISSED),
    step("7", "A038", StepState.HELD, held_until=NOW + 10 * MINUTE),
    step("8", "A052", StepState.PLANNED, gates=(GateName.PAID,)),
]
JOURNEY: list[Row] = [
    VisitCard(key="visit", number="A077", lane=Lane.PRIORITY),
    step("77.1", "A077", StepState.DONE, service="ultrasound", visit="v77", own=True, clinic="us-1"),
    step(
        "77.2",
        "A077",
        StepState.PLANNED,
        service="blood",
        visit="v77",
        own=False,
        gates=(GateName.PAID,),
    ),
    Print(
        key="print:v77/p1",
        print="v77/p1",
        visit="v77",
        number="A077",
        kiosk="kiosk-1",
        state=PrintState.ACKNOWLEDGED,
        at=NOW - 5 * MINUTE,
    ),
]
"""The visit `v77` that no step brings to the console's clinic."""
NAMES: list[Row] = [
    Name(key="v1", name="Nguyễn Thị Ánh Tuyết", birth_year="1948"),
    Name(key="v2", name="Trần Văn Hậu", birth_year="1985"),
    Name(key="v8", name="Hoàng Ầu Ẵm", birth_year="1966"),
]


def place(clinic: str, vi: str, room: str, kind: ClinicKind, service: str, *people: str) -> FacilityClinic:
    return FacilityClinic(
        key=f"clinic:{clinic}",
        clinic=clinic,
        name=Label(vi=vi, en=f"{vi} (en)"),
        room=room,
        kind=kind,
        hall="hall-2",
        state=ClinicState.OPEN,
        services=(service,),
        practitioners=people,
    )


def reason(name: str, kind: ReasonKind, vi: str) -> FacilityReason:
    return FacilityReason(key=f"reason:{name}", reason=name, kind=kind, label=Label(vi=vi, en=f"{vi} (en)"))


FACILITY: list[Row] = [
    FacilityCard(key="facility", name=Label(vi="Bệnh viện", en="Hospital"), day="2026-11-23"),
    place("room-1", "Phòng 1 – Nội tổng hợp", "1", ClinicKind.EXAM, "general", "an"),
    place("room-2", "Phòng 2 – Nội tổng hợp", "2", ClinicKind.EXAM, "general"),
    place("us-1", "Siêu âm 1", "102", ClinicKind.IMAGING, "ultrasound"),
    place("reception-1", "Quầy tiếp nhận 1", "1", ClinicKind.RECEPTION, "reception"),
    *(
        FacilityService(
            key=f"service:{service}",
            service=service,
            name=Label(vi=vi, en=service),
            kind=kind,
            binding=Binding.LATE,
        )
        for service, vi, kind in (
            ("general", "Khám Nội tổng hợp", ClinicKind.EXAM),
            ("blood", "Xét nghiệm máu", ClinicKind.SAMPLING),
            ("ultrasound", "Siêu âm", ClinicKind.IMAGING),
        )
    ),
    reason("call-doctor", ReasonKind.CALL, "Bác sĩ yêu cầu"),
    reason("pause-emergency", ReasonKind.PAUSE, "Bác sĩ xử trí cấp cứu"),
    reason("cancel-patient", ReasonKind.CANCEL, "Người bệnh xin thôi"),
    reason("lane-papers", ReasonKind.LANE, "Đã xem giấy tờ ưu tiên"),
    reason("void-double", ReasonKind.VOID, "In thừa"),
    reason("intake-full", ReasonKind.INTAKE, "Đã đủ số"),
    reason("admitted", ReasonKind.FINISH, "Nhập viện"),
    FacilityPractitioner(key="practitioner:an", practitioner="an", name="BS Nguyễn Văn An", clinic="room-1"),
    FacilityPractitioner(key="practitioner:binh", practitioner="binh", name="BS Lê Thị Bình"),
]
NOWHERE = Place(label=Label(vi="", en=""), hall=Label(vi="", en=""), floor=Label(vi="", en=""))
CATALOGUE: list[Row] = [
    CatalogueRoute(
        key="route:ask",
        route="ask",
        payer="ask",
        kind="ask",
        label=Label(vi="Lấy số quầy tiếp nhận", en="A number for reception"),
        asks_service=False,
        first=NOWHERE,
    ),
    CatalogueService(
        key="service:general",
        service="general",
        name=Label(vi="Nội tổng hợp", en="general"),
        kind=ClinicKind.EXAM,
        choosable=True,
    ),
]


def desk(
    *rows: Row,
    selected: str | None = None,
    chosen: Chosen | None = None,
    language: Language = Language.VI,
    facility: list[Row] | None = None,
    journey: Sequence[Row] = (),
    role: Role = Role.CLINIC,
    names: Sequence[Row] | None = None,
    found: FoundOne | None = None,
) -> Desk:
    """A console's moment with these rows of its clinic, all of the above without any."""
    shown = rows or (card(), *STEPS)
    return Desk(
        clinic="room-1",
        rows={row.key: row for row in shown},
        names={row.key: row for row in (NAMES if names is None else names)},
        facility={row.key: row for row in (FACILITY if facility is None else facility)},
        catalogue={row.key: row for row in CATALOGUE},
        now=NOW,
        zone=VIETNAM,
        language=language,
        selected=selected,
        chosen=chosen,
        found=found,
        journey={row.key: row for row in journey},
        role=role,
    )
