"""Opening a visit: numbers, routes, lanes, places, offline series, and who is refused."""

import pytest

from queue_server.engine.facility import Route, Words
from queue_server.engine.model import Sign
from queue_server.engine.numbering import offline, ordinary
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AgeGroup,
    AlertKind,
    Binding,
    ClinicKind,
    Grant,
    Lane,
    PrintState,
    Refusal,
    Role,
    SignOrigin,
    StepState,
    VisitEnd,
)
from queue_server.protocol.values import replaced
from tests.support.hospital import DAY, HOUR, MINUTE, SERVICES, Hospital, facility

KIOSK = {"device": "kiosk_7", "role": Role.KIOSK}


def test_numbers_carry_the_letter_of_the_first_step_and_three_digits_then_four() -> None:
    h = Hospital(check=False)
    assert h.register().number == "A001"
    assert h.register("fee", service="internal").number == "H001"
    h.day.letters["A"] = 998
    assert [h.register().number for _ in range(3)] == ["A999", "A1000", "A1001"]


@pytest.mark.parametrize(
    ("number", "parts"), [("A045", ("A", 45)), ("A1000", ("A", 1000)), ("K07-012", None), ("27", None)]
)
def test_ordinary_numbers_are_told_from_others(number: str, parts: tuple[str, int] | None) -> None:
    assert ordinary(number) == parts
    assert offline(number) == (7 if number == "K07-012" else None)


@pytest.mark.parametrize(
    ("age", "declared", "lane", "grant"),
    [
        (AgeGroup.ORDINARY, False, Lane.WALK_IN, None),
        (AgeGroup.UNDER_6, False, Lane.PRIORITY, Grant.AUTO),
        (AgeGroup.FROM_75, True, Lane.PRIORITY, Grant.AUTO),
        (AgeGroup.UNKNOWN, True, Lane.PRIORITY, Grant.PROVISIONAL),
    ],
)
def test_lanes_by_age_and_by_declaration(
    age: AgeGroup, declared: bool, lane: Lane, grant: Grant | None
) -> None:
    h = Hospital()
    ticket = h.register(age=age, declared=declared)
    assert (h.part(ticket.visit).lane, h.part(ticket.visit).grant) == (lane, grant)
    assert (ticket.lane, ticket.provisional) == (lane, grant is Grant.PROVISIONAL)


def test_one_open_visit_per_person_and_day() -> None:
    h = Hospital()
    first = h.register("fee", "check", person="p")
    facts = h.refused(h.admission(person="p"), Refusal.ALREADY_HERE).facts
    assert facts == {"visit": first.visit, "number": first.number, "token": first.token}
    h.finish(h.called("vitals_1"))
    assert h.register("fee", "check", person="p").number == "L002"


@pytest.mark.parametrize(("person", "typed"), [(None, False), ("p", True)])
def test_typed_and_anonymous_tickets_are_good_for_reception_only(person: str | None, typed: bool) -> None:
    h = Hospital()
    ticket = h.register("fee", person=person, typed=typed, service="internal")
    assert [h.day.steps[s].service for s in h.visit(ticket.visit).steps] == ["reception"]
    h.finish(h.called("desk_1"))
    assert h.day.directions == {ticket.visit}
    h.ok(c.Attach(visit=ticket.visit, service="internal"))
    services = [h.day.steps[s].service for s in h.visit(ticket.visit).steps]
    assert services == ["reception", "cashier", "internal", "pharmacy"]


def test_who_only_has_a_question_gets_a_number_of_the_information_desk() -> None:
    base = facility()
    info = ClinicKind.INFORMATION
    more = replaced(base.services["reception"], id="information", kind=info, letter="Z")
    desk = replaced(base.clinics["desk_1"], id="info", kind=info, services=("information",))
    route = Route("question", "fee", "question", Words("hỏi", "ask"), ("information",))
    h = Hospital(
        facility(
            services={**base.services, "information": more},
            clinics={**base.clinics, "info": desk},
            routes={**base.routes, "question": route},
        )
    )
    ticket = h.register("fee", "question", person=None)
    assert [h.day.steps[s].service for s in h.visit(ticket.visit).steps] == ["information"]
    assert ticket.number == "Z001"


