"""Rows of topics: what each shows, that nothing is missed when the day changes, and what never gets out."""

import random
from collections.abc import Sequence

import msgspec
import pytest

from queue_server import views
from queue_server.answers import ticket_state
from queue_server.engine.decision import EngineCommand
from queue_server.engine.events import Event
from queue_server.engine.facility import SessionPlan
from queue_server.engine.model import OPEN
from queue_server.protocol import commands as c
from queue_server.protocol import rows as row
from queue_server.protocol.codes import (
    AgeGroup,
    AlertKind,
    ClinicKind,
    GateName,
    HallState,
    Help,
    Lane,
    Notice,
    PresenceKind,
    PrintState,
    Result,
    Stays,
    StepState,
)
from queue_server.protocol.results import Ticket
from queue_server.protocol.values import replaced
from tests.support import hospital
from tests.support.hospital import CLINICS, DOCTORS, MINUTE, Hospital

TOPICS = [
    "hall:hall_a",
    *(f"clinic:{clinic.id}" for clinic in CLINICS),
    "facility",
    "devices",
    "catalogue",
    "kiosk:kiosk_1",
    "printer:printer_1",
]
PRINTING = hospital.facility(
    clinics={clinic.id: replaced(clinic, printer="printer_1") for clinic in CLINICS}, printers=("printer_1",)
)


def test_what_is_no_topic_has_no_rows() -> None:
    day = Hospital().day
    for topic in (
        "hall:attic",
        "clinic:nowhere",
        "kiosk:nobody",
        "visit:none",
        "journey:none",
        "facility:x",
        "weather",
        "names:lab",
    ):
        assert views.rows(day, topic) is None


def test_a_call_is_on_the_hall_screen_until_it_is_over() -> None:
    h = Hospital()
    h.register("fee", "check")
    called = h.ok(c.CallNext(clinic="vitals_1"))
    shown = [r for r in _hall(h) if isinstance(r, row.HallCall)]
    assert [(r.call_sign, r.state, r.clinic) for r in shown] == [("L001", HallState.CALLED, "vitals_1")]
    assert shown[0].say[:3] == ("chime", "chime", "invite")
    step = getattr(called, "step", "")
    h.ok(c.Finish(step=step))
    assert not [r for r in _hall(h) if isinstance(r, row.HallCall)]


def test_a_discreet_clinic_is_in_no_hall() -> None:
    h = Hospital()
    for clinic in ("room_4", "room_5"):
        h.register("fee", "exam", service="skin")
        h.run(c.CallNext(clinic="till", after=_in_hand(h, "till")))
        h.ok(c.Finish(step=_in_hand(h, "till") or ""))
        h.ok(c.CallNext(clinic=clinic))
        assert h.day.clinics[clinic].in_hand
        h.ok(c.DrainClinic(clinic="room_4"))
    assert "room_5" not in str(_hall(h))
    assert [r.clinic for r in _hall(h) if isinstance(r, row.HallCall)] == ["room_4"]


def test_a_paused_place_says_when_there_is_news() -> None:
    h = Hospital()
    h.ok(c.PauseClinic(clinic="lab", reason="pause", news_at=h.now + MINUTE))
    place = next(r for r in _hall(h) if isinstance(r, row.HallPlace) and r.key == "lab")
    assert (place.notice, place.news_at) == (Notice.PAUSED, h.now + MINUTE)


def test_the_clinic_sees_its_line_in_the_order_of_calling() -> None:
    h = Hospital()
    for age in (AgeGroup.ORDINARY, AgeGroup.ORDINARY, AgeGroup.FROM_75):
        h.register("fee", "check", age=age)
    rows = _clinic(h, "vitals_1")
    line = sorted((r for r in rows if isinstance(r, row.ClinicStep) and r.order), key=lambda r: r.order)
    assert [(r.number, r.lane) for r in line] == [
        ("L003", Lane.PRIORITY),
        ("L001", Lane.WALK_IN),
        ("L002", Lane.WALK_IN),
    ]
    card = next(r for r in rows if isinstance(r, row.ClinicCard))
    assert (card.waiting, card.next_step, card.why_empty) == (3, line[0].key, {})


