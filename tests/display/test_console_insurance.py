"""What a desk sees of an insurance look-up, and how it asks anew."""

import pytest
from msgspec.structs import replace

from display import texts
from display.console import about, offers, view
from display.console.desk import Desk
from display.console.words import Action
from queue_server.insurance.meanings import MEANINGS, meaning
from queue_server.protocol import commands
from queue_server.protocol.codes import ClinicKind, InsuranceStatus, Language, PortalState, Role
from queue_server.protocol.rows import InsuranceCheck, InsuranceFacts, InsurancePortal, Name, Row
from tests.support.screens import FACILITY, IN_HAND, NAMES, NOW, card, desk

RECEPTION = card(key="desk-1", kind=ClinicKind.RECEPTION)
FACTS = InsuranceFacts(card="DN4790000000000", valid_from="2026-01-01", valid_until="2026-06-30")
PORTAL = InsurancePortal(key="insurance", state=PortalState.REACHABLE, since=NOW)


def named(facts: InsuranceFacts | None) -> Name:
    (found,) = [row for row in NAMES if row.key == IN_HAND.visit]
    assert isinstance(found, Name)
    return replace(found, insurance=facts)


def answered(code: str) -> InsuranceFacts:
    said = meaning(code)
    check = InsuranceCheck(code, NOW, "2026-07-01", "2027-06-30")
    return replace(FACTS, check=check, status=said.status, advice=said.advice)


def moment(
    facts: InsuranceFacts | None,
    *,
    portal: InsurancePortal | None = PORTAL,
    role: Role = Role.RECEPTION,
    language: Language = Language.VI,
) -> Desk:
    names: list[Row] = [named(facts)]
    facility: list[Row] = [*FACILITY, *([portal] if portal else [])]
    return desk(RECEPTION, IN_HAND, names=names, facility=facility, role=role, language=language)


@pytest.mark.parametrize("language", [Language.VI, Language.EN])
@pytest.mark.parametrize("code", MEANINGS)
def test_every_answer_says_what_it_is_worth_and_what_to_do(code: str, language: Language) -> None:
    here = moment(answered(code), language=language)
    shown = view.hand(here, 160, 9).plain
    said = meaning(code)
    for label in (texts.INSURANCE_STATUS[said.status], texts.INSURANCE_ADVICE[said.advice]):
        assert here.say(label) in shown, shown
    assert ("⚠" in shown) is (said.status is InsuranceStatus.INVALID)
    assert here.time(NOW) in shown
    assert "30/06/2027" in shown
    assert "30/06/2026" not in shown
    page = "\n".join(line.plain for line in view.person_lines(here, IN_HAND.visit))
    assert here.say(texts.INSURANCE_ADVICE[said.advice]) in page


def test_before_there_is_an_answer_everybody_is_received() -> None:
    shown = view.hand(moment(FACTS), 160, 9).plain
    assert "BHYT chưa xác minh được: cứ tiếp nhận, hệ thống sẽ tra cứu lại" in shown
    assert "30/06/2026" in shown


def test_where_nobody_is_looked_up_nothing_is_said_of_it() -> None:
    here = moment(FACTS, portal=None)
    assert about.looked_up(here, FACTS) == ""
    assert "xác minh" not in view.hand(here, 160, 9).plain


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SUPERVISOR, Role.ADMIN])
def test_a_desk_asks_anew_with_one_key(role: Role) -> None:
    found = {offer.action: offer for offer in offers.offers(moment(answered("060"), role=role))}
    offer = found[Action.CHECK_INSURANCE]
    assert offer.questions == ()
    assert offer.make is not None
    assert offer.make([]) == commands.CheckInsurance(visit=IN_HAND.visit)


@pytest.mark.parametrize(
    "here",
    [moment(FACTS, portal=None), moment(None), moment(FACTS, role=Role.CLINIC)],
    ids=["nobody is looked up", "not their business", "a doctor's room"],
)
def test_who_cannot_have_it_asked_is_not_offered_it(here: Desk) -> None:
    assert Action.CHECK_INSURANCE not in {offer.action for offer in offers.offers(here)}


@pytest.mark.parametrize("state", PortalState)
def test_the_overview_says_how_the_portal_is(state: PortalState) -> None:
    here = moment(FACTS, portal=replace(PORTAL, state=state))
    shown = "\n".join(line.plain for line in view.overview_lines(here))
    assert f"Cổng BHYT: {here.say(texts.PORTAL_STATES[state])} (từ {here.time(NOW)})" in shown
    without = "\n".join(line.plain for line in view.overview_lines(moment(FACTS, portal=None)))
    assert "Cổng BHYT" not in without
