"""The keys of a site file for how a kiosk takes patients in, and how a service looks on its buttons."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.protocol.codes import KioskMode

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")


def written(folder: Path, *, kiosk: str = "", service: str = "", route: str = "") -> Path:
    text = SMALL.replace("[kiosks.kiosk-1]", f"[kiosks.kiosk-1]\n{kiosk}")
    text = text.replace("[services.general]", f"[services.general]\n{service}")
    file = folder / "site.toml"
    file.write_text(f"{text}\n{route}\n", encoding="utf-8")
    return file


def told(file: Path) -> str:
    return "\n".join(map(str, site.check(file)))


def test_without_a_word_a_kiosk_asks_everything(tmp_path: Path) -> None:
    (kiosk,) = site.load(written(tmp_path)).facility.kiosks.values()
    assert (kiosk.mode, kiosk.card_route) == (KioskMode.FULL, "")


@pytest.mark.parametrize("mode", KioskMode)
def test_a_site_says_how_each_kiosk_takes_patients_in(tmp_path: Path, mode: KioskMode) -> None:
    (kiosk,) = site.load(written(tmp_path, kiosk=f'mode = "{mode}"')).facility.kiosks.values()
    assert kiosk.mode is mode


def test_a_fast_kiosk_knows_what_a_citizen_card_means(tmp_path: Path) -> None:
    file = written(tmp_path, kiosk='mode = "fast"\ncard_route = "exam"')
    (kiosk,) = site.load(file).facility.kiosks.values()
    assert kiosk.card_route == "exam"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('mode = "quick"', '"quick" is not known here'),
        ('mode = "fast"\ncard_route = "exams"', 'there is no route "exams"; did you mean "exam"?'),
        ('mode = "fast"\ncard_route = "ask"', '"ask" is for numbers without a card'),
        ('mode = "full"\ncard_route = "exam"', 'in mode "full" the patient says what they are here for'),
    ],
)
def test_what_a_kiosk_cannot_do_is_told(tmp_path: Path, lines: str, problem: str) -> None:
    assert problem in told(written(tmp_path, kiosk=lines))


def test_a_service_has_letters_that_stand_for_it(tmp_path: Path) -> None:
    facility = site.load(written(tmp_path, service='initial = "NTH"')).facility
    assert facility.services["general"].initial == "NTH"
    assert facility.services["reception"].initial == ""


@pytest.mark.parametrize(("initial", "problem"), [("N-H", "these are no letters"), ("NOII", "4 characters")])
def test_other_signs_are_refused(tmp_path: Path, initial: str, problem: str) -> None:
    assert problem in told(written(tmp_path, service=f'initial = "{initial}"'))


def test_a_number_without_a_card_may_lead_to_the_information_desk(tmp_path: Path) -> None:
    desk = """
[services.information]
name = { vi = "Bàn hướng dẫn", en = "Information desk" }
kind = "information"
minutes = 2
binding = "pooled"

[clinics.information]
name = { vi = "Bàn 10 – Hướng dẫn", en = "Desk 10 – Information" }
room = "10"
kind = "information"
hall = "porch"
services = ["information"]

[routes.question]
payer = "insured"
kind = "question"
label = { vi = "Hỏi thông tin", en = "I have a question" }
steps = ["information"]
"""
    assert site.load(written(tmp_path, route=desk)).facility.routes["question"].steps == ("information",)
