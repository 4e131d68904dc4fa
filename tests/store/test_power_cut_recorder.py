"""The recorder tells what was synced from what was only written."""

import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.power_cut import (
    Kind,
    NoCompiler,
    NotRecorded,
    compile_recorder,
    environment,
    history,
    restore,
    without_sync,
)

# Commits numbered rows and says each number only after its COMMIT. A small
# autocheckpoint makes checkpoints and WAL restarts part of every run.
COMMITTER = """
import sqlite3, sys
path, synchronous, checkpoint = sys.argv[1:]
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY, filling BLOB)")
db.execute("PRAGMA wal_autocheckpoint=" + checkpoint)
db.execute("PRAGMA synchronous=" + synchronous)
assert db.execute("PRAGMA synchronous").fetchone() == (["OFF", "NORMAL", "FULL"].index(synchronous),)
number = db.execute("SELECT coalesce(max(number), 0) FROM row").fetchone()[0]
while True:
    number += 1
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO row VALUES (?, randomblob(?))", (number, number * 37 % 9000))
    db.execute("COMMIT")
    print(number, flush=True)
"""
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_recorder(tmp_path_factory.mktemp("recorder"))


@contextmanager
def running(program: str, *arguments: str, extra: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        env={**os.environ, **extra},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def commit_until_killed(
    data: Path,
    extra: dict[str, str],
    synchronous: str,
    at_least: int,
    linger_s: float = 0.0,
    checkpoint: int = 20,
) -> set[int]:
    """Kill the committer `linger_s` after its `at_least`-th row; the numbers it said."""
    arguments = str(data / "rows.db"), synchronous, str(checkpoint)
    with running(COMMITTER, *arguments, extra=extra) as process:
        assert process.stdout is not None
        said, deadline = b"", time.monotonic() + PATIENCE_S
        stop: float | None = None
        while stop is None or time.monotonic() < stop:
            now = time.monotonic()
            assert now < deadline, "the committer is too slow"
            readable, _, _ = select.select([process.stdout], [], [], max(0.0, (stop or deadline) - now))
            if readable:
                piece = os.read(process.stdout.fileno(), 65536)
                assert piece, "the committer ended by itself"
                said += piece
            if stop is None and said.count(b"\n") >= at_least:
                stop = time.monotonic() + linger_s
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read()
    # A last line without its end was not said.
    return {int(line) for line in said.split(b"\n")[:-1]}


def found(directory: Path) -> set[int]:
    with closing(sqlite3.connect(directory / "rows.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {number for (number,) in db.execute("SELECT number FROM row")}


def test_every_acknowledged_row_survives_power_cut_after_power_cut(recorder: Path, tmp_path: Path) -> None:
    chance = random.Random(20260105)
    data, said = tmp_path / "disk-0", set[int]()
    data.mkdir()
    for cut in range(1, 7):
        shadow = tmp_path / f"shadow-{cut}"
        extra = environment(recorder, data, shadow)
        linger_s = chance.uniform(0, 0.06)
        said |= commit_until_killed(data, extra, "FULL", chance.randrange(1, 60), linger_s)
        data = tmp_path / f"disk-{cut}"
        restore(shadow, data)
        survived = found(data)
        assert said <= survived
        # Committed, but killed before it could say so.
        assert len(survived - said) <= 1
        said = survived


def test_a_power_cut_at_any_sync_leaves_a_sound_database_that_only_grows(
    recorder: Path, tmp_path: Path
) -> None:
    data, shadow = tmp_path / "data", tmp_path / "shadow"
    data.mkdir()
    said = commit_until_killed(data, environment(recorder, data, shadow), "FULL", 60)
    noted = history(shadow)
    checkpoints = [i for i, r in enumerate(noted) if r.kind is Kind.SYNCED and r.name == "rows.db"]
    assert len(checkpoints) > 3
    before = set[int]()
    created = next(i for i, r in enumerate(noted) if r.name == "rows.db-wal" and r.kind is Kind.SYNCED)
    for cut in sorted({*range(created + 3, len(noted), 7), *checkpoints[3:], len(noted)}):
        restored = tmp_path / f"cut-{cut}"
        restore(shadow, restored, records=cut)
        now = found(restored)
        assert before <= now
        before = now
    assert said <= before


@pytest.mark.parametrize(("synchronous", "checkpoint"), [("OFF", 20), ("NORMAL", 100_000)])
def test_without_a_sync_for_each_commit_acknowledged_rows_are_lost(
    recorder: Path, tmp_path: Path, synchronous: str, checkpoint: int
) -> None:
    data, shadow = tmp_path / "data", tmp_path / "shadow"
    data.mkdir()
    extra = environment(recorder, data, shadow)
    said = commit_until_killed(data, extra, synchronous, 60, checkpoint=checkpoint)
    assert said <= found(data), "the page cache kept them, as after any SIGKILL"
    restore(shadow, tmp_path / "after")
    lost = said - found(tmp_path / "after")
    assert lost == said, "the table was made with FULL, the rows were not"
    assert Kind.WROTE in {r.kind for r in history(shadow) if r.name == "rows.db-wal"}


def test_a_program_that_insists_on_full_can_be_run_carelessly(recorder: Path, tmp_path: Path) -> None:
    data, shadow = tmp_path / "data", tmp_path / "shadow"
    data.mkdir()
    extra = environment(recorder, data, shadow) | without_sync(tmp_path / "careless")
    said = commit_until_killed(data, extra, "FULL", 20)
    assert len(said) >= 20
    assert not [r for r in history(shadow) if r.kind is Kind.SYNCED]
    restore(shadow, tmp_path / "after")
    assert not (tmp_path / "after" / "rows.db").exists()


def test_files_names_and_lengths(recorder: Path, tmp_path: Path) -> None:
    """One of each call, told apart by what a sync followed."""
    program = """
import mmap, os, sys
os.chdir(sys.argv[1])
here = os.open(".", os.O_RDONLY)
def file(name, body=b"", flags=os.O_WRONLY | os.O_CREAT):
    fd = os.open(name, flags, 0o600)
    assert os.write(fd, body) == len(body)
    return fd
file("never-synced", b"x")
fd = file("tail-not-synced", b"kept"); os.fsync(fd); os.write(fd, b"lost")
fd = file("overwritten", b"0123456789"); os.fdatasync(fd); os.pwrite(fd, b"XX", 4)
os.fsync(fd); os.pwrite(fd, b"lost", 0)
fd = file("cut", b"0123456789"); os.fsync(fd); os.ftruncate(fd, 4); os.ftruncate(fd, 8); os.fsync(fd)
fd = file("cut-not-synced", b"0123456789"); os.fsync(fd); os.ftruncate(fd, 0)
fd = file("emptied", b"0123456789"); os.fsync(fd)
fd = file("emptied", b"", os.O_WRONLY | os.O_TRUNC); os.pwrite(fd, b"z", 2); os.fsync(fd)
fd = file("appended", b"a", os.O_WRONLY | os.O_CREAT | os.O_APPEND); os.fsync(fd)
os.pwrite(fd, b"b", 0); os.writev(fd, [b"c", b"d"]); os.fsync(fd)
fd = file("vectored"); os.pwritev(fd, [b"ab", b"cd"], 3); os.fsync(fd)
fd = file("mapped", b"0123456789", os.O_RDWR | os.O_CREAT); os.fsync(fd)
with mmap.mmap(fd, 10) as view: view[0:2] = b"mm"
os.fsync(fd)
with open("buffered", "wb") as stream:
    stream.write(b"through a stream"); stream.flush(); os.fsync(stream.fileno())
copy = os.dup(file("duplicated", b"dup")); os.write(copy, b"licate"); os.fsync(copy)
a, b = file("copied-from", b"copied"), file("copied", b"")
os.copy_file_range(os.open("copied-from", os.O_RDONLY), b, 6); os.fsync(b)
os.mkdir("below"); os.fsync(file("below/inner", b"inner"))
os.fsync(file("unlinked", b"gone")); os.fsync(file("moved", b"moved"))
os.unlink("unlinked"); os.rename("moved", "arrived"); os.unlink("already"); os.fsync(here)
os.fsync(file("moved-earlier", b"in order")); os.rename("moved-earlier", "arrived-earlier")
fd = file("new.tmp", b"new"); os.fsync(fd); os.rename("new.tmp", "replaced"); os.fsync(fd)
os.fsync(file("made-anew", b"old and long")); os.unlink("made-anew"); os.fsync(file("made-anew", b"new"))
if os.fork() == 0:
    os.fsync(file("by-a-child", b"child")); os._exit(0)
os.wait()
os.fsync(file("unlinked-lately", b"back")); os.unlink("unlinked-lately")
os.fsync(file("moved-lately", b"back")); os.rename("moved-lately", "arrived-lately")
os.fsync(file(sys.argv[2], b"elsewhere"))
print("done", flush=True)
os.read(0, 1)
"""
    data, shadow = tmp_path / "data", tmp_path / "shadow"
    data.mkdir()
    for name in ("already", "replaced", "untouched"):
        (data / name).write_bytes(b"before")
    extra = environment(recorder, data, shadow)
    with running(program, str(data), str(tmp_path / "out"), extra=extra) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
    restore(shadow, tmp_path / "after")
    after = tmp_path / "after"
    assert {p.relative_to(after).as_posix(): p.read_bytes() for p in after.rglob("*") if p.is_file()} == {
        "untouched": b"before",
        "tail-not-synced": b"kept",
        "overwritten": b"0123XX6789",
        "cut": b"0123\0\0\0\0",
        "cut-not-synced": b"0123456789",
        "emptied": b"\0\0z",
        "appended": b"abcd",
        "vectored": b"\0\0\0abcd",
        "mapped": b"mm23456789",
        "buffered": b"through a stream",
        "duplicated": b"duplicate",
        "copied": b"copied",
        "below/inner": b"inner",
        "arrived": b"moved",
        "arrived-earlier": b"in order",
        "unlinked-lately": b"back",
        "moved-lately": b"back",
        "replaced": b"new",
        "made-anew": b"new",
        "by-a-child": b"child",
    }


def test_a_later_process_owes_the_disk_what_an_earlier_one_only_wrote(recorder: Path, tmp_path: Path) -> None:
    data, shadow = tmp_path / "data", tmp_path / "shadow"
    data.mkdir()
    extra = environment(recorder, data, shadow)
    for program in (
        "open(sys.argv[1], 'wb').write(b'old, ')",
        "f = open(sys.argv[1], 'ab', 0); f.write(b'new'); os.fsync(f.fileno())",
    ):
        with running(f"import os, sys; {program}", str(data / "file"), extra=extra) as process:
            assert process.wait(PATIENCE_S) == 0
    restore(shadow, tmp_path / "after")
    assert (tmp_path / "after" / "file").read_bytes() == b"old, new"
    kinds = [r.kind for r in history(shadow)]
    assert kinds == [Kind.LOADED, Kind.WROTE, Kind.LOADED, Kind.WROTE, Kind.SYNCED]


def test_a_recorder_that_was_not_loaded_is_not_mistaken_for_a_loss(tmp_path: Path) -> None:
    with pytest.raises(NotRecorded):
        restore(tmp_path / "shadow", tmp_path / "after")


def test_without_a_compiler_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(NoCompiler, match="apt install gcc"):
        compile_recorder(tmp_path)
