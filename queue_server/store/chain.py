"""The journal's hash chain: each row's `chain` covers the row before it, so that a changed, dropped or
inserted row breaks every later link.

    chain(n) = SHA-256( chain(n-1) ‖ JSON [facility, seq, day, at, actor, command_id, type, version]
                        ‖ LF ‖ body )

chain(0) is empty; the JSON is compact UTF-8. Whoever can rewrite the whole journal can rewrite the chain
as well: it proves something against a copy of a later link kept elsewhere.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

START = b""
"""What stands before the first row."""

_encode = msgspec.json.Encoder().encode


class JournalRow(NamedTuple):
    """A row of the journal as stored, without its facility. type, version, body: see `reading`."""

    seq: int
    day: str
    at: int
    actor: str
    command_id: str
    type: str
    version: int
    body: bytes
    chain: bytes


def link(
    before: bytes,
    facility: str,
    seq: int,
    day: str,
    at: int,
    actor: str,
    command_id: str,
    kind: str,
    version: int,
    body: bytes,
) -> bytes:
    """The chain value of one row: 32 bytes."""
    head = _encode((facility, seq, day, at, actor, command_id, kind, version))
    return sha256(b"%b%b\n%b" % (before, head, body)).digest()


def first_break(facility: str, rows: Iterable[JournalRow], before: bytes = START, seq: int = 0) -> int | None:
    """The seq at which the rows stop being the unbroken continuation of (`before`, `seq`); None when they
    are whole.

    A row missing at the end shows only against `head`: the caller compares.
    """
    for row in rows:
        seq += 1
        try:
            expected = link(before, facility, *row[:-1])
        except TypeError:
            # Whoever changed a body by hand may have left text where bytes were.
            return seq
        if row.seq != seq or row.chain != expected:
            return seq
        before = expected
    return None
