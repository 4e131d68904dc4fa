"""How a kiosk takes patients in travels in its row, and changes with the site file at once."""

from queue_server.engine.decision import Decision
from queue_server.engine.facility import KioskPlan
from queue_server.engine.sites import change_site
from queue_server.protocol.codes import KioskMode
from queue_server.protocol.rows import KioskState
from queue_server.views import rows, touched
from tests.support.hospital import Hospital, facility


def kiosks(mode: KioskMode, card_route: str = "") -> dict[str, KioskPlan]:
    return {"kiosk_7": KioskPlan("kiosk_7", 7, "hall_a", mode=mode, card_route=card_route)}


def state(h: Hospital) -> KioskState:
    row = (rows(h.day, "kiosk:kiosk_7") or {})["kiosk_7"]
    assert isinstance(row, KioskState)
    return row


def test_a_changed_site_changes_the_mode_at_once() -> None:
    h = Hospital(facility(kiosks=kiosks(KioskMode.FULL)))
    assert (state(h).mode, state(h).card_route) == (KioskMode.FULL, "")
    change = change_site(h.day, facility(kiosks=kiosks(KioskMode.FAST, "fee")))
    assert isinstance(change, Decision)
    mark = len(h.journal)
    h.follow(change.events)
    assert (state(h).mode, state(h).card_route) == (KioskMode.FAST, "fee")
    assert "*" in touched(h.day, h.journal[mark:])
