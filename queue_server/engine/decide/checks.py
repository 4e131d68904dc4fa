"""Refusals and look-ups that several rooms of `decide` share."""

from queue_server.engine.decision import Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.model import Step, Visit
from queue_server.protocol.codes import ReasonKind, Refusal
from queue_server.protocol.messages import Fact


def reject(code: Refusal, **facts: Fact) -> Rejection:
    """A refusal with the facts that explain it."""
    return Rejection(code, facts)


def open_visit(draft: Draft, visit: str) -> Visit | Rejection:
    """The visit if it is still open."""
    here = draft.visit(visit)
    if here is None:
        return reject(Refusal.UNKNOWN_VISIT, visit=visit)
    end = draft.part(visit).end
    if end is not None:
        return reject(Refusal.VISIT_ENDED, visit=visit, end=end.value)
    return here


def known_step(draft: Draft, step: str) -> Step | Rejection:
    """The step, or the refusal that says it is unknown."""
    here = draft.step(step)
    return reject(Refusal.UNKNOWN_STEP, step=step) if here is None else here


def changed(draft: Draft, step: str) -> Rejection:
    """What the screen showed of a step is no longer so: say how it stands, where, and who was faster."""
    standing = draft.standing(step)
    return reject(
        Refusal.CHANGED,
        step=step,
        state=standing.state.value,
        clinic=standing.clinic,
        times_called=standing.times_called,
        **who_was_faster(draft, standing.clinic),
    )


def who_was_faster(draft: Draft, clinic: str) -> dict[str, Fact]:
    """The device of the clinic's last act, as a fact of `changed`; nothing where nobody acted."""
    by = draft.clinic(clinic).by if clinic else ""
    return {"by": by} if by else {}


def wrong_state(draft: Draft, step: str, code: Refusal = Refusal.WRONG_STATE) -> Rejection:
    """The step is in another state than the command needs."""
    standing = draft.standing(step)
    return reject(code, step=step, state=standing.state.value, clinic=standing.clinic)


def wrong_reason(draft: Draft, reason: str | None, kind: ReasonKind) -> Rejection | None:
    """A coded reason must be the site's, and of the kind that this command takes."""
    if reason is None:
        return None
    known = draft.facility.reasons.get(reason)
    if known is None or known.kind is not kind:
        return reject(Refusal.UNKNOWN_REASON, reason=reason, kind=kind.value)
    return None


def unknown_clinic(draft: Draft, clinic: str | None) -> Rejection | None:
    """The refusal of a clinic that the facility does not have; None when it does."""
    if clinic is not None and clinic not in draft.facility.clinics:
        return reject(Refusal.UNKNOWN_CLINIC, clinic=clinic)
    return None


def unknown_service(draft: Draft, service: str | None) -> Rejection | None:
    """The refusal of a service that the facility does not have; None when it does."""
    if service is not None and service not in draft.facility.services:
        return reject(Refusal.UNKNOWN_SERVICE, service=service)
    return None


def not_offered(draft: Draft, service: str, clinic: str | None) -> Rejection | None:
    """The service must exist, and the clinic, where one is named, must serve it."""
    missing = unknown_service(draft, service) or unknown_clinic(draft, clinic)
    if missing is not None or clinic is None:
        return missing
    if service not in draft.facility.clinics[clinic].services:
        return reject(Refusal.NOT_OFFERED, service=service, clinic=clinic)
    return None
