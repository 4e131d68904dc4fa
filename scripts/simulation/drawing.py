"""The picture: what patients wait through the day under each variant, and how waits spread by lane.

Colours are Okabe and Ito's, told apart by people who see few; lines also differ by their dashes.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from scripts.simulation.figures import TARGETS, Figures, Spread
from scripts.simulation.tables import Compared

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#000000")
DASHES: tuple[Literal["-", "--", "-.", ":"], ...] = ("-", "--", "-.", ":") * 2
INK, PALE = "#22303C", "#D8DEE4"
WORDS = {
    "vi": {
        "title": "Người bệnh chờ bao lâu",
        "under": "{visits:,} lượt khám một ngày; {days} ngày mô phỏng; người bệnh và bác sĩ như nhau",
        "through": "Thời gian chờ theo giờ đến",
        "arrived": "giờ đến",
        "minutes": "phút",
        "lanes": "Theo diện: hộp từ trung vị đến 90%, vạch đến 95%",
        "totals": "Từ lúc đến đến lúc xong, theo số kỹ thuật",
        "target": "mục tiêu",
        "tests": "{count} kỹ thuật",
        "mean": "trung bình",
        "urgent": "Khẩn",
        "priority": "Ưu tiên",
        "appointment": "Có hẹn",
        "returning": "Trả kết quả",
        "walk_in": "Thường",
    },
    "en": {
        "title": "How long patients wait",
        "under": "{visits:,} visits a day; days simulated: {days}; patients and doctors are the same",
        "through": "Waiting by hour of arrival",
        "arrived": "arrived at",
        "minutes": "minutes",
        "lanes": "By lane: boxes from median to 90 %, whiskers to 95 %",
        "totals": "From arrival to the end, by number of techniques",
        "target": "target",
        "tests": "tests: {count}",
        "mean": "mean",
        "urgent": "Urgent",
        "priority": "Priority",
        "appointment": "Appointment",
        "returning": "With results",
        "walk_in": "Walk-in",
    },
}
NAMES_VI = {
    "earliest_start": "khám sớm nhất",
    "fewest_heads": "ít người nhất",
    "random": "ngẫu nhiên",
    "pooled": "một hàng chung",
    "site": "theo cấu hình",
    "priority_first": "ưu tiên trước",
    "ratio": "luân phiên",
    "head_start": "cộng phút ưu tiên",
    "first_come": "ai đến trước",
    "accumulating": "điểm tích lũy",
    "alone": "độc lập",
    "beside": "bên cạnh HIS",
    "his_leads": "HIS quyết định",
    "we_lead": "ta quyết định",
}


def draw(path: Path, compared: Sequence[Compared], language: str) -> None:
    """Write the picture; the file's ending says in which form."""
    words = WORDS[language]
    settings: dict[Any, Any] = {
        "font.family": "DejaVu Sans",  # has every Vietnamese letter, and comes with matplotlib
        "font.size": 10,
        "axes.edgecolor": PALE,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "svg.fonttype": "path",
        "svg.hashsalt": "denluot",
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(12, 9.5), facecolor="white")
        grid = figure.add_gridspec(
            2, 2, top=0.80, bottom=0.075, left=0.065, right=0.975, hspace=0.36, wspace=0.17
        )
        _through_the_day(figure.add_subplot(grid[0, :]), compared, words)
        _by_lane(figure.add_subplot(grid[1, 0]), compared, words)
        _totals(figure.add_subplot(grid[1, 1]), compared, words)
        days = compared[0].days
        under = words["under"].format(visits=days[0].visits, days=len(days))
        figure.text(0.065, 0.955, words["title"], fontsize=20, fontweight="bold")
        figure.text(0.065, 0.925, under, fontsize=11, color="#55636F")
        _legend(figure, compared, words, language)
        figure.savefig(path, dpi=140, metadata={"Date": None} if path.suffix == ".svg" else None)


def _legend(figure: Figure, compared: Sequence[Compared], words: dict[str, str], language: str) -> None:
    handles = [
        Line2D([], [], color=COLOURS[n % 8], linestyle=DASHES[n % 8], linewidth=2.6)
        for n in range(len(compared))
    ]
    told = [
        f"{_name(one, language)}: {words['mean']} {one.mean(_mean_wait):.0f} {words['minutes']}"
        for one in compared
    ]
    columns = min(len(compared), 4 if max(map(len, told)) < 34 else 2)
    figure.legend(
        handles, told, loc="upper left", bbox_to_anchor=(0.058, 0.915), ncols=columns, frameon=False
    )


