"""The pinned requirements: plain, hashed, what pyproject.toml asks for, and for each program only its own."""

import re
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "requirements").glob("*.txt"))
DRIVERS_AND_SERVER_PARTS = {"alembic", "psycopg", "psycopg-binary", "sqlalchemy", "sqlmodel"}
# Put together here, so that this file passes its own test.
REGISTRY_HOSTS = {f"{name}.org" for name in ("pypi", "pythonhosted", "npmjs")}

# What each file is compiled from; dev.txt has the checks' own group on top.
EXTRAS = {
    "server": {"server", "uvloop", "postgres"},
    "kiosk": {"kiosk"},
    "display": {"display"},
    "programs": {"server", "uvloop", "kiosk", "display"},
    "simulate": {"server", "uvloop", "kiosk", "display", "simulate"},
    "dev": {"server", "uvloop", "postgres", "kiosk", "display"},
}

PIN = re.compile(r"([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==([\w.+!-]+) \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def _pins(file: Path) -> dict[str, str]:
    matches = (PIN.fullmatch(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in matches if match}


def _wishes(extras: set[str], name: str = "denluot") -> list[Requirement]:
    """What an installed package asks for directly, given these of its extras."""
    wishes = [Requirement(text) for text in requires(name) or ()]
    return [
        wish
        for wish in wishes
        if wish.marker is None or any(wish.marker.evaluate({"extra": extra}) for extra in extras | {""})
    ]


def _closure(project_extras: set[str]) -> set[str]:
    """All that installing the project with these extras brings along, read from installed metadata."""
    seen: set[tuple[str, frozenset[str]]] = set()
    ahead = [("denluot", frozenset(project_extras))]
    while ahead:
        package = ahead.pop()
        if package not in seen:
            seen.add(package)
            name, extras = package
            ahead += [
                (canonicalize_name(wish.name), frozenset(wish.extras)) for wish in _wishes(set(extras), name)
            ]
    return {name for name, _ in seen}


def test_every_program_has_its_file() -> None:
    assert {file.stem for file in FILES} == EXTRAS.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_names_versions_and_hashes(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    strange = [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line) or "#" in line)]
    assert strange == []
    comments = [line.strip() for line in lines if "#" in line]
    assert [line for line in comments if not line.startswith("#") or "://" in line or " /" in line] == []
    assert _pins(file)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_pin_has_a_hash(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_one_environment_can_have_them_all(file: Path) -> None:
    everything = _pins(ROOT / "requirements" / "dev.txt")
    assert {name: version for name, version in _pins(file).items() if everything.get(name) != version} == {}


@pytest.mark.parametrize("stem", EXTRAS)
def test_the_pins_are_what_the_project_asks_for(stem: str) -> None:
    pins = _pins(ROOT / "requirements" / f"{stem}.txt")
    advice = "pyproject.toml and the pins differ: run scripts/compile-requirements"
    assert _closure(EXTRAS[stem]) - {"denluot"} - pins.keys() == set(), advice
    for wish in _wishes(EXTRAS[stem]):
        assert pins[canonicalize_name(wish.name)] in wish.specifier, advice


@pytest.mark.parametrize("extra", ["kiosk", "display"])
def test_a_screen_needs_no_database(extra: str) -> None:
    needed = _closure({extra})
    assert "textual" in needed
    assert needed & DRIVERS_AND_SERVER_PARTS == set()
    assert set(_pins(ROOT / "requirements" / f"{extra}.txt")) & DRIVERS_AND_SERVER_PARTS == set()


def test_the_server_needs_no_screen_and_no_printer() -> None:
    needed = _closure({"server", "uvloop"})
    assert "sqlmodel" in needed
    assert needed & {"textual", "python-escpos", "pillow", "pyserial"} == set()


def test_the_bare_project_is_the_wire_and_its_client() -> None:
    assert {"websockets", "msgspec"} <= _closure(set())
    assert _closure(set()) & (DRIVERS_AND_SERVER_PARTS | {"textual", "cryptography"}) == set()


def test_textual_is_pinned_exactly() -> None:
    wishes = _wishes({"kiosk", "display"})
    assert {str(wish.specifier)[:2] for wish in wishes if wish.name == "textual"} == {"=="}


def test_no_committed_file_names_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    guilty = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file.is_file():
            content = file.read_bytes()
            guilty += [name for host in REGISTRY_HOSTS if host.encode() in content]
    assert guilty == []
