"""The conversation with a HIS, pure: against the engine itself, in any order and as often as one likes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.engine.decision import Rejection
from queue_server.engine.facility import Facility
from queue_server.his import link
from queue_server.his.link import Verdict
from queue_server.his.mirror import EXTERNAL, Mirror
from queue_server.his.port import (
    CancelledSaid,
    FinishedSaid,
    GateSaid,
    OrderSaid,
    OrdersSaid,
    Outcome,
    ResultSaid,
    RoomSaid,
    Said,
    VisitSaid,
    What,
)
from queue_server.his.settings import Settings
from queue_server.protocol import commands as c
from queue_server.protocol.codes import AssignedBy, Authority, Binding, GateName, Role, StepState
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.rows import FacilityDisagreement, HisStep
from queue_server.protocol.values import replaced
from queue_server.views import rows
from tests.support.hospital import Hospital, facility
from tests.support.laws import check_laws

SETTINGS = Settings(
    clinics={"P4": "room_4", "P5": "room_5"}, services={"DL": "skin", "XN": "blood"}, cancel_reason="cancel"
)
WHO = {"device": "his", "role": Role.INTEGRATION}


def plan(authority: Authority = Authority.HIS_LEADS) -> Facility:
    base = facility()
    skin = replaced(base.services["skin"], authority=authority, binding=Binding.AT_DESK)
    route = replaced(base.routes["fee"], steps=("@exam", "pharmacy"))
    services = {**base.services, "skin": skin}
    return replaced(base, services=services, routes={**base.routes, "fee": route})


@dataclass
class Talk:
    """The link beside a hospital on paper: what the runner does, without time and files."""

    hospital: Hospital = field(default_factory=lambda: Hospital(plan(), check=False))
    newest: dict[str, tuple[int, str]] = field(default_factory=dict)
    done: dict[str, Outcome] = field(default_factory=dict)
    waiting: dict[str, Said] = field(default_factory=dict)
    sent: dict[bytes, Accepted | Rejected] = field(default_factory=dict)
    orders: dict[str, c.Command] = field(default_factory=dict)

    @property
    def mirror(self) -> Mirror:
        mirror = Mirror(SETTINGS)
        mirror.replace_visits((rows(self.hospital.day, "his") or {}).values())
        mirror.replace_facility(rows(self.hospital.day, "facility") or {})
        return mirror

    def hear(self, said: Said, *, crash_after: int = 99) -> Outcome:
        known = self.done.get(said.id)
        if known is not None:
            return known
        about, at = link.subject(said), said.at
        assert at is None or isinstance(at, int)
        if about is not None and at is not None and self.newest.get(about, (0, ""))[0] > at:
            self.done[said.id] = Outcome.OUTDATED
            self.waiting.pop(said.id, None)
            return Outcome.OUTDATED
        if about is not None and at is not None:
            self.newest[about] = (at, said.id)
        verdict = self.carry_out(said, crash_after=crash_after)
        if verdict.outcome is Outcome.WAITING:
            self.waiting[said.id] = said
        if verdict.outcome in (Outcome.WAITING, Outcome.AGAIN):
            return verdict.outcome
        self.waiting.pop(said.id, None)
        self.done[said.id] = verdict.outcome
        return verdict.outcome

    def carry_out(self, said: Said, *, crash_after: int = 99) -> Verdict:
        going = link.plan(self.mirror, said, SETTINGS.cancel_reason)
        try:
            command = next(going)
            for _ in range(crash_after):
                if isinstance(command, c.AddSteps):
                    command = self.orders.setdefault(said.id, command)
                command = going.send(self.submit(said.id, command))
        except StopIteration as stop:
            verdict: Verdict = stop.value
            return verdict
        return Verdict(Outcome.AGAIN)

    def submit(self, saying: str, command: c.Command) -> Accepted | Rejected:
        """Once: the same command of the same saying has one effect and one answer."""
        key = saying.encode() + msgspec.json.encode(command)
        if key not in self.sent:
            outcome = self.hospital.run(command, **WHO)  # type: ignore[arg-type]  # device and role
            if isinstance(outcome, Rejection):
                self.sent[key] = Rejected(id="", code=outcome.code, facts=outcome.facts)
            else:
                self.sent[key] = Accepted(id="", seq=1, result=outcome)
        return self.sent[key]

    def settle(self) -> None:
        """Take up what waits until nothing moves, and what both say by now."""
        moved = True
        while moved:
            moved = any(self.hear(said) is not Outcome.WAITING for said in list(self.waiting.values()))
        for agree in link.settled(self.mirror):
            self.hospital.ok(agree, **WHO)

    def steps(self, visit: str, service: str) -> list[str]:
        day = self.hospital.day
        return [step for step in day.visits[visit].steps if day.steps[step].service == service]


def story(visit: int, number: str) -> list[Said]:
    """All that a HIS says of one visit."""
    code = f"MA-{visit}"
    return [
        VisitSaid(id=f"{code}/v", visit=code, ticket=number),
        RoomSaid(id=f"{code}/r1", at=1, visit=code, clinic="P4", service="DL", number=f"{visit + 1}"),
        RoomSaid(id=f"{code}/r2", at=2, visit=code, clinic="P5", service="DL", number=f"{visit + 1}"),
        OrdersSaid(id=f"{code}/o", visit=code, orders=(OrderSaid(service="XN"),)),
    ]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_any_order_and_repeated_every_saying_has_its_effect_once(data: st.DataObject) -> None:
    talk = Talk()
    h = talk.hospital
    tickets = [h.register("fee", service="skin") for _ in range(2)]
    said = [each for number, ticket in enumerate(tickets) for each in story(number, ticket.number)]
    order = data.draw(st.permutations([*said, *data.draw(st.lists(st.sampled_from(said), max_size=6))]))
    for each in order:
        crash = data.draw(st.integers(0, 6))
        if crash < 2 and each.id not in talk.done:
            # The link dies after so many commands, and says the whole again.
            talk.hear(each, crash_after=crash)
        talk.hear(each)
    talk.settle()
    assert talk.waiting == {}
    check_laws(h.day)
    for number, ticket in enumerate(tickets):
        (exam,) = (
            s for s in talk.steps(ticket.visit, "skin") if h.standing(s).state is not StepState.CANCELLED
        )
        standing = h.standing(exam)
        assert standing.clinic == "room_5"
        assert standing.call_sign is not None
        assert standing.call_sign.text == str(number + 1)
        assert len(talk.steps(ticket.visit, "blood")) == 1
        assert h.part(ticket.visit).external == {EXTERNAL: f"MA-{number}"}
    assert h.day.disagreements == {}


def started(talk: Talk) -> tuple[str, str, str]:
    """Somebody who is being seen in room 4: the visit, the ticket's number and the step."""
    h = talk.hospital
    ticket = h.register("fee", service="skin")
    assert talk.hear(RoomSaid(id="r", visit="MA", ticket=ticket.number, clinic="P4", service="DL")) == "done"
    step = h.called("room_4")
    h.ok(c.Start(step=step))
    return ticket.visit, ticket.number, step


