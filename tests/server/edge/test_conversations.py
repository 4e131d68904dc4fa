"""What clients say and hear, over real sockets: hello, bad frames, resuming, order, reports."""

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from queue_server.app import Options
from queue_server.listener import LOOK_AROUND
from queue_server.session import Allowance, Allowances
from queue_server.store.memory import MemoryStore
from tests.server.service.scripted_store import ScriptedStore
from tests.support.served import NAME, NUMBER, Talk, new_id, register, serving, talking, until

# hello -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "token", "why"),
    [
        ("kiosk", "no-such-token", "why=unknown"),
        ("supervisor", "demo-kiosk-1", "why=is a kiosk"),
        ("patient", "NOSUCHTICKET", ""),
        ("clock", "demo-kiosk-1", "why=is a kiosk"),
    ],
)
def test_a_wrong_token_closes_with_4500_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, role: str, token: str, why: str
) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, Talk(app.port) as talk:
            await talk.say({"type": "hello", "role": role, "token": token})
            assert await talk.closed() == (4500, "this token is not accepted here")

    with caplog.at_level(logging.INFO):
        asyncio.run(scene())
    said = [f"{key}={value}" for record in caplog.records for key, value in vars(record).items()]
    assert any("this token is not accepted" in record.getMessage() for record in caplog.records)
    assert not why or why in said
    assert not any(token in line for line in said)


def test_who_does_not_say_hello_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.listener.HELLO_WITHIN", 0.05)

    async def scene() -> None:
        async with serving(tmp_path) as app, Talk(app.port) as silent, Talk(app.port) as hasty:
            await hasty.say({"type": "subscribe", "topic": "hall:hall-1"})
            assert (await hasty.hear())["code"] == "hello_first"
            assert (await hasty.closed())[0] == 4003
            assert (await silent.closed())[0] == 4003

    asyncio.run(scene())


@pytest.mark.parametrize("later", [{}, {"dialect": "new words of a later wire"}])
def test_a_wire_that_is_not_spoken_here_closes_with_4501(tmp_path: Path, later: dict[str, Any]) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, Talk(app.port) as talk:
            hello = {"type": "hello", "role": "board", "token": "demo-board-1", "wire_from": 7, "wire_to": 9}
            await talk.say({**hello, **later})
            assert await talk.closed() == (4501, "this server speaks wire 1, the client 7 to 9")

    asyncio.run(scene())


def test_welcome_tells_who_we_are_and_how_often_it_beats(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, Talk(app.port) as talk:
            welcome = await talk.hello("kiosk-1")
            assert (welcome["device"], welcome["role"], welcome["facility"]) == (
                "kiosk-1",
                "kiosk",
                "song-huong",
            )
            assert welcome["epoch"] == app.hub.epoch
            beat = await talk.take("beat")
            assert beat["journal_seq"] == app.service.seq
            assert not beat.get("degraded")

    asyncio.run(scene())


# bad frames ------------------------------------------------------------------------------------------

BAD = [
    ("this is not JSON", {"type": "error", "code": "malformed"}),
    ("[" * 5_000, {"type": "error", "code": "malformed"}),
    ('{"type":"dance"}', {"type": "error", "code": "unknown_type", "about": "dance"}),
    ('{"type":"subscribe","topic":"Hall 1"}', {"type": "error", "code": "malformed", "about": "Hall 1"}),
    ('{"type":"subscribe","topic":"weather"}', {"type": "error", "code": "forbidden_topic"}),
    ('{"type":"report","shows":{"a":"\\u0007"}}', {"type": "error", "code": "malformed"}),
    ('{"type":"hello","role":"board","token":""}', {"type": "error", "code": "malformed", "about": "hello"}),
    ('{"type":"command","id":"7","command":{}}', {"type": "error", "code": "malformed", "about": "7"}),
    ('"' + "x" * 70_000 + '"', {"type": "error", "code": "too_large"}),
]


@pytest.mark.parametrize(("sent", "heard"), BAD, ids=[str(n) for n in range(len(BAD))])
def test_a_frame_that_cannot_be_used_gets_a_code_and_the_talk_goes_on(
    tmp_path: Path, sent: str, heard: dict[str, str]
) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "board-1") as bad, talking(app, "board-2") as other:
            await other.follow("hall:hall-1")
            await bad.socket.send(sent)
            answer = await bad.take("error")
            assert heard.items() <= answer.items()
            assert (await bad.follow("hall:hall-1"))["type"] == "snapshot"
            assert (await other.follow("hall:hall-2"))["type"] == "snapshot"
            assert {message["type"] for message in other.heard} <= {"beat", "patch"}

    asyncio.run(scene())


