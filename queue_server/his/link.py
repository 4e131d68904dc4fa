"""The conversation with a HIS as a value: sayings in, commands out; changed rows in, facts to tell out. Pure.

A saying becomes a *plan*: a generator that yields commands one after the other, is sent their answers, and
returns what became of the saying. What it cannot do yet it says it waits for; it is then planned anew when
rows change. A plan changes nothing itself: it may be begun as often as one likes.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from queue_server.his.mirror import EXTERNAL, OVER, Mirror
from queue_server.his.port import (
    AppointmentOff,
    AppointmentSaid,
    CancelledSaid,
    DoctorOff,
    DoctorOn,
    FinishedSaid,
    GateSaid,
    Moment,
    OrdersSaid,
    Outcome,
    Person,
    ResultSaid,
    RoomClosed,
    RoomSaid,
    Said,
    SaidOfVisit,
    Told,
    VisitSaid,
    What,
)
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AssignedBy, Authority, IdentityKind, Refusal, Result, StepState
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import FacilityDisagreement, HisStep, HisVisit

Reply = Accepted | Rejected
Plan = Generator[Command, Reply, "Verdict"]
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_IN_HAND = frozenset({StepState.CALLED, StepState.SERVING})
_UNSERVED = frozenset({StepState.CANCELLED, StepState.ABANDONED})
_SEEN = frozenset({StepState.CALLED, StepState.SERVING, StepState.DONE, StepState.MISSED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a saying. why: a code, empty when it is done. listed: staff have to see it; what: the
    code or reference that the HIS used, for their list."""

    outcome: Outcome
    why: str = ""
    listed: bool = False
    what: str = ""


DONE = Verdict(Outcome.DONE)
WORDS = {
    "unknown_visit": "no visit of today has this code or ticket; it is tried again until the patient comes",
    "unknown_stop": "this visit has no such stop yet; it is tried again until it has",
    "unknown_clinic": "no such room: add it to [clinics] of his.toml, or to the site file",
    "unknown_service": "no such service: add it to [services] of his.toml, or to the site file",
    "unknown_practitioner": "no such doctor: add it to [practitioners] of his.toml, or to the site file",
    "unknown_route": "no route of the site file has this payer and kind: see [payers], [kinds] of his.toml",
    "unknown_reason": 'cancel_reason of his.toml names no reason of kind "cancel" of the site file',
    "not_offered": "the room does not offer this service",
    "changed": "the patient is being seen elsewhere: staff see that both say different things",
    "sign_taken": "another patient of today has this number in this room: staff see that both differ",
    "visit_ended": "this visit is over",
    "id_reused": "this id was used for something else: every saying needs an id of its own",
    "came_to_nothing": "what it waited for did not come: staff were told",
    "gone": "the view shows this row no more: staff were told, the patient keeps the place",
}
"""What the codes of an answer mean, and what to do."""
_LISTED = frozenset(
    {
        Refusal.UNKNOWN_CLINIC,
        Refusal.UNKNOWN_SERVICE,
        Refusal.UNKNOWN_PRACTITIONER,
        Refusal.UNKNOWN_ROUTE,
        Refusal.UNKNOWN_REASON,
        Refusal.NOT_OFFERED,
        Refusal.MALFORMED,
        Refusal.FORBIDDEN,
        Refusal.INTERNAL,
        Refusal.NUMBER_TAKEN,
        Refusal.INTAKE_STOPPED,
        Refusal.SIGNED_ON_ELSEWHERE,
        Refusal.STILL_WAITING,
        Refusal.WRONG_STATE,
        Refusal.PATIENT_BUSY,
        Refusal.NOT_CALLED,
        Refusal.GATE_SHUT,
    }
)
"""Refusals that staff have to see: the HIS is wrong, or his.toml is."""


def waits(why: str) -> Verdict:
    """It cannot be done yet."""
    return Verdict(Outcome.WAITING, why)


def refused(why: str, what: str = "", *, listed: bool = True) -> Verdict:
    """It cannot be done."""
    return Verdict(Outcome.REFUSED, why, listed, what)


