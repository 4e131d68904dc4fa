"""Who is awaited: split off a booking, found by their card on the day, and kept no longer than needed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from queue_server.engine.model import Day
from queue_server.protocol.codes import AppointmentState, IdentityKind, Lane, Refusal
from queue_server.protocol.commands import (
    BookAppointment,
    CancelAppointment,
    Forget,
    Identify,
    Identity,
    Register,
)
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Ticket
from queue_server.service import ENGINE, batches
from queue_server.store.memory import MemoryStore, Shelf
from queue_server.store.sql import SqlStore
from tests.server.service.counter import DESK, Counter, at_work, card, command_id, make, moment, within

HOUR = 3_600_000
RETENTION = 72 * HOUR
NUMBER, NAME = "001080012345", "Nguyễn Thị Bí Mật"
TODAY, NEXT_WEEK = moment("2025-03-03 08:30"), moment("2025-03-10 08:30")


def booking(at: int = TODAY, reference: str = "HEN-1", **more: object) -> BookAppointment:
    identity = Identity(IdentityKind.TYPED, NUMBER, NAME, "1940", phone="0912345678")
    said: dict[str, object] = {"identity": identity, **more}
    return BookAppointment(appointment=reference, service="general", at=at, **said)  # type: ignore[arg-type]


def coded(code: str) -> Register:
    return Register(payer="fee", kind="exam", appointment=code)


def serve(test: Callable[[Counter], Awaitable[None]], shelf: Shelf | None = None, wall: int = TODAY) -> Shelf:
    shelf = shelf if shelf is not None else Shelf()

    async def whole() -> None:
        store = MemoryStore("small", "w1", shelf)
        async with at_work(make(store, rules=ENGINE, wall=wall - 2 * HOUR)) as counter:
            await test(counter)

    asyncio.run(whole())
    return shelf


async def accepted(counter: Counter, number: int, command: BookAppointment | Register) -> Accepted:
    answer = await counter.ask(number, command, DESK)
    assert isinstance(answer, Accepted), answer
    return answer


def test_the_engine_sees_a_reference_and_the_same_card_finds_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking())
        part = (await counter.day()).appointments["HEN-1"]
        assert part.person is not None
        assert NAME not in repr(counter.events)
        assert NUMBER not in repr(counter.events)
        ticket = (await accepted(counter, 2, card(NUMBER))).result
        assert isinstance(ticket, Ticket)
        assert ticket.appointment is not None
        day = await counter.day()
        assert day.visits[ticket.visit].person == part.person
        assert ticket.lane is Lane.APPOINTMENT
        # The card knows no telephone: the desk's stays.
        assert counter.people.find(day, "345678", names=True).visits[0].visit == ticket.visit

    serve(test, wall=TODAY + HOUR)
    assert NAME not in caplog.text
    assert NUMBER not in caplog.text


def test_a_code_alone_brings_the_name_along_and_the_booked_age_is_to_be_shown() -> None:
    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(code="TK1"))
        ticket = (await accepted(counter, 2, coded("tk1"))).result
        assert isinstance(ticket, Ticket)
        assert (ticket.lane, ticket.provisional) == (Lane.PRIORITY, True)
        assert counter.people.names(await counter.day(), "desk1")[ticket.visit].name == NAME

    serve(test)


def test_the_same_command_twice_is_one_and_another_is_refused() -> None:
    async def test(counter: Counter) -> None:
        first = await counter.ask(1, booking(), DESK)
        assert await counter.ask(1, booking(), DESK) == first
        other = await counter.ask(1, booking(TODAY + HOUR), DESK)
        assert isinstance(other, Rejected)
        assert len((await counter.day()).appointments) == 1

    serve(test)


def test_two_in_one_batch_are_one_person() -> None:
    async def test(counter: Counter) -> None:
        asked = [counter.send(1, booking(), DESK), counter.send(2, booking(NEXT_WEEK, "HEN-2"), DESK)]
        await asyncio.gather(*asked)
        parts = (await counter.day()).appointments
        assert parts["HEN-1"].person == parts["HEN-2"].person

    serve(test)


def test_two_that_were_looked_up_together_are_one_person_in_whatever_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "DECIDING", 0.0)

    async def test(counter: Counter) -> None:
        later = NEXT_WEEK + 24 * HOUR
        wishes = [
            counter.service.post(DESK, command_id(number), booking(at, f"HEN-{number}"))
            for number, at in ((1, NEXT_WEEK), (2, later))
        ]
        for wish in wishes:
            assert isinstance(await within(wish), Accepted)
        parts = (await counter.day()).appointments
        assert parts["HEN-1"].person == parts["HEN-2"].person

    serve(test)


def test_who_is_awaited_later_is_in_nobodys_memory_and_found_on_the_day() -> None:
    async def book(counter: Counter) -> None:
        await accepted(counter, 1, booking(NEXT_WEEK, code="TK1"))
        assert len(counter.people) == 0

    async def meet(counter: Counter) -> None:
        assert len(counter.people) == 1
        ticket = (await accepted(counter, 2, card(NUMBER, NAME))).result
        assert isinstance(ticket, Ticket)
        assert ticket.appointment is not None

    serve(meet, serve(book), wall=NEXT_WEEK)


def test_names_come_with_the_new_day_to_a_server_that_never_stopped() -> None:
    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(TODAY + 24 * HOUR, code="TK1"))
        await counter.at_rest()
        await counter.pass_time(24 * HOUR)
        assert (await counter.day()).day == "2025-03-04"
        ticket = (await accepted(counter, 2, coded("TK1"))).result
        assert isinstance(ticket, Ticket)
        assert counter.people.names(await counter.day(), "desk1")[ticket.visit].name == NAME

    serve(test)


def kept_until(shelf: Shelf) -> list[int]:
    return sorted(row.at for row in shelf.patients.values())


def test_a_person_is_kept_for_the_appointed_day_whatever_comes_before_it() -> None:
    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(NEXT_WEEK))
        await accepted(counter, 2, card(NUMBER, NAME))

    shelf = serve(test)
    assert kept_until(shelf) == [NEXT_WEEK]
    (row,) = shelf.patients.values()
    assert row.day == "2025-03-03"


@pytest.mark.parametrize("way", ["cancelled", "moved", "moved without a name", "somebody else"])
def test_who_is_awaited_no_longer_or_sooner_is_kept_less_long(way: str) -> None:
    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(NEXT_WEEK))
        now = counter.service.now()
        match way:
            case "cancelled":
                answer = await counter.ask(2, CancelAppointment(appointment="HEN-1"), DESK)
                assert isinstance(answer, Accepted)
                assert kept_until(shelf) == [now]
            case "moved":
                await accepted(counter, 2, booking(TODAY))
                assert kept_until(shelf) == [TODAY]
            case "moved without a name":
                await accepted(counter, 2, booking(TODAY, identity=None))
                assert kept_until(shelf) == [TODAY]
            case _:
                other = Identity(IdentityKind.TYPED, "001080099999", "Ai Khác")
                await accepted(counter, 2, booking(NEXT_WEEK, identity=other))
                assert kept_until(shelf) == [now, NEXT_WEEK]

    shelf = Shelf()
    serve(test, shelf)


def test_without_a_number_a_name_that_changes_is_the_same_person() -> None:
    async def test(counter: Counter) -> None:
        known = Identity(IdentityKind.PHONE, name=NAME, phone="0912345678")
        await accepted(counter, 1, booking(identity=known))
        person = (await counter.day()).appointments["HEN-1"].person
        seq = counter.service.seq
        await accepted(counter, 2, booking(identity=known))
        assert counter.service.seq == seq
        assert (await counter.day()).appointments["HEN-1"].person == person

    assert len(serve(test).patients) == 1


@pytest.mark.parametrize("deciding", [60.0, 0.0], ids=["in one batch", "one by one"])
@pytest.mark.parametrize("at", [NEXT_WEEK, TODAY], ids=["later", "today"])
def test_who_is_only_called_otherwise_keeps_the_number(
    monkeypatch: pytest.MonkeyPatch, deciding: float, at: int
) -> None:
    monkeypatch.setattr(batches, "DECIDING", deciding)
    other = Identity(IdentityKind.PHONE, name="Nguyễn Thị Bí Ẩn", phone="0987654321")

    async def book(counter: Counter) -> None:
        wishes = [
            counter.service.post(DESK, command_id(1), booking(at)),
            counter.service.post(DESK, command_id(2), booking(at + HOUR, identity=other)),
        ]
        for wish in wishes:
            assert isinstance(await within(wish), Accepted)
        # Also by itself, of somebody whom nobody remembers in the clear.
        await accepted(counter, 3, booking(at + 2 * HOUR, identity=other))

    async def meet(counter: Counter) -> None:
        ticket = (await accepted(counter, 4, card(NUMBER, ""))).result
        assert isinstance(ticket, Ticket)
        assert ticket.appointment is not None
        assert ticket.appointment.at == at + 2 * HOUR
        day = await counter.day()
        assert counter.people.names(day, "desk1")[ticket.visit].name == "Nguyễn Thị Bí Ẩn"
        assert counter.people.find(day, NUMBER[-6:], names=True).visits[0].visit == ticket.visit

    serve(meet, serve(book), wall=at)


def test_whoever_is_moved_to_today_without_being_named_is_known_to_the_desk() -> None:
    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(NEXT_WEEK, code="TK1"))
        await accepted(counter, 2, booking(TODAY, identity=None))
        assert kept_until(shelf) == [TODAY]
        ticket = (await accepted(counter, 3, coded("TK1"))).result
        assert isinstance(ticket, Ticket)
        assert counter.people.names(await counter.day(), "desk1")[ticket.visit].name == NAME

    shelf = Shelf()
    serve(test, shelf)


def test_whoever_was_erased_does_not_come_back_with_another_name() -> None:
    named = Identity(IdentityKind.PHONE, name="Nguyễn Thị Bí Ẩn", phone="0987654321")

    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(NEXT_WEEK))
        first = (await counter.day()).appointments["HEN-1"].person
        assert isinstance(await counter.ask(2, Forget(person=first), DESK), Accepted)
        await accepted(counter, 3, booking(NEXT_WEEK + HOUR, identity=named))
        second = (await counter.day()).appointments["HEN-1"].person
        assert second not in (None, first)
        assert [row.person for row in counter.store.people([first or "", second or ""])] == [second]

    serve(test)


def test_a_booking_of_another_day_told_again_is_one_appointment_of_one_person() -> None:
    async def test(counter: Counter) -> None:
        for number in (1, 2):
            await accepted(counter, number, booking(NEXT_WEEK))
            assert len((await counter.day()).appointments) == 1
        # The same person under another reference is awaited twice, and known once.
        await accepted(counter, 3, booking(NEXT_WEEK + HOUR, "HEN-2"))
        first, second = (await counter.day()).appointments.values()
        assert first.person == second.person
        assert [type(event).__name__ for event in counter.events].count("AppointmentBooked") == 2
        assert "AppointmentChanged" not in [type(event).__name__ for event in counter.events]

    shelf = serve(test)
    assert kept_until(shelf) == [NEXT_WEEK + HOUR]


def test_whose_card_it_was_by_mistake_is_awaited_again() -> None:
    """A daughter's visit under her mother's card took the mother's appointment; the desk says who she is."""
    daughter = Identity(IdentityKind.CARD, "001180054321", "Nguyễn Thị Mẫu", "1980-01-01")

    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking())
        mistaken = (await accepted(counter, 2, card(NUMBER))).result
        assert isinstance(mistaken, Ticket)
        assert isinstance(
            await counter.ask(3, Identify(visit=mistaken.visit, identity=daughter), DESK), Accepted
        )
        assert kept_until(shelf)[-1] == TODAY
        comes = (await accepted(counter, 4, card(NUMBER))).result
        assert isinstance(comes, Ticket)
        assert comes.appointment is not None
        day = await counter.day()
        assert day.appointments["HEN-1"].visit == comes.visit
        assert day.visits[mistaken.visit].part.appointment == ""

    shelf = Shelf()
    serve(test, shelf)


