"""Every parameter of the model: how many come and when, what they need, how staff work. Frozen.

Numbers are of Vietnamese outpatient departments as far as any are public, marked by their source: [scale]
arrivals of a district hospital (half between 6:30 and 9:30, a second peak from 13:00, people before the
doors), [1313] the journeys of QĐ 1313/QĐ-BYT, [law] priority by Law 15/2023/QH15. What nobody publishes is
our assumption, marked [a]; a pilot hospital replaces it. A changed number makes other days: say so where
results are quoted.
"""

from dataclasses import dataclass, field

from queue_server.protocol.codes import ClinicKind

DATE = "2026-11-23"
"""A Monday."""


@dataclass(frozen=True, slots=True)
class Work:
    """How long a turn takes: log-normal. mean: seconds at pace 1. spread: coefficient of variation."""

    mean: float
    spread: float = 0.6


@dataclass(frozen=True, slots=True)
class Counter:
    """A service without a doctor. clinics of `places` each. opens, ends: minutes since midnight."""

    service: str
    kind: ClinicKind
    vi: str
    en: str
    letter: str
    clinics: int
    places: int
    work: Work
    opens: int = 6 * 60
    ends: int = 17 * 60
    result_minutes: tuple[float, float] | None = None
    """Mean and spread of the time until the result is there; None: there is none."""


@dataclass(frozen=True, slots=True)
class Specialty:
    """An exam service. rooms: with one desk each; shared: rooms with two. share: of the exam visits.
    back: seconds of the turn after results."""

    service: str
    vi: str
    en: str
    rooms: int
    shared: int
    share: float
    work: Work
    back: Work


@dataclass(frozen=True, slots=True)
class Staff:
    """How people work. Probabilities per desk and session; times in minutes.

    pace: spread of doctors' own paces (log-normal around 1). late: probability and longest lateness. breaks:
    mean number of pauses in a session, and their mean length. unkeyed: pauses nobody keyed in. forgotten:
    share of turns whose end is keyed late, and by how many minutes on average. overtime: how long a doctor
    stays after the session's end while people wait. afternoon: share of doctors who work after lunch.
    """

    pace: float = 0.25
    late: tuple[float, float] = (0.15, 35.0)
    breaks: tuple[float, float] = (1.2, 7.0)
    unkeyed: float = 0.5
    forgotten: tuple[float, float] = (0.03, 2.0)
    overtime: tuple[float, float] = (30.0, 60.0)
    afternoon: float = 0.6
    morning_session: tuple[int, int] = (7 * 60, 11 * 60 + 30)
    afternoon_session: tuple[int, int] = (13 * 60, 16 * 60 + 30)


@dataclass(frozen=True, slots=True)
class Habits:
    """What patients do. walk: seconds between places. door: seconds from a seat to the door.

    wanders: share of those in a doctor's line who leave the hall once while they wait, after how many
    minutes (mean), for how many (median, spread). leaves: share who go home with the number in their pocket.
    """

    walk: Work = Work(45, 0.4)
    door: Work = Work(12, 0.5)
    wanders: float = 0.18
    wanders_after: float = 40.0
    away: tuple[float, float] = (9.0, 0.8)
    leaves: float = 0.01


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong on purpose. Times in minutes since midnight.

    late_doctors: share of doctors who come `late_by` late, their rooms open by the clock. closing: of each
    named specialty so many rooms stop at `closing_at` for good. down: a service's places out of order from,
    to, known to staff. seen_to_after: minutes until a supervisor takes a proposal.
    """

    late_doctors: float = 0.0
    late_by: float = 50.0
    closing: tuple[tuple[str, int], ...] = ()
    closing_at: int = 9 * 60
    down: tuple[str, int, int] | None = None
    seen_to_after: float = 3.0


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of day. visits: how many come. arrivals: (from, to, share), minutes since midnight, even
    within each. kinds: shares of exam, tests and pharmacy visits. insured: share who pay at the end.

    priority: share in the priority lane [law]; urgent: share raised to it at vital signs. tests: share of
    exam visits with 0, 1, 2, 3 ordered tests [1313]; test_shares: which. chooses: share who choose their
    doctor's room.
    """

    name: str
    says: str
    visits: int
    counters: tuple[Counter, ...]
    specialties: tuple[Specialty, ...]
    arrivals: tuple[tuple[int, int, float], ...]
    kinds: tuple[float, float, float] = (0.90, 0.05, 0.05)
    insured: float = 0.72
    priority: float = 0.13
    urgent: float = 0.004
    tests: tuple[float, float, float, float] = (0.56, 0.22, 0.14, 0.08)
    test_shares: dict[str, float] = field(default_factory=dict)
    pharmacy_after: tuple[float, float] = (0.8, 0.45)
    chooses: float = 0.04
    staff: Staff = Staff()
    habits: Habits = Habits()
    trouble: Trouble = Trouble()


# 35 % are there before calling starts at 7:00, half come between 6:30 and 9:30, 13 % from 13:00 to 14:00.
_MONDAY = (
    (4 * 60, 5 * 60, 0.05),
    (5 * 60, 6 * 60, 0.10),
    (6 * 60, 6 * 60 + 30, 0.08),
    (6 * 60 + 30, 7 * 60, 0.12),
    (7 * 60, 8 * 60, 0.17),
    (8 * 60, 9 * 60, 0.14),
    (9 * 60, 9 * 60 + 30, 0.07),
    (9 * 60 + 30, 11 * 60, 0.08),
    (11 * 60, 13 * 60, 0.02),
    (13 * 60, 14 * 60, 0.13),
    (14 * 60, 15 * 60 + 30, 0.04),
)

