"""What stops ask of the body and of each other: needs, before and after, gaps, timed repeats."""

from typing import Any

import pytest

from queue_server.engine import due, preparation
from queue_server.engine.facility import Facility
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    ClinicKind,
    GateName,
    Need,
    PresenceKind,
    ReadyBy,
    Refusal,
    Result,
    Role,
    StepState,
    VisitEnd,
)
from queue_server.protocol.results import StepsAdded
from queue_server.protocol.values import replaced
from tests.support.hospital import CLINICS, DAY, MINUTE, SERVICES, Hospital, clinic, facility, service

URINE = service("urine", ClinicKind.SAMPLING, "Y", 2, has_result=True, needs=(Need.EMPTY_BLADDER,))
CONTRAST = service("contrast", ClinicKind.IMAGING, "Y", 12, has_result=True)
GLUCOSE = service(
    "glucose",
    ClinicKind.SAMPLING,
    "Y",
    3,
    has_result=True,
    needs=(Need.FASTING,),
    ends=(Need.FASTING,),
    repeats=(60, 120),
)


def house(**changed: dict[str, Any]) -> Facility:
    """The hospital with a urine room, a contrast X-ray and a glucose test; `changed`: fields by service."""
    services = {s.id: replaced(s, **changed.get(s.id, {})) for s in (*SERVICES, URINE, CONTRAST, GLUCOSE)}
    clinics = (
        *CLINICS,
        clinic("toilet", ClinicKind.SAMPLING, "urine", places=4),
        clinic("tube", ClinicKind.IMAGING, "contrast"),
        clinic("sugar", ClinicKind.SAMPLING, "glucose", places=2),
    )
    return facility(services=services, clinics={k.id: k for k in clinics})


def in_the_room(h: Hospital) -> str:
    h.advance()
    h.register("fee", service="internal")
    h.finish(h.called("till"))
    return h.called("room_1")


def order(h: Hospital, exam: str, *orders: c.Order, back: bool = True) -> tuple[str, ...]:
    visit = h.day.steps[exam].visit
    added = h.ok(c.AddSteps(visit=visit, orders=orders, step=exam, back=back))
    assert isinstance(added, StepsAdded)
    return added.steps


def states(h: Hospital, *steps: str) -> list[str]:
    return [h.standing(step).state.value for step in steps]


def shut(h: Hospital, step: str) -> list[GateName]:
    return [gate.name for gate in h.standing(step).gates if not gate.open]


def moment(h: Hospital, step: str) -> int:
    """When the step's gate opens by itself; `due` looks at it."""
    assert step in h.day.timed_gates
    (at,) = [gate.at for gate in h.standing(step).gates if not gate.open]
    assert due.next_due(h.day) is not None
    return at


def why(h: Hospital, name: str) -> object:
    return h.refused(c.CallNext(clinic=name), Refusal.NOBODY_WAITING).facts["why_empty"]


def test_a_full_bladder_takes_its_time_or_the_patients_word() -> None:
    h = Hospital(house(ultrasound={"needs": (Need.FULL_BLADDER,), "ready_minutes": 40}))
    exam = in_the_room(h)
    scan, _ = order(h, exam, c.Order(service="ultrasound"))
    h.finish(exam)
    assert (states(h, scan), shut(h, scan)) == (["planned"], [GateName.FULL_BLADDER])
    assert h.day.steps[scan].needs == (Need.FULL_BLADDER,)
    assert why(h, "scan") == {"not_ready": 1}
    assert moment(h, scan) == h.now + 40 * MINUTE
    h.advance(40 * MINUTE - 1)
    assert states(h, scan) == ["planned"]
    h.advance(1)
    assert states(h, scan) == ["queued"]
    assert h.called("scan") == scan


@pytest.mark.parametrize("role", [Role.PATIENT, Role.KIOSK, Role.CLINIC])
def test_who_is_ready_sooner_says_so(role: Role) -> None:
    h = Hospital(house(ultrasound={"needs": (Need.FULL_BLADDER,)}))
    exam = in_the_room(h)
    scan, _ = order(h, exam, c.Order(service="ultrasound"))
    token = h.visit(h.day.steps[exam].visit).token
    said = c.OpenGate(step=scan, gate=GateName.FULL_BLADDER)
    if role is Role.PATIENT:
        h.refused(said, Refusal.UNKNOWN_STEP, device="another-ticket", role=role)
    h.ok(said, device=token, role=role)
    assert states(h, scan) == ["queued"]
    h.ok(said, device=token, role=role)


