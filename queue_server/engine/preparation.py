"""What a stop asks of the body, and of the other stops of its visit: needs, before and after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from queue_server.engine.facility import Service
from queue_server.engine.hours import MINUTE
from queue_server.engine.model import Gate
from queue_server.protocol.codes import GateName, Need, ReadyBy

GATE_OF = {
    Need.FASTING: GateName.FASTING,
    Need.FULL_BLADDER: GateName.FULL_BLADDER,
    Need.EMPTY_BLADDER: GateName.EMPTY_BLADDER,
}
NEED_GATES = frozenset(GATE_OF.values())


@dataclass(frozen=True, slots=True)
class Wish:
    """A stop somebody wants, and what the body must be ready for there."""

    service: Service
    needs: tuple[Need, ...]


def needs_of(service: Service, more: Collection[Need] = ()) -> tuple[Need, ...]:
    """The needs of a service with those of one order, each once."""
    if not more and len(service.needs) < 2:
        return service.needs
    return tuple(dict.fromkeys((*service.needs, *more)))


def need_gates(service: Service, needs: Collection[Need], now: int) -> tuple[Gate, ...]:
    """The gates that stand shut before a stop because of its needs.

    Only a full bladder takes time. Who has eaten, or has to go first, is not kept out of the line unless the
    service wants staff to ask: the paper says what is needed, and staff set aside who is not ready. `at` is
    when a gate opens by itself; staff alone open one that has none.
    """
    asked = service.ready_by is ReadyBy.STAFF
    at = 0 if asked else now + service.ready_minutes * MINUTE
    return tuple(Gate(GATE_OF[need], at=at) for need in needs if asked or need is Need.FULL_BLADDER)


def goes_first(first: Wish, second: Wish) -> bool:
    """Whether one stop of a visit has to end before the other may begin.

    The site file's word (`after`) holds; else a stop comes before those that would spoil it, unless each
    spoils the other.
    """
    if first.service.id in second.service.after:
        return True
    if second.service.id in first.service.after or first.service is second.service:
        return False
    return _spoils(second, first) and not _spoils(first, second)


def _spoils(stop: Wish, other: Wish) -> bool:
    """Whether a turn at `stop` ends what `other` needs."""
    ends = set(stop.service.ends)
    if Need.EMPTY_BLADDER in stop.needs:
        ends.add(Need.FULL_BLADDER)
    return not ends.isdisjoint(other.needs)


def in_order(wishes: Sequence[Wish]) -> list[int]:
    """The indexes of stops wanted at once, those that go first before the others, else as they were named.

    Where needs of single orders contradict each other, the one named first goes first.
    """
    left = list(range(len(wishes)))
    ordered: list[int] = []
    while left:
        free = (
            here
            for here in left
            if not any(goes_first(wishes[other], wishes[here]) for other in left if other != here)
        )
        ordered.append(next(free, left[0]))
        left.remove(ordered[-1])
    return ordered


def circles(services: Collection[Service]) -> list[tuple[str, ...]]:
    """Services that each have to go before the next and the last before the first, one tuple per circle."""
    before = {
        later.id: [
            first.id for first in services if goes_first(Wish(first, first.needs), Wish(later, later.needs))
        ]
        for later in services
    }
    found: list[tuple[str, ...]] = []
    settled: set[str] = set()
    for service in services:
        _walk(service.id, (), before, settled, found)
    return found


def _walk(
    name: str,
    path: tuple[str, ...],
    before: dict[str, list[str]],
    settled: set[str],
    found: list[tuple[str, ...]],
) -> None:
    if name in path:
        found.append(path[: path.index(name) + 1])
    elif name not in settled:
        for other in before[name]:
            _walk(other, (name, *path), before, settled, found)
        settled.add(name)