def test_an_empty_clinic_says_why() -> None:
    h = Hospital()
    h.register("fee", "exam", service="internal")
    cards = [r for r in _clinic(h, "room_1") if isinstance(r, row.ClinicCard)]
    assert (cards[0].next_step, cards[0].waiting) == (None, 0)
    assert cards[0].why_empty


def test_who_did_a_test_and_who_waits_for_it_both_see_it_until_the_result_is_there() -> None:
    h = Hospital()
    exam = _at_the_doctor(h)
    blood, back = h.order(exam, "blood")
    h.finish(exam)
    h.finish(h.called("lab"))
    done = _step(h, "lab", blood)
    assert (done.state, done.result) == (StepState.DONE, Result.PENDING)
    waiting = _step(h, "room_1", back)
    assert (waiting.state, waiting.returning, waiting.gates) == (
        StepState.PLANNED,
        True,
        (GateName.RESULT,),
    )
    h.ok(c.ResultReady(step=blood))
    assert blood not in {r.key for r in _clinic(h, "lab")}
    assert _step(h, "room_1", back).gates == ()


def test_a_result_nobody_comes_back_for_is_not_asked_of_the_laboratory() -> None:
    h = Hospital()
    exam = _at_the_doctor(h)
    blood, _ = h.order(exam, "blood")
    h.finish(exam)
    h.finish(h.called("lab"))
    assert _step(h, "lab", blood).result is Result.PENDING
    h.ok(c.Cancel(visit=h.day.steps[exam].visit, reason="cancel"))
    assert not [r for r in _clinic(h, "lab") if isinstance(r, row.ClinicStep)]


def test_a_long_line_does_not_hide_who_is_to_come_back() -> None:
    h = Hospital(check=False)
    exam = _at_the_doctor(h)
    _, back = h.order(exam, "blood")
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    for _ in range(views.LONGEST_LINE + 5):
        visit = h.register("fee", "exam", service="internal").visit
        h.ok(c.Attach(visit=visit, service="internal", clinic="room_1"))
        h.finish(h.called("till"))
    shown = [r.key for r in _clinic(h, "room_1")]
    assert len(shown) > views.LONGEST_LINE
    assert back in shown


def test_staff_see_every_hall_and_what_it_is_told() -> None:
    h = Hospital()
    h.ok(c.Announce(notice=Notice.LATE, hall="hall_a"))
    rows = views.rows(h.day, "facility") or {}
    assert isinstance(rows["hall:hall_a"], row.HallCard)
    assert rows["notice:hall_a"] == row.HallNotice(key="notice:hall_a", notice=Notice.LATE, at=h.now)
    h.ok(c.Announce(notice=Notice.LATE, hall="hall_a", until=0))
    assert "notice:hall_a" not in (views.rows(h.day, "facility") or {})


def test_a_journey_shows_staff_every_step_of_a_visit_and_its_papers() -> None:
    h = Hospital()
    visit = h.register("fee", "exam", service="internal").visit
    h.ok(c.AddSteps(visit=visit, orders=(c.Order(service="x_ray"),)))
    h.ok(c.CallNext(clinic="till"))
    rows = views.rows(h.day, f"journey:{visit}") or {}
    steps = [r for r in rows.values() if isinstance(r, row.ClinicStep)]
    first, unpaid = steps[0], steps[-1]
    assert (first.state, first.clinic, first.own) == (StepState.CALLED, "till", True)
    assert (unpaid.state, unpaid.clinic, unpaid.own) == (StepState.PLANNED, "", False)
    assert (unpaid.gates, unpaid.busy) == ((GateName.PAID,), "till")
    assert [r.state for r in rows.values() if isinstance(r, row.Print)] == [PrintState.ISSUED]
    assert rows["visit"] == row.VisitCard(key="visit", number="H001", lane=Lane.WALK_IN)


