"""Figures: one value per round, told as median and spread; and what the machine was doing meanwhile."""

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from statistics import median

SPINS = 300_000
"""Turns of an empty loop by which the machine's own noise is told, about 10 ms."""


class GaveUp(Exception):
    """Something cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. rounds: its value in each. aim: what the project wants, None when it only looks."""

    name: str
    unit: str
    rounds: tuple[float, ...]
    aim: str = ""

    @property
    def value(self) -> float:
        """The median over the rounds."""
        return median(self.rounds)


@dataclass(slots=True)
class Report:
    """What was measured so far, told as it comes."""

    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, name: str, unit: str, rounds: Sequence[float], aim: str = "") -> None:
        """Keep a figure and print it: median, then smallest and largest of the rounds."""
        figure = self.figures[name] = Figure(name, unit, tuple(rounds), aim)
        spread = ""
        if len(rounds) > 1:
            spread = f"({short(min(rounds))} to {short(max(rounds))} in {len(rounds)} rounds)"
        wanted = f"aim {aim}" if aim else ""
        print(f"  {name:<28} {short(figure.value):>9} {unit:<14} {spread:<36} {wanted}".rstrip(), flush=True)

    def note(self, text: str) -> None:
        """Print a remark about what is being measured."""
        print(f"  {text}", flush=True)

    def flat(self) -> dict[str, float]:
        """Name to median, and `name.min` and `name.max` where there were several rounds."""
        told: dict[str, float] = {}
        for name, figure in self.figures.items():
            told[name] = figure.value
            if len(figure.rounds) > 1:
                told[f"{name}.min"] = min(figure.rounds)
                told[f"{name}.max"] = max(figure.rounds)
        return told


def short(value: float) -> str:
    """Three figures, or the whole number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """One line about what was measured on."""
    return (
        f"{os.cpu_count()} processors, {platform.machine()}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, event loop {loop_name()}"
    )


def loop_name() -> str:
    """The event loop that the server takes on this machine."""
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "asyncio"


def tell_noise(report: Report, when: str) -> None:
    """How busy the machine is with other things: the load, and how unevenly the same work runs."""
    spins = []
    for _ in range(9):
        begun = time.perf_counter()
        for _ in range(SPINS):
            continue
        spins.append((time.perf_counter() - begun) * 1000)
    report.add(f"machine.load_{when}", "1 min average", [os.getloadavg()[0]])
    report.add(f"machine.spin_ms_{when}", "ms", spins)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values (0..1) do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
