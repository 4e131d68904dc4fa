"""JSON Schema of every message of the wire, as one document."""

from typing import Any, get_args

import msgspec

from queue_server.protocol import messages
from queue_server.protocol.commands import Command
from queue_server.protocol.messages import ToClient, ToServer


def document() -> dict[str, Any]:
    """JSON Schema 2020-12: `to_server` and `to_client` are what a frame may be, `command` what one may ask.

    A `command` message carries its command as any object here, because it is checked on its own.
    """
    kinds = (*get_args(ToServer), *get_args(ToClient), *get_args(Command))
    _, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Đến Lượt, wire {messages.WIRE}",
        "anyOf": [{"$ref": "#/$defs/to_server"}, {"$ref": "#/$defs/to_client"}],
        "$defs": {
            "to_server": _one_of(get_args(ToServer)),
            "to_client": _one_of(get_args(ToClient)),
            "command": _one_of(get_args(Command)),
            **components,
        },
    }


def _one_of(kinds: tuple[type, ...]) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds]}