def subject(said: Said) -> str | None:
    """What a saying is about, where a later one about the same makes it outdated; None where each counts."""
    match said:
        case RoomSaid() | CancelledSaid():
            return f"room/{said.visit}/{said.service or ''}"
        case DoctorOn() | DoctorOff():
            return f"doctor/{said.practitioner}/{said.clinic}"
        case RoomClosed():
            return f"clinic/{said.clinic}"
        case AppointmentSaid() | AppointmentOff():
            return f"appointment/{said.appointment}"
        case _:
            return None


def plan(mirror: Mirror, said: Said, cancel_reason: str) -> Plan:
    """How to carry a saying out as things stand."""
    match said:
        case DoctorOn():
            return _sign(mirror, said)
        case DoctorOff():
            return _sign(mirror, said)
        case RoomClosed():
            return _drain(mirror, said)
        case AppointmentSaid():
            return _appointment(mirror, said)
        case AppointmentOff():
            return _appointment_off(said)
        case VisitSaid():
            return _visit(mirror, said)
        case _:
            return _of_visit(mirror, said, cancel_reason)


def still_waits(mirror: Mirror, said: Said, cancel_reason: str) -> bool:
    """Whether a saying has still to wait, as things stand."""
    try:
        next(plan(mirror, said, cancel_reason))
    except StopIteration as stop:
        verdict: Verdict = stop.value
        return verdict.outcome is Outcome.WAITING
    return False


# Visits ------------------------------------------------------------------------------------------------


def _visit(mirror: Mirror, said: VisitSaid) -> Plan:
    known = mirror.find(said.visit, said.ticket)
    visit = known.visit if known is not None else ""
    if known is None:
        if said.person is None or said.payer is None or said.kind is None:
            return waits("unknown_visit")
        unknown = _unknown(mirror, service=said.service, practitioner=said.practitioner)
        payer, kind = mirror.payer_codes.ours(said.payer), mirror.kind_codes.ours(said.kind)
        if unknown is not None or not (_CODE.fullmatch(payer) and _CODE.fullmatch(kind)):
            return unknown or refused("unknown_route", said.visit)
        register = c.Register(
            payer=payer,
            kind=kind,
            identity=_identity(said.person),
            service=mirror.service_codes.ours(said.service) if said.service else None,
            practitioner=mirror.practitioner_codes.ours(said.practitioner) if said.practitioner else None,
        )
        reply = yield register
        if isinstance(reply, Accepted) and isinstance(reply.result, Ticket):
            visit = reply.result.visit
        elif isinstance(reply, Rejected) and reply.code is Refusal.ALREADY_HERE:
            visit = str(reply.facts.get("visit") or "")
        elif isinstance(reply, Rejected):
            return _refusal(reply, said.visit)
    return (yield from _tie(mirror, visit, said.visit))


def _identity(person: Person) -> c.Identity:
    number = person.card or person.insurance
    kind = IdentityKind.CARD if person.card else IdentityKind.INSURANCE if number else IdentityKind.PHONE
    return c.Identity(kind, number, person.name, person.birth, person.gender, person.phone)


def _tie(mirror: Mirror, visit: str, code: str) -> Plan:
    """Write the HIS's code to the visit, unless it is there."""
    known = mirror.visits.get(visit)
    if known is not None and (known.external.get(EXTERNAL) == code or known.ended):
        return DONE
    reply = yield c.Attach(visit=visit, external={EXTERNAL: code})
    return DONE if isinstance(reply, Accepted) else _refusal(reply, code)


def _of_visit(mirror: Mirror, said: SaidOfVisit, cancel_reason: str) -> Plan:
    known = mirror.find(said.visit, said.ticket)
    if known is None:
        return waits("unknown_visit")
    if known.ended:
        late = isinstance(said, RoomSaid | OrdersSaid)
        return refused("visit_ended", said.visit) if late else DONE
    verdict = yield from _tie(mirror, known.visit, said.visit)
    if verdict.outcome is not Outcome.DONE:
        return verdict
    match said:
        case RoomSaid():
            return (yield from _room(mirror, said, known))
        case OrdersSaid():
            return (yield from _orders(mirror, said, known))
        case ResultSaid():
            return (yield from _result(mirror, said, known))
        case GateSaid():
            return (yield from _gate(mirror, said, known))
        case FinishedSaid():
            return (yield from _finished(mirror, said, known))
        case CancelledSaid():
            return (yield from _cancelled(mirror, said, known, cancel_reason))
        case VisitSaid():
            return DONE


