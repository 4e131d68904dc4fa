"""A server that lost its power in the afternoon of the busiest day: from exec to the first welcome."""

import multiprocessing
import shutil
import subprocess
import sys
import time
from pathlib import Path

from scripts.bench_parts import busy_day, hospital
from scripts.bench_parts.figures import Report
from scripts.bench_parts.server import Server

VISITS = 10_000
_PHASES = """
import sys, time
began = time.perf_counter()
import queue_server.app
print(time.perf_counter() - began)
"""


def measure(report: Report, folder: Path, *, quick: bool) -> None:
    """Make the day, then start a server on it and pull its plug, again and again."""
    visits = VISITS // 10 if quick else VISITS
    began = hospital.day_began(13)
    site = hospital.write_site(folder / "restart.toml", began)
    data = folder / "restart"
    first = int(began.timestamp() * 1000) + 60_000
    last = int(time.time() * 1000) - 60_000
    made = time.perf_counter()
    # In a process of its own, whose memory is given back.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        events = pool.apply(busy_day.make, (site, data, visits, first, last))
    report.note(
        f"a day of {visits} visits and {events / visits:.1f} events each, made in "
        f"{time.perf_counter() - made:.0f} s"
    )
    report.add("restart.events", "events", [events])
    size = sum(path.stat().st_size for path in data.iterdir()) / 2**20
    report.add("restart.data_mib", "MiB", [size])
    took, memory = [], []
    for _ in range(3 if quick else 5):
        server = Server(site, data)
        caller, seconds = server.welcomed("supervisor", hospital.SUPERVISOR)
        took.append(seconds)
        memory.append(server.memory() / 1024)
        caller.close()
        server.pull_the_plug()
    report.add("restart.s", "s", took, "" if quick else "2")
    report.add("restart.imports_s", "s", [_imports() for _ in range(3)])
    report.add("restart.memory_mib", "MiB", memory)
    shutil.rmtree(data)


def _imports() -> float:
    """Seconds of a start that go into importing the server's modules."""
    done = subprocess.run([sys.executable, "-c", _PHASES], check=True, capture_output=True, text=True)
    return float(done.stdout)
