"""Proposals to move those who wait: what they say, what taking one does, and when one is no longer so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.engine import due, proposals
from queue_server.engine.draft import Draft
from queue_server.engine.events import PrintIssued
from queue_server.engine.facility import Facility, Hall, Service, SessionPlan
from queue_server.engine.model import OPEN, Proposal
from queue_server.protocol import commands as c
from queue_server.protocol.codes import (
    AlertKind,
    AssignedBy,
    Authority,
    Binding,
    ClinicState,
    Help,
    Lane,
    Moves,
    PresenceKind,
    ProposalState,
    Refusal,
    Role,
    Stays,
    StepState,
)
from queue_server.protocol.results import Done, Moved, Proposed
from queue_server.protocol.values import replaced
from tests.support.hospital import CLINICS, HOUR, MINUTE, SERVICES, Hospital, facility, words
from tests.support.laws import check_laws


def site(
    *, sessions: tuple[SessionPlan, ...] = (), printer: str = "", kind: str = "internal", **more: object
) -> Facility:
    """Rooms 1 to 3 for `internal`, which is bound at check-in. More: of the service or the facility."""
    of_service = {name: more.pop(name) for name in list(more) if name in Service.__struct_fields__}
    services = {s.id: s for s in SERVICES}
    services[kind] = replaced(services[kind], **{"binding": Binding.AT_CHECK_IN, **of_service})
    clinics = {k.id: k for k in CLINICS}
    for name in ("room_1", "room_2", "room_3"):
        clinics[name] = replaced(clinics[name], services=(kind,), kind=services[kind].kind)
    clinics["room_1"] = replaced(clinics["room_1"], printer=printer)
    halls = {name: Hall(name, words(name), words("1")) for name in ("hall_a", "hall_b")}
    return facility(
        services=services,
        clinics=clinics,
        halls=halls,
        sessions=sessions,
        printers=(printer,) if printer else (),
        **more,
    )


def line_of(h: Hospital, count: int, *, others_open: bool = True, clinic: str = "room_1") -> list[str]:
    """So many in one clinic's line, each a minute after the other; the others were closed meanwhile."""
    for other in ("room_2", "room_3"):
        h.ok(c.CloseClinic(clinic=other))
    steps = []
    for _ in range(count):
        steps.append(arrive(h))
        h.pass_time(MINUTE)
    if others_open:
        for other in ("room_2", "room_3"):
            h.ok(c.OpenClinic(clinic=other))
    assert {h.standing(step).clinic for step in steps} == {clinic}
    return steps


def arrive(h: Hospital, **more: object) -> str:
    visit = h.register("fee", "exam", service="internal", **more).visit  # type: ignore[arg-type]  # as told
    till = h.step_at(visit, "cashier")
    h.ok(c.CallStep(clinic="till", step=till, reason="call"))
    h.finish(till)
    return h.step_at(visit, "internal")


def proposal(h: Hospital, clinic: str = "room_1") -> Proposal:
    return h.day.proposals[h.day.proposed[clinic]]


def moves(h: Hospital, clinic: str = "room_1") -> list[tuple[str, str]]:
    return [(move.step, move.clinic) for move in proposal(h, clinic).part.moves]


def stays(h: Hospital, clinic: str = "room_1") -> dict[str, Stays]:
    return {stay.step: stay.why for stay in proposal(h, clinic).part.stays}


def close(h: Hospital, clinic: str = "room_1") -> Proposed:
    proposed = h.ok(c.CloseClinic(clinic=clinic))
    assert isinstance(proposed, Proposed)
    return proposed


def accept(h: Hospital, *steps: str, clinic: str = "room_1") -> Moved:
    moved = h.ok(c.AcceptProposal(clinic=clinic, proposal=proposal(h, clinic).id, steps=steps or None))
    assert isinstance(moved, Moved)
    check_laws(h.day)
    return moved


def where(h: Hospital, step: str) -> str:
    return h.standing(step).clinic


# what it says ---------------------------------------------------------------------------------------------


