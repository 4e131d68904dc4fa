"""What must reach the server, on the disk: sealed, grown line by line, each line synced, and emptied when all
of it got there.

A line is an entry or a word as it now is, or that it is gone; the last line about a name holds. A line torn
by a power cut is one whose write nobody was told of."""

import base64
import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec
from msgspec import Struct

from kiosk.offline.disk import Lines
from kiosk.offline.entries import Entry, Word
from kiosk.offline.seal import Seal, Unreadable

ROOM = 200
"""Lines beyond what is kept, after which the file is written anew."""

log = logging.getLogger(__name__)


class _Kept(Struct, tag="kept"):
    entry: Entry


class _Said(Struct, tag="said"):
    word: Word


class _Gone(Struct, tag="gone"):
    name: str


_Line = _Kept | _Said | _Gone
_decoder = msgspec.json.Decoder(_Line)


class Outbox:
    """Entries and words in their order. In memory a change holds at once; the future that comes with it is
    done when the change is on the disk, and fails with OSError when it could not be written.

    executor: where the disk is waited for, one at a time and in order. damaged: how many lines of earlier
    runs could not be read, of papers that nobody will hear of; a file that does not open counts as one. They
    are put aside for whoever mends disks. fails: the disk did not take the last line."""

    def __init__(self, path: Path, seal: Seal, executor: Executor) -> None:
        self.entries: dict[str, Entry] = {}
        self.words: dict[str, Word] = {}
        self.damaged = 0
        self.fails = False
        self._path, self._seal, self._executor = path, seal, executor
        self._lines = Lines(path)
        self._written = 0
        self._read()

    def keep(self, entry: Entry) -> "Future[None]":
        """Keep an entry as it now is."""
        self.entries[entry.name] = entry
        return self._write(_Kept(entry))

    def say(self, word: Word) -> "Future[None]":
        """Keep a word until it was told."""
        self.words[word.name] = word
        return self._write(_Said(word))

    def drop(self, name: str) -> "Future[None]":
        """The server knows all of this; only now it is no longer kept."""
        self.entries.pop(name, None)
        self.words.pop(name, None)
        return self._write(_Gone(name))

    def close(self) -> None:
        """Let go of the file."""
        self._executor.submit(self._lines.close).result()

    def _write(self, line: _Line) -> "Future[None]":
        self._written += 1
        left = len(self.entries) + len(self.words)
        if not left or self._written > ROOM + 2 * left:
            # Nothing of a person stays here once the server knows all of it.
            return self._rewrite()
        return self._done(self._executor.submit(self._lines.append, self._sealed(line)))

    def _rewrite(self) -> "Future[None]":
        self._written = len(self.entries) + len(self.words)
        return self._done(self._executor.submit(self._lines.rewrite, list(self._all())))

    def _done(self, writing: "Future[None]") -> "Future[None]":
        writing.add_done_callback(self._note)
        return writing

    def _note(self, written: "Future[None]") -> None:
        self.fails = not written.cancelled() and written.exception() is not None

    def _all(self) -> Iterator[bytes]:
        for entry in self.entries.values():
            yield self._sealed(_Kept(entry))
        for word in self.words.values():
            yield self._sealed(_Said(word))

    def _sealed(self, line: _Line) -> bytes:
        return base64.b64encode(self._seal.close(msgspec.json.encode(line)))

    def _read(self) -> None:
        broken: list[bytes] = []
        for line in self._opened(broken):
            match line:
                case _Kept(entry=entry):
                    self.entries[entry.name] = entry
                case _Said(word=word):
                    self.words[word.name] = word
                case _Gone(name=name):
                    self.entries.pop(name, None)
                    self.words.pop(name, None)
        self.damaged += len(broken)
        try:
            if broken:
                self._put_aside(broken)
            self._rewrite().result()
        except OSError as error:
            # With a full disk there are no numbers of our own, but there still is a server.
            log.error("the outbox cannot be written: %s", error, extra={"action": "outbox_failed"})

    def _put_aside(self, broken: list[bytes]) -> None:
        """Keep what was lost, and of nobody else: what could be read goes its way, and then is gone."""
        file = self._path.with_name(f"{self._path.name}.damaged")
        aside = Lines(file)
        aside.rewrite([*aside.read(), *broken])
        log.error(
            "the outbox is damaged: %d of its lines are kept in %s, and lost",
            len(broken),
            file.name,
            extra={"action": "outbox_damaged"},
        )

    def _found(self) -> list[bytes]:
        """The lines there are. A file that does not open makes room for one that does: the next line written
        would end it, and nobody would have heard."""
        try:
            return self._lines.read()
        except OSError as error:
            log.error("the outbox cannot be read: %s", error, extra={"action": "outbox_failed"})
        with contextlib.suppress(OSError):
            self._path.replace(self._path.with_name(f"{self._path.name}.unread"))
            self.damaged = 1
        return []

    def _opened(self, broken: list[bytes]) -> Iterator[_Line]:
        for line in self._found():
            try:
                yield _decoder.decode(self._seal.open(base64.b64decode(line, validate=True)))
            except (Unreadable, ValueError, msgspec.MsgspecError):
                broken.append(line)
