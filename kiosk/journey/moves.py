"""What every step of a patient's way is made of."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from kiosk.journey.values import (
    AlreadyHere,
    Arranging,
    Effect,
    Issued,
    Journey,
    OneMore,
    OwnVisit,
    Stage,
    Stopped,
    Trouble,
    Welcome,
)

Step = tuple[Journey, tuple[Effect, ...]]
_S = TypeVar("_S", bound=Stage)
_FOR_A_DESK = frozenset({Trouble.INTAKE, Trouble.REFUSED})
"""After the others a page asks whoever reads it to scan something else."""


def go(journey: Journey, stage: Stage) -> Journey:
    """The same patient, at another stage."""
    return replace(journey, stage=stage)


def home(journey: Journey) -> Journey:
    """Nobody is here any more."""
    return replace(afresh(journey), stage=Welcome(), warned=False, picking=False)


def at(journey: Journey, kind: type[_S], then: Callable[[_S], Step]) -> Step:
    """Do this at this stage only."""
    stage = journey.stage
    return then(stage) if isinstance(stage, kind) else (journey, ())


def afresh(journey: Journey) -> Journey:
    """In the kiosk's own language and colours."""
    return replace(journey, language=journey.home, contrast=False)


def settled(journey: Journey) -> Journey:
    """The next patient begins in the kiosk's own language and colours; whoever is under way keeps theirs."""
    match journey.stage:
        case Arranging() | Issued() | AlreadyHere() | OwnVisit() | OneMore():
            return afresh(journey)
        case Stopped(trouble=trouble) if trouble in _FOR_A_DESK:
            return afresh(journey)
        case _:
            return journey