def test_a_clinic_that_closes_with_people_waiting_says_where_each_is_seen_soonest() -> None:
    h = Hospital(site())
    steps = line_of(h, 4)
    before = {step: h.standing(step) for step in steps}
    told = close(h)
    assert (told.moves, told.stays) == (4, 0)
    assert h.day.clinics["room_1"].part.state is ClinicState.DRAINING
    assert before == {step: h.standing(step) for step in steps}
    # In fair order, each counting those who move before.
    assert moves(h) == list(zip(steps, ["room_2", "room_3", "room_2", "room_3"], strict=True))
    assert [move.gain for move in proposal(h).part.moves] == [0, 0, 0, 0]
    assert proposal(h).cause == "close"


def test_the_line_that_is_there_already_counts_by_its_fair_keys() -> None:
    """Who came before goes before those of the other room who came later, and after the earlier ones."""
    h = Hospital(site(sessions=()))
    h.ok(c.CloseClinic(clinic="room_3"))
    first, second, third, fourth = (arrive(h) for _ in range(4))
    assert [where(h, step) for step in (first, second, third, fourth)] == ["room_1", "room_2"] * 2
    close(h)
    assert moves(h) == [(first, "room_2"), (third, "room_2")]
    accept(h)
    assert [h.number(step) for step in (first, second, third, fourth)] == h.order_at("room_2")


def test_draining_proposes_only_what_gains_and_says_so() -> None:
    h = Hospital(site())
    steps = line_of(h, 4)
    told = h.ok(c.DrainClinic(clinic="room_1"))
    assert isinstance(told, Proposed)
    # The first is called here at once; so is who moves first to each of the others; then here again.
    assert stays(h) == {steps[0]: Stays.NO_GAIN, steps[3]: Stays.NO_GAIN}
    assert moves(h) == [(steps[1], "room_2"), (steps[2], "room_3")]
    assert [move.gain for move in proposal(h).part.moves] == [8, 8]
    alone = Hospital(site())
    line_of(alone, 4, others_open=False)
    assert alone.ok(c.DrainClinic(clinic="room_1")) == Done()
    assert not alone.day.proposed


def test_the_way_is_part_of_the_gain() -> None:
    base = site(walks={"hall_a/hall_b": 240})
    clinics = {
        name: replaced(plan, hall="hall_b") if name in ("room_2", "room_3") else plan
        for name, plan in base.clinics.items()
    }
    h = Hospital(replaced(base, clinics=clinics))
    steps = line_of(h, 3)
    h.ok(c.ProposeMoves(clinic="room_1"))
    # Eight minutes sooner and four to walk is less than the least gain of five.
    assert moves(h) == [(steps[2], "room_2")]
    assert [move.gain for move in proposal(h).part.moves] == [12]


def test_asking_where_nobody_gains_makes_nothing() -> None:
    h = Hospital(site())
    line_of(h, 1)
    assert h.ok(c.ProposeMoves(clinic="room_1")) == Proposed(stays=1)
    assert not h.day.proposals
    h.refused(c.ProposeMoves(clinic="nowhere"), Refusal.UNKNOWN_CLINIC)


def test_who_cannot_be_moved_stays_and_the_proposal_says_why() -> None:
    h = Hospital(site())
    line = line_of(h, 8)
    called, chosen, helped, given, free, held, busy, away = line
    h.called("room_1")
    h.ok(c.SignOn(clinic="room_1", practitioner="an"))
    h.ok(c.Attach(visit=h.day.steps[chosen].visit, step=chosen, practitioner="an"))
    h.ok(c.SetHelp(visit=h.day.steps[helped].visit, help=(Help.HEARING,)))
    h.ok(c.Attach(visit=h.day.steps[given].visit, step=given, clinic="room_1"), role=Role.INTEGRATION)
    h.ok(c.Hold(step=held))
    h.ok(c.SetPresence(visit=h.day.steps[away].visit, presence=PresenceKind.AWAY))
    returning = Hospital(site())
    exam = arrive(returning)
    assert returning.called("room_1") == exam
    _, back = returning.order(exam, "blood")
    returning.finish(exam)
    assert proposals.why_stays(Draft(returning.day), back) is Stays.RETURNING
    close(h)
    assert stays(h) == {
        called: Stays.CALLED,
        chosen: Stays.CHOSEN,
        helped: Stays.HELP,
        given: Stays.HIS,
    }
    # In line as it calls, then who is away, then who is held.
    assert [step for step, _ in moves(h)] == [free, busy, away, held]
    accept(h)
    assert h.standing(held).state is StepState.HELD
    assert [where(h, step) for step in (called, chosen, helped, given)] == ["room_1"] * 4


