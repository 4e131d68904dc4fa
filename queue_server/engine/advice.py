"""Which stop of a visit to go to first, so that the visit ends soonest under today's lines.

Nothing here is an event: the advice is made anew whenever somebody looks, and so follows the lines.
"""

from bisect import bisect_left
from collections.abc import Sequence

from queue_server.engine import estimates
from queue_server.engine.calling import clinics_of
from queue_server.engine.draft import Draft
from queue_server.engine.hours import MINUTE
from queue_server.engine.lines import Line, queue_key
from queue_server.engine.model import BUSY, IN_HAND, OPEN, WAITING, opening_by_themselves
from queue_server.engine.places import place_of_step
from queue_server.engine.preparation import Wish, goes_first
from queue_server.engine.routes import comes_now, has_shut, stands_for, still_open
from queue_server.engine.sessions import next_start
from queue_server.engine.walking import hall_of, walk_ms
from queue_server.engine.way import Stop, quickest
from queue_server.protocol.codes import ClinicState, GateName
from queue_server.protocol.results import TicketStop

_WORKING = frozenset({ClinicState.OPEN, ClinicState.PAUSED, ClinicState.DRAINING})


def suggested(draft: Draft, visit: str) -> dict[str, int]:
    """The recommended order of a visit's open stops, by step, from 1; empty where there is nothing to choose:
    fewer than two of them could be next."""
    left = _open_stops(draft, visit)
    if not _is_a_choice(draft, left):
        return {}
    return {step: place for place, step in enumerate(_recommended(draft, visit, left), 1)}


def next_in_line(draft: Draft, visit: str) -> str | None:
    """The open stop to go to now: the recommended one of those that stand in a line, else the first of those
    planned or set aside; None when the visit has none."""
    left = _open_stops(draft, visit)
    waiting = [step for step in left if draft.standing(step).state in WAITING]
    if len(waiting) == 1:
        return waiting[0]
    places = suggested(draft, visit)
    return min(waiting or left, key=lambda step: places.get(step, 0), default=None)


def listed(draft: Draft, visit: str) -> tuple[TicketStop, ...]:
    """All open stops as a paper lists them, those recommended first before the others; empty for a single
    one."""
    left = _open_stops(draft, visit)
    if len(left) < 2:
        return ()
    places = suggested(draft, visit)
    left.sort(key=lambda step: places.get(step, 0))
    return tuple(
        TicketStop(
            place=place_of_step(draft, step),
            suggested=places.get(step, 0),
            needs=draft.the_step(step).needs,
        )
        for step in left
    )


def _open_stops(draft: Draft, visit: str) -> list[str]:
    return [step for step in draft.steps_of(visit) if draft.standing(step).state in OPEN]


def _is_a_choice(draft: Draft, left: Sequence[str]) -> bool:
    if len(left) < 2:
        return False
    could = 0
    for step in left:
        here, standing = draft.the_step(step), draft.standing(step)
        if standing.state in BUSY or (here.returning and has_shut(standing, GateName.RESULT)):
            continue
        could += comes_now(draft, step)
    return could > 1


def _recommended(draft: Draft, visit: str, left: Sequence[str]) -> tuple[str, ...]:
    """All open stops, the one the patient is at first."""
    busy = draft.busy(visit)
    now, start = draft.now, hall_of(draft, visit)
    if busy and draft.standing(busy).state in IN_HAND:
        now += estimates.left_of_turn(draft, draft.standing(busy).clinic, busy)
    stops = [_stop(draft, step, left) for step in left if step != busy]
    ended = {step: draft.standing(step).ended_at for step in draft.steps_of(visit)}
    clinics = draft.facility.clinics
    ways: dict[tuple[str, str], int] = {}

    def walk(at: str, clinic: str) -> int:
        if not start or not clinic:
            return 0
        way = ways.get((at, clinic))
        if way is None:
            way = ways[at, clinic] = walk_ms(draft, visit, clinics[at].hall if at else start, clinic)
        return way

    order = quickest(stops, now, walk, {step: at for step, at in ended.items() if at and step != busy})
    return (busy, *order) if busy else order


