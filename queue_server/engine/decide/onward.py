"""Where to now: what whoever lets a patient go is told of the next stop."""

from queue_server.engine.advice import next_in_line
from queue_server.engine.draft import Draft
from queue_server.engine.places import place_of_step
from queue_server.protocol.labels import Place
from queue_server.protocol.results import Called, Finished, Outcome, StepsAdded
from queue_server.protocol.values import replaced


def directed(draft: Draft, outcome: Outcome) -> Outcome:
    """The outcome with the next stop of the visit that it lets go of; others as they are.

    Asked once the draft is complete: our own choice of a clinic comes last.
    """
    match outcome:
        case Called(finished=str(step)):
            return replaced(outcome, onward=next_stop(draft, draft.the_step(step).visit))
        case Finished() | StepsAdded():
            return replaced(outcome, onward=next_stop(draft, outcome.visit))
        case _:
            return outcome


def next_stop(draft: Draft, visit: str) -> Place | None:
    """The place of the stop to go to now, as recommended; None when the visit has none left."""
    step = next_in_line(draft, visit)
    return None if step is None else place_of_step(draft, step)
