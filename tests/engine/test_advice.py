"""The recommended order of a visit's stops: never later than any other, and made anew when lines change."""

from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.engine import advice
from queue_server.engine.draft import Draft
from queue_server.engine.way import EXACT, Stop, cost, quickest
from queue_server.protocol import commands as c
from queue_server.protocol.codes import Need, PresenceKind
from queue_server.protocol.results import Finished, StepsAdded
from queue_server.protocol.values import replaced
from tests.support.hospital import CLINICS, MINUTE, SERVICES, Hospital, facility

NOW = 1_000 * MINUTE
MINUTES = st.integers(0, 40).map(lambda minutes: minutes * MINUTE)


@st.composite
def some_stops(draw: Any, most: int = EXACT) -> list[Stop]:
    """Stops in lines or not, with moments, session ends, and what comes after what."""
    names = [f"s{number}" for number in range(draw(st.integers(1, most)))]
    made = []
    for index, name in enumerate(names):
        before = draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        waits = draw(st.booleans())
        line = draw(MINUTES)
        made.append(
            Stop(
                name,
                draw(st.sampled_from(["near", "far"])),
                MINUTE + draw(MINUTES),
                from_line=NOW + line if waits else 0,
                line=0 if waits else line,
                ready=draw(st.sampled_from([0, NOW + 30 * MINUTE])),
                after={other: draw(MINUTES) for other in before},
                ends=draw(st.sampled_from([0, 0, NOW + 60 * MINUTE])),
            )
        )
    return list(draw(st.permutations(made)))


def walk(start: str, clinic: str) -> int:
    return 0 if start == clinic else 4 * MINUTE


def allowed(order: tuple[Stop, ...]) -> bool:
    return all(
        {stop.step for stop in order[index:]}.isdisjoint(stop.after) for index, stop in enumerate(order)
    )


@settings(max_examples=150, deadline=None)
@given(some_stops())
def test_no_order_ends_sooner_than_the_recommended_one(stops: list[Stop]) -> None:
    by_name = {stop.step: stop for stop in stops}
    recommended = [by_name[name] for name in quickest(stops, NOW, walk)]
    assert sorted(stop.step for stop in recommended) == sorted(by_name)
    assert allowed(tuple(recommended))
    assert cost(recommended, NOW, walk) == min(
        cost(order, NOW, walk) for order in permutations(stops) if allowed(order)
    )


@settings(max_examples=60, deadline=None)
@given(some_stops(most=10))
def test_a_long_list_is_whole_and_keeps_the_rules(stops: list[Stop]) -> None:
    by_name = {stop.step: stop for stop in stops}
    order = quickest(stops, NOW, walk)
    assert sorted(order) == sorted(by_name)
    assert allowed(tuple(by_name[name] for name in order))


def test_a_long_list_begins_where_it_can_begin_first_and_with_what_takes_longest_after() -> None:
    stops = [Stop(f"s{n}", "near", MINUTE, from_line=NOW + n * MINUTE) for n in range(9)]
    stops += [
        Stop("blood", "near", MINUTE, from_line=NOW),
        Stop("back", "near", MINUTE, after={"blood": 60 * MINUTE}),
    ]
    order = quickest(stops, NOW, walk)
    assert (order[0], order[-1]) == ("blood", "back")


def test_rules_that_contradict_each_other_still_give_an_order() -> None:
    stops = [Stop("a", "", MINUTE, after={"b": 0}), Stop("b", "", MINUTE, after={"a": 0})]
    assert sorted(quickest(stops, NOW)) == ["a", "b"]


# in a hospital --------------------------------------------------------------------------------------


def house(walks: dict[str, int] | None = None, **changed: dict[str, Any]) -> Hospital:
    services = {s.id: replaced(s, **changed.get(s.id, {})) for s in SERVICES}
    halls = facility().halls
    other = {"hall_b": replaced(halls["hall_a"], id="hall_b")}
    clinics = {k.id: replaced(k, hall="hall_b") if k.id == "lab" else k for k in CLINICS}
    return Hospital(facility(services=services, halls={**halls, **other}, clinics=clinics, walks=walks or {}))


def in_the_room(h: Hospital) -> tuple[str, str]:
    visit = h.register("fee", service="internal").visit
    h.finish(h.called("till"))
    room = h.standing(h.step_at(visit, "internal")).clinic
    return visit, h.called(room)


def ordered(h: Hospital, exam: str, *services: str) -> tuple[str, ...]:
    return h.order(exam, *services)


