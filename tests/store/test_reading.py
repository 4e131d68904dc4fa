"""Every event survives the journal, and what it leaves out comes back as it was."""

import types
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queue_server.engine.events import NAMES, TYPES, VERSION, Event, StepChanged
from queue_server.engine.model import Gate, Sign, Standing
from queue_server.protocol.codes import GateName, SignOrigin, StepChange, StepState
from queue_server.protocol.values import Value
from queue_server.store.reading import READERS, UnknownEvent, read, write

INTEGERS = st.integers(-(2**53), 2**53)
TEXTS = st.text(max_size=5)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything a field of this type may hold, every field drawn, defaults often."""
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if hint is int:
        return INTEGERS
    if hint is str:
        return TEXTS
    if isinstance(hint, type) and issubclass(hint, Value):
        return drawn(hint)
    if origin in (types.UnionType, typing.Union):
        return st.one_of([values(argument) for argument in arguments])
    if origin is tuple and ... not in arguments:
        return st.tuples(*(values(argument) for argument in arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is list:
        return st.lists(values(arguments[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    return st.from_type(hint)


def drawn(kind: type[Value]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in msgspec.structs.fields(kind):
        own = values(hints[field.name])
        if field.default is not msgspec.NODEFAULT:
            own = st.just(field.default) | own
        fields[field.name] = own
    return st.builds(kind, **fields)


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
# A day opens with the whole site in it: drawing that takes its time on a busy machine.
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_an_event_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    event: Event = data.draw(drawn(TYPES[name]))
    kind, version, body = write(event)
    assert (kind, version) == (name, VERSION[name])
    assert read(kind, version, body) == event


@pytest.mark.parametrize("name", TYPES)
def test_every_event_that_is_written_has_a_reader(name: str) -> None:
    assert (name, VERSION[name]) in READERS
    assert NAMES[TYPES[name]] == name


def test_defaults_are_left_out_at_every_depth() -> None:
    was = Standing(StepState.QUEUED, "room_1", gates=(Gate(GateName.PAID),), queued_at=5)
    now = Standing(StepState.CALLED, "room_1", call_sign=Sign("A001", SignOrigin.VISIT), queued_at=5)
    _, _, body = write(StepChanged("d-1.1", StepChange.CALLED, was, now, 7))
    assert msgspec.json.decode(body) == {
        "step": "d-1.1",
        "change": "called",
        "was": {"state": "queued", "clinic": "room_1", "gates": [{"name": "paid"}], "queued_at": 5},
        "now": {
            "state": "called",
            "clinic": "room_1",
            "call_sign": {"text": "A001", "origin": "visit"},
            "queued_at": 5,
        },
        "act": 7,
    }


def test_an_event_of_the_future_is_named() -> None:
    with pytest.raises(UnknownEvent, match="step_changed version 99"):
        read("step_changed", 99, b"{}")
