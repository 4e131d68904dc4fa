"""Whatever desks, kiosks and days bring: what is remembered of people is what is kept, a number means one of
them, whoever is expected is known, and nobody erased comes back."""

import asyncio
from collections import Counter as Tally

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.engine.events import PersonForgotten
from queue_server.engine.facility import Reason
from queue_server.engine.model import Day
from queue_server.people.kept import Person
from queue_server.protocol.codes import IdentityKind, ReasonKind
from queue_server.protocol.commands import (
    BookAppointment,
    Cancel,
    CancelAppointment,
    Command,
    Forget,
    Identify,
    Identity,
    Insurance,
    NoteInsurance,
    Register,
    TellInsurance,
)
from queue_server.protocol.values import replaced
from queue_server.service import ENGINE
from queue_server.service.remembering import expected_people
from queue_server.store.memory import MemoryStore, Shelf
from tests.server.service.counter import DESK, KEYS, Counter, at_work, command_id, make, moment, within
from tests.server.service.small_hospital import small_hospital, words
from tests.support.fake_clock import FakeClock

HOUR = 3_600_000
FACILITY = replaced(
    small_hospital(),
    reasons={"left": Reason("left", ReasonKind.CANCEL, words("Tự về"))},
    insurance_lookup=True,
)
NUMBERS = ["001080012345", "001170054321", "DN4793112345678", "HT3793112345678", "3112345678", "012345678"]
REFERENCE = st.sampled_from(["HEN-1", "HEN-2", "HEN-3"])
PICK = st.integers(0, 9)

insurances = st.builds(
    Insurance,
    st.sampled_from(["", *NUMBERS[2:4]]),
    valid_until=st.sampled_from(["", "2025-12-31"]),
    transfer=st.sampled_from([None, True, False]),
)
identities = st.builds(
    Identity,
    st.sampled_from(list(IdentityKind)),
    st.sampled_from(NUMBERS),
    st.sampled_from(["", "Lê Văn Sáu", "Lý Thị Mẫu"]),
    st.sampled_from(["", "1950", "1980-01-01"]),
    phone=st.sampled_from(["", "0912345678"]),
    insurance=st.none() | insurances,
)
wishes = st.one_of(
    st.tuples(
        st.just("register"), PICK, st.none() | identities, st.sampled_from([None, None, "HEN-1", "HEN-2"])
    ),
    st.tuples(st.just("identify"), PICK, identities, st.none()),
    st.tuples(st.just("tell"), PICK, insurances, st.none()),
    st.tuples(st.just("note"), PICK, st.sampled_from(NUMBERS), st.none()),
    st.tuples(st.just("book"), st.sampled_from([1, 5, 20, 30, 100]), st.none() | identities, REFERENCE),
    st.tuples(st.just("call off"), PICK, st.none(), REFERENCE),
    st.tuples(st.just("leave"), PICK, st.none(), st.none()),
    st.tuples(st.just("forget"), PICK, st.booleans(), st.none()),
)
rounds = st.lists(
    st.tuples(
        st.lists(wishes, max_size=5),
        st.sampled_from(["", "", "", "an hour", "a day", "restart", "restart the day after"]),
    ),
    max_size=10,
)


def command(day: Day, wish: tuple[str, int, object, str | None]) -> Command:
    what, pick, more, reference = wish
    visits = list(day.visits)
    visit = visits[pick % len(visits)] if visits else "nobody"
    identity = more if isinstance(more, Identity) else None
    match what:
        case "register":
            return Register(payer="fee", kind="exam", identity=identity, appointment=reference)
        case "identify" if identity is not None:
            return Identify(visit=visit, identity=identity)
        case "tell" if isinstance(more, Insurance):
            return TellInsurance(visit=visit, insurance=more)
        case "note":
            return NoteInsurance(visit=visit, card=str(more), code="000", at=day.now)
        case "book":
            at = day.now + pick * HOUR
            return BookAppointment(appointment=reference or "", service="general", at=at, identity=identity)
        case "call off":
            return CancelAppointment(appointment=reference or "")
        case "leave":
            return Cancel(visit=visit, reason="left")
        case _:
            people = [part.person for part in day.appointments.values() if part.person is not None]
            if more and people:
                return Forget(person=people[pick % len(people)])
            return Forget(visit=visit)


def the_law_holds(counter: Counter, day: Day, shelf: Shelf) -> None:
    here, expected = counter.people._today, expected_people(day)
    assert here.keys() <= shelf.patients.keys()
    assert expected & shelf.patients.keys() <= here.keys()
    for person, known in here.items():
        row = shelf.patients[person]
        assert (known.day, known.hashes) == (row.day, row.hashes)
        assert known.sealed_in == msgspec.json.decode(KEYS.unseal(person, row.sealed), type=Person)
    numbers = Tally(item for row in shelf.patients.values() for item in row.hashes)
    assert set(numbers.values()) <= {1}
    open_visits = Tally(visit.person for visit in day.visits.values() if visit.part.end is None)
    assert all(count == 1 for person, count in open_visits.items() if person is not None)


@settings(max_examples=60, deadline=None)
@given(rounds)
def test_what_is_remembered_is_what_is_kept(
    story: list[tuple[list[tuple[str, int, object, str | None]], str]],
) -> None:
    async def tell() -> None:
        shelf, clock = Shelf(), FakeClock(moment("2025-03-03 06:30"))
        left, number, starts = list(story), 0, 0
        erased: set[str] = set()
        while left or not starts:
            starts += 1
            counter = make(
                MemoryStore("small", f"w{starts}", shelf), rules=ENGINE, facility=FACILITY, clock=clock
            )
            async with at_work(counter):
                the_law_holds(counter, await counter.day(), shelf)
                while left:
                    wanted, then = left.pop(0)
                    day = await counter.day()
                    answers = []
                    for wish in wanted:
                        number += 1
                        posted = counter.service.post(DESK, command_id(number), command(day, wish))
                        answers.append(posted)
                    for answer in answers:
                        await within(answer)
                    the_law_holds(counter, await counter.day(), shelf)
                    erased |= {e.person for e in counter.events if isinstance(e, PersonForgotten)}
                    assert not erased & shelf.patients.keys()
                    if then.startswith("restart"):
                        clock.advance(20 * HOUR if "day" in then else 0)
                        break
                    if then:
                        await counter.pass_time(HOUR if then == "an hour" else 20 * HOUR)
                        the_law_holds(counter, await counter.day(), shelf)

    asyncio.run(tell())