def _stop(draft: Draft, step: str, left: Sequence[str]) -> Stop:
    here, standing = draft.the_step(step), draft.standing(step)
    clinic, line = _line(draft, step)
    waits = standing.state in WAITING
    return Stop(
        step,
        clinic,
        estimates.pace_ms(draft, clinic, here.service) if clinic else 0,
        from_line=draft.now + line if waits else 0,
        line=0 if waits else line,
        ready=_ready(draft, step, clinic),
        after=_after(draft, step, left),
        ends=max((plan.ends for plan in draft.day.sessions.get(clinic, ())), default=0),
    )


def _line(draft: Draft, step: str) -> tuple[str, int]:
    """The clinic where a stop will most likely be, and how long (ms) until its line lets it begin: from now
    for one that stands in it, from joining it for another. Where no clinic works the first one is meant."""
    here, standing = draft.the_step(step), draft.standing(step)
    service, waits = here.service, standing.state in WAITING
    key = queue_key(here, draft.part(here.visit), standing)
    if standing.clinic:
        queue = draft.queue(Line.BOUND, standing.clinic)
        return standing.clinic, _until_called(
            draft, service, [standing.clinic], bisect_left(queue, key) if waits else len(queue)
        )
    serving = clinics_of(draft, service)
    working = [clinic for clinic in serving if draft.clinic_part(clinic).state in _WORKING] or serving[:1]
    if not working:
        return "", 0
    pool = draft.queue(Line.POOL, service)
    ahead = bisect_left(pool, key) if waits else len(pool)
    ahead += sum(len(draft.queue(Line.BOUND, clinic)) for clinic in working)
    free = min(working, key=lambda clinic: (len(draft.queue(Line.BOUND, clinic)), clinic))
    return free, _until_called(draft, service, working, ahead)


def _until_called(draft: Draft, service: str, clinics: Sequence[str], ahead: int) -> int:
    """How long these clinics together work at so many people, and until the first of their places is free."""
    plans = draft.facility.clinics
    places = sum(plans[clinic].places for clinic in clinics)
    paces = sum(estimates.pace_ms(draft, clinic, service) * plans[clinic].places for clinic in clinics)
    in_hand = [(clinic, step) for clinic in clinics for step in draft.in_hand(clinic)]
    frees = 0
    if len(in_hand) >= places:
        frees = min(estimates.left_of_turn(draft, clinic, step) for clinic, step in in_hand)
    return frees + ahead * paces // (places * places)


def _ready(draft: Draft, step: str, clinic: str) -> int:
    """The moment before which a stop cannot begin: a gate that opens by itself, a hold, a session to come."""
    standing = draft.standing(step)
    moments = [gate.at for gate in opening_by_themselves(standing.gates)]
    moments.append(standing.held_until)
    if clinic and draft.clinic_part(clinic).state not in _WORKING:
        moments.append(next_start(draft.day, clinic, draft.now) or 0)
    return max(moments)


def _after(draft: Draft, step: str, left: Sequence[str]) -> dict[str, int]:
    """The stops that a stop comes after, and how long after the end of each."""
    here, services = draft.the_step(step), draft.facility.services
    plan = services.get(here.service)
    after = {name: 0 for before in here.after for name in still_open(draft, before, but=step)}
    if here.returning:
        for test in here.awaits:
            for name in (test, *stands_for(draft, test)):
                known = services.get(draft.the_step(name).service)
                after[name] = (known.result_minutes if known else 0) * MINUTE
        return after
    if plan is None:
        return after
    shut = {gate.name for gate in draft.standing(step).gates if not gate.open}
    wish = Wish(plan, here.needs)
    for other in left:
        first = draft.the_step(other)
        before = services.get(first.service)
        if other == step or first.returning or before is None:
            continue
        if not shut.isdisjoint(before.opens):
            after.setdefault(other, 0)
        if goes_first(Wish(before, first.needs), wish):
            after[other] = plan.gap * MINUTE if first.service in plan.after else 0
    return after
