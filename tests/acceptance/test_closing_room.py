"""A room closes with six waiting: staff see who would be seen sooner where, take a part of it, and afterwards
everybody stands in one line exactly once, in the rows, in the journal and after a restart."""

from collections import Counter
from pathlib import Path

from tests.support import proofs
from tests.support.laws import check_laws
from tests.support.processes import Server, morning_site
from tests.support.served import Message, Talk
from tests.support.talks import accepted, run

ROOMS = ("room-1", "room-2", "room-3", "room-4")
WAITING = 6
TAKEN = 4


def test_a_room_with_six_waiting_closes_and_nobody_is_lost(tmp_path: Path) -> None:
    site = morning_site(
        tmp_path,
        change=lambda text: text.replace("[services.general]", "[services.general]\nbind_ahead = 10", 1),
    )
    with Server(site, tmp_path / "data") as server:
        waiting = run(_fill(server.port))
        moved = run(_close(server.port, waiting))
        assert server.stop() == 0
    day = proofs.kept(tmp_path / "data").day
    check_laws(day)
    lines = Counter(step for clinic in day.clinics.values() for step in clinic.bound)
    assert {step: lines[step] for step in waiting} == dict.fromkeys(waiting, 1)
    assert day.clinics["room-1"].bound == set(waiting) - set(moved)
    with Server(site, tmp_path / "data") as server:
        assert run(_lines(server.port)).keys() == set(waiting)
        assert run(_finish_room(server.port, len(waiting) - len(moved))) == "closed"
        assert server.stop() == 0


async def _fill(port: int) -> list[str]:
    """Six with the exam as their next stop, all bound to the one room that is open."""
    async with Talk(port) as kiosk, Talk(port) as desk:
        await kiosk.hello("kiosk-1")
        await desk.hello("supervisor")
        for room in ROOMS[1:]:
            await accepted(desk, {"type": "close_clinic", "clinic": room})
        for number in range(WAITING):
            identity = {"kind": "card", "number": f"0311850044{number:02}", "birth": "1985-03-02"}
            register = {"type": "register", "payer": "insured", "kind": "exam", "service": "general"}
            await accepted(kiosk, {**register, "identity": identity})
        for clinic in ("reception-1", "vitals"):
            for _ in range(WAITING):
                called = await accepted(desk, {"type": "call_next", "clinic": clinic})
                await accepted(desk, {"type": "finish", "step": called["step"]})
        for room in ROOMS[1:]:
            await accepted(desk, {"type": "open_clinic", "clinic": room})
    return [step for step, where in (await _lines(port)).items() if where == "room-1"]


async def _close(port: int, waiting: list[str]) -> list[str]:
    """The room closes itself; the head nurse takes four of the six. Returns who was moved."""
    assert len(waiting) == WAITING
    async with Talk(port) as room, Talk(port) as nurse:
        await room.hello("room-1", "clinic")
        await nurse.hello("supervisor")
        told = await accepted(room, {"type": "close_clinic", "clinic": "room-1"})
        assert (told["type"], told["moves"], told.get("stays", 0)) == ("proposed", WAITING, 0)
        rows = (await nurse.follow("facility"))["rows"]
        (proposal,) = [row for row in rows if row["type"] == "clinic_proposal"]
        assert [line["step"] for line in proposal["lines"]] == waiting
        assert {line["clinic"] for line in proposal["lines"]} == set(ROOMS[1:])
        elsewhere = {"type": "accept_proposal", "clinic": "room-12", "proposal": told["proposal"]}
        async with Talk(port) as other:
            await other.hello("room-12", "clinic")
            refused = await other.do(elsewhere)
            assert refused["code"] == "unknown_proposal"
            refused = await other.do({**elsewhere, "clinic": "room-1"})
            assert refused["code"] == "forbidden"
        accept: Message = {"type": "accept_proposal", "clinic": "room-1", "proposal": told["proposal"]}
        moved = await accepted(nurse, {**accept, "steps": waiting[:TAKEN]})
        assert (moved["type"], moved["steps"], moved.get("left", [])) == ("moved", waiting[:TAKEN], [])
        lines = await _lines(port)
        going = {line["step"]: line["clinic"] for line in proposal["lines"]}
        assert lines == {step: going[step] if step in moved["steps"] else "room-1" for step in waiting}
        again = await nurse.do(accept)
        assert (again["code"], again["facts"]["state"]) == ("unknown_proposal", "accepted")
        return list(moved["steps"])


async def _finish_room(port: int, left: int) -> str:
    """Who stayed is still seen; then the room closes by itself. Returns its state."""
    async with Talk(port) as room:
        await room.hello("room-1", "clinic")
        for _ in range(left):
            called = await accepted(room, {"type": "call_next", "clinic": "room-1"})
            await accepted(room, {"type": "finish", "step": called["step"]})
        await room.follow("clinic:room-1")
        done = await accepted(room, {"type": "close_clinic", "clinic": "room-1"})
        assert done["type"] == "done"
        return str((await _card(port, "room-1"))["state"])


async def _lines(port: int) -> dict[str, str]:
    """Where each exam step stands that is bound to a room, in the order of its line; each only once."""
    found: dict[str, str] = {}
    async with Talk(port) as desk:
        await desk.hello("supervisor")
        for room in ROOMS:
            for row in (await desk.follow(f"clinic:{room}"))["rows"]:
                if row["type"] == "clinic_step" and row.get("own", True):
                    assert row["key"] not in found
                    found[row["key"]] = room
    return found


async def _card(port: int, room: str) -> Message:
    async with Talk(port) as desk:
        await desk.hello("supervisor")
        rows = (await desk.follow(f"clinic:{room}"))["rows"]
        (card,) = [row for row in rows if row["type"] == "clinic_card"]
        return dict(card)
