"""Files that survive a power cut at any byte: replaced whole, or grown by synced lines."""

import contextlib
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


class InUse(Exception):
    """Another program works with this folder."""


def replace(path: Path, content: bytes) -> None:
    """Replace a file whole: after a power cut it is the old one or the new one. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write(file, content)
        os.fsync(file)
    finally:
        os.close(file)
    beside.replace(path)
    sync_folder(path.parent)


def keep(path: Path, facts: object) -> None:
    """Write small facts so that they are there after the next start. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, msgspec.json.encode(facts))


def kept(path: Path, shape: type[_T]) -> _T | None:
    """The facts that were kept; None when there are none, or none of this shape."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    # ValueError: what is no JSON, and what is no UTF-8.
    except (OSError, ValueError):
        return None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def lock(folder: Path) -> int:
    """Keep a folder for this program until it ends; two would count the same numbers. Raises InUse,
    OSError."""
    file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        raise InUse(f"another kiosk works with {folder}") from error
    return file


def unlock(file: int) -> None:
    """Let go of a folder."""
    os.close(file)


class Lines:
    """A file of lines without line ends in them. What `append` returned from is on the disk.

    A line that was torn, by a power cut or a full disk, is one whose `append` never returned; the next one
    takes its place.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._whole = 0

    def read(self) -> list[bytes]:
        """All whole lines; none where there is no file. Raises OSError."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        return content.split(b"\n")[:-1]

    def append(self, line: bytes) -> None:
        """Add a line and wait until it is on the disk. Raises OSError; then it may be there or not, and the
        next `append` or `rewrite` settles it."""
        if self._file < 0:
            self._whole = sum(len(known) + 1 for known in self.read())
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            sync_folder(self._path.parent)
        if os.fstat(self._file).st_size != self._whole:
            # Half a line would take the whole one behind it along.
            os.ftruncate(self._file, self._whole)
        _write(self._file, line + b"\n")
        os.fsync(self._file)
        self._whole += len(line) + 1

    def rewrite(self, lines: Iterable[bytes]) -> None:
        """Replace all lines at once. Raises OSError."""
        # Before, not after: what fails half-way may have put another file in its place already.
        self.close()
        replace(self._path, b"".join(line + b"\n" for line in lines))

    def close(self) -> None:
        """Let go of the file; it can be used again."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1


def _write(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]
