"""Whose word sends a patient into a room: the four modes of a service, and what the HIS says of ours."""

import pytest

from queue_server.engine import calling, due
from queue_server.engine.facility import Facility
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AlertKind,
    AssignedBy,
    Authority,
    Binding,
    GateName,
    Refusal,
    Role,
    SignOrigin,
    StepState,
)
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import FacilityDisagreement, FacilityVisit, HisStep, HisVisit, PrintJob
from queue_server.protocol.values import replaced
from queue_server.views import rows
from tests.support.hospital import HOUR, Hospital, facility
from tests.support.laws import check_laws

HIS = {"device": "his", "role": Role.INTEGRATION}


def plan(authority: Authority, binding: Binding = Binding.AT_CHECK_IN) -> Facility:
    """A hospital whose skin exam is of this authority and the first stop of a visit."""
    base = facility()
    skin = replaced(base.services["skin"], authority=authority, binding=binding)
    route = replaced(base.routes["fee"], steps=("@exam", "pharmacy"))
    return replaced(base, services={**base.services, "skin": skin}, routes={**base.routes, "fee": route})


def skin(hospital: Hospital, **more: object) -> tuple[Ticket, str]:
    ticket = hospital.register("fee", service="skin", **more)  # type: ignore[arg-type]  # as `register`
    return ticket, hospital.step_at(ticket.visit, "skin")


def acknowledge(hospital: Hospital, step: str, *, accepted: bool = True, **more: object) -> c.Acknowledge:
    clinic = hospital.standing(step).clinic
    return c.Acknowledge(step=step, clinic=clinic, accepted=accepted, **more)  # type: ignore[arg-type]


# we_lead ----------------------------------------------------------------------------------------------


def test_a_room_of_ours_is_asked_for_first() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    h.advance()
    ticket, step = skin(h)
    standing = h.standing(step)
    assert standing.state is StepState.PLANNED
    assert standing.clinic in ("room_4", "room_5")
    assert ticket.pending_until == h.now + 2_000
    assert ticket.place.label.vi == "reception"
    assert calling.order(h.day, standing.clinic) == []
    assert due.next_due(h.day) == h.now + 2_000
    check_laws(h.day)


def test_what_the_his_takes_over_is_named_and_called() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    ticket, step = skin(h)
    clinic = h.standing(step).clinic
    assert rows(h.day, "kiosk:kiosk_1") == {"kiosk_1": rows(h.day, "kiosk:kiosk_1")["kiosk_1"]}  # type: ignore[index]
    h.ok(acknowledge(h, step, call_sign="27"), **HIS)
    standing = h.standing(step)
    assert (standing.state, standing.assigned_by) == (StepState.QUEUED, AssignedBy.HIS)
    assert standing.call_sign is not None
    assert (standing.call_sign.text, standing.call_sign.origin) == ("27", SignOrigin.HIS)
    job = (rows(h.day, "kiosk:kiosk_1") or {})[f"print:{ticket.print}"]
    assert isinstance(job, PrintJob)
    assert job.ticket.place.label == h.day.signposts[clinic, ""].label
    assert (job.ticket.pending_until, job.ticket.number) == (None, ticket.number)
    assert h.called(clinic) == step
    check_laws(h.day)


def test_the_answer_may_come_twice() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    _, step = skin(h)
    said = acknowledge(h, step)
    h.ok(said, **HIS)
    before = len(h.journal)
    h.ok(said, **HIS)
    assert len(h.journal) == before


@pytest.mark.parametrize("silent", [True, False])
def test_without_a_yes_the_desk_has_to_say_where(silent: bool) -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    ticket, step = skin(h)
    if silent:
        h.advance(2_000)
    else:
        h.ok(acknowledge(h, step, accepted=False), **HIS)
    standing = h.standing(step)
    assert (standing.state, standing.clinic) == (StepState.PLANNED, "")
    job = (rows(h.day, "kiosk:kiosk_1") or {})[f"print:{ticket.print}"]
    assert isinstance(job, PrintJob)
    assert job.ticket.place.label.vi == "reception"
    row = (rows(h.day, "facility") or {})[ticket.visit]
    assert isinstance(row, FacilityVisit)
    assert row.since == h.now
    check_laws(h.day)
    # Time passes, rooms open and close: we do not choose again.
    h.advance(60_000)
    h.ok(c.PauseClinic(clinic="room_4", reason="pause"))
    h.ok(c.OpenClinic(clinic="room_4"))
    assert h.standing(step).clinic == ""
    h.ok(c.Attach(visit=ticket.visit, clinic="room_4"), role=Role.RECEPTION)
    assert h.standing(step).state is StepState.QUEUED
    assert h.called("room_4") == step
    assert ticket.visit not in (rows(h.day, "facility") or {})


