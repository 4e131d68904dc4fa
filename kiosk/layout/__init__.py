"""Where the words of a ticket stand, and how loud they are: a template, and what it makes of a slip."""

from kiosk.layout.arranging import arrange
from kiosk.layout.template import (
    REQUIRED,
    STANDARD,
    Kind,
    LayoutMistakes,
    Mistake,
    Part,
    Template,
    load,
    standard_text,
)

__all__ = [
    "REQUIRED",
    "STANDARD",
    "Kind",
    "LayoutMistakes",
    "Mistake",
    "Part",
    "Template",
    "arrange",
    "load",
    "standard_text",
]
