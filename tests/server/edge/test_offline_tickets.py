"""Tickets that kiosks printed without the server, told over real sockets: of today, of yesterday, and
doubled."""

import asyncio
from pathlib import Path
from typing import Any

from queue_server.engine.hours import day_starts
from queue_server.engine.model import Day
from queue_server.protocol.codes import Note, VisitEnd
from tests.support.served import Message, Talk, register, serving, talking

TOKEN = "7ZJ0XWV4V5M8K2HP"
HOUR = 3_600_000
FIRST, SECOND = "031185004471", "031185004472"


def own(number: str, card: str = FIRST, **more: Any) -> Message:
    """A registration with the number on a kiosk's own paper."""
    told = register(number=number, **more)
    return {**told, "identity": {**told["identity"], "number": card}}


async def ticket(kiosk: Talk, command: Message) -> Message:
    answer = await kiosk.do(command)
    assert answer["type"] == "accepted", answer
    return dict(answer["result"])


def test_a_paper_of_yesterday_is_a_record_and_todays_of_the_same_number_is_a_visit(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as kiosk:
            day: Day = await app.service.read(lambda day: day)
            began = day_starts(day.facility, day.day)
            old = await ticket(kiosk, own("K01-001", at=began - HOUR, token=TOKEN))
            new = await ticket(kiosk, own("K01-001", at=began))
            for paper in (old, new):
                confirm = {
                    "type": "confirm",
                    "print": paper["print"],
                    "state": "acknowledged",
                    "number": "K01-001",
                }
                assert (await kiosk.do(confirm))["type"] == "accepted"
            assert (old["number"], new["number"]) == ("-K01-001", "K01-001")
            assert day.visits[old["visit"]].part.end is VisitEnd.DAY_ENDED
            assert day.visits[new["visit"]].part.end is None
            assert day.numbers["K01-001"] == new["visit"]
            assert day.people[day.visits[new["visit"]].person or ""] == new["visit"]
            snapshot = await kiosk.follow("kiosk:kiosk-1")
            (state,) = (row for row in snapshot["rows"] if row["type"] == "kiosk_state")
            assert state["series"] == 1

    asyncio.run(scene())


def test_staff_see_who_came_that_way_and_who_holds_what(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "kiosk-1") as first,
            talking(app, "kiosk-2") as second,
            talking(app, "supervisor") as staff,
        ):
            one = await ticket(first, own("K01-001"))
            other = await ticket(second, own("K02-001"))
            assert one["visit"] == other["visit"]
            doubled = await ticket(second, own("K01-001", SECOND))
            assert doubled["number"] != "K01-001"
            rows = (await staff.follow("facility"))["rows"]
            (card,) = (row for row in rows if row["type"] == "facility_card")
            assert card["offline"] == 2
            told = {(row["subject"], row.get("detail", "")) for row in rows if row["type"] == "alert"}
            assert told == {("kiosk-1", ""), ("kiosk-2", ""), ("kiosk-1", "k01-001")}
            journey = (await staff.follow(f"journey:{one['visit']}"))["rows"]
            papers = {row["number"] for row in journey if row["type"] == "print"}
            assert papers == {"K01-001", "K02-001"}
            (step,) = (row for row in journey if row["type"] == "clinic_step")
            assert set(step["notes"]) == {Note.OFFLINE, Note.TWO_PAPERS}
            for number in papers:
                answer = await staff.ask({"type": "find", "text": number})
                assert [found["visit"] for found in answer["answer"]["visits"]] == [one["visit"]]

    asyncio.run(scene())


def test_the_same_wish_without_and_with_a_number_is_one_visit_whatever_comes_first(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as kiosk:
            plain = await ticket(kiosk, {**own("K01-001"), "number": None})
            again = await ticket(kiosk, own("K01-001", token=TOKEN))
            assert again["visit"] == plain["visit"]
            day: Day = await app.service.read(lambda day: day)
            assert day.visits[plain["visit"]].part.number == "K01-001"
            assert day.tokens[TOKEN] == plain["visit"]
            asked = await kiosk.ask({"type": "where_now", "token": TOKEN})
            assert asked["answer"]["number"] == "K01-001"

    asyncio.run(scene())


def test_a_token_is_sixteen_letters_of_chance_or_malformed(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as kiosk:
            answer = await kiosk.do(own("K01-001", token="Nguyễn Văn An"))
            assert (answer["type"], answer["code"]) == ("rejected", "malformed")

    asyncio.run(scene())
