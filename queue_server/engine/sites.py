"""A changed site file: taken over during the day, unless it takes away what someone waits for."""

from queue_server.engine.decision import Decision, Rejection
from queue_server.engine.events import SiteChanged
from queue_server.engine.facility import Facility
from queue_server.engine.model import OPEN, Day
from queue_server.protocol.codes import Refusal


def change_site(day: Day, facility: Facility) -> Decision | Rejection:
    """Go on with another site file. Refused with `still_waiting` while a removed name is needed.

    Facts: `clinics` and `services` that are gone from the file but not from somebody's way.
    """
    if facility == day.facility:
        return Decision(())
    clinics: set[str] = set()
    services: set[str] = set()
    for step in day.steps.values():
        at = step.standing.clinic
        if step.standing.state not in OPEN:
            continue
        if step.service not in facility.services:
            services.add(step.service)
        if at and (at not in facility.clinics or step.service not in facility.clinics[at].services):
            clinics.add(at)
    for visit in day.visits.values():
        if visit.part.end is None:
            services.update(name for name in visit.part.route_left if _is_gone(name, day, facility))
    if clinics or services:
        facts = {"clinics": tuple(sorted(clinics)), "services": tuple(sorted(services))}
        return Rejection(Refusal.STILL_WAITING, {**facts})
    return Decision((SiteChanged(facility),))


def _is_gone(service: str, day: Day, facility: Facility) -> bool:
    return service in day.facility.services and service not in facility.services
