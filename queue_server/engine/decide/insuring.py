"""A patient's insurance: asking about the card, and what a desk knows of it. Neither comes here in words."""

from queue_server.engine.decide.checks import reject
from queue_server.engine.decision import InsurancePapers, InsuranceWord, Rejection
from queue_server.engine.draft import Draft
from queue_server.engine.events import InsuranceChecked, InsuranceTold
from queue_server.protocol.codes import Refusal
from queue_server.protocol.commands import CheckInsurance
from queue_server.protocol.results import Done


def check(draft: Draft, command: CheckInsurance) -> Done | Rejection:
    """Staff want to know now. Also of a visit that has ended: the claim is made afterwards."""
    visit = draft.visit(command.visit)
    if visit is None:
        return reject(Refusal.UNKNOWN_VISIT, visit=command.visit)
    if not draft.facility.insurance_lookup or visit.person is None:
        return reject(Refusal.NOT_OFFERED, visit=command.visit)
    draft.emit(InsuranceChecked(command.visit, answered=False))
    return Done()


def answered(draft: Draft, word: InsuranceWord) -> Done | Rejection:
    """The insurance has spoken."""
    if draft.visit(word.visit) is None:
        return reject(Refusal.UNKNOWN_VISIT, visit=word.visit)
    draft.emit(InsuranceChecked(word.visit, answered=True))
    return Done()


def told(draft: Draft, papers: InsurancePapers) -> Done | Rejection:
    """A desk knows more of somebody's insurance. Also of a visit that has ended, as above."""
    visit = draft.visit(papers.visit)
    if visit is None:
        return reject(Refusal.UNKNOWN_VISIT, visit=papers.visit)
    if visit.person is None:
        return reject(Refusal.NOT_OFFERED, visit=papers.visit)
    draft.emit(InsuranceTold(papers.visit))
    return Done()