def test_a_patient_who_is_being_seen_is_not_moved_and_both_words_stay_in_sight() -> None:
    talk = Talk()
    visit, _, step = started(talk)
    for number, service in enumerate(("DL", None)):
        assert talk.hear(RoomSaid(id=f"m{number}", visit="MA", clinic="P5", service=service)) == "refused"
    assert talk.hospital.standing(step).clinic == "room_4"
    (row,) = disagreements(talk)
    assert (row.visit, row.about, row.ours, row.his) == (visit, "clinic", "room_4", "room_5")
    (agree,) = link.agreed_by_word(talk.mirror, RoomSaid(id="m9", visit="MA", clinic="P4", service="DL"))
    assert (agree.visit, agree.about) == (visit, "clinic")


def disagreements(talk: Talk) -> list[FacilityDisagreement]:
    shown = rows(talk.hospital.day, "facility") or {}
    return [row for row in shown.values() if isinstance(row, FacilityDisagreement)]


def test_what_the_his_has_as_over_is_finished_or_disagreed_about() -> None:
    talk = Talk()
    h = talk.hospital
    ticket = h.register("fee", service="skin")
    talk.hear(RoomSaid(id="r", visit="MA", ticket=ticket.number, clinic="P4", service="DL"))
    assert talk.hear(FinishedSaid(id="f1", visit="MA", service="DL")) == "refused"
    (row,) = disagreements(talk)
    assert (row.about, row.ours, row.his) == ("state", "queued", "finished")
    h.called("room_4")
    assert talk.hear(FinishedSaid(id="f2", visit="MA", service="DL")) == "done"
    talk.settle()
    assert disagreements(talk) == []
    assert talk.hear(FinishedSaid(id="f3", visit="MA", service="DL")) == "done"


def test_a_number_that_is_somebody_elses_leaves_the_room_right() -> None:
    talk = Talk()
    h = talk.hospital
    first, second = (h.register("fee", service="skin") for _ in range(2))
    for name, ticket in (("A", first), ("B", second)):
        talk.hear(RoomSaid(id=name, visit=name, ticket=ticket.number, clinic="P4", service="DL", number="7"))
    assert h.standing(h.step_at(second.visit, "skin")).clinic == "room_4"
    (row,) = disagreements(talk)
    assert (row.visit, row.about, row.his) == (second.visit, "call_sign", "7")


def test_a_result_waits_for_its_test_and_a_gate_for_its_stop() -> None:
    talk = Talk()
    h = talk.hospital
    ticket = h.register("fee", service="skin")
    assert talk.hear(ResultSaid(id="x", visit="MA", service="XN")) == "waiting"
    talk.hear(OrdersSaid(id="o", visit="MA", ticket=ticket.number, orders=(OrderSaid(service="XN"),)))
    assert talk.hear(ResultSaid(id="x", visit="MA", service="XN")) == "waiting"
    h.finish(h.called("lab"))
    assert talk.hear(ResultSaid(id="x", visit="MA", service="XN")) == "done"
    assert talk.hear(GateSaid(id="g", visit="MA", gate=GateName.PAID, service="XN")) in ("done", "waiting")


