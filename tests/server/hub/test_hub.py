"""The Mirror law: old snapshot + patches = fresh snapshot, and the patches changed something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame
from websockets.streams import StreamReader

from queue_server.client.replica import Replica
from queue_server.hub import Hub
from queue_server.protocol import codec
from queue_server.protocol.messages import Current, Patch, Seen, Snapshot
from queue_server.protocol.rows import Name, Row

TOPIC = "names:r1"


class Screen:
    """A follower that reads the frames it is given, and may be clogged."""

    def __init__(self) -> None:
        self.heard: list[Snapshot | Patch | Current] = []
        self.replica = Replica(TOPIC)
        self.marked: set[str] = set()
        self.clogged = False

    def send(self, frame: bytes) -> None:
        message = codec.decode_to_client(text_of(frame))
        assert isinstance(message, Snapshot | Patch | Current)
        self.heard.append(message)
        before = dict(self.replica.rows)
        assert not self.replica.apply(message, "e").gap
        if isinstance(message, Patch):
            assert self.replica.rows != before

    def publish(self, topic: str, frame: bytes) -> None:
        if self.clogged:
            self.marked.add(topic)
        else:
            self.send(frame)


def text_of(frame: bytes) -> bytes:
    reader = StreamReader()
    reader.feed_data(frame)
    parser = Frame.parse(reader.read_exact, mask=False)
    try:
        next(parser)
    except StopIteration as done:
        return bytes(done.value.data)
    raise AssertionError("an incomplete frame")


def table(**names: str) -> dict[str, Row]:
    return {key: Name(key=key, name=name) for key, name in names.items()}


def test_a_follower_gets_a_snapshot_and_then_only_what_changed() -> None:
    hub, screen = Hub("e"), Screen()
    hub.open(TOPIC, table(a="An", b="Bình"))
    hub.follow(TOPIC, screen)
    hub.update(TOPIC, table(a="An", c="Chi"), 0)
    hub.update(TOPIC, table(a="An", c="Chi"), 0)
    snapshot, patch = screen.heard
    assert isinstance(snapshot, Snapshot)
    assert isinstance(patch, Patch)
    assert ([row.key for row in patch.put], patch.drop) == (["c"], ("b",))
    assert screen.replica.rows == table(a="An", c="Chi")


def test_a_copy_that_is_the_newest_is_current() -> None:
    hub, first, again = Hub("e"), Screen(), Screen()
    hub.open(TOPIC, table(a="An"))
    hub.follow(TOPIC, first)
    again.replica.apply(Snapshot(topic=TOPIC, seq=1, rows=()), "e")
    hub.follow(TOPIC, again, Seen(topic=TOPIC, epoch="e", seq=1))
    assert isinstance(again.heard[0], Current)


@pytest.mark.parametrize("seen", [Seen(TOPIC, "another", 1), Seen(TOPIC, "e", 0), Seen(TOPIC, "e", 7)])
def test_any_other_copy_is_replaced(seen: Seen) -> None:
    hub, screen = Hub("e"), Screen()
    hub.open(TOPIC, table(a="An"))
    hub.follow(TOPIC, screen, seen)
    assert isinstance(screen.heard[0], Snapshot)


def test_a_topic_that_was_closed_and_opened_again_is_never_mistaken_for_current() -> None:
    hub, screen = Hub("e"), Screen()
    hub.open(TOPIC, table(a="An"))
    hub.follow(TOPIC, screen)
    hub.leave(TOPIC, screen)
    assert not hub.is_live(TOPIC)
    hub.open(TOPIC, table(a="Ân"))
    hub.follow(TOPIC, screen, screen.replica.seen)
    assert isinstance(screen.heard[-1], Snapshot)


def test_a_clogged_follower_is_caught_up_by_one_snapshot() -> None:
    hub, screen = Hub("e"), Screen()
    hub.open(TOPIC, table())
    hub.follow(TOPIC, screen)
    screen.clogged = True
    for number in range(5):
        hub.update(TOPIC, table(a=str(number)), 0)
    assert screen.marked == {TOPIC}
    screen.clogged = False
    hub.refresh(TOPIC, screen)
    hub.update(TOPIC, table(b="B"), 0)
    assert screen.replica.rows == table(b="B")


def test_who_left_hears_nothing() -> None:
    hub, stays, leaves = Hub("e"), Screen(), Screen()
    hub.open(TOPIC, table())
    hub.follow(TOPIC, stays)
    hub.follow(TOPIC, leaves)
    hub.leave(TOPIC, leaves)
    hub.update(TOPIC, table(a="An"), 0)
    hub.refresh(TOPIC, leaves)
    assert len(stays.heard) == 2
    assert len(leaves.heard) == 1


def test_coarse_news_waits_unless_urgent() -> None:
    hub, screen = Hub("e"), Screen()
    hub.open(TOPIC, table())
    hub.follow(TOPIC, screen)
    hub.update_coarsely(TOPIC, 20_000, urgent=False, rows=lambda: table(a="1"))
    hub.update_coarsely(TOPIC, 21_000, urgent=False, rows=lambda: table(a="2"))
    assert len(screen.heard) == 2
    assert hub.overdue(25_000) == ()
    assert hub.overdue(30_000) == (TOPIC,)
    hub.update_coarsely(TOPIC, 26_000, urgent=True, rows=lambda: table(a="3"))
    assert screen.replica.rows == table(a="3")
    assert hub.overdue(60_000) == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["update", "join", "leave", "resume"]),
            st.dictionaries(st.sampled_from("abc"), st.text(max_size=2), max_size=3),
        ),
        max_size=20,
    )
)
def test_mirror(story: list[tuple[str, dict[str, str]]]) -> None:
    hub, screens, gone = Hub("e"), [Screen()], [Screen()]
    rows = table()
    hub.open(TOPIC, rows)
    hub.follow(TOPIC, screens[0])
    for deed, names in story:
        if deed == "update":
            rows = table(**names)
            hub.update(TOPIC, rows, 0)
        elif deed == "join":
            screens.append(Screen())
            hub.follow(TOPIC, screens[-1])
        elif deed == "leave" and len(screens) > 1:
            gone.append(screens.pop())
            hub.leave(TOPIC, gone[-1])
        elif deed == "resume" and gone:
            screens.append(gone.pop())
            hub.follow(TOPIC, screens[-1], screens[-1].replica.seen)
        assert all(screen.replica.rows == rows for screen in screens)
