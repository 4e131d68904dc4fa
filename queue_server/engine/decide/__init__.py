"""Deciding: one command, one day, one context in; events and an outcome, or a refusal, out."""

from typing import assert_never

from queue_server.engine import clock
from queue_server.engine.balancing import bind
from queue_server.engine.decide import (
    acknowledging,
    appointments,
    attaching,
    clinics,
    identifying,
    insuring,
    notices,
    one_more,
    onward,
    prints,
    proposals,
    registration,
    turns,
    undoing,
    visits,
)
from queue_server.engine.decision import (
    Admission,
    Booking,
    Decision,
    EngineCommand,
    Identification,
    InsurancePapers,
    InsuranceWord,
    Rejection,
)
from queue_server.engine.draft import Draft
from queue_server.engine.model import Context, Day
from queue_server.engine.proposals import outdate
from queue_server.protocol import commands as c
from queue_server.protocol.results import Outcome

__all__ = ["decide"]


def decide(day: Day, command: EngineCommand, context: Context) -> Decision | Rejection:
    """What follows from a command on this day. The day is only read.

    Raises TypeError for what may name a person: see `EngineCommand`.
    """
    draft = Draft(day, context)
    outcome = _dispatch(draft, command, context)
    if isinstance(outcome, Rejection):
        return outcome
    bind(draft)
    if day.proposed:
        outdate(draft)
    return Decision(tuple(draft.events), onward.directed(draft, outcome))


def _dispatch(draft: Draft, command: EngineCommand, context: Context) -> Outcome | Rejection:
    match command:
        case Admission():
            return registration.register(draft, command, context)
        case Booking():
            return appointments.book(draft, command)
        case Identification():
            return identifying.identify(draft, command)
        case InsuranceWord():
            return insuring.answered(draft, command)
        case InsurancePapers():
            return insuring.told(draft, command)
        case c.CheckInsurance():
            return insuring.check(draft, command)
        case c.Forget():
            return identifying.forget(draft, command)
        case c.SettleLane():
            return identifying.settle_lane(draft, command)
        case c.CancelAppointment():
            return appointments.cancel(draft, command)
        case c.AddExam():
            return one_more.add_exam(draft, command)
        case c.AddSteps():
            return visits.add_steps(draft, command)
        case c.Attach():
            return attaching.attach(draft, command, context.actor)
        case c.Acknowledge():
            return acknowledging.acknowledge(draft, command)
        case c.Disagree():
            return acknowledging.disagree(draft, command)
        case c.Agree():
            return acknowledging.agree(draft, command)
        case c.CallNext():
            return turns.call_next(draft, command)
        case c.CallStep():
            return turns.call_step(draft, command)
        case c.Prepare():
            return turns.prepare(draft, command)
        case c.Recall():
            return turns.recall(draft, command)
        case c.Start():
            return turns.start(draft, command)
        case c.Finish():
            return turns.finish(draft, command)
        case c.Absent():
            return turns.absent(draft, command)
        case c.Hold():
            return turns.hold(draft, command)
        case c.Resume():
            return turns.resume(draft, command)
        case c.Rejoin():
            return turns.rejoin(draft, command)
        case c.Transfer():
            return visits.transfer(draft, command)
        case c.Refer():
            return visits.refer(draft, command)
        case c.ChangeLane():
            return visits.change_lane(draft, command)
        case c.SetHelp():
            return visits.set_help(draft, command)
        case c.OpenGate():
            return visits.open_gate(draft, command, context.actor)
        case c.ResultReady():
            return visits.result_ready(draft, command, context.actor)
        case c.SetPresence():
            return visits.set_presence(draft, command)
        case c.Cancel():
            return visits.cancel(draft, command)
        case c.Undo():
            return undoing.undo(draft, command)
        case c.OpenClinic():
            return clinics.open_clinic(draft, command)
        case c.PauseClinic():
            return clinics.pause(draft, command)
        case c.DrainClinic():
            return clinics.drain(draft, command)
        case c.CloseClinic():
            return clinics.close(draft, command)
        case c.ProposeMoves():
            return proposals.propose_moves(draft, command)
        case c.AcceptProposal():
            return proposals.accept(draft, command)
        case c.DismissProposal():
            return proposals.dismiss(draft, command)
        case c.SignOn():
            return clinics.sign_on(draft, command)
        case c.SignOff():
            return clinics.sign_off(draft, command)
        case c.StopIntake():
            return notices.stop_intake(draft, command)
        case c.ReopenIntake():
            return notices.reopen_intake(draft, command)
        case c.Announce():
            return notices.announce(draft, command)
        case c.Confirm():
            return prints.confirm(draft, command)
        case c.VoidPrint():
            return prints.void(draft, command)
        case c.Reprint():
            return prints.reprint(draft, command)
        case c.PrintAtClinic():
            return prints.print_at_clinic(draft, command)
        case c.RaiseAlert():
            return notices.raise_alert(draft, command)
        case c.PrinterWorks():
            return notices.printer_works(draft, command)
        case c.WithdrawAlert():
            return notices.withdraw_alert(draft, command)
        case c.EscalateAlert():
            return notices.escalate_alert(draft, command)
        case c.AcknowledgeAlert():
            return notices.acknowledge(draft, command, context.actor)
        case c.AcceptClock():
            return notices.accept_clock(draft, command)
        case c.Advance():
            return clock.advance(draft)
        case c.Register() | c.BookAppointment() | c.Identify() | c.NoteInsurance() | c.TellInsurance():
            raise TypeError("what may name a person reaches the engine split, without the name")
        case _:
            assert_never(command)
