import pytest

from kiosk.devices.torn import PATIENCE, Burst, Mender, Whole
from kiosk.devices.wedge import Scan, Typed, WedgeGuard
from kiosk.journey import walk
from kiosk.journey.values import Check, Scanned, Who
from queue_server.protocol.codes import Language
from tests.support.kiosk_parts import CARD, CARD_CODE, world

Given = list[Typed[str] | Whole | Burst[str]]


def typed(code: str, pauses: dict[int, float]) -> Given:
    """What comes of a code typed at 2 ms a key, with these pauses (seconds) before these keys."""
    guard: WedgeGuard[str] = WedgeGuard()
    mender: Mender[str] = Mender(lambda key: key)
    time, out = 0.0, Given()
    for place, key in enumerate(f"{code}\r"):
        time += 0.002 + pauses.get(place, 0.0)
        out += mender.mend(guard.press(key, key, time), time)
    return out + mender.mend(guard.idle(time + 1), time + 1) + mender.idle(time + 3)


def read(given: Given) -> object:
    (whole,) = given
    assert isinstance(whole, Whole)
    journey, _ = walk.step(walk.begin(Language.VI, 0), Scanned(whole.text, whole.before), world())
    return journey.stage


@pytest.mark.parametrize(
    "pauses",
    [{}, {20: 0.3}, {20: 0.3, 60: 0.3}, {len(CARD_CODE): 0.3}, {len(CARD_CODE) - 2: 0.3}],
    ids=["whole", "two", "three", "enter late", "a short rest"],
)
def test_a_scan_with_pauses_in_it_is_one(pauses: dict[int, float]) -> None:
    assert read(typed(CARD_CODE, pauses)) == Check(Who.ME, CARD)


def test_a_whole_scan_after_a_half_counts_for_itself() -> None:
    mender: Mender[str] = Mender(lambda key: key)
    assert mender.mend([Typed(tuple(CARD_CODE[:30]))], 0.0) == []
    assert read(mender.mend([Scan(CARD_CODE)], 0.5)) == Check(Who.ME, CARD)


def test_a_half_without_a_rest_is_given_up() -> None:
    mender: Mender[str] = Mender(lambda key: key)
    assert mender.mend([Typed(tuple("0791"))], 0.0) == []
    assert mender.deadline == PATIENCE
    assert mender.idle(PATIENCE) == []
    assert mender.idle(PATIENCE + 0.1) == [Burst("0791")]
    assert mender.deadline is None


@pytest.mark.parametrize("keys", [("1",), ("1", "2", "\r"), ("1", "2", "3", "\x1b")])
def test_what_a_person_types_passes_through(keys: tuple[str, ...]) -> None:
    mender: Mender[str] = Mender(lambda key: key)
    assert mender.mend([Typed(keys)], 0.0) == [Typed(keys)]
