"""What the service counts; others expose it. Numbers only grow, since the start of the process."""

from dataclasses import dataclass


@dataclass(slots=True)
class Metrics:
    """Counters. seconds are of monotonic time; the slowest is the longest single commit.

    accepted, rejected: answers after a commit. replayed: answers given again. busy, unavailable: refusals
    that were not stored. not_done, unknown: commits that ended so. internal: commands that failed alone.
    """

    commands: int = 0
    accepted: int = 0
    rejected: int = 0
    replayed: int = 0
    busy: int = 0
    unavailable: int = 0
    internal: int = 0
    events: int = 0
    batches: int = 0
    deciding_seconds: float = 0.0
    commit_seconds: float = 0.0
    commit_slowest: float = 0.0
    not_done: int = 0
    unknown: int = 0
    recoveries: int = 0
    days: int = 0

    def committed(self, seconds: float, events: int) -> None:
        """One batch became durable."""
        self.batches += 1
        self.events += events
        self.commit_seconds += seconds
        self.commit_slowest = max(self.commit_slowest, seconds)
