"""Devices and their tokens: a token says which device speaks, and the site file may hold only its hash."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from queue_server.engine.facility import Words
from queue_server.protocol.codes import Role


@dataclass(frozen=True, slots=True)
class Device:
    """A device the site knows. hall: where it stands, empty when it stands in none.

    clinics: those it may work for, empty for any. token: empty unless the site file holds it in the open,
    as demo sites do. token_sha256: always there, in small hexadecimal digits. name: what patients may read of
    it, None when the site gives none.
    """

    id: str
    role: Role
    token_sha256: str = field(repr=False)
    hall: str = ""
    clinics: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    name: Words | None = None


class NewToken(NamedTuple):
    """token: for the device, shown once. sha256: for the site file."""

    token: str
    sha256: str


def new_token() -> NewToken:
    """A token nobody can guess: 32 random bytes, so that a plain hash of it is as good as secret."""
    token = secrets.token_urlsafe(32)
    return NewToken(token, digest(token))


def digest(token: str) -> str:
    """What a site file holds in place of a token: its SHA-256, in small hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def holder(devices: Iterable[Device], token: str) -> Device | None:
    """The device that `token` names, or None. All are compared, in constant time each, whatever is found."""
    shown = digest(token)
    found = None
    for device in devices:
        if hmac.compare_digest(device.token_sha256, shown):
            found = device
    return found
