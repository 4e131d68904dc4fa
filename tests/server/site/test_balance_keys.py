"""The keys of a site file that say who goes where: what they mean, and what is wrong with a wrong one."""

from pathlib import Path

import pytest

from queue_server import site
from queue_server.protocol.codes import Balance, Moves

GOOD = Path(__file__).with_name("small.toml").read_text(encoding="utf-8")
YARD = """
[halls.yard]
name = { vi = "Sân", en = "Yard" }
floor = { vi = "Tầng trệt", en = "Ground floor" }

"""


def file(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD.replace("[services.reception]", YARD + "[services.reception]", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def walks(*lines: str) -> tuple[str, str]:
    return "[services.reception]", "[walks]\n" + "\n".join(lines) + "\n\n[services.reception]"


def test_what_nobody_writes_is_the_usual(tmp_path: Path) -> None:
    facility = site.load(file(tmp_path)).facility
    assert facility.balance is Balance.EARLIEST_START
    assert (facility.desk_advice, facility.late_after, facility.walks) == ((55, 65), 20, {})
    assert {(service.moves, service.max_share) for service in facility.services.values()} == {(Moves.ASK, 0)}


def test_what_is_written_is_what_the_rules_know(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        ('reception = "reception"', 'reception = "reception"\nbalance = "fewest_heads"\nlate_after = 30'),
        ("[halls.porch]", "[facility.desk_advice]\nprefer_others = 40\nlimit = 50\n\n[halls.porch]"),
        ("minutes = 8", 'minutes = 8\nmoves = "never"\nmax_share = 120'),
        ("minutes = 3", 'minutes = 3\nmoves = "auto"'),
        walks('"porch/yard" = 45'),
    )
    facility = site.load(path).facility
    assert facility.balance is Balance.FEWEST_HEADS
    assert (facility.desk_advice, facility.late_after, facility.walks) == ((40, 50), 30, {"porch/yard": 45})
    general = facility.services["general"]
    assert (general.moves, general.max_share) == (Moves.NEVER, 120)
    assert facility.services["reception"].moves is Moves.AUTO


@pytest.mark.parametrize(
    ("change", "where", "problem", "advice"),
    [
        (walks('"porch/garden" = 45 #!'), "walks.porch/garden", 'no hall "garden"', "yard"),
        (walks('"porch/yard" = 45', '"yard/porch" = 50 #!'), "walks.yard/porch", "is the same way", "leave"),
        (walks('"porch/porch" = 45 #!'), "walks.porch/porch", 'stays in "porch"', "take the line out"),
        (walks('"porch" = 45 #!'), "walks.porch", "no way between two halls", '"hall-1/hall-2" = 120'),
        (walks('"porch/yard" = 0 #!'), "walks.porch/yard", "0 is too small", "from 1 to 3600"),
        (walks('"porch/yard" = "45" #!'), "walks.porch/yard", "a whole number is wanted", "= 120"),
        (
            ("minutes = 8", 'minutes = 8\nmoves = "auto" #!'),
            "services.general.moves",
            "another doctor unasked",
            'moves = "ask"',
        ),
        (
            ("minutes = 8", "minutes = 8\nmax_share = 90 #!"),
            "services.general.max_share",
            "90 percent",
            "100 or more",
        ),
        (
            ('reception = "reception"', 'reception = "reception"\nbalance = "random" #!'),
            "facility.balance",
            "by chance",
            "earliest_start",
        ),
        (
            ("[halls.porch]", "[facility.desk_advice]\nprefer_others = 70 #!\n\n[halls.porch]"),
            "facility.desk_advice.prefer_others",
            "the limit is 65 already",
            "65 or less",
        ),
    ],
)
def test_a_wrong_one_is_told_alone_with_its_line_and_what_to_write_instead(
    change: tuple[str, str], where: str, problem: str, advice: str, tmp_path: Path
) -> None:
    path = file(tmp_path, change)
    (mistake,) = site.check(path)
    assert mistake.where == where
    assert problem in mistake.problem
    assert advice in mistake.advice
    assert "#!" in path.read_text(encoding="utf-8").splitlines()[mistake.line - 1]
