"""A reception desk against a server on a real socket: who a patient is, with one key each."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Static

from display.console.app import Console
from display.console.burst import GAP
from display.console.dialogs import AskScreen, ReadScreen
from display.console.screen import DeskScreen
from queue_server.protocol import commands
from queue_server.protocol.codes import ClinicKind, IdentityKind, Lane, Role
from queue_server.protocol.commands import Command, Identity
from queue_server.protocol.labels import Label, Place
from queue_server.protocol.questions import Answer, Find, Found, FoundPerson, Question, TicketState
from queue_server.protocol.results import Done, Outcome, Ticket
from queue_server.protocol.rows import Row
from tests.support.screens import CATALOGUE, FACILITY, IN_HAND, NAMES, NOW, card
from tests.support.scripted_server import ScriptedServer, until

CARD = "001190000000"
CODE = f"{CARD}|012345678|Trần Thị Mẫu Thử|15081990|Nữ|Số 1 Đường Ví Dụ|01052021"
PERSON = FoundPerson("0f" * 12, "2026-11-02", "Trần Thị Mẫu Thử", "1990")
NOWHERE = Place(label=Label(vi="Quầy 1", en=""), hall=Label(vi="", en=""), floor=Label(vi="", en=""))
ROWS: dict[str, list[Row]] = {
    "facility": FACILITY,
    "catalogue": CATALOGUE,
    "clinic:room-1": [card(kind=ClinicKind.RECEPTION), IN_HAND],
    "names:room-1": [replace(NAMES[0], warnings=("year_differs",)), *NAMES[1:]],
}
Play = Callable[[Console, "Pilot[None]", ScriptedServer], Awaitable[None]]


def answer(question: Question) -> Answer:
    if isinstance(question, Find):
        return Found(visits=(), people=(PERSON,) if question.text.endswith(CARD) else ())
    return TicketState(visit="v77", number="A077", lane=Lane.WALK_IN, stops=())


def on_command(command: Command) -> Outcome:
    if isinstance(command, commands.Register):
        return Ticket(
            visit="v9",
            number="A099",
            token="T",
            print="v9/p1",
            place=NOWHERE,
            lane=Lane.WALK_IN,
            printed_at=NOW,
        )
    return Done()


def play(scene: Play, role: Role = Role.RECEPTION) -> None:
    async def run() -> None:
        async with ScriptedServer(ROWS, NOW, on_command=on_command, on_question=answer) as server:
            console = Console([server.address], "token", clinic="room-1", role=role)
            async with console.run_test(size=(120, 36)) as pilot:
                await until(lambda: "NGUYỄN THỊ ÁNH TUYẾT" in shown(console), pilot.pause)
                await scene(console, pilot, server)

    asyncio.run(run())


def shown(console: Console) -> str:
    screen = console.screen_stack[0]
    parts = screen.query(Static) if isinstance(screen, DeskScreen) else ()
    return "\n".join(str(part.content) for part in parts)


async def press(pilot: "Pilot[None]", *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(GAP * 2)


async def sent(server: ScriptedServer, pilot: "Pilot[None]", count: int = 1) -> Command:
    await until(lambda: len(server.commands) == count, pilot.pause)
    return server.commands[-1]


def test_warnings_stand_beside_the_name_in_words_and_one_key_tells_all() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        assert "năm sinh không khớp số định danh" in shown(console)
        await press(pilot, "full_stop")
        await until(lambda: isinstance(console.screen, ReadScreen), pilot.pause)

        def page() -> str:
            return "\n".join(str(part.content) for part in console.screen.query(Static))

        await until(lambda: "xác định bằng thẻ căn cước" in page(), pilot.pause)
        assert not server.commands

    play(scene)


def test_a_declared_priority_is_confirmed_with_plus_and_withdrawn_with_minus() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        assert "+ Đúng diện ưu tiên" in shown(console)
        await press(pilot, "plus")
        assert await sent(server, pilot) == commands.SettleLane(visit="v1", shown=True)
        await until(lambda: "✓ Đúng diện ưu tiên A045" in shown(console), pilot.pause)
        await press(pilot, "minus")
        assert await sent(server, pilot, 2) == commands.SettleLane(visit="v1", shown=False)

    play(scene, Role.CLINIC)


def test_a_scanned_card_says_whose_visit_it_is() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, "F")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await until(lambda: console.focused is not None, pilot.pause)
        line = console.focused
        assert line is not None
        for letter in CODE:
            line.post_message(Key(letter, letter))
        await pilot.press("enter")
        assert await sent(server, pilot) == commands.Identify(
            visit="v1", identity=Identity(IdentityKind.CARD, CARD, "Trần Thị Mẫu Thử", "1990-08-15", "female")
        )

    play(scene)


def test_what_cannot_be_read_is_asked_again_with_what_was_typed() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, "F")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await pilot.press(*"12345", "enter")
        await until(
            lambda: any("Không đọc được" in str(part.content) for part in console.screen.query(Static)),
            pilot.pause,
        )
        await pilot.press("escape")
        await until(lambda: isinstance(console.screen, DeskScreen), pilot.pause)
        assert not server.commands

    play(scene)


def test_somebody_unknown_gets_a_number() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        await press(pilot, "U")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, "1")
        made = await sent(server, pilot)
        assert isinstance(made, commands.Register)
        assert made.identity == Identity(IdentityKind.UNIDENTIFIED)
        await until(lambda: "Số mới: A099" in shown(console), pilot.pause)

    play(scene)


def test_who_is_known_from_an_earlier_day_is_found_by_the_number_and_given_a_new_one() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        for letter in CODE:
            console.post_message(Key(letter, letter))
        console.post_message(Key("enter", "\r"))
        await until(
            lambda: "Đã có hồ sơ: Trần Thị Mẫu Thử 1990 (ngày 02/11/2026)" in shown(console), pilot.pause
        )
        await press(pilot, "i")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        await press(pilot, "1")
        made = await sent(server, pilot)
        assert isinstance(made, commands.Register)
        assert made.identity == Identity(IdentityKind.TYPED, CARD)
        await until(lambda: console.found is None, pilot.pause)

    play(scene)


def test_an_admin_erases_whom_the_number_found() -> None:
    async def scene(console: Console, pilot: "Pilot[None]", server: ScriptedServer) -> None:
        for letter in CODE:
            console.post_message(Key(letter, letter))
        console.post_message(Key("enter", "\r"))
        await until(lambda: console.found is not None, pilot.pause)
        await press(pilot, "Q")
        await until(lambda: isinstance(console.screen, AskScreen), pilot.pause)
        assert not server.commands
        await press(pilot, "enter")
        assert await sent(server, pilot) == commands.Forget(person=PERSON.person)
        await until(lambda: "✓ Xóa hồ sơ" in shown(console), pilot.pause)
        assert console.found is None

    play(scene, Role.ADMIN)
