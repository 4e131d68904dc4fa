"""Where we lead: the kiosk holds a ticket back until the HIS took its room over, and prints it once."""

import re
from pathlib import Path

import pytest

from tests.acceptance.test_his import house, until
from tests.acceptance.test_journeys import CARD
from tests.support.fake_his import Reply
from tests.support.processes import VirtualPrinter, program
from tests.support.talks import rows
from tests.support.terminal import Terminal

ROUTE, EXAM = "Khám bệnh bảo hiểm y tế", "Nội tổng hợp"
TAKES_OVER = Reply(wait=0.8, body={"accepted": True, "number": "27"})
IS_SILENT = Reply(cut=True)


@pytest.mark.parametrize(("reply", "place"), [(TAKES_OVER, "Phòng 1"), (IS_SILENT, "Tiếp nhận")])
def test_one_paper_with_the_room_or_with_the_desk(tmp_path: Path, reply: Reply, place: str) -> None:
    with VirtualPrinter(tmp_path / "tickets") as printer, house(tmp_path, "we_lead") as here:
        here.his.answer = lambda told: reply
        kiosk_command = program(
            "queue-kiosk",
            *("--server", here.server.address, "--kiosk", "kiosk-1", "--token", "demo-kiosk-1"),
            *("--printer", printer.address, "--data", str(tmp_path / "kiosk")),
        )
        with Terminal(kiosk_command, columns=100, rows=34) as kiosk:
            kiosk.wait_for("Mời quý vị lấy số khám bệnh", "Đã kết nối")
            kiosk.wait_still()
            kiosk.scan(CARD)
            kiosk.wait_for("Ngọc", "1985", "477")
            kiosk.wait_still()
            kiosk.press("1")
            for choice in (ROUTE, EXAM):
                shown = kiosk.wait_for(choice)
                kiosk.wait_still()
                key = re.search(rf"(\d) {choice}", shown)
                if key is not None:
                    kiosk.press(key[1])
            kiosk.wait_for("Đang xếp phòng…")
            kiosk.wait_for("Số của quý vị", place)
            printer.ticket()
            # The paper is known to be in somebody's hand; nothing is left to print.
            until(
                lambda: list(rows(here.port, "supervisor", "devices").values()),
                lambda found: not any(row["type"] == "print" for row in found),
            )
            assert set(rows(here.port, "kiosk-1", "kiosk:kiosk-1")) == {"kiosk-1"}
            assert len(list((tmp_path / "tickets").glob("*.png"))) == 1