_COUNTERS = (
    Counter("reception", ClinicKind.RECEPTION, "Tiếp nhận", "Reception", "A", 4, 5, Work(55), 5 * 60 + 30),
    Counter("cashier", ClinicKind.CASHIER, "Thu ngân", "Cashier", "H", 3, 3, Work(50), 5 * 60 + 30),
    Counter(
        "vitals", ClinicKind.VITALS, "Đo sinh hiệu", "Vital signs", "L", 4, 5, Work(55, 0.4), 5 * 60 + 30
    ),
    Counter(
        "sampling",
        ClinicKind.SAMPLING,
        "Lấy mẫu xét nghiệm",
        "Sample taking",
        "R",
        2,
        8,
        Work(120, 0.5),
        result_minutes=(50, 0.35),
    ),
    Counter(
        "ultrasound",
        ClinicKind.IMAGING,
        "Siêu âm",
        "Ultrasound",
        "S",
        12,
        1,
        Work(260),
        result_minutes=(6, 0.5),
    ),
    Counter("x-ray", ClinicKind.IMAGING, "X-quang", "X-ray", "X", 4, 2, Work(190), result_minutes=(20, 0.5)),
    Counter("ecg", ClinicKind.IMAGING, "Điện tim", "ECG", "Y", 3, 2, Work(270, 0.4), result_minutes=(5, 0.5)),
    Counter("pharmacy", ClinicKind.PHARMACY, "Nhà thuốc", "Pharmacy", "M", 4, 4, Work(65), 7 * 60),
)
_TESTS = {"sampling": 0.45, "ultrasound": 0.25, "x-ray": 0.19, "ecg": 0.11}
_BACK = Work(110, 0.6)

_SPECIALTIES = (
    Specialty("general", "Nội tổng hợp", "General medicine", 5, 5, 0.235, Work(155), _BACK),
    Specialty("cardiology", "Tim mạch", "Cardiology", 3, 1, 0.085, Work(175), _BACK),
    Specialty("bones", "Cơ xương khớp", "Bones and joints", 2, 1, 0.075, Work(165), _BACK),
    Specialty("neurology", "Thần kinh", "Neurology", 2, 1, 0.065, Work(185), _BACK),
    Specialty("surgery", "Ngoại tổng hợp", "General surgery", 2, 1, 0.075, Work(155), _BACK),
    Specialty("paediatrics", "Nhi", "Paediatrics", 2, 3, 0.140, Work(165), _BACK),
    Specialty("eyes", "Mắt", "Eyes", 2, 1, 0.070, Work(155), _BACK),
    Specialty("ent", "Tai Mũi Họng", "Ear, nose and throat", 2, 1, 0.085, Work(145), _BACK),
    Specialty("dental", "Răng Hàm Mặt", "Teeth and jaw", 1, 1, 0.030, Work(270), _BACK),
    Specialty("skin", "Da liễu", "Skin", 1, 1, 0.055, Work(135), _BACK),
    Specialty("obstetrics", "Sản phụ khoa", "Obstetrics", 2, 2, 0.085, Work(190), _BACK),
)

DISTRICT = Profile(
    "district",
    "a district hospital on a full day: 5,000 visits, 79 places, 60 doctors' desks 80-95% used in the peak",
    visits=5000,
    counters=_COUNTERS,
    specialties=_SPECIALTIES,
    arrivals=_MONDAY,
    test_shares=_TESTS,
)

_COMMUNE = Profile(
    "commune",
    "a commune station: 30 visits, a desk and a room",
    visits=30,
    counters=(
        Counter("reception", ClinicKind.RECEPTION, "Tiếp nhận", "Reception", "A", 1, 1, Work(150), 7 * 60),
        Counter("pharmacy", ClinicKind.PHARMACY, "Cấp thuốc", "Pharmacy", "M", 1, 1, Work(120), 7 * 60),
    ),
    specialties=(Specialty("general", "Khám bệnh", "Doctor", 2, 0, 1.0, Work(660), Work(300)),),
    arrivals=(
        (6 * 60 + 15, 7 * 60, 0.35),
        (7 * 60, 9 * 60 + 30, 0.35),
        (9 * 60 + 30, 11 * 60, 0.10),
        (13 * 60, 14 * 60, 0.15),
        (14 * 60, 15 * 60 + 30, 0.05),
    ),
    kinds=(0.95, 0.0, 0.05),
    insured=1.0,
    tests=(1.0, 0.0, 0.0, 0.0),
    chooses=0.0,
    staff=Staff(afternoon=1.0),
)


def _like_district(name: str, says: str, *, visits: int = 5000, trouble: Trouble | None = None) -> Profile:
    return Profile(
        name,
        says,
        visits=visits,
        counters=_COUNTERS,
        specialties=_SPECIALTIES,
        arrivals=_MONDAY,
        test_shares=_TESTS,
        trouble=trouble or Trouble(),
    )


PROFILES = {
    profile.name: profile
    for profile in (
        DISTRICT,
        _COMMUNE,
        _like_district("monday", "the district hospital after a holiday: 5,750 visits", visits=5750),
        _like_district(
            "doctor_late",
            "the district hospital, a quarter of the doctors 50 minutes late, their rooms open by the clock",
            trouble=Trouble(late_doctors=0.25),
        ),
        _like_district(
            "clinic_closes",
            "the district hospital, one room of five specialties closes at 9:00 for good",
            trouble=Trouble(
                closing=(("general", 1), ("cardiology", 1), ("paediatrics", 1), ("ent", 1), ("obstetrics", 1))
            ),
        ),
        _like_district(
            "xray_down",
            "the district hospital, X-ray out of order from 8:00 to 10:30",
            trouble=Trouble(down=("x-ray", 8 * 60, 10 * 60 + 30)),
        ),
    )
}