COMMANDS = [
    {"type": "dance"},
    {"type": "register"},
    {"type": "register", "payer": "insured", "kind": "exam", "colour": "red"},
    {"type": "register", "payer": "insured", "kind": "exam", "at": 2**60},
    {"type": "call_next", "clinic": "Room 12"},
    {"type": "advance", "by": 5},
    {},
]


@pytest.mark.parametrize("command", COMMANDS, ids=[str(n) for n in range(len(COMMANDS))])
def test_a_malformed_command_is_rejected_under_its_id(tmp_path: Path, command: dict[str, Any]) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "kiosk-1") as talk:
            commands = app.service.metrics.commands
            answer = await talk.do(command)
            assert (answer["type"], answer["code"]) == ("rejected", "malformed")
            assert app.service.metrics.commands == commands

    asyncio.run(scene())


def test_a_malformed_question_is_rejected_under_its_id(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "reception") as talk:
            assert (await talk.ask({"type": "weather"}))["code"] == "malformed"
            assert (await talk.ask({"type": "find", "text": "a\u0000b"}))["code"] == "malformed"
            assert (await talk.ask({"type": "visit_journal", "visit": "none"}))["code"] == "unknown_visit"
            assert (await talk.ask({"type": "where_now", "token": "none"}))["code"] == "unknown_visit"

    asyncio.run(scene())


def test_a_frame_far_too_large_closes_its_connection_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "board-1") as bad, talking(app, "board-2") as other:
            await bad.socket.send("x" * 300_000)
            assert (await bad.closed())[0] == 1009
            assert (await other.follow("hall:hall-1"))["type"] == "snapshot"

    asyncio.run(scene())


def test_too_many_bad_frames_close_with_4503(tmp_path: Path) -> None:
    async def scene() -> None:
        allowed = Options(allowances=Allowances(errors=Allowance(3, 0)))
        async with (
            serving(tmp_path, options=allowed) as app,
            talking(app, "board-1") as bad,
            talking(app, "board-2") as other,
        ):
            for _ in range(5):
                await bad.socket.send("{")
            assert (await bad.closed())[0] == 4503
            assert [message["code"] for message in bad.heard if message["type"] == "error"] == [
                "malformed"
            ] * 4
            assert (await other.follow("hall:hall-1"))["type"] == "snapshot"

    asyncio.run(scene())


def test_who_asks_too_much_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    async def scene() -> None:
        few = Allowance(2, 0)
        allowed = Options(allowances=Allowances(commands=few, asks=few, other=few))
        async with (
            serving(tmp_path, options=allowed) as app,
            talking(app, "reception") as eager,
            talking(app, "kiosk-1") as other,
        ):
            codes = [
                (await eager.do({"type": "open_clinic", "clinic": "reception-1"})).get("code") for _ in "123"
            ]
            assert codes[-1] == "rate"
            codes = [(await eager.ask({"type": "where_now", "token": "x"}))["code"] for _ in range(3)]
            assert codes == ["unknown_visit", "unknown_visit", "rate"]
            for _ in range(2):
                await eager.follow("hall:hall-1")
            refused = await eager.follow("hall:hall-2")
            assert (refused["code"], refused["about"]) == ("rate", "hall:hall-2")
            assert (await other.do(register()))["type"] == "accepted"

    asyncio.run(scene())


def holder(kind: str = "card") -> dict[str, Any]:
    return {"type": "holder", "identity": {"kind": kind, "number": NUMBER}}