def test_patients_open_nothing_else_and_nothing_that_staff_or_the_clock_says() -> None:
    for ready_by in (ReadyBy.STAFF, ReadyBy.CLOCK):
        h = Hospital(
            house(ultrasound={"needs": (Need.FULL_BLADDER,), "ready_by": ready_by, "gates": (GateName.PAID,)})
        )
        exam = in_the_room(h)
        scan, _ = order(h, exam, c.Order(service="ultrasound"))
        for gate in (GateName.FULL_BLADDER, GateName.PAID):
            h.refused(c.OpenGate(step=scan, gate=gate), Refusal.GATE_SHUT, role=Role.KIOSK)
        h.advance(30 * MINUTE)
        by_clock = ready_by is ReadyBy.CLOCK
        assert shut(h, scan) == ([GateName.PAID] if by_clock else [GateName.PAID, GateName.FULL_BLADDER])
        h.ok(c.OpenGate(step=scan, gate=GateName.FULL_BLADDER), role=Role.CLINIC)
        h.ok(c.OpenGate(step=scan, gate=GateName.PAID), role=Role.CLINIC)
        assert states(h, scan) == ["queued"]


def test_fasting_shuts_nobody_out_unless_staff_are_to_ask() -> None:
    h = Hospital(house(blood={"needs": (Need.FASTING,)}))
    exam = in_the_room(h)
    blood, urine, _ = order(h, exam, c.Order(service="blood"), c.Order(service="urine"))
    assert states(h, blood, urine) == ["queued", "queued"]
    assert h.day.steps[blood].needs == (Need.FASTING,)

    h = Hospital(house(blood={"ready_by": ReadyBy.STAFF}))
    exam = in_the_room(h)
    plain, fasting, _ = order(
        h, exam, c.Order(service="blood"), c.Order(service="blood", needs=(Need.FASTING,))
    )
    assert (shut(h, plain), shut(h, fasting)) == ([], [GateName.FASTING])
    h.finish(exam)
    h.finish(h.called("lab"))
    assert why(h, "lab") == {"not_ready": 1}
    h.ok(c.OpenGate(step=fasting, gate=GateName.FASTING))
    assert h.called("lab") == fasting


def test_ultrasound_with_a_full_bladder_goes_before_urine_whatever_was_ordered_first() -> None:
    h = Hospital(house(ultrasound={"needs": (Need.FULL_BLADDER,)}))
    exam = in_the_room(h)
    urine, scan, _ = order(h, exam, c.Order(service="urine"), c.Order(service="ultrasound"))
    assert h.day.steps[urine].service == "urine"
    assert h.day.steps[urine].after == (scan,)
    h.finish(exam)
    h.advance(30 * MINUTE)
    assert states(h, urine, scan) == ["planned", "queued"]
    h.finish(h.called("scan"))
    assert states(h, urine, scan) == ["queued", "done"]


def test_a_stop_ordered_earlier_steps_back_behind_one_that_it_would_spoil() -> None:
    h = Hospital(house(ultrasound={"needs": (Need.FULL_BLADDER,)}))
    exam = in_the_room(h)
    urine, first_back = order(h, exam, c.Order(service="urine"))
    h.pass_time(MINUTE)
    since = h.standing(urine).since
    scan, back = order(h, exam, c.Order(service="ultrasound"))
    later = h.step_at(h.day.steps[exam].visit, "urine")
    assert states(h, urine, later, first_back) == ["cancelled", "planned", "cancelled"]
    assert h.standing(later).since == since
    h.finish(exam)
    h.advance(30 * MINUTE)
    h.finish(h.called("scan"))
    h.finish(h.called("toilet"))
    h.ok(c.ResultReady(step=scan))
    assert states(h, back) == ["planned"]
    h.ok(c.ResultReady(step=later))
    assert h.called("room_1") == back


