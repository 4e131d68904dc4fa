"""The hospital of a profile: its site file as a hospital would write it, and the facility read from it."""

import tempfile
from pathlib import Path

from queue_server import site
from queue_server.engine.facility import Facility
from scripts.simulation.profiles import Counter, Profile, Specialty

_HALLS = (("hall-1", "Sảnh tiếp nhận", "Reception hall"), ("hall-2", "Khu chờ khám", "Doctors' hall"))
_REASONS = (
    ("lane-nurse", "lane", "Điều dưỡng quyết định", "The nurse decided", ""),
    ("pause-emergency", "pause", "Bác sĩ xử trí cấp cứu", "The doctor is at an emergency", "emergency"),
    ("pause-lunch", "pause", "Nghỉ trưa", "Lunch", "lunch"),
    ("pause-equipment", "pause", "Máy đang gặp sự cố", "Equipment out of order", "paused"),
    ("cancel-left", "cancel", "Người bệnh đã về", "The patient went home", ""),
    ("transfer-away", "transfer", "Bác sĩ vắng", "The doctor is away", ""),
)
# Insured patients pay at the end, at the pharmacy's window; the others before each stop.
_FEE_STOPS = frozenset({"sampling", "ultrasound", "x-ray", "ecg"})


def facility(profile: Profile) -> Facility:
    """The facility that the profile's site file plans."""
    with tempfile.TemporaryDirectory(prefix="denluot-simulate-") as folder:
        path = Path(folder) / f"{profile.name}.toml"
        path.write_text(site_file(profile), encoding="utf-8")
        return site.load(path).facility


def site_file(profile: Profile) -> str:
    """The site file's text."""
    parts = [
        f'[facility]\nid = "{profile.name.replace("_", "-")}"\nname = {_words("Bệnh viện", "Hospital")}',
        'time_zone = "Asia/Ho_Chi_Minh"\nreception = "reception"',
    ]
    parts += [
        f"[halls.{hall}]\nname = {_words(vi, en)}\nfloor = {_words('1', '1')}" for hall, vi, en in _HALLS
    ]
    for counter in profile.counters:
        parts += _counter(counter)
    for specialty in profile.specialties:
        parts += _specialty(specialty, profile)
    parts += _routes(profile)
    for reason, kind, vi, en, notice in _REASONS:
        said = f'\nnotice = "{notice}"' if notice else ""
        parts.append(f'[reasons.{reason}]\nkind = "{kind}"\nlabel = {_words(vi, en)}{said}')
    parts.append('[kiosks.kiosk-1]\nordinal = 1\nhall = "hall-1"')
    return "\n\n".join(parts) + "\n"


def rooms(specialty: Specialty) -> list[tuple[str, int]]:
    """The clinics of a specialty and how many desks each has: shared rooms last."""
    count = specialty.rooms + specialty.shared
    return [(f"{specialty.service}-{n}", 1 if n <= specialty.rooms else 2) for n in range(1, count + 1)]


def doctors(specialty: Specialty) -> list[tuple[str, str]]:
    """Every doctor of a specialty and the clinic of that desk."""
    return [
        (f"bs-{clinic}-{desk}", clinic) for clinic, desks in rooms(specialty) for desk in range(1, desks + 1)
    ]


def works_after_lunch(profile: Profile, specialty: Specialty, ordinal: int) -> bool:
    """Whether the doctor of this ordinal (from 0) has an afternoon session; at least one always has."""
    count = len(doctors(specialty))
    return ordinal < max(1, round(profile.staff.afternoon * count))


