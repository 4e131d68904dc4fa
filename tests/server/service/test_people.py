"""People over a real file: identified later, known from an earlier day, erased; never in the clear."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from queue_server.access import Holder
from queue_server.answers import Answers
from queue_server.engine.events import InsuranceTold, PersonForgotten, VisitIdentified
from queue_server.engine.facility import Ages, Reason
from queue_server.engine.model import Actor
from queue_server.people.kept import Person
from queue_server.protocol.codes import Brought, Help, IdentityKind, Lane, ReasonKind, Refusal, Role
from queue_server.protocol.commands import (
    BookAppointment,
    Cancel,
    CancelAppointment,
    Command,
    Forget,
    Guardian,
    Identify,
    Identity,
    Insurance,
    NoteInsurance,
    OpenClinic,
    Register,
    TellInsurance,
)
from queue_server.protocol.messages import Accepted, Answered, Rejected, ToClient
from queue_server.protocol.questions import Find, Found
from queue_server.protocol.results import Ticket
from queue_server.protocol.values import replaced
from queue_server.service import ENGINE, batches
from queue_server.site import Device
from queue_server.store.sql import SqlStore
from tests.server.service.counter import (
    DESK,
    KEYS,
    KIOSK,
    Counter,
    anonymous,
    at_work,
    card,
    command_id,
    make,
    moment,
    run,
    until,
    within,
)
from tests.server.service.small_hospital import small_hospital, words

ADMIN = Actor("admin", Role.ADMIN)
NUMBER, NAME, BIRTH = "001049012345", "Nguyễn Thị Bí Mật", "1949-12-31"
HOUR = 3_600_000
SECRETS = (NUMBER, "Bí Mật", BIRTH, "TE1790000000000", "79034", "2026-12-31", "Văn Ví Dụ", "0987654321")


def over(path: Path, writer: str, wall: str = "2025-03-03 06:30", *, keeps_register: bool = False) -> Counter:
    reasons = {"left": Reason("left", ReasonKind.CANCEL, words("Tự về"))}
    facility = replaced(small_hospital(), keeps_register=keeps_register, reasons=reasons)
    store = SqlStore(path / "queue.db", "small", writer, exclusive=False)
    return make(store, rules=ENGINE, facility=facility, wall=moment(wall))


def child() -> Register:
    insurance = Insurance("TE1790000000000", "2026-01-01", "2026-12-31", "79034", transfer=False)
    told = Identity(
        IdentityKind.TOLD,
        "",
        "Lý Thị Bí Mật",
        "2023-05-01",
        brought=Brought.CHILD,
        guardian=Guardian("Lý Văn Ví Dụ", "0987654321"),
        insurance=insurance,
    )
    return Register(payer="fee", kind="exam", identity=told)


def ticket(answer: ToClient) -> Ticket:
    assert isinstance(answer, Accepted)
    assert isinstance(answer.result, Ticket)
    return answer.result


async def found(counter: Counter, text: str, role: Role = Role.RECEPTION) -> Found:
    holder: Holder = Device("desk", role, "")
    asked = await Answers(counter.service, counter.people, counter.store).answer("1", Find(text=text), holder)
    assert isinstance(asked, Answered)
    assert isinstance(asked.answer, Found)
    return asked.answer


def holds(folder: Path, secret: str | bytes) -> bool:
    wanted = secret.encode() if isinstance(secret, str) else secret
    return any(wanted in file.read_bytes() for file in folder.iterdir())


def test_identifying_is_done_once_however_often_it_is_said(tmp_path: Path) -> None:
    async def whole() -> None:
        identity = Identity(IdentityKind.CARD, NUMBER, NAME, BIRTH)
        async with at_work(over(tmp_path, "w1")) as counter:
            visit = ticket(await counter.ask(1, anonymous())).visit
            wish = Identify(visit=visit, identity=identity)
            both = await asyncio.gather(counter.send(2, wish, DESK), counter.send(2, wish, DESK))
            assert both[0] == both[1]
            assert isinstance(both[0], Accepted)
            other = Identify(visit=visit, identity=Identity(IdentityKind.CARD, "001080012345"))
            reused = await counter.ask(2, other, DESK)
            assert isinstance(reused, Rejected)
            assert reused.code is Refusal.ID_REUSED
            assert [type(event) for event in counter.events].count(VisitIdentified) == 1
            person = (await counter.day()).visits[visit].person
            again = await counter.ask(3, card(NUMBER, NAME, BIRTH))
            assert isinstance(again, Rejected)
            assert (again.code, again.facts["visit"]) == (Refusal.ALREADY_HERE, visit)
        # Also after a crash, from what is in the file alone.
        async with at_work(over(tmp_path, "w2")) as counter:
            assert await counter.ask(2, wish, DESK) == both[0]
            assert (await counter.day()).visits[visit].person == person
            assert person is not None
            assert counter.people.name_of(person) == (NAME, "1949")
            assert not any(isinstance(event, VisitIdentified) for event in counter.events)

    asyncio.run(whole())


def test_a_refused_identification_keeps_nothing(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            here = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH)))
            unknown = ticket(await counter.ask(2, child())).visit
            before = len(counter.people)
            typed = Identity(IdentityKind.TYPED, NUMBER, "Ai Đó")
            answer = await counter.ask(3, Identify(visit=unknown, identity=typed), DESK)
            assert isinstance(answer, Rejected)
            assert answer.facts == {"visit": here.visit, "number": here.number, "token": here.token}
            assert len(counter.people) == before
            assert (await found(counter, "bi mat ly")).visits[0].visit == unknown
            person = (await counter.day()).visits[here.visit].person
            assert person is not None
            assert counter.people.name_of(person) == (NAME, "1949")

    asyncio.run(whole())


def test_what_a_card_said_yesterday_is_not_lost_by_what_is_typed_today(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            first = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH)))
            known = (await counter.day()).visits[first.visit].person
        async with at_work(over(tmp_path, "w2", "2025-03-04 06:30")) as counter:
            typed = Identity(IdentityKind.TYPED, NUMBER, phone="0912345678")
            second = ticket(await counter.ask(2, Register(payer="fee", kind="exam", identity=typed)))
            person = (await counter.day()).visits[second.visit].person
            assert person == known
            assert person is not None
            assert counter.people.name_of(person) == (NAME, "1949")

    asyncio.run(whole())


def test_what_a_desk_tells_of_somebody_s_insurance_is_told_once_and_of_nobody_else(tmp_path: Path) -> None:
    card_of = Insurance("TE1790000000000", "2026-01-01", "2026-12-31", "79034", transfer=True, revisit=False)

    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            wish = TellInsurance(visit=visit, insurance=card_of)
            both = await asyncio.gather(counter.send(2, wish, DESK), counter.send(2, wish, DESK))
            assert both[0] == both[1]
            assert isinstance(both[0], Accepted)
            assert [type(event) for event in counter.events].count(InsuranceTold) == 1
            # Who it is stays: the card that was scanned still finds the visit.
            again = await counter.ask(3, card(NUMBER))
            assert isinstance(again, Rejected)
            assert again.facts["visit"] == visit
            assert await insurance_of(counter, visit) == card_of
            for said in ("te1 79 00 000 00000", "00000"):
                assert [one.visit for one in (await found(counter, said)).visits] == [visit]
            # What is left open stays as it was.
            slips = TellInsurance(visit=visit, insurance=Insurance(transfer=False, revisit=True))
            assert isinstance(await counter.ask(4, slips, DESK), Accepted)
            assert await insurance_of(counter, visit) == replace(card_of, transfer=False, revisit=True)
            nobody = ticket(await counter.ask(5, anonymous())).visit
            for number, unknown, code in (
                (6, nobody, Refusal.NOT_OFFERED),
                (7, "nobody", Refusal.UNKNOWN_VISIT),
            ):
                refused = await counter.ask(number, TellInsurance(visit=unknown, insurance=card_of), DESK)
                assert isinstance(refused, Rejected)
                assert refused.code is code
            for secret in SECRETS:
                assert secret not in repr(counter.published)
                assert not holds(tmp_path, secret), secret
        # Also after a crash, from what is in the file alone.
        async with at_work(over(tmp_path, "w2")) as counter:
            assert (await insurance_of(counter, visit)).revisit is True

    asyncio.run(whole())


def test_two_words_of_desks_in_one_batch_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            wishes = [
                counter.service.post(DESK, command_id(number), TellInsurance(visit=visit, insurance=told))
                for number, told in ((2, Insurance("TE1790000000000")), (3, Insurance(transfer=True)))
            ]
            for wish in wishes:
                assert isinstance(await within(wish), Accepted)
            assert await insurance_of(counter, visit) == Insurance("TE1790000000000", transfer=True)

    asyncio.run(whole())


def test_what_is_kept_of_people_does_not_depend_on_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = "2025-03-03-1", "2025-03-03-2"
    typed, told = IdentityKind.TYPED, IdentityKind.TOLD
    wishes: list[Command] = [
        card(NUMBER, NAME, BIRTH),
        Register(payer="fee", kind="exam", identity=Identity(IdentityKind.UNIDENTIFIED)),
        TellInsurance(visit=first, insurance=Insurance("TE1790000000000", transfer=True)),
        Identify(visit=second, identity=Identity(told, "", "Lý", guardian=Guardian("Lý Văn Ví Dụ"))),
        BookAppointment(
            appointment="HEN-1",
            service="general",
            at=moment("2025-03-10 08:30"),
            identity=Identity(typed, NUMBER, "Bí Mật", "1949", phone="0912345678"),
        ),
        TellInsurance(visit=first, insurance=Insurance(revisit=False)),
        Identify(visit=second, identity=Identity(typed, "001080012345", phone="0987654321")),
        CancelAppointment(appointment="HEN-1"),
        Identify(visit=first, identity=Identity(typed, NUMBER, phone="0900000000")),
    ]
    kept = []

    async def come_in(counter: Counter) -> None:
        answers = [
            counter.service.post(DESK, command_id(number), wish) for number, wish in enumerate(wishes, 1)
        ]
        for answer in answers:
            assert isinstance(await within(answer), Accepted)
        persons = [visit.person or "" for visit in (await counter.day()).visits.values()]
        rows = {row.person: row for row in counter.store.people(persons)}
        found = [rows[person] for person in persons]
        kept.append([(row.at, len(row.hashes), KEYS.unseal(row.person, row.sealed)) for row in found])
        assert all(row.at <= counter.service.now() for row in found)

    for deciding in (60.0, 0.0):
        monkeypatch.setattr(batches, "DECIDING", deciding)
        run(come_in, make(rules=ENGINE))
    assert kept[0] == kept[1]
    ((_, _, one), (_, numbers, other)) = kept[0]
    assert msgspec.json.decode(one, type=Person).insurance == Insurance(
        "TE1790000000000", "", "", "", True, False
    )
    child = msgspec.json.decode(other, type=Person)
    assert (child.name, child.phone, child.guardian, numbers) == (
        "Lý",
        "0987654321",
        Guardian("Lý Văn Ví Dụ"),
        1,
    )


def test_whether_there_is_a_slip_is_asked_each_day(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            told = Insurance("TE1790000000000", facility="79034", transfer=True, revisit=True)
            await counter.ask(2, TellInsurance(visit=visit, insurance=told), DESK)
        async with at_work(over(tmp_path, "w2", "2025-03-04 06:30")) as counter:
            visit = ticket(await counter.ask(3, card(NUMBER))).visit
            kept = await insurance_of(counter, visit)
            assert kept == Insurance("TE1790000000000", facility="79034")

    asyncio.run(whole())


@pytest.mark.parametrize("by_code", [False, True], ids=["the card", "the appointment's code"])
def test_a_booking_made_here_takes_no_slip_of_today_along(tmp_path: Path, by_code: bool) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            told = Insurance("TE1790000000000", facility="79034", transfer=True, revisit=True)
            await counter.ask(2, TellInsurance(visit=visit, insurance=told), DESK)
            booking = BookAppointment(
                appointment="HEN-1",
                service="general",
                at=moment("2025-03-04 08:30"),
                identity=Identity(IdentityKind.TYPED, NUMBER),
            )
            assert isinstance(await counter.ask(3, booking, DESK), Accepted)
            # Here and today it still counts.
            assert await insurance_of(counter, visit) == told
        async with at_work(over(tmp_path, "w2", "2025-03-04 06:30")) as counter:
            come = Register(payer="fee", kind="exam", appointment="HEN-1") if by_code else card(NUMBER)
            visit = ticket(await counter.ask(4, come)).visit
            facts = counter.people.names(await counter.day(), "desk1")[visit].insurance
            assert facts is not None
            assert (facts.card, facts.transfer, facts.revisit) == ("TE1790000000000", None, None)
            slip = TellInsurance(visit=visit, insurance=Insurance(revisit=True))
            assert isinstance(await counter.ask(5, slip, DESK), Accepted)
            facts = counter.people.names(await counter.day(), "desk1")[visit].insurance
            assert facts is not None
            assert (facts.transfer, facts.revisit) == (None, True)

    asyncio.run(whole())


def test_what_the_insurance_answered_another_day_is_not_shown_as_today_s(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1", keeps_register=True)) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            word = NoteInsurance(visit=visit, card=NUMBER, code="000", at=counter.service.now())
            assert isinstance(await counter.ask(2, word), Accepted)
            person = (await counter.day()).visits[visit].person or ""
            assert counter.people.checked(person, "2025-03-03") is not None
        async with at_work(over(tmp_path, "w2", "2025-06-03 08:30", keeps_register=True)) as counter:
            visit = ticket(await counter.ask(3, card(NUMBER))).visit
            assert (await counter.day()).visits[visit].person == person
            assert counter.people.checked(person, "2025-06-03") is None

    asyncio.run(whole())


def test_many_people_in_one_batch_are_each_themselves() -> None:
    """One batch or several: as many people as cards, each with their own name, whoever comes twice."""
    many = range(40)
    numbers = [f"0010800{number:05d}" for number in many]

    async def come_in(counter: Counter) -> None:
        wishes = [
            counter.service.post(
                actor, command_id(100 * at + number + 1), card(numbers[number], f"Người {number}")
            )
            for number in many
            for at, actor in enumerate((KIOSK, Actor("kiosk2", Role.KIOSK)))
        ]
        answers = [await within(wish) for wish in wishes]
        firsts, seconds = answers[::2], answers[1::2]
        visits = [ticket(first).visit for first in firsts]
        assert len(set(visits)) == len(many)
        for visit, second in zip(visits, seconds, strict=True):
            assert isinstance(second, Rejected)
            assert (second.code, second.facts["visit"]) == (Refusal.ALREADY_HERE, visit)
        day = await counter.day()
        names = [counter.people.name_of(day.visits[visit].person or "")[0] for visit in visits]
        assert names == [f"Người {number}" for number in many]
        # Several at a time, though nobody is decided in one batch with themselves.
        assert len(counter.store.commits) < len(wishes)

    run(come_in, make(rules=ENGINE))


async def insurance_of(counter: Counter, visit: str) -> Insurance:
    """What is sealed of the insurance of whom this visit is of."""
    person = (await counter.day()).visits[visit].person
    (row,) = counter.store.people([person or ""])
    kept = msgspec.json.decode(KEYS.unseal(row.person, row.sealed), type=Person)
    assert kept.insurance is not None
    return kept.insurance


def test_a_register_knows_people_of_months_ago_and_a_desk_finds_them_by_the_number(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1", keeps_register=True)) as counter:
            known = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            told = ticket(await counter.ask(2, child())).visit
            day = await counter.day()
            reference, nameless = day.visits[known].person, day.visits[told].person
            assert len(list(counter.store.people([reference or "", nameless or ""]))) == 2
        async with at_work(over(tmp_path, "w2", "2025-06-03 06:30", keeps_register=True)) as counter:
            await counter.pass_time(HOUR)
            (person,) = (await found(counter, f" {NUMBER[:6]} {NUMBER[6:]}")).people
            assert (person.person, person.day, person.name, person.birth_year) == (
                reference,
                "2025-03-03",
                NAME,
                "1949",
            )
            # Not by a name, not by an end of the number, and nobody who may not see names.
            for text in ("bi mat", NUMBER[6:]):
                assert await found(counter, text) == Found(())
            assert await found(counter, NUMBER, Role.BOARD) == Found(())
            second = ticket(await counter.ask(3, card(NUMBER))).visit
            assert (await counter.day()).visits[second].person == reference
            # Whom nobody can find again was forgotten like everywhere.
            assert len(await counter.service.known(counter.people.numbers_in(NUMBER))) == 1
            assert len(list(counter.store.people([reference or "", nameless or ""]))) == 1

    asyncio.run(whole())


def test_who_no_longer_waits_for_what_they_looked_for_stops_nothing() -> None:
    async def come_in(counter: Counter) -> None:
        counter.store.hold()
        held = counter.send(1, card(NUMBER))
        await until(counter.store.held.is_set)
        asked = asyncio.create_task(counter.service.known(counter.people.numbers_in(NUMBER)))
        await asyncio.sleep(0)
        asked.cancel()
        await until(asked.done)
        counter.store.release()
        assert isinstance(await held, Accepted)
        assert isinstance(await counter.ask(2, anonymous()), Accepted)

    run(come_in, make(rules=ENGINE))


def test_without_a_register_nobody_is_known_after_the_retention(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            first = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH)))
            known = (await counter.day()).visits[first.visit].person
            (row,) = counter.store.people([known or ""])
            assert holds(tmp_path, row.sealed)
        async with at_work(over(tmp_path, "w2", "2025-03-06 06:29")) as counter:
            await counter.pass_time(1)
            assert [one.person for one in counter.store.people([known or ""])] == [known]
        async with at_work(over(tmp_path, "w3", "2025-03-07 06:30")) as counter:
            await counter.pass_time(HOUR)
            assert await found(counter, NUMBER) == Found(())
            assert list(counter.store.people([known or ""])) == []
            assert counter.store.people_by_hash(row.hashes) == {}
            # Not even sealed, in the log neither.
            assert not holds(tmp_path, row.sealed)
            assert not holds(tmp_path, row.hashes[0])
            second = ticket(await counter.ask(2, card(NUMBER, NAME, BIRTH)))
            assert (await counter.day()).visits[second.visit].person != known

    asyncio.run(whole())


def test_who_asks_for_it_is_erased_and_the_journal_keeps_the_random_reference(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1", keeps_register=True)) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            person = (await counter.day()).visits[visit].person
            assert person is not None
            still = await counter.ask(2, Forget(visit=visit), ADMIN)
            assert isinstance(still, Rejected)
            assert still.code is Refusal.STILL_HERE
            await counter.ask(3, Cancel(visit=visit, reason="left"), DESK)
            assert (await found(counter, "bi mat")).visits[0].name == NAME
            assert isinstance(await counter.ask(4, Forget(visit=visit), ADMIN), Accepted)
            assert not (await found(counter, "bi mat")).visits
            assert await found(counter, NUMBER) == Found(())
            assert list(counter.store.people([person])) == []
            erased = PersonForgotten(person)
            (entry,) = [each for each in counter.store.journal("2025-03-03") if each.event == erased]
            assert (entry.actor, entry.command_id) == ("admin", command_id(4))
            # Asked once more, it is done already.
            assert isinstance(await counter.ask(5, Forget(person=person), ADMIN), Accepted)

    asyncio.run(whole())


def test_after_an_erasure_the_same_card_is_somebody_new_even_in_one_batch(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1", keeps_register=True)) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            person = (await counter.day()).visits[visit].person
            assert person is not None
        async with at_work(over(tmp_path, "w2", "2025-03-04 06:30", keeps_register=True)) as counter:
            # All of it lies in the mailbox before the service looks.
            wishes = [
                counter.service.post(ADMIN, command_id(2), Forget(person=person)),
                counter.service.post(KIOSK, command_id(3), card(NUMBER, "Ai Khác", "1980")),
                counter.service.post(KIOSK, command_id(4), anonymous()),
            ]
            forgotten, again, _ = [await within(wish) for wish in wishes]
            assert isinstance(forgotten, Accepted)
            new = (await counter.day()).visits[ticket(again).visit].person
            assert new is not None
            assert new != person
            assert counter.people.name_of(person) == ("", "")
            assert counter.people.name_of(new) == ("Ai Khác", "1980")
            assert [row.person for row in counter.store.people([person, new])] == [new]
            assert PersonForgotten(person) in counter.events

    asyncio.run(whole())


def test_an_erasure_reaches_whoever_waits_far_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1", keeps_register=True)) as counter:
            visit = ticket(await counter.ask(1, card(NUMBER, NAME, BIRTH))).visit
            person = (await counter.day()).visits[visit].person
            assert person is not None
        # Each batch decides one command, though the first looks up many.
        monkeypatch.setattr(batches, "DECIDING", 0.0)
        async with at_work(over(tmp_path, "w2", "2025-03-04 06:30", keeps_register=True)) as counter:
            post, between = counter.service.post, range(4, 4 + 3 * batches.FEWEST)
            wishes = [
                post(KIOSK, command_id(2), anonymous()),
                post(ADMIN, command_id(3), Forget(person=person)),
            ]
            wishes += [post(KIOSK, command_id(number), OpenClinic(clinic="desk1")) for number in between]
            wishes.append(post(KIOSK, command_id(between.stop), card(NUMBER)))
            *_, again = [await within(wish) for wish in wishes]
            new = (await counter.day()).visits[ticket(again).visit].person
            assert new is not None
            assert (new != person, counter.people.name_of(new)) == (True, ("Nguyễn Văn An", "1980"))
            assert [row.person for row in counter.store.people([person, new])] == [new]

    asyncio.run(whole())


def test_nothing_that_is_told_of_anybody_is_in_the_files_or_the_answers(tmp_path: Path) -> None:
    async def whole() -> None:
        async with at_work(over(tmp_path, "w1")) as counter:
            answers = [
                await counter.ask(1, OpenClinic(clinic="desk1")),
                await counter.ask(2, child()),
                await counter.ask(3, anonymous()),
            ]
            identity = Identity(
                IdentityKind.INSURANCE,
                "TE1790000000000",
                NAME,
                BIRTH,
                phone="0987654321",
                insurance=Insurance("", "2026-01-01", "2026-12-31", "79034"),
            )
            visit = ticket(answers[-1]).visit
            answers.append(await counter.ask(4, Identify(visit=visit, identity=identity), DESK))
            unknown = Register(payer="fee", kind="exam", identity=Identity(IdentityKind.UNIDENTIFIED))
            answers.append(await counter.ask(5, unknown, DESK))
            shown = repr(answers) + repr(counter.published)
            rows = counter.people.names(await counter.day(), "desk1")
            (code,) = (row.code for row in rows.values() if row.code)
            for secret in (*SECRETS, code):
                assert secret not in shown
                assert not holds(tmp_path, secret), secret
        for secret in (*SECRETS, code):
            assert not holds(tmp_path, secret), secret

    asyncio.run(whole())


def test_the_day_of_a_birthday_begins_at_midnight_at_the_hospital() -> None:
    """17:00 UTC is midnight in Vietnam: until then a child is under six."""
    lanes = []
    for wall in ("2025-05-16 23:59", "2025-05-17 00:00"):

        async def come_in(counter: Counter) -> None:
            lanes.append(ticket(await counter.ask(1, card("001319012345", NAME, "2019-05-17"))).lane)

        run(come_in, make(rules=ENGINE, wall=moment(wall)))
    assert lanes == [Lane.PRIORITY, Lane.WALK_IN]


def test_the_rule_of_the_service_day_holds_after_midnight_until_the_day_ends() -> None:
    ages = (Ages(), Ages("2025-05-17", 7, 75))
    facility = replaced(small_hospital(day_ends=150), ages=ages)
    lanes = []
    for wall in ("2025-05-17 02:00", "2025-05-17 03:00"):

        async def come_in(counter: Counter) -> None:
            lanes.append(ticket(await counter.ask(1, card("001319012345", NAME, "2018-12-01"))).lane)

        run(come_in, make(rules=ENGINE, wall=moment(wall), facility=facility))
    assert lanes == [Lane.WALK_IN, Lane.PRIORITY]


def test_a_passport_has_one_open_visit_at_whatever_kiosk_also_in_one_batch() -> None:
    passport = Identity(IdentityKind.DOCUMENT, "C1234567", "ANNA MAUTHU", "1985-02-15", issuer="UTO")
    wish = Register(payer="fee", kind="exam", identity=passport)

    async def come_in(counter: Counter) -> None:
        other = Actor("kiosk2", Role.KIOSK)
        first, second = await asyncio.gather(counter.send(1, wish), counter.send(2, wish, other))
        assert isinstance(second, Rejected)
        assert (second.code, second.facts["visit"]) == (Refusal.ALREADY_HERE, ticket(first).visit)
        again = Register(payer="fee", kind="exam", identity=replace(passport, issuer="VNM"))
        assert ticket(await counter.ask(3, again, other)).visit != ticket(first).visit

    run(come_in, make(rules=ENGINE))


def test_help_that_is_asked_for_at_a_kiosk_is_noted_once() -> None:
    async def come_in(counter: Counter) -> None:
        asked = replace(anonymous(), help=(Help.WHEELCHAIR, Help.HEARING, Help.WHEELCHAIR))
        visit = ticket(await counter.ask(1, asked)).visit
        assert (await counter.day()).visits[visit].part.help == (Help.HEARING, Help.WHEELCHAIR)

    run(come_in, make(rules=ENGINE))
