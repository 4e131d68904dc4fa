"""Values of the rules: frozen for the type checker, plain at run time.

A frozen dataclass sets every field through `object.__setattr__`. A step's standing has over twenty fields, a
day folds over a hundred thousand of them, and each is made anew at every change: the guard would cost a third
of a restart. The checker holds the same promise for nothing.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """A slotted dataclass that nobody changes; equal by its fields, and hashable if they are."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
