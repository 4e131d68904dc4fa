"""A power cut for a process under test: what would be left of its files.

SIGKILL ends a process but the page cache lives on, so a missing fsync goes
unnoticed. A small preloaded library (`power_cut.c`) notes each write and each
sync below one directory; `restore` lays out the files as the disk held them.

    recorder = compile_recorder(tmp_path)
    extra = environment(recorder, data, shadow)
    process = Popen([...], env={**os.environ, **extra})
    ...                       # SIGKILL at any moment
    restore(shadow, after)    # start again on `after`

Linux with glibc only, and only for programs that link libc dynamically; a program
in which the recorder could not be loaded is reported, never taken for a loss.
"""

import os
import shlex
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")
_MAGIC = b"PWRCUT1\n"
_HEADER = struct.Struct("=8sQ")
_RECORD = struct.Struct("=IIIIQQ")
_RANGE = struct.Struct("=QQ")


class PowerCutError(RuntimeError):
    """The power cut could not be staged; says nothing about the program under test."""


class NoCompiler(PowerCutError):
    """The recorder could not be compiled."""


class NotRecorded(PowerCutError):
    """The recorder left no log: it was not loaded, or the process never started."""


class Kind(IntEnum):
    LOADED = 1
    WROTE = 2
    SYNCED = 3
    UNLINKED = 4
    RENAMED = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One thing the recorder noted.

    `name` is relative to the watched directory (the program's name for LOADED, which
    starts each process); `other` is the new name of a RENAMED file; `length` and
    `ranges` (offset, bytes) are a SYNCED file's. WROTE appears once per file and
    process. UNLINKED and RENAMED appear when they became durable, not when called.
    """

    kind: Kind
    name: str
    other: str = ""
    length: int = 0
    replaces: bool = False
    ranges: tuple[tuple[int, bytes], ...] = ()


def compile_recorder(directory: Path) -> Path:
    """Compile the recorder into `directory`. Raises NoCompiler."""
    return compile_library(_SOURCE, directory)


def compile_library(source: Path, directory: Path) -> Path:
    """Compile a library for preloading into `directory` with `$CC`, else cc, gcc or clang.

    Raises NoCompiler with what to install, or with what the compiler said.
    """
    chosen = os.environ.get("CC")
    found = next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))), None)
    if chosen is None and found is None:
        raise NoCompiler(
            "the tests of power cuts and full disks compile a small C library and found no cc, gcc or clang: "
            "install one (Debian: apt install gcc libc6-dev) or name it in CC"
        )
    compiler = shlex.split(chosen) if chosen else [str(found)]
    library = directory / f"{source.stem}.so"
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-std=gnu11", "-U_FORTIFY_SOURCE"]
    command = [*compiler, *flags, "-o", str(library), str(source), "-ldl", "-lpthread"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoCompiler(f"{shlex.join(command)}: {error}") from error
    if ran.returncode != 0:
        raise NoCompiler(f"{shlex.join(command)}\n{ran.stderr}")
    return library


def environment(recorder: Path, watched_dir: Path, shadow_dir: Path) -> dict[str, str]:
    """Variables to add to a process's environment so that it is recorded.

    `watched_dir` must exist. What it holds when `shadow_dir` is first used counts as
    already on the disk. Several processes, at once or one after the other, may share
    a pair of directories; after `restore`, go on with the restored directory and a
    new shadow. `shadow_dir` must lie outside `watched_dir`.
    """
    watched, shadow = watched_dir.resolve(strict=True), shadow_dir.resolve()
    if shadow.is_relative_to(watched):
        raise PowerCutError(f"{shadow} lies inside the directory it is to watch")
    if not _baseline(shadow).exists():
        shutil.copytree(watched, _baseline(shadow))
    inherited = os.environ.get("LD_PRELOAD")
    return {
        "LD_PRELOAD": f"{recorder.resolve()}:{inherited}" if inherited else str(recorder.resolve()),
        "POWER_CUT_WATCHED": str(watched),
        "POWER_CUT_SHADOW": str(shadow),
    }


def without_sync(directory: Path) -> dict[str, str]:
    """Variables that make a Python process's SQLite run with `synchronous=OFF`.

    For showing that a power-cut test can fail. Every wish for FULL or EXTRA becomes
    OFF and reading the setting back answers FULL, so that a program which rightly
    refuses anything else can be run carelessly without being changed. Works through
    a `sitecustomize` module written to `directory`, which leads PYTHONPATH.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "sitecustomize.py").write_text(_CARELESS, encoding="utf-8")
    inherited = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{directory}{os.pathsep}{inherited}" if inherited else str(directory)}


