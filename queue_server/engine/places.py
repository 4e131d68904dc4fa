"""Where to go: what a ticket or a phone is told of a step's place."""

from queue_server.engine import authority
from queue_server.engine.draft import Draft
from queue_server.engine.facility import ClinicPlan, Facility, Words
from queue_server.engine.model import Day, Signposts
from queue_server.protocol.codes import AssignedBy, Binding, ClinicState
from queue_server.protocol.labels import Label, Place

_FIXED = frozenset({Binding.AT_CHECK_IN, Binding.AT_DESK})
_NOWHERE = Label(vi="", en="")


def label(words: Words) -> Label:
    """The site's words as the wire carries them."""
    return Label(vi=words.vi, en=words.en)


def signposts(facility: Facility) -> Signposts:
    """What people are told of each clinic, and of each service at each of its clinics.

    A service whose clinics are all discreet goes by their neutral names.
    """
    told = {(plan.id, ""): _place(facility, plan, plan.public) for plan in facility.clinics.values()}
    for service in facility.services.values():
        serving = [plan for plan in facility.clinics.values() if service.id in plan.services]
        discreet = all(plan.discreet for plan in serving)
        for plan in serving:
            told[plan.id, service.id] = _place(facility, plan, plan.public if discreet else service.name)
        if not serving:
            told["", service.id] = Place(label=label(service.name), hall=_NOWHERE, floor=_NOWHERE)
    return told


def _place(facility: Facility, plan: ClinicPlan, name: Words) -> Place:
    hall = facility.halls[plan.hall]
    return Place(label=label(name), hall=label(hall.name), floor=label(hall.floor), hall_id=hall.id)


def name_of_service(day: Day, service: str) -> Label:
    """What people are told a service is called: neutral where all its clinics are discreet, its code where
    the site no longer has it."""
    if service not in day.facility.services:
        return Label(vi=service, en=service)
    serving = day.serving[service]
    return day.signposts[serving[0] if serving else "", service].label


def place_of_clinic(draft: Draft, clinic: str) -> Place:
    """A clinic's public name, with its hall and floor."""
    return draft.day.signposts[clinic, ""]


def place_of_step(draft: Draft, step: str) -> Place:
    """The clinic where it is fixed for good, else the service and the hall where it will most likely be; the
    desk while the HIS did not take the clinic over."""
    service, standing = draft.the_step(step).service, draft.standing(step)
    if standing.gates and authority.is_open_question(standing):
        return place_of_service(draft, draft.facility.reception)
    fixed = (
        standing.practitioner
        or standing.assigned_by is AssignedBy.HIS
        or draft.facility.services[service].binding in _FIXED
    )
    if standing.clinic and fixed:
        return place_of_clinic(draft, standing.clinic)
    serving = draft.day.serving.get(service, ())
    if len(serving) == 1:
        return place_of_clinic(draft, serving[0])
    return place_of_service(draft, service, standing.clinic)


def place_of_service(draft: Draft, service: str, bound: str = "") -> Place:
    """A service's name with the hall of its bound, else first open, else first clinic."""
    serving = draft.day.serving.get(service, ())
    open_now = (name for name in serving if draft.clinic_part(name).state is ClinicState.OPEN)
    return draft.day.signposts[bound or next(open_now, serving[0] if serving else ""), service]
