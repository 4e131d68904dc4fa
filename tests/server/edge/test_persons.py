"""Whom a visit is of, over a real socket: who may say it, who sees it, and what a kiosk is refused."""

import asyncio
from pathlib import Path

from tests.support.served import NAME, NUMBER, Message, Talk, register, serving, talking

UNKNOWN: Message = {
    "type": "register",
    "payer": "insured",
    "kind": "exam",
    "identity": {"kind": "unidentified"},
}


def name_row(desk: Talk, visit: str) -> Message:
    """The row of this visit's name as last told; patches come before the answer of what brought them."""
    put = [row for told in desk.heard if told["type"] == "patch" for row in told["put"]]
    found: Message = [row for row in put if row["type"] == "name" and row["key"] == visit][-1]
    return found


def test_a_desk_registers_somebody_unknown_and_says_later_who_it_is(tmp_path: Path) -> None:
    async def whole() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "reception") as desk,
            talking(app, "clinic") as room,
            talking(app, "kiosk-1") as kiosk,
        ):
            await desk.follow("names:reception-1")
            assert (await kiosk.do(UNKNOWN))["code"] == "forbidden"
            unknown = (await desk.do(UNKNOWN))["result"]["visit"]
            row = name_row(desk, unknown)
            assert row["name"] == ""
            assert row["identified"] == "unidentified"
            assert row["code"].startswith("TAM-")
            identity = {
                **register()["identity"],
                "insurance": {"card": "TE1790000000000", "facility": "79099", "valid_until": "2020-01-31"},
            }
            wish = {"type": "identify", "visit": unknown, "identity": identity}
            for talk in (kiosk, room):
                assert (await talk.do(wish))["code"] == "forbidden"
            assert (await desk.do(wish))["type"] == "accepted"
            row = name_row(desk, unknown)
            assert (row["name"], row.get("code", "")) == (NAME, "")
            assert row["insurance"]["card"] == "TE1790000000000"
            assert row["warnings"] == ["insurance_expired"]
            again = await kiosk.do(register())
            assert (again["code"], again["facts"]["visit"]) == ("already_here", unknown)
            told = await desk.ask({"type": "visit_journal", "visit": unknown})
            assert "visit_identified" in [line["event"] for line in told["answer"]["lines"]]
            asked = {"type": "holder", "identity": {"kind": "card", "number": NUMBER}}
            assert (await kiosk.ask(asked))["answer"]["visit"] == unknown

    asyncio.run(whole())


def test_a_desk_tells_card_and_slips_of_whom_a_kiosk_registered(tmp_path: Path) -> None:
    async def whole() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "reception") as desk,
            talking(app, "clinic") as room,
            talking(app, "kiosk-1") as kiosk,
        ):
            await desk.follow("names:reception-1")
            visit = (await kiosk.do(register(payer="insured")))["result"]["visit"]
            card = {"card": "TE1790000000000", "facility": "01K52", "transfer": False, "revisit": True}
            wish = {"type": "tell_insurance", "visit": visit, "insurance": card}
            for talk in (kiosk, room):
                assert (await talk.do(wish))["code"] == "forbidden"
            assert (await desk.do(wish))["type"] == "accepted"
            facts = name_row(desk, visit)["insurance"]
            assert {name: facts[name] for name in card} == card
            assert facts["suggested"] == "1.5"
            told = await desk.ask({"type": "visit_journal", "visit": visit})
            assert told["answer"]["lines"][-1]["event"] == "insurance_told"
            assert "TE1790000000000" not in str(told)

    asyncio.run(whole())


def test_only_an_admin_erases_and_only_once_the_patient_has_left(tmp_path: Path) -> None:
    async def whole() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "reception") as desk,
            talking(app, "supervisor") as head,
            talking(app, "admin") as admin,
            talking(app, "kiosk-1") as kiosk,
        ):
            visit = (await kiosk.do(register()))["result"]["visit"]
            forget = {"type": "forget", "visit": visit}
            for talk in (desk, head, kiosk):
                assert (await talk.do(forget))["code"] == "forbidden"
            assert (await admin.do(forget))["code"] == "still_here"
            reasons = [
                row for row in (await desk.follow("facility"))["rows"] if row["type"] == "facility_reason"
            ]
            why = next(row["reason"] for row in reasons if row["kind"] == "cancel")
            assert (await desk.do({"type": "cancel", "visit": visit, "reason": why}))["type"] == "accepted"
            # Gone from the house, but known: the whole number tells so.
            assert (await desk.ask({"type": "find", "text": NUMBER}))["answer"]["visits"][0]["name"] == NAME
            assert (await admin.do(forget))["type"] == "accepted"
            assert (await desk.ask({"type": "find", "text": NUMBER}))["answer"] == {
                "type": "found",
                "visits": [],
            }
            assert (await kiosk.do(register()))["type"] == "accepted"
            # A reference is a random one: a name has no room in it.
            assert (await admin.do({"type": "forget", "person": NAME}))["code"] == "malformed"

    asyncio.run(whole())


def test_a_kiosk_reads_whether_it_may_take_a_declaration(tmp_path: Path) -> None:
    async def whole() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as kiosk:
            rows = (await kiosk.follow("catalogue"))["rows"]
            (facility,) = (row for row in rows if row["type"] == "catalogue_facility")
            assert facility.get("declares", True)

    asyncio.run(whole())
