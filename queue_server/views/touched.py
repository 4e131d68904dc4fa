"""Which topics may differ after some events."""

from collections.abc import Sequence

from queue_server.engine.authority import answer_due
from queue_server.engine.events import (
    Agreed,
    AlertChanged,
    AlertRaised,
    Announced,
    ClinicChanged,
    ClockAccepted,
    DayClosed,
    DayOpened,
    Disagreed,
    Event,
    InsuranceChecked,
    InsuranceTold,
    IntakeChanged,
    LinesTurned,
    PrintChanged,
    PrintIssued,
    Promised,
    ProposalChanged,
    ProposalMade,
    SessionTurned,
    SiteChanged,
    StepAdded,
    StepChanged,
    VisitChanged,
    VisitIdentified,
    VisitRegistered,
)
from queue_server.engine.model import OPEN, Day, Standing, Visit
from queue_server.engine.numbering import place_in_series
from queue_server.engine.sessions import GIVEN_BACK, is_limited
from queue_server.protocol.codes import Result, StepState
from queue_server.views.printers import printers_at_work


def touched(day: Day, events: Sequence[Event]) -> set[str]:
    """Topics whose rows may differ after these events; all of them, named `*`, after a new day or site.

    Of `visit:` topics only those of the visits named in the events: how many are before the others is coarse
    news, which nobody has to look for at every event.
    """
    topics: set[str] = set()
    for event in events:
        match event:
            case StepAdded():
                _touch_step(day, topics, event.visit, event.service, event.standing)
                _touch_room(day, topics, event.service)
            case StepChanged():
                step = day.steps[event.step]
                _touch_step(day, topics, step.visit, step.service, event.was)
                _touch_step(day, topics, step.visit, step.service, event.now)
                if event.was.clinic != event.now.clinic or event.now.state in GIVEN_BACK:
                    _touch_room(day, topics, step.service)
                if answer_due(event.was) is not None:
                    topics |= _kiosks_that_wait(day, step.visit)
            case InsuranceChecked() | InsuranceTold():
                _touch_visit(day, topics, event.visit)
            case VisitRegistered() | VisitChanged() | VisitIdentified():
                topics.add("facility")
                _touch_visit(day, topics, event.visit)
            case ClinicChanged():
                topics.add("catalogue")
                _touch_clinic(day, topics, event.clinic)
            case PrintIssued() | PrintChanged():
                paper = day.prints[event.print]
                topics |= {"devices", "facility", f"journey:{paper.visit}"}
                topics |= _kiosk_of_series(day, paper.part.number)
                if paper.device in day.facility.kiosks:
                    topics.add(f"kiosk:{paper.device}")
                elif paper.device in day.facility.printers:
                    topics.add(f"printer:{paper.device}")
            case SessionTurned():
                topics |= {"catalogue", "facility", f"clinic:{event.clinic}"}
            case LinesTurned():
                topics |= {f"clinic:{clinic}" for clinic in event.clinics}
            case Promised():
                _touch_promised(day, topics, event)
            case Disagreed() | Agreed():
                topics.add("facility")
            case ProposalMade():
                topics |= {"facility", f"clinic:{event.clinic}"}
            case ProposalChanged():
                topics |= {"facility", f"clinic:{day.proposals[event.proposal].clinic}"}
            case AlertRaised() | AlertChanged():
                topics |= {"devices", "facility"}
                subject = day.alerts[event.alert].subject
                if subject in day.facility.kiosks:
                    topics.add(f"kiosk:{subject}")
            case ClockAccepted():
                topics |= {"devices", "facility"}
            case DayOpened() | DayClosed() | SiteChanged() | IntakeChanged():
                topics.add("*")
            case Announced():
                topics |= {f"hall:{hall}" for hall in ([event.hall] if event.hall else day.facility.halls)}
                topics.add("facility")
            case _:
                pass
    return topics | printers_at_work(day)


def _kiosk_of_series(day: Day, number: str) -> set[str]:
    """The kiosk that learns how far its own numbers came."""
    place = place_in_series(number)
    if place is None:
        return set()
    return {f"kiosk:{kiosk.id}" for kiosk in day.facility.kiosks.values() if kiosk.ordinal == place[0]}


def _touch_room(day: Day, topics: set[str], service: str) -> None:
    """What kiosks offer changes when a session of a service is full, or no longer."""
    if is_limited(day, service):
        topics.add("catalogue")


def _kiosks_that_wait(day: Day, visit: str) -> set[str]:
    """The kiosks that hold back a paper of this visit until the HIS took over its room."""
    papers = [day.prints[name] for name in day.unconfirmed]
    return {f"kiosk:{paper.device}" for paper in papers if paper.visit == visit and paper.pending_until}


_COME = frozenset({StepState.PREPARED, StepState.CALLED, StepState.MISSED})


def urgent(day: Day, events: Sequence[Event]) -> set[str]:
    """`visit:` topics whose patient has to know at once: prepared, called, missed, moved, sent home."""
    topics: set[str] = set()
    for event in events:
        match event:
            case StepChanged(was=was, now=now):
                state = was.state is not now.state and (was.state in _COME or now.state in _COME)
                if state or was.clinic != now.clinic or was.times_called != now.times_called:
                    topics |= _pages(day.visits[day.steps[event.step].visit])
            case VisitChanged(was=before, now=after):
                if before.end is not after.end:
                    topics |= _pages(day.visits[event.visit])
            case _:
                pass
    return topics


def _touch_promised(day: Day, topics: set[str], event: Promised) -> None:
    topics.add("accuracy")
    for name in event.moments:
        step = day.steps[name]
        topics |= {*_pages(day.visits[step.visit]), f"journey:{step.visit}"}
        clinic = step.standing.clinic
        topics |= {f"clinic:{clinic}"} if clinic else {f"clinic:{each}" for each in day.serving[step.service]}


def _touch_step(day: Day, topics: set[str], visit: str, service: str, standing: Standing) -> None:
    topics.add("facility")
    if standing.clinic:
        _touch_clinic(day, topics, standing.clinic)
    elif standing.state in OPEN:
        for clinic in day.serving.get(service, ()):
            topics.add(f"clinic:{clinic}")
    _touch_visit(day, topics, visit)


def _pages(visit: Visit) -> set[str]:
    """The page of each code that leads to a visit."""
    return {f"visit:{code}" for code in (visit.token, *visit.codes)}


def _touch_clinic(day: Day, topics: set[str], clinic: str) -> None:
    topics |= {"facility", f"clinic:{clinic}", f"hall:{day.facility.clinics[clinic].hall}"}


def _touch_visit(day: Day, topics: set[str], visit: str) -> None:
    """The visit's own pages, and every place where it waits or is shown: busy elsewhere, another lane."""
    known = day.visits[visit]
    topics |= {*_pages(known), f"journey:{visit}"}
    for step in known.steps:
        standing = day.steps[step].standing
        if standing.state in OPEN and standing.clinic:
            topics |= {f"clinic:{standing.clinic}", f"hall:{day.facility.clinics[standing.clinic].hall}"}
        elif standing.result is Result.PENDING and standing.clinic:
            topics.add(f"clinic:{standing.clinic}")
        elif standing.state in OPEN:
            topics |= {f"clinic:{clinic}" for clinic in day.serving.get(day.steps[step].service, ())}
