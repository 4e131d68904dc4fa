"""Papers that kiosks printed without the server: which number a visit has, and what staff see of it."""

import pytest

from queue_server.engine.decision import Admission, Booking
from queue_server.engine.numbering import offline
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AlertKind, Note, PrintState, Role, VisitEnd
from queue_server.protocol.results import Ticket
from queue_server.protocol.values import replaced
from tests.support.hospital import HOUR, MINUTE, Hospital

TOKEN, OTHER = "0123456789ABCDEF", "ZYXWVTSRQPNMKJHG"
HELD = PrintState.ACKNOWLEDGED


def own(
    h: Hospital, number: str, *, person: str | None = "", at: int | None = None, **more: object
) -> Ticket:
    """A kiosk tells of a paper it printed by itself."""
    ordinal = offline(number)
    admission: Admission = replaced(h.admission(person=person, number=number, at=at), **more)
    ticket = h.ok(admission, device=f"kiosk_{ordinal}", role=Role.KIOSK)
    assert isinstance(ticket, Ticket)
    return ticket


def alerts(h: Hospital) -> list[tuple[str, str]]:
    return [(a.subject, a.detail) for a in h.day.alerts.values() if a.kind is AlertKind.OFFLINE_TICKETS]


def test_its_number_may_have_four_digits_and_the_kiosk_learns_how_far_its_series_is() -> None:
    h = Hospital()
    assert own(h, "K07-1000").number == "K07-1000"
    own(h, "K07-004")
    assert h.day.series == {7: 1000}


def test_the_code_on_it_leads_to_the_visit() -> None:
    h = Hospital()
    told = own(h, "K07-001", token=TOKEN)
    assert h.day.tokens[TOKEN] == told.visit
    plain = h.register()
    h.ok(c.Confirm(print=plain.print, state=HELD, number="K01-001", token=OTHER))
    assert h.day.tokens[OTHER] == plain.visit
    assert h.day.tokens[plain.token] == plain.visit
    again = h.ok(c.Reprint(token=OTHER))
    assert isinstance(again, Ticket)
    assert again.number == "K01-001"
    stolen = own(h, "K07-002", token=OTHER)
    assert h.day.tokens[OTHER] == plain.visit
    assert stolen.token != OTHER


def test_the_number_on_the_newest_paper_is_the_visits() -> None:
    h = Hospital(at=8 * HOUR)
    came = h.now - HOUR
    later = own(h, "K07-001", person="p", at=came + 10 * MINUTE)
    earlier = own(h, "K01-001", person="p", at=came, token=TOKEN)
    assert earlier.visit == later.visit
    assert h.part(later.visit).number == "K07-001"
    assert set(h.part(later.visit).notes) == {Note.OFFLINE, Note.TWO_PAPERS}
    assert (h.day.numbers["K01-001"], h.day.tokens[TOKEN]) == (later.visit, later.visit)
    h.ok(c.Confirm(print=earlier.print, state=HELD, number="K01-001"))
    assert h.part(later.visit).number == "K07-001"
    assert h.day.prints[earlier.print].part.number == "K01-001"
    newest = own(h, "K01-002", person="p", at=came + 30 * MINUTE)
    assert h.part(newest.visit).number == "K01-002"
    assert h.day.open_visits == 1


def test_a_paper_of_before_does_not_take_the_number_from_one_that_was_printed_since() -> None:
    h = Hospital()
    first = h.register(person="p")
    h.pass_time(MINUTE)
    again = h.ok(c.Reprint(visit=first.visit), device="kiosk_7")
    assert isinstance(again, Ticket)
    h.ok(c.Confirm(print=again.print, state=HELD, number=again.number))
    h.ok(c.Confirm(print=first.print, state=HELD, number="K01-001"))
    assert h.part(first.visit).number == first.number
    assert Note.TWO_PAPERS in h.part(first.visit).notes
    assert h.day.numbers["K01-001"] == first.visit


def test_a_paper_that_never_came_out_is_no_newer_one() -> None:
    h = Hospital()
    first = h.register(person="p")
    again = h.ok(c.Reprint(visit=first.visit), device="kiosk_7")
    assert isinstance(again, Ticket)
    h.ok(c.Confirm(print=again.print, state=PrintState.STALLED, number=again.number))
    h.ok(c.Confirm(print=first.print, state=HELD, number="K01-001"))
    assert h.part(first.visit).number == "K01-001"


