"""A day with lunch on the service's own timers: rooms pause and open by themselves, and nobody is lost."""

from queue_server.engine.facility import Facility, PractitionerPlan, SessionPlan
from queue_server.engine.model import OPEN, Day
from queue_server.engine.sessions import BETWEEN
from queue_server.protocol.codes import ClinicState, Refusal, StepState
from queue_server.protocol.commands import CallNext, Register
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Called, Ticket
from queue_server.protocol.values import replaced
from queue_server.service import ENGINE
from tests.server.service.counter import DESK, Counter, card, make, moment, run
from tests.server.service.small_hospital import small_hospital

MINUTE = 60_000


def hospital() -> Facility:
    """One room with four turns in the morning and four in the afternoon, and a desk round the clock."""
    return replaced(
        small_hospital(),
        practitioners={"an": PractitionerPlan("an", "BS. An")},
        sessions=(
            SessionPlan("desk1", "", 0, 1440),
            SessionPlan("room12", "an", 7 * 60, 11 * 60 + 30, 4),
            SessionPlan("room12", "an", 13 * 60, 16 * 60, 4),
        ),
    )


def wish(number: int, *, later: bool = False) -> Register:
    came = card(f"0010800{number:05}")
    return Register(payer=came.payer, kind=came.kind, identity=came.identity, service="general", later=later)


def state(day: Day) -> tuple[ClinicState, str]:
    part = day.clinics["room12"].part
    return part.state, part.reason


def waiting(day: Day) -> set[str]:
    return {step.visit for step in day.steps.values() if step.standing.state in OPEN}


def test_over_lunch_nobody_is_lost_and_the_afternoon_begins_by_itself() -> None:
    async def test(counter: Counter) -> None:
        count = iter(range(1, 1000))

        async def came(*, later: bool = False) -> Ticket:
            number = next(count)
            answer = await counter.ask(number, wish(number, later=later))
            assert isinstance(answer, Accepted), answer
            assert isinstance(answer.result, Ticket)
            return answer.result

        async def call(clinic: str, after: str | None = None) -> Called:
            answer = await counter.ask(next(count), CallNext(clinic=clinic, after=after), DESK)
            assert isinstance(answer, Accepted), answer
            assert isinstance(answer.result, Called)
            return answer.result

        async def through_the_desk() -> None:
            called = await call("desk1")
            while called.step is not None:
                called = await call("desk1", called.step)

        morning = [await came() for _ in range(4)]
        number = next(count)
        refused = await counter.ask(number, wish(number))
        assert isinstance(refused, Rejected)
        assert refused.code is Refusal.SESSION_FULL
        assert refused.facts == {"service": "general", "later_at": moment("2025-03-03 13:00")}
        afternoon = [await came(later=True) for _ in range(2)]
        everybody = {ticket.visit for ticket in (*morning, *afternoon)}
        await counter.pass_time(30 * MINUTE)
        assert state(await counter.day()) == (ClinicState.OPEN, "")
        await through_the_desk()
        first = await call("room12")
        assert first.visit == morning[0].visit
        while (await counter.day()).now < moment("2025-03-03 11:30"):
            await counter.pass_time(15 * MINUTE)
        assert state(await counter.day()) == (ClinicState.PAUSED, BETWEEN)
        day = await counter.day()
        assert waiting(day) == everybody
        assert [day.steps[step].visit for step in day.clinics["room12"].in_hand] == [first.visit]
        while (await counter.day()).now < moment("2025-03-03 13:00"):
            assert state(await counter.day()) == (ClinicState.PAUSED, BETWEEN)
            await counter.pass_time(15 * MINUTE)
        assert state(await counter.day()) == (ClinicState.OPEN, "")
        assert first.visit is not None
        seen, called = [first.visit], await call("room12", first.step)
        while called.step is not None:
            assert called.visit is not None
            seen.append(called.visit)
            called = await call("room12", called.step)
        assert seen == [ticket.visit for ticket in (*morning, *afternoon)]
        day = await counter.day()
        assert not waiting(day)
        assert {step.standing.state for step in day.steps.values()} == {StepState.DONE}
        while (await counter.day()).now < moment("2025-03-03 16:00"):
            await counter.pass_time(30 * MINUTE)
        await counter.pass_time(MINUTE)
        assert state(await counter.day())[0] is ClinicState.CLOSED

    run(test, make(rules=ENGINE, facility=hospital(), wall=moment("2025-03-03 06:30")))