def test_an_answer_that_comes_too_late_is_refused_and_a_room_of_the_his_is_not() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    ticket, step = skin(h)
    said = acknowledge(h, step, call_sign="27")
    h.advance(2_000)
    h.refused(said, Refusal.CHANGED, **HIS)
    h.ok(replaced_answer(said), **HIS)
    h.ok(c.Attach(visit=ticket.visit, clinic="room_5", call_sign="27"), **HIS)
    standing = h.standing(step)
    assert (standing.state, standing.clinic, standing.assigned_by) == (
        StepState.QUEUED, "room_5", AssignedBy.HIS,
    )  # fmt: skip


def replaced_answer(said: c.Acknowledge) -> c.Acknowledge:
    return c.Acknowledge(step=said.step, clinic=said.clinic, accepted=False)


def test_a_place_in_the_line_is_kept_while_the_his_is_asked() -> None:
    h = Hospital(plan(Authority.WE_LEAD, Binding.LATE))
    h.ok(c.CloseClinic(clinic="room_5"))
    first, step = skin(h)
    h.pass_time(1_000)
    second, other = skin(h)
    h.ok(acknowledge(h, other), **HIS)
    h.ok(acknowledge(h, step), **HIS)
    assert h.order_at("room_4") == [first.number, second.number]


def test_no_more_are_asked_for_than_there_is_room() -> None:
    h = Hospital(plan(Authority.WE_LEAD, Binding.LATE))
    h.ok(c.CloseClinic(clinic="room_5"))
    steps = [skin(h)[1] for _ in range(5)]
    asked = [step for step in steps if h.standing(step).clinic]
    assert asked == steps[:3]
    # Nobody is called whose doctor knows nothing of them.
    h.refused(c.CallNext(clinic="room_4"), Refusal.NOBODY_WAITING)


def test_a_desk_that_is_faster_than_the_his_is_believed() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    _, step = skin(h)
    asked = acknowledge(h, step)
    other = "room_5" if asked.clinic == "room_4" else "room_4"
    h.ok(c.Transfer(step=step, clinic=other), role=Role.RECEPTION)
    assert h.standing(step).state is StepState.QUEUED
    h.refused(asked, Refusal.CHANGED, **HIS)
    assert h.standing(step).clinic == other


def test_a_number_that_is_somebody_elses_there_is_refused() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    h.ok(c.CloseClinic(clinic="room_5"))
    _, step = skin(h)
    h.ok(acknowledge(h, step, call_sign="27"), **HIS)
    _, other = skin(h)
    h.refused(acknowledge(h, other, call_sign="27"), Refusal.SIGN_TAKEN, **HIS)


def test_the_day_may_end_while_the_his_is_asked() -> None:
    h = Hospital(plan(Authority.WE_LEAD), at=23 * HOUR)
    ticket, _ = skin(h)
    h.advance(2 * HOUR)
    assert h.closed[0].visits[ticket.visit].part.end is not None


def test_a_desk_may_wait_no_longer_and_may_have_the_his_asked_again() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    _, step = skin(h)
    h.ok(c.OpenGate(step=step, gate=GateName.ACKNOWLEDGED), role=Role.RECEPTION)
    assert (h.standing(step).state, h.standing(step).assigned_by) == (StepState.QUEUED, AssignedBy.DESK)
    _, other = skin(h)
    h.ok(acknowledge(h, other, accepted=False), **HIS)
    h.ok(c.OpenGate(step=other, gate=GateName.ACKNOWLEDGED), role=Role.RECEPTION)
    assert due.next_due(h.day) is not None
    assert (h.standing(other).state, bool(h.standing(other).clinic)) == (StepState.PLANNED, True)
    h.ok(acknowledge(h, other), **HIS)
    assert h.standing(other).state is StepState.QUEUED


# his_leads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("binding", [Binding.AT_DESK, Binding.LATE, Binding.AT_CHECK_IN, Binding.POOLED])
def test_where_the_his_leads_we_give_no_room_and_call_nobody_without_one(binding: Binding) -> None:
    h = Hospital(plan(Authority.HIS_LEADS, binding))
    h.ok(c.SignOn(clinic="room_4", practitioner="chi"))
    ticket, step = skin(h, practitioner="chi")
    assert h.standing(step).clinic == ""
    h.refused(c.CallNext(clinic="room_4"), Refusal.NOBODY_WAITING)
    h.ok(c.Attach(visit=ticket.visit, clinic="room_4", call_sign="5", external={"his": "MA7"}), **HIS)
    assert h.called("room_4") == step


