"""Who stands in front of the kiosk, as far as a scan or typed digits can say.

`read` is the one door: text in, a value out, never an exception. Nothing here looks at a clock, a
device or the network; the age lanes are the server's business.
"""

from kiosk.identity.masking import Masked, given_name, masked
from kiosk.identity.reading import read
from kiosk.identity.values import (
    Birth,
    CitizenCard,
    CitizenNumber,
    Doubt,
    Gender,
    Identity,
    OwnTicket,
    Phone,
    Unreadable,
    Why,
)

__all__ = [
    "Birth",
    "CitizenCard",
    "CitizenNumber",
    "Doubt",
    "Gender",
    "Identity",
    "Masked",
    "OwnTicket",
    "Phone",
    "Unreadable",
    "Why",
    "given_name",
    "masked",
    "read",
]