@pytest.mark.parametrize(
    "booked",
    [
        Identity(IdentityKind.PHONE, name=NAME, phone="0912345678"),
        Identity(IdentityKind.TYPED, "3112345678", NAME),
        Identity(IdentityKind.HOSPITAL_CARD, "BN001"),
        Identity(IdentityKind.TYPED, "012345678", NAME),
    ],
    ids=["by name", "by insurance card", "by the hospital's card", "by an old identity number"],
)
def test_who_is_known_better_keeps_the_appointment_they_came_with(booked: Identity) -> None:
    """Here by the code: a card, known from another booking too, changes nothing."""

    async def test(counter: Counter) -> None:
        await accepted(counter, 1, booking(NEXT_WEEK, "HEN-0"))
        await accepted(counter, 2, booking(identity=booked, code="TK1"))
        here = (await accepted(counter, 3, coded("TK1"))).result
        assert isinstance(here, Ticket)
        same = Identity(IdentityKind.CARD, NUMBER, NAME, "1980")
        assert isinstance(await counter.ask(4, Identify(visit=here.visit, identity=same), DESK), Accepted)
        day = await counter.day()
        assert day.visits[here.visit].part.appointment == "HEN-1"
        assert day.appointments["HEN-1"].state is AppointmentState.CHECKED_IN

    serve(test)


