"""The key that opens the patient table. It lives in a file beside the database, never in it.

KeysError
├── KeyFileExposed   others may read the key file
└── KeyFileBroken    the file does not hold a key
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_LENGTH = 32
_NONCE = 12
_FORMAT = b"\x01"


class KeysError(Exception):
    """The key of the patient table cannot be used."""


class KeyFileExposed(KeysError):
    """Others may read the key file: make it readable by its owner alone."""


class KeyFileBroken(KeysError):
    """The key file does not hold a key."""


class Unreadable(KeysError):
    """These bytes were not sealed for this person with this key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Three keys drawn from one secret, so that none of them can stand in for another."""

    secret: bytes = field(repr=False)
    _index: bytes = field(init=False, repr=False, compare=False)
    _digest: bytes = field(init=False, repr=False, compare=False)
    _seal: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != _LENGTH:
            raise KeyFileBroken
        object.__setattr__(self, "_index", self._draw(b"index"))
        object.__setattr__(self, "_digest", self._draw(b"digest"))
        object.__setattr__(self, "_seal", AESGCM(self._draw(b"seal")))

    def _draw(self, purpose: bytes) -> bytes:
        return hmac.digest(self.secret, b"denluot/" + purpose, "sha256")

    def index(self, kind: str, number: str) -> bytes:
        """HMAC-SHA256 of an identifier: found again by whoever has the number and the key, by nobody else."""
        return hmac.digest(self._index, f"{kind}\0{number}".encode(), "sha256")

    def digest(self, raw: bytes) -> bytes:
        """16 bytes that tell two commands apart. Keyed: a bare hash of a card number is soon guessed."""
        return hashlib.blake2b(raw, digest_size=16, key=self._digest).digest()

    def seal(self, person: str, plain: bytes) -> bytes:
        """AES-256-GCM, bound to the person's reference: a row moved to another person does not open."""
        nonce = secrets.token_bytes(_NONCE)
        return _FORMAT + nonce + self._seal.encrypt(nonce, plain, person.encode())

    def unseal(self, person: str, sealed: bytes) -> bytes:
        """Raises Unreadable."""
        if sealed[:1] != _FORMAT:
            raise Unreadable
        try:
            return self._seal.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], person.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error


def load_keys(path: Path) -> Keys:
    """Read the key file, or make it (mode 0600, synced) at the first start.

    Raises KeyFileExposed and KeyFileBroken, and OSError as the file system says it.
    """
    with contextlib.suppress(FileExistsError):
        if not path.exists():
            _make(path)
    if path.stat().st_mode & 0o077:
        raise KeyFileExposed(f"{path} can be read by others than its owner: chmod 600 {path}")
    try:
        return Keys(bytes.fromhex(path.read_text("ascii")))
    except (ValueError, KeyFileBroken) as error:
        raise KeyFileBroken(f"{path} does not hold a key; without it the patient table stays shut") from error


def _make(path: Path) -> None:
    # Written elsewhere and linked: a crash leaves no half a key, and of two starters one wins.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(_LENGTH) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
