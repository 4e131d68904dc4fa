"""The quickest way through the stops of one patient: which order ends soonest.

The patient stands in several lines at once and is called in each without losing a place in the others. So a
stop begins no sooner than its line lets it, than the patient is there, than its moment has come, and than the
stops before it have ended and, where they bring back results, these are there. The order is exact for up to
`EXACT` stops, by trying all that can still be the best (branch and bound); beyond that the next stop is one
that can begin first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

EXACT = 6
"""Up to so many stops every order is looked at: 720 at most."""

Cost = tuple[int, int, int]
_Found = tuple[Cost, tuple[str, ...]]
_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop still to be made. Times in ms, moments since the epoch.

    turn: how long it takes. from_line: the moment its line may call, where it stands in one already. line:
    how long it would wait in its line from the moment it joins it, where it does not. ready: no sooner than
    this. after: stops that end before it, each with how long after that end it may begin: a gap, or until the
    result is there. ends: when its place stops working, 0 = never.
    """

    step: str
    clinic: str
    turn: int
    from_line: int = 0
    line: int = 0
    ready: int = 0
    after: Mapping[str, int] = field(default_factory=dict)
    ends: int = 0


Walk = Callable[[str, str], int]
"""How long it is from one clinic to another, ms; from the empty one: from where the patient is."""


def _at_once(start: str, clinic: str) -> int:
    return 0


def quickest(
    stops: Sequence[Stop], now: int, walk: Walk = _at_once, ended: Mapping[str, int] = _NOTHING
) -> tuple[str, ...]:
    """The order of these stops that ends soonest; on a tie the one whose stops end sooner, then as they were
    given. Stops that would begin after their place stops working count first: as few of them as can be.

    ended: when stops ended that others still keep a distance from.
    """
    way = _Way(stops, now, walk, ended, "", (0, now, 0))
    if len(stops) > EXACT:
        return _free_first(stops, way)
    best: list[_Found] = []
    _try(way, (), best)
    return best[0][1]


def cost(order: Sequence[Stop], now: int, walk: Walk = _at_once, ended: Mapping[str, int] = _NOTHING) -> Cost:
    """What an order costs: stops that begin too late, the moment the last one ends, the sum of all ends."""
    way = _Way(order, now, walk, ended, "", (0, now, 0))
    for stop in order:
        way = way.then(stop)
    return way.cost


class _Way:
    """A patient on the way: where, when, what is left."""

    __slots__ = ("at", "cost", "ended", "left", "now", "walk")

    def __init__(
        self, left: Sequence[Stop], now: int, walk: Walk, ended: Mapping[str, int], at: str, cost: Cost
    ) -> None:
        self.left, self.now, self.walk, self.ended = left, now, walk, ended
        self.at, self.cost = at, cost

    def next_ones(self) -> list[Stop]:
        """The stops that may come next: those with nothing left before them, and if rules contradict each
        other, any."""
        names = {stop.step for stop in self.left}
        free = [stop for stop in self.left if names.isdisjoint(stop.after)]
        return free or list(self.left)

    def begins(self, stop: Stop) -> int:
        """When a stop would begin if it came next."""
        joins = max(self.now, stop.ready)
        for name, later in stop.after.items():
            if name in self.ended:
                joins = max(joins, self.ended[name] + later)
        calls = stop.from_line or joins + stop.line
        return max(self.cost[1] + self.walk(self.at, stop.clinic), calls, joins)

    def then(self, stop: Stop) -> "_Way":
        """The way after this stop."""
        begins = self.begins(stop)
        end = begins + stop.turn
        late, _, total = self.cost
        return _Way(
            [other for other in self.left if other is not stop],
            self.now,
            self.walk,
            {**self.ended, stop.step: end},
            stop.clinic,
            (late + (0 < stop.ends < begins), end, total + end),
        )


def _try(way: _Way, order: tuple[str, ...], best: list[_Found]) -> None:
    """Go on in every way that may still be better: what was spent so far only grows, at least by the turns
    that are left."""
    if best:
        late, end, total = way.cost
        if (late, end + sum([stop.turn for stop in way.left]), total) >= best[0][0]:
            return
    if not way.left:
        best[:] = [(way.cost, order)]
        return
    for stop in way.next_ones():
        _try(way.then(stop), (*order, stop.step), best)


def _free_first(stops: Sequence[Stop], way: _Way) -> tuple[str, ...]:
    """Next the stop that can begin first; of several free by the time it ends, the one with the longest way
    after it (Schrage's rule)."""
    tails = _tails(stops)
    order: list[str] = []
    while way.left:
        begins = {stop.step: way.begins(stop) for stop in way.next_ones()}
        soonest = min(begins.values())
        free = [stop for stop in way.next_ones() if begins[stop.step] <= soonest]
        chosen = max(free, key=lambda stop: tails[stop.step])
        order.append(chosen.step)
        way = way.then(chosen)
    return tuple(order)


def _tails(stops: Sequence[Stop]) -> dict[str, int]:
    """How long the way is at least from the end of each stop to that of the last one that waits for it."""
    tails = dict.fromkeys((stop.step for stop in stops), 0)
    for _ in stops:
        for stop in stops:
            for name, later in stop.after.items():
                if name in tails:
                    tails[name] = max(tails[name], later + stop.turn + tails[stop.step])
    return tails
