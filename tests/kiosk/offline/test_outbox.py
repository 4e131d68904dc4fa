"""The outbox on its disk: nothing it said to be kept is lost, nothing of a person is readable, damage is
told."""

import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.offline.entries import Entry, Paper, Word
from kiosk.offline.moments import Stamp
from kiosk.offline.outbox import ROOM, Outbox
from kiosk.offline.seal import Seal, key_at
from queue_server.protocol.codes import IdentityKind, PrintState
from queue_server.protocol.commands import Confirm, Identity, Register
from tests.support.offline_kiosk import AtOnce
from tests.support.served import NAME, NUMBER

SEAL = Seal(bytes(range(32)))
MADE = Stamp(1_795_400_000_000, "boot", 5, sure=True)
REGISTER = Register(
    payer="insured", kind="exam", identity=Identity(IdentityKind.CARD, NUMBER, NAME, "1985-03-02")
)


def entry(name: str, number: str = "") -> Entry:
    paper = Paper(number, "7ZJ0XWV4V5M8K2HP") if number else None
    return Entry(name, MADE, REGISTER, command=f"id-{name}", paper=paper)


def word(name: str) -> Word:
    return Word(name, Confirm(print="v/p1", state=PrintState.SENT, number="A001"))


def opened(folder: Path, seal: Seal = SEAL) -> Outbox:
    return Outbox(folder / "outbox", seal, AtOnce())