@pytest.mark.parametrize("void", [False, True])
def test_where_the_newest_paper_is_in_nobodys_hand_the_one_before_counts(void: bool) -> None:
    h = Hospital()
    left = h.register(person="p", at=h.now)
    held = own(h, "K07-001", person="p", at=h.now - MINUTE)
    assert h.part(left.visit).number == left.number
    h.ok(c.Confirm(print=held.print, state=HELD, number="K07-001"))
    if void:
        h.ok(c.VoidPrint(print=left.print, reason="void"))
    else:
        h.ok(c.Confirm(print=left.print, state=PrintState.STALLED, number=left.number, reason="left"))
    assert h.part(left.visit).number == "K07-001"


def test_what_stands_on_a_paper_that_comes_out_after_it_was_voided_leads_to_the_visit_all_the_same() -> None:
    h = Hospital()
    late = h.register(person="p")
    h.pass_time(MINUTE)
    h.ok(c.VoidPrint(print=late.print, reason="void"))
    h.ok(c.Reprint(visit=late.visit))
    h.ok(c.Confirm(print=late.print, state=HELD, number="K01-001", token=TOKEN))
    assert (h.day.numbers["K01-001"], h.day.tokens[TOKEN]) == (late.visit, late.visit)
    assert (h.part(late.visit).number, h.day.prints[late.print].part.state) == (
        late.number,
        PrintState.VOIDED,
    )
    assert Note.TWO_PAPERS in h.part(late.visit).notes
    # One that somebody destroyed is in nobody's hand.
    other = h.register(person="q")
    destroyed = c.Confirm(
        print=other.print, state=PrintState.VOIDED, number="K01-002", reason="destroyed", token=OTHER
    )
    h.ok(destroyed)
    assert ("K01-002" in h.day.numbers, OTHER in h.day.tokens) == (False, False)


def test_the_code_of_a_kiosk_s_own_paper_leads_to_its_visit_after_midnight_too() -> None:
    h = Hospital(at=23 * HOUR)
    h.advance()
    ticket = h.register("fee", "night")
    h.ok(c.Confirm(print=ticket.print, state=HELD, number="K01-001", token=TOKEN))
    h.advance(HOUR)
    (visit,) = h.day.visits.values()
    assert (visit.part.number, visit.codes) == ("K01-001", (TOKEN,))
    again = h.ok(c.Reprint(token=TOKEN))
    assert isinstance(again, Ticket)
    assert again.visit == visit.id


def test_two_people_with_one_number_are_both_there_and_staff_hear_of_it() -> None:
    h = Hospital()
    first = own(h, "K07-001")
    second = own(h, "K07-001")
    assert (h.part(first.visit).number, second.number) == ("K07-001", "A001")
    assert Note.NUMBER_TAKEN in h.part(second.visit).notes
    assert alerts(h) == [("kiosk_7", ""), ("kiosk_7", "k07-001")]
    plain = h.register()
    h.ok(c.Confirm(print=plain.print, state=HELD, number="K07-001"))
    assert Note.NUMBER_TAKEN in h.part(plain.visit).notes
    assert h.part(plain.visit).number == plain.number
    here = h.register(person="p")
    third = own(h, "K07-001", person="p")
    assert (third.visit, third.number) == (here.visit, here.number)
    assert Note.NUMBER_TAKEN in h.part(here.visit).notes


def test_a_number_replaced_by_a_confirm_marks_the_visit_and_tells_staff_once() -> None:
    h = Hospital()
    ticket = h.register()
    assert (h.day.offline, h.part(ticket.visit).notes) == (set(), ())
    for state in (PrintState.SENT, HELD):
        h.ok(c.Confirm(print=ticket.print, state=state, number="K01-001", token=TOKEN))
    assert h.day.offline == {ticket.visit}
    assert alerts(h) == [("kiosk_1", "")]
    h.ok(c.Cancel(visit=ticket.visit, reason="cancel"))
    assert h.day.offline == set()


