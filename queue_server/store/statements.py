"""Every statement the store runs often, in plain SQLAlchemy, made for one dialect.

The order of values each expects is the order of its `bindparam`s or of the table's columns;
`Prepared.names` and a test hold the callers to it.
"""

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Dialect,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from queue_server.store.prepared import Prepared
from queue_server.store.tables import COMMAND_REPLY, HEAD, JOURNAL, PATIENT, PATIENT_HASH, STEP, VISIT

_ENTRY = [column for column in JOURNAL.c if column.name not in {"facility", "chain"}]
_FACILITY: BindParameter[str] = bindparam("of_facility")


class Statements:
    """The store's statements in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        def prepared(statement: ClauseElement) -> Prepared:
            return Prepared(statement, dialect)

        # new seq, facility, old seq, writer
        self.move_head = prepared(
            update(HEAD)
            .values(seq=bindparam("new"))
            .where(
                HEAD.c.facility == _FACILITY,
                HEAD.c.seq == bindparam("old"),
                HEAD.c.writer == bindparam("me"),
            )
        )
        self.keep_entry = prepared(insert(JOURNAL))
        self.keep_visit = prepared(_upsert(VISIT, dialect))
        self.keep_step = prepared(_upsert(STEP, dialect))
        self.keep_reply = prepared(insert(COMMAND_REPLY))
        self.keep_patient = prepared(_upsert(PATIENT, dialect))
        # facility, person
        self.drop_hashes = prepared(
            delete(PATIENT_HASH).where(
                PATIENT_HASH.c.facility == _FACILITY, PATIENT_HASH.c.person == bindparam("of_person")
            )
        )
        self.keep_hash = prepared(insert(PATIENT_HASH))
        # facility, person
        self.drop_patient = prepared(
            delete(PATIENT).where(PATIENT.c.facility == _FACILITY, PATIENT.c.person == bindparam("of_person"))
        )

        # facility, command_id, sender
        self.reply = prepared(
            select(
                COMMAND_REPLY.c.sender,
                COMMAND_REPLY.c.command_id,
                COMMAND_REPLY.c.digest,
                COMMAND_REPLY.c.at,
                COMMAND_REPLY.c.body,
            ).where(
                COMMAND_REPLY.c.facility == _FACILITY,
                COMMAND_REPLY.c.command_id == bindparam("id"),
                COMMAND_REPLY.c.sender == bindparam("of_sender"),
            )
        )
        same_person = (PATIENT.c.facility == PATIENT_HASH.c.facility) & (
            PATIENT.c.person == PATIENT_HASH.c.person
        )
        # facility, hash
        self.person_of_hash = prepared(
            select(PATIENT_HASH.c.hash, PATIENT.c.person)
            .join(PATIENT, same_person)
            .where(PATIENT_HASH.c.facility == _FACILITY, PATIENT_HASH.c.hash == bindparam("of_hash"))
            .order_by(PATIENT.c.at.desc(), PATIENT.c.person.desc())
            .limit(1)
        )
        # moment, facility, person
        self.keep_until = prepared(
            update(PATIENT)
            .values(at=bindparam("until"))
            .where(PATIENT.c.facility == _FACILITY, PATIENT.c.person == bindparam("of_person"))
        )
        # facility, person
        self.hashes_of_person = prepared(
            select(PATIENT_HASH.c.person, PATIENT_HASH.c.hash)
            .where(PATIENT_HASH.c.facility == _FACILITY, PATIENT_HASH.c.person == bindparam("of_person"))
            .order_by(PATIENT_HASH.c.hash)
        )
        # facility, person
        self.patient = prepared(
            select(PATIENT.c.person, PATIENT.c.day, PATIENT.c.at, PATIENT.c.sealed).where(
                PATIENT.c.facility == _FACILITY, PATIENT.c.person == bindparam("of_person")
            )
        )
        # facility, day
        self.hashes_of_day = prepared(
            select(PATIENT_HASH.c.person, PATIENT_HASH.c.hash)
            .join(PATIENT, same_person)
            .where(PATIENT.c.facility == _FACILITY, PATIENT.c.day == bindparam("of_day"))
            .order_by(PATIENT_HASH.c.hash)
        )
        # facility, day
        self.patients_of_day = prepared(
            select(PATIENT.c.person, PATIENT.c.at, PATIENT.c.sealed)
            .where(PATIENT.c.facility == _FACILITY, PATIENT.c.day == bindparam("of_day"))
            .order_by(PATIENT.c.at, PATIENT.c.person)
        )
        # facility, day
        self.span_of_day = prepared(
            select(func.min(JOURNAL.c.seq), func.max(JOURNAL.c.seq)).where(
                JOURNAL.c.facility == _FACILITY, JOURNAL.c.day == bindparam("of_day")
            )
        )
        # A day's entries follow each other. Asked for by their day, the planner would walk all days instead.
        between = (JOURNAL.c.facility == _FACILITY) & JOURNAL.c.seq.between(
            bindparam("first"), bindparam("last")
        )
        # facility, first seq, last seq
        self.journal_between = prepared(select(*_ENTRY).where(between).order_by(JOURNAL.c.seq))
        # facility, first seq, last seq, what the body must contain
        self.journal_naming = prepared(
            select(*_ENTRY)
            .where(between, func.instr(JOURNAL.c.body, bindparam("named")) > 0)
            .order_by(JOURNAL.c.seq)
        )
        # facility
        self.whole_journal = prepared(
            select(*_ENTRY, JOURNAL.c.chain).where(JOURNAL.c.facility == _FACILITY).order_by(JOURNAL.c.seq)
        )
        # facility, day
        self.visits_of_day = prepared(_of_day(VISIT))
        self.steps_of_day = prepared(_of_day(STEP))


def _upsert(table: Table, dialect: Dialect) -> ClauseElement:
    """Insert, or replace all but the key. The two dialects share this clause word for word."""
    replaced = [column.name for column in table.c if not column.primary_key]
    if dialect.name == "postgresql":
        # A start on SQLite need not wait for the other dialect.
        from sqlalchemy.dialects import postgresql

        made = postgresql.insert(table)
        return made.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: made.excluded[name] for name in replaced}
        )
    statement = sqlite.insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={name: statement.excluded[name] for name in replaced}
    )


def _of_day(table: Table) -> ClauseElement:
    return (
        select(*(column for column in table.c if column.name != "facility"))
        .where(table.c.facility == _FACILITY, table.c.day == bindparam("of_day"))
        .order_by(table.c.id)
    )