def test_cancelling_ends_what_is_not_being_seen() -> None:
    talk = Talk()
    h = talk.hospital
    ticket = h.register("fee", service="skin")
    talk.hear(RoomSaid(id="r", visit="MA", ticket=ticket.number, clinic="P4", service="DL"))
    assert talk.hear(CancelledSaid(id="c", visit="MA", service="DL")) == "done"
    assert h.standing(h.step_at(ticket.visit, "skin")).state is StepState.CANCELLED
    other = Talk()
    _, _, step = started(other)
    assert other.hear(CancelledSaid(id="c", visit="MA", service="DL")) == "refused"
    assert other.hospital.standing(step).state is StepState.SERVING
    assert [row.his for row in disagreements(other)] == ["cancelled"]


def test_codes_that_nobody_knows_are_refused_and_listed() -> None:
    talk = Talk()
    ticket = talk.hospital.register("fee", service="skin")
    said = (
        RoomSaid(id="1", visit="MA", ticket=ticket.number, clinic="P9"),
        RoomSaid(id="2", visit="MA", ticket=ticket.number, clinic="P4", service="??".replace("?", "X")),
        RoomSaid(id="3", visit="MA", ticket=ticket.number, clinic="P4", practitioner="nobody"),
    )
    verdicts = [talk.carry_out(each) for each in said]
    assert [(v.why, v.listed, v.what) for v in verdicts] == [
        ("unknown_clinic", True, "P9"),
        ("unknown_service", True, "XX"),
        ("unknown_practitioner", True, "nobody"),
    ]
    assert all(verdict.why in link.WORDS for verdict in verdicts)


# What the HIS is told ----------------------------------------------------------------------------------


def told(states: Sequence[HisStep]) -> Iterator[What]:
    """What is told of a step that stood like this, one after the other."""
    mirror, was, count = Mirror(SETTINGS), None, 0
    for now in states:
        if link.is_news(was, now):
            found = link.facts(mirror, was, now, count, 5)
            count += len(found)
            assert [fact.key for fact in found] == [
                f"s/{number}" for number in range(count - len(found) + 1, count + 1)
            ]
            yield from (fact.type for fact in found)
        was = now


def step(state: StepState, **more: object) -> HisStep:
    base = HisStep(
        key="s", visit="v", number="A001", service="skin", authority=Authority.WE_LEAD, state=state
    )
    return msgspec.structs.replace(base, **more)


def test_a_day_of_one_stop_is_told_in_order_and_once() -> None:
    queued = step(StepState.QUEUED, clinic="room_4", assigned_by=AssignedBy.HIS)
    called = step(StepState.CALLED, clinic="room_4", assigned_by=AssignedBy.HIS, called_at=1, times_called=1)
    again = msgspec.structs.replace(called, times_called=2)
    serving = msgspec.structs.replace(called, state=StepState.SERVING, started_at=2)
    over = msgspec.structs.replace(serving, state=StepState.DONE, ended_at=3)
    whole = [What.CALLED, What.STARTED, What.FINISHED]
    assert list(told([queued, called, again, serving, over, over])) == whole
    # A link that was away tells the same, from the moments in the row.
    assert list(told([queued, over])) == whole
    assert list(told([over])) == whole


def test_a_room_of_ours_is_told_and_taken_back() -> None:
    asked = step(StepState.PLANNED, clinic="room_4", awaiting_until=9)
    lapsed = step(StepState.PLANNED, needs_a_desk=True)
    desk = step(StepState.QUEUED, clinic="room_5", assigned_by=AssignedBy.DESK)
    his = step(StepState.QUEUED, clinic="room_4", assigned_by=AssignedBy.HIS)
    assert list(told([asked, lapsed, desk])) == [What.ASSIGNED, What.RELEASED, What.ASSIGNED]
    assert list(told([asked, his])) == [What.ASSIGNED]
    gone = step(StepState.CANCELLED, clinic="room_5", assigned_by=AssignedBy.DESK, ended_at=4)
    assert list(told([desk, gone])) == [What.ASSIGNED, What.CANCELLED]


def test_a_call_is_taken_back_or_missed() -> None:
    called = step(StepState.CALLED, clinic="room_4", assigned_by=AssignedBy.HIS, called_at=1)
    back = step(StepState.QUEUED, clinic="room_4", assigned_by=AssignedBy.HIS)
    missed = step(StepState.MISSED, clinic="room_4", assigned_by=AssignedBy.HIS, called_at=1)
    later = step(StepState.CALLED, clinic="room_4", assigned_by=AssignedBy.HIS, called_at=7)
    done = step(StepState.DONE, clinic="room_4", assigned_by=AssignedBy.HIS, called_at=1, ended_at=8)
    assert list(told([called, back, later])) == [What.CALLED, What.WITHDRAWN, What.CALLED]
    assert list(told([called, missed, later])) == [What.CALLED, What.MISSED, What.CALLED]
    assert list(told([back, missed])) == [What.CALLED, What.MISSED]
    # A finish that was undone.
    assert list(told([called, done, called])) == [What.CALLED, What.FINISHED, What.CALLED]
