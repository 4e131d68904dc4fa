"""Frozen values: made, compared, changed into others, written and read by msgspec's C code.

The rules make millions of them: a restart reads over a hundred thousand events with two values each.
"""

from typing import dataclass_transform

import msgspec

__all__ = ["Value", "field", "replaced"]

field = msgspec.field
replaced = msgspec.structs.replace


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A value that cannot change; equal by its fields, and hashable if they are. Written without the fields
    that hold their default.

    The collector never looks at one (`gc=False`): nothing that a value holds may come to hold the value.
    """
