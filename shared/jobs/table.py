"""The table of the lists that a service makes aside. One list is one of its exports, such as `loans`."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Index, MetaData, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from shared.jobs.job import UNFINISHED, FileJob
from shared.jobs.rows import JobRows

metadata = MetaData()
_Moment = DateTime(timezone=True)

list_jobs = Table(
    "list_jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("created_at", _Moment, nullable=False),
    Column("started_at", _Moment),
    Column("finished_at", _Moment),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("lease", Uuid),
    Column("leased_until", _Moment),
    Column("progress", SmallInteger, nullable=False, server_default="0"),
    Column("rows", BigInteger),
    Column("file_key", Text),
    Column("file_name", Text),
    Column("size", BigInteger),
    Column("unions", ARRAY(Uuid)),
    Column("error", Text),
    Column("expires_at", _Moment),
)
Index("list_jobs_person_id_idx", list_jobs.c.person_id, list_jobs.c.created_at.desc(), list_jobs.c.id.desc())
Index("list_jobs_unfinished_idx", list_jobs.c.created_at, postgresql_where=list_jobs.c.state.in_(UNFINISHED))
Index("list_jobs_expires_at_idx", list_jobs.c.expires_at)

LIST_JOBS: JobRows[FileJob] = JobRows(list_jobs, FileJob)


def create_table(op: Any) -> None:
    """The table as of its first version; the migration that lets a service make lists aside calls it."""
    metadata.create_all(op.get_bind())
