"""Golden messages: one of every shape as bytes. A draft until the first release tag, frozen from then on."""

from pathlib import Path

import msgspec
import pytest

from tests.support.samples import UNIONS, sample

GOLDEN = Path(__file__).parent / "golden"


def written(kinds: tuple[type[msgspec.Struct], ...]) -> str:
    return "".join(msgspec.json.encode(sample(kind)).decode() + "\n" for kind in kinds)


@pytest.mark.parametrize("name", UNIONS)
def test_the_wire_is_what_it_was(name: str) -> None:
    golden = GOLDEN / f"wire-1-{name}.jsonl"
    assert golden.read_text(encoding="utf-8") == written(UNIONS[name]), "run scripts/write-golden-messages"


@pytest.mark.parametrize("name", UNIONS)
def test_golden_messages_are_still_understood(name: str) -> None:
    lines = (GOLDEN / f"wire-1-{name}.jsonl").read_text(encoding="utf-8").splitlines()
    for line, kind in zip(lines, UNIONS[name], strict=True):
        assert msgspec.json.encode(msgspec.json.decode(line, type=kind)).decode() == line