def test_a_card_is_known_by_its_number_while_its_visit_is_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "kiosk-1") as kiosk,
            talking(app, "reception") as desk,
        ):
            assert (await kiosk.ask(holder()))["code"] == "unknown_visit"
            ticket = (await kiosk.do(register()))["result"]
            told = (await kiosk.ask(holder()))["answer"]
            asked = (await kiosk.ask({"type": "where_now", "token": ticket["token"]}))["answer"]
            assert told == {**asked, "token": ticket["token"]}
            assert told["stops"][0]["ahead"] == 0
            needs = {"type": "set_help", "visit": ticket["visit"], "help": ["hearing"]}
            assert (await kiosk.do(needs))["type"] == "accepted"
            # A kiosk that read a card adds to it; whoever only found a ticket learns nothing.
            assert (await kiosk.ask(holder()))["answer"]["help"] == ["hearing"]
            asked = (await kiosk.ask({"type": "where_now", "token": ticket["token"]}))["answer"]
            assert "help" not in asked
            for no_card in ("phone", "typed"):
                assert (await kiosk.ask(holder(no_card)))["code"] == "unknown_visit"
            assert (await desk.ask(holder()))["code"] == "forbidden"
            cancel = {"type": "cancel", "visit": ticket["visit"], "reason": "cancel-patient"}
            assert (await desk.do(cancel))["type"] == "accepted"
            assert (await kiosk.ask(holder()))["code"] == "unknown_visit"
            looks = [vars(record) for record in caplog.records if vars(record).get("action") == "holder"]
            assert [look["device"] for look in looks] == ["kiosk-1"] * 4
            assert looks[1]["visits"] == ticket["visit"]
            noted = [(look["msg"], look["device"], look["visits"]) for look in looks]
            assert not _personal(str(noted))

    with caplog.at_level(logging.INFO):
        asyncio.run(scene())


def test_nobody_tries_card_numbers_one_after_the_other(tmp_path: Path) -> None:
    async def scene() -> None:
        allowed = Options(allowances=Allowances(holders=Allowance(2, 0)))
        async with serving(tmp_path, options=allowed) as app, talking(app, "kiosk-1") as kiosk:
            codes = [(await kiosk.ask(holder()))["code"] for _ in range(3)]
            assert codes == ["unknown_visit", "unknown_visit", "rate"]
            assert (await kiosk.ask({"type": "where_now", "token": "x"}))["code"] == "unknown_visit"
            assert (await kiosk.do(register()))["type"] == "accepted"

    asyncio.run(scene())


def test_nobody_tries_appointment_codes_one_after_the_other(tmp_path: Path) -> None:
    async def scene() -> None:
        allowed = Options(allowances=Allowances(holders=Allowance(2, 0)))
        async with serving(tmp_path, options=allowed) as app, talking(app, "kiosk-1") as kiosk:
            asked = [{"type": "appointment", "code": f"TK{number}"} for number in range(3)]
            codes = [(await kiosk.ask(question))["code"] for question in asked]
            assert codes == ["unknown_appointment", "unknown_appointment", "rate"]

    asyncio.run(scene())


def test_nobody_registers_by_one_code_after_the_other(tmp_path: Path) -> None:
    async def scene() -> None:
        allowed = Options(allowances=Allowances(holders=Allowance(3, 0)))
        async with serving(tmp_path, options=allowed) as app, talking(app, "kiosk-1") as kiosk:
            assert (await kiosk.ask({"type": "appointment", "code": "TK1"}))["code"] == "unknown_appointment"
            tried = [register(appointment=f"TK{number}", identity=None) for number in range(3)]
            codes = [(await kiosk.do(command))["code"] for command in tried]
            assert codes == ["unknown_appointment", "unknown_appointment", "rate"]
            # Who comes without a code is not held up by that, nor is a desk.
            assert (await kiosk.do(register()))["type"] == "accepted"
            async with talking(app, "reception") as desk:
                answers = [await desk.do(register(appointment=f"TK{n}", identity=None)) for n in range(5)]
                assert {answer["code"] for answer in answers} == {"unknown_appointment"}

    asyncio.run(scene())


# topics ----------------------------------------------------------------------------------------------


