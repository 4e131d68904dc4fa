"""Who stands in front of the kiosk, as far as a scan or typed digits can say.

`read` is the one door: text in, a value out, never an exception. Nothing here looks at a clock, a
device or the network; the age lanes are the server's business.
"""

from kiosk.identity.machine_zone import together
from kiosk.identity.masking import Masked, given_name, masked
from kiosk.identity.reading import read
from kiosk.identity.values import (
    Ambiguous,
    Birth,
    CitizenCard,
    CitizenNumber,
    Document,
    DocumentKind,
    Doubt,
    Gender,
    HospitalCode,
    Identity,
    InsuranceCard,
    InsuranceNumber,
    OldNumber,
    OwnTicket,
    Personal,
    Phone,
    Plain,
    Shape,
    Unreadable,
    Why,
    ZoneLine,
)
from queue_server.protocol.codes import CodeKind

__all__ = [
    "Ambiguous",
    "Birth",
    "CitizenCard",
    "CitizenNumber",
    "CodeKind",
    "Document",
    "DocumentKind",
    "Doubt",
    "Gender",
    "HospitalCode",
    "Identity",
    "InsuranceCard",
    "InsuranceNumber",
    "Masked",
    "OldNumber",
    "OwnTicket",
    "Personal",
    "Phone",
    "Plain",
    "Shape",
    "Unreadable",
    "Why",
    "ZoneLine",
    "given_name",
    "masked",
    "read",
    "together",
]
