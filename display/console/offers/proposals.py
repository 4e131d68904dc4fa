"""Who could be moved when a place closes or is late, and where the HIS says something else."""

from collections.abc import Iterable

from display import texts
from display.console import words
from display.console.desk import Desk
from display.console.offers.values import Offer, Option, Pick, PickMany, Sure
from display.console.words import Action
from queue_server.protocol import commands
from queue_server.protocol.codes import ClinicState
from queue_server.protocol.rows import ClinicCard, ClinicProposal, FacilityDisagreement, ProposedMove


def moves(desk: Desk, card: ClinicCard) -> Iterable[Offer]:
    """Seeing to the oldest open proposal, or asking for one."""
    if not desk.proposals:
        if card.waiting and card.state is not ClinicState.CLOSED:
            yield Offer(Action.MOVES, "", (), lambda _: commands.ProposeMoves(clinic=card.key))
        return
    proposal = desk.proposals[0]
    moving = tuple(line for line in proposal.lines if line.clinic)
    if moving:
        whole = tuple(line.step for line in moving)
        options = tuple(Option(line.step, _move(desk, line), marked=True) for line in moving)

        def accept(answers: "tuple[str, ...]") -> commands.AcceptProposal:
            return commands.AcceptProposal(
                clinic=proposal.clinic,
                proposal=proposal.proposal,
                steps=None if answers == whole else answers,
            )

        yield Offer(
            Action.MOVES,
            "",
            (PickMany(_title(desk, proposal), options),),
            lambda answers: accept(tuple(answers[0])),
            words.SEE_PROPOSAL,
        )
    yield Offer(
        Action.DISMISS,
        "",
        (Sure(desk.say(words.SURE_DISMISS)),),
        lambda _: commands.DismissProposal(clinic=proposal.clinic, proposal=proposal.proposal),
    )


def _title(desk: Desk, proposal: ClinicProposal) -> str:
    cause = desk.say(
        words.CAUSES.get(proposal.cause, words.CAUSES["asked"]), clinic=desk.place(proposal.clinic)
    )
    staying = [f"{line.call_sign} ({desk.say(texts.STAYS[line.why])})" for line in proposal.lines if line.why]
    title = desk.say(words.WHICH_MOVES, cause=cause)
    return f"{title}\n{desk.say(words.STAY_TITLE, who=', '.join(staying))}" if staying else title


def _move(desk: Desk, line: ProposedMove) -> str:
    where = desk.place(line.clinic)
    if line.gain > 0:
        return desk.say(words.ONE_MOVE, sign=line.call_sign, clinic=where, n=line.gain)
    return desk.say(words.ONE_MOVE_ANYHOW, sign=line.call_sign, clinic=where)


def differences(desk: Desk) -> Iterable[Offer]:
    """Where the HIS says something else: for who may see to it."""
    if not desk.differences:
        return
    by_key = {row.key: row for row in desk.differences}
    options = tuple(Option(key, difference(desk, row)) for key, row in by_key.items())

    def settle(key: str) -> commands.Agree:
        row = by_key[key]
        # Of what nobody could place there is no visit; what the HIS said tells one from another.
        if not row.visit:
            return commands.Agree(about=row.about, his=row.his)
        return commands.Agree(about=row.about, visit=row.visit)

    yield Offer(
        Action.DIFFERENCE,
        "",
        (Pick(desk.say(words.WHICH_DIFFERENCE), options),),
        lambda answers: settle(answers[0][0]),
    )


def difference(desk: Desk, row: FacilityDisagreement) -> str:
    """One of them in a sentence."""
    ours, his = row.ours, row.his
    if row.about == "clinic":
        ours, his = desk.place(ours), desk.place(his)
    elif row.about == "state":
        named = [texts.named(texts.STATES, code) for code in (ours, his)]
        ours, his = (
            desk.say(label) if label else code for label, code in zip(named, (ours, his), strict=True)
        )
    facts = {"number": row.number or "HIS", "ours": ours or "–", "his": his or "–"}
    label = words.DIFFERENCES.get(row.about)
    if label is None:
        return desk.say(words.DIFFERENCE, about=row.about, **facts)
    return desk.say(label, **facts)
