"""The keys of a site file for emergencies and for the hours of a kiosk."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.engine.facility import EmergencyPlan, Words

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
STAFF = f'[devices.sup-1]\nrole = "supervisor"\ntoken_sha256 = "{"7" * 64}"\n'


def written(folder: Path, *lines: str, text: str = SMALL) -> Path:
    file = folder / "site.toml"
    file.write_text("\n".join([text, STAFF, *lines, ""]), encoding="utf-8")
    return file


def told(file: Path) -> str:
    return "\n".join(map(str, site.check(file)))


def test_without_a_word_everybody_answers_and_kiosks_always_serve(tmp_path: Path) -> None:
    facility = site.load(written(tmp_path)).facility
    assert facility.emergency == EmergencyPlan()
    assert [kiosk.hours for kiosk in facility.kiosks.values()] == [()]


def test_a_site_says_who_answers_first_who_next_and_when(tmp_path: Path) -> None:
    reception = f'[devices.recv-1]\nrole = "reception"\ntoken_sha256 = "{"8" * 64}"\n'
    name = 'name = { vi = "quầy 1", en = "desk 1" }'
    plan = ("[emergency]", 'first = ["recv-1"]', 'then = ["sup-1"]', "after = 15")
    facility = site.load(written(tmp_path, reception + name, *plan)).facility
    assert facility.emergency == EmergencyPlan(first=("recv-1",), then=("sup-1",), after=15_000)
    assert site.load(site.demo()).facility.emergency.place is not None
    assert facility.device_names["recv-1"] == Words("quầy 1", "desk 1")


def test_a_device_of_one_clinic_is_named_as_the_hall_reads_it(tmp_path: Path) -> None:
    facility = site.load(site.demo()).facility
    assert facility.device_names["room-12"] == facility.clinics["room-12"].public
    assert facility.device_names["reception"] == Words("quầy tiếp đón", "the reception desk")
    assert "clinic" not in facility.device_names


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (('first = ["sup-2"]',), 'there is no device "sup-2"; did you mean "sup-1"?'),
        (('first = ["board-1"]',), "a board has nobody who answers"),
        (('first = ["sup-1", "sup-1"]',), '"sup-1" is there twice'),
        (('first = ["sup-1"]', 'then = ["sup-1"]'), '"sup-1" is there twice'),
        (('then = ["sup-1"]',), "nobody comes first"),
        (('first = ["sup-1"]', "after = 4"), "4 is too small"),
        (('first = ["sup-1"]', "next = 4"), '"next" is not known here'),
    ],
)
def test_whoever_cannot_answer_is_told(tmp_path: Path, lines: tuple[str, ...], problem: str) -> None:
    assert problem in told(written(tmp_path, "[emergency]", *lines))


def test_the_hours_of_a_kiosk_are_read_in_order(tmp_path: Path) -> None:
    text = SMALL.replace(
        "[kiosks.kiosk-1]", '[kiosks.kiosk-1]\nhours = [["05:00", "11:30"], ["12:30", "24:00"]]'
    )
    (kiosk,) = site.load(written(tmp_path, text=text)).facility.kiosks.values()
    assert kiosk.hours == ((300, 690), (750, 1440))


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ('[["16:30", "05:00"]]', "it ends before it begins"),
        ('[["05:00", "12:00"], ["11:00", "16:00"]]', "it begins before the one before it ends"),
        ('["05:00", "12:00"]', "this is not from when to when"),
        ('[["05:00"]]', "this is not from when to when"),
        ('[["05:00", 7]]', "this is not from when to when"),
        ('[["05:00", "25:00"]]', "this is not from when to when"),
        ('"05:00"', "a list is wanted here"),
    ],
)
def test_hours_that_cannot_be_are_told(tmp_path: Path, hours: str, problem: str) -> None:
    text = SMALL.replace("[kiosks.kiosk-1]", f"[kiosks.kiosk-1]\nhours = {hours}")
    assert problem in told(written(tmp_path, text=text))
