"""Commands made durable: many clients through real sockets, and one alone, against the bare storage."""

import multiprocessing
from collections import Counter
from pathlib import Path
from statistics import median

from scripts.bench_parts import crowd, hospital, same_rows
from scripts.bench_parts.crowd import Wanted
from scripts.bench_parts.figures import GaveUp, Report, percentile
from scripts.bench_parts.frames import message, new_id
from scripts.bench_parts.server import Server, running

CLIENTS = 200
REGISTERED = 800
"""Patients who wait before the clock starts, so that whoever calls finds somebody."""


def measure(report: Report, folder: Path, *, quick: bool) -> None:
    """Both parts, in the same rounds: many clients, the same rows again; one client, bare syncs."""
    rounds = 3 if quick else 5
    commands = 4_000 if quick else 10_000
    report.note(
        f"{CLIENTS} closed-loop clients, {commands} commands a round: 70% register by card, 15% call_next, "
        "15% finish"
    )
    site = hospital.write_site(folder / "durable.toml", hospital.day_began(2))
    many = _Many()
    alone = _Alone()
    for number in range(rounds):
        data = folder / f"durable-{number}"
        with running(site, data) as server:
            caller, _ = server.welcomed("supervisor", hospital.SUPERVISOR)
            for clinic in hospital.clinics():
                caller.command({"type": "open_clinic", "clinic": clinic.id})
            caller.close()
            many.round(server, commands, data / "again.sqlite")
            alone.round(server, data / "syncs.sqlite", 60 if quick else 150)
    many.tell(report)
    alone.tell(report)


class _Many:
    def __init__(self) -> None:
        self._rates: list[float] = []
        self._raw: list[float] = []
        self._groups: list[float] = []
        self._busy: list[float] = []
        self._client_cost: list[float] = []
        self._kinds: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def round(self, server: Server, commands: int, again: Path) -> None:
        context = multiprocessing.get_context("spawn")
        pipe, end = context.Pipe()
        wanted = Wanted(server.port, CLIENTS, REGISTERED, commands)
        process = context.Process(target=crowd.run, args=(wanted, end), daemon=True)
        process.start()
        # Of the two ends only the crowd's own may stay open, or its death would not be noticed.
        end.close()
        try:
            seeded: crowd.Done = pipe.recv()
            since = same_rows.newest(server.database)
            cpu = server.cpu()
            pipe.send("go")
            done: crowd.Done = pipe.recv()
        except EOFError:
            raise GaveUp("the crowd of clients failed, see above") from None
        cpu = server.cpu() - cpu
        process.join()
        found = same_rows.written(server.database, since)
        if found.commands < commands or seeded.refused:
            raise GaveUp(f"{commands} commands sent, {found.commands} kept; refused before: {seeded.refused}")
        self._rates.append(commands / done.seconds)
        self._raw.append(found.commands / same_rows.write_again(found, again))
        self._groups.append(same_rows.mean_group(found.groups))
        self._busy.append(cpu / done.seconds)
        self._client_cost.append(done.cpu / commands * 1e6)
        self._kinds += done.kinds
        self._refused += done.refused

    def tell(self, report: Report) -> None:
        report.add("durable.per_s", "commands/s", self._rates)
        report.add("durable.raw_per_s", "commands/s", self._raw)
        ratios = [ours / raw for ours, raw in zip(self._rates, self._raw, strict=True)]
        report.add("durable.ratio", "of raw", ratios, "0.3")
        report.add("durable.batch", "commands", self._groups)
        report.add("durable.server_cpu", "processors", self._busy)
        report.add("durable.client_us", "us a command", self._client_cost)
        total = sum(self._kinds.values()) + sum(self._refused.values())
        report.add("durable.rejected", "of 1", [sum(self._refused.values()) / total])
        kinds = ", ".join(f"{kind} {count / total:.1%}" for kind, count in self._kinds.most_common())
        report.note(f"accepted: {kinds}; refused: {dict(self._refused) or 'none'}")


class _Alone:
    def __init__(self) -> None:
        self._acks: list[list[float]] = []
        self._syncs: list[list[float]] = []

    def round(self, server: Server, database: Path, commands: int) -> None:
        caller, _ = server.welcomed("kiosk", hospital.KIOSK)
        frames = []
        for _, command in zip(range(commands), hospital.arrivals(1_000_000), strict=False):
            id_ = new_id()
            frames.append((id_, message(type="command", id=id_, command=command)))
        syncs = same_rows.Syncs(database)
        acks, bare = [], []
        # In turn, so that both meet the same moods of the disk.
        for id_, frame in frames:
            acks.append(caller.timed(id_, frame))
            bare.append(syncs.one(len(frame)))
        syncs.close()
        caller.close()
        self._acks.append(acks)
        self._syncs.append(bare)

    def tell(self, report: Report) -> None:
        acks = [median(each) * 1000 for each in self._acks]
        syncs = [median(each) * 1000 for each in self._syncs]
        report.add("durable.lone_p50_ms", "ms", acks)
        report.add("durable.lone_p99_ms", "ms", [percentile(each, 0.99) * 1000 for each in self._acks])
        report.add("durable.sync_p50_ms", "ms", syncs)
        report.add("durable.lone_ratio", "of a bare sync", [a / b for a, b in zip(acks, syncs, strict=True)])