def _room(mirror: Mirror, said: RoomSaid, visit: HisVisit) -> Plan:
    """The HIS's word on the room wins, but over a patient who is being seen; its number there, unless it is
    somebody else's."""
    clinic = mirror.clinic_codes.ours(said.clinic)
    service = mirror.service_codes.ours(said.service) if said.service else None
    practitioner = mirror.practitioner_codes.ours(said.practitioner) if said.practitioner else None
    unknown = _unknown(mirror, clinic=said.clinic, service=said.service, practitioner=said.practitioner)
    if unknown is not None:
        return unknown
    seen = _being_seen(mirror, visit.visit, service, clinic)
    if seen is not None and seen.clinic != clinic:
        yield _differ(mirror, seen, "clinic", seen.clinic, clinic)
        return refused("changed", said.visit, listed=False)
    step = seen.key if seen is not None else None
    attach = c.Attach(
        visit=visit.visit,
        step=step,
        service=service,
        clinic=clinic,
        practitioner=practitioner,
        call_sign=said.number,
    )
    reply = yield attach
    if isinstance(reply, Rejected) and reply.code is Refusal.SIGN_TAKEN:
        step = step or _next_stop(mirror, visit.visit, service)
        ours = mirror.steps[step].call_sign if step in mirror.steps else None
        reply = yield _without_sign(attach)
        yield c.Disagree(
            visit=visit.visit,
            step=step if step in mirror.steps else None,
            about="call_sign",
            ours=ours.text if ours else "",
            his=said.number or "",
        )
        if isinstance(reply, Accepted):
            return refused("sign_taken", said.visit, listed=False)
    if isinstance(reply, Accepted):
        return DONE
    if reply.code is Refusal.CHANGED:
        stood = mirror.steps.get(str(reply.facts.get("step") or ""))
        ours_now = str(reply.facts.get("clinic") or "")
        yield c.Disagree(
            visit=visit.visit, step=stood.key if stood else None, about="clinic", ours=ours_now, his=clinic
        )
        return refused("changed", said.visit, listed=False)
    return _refusal(reply, said.clinic)


def _being_seen(mirror: Mirror, visit: str, service: str | None, clinic: str) -> HisStep | None:
    """The stop that is served now and that this room is about: of the same service, or the room serves it."""
    offered = mirror.clinics[clinic].services if clinic in mirror.clinics else ()
    for step in mirror.open_stops(visit, service):
        if step.state is StepState.SERVING and (service is not None or step.service in offered):
            return step
    return None


def _next_stop(mirror: Mirror, visit: str, service: str | None) -> str:
    stops = mirror.open_stops(visit, service)
    return stops[-1].key if stops else ""


def _without_sign(attach: c.Attach) -> c.Attach:
    return c.Attach(
        visit=attach.visit,
        step=attach.step,
        service=attach.service,
        clinic=attach.clinic,
        practitioner=attach.practitioner,
    )


def _orders(mirror: Mirror, said: OrdersSaid, visit: HisVisit) -> Plan:
    clinic = mirror.clinic_codes.ours(said.clinic) if said.clinic else None
    for order in said.orders:
        unknown = _unknown(mirror, clinic=order.clinic, service=order.service)
        if unknown is not None:
            return unknown
    by = None
    for step in mirror.stops(visit.visit):
        here = clinic is None or step.clinic == clinic
        if here and (step.state in _IN_HAND or (clinic is not None and step.state is StepState.DONE)):
            by = step
            break
    if by is None and said.clinic:
        # The order is faster than the call: results could not find their way back yet.
        return waits("unknown_stop")
    orders = tuple(
        c.Order(
            service=mirror.service_codes.ours(order.service),
            clinic=mirror.clinic_codes.ours(order.clinic) if order.clinic else None,
            needs=order.needs,
        )
        for order in said.orders
    )
    reply = yield c.AddSteps(
        visit=visit.visit, orders=orders, step=by.key if by else None, back=said.back and by is not None
    )
    return DONE if isinstance(reply, Accepted) else _refusal(reply, said.visit)


