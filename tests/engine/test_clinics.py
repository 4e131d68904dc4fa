"""Clinics and sessions: a pause moves nobody, draining takes nobody new, the clock opens and ends."""

import pytest

from queue_server.engine import due
from queue_server.engine.hours import day_starts
from queue_server.protocol import commands as c
from queue_server.protocol.codes import ClinicState, Notice, PresenceKind, Refusal, StepState
from tests.support.hospital import DAY, HOUR, MINUTE, Hospital


def state(h: Hospital, clinic: str) -> ClinicState:
    return h.day.clinics[clinic].part.state


def signed_on(h: Hospital, clinic: str) -> tuple[str, ...]:
    return h.day.clinics[clinic].part.practitioners


def test_a_pause_moves_nobody() -> None:
    h = Hospital()
    for _ in range(3):
        h.register("fee", "check")
    h.called("vitals_1")
    h.ok(c.Prepare(clinic="vitals_1"))
    before = {step.id: step.standing for step in h.day.steps.values()}
    h.ok(c.PauseClinic(clinic="vitals_1", reason="pause", news_at=h.now + MINUTE))
    h.advance(20 * MINUTE)
    assert before == {step.id: step.standing for step in h.day.steps.values()}
    part = h.day.clinics["vitals_1"].part
    assert (part.state, part.reason) == (ClinicState.PAUSED, "pause")
    h.ok(c.OpenClinic(clinic="vitals_1"))
    assert h.day.clinics["vitals_1"].part.reason == ""
    h.refused(c.PauseClinic(clinic="vitals_1", reason="call"), Refusal.UNKNOWN_REASON)


def test_a_clinic_closes_only_when_empty() -> None:
    h = Hospital()
    h.advance()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    h.ok(c.DrainClinic(clinic="room_1"))
    told = h.ok(c.CloseClinic(clinic="room_1"))
    assert (getattr(told, "moves", 0), state(h, "room_1")) == (1, ClinicState.DRAINING)
    h.finish(h.called("room_1"))
    h.advance()
    assert state(h, "room_1") is ClinicState.CLOSED
    h.refused(c.DrainClinic(clinic="room_1"), Refusal.NOT_OPEN)
    h.refused(c.PauseClinic(clinic="room_1", reason="pause"), Refusal.NOT_OPEN)


def test_a_practitioner_works_in_one_place() -> None:
    h = Hospital()
    h.ok(c.SignOn(clinic="room_1", practitioner="an"))
    h.ok(c.SignOn(clinic="room_1", practitioner="an"))
    assert h.refused(c.SignOn(clinic="room_2", practitioner="an"), Refusal.SIGNED_ON_ELSEWHERE).facts == {
        "practitioner": "an",
        "clinic": "room_1",
    }
    h.ok(c.SignOff(clinic="room_1", practitioner="an"))
    h.refused(c.SignOff(clinic="room_1", practitioner="an"), Refusal.WRONG_STATE)
    h.refused(c.SignOn(clinic="room_1", practitioner="nobody"), Refusal.UNKNOWN_PRACTITIONER)


def test_sessions_open_pause_and_close_clinics() -> None:
    h = Hospital(open_all=False, at=6 * HOUR)
    h.advance()
    assert (state(h, "room_1"), state(h, "night")) == (ClinicState.CLOSED, ClinicState.OPEN)
    assert due.next_due(h.day) == day_starts(h.plan, DAY) + 7 * HOUR
    h.advance(HOUR)
    assert signed_on(h, "room_1") == ("an",)
    h.ok(c.OpenClinic(clinic="till"))
    for _ in range(2):
        h.register("fee", service="internal")
    h.finish(h.called("till", h.called("till")))
    exam = h.called("room_1")
    h.advance(4 * HOUR + 30 * MINUTE)
    assert (state(h, "room_1"), state(h, "room_2")) == (ClinicState.PAUSED, ClinicState.CLOSED)
    assert signed_on(h, "room_1") == ()
    h.finish(exam)
    h.advance(MINUTE)
    assert state(h, "room_1") is ClinicState.PAUSED
    h.advance(2 * HOUR)
    assert (state(h, "room_1"), signed_on(h, "room_1")) == (ClinicState.OPEN, ("an",))


def test_a_session_nobody_kept_time_for_changes_nothing() -> None:
    h = Hospital(open_all=False, at=12 * HOUR)
    h.advance()
    assert state(h, "room_2") is ClinicState.CLOSED
    assert "room_2/binh/420" in h.day.sessions_ended


