"""PROTOCOL.md tells the truth: its reference is the code's, its examples are messages, its codes exist."""

import re
from pathlib import Path

import pytest

from queue_server.engine.decision import FACTS
from queue_server.protocol import codec, codes
from queue_server.protocol.reference import BEGIN, reference

PAGE = (Path(__file__).parents[2] / "queue_server/protocol/PROTOCOL.md").read_text(encoding="utf-8")
TOLD, _, _ = PAGE.partition(BEGIN)
EXAMPLES = re.findall(r"```json (to-server|to-client)\n(.*?)\n```", TOLD, re.DOTALL)


def test_the_reference_is_the_codes_own() -> None:
    assert TOLD + reference() == PAGE, "run scripts/write-protocol-reference"


@pytest.mark.parametrize(("direction", "frame"), EXAMPLES)
def test_examples_are_messages(direction: str, frame: str) -> None:
    if direction == "to-client":
        codec.decode_to_client(frame)
        return
    message = codec.decode_to_server(frame)
    command = getattr(message, "command", None)
    if command is not None:
        codec.decode_command(command)


def test_both_directions_have_examples() -> None:
    assert {direction for direction, _ in EXAMPLES} == {"to-server", "to-client"}


def test_the_facts_of_every_refusal_are_told() -> None:
    section = TOLD.split("### Facts of a refusal")[1].split("## 4.")[0]
    table, _, below = section.rpartition("|\n\n")
    told: dict[str, set[str]] = {}
    for named, facts in re.findall(r"^\| (`.*?) \|(.*?)\|", table, re.MULTILINE):
        for code in re.findall(r"`(\w+)`", named):
            told[code] = set(re.findall(r"`(\w+)`", facts))
    assert told == {code.value: set(facts) for code, facts in FACTS.items()}
    bare = {code.value for code in set(codes.Refusal) - set(FACTS)}
    assert bare == set(re.findall(r"`(\w+)`", below))
