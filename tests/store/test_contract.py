"""What every store promises."""

import threading

import pytest

from queue_server.engine.events import IntakeChanged, PersonForgotten
from queue_server.engine.evolve import fold
from queue_server.protocol.codes import StepState
from queue_server.protocol.values import replaced
from queue_server.store.port import (
    Batch,
    DataRefused,
    Head,
    LostOwnership,
    NotDone,
    OutcomeUnknown,
    ReplyKey,
    Store,
)
from queue_server.store.projection import step_row, visit_row
from tests.store.conftest import Medium
from tests.support.hospital import DAY
from tests.support.store_stories import (
    AT,
    as_batches,
    busy_morning,
    entries,
    person,
    registered,
    reply,
    small_batch,
    visit_with_step,
)

HOUR = 3_600_000


def test_a_new_store_stands_at_zero(medium: Medium) -> None:
    assert medium("first").open() == Head(0, "first", "")


def test_the_head_follows_what_was_committed(store: Store) -> None:
    store.commit(small_batch(0, 3))
    store.commit(small_batch(3, 2, day="2026-11-24"))
    assert store.reopen() == Head(5, "first", "2026-11-24")


def test_the_journal_gives_a_day_back_in_order(store: Store) -> None:
    first, second = small_batch(0, 3), small_batch(3, 2, day="2026-11-24")
    store.commit(first)
    store.commit(second)
    assert list(store.journal(DAY)) == first.entries
    assert list(store.journal("2026-11-24")) == second.entries
    assert list(store.journal("2026-11-25")) == []


def test_a_journal_may_be_left_in_the_middle_and_written_meanwhile(store: Store) -> None:
    store.commit(small_batch(0, 700))
    reading = store.journal(DAY)
    assert next(reading).seq == 1
    store.commit(small_batch(700, 1))
    assert sum(1 for _ in reading) == 699
    next(store.journal(DAY))
    store.commit(small_batch(701, 1))


def test_a_batch_of_answers_alone_moves_nothing(store: Store) -> None:
    store.commit(small_batch(0, 2))
    store.commit(Batch(2, [], [reply("refused")], [], []))
    assert store.reopen().seq == 2
    assert store.replies([ReplyKey("kiosk_1", "refused")]) == {
        ReplyKey("kiosk_1", "refused"): reply("refused")
    }


def test_answers_are_found_by_sender_and_id_together(store: Store) -> None:
    store.commit(Batch(0, [], [reply("one", "kiosk_1"), reply("two", "kiosk_2")], [], []))
    keys = [ReplyKey(sender, name) for sender in ("kiosk_1", "kiosk_2") for name in ("one", "two", "three")]
    assert store.replies(iter(keys)) == {
        ReplyKey("kiosk_1", "one"): reply("one", "kiosk_1"),
        ReplyKey("kiosk_2", "two"): reply("two", "kiosk_2"),
    }
    assert store.replies([]) == {}


def test_an_answer_given_twice_refuses_the_whole_batch(store: Store) -> None:
    store.commit(small_batch(0, 1, command_id="same"))
    with pytest.raises(DataRefused):
        store.commit(small_batch(1, 1, command_id="same"))
    assert [entry.seq for entry in store.journal(DAY)] == [1]
    store.commit(small_batch(1, 1, command_id="other"))
    assert store.reopen().seq == 2


@pytest.mark.parametrize("seqs", [(2,), (1, 3), (1, 1)])
def test_a_gap_in_the_entries_is_refused(store: Store, seqs: tuple[int, ...]) -> None:
    wrong = [replaced(entries([IntakeChanged("", "")])[0], seq=seq) for seq in seqs]
    with pytest.raises(DataRefused):
        store.commit(Batch(0, wrong, [], [], []))
    assert list(store.journal(DAY)) == []


def test_a_batch_spans_one_day(store: Store) -> None:
    one, two = entries([IntakeChanged("", "")] * 2)
    with pytest.raises(DataRefused):
        store.commit(Batch(0, [one, replaced(two, day="2026-11-24")], [], [], []))


def test_what_cannot_be_written_is_refused_and_leaves_nothing(store: Store) -> None:
    broken = entries([IntakeChanged("", "\ud800")])
    with pytest.raises(DataRefused):
        store.commit(Batch(0, broken, [reply("x")], [], []))
    assert store.replies([reply("x").key]) == {}
    store.commit(small_batch(0))


