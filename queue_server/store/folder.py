"""One queue server to a folder: an advisory lock beside the database file.

The lock belongs to the open file, so it ends with the process however that dies; the file itself stays,
because removing it would let two servers lock two files of one name. `head` is the real fence; this one
speaks earlier and plainly.
"""

import fcntl
import os
from pathlib import Path

from queue_server.store.port import FolderInUse


class FolderClaim:
    """The lock held from `__init__` until `release`. Raises FolderInUse."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise FolderInUse(
                f"another queue server (process {holder or 'unknown'}) uses the folder {database.parent}"
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        os.close(self._file)
