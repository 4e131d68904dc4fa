"""The conversation as a value: what a client says, keeps and says again."""

from itertools import count

import pytest

from queue_server.client.conversation import Change, Conversation, Resolve, Retry, Transmit, Welcomed
from queue_server.protocol import codec
from queue_server.protocol.codes import Refusal, Role
from queue_server.protocol.commands import CallNext
from queue_server.protocol.messages import (
    Accepted,
    CommandMessage,
    Hello,
    Patch,
    Rejected,
    Report,
    Snapshot,
    Subscribe,
    ToServer,
    Unavailable,
    Welcome,
)
from queue_server.protocol.questions import Find
from queue_server.protocol.results import Done
from queue_server.protocol.rows import Name


def conversation() -> Conversation:
    numbers = count(1)
    return Conversation(Role.CLINIC, "t", lambda: f"018f0000-0000-7000-8000-{next(numbers):012d}")


def welcome(epoch: str = "e1") -> bytes:
    return codec.encode(
        Welcome(wire=1, epoch=epoch, now=1, beat=5000, device="d", role=Role.CLINIC, facility="f")
    )


def sent(effects: list[object]) -> list[ToServer]:
    return [codec.decode_to_server(effect.frame) for effect in effects if isinstance(effect, Transmit)]


def test_it_says_who_it_is_first_and_everything_else_after_the_welcome() -> None:
    talk = conversation()
    assert talk.subscribe("hall:a") == []
    wish, effects = talk.submit(CallNext(clinic="r12"))
    assert effects == []
    assert [type(message) for message in sent([*talk.opened()])] == [Hello]
    effects = talk.received(welcome())
    assert isinstance(effects[0], Welcomed)
    assert [type(message) for message in sent([*effects])] == [Subscribe, CommandMessage]
    assert talk.unanswered == (wish,)


def test_an_unanswered_command_goes_out_again_under_the_same_id() -> None:
    talk = conversation()
    talk.received(welcome())
    wish, first = talk.submit(CallNext(clinic="r12"))
    talk.closed()
    talk.opened()
    again = sent([*talk.received(welcome("e2"))])
    assert again == sent([*first])
    answer = Accepted(id=wish, seq=1, result=Done())
    assert talk.received(codec.encode(answer)) == [Resolve(wish, answer)]
    assert talk.received(codec.encode(answer)) == []
    assert talk.unanswered == ()


def test_unavailable_is_no_answer_and_waits_longer_each_time() -> None:
    talk = conversation()
    talk.received(welcome())
    wish, _ = talk.submit(CallNext(clinic="r12"))
    waits = []
    for _ in range(6):
        (effect,) = talk.received(codec.encode(Unavailable(id=wish)))
        assert isinstance(effect, Retry)
        waits.append(effect.after)
        assert isinstance(talk.retry(wish)[0], Transmit)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    refused = Rejected(id=wish, code=Refusal.NOBODY_WAITING)
    assert talk.received(codec.encode(refused)) == [Resolve(wish, refused)]
    assert talk.retry(wish) == []


@pytest.mark.parametrize("code", [Refusal.BUSY, Refusal.RATE])
def test_a_refusal_before_the_command_was_looked_at_is_no_answer(code: Refusal) -> None:
    talk = conversation()
    talk.received(welcome())
    wish, _ = talk.submit(CallNext(clinic="r12"))
    talk.closed()
    # Sent for the second time: the first may have taken effect before the connection was lost.
    talk.received(welcome("e2"))
    assert talk.received(codec.encode(Rejected(id=wish, code=code))) == [Retry(wish, 0.5)]
    assert isinstance(talk.retry(wish)[0], Transmit)
    answer = Accepted(id=wish, seq=1, result=Done())
    assert talk.received(codec.encode(answer)) == [Resolve(wish, answer)]


def test_a_question_refused_for_the_crowd_is_answered_so() -> None:
    talk = conversation()
    talk.received(welcome())
    ask, _ = talk.ask(Find(text="A045"))
    refused = Rejected(id=ask, code=Refusal.RATE)
    assert talk.received(codec.encode(refused)) == [Resolve(ask, refused)]


def test_a_wish_of_an_earlier_run_keeps_its_id() -> None:
    talk = conversation()
    wish, _ = talk.submit(CallNext(clinic="r12"), again="018f0000-0000-7000-8000-00000000abcd")
    assert wish == "018f0000-0000-7000-8000-00000000abcd"


def test_a_gap_asks_for_the_whole_topic_and_a_reconnect_resumes() -> None:
    talk = conversation()
    talk.received(welcome())
    talk.subscribe("names:r1")
    row = Name(key="v", name="Ầ")
    assert talk.received(codec.encode(Snapshot(topic="names:r1", seq=3, rows=(row,)))) == [
        Change("names:r1", ("v",), (), whole=True)
    ]
    talk.closed()
    (resume,) = sent([*talk.received(welcome())])
    assert isinstance(resume, Subscribe)
    assert resume.seen is not None
    assert (resume.seen.epoch, resume.seen.seq) == ("e1", 3)
    (asked,) = sent([*talk.received(codec.encode(Patch(topic="names:r1", seq=9)))])
    assert asked == Subscribe(topic="names:r1")


def test_reports_are_said_again_after_a_reconnect() -> None:
    talk = conversation()
    talk.report({"shows": "A045"})
    assert Report(shows={"shows": "A045"}) in sent([*talk.received(welcome())])


def test_rows_of_a_topic_nobody_follows_are_ignored() -> None:
    talk = conversation()
    talk.received(welcome())
    assert talk.received(codec.encode(Snapshot(topic="hall:b", seq=1, rows=()))) == []


def test_a_question_nobody_waits_for_is_forgotten() -> None:
    talk = conversation()
    ask, _ = talk.ask(Find(text="A045"))
    talk.give_up(ask)
    assert sent([*talk.received(welcome())]) == []


def test_a_newer_servers_message_is_left_out_and_what_is_none_is_malformed() -> None:
    assert conversation().received(b'{"type":"good_day"}') == []
    with pytest.raises(codec.Malformed):
        conversation().received(b"good day")
