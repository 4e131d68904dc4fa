"""The turns of this place: calling, in hand, the selected one."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import ASIDE, IN_HAND, OVER, WAITING, Desk, of, sign_of
from display.console.offers.asked import (
    CALLING,
    HOLD_MINUTES,
    call_reasons,
    moment_of,
    moments,
    reasons_of,
    services_in_order,
    why,
)
from display.console.offers.values import Offer, Option, Pick
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import (
    ClinicState,
    ReasonKind,
    Result,
    StepState,
)
from queue_server.protocol.labels import Label
from queue_server.protocol.rows import (
    ClinicCard,
    ClinicStep,
    FacilityClinic,
)


def calling(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    """Calling the next one."""
    if card.state not in CALLING:
        return
    after = _after(desk, card)
    label = None
    if after is not None and card.places > 1:
        label = Label(vi=f"Xong {sign_of(after)}, gọi tiếp", en=f"Finish {sign_of(after)}, call next")
    yield Offer(
        Action.CALL_NEXT,
        "",
        (),
        lambda _: commands.CallNext(clinic=card.key, after=after.key if after else None),
        label,
        sign_of(after) if after else "",
    )


def _after(desk: Desk, card: ClinicCard) -> ClinicStep | None:
    """Whom calling the next one finishes: nobody while a place is free, else the selected or the first in."""
    in_hand = desk.sections["hand"]
    if len(in_hand) < card.places:
        return None
    picked = [step for step in in_hand if step.key == desk.selected]
    found = picked or in_hand
    return found[0] if found else None


def in_hand(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    """What may be done with the one in hand."""
    step = desk.hand
    if step is None:
        return
    sign = sign_of(step)
    if step.state is StepState.CALLED:
        yield Offer(
            Action.RECALL, sign, (), lambda _: commands.Recall(step=step.key, times_called=step.times_called)
        )
        yield Offer(Action.START, sign, (), lambda _: commands.Start(step=step.key))
    yield Offer(Action.FINISH, sign, (), lambda _: commands.Finish(step=step.key))
    ends = reasons_of(desk, ReasonKind.FINISH)
    if ends:
        yield Offer(
            Action.FINISH_AS,
            sign,
            (Pick(why(desk, Action.FINISH, sign), ends),),
            lambda answers: commands.Finish(step=step.key, end=answers[0][0]),
        )
    if step.state is StepState.CALLED and step.times_called >= 2:
        yield absent(step)
    services = tuple(
        Option(row.service, desk.say(row.name))
        for row in services_in_order(desk)
        if row.service not in card.services
    )
    if services:
        yield Offer(
            Action.REFER,
            sign,
            (Pick(desk.say(words.WHICH_SERVICE, sign=sign), services),),
            lambda answers: commands.Refer(step=step.key, service=answers[0][0]),
        )


def absent(step: ClinicStep) -> Offer:
    """Nobody came. Offered after two calls; pressed before, the server says what is still missing."""
    return Offer(
        Action.ABSENT,
        sign_of(step),
        (),
        lambda _: commands.Absent(step=step.key, times_called=step.times_called),
    )


def selected(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    """What may be done with the selected one."""
    step = desk.focus
    if step is None:
        if card.state in CALLING and desk.chosen is None and card.next_step:
            yield Offer(Action.PREPARE, "", (), lambda _: commands.Prepare(clinic=card.key))
        return
    sign = sign_of(step)
    calls = card.state in CALLING and desk.is_here(step) and not step.busy
    if calls and step.state is StepState.QUEUED and _is_first_of_its_kind(desk, step):
        yield Offer(Action.PREPARE, sign, (), lambda _: commands.Prepare(clinic=card.key, step=step.key))
    if calls and step.state in (*WAITING, *ASIDE):
        reasons = call_reasons(desk, card)
        after = _after(desk, card)
        if reasons:
            yield Offer(
                Action.CALL_THIS,
                sign,
                (Pick(why(desk, Action.CALL_THIS, sign), reasons),),
                lambda answers: commands.CallStep(
                    clinic=card.key, step=step.key, reason=answers[0][0], after=after.key if after else None
                ),
                finishes=sign_of(after) if after else "",
            )
    if step.state not in (*OVER, *IN_HAND) and desk.is_here(step):
        yield Offer(Action.EXPLAIN, sign)
    if step.state is StepState.HELD:
        yield Offer(Action.BACK, sign, (), lambda _: commands.Resume(step=step.key))
    if step.state is StepState.MISSED:
        yield Offer(Action.BACK, sign, (), lambda _: commands.Rejoin(step=step.key))
    if step.state in (*WAITING, *IN_HAND):
        times = (
            Option("", desk.say(words.UNTIL_READY)),
            *moments(desk, HOLD_MINUTES),
        )
        yield Offer(
            Action.HOLD,
            sign,
            (Pick(desk.say(words.HOLD_HOW_LONG, sign=sign), times),),
            lambda answers: commands.Hold(step=step.key, until=moment_of(answers[0][0])),
        )
    if step.state in (*WAITING, *ASIDE):
        yield from _transfer(desk, step)
    if step.gates and step.state not in OVER:
        yield from _gates(desk, step)
    if step.result is Result.PENDING:
        yield Offer(Action.RESULT, sign, (), lambda _: commands.ResultReady(step=step.key))


def _is_first_of_its_kind(desk: Desk, step: ClinicStep) -> bool:
    """Whether nobody called as the same waits before the step without standing ready."""
    return not any(
        other.called_as is step.called_as and other.state is StepState.QUEUED and 0 < other.order < step.order
        for other in desk.sections["wait"]
    )


def _transfer(desk: Desk, step: ClinicStep) -> Iterable[Offer]:
    sign = sign_of(step)
    places = tuple(
        Option(row.clinic, f"{desk.say(row.name)} – {desk.say(words.WAITING, n=row.waiting)}")
        for row in sorted(of(FacilityClinic, desk.facility), key=lambda row: (row.waiting, row.key))
        if step.service in row.services
        and row.clinic != (step.clinic or desk.clinic)
        and row.state in (ClinicState.OPEN, ClinicState.PAUSED)
    )
    if places:
        yield Offer(
            Action.TRANSFER,
            sign,
            (Pick(desk.say(words.WHICH_CLINIC, sign=sign), places),),
            lambda answers: commands.Transfer(step=step.key, clinic=answers[0][0]),
        )


def _gates(desk: Desk, step: ClinicStep) -> Iterable[Offer]:
    sign = sign_of(step)
    if len(step.gates) == 1:
        gate = step.gates[0]
        yield Offer(
            Action.GATE,
            sign,
            (),
            lambda _: commands.OpenGate(step=step.key, gate=gate),
            texts.GATE_OPENS[gate],
        )
        return
    by_name = {gate.value: gate for gate in step.gates}
    options = tuple(Option(name, desk.say(texts.GATE_OPENS[gate])) for name, gate in by_name.items())
    yield Offer(
        Action.GATE,
        sign,
        (Pick(desk.say(words.WHICH_GATE, sign=sign), options),),
        lambda answers: commands.OpenGate(step=step.key, gate=by_name[answers[0][0]]),
    )
