"""One door for wishes and questions: answered by the server in time, else from the kiosk's own folder."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from kiosk.offline import InUse, Standby, disk, entries, memory, standby
from kiosk.offline.series import LOST_A_MINUTE, LOST_FROM, Series
from queue_server.client import Link, LinkState
from queue_server.protocol.codes import CloseCode, IdentityKind, Lane, PrintReason, PrintState, Refusal
from queue_server.protocol.commands import Command, Confirm, Identity, RaiseAlert, Register, Reprint
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.questions import AppointmentOf, Holder, TicketState, WhereNow
from queue_server.protocol.results import Done, Ticket
from queue_server.protocol.rows import CatalogueService, KioskState, Row
from tests.support import kiosk_parts
from tests.support.offline_kiosk import Wire, known_here
from tests.support.served import NAME, NUMBER, until

NOW = 1_795_400_000_000
CARD = Identity(IdentityKind.CARD, NUMBER, NAME, "1985-03-02")
REGISTER = Register(payer="insured", kind="exam", identity=CARD, declared_priority=True)
STRANGER = Register(payer="fee", kind="exam")
LOST, ONLINE = Link(LinkState.WAITING), Link(LinkState.ONLINE)
ROWS = [*kiosk_parts.catalogue_rows().values(), *kiosk_parts.kiosk_rows().values()]


class Connection(Wire):
    """A wire that tells the time. step: how much it goes on each time it is asked."""

    server_now = NOW


class Scene:
    """A kiosk's standby, and what it sends."""

    def __init__(self, folder: Path | None, token: str = "token") -> None:
        self.connection = Connection()
        if folder is not None:
            known_here(folder)
        self.named: list[tuple[str, str]] = []
        self.standby = Standby(
            "kiosk-1", token, self.connection, folder, on_named=lambda *names: self.named.append(names)
        )
        self.running = asyncio.ensure_future(self.standby.run())

    def up(self) -> None:
        self.connection.up()
        self.standby.link_changed(ONLINE)
        self.standby.rows_changed(ROWS)

    def down(self, link: Link = LOST) -> None:
        self.connection.online = False
        self.standby.link_changed(link)

    async def sent(self, count: int) -> list[tuple[str, Command]]:
        """The first so many sendings, once they are there."""
        await until(lambda: len(self.connection.sent) >= count)
        return self.connection.sent[:count]

    async def take(self, kind: type[Command]) -> tuple[str, Command]:
        """The next sending, which is of this kind."""
        ((name, command),) = await self.sent(1)
        del self.connection.sent[0]
        assert isinstance(command, kind), command
        return name, command

    async def granted(self, name: str, number: str = "A045") -> None:
        self.connection.answer(name, Accepted(id=name, seq=1, result=kiosk_parts.ticket(number)))
        await asyncio.sleep(0)

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.standby.close()


@asynccontextmanager
async def scene(folder: Path | None, *, online: bool = True, token: str = "token") -> AsyncIterator[Scene]:
    made = Scene(folder, token)
    try:
        if online:
            made.up()
        yield made
    finally:
        await made.end()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(whole())


async def own(here: Scene, register: Register = REGISTER) -> Ticket:
    reply = await here.standby.submit(register)
    assert isinstance(reply, Accepted)
    assert isinstance(reply.result, Ticket)
    assert not reply.result.visit
    return reply.result


def said(command: Command) -> Confirm:
    assert isinstance(command, Confirm)
    return command


