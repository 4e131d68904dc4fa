"""The Mirror law on the client's side: snapshot + patches = the table; a missing patch is noticed."""

from hypothesis import given
from hypothesis import strategies as st

from queue_server.client.replica import Replica
from queue_server.protocol.messages import Current, Patch, Snapshot
from queue_server.protocol.rows import Name


def name(key: str, text: str = "") -> Name:
    return Name(key=key, name=text)


TOPIC = "names:r1"


def snapshot(seq: int, *rows: Name) -> Snapshot:
    return Snapshot(topic=TOPIC, seq=seq, rows=rows)


def test_patches_apply_in_order() -> None:
    replica = Replica(TOPIC)
    assert replica.apply(snapshot(1, name("a"), name("b")), "e").whole
    applied = replica.apply(Patch(topic=TOPIC, seq=2, put=(name("c"),), drop=("a",)), "e")
    assert (applied.put, applied.drop, applied.gap) == (("c",), ("a",), False)
    assert set(replica.rows) == {"b", "c"}


def test_a_gap_leaves_the_rows_alone() -> None:
    replica = Replica(TOPIC)
    replica.apply(snapshot(1, name("a")), "e")
    assert replica.apply(Patch(topic=TOPIC, seq=3, drop=("a",)), "e").gap
    assert set(replica.rows) == {"a"}


def test_another_epoch_is_a_gap() -> None:
    replica = Replica(TOPIC)
    replica.apply(snapshot(4, name("a")), "e")
    assert replica.apply(Patch(topic=TOPIC, seq=5), "f").gap
    assert replica.apply(Current(topic=TOPIC, seq=4), "f").gap
    assert not replica.apply(Current(topic=TOPIC, seq=4), "e").gap


def test_a_new_snapshot_says_what_is_gone() -> None:
    replica = Replica(TOPIC)
    replica.apply(snapshot(1, name("a"), name("b")), "e")
    assert replica.apply(snapshot(1, name("b")), "f").drop == ("a",)
    assert replica.seen is not None
    assert replica.seen.epoch == "f"


KEYS = st.sampled_from("abcd")


@given(st.lists(st.tuples(st.dictionaries(KEYS, st.text(max_size=3)), st.sets(KEYS)), max_size=12))
def test_any_story_of_patches_ends_like_a_table(story: list[tuple[dict[str, str], set[str]]]) -> None:
    replica = Replica(TOPIC)
    table: dict[str, str] = {}
    replica.apply(snapshot(1), "e")
    for seq, (put, drop) in enumerate(story, 2):
        rows = tuple(name(key, text) for key, text in put.items())
        replica.apply(Patch(topic=TOPIC, seq=seq, put=rows, drop=tuple(drop)), "e")
        table = {key: text for key, text in table.items() if key not in drop} | put
    assert {key: row.name for key, row in replica.rows.items() if isinstance(row, Name)} == table
