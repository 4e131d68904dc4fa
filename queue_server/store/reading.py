"""Events to journal bodies and back. One reader per (type, version), so that every release folds what any
earlier one wrote.

A body is JSON without the fields that hold their default: a journaled class's defaults are part of its
version as much as its field names, and changing either means a new version with a reader for the old one.
"""

import dataclasses
import types
import typing
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from queue_server.engine.events import NAMES, TYPES, VERSION, Event, StepChanged
from queue_server.engine.model import Standing, Step, Visit
from queue_server.protocol.codes import StepChange

Parts = dict[int, msgspec.Raw]
Pack = Callable[[Any, Parts], object]
NEVER_DEFAULT = object()
"""The default of a field that has none: no value equals it."""
_encode = msgspec.json.Encoder().encode


class UnknownEvent(LookupError):
    """The journal holds an event this code has no reader for."""


class Writing:
    """Writes what one batch keeps. A part that several events and rows share (the `now` of one is the
    `was` of the next) is written once, so everything written must live as long as this does."""

    def __init__(self) -> None:
        self._parts: Parts = {}

    def event(self, event: Event) -> tuple[str, int, bytes]:
        """Type, version and JSON body. Raises TypeError, ValueError or msgspec.EncodeError on a bad value."""
        name, version, pack = _writers[type(event)]
        return name, version, _encode(pack(event, self._parts))

    def visit(self, visit: Visit) -> bytes:
        """The whole state of a visit, in the journal's form."""
        return _encode(_pack_visit(visit, self._parts))

    def step(self, step: Step) -> bytes:
        """The whole state of a step, in the journal's form."""
        return _encode(_pack_step(step, self._parts))


def read(name: str, version: int, body: bytes) -> Event:
    """The event of a journal row. Raises UnknownEvent, or msgspec.MsgspecError when the body is damaged."""
    try:
        reader = READERS[name, version]
    except KeyError:
        raise UnknownEvent(f"{name} version {version}") from None
    return reader(body)


class Reading:
    """Reads one stream of rows in their order. A step's `was` that equals its last `now` is that same
    part, not read a second time: most of a day's bytes are standings, each kept twice."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[bytes, Standing]] = {}
        self._readers = READERS | {("step_changed", 1): self._step_changed}

    def event(self, name: str, version: int, body: bytes) -> Event:
        """As `read`."""
        try:
            reader = self._readers[name, version]
        except KeyError:
            raise UnknownEvent(f"{name} version {version}") from None
        return reader(body)

    def _step_changed(self, body: bytes) -> StepChanged:
        event = _decode_step_changed(body)
        before, after = bytes(event.was), bytes(event.now)
        known = self._last.get(event.step)
        was = known[1] if known is not None and known[0] == before else _decode_standing(before)
        now = _decode_standing(after)
        self._last[event.step] = (after, now)
        return StepChanged(event.step, event.change, was, now, event.act, event.act_clinic, event.reason)


class _StepChangedBody(msgspec.Struct, gc=False):
    """`StepChanged` version 1 with its standings unread."""

    step: str
    change: StepChange
    was: msgspec.Raw
    now: msgspec.Raw
    act: int
    act_clinic: str = ""
    reason: str = ""


def _packer(kind: type, *, shares_parts: bool = False) -> Pack:
    """A function that makes a dict of a dataclass's fields, leaving out those that hold their default."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    names = [field.name for field in fields]
    pairs = tuple((field.name, default_of(field)) for field in fields)
    nested = tuple(
        (name, _shared(pack) if shares_parts and dataclasses.is_dataclass(hints[name]) else pack)
        for name in names
        if (pack := _value_packer(hints[name])) is not None
    )
    together = attrgetter(*names)
    values: Callable[[object], tuple[object, ...]]
    values = together if len(names) > 1 else lambda part: (together(part),)

    def pack_fields(part: object, parts: Parts) -> dict[str, object]:
        kept = {
            name: value
            for (name, default), value in zip(pairs, values(part), strict=True)
            if value is not default and value != default
        }
        for name, pack in nested:
            if name in kept:
                kept[name] = pack(kept[name], parts)
        return kept

    return pack_fields


def _shared(pack: Pack) -> Pack:
    def pack_once(part: object, parts: Parts) -> msgspec.Raw:
        known = parts.get(id(part))
        if known is None:
            known = parts[id(part)] = msgspec.Raw(_encode(pack(part, parts)))
        return known

    return pack_once


def default_of(field: "dataclasses.Field[Any]") -> object:
    """What a body leaves out for this field; NEVER_DEFAULT when it is always written."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return NEVER_DEFAULT if field.default is dataclasses.MISSING else field.default


def _value_packer(hint: object) -> Pack | None:
    """How to pack a value of this type; None where msgspec writes it as it is."""
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _packer(hint)
    if origin in (types.UnionType, typing.Union):
        packs = [pack for argument in arguments if (pack := _value_packer(argument)) is not None]
        if not packs:
            return None
        if len(packs) > 1:
            raise TypeError(f"a journal body cannot tell the members of {hint} apart")
        only = packs[0]
        return lambda value, parts: None if value is None else only(value, parts)
    if origin in (tuple, list):
        item = _value_packer(arguments[0])
        return None if item is None else lambda values, parts: [item(value, parts) for value in values]
    if origin is dict:
        entry = _value_packer(arguments[1])
        return (
            None
            if entry is None
            else lambda values, parts: {key: entry(value, parts) for key, value in values.items()}
        )
    return None


_pack_visit = _packer(Visit, shares_parts=True)
_pack_step = _packer(Step, shares_parts=True)
_writers: dict[type[Event], tuple[str, int, Pack]] = {
    kind: (name, VERSION[name], _packer(kind, shares_parts=True)) for kind, name in NAMES.items()
}

_decode_step_changed = msgspec.json.Decoder(_StepChangedBody).decode
_decode_standing = msgspec.json.Decoder(Standing).decode

READERS: dict[tuple[str, int], Callable[[bytes], Event]] = {
    (name, 1): msgspec.json.Decoder(kind).decode for name, kind in TYPES.items()
}
"""A new version adds its line here; a line of a released version never leaves."""