def test_a_ticket_and_its_pages_name_a_discreet_clinic_neutrally() -> None:
    hidden = hospital.clinic("room_5", ClinicKind.EXAM, "skin", discreet=True)
    plan = hospital.facility()
    h = Hospital(
        replaced(plan, clinics={**plan.clinics, "room_4": replaced(hidden, id="room_4"), "room_5": hidden})
    )
    ticket = h.register("fee", "exam", service="skin")
    exam = h.day.visits[ticket.visit].steps[1]
    told = [str(_stop(h, ticket.token, 1))]
    h.finish(h.called("till"))
    reprinted = h.ok(c.Reprint(visit=ticket.visit))
    assert isinstance(reprinted, Ticket)
    assert reprinted.place.label.vi == "Phòng"
    told.append(str(reprinted))
    h.called(h.standing(exam).clinic)
    told += [str(_stop(h, ticket.token, 1)), str(ticket_state(h.day, ticket.token)), str(_hall(h))]
    assert _stop(h, ticket.token, 1).place.label.vi == "Phòng"
    secret = ("skin", "room_4", "room_5")
    assert not [words for words in told if any(name in words for name in secret)]


def test_the_patient_is_told_the_place_once_called() -> None:
    h = Hospital()
    ticket = h.register("fee", "exam", service="internal")
    before = _stop(h, ticket.token, 0)
    assert (before.state, before.ahead) == (StepState.QUEUED, 0)
    h.ok(c.CallNext(clinic="till"))
    called = _stop(h, ticket.token, 0)
    assert (called.state, called.place.label.vi) == (StepState.CALLED, "till")


@pytest.mark.parametrize(("ahead", "told"), [(None, None), (0, 0), (10, 10), (11, 15), (15, 15), (16, 20)])
def test_how_many_are_before_is_coarse_above_ten(ahead: int | None, told: int | None) -> None:
    assert views.coarse(ahead) == told


# The Mirror law, before the wire: whoever looks only at touched topics misses nothing ----------------


@pytest.mark.parametrize("seed", range(6))
def test_a_topic_that_is_not_touched_has_not_changed(seed: int) -> None:
    chance = random.Random(seed)
    h = Hospital(PRINTING, check=False)
    copies = {topic: views.rows(h.day, topic) for topic in TOPICS}
    seen = len(h.journal)
    changed: set[str] = set()
    for _ in range(250):
        h.run(_anything(h, chance))
        if chance.random() < 0.2:
            h.advance(chance.choice([1_000, MINUTE, 11 * MINUTE]))
        events: Sequence[Event] = h.journal[seen:]
        seen = len(h.journal)
        touched = views.touched(h.day, events)
        for topic in (*TOPICS, *(f"journey:{visit}" for visit in h.day.visits)):
            fresh = views.rows(h.day, topic)
            if topic in touched or "*" in touched:
                if fresh != copies.get(topic):
                    changed.add(topic.partition(":")[0] if topic.startswith("journey:") else topic)
                copies[topic] = fresh
            else:
                assert _but_for_the_hour(fresh) == _but_for_the_hour(copies[topic]), (topic, events)
    assert "journey" in changed
    assert len(changed) > 8


def _but_for_the_hour(shown: views.Rows | None) -> views.Rows | None:
    """Rows without what the mere passing of time changes: that is looked at every few seconds."""
    if shown is None:
        return None
    still: views.Rows = {}
    for key, one in shown.items():
        match one:
            case row.ClinicCard():
                still[key] = msgspec.structs.replace(one, rule="", session_ends=None, finishable=None)
            case row.FacilityClinic():
                still[key] = msgspec.structs.replace(one, expected=None, session_ends=None, finishable=None)
            case row.ClinicStep():
                # Advice on where to go follows every line; it is made anew with each row and no promise.
                still[key] = msgspec.structs.replace(one, suggested=0)
            case _:
                still[key] = one
    return still


