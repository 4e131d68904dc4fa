"""One full sample of every shape of the wire: every field set, to a value of its kind."""

from enum import Enum
from typing import Any, get_args

import msgspec
from msgspec import inspect as shapes

from queue_server.protocol import commands, messages, questions, results, rows

UNIONS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "to_server": get_args(messages.ToServer),
    "to_client": get_args(messages.ToClient),
    "command": get_args(commands.Command),
    "result": get_args(results.Outcome),
    "question": get_args(questions.Question),
    "answer": get_args(questions.Answer),
    "row": get_args(rows.Row),
}

_TEXTS = {
    r"^[a-z0-9][a-z0-9_.-]{0,39}$": "noi-1",
    r"^(\d{4}(-\d{2}(-\d{2})?)?)?$": "1990-08-15",
    r"^(male|female)?$": "female",
    r"^(?=.*[0-9])[0-9A-Za-z./-]{1,12}$": "A045",
    r"^(\d{4}-\d{2}-\d{2})?$": "2026-12-31",
    r"^(\d{2}[0-9A-Z]\d{2})?$": "79034",
    r"^[A-Z]{0,3}$": "VNM",
    r"^[0-9a-f]{24}$": "0f" * 12,
    r"^[0-9A-Za-z]{1,8}$": "000",
    r"^[0-9A-HJKMNP-TV-Z]{16}$": "7ZJ0XWV4V5M8K2HP",
    r"^[a-z]+(:[A-Za-z0-9_.-]{1,64})?$": "hall:a",
}


def sample(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """A value of this type with every field set; the same each time."""
    value: msgspec.Struct = _struct(kind)
    return value


def _struct(kind: type[Any]) -> Any:
    info = shapes.type_info(kind)
    assert isinstance(info, shapes.StructType)
    return kind(**{field.name: _value(field.type) for field in info.fields})


def _value(info: shapes.Type) -> Any:
    match info:
        case shapes.StrType(pattern=None):
            return "Ẩn Ữ"
        case shapes.StrType(pattern=pattern):
            assert pattern is not None
            return _TEXTS.get(pattern, "019aa0c0-5b00-7000-8000-000000000001")
        case shapes.IntType():
            return 7
        case shapes.BoolType():
            return True
        case shapes.EnumType(cls=cls):
            members: list[Enum] = list(cls)
            return members[0]
        case shapes.StructType(cls=cls):
            return _struct(cls)
        case shapes.VarTupleType(item_type=item):
            return (_value(item),)
        case shapes.DictType(key_type=key, value_type=value):
            return {_value(key): _value(value)}
        case shapes.RawType():
            return msgspec.Raw(b'{"type":"call_next","clinic":"noi-1"}')
        case shapes.UnionType(types=types):
            return _value(next(each for each in types if not isinstance(each, shapes.NoneType)))
        case _:
            raise AssertionError(info)
