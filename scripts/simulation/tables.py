"""What a person reads, and what a program reads: tables, the JSON file, the per-visit CSV."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.simulation.crowds import MINUTE
from scripts.simulation.figures import TARGETS, Figures, Spread, interval
from scripts.simulation.variants import Variant
from scripts.simulation.watch import VisitLog

NOTHING = Spread(0, 0.0, 0.0, 0.0, 0.0, 0.0)
SHAPE = ("mean", "p50", "p90", "p95", "max")


@dataclass(frozen=True, slots=True)
class Compared:
    """One variant and its figures, one for each seed."""

    variant: Variant
    days: tuple[Figures, ...]

    def mean(self, read: Callable[[Figures], float]) -> float:
        """A figure, averaged over the seeds."""
        return interval([read(day) for day in self.days])[0]

    def told(self, read: Callable[[Figures], float], form: str = ".1f") -> str:
        """The same with half the width of its confidence interval, where there are several seeds."""
        return told([read(day) for day in self.days], form)


def told(values: Sequence[float], form: str = ".1f") -> str:
    """The mean, with half the width of its confidence interval where there are several values."""
    mean, half = interval(values)
    return f"{mean:{form}}" if half is None else f"{mean:{form}} ±{half:{form}}"


def text(compared: Sequence[Compared]) -> str:
    """All tables, one below the other."""
    seeds = len(compared[0].days)
    parts = [_waits(compared), _lanes(compared), _places(compared), _totals(compared), _staff(compared)]
    if any(day.estimates.count for one in compared for day in one.days):
        parts.append(_estimates(compared))
    if len(compared) > 1:
        parts.append(_differences(compared))
    away = [line for one in compared if (line := _turned_away(one))]
    if away:
        parts.append("\n".join(away))
    if seeds > 1:
        parts.append(f"Means over {seeds} seeds; ± is half of the 95 % confidence interval over them.")
    return "\n\n".join(parts)


def _turned_away(one: Compared) -> str:
    """Who got no number and is in no table, and why; empty when nobody was turned away."""
    counts: Counter[str] = Counter()
    for day in one.days:
        counts.update(day.turned_away)
    if not counts:
        return ""
    told = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
    return f"{one.variant.name}: {sum(counts.values())} got no number ({told}) and are in no table."


def _waits(compared: Sequence[Compared]) -> str:
    rows = [
        [
            one.variant.name,
            f"{one.mean(lambda day: day.visits):,.0f}",
            f"{one.mean(lambda day: day.concluded):,.0f}",
            *_cells([day.wait for day in one.days]),
        ]
        for one in compared
    ]
    heading = ["", "visits", "concluded", *SHAPE]
    return table("Waiting in a visit's lines, all together (minutes)", heading, rows)


def _lanes(compared: Sequence[Compared]) -> str:
    lanes = list(dict.fromkeys(lane for one in compared for day in one.days for lane in day.by_lane))
    return _by_name(
        "The same by lane (returning: one turn with results)", compared, lanes, lambda day: day.by_lane
    )


def _places(compared: Sequence[Compared]) -> str:
    names = sorted({name for one in compared for day in one.days for name in day.by_place})
    return _by_name("Waiting for one turn, by kind of place", compared, names, lambda day: day.by_place)


def _by_name(
    title: str,
    compared: Sequence[Compared],
    names: Sequence[str],
    read: Callable[[Figures], dict[str, Spread]],
) -> str:
    rows = []
    for name in names:
        for one in compared:
            spreads = [read(day).get(name, NOTHING) for day in one.days]
            count = interval([spread.count for spread in spreads])[0]
            rows.append([name, one.variant.name, f"{count:,.0f}", *_cells(spreads)])
    return table(title, ["", "", "count", *SHAPE], rows)


def _cells(spreads: Sequence[Spread]) -> list[str]:
    return [told([getattr(spread, stat) for spread in spreads]) for stat in SHAPE]


def _totals(compared: Sequence[Compared]) -> str:
    rows = []
    for count, target in TARGETS.items():
        for one in compared:
            spreads = [day.total[str(count)] for day in one.days]
            if not any(spread.count for spread in spreads):
                continue
            within = [day.within[str(count)] for day in one.days if str(count) in day.within]
            rows.append(
                [
                    f"{count} tests, target {target:.0f}",
                    one.variant.name,
                    told([spread.mean for spread in spreads]),
                    told([spread.p90 for spread in spreads]),
                    f"{interval(within)[0]:.0%}",
                ]
            )
    heading = ["", "", "mean", "p90", "within"]
    return table("From arrival to the end of an exam visit (minutes), by techniques", heading, rows)


def _staff(compared: Sequence[Compared]) -> str:
    rows = [
        [
            one.variant.name,
            one.told(lambda day: day.half_done, ".0f"),
            one.told(lambda day: day.visits - day.concluded, ".0f"),
            one.told(lambda day: day.absences, ".0f"),
            one.told(lambda day: day.idle / 60, ".0f"),
            one.told(lambda day: day.overtime / 60),
        ]
        for one in compared
    ]
    heading = ["", "half done", "not concluded", "absences", "doctors idle, h", "overtime, h"]
    return table(
        "At session ends (half done: examined, results still to be seen), and doctors", heading, rows
    )


def _estimates(compared: Sequence[Compared]) -> str:
    rows = []
    for one in compared:
        if not all(day.estimates.count for day in one.days):
            continue
        rows.append(
            [
                one.variant.name,
                f"{one.mean(lambda day: day.estimates.count):,.0f}",
                one.told(lambda day: day.estimates.p10_broken or 0.0, ".3f"),
                one.told(lambda day: day.estimates.p80_held or 0.0, ".3f"),
                one.told(lambda day: day.estimates.mae or 0.0),
                one.told(lambda day: day.estimates.naive_mae or 0.0),
            ]
        )
    heading = [
        "",
        "promises",
        "called before not-before",
        "called by usually-by",
        "mean error",
        "naive error",
    ]
    return table(
        "First promises (aims: at most 0.10, 0.80 ± 0.04, error at most 0.6 of naive)", heading, rows
    )


def _differences(compared: Sequence[Compared]) -> str:
    """Each variant against the first, seed by seed: the same patients and staff, so the noise cancels."""
    first = compared[0]
    rows = []
    for one in compared[1:]:
        row = [f"{one.variant.name} − {first.variant.name}"]
        for read in (_mean_wait, _p95_wait, _half_done):
            pairs = [read(mine) - read(theirs) for mine, theirs in zip(one.days, first.days, strict=True)]
            mean, half = interval(pairs)
            row.append(f"{mean:+.2f}" if half is None else f"{mean:+.2f} ±{half:.2f}")
        rows.append(row)
    return table("Difference to the first, day by day", ["", "mean wait", "p95 wait", "half done"], rows)


def _mean_wait(day: Figures) -> float:
    return day.wait.mean


def _p95_wait(day: Figures) -> float:
    return day.wait.p95


def _half_done(day: Figures) -> float:
    return day.half_done


def table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they must be: words to the left, figures to the right."""
    lines = [list(heading), *(list(row) for row in rows)]
    for above, row in zip(reversed(lines[1:-1]), reversed(lines[2:]), strict=True):
        if len(row) > 1 and row[0] == above[0] and not heading[1]:
            row[0] = ""
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    words = sum(not name for name in heading)
    rows_told = [
        "  ".join(
            cell.ljust(width) if column < words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([title, *(f"  {line}" for line in rows_told)])


def as_json(compared: Sequence[Compared]) -> dict[str, Any]:
    """One entry of `runs` for each variant, averaged over the seeds; minutes, shares as fractions."""
    return {"runs": [_entry(one) for one in compared]}


def _entry(one: Compared) -> dict[str, Any]:
    lanes = list(dict.fromkeys(lane for day in one.days for lane in day.by_lane))
    return {
        "policy": one.variant.policy,
        "balance": one.variant.balance,
        "authority": one.variant.authority,
        "visits": round(one.mean(lambda day: day.visits)),
        "wait_minutes": _shape([day.wait for day in one.days]),
        "by_lane": {
            lane: _shape([day.by_lane[lane] for day in one.days if lane in day.by_lane]) for lane in lanes
        },
        "total_minutes": {
            str(count): _over([day.total[str(count)].mean for day in one.days if day.total[str(count)].count])
            for count in TARGETS
        },
        "half_done": _over([day.half_done for day in one.days]),
        "estimates": {
            "p10_broken": _over([day.estimates.p10_broken for day in one.days]),
            "p80_held": _over([day.estimates.p80_held for day in one.days]),
            "mae_minutes": _over([day.estimates.mae for day in one.days]),
            "naive_mae_minutes": _over([day.estimates.naive_mae for day in one.days]),
        },
    }


def _shape(spreads: Sequence[Spread]) -> dict[str, float | None]:
    return {stat: _over([getattr(spread, stat) for spread in spreads]) for stat in SHAPE}


def _over(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 4) if known else None


def write_json(path: Path, compared: Sequence[Compared]) -> None:
    """The same as a file."""
    path.write_text(json.dumps(as_json(compared), indent=1) + "\n", encoding="utf-8")


OUT = (
    "variant",
    "seed",
    "visit",
    "arrival",
    "payer",
    "kind",
    "lane",
    "tests",
    "wait_minutes",
    "doctor_wait_minutes",
    "results_wait_minutes",
    "total_minutes",
    "end",
    "absences",
)
"""Columns of the per-visit file."""


def out_rows(variant: str, seed: int, visits: Sequence[VisitLog], midnight: int) -> list[list[str]]:
    """One row for each visit, as the columns of `OUT`."""
    rows = []
    for visit in visits:
        doctors = [turn for turn in visit.turns if turn.kind.value == "exam"]
        ended = f"{(visit.ended_at - visit.arrived_at) / MINUTE:.2f}" if visit.ended_at else ""
        rows.append(
            [
                variant,
                str(seed),
                visit.visit,
                _clock(visit.arrived_at - midnight),
                visit.payer,
                visit.kind,
                visit.lane.value,
                str(visit.tests),
                f"{visit.waited / MINUTE:.2f}",
                f"{sum(turn.waited for turn in doctors if not turn.returning) / MINUTE:.2f}",
                f"{sum(turn.waited for turn in doctors if turn.returning) / MINUTE:.2f}",
                ended,
                visit.end.value if visit.end is not None else "",
                str(sum(turn.absences for turn in visit.turns)),
            ]
        )
    return rows


def write_rows(path: Path, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A CSV that spreadsheets read with the right letters."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(rows)


def _clock(ms: int) -> str:
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