@pytest.mark.parametrize("seed", range(3))
def test_a_visit_hears_at_once_of_what_it_has_to_act_upon(seed: int) -> None:
    chance = random.Random(seed)
    h = Hospital(check=False)
    seen = len(h.journal)
    states: dict[str, list[tuple[str, StepState]]] = {}
    heard = 0
    for _ in range(300):
        h.run(_anything(h, chance))
        h.pass_time(1_000)
        events: Sequence[Event] = h.journal[seen:]
        seen = len(h.journal)
        urgent = views.urgent(h.day, events)
        for visit in h.day.visits.values():
            topic = f"visit:{visit.token}"
            now = [
                (step, h.day.steps[step].standing.state)
                for step in visit.steps
                if h.day.steps[step].standing.state in (StepState.PREPARED, StepState.CALLED)
            ]
            if set(now) - set(states.get(topic, [])):
                assert topic in urgent
                heard += 1
            states[topic] = now
    assert heard > 5


def test_an_open_proposal_is_told_to_its_clinic_and_the_house_until_it_is_settled() -> None:
    h = Hospital()
    h.ok(c.CloseClinic(clinic="room_5"))
    visits = [h.register("fee", "exam", service="skin").visit for _ in range(2)]
    steps = [h.day.visits[visit].steps[1] for visit in visits]
    h.ok(c.OpenClinic(clinic="room_5"))
    h.finish(h.called("till"))
    h.ok(c.SetHelp(visit=visits[1], help=(Help.SIGHT,)))
    h.ok(c.CloseClinic(clinic="room_4"))
    (told,) = (r for r in _clinic(h, "room_4") if isinstance(r, row.ClinicProposal))
    assert (views.rows(h.day, "facility") or {})[told.key] == told
    assert (told.clinic, told.cause, told.at) == ("room_4", "close", h.now)
    moving, staying = told.lines
    assert (moving.step, moving.clinic, moving.why) == (steps[0], "room_5", None)
    assert (staying.step, staying.clinic, staying.why) == (steps[1], "", Stays.HELP)
    assert moving.call_sign == h.part(visits[0]).number
    h.ok(c.AcceptProposal(clinic="room_4", proposal=told.proposal))
    assert told.key not in (views.rows(h.day, "facility") or {})
    assert told.key not in (views.rows(h.day, "clinic:room_4") or {})


def test_a_desk_with_many_insured_exams_is_told_to_the_house() -> None:
    plan = hospital.facility(
        sessions=(SessionPlan("room_1", "an", 7 * 60, 12 * 60, desk="02.03"),), desk_advice=(1, 2)
    )
    h = Hospital(plan)
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    told = []
    for _ in range(3):
        found = (views.rows(h.day, "facility") or {})["clinic:room_1"]
        assert isinstance(found, row.FacilityClinic)
        told.append((found.insured, found.advice))
        h.register("insured", "exam", service="internal")
        for clinic in ("desk_1", "vitals_1", "room_1"):
            h.finish(h.called(clinic))
    assert told == [(0, ""), (1, "prefer_others"), (2, "at_limit")]


def test_hall_rows_have_no_field_for_anything_personal() -> None:
    allowed: dict[type[msgspec.Struct], set[str]] = {
        row.HallCall: {
            "key", "state", "call_sign", "place", "room", "clinic", "at", "times_called", "say"
        },
        row.HallPlace: {"key", "place", "room", "state", "notice", "news_at", "waiting"},
        row.HallNotice: {"key", "notice", "at", "until"},
    }  # fmt: skip
    for kind, fields in allowed.items():
        assert {field.name for field in msgspec.structs.fields(kind)} == fields


# ---


def _hall(h: Hospital) -> list[row.Row]:
    return list((views.rows(h.day, "hall:hall_a") or {}).values())


def _clinic(h: Hospital, clinic: str) -> list[row.Row]:
    return list((views.rows(h.day, f"clinic:{clinic}") or {}).values())


def _at_the_doctor(h: Hospital) -> str:
    """A step in hand at room_1."""
    visit = h.register("fee", "exam", service="internal").visit
    h.finish(h.called("till"))
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    exam = h.day.visits[visit].steps[1]
    assert h.called("room_1") == exam
    return exam


def _step(h: Hospital, clinic: str, step: str) -> row.ClinicStep:
    found = (views.rows(h.day, f"clinic:{clinic}") or {})[step]
    assert isinstance(found, row.ClinicStep)
    return found


def _stop(h: Hospital, token: str, index: int) -> row.VisitStop:
    stops = [r for r in (views.rows(h.day, f"visit:{token}") or {}).values() if isinstance(r, row.VisitStop)]
    return stops[index]


