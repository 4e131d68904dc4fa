"""PROTOCOL.md tells the truth: its reference is the code's, its examples are messages, its codes exist."""

import re
from pathlib import Path

import pytest

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


def test_refusals_told_of_exist() -> None:
    table = TOLD.split("### Facts of a refusal")[1].split("## 4.")[0]
    named = {
        code
        for line in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`(\w+)", line)
    }
    assert named - {"unknown_"} <= {code.value for code in codes.Refusal}