def test_resuming_is_current_for_the_newest_copy_and_a_snapshot_for_any_other(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "board-1") as talk,
            talking(app, "board-2") as other,
        ):
            # Somebody else keeps the topic alive while we are away.
            first = await other.follow("hall:hall-1")
            seen = {"topic": "hall:hall-1", "epoch": app.hub.epoch, "seq": first["seq"]}
            assert await talk.follow("hall:hall-1", seen=seen) == {
                "type": "current",
                "topic": "hall:hall-1",
                "seq": first["seq"],
            }
            for stale in (
                {**seen, "seq": 999},
                {**seen, "epoch": "another"},
                {**seen, "topic": "hall:hall-2"},
            ):
                assert (await talk.follow("hall:hall-1", seen=stale))["type"] == "snapshot"

    asyncio.run(scene())


def test_an_unknown_topic_is_an_error(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "supervisor") as talk:
            for topic in ("hall:attic", "clinic:nowhere", "names:nowhere"):
                answer = await talk.follow(topic)
                assert (answer["code"], answer["about"]) == ("unknown_topic", topic)

    asyncio.run(scene())


def test_who_waits_for_a_topic_is_heard_meanwhile(tmp_path: Path) -> None:
    async def scene() -> None:
        store = ScriptedStore(MemoryStore("song-huong", "w1"))
        async with (
            serving(tmp_path, store=store) as app,
            talking(app, "kiosk-1") as kiosk,
            talking(app, "board-1") as board,
        ):
            store.hold()
            await kiosk.say({"type": "command", "id": new_id(), "command": register()})
            await until(store.held.is_set)
            for topic in ("hall:hall-1", "hall:hall-2", "hall:attic"):
                await board.say({"type": "subscribe", "topic": topic})
            await board.say({"type": "unsubscribe", "topic": "hall:hall-2"})
            await board.say({"type": "dance"})
            assert (await board.take("error"))["code"] == "unknown_type"
            store.release()
            assert (await board.take("snapshot"))["topic"] == "hall:hall-1"
            assert (await board.take("error"))["about"] == "hall:attic"
            assert not app.hub.is_live("hall:hall-2")

    asyncio.run(scene())


def test_unsubscribing_ends_the_patches(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "reception") as talk:
            await talk.follow("clinic:reception-1")
            await talk.say({"type": "unsubscribe", "topic": "clinic:reception-1"})
            await talk.do(register())
            assert not [message for message in talk.heard if message["type"] == "patch"]
            assert not app.hub.is_live("clinic:reception-1")

    asyncio.run(scene())


def test_the_patches_of_a_batch_precede_its_answers_on_one_connection(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "reception") as talk:
            await talk.follow("clinic:reception-1")
            card = register()
            for n in range(40):
                card["identity"]["number"] = f"0311850044{n:02d}"
                id_ = new_id()
                await talk.say({"type": "command", "id": id_, "command": card})
            numbers: list[str] = []
            patched: set[str] = set()
            while len(numbers) < 40:
                message = await talk.hear()
                if message["type"] == "patch":
                    patched |= {row["number"] for row in message["put"] if row["type"] == "clinic_step"}
                elif message["type"] == "accepted":
                    assert message["result"]["number"] in patched
                    numbers.append(message["result"]["number"])
            assert len(set(numbers)) == 40

    asyncio.run(scene())


def test_a_board_sees_the_call_and_the_patient_hears_at_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "kiosk-1") as kiosk,
            talking(app, "reception") as desk,
            talking(app, "board-1") as board,
            Talk(app.port) as phone,
        ):
            ticket = (await kiosk.do(register()))["result"]
            await phone.say({"type": "hello", "role": "patient", "token": ticket["token"]})
            assert (await phone.take("welcome")).get("device") == ""
            mine = await phone.follow(f"visit:{ticket['token']}")
            assert {row["type"] for row in mine["rows"]} == {"visit_card", "visit_stop"}
            await board.follow("hall:hall-1")
            await desk.do({"type": "open_clinic", "clinic": "reception-1"})
            called = (await desk.do({"type": "call_next", "clinic": "reception-1"}))["result"]
            seen = await board.take("patch")
            assert [row["call_sign"] for row in seen["put"] if row["type"] == "hall_call"] == [
                ticket["number"]
            ]
            told = await phone.take("patch")
            stop = next(row for row in told["put"] if row["key"] == called["step"])
            assert (stop["state"], stop["place"]["label"]["en"]) == ("called", "Reception desk 1")
            refused = await phone.follow("visit:ANOTHERTICKET")
            assert refused["code"] == "forbidden_topic"

    asyncio.run(scene())


