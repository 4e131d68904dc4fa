"""The reference part of PROTOCOL.md, made from the code: every message, command, row and code."""

import inspect
from collections.abc import Iterable
from enum import Enum
from typing import Any, get_args

import msgspec
from msgspec import inspect as shapes

from queue_server.protocol import codes, commands, labels, messages, questions, results, rows

BEGIN = "<!-- reference: made from the code by scripts/write-protocol-reference, do not edit below -->"


def reference() -> str:
    """Markdown: one table per union of the wire, then the shared shapes and the codes."""
    parts = [
        BEGIN,
        _section("Messages to the server", get_args(messages.ToServer)),
        _section("Messages to the client", get_args(messages.ToClient)),
        _section("Commands", get_args(commands.Command)),
        _section("Results of accepted commands", get_args(results.Outcome)),
        _section("Questions", get_args(questions.Question)),
        _section("Answers", get_args(questions.Answer)),
        _section("Rows", get_args(rows.Row)),
        _section(
            "Shared shapes",
            (
                labels.Label,
                labels.CallSign,
                labels.Place,
                commands.Identity,
                commands.Order,
                messages.Seen,
                questions.AppointmentLine,
                questions.FoundVisit,
                questions.JournalLine,
                questions.Stop,
            ),
        ),
        "## Codes\n\n" + "\n".join(_codes(kind) for kind in _enums()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, types: Iterable[type[msgspec.Struct]]) -> str:
    return f"## {title}\n\n" + "\n\n".join(_shape(kind) for kind in types)


def _shape(kind: type[msgspec.Struct]) -> str:
    info = shapes.type_info(kind)
    if not isinstance(info, shapes.StructType):
        raise TypeError(kind)
    name = str(info.tag) if info.tag is not None else kind.__name__
    about = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
    lines = [f"### `{name}`", "", about]
    if info.fields:
        lines += ["", "| field | shape | |", "|---|---|---|"]
        lines += [
            f"| `{field.encode_name}` | {_named(field.type)} | {'' if field.required else 'optional'} |"
            for field in info.fields
        ]
    return "\n".join(lines)


def _named(info: shapes.Type) -> str:
    match info:
        case shapes.StrType(pattern=pattern, max_length=longest):
            limit = f", at most {longest}" if longest else ""
            return f"text{limit}" + (f", `{pattern}`".replace("|", "\\|") if pattern else "")
        case shapes.IntType():
            return "integer"
        case shapes.FloatType():
            return "number"
        case shapes.BoolType():
            return "true or false"
        case shapes.NoneType():
            return "null"
        case shapes.EnumType(cls=cls):
            return f"[{cls.__name__}](#{cls.__name__.lower()})"
        case shapes.StructType(cls=cls, tag=tag):
            return f"`{tag or cls.__name__}`"
        case shapes.VarTupleType(item_type=item):
            return f"list of {_named(item)}"
        case shapes.DictType(key_type=key, value_type=value):
            return f"object: {_named(key)} → {_named(value)}"
        case shapes.UnionType(types=types):
            if len(types) > 4:
                return "one of the tables below"
            return " or ".join(_named(each) for each in types)
        case shapes.RawType():
            return "a command"
        case _:
            return "any"


def _enums() -> list[type[Enum]]:
    found: list[Any] = [value for value in vars(codes).values() if inspect.isclass(value)]
    return [kind for kind in found if issubclass(kind, Enum) and kind.__module__ == codes.__name__]


def _codes(kind: type[Enum]) -> str:
    about = " ".join(inspect.cleandoc(kind.__doc__ or "").split())
    values = " · ".join(f"`{member.value}`" for member in kind)
    return f"### {kind.__name__}\n\n{about}\n\n{values}\n"
