"""Slips on a clinic's printer: which one, what is on it, and that it comes out once."""

from queue_server.engine.decide.prints import slip_at
from queue_server.engine.draft import Draft
from queue_server.engine.facility import Facility
from queue_server.engine.model import Actor, Context
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AlertKind, PrintState, Refusal, Role
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import PrintJob
from queue_server.protocol.values import replaced
from queue_server.views import rows, touched
from tests.support.hospital import CLINICS, MINUTE, Hospital, facility

PRINTER = "printer_1"


def house() -> Facility:
    clinics = {
        plan.id: replaced(plan, printer=PRINTER if plan.id in ("room_1", "room_2") else "")
        for plan in CLINICS
    }
    return facility(clinics=clinics, printers=(PRINTER,))


def sent(h: Hospital) -> Ticket:
    """A patient with three stops whose slip goes to the printer of the room."""
    ticket = h.register("fee", service="internal")
    h.finish(h.called("till"))
    step = h.called("room_1")
    h.order(step, "blood", "ultrasound")
    slip = h.ok(c.PrintAtClinic(clinic="room_1", visit=ticket.visit))
    assert isinstance(slip, Ticket)
    return slip


def jobs(h: Hospital) -> list[PrintJob]:
    return [row for row in (rows(h.day, f"printer:{PRINTER}") or {}).values() if isinstance(row, PrintJob)]


def say(h: Hospital, slip: Ticket, state: PrintState) -> object:
    return h.run(
        c.Confirm(print=slip.print, state=state, number=slip.number), device=PRINTER, role=Role.PRINTER
    )


def test_a_slip_lists_every_open_stop_and_is_a_job_of_the_printer() -> None:
    h = Hospital(house())
    slip = sent(h)
    assert (slip.reprint, slip.print) == (False, f"{slip.visit}/p2")
    assert {stop.place.label.vi for stop in slip.stops} >= {"lab", "scan", "counter"}
    (job,) = jobs(h)
    assert (job.print, job.state, job.ticket) == (slip.print, PrintState.ISSUED, slip)
    assert h.day.prints[slip.print].device == PRINTER


def test_without_a_printer_nothing_is_issued() -> None:
    h = Hospital(house())
    slip = sent(h)
    refused = h.refused(c.PrintAtClinic(clinic="room_3", visit=slip.visit), Refusal.NO_PRINTER)
    assert refused.facts == {"clinic": "room_3"}
    h.refused(c.PrintAtClinic(clinic="nowhere", visit=slip.visit), Refusal.UNKNOWN_CLINIC)
    h.refused(c.PrintAtClinic(clinic="room_1", visit="nobody"), Refusal.UNKNOWN_VISIT)
    h.ok(c.Cancel(visit=slip.visit, reason="cancel"))
    h.refused(c.PrintAtClinic(clinic="room_1", visit=slip.visit), Refusal.VISIT_ENDED)
    assert len(jobs(h)) == 1


def test_a_job_is_claimed_once_and_goes_when_it_is_known_what_became_of_it() -> None:
    h = Hospital(house())
    slip = sent(h)
    mark = len(h.journal)
    say(h, slip, PrintState.SENT)
    assert f"printer:{PRINTER}" in touched(h.day, h.journal[mark:])
    assert [job.state for job in jobs(h)] == [PrintState.SENT]
    claim = c.Confirm(print=slip.print, state=PrintState.SENT, number=slip.number)
    refused = h.refused(claim, Refusal.WRONG_STATE, device=PRINTER, role=Role.PRINTER)
    assert refused.facts == {"state": "sent"}
    mark = len(h.journal)
    say(h, slip, PrintState.ACKNOWLEDGED)
    assert f"printer:{PRINTER}" in touched(h.day, h.journal[mark:])
    assert not jobs(h)
    assert not h.day.alerts


def test_a_printer_that_is_silent_leaves_the_slip_unknown_and_never_prints_it_later() -> None:
    h = Hospital(house())
    slip = sent(h)
    h.advance(2 * MINUTE)
    assert h.day.prints[slip.print].part.state is PrintState.UNKNOWN
    assert [(alert.kind, alert.subject) for alert in h.day.alerts.values() if alert.subject == PRINTER] == [
        (AlertKind.PRINTER, PRINTER)
    ]
    assert not jobs(h)
    claim = c.Confirm(print=slip.print, state=PrintState.SENT, number=slip.number)
    h.refused(claim, Refusal.WRONG_STATE, device=PRINTER, role=Role.PRINTER)


def test_what_a_slip_says_follows_the_patient_until_it_is_printed() -> None:
    h = Hospital(house())
    slip = sent(h)
    before = jobs(h)[0].ticket
    mark = len(h.journal)
    h.finish(h.day.clinics["room_1"].in_hand[0])
    assert f"printer:{PRINTER}" in touched(h.day, h.journal[mark:])
    after = jobs(h)[0].ticket
    assert (after.print, after.printed_at) == (slip.print, before.printed_at)
    assert len(after.stops) < len(before.stops)


def test_one_decision_makes_one_slip_of_a_visit() -> None:
    h = Hospital(house())
    slip = sent(h)
    draft = Draft(h.day, Context(Actor("console_1", Role.SUPERVISOR), h.now, "0" * 16))
    first = slip_at(draft, slip.visit, "room_2")
    assert first == slip_at(draft, slip.visit, "room_1") == f"{slip.visit}/p3"
    assert slip_at(draft, slip.visit, "room_3") is None
    assert len(draft.events) == 1