def _result(mirror: Mirror, said: ResultSaid, visit: HisVisit) -> Plan:
    unknown = _unknown(mirror, service=said.service)
    if unknown is not None:
        return unknown
    stops = mirror.stops(visit.visit, mirror.service_codes.ours(said.service))
    pending = next((step for step in reversed(stops) if step.result is Result.PENDING), None)
    if pending is None:
        ready = any(step.result is Result.READY for step in stops)
        return DONE if ready and not _any_open(stops) else waits("unknown_stop")
    reply = yield c.ResultReady(step=pending.key)
    return DONE if isinstance(reply, Accepted) else _refusal(reply, said.service)


def _any_open(stops: list[HisStep]) -> bool:
    return any(step.state not in OVER for step in stops)


def _gate(mirror: Mirror, said: GateSaid, visit: HisVisit) -> Plan:
    unknown = _unknown(mirror, service=said.service)
    if unknown is not None:
        return unknown
    service = mirror.service_codes.ours(said.service) if said.service else None
    stops = mirror.open_stops(visit.visit, service)
    shut = [step for step in reversed(stops) if said.gate in step.gates]
    if not shut:
        return DONE if stops else waits("unknown_stop")
    for step in shut:
        reply = yield c.OpenGate(step=step.key, gate=said.gate)
        if isinstance(reply, Rejected):
            return _refusal(reply, said.visit)
    return DONE


def _finished(mirror: Mirror, said: FinishedSaid, visit: HisVisit) -> Plan:
    unknown = _unknown(mirror, service=said.service)
    if unknown is not None:
        return unknown
    stops = mirror.stops(visit.visit, mirror.service_codes.ours(said.service))
    if not stops:
        return waits("unknown_stop")
    in_hand = next((step for step in stops if step.state in _IN_HAND), None)
    if in_hand is not None:
        reply = yield c.Finish(step=in_hand.key)
        return DONE if isinstance(reply, Accepted) else _refusal(reply, said.service)
    still = next((step for step in reversed(stops) if step.state not in OVER), None)
    if still is None:
        return DONE
    yield _differ(mirror, still, "state", still.state.value, "finished")
    return refused("changed", said.visit, listed=False)


def _cancelled(mirror: Mirror, said: CancelledSaid, visit: HisVisit, reason: str) -> Plan:
    unknown = _unknown(mirror, service=said.service)
    if unknown is not None:
        return unknown
    if not reason:
        return refused("unknown_reason", said.visit)
    if said.service is None:
        reply = yield c.Cancel(visit=visit.visit, reason=reason)
        return DONE if isinstance(reply, Accepted) else _refusal(reply, said.visit)
    stops = mirror.stops(visit.visit, mirror.service_codes.ours(said.service))
    if not stops:
        return waits("unknown_stop")
    for step in stops:
        if step.state in OVER:
            continue
        if step.state is StepState.SERVING:
            yield _differ(mirror, step, "state", step.state.value, "cancelled")
            return refused("changed", said.visit, listed=False)
        reply = yield c.Cancel(visit=visit.visit, step=step.key, reason=reason)
        if isinstance(reply, Rejected):
            return _refusal(reply, said.visit)
    return DONE


def _differ(mirror: Mirror, step: HisStep, about: str, ours: str, his: str) -> c.Disagree:
    return c.Disagree(visit=step.visit, step=step.key, about=about, ours=ours, his=his)


# Rooms and doctors -------------------------------------------------------------------------------------


