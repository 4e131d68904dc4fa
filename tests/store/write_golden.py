"""Writes the golden journal: one small day with every kind of event, as this code keeps it.

    python -m tests.store.write_golden

Until the first release the files are a draft and are written anew when events change. From then on each
release adds files of its own and none is touched again.
"""

import typing
from pathlib import Path
from typing import Any

import msgspec

from queue_server.engine.events import (
    TYPES,
    Agreed,
    AlertChanged,
    AlertRaised,
    Announced,
    AppointmentBooked,
    AppointmentChanged,
    ClockAccepted,
    DayClosed,
    Disagreed,
    Event,
    InsuranceChecked,
    InsuranceTold,
    IntakeChanged,
    LinesTurned,
    PersonForgotten,
    PrintChanged,
    PrintIssued,
    ProposalChanged,
    ProposalMade,
    SessionTurned,
    SiteChanged,
    VisitChanged,
    VisitIdentified,
)
from queue_server.engine.model import (
    AlertPart,
    Announcement,
    AppointmentPart,
    Day,
    Disagreement,
    Move,
    PrintPart,
    ProposalPart,
    Stay,
    VisitPart,
)
from queue_server.protocol.codes import (
    AgeGroup,
    AlertKind,
    AppointmentState,
    Notice,
    PrintState,
    ProposalState,
    Stays,
    VisitChange,
)
from queue_server.protocol.values import Value, replaced
from queue_server.store.chain import START
from queue_server.store.port import Batch
from queue_server.store.rows import batch_rows
from tests.support.hospital import Hospital
from tests.support.store_stories import FACILITY, busy_morning, entries

FOLDER = Path(__file__).parent / "golden"
JOURNAL = FOLDER / "version-1.jsonl"
ENDS = FOLDER / "version-1.ends.json"
DEFAULTS = FOLDER / "version-1.defaults.json"


def story() -> Hospital:
    """A busy morning, and what a morning rarely has."""
    hospital = busy_morning()
    follow_rare(hospital)
    return hospital


def follow_rare(hospital: Hospital) -> None:
    visit = next(iter(hospital.day.visits.values()))
    part = visit.part
    attached = VisitPart(
        part.number, part.lane, part.grant, part.presence, part.help, {"his": "87"}, part.route
    )
    issued = PrintPart(PrintState.ISSUED, part.number, hospital.now)
    printed = PrintPart(PrintState.ACKNOWLEDGED, part.number, hospital.now)
    raised = AlertPart(hospital.now)
    seen = AlertPart(hospital.now, "console_1", hospital.now + 1)
    step = visit.steps[-1]
    proposed = ProposalPart(
        (Move(step, visit.id, "room_2", 7),), (Stay(visit.steps[0], visit.id, Stays.RETURNING),)
    )
    taken = ProposalPart(proposed.moves, proposed.stays, ProposalState.ACCEPTED, "console_1")
    differs = Disagreement(visit.id, step, "clinic", "room_1", "room_2", hospital.now)
    paper = f"{visit.id}/p9"
    booked = AppointmentPart(
        "eyes", hospital.now + 3_600_000, "an", visit.person, "TK260001", AgeGroup.FROM_75
    )
    off = replaced(booked, state=AppointmentState.CANCELLED, reason="cancel")
    rare: list[Event] = [
        AppointmentBooked("HEN-9", booked),
        AppointmentChanged("HEN-9", booked, off),
        SiteChanged(hospital.plan),
        VisitChanged(visit.id, VisitChange.EXTERNAL, part, attached, hospital.day.seq + 2),
        VisitIdentified(
            visit.id, visit.person, "0f" * 12, visit.age_group, AgeGroup.FROM_75, hospital.day.seq + 3
        ),
        PersonForgotten("0e" * 12),
        InsuranceChecked(visit.id, answered=True),
        InsuranceTold(visit.id),
        PrintIssued(paper, visit.id, "kiosk_1", True, issued),
        PrintChanged(paper, issued, printed),
        AlertRaised("alert-9", AlertKind.PRINTER, "kiosk_1", "paper", raised),
        AlertChanged("alert-9", raised, seen),
        ClockAccepted("alert-9"),
        ProposalMade("proposal-9", "room_1", "close", hospital.now, proposed),
        ProposalChanged("proposal-9", proposed, taken),
        Disagreed(f"{visit.id}/clinic", differs),
        Agreed(f"{visit.id}/clinic"),
        LinesTurned(("room_1",), 1_795_400_000_000),
        IntakeChanged("eyes", "intake"),
        Announced("hall_a", Announcement(Notice.LATE, "hall_a", hospital.now)),
        SessionTurned("room_1/an/420", "room_1", True),
        DayClosed(hospital.day.day, len(hospital.day.visits), 0),
    ]
    hospital.follow(rare)


def lines(hospital: Hospital) -> list[bytes]:
    """The journal rows, a JSON object each; body is the text of the body, chain hexadecimal."""
    told = entries(hospital.journal, at=hospital.now, day=hospital.day.day)
    rows = batch_rows(Batch(0, told, [], [], []), FACILITY, START)
    return [
        msgspec.json.encode(row._asdict() | {"body": row.body.decode(), "chain": row.chain.hex()})
        for row in rows.journal
    ]


def ends(day: Day) -> dict[str, dict[str, str]]:
    """Where each visit's steps stand at the end, by visit number: what no later release may read
    otherwise."""
    return {
        visit.part.number: {step: day.steps[step].standing.state.value for step in visit.steps}
        for visit in day.visits.values()
    }


def defaults() -> dict[str, dict[str, Any]]:
    """The defaults of every class a body may hold. A body leaves them out: to change one is to change the
    past."""
    found: dict[str, dict[str, Any]] = {}

    def look(hint: Any) -> None:
        for argument in typing.get_args(hint):
            look(argument)
        if isinstance(hint, type) and issubclass(hint, Value) and hint.__name__ not in found:
            found[hint.__name__] = {
                field.name: msgspec.json.decode(msgspec.json.encode(default_of(field)))
                for field in msgspec.structs.fields(hint)
                if not field.required
            }
            for inner in typing.get_type_hints(hint).values():
                look(inner)

    for kind in TYPES.values():
        look(kind)
    return {name: fields for name, fields in sorted(found.items()) if fields}


def default_of(field: msgspec.structs.FieldInfo) -> object:
    """What a body leaves out for this field."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def main() -> None:
    hospital = story()
    missing = set(TYPES.values()) - {type(event) for event in hospital.journal}
    if missing:
        raise SystemExit(f"the story has no {missing}")
    JOURNAL.write_bytes(b"\n".join(lines(hospital)) + b"\n")
    DEFAULTS.write_bytes(msgspec.json.format(msgspec.json.encode(defaults())) + b"\n")
    ENDS.write_bytes(msgspec.json.format(msgspec.json.encode(ends(hospital.day))) + b"\n")


if __name__ == "__main__":
    main()