def history(shadow_dir: Path) -> tuple[Record, ...]:
    """Everything noted so far, oldest first; safe to call while the process runs.

    Raises NotRecorded if no process with the recorder ever started.
    """
    try:
        log = (shadow_dir / "log").read_bytes()
    except FileNotFoundError as error:
        raise NotRecorded(
            "the recorder left no log: the program is linked statically, runs with raised "
            "privileges, or did not start with the variables of environment()"
        ) from error
    if len(log) < _HEADER.size:
        raise NotRecorded("the process was killed before the recorder had begun")
    magic, committed = _HEADER.unpack_from(log)
    if magic != _MAGIC:
        raise PowerCutError(f"{shadow_dir / 'log'} was written by another recorder")
    return tuple(_records(log[:committed]))


def restore(shadow_dir: Path, target_dir: Path, *, records: int | None = None) -> None:
    """Write to `target_dir` (created, must be empty) the files as the disk held them.

    `records` cuts the power after that many entries of `history`; None means after
    the last. Raises NotRecorded if no process with the recorder ever started.
    """
    noted = history(shadow_dir)[:records]
    baseline = _baseline(shadow_dir)
    disk = {
        path.relative_to(baseline).as_posix(): bytearray(path.read_bytes())
        for path in baseline.rglob("*")
        if path.is_file()
    }
    for record in noted:
        _replay(disk, record)
    target_dir.mkdir(parents=True, exist_ok=True)
    if any(target_dir.iterdir()):
        raise PowerCutError(f"{target_dir} is not empty")
    for name, content in disk.items():
        path = target_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _baseline(shadow_dir: Path) -> Path:
    return shadow_dir / "before"


def _records(log: bytes) -> Iterator[Record]:
    at = _HEADER.size
    while at < len(log):
        kind, replaces, name_size, other_size, length, count = _RECORD.unpack_from(log, at)
        at += _RECORD.size
        name = os.fsdecode(log[at : at + name_size])
        at += name_size
        other = os.fsdecode(log[at : at + other_size])
        at += other_size
        ranges = []
        for _ in range(count):
            offset, size = _RANGE.unpack_from(log, at)
            at += _RANGE.size
            ranges.append((offset, log[at : at + size]))
            at += size
        yield Record(Kind(kind), name, other, length, bool(replaces), tuple(ranges))


def _replay(disk: dict[str, bytearray], record: Record) -> None:
    if record.kind is Kind.UNLINKED:
        disk.pop(record.name, None)
    elif record.kind is Kind.RENAMED:
        inside = f"{record.name}/"
        moved = [name for name in disk if name.startswith(inside)]
        for name in moved:
            disk[f"{record.other}/{name.removeprefix(inside)}"] = disk.pop(name)
        if not moved:
            # The name of a file whose content was never synced may arrive alone.
            disk[record.other] = disk.pop(record.name, bytearray())
    elif record.kind is Kind.SYNCED:
        content = bytearray() if record.replaces else disk.setdefault(record.name, bytearray())
        disk[record.name] = content
        _resize(content, record.length)
        for offset, body in record.ranges:
            content[offset : offset + len(body)] = body


def _resize(content: bytearray, length: int) -> None:
    if length < len(content):
        del content[length:]
    else:
        content.extend(bytes(length - len(content)))


_CARELESS = '''\
"""SQLite with synchronous=OFF that claims to be FULL."""

import re
import sqlite3

_PRAGMA = r"(PRAGMA\\s+(?:\\w+\\.)?synchronous)\\s*"
_SET = re.compile(_PRAGMA + r"[=(]\\s*(?:FULL|EXTRA|2|3)\\b\\s*\\)?", re.IGNORECASE)
_READ = re.compile(r"\\s*" + _PRAGMA + r";?\\s*", re.IGNORECASE)


def _careless(sql):
    return "SELECT 2" if _READ.fullmatch(sql) else _SET.sub(r"\\1=OFF", sql)


class Cursor(sqlite3.Cursor):
    def execute(self, sql, *parameters):
        return super().execute(_careless(sql), *parameters)

    def executescript(self, sql):
        return super().executescript(_careless(sql))


class Connection(sqlite3.Connection):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        super().execute("PRAGMA synchronous=OFF")

    def cursor(self, factory=Cursor):
        return super().cursor(factory)

    def execute(self, sql, *parameters):
        return self.cursor().execute(sql, *parameters)

    def executescript(self, sql):
        return self.cursor().executescript(sql)


_connect = sqlite3.connect


def connect(*arguments, **options):
    if len(arguments) < 6:
        options.setdefault("factory", Connection)
    return _connect(*arguments, **options)


sqlite3.connect = sqlite3.dbapi2.connect = connect
'''
