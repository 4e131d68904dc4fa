"""`hall:` topics: numbers and places, nothing else; a discreet clinic is in no hall at all."""

from collections.abc import Iterable

from queue_server.engine.facility import ClinicPlan, Hall
from queue_server.engine.model import Announcement, Clinic, Day, Step
from queue_server.engine.places import label
from queue_server.engine.sessions import BETWEEN
from queue_server.protocol import rows as row
from queue_server.protocol.codes import ClinicState, HallState, Notice, StepState
from queue_server.protocol.rows import Row
from queue_server.speech import spoken_call
from queue_server.views.shared import sign

_HALL_STATES = {
    StepState.CALLED: HallState.CALLED,
    StepState.PREPARED: HallState.PREPARED,
    StepState.MISSED: HallState.MISSED,
}


def hall_rows(day: Day, hall: str) -> Iterable[Row] | None:
    """The rows of one hall; None when the facility has no such hall."""
    own = day.facility.halls.get(hall)
    if own is None:
        return None
    plans = [plan for plan in day.facility.clinics.values() if plan.hall == hall and not plan.discreet]
    made: list[Row] = [hall_card(own)]
    for plan in plans:
        clinic = day.clinics[plan.id]
        made.append(_hall_place(day, plan, clinic))
        for step in (*clinic.in_hand, *clinic.bound, *clinic.missed):
            made += _hall_call(day, plan, day.steps[step])
    made += [hall_notice(told) for told in day.announcements.values() if told.hall in ("", hall)]
    return made


def hall_card(hall: Hall) -> row.HallCard:
    """The hall itself."""
    return row.HallCard(key=f"hall:{hall.id}", name=label(hall.name), floor=label(hall.floor))


def hall_notice(told: Announcement) -> row.HallNotice:
    """An announcement."""
    return row.HallNotice(key=f"notice:{told.hall}", notice=told.notice, at=told.at, until=told.until or None)


def _hall_place(day: Day, plan: ClinicPlan, clinic: Clinic) -> row.HallPlace:
    return row.HallPlace(
        key=plan.id,
        place=label(plan.public),
        room=plan.room,
        state=clinic.part.state,
        notice=_notice(day, clinic),
        news_at=clinic.part.news_at or None,
        waiting=len(clinic.bound),
    )


def _notice(day: Day, clinic: Clinic) -> Notice | None:
    match clinic.part.state:
        case ClinicState.OPEN:
            return None
        case ClinicState.PAUSED:
            reason = day.facility.reasons.get(clinic.part.reason)
            if reason is None and clinic.part.reason == BETWEEN:
                return Notice.LUNCH
            return Notice(reason.notice) if reason and reason.notice else Notice.PAUSED
        case ClinicState.DRAINING:
            return Notice.DRAINING
        case ClinicState.CLOSED:
            return Notice.CLOSED


def _hall_call(day: Day, plan: ClinicPlan, step: Step) -> list[Row]:
    standing = step.standing
    state = _HALL_STATES.get(standing.state)
    if state is None:
        return []
    text = sign(day, step).text
    called = state is HallState.CALLED
    return [
        row.HallCall(
            key=step.id,
            state=state,
            call_sign=text,
            place=label(plan.public),
            room=plan.room,
            clinic=plan.id,
            at=standing.last_call_at,
            times_called=standing.times_called,
            say=spoken_call(text, plan.room, plan.kind) if called else (),
        )
    ]