def test_names_go_to_staff_and_nothing_personal_to_anybody_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> list[Talk]:
        async with (
            serving(tmp_path) as app,
            talking(app, "kiosk-1") as kiosk,
            talking(app, "reception") as desk,
            talking(app, "board-1") as board,
            talking(app, "supervisor") as supervisor,
            talking(app, "integration") as his,
            Talk(app.port) as phone,
        ):
            await desk.follow("names:reception-1")
            for topic in ("clinic:reception-1", "facility"):
                await his.follow(topic)
            await his.follow("catalogue")
            await board.follow("hall:hall-1")
            await kiosk.follow("catalogue")
            await kiosk.follow("kiosk:kiosk-1")
            await supervisor.follow("facility")
            await supervisor.follow("devices")
            ticket = (await kiosk.do(register()))["result"]
            await phone.say({"type": "hello", "role": "patient", "token": ticket["token"]})
            await phone.follow(f"visit:{ticket['token']}")
            names = await desk.take("patch", topic="names:reception-1")
            assert names["put"] == [
                {"type": "name", "key": ticket["visit"], "name": NAME, "birth_year": "1985", "insurance": {}}
            ]
            await desk.do({"type": "open_clinic", "clinic": "reception-1"})
            await desk.do({"type": "call_next", "clinic": "reception-1"})
            found = await desk.ask({"type": "find", "text": "hong ngoc"})
            assert found["answer"]["visits"][0]["name"] == NAME
            told = await his.ask({"type": "visit_journal", "visit": ticket["visit"]})
            assert told["answer"]["lines"][0]["event"] == "visit_registered"
            assert (await kiosk.ask({"type": "where_now", "token": ticket["token"]}))["type"] == "answer"
            assert (await kiosk.do(register()))["code"] == "already_here"
            assert (await kiosk.ask(holder()))["answer"]["number"] == ticket["number"]
            for talk in (board, phone, his):
                if not any(message["type"] == "patch" for message in talk.heard):
                    await talk.take("patch")
            return [kiosk, board, supervisor, his, phone]

    with caplog.at_level(logging.DEBUG):
        others = asyncio.run(scene())
    for talk in others:
        assert not _personal("\n".join(talk.frames))
    # The client's own library logs frames too, as it may: only what the server writes counts.
    # What the library measures of a record may hold any digits.
    measured = {"created", "msecs", "relativeCreated", "thread", "process"}
    ours = [
        str({name: value for name, value in vars(record).items() if name not in measured})
        for record in caplog.records
        if record.name.startswith("queue_server")
    ]
    assert len(ours) > 10
    assert not _personal("\n".join(ours))


def _personal(text: str) -> list[str]:
    text = text.encode().decode("unicode_escape", "ignore") + text
    return [secret for secret in (NAME, "Hồng Ngọc", NUMBER, NUMBER[-6:], "1985") if secret in text]


# devices ---------------------------------------------------------------------------------------------


def test_staff_follow_a_visit_that_no_clinic_has_yet(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path) as app,
            talking(app, "kiosk-1") as kiosk,
            talking(app, "reception") as desk,
        ):
            ticket = (await kiosk.do(register()))["result"]
            found = (await desk.ask({"type": "find", "text": ticket["number"][1:].lstrip("0")}))["answer"]
            assert [visit["visit"] for visit in found["visits"]] == [ticket["visit"]]
            topic = f"journey:{ticket['visit']}"
            rows = (await desk.follow(topic))["rows"]
            assert [row["key"] for row in rows if row["type"] == "visit_card"] == ["visit"]
            planned = [row["key"] for row in rows if row.get("state") == "planned"]
            assert planned
            assert NAME not in str(rows)
            orders = [{"service": "x-ray"}]
            await desk.do({"type": "add_steps", "visit": ticket["visit"], "orders": orders})
            patch = next(message for message in desk.heard if message["type"] == "patch")
            # The stop that is new, and those whose recommended turn it changes.
            assert patch["topic"] == topic
            known = {row["key"] for row in rows}
            assert len([row for row in patch["put"] if row["key"] not in known]) == 1
            assert (await kiosk.follow(topic))["code"] == "forbidden_topic"

    asyncio.run(scene())


