"""What those who wait are told: *not before* and *usually by*, as clock times (DESIGN §4, Estimates).

A promise is a plain moment (how many turns come before, and when the clinics will have given them) with a
margin on either side. The margins are a multiple of how uncertain the moment is, and the multiples follow
what became of earlier promises of the same service told as long ahead: adaptive conformal prediction (Gibbs
and Candes 2021) on scores. So the promises hold as often as they say, whatever the doctors do.
"""

from bisect import bisect_left
from collections.abc import Iterator
from math import isqrt

from queue_server.engine.authority import we_bind
from queue_server.engine.capacity import TURNS, Capacity
from queue_server.engine.draft import Draft
from queue_server.engine.estimates import lane_share, pace_ms
from queue_server.engine.events import Promised
from queue_server.engine.facility import FirstCome, HeadStart, PriorityFirst, Ratio
from queue_server.engine.hours import MINUTE
from queue_server.engine.judging import START, kind_of
from queue_server.engine.lines import RANKS, Key, Line, queue_key
from queue_server.engine.model import WAITING, Promise, Queue, Step
from queue_server.engine.policies import in_force
from queue_server.protocol.codes import Binding, CalledAs, Lane

LOOK = 120_000
"""All lines are looked at again after so many ms."""
NEWS = 120
"""What nobody can know of a pace, in thousandths of it: who will come, who will be absent."""
NEWCOMERS = 750
"""So much (thousandths) of what those who go first took of the last calls they take of the next ones too."""


def restate(draft: Draft) -> None:
    """Tell a time to all who were told none, and another to those whose time has moved."""
    day = draft.day
    whole = draft.now - day.restated_at >= LOOK
    moments: dict[str, Promise | None] = {}
    outlook = Outlook(draft)
    if whole:
        for clinic in draft.facility.clinics:
            outlook.line(moments, Line.BOUND, clinic)
        for service in draft.facility.services:
            outlook.line(moments, Line.POOL, service)
    for step in day.untold:
        if step not in moments and draft.standing(step).state in WAITING:
            # None says that nobody can know yet, so that nobody asks again before the next look at all lines.
            moments[step] = outlook.of_step(step)
    # After a clinic turned tickets are told from the one before again only once all lines were looked at.
    if moments or (whole and day.promises and not day.restated_at):
        draft.emit(Promised(moments, draft.now if whole else 0))


def tell_now(draft: Draft, step: str, ahead: int | None) -> Promise | None:
    """What the step's patient is told at this moment; a first promise is kept. ahead: how many are before."""
    known = draft.day.promises.get(step)
    if known is not None:
        return known
    told = _after_the_one_before(draft, step, ahead or 0) or Outlook(draft).of_step(step)
    if told is not None:
        draft.emit(Promised({step: told}))
    return told


