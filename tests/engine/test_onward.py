"""Who lets a patient go is told where the patient goes next."""

from queue_server.protocol import commands as c
from queue_server.protocol.results import Finished, StepsAdded
from tests.support.hospital import Hospital


def finished(h: Hospital, step: str) -> Finished:
    told = h.ok(c.Finish(step=step))
    assert isinstance(told, Finished)
    return told


def test_a_finish_names_the_next_stop_and_the_last_one_none() -> None:
    h = Hospital()
    ticket = h.register("fee", service="internal")
    told = finished(h, h.called("till"))
    assert told.visit == ticket.visit
    assert told.onward is not None
    assert (told.onward.label.vi, told.onward.floor.vi) == ("internal", "1")
    told = finished(h, h.called("room_1"))
    assert told.onward is not None
    assert told.onward.label.vi == "counter"
    assert finished(h, h.called("counter")).onward is None


def test_a_call_of_the_next_names_where_the_finished_one_goes() -> None:
    h = Hospital()
    first, _ = h.register("fee", service="skin"), h.register("fee", service="internal")
    step = h.called("till")
    assert h.visit(first.visit).steps[0] == step
    called = h.call("till", step)
    assert called.onward is not None
    assert called.onward.label.vi == "room_4"
    last = h.call("till", called.step)
    assert last.step is None
    assert last.onward is not None
    assert h.call("room_4").onward is None


def test_a_discreet_place_is_named_by_its_public_name() -> None:
    h = Hospital()
    for _ in range(2):
        h.register("fee", service="skin")
    first = h.called("till")
    second = h.call("till", first)
    assert second.onward is not None
    assert second.step is not None
    told = finished(h, second.step)
    assert told.onward is not None
    assert {second.onward.label.vi, told.onward.label.vi} == {"room_4", "Phòng"}


def test_orders_name_the_first_stop_and_a_paid_one_waits_behind_the_others() -> None:
    h = Hospital()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    exam = h.called("room_1")
    added = h.ok(
        c.AddSteps(
            visit=h.day.steps[exam].visit,
            orders=(c.Order(service="x_ray"), c.Order(service="blood")),
            step=exam,
            back=True,
        )
    )
    assert isinstance(added, StepsAdded)
    assert added.onward is not None
    assert added.onward.label.vi == "lab"
