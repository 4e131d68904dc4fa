"""The keys of a site file that say what stops need, in which order they come, and when results bring back."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.engine.facility import Missed
from queue_server.protocol.codes import Need, ReadyBy, ResultsWhen, ResultsWithout

GOOD = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
TESTS = """
[services.blood]
name = { vi = "Máu", en = "Blood" }
kind = "sampling"
minutes = 3
has_result = true

[services.scan]
name = { vi = "Siêu âm", en = "Ultrasound" }
kind = "imaging"
minutes = 8

[clinics.lab]
name = { vi = "Phòng 4", en = "Room 4" }
room = "4"
kind = "sampling"
hall = "porch"
services = ["blood", "scan"]

[clinics.desk]"""
BLOOD = 'en = "Blood" }'
SCAN = 'en = "Ultrasound" }'


def file(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD.replace("\n[clinics.desk]", TESTS, 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, f"{old}\n{new}", 1)
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_nobody_writes_is_the_usual(tmp_path: Path) -> None:
    facility = site.load(file(tmp_path)).facility
    assert facility.missed == Missed()
    blood = facility.services["blood"]
    assert (blood.needs, blood.ready_by, blood.ready_minutes) == ((), ReadyBy.PATIENT, 30)
    assert (blood.after, blood.gap, blood.repeats, blood.result_minutes) == ((), 0, (), 0)
    general = facility.services["general"]
    usual = (ResultsWhen.ALL, ResultsWithout.SAME_CLINIC)
    assert (general.results_when, general.results_without) == usual


def test_what_is_written_is_what_the_rules_know(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        (SCAN, 'needs = ["full_bladder"]\nready_by = "clock"\nready_minutes = 40'),
        (BLOOD, 'after = ["scan"]\ngap = 10\nrepeats = [60, 120]\nresult_minutes = 45\nends = ["fasting"]'),
        ("minutes = 8", 'results_when = "any"\nresults_without = "ask"'),
        (
            'reception = "reception"',
            "\n[missed]\ncalls = 3\napart = 20\nsoft = 15\nsoft_after = 2\nhard_after = 4\none_in = 4",
        ),
    )
    facility = site.load(path).facility
    assert facility.missed == Missed(3, 20_000, 900_000, 2, 4, 4)
    scan, blood = facility.services["scan"], facility.services["blood"]
    assert (scan.needs, scan.ready_by, scan.ready_minutes) == ((Need.FULL_BLADDER,), ReadyBy.CLOCK, 40)
    assert (blood.after, blood.gap, blood.repeats, blood.result_minutes) == (("scan",), 10, (60, 120), 45)
    assert blood.ends == (Need.FASTING,)
    general = facility.services["general"]
    assert (general.results_when, general.results_without) == (ResultsWhen.ANY, ResultsWithout.ASK)


@pytest.mark.parametrize(
    ("changes", "where", "problem", "advice"),
    [
        ([(BLOOD, 'needs = ["fastin"]')], "services.blood.needs[1]", '"fastin"', "fasting"),
        ([(BLOOD, 'after = ["scen"]')], "services.blood.after[1]", 'no service "scen"', "scan"),
        ([(BLOOD, 'after = ["blood"]')], "services.blood.after", "after itself", "take it out"),
        (
            [(BLOOD, 'after = ["scan"]'), (SCAN, 'after = ["blood"]')],
            "services.scan.after",
            "has to go before the next, and so none is first",
            "out of an after",
        ),
        ([(BLOOD, "repeats = [120, 60]")], "services.blood.repeats[2]", "60 comes after 120", "[60, 120]"),
        ([(BLOOD, "repeats = [0]")], "services.blood.repeats[1]", "too small", "from 1 to 480"),
        ([(BLOOD, 'repeats = ["60"]')], "services.blood.repeats[1]", "whole number", "[60, 120]"),
        ([(BLOOD, "gap = 900")], "services.blood.gap", "too large", "480"),
        ([(BLOOD, "gap = 5")], "services.blood.gap", "nothing to keep a distance from", "after"),
        ([(SCAN, "result_minutes = 5")], "services.scan.result_minutes", "no result", "has_result"),
        ([(BLOOD, 'results_when = "any"')], "services.blood.results_when", "nobody", "exams"),
        ([(BLOOD, 'gates = ["not_before"]')], "services.blood.gates[1]", "by the queue itself", "take it"),
        (
            [('reception = "reception"', "\n[missed]\none_in = 1")],
            "missed.one_in",
            "too small",
            "from 2 to 10",
        ),
        (
            [('reception = "reception"', "\n[missed]\nsoft_after = 5")],
            "missed.hard_after",
            "sooner than who comes back soon",
            "hard_after = 5",
        ),
        ([('reception = "reception"', "\n[missed]\nsoftly = 5")], "missed.softly", "not known", "soft"),
    ],
)
def test_every_mistake_is_told_with_what_to_write_instead(
    tmp_path: Path, changes: list[tuple[str, str]], where: str, problem: str, advice: str
) -> None:
    told = site.check(file(tmp_path, *changes))
    found = [known for known in told if known.where == where]
    assert found, told
    assert problem in found[0].problem
    assert advice in found[0].advice


def test_a_circle_may_close_over_needs(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        (BLOOD, 'needs = ["empty_bladder"]'),
        (SCAN, 'needs = ["full_bladder"]\nafter = ["general"]'),
        ("minutes = 8", 'after = ["blood"]'),
    )
    (told,) = [known for known in site.check(path) if not known.warning]
    assert "has to go before the next" in told.problem
