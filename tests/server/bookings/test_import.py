"""A file of appointments at a real server: booked, moved, refused row by row, kept on the day."""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from queue_server.app import App
from queue_server.bookings.sending import Ended, run
from queue_server.engine.model import Day
from queue_server.protocol.codes import AppointmentState, Role
from tests.support.served import Message, Talk, serving, talking

NAME, NUMBER = "Trần Thị Thu Hiền", "079190000123"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(app: App, minutes: int = 0, days: int = 0) -> str:
    """A time near now as a table has it; today's stay within today."""
    now = datetime.fromtimestamp(app.service.now() / 1000, ZONE)
    if days:
        return f"{(now + timedelta(days=days)):%Y-%m-%d} 08:30"
    moved = now + timedelta(minutes=minutes)
    return f"{(moved if moved.date() == now.date() else now):%Y-%m-%d %H:%M}"


async def sent(
    app: App, file: Path, table: str, *, token: str = "demo-reception", dry_run: bool = False
) -> tuple[Ended, str]:
    await asyncio.to_thread(file.write_text, table, "utf-8")
    told: list[str] = []
    async with asyncio.timeout(60):
        ended = await run(
            file, [f"ws://127.0.0.1:{app.port}/ws"], Role.RECEPTION, token, told.append, dry_run=dry_run
        )
    return ended, "\n".join(told)


async def day_of(app: App) -> Day:
    return await app.service.read(lambda day: day)


def check_in(**more: object) -> Message:
    return {"type": "register", "payer": "insured", "kind": "exam", **more}


def test_a_file_is_booked_moved_and_sent_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "queue_server")

    async def test() -> str:
        async with serving(tmp_path) as app:
            file = tmp_path / "book.csv"
            head = "reference;at;service;code;name;number\n"
            rows = "".join(f"HEN-{n};{at(app, days=2)};general;;{NAME};\n" for n in range(600))
            mine = f"MINE;{at(app, 5)};general;TK260001;{NAME};{NUMBER}\n"
            bad = f"BAD-1;{at(app, 5)};nowhere;;{NAME};{NUMBER}\n"
            ended, said = await sent(app, file, head + rows + mine.replace("MINE", "M-1") + bad, dry_run=True)
            assert (ended, (await day_of(app)).appointments) == (Ended.SOME_REFUSED, {})
            assert "602 rows: 601 could be booked, 1 refused" in said
            told = said
            ended, said = await sent(app, file, head + rows + mine.replace("MINE", "M-1") + bad)
            assert ended is Ended.SOME_REFUSED
            assert "500 of 601 rows sent" in said
            assert "row 603: service: the hospital has no such service" in said
            assert said.endswith("602 rows: 601 booked, 1 refused")
            told += said
            seq = app.service.seq
            assert len((await day_of(app)).appointments) == 601
            ended, said = await sent(app, file, head + rows + mine.replace("MINE", "M-1"))
            assert (ended, said.splitlines()[-1]) == (Ended.WELL, "601 rows: 601 booked, 0 refused")
            assert app.service.seq == seq
            await sent(app, file, head + f"HEN-0;{at(app, days=3)};general;;;\n")
            assert app.service.seq == seq + 1
            return told

    told = asyncio.run(test())
    for text in (told, caplog.text):
        assert NAME not in text
        assert NUMBER not in text


