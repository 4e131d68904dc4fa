"""`scripts/bench`: runs the parts, prints what they found, and writes it to a file if that is wanted."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.bench_parts import deciding, durable, fanout, kiosk, restart, simulating
from scripts.bench_parts.figures import GaveUp, Report, machine, tell_noise

PARTS: dict[str, tuple[Callable[..., None], str]] = {
    "engine": (deciding.measure, "what one command costs the engine, and how that grows with the day"),
    "durable": (durable.measure, "commands made durable for 200 clients and for one, against raw sqlite3"),
    "fanout": (fanout.measure, "calls to 100, 1,000 and 5,000 boards, against plain asyncio TCP"),
    "simulate": (simulating.measure, "a day of 5,000 patients in simulated time, on the engine"),
    "restart": (restart.measure, "from exec to the first welcome with a day of 10,000 visits"),
    "kiosk": (
        kiosk.measure,
        "from a card to its paper, from a tap to its page, and from exec to the first page",
    ),
}


def main(given: list[str] | None = None) -> int:
    """The exit code: 0 when everything could be measured, whatever came out; 1 when something could not."""
    options = arguments().parse_args(given)
    report = Report()
    began = time.perf_counter()
    print(machine())
    tell_noise(report, "before")
    with tempfile.TemporaryDirectory(prefix="denluot-bench-") as folder:
        for name, (measure, says) in PARTS.items():
            if not options.only or name in options.only:
                print(f"{name}: {says}", flush=True)
                try:
                    measure(report, Path(folder), quick=options.quick)
                except GaveUp as why:
                    print(f"{name}: {why}", file=sys.stderr)
                    return 1
    print("machine")
    tell_noise(report, "after")
    print(f"took {time.perf_counter() - began:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(report.flat(), indent=1) + "\n", encoding="utf-8")
    return 0


def arguments() -> argparse.ArgumentParser:
    """What may be written behind `scripts/bench`."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure the queue server and a kiosk on this machine, over the loopback only, each part "
        "against the simplest thing that does the same. Some minutes in all; nothing but a temporary folder "
        "is touched.",
        epilog="Parts: " + "; ".join(f"{name}, {says}" for name, (_, says) in PARTS.items()) + ".",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(PARTS),
        metavar="NAME",
        help="run this part; may be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help='write flat "name": number pairs')
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a first look")
    return parser


if __name__ == "__main__":
    # Ended like Ctrl-C: servers and the temporary folder go with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