def _counter(counter: Counter) -> list[str]:
    service = [
        f"[services.{counter.service}]\nname = {_words(counter.vi, counter.en)}",
        f'kind = "{counter.kind}"\nletter = "{counter.letter}"\nbinding = "pooled"',
        f"minutes = {_minutes(counter.work.mean)}",
    ]
    if counter.service == "reception":
        service.append('opens = ["verified"]')
    if counter.service == "cashier":
        service.append('opens = ["paid"]')
    if counter.service in _FEE_STOPS:
        service.append('gates = ["paid"]')
    if counter.result_minutes is not None:
        service.append("has_result = true")
    parts = ["\n".join(service)]
    names = [f"{counter.service}-{n}" for n in range(1, counter.clinics + 1)]
    parts += [
        f"[clinics.{name}]\nname = {_words(f'{counter.vi} {n}', f'{counter.en} {n}')}\n"
        f'room = "{n}"\nkind = "{counter.kind}"\nhall = "hall-1"\nservices = ["{counter.service}"]\n'
        f"places = {counter.places}"
        for n, name in enumerate(names, 1)
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    parts.append(
        f'[[sessions]]\nclinics = [{listed}]\nfrom = "{_clock(counter.opens)}"\nto = "{_clock(counter.ends)}"'
    )
    return parts


def _specialty(specialty: Specialty, profile: Profile) -> list[str]:
    tested = 1.0 - profile.tests[0]
    all_in = specialty.work.mean + tested * specialty.back.mean
    minutes = _minutes(all_in / (1 + tested))
    service = [
        f'[services.{specialty.service}]\nname = {_words(specialty.vi, specialty.en)}\nkind = "exam"',
        f'minutes = {minutes}\nbinding = "late"\ngates = ["paid"]\nchoosable = true',
    ]
    parts = ["\n".join(service)]
    for n, (name, desks) in enumerate(rooms(specialty), 1):
        parts.append(
            f"[clinics.{name}]\nname = {_words(f'{specialty.vi} {n}', f'{specialty.en} {n}')}\n"
            f'room = "{n}"\nkind = "exam"\nhall = "hall-2"\nservices = ["{specialty.service}"]\n'
            f"places = {desks}"
        )
    for ordinal, (doctor, clinic) in enumerate(doctors(specialty)):
        parts.append(f'[practitioners.{doctor}]\nname = "BS. {doctor[3:]}"')
        sessions = [profile.staff.morning_session]
        if works_after_lunch(profile, specialty, ordinal):
            sessions.append(profile.staff.afternoon_session)
        parts += [
            f'[[sessions]]\nclinic = "{clinic}"\npractitioner = "{doctor}"\n'
            f'from = "{_clock(opens)}"\nto = "{_clock(ends)}"'
            for opens, ends in sessions
        ]
    return parts


def _routes(profile: Profile) -> list[str]:
    has = {counter.service for counter in profile.counters}
    parts = [
        f'[payers.insured]\nlabel = {_words("Bảo hiểm y tế", "Insured")}\ninsured = true\nwaives = ["paid"]',
        f"[payers.fee]\nlabel = {_words('Dịch vụ', 'Paying')}",
    ]
    parts.append(
        f'[payers.ask]\nlabel = {_words("Xin hỏi", "Ask")}\n\n[routes.ask]\npayer = "ask"\nkind = "ask"\n'
        f'label = {_words("Xin hỏi", "Ask")}\nsteps = ["reception"]'
    )
    for payer, first in (("insured", "reception"), ("fee", "cashier")):
        if first not in has:
            continue
        ways = {"exam": [first, "vitals", "@exam"], "tests": [first, "sampling"], "pharmacy": ["pharmacy"]}
        for kind, steps in ways.items():
            if kind == "tests" and "sampling" not in has:
                continue
            listed = ", ".join(f'"{step}"' for step in steps if step in has or step == "@exam")
            parts.append(
                f'[routes.{payer}-{kind}]\npayer = "{payer}"\nkind = "{kind}"\n'
                f"label = {_words(kind, kind)}\nsteps = [{listed}]\nidentified = true"
            )
    return parts


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _words(vi: str, en: str) -> str:
    return f'{{ vi = "{vi}", en = "{en}" }}'