def _sign(mirror: Mirror, said: DoctorOn | DoctorOff) -> Plan:
    unknown = _unknown(mirror, clinic=said.clinic, practitioner=said.practitioner)
    if unknown is not None:
        return unknown
    clinic = mirror.clinic_codes.ours(said.clinic)
    who = mirror.practitioner_codes.ours(said.practitioner)
    here = who in mirror.clinics[clinic].practitioners if clinic in mirror.clinics else False
    if isinstance(said, DoctorOff):
        if not here:
            return DONE
        reply = yield c.SignOff(clinic=clinic, practitioner=who)
    else:
        for other in mirror.clinics.values():
            if other.clinic != clinic and who in other.practitioners:
                yield c.SignOff(clinic=other.clinic, practitioner=who)
        reply = yield c.SignOn(clinic=clinic, practitioner=who)
    return DONE if isinstance(reply, Accepted) else _refusal(reply, said.practitioner)


def _drain(mirror: Mirror, said: RoomClosed) -> Plan:
    unknown = _unknown(mirror, clinic=said.clinic)
    if unknown is not None:
        return unknown
    reply = yield c.DrainClinic(clinic=mirror.clinic_codes.ours(said.clinic))
    return DONE if isinstance(reply, Accepted) else _refusal(reply, said.clinic)


def _appointment(mirror: Mirror, said: AppointmentSaid) -> Plan:
    unknown = _unknown(mirror, service=said.service, practitioner=said.practitioner)
    if unknown is not None:
        return unknown
    reply = yield c.BookAppointment(
        appointment=said.appointment,
        service=mirror.service_codes.ours(said.service),
        at=milliseconds(said.when),
        practitioner=mirror.practitioner_codes.ours(said.practitioner) if said.practitioner else None,
        code=said.code,
        identity=_identity(said.person) if said.person else None,
    )
    return DONE if isinstance(reply, Accepted) else _refusal(reply, said.appointment)


def _appointment_off(said: AppointmentOff) -> Plan:
    reply = yield c.CancelAppointment(appointment=said.appointment)
    gone = isinstance(reply, Rejected) and reply.code is Refusal.UNKNOWN_APPOINTMENT
    return DONE if gone or isinstance(reply, Accepted) else _refusal(reply, said.appointment)


def milliseconds(moment: Moment) -> int:
    """Since the Unix epoch."""
    return moment if isinstance(moment, int) else int(moment.timestamp() * 1000)


def _unknown(
    mirror: Mirror, *, clinic: str | None = None, service: str | None = None, practitioner: str | None = None
) -> Verdict | None:
    """The refusal of a code that neither his.toml nor the site file knows."""
    if clinic is not None and mirror.clinic_codes.ours(clinic) not in mirror.clinics:
        return refused("unknown_clinic", clinic)
    if service is not None and mirror.service_codes.ours(service) not in mirror.services:
        return refused("unknown_service", service)
    if practitioner is not None and mirror.practitioner_codes.ours(practitioner) not in mirror.practitioners:
        return refused("unknown_practitioner", practitioner)
    return None


def _refusal(reply: Reply, what: str) -> Verdict:
    code = reply.code if isinstance(reply, Rejected) else Refusal.INTERNAL
    return refused(code.value, what, listed=code in _LISTED)


# Settling ----------------------------------------------------------------------------------------------


def settled(mirror: Mirror) -> Iterator[c.Agree]:
    """The disagreements about which we say by now what the HIS said."""
    for row in mirror.disagreements.values():
        if row.visit and _says_the_same(mirror, row):
            yield c.Agree(visit=row.visit, about=row.about)


def _says_the_same(mirror: Mirror, row: FacilityDisagreement) -> bool:
    step = mirror.steps.get(row.step)
    if step is None:
        return False
    match row.about:
        case "clinic":
            return step.clinic == row.his
        case "call_sign":
            return step.call_sign is not None and step.call_sign.text == row.his
        case "state":
            over = {"finished": StepState.DONE, "cancelled": StepState.CANCELLED}
            return step.state is over.get(row.his)
        case _:
            return False