def test_a_device_hears_at_which_clinics_it_may_work(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, Talk(app.port) as bound, Talk(app.port) as free:
            assert (await bound.hello("vitals", "clinic"))["clinics"] == ["vitals"]
            assert "clinics" not in await free.hello("clinic")

    asyncio.run(scene())


def test_devices_come_report_and_go(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "supervisor") as supervisor:
            await supervisor.follow("devices")
            async with talking(app, "board-1") as board:
                await board.say({"type": "report", "shows": {"hall": "hall-1", "age": 3, "stale": False}})
                await _device(supervisor, online=True, shows={"hall": "hall-1", "age": 3, "stale": False})
            gone = await _device(supervisor, online=False)
            assert gone["role"] == "board"

    asyncio.run(scene())


async def _device(supervisor: Talk, **fields: Any) -> dict[str, Any]:
    while True:
        patch = await supervisor.take("patch", topic="devices")
        for row in patch["put"]:
            if row["key"] == "board-1" and all(row.get(key) == value for key, value in fields.items()):
                found: dict[str, Any] = row
                return found


def test_a_kiosk_that_stays_away_is_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_server.devices.MISSED_AFTER", 0)

    async def scene() -> None:
        async with serving(tmp_path) as app, talking(app, "supervisor") as supervisor:
            await supervisor.follow("facility")
            async with talking(app, "kiosk-2"), talking(app, "board-2"):
                pass
            alerts: list[tuple[str, str]] = []
            while not alerts:
                patch = await supervisor.take("patch", topic="facility")
                alerts += [(row["kind"], row["subject"]) for row in patch["put"] if row["type"] == "alert"]
            assert alerts == [("device_lost", "kiosk-2")]
            assert app.listener.devices.lost(app.service.now()) == []
            (alert,) = await app.service.read(lambda day: list(day.alerts.values()))
            async with talking(app, "kiosk-2"):
                await until(lambda: not alert.part.is_open)

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("there", "asked", "passed_on"),
    [
        (("reception", "supervisor"), ("reception",), 0),
        (("supervisor",), ("reception", "supervisor"), 1),
        (("room-1",), (), 2),
        ((), (), 2),
    ],
    ids=["who is on duty", "who comes next", "somebody else", "nobody"],
)
def test_an_emergency_does_not_wait_for_a_desk_without_a_screen(
    there: tuple[str, ...], asked: tuple[str, ...], passed_on: int, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app, AsyncExitStack() as screens, talking(app, "kiosk-1") as kiosk:
            for device in there:
                await screens.enter_async_context(
                    talking(app, device, "clinic" if device == "room-1" else device)
                )
            pressed = app.service.now()
            await kiosk.do({"type": "raise_alert", "kind": "emergency", "subject": "kiosk-1"})
            (alert,) = await app.service.read(lambda day: list(day.alerts.values()))
            await until(lambda: alert.part.escalated == passed_on)
            # Twice around the house later it has gone no further.
            looks = app.service.now() + 2_000 * LOOK_AROUND
            await until(lambda: app.service.now() >= looks)
            assert (alert.part.to, alert.part.escalated) == (asked, passed_on)
            assert app.service.now() - pressed < 10_000

    asyncio.run(scene())


def test_a_client_that_vanishes_is_forgotten(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as app:
            talk = Talk(app.port)
            await talk.open()
            await talk.hello("board-1")
            await talk.follow("hall:hall-1")
            talk.socket.transport.abort()
            await until(lambda: not app.listener.connections and not len(app.listener.outlets))
            assert not app.hub.is_live("hall:hall-1")

    asyncio.run(scene())
