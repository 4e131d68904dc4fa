"""Bytes to messages and back. Validates here, so that inside the types are trusted.

ProtocolError
├── Malformed      the frame or command is not what PROTOCOL.md says
└── TooLarge       the frame is longer than MAX_FRAME
"""

import re
from typing import get_args

import msgspec

from queue_server.protocol.commands import Command
from queue_server.protocol.messages import ToClient, ToServer
from queue_server.protocol.rows import Row

MAX_FRAME = 64 * 1024
"""Bytes a client may send in one frame."""


class ProtocolError(Exception):
    """A frame that cannot be understood."""


class Malformed(ProtocolError):
    """The frame is not one of the messages of this wire."""


class TooLarge(ProtocolError):
    """The frame is longer than the wire allows."""


_encoder = msgspec.json.Encoder()
_to_server: msgspec.json.Decoder[ToServer] = msgspec.json.Decoder(ToServer)
_to_client: msgspec.json.Decoder[ToClient] = msgspec.json.Decoder(ToClient)
_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_KNOWN_TO_CLIENT = frozenset(kind.__struct_config__.tag for kind in get_args(ToClient))

# JSON lets control characters through as escapes; PostgreSQL refuses U+0000 and screens mishandle the rest.
_CONTROL = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:[bfnrt]|u00(?:[01][0-9a-fA-F]|7[fF]|[89][0-9a-fA-F]))|\x7f|\xc2[\x80-\x9f]"
)
# No control character is without one of these, and few frames have any: the pattern takes ten times longer.
_SUSPICIOUS = (b"\\", b"\x7f", b"\xc2")


def encode(message: ToClient | ToServer | Command) -> bytes:
    """The JSON text of a message, UTF-8."""
    return _encoder.encode(message)


def decode_to_server(frame: bytes | str) -> ToServer:
    """Raises Malformed or TooLarge; text with control characters is malformed."""
    raw = frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame
    if len(raw) > MAX_FRAME:
        raise TooLarge
    if any(sign in raw for sign in _SUSPICIOUS) and _CONTROL.search(raw):
        raise Malformed("text has control characters")
    try:
        return _to_server.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


def decode_command(raw: bytes | msgspec.Raw) -> Command:
    """The command inside a `command` message. Raises Malformed."""
    try:
        return _command.decode(bytes(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


def decode_to_client(frame: bytes | str) -> ToClient:
    """Raises Malformed. Unknown fields are ignored."""
    try:
        return _to_client.decode(frame)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


def understand(frame: bytes | str) -> ToClient | None:
    """As `decode_to_client`, for a server that may be newer: rows we do not know are left out, and a
    message we do not know is None. Raises Malformed for what is no message at all."""
    try:
        return _to_client.decode(frame)
    except msgspec.ValidationError:
        return _understand_in_part(frame)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


def _understand_in_part(frame: bytes | str) -> ToClient | None:
    parts = msgspec.json.decode(frame)
    if not isinstance(parts, dict) or not isinstance(parts.get("type"), str):
        raise Malformed("a message is an object with a type")
    if parts["type"] not in _KNOWN_TO_CLIENT:
        return None
    for rows in ("rows", "put"):
        if isinstance(parts.get(rows), list):
            parts[rows] = [row for each in parts[rows] if (row := _row(each)) is not None]
    try:
        message: ToClient = msgspec.convert(parts, ToClient)
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error
    return message


def _row(parts: object) -> Row | None:
    try:
        row: Row = msgspec.convert(parts, Row)
    except msgspec.ValidationError:
        return None
    return row