def _name(one: Compared, language: str) -> str:
    if language == "en":
        return one.variant.name.replace("_", " ")
    parts = []
    for part in one.variant.name.split():
        name, _, numbers = part.partition(":")
        parts.append(NAMES_VI.get(name, name.replace("_", " ")) + (f" {numbers}" if numbers else ""))
    return ", ".join(parts)


def _mean_wait(day: Figures) -> float:
    return day.wait.mean


def _bare(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", pad=10)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _through_the_day(axes: Axes, compared: Sequence[Compared], words: dict[str, str]) -> None:
    _bare(axes, words["through"])
    for n, one in enumerate(compared):
        hours: dict[float, list[float]] = {}
        for day in one.days:
            for hour, wait in day.by_hour:
                hours.setdefault(hour, []).append(wait)
        points = sorted((hour, fmean(waits)) for hour, waits in hours.items())
        xs, ys = zip(*points, strict=True) if points else ((), ())
        axes.plot(xs, ys, color=COLOURS[n % 8], linestyle=DASHES[n % 8], linewidth=2.6, zorder=3 + n)
    low, high = axes.get_xlim()
    ticks = range(math.ceil(low), int(high) + 1)
    axes.set_xticks(list(ticks), [f"{hour}:00" for hour in ticks])
    axes.set_ylim(bottom=0)
    axes.set_ylabel(words["minutes"])
    axes.set_xlabel(words["arrived"])


def _by_lane(axes: Axes, compared: Sequence[Compared], words: dict[str, str]) -> None:
    _bare(axes, words["lanes"])
    lanes = list(dict.fromkeys(lane for one in compared for day in one.days for lane in day.by_lane))
    width = 0.8 / len(compared)
    for n, one in enumerate(compared):
        colour = COLOURS[n % 8]
        for place, lane in enumerate(lanes):
            spreads = [day.by_lane[lane] for day in one.days if lane in day.by_lane]
            if not spreads:
                continue
            middle, high, top, mean = (
                fmean([_stat(spread, stat) for spread in spreads]) for stat in ("p50", "p90", "p95", "mean")
            )
            x = place - 0.4 + width * (n + 0.5)
            axes.bar(x, high - middle, width * 0.78, bottom=middle, color=colour, alpha=0.88, zorder=3)
            axes.plot([x, x], [high, top], color=colour, linewidth=1.6, zorder=3)
            axes.plot(x, mean, marker="D", markersize=4.5, color="white", markeredgecolor=INK, zorder=5)
    axes.set_xticks(range(len(lanes)), [words.get(lane, lane) for lane in lanes])
    axes.set_ylim(0, axes.get_ylim()[1] * 1.08)
    axes.set_ylabel(words["minutes"])
    axes.plot([], [], marker="D", markersize=4.5, color="white", markeredgecolor=INK, linestyle="",
              label=words["mean"])  # fmt: skip
    axes.legend(loc="upper left", frameon=False, fontsize=9)


def _stat(spread: Spread, stat: str) -> float:
    return float(getattr(spread, stat))


def _totals(axes: Axes, compared: Sequence[Compared], words: dict[str, str]) -> None:
    _bare(axes, words["totals"])
    counts = [c for c in TARGETS if any(day.total[str(c)].count for one in compared for day in one.days)]
    width = 0.8 / len(compared)
    for n, one in enumerate(compared):
        for place, count in enumerate(counts):
            means = [day.total[str(count)].mean for day in one.days if day.total[str(count)].count]
            if means:
                x = place - 0.4 + width * (n + 0.5)
                axes.bar(x, fmean(means), width * 0.82, color=COLOURS[n % 8], alpha=0.88, zorder=3)
    for place, count in enumerate(counts):
        label = words["target"] if place == 0 else None
        target = TARGETS[count]
        axes.plot(
            [place - 0.44, place + 0.44], [target, target], color=INK, linewidth=2, zorder=5, label=label
        )
    axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
    axes.set_xticks(range(len(counts)), [words["tests"].format(count=count) for count in counts])
    axes.set_ylabel(words["minutes"])
    if counts:
        axes.legend(loc="upper left", frameon=False, fontsize=9)
