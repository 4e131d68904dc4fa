"""What the console says of visits that came from kiosks without the server."""

from msgspec.structs import replace

from display import texts
from display.console import view
from queue_server.protocol.codes import AlertKind, Language, Note
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import Alert, FacilityCard
from tests.support.screens import FACILITY, NOW, ONLINE, STEPS, card, desk


def whole(offline: int) -> FacilityCard:
    return FacilityCard(
        key="facility", name=Label(vi="Bệnh viện", en="Hospital"), day="2026-11-23", offline=offline
    )


def test_a_line_says_what_staff_should_know_of_how_somebody_came() -> None:
    waiting = replace(STEPS[1], notes=tuple(Note))
    shown = view.people(desk(card(), waiting), 400, 20).plain
    for note in Note:
        assert texts.NOTES[note].vi in shown


def test_the_head_counts_those_who_came_that_way() -> None:
    for count, language, said in (
        (3, Language.VI, "3 phiếu in lúc mất mạng"),
        (3, Language.EN, "3 printed without the server"),
        (0, Language.VI, ""),
    ):
        here = desk(facility=[whole(count), *FACILITY[1:]], language=language)
        shown = view.header(here, ONLINE, 0, 200).plain
        assert said in shown
        assert bool(said) is ("mất mạng" in shown or "without the server" in shown)


def test_an_alert_names_the_number_that_two_people_hold() -> None:
    alert = Alert(key="alert:1", alert="1", kind=AlertKind.OFFLINE_TICKETS, subject="kiosk-1", at=NOW)
    plain = view.alerts(desk(facility=[*FACILITY, alert])).plain
    assert "K01" not in plain
    doubled = replace(alert, detail="k01-007")
    assert "K01-007" in view.alerts(desk(facility=[*FACILITY, doubled])).plain