def _after_the_one_before(draft: Draft, step: str, ahead: int) -> Promise | None:
    """What the one before in the line was told, one turn later: for one ticket nobody looks at a long line.

    None when nobody of the same rank is before, what that one was told has passed, or a clinic turned since
    all lines were looked at.
    """
    standing, here = draft.standing(step), draft.the_step(step)
    if standing.state not in WAITING or not draft.day.restated_at:
        return None
    line, key = (Line.BOUND, standing.clinic) if standing.clinic else (Line.POOL, here.service)
    queue = draft.queue(line, key)
    own = queue_key(here, draft.part(here.visit), standing)
    index = bisect_left(queue, own)
    if not index or queue[index - 1][0] != own[0]:
        return None
    known = draft.day.promises.get(queue[index - 1][-1])
    if known is None or known.usually_by <= draft.now:
        return None
    clinics = (key,) if line is Line.BOUND else draft.day.serving[key]
    places = sum([draft.facility.clinics[name].places for name in clinics])
    turn = pace_ms(draft, clinics[0], here.service) // places
    plain = known.plain + turn
    band = draft.day.bands.get((here.service, kind_of(plain - draft.now)), START)
    # From the plain moment, not from the other's rounded ones: in a row of tickets roundings would add up.
    low, high = plain - known.unit * band.low // 1000, plain + known.unit * band.high // 1000
    return Promise(
        max(low, draft.now) // MINUTE * MINUTE,
        max(-(-high // MINUTE), draft.now // MINUTE + 1) * MINUTE,
        ahead,
        draft.now,
        max(plain + known.unit * band.middle // 1000, draft.now),
        plain,
        known.unit,
    )


class Outlook:
    """The lines of a moment, each clinic's capacity looked up once."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._capacities: dict[tuple[Line, str], Capacity] = {}
        self._places: dict[tuple[Line, str], dict[str, tuple[int, int]]] = {}

    def of_step(self, step: str) -> Promise | None:
        """The promise for one waiting step; None when nobody can know."""
        draft = self._draft
        standing, here = draft.standing(step), draft.the_step(step)
        if standing.state not in WAITING:
            return None
        line, key = (Line.BOUND, standing.clinic) if standing.clinic else (Line.POOL, here.service)
        if not self._is_called_from(line, key):
            return None
        known = self._places.get((line, key))
        if known is None:
            everybody = _Places(draft, line, key).each()
            known = self._places[line, key] = {name: (ahead, turns) for name, ahead, turns in everybody}
        return self._promise(here, self._capacity(line, key), *known[step])

    def line(self, moments: dict[str, Promise | None], line: Line, key: str) -> None:
        """Note what has to be told anew in one line: to whom nothing was told, whose moment has moved by a
        step, and who is still here after it."""
        draft, told = self._draft, self._draft.day.promises
        if not draft.queue(line, key) or not self._is_called_from(line, key):
            return
        capacity, now = self._capacity(line, key), draft.now
        by = draft.facility.restate_by * MINUTE
        for step, ahead, turns in _Places(draft, line, key).each():
            was = told.get(step)
            if was is not None:
                plain = capacity.moment(turns * (TURNS // 1000))
                if plain is None:
                    if was.usually_by < now or was.not_before > now:
                        moments[step] = None
                    continue
                if abs(plain - was.plain) < by and was.usually_by > now:
                    continue
            promise = self._promise(draft.the_step(step), capacity, ahead, turns)
            if promise is not None:
                moments[step] = promise

    def _is_called_from(self, line: Line, key: str) -> bool:
        """Whether waiting in this line leads to a call. From a pool whose rooms the HIS or a desk gives,
        nobody knows when people are taken."""
        if line is Line.BOUND:
            return True
        service = self._draft.facility.services[key]
        return we_bind(service) and service.binding is not Binding.AT_DESK

    def _capacity(self, line: Line, key: str) -> Capacity:
        known = self._capacities.get((line, key))
        if known is None:
            clinics = (key,) if line is Line.BOUND else self._draft.day.serving.get(key, ())
            known = self._capacities[line, key] = Capacity(self._draft, clinics)
        return known

    def _promise(self, step: Step, capacity: Capacity, ahead: int, thousandths: int) -> Promise | None:
        now = self._draft.now
        turns = thousandths * (TURNS // 1000)
        unit = _uncertainty(capacity, thousandths)
        plain, sooner, later = (capacity.moment(count) for count in (turns, turns - unit, turns + unit))
        if plain is None or sooner is None or later is None:
            return None
        wide = max((later - sooner) // 2, MINUTE // 2)
        band = self._draft.day.bands.get((step.service, kind_of(plain - now)), START)
        low = capacity.moment(turns - unit * band.low // 1000) or now
        high = capacity.moment(turns + unit * band.high // 1000) or later
        low, high = min(low, plain - wide * band.low // 1000), max(high, plain + wide * band.high // 1000)
        return Promise(
            max(low, now) // MINUTE * MINUTE,
            max(-(-high // MINUTE), now // MINUTE + 1) * MINUTE,
            ahead,
            now,
            max(plain + wide * band.middle // 1000, now),
            plain,
            wide,
        )


def _uncertainty(capacity: Capacity, turns: int) -> int:
    """How uncertain it is when the turn after so many (thousandths) begins, in millionths of a turn: what is
    left of those in hand, each turn of another length, the pace itself, a late start."""
    doubt = capacity.doubt + NEWS
    late = 5 * capacity.per_minute() // 1000 * capacity.waiting // max(capacity.places, 1)
    return isqrt(350_000 + 350 * turns + (doubt * turns // 1000) ** 2 + late**2) * (TURNS // 1000)


class _Places:
    """Who is called after how many others, under the policy in force, as things stand and will go on.

    Newcomers of the lanes that go first are counted like those of the last calls.
    """

    def __init__(self, draft: Draft, line: Line, key: str) -> None:
        pooled = line is Line.POOL
        clinics = draft.day.serving[key] if pooled else (key,)
        policy = in_force(draft.facility, clinics[0], draft.now)
        self._rule = policy.rule
        self._one_in = policy.returning_one_in or 3
        self._calls = 0 if pooled else draft.calls(key)
        self._before = sum([len(draft.queue(Line.BOUND, name)) for name in clinics]) if pooled else 0
        self._groups: tuple[Queue, Queue, Queue, Queue, Queue] = ([], [], [], [], [])
        for place in draft.queue(line, key):
            self._groups[_GROUP[place[0]]].append(place)
        self._groups[_OTHERS].sort(key=_since)
        recent = [call for name in clinics for call in draft.recent(name)]
        lifted = sum([call.called_as in _LIFTED for call in recent])
        back = sum([call.called_as is CalledAs.RETURNING for call in recent])
        known = len(recent) + len(clinics) * 8
        share = 1000 * (lifted + len(clinics)) // known + min(1000 * back // known, 1000 // self._one_in)
        self._newcomers = share * NEWCOMERS // 1000
        service = key if pooled else draft.facility.clinics[key].services[0]
        self._returning = lane_share(draft, clinics[0], service, Lane.RETURNING.value)

    def each(self) -> Iterator[tuple[str, int, int]]:
        """Every step of the line: how many are before it now, and after how many turns (thousandths) it is
        called."""
        urgent, priority, others, back, rejoined = self._groups
        for count, key in enumerate(urgent):
            yield key[-1], count, count * 1000
        first = len(urgent)
        for (mine, passed), key in zip(self._passed(priority, others, first=True), priority, strict=True):
            ahead = first + mine + passed
            yield key[-1], ahead, ahead * 1000
        sinces, returned = [_since(key) for key in others], [_since(key) for key in back]
        base = first + self._before
        for count, key in enumerate(back):
            plain = count + bisect_left(sinces, _since(key)) + min(len(priority), 3 * count + 3)
            ahead = min(base + plain, first + self._one_in // 2 + self._one_in * count)
            yield key[-1], ahead, ahead * 1000
        for (mine, passed), key in zip(self._passed(others, priority, first=False), others, strict=True):
            own = base + mine
            shared = min(len(returned), max(bisect_left(returned, _since(key)), own // self._one_in))
            ahead = own + passed + shared
            turns = (own + passed) * 1000 + shared * self._returning
            yield key[-1], ahead, max(turns, own * 1000_000 // (1000 - self._newcomers))
        everybody = base + len(priority) + len(others) + len(back)
        for count, key in enumerate(rejoined):
            left = max(key[1] - self._calls, 0) if self._calls else 3
            ahead = min(left + 3 * count, everybody + count)
            yield key[-1], ahead, ahead * 1000

    def _passed(self, mine: Queue, theirs: Queue, *, first: bool) -> Iterator[tuple[int, int]]:
        """For each of one group how many of it and how many of the other are called before."""
        rule, count = self._rule, len(theirs)
        if isinstance(rule, HeadStart | FirstCome):
            lead = (rule.minutes * MINUTE if isinstance(rule, HeadStart) else 0) * (1 if first else -1)
            passed = 0
            for index, key in enumerate(mine):
                while passed < count and _since(theirs[passed]) < _since(key) - lead:
                    passed += 1
                yield index, passed
            return
        ours, other = 3, 1
        if isinstance(rule, Ratio):
            ours, other = rule.priority, rule.ordinary
        elif isinstance(rule, PriorityFirst):
            ours = rule.at_most
        for index in range(len(mine)):
            yield index, min(count, index * other // ours if first else (index + 1) * ours // other)


def _since(key: Key) -> int:
    return key[2]


_OTHERS = 2
_APART = {CalledAs.URGENT: 0, CalledAs.PRIORITY: 1, CalledAs.RETURNING: 3, CalledAs.REJOINED: 4}
_GROUP = {rank: _APART.get(called, _OTHERS) for rank, called in enumerate(RANKS)}
_LIFTED = frozenset({CalledAs.URGENT, CalledAs.PRIORITY, CalledAs.APPOINTMENT})