def agreed_by_word(mirror: Mirror, said: Said) -> Iterator[c.Agree]:
    """The disagreements that this saying of the HIS settles: it says by now what we say."""
    if not isinstance(said, RoomSaid):
        return
    known = mirror.find(said.visit, said.ticket)
    clinic = mirror.clinic_codes.ours(said.clinic)
    for row in mirror.disagreements.values():
        step = mirror.steps.get(row.step)
        if known is None or row.visit != known.visit or step is None:
            continue
        number = step.call_sign.text if step.call_sign else ""
        if (row.about == "clinic" and step.clinic == clinic) or (
            row.about == "call_sign" and step.clinic == clinic and said.number == number
        ):
            yield c.Agree(visit=row.visit, about=row.about)


# What the HIS has to be told ---------------------------------------------------------------------------


def facts(mirror: Mirror, was: HisStep | None, now: HisStep, count: int, at: int) -> list[Told]:
    """What the HIS has to be told of a stop that stood as `was` when it was last told, and stands as `now`.

    was None: it was never told of it. count: how many facts of this stop there were; each gets the next
    number as its key. at: ms of now, for what has no moment of its own.
    """
    found: list[tuple[What, int]] = []
    had_room = was is not None and _is_ours_to_tell(was)
    has_room = _is_ours_to_tell(now)
    same_room = was is not None and was.clinic == now.clinic
    taken_back = was is not None and was.state is StepState.DONE and now.state in _IN_HAND
    new_call = now.called_at is not None and (was is None or was.called_at != now.called_at or taken_back)
    dropped = now.state in _UNSERVED and (was is None or was.state not in OVER)
    if had_room and not same_room and not dropped and now.assigned_by is not AssignedBy.HIS:
        found.append((What.RELEASED, at))
    if has_room and not (was is not None and same_room):
        found.append((What.ASSIGNED, at))
    if dropped:
        if was is not None:
            found.append((What.CANCELLED, now.ended_at or at))
    elif was is not None and was.state in _IN_HAND and now.state not in (*_IN_HAND, StepState.DONE):
        found.append((What.MISSED if now.state is StepState.MISSED else What.WITHDRAWN, at))
    elif new_call and now.state in _SEEN:
        found.append((What.CALLED, now.called_at or at))
        if now.state is StepState.MISSED:
            found.append((What.MISSED, at))
    if now.started_at is not None and (was is None or was.started_at != now.started_at):
        found.append((What.STARTED, now.started_at))
    if now.state is StepState.DONE and (was is None or was.state is not StepState.DONE):
        found.append((What.FINISHED, now.ended_at or at))
    told = []
    for number, (what, moment) in enumerate(found, count + 1):
        of = was if what in (What.RELEASED, What.WITHDRAWN) and was is not None else now
        told.append(_told(mirror, of, what, f"{now.key}/{number}", moment))
    return told


def _is_ours_to_tell(step: HisStep) -> bool:
    """Whether the room is not the HIS's own word."""
    return bool(step.clinic) and step.assigned_by is not AssignedBy.HIS and step.state not in OVER


def _told(mirror: Mirror, step: HisStep, what: What, key: str, at: int) -> Told:
    visit = mirror.visits.get(step.visit)
    return Told(
        key=key,
        type=what,
        visit=step.visit,
        ticket=step.number,
        step=step.key,
        his_visit=visit.external.get(EXTERNAL, "") if visit else "",
        service=mirror.service_codes.his(step.service),
        clinic=mirror.clinic_codes.his(step.clinic) if step.clinic else "",
        practitioner=mirror.practitioner_codes.his(step.practitioner) if step.practitioner else "",
        call_sign=step.call_sign.text if step.call_sign else "",
        at=at,
        end=step.end,
        answer_by=step.awaiting_until if what is What.ASSIGNED else None,
    )


def is_news(was: HisStep | None, now: HisStep) -> bool:
    """Whether the two differ in anything that facts are made of; a stop that is all ours is none of the HIS's
    concern."""
    return now.authority is not Authority.ALONE and (was is None or _told_of(was) != _told_of(now))


def _told_of(step: HisStep) -> tuple[object, ...]:
    return step.state, step.clinic, step.assigned_by, step.called_at, step.started_at
