"""When a client comes back."""

import pytest

from queue_server.client.patience import comes_back_slowly, delay


@pytest.mark.parametrize("code", [1001, 1006, 1012, 1013, 4001, 4002, 4499])
def test_faults_of_the_network_are_tried_again_soon(code: int) -> None:
    assert not comes_back_slowly(code)
    assert delay(code, 0, 0.0) < 0.2
    assert delay(code, 50, 0.999) <= 10


@pytest.mark.parametrize("code", [1002, 1003, 1007, 1008, 1009, 4500, 4501, 4999])
def test_refusals_are_tried_again_slowly_and_for_ever(code: int) -> None:
    assert comes_back_slowly(code)
    assert delay(code, 0, 0.0) >= 7
    assert delay(code, 50, 0.999) <= 60


def test_a_thousand_screens_do_not_come_back_in_one_instant() -> None:
    assert delay(1006, 5, 0.0) * 1.9 < delay(1006, 5, 0.999)