@pytest.mark.parametrize(
    "said",
    [
        {"reference": NUMBER},
        {"reference": f"{NUMBER[:4]}-{NUMBER[4:]}"},
        {"code": NUMBER},
        {"reference": "0912345678"},
    ],
)
def test_a_patients_own_number_is_no_reference(said: dict[str, str]) -> None:
    async def test(counter: Counter) -> None:
        seq = counter.service.seq
        answer = await counter.ask(1, booking(**said), DESK)  # type: ignore[arg-type]  # reference or code
        assert isinstance(answer, Rejected)
        assert answer.code is Refusal.MALFORMED
        assert counter.service.seq == seq

    serve(test)


def test_a_refused_booking_leaves_nobody_behind() -> None:
    async def test(counter: Counter) -> None:
        assert isinstance(await counter.ask(1, booking(TODAY - 48 * HOUR), DESK), Rejected)

    assert serve(test).patients == {}


def test_nothing_personal_is_in_the_file(tmp_path: Path) -> None:
    async def whole() -> None:
        store = SqlStore(tmp_path / "queue.db", "small", "w1", exclusive=False, busy_ms=1)
        async with at_work(make(store, rules=ENGINE)) as counter:
            await accepted(counter, 1, booking(NEXT_WEEK))
            await accepted(counter, 2, booking())
            day: Day = await counter.day()
            assert day.appointments["HEN-1"].state is AppointmentState.BOOKED

    asyncio.run(whole())
    for file in tmp_path.iterdir():
        for secret in (NUMBER, "Bí Mật", "0912345678"):
            assert secret.encode() not in file.read_bytes(), file.name
