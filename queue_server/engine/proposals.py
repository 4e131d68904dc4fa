"""Who of a clinic's line would be seen sooner elsewhere (DESIGN §4, Balancing).

A proposal names in fair order who would move where and what that gains, and who stays and why. It moves
nobody: the head nurse takes it whole, in part or not. There is one open proposal per clinic.
"""

from collections.abc import Collection
from itertools import takewhile

from queue_server.engine import estimates
from queue_server.engine.authority import asked_for, is_open_question
from queue_server.engine.balancing import calls_again_in, open_clinics, weigh
from queue_server.engine.calling import in_turn
from queue_server.engine.draft import Draft
from queue_server.engine.events import ProposalChanged, ProposalMade
from queue_server.engine.facility import Service
from queue_server.engine.hours import MINUTE, in_session
from queue_server.engine.lines import Key, Line, queue_key
from queue_server.engine.model import (
    IN_HAND,
    WAITING,
    Move,
    Proposal,
    ProposalPart,
    Standing,
    Stay,
)
from queue_server.engine.numbering import sign_at
from queue_server.engine.walking import walk_ms
from queue_server.protocol.codes import (
    AssignedBy,
    Authority,
    Binding,
    ClinicState,
    GateName,
    Moves,
    ProposalState,
    Stays,
    StepChange,
    StepState,
)
from queue_server.protocol.results import Moved, Proposed
from queue_server.protocol.values import replaced

CLOSE, DRAIN, LATE, SESSION_END, ASKED = "close", "drain", "late", "session_end", "asked"
"""Causes of a proposal."""
NO_CHOICE = frozenset({CLOSE, SESSION_END})
"""Causes for which staying is none: everybody moves who may, whatever it gains."""
LEAST_GAIN = 5
"""Minutes; for less nobody is asked to walk and look for another door."""
MOVABLE = WAITING | {StepState.HELD, StepState.PLANNED}


# Proposing ----------------------------------------------------------------------------------------------


def propose(draft: Draft, clinic: str, cause: str) -> ProposalPart:
    """For everybody bound to the clinic, in fair order, where they would be called soonest after those who
    move before them."""
    moves: list[Move] = []
    stays: list[Stay] = []
    here = _Here(draft, clinic, cause)
    there: dict[str, _There] = {}
    for step in bound_here(draft, clinic):
        visit = draft.the_step(step).visit
        why = why_stays(draft, step)
        move = None if why is not None else _best_move(draft, here, there, step)
        if move is None:
            why = why or Stays.NOWHERE
        elif cause not in NO_CHOICE and move.gain < LEAST_GAIN:
            why = Stays.NO_GAIN
        if why is None and move is not None:
            moves.append(move)
            there[move.clinic].add(step)
        else:
            stays.append(Stay(step, visit, why or Stays.NO_GAIN))
            here.add(step)
    return ProposalPart(tuple(moves), tuple(stays))


def bound_here(draft: Draft, clinic: str) -> list[str]:
    """Everybody bound to a clinic: in hand, in line as it calls, held, still on their way."""
    waiting = draft.waiting(clinic)
    of_line = set(waiting)
    line = [step for step in in_turn(draft, clinic) if step in of_line]
    ready = set(line)
    held = [step for step in draft.line(Line.HELD, "") if draft.standing(step).clinic == clinic]
    planned = draft.line(Line.AWAITED, clinic)
    return [
        *draft.in_hand(clinic),
        *line,
        *(step for step in waiting if step not in ready),
        *sorted(held, key=lambda step: (draft.standing(step).since, step)),
        *sorted(planned, key=lambda step: (draft.standing(step).since, step)),
    ]


def why_stays(draft: Draft, step: str) -> Stays | None:
    """Why nobody proposes to move a step; None when it may be moved."""
    here, standing = draft.the_step(step), draft.standing(step)
    plan = draft.facility.services[here.service]
    if standing.state in IN_HAND:
        return Stays.CALLED
    if here.returning:
        return Stays.RETURNING
    if plan.moves is Moves.NEVER:
        return Stays.NEVER
    his = standing.assigned_by is AssignedBy.HIS and not _took_over_ours(plan, standing)
    his = his or plan.authority is Authority.HIS_LEADS
    typed_into_his = plan.authority is Authority.BESIDE and standing.assigned_by is AssignedBy.DESK
    if his or typed_into_his or is_open_question(standing):
        return Stays.HIS
    if standing.practitioner or plan.binding is Binding.AT_DESK:
        return Stays.CHOSEN
    return Stays.HELP if draft.part(here.visit).help else None


