"""What each result code of the portal means."""

import pytest

from queue_server.insurance.meanings import MEANINGS, Then, meaning
from queue_server.protocol.codes import InsuranceAdvice, InsuranceStatus

CODES = [
    "000", "001", "002", "003", "004", "010", "050", "051", "052", "053", "054", "055", "060",
    "061", "070", "100", "101", "110", "120", "121", "122", "123", "124", "130", "205", "401",
]  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_only_a_valid_card_is_verified(code: str) -> None:
    said = meaning(code)
    assert (said.status is InsuranceStatus.VERIFIED) == (code in {"000", "003", "004"})
    if said.then is not Then.DONE:
        assert said.status is InsuranceStatus.UNVERIFIED


def test_what_becomes_of_a_look_up() -> None:
    by_then = {then: [code for code in CODES if meaning(code).then is then] for then in Then}
    assert by_then[Then.AGAIN] == ["100", "101"]
    assert by_then[Then.ACCOUNT] == ["054", "055", "401"]
    assert by_then[Then.OURS] == ["205"]


def test_a_code_nobody_told_us_of_means_that_nobody_knows() -> None:
    said = meaning("999")
    assert (said.status, said.then) == (InsuranceStatus.UNVERIFIED, Then.DONE)


def test_every_advice_is_given() -> None:
    assert {said.advice for said in MEANINGS.values()} == set(InsuranceAdvice)
