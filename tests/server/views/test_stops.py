"""What staff and patients are told of a visit's stops: order, needs, moments, and what a patient may say."""

from queue_server import views
from queue_server.answers import ticket_state
from queue_server.protocol import commands as c
from queue_server.protocol import rows as row
from queue_server.protocol.codes import GateName, Need, VisitWait
from queue_server.protocol.values import replaced
from tests.support.hospital import MINUTE, SERVICES, Hospital, facility


def at_the_tests(**rules: dict[str, object]) -> tuple[Hospital, str, str]:
    """A visit with blood and ultrasound ordered, its exam over; the visit and its token."""
    services = {s.id: replaced(s, **rules.get(s.id, {})) for s in SERVICES}
    h = Hospital(facility(services=services, sessions=()))
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    h.order(exam, "ultrasound", "blood")
    h.finish(exam)
    return h, ticket.visit, ticket.token


def stops(h: Hospital, token: str) -> dict[str, row.VisitStop]:
    shown = views.rows(h.day, f"visit:{token}")
    assert shown is not None
    return {h.day.steps[r.key].service: r for r in shown.values() if isinstance(r, row.VisitStop)}


def test_the_recommended_stop_is_told_to_the_patient_and_to_staff() -> None:
    h, visit, token = at_the_tests(blood={"result_minutes": 60})
    told = stops(h, token)
    assert (told["blood"].suggested, told["ultrasound"].suggested) == (1, 2)
    shown = views.rows(h.day, f"journey:{visit}")
    assert shown is not None
    steps = [r for r in shown.values() if isinstance(r, row.ClinicStep)]
    places = {r.service: r.suggested for r in steps if r.suggested}
    assert (places["blood"], places["ultrasound"]) == (1, 2)
    asked = ticket_state(h.day, token)
    assert asked is not None
    assert [stop.suggested for stop in asked.stops if stop.suggested == 1] == [1]


def test_when_the_lines_change_the_patient_is_told_the_new_order_unasked() -> None:
    services = {s.id: replaced(s, result_minutes=60 if s.id == "ultrasound" else 0) for s in SERVICES}
    h = Hospital(facility(services=services, sessions=()))
    for _ in range(8):
        crowd = h.register("fee", "check").visit
        h.ok(c.AddSteps(visit=crowd, orders=(c.Order(service="ultrasound"),)))
    h.pass_time(MINUTE)
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    h.order(exam, "ultrasound", "blood")
    h.finish(exam)
    h.advance(3 * MINUTE)
    assert stops(h, ticket.token)["blood"].suggested == 1
    while stops(h, ticket.token)["ultrasound"].ahead:
        h.finish(h.called("scan"))
    mark = len(h.journal)
    h.advance(3 * MINUTE)
    assert stops(h, ticket.token)["ultrasound"].suggested == 1
    assert f"visit:{ticket.token}" in views.touched(h.day, h.journal[mark:])


def test_a_patient_sees_what_to_be_ready_for_and_what_they_may_say() -> None:
    h, _, token = at_the_tests(ultrasound={"needs": (Need.FULL_BLADDER,)})
    told = stops(h, token)["ultrasound"]
    assert (told.needs, told.may_open) == ((Need.FULL_BLADDER,), (GateName.FULL_BLADDER,))
    h.ok(c.OpenGate(step=told.key, gate=GateName.FULL_BLADDER))
    assert stops(h, token)["ultrasound"].may_open == ()


def test_a_repeat_shows_its_moment_to_both() -> None:
    h, _, token = at_the_tests(blood={"repeats": (30,)})
    h.finish(h.called("lab"))
    moment = h.now + 30 * MINUTE
    assert stops(h, token)["blood"].due_at == moment
    h.advance(40 * MINUTE)
    shown = views.rows(h.day, "clinic:lab")
    assert shown is not None
    (late,) = [r for r in shown.values() if isinstance(r, row.ClinicStep) and r.due_at]
    assert (late.due_at, late.needs) == (moment, ())


def test_results_without_a_doctor_are_on_the_page_of_the_house() -> None:
    h, visit, _ = at_the_tests()
    for clinic in ("lab", "scan"):
        step = h.called(clinic)
        h.finish(step)
        h.ok(c.ResultReady(step=step))
    assert visit not in h.day.directions
    h, visit, _ = at_the_tests()
    for name in ("room_1", "room_2"):
        h.ok(c.CloseClinic(clinic=name))
    for clinic in ("lab", "scan"):
        step = h.called(clinic)
        h.finish(step)
        h.ok(c.ResultReady(step=step))
    shown = views.rows(h.day, "facility")
    assert shown is not None
    (waits,) = [r for r in shown.values() if isinstance(r, row.FacilityVisit)]
    assert (waits.visit, waits.wait, waits.since) == (visit, VisitWait.RESULTS, h.now)