@pytest.mark.parametrize(
    ("authority", "binding", "why"),
    [
        (Authority.HIS_LEADS, Binding.AT_CHECK_IN, Stays.HIS),
        (Authority.BESIDE, Binding.AT_DESK, Stays.HIS),
        (Authority.ALONE, Binding.AT_DESK, Stays.CHOSEN),
    ],
)
def test_what_another_decided_stays(authority: Authority, binding: Binding, why: Stays) -> None:
    h = Hospital(site(authority=authority, binding=binding))
    step = arrive(h)
    h.ok(c.Attach(visit=h.day.steps[step].visit, step=step, clinic="room_1"))
    close(h)
    assert stays(h) == {step: why}
    assert not proposal(h).part.moves
    accept(h)
    assert where(h, step) == "room_1"


def test_with_nowhere_to_go_everybody_stays_and_staff_see_it() -> None:
    h = Hospital(site())
    steps = line_of(h, 2, others_open=False)
    assert close(h).moves == 0
    assert stays(h) == dict.fromkeys(steps, Stays.NOWHERE)
    h.ok(c.OpenClinic(clinic="room_2"))
    h.ok(c.ProposeMoves(clinic="room_1"))
    assert proposal(h).cause == "close"
    assert [clinic for _, clinic in moves(h)] == ["room_2", "room_2"]


def test_a_service_whose_patients_never_move_closes_when_they_are_gone() -> None:
    h = Hospital(site(moves=Moves.NEVER))
    (step,) = line_of(h, 1)
    facts = h.refused(c.CloseClinic(clinic="room_1"), Refusal.STILL_WAITING).facts
    assert facts == {"clinic": "room_1", "waiting": 1, "in_hand": 0, "held": 0}
    assert h.ok(c.DrainClinic(clinic="room_1")) == Done()
    assert not h.day.proposed
    h.finish(h.called("room_1"))
    assert h.ok(c.CloseClinic(clinic="room_1")) == Done()
    assert h.standing(step).state is StepState.DONE


def test_a_service_that_moves_by_itself_does_so_and_closes_at_once() -> None:
    h = Hospital(site(moves=Moves.AUTO))
    steps = line_of(h, 3)
    moved = h.ok(c.CloseClinic(clinic="room_1"))
    assert isinstance(moved, Moved)
    assert moved.steps == tuple(steps)
    assert h.day.clinics["room_1"].part.state is ClinicState.CLOSED
    assert not h.day.proposed
    check_laws(h.day)
    assert h.day.proposals[moved.proposal].part.state is ProposalState.ACCEPTED


def test_with_one_in_hand_and_nobody_waiting_the_clinic_drains_and_closes() -> None:
    h = Hospital(site())
    line_of(h, 1)
    step = h.called("room_1")
    assert close(h) == Proposed(stays=1)
    h.finish(step)
    h.advance()
    assert h.day.clinics["room_1"].part.state is ClinicState.CLOSED


# taking it ------------------------------------------------------------------------------------------------


def test_taken_whole_everybody_is_in_one_line_at_the_old_place() -> None:
    h = Hospital(site(kind="internal", clinic_numbers=True))
    steps = line_of(h, 6)
    since = [h.standing(step).since for step in steps]
    close(h)
    moved = accept(h)
    assert (moved.steps, moved.left) == (tuple(steps), ())
    assert not h.day.clinics["room_1"].bound
    lines = [h.order_at("room_2"), h.order_at("room_3")]
    assert sorted(lines[0] + lines[1]) == sorted(h.number(step) for step in steps)
    assert [h.standing(step).since for step in steps] == since
    for step in steps:
        sign = h.standing(step).call_sign
        assert sign is not None
        assert h.day.clinics[where(h, step)].signs[sign.text] == h.day.steps[step].visit
        assert h.standing(step).assigned_by is AssignedBy.OURS
    assert proposal_states(h) == [ProposalState.ACCEPTED]
    h.advance()
    assert h.day.clinics["room_1"].part.state is ClinicState.CLOSED