@pytest.mark.parametrize(
    ("admission", "code"),
    [
        ({"kind": "dance"}, Refusal.UNKNOWN_ROUTE),
        ({"service": "magic"}, Refusal.UNKNOWN_SERVICE),
        ({"service": "blood"}, Refusal.NOT_OFFERED),
        ({"service": "surgery"}, Refusal.NOT_OFFERED),
        ({"service": "internal", "practitioner": "who"}, Refusal.UNKNOWN_PRACTITIONER),
        ({"service": "internal", "practitioner": "dung"}, Refusal.NOT_OFFERED),
    ],
)
def test_what_is_not_offered_is_refused(admission: dict[str, str], code: Refusal) -> None:
    h = Hospital()
    h.refused(h.admission(**admission), code, **KIOSK)  # type: ignore[arg-type]  # text fields by name


def test_intake_stops_for_a_service_or_for_all_and_offline_tickets_come_in_anyway() -> None:
    h = Hospital()
    h.ok(c.StopIntake(reason="intake", service="internal"))
    facts = h.refused(h.admission(service="internal"), Refusal.INTAKE_STOPPED).facts
    assert facts == {"service": "internal", "reason": "intake"}
    h.register(service="eyes")
    h.ok(c.StopIntake(reason="intake"))
    h.refused(h.admission(service="eyes"), Refusal.INTAKE_STOPPED)
    h.register(service="eyes", number="K07-001", device="kiosk_7")
    h.ok(c.ReopenIntake())
    h.register(service="eyes")


def test_an_offline_ticket_keeps_its_number_goes_to_reception_and_is_flagged_once() -> None:
    h = Hospital(at=8 * HOUR)
    came = h.now - HOUR
    first = h.register(service="internal", number="K07-001", at=came, device="kiosk_7")
    second = h.register(service="internal", number="K07-002", at=came + MINUTE, device="kiosk_7")
    assert (first.number, second.number) == ("K07-001", "K07-002")
    assert h.visit(second.visit).arrived_at == came + MINUTE
    assert h.day.steps[h.visit(first.visit).steps[0]].service == "reception"
    alerts = [(a.kind, a.subject) for a in h.day.alerts.values()]
    assert alerts == [(AlertKind.OFFLINE_TICKETS, "kiosk_7")]
    taken = h.register(number="K07-001", device="kiosk_7")
    assert taken.number == "A001"


def test_a_paper_in_somebodys_hand_is_taken_in_whatever_its_kiosk_got_wrong() -> None:
    h = Hospital()
    for number, wrong in enumerate(({"kind": "dance"}, {"service": "moon"}, {"practitioner": "moon"}), 1):
        ticket = h.register(number=f"K07-00{number}", device="kiosk_7", **wrong)  # type: ignore[arg-type]  # names
        h.finish(h.called("desk_1"))
        assert ticket.visit in h.day.directions


@pytest.mark.parametrize("ago", [-MINUTE, 9 * HOUR])
def test_an_arrival_outside_the_day_or_the_future_is_not_believed(ago: int) -> None:
    h = Hospital(at=8 * HOUR)
    ticket = h.register(at=h.now - ago)
    assert h.visit(ticket.visit).arrived_at == h.now


def test_an_offline_ticket_of_yesterday_becomes_a_record_and_leaves_the_series_free() -> None:
    h = Hospital(at=8 * HOUR)
    old = h.register(number="K07-001", at=h.now - 20 * HOUR, device="kiosk_7")
    assert h.part(old.visit).end is VisitEnd.DAY_ENDED
    assert h.visit(old.visit).steps == []
    assert h.register(number="K07-001", device="kiosk_7").number == "K07-001"


