"""What the codec lets through, and what it does not."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.protocol import codec
from queue_server.protocol.codes import IdentityKind
from queue_server.protocol.commands import CallNext, Identity, Register
from queue_server.protocol.messages import CommandMessage, Snapshot, Subscribe

ID = "019aa0c0-5b00-7000-8000-000000000001"


def command_frame(command: object) -> str:
    return json.dumps({"type": "command", "id": ID, "command": command})


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(raw: bytes) -> None:
    with contextlib.suppress(codec.Malformed):
        codec.decode_to_server(raw)


@given(st.text(max_size=200))
def test_any_text_is_a_message_or_malformed(text: str) -> None:
    with contextlib.suppress(codec.Malformed):
        codec.decode_to_server(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=100))
def test_vietnamese_and_any_other_text_arrives_as_sent(name: str) -> None:
    sent = Register(payer="insured", kind="exam", identity=Identity(kind=IdentityKind.CARD, name=name))
    message = codec.decode_to_server(command_frame(json.loads(codec.encode(sent))))
    assert isinstance(message, CommandMessage)
    assert codec.decode_command(message.command) == sent


@pytest.mark.parametrize("control", ["\x00", "\n", "\t", "\x1b", "\x7f", "\x85", "\x9f"])
@pytest.mark.parametrize("escaped", [True, False])
def test_control_characters_are_malformed(control: str, escaped: bool) -> None:
    frame = json.dumps({"type": "hello", "role": "board", "token": f"a{control}b"}, ensure_ascii=escaped)
    with pytest.raises(codec.Malformed):
        codec.decode_to_server(frame)


def test_a_backslash_before_a_letter_is_no_control_character() -> None:
    frame = json.dumps({"type": "hello", "role": "board", "token": r"C:\new\u0000"})
    codec.decode_to_server(frame)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"type":"nonsense"}',
        '{"type":"subscribe","topic":"hall:a","extra":1}',
        '{"type":"subscribe","topic":"../etc"}',
        '{"type":"command","id":"7","command":{}}',
        "[" * 20_000,
    ],
)
def test_what_is_no_message_is_malformed(frame: str) -> None:
    with pytest.raises(codec.Malformed):
        codec.decode_to_server(frame)


def test_a_frame_longer_than_the_wire_allows_is_told_apart() -> None:
    with pytest.raises(codec.TooLarge):
        codec.decode_to_server(b" " * (codec.MAX_FRAME + 1))


@pytest.mark.parametrize(
    "command",
    [
        {"type": "call_next"},
        {"type": "call_next", "clinic": "r 12"},
        {"type": "call_next", "clinic": "r12", "hurry": True},
        {"type": "recall", "step": "s", "times_called": -1},
        {"type": "recall", "step": "s", "times_called": 2**53},
        {"type": "add_steps", "visit": "v", "orders": []},
        {"type": "register", "payer": "p", "kind": "k", "identity": {"kind": "card", "name": "a" * 201}},
        {"type": "register", "payer": "p", "kind": "k", "identity": {"kind": "card", "birth": "31/02/1990"}},
    ],
)
def test_a_broken_command_is_malformed_but_its_message_has_an_id(command: object) -> None:
    message = codec.decode_to_server(command_frame(command))
    assert isinstance(message, CommandMessage)
    assert message.id == ID
    with pytest.raises(codec.Malformed):
        codec.decode_command(message.command)


def test_fields_at_their_defaults_are_left_out() -> None:
    assert codec.encode(CallNext(clinic="r12")) == b'{"type":"call_next","clinic":"r12"}'
    assert codec.encode(Subscribe(topic="hall:a")) == b'{"type":"subscribe","topic":"hall:a"}'


def test_unknown_fields_are_ignored_by_clients() -> None:
    codec.decode_to_client('{"type":"beat","now":1,"journal_seq":2,"mood":"good"}')


def test_a_newer_servers_rows_and_messages_are_left_out() -> None:
    known = {"type": "name", "key": "v", "name": "Ầ", "mood": "good"}
    unknown = {"type": "weather", "key": "w"}
    strange = {"type": "hall_notice", "key": "n", "notice": "carnival", "at": 1}
    frame = {"type": "snapshot", "topic": "names:r1", "seq": 1, "rows": [known, unknown, strange]}
    message = codec.understand(json.dumps(frame))
    assert isinstance(message, Snapshot)
    assert [row.key for row in message.rows] == ["v"]
    assert codec.understand('{"type":"weather","sun":true}') is None


@pytest.mark.parametrize(
    "frame", ["", "[]", "{}", '{"type":7}', '{"type":"beat","now":"late"}', '{"type":"be']
)
def test_what_is_no_message_at_all_is_malformed_to_a_client_too(frame: str) -> None:
    with pytest.raises(codec.Malformed):
        codec.understand(frame)
