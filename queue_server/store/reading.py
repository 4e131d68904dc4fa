"""Events to journal bodies and back. One reader per (type, version), so that every release folds what any
earlier one wrote.

A body is JSON without the fields that hold their default: a journaled class's defaults are part of its
version as much as its field names, and changing either means a new version with a reader for the old one.
"""

from collections.abc import Callable

import msgspec

from queue_server.engine.events import NAMES, TYPES, VERSION, Event
from queue_server.engine.model import Step, Visit

_encode = msgspec.json.Encoder().encode
_written = {kind: (name, VERSION[name]) for kind, name in NAMES.items()}

READERS: dict[tuple[str, int], Callable[[bytes], Event]] = {
    (name, 1): msgspec.json.Decoder(kind).decode for name, kind in TYPES.items()
}
"""A new version adds its line here; a line of a released version never leaves."""


class UnknownEvent(LookupError):
    """The journal holds an event this code has no reader for."""


def write(event: Event) -> tuple[str, int, bytes]:
    """Type, version and JSON body. Raises TypeError, ValueError or msgspec.EncodeError on a bad value."""
    name, version = _written[type(event)]
    return name, version, _encode(event)


def whole(state: Visit | Step) -> bytes:
    """The state of a visit or step: its values in the journal's form."""
    return _encode(state)


def read(name: str, version: int, body: bytes) -> Event:
    """The event of a journal row. Raises UnknownEvent, or msgspec.MsgspecError when the body is damaged."""
    try:
        reader = READERS[name, version]
    except KeyError:
        raise UnknownEvent(f"{name} version {version}") from None
    return reader(body)
