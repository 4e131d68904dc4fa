"""Words: after a day at a real server nothing personal is anywhere but in the patient table, where it is
sealed, and on the screens of staff; nothing reaches a hall but numbers and places."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from queue_server.protocol.codes import Role
from tests.support.busy_day import HALLS, Day
from tests.support.processes import Server, morning_site
from tests.support.served import Message, Talk, new_id
from tests.support.talks import accepted

NAME, CARD, PHONE, BIRTH = "Đặng Thị Hồng Ngọc", "031185004477", "0912345678", "1985-03-02"
GIVEN = "Ngọc"
GUARDIAN = "Vi Thị Giám Hộ"
INSURANCE = {"card": "TE1790000000000", "valid_until": "2031-01-31", "facility": "79K34", "transfer": False}
OF_THE_CARD = ("TE1790000000000", "2031-01-31", "79K34")
PATIENCE = 60.0
WEEK = 7 * 24 * 3_600_000


def test_nothing_personal_leaves_the_room_it_is_kept_in(tmp_path: Path) -> None:
    server = Server(morning_site(tmp_path), tmp_path / "data", arguments=("--log-level", "debug"))
    with server:
        public, staff, answers = asyncio.run(_day(server))
        pages = [server.page(path) for path in ("/", "/healthz", "/metrics")]
        assert server.stop() == 0
    # The search finds what is there: staff read names, and the day is in the journal.
    assert NAME in staff
    assert GUARDIAN in staff
    assert all(secret in staff for secret in OF_THE_CARD)
    with closing(sqlite3.connect(server.database)) as database:
        (events,) = database.execute("SELECT count(*) FROM journal").fetchone()
        (patients,) = database.execute("SELECT count(*) FROM patient").fetchone()
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {
            table: "\n".join(map(_readable, database.execute(f'SELECT * FROM "{table}"'))) for table in tables
        }
    assert events > 100
    assert patients > 10
    places = {
        "the answers": answers,
        "a hall": public,
        "the log": server.log,
        "the pages": "\n".join(pages),
        **{f"the table {table}": text for table, text in rows.items()},
        **{
            str(path.relative_to(tmp_path)): path.read_bytes().decode("utf-8", "replace")
            for path in (tmp_path / "data").rglob("*")
            if path.is_file()
        },
    }
    for place, text in places.items():
        for secret in (NAME, GIVEN, "Trần Thị Số", CARD, PHONE, BIRTH, GUARDIAN, *OF_THE_CARD):
            assert secret not in text, f"{secret} is in {place}"
            assert _escaped(secret) not in text, f"{secret} is in {place}"


async def _day(server: Server) -> tuple[str, str, str]:
    """A day with one patient we look for; everything a hall, a staff screen and a kiosk were told."""
    async with (
        asyncio.timeout(PATIENCE),
        Day(server.address, random.Random(7)) as day,
        Talk(server.port) as hall,
        Talk(server.port) as desk,
        Talk(server.port) as kiosk,
    ):
        await hall.hello("board-1")
        await desk.hello("supervisor")
        await kiosk.hello("kiosk-1")
        for name in HALLS:
            await hall.follow(f"hall:{name}")
        for topic in ("clinic:reception-1", "names:reception-1", "facility", "devices"):
            await desk.follow(topic)
        ticket = await accepted(kiosk, _register())
        # The same person again, somebody who cannot be understood, and a card that is no number.
        await kiosk.do(_register())
        await kiosk.do({**_register(), "identity": {"kind": "card", "number": CARD, "name": NAME, "x": 1}})
        # A child that no card tells of, and somebody whom a desk identifies later.
        await accepted(kiosk, {**_register(), "identity": _child()})
        unknown = await accepted(desk, {**_register(), "identity": {"kind": "unidentified"}})
        told = {"kind": "told", "name": f"{NAME} Hai", "birth": BIRTH, "phone": PHONE, "insurance": INSURANCE}
        await accepted(desk, {"type": "identify", "visit": unknown["visit"], "identity": told})
        await kiosk.do({**_register(), "identity": {"kind": "unidentified"}})
        identity = _register()["identity"]
        await desk.do({"type": "identify", "visit": unknown["visit"], "identity": identity})
        await kiosk.say({"type": "command", "id": new_id(), "command": {"type": "register", "name": NAME}})
        await kiosk.take("rejected", "error")
        await accepted(desk, {"type": "call_next", "clinic": "reception-1"})
        lane = {"type": "change_lane", "visit": ticket["visit"], "lane": "priority", "reason": "lane-papers"}
        await accepted(desk, lane)
        assert (await desk.ask({"type": "find", "text": "hong ngoc"}))["answer"]["visits"]
        for reference, at in (("HEN-1", ticket["printed_at"]), ("HEN-2", ticket["printed_at"] + WEEK)):
            await accepted(desk, _booking(reference, at))
        assert (await desk.ask({"type": "appointments"}))["answer"]["lines"][0]["name"] == NAME
        await kiosk.ask({"type": "appointment", "code": "TK-1"})
        await desk.ask({"type": "visit_journal", "visit": ticket["visit"]})
        lines = [day.join("kiosk-2", Role.KIOSK) for _ in range(3)]
        room = day.join("clinic", Role.CLINIC, "clinic:reception-2", "names:reception-2")
        await day.arrivals(lines, 60)
        await day.work(room, "reception-2", turns=20)
        # What was committed before this answer has been told before it.
        await accepted(desk, {"type": "announce", "notice": "system_back"})
        await hall.follow("hall:hall-1")
        return "\n".join(hall.frames), "\n".join(desk.frames), "\n".join(kiosk.frames)


def _register() -> Message:
    identity = {"kind": "card", "number": CARD, "name": NAME, "birth": BIRTH, "phone": PHONE}
    return {"type": "register", "payer": "insured", "kind": "exam", "identity": identity}


def _child() -> Message:
    guardian = {"name": GUARDIAN, "phone": PHONE}
    told = {"kind": "told", "name": f"Trần Thị Số {GIVEN}", "birth": BIRTH, "brought": "child"}
    return {**told, "guardian": guardian, "insurance": INSURANCE}


def _booking(reference: str, at: int) -> Message:
    identity = {"kind": "typed", "number": CARD, "name": NAME, "birth": BIRTH, "phone": PHONE}
    booking = {"appointment": reference, "service": "general", "at": at, "code": f"TK-{reference[-1]}"}
    return {"type": "book_appointment", **booking, "identity": identity}


def _readable(row: tuple[object, ...]) -> str:
    return " ".join(
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row
    )


def _escaped(text: str) -> str:
    """As JSON without letters beyond ASCII would have it."""
    return text.encode("unicode_escape").decode()
