"""`queue-kiosk pin` as whoever installs a kiosk runs it."""

import subprocess
from pathlib import Path

import pytest

from kiosk.duty import pin
from tests.support.processes import environment, program


def run(folder: Path, typed: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program("queue-kiosk", "pin", *(options or ("--data", str(folder)))),
        input=typed,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )


def test_it_sets_the_pin_and_says_where_its_hash_is(tmp_path: Path) -> None:
    told = run(tmp_path / "kiosk-1", "471108\n")
    assert told.returncode == 0, told.stderr
    assert str(tmp_path / "kiosk-1" / pin.FILE) in told.stdout
    assert "471108" not in told.stdout + told.stderr
    assert pin.is_right(tmp_path / "kiosk-1", "471108")


@pytest.mark.parametrize("typed", ["12\n", "1234\n", "", "abcd\n"])
def test_what_is_no_pin_is_refused_in_words(tmp_path: Path, typed: str) -> None:
    told = run(tmp_path, typed)
    assert told.returncode == 1
    assert told.stderr.startswith("No PIN was set: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = run(tmp_path / "file" / "below", "471108\n")
    assert told.returncode == 1
    assert "No PIN was set" in told.stderr


def test_it_has_to_know_which_kiosk(tmp_path: Path) -> None:
    told = run(tmp_path, "471108\n", "--kiosk", "")
    assert told.returncode == 2
    assert "--data" in told.stderr
