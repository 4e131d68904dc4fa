"""When: expected minutes, at a constant pace for now."""

from collections.abc import Collection

from queue_server.engine.draft import Draft
from queue_server.engine.lines import Line


def expected(draft: Draft, clinic: str) -> int:
    """Minutes until someone who joined this clinic now would be called, at its services' constant pace.

    Those who were promised to the clinic and are still on their way (paying, at vital signs, waiting for
    results) count like those in its line: they will stand before whoever comes later.
    """
    places = draft.facility.clinics[clinic].places
    minutes = _minutes(draft, clinic, draft.waiting(clinic))
    minutes += _minutes(draft, clinic, draft.line(Line.AWAITED, clinic))
    in_hand = draft.in_hand(clinic)
    if len(in_hand) >= places:
        minutes += _minutes(draft, clinic, in_hand)
    return -(-minutes // places)


def _minutes(draft: Draft, clinic: str, steps: Collection[str]) -> int:
    services = draft.facility.services
    offered = draft.facility.clinics[clinic].services
    if len(offered) == 1:
        return services[offered[0]].minutes * len(steps)
    return sum(services[draft.the_step(step).service].minutes for step in steps)