def _took_over_ours(plan: Service, standing: Standing) -> bool:
    """Whether the HIS only took over a room of our choice: while they wait it may be asked for another."""
    asked = any(gate.name is GateName.ACKNOWLEDGED for gate in standing.gates)
    return plan.authority is Authority.WE_LEAD and asked and standing.state in WAITING


class _Line:
    """How long those before a step take at one clinic."""

    def __init__(self, draft: Draft, clinic: str) -> None:
        self.draft, self.clinic = draft, clinic
        self.places = draft.facility.clinics[clinic].places
        in_hand = draft.in_hand(clinic)
        busy = in_hand if len(in_hand) >= self.places else []
        self.work = sum(estimates.left_of_turn(draft, clinic, step) for step in busy)

    def add(self, step: str) -> None:
        """One more stands before those who are asked about later."""
        self.work += self._pace(step)

    def _pace(self, step: str) -> int:
        return estimates.pace_ms(self.draft, self.clinic, self.draft.the_step(step).service)


class _Here(_Line):
    """The clinic that is asked about; before a step are only those who stay."""

    def __init__(self, draft: Draft, clinic: str, cause: str) -> None:
        super().__init__(draft, clinic)
        self.delay = calls_again_in(draft, clinic)
        if cause == LATE:
            # Who is late already will hardly come at this very moment.
            began = [plan.opens for plan in in_session(draft.day, clinic, draft.now)]
            self.delay = max(self.delay, draft.now - min(began, default=draft.now))

    def add(self, step: str) -> None:
        if self.draft.standing(step).state not in IN_HAND:
            super().add(step)

    def start(self) -> int:
        return self.delay + self.work // self.places


