"""A ticket whose room the HIS has still to take over: printed once, with the room or without."""

from dataclasses import replace

import msgspec

from kiosk.journey import slips, walk
from kiosk.journey.catalogue import Catalogue, catalogue_of
from kiosk.journey.values import (
    Act,
    Aim,
    Answered,
    Arranging,
    Effect,
    Happening,
    Issued,
    Journey,
    PrintSlip,
    Sending,
    Tell,
    Tick,
    Welcome,
)
from queue_server.protocol.codes import Help, Language, PrintState
from queue_server.protocol.commands import Register
from queue_server.protocol.messages import Accepted
from queue_server.protocol.results import Ticket
from queue_server.protocol.rows import PrintJob
from tests.support.kiosk_parts import RECEPTION, ROOM_12, catalogue, catalogue_rows, ticket, world

ASKED = msgspec.structs.replace(ticket(at=RECEPTION), pending_until=ticket().printed_at + 2_000)
NAMED = ticket(at=ROOM_12)
SENT = replace(walk.begin(Language.VI, 0), stage=Sending(1, Aim.TICKET, 0), wishes=1)
ANSWERED = Answered(1, Accepted(id="", seq=1, result=ASKED))


def offer(*jobs: Ticket) -> Catalogue:
    rows = [PrintJob(key=f"print:{job.print}", print=job.print, ticket=job) for job in jobs]
    return catalogue_of(catalogue_rows().values(), rows)


def go(journey: Journey, happening: Happening, now: int, *jobs: Ticket) -> tuple[Journey, tuple[Effect, ...]]:
    return walk.step(journey, happening, world(now, offer=offer(*jobs)))


def test_it_waits_for_the_room_and_prints_it() -> None:
    journey, effects = go(SENT, ANSWERED, 100)
    assert (journey.stage, effects) == (Arranging(ASKED, 3_100), ())
    journey, effects = go(journey, Tick(), 400)
    assert (journey.stage, effects) == (Arranging(ASKED, 3_100), ())
    journey, effects = go(journey, Tick(), 600, NAMED)
    assert (journey.stage, effects) == (Issued(NAMED), (PrintSlip(NAMED),))
    # The row stays until the server has heard of the paper.
    journey, effects = go(journey, Tick(), 800, NAMED)
    assert effects == ()


def test_without_a_word_it_prints_what_it_has_and_never_again() -> None:
    journey, _ = go(SENT, ANSWERED, 100)
    journey, effects = go(journey, Tick(), 3_099)
    assert effects == ()
    journey, effects = go(journey, Tick(), 3_100)
    assert (journey.stage, effects) == (Issued(ASKED), (PrintSlip(ASKED),))
    journey, effects = go(journey, Tick(), 3_300, NAMED)
    assert (journey.stage, effects) == (Issued(ASKED), ())


def test_the_room_may_be_known_before_the_answer_is_read() -> None:
    journey, effects = go(SENT, ANSWERED, 100, NAMED)
    assert (journey.stage, effects) == (Issued(NAMED), (PrintSlip(NAMED),))


def test_what_help_was_asked_for_is_known_when_the_room_is() -> None:
    wish = Register(payer="fee", kind="exam", help=(Help.HEARING,))
    journey, _ = go(SENT, replace(ANSWERED, command=wish), 100)
    journey, _ = go(journey, Tick(), 600, NAMED)
    assert journey.stage == Issued(NAMED, help=(Help.HEARING,))


def test_another_papers_room_is_not_this_ones() -> None:
    other = msgspec.structs.replace(NAMED, print="2026-11-23-99/p1")
    journey, effects = go(SENT, ANSWERED, 100, other)
    assert (journey.stage, effects) == (Arranging(ASKED, 3_100), ())


def test_whoever_walks_away_leaves_no_slip_to_the_next_one() -> None:
    journey, _ = go(SENT, ANSWERED, 100)
    journey, effects = go(journey, Act.HOME, 200)
    assert journey.stage == Welcome()
    (told,) = effects
    assert isinstance(told, Tell)
    assert (told.confirm.print, told.confirm.state, told.confirm.reason) == (
        ASKED.print, PrintState.STALLED, slips.LEFT,
    )  # fmt: skip
    journey, effects = go(journey, Tick(), 400, NAMED)
    assert (journey.stage, effects) == (Welcome(), ())


def test_no_job_no_change_in_what_is_offered() -> None:
    assert offer().routes == catalogue().routes
