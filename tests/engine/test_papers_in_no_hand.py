"""What becomes of a paper, whatever its printer says: on the journal, on the desks' screens, in alerts."""

import pytest

from queue_server.engine.events import PrintChanged
from queue_server.engine.evolve import fold
from queue_server.engine.model import Day
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AlertKind, PrintReason, PrintState, Refusal, Role
from queue_server.protocol.printers import SELF_TEST
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import Print
from queue_server.views import rows
from queue_server.views.touched import touched
from tests.support.hospital import MINUTE, Hospital
from tests.support.laws import check_laws

SAID = [
    (PrintState.SENT, None),
    (PrintState.SENT, PrintReason.UNASKED),
    (PrintState.ACKNOWLEDGED, None),
    (PrintState.ACKNOWLEDGED, PrintReason.SPARE),
    *((PrintState.STALLED, reason) for reason in PrintReason if reason is not PrintReason.SPARE),
    *((PrintState.UNKNOWN, reason) for reason in (None, *PrintReason)),
    (PrintState.VOIDED, PrintReason.DESTROYED),
]


def say(h: Hospital, ticket: Ticket, state: PrintState, reason: str | None = None) -> object:
    return h.ok(c.Confirm(print=ticket.print, state=state, number=ticket.number, reason=reason))


def loose(day: Day, topic: str = "facility") -> list[tuple[str, PrintState]]:
    return [(row.number, row.state) for row in (rows(day, topic) or {}).values() if isinstance(row, Print)]


def calls(h: Hospital) -> list[tuple[str, str]]:
    return [(a.subject, a.detail) for a in h.day.alerts.values() if a.kind is AlertKind.PRINTER]


@pytest.mark.parametrize(("state", "reason"), SAID)
def test_whatever_a_printer_says_is_on_the_visit_s_journal(
    state: PrintState, reason: PrintReason | None
) -> None:
    h = Hospital()
    ticket = h.register()
    mark = len(h.journal)
    say(h, ticket, state, reason)
    (change,) = [event for event in h.journal[mark:] if isinstance(event, PrintChanged)]
    assert (change.print, change.was.state) == (ticket.print, PrintState.ISSUED)
    assert (change.now.state, change.now.reason) == (state, reason or "")
    assert {"facility", "devices", f"journey:{ticket.visit}"} <= touched(h.day, h.journal[mark:])
    assert fold(h.journal) == h.day
    check_laws(h.day)
    # Said once more it changes nothing.
    mark = len(h.journal)
    say(h, ticket, state, reason)
    assert len(h.journal) == mark


def test_of_a_printer_that_cannot_be_asked_nobody_waits_for_more() -> None:
    h = Hospital()
    ticket = h.register()
    say(h, ticket, PrintState.SENT, PrintReason.UNASKED)
    h.advance(5 * MINUTE)
    part = h.day.prints[ticket.print].part
    assert (part.state, part.reason) == (PrintState.SENT, "unasked")
    assert (calls(h), loose(h.day), loose(h.day, "devices")) == ([], [], [])


def test_what_others_print_is_in_nobody_s_list() -> None:
    """Nobody ever says that it came out: of all whom a hospital's system registers there would be one."""
    h = Hospital()
    ticket = h.ok(h.admission(), device="his", role=Role.INTEGRATION)
    assert isinstance(ticket, Ticket)
    assert (loose(h.day), loose(h.day, "devices"), list(h.day.loose)) == ([], [], [])
    # But whoever does say that it went wrong is heard.
    say(h, ticket, PrintState.UNKNOWN)
    assert loose(h.day) == loose(h.day, "devices") == [(ticket.number, PrintState.UNKNOWN)]


def test_a_paper_that_is_on_its_way_is_waited_for() -> None:
    h = Hospital()
    ticket = h.register()
    say(h, ticket, PrintState.SENT)
    assert loose(h.day) == []
    assert loose(h.day, "devices") == [(ticket.number, PrintState.SENT)]
    h.advance(5 * MINUTE)
    assert loose(h.day) == [(ticket.number, PrintState.UNKNOWN)]
    assert calls(h) == [("kiosk_1", "")]


def test_desks_see_the_papers_a_person_has_to_see_to_and_no_others() -> None:
    h = Hospital()
    stalled, unknown, held = h.register(), h.register(), h.register()
    say(h, stalled, PrintState.STALLED, PrintReason.PAPER)
    say(h, unknown, PrintState.UNKNOWN, PrintReason.PAPER)
    say(h, held, PrintState.ACKNOWLEDGED)
    assert loose(h.day) == [
        (stalled.number, PrintState.STALLED),
        (unknown.number, PrintState.UNKNOWN),
    ]
    # Whoever has a newer paper needs the one that never came no more; the other may come out yet.
    for ticket in (stalled, unknown):
        again = h.ok(c.Reprint(visit=ticket.visit))
        assert isinstance(again, Ticket)
        say(h, again, PrintState.ACKNOWLEDGED)
    assert loose(h.day) == [(unknown.number, PrintState.UNKNOWN)]
    h.ok(c.VoidPrint(print=unknown.print, reason="void"))
    assert loose(h.day) == []


