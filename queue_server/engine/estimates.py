"""When: expected minutes, at a constant pace for now."""

from queue_server.engine.draft import Draft


def expected(draft: Draft, clinic: str) -> int:
    """Minutes until someone who joined this clinic now would be called, at its services' constant pace."""
    services = draft.facility.services
    ahead = draft.waiting(clinic)
    in_hand = draft.in_hand(clinic)
    places = draft.facility.clinics[clinic].places
    minutes = sum(services[draft.the_step(step).service].minutes for step in ahead)
    if len(in_hand) >= places:
        minutes += sum(services[draft.the_step(step).service].minutes for step in in_hand)
    return -(-minutes // places)
