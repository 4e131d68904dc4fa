"""Small shapes that several messages share."""

from msgspec import Struct

from queue_server.protocol.codes import SignOrigin


class Label(Struct, frozen=True):
    """What a person reads, in both languages."""

    vi: str
    en: str


class CallSign(Struct, frozen=True):
    """What is shown and spoken for a step, and whose number it is."""

    text: str
    origin: SignOrigin


class Place(Struct, frozen=True, omit_defaults=True):
    """Where to go: the public name of a place, its hall and the hall's floor."""

    label: Label
    hall: Label
    floor: Label
    hall_id: str = ""
