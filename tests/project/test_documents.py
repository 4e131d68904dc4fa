"""The documents tell the truth: what they link to, name and command is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "queue_server/protocol/PROTOCOL.md",
    "queue_server/his/HIS.md",
    "queue_server/insurance/INSURANCE.md",
]
PROGRAMS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    here = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)#][^)]*)\)", page(name)):
        assert (here / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_and_folders_named_in_words_exist(name: str) -> None:
    named = re.findall(r"`((?:scripts|tests|queue_server|kiosk|display)/[\w./-]*)", page(name))
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []


def test_rooms_in_the_drawing_of_the_house_exist() -> None:
    drawing = page("ARCHITECTURE.md").split("## Programs and packages")[1].split("```")[1]
    package = ""
    for line in drawing.strip().splitlines():
        if not line.startswith(" "):
            package = line.split("/")[0]
        for room in re.findall(r"(?<![\w/])([a-z_]+(?:\.py|/))(?![\w])", line):
            assert (ROOT / package / room).exists() or (ROOT / room).exists(), f"{package}/{room}"


def test_every_package_of_the_house_is_in_the_drawing() -> None:
    drawing = page("ARCHITECTURE.md").split("## Programs and packages")[1].split("```")[1]
    rooms = {path.name for path in (ROOT / "queue_server").iterdir() if path.name[0] not in "_."}
    named = set(re.findall(r"[\w]+(?:\.py|(?=/))", drawing))
    missing = sorted(rooms - named)
    assert missing == []


def test_every_room_of_the_rules_is_on_their_map() -> None:
    plan = page("queue_server/engine/__init__.py").split("Which room a rule is in:")[1]
    without_notes = re.sub(r"\([^)]*\)", "", plan)
    named = re.findall(r"[a-z_]+", " ".join(line[27:] for line in without_notes.splitlines()))
    rooms = {path.stem for path in (ROOT / "queue_server/engine").iterdir() if path.name[0] not in "_."}
    assert sorted(named) == sorted(rooms)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_is_told_of_and_teaches_itself(program: str) -> None:
    assert program in page("README.md")
    binary = Path(sys.executable).parent / program
    told = subprocess.run([binary, "--help"], capture_output=True, text=True, timeout=60, check=True)
    assert "Usage" in told.stdout
    assert len(told.stdout.splitlines()) > 8