def proposal_states(h: Hospital) -> list[ProposalState]:
    return [known.part.state for known in h.day.proposals.values()]


def test_taken_in_part_the_others_stay_and_it_is_settled() -> None:
    h = Hospital(site())
    steps = line_of(h, 6)
    close(h)
    name = proposal(h).id
    assert accept(h, steps[4], steps[1]).steps == (steps[1], steps[4])
    assert [where(h, step) for step in steps].count("room_1") == 4
    assert h.day.proposals[name].part.by == "console_1"
    facts = h.refused(c.AcceptProposal(clinic="room_1", proposal=name), Refusal.UNKNOWN_PROPOSAL).facts
    assert facts == {"proposal": name, "state": "accepted"}


def test_asked_again_while_the_clinic_empties_nobody_can_stay() -> None:
    h = Hospital(site())
    steps = line_of(h, 3)
    close(h)
    accept(h, steps[0])
    h.ok(c.ProposeMoves(clinic="room_1"))
    assert proposal(h).cause == "close"
    assert [step for step, _ in moves(h)] == steps[1:]
    h.ok(c.OpenClinic(clinic="room_1"))
    h.ok(c.ProposeMoves(clinic="room_1"))
    assert [made.cause for made in h.day.proposals.values()] == ["close", "close", "asked"]


def test_who_changed_meanwhile_is_left_and_told() -> None:
    h = Hospital(site())
    steps = line_of(h, 5)
    close(h)
    called, gone, moved_by_hand, helped, free = steps
    h.called("room_1")
    h.ok(c.Cancel(visit=h.day.steps[gone].visit, step=gone, reason="cancel"))
    h.ok(c.Transfer(step=moved_by_hand, clinic="room_3"))
    h.ok(c.SetHelp(visit=h.day.steps[helped].visit, help=(Help.WHEELCHAIR,)))
    moved = accept(h)
    assert moved.steps == (free,)
    assert moved.left == (called, gone, moved_by_hand, helped)
    assert (where(h, moved_by_hand), where(h, helped)) == ("room_3", "room_1")


def test_a_clinic_that_takes_nobody_any_more_gets_nobody() -> None:
    h = Hospital(site())
    steps = line_of(h, 2)
    close(h)
    h.ok(c.PauseClinic(clinic="room_2", reason="pause"))
    moved = accept(h)
    assert (moved.steps, moved.left) == ((steps[1],), (steps[0],))


def test_the_place_behind_some_calls_is_kept_by_who_missed_one() -> None:
    h = Hospital(site())
    steps = line_of(h, 2)
    h.called("room_1")
    h.pass_time(MINUTE)
    h.ok(c.Recall(step=steps[0], times_called=1))
    h.ok(c.Absent(step=steps[0], times_called=2))
    h.advance(20 * MINUTE)
    h.ok(c.Rejoin(step=steps[0]))
    behind = h.standing(steps[0]).behind - h.day.clinics["room_1"].calls
    assert behind == 3
    close(h)
    accept(h)
    place = where(h, steps[0])
    assert h.standing(steps[0]).behind - h.day.clinics[place].calls == behind


def test_nonsense_is_refused() -> None:
    h = Hospital(site())
    steps = line_of(h, 2)
    other = arrive(h)
    close(h)
    name = proposal(h).id
    h.refused(c.AcceptProposal(clinic="room_2", proposal=name), Refusal.UNKNOWN_PROPOSAL)
    h.refused(c.AcceptProposal(clinic="room_1", proposal="proposal-0"), Refusal.UNKNOWN_PROPOSAL)
    h.refused(c.DismissProposal(clinic="room_2", proposal=name), Refusal.UNKNOWN_PROPOSAL)
    facts = h.refused(
        c.AcceptProposal(clinic="room_1", proposal=name, steps=(steps[0], other)), Refusal.UNKNOWN_STEP
    ).facts
    assert facts == {"step": other}
    assert where(h, steps[0]) == "room_1"


