"""Garbage is swept between patients, not before their eyes."""

import gc
import subprocess
import sys

import pytest

from kiosk.sweeping import EVERY, QUIET, RARELY, Sweeper


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """One entry per sweep."""
    sweeps: list[float] = []
    monkeypatch.setattr(gc, "collect", lambda: sweeps.append(0.0))
    return sweeps


def test_a_sweep_waits_until_it_is_quiet(swept: list[float]) -> None:
    sweeper = Sweeper()
    sweeper.look(100.0)
    assert not swept, "nothing happened yet"
    sweeper.stir(101.0)
    sweeper.look(101.0 + QUIET / 2)
    assert not swept
    sweeper.look(101.0 + QUIET)
    assert len(swept) == 1


def test_one_sweep_is_enough_until_something_happens_and_then_not_at_once(swept: list[float]) -> None:
    sweeper = Sweeper()
    sweeper.stir(0.0)
    sweeper.look(2.0)
    sweeper.look(2.0 + EVERY)
    assert len(swept) == 1
    sweeper.stir(3.0 + EVERY)
    sweeper.look(3.0 + EVERY + QUIET)
    assert len(swept) == 2
    sweeper.stir(4.0 + EVERY + QUIET)
    sweeper.look(6.0 + EVERY + QUIET)
    assert len(swept) == 2


def test_what_is_loaded_is_never_looked_at_again() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import gc\nfrom kiosk.sweeping import loading\nbefore = gc.get_freeze_count()\n"
                "with loading():\n    import kiosk.app\n    assert not gc.isenabled()\n"
                "print(gc.isenabled(), gc.get_freeze_count() > before, gc.get_threshold()[2])"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["True", "True", str(RARELY)]
