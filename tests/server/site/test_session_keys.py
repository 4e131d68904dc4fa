"""The keys of a site file for sessions and slips: what they mean, and what is wrong with a wrong one."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.engine.sessions import BETWEEN
from queue_server.protocol.codes import Leftovers, Notice, ReasonKind

GOOD = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
PRINTER = f'[devices.printer-2]\nrole = "printer"\ntoken_sha256 = "{"4" * 64}"\n\n[devices.board-1]'
BREAK = (
    f'[reasons.{BETWEEN}]\nkind = "pause"\nlabel = {{ vi = "Nghỉ trưa", en = "Lunch" }}\nnotice = "lunch"\n\n'
    "[reasons.lunch]"
)
ROOM = 'services = ["general"]'


def file(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_nobody_writes_is_the_usual(tmp_path: Path) -> None:
    facility = site.load(file(tmp_path)).facility
    assert {service.leftovers for service in facility.services.values()} == {Leftovers.CARRY}
    assert (facility.printers, {clinic.printer for clinic in facility.clinics.values()}) == ((), {""})
    pause = facility.reasons[BETWEEN]
    assert (pause.kind, pause.notice, pause.label.en) == (
        ReasonKind.PAUSE,
        Notice.LUNCH,
        "Break between sessions",
    )


def test_what_is_written_is_what_the_rules_know(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        ("minutes = 8", 'minutes = 8\nleftovers = "overtime"'),
        (ROOM, ROOM + '\nprinter = "printer-2"'),
        ("[devices.board-1]", PRINTER),
        ("[reasons.lunch]", BREAK),
    )
    facility = site.load(path).facility
    assert facility.services["general"].leftovers is Leftovers.OVERTIME
    assert facility.clinics["room-2"].printer == "printer-2"
    assert facility.printers == ("printer-2",)
    assert facility.reasons[BETWEEN].label.en == "Lunch"


@pytest.mark.parametrize(
    ("changes", "where", "problem", "advice"),
    [
        (
            [(ROOM, ROOM + '\nprinter = "printer-2" #!')],
            "clinics.room-2.printer",
            'no printer "printer-2"',
            "add [devices.printer-2]",
        ),
        (
            [(ROOM, ROOM + '\nprinter = "printer-3" #!'), ("[devices.board-1]", PRINTER)],
            "clinics.room-2.printer",
            'no printer "printer-3"',
            "printer-2",
        ),
        (
            [("minutes = 8", 'minutes = 8\nleftovers = "later" #!')],
            "services.general.leftovers",
            '"later"',
            "carry",
        ),
        (
            [('services = ["general"]', 'services = ["general", "advice"] #!'),
             ("minutes = 20", 'minutes = 20\nleftovers = "propose"')],
            "clinics.room-2.services",
            '"advice" leaves over as "propose"',
            'leftovers = "carry"',
        ),
        (
            [('to = "16:30"', 'to = "16:30"\ncapacity = 40 #!'), ('"desk", "room-3"', '"desk"')],
            "sessions[1].capacity",
            "no patient chooses",
            "take it out",
        ),
        (
            [("[reasons.lunch]", f"[reasons.{BETWEEN}]"), ('kind = "pause"', 'kind = "hold" #!')],
            f"reasons.{BETWEEN}.kind",
            "between two sessions",
            'kind = "pause"',
        ),
    ],
)  # fmt: skip
def test_a_wrong_one_is_told_with_its_line_and_what_to_write_instead(
    changes: list[tuple[str, str]], where: str, problem: str, advice: str, tmp_path: Path
) -> None:
    path = file(tmp_path, *changes)
    (mistake,) = [found for found in site.check(path) if "is in no session" not in found.problem]
    assert mistake.where == where
    assert problem in mistake.problem
    assert advice in mistake.advice
    assert "#!" in path.read_text(encoding="utf-8").splitlines()[mistake.line - 1]