def test_a_token_that_is_none_and_a_file_that_is_none_are_told(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as app:
            file = tmp_path / "book.csv"
            ended, said = await sent(app, file, "reference,at,service\n", token="wrong")
            assert ended is Ended.NOT_BEGUN
            assert "look at --token and --role" in said
            ended, said = await sent(app, file, "who,when\n")
            assert (ended, "column 1" in said) == (Ended.NOT_BEGUN, True)
            file.unlink()
            missing = await run(
                file, [f"ws://127.0.0.1:{app.port}/ws"], Role.RECEPTION, "x", lambda _: None, dry_run=False
            )
            assert missing is Ended.NOT_BEGUN

    asyncio.run(test())


async def booked(app: App, tmp_path: Path, **cells: str) -> None:
    """One appointment for now, of the patient we know."""
    row = {
        "reference": "HEN-1",
        "at": at(app),
        "service": "general",
        "code": "TK260001",
        "name": NAME,
        "number": NUMBER,
        **cells,
    }
    ended, said = await sent(app, tmp_path / "one.csv", f"{','.join(row)}\n{','.join(row.values())}\n")
    assert ended is Ended.WELL, said


async def ask(talk: Talk, **question: object) -> Message:
    return await talk.ask(dict(question))


def test_a_card_finds_its_appointment_at_the_kiosk(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as kiosk:
            await booked(app, tmp_path)
            identity = {"kind": "card", "number": NUMBER, "name": NAME, "birth": "1990-08-15"}
            told = await ask(kiosk, type="holder", identity=identity)
            assert told["answer"]["type"] == "appointment_told"
            assert told["answer"]["service"]["vi"] == "Nội tổng hợp"
            assert told["answer"]["punctuality"] == "on_time"
            typed = await ask(kiosk, type="holder", identity={**identity, "kind": "typed"})
            assert typed["code"] == "unknown_visit"
            ticket = (await kiosk.do(check_in(identity=identity)))["result"]
            assert ticket["appointment"]["punctuality"] == "on_time"
            assert ticket["lane"] == "appointment"
            assert NAME not in "\n".join(kiosk.frames)
            day = await day_of(app)
            assert day.appointments["HEN-1"].state is AppointmentState.CHECKED_IN
            again = await ask(kiosk, type="holder", identity=identity)
            assert again["answer"]["type"] == "ticket_state"

    asyncio.run(test())


def test_a_code_checks_in_and_staff_see_the_name(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "kiosk-1") as kiosk,
            talking(app, "reception") as desk,
        ):
            await booked(app, tmp_path)
            told = (await ask(kiosk, type="appointment", code="tk260001"))["answer"]
            assert {*told} == {"type", "at", "service", "state", "punctuality", "today"}
            assert (await ask(kiosk, type="appointment", code="TK9"))["code"] == "unknown_appointment"
            assert (await ask(kiosk, type="appointments"))["code"] == "forbidden"
            ticket = (await kiosk.do(check_in(appointment="TK260001")))["result"]
            assert (await kiosk.do(check_in(appointment="TK260001")))["code"] == "already_here"
            found = (await ask(desk, type="find", text="hien"))["answer"]["visits"]
            assert [(visit["visit"], visit["name"]) for visit in found] == [(ticket["visit"], NAME)]
            (line,) = (await ask(desk, type="appointments"))["answer"]["lines"]
            assert (line["appointment"], line["state"], line["visit"], line["name"]) == (
                "HEN-1",
                "checked_in",
                ticket["visit"],
                NAME,
            )
            assert NAME not in "\n".join(kiosk.frames)

    asyncio.run(test())


def test_todays_appointments_come_in_pages(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "supervisor") as desk,
            talking(app, "integration") as his,
        ):
            head = "reference,at,service,name\n"
            rows = "".join(f"HEN-{n:03},{at(app, n % 7)},general,{NAME}\n" for n in range(450))
            rows += f"FAR-1,{at(app, days=2)},general,{NAME}\n"
            await sent(app, tmp_path / "many.csv", head + rows)
            seen: list[Message] = []
            after: dict[str, str] = {}
            sizes = []
            while True:
                page = (await ask(desk, type="appointments", **after))["answer"]
                seen += page["lines"]
                sizes.append(len(page["lines"]))
                if "next" not in page:
                    break
                after = {"after": page["next"]}
            assert sizes == [200, 200, 50]
            assert len({line["appointment"] for line in seen}) == 450
            assert [line["at"] for line in seen] == sorted(line["at"] for line in seen)
            nameless = (await ask(his, type="appointments"))["answer"]["lines"]
            assert not any("name" in line for line in nameless)

    asyncio.run(test())
