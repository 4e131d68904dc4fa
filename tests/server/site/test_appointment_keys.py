"""The section `[appointments]`: the window and the share."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.engine.facility import AppointmentRule

SMALL = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")


def written(folder: Path, *lines: str) -> Path:
    file = folder / "site.toml"
    file.write_text("\n".join([SMALL, "[appointments]", *lines, ""]), encoding="utf-8")
    return file


def test_what_is_left_out_is_the_usual(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SMALL, encoding="utf-8")
    assert site.load(file).facility.appointments == AppointmentRule()


def test_a_site_sets_the_window(tmp_path: Path) -> None:
    file = written(tmp_path, "early = 45", "late = 10", "one_in = 9", "unattended = 60")
    assert site.load(file).facility.appointments == AppointmentRule(
        early=45, late=10, one_in=9, unattended=60
    )


@pytest.mark.parametrize(
    ("line", "problem", "advice"),
    [
        ("early = 241", "241 is too large", "from 0 to 240"),
        ("late = -1", "-1 is too small", "from 0 to 240"),
        ("one_in = 1", "all others would starve", "2 or more"),
        ("unattended = 14", "14 is too small", "from 15 to 1440"),
        ('early = "30"', "a whole number is wanted here", "write early = 30"),
        ("grace = 5", '"grace" is not known here', "take the line out"),
        ("codes = 'TK[0-9]{6}'", '"codes" is not known here', "take the line out"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(tmp_path: Path, line: str, problem: str, advice: str) -> None:
    file = written(tmp_path, line)
    mistakes = site.check(file)
    found = [mistake for mistake in mistakes if problem in mistake.problem]
    assert found, mistakes
    assert advice in found[0].advice
    assert file.read_text("utf-8").splitlines()[found[0].line - 1] == line


def test_waiting_ends_after_being_in_time_does(tmp_path: Path) -> None:
    (mistake,) = site.check(written(tmp_path, "late = 60", "unattended = 30"))
    assert mistake.advice == "write unattended = 60 or more"
