"""SIGKILL keeps what the kernel has cached; a power cut does not. The kiosk's folder is laid out as the disk
held it, and no number that was on paper is given again or forgotten."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.power_cut import compile_recorder, environment, history, restore
from tests.support.processes import ROOT, lines
from tests.support.processes import environment as plain

CUTS = 4
PATIENCE = 30.0
SEED = 20261123


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_recorder(tmp_path_factory.mktemp("recorder"))


def counted(folder: Path, papers: int, extra: dict[str, str], *options: str) -> tuple[list[str], list[str]]:
    """Let a kiosk count, and kill it after so many papers: what it found, and what it printed."""
    command = [sys.executable, "-m", "tests.support.offline_counter", str(folder), *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**plain(), **extra}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    said = lines(process.stdout.fileno(), PATIENCE)
    try:
        found = next(said).split()
        assert found[:2] == ["found", "0"], "nothing is damaged by a power cut"
        printed = [next(said).split()[1] for _ in range(papers)]
    finally:
        process.kill()
        printed += [line.split()[1] for line in said if line.startswith("printed ")]
        process.wait()
        process.stdout.close()
    return found[2:], printed


def test_power_cut_after_power_cut_no_paper_is_forgotten_and_none_has_another_ones_number(
    recorder: Path, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    folder, on_paper = tmp_path / "disk-0", list[str]()
    folder.mkdir()
    for cut in range(1, CUTS + 1):
        shadow = tmp_path / f"shadow-{cut}"
        found, printed = counted(folder, chance.randrange(5, 60), environment(recorder, folder, shadow))
        assert set(on_paper) <= set(found)
        on_paper += printed
        assert len(on_paper) == len(set(on_paper))
        folder = tmp_path / f"disk-{cut}"
        folder.mkdir()
        restore(shadow, folder)
    found, printed = counted(folder, 1, {})
    assert set(on_paper) <= set(found)
    assert not set(printed) & set(on_paper)


def test_without_syncing_papers_are_forgotten(recorder: Path, tmp_path: Path) -> None:
    """The twin that shows that the test above can fail."""
    folder, shadow = tmp_path / "data", tmp_path / "shadow"
    folder.mkdir()
    _, printed = counted(folder, 20, environment(recorder, folder, shadow), "careless")
    left = tmp_path / "left"
    left.mkdir()
    restore(shadow, left)
    assert printed
    assert history(shadow)
    found, _ = counted(left, 1, {})
    assert not set(printed) & set(found)


def test_killed_again_and_again_it_counts_on(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    on_paper: list[str] = []
    for _ in range(5):
        found, printed = counted(tmp_path, chance.randrange(1, 25), {})
        assert set(on_paper) <= set(found)
        on_paper += printed
    assert len(on_paper) == len(set(on_paper))