def test_a_change_of_room_by_the_his_wins_over_a_call() -> None:
    h = Hospital(plan(Authority.HIS_LEADS, Binding.AT_DESK))
    ticket, step = skin(h)
    h.ok(c.Attach(visit=ticket.visit, clinic="room_4"), **HIS)
    assert h.called("room_4") == step
    h.ok(c.Attach(visit=ticket.visit, clinic="room_5"), **HIS)
    assert (h.standing(step).state, h.standing(step).clinic) == (StepState.QUEUED, "room_5")
    h.called("room_5")
    h.ok(c.Start(step=step))
    h.refused(c.Attach(visit=ticket.visit, step=step, clinic="room_4"), Refusal.CHANGED, **HIS)


# What the link sees, and what both say differently -----------------------------------------------------


def test_the_link_sees_what_the_his_has_a_say_in() -> None:
    h = Hospital(plan(Authority.WE_LEAD))
    ticket, step = skin(h)
    seen = rows(h.day, "his") or {}
    assert set(seen) == {f"visit:{ticket.visit}", *h.visit(ticket.visit).steps}
    visit, row = seen[f"visit:{ticket.visit}"], seen[step]
    assert isinstance(visit, HisVisit)
    assert isinstance(row, HisStep)
    assert row.awaiting_until == h.now + 2_000
    assert row.gates == (GateName.ACKNOWLEDGED,)
    h.ok(acknowledge(h, step), **HIS)
    h.finish(h.called(row.clinic))
    gone = (rows(h.day, "his") or {})[step]
    assert isinstance(gone, HisStep)
    assert (gone.state, gone.ended_at) == (StepState.DONE, h.now)


def test_at_a_site_of_our_own_a_link_sees_visits_and_is_asked_nothing() -> None:
    """What was ordered and paid comes through it all the same."""
    h = Hospital()
    ticket = h.register("fee", service="skin")
    seen = rows(h.day, "his") or {}
    assert f"visit:{ticket.visit}" in seen
    steps = [row for row in seen.values() if isinstance(row, HisStep)]
    assert {(step.authority, step.awaiting_until) for step in steps} == {(Authority.ALONE, None)}


def test_a_disagreement_is_shown_until_it_is_settled() -> None:
    h = Hospital(plan(Authority.HIS_LEADS, Binding.AT_DESK))
    ticket, step = skin(h)
    said = c.Disagree(visit=ticket.visit, step=step, about="clinic", ours="room_4", his="room_5")
    h.ok(said, **HIS)
    before = len(h.journal)
    h.ok(said, **HIS)
    assert len(h.journal) == before
    key = f"disagreement:{ticket.visit}/clinic"
    row = (rows(h.day, "facility") or {})[key]
    assert isinstance(row, FacilityDisagreement)
    assert (row.number, row.ours, row.his, row.at) == (ticket.number, "room_4", "room_5", h.now)
    h.ok(c.Agree(visit=ticket.visit, about="clinic"), **HIS)
    h.ok(c.Agree(visit=ticket.visit, about="clinic"), **HIS)
    assert key not in (rows(h.day, "facility") or {})


def test_what_cannot_be_placed_is_kept_in_sight_one_by_one() -> None:
    h = Hospital()
    for code in ("P98", "P99"):
        h.ok(c.Disagree(about="unknown_clinic", ours="", his=code), **HIS)
    assert len(h.day.disagreements) == 2
    h.ok(c.Agree(about="unknown_clinic", his="P98"))
    assert [said.his for said in h.day.disagreements.values()] == ["P99"]
    h.refused(c.Disagree(visit="nobody", about="clinic", ours="", his=""), Refusal.UNKNOWN_VISIT, **HIS)


def test_the_link_takes_back_its_own_alert_only() -> None:
    h = Hospital()
    h.ok(c.RaiseAlert(kind=AlertKind.HIS, subject="his", detail="gone"), **HIS)
    h.ok(c.RaiseAlert(kind=AlertKind.EMERGENCY, subject="kiosk_1"))
    own, foreign = h.day.alerts
    h.refused(c.AcknowledgeAlert(alert=foreign), Refusal.UNKNOWN_ALERT, **HIS)
    h.ok(c.AcknowledgeAlert(alert=own), **HIS)
    assert h.day.alerts[own].part.acknowledged_at
