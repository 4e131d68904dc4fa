"""The tables of schema 1, for SQLite and PostgreSQL alike. Facility is in every key: it is the shard
(DESIGN §10).

Moments are integer milliseconds UTC. There are no foreign keys: the journal is the truth, `visit` and
`step` are made from it, and a person may be forgotten while the visit stays.
"""

from typing import Any

from sqlalchemy import BigInteger, Index, MetaData, Table
from sqlmodel import Field, SQLModel

METADATA = MetaData()
CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}
"""Rows that arrive in the order of their key live in the key's own tree on SQLite; half the pages to
write."""


class Kept(SQLModel):
    """What every table here shares."""

    metadata = METADATA


class SchemaInfo(Kept, table=True):
    """One row. version: of the schema. oldest_code: the smallest SCHEMA_VERSION of code that may still use
    it."""

    __tablename__ = "schema_info"

    id: int = Field(primary_key=True, default=1)
    version: int
    oldest_code: int


class HeadRow(Kept, table=True):
    """How far a facility's journal goes and who may write it."""

    __tablename__ = "head"

    facility: str = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    writer: str


class JournalTable(Kept, table=True):
    """Append-only. type, version, body: `reading`. chain: `chain`."""

    __tablename__ = "journal"
    __table_args__ = (Index("journal_day", "facility", "day", "seq"), CLUSTERED)

    facility: str = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    day: str
    at: int = Field(sa_type=BigInteger)
    actor: str
    command_id: str
    type: str
    version: int
    body: bytes
    chain: bytes


class VisitTable(Kept, table=True):
    """Projection, see `projection.VisitRow`."""

    __tablename__ = "visit"
    __table_args__ = (CLUSTERED,)

    facility: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    number: str
    token: str
    person: str | None = None
    payer: str
    kind: str
    lane: str
    arrived_at: int = Field(sa_type=BigInteger)
    end: str
    ended_at: int = Field(sa_type=BigInteger)
    body: bytes


class StepTable(Kept, table=True):
    """Projection, see `projection.StepRow`."""

    __tablename__ = "step"
    __table_args__ = (CLUSTERED,)

    facility: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    visit: str
    service: str
    clinic: str
    practitioner: str
    state: str
    queued_at: int = Field(sa_type=BigInteger)
    called_at: int = Field(sa_type=BigInteger)
    started_at: int = Field(sa_type=BigInteger)
    ended_at: int = Field(sa_type=BigInteger)
    body: bytes


class CommandReply(Kept, table=True):
    """Once: what was answered to a sender's command. Kept 14 days. The id comes before the sender in the key
    because UUIDv7 grow with time: new rows go to the end of the tree, not to a place per sender."""

    __tablename__ = "command_reply"
    __table_args__ = (Index("command_reply_at", "facility", "at"), CLUSTERED)

    facility: str = Field(primary_key=True)
    command_id: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    digest: bytes
    at: int = Field(sa_type=BigInteger)
    body: bytes


class PatientTable(Kept, table=True):
    """The one table with personal data; sealed is AES-GCM. Erased after the site's retention."""

    __tablename__ = "patient"
    __table_args__ = (Index("patient_day", "facility", "day"),)

    facility: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    day: str
    at: int = Field(sa_type=BigInteger)
    sealed: bytes


class PatientHash(Kept, table=True):
    """Keyed hashes of a person's identifiers. Never unique: two people may be filed under one card by
    mistake."""

    __tablename__ = "patient_hash"
    __table_args__ = (Index("patient_hash_hash", "facility", "hash"), CLUSTERED)

    facility: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    hash: bytes = Field(primary_key=True)


def _table(name: str) -> Table:
    return METADATA.tables[name]


SCHEMA_INFO = _table("schema_info")
HEAD = _table("head")
JOURNAL = _table("journal")
VISIT = _table("visit")
STEP = _table("step")
COMMAND_REPLY = _table("command_reply")
PATIENT = _table("patient")
PATIENT_HASH = _table("patient_hash")
