"""An emergency from button to desk and back: the real kiosk, the real server, a desk on its socket."""

import asyncio
from pathlib import Path
from typing import Any

from tests.support.processes import Server, morning_site, program
from tests.support.served import Talk
from tests.support.terminal import Terminal

F9 = b"\x1b[20~"


def emergencies(rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in rows.values() if row["type"] == "alert" and row["kind"] == "emergency"]


def test_who_is_on_duty_is_told_and_the_kiosk_says_who_has_seen_it(tmp_path: Path) -> None:
    async def run(server: Server, terminal: Terminal) -> None:
        async with Talk(server.port) as desk:
            await desk.hello("reception", "reception")
            rows = {row["key"]: row for row in (await desk.follow("facility"))["rows"]}
            assert emergencies(rows) == []
            await asyncio.to_thread(terminal.send, F9)
            await asyncio.to_thread(terminal.wait_for, "Gọi to", "phòng Cấp cứu, tầng 1", "chưa ai nhận")
            while not emergencies(rows):
                patch = await desk.take("patch", topic="facility")
                rows |= {row["key"]: row for row in patch.get("put", ())}
            (alert,) = emergencies(rows)
            assert (alert["subject"], alert["to"], alert["hall"]) == ("kiosk-1", ["reception"], "hall-1")
            reply = await desk.do({"type": "acknowledge_alert", "alert": alert["alert"]})
            assert reply["type"] == "accepted"
            await asyncio.to_thread(terminal.wait_for, "Đã thấy tin này: quầy tiếp đón")

    with Server(morning_site(tmp_path), tmp_path / "data") as server:
        command = program(
            "queue-kiosk",
            *("--server", server.address, "--token", "demo-kiosk-1", "--kiosk", "kiosk-1"),
            *("--printer", "127.0.0.1:1", "--data", str(tmp_path / "kiosk")),
        )
        with Terminal(command, columns=67, rows=16) as terminal:
            terminal.wait_for("Mời quý vị lấy số khám bệnh", "Đã kết nối")
            terminal.wait_still()
            asyncio.run(run(server, terminal))
