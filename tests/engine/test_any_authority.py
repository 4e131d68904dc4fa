"""Any day beside a HIS that answers in time, too late, with no, or not at all: the laws hold all along."""

from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server import views
from queue_server.engine.decision import Rejection
from queue_server.protocol import commands as c
from queue_server.protocol.codes import Authority, Binding, Role, StepState
from tests.engine.test_authority import HIS, plan
from tests.support.hospital import Hospital
from tests.support.laws import check_laws

ROOMS = ("room_4", "room_5")
ACTS = (
    "register", "chosen", "yes", "yes with a number", "no", "yes to another", "attach", "his room",
    "transfer", "call", "finish", "undo", "hold", "absent", "pause", "open", "drain", "cancel", "wait",
    "wait long", "orders",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    authority=st.sampled_from([Authority.WE_LEAD, Authority.HIS_LEADS, Authority.BESIDE]),
    binding=st.sampled_from([Binding.LATE, Binding.AT_CHECK_IN, Binding.AT_DESK, Binding.POOLED]),
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 30)), min_size=5, max_size=40),
)
def test_the_laws_hold(authority: Authority, binding: Binding, acts: list[tuple[str, int]]) -> None:
    h = Hospital(plan(authority, binding))
    h.ok(c.SignOn(clinic="room_5", practitioner="chi"))
    followed, seen = views.rows(h.day, "his"), len(h.journal)
    assert followed == {}
    for act, pick in acts:
        _do(h, act, pick)
        check_laws(h.day)
        # The link's topic: what it had, with the rows that may differ, is what is there.
        followed |= {row.key: row for row in views.his_changes(h.day, h.journal[seen:])}
        seen = len(h.journal)
        assert followed == views.rows(h.day, "his")
        _nobody_is_called_whom_the_his_does_not_know(h, authority, binding)


def _nobody_is_called_whom_the_his_does_not_know(h: Hospital, authority: Authority, binding: Binding) -> None:
    if authority is Authority.WE_LEAD and binding is Binding.POOLED:
        return
    for step in h.day.steps.values():
        known = step.standing.assigned_by != "ours"
        in_hand = step.standing.state in (StepState.CALLED, StepState.SERVING)
        if step.service == "skin" and in_hand and authority is not Authority.BESIDE:
            assert known, step


def _do(h: Hospital, act: str, pick: int) -> None:
    steps = [step for step in h.day.steps.values() if step.service == "skin"]
    step = steps[pick % len(steps)] if steps else None
    room = ROOMS[pick % 2]
    desk, his = {"role": Role.RECEPTION}, HIS
    match act:
        case "register":
            h.register("fee", service="skin")
        case "chosen":
            h.register("fee", service="skin", practitioner="chi")
        case "wait":
            h.advance(700)
        case "wait long":
            h.advance(5_000)
        case "call":
            after = h.day.clinics[room].in_hand
            _try(h, c.CallNext(clinic=room, after=after[-1] if after else None))
        case "undo":
            done = h.day.clinics[room].act
            _try(h, c.Undo(clinic=room, act=done.number if done else 0))
        case "pause":
            _try(h, c.PauseClinic(clinic=room, reason="pause"))
        case "open":
            _try(h, c.OpenClinic(clinic=room))
        case "drain":
            _try(h, c.DrainClinic(clinic=room))
        case _ if step is None:
            return
        case "yes" | "no" | "yes with a number":
            number = str(pick + 1) if act == "yes with a number" else None
            clinic = step.standing.clinic or room
            _try(h, c.Acknowledge(step=step.id, clinic=clinic, accepted=act != "no", call_sign=number), **his)
        case "yes to another":
            _try(h, c.Acknowledge(step=step.id, clinic=room, accepted=True), **his)
        case "attach":
            _try(h, c.Attach(visit=step.visit, step=step.id, clinic=room), **desk)
        case "his room":
            _try(h, c.Attach(visit=step.visit, clinic=room, service="skin", call_sign=str(pick + 1)), **his)
        case "transfer":
            _try(h, c.Transfer(step=step.id, clinic=room), **desk)
        case "finish":
            _try(h, c.Finish(step=step.id))
        case "hold":
            _try(h, c.Hold(step=step.id))
        case "absent":
            _try(h, c.Absent(step=step.id, times_called=step.standing.times_called))
        case "cancel":
            _try(h, c.Cancel(visit=step.visit, step=step.id, reason="cancel"))
        case "orders":
            order = c.Order(service="blood")
            _try(h, c.AddSteps(visit=step.visit, orders=(order,), step=step.id, back=True))
        case _:
            raise AssertionError(act)


def _try(h: Hospital, command: c.Command, **who: object) -> None:
    outcome = h.run(command, **who)  # type: ignore[arg-type]  # device and role
    assert outcome is not None
    if isinstance(outcome, Rejection):
        assert outcome.code != "internal"
