"""How long the simulator takes for a 5,000-patient day, against the same machine's loop of plain Python."""

import time
from pathlib import Path

from scripts.bench_parts.figures import Report
from scripts.simulation import days
from scripts.simulation.profiles import DISTRICT
from scripts.simulation.variants import Variant

ROUNDS = 3
SPINS = 20_000_000
"""Turns of an empty loop that the day is held against: about half a second."""


def measure(report: Report, folder: Path, *, quick: bool) -> None:
    """simulate.day_s: seconds for one `district` day, its patients and staff drawn too. simulate.spins: the
    same in millions of turns of an empty loop, which says more on another machine."""
    del folder
    plan = days.of_profile(DISTRICT, warm=False)
    took, against, commands = [], [], []
    for seed in range(1, 2 if quick else ROUNDS + 1):
        begun = time.perf_counter()
        for _ in range(SPINS):
            continue
        spin = (time.perf_counter() - begun) / SPINS
        begun = time.perf_counter()
        world = days.play(plan, Variant(), seed)
        took.append(time.perf_counter() - begun)
        against.append(took[-1] / spin / 1e6)
        commands.append(took[-1] / world.house.commands * 1e6)
    report.add("simulate.day_s", "s", took, "under 5")
    report.add("simulate.command_us", "µs a command", commands)
    report.add("simulate.spins", "M empty turns", against)
