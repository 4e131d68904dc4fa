"""What an installation gets: the commands, and everything the packages read at run time."""

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kiosk", "queue_server", "display")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, check=True, capture_output=True)
    [file] = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def test_the_four_commands_are_there() -> None:
    commands = {script.name: script.value for script in entry_points(group="console_scripts")}
    assert {name: commands[name] for name in commands if name.startswith("queue-")} == {
        "queue-server": "queue_server.cli:main",
        "queue-kiosk": "kiosk.cli:main",
        "queue-board": "display.board.cli:main",
        "queue-console": "display.console.cli:main",
    }


def test_every_file_of_the_packages_is_installed(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    committed = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    assert committed - set(wheel.namelist()) == set()


def test_nothing_else_is_installed(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} <= set(PACKAGES)


def test_the_licence_goes_along(wheel: zipfile.ZipFile) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


@pytest.mark.parametrize(
    "program", ["scripts/setup", "scripts/test", "scripts/compile-requirements", ".ci/run"]
)
def test_the_scripts_can_be_run(program: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--stage", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert listed.stdout.startswith("100755")
    shell = "bash" if program == ".ci/run" else "sh"
    subprocess.run([shell, "-n", program], cwd=ROOT, check=True)


def test_there_are_three_packages_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == sorted(PACKAGES)
    assert sorted(project["tool"]["importlinter"]["root_packages"]) == sorted(PACKAGES)
