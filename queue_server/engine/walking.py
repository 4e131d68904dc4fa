"""How far it is: from where a patient was last known to be to a clinic."""

from queue_server.engine.draft import Draft
from queue_server.protocol.codes import Help, PresenceKind, StepState

SLOW = frozenset({Help.WHEELCHAIR, Help.SLOW_WALK})
"""Help that doubles every way."""
_SEEN = frozenset({PresenceKind.HERE, PresenceKind.BUSY})


def walk_ms(draft: Draft, visit: str, start: str, clinic: str) -> int:
    """The way of a visit from the hall `start` to a clinic, ms; 0 where nobody said how far it is."""
    walks = draft.facility.walks
    hall = draft.facility.clinics[clinic].hall
    if not walks or not start or start == hall:
        return 0
    seconds = walks.get(f"{start}/{hall}") or walks.get(f"{hall}/{start}", 0)
    slow = not SLOW.isdisjoint(draft.part(visit).help)
    return seconds * (2_000 if slow else 1_000)


def hall_of(draft: Draft, visit: str) -> str:
    """The hall where the patient was last known to be: as told, else where the last turn was, else the
    kiosk's; empty when nobody knows."""
    if not draft.facility.walks:
        return ""
    presence = draft.part(visit).presence
    if presence.kind in _SEEN and presence.place:
        return _hall(draft, presence.place)
    busy = draft.busy(visit)
    if busy:
        return _hall(draft, draft.standing(busy).clinic)
    ended = [draft.standing(step) for step in draft.steps_of(visit)]
    done = [standing for standing in ended if standing.state is StepState.DONE and standing.clinic]
    if done:
        return _hall(draft, max(done, key=lambda standing: standing.ended_at).clinic)
    kiosk = draft.facility.kiosks.get(draft.the_visit(visit).device)
    return kiosk.hall if kiosk is not None else ""


def _hall(draft: Draft, place: str) -> str:
    plan = draft.facility.clinics.get(place)
    return place if plan is None else plan.hall
