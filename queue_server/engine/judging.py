"""How promises held, and what later ones learn from it. Folding only; telling them is `promises`.

The first promise of a step in its line is put to the test by its call: was it called before *not before*, and
by *usually by*? The margins, in units of how uncertain the plain moment was, grow a little after each that
did not hold and shrink after each that did, so much that in the long run the wanted shares hold (adaptive
conformal prediction, Gibbs and Candes 2021), each per service and per how long ahead it was told. An outcome
is held against what the margins of now would have said: a hundred who were told the same too early in one
morning do not push them a hundred times too far.
"""

from queue_server.engine.events import Promised
from queue_server.engine.hours import MINUTE, day_starts
from queue_server.engine.model import WAITING, Band, Day, Promise, Standing, Step, Tally, Told
from queue_server.protocol.codes import ClinicState, StepState

SOON = 2_000
"""Whoever joins a line is told a time after so many ms."""
KINDS = ((10 * MINUTE, "10"), (30 * MINUTE, "30"), (60 * MINUTE, "60"))
"""Promises told so long ahead are of a kind."""
START = Band(1400, 0, 900)
"""Before anything is learned: a little beyond a tenth and four fifths of a normal distribution."""
LOW, HIGH = 70, 800
"""Shares in thousandths: called before *not before*, and by *usually by*."""
STEP = 80
"""How far a band follows one outcome, in thousandths of a unit."""
FARTHEST = 6000
"""No band goes farther."""


def kind_of(wait: int) -> str:
    """How long ahead a moment is."""
    return next((kind for longest, kind in KINDS if wait < longest), "long")


def promised(day: Day, event: Promised) -> None:
    """Somebody was told a time, or that there is none."""
    for name, promise in event.moments.items():
        day.untold.pop(name, None)
        if promise is None:
            day.promises.pop(name, None)
            continue
        day.promises[name] = promise
        told = day.told.get(name)
        if told is None:
            day.told[name] = Told(promise, promise.not_before, _naive(day, name, promise))
        else:
            told.safe = max(told.safe, promise.not_before)
    day.restated_at = event.whole or day.restated_at


def _naive(day: Day, name: str, promise: Promise) -> int:
    step = day.steps[name]
    clinics = (step.standing.clinic,) if step.standing.clinic else day.serving[step.service]
    working = [clinic for clinic in clinics if day.clinics[clinic].part.state is ClinicState.OPEN] or clinics
    plans = day.facility.clinics
    places = max(sum([plans[clinic].places for clinic in working]), 1)
    return promise.ahead * day.facility.services[step.service].minutes * MINUTE // places


def stands(day: Day, step: str, was: StepState | None, standing: Standing) -> None:
    """The step stands otherwise: whoever joins a line is to be told a time, whoever left it no more. was: its
    state before, None for a new step."""
    if standing.state in WAITING:
        if was not in WAITING and step not in day.promises:
            day.untold[step] = standing.queued_at
        return
    day.untold.pop(step, None)
    if standing.state is not StepState.CALLED:
        day.promises.pop(step, None)
        day.told.pop(step, None)


def next_untold(day: Day) -> list[int]:
    """When (ms) somebody who just joined a line has to be told a time. In the past where a clinic turned
    since all lines were looked at: until then each ticket needs a look of its own."""
    if day.promises and not day.restated_at:
        return [day.opened_at]
    return [min(day.untold.values()) + SOON] if day.untold else []


def judge(day: Day, step: Step, called_at: int) -> None:
    """The first promise of a step is put to the test by its call, and later promises learn from it."""
    told = day.told.get(step.id)
    if told is None or told.judged:
        return
    told.judged = True
    first = told.first
    hour = (first.at - day_starts(day.facility, day.day)) // (60 * MINUTE) + day.facility.day_ends // 60
    tally = day.tallies.setdefault((step.service, hour % 24), Tally())
    tally.judged += 1
    tally.broken += called_at < first.not_before
    tally.held += called_at <= first.usually_by
    tally.error += abs(called_at - first.expected) // 1000
    tally.naive += abs(called_at - first.at - told.naive) // 1000
    key = (step.service, kind_of(first.plain - first.at))
    day.bands[key] = _follow(day.bands.get(key, START), first, called_at)


def _follow(band: Band, first: Promise, called_at: int) -> Band:
    """The band after one more outcome: what would it have promised, in whole minutes, and did that hold?"""
    low = (first.plain - first.unit * band.low // 1000) // MINUTE * MINUTE
    high = -(-(first.plain + first.unit * band.high // 1000) // MINUTE) * MINUTE
    late = called_at > first.plain + first.unit * band.middle // 1000
    return Band(
        min(band.low + (STEP * (1000 - LOW) if called_at < low else -STEP * LOW) // 1000, FARTHEST),
        max(-FARTHEST, min(band.middle + (STEP // 2 if late else -STEP // 2), FARTHEST)),
        max(
            0, min(band.high + (STEP * HIGH if called_at > high else -STEP * (1000 - HIGH)) // 1000, FARTHEST)
        ),
    )