def test_a_stop_that_is_called_already_does_not_step_back() -> None:
    h = Hospital(house(ultrasound={"needs": (Need.FULL_BLADDER,)}))
    exam = in_the_room(h)
    urine, _ = order(h, exam, c.Order(service="urine"))
    h.finish(exam)
    assert h.called("toilet") == urine
    order(h, exam, c.Order(service="ultrasound"))
    assert states(h, urine) == ["called"]


def test_contrast_comes_last_and_keeps_its_distance() -> None:
    h = Hospital(house(contrast={"after": ("blood", "ultrasound"), "gap": 15}))
    exam = in_the_room(h)
    contrast, blood, scan, _ = order(
        h, exam, c.Order(service="contrast"), c.Order(service="blood"), c.Order(service="ultrasound")
    )
    h.finish(exam)
    h.finish(h.called("scan"))
    assert why(h, "tube") == {"planned": 1}
    h.pass_time(MINUTE)
    h.finish(h.called("lab"))
    assert shut(h, contrast) == [GateName.NOT_BEFORE]
    assert why(h, "tube") == {"not_yet": 1}
    assert moment(h, contrast) == h.now + 15 * MINUTE
    h.undo("lab")
    assert (states(h, blood, contrast), shut(h, contrast)) == (["called", "planned"], [])
    h.finish(blood)
    h.advance(15 * MINUTE)
    assert h.called("tube") == contrast
    assert states(h, scan) == ["done"]


def test_a_gap_counts_from_stops_that_ended_before_the_order_too() -> None:
    h = Hospital(house(contrast={"after": ("blood",), "gap": 15}))
    exam = in_the_room(h)
    order(h, exam, c.Order(service="blood"), back=False)
    h.finish(exam)
    h.finish(h.called("lab"))
    h.pass_time(10 * MINUTE)
    (contrast,) = order(h, exam, c.Order(service="contrast"), back=False)
    assert states(h, contrast) == ["planned"]
    h.advance(5 * MINUTE)
    assert states(h, contrast) == ["queued"]


def test_a_service_without_its_predecessors_waits_for_nothing() -> None:
    h = Hospital(house(contrast={"after": ("blood",), "gap": 15}))
    exam = in_the_room(h)
    contrast, _ = order(h, exam, c.Order(service="contrast"))
    assert states(h, contrast) == ["queued"]


def test_a_cancelled_predecessor_holds_nobody_back() -> None:
    h = Hospital(house(contrast={"after": ("blood",), "gap": 15}))
    exam = in_the_room(h)
    blood, contrast, _ = order(h, exam, c.Order(service="blood"), c.Order(service="contrast"))
    visit = h.day.steps[exam].visit
    h.ok(c.Cancel(visit=visit, step=blood, reason="cancel"))
    assert states(h, contrast) == ["queued"]


def test_a_timed_test_is_repeated_and_its_result_is_the_lasts() -> None:
    h = Hospital(house())
    exam = in_the_room(h)
    first, back = order(h, exam, c.Order(service="glucose"))
    visit = h.day.steps[exam].visit
    h.finish(exam)
    since = h.standing(first).since
    h.pass_time(MINUTE)
    h.finish(h.called("sugar"))
    began = h.now
    _, second, third = [s for s in h.day.visits[visit].steps if h.day.steps[s].service == "glucose"]
    assert [h.standing(s).result for s in (first, second, third)] == [Result.NONE] * 3
    assert states(h, second, third, back) == ["planned", "planned", "planned"]
    assert why(h, "sugar") == {"not_yet": 2}

    h.advance(59 * MINUTE)
    assert states(h, second) == ["planned"]
    h.advance(MINUTE)
    assert (states(h, second), h.standing(second).since) == (["queued"], since)
    h.pass_time(5 * MINUTE)
    h.finish(h.called("sugar"))
    assert (h.standing(second).result, states(h, third)) == (Result.NONE, ["planned"])
    h.advance(began + 120 * MINUTE - h.now)
    assert h.called("sugar") == third
    assert states(h, back) == ["planned"]
    h.finish(third)
    assert h.standing(third).result is Result.PENDING
    assert states(h, back) == ["planned"]
    h.ok(c.ResultReady(step=third))
    h.finish(h.called("room_1"))
    h.finish(h.called("counter"))
    assert h.part(visit).end is VisitEnd.COMPLETED


