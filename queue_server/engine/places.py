"""Where to go: what a ticket or a phone is told of a step's place."""

from queue_server.engine.calling import clinics_of
from queue_server.engine.draft import Draft
from queue_server.engine.facility import ClinicPlan, Words
from queue_server.protocol.codes import Binding, ClinicState
from queue_server.protocol.labels import Label, Place


def label(words: Words) -> Label:
    """The site's words as the wire carries them."""
    return Label(vi=words.vi, en=words.en)


def place_of_clinic(draft: Draft, clinic: str, name: Words | None = None) -> Place:
    """A clinic's public name, or another name, with the clinic's hall and floor."""
    plan = draft.facility.clinics[clinic]
    hall = draft.facility.halls[plan.hall]
    return Place(
        label=label(name or plan.public), hall=label(hall.name), floor=label(hall.floor), hall_id=hall.id
    )


def place_of_step(draft: Draft, step: str) -> Place:
    """The clinic where it is fixed for good, else the service and the hall where it will most likely be."""
    service = draft.the_step(step).service
    bound = draft.standing(step).clinic
    serving = list(clinics_of(draft, service))
    fixed = draft.facility.services[service].binding in (Binding.AT_CHECK_IN, Binding.AT_DESK)
    chosen = bool(draft.standing(step).practitioner)
    if bound and (fixed or chosen):
        return place_of_clinic(draft, bound)
    if len(serving) == 1:
        return place_of_clinic(draft, serving[0])
    return place_of_service(draft, service, bound)


def place_of_service(draft: Draft, service: str, bound: str = "") -> Place:
    """A service's name with the hall of its bound, else first open, else first clinic."""
    serving = list(clinics_of(draft, service))
    name = draft.facility.services[service].name
    if not serving:
        return Place(label=label(name), hall=Label(vi="", en=""), floor=Label(vi="", en=""))
    open_now = (clinic for clinic in serving if draft.clinic_part(clinic).state is ClinicState.OPEN)
    hall_of = bound or next(open_now, serving[0])
    if all(_is_discreet(draft.facility.clinics[clinic]) for clinic in serving):
        return place_of_clinic(draft, hall_of)
    return place_of_clinic(draft, hall_of, name)


def _is_discreet(plan: ClinicPlan) -> bool:
    return plan.discreet