def test_a_batch_on_another_head_is_unknown_and_needs_a_fresh_look(store: Store) -> None:
    store.commit(small_batch(0, 2))
    with pytest.raises(OutcomeUnknown):
        store.commit(small_batch(1, 1, command_id="late"))
    with pytest.raises(NotDone):
        store.commit(small_batch(2))
    assert store.reopen().seq == 2
    store.commit(small_batch(2))


def test_the_last_to_open_owns_the_head(medium: Medium) -> None:
    first, second = medium("first"), medium("second")
    first.open()
    first.commit(small_batch(0))
    assert second.open() == Head(1, "second", DAY)
    with pytest.raises(LostOwnership):
        first.commit(small_batch(1))
    with pytest.raises(LostOwnership):
        first.reopen()
    second.commit(small_batch(1))
    assert [entry.seq for entry in second.journal(DAY)] == [1, 2]


def test_a_former_owner_may_not_forget_either(medium: Medium) -> None:
    first, second = medium("first"), medium("second")
    first.open()
    second.open()
    with pytest.raises(LostOwnership):
        first.forget(AT, AT)


def test_a_dead_writer_is_followed(medium: Medium) -> None:
    first = medium("first")
    first.open()
    first.commit(small_batch(0, 2))
    first.close()
    second = medium("second")
    assert second.open() == Head(2, "second", DAY)
    second.commit(small_batch(2))
    assert second.read_chain_break() is None


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(NotDone):
        store.commit(small_batch(0))
    assert store.open().seq == 0


def test_rows_are_the_final_state_of_the_visits(store: Store) -> None:
    visit, queued = visit_with_step(1)
    store.commit(Batch(0, registered(visit, queued, 0), [], [visit], [queued]))
    _, done = visit_with_step(1, StepState.DONE)
    store.commit(Batch(2, entries([IntakeChanged("", "")], 2), [], [], [done]))
    assert store.read_projection(DAY) == ([visit_row(visit, DAY)], [step_row(done, DAY)])
    assert store.read_projection("2026-11-24") == ([], [])


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_fold_is_state_is_rows(store: Store, size: int) -> None:
    hospital = busy_morning()
    for batch in as_batches(hospital, size):
        store.commit(batch)
    assert fold((entry.event for entry in store.journal(DAY)), hospital.day.now) == hospital.day
    visits, steps = store.read_projection(DAY)
    assert visits == sorted(visit_row(visit, DAY) for visit in hospital.day.visits.values())
    assert steps == sorted(step_row(step, DAY) for step in hospital.day.steps.values())
    assert store.read_chain_break() is None


def test_a_visits_journal_is_its_own(store: Store) -> None:
    hospital = busy_morning()
    for batch in as_batches(hospital, 50):
        store.commit(batch)
    for visit in hospital.day.visits.values():
        told = store.read_visit_journal(visit.id)
        assert told, visit.id
        assert [entry.seq for entry in told] == [
            entry.seq
            for entry in store.journal(DAY)
            if visit.id
            in {
                getattr(entry.event, "visit", ""),
                getattr(entry.event, "step", "").rpartition(".")[0],
                getattr(entry.event, "print", "").rpartition("/")[0],
            }
        ]
    assert store.read_visit_journal(f"{DAY}-999") == []


def test_visit_1_is_not_visit_11(store: Store) -> None:
    seq = 0
    for ordinal in (1, 11):
        visit, step = visit_with_step(ordinal)
        store.commit(Batch(seq, registered(visit, step, seq), [], [visit], [step]))
        seq += 2
    assert [entry.seq for entry in store.read_visit_journal(f"{DAY}-1")] == [1, 2]


def test_people_are_kept_and_found_by_any_hash(store: Store) -> None:
    store.commit(Batch(0, [], [], [], [], [person("an", b"card", b"phone"), person("binh", b"other")]))
    assert store.people_by_hash([b"card", b"other", b"nobody"]) == {b"card": "an", b"other": "binh"}
    assert list(store.patients(DAY)) == [person("an", b"card", b"phone"), person("binh", b"other")]
    assert list(store.patients("2026-11-24")) == []


def test_two_people_may_share_a_hash_and_the_newest_is_found(store: Store) -> None:
    store.commit(Batch(0, [], [], [], [], [person("mother", b"phone", at=AT + 1), person("child", b"phone")]))
    assert store.people_by_hash([b"phone"]) == {b"phone": "mother"}
    store.commit(Batch(0, [], [], [], [], [person("child", b"phone", at=AT + 2)]))
    assert store.people_by_hash([b"phone"]) == {b"phone": "child"}


