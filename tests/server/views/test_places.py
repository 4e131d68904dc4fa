"""What staff and patients are told of a place: as what, behind whom, and by which rule."""

from queue_server import views
from queue_server.engine.facility import FirstCome, Reason
from queue_server.protocol import commands as c
from queue_server.protocol.codes import CalledAs, PresenceKind, ReasonKind
from queue_server.protocol.rows import ClinicCard, ClinicStep, FacilityClinic, FacilityReason, VisitStop
from queue_server.protocol.values import replaced
from tests.support.hospital import MINUTE, words
from tests.support.lines import BARE, arrive, call, house

REASONS = {"call": Reason("call", ReasonKind.CALL, words("courtesy"), quota=2)}


def test_a_place_is_explained_to_staff_and_counted_for_the_patient() -> None:
    h = house(replaced(BARE, rule=FirstCome()), reasons=REASONS)
    steps = arrive(h, "o" * 14 + "pu")
    called = call(h, 1)
    h.day.now = h.now
    rows = views.rows(h.day, "clinic:vitals_1")
    assert rows is not None
    card, place = rows["vitals_1"], rows[steps[14]]
    assert isinstance(card, ClinicCard)
    assert isinstance(place, ClinicStep)
    assert card.rule == "first_come"
    assert called == [steps[15]]
    assert (place.called_as, place.before, place.facts) == (
        CalledAs.PRIORITY,
        {"ordinary": 3},
        ("share_law",),
    )
    last = h.day.steps[steps[13]].visit
    told = views.rows(h.day, f"visit:{h.visit(last).token}")
    assert told is not None
    stop = told[steps[13]]
    assert isinstance(stop, VisitStop)
    assert (stop.ahead, stop.before) == (15, {"ordinary": 15})


def test_why_is_told_to_the_patient_too() -> None:
    h = house(BARE)
    steps = arrive(h, "ooo")
    h.ok(c.Prepare(clinic="vitals_1"))
    rows = views.rows(h.day, f"visit:{h.visit(h.day.steps[steps[0]].visit).token}")
    assert rows is not None
    ready = rows[steps[0]]
    assert isinstance(ready, VisitStop)
    assert (ready.ahead, ready.facts) == (0, ("prepared",))
    visit = h.visit(h.day.steps[steps[1]].visit)
    h.ok(c.SetPresence(visit=visit.id, presence=PresenceKind.AWAY, until=h.now + MINUTE))
    told = views.rows(h.day, f"visit:{visit.token}")
    assert told is not None
    stop = told[steps[1]]
    assert isinstance(stop, VisitStop)
    assert (stop.ahead, stop.facts) == (1, ("away",))


def test_courtesy_is_counted_for_staff_and_supervisor() -> None:
    h = house(BARE, reasons=REASONS)
    steps = arrive(h, "ooo")
    h.ok(c.CallStep(clinic="vitals_1", step=steps[2], reason="call"))
    clinic, facility = views.rows(h.day, "clinic:vitals_1"), views.rows(h.day, "facility")
    assert clinic is not None
    assert facility is not None
    card, line, reason = clinic["vitals_1"], facility["clinic:vitals_1"], facility["reason:call"]
    assert isinstance(card, ClinicCard)
    assert isinstance(line, FacilityClinic)
    assert isinstance(reason, FacilityReason)
    assert card.courtesy == line.courtesy == {"call": 1}
    assert reason.quota == 2
