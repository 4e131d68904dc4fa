"""What the server counts, in the words of Prometheus. Numbers only; no device and no patient is named."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from queue_server.listener import Listener
from queue_server.service import Service

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(service: Service, listener: Listener) -> bytes:
    """All metrics as they are now, in the text format 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Now(service, listener))
    return generate_latest(registry)


class _Now(Collector):
    def __init__(self, service: Service, listener: Listener) -> None:
        self._service = service
        self._listener = listener

    def collect(self) -> Iterator[Metric]:
        """One metric after the other."""
        counted = self._service.metrics
        answers = CounterMetricFamily("denluot_answers", "Commands answered, by how.", labels=["answer"])
        for answer in ("accepted", "rejected", "replayed", "busy", "unavailable", "internal"):
            answers.add_metric([answer], getattr(counted, answer))
        yield answers
        yield _counter("commands", "Commands received.", counted.commands)
        yield _counter("events", "Events made durable.", counted.events)
        yield _counter("batches", "Commits.", counted.batches)
        yield _counter("deciding_seconds", "Time spent deciding.", counted.deciding_seconds)
        yield _counter("commit_seconds", "Time spent in commits.", counted.commit_seconds)
        yield _gauge("commit_slowest_seconds", "The longest commit so far.", counted.commit_slowest)
        yield _counter("commits_not_done", "Commits that were plainly not done.", counted.not_done)
        yield _counter("commits_unknown", "Commits whose outcome had to be found out.", counted.unknown)
        yield _counter("recoveries", "How often the day was folded again.", counted.recoveries)
        yield _gauge("mailbox", "Commands waiting.", self._service.waiting)
        yield _gauge("journal_seq", "The last event that is durable.", self._service.seq)
        yield _gauge("degraded", "1 while the store takes no commits.", self._service.degraded)
        yield _gauge("owner", "1 while this process writes the facility.", self._service.owner)
        yield _gauge(
            "sockets", "Connections, also those that have not said who they are.", len(self._listener.outlets)
        )
        yield _gauge("devices", "Connections whose device is known.", self._listener.connections)
        yield _counter("frames_received", "Frames from clients.", self._listener.frames)
        cut_off = CounterMetricFamily("denluot_cut_off", "Peers that were cut off, by why.", labels=["why"])
        for why, count in self._listener.cut_off.items():
            cut_off.add_metric([why], count)
        yield cut_off


def _counter(name: str, says: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"denluot_{name}", says, value=value)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"denluot_{name}", says, value=float(value))