def test_what_is_kept_is_there_again_in_its_order_as_it_was_last(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for name in "abc":
        outbox.keep(entry(name)).result()
    outbox.keep(entry("a", "K01-001")).result()
    outbox.say(word("w")).result()
    outbox.drop("b").result()
    again = opened(tmp_path)
    assert list(again.entries.values()) == [entry("a", "K01-001"), entry("c")]
    assert again.words == {"w": word("w")}
    again.drop("w").result()
    assert opened(tmp_path).words == {}


def test_nothing_of_a_person_stands_in_it_nor_in_its_repr(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.keep(entry("a", "K01-001")).result()
    written = (tmp_path / "outbox").read_bytes()
    for secret in (NAME, NUMBER, "insured", "K01-001", "7ZJ0XWV4V5M8K2HP"):
        assert secret.encode() not in written
    assert NAME not in repr(outbox.entries)


def test_it_stays_small(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.keep(entry("stays")).result()
    for n in range(5 * ROOM):
        outbox.keep(entry(f"{n}")).result()
        outbox.drop(f"{n}").result()
    assert (tmp_path / "outbox").read_bytes().count(b"\n") <= ROOM + 4
    assert list(opened(tmp_path).entries) == ["stays"]


@settings(deadline=None)
@given(cut=st.integers(0, 5_000))
def test_torn_at_any_byte_it_holds_all_that_was_whole(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    outbox = opened(folder)
    sizes = []
    for name in "abc":
        outbox.keep(entry(name)).result()
        sizes.append((folder / "outbox").stat().st_size)
    content = (folder / "outbox").read_bytes()[:cut]
    (folder / "outbox").write_bytes(content)
    again = opened(folder)
    assert list(again.entries) == [name for name, size in zip("abc", sizes, strict=True) if size <= cut]
    assert again.damaged == 0
    again.keep(entry("d")).result()
    assert list(opened(folder).entries)[-1] == "d"


@settings(deadline=None)
@given(at=st.integers(0, 1_000_000), byte=st.integers(0, 255))
def test_a_byte_that_changed_costs_its_line_and_is_told(
    at: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    outbox = opened(folder)
    for name in "abc":
        outbox.keep(entry(name)).result()
    content = bytearray((folder / "outbox").read_bytes())
    at %= len(content) - 1
    is_changed = content[at] != byte
    content[at] = byte
    (folder / "outbox").write_bytes(content)
    again = opened(folder)
    assert set(again.entries) <= set("abc")
    if is_changed:
        assert 1 <= again.damaged <= 2
        assert len(again.entries) + again.damaged >= 3
        # Of those that could be read nothing stays behind.
        aside = (folder / "outbox.damaged").read_bytes().split(b"\n")[:-1]
        assert len(aside) == again.damaged
        assert set(aside) <= set(bytes(content).split(b"\n"))
    else:
        assert set(again.entries) == set("abc")


def test_under_another_key_nothing_opens_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    opened(tmp_path).keep(entry("a")).result()
    written = (tmp_path / "outbox").read_bytes()
    other = opened(tmp_path, Seal(bytes(32)))
    assert (other.entries, other.damaged) == ({}, 1)
    assert (tmp_path / "outbox.damaged").read_bytes() == written
    # Nor when it happens once more.
    (tmp_path / "outbox").write_bytes(b"more\n")
    assert opened(tmp_path).damaged == 1
    assert (tmp_path / "outbox.damaged").read_bytes() == written + b"more\n"


def test_a_file_that_does_not_open_is_told_and_makes_room(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    outbox = opened(tmp_path)
    assert (outbox.entries, outbox.damaged, outbox.fails) == ({}, 1, False)
    assert (tmp_path / "outbox.unread").is_dir()
    outbox.keep(entry("a")).result()
    again = opened(tmp_path)
    assert (list(again.entries), again.damaged) == (["a"], 0)


def test_a_disk_that_fails_says_so_and_memory_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    outbox = opened(folder)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with pytest.raises(OSError, match="gone"):
        outbox.keep(entry("a")).result()
    assert list(outbox.entries) == ["a"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes, as on a disk that is full: the last write is half done."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_half_a_line_on_a_full_disk_takes_no_later_one_along(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.keep(entry("a")).result()
    with room_for((tmp_path / "outbox").stat().st_size + 100):
        half = outbox.keep(entry("b"))
    with pytest.raises(OSError, match="too large"):
        half.result()
    outbox.keep(entry("c", "K01-001")).result()
    again = opened(tmp_path)
    assert (list(again.entries), again.damaged) == (["a", "c"], 0)


def test_a_kiosk_starts_on_a_full_disk_too_and_has_all_that_was_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = opened(tmp_path)
    outbox.keep(entry("a", "K01-001")).result()
    outbox.close()
    with (tmp_path / "outbox").open("ab") as file:
        file.write(b"torn")
    with room_for(100), caplog.at_level(logging.ERROR):
        again = opened(tmp_path)
    assert [vars(record)["action"] for record in caplog.records] == ["outbox_failed"]
    assert list(again.entries) == ["a"]
    again.keep(entry("b")).result()
    there = opened(tmp_path)
    assert (list(there.entries), there.damaged) == (["a", "b"], 0)


def test_once_the_server_knows_all_of_it_not_even_its_seal_stays_on_the_disk(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.keep(entry("a", "K01-001")).result()
    outbox.say(word("w")).result()
    outbox.drop("a").result()
    assert (tmp_path / "outbox").stat().st_size
    outbox.drop("w").result()
    assert (tmp_path / "outbox").read_bytes() == b""


def test_only_the_kiosks_own_user_reads_the_key(tmp_path: Path) -> None:
    key = key_at(tmp_path / "key")
    assert key_at(tmp_path / "key") == key
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    opened(tmp_path).keep(entry("a")).result()
    assert (tmp_path / "outbox").stat().st_mode & 0o777 == 0o600
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(ValueError, match="5 bytes"):
        key_at(tmp_path / "key")


def test_a_card_is_known_again_by_a_mark_that_does_not_tell_it() -> None:
    assert SEAL.mark(NUMBER) == Seal(bytes(range(32))).mark(NUMBER)
    assert SEAL.mark(NUMBER) != Seal(bytes(32)).mark(NUMBER)
    assert NUMBER.encode() not in SEAL.mark(NUMBER)