def test_a_late_second_turn_never_meets_the_third() -> None:
    h = Hospital(house())
    exam = in_the_room(h)
    order(h, exam, c.Order(service="glucose"))
    visit = h.day.steps[exam].visit
    h.finish(exam)
    h.finish(h.called("sugar"))
    _, second, third = [s for s in h.day.visits[visit].steps if h.day.steps[s].service == "glucose"]
    h.advance(130 * MINUTE)
    assert states(h, second, third) == ["queued", "planned"]
    h.finish(h.called("sugar"))
    assert states(h, third) == ["queued"]


def test_taking_back_the_first_turn_takes_back_its_repeats() -> None:
    h = Hospital(house())
    exam = in_the_room(h)
    order(h, exam, c.Order(service="glucose"))
    visit = h.day.steps[exam].visit
    h.finish(exam)
    first = h.called("sugar")
    h.finish(first)
    h.undo("sugar")
    assert states(h, first) == ["called"]
    left = [s for s in h.day.visits[visit].steps if h.day.steps[s].service == "glucose"]
    assert states(h, *left) == ["called", "cancelled", "cancelled"]
    h.ok(c.Finish(step=first, end="finish"))
    assert len(h.day.visits[visit].steps) == 7, "a turn that was not plainly done is not repeated"


def test_what_ends_the_fast_goes_after_other_fasting_stops() -> None:
    h = Hospital(house(blood={"needs": (Need.FASTING,)}))
    exam = in_the_room(h)
    glucose, blood, _ = order(h, exam, c.Order(service="glucose"), c.Order(service="blood"))
    assert h.day.steps[glucose].after == (blood,)
    assert h.day.steps[blood].after == ()


def test_needs_of_single_orders_that_contradict_each_other_keep_the_order_of_the_orders() -> None:
    needs = (Need.FULL_BLADDER, Need.EMPTY_BLADDER)
    h = Hospital(house())
    exam = in_the_room(h)
    orders = [c.Order(service=name, needs=needs) for name in ("ultrasound", "blood")]
    scan, blood, _ = order(h, exam, *orders)
    h.advance(30 * MINUTE)
    assert states(h, scan, blood) == ["queued", "queued"]


def test_circles_are_found_by_name_and_by_needs() -> None:
    plans = house(
        blood={"after": ("x_ray",)},
        x_ray={"after": ("contrast",)},
        contrast={"after": ("blood",)},
    ).services
    assert {frozenset(circle) for circle in preparation.circles(list(plans.values()))} == {
        frozenset({"blood", "x_ray", "contrast"})
    }
    itself = house(blood={"after": ("blood",)}).services
    assert preparation.circles(list(itself.values())) == [("blood",)]
    mixed = house(
        ultrasound={"needs": (Need.FULL_BLADDER,), "after": ("blood",)}, blood={"after": ("urine",)}
    ).services
    assert {frozenset(circle) for circle in preparation.circles(list(mixed.values()))} == {
        frozenset({"ultrasound", "blood", "urine"})
    }
    assert preparation.circles(list(house().services.values())) == []


def test_whoever_is_busy_or_away_keeps_the_place_in_every_line() -> None:
    h = Hospital(house())
    exam = in_the_room(h)
    visit = h.day.steps[exam].visit
    blood, scan, _ = order(h, exam, c.Order(service="blood"), c.Order(service="ultrasound"))
    h.pass_time(MINUTE)
    other = h.register("fee", service="internal")
    h.finish(h.called("till"))
    h.finish(exam)
    second = h.called("room_2")
    order(h, second, c.Order(service="blood"), c.Order(service="ultrasound"))
    h.finish(second)
    assert h.called("lab") == blood
    assert h.order_at("scan") == [other.number]
    h.finish(blood)
    assert h.order_at("scan") == [h.part(visit).number, other.number]
    h.ok(c.SetPresence(visit=visit, presence=PresenceKind.AWAY, until=h.now + 5 * MINUTE))
    assert h.order_at("scan") == [other.number]
    h.advance(5 * MINUTE)
    assert h.order_at("scan") == [h.part(visit).number, other.number]
    assert h.called("scan") == scan
    assert f"{DAY}-1" == visit
    assert h.standing(scan).state is StepState.CALLED
