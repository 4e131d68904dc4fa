"""Sealing what the outbox keeps of people: AES-GCM under a key of this kiosk's own.

The key is a file beside the outbox that only the kiosk's user reads, unless it is told another place. It does
not follow from the device token: an outbox must open after the token was replaced. So it protects copies of
the outbox alone (a backup, a bundle of logs, a file taken by another user); a stolen disk is protected only
where the key lies elsewhere, such as a credential that systemd unseals with the machine's TPM.
"""

import contextlib
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.offline.disk import sync_folder

KEY_BYTES, NONCE_BYTES = 32, 12


class Unreadable(Exception):
    """Not sealed with this key, or damaged."""


class Seal:
    """Seals and opens. key: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._print = hashlib.sha256(b"denluot card" + key).digest()

    def close(self, content: bytes) -> bytes:
        """Seal."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def open(self, sealed: bytes) -> bytes:
        """Open. Raises Unreadable."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error

    def mark(self, text: str) -> bytes:
        """By which the same text is known again, and from which nobody without the key finds it."""
        return hmac.digest(self._print, text.encode(), "sha256")[:16]


def key_at(path: Path) -> bytes:
    """The key in a file, made where there is none. Raises OSError, and ValueError for a file that is no
    key."""
    with contextlib.suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise ValueError(f"{path} is no key: it has {len(key)} bytes, not {KEY_BYTES}")
        return key
    key = os.urandom(KEY_BYTES)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, key)
        os.fsync(file)
    finally:
        os.close(file)
    sync_folder(path.parent)
    return key
