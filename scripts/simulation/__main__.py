"""`scripts/simulate`: play a day under one or several variants, and say what came of it."""

import argparse
import importlib.util
import signal
import sys
import time
from pathlib import Path

from queue_server import site
from scripts.simulation import day_file, days, figures, rehearsal, tables, variants
from scripts.simulation.house import CADENCE
from scripts.simulation.profiles import PROFILES
from scripts.simulation.tables import Compared
from scripts.simulation.variants import AUTHORITIES, BALANCES, BINDINGS, POLICIES, UnknownPolicy, Variant

EXAMPLES = """examples:
  scripts/simulate --generate district
      one day of a district hospital, as the rules are out of the box
  scripts/simulate --generate district --balance random --balance fewest_heads \\
      --balance earliest_start --balance pooled --runs 10 --plot waits.png
      the same ten days under four ways to choose a room, with confidence intervals and a picture
  scripts/simulate --generate monday --policy priority_first:3 --policy ratio:2:1 --policy head_start:30
      whom each rule makes wait
  scripts/simulate --site hospital.toml --day monday.csv --json result.json --out visits.csv
      your own hospital and your own day
  scripts/simulate --journal /var/lib/denluot --day 2026-11-23 --policy ratio:2:1
      a past day again under another rule: who would have waited less, and who more

a day's CSV has the columns arrival (HH:MM:SS), service, lane (urgent, priority, appointment, walk_in) and
service_seconds; and if you like clinic (chosen, or fixed by the hospital's system), steps
(service:seconds;service:seconds, ordered at the end of the turn), no_show (0 or 1) and walk_seconds. A row
that cannot be played is refused with all the others, and nothing is played (exit code 2)."""
BAD_INPUT = 2


class Refused(Exception):
    """What was given cannot be used; the message says why, and what to write instead."""


def main(given: list[str] | None = None) -> int:
    """The exit code: 0 when the days were played, 2 when something that was given cannot be used."""
    parser = arguments()
    options = parser.parse_args(given)
    try:
        if options.journal is not None:
            return rehearsal.rehearse(options)
        return simulate(options)
    except (Refused, UnknownPolicy, day_file.BadDay, rehearsal.NoSuchDay) as refused:
        print(refused, file=sys.stderr)
    except site.SiteMistakes as mistakes:
        for mistake in mistakes.mistakes:
            print(mistake, file=sys.stderr)
    return BAD_INPUT


def simulate(options: argparse.Namespace) -> int:
    """Play every variant on every seed, print the tables, write the files."""
    compared_with = variants.of(options.policy, options.balance, options.authority, options.binding)
    if options.plot is not None:
        _can_be_drawn(options.plot)
    plan = _plan(options)
    seeds = range(options.seed, options.seed + options.runs)
    progress = Progress(len(compared_with) * len(seeds))
    out: list[list[str]] = []
    found: dict[Variant, list[figures.Figures]] = {variant: [] for variant in compared_with}
    for seed in seeds:
        for variant in compared_with:
            progress.begins(f"{variant.name}, seed {seed}")
            world = days.play(plan, variant, seed, progress.within, options.advance * 1000)
            found[variant].append(figures.of_world(world))
            if options.out is not None:
                logs = list(world.watch.visits.values())
                out += tables.out_rows(variant.name, seed, logs, world.house.midnight)
    progress.ends()
    compared = [Compared(variant, tuple(found[variant])) for variant in compared_with]
    print(tables.text(compared))
    if options.out is not None:
        tables.write_rows(options.out, tables.OUT, out)
    if options.json is not None:
        tables.write_json(options.json, compared)
    if options.plot is not None:
        from scripts.simulation.drawing import draw  # matplotlib takes a second to load, and may not be there

        draw(options.plot, compared, options.language)
    return 0


def _plan(options: argparse.Namespace) -> days.Plan:
    if options.generate is not None:
        if options.site is not None or options.day is not None:
            raise Refused("--generate brings its own site and day: leave --site and --day out")
        return days.of_profile(
            PROFILES[options.generate], absences=not options.no_absences, warm=not options.first_day
        )
    if options.site is None or options.day is None:
        raise Refused("give --site SITE.toml and --day DAY.csv, or --generate PROFILE, or --journal DIR")
    facility = site.load(options.site).facility
    patients = day_file.load(Path(options.day), facility)
    return days.of_rows(day_file.plain(facility, patients), patients, absences=not options.no_absences)