@pytest.mark.parametrize(
    ("stopped", "service", "note"),
    [
        ("", "internal", Note.INTAKE_STOPPED),
        ("internal", "internal", Note.INTAKE_STOPPED),
        (None, "blood", Note.NOT_OFFERED),
        (None, "moon", Note.NOT_OFFERED),
        (None, "internal", None),
    ],
)
def test_what_would_have_been_refused_is_taken_in_and_noted(
    stopped: str | None, service: str, note: Note | None
) -> None:
    h = Hospital()
    if stopped is not None:
        h.ok(c.StopIntake(reason="intake", service=stopped or None))
    ticket = own(h, "K07-001", service=service)
    assert h.part(ticket.visit).notes == (Note.OFFLINE, *([note] if note else []))
    assert h.day.steps[h.visit(ticket.visit).steps[0]].service == "reception"


def test_a_full_session_is_noted() -> None:
    h = Hospital(at=8 * HOUR)
    plans = [replaced(plan, capacity=1) for plan in h.plan.sessions if plan.opens]
    h = Hospital(replaced(h.plan, sessions=tuple(plans)), at=8 * HOUR)
    for _ in range(2):
        step = h.visit(h.register("fee", service="internal").visit).steps[0]
        h.finish(h.called("till"))
        assert step
    ticket = own(h, "K07-001", service="internal")
    assert Note.SESSION_FULL in h.part(ticket.visit).notes


def test_a_paper_of_an_appointment_that_was_kept_joins_its_visit() -> None:
    h = Hospital(at=8 * HOUR)
    h.ok(Booking(appointment="HEN-1", service="internal", at=h.now + HOUR, person="p"))
    here = h.register(person="p", service="internal")
    told = own(h, "K07-001", person=None, appointment="HEN-1", service=None)
    assert told.visit == here.visit
    assert h.part(here.visit).number == "K07-001"


def test_yesterdays_paper_is_a_record_even_of_somebody_who_is_here_today() -> None:
    h = Hospital(at=8 * HOUR)
    here = h.register(person="p")
    old = own(h, "K07-001", person="p", at=h.now - 20 * HOUR, token=TOKEN)
    assert h.part(old.visit).end is VisitEnd.DAY_ENDED
    assert (old.visit != here.visit, h.visit(old.visit).person) == (True, None)
    assert h.day.people == {"p": here.visit}
    h.ok(c.Confirm(print=old.print, state=HELD, number="K07-001", token=TOKEN))
    assert own(h, "K07-001").number == "K07-001"
    assert h.day.offline == {h.day.numbers["K07-001"]}


def test_a_wish_of_yesterday_without_a_paper_is_a_record_too() -> None:
    h = Hospital(at=8 * HOUR)
    old = h.register(at=h.now - 20 * HOUR)
    assert h.part(old.visit).end is VisitEnd.DAY_ENDED
    assert h.day.letters == {}
    h.ok(c.Confirm(print=old.print, state=HELD, number="K01-004"))
    assert "K01-004" not in h.day.numbers


def test_papers_of_two_earlier_days_with_one_number_are_two_records() -> None:
    """A weekend without the server: each day its kiosk's series began anew."""
    h = Hospital(at=8 * HOUR)
    days = [
        own(h, "K07-001", at=h.now - back * 24 * HOUR, token=token)
        for back, token in ((2, TOKEN), (1, OTHER))
    ]
    assert [h.part(old.visit).end for old in days] == [VisitEnd.DAY_ENDED] * 2
    # Neither takes a number of today, nor are two people told to hold one.
    assert h.day.letters == {}
    assert alerts(h) == [("kiosk_7", "")]
    assert [h.part(old.visit).notes for old in days] == [(Note.OFFLINE,)] * 2
    assert [h.day.tokens[token] for token in (TOKEN, OTHER)] == [old.visit for old in days]
    for old, token in zip(days, (TOKEN, OTHER), strict=True):
        h.ok(c.Confirm(print=old.print, state=HELD, number="K07-001", token=token))
    assert own(h, "K07-001").number == "K07-001"


def test_a_clock_years_away_makes_nobody_a_record() -> None:
    h = Hospital(at=8 * HOUR)
    ticket = own(h, "K07-001", at=h.now - 5 * 365 * 24 * HOUR)
    assert h.part(ticket.visit).end is None
    assert h.visit(ticket.visit).arrived_at == h.now