class _There(_Line):
    """Another clinic; before a step are those whom it would call first, the pool's shared with others."""

    def __init__(self, draft: Draft, clinic: str) -> None:
        super().__init__(draft, clinic)
        self.delay = calls_again_in(draft, clinic)
        self.added = 0
        self.line: list[tuple[Key, int]] = []
        for other in in_turn(draft, clinic):
            bound = bool(draft.standing(other).clinic)
            sharing = 1 if bound else len(open_clinics(draft, draft.the_step(other).service))
            self.line.append((_key(draft, other), self._pace(other) // max(sharing, 1)))

    def add(self, step: str) -> None:
        super().add(step)
        self.added += 1

    def start(self, step: str) -> int:
        key = _key(self.draft, step)
        before = takewhile(lambda place: place[0] < key, self.line)
        work = self.work + sum(pace for _, pace in before)
        return self.delay + work // self.places

    def heads(self) -> int:
        return len(self.draft.queue(Line.BOUND, self.clinic)) + self.added


def _key(draft: Draft, step: str) -> Key:
    """The step's place among those who neither missed a call nor stand ready."""
    here = draft.the_step(step)
    standing = replaced(draft.standing(step), state=StepState.QUEUED, behind=0)
    return queue_key(here, draft.part(here.visit), standing)


def _best_move(draft: Draft, here: _Here, there: dict[str, _There], step: str) -> Move | None:
    """Where the step would be called soonest, the way from here included; None when no other clinic takes
    patients."""
    known = draft.the_step(step)
    others = open_clinics(draft, known.service, but=(here.clinic,))
    if not others:
        return None
    for clinic in others:
        if clinic not in there:
            there[clinic] = _There(draft, clinic)
    hall = draft.facility.clinics[here.clinic].hall
    starts = {clinic: there[clinic].start(step) for clinic in others}
    best = min(
        others,
        key=lambda name: (*weigh(draft, step, name, starts[name], hall), there[name].heads(), name),
    )
    gain = here.start() - starts[best] - walk_ms(draft, known.visit, hall, best)
    return Move(step, known.visit, best, max(gain // MINUTE, 0))


# Making and settling ------------------------------------------------------------------------------------


def make(draft: Draft, clinic: str, cause: str) -> Proposed:
    """Make a proposal where somebody can move; with no choice also where nobody can, so that staff see why.
    What was proposed before is outdated."""
    outdate_of(draft, clinic)
    part = propose(draft, clinic, cause)
    waiting = [stay for stay in part.stays if stay.why is not Stays.CALLED]
    if not part.moves and (cause not in NO_CHOICE or not waiting):
        return Proposed(stays=len(part.stays))
    made = _put_up(draft, clinic, cause, part)
    return Proposed(proposal=made.id, moves=len(part.moves), stays=len(part.stays))


def move_at_once(draft: Draft, clinic: str, cause: str) -> Moved | None:
    """Make a proposal and take it whole, as a service with `moves = "auto"` wants it; None when nobody can
    move."""
    outdate_of(draft, clinic)
    part = propose(draft, clinic, cause)
    return accept(draft, _put_up(draft, clinic, cause, part), None) if part.moves else None


def _put_up(draft: Draft, clinic: str, cause: str, part: ProposalPart) -> Proposal:
    name = f"proposal-{draft.day.seq + len(draft.events) + 1}"
    draft.emit(ProposalMade(name, clinic, cause, draft.now, part))
    return Proposal(name, clinic, cause, draft.now, part)


def accept(draft: Draft, proposal: Proposal, steps: Collection[str] | None) -> Moved:
    """Move those who still are where the proposal saw them, in fair order, each at their old place in the
    order; the others stay. steps None: all of them. One act of the clinic they leave, which may be undone."""
    draft.act_clinic = proposal.clinic
    moved: list[str] = []
    left: list[str] = []
    for move in proposal.part.moves:
        if steps is None or move.step in steps:
            still_so = is_there(draft, proposal.clinic, move.step) and why_stays(draft, move.step) is None
            if still_so and takes(draft, move.step, move.clinic):
                _move(draft, move)
                moved.append(move.step)
            else:
                left.append(move.step)
    settle(draft, proposal, ProposalState.ACCEPTED)
    return Moved(proposal=proposal.id, steps=tuple(moved), left=tuple(left))


def is_there(draft: Draft, clinic: str, step: str) -> bool:
    """Whether a step still waits at a clinic, or will."""
    standing = draft.standing(step)
    return standing.clinic == clinic and standing.state in MOVABLE


def takes(draft: Draft, step: str, clinic: str) -> bool:
    """Whether a clinic takes patients of the step's service now."""
    return clinic in open_clinics(draft, draft.the_step(step).service)


def _move(draft: Draft, move: Move) -> None:
    here, standing = draft.the_step(move.step), draft.standing(move.step)
    behind = standing.behind
    if behind:
        # As many calls as were left where they missed theirs.
        behind = draft.calls(move.clinic) + max(behind - draft.calls(standing.clinic), 1)
    now = replaced(
        standing,
        state=StepState.QUEUED if standing.state is StepState.PREPARED else standing.state,
        clinic=move.clinic,
        call_sign=sign_at(draft, here.visit, here.service, move.clinic),
        assigned_by=AssignedBy.OURS,
        behind=behind,
    )
    if now.state is StepState.QUEUED:
        now = asked_for(draft.facility.services[here.service], now, draft.now)
    draft.put(move.step, StepChange.TRANSFERRED, now)


def settle(draft: Draft, proposal: Proposal, state: ProposalState) -> None:
    """Say what became of an open proposal."""
    now = replaced(proposal.part, state=state, by=draft.device)
    draft.emit(ProposalChanged(proposal.id, proposal.part, now))


# Outdating ----------------------------------------------------------------------------------------------


def outdate(draft: Draft) -> None:
    """Take back the proposals of clinics that opened again, of late ones that call now, and those of whom
    nobody waits there any more."""
    for clinic in sorted(draft.day.proposed):
        proposal = open_proposal(draft, clinic)
        if proposal is not None and (
            _reopened(draft, clinic) or _came(draft, proposal) or not _anybody_there(draft, proposal)
        ):
            settle(draft, proposal, ProposalState.OUTDATED)


def outdate_of(draft: Draft, clinic: str) -> None:
    """Take back what is proposed for one clinic: something else will be."""
    proposal = open_proposal(draft, clinic)
    if proposal is not None:
        settle(draft, proposal, ProposalState.OUTDATED)


def open_proposal(draft: Draft, clinic: str) -> Proposal | None:
    """The clinic's open proposal that nothing drafted settled yet."""
    name = draft.day.proposed.get(clinic)
    if name is None:
        return None
    settled = any(isinstance(event, ProposalChanged) and event.proposal == name for event in draft.events)
    return None if settled else draft.day.proposals[name]


def _reopened(draft: Draft, clinic: str) -> bool:
    was, now = draft.clinic(clinic).part.state, draft.clinic_part(clinic).state
    return now is ClinicState.OPEN and was is not ClinicState.OPEN


def _came(draft: Draft, proposal: Proposal) -> bool:
    recent = draft.recent(proposal.clinic)
    return proposal.cause == LATE and bool(recent) and recent[-1].at >= proposal.at


def _anybody_there(draft: Draft, proposal: Proposal) -> bool:
    part = proposal.part
    named = part.moves or [stay for stay in part.stays if stay.why is not Stays.CALLED]
    return any(is_there(draft, proposal.clinic, line.step) for line in named)
