"""What the link must not forget, on disk; and what it must not know."""

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from queue_server.his.keep import Keep, KeepError, digest
from queue_server.his.port import (
    AppointmentSaid,
    Heard,
    OrderSaid,
    OrdersSaid,
    Outcome,
    Person,
    RoomSaid,
    Told,
    VisitSaid,
    What,
)
from queue_server.protocol.commands import AddSteps, Order

SOMEBODY = Person(card="079190000000", name="TRẦN THỊ MẪU THỬ", phone="0912345678")
ROOM = RoomSaid(id="r", visit="MA", clinic="P1")


def told(key: str) -> Told:
    return Told(key=key, type=What.CALLED, visit="v", ticket="A001", step="v.1", service="s", at=1)


def again(keep: Keep, path: Path) -> Keep:
    """After a crash: nothing but the file is left."""
    keep.close()
    return Keep(str(path))


def test_a_saying_is_there_after_a_crash_until_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "his.sqlite3"
    keep = Keep(str(path))
    assert keep.known("r") is None
    keep.take(ROOM, 5)
    keep = again(keep, path)
    assert keep.unfinished() == [(ROOM, 5)]
    keep.answered(Heard("r", Outcome.WAITING, "unknown_visit"))
    assert keep.unfinished() == [(ROOM, 5)]
    keep.answered(Heard("r", Outcome.DONE))
    keep = again(keep, path)
    assert keep.unfinished() == []
    known = keep.take(ROOM, 99)
    assert (known.at, known.heard.result, known.digest) == (5, Outcome.DONE, digest(ROOM))
    keep.close()


@pytest.mark.parametrize("done", [True, False])
def test_nobody_is_on_the_disk(tmp_path: Path, done: bool) -> None:
    path = tmp_path / "his.sqlite3"
    keep = Keep(str(path))
    visit = VisitSaid(id="v", visit="MA", person=SOMEBODY, payer="insured", kind="exam")
    booked = AppointmentSaid(id="a", appointment="TK1", service="s", when=5, person=SOMEBODY)
    for said in (visit, booked):
        keep.take(said, 1)
        if done:
            keep.answered(Heard(said.id, Outcome.DONE))
    # What is left of the visit waits for the patient; the appointment is said again.
    assert [said.id for said, _ in keep.unfinished()] == ([] if done else ["v"])
    keep.close()
    for file in tmp_path.iterdir():
        written = file.read_bytes()
        assert not any(word.encode() in written for word in (SOMEBODY.card, SOMEBODY.name, SOMEBODY.phone))


def test_a_later_word_makes_an_older_one_outdated(tmp_path: Path) -> None:
    keep = Keep(str(tmp_path / "his.sqlite3"))
    assert keep.is_newest("room/MA/s", 1, "a")
    keep.settle_newest("room/MA/s", 2, "b")
    assert not keep.is_newest("room/MA/s", 1, "a")
    assert keep.is_newest("room/MA/s", 2, "b")
    assert keep.is_newest("room/MA/s", 2, "c")
    keep.settle_newest("room/MA/s", 1, "a")
    assert not keep.is_newest("room/MA/s", 1, "a")
    keep.close()


def test_orders_stay_as_they_were_first_sent(tmp_path: Path) -> None:
    path = tmp_path / "his.sqlite3"
    keep = Keep(str(path))
    said = OrdersSaid(id="o", visit="MA", orders=(OrderSaid(service="XN"),))
    keep.take(said, 1)
    first = AddSteps(visit="v", orders=(Order(service="blood"),), step="v.1", back=True)
    later = AddSteps(visit="v", orders=(Order(service="blood"),))
    assert keep.planned("o", first) == first
    keep = again(keep, path)
    assert keep.planned("o", later) == first
    keep.close()


def test_facts_are_kept_with_the_row_they_came_from_until_they_are_told(tmp_path: Path) -> None:
    path = tmp_path / "his.sqlite3"
    keep = Keep(str(path))
    keep.note("v.1", b"row", 2, [told("v.1/1"), told("v.1/2")], 1)
    keep.note("v.1", b"row", 2, [told("v.1/2")], 1)
    keep = again(keep, path)
    assert keep.told_row("v.1") == (b"row", 2)
    first, second = keep.untold()
    assert [first.told.key, second.told.key] == ["v.1/1", "v.1/2"]
    keep.settle(first.seq, "told")
    assert keep.untold() == [second]
    keep.close()


def test_what_is_over_is_forgotten_and_what_waits_is_not(tmp_path: Path) -> None:
    keep = Keep(str(tmp_path / "his.sqlite3"))
    keep.take(ROOM, 1)
    keep.take(RoomSaid(id="w", visit="MB", clinic="P1"), 1)
    keep.answered(Heard("r", Outcome.REFUSED, "unknown_clinic", "words"))
    keep.note("v.1", b"row", 1, [told("v.1/1")], 1)
    keep.see_row("7", b"digest", 1)
    assert [heard.why for heard in keep.refused()] == ["unknown_clinic"]
    keep.forget(2)
    assert keep.refused() == []
    assert [said.id for said, _ in keep.unfinished()] == ["w"]
    assert len(keep.untold()) == 1
    assert keep.rows_seen() == {}
    keep.close()


def test_a_file_of_another_version_and_one_in_use_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "his.sqlite3"
    keep = Keep(str(path))
    with pytest.raises(KeepError, match="Only one may"):
        Keep(str(path))
    keep.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(KeepError, match="another version"):
        Keep(str(path))


def test_a_moment_needs_its_offset() -> None:
    import msgspec

    from queue_server.his.port import Said

    text = b'{"type":"room_closed","id":"1","clinic":"P1","at":"2026-11-23T07:00:00'
    said = msgspec.json.decode(text + b'+07:00"}', type=Said)
    assert isinstance(said.at, dt.datetime)
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        msgspec.json.decode(text + b'"}', type=Said)