def test_it_can_be_taken_back_as_one_act_while_nobody_was_called() -> None:
    h = Hospital(site(printer="printer_1"))
    steps = line_of(h, 4)
    before = {step: h.standing(step) for step in steps}
    close(h)
    accept(h)
    act = h.day.clinics["room_1"].act
    assert act is not None
    assert (act.change, len(act.replaced)) == ("transferred", 4)
    papers = len(h.day.prints)
    h.undo("room_1")
    assert before == {step: h.standing(step) for step in steps}
    # Their slips name another room now.
    assert len(h.day.prints) == papers + 4
    check_laws(h.day)


def test_once_somebody_was_called_or_the_clinic_closed_it_cannot_be_taken_back() -> None:
    h = Hospital(site())
    line_of(h, 2)
    close(h)
    accept(h)
    h.advance()
    assert h.day.clinics["room_1"].part.state is ClinicState.CLOSED
    act = h.day.clinics["room_1"].act
    assert act is not None
    h.refused(c.Undo(clinic="room_1", act=act.number), Refusal.NOT_OPEN)
    h.ok(c.OpenClinic(clinic="room_1"))
    h.called("room_2")
    h.refused(c.Undo(clinic="room_1", act=act.number), Refusal.CHANGED)


def test_each_visit_gets_one_new_slip_where_it_leaves_from() -> None:
    h = Hospital(site(printer="printer_1"))
    steps = line_of(h, 3)
    close(h)
    papers = set(h.day.prints)
    accept(h, steps[0], steps[2])
    made = [paper for name, paper in h.day.prints.items() if name not in papers]
    assert [paper.visit for paper in made] == [h.day.steps[s].visit for s in (steps[0], steps[2])]
    assert {paper.device for paper in made} == {"printer_1"}
    bare = Hospital(site())
    line_of(bare, 3)
    close(bare)
    accept(bare)
    assert not [
        event
        for event in bare.journal
        if isinstance(event, PrintIssued) and event.device not in ("kiosk_1", "console_1")
    ]


def test_who_stood_ready_waits_again_and_who_is_on_the_way_will_come_there() -> None:
    h = Hospital(site())
    (ready,) = line_of(h, 1)
    h.ok(c.Prepare(clinic="room_1"))
    for other in ("room_2", "room_3"):
        h.ok(c.CloseClinic(clinic=other))
    ticket = h.register("fee", "exam", service="internal")
    coming = h.step_at(ticket.visit, "internal")
    assert h.standing(coming).state is StepState.PLANNED
    h.ok(c.OpenClinic(clinic="room_2"))
    close(h)
    assert accept(h).steps == (ready, coming)
    assert h.standing(ready).state is StepState.QUEUED
    assert h.standing(coming).state is StepState.PLANNED
    assert where(h, coming) == "room_2"
    h.finish(h.called("till"))
    assert h.order_at("room_2") == [h.number(ready), h.number(coming)]


def test_a_his_that_has_to_take_over_rooms_is_asked_for_the_new_one() -> None:
    h = Hospital(site(authority=Authority.WE_LEAD))
    for other in ("room_2", "room_3"):
        h.ok(c.CloseClinic(clinic=other))
    step, asked = arrive(h), arrive(h)
    h.ok(c.Acknowledge(step=step, clinic="room_1", accepted=True), role=Role.INTEGRATION)
    assert h.standing(step).state is StepState.QUEUED
    h.ok(c.OpenClinic(clinic="room_2"))
    h.ok(c.ProposeMoves(clinic="room_1"))
    close(h)
    # Of one it was not told yet whether the HIS takes over the first room.
    assert stays(h) == {asked: Stays.HIS}
    accept(h)
    assert (h.standing(step).state, where(h, step)) == (StepState.PLANNED, "room_2")
    h.ok(c.Acknowledge(step=step, clinic="room_2", accepted=True), role=Role.INTEGRATION)
    assert h.order_at("room_2") == [h.number(step)]


