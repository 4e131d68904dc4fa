"""The laws that must hold of what a server has left on its disk (DESIGN §13): Fold, Nobody lost, Nobody
twice, Once. For a data folder that no server writes to any more."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from queue_server import views
from queue_server.app import DATABASE
from queue_server.engine.events import StepChanged, VisitRegistered
from queue_server.engine.model import Day
from queue_server.protocol import codec
from queue_server.protocol.codes import StepChange
from queue_server.protocol.messages import Accepted, Rejected
from queue_server.protocol.results import Called, Ticket
from queue_server.protocol.rows import Row
from queue_server.service import ENGINE
from queue_server.store.port import JournalEntry
from queue_server.store.projection import step_row, visit_row
from queue_server.store.sql import SqlStore
from tests.support.laws import check_laws

FACILITY = "song-huong"
Reply = Accepted | Rejected


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on the disk: the newest day's journal, and the day it tells of."""

    entries: tuple[JournalEntry, ...]
    day: Day
    replies: Mapping[tuple[str, str], bytes]


def kept(data: Path) -> Kept:
    """Read a data folder and prove that journal, chain and projections are one story (Fold)."""
    path = data / DATABASE
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (day_name,) = database.execute("SELECT day FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        (seq,) = database.execute("SELECT seq FROM head").fetchone()
        answers = database.execute("SELECT sender, command_id, body FROM command_reply").fetchall()
    store = SqlStore(path, FACILITY, "proof", exclusive=False)
    assert store.read_chain_break() is None, "the journal is not what was written"
    entries = tuple(store.journal(day_name))
    day = ENGINE.fold(entries)
    assert day is not None
    assert day.seq == seq
    visits, steps = store.read_projection(day_name)
    assert sorted(visits) == sorted(visit_row(visit, day_name) for visit in day.visits.values())
    assert sorted(steps) == sorted(step_row(step, day_name) for step in day.steps.values())
    check_laws(day)
    return Kept(entries, day, {(sender, command): body for sender, command, body in answers})


def shown_is_folded(found: Kept, shown: Mapping[str, Mapping[str, Row]]) -> None:
    """Every topic's rows, as a client last had them, are what the journal tells (Fold)."""
    for topic, rows in shown.items():
        assert rows, f"{topic} was never shown"
        assert dict(rows) == views.rows(found.day, topic), topic


def once(
    found: Kept, answered: Mapping[tuple[str, str], Reply], *, others_may_be_there: bool = False
) -> None:
    """Once: every answer that a client holds is the stored one; an accepted command has one effect, a refused
    one none; nothing happened that nobody asked for.

    others_may_be_there: some clients were silenced before they could hear their answers.
    """
    effects: defaultdict[str, list[JournalEntry]] = defaultdict(list)
    for entry in found.entries:
        if entry.command_id:
            effects[entry.command_id].append(entry)
    for (sender, command), reply in answered.items():
        stored = found.replies.get((sender, command))
        assert stored is not None, f"the answer to {command} of {sender} is lost"
        assert codec.decode_to_client(stored) == reply
        done = effects.pop(command, [])
        if isinstance(reply, Rejected):
            assert not done, (reply, done)
            continue
        # One deed: entries without a gap, told as one batch wrote them.
        assert (
            [entry.seq for entry in done] == list(range(done[0].seq, done[0].seq + len(done)))
            if done
            else True
        )
        registered = [entry.event for entry in done if isinstance(entry.event, VisitRegistered)]
        match reply.result:
            case Ticket(reprint=False) as ticket:
                assert [(each.visit, each.token) for each in registered] == [(ticket.visit, ticket.token)]
                visit = found.day.visits[ticket.visit]
                assert found.day.numbers[ticket.number] == visit.id
                assert found.day.tokens[ticket.token] == visit.id
            case Called(step=str(step)):
                calls = Counter(
                    entry.event.step
                    for entry in done
                    if isinstance(entry.event, StepChanged) and entry.event.change is StepChange.CALLED
                )
                assert calls == Counter([step]) or not calls, (reply, done)
            case _:
                assert not registered
    assert others_may_be_there or not effects, f"nobody asked for {list(effects)}"


def every_call_shown_was_kept(found: Kept, seen: set[tuple[str, str, int]]) -> None:
    """Durable before visible: each call (step, call sign, moment) that a hall was shown is in the journal."""
    calls = {
        (entry.event.step, entry.event.now.last_call_at)
        for entry in found.entries
        if isinstance(entry.event, StepChanged)
        and entry.event.change in (StepChange.CALLED, StepChange.RECALLED)
    }
    lost = {(step, sign) for step, sign, at in seen if (step, at) not in calls}
    assert not lost, f"shown but not kept: {lost}"