def test_an_answer_in_time_is_the_answer_and_the_wish_says_when_it_was_made(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            asked = asyncio.ensure_future(here.standby.submit(REGISTER))
            name, command = await here.take(Register)
            assert isinstance(command, Register)
            assert command.at is not None
            assert 0 <= command.at - NOW < 5_000
            assert command == Register(
                payer="insured", kind="exam", identity=CARD, declared_priority=True, at=command.at
            )
            await here.granted(name)
            reply = await asked
            assert isinstance(reply, Accepted)
            here.standby.tell(Confirm(print="2026-11-23-45/p1", state=PrintState.SENT, number="A045"))
            _, word = await here.take(Confirm)
            assert said(word).state is PrintState.SENT
            assert here.standby.shows == {"outbox": 0}
            here.standby.tell(Confirm(print="2026-11-23-45/p1", state=PrintState.ACKNOWLEDGED, number="A045"))
            assert not here.standby._post._stored

    run(test)


def test_no_answer_within_two_seconds_is_a_ticket_of_its_own_for_the_desk(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            began = time.monotonic()
            ticket = await own(here)
            assert standby.PATIENCE <= time.monotonic() - began < 2.0
            facility = kiosk_parts.catalogue().facility
            assert facility is not None
            assert (ticket.number, ticket.place) == ("K01-001", facility.offline_place)
            assert (ticket.lane, ticket.provisional) == (Lane.PRIORITY, True)
            assert (ticket.ahead, ticket.not_before, ticket.usually_by) == (None, None, None)
            # Sent plainly before: what was sent never changes, and the paper's number is told with the paper.
            name, command = await here.take(Register)
            assert isinstance(command, Register)
            assert command.number is None
            here.standby.tell(Confirm(print=ticket.print, state=PrintState.SENT, number=ticket.number))
            await here.granted(name)
            _, word = await here.take(Confirm)
            assert word == Confirm(
                print="2026-11-23-45/p1", state=PrintState.SENT, number="K01-001", token=ticket.token
            )
            here.standby.tell(
                Confirm(print=ticket.print, state=PrintState.UNKNOWN, number=ticket.number, reason="paper")
            )
            here.standby.tell(
                Confirm(print=ticket.print, state=PrintState.ACKNOWLEDGED, number=ticket.number)
            )
            assert here.standby.standing.last == ("K01-001",)

    run(test)


def test_without_a_link_nobody_waits_and_the_wish_bears_the_number_and_the_time(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            began = time.monotonic()
            ticket = await own(here)
            assert time.monotonic() - began < 0.5
            assert here.connection.sent == []
            assert here.standby.standing.waiting == 1
            here.connection.server_now = NOW + 3_600_000
            here.up()
            _, command = await here.take(Register)
            assert isinstance(command, Register)
            assert (command.number, command.token) == ("K01-001", ticket.token)
            assert command.at is not None
            assert abs(command.at - NOW - 3_600_000) < 5_000

    run(test)


def test_a_link_that_goes_while_somebody_waits_is_not_waited_for(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            asked = asyncio.ensure_future(own(here))
            await here.sent(1)
            began = time.monotonic()
            here.down()
            assert (await asked).number == "K01-001"
            assert time.monotonic() - began < 0.5

    run(test)


async def refused_with_its_paper(here: Scene) -> None:
    """A wish is refused, wished again with the number on its paper, and refused once more."""
    asked = asyncio.ensure_future(own(here))
    first, _ = await here.take(Register)
    await asked
    here.connection.answer(first, Rejected(id=first, code=Refusal.SESSION_FULL))
    second, again = await here.take(Register)
    assert isinstance(again, Register)
    assert (second != first, again.number) == (True, "K01-001")
    here.connection.answer(second, Rejected(id=second, code=Refusal.INTERNAL))


def test_what_was_refused_plainly_is_wished_again_with_the_paper_and_then_told_to_staff(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            await refused_with_its_paper(here)
            _, word = await here.take(RaiseAlert)
            assert isinstance(word, RaiseAlert)
            assert (word.subject, word.detail) == ("kiosk-1", "k01-001")
            assert here.standby.shows["outbox_refused"] == 1

    run(test)


@pytest.mark.parametrize("is_old", [False, True])
def test_who_was_refused_is_tried_again_by_the_next_run_and_not_kept_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_old: bool
) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            await refused_with_its_paper(here)
            await until(lambda: here.standby.shows.get("outbox_refused") == 1)
        if is_old:
            monkeypatch.setattr(entries, "KEPT", -1)
        async with scene(tmp_path, online=False) as here:
            assert here.standby.standing.waiting == (0 if is_old else 1)
            assert here.standby.standing.refused == 0

    run(test)


def test_the_same_command_has_the_same_id_across_restarts_and_order_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            asked = [asyncio.ensure_future(own(here)) for _ in range(1)]
            first, command = await here.take(Register)
            here.down()
            await asked[0]
            await own(here, STRANGER)
        async with scene(tmp_path, online=False) as here:
            assert here.standby.standing.waiting == 2
            assert here.standby.standing.last == ("K01-002", "K01-001")
            here.connection.server_now = NOW + 1_000
            here.up()
            name, again = await here.take(Register)
            assert (name, again) == (first, command)
            assert here.connection.sent == []
            await here.granted(name)
            sent = [command for _, command in await here.sent(2)]
            (word,) = (one for one in sent if isinstance(one, Confirm))
            # Whether it came out, nobody knows: the kiosk began anew.
            assert (word.state, word.reason) == (PrintState.UNKNOWN, PrintReason.RESTARTED)
            (stranger,) = (one for one in sent if isinstance(one, Register))
            assert stranger.number == "K01-002"

    run(test)


def test_one_paper_for_a_person_who_comes_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            ticket = await own(here)
            here.standby.tell(
                Confirm(print=ticket.print, state=PrintState.ACKNOWLEDGED, number=ticket.number)
            )
            again = await own(here)
            assert (again.number, again.token, again.reprint) == (ticket.number, ticket.token, True)
            assert here.standby.standing.waiting == 1
            state = here.standby.answer(Holder(identity=CARD))
            assert isinstance(state, TicketState)
            assert (state.number, state.token) == (ticket.number, ticket.token)
            assert here.standby.answer(WhereNow(token=ticket.token)) == state
            reprint = await here.standby.submit(Reprint(token=ticket.token))
            assert isinstance(reprint, Accepted)
            assert isinstance(reprint.result, Ticket)
            assert (reprint.result.token, reprint.result.reprint) == (ticket.token, True)
            assert here.standby.answer(WhereNow(token="NOBODYSTOKEN0000")) is None
            assert here.standby.answer(AppointmentOf(code="TK260001")) is None
            # A telephone is nobody's own, and a stranger has no card.
            phone = Register(
                payer="fee", kind="exam", identity=Identity(IdentityKind.PHONE, phone="+84912345678")
            )
            numbers = [(await own(here, one)).number for one in (phone, phone, STRANGER, STRANGER)]
            assert numbers == ["K01-002", "K01-003", "K01-004", "K01-005"]

    run(test)
    gc.collect()
    assert "never retrieved" not in caplog.text


def test_a_paper_of_yesterday_is_not_today_s_even_if_the_kiosk_began_anew(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            await own(here)
            await until(lambda: memory.recall(tmp_path / "memory").heard)
        kept = memory.recall(tmp_path / "memory")
        assert kept.heard is not None
        later = structs.replace(kept.heard, at=kept.heard.at + 86_400_000)
        disk.keep(tmp_path / "memory", structs.replace(kept, heard=later))
        async with scene(tmp_path, online=False) as here:
            assert here.standby.answer(Holder(identity=CARD)) is None
            ticket = await own(here)
            assert not ticket.reprint
            assert here.standby.standing.waiting == 2
            assert (await own(here)).token == ticket.token

    run(test)


def test_whose_paper_the_server_knows_all_of_is_forgotten_here(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            ticket = await own(here)
            here.up()
            name, _ = await here.take(Register)
            await here.granted(name)
            unknown = Confirm(
                print=ticket.print, state=PrintState.UNKNOWN, number=ticket.number, reason="paper"
            )
            here.standby.tell(unknown)
            word, _ = await here.take(Confirm)
            here.connection.answer(word, Accepted(id=word, seq=2, result=Done()))
            await until(lambda: not here.standby.standing.words)
            assert not here.standby._outbox.entries
            assert [told.register.identity for told in here.standby._post._told.values()] == [None]
            assert not here.standby._post._stored
            assert here.named == [(ticket.print, "2026-11-23-45/p1")] * 2
            # The printer catches up.
            here.standby.tell(
                Confirm(print=ticket.print, state=PrintState.ACKNOWLEDGED, number=ticket.number)
            )
            late = said((await here.take(Confirm))[1])
            assert (late.state, late.print) == (PrintState.ACKNOWLEDGED, "2026-11-23-45/p1")

    run(test)


def test_whoever_got_a_ticket_here_before_the_link_went_keeps_that_number(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            asked = asyncio.ensure_future(here.standby.submit(REGISTER))
            name, _ = await here.take(Register)
            await here.granted(name)
            await asked
            here.down()
            again = await here.standby.submit(REGISTER)
            assert isinstance(again, Accepted)
            assert isinstance(again.result, Ticket)
            facility = kiosk_parts.catalogue().facility
            assert facility is not None
            assert (again.result.number, again.result.place) == ("A045", facility.offline_place)
            assert again.result.ahead is None

    run(test)


def test_a_morning_without_a_server_offers_what_was_remembered_and_nothing_of_people(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            stopped = of_the_day_before()
            here.standby.rows_changed(stopped)
            await until(
                lambda: (
                    "intake" in (tmp_path / "memory").read_text() if (tmp_path / "memory").exists() else False
                )
            )
            assert here.standby.rows("catalogue", ()) == stopped[:-1]
        kept = memory.recall(tmp_path / "memory")
        assert kept.heard is not None
        # The next morning: another run of the machine, whose own clock is right.
        disk.keep(tmp_path / "memory", memory.Memory(kept.rows, None))
        async with scene(tmp_path, online=False) as here:
            offer = list(here.standby.rows("catalogue", ()))
            assert offer == list(kiosk_parts.catalogue_rows().values())
            (state,) = here.standby.rows("kiosk:kiosk-1", ())
            assert isinstance(state, KioskState)
            assert state.intake == ""
            assert (await own(here)).number == "K01-001"

    run(test)


@pytest.mark.parametrize("damage", [b"", b"{}x", b'{"refused":"\xff\xfe"}'])
def test_a_memory_that_nobody_can_read_is_none(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "memory").write_bytes(damage)
    assert memory.recall(tmp_path / "memory") == memory.Memory()


def test_the_server_s_time_is_noted_again_while_the_link_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby, "REMEMBER_EVERY", 0.01)
    monkeypatch.setattr(standby, "SETTLE", 0.0)

    def heard() -> int:
        stamp = memory.recall(tmp_path / "memory").heard
        return stamp.at if stamp is not None else 0

    async def test() -> None:
        async with scene(tmp_path) as here:
            await until(lambda: heard() >= NOW)
            # Weeks later, and no link has come or gone.
            here.connection.server_now = NOW + 20 * 86_400_000
            await until(lambda: heard() >= here.connection.server_now)

    run(test)


def of_the_day_before() -> list[Row]:
    """What a server tells in the evening: some exams are full, all are over, and nobody is taken in."""
    return [
        *(
            structs.replace(row, closed=True, stopped=True) if isinstance(row, CatalogueService) else row
            for row in kiosk_parts.catalogue_rows(full=True).values()
        ),
        *(structs.replace(row, day="2020-01-06") for row in kiosk_parts.kiosk_rows("intake").values()),
    ]


def test_a_kiosk_that_stayed_on_over_night_offers_what_there_is_in_the_morning(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            told = of_the_day_before()
            offered, state = told[:-1], told[-1]
            here.standby.rows_changed(told)
            # The server's word holds as long as it is there.
            assert here.standby.rows("catalogue", offered) == offered
            here.down()
            assert here.standby.is_another_day
            assert here.standby.rows("catalogue", offered) == list(kiosk_parts.catalogue_rows().values())
            (begun,) = here.standby.rows("kiosk:kiosk-1", [state])
            assert isinstance(begun, KioskState)
            assert begun.intake == ""

    run(test)


def test_a_disk_replaced_in_mid_day_gives_no_number_that_was_on_the_broken_one(tmp_path: Path) -> None:
    async def day(folder: Path) -> str:
        made = Standby("kiosk-1", "token", connection := Connection(), folder)
        running = asyncio.ensure_future(made.run())
        connection.up()
        made.link_changed(ONLINE)
        made.rows_changed(ROWS)
        await until((folder / "series").exists)
        connection.online = False
        made.link_changed(LOST)
        reply = await made.submit(STRANGER)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        made.close()
        assert isinstance(reply, Accepted)
        assert isinstance(reply.result, Ticket)
        return reply.result.number

    async def test() -> None:
        # The server never heard of the first paper: that it is past nine is what keeps them apart.
        assert await day(known_here(tmp_path / "broken")) == "K01-001"
        after = int((await day(tmp_path / "new")).removeprefix("K01-"))
        assert after > LOST_FROM + LOST_A_MINUTE * 9 * 60
        # From the next day on it counts from the start.
        assert Series(tmp_path / "new" / "series").take(1, "9999-01-01", 0) == "K01-001"

    run(test)


def test_a_kiosk_that_never_met_its_server_waits_for_it(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path, online=False) as here:
            asked = asyncio.ensure_future(here.standby.submit(REGISTER))
            await until(lambda: here.standby.standing.waiting == 1)
            assert list(here.standby.rows("catalogue", ())) == []
            here.up()
            name, command = await here.take(Register)
            assert isinstance(command, Register)
            assert command.number is None
            await here.granted(name)
            reply = await asked
            assert isinstance(reply, Accepted)

    run(test)


@pytest.mark.parametrize("code", [CloseCode.BAD_TOKEN, CloseCode.REVOKED])
def test_a_refused_token_ends_it_across_restarts_until_another_one_is_given(
    code: CloseCode, tmp_path: Path
) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            await own(here)
            here.down(Link(LinkState.WAITING, code=code, slow=True))
            assert here.standby.refused
            here.down()
            assert here.standby.refused
            assert await here.standby.submit(REGISTER) == Rejected(id="", code=Refusal.FORBIDDEN)
            await until(lambda: memory.recall(tmp_path / "memory").refused)
        async with scene(tmp_path, online=False) as here:
            assert here.standby.refused
            assert here.standby.standing.waiting == 1
        async with scene(tmp_path, online=False, token="another") as here:
            assert not here.standby.refused
            here.up()
            await here.take(Register)

    run(test)


def test_a_disk_that_takes_no_number_leaves_the_patient_waiting_for_the_server(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            (tmp_path / ".series.new").mkdir()
            asked = asyncio.ensure_future(here.standby.submit(REGISTER))
            await until(lambda: here.standby.standing.waiting == 1)
            await asyncio.sleep(0.1)
            assert not asked.done()
            here.up()
            name, command = await here.take(Register)
            assert isinstance(command, Register)
            assert command.number is None
            await here.granted(name)
            assert isinstance(await asked, Accepted)

    run(test)


def test_two_kiosks_never_work_in_one_folder_and_one_without_a_folder_leaves_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path):
            with pytest.raises(InUse):
                Scene(tmp_path)
        async with scene(None) as here:
            here.down()
            assert (await own(here)).number.startswith("K01-")

    run(test)


def test_a_damaged_key_is_told_and_put_aside(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            here.down()
            await own(here)
        (tmp_path / "outbox.key").write_bytes(b"half")
        async with scene(tmp_path, online=False) as here:
            assert here.standby.shows["outbox_damaged"]
            assert (tmp_path / "outbox.key.damaged").read_bytes() == b"half"
            here.up()
            here.down()
            # The counter lies in a file of its own.
            assert (await own(here)).number == "K01-002"

    run(test)


def test_other_wishes_go_the_plain_way(tmp_path: Path) -> None:
    async def test() -> None:
        async with scene(tmp_path) as here:
            asked = asyncio.ensure_future(here.standby.submit(Reprint(token="X" * 16)))
            name, _ = await here.take(Reprint)
            here.connection.answer(name, Accepted(id=name, seq=1, result=Done()))
            assert isinstance(await asked, Accepted)

    run(test)