def test_urgent_goes_first_wherever_it_is_moved() -> None:
    h = Hospital(site())
    steps = line_of(h, 3)
    h.ok(c.ChangeLane(visit=h.day.steps[steps[2]].visit, lane=Lane.URGENT, reason="lane"))
    close(h)
    assert moves(h)[0] == (steps[2], "room_2")


# settling -------------------------------------------------------------------------------------------------


def test_dismissed_everybody_stays_and_is_called_while_the_clinic_drains() -> None:
    h = Hospital(site())
    steps = line_of(h, 2)
    close(h)
    h.ok(c.DismissProposal(clinic="room_1", proposal=proposal(h).id))
    assert proposal_states(h) == [ProposalState.DISMISSED]
    assert not h.day.proposed
    assert h.called("room_1") == steps[0]


def test_a_new_one_outdates_the_old_one() -> None:
    h = Hospital(site())
    line_of(h, 4)
    h.ok(c.ProposeMoves(clinic="room_1"))
    close(h)
    assert proposal_states(h) == [ProposalState.OUTDATED, ProposalState.OPEN]
    assert proposal(h).cause == "close"


@pytest.mark.parametrize("how", ["opened", "gone"])
def test_it_is_outdated_when_the_clinic_opens_again_or_nobody_named_is_left(how: str) -> None:
    h = Hospital(site())
    steps = line_of(h, 2)
    close(h)
    if how == "opened":
        h.ok(c.OpenClinic(clinic="room_1"))
    else:
        h.finish(h.called("room_1"))
        assert proposal_states(h) == [ProposalState.OPEN]
        h.ok(c.Transfer(step=steps[1], clinic="room_2"))
    assert proposal_states(h) == [ProposalState.OUTDATED]
    assert not h.day.proposed


def test_a_pause_moves_nobody_and_proposes_nothing() -> None:
    h = Hospital(site())
    line_of(h, 4)
    h.ok(c.PauseClinic(clinic="room_1", reason="pause"))
    assert not h.day.proposals


def test_while_a_pause_lasts_waiting_on_takes_longer() -> None:
    h = Hospital(site())
    steps = line_of(h, 2)
    h.ok(c.PauseClinic(clinic="room_1", reason="pause", news_at=h.now + 30 * MINUTE))
    h.ok(c.ProposeMoves(clinic="room_1"))
    assert moves(h) == [(steps[0], "room_2"), (steps[1], "room_3")]
    assert [move.gain for move in proposal(h).part.moves] == [30, 30]


# late -----------------------------------------------------------------------------------------------------


def late_house(minutes: int = 20) -> Hospital:
    plans = (SessionPlan("room_1", "an", 7 * 60, 12 * 60), SessionPlan("room_1", "an", 13 * 60, 16 * 60))
    h = Hospital(site(sessions=plans, late_after=minutes), at=6 * HOUR + 50 * MINUTE)
    h.advance()
    return h


def told(h: Hospital) -> list[str]:
    return [a.detail for a in h.day.alerts.values() if a.kind is AlertKind.CLINIC_LATE]


def test_a_session_without_a_call_is_told_once_and_moves_are_proposed() -> None:
    h = late_house()
    steps = line_of(h, 3)
    h.advance(10 * MINUTE)
    late_at = h.day.sessions["room_1"][0].opens + 20 * MINUTE
    assert due.next_due(h.day) == late_at
    h.advance(late_at - h.now - 1)
    assert not told(h)
    h.advance(1)
    assert told(h) == ["07:00"]
    assert proposal(h).cause == "late"
    assert [where(h, step) for step in steps] == ["room_1"] * 3
    # Who is twenty minutes late is thought to be twenty more; the third waits for the first at room 2.
    assert [move.gain for move in proposal(h).part.moves] == [20, 20, 12]
    h.ok(c.DismissProposal(clinic="room_1", proposal=proposal(h).id))
    h.advance(10 * MINUTE)
    assert told(h) == ["07:00"]
    assert len(h.day.proposals) == 1


def test_who_comes_late_and_calls_makes_the_proposal_outdated() -> None:
    h = late_house()
    line_of(h, 3)
    h.advance(HOUR)
    assert proposal(h).cause == "late"
    h.called("room_1")
    assert not h.day.proposed


