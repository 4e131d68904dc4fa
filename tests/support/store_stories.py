"""Batches for store tests: a real day cut into commits, and small ones made by hand."""

from collections.abc import Iterator, Sequence

from queue_server.engine.events import Event, IntakeChanged, StepAdded, VisitRegistered
from queue_server.engine.model import Day, Standing, Step, Visit, VisitPart
from queue_server.protocol.codes import AgeGroup, Lane, Language, StepState
from queue_server.store.port import Batch, JournalEntry, PatientRow, ReplyKey, StoredReply
from tests.support.hospital import DAY, MINUTE, Hospital

AT = 1_795_400_000_000
FACILITY = "demo"


def entries(
    events: Sequence[Event], after: int = 0, *, day: str = DAY, at: int = AT, command_id: str = "c"
) -> list[JournalEntry]:
    return [
        JournalEntry(after + n, day, at, "kiosk_1", command_id, event) for n, event in enumerate(events, 1)
    ]


def small_batch(after: int = 0, count: int = 1, *, day: str = DAY, command_id: str = "") -> Batch:
    """Some events of no visit, with one answer."""
    name = command_id or f"c{after}"
    return Batch(
        after,
        entries(
            [IntakeChanged("", f"reason-{after + n}") for n in range(count)], after, day=day, command_id=name
        ),
        [reply(name)],
        [],
        [],
    )


def reply(command_id: str, sender: str = "kiosk_1", at: int = AT) -> StoredReply:
    body = b'{"type":"accepted","id":"%b"}' % command_id.encode()
    return StoredReply(ReplyKey(sender, command_id), b"digest" + command_id.encode(), at, body)


def person(name: str, *hashes: bytes, day: str = DAY, at: int = AT) -> PatientRow:
    return PatientRow(name, day, at, tuple(sorted(hashes)), b"sealed " + name.encode())


def visit_with_step(ordinal: int, state: StepState = StepState.QUEUED, day: str = DAY) -> tuple[Visit, Step]:
    name = f"{day}-{ordinal}"
    part = VisitPart(f"A{ordinal:03}", lane=Lane.PRIORITY, external={"his": "87"})
    step = Step(f"{name}.1", name, "internal", (), Standing(state, "room_1", queued_at=AT))
    visit = Visit(
        name,
        f"token-{ordinal}",
        None,
        "fee",
        "exam",
        Language.VI,
        AgeGroup.ORDINARY,
        AT,
        "kiosk_1",
        part,
        [step.id],
    )
    return visit, step


def registered(visit: Visit, step: Step, after: int) -> list[JournalEntry]:
    return entries(
        [
            VisitRegistered(
                visit.id,
                visit.token,
                visit.person,
                visit.payer,
                visit.kind,
                visit.language,
                visit.age_group,
                visit.arrived_at,
                visit.device,
                visit.part,
                after + 1,
            ),
            StepAdded(step.id, visit.id, step.service, step.after, step.standing, after + 1),
        ],
        after,
        day=visit.id.rpartition("-")[0],
    )


def busy_morning() -> Hospital:
    """A few patients on several routes: called, missed, ordered tests, returned with results."""
    hospital = Hospital()
    for payer in ("insured", "fee", "insured", "fee"):
        hospital.register(payer, service="internal", age=AgeGroup.FROM_75)
        hospital.pass_time(MINUTE)
    for clinic in ("desk_1", "till", "desk_2", "desk_1"):
        hospital.call(clinic, next(iter(hospital.day.clinics[clinic].in_hand), None))
        hospital.advance(MINUTE)
    return hospital


def as_batches(hospital: Hospital, size: int) -> Iterator[Batch]:
    """The hospital's journal in commits of `size` events, each with the day's final state of what it
    touched."""
    from queue_server.engine.evolve import begin, evolve

    day: Day | None = None
    events = hospital.journal
    for start in range(0, len(events), size):
        some = events[start : start + size]
        for event in some:
            if day is None:
                day = begin(event)  # type: ignore[arg-type]  # the first event of a day is its DayOpened
            else:
                evolve(day, event, hospital.now)
        assert day is not None
        touched = {
            getattr(event, "visit", "") or getattr(event, "step", "").rpartition(".")[0] for event in some
        }
        touched |= {getattr(event, "print", "").rpartition("/")[0] for event in some}
        visits = [day.visits[name] for name in sorted(touched) if name in day.visits]
        steps = [day.steps[step] for visit in visits for step in visit.steps]
        yield Batch(
            start,
            entries(some, start, at=hospital.now, command_id=f"c{start}"),
            [reply(f"c{start}")],
            visits,
            steps,
        )
