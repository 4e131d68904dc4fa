"""Clinics that should call and do not: told once a session, with a proposal for those who wait there."""

from collections.abc import Iterator

from queue_server.engine import alerts, proposals
from queue_server.engine.calling import candidates
from queue_server.engine.draft import Draft
from queue_server.engine.hours import MINUTE
from queue_server.engine.model import Clinic, Day, Session
from queue_server.protocol.codes import AlertKind, ClinicState

_SHOULD_CALL = frozenset({ClinicState.OPEN, ClinicState.CLOSED})
"""A pause is known, and who drains is on the way home."""


def propose_for_late(draft: Draft) -> None:
    """Tell of each session without a single call in which somebody has waited for `late_after` minutes, and
    propose where those who wait would be seen sooner. Moves nobody."""
    patience = draft.facility.late_after * MINUTE
    if not patience:
        return
    for plan in _running(draft.day, draft.now):
        clinic = draft.clinic(plan.clinic)
        if (
            plan.opens + patience <= draft.now
            and draft.clinic_part(clinic.id).state in _SHOULD_CALL
            and not draft.in_hand(clinic.id)
            and not called_since(clinic, plan.opens)
            and not _told(draft.day, plan)
            and _waits_since(draft, clinic.id) + patience <= draft.now
        ):
            alerts.tell(draft, AlertKind.CLINIC_LATE, clinic.id, _began(plan), once_a_day=True)
            proposals.make(draft, clinic.id, proposals.LATE)


def next_late(day: Day) -> Iterator[int]:
    """The moments at which a session turns late if nobody is called in it until then."""
    patience = day.facility.late_after * MINUTE
    for plan in _running(day, day.now):
        moment = plan.opens + patience
        if day.now < moment < plan.ends and not called_since(day.clinics[plan.clinic], plan.opens):
            yield moment


def called_since(clinic: Clinic, moment: int) -> bool:
    """Whether a clinic called anybody since a moment (ms), also who was moved elsewhere or set aside then."""
    return bool(clinic.recent) and clinic.recent[-1].at >= moment


def _running(day: Day, now: int) -> Iterator[Session]:
    for plans in day.sessions.values():
        for plan in plans:
            if plan.opens <= now < plan.ends:
                yield plan


def _told(day: Day, plan: Session) -> bool:
    return any(alerts.told(day, AlertKind.CLINIC_LATE, plan.clinic, _began(plan)))


def _began(plan: Session) -> str:
    """The local time at which a session begins, as "07:00"."""
    minutes = int(plan.key.rpartition("/")[2])
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _waits_since(draft: Draft, clinic: str) -> int:
    """Since when (ms) somebody waits for this clinic; now when nobody does."""
    waiting = (draft.standing(step).queued_at for step in candidates(draft, clinic))
    return min(waiting, default=draft.now)