@pytest.mark.parametrize("how", ["called", "moved_on", "nobody", "paused", "just_come", "never"])
def test_who_is_not_late_is_not_told(how: str) -> None:
    h = late_house(0 if how == "never" else 20)
    if how in ("called", "moved_on", "paused", "never"):
        line_of(h, 3)
    h.advance(15 * MINUTE)
    if how == "moved_on":
        step = h.called("room_1")
        h.ok(c.Attach(visit=h.day.steps[step].visit, step=step, clinic="room_2"))
    elif how == "called":
        h.finish(h.called("room_1"))
    elif how == "paused":
        h.ok(c.PauseClinic(clinic="room_1", reason="pause"))
    elif how == "just_come":
        line_of(h, 2)
    h.advance(10 * MINUTE)
    assert not told(h)
    assert not h.day.proposals


def test_the_afternoon_may_be_late_too() -> None:
    h = late_house()
    line_of(h, 1)
    h.advance(HOUR)
    step = h.called("room_1")
    h.finish(step)
    assert told(h) == ["07:00"]
    h.advance(13 * HOUR - 8 * HOUR)
    h.ok(c.OpenClinic(clinic="room_1"))
    line_of(h, 1)
    h.advance(HOUR)
    assert told(h) == ["07:00", "13:00"]


# any line -------------------------------------------------------------------------------------------------


@given(
    people=st.lists(
        st.sampled_from(["plain", "urgent", "priority", "helped", "held", "away", "called", "coming"]),
        min_size=1,
        max_size=12,
    ),
    taken=st.sets(st.integers(0, 11)),
    numbered=st.booleans(),
    cause=st.sampled_from([c.CloseClinic, c.DrainClinic, c.ProposeMoves]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_taken_nobody_is_lost_or_twice_and_the_order_is_kept(
    people: list[str], taken: set[int], numbered: bool, cause: type[c.CloseClinic]
) -> None:
    h = Hospital(site(clinic_numbers=numbered), check=False)
    for other in ("room_2", "room_3"):
        h.ok(c.CloseClinic(clinic=other))
    for who in people:
        _join(h, who)
        h.pass_time(MINUTE)
    h.ok(c.OpenClinic(clinic="room_2"))
    h.ok(c.OpenClinic(clinic="room_3"))
    h.run(cause(clinic="room_1"))
    if "room_1" not in h.day.proposed:
        return
    open_steps = {step.id for step in h.day.steps.values() if step.standing.state in OPEN}
    told = proposal(h).part
    named = [*(move.step for move in told.moves), *(stay.step for stay in told.stays)]
    assert sorted(named) == sorted(proposals.bound_here(Draft(h.day), "room_1"))
    chosen = [move.step for index, move in enumerate(told.moves) if index in taken]
    before = {step: h.standing(step).since for step in open_steps}
    if chosen:
        moved = accept(h, *chosen)
        assert moved.steps == tuple(chosen)
    h.check_fold()
    assert {step.id for step in h.day.steps.values() if step.standing.state in OPEN} == open_steps
    assert {step: h.standing(step).since for step in open_steps} == before
    for clinic in ("room_1", "room_2", "room_3"):
        plain = [
            before[place[-1]]
            for place in h.day.clinics[clinic].queue
            if h.part(h.day.steps[place[-1]].visit).lane is Lane.WALK_IN
        ]
        assert plain == sorted(plain)


def _join(h: Hospital, who: str) -> None:
    """One more bound to room 1, as told."""
    if who == "coming":
        h.register("fee", "exam", service="internal")
        return
    step = arrive(h)
    visit = h.day.steps[step].visit
    match who:
        case "urgent" | "priority":
            h.ok(c.ChangeLane(visit=visit, lane=Lane(who), reason="lane"))
        case "helped":
            h.ok(c.SetHelp(visit=visit, help=(Help.WHEELCHAIR,)))
        case "held":
            h.ok(c.Hold(step=step))
        case "away":
            h.ok(c.SetPresence(visit=visit, presence=PresenceKind.AWAY))
        case "called":
            h.run(c.CallStep(clinic="room_1", step=step, reason="call"))
        case _:
            """Just waits."""