def test_a_person_kept_again_is_replaced_whole(store: Store) -> None:
    store.commit(Batch(0, [], [], [], [], [person("an", b"wrong", b"phone")]))
    corrected = replaced(person("an", b"right", b"phone", day="2026-11-24"), sealed=b"corrected")
    store.commit(Batch(0, [], [], [], [], [corrected]))
    assert store.people_by_hash([b"wrong", b"right"]) == {b"right": "an"}
    assert list(store.patients(DAY)) == []
    assert list(store.patients("2026-11-24")) == [corrected]


def test_people_are_found_by_their_reference_under_whatever_day_they_are_filed(store: Store) -> None:
    an, binh = person("an", b"card", b"phone"), person("binh", b"other", day="2026-11-24")
    store.commit(Batch(0, [], [], [], [], [an, binh, person("chi")]))
    found = sorted(store.people(["binh", "an", "nobody", "an"]), key=lambda row: row.person)
    assert found == [an, binh]
    assert list(store.people([])) == []


def test_a_person_may_be_kept_for_longer_or_not_so_long(store: Store) -> None:
    people = [person("gone", b"a", at=AT + HOUR), person("stays", b"b", at=AT)]
    store.commit(Batch(0, [], [], [], [], people))
    store.commit(Batch(0, [], [], [], [], kept={"gone": AT, "stays": AT + HOUR, "nobody": AT}))
    assert store.forget(AT + 1, AT) == 1
    assert list(store.people(["gone", "stays", "nobody"])) == [person("stays", b"b", at=AT + HOUR)]


def test_beside_a_register_only_people_without_a_number_are_forgotten(store: Store) -> None:
    people = [person("an", b"card", at=AT), person("nobody-knows", at=AT), person("new", at=AT + HOUR)]
    store.commit(Batch(0, [], [], [], [], people))
    assert store.forget(AT + 1, AT, standing=True) == 1
    assert {row.person for row in store.people(["an", "nobody-knows", "new"])} == {"an", "new"}
    assert store.people_by_hash([b"card"]) == {b"card": "an"}


def test_a_person_is_erased_with_all_identifiers_in_the_batch_that_says_so(store: Store) -> None:
    store.commit(Batch(0, [], [], [], [], [person("an", b"card", b"other"), person("binh", b"card")]))
    events = entries([PersonForgotten("an")], 0)
    store.commit(Batch(0, events, [], [], [], forgotten=["an", "nobody"]))
    assert [row.person for row in store.people(["an", "binh"])] == ["binh"]
    assert store.people_by_hash([b"card", b"other"]) == {b"card": "binh"}
    assert [entry.event for entry in store.journal(DAY)] == [PersonForgotten("an")]


def test_forgetting_erases_people_and_old_answers_but_no_visit(store: Store) -> None:
    visit, step = visit_with_step(1)
    old, young = reply("old", at=AT), reply("young", at=AT + HOUR)
    people = [person("gone", b"a", b"both"), person("stays", b"b", b"both", at=AT + HOUR)]
    store.commit(Batch(0, registered(visit, step, 0), [old, young], [visit], [step], people))
    assert store.forget(AT + 1, AT + 1) == 1
    assert store.people_by_hash([b"a", b"b", b"both"]) == {b"b": "stays", b"both": "stays"}
    assert [row.person for row in store.patients(DAY)] == ["stays"]
    assert store.replies([old.key, young.key]) == {young.key: young}
    assert len(list(store.journal(DAY))) == 2
    assert store.forget(AT + 1, AT + 1) == 0
    store.commit(small_batch(2))


def test_readers_work_beside_the_writer(store: Store) -> None:
    visit, step = visit_with_step(1)
    store.commit(Batch(0, registered(visit, step, 0), [], [visit], [step]))
    seen: list[int] = []
    enough = threading.Event()

    def read() -> None:
        while not enough.is_set():
            seen.append(len(store.read_visit_journal(visit.id)) + len(store.read_projection(DAY)[0]))

    reader = threading.Thread(target=read)
    reader.start()
    for seq in range(2, 60):
        store.commit(small_batch(seq))
    enough.set()
    reader.join(20)
    assert not reader.is_alive()
    assert set(seen) == {3}