def _in_hand(h: Hospital, clinic: str) -> str | None:
    in_hand = h.day.clinics[clinic].in_hand
    return in_hand[0] if in_hand else None


def _anything(h: Hospital, chance: random.Random) -> EngineCommand:
    """A command that is often sensible; what is refused changes nothing and does no harm."""
    day = h.day
    busy = [name for name, clinic in day.clinics.items() if clinic.bound or clinic.in_hand]
    busy += [clinic.id for clinic in CLINICS if any(day.pools.get(service) for service in clinic.services)]
    clinic = chance.choice(busy if busy and chance.random() < 0.8 else list(day.clinics))
    hand = _in_hand(h, clinic)
    steps = [step for step in day.steps.values() if step.standing.state in OPEN]
    if chance.random() < 0.3 or not steps:
        payer, kind = chance.choice(
            [("fee", "exam"), ("fee", "check"), ("insured", "exam"), ("fee", "night")]
        )
        exam = chance.choice([None, "internal", "eyes", "skin", "surgery"])
        person = f"person-{chance.randrange(30)}"
        return h.admission(payer, kind, person=person, service=exam, age=chance.choice(list(AgeGroup)))
    step = chance.choice(steps)
    visit = day.visits[step.visit]
    standing = step.standing
    act = day.clinics[clinic].act
    paper = chance.choice(list(day.prints.values()) or [None])
    choices: list[EngineCommand] = [
        c.CallNext(clinic=clinic, after=hand),
        c.CallNext(clinic=clinic, after=hand),
        c.Prepare(clinic=clinic),
        c.Recall(step=step.id, times_called=standing.times_called),
        c.Start(step=step.id),
        c.Finish(step=step.id),
        c.Absent(step=step.id, times_called=standing.times_called),
        c.Hold(step=step.id, until=h.now + MINUTE),
        c.Hold(step=step.id),
        c.Resume(step=step.id),
        c.Rejoin(step=step.id),
        c.Transfer(step=step.id, clinic=clinic),
        c.Refer(step=step.id, service="eyes"),
        c.PrintAtClinic(clinic=clinic, visit=visit.id),
        c.AddSteps(
            visit=visit.id,
            step=step.id,
            orders=(c.Order(service="blood"), c.Order(service="ultrasound")),
            back=True,
        ),
        c.ResultReady(step=chance.choice(visit.steps)),
        c.OpenGate(step=step.id, gate=GateName.PAID),
        c.ChangeLane(visit=visit.id, lane=chance.choice(list(Lane)), reason="lane"),
        c.SetPresence(visit=visit.id, presence=PresenceKind.AWAY, until=h.now + MINUTE),
        c.Cancel(visit=visit.id, reason="cancel"),
        c.Undo(clinic=clinic, act=act.number if act else 0),
        c.PauseClinic(clinic=clinic, reason="pause"),
        c.DrainClinic(clinic=clinic),
        c.CloseClinic(clinic=clinic),
        c.ProposeMoves(clinic=clinic),
        c.OpenClinic(clinic=clinic),
        c.OpenClinic(clinic=clinic),
        c.SignOn(clinic=clinic, practitioner=chance.choice(DOCTORS)),
        c.StopIntake(reason="intake", service="eyes"),
        c.ReopenIntake(service="eyes"),
        c.Announce(notice=Notice.LATE, until=h.now + MINUTE),
        c.RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk_1"),
        c.AcknowledgeAlert(alert="alert-1"),
        c.PrinterWorks(),
        c.Attach(visit=visit.id, service="surgery", clinic="room_6", call_sign=str(chance.randrange(90))),
    ]
    choices += [
        c.AcceptProposal(clinic=told.clinic, proposal=told.id) for told in list(day.proposals.values())[-1:]
    ]
    if paper is not None:
        number = chance.choice([paper.part.number, f"K01-{chance.randrange(100):03d}"])
        choices.append(c.Confirm(print=paper.id, state=chance.choice(list(PrintState)), number=number))
    return chance.choice(choices)