@pytest.mark.parametrize("how", ["hold", "away", "announcement"])
def test_what_has_an_end_ends_when_time_says_so(how: str) -> None:
    h = Hospital()
    ticket = h.register("fee", "check", device="console_1")
    step, until = f"{ticket.visit}.1", h.now + 5 * MINUTE
    match how:
        case "hold":
            h.ok(c.Hold(step=step, until=until, reason="hold"))
        case "away":
            h.ok(c.SetPresence(visit=ticket.visit, presence=PresenceKind.AWAY, until=until))
        case _:
            h.ok(c.Announce(notice=Notice.LATE, until=until))
    h.advance(1)
    assert due.next_due(h.day) == until
    h.advance(5 * MINUTE - 2)
    assert due.next_due(h.day) == until
    h.advance(1)
    assert due.next_due(h.day) != until
    assert h.standing(step).state is StepState.QUEUED
    assert h.order_at("vitals_1") == [ticket.number]
    assert not h.day.announcements


def test_hold_until_ready_waits_for_resume() -> None:
    h = Hospital()
    ticket = h.register("fee", "check")
    step = h.called("vitals_1")
    h.ok(c.Hold(step=step))
    h.advance(3 * HOUR)
    assert h.standing(step).state is StepState.HELD
    assert h.refused(c.CallNext(clinic="vitals_1"), Refusal.NOBODY_WAITING).facts["why_empty"] == {"held": 1}
    h.ok(c.Resume(step=step))
    h.refused(c.Resume(step=step), Refusal.NOT_HELD)
    assert h.order_at("vitals_1") == [ticket.number]


def test_a_practitioner_who_signs_on_opens_a_closed_clinic() -> None:
    h = Hospital(open_all=False)
    h.ok(c.SignOn(clinic="room_3", practitioner="chi"))
    assert state(h, "room_3") is ClinicState.OPEN
    h.ok(c.PauseClinic(clinic="room_3", reason="pause"))
    h.ok(c.SignOn(clinic="room_3", practitioner="an"))
    assert state(h, "room_3") is ClinicState.PAUSED


def test_a_draining_clinic_waits_for_those_who_are_at_their_tests() -> None:
    h = Hospital()
    h.register("fee", service="eyes")
    h.finish(h.called("till"))
    exam = h.called("room_3")
    blood, back = h.order(exam, "blood")
    h.finish(exam)
    h.ok(c.DrainClinic(clinic="room_3"))
    h.advance()
    h.finish(h.called("lab"))
    h.advance()
    assert state(h, "room_3") is ClinicState.DRAINING
    h.ok(c.ResultReady(step=blood))
    assert h.called("room_3") == back
    h.finish(back)
    h.advance()
    assert state(h, "room_3") is ClinicState.CLOSED


def test_who_missed_a_call_at_a_clinic_that_closes_waits_for_the_others() -> None:
    h = Hospital()
    ticket = h.register("fee", "check")
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    h.pass_time(MINUTE)
    h.ok(c.Recall(step=exam, times_called=1))
    h.ok(c.Absent(step=exam, times_called=2))
    h.ok(c.CloseClinic(clinic="room_1"))
    assert h.called("room_2") == exam
    assert h.part(ticket.visit).end is None


def test_of_two_who_press_at_once_the_slower_hears_who_was_faster() -> None:
    h = Hospital()
    for _ in range(3):
        h.register("fee", "check")
    press = c.CallNext(clinic="vitals_1")
    h.ok(press, device="console_a")
    (step,) = h.day.clinics["vitals_1"].in_hand
    facts = h.refused(press, Refusal.CHANGED, device="console_b").facts
    assert (facts["by"], facts["in_hand"]) == ("console_a", (step,))
    h.ok(c.CallNext(clinic="vitals_1", after=step), device="console_b")
    late = h.refused(c.CallNext(clinic="vitals_1", after=step), Refusal.CHANGED, device="console_a").facts
    assert (late["by"], late["state"]) == ("console_b", "done")
    (step,) = h.day.clinics["vitals_1"].in_hand
    h.ok(c.Recall(step=step, times_called=1), device="console_a")
    assert h.refused(c.Recall(step=step, times_called=1), Refusal.CHANGED).facts["by"] == "console_a"