def test_the_number_on_the_paper_replaces_the_visits_and_the_other_is_burnt() -> None:
    h = Hospital()
    ticket = h.register("fee", "check")
    step = h.called("vitals_1")
    assert h.standing(step).call_sign == Sign("L001", SignOrigin.VISIT)
    paper = c.Confirm(print=ticket.print, state=PrintState.ACKNOWLEDGED, number="K07-004")
    h.ok(paper)
    h.ok(paper)
    assert h.part(ticket.visit).number == "K07-004"
    assert h.standing(step).call_sign == Sign("K07-004", SignOrigin.VISIT)
    assert h.day.numbers == {"L001": ticket.visit, "K07-004": ticket.visit}
    other = h.register("fee", "check")
    assert other.number == "L002"
    facts = h.refused(
        c.Confirm(print=other.print, state=PrintState.SENT, number="L001"), Refusal.NUMBER_TAKEN
    ).facts
    assert facts["visit"] == ticket.visit


def test_a_ticket_names_the_clinic_only_where_it_is_fixed() -> None:
    h = Hospital()
    assert h.register("fee", "check").place.label.vi == "vitals_1"
    assert h.register().place.label.vi == "reception"
    assert h.register("fee", "night").place.label.vi == "night"


def test_a_chosen_doctor_and_check_in_binding_fix_the_clinic() -> None:
    h = Hospital()
    h.ok(c.SignOn(clinic="room_2", practitioner="an"))
    ticket = h.register("fee", service="internal", practitioner="an")
    exam = h.standing(h.step_at(ticket.visit, "internal"))
    assert (exam.clinic, exam.practitioner, exam.state) == ("room_2", "an", StepState.PLANNED)
    ours = [h.register("fee", service="skin").visit for _ in range(2)]
    assert h.standing(h.step_at(ours[0], "skin")).clinic == "room_4"


def test_late_binding_fills_the_quicker_clinic_and_keeps_the_rest_in_the_pool() -> None:
    services = {s.id: s for s in SERVICES}
    h = Hospital(facility(services=services))
    for _ in range(8):
        h.register("fee", service="internal")
    after = None
    for _ in range(8):
        after = h.called("till", after)
    h.finish(after or "")
    bound = {name: len(h.day.clinics[name].bound) for name in ("room_1", "room_2")}
    assert (bound, len(h.day.pools["internal"])) == ({"room_1": 3, "room_2": 3}, 2)
    assert services["internal"].binding is Binding.LATE
    h.ok(c.DrainClinic(clinic="room_1"))
    h.called("room_1")
    assert (len(h.day.clinics["room_1"].bound), len(h.day.pools["internal"])) == (2, 2)
    h.called("room_2")
    assert (len(h.day.clinics["room_2"].bound), len(h.day.pools["internal"])) == (3, 1)


def test_a_clinic_with_its_own_sequence_numbers_its_patients() -> None:
    h = Hospital()
    tickets = [h.register("fee", service="eyes") for _ in range(2)]
    after = None
    for _ in range(2):
        after = h.called("till", after)
    h.finish(after or "")
    signs = [h.standing(h.step_at(t.visit, "eyes")).call_sign for t in tickets]
    assert signs == [Sign("1", SignOrigin.CLINIC), Sign("2", SignOrigin.CLINIC)]


def test_identifiers_say_day_and_ordinal() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    assert (ticket.visit, ticket.print) == (f"{DAY}-1", f"{DAY}-1/p1")
    assert h.visit(ticket.visit).steps == [f"{DAY}-1.{n}" for n in (1, 2, 3)]


def test_clinics_chosen_at_check_in_are_chosen_evenly_while_the_patients_are_still_on_their_way() -> None:
    h = Hospital()
    visits = [h.register(service="skin").visit for _ in range(6)]
    clinics = [h.standing(h.step_at(visit, "skin")).clinic for visit in visits]
    assert clinics.count("room_4") == clinics.count("room_5") == 3
