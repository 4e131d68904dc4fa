"""Small facts on the disk that survive a power cut: the old ones or the new ones, never half of them."""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


def keep(path: Path, facts: object) -> None:
    """Write facts so that they are there after the next start. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(msgspec.json.encode(facts))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def kept(path: Path, shape: type[_T]) -> _T | None:
    """The facts that were kept; None when there are none, or none of this shape."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError):
        return None