def test_staff_may_say_that_a_paper_was_given_after_all() -> None:
    h = Hospital()
    ticket = h.register()
    say(h, ticket, PrintState.UNKNOWN, PrintReason.SILENT)
    h.ok(c.Confirm(print=ticket.print, state=PrintState.ACKNOWLEDGED, number=ticket.number))
    assert loose(h.day) == []


def test_a_voided_paper_that_comes_out_late_stays_voided() -> None:
    h = Hospital()
    ticket = h.register()
    say(h, ticket, PrintState.UNKNOWN, PrintReason.PAPER)
    h.ok(c.VoidPrint(print=ticket.print, reason="void"))
    say(h, ticket, PrintState.ACKNOWLEDGED)
    assert h.day.prints[ticket.print].part.state is PrintState.VOIDED
    assert h.part(ticket.visit).number == ticket.number


@pytest.mark.parametrize("state", [PrintState.SENT, PrintState.STALLED, PrintState.UNKNOWN])
def test_a_paper_in_somebody_s_hand_stays_there_whatever_becomes_of_another_of_it(state: PrintState) -> None:
    h = Hospital()
    ticket = h.register()
    say(h, ticket, PrintState.ACKNOWLEDGED)
    say(h, ticket, state, PrintReason.PAPER)
    assert h.day.prints[ticket.print].part.state is PrintState.ACKNOWLEDGED
    assert loose(h.day) == []
    # Whoever is to bring paper hears of it all the same.
    assert bool(calls(h)) == (state is not PrintState.SENT)
    h.ok(c.VoidPrint(print=ticket.print, reason="void"))
    assert h.day.prints[ticket.print].part.state is PrintState.VOIDED


def test_only_what_is_the_site_s_reason_or_a_destroyed_paper_voids() -> None:
    h = Hospital()
    ticket = h.register()
    voided = c.Confirm(print=ticket.print, state=PrintState.VOIDED, number=ticket.number, reason="moon")
    h.refused(voided, Refusal.UNKNOWN_REASON)
    say(h, ticket, PrintState.VOIDED, "void")
    assert h.day.prints[ticket.print].part.reason == "void"


def still_asked(h: Hospital) -> list[tuple[str, str]]:
    return [(a.subject, a.detail) for a in h.day.alerts.values() if a.part.is_open]


def needs(h: Hospital, *details: str, device: str = "kiosk_1") -> None:
    for detail in details:
        h.ok(c.RaiseAlert(kind=AlertKind.PRINTER, subject=device, detail=detail), device=device)


def works(h: Hospital, *, spare: bool = False, paper_low: bool = False) -> None:
    h.ok(c.PrinterWorks(spare=spare, paper_low=paper_low), device="kiosk_1", role=Role.KIOSK)


def test_nobody_is_asked_to_come_to_a_printer_that_prints_again() -> None:
    h = Hospital()
    needs(h, "paper-80", "paper_low-80", "cover", "offline", "error", "unreachable", "busy", SELF_TEST)
    works(h, paper_low=True)
    assert still_asked(h) == [("kiosk_1", "paper_low-80")]
    works(h)
    assert still_asked(h) == []
    seq = h.day.seq
    works(h)
    assert h.day.seq == seq


def test_what_somebody_has_to_look_at_stays_and_so_do_other_printers() -> None:
    h = Hospital()
    needs(h, "lost", "silent", "garbled", "paper-80-spare")
    needs(h, "paper-80", device="kiosk_2")
    works(h)
    stays = [("kiosk_1", "lost"), ("kiosk_1", "silent"), ("kiosk_1", "garbled")]
    assert still_asked(h) == [*stays, ("kiosk_1", "paper-80-spare"), ("kiosk_2", "paper-80")]
    works(h, spare=True)
    assert still_asked(h) == [*stays, ("kiosk_2", "paper-80")]
    # The next trouble is told anew.
    needs(h, "paper-80-spare")
    assert ("kiosk_1", "paper-80-spare") in still_asked(h)


def test_one_alert_says_what_a_printer_needs() -> None:
    h = Hospital()
    one, two, three = h.register(), h.register(), h.register()
    # The kiosk knows best, and said it first.
    h.ok(c.RaiseAlert(kind=AlertKind.PRINTER, subject="kiosk_1", detail="paper-80"))
    say(h, one, PrintState.STALLED, PrintReason.PAPER)
    assert calls(h) == [("kiosk_1", "paper-80")]
    for alert in list(h.day.alerts.values()):
        h.ok(c.AcknowledgeAlert(alert=alert.id))
    say(h, two, PrintState.STALLED, PrintReason.COVER)
    assert calls(h)[1:] == [("kiosk_1", "cover")]
    # Nobody stood there any more: nothing is wrong with the printer.
    for alert in list(h.day.alerts.values()):
        h.ok(c.AcknowledgeAlert(alert=alert.id))
    say(h, three, PrintState.STALLED, PrintReason.LEFT)
    assert len(calls(h)) == 2