def _can_be_drawn(path: Path) -> None:
    if path.suffix.lower() not in (".png", ".svg"):
        raise Refused(f'--plot "{path}" is no picture; write a name that ends with .png or .svg')
    if importlib.util.find_spec("matplotlib") is None:
        raise Refused("--plot needs matplotlib: run scripts/setup --simulate first")


def arguments() -> argparse.ArgumentParser:
    """What may be written behind `scripts/simulate`."""
    profiles = "\n".join(f"  {name:<16}{profile.says}" for name, profile in PROFILES.items())
    policies = "\n".join(f"  {name:<16}{says}" for name, says in POLICIES.items())
    parser = argparse.ArgumentParser(
        prog="scripts/simulate",
        description="Play a hospital's day in simulated time, on the rules that the queue server runs, and "
        "compare rules on the same patients and the same staff.",
        epilog=f"profiles:\n{profiles}\n\npolicies:\n{policies}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_argument_group("what is played")
    what.add_argument("--site", type=Path, metavar="SITE.toml", help="the hospital")
    what.add_argument("--day", metavar="DAY.csv", help="its patients; with --journal the date, YYYY-MM-DD")
    what.add_argument("--generate", choices=sorted(PROFILES), metavar="PROFILE", help="a day out of the box")
    what.add_argument(
        "--journal", type=Path, metavar="DIR", help="a real journal: the data folder, or its queue.sqlite"
    )
    what.add_argument("--no-absences", action="store_true", help="everybody comes when called")
    what.add_argument(
        "--first-day", action="store_true", help="nothing was learned yet: do not play the day before"
    )
    how = parser.add_argument_group("how; each may be repeated, and every combination is played")
    how.add_argument("--policy", action="append", default=[], metavar="NAME", help="whom a clinic calls next")
    how.add_argument(
        "--balance", action="append", default=[], choices=BALANCES, help="how a clinic is chosen"
    )
    how.add_argument(
        "--authority", action="append", default=[], choices=AUTHORITIES, help="who says where, at doctors"
    )
    how.add_argument(
        "--binding", action="append", default=[], choices=BINDINGS, help="when a doctor's room is chosen"
    )
    how.add_argument("--runs", type=_count, default=1, metavar="N", help="so many days, seed after seed")
    how.add_argument("--seed", type=int, default=1, metavar="N", help="the first seed (default 1)")
    how.add_argument(
        "--advance",
        type=_count,
        default=CADENCE // 1000,
        metavar="SECONDS",
        help="time moves so often even if nothing is due: 15 as in the server; 60 is quicker",
    )
    then = parser.add_argument_group("what is written, beside the tables")
    then.add_argument("--json", type=Path, metavar="FILE", help="the figures for a program")
    then.add_argument("--out", type=Path, metavar="FILE", help="a CSV with one row for each visit")
    then.add_argument("--plot", type=Path, metavar="FILE", help="a picture, .png or .svg")
    then.add_argument("--language", choices=("vi", "en"), default="en", help="of the picture (default en)")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number from 1 to 1000')
    return int(text)


class Progress:
    """Tells on standard error how far a long work is: on one line that changes, and only at a terminal."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._done = -1
        self._name = ""
        self._began = self._told = time.monotonic()
        self._shown = sys.stderr.isatty()

    def begins(self, name: str) -> None:
        """The next day begins."""
        self._done += 1
        self._name = name

    def within(self, share: float) -> None:
        """So much of this day's patients came (0..1)."""
        now = time.monotonic()
        if now - self._told < (0.2 if self._shown else 15.0):
            return
        self._told = now
        whole = (self._done + share) / self._days
        left = (now - self._began) * (1 - whole) / max(whole, 0.001)
        line = f"{whole:4.0%}  {self._name}, about {left:.0f} s left"
        print(
            f"\r{line:<78}" if self._shown else line,
            end="" if self._shown else "\n",
            file=sys.stderr,
            flush=True,
        )

    def ends(self) -> None:
        """All done: clear the line."""
        if self._shown:
            print(f"\r{'':<78}\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # Ended like Ctrl-C, and a reader that went away is no error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
