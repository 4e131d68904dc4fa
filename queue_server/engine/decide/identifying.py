"""Whom a visit is of, once a desk knows; what that does to a lane; and forgetting."""

from queue_server.engine.decide import checking_in
from queue_server.engine.decide.checks import open_visit, reject
from queue_server.engine.decision import Identification, Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import PersonForgotten, VisitIdentified
from queue_server.engine.lanes import AGES_FIRST, undeclared
from queue_server.engine.model import VisitPart
from queue_server.protocol.codes import AgeGroup, Grant, Lane, Refusal, VisitChange
from queue_server.protocol.commands import Forget, SettleLane
from queue_server.protocol.results import Done


def identify(draft: Draft, identification: Identification) -> Done | Rejection:
    """A desk says whom a visit is of. Who is in the house with another visit already is left to staff: the
    two may be one person, or a card may be somebody else's."""
    visit = open_visit(draft, identification.visit)
    if isinstance(visit, Rejection):
        return visit
    other = draft.day.people.get(identification.person)
    if other is not None and other != visit.id:
        here = draft.the_visit(other)
        return reject(Refusal.ALREADY_HERE, visit=other, number=here.part.number, token=here.token)
    known_age = AgeGroup.UNKNOWN if identification.typed else identification.age_group
    draft.emit(
        VisitIdentified(visit.id, visit.person, identification.person, visit.age_group, known_age, draft.act)
    )
    if identification.somebody_else:
        checking_in.give_back(draft, visit.id)
    checking_in.keep_later(draft, visit.id, identification.person)
    _by_age(draft, visit.id, identification)
    return Done()


def _by_age(draft: Draft, visit: str, identification: Identification) -> None:
    """The lane that follows from the age; what somebody declared or a desk gave stays."""
    part = draft.part(visit)
    first = identification.age_group in AGES_FIRST
    grant = Grant.PROVISIONAL if identification.typed else Grant.AUTO
    if first and (part.lane not in _FIRST or (part.grant is Grant.PROVISIONAL and grant is Grant.AUTO)):
        _put(draft, visit, Lane.PRIORITY, grant)
    elif not first and part.lane is Lane.PRIORITY and part.grant is Grant.AUTO:
        _put(draft, visit, undeclared(part), None)


_FIRST = frozenset({Lane.URGENT, Lane.PRIORITY})


def settle_lane(draft: Draft, command: SettleLane) -> Done | Rejection:
    """What was declared is shown to be so, or is not. Which it was is never kept."""
    visit = open_visit(draft, command.visit)
    if isinstance(visit, Rejection):
        return visit
    part = draft.part(visit.id)
    if part.grant is not Grant.PROVISIONAL:
        return reject(Refusal.CHANGED, visit=visit.id)
    if command.shown:
        _put(draft, visit.id, part.lane, Grant.DESK)
    else:
        _put(draft, visit.id, undeclared(part), None)
    return Done()


def _put(draft: Draft, visit: str, lane: Lane, grant: Grant | None) -> VisitPart:
    now = draft.change_visit(visit, VisitChange.LANE, lane=lane, grant=grant)
    draft.touch_visit(visit)
    return now


def forget(draft: Draft, command: Forget) -> Done | Rejection:
    """Erase a person who asked for it. While they are in the house staff have to know whom they treat."""
    person = command.person
    if command.visit is not None:
        visit = draft.visit(command.visit)
        if visit is None:
            return reject(Refusal.UNKNOWN_VISIT, visit=command.visit)
        person = visit.person
    if (command.visit is None) is (command.person is None):
        return reject(Refusal.MALFORMED)
    if person is None:
        return Done()
    here = draft.day.people.get(person)
    if here is not None:
        return reject(Refusal.STILL_HERE, visit=here, number=draft.part(here).number)
    draft.emit(PersonForgotten(person))
    return Done()