def order_of(h: Hospital, visit: str) -> list[str]:
    """The services of the recommended stops, first to last."""
    places = advice.suggested(Draft(h.day), visit)
    assert sorted(places.values()) == list(range(1, len(places) + 1))
    return [h.day.steps[step].service for step in sorted(places, key=lambda step: places[step])]


def crowd(h: Hospital, service: str, count: int) -> None:
    for _ in range(count):
        visit = h.register("fee", "check").visit
        h.ok(c.AddSteps(visit=visit, orders=(c.Order(service=service),)))


def test_the_shorter_line_first_and_the_other_when_the_lines_change() -> None:
    h = house(ultrasound={"result_minutes": 60})
    crowd(h, "ultrasound", 3)
    h.pass_time(MINUTE)
    visit, exam = in_the_room(h)
    ordered(h, exam, "ultrasound", "blood")
    told = h.ok(c.Finish(step=exam))
    assert isinstance(told, Finished)
    assert told.onward is not None
    assert told.onward.label.vi == "lab"
    assert order_of(h, visit) == ["blood", "ultrasound", "internal", "pharmacy"]
    for _ in range(3):
        h.finish(h.called("scan"))
    assert order_of(h, visit)[:2] == ["ultrasound", "blood"]


def test_what_takes_long_to_come_back_starts_first() -> None:
    h = house(blood={"result_minutes": 60}, ultrasound={"result_minutes": 1})
    visit, exam = in_the_room(h)
    added = h.ok(
        c.AddSteps(
            visit=visit,
            orders=(c.Order(service="ultrasound"), c.Order(service="blood")),
            step=exam,
            back=True,
        )
    )
    assert isinstance(added, StepsAdded)
    h.finish(exam)
    assert order_of(h, visit)[:2] == ["blood", "ultrasound"]

    h = house(blood={"result_minutes": 1}, ultrasound={"result_minutes": 60})
    visit, exam = in_the_room(h)
    ordered(h, exam, "blood", "ultrasound")
    h.finish(exam)
    assert order_of(h, visit)[:2] == ["ultrasound", "blood"]


def test_needs_come_in_their_order() -> None:
    h = house(
        blood={"needs": (Need.EMPTY_BLADDER,)},
        ultrasound={"needs": (Need.FULL_BLADDER,)},
    )
    visit, exam = in_the_room(h)
    ordered(h, exam, "blood", "ultrasound", "eyes")
    h.finish(exam)
    assert order_of(h, visit) == ["eyes", "ultrasound", "blood", "internal", "pharmacy"]


def test_a_way_counts() -> None:
    walks = {"hall_a/hall_b": 12 * 60}
    h = house(walks)
    visit, exam = in_the_room(h)
    ordered(h, exam, "blood", "ultrasound")
    h.finish(exam)
    assert order_of(h, visit)[:2] == ["ultrasound", "blood"]
    h.ok(c.SetPresence(visit=visit, presence=PresenceKind.HERE, hall="hall_b"))
    assert order_of(h, visit)[:2] == ["blood", "ultrasound"]


def test_where_there_is_no_choice_there_is_no_advice() -> None:
    h = house()
    visit = h.register("fee", service="internal").visit
    assert advice.suggested(Draft(h.day), visit) == {}
    h.finish(h.called("till"))
    exam = h.called("room_1")
    ordered(h, exam, "blood")
    h.finish(exam)
    assert advice.suggested(Draft(h.day), visit) == {}


def test_who_is_in_hand_is_there_first() -> None:
    h = house()
    visit, exam = in_the_room(h)
    ordered(h, exam, "blood", "ultrasound", "skin")
    h.finish(exam)
    step = h.called("scan")
    assert order_of(h, visit)[0] == "ultrasound"
    assert advice.suggested(Draft(h.day), visit)[step] == 1


def test_the_paper_lists_all_stops_the_recommended_first() -> None:
    h = house(blood={"result_minutes": 60, "needs": (Need.FASTING,)})
    visit, exam = in_the_room(h)
    ordered(h, exam, "ultrasound", "blood")
    h.finish(exam)
    stops = advice.listed(Draft(h.day), visit)
    assert [stop.suggested for stop in stops] == [1, 2, 3, 4]
    assert stops[0].place.label.vi == "lab"
    assert stops[0].needs == (Need.FASTING,)


def test_a_test_that_is_not_paid_comes_after_the_cashier() -> None:
    h = house()
    visit, exam = in_the_room(h)
    h.ok(c.AddSteps(visit=visit, orders=(c.Order(service="x_ray"), c.Order(service="cashier"))))
    h.finish(exam)
    order = order_of(h, visit)
    assert order.index("cashier") < order.index("x_ray")
